/*
 * getattr and listattr: attributes, layout, capability; of a datafile its size and last write, after the I/O that runs on it. An open asks so, and takes
 * hold of the file.
 */
#include "common/error/error.h"
#include "proto/ops/getattr.h"
#include "proto/ops/listattr.h"
#include "server/hold.h"
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
getattr_txn (struct trove_txn *t, void *arg)
{
    struct server_op *op = arg;
    const struct getattr_req *q = REQ (op, getattr);
    struct proto_info *info = &RESP (op, getattr)->info;
    int r = info_of (t, op, q->handle, info);
    if (r < 0 || !(q->want & GETATTR_WRITABLE))
        return r;
    r = perm_check (t, op, q->handle, &info->attr, MAY_WRITE);
    if (r == 0)
        info->have |= INFO_WRITABLE;
    return r == -EACCES ? 0 : r;
}

/* On the reactor: what bytestreams know. */
static void
fill (struct server_op *op, struct proto_info *info)
{
    if (info->attr.type == OBJ_DATAFILE) {
        struct trove_bstream_stat st;
        if (trove_bstream_stat (op->server->trove, op->fs->id, info->handle, &st) < 0)
            return;
        info->attr.size = st.size;
        info->attr.blocks = st.blocks;
        info->attr.mtime = st.mtime;
        info->have |= INFO_SIZE;
    } else {
        server_fill_size (op, info);
    }
}

static void
getattr_finish (struct server_op *op)
{
    struct proto_info *info = &RESP (op, getattr)->info;
    fill (op, info);
    if (REQ (op, getattr)->hold && info->attr.type == OBJ_METAFILE)
        hold_take (op, info->handle, REQ (op, getattr)->hold);
}

/* --- the machine of both: read; then holds may have to be marked -------------------------------------------------------------- */

enum { READ, HOLD, MARK };
enum { NO_HOLD = SM_FIRST_OWN };

static int listattr_txn (struct trove_txn *t, void *arg);

static sm_event
attr_read (struct sm *sm)
{
    struct server_op *op = server_op_of (sm);
    return server_txn (sm, op, op->req.op == PROTO_getattr ? getattr_txn : listattr_txn, op, true);
}

/* An open by a name that is gone: it must not find the file that others still have open. */
static bool
is_lost (struct server_op *op, const struct proto_info *i)
{
    return i->attr.type == OBJ_METAFILE && i->attr.nlink == 0 && !hold_holds (op, i->handle);
}

static sm_event
attr_hold (struct sm *sm)
{
    struct server_op *op = server_op_of (sm);
    uint64_t stamp = op->req.op == PROTO_getattr ? REQ (op, getattr)->hold : REQ (op, listattr)->hold;
    if (!stamp)
        return NO_HOLD;
    if (op->req.op == PROTO_getattr)
        return is_lost (op, &RESP (op, getattr)->info) ? sm_fail (sm, -ESTALE, "no name, not held") : SM_OK;
    struct listattr_resp *a = RESP (op, listattr);
    for (uint32_t i = 0; i < a->nitems; i++)
        if (!a->items[i].error && is_lost (op, &a->items[i].info))
            a->items[i].error = pvfs_error_from_errno (-ESTALE);
    return SM_OK;
}

static const struct sm_state attr_states[] = {
    RUN (READ, attr_read, ON_OK (HOLD), ON_FAIL (SM_DONE)),
    RUN (HOLD, attr_hold, ON_OK (MARK), ON (NO_HOLD, SM_DONE), ON_FAIL (SM_DONE)),
    CALL (MARK, hold_mark_sm, ALWAYS (SM_DONE)),
};
SM_MACHINE_FRAMELESS (getattr_op_sm, attr_states);

const struct op_desc getattr_desc = { .op = PROTO_getattr, .counter = PERF_GETATTR, .keys = getattr_keys, .machine = &getattr_op_sm,
                                      .finish = getattr_finish };

/* Without an open nothing is waited for: what listattr tells is as old as what readdir tells. */
static int
listattr_keys (struct server_op *op)
{
    struct listattr_req *q = REQ (op, listattr);
    int r = 0;
    for (uint32_t i = 0; r == 0 && q->hold && i < MIN (q->nhandles, (uint32_t) SCHED_MAX_KEYS); i++)
        r = sched_add (&op->sched, op->fs->id, q->handles[i], NULL, SCHED_SHARED);
    return r;
}

static int
listattr_txn (struct trove_txn *t, void *arg)
{
    struct server_op *op = arg;
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
        if (!a->items[i].error) {
            fill (op, &a->items[i].info);
            if (REQ (op, listattr)->hold && a->items[i].info.attr.type == OBJ_METAFILE)
                hold_take (op, a->items[i].info.handle, REQ (op, listattr)->hold);
        }
}

const struct op_desc listattr_desc = { .op = PROTO_listattr, .counter = PERF_GETATTR, .keys = listattr_keys, .machine = &getattr_op_sm,
                                       .finish = listattr_finish };
