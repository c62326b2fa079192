/* pvfs2-ctx.h - several instances of the library in one process (not in PVFS2).
 *
 * An instance has its own connections, volumes, caches and operations, and no thread.  Several live
 * side by side, and beside the default one that PVFS_sys_* acts on; PVFS_CTX_DEFAULT stands for
 * that here.  What differs from pvfs2-sysint.h:
 *
 *   PVFS_ctx_X (ctx, arguments of PVFS_isys_X)
 *   PVFS_ctx_mgmt_X (ctx, arguments of PVFS_imgmt_X, or of PVFS_mgmt_X if there is no such)
 *
 * wait if op_id is NULL and then return 0 or a negative code; else as PVFS_isys_X.  Operations are
 * waited for, tested and cancelled in their own instance.  Object references and requests are the
 * same for all; so are mount tables and PVFS_util_*, which know only the default one.
 *
 * Thread-safe: any thread may call anything on any instance.  After fork the child has none that
 * work (-PVFS_EDEVINIT); it may free them.
 */
#ifndef PVFS2_CTX_H
#define PVFS2_CTX_H

#include "pvfs2-mgmt.h"
#include "pvfs2-sysint.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct PVFS_ctx_s *PVFS_ctx;

/* The instance of PVFS_sys_initialize. */
#define PVFS_CTX_DEFAULT NULL

/* Time-outs of caches are taken from the environment as those of the default instance.
 * -PVFS_EINVAL, -PVFS_ENOMEM, -PVFS_EMFILE. */
PVFS_error PVFS_ctx_new (PVFS_ctx *ret);

/* Cancels what is outstanding, waits until no thread is in a call of it any more (they return
 * -PVFS_ECANCEL) and frees it.  No call may begin afterwards.  NULL: nothing. */
void PVFS_ctx_free (PVFS_ctx ctx);

/* ---- volumes ------------------------------------------------------------------------------- */

int PVFS_ctx_fs_remove (PVFS_ctx ctx, struct PVFS_sys_mntent *mntent);
int PVFS_ctx_fs_add (PVFS_ctx ctx, struct PVFS_sys_mntent *mntent, PVFS_sys_op_id *op_id,
                     void *user_ptr);

/* ---- names --------------------------------------------------------------------------------- */

/* An absolute path, and the parent of one; they wait. */
PVFS_error PVFS_ctx_lookup (PVFS_ctx ctx, PVFS_fs_id fs_id, char *name,
                            const PVFS_credential *credential, PVFS_sysresp_lookup *resp,
                            int32_t follow_link, PVFS_hint hints);
PVFS_error PVFS_ctx_getparent (PVFS_ctx ctx, PVFS_fs_id fs_id, char *entry_name,
                               const PVFS_credential *credential, PVFS_sysresp_getparent *resp,
                               PVFS_hint hints);

PVFS_error PVFS_ctx_ref_lookup (PVFS_ctx ctx, PVFS_fs_id fs_id, char *relative_pathname,
                                PVFS_object_ref parent_ref, const PVFS_credential *credential,
                                PVFS_sysresp_lookup *resp, int32_t follow_link,
                                PVFS_sys_op_id *op_id, PVFS_hint hints, void *user_ptr);
PVFS_error PVFS_ctx_create (PVFS_ctx ctx, char *entry_name, PVFS_object_ref ref, PVFS_sys_attr attr,
                            const PVFS_credential *credential, PVFS_sys_dist *dist,
                            PVFS_sys_layout *layout, PVFS_sysresp_create *resp,
                            PVFS_sys_op_id *op_id, PVFS_hint hints, void *user_ptr);
PVFS_error PVFS_ctx_mkdir (PVFS_ctx ctx, char *entry_name, PVFS_object_ref parent_ref,
                           PVFS_sys_attr attr, const PVFS_credential *credential,
                           PVFS_sysresp_mkdir *resp, PVFS_sys_op_id *op_id, PVFS_hint hints,
                           void *user_ptr);
PVFS_error PVFS_ctx_symlink (PVFS_ctx ctx, char *entry_name, PVFS_object_ref parent_ref,
                             char *target, PVFS_sys_attr attr, const PVFS_credential *credential,
                             PVFS_sysresp_symlink *resp, PVFS_sys_op_id *op_id, PVFS_hint hints,
                             void *user_ptr);
PVFS_error PVFS_ctx_remove (PVFS_ctx ctx, char *entry_name, PVFS_object_ref ref,
                            const PVFS_credential *credential, PVFS_sys_op_id *op_id,
                            PVFS_hint hints, void *user_ptr);
