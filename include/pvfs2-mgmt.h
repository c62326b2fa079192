/* pvfs2-mgmt.h - the management interface: what tools ask of single servers.
 *
 * Conventions, completion and threads as in pvfs2-sysint.h.  Calls to lists of servers report the
 * errors of single ones in *details (may be NULL) and return -PVFS_EDETAIL if there is any.  All
 * arrays belong to the caller.  Changing calls need uid 0.
 */
#ifndef PVFS2_MGMT_H
#define PVFS2_MGMT_H

#include "pvfs2-types.h"
#include "pvfs2-hint.h"
#include "pvfs2-sysint.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Bits of server_type. */
#define PVFS_MGMT_IO_SERVER   1
#define PVFS_MGMT_META_SERVER 2

/* What can be set while a server runs; until it ends.  UINT64 where nothing else is said; a value
 * that makes no sense is -PVFS_EINVAL and changes nothing. */
enum PVFS_server_param {
    PVFS_SERV_PARAM_INVALID = 0,
    PVFS_SERV_PARAM_GOSSIP_MASK = 1,
    PVFS_SERV_PARAM_FSID_CHECK = 2,         /* an fs id that the server must have: -PVFS_ENOENT */
    PVFS_SERV_PARAM_ROOT_CHECK = 3,         /* a root handle that it must have */
    PVFS_SERV_PARAM_MODE = 4,               /* enum PVFS_server_mode */
    PVFS_SERV_PARAM_PERF_HISTORY = 5,       /* samples that are kept, 1 to 65536 */
    PVFS_SERV_PARAM_PERF_INTERVAL = 6,      /* milliseconds of a sample */
    PVFS_SERV_PARAM_EVENT_ENABLE = 7,       /* STRING: names of operations, or "all" */
    PVFS_SERV_PARAM_EVENT_DISABLE = 8,      /* STRING */
    PVFS_SERV_PARAM_SYNC_META = 9,          /* 0 or 1: metadata are on the disk before the answer.
                                             * 1 ends when all that was done before is, too */
    PVFS_SERV_PARAM_SYNC_DATA = 10,         /* 0 or 1: so is what is written, of this file system */
    PVFS_SERV_PARAM_DROP_CACHES = 11,       /* any value */
    PVFS_SERV_PARAM_TURN_OFF_TIMEOUTS = 12  /* 0 or 1: expired capabilities are good */
};

enum PVFS_server_mode {
    PVFS_SERVER_NORMAL_MODE = 1,
    PVFS_SERVER_ADMIN_MODE = 2
};

enum PVFS_mgmt_param_type {
    PVFS_MGMT_PARAM_TYPE_UINT64 = 0,
    PVFS_MGMT_PARAM_TYPE_STRING = 1
};

struct PVFS_mgmt_setparam_value {
    enum PVFS_mgmt_param_type type;
    union {
        uint64_t value;
        char *string_value;
    } u;
};

struct PVFS_mgmt_server_stat {
    PVFS_fs_id fs_id;
    PVFS_size bytes_available;
    PVFS_size bytes_total;
    uint64_t ram_total_bytes;
    uint64_t ram_free_bytes;
    uint64_t load_1;
    uint64_t load_5;
    uint64_t load_15;
    uint64_t uptime_seconds;
    uint64_t handles_available_count;
    uint64_t handles_total_count;
    const char *bmi_address;          /* the library's, valid while the volume is known */
    int server_type;                  /* PVFS_MGMT_... bits */
    /* ours */
    uint64_t time_ns;                 /* its clock, since 1970 */
    uint64_t config_epoch;            /* a hash of the configuration that it runs with, without the key */
    uint64_t key_mark;                /* equal for equal keys; 0: it has none */
    uint32_t intents;                 /* what it has promised to finish and has not yet */
    uint32_t operations;              /* that run or wait */
    int mode;                         /* enum PVFS_server_state */
    char version[32];
};

enum PVFS_server_state {
    PVFS_SERVER_IS_NORMAL = 0,
    PVFS_SERVER_IS_ADMIN = 1,         /* it refuses changes */
    PVFS_SERVER_IS_FROZEN = 2         /* it holds changes back, while pvfs2-fsck repairs */
};

