/*
 * intent: what a server has promised itself to finish, whatever crashes – the second half of operations that touch other servers.
 *
 * An intent is written in the operation's first transaction and deleted in its last; between them stand messages that may be repeated. It is always
 * driven forward: by the operation that made it, or after a crash at the next start, which first takes its keys in the scheduler so that nobody sees
 * the name in between.
 *
 *   MKDIR    reserved handle on another server      init_object → entry, reply; counted in its directory from the beginning, so that
 *                                                   nobody takes that for empty
 *   RMDIR    directory on another server            remove_object (decides: empty or not) → entry gone or not, reply
 *   REMOVE   objects whose last name is gone        remove_object on each server → nothing (the reply went with the first transaction)
 *   RENAME   entry moves to another server's bucket, or something remote is replaced or re-parented
 *            [set_parent → noted] → [remove_object] → crdirent → old entry gone, reply. A moving directory learns its new parent
 *            before it has its new name, while nobody else can move it; so no other move's word is overwritten, and no walk to
 *            the root misses it. Refused: the old parent again.
 */
#ifndef SERVER_INTENT_H
#define SERVER_INTENT_H

#include "server/record.h"
#include "server/server.h"

enum intent_kind { INTENT_MKDIR = 1, INTENT_RMDIR, INTENT_REMOVE, INTENT_RENAME };

/* What the last transaction needs to know of the request, so that the answer survives us. */
struct intent {
    struct list link;            /* server->intents */
    struct server *server;
    uint64_t id;
    uint8_t kind;
    obj_fsid fs;
    struct proto_entry_at at, to;
    obj_handle handle;           /* the object in question */
    uint8_t type;
    uint8_t flags;
    struct object_attr attr;     /* MKDIR */
    uint32_t nxattrs;
    struct eattr_pair *xattrs;
    uint32_t uid, gid;           /* RENAME: for the check at the target */
    uint32_t ngroups;
    uint32_t *groups;
    uint32_t nhandles;           /* REMOVE */
    obj_handle *handles;
    uint64_t client_id, seq;     /* of the request; client_id 0: none */
    uint32_t slot;
    uint16_t op;
    bool parent_told;            /* RENAME: a directory that moves knows its new parent */
    /* results, for the reply */
    int error;                   /* -EAGAIN with `nowait`: nothing was done and nothing answered, try again */
    bool nowait;
    uint64_t commit;             /* driven in the background: to be durable first; 0 = it is */
    obj_handle replaced;
    struct arena arena;
};

struct intent *intent_new (struct server *s, enum intent_kind kind, struct server_op *op);
void intent_free (struct intent *i);
/* In a transaction: takes copies of its names, writes its record and gives it to *ret; frees it on failure. */
int intent_promise (struct trove_txn *t, struct intent *i, struct intent **ret);
int intent_del (struct trove_txn *t, struct intent *i);
/* On the reactor, once that transaction has committed: the intent is live, and the argument of intent_sm. */
void intent_begin (struct sm *sm, struct intent *i);
/* Called machine: arg = struct intent *. Sends what is to be sent, then runs the last transaction (with op's reply if there is an op). */
extern const struct sm_machine intent_sm;
/* Drives it in the background (it is freed at its end). For REMOVE after the operation's own transaction, whose seq is `commit`: nobody else is told
 * before that is durable. */
void intent_spawn (struct intent *i, uint64_t commit);

/* What an object that may lose its last name must be waited for: removal comes behind the I/O that runs on it. */
struct victim {
    obj_handle object, datafile; /* here; 0 = none */
};
/* In a transaction, with the entry's key held. */
void victim_look (struct trove_txn *t, struct server_op *op, const struct entry *e, struct victim *ret);
/* A state's action: takes the keys, behind those that the operation holds. */
sm_event victim_wait (struct sm *sm, struct server_op *op, const struct victim *v);

/* In a transaction: an object has lost its last name. Local parts go at once; for parts elsewhere *pending becomes a REMOVE intent that is put, to be
 * spawned after the commit (NULL: none needed). -ENOTEMPTY for a directory that lives here. -EREMOTE: a directory that lives elsewhere. */
int object_unlinked (struct trove_txn *t, struct server_op *op, const struct entry *e, struct intent **pending);

int intent_load (struct server *s, struct trove_txn *t);
int intent_start (struct server *s);   /* drives what was loaded */
void intent_stop (struct server *s);
/* Those that are driven without an operation: for looking at them. */
void intent_each_lone (struct server *s, void (*fn) (void *arg, const struct intent *i, const struct sm *sm), void *arg);
uint64_t intent_settled (struct server *s); /* all ids below are over */

/* The target half of a rename, in one transaction of the server that has the target's bucket. */
struct rename_put {
    struct server_op *op;
    struct proto_entry_at at;
    obj_handle handle;
    uint8_t type, flags;
    obj_handle replaced;
    struct intent *pending;
    obj_handle busy_dir;         /* -EREMOTE: this directory elsewhere must be removed first */
    obj_handle removed_dir;      /* … and this one has been */
};
int rename_put_entry (struct trove_txn *t, struct rename_put *p);

#endif