PVFS_error PVFS_ctx_rename (PVFS_ctx ctx, char *old_entry, PVFS_object_ref old_parent_ref,
                            char *new_entry, PVFS_object_ref new_parent_ref,
                            const PVFS_credential *credential, PVFS_sys_op_id *op_id,
                            PVFS_hint hints, void *user_ptr);
PVFS_error PVFS_ctx_rename2 (PVFS_ctx ctx, char *old_entry, PVFS_object_ref old_parent_ref,
                             char *new_entry, PVFS_object_ref new_parent_ref, uint32_t flags,
                             const PVFS_credential *credential, PVFS_sys_op_id *op_id,
                             PVFS_hint hints, void *user_ptr);
PVFS_error PVFS_ctx_link (PVFS_ctx ctx, char *entry_name, PVFS_object_ref parent_ref,
                          PVFS_object_ref target_ref, const PVFS_credential *credential,
                          PVFS_sys_op_id *op_id, PVFS_hint hints, void *user_ptr);
PVFS_error PVFS_ctx_mknod (PVFS_ctx ctx, char *entry_name, PVFS_object_ref parent_ref,
                           PVFS_sys_attr attr, uint32_t type, uint64_t rdev,
                           const PVFS_credential *credential, PVFS_sysresp_mknod *resp,
                           PVFS_sys_op_id *op_id, PVFS_hint hints, void *user_ptr);

/* ---- directories --------------------------------------------------------------------------- */

PVFS_error PVFS_ctx_readdir (PVFS_ctx ctx, PVFS_object_ref ref, PVFS_ds_position token,
                             int32_t pvfs_dirent_incount, const PVFS_credential *credential,
                             PVFS_sysresp_readdir *resp, PVFS_sys_op_id *op_id, PVFS_hint hints,
                             void *user_ptr);
PVFS_error PVFS_ctx_readdirplus (PVFS_ctx ctx, PVFS_object_ref ref, PVFS_ds_position token,
                                 int32_t pvfs_dirent_incount, const PVFS_credential *credential,
                                 uint32_t attrmask, PVFS_sysresp_readdirplus *resp,
                                 PVFS_sys_op_id *op_id, PVFS_hint hints, void *user_ptr);
PVFS_error PVFS_ctx_readdirstat (PVFS_ctx ctx, PVFS_object_ref ref, PVFS_ds_position token,
                                 int32_t pvfs_dirent_incount, const PVFS_credential *credential,
                                 uint32_t attrmask, PVFS_sysresp_readdirstat *resp,
                                 PVFS_sys_op_id *op_id, PVFS_hint hints, void *user_ptr);

/* ---- attributes ---------------------------------------------------------------------------- */

PVFS_error PVFS_ctx_getattr (PVFS_ctx ctx, PVFS_object_ref ref, uint32_t attrmask,
                             const PVFS_credential *credential, PVFS_sysresp_getattr *resp,
                             PVFS_sys_op_id *op_id, PVFS_hint hints, void *user_ptr);
PVFS_error PVFS_ctx_setattr (PVFS_ctx ctx, PVFS_object_ref ref, PVFS_sys_attr attr,
                             const PVFS_credential *credential, PVFS_sys_op_id *op_id,
                             PVFS_hint hints, void *user_ptr);
PVFS_error PVFS_ctx_stat (PVFS_ctx ctx, PVFS_object_ref ref, const PVFS_credential *credential,
                          PVFS_sysresp_stat *resp, PVFS_sys_op_id *op_id, PVFS_hint hints,
                          void *user_ptr);
PVFS_error PVFS_ctx_utimens (PVFS_ctx ctx, PVFS_object_ref ref, PVFS_time_ns atime,
                             PVFS_time_ns mtime, const PVFS_credential *credential,
                             PVFS_sys_op_id *op_id, PVFS_hint hints, void *user_ptr);
PVFS_error PVFS_ctx_geteattr (PVFS_ctx ctx, PVFS_object_ref ref, const PVFS_credential *credential,
                              PVFS_ds_keyval *key_p, PVFS_sysresp_geteattr *resp,
                              PVFS_sys_op_id *op_id, PVFS_hint hints, void *user_ptr);
PVFS_error PVFS_ctx_geteattr_list (PVFS_ctx ctx, PVFS_object_ref ref,
                                   const PVFS_credential *credential, int32_t nkey,
                                   PVFS_ds_keyval *key_p, PVFS_sysresp_geteattr *resp,
                                   PVFS_sys_op_id *op_id, PVFS_hint hints, void *user_ptr);
