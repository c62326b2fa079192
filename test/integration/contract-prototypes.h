/*
 * PVFS2's and OrangeFS's prototypes, one line each, written from facts about their headers and not from ours:
 *
 *     FUNCTION (result, name, (parameters))
 *
 * A difference from our headers does not compile, a missing symbol does not link (contract-test.c).
 */
FUNCTION (PVFS_error, PVFS_sys_attr_free, (PVFS_sys_attr *attr))
FUNCTION (int, PVFS_sys_initialize, (uint64_t default_debug_mask))
FUNCTION (int, PVFS_sys_fs_add, (struct PVFS_sys_mntent *mntent))
FUNCTION (int, PVFS_isys_fs_add, (struct PVFS_sys_mntent *mntent, PVFS_sys_op_id *op_id, void *user_ptr))
FUNCTION (int, PVFS_sys_fs_remove, (struct PVFS_sys_mntent *mntent))
FUNCTION (int, PVFS_sys_finalize, (void))
FUNCTION (PVFS_error, PVFS_isys_ref_lookup, (PVFS_fs_id fs_id, char *relative_pathname, PVFS_object_ref parent_ref,
          const PVFS_credential *credential, PVFS_sysresp_lookup *resp, int32_t follow_link, PVFS_sys_op_id *op_id, PVFS_hint hints,
          void *user_ptr))
FUNCTION (PVFS_error, PVFS_sys_ref_lookup, (PVFS_fs_id fs_id, char *relative_pathname, PVFS_object_ref parent_ref,
          const PVFS_credential *credential, PVFS_sysresp_lookup *resp, int32_t follow_link, PVFS_hint hints))
FUNCTION (PVFS_error, PVFS_sys_lookup, (PVFS_fs_id fs_id, char *name, const PVFS_credential *credential, PVFS_sysresp_lookup *resp,
          int32_t follow_link, PVFS_hint hints))
FUNCTION (PVFS_error, PVFS_isys_getattr, (PVFS_object_ref ref, uint32_t attrmask, const PVFS_credential *credential,
          PVFS_sysresp_getattr *resp, PVFS_sys_op_id *op_id, PVFS_hint hints, void *user_ptr))
FUNCTION (PVFS_error, PVFS_sys_getattr, (PVFS_object_ref ref, uint32_t attrmask, const PVFS_credential *credential,
          PVFS_sysresp_getattr *resp, PVFS_hint hints))
FUNCTION (PVFS_error, PVFS_isys_setattr, (PVFS_object_ref ref, PVFS_sys_attr attr, const PVFS_credential *credential,
          PVFS_sys_op_id *op_id, PVFS_hint hints, void *user_ptr))
FUNCTION (PVFS_error, PVFS_sys_setattr, (PVFS_object_ref ref, PVFS_sys_attr attr, const PVFS_credential *credential, PVFS_hint hints))
FUNCTION (PVFS_error, PVFS_isys_mkdir, (char *entry_name, PVFS_object_ref parent_ref, PVFS_sys_attr attr,
          const PVFS_credential *credential, PVFS_sysresp_mkdir *resp, PVFS_sys_op_id *op_id, PVFS_hint hints, void *user_ptr))
FUNCTION (PVFS_error, PVFS_sys_mkdir, (char *entry_name, PVFS_object_ref parent_ref, PVFS_sys_attr attr,
          const PVFS_credential *credential, PVFS_sysresp_mkdir *resp, PVFS_hint hints))
FUNCTION (PVFS_error, PVFS_isys_readdir, (PVFS_object_ref ref, PVFS_ds_position token, int32_t pvfs_dirent_incount,
          const PVFS_credential *credential, PVFS_sysresp_readdir *resp, PVFS_sys_op_id *op_id, PVFS_hint hints, void *user_ptr))
FUNCTION (PVFS_error, PVFS_sys_readdir, (PVFS_object_ref ref, PVFS_ds_position token, int32_t pvfs_dirent_incount,
          const PVFS_credential *credential, PVFS_sysresp_readdir *resp, PVFS_hint hints))