/* A request that a server began or ended. */
#define PVFS_EVENT_API_SERVER 1

enum PVFS_event_flag {
    PVFS_EVENT_FLAG_NONE = 0,           /* no event: there were fewer */
    PVFS_EVENT_FLAG_START = 1,
    PVFS_EVENT_FLAG_END = 2
};

struct PVFS_mgmt_event {
    int32_t api;                        /* PVFS_EVENT_API_SERVER */
    int32_t operation;                  /* its number in the protocol */
    int64_t value;                      /* start: the user who asks; end: a positive PVFS code, or 0 */
    PVFS_id_gen_t id;                   /* of the operation on that server: the same at start and end */
    int32_t flags;                      /* enum PVFS_event_flag */
    int64_t tv_sec;
    int32_t tv_usec;
};

/* A user whose requests a server has seen. */
#define PVFS_MGMT_UID_MAX 25            /* servers remember as many */

typedef struct {
    PVFS_uid uid;
    uint64_t count;                     /* requests */
    struct timeval tv0;                 /* the first of them */
    struct timeval tv;                  /* the last */
} PVFS_uid_info_s;

/* What servers count, and how long their operations take (of the order in a sample). */
enum PVFS_perf_type {
    PVFS_PERF_COUNTER = 0,
    PVFS_PERF_TIMER = 1
};

enum PVFS_perf_key {
    PVFS_PERF_READ = 0,                 /* bytes */
    PVFS_PERF_WRITE = 1,                /* bytes */
    PVFS_PERF_METADATA_READ = 2,
    PVFS_PERF_METADATA_WRITE = 3,
    PVFS_PERF_METADATA_DSPACE_OPS = 4,
    PVFS_PERF_METADATA_KEYVAL_OPS = 5,
    PVFS_PERF_REQSCHED = 6,             /* requests active now */
    PVFS_PERF_REQUESTS = 7,
    PVFS_PERF_IOREAD = 8,               /* bytes */
    PVFS_PERF_IOWRITE = 9,
    PVFS_PERF_SMALLREAD = 10,
    PVFS_PERF_SMALLWRITE = 11,
    PVFS_PERF_FLOWREAD = 12,
    PVFS_PERF_FLOWWRITE = 13,
    PVFS_PERF_CREATES = 14,             /* counts from here on */
    PVFS_PERF_REMOVES = 15,
    PVFS_PERF_MKDIRS = 16,
    PVFS_PERF_RMDIRS = 17,
    PVFS_PERF_GETATTRS = 18,
    PVFS_PERF_SETATTRS = 19,
    PVFS_PERF_IO = 20,
    PVFS_PERF_SMALL_IO = 21,
    PVFS_PERF_READDIR = 22,
    PVFS_PERF_KEY_COUNT = 23
};

/* Behind them, not in PVFS2. */
enum PVFS_perf_more_keys {
    PVFS_PERF_LOG_FLUSHES = 23,
    PVFS_PERF_DATA_SYNCS = 24,
    PVFS_PERF_TRANSACTIONS = 25,
    PVFS_PERF_CONNECTIONS = 26,         /* now */
    PVFS_PERF_CACHED_KEYS = 27,         /* bytes of metadata in memory now */
    PVFS_PERF_OPEN_FILES = 28,          /* bytestreams open now */
    PVFS_PERF_ALL_KEYS = 29
};

/* The timers, each of them four values. */
enum PVFS_perf_timer_key {
    PVFS_PERF_TLOOKUP = 0,
    PVFS_PERF_TCREATE = 1,
    PVFS_PERF_TREMOVE = 2,
    PVFS_PERF_TMKDIR = 3,
    PVFS_PERF_TRMDIR = 4,
    PVFS_PERF_TGETATTR = 5,
    PVFS_PERF_TSETATTR = 6,
    PVFS_PERF_TIO = 7,
    PVFS_PERF_TSMALL_IO = 8,
    PVFS_PERF_TREADDIR = 9,
    PVFS_PERF_TIMER_COUNT = 10
};

