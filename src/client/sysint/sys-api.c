/*
 * PVFS_sys_*: the blocking forms – the non-blocking ones without an op_id – and the calls that have no other form.
 */
#include "pvfs2.h"

/* --- volumes --------------------------------------------------------------------------------------------------------------------- */

int
PVFS_sys_fs_add (struct PVFS_sys_mntent *mntent)
{
    return PVFS_ctx_fs_add (PVFS_CTX_DEFAULT, mntent, NULL, NULL);
}

int
PVFS_sys_fs_remove (struct PVFS_sys_mntent *mntent)
{
    return PVFS_ctx_fs_remove (PVFS_CTX_DEFAULT, mntent);
}

/* --- names ------------------------------------------------------------------------------------------------------------------------ */

PVFS_error
PVFS_sys_lookup (PVFS_fs_id fs_id, char *name, const PVFS_credential *credential, PVFS_sysresp_lookup *resp, int32_t follow_link,
                 PVFS_hint hints)
{
    return PVFS_ctx_lookup (PVFS_CTX_DEFAULT, fs_id, name, credential, resp, follow_link, hints);
}

PVFS_error
PVFS_sys_getparent (PVFS_fs_id fs_id, char *entry_name, const PVFS_credential *credential, PVFS_sysresp_getparent *resp,
                    PVFS_hint hints)
{
    return PVFS_ctx_getparent (PVFS_CTX_DEFAULT, fs_id, entry_name, credential, resp, hints);
}

PVFS_error
PVFS_sys_ref_lookup (PVFS_fs_id fs_id, char *relative_pathname, PVFS_object_ref parent_ref, const PVFS_credential *credential,
                     PVFS_sysresp_lookup *resp, int32_t follow_link, PVFS_hint hints)
{
    return PVFS_ctx_ref_lookup (PVFS_CTX_DEFAULT, fs_id, relative_pathname, parent_ref, credential, resp, follow_link, NULL, hints,
                                NULL);
}

PVFS_error
PVFS_sys_create (char *entry_name, PVFS_object_ref ref, PVFS_sys_attr attr, const PVFS_credential *credential, PVFS_sys_dist *dist,
                 PVFS_sysresp_create *resp, PVFS_sys_layout *layout, PVFS_hint hints)
{
    return PVFS_ctx_create (PVFS_CTX_DEFAULT, entry_name, ref, attr, credential, dist, layout, resp, NULL, hints, NULL);
}

PVFS_error
PVFS_sys_mkdir (char *entry_name, PVFS_object_ref parent_ref, PVFS_sys_attr attr, const PVFS_credential *credential,
                PVFS_sysresp_mkdir *resp, PVFS_hint hints)
{
    return PVFS_ctx_mkdir (PVFS_CTX_DEFAULT, entry_name, parent_ref, attr, credential, resp, NULL, hints, NULL);
}

PVFS_error
PVFS_sys_symlink (char *entry_name, PVFS_object_ref parent_ref, char *target, PVFS_sys_attr attr, const PVFS_credential *credential,
                  PVFS_sysresp_symlink *resp, PVFS_hint hints)
{
    return PVFS_ctx_symlink (PVFS_CTX_DEFAULT, entry_name, parent_ref, target, attr, credential, resp, NULL, hints, NULL);
}

PVFS_error
PVFS_sys_remove (char *entry_name, PVFS_object_ref ref, const PVFS_credential *credential, PVFS_hint hints)
{
    return PVFS_ctx_remove (PVFS_CTX_DEFAULT, entry_name, ref, credential, NULL, hints, NULL);
}

PVFS_error
PVFS_sys_rename (char *old_entry, PVFS_object_ref old_parent_ref, char *new_entry, PVFS_object_ref new_parent_ref,
                 const PVFS_credential *credential, PVFS_hint hints)
{
    return PVFS_ctx_rename (PVFS_CTX_DEFAULT, old_entry, old_parent_ref, new_entry, new_parent_ref, credential, NULL, hints, NULL);
}

PVFS_error
PVFS_sys_rename2 (char *old_entry, PVFS_object_ref old_parent_ref, char *new_entry, PVFS_object_ref new_parent_ref, uint32_t flags,
                  const PVFS_credential *credential, PVFS_hint hints)
{
    return PVFS_ctx_rename2 (PVFS_CTX_DEFAULT, old_entry, old_parent_ref, new_entry, new_parent_ref, flags, credential, NULL, hints,
                             NULL);
}

PVFS_error
PVFS_sys_link (char *entry_name, PVFS_object_ref parent_ref, PVFS_object_ref target_ref, const PVFS_credential *credential,
               PVFS_hint hints)
{
    return PVFS_ctx_link (PVFS_CTX_DEFAULT, entry_name, parent_ref, target_ref, credential, NULL, hints, NULL);
}

