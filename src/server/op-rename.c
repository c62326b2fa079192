/*
 * rename, coordinated by the server of the source entry. Both buckets here and nothing remote concerned: one transaction. Else an intent.
 *
 * A directory that changes its parent needs proof that the new parent does not lie below it (climb.h), and before that the rename ticket of the root
 * directory's server, so that moves do not get in each other's way. A ticket may be lost – it is memory, and ends with a connection –, the proof holds
 * without. An exchange (RENAME_SWAP) may move two: what the target stands for is looked at first, on its server.
 */
#include <stdio.h>

#include "proto/ops/lookup.h"
#include "proto/ops/rename.h"
#include "proto/ops/rename_ticket.h"
#include "proto/ops/set_parent.h"
#include "server/bucket.h"
#include "server/climb.h"
#include "server/data.h"
#include "server/hold.h"
#include "server/intent.h"

/* --- the ticket: one holder at a time, first come, first served ------------------------------------------------------------------- */

struct ticket {
    struct list link;       /* server->tickets: the first one is held, the others wait */
    struct job job;         /* of a local waiter or of the op that asks */
    struct bmi_peer *peer;  /* NULL: local */
    uint64_t id;
    bool granted;
};

static const struct job_class ticket_class = { "the rename ticket", NULL, NULL };

static struct ticket *
ticket_new (struct server *s, struct bmi_peer *peer)
{
    struct ticket *t = calloc (1, sizeof *t);
    if (!t)
        return NULL;
    t->id = ++s->next_ticket;
    t->peer = peer;
    list_init (&t->link);
    return t;
}

static void
ticket_grant_first (struct server *s)
{
    struct ticket *t = list_first (&s->tickets, struct ticket, link);
    if (t && !t->granted) {
        t->granted = true;
        job_complete (&t->job, 0);
    }
}

static void
ticket_grant (struct server *s, struct ticket *t)
{
    if (!(s->bugs & BUG_NO_TICKETS)) {
        ticket_grant_first (s);
        return;
    }
    t->granted = true;
    job_complete (&t->job, 0);
}

static void
ticket_wait (struct server *s, struct sm *sm, struct ticket *t)
{
    sm_expect (sm, &t->job);
    job_post (&t->job, &ticket_class);
    list_push_back (&s->tickets, &t->link);
    ticket_grant (s, t);
}

static void
ticket_drop (struct server *s, struct ticket *t)
{
    if (!t->granted && t->job.state == JOB_POSTED)
        job_complete (&t->job, -ECONNRESET);
    bool waits = t->job.state != JOB_IDLE;
    list_remove (&t->link);
    if (!waits)
        free (t);
    ticket_grant_first (s);
}

void
ticket_peer_down (struct server *s, struct bmi_peer *peer)
{
    struct ticket *t;
    list_for_each (t, &s->tickets, link)
        if (t->peer == peer && t->granted && t->job.state == JOB_IDLE)
            ticket_drop (s, t);
}

void
tickets_fini (struct server *s)
{
    struct ticket *t;
    list_for_each (t, &s->tickets, link) {
        list_remove (&t->link);
        free (t);
    }
}

enum { TICKET_WAIT, TICKET_ANSWER };

struct ticket_frame {
    struct ticket *t;
};

static sm_event
ticket_ask (struct sm *sm)
{
    struct server_op *op = server_op_of (sm);
    struct ticket_frame *f = SM_FRAME (sm, struct ticket_frame);
    struct rename_ticket_req *q = REQ (op, rename_ticket);
    struct server *s = op->server;
    if (q->release) {
        struct ticket *t;
        list_for_each (t, &s->tickets, link)
            if (t->id == q->ticket && t->granted && t->peer == op->peer)
                ticket_drop (s, t);
        return SM_OK;
    }
    f->t = ticket_new (s, op->peer);
    if (!f->t)
        return sm_fail (sm, -ENOMEM, "rename ticket");
    ticket_wait (s, sm, f->t);
    return SM_WAIT;
}