struct PVFS_perf_timer {
    int64_t sum;                        /* nanoseconds */
    int64_t count;
    int64_t min;
    int64_t max;
};

#define PVFS_PERF_SAMPLES_MAX 16        /* that one call gives */

/* ---- servers ------------------------------------------------------------------------------ */

/* Servers that have any of the bits of server_type. */
PVFS_error PVFS_mgmt_count_servers (PVFS_fs_id fs_id, int server_type, int *count);

/* *inout_count_p: capacity in, filled out; -PVFS_EOVERFLOW if there are more. */
PVFS_error PVFS_mgmt_get_server_array (PVFS_fs_id fs_id, int server_type,
                                       PVFS_BMI_addr_t *addr_array, int *inout_count_p);

/* The printable address, owned by the library; NULL if unknown. */
const char *PVFS_mgmt_map_addr (PVFS_fs_id fs_id, PVFS_BMI_addr_t addr, int *server_type);

/* The server that an object is on; -PVFS_ENOENT for a handle of no server. */
PVFS_error PVFS_mgmt_map_handle (PVFS_fs_id fs_id, PVFS_handle handle, PVFS_BMI_addr_t *addr);

/* A request that does nothing. */
PVFS_error PVFS_imgmt_noop (PVFS_fs_id fs_id, const PVFS_credential *credential,
                            PVFS_BMI_addr_t addr, PVFS_mgmt_op_id *op_id, PVFS_hint hints,
                            void *user_ptr);
PVFS_error PVFS_mgmt_noop (PVFS_fs_id fs_id, const PVFS_credential *credential,
                           PVFS_BMI_addr_t addr, PVFS_hint hints);

/* Sets a parameter of some servers, of all of a volume, or of one that is named by its address. */
PVFS_error PVFS_imgmt_setparam_list (PVFS_fs_id fs_id, const PVFS_credential *credential,
                                     enum PVFS_server_param param,
                                     struct PVFS_mgmt_setparam_value *value,
                                     PVFS_BMI_addr_t *addr_array, int count,
                                     PVFS_error_details *details, PVFS_hint hints,
                                     PVFS_mgmt_op_id *op_id, void *user_ptr);
PVFS_error PVFS_mgmt_setparam_list (PVFS_fs_id fs_id, const PVFS_credential *credential,
                                    enum PVFS_server_param param,
                                    struct PVFS_mgmt_setparam_value *value,
                                    PVFS_BMI_addr_t *addr_array, int count,
                                    PVFS_error_details *details, PVFS_hint hints);
PVFS_error PVFS_mgmt_setparam_all (PVFS_fs_id fs_id, const PVFS_credential *credential,
                                   enum PVFS_server_param param,
                                   struct PVFS_mgmt_setparam_value *value,
                                   PVFS_error_details *details, PVFS_hint hints);
PVFS_error PVFS_mgmt_setparam_single (PVFS_fs_id fs_id, const PVFS_credential *credential,
                                      enum PVFS_server_param param,
                                      struct PVFS_mgmt_setparam_value *value,
                                      char *server_addr_str, PVFS_error_details *details,
                                      PVFS_hint hints);

/* What each of some servers has, or of all of a volume: *inout_count_p is the capacity of stat_array
 * and then the number of servers; -PVFS_EOVERFLOW if there are more. */
PVFS_error PVFS_imgmt_statfs_list (PVFS_fs_id fs_id, const PVFS_credential *credential,
                                   struct PVFS_mgmt_server_stat *stat_array,
                                   PVFS_BMI_addr_t *addr_array, int count,
                                   PVFS_error_details *details, PVFS_mgmt_op_id *op_id,
                                   PVFS_hint hints, void *user_ptr);
PVFS_error PVFS_mgmt_statfs_list (PVFS_fs_id fs_id, const PVFS_credential *credential,
                                  struct PVFS_mgmt_server_stat *stat_array,
                                  PVFS_BMI_addr_t *addr_array, int count,
                                  PVFS_error_details *details, PVFS_hint hints);
