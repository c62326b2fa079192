/*
 * mkdir: a directory and its name, in one request. The new directory may live on another server.
 */
#include "client/sysint/entry.h"
#include "proto/ops/mkdir.h"

/* As in the original, whose own pvfs2-mkdir sets no bit: what is above 0 counts. With the bit nothing may be below; the server says so. */
static uint32_t
chosen (const PVFS_sys_attr *a, int32_t value)
{
    return value > 0 || (a->mask & PVFS_ATTR_SYS_DISTDIR_ATTR) ? (uint32_t) value : 0;
}

static void
mkdir_build (struct sys_op *op, void *body, const struct entry_places *p)
{
    const PVFS_sys_attr *a = &op->a.attr;
    *(struct mkdir_req *) body = (struct mkdir_req){ p->at, p->create,
                                                     { chosen (a, a->distr_dir_servers_initial), chosen (a, a->distr_dir_servers_max),
                                                       chosen (a, a->distr_dir_split_size) } };
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
