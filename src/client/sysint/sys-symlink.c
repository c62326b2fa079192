/*
 * symlink: a symbolic link and its name, in one request. name2 is the target, 1 to 4,095 bytes.
 */
#include "client/sysint/entry.h"
#include "proto/ops/symlink.h"

static int
symlink_check (struct sys_op *op)
{
    if (!op->a.name2 || !op->a.name2[0])
        return -EINVAL;
    return strlen (op->a.name2) >= PROTO_MAX_PATH ? -ENAMETOOLONG : 0;
}

static void
symlink_build (struct sys_op *op, void *body, const struct entry_places *p)
{
    *(struct symlink_req *) body = (struct symlink_req){ p->at, p->create, op->a.name2 };
}

static int
symlink_take (struct sys_op *op, const void *resp)
{
    int r = entry_take_new (op, &((const struct symlink_resp *) resp)->info);
    if (r == 0) {
        op->result.link_target = (char *) op->a.name2;
        op->result.attr.size = (int64_t) strlen (op->a.name2);
    }
    return r;
}

static const struct entry_op symlink_entry = {
    .proto_op = PROTO_symlink,
    .body_size = sizeof (struct symlink_req),
    .makes = true,
    .mode = 0777,
    .check = symlink_check,
    .build = symlink_build,
    .take = symlink_take,
};

static sm_event
symlink_begin (struct sm *sm)
{
    sm_set_arg (sm, (void *) &symlink_entry);
    return SM_OK;
}

enum { BEGIN, WORK };

static const struct sm_state symlink_states[] = {
    RUN (BEGIN, symlink_begin, ON_OK (WORK), ON_FAIL (SM_DONE)),
    CALL (WORK, entry_sm, ALWAYS (SM_DONE)),
};
SM_MACHINE_FRAMELESS (sys_symlink_sm, symlink_states);

const struct sys_op_type sys_symlink = { .name = "symlink", .machine = &sys_symlink_sm };
