/* pvfs2-perf-mon: what servers do, in numbers, again and again. Single-threaded. */
#include <stdio.h>
#include <time.h>

#include "apps/common/format.h"
#include "apps/common/servers.h"

struct choices {
    const char *mount, *server;
    int64_t interval, count, timeout;
    bool timers, json;
};

static const struct tool_option options[] = {
    OPT_MOUNT (struct choices, mount),
    OPT_SERVER ('s', struct choices, server),
    OPT_COUNT ('i', "interval", "SECS", struct choices, interval,
               "seconds between two tables (default 3)"),
    OPT_COUNT ('n', "count", "N", struct choices, count, "end after N tables (default: never)"),
    OPT_SWITCH ('t', "timers", struct choices, timers,
                "how many of each operation, and how long they take"),
    OPT_SWITCH (0, "json", struct choices, json,
                "one object in a line for each table, with all counters and timers as totals"),
    OPT_TIMEOUT (0, struct choices, timeout),
};
static const char *const usage[] = { "[OPTION...]", NULL };
static const struct tool_example examples[] = {
    { "What the servers of an idle volume do, once:", "pvfs2-perf-mon -m /mnt/pvfs2 -n 1",
      "Server                         Read/s  Write/s    Req/s Active Create/s Remove/s  "
      "Attr/s  Flush/s   Sync/s\n"
      "tcp://127.0.0.1:3334 ...\n"
      "tcp://127.0.0.1:3335 ...\n"
      "tcp://127.0.0.1:3336 ...\n"
      "tcp://127.0.0.1:3337 ..." },
    { "All requests that one server has had:",
      "pvfs2-perf-mon -m /mnt/pvfs2 -s 127.0.0.1:3334 -n 1 --json | grep -o '\"requests\": [0-9]*'",
      "\"requests\": ..." },
};
static const struct tool tool = {
    .name = "pvfs2-perf-mon",
    .usage = usage,
    .purpose = "shows what the servers of a PVFS2 file system do",
    .description =
        "For each server it shows, per second, bytes read and written, requests, files and\n"
        "directories created, names removed, attributes asked for and set, flushes of the log\n"
        "and of data, and how many requests run just now. The first table is of the time that\n"
        "the servers remember (pvfs2-set-perf-interval(8), pvfs2-set-perf-history(8)), each\n"
        "further one of the time since the one before.\n"
        "\n"
        "With -t it shows for each kind of operation how many there were, and the least, mean\n"
        "and greatest of the time that they took on the server, in microseconds, since it was\n"
        "started.\n"
        "\n"
        "Only root may ask.",
    TOOL_OPTIONS (options),
    TOOL_EXAMPLES (examples),
    .max_operands = 0,
    .admin = true,
};

enum { KEYS = PVFS_PERF_ALL_KEYS, TIMERS = PVFS_PERF_TIMER_COUNT };

/* A row as PVFS_mgmt_perf_mon_list gives it. */
struct counters {
    int64_t value[KEYS], start, length;
};
struct timers {
    struct PVFS_perf_timer value[TIMERS];
    int64_t start, length;
};

