/* The table of fs.conf's options, from which parser, writer and defaults derive, and their values.
 *
 * A new option: a field in config.h, a line here. An option that begins to have an effect:
 * HONOURED.
 */
#include "common/config/option-table.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

struct context_info {
    const char *name;
    unsigned parents;
};

static const struct context_info contexts[CTX_COUNT] = {
    [CTX_GLOBAL] = { "the top level", 0 },
    [CTX_DEFAULTS] = { "Defaults", IN (CTX_GLOBAL) },
    [CTX_ALIASES] = { "Aliases", IN (CTX_GLOBAL) },
    [CTX_SERVER_OPTIONS] = { "ServerOptions", IN (CTX_GLOBAL) },
    [CTX_SECURITY] = { "Security", IN (CTX_DEFAULTS) | IN (CTX_SERVER_OPTIONS) },
    [CTX_LDAP] = { "LDAP", IN (CTX_SECURITY) },
    [CTX_FILE_SYSTEM] = { "FileSystem", IN (CTX_GLOBAL) },
    [CTX_META_RANGES] = { "MetaHandleRanges", IN (CTX_FILE_SYSTEM) },
    [CTX_DATA_RANGES] = { "DataHandleRanges", IN (CTX_FILE_SYSTEM) },
    [CTX_STORAGE_HINTS] = { "StorageHints", IN (CTX_FILE_SYSTEM) },
    [CTX_EXPORT_OPTIONS] = { "ExportOptions", IN (CTX_FILE_SYSTEM) },
    [CTX_DISTRIBUTION] = { "Distribution", IN (CTX_FILE_SYSTEM) },
};

/* clang-format off */
#define D   IN (CTX_DEFAULTS)
#define DS  (IN (CTX_DEFAULTS) | IN (CTX_SERVER_OPTIONS))
#define SEC IN (CTX_SECURITY)
#define LD  IN (CTX_LDAP)
#define FS  IN (CTX_FILE_SYSTEM)
#define SH  IN (CTX_STORAGE_HINTS)
#define EX  IN (CTX_EXPORT_OPTIONS)

#define SRV(field)     .offset = offsetof (struct config_server_options, field)
#define VOL(field)     .offset = offsetof (struct config_fs, field)
#define RANGE(lo, hi)  .min = (lo), .max = (hi)
#define ONE_OF(words)  .choices = words
#define UNLESS(value)  .harmless = value

#define SECONDS   RANGE (1, 86400 * 365)
#define ANY_U32   RANGE (0, UINT32_MAX)
#define ANY_SIZE  RANGE (0, UINT64_C (1) << 60)
#define METHODS   ONE_OF ("dbpf|alt-aio|directio|null-aio")
#define H         HONOURED

