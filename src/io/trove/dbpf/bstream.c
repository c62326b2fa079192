/*
 * Bytestream operations of method dbpf: what the page cache can do at once is done on the reactor,
 * the rest by workers.
 *
 * A file's size is the stream's size and its mtime the time of the last write (0: never written, or
 * forgotten). While an operation is under way op->priv is its referenced file.
 */
#include "io/trove/dbpf/dbpf.h"

#include "common/gossip/gossip.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

static const struct job_class bstream_class = { .name = "trove bytestream" };

void
bstream_finish (struct dbpf *d, struct trove_bstream_op *op, int status, bool in_worker)
{
    struct bfile *f = op->priv;
    struct trove_counts *c = &d->base.counts;
    op->priv = NULL;
    if (f)
        files_put (d, f);
    if (!status && op->kind == TROVE_READ) {
        atomic_fetch_add (&c->reads, 1);
        atomic_fetch_add (&c->bytes_read, (uint64_t)op->bytes);
    } else if (!status && op->kind == TROVE_WRITE) {
        atomic_fetch_add (&c->writes, 1);
        atomic_fetch_add (&c->bytes_written, (uint64_t)op->bytes);
    }
    if (in_worker)
        job_hand_in (&op->job, status);
    else
        job_complete (&op->job, status);
}

/* --- transfers -------------------------------------------------------------------------------- */

static int
note_size (struct bfile *f, struct trove_bstream_op *op)
{
    struct stat st;
    if (fstat (f->fd, &st) < 0)
        return -errno;
    op->size = st.st_size;
    return 0;
}

/* RWF_NOWAIT: -EAGAIN as soon as something is not in the page cache. */
static int
read_regions (struct bfile *f, struct trove_bstream_op *op, int flags)
{
    struct trove_walk w;
    char sink[TROVE_SINK];
    int64_t bytes = 0;
    trove_walk_init (&w, op);
    w.sink = sink;
    while (trove_walk_next (&w)) {
        while (w.nvec) {
            ssize_t n = preadv2 (f->fd, w.vec, w.nvec, w.off, flags);
            if (n < 0 && errno == EINTR)
                continue;
            if (n < 0)
                return errno == EOPNOTSUPP ? -EAGAIN : -errno;
            if (n == 0)
                break;
            bytes += trove_walk_consume (&w, (size_t)n);
        }
        trove_walk_zero (&w); /* beyond the end */
    }
    op->bytes = bytes;
    return note_size (f, op);
}

static int
write_regions (struct bfile *f, struct trove_bstream_op *op)
{
    struct trove_walk w;
    int64_t bytes = 0;
    trove_walk_init (&w, op);
    while (trove_walk_next (&w)) {
        while (w.nvec) {
            ssize_t n = pwritev (f->fd, w.vec, w.nvec, w.off);
            if (n < 0 && errno == EINTR)
                continue;
            if (n <= 0)
                return n < 0 ? -errno : -EIO;
            bytes += trove_walk_consume (&w, (size_t)n);
        }
    }
    op->bytes = bytes;
    return note_size (f, op);
}

/* Scattered regions do not look to the kernel like something to read ahead. */
static void
read_ahead (struct bfile *f, const struct trove_bstream_op *op)
{
    enum { DENSE = 8 };
    int64_t first, end;
    if (op->nregions < 2)
        return;
    trove_op_extent (op, &first, &end);
    if ((end - first) / DENSE <= trove_op_total (op))
        posix_fadvise (f->fd, first, end - first, POSIX_FADV_WILLNEED);
}

/* Below the reserve only what needs no new block may be written. */
static int
may_write (struct dbpf *d, struct bfile *f, const struct trove_bstream_op *op)
{
    struct stat st;
    int64_t first, end;
    if (space_has_room (d, trove_op_total (op)))
        return 0;
    trove_op_extent (op, &first, &end);
    if (!f || fstat (f->fd, &st) < 0)
        return -ENOSPC;
    return end > st.st_size || st.st_blocks * 512 < st.st_size ? -ENOSPC : 0;
}

static void
read_nothing (struct trove_bstream_op *op)
{
    struct trove_walk w;
    trove_walk_init (&w, op);
    while (trove_walk_next (&w))
        trove_walk_zero (&w);
    op->bytes = 0;
    op->size = 0;
}

