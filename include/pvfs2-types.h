/* pvfs2-types.h - scalar types, structures, constants and error codes of libpvfs2.
 *
 * Everything that crosses the API is defined here.  Sizes and offsets are in bytes, times in
 * seconds since 1970 unless a name says otherwise.  Structures are plain data: copying one copies
 * its pointers, and each structure says who frees what they point to.
 */
#ifndef PVFS2_TYPES_H
#define PVFS2_TYPES_H

#include <errno.h>
#include <limits.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- scalars ------------------------------------------------------------------------------ */

typedef uint8_t PVFS_boolean;
typedef int32_t PVFS_error;         /* 0, or a negative -PVFS_E... code */
typedef int64_t PVFS_offset;
typedef int64_t PVFS_size;
typedef int64_t PVFS_id_gen_t;
typedef int64_t PVFS_BMI_addr_t;    /* a server, as seen by this process only */
typedef int32_t PVFS_msg_tag_t;
typedef int64_t PVFS_context_id;
typedef uint64_t PVFS_handle;       /* an object of one file system; the same in every process */
typedef int32_t PVFS_fs_id;         /* from the servers' configuration; the same in every process */
typedef uint64_t PVFS_ds_position;  /* opaque cookie of an iteration */
typedef int32_t PVFS_ds_flags;
typedef uint32_t PVFS_uid;
typedef uint32_t PVFS_gid;
typedef uint64_t PVFS_time;         /* seconds since 1970-01-01 UTC */
typedef uint64_t PVFS_time_ns;      /* nanoseconds since 1970-01-01 UTC, two's complement */
typedef uint32_t PVFS_permissions;
typedef uint64_t PVFS_flags;
typedef PVFS_id_gen_t PVFS_sys_op_id;
typedef PVFS_id_gen_t PVFS_mgmt_op_id;

#define PVFS_CONTEXT_NULL  ((PVFS_context_id) -1)
#define PVFS_HANDLE_NULL   ((PVFS_handle) 0)
#define PVFS_FS_ID_NULL    ((PVFS_fs_id) 0)
#define PVFS_OP_NULL       ((PVFS_id_gen_t) 0)
#define PVFS_BMI_ADDR_NULL ((PVFS_BMI_addr_t) 0)

/* Where an iteration starts, and what its cookie is when nothing is left. */
#define PVFS_ITERATE_START ((PVFS_ds_position) (INT32_MAX - 1))
#define PVFS_ITERATE_END   ((PVFS_ds_position) (INT32_MAX - 2))
#define PVFS_READDIR_START PVFS_ITERATE_START
#define PVFS_READDIR_END   PVFS_ITERATE_END

/* ---- limits ------------------------------------------------------------------------------- */

#define PVFS_NAME_MAX            256  /* one file name with its NUL */
#define PVFS_SEGMENT_MAX         256
#define PVFS_PATH_MAX            4096
#define PVFS_MAX_SERVER_ADDR_LEN 256
#define PVFS_MAX_XATTR_NAMELEN   256
#define PVFS_MAX_XATTR_VALUELEN  8192
#define PVFS_MAX_XATTR_LISTLEN   16

#define PVFS_REQ_LIMIT_LAYOUT              4096
#define PVFS_REQ_LIMIT_DIST_BYTES          1024
#define PVFS_REQ_LIMIT_DIST_NAME           128
#define PVFS_REQ_LIMIT_DFILE_COUNT         1024
#define PVFS_REQ_LIMIT_DIRENT_COUNT        512
#define PVFS_REQ_LIMIT_DIRENT_COUNT_READDIRPLUS 60
#define PVFS_REQ_LIMIT_GROUPS              32
#define PVFS_REQ_LIMIT_ISSUER              128
#define PVFS_REQ_LIMIT_SIGNATURE           64

/* ---- objects ------------------------------------------------------------------------------ */

typedef enum {
    PVFS_TYPE_NONE = 0,
    PVFS_TYPE_METAFILE = 1,
    PVFS_TYPE_DATAFILE = 2,
    PVFS_TYPE_DIRECTORY = 4,
    PVFS_TYPE_SYMLINK = 8,
    PVFS_TYPE_DIRDATA = 16,
    PVFS_TYPE_INTERNAL = 32
} PVFS_ds_type;

