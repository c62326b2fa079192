/* Config: fs.conf, the one file that describes a cluster. Servers read it, clients get its text
 * from a server and read it with the same parser. The options, their contexts, types and defaults
 * are PVFS2's, plus a few of our own; they are written once, in option-table.c.
 *
 * A struct config and all that hangs from it is immutable after the parse and may be read by any
 * thread; strings and arrays belong to it and live until config_free.
 *
 * Parsing touches nothing but the text: storage paths, host names and distributions are not looked
 * at.
 */
#ifndef COMMON_CONFIG_CONFIG_H
#define COMMON_CONFIG_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "common/object/object.h"

enum {
    CONFIG_MAX_TEXT = 1 << 20,
    CONFIG_MAX_SERVERS = 4096,
    CONFIG_MAX_FILE_SYSTEMS = 64,
    CONFIG_MAX_RANGES = 16384, /* per file system */
    CONFIG_MAX_NAME = 255,     /* of an alias, a file system, a distribution */
    CONFIG_N_OBJECT_TYPES = 7,
};

/* Options of <Defaults>, <ServerOptions>, <Security> and <LDAP>: what one server runs with. */
struct config_server_options {
    const char *event_logging; /* gossip keywords */
    const char *log_file;
    const char *log_type;     /* file | syslog */
    const char *log_stamp;    /* gossip_parse_logstamp takes it */
    const char *data_storage; /* NULL: not given */
    const char *meta_storage;
    const char
        *storage; /* StorageSpace, already copied into the two above where they were not given */
    const char *trove_method; /* dbpf | alt-aio | directio | null-aio */
    const char *bmi_modules, *bmi_opts, *flow_modules;
    uint64_t storage_reserve; /* bytes */
    uint64_t db_max_size;
    uint32_t tcp_buffer_send, tcp_buffer_receive; /* bytes, 0: the system's */
    bool tcp_bind_specific;
    bool enable_tracing;
    uint32_t server_reactors;
    uint32_t request_slots;
    uint32_t slow_op_msecs; /* 0: never logged */
    uint32_t op_timeout_secs;
    uint32_t server_bmi_timeout_secs, server_flow_timeout_secs;
    uint32_t client_bmi_timeout_secs, client_flow_timeout_secs;
    uint32_t client_retry_limit, client_retry_delay_msecs;
    uint32_t precreate_batch_size[CONFIG_N_OBJECT_TYPES];    /* by object type: none, metafile, */
    uint32_t precreate_low_threshold[CONFIG_N_OBJECT_TYPES]; /* datafile, directory, symlink, ... */
    uint32_t perf_update_history, perf_update_interval_msecs;
    uint32_t trove_max_concurrent_io;
    uint32_t unexpected_requests;
    uint32_t credential_timeout_secs, capability_timeout_secs;
    uint32_t credential_cache_timeout_secs, capability_cache_timeout_secs;
    uint32_t certificate_cache_timeout_secs;
    bool turn_off_timeouts;
    const char *key_store, *server_key, *ca_file, *user_cert_dn, *user_cert_exp;
    const char *trusted_ports, *trusted_network;
    const char *ldap_hosts, *ldap_bind_dn, *ldap_bind_password, *ldap_search_mode,
        *ldap_search_root;
    const char *ldap_search_class, *ldap_search_attr, *ldap_search_scope;
    const char *ldap_uid_attr, *ldap_gid_attr;
    uint32_t ldap_search_timeout_secs;
};

struct config_alias {
    const char *name;
    const char *addr;                            /* comma list of BMI addresses, no blanks */
    const struct config_server_options *options; /* Defaults overlaid by its ServerOptions */
};

struct config_range {
    uint64_t first, last; /* inclusive; never 0 or 1 */
    int server;           /* index in cfg->aliases */
    bool is_meta;
};

struct config_fs {
    const char *name;
    uint32_t id;
    uint64_t root_handle;
    const char *secret_key; /* NULL: none; in the servers' copy of the file only */
    bool file_stuffing;
    uint64_t flow_buffer_size;
    uint32_t flow_buffers;
    uint32_t default_num_dfiles; /* 0: all data servers */
    uint64_t small_file_size;
    uint32_t tree_width, tree_threshold;
    uint32_t distr_dir_servers_initial, distr_dir_servers_max, distr_dir_split_size;
    const char *dist_name;   /* simple_stripe if not given */
    const char *dist_params; /* "name:value+name:value", "" if none */
    int dist_line;           /* of <Distribution>; 0: there is none */