PVFS_error PVFS_ctx_seteattr (PVFS_ctx ctx, PVFS_object_ref ref, const PVFS_credential *credential,
                              PVFS_ds_keyval *key_p, PVFS_ds_keyval *val_p, int32_t flags,
                              PVFS_sys_op_id *op_id, PVFS_hint hints, void *user_ptr);
PVFS_error PVFS_ctx_seteattr_list (PVFS_ctx ctx, PVFS_object_ref ref,
                                   const PVFS_credential *credential, int32_t nkey,
                                   PVFS_ds_keyval *key_array, PVFS_ds_keyval *val_array,
                                   int32_t flags, PVFS_sys_op_id *op_id, PVFS_hint hints,
                                   void *user_ptr);
PVFS_error PVFS_ctx_atomiceattr_list (PVFS_ctx ctx, PVFS_object_ref ref,
                                      const PVFS_credential *credential, int32_t nkey,
                                      PVFS_ds_keyval *key_array, PVFS_ds_keyval *val_array,
                                      PVFS_sysresp_geteattr *resp_p, int32_t flags,
                                      PVFS_sys_op_id *op_id, int32_t opcode, PVFS_hint hints,
                                      void *user_ptr);
PVFS_error PVFS_ctx_deleattr (PVFS_ctx ctx, PVFS_object_ref ref, const PVFS_credential *credential,
                              PVFS_ds_keyval *key_p, PVFS_sys_op_id *op_id, PVFS_hint hints,
                              void *user_ptr);
PVFS_error PVFS_ctx_listeattr (PVFS_ctx ctx, PVFS_object_ref ref, PVFS_ds_position token,
                               int32_t nkey, const PVFS_credential *credential,
                               PVFS_sysresp_listeattr *resp, PVFS_sys_op_id *op_id, PVFS_hint hints,
                               void *user_ptr);

/* ---- data ---------------------------------------------------------------------------------- */

PVFS_error PVFS_ctx_io (PVFS_ctx ctx, PVFS_object_ref ref, PVFS_Request file_req,
                        PVFS_offset file_req_offset, void *buffer, PVFS_Request mem_req,
                        const PVFS_credential *credential, PVFS_sysresp_io *resp,
                        enum PVFS_io_type type, PVFS_sys_op_id *op_id, PVFS_hint hints,
                        void *user_ptr);
PVFS_error PVFS_ctx_iov (PVFS_ctx ctx, PVFS_object_ref ref, PVFS_Request file_req,
                         PVFS_offset file_req_offset, const struct iovec *iov, int iovcnt,
                         const PVFS_credential *credential, PVFS_sysresp_io *resp,
                         enum PVFS_io_type type, PVFS_sys_op_id *op_id, PVFS_hint hints,
                         void *user_ptr);
PVFS_error PVFS_ctx_truncate (PVFS_ctx ctx, PVFS_object_ref ref, PVFS_size size,
                              const PVFS_credential *credential, PVFS_sys_op_id *op_id,
                              PVFS_hint hints, void *user_ptr);
PVFS_error PVFS_ctx_flush (PVFS_ctx ctx, PVFS_object_ref ref, const PVFS_credential *credential,
                           PVFS_sys_op_id *op_id, PVFS_hint hints, void *user_ptr);

/* ---- volume -------------------------------------------------------------------------------- */

PVFS_error PVFS_ctx_statfs (PVFS_ctx ctx, PVFS_fs_id fs_id, const PVFS_credential *credential,
                            PVFS_sysresp_statfs *statfs, PVFS_sys_op_id *op_id, PVFS_hint hints,
                            void *user_ptr);

PVFS_error PVFS_ctx_statfs_servers (PVFS_ctx ctx, PVFS_fs_id fs_id,
                                    const PVFS_credential *credential,
                                    PVFS_sysresp_statfs_servers *resp, PVFS_sys_op_id *op_id,
                                    PVFS_hint hints, void *user_ptr);

/* ---- management ----------------------------------------------------------------------------- */

PVFS_error PVFS_ctx_mgmt_count_servers (PVFS_ctx ctx, PVFS_fs_id fs_id, int server_type,
                                        int *count);
PVFS_error PVFS_ctx_mgmt_get_server_array (PVFS_ctx ctx, PVFS_fs_id fs_id, int server_type,
                                           PVFS_BMI_addr_t *addr_array, int *inout_count_p);
