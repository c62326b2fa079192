/*
 * The state machine engine on a real reactor, and the tables of all machines that are linked in.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "common/sm/sm.h"

/* --- a machine to play with -------------------------------------------------------------------------------------------------- */

enum { MAX_CHILDREN = 3 };

struct play {
    struct sm sm;
    int ended, error;
    int frames_released;
    int sub_result;            /* what sub_sm ends with */
    int waits[2];              /* results of two timers */
    bool any, clear;
    int child_results[MAX_CHILDREN + 1], children_ran;
    char trail[64];
};

static struct reactor *reactor;

struct play_frame {
    struct play *p;
    struct job_timer t[2];
};

static void
play_frame_fini (void *frame)
{
    struct play *p = ((struct play_frame *) frame)->p;
    if (p)
        p->frames_released++;
}

static void
mark (struct play *p, char c)
{
    size_t n = strlen (p->trail);
    p->trail[n] = c;
    p->trail[n + 1] = 0;
}

static sm_event
play_begin (struct sm *sm)
{
    struct play *p = sm_arg (sm);
    SM_FRAME (sm, struct play_frame)->p = p;
    mark (p, 'b');
    sm_set_arg (sm, &p->sub_result);
    return SM_OK;
}

static sm_event
play_wait (struct sm *sm)
{
    struct play_frame *f = SM_FRAME (sm, struct play_frame);
    mark (f->p, 'w');
    for (int i = 0; i < 2; i++) {
        if (f->p->any)
            sm_expect_any (sm, &f->t[i].job);
        else
            sm_expect (sm, &f->t[i].job);
        job_timer_post (&f->t[i], reactor_now (reactor) + (i + 1) * NSEC_PER_MSEC, f->p->waits[i]);
    }
    return SM_WAIT;
}

static sm_event
play_failed (struct sm *sm)
{
    struct play *p = SM_FRAME (sm, struct play_frame)->p;
    mark (p, 'f');
    sm_fail (sm, -ENOSPC, "a later error");
    if (p->clear) {
        sm_clear_error (sm);
        return SM_OK;
    }
    return SM_FAIL;
}

struct sub_frame {
    struct play *p;
};

static sm_event
sub_run (struct sm *sm)
{
    int *result = sm_arg (sm);
    struct play *p = container_of (result, struct play, sub_result);
    SM_FRAME (sm, struct sub_frame)->p = p;
    mark (p, 's');
    return *result ? sm_fail (sm, *result, "sub") : SM_OK;
}

static void
sub_frame_fini (void *frame)
{
    struct play *p = ((struct sub_frame *) frame)->p;
    if (p)
        p->frames_released++;
}

enum { SUB_RUN };

static const struct sm_state sub_states[] = { RUN (SUB_RUN, sub_run, ALWAYS (SM_DONE)) };
SM_MACHINE (sub_sm, sub_states, struct sub_frame, sub_frame_fini);

struct child_frame {
    struct job_timer t;
};

static sm_event
child_run (struct sm *sm)
{
    struct child_frame *f = SM_FRAME (sm, struct child_frame);
    sm_expect (sm, &f->t.job);
    job_timer_post (&f->t, reactor_now (reactor) + NSEC_PER_MSEC, *(int *) sm_arg (sm));
    ((struct play *) sm->owner)->children_ran++;
    return SM_WAIT;
}

enum { CHILD_RUN };

static const struct sm_state child_states[] = { RUN (CHILD_RUN, child_run, ALWAYS (SM_DONE)) };
SM_MACHINE (child_sm, child_states, struct child_frame, NULL);

static void *
next_child (struct sm *sm, unsigned i)
{
    struct play *p = SM_FRAME (sm, struct play_frame)->p;
    return i < MAX_CHILDREN ? &p->child_results[i] : NULL;
}

enum { PLAY_BEGIN, PLAY_SUB, PLAY_WAIT, PLAY_CHILDREN, PLAY_FAILED };