static const struct config_option options[] = {
    /* name, contexts, type, flags, preset, field, bounds */
    { "Alias",  IN (CTX_ALIASES), TYPE_SPECIAL, .flags = H },
    { "Server", IN (CTX_SERVER_OPTIONS), TYPE_SPECIAL, .flags = H },
    { "Range",  IN (CTX_META_RANGES) | IN (CTX_DATA_RANGES), TYPE_SPECIAL, .flags = H },

    { "EventLogging",   DS, TYPE_STRING, H, "none,", SRV (event_logging) },
    { "LogFile",        DS, TYPE_STRING, H, "/tmp/pvfs2-server.log", SRV (log_file) },
    { "LogType",        DS, TYPE_WORD,   H, "file", SRV (log_type), ONE_OF ("file|syslog") },
    { "LogStamp",       DS, TYPE_WORD,   H, "usec", SRV (log_stamp),
      ONE_OF ("none|usec|datetime|thread") },
    { "EnableTracing",  DS, TYPE_BOOL,   0, "no", SRV (enable_tracing), UNLESS ("no") },
    { "UnexpectedRequests", DS, TYPE_U32, 0, "50", SRV (unexpected_requests), ANY_U32 },

    { "DataStorageSpace",     DS, TYPE_STRING, H, NULL, SRV (data_storage) },
    { "MetadataStorageSpace", DS, TYPE_STRING, H, NULL, SRV (meta_storage) },
    { "StorageSpace",         DS, TYPE_STRING, H, NULL, SRV (storage) },
    { "StorageReserve",       DS, TYPE_SIZE,   H, "64M", SRV (storage_reserve), ANY_SIZE },
    { "TroveMethod",          D,  TYPE_WORD,   H, "dbpf", SRV (trove_method), METHODS },
    { "TroveMaxConcurrentIO", DS, TYPE_U32,    0, "16", SRV (trove_max_concurrent_io), ANY_U32 },
    { "DBMaxSize",            DS, TYPE_SIZE,   0, "536870912", SRV (db_max_size), ANY_SIZE },

    { "BMIModules",       D,  TYPE_STRING, 0, "bmi_tcp", SRV (bmi_modules), UNLESS ("bmi_tcp") },
    { "BMIOpts",          D,  TYPE_STRING, 0, NULL, SRV (bmi_opts), UNLESS ("") },
    { "FlowModules",      D,  TYPE_STRING, 0, "flowproto_multiqueue", SRV (flow_modules),
      UNLESS ("flowproto_multiqueue") },
    { "TCPBufferSend",    D,  TYPE_U32,  H, "0", SRV (tcp_buffer_send), RANGE (0, 1 << 30) },
    { "TCPBufferReceive", D,  TYPE_U32,  H, "0", SRV (tcp_buffer_receive), RANGE (0, 1 << 30) },
    { "TCPBindSpecific",  DS, TYPE_BOOL, H, "no", SRV (tcp_bind_specific) },
    { "RequestSlots",     D,  TYPE_U32,  H, "128", SRV (request_slots), RANGE (1, 4096) },
    { "ServerReactors",   DS, TYPE_U32,  H, "1", SRV (server_reactors), RANGE (1, 256) },
    { "SlowOpMSecs",      DS, TYPE_U32,  H, "1000", SRV (slow_op_msecs), ANY_U32 },
    { "OpTimeoutSecs",    D,  TYPE_U32,  H, "60", SRV (op_timeout_secs), SECONDS },

    { "ServerJobBMITimeoutSecs",  DS, TYPE_U32, H, "300", SRV (server_bmi_timeout_secs), SECONDS },
    { "ServerJobFlowTimeoutSecs", DS, TYPE_U32, H, "300", SRV (server_flow_timeout_secs), SECONDS },
    { "ClientJobBMITimeoutSecs",  D,  TYPE_U32, H, "300", SRV (client_bmi_timeout_secs), SECONDS },
    { "ClientJobFlowTimeoutSecs", D,  TYPE_U32, H, "300", SRV (client_flow_timeout_secs), SECONDS },
    { "ClientRetryLimit",           D, TYPE_U32, H, "5", SRV (client_retry_limit), ANY_U32 },
    { "ClientRetryDelayMilliSecs",  D, TYPE_U32, H, "2000", SRV (client_retry_delay_msecs),
      ANY_U32 },
    { "PrecreateBatchSize",    DS, TYPE_PER_TYPE, H, "0,1024,1024,1024,32,1024,0",
      SRV (precreate_batch_size), RANGE (0, 65536) },
    { "PrecreateLowThreshold", DS, TYPE_PER_TYPE, H, "0,256,256,256,16,256,0",
      SRV (precreate_low_threshold), RANGE (0, 65536) },
    { "PerfUpdateHistory",  D, TYPE_U32, H, "10", SRV (perf_update_history), RANGE (1, 65536) },
    { "PerfUpdateInterval", D, TYPE_U32, H, "1000", SRV (perf_update_interval_msecs),
      RANGE (1, UINT32_MAX) },

    { "KeyStore",     SEC | DS, TYPE_STRING, SECURITY, NULL, SRV (key_store) },
    { "ServerKey",    SEC | DS, TYPE_STRING, SECURITY, NULL, SRV (server_key) },
    { "CAFile",       SEC | DS, TYPE_STRING, SECURITY, NULL, SRV (ca_file) },
    { "UserCertDN",   SEC | DS, TYPE_STRING, 0, "C=US, O=OrangeFS", SRV (user_cert_dn) },
    { "UserCertExp",  SEC | DS, TYPE_STRING, 0, "365 days", SRV (user_cert_exp) },
    { "TrustedPorts",   SEC, TYPE_STRING, SECURITY, NULL, SRV (trusted_ports) },
    { "TrustedNetwork", SEC, TYPE_STRING, SECURITY, NULL, SRV (trusted_network) },
    { "TurnOffTimeouts", SEC, TYPE_BOOL, 0, "yes", SRV (turn_off_timeouts), UNLESS ("no") },
    { "CredentialTimeoutSecs", SEC, TYPE_U32, 0, "3600", SRV (credential_timeout_secs), SECONDS },
    { "CapabilityTimeoutSecs", SEC, TYPE_U32, H, "600", SRV (capability_timeout_secs), SECONDS },
    { "CredentialCacheTimeoutSecs", SEC, TYPE_U32, 0, "3600", SRV (credential_cache_timeout_secs),
      ANY_U32 },
    { "CapabilityCacheTimeoutSecs", SEC, TYPE_U32, 0, "600", SRV (capability_cache_timeout_secs),
      ANY_U32 },
    { "CertificateCacheTimeoutSecs", SEC, TYPE_U32, 0, "3600", SRV (certificate_cache_timeout_secs),
      ANY_U32 },

    { "Hosts",        LD, TYPE_STRING, SECURITY, "ldaps://localhost", SRV (ldap_hosts) },
    { "BindDN",       LD, TYPE_STRING, SECURITY, NULL, SRV (ldap_bind_dn) },
    { "BindPassword", LD, TYPE_STRING, SECURITY | SECRET, NULL, SRV (ldap_bind_password) },
    { "SearchMode",   LD, TYPE_STRING, 0, "CN", SRV (ldap_search_mode) },
    { "SearchRoot",   LD, TYPE_STRING, SECURITY, NULL, SRV (ldap_search_root) },
    { "SearchClass",  LD, TYPE_STRING, 0, "inetOrgPerson", SRV (ldap_search_class) },
    { "SearchAttr",   LD, TYPE_STRING, 0, "CN", SRV (ldap_search_attr) },
    { "SearchScope",  LD, TYPE_STRING, 0, "subtree", SRV (ldap_search_scope) },
    { "UIDAttr",      LD, TYPE_STRING, 0, "uidNumber", SRV (ldap_uid_attr) },
    { "GIDAttr",      LD, TYPE_STRING, 0, "gidNumber", SRV (ldap_gid_attr) },
    { "SearchTimeoutSecs", LD, TYPE_U32, 0, "15", SRV (ldap_search_timeout_secs), ANY_U32 },

    { "Name",       FS, TYPE_STRING, H, NULL, VOL (name) },
    { "ID",         FS, TYPE_U32,    H, NULL, VOL (id), RANGE (1, INT32_MAX) },
    { "RootHandle", FS, TYPE_U64,    H, NULL, VOL (root_handle), RANGE (2, UINT64_MAX) },
    { "SecretKey",  FS, TYPE_STRING, H | SECRET, NULL, VOL (secret_key) },
    { "FileStuffing",        FS, TYPE_BOOL, H, "yes", VOL (file_stuffing) },
    { "FlowBufferSizeBytes", FS, TYPE_SIZE, H, "262144", VOL (flow_buffer_size),
      RANGE (1024, 16 << 20) },
    { "FlowBuffersPerFlow",  FS, TYPE_U32,  H, "8", VOL (flow_buffers), RANGE (1, 256) },
    { "DefaultNumDFiles",    FS, TYPE_U32,  H, "0", VOL (default_num_dfiles),
      RANGE (0, CONFIG_MAX_SERVERS) },
    { "SmallFileSize",       FS, TYPE_SIZE, 0, "0", VOL (small_file_size), ANY_SIZE },
    { "TreeWidth",           FS, TYPE_U32,  0, "2", VOL (tree_width), ANY_U32 },
    { "TreeThreshold",       FS, TYPE_U32,  0, "2", VOL (tree_threshold), ANY_U32 },
    { "DistrDirServersInitial", FS, TYPE_U32, H, "1", VOL (distr_dir_servers_initial),
      RANGE (1, OBJECT_SPREAD_MAX) },
    { "DistrDirServersMax",  FS, TYPE_U32, H, "4", VOL (distr_dir_servers_max),
      RANGE (1, OBJECT_SPREAD_MAX) },
    { "DistrDirSplitSize",   FS, TYPE_U32, H, "10000", VOL (distr_dir_split_size), ANY_U32 },

    { "Name",  IN (CTX_DISTRIBUTION), TYPE_SPECIAL, .flags = H },
    { "Param", IN (CTX_DISTRIBUTION), TYPE_SPECIAL, .flags = H },
    { "Value", IN (CTX_DISTRIBUTION), TYPE_SPECIAL, .flags = H },

    { "TroveMethod",   SH, TYPE_WORD, H, NULL, VOL (trove_method), METHODS },
    { "TroveSyncMeta", SH, TYPE_BOOL, H, "yes", VOL (trove_sync_meta) },
    { "TroveSyncData", SH, TYPE_BOOL, H, "yes", VOL (trove_sync_data) },
    { "DBMaxSize",     SH, TYPE_SIZE, 0, "536870912", VOL (db_max_size), ANY_SIZE },
    { "DBCacheSizeBytes", SH, TYPE_SIZE, H, "0", VOL (db_cache_size), ANY_SIZE },
    { "DBCacheType",   SH, TYPE_WORD, 0, "sys", VOL (db_cache_type), ONE_OF ("sys|mmap") },
    { "CoalescingHighWatermark", SH, TYPE_INFINITE, 0, "8", VOL (coalescing_high), ANY_U32 },
    { "CoalescingLowWatermark",  SH, TYPE_INFINITE, 0, "1", VOL (coalescing_low), ANY_U32 },
    { "ImmediateCompletion",     SH, TYPE_BOOL, 0, "no", VOL (immediate_completion) },
    { "HandleRecycleTimeoutSecs", SH, TYPE_U32, 0, "360", VOL (handle_recycle_timeout_secs),
      ANY_U32 },
    { "AttrCacheKeywords",    SH, TYPE_STRING, 0, "dh,md,de,st", VOL (attr_cache_keywords) },
    { "AttrCacheSize",        SH, TYPE_U32, 0, "511", VOL (attr_cache_size), ANY_U32 },
    { "AttrCacheMaxNumElems", SH, TYPE_U32, 0, "1024", VOL (attr_cache_max_elems), ANY_U32 },
    { "DirectIOThreadNum",    SH, TYPE_U32, 0, "30", VOL (directio_threads), ANY_U32 },
    { "DirectIOOpsPerQueue",  SH, TYPE_U32, 0, "10", VOL (directio_ops_per_queue), ANY_U32 },
    { "DirectIOTimeout",      SH, TYPE_U32, 0, "1000", VOL (directio_timeout), ANY_U32 },

    { "RootSquash",           EX, TYPE_STRING, SECURITY, "", VOL (root_squash) },
    { "RootSquashExceptions", EX, TYPE_STRING, SECURITY, "", VOL (root_squash_exceptions) },
    { "AllSquash",            EX, TYPE_STRING, SECURITY, "", VOL (all_squash) },
    { "ReadOnly",             EX, TYPE_STRING, SECURITY, "", VOL (read_only) },
    { "AnonUID",              EX, TYPE_U32, 0, "65534", VOL (anon_uid), ANY_U32 },
    { "AnonGID",              EX, TYPE_U32, 0, "65534", VOL (anon_gid), ANY_U32 },
};
/* clang-format on */

