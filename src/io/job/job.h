/*
 * job: the one completion object of every layer.
 *
 * A struct job is embedded in the caller's frame and handed to the layer that does the work. The contract:
 *   - posted once, completed exactly once, inline or later; the memory stays put from post to delivery;
 *   - completion is always delivered on the job's reactor through its queue, never recursively out of the post;
 *   - cancel is a request: the job still completes, with -ECANCELED or with whatever it had reached;
 *   - at delivery the job is idle again: `done` may post it anew or free it.
 * Owned by its reactor's holder, except that a worker thread completes with job_hand_in.
 */
#ifndef IO_JOB_H
#define IO_JOB_H

#include "common/base/list.h"
#include "common/reactor/reactor.h"

struct job;

struct job_class {
    const char *name; /* "bmi recv", "trove txn" */
    void (*cancel) (struct job *);                              /* NULL: cannot be cancelled */
    void (*describe) (const struct job *, char *buf, size_t n); /* what it waits for; NULL: the name says it all */
};

enum job_state { JOB_IDLE, JOB_POSTED, JOB_COMPLETED };

struct job {
    struct reactor_item item;
    struct reactor *reactor;
    void (*done) (struct job *);
    void *arg;           /* the poster's */
    struct list waiting; /* the poster's: on its list of outstanding jobs */
    const struct job_class *cls;
    uint64_t posted_at;
    int status; /* 0 or negative errno, valid in done */
    uint8_t state;
    bool cancelled;
};

void job_init (struct job *j, struct reactor *r, void (*done) (struct job *), void *arg);

/* For layers: the job now belongs to the layer. */
void job_post (struct job *j, const struct job_class *cls);
void job_complete (struct job *j, int status);
void job_hand_in (struct job *j, int status); /* any thread */

/* For posters. */
void job_cancel (struct job *j); /* harmless unless posted */
void job_describe (const struct job *j, char *buf, size_t n);
static inline bool
job_is_posted (const struct job *j)
{
    return j->state != JOB_IDLE;
}

/* A job that only waits: completes with `status` at `when`. */
struct job_timer {
    struct job job;
    struct reactor_timer timer;
    int result;
};
void job_timer_post (struct job_timer *t, uint64_t when, int result);

#endif
