/*
 * noop, setparam, getconfig and so on: one request to each of some servers, the same machine for all. See mgmt.h.
 */
#include "client/sysint/mgmt.h"

#include "client/sysint/server-calls.h"

static const struct {
    const struct sys_op_type *type;
    unsigned proto_op;
    size_t room;
} mgmt_ops[] = {
    { &sys_mgmt_noop, PROTO_noop, 0 },
    { &sys_mgmt_setparam, PROTO_setparam, 0 },
    { &sys_mgmt_perf_mon, PROTO_perf_mon, 16 << 10 },
    { &sys_mgmt_statfs, PROTO_statfs, 0 },
    { &sys_mgmt_live_ops, PROTO_live_ops, 8 << 20 },
    { &sys_mgmt_iterate_handles, PROTO_iterate_handles, 256 << 10 },
    { &sys_mgmt_fsck_scan, PROTO_fsck_scan, 1 << 20 },
    { &sys_mgmt_fsck_fix, PROTO_fsck_fix, 0 },
    { &sys_mgmt_getconfig, PROTO_getconfig, PROTO_MAX_CONFIG + 64 },
    { &sys_mgmt_event_mon, PROTO_event_mon, 64 << 10 },
    { &sys_mgmt_get_uid, PROTO_get_uid, 0 },
    { &sys_mgmt_remove_object, PROTO_mgmt_remove_object, 0 },
};

struct mgmt_frame {
    struct server_calls calls;
    uint64_t empty; /* body of requests without one */
};

static int
mgmt_take (struct sys_op *op, struct server_call *call, const void *resp)
{
    struct mgmt_target *t = call->user;
    t->resp = resp_copy (op, call->proto_op, resp);
    return t->resp ? 0 : -ENOMEM;
}

static sm_event
mgmt_plan (struct sm *sm)
{
    struct mgmt_frame *f = SM_FRAME (sm, struct mgmt_frame);
    struct sys_op *op = sys_op_of (sm);
    struct volume *v = client_volume (op->client, op->a.fs);
    const struct mgmt_call *m = op->a.resp;
    if (!v || !m || m->n == 0)
        return sm_fail (sm, v ? -EINVAL : -ENODEV, "servers");
    unsigned what = 0;
    while (mgmt_ops[what].type != op->type)
        what++;
    f->calls.calls = arena_array (&op->arena, m->n, sizeof *f->calls.calls);
    if (!f->calls.calls)
        return sm_fail (sm, -ENOMEM, "servers");
    f->calls.n = m->n;
    for (unsigned i = 0; i < m->n; i++) {
        struct mgmt_target *t = &m->targets[i];
        struct server_call *c = &f->calls.calls[i];
        *c = (struct server_call){ .proto_op = mgmt_ops[what].proto_op, .max_resp = mgmt_ops[what].room, .take = mgmt_take,
                                   .body = t->body ? (void *) t->body : &f->empty, .user = t };
        int r = volume_addr_alias (v, t->addr, &c->alias);
        if (r < 0)
            return sm_fail (sm, r, "server address");
    }
    sm_set_arg (sm, &f->calls);
    return SM_OK;
}

static sm_event
mgmt_settle (struct sm *sm)
{
    struct mgmt_frame *f = SM_FRAME (sm, struct mgmt_frame);
    const struct mgmt_call *m = sys_op_of (sm)->a.resp;
    for (unsigned i = 0; i < m->n; i++)
        m->targets[i].error = f->calls.calls[i].error;
    return SM_OK;
}

enum { MG_PLAN, MG_ASK, MG_SETTLE };

static const struct sm_state mgmt_states[] = {
    RUN (MG_PLAN, mgmt_plan, ON_OK (MG_ASK), ON_FAIL (SM_DONE)),
    CALL (MG_ASK, server_calls_sm, ON_OK (MG_SETTLE), ON_FAIL (SM_DONE)),
    RUN (MG_SETTLE, mgmt_settle, ALWAYS (SM_DONE)),
};
SM_MACHINE (sys_mgmt_sm, mgmt_states, struct mgmt_frame, NULL);

const struct sys_op_type sys_mgmt_noop = { .name = "mgmt_noop", .machine = &sys_mgmt_sm };
const struct sys_op_type sys_mgmt_setparam = { .name = "mgmt_setparam", .machine = &sys_mgmt_sm };
const struct sys_op_type sys_mgmt_perf_mon = { .name = "mgmt_perf_mon", .machine = &sys_mgmt_sm };
const struct sys_op_type sys_mgmt_statfs = { .name = "mgmt_statfs", .machine = &sys_mgmt_sm };
const struct sys_op_type sys_mgmt_live_ops = { .name = "mgmt_live_ops", .machine = &sys_mgmt_sm };
const struct sys_op_type sys_mgmt_iterate_handles = { .name = "mgmt_iterate_handles", .machine = &sys_mgmt_sm };
const struct sys_op_type sys_mgmt_fsck_scan = { .name = "mgmt_fsck_scan", .machine = &sys_mgmt_sm };
const struct sys_op_type sys_mgmt_fsck_fix = { .name = "mgmt_fsck_fix", .machine = &sys_mgmt_sm };
const struct sys_op_type sys_mgmt_getconfig = { .name = "mgmt_getconfig", .machine = &sys_mgmt_sm };
const struct sys_op_type sys_mgmt_event_mon = { .name = "mgmt_event_mon", .machine = &sys_mgmt_sm };
const struct sys_op_type sys_mgmt_get_uid = { .name = "mgmt_get_uid", .machine = &sys_mgmt_sm };
const struct sys_op_type sys_mgmt_remove_object = { .name = "mgmt_remove_object", .machine = &sys_mgmt_sm };
