/*
 * The simulated universe; see world.h.
 */
#include "world.h"

#include <stdarg.h>

enum { WALL_BASE = 1700000000 };

/* --- chance -------------------------------------------------------------------------------------- */

static uint64_t
splitmix (uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15ull;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
    return z ^ (z >> 31);
}

uint64_t
world_random (struct world *w)
{
    return splitmix (&w->rng);
}

uint64_t
world_below (struct world *w, uint64_t n)
{
    return world_random (w) % n;
}

uint64_t
world_between (struct world *w, uint64_t low, uint64_t high)
{
    return low + world_below (w, high - low + 1);
}

bool
world_chance (struct world *w, uint64_t one_in)
{
    return one_in && world_below (w, one_in) == 0;
}

/* --- life ------------------------------------------------------------------------------------------ */

void
world_init (struct world *w, uint64_t seed, FILE *out)
{
    *w = (struct world){ .seed = seed, .now = NSEC_PER_SEC, .out = out };
    w->rng = seed * 0x2545f4914f6cdd1dull + 1;
    w->trace = seed;
    list_init (&w->events);
    world_random (w);
}

void
world_fini (struct world *w)
{
    struct list *n;
    while ((n = list_pop_front (&w->events)))
        free (list_entry (n, struct world_event, link));
    assert (w->nnodes == 0);
}

static uint64_t
node_now (void *arg)
{
    return ((struct node *) arg)->world->now;
}

static uint64_t
node_wall_clock (void *arg)
{
    return WALL_BASE * NSEC_PER_SEC + node_now (arg);
}

static uint64_t
node_random (void *arg)
{
    return splitmix (&((struct node *) arg)->rng);
}

struct node *
world_node_new (struct world *w, const char *name)
{
    struct node *n = calloc (1, sizeof *n);
    assert (n && w->nnodes < WORLD_MAX_NODES);
    n->world = w;
    n->id = ++w->next_node;
    n->rng = w->seed ^ ((uint64_t) n->id << 32);
    splitmix (&n->rng);
    snprintf (n->name, sizeof n->name, "%s", name);
    struct reactor_source source = { node_now, node_wall_clock, node_random, n };
    if (reactor_new_simulated (&source, &n->reactor) < 0)
        abort ();
    w->nodes[w->nnodes++] = n;
    return n;
}

void
world_node_free (struct world *w, struct node *n)
{
    for (unsigned i = 0; i < w->nnodes; i++)
        if (w->nodes[i] == n) {
            memmove (&w->nodes[i], &w->nodes[i + 1], (w->nnodes - i - 1) * sizeof w->nodes[0]);
            w->nnodes--;
            break;
        }
    reactor_free (n->reactor);
    free (n);
}

/* --- events ---------------------------------------------------------------------------------------- */

void
world_at (struct world *w, uint64_t delay, void (*fn) (void *), void *arg)
{
    struct world_event *e = calloc (1, sizeof *e), *at;
    assert (e);
    *e = (struct world_event){ .when = w->now + delay, .fn = fn, .arg = arg };
    list_for_each (at, &w->events, link)
        if (at->when > e->when) {
            list_insert_before (&at->link, &e->link);
            return;
        }
    list_push_back (&w->events, &e->link);
}

void
world_forget (struct world *w, void *arg)
{
    struct world_event *e;
    list_for_each (e, &w->events, link)
        if (e->arg == arg) {
            list_remove (&e->link);
            free (e);
        }
}

/* --- steps ----------------------------------------------------------------------------------------- */

static bool
can_run (const struct world *w, struct node *n)
{
    if (n->held)
        return false;
    return reactor_sim_pending (n->reactor) || reactor_sim_next_timer (n->reactor, false) <= w->now;
}

static void
run_node (struct world *w, struct node *n)
{
    bool item = reactor_sim_pending (n->reactor);
    n->steps++;
    world_mix (w, (uint64_t) n->id << 1 | item);
    world_mix (w, w->now);
    if (item)
        reactor_sim_deliver_one (n->reactor);
    else if (reactor_sim_fire_one (n->reactor))
        w->fired++;
}

static bool
run_event (struct world *w)
{
    struct world_event *e = list_first (&w->events, struct world_event, link);
    if (!e || e->when > w->now)
        return false;
    list_remove (&e->link);
    world_mix (w, w->now);
    e->fn (e->arg);
    free (e);
    return true;
}

static bool
advance (struct world *w)
{
    const struct world_event *e = list_first (&w->events, const struct world_event, link);
    uint64_t next = e ? e->when : UINT64_MAX;
    for (unsigned i = 0; i < w->nnodes; i++)
        if (!w->nodes[i]->held)
            next = MIN (next, reactor_sim_next_timer (w->nodes[i]->reactor, false));
    if (next == UINT64_MAX)
        return false;
    w->now = MAX (w->now, next);
    return true;
}

bool
world_step (struct world *w)
{
    struct node *ready[WORLD_MAX_NODES];
    unsigned n = 0;
    w->steps++;
    if (run_event (w))
        return true;
    for (unsigned i = 0; i < w->nnodes; i++)
        if (can_run (w, w->nodes[i]))
            ready[n++] = w->nodes[i];
    if (!n)
        return advance (w);
    run_node (w, ready[n == 1 || w->orderly ? 0 : world_below (w, n)]);
    return true;
}

bool
world_quiet (const struct world *w)
{
    if (!list_empty (&w->events))
        return false;
    for (unsigned i = 0; i < w->nnodes; i++)
        if (can_run (w, w->nodes[i])
            || reactor_sim_next_timer (w->nodes[i]->reactor, true) != UINT64_MAX)
            return false;
    return true;
}

/* --- what is told ------------------------------------------------------------------------------------ */

void
world_mix (struct world *w, uint64_t x)
{
    uint64_t z = w->trace ^ x;
    z = (z ^ (z >> 32)) * 0xd6e8feb86659fd93ull;
    w->trace = (z ^ (z >> 32)) + 0x9e3779b97f4a7c15ull;
}

static void
stamp (struct world *w, FILE *to)
{
    uint64_t us = (w->now - NSEC_PER_SEC) / 1000;
    fprintf (to, "%4llu.%06llu  ", (unsigned long long) (us / 1000000), (unsigned long long) (us % 1000000));
}

void
world_say (struct world *w, const char *fmt, ...)
{
    va_list ap;
    if (!w->out)
        return;
    stamp (w, w->out);
    va_start (ap, fmt);
    vfprintf (w->out, fmt, ap);
    va_end (ap);
    fputc ('\n', w->out);
}

void
world_violation (struct world *w, const char *invariant, const char *fmt, ...)
{
    va_list ap;
    if (w->violated)
        return;
    w->violated = true;
    snprintf (w->invariant, sizeof w->invariant, "%s", invariant);
    printf ("invariant %s violated\n", invariant);
    stamp (w, stdout);
    va_start (ap, fmt);
    vprintf (fmt, ap);
    va_end (ap);
    putchar ('\n');
}
