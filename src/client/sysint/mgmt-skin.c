/*
 * PVFS_mgmt_* and PVFS_imgmt_*: the calls of mgmt-api.c, repair-api.c and live-ops-api.c on the default instance.
 */
#include "pvfs2.h"

PVFS_error
PVFS_mgmt_count_servers (PVFS_fs_id fs_id, int server_type, int *count)
{
    return PVFS_ctx_mgmt_count_servers (PVFS_CTX_DEFAULT, fs_id, server_type, count);
}

PVFS_error
PVFS_mgmt_get_server_array (PVFS_fs_id fs_id, int server_type, PVFS_BMI_addr_t *addr_array, int *inout_count_p)
{
    return PVFS_ctx_mgmt_get_server_array (PVFS_CTX_DEFAULT, fs_id, server_type, addr_array, inout_count_p);
}

const char *
PVFS_mgmt_map_addr (PVFS_fs_id fs_id, PVFS_BMI_addr_t addr, int *server_type)
{
    return PVFS_ctx_mgmt_map_addr (PVFS_CTX_DEFAULT, fs_id, addr, server_type);
}

PVFS_error
PVFS_imgmt_noop (PVFS_fs_id fs_id, const PVFS_credential *credential, PVFS_BMI_addr_t addr, PVFS_mgmt_op_id *op_id, PVFS_hint hints,
                 void *user_ptr)
{
    return PVFS_ctx_mgmt_noop (PVFS_CTX_DEFAULT, fs_id, credential, addr, op_id, hints, user_ptr);
}

PVFS_error
PVFS_mgmt_noop (PVFS_fs_id fs_id, const PVFS_credential *credential, PVFS_BMI_addr_t addr, PVFS_hint hints)
{
    return PVFS_ctx_mgmt_noop (PVFS_CTX_DEFAULT, fs_id, credential, addr, NULL, hints, NULL);
}

PVFS_error
PVFS_imgmt_setparam_list (PVFS_fs_id fs_id, const PVFS_credential *credential, enum PVFS_server_param param,
                          struct PVFS_mgmt_setparam_value *value, PVFS_BMI_addr_t *addr_array, int count, PVFS_error_details *details,
                          PVFS_hint hints, PVFS_mgmt_op_id *op_id, void *user_ptr)
{
    return PVFS_ctx_mgmt_setparam_list (PVFS_CTX_DEFAULT, fs_id, credential, param, value, addr_array, count, details, hints, op_id,
                                        user_ptr);
}

PVFS_error
PVFS_mgmt_setparam_list (PVFS_fs_id fs_id, const PVFS_credential *credential, enum PVFS_server_param param,
                         struct PVFS_mgmt_setparam_value *value, PVFS_BMI_addr_t *addr_array, int count, PVFS_error_details *details,
                         PVFS_hint hints)
{
    return PVFS_ctx_mgmt_setparam_list (PVFS_CTX_DEFAULT, fs_id, credential, param, value, addr_array, count, details, hints, NULL,
                                        NULL);
}

PVFS_error
PVFS_mgmt_setparam_all (PVFS_fs_id fs_id, const PVFS_credential *credential, enum PVFS_server_param param,
                        struct PVFS_mgmt_setparam_value *value, PVFS_error_details *details, PVFS_hint hints)
{
    return PVFS_ctx_mgmt_setparam_all (PVFS_CTX_DEFAULT, fs_id, credential, param, value, details, hints);
}

PVFS_error
PVFS_mgmt_setparam_single (PVFS_fs_id fs_id, const PVFS_credential *credential, enum PVFS_server_param param,
                           struct PVFS_mgmt_setparam_value *value, char *server_addr_str, PVFS_error_details *details, PVFS_hint hints)
{
    return PVFS_ctx_mgmt_setparam_single (PVFS_CTX_DEFAULT, fs_id, credential, param, value, server_addr_str, details, hints);
}

PVFS_error
PVFS_imgmt_statfs_list (PVFS_fs_id fs_id, const PVFS_credential *credential, struct PVFS_mgmt_server_stat *stat_array,
                        PVFS_BMI_addr_t *addr_array, int count, PVFS_error_details *details, PVFS_mgmt_op_id *op_id, PVFS_hint hints,
                        void *user_ptr)
{
    return PVFS_ctx_mgmt_statfs_list (PVFS_CTX_DEFAULT, fs_id, credential, stat_array, addr_array, count, details, op_id, hints,
                                      user_ptr);
}

