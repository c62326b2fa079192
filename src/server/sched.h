/*
 * The request scheduler: who may touch what, and when.
 *
 * A key is a handle (an object, a datafile, a dirdata) or an entry (dirdata, name). Holders of one key: I/O beside I/O, shared beside
 * shared, exclusive alone. Granted strictly in order of arrival: a queued request is never overtaken on its key. A request takes its keys in
 * the order in which they were added – parents before children, unrelated ones ascending – and holds what it has while it waits for the next.
 *
 * Belongs to the server's reactor.
 */
#ifndef SERVER_SCHED_H
#define SERVER_SCHED_H

#include "common/base/hash.h"
#include "common/object/object.h"
#include "io/job/job.h"

struct sched;

enum sched_mode { SCHED_SHARED, SCHED_IO, SCHED_EXCLUSIVE };
enum { SCHED_MAX_KEYS = 8 };

struct sched_key;

struct sched_hold {
    struct list link;        /* on its key's list */
    struct sched_key *key;   /* NULL: not queued yet */
    struct sched_req *req;
    obj_fsid fs;
    obj_handle handle;
    uint64_t name_hash;      /* 0: the handle itself */
    enum sched_mode mode;
    bool granted;
};

struct sched_req {
    struct job job;
    struct sched *sched;
    struct sched_hold holds[SCHED_MAX_KEYS];
    unsigned nholds, ngranted;
    uint64_t owner_id;       /* of the operation, for looking at it */
};

int sched_new (struct sched **ret);
void sched_free (struct sched *s);
void sched_init (struct sched_req *q, struct sched *s, uint64_t owner_id);
/* Wishes one more key. The same key twice keeps the stronger mode. -E2BIG. */
int sched_add (struct sched_req *q, obj_fsid fs, obj_handle h, const char *name, enum sched_mode mode);
/* Completes when all added keys are held. Keys may be added, and post called again, while some are held. */
void sched_post (struct sched_req *q);
/* Whether the handle itself is among its keys. */
bool sched_has (const struct sched_req *q, obj_fsid fs, obj_handle h);
/* Whether a post now would have to wait. */
bool sched_would_wait (const struct sched_req *q);
/* Gives everything back (also a place in line). Harmless when nothing is held. */
void sched_release (struct sched_req *q);
bool sched_idle (const struct sched *s);
/* fn is called whenever the last key has been given back; it may not post or release anything. */
void sched_on_idle (struct sched *s, void (*fn) (void *arg), void *arg);
/* The operation just in front on the key that this request waits for; 0 = waits for none. */
uint64_t sched_behind (const struct sched_req *q);
/* Entries are taken in this order when unrelated: by handle, then name hash. */
int sched_order (obj_handle h1, const char *n1, obj_handle h2, const char *n2);

#endif
