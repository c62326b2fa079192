/*
 * PVFS_ctx_mgmt_live_ops and PVFS_ctx_mgmt_map_handle: what a server does just now, and which server an object is on.
 */
#include "client/sysint/api.h"

#include "client/sysint/default-instance.h"
#include "client/sysint/mgmt.h"
#include "client/sysint/volume.h"
#include "common/error/error.h"
#include "proto/ops/live_ops.h"

const char *
PVFS_mgmt_op_name (int32_t op)
{
    const struct proto_op_info *info = op < 0 ? NULL : proto_op_info ((unsigned) op);
    return info ? info->name : NULL;
}

struct live_ops_out {
    struct PVFS_mgmt_live_op *ops;
    struct PVFS_mgmt_live_connection *conns;
    uint32_t nops, nconns;
};

static void
copy_text (char *to, size_t size, const char *from)
{
    size_t n = from ? MIN (strlen (from), size - 1) : 0;
    memcpy (to, from ? from : "", n);
    to[n] = 0;
}

static void
copy_op (struct PVFS_mgmt_live_op *to, const struct live_op *from)
{
    const struct proto_op_info *info = proto_op_info (from->op);
    *to = (struct PVFS_mgmt_live_op){
        .id = from->id,
        .op = from->op,
        .name = info ? info->name : "unknown",
        .handle = from->handle,
        .tag = from->tag,
        .connection = from->connection,
        .age_ms = from->age_ms,
        .behind = from->behind,
        .waits_for_data = from->waits_for_data,
    };
    copy_text (to->client, sizeof to->client, from->client);
    copy_text (to->state, sizeof to->state, from->state);
    copy_text (to->waits_for, sizeof to->waits_for, from->waits_for);
}

static void
copy_connection (struct PVFS_mgmt_live_connection *to, const struct live_connection *from)
{
    *to = (struct PVFS_mgmt_live_connection){
        .connection = from->connection,
        .blocked = from->blocked,
        .blocked_tag = from->blocked_tag,
    };
    copy_text (to->client, sizeof to->client, from->client);
}

/* Copies the answer into heap memory while the operation's arena still holds it. */
static int
live_ops_finish (struct sys_op *op)
{
    struct mgmt_target *t = ((struct mgmt_call *) op->a.resp)->targets;
    int r = op->error ? op->error : t->error;
    if (r < 0)
        return r;
    const struct live_ops_resp *a = t->resp;
    struct live_ops_out *out = op->user;
    out->ops = calloc (a->nops + 1, sizeof *out->ops);
    out->conns = calloc (a->nconnections + 1, sizeof *out->conns);
    if (!out->ops || !out->conns) {
        free (out->ops);
        free (out->conns);
        return -ENOMEM;
    }
    for (uint32_t i = 0; i < a->nops; i++)
        copy_op (&out->ops[i], &a->ops[i]);
    for (uint32_t i = 0; i < a->nconnections; i++)
        copy_connection (&out->conns[i], &a->connections[i]);
    out->nops = a->nops;
    out->nconns = a->nconnections;
    return 0;
}

PVFS_error
PVFS_ctx_mgmt_live_ops (PVFS_ctx ctx, PVFS_fs_id fs_id, const PVFS_credential *credential, PVFS_BMI_addr_t addr,
                        struct PVFS_mgmt_live_op **ops, int *nops, struct PVFS_mgmt_live_connection **conns, int *nconns,
                        PVFS_hint hints)
{
    struct sys_op *op;
    if (!ops || !nops || !conns || !nconns)
        return -PVFS_EINVAL;
    PVFS_error e = api_begin (ctx, &sys_mgmt_live_ops, credential, hints, &op);
    if (e < 0)
        return e;
    struct mgmt_target target = { .addr = addr };
    struct mgmt_call call = { .targets = &target, .n = 1 };
    struct live_ops_out out = { 0 };
    op->a.fs = fs_id;
    op->a.resp = &call;
    op->user = &out;
    op->finish = live_ops_finish;
    e = api_finish (op, NULL, NULL);
    if (e < 0)
        return e;
    *ops = out.ops;
    *nops = (int) out.nops;
    *conns = out.conns;
    *nconns = (int) out.nconns;
    return 0;
}

PVFS_error
PVFS_ctx_mgmt_map_handle (PVFS_ctx ctx, PVFS_fs_id fs_id, PVFS_handle handle, PVFS_BMI_addr_t *addr)
{
    struct client *c;
    if (!addr)
        return -PVFS_EINVAL;
    PVFS_error e = instance_get (ctx, &c);
    if (e < 0)
        return e;
    reactor_enter (c->reactor);
    const struct volume *v = client_volume (c, fs_id);
    int alias = v ? volume_alias_of (v, handle) : -ENODEV;
    if (alias >= 0)
        *addr = 1 + (PVFS_BMI_addr_t) alias;
    reactor_leave (c->reactor);
    instance_put (c);
    return alias < 0 ? pvfs_error_from_errno (alias) : 0;
}
