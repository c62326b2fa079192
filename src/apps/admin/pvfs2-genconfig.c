/* pvfs2-genconfig: writes an fs.conf from flags, and asks for what they do not say.
 *
 * Servers are named by lists; several on one host differ by port and get names, storage and log
 * files of their own. The handle space is cut into one range per server and role, meta ranges
 * first, each 2^48 wide and aligned unless --first-handle or --last-handle ask for an even split.
 * What is written is parsed again before it is kept, so a file that this program leaves behind is
 * one that the servers accept.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/base.h"
#include "common/config/config.h"
#include "common/tool/tool.h"

enum { MAX_EXPANSION = 4096 };

/* -- the flags: one table -- */

struct choices {
    const char *protocol, *tcp_port, *io_servers, *meta_servers;
    const char *storage, *metadata, *log_file, *logging, *log_stamp;
    const char *fs_name, *fs_id, *root_handle, *first_handle, *last_handle;
    const char *num_dfiles, *flow_buffer_size, *flow_buffer_count, *dist_name, *dist_params;
    const char *dirs_initial, *dirs_max, *dirs_split;
    const char *trove_method, *server_timeout, *client_timeout;
    bool bind_specific, trove_sync, no_trove_sync, gen_key, no_gen_key, quiet, spec_usage;
};

/* clang-format off */
#define TEXT(name, argument, field, help) OPT_TEXT (0, name, argument, struct choices, field, help)
#define SWITCH(name, field, help)         OPT_SWITCH (0, name, struct choices, field, help)

static const struct tool_option options[] = {
    TEXT ("protocol", "NAME", protocol, "network protocol; only tcp (default)"),
    TEXT ("ioservers", "LIST", io_servers, "data servers (default: the metadata servers)"),
    TEXT ("metaservers", "LIST", meta_servers, "metadata servers (default: the data servers)"),
    TEXT ("iospec", "LIST", io_servers, "same as --ioservers"),
    TEXT ("metaspec", "LIST", meta_servers, "same as --metaservers"),
    TEXT ("tcpport", "N", tcp_port, "port where a list gives none (default 3334)"),
    SWITCH ("tcpbindspecific", bind_specific,
            "servers listen on their own address only (default if all are on loopback)"),
    TEXT ("storage", "DIR", storage, "where servers keep data (default /pvfs2-storage-space)"),
    TEXT ("metadata", "DIR", metadata, "where servers keep metadata (default: the same)"),
    TEXT ("logfile", "FILE", log_file, "log of a server (default /tmp/pvfs2-server.log)"),
    TEXT ("logging", "KEYWORDS", logging, "what servers log beside errors (default none)"),
    TEXT ("logstamp", "KIND", log_stamp, "none, usec (default), datetime or thread"),
    TEXT ("fsname", "NAME", fs_name, "name of the file system (default pvfs2-fs)"),
    TEXT ("fsid", "N", fs_id, "its id, 1 to 2147483647 (default: random)"),
    TEXT ("root-handle", "N", root_handle, "handle of its root directory (default 1048576)"),
    TEXT ("first-handle", "N", first_handle, "split the handles from here (3) ..."),
    TEXT ("last-handle", "N", last_handle, "... to here (2^63 - 1) evenly"),
    TEXT ("default-num-dfiles", "N", num_dfiles, "datafiles of a new file (default 0: all)"),
    TEXT ("flow-buffer-size", "BYTES", flow_buffer_size, "size of a flow buffer (default 262144)"),
    TEXT ("flow-buffer-count", "N", flow_buffer_count, "buffers of a flow (default 8)"),
    TEXT ("dist-name", "NAME", dist_name, "default distribution (default simple_stripe)"),
    TEXT ("dist-params", "LIST", dist_params, "its parameters: name:value,name:value"),
    TEXT ("distrdir-servers-initial", "N", dirs_initial, "servers of a new directory (default 1)"),
    TEXT ("distrdir-servers-max", "N", dirs_max, "... and of a large one, at most (default 4)"),
    TEXT ("distrdir-split-size", "N", dirs_split, "entries that split it (default 10000)"),
    SWITCH ("trovesync", trove_sync, "metadata is on disk before a reply (default)"),
    SWITCH ("notrovesync", no_trove_sync, "... or within a second after it"),
    TEXT ("trove-method", "NAME", trove_method, "dbpf (default), directio, alt-aio or null-aio"),
    TEXT ("server-job-timeout", "SECS", server_timeout, "of a server's messages and flows (30)"),
    TEXT ("client-job-timeout", "SECS", client_timeout, "of a client's (30, flows 300)"),
    SWITCH ("genkey", gen_key, "write a new cluster key (default)"),
    SWITCH ("nogenkey", no_gen_key, "write none: servers then trust the network"),
    SWITCH ("spec-usage", spec_usage, "explains how a LIST is written"),
    SWITCH ("quiet", quiet, "asks nothing, and prints no summary"),
};
/* clang-format on */

