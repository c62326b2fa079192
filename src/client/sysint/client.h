/*
 * client: one instance of the system interface – its reactor, connections, mounted volumes, caches and running operations – and
 * the internal way to run an operation. The public PVFS_sys_* calls (default instance), the tools and the kernel bridge are skins of this.
 *
 * One file per operation (sys-getattr.c, sys-io.c …): a machine, its frame, and the public call. An operation is a struct sys_op:
 * the caller fills `args`, posts it, and gets `done` on the instance's reactor – or waits for it.
 *
 * Everything belongs to the holder of client->reactor (reactor_enter/leave in the library; the one thread of client-core).
 */
#ifndef CLIENT_H
#define CLIENT_H

#include <pvfs2.h>

#include "common/base/hash.h"
#include "common/config/config.h"
#include "common/sm/sm.h"
#include "io/msgpair/msgpair.h"

struct client;
struct volume;
struct sys_op;

/* --- the instance --------------------------------------------------------------------------------------------------------- */

struct client_config {
    struct reactor *reactor;         /* NULL: a real one of its own */
    struct bmi_mem_net *mem_net;     /* simulation */
    uint64_t client_id;              /* 0: random */
    uint64_t op_timeout;             /* ns, 0 = 60 s */
    uint64_t acache_timeout;         /* ns for size, times and permissions; default 0 */
    uint64_t ncache_timeout;         /* ns; default 1 s, 0 given by CLIENT_TIMEOUT_OFF */
    struct journal *journal;         /* of an instance that is to survive its process (msgpair/journal.h), or NULL */
    const char *node_name;           /* for LAYOUT_LOCAL: host whose servers are local; NULL = hostname */
};
#define CLIENT_TIMEOUT_OFF UINT64_MAX

int client_new (const struct client_config *cfg, struct client **ret);
void client_free (struct client *c); /* cancels and forgets what still runs; completes nothing */

struct client {
    struct reactor *reactor;
    bool own_reactor;
    struct bmi *bmi;
    struct msgpair_ctx *msgpair;
    uint64_t client_id;
    uint64_t acache_timeout, ncache_timeout, op_timeout;
    struct list volumes;
    struct list old_volumes;         /* removed while operations ran: kept to the end */
    struct list ops;                 /* running struct sys_op */
    struct list completed;           /* ended ones with a public id, for wait and test */
    struct op_ids *ids;              /* public id → struct sys_op */
    uint64_t next_request_id;
    struct acache *acache;
    struct ncache *ncache;
    struct flow_pool *pool;
    PVFS_ctx ctx;                    /* of the library's instances, whose it is (default-instance.h) */
    struct {
        unsigned retry_limit, retry_delay_msecs;
    } settings;                      /* PVFS2's that have no effect here – retries go on until the deadline – but can be read back */
    int pid;                         /* after fork the child must begin anew */
    bool flow_before_ack;            /* TESTS ONLY: brings the deadlock of 2006 back (doc/deadlock.md) */
    bool size_off_by_strip;          /* TESTS ONLY: striped files seem one strip longer (test/sim --bug) */
    bool skipped_bucket;             /* TESTS ONLY: a listing that goes on skips a bucket (test/sim --bug) */
};

/* One file system that this instance uses. */
struct volume {
    struct list link;
    struct config *config;           /* the servers' file, parsed … */
    char *text;                      /* … and as it came */
    size_t text_len;
    const struct config_fs *fs;
    obj_fsid fs_id;
    obj_handle root;
    struct msgpair_server **servers; /* by alias index of the configuration; looked up lazily: use volume_server */
    int32_t default_ndfiles;         /* mount option num_dfiles, 0 = none */
};

