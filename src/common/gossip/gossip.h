/* Gossip: the log of every program, with PVFS2's debug keywords.
 *
 * There is one log per process (the only mutable global beside the default instance). Every call
 * may be made from any thread. A message is one line and leaves in one write(2), so lines of
 * several threads and processes never mix. Nothing here takes a lock on the way of a message
 * (syslog excepted), so logging in the child of a fork is safe. errno survives every call.
 *
 *     gossip_debug   switched by keyword; costs one load when it is off
 *     gossip_log     always written: start, stop, a slow operation
 *     gossip_err     always written: something failed
 *     gossip_lerr    gossip_err with the place in the source
 */
#ifndef COMMON_GOSSIP_GOSSIP_H
#define COMMON_GOSSIP_GOSSIP_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The keyword list, written once: X (constant, keyword, bit). */
/* clang-format off */
#define GOSSIP_KEYWORDS(X)                                      \
    X (GOSSIP_BMI_DEBUG_TCP,            "tcp",               0) \
    X (GOSSIP_BMI_DEBUG_CONTROL,        "control",           1) \
    X (GOSSIP_BMI_DEBUG_OFFSETS,        "offsets",           2) \
    X (GOSSIP_BMI_DEBUG_GM,             "gm",                3) \
    X (GOSSIP_JOB_DEBUG,                "job",               4) \
    X (GOSSIP_SERVER_DEBUG,             "server",            5) \
    X (GOSSIP_FLOW_DEBUG,               "flow",              8) \
    X (GOSSIP_REQUEST_DEBUG,            "request",          10) \
    X (GOSSIP_FLOW_PROTO_DEBUG,         "flowproto",        11) \
    X (GOSSIP_NCACHE_DEBUG,             "ncache",           12) \
    X (GOSSIP_CLIENT_DEBUG,             "client",           13) \
    X (GOSSIP_REQ_SCHED_DEBUG,          "reqsched",         14) \
    X (GOSSIP_ACACHE_DEBUG,             "acache",           15) \
    X (GOSSIP_TROVE_DEBUG,              "trove",            16) \
    X (GOSSIP_TROVE_OP_DEBUG,           "trove_op",         17) \
    X (GOSSIP_DIST_DEBUG,               "distribution",     18) \
    X (GOSSIP_BMI_DEBUG_IB,             "ib",               19) \
    X (GOSSIP_DBPF_ATTRCACHE_DEBUG,     "dbpfattrcache",    20) \
    X (GOSSIP_RACACHE_DEBUG,            "racache",          21) \
    X (GOSSIP_LOOKUP_DEBUG,             "lookup",           22) \
    X (GOSSIP_REMOVE_DEBUG,             "remove",           23) \
    X (GOSSIP_GETATTR_DEBUG,            "getattr",          24) \
    X (GOSSIP_READDIR_DEBUG,            "readdir",          25) \
    X (GOSSIP_IO_DEBUG,                 "io",               26) \
    X (GOSSIP_DBPF_OPEN_CACHE_DEBUG,    "open_cache",       27) \
    X (GOSSIP_PERMISSIONS_DEBUG,        "permissions",      28) \
    X (GOSSIP_CANCEL_DEBUG,             "cancel",           29) \
    X (GOSSIP_MSGPAIR_DEBUG,            "msgpair",          30) \
    X (GOSSIP_CLIENTCORE_DEBUG,         "clientcore",       31) \
    X (GOSSIP_CLIENTCORE_TIMING_DEBUG,  "clientcore_timing", 32) \
    X (GOSSIP_SETATTR_DEBUG,            "setattr",          33) \
    X (GOSSIP_MKDIR_DEBUG,              "mkdir",            34) \
    X (GOSSIP_VARSTRIP_DEBUG,           "varstrip",         35) \
    X (GOSSIP_GETEATTR_DEBUG,           "geteattr",         36) \
    X (GOSSIP_SETEATTR_DEBUG,           "seteattr",         37) \
    X (GOSSIP_ENDECODE_DEBUG,           "endecode",         38) \
    X (GOSSIP_ACCESS_DEBUG,             "access",           40) \
    X (GOSSIP_ACCESS_DETAIL_DEBUG,      "access_detail",    41) \
    X (GOSSIP_LISTEATTR_DEBUG,          "listeattr",        42) \
    X (GOSSIP_PERFCOUNTER_DEBUG,        "perfcounter",      43) \
    X (GOSSIP_STATE_MACHINE_DEBUG,      "sm",               44) \
    X (GOSSIP_DBPF_KEYVAL_DEBUG,        "keyval",           45) \
    X (GOSSIP_LISTATTR_DEBUG,           "listattr",         46) \
    X (GOSSIP_DBPF_COALESCE_DEBUG,      "coalesce",         47) \
    X (GOSSIP_ACCESS_HOSTNAMES,         "access_hostnames", 48) \
    X (GOSSIP_FSCK_DEBUG,               "fsck",             49) \
    X (GOSSIP_BMI_DEBUG_MX,             "mx",               50) \
    X (GOSSIP_BSTREAM_DEBUG,            "bstream",          51) \
    X (GOSSIP_BMI_DEBUG_PORTALS,        "portals",          52) \
    X (GOSSIP_USER_DEV_DEBUG,           "user_dev",         53) \
    X (GOSSIP_DIRECTIO_DEBUG,           "directio",         54) \
    X (GOSSIP_MGMT_DEBUG,               "mgmt",             55) \
    X (GOSSIP_MIRROR_DEBUG,             "mirror",           56) \
    X (GOSSIP_WIN_CLIENT_DEBUG,         "win_client",       57) \
    X (GOSSIP_SECURITY_DEBUG,           "security",         58) \
    X (GOSSIP_USRINT_DEBUG,             "usrint",           59) \
    X (GOSSIP_SECCACHE_DEBUG,           "seccache",         60)
