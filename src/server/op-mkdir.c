/*
 * mkdir: the directory goes to a meta server by hash of (parent, name). Here: one transaction. Elsewhere: a reserved handle from that server's pool and
 * an intent; the other server makes it a directory, then the entry is put.
 */
#include "proto/ops/mkdir.h"
#include "server/bucket.h"
#include "server/intent.h"
#include "server/pool.h"
#include "server/spread.h"

enum { BEGIN, CHOICE, REFILL, CARRY_OUT };
enum { ELSEWHERE = SM_FIRST_OWN, POOL_EMPTY };

struct mkdir_frame {
    struct server_op *op;
    struct intent *intent;
};

static void
mkdir_frame_fini (void *frame)
{
    struct mkdir_frame *f = frame;
    intent_free (f->intent);
}

static int
mkdir_keys (struct server_op *op)
{
    return server_entry_keys (op, &REQ (op, mkdir)->at);
}

static int
mkdir_here (struct trove_txn *t, struct server_op *op, struct object_attr *a, uint32_t nxattrs, const struct eattr_pair *xattrs)
{
    struct mkdir_req *q = REQ (op, mkdir);
    struct proto_info *info = &RESP (op, mkdir)->info;
    struct entry e = { .type = OBJ_DIRECTORY };
    int r = trove_new_handle (t, op->fs->id, false, &e.handle);
    if (r == 0)
        r = record_put_xattrs (t, op->fs->id, e.handle, a, nxattrs, xattrs);
    if (r == 0)
        r = record_new_directory (t, op->fs->id, e.handle, a);
    if (r == 0)
        r = spread_promise (t, op, e.handle, a);
    if (r == 0)
        r = entry_put (t, op->fs->id, q->at.dirdata, q->at.name, &e);
    if (r == 0)
        r = server_dir_changed (t, op, &q->at, 1, 1);
    if (r == 0)
        r = record_info (t, op->fs->id, e.handle, &op->arena, info);
    return r < 0 ? r : server_put_reply (t, op, 0);
}

static int
mkdir_elsewhere (struct trove_txn *t, struct mkdir_frame *f, int where, const struct object_attr *a, uint32_t nxattrs,
                 struct eattr_pair *xattrs)
{
    struct server_op *op = f->op;
    struct mkdir_req *q = REQ (op, mkdir);
    obj_handle h;
    int r = pool_take (t, op->server, op->fs, where, OBJ_DIRECTORY, &h);
    if (r < 0)
        return r;
    struct intent *i = intent_new (op->server, INTENT_MKDIR, op);
    if (!i)
        return -ENOMEM;
    i->at = q->at;
    i->handle = h;
    i->type = OBJ_DIRECTORY;
    i->attr = *a;
    i->nxattrs = nxattrs; /* of the operation's arena, which outlives what it drives */
    i->xattrs = xattrs;
    r = intent_promise (t, i, &f->intent);
    return r < 0 ? r : bucket_changed (t, op, &q->at, 1, 0);
}

static int
mkdir_txn (struct trove_txn *t, void *arg)
{
    struct mkdir_frame *f = arg;
    struct server_op *op = f->op;
    struct mkdir_req *q = REQ (op, mkdir);
    struct object_attr dir;
    int r = server_check_new_name (t, op, &q->at, &dir);
    if (r < 0)
        return r;
    struct new_object n = { .holder = bucket_holder (op->server, op->fs, &q->at), .dir = &dir, .wish = &q->attr, .type = OBJ_DIRECTORY };
    r = server_new_object (t, op, &n);
    if (r == 0)
        r = spread_choose (op->fs->cfg, &q->spread, &n.attr);
    if (r < 0)
        return r;
    n.attr.nlink = 2;
    n.attr.parent = q->at.dir;
    int where = place_directory (op, q->at.dir, q->at.name);
    return where == op->server->alias_index ? mkdir_here (t, op, &n.attr, n.nxattrs, n.xattrs)
                                              : mkdir_elsewhere (t, f, where, &n.attr, n.nxattrs, n.xattrs);
}

static sm_event
mkdir_begin (struct sm *sm)
{
    struct mkdir_frame *f = SM_FRAME (sm, struct mkdir_frame);
    f->op = server_op_of (sm);
    return server_txn (sm, f->op, mkdir_txn, f, false);
}

static sm_event
mkdir_choice (struct sm *sm)
{
    struct mkdir_frame *f = SM_FRAME (sm, struct mkdir_frame);
    if (sm->error == -EAGAIN) {
        sm_clear_error (sm);
        return POOL_EMPTY;
    }
    if (sm->error || !f->intent)
        return sm->error ? SM_FAIL : SM_OK;
    intent_begin (sm, f->intent);
    return ELSEWHERE;
}

static void
mkdir_finish (struct server_op *op)
{
    pool_check (op->server);
}

static const struct sm_state mkdir_states[] = {
    RUN (BEGIN, mkdir_begin, ALWAYS (CHOICE)),
    RUN (CHOICE, mkdir_choice, ON (ELSEWHERE, CARRY_OUT), ON (POOL_EMPTY, REFILL), ALWAYS (SM_DONE)),
    CALL (REFILL, pool_wait_sm, ON_OK (BEGIN), ON_FAIL (SM_DONE)),
    CALL (CARRY_OUT, intent_sm, ALWAYS (SM_DONE)),
};
SM_MACHINE (mkdir_sm, mkdir_states, struct mkdir_frame, mkdir_frame_fini);

const struct op_desc mkdir_desc = { .op = PROTO_mkdir, .counter = PERF_MKDIR, .keys = mkdir_keys, .machine = &mkdir_sm, .finish = mkdir_finish,
                                    .creates = true };