PVFS_error
PVFS_sys_mknod (char *entry_name, PVFS_object_ref parent_ref, PVFS_sys_attr attr, uint32_t type, uint64_t rdev,
                const PVFS_credential *credential, PVFS_sysresp_mknod *resp, PVFS_hint hints)
{
    return PVFS_ctx_mknod (PVFS_CTX_DEFAULT, entry_name, parent_ref, attr, type, rdev, credential, resp, NULL, hints, NULL);
}

PVFS_error
PVFS_sys_readdir (PVFS_object_ref ref, PVFS_ds_position token, int32_t pvfs_dirent_incount, const PVFS_credential *credential,
                  PVFS_sysresp_readdir *resp, PVFS_hint hints)
{
    return PVFS_ctx_readdir (PVFS_CTX_DEFAULT, ref, token, pvfs_dirent_incount, credential, resp, NULL, hints, NULL);
}

PVFS_error
PVFS_sys_readdirplus (PVFS_object_ref ref, PVFS_ds_position token, int32_t pvfs_dirent_incount, const PVFS_credential *credential,
                      uint32_t attrmask, PVFS_sysresp_readdirplus *resp, PVFS_hint hints)
{
    return PVFS_ctx_readdirplus (PVFS_CTX_DEFAULT, ref, token, pvfs_dirent_incount, credential, attrmask, resp, NULL, hints, NULL);
}

PVFS_error
PVFS_sys_readdirstat (PVFS_object_ref ref, PVFS_ds_position token, int32_t pvfs_dirent_incount, const PVFS_credential *credential,
                      uint32_t attrmask, PVFS_sysresp_readdirstat *resp, PVFS_hint hints)
{
    return PVFS_ctx_readdirstat (PVFS_CTX_DEFAULT, ref, token, pvfs_dirent_incount, credential, attrmask, resp, NULL, hints, NULL);
}

/* --- attributes ---------------------------------------------------------------------------------------------------------------------- */

PVFS_error
PVFS_sys_getattr (PVFS_object_ref ref, uint32_t attrmask, const PVFS_credential *credential, PVFS_sysresp_getattr *resp,
                  PVFS_hint hints)
{
    return PVFS_ctx_getattr (PVFS_CTX_DEFAULT, ref, attrmask, credential, resp, NULL, hints, NULL);
}

PVFS_error
PVFS_sys_setattr (PVFS_object_ref ref, PVFS_sys_attr attr, const PVFS_credential *credential, PVFS_hint hints)
{
    return PVFS_ctx_setattr (PVFS_CTX_DEFAULT, ref, attr, credential, NULL, hints, NULL);
}

PVFS_error
PVFS_sys_stat (PVFS_object_ref ref, const PVFS_credential *credential, PVFS_sysresp_stat *resp, PVFS_hint hints)
{
    return PVFS_ctx_stat (PVFS_CTX_DEFAULT, ref, credential, resp, NULL, hints, NULL);
}

PVFS_error
PVFS_sys_utimens (PVFS_object_ref ref, PVFS_time_ns atime, PVFS_time_ns mtime, const PVFS_credential *credential, PVFS_hint hints)
{
    return PVFS_ctx_utimens (PVFS_CTX_DEFAULT, ref, atime, mtime, credential, NULL, hints, NULL);
}

PVFS_error
PVFS_sys_attr_free (PVFS_sys_attr *attr)
{
    if (!attr)
        return -PVFS_EINVAL;
    PVFS_util_release_sys_attr (attr);
    return 0;
}

PVFS_error
PVFS_sys_geteattr_list (PVFS_object_ref ref, const PVFS_credential *credential, int32_t nkey, PVFS_ds_keyval *key_p,
                        PVFS_sysresp_geteattr *resp, PVFS_hint hints)
{
    return PVFS_ctx_geteattr_list (PVFS_CTX_DEFAULT, ref, credential, nkey, key_p, resp, NULL, hints, NULL);
}

PVFS_error
PVFS_sys_geteattr (PVFS_object_ref ref, const PVFS_credential *credential, PVFS_ds_keyval *key_p, PVFS_ds_keyval *val_p,
                   PVFS_hint hints)
{
    PVFS_sysresp_geteattr resp = { .val_array = val_p };
    return PVFS_sys_geteattr_list (ref, credential, 1, key_p, &resp, hints);
}

PVFS_error
PVFS_sys_seteattr_list (PVFS_object_ref ref, const PVFS_credential *credential, int32_t nkey, PVFS_ds_keyval *key_array,
                        PVFS_ds_keyval *val_array, int32_t flags, PVFS_hint hints)
{
    return PVFS_ctx_seteattr_list (PVFS_CTX_DEFAULT, ref, credential, nkey, key_array, val_array, flags, NULL, hints, NULL);
}