static sm_event
ticket_answer (struct sm *sm)
{
    struct server_op *op = server_op_of (sm);
    struct ticket_frame *f = SM_FRAME (sm, struct ticket_frame);
    if (!f->t)
        return SM_OK;
    RESP (op, rename_ticket)->ticket = f->t->id;
    if (op->connection_gone)
        ticket_drop (op->server, f->t);
    return SM_OK;
}

static const struct sm_state ticket_states[] = {
    RUN (TICKET_WAIT, ticket_ask, ON_OK (TICKET_ANSWER), ON_FAIL (SM_DONE)),
    RUN (TICKET_ANSWER, ticket_answer, ALWAYS (SM_DONE)),
};
SM_MACHINE (rename_ticket_sm, ticket_states, struct ticket_frame, NULL);

const struct op_desc rename_ticket_desc = { .op = PROTO_rename_ticket, .machine = &rename_ticket_sm };

/* --- rename ---------------------------------------------------------------------------------------------------------------------------- */

/* The ticket comes before all keys: whoever waits for it holds none. Keys are waited for in their order, on other servers too; where an entry elsewhere
 * comes before the one that is held, it is not waited for – if it is busy the keys are given back and taken anew. */
enum {
    LOOK, OWNER, ASK_OTHER, OTHER, OTHER_OWNER, TICKET, TICKET_HELD, PAUSE, TAKE_KEYS, WAIT_FOR_OBJECT, MAY_LOOP, NEXT_CLIMB, CLIMB, CLIMBED, TRY, CHOICE, CARRY_OUT,
    OUTCOME, TOUCH, GIVE_BACK
};
enum { SKIP = SM_FIRST_OWN, CLEAR, ELSEWHERE, AGAIN, TOUCHED };
static const uint64_t PAUSE_MOST = 20 * NSEC_PER_MSEC;

struct rename_frame {
    struct server_op *op;
    struct entry e, other; /* other: what the target stands for in an exchange */
    struct victim moving;  /* e, or other, looked at for its owner */
    struct victim victim;  /* what is replaced, if its entry is here */
    struct ticket *local_ticket;
    uint64_t remote_ticket;
    struct msgpair mp;
    union {
        struct rename_ticket_req ticket;
        struct lookup_req lookup;
        struct set_parent_req touch;
    } req;
    struct climb climb;
    unsigned nclimbs;
    bool other_asked;
    bool no_change;        /* two names of one object */
    unsigned ntouched;
    struct rename_put put;
    struct intent *intent;
    struct job_timer pause;
};

static void
rename_frame_fini (void *frame)
{
    struct rename_frame *f = frame;
    if (f->op)
        reactor_timer_clear (f->op->server->reactor, &f->pause.timer);
    if (f->local_ticket)
        ticket_drop (f->op->server, f->local_ticket);
    msgpair_fini (&f->mp);
    intent_free (f->intent);
    intent_free (f->put.pending);
}

static int
rename_keys (struct server_op *op)
{
    struct rename_req *q = REQ (op, rename);
    op->target = q->from.dirdata;
    bool here = server_is_local (op->server, op->fs, q->to.dirdata);
    bool from_first = sched_order (q->from.dirdata, q->from.name, q->to.dirdata, q->to.name) <= 0;
    if (op->server->bugs & BUG_WRONG_LOCK_ORDER)
        from_first = true;
    int r = 0;
    if (!from_first && here)
        r = server_entry_keys (op, &q->to);
    if (r == 0)
        r = server_entry_keys (op, &q->from);
    if (r == 0 && from_first && here)
        r = server_entry_keys (op, &q->to);
    return r;
}

static bool
swaps (const struct rename_frame *f)
{
    return REQ (f->op, rename)->flags & RENAME_SWAP;
}

static bool
changes_parent (const struct rename_frame *f)
{
    const struct rename_req *q = REQ (f->op, rename);
    return q->from.dir != q->to.dir;
}

static bool
moves_directory (const struct rename_frame *f)
{
    return changes_parent (f) && (f->e.type == OBJ_DIRECTORY || f->other.type == OBJ_DIRECTORY);
}

