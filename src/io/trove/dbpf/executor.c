/*
 * The executor: the one thread that touches keys. It takes the whole queue at once and runs each
 * operation as its own database transaction, which begins with the first change (so a body that
 * only looks and refuses costs nothing).
 */
#include "io/trove/dbpf/dbpf.h"

#include "common/gossip/gossip.h"

#include <malloc.h>
#include <time.h>

static const uint64_t shrink_every = 2 * NSEC_PER_SEC;

/* --- gate ------------------------------------------------------------------------------------- */

uint64_t
dbpf_now (void)
{
    struct timespec ts;
    clock_gettime (CLOCK_MONOTONIC, &ts);
    return (uint64_t)ts.tv_sec * NSEC_PER_SEC + (uint64_t)ts.tv_nsec;
}

void
gate_init (struct gate *g)
{
    pthread_condattr_t attr;
    pthread_condattr_init (&attr);
    pthread_condattr_setclock (&attr, CLOCK_MONOTONIC);
    pthread_mutex_init (&g->lock, NULL);
    pthread_cond_init (&g->cond, &attr);
    pthread_condattr_destroy (&attr);
}

void
gate_fini (struct gate *g)
{
    pthread_mutex_destroy (&g->lock);
    pthread_cond_destroy (&g->cond);
}

void
gate_sleep_locked (struct gate *g, uint64_t until)
{
    struct timespec ts = { .tv_sec = (time_t)(until / NSEC_PER_SEC),
                           .tv_nsec = (long)(until % NSEC_PER_SEC) };
    g->sleeping = true;
    if (until == UINT64_MAX)
        pthread_cond_wait (&g->cond, &g->lock);
    else
        pthread_cond_timedwait (&g->cond, &g->lock, &ts);
    g->sleeping = false;
}

void
gate_wake_locked (struct gate *g)
{
    if (g->sleeping)
        pthread_cond_signal (&g->cond);
}

/* --- one transaction -------------------------------------------------------------------------- */

static void
txn_begin (struct dbpf *d, struct dbpf_txn *txn, bool read_only)
{
    *txn = (struct dbpf_txn){ .base = { .trove = &d->base, .read_only = read_only }, .d = d };
    list_init (&txn->removals);
    list_init (&txn->changes);
    trove_handles_begin (&txn->base);
}

static void
txn_rollback (struct dbpf_txn *txn)
{
    struct removal *r;
    db_abort (txn->d->db);
    cache_abort (&txn->d->keys, &txn->changes);
    trove_handles_rollback (&txn->base);
    list_for_each (r, &txn->removals, link) {
        list_remove (&r->link);
        free (r);
    }
}

/* Without sync_meta a handle may be seen outside before its block is durable: flush here, once per
 * block. */
static int
txn_commit (struct dbpf_txn *txn)
{
    struct dbpf *d = txn->d;
    struct flusher *f = &d->flusher;
    bool changed = false, survives_process = !atomic_load (&d->base.sync_meta);
    int err = db_commit (d->db, survives_process, &changed);
    if (err) {
        txn_rollback (txn);
        return err;
    }
    if (!changed) {
        cache_commit (&d->keys, &txn->changes);
        return 0;
    }
    uint64_t seq = atomic_load (&f->committed) + 1;
    struct removal *r;
    list_for_each (r, &txn->removals, link)
        r->seq = seq;
    atomic_store (&f->committed, seq);
    cache_commit (&d->keys, &txn->changes); /* whoever sees it waits for at least this seq */
    atomic_fetch_add (&d->base.counts.transactions, 1);
    if (txn->base.took_block && !atomic_load (&d->base.sync_meta))
        err = db_log_flush (d->db);
    flusher_committed (d, &txn->removals);
    return err;
}

static int
run_body (struct dbpf *d, bool read_only, int (*body) (struct trove_txn *, void *), void *arg)
{
    struct dbpf_txn txn;
    txn_begin (d, &txn, read_only);
    int err = body (&txn.base, arg);
    if (!err)
        err = txn.failed;
    if (!err)
        return txn_commit (&txn);
    txn_rollback (&txn);
    return err;
}

bool
executor_try_inline (struct dbpf *d, struct trove_op *op, int *ret_status)
{
    struct dbpf_txn txn = { .base = { .trove = &d->base, .read_only = true }, .d = d, .inline_only = true };
    *ret_status = op->body (&txn.base, op->arg);
    op->seq = atomic_load (&d->flusher.committed);
    return !txn.missed;
}