FUNCTION (PVFS_error, PVFS_isys_readdirplus, (PVFS_object_ref ref, PVFS_ds_position token, int32_t pvfs_dirent_incount,
          const PVFS_credential *credential, uint32_t attrmask, PVFS_sysresp_readdirplus *resp, PVFS_sys_op_id *op_id, PVFS_hint hints,
          void *user_ptr))
FUNCTION (PVFS_error, PVFS_sys_readdirplus, (PVFS_object_ref ref, PVFS_ds_position token, int32_t pvfs_dirent_incount,
          const PVFS_credential *credential, uint32_t attrmask, PVFS_sysresp_readdirplus *resp, PVFS_hint hints))
FUNCTION (PVFS_error, PVFS_isys_create, (char *entry_name, PVFS_object_ref ref, PVFS_sys_attr attr, const PVFS_credential *credential,
          PVFS_sys_dist *dist, PVFS_sys_layout *layout, PVFS_sysresp_create *resp, PVFS_sys_op_id *op_id, PVFS_hint hints,
          void *user_ptr))
FUNCTION (PVFS_error, PVFS_sys_create, (char *entry_name, PVFS_object_ref ref, PVFS_sys_attr attr, const PVFS_credential *credential,
          PVFS_sys_dist *dist, PVFS_sysresp_create *resp, PVFS_sys_layout *layout, PVFS_hint hints))
FUNCTION (PVFS_error, PVFS_isys_remove, (char *entry_name, PVFS_object_ref ref, const PVFS_credential *credential,
          PVFS_sys_op_id *op_id, PVFS_hint hints, void *user_ptr))
FUNCTION (PVFS_error, PVFS_sys_remove, (char *entry_name, PVFS_object_ref ref, const PVFS_credential *credential, PVFS_hint hints))
FUNCTION (PVFS_error, PVFS_isys_rename, (char *old_entry, PVFS_object_ref old_parent_ref, char *new_entry,
          PVFS_object_ref new_parent_ref, const PVFS_credential *credential, PVFS_sys_op_id *op_id, PVFS_hint hints, void *user_ptr))
FUNCTION (PVFS_error, PVFS_sys_rename, (char *old_entry, PVFS_object_ref old_parent_ref, char *new_entry,
          PVFS_object_ref new_parent_ref, const PVFS_credential *credential, PVFS_hint hints))
FUNCTION (PVFS_error, PVFS_isys_symlink, (char *entry_name, PVFS_object_ref parent_ref, char *target, PVFS_sys_attr attr,
          const PVFS_credential *credential, PVFS_sysresp_symlink *resp, PVFS_sys_op_id *op_id, PVFS_hint hints, void *user_ptr))
FUNCTION (PVFS_error, PVFS_sys_symlink, (char *entry_name, PVFS_object_ref parent_ref, char *target, PVFS_sys_attr attr,
          const PVFS_credential *credential, PVFS_sysresp_symlink *resp, PVFS_hint hints))
FUNCTION (PVFS_error, PVFS_isys_io, (PVFS_object_ref ref, PVFS_Request file_req, PVFS_offset file_req_offset, void *buffer,
          PVFS_Request mem_req, const PVFS_credential *credential, PVFS_sysresp_io *resp, enum PVFS_io_type type, PVFS_sys_op_id *op_id,
          PVFS_hint hints, void *user_ptr))
FUNCTION (PVFS_error, PVFS_sys_io, (PVFS_object_ref ref, PVFS_Request file_req, PVFS_offset file_req_offset, void *buffer,
          PVFS_Request mem_req, const PVFS_credential *credential, PVFS_sysresp_io *resp, enum PVFS_io_type type, PVFS_hint hints))
FUNCTION (PVFS_error, PVFS_isys_truncate, (PVFS_object_ref ref, PVFS_size size, const PVFS_credential *credential,
          PVFS_sys_op_id *op_id, PVFS_hint hints, void *user_ptr))