/* Its ".." changes, and that takes leave to write it. */
static bool
leave_matters (const struct rename_frame *f, const struct entry *e)
{
    return e->type == OBJ_DIRECTORY && changes_parent (f) && f->op->req.cred.uid != 0;
}

static int
look_at_target (struct trove_txn *t, struct rename_frame *f)
{
    struct rename_req *q = REQ (f->op, rename);
    struct object_attr dir;
    struct entry old;
    if (!server_is_local (f->op->server, f->op->fs, q->to.dirdata)) {
        if (leave_matters (f, &f->other) && !server_is_local (f->op->server, f->op->fs, f->other.handle))
            f->victim.elsewhere = f->other.handle;
        return 0;
    }
    int r = bucket_check (t, f->op, &q->to, MAY_WRITE | MAY_EXEC, &dir);
    if (r < 0)
        return r;
    r = entry_get (t, f->op->fs->id, q->to.dirdata, q->to.name, &old);
    if (r < 0)
        return r == -ENOENT && !swaps (f) ? 0 : r;
    if (!swaps (f))
        return victim_look (t, f->op, &q->to, &old, &f->victim);
    f->other = old;
    return victim_look_only (t, f->op, &q->to, &old, leave_matters (f, &old), &f->victim);
}

static int
look_txn (struct trove_txn *t, void *arg)
{
    struct rename_frame *f = arg;
    struct server_op *op = f->op;
    struct rename_req *q = REQ (op, rename);
    struct object_attr dir;
    int r = bucket_check (t, op, &q->from, MAY_WRITE | MAY_EXEC, &dir);
    if (r == 0)
        r = entry_get (t, op->fs->id, q->from.dirdata, q->from.name, &f->e);
    if (r == 0)
        r = victim_look_only (t, op, &q->from, &f->e, leave_matters (f, &f->e), &f->moving);
    return r < 0 ? r : look_at_target (t, f);
}

static sm_event
rename_look (struct sm *sm)
{
    struct rename_frame *f = SM_FRAME (sm, struct rename_frame);
    f->op = server_op_of (sm);
    if (REQ (f->op, rename)->flags & ~(unsigned) (RENAME_KEEP | RENAME_SWAP) || REQ (f->op, rename)->flags == (RENAME_KEEP | RENAME_SWAP))
        return sm_fail (sm, -EINVAL, "flags");
    f->victim = (struct victim){ 0 };
    if (!f->other_asked)
        f->other = (struct entry){ 0 };
    f->no_change = false;
    sm_set_arg (sm, &f->moving);
    return server_txn (sm, f->op, look_txn, f, true);
}

static sm_event
rename_wait (struct sm *sm)
{
    struct rename_frame *f = SM_FRAME (sm, struct rename_frame);
    return victim_wait (sm, f->op, &f->victim);
}

static sm_event
send (struct sm *sm, struct rename_frame *f, unsigned proto_op, void *body, obj_handle target)
{
    if (server_ask (f->op, &f->mp, proto_op, body, target) < 0)
        return sm_fail (sm, -ENOENT, "server of a directory");
    sm_expect (sm, &f->mp.job);
    msgpair_post (&f->mp);
    return SM_WAIT;
}

/* An exchange with a name elsewhere: what does it stand for? Asked without keys, since it may have to be waited for. */
static sm_event
rename_ask_other (struct sm *sm)
{
    struct rename_frame *f = SM_FRAME (sm, struct rename_frame);
    struct rename_req *q = REQ (f->op, rename);
    sm_set_arg (sm, &f->victim);
    if (!swaps (f) || f->other_asked || server_is_local (f->op->server, f->op->fs, q->to.dirdata))
        return SKIP;
    sched_release (&f->op->sched);
    f->req.lookup = (struct lookup_req){ q->to.dir, q->to.dirdata, q->to.name };
    return send (sm, f, PROTO_lookup, &f->req.lookup, q->to.dirdata);
}

static sm_event
rename_other (struct sm *sm)
{
    struct rename_frame *f = SM_FRAME (sm, struct rename_frame);
    const struct lookup_resp *a = f->mp.resp.body;
    if (a->nsteps != 1)
        return sm_fail (sm, -EPROTO, "lookup");
    f->other = (struct entry){ a->steps[0].handle, a->steps[0].type };
    f->other_asked = true;
    return SM_OK;
}

