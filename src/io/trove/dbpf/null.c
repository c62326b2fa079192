/*
 * Method null-aio: bytestreams that only remember their size and time of last write; for measuring
 * networks. A read leaves the memory as it is.
 */
#include "io/trove/dbpf/dbpf.h"

struct null_file {
    struct hash_node node;
    obj_fsid fs;
    obj_handle handle;
    int64_t size;
    uint64_t mtime;
};

void
null_init (struct null_store *n)
{
    pthread_mutex_init (&n->lock, NULL);
}

void
null_fini (struct null_store *n)
{
    size_t i;
    hash_for_each (&n->table, i, node)
        free (container_of (node, struct null_file, node));
    hash_fini (&n->table);
    pthread_mutex_destroy (&n->lock);
}

static struct null_file *
find_locked (struct null_store *n, obj_fsid fs, obj_handle h, bool create)
{
    uint64_t hash = dbpf_file_hash (fs, h);
    struct null_file *f;
    for (struct hash_node *node = hash_first (&n->table, hash); node; node = hash_next (node)) {
        f = container_of (node, struct null_file, node);
        if (f->fs == fs && f->handle == h)
            return f;
    }
    f = create ? calloc (1, sizeof *f) : NULL;
    if (!f)
        return NULL;
    f->fs = fs;
    f->handle = h;
    if (!hash_insert (&n->table, &f->node, hash))
        return f;
    free (f);
    return NULL;
}

static int64_t
bytes_before (const struct trove_bstream_op *op, int64_t size)
{
    int64_t n = 0;
    for (unsigned i = 0; i < op->nregions; i++)
        n += MAX ((int64_t)0, MIN (op->regions[i].len, size - op->regions[i].off));
    return n;
}

static int
run_locked (struct dbpf *d, struct trove_bstream_op *op)
{
    int64_t first, end;
    bool create = op->kind == TROVE_WRITE || (op->kind == TROVE_RESIZE && op->size)
                  || (op->kind == TROVE_SET_MTIME && op->mtime);
    struct null_file *f = find_locked (&d->null, op->fs, op->handle, create);
    if (!f && create)
        return -ENOMEM;
    switch (op->kind) {
    case TROVE_READ:
        op->size = f ? f->size : 0;
        op->bytes = bytes_before (op, op->size);
        break;
    case TROVE_WRITE:
        trove_op_extent (op, &first, &end);
        f->size = MAX (f->size, end);
        f->mtime = reactor_wall_clock (d->base.reactor);
        op->size = f->size;
        op->bytes = trove_op_total (op);
        break;
    case TROVE_RESIZE:
        if (f) {
            f->size = op->size;
            f->mtime = reactor_wall_clock (d->base.reactor);
        }
        break;
    case TROVE_SET_MTIME:
        if (f)
            f->mtime = op->mtime;
        break;
    case TROVE_SYNC:
        atomic_fetch_add (&d->base.counts.syncs, 1);
        break;
    default:
        return -EINVAL;
    }
    return 0;
}

void
null_post (struct dbpf *d, struct trove_bstream_op *op)
{
    pthread_mutex_lock (&d->null.lock);
    int err = run_locked (d, op);
    pthread_mutex_unlock (&d->null.lock);
    if (!err && op->kind == TROVE_WRITE && op->sync)
        atomic_fetch_add (&d->base.counts.syncs, 1);
    bstream_finish (d, op, err, false);
}

void
null_stat (struct dbpf *d, obj_fsid fs, obj_handle h, struct trove_bstream_stat *ret)
{
    pthread_mutex_lock (&d->null.lock);
    struct null_file *f = find_locked (&d->null, fs, h, false);
    *ret = (struct trove_bstream_stat){ 0 }; /* no blocks: nothing is kept */
    if (f) {
        ret->size = f->size;
        ret->mtime = f->mtime;
    }
    pthread_mutex_unlock (&d->null.lock);
}

void
null_remove (struct dbpf *d, obj_fsid fs, obj_handle h)
{
    pthread_mutex_lock (&d->null.lock);
    struct null_file *f = find_locked (&d->null, fs, h, false);
    if (f)
        hash_remove (&d->null.table, &f->node);
    pthread_mutex_unlock (&d->null.lock);
    free (f);
}