FUNCTION (PVFS_error, PVFS_sys_truncate, (PVFS_object_ref ref, PVFS_size size, const PVFS_credential *credential, PVFS_hint hints))
FUNCTION (PVFS_error, PVFS_sys_getparent, (PVFS_fs_id fs_id, char *entry_name, const PVFS_credential *credential,
          PVFS_sysresp_getparent *resp, PVFS_hint hints))
FUNCTION (PVFS_error, PVFS_isys_flush, (PVFS_object_ref ref, const PVFS_credential *credential, PVFS_sys_op_id *op_id, PVFS_hint hints,
          void *user_ptr))
FUNCTION (PVFS_error, PVFS_sys_flush, (PVFS_object_ref ref, const PVFS_credential *credential, PVFS_hint hints))
FUNCTION (PVFS_error, PVFS_isys_statfs, (PVFS_fs_id fs_id, const PVFS_credential *credential, PVFS_sysresp_statfs *statfs,
          PVFS_sys_op_id *op_id, PVFS_hint hints, void *user_ptr))
FUNCTION (PVFS_error, PVFS_sys_statfs, (PVFS_fs_id fs_id, const PVFS_credential *credential, PVFS_sysresp_statfs *resp,
          PVFS_hint hints))
FUNCTION (PVFS_sys_dist*, PVFS_sys_dist_lookup, (const char *dist_identifier))
FUNCTION (PVFS_error, PVFS_sys_dist_free, (PVFS_sys_dist *dist))
FUNCTION (PVFS_error, PVFS_sys_dist_setparam, (PVFS_sys_dist *dist, const char *param, void *value))
FUNCTION (PVFS_error, PVFS_dist_pv_pairs_extract_and_add, (const char *pv_pairs, void *dist))
FUNCTION (PVFS_error, PVFS_dist_pv_pair_split, (const char *pv_pair, void *dist))
FUNCTION (PVFS_error, PVFS_isys_geteattr, (PVFS_object_ref ref, const PVFS_credential *credential, PVFS_ds_keyval *key_p,
          PVFS_sysresp_geteattr *resp, PVFS_sys_op_id *op_id, PVFS_hint hints, void *user_ptr))
FUNCTION (PVFS_error, PVFS_sys_geteattr, (PVFS_object_ref ref, const PVFS_credential *credential, PVFS_ds_keyval *key_p,
          PVFS_ds_keyval *val_p, PVFS_hint hints))
FUNCTION (PVFS_error, PVFS_isys_geteattr_list, (PVFS_object_ref ref, const PVFS_credential *credential, int32_t nkey,
          PVFS_ds_keyval *key_p, PVFS_sysresp_geteattr *resp, PVFS_sys_op_id *op_id, PVFS_hint hints, void *user_ptr))
FUNCTION (PVFS_error, PVFS_sys_geteattr_list, (PVFS_object_ref ref, const PVFS_credential *credential, int32_t nkey,
          PVFS_ds_keyval *key_p, PVFS_sysresp_geteattr *resp, PVFS_hint hints))
FUNCTION (PVFS_error, PVFS_isys_seteattr, (PVFS_object_ref ref, const PVFS_credential *credential, PVFS_ds_keyval *key_p,
          PVFS_ds_keyval *val_p, int32_t flags, PVFS_sys_op_id *op_id, PVFS_hint hints, void *user_ptr))
FUNCTION (PVFS_error, PVFS_sys_seteattr, (PVFS_object_ref ref, const PVFS_credential *credential, PVFS_ds_keyval *key_p,
          PVFS_ds_keyval *val_p, int32_t flags, PVFS_hint hints))
FUNCTION (PVFS_error, PVFS_isys_seteattr_list, (PVFS_object_ref ref, const PVFS_credential *credential, int32_t nkey,
          PVFS_ds_keyval *key_array, PVFS_ds_keyval *val_array, int32_t flags, PVFS_sys_op_id *op_id, PVFS_hint hints, void *user_ptr))
FUNCTION (PVFS_error, PVFS_sys_seteattr_list, (PVFS_object_ref ref, const PVFS_credential *credential, int32_t nkey,
          PVFS_ds_keyval *key_array, PVFS_ds_keyval *val_array, int32_t flags, PVFS_hint hints))
