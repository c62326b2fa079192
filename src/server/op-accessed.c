/*
 * accessed: access times of what was read, many in one transaction. Neither ctime nor the change counter moves: nothing was changed.
 */
#include "proto/ops/accessed.h"
#include "server/server.h"

static int
note (struct trove_txn *t, struct server_op *op, obj_handle h, uint64_t now)
{
    struct object_attr a;
    int r = trove_attr_get (t, op->fs->id, h, &a);
    if (r < 0)
        return r == -ENOENT ? 0 : r;
    if (a.type == OBJ_DATAFILE || a.type == OBJ_DIRDATA || (int64_t) a.atime >= (int64_t) now)
        return 0;
    r = perm_is_owner (&a, &op->req.cred) ? 0 : perm_check (t, op, h, &a, MAY_READ);
    if (r < 0)
        return r == -EACCES ? 0 : r;
    a.atime = now;
    return trove_attr_set (t, op->fs->id, h, &a);
}

static int
accessed_txn (struct trove_txn *t, struct server_op *op)
{
    const struct accessed_req *q = REQ (op, accessed);
    uint64_t now = server_now (op->server);
    int r = 0;
    for (uint32_t i = 0; r == 0 && i < q->nhandles; i++)
        r = note (t, op, q->handles[i], now);
    return r;
}

const struct op_desc accessed_desc = { .op = PROTO_accessed, .txn = accessed_txn };