PVFS_error PVFS_mgmt_statfs_all (PVFS_fs_id fs_id, const PVFS_credential *credential,
                                 struct PVFS_mgmt_server_stat *stat_array, int *inout_count_p,
                                 PVFS_error_details *details, PVFS_hint hints);

/* Samples that servers took every PerfUpdateInterval ms and keep for a while; all values are totals
 * since the server's start, but for what is said to be of now.  perf_matrix[i] has rows for server
 * i, oldest first and the running sample last, each with *key_count counters (or that many struct
 * PVFS_perf_timer), the sample's start in ms since 1970 – 0: there is no such sample – and its
 * length in ms.  In: *key_count (out: at most as many as there are), the rows in *sample_count (out:
 * the most that a server filled), and in next_id_array (may be NULL) the first sample that is
 * wanted: 0, UINT32_MAX for just the running one, or what the last call left there.
 * end_time_ms_array (may be NULL): when the last sample ended. */
PVFS_error PVFS_imgmt_perf_mon_list (PVFS_fs_id fs_id, const PVFS_credential *credential,
                                     int32_t cnt_type, int64_t **perf_matrix,
                                     uint64_t *end_time_ms_array, PVFS_BMI_addr_t *addr_array,
                                     uint32_t *next_id_array, int server_count, int *key_count,
                                     int *sample_count, PVFS_error_details *details,
                                     PVFS_mgmt_op_id *op_id, PVFS_hint hints, void *user_ptr);
PVFS_error PVFS_mgmt_perf_mon_list (PVFS_fs_id fs_id, const PVFS_credential *credential,
                                    int32_t cnt_type, int64_t **perf_matrix,
                                    uint64_t *end_time_ms_array, PVFS_BMI_addr_t *addr_array,
                                    uint32_t *next_id_array, int server_count, int *key_count,
                                    int *sample_count, PVFS_error_details *details,
                                    PVFS_hint hints);

/* ---- objects ------------------------------------------------------------------------------ */

#define PVFS_MGMT_RESERVED 1  /* flag: handles of precreated objects instead of those in use */

/* For each server up to handle_count_array[i] handles (also out) from position_array[i] on, which
 * starts as PVFS_ITERATE_START and ends as PVFS_ITERATE_END. */
PVFS_error PVFS_imgmt_iterate_handles_list (PVFS_fs_id fs_id, const PVFS_credential *credential,
                                            PVFS_handle **handle_matrix, int *handle_count_array,
                                            PVFS_ds_position *position_array,
                                            PVFS_BMI_addr_t *addr_array, int server_count,
                                            int flags, PVFS_error_details *details,
                                            PVFS_hint hints, PVFS_mgmt_op_id *op_id,
                                            void *user_ptr);
PVFS_error PVFS_mgmt_iterate_handles_list (PVFS_fs_id fs_id, const PVFS_credential *credential,
                                           PVFS_handle **handle_matrix, int *handle_count_array,
                                           PVFS_ds_position *position_array,
                                           PVFS_BMI_addr_t *addr_array, int server_count,
                                           int flags, PVFS_error_details *details,
                                           PVFS_hint hints);

/* The first dfile_count datafile handles of a file, in order of distribution. */
PVFS_error PVFS_imgmt_get_dfile_array (PVFS_object_ref ref, const PVFS_credential *credential,
                                       PVFS_handle *dfile_array, int dfile_count,
                                       PVFS_mgmt_op_id *op_id, PVFS_hint hints, void *user_ptr);
PVFS_error PVFS_mgmt_get_dfile_array (PVFS_object_ref ref, const PVFS_credential *credential,
                                      PVFS_handle *dfile_array, int dfile_count, PVFS_hint hints);

/* The first dirdata_count buckets of a directory, ascending by the hashes of their names; the
 * rest is PVFS_HANDLE_NULL.  get_dirdata_handle: the first one. */
PVFS_error PVFS_imgmt_get_dirdata_array (PVFS_object_ref ref, const PVFS_credential *credential,
                                         PVFS_handle *dirdata_array, int dirdata_count,
                                         PVFS_mgmt_op_id *op_id, PVFS_hint hints, void *user_ptr);
