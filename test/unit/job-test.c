/*
 * The completion object: posted once, completed once, delivered later and never recursively.
 */
#include "io/job/job.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

struct env {
    struct reactor *r;
    uint64_t now;
};

struct work {
    struct job job;
    int done, cancels, status;
    int again; /* so many more posts out of done */
    bool complete_at_cancel;
};

static uint64_t
env_now (void *arg)
{
    return ((struct env *) arg)->now;
}

static int
setup (void **state)
{
    struct env *e = calloc (1, sizeof *e);
    struct reactor_source source = { env_now, env_now, env_now, e };
    e->now = 1000;
    *state = e;
    return reactor_new_simulated (&source, &e->r);
}

static int
teardown (void **state)
{
    struct env *e = *state;
    reactor_free (e->r);
    free (e);
    return 0;
}

static void
drain (struct env *e)
{
    while (reactor_sim_deliver_one (e->r))
        ;
}

static void
work_cancel (struct job *j)
{
    struct work *w = j->arg;
    w->cancels++;
    if (w->complete_at_cancel)
        job_complete (j, -ECANCELED);
}

static void
work_describe (const struct job *j, char *buf, size_t n)
{
    snprintf (buf, n, "work, cancelled %d times", ((const struct work *) j->arg)->cancels);
}

static const struct job_class work_class = { "work", work_cancel, work_describe };
static const struct job_class plain_class = { "plain", NULL, NULL };

static void
work_done (struct job *j)
{
    struct work *w = j->arg;
    w->done++;
    w->status = j->status;
    assert_false (job_is_posted (j));
    if (w->again-- > 0) {
        job_post (j, &work_class);
        job_complete (j, w->again);
    }
}

static void
work_init (struct work *w, struct env *e)
{
    memset (w, 0, sizeof *w);
    job_init (&w->job, e->r, work_done, w);
}

static void
a_completion_is_delivered_later_and_once (void **state)
{
    struct work w;
    work_init (&w, *state);
    assert_false (job_is_posted (&w.job));
    job_post (&w.job, &work_class);
    assert_true (job_is_posted (&w.job));
    assert_int_equal (w.job.posted_at, 1000);
    job_complete (&w.job, -EIO);
    assert_int_equal (w.done, 0);
    assert_true (job_is_posted (&w.job));
    drain (*state);
    assert_int_equal (w.done, 1);
    assert_int_equal (w.status, -EIO);
    drain (*state);
    assert_int_equal (w.done, 1);
}

static void
completions_keep_their_order (void **state)
{
    struct env *e = *state;
    struct work w[3];
    for (int i = 0; i < 3; i++) {
        work_init (&w[i], e);
        job_post (&w[i].job, &work_class);
    }
    job_complete (&w[2].job, 0);
    job_complete (&w[0].job, 0);
    reactor_sim_deliver_one (e->r);
    assert_int_equal (w[2].done, 1);
    assert_int_equal (w[0].done, 0);
    reactor_sim_deliver_one (e->r);
    assert_int_equal (w[0].done, 1);
    job_complete (&w[1].job, 0);
    drain (e);
}

static void
a_job_may_be_posted_anew_at_its_delivery (void **state)
{
    struct work w;
    work_init (&w, *state);
    w.again = 3;
    job_post (&w.job, &work_class);
    job_complete (&w.job, 0);
    drain (*state);
    assert_int_equal (w.done, 4);
}

static void
cancel_asks_the_layer_once_and_only_while_posted (void **state)
{
    struct work w;
    work_init (&w, *state);
    job_cancel (&w.job);
    assert_int_equal (w.cancels, 0);
    job_post (&w.job, &work_class);
    job_cancel (&w.job);
    job_cancel (&w.job);
    assert_int_equal (w.cancels, 1);
    assert_true (w.job.cancelled);
    job_complete (&w.job, 0); /* it had got through all the same */
    job_cancel (&w.job);
    assert_int_equal (w.cancels, 1);
    drain (*state);
    assert_int_equal (w.status, 0);
    job_post (&w.job, &work_class);
    assert_false (w.job.cancelled);
    job_complete (&w.job, 0);
    drain (*state);
}

