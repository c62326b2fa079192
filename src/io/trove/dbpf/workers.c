/*
 * Worker threads: everything about bytestreams that may block.
 */
#include "io/trove/dbpf/dbpf.h"

#include "common/gossip/gossip.h"

static void
remove_bytestream (struct dbpf *d, struct removal *r)
{
    int err = 0;
    if (d->base.method == TROVE_NULL_AIO)
        null_remove (d, r->fs, r->handle);
    else
        err = files_remove (d, r->fs, r->handle);
    if (!err) {
        executor_removed (d, r);
        return;
    }
    gossip_err (
        "trove: cannot remove bytestream %016llx: %s; it will be tried again at the next start",
        (unsigned long long)r->handle, strerror (-err));
    free (r);
}

/* Takes one piece of work and does it; lock held at entry and exit. false: there was none. */
static bool
work_one (struct dbpf *d)
{
    struct workers *w = &d->workers;
    struct list *task = list_pop_front (&w->tasks);
    struct list *op = task ? NULL : list_pop_front (&w->ops);
    struct list *removal = task || op ? NULL : list_pop_front (&w->removals);
    if (!task && !op && !removal)
        return false;
    pthread_mutex_unlock (&w->gate.lock);
    if (task) {
        struct task *t = list_entry (task, struct task, link);
        t->run (d, t);
    } else if (op) {
        bstream_work (d, list_entry (op, struct trove_bstream_op, link));
    } else {
        remove_bytestream (d, list_entry (removal, struct removal, link));
    }
    pthread_mutex_lock (&w->gate.lock);
    return true;
}

static void *
worker_main (void *arg)
{
    struct dbpf *d = arg;
    struct workers *w = &d->workers;
    pthread_mutex_lock (&w->gate.lock);
    for (;;) {
        if (work_one (d))
            continue;
        if (w->gate.stop)
            break;
        w->nsleeping++;
        pthread_cond_wait (&w->gate.cond, &w->gate.lock);
        w->nsleeping--;
    }
    pthread_mutex_unlock (&w->gate.lock);
    return NULL;
}

static void
add_work (struct dbpf *d, struct list *queue, struct list *item)
{
    struct workers *w = &d->workers;
    pthread_mutex_lock (&w->gate.lock);
    list_push_back (queue, item);
    if (w->nsleeping)
        pthread_cond_signal (&w->gate.cond);
    pthread_mutex_unlock (&w->gate.lock);
}

void
workers_post (struct dbpf *d, struct trove_bstream_op *op)
{
    list_init (&op->link);
    add_work (d, &d->workers.ops, &op->link);
}

void
workers_post_task (struct dbpf *d, struct task *task)
{
    list_init (&task->link);
    add_work (d, &d->workers.tasks, &task->link);
}

void
workers_remove (struct dbpf *d, struct list *removals)
{
    struct list *n;
    while ((n = list_pop_front (removals)))
        add_work (d, &d->workers.removals, n);
}

int
workers_start (struct dbpf *d, unsigned n)
{
    struct workers *w = &d->workers;
    w->threads = calloc (n, sizeof *w->threads);
    if (!w->threads)
        return -ENOMEM;
    for (; w->nthreads < n; w->nthreads++) {
        int ret = pthread_create (&w->threads[w->nthreads], NULL, worker_main, d);
        if (ret)
            return -ret;
    }
    return 0;
}

void
workers_stop (struct dbpf *d)
{
    struct workers *w = &d->workers;
    pthread_mutex_lock (&w->gate.lock);
    w->gate.stop = true;
    pthread_cond_broadcast (&w->gate.cond);
    pthread_mutex_unlock (&w->gate.lock);
    for (unsigned i = 0; i < w->nthreads; i++)
        pthread_join (w->threads[i], NULL);
    free (w->threads);
    w->threads = NULL;
    w->nthreads = 0;
    /* What the last one handed on. */
    pthread_mutex_lock (&w->gate.lock);
    while (work_one (d))
        ;
    pthread_mutex_unlock (&w->gate.lock);
}
