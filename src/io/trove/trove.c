/*
 * Trove's front: dispatches to the implementation and holds what both share – limits, object
 * records, counters.
 */
#include "io/trove/trove-impl.h"

#include <stdarg.h>
#include <stdio.h>

enum { RECORD_MAX = 256 };

int
trove_base_init (struct trove *t, const struct trove_ops *ops, const struct trove_config *cfg)
{
    t->ops = ops;
    t->reactor = cfg->reactor;
    t->method = cfg->method;
    atomic_init (&t->sync_meta, cfg->sync_meta);
    t->reserve = cfg->reserve;
    t->ranges = calloc (MAX (cfg->nranges, 1u), sizeof *t->ranges);
    if (!t->ranges)
        return -ENOMEM;
    t->nranges = cfg->nranges;
    for (unsigned i = 0; i < cfg->nranges; i++)
        t->ranges[i].range = cfg->ranges[i];
    return 0;
}

void
trove_base_fini (struct trove *t)
{
    free (t->ranges);
    t->ranges = NULL;
}

int
trove_why (const struct trove_config *cfg, int err, const char *fmt, ...)
{
    va_list ap;
    if (!cfg->why || cfg->why[0])
        return err;
    va_start (ap, fmt);
    vsnprintf (cfg->why, TROVE_WHY, fmt, ap);
    va_end (ap);
    return err;
}

int
trove_check_key (const struct trove_key *key)
{
    return key->name_len > TROVE_NAME_MAX ? -ENAMETOOLONG : 0;
}

/* --- life ------------------------------------------------------------------------------------- */

void
trove_close (struct trove *t)
{
    if (t)
        t->ops->close (t);
}

void
trove_abandon (struct trove *t)
{
    if (!t)
        return;
    assert (t->ops->abandon);
    t->ops->abandon (t);
}

/* --- transactions ----------------------------------------------------------------------------- */

void
trove_txn_post (struct trove *t, struct trove_op *op)
{
    t->ops->txn_post (t, op);
}

void
trove_durable_post (struct trove *t, struct trove_durable *d)
{
    if (!d->seq)
        d->seq = t->ops->committed (t);
    t->ops->durable_post (t, d, false);
}

void
trove_flush_post (struct trove *t, struct trove_durable *d)
{
    if (!d->seq)
        d->seq = t->ops->committed (t);
    t->ops->durable_post (t, d, true);
}

/* A commit that still saw it on may leave its flush to whoever waits for it: those are what sync_until covers. */
void
trove_set_sync_meta (struct trove *t, bool on)
{
    bool was = atomic_exchange (&t->sync_meta, on);
    if (was && !on)
        t->sync_until = t->ops->committed (t);
}

bool
trove_get_sync_meta (const struct trove *t)
{
    return atomic_load (&t->sync_meta);
}

int
trove_get (struct trove_txn *txn, const struct trove_key *key, const void **ret_val,
           size_t *ret_len)
{
    int err = trove_check_key (key);
    return err ? err : txn->trove->ops->get (txn, key, ret_val, ret_len);
}

int
trove_put (struct trove_txn *txn, const struct trove_key *key, const void *val, size_t len)
{
    int err = trove_check_key (key);
    if (err)
        return err;
    if (len > TROVE_VALUE_MAX)
        return -E2BIG;
    if (txn->read_only)
        return -EROFS;
    return txn->trove->ops->put (txn, key, val, len);
}

int
trove_del (struct trove_txn *txn, const struct trove_key *key)
{
    int err = trove_check_key (key);
    if (err)
        return err;
    if (txn->read_only)
        return -EROFS;
    return txn->trove->ops->del (txn, key);
}

int
trove_iterate (struct trove_txn *txn, const struct trove_key *from, bool any_handle,
               int (*fn) (void *arg, const struct trove_item *item), void *arg)
{
    int err = trove_check_key (from);
    return err ? err : txn->trove->ops->iterate (txn, from, any_handle, fn, arg);
}

int
trove_bstream_remove (struct trove_txn *txn, obj_fsid fs, obj_handle h)
{
    return txn->read_only ? -EROFS : txn->trove->ops->bstream_remove (txn, fs, h);
}