static int
resize (struct bfile *f, struct trove_bstream_op *op)
{
    while (ftruncate (f->fd, op->size) < 0)
        if (errno != EINTR)
            return -errno;
    return 0;
}

int
bstream_transfer (struct dbpf *d, struct bfile *f, struct trove_bstream_op *op)
{
    int err;
    switch (op->kind) {
    case TROVE_READ:
        read_ahead (f, op);
        return read_regions (f, op, 0);
    case TROVE_WRITE:
        err = may_write (d, f, op);
        return err ? err : write_regions (f, op);
    case TROVE_RESIZE:
        return resize (f, op);
    default:
        return -EINVAL;
    }
}

static bool
creates (const struct trove_bstream_op *op)
{
    return op->kind == TROVE_RESIZE || (op->kind == TROVE_WRITE && trove_op_total (op) > 0);
}

/* A new file is not even created without room. */
int
bstream_open (struct dbpf *d, const struct trove_bstream_op *op, bool cached, struct bfile **ret)
{
    int err = files_get (d, op->fs, op->handle, cached ? FILES_CACHED : FILES_EXISTING, ret);
    if (err != -ENOENT || !creates (op))
        return err;
    if (op->kind == TROVE_WRITE && (err = may_write (d, NULL, op)))
        return err;
    return files_get (d, op->fs, op->handle, FILES_CREATE, ret);
}

bool
bstream_missing (struct trove_bstream_op *op)
{
    if (op->kind == TROVE_READ)
        read_nothing (op);
    if (op->kind == TROVE_WRITE)
        op->size = 0;
    return !creates (op);
}

/* --- sync: one fdatasync for all that wait for the file --------------------------------------- */

static void
sync_run (struct dbpf *d, struct task *task)
{
    struct bfile *f = container_of (task, struct bfile, sync_task);
    struct list round, *n;
    list_init (&round);
    for (;;) {
        pthread_mutex_lock (&d->files.lock);
        list_splice (&round, &f->sync_waiting);
        f->syncing = !list_empty (&round);
        bool dead = f->dead;
        pthread_mutex_unlock (&d->files.lock);
        if (list_empty (&round))
            break;
        int err = fdatasync (f->fd) < 0 ? -errno : 0;
        atomic_fetch_add (&d->base.counts.syncs, 1);
        if (!err && !dead)
            err = files_sync_name (d, f);
        if (err)
            gossip_err ("trove: fdatasync of bytestream %016llx: %s", (unsigned long long)f->handle,
                        strerror (-err));
        while ((n = list_pop_front (&round)))
            bstream_finish (d, list_entry (n, struct trove_bstream_op, link), err, true);
    }
    files_put (d, f);
}

void
sync_join (struct dbpf *d, struct bfile *f, struct trove_bstream_op *op)
{
    op->priv = f;
    list_init (&op->link);
    pthread_mutex_lock (&d->files.lock);
    list_push_back (&f->sync_waiting, &op->link);
    bool start = !f->syncing;
    f->syncing = true;
    if (start)
        f->refs++; /* the task's own */
    pthread_mutex_unlock (&d->files.lock);
    if (start) {
        f->sync_task.run = sync_run;
        workers_post_task (d, &f->sync_task);
    }
}

/* --- in a worker ------------------------------------------------------------------------------ */

void
bstream_work (struct dbpf *d, struct trove_bstream_op *op)
{
    struct bfile *f = op->priv;
    int err = f ? 0 : bstream_open (d, op, false, &f);
    if (err) {
        bool fine = err == -ENOENT && bstream_missing (op);
        bstream_finish (d, op, fine ? 0 : err, true);
        return;
    }
    op->priv = f;
    if (op->kind != TROVE_SYNC)
        err = bstream_transfer (d, f, op);
    if (!err && (op->kind == TROVE_SYNC || (op->kind == TROVE_WRITE && op->sync)))
        sync_join (d, f, op);
    else
        bstream_finish (d, op, err, true);
}

/* --- on the reactor --------------------------------------------------------------------------- */

