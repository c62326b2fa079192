/*
 * remove: a name and the object that it stands for. flags: REMOVE_ANY, REMOVE_FILE (-EISDIR for a directory) or REMOVE_DIR (-ENOTDIR for
 * anything else); -ENOTEMPTY.
 */
#include "client/sysint/acache.h"
#include "client/sysint/entry.h"
#include "client/sysint/ncache.h"
#include "proto/ops/remove.h"

static int
remove_check (struct sys_op *op)
{
    return op->a.flags < REMOVE_ANY || op->a.flags > REMOVE_DIR ? -EINVAL : 0;
}

static void
remove_build (struct sys_op *op, void *body, const struct entry_places *p)
{
    *(struct remove_req *) body = (struct remove_req){ p->at, (uint8_t) op->a.flags };
}

static int
remove_take (struct sys_op *op, const void *resp)
{
    struct client *c = op->client;
    obj_fsid fs = (obj_fsid) op->a.fs;
    ncache_remove (c->ncache, fs, op->a.ref.handle, op->a.name);
    acache_forget (c->acache, fs, ((const struct remove_resp *) resp)->handle);
    return 0;
}

static const struct entry_op remove_entry = {
    .proto_op = PROTO_remove,
    .body_size = sizeof (struct remove_req),
    .check = remove_check,
    .build = remove_build,
    .take = remove_take,
};

static sm_event
remove_begin (struct sm *sm)
{
    sm_set_arg (sm, (void *) &remove_entry);
    return SM_OK;
}

enum { BEGIN, WORK };

static const struct sm_state remove_states[] = {
    RUN (BEGIN, remove_begin, ON_OK (WORK), ON_FAIL (SM_DONE)),
    CALL (WORK, entry_sm, ALWAYS (SM_DONE)),
};
SM_MACHINE_FRAMELESS (sys_remove_sm, remove_states);

const struct sys_op_type sys_remove = { .name = "remove", .machine = &sys_remove_sm };
