/*
 * pvfs2-server, as a library: one server context and the bracket that every operation runs in.
 *
 *   listener ─ decode ─> struct server_op ─> bracket_sm: SLOT → SCHEDULE → WORK → RELEASE → DURABLE → RESPOND
 *
 * An operation supplies its work and a const descriptor (op-NAME.c): a transaction body (runs on Trove's executor and touches only
 * the operation's own memory), a plain function, or a machine for those that need messages or data. The scheduler's keys are
 * released at the commit in memory; the response leaves after the flush that it depends on.
 *
 * No globals: several servers live in one process (simulation). Everything belongs to the server's reactor.
 */
#ifndef SERVER_H
#define SERVER_H

#include <pthread.h>

#include "common/base/hash.h"
#include "common/config/config.h"
#include "common/sm/sm.h"
#include "io/bmi/bmi.h"
#include "io/flow/flow.h"
#include "io/msgpair/msgpair.h"
#include "io/trove/trove.h"
#include "proto/proto.h"
#include "server/sched.h"

struct server;
struct server_op;
struct client_record;

/* PVFS2's performance counters, keys 0–22 in its order; ours follow. */
enum perf_key {
    PERF_READ, PERF_WRITE, PERF_METADATA_READ, PERF_METADATA_WRITE, PERF_DSPACE_OPS, PERF_KEYVAL_OPS, PERF_ACTIVE,
    PERF_REQUESTS, PERF_IO_READ, PERF_IO_WRITE, PERF_SMALL_READ, PERF_SMALL_WRITE, PERF_FLOW_READ, PERF_FLOW_WRITE,
    PERF_CREATE, PERF_REMOVE, PERF_MKDIR, PERF_RMDIR, PERF_GETATTR, PERF_SETATTR, PERF_IO, PERF_SMALL_IO, PERF_READDIR,
    PERF_LOG_FLUSHES, PERF_DATA_SYNCS, PERF_TRANSACTIONS, PERF_CONNECTIONS, PERF_CACHED_KEYS, PERF_OPEN_FILES,
    PERF_COUNT,
};
/* Its timers: lookup, then what has a counter, in the counters' order. */
enum perf_timer_key { PERF_TIMER_LOOKUP, PERF_TIMER_CREATE, PERF_TIMERS = PERF_TIMER_CREATE + PERF_READDIR - PERF_CREATE + 1 };
struct perf_timer {
    uint64_t sum, count, min, max; /* ns */
};

struct server_fs {
    const struct config_fs *cfg;
    obj_fsid id;
    bool is_meta, is_data;   /* this server's roles */
    bool sync_data;          /* a write is on the disk before its answer */
    int data_index;          /* of this server among cfg->data_servers, -1 */
    uint8_t key[PROTO_MAC_SIZE];
    bool have_key;
};

enum server_bug { BUG_REPLY_BEFORE_FLUSH = 1, BUG_NO_SLOT_FENCE = 2, BUG_REPLY_NOT_RECORDED = 4, BUG_LOST_INTENT = 8, BUG_EARLY_RELEASE = 16,
                  BUG_NO_LAST = 32, BUG_WRONG_LOCK_ORDER = 64, BUG_SKIPPED_BUCKET = 128,
                  BUG_NO_TICKETS = 256 /* none: the rename ticket is everybody's, and nothing may come of it */ };

struct server_config {
    const struct config *config;
    const char *alias;
    struct reactor *reactor;
    struct bmi_mem_net *mem_net;          /* simulation */
    struct trove_mem_disk *mem_disk;      /* simulation: trove mem */
    unsigned bugs;                        /* TESTS ONLY: known bugs switched on (simulation) */
    char *why;                            /* room for SERVER_WHY bytes */
};
enum { SERVER_WHY = 512 };

struct server {
    const struct config *config;
    const struct config_server_options *options;
    int alias_index;
    const char *alias;
    struct reactor *reactor;
    struct bmi *bmi;
    struct trove *trove;
    struct msgpair_ctx *msgpair;          /* to the other servers */
    struct msgpair_server **peers;        /* by alias index, lazily */
    uint64_t *peer_boots;                 /* by alias index: the server's last life that was heard of */
    struct sched *sched;
    struct flow_pool *pool;
    struct server_fs *fs;
    int nfs;
    uint64_t boot_id, started_ms;
    struct list ops;                      /* live struct server_op */
    uint64_t next_op_id;
    struct hash_table clients;            /* by client id: slots and replies */
    struct list intents;                  /* live struct intent */
    struct list lone_intents;             /* those driven without an operation */
    pthread_mutex_t born_lock;            /* of the two below, which transaction bodies add to */
    struct list born;                     /* all struct intent, also of transactions whose end nobody has heard of here */
    uint64_t next_intent;
    struct list tickets;                  /* rename tickets held */
    uint64_t next_ticket;
    uint64_t perf[PERF_COUNT];
    struct perf *perf_ring;               /* perf.c: what they were before */
    bool draining, admin_mode;
    bool timeouts_off;                    /* expired capabilities are accepted */
    uint64_t frozen_by;                   /* freeze.c: a connection, 0 = none */
    struct list frozen;                   /* operations that it holds back */
    struct list settling;                 /* … that wait until all that was begun is over */
    void (*on_drained) (struct server *);
    struct reactor_timer housekeeping;
    unsigned bugs;
    struct known *known;                  /* data.c: datafiles seen to exist */
    struct holds *holds;                  /* hold.c */
    struct list collectors;               /* hold.c: operations that remove orphans */
    struct pools *pools;
    struct history *history;              /* history.c: the last requests */
};