static const char *const counter_names[KEYS] = {
    [PVFS_PERF_READ] = "bytes_read",
    [PVFS_PERF_WRITE] = "bytes_written",
    [PVFS_PERF_METADATA_READ] = "metadata_reads",
    [PVFS_PERF_METADATA_WRITE] = "metadata_writes",
    [PVFS_PERF_METADATA_DSPACE_OPS] = "dspace_ops",
    [PVFS_PERF_METADATA_KEYVAL_OPS] = "keyval_ops",
    [PVFS_PERF_REQSCHED] = "active",
    [PVFS_PERF_REQUESTS] = "requests",
    [PVFS_PERF_IOREAD] = "io_read",
    [PVFS_PERF_IOWRITE] = "io_written",
    [PVFS_PERF_SMALLREAD] = "small_read",
    [PVFS_PERF_SMALLWRITE] = "small_written",
    [PVFS_PERF_FLOWREAD] = "flow_read",
    [PVFS_PERF_FLOWWRITE] = "flow_written",
    [PVFS_PERF_CREATES] = "creates",
    [PVFS_PERF_REMOVES] = "removes",
    [PVFS_PERF_MKDIRS] = "mkdirs",
    [PVFS_PERF_RMDIRS] = "rmdirs",
    [PVFS_PERF_GETATTRS] = "getattrs",
    [PVFS_PERF_SETATTRS] = "setattrs",
    [PVFS_PERF_IO] = "io",
    [PVFS_PERF_SMALL_IO] = "small_io",
    [PVFS_PERF_READDIR] = "readdirs",
    [PVFS_PERF_LOG_FLUSHES] = "log_flushes",
    [PVFS_PERF_DATA_SYNCS] = "data_syncs",
    [PVFS_PERF_TRANSACTIONS] = "transactions",
    [PVFS_PERF_CONNECTIONS] = "connections",
    [PVFS_PERF_CACHED_KEYS] = "cached_key_bytes",
    [PVFS_PERF_OPEN_FILES] = "open_files",
};
static const char *const timer_names[TIMERS] = { "lookup",   "create",  "remove",  "mkdir",
                                                 "rmdir",    "getattr", "setattr", "io",
                                                 "small_io", "readdir" };

struct monitor {
    struct session session;
    PVFS_fs_id fs;
    struct servers servers;
    struct counters *before, *now;
    struct timers *timers;
    bool failed;
};

/* -- asking -- */

static int
ask (struct monitor *m, int type, void *rows, size_t row, uint32_t from)
{
    int n = m->servers.n, keys = type == PVFS_PERF_TIMER ? TIMERS : KEYS, samples = 1;
    int64_t **matrix = tool_alloc ((size_t) n * sizeof *matrix);
    uint32_t *next = tool_alloc ((size_t) n * sizeof *next);
    for (int i = 0; i < n; i++) {
        matrix[i] = (int64_t *) ((char *) rows + (size_t) i * row);
        next[i] = from;
    }
    int r = PVFS_mgmt_perf_mon_list (m->fs, &m->session.cred, type, matrix, NULL, m->servers.addrs,
                                     next, n, &keys, &samples, m->servers.details, PVFS_HINT_NULL);
    free (matrix);
    free (next);
    return r;
}

/* The totals as they are now; what they were before is kept. */
static void
look (struct monitor *m)
{
    int r = ask (m, PVFS_PERF_COUNTER, m->now, sizeof *m->now, UINT32_MAX);
    m->failed |= !servers_settle (&m->servers, r);
}

/* -- tables -- */

static double
rate (const struct counters *a, const struct counters *b, int key)
{
    int64_t ms = b->start + b->length - a->start - a->length;
    int64_t more = b->value[key] - a->value[key];
    return ms > 0 && more > 0 ? (double) more * 1000 / (double) ms : 0;
}

static void
size_rate (const struct counters *a, const struct counters *b, int key, char text[FORMAT_ROOM])
{
    format_size ((PVFS_size) rate (a, b, key), true, text);
}

static void
print_rates (const struct monitor *m)
{
    printf ("%-28s %8s %8s %8s %6s %8s %8s %7s %8s %8s\n", "Server", "Read/s", "Write/s", "Req/s",
            "Active", "Create/s", "Remove/s", "Attr/s", "Flush/s", "Sync/s");
    for (int i = 0; i < m->servers.n; i++) {
        const struct counters *a = &m->before[i], *b = &m->now[i];
        char read[FORMAT_ROOM], written[FORMAT_ROOM];
        if (m->servers.list[i].failed)
            continue;
        size_rate (a, b, PVFS_PERF_READ, read);
        size_rate (a, b, PVFS_PERF_WRITE, written);
        printf ("%-28s %8s %8s %8.1f %6lld %8.1f %8.1f %7.1f %8.1f %8.1f\n",
                m->servers.list[i].name, read, written, rate (a, b, PVFS_PERF_REQUESTS),
                (long long) b->value[PVFS_PERF_REQSCHED],
                rate (a, b, PVFS_PERF_CREATES) + rate (a, b, PVFS_PERF_MKDIRS),
                rate (a, b, PVFS_PERF_REMOVES),
                rate (a, b, PVFS_PERF_GETATTRS) + rate (a, b, PVFS_PERF_SETATTRS),
                rate (a, b, PVFS_PERF_LOG_FLUSHES), rate (a, b, PVFS_PERF_DATA_SYNCS));
    }
}