static const struct sm_state play_states[] = {
    RUN (PLAY_BEGIN, play_begin, ON_OK (PLAY_SUB), ON_FAIL (SM_DONE)),
    CALL (PLAY_SUB, sub_sm, ON_OK (PLAY_WAIT), ON_FAIL (PLAY_FAILED)),
    RUN (PLAY_WAIT, play_wait, ON_OK (PLAY_CHILDREN), ON_FAIL (PLAY_FAILED)),
    CALL_EACH (PLAY_CHILDREN, child_sm, next_child, ON_OK (SM_DONE), ON_FAIL (PLAY_FAILED)),
    RUN (PLAY_FAILED, play_failed, ALWAYS (SM_DONE)),
};
SM_MACHINE (play_sm, play_states, struct play_frame, play_frame_fini);

static void
play_ended (struct sm *sm)
{
    struct play *p = sm->owner;
    p->ended++;
    p->error = sm->error;
}

static bool
has_ended (void *arg)
{
    return ((struct play *) arg)->ended > 0;
}

static void
start (struct play *p)
{
    p->sm.owner = p;
    p->sm.on_end = play_ended;
    reactor_enter (reactor);
    assert_int_equal (sm_start (&p->sm, reactor, &play_sm, p), 0);
}

static void
run (struct play *p)
{
    start (p);
    assert_int_equal (reactor_wait (reactor, has_ended, p, UINT64_MAX), 0);
    reactor_leave (reactor);
    assert_int_equal (p->ended, 1);
}

/* --- the engine ----------------------------------------------------------------------------------------------------------------- */

static void
a_machine_runs_its_states_and_ends_once (void **state)
{
    struct play p = { 0 };
    run (&p);
    assert_int_equal (p.error, 0);
    assert_string_equal (p.trail, "bsw");
    assert_int_equal (p.children_ran, MAX_CHILDREN);
    assert_int_equal (p.frames_released, 2);
}

static void
a_machine_that_never_waits_ends_inside_its_start (void **state)
{
    struct play p = { .sub_result = -EACCES };
    start (&p);
    assert_int_equal (p.ended, 1);
    reactor_leave (reactor);
    assert_int_equal (p.error, -EACCES);
}

static void
the_first_error_sticks (void **state)
{
    struct play p = { .sub_result = -EACCES };
    run (&p);
    assert_int_equal (p.error, -EACCES);
    assert_string_equal (p.sm.error_text, "sub");
    assert_string_equal (p.trail, "bsf");
}

static void
a_cleared_error_is_forgotten (void **state)
{
    struct play p = { .sub_result = -EACCES, .clear = true };
    run (&p);
    assert_int_equal (p.error, 0);
}

static void
a_failed_job_fails_its_state_when_all_are_back (void **state)
{
    struct play p = { .waits = { -EIO, 0 } };
    run (&p);
    assert_int_equal (p.error, -EIO);
    assert_string_equal (p.trail, "bswf");
    assert_int_equal (p.children_ran, 0);
}

static void
an_action_may_judge_its_jobs_itself (void **state)
{
    struct play p = { .waits = { -EIO, -EPIPE }, .any = true };
    run (&p);
    assert_int_equal (p.error, 0);
}

static void
a_parent_waits_for_all_children_and_sees_an_error (void **state)
{
    struct play p = { .child_results = { 0, -ENOENT, 0 } };
    run (&p);
    assert_int_equal (p.children_ran, MAX_CHILDREN);
    assert_int_equal (p.error, -ENOENT);
    assert_string_equal (p.trail, "bswf");
}

static void
an_abandoned_machine_releases_its_frames_and_completes_nothing (void **state)
{
    struct play p = { .sub_result = 0 };
    start (&p);
    struct play_frame *f = p.sm.level[0].frame;
    for (int i = 0; i < 2; i++)
        reactor_timer_clear (reactor, &f->t[i].timer);
    sm_abandon (&p.sm);
    reactor_leave (reactor);
    assert_int_equal (p.ended, 0);
    assert_int_equal (p.frames_released, 2);
    assert_string_equal (sm_state_name (&p.sm), "ended");
}

static void
a_running_machine_says_what_it_waits_for (void **state)
{
    struct play p = { 0 };
    char line[200];
    start (&p);
    sm_describe (&p.sm, line, sizeof line);
    reactor_wait (reactor, has_ended, &p, UINT64_MAX);
    reactor_leave (reactor);
    assert_non_null (strstr (line, "play_sm/PLAY_WAIT"));
    assert_non_null (strstr (line, "timer"));
    sm_history (&p.sm, line, sizeof line);
    assert_non_null (strstr (line, "PLAY_CHILDREN:0"));
}

