/*
 * sm: operations as state machines – const tables in plain C, in PVFS2's words.
 *
 *   enum { PRELUDE, RUN_FLOW, RELEASE };
 *   static const struct sm_state io_states[] = {
 *       CALL (PRELUDE,  prelude_sm,  ON_OK (RUN_FLOW), ON_FAIL (RELEASE)),
 *       RUN  (RUN_FLOW, io_run_flow, ALWAYS (RELEASE)),
 *       RUN  (RELEASE,  io_release,  ALWAYS (SM_DONE)),
 *   };
 *   SM_MACHINE (io_sm, io_states, struct io_frame, io_frame_fini);
 *
 * An action is `static sm_event io_run_flow (struct sm *sm)`: it returns an event, or SM_WAIT after it posted jobs with
 * sm_expect. When all expected jobs are delivered the state's edge is taken: SM_FAIL if one of them failed, else SM_OK.
 * `return sm_fail (sm, -ENOSPC, "bstream extend")`: the first error and its text stick to the operation.
 *
 * Frames: every machine that names a frame type gets a zeroed frame of its own when it is entered; a machine without one
 * works on its caller's. SM_FRAME (sm, struct io_frame) is magic-checked. frame_fini accepts a half-built frame.
 * A caller hands a called machine its argument with sm_set_arg before the edge into the CALL state; the callee reads it with
 * sm_arg. CALL_VIA chooses the machine at run time; CALL_EACH runs one child per argument that its function yields, in parallel.
 *
 * A machine belongs to its reactor's holder. Completion inside a post is queued, never recursive.
 */
#ifndef COMMON_SM_H
#define COMMON_SM_H

#include "common/base/list.h"
#include "io/job/job.h"

struct sm;
struct sm_machine;

typedef int sm_event;
enum { SM_WAIT = -1, SM_OK = 0, SM_FAIL = 1, SM_FIRST_OWN = 2, SM_ANY = 255 };

enum { SM_DONE = -1 }; /* target: return to the caller, or end the operation */

enum { SM_MAX_DEPTH = 8, SM_MAX_EDGES = 6, SM_HISTORY = 16, SM_ERROR_TEXT = 96 };

enum sm_kind { SM_RUN = 1, SM_CALL, SM_CALL_VIA, SM_CALL_EACH };

struct sm_edge {
    int16_t event;
    int16_t target;
    bool set;
};

struct sm_state {
    const char *name;
    enum sm_kind kind;
    sm_event (*run) (struct sm *);
    const struct sm_machine *machine;
    const struct sm_machine *(*choose) (struct sm *);
    void *(*next_child) (struct sm *, unsigned i); /* argument of child i, NULL = no more */
    struct sm_edge edges[SM_MAX_EDGES];
};

struct sm_machine {
    const char *name;
    const struct sm_state *states;
    unsigned nstates;
    size_t frame_size;
    const char *frame_type; /* the magic: address of the type's name */
    void (*frame_fini) (void *frame);
};

#define ON(event, target)   { event, target, true }
#define ON_OK(target)       ON (SM_OK, target)
#define ON_FAIL(target)     ON (SM_FAIL, target)
#define ALWAYS(target)      ON (SM_ANY, target)
#define RUN(state, fn, ...) [state] = { #state, SM_RUN, .run = fn, .edges = { __VA_ARGS__ } }
#define CALL(state, m, ...) [state] = { #state, SM_CALL, .machine = &m, .edges = { __VA_ARGS__ } }
#define CALL_VIA(state, fn, ...)                                                                   \
    [state] = { #state, SM_CALL_VIA, .choose = fn, .edges = { __VA_ARGS__ } }
#define CALL_EACH(state, m, next, ...)                                                             \
    [state] = { #state, SM_CALL_EACH, .machine = &m, .next_child = next, .edges = { __VA_ARGS__ } }

#define SM_REGISTER(m)                                                                             \
    static const struct sm_machine *const m##_registered                                           \
        __attribute__ ((used, section ("sm_machines"))) = &m
/* A machine with a frame of its own. */
#define SM_MACHINE(m, table, frame, fini)                                                          \
    const struct sm_machine m = { #m,           table,  ARRAY_SIZE (table),                        \
                                  sizeof (frame), #frame, fini };                                  \
    SM_REGISTER (m)
/* A machine that works on its caller's frame. */
#define SM_MACHINE_FRAMELESS(m, table)                                                             \
    const struct sm_machine m = { #m, table, ARRAY_SIZE (table), 0, NULL, NULL };                  \
    SM_REGISTER (m)

struct sm_level {
    const struct sm_machine *machine;
    int state;
    void *frame;
    const char *frame_type;
    void *arg;
    bool own_frame;
};

struct sm_step {
    const struct sm_machine *machine;
    int16_t state;
    int16_t event;
};

struct sm {
    struct reactor *reactor;
    struct sm_level level[SM_MAX_DEPTH];
    unsigned depth;
    void *next_arg;
    struct list jobs; /* outstanding */
    unsigned pending;
    bool job_failed, cancelled, in_action;
    int error; /* first, negative errno; 0 = none */
    char error_text[SM_ERROR_TEXT];
    struct sm *parent;
    struct list children, sibling;
    unsigned live_children;
    uint64_t started_at, state_since;
    struct sm_step history[SM_HISTORY];
    unsigned steps;
    void (*on_end) (struct sm *); /* the operation is over; may free the sm's owner */
    void *owner;
};

/* `arg` becomes the outermost machine's sm_arg. -ENOMEM: nothing happened. on_end is not called from inside sm_start's caller
 * frame only if the machine waits; a machine that never waits ends inside sm_start. */
int sm_start (struct sm *sm, struct reactor *r, const struct sm_machine *m, void *arg);

/* Drops a machine where it stands: frames are released, nothing is completed. For tearing a context down. */
void sm_abandon (struct sm *sm);

void *sm_frame_checked (struct sm *sm, const char *type);
#define SM_FRAME(sm, type) ((type *) sm_frame_checked (sm, #type))
void *sm_arg (struct sm *sm);
void sm_set_arg (struct sm *sm, void *arg);

/* Makes the machine wait for this job: initialises it; the action then posts it and returns SM_WAIT. A failed job makes the
 * state fail with `text`; with sm_expect_any the action of the next state looks at job->status itself. */
void sm_expect (struct sm *sm, struct job *job);
void sm_expect_any (struct sm *sm, struct job *job);

sm_event sm_fail (struct sm *sm, int err, const char *text);
/* Forgets the sticky error: for machines that recover (retry). */
void sm_clear_error (struct sm *sm);
/* Asks all outstanding jobs and children to end; the machine then takes its fail edges. */
void sm_cancel (struct sm *sm);

const char *sm_state_name (const struct sm *sm);
/* One line: machine, state, how long, what it waits for. */
void sm_describe (const struct sm *sm, char *buf, size_t n);
void sm_history (const struct sm *sm, char *buf, size_t n);

/* Over all registered machines. */
void sm_each_machine (void (*fn) (const struct sm_machine *, void *), void *arg);
/* Targets valid, all states reachable, OK and FAIL (or ALWAYS) handled everywhere, an exit from everywhere. 0 or -EINVAL
 * with the reason in why. */
int sm_check (const struct sm_machine *m, char *why, size_t n);
/* Graphviz; returns the length as snprintf does. */
int sm_graph (const struct sm_machine *m, char *buf, size_t n);

#endif