PVFS_error PVFS_mgmt_get_dirdata_array (PVFS_object_ref ref, const PVFS_credential *credential,
                                        PVFS_handle *dirdata_array, int dirdata_count,
                                        PVFS_hint hints);
PVFS_error PVFS_imgmt_get_dirdata_handle (PVFS_object_ref parent_ref,
                                          PVFS_handle *out_dirdata_handle,
                                          const PVFS_credential *credential,
                                          PVFS_mgmt_op_id *op_id, PVFS_hint hints, void *user_ptr);
PVFS_error PVFS_mgmt_get_dirdata_handle (PVFS_object_ref parent_ref,
                                         PVFS_handle *out_dirdata_handle,
                                         const PVFS_credential *credential, PVFS_hint hints);

/* ---- repairs by hand ----------------------------------------------------------------------- */

/* One record at a time, without a look at what else names the object, and without counting its
 * names: only for a volume that is damaged anyway; pvfs2-fsck knows better.  All need uid 0. */

/* One object: a metafile without its datafiles, a datafile, a directory without its names.
 * -PVFS_EBUSY for the root. */
PVFS_error PVFS_imgmt_remove_object (PVFS_object_ref object_ref, const PVFS_credential *credential,
                                     PVFS_mgmt_op_id *op_id, PVFS_hint hints, void *user_ptr);
PVFS_error PVFS_mgmt_remove_object (PVFS_object_ref object_ref, PVFS_credential *credential,
                                    PVFS_hint hints);

/* A name, whether or not there is an object behind it; the object stays. */
PVFS_error PVFS_imgmt_remove_dirent (PVFS_object_ref parent_ref, char *entry,
                                     const PVFS_credential *credential, PVFS_mgmt_op_id *op_id,
                                     PVFS_hint hints, void *user_ptr);
PVFS_error PVFS_mgmt_remove_dirent (PVFS_object_ref parent_ref, char *entry,
                                    const PVFS_credential *credential, PVFS_hint hints);

/* A name for an object that is there and has lost its own.  -PVFS_EEXIST if the name is taken. */
PVFS_error PVFS_imgmt_create_dirent (PVFS_object_ref parent_ref, char *entry,
                                     PVFS_handle entry_handle, const PVFS_credential *credential,
                                     PVFS_mgmt_op_id *op_id, PVFS_hint hints, void *user_ptr);
PVFS_error PVFS_mgmt_create_dirent (PVFS_object_ref parent_ref, char *entry,
                                    PVFS_handle entry_handle, const PVFS_credential *credential,
                                    PVFS_hint hints);

/* A new file of one datafile that has lost its own: distribution basic_dist, attr as
 * PVFS_sys_create's.  The datafile's note of whose it is stays as it was until pvfs2-fsck. */
PVFS_error PVFS_imgmt_repair_file (char *object_name, PVFS_object_ref parent_ref,
                                   PVFS_sys_attr attr, const PVFS_credential *credential,
                                   PVFS_handle handle, PVFS_sysresp_create *resp,
                                   PVFS_sys_op_id *op_id, void *user_ptr);
PVFS_error PVFS_mgmt_repair_file (char *object_name, PVFS_object_ref parent_ref,
                                  PVFS_sys_attr attr, const PVFS_credential *credential,
                                  PVFS_handle handle, PVFS_sysresp_create *resp);

/* ---- what servers remember ----------------------------------------------------------------- */

/* The last event_count requests of each server, begun and ended, oldest first; servers keep 1024.
 * Where there are fewer the rest has PVFS_EVENT_FLAG_NONE. */
PVFS_error PVFS_imgmt_event_mon_list (PVFS_fs_id fs_id, const PVFS_credential *credential,
                                      struct PVFS_mgmt_event **event_matrix,
                                      PVFS_BMI_addr_t *addr_array, int server_count,
                                      int event_count, PVFS_error_details *details,
                                      PVFS_mgmt_op_id *op_id, PVFS_hint hints, void *user_ptr);