static void
post_read (struct dbpf *d, struct trove_bstream_op *op)
{
    struct bfile *f;
    int err = bstream_open (d, op, true, &f);
    if (!err) {
        op->priv = f;
        err = read_regions (f, op, RWF_NOWAIT);
    }
    if (err == -EAGAIN)
        workers_post (d, op);
    else if (err == -ENOENT && bstream_missing (op))
        bstream_finish (d, op, 0, false);
    else
        bstream_finish (d, op, err, false);
}

static void
post_write (struct dbpf *d, struct trove_bstream_op *op)
{
    struct bfile *f;
    int64_t total = trove_op_total (op);
    if (total > DBPF_INLINE_WRITE) {
        workers_post (d, op);
        return;
    }
    int err = bstream_open (d, op, false, &f);
    if (!err) {
        op->priv = f;
        err = bstream_transfer (d, f, op);
    }
    if (!err && op->sync)
        sync_join (d, f, op);
    else
        bstream_finish (d, op, err == -ENOENT && bstream_missing (op) ? 0 : err, false);
}

static int
set_mtime (struct dbpf *d, struct trove_bstream_op *op)
{
    struct bfile *f;
    struct timespec ts[2] = {
        { .tv_nsec = UTIME_OMIT },
        { .tv_sec = (time_t)(op->mtime / NSEC_PER_SEC),
          .tv_nsec = (long)(op->mtime % NSEC_PER_SEC) },
    };
    int err = files_get (d, op->fs, op->handle, op->mtime ? FILES_CREATE : FILES_EXISTING, &f);
    if (err)
        return err == -ENOENT ? 0 : err;
    err = futimens (f->fd, ts) < 0 ? -errno : 0;
    files_put (d, f);
    return err;
}

/* Nothing to transfer, or nothing to cut: the stream does not come into being. */
static bool
is_trivial (struct dbpf *d, struct trove_bstream_op *op, int *ret_status)
{
    struct trove_bstream_stat st = { .size = op->size };
    bool transfers = op->kind == TROVE_READ || op->kind == TROVE_WRITE;
    *ret_status = 0;
    op->bytes = 0;
    if (transfers && (*ret_status = trove_op_check (op)))
        return true;
    if (transfers && !trove_op_total (op) && (!op->sync || d->base.method == TROVE_NULL_AIO)) {
        *ret_status = dbpf_bstream_stat (&d->base, op->fs, op->handle, &st);
        op->size = st.size;
        return true;
    }
    if (op->kind != TROVE_RESIZE)
        return false;
    if (op->size < 0) {
        *ret_status = -EINVAL;
        return true;
    }
    return op->size == 0 && d->base.method != TROVE_NULL_AIO
           && !files_exists (d, op->fs, op->handle);
}

void
dbpf_bstream_post (struct trove *t, struct trove_bstream_op *op)
{
    struct dbpf *d = dbpf_of (t);
    int status;
    job_post (&op->job, &bstream_class);
    op->priv = NULL;
    if (op->kind == TROVE_STAT) {
        struct trove_bstream_stat st = { .size = op->size };
        status = dbpf_bstream_stat (t, op->fs, op->handle, &st);
        op->size = st.size;
        op->mtime = st.mtime;
        bstream_finish (d, op, status, false);
    } else if (is_trivial (d, op, &status)) {
        bstream_finish (d, op, status, false);
    } else if (t->method == TROVE_NULL_AIO) {
        null_post (d, op);
    } else if (op->kind == TROVE_SET_MTIME) {
        bstream_finish (d, op, set_mtime (d, op), false);
    } else if (op->kind == TROVE_SYNC) {
        workers_post (d, op);
    } else if (t->method == TROVE_DIRECTIO) {
        direct_post (d, op);
    } else if (op->kind == TROVE_READ) {
        post_read (d, op);
    } else if (op->kind == TROVE_WRITE) {
        post_write (d, op);
    } else {
        workers_post (d, op);
    }
}

int
dbpf_bstream_stat (struct trove *t, obj_fsid fs, obj_handle h, struct trove_bstream_stat *ret)
{
    struct dbpf *d = dbpf_of (t);
    if (t->method != TROVE_NULL_AIO)
        return files_stat (d, fs, h, ret);
    null_stat (d, fs, h, ret);
    return 0;
}
