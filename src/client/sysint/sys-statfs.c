/*
 * statfs: space of the whole volume, by PVFS2's rule – the fullest data server counts, times the number of data servers, since a file needs
 * room on all of them. Handles are summed over all servers. resp: PVFS_sysresp_statfs.
 */
#include "client/sysint/server-calls.h"
#include "client/sysint/volume.h"
#include "proto/ops/statfs.h"

struct statfs_frame {
    struct server_calls calls;
    struct statfs_resp *resps; /* by call */
    struct statfs_req body;
};

static int
statfs_take (struct sys_op *op, struct server_call *call, const void *resp)
{
    *(struct statfs_resp *) call->user = *(const struct statfs_resp *) resp;
    return 0;
}

static sm_event
statfs_plan (struct sm *sm)
{
    struct statfs_frame *f = SM_FRAME (sm, struct statfs_frame);
    struct sys_op *op = sys_op_of (sm);
    struct volume *v = client_volume (op->client, op->a.fs);
    if (!v || !op->a.resp)
        return sm_fail (sm, v ? -EINVAL : -ENODEV, "volume");
    size_t n = (size_t) v->config->n_aliases;
    f->calls.calls = arena_array (&op->arena, n, sizeof *f->calls.calls);
    f->resps = arena_array (&op->arena, n, sizeof *f->resps);
    if (!f->calls.calls || !f->resps)
        return sm_fail (sm, -ENOMEM, "statfs");
    for (unsigned i = 0; i < n; i++)
        if (volume_server_type (v, i))
            f->calls.calls[f->calls.n++] = (struct server_call){ .alias = i, .proto_op = PROTO_statfs, .body = &f->body,
                                                                 .strict = true, .take = statfs_take, .user = &f->resps[i] };
    sm_set_arg (sm, &f->calls);
    return SM_OK;
}

static sm_event
statfs_sum (struct sm *sm)
{
    struct statfs_frame *f = SM_FRAME (sm, struct statfs_frame);
    struct sys_op *op = sys_op_of (sm);
    struct volume *v = client_volume (op->client, op->a.fs);
    PVFS_sysresp_statfs *out = op->a.resp;
    if (!v)
        return sm_fail (sm, -ENODEV, "volume");
    PVFS_statfs s = { .fs_id = op->a.fs };
    int64_t n = 0, available = INT64_MAX, total = INT64_MAX;
    for (unsigned i = 0; i < f->calls.n; i++) {
        unsigned alias = f->calls.calls[i].alias;
        const struct statfs_resp *r = &f->resps[alias];
        s.handles_available_count += r->handles_available;
        s.handles_total_count += r->handles_total;
        if (!(volume_server_type (v, alias) & PVFS_MGMT_IO_SERVER))
            continue;
        available = MIN (available, (int64_t) MIN (r->bytes_available, (uint64_t) INT64_MAX));
        total = MIN (total, (int64_t) MIN (r->bytes_total, (uint64_t) INT64_MAX));
        n++;
    }
    if (n && (!mul_ok (available, n, &s.bytes_available) || !mul_ok (total, n, &s.bytes_total)))
        s.bytes_available = s.bytes_total = INT64_MAX;
    out->statfs_buf = s;
    out->server_count = (int32_t) f->calls.n;
    return SM_OK;
}

enum { ST_PLAN, ST_ASK, ST_SUM };

static const struct sm_state statfs_states[] = {
    RUN (ST_PLAN, statfs_plan, ON_OK (ST_ASK), ON_FAIL (SM_DONE)),
    CALL (ST_ASK, server_calls_sm, ON_OK (ST_SUM), ON_FAIL (SM_DONE)),
    RUN (ST_SUM, statfs_sum, ALWAYS (SM_DONE)),
};
SM_MACHINE (sys_statfs_sm, statfs_states, struct statfs_frame, NULL);

const struct sys_op_type sys_statfs = { .name = "statfs", .machine = &sys_statfs_sm };
