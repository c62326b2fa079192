/*
 * The event loop: order of deliveries and timers, descriptors, hand-in from threads, the library's leader and followers, and the simulated
 * form.
 */
#include "common/reactor/reactor.h"

#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "io/job/job.h"

enum { MANY = 1000, THREADS = 8 };

static uint64_t seed_state;

static uint64_t
below (uint64_t n)
{
    return hash_u64 (seed_state++) % n;
}

static int
seed (void **state)
{
    const char *s = getenv ("SEED");
    seed_state = s ? strtoull (s, NULL, 0) : 20061016;
    print_message ("SEED=%llu\n", (unsigned long long) seed_state);
    return 0;
}

static uint64_t
ms_now (void)
{
    struct timespec ts;
    clock_gettime (CLOCK_MONOTONIC, &ts);
    return (uint64_t) ts.tv_sec * 1000 + (uint64_t) ts.tv_nsec / 1000000;
}

static struct reactor *
real (void)
{
    struct reactor *r;
    assert_int_equal (reactor_new (&r), 0);
    return r;
}

/* --- a simulated one ----------------------------------------------------------------------------------------------------- */

struct sim {
    uint64_t now, drawn;
    struct reactor *r;
};

static uint64_t
sim_now (void *arg)
{
    return ((struct sim *) arg)->now;
}

static uint64_t
sim_wall (void *arg)
{
    return ((struct sim *) arg)->now + 5;
}

static uint64_t
sim_random (void *arg)
{
    return ++((struct sim *) arg)->drawn;
}

static void
sim_start (struct sim *s)
{
    struct reactor_source source = { sim_now, sim_wall, sim_random, s };
    assert_int_equal (reactor_new_simulated (&source, &s->r), 0);
}

static void
clock_and_chance_of_a_simulated_reactor_are_the_source_s (void **state)
{
    struct sim s = { .now = 100 };
    sim_start (&s);
    assert_int_equal (reactor_now (s.r), 100);
    assert_int_equal (reactor_wall_clock (s.r), 105);
    assert_int_equal (reactor_random (s.r), 1);
    assert_int_equal (reactor_random (s.r), 2);
    s.now = 200;
    assert_int_equal (reactor_now (s.r), 200);
    reactor_free (s.r);
}

/* --- timers -------------------------------------------------------------------------------------------------------------- */

struct tick {
    struct reactor_timer timer;
    struct log *log;
    uint64_t when;
    int n;
    bool set;
};

struct log {
    int order[2 * MANY];
    int n;
};

static void
note (struct log *l, int n)
{
    l->order[l->n++] = n;
}

static void
tick_fire (struct reactor_timer *t)
{
    struct tick *x = container_of (t, struct tick, timer);
    assert_false (reactor_timer_is_set (t));
    x->set = false;
    note (x->log, x->n);
}

static void
tick_init (struct tick *x, struct log *l, int n)
{
    *x = (struct tick){ .log = l, .n = n };
    reactor_timer_init (&x->timer, tick_fire, TIMER_WORK);
}

static void
timers_fire_by_time_then_by_the_order_of_setting (void **state)
{
    struct sim s = { .now = 1 };
    struct log log = { .n = 0 };
    struct tick t[5];
    static const uint64_t when[5] = { 30, 10, 30, 20, 10 };
    static const int want[5] = { 1, 4, 3, 0, 2 };
    sim_start (&s);
    for (int i = 0; i < 5; i++) {
        tick_init (&t[i], &log, i);
        reactor_timer_set (s.r, &t[i].timer, when[i]);
    }
    assert_false (reactor_sim_fire_one (s.r));
    s.now = 30;
    while (reactor_sim_fire_one (s.r))
        ;
    assert_int_equal (log.n, 5);
    assert_memory_equal (log.order, want, sizeof want);
    reactor_free (s.r);
}

static void
a_cleared_timer_never_fires_and_a_moved_one_fires_once (void **state)
{
    struct sim s = { .now = 1 };
    struct log log = { .n = 0 };
    struct tick a, b;
    sim_start (&s);
    tick_init (&a, &log, 1);
    tick_init (&b, &log, 2);
    reactor_timer_clear (s.r, &a.timer); /* never set: harmless */
    reactor_timer_set (s.r, &a.timer, 10);
    reactor_timer_set (s.r, &b.timer, 10);
    reactor_timer_set (s.r, &b.timer, 50);
    assert_true (reactor_timer_is_set (&a.timer));
    reactor_timer_clear (s.r, &a.timer);
    assert_false (reactor_timer_is_set (&a.timer));
    s.now = 49;
    assert_false (reactor_sim_fire_one (s.r));
    s.now = 50;
    assert_true (reactor_sim_fire_one (s.r));
    assert_false (reactor_sim_fire_one (s.r));
    assert_int_equal (log.n, 1);
    assert_int_equal (log.order[0], 2);
    reactor_free (s.r);
}