/* --- tables ----------------------------------------------------------------------------------------------------------------------- */

static void
check_one (const struct sm_machine *m, void *arg)
{
    char why[200];
    if (sm_check (m, why, sizeof why) < 0)
        fail_msg ("%s", why);
    ++*(int *) arg;
}

static void
every_registered_machine_is_sound (void **state)
{
    int n = 0;
    sm_each_machine (check_one, &n);
    print_message ("%d machines\n", n);
    assert_true (n >= 3);
}

static void
refuse (const struct sm_state *states, unsigned n, const char *word)
{
    const struct sm_machine m = { "bad_sm", states, n, 0, NULL, NULL };
    char why[200];
    assert_int_equal (sm_check (&m, why, sizeof why), -EINVAL);
    if (!strstr (why, word))
        fail_msg ("\"%s\" does not say \"%s\"", why, word);
}

static void
a_state_without_an_edge_for_failure_is_refused (void **state)
{
    enum { A };
    const struct sm_state s[] = { RUN (A, sub_run, ON_OK (SM_DONE)) };
    refuse (s, 1, "OK and FAIL");
}

static void
a_state_that_is_never_reached_is_refused (void **state)
{
    enum { A, B };
    const struct sm_state s[] = { RUN (A, sub_run, ALWAYS (SM_DONE)), RUN (B, sub_run, ALWAYS (SM_DONE)) };
    refuse (s, 2, "B is never reached");
}

static void
a_loop_without_exit_is_refused (void **state)
{
    enum { A, B };
    const struct sm_state s[] = { RUN (A, sub_run, ALWAYS (B)), RUN (B, sub_run, ALWAYS (A)) };
    refuse (s, 2, "no way out");
}

static void
an_edge_to_nowhere_is_refused (void **state)
{
    enum { A };
    const struct sm_state s[] = { RUN (A, sub_run, ALWAYS (7)) };
    refuse (s, 1, "leads nowhere");
}

static void
a_gap_in_the_table_is_refused (void **state)
{
    enum { A, B };
    const struct sm_state s[] = { [B] = { "B", SM_RUN, .run = sub_run, .edges = { ALWAYS (SM_DONE) } } };
    refuse (s, 2, "without a line");
}

static void
a_machine_prints_itself_as_a_graph (void **state)
{
    char dot[2000];
    int n = sm_graph (&play_sm, dot, sizeof dot);
    assert_in_range (n, 1, sizeof dot - 1);
    assert_non_null (strstr (dot, "digraph play_sm"));
    assert_non_null (strstr (dot, "PLAY_WAIT -> PLAY_FAILED [label=\"fail\"]"));
}

static int
open_reactor (void **state)
{
    return reactor_new (&reactor);
}

static int
close_reactor (void **state)
{
    reactor_free (reactor);
    return 0;
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (a_machine_runs_its_states_and_ends_once),
        cmocka_unit_test (a_machine_that_never_waits_ends_inside_its_start),
        cmocka_unit_test (the_first_error_sticks),
        cmocka_unit_test (a_cleared_error_is_forgotten),
        cmocka_unit_test (a_failed_job_fails_its_state_when_all_are_back),
        cmocka_unit_test (an_action_may_judge_its_jobs_itself),
        cmocka_unit_test (a_parent_waits_for_all_children_and_sees_an_error),
        cmocka_unit_test (an_abandoned_machine_releases_its_frames_and_completes_nothing),
        cmocka_unit_test (a_running_machine_says_what_it_waits_for),
        cmocka_unit_test (every_registered_machine_is_sound),
        cmocka_unit_test (a_state_without_an_edge_for_failure_is_refused),
        cmocka_unit_test (a_state_that_is_never_reached_is_refused),
        cmocka_unit_test (a_loop_without_exit_is_refused),
        cmocka_unit_test (an_edge_to_nowhere_is_refused),
        cmocka_unit_test (a_gap_in_the_table_is_refused),
        cmocka_unit_test (a_machine_prints_itself_as_a_graph),
    };
    return cmocka_run_group_tests (tests, open_reactor, close_reactor);
}