static void
print_timers (const struct monitor *m)
{
    printf ("%-28s %-9s %10s %10s %10s %10s\n", "Server", "Operation", "Count", "Least", "Mean",
            "Greatest");
    for (int i = 0; i < m->servers.n; i++) {
        for (int k = 0; k < TIMERS; k++) {
            const struct PVFS_perf_timer *t = &m->timers[i].value[k];
            if (m->servers.list[i].failed || t->count == 0)
                continue;
            printf ("%-28s %-9s %10lld %10.1f %10.1f %10.1f\n", m->servers.list[i].name,
                    timer_names[k], (long long) t->count, (double) t->min / 1000,
                    (double) t->sum / (double) t->count / 1000, (double) t->max / 1000);
        }
    }
}

static void
print_json_server (const struct monitor *m, int i)
{
    const struct counters *c = &m->now[i];
    printf ("{\"server\": ");
    print_json_text (m->servers.list[i].name);
    printf (", \"time_ms\": %lld, \"counters\": {", (long long) (c->start + c->length));
    for (int k = 0; k < KEYS; k++)
        printf ("%s\"%s\": %lld", k > 0 ? ", " : "", counter_names[k], (long long) c->value[k]);
    printf ("}, \"timers\": {");
    for (int k = 0; k < TIMERS; k++) {
        const struct PVFS_perf_timer *t = &m->timers[i].value[k];
        printf ("%s\"%s\": {\"count\": %lld, \"sum_ns\": %lld, \"min_ns\": %lld, \"max_ns\": %lld}",
                k > 0 ? ", " : "", timer_names[k], (long long) t->count, (long long) t->sum,
                (long long) t->min, (long long) t->max);
    }
    printf ("}}");
}

static void
print_json (const struct monitor *m)
{
    bool first = true;
    printf ("{\"servers\": [");
    for (int i = 0; i < m->servers.n; i++) {
        if (m->servers.list[i].failed)
            continue;
        if (!first)
            printf (", ");
        first = false;
        print_json_server (m, i);
    }
    printf ("]}\n");
}

static void
print_round (struct monitor *m, const struct choices *c, int64_t round)
{
    look (m);
    if (c->timers || c->json) /* who failed has just been reported */
        ask (m, PVFS_PERF_TIMER, m->timers, sizeof *m->timers, UINT32_MAX);
    if (c->json) {
        print_json (m);
        return;
    }
    if (round > 0)
        putchar ('\n');
    if (c->timers)
        print_timers (m);
    else
        print_rates (m);
}

static void
watch (struct monitor *m, const struct choices *c)
{
    size_t n = (size_t) m->servers.n;
    m->before = tool_alloc (n * sizeof *m->before);
    m->now = tool_alloc (n * sizeof *m->now);
    m->timers = tool_alloc (n * sizeof *m->timers);
    ask (m, PVFS_PERF_COUNTER, m->before, sizeof *m->before, 0); /* who fails says so in a moment */
    for (int64_t round = 0; c->count == 0 || round < c->count; round++) {
        if (round > 0)
            nanosleep (&(struct timespec){ .tv_sec = c->interval }, NULL);
        print_round (m, c, round);
        fflush (stdout);
        memcpy (m->before, m->now, n * sizeof *m->before);
    }
    free (m->before);
    free (m->now);
    free (m->timers);
}

int
main (int argc, char **argv)
{
    struct choices c = { .interval = 3 };
    struct monitor m = { .failed = false };
    tool_parse (&tool, argc, argv, &c);
    m.fs = session_open_volume (&m.session, c.mount);
    servers_set_timeout (c.timeout);
    servers_of (m.fs, c.server, &m.servers);
    watch (&m, &c);
    servers_free (&m.servers);
    session_close (&m.session);
    return tool_end (m.failed ? TOOL_FAILED : TOOL_OK);
}
