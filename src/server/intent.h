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
 *   UNLINK   an object elsewhere lost a name        link_count (less) → nothing (likewise; but the answer waits for it, so that link counts are right)
 *   REPLACE  a directory elsewhere gives way        the crdirent's own: remove_object → the new entry. After a crash it holds the entry until
 *                                                   the order comes again, so that nobody sees a name whose directory may be gone
 *   SPLIT    half of a bucket to another server     see spread.h; of a new directory once more, until it has as many as it is to begin with
 *   TELL     attributes of a spread directory       bucket_put to each bucket elsewhere → reply
 *   EMPTY    a spread directory may be removed      [bucket_freeze to each] → it is gone; or thawed again
 *   LINK     a new name for an object elsewhere     link_count (more) → entry, reply; counted in its directory from the beginning
 *   RENAME   entry moves to another server's bucket, or something remote is replaced or re-parented
 *            [set_parent → the way to the root → noted] → [remove_object] → crdirent → [set_parent: over] → old entry gone, reply.
 *            A moving directory learns its new parent before it has its new name, while nobody else can move it; so no other move's
 *            word is overwritten, and no walk to the root misses it (climb.h). Refused: the old parent again. An exchange is a rename
 *            whose old entry gets the other object in the end; both directories learn their new parents first.
 */
#ifndef SERVER_INTENT_H
#define SERVER_INTENT_H

#include "server/record.h"
#include "server/server.h"
#include "server/victim.h"

enum intent_kind { INTENT_MKDIR = 1, INTENT_RMDIR, INTENT_REMOVE, INTENT_RENAME, INTENT_UNLINK, INTENT_LINK,
                   INTENT_SPLIT, INTENT_TELL, INTENT_EMPTY, INTENT_REPLACE };

/* What the last transaction needs to know of the request, so that the answer survives us. */
struct intent {
    struct list link;            /* server->intents */
    struct list born;            /* server->born, from the first to the last */
    struct server *server;
    uint64_t id;
    uint8_t kind;
    obj_fsid fs;
    struct proto_entry_at at, to;
    obj_handle handle;           /* the object in question */
    uint8_t type;
    uint8_t flags;
    struct entry other;          /* RENAME: exchanged for this one */
    struct object_attr attr;     /* MKDIR; TELL: the directory's, whose times were set if `flags` */
    uint32_t nxattrs;
    struct eattr_pair *xattrs;
    uint32_t uid, gid;           /* RENAME: for the check at the target */
    uint32_t ngroups;
    uint32_t *groups;
    uint32_t nhandles;           /* REMOVE; TELL, EMPTY: buckets elsewhere */
    obj_handle *handles;
    uint64_t client_id, seq;     /* of the request; client_id 0: none */
    uint32_t slot;
    uint16_t op;
    bool parent_told;            /* RENAME: directories that move know their new parents, and no other move is in the way */
    uint64_t hash;               /* SPLIT: where the new bucket, `handle`, begins; at.dirdata is split. REPLACE: the order, of coordinator to.name */
    uint8_t stage;
    /* results, for the reply */
    int error;
    bool nowait;
    bool crossed;                /* RENAME: by another move; not carried out */
    struct job order;            /* REPLACE, after a restart: waits for its order … */
    bool covered;                /* … which has come */
    obj_handle grown;            /* SPLIT: why; 0: the directory is to begin with more */
    uint64_t commit;             /* driven in the background: to be durable first; 0 = it is */
    obj_handle replaced;         /* RENAME: by what it stands for; `handle` itself: two names of one object, which stay */
    struct arena arena;
};

struct intent *intent_new (struct server *s, enum intent_kind kind, struct server_op *op);
void intent_free (struct intent *i);
/* In a transaction: takes copies of its names, writes its record and gives it to *ret; frees it on failure. */
int intent_promise (struct trove_txn *t, struct intent *i, struct intent **ret);
int intent_put (struct trove_txn *t, struct intent *i); /* its record, once more */
int intent_del (struct trove_txn *t, struct intent *i);
/* In a transaction: an intent REMOVE for these, put and given to *ret. */
int intent_promise_removal (struct trove_txn *t, struct server_op *op, const obj_handle *handles, uint32_t n, struct intent **ret);
/* An intent REPLACE that has held the entry since a restart, for this order; NULL: none. It is covered then, until it is uncovered: the order was
 * carried out and the record is gone, or it must come once more. */
struct intent *intent_cover (struct server *s, const char *coordinator, uint64_t order);
void intent_uncover (struct intent *i, bool done);
/* What stands for an operation while an intent is driven on its own. */
struct server_op *intent_as (struct sm *sm);
/* What another server, or this one's disk, may answer differently in a moment: a full disk, a server that starts. */
bool intent_try_later (int status);
/* It has ended, but nothing was done and nothing answered: the entry elsewhere was busy, or is another one by now. Try again. */
bool intent_undecided (const struct intent *i);
/* On the reactor, once that transaction has committed: the intent is live, and the argument of intent_sm. */
void intent_begin (struct sm *sm, struct intent *i);
/* Called machine: arg = struct intent *. Sends what is to be sent, then runs the last transaction (with op's reply if there is an op). */
extern const struct sm_machine intent_sm;
/* Drives it in the background (it is freed at its end). For REMOVE after the operation's own transaction, whose seq is `commit`: nobody else is told
 * before that is durable. */
void intent_spawn (struct intent *i, uint64_t commit);
/* From an action after the commit: what must be over before the answer (UNLINK) becomes intent_sm's argument – true –, the rest goes on in the background. */
bool intent_follow (struct sm *sm, struct intent **pending, struct server_op *op);

/* In a transaction: an object has lost a name. If it was the last one, local parts go at once. For what lives elsewhere *pending becomes an intent that is
 * put, to be followed after the commit (NULL: none needed). -ENOTEMPTY for a directory that lives here. -EREMOTE: a directory that lives elsewhere, or has buckets elsewhere:
 * remove_object, to its own server, is the way; its key must not be held. */
int object_unlinked (struct trove_txn *t, struct server_op *op, const struct entry *e, struct intent **pending);

void intent_init (struct server *s);   /* before all else; intent_stop ends it */
int intent_load (struct server *s, struct trove_txn *t);
int intent_start (struct server *s);   /* drives what was loaded */
void intent_stop (struct server *s);
/* Those that are driven without an operation: for looking at them. */
void intent_each_lone (struct server *s, void (*fn) (void *arg, const struct intent *i, const struct sm *sm), void *arg);
uint64_t intent_settled (struct server *s); /* all ids below are over */
bool intent_is_driven (const struct server *s, uint64_t id);
/* Of a record: what it is about, in *arena. -EIO: cannot be read. */
struct fsck_intent;
int intent_look (const void *record, size_t len, struct arena *arena, struct fsck_intent *ret);

/* The target half of a rename, in one transaction of the server that has the target's bucket. */
struct rename_put {
    struct server_op *op;
    struct proto_entry_at at;
    obj_handle handle;
    uint8_t type, flags;
    bool repeats_known;                /* else the entry being there says that it was put before */
    obj_handle expect;                 /* RENAME_SWAP: what is there */
    const struct object_attr *victim;  /* attributes of what is there, if they were asked for */
    obj_handle replaced;
    struct intent *pending;
    obj_handle busy_dir;         /* -EREMOTE: this directory elsewhere must be removed first */
    obj_handle removed_dir;      /* … and this one has been */
};
int rename_put_entry (struct trove_txn *t, struct rename_put *p);

#endif
