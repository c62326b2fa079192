/*
 * The state machine engine; see sm.h. One loop (advance) runs actions until one waits; a delivered job or an ended child
 * re-enters it.
 */
#include "common/sm/sm.h"

#include <stdio.h>

static void advance (struct sm *sm, sm_event ev);

static struct sm_level *
top (const struct sm *sm)
{
    return (struct sm_level *) &sm->level[sm->depth - 1];
}

static const struct sm_state *
state_of (const struct sm_level *l)
{
    return &l->machine->states[l->state];
}

static int
push (struct sm *sm, const struct sm_machine *m, void *arg)
{
    assert (sm->depth < SM_MAX_DEPTH);
    struct sm_level l = { .machine = m, .state = 0, .arg = arg };
    if (m->frame_size) {
        l.frame = calloc (1, m->frame_size);
        if (!l.frame)
            return -ENOMEM;
        l.frame_type = m->frame_type;
        l.own_frame = true;
    } else if (sm->depth) {
        l.frame = top (sm)->frame;
        l.frame_type = top (sm)->frame_type;
        if (!arg)
            l.arg = top (sm)->arg;
    }
    sm->level[sm->depth++] = l;
    return 0;
}

static void
pop (struct sm *sm)
{
    struct sm_level *l = top (sm);
    if (l->own_frame) {
        if (l->machine->frame_fini)
            l->machine->frame_fini (l->frame);
        free (l->frame);
    }
    sm->depth--;
}

void *
sm_frame_checked (struct sm *sm, const char *type)
{
    struct sm_level *l = top (sm);
    assert (l->frame && strcmp (l->frame_type, type) == 0);
    return l->frame;
}

void *
sm_arg (struct sm *sm)
{
    return top (sm)->arg;
}

void
sm_set_arg (struct sm *sm, void *arg)
{
    sm->next_arg = arg;
}

sm_event
sm_fail (struct sm *sm, int err, const char *text)
{
    assert (err < 0);
    if (!sm->error) {
        sm->error = err;
        snprintf (sm->error_text, sizeof sm->error_text, "%s", text);
    }
    return SM_FAIL;
}

void
sm_clear_error (struct sm *sm)
{
    sm->error = 0;
    sm->error_text[0] = 0;
}

/* --- jobs and children ---------------------------------------------------------------------------------------------- */

static void
job_delivered (struct sm *sm, struct job *j)
{
    list_remove (&j->waiting);
    sm->pending--;
    if (sm->pending || sm->in_action)
        return;
    bool failed = sm->job_failed;
    sm->job_failed = false;
    advance (sm, failed ? SM_FAIL : SM_OK);
}

static void
on_job (struct job *j)
{
    struct sm *sm = j->arg;
    if (j->status < 0) {
        sm_fail (sm, j->status, j->cls->name);
        sm->job_failed = true;
    }
    job_delivered (sm, j);
}

static void
on_job_any (struct job *j)
{
    job_delivered (j->arg, j);
}

static void
expect (struct sm *sm, struct job *job, void (*done) (struct job *))
{
    job_init (job, sm->reactor, done, sm);
    list_push_back (&sm->jobs, &job->waiting);
    sm->pending++;
}

void
sm_expect (struct sm *sm, struct job *job)
{
    expect (sm, job, on_job);
}

void
sm_expect_any (struct sm *sm, struct job *job)
{
    expect (sm, job, on_job_any);
}

static void
child_ended (struct sm *child)
{
    struct sm *sm = child->parent;
    if (child->error) {
        sm_fail (sm, child->error, child->error_text);
        sm->job_failed = true;
    }
    list_remove (&child->sibling);
    free (child);
    if (--sm->live_children || sm->in_action)
        return;
    bool failed = sm->job_failed;
    sm->job_failed = false;
    advance (sm, failed ? SM_FAIL : SM_OK);
}

static sm_event
start_children (struct sm *sm, const struct sm_state *st)
{
    void *arg;
    sm->live_children = 1; /* held until all are started */
    for (unsigned i = 0; (arg = st->next_child (sm, i)); i++) {
        struct sm *child = calloc (1, sizeof *child);
        if (!child) {
            sm_fail (sm, -ENOMEM, "child machine");
            sm->job_failed = true;
            break;
        }
        child->parent = sm;
        child->on_end = child_ended;
        child->owner = sm->owner;
        list_init (&child->sibling);
        list_push_back (&sm->children, &child->sibling);
        sm->live_children++;
        int r = sm_start (child, sm->reactor, st->machine, arg);
        if (r < 0) {
            child->error = r;
            child_ended (child);
        }
    }
    if (--sm->live_children)
        return SM_WAIT;
    bool failed = sm->job_failed;
    sm->job_failed = false;
    return failed ? SM_FAIL : SM_OK;
}

/* --- the loop -------------------------------------------------------------------------------------------------------- */

static void
remember (struct sm *sm, const struct sm_level *l, sm_event ev)
{
    sm->history[sm->steps++ % SM_HISTORY]
        = (struct sm_step){ l->machine, (int16_t) l->state, (int16_t) ev };
}