static void
many_timers_set_moved_and_cleared_at_random_fire_in_order (void **state)
{
    struct sim s = { .now = 1 };
    struct log log = { .n = 0 };
    struct tick *t = calloc (MANY, sizeof *t);
    int alive = 0;
    sim_start (&s);
    for (int i = 0; i < MANY; i++)
        tick_init (&t[i], &log, i);
    for (int i = 0; i < 10 * MANY; i++) {
        struct tick *x = &t[below (MANY)];
        x->set = below (3) != 0;
        x->when = 2 + below (500);
        if (x->set)
            reactor_timer_set (s.r, &x->timer, x->when);
        else
            reactor_timer_clear (s.r, &x->timer);
    }
    for (int i = 0; i < MANY; i++)
        alive += t[i].set;
    uint64_t next, last = 0;
    while ((next = reactor_sim_next_timer (s.r, false)) != UINT64_MAX) {
        int before = log.n;
        assert_true (next >= last);
        s.now = last = next;
        assert_true (reactor_sim_fire_one (s.r));
        assert_int_equal (t[log.order[before]].when, next);
    }
    assert_int_equal (log.n, alive);
    for (int i = 0; i < MANY; i++)
        assert_false (t[i].set);
    reactor_free (s.r);
    free (t);
}

static void
deadlines_do_not_count_as_work (void **state)
{
    struct sim s = { .now = 1 };
    struct log log = { .n = 0 };
    struct tick work, deadline;
    sim_start (&s);
    tick_init (&work, &log, 1);
    tick_init (&deadline, &log, 2);
    deadline.timer.cls = TIMER_DEADLINE;
    reactor_timer_set (s.r, &deadline.timer, 10);
    assert_int_equal (reactor_sim_next_timer (s.r, true), UINT64_MAX);
    reactor_timer_set (s.r, &work.timer, 20);
    assert_int_equal (reactor_sim_next_timer (s.r, true), 20);
    assert_int_equal (reactor_sim_next_timer (s.r, false), 10);
    reactor_free (s.r);
    assert_false (reactor_timer_is_set (&work.timer)); /* freed with what was set */
}

/* --- the queue ----------------------------------------------------------------------------------------------------------- */

struct parcel {
    struct reactor_item item;
    struct log *log;
    struct reactor *r;
    struct parcel *next; /* queued at delivery */
    int n;
    bool inside;
};

static void
parcel_deliver (struct reactor_item *i)
{
    struct parcel *p = container_of (i, struct parcel, item);
    p->inside = true;
    note (p->log, p->n);
    if (p->next)
        reactor_queue (p->r, &p->next->item);
    assert_false (p->next && p->next->inside);
    p->inside = false;
}

static void
parcel_init (struct parcel *p, struct reactor *r, struct log *l, int n)
{
    *p = (struct parcel){ .log = l, .r = r, .n = n, .item.deliver = parcel_deliver };
    list_init (&p->item.link);
}

static void
deliveries_keep_their_order_and_are_never_recursive (void **state)
{
    struct sim s = { .now = 1 };
    struct log log = { .n = 0 };
    struct parcel p[3];
    sim_start (&s);
    for (int i = 0; i < 3; i++)
        parcel_init (&p[i], s.r, &log, i);
    p[0].next = &p[2];
    reactor_queue (s.r, &p[0].item);
    reactor_queue (s.r, &p[1].item);
    assert_int_equal (log.n, 0);
    assert_true (reactor_sim_pending (s.r));
    while (reactor_sim_deliver_one (s.r))
        ;
    static const int want[3] = { 0, 1, 2 };
    assert_int_equal (log.n, 3);
    assert_memory_equal (log.order, want, sizeof want);
    assert_false (reactor_sim_pending (s.r));
    reactor_free (s.r);
}

/* --- descriptors ----------------------------------------------------------------------------------------------------------- */

struct ear {
    struct reactor_fd fd;
    struct log *log;
    struct reactor *r;
    struct ear *remove; /* when ready */
    int pipe[2], n;
};

static void
ear_ready (struct reactor_fd *f, uint32_t events)
{
    struct ear *e = container_of (f, struct ear, fd);
    char byte;
    note (e->log, e->n);
    assert_int_equal (read (e->pipe[0], &byte, 1), 1);
    if (e->remove)
        reactor_fd_remove (e->r, &e->remove->fd);
}