static const char *const usage[] = { "[OPTION...] FILE", "--spec-usage", NULL };
static const struct tool_example examples[] = {
    { "Four servers on this machine, and the storage of the first:",
      "pvfs2-genconfig --quiet --ioservers 127.0.0.1:{4334-4337} --storage $PWD/storage fs.conf\n"
      "grep -w Alias fs.conf\n"
      "pvfs2-server -f -a 127.0.0.1_4334 fs.conf\n"
      "ls storage",
      "    Alias 127.0.0.1_4334 tcp://127.0.0.1:4334\n"
      "    Alias 127.0.0.1_4335 tcp://127.0.0.1:4335\n"
      "    Alias 127.0.0.1_4336 tcp://127.0.0.1:4336\n"
      "    Alias 127.0.0.1_4337 tcp://127.0.0.1:4337\n"
      "127.0.0.1_4334" },
    { "Two metadata servers beside eight data servers, on standard output:",
      "pvfs2-genconfig --quiet --metaspec 'meta{1-2}:3334' --iospec 'node{01-08}:3334' - | grep -w Range",
      "        Range meta1 3-281474976710655\n"
      "        Range meta2 281474976710656-562949953421311\n"
      "        Range node01 562949953421312-844424930131967\n"
      "        Range node02 844424930131968-1125899906842623\n"
      "        Range node03 1125899906842624-1407374883553279\n"
      "        Range node04 1407374883553280-1688849860263935\n"
      "        Range node05 1688849860263936-1970324836974591\n"
      "        Range node06 1970324836974592-2251799813685247\n"
      "        Range node07 2251799813685248-2533274790395903\n"
      "        Range node08 2533274790395904-2814749767106559" },
    { "Answers to its questions; an empty one takes what stands in brackets:",
      "printf '%s\\n' tcp 3400 /srv/pvfs2 '' '' 'a,b' '' yes | pvfs2-genconfig fs.conf",
      "network protocol [tcp]: tcp\n"
      "port of the servers [3334]: 3400\n"
      "directory for data on each server [/pvfs2-storage-space]: /srv/pvfs2\n"
      "directory for metadata [/srv/pvfs2]: /srv/pvfs2\n"
      "log file of a server [/tmp/pvfs2-server.log]: /tmp/pvfs2-server.log\n"
      "data servers, as host1,host2 or host{1-4} [localhost]: a,b\n"
      "metadata servers [a,b]: a,b\n"
      "pvfs2-genconfig: 2 servers (2 metadata, 2 data): a b\n"
      "write it [yes]: yes" },
};
static const struct tool tool = {
    .name = "pvfs2-genconfig",
    .usage = usage,
    .purpose = "writes the configuration file of a PVFS2 cluster",
    .description =
        "It writes one fs.conf for all servers of a cluster. FILE may be - for standard output. The\n"
        "file is parsed before it is kept, and replaced as a whole. Because it holds the cluster's key\n"
        "only its owner may read it, unless there is none (--nogenkey).\n"
        "\n"
        "Unless --quiet is given, it asks on standard error for the protocol, the port, the storage,\n"
        "the log and the servers, as far as no option says them; what stands in brackets is taken for\n"
        "an empty answer.\n"
        "\n"
        "A LIST of servers is separated by commas; each is host, host:port, tcp://host:port, or with a\n"
        "range in braces host{1-4}:3334. Several servers on one host differ by port; each gets a name\n"
        "of its own, host_port, which pvfs2-server(8) takes as -a, and a folder of its own below the\n"
        "storage.",
    TOOL_OPTIONS (options),
    TOOL_EXAMPLES (examples),
    .max_operands = 1,
    .exit_status = "0: the file is written. 1: it is not; standard error says why. 2: wrong usage.",
    .environment = "",
};

