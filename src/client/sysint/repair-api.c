/*
 * PVFS_ctx_mgmt_* on single objects and names: what a tool needs to take a damaged volume apart by hand.
 */
#include "client/sysint/api.h"
#include "client/sysint/sys-repair.h"

static PVFS_error
dirent (PVFS_ctx ctx, PVFS_object_ref parent_ref, const char *entry, PVFS_object_ref object, const PVFS_credential *credential,
        PVFS_mgmt_op_id *op_id, PVFS_hint hints, void *user_ptr)
{
    struct sys_op *op;
    PVFS_error e = api_begin (ctx, &sys_mgmt_dirent, credential, hints, &op);
    if (e < 0)
        return e;
    op->a.ref = parent_ref;
    op->a.name = entry;
    op->a.ref2 = object;
    return api_finish (op, op_id, user_ptr);
}

PVFS_error
PVFS_ctx_mgmt_remove_dirent (PVFS_ctx ctx, PVFS_object_ref parent_ref, char *entry, const PVFS_credential *credential,
                             PVFS_mgmt_op_id *op_id, PVFS_hint hints, void *user_ptr)
{
    return dirent (ctx, parent_ref, entry, (PVFS_object_ref){ 0 }, credential, op_id, hints, user_ptr);
}

PVFS_error
PVFS_ctx_mgmt_create_dirent (PVFS_ctx ctx, PVFS_object_ref parent_ref, char *entry, PVFS_handle entry_handle,
                             const PVFS_credential *credential, PVFS_mgmt_op_id *op_id, PVFS_hint hints, void *user_ptr)
{
    if (entry_handle == PVFS_HANDLE_NULL)
        return -PVFS_EINVAL;
    return dirent (ctx, parent_ref, entry, (PVFS_object_ref){ .handle = entry_handle, .fs_id = parent_ref.fs_id }, credential, op_id,
                   hints, user_ptr);
}

PVFS_error
PVFS_ctx_mgmt_repair_file (PVFS_ctx ctx, char *object_name, PVFS_object_ref parent_ref, PVFS_sys_attr attr,
                           const PVFS_credential *credential, PVFS_handle handle, PVFS_sysresp_create *resp, PVFS_sys_op_id *op_id,
                           void *user_ptr)
{
    struct sys_op *op;
    if (!resp || !handle || (attr.mask & PVFS_ATTR_SYS_ALL_SETABLE) != PVFS_ATTR_SYS_ALL_SETABLE)
        return -PVFS_EINVAL;
    PVFS_error e = api_begin (ctx, &sys_mgmt_repair_file, credential, NULL, &op);
    if (e < 0)
        return e;
    op->a.ref = parent_ref;
    op->a.name = object_name;
    op->a.attr = attr;
    op->a.ref2 = (PVFS_object_ref){ .handle = handle, .fs_id = parent_ref.fs_id };
    op->a.resp = resp;
    op->finish = api_ref_done;
    return api_finish (op, op_id, user_ptr);
}

/* --- a directory's buckets ---------------------------------------------------------------------------------------------------------- */

PVFS_error
PVFS_ctx_mgmt_get_dirdata_array (PVFS_ctx ctx, PVFS_object_ref ref, const PVFS_credential *credential, PVFS_handle *dirdata_array,
                                 int dirdata_count, PVFS_mgmt_op_id *op_id, PVFS_hint hints, void *user_ptr)
{
    struct sys_op *op;
    if (!dirdata_array || dirdata_count < 1)
        return -PVFS_EINVAL;
    PVFS_error e = api_begin (ctx, &sys_mgmt_dirdata, credential, hints, &op);
    if (e < 0)
        return e;
    struct dirdata_found *found = arena_alloc (&op->arena, sizeof *found);
    if (!found)
        return api_refuse (op, -PVFS_ENOMEM);
    *found = (struct dirdata_found){ dirdata_array, dirdata_count };
    op->a.ref = ref;
    op->a.resp = found;
    return api_finish (op, op_id, user_ptr);
}

PVFS_error
PVFS_ctx_mgmt_get_dirdata_handle (PVFS_ctx ctx, PVFS_object_ref parent_ref, PVFS_handle *out_dirdata_handle,
                                  const PVFS_credential *credential, PVFS_mgmt_op_id *op_id, PVFS_hint hints, void *user_ptr)
{
    return PVFS_ctx_mgmt_get_dirdata_array (ctx, parent_ref, credential, out_dirdata_handle, 1, op_id, hints, user_ptr);
}