PVFS_error
PVFS_mgmt_statfs_list (PVFS_fs_id fs_id, const PVFS_credential *credential, struct PVFS_mgmt_server_stat *stat_array,
                       PVFS_BMI_addr_t *addr_array, int count, PVFS_error_details *details, PVFS_hint hints)
{
    return PVFS_ctx_mgmt_statfs_list (PVFS_CTX_DEFAULT, fs_id, credential, stat_array, addr_array, count, details, NULL, hints, NULL);
}

PVFS_error
PVFS_mgmt_statfs_all (PVFS_fs_id fs_id, const PVFS_credential *credential, struct PVFS_mgmt_server_stat *stat_array, int *inout_count_p,
                      PVFS_error_details *details, PVFS_hint hints)
{
    return PVFS_ctx_mgmt_statfs_all (PVFS_CTX_DEFAULT, fs_id, credential, stat_array, inout_count_p, details, hints);
}

PVFS_error
PVFS_imgmt_perf_mon_list (PVFS_fs_id fs_id, const PVFS_credential *credential, int32_t cnt_type, int64_t **perf_matrix,
                          uint64_t *end_time_ms_array, PVFS_BMI_addr_t *addr_array, uint32_t *next_id_array, int server_count,
                          int *key_count, int *sample_count, PVFS_error_details *details, PVFS_mgmt_op_id *op_id, PVFS_hint hints,
                          void *user_ptr)
{
    return PVFS_ctx_mgmt_perf_mon_list (PVFS_CTX_DEFAULT, fs_id, credential, cnt_type, perf_matrix, end_time_ms_array, addr_array,
                                        next_id_array, server_count, key_count, sample_count, details, op_id, hints, user_ptr);
}

PVFS_error
PVFS_mgmt_perf_mon_list (PVFS_fs_id fs_id, const PVFS_credential *credential, int32_t cnt_type, int64_t **perf_matrix,
                         uint64_t *end_time_ms_array, PVFS_BMI_addr_t *addr_array, uint32_t *next_id_array, int server_count,
                         int *key_count, int *sample_count, PVFS_error_details *details, PVFS_hint hints)
{
    return PVFS_ctx_mgmt_perf_mon_list (PVFS_CTX_DEFAULT, fs_id, credential, cnt_type, perf_matrix, end_time_ms_array, addr_array,
                                        next_id_array, server_count, key_count, sample_count, details, NULL, hints, NULL);
}

PVFS_error
PVFS_imgmt_event_mon_list (PVFS_fs_id fs_id, const PVFS_credential *credential, struct PVFS_mgmt_event **event_matrix,
                           PVFS_BMI_addr_t *addr_array, int server_count, int event_count, PVFS_error_details *details,
                           PVFS_mgmt_op_id *op_id, PVFS_hint hints, void *user_ptr)
{
    return PVFS_ctx_mgmt_event_mon_list (PVFS_CTX_DEFAULT, fs_id, credential, event_matrix, addr_array, server_count, event_count,
                                         details, op_id, hints, user_ptr);
}

PVFS_error
PVFS_mgmt_event_mon_list (PVFS_fs_id fs_id, const PVFS_credential *credential, struct PVFS_mgmt_event **event_matrix,
                          PVFS_BMI_addr_t *addr_array, int server_count, int event_count, PVFS_error_details *details, PVFS_hint hints)
{
    return PVFS_ctx_mgmt_event_mon_list (PVFS_CTX_DEFAULT, fs_id, credential, event_matrix, addr_array, server_count, event_count,
                                         details, NULL, hints, NULL);
}

PVFS_error
PVFS_imgmt_get_uid_list (PVFS_fs_id fs_id, PVFS_credential *credential, int server_count, PVFS_BMI_addr_t *addr_array, uint32_t history,
                         PVFS_uid_info_s **uid_info_array, uint32_t *uid_count, PVFS_mgmt_op_id *op_id, PVFS_hint hints, void *user_ptr)
{
    return PVFS_ctx_mgmt_get_uid_list (PVFS_CTX_DEFAULT, fs_id, credential, server_count, addr_array, history, uid_info_array,
                                       uid_count, op_id, hints, user_ptr);
}

