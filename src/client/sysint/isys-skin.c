/*
 * PVFS_isys_*: the calls of ctx-api.c on the default instance.
 */
#include "pvfs2.h"

int
PVFS_isys_fs_add (struct PVFS_sys_mntent *mntent, PVFS_sys_op_id *op_id, void *user_ptr)
{
    return PVFS_ctx_fs_add (PVFS_CTX_DEFAULT, mntent, op_id, user_ptr);
}

PVFS_error
PVFS_isys_ref_lookup (PVFS_fs_id fs_id, char *relative_pathname, PVFS_object_ref parent_ref, const PVFS_credential *credential,
                      PVFS_sysresp_lookup *resp, int32_t follow_link, PVFS_sys_op_id *op_id, PVFS_hint hints, void *user_ptr)
{
    return PVFS_ctx_ref_lookup (PVFS_CTX_DEFAULT, fs_id, relative_pathname, parent_ref, credential, resp, follow_link, op_id, hints,
                                user_ptr);
}

PVFS_error
PVFS_isys_create (char *entry_name, PVFS_object_ref ref, PVFS_sys_attr attr, const PVFS_credential *credential, PVFS_sys_dist *dist,
                  PVFS_sys_layout *layout, PVFS_sysresp_create *resp, PVFS_sys_op_id *op_id, PVFS_hint hints, void *user_ptr)
{
    return PVFS_ctx_create (PVFS_CTX_DEFAULT, entry_name, ref, attr, credential, dist, layout, resp, op_id, hints, user_ptr);
}

PVFS_error
PVFS_isys_mkdir (char *entry_name, PVFS_object_ref parent_ref, PVFS_sys_attr attr, const PVFS_credential *credential,
                 PVFS_sysresp_mkdir *resp, PVFS_sys_op_id *op_id, PVFS_hint hints, void *user_ptr)
{
    return PVFS_ctx_mkdir (PVFS_CTX_DEFAULT, entry_name, parent_ref, attr, credential, resp, op_id, hints, user_ptr);
}

PVFS_error
PVFS_isys_symlink (char *entry_name, PVFS_object_ref parent_ref, char *target, PVFS_sys_attr attr, const PVFS_credential *credential,
                   PVFS_sysresp_symlink *resp, PVFS_sys_op_id *op_id, PVFS_hint hints, void *user_ptr)
{
    return PVFS_ctx_symlink (PVFS_CTX_DEFAULT, entry_name, parent_ref, target, attr, credential, resp, op_id, hints, user_ptr);
}

PVFS_error
PVFS_isys_remove (char *entry_name, PVFS_object_ref ref, const PVFS_credential *credential, PVFS_sys_op_id *op_id, PVFS_hint hints,
                  void *user_ptr)
{
    return PVFS_ctx_remove (PVFS_CTX_DEFAULT, entry_name, ref, credential, op_id, hints, user_ptr);
}

PVFS_error
PVFS_isys_rename2 (char *old_entry, PVFS_object_ref old_parent_ref, char *new_entry, PVFS_object_ref new_parent_ref, uint32_t flags,
                   const PVFS_credential *credential, PVFS_sys_op_id *op_id, PVFS_hint hints, void *user_ptr)
{
    return PVFS_ctx_rename2 (PVFS_CTX_DEFAULT, old_entry, old_parent_ref, new_entry, new_parent_ref, flags, credential, op_id, hints,
                             user_ptr);
}

PVFS_error
PVFS_isys_rename (char *old_entry, PVFS_object_ref old_parent_ref, char *new_entry, PVFS_object_ref new_parent_ref,
                  const PVFS_credential *credential, PVFS_sys_op_id *op_id, PVFS_hint hints, void *user_ptr)
{
    return PVFS_ctx_rename (PVFS_CTX_DEFAULT, old_entry, old_parent_ref, new_entry, new_parent_ref, credential, op_id, hints, user_ptr);
}

PVFS_error
PVFS_isys_link (char *entry_name, PVFS_object_ref parent_ref, PVFS_object_ref target_ref, const PVFS_credential *credential,
                PVFS_sys_op_id *op_id, PVFS_hint hints, void *user_ptr)
{
    return PVFS_ctx_link (PVFS_CTX_DEFAULT, entry_name, parent_ref, target_ref, credential, op_id, hints, user_ptr);
}