/* Fetches the configuration from the first server that answers. `servers` are "tcp://host:port". Blocking form: client_mount_wait. */
int client_mount_wait (struct client *c, const char **servers, int nservers, const char *fs_name, PVFS_fs_id *ret_fs);
/* The same from a configuration's text, without asking; `origin` for error messages. */
int client_mount_text (struct client *c, const char *text, size_t len, const char *origin, const char *fs_name, PVFS_fs_id *ret_fs);
/* Forgets a volume; operations on it fail from now on. -ENODEV. */
int client_unmount (struct client *c, PVFS_fs_id fs_id);
struct volume *client_volume (struct client *c, PVFS_fs_id fs_id);                         /* NULL: not added */
int volume_server (struct client *c, struct volume *v, obj_handle h, struct msgpair_server **ret); /* by handle; -ENOENT */
int volume_server_by_alias (struct client *c, struct volume *v, unsigned alias, struct msgpair_server **ret);

/* Public server addresses: PVFS_BMI_addr_t of a volume is 1 + the alias index of its configuration. -EINVAL if there is none such. */
int volume_addr_alias (const struct volume *v, PVFS_BMI_addr_t addr, unsigned *ret_alias);
/* PVFS_MGMT_IO_SERVER | PVFS_MGMT_META_SERVER bits. */
int volume_server_type (const struct volume *v, unsigned alias);

/* --- an operation ------------------------------------------------------------------------------------------------------------ */

/* Arguments and results. Pointers of arguments must stay valid until the operation is done, as with PVFS_isys_*; strings, attributes and credentials are copied at post. */
struct sys_args {
    PVFS_fs_id fs;
    PVFS_object_ref ref, ref2;       /* object or parent; rename: new parent */
    const char *name, *name2;        /* entry or path; rename: new name; symlink: target */
    uint32_t mask;
    int32_t flags;
    PVFS_sys_attr attr;
    const PVFS_sys_dist *dist;
    const PVFS_sys_layout *layout;
    PVFS_Request file_req, mem_req;
    PVFS_offset offset;
    void *buffer;
    enum PVFS_io_type io_type;
    PVFS_size size;
    PVFS_ds_position token;
    int32_t count;
    PVFS_ds_keyval *keys, *vals;
    PVFS_ds_keyval *olds;            /* atomiceattr: room for what was there; a NULL buffer: not wished */
    void *resp;                      /* PVFS_sysresp_… of the call, or an internal struct that the operation's header names */
    const char **servers;            /* fs_add: addresses to try; name: the file system; resp: PVFS_fs_id */
    int32_t nservers;
    /* What PVFS_sys_attr cannot say. */
    uint32_t atime_ns, mtime_ns;     /* beside attr.atime and attr.mtime: below 10^9 */
    uint32_t dev;                    /* create of a device; S_IFMT bits in attr.perms make a special file */
    uint32_t umask;                  /* create, mkdir: taken off attr.perms where no default access list says otherwise */
    uint64_t hold;                   /* getattr, create: the file is open from now on; a stamp, growing with each of the client's, 0 = no */
};

/* sys_hold's argument: files of one server, at most PROTO_MAX_HANDLES each. */
struct hold_wish {
    uint64_t stamp;
    uint32_t ntake, ndrop;
    const obj_handle *take, *drop;
};

/* --- full attributes: what the bridge and the tools want to know beyond PVFS_sys_attr --------------------------------------------- */

struct client_attr {                 /* result of sys_getattr, sys_lookup, create … in their internal form */
    PVFS_object_ref ref;
    struct object_attr attr;         /* size filled in when known: see have_size; of a directory `spread` also where it is the file system's */
    bool have_size;
    int32_t ndfiles;
    char *link_target;               /* in the operation's arena */
    char *dist_name, *dist_params;
    uint64_t *dfiles;
};

struct client_dirent {
    uint64_t cookie;                 /* token to go on after this entry */
    const char *name;
    PVFS_object_ref ref;
    uint8_t type;                    /* enum object_type */
    bool have_attr;                  /* readdirplus: false if it vanished meanwhile */
    struct client_attr attr;
    int error;                       /* why there is none: negative errno */
};

struct accessed_list {               /* of sys_accessed */
    obj_handle *handles;
    uint32_t n;
};

struct sys_op_type {
    const char *name;
    const struct sm_machine *machine; /* its sm_arg is the struct sys_op */
};