static int
target_of (const struct sm_state *st, sm_event ev)
{
    for (int i = 0; i < SM_MAX_EDGES && st->edges[i].set; i++)
        if (st->edges[i].event == ev || st->edges[i].event == SM_ANY)
            return st->edges[i].target;
    assert (!"event without an edge"); /* sm_check forbids it for OK and FAIL */
    return SM_DONE;
}

static sm_event
call (struct sm *sm, const struct sm_machine *m)
{
    void *arg = sm->next_arg;
    sm->next_arg = NULL;
    if (push (sm, m, arg) < 0)
        return sm_fail (sm, -ENOMEM, "frame");
    return SM_WAIT; /* the loop goes on in the callee */
}

/* Runs the top state. *entered: a machine was called, run its first state next. */
static sm_event
run_state (struct sm *sm, bool *entered)
{
    const struct sm_state *st = state_of (top (sm));
    unsigned depth = sm->depth;
    sm_event ev;

    sm->in_action = true;
    if (st->kind == SM_RUN)
        ev = st->run (sm);
    else if (st->kind == SM_CALL_EACH)
        ev = start_children (sm, st);
    else
        ev = call (sm, st->kind == SM_CALL ? st->machine : st->choose (sm));
    sm->in_action = false;
    *entered = sm->depth > depth;
    return ev;
}

/* Moves to the next state, returning from machines on the way. false: the operation is over, sm may be freed. */
static bool
take_edge (struct sm *sm, sm_event ev)
{
    for (;;) {
        struct sm_level *l = top (sm);
        remember (sm, l, ev);
        int target = target_of (state_of (l), ev);
        if (target != SM_DONE) {
            l->state = target;
            return true;
        }
        pop (sm);
        if (!sm->depth) {
            if (sm->on_end)
                sm->on_end (sm);
            return false;
        }
        ev = sm->error ? SM_FAIL : SM_OK; /* a caller sees the sticky error until somebody clears it */
    }
}

/* Runs states until one waits or the operation ends (sm is gone then). */
static void
run_loop (struct sm *sm)
{
    for (;;) {
        bool entered;
        sm->state_since = reactor_now (sm->reactor);
        sm_event ev = run_state (sm, &entered);
        if (entered)
            continue;
        if (ev == SM_WAIT) {
            assert (sm->pending || sm->live_children);
            return;
        }
        assert (!sm->pending && !sm->live_children);
        if (!take_edge (sm, ev))
            return;
    }
}

/* A state that waited is over. */
static void
advance (struct sm *sm, sm_event ev)
{
    if (take_edge (sm, ev))
        run_loop (sm);
}

int
sm_start (struct sm *sm, struct reactor *r, const struct sm_machine *m, void *arg)
{
    sm->reactor = r;
    sm->started_at = sm->state_since = reactor_now (r);
    list_init (&sm->jobs);
    list_init (&sm->children);
    int err = push (sm, m, arg);
    if (err < 0)
        return err;
    run_loop (sm);
    return 0;
}

void
sm_cancel (struct sm *sm)
{
    struct job *j;
    struct sm *child;
    sm->cancelled = true;
    list_for_each (j, &sm->jobs, waiting)
        job_cancel (j);
    list_for_each (child, &sm->children, sibling)
        sm_cancel (child);
}

void
sm_abandon (struct sm *sm)
{
    struct sm *child;
    list_for_each (child, &sm->children, sibling) {
        sm_abandon (child);
        list_remove (&child->sibling);
        free (child);
    }
    struct job *j;
    list_for_each (j, &sm->jobs, waiting) {
        list_remove (&j->waiting);
        list_remove (&j->item.link); /* completed and not delivered yet: its memory goes */
    }
    while (sm->depth)
        pop (sm);
}

/* --- looking at a machine --------------------------------------------------------------------------------------------- */

const char *
sm_state_name (const struct sm *sm)
{
    return sm->depth ? state_of (top (sm))->name : "ended";
}

void
sm_describe (const struct sm *sm, char *buf, size_t n)
{
    char what[128] = "runs";
    const struct job *j = list_first (&sm->jobs, const struct job, waiting);
    if (j)
        job_describe (j, what, sizeof what);
    else if (sm->live_children)
        snprintf (what, sizeof what, "%u children", sm->live_children);
    snprintf (buf, n, "%s/%s %.3fs waits for: %s", sm->depth ? top (sm)->machine->name : "-",
              sm_state_name (sm),
              (double) (reactor_now (sm->reactor) - sm->state_since) / (double) NSEC_PER_SEC, what);
}

void
sm_history (const struct sm *sm, char *buf, size_t n)
{
    size_t pos = 0;
    unsigned first = sm->steps > SM_HISTORY ? sm->steps - SM_HISTORY : 0;
    if (n)
        buf[0] = 0;
    for (unsigned i = first; i < sm->steps && pos < n; i++) {
        const struct sm_step *s = &sm->history[i % SM_HISTORY];
        pos += (size_t) snprintf (buf + pos, n - pos, "%s%s/%s:%d", i > first ? " " : "", s->machine->name,
                                  s->machine->states[s->state].name, s->event);
    }
}