#define PVFS_DS_TYPE_COUNT 7

/* The place of a type in the list above (0 NONE, 1 METAFILE, ... 6 INTERNAL); -1 if unknown. */
static inline int PVFS_ds_type_to_int (PVFS_ds_type type)
{
    switch (type) {
    case PVFS_TYPE_NONE:      return 0;
    case PVFS_TYPE_METAFILE:  return 1;
    case PVFS_TYPE_DATAFILE:  return 2;
    case PVFS_TYPE_DIRECTORY: return 3;
    case PVFS_TYPE_SYMLINK:   return 4;
    case PVFS_TYPE_DIRDATA:   return 5;
    case PVFS_TYPE_INTERNAL:  return 6;
    }
    return -1;
}

/* The reverse; PVFS_TYPE_NONE for other numbers. */
static inline PVFS_ds_type int_to_PVFS_ds_type (int place)
{
    switch (place) {
    case 1:  return PVFS_TYPE_METAFILE;
    case 2:  return PVFS_TYPE_DATAFILE;
    case 3:  return PVFS_TYPE_DIRECTORY;
    case 4:  return PVFS_TYPE_SYMLINK;
    case 5:  return PVFS_TYPE_DIRDATA;
    case 6:  return PVFS_TYPE_INTERNAL;
    default: return PVFS_TYPE_NONE;
    }
}

/* Names one object.  Flat: may be sent to another process as bytes and used there at once. */
typedef struct {
    PVFS_handle handle;
    PVFS_fs_id fs_id;
    int32_t __pad1;
} PVFS_object_ref;

typedef struct {
    PVFS_handle first;
    PVFS_handle last;  /* inclusive */
} PVFS_handle_extent;

typedef struct {
    uint32_t extent_count;
    PVFS_handle_extent *extent_array;
} PVFS_handle_extent_array;

typedef struct {
    char d_name[PVFS_NAME_MAX + 1];
    PVFS_handle handle;
} PVFS_dirent;

/* A key or a value of an extended attribute: `buffer_sz` bytes of room at `buffer`, of which
 * `read_sz` were filled in (reading) or count (writing: buffer_sz counts). */
typedef struct {
    void *buffer;
    int32_t buffer_sz;
    int32_t read_sz;
} PVFS_ds_keyval;

#define PVFS_XATTR_CREATE  1  /* fail with -PVFS_EEXIST if the key exists */
#define PVFS_XATTR_REPLACE 2  /* fail with -PVFS_ENODATA if it does not */

/* What PVFS_sys_atomiceattr does with a key's value. */
#define PVFS_TEST_AND_SET  1      /* int32_t: 0 becomes 1, everything else stays */
#define PVFS_SWAP          2      /* the operand takes its place */
#define PVFS_FETCH_AND_ADD 0xADD  /* int32_t or int64_t: the operand is added */

/* ---- permissions -------------------------------------------------------------------------- */

#define PVFS_O_EXECUTE   (1 << 0)
#define PVFS_O_WRITE     (1 << 1)
#define PVFS_O_READ      (1 << 2)
#define PVFS_G_EXECUTE   (1 << 3)
#define PVFS_G_WRITE     (1 << 4)
#define PVFS_G_READ      (1 << 5)
#define PVFS_U_EXECUTE   (1 << 6)
#define PVFS_U_WRITE     (1 << 7)
#define PVFS_U_READ      (1 << 8)
#define PVFS_U_VTX       (1 << 9)
#define PVFS_G_SGID      (1 << 10)
#define PVFS_U_SUID      (1 << 11)
#define PVFS_USER_ALL    (PVFS_U_EXECUTE | PVFS_U_WRITE | PVFS_U_READ)
#define PVFS_GROUP_ALL   (PVFS_G_EXECUTE | PVFS_G_WRITE | PVFS_G_READ)
#define PVFS_OTHER_ALL   (PVFS_O_EXECUTE | PVFS_O_WRITE | PVFS_O_READ)
#define PVFS_ALL_EXECUTE (PVFS_U_EXECUTE | PVFS_G_EXECUTE | PVFS_O_EXECUTE)
#define PVFS_ALL_WRITE   (PVFS_U_WRITE | PVFS_G_WRITE | PVFS_O_WRITE)
#define PVFS_ALL_READ    (PVFS_U_READ | PVFS_G_READ | PVFS_O_READ)
#define PVFS_PERM_VALID                                                                          \
    (PVFS_USER_ALL | PVFS_GROUP_ALL | PVFS_OTHER_ALL | PVFS_U_VTX | PVFS_G_SGID | PVFS_U_SUID)

