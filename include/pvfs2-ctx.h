/* pvfs2-ctx.h - several instances of the library in one process (not in PVFS2).
 *
 * An instance has its own connections, volumes, caches and operations, and no thread.  Several live
 * side by side, and beside the default one that PVFS_sys_* acts on; PVFS_CTX_DEFAULT stands for
 * that here.  What differs from pvfs2-sysint.h:
 *
 *   PVFS_ctx_X (ctx, arguments of PVFS_isys_X)
 *
 * waits if op_id is NULL and then returns 0 or a negative code; else as PVFS_isys_X.  Operations are
 * waited for, tested and cancelled in their own instance.  Object references and requests are the
 * same for all; so are mount tables and PVFS_util_*, which know only the default one.
 *
 * Thread-safe: any thread may call anything on any instance.  After fork the child has none that
 * work (-PVFS_EDEVINIT); it may free them.
 */
#ifndef PVFS2_CTX_H
#define PVFS2_CTX_H

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
PVFS_error PVFS_ctx_truncate (PVFS_ctx ctx, PVFS_object_ref ref, PVFS_size size,
                              const PVFS_credential *credential, PVFS_sys_op_id *op_id,
                              PVFS_hint hints, void *user_ptr);
PVFS_error PVFS_ctx_flush (PVFS_ctx ctx, PVFS_object_ref ref, const PVFS_credential *credential,
                           PVFS_sys_op_id *op_id, PVFS_hint hints, void *user_ptr);

/* ---- volume -------------------------------------------------------------------------------- */

PVFS_error PVFS_ctx_statfs (PVFS_ctx ctx, PVFS_fs_id fs_id, const PVFS_credential *credential,
                            PVFS_sysresp_statfs *statfs, PVFS_sys_op_id *op_id, PVFS_hint hints,
                            void *user_ptr);

/* ---- settings and completion ---------------------------------------------------------------- */

PVFS_error PVFS_ctx_set_info (PVFS_ctx ctx, enum PVFS_sys_setinfo_opt option, unsigned int arg);
PVFS_error PVFS_ctx_get_info (PVFS_ctx ctx, enum PVFS_sys_setinfo_opt option, unsigned int *arg);

int PVFS_ctx_testany (PVFS_ctx ctx, PVFS_sys_op_id *op_id_array, int *op_count,
                      void **user_ptr_array, int *error_code_array, int timeout_ms);
int PVFS_ctx_testsome (PVFS_ctx ctx, PVFS_sys_op_id *op_id_array, int *op_count,
                       void **user_ptr_array, int *error_code_array, int timeout_ms);
int PVFS_ctx_wait (PVFS_ctx ctx, PVFS_sys_op_id op_id, const char *in_op_str, int *out_error);
int PVFS_ctx_cancel (PVFS_ctx ctx, PVFS_sys_op_id op_id);
int PVFS_ctx_release (PVFS_ctx ctx, PVFS_sys_op_id op_id);

#ifdef __cplusplus
}
#endif

#endif