static sm_event
rename_ticket (struct sm *sm)
{
    struct rename_frame *f = SM_FRAME (sm, struct rename_frame);
    struct rename_req *q = REQ (f->op, rename);
    obj_handle root = f->op->fs->cfg->root_handle;
    if (!moves_directory (f) || f->local_ticket || f->remote_ticket)
        return SKIP;
    if (f->e.handle == q->to.dir || (swaps (f) && f->other.handle == q->from.dir))
        return sm_fail (sm, -EINVAL, "into itself");
    sched_release (&f->op->sched);
    if (server_is_local (f->op->server, f->op->fs, root)) {
        f->local_ticket = ticket_new (f->op->server, NULL);
        if (!f->local_ticket)
            return sm_fail (sm, -ENOMEM, "rename ticket");
        ticket_wait (f->op->server, sm, f->local_ticket);
        return SM_WAIT;
    }
    f->req.ticket = (struct rename_ticket_req){ 0 };
    return send (sm, f, PROTO_rename_ticket, &f->req.ticket, root);
}

static sm_event
rename_ticket_held (struct sm *sm)
{
    struct rename_frame *f = SM_FRAME (sm, struct rename_frame);
    if (!f->local_ticket)
        f->remote_ticket = ((struct rename_ticket_resp *) f->mp.resp.body)->ticket;
    f->other_asked = false; /* it may have moved while the ticket was waited for */
    return SM_OK;
}

static sm_event
rename_pause (struct sm *sm)
{
    struct rename_frame *f = SM_FRAME (sm, struct rename_frame);
    sched_release (&f->op->sched);
    sm_expect (sm, &f->pause.job);
    job_timer_post (&f->pause, reactor_now (sm->reactor) + 1 + reactor_random (sm->reactor) % PAUSE_MOST, 0);
    return SM_WAIT;
}

static sm_event
rename_take_keys (struct sm *sm)
{
    struct rename_frame *f = SM_FRAME (sm, struct rename_frame);
    if (f->op->connection_gone)
        return sm_fail (sm, -ECONNRESET, "connection closed while queued");
    int r = rename_keys (f->op);
    if (r < 0)
        return sm_fail (sm, r, "keys");
    sm_expect (sm, &f->op->sched.job);
    sched_post (&f->op->sched);
    return SM_WAIT;
}

/* The way of each directory that moves. */
static unsigned
find_climbs (const struct rename_frame *f, struct climb ret[2])
{
    const struct rename_req *q = REQ (f->op, rename);
    unsigned n = 0;
    if (f->e.type == OBJ_DIRECTORY)
        ret[n++] = (struct climb){ .from = q->to.dir, .meets = f->e.handle, .mine = f->other.handle };
    if (f->other.type == OBJ_DIRECTORY)
        ret[n++] = (struct climb){ .from = q->from.dir, .meets = f->other.handle, .mine = f->e.handle };
    return n;
}

static sm_event
rename_may_loop (struct sm *sm)
{
    struct rename_frame *f = SM_FRAME (sm, struct rename_frame);
    f->nclimbs = 0;
    return moves_directory (f) ? SM_OK : SKIP;
}

static sm_event
rename_climb (struct sm *sm)
{
    struct rename_frame *f = SM_FRAME (sm, struct rename_frame);
    struct climb climbs[2];
    if (f->nclimbs == find_climbs (f, climbs))
        return CLEAR;
    f->climb = climbs[f->nclimbs++];
    sm_set_arg (sm, &f->climb);
    return SM_OK;
}

static sm_event
rename_climbed (struct sm *sm)
{
    if (sm->error != -EAGAIN)
        return sm->error ? SM_FAIL : SM_OK;
    sm_clear_error (sm);
    return AGAIN;
}

