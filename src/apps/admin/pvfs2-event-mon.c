/* pvfs2-event-mon: the last requests of each server. Single-threaded. */
#include <stdio.h>
#include <time.h>

#include "apps/common/format.h"
#include "apps/common/servers.h"

enum { EVENTS = 1024, DEFAULT_REQUESTS = 20 };

struct choices {
    const char *mount, *server;
    int64_t requests, timeout;
    bool names, json;
};

static const struct tool_option options[] = {
    OPT_MOUNT (struct choices, mount),
    OPT_SERVER ('s', struct choices, server),
    OPT_COUNT ('n', "requests", "N", struct choices, requests,
               "so many of each server (default 20)"),
    OPT_SWITCH (0, "names", struct choices, names, "only the names that operations have"),
    OPT_SWITCH (0, "json", struct choices, json, "an array with an object for each request"),
    OPT_TIMEOUT (0, struct choices, timeout),
};
static const char *const usage[] = { "[OPTION...]", "--names", NULL };
static const struct tool_example examples[] = {
    { NULL,
      "pvfs2-touch /mnt/pvfs2/new\n"
      "pvfs2-event-mon -m /mnt/pvfs2 | grep -w -m 1 create",
      "... tcp://127.0.0.1:... create            root ... ms ok" },
};
static const struct tool tool = {
    .name = "pvfs2-event-mon",
    .usage = usage,
    .purpose = "shows the last requests of the servers of a PVFS2 file system",
    .description =
        "For each request, the oldest first, it shows when it came, to which server, the\n"
        "operation, who asked, how long it took and how it ended; what still runs is said to\n"
        "run. Servers remember 1024 beginnings and ends of what pvfs2-set-eventmask(8) lets\n"
        "them note.\n"
        "\n"
        "Only root may ask.",
    TOOL_OPTIONS (options),
    TOOL_EXAMPLES (examples),
    .max_operands = 0,
    .admin = true,
};

/* -- requests -- */

struct request {
    const struct server *server;
    int64_t id, operation, uid, error; /* uid < 0: its beginning is forgotten */
    int64_t began, ended;              /* us since 1970; 0: not known */
};

struct requests {
    struct request *list;
    size_t n;
};

static int64_t
microseconds (const struct PVFS_mgmt_event *e)
{
    return e->tv_sec * 1000000 + e->tv_usec;
}

static struct request *
add_request (struct requests *r, const struct server *server, const struct PVFS_mgmt_event *e)
{
    if ((r->n & (r->n - 1)) == 0)
        r->list = tool_grow (r->list, r->n > 0 ? 2 * r->n : 1, sizeof *r->list);
    struct request *q = &r->list[r->n++];
    *q = (struct request){ .server = server, .id = e->id, .operation = e->operation, .uid = -1 };
    return q;
}

/* Beginnings and ends of one server become requests; an end looks for its beginning backwards. */
static void
join (struct requests *r, const struct server *server, const struct PVFS_mgmt_event *events)
{
    size_t first = r->n;
    for (int i = 0; i < EVENTS && events[i].flags != PVFS_EVENT_FLAG_NONE; i++) {
        const struct PVFS_mgmt_event *e = &events[i];
        struct request *q = NULL;
        if (e->flags == PVFS_EVENT_FLAG_START) {
            q = add_request (r, server, e);
            q->uid = e->value;
            q->began = microseconds (e);
            continue;
        }
        for (size_t k = r->n; k > first && q == NULL; k--)
            if (r->list[k - 1].id == e->id)
                q = &r->list[k - 1];
        if (q == NULL)
            q = add_request (r, server, e);
        q->ended = microseconds (e);
        q->error = e->value;
    }
}

/* The last so many that are left of one server's. */
static void
keep_last (struct requests *r, size_t first, size_t wanted)
{
    size_t n = r->n - first;
    if (n <= wanted)
        return;
    memmove (&r->list[first], &r->list[r->n - wanted], wanted * sizeof *r->list);
    r->n = first + wanted;
}

static int64_t
time_of (const struct request *q)
{
    return q->began != 0 ? q->began : q->ended;
}

static int
by_time (const void *a, const void *b)
{
    int64_t s = time_of (a), t = time_of (b);
    return s < t ? -1 : s > t;
}

/* -- printing -- */

