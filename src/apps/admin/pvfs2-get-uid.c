/* pvfs2-get-uid: who has used the servers lately. Single-threaded. */
#include <stdio.h>

#include "apps/common/format.h"
#include "apps/common/servers.h"

struct choices {
    const char *mount, *server;
    int64_t history, fs_id, timeout;
    bool json;
};

static const struct tool_option options[] = {
    OPT_MOUNT (struct choices, mount),
    OPT_COUNT ('f', "fs-id", "ID", struct choices, fs_id, "the file system with this number"),
    OPT_SERVER ('s', struct choices, server),
    OPT_COUNT ('t', "history", "SECS", struct choices, history,
               "only who was seen in the last SECS seconds"),
    OPT_SWITCH (0, "json", struct choices, json, "an array with an object for each server"),
    OPT_TIMEOUT (0, struct choices, timeout),
};
static const char *const usage[] = { "[OPTION...]", NULL };
static const struct tool_example examples[] = {
    { NULL, "pvfs2-get-uid -m /mnt/pvfs2 -s 127.0.0.1:3334 -t 60",
      "Server: tcp://127.0.0.1:3334\n"
      "    UID: 0          count: ... ... root" },
};
static const struct tool tool = {
    .name = "pvfs2-get-uid",
    .usage = usage,
    .purpose = "lists the users of the servers of a PVFS2 file system",
    .description =
        "For each server it shows the users whose requests it has had, the latest first:\n"
        "number, requests, time of the last one, name. Servers remember 25.\n"
        "\n"
        "Only root may ask.",
    TOOL_OPTIONS (options),
    TOOL_EXAMPLES (examples),
    .max_operands = 0,
    .admin = true,
};

static void
print_user (const PVFS_uid_info_s *u)
{
    char last[FORMAT_ROOM], name[FORMAT_ROOM];
    format_time ((PVFS_time_ns) u->tv.tv_sec * 1000000000, false, last);
    format_user (u->uid, false, name);
    printf ("    UID: %-10u count: %-10llu %s %s\n", u->uid, (unsigned long long) u->count, last,
            name);
}

static void
print_json_user (const PVFS_uid_info_s *u)
{
    printf ("{\"uid\": %u, \"count\": %llu, \"first\": %lld.%06ld, \"last\": %lld.%06ld}", u->uid,
            (unsigned long long) u->count, (long long) u->tv0.tv_sec, (long) u->tv0.tv_usec,
            (long long) u->tv.tv_sec, (long) u->tv.tv_usec);
}

static void
print_servers (const struct servers *servers, PVFS_uid_info_s *const *users, const uint32_t *counts)
{
    for (int i = 0; i < servers->n; i++) {
        if (servers->list[i].failed)
            continue;
        printf ("Server: %s\n", servers->list[i].name);
        for (uint32_t k = 0; k < counts[i]; k++)
            print_user (&users[i][k]);
    }
}

static void
print_json (const struct servers *servers, PVFS_uid_info_s *const *users, const uint32_t *counts)
{
    bool first = true;
    printf ("[");
    for (int i = 0; i < servers->n; i++) {
        if (servers->list[i].failed)
            continue;
        printf (first ? "\n{\"server\": " : ",\n{\"server\": ");
        first = false;
        print_json_text (servers->list[i].name);
        printf (", \"users\": [");
        for (uint32_t k = 0; k < counts[i]; k++) {
            printf (k > 0 ? ", " : "");
            print_json_user (&users[i][k]);
        }
        printf ("]}");
    }
    printf ("\n]\n");
}

/* The call itself does not tell which server failed, nor why. */
static bool
find_failures (struct session *s, PVFS_fs_id fs, struct servers *servers)
{
    for (int i = 0; i < servers->n; i++) {
        int r = PVFS_mgmt_noop (fs, &s->cred, servers->addrs[i], PVFS_HINT_NULL);
        if (r == 0 && s->cred.userid != 0)
            r = -PVFS_EPERM;
        servers->list[i].failed = r < 0;
        if (r < 0)
            server_report (&servers->list[i], r);
    }
    return false;
}

static bool
show (struct session *s, PVFS_fs_id fs, struct servers *servers, const struct choices *c)
{
    size_t n = (size_t) servers->n;
    PVFS_uid_info_s *room = tool_alloc (n * PVFS_MGMT_UID_MAX * sizeof *room);
    PVFS_uid_info_s **users = tool_alloc (n * sizeof *users);
    uint32_t *counts = tool_alloc (n * sizeof *counts);
    for (size_t i = 0; i < n; i++)
        users[i] = &room[i * PVFS_MGMT_UID_MAX];
    int r = PVFS_mgmt_get_uid_list (fs, &s->cred, servers->n, servers->addrs, (uint32_t) c->history,
                                    users, counts, PVFS_HINT_NULL, NULL);
    bool ok = r == -PVFS_EDETAIL ? find_failures (s, fs, servers) : servers_settle (servers, r);
    if (c->json)
        print_json (servers, users, counts);
    else
        print_servers (servers, users, counts);
    free (counts);
    free (users);
    free (room);
    return ok;
}

int
main (int argc, char **argv)
{
    struct choices c = { 0 };
    struct session s;
    struct servers servers;
    tool_parse (&tool, argc, argv, &c);
    if (c.history > UINT32_MAX)
        tool_usage ("-t: more than %u", UINT32_MAX);
    PVFS_fs_id fs = session_open_fs (&s, c.mount, c.fs_id);
    servers_set_timeout (c.timeout);
    servers_of (fs, c.server, &servers);
    bool ok = show (&s, fs, &servers, &c);
    servers_free (&servers);
    session_close (&s);
    return tool_end (ok ? TOOL_OK : TOOL_FAILED);
}