static const char spec_usage[] =
    "A LIST names servers, separated by commas:\n"
    "\n"
    "  host               at the port of --tcpport\n"
    "  host:3335          at this port\n"
    "  tcp://host:3335    the same\n"
    "  [fd00::1]:3335     an address of IPv6\n"
    "  host{1-4}:3334     host1 to host4\n"
    "  host{01-12,17}     host01 to host12 and host17: leading zeros keep the width\n"
    "  host:{3334-3337}   four servers on one machine\n"
    "\n"
    "A server that is in --iospec and in --metaspec has both roles. Quote braces for the shell.\n";

static uint64_t
number (const char *text, uint64_t preset, const char *flag, uint64_t min, uint64_t max)
{
    if (text == NULL)
        return preset;
    char *end;
    errno = 0;
    unsigned long long value = strtoull (text, &end, 0);
    if (*text < '0' || *text > '9' || *end != '\0' || errno != 0 || value < min || value > max)
        tool_die ("--%s: '%s' is not a number between %llu and %llu", flag, text,
             (unsigned long long) min, (unsigned long long) max);
    return value;
}

/* -- servers -- */

struct server {
    char *host; /* as in an address; [..] around IPv6 */
    uint64_t port;
    char *alias;
    bool shares_host;
    bool is_meta, is_io;
};

struct servers {
    struct server list[CONFIG_MAX_SERVERS];
    int n;
    int meta[CONFIG_MAX_SERVERS], n_meta; /* indices in the order of the flags */
    int io[CONFIG_MAX_SERVERS], n_io;
};

static bool
is_loopback (const char *host)
{
    return strcmp (host, "localhost") == 0 || strncmp (host, "127.", 4) == 0 ||
           strcmp (host, "[::1]") == 0;
}

static bool
same_host (const char *a, const char *b)
{
    return strcmp (a, b) == 0 || (is_loopback (a) && is_loopback (b));
}

static int
find_or_add (struct servers *s, char *host, uint64_t port)
{
    for (int i = 0; i < s->n; i++) {
        if (s->list[i].port == port && strcmp (s->list[i].host, host) == 0) {
            free (host);
            return i;
        }
    }
    if (s->n == CONFIG_MAX_SERVERS)
        tool_die ("more than %d servers", CONFIG_MAX_SERVERS);
    s->list[s->n] = (struct server) { .host = host, .port = port };
    return s->n++;
}

static void
add_role (struct servers *s, int index, bool meta)
{
    struct server *server = &s->list[index];
    bool *role = meta ? &server->is_meta : &server->is_io;
    if (*role)
        tool_die ("server %s:%llu is in the list of %s servers twice", server->host,
             (unsigned long long) server->port, meta ? "metadata" : "data");
    *role = true;
    if (meta)
        s->meta[s->n_meta++] = index;
    else
        s->io[s->n_io++] = index;
}

/* "host", "host:port", "[v6]:port", "tcp://host:port" */
static void
add_server (struct servers *s, const char *word, uint64_t default_port, bool meta)
{
    const char *host = strncmp (word, "tcp://", 6) == 0 ? word + 6 : word;
    size_t len = host[0] == '[' ? strcspn (host, "]") + 1 : strcspn (host, ":");
    if (strstr (host, "://") != NULL)
        tool_die ("'%s': only tcp:// is supported", word);
    if (len == 0 || len > strlen (host) || (host[len] != '\0' && host[len] != ':'))
        tool_die ("'%s' is not a server such as host:3334", word);
    for (size_t i = 0; i < len; i++) {
        if ((unsigned char) host[i] <= 0x20 || strchr ("/<>#\"{}=@", host[i]) != NULL)
            tool_die ("'%s' is not a server such as host:3334", word);
    }
    uint64_t port = default_port;
    if (host[len] == ':') {
        char *end;
        port = strtoull (host + len + 1, &end, 10);
        if (host[len + 1] < '0' || host[len + 1] > '9' || *end != '\0' || port < 1 || port > 65535)
            tool_die ("'%s': the port is not a number from 1 to 65535", word);
    }
    add_role (s, find_or_add (s, tool_text ("%.*s", (int) len, host), port), meta);
}

static void expand (struct servers *s, const char *word, uint64_t default_port, bool meta);

