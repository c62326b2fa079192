/*
 * Repairs by hand, one record at a time, for who knows what he does: mgmt_remove_object, mgmt_dirent, mgmt_repair_file. Unlike pvfs2-fsck's
 * they need no freeze: each is one transaction under the keys of what it changes. They do not look at what else may name the object, nor
 * count names.
 */
#include <sys/stat.h>

#include "proto/ops/mgmt_dirent.h"
#include "proto/ops/mgmt_remove_object.h"
#include "proto/ops/mgmt_repair_file.h"
#include "server/bucket.h"
#include "server/data.h"
#include "server/record.h"

/* --- an object ------------------------------------------------------------------------------------------------------------------ */

static int
mgmt_remove_object_keys (struct server_op *op)
{
    op->target = REQ (op, mgmt_remove_object)->handle;
    if (op->target == op->fs->cfg->root_handle)
        return -EBUSY;
    return sched_add (&op->sched, op->fs->id, op->target, NULL, SCHED_EXCLUSIVE);
}

static int
mgmt_remove_object_txn (struct trove_txn *t, struct server_op *op)
{
    struct object_attr a;
    int r = trove_attr_get (t, op->fs->id, op->target, &a);
    return r < 0 ? r : record_remove_object (t, op->fs->id, op->target);
}

static void
mgmt_remove_object_finish (struct server_op *op)
{
    known_forget (op->server, op->fs->id, op->target);
}

const struct op_desc mgmt_remove_object_desc = { .op = PROTO_mgmt_remove_object, .keys = mgmt_remove_object_keys,
                                                 .txn = mgmt_remove_object_txn, .finish = mgmt_remove_object_finish };

/* --- a name ---------------------------------------------------------------------------------------------------------------------- */

static int
mgmt_dirent_keys (struct server_op *op)
{
    return server_entry_keys (op, &REQ (op, mgmt_dirent)->at);
}

static int
mgmt_dirent_txn (struct trove_txn *t, struct server_op *op)
{
    struct mgmt_dirent_req *q = REQ (op, mgmt_dirent);
    struct object_attr dir;
    struct entry e = { q->handle, q->type }, there;
    int r = bucket_check (t, op, &q->at, MAY_WRITE | MAY_EXEC, &dir);
    if (r < 0)
        return r;
    int found = entry_get (t, op->fs->id, q->at.dirdata, q->at.name, &there);
    if (found < 0 && found != -ENOENT)
        return found;
    if (q->handle) {
        r = found == 0 ? -EEXIST : entry_put (t, op->fs->id, q->at.dirdata, q->at.name, &e);
        return r < 0 ? r : server_dir_changed (t, op, &q->at, 1, e.type == OBJ_DIRECTORY);
    }
    r = found < 0 ? found : entry_del (t, op->fs->id, q->at.dirdata, q->at.name);
    return r < 0 ? r : server_dir_changed (t, op, &q->at, -1, there.type == OBJ_DIRECTORY ? -1 : 0);
}

const struct op_desc mgmt_dirent_desc = { .op = PROTO_mgmt_dirent, .keys = mgmt_dirent_keys, .txn = mgmt_dirent_txn, .creates = true };

/* --- a file around a datafile ------------------------------------------------------------------------------------------------------ */

static int
mgmt_repair_file_keys (struct server_op *op)
{
    return server_entry_keys (op, &REQ (op, mgmt_repair_file)->at);
}

static int
put_file (struct trove_txn *t, struct server_op *op, struct proto_info *info)
{
    struct mgmt_repair_file_req *q = REQ (op, mgmt_repair_file);
    struct entry e = { info->handle, OBJ_METAFILE };
    int r = layout_put (t, op->fs->id, info->handle, &info->layout);
    if (r == 0)
        r = trove_attr_set (t, op->fs->id, info->handle, &info->attr);
    if (r == 0)
        r = entry_put (t, op->fs->id, q->at.dirdata, q->at.name, &e);
    return r < 0 ? r : server_dir_changed (t, op, &q->at, 1, 0);
}

static int
mgmt_repair_file_txn (struct trove_txn *t, struct server_op *op)
{
    struct mgmt_repair_file_req *q = REQ (op, mgmt_repair_file);
    struct proto_info *info = &RESP (op, mgmt_repair_file)->info;
    struct object_attr dir;
    int r = server_check_new_name (t, op, &q->at, &dir);
    if (r < 0)
        return r;
    if (q->attr.mode & S_IFMT)
        return -EINVAL;
    struct new_object n = { .holder = bucket_holder (op->server, op->fs, &q->at), .dir = &dir, .wish = &q->attr, .type = OBJ_METAFILE };
    r = server_new_object (t, op, &n);
    *info = (struct proto_info){ .attr = n.attr, .have = INFO_LAYOUT };
    info->layout = (struct proto_layout){ .dist_name = PVFS_DIST_BASIC_NAME, .dist_params = "", .ndfiles = 1, .ndfiles_wanted = 1,
                                          .dfiles = &q->datafile };
    if (r == 0)
        r = trove_new_handle (t, op->fs->id, false, &info->handle);
    if (r == 0)
        r = record_put_xattrs (t, op->fs->id, info->handle, &info->attr, n.nxattrs, n.xattrs);
    return r < 0 ? r : put_file (t, op, info);
}

const struct op_desc mgmt_repair_file_desc = { .op = PROTO_mgmt_repair_file, .keys = mgmt_repair_file_keys, .txn = mgmt_repair_file_txn,
                                               .creates = true };