FUNCTION (PVFS_error, PVFS_sys_atomiceattr, (PVFS_object_ref ref, const PVFS_credential *credential, PVFS_ds_keyval *key_p,
          PVFS_ds_keyval *val_p, PVFS_ds_keyval *response, int32_t flags, int32_t opcode, PVFS_hint hints))
FUNCTION (PVFS_error, PVFS_isys_atomiceattr_list, (PVFS_object_ref ref, const PVFS_credential *credential, int32_t nkey,
          PVFS_ds_keyval *key_array, PVFS_ds_keyval *val_array, PVFS_sysresp_geteattr *resp_p, int32_t flags, PVFS_sys_op_id *op_id,
          int32_t opcode, PVFS_hint hints, void *user_ptr))
FUNCTION (PVFS_error, PVFS_sys_atomiceattr_list, (PVFS_object_ref ref, const PVFS_credential *credential, int32_t nkey,
          PVFS_ds_keyval *key_array, PVFS_ds_keyval *val_array, PVFS_sysresp_geteattr *resp_p, int32_t flags, int32_t opcode,
          PVFS_hint hints))
FUNCTION (PVFS_error, PVFS_isys_deleattr, (PVFS_object_ref ref, const PVFS_credential *credential, PVFS_ds_keyval *key_p,
          PVFS_sys_op_id *op_id, PVFS_hint hints, void *user_ptr))
FUNCTION (PVFS_error, PVFS_sys_deleattr, (PVFS_object_ref ref, const PVFS_credential *credential, PVFS_ds_keyval *key_p,
          PVFS_hint hints))
FUNCTION (PVFS_error, PVFS_isys_listeattr, (PVFS_object_ref ref, PVFS_ds_position token, int32_t nkey,
          const PVFS_credential *credential, PVFS_sysresp_listeattr *resp, PVFS_sys_op_id *op_id, PVFS_hint hints, void *user_ptr))
FUNCTION (PVFS_error, PVFS_sys_listeattr, (PVFS_object_ref ref, PVFS_ds_position token, int32_t nkey, const PVFS_credential *credential,
          PVFS_sysresp_listeattr *resp, PVFS_hint hints))
FUNCTION (PVFS_error, PVFS_sys_set_info, (enum PVFS_sys_setinfo_opt option, unsigned int arg))
FUNCTION (PVFS_error, PVFS_sys_get_info, (enum PVFS_sys_setinfo_opt option, unsigned int *arg))
FUNCTION (int, PVFS_sys_testany, (PVFS_sys_op_id *op_id_array, int *op_count, void **user_ptr_array, int *error_code_array,
          int timeout_ms))
FUNCTION (int, PVFS_sys_testsome, (PVFS_sys_op_id *op_id_array, int *op_count, void **user_ptr_array, int *error_code_array,
          int timeout_ms))
FUNCTION (int, PVFS_sys_wait, (PVFS_sys_op_id op_id, const char *in_op_str, int *out_error))
FUNCTION (int, PVFS_sys_cancel, (PVFS_sys_op_id op_id))
FUNCTION (PVFS_error, PVFS_mgmt_count_servers, (PVFS_fs_id fs_id, int server_type, int *count))
FUNCTION (PVFS_error, PVFS_mgmt_get_server_array, (PVFS_fs_id fs_id, int server_type, PVFS_BMI_addr_t *addr_array, int *inout_count_p))
FUNCTION (PVFS_error, PVFS_imgmt_noop, (PVFS_fs_id fs_id, const PVFS_credential *credential, PVFS_BMI_addr_t addr,
          PVFS_mgmt_op_id *op_id, PVFS_hint hints, void *user_ptr))
FUNCTION (PVFS_error, PVFS_mgmt_noop, (PVFS_fs_id, const PVFS_credential *credential, PVFS_BMI_addr_t addr, PVFS_hint hints))
FUNCTION (const char*, PVFS_mgmt_map_addr, (PVFS_fs_id fs_id, PVFS_BMI_addr_t addr, int *server_type))
FUNCTION (PVFS_error, PVFS_imgmt_setparam_list, (PVFS_fs_id fs_id, const PVFS_credential *credential, enum PVFS_server_param param,
          struct PVFS_mgmt_setparam_value *value, PVFS_BMI_addr_t *addr_array, int count, PVFS_error_details *details, PVFS_hint hints,
          PVFS_mgmt_op_id *op_id, void *user_ptr))