/* One item of a brace: "7" or "1-4", where leading zeros keep their width. */
static void
expand_item (struct servers *s, const char *word, const char *item, size_t len,
             uint64_t default_port, bool meta)
{
    const char *open = strchr (word, '{'), *close = strchr (open, '}');
    const char *dash = memchr (item, '-', len);
    size_t width = dash != NULL ? (size_t) (dash - item) : len;
    char *end;
    uint64_t first = strtoull (item, &end, 10), last = first;
    if (end != item + width || width == 0 || *item < '0' || *item > '9')
        tool_die ("'%s': {%.*s} is not a number or a range such as {1-4}", word, (int) len, item);
    if (dash != NULL) {
        last = strtoull (dash + 1, &end, 10);
        if (end != item + len || dash[1] < '0' || dash[1] > '9')
            tool_die ("'%s': {%.*s} is not a range such as {1-4}", word, (int) len, item);
    }
    if (last < first || last - first >= MAX_EXPANSION)
        tool_die ("'%s': {%.*s} is empty or too long", word, (int) len, item);
    int padding = *item == '0' ? (int) width : 0;
    for (uint64_t i = first; i <= last; i++) {
        char *one = tool_text ("%.*s%0*llu%s", (int) (open - word), word, padding,
                             (unsigned long long) i, close + 1);
        expand (s, one, default_port, meta);
        free (one);
    }
}

static void
expand (struct servers *s, const char *word, uint64_t default_port, bool meta)
{
    const char *open = strchr (word, '{');
    if (open == NULL) {
        add_server (s, word, default_port, meta);
        return;
    }
    const char *close = strchr (open, '}');
    if (close == NULL)
        tool_die ("'%s' has a { without }", word);
    for (const char *p = open + 1; p <= close; p++) {
        size_t len = strcspn (p, ",}");
        expand_item (s, word, p, len, default_port, meta);
        p += len;
    }
}

/* Commas inside braces do not separate servers. */
static void
read_list (struct servers *s, const char *list, uint64_t default_port, bool meta)
{
    const char *p = list;
    for (;;) {
        while (*p == ',' || *p == ' ' || *p == '\n' || *p == '\t')
            p++;
        if (*p == '\0')
            return;
        size_t len = 0;
        for (bool inside = false; p[len] != '\0' && (inside || strchr (", \n\t", p[len]) == NULL);
             len++)
            inside = p[len] == '{' || (inside && p[len] != '}');
        char *word = tool_text ("%.*s", (int) len, p);
        expand (s, word, default_port, meta);
        free (word);
        p += len;
    }
}

static bool
alias_taken (const struct servers *s, int n, const char *alias)
{
    for (int i = 0; i < n; i++) {
        if (strcmp (s->list[i].alias, alias) == 0)
            return true;
    }
    return false;
}

/* "[fd00::3]" to "ip6-fd00--3"; other hosts stay as they are. */
static char *
plain_name (const char *host)
{
    if (host[0] != '[')
        return tool_text ("%s", host);
    char *name = tool_text ("ip6-%.*s", (int) strlen (host) - 2, host + 1);
    for (char *p = name; *p != '\0'; p++) {
        if (*p == ':' || *p == '%')
            *p = '-';
    }
    return name;
}

static void
name_servers (struct servers *s)
{
    for (int i = 0; i < s->n; i++) {
        for (int j = 0; j < s->n; j++)
            s->list[i].shares_host |= i != j && same_host (s->list[i].host, s->list[j].host);
    }
    for (int i = 0; i < s->n; i++) {
        struct server *server = &s->list[i];
        char *alias = plain_name (server->host);
        if (server->shares_host) {
            char *host = alias;
            alias = tool_text ("%s_%llu", host, (unsigned long long) server->port);
            free (host);
        }
        server->alias = tool_text ("%s", alias);
        for (int k = 2; alias_taken (s, i, server->alias); k++) {
            free (server->alias);
            server->alias = tool_text ("%s_%d", alias, k);
        }
        free (alias);
    }
}

static struct servers *
read_servers (const struct choices *c)
{
    struct servers *s = tool_alloc (sizeof *s);
    const char *meta = c->meta_servers != NULL ? c->meta_servers : c->io_servers;
    const char *io = c->io_servers != NULL ? c->io_servers : c->meta_servers;
    if (meta == NULL)
        tool_die ("needs --ioservers or --metaservers (or both)");
    uint64_t port = number (c->tcp_port, 3334, "tcpport", 1, 65535);
    read_list (s, meta, port, true);
    read_list (s, io, port, false);
    if (s->n_meta == 0 || s->n_io == 0)
        tool_die ("a list of servers is empty");
    name_servers (s);
    return s;
}