const struct config_option *
config_options (size_t *ret_count)
{
    *ret_count = ARRAY_SIZE (options);
    return options;
}

const struct config_option *
config_find_option (const char *name, enum config_context context)
{
    for (size_t i = 0; i < ARRAY_SIZE (options); i++) {
        if ((options[i].contexts & IN (context)) != 0 && strcmp (options[i].name, name) == 0)
            return &options[i];
    }
    return NULL;
}

bool
config_option_is_fs (const struct config_option *option)
{
    return (option->contexts & (FS | SH | EX)) != 0;
}

const char *
config_context_name (enum config_context context)
{
    return contexts[context].name;
}

enum config_context
config_find_context (enum config_context parent, const char *name, size_t len)
{
    for (int i = CTX_GLOBAL + 1; i < CTX_COUNT; i++) {
        if ((contexts[i].parents & IN (parent)) != 0 && strlen (contexts[i].name) == len &&
            strncasecmp (contexts[i].name, name, len) == 0)
            return (enum config_context) i;
    }
    return CTX_COUNT;
}

/* -- values -- */

bool
config_parse_u64 (const char *text, size_t len, uint64_t *ret)
{
    unsigned base = 10;
    if (len > 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X')) {
        base = 16;
        text += 2;
        len -= 2;
    }
    if (len == 0)
        return false;
    uint64_t value = 0;
    for (size_t i = 0; i < len; i++) {
        char c = text[i];
        unsigned digit = c >= '0' && c <= '9'   ? (unsigned) (c - '0')
                         : c >= 'a' && c <= 'f' ? (unsigned) (c - 'a') + 10
                         : c >= 'A' && c <= 'F' ? (unsigned) (c - 'A') + 10
                                                : 99;
        if (digit >= base || __builtin_mul_overflow (value, base, &value) ||
            __builtin_add_overflow (value, digit, &value))
            return false;
    }
    *ret = value;
    return true;
}