FUNCTION (PVFS_error, PVFS_mgmt_setparam_list, (PVFS_fs_id fs_id, const PVFS_credential *credential, enum PVFS_server_param param,
          struct PVFS_mgmt_setparam_value *value, PVFS_BMI_addr_t *addr_array, int count, PVFS_error_details *details,
          PVFS_hint hints))
FUNCTION (PVFS_error, PVFS_mgmt_setparam_all, (PVFS_fs_id fs_id, const PVFS_credential *credential, enum PVFS_server_param param,
          struct PVFS_mgmt_setparam_value *value, PVFS_error_details *details, PVFS_hint hints))
FUNCTION (PVFS_error, PVFS_mgmt_setparam_single, (PVFS_fs_id fs_id, const PVFS_credential *credential, enum PVFS_server_param param,
          struct PVFS_mgmt_setparam_value *value, char *server_addr_str, PVFS_error_details *details, PVFS_hint hints))
FUNCTION (PVFS_error, PVFS_imgmt_statfs_list, (PVFS_fs_id fs_id, const PVFS_credential *credential,
          struct PVFS_mgmt_server_stat *stat_array, PVFS_BMI_addr_t *addr_array, int count, PVFS_error_details *details,
          PVFS_mgmt_op_id *op_id, PVFS_hint hints, void *user_ptr))
FUNCTION (PVFS_error, PVFS_mgmt_statfs_list, (PVFS_fs_id fs_id, const PVFS_credential *credential,
          struct PVFS_mgmt_server_stat *stat_array, PVFS_BMI_addr_t *addr_array, int count, PVFS_error_details *details,
          PVFS_hint hints))
FUNCTION (PVFS_error, PVFS_mgmt_statfs_all, (PVFS_fs_id fs_id, const PVFS_credential *credential,
          struct PVFS_mgmt_server_stat *stat_array, int *inout_count_p, PVFS_error_details *details, PVFS_hint hints))
FUNCTION (PVFS_error, PVFS_imgmt_perf_mon_list, (PVFS_fs_id fs_id, const PVFS_credential *credential, int32_t cnt_type,
          int64_t **perf_matrix, uint64_t *end_time_ms_array, PVFS_BMI_addr_t *addr_array, uint32_t *next_id_array, int server_count,
          int *key_count, int *sample_count, PVFS_error_details *details, PVFS_mgmt_op_id *op_id, PVFS_hint hints, void *user_ptr))
FUNCTION (PVFS_error, PVFS_mgmt_perf_mon_list, (PVFS_fs_id fs_id, const PVFS_credential *credential, int32_t cnt_type,
          int64_t **perf_matrix, uint64_t *end_time_ms_array, PVFS_BMI_addr_t *addr_array, uint32_t *next_id_array, int server_count,
          int *key_count, int *sample_count, PVFS_error_details *details, PVFS_hint hints))
FUNCTION (PVFS_error, PVFS_imgmt_event_mon_list, (PVFS_fs_id fs_id, const PVFS_credential *credential,
          struct PVFS_mgmt_event **event_matrix, PVFS_BMI_addr_t *addr_array, int server_count, int event_count,
          PVFS_error_details *details, PVFS_mgmt_op_id *op_id, PVFS_hint hints, void *user_ptr))
FUNCTION (PVFS_error, PVFS_mgmt_event_mon_list, (PVFS_fs_id fs_id, const PVFS_credential *credential,
          struct PVFS_mgmt_event **event_matrix, PVFS_BMI_addr_t *addr_array, int server_count, int event_count,
          PVFS_error_details *details, PVFS_hint hints))