PVFS_error
PVFS_isys_mknod (char *entry_name, PVFS_object_ref parent_ref, PVFS_sys_attr attr, uint32_t type, uint64_t rdev,
                 const PVFS_credential *credential, PVFS_sysresp_mknod *resp, PVFS_sys_op_id *op_id, PVFS_hint hints, void *user_ptr)
{
    return PVFS_ctx_mknod (PVFS_CTX_DEFAULT, entry_name, parent_ref, attr, type, rdev, credential, resp, op_id, hints, user_ptr);
}

PVFS_error
PVFS_isys_readdir (PVFS_object_ref ref, PVFS_ds_position token, int32_t pvfs_dirent_incount, const PVFS_credential *credential,
                   PVFS_sysresp_readdir *resp, PVFS_sys_op_id *op_id, PVFS_hint hints, void *user_ptr)
{
    return PVFS_ctx_readdir (PVFS_CTX_DEFAULT, ref, token, pvfs_dirent_incount, credential, resp, op_id, hints, user_ptr);
}

PVFS_error
PVFS_isys_readdirplus (PVFS_object_ref ref, PVFS_ds_position token, int32_t pvfs_dirent_incount, const PVFS_credential *credential,
                       uint32_t attrmask, PVFS_sysresp_readdirplus *resp, PVFS_sys_op_id *op_id, PVFS_hint hints, void *user_ptr)
{
    return PVFS_ctx_readdirplus (PVFS_CTX_DEFAULT, ref, token, pvfs_dirent_incount, credential, attrmask, resp, op_id, hints, user_ptr);
}

PVFS_error
PVFS_isys_readdirstat (PVFS_object_ref ref, PVFS_ds_position token, int32_t pvfs_dirent_incount, const PVFS_credential *credential,
                       uint32_t attrmask, PVFS_sysresp_readdirstat *resp, PVFS_sys_op_id *op_id, PVFS_hint hints, void *user_ptr)
{
    return PVFS_ctx_readdirstat (PVFS_CTX_DEFAULT, ref, token, pvfs_dirent_incount, credential, attrmask, resp, op_id, hints, user_ptr);
}

PVFS_error
PVFS_isys_getattr (PVFS_object_ref ref, uint32_t attrmask, const PVFS_credential *credential, PVFS_sysresp_getattr *resp,
                   PVFS_sys_op_id *op_id, PVFS_hint hints, void *user_ptr)
{
    return PVFS_ctx_getattr (PVFS_CTX_DEFAULT, ref, attrmask, credential, resp, op_id, hints, user_ptr);
}

PVFS_error
PVFS_isys_setattr (PVFS_object_ref ref, PVFS_sys_attr attr, const PVFS_credential *credential, PVFS_sys_op_id *op_id, PVFS_hint hints,
                   void *user_ptr)
{
    return PVFS_ctx_setattr (PVFS_CTX_DEFAULT, ref, attr, credential, op_id, hints, user_ptr);
}

PVFS_error
PVFS_isys_stat (PVFS_object_ref ref, const PVFS_credential *credential, PVFS_sysresp_stat *resp, PVFS_sys_op_id *op_id, PVFS_hint hints,
                void *user_ptr)
{
    return PVFS_ctx_stat (PVFS_CTX_DEFAULT, ref, credential, resp, op_id, hints, user_ptr);
}

PVFS_error
PVFS_isys_utimens (PVFS_object_ref ref, PVFS_time_ns atime, PVFS_time_ns mtime, const PVFS_credential *credential,
                   PVFS_sys_op_id *op_id, PVFS_hint hints, void *user_ptr)
{
    return PVFS_ctx_utimens (PVFS_CTX_DEFAULT, ref, atime, mtime, credential, op_id, hints, user_ptr);
}

PVFS_error
PVFS_isys_geteattr_list (PVFS_object_ref ref, const PVFS_credential *credential, int32_t nkey, PVFS_ds_keyval *key_p,
                         PVFS_sysresp_geteattr *resp, PVFS_sys_op_id *op_id, PVFS_hint hints, void *user_ptr)
{
    return PVFS_ctx_geteattr_list (PVFS_CTX_DEFAULT, ref, credential, nkey, key_p, resp, op_id, hints, user_ptr);
}

