/*
 * The completion object; see job.h.
 */
#include "io/job/job.h"

#include <stdio.h>

static void
deliver (struct reactor_item *item)
{
    struct job *j = container_of (item, struct job, item);
    assert (j->state != JOB_IDLE);
    j->state = JOB_IDLE;
    j->done (j);
}

void
job_init (struct job *j, struct reactor *r, void (*done) (struct job *), void *arg)
{
    *j = (struct job){ .reactor = r, .done = done, .arg = arg, .item.deliver = deliver };
    list_init (&j->item.link);
    list_init (&j->waiting);
}

void
job_post (struct job *j, const struct job_class *cls)
{
    assert (j->state == JOB_IDLE);
    j->cls = cls;
    j->state = JOB_POSTED;
    j->cancelled = false;
    j->posted_at = reactor_now (j->reactor);
}

void
job_complete (struct job *j, int status)
{
    assert (j->state == JOB_POSTED);
    j->state = JOB_COMPLETED;
    j->status = status;
    reactor_queue (j->reactor, &j->item);
}

/* Leaves `state` alone: it belongs to the reactor's holder, who may be reading it. */
void
job_hand_in (struct job *j, int status)
{
    j->status = status;
    reactor_hand_in (j->reactor, &j->item);
}

void
job_cancel (struct job *j)
{
    if (j->state != JOB_POSTED || j->cancelled)
        return;
    j->cancelled = true;
    if (j->cls->cancel)
        j->cls->cancel (j);
}

void
job_describe (const struct job *j, char *buf, size_t n)
{
    if (j->state == JOB_IDLE)
        snprintf (buf, n, "idle");
    else if (j->state == JOB_POSTED && j->cls->describe)
        j->cls->describe (j, buf, n);
    else
        snprintf (buf, n, "%s", j->cls->name);
}

static void
timer_cancel (struct job *j)
{
    struct job_timer *t = container_of (j, struct job_timer, job);
    reactor_timer_clear (j->reactor, &t->timer);
    job_complete (j, -ECANCELED);
}

static const struct job_class timer_class = { .name = "timer", .cancel = timer_cancel };

static void
timer_fire (struct reactor_timer *timer)
{
    struct job_timer *t = container_of (timer, struct job_timer, timer);
    job_complete (&t->job, t->result);
}

void
job_timer_post (struct job_timer *t, uint64_t when, int result)
{
    job_post (&t->job, &timer_class);
    t->result = result;
    reactor_timer_init (&t->timer, timer_fire, TIMER_WORK);
    reactor_timer_set (t->job.reactor, &t->timer, when);
}
