/*
 * getattr and listattr: attributes, layout, capability; of a datafile its size and last write, after the I/O that runs on it.
 */
#include "common/error/error.h"
#include "proto/ops/getattr.h"
#include "proto/ops/listattr.h"
#include "server/record.h"
#include "server/server.h"

static int
getattr_keys (struct server_op *op)
{
    op->target = REQ (op, getattr)->handle;
    return sched_add (&op->sched, op->fs->id, op->target, NULL, SCHED_SHARED);
}

static int
info_of (struct trove_txn *t, struct server_op *op, obj_handle h, struct proto_info *info)
{
    int r = record_info (t, op->fs->id, h, &op->arena, info);
    if (r < 0)
        return r == -ENOENT ? -ESTALE : r;
    return info->have & INFO_LAYOUT ? cap_make (t, op, info, 0) : 0;
}

static int
getattr_txn (struct trove_txn *t, struct server_op *op)
{
    return info_of (t, op, REQ (op, getattr)->handle, &RESP (op, getattr)->info);
}

/* On the reactor: what bytestreams know. */
static void
fill (struct server_op *op, struct proto_info *info)
{
    if (info->attr.type == OBJ_DATAFILE) {
        uint64_t mtime = 0;
        if (trove_bstream_stat (op->server->trove, op->fs->id, info->handle, &info->attr.size, &mtime) < 0)
            return;
        info->attr.mtime = mtime;
        info->have |= INFO_SIZE;
    } else {
        server_fill_size (op, info);
    }
}

static void
getattr_finish (struct server_op *op)
{
    fill (op, &RESP (op, getattr)->info);
}

const struct op_desc getattr_desc = { .op = PROTO_getattr, .counter = PERF_GETATTR, .keys = getattr_keys, .txn = getattr_txn,
                                      .finish = getattr_finish, .read_only = true };

static int
listattr_txn (struct trove_txn *t, struct server_op *op)
{
    struct listattr_req *q = REQ (op, listattr);
    struct listattr_resp *a = RESP (op, listattr);
    a->nitems = q->nhandles;
    a->items = arena_array (&op->arena, MAX (q->nhandles, 1u), sizeof *a->items);
    if (!a->items)
        return -ENOMEM;
    for (uint32_t i = 0; i < q->nhandles; i++)
        a->items[i].error = pvfs_error_from_errno (info_of (t, op, q->handles[i], &a->items[i].info));
    return 0;
}

static void
listattr_finish (struct server_op *op)
{
    struct listattr_resp *a = RESP (op, listattr);
    for (uint32_t i = 0; i < a->nitems; i++)
        if (!a->items[i].error)
            fill (op, &a->items[i].info);
}

const struct op_desc listattr_desc = { .op = PROTO_listattr, .counter = PERF_GETATTR, .txn = listattr_txn, .finish = listattr_finish, .read_only = true };
