/*
 * create: a regular file and its name – or a fifo, socket or device, by the S_IFMT bits of attr.perms – in one request. -EEXIST if the
 * name is taken.
 */
#include "client/sysint/entry.h"
#include "proto/ops/create.h"

static int
create_check (struct sys_op *op)
{
    uint32_t type = op->a.attr.mask & PVFS_ATTR_SYS_PERM ? op->a.attr.perms & S_IFMT : 0;
    return type == S_IFDIR || type == S_IFLNK ? -EINVAL : 0;
}

static void
create_build (struct sys_op *op, void *body, const struct entry_places *p)
{
    *(struct create_req *) body = (struct create_req){ p->at, p->create, op->a.hold };
}

static int
create_take (struct sys_op *op, const void *resp)
{
    return entry_take_new (op, &((const struct create_resp *) resp)->info);
}

static const struct entry_op create_entry = {
    .proto_op = PROTO_create,
    .body_size = sizeof (struct create_req),
    .makes = true,
    .special = true,
    .mode = 0644,
    .check = create_check,
    .build = create_build,
    .take = create_take,
};

static sm_event
create_begin (struct sm *sm)
{
    sm_set_arg (sm, (void *) &create_entry);
    return SM_OK;
}

enum { BEGIN, WORK };

static const struct sm_state create_states[] = {
    RUN (BEGIN, create_begin, ON_OK (WORK), ON_FAIL (SM_DONE)),
    CALL (WORK, entry_sm, ALWAYS (SM_DONE)),
};
SM_MACHINE_FRAMELESS (sys_create_sm, create_states);

const struct sys_op_type sys_create = { .name = "create", .machine = &sys_create_sm };