static bool
parse_size (const char *text, size_t len, uint64_t *ret)
{
    static const char units[] = "KMGT";
    unsigned shift = 0;
    if (len > 1) {
        char last = text[len - 1];
        const char *unit = strchr (units, last >= 'a' && last <= 'z' ? last - 'a' + 'A' : last);
        if (unit != NULL && *unit != '\0') {
            shift = 10 * (unsigned) (unit - units + 1);
            len--;
        }
    }
    uint64_t value;
    if (!config_parse_u64 (text, len, &value) || value > UINT64_MAX >> shift)
        return false;
    *ret = value << shift;
    return true;
}

static int
refuse (char why[CONFIG_WHY], const char *reason)
{
    snprintf (why, CONFIG_WHY, "%s", reason);
    return -EINVAL;
}

static int
check_number (const struct config_option *option, const char *text, size_t len, uint64_t *ret,
              char why[CONFIG_WHY])
{
    uint64_t value;
    bool ok = option->type == TYPE_SIZE ? parse_size (text, len, &value)
                                        : config_parse_u64 (text, len, &value);
    if (!ok)
        return refuse (why, option->type == TYPE_SIZE
                                ? "is not a size (a number with an optional K, M, G or T)"
                                : "is not a number");
    if (value < option->min || value > option->max) {
        snprintf (why, CONFIG_WHY, "is not between %llu and %llu", (unsigned long long) option->min,
                  (unsigned long long) option->max);
        return -EINVAL;
    }
    *ret = value;
    return 0;
}