PVFS_error
PVFS_sys_seteattr (PVFS_object_ref ref, const PVFS_credential *credential, PVFS_ds_keyval *key_p, PVFS_ds_keyval *val_p, int32_t flags,
                   PVFS_hint hints)
{
    return PVFS_sys_seteattr_list (ref, credential, 1, key_p, val_p, flags, hints);
}

PVFS_error
PVFS_sys_atomiceattr_list (PVFS_object_ref ref, const PVFS_credential *credential, int32_t nkey, PVFS_ds_keyval *key_array,
                           PVFS_ds_keyval *val_array, PVFS_sysresp_geteattr *resp_p, int32_t flags, int32_t opcode, PVFS_hint hints)
{
    return PVFS_ctx_atomiceattr_list (PVFS_CTX_DEFAULT, ref, credential, nkey, key_array, val_array, resp_p, flags, NULL, opcode, hints,
                                      NULL);
}

PVFS_error
PVFS_sys_atomiceattr (PVFS_object_ref ref, const PVFS_credential *credential, PVFS_ds_keyval *key_p, PVFS_ds_keyval *val_p,
                      PVFS_ds_keyval *response, int32_t flags, int32_t opcode, PVFS_hint hints)
{
    PVFS_sysresp_geteattr resp = { .val_array = response };
    return PVFS_sys_atomiceattr_list (ref, credential, 1, key_p, val_p, &resp, flags, opcode, hints);
}

PVFS_error
PVFS_sys_deleattr (PVFS_object_ref ref, const PVFS_credential *credential, PVFS_ds_keyval *key_p, PVFS_hint hints)
{
    return PVFS_ctx_deleattr (PVFS_CTX_DEFAULT, ref, credential, key_p, NULL, hints, NULL);
}

PVFS_error
PVFS_sys_listeattr (PVFS_object_ref ref, PVFS_ds_position token, int32_t nkey, const PVFS_credential *credential,
                    PVFS_sysresp_listeattr *resp, PVFS_hint hints)
{
    return PVFS_ctx_listeattr (PVFS_CTX_DEFAULT, ref, token, nkey, credential, resp, NULL, hints, NULL);
}

/* --- data ------------------------------------------------------------------------------------------------------------------------------ */

PVFS_error
PVFS_sys_io (PVFS_object_ref ref, PVFS_Request file_req, PVFS_offset file_req_offset, void *buffer, PVFS_Request mem_req,
             const PVFS_credential *credential, PVFS_sysresp_io *resp, enum PVFS_io_type type, PVFS_hint hints)
{
    return PVFS_ctx_io (PVFS_CTX_DEFAULT, ref, file_req, file_req_offset, buffer, mem_req, credential, resp, type, NULL, hints, NULL);
}

PVFS_error
PVFS_sys_iov (PVFS_object_ref ref, PVFS_Request file_req, PVFS_offset file_req_offset, const struct iovec *iov, int iovcnt,
              const PVFS_credential *credential, PVFS_sysresp_io *resp, enum PVFS_io_type type, PVFS_hint hints)
{
    return PVFS_ctx_iov (PVFS_CTX_DEFAULT, ref, file_req, file_req_offset, iov, iovcnt, credential, resp, type, NULL, hints, NULL);
}

PVFS_error
PVFS_sys_truncate (PVFS_object_ref ref, PVFS_size size, const PVFS_credential *credential, PVFS_hint hints)
{
    return PVFS_ctx_truncate (PVFS_CTX_DEFAULT, ref, size, credential, NULL, hints, NULL);
}

PVFS_error
PVFS_sys_flush (PVFS_object_ref ref, const PVFS_credential *credential, PVFS_hint hints)
{
    return PVFS_ctx_flush (PVFS_CTX_DEFAULT, ref, credential, NULL, hints, NULL);
}

PVFS_error
PVFS_sys_statfs_servers (PVFS_fs_id fs_id, const PVFS_credential *credential, PVFS_sysresp_statfs_servers *resp, PVFS_hint hints)
{
    return PVFS_ctx_statfs_servers (PVFS_CTX_DEFAULT, fs_id, credential, resp, NULL, hints, NULL);
}

PVFS_error
PVFS_sys_statfs (PVFS_fs_id fs_id, const PVFS_credential *credential, PVFS_sysresp_statfs *resp, PVFS_hint hints)
{
    return PVFS_ctx_statfs (PVFS_CTX_DEFAULT, fs_id, credential, resp, NULL, hints, NULL);
}

/* --- settings ---------------------------------------------------------------------------------------------------------------------------- */

PVFS_error
PVFS_sys_set_info (enum PVFS_sys_setinfo_opt option, unsigned int arg)
{
    return PVFS_ctx_set_info (PVFS_CTX_DEFAULT, option, arg);
}

PVFS_error
PVFS_sys_get_info (enum PVFS_sys_setinfo_opt option, unsigned int *arg)
{
    return PVFS_ctx_get_info (PVFS_CTX_DEFAULT, option, arg);
}