static const char *
operation_name (const struct request *q)
{
    const char *name = PVFS_mgmt_op_name ((int32_t) q->operation);
    return name != NULL ? name : "unknown";
}

static void
print_request (const struct request *q)
{
    char text[FORMAT_ROOM], user[FORMAT_ROOM] = "?", error[256] = "ok";
    time_t seconds = (time_t) (time_of (q) / 1000000);
    struct tm tm;
    strftime (text, sizeof text, "%H:%M:%S", localtime_r (&seconds, &tm));
    if (q->uid >= 0)
        format_user ((PVFS_uid) q->uid, false, user);
    if (q->error != 0)
        PVFS_strerror_r ((int) q->error, error, sizeof error);
    printf ("%s.%06d %-22s %-17s %-8s ", text, (int) (time_of (q) % 1000000), q->server->name,
            operation_name (q), user);
    if (q->ended == 0)
        printf ("runs\n");
    else if (q->began == 0)
        printf ("%10s ms %s\n", "?", error);
    else
        printf ("%10.3f ms %s\n", (double) (q->ended - q->began) / 1000, error);
}

static void
print_json_request (const struct request *q)
{
    char error[256] = "";
    printf ("{\"server\": ");
    print_json_text (q->server->name);
    printf (", \"id\": %lld, \"op\": ", (long long) q->id);
    print_json_text (operation_name (q));
    printf (", \"uid\": ");
    printf (q->uid >= 0 ? "%lld" : "null", (long long) q->uid);
    printf (", \"began_us\": ");
    printf (q->began != 0 ? "%lld" : "null", (long long) q->began);
    printf (", \"ended_us\": ");
    printf (q->ended != 0 ? "%lld" : "null", (long long) q->ended);
    if (q->error != 0)
        PVFS_strerror_r ((int) q->error, error, sizeof error);
    printf (", \"error\": ");
    print_json_text (error);
    printf ("}");
}

static void
print_all (const struct requests *r, bool json)
{
    for (size_t i = 0; i < r->n; i++) {
        if (json) {
            printf (i > 0 ? ",\n" : "[\n");
            print_json_request (&r->list[i]);
        } else {
            print_request (&r->list[i]);
        }
    }
    if (json)
        printf (r->n > 0 ? "\n]\n" : "[]\n");
}

static int
print_names (void)
{
    for (int32_t op = 0; op < 1000; op++) {
        const char *name = PVFS_mgmt_op_name (op);
        if (name != NULL)
            printf ("%s\n", name);
    }
    return tool_end (TOOL_OK);
}

/* -- asking -- */

static bool
ask (struct session *s, PVFS_fs_id fs, struct servers *servers, struct PVFS_mgmt_event *events)
{
    struct PVFS_mgmt_event **matrix = tool_alloc ((size_t) servers->n * sizeof *matrix);
    for (int i = 0; i < servers->n; i++)
        matrix[i] = &events[(size_t) i * EVENTS];
    int r = PVFS_mgmt_event_mon_list (fs, &s->cred, matrix, servers->addrs, servers->n, EVENTS,
                                      servers->details, PVFS_HINT_NULL);
    free (matrix);
    return servers_settle (servers, r);
}

int
main (int argc, char **argv)
{
    struct choices c = { .requests = DEFAULT_REQUESTS };
    struct session s;
    struct servers servers;
    struct requests requests = { 0 };
    tool_parse (&tool, argc, argv, &c);
    if (c.names)
        return print_names ();
    PVFS_fs_id fs = session_open_volume (&s, c.mount);
    servers_set_timeout (c.timeout);
    servers_of (fs, c.server, &servers);
    struct PVFS_mgmt_event *events = tool_alloc ((size_t) servers.n * EVENTS * sizeof *events);
    bool ok = ask (&s, fs, &servers, events);
    for (int i = 0; i < servers.n; i++) {
        size_t first = requests.n;
        join (&requests, &servers.list[i], &events[(size_t) i * EVENTS]);
        keep_last (&requests, first, (size_t) MIN (c.requests, (int64_t) EVENTS));
    }
    if (requests.n > 0)
        qsort (requests.list, requests.n, sizeof *requests.list, by_time);
    print_all (&requests, c.json);
    free (requests.list);
    free (events);
    servers_free (&servers);
    session_close (&s);
    return tool_end (ok ? TOOL_OK : TOOL_FAILED);
}