int server_new (const struct server_config *cfg, struct server **ret);
/* Stops accepting; on_drained is called when nothing runs any more. */
void server_drain (struct server *s, void (*on_drained) (struct server *));
void server_free (struct server *s);           /* drained: closes the storage properly */
void server_kill (struct server *s);           /* simulation: drops everything where it stands */
int server_setup_fs (struct server *s);        /* s->fs, from its config and alias */
/* storage.c: creates the storage and, on the owner of a RootHandle, the root directory. -EEXIST: untouched. */
int server_mkfs (const struct server_config *cfg);
int server_rmfs (const struct server_config *cfg);

struct server_fs *server_fs_find (struct server *s, obj_fsid id);
/* -ENOENT: no server has it. */
int server_of_handle (struct server *s, struct server_fs *fs, obj_handle h);  /* alias index */
bool server_is_local (struct server *s, struct server_fs *fs, obj_handle h);
int server_peer (struct server *s, int alias_index, struct msgpair_server **ret);
/* Prepares a request to the server of `target` in the name of this operation; the caller expects and posts it. -ENOENT. */
int server_ask (struct server_op *op, struct msgpair *mp, unsigned proto_op, void *body, obj_handle target);
uint64_t server_now (struct server *s);        /* wall clock, ns */

/* --- operations ----------------------------------------------------------------------------------------------------------- */

struct op_desc {
    unsigned op;
    enum perf_key counter;                     /* 0 (PERF_READ) = none */
    /* What to hold: adds keys with sched_add. NULL: nothing. < 0: refuse. */
    int (*keys) (struct server_op *op);
    /* Exactly one of: */
    int (*txn) (struct trove_txn *txn, struct server_op *op);
    int (*plain) (struct server_op *op);
    const struct sm_machine *machine;          /* sm_arg = the server_op */
    void (*finish) (struct server_op *op);     /* after success, on the reactor, keys still held; may be NULL */
    bool read_only, creates;                   /* of txn */
    bool answers_itself;                       /* io */
};

struct server_op {
    struct sm sm;
    struct server *server;
    struct server_fs *fs;
    struct list link;
    uint64_t id, connection;
    struct bmi_peer *peer;                     /* NULL: internal */
    struct bmi_unexpected *unexpected;
    void *body_buf;                            /* oversized request */
    struct bmi_msg body_msg;
    struct iovec body_iov;
    uint64_t tag;
    struct proto_request req;
    const struct op_desc *desc;
    const struct proto_op_info *info;
    struct arena arena;
    void *resp;                                /* struct NAME_resp */
    struct sched_req sched;
    struct trove_op txn;
    struct trove_durable durable;
    uint64_t seq;                              /* to be durable before the answer */
    struct bmi_msg send;
    struct iovec send_iov;
    void *send_buf;
    struct client_record *client;
    bool in_slot, connection_gone, answered;
    obj_handle keeps, kept;                    /* hold.c: what is to outlive its last name, and does */
    bool check_known, stuffed, ownerless;      /* data.c: what a look at the datafile told */
    struct list slot_wait;
    struct job slot_job;
    void *reply_buf;                           /* encoded response body: of the reply record */
    size_t reply_len;
    int reply_error;
    bool replayed;                             /* the answer is reply_buf */
    obj_handle target;                         /* for looking at it */
    uint64_t started, began;                   /* by the reactor's and the wall clock */
    unsigned timer;                            /* enum perf_timer_key; PERF_TIMERS: none */
    const struct flow *flow;                   /* io: for looking at it */
    bool has_dir;                              /* the directory of the entry as the operation left it: goes with the answer */
    struct object_attr dir;
    struct intent *covers;                     /* crdirent: holds the entry's key for it since a restart */
    struct intent *follow;                     /* spread.h: what its transaction promised, to be over before the answer */
    struct proto_entry_at full;                /* bucket.h: has grown; dir 0: none has */
    struct intent *grows;                      /* spread.h: a new directory that is to have several buckets at once; promised by its transaction */
};

extern const struct op_desc *const server_ops[PROTO_OP_COUNT];
extern const struct sm_machine bracket_sm;

