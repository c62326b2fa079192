/*
 * mkdir: a directory and its name, in one request. The new directory may live on another server.
 */
#include "client/sysint/entry.h"
#include "proto/ops/mkdir.h"

static void
mkdir_build (struct sys_op *op, void *body, const struct entry_places *p)
{
    *(struct mkdir_req *) body = (struct mkdir_req){ p->at, p->create };
}

static int
mkdir_take (struct sys_op *op, const void *resp)
{
    return entry_take_new (op, &((const struct mkdir_resp *) resp)->info);
}

static const struct entry_op mkdir_entry = {
    .proto_op = PROTO_mkdir,
    .body_size = sizeof (struct mkdir_req),
    .makes = true,
    .mode = 0755,
    .build = mkdir_build,
    .take = mkdir_take,
};

static sm_event
mkdir_begin (struct sm *sm)
{
    sm_set_arg (sm, (void *) &mkdir_entry);
    return SM_OK;
}

enum { BEGIN, WORK };

static const struct sm_state mkdir_states[] = {
    RUN (BEGIN, mkdir_begin, ON_OK (WORK), ON_FAIL (SM_DONE)),
    CALL (WORK, entry_sm, ALWAYS (SM_DONE)),
};
SM_MACHINE_FRAMELESS (sys_mkdir_sm, mkdir_states);

const struct sys_op_type sys_mkdir = { .name = "mkdir", .machine = &sys_mkdir_sm };