PVFS_error
PVFS_isys_geteattr (PVFS_object_ref ref, const PVFS_credential *credential, PVFS_ds_keyval *key_p, PVFS_sysresp_geteattr *resp,
                    PVFS_sys_op_id *op_id, PVFS_hint hints, void *user_ptr)
{
    return PVFS_ctx_geteattr (PVFS_CTX_DEFAULT, ref, credential, key_p, resp, op_id, hints, user_ptr);
}

PVFS_error
PVFS_isys_seteattr_list (PVFS_object_ref ref, const PVFS_credential *credential, int32_t nkey, PVFS_ds_keyval *key_array,
                         PVFS_ds_keyval *val_array, int32_t flags, PVFS_sys_op_id *op_id, PVFS_hint hints, void *user_ptr)
{
    return PVFS_ctx_seteattr_list (PVFS_CTX_DEFAULT, ref, credential, nkey, key_array, val_array, flags, op_id, hints, user_ptr);
}

PVFS_error
PVFS_isys_seteattr (PVFS_object_ref ref, const PVFS_credential *credential, PVFS_ds_keyval *key_p, PVFS_ds_keyval *val_p, int32_t flags,
                    PVFS_sys_op_id *op_id, PVFS_hint hints, void *user_ptr)
{
    return PVFS_ctx_seteattr (PVFS_CTX_DEFAULT, ref, credential, key_p, val_p, flags, op_id, hints, user_ptr);
}

PVFS_error
PVFS_isys_atomiceattr_list (PVFS_object_ref ref, const PVFS_credential *credential, int32_t nkey, PVFS_ds_keyval *key_array,
                            PVFS_ds_keyval *val_array, PVFS_sysresp_geteattr *resp_p, int32_t flags, PVFS_sys_op_id *op_id,
                            int32_t opcode, PVFS_hint hints, void *user_ptr)
{
    return PVFS_ctx_atomiceattr_list (PVFS_CTX_DEFAULT, ref, credential, nkey, key_array, val_array, resp_p, flags, op_id, opcode,
                                      hints, user_ptr);
}

PVFS_error
PVFS_isys_deleattr (PVFS_object_ref ref, const PVFS_credential *credential, PVFS_ds_keyval *key_p, PVFS_sys_op_id *op_id,
                    PVFS_hint hints, void *user_ptr)
{
    return PVFS_ctx_deleattr (PVFS_CTX_DEFAULT, ref, credential, key_p, op_id, hints, user_ptr);
}

PVFS_error
PVFS_isys_listeattr (PVFS_object_ref ref, PVFS_ds_position token, int32_t nkey, const PVFS_credential *credential,
                     PVFS_sysresp_listeattr *resp, PVFS_sys_op_id *op_id, PVFS_hint hints, void *user_ptr)
{
    return PVFS_ctx_listeattr (PVFS_CTX_DEFAULT, ref, token, nkey, credential, resp, op_id, hints, user_ptr);
}

PVFS_error
PVFS_isys_io (PVFS_object_ref ref, PVFS_Request file_req, PVFS_offset file_req_offset, void *buffer, PVFS_Request mem_req,
              const PVFS_credential *credential, PVFS_sysresp_io *resp, enum PVFS_io_type type, PVFS_sys_op_id *op_id, PVFS_hint hints,
              void *user_ptr)
{
    return PVFS_ctx_io (PVFS_CTX_DEFAULT, ref, file_req, file_req_offset, buffer, mem_req, credential, resp, type, op_id, hints,
                        user_ptr);
}

PVFS_error
PVFS_isys_iov (PVFS_object_ref ref, PVFS_Request file_req, PVFS_offset file_req_offset, const struct iovec *iov, int iovcnt,
               const PVFS_credential *credential, PVFS_sysresp_io *resp, enum PVFS_io_type type, PVFS_sys_op_id *op_id, PVFS_hint hints,
               void *user_ptr)
{
    return PVFS_ctx_iov (PVFS_CTX_DEFAULT, ref, file_req, file_req_offset, iov, iovcnt, credential, resp, type, op_id, hints, user_ptr);
}

PVFS_error
PVFS_isys_truncate (PVFS_object_ref ref, PVFS_size size, const PVFS_credential *credential, PVFS_sys_op_id *op_id, PVFS_hint hints,
                    void *user_ptr)
{
    return PVFS_ctx_truncate (PVFS_CTX_DEFAULT, ref, size, credential, op_id, hints, user_ptr);
}

