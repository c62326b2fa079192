/*
 * New handles. Each range has one number in the database: no handle at or above it was ever given
 * out. It moves in blocks, within the transaction that needs the next one; a rolled back
 * transaction takes the number back but never gives a handle twice. Runs on the executor only
 * (statfs reads `next`).
 */
#include "io/trove/trove-impl.h"

enum { HANDLE_BLOCK = 1024, FIRST_HANDLE = 2 };

static const char next_name[] = "next";

static struct trove_key
range_key (const struct trove_range *r)
{
    return (struct trove_key){
        .fs = r->fs,
        .type = TROVE_PRIVATE,
        .handle = r->first,
        .name = next_name,
        .name_len = sizeof next_name - 1,
    };
}

/* `limit` is the first handle that was never promised. */
static int
put_limit (struct trove_txn *txn, struct trove_range_state *r, uint64_t limit)
{
    struct trove_key key = range_key (&r->range);
    uint8_t buf[8];
    struct wire w;
    wire_encoder (&w, buf, sizeof buf);
    wire_u64 (&w, &limit);
    int err = trove_put (txn, &key, buf, w.pos);
    if (!err)
        r->limit = limit;
    return err;
}

int
trove_handles_load (struct trove_txn *txn)
{
    struct trove *t = txn->trove;
    for (unsigned i = 0; i < t->nranges; i++) {
        struct trove_range_state *r = &t->ranges[i];
        struct trove_key key = range_key (&r->range);
        uint64_t limit = MAX (r->range.first, (uint64_t)FIRST_HANDLE);
        const void *val;
        size_t len;
        int err = trove_get (txn, &key, &val, &len);
        if (!err) {
            struct wire w;
            wire_decoder (&w, val, len, NULL);
            wire_u64 (&w, &limit);
            if (wire_finish (&w) || limit < r->range.first)
                return -EIO;
        } else if (err != -ENOENT) {
            return err;
        }
        r->limit = limit;
        atomic_store (&r->next, limit);
    }
    return 0;
}

int
trove_handles_save (struct trove_txn *txn)
{
    struct trove *t = txn->trove;
    for (unsigned i = 0; i < t->nranges; i++) {
        struct trove_range_state *r = &t->ranges[i];
        uint64_t next = atomic_load (&r->next);
        int err = next < r->limit ? put_limit (txn, r, next) : 0;
        if (err)
            return err;
    }
    return 0;
}

void
trove_handles_begin (struct trove_txn *txn)
{
    struct trove *t = txn->trove;
    txn->took_block = false;
    for (unsigned i = 0; i < t->nranges; i++)
        t->ranges[i].limit_before = t->ranges[i].limit;
}

void
trove_handles_rollback (struct trove_txn *txn)
{
    struct trove *t = txn->trove;
    for (unsigned i = 0; txn->took_block && i < t->nranges; i++)
        t->ranges[i].limit = t->ranges[i].limit_before;
    txn->took_block = false;
}

/* Handles that somebody chose (the root directory's) lie in the ranges too. */
static int
in_use (struct trove_txn *txn, obj_fsid fs, obj_handle h)
{
    struct trove_key key = { .fs = fs, .type = TROVE_ATTR, .handle = h };
    const void *val;
    size_t len;
    int err = trove_get (txn, &key, &val, &len);
    return err == -ENOENT ? 0 : err ? err : 1;
}

static int
take (struct trove_txn *txn, struct trove_range_state *r, obj_handle *ret)
{
    for (;;) {
        uint64_t h = atomic_load (&r->next);
        if (h > r->range.last || h < r->range.first)
            return -ENOSPC;
        if (h >= r->limit) {
            uint64_t left = r->range.last - h;
            int err = put_limit (txn, r,
                                 left > HANDLE_BLOCK ? h + HANDLE_BLOCK
                                                     : MAX (r->range.last, r->range.last + 1));
            if (err)
                return err;
            txn->took_block = true;
        }
        atomic_store (&r->next, h + 1);
        int used = in_use (txn, r->range.fs, h);
        if (used < 0)
            return used;
        if (!used) {
            *ret = h;
            return 0;
        }
    }
}

int
trove_new_handle (struct trove_txn *txn, obj_fsid fs, bool data, obj_handle *ret)
{
    struct trove *t = txn->trove;
    if (txn->read_only)
        return -EROFS;
    for (unsigned i = 0; i < t->nranges; i++) {
        struct trove_range_state *r = &t->ranges[i];
        if (r->range.fs != fs || r->range.data != data)
            continue;
        int err = take (txn, r, ret);
        if (err != -ENOSPC)
            return err;
    }
    return -ENOSPC;
}