PVFS_error
PVFS_mgmt_get_uid_list (PVFS_fs_id fs_id, PVFS_credential *credential, int server_count, PVFS_BMI_addr_t *addr_array, uint32_t history,
                        PVFS_uid_info_s **uid_info_array, uint32_t *uid_count, PVFS_hint hints, void *user_ptr)
{
    return PVFS_ctx_mgmt_get_uid_list (PVFS_CTX_DEFAULT, fs_id, credential, server_count, addr_array, history, uid_info_array,
                                       uid_count, NULL, hints, user_ptr);
}

int
PVFS_mgmt_get_config (const PVFS_fs_id *fsid, PVFS_BMI_addr_t *addr, char *fs_buf, int fs_buf_size, const PVFS_credential *credential)
{
    return PVFS_ctx_mgmt_get_config (PVFS_CTX_DEFAULT, fsid, addr, fs_buf, fs_buf_size, credential);
}

PVFS_error
PVFS_imgmt_iterate_handles_list (PVFS_fs_id fs_id, const PVFS_credential *credential, PVFS_handle **handle_matrix,
                                 int *handle_count_array, PVFS_ds_position *position_array, PVFS_BMI_addr_t *addr_array,
                                 int server_count, int flags, PVFS_error_details *details, PVFS_hint hints, PVFS_mgmt_op_id *op_id,
                                 void *user_ptr)
{
    return PVFS_ctx_mgmt_iterate_handles_list (PVFS_CTX_DEFAULT, fs_id, credential, handle_matrix, handle_count_array, position_array,
                                               addr_array, server_count, flags, details, hints, op_id, user_ptr);
}

PVFS_error
PVFS_mgmt_iterate_handles_list (PVFS_fs_id fs_id, const PVFS_credential *credential, PVFS_handle **handle_matrix,
                                int *handle_count_array, PVFS_ds_position *position_array, PVFS_BMI_addr_t *addr_array,
                                int server_count, int flags, PVFS_error_details *details, PVFS_hint hints)
{
    return PVFS_ctx_mgmt_iterate_handles_list (PVFS_CTX_DEFAULT, fs_id, credential, handle_matrix, handle_count_array, position_array,
                                               addr_array, server_count, flags, details, hints, NULL, NULL);
}

PVFS_error
PVFS_imgmt_get_dfile_array (PVFS_object_ref ref, const PVFS_credential *credential, PVFS_handle *dfile_array, int dfile_count,
                            PVFS_mgmt_op_id *op_id, PVFS_hint hints, void *user_ptr)
{
    return PVFS_ctx_mgmt_get_dfile_array (PVFS_CTX_DEFAULT, ref, credential, dfile_array, dfile_count, op_id, hints, user_ptr);
}

PVFS_error
PVFS_mgmt_get_dfile_array (PVFS_object_ref ref, const PVFS_credential *credential, PVFS_handle *dfile_array, int dfile_count,
                           PVFS_hint hints)
{
    return PVFS_ctx_mgmt_get_dfile_array (PVFS_CTX_DEFAULT, ref, credential, dfile_array, dfile_count, NULL, hints, NULL);
}

PVFS_error
PVFS_imgmt_remove_object (PVFS_object_ref object_ref, const PVFS_credential *credential, PVFS_mgmt_op_id *op_id, PVFS_hint hints,
                          void *user_ptr)
{
    return PVFS_ctx_mgmt_remove_object (PVFS_CTX_DEFAULT, object_ref, credential, op_id, hints, user_ptr);
}

PVFS_error
PVFS_mgmt_remove_object (PVFS_object_ref object_ref, PVFS_credential *credential, PVFS_hint hints)
{
    return PVFS_ctx_mgmt_remove_object (PVFS_CTX_DEFAULT, object_ref, credential, NULL, hints, NULL);
}

PVFS_error
PVFS_imgmt_remove_dirent (PVFS_object_ref parent_ref, char *entry, const PVFS_credential *credential, PVFS_mgmt_op_id *op_id,
                          PVFS_hint hints, void *user_ptr)
{
    return PVFS_ctx_mgmt_remove_dirent (PVFS_CTX_DEFAULT, parent_ref, entry, credential, op_id, hints, user_ptr);
}

PVFS_error
PVFS_mgmt_remove_dirent (PVFS_object_ref parent_ref, char *entry, const PVFS_credential *credential, PVFS_hint hints)
{
    return PVFS_ctx_mgmt_remove_dirent (PVFS_CTX_DEFAULT, parent_ref, entry, credential, NULL, hints, NULL);
}

