/*
 * The flusher: one log flush completes everything that was committed before it began. It also
 * checkpoints, and flushes what nobody waits for within a second. With nothing committed it sleeps
 * for good.
 *
 * Group commit: while transactions are under way, or fewer wait than last time, it holds a flush
 * back for at most GATHER. A single client that waits for each of its commits never sees that.
 */
#include "io/trove/dbpf/dbpf.h"

#include "common/gossip/gossip.h"

enum { CHECKPOINT_KB = 32 << 10, CHECKPOINT_KB_MIN = 2 << 10 };

static const uint64_t gather = NSEC_PER_MSEC, flush_after = NSEC_PER_SEC,
                      checkpoint_after = 60 * NSEC_PER_SEC;

static bool
worth_waiting (struct dbpf *d)
{
    struct flusher *f = &d->flusher;
    if (f->gate.stop)
        return false;
    return atomic_load (&d->executor.pending) > 0
           || (f->last_round > 1 && f->nwaiting < f->last_round);
}

static void
gather_locked (struct dbpf *d)
{
    struct flusher *f = &d->flusher;
    uint64_t until = dbpf_now () + gather;
    while (worth_waiting (d) && dbpf_now () < until)
        gate_sleep_locked (&f->gate, until);
}

static void
complete_waiting (struct dbpf *d, struct list *round, int err)
{
    struct list *n;
    while ((n = list_pop_front (round)))
        job_hand_in (&list_entry (n, struct trove_durable, link)->job, err);
}

static void
take_removals_locked (struct flusher *f, uint64_t seq, struct list *ret)
{
    struct removal *r;
    while ((r = list_first (&f->removals, struct removal, link)) && r->seq <= seq) {
        list_remove (&r->link);
        list_push_back (ret, &r->link);
    }
}

/* Lock held at entry and exit. */
static void
flush_round (struct dbpf *d)
{
    struct flusher *f = &d->flusher;
    struct list round, removals;
    list_init (&round);
    list_init (&removals);
    if (f->nwaiting)
        gather_locked (d);
    uint64_t seq = atomic_load (&f->committed);
    list_splice (&round, &f->waiting);
    f->last_round = f->nwaiting;
    f->nwaiting = 0;
    f->dirty = false;
    pthread_mutex_unlock (&f->gate.lock);

    int err = db_log_flush (d->db);
    atomic_fetch_add (&d->base.counts.log_flushes, 1);
    if (err)
        gossip_err ("trove: flushing the log failed: %s", strerror (-err));
    else
        atomic_store (&f->flushed, seq);
    complete_waiting (d, &round, err);

    pthread_mutex_lock (&f->gate.lock);
    if (!err)
        take_removals_locked (f, seq, &removals);
    pthread_mutex_unlock (&f->gate.lock);
    workers_remove (d, &removals);
    pthread_mutex_lock (&f->gate.lock);
}

static void
checkpoint (struct dbpf *d)
{
    struct flusher *f = &d->flusher;
    bool due = dbpf_now () >= f->checkpoint_at;
    if (due)
        f->checkpoint_at = 0;
    pthread_mutex_unlock (&f->gate.lock);
    int err = db_checkpoint (d->db, f->checkpoint_kb, due);
    if (err)
        gossip_err ("trove: checkpoint failed: %s", strerror (-err));
    pthread_mutex_lock (&f->gate.lock);
}

static uint64_t
next_duty (const struct flusher *f)
{
    uint64_t when = f->dirty ? f->dirty_at + flush_after : UINT64_MAX;
    return f->checkpoint_at ? MIN (when, f->checkpoint_at) : when;
}

static void *
flusher_main (void *arg)
{
    struct dbpf *d = arg;
    struct flusher *f = &d->flusher;
    pthread_mutex_lock (&f->gate.lock);
    for (;;) {
        uint64_t when = next_duty (f);
        if (!f->nwaiting && !f->gate.stop && (when == UINT64_MAX || dbpf_now () < when)) {
            gate_sleep_locked (&f->gate, when);
            continue;
        }
        if (f->nwaiting || f->dirty)
            flush_round (d);
        else if (f->gate.stop)
            break;
        if (f->checkpoint_at)
            checkpoint (d);
    }
    pthread_mutex_unlock (&f->gate.lock);
    return NULL;
}

int
flusher_start (struct dbpf *d)
{
    struct flusher *f = &d->flusher;
    uint64_t kb = MIN (space_log_budget (d) / 1024, (uint64_t)CHECKPOINT_KB);
    f->checkpoint_kb = MAX ((unsigned)kb, (unsigned)CHECKPOINT_KB_MIN);
    int ret = pthread_create (&f->thread, NULL, flusher_main, d);
    f->running = ret == 0;
    return -ret;
}

void
flusher_stop (struct dbpf *d)
{
    struct flusher *f = &d->flusher;
    if (!f->running)
        return;
    pthread_mutex_lock (&f->gate.lock);
    f->gate.stop = true;
    gate_wake_locked (&f->gate);
    pthread_mutex_unlock (&f->gate.lock);
    pthread_join (f->thread, NULL);
    f->running = false;
}

static const struct job_class durable_class = { .name = "trove log flush" };

void
flusher_post (struct dbpf *d, struct trove_durable *dur, bool force)
{
    struct flusher *f = &d->flusher;
    job_post (&dur->job, &durable_class);
    /* force (fsync) flushes always: its answer rests on a flush of its own, not on a counter */
    if (!force && (trove_is_relaxed (&d->base, dur->seq) || dur->seq <= atomic_load (&f->flushed))) {
        job_complete (&dur->job, 0);
        return;
    }
    list_init (&dur->link);
    pthread_mutex_lock (&f->gate.lock);
    list_push_back (&f->waiting, &dur->link);
    f->nwaiting++;
    gate_wake_locked (&f->gate);
    pthread_mutex_unlock (&f->gate.lock);
}

void
flusher_committed (struct dbpf *d, struct list *removals)
{
    struct flusher *f = &d->flusher;
    pthread_mutex_lock (&f->gate.lock);
    list_splice (&f->removals, removals);
    if (!f->dirty || !f->checkpoint_at) {
        uint64_t now = dbpf_now ();
        f->dirty = true;
        f->dirty_at = now;
        if (!f->checkpoint_at)
            f->checkpoint_at = now + checkpoint_after;
        gate_wake_locked (&f->gate);
    }
    pthread_mutex_unlock (&f->gate.lock);
}
