/*
 * rename: name in ref becomes name2 in ref2, replacing atomically what may be replaced; one request to the server of the source entry.
 * flags: RENAME_KEEP (-EEXIST if the target is there) or RENAME_SWAP (the two names change their objects).
 */
#include "client/sysint/acache.h"
#include "client/sysint/entry.h"
#include "client/sysint/ncache.h"
#include "proto/ops/rename.h"

static int
rename_check (struct sys_op *op)
{
    return op->a.flags < RENAME_PLAIN || op->a.flags > RENAME_SWAP ? -EINVAL : 0;
}

static void
rename_build (struct sys_op *op, void *body, const struct entry_places *p)
{
    *(struct rename_req *) body = (struct rename_req){ p->at, p->to, (uint8_t) op->a.flags };
}

static int
rename_take (struct sys_op *op, const void *resp)
{
    struct client *c = op->client;
    const struct rename_resp *b = resp;
    obj_fsid fs = (obj_fsid) op->a.fs;
    ncache_remove (c->ncache, fs, op->a.ref.handle, op->a.name);
    if (op->a.flags & RENAME_SWAP) {
        obj_handle other = ncache_get (c->ncache, fs, op->a.ref2.handle, op->a.name2, reactor_now (c->reactor));
        if (other)
            acache_forget_attr (c->acache, fs, other);
    }
    ncache_put (c->ncache, fs, op->a.ref2.handle, op->a.name2, b->moved, reactor_now (c->reactor) + c->ncache_timeout);
    acache_forget_attr (c->acache, fs, b->moved);
    if (b->replaced)
        acache_forget (c->acache, fs, b->replaced);
    return 0;
}

static const struct entry_op rename_entry = {
    .proto_op = PROTO_rename,
    .body_size = sizeof (struct rename_req),
    .two = true,
    .check = rename_check,
    .build = rename_build,
    .take = rename_take,
};

static sm_event
rename_begin (struct sm *sm)
{
    sm_set_arg (sm, (void *) &rename_entry);
    return SM_OK;
}

enum { BEGIN, WORK };

static const struct sm_state rename_states[] = {
    RUN (BEGIN, rename_begin, ON_OK (WORK), ON_FAIL (SM_DONE)),
    CALL (WORK, entry_sm, ALWAYS (SM_DONE)),
};
SM_MACHINE_FRAMELESS (sys_rename_sm, rename_states);

const struct sys_op_type sys_rename = { .name = "rename", .machine = &sys_rename_sm };