/* Who the caller is.  All data is inline: nothing to free, plain assignment copies it. */
typedef struct {
    PVFS_uid userid;
    uint32_t num_groups;                            /* used entries; the first is the primary */
    PVFS_gid group_array[PVFS_REQ_LIMIT_GROUPS];
    char issuer[PVFS_REQ_LIMIT_ISSUER];             /* NUL-terminated */
    PVFS_time timeout;                              /* when it expires; 0 never */
    uint32_t sig_size;                              /* used bytes of signature; 0 unsigned */
    unsigned char signature[PVFS_REQ_LIMIT_SIGNATURE];
} PVFS_credential;

typedef PVFS_credential PVFS_credentials;

/* ---- I/O, layout and distribution --------------------------------------------------------- */

enum PVFS_io_type {
    PVFS_IO_READ = 1,
    PVFS_IO_WRITE = 2
};

enum PVFS_flowproto_type {
    FLOWPROTO_DUMP_OFFSETS = 1,
    FLOWPROTO_BMI_CACHE = 2,
    FLOWPROTO_MULTIQUEUE = 3,
    FLOWPROTO_DEFAULT = 3
};

enum PVFS_encoding_type {
    ENCODING_DIRECT = 1,
    ENCODING_LE_BFIELD = 2,
    ENCODING_XDR = 3,
    PVFS2_ENCODING_DEFAULT = 2
};

enum PVFS_sys_layout_algorithm {
    PVFS_SYS_LAYOUT_NONE = 1,         /* in configuration order from the first server */
    PVFS_SYS_LAYOUT_ROUND_ROBIN = 2,  /* in order from some server (default) */
    PVFS_SYS_LAYOUT_RANDOM = 3,
    PVFS_SYS_LAYOUT_LIST = 4,         /* the servers of server_list, in its order */
    PVFS_SYS_LAYOUT_LOCAL = 5         /* on the server that holds the metafile */
};

#define PVFS_SYS_LAYOUT_DEFAULT NULL

struct PVFS_sys_server_list {
    int32_t count;
    PVFS_BMI_addr_t *servers;  /* owned by the caller */
};

typedef struct PVFS_sys_layout_s {
    enum PVFS_sys_layout_algorithm algorithm;
    struct PVFS_sys_server_list server_list;
} PVFS_sys_layout;

/* A distribution with its parameters: from PVFS_sys_dist_lookup, freed by PVFS_sys_dist_free. */
typedef struct {
    char *name;
    void *params;  /* one of the structures below */
} PVFS_sys_dist;

#define PVFS_DIST_BASIC_NAME              "basic_dist"
#define PVFS_DIST_BASIC_NAME_SIZE         11
#define PVFS_DIST_SIMPLE_STRIPE_NAME      "simple_stripe"
#define PVFS_DIST_SIMPLE_STRIPE_NAME_SIZE 14
#define PVFS_DIST_SIMPLE_STRIPE_DEFAULT_STRIP_SIZE 65536

typedef struct {
    PVFS_size strip_size;  /* bytes, > 0 */
} PVFS_simple_stripe_params;

typedef struct {
    uint32_t unused;
} PVFS_basic_params;

/* The same pattern of strips again and again: "node:size;node:size;...", sizes in bytes or with K,
 * M or G behind them; nodes, the file's datafiles, are numbered from 0 without a gap. */
#define PVFS_DIST_VARSTRIP_NAME              "varstrip_dist"
#define PVFS_DIST_VARSTRIP_NAME_SIZE         14
#define PVFS_DIST_VARSTRIP_MAX_STRIPS_STRING_LENGTH 1025

typedef struct {
    char strips[PVFS_DIST_VARSTRIP_MAX_STRIPS_STRING_LENGTH];  /* NUL-terminated; set by its user */
} PVFS_varstrip_params;

/* The servers in num_groups groups, the last of which takes what is left over: in each group in
 * turn group_strip_factor strips for each of its servers, dealt out round robin. */