static int
set_bool (const char *value, bool *field, char why[CONFIG_WHY])
{
    bool yes = strcasecmp (value, "yes") == 0;
    if (!yes && strcasecmp (value, "no") != 0)
        return refuse (why, "is neither yes nor no");
    if (field != NULL)
        *field = yes;
    return 0;
}

static int
set_number (const struct config_option *option, const char *value, void *field,
            char why[CONFIG_WHY])
{
    uint64_t number = UINT32_MAX;
    if (option->type != TYPE_INFINITE || strcasecmp (value, "infinity") != 0) {
        int r = check_number (option, value, strlen (value), &number, why);
        if (r != 0)
            return r;
    }
    if (field == NULL)
        return 0;
    if (option->type == TYPE_U64 || option->type == TYPE_SIZE)
        *(uint64_t *) field = number;
    else
        *(uint32_t *) field = (uint32_t) number;
    return 0;
}

static int
set_per_type (const struct config_option *option, const char *value, uint32_t *field,
              char why[CONFIG_WHY])
{
    static const char separators[] = ", \t";
    uint32_t list[CONFIG_N_OBJECT_TYPES];
    int n = 0;
    for (const char *p = value; *(p += strspn (p, separators)) != '\0';) {
        size_t len = strcspn (p, separators);
        uint64_t number;
        if (n == CONFIG_N_OBJECT_TYPES)
            return refuse (why, "has more than 7 numbers");
        int r = check_number (option, p, len, &number, why);
        if (r != 0)
            return r;
        list[n++] = (uint32_t) number;
        p += len;
    }
    if (n != CONFIG_N_OBJECT_TYPES)
        return refuse (why, "has fewer than 7 numbers");
    if (field != NULL)
        memcpy (field, list, sizeof list);
    return 0;
}

static int
check_word (const struct config_option *option, const char *value, char why[CONFIG_WHY])
{
    size_t len = strlen (value);
    for (const char *p = option->choices; p != NULL; p = strchr (p, '|')) {
        p += *p == '|';
        size_t n = strcspn (p, "|");
        if (n == len && memcmp (p, value, n) == 0)
            return 0;
    }
    snprintf (why, CONFIG_WHY, "is not one of %s", option->choices);
    return -EINVAL;
}

static int
set_string (const char *value, const char **field, struct arena *arena)
{
    if (field == NULL)
        return 0;
    const char *copy = arena_strdup (arena, value);
    if (copy == NULL)
        return -ENOMEM;
    *field = copy;
    return 0;
}

int
config_set_value (const struct config_option *option, const char *value, void *base,
                  struct arena *arena, char why[CONFIG_WHY])
{
    void *field = base != NULL ? (char *) base + option->offset : NULL;
    int r;
    switch (option->type) {
    case TYPE_SPECIAL:
        return 0;
    case TYPE_BOOL:
        return set_bool (value, field, why);
    case TYPE_U32:
    case TYPE_INFINITE:
    case TYPE_U64:
    case TYPE_SIZE:
        return set_number (option, value, field, why);
    case TYPE_PER_TYPE:
        return set_per_type (option, value, field, why);
    case TYPE_WORD:
        r = check_word (option, value, why);
        return r != 0 ? r : set_string (value, field, arena);
    case TYPE_STRING:
        return set_string (value, field, arena);
    }
    return -EINVAL;
}