struct server_op *server_op_of (struct sm *sm);
#define REQ(op, type)  ((struct type##_req *) (op)->req.body)
#define RESP(op, type) ((struct type##_resp *) (op)->resp)

/* From a machine's action: runs a transaction body on the operation; the state ends with its result. The commit's seq is noted. */
sm_event server_txn (struct sm *sm, struct server_op *op, int (*body) (struct trove_txn *, void *), void *arg, bool read_only);
/* Sends a response of this operation now (io: acks). flags: BMI_LAST. The job is expected by the caller. */
int server_send_response (struct server_op *op, struct sm *sm, struct bmi_msg *m, struct iovec *iov, int error, uint8_t flags);
/* Writes the reply record of a modifying operation; to be called last in its (last) transaction, with op->resp filled. */
int server_put_reply (struct trove_txn *txn, struct server_op *op, int error);
/* What admin mode refuses. */
bool server_op_modifies (const struct server_op *op);
void server_op_describe (const struct server_op *op, char *buf, size_t n);

/* place.c: where objects go. All but server_fill_size run inside a transaction. */
struct placement {
    const char *dist_name, *dist_params;
    uint32_t n;              /* datafiles */
    uint32_t *order;         /* data server index of each */
    bool stuffed;
    bool keep_order;         /* not the default rotation: remember it while stuffed */
};
int place_file (struct trove_txn *t, struct server_op *op, obj_handle dir, const struct proto_create_attr *a, obj_handle metafile, struct placement *ret);
int place_order_of_stuffed (struct server_op *op, const struct proto_layout *l, uint32_t **ret_order);
int place_directory (struct server_op *op, obj_handle parent, const char *name);  /* alias index of a meta server */
/* Adds size and last write to the info of a file whose only datafile is here. */
void server_fill_size (struct server_op *op, struct proto_info *info);
/* bucket_check for a name that is to be made: -EEXIST if it is there. */
int server_check_new_name (struct trove_txn *t, struct server_op *op, const struct proto_entry_at *at, struct object_attr *ret);
/* bucket_changed; and the directory's attributes go with the answer – of one with OBJ_SPREAD this bucket's part, whose size says where its hashes end. */
int server_dir_changed (struct trove_txn *t, struct server_op *op, const struct proto_entry_at *at, int entries, int subdirs);
/* A new object: who asks for what, where; then what it begins with. */
struct eattr_pair;
struct new_object {
    obj_handle holder;                   /* of what is known here of the parent: bucket.h */
    const struct object_attr *dir;       /* the parent's attributes */
    const struct proto_create_attr *wish;
    uint8_t type;
    struct object_attr attr;             /* out: owner, group, mode, times */
    uint32_t nxattrs;                    /* out: access lists; of a directory also the parent's striping hints */
    struct eattr_pair *xattrs;           /* in the operation's arena */
};
int server_new_object (struct trove_txn *t, struct server_op *op, struct new_object *n);
/* Keys of operations on one entry. */
int server_entry_keys (struct server_op *op, const struct proto_entry_at *at);

/* op-rename.c */
void ticket_peer_down (struct server *s, struct bmi_peer *peer);
void tickets_fini (struct server *s);

/* slots.c: exactly once. */
int slots_load (struct server *s, struct trove_txn *txn);
void slots_fini (struct server *s);
sm_event slot_enter (struct server_op *op, struct sm *sm); /* SLOT_GO, SLOT_REPLAY, SM_WAIT (then again), SM_FAIL */
enum { SLOT_GO = SM_FIRST_OWN, SLOT_REPLAY };
/* An intent that a crash left without its operation takes the operation's slot, so that a repeat waits for its outcome. */
int slot_occupy (struct server_op *op);
void slot_leave (struct server_op *op);
void slot_set_reply (struct server_op *op);                /* in memory, when the transaction committed */
void slots_housekeeping (struct server *s);

/* perm.c */
enum { MAY_EXEC = 1, MAY_WRITE = 2, MAY_READ = 4 };
/* By the mode or, if it has one, the access list of the object h. 0, -EACCES; < 0: the list cannot be read. */
int perm_check (struct trove_txn *t, struct server_op *op, obj_handle h, const struct object_attr *a, unsigned may);
bool perm_in_group (const struct proto_cred *c, uint32_t gid);
bool perm_is_owner (const struct object_attr *a, const struct proto_cred *c);          /* or root */
int perm_sticky (const struct object_attr *dir, const struct object_attr *obj, const struct proto_cred *c);
/* For a file's info: the capability of the operation's caller, and `extra` (CAP_…) whatever the permissions are. */
int cap_make (struct trove_txn *t, struct server_op *op, struct proto_info *info, uint32_t extra);
int cap_check (struct server_op *op, obj_handle datafile, uint32_t need);              /* 0, -EACCES, -EKEYEXPIRED as -EAGAIN */

#endif