FUNCTION (PVFS_error, PVFS_imgmt_iterate_handles_list, (PVFS_fs_id fs_id, const PVFS_credential *credential,
          PVFS_handle **handle_matrix, int *handle_count_array, PVFS_ds_position *position_array, PVFS_BMI_addr_t *addr_array,
          int server_count, int flags, PVFS_error_details *details, PVFS_hint hints, PVFS_mgmt_op_id *op_id, void *user_ptr))
FUNCTION (PVFS_error, PVFS_mgmt_iterate_handles_list, (PVFS_fs_id fs_id, const PVFS_credential *credential, PVFS_handle **handle_matrix,
          int *handle_count_array, PVFS_ds_position *position_array, PVFS_BMI_addr_t *addr_array, int server_count, int flags,
          PVFS_error_details *details, PVFS_hint hints))
FUNCTION (PVFS_error, PVFS_imgmt_get_dfile_array, (PVFS_object_ref ref, const PVFS_credential *credential, PVFS_handle *dfile_array,
          int dfile_count, PVFS_mgmt_op_id *op_id, PVFS_hint hints, void *user_ptr))
FUNCTION (PVFS_error, PVFS_mgmt_get_dfile_array, (PVFS_object_ref ref, const PVFS_credential *credential, PVFS_handle *dfile_array,
          int dfile_count, PVFS_hint hints))
FUNCTION (PVFS_error, PVFS_imgmt_get_dirdata_array, (PVFS_object_ref ref, const PVFS_credential *credential, PVFS_handle *dirdata_array,
          int dirdata_count, PVFS_mgmt_op_id *op_id, PVFS_hint hints, void *user_ptr))
FUNCTION (PVFS_error, PVFS_mgmt_get_dirdata_array, (PVFS_object_ref ref, const PVFS_credential *credential, PVFS_handle *dirdata_array,
          int dirdata_count, PVFS_hint hints))
FUNCTION (PVFS_error, PVFS_imgmt_remove_object, (PVFS_object_ref object_ref, const PVFS_credential *credential, PVFS_mgmt_op_id *op_id,
          PVFS_hint hints, void *user_ptr))
FUNCTION (PVFS_error, PVFS_mgmt_remove_object, (PVFS_object_ref object_ref, PVFS_credential *credential, PVFS_hint hints))
FUNCTION (PVFS_error, PVFS_imgmt_remove_dirent, (PVFS_object_ref parent_ref, char *entry, const PVFS_credential *credential,
          PVFS_mgmt_op_id *op_id, PVFS_hint hints, void *user_ptr))
FUNCTION (PVFS_error, PVFS_mgmt_remove_dirent, (PVFS_object_ref parent_ref, char *entry, const PVFS_credential *credential,
          PVFS_hint hints))
FUNCTION (PVFS_error, PVFS_imgmt_create_dirent, (PVFS_object_ref parent_ref, char *entry, PVFS_handle entry_handle,
          const PVFS_credential *credential, PVFS_mgmt_op_id *op_id, PVFS_hint hints, void *user_ptr))
FUNCTION (PVFS_error, PVFS_mgmt_create_dirent, (PVFS_object_ref parent_ref, char *entry, PVFS_handle entry_handle,
          const PVFS_credential *credential, PVFS_hint hints))
FUNCTION (PVFS_error, PVFS_imgmt_get_dirdata_handle, (PVFS_object_ref parent_ref, PVFS_handle *out_dirdata_handle,
          const PVFS_credential *credential, PVFS_mgmt_op_id *op_id, PVFS_hint hints, void *user_ptr))
FUNCTION (PVFS_error, PVFS_mgmt_get_dirdata_handle, (PVFS_object_ref parent_ref, PVFS_handle *out_dirdata_handle,
          const PVFS_credential *credential, PVFS_hint hints))
FUNCTION (int, PVFS_mgmt_wait, (PVFS_mgmt_op_id op_id, const char *in_op_str, int *out_error))
FUNCTION (int, PVFS_mgmt_testsome, (PVFS_mgmt_op_id *op_id_array, int *op_count, void **user_ptr_array, int *error_code_array,
          int timeout_ms))
