/*
 * The request scheduler: who runs beside whom, in which order, and what is left when all is over.
 */
#include "server/sched.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

enum { FS = 9, KEYS = 5, REQUESTS = 60, STEPS = 20000 };

struct env {
    struct reactor *r;
    struct sched *s;
    uint64_t seed;
};

struct one {
    struct sched_req q;
    int status; /* 1: not yet, else the job's */
    unsigned order;
};

static unsigned completions;

static uint64_t
zero (void *arg)
{
    return 1;
}

static int
setup (void **state)
{
    struct env *e = calloc (1, sizeof *e);
    struct reactor_source source = { zero, zero, zero, NULL };
    const char *seed = getenv ("SEED");
    e->seed = seed ? strtoull (seed, NULL, 0) : 20061016;
    *state = e;
    completions = 0;
    assert_int_equal (sched_new (&e->s), 0);
    return reactor_new_simulated (&source, &e->r);
}

static int
teardown (void **state)
{
    struct env *e = *state;
    assert_true (sched_idle (e->s));
    sched_free (e->s);
    reactor_free (e->r);
    free (e);
    return 0;
}

static void
note_idle (void *arg)
{
    ++*(unsigned *) arg;
}

static void
done (struct job *j)
{
    struct one *o = j->arg;
    o->status = j->status;
    o->order = ++completions;
}

static void
start (struct env *e, struct one *o, uint64_t id)
{
    *o = (struct one){ .status = 1 };
    sched_init (&o->q, e->s, id);
    job_init (&o->q.job, e->r, done, o);
}

static void
settle (struct env *e)
{
    while (reactor_sim_deliver_one (e->r))
        ;
}

/* One key, at once posted. */
static void
post (struct env *e, struct one *o, uint64_t id, obj_handle h, enum sched_mode mode)
{
    start (e, o, id);
    assert_int_equal (sched_add (&o->q, FS, h, NULL, mode), 0);
    sched_post (&o->q);
    settle (e);
}

static void
release (struct env *e, struct one *o)
{
    sched_release (&o->q);
    settle (e);
}

#define RUNS(o)  assert_int_equal ((o)->status, 0)
#define WAITS(o) assert_int_equal ((o)->status, 1)

static void
shared_runs_beside_shared (void **state)
{
    struct one a, b;
    post (*state, &a, 1, 100, SCHED_SHARED);
    post (*state, &b, 2, 100, SCHED_SHARED);
    RUNS (&a);
    RUNS (&b);
    release (*state, &a);
    release (*state, &b);
}

static void
io_runs_beside_io_but_not_beside_shared (void **state)
{
    struct one a, b, c;
    post (*state, &a, 1, 100, SCHED_IO);
    post (*state, &b, 2, 100, SCHED_IO);
    post (*state, &c, 3, 100, SCHED_SHARED);
    RUNS (&a);
    RUNS (&b);
    WAITS (&c);
    release (*state, &a);
    WAITS (&c);
    release (*state, &b);
    RUNS (&c);
    release (*state, &c);
}

static void
exclusive_runs_alone (void **state)
{
    struct one a, b, c, d;
    post (*state, &a, 1, 100, SCHED_EXCLUSIVE);
    post (*state, &b, 2, 100, SCHED_EXCLUSIVE);
    post (*state, &c, 3, 100, SCHED_SHARED);
    post (*state, &d, 4, 100, SCHED_IO);
    RUNS (&a);
    WAITS (&b);
    release (*state, &a);
    RUNS (&b);
    WAITS (&c);
    release (*state, &b);
    RUNS (&c);
    WAITS (&d);
    release (*state, &c);
    RUNS (&d);
    release (*state, &d);
}

static void
a_waiting_request_is_never_overtaken (void **state)
{
    struct one io, stat, late;
    post (*state, &io, 1, 100, SCHED_IO);
    post (*state, &stat, 2, 100, SCHED_SHARED);
    post (*state, &late, 3, 100, SCHED_IO); /* would fit beside the first, but the second came before it */
    WAITS (&stat);
    WAITS (&late);
    release (*state, &io);
    RUNS (&stat);
    WAITS (&late);
    release (*state, &stat);
    RUNS (&late);
    release (*state, &late);
}