#define PVFS_DIST_TWOD_STRIPE_NAME               "twod_stripe"
#define PVFS_DIST_TWOD_STRIPE_NAME_SIZE          14  /* sic, as in PVFS2 */
#define PVFS_DIST_TWOD_STRIPE_DEFAULT_GROUPS     2
#define PVFS_DIST_TWOD_STRIPE_DEFAULT_STRIP_SIZE 65536
#define PVFS_DIST_TWOD_STRIPE_DEFAULT_FACTOR     256

typedef struct {
    uint32_t num_groups;          /* > 0 */
    PVFS_size strip_size;         /* bytes, > 0 */
    uint32_t group_strip_factor;  /* strips, > 0 */
} PVFS_twod_stripe_params;

/* ---- attributes --------------------------------------------------------------------------- */

#define PVFS_ATTR_SYS_UID                 (1u << 0)
#define PVFS_ATTR_SYS_GID                 (1u << 1)
#define PVFS_ATTR_SYS_PERM                (1u << 2)
#define PVFS_ATTR_SYS_ATIME               (1u << 3)
#define PVFS_ATTR_SYS_CTIME               (1u << 4)
#define PVFS_ATTR_SYS_MTIME               (1u << 5)
#define PVFS_ATTR_SYS_TYPE                (1u << 6)
#define PVFS_ATTR_SYS_ATIME_SET           (1u << 7)  /* the given time, not the server's now */
#define PVFS_ATTR_SYS_MTIME_SET           (1u << 8)
#define PVFS_ATTR_SYS_SIZE                (1u << 20)
#define PVFS_ATTR_SYS_DISTDIR_ATTR        (1u << 21)
#define PVFS_ATTR_SYS_LNK_TARGET          (1u << 24)
#define PVFS_ATTR_SYS_DFILE_COUNT         (1u << 25)
#define PVFS_ATTR_SYS_DIRENT_COUNT        (1u << 26)
#define PVFS_ATTR_SYS_DIR_HINT            (1u << 27)
#define PVFS_ATTR_SYS_BLKSIZE             (1u << 28)
#define PVFS_ATTR_SYS_MIRROR_COPIES_COUNT (1u << 29)
#define PVFS_ATTR_SYS_CAPABILITY          (1u << 30)

#define PVFS_ATTR_SYS_COMMON_ALL                                                                 \
    (PVFS_ATTR_SYS_UID | PVFS_ATTR_SYS_GID | PVFS_ATTR_SYS_PERM | PVFS_ATTR_SYS_ATIME            \
     | PVFS_ATTR_SYS_CTIME | PVFS_ATTR_SYS_MTIME | PVFS_ATTR_SYS_TYPE)
#define PVFS_ATTR_SYS_ALL_NOSIZE                                                                 \
    (PVFS_ATTR_SYS_COMMON_ALL | PVFS_ATTR_SYS_LNK_TARGET | PVFS_ATTR_SYS_DFILE_COUNT             \
     | PVFS_ATTR_SYS_MIRROR_COPIES_COUNT | PVFS_ATTR_SYS_DISTDIR_ATTR | PVFS_ATTR_SYS_DIR_HINT   \
     | PVFS_ATTR_SYS_DIRENT_COUNT | PVFS_ATTR_SYS_BLKSIZE)
#define PVFS_ATTR_SYS_ALL        (PVFS_ATTR_SYS_ALL_NOSIZE | PVFS_ATTR_SYS_SIZE)
#define PVFS_ATTR_SYS_ALL_NOHINT PVFS_ATTR_SYS_ALL
#define PVFS_ATTR_SYS_ALL_SETABLE (PVFS_ATTR_SYS_COMMON_ALL & ~PVFS_ATTR_SYS_TYPE)
#define PVFS_ATTR_SYS_ALL_TIMES                                                                  \
    (PVFS_ATTR_SYS_ALL_SETABLE | PVFS_ATTR_SYS_ATIME_SET | PVFS_ATTR_SYS_MTIME_SET)

/* Attributes of an object; `mask` (PVFS_ATTR_SYS_...) says which members are meaningful.  The
 * three strings are heap memory of the holder when a call filled them in: release them with
 * PVFS_util_release_sys_attr.  They are set only if their mask bits were asked for. */
