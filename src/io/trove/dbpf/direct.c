/*
 * Method directio: aligned transfers inside the present size go straight to the disk by libaio;
 * their completions arrive in the reactor through an eventfd. Everything else – unaligned edges,
 * extending writes, resizing – is buffered work of a worker. One range lock per bytestream makes
 * overlapping operations take turns in the order in which they were posted, so the two ways never
 * race; the kernel keeps page cache and disk coherent between operations.
 *
 *     post -> open -> range lock -> disk (libaio) --+--> unlock -> sync? -> done
 *               \ (worker)      \-> worker ---------+
 */
#include "io/trove/dbpf/dbpf.h"

#include <libaio.h>
#include <sched.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

enum { AIO_DEPTH = 256, AIO_STEPS = 64, MEMORY_ALIGN = 512, EVENTS_PER_TURN = 64 };

struct direct {
    struct dbpf *d;
    io_context_t ctx;
    struct reactor_fd fd;
    atomic_uint transfers; /* that exist */
};

struct aio_step {
    struct iocb cb;
    struct transfer *transfer;
    int64_t len;
    struct iovec *vec;
};

/* One operation's passage; freed when it ends. */
struct transfer {
    struct task task; /* open, or buffered work */
    struct list link; /* on the file's range_held or range_waiting */
    int64_t first, end;
    bool shared;
    struct trove_bstream_op *op;
    struct bfile *f;
    unsigned nsteps;
    atomic_uint left;  /* steps under way, and one for whoever submits them */
    atomic_bool retry; /* a step failed or fell short: once more, buffered */
    struct aio_step *steps;
    struct iovec *vec;
};

static void start (struct dbpf *d, struct transfer *t);

/* --- the range lock --------------------------------------------------------------------------- */

static bool
conflict (const struct transfer *a, const struct transfer *b)
{
    return a->first < b->end && b->first < a->end && !(a->shared && b->shared);
}

/* Nobody overtakes one that waits for the same bytes. */
static bool
must_wait_locked (struct bfile *f, const struct transfer *t)
{
    struct transfer *o;
    list_for_each (o, &f->range_held, link)
        if (conflict (o, t))
            return true;
    list_for_each (o, &f->range_waiting, link) {
        if (o == t)
            return false;
        if (conflict (o, t))
            return true;
    }
    return false;
}

static void
lock_range (struct dbpf *d, struct transfer *t)
{
    pthread_mutex_lock (&d->files.lock);
    bool wait = must_wait_locked (t->f, t);
    list_push_back (wait ? &t->f->range_waiting : &t->f->range_held, &t->link);
    pthread_mutex_unlock (&d->files.lock);
    if (!wait)
        start (d, t);
}

static void
unlock_range (struct dbpf *d, struct transfer *t)
{
    struct bfile *f = t->f;
    struct transfer *granted[16], *o;
    unsigned n;
    bool first = true;
    do {
        n = 0;
        pthread_mutex_lock (&d->files.lock);
        if (first)
            list_remove (&t->link);
        first = false;
        list_for_each (o, &f->range_waiting, link) {
            if (n == ARRAY_SIZE (granted))
                break;
            if (must_wait_locked (f, o))
                continue;
            list_remove (&o->link);
            list_push_back (&f->range_held, &o->link);
            granted[n++] = o;
        }
        pthread_mutex_unlock (&d->files.lock);
        for (unsigned i = 0; i < n; i++)
            start (d, granted[i]);
    } while (n == ARRAY_SIZE (granted));
}

/* --- end -------------------------------------------------------------------------------------- */

static void
transfer_free (struct dbpf *d, struct transfer *t)
{
    free (t->steps);
    free (t->vec);
    free (t);
    atomic_fetch_sub (&d->direct->transfers, 1);
}

static void
finish (struct dbpf *d, struct transfer *t, int err)
{
    struct trove_bstream_op *op = t->op;
    struct bfile *f = t->f;
    unlock_range (d, t);
    if (!err && op->kind == TROVE_WRITE && op->sync) {
        sync_join (d, f, op);
    } else {
        op->priv = f;
        bstream_finish (d, op, err, true);
    }
    transfer_free (d, t);
}

static void
buffered_run (struct dbpf *d, struct task *task)
{
    struct transfer *t = container_of (task, struct transfer, task);
    finish (d, t, bstream_transfer (d, t->f, t->op));
}

static void
go_buffered (struct dbpf *d, struct transfer *t)
{
    t->task.run = buffered_run;
    workers_post_task (d, &t->task);
}

/* --- disk ------------------------------------------------------------------------------------- */

static bool
step_is_aligned (const struct trove_walk *w)
{
    if (w->off % DBPF_BLOCK || w->len % DBPF_BLOCK)
        return false;
    for (int i = 0; i < w->nvec; i++)
        if ((uintptr_t)w->vec[i].iov_base % MEMORY_ALIGN || w->vec[i].iov_len % MEMORY_ALIGN)
            return false;
    return true;
}

/* Counts the steps; false: not for the disk. */
static bool
fits_disk (struct transfer *t, unsigned *ret_vecs)
{
    struct trove_walk w;
    struct stat st;
    unsigned vecs = 0;
    if (t->op->kind == TROVE_RESIZE || fstat (t->f->fd, &st) < 0 || t->end > st.st_size)
        return false;
    t->nsteps = 0;
    trove_walk_init (&w, t->op);
    while (trove_walk_next (&w)) {
        if (!step_is_aligned (&w) || ++t->nsteps > AIO_STEPS)
            return false;
        vecs += (unsigned)w.nvec;
    }
    t->op->size = st.st_size;
    *ret_vecs = vecs;
    return t->nsteps > 0;
}