static void
all_that_fit_together_are_granted_at_once_in_order (void **state)
{
    struct one x, r[4], y;
    post (*state, &x, 1, 100, SCHED_EXCLUSIVE);
    for (int i = 0; i < 4; i++)
        post (*state, &r[i], 2 + i, 100, SCHED_SHARED);
    post (*state, &y, 9, 100, SCHED_EXCLUSIVE);
    release (*state, &x);
    for (int i = 0; i < 4; i++) {
        RUNS (&r[i]);
        assert_int_equal (r[i].order, 2 + i);
    }
    WAITS (&y);
    for (int i = 0; i < 4; i++)
        release (*state, &r[i]);
    RUNS (&y);
    release (*state, &y);
}

static void
it_tells_when_the_last_key_is_given_back (void **state)
{
    struct env *e = *state;
    struct one a, b, c;
    unsigned idle = 0;
    sched_on_idle (e->s, note_idle, &idle);
    post (e, &a, 1, 100, SCHED_EXCLUSIVE);
    post (e, &b, 2, 100, SCHED_EXCLUSIVE);
    post (e, &c, 3, 200, SCHED_SHARED);
    release (e, &a);
    release (e, &c);
    assert_int_equal (idle, 0);
    release (e, &b);
    assert_int_equal (idle, 1);
}

static void
different_keys_do_not_meet (void **state)
{
    struct env *e = *state;
    struct one a, b, c, d;
    post (e, &a, 1, 100, SCHED_EXCLUSIVE);
    post (e, &b, 2, 101, SCHED_EXCLUSIVE);
    start (e, &c, 3);
    sched_add (&c.q, FS, 100, "name", SCHED_EXCLUSIVE); /* an entry is not its directory */
    sched_post (&c.q);
    start (e, &d, 4);
    sched_add (&d.q, FS + 1, 100, NULL, SCHED_EXCLUSIVE); /* another file system */
    sched_post (&d.q);
    settle (e);
    RUNS (&a);
    RUNS (&b);
    RUNS (&c);
    RUNS (&d);
    release (e, &a);
    release (e, &b);
    release (e, &c);
    release (e, &d);
}

static void
several_keys_are_taken_one_after_the_other (void **state)
{
    struct env *e = *state;
    struct one a, b, c;
    post (e, &a, 1, 101, SCHED_EXCLUSIVE);
    start (e, &b, 2);
    sched_add (&b.q, FS, 100, NULL, SCHED_EXCLUSIVE);
    sched_add (&b.q, FS, 101, NULL, SCHED_EXCLUSIVE);
    sched_add (&b.q, FS, 102, NULL, SCHED_EXCLUSIVE);
    sched_post (&b.q);
    settle (e);
    WAITS (&b);
    post (e, &c, 3, 100, SCHED_SHARED); /* b holds 100 while it waits for 101 */
    WAITS (&c);
    assert_int_equal (sched_behind (&b.q), 1);
    assert_int_equal (sched_behind (&c.q), 2);
    release (e, &a);
    RUNS (&b);
    WAITS (&c);
    release (e, &b);
    RUNS (&c);
    release (e, &c);
}

static void
the_same_key_twice_keeps_the_stronger_mode (void **state)
{
    struct env *e = *state;
    struct one a, b;
    start (e, &a, 1);
    sched_add (&a.q, FS, 100, NULL, SCHED_SHARED);
    sched_add (&a.q, FS, 100, NULL, SCHED_EXCLUSIVE);
    sched_add (&a.q, FS, 100, NULL, SCHED_SHARED);
    sched_post (&a.q);
    settle (e);
    RUNS (&a);
    post (e, &b, 2, 100, SCHED_SHARED);
    WAITS (&b);
    release (e, &a);
    RUNS (&b);
    release (e, &b);
}