static void
ear_open (struct ear *e, struct reactor *r, struct log *l, int n)
{
    *e = (struct ear){ .log = l, .r = r, .n = n };
    assert_int_equal (pipe (e->pipe), 0);
    e->fd = (struct reactor_fd){ .ready = ear_ready, .fd = e->pipe[0] };
    assert_int_equal (reactor_fd_set (r, &e->fd, EPOLLIN), 0);
}

static void
ear_close (struct ear *e)
{
    reactor_fd_remove (e->r, &e->fd);
    close (e->pipe[0]);
    close (e->pipe[1]);
}

static void
after_a_gap_sockets_are_read_before_timers_expire (void **state)
{
    struct reactor *r = real ();
    struct log log = { .n = 0 };
    struct ear e;
    struct tick t;
    ear_open (&e, r, &log, 1);
    tick_init (&t, &log, 2);
    reactor_timer_set (r, &t.timer, reactor_now (r) + NSEC_PER_MSEC);
    assert_int_equal (write (e.pipe[1], "x", 1), 1);
    usleep (20000);
    reactor_step (r, NSEC_PER_SEC);
    assert_int_equal (log.n, 2);
    assert_int_equal (log.order[0], 1);
    assert_int_equal (log.order[1], 2);
    ear_close (&e);
    reactor_free (r);
}

static void
a_descriptor_removed_in_the_same_batch_is_not_called (void **state)
{
    struct reactor *r = real ();
    struct log log = { .n = 0 };
    struct ear a, b;
    ear_open (&a, r, &log, 1);
    ear_open (&b, r, &log, 2);
    a.remove = &b;
    b.remove = &a;
    assert_int_equal (write (a.pipe[1], "x", 1), 1);
    assert_int_equal (write (b.pipe[1], "x", 1), 1);
    reactor_step (r, 0);
    assert_int_equal (log.n, 1);
    ear_close (&a);
    ear_close (&b);
    reactor_free (r);
}

static void
a_silent_descriptor_costs_no_rounds (void **state)
{
    struct reactor *r = real ();
    struct log log = { .n = 0 };
    struct ear e;
    ear_open (&e, r, &log, 1);
    assert_int_equal (reactor_fd_set (r, &e.fd, 0), 0);
    assert_int_equal (write (e.pipe[1], "x", 1), 1);
    uint64_t start = ms_now ();
    reactor_step (r, 30 * NSEC_PER_MSEC);
    assert_int_equal (log.n, 0);
    assert_true (ms_now () - start >= 29);
    assert_int_equal (reactor_fd_set (r, &e.fd, EPOLLIN), 0);
    reactor_step (r, NSEC_PER_SEC);
    assert_int_equal (log.n, 1);
    ear_close (&e);
    reactor_free (r);
}

/* --- other threads --------------------------------------------------------------------------------------------------------- */

struct hand {
    struct reactor_item item;
    struct crowd *crowd;
    int thread, n;
};

struct crowd {
    struct reactor *r;
    pthread_t owner, threads[THREADS];
    int last[THREADS], got;
    struct hand hands[THREADS][MANY];
    atomic_int started;
};

static void
hand_deliver (struct reactor_item *i)
{
    struct hand *h = container_of (i, struct hand, item);
    struct crowd *c = h->crowd;
    assert_true (pthread_equal (pthread_self (), c->owner));
    assert_int_equal (h->n, c->last[h->thread] + 1);
    c->last[h->thread] = h->n;
    if (++c->got == THREADS * MANY)
        reactor_stop (c->r);
}

static void *
hand_thread (void *arg)
{
    struct crowd *c = arg;
    int me = atomic_fetch_add (&c->started, 1);
    for (int i = 0; i < MANY; i++) {
        struct hand *h = &c->hands[me][i];
        *h = (struct hand){ .crowd = c, .thread = me, .n = i + 1, .item.deliver = hand_deliver };
        list_init (&h->item.link);
        reactor_hand_in (c->r, &h->item);
    }
    return NULL;
}

static void
what_threads_hand_in_is_delivered_once_in_order_by_the_owner (void **state)
{
    struct crowd *c = calloc (1, sizeof *c);
    c->r = real ();
    c->owner = pthread_self ();
    for (int i = 0; i < THREADS; i++)
        assert_int_equal (pthread_create (&c->threads[i], NULL, hand_thread, c), 0);
    reactor_run (c->r);
    for (int i = 0; i < THREADS; i++)
        pthread_join (c->threads[i], NULL);
    assert_int_equal (c->got, THREADS * MANY);
    reactor_free (c->r);
    free (c);
}