FUNCTION (int, PVFS_mgmt_cancel, (PVFS_mgmt_op_id op_id))
FUNCTION (PVFS_error, PVFS_imgmt_repair_file, (char *object_name, PVFS_object_ref parent_ref, PVFS_sys_attr attr,
          const PVFS_credential *credential, PVFS_handle handle, PVFS_sysresp_create *resp, PVFS_sys_op_id *op_id, void *user_ptr))
FUNCTION (PVFS_error, PVFS_mgmt_repair_file, (char *object_name, PVFS_object_ref parent_ref, PVFS_sys_attr attr,
          const PVFS_credential *credential, PVFS_handle handle, PVFS_sysresp_create *resp))
FUNCTION (int, PVFS_mgmt_get_config, (const PVFS_fs_id *fsid, PVFS_BMI_addr_t *addr, char *fs_buf, int fs_buf_size,
          const PVFS_credential *credential))
FUNCTION (PVFS_error, PVFS_mgmt_map_handle, (PVFS_fs_id fs_id, PVFS_handle handle, PVFS_BMI_addr_t *addr))
FUNCTION (PVFS_error, PVFS_imgmt_get_uid_list, (PVFS_fs_id fs_id, PVFS_credential *credential, int server_count,
          PVFS_BMI_addr_t *addr_array, uint32_t history, PVFS_uid_info_s **uid_info_array, uint32_t *uid_count, PVFS_mgmt_op_id *op_id,
          PVFS_hint hints, void *user_ptr))
FUNCTION (PVFS_error, PVFS_mgmt_get_uid_list, (PVFS_fs_id fs_id, PVFS_credential *credential, int server_count,
          PVFS_BMI_addr_t *addr_array, uint32_t history, PVFS_uid_info_s **uid_info_array, uint32_t *uid_count, PVFS_hint hints,
          void *user_ptr))
FUNCTION (int, PVFS_util_get_umask, (void))
FUNCTION (struct PVFS_sys_mntent*, PVFS_util_gen_mntent, (char *config_server, char *fs_name))
FUNCTION (void, PVFS_util_gen_mntent_release, (struct PVFS_sys_mntent *mntent))
FUNCTION (int, PVFS_util_gen_credential_defaults, (PVFS_credential *cred))
FUNCTION (int, PVFS_util_gen_credential, (const char *user, const char *group, unsigned int timeout, const char *keypath,
          const char *certpath, PVFS_credential *cred))
FUNCTION (int, PVFS_util_refresh_credential, (PVFS_credential *cred))
FUNCTION (int, PVFS_util_copy_sys_attr, (PVFS_sys_attr *dest_attr, PVFS_sys_attr *src_attr))
FUNCTION (void, PVFS_util_release_sys_attr, (PVFS_sys_attr *attr))
FUNCTION (int, PVFS_util_init_defaults, (void))
FUNCTION (const PVFS_util_tab*, PVFS_util_parse_pvfstab, (const char *tabfile))
FUNCTION (void, PINT_release_pvfstab, (void))
FUNCTION (int, PVFS_util_resolve, (const char *local_path, PVFS_fs_id *out_fs_id, char *out_fs_path, int out_fs_path_max))
FUNCTION (int, PVFS_util_resolve_absolute, (const char *local_path))
FUNCTION (int, PVFS_util_get_default_fsid, (PVFS_fs_id *out_fs_id))
FUNCTION (int, PVFS_util_add_dynamic_mntent, (struct PVFS_sys_mntent *mntent))
FUNCTION (int, PVFS_util_remove_internal_mntent, (struct PVFS_sys_mntent *mntent))
FUNCTION (int, PVFS_util_get_mntent_copy, (PVFS_fs_id fs_id, struct PVFS_sys_mntent *out_mntent))
FUNCTION (int, PVFS_util_copy_mntent, (struct PVFS_sys_mntent *dest_mntent, struct PVFS_sys_mntent *src_mntent))
FUNCTION (void, PVFS_util_free_mntent, (struct PVFS_sys_mntent *mntent))
FUNCTION (void, PVFS_util_make_size_human_readable, (PVFS_size size, char *out_str, int max_out_len, int use_si_units))
FUNCTION (uint32_t, PVFS_util_sys_to_object_attr_mask, (uint32_t sys_attrmask))
FUNCTION (uint32_t, PVFS_util_object_to_sys_attr_mask, (uint32_t obj_mask))
FUNCTION (int32_t, PVFS_util_translate_mode, (int mode, int suid))
FUNCTION (int, PVFS_Request_contiguous, (int32_t count, PVFS_Request oldreq, PVFS_Request *newreq))
FUNCTION (int, PVFS_Request_vector, (int32_t count, int32_t blocklength, PVFS_size stride, PVFS_Request oldreq, PVFS_Request *newreq))
FUNCTION (int, PVFS_Request_hvector, (int32_t count, int32_t blocklength, PVFS_size stride, PVFS_Request oldreq, PVFS_Request *newreq))
FUNCTION (int, PVFS_Request_indexed, (int32_t count, int32_t *blocklengths, PVFS_size *displacements, PVFS_Request oldreq,
          PVFS_Request *newreq))
