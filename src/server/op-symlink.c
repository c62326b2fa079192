/*
 * symlink: entry and link in one transaction, on the entry's server.
 */
#include "proto/ops/symlink.h"
#include "server/bucket.h"
#include "server/record.h"
#include "server/server.h"

static int
symlink_keys (struct server_op *op)
{
    return server_entry_keys (op, &REQ (op, symlink)->at);
}

static int
symlink_txn (struct trove_txn *t, struct server_op *op)
{
    struct symlink_req *q = REQ (op, symlink);
    struct proto_info *info = &RESP (op, symlink)->info;
    struct object_attr dir;
    struct entry e;
    if (!q->target[0])
        return -ENOENT;
    int r = server_check_new_name (t, op, &q->at, &dir);
    if (r < 0)
        return r;
    struct new_object n = { .holder = bucket_holder (op->server, op->fs, &q->at), .dir = &dir, .wish = &q->attr, .type = OBJ_SYMLINK };
    r = server_new_object (t, op, &n);
    if (r < 0)
        return r;
    *info = (struct proto_info){ .have = INFO_SIZE | INFO_TARGET, .target = q->target, .attr = n.attr };
    info->attr.mode = 0777;
    info->attr.size = (int64_t) strlen (q->target);
    r = trove_new_handle (t, op->fs->id, false, &info->handle);
    if (r < 0)
        return r;
    e = (struct entry){ info->handle, OBJ_SYMLINK };
    r = trove_attr_set (t, op->fs->id, info->handle, &info->attr);
    if (r == 0)
        r = target_put (t, op->fs->id, info->handle, q->target);
    if (r == 0)
        r = entry_put (t, op->fs->id, q->at.dirdata, q->at.name, &e);
    return r < 0 ? r : server_dir_changed (t, op, &q->at, 1, 0);
}

const struct op_desc symlink_desc = { .op = PROTO_symlink, .keys = symlink_keys, .txn = symlink_txn, .creates = true };
