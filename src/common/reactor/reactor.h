/*
 * reactor: one event loop – delivery queue, timers, file descriptors, clock and randomness.
 *
 * Everything of an operation belongs to one reactor and is touched only by that reactor's holder: the one thread that
 * runs it (server, client-core), or whoever holds its lock (library: reactor_enter … reactor_leave, reactor_wait).
 * Only reactor_hand_in and reactor_wake may be called by any thread.
 *
 * A simulated reactor has no descriptors; clock and randomness come from its source and the simulation decides which
 * reactor runs next (reactor_sim_*). Everything else is the same code.
 */
#ifndef COMMON_REACTOR_H
#define COMMON_REACTOR_H

#include "common/base/base.h"
#include "common/base/list.h"

struct reactor;

/* What is delivered: embedded in struct job. */
struct reactor_item {
    struct list link;
    void (*deliver) (struct reactor_item *);
};

/* A timer is either work (something will happen then) or a deadline (only guards something else). A cluster in which
 * nothing but deadlines is left and operations are outstanding is stuck: that is how the simulation finds deadlocks. */
enum timer_class { TIMER_WORK, TIMER_DEADLINE };

struct reactor_timer {
    void (*fire) (struct reactor_timer *);
    uint64_t when; /* ns, reactor_now's scale */
    uint64_t seq;  /* ties fire in the order they were set */
    size_t slot;   /* 1 + heap position, 0 = not set */
    enum timer_class cls;
};

struct reactor_fd {
    void (*ready) (struct reactor_fd *, uint32_t epoll_events);
    int fd;
    uint32_t events; /* EPOLLIN | EPOLLOUT; 0 = registered but silent */
    bool registered;
};

/* Where time and randomness come from; NULL at reactor_new means the machine's own. */
struct reactor_source {
    uint64_t (*now) (void *arg);       /* ns, monotonic */
    uint64_t (*wall_clock) (void *arg); /* ns since 1970 */
    uint64_t (*random) (void *arg);
    void *arg;
};

int reactor_new (struct reactor **ret);
int reactor_new_simulated (const struct reactor_source *source, struct reactor **ret);
void reactor_free (struct reactor *r); /* what is still queued or set is dropped, not delivered */

uint64_t reactor_now (struct reactor *r); /* cached for one round of the loop */
uint64_t reactor_wall_clock (struct reactor *r);
/* The same as the file systems of this machine tell it, which lag some ms behind: what they note and what is noted here can be compared. */
uint64_t reactor_file_clock (struct reactor *r);
uint64_t reactor_random (struct reactor *r);

/* Delivers the item later, in order, from the loop; never from inside this call. */
void reactor_queue (struct reactor *r, struct reactor_item *item);
/* The same from any thread (wakes the loop). */
void reactor_hand_in (struct reactor *r, struct reactor_item *item);
void reactor_wake (struct reactor *r);

/* Sets or moves a timer. `fire` runs from the loop with the timer no longer set. */
void reactor_timer_init (struct reactor_timer *t, void (*fire) (struct reactor_timer *), enum timer_class cls);
void reactor_timer_set (struct reactor *r, struct reactor_timer *t, uint64_t when);
void reactor_timer_clear (struct reactor *r, struct reactor_timer *t);
static inline bool
reactor_timer_is_set (const struct reactor_timer *t)
{
    return t->slot != 0;
}

/* Level-triggered. Changing to the same events costs nothing. */
int reactor_fd_set (struct reactor *r, struct reactor_fd *f, uint32_t events);
void reactor_fd_remove (struct reactor *r, struct reactor_fd *f);

/* Owner thread's loop: until reactor_stop. */
void reactor_run (struct reactor *r);
void reactor_stop (struct reactor *r);
/* One round: deliver, poll at most timeout_ns (0 = do not wait), sockets, then timers. For loops of one's own. */
void reactor_step (struct reactor *r, uint64_t timeout_ns);
/* The descriptor to poll in a foreign loop: readable when reactor_step has something to do (not for timers). */
int reactor_poll_fd (struct reactor *r);
/* For a foreign loop that knows nothing of our timers: readable when a round of the loop has something to do, timers too, or
 * while `pending` holds, which is asked before the reactor is given up. Made by the first call; the reactor's, which keeps
 * it up to date from then on. Negative errno. */
int reactor_foreign_fd (struct reactor *r, bool (*pending) (void *arg), void *arg);

/* Library use. Between enter and leave the caller holds the reactor; leave delivers what became ready meanwhile and
 * wakes the leader only if the next timer moved forward. */
void reactor_enter (struct reactor *r);
void reactor_leave (struct reactor *r);
/* Called between enter and leave: returns 0 as soon as done (arg) holds, -ETIMEDOUT at the deadline (reactor_now's scale,
 * UINT64_MAX = none; one that has passed: after one round of the loop, unless somebody else runs it). One waiting thread leads (polls), the others sleep; the leader hands on. */
int reactor_wait (struct reactor *r, bool (*done) (void *arg), void *arg, uint64_t deadline);

/* Simulation. */
bool reactor_sim_deliver_one (struct reactor *r);                     /* false: nothing queued */
bool reactor_sim_pending (struct reactor *r);
uint64_t reactor_sim_next_timer (struct reactor *r, bool only_work);  /* UINT64_MAX: none */
bool reactor_sim_fire_one (struct reactor *r);                        /* fires one due timer */

#endif