/* Is all of that known here, in this transaction? -EREMOTE: no. */
static int
climb_all_here (struct trove_txn *t, struct rename_frame *f)
{
    struct climb climbs[2];
    unsigned n = moves_directory (f) ? find_climbs (f, climbs) : 0;
    int r = 0;
    for (unsigned k = 0; k < n && r == 0; k++)
        r = climb_here (t, f->op, &climbs[k]);
    return r;
}

static int
make_intent (struct trove_txn *t, struct rename_frame *f)
{
    struct rename_req *q = REQ (f->op, rename);
    struct intent *i = intent_new (f->op->server, INTENT_RENAME, f->op);
    if (!i)
        return -ENOMEM;
    i->at = q->from;
    i->to = q->to;
    i->handle = f->e.handle;
    i->type = f->e.type;
    i->flags = q->flags;
    i->other = f->other;
    if (f->victim.known)
        i->attr = f->victim.attr;
    return intent_promise (t, i, &f->intent);
}

/* May the caller write ".." into a directory that moves? */
static int
may_turn (struct trove_txn *t, struct rename_frame *f, const struct entry *e, const struct victim *v)
{
    struct object_attr a;
    if (!leave_matters (f, e))
        return 0;
    if (v->known)
        return v->writable ? 0 : -EACCES;
    int r = trove_attr_get (t, f->op->fs->id, e->handle, &a);
    return r < 0 ? r : perm_check (t, f->op, e->handle, &a, MAY_WRITE);
}

/* May the caller take the name away, and move what it stands for? */
static int
may_move (struct trove_txn *t, struct rename_frame *f)
{
    struct server_op *op = f->op;
    struct object_attr dir;
    int r = bucket_check (t, op, &REQ (op, rename)->from, MAY_WRITE | MAY_EXEC, &dir);
    if (r == 0)
        r = victim_sticky (t, op, &dir, f->e.handle, victim_attr (&f->moving));
    if (r == 0)
        r = may_turn (t, f, &f->e, &f->moving);
    return r == 0 ? may_turn (t, f, &f->other, &f->victim) : r;
}

/* Does this object live elsewhere and have to learn of its new parent? */
static bool
must_be_told (const struct rename_frame *f, const struct entry *e)
{
    return e->type == OBJ_DIRECTORY && changes_parent (f) && !server_is_local (f->op->server, f->op->fs, e->handle);
}

/* What a local object sees of its renaming. */
static int
renamed (struct trove_txn *t, struct server_op *op, const struct entry *e, obj_handle parent)
{
    struct object_attr a;
    if (!server_is_local (op->server, op->fs, e->handle))
        return 0;
    int r = trove_attr_get (t, op->fs->id, e->handle, &a);
    if (r < 0)
        return r;
    a.ctime = server_now (op->server);
    a.change++;
    if (e->type == OBJ_DIRECTORY) {
        a.parent = parent;
        a.flags &= (uint16_t) ~OBJ_MOVING; /* no other move has it any more */
        a.size = 0;
    }
    return trove_attr_set (t, op->fs->id, e->handle, &a);
}

/* Both entries, in one transaction. */
static int
rename_here (struct trove_txn *t, struct rename_frame *f)
{
    struct server_op *op = f->op;
    struct rename_req *q = REQ (op, rename);
    bool is_dir = f->e.type == OBJ_DIRECTORY, other_is_dir = f->other.type == OBJ_DIRECTORY;
    f->put = (struct rename_put){ .op = op, .at = q->to, .handle = f->e.handle, .type = f->e.type, .flags = q->flags, .repeats_known = true,
                                  .expect = f->other.handle, .victim = victim_attr (&f->victim) };
    int r = rename_put_entry (t, &f->put);
    if (r == 0 && swaps (f))
        r = entry_put (t, op->fs->id, q->from.dirdata, q->from.name, &f->other);
    else if (r == 0)
        r = entry_del (t, op->fs->id, q->from.dirdata, q->from.name);
    if (r == 0)
        r = bucket_changed (t, op, &q->from, swaps (f) ? 0 : -1, other_is_dir - is_dir);
    if (r == 0)
        r = renamed (t, op, &f->e, q->to.dir);
    return r < 0 || !swaps (f) ? r : renamed (t, op, &f->other, q->from.dir);
}