const char *PVFS_ctx_mgmt_map_addr (PVFS_ctx ctx, PVFS_fs_id fs_id, PVFS_BMI_addr_t addr,
                                    int *server_type);
PVFS_error PVFS_ctx_mgmt_noop (PVFS_ctx ctx, PVFS_fs_id fs_id, const PVFS_credential *credential,
                               PVFS_BMI_addr_t addr, PVFS_mgmt_op_id *op_id, PVFS_hint hints,
                               void *user_ptr);
PVFS_error PVFS_ctx_mgmt_setparam_list (PVFS_ctx ctx, PVFS_fs_id fs_id,
                                        const PVFS_credential *credential,
                                        enum PVFS_server_param param,
                                        struct PVFS_mgmt_setparam_value *value,
                                        PVFS_BMI_addr_t *addr_array, int count,
                                        PVFS_error_details *details, PVFS_hint hints,
                                        PVFS_mgmt_op_id *op_id, void *user_ptr);
PVFS_error PVFS_ctx_mgmt_setparam_all (PVFS_ctx ctx, PVFS_fs_id fs_id,
                                       const PVFS_credential *credential,
                                       enum PVFS_server_param param,
                                       struct PVFS_mgmt_setparam_value *value,
                                       PVFS_error_details *details, PVFS_hint hints);
PVFS_error PVFS_ctx_mgmt_setparam_single (PVFS_ctx ctx, PVFS_fs_id fs_id,
                                          const PVFS_credential *credential,
                                          enum PVFS_server_param param,
                                          struct PVFS_mgmt_setparam_value *value,
                                          char *server_addr_str, PVFS_error_details *details,
                                          PVFS_hint hints);
PVFS_error PVFS_ctx_mgmt_statfs_list (PVFS_ctx ctx, PVFS_fs_id fs_id,
                                      const PVFS_credential *credential,
                                      struct PVFS_mgmt_server_stat *stat_array,
                                      PVFS_BMI_addr_t *addr_array, int count,
                                      PVFS_error_details *details, PVFS_mgmt_op_id *op_id,
                                      PVFS_hint hints, void *user_ptr);
PVFS_error PVFS_ctx_mgmt_statfs_all (PVFS_ctx ctx, PVFS_fs_id fs_id,
                                     const PVFS_credential *credential,
                                     struct PVFS_mgmt_server_stat *stat_array, int *inout_count_p,
                                     PVFS_error_details *details, PVFS_hint hints);
PVFS_error PVFS_ctx_mgmt_perf_mon_list (PVFS_ctx ctx, PVFS_fs_id fs_id,
                                        const PVFS_credential *credential, int32_t cnt_type,
                                        int64_t **perf_matrix, uint64_t *end_time_ms_array,
                                        PVFS_BMI_addr_t *addr_array, uint32_t *next_id_array,
                                        int server_count, int *key_count, int *sample_count,
                                        PVFS_error_details *details, PVFS_mgmt_op_id *op_id,
                                        PVFS_hint hints, void *user_ptr);
PVFS_error PVFS_ctx_mgmt_event_mon_list (PVFS_ctx ctx, PVFS_fs_id fs_id,
                                         const PVFS_credential *credential,
                                         struct PVFS_mgmt_event **event_matrix,
                                         PVFS_BMI_addr_t *addr_array, int server_count,
                                         int event_count, PVFS_error_details *details,
                                         PVFS_mgmt_op_id *op_id, PVFS_hint hints, void *user_ptr);
PVFS_error PVFS_ctx_mgmt_get_uid_list (PVFS_ctx ctx, PVFS_fs_id fs_id, PVFS_credential *credential,
                                       int server_count, PVFS_BMI_addr_t *addr_array,
                                       uint32_t history, PVFS_uid_info_s **uid_info_array,
                                       uint32_t *uid_count, PVFS_mgmt_op_id *op_id, PVFS_hint hints,
                                       void *user_ptr);
int PVFS_ctx_mgmt_get_config (PVFS_ctx ctx, const PVFS_fs_id *fsid, PVFS_BMI_addr_t *addr,
                              char *fs_buf, int fs_buf_size, const PVFS_credential *credential);
PVFS_error PVFS_ctx_mgmt_iterate_handles_list (PVFS_ctx ctx, PVFS_fs_id fs_id,
                                               const PVFS_credential *credential,
                                               PVFS_handle **handle_matrix, int *handle_count_array,
                                               PVFS_ds_position *position_array,
                                               PVFS_BMI_addr_t *addr_array, int server_count,
                                               int flags, PVFS_error_details *details,
                                               PVFS_hint hints, PVFS_mgmt_op_id *op_id,
                                               void *user_ptr);