/* -- handles -- */

struct slices {
    uint64_t first, width;
    bool aligned; /* slice i is [i, i+1) * 2^48, without the first few handles */
    int n;
};

static struct slices
slice_handles (const struct choices *c, int n)
{
    const uint64_t limit = INT64_MAX;
    struct slices s = { .n = n, .aligned = c->first_handle == NULL && c->last_handle == NULL };
    if (s.aligned)
        return s;
    s.first = number (c->first_handle, 3, "first-handle", 2, limit);
    uint64_t last = number (c->last_handle, limit, "last-handle", 2, limit);
    if (last < s.first || (last - s.first + 1) / (uint64_t) n < 1024)
        tool_die ("--first-handle to --last-handle leaves fewer than 1024 handles per range");
    s.width = (last - s.first + 1) / (uint64_t) n;
    return s;
}

static void
slice (const struct slices *s, int i, uint64_t *ret_first, uint64_t *ret_last)
{
    uint64_t k = (uint64_t) i;
    if (s->aligned) {
        *ret_first = k == 0 ? 3 : k << 48;
        *ret_last = ((k + 1) << 48) - 1;
    } else {
        *ret_first = s->first + k * s->width;
        *ret_last = *ret_first + s->width - 1;
    }
}

static uint64_t
choose_root (const struct choices *c, const struct slices *s)
{
    uint64_t first, last;
    slice (s, 0, &first, &last);
    uint64_t root = number (c->root_handle, 1048576, "root-handle", 2, INT64_MAX);
    if (root >= first && root <= last)
        return root;
    if (c->root_handle == NULL)
        return first;
    tool_die ("--root-handle %llu is not in the first metadata range, %llu-%llu",
         (unsigned long long) root, (unsigned long long) first, (unsigned long long) last);
}

/* -- the file -- */

static void
random_bytes (void *p, size_t len)
{
    if (getrandom (p, len, 0) != (ssize_t) len)
        tool_die ("getrandom: %s", strerror (errno));
}

static char *
server_log (const char *log, const char *alias)
{
    const char *slash = strrchr (log, '/');
    const char *dot = strrchr (log, '.');
    if (dot == NULL || (slash != NULL && dot < slash + 2))
        dot = log + strlen (log);
    return tool_text ("%.*s-%s%s", (int) (dot - log), log, alias, dot);
}

static const char *
or_default (const char *text, const char *preset)
{
    return text != NULL ? text : preset;
}

static void
absolute (const char *path, const char *flag)
{
    if (path[0] != '/')
        tool_die ("--%s: '%s' is not an absolute path, and servers may start in any folder", flag, path);
}

static void
put_text_size (struct config_writer *w, const char *option, const char *text, const char *preset)
{
    config_writer_put (w, option, "%s", or_default (text, preset));
}

static void
write_defaults (struct config_writer *w, const struct choices *c, const struct servers *s)
{
    bool all_loopback = true;
    for (int i = 0; i < s->n; i++)
        all_loopback &= is_loopback (s->list[i].host);
    const char *storage = or_default (c->storage, "/pvfs2-storage-space");
    config_writer_open (w, "Defaults");
    put_text_size (w, "EventLogging", c->logging, "none");
    put_text_size (w, "LogFile", c->log_file, "/tmp/pvfs2-server.log");
    put_text_size (w, "LogStamp", c->log_stamp, "usec");
    config_writer_put (w, "BMIModules", "bmi_tcp");
    config_writer_put (w, "TCPBindSpecific", "%s", c->bind_specific || all_loopback ? "yes" : "no");
    config_writer_put (w, "DataStorageSpace", "%s", storage);
    put_text_size (w, "MetadataStorageSpace", c->metadata, storage);
    put_text_size (w, "TroveMethod", c->trove_method, "dbpf");
    put_text_size (w, "ServerJobBMITimeoutSecs", c->server_timeout, "30");
    put_text_size (w, "ServerJobFlowTimeoutSecs", c->server_timeout, "30");
    put_text_size (w, "ClientJobBMITimeoutSecs", c->client_timeout, "30");
    put_text_size (w, "ClientJobFlowTimeoutSecs", c->client_timeout, "300");
    config_writer_put (w, "ClientRetryLimit", "5");
    config_writer_put (w, "ClientRetryDelayMilliSecs", "2000");
    config_writer_close (w);
}