typedef struct PVFS_sys_attr_s {
    PVFS_uid owner;
    PVFS_gid group;
    PVFS_permissions perms;
    PVFS_time atime;
    PVFS_time mtime;
    PVFS_time ctime;
    PVFS_size size;
    char *link_target;
    int32_t dfile_count;
    int32_t distr_dir_servers_initial;
    int32_t distr_dir_servers_max;
    int32_t distr_dir_split_size;
    uint32_t mirror_copies_count;
    char *dist_name;
    char *dist_params;        /* "name:value+name:value" */
    PVFS_size dirent_count;
    PVFS_ds_type objtype;
    PVFS_flags flags;
    uint32_t mask;
    PVFS_size blksize;
} PVFS_sys_attr;

/* All that stat(2) says of an object; plain data.  PVFS_sys_attr keeps the original's layout and
 * cannot say it: seconds only, no link count, no special files. */
typedef struct {
    uint32_t mode;         /* type (S_IFMT of stat(2): S_IFREG, S_IFIFO, ...) and permissions */
    uint32_t nlink;        /* names of a file; 2 + subdirectories of a directory */
    PVFS_uid owner;
    PVFS_gid group;
    uint64_t rdev;         /* devices: for major(3) and minor(3); else 0 */
    PVFS_size size;        /* bytes; of a symbolic link its target's length; -1: not asked for */
    PVFS_size blksize;     /* good size of one transfer, bytes */
    PVFS_time_ns atime;
    PVFS_time_ns mtime;
    PVFS_time_ns ctime;
    uint64_t change;       /* grows with each change of the object's own record; only good to compare */
    PVFS_size blocks;      /* of 512 bytes, that the data takes: less than the size if there are holes; -1: with the size */
} PVFS_stat;

/* For PVFS_sys_utimens in place of a time. */
#define PVFS_UTIME_NOW  ((PVFS_time_ns) UINT64_MAX)        /* the server's now */
#define PVFS_UTIME_OMIT ((PVFS_time_ns) (UINT64_MAX - 1))  /* stays as it is */

/* For PVFS_sys_rename2; one at most. */
#define PVFS_RENAME_NOREPLACE 1u  /* fail with -PVFS_EEXIST if the new name is taken */
#define PVFS_RENAME_EXCHANGE  2u  /* both names are there and change their objects */

/* ---- mount entries and volumes ------------------------------------------------------------ */

/* One line of a tab file.  All strings belong to the structure (see PVFS_util_free_mntent). */
struct PVFS_sys_mntent {
    char **pvfs_config_servers;        /* "tcp://host:port", all that the line lists */
    int32_t num_pvfs_config_servers;
    char *the_pvfs_config_server;      /* the one that answered */
    char *pvfs_fs_name;
    enum PVFS_flowproto_type flowproto;
    enum PVFS_encoding_type encoding;
    PVFS_fs_id fs_id;
    int32_t default_num_dfiles;        /* 0: the servers decide */
    char *bmi_opts;
    int32_t integrity_check;
    char *mnt_dir;
    char *mnt_opts;
};

typedef struct {
    PVFS_fs_id fs_id;
    PVFS_size bytes_available;
    PVFS_size bytes_total;
    uint64_t ram_total_bytes;
    uint64_t ram_free_bytes;
    uint64_t load_1;                  /* 1 minute load average * 65536, as in sysinfo(2) */
    uint64_t load_5;
    uint64_t load_15;
    uint64_t uptime_seconds;
    uint64_t handles_available_count;
    uint64_t handles_total_count;
} PVFS_statfs;

/* ---- errors ------------------------------------------------------------------------------- */

/* Functions return 0 or a negative code.  The positive form is
 *
 *   bit 30  always set        bits 7-9  which layer failed (may be 0)
 *   bit 29  not an errno      bits 0-6  the code
 */
#define PVFS_ERROR_BIT           (1 << 30)
#define PVFS_NON_ERRNO_ERROR_BIT (1 << 29)

#define PVFS_ERROR_CLASS_BITS 7
#define PVFS_ERROR_BMI    (1 << 7)
#define PVFS_ERROR_TROVE  (2 << 7)
#define PVFS_ERROR_FLOW   (3 << 7)
#define PVFS_ERROR_SM     (4 << 7)
#define PVFS_ERROR_SCHED  (5 << 7)
#define PVFS_ERROR_CLIENT (6 << 7)
#define PVFS_ERROR_DEV    (7 << 7)

