/* pvfs2-sysint.h - the system interface: operations on objects and names of a volume.
 *
 * Every operation has a blocking form, PVFS_sys_X, and most a non-blocking one, PVFS_isys_X.
 * The blocking form returns 0 or a negative code.  The non-blocking one returns 0 and an operation
 * id in *op_id (posted: ends with PVFS_sys_wait, testany or testsome), 1 (done at once, with
 * success; no id) or a negative code (nothing was posted).  user_ptr comes back from the test
 * calls.  Buffers, requests, the credential and *resp must stay valid until a posted operation
 * has ended; names, attributes and hints are copied.
 *
 * Thread-safe: any thread may call anything; there is one default instance per process.  After
 * fork the child must initialise anew.  A null object reference gives -PVFS_EINVAL, an object that
 * is gone -PVFS_ESTALE or -PVFS_ENOENT, servers out of reach -PVFS_ETIMEDOUT at the deadline.
 */
#ifndef PVFS2_SYSINT_H
#define PVFS2_SYSINT_H

#include <sys/uio.h>

#include "pvfs2-types.h"
#include "pvfs2-request.h"
#include "pvfs2-hint.h"

#ifdef __cplusplus
extern "C" {
#endif

#define PVFS2_LOOKUP_LINK_NO_FOLLOW 0
#define PVFS2_LOOKUP_LINK_FOLLOW    1

/* ---- responses ---------------------------------------------------------------------------- */

typedef struct PVFS_sysresp_lookup_s {
    PVFS_object_ref ref;
    char *error_path;       /* room of the caller for the rest of the path that leaves the volume */
    int error_path_size;    /* (with -PVFS_ENOTPVFS), or NULL and 0 */
} PVFS_sysresp_lookup;

typedef struct PVFS_sysresp_getattr_s {
    PVFS_sys_attr attr;     /* release with PVFS_util_release_sys_attr if strings were asked for */
} PVFS_sysresp_getattr;

typedef struct PVFS_sysresp_mkdir_s {
    PVFS_object_ref ref;
} PVFS_sysresp_mkdir;

typedef struct PVFS_sysresp_create_s {
    PVFS_object_ref ref;
} PVFS_sysresp_create;

typedef struct PVFS_sysresp_symlink_s {
    PVFS_object_ref ref;
} PVFS_sysresp_symlink;

typedef struct PVFS_sysresp_io_s {
    PVFS_size total_completed;  /* bytes moved; reads: those before the end of the file */
} PVFS_sysresp_io;

typedef struct PVFS_sysresp_readdir_s {
    PVFS_ds_position token;              /* for the next call; PVFS_READDIR_END: no more */
    PVFS_dirent *dirent_array;           /* the caller frees it */
    uint32_t pvfs_dirent_outcount;
    uint64_t directory_version;          /* changes when the directory does */
} PVFS_sysresp_readdir;

typedef struct PVFS_sysresp_readdirplus_s {
    PVFS_ds_position token;
    PVFS_dirent *dirent_array;           /* the caller frees all three arrays and, with */
    uint32_t pvfs_dirent_outcount;       /* PVFS_util_release_sys_attr, each attribute */
    uint64_t directory_version;
    PVFS_error *stat_err_array;          /* per entry: 0, or why it has no attributes */
    PVFS_sys_attr *attr_array;
} PVFS_sysresp_readdirplus;

/* Of calls that PVFS2 did not have. */
typedef struct PVFS_sysresp_mknod_s {
    PVFS_object_ref ref;
} PVFS_sysresp_mknod;

typedef struct PVFS_sysresp_stat_s {
    PVFS_stat stat_buf;
} PVFS_sysresp_stat;

typedef struct PVFS_sysresp_readdirstat_s {
    PVFS_sysresp_readdirplus plus;
    PVFS_stat *stat_array;               /* the caller frees it; one per entry, where its error is 0 */
} PVFS_sysresp_readdirstat;

typedef struct PVFS_sysresp_statfs_s {
    PVFS_statfs statfs_buf;
    int32_t server_count;
} PVFS_sysresp_statfs;

/* What one server has for a volume.  With an error, what follows it is 0. */
typedef struct PVFS_statfs_server_s {
    PVFS_BMI_addr_t addr;
    const char *bmi_address;
    int32_t server_type;                 /* PVFS_MGMT_IO_SERVER, PVFS_MGMT_META_SERVER of pvfs2-mgmt.h */
    PVFS_error error;                    /* 0, or why it did not answer */
    PVFS_size bytes_available;
    PVFS_size bytes_total;
    uint64_t handles_available_count;
    uint64_t handles_total_count;
    uint64_t ram_total_bytes;
    uint64_t ram_free_bytes;
    uint64_t load_1;                     /* times 65536, as in sysinfo(2) */
    uint64_t load_5;
    uint64_t load_15;
    uint64_t uptime_seconds;
} PVFS_statfs_server;

typedef struct PVFS_sysresp_statfs_servers_s {
    PVFS_sysresp_statfs sum;             /* as PVFS_sys_statfs, of those that answered */
    PVFS_statfs_server *server_array;    /* sum.server_count of them; the caller frees the array, and */
} PVFS_sysresp_statfs_servers;           /* with it the addresses */

typedef struct PVFS_sysresp_getparent_s {
    PVFS_object_ref parent_ref;
    char basename[PVFS_NAME_MAX];
} PVFS_sysresp_getparent;

typedef struct PVFS_sysresp_geteattr_s {
    PVFS_ds_keyval *val_array;  /* room of the caller, one per key */
    PVFS_error *err_array;      /* likewise, or NULL */
} PVFS_sysresp_geteattr;

typedef struct PVFS_sysresp_listeattr_s {
    PVFS_ds_position token;     /* PVFS_ITERATE_END: no more */
    int32_t nkey;               /* keys returned */
    PVFS_ds_keyval *key_array;  /* room of the caller, nkey of the call */
} PVFS_sysresp_listeattr;

/* ---- instance and volumes ----------------------------------------------------------------- */

/* Usually called through PVFS_util_init_defaults.  May be repeated, also after failure. */
int PVFS_sys_initialize (uint64_t default_debug_mask);

/* Makes a volume known: asks a server of the entry for the configuration and fills in fs_id and
 * the_pvfs_config_server.  -PVFS_ENODEV if no server answered. */
int PVFS_sys_fs_add (struct PVFS_sys_mntent *mntent);
int PVFS_isys_fs_add (struct PVFS_sys_mntent *mntent, PVFS_sys_op_id *op_id, void *user_ptr);
int PVFS_sys_fs_remove (struct PVFS_sys_mntent *mntent);

/* Cancels what is outstanding and frees everything.  0 also if nothing was initialised. */
int PVFS_sys_finalize (void);

/* ---- names -------------------------------------------------------------------------------- */

/* An absolute path of the volume.  -PVFS_ENOENT exactly if there is no such name. */
PVFS_error PVFS_sys_lookup (PVFS_fs_id fs_id, char *name, const PVFS_credential *credential,
                            PVFS_sysresp_lookup *resp, int32_t follow_link, PVFS_hint hints);

/* A path relative to a directory; follow_link decides about the last component only. */
PVFS_error PVFS_isys_ref_lookup (PVFS_fs_id fs_id, char *relative_pathname,
                                 PVFS_object_ref parent_ref, const PVFS_credential *credential,
                                 PVFS_sysresp_lookup *resp, int32_t follow_link,
                                 PVFS_sys_op_id *op_id, PVFS_hint hints, void *user_ptr);
PVFS_error PVFS_sys_ref_lookup (PVFS_fs_id fs_id, char *relative_pathname,
                                PVFS_object_ref parent_ref, const PVFS_credential *credential,
                                PVFS_sysresp_lookup *resp, int32_t follow_link, PVFS_hint hints);

/* The directory and last component of an absolute path; on failure *resp is zeroed. */
PVFS_error PVFS_sys_getparent (PVFS_fs_id fs_id, char *entry_name,
                               const PVFS_credential *credential, PVFS_sysresp_getparent *resp,
                               PVFS_hint hints);

/* Exclusive: -PVFS_EEXIST exactly if the name is taken.  attr.mask must hold all of
 * PVFS_ATTR_SYS_ALL_SETABLE (else -PVFS_EINVAL); DFILE_COUNT may be added.  dist, layout NULL:
 * as the directory or the volume says; both are copied. */
PVFS_error PVFS_isys_create (char *entry_name, PVFS_object_ref ref, PVFS_sys_attr attr,
                             const PVFS_credential *credential, PVFS_sys_dist *dist,
                             PVFS_sys_layout *layout, PVFS_sysresp_create *resp,
                             PVFS_sys_op_id *op_id, PVFS_hint hints, void *user_ptr);
PVFS_error PVFS_sys_create (char *entry_name, PVFS_object_ref ref, PVFS_sys_attr attr,
                            const PVFS_credential *credential, PVFS_sys_dist *dist,
                            PVFS_sysresp_create *resp, PVFS_sys_layout *layout, PVFS_hint hints);

/* A directory; exclusive, and attr as PVFS_sys_create's.  What its parent says of distributions and
 * ACLs for what is made in it holds for the new one, too.  attr.distr_dir_servers_initial, _max and
 * _split_size, where they are above 0, say on how many servers the directory lies at once and at
 * most, and how many entries split one part of it; 0: as the file system's DistrDirServersInitial,
 * DistrDirServersMax and DistrDirSplitSize say now, and if all three are 0, as they will ever say.
 * Nothing of it is inherited.  -PVFS_EINVAL: more at once than at most, more than 65,536 servers,
 * or, with PVFS_ATTR_SYS_DISTDIR_ATTR in attr.mask, a number below 0. */
PVFS_error PVFS_isys_mkdir (char *entry_name, PVFS_object_ref parent_ref, PVFS_sys_attr attr,
                            const PVFS_credential *credential, PVFS_sysresp_mkdir *resp,
                            PVFS_sys_op_id *op_id, PVFS_hint hints, void *user_ptr);
PVFS_error PVFS_sys_mkdir (char *entry_name, PVFS_object_ref parent_ref, PVFS_sys_attr attr,
                           const PVFS_credential *credential, PVFS_sysresp_mkdir *resp,
                           PVFS_hint hints);

/* A symbolic link with any text as its target, which need not be there; exclusive, and attr as
 * PVFS_sys_create's. */
PVFS_error PVFS_isys_symlink (char *entry_name, PVFS_object_ref parent_ref, char *target,
                              PVFS_sys_attr attr, const PVFS_credential *credential,
                              PVFS_sysresp_symlink *resp, PVFS_sys_op_id *op_id, PVFS_hint hints,
                              void *user_ptr);
PVFS_error PVFS_sys_symlink (char *entry_name, PVFS_object_ref parent_ref, char *target,
                             PVFS_sys_attr attr, const PVFS_credential *credential,
                             PVFS_sysresp_symlink *resp, PVFS_hint hints);

/* A file, a link, or an empty directory (else -PVFS_ENOTEMPTY). */
PVFS_error PVFS_isys_remove (char *entry_name, PVFS_object_ref ref,
                             const PVFS_credential *credential, PVFS_sys_op_id *op_id,
                             PVFS_hint hints, void *user_ptr);
PVFS_error PVFS_sys_remove (char *entry_name, PVFS_object_ref ref,
                            const PVFS_credential *credential, PVFS_hint hints);

/* Atomically replaces a target that exists. */
PVFS_error PVFS_isys_rename (char *old_entry, PVFS_object_ref old_parent_ref, char *new_entry,
                             PVFS_object_ref new_parent_ref, const PVFS_credential *credential,
                             PVFS_sys_op_id *op_id, PVFS_hint hints, void *user_ptr);
PVFS_error PVFS_sys_rename (char *old_entry, PVFS_object_ref old_parent_ref, char *new_entry,
                            PVFS_object_ref new_parent_ref, const PVFS_credential *credential,
                            PVFS_hint hints);

/* The same with flags: 0 or one of PVFS_RENAME_NOREPLACE and PVFS_RENAME_EXCHANGE, else
 * -PVFS_EINVAL.  All of it happens or nothing, whoever looks and whatever crashes. */
PVFS_error PVFS_isys_rename2 (char *old_entry, PVFS_object_ref old_parent_ref, char *new_entry,
                              PVFS_object_ref new_parent_ref, uint32_t flags,
                              const PVFS_credential *credential, PVFS_sys_op_id *op_id,
                              PVFS_hint hints, void *user_ptr);
PVFS_error PVFS_sys_rename2 (char *old_entry, PVFS_object_ref old_parent_ref, char *new_entry,
                             PVFS_object_ref new_parent_ref, uint32_t flags,
                             const PVFS_credential *credential, PVFS_hint hints);

/* One more name for an object that is there: a file, a symbolic link itself, a special file.
 * -PVFS_EEXIST if the name is taken, -PVFS_EPERM for a directory, -PVFS_EXDEV for an object of
 * another volume, -PVFS_EMLINK for too many names. */
PVFS_error PVFS_isys_link (char *entry_name, PVFS_object_ref parent_ref, PVFS_object_ref target_ref,
                           const PVFS_credential *credential, PVFS_sys_op_id *op_id,
                           PVFS_hint hints, void *user_ptr);
PVFS_error PVFS_sys_link (char *entry_name, PVFS_object_ref parent_ref, PVFS_object_ref target_ref,
                          const PVFS_credential *credential, PVFS_hint hints);

/* A special file; exclusive, like PVFS_sys_create, and with the same attr.  type: S_IFIFO, S_IFSOCK,
 * S_IFCHR or S_IFBLK, or S_IFREG for a file as PVFS_sys_create makes it (else -PVFS_EINVAL).  rdev:
 * makedev(3) of a device (major below 4096, minor below 2^20), else ignored.  Devices need uid 0
 * (-PVFS_EPERM). */
PVFS_error PVFS_isys_mknod (char *entry_name, PVFS_object_ref parent_ref, PVFS_sys_attr attr,
                            uint32_t type, uint64_t rdev, const PVFS_credential *credential,
                            PVFS_sysresp_mknod *resp, PVFS_sys_op_id *op_id, PVFS_hint hints,
                            void *user_ptr);
PVFS_error PVFS_sys_mknod (char *entry_name, PVFS_object_ref parent_ref, PVFS_sys_attr attr,
                           uint32_t type, uint64_t rdev, const PVFS_credential *credential,
                           PVFS_sysresp_mknod *resp, PVFS_hint hints);

/* ---- directories -------------------------------------------------------------------------- */

/* Up to pvfs_dirent_incount entries from `token` on (PVFS_READDIR_START first).  "." and ".." are
 * not among them.  readdirplus adds attributes by attrmask. */
PVFS_error PVFS_isys_readdir (PVFS_object_ref ref, PVFS_ds_position token,
                              int32_t pvfs_dirent_incount, const PVFS_credential *credential,
                              PVFS_sysresp_readdir *resp, PVFS_sys_op_id *op_id, PVFS_hint hints,
                              void *user_ptr);
PVFS_error PVFS_sys_readdir (PVFS_object_ref ref, PVFS_ds_position token,
                             int32_t pvfs_dirent_incount, const PVFS_credential *credential,
                             PVFS_sysresp_readdir *resp, PVFS_hint hints);
PVFS_error PVFS_isys_readdirplus (PVFS_object_ref ref, PVFS_ds_position token,
                                  int32_t pvfs_dirent_incount, const PVFS_credential *credential,
                                  uint32_t attrmask, PVFS_sysresp_readdirplus *resp,
                                  PVFS_sys_op_id *op_id, PVFS_hint hints, void *user_ptr);
PVFS_error PVFS_sys_readdirplus (PVFS_object_ref ref, PVFS_ds_position token,
                                 int32_t pvfs_dirent_incount, const PVFS_credential *credential,
                                 uint32_t attrmask, PVFS_sysresp_readdirplus *resp,
                                 PVFS_hint hints);

/* readdirplus with a PVFS_stat beside each PVFS_sys_attr.  Without PVFS_ATTR_SYS_SIZE in attrmask
 * the size of a striped file is -1 and its mtime may be older than its last write. */
PVFS_error PVFS_isys_readdirstat (PVFS_object_ref ref, PVFS_ds_position token,
                                  int32_t pvfs_dirent_incount, const PVFS_credential *credential,
                                  uint32_t attrmask, PVFS_sysresp_readdirstat *resp,
                                  PVFS_sys_op_id *op_id, PVFS_hint hints, void *user_ptr);
PVFS_error PVFS_sys_readdirstat (PVFS_object_ref ref, PVFS_ds_position token,
                                 int32_t pvfs_dirent_incount, const PVFS_credential *credential,
                                 uint32_t attrmask, PVFS_sysresp_readdirstat *resp,
                                 PVFS_hint hints);

/* ---- attributes --------------------------------------------------------------------------- */

/* attrmask: PVFS_ATTR_SYS_... bits.  Only LNK_TARGET, DIR_HINT and DFILE_COUNT may allocate.  With
 * DISTDIR_ATTR a directory says how it spreads over servers, whether that was chosen for it
 * (PVFS_sys_mkdir) or is the file system's. */
PVFS_error PVFS_isys_getattr (PVFS_object_ref ref, uint32_t attrmask,
                              const PVFS_credential *credential, PVFS_sysresp_getattr *resp,
                              PVFS_sys_op_id *op_id, PVFS_hint hints, void *user_ptr);
PVFS_error PVFS_sys_getattr (PVFS_object_ref ref, uint32_t attrmask,
                             const PVFS_credential *credential, PVFS_sysresp_getattr *resp,
                             PVFS_hint hints);

/* Sets what attr.mask names. */
PVFS_error PVFS_isys_setattr (PVFS_object_ref ref, PVFS_sys_attr attr,
                              const PVFS_credential *credential, PVFS_sys_op_id *op_id,
                              PVFS_hint hints, void *user_ptr);
PVFS_error PVFS_sys_setattr (PVFS_object_ref ref, PVFS_sys_attr attr,
                             const PVFS_credential *credential, PVFS_hint hints);

/* What PVFS_sys_attr has no room for: link count, nanoseconds, type and device of special files. */
PVFS_error PVFS_isys_stat (PVFS_object_ref ref, const PVFS_credential *credential,
                           PVFS_sysresp_stat *resp, PVFS_sys_op_id *op_id, PVFS_hint hints,
                           void *user_ptr);
PVFS_error PVFS_sys_stat (PVFS_object_ref ref, const PVFS_credential *credential,
                          PVFS_sysresp_stat *resp, PVFS_hint hints);

/* Sets access and modification time, each to a time as PVFS_sys_stat tells it (before 1970 in two's
 * complement), to PVFS_UTIME_NOW or, with PVFS_UTIME_OMIT, not at all.  -PVFS_EPERM: given times, and not the owner;
 * -PVFS_EACCES: now, and neither owner nor allowed to write. */
PVFS_error PVFS_isys_utimens (PVFS_object_ref ref, PVFS_time_ns atime, PVFS_time_ns mtime,
                              const PVFS_credential *credential, PVFS_sys_op_id *op_id,
                              PVFS_hint hints, void *user_ptr);
PVFS_error PVFS_sys_utimens (PVFS_object_ref ref, PVFS_time_ns atime, PVFS_time_ns mtime,
                             const PVFS_credential *credential, PVFS_hint hints);

/* Frees the strings of *attr and sets them to NULL. */
PVFS_error PVFS_sys_attr_free (PVFS_sys_attr *attr);

/* ---- extended attributes ------------------------------------------------------------------ */

/* The values of one or several keys, into the buffers of their PVFS_ds_keyval.  A value larger than
 * its buffer gives -PVFS_ERANGE with the size in read_sz, a missing key -PVFS_ENODATA.  Keys count
 * their terminating NUL. */
PVFS_error PVFS_isys_geteattr (PVFS_object_ref ref, const PVFS_credential *credential,
                               PVFS_ds_keyval *key_p, PVFS_sysresp_geteattr *resp,
                               PVFS_sys_op_id *op_id, PVFS_hint hints, void *user_ptr);
PVFS_error PVFS_sys_geteattr (PVFS_object_ref ref, const PVFS_credential *credential,
                              PVFS_ds_keyval *key_p, PVFS_ds_keyval *val_p, PVFS_hint hints);
PVFS_error PVFS_isys_geteattr_list (PVFS_object_ref ref, const PVFS_credential *credential,
                                    int32_t nkey, PVFS_ds_keyval *key_p,
                                    PVFS_sysresp_geteattr *resp, PVFS_sys_op_id *op_id,
                                    PVFS_hint hints, void *user_ptr);
PVFS_error PVFS_sys_geteattr_list (PVFS_object_ref ref, const PVFS_credential *credential,
                                   int32_t nkey, PVFS_ds_keyval *key_p,
                                   PVFS_sysresp_geteattr *resp, PVFS_hint hints);
/* Sets the values of one or several keys.  flags: 0, or PVFS_XATTR_CREATE or PVFS_XATTR_REPLACE. */
PVFS_error PVFS_isys_seteattr (PVFS_object_ref ref, const PVFS_credential *credential,
                               PVFS_ds_keyval *key_p, PVFS_ds_keyval *val_p, int32_t flags,
                               PVFS_sys_op_id *op_id, PVFS_hint hints, void *user_ptr);
PVFS_error PVFS_sys_seteattr (PVFS_object_ref ref, const PVFS_credential *credential,
                              PVFS_ds_keyval *key_p, PVFS_ds_keyval *val_p, int32_t flags,
                              PVFS_hint hints);
PVFS_error PVFS_isys_seteattr_list (PVFS_object_ref ref, const PVFS_credential *credential,
                                    int32_t nkey, PVFS_ds_keyval *key_array,
                                    PVFS_ds_keyval *val_array, int32_t flags,
                                    PVFS_sys_op_id *op_id, PVFS_hint hints, void *user_ptr);
PVFS_error PVFS_sys_seteattr_list (PVFS_object_ref ref, const PVFS_credential *credential,
                                   int32_t nkey, PVFS_ds_keyval *key_array,
                                   PVFS_ds_keyval *val_array, int32_t flags, PVFS_hint hints);

/* Reads values and sets them in one step that nobody can come between: opcode PVFS_TEST_AND_SET,
 * PVFS_SWAP or PVFS_FETCH_AND_ADD with val as its operand.  What was there before goes to
 * `response` (resp_p->val_array); a NULL buffer there means that it is not wished.  All keys are
 * set, or none if any has an error (-PVFS_ENODATA: no such key, but a swap makes one;
 * -PVFS_EINVAL: no number of that size).  flags, only with swap: PVFS_XATTR_...  An old value
 * that does not fit gives -PVFS_ERANGE *after* a swap. */
PVFS_error PVFS_sys_atomiceattr (PVFS_object_ref ref, const PVFS_credential *credential,
                                 PVFS_ds_keyval *key_p, PVFS_ds_keyval *val_p,
                                 PVFS_ds_keyval *response, int32_t flags, int32_t opcode,
                                 PVFS_hint hints);
PVFS_error PVFS_isys_atomiceattr_list (PVFS_object_ref ref, const PVFS_credential *credential,
                                       int32_t nkey, PVFS_ds_keyval *key_array,
                                       PVFS_ds_keyval *val_array, PVFS_sysresp_geteattr *resp_p,
                                       int32_t flags, PVFS_sys_op_id *op_id, int32_t opcode,
                                       PVFS_hint hints, void *user_ptr);
PVFS_error PVFS_sys_atomiceattr_list (PVFS_object_ref ref, const PVFS_credential *credential,
                                      int32_t nkey, PVFS_ds_keyval *key_array,
                                      PVFS_ds_keyval *val_array, PVFS_sysresp_geteattr *resp_p,
                                      int32_t flags, int32_t opcode, PVFS_hint hints);

/* Removes a key; -PVFS_ENODATA if it is not there. */
PVFS_error PVFS_isys_deleattr (PVFS_object_ref ref, const PVFS_credential *credential,
                               PVFS_ds_keyval *key_p, PVFS_sys_op_id *op_id, PVFS_hint hints,
                               void *user_ptr);
PVFS_error PVFS_sys_deleattr (PVFS_object_ref ref, const PVFS_credential *credential,
                              PVFS_ds_keyval *key_p, PVFS_hint hints);
/* The keys of an object from `token` on (PVFS_ITERATE_START first), up to nkey of them. */
PVFS_error PVFS_isys_listeattr (PVFS_object_ref ref, PVFS_ds_position token, int32_t nkey,
                                const PVFS_credential *credential, PVFS_sysresp_listeattr *resp,
                                PVFS_sys_op_id *op_id, PVFS_hint hints, void *user_ptr);
PVFS_error PVFS_sys_listeattr (PVFS_object_ref ref, PVFS_ds_position token, int32_t nkey,
                               const PVFS_credential *credential, PVFS_sysresp_listeattr *resp,
                               PVFS_hint hints);

/* ---- data --------------------------------------------------------------------------------- */

/* Moves as many bytes as mem_req holds between memory and the file.  file_req is tiled endlessly
 * by its extent; file_req_offset (>= 0) skips that many bytes of *data* of the tiled request, so
 * with PVFS_BYTE it is the file offset.  mem_req is relative to buffer, or absolute with
 * PVFS_BOTTOM.  Reads stop at the end of the file and fill holes with zeros; gaps of mem_req are
 * never touched.  Moving nothing succeeds (PVFS_isys_io returns 1). */
PVFS_error PVFS_isys_io (PVFS_object_ref ref, PVFS_Request file_req, PVFS_offset file_req_offset,
                         void *buffer, PVFS_Request mem_req, const PVFS_credential *credential,
                         PVFS_sysresp_io *resp, enum PVFS_io_type type, PVFS_sys_op_id *op_id,
                         PVFS_hint hints, void *user_ptr);
PVFS_error PVFS_sys_io (PVFS_object_ref ref, PVFS_Request file_req, PVFS_offset file_req_offset,
                        void *buffer, PVFS_Request mem_req, const PVFS_credential *credential,
                        PVFS_sysresp_io *resp, enum PVFS_io_type type, PVFS_hint hints);

/* The same with the direction in the name. */
#define PVFS_isys_read(ref, file_req, off, buf, mem_req, cred, resp, op_id, hints, user_ptr)     \
    PVFS_isys_io (ref, file_req, off, buf, mem_req, cred, resp, PVFS_IO_READ, op_id, hints,      \
                  user_ptr)
#define PVFS_isys_write(ref, file_req, off, buf, mem_req, cred, resp, op_id, hints, user_ptr)    \
    PVFS_isys_io (ref, file_req, off, buf, mem_req, cred, resp, PVFS_IO_WRITE, op_id, hints,     \
                  user_ptr)
#define PVFS_sys_read(ref, file_req, off, buf, mem_req, cred, resp, hints)                       \
    PVFS_sys_io (ref, file_req, off, buf, mem_req, cred, resp, PVFS_IO_READ, hints)
#define PVFS_sys_write(ref, file_req, off, buf, mem_req, cred, resp, hints)                      \
    PVFS_sys_io (ref, file_req, off, buf, mem_req, cred, resp, PVFS_IO_WRITE, hints)

/* PVFS_sys_io with the memory as pieces, filled or emptied one after the other; any number of them,
 * of any length, in any order, a length of 0 too.  The array itself is copied. */
PVFS_error PVFS_isys_iov (PVFS_object_ref ref, PVFS_Request file_req, PVFS_offset file_req_offset,
                          const struct iovec *iov, int iovcnt, const PVFS_credential *credential,
                          PVFS_sysresp_io *resp, enum PVFS_io_type type, PVFS_sys_op_id *op_id,
                          PVFS_hint hints, void *user_ptr);
PVFS_error PVFS_sys_iov (PVFS_object_ref ref, PVFS_Request file_req, PVFS_offset file_req_offset,
                         const struct iovec *iov, int iovcnt, const PVFS_credential *credential,
                         PVFS_sysresp_io *resp, enum PVFS_io_type type, PVFS_hint hints);

/* PVFS_sys_iov with its direction in its name. */
#define PVFS_sys_readv(ref, file_req, off, iov, iovcnt, cred, resp, hints)                       \
    PVFS_sys_iov (ref, file_req, off, iov, iovcnt, cred, resp, PVFS_IO_READ, hints)
#define PVFS_sys_writev(ref, file_req, off, iov, iovcnt, cred, resp, hints)                      \
    PVFS_sys_iov (ref, file_req, off, iov, iovcnt, cred, resp, PVFS_IO_WRITE, hints)

/* Sets the size, in both directions; -PVFS_EINVAL if negative. */
PVFS_error PVFS_isys_truncate (PVFS_object_ref ref, PVFS_size size,
                               const PVFS_credential *credential, PVFS_sys_op_id *op_id,
                               PVFS_hint hints, void *user_ptr);
PVFS_error PVFS_sys_truncate (PVFS_object_ref ref, PVFS_size size,
                              const PVFS_credential *credential, PVFS_hint hints);

/* When it returns, all that any client has written to the object survives a power failure. */
PVFS_error PVFS_isys_flush (PVFS_object_ref ref, const PVFS_credential *credential,
                            PVFS_sys_op_id *op_id, PVFS_hint hints, void *user_ptr);
PVFS_error PVFS_sys_flush (PVFS_object_ref ref, const PVFS_credential *credential,
                           PVFS_hint hints);

/* ---- volume ------------------------------------------------------------------------------- */

/* The space of a volume: as many times what the fullest of its I/O servers has as there are such
 * servers, since files are spread evenly; and the sums of their handles.  Memory, load and up time,
 * which are those of single servers, are 0. */
PVFS_error PVFS_isys_statfs (PVFS_fs_id fs_id, const PVFS_credential *credential,
                             PVFS_sysresp_statfs *statfs, PVFS_sys_op_id *op_id, PVFS_hint hints,
                             void *user_ptr);
PVFS_error PVFS_sys_statfs (PVFS_fs_id fs_id, const PVFS_credential *credential,
                            PVFS_sysresp_statfs *resp, PVFS_hint hints);

/* The same with what each server has, in one round of requests and for any user.  A server that does
 * not answer has an error of its own; the call fails only if none answers. */
PVFS_error PVFS_isys_statfs_servers (PVFS_fs_id fs_id, const PVFS_credential *credential,
                                     PVFS_sysresp_statfs_servers *resp, PVFS_sys_op_id *op_id,
                                     PVFS_hint hints, void *user_ptr);
PVFS_error PVFS_sys_statfs_servers (PVFS_fs_id fs_id, const PVFS_credential *credential,
                                    PVFS_sysresp_statfs_servers *resp, PVFS_hint hints);

/* ---- distributions ------------------------------------------------------------------------ */

/* A copy of a distribution with default parameters, for PVFS_sys_dist_free; NULL if unknown. */
PVFS_sys_dist *PVFS_sys_dist_lookup (const char *dist_identifier);
PVFS_error PVFS_sys_dist_free (PVFS_sys_dist *dist);

/* "strip_size" takes a PVFS_size *.  -PVFS_EINVAL for a bad value or dist NULL, -PVFS_ENOENT for
 * an unknown parameter. */
PVFS_error PVFS_sys_dist_setparam (PVFS_sys_dist *dist, const char *param, void *value);

/* "name:value+name:value", and one such pair, into a PVFS_sys_dist. */
PVFS_error PVFS_dist_pv_pairs_extract_and_add (const char *pv_pairs, void *dist);
PVFS_error PVFS_dist_pv_pair_split (const char *pv_pair, void *dist);

/* ---- settings of the instance ------------------------------------------------------------- */

/* How long names and attributes of objects are remembered (0: not at all), and the deadline of an
 * operation.  The two of retrying are kept and have no effect. */
enum PVFS_sys_setinfo_opt {
    PVFS_SYS_NCACHE_TIMEOUT_MSECS = 1,
    PVFS_SYS_ACACHE_TIMEOUT_MSECS = 2,
    PVFS_SYS_MSG_TIMEOUT_SECS = 3,
    PVFS_SYS_MSG_RETRY_LIMIT = 4,
    PVFS_SYS_MSG_RETRY_DELAY_MSECS = 5
};

/* Sets and reads one of them; -PVFS_EINVAL for another option. */
PVFS_error PVFS_sys_set_info (enum PVFS_sys_setinfo_opt option, unsigned int arg);
PVFS_error PVFS_sys_get_info (enum PVFS_sys_setinfo_opt option, unsigned int *arg);

/* ---- completion --------------------------------------------------------------------------- */

/* Both report and release completed operations: *op_count is the capacity on entry and the number
 * reported on return; ids, results (0 or negative) and user pointers (array may be NULL) are
 * filled in.  testsome reports any operations of the process, testany at most one; they wait up to
 * timeout_ms for the first.  Return 0 or a negative code. */
int PVFS_sys_testany (PVFS_sys_op_id *op_id_array, int *op_count, void **user_ptr_array,
                      int *error_code_array, int timeout_ms);
int PVFS_sys_testsome (PVFS_sys_op_id *op_id_array, int *op_count, void **user_ptr_array,
                       int *error_code_array, int timeout_ms);

/* testsome without a time-out: waits until at least one is done.  *op_count is 0 if there is none to
 * wait for, or others wait for all of them. */
int PVFS_sys_waitsome (PVFS_sys_op_id *op_id_array, int *op_count, void **user_ptr_array,
                       int *error_code_array);

/* A descriptor for a program's own event loop, the same at each call, or a negative code.  It becomes
 * readable (POLLIN, EPOLLIN) when completed operations wait to be collected, and also when the library
 * has something to do, since it has no thread that would.  Then call testsome or testany with a time-out
 * of 0, which does it and collects – maybe nothing: that is no error, and the next poll waits again.
 *
 *     struct pollfd p = { PVFS_sys_completion_fd (), POLLIN, 0 };
 *     PVFS_isys_io (ref, PVFS_BYTE, 0, buffer, mem_req, &cred, &resp, PVFS_IO_READ, &id, NULL, NULL);
 *     while (outstanding > 0 && poll (&p, 1, -1) > 0) {
 *         PVFS_sys_op_id ids[64];
 *         int errors[64], n = 64;
 *         PVFS_sys_testsome (ids, &n, NULL, errors, 0);
 *         outstanding -= n;           (a PVFS_isys_X that returned 1 was never outstanding)
 *     }
 *
 *  * means nothing after fork.  Level-triggered: with EPOLLET call testsome until it reports nothing
 * and poll (2) says the same.  Several threads may poll it; some then find nothing to do.
 * -PVFS_EDEVINIT, -PVFS_EMFILE. */
int PVFS_sys_completion_fd (void);

/* Waits for one operation and releases it; its result in *out_error.  in_op_str names the
 * operation in messages.  -PVFS_EINVAL for an id that is not outstanding. */
int PVFS_sys_wait (PVFS_sys_op_id op_id, const char *in_op_str, int *out_error);

/* Asks for an end: the operation still completes, with -PVFS_ECANCEL unless it was done. */
int PVFS_sys_cancel (PVFS_sys_op_id op_id);

/* Forgets an operation: one that still runs is cancelled, and nobody will hear of it; its buffers
 * must stay until the next call that waits or tests has returned.  -PVFS_EINVAL: no such id, or
 * somebody waits for it. */
int PINT_sys_release (PVFS_sys_op_id op_id);

#ifdef __cplusplus
}
#endif

#endif