static void *
wake_later (void *arg)
{
    usleep (20000);
    reactor_wake (arg);
    return NULL;
}

static void
a_wake_ends_a_poll (void **state)
{
    struct reactor *r = real ();
    pthread_t t;
    uint64_t start = ms_now ();
    assert_int_equal (pthread_create (&t, NULL, wake_later, r), 0);
    reactor_step (r, 30 * NSEC_PER_SEC);
    assert_true (ms_now () - start < 10000);
    pthread_join (t, NULL);
    reactor_free (r);
}

/* --- leader and followers -------------------------------------------------------------------------------------------------- */

struct call {
    struct job_timer timer;
    pthread_t thread;
    struct reactor *r;
    uint64_t delay_ms, deadline_ms; /* 0 = none */
    int result;
    bool done;
    atomic_bool waiting;
};

static void
call_over (struct job *j)
{
    ((struct call *) j->arg)->done = true;
}

static bool
call_done (void *arg)
{
    return ((struct call *) arg)->done;
}

/* As a blocking library call: post, then wait for the completion. */
static void *
call_run (void *arg)
{
    struct call *c = arg;
    reactor_enter (c->r);
    uint64_t now = reactor_now (c->r);
    job_init (&c->timer.job, c->r, call_over, c);
    job_timer_post (&c->timer, now + c->delay_ms * NSEC_PER_MSEC, 0);
    atomic_store (&c->waiting, true);
    c->result = reactor_wait (c->r, call_done, c, c->deadline_ms ? now + c->deadline_ms * NSEC_PER_MSEC : UINT64_MAX);
    if (!c->done)
        job_cancel (&c->timer.job);
    reactor_leave (c->r);
    return NULL;
}

static void
call_start (struct call *c, struct reactor *r, uint64_t delay_ms, uint64_t deadline_ms)
{
    *c = (struct call){ .r = r, .delay_ms = delay_ms, .deadline_ms = deadline_ms, .result = 1 };
    assert_int_equal (pthread_create (&c->thread, NULL, call_run, c), 0);
    while (!atomic_load (&c->waiting))
        usleep (200);
    usleep (2000);
}

static void
several_waiting_threads_all_get_their_completion (void **state)
{
    struct reactor *r = real ();
    struct call c[THREADS];
    for (int round = 0; round < 5; round++) {
        for (int i = 0; i < THREADS; i++)
            call_start (&c[i], r, 1 + below (20), 0);
        for (int i = 0; i < THREADS; i++) {
            pthread_join (c[i].thread, NULL);
            assert_int_equal (c[i].result, 0);
        }
    }
    reactor_free (r);
}

static void
a_follower_s_earlier_timer_is_not_slept_over (void **state)
{
    struct reactor *r = real ();
    struct call slow, fast;
    uint64_t start = ms_now ();
    call_start (&slow, r, 3000, 0);
    call_start (&fast, r, 50, 0);
    pthread_join (fast.thread, NULL);
    assert_true (ms_now () - start < 2500);
    pthread_join (slow.thread, NULL);
    assert_int_equal (slow.result, 0);
    reactor_free (r);
}

static void
a_wait_ends_at_its_deadline_leading_or_following (void **state)
{
    struct reactor *r = real ();
    struct call c[3];
    uint64_t start = ms_now ();
    for (int i = 0; i < 3; i++)
        call_start (&c[i], r, 20000, 60);
    for (int i = 0; i < 3; i++) {
        pthread_join (c[i].thread, NULL);
        assert_int_equal (c[i].result, -ETIMEDOUT);
    }
    assert_true (ms_now () - start < 10000);
    reactor_step (r, 0); /* delivers what was cancelled */
    reactor_free (r);
}

static void
the_leader_returns_when_another_thread_completes_its_operation (void **state)
{
    struct reactor *r = real ();
    struct call c;
    uint64_t start = ms_now ();
    call_start (&c, r, 5000, 0);
    reactor_enter (r);
    job_cancel (&c.timer.job);
    reactor_leave (r);
    pthread_join (c.thread, NULL);
    assert_int_equal (c.result, 0);
    assert_int_equal (c.timer.job.status, -ECANCELED);
    assert_true (ms_now () - start < 4000);
    reactor_free (r);
}

