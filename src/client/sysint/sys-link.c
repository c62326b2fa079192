/*
 * link: one more name, in ref, for the object ref2 – a file, a symbolic link or a special file – in one request to the new name's server.
 * -EPERM for a directory, -ENOENT if the object has no name any more, -EXDEV for an object of another volume.
 */
#include "client/sysint/acache.h"
#include "client/sysint/entry.h"
#include "client/sysint/ncache.h"
#include "proto/ops/link.h"

static int
link_check (struct sys_op *op)
{
    if (op->a.ref2.handle && op->a.ref2.fs_id != op->a.ref.fs_id)
        return -EXDEV;
    return sys_check_ref (op, op->a.ref2);
}

static void
link_build (struct sys_op *op, void *body, const struct entry_places *p)
{
    *(struct link_req *) body = (struct link_req){ p->at, op->a.ref2.handle };
}

static int
link_take (struct sys_op *op, const void *resp)
{
    struct client *c = op->client;
    obj_fsid fs = (obj_fsid) op->a.fs;
    ncache_put (c->ncache, fs, op->a.ref.handle, op->a.name, op->a.ref2.handle, reactor_now (c->reactor) + c->ncache_timeout);
    acache_forget_attr (c->acache, fs, op->a.ref2.handle);
    return 0;
}

static const struct entry_op link_entry = {
    .proto_op = PROTO_link,
    .body_size = sizeof (struct link_req),
    .check = link_check,
    .build = link_build,
    .take = link_take,
};

static sm_event
link_begin (struct sm *sm)
{
    sm_set_arg (sm, (void *) &link_entry);
    return SM_OK;
}

enum { BEGIN, WORK };

static const struct sm_state link_states[] = {
    RUN (BEGIN, link_begin, ON_OK (WORK), ON_FAIL (SM_DONE)),
    CALL (WORK, entry_sm, ALWAYS (SM_DONE)),
};
SM_MACHINE_FRAMELESS (sys_link_sm, link_states);

const struct sys_op_type sys_link = { .name = "link", .machine = &sys_link_sm };
