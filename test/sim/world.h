/*
 * world: the simulated universe – one clock, one source of chance, and nodes, each a simulated
 * reactor. One thread; everything follows from the seed.
 *
 * A step lets one node, chosen by the seed among those that can do something now, deliver one item
 * or fire one timer; when none can, the clock moves to the next timer or event. Events are the
 * simulation's own: faults, restarts, the next operation of a client.
 */
#ifndef TEST_SIM_WORLD_H
#define TEST_SIM_WORLD_H

#include <stdio.h>

#include "common/reactor/reactor.h"

enum { WORLD_MAX_NODES = 32 };

struct world;

struct node {
    struct reactor *reactor;
    struct world *world;
    unsigned id;       /* never used again */
    char name[16];
    uint64_t rng;
    uint64_t steps;    /* that it made */
    bool held;         /* nobody drives it */
};

struct world_event {
    struct list link;
    uint64_t when;
    void (*fn) (void *arg);
    void *arg;
};

struct world {
    uint64_t seed, now, rng, trace, steps;
    uint64_t fired;         /* timers of nodes: messages that arrived, disks that ended something */
    bool orderly;           /* of several nodes that can run the oldest one runs: nothing is left to chance */
    struct node *nodes[WORLD_MAX_NODES];
    unsigned nnodes, next_node;
    struct list events;     /* struct world_event, by time */
    FILE *out;              /* the story, or NULL */
    bool violated;
    char invariant[40];
    void *finale;           /* finale.c's own */
};

void world_init (struct world *w, uint64_t seed, FILE *out);
void world_fini (struct world *w); /* all nodes are gone */

uint64_t world_random (struct world *w);
uint64_t world_below (struct world *w, uint64_t n);            /* 0 … n - 1; n > 0 */
uint64_t world_between (struct world *w, uint64_t low, uint64_t high);
bool world_chance (struct world *w, uint64_t one_in);          /* 0: never */

struct node *world_node_new (struct world *w, const char *name);
void world_node_free (struct world *w, struct node *n);        /* what is queued or set is dropped */

void world_at (struct world *w, uint64_t delay, void (*fn) (void *), void *arg);
void world_forget (struct world *w, void *arg);                /* events with this argument */

/* One step; false: nothing will ever happen again. */
bool world_step (struct world *w);
/* Nothing is left but timers that guard something else. */
bool world_quiet (const struct world *w);

/* Into the trace hash: numbers only, and never one that depends on where memory lies. */
void world_mix (struct world *w, uint64_t x);
void world_say (struct world *w, const char *fmt, ...) PRINTF_LIKE (2, 3);
/* Only the first one counts. */
void world_violation (struct world *w, const char *invariant, const char *fmt, ...) PRINTF_LIKE (3, 4);

#endif