PVFS_error PVFS_mgmt_event_mon_list (PVFS_fs_id fs_id, const PVFS_credential *credential,
                                     struct PVFS_mgmt_event **event_matrix,
                                     PVFS_BMI_addr_t *addr_array, int server_count,
                                     int event_count, PVFS_error_details *details,
                                     PVFS_hint hints);

/* The users of the last `history` seconds (0: of all that is remembered), the latest first, with
 * room for PVFS_MGMT_UID_MAX in each uid_info_array[i]; their number in uid_count[i].
 * user_ptr of the blocking form, which PVFS2 has too, says nothing. */
PVFS_error PVFS_imgmt_get_uid_list (PVFS_fs_id fs_id, PVFS_credential *credential,
                                    int server_count, PVFS_BMI_addr_t *addr_array,
                                    uint32_t history, PVFS_uid_info_s **uid_info_array,
                                    uint32_t *uid_count, PVFS_mgmt_op_id *op_id, PVFS_hint hints,
                                    void *user_ptr);
PVFS_error PVFS_mgmt_get_uid_list (PVFS_fs_id fs_id, PVFS_credential *credential,
                                   int server_count, PVFS_BMI_addr_t *addr_array,
                                   uint32_t history, PVFS_uid_info_s **uid_info_array,
                                   uint32_t *uid_count, PVFS_hint hints,
                                   void *user_ptr);

/* The text of a server's configuration file, NUL-terminated; -PVFS_ERANGE if it does not fit. */
int PVFS_mgmt_get_config (const PVFS_fs_id *fsid, PVFS_BMI_addr_t *addr, char *fs_buf,
                          int fs_buf_size, const PVFS_credential *credential);

/* ---- live operations (not in PVFS2) --------------------------------------------------------- */

/* An operation that runs or waits on a server. */
struct PVFS_mgmt_live_op {
    uint64_t id;                      /* on that server */
    int32_t op;                       /* its number in the protocol */
    const char *name;                 /* static */
    PVFS_handle handle;               /* what it acts on */
    uint64_t tag;
    uint64_t connection;
    uint64_t age_ms;
    uint64_t behind;                  /* id of the operation that it is queued behind, 0: none */
    char client[128];                 /* who asked */
    char state[64];                   /* of its machine */
    char waits_for[160];              /* in words */
    int waits_for_data;               /* a flow without its next message */
};

struct PVFS_mgmt_live_connection {
    uint64_t connection;
    char client[128];
    int blocked;                      /* a large message without a receive heads its stream ... */
    uint64_t blocked_tag;             /* ... with this tag */
};

/* "create", static; NULL if the protocol has no such operation. Any thread, without a start. */
const char *PVFS_mgmt_op_name (int32_t op);

/* Both arrays are the caller's to free. Needs uid 0. */
PVFS_error PVFS_mgmt_live_ops (PVFS_fs_id fs_id, const PVFS_credential *credential,
                               PVFS_BMI_addr_t addr, struct PVFS_mgmt_live_op **ops, int *nops,
                               struct PVFS_mgmt_live_connection **conns, int *nconns,
                               PVFS_hint hints);

/* ---- completion: as the calls of the same name in pvfs2-sysint.h ---------------------------- */

/* Operations of both kinds have the same ids, and are told apart nowhere. */
int PVFS_mgmt_wait (PVFS_mgmt_op_id op_id, const char *in_op_str, int *out_error);
int PVFS_mgmt_testsome (PVFS_mgmt_op_id *op_id_array, int *op_count, void **user_ptr_array,
                        int *error_code_array, int timeout_ms);
int PVFS_mgmt_testany (PVFS_mgmt_op_id *op_id_array, int *op_count, void **user_ptr_array,
                       int *error_code_array, int timeout_ms);
int PVFS_mgmt_waitsome (PVFS_mgmt_op_id *op_id_array, int *op_count, void **user_ptr_array,
                        int *error_code_array);
int PVFS_mgmt_cancel (PVFS_mgmt_op_id op_id);
int PINT_mgmt_release (PVFS_mgmt_op_id op_id);

#ifdef __cplusplus
}
#endif

#endif