static void
write_servers (struct config_writer *w, const struct choices *c, const struct servers *s)
{
    config_writer_open (w, "Aliases");
    for (int i = 0; i < s->n; i++)
        config_writer_put (w, "Alias", "%s tcp://%s:%llu", s->list[i].alias, s->list[i].host,
                           (unsigned long long) s->list[i].port);
    config_writer_close (w);
    const char *storage = or_default (c->storage, "/pvfs2-storage-space");
    for (int i = 0; i < s->n; i++) {
        const char *alias = s->list[i].alias;
        if (!s->list[i].shares_host)
            continue;
        char *log = server_log (or_default (c->log_file, "/tmp/pvfs2-server.log"), alias);
        config_writer_open (w, "ServerOptions");
        config_writer_put (w, "Server", "%s", alias);
        config_writer_put (w, "DataStorageSpace", "%s/%s", storage, alias);
        config_writer_put (w, "MetadataStorageSpace", "%s/%s", or_default (c->metadata, storage),
                           alias);
        config_writer_put (w, "LogFile", "%s", log);
        config_writer_close (w);
        free (log);
    }
}

/* "strip_size:65536,other:1"; '+' separates as well. */
static void
write_distribution (struct config_writer *w, const struct choices *c)
{
    if (c->dist_name == NULL && c->dist_params == NULL)
        return;
    config_writer_open (w, "Distribution");
    put_text_size (w, "Name", c->dist_name, "simple_stripe");
    for (const char *p = or_default (c->dist_params, ""); *(p += strspn (p, ",+ ")) != '\0';) {
        size_t len = strcspn (p, ",+ ");
        const char *colon = memchr (p, ':', len);
        if (colon == NULL || colon == p || colon + 1 == p + len)
            tool_die ("--dist-params: '%.*s' is not of the form name:value", (int) len, p);
        config_writer_put (w, "Param", "%.*s", (int) (colon - p), p);
        config_writer_put (w, "Value", "%.*s", (int) (p + len - colon - 1), colon + 1);
        p += len;
    }
    config_writer_close (w);
}

static void
write_ranges (struct config_writer *w, const struct servers *s, const struct slices *slices,
              bool meta)
{
    config_writer_open (w, meta ? "MetaHandleRanges" : "DataHandleRanges");
    for (int i = 0; i < (meta ? s->n_meta : s->n_io); i++) {
        uint64_t first, last;
        slice (slices, meta ? i : s->n_meta + i, &first, &last);
        config_writer_put (w, "Range", "%s %llu-%llu", s->list[meta ? s->meta[i] : s->io[i]].alias,
                           (unsigned long long) first, (unsigned long long) last);
    }
    config_writer_close (w);
}

static void
write_key (struct config_writer *w)
{
    unsigned char key[32];
    char text[2 * sizeof key + 1];
    random_bytes (key, sizeof key);
    for (size_t i = 0; i < sizeof key; i++)
        sprintf (text + 2 * i, "%02x", key[i]);
    config_writer_put (w, "SecretKey", "%s", text);
}

static void
write_fs (struct config_writer *w, const struct choices *c, const struct servers *s)
{
    uint32_t id;
    random_bytes (&id, sizeof id);
    id = id % INT32_MAX + 1;
    struct slices slices = slice_handles (c, s->n_meta + s->n_io);
    uint64_t root = choose_root (c, &slices);
    config_writer_open (w, "FileSystem");
    put_text_size (w, "Name", c->fs_name, "pvfs2-fs");
    config_writer_put (w, "ID", "%u", (unsigned) number (c->fs_id, id, "fsid", 1, INT32_MAX));
    config_writer_put (w, "RootHandle", "%llu", (unsigned long long) root);
    config_writer_put (w, "FileStuffing", "yes");
    put_text_size (w, "FlowBufferSizeBytes", c->flow_buffer_size, "262144");
    put_text_size (w, "FlowBuffersPerFlow", c->flow_buffer_count, "8");
    put_text_size (w, "DefaultNumDFiles", c->num_dfiles, "0");
    if (c->dirs_initial != NULL)
        put_text_size (w, "DistrDirServersInitial", c->dirs_initial, "1");
    if (c->dirs_max != NULL)
        put_text_size (w, "DistrDirServersMax", c->dirs_max, "4");
    if (c->dirs_split != NULL)
        put_text_size (w, "DistrDirSplitSize", c->dirs_split, "10000");
    if (!c->no_gen_key)
        write_key (w);
    write_distribution (w, c);
    write_ranges (w, s, &slices, true);
    write_ranges (w, s, &slices, false);
    config_writer_open (w, "StorageHints");
    config_writer_put (w, "TroveSyncMeta", "%s", c->no_trove_sync ? "no" : "yes");
    config_writer_put (w, "TroveSyncData", "no");
    config_writer_close (w);
    config_writer_close (w);
}