FUNCTION (int, PVFS_Request_hindexed, (int32_t count, int32_t *blocklengths, PVFS_size *displacements, PVFS_Request oldreq,
          PVFS_Request *newreq))
FUNCTION (int, PVFS_Request_struct, (int32_t count, int32_t *blocklengths, PVFS_size *displacements, PVFS_Request *oldreqs,
          PVFS_Request *newreq))
FUNCTION (int, PVFS_Request_resized, (PVFS_Request oldreq, PVFS_offset lb, PVFS_size extent, PVFS_Request *newreq))
FUNCTION (int, PVFS_Address, (void *location, PVFS_offset *address))
FUNCTION (int, PVFS_Request_extent, (PVFS_Request request, PVFS_size *extent))
FUNCTION (int, PVFS_Request_size, (PVFS_Request request, PVFS_size *size))
FUNCTION (int, PVFS_Request_lb, (PVFS_Request request, PVFS_size *displacement))
FUNCTION (int, PVFS_Request_ub, (PVFS_Request request, PVFS_size *displacement))
FUNCTION (int, PVFS_Request_commit, (PVFS_Request *reqp))
FUNCTION (int, PVFS_Request_free, (PVFS_Request *reqp))
FUNCTION (int, PVFS_hint_add, (PVFS_hint *hint, const char *name, int length, void *value))
FUNCTION (int, PVFS_hint_replace, (PVFS_hint *hint, const char *name, int length, void *value))
FUNCTION (int, PVFS_hint_copy, (PVFS_hint old_hint, PVFS_hint *new_hint))
FUNCTION (void, PVFS_hint_free, (PVFS_hint *hint))
FUNCTION (int, PVFS_hint_check, (PVFS_hint *hints, const char *name))
FUNCTION (int, PVFS_hint_check_transfer, (PVFS_hint *hints))
FUNCTION (int, PVFS_hint_import_env, (PVFS_hint *out_hint))
FUNCTION (int, PVFS_strerror_r, (int errnum, char *buf, int n))
FUNCTION (void, PVFS_perror, (const char *text, int retcode))
FUNCTION (void, PVFS_perror_gossip, (const char *text, int retcode))
FUNCTION (void, PVFS_perror_gossip_silent, (void))
FUNCTION (void, PVFS_perror_gossip_verbose, (void))
FUNCTION (PVFS_error, PVFS_get_errno_mapping, (PVFS_error error))
FUNCTION (PVFS_error, PVFS_errno_to_error, (int err))
FUNCTION (PVFS_error_details*, PVFS_error_details_new, (int count))
FUNCTION (void, PVFS_error_details_free, (PVFS_error_details *details))
FUNCTION (uint64_t, PVFS_kmod_eventlog_to_mask, (const char *event_logging))
FUNCTION (uint64_t, PVFS_debug_eventlog_to_mask, (const char *event_logging))
FUNCTION (char*, PVFS_debug_mask_to_eventlog, (uint64_t mask))
FUNCTION (char*, PVFS_kmod_mask_to_eventlog, (uint64_t mask))