PVFS_error
PVFS_isys_flush (PVFS_object_ref ref, const PVFS_credential *credential, PVFS_sys_op_id *op_id, PVFS_hint hints, void *user_ptr)
{
    return PVFS_ctx_flush (PVFS_CTX_DEFAULT, ref, credential, op_id, hints, user_ptr);
}

PVFS_error
PVFS_isys_statfs (PVFS_fs_id fs_id, const PVFS_credential *credential, PVFS_sysresp_statfs *statfs, PVFS_sys_op_id *op_id,
                  PVFS_hint hints, void *user_ptr)
{
    return PVFS_ctx_statfs (PVFS_CTX_DEFAULT, fs_id, credential, statfs, op_id, hints, user_ptr);
}

PVFS_error
PVFS_isys_statfs_servers (PVFS_fs_id fs_id, const PVFS_credential *credential, PVFS_sysresp_statfs_servers *resp, PVFS_sys_op_id *op_id,
                          PVFS_hint hints, void *user_ptr)
{
    return PVFS_ctx_statfs_servers (PVFS_CTX_DEFAULT, fs_id, credential, resp, op_id, hints, user_ptr);
}

/* --- completion, of both interfaces ---------------------------------------------------------------------------------------------- */

int
PVFS_sys_wait (PVFS_sys_op_id op_id, const char *in_op_str, int *out_error)
{
    return PVFS_ctx_wait (PVFS_CTX_DEFAULT, op_id, in_op_str, out_error);
}

int
PVFS_sys_testsome (PVFS_sys_op_id *op_id_array, int *op_count, void **user_ptr_array, int *error_code_array, int timeout_ms)
{
    return PVFS_ctx_testsome (PVFS_CTX_DEFAULT, op_id_array, op_count, user_ptr_array, error_code_array, timeout_ms);
}

int
PVFS_sys_testany (PVFS_sys_op_id *op_id_array, int *op_count, void **user_ptr_array, int *error_code_array, int timeout_ms)
{
    return PVFS_ctx_testany (PVFS_CTX_DEFAULT, op_id_array, op_count, user_ptr_array, error_code_array, timeout_ms);
}

int
PVFS_sys_waitsome (PVFS_sys_op_id *op_id_array, int *op_count, void **user_ptr_array, int *error_code_array)
{
    return PVFS_ctx_waitsome (PVFS_CTX_DEFAULT, op_id_array, op_count, user_ptr_array, error_code_array);
}

int
PVFS_sys_completion_fd (void)
{
    return PVFS_ctx_completion_fd (PVFS_CTX_DEFAULT);
}

int
PVFS_sys_cancel (PVFS_sys_op_id op_id)
{
    return PVFS_ctx_cancel (PVFS_CTX_DEFAULT, op_id);
}

int
PINT_sys_release (PVFS_sys_op_id op_id)
{
    return PVFS_ctx_release (PVFS_CTX_DEFAULT, op_id);
}

int
PVFS_mgmt_wait (PVFS_mgmt_op_id op_id, const char *in_op_str, int *out_error)
{
    return PVFS_sys_wait (op_id, in_op_str, out_error);
}

int
PVFS_mgmt_testsome (PVFS_mgmt_op_id *op_id_array, int *op_count, void **user_ptr_array, int *error_code_array, int timeout_ms)
{
    return PVFS_sys_testsome (op_id_array, op_count, user_ptr_array, error_code_array, timeout_ms);
}

int
PVFS_mgmt_testany (PVFS_mgmt_op_id *op_id_array, int *op_count, void **user_ptr_array, int *error_code_array, int timeout_ms)
{
    return PVFS_sys_testany (op_id_array, op_count, user_ptr_array, error_code_array, timeout_ms);
}

int
PVFS_mgmt_waitsome (PVFS_mgmt_op_id *op_id_array, int *op_count, void **user_ptr_array, int *error_code_array)
{
    return PVFS_sys_waitsome (op_id_array, op_count, user_ptr_array, error_code_array);
}

int
PVFS_mgmt_cancel (PVFS_mgmt_op_id op_id)
{
    return PVFS_sys_cancel (op_id);
}

int
PINT_mgmt_release (PVFS_mgmt_op_id op_id)
{
    return PINT_sys_release (op_id);
}
