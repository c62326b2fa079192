/* See climb.h. */
#include "server/climb.h"

#include "proto/ops/getattr.h"
#include "server/intent.h"
#include "server/record.h"

enum { MAX_STEPS = 100000 };
enum { HIGHER = SM_FIRST_OWN };

/* What is at `h`, of these attributes: 0 the root, 1 go on with its parent, negative an error. */
static int
one_step (const struct climb *c, obj_handle root, obj_handle h, const struct object_attr *a, unsigned *steps)
{
    if (h == c->meets)
        return -EINVAL;
    if (h == root)
        return 0;
    if (a->type != OBJ_DIRECTORY || !a->parent || ++*steps > MAX_STEPS)
        return -ESTALE;
    return a->flags & OBJ_MOVING && h != c->mine ? -EAGAIN : 1;
}

int
climb_here (struct trove_txn *t, struct server_op *op, const struct climb *c)
{
    obj_handle h = c->from;
    unsigned steps = 0;
    for (;;) {
        struct object_attr a = { 0 };
        if (!server_is_local (op->server, op->fs, h))
            return -EREMOTE;
        int r = trove_attr_get (t, op->fs->id, h, &a);
        if (r == 0)
            r = one_step (c, op->fs->cfg->root_handle, h, &a, &steps);
        if (r != 1)
            return r == -EAGAIN ? -EREMOTE : r;
        h = a.parent;
    }
}

/* --- over servers -------------------------------------------------------------------------------------------------------------------------- */

struct climb_frame {
    const struct climb *c;
    struct server_op *op;
    struct msgpair mp;
    struct trove_op txn;
    struct getattr_req req;
    obj_handle at;
    struct object_attr attr;
    unsigned steps;
};

static void
climb_frame_fini (void *frame)
{
    msgpair_fini (&((struct climb_frame *) frame)->mp);
}

static int
look_txn (struct trove_txn *t, void *arg)
{
    struct climb_frame *f = arg;
    return trove_attr_get (t, f->op->fs->id, f->at, &f->attr);
}

static sm_event
climb_look (struct sm *sm)
{
    struct climb_frame *f = SM_FRAME (sm, struct climb_frame);
    if (!f->c) {
        f->c = sm_arg (sm);
        f->op = intent_as (sm);
        f->at = f->c->from;
    }
    if (server_is_local (f->op->server, f->op->fs, f->at)) {
        f->txn = (struct trove_op){ .body = look_txn, .arg = f, .read_only = true };
        sm_expect (sm, &f->txn.job);
        trove_txn_post (f->op->server->trove, &f->txn);
        return SM_WAIT;
    }
    f->req = (struct getattr_req){ .handle = f->at };
    if (server_ask (f->op, &f->mp, PROTO_getattr, &f->req, f->at) < 0)
        return sm_fail (sm, -ENOENT, "server of a directory");
    if (f->c->forever)
        f->mp.flags = MSGPAIR_FOREVER;
    sm_expect (sm, &f->mp.job);
    msgpair_post (&f->mp);
    return SM_WAIT;
}

static sm_event
climb_step (struct sm *sm)
{
    struct climb_frame *f = SM_FRAME (sm, struct climb_frame);
    if (!server_is_local (f->op->server, f->op->fs, f->at))
        f->attr = ((struct getattr_resp *) f->mp.resp.body)->info.attr;
    int r = one_step (f->c, f->op->fs->cfg->root_handle, f->at, &f->attr, &f->steps);
    if (r < 0)
        return sm_fail (sm, r, r == -EINVAL ? "into its own subtree" : r == -EAGAIN ? "another move is under way" : "a directory without a way to the root");
    f->at = f->attr.parent;
    return r ? HIGHER : SM_OK;
}

enum { LOOK, STEP };

static const struct sm_state climb_states[] = {
    RUN (LOOK, climb_look, ON_OK (STEP), ON_FAIL (SM_DONE)),
    RUN (STEP, climb_step, ON_OK (SM_DONE), ON (HIGHER, LOOK), ON_FAIL (SM_DONE)),
};
SM_MACHINE (climb_sm, climb_states, struct climb_frame, climb_frame_fini);