static void
a_cancelled_job_still_completes_exactly_once (void **state)
{
    struct work w;
    work_init (&w, *state);
    w.complete_at_cancel = true;
    job_post (&w.job, &work_class);
    job_cancel (&w.job);
    assert_int_equal (w.done, 0);
    drain (*state);
    assert_int_equal (w.done, 1);
    assert_int_equal (w.status, -ECANCELED);
}

static void
what_cannot_be_cancelled_goes_on (void **state)
{
    struct work w;
    work_init (&w, *state);
    job_post (&w.job, &plain_class);
    job_cancel (&w.job);
    drain (*state);
    assert_int_equal (w.done, 0);
    job_complete (&w.job, 7);
    drain (*state);
    assert_int_equal (w.status, 7);
}

static void
a_job_can_say_what_it_waits_for (void **state)
{
    struct work w;
    char buf[100];
    work_init (&w, *state);
    job_describe (&w.job, buf, sizeof buf);
    assert_string_equal (buf, "idle");
    job_post (&w.job, &work_class);
    job_describe (&w.job, buf, sizeof buf);
    assert_string_equal (buf, "work, cancelled 0 times");
    job_complete (&w.job, 0);
    drain (*state);
    job_post (&w.job, &plain_class);
    job_describe (&w.job, buf, sizeof buf);
    assert_string_equal (buf, "plain");
    job_complete (&w.job, 0);
    drain (*state);
}

static void
a_timer_job_completes_at_its_time (void **state)
{
    struct env *e = *state;
    struct job_timer t;
    struct work w = { .done = 0 };
    job_init (&t.job, e->r, work_done, &w);
    job_timer_post (&t, 2000, -ETIMEDOUT);
    assert_int_equal (reactor_sim_next_timer (e->r, true), 2000);
    e->now = 2000;
    assert_true (reactor_sim_fire_one (e->r));
    assert_int_equal (w.done, 0);
    drain (e);
    assert_int_equal (w.status, -ETIMEDOUT);
}

static void
a_cancelled_timer_job_completes_at_once (void **state)
{
    struct env *e = *state;
    struct job_timer t;
    struct work w = { .done = 0 };
    job_init (&t.job, e->r, work_done, &w);
    job_timer_post (&t, 2000, 0);
    job_cancel (&t.job);
    drain (e);
    assert_int_equal (w.done, 1);
    assert_int_equal (w.status, -ECANCELED);
    e->now = 3000;
    assert_false (reactor_sim_fire_one (e->r));
}

static void *
hand_in (void *arg)
{
    job_hand_in (arg, 42);
    return NULL;
}

static bool
is_done (void *arg)
{
    return ((struct work *) arg)->done;
}

static void
a_worker_thread_s_completion_is_delivered_by_the_holder (void **state)
{
    struct env e;
    struct work w;
    pthread_t t;
    assert_int_equal (reactor_new (&e.r), 0);
    work_init (&w, &e);
    reactor_enter (e.r);
    job_post (&w.job, &plain_class);
    assert_int_equal (pthread_create (&t, NULL, hand_in, &w.job), 0);
    assert_int_equal (reactor_wait (e.r, is_done, &w, UINT64_MAX), 0);
    reactor_leave (e.r);
    pthread_join (t, NULL);
    assert_int_equal (w.done, 1);
    assert_int_equal (w.status, 42);
    reactor_free (e.r);
}

#define TEST(name) cmocka_unit_test_setup_teardown (name, setup, teardown)

int
main (void)
{
    static const struct CMUnitTest tests[] = {
        TEST (a_completion_is_delivered_later_and_once),
        TEST (completions_keep_their_order),
        TEST (a_job_may_be_posted_anew_at_its_delivery),
        TEST (cancel_asks_the_layer_once_and_only_while_posted),
        TEST (a_cancelled_job_still_completes_exactly_once),
        TEST (what_cannot_be_cancelled_goes_on),
        TEST (a_job_can_say_what_it_waits_for),
        TEST (a_timer_job_completes_at_its_time),
        TEST (a_cancelled_timer_job_completes_at_once),
        cmocka_unit_test (a_worker_thread_s_completion_is_delivered_by_the_holder),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