PVFS_error
PVFS_imgmt_create_dirent (PVFS_object_ref parent_ref, char *entry, PVFS_handle entry_handle, const PVFS_credential *credential,
                          PVFS_mgmt_op_id *op_id, PVFS_hint hints, void *user_ptr)
{
    return PVFS_ctx_mgmt_create_dirent (PVFS_CTX_DEFAULT, parent_ref, entry, entry_handle, credential, op_id, hints, user_ptr);
}

PVFS_error
PVFS_mgmt_create_dirent (PVFS_object_ref parent_ref, char *entry, PVFS_handle entry_handle, const PVFS_credential *credential,
                         PVFS_hint hints)
{
    return PVFS_ctx_mgmt_create_dirent (PVFS_CTX_DEFAULT, parent_ref, entry, entry_handle, credential, NULL, hints, NULL);
}

PVFS_error
PVFS_imgmt_repair_file (char *object_name, PVFS_object_ref parent_ref, PVFS_sys_attr attr, const PVFS_credential *credential,
                        PVFS_handle handle, PVFS_sysresp_create *resp, PVFS_sys_op_id *op_id, void *user_ptr)
{
    return PVFS_ctx_mgmt_repair_file (PVFS_CTX_DEFAULT, object_name, parent_ref, attr, credential, handle, resp, op_id, user_ptr);
}

PVFS_error
PVFS_mgmt_repair_file (char *object_name, PVFS_object_ref parent_ref, PVFS_sys_attr attr, const PVFS_credential *credential,
                       PVFS_handle handle, PVFS_sysresp_create *resp)
{
    return PVFS_ctx_mgmt_repair_file (PVFS_CTX_DEFAULT, object_name, parent_ref, attr, credential, handle, resp, NULL, NULL);
}

PVFS_error
PVFS_imgmt_get_dirdata_array (PVFS_object_ref ref, const PVFS_credential *credential, PVFS_handle *dirdata_array, int dirdata_count,
                              PVFS_mgmt_op_id *op_id, PVFS_hint hints, void *user_ptr)
{
    return PVFS_ctx_mgmt_get_dirdata_array (PVFS_CTX_DEFAULT, ref, credential, dirdata_array, dirdata_count, op_id, hints, user_ptr);
}

PVFS_error
PVFS_mgmt_get_dirdata_array (PVFS_object_ref ref, const PVFS_credential *credential, PVFS_handle *dirdata_array, int dirdata_count,
                             PVFS_hint hints)
{
    return PVFS_ctx_mgmt_get_dirdata_array (PVFS_CTX_DEFAULT, ref, credential, dirdata_array, dirdata_count, NULL, hints, NULL);
}

PVFS_error
PVFS_imgmt_get_dirdata_handle (PVFS_object_ref parent_ref, PVFS_handle *out_dirdata_handle, const PVFS_credential *credential,
                               PVFS_mgmt_op_id *op_id, PVFS_hint hints, void *user_ptr)
{
    return PVFS_ctx_mgmt_get_dirdata_handle (PVFS_CTX_DEFAULT, parent_ref, out_dirdata_handle, credential, op_id, hints, user_ptr);
}

PVFS_error
PVFS_mgmt_get_dirdata_handle (PVFS_object_ref parent_ref, PVFS_handle *out_dirdata_handle, const PVFS_credential *credential,
                              PVFS_hint hints)
{
    return PVFS_ctx_mgmt_get_dirdata_handle (PVFS_CTX_DEFAULT, parent_ref, out_dirdata_handle, credential, NULL, hints, NULL);
}

PVFS_error
PVFS_mgmt_live_ops (PVFS_fs_id fs_id, const PVFS_credential *credential, PVFS_BMI_addr_t addr, struct PVFS_mgmt_live_op **ops,
                    int *nops, struct PVFS_mgmt_live_connection **conns, int *nconns, PVFS_hint hints)
{
    return PVFS_ctx_mgmt_live_ops (PVFS_CTX_DEFAULT, fs_id, credential, addr, ops, nops, conns, nconns, hints);
}

PVFS_error
PVFS_mgmt_map_handle (PVFS_fs_id fs_id, PVFS_handle handle, PVFS_BMI_addr_t *addr)
{
    return PVFS_ctx_mgmt_map_handle (PVFS_CTX_DEFAULT, fs_id, handle, addr);
}