int
trove_bstream_each (struct trove_txn *txn, obj_fsid fs, unsigned part,
                    int (*fn) (void *arg, obj_handle h), void *arg)
{
    if (part >= TROVE_BSTREAM_PARTS)
        return -EINVAL;
    return txn->trove->ops->bstream_each (txn, fs, part, fn, arg);
}

int
trove_bstream_is_going (struct trove_txn *txn, obj_fsid fs, obj_handle h)
{
    static const char name[] = TROVE_REMOVAL_NAME;
    struct trove_key key = { fs, TROVE_PRIVATE, h, name, sizeof name - 1 };
    const void *val;
    size_t len;
    int err = trove_get (txn, &key, &val, &len);
    return err == -ENOENT ? 0 : err ? err : 1;
}

/* --- object records: u8 version, then the codec that the wire uses too ------------------------ */

static struct trove_key
attr_key (obj_fsid fs, obj_handle h)
{
    return (struct trove_key){ .fs = fs, .type = TROVE_ATTR, .handle = h };
}

int
trove_attr_get (struct trove_txn *txn, obj_fsid fs, obj_handle h, struct object_attr *ret)
{
    struct trove_key key = attr_key (fs, h);
    struct object_attr a = { 0 };
    struct wire w;
    const void *val;
    size_t len;
    int err = trove_get (txn, &key, &val, &len);
    if (err)
        return err;
    wire_decoder (&w, val, len, NULL);
    object_record_codec (&w, &a);
    if (wire_finish (&w))
        return -EIO;
    *ret = a;
    return 0;
}

int
trove_attr_set (struct trove_txn *txn, obj_fsid fs, obj_handle h, const struct object_attr *a)
{
    struct trove_key key = attr_key (fs, h);
    struct object_attr copy = *a;
    uint8_t buf[RECORD_MAX];
    struct wire w;
    wire_encoder (&w, buf, sizeof buf);
    object_record_codec (&w, &copy);
    return w.err ? w.err : trove_put (txn, &key, buf, w.pos);
}

int
trove_attr_del (struct trove_txn *txn, obj_fsid fs, obj_handle h)
{
    struct trove_key key = attr_key (fs, h);
    return trove_del (txn, &key);
}

/* --- bytestreams ------------------------------------------------------------------------------ */

void
trove_bstream_post (struct trove *t, struct trove_bstream_op *op)
{
    t->ops->bstream_post (t, op);
}

int
trove_bstream_stat (struct trove *t, obj_fsid fs, obj_handle h, struct trove_bstream_stat *ret)
{
    return t->ops->bstream_stat (t, fs, h, ret);
}

int
trove_statfs (struct trove *t, obj_fsid fs, struct trove_statfs *ret)
{
    struct trove_statfs s = { 0 };
    int err = t->ops->space (t, &s.bytes_total, &s.bytes_available);
    if (err)
        return err;
    for (unsigned i = 0; i < t->nranges; i++) {
        const struct trove_range_state *r = &t->ranges[i];
        if (r->range.fs != fs)
            continue;
        uint64_t next = atomic_load (&r->next);
        s.handles_total += r->range.last - r->range.first + 1;
        s.handles_available += next && next <= r->range.last ? r->range.last - next + 1 : 0;
    }
    *ret = s;
    return 0;
}

void
trove_get_counters (struct trove *t, struct trove_counters *ret)
{
    struct trove_counts *c = &t->counts;
    *ret = (struct trove_counters){
        .transactions = atomic_load (&c->transactions),
        .log_flushes = atomic_load (&c->log_flushes),
        .syncs = atomic_load (&c->syncs),
        .reads = atomic_load (&c->reads),
        .writes = atomic_load (&c->writes),
        .bytes_read = atomic_load (&c->bytes_read),
        .bytes_written = atomic_load (&c->bytes_written),
    };
    if (t->ops->cached)
        t->ops->cached (t, &ret->cached_keys, &ret->open_files);
}

void
trove_drop_caches (struct trove *t)
{
    if (t->ops->drop_caches)
        t->ops->drop_caches (t);
}
