/*
 * statfs: space of the whole volume, by PVFS2's rule – the fullest data server counts, times the number of data servers, since a file needs
 * room on all of them. Handles are summed over all servers. resp: PVFS_sysresp_statfs; with a.count set it is a
 * PVFS_sysresp_statfs_servers, which begins with one: each server's word goes there, and one that gives none counts for nothing.
 */
#include "client/sysint/server-calls.h"
#include "client/sysint/volume.h"
#include "common/error/error.h"
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
                                                                 .strict = !op->a.count, .take = statfs_take, .user = &f->resps[i] };
    sm_set_arg (sm, &f->calls);
    return SM_OK;
}

/* One allocation: the array, then its texts. */
static int
show_servers (struct sys_op *op, const struct volume *v, const struct statfs_frame *f)
{
    PVFS_sysresp_statfs_servers *out = op->a.resp;
    size_t text = 0;
    for (unsigned i = 0; i < f->calls.n; i++)
        text += strlen (v->config->aliases[f->calls.calls[i].alias].addr) + 1;
    PVFS_statfs_server *s = calloc (1, f->calls.n * sizeof *s + text + 1);
    if (!s)
        return -ENOMEM;
    char *at = (char *) (s + f->calls.n);
    out->server_array = s;
    for (unsigned i = 0; i < f->calls.n; i++, s++) {
        const struct server_call *call = &f->calls.calls[i];
        const struct statfs_resp *r = &f->resps[call->alias];
        *s = (PVFS_statfs_server){
            .addr = 1 + (PVFS_BMI_addr_t) call->alias,
            .bmi_address = at,
            .server_type = volume_server_type (v, call->alias),
            .error = pvfs_error_from_errno (call->error),
            .bytes_available = (PVFS_size) r->bytes_available,
            .bytes_total = (PVFS_size) r->bytes_total,
            .handles_available_count = r->handles_available,
            .handles_total_count = r->handles_total,
            .ram_total_bytes = r->ram_total,
            .ram_free_bytes = r->ram_free,
            .load_1 = r->load_1,
            .load_5 = r->load_5,
            .load_15 = r->load_15,
            .uptime_seconds = r->uptime,
        };
        at = stpcpy (at, v->config->aliases[call->alias].addr) + 1;
    }
    return 0;
}

/* Why there is nothing to sum up: nobody answered. */
static int
silence (const struct statfs_frame *f)
{
    for (unsigned i = 0; i < f->calls.n; i++)
        if (!f->calls.calls[i].error)
            return 0;
    return f->calls.n ? f->calls.calls[0].error : -ENODEV;
}

static sm_event
statfs_sum (struct sm *sm)
{
    struct statfs_frame *f = SM_FRAME (sm, struct statfs_frame);
    struct sys_op *op = sys_op_of (sm);
    struct volume *v = client_volume (op->client, op->a.fs);
    PVFS_sysresp_statfs *out = op->a.resp;
    int err = v ? silence (f) : -ENODEV;
    if (err == 0 && op->a.count)
        err = show_servers (op, v, f);
    if (err < 0)
        return sm_fail (sm, err, "statfs");
    PVFS_statfs s = { .fs_id = op->a.fs };
    int64_t n = 0, available = INT64_MAX, total = INT64_MAX;
    for (unsigned i = 0; i < f->calls.n; i++) {
        unsigned alias = f->calls.calls[i].alias;
        const struct statfs_resp *r = &f->resps[alias];
        s.handles_available_count += r->handles_available;
        s.handles_total_count += r->handles_total;
        if (f->calls.calls[i].error || !(volume_server_type (v, alias) & PVFS_MGMT_IO_SERVER))
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
