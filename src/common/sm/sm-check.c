/*
 * What a machine's table must keep, checked by a test over all registered machines; and its graph.
 */
#include "common/sm/sm.h"

#include <stdio.h>

extern const struct sm_machine *const __start_sm_machines[] __attribute__ ((weak));
extern const struct sm_machine *const __stop_sm_machines[] __attribute__ ((weak));

enum { MAX_STATES = 64 };

void
sm_each_machine (void (*fn) (const struct sm_machine *, void *), void *arg)
{
    for (const struct sm_machine *const *m = __start_sm_machines; m < __stop_sm_machines; m++)
        fn (*m, arg);
}

static bool
handles (const struct sm_state *st, int event)
{
    for (int i = 0; i < SM_MAX_EDGES && st->edges[i].set; i++)
        if (st->edges[i].event == event || st->edges[i].event == SM_ANY)
            return true;
    return false;
}

static const char *
check_state (const struct sm_machine *m, const struct sm_state *st)
{
    if (!st->name)
        return "a state without a line";
    if (st->kind == SM_RUN ? !st->run : st->kind == SM_CALL_VIA ? !st->choose : !st->machine)
        return "a state without an action";
    if (st->kind == SM_CALL_EACH && !st->next_child)
        return "CALL_EACH without a function that yields children";
    if (!handles (st, SM_OK) || !handles (st, SM_FAIL))
        return "OK and FAIL are not both handled";
    for (int i = 0; i < SM_MAX_EDGES && st->edges[i].set; i++)
        if (st->edges[i].target != SM_DONE
            && (st->edges[i].target < 0 || (unsigned) st->edges[i].target >= m->nstates))
            return "an edge leads nowhere";
    return NULL;
}

/* Spreads marks along edges (forward from state 0, or backward from SM_DONE) until nothing changes. */
static void
spread (const struct sm_machine *m, bool *mark, bool backward)
{
    for (bool changed = true; changed;) {
        changed = false;
        for (unsigned s = 0; s < m->nstates; s++)
            for (int i = 0; i < SM_MAX_EDGES && m->states[s].edges[i].set; i++) {
                int t = m->states[s].edges[i].target;
                bool from = backward ? t == SM_DONE || mark[t] : mark[s];
                bool *to = backward ? &mark[s] : t == SM_DONE ? NULL : &mark[t];
                if (from && to && !*to)
                    *to = changed = true;
            }
    }
}

int
sm_check (const struct sm_machine *m, char *why, size_t n)
{
    bool reached[MAX_STATES] = { true }, exits[MAX_STATES] = { false };
    if (m->nstates == 0 || m->nstates > MAX_STATES) {
        snprintf (why, n, "%s: %u states", m->name, m->nstates);
        return -EINVAL;
    }
    for (unsigned s = 0; s < m->nstates; s++) {
        const char *bad = check_state (m, &m->states[s]);
        if (bad) {
            snprintf (why, n, "%s, state %u: %s", m->name, s, bad);
            return -EINVAL;
        }
    }
    spread (m, reached, false);
    spread (m, exits, true);
    for (unsigned s = 0; s < m->nstates; s++)
        if (!reached[s] || !exits[s]) {
            snprintf (why, n, "%s: %s %s", m->name, m->states[s].name,
                      reached[s] ? "has no way out" : "is never reached");
            return -EINVAL;
        }
    return 0;
}

int
sm_graph (const struct sm_machine *m, char *buf, size_t n)
{
    size_t pos = 0;
#define OUT(...) pos += (size_t) snprintf (buf + MIN (pos, n), pos < n ? n - pos : 0, __VA_ARGS__)
    OUT ("digraph %s {\n", m->name);
    for (unsigned s = 0; s < m->nstates; s++)
        for (int i = 0; i < SM_MAX_EDGES && m->states[s].edges[i].set; i++) {
            const struct sm_edge *e = &m->states[s].edges[i];
            OUT ("  %s -> %s [label=\"%s%.0d\"];\n", m->states[s].name,
                 e->target == SM_DONE ? "DONE" : m->states[e->target].name,
                 e->event == SM_OK     ? "ok"
                 : e->event == SM_FAIL ? "fail"
                 : e->event == SM_ANY  ? "always"
                                       : "event ",
                 e->event >= SM_FIRST_OWN && e->event != SM_ANY ? e->event : 0);
        }
    OUT ("}\n");
#undef OUT
    return (int) pos;
}