static void
the_leader_returns_when_a_waiting_thread_delivers_its_completion (void **state)
{
    struct reactor *r = real ();
    struct call c, other = { .r = r };
    uint64_t start = ms_now ();
    call_start (&c, r, 5000, 0);
    reactor_enter (r);
    job_cancel (&c.timer.job);
    assert_int_equal (reactor_wait (r, call_done, &other, reactor_now (r) + 20 * NSEC_PER_MSEC), -ETIMEDOUT);
    reactor_leave (r);
    pthread_join (c.thread, NULL);
    assert_int_equal (c.timer.job.status, -ECANCELED);
    assert_true (ms_now () - start < 4000);
    reactor_free (r);
}

static void
when_the_leader_leaves_a_follower_leads_on (void **state)
{
    struct reactor *r = real ();
    struct call first, second;
    call_start (&first, r, 20, 0);
    call_start (&second, r, 60, 0);
    pthread_join (first.thread, NULL);
    pthread_join (second.thread, NULL);
    assert_int_equal (second.result, 0);
    reactor_free (r);
}

/* --- a foreign loop ------------------------------------------------------------------------------------------------------ */

static bool
foreign_readable (struct reactor *r, int ms)
{
    struct pollfd p = { reactor_foreign_fd (r, NULL, NULL), POLLIN, 0 };
    assert_true (p.fd >= 0);
    return poll (&p, 1, ms) == 1;
}

static bool
is_set (void *arg)
{
    return *(bool *) arg;
}

static bool
never (void *arg)
{
    return false;
}

static void
fired (struct reactor_timer *t)
{
}

/* One round, as a test without time to wait makes it. */
static void
look_once (struct reactor *r)
{
    reactor_enter (r);
    assert_int_equal (reactor_wait (r, never, NULL, 0), -ETIMEDOUT);
    reactor_leave (r);
}

static void
a_foreign_loop_hears_of_timers_wake_ups_and_what_is_pending (void **state)
{
    struct reactor *r = real ();
    struct reactor_timer t;
    bool pending = false;
    int fd = reactor_foreign_fd (r, is_set, &pending);
    assert_true (fd >= 0);
    assert_false (foreign_readable (r, 0));
    reactor_timer_init (&t, fired, TIMER_WORK);
    reactor_enter (r);
    reactor_timer_set (r, &t, reactor_now (r) + 30 * NSEC_PER_MSEC);
    reactor_leave (r);
    assert_false (foreign_readable (r, 0));
    assert_true (foreign_readable (r, 5000));
    assert_true (foreign_readable (r, 0)); /* until somebody looks */
    look_once (r);
    assert_false (reactor_timer_is_set (&t));
    assert_false (foreign_readable (r, 0));
    pending = true;
    look_once (r);
    assert_true (foreign_readable (r, 0));
    pending = false;
    look_once (r);
    assert_false (foreign_readable (r, 0));
    reactor_wake (r);
    assert_true (foreign_readable (r, 0));
    look_once (r);
    assert_false (foreign_readable (r, 0));
    assert_int_equal (reactor_foreign_fd (r, is_set, &pending), fd);
    reactor_free (r);
}

int
main (void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test (clock_and_chance_of_a_simulated_reactor_are_the_source_s),
        cmocka_unit_test (timers_fire_by_time_then_by_the_order_of_setting),
        cmocka_unit_test (a_cleared_timer_never_fires_and_a_moved_one_fires_once),
        cmocka_unit_test (many_timers_set_moved_and_cleared_at_random_fire_in_order),
        cmocka_unit_test (deadlines_do_not_count_as_work),
        cmocka_unit_test (deliveries_keep_their_order_and_are_never_recursive),
        cmocka_unit_test (after_a_gap_sockets_are_read_before_timers_expire),
        cmocka_unit_test (a_descriptor_removed_in_the_same_batch_is_not_called),
        cmocka_unit_test (a_silent_descriptor_costs_no_rounds),
        cmocka_unit_test (what_threads_hand_in_is_delivered_once_in_order_by_the_owner),
        cmocka_unit_test (a_wake_ends_a_poll),
        cmocka_unit_test (several_waiting_threads_all_get_their_completion),
        cmocka_unit_test (a_follower_s_earlier_timer_is_not_slept_over),
        cmocka_unit_test (a_wait_ends_at_its_deadline_leading_or_following),
        cmocka_unit_test (the_leader_returns_when_another_thread_completes_its_operation),
        cmocka_unit_test (the_leader_returns_when_a_waiting_thread_delivers_its_completion),
        cmocka_unit_test (when_the_leader_leaves_a_follower_leads_on),
        cmocka_unit_test (a_foreign_loop_hears_of_timers_wake_ups_and_what_is_pending),
    };
    return cmocka_run_group_tests (tests, seed, NULL);
}