static void
check_choices (const struct choices *c)
{
    if (c->protocol != NULL && strcmp (c->protocol, "tcp") != 0)
        tool_die ("--protocol %s: only tcp is supported", c->protocol);
    if (c->trove_sync && c->no_trove_sync)
        tool_die ("--trovesync and --notrovesync exclude each other");
    if (c->gen_key && c->no_gen_key)
        tool_die ("--genkey and --nogenkey exclude each other");
    absolute (or_default (c->storage, "/"), "storage");
    absolute (or_default (c->metadata, "/"), "metadata");
    absolute (or_default (c->log_file, "/"), "logfile");
}

static char *
make_text (const struct choices *c, const struct servers *s, size_t *ret_len)
{
    char *text = NULL;
    FILE *out = open_memstream (&text, ret_len);
    if (out == NULL)
        tool_die ("out of memory");
    struct config_writer w;
    config_writer_begin (&w, out);
    write_defaults (&w, c, s);
    write_servers (&w, c, s);
    write_fs (&w, c, s);
    if (config_writer_end (&w) != 0)
        tool_die ("%s", w.error);
    fclose (out);
    struct config *cfg;
    char *error = NULL;
    if (config_parse_text (text, *ret_len, "the result", &cfg, &error) != 0)
        tool_die ("%s", error != NULL ? error : "out of memory");
    config_free (cfg);
    return text;
}

/* -- putting it where it belongs -- */