/* The table keeps the pages of what was deleted: before refusing, it gives back what it can. */
static bool
may_create (struct dbpf *d)
{
    struct executor *e = &d->executor;
    uint64_t now;
    if (space_has_room (d, 0))
        return true;
    if ((now = dbpf_now ()) < e->shrunk_at + shrink_every && e->shrunk_at)
        return false;
    e->shrunk_at = now;
    int err = db_shrink (d->db);
    if (!err)
        err = db_checkpoint (d->db, 0, true);
    if (err)
        gossip_err ("trove: cannot shrink the database: %s", strerror (-err));
    return space_has_room (d, 0);
}

static void
run_op (struct dbpf *d, struct trove_op *op)
{
    bool modifies = !op->read_only;
    int err =
        op->creates && !may_create (d) ? -ENOSPC : run_body (d, op->read_only, op->body, op->arg);
    op->seq = atomic_load (&d->flusher.committed);
    if (modifies)
        atomic_fetch_sub (&d->executor.pending, 1);
    job_hand_in (&op->job, err);
}

static int
delete_key (struct trove_txn *txn, void *arg)
{
    struct list *removed = arg;
    struct removal *r;
    int err = 0;
    list_for_each (r, removed, link) {
        struct trove_key key = dbpf_removal_key (r->fs, r->handle);
        err = dbpf_del (txn, &key);
        if (err && err != -ENOENT)
            return err;
    }
    return 0;
}

/* A key that stays because of an error is found again at the next open. */
static void
delete_removed (struct dbpf *d, struct list *removed)
{
    struct removal *r;
    if (list_empty (removed))
        return;
    int err = run_body (d, false, delete_key, removed);
    if (err)
        gossip_err ("trove: cannot note that bytestreams were removed: %s", strerror (-err));
    list_for_each (r, removed, link) {
        list_remove (&r->link);
        free (r);
    }
}

/* The many small pieces go back to the system, too. */
static void
empty_cache (struct dbpf *d)
{
    cache_empty (&d->keys);
    malloc_trim (0);
}

/* --- the thread ------------------------------------------------------------------------------- */

static void *
executor_main (void *arg)
{
    struct dbpf *d = arg;
    struct executor *e = &d->executor;
    struct list ops, removed, *n;
    list_init (&ops);
    list_init (&removed);
    for (;;) {
        pthread_mutex_lock (&e->gate.lock);
        while (list_empty (&e->queue) && list_empty (&e->removed) && !e->drop_cache && !e->gate.stop)
            gate_sleep_locked (&e->gate, UINT64_MAX);
        list_splice (&ops, &e->queue);
        list_splice (&removed, &e->removed);
        bool drop_cache = e->drop_cache, stop = e->gate.stop;
        e->drop_cache = false;
        pthread_mutex_unlock (&e->gate.lock);
        if (drop_cache)
            empty_cache (d);
        if (stop && list_empty (&ops) && list_empty (&removed))
            return NULL;
        while ((n = list_pop_front (&ops)))
            run_op (d, list_entry (n, struct trove_op, link));
        delete_removed (d, &removed);
    }
}

int
executor_start (struct dbpf *d)
{
    int ret = pthread_create (&d->executor.thread, NULL, executor_main, d);
    d->executor.running = ret == 0;
    return -ret;
}

void
executor_stop (struct dbpf *d)
{
    struct executor *e = &d->executor;
    if (!e->running)
        return;
    pthread_mutex_lock (&e->gate.lock);
    e->gate.stop = true;
    gate_wake_locked (&e->gate);
    pthread_mutex_unlock (&e->gate.lock);
    pthread_join (e->thread, NULL);
    e->running = false;
}

void
executor_post (struct dbpf *d, struct trove_op *op)
{
    struct executor *e = &d->executor;
    if (!op->read_only)
        atomic_fetch_add (&e->pending, 1);
    list_init (&op->link);
    pthread_mutex_lock (&e->gate.lock);
    list_push_back (&e->queue, &op->link);
    gate_wake_locked (&e->gate);
    pthread_mutex_unlock (&e->gate.lock);
}

void
executor_removed (struct dbpf *d, struct removal *r)
{
    struct executor *e = &d->executor;
    pthread_mutex_lock (&e->gate.lock);
    list_push_back (&e->removed, &r->link);
    gate_wake_locked (&e->gate);
    pthread_mutex_unlock (&e->gate.lock);
}

void
executor_drop_cache (struct dbpf *d)
{
    struct executor *e = &d->executor;
    pthread_mutex_lock (&e->gate.lock);
    e->drop_cache = true;
    gate_wake_locked (&e->gate);
    pthread_mutex_unlock (&e->gate.lock);
}

int
executor_run_alone (struct dbpf *d, int (*body) (struct trove_txn *, void *), void *arg)
{
    return run_body (d, false, body, arg);
}

void
executor_delete_removed (struct dbpf *d)
{
    delete_removed (d, &d->executor.removed);
}