PVFS_error PVFS_ctx_mgmt_get_dfile_array (PVFS_ctx ctx, PVFS_object_ref ref,
                                          const PVFS_credential *credential,
                                          PVFS_handle *dfile_array, int dfile_count,
                                          PVFS_mgmt_op_id *op_id, PVFS_hint hints, void *user_ptr);
PVFS_error PVFS_ctx_mgmt_remove_object (PVFS_ctx ctx, PVFS_object_ref object_ref,
                                        const PVFS_credential *credential, PVFS_mgmt_op_id *op_id,
                                        PVFS_hint hints, void *user_ptr);
PVFS_error PVFS_ctx_mgmt_remove_dirent (PVFS_ctx ctx, PVFS_object_ref parent_ref, char *entry,
                                        const PVFS_credential *credential, PVFS_mgmt_op_id *op_id,
                                        PVFS_hint hints, void *user_ptr);
PVFS_error PVFS_ctx_mgmt_create_dirent (PVFS_ctx ctx, PVFS_object_ref parent_ref, char *entry,
                                        PVFS_handle entry_handle, const PVFS_credential *credential,
                                        PVFS_mgmt_op_id *op_id, PVFS_hint hints, void *user_ptr);
PVFS_error PVFS_ctx_mgmt_repair_file (PVFS_ctx ctx, char *object_name, PVFS_object_ref parent_ref,
                                      PVFS_sys_attr attr, const PVFS_credential *credential,
                                      PVFS_handle handle, PVFS_sysresp_create *resp,
                                      PVFS_sys_op_id *op_id, void *user_ptr);
PVFS_error PVFS_ctx_mgmt_get_dirdata_array (PVFS_ctx ctx, PVFS_object_ref ref,
                                            const PVFS_credential *credential,
                                            PVFS_handle *dirdata_array, int dirdata_count,
                                            PVFS_mgmt_op_id *op_id, PVFS_hint hints,
                                            void *user_ptr);
PVFS_error PVFS_ctx_mgmt_get_dirdata_handle (PVFS_ctx ctx, PVFS_object_ref parent_ref,
                                             PVFS_handle *out_dirdata_handle,
                                             const PVFS_credential *credential,
                                             PVFS_mgmt_op_id *op_id, PVFS_hint hints,
                                             void *user_ptr);
PVFS_error PVFS_ctx_mgmt_live_ops (PVFS_ctx ctx, PVFS_fs_id fs_id,
                                   const PVFS_credential *credential, PVFS_BMI_addr_t addr,
                                   struct PVFS_mgmt_live_op **ops, int *nops,
                                   struct PVFS_mgmt_live_connection **conns, int *nconns,
                                   PVFS_hint hints);
PVFS_error PVFS_ctx_mgmt_map_handle (PVFS_ctx ctx, PVFS_fs_id fs_id, PVFS_handle handle,
                                     PVFS_BMI_addr_t *addr);

/* ---- settings and completion ---------------------------------------------------------------- */

PVFS_error PVFS_ctx_set_info (PVFS_ctx ctx, enum PVFS_sys_setinfo_opt option, unsigned int arg);
PVFS_error PVFS_ctx_get_info (PVFS_ctx ctx, enum PVFS_sys_setinfo_opt option, unsigned int *arg);

int PVFS_ctx_testany (PVFS_ctx ctx, PVFS_sys_op_id *op_id_array, int *op_count,
                      void **user_ptr_array, int *error_code_array, int timeout_ms);
int PVFS_ctx_testsome (PVFS_ctx ctx, PVFS_sys_op_id *op_id_array, int *op_count,
                       void **user_ptr_array, int *error_code_array, int timeout_ms);
int PVFS_ctx_waitsome (PVFS_ctx ctx, PVFS_sys_op_id *op_id_array, int *op_count,
                       void **user_ptr_array, int *error_code_array);
int PVFS_ctx_completion_fd (PVFS_ctx ctx);
int PVFS_ctx_wait (PVFS_ctx ctx, PVFS_sys_op_id op_id, const char *in_op_str, int *out_error);
int PVFS_ctx_cancel (PVFS_ctx ctx, PVFS_sys_op_id op_id);
int PVFS_ctx_release (PVFS_ctx ctx, PVFS_sys_op_id op_id);

#ifdef __cplusplus
}
#endif

#endif
