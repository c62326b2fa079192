/* pvfs2-util.h - helpers for programs: start-up, path names, mount tables, credentials.
 *
 * Thread-safe unless a comment says otherwise.  Results are 0 or a negative code.
 */
#ifndef PVFS2_UTIL_H
#define PVFS2_UTIL_H

#include "pvfs2-types.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Evaluate an argument twice. */
#define PVFS_util_min(a, b) ((a) < (b) ? (a) : (b))
#define PVFS_util_max(a, b) ((a) > (b) ? (a) : (b))

typedef struct PVFS_util_tab_s {
    int mntent_count;
    struct PVFS_sys_mntent *mntent_array;
    char tabfile_name[PVFS_NAME_MAX];
} PVFS_util_tab;

/* ---- start-up ----------------------------------------------------------------------------- */

/* Initialises the library and adds all volumes of PVFS2EP, else of the first table with a pvfs2
 * line: $PVFS2TAB_FILE, /etc/fstab, /etc/pvfs2tab, ./pvfs2tab, /etc/mtab.  -PVFS_ENOENT without a
 * table, -PVFS_ENODEV without a volume that can be reached.  Nothing needs to be mounted. */
int PVFS_util_init_defaults (void);

/* The entries of a table (NULL: as above), owned by the library until PINT_release_pvfstab; NULL
 * if there is none. */
const PVFS_util_tab *PVFS_util_parse_pvfstab (const char *tabfile);
void PINT_release_pvfstab (void);

/* ---- credentials -------------------------------------------------------------------------- */

/* The effective user and groups of the process.  Nothing need be freed. */
int PVFS_util_gen_credential_defaults (PVFS_credential *cred);
#define PVFS_util_gen_credentials(cred) PVFS_util_gen_credential_defaults (cred)

/* The same for decimal ids (NULL: the process's); timeout in seconds, 0 for never. */
int PVFS_util_gen_credential (const char *user, const char *group, unsigned int timeout,
                              const char *keypath, const char *certpath, PVFS_credential *cred);

/* Gives a credential its full life time again. */
int PVFS_util_refresh_credential (PVFS_credential *cred);

/* The process's, without changing it: another thread may create files meanwhile. */
int PVFS_util_get_umask (void);

/* ---- path names --------------------------------------------------------------------------- */

/* Volume and path inside it (with leading '/') of a local path below a mount directory.  Relative
 * paths and symbolic links are followed.  -PVFS_ENOENT if it is in no volume, -PVFS_ENAMETOOLONG
 * if it does not fit. */
int PVFS_util_resolve (const char *local_path, PVFS_fs_id *out_fs_id, char *out_fs_path,
                       int out_fs_path_max);

/* 0 if the absolute path lies in a volume, else negative. */
int PVFS_util_resolve_absolute (const char *local_path);

/* The first volume that was added; -PVFS_ENOENT if there is none. */
int PVFS_util_get_default_fsid (PVFS_fs_id *out_fs_id);

/* ---- mount entries ------------------------------------------------------------------------ */

/* An entry for "tcp://host:port" and a volume's name; NULL without memory. */
struct PVFS_sys_mntent *PVFS_util_gen_mntent (char *config_server, char *fs_name);
void PVFS_util_gen_mntent_release (struct PVFS_sys_mntent *mntent);

/* Makes an entry that is in no table known to PVFS_util_resolve; its mnt_dir and fs_id must be set
 * (-PVFS_EINVAL).  It is copied.  -PVFS_EEXIST if it is known already. */
int PVFS_util_add_dynamic_mntent (struct PVFS_sys_mntent *mntent);

/* Lets paths of an entry's volume be resolved no more, whether it came from a table or not. */
int PVFS_util_remove_internal_mntent (struct PVFS_sys_mntent *mntent);

/* A copy of the entry of a volume that was added, for PVFS_util_free_mntent; -PVFS_ENOENT if there is
 * none. */
int PVFS_util_get_mntent_copy (PVFS_fs_id fs_id, struct PVFS_sys_mntent *out_mntent);

/* A deep copy, and the release of one (members only, not the structure). */
int PVFS_util_copy_mntent (struct PVFS_sys_mntent *dest_mntent,
                           struct PVFS_sys_mntent *src_mntent);
void PVFS_util_free_mntent (struct PVFS_sys_mntent *mntent);

/* ---- attributes --------------------------------------------------------------------------- */

/* A deep copy, and the release of the strings. */
int PVFS_util_copy_sys_attr (PVFS_sys_attr *dest_attr, PVFS_sys_attr *src_attr);
void PVFS_util_release_sys_attr (PVFS_sys_attr *attr);

/* "1.5G" (powers of 1024) or powers of 1000 with use_si_units. */
void PVFS_util_make_size_human_readable (PVFS_size size, char *out_str, int max_out_len,
                                         int use_si_units);

/* Between PVFS_ATTR_SYS_... bits and those of the servers' attributes. */
uint32_t PVFS_util_sys_to_object_attr_mask (uint32_t sys_attrmask);
uint32_t PVFS_util_object_to_sys_attr_mask (uint32_t obj_mask);

/* The permission bits of a st_mode; set-id bits only with suid != 0. */
int32_t PVFS_util_translate_mode (int mode, int suid);

#ifdef __cplusplus
}
#endif

#endif