struct sys_op {
    struct sm sm;
    struct client *client;
    const struct sys_op_type *type;
    struct list link;
    struct sys_args a;
    struct proto_cred cred;          /* copied at post, in arena */
    struct arena arena;              /* lives as long as the operation */
    uint64_t request_id;
    uint64_t deadline;               /* 0 = none */
    int error;                       /* result: 0 or negative errno */
    bool ended;
    /* Results, in internal form, in the arena; the public call's resp is filled from them by the skin. */
    struct client_attr result;       /* lookup, getattr, setattr, create, mkdir, symlink */
    struct client_dirent *dirents;   /* readdir, readdirplus */
    uint32_t ndirents;
    bool dir_end;                    /* nothing comes after the last entry */
    uint64_t dir_version;
    int64_t bytes;                   /* io */
    bool has_dir;                    /* create, mkdir, symlink, remove: the directory a.ref as the operation left it */
    struct object_attr dir;
    int *key_errors;                 /* geteattr, atomiceattr: one per key, negative errno */
    const char **names;              /* listeattr; dir_end */
    uint32_t nnames;
    /* The skin's: called once at the end, before done, to fill the caller's response; returns the operation's error. */
    int (*finish) (struct sys_op *op);
    void (*done) (struct sys_op *op); /* may be NULL (somebody waits or tests). May free the op */
    void *user;
    PVFS_id_gen_t id;                /* public id, 0 = none */
    bool claimed;                    /* somebody waits for it: testsome does not report it */
};

/* Allocates with a copy of the credential. NULL: out of memory. */
struct sys_op *sys_op_new (struct client *c, const struct sys_op_type *type, const PVFS_credential *cred);
/* Runs its first steps. May end (and call done) before it returns. Whoever tests for it gives it an id while it runs. */
void sys_op_post (struct sys_op *op);
void sys_op_cancel (struct sys_op *op);
void sys_op_free (struct sys_op *op); /* ended or never posted */

/* Public ids: a slot and its generation, so that an id once released is refused for ever. 0: out of memory. */
PVFS_id_gen_t sys_op_publish (struct sys_op *op);
struct sys_op *sys_op_by_id (struct client *c, PVFS_id_gen_t id); /* NULL: not outstanding */
void op_ids_free (struct op_ids *ids);
/* Enters the reactor, posts, waits for the end. Takes the op in any state before the post; the caller frees it. */
int sys_op_run (struct sys_op *op);

/* For the operations' machines. */
struct sys_op *sys_op_of (struct sm *sm);
/* Fills a msgpair's header from the operation and posts it (after sm_expect/sm_expect_any on mp->job). `target` chooses the server. */
int sys_msgpair (struct sys_op *op, struct msgpair *mp, unsigned proto_op, void *body, obj_handle target);
/* The same to a server by its alias index. */
int sys_msgpair_alias (struct sys_op *op, struct msgpair *mp, unsigned proto_op, void *body, unsigned alias);
void sys_msgpair_post (struct sm *sm, struct msgpair *mp); /* sm_expect + msgpair_post */
enum { SYS_INFO_ROOM = 32768 }; /* of a response, per struct proto_info: no info is longer */
/* -EINVAL, -ENAMETOOLONG: not a name of an entry. */
int sys_check_name (const char *name);
/* A null reference or one of another volume: -EINVAL; volume not added: -ENODEV. */
int sys_check_ref (struct sys_op *op, PVFS_object_ref ref);

extern const struct sys_op_type sys_fs_add, sys_lookup, sys_getattr, sys_setattr, sys_create, sys_hold, sys_mkdir, sys_symlink, sys_link, sys_remove, sys_rename,
    sys_readdir, sys_readdirplus, sys_io, sys_truncate, sys_flush, sys_statfs, sys_accessed, sys_geteattr, sys_seteattr, sys_atomiceattr, sys_deleattr, sys_listeattr,
    sys_mgmt_noop, sys_mgmt_setparam, sys_mgmt_perf_mon, sys_mgmt_statfs, sys_mgmt_live_ops, sys_mgmt_iterate_handles,
    sys_mgmt_fsck_scan, sys_mgmt_fsck_fix, sys_mgmt_getconfig, sys_mgmt_event_mon, sys_mgmt_get_uid, sys_mgmt_remove_object;

#endif