static void
write_all (int fd, const char *text, size_t len, const char *file)
{
    while (len > 0) {
        ssize_t n = write (fd, text, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            tool_die ("%s: %s", file, strerror (errno));
        text += n;
        len -= (size_t) n;
    }
}

/* A regular file appears whole or not at all; readable by its owner only when it holds the key. */
static void
replace_file (const char *file, const char *text, size_t len, mode_t mode)
{
    char *temporary = tool_text ("%s.XXXXXX", file);
    int fd = mkostemp (temporary, O_CLOEXEC);
    if (fd < 0)
        tool_die ("%s: %s", file, strerror (errno));
    const char *step = NULL;
    for (size_t done = 0; step == NULL && done < len;) {
        ssize_t n = write (fd, text + done, len - done);
        if (n > 0)
            done += (size_t) n;
        else if (n == 0 || errno != EINTR)
            step = "write";
    }
    if (step == NULL && fchmod (fd, mode) != 0)
        step = "chmod";
    if (step == NULL && fsync (fd) != 0)
        step = "fsync";
    if (step == NULL && rename (temporary, file) != 0)
        step = "rename";
    int error = errno;
    close (fd);
    if (step != NULL) {
        unlink (temporary);
        tool_die ("%s: %s: %s", file, step, strerror (error));
    }
    free (temporary);
}

static void
write_result (const char *file, const char *text, size_t len, bool has_key)
{
    struct stat st;
    if (strcmp (file, "-") == 0) {
        write_all (STDOUT_FILENO, text, len, "standard output");
        return;
    }
    bool exists = lstat (file, &st) == 0;
    if (!exists || S_ISREG (st.st_mode)) {
        mode_t mask = umask (0);
        umask (mask);
        replace_file (file, text, len, has_key ? 0600 : 0666 & ~mask);
        return;
    }
    int fd = open (file, O_WRONLY | O_TRUNC | O_CLOEXEC);
    if (fd < 0)
        tool_die ("%s: %s", file, strerror (errno));
    write_all (fd, text, len, file);
    if (close (fd) != 0)
        tool_die ("%s: %s", file, strerror (errno));
}

/* -- questions -- */

static const char *
bad_protocol (const char *answer)
{
    return strcmp (answer, "tcp") == 0 ? NULL : "only tcp is supported";
}

static const char *
bad_port (const char *answer)
{
    int64_t port;
    return tool_number (answer, false, &port) && port >= 1 && port <= 65535 ? NULL : "a port is a number from 1 to 65535";
}

static const char *
bad_path (const char *answer)
{
    return answer[0] == '/' ? NULL : "an absolute path is needed, since servers may start in any folder";
}

static const char *
bad_yes (const char *answer)
{
    return strcmp (answer, "yes") == 0 || strcmp (answer, "no") == 0 ? NULL : "yes or no";
}

struct question {
    size_t offset;      /* of the member of struct choices, which is NULL as long as it is to be asked for */
    const char *text;
    const char *preset; /* NULL: that of the question before */
    const char *(*bad) (const char *answer); /* why it is none; NULL: it is one */
};

#define ASK(member, ...) { offsetof (struct choices, member), __VA_ARGS__ }
static const struct question questions[] = {
    ASK (protocol, "network protocol", "tcp", bad_protocol),
    ASK (tcp_port, "port of the servers", "3334", bad_port),
    ASK (storage, "directory for data on each server", "/pvfs2-storage-space", bad_path),
    ASK (metadata, "directory for metadata", NULL, bad_path),
    ASK (log_file, "log file of a server", "/tmp/pvfs2-server.log", bad_path),
    ASK (io_servers, "data servers, as host1,host2 or host{1-4}", "localhost", NULL),
    ASK (meta_servers, "metadata servers", NULL, NULL),
};

/* The answer, the caller's. */
static char *
ask (const char *text, const char *preset, const char *(*bad) (const char *))
{
    char *line = NULL;
    size_t room = 0;
    for (;;) {
        fprintf (stderr, "%s [%s]: ", text, preset);
        fflush (stderr);
        ssize_t n = getline (&line, &room, stdin);
        if (n < 0) {
            fputc ('\n', stderr);
            tool_die ("the input ended at the question '%s': answer it, or say all by options and --quiet", text);
        }
        while (n > 0 && strchr (" \t\r\n", line[n - 1]) != NULL)
            line[--n] = '\0';
        const char *answer = line + strspn (line, " \t");
        if (*answer == '\0')
            answer = preset;
        if (!isatty (STDIN_FILENO))
            fprintf (stderr, "%s\n", answer);
        const char *why = bad != NULL ? bad (answer) : NULL;
        if (why == NULL) {
            char *kept = tool_text ("%s", answer);
            free (line);
            return kept;
        }
        fprintf (stderr, "  '%s': %s\n", answer, why);
    }
}

static void
ask_all (struct choices *c)
{
    const char *before = NULL;
    for (size_t i = 0; i < ARRAY_SIZE (questions); i++) {
        const struct question *q = &questions[i];
        const char **member = (const char **) ((char *) c + q->offset);
        if (*member == NULL)
            *member = ask (q->text, q->preset != NULL ? q->preset : before, q->bad);
        before = *member;
    }
}

/* -- start and end -- */

static void
print_summary (const struct servers *s)
{
    fprintf (stderr, "%s: %d servers (%d metadata, %d data):", tool.name, s->n, s->n_meta, s->n_io);
    for (int i = 0; i < s->n && i < 16; i++)
        fprintf (stderr, " %s", s->list[i].alias);
    fprintf (stderr, "%s\n", s->n > 16 ? " ..." : "");
}

int
main (int argc, char **argv)
{
    static struct choices choices; /* answers are kept in it to the end */
    char **operands = tool_parse (&tool, argc, argv, &choices);
    if (choices.spec_usage) {
        fputs (spec_usage, stdout);
        return tool_end (TOOL_OK);
    }
    if (operands[0] == NULL)
        tool_usage ("needs one file to write (- for standard output)");
    check_choices (&choices);
    bool asks = !choices.quiet;
    if (asks)
        ask_all (&choices);
    struct servers *servers = read_servers (&choices);
    size_t len;
    char *text = make_text (&choices, servers, &len);
    if (asks)
        print_summary (servers);
    char *write_it = asks ? ask ("write it", "yes", bad_yes) : NULL;
    if (asks && strcmp (write_it, "no") == 0)
        tool_die ("%s is not written", operands[0]);
    free (write_it);
    write_result (operands[0], text, len, !choices.no_gen_key);
    for (int i = 0; i < servers->n; i++) {
        free (servers->list[i].host);
        free (servers->list[i].alias);
    }
    free (servers);
    free (text);
    return TOOL_OK;
}