/* The parts of a positive code. */
#define PVFS_ERROR_CODE(e)           ((e) & 127)
#define PVFS_ERROR_CLASS(e)          ((e) & (7 << 7))
#define PVFS_NON_ERRNO_ERROR_CODE(e) ((e) & 127)

/* Is that a PVFS code, of either sign? */
static inline int IS_PVFS_ERROR (PVFS_error e)
{
    return ((e < 0 ? -(int64_t) e : (int64_t) e) & PVFS_ERROR_BIT) != 0;
}

/* And one without an errno? */
static inline int IS_PVFS_NON_ERRNO_ERROR (PVFS_error e)
{
    return IS_PVFS_ERROR (e)
        && ((e < 0 ? -(int64_t) e : (int64_t) e) & PVFS_NON_ERRNO_ERROR_BIT) != 0;
}

/* A code's positive form, with and without an errno: constant expressions. */
#define PVFS_E(n)           ((n) | PVFS_ERROR_BIT)
#define PVFS_E_NON_ERRNO(n) ((n) | PVFS_NON_ERRNO_ERROR_BIT | PVFS_ERROR_BIT)

#define PVFS_EPERM           PVFS_E (1)
#define PVFS_ENOENT          PVFS_E (2)
#define PVFS_EINTR           PVFS_E (3)
#define PVFS_EIO             PVFS_E (4)
#define PVFS_ENXIO           PVFS_E (5)
#define PVFS_EBADF           PVFS_E (6)
#define PVFS_EAGAIN          PVFS_E (7)
#define PVFS_ENOMEM          PVFS_E (8)
#define PVFS_EFAULT          PVFS_E (9)
#define PVFS_EBUSY           PVFS_E (10)
#define PVFS_EEXIST          PVFS_E (11)
#define PVFS_ENODEV          PVFS_E (12)
#define PVFS_ENOTDIR         PVFS_E (13)
#define PVFS_EISDIR          PVFS_E (14)
#define PVFS_EINVAL          PVFS_E (15)
#define PVFS_EMFILE          PVFS_E (16)
#define PVFS_EFBIG           PVFS_E (17)
#define PVFS_ENOSPC          PVFS_E (18)
#define PVFS_EROFS           PVFS_E (19)
#define PVFS_EMLINK          PVFS_E (20)
#define PVFS_EPIPE           PVFS_E (21)
#define PVFS_EDEADLK         PVFS_E (22)
#define PVFS_ENAMETOOLONG    PVFS_E (23)
#define PVFS_ENOLCK          PVFS_E (24)
#define PVFS_ENOSYS          PVFS_E (25)
#define PVFS_ENOTEMPTY       PVFS_E (26)
#define PVFS_ELOOP           PVFS_E (27)
#define PVFS_EWOULDBLOCK     PVFS_E (28)
#define PVFS_ENOMSG          PVFS_E (29)
#define PVFS_EUNATCH         PVFS_E (30)
#define PVFS_EBADR           PVFS_E (31)
#define PVFS_EDEADLOCK       PVFS_E (32)
#define PVFS_ENODATA         PVFS_E (33)
#define PVFS_ETIME           PVFS_E (34)
#define PVFS_ENONET          PVFS_E (35)
#define PVFS_EREMOTE         PVFS_E (36)
#define PVFS_ECOMM           PVFS_E (37)
#define PVFS_EPROTO          PVFS_E (38)
#define PVFS_EBADMSG         PVFS_E (39)
#define PVFS_EOVERFLOW       PVFS_E (40)
#define PVFS_ERESTART        PVFS_E (41)
#define PVFS_EMSGSIZE        PVFS_E (42)
#define PVFS_EPROTOTYPE      PVFS_E (43)
#define PVFS_ENOPROTOOPT     PVFS_E (44)
#define PVFS_EPROTONOSUPPORT PVFS_E (45)
#define PVFS_EOPNOTSUPP      PVFS_E (46)
#define PVFS_EADDRINUSE      PVFS_E (47)
#define PVFS_EADDRNOTAVAIL   PVFS_E (48)
#define PVFS_ENETDOWN        PVFS_E (49)
#define PVFS_ENETUNREACH     PVFS_E (50)
#define PVFS_ENETRESET       PVFS_E (51)
#define PVFS_ENOBUFS         PVFS_E (52)
#define PVFS_ETIMEDOUT       PVFS_E (53)
#define PVFS_ECONNREFUSED    PVFS_E (54)
#define PVFS_EHOSTDOWN       PVFS_E (55)
#define PVFS_EHOSTUNREACH    PVFS_E (56)
#define PVFS_EALREADY        PVFS_E (57)
#define PVFS_EACCES          PVFS_E (58)
#define PVFS_ECONNRESET      PVFS_E (59)
#define PVFS_ERANGE          PVFS_E (60)

