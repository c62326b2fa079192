/*
 * unstuff: a stuffed file gets the datafiles that it was promised, from the pools. No data moves. Idempotent.
 */
#include "proto/ops/unstuff.h"
#include "server/data.h"
#include "server/pool.h"
#include "server/record.h"

enum { UNSTUFF, REFILL, AGAIN };
enum { POOL_EMPTY = SM_FIRST_OWN };

static int
unstuff_keys (struct server_op *op)
{
    op->target = REQ (op, unstuff)->handle;
    int r = op->req.cap.metafile == op->target && (op->req.cap.mask & CAP_WRITE) ? 0 : -EACCES;
    if (r == 0 && op->req.cap.ndfiles)
        r = cap_check (op, op->req.cap.dfiles[0], CAP_WRITE);
    return r < 0 ? r : sched_add (&op->sched, op->fs->id, op->target, NULL, SCHED_EXCLUSIVE);
}

static int
grow (struct trove_txn *t, struct server_op *op, struct proto_layout *l)
{
    uint32_t *order;
    int r = place_order_of_stuffed (op, l, &order);
    obj_handle *dfiles = arena_array (&op->arena, l->ndfiles_wanted, sizeof *dfiles);
    if (r < 0 || !dfiles)
        return r < 0 ? r : -ENOMEM;
    dfiles[0] = l->dfiles[0];
    for (uint32_t i = 1; r == 0 && i < l->ndfiles_wanted; i++) {
        if ((int) order[i] == op->fs->data_index) {
            struct object_attr a = { .type = OBJ_DATAFILE, .parent = op->target };
            r = trove_new_handle (t, op->fs->id, true, &dfiles[i]);
            if (r == 0)
                r = trove_attr_set (t, op->fs->id, dfiles[i], &a);
        } else {
            r = pool_take (t, op->server, op->fs, op->fs->cfg->data_servers[order[i]], OBJ_DATAFILE, &dfiles[i]);
        }
    }
    l->dfiles = dfiles;
    l->ndfiles = l->ndfiles_wanted;
    l->nservers = 0;
    return r;
}

static int
unstuff_txn (struct trove_txn *t, void *arg)
{
    struct server_op *op = arg;
    struct proto_info *info = &RESP (op, unstuff)->info;
    int r = record_info (t, op->fs->id, op->target, &op->arena, info);
    if (r < 0)
        return r == -ENOENT ? -ESTALE : r;
    if (info->attr.type != OBJ_METAFILE)
        return -EINVAL;
    if ((info->attr.flags & OBJ_STUFFED) && info->layout.ndfiles < info->layout.ndfiles_wanted) {
        r = grow (t, op, &info->layout);
        if (r == 0)
            r = layout_put (t, op->fs->id, op->target, &info->layout);
        info->attr.flags &= (uint16_t) ~OBJ_STUFFED;
        info->attr.change++;
        if (r == 0)
            r = trove_attr_set (t, op->fs->id, op->target, &info->attr);
    }
    if (r < 0)
        return r;
    r = cap_make (t, op, info, op->req.cap.mask & (CAP_READ | CAP_WRITE));
    return r < 0 ? r : server_put_reply (t, op, 0);
}

static sm_event
unstuff_run (struct sm *sm)
{
    struct server_op *op = server_op_of (sm);
    return server_txn (sm, op, unstuff_txn, op, false);
}

static sm_event
unstuff_again (struct sm *sm)
{
    if (sm->error != -EAGAIN)
        return SM_FAIL;
    sm_clear_error (sm);
    return POOL_EMPTY;
}

static void
unstuff_finish (struct server_op *op)
{
    known_forget (op->server, op->fs->id, RESP (op, unstuff)->info.layout.dfiles[0]);
    pool_check (op->server);
}

static const struct sm_state unstuff_states[] = {
    RUN (UNSTUFF, unstuff_run, ON_OK (SM_DONE), ON_FAIL (AGAIN)),
    CALL (REFILL, pool_wait_sm, ON_OK (UNSTUFF), ON_FAIL (SM_DONE)),
    RUN (AGAIN, unstuff_again, ON (POOL_EMPTY, REFILL), ALWAYS (SM_DONE)),
};
SM_MACHINE_FRAMELESS (unstuff_sm, unstuff_states);

const struct op_desc unstuff_desc = { .op = PROTO_unstuff, .keys = unstuff_keys, .machine = &unstuff_sm, .finish = unstuff_finish, .creates = true };