/* Does all of a directory live here, so that one transaction can remove it? */
static bool
directory_is_whole (struct trove_txn *t, struct server_op *op, obj_handle h)
{
    struct object_attr a;
    return server_is_local (op->server, op->fs, h) && trove_attr_get (t, op->fs->id, h, &a) == 0 && !(a.flags & OBJ_SPREAD);
}

/* Everything here: done. Else the intent. (A body that fails is rolled back whole, so what needs others is found out before anything is changed.) */
static int
try_txn (struct trove_txn *t, void *arg)
{
    struct rename_frame *f = arg;
    struct server_op *op = f->op;
    struct rename_req *q = REQ (op, rename);
    struct object_attr to_dir;
    struct entry now, old;
    int r = entry_get (t, op->fs->id, q->from.dirdata, q->from.name, &now);
    if (r < 0)
        return r;
    if (now.handle != f->e.handle)
        return -ESTALE;
    r = may_move (t, f);
    if (r < 0)
        return r;
    RESP (op, rename)->moved = f->e.handle;
    bool here = server_is_local (op->server, op->fs, q->to.dirdata);
    r = here ? bucket_check (t, op, &q->to, MAY_WRITE | MAY_EXEC, &to_dir) : 0;
    if (r < 0)
        return r;
    bool had = here && entry_get (t, op->fs->id, q->to.dirdata, q->to.name, &old) == 0;
    if (had && old.handle == f->e.handle && !(q->flags & RENAME_KEEP)) {
        f->no_change = true;
        return server_put_reply (t, op, 0);
    }
    if (had && q->flags == RENAME_PLAIN && old.type == OBJ_DIRECTORY && f->e.type == OBJ_DIRECTORY && !directory_is_whole (t, op, old.handle))
        here = false;
    if (!here || must_be_told (f, &f->e) || must_be_told (f, &f->other))
        return make_intent (t, f);
    r = climb_all_here (t, f);
    if (r < 0)
        return r == -EREMOTE ? make_intent (t, f) : r;
    r = rename_here (t, f);
    RESP (op, rename)->replaced = swaps (f) ? 0 : f->put.replaced;
    return r < 0 ? r : server_put_reply (t, op, 0);
}

static sm_event
rename_try (struct sm *sm)
{
    struct rename_frame *f = SM_FRAME (sm, struct rename_frame);
    hold_look (f->op, f->victim.object);
    return server_txn (sm, f->op, try_txn, f, false);
}

static sm_event
rename_choice (struct sm *sm)
{
    struct rename_frame *f = SM_FRAME (sm, struct rename_frame);
    if (f->put.replaced)
        known_forget_all (f->op->server);
    if (sm->error)
        return SM_FAIL;
    if (intent_follow (sm, &f->put.pending, f->op))
        return ELSEWHERE;
    if (!f->intent)
        return SM_OK;
    intent_begin (sm, f->intent);
    return ELSEWHERE;
}

static sm_event
rename_outcome (struct sm *sm)
{
    struct rename_frame *f = SM_FRAME (sm, struct rename_frame);
    if (!f->intent || !intent_undecided (f->intent))
        return sm->error ? SM_FAIL : SM_OK;
    sm_clear_error (sm);
    intent_free (f->intent);
    f->intent = NULL;
    f->other_asked = false;
    return AGAIN;
}

/* Objects elsewhere that only changed their names: their change times follow. (Nothing is lost if a crash comes between.) */
static sm_event
rename_touch (struct sm *sm)
{
    struct rename_frame *f = SM_FRAME (sm, struct rename_frame);
    const struct entry *renamed[] = { &f->e, &f->other };
    if (sm->error || f->no_change)
        return TOUCHED;
    while (f->ntouched < ARRAY_SIZE (renamed)) {
        const struct entry *e = renamed[f->ntouched++];
        if (!e->handle || server_is_local (f->op->server, f->op->fs, e->handle) || must_be_told (f, e))
            continue;
        f->req.touch = (struct set_parent_req){ .handle = e->handle };
        if (server_ask (f->op, &f->mp, PROTO_set_parent, &f->req.touch, e->handle) < 0)
            continue;
        sm_expect_any (sm, &f->mp.job);
        msgpair_post (&f->mp);
        return SM_WAIT;
    }
    return TOUCHED;
}