    const char *trove_method; /* from StorageHints, else Defaults */
    bool trove_sync_meta, trove_sync_data, immediate_completion;
    uint32_t coalescing_high, coalescing_low; /* UINT32_MAX: infinity */
    uint32_t handle_recycle_timeout_secs;
    const char *attr_cache_keywords;
    uint32_t attr_cache_size, attr_cache_max_elems;
    uint64_t db_max_size, db_cache_size;
    const char *db_cache_type; /* sys | mmap */
    uint32_t directio_threads, directio_ops_per_queue, directio_timeout;

    const char *root_squash, *root_squash_exceptions, *all_squash, *read_only;
    uint32_t anon_uid, anon_gid;

    struct config_range *ranges; /* all, ascending and disjoint */
    struct config_range *meta_ranges, *data_ranges;
    int n_ranges, n_meta_ranges, n_data_ranges;
    int *meta_servers, *data_servers; /* alias indices, each once, in the order of the file */
    int n_meta_servers, n_data_servers;
};

/* How this directory spreads: as was chosen for it, else like all in the file system. */
static inline struct object_spread
config_spread (const struct config_fs *fs, const struct object_attr *dir)
{
    return dir->flags & OBJ_OWN_SPREAD ? dir->spread
                                       : (struct object_spread){ fs->distr_dir_servers_initial, fs->distr_dir_servers_max,
                                                                 fs->distr_dir_split_size };
}

struct config_section;

struct config {
    struct config_server_options defaults;
    struct config_alias *aliases;
    int n_aliases;
    struct config_fs *fs;
    int n_fs;

    const char *text; /* the file as it was, terminated by a NUL that text_len does not count */
    size_t text_len;
    const char *public_text; /* the same without secrets: what a server may send to anybody */
    size_t public_text_len;
    uint64_t epoch; /* hash of the public text, never 0: equal on servers and clients */

    const struct config_section *tree; /* private: the parsed sections */
    int *aliases_by_name;              /* private */
    const char *security_unenforced;   /* private */
};

/* Both return 0, or a negative errno and a text "file:line: what is wrong" in *ret_error (may be
 * NULL), which the caller frees; it may be NULL when out of memory. `name` stands for the file in
 * messages. */
int config_parse_file (const char *path, struct config **ret, char **ret_error);
int config_parse_text (const char *text, size_t len, const char *name, struct config **ret,
                       char **ret_error);
void config_free (struct config *cfg);

/* Index in cfg->aliases, or -ENOENT. */
int config_find_alias (const struct config *cfg, const char *alias);
/* What this server runs with; NULL if there is no such alias. */
const struct config_server_options *config_server_options (const struct config *cfg,
                                                           const char *alias);
const struct config_fs *config_find_fs (const struct config *cfg, const char *name);
const struct config_fs *config_find_fs_id (const struct config *cfg, uint32_t id);
/* The server (alias index) whose range holds the handle, or -ENOENT. */
int config_handle_server (const struct config_fs *fs, uint64_t handle);

/* Options that the file sets and that have no effect here, each once, with the place of its first
 * use: for warnings. Security options are not among them. */
typedef void (*config_unhonoured_fn) (void *arg, const char *option, const char *section, int line);
void config_each_unhonoured (const struct config *cfg, config_unhonoured_fn fn, void *arg);

/* What is legal and probably not meant, in words; line 0: of no line. The text is valid during the
 * call. The options without effect are among it. */
typedef void (*config_review_fn) (void *arg, int line, const char *text);
void config_review (const struct config *cfg, config_review_fn fn, void *arg);

/* "RootSquash (line 12), KeyStore (line 4)": security options that the file sets and that are not
 * enforced. A server must refuse to start with them. NULL: none. Belongs to cfg. */
const char *config_security_unenforced (const struct config *cfg);

/* -- the writer -- */

/* Writes sections and options in the canonical layout. Knows the table: an option that does not
 * belong where it is put, or a value that its type refuses, is an error. The first error (negative
 * errno) sticks and is what config_writer_end returns; `error` then says what it was. */
struct config_writer {
    FILE *out;
    int stack[4];
    int depth;
    int status;
    char error[320];
};

void config_writer_begin (struct config_writer *w, FILE *out);
void config_writer_open (struct config_writer *w, const char *section);
void config_writer_close (struct config_writer *w);
void config_writer_put (struct config_writer *w, const char *option, const char *format, ...)
    __attribute__ ((format (printf, 3, 4)));
void config_writer_comment (struct config_writer *w, const char *text);
int config_writer_end (struct config_writer *w); /* flushes; does not close the stream */

/* A parsed config, as text that parses to the same. */
int config_write (const struct config *cfg, FILE *out);

#endif
