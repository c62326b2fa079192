/*
 * Requests of a check of the whole file system; see fsck-api.h.
 */
#include "client/sysint/fsck-api.h"

#include <stdio.h>

#include "client/sysint/api.h"
#include "client/sysint/default-instance.h"
#include "client/sysint/mgmt.h"
#include "common/error/error.h"

struct fsck_call {
    struct mgmt_call call; /* first: the machine's argument */
    struct fsck_ask *asks;
    int (*take) (void *, unsigned, const void *);
    void *arg;
};

/* While the operation's arena still holds the answers. */
static int
asked (struct sys_op *op)
{
    struct fsck_call *c = op->a.resp;
    for (unsigned i = 0; !op->error && i < c->call.n; i++) {
        const struct mgmt_target *t = &c->call.targets[i];
        c->asks[i].error = t->error || !c->take ? t->error : c->take (c->arg, i, t->resp);
    }
    return op->error;
}

static const struct sys_op_type *
type_of (unsigned proto_op)
{
    return proto_op == PROTO_fsck_scan  ? &sys_mgmt_fsck_scan
           : proto_op == PROTO_fsck_fix ? &sys_mgmt_fsck_fix
                                        : &sys_mgmt_setparam;
}

int
fsck_ask (PVFS_fs_id fs, const PVFS_credential *cred, unsigned proto_op, struct fsck_ask *asks, unsigned n,
          int (*take) (void *, unsigned, const void *), void *arg)
{
    struct sys_op *op;
    struct fsck_call c = { .asks = asks, .take = take, .arg = arg };
    PVFS_error e = api_begin (PVFS_CTX_DEFAULT, type_of (proto_op), cred, PVFS_HINT_NULL, &op);
    if (e < 0)
        return pvfs_error_to_errno (e);
    c.call.n = n;
    c.call.targets = arena_array (&op->arena, n, sizeof *c.call.targets);
    if (!c.call.targets)
        return pvfs_error_to_errno (api_refuse (op, -PVFS_ENOMEM));
    for (unsigned i = 0; i < n; i++) {
        asks[i].error = 0;
        c.call.targets[i] = (struct mgmt_target){ .addr = asks[i].addr, .body = asks[i].body };
    }
    op->a.fs = fs;
    op->a.resp = &c;
    op->finish = asked;
    return pvfs_error_to_errno (api_finish (op, NULL, NULL));
}

obj_handle
fsck_root (PVFS_fs_id fs)
{
    struct client *c;
    if (instance_get (PVFS_CTX_DEFAULT, &c) < 0)
        return 0;
    reactor_enter (c->reactor);
    const struct volume *v = client_volume (c, fs);
    obj_handle root = v ? v->root : 0;
    reactor_leave (c->reactor);
    instance_put (c);
    return root;
}

void
fsck_alias (PVFS_fs_id fs, PVFS_BMI_addr_t addr, char *buf, size_t size)
{
    struct client *c;
    unsigned alias;
    buf[0] = 0;
    if (instance_get (PVFS_CTX_DEFAULT, &c) < 0)
        return;
    reactor_enter (c->reactor);
    const struct volume *v = client_volume (c, fs);
    if (v && volume_addr_alias (v, addr, &alias) == 0)
        snprintf (buf, size, "%s", v->config->aliases[alias].name);
    reactor_leave (c->reactor);
    instance_put (c);
}