static sm_event
rename_give_back (struct sm *sm)
{
    struct rename_frame *f = SM_FRAME (sm, struct rename_frame);
    if (f->local_ticket)
        ticket_drop (f->op->server, f->local_ticket);
    f->local_ticket = NULL;
    if (!f->remote_ticket)
        return SM_OK;
    f->req.ticket = (struct rename_ticket_req){ .release = true, .ticket = f->remote_ticket };
    f->remote_ticket = 0;
    if (server_ask (f->op, &f->mp, PROTO_rename_ticket, &f->req.ticket, f->op->fs->cfg->root_handle) < 0)
        return SM_OK;
    sm_expect_any (sm, &f->mp.job); /* a lost release changes nothing: the ticket ends with the connection */
    msgpair_post (&f->mp);
    return SM_WAIT;
}

static const struct sm_state rename_states[] = {
    RUN (LOOK, rename_look, ON_OK (OWNER), ON_FAIL (GIVE_BACK)),
    CALL (OWNER, victim_owner_sm, ON_OK (ASK_OTHER), ON_FAIL (GIVE_BACK)),
    RUN (ASK_OTHER, rename_ask_other, ON_OK (OTHER), ON (SKIP, OTHER_OWNER), ON_FAIL (GIVE_BACK)),
    RUN (OTHER, rename_other, ON_OK (TAKE_KEYS), ON_FAIL (GIVE_BACK)),
    CALL (OTHER_OWNER, victim_owner_sm, ON_OK (TICKET), ON_FAIL (GIVE_BACK)),
    RUN (TICKET, rename_ticket, ON_OK (TICKET_HELD), ON (SKIP, WAIT_FOR_OBJECT), ON_FAIL (GIVE_BACK)),
    RUN (TICKET_HELD, rename_ticket_held, ALWAYS (TAKE_KEYS)),
    RUN (PAUSE, rename_pause, ON_OK (TAKE_KEYS), ON_FAIL (GIVE_BACK)),
    RUN (TAKE_KEYS, rename_take_keys, ON_OK (LOOK), ON_FAIL (GIVE_BACK)),
    RUN (WAIT_FOR_OBJECT, rename_wait, ON_OK (MAY_LOOP), ON_FAIL (GIVE_BACK)),
    RUN (MAY_LOOP, rename_may_loop, ON_OK (NEXT_CLIMB), ON (SKIP, TRY), ON_FAIL (GIVE_BACK)),
    RUN (NEXT_CLIMB, rename_climb, ON_OK (CLIMB), ON (CLEAR, TRY), ON_FAIL (GIVE_BACK)),
    CALL (CLIMB, climb_sm, ALWAYS (CLIMBED)),
    RUN (CLIMBED, rename_climbed, ON_OK (NEXT_CLIMB), ON (AGAIN, PAUSE), ON_FAIL (GIVE_BACK)),
    RUN (TRY, rename_try, ON_OK (CHOICE), ON_FAIL (GIVE_BACK)),
    RUN (CHOICE, rename_choice, ON_OK (TOUCH), ON (ELSEWHERE, CARRY_OUT), ON_FAIL (GIVE_BACK)),
    CALL (CARRY_OUT, intent_sm, ALWAYS (OUTCOME)),
    RUN (OUTCOME, rename_outcome, ON_OK (TOUCH), ON (AGAIN, PAUSE), ON_FAIL (GIVE_BACK)),
    RUN (TOUCH, rename_touch, ON_OK (TOUCH), ON (TOUCHED, GIVE_BACK), ON_FAIL (GIVE_BACK)),
    RUN (GIVE_BACK, rename_give_back, ALWAYS (SM_DONE)),
};
SM_MACHINE (rename_sm, rename_states, struct rename_frame, rename_frame_fini);

const struct op_desc rename_desc = { .op = PROTO_rename, .keys = rename_keys, .machine = &rename_sm };