#define PVFS_ERRNO_MAX 61

/* Codes with an errno that PVFS2 did not have; they start above its own. */
#define PVFS_ESTALE       PVFS_E (64)  /* the object is gone: look its name up again */
#define PVFS_EDQUOT       PVFS_E (65)
#define PVFS_EXDEV        PVFS_E (66)
#define PVFS_ENOTCONN     PVFS_E (67)
#define PVFS_ETXTBSY      PVFS_E (68)
#define PVFS_EILSEQ       PVFS_E (69)
#define PVFS_E2BIG        PVFS_E (70)
#define PVFS_ECONNABORTED PVFS_E (71)
#define PVFS_ESHUTDOWN    PVFS_E (72)
#define PVFS_EKEYEXPIRED  PVFS_E (73)
#define PVFS_EUCLEAN      PVFS_E (74)  /* the storage is damaged */

#define PVFS_ECANCEL   PVFS_E_NON_ERRNO (1)  /* cancelled on request */
#define PVFS_EDEVINIT  PVFS_E_NON_ERRNO (2)  /* the device could not be initialised */
#define PVFS_EDETAIL   PVFS_E_NON_ERRNO (3)  /* see the PVFS_error_details of the call */
#define PVFS_EHOSTNTFD PVFS_E_NON_ERRNO (4)  /* host name not found */
#define PVFS_EADDRNTFD PVFS_E_NON_ERRNO (5)  /* address not found */
#define PVFS_ENORECVR  PVFS_E_NON_ERRNO (6)  /* no receiver */
#define PVFS_ETRYAGAIN PVFS_E_NON_ERRNO (7)
#define PVFS_ENOTPVFS  PVFS_E_NON_ERRNO (8)  /* the path leaves the file system */
#define PVFS_ESECURITY PVFS_E_NON_ERRNO (9)  /* credential or capability refused */

/* Per-server errors of one call to many servers: `count_used` entries of `error` are valid;
 * `count_exceeded` more did not fit.  Nothing but -PVFS_EDETAIL refers to it. */
typedef struct {
    PVFS_error error;
    PVFS_BMI_addr_t addr;
} PVFS_error_server;

typedef struct {
    int count_allocated;
    int count_used;
    int count_exceeded;
    PVFS_error_server error[1];  /* count_allocated of them */
} PVFS_error_details;

/* Room for `count` (> 0) entries; NULL if there is no memory.  free accepts NULL. */
PVFS_error_details *PVFS_error_details_new (int count);
void PVFS_error_details_free (PVFS_error_details *details);

/* The text of a code of either sign (PVFS or plain errno) into buf, always terminated if n > 0.
 * Returns 0, or -PVFS_ERANGE if it was cut, -PVFS_EINVAL for no buffer.  Thread-safe. */
int PVFS_strerror_r (int errnum, char *buf, int n);

/* "text: message" to standard error; through the log for the gossip form, which can be silenced
 * for the process (silent) and turned on again (verbose). */
void PVFS_perror (const char *text, int retcode);
void PVFS_perror_gossip (const char *text, int retcode);
void PVFS_perror_gossip_silent (void);
void PVFS_perror_gossip_verbose (void);

/* The positive errno of a PVFS code of either sign; for a code without one, its number (an index
 * of texts); a value that is no PVFS code is returned unchanged. */
PVFS_error PVFS_get_errno_mapping (PVFS_error error);
#define PVFS_ERROR_TO_ERRNO(e) PVFS_get_errno_mapping (e)

/* The PVFS code of an errno, with the sign of its argument; unknown values come back unchanged. */
PVFS_error PVFS_errno_to_error (int err);

#ifdef __cplusplus
}
#endif

#endif