static void
more_keys_than_allowed_are_refused (void **state)
{
    struct one a;
    start (*state, &a, 1);
    for (int i = 0; i < SCHED_MAX_KEYS; i++)
        assert_int_equal (sched_add (&a.q, FS, 100 + i, NULL, SCHED_SHARED), 0);
    assert_int_equal (sched_add (&a.q, FS, 100, NULL, SCHED_SHARED), 0); /* known */
    assert_int_equal (sched_add (&a.q, FS, 999, NULL, SCHED_SHARED), -E2BIG);
    release (*state, &a);
}

static void
keys_may_be_added_while_some_are_held (void **state)
{
    struct env *e = *state;
    struct one a, b;
    post (e, &a, 1, 100, SCHED_EXCLUSIVE);
    RUNS (&a);
    post (e, &b, 2, 101, SCHED_IO);
    a.status = 1;
    sched_add (&a.q, FS, 101, NULL, SCHED_EXCLUSIVE);
    sched_post (&a.q);
    settle (e);
    WAITS (&a);
    release (e, &b);
    RUNS (&a);
    release (e, &a);
}

static void
cancelling_a_waiting_request_lets_those_behind_it_pass (void **state)
{
    struct one io, stat, late;
    post (*state, &io, 1, 100, SCHED_IO);
    post (*state, &stat, 2, 100, SCHED_SHARED);
    post (*state, &late, 3, 100, SCHED_IO);
    WAITS (&late);
    job_cancel (&stat.q.job);
    settle (*state);
    assert_int_equal (stat.status, -ECANCELED);
    RUNS (&late);
    release (*state, &stat); /* harmless */
    release (*state, &io);
    release (*state, &late);
}

static void
a_cancelled_request_keeps_what_it_held_until_released (void **state)
{
    struct env *e = *state;
    struct one other, a, b;
    post (e, &other, 1, 101, SCHED_EXCLUSIVE);
    start (e, &a, 2);
    sched_add (&a.q, FS, 100, NULL, SCHED_EXCLUSIVE);
    sched_add (&a.q, FS, 101, NULL, SCHED_EXCLUSIVE);
    sched_post (&a.q);
    settle (e);
    post (e, &b, 3, 100, SCHED_EXCLUSIVE);
    job_cancel (&a.q.job);
    settle (e);
    assert_int_equal (a.status, -ECANCELED);
    WAITS (&b);
    release (e, &a);
    RUNS (&b);
    release (e, &b);
    release (e, &other);
}

static void
behind_names_the_one_in_front (void **state)
{
    struct one a, b, c;
    char buf[100];
    post (*state, &a, 11, 100, SCHED_IO);
    post (*state, &b, 12, 100, SCHED_SHARED);
    post (*state, &c, 13, 100, SCHED_IO);
    assert_int_equal (sched_behind (&a.q), 0);
    assert_int_equal (sched_behind (&b.q), 11);
    assert_int_equal (sched_behind (&c.q), 12);
    job_describe (&c.q.job, buf, sizeof buf);
    assert_non_null (strstr (buf, "behind op 12"));
    release (*state, &a);
    assert_int_equal (sched_behind (&b.q), 0);
    release (*state, &b);
    release (*state, &c);
}

static void
entries_have_a_fixed_order (void **state)
{
    assert_true (sched_order (1, "b", 2, "a") < 0);
    assert_true (sched_order (2, "a", 1, "b") > 0);
    assert_int_equal (sched_order (1, "a", 1, "a"), 0);
    assert_int_equal (sched_order (1, "a", 1, "b"), -sched_order (1, "b", 1, "a"));
}

/* --- at random, against what is easily said ------------------------------------------------------------------------------------- */

static uint64_t
below (struct env *e, uint64_t n)
{
    return hash_u64 (e->seed++) % n;
}

