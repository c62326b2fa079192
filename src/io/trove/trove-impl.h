/*
 * What an implementation of Trove supplies (a const table), and what trove.c, handles.c and
 * regions.c give to both implementations in return. Only files below this folder include it.
 *
 * struct trove and struct trove_txn are the first members of the implementation's own structures.
 */
#ifndef IO_TROVE_IMPL_H
#define IO_TROVE_IMPL_H

#include <stdatomic.h>

#include "io/trove/trove.h"

struct trove_ops {
    const char *name;
    void (*close) (struct trove *t);
    void (*abandon) (struct trove *t); /* NULL: cannot be simulated */
    void (*txn_post) (struct trove *t, struct trove_op *op);
    /* force: flush even with sync_meta off. seq is never 0 here unless nothing was ever committed.
     */
    void (*durable_post) (struct trove *t, struct trove_durable *d, bool force);
    uint64_t (*committed) (struct trove *t); /* sequence of the last commit */

    int (*get) (struct trove_txn *txn, const struct trove_key *key, const void **ret_val,
                size_t *ret_len);
    int (*put) (struct trove_txn *txn, const struct trove_key *key, const void *val, size_t len);
    int (*del) (struct trove_txn *txn, const struct trove_key *key);
    int (*iterate) (struct trove_txn *txn, const struct trove_key *from, bool any_handle,
                    int (*fn) (void *arg, const struct trove_item *item), void *arg);
    int (*bstream_remove) (struct trove_txn *txn, obj_fsid fs, obj_handle h);
    int (*bstream_each) (struct trove_txn *txn, obj_fsid fs, unsigned part,
                         int (*fn) (void *arg, obj_handle h), void *arg);

    void (*bstream_post) (struct trove *t, struct trove_bstream_op *op);
    int (*bstream_stat) (struct trove *t, obj_fsid fs, obj_handle h, struct trove_bstream_stat *ret);
    int (*space) (struct trove *t, uint64_t *ret_total, uint64_t *ret_available);
    void (*cached) (struct trove *t, uint64_t *ret_keys, uint64_t *ret_files); /* NULL: nothing is */
    void (*drop_caches) (struct trove *t);                                     /* NULL: likewise */
};

/* Handles [next, limit) are ours to give: `limit` is in the database. Written by transactions only.
 */
struct trove_range_state {
    struct trove_range range;
    _Atomic uint64_t next;
    uint64_t limit;
    uint64_t limit_before; /* of this transaction */
};

struct trove_counts {
    _Atomic uint64_t transactions, log_flushes, syncs, reads, writes, bytes_read, bytes_written;
};

struct trove {
    const struct trove_ops *ops;
    struct reactor *reactor;
    enum trove_method method;
    _Atomic bool sync_meta;
    uint64_t sync_until; /* commits up to here were made with sync_meta on; the reactor's */
    uint64_t reserve;
    struct trove_range_state *ranges;
    unsigned nranges;
    struct trove_counts counts;
};

struct trove_txn {
    struct trove *trove;
    bool read_only;
    bool took_block; /* a range's limit moved: must be durable before a handle of it is seen outside
                      */
};

/* Need not wait for a flush to answer what depends on this commit. */
static inline bool
trove_is_relaxed (const struct trove *t, uint64_t seq)
{
    return !atomic_load (&t->sync_meta) && seq > t->sync_until;
}

int trove_base_init (struct trove *t, const struct trove_ops *ops, const struct trove_config *cfg);
void trove_base_fini (struct trove *t);
/* One sentence into cfg->why, once. Returns err. */
int trove_why (const struct trove_config *cfg, int err, const char *fmt, ...) PRINTF_LIKE (3, 4);
/* Limits of names and values. */
int trove_check_key (const struct trove_key *key);

/* Both keep a bytestream that a committed transaction removed under this name of TROVE_PRIVATE until it is
 * gone. */
#define TROVE_REMOVAL_NAME "rm"

/* --- handles.c -------------------------------------------------------------------------------- */

int trove_handles_load (struct trove_txn *txn); /* at open */
int trove_handles_save (struct trove_txn *txn); /* at close: gives the rest of the blocks back */
void trove_handles_begin (struct trove_txn *txn);
void trove_handles_rollback (struct trove_txn *txn);

/* --- regions.c: list I/O ---------------------------------------------------------------------- */

enum { TROVE_IOV_BATCH = 128, TROVE_SINK = 4096 };

/* Walks regions and memory together: each step is one stretch of the stream and the memory for it.
 */
struct trove_walk {
    const struct trove_bstream_op *op;
    unsigned region;
    int64_t region_done;
    unsigned iov;
    size_t iov_done;
    int64_t off, len; /* this step */
    struct iovec vec[TROVE_IOV_BATCH];
    int nvec;
    void *sink; /* TROVE_SINK bytes of a reader who takes small gaps along, into them; or NULL */
};
int
trove_op_check (const struct trove_bstream_op *op); /* lengths agree, no overflow: 0 or -EINVAL */
int64_t trove_op_total (const struct trove_bstream_op *op);
void trove_op_extent (const struct trove_bstream_op *op, int64_t *ret_first,
                      int64_t *ret_end); /* end exclusive */
void trove_walk_init (struct trove_walk *w, const struct trove_bstream_op *op);
bool trove_walk_next (struct trove_walk *w); /* adjacent regions are joined; false at the end */
/* Drops the first n bytes of the step's memory (a short transfer); returns how many of them are the
 * stream's, not a gap's. */
int64_t trove_walk_consume (struct trove_walk *w, size_t n);
void trove_walk_zero (struct trove_walk *w); /* clears what is left of the step's memory */

#endif