/* clang-format on */

#define GOSSIP_CONSTANT(name, keyword, bit) name = UINT64_C (1) << (bit),
#define GOSSIP_OR(name, keyword, bit)       | name
enum {
    GOSSIP_NO_DEBUG = 0,
    GOSSIP_KEYWORDS (GOSSIP_CONSTANT)
    /* Groups. */
    GOSSIP_ALL_DEBUG = UINT64_C (0) GOSSIP_KEYWORDS (GOSSIP_OR),
    GOSSIP_BMI_DEBUG_ALL = GOSSIP_BMI_DEBUG_TCP | GOSSIP_BMI_DEBUG_CONTROL |
                           GOSSIP_BMI_DEBUG_OFFSETS | GOSSIP_BMI_DEBUG_GM | GOSSIP_BMI_DEBUG_IB |
                           GOSSIP_BMI_DEBUG_MX | GOSSIP_BMI_DEBUG_PORTALS,
    GOSSIP_VERBOSE_DEBUG =
        GOSSIP_ALL_DEBUG & ~(GOSSIP_PERFCOUNTER_DEBUG | GOSSIP_STATE_MACHINE_DEBUG |
                             GOSSIP_ENDECODE_DEBUG | GOSSIP_USER_DEV_DEBUG),
};
#undef GOSSIP_CONSTANT
#undef GOSSIP_OR

enum gossip_stamp {
    GOSSIP_STAMP_NONE,     /* [D] text */
    GOSSIP_STAMP_USEC,     /* [D 14:03:59.123456] text */
    GOSSIP_STAMP_DATETIME, /* [D 2026-01-31 14:03:59.123456] text */
    GOSSIP_STAMP_THREAD,   /* [D 14:03:59.123456 (thread id)] text */
};

enum { GOSSIP_MAX_LINE = 4096 }; /* stamp and newline included; longer lines end in "..." */

/* Where the log goes; before the first of these it is stderr. All three may be called at any time,
 * also while others log. gossip_enable_file appends, creating the file (0644); on failure (negative
 * errno) the log stays where it was. */
int gossip_enable_file (const char *path);
void gossip_enable_stderr (void);
void gossip_enable_syslog (const char *ident);
void gossip_disable (void);

/* Opens the log file anew by its path (after a rotation). 0 also when the log is not a file. Not
 * for signal handlers: note the signal, call this from the main loop. */
int gossip_reopen (void);

/* PVFS2_DEBUGMASK (keywords) and PVFS2_DEBUGFILE (path). Applies what it can; -EINVAL when a
 * keyword was unknown (which is logged), or the error of the file. */
int gossip_from_env (void);

void gossip_set_debug_mask (bool on, uint64_t mask);
void gossip_get_debug_mask (bool *ret_on, uint64_t *ret_mask);
void gossip_set_logstamp (enum gossip_stamp stamp);
int gossip_parse_logstamp (const char *word, enum gossip_stamp *ret_stamp); /* -EINVAL if unknown */

/* Keywords to mask: a list separated by commas or blanks, read from left to right; '-' before a
 * word takes its bits away again. Unknown words are skipped and make the result -EINVAL, with the
 * first of them in ret_bad (bad_size bytes, may be NULL); *ret_mask is set in either case. */
int gossip_parse_mask (const char *keywords, uint64_t *ret_mask, char *ret_bad, size_t bad_size);

/* Mask to keywords, which gossip_parse_mask turns into the same mask again; bits without a keyword
 * are left out. The caller frees the result; NULL when out of memory. */
char *gossip_format_mask (uint64_t mask);

/* The same for the mask of a kernel module, which has its own words. */
int gossip_parse_kmod_mask (const char *keywords, uint64_t *ret_mask);
char *gossip_format_kmod_mask (uint64_t mask);

/* The stack of the calling thread as error lines. */
void gossip_backtrace (void);

/* 0 while debugging is off; only gossip_debug reads it. */
extern _Atomic uint64_t gossip_mask_in_force;

#define gossip_debug_enabled(mask) \
    (__builtin_expect (            \
        !!(atomic_load_explicit (&gossip_mask_in_force, memory_order_relaxed) & (mask)), 0))

#define gossip_debug(mask, ...)              \
    do {                                     \
        if (gossip_debug_enabled (mask))     \
            gossip_write ('D', __VA_ARGS__); \
    } while (0)
#define gossip_log(...)  gossip_write ('I', __VA_ARGS__)
#define gossip_err(...)  gossip_write ('E', __VA_ARGS__)
#define gossip_lerr(...) gossip_write_at (__FILE__, __LINE__, __VA_ARGS__)

void gossip_write (char kind, const char *format, ...) __attribute__ ((format (printf, 2, 3)));
void gossip_write_at (const char *file, int line, const char *format, ...)
    __attribute__ ((format (printf, 3, 4)));

#endif