/* Requests that hold a key fit together, and none that came later holds it while an earlier one waits for it. */
static void
check (const struct one *all, const bool *live)
{
    for (int i = 0; i < REQUESTS; i++)
        for (unsigned k = 0; live[i] && k < all[i].q.nholds; k++) {
            const struct sched_hold *h = &all[i].q.holds[k];
            for (int o = 0; h->granted && o < REQUESTS; o++)
                for (unsigned m = 0; o != i && live[o] && m < all[o].q.nholds; m++) {
                    const struct sched_hold *g = &all[o].q.holds[m];
                    if (g->key == h->key && g->granted)
                        assert_true (g->mode == h->mode && g->mode != SCHED_EXCLUSIVE);
                }
        }
}

/* Nobody waits for a key that nobody in front holds or waits for with another mode. */
static void
check_progress (const struct one *all, const bool *live)
{
    int waiting = 0, running = 0;
    for (int i = 0; i < REQUESTS; i++) {
        if (!live[i])
            continue;
        if (all[i].status == 0)
            running++;
        else if (sched_behind (&all[i].q) == 0)
            fail_msg ("request %d waits behind nobody", i);
        else
            waiting++;
    }
    if (waiting)
        assert_true (running > 0); /* keys are taken in one order: somebody can always go on */
}

static void
post_at_random (struct env *e, struct one *o, uint64_t id)
{
    start (e, o, id);
    unsigned n = 1 + (unsigned) below (e, 3);
    obj_handle h = 100 + below (e, KEYS);
    for (unsigned k = 0; k < n && h < 100 + KEYS; k++, h += 1 + below (e, 2))
        sched_add (&o->q, FS, h, NULL, (enum sched_mode) below (e, 3));
    sched_post (&o->q);
}

static void
at_random_nothing_is_lost_and_nothing_clashes (void **state)
{
    struct env *e = *state;
    struct one *all = calloc (REQUESTS, sizeof *all);
    bool live[REQUESTS] = { false };
    uint64_t id = 1;
    print_message ("SEED=%llu\n", (unsigned long long) e->seed);
    for (int step = 0; step < STEPS; step++) {
        int i = (int) below (e, REQUESTS);
        if (!live[i]) {
            post_at_random (e, &all[i], id++);
            live[i] = true;
        } else if (all[i].status != 1) {
            sched_release (&all[i].q);
            live[i] = false;
        } else if (below (e, 4) == 0) {
            job_cancel (&all[i].q.job);
            settle (e);
            assert_int_equal (all[i].status, -ECANCELED);
            sched_release (&all[i].q);
            live[i] = false;
        }
        settle (e);
        check (all, live);
        check_progress (all, live);
    }
    for (int round = 0, left = 1; left; round++) {
        left = 0;
        for (int i = 0; i < REQUESTS; i++) {
            if (live[i] && all[i].status == 0) {
                release (e, &all[i]);
                live[i] = false;
            }
            left += live[i];
        }
        assert_true (round < REQUESTS);
    }
    free (all);
}

#define TEST(name) cmocka_unit_test_setup_teardown (name, setup, teardown)

int
main (void)
{
    static const struct CMUnitTest tests[] = {
        TEST (shared_runs_beside_shared),
        TEST (io_runs_beside_io_but_not_beside_shared),
        TEST (exclusive_runs_alone),
        TEST (a_waiting_request_is_never_overtaken),
        TEST (all_that_fit_together_are_granted_at_once_in_order),
        TEST (it_tells_when_the_last_key_is_given_back),
        TEST (different_keys_do_not_meet),
        TEST (several_keys_are_taken_one_after_the_other),
        TEST (the_same_key_twice_keeps_the_stronger_mode),
        TEST (more_keys_than_allowed_are_refused),
        TEST (keys_may_be_added_while_some_are_held),
        TEST (cancelling_a_waiting_request_lets_those_behind_it_pass),
        TEST (a_cancelled_request_keeps_what_it_held_until_released),
        TEST (behind_names_the_one_in_front),
        TEST (entries_have_a_fixed_order),
        TEST (at_random_nothing_is_lost_and_nothing_clashes),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