static bool
prepare (struct dbpf *d, struct transfer *t, unsigned vecs)
{
    int fd = files_direct_fd (d, t->f);
    if (fd < 0)
        return false;
    t->steps = calloc (t->nsteps, sizeof *t->steps);
    t->vec = calloc (vecs, sizeof *t->vec);
    if (!t->steps || !t->vec)
        return false;
    struct trove_walk w;
    struct iovec *vec = t->vec;
    struct aio_step *s = t->steps;
    trove_walk_init (&w, t->op);
    for (; trove_walk_next (&w); s++, vec += w.nvec) {
        memcpy (vec, w.vec, (size_t)w.nvec * sizeof *vec);
        s->transfer = t;
        s->len = w.len;
        if (t->op->kind == TROVE_READ)
            io_prep_preadv (&s->cb, fd, vec, w.nvec, w.off);
        else
            io_prep_pwritev (&s->cb, fd, vec, w.nvec, w.off);
        io_set_eventfd (&s->cb, d->direct->fd.fd);
        s->cb.data = s;
    }
    return true;
}

static void
steps_done (struct dbpf *d, struct transfer *t, unsigned n)
{
    if (atomic_fetch_sub (&t->left, n) != n)
        return;
    t->op->bytes = trove_op_total (t->op);
    if (atomic_load (&t->retry))
        go_buffered (d, t);
    else
        finish (d, t, 0);
}

/* The kernel may refuse some or all of them; then the whole is done once more by a worker. */
static void
submit (struct dbpf *d, struct transfer *t)
{
    struct iocb *cbs[AIO_STEPS];
    unsigned n = t->nsteps, done = 0;
    for (unsigned i = 0; i < n; i++)
        cbs[i] = &t->steps[i].cb;
    atomic_store (&t->left, n + 1);
    while (done < n) {
        int got = io_submit (d->direct->ctx, (long)(n - done), cbs + done);
        if (got == -EINTR)
            continue;
        if (got <= 0)
            break;
        done += (unsigned)got;
    }
    if (done < n)
        atomic_store (&t->retry, true);
    steps_done (d, t, n - done + 1);
}

static void
start (struct dbpf *d, struct transfer *t)
{
    unsigned vecs;
    if (fits_disk (t, &vecs) && prepare (d, t, vecs))
        submit (d, t);
    else
        go_buffered (d, t);
}

static void
reap (struct direct *x)
{
    struct io_event ev[EVENTS_PER_TURN];
    int n;
    do {
        n = io_getevents (x->ctx, 0, EVENTS_PER_TURN, ev, NULL);
        for (int i = 0; i < n; i++) {
            struct aio_step *s = ev[i].data;
            if ((int64_t)ev[i].res != s->len)
                atomic_store (&s->transfer->retry, true);
            steps_done (x->d, s->transfer, 1);
        }
    } while (n == EVENTS_PER_TURN || n == -EINTR);
}

static void
on_ready (struct reactor_fd *fd, uint32_t events)
{
    struct direct *x = container_of (fd, struct direct, fd);
    uint64_t count;
    if (read (fd->fd, &count, sizeof count) < 0 && errno == EAGAIN)
        return;
    reap (x);
}

/* --- post ------------------------------------------------------------------------------------- */

static void
opened (struct dbpf *d, struct transfer *t, int err)
{
    struct trove_bstream_op *op = t->op;
    if (!err) {
        lock_range (d, t);
        return;
    }
    bstream_finish (d, op, err == -ENOENT && bstream_missing (op) ? 0 : err, true);
    transfer_free (d, t);
}

static void
open_run (struct dbpf *d, struct task *task)
{
    struct transfer *t = container_of (task, struct transfer, task);
    opened (d, t, bstream_open (d, t->op, false, &t->f));
}

void
direct_post (struct dbpf *d, struct trove_bstream_op *op)
{
    struct transfer *t = calloc (1, sizeof *t);
    if (!t) {
        bstream_finish (d, op, -ENOMEM, false);
        return;
    }
    atomic_fetch_add (&d->direct->transfers, 1);
    t->op = op;
    t->shared = op->kind == TROVE_READ;
    t->end = INT64_MAX;
    list_init (&t->link);
    if (op->kind != TROVE_RESIZE)
        trove_op_extent (op, &t->first, &t->end);
    int err = bstream_open (d, op, true, &t->f);
    if (err == -EAGAIN) {
        t->task.run = open_run;
        workers_post_task (d, &t->task);
        return;
    }
    opened (d, t, err);
}

int
direct_open (struct dbpf *d)
{
    struct direct *x = calloc (1, sizeof *x);
    if (!x)
        return -ENOMEM;
    x->d = d;
    d->direct = x;
    x->fd.ready = on_ready;
    x->fd.fd = eventfd (0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (x->fd.fd < 0)
        return -errno;
    int ret = io_setup (AIO_DEPTH, &x->ctx);
    return ret < 0 ? ret : reactor_fd_set (d->base.reactor, &x->fd, EPOLLIN);
}

/* The workers are still there: they finish what is buffered. */
void
direct_close (struct dbpf *d)
{
    struct direct *x = d->direct;
    if (!x)
        return;
    while (atomic_load (&x->transfers)) {
        reap (x);
        sched_yield ();
    }
    if (x->ctx)
        io_destroy (x->ctx);
    if (x->fd.fd >= 0) {
        reactor_fd_remove (d->base.reactor, &x->fd);
        close (x->fd.fd);
    }
    free (x);
    d->direct = NULL;
}
