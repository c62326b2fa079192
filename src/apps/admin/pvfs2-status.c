/* pvfs2-status: the servers of a volume on one screen. Single-threaded. */
#include <stdio.h>

#include "apps/admin/survey.h"
#include "apps/common/format.h"

struct choices {
    const char *mount;
    int64_t timeout;
    bool json;
};

static const struct tool_option options[] = {
    OPT_MOUNT (struct choices, mount),
    OPT_COUNT ('t', "timeout", "SECS", struct choices, timeout,
               "how long a server may take to answer (default 5)"),
    OPT_SWITCH (0, "json", struct choices, json, "one object, with an array of servers"),
};
static const char *const usage[] = { "[OPTION...] [MNT]", NULL };
static const struct tool_example examples[] = {
    { NULL,
      "pvfs2-status /mnt/pvfs2",
      "pvfs2-fs at /mnt/pvfs2, id ...: 4 servers, all up\n"
      "Server                     Role          State   Version   Uptime   Space    Free  Use   Load  Memory Runs Unfin\n"
      "tcp://127.0.0.1:3334       metadata+data up        ...  0d...:...  ...  ...  ...% ... ...    0     0\n"
      "tcp://127.0.0.1:3335       metadata+data up        ...  0d...:...  ...  ...  ...% ... ...    0     0\n"
      "tcp://127.0.0.1:3336       metadata+data up        ...  0d...:...  ...  ...  ...% ... ...    0     0\n"
      "tcp://127.0.0.1:3337       metadata+data up        ...  0d...:...  ...  ...  ...% ... ...    0     0" },
    { "For a program, here one that counts the servers that are up:",
      "pvfs2-status --json | grep -c '\"up\": true'",
      "4" },
};
static const struct tool tool = {
    .name = "pvfs2-status",
    .usage = usage,
    .purpose = "shows on one screen how the servers of a PVFS2 file system are",
    .description =
        "A line for each server: whether it is up, what it serves, its version, how long it runs, its\n"
        "space, load and free memory, how many operations it runs, and how many it has left\n"
        "unfinished: half of a change whose other half is another server's; a number that stays points\n"
        "at a server that is down. pvfs2-doctor(1) says what to do about what is wrong.",
    TOOL_OPTIONS (options),
    TOOL_EXAMPLES (examples),
    .max_operands = 1,
    .exit_status = "0: all servers answer. 1: one does not, or nothing could be asked. 2: wrong usage.",
};

static const char *
mode_name (int mode)
{
    return mode == PVFS_SERVER_IS_ADMIN ? "admin" : mode == PVFS_SERVER_IS_FROZEN ? "frozen" : "up";
}

static int
used_percent (const struct PVFS_mgmt_server_stat *st)
{
    return st->bytes_total > 0 ? (int)((st->bytes_total - st->bytes_available) * 100 / st->bytes_total) : 0;
}

static void
print_line (const struct survey_server *s)
{
    const struct PVFS_mgmt_server_stat *st = &s->st;
    char total[FORMAT_ROOM], left[FORMAT_ROOM], ram[FORMAT_ROOM], up[FORMAT_ROOM], why[256];
    printf ("%-26s %-13s ", s->server.name, server_role (s->server.type));
    if (s->error != 0) {
        PVFS_strerror_r (s->error, why, sizeof why);
        printf ("down    %s\n", why);
        return;
    }
    format_size (st->bytes_total, true, total);
    format_size (st->bytes_available, true, left);
    format_size ((PVFS_size)st->ram_free_bytes, true, ram);
    format_uptime (st->uptime_seconds, up);
    printf ("%-6s %8s %8s %7s %7s %3d%% %6.2f %7s %4u %5u\n", mode_name (st->mode), st->version, up, total, left,
            used_percent (st), (double)st->load_1 / 65536, ram, st->operations, st->intents);
}

static void
print_screen (const struct PVFS_sys_mntent *m, const struct survey *s, int down)
{
    printf ("%s at %s, id %d: %d server%s", m->pvfs_fs_name, m->mnt_dir != NULL ? m->mnt_dir : "-", m->fs_id, s->n,
            s->n == 1 ? "" : "s");
    printf (down > 0 ? ", %d down\n" : ", all up\n", down);
    printf ("%-26s %-13s %-6s %8s %8s %7s %7s %4s %6s %7s %4s %5s\n", "Server", "Role", "State", "Version", "Uptime", "Space",
            "Free", "Use", "Load", "Memory", "Runs", "Unfin");
    for (int i = 0; i < s->n; i++)
        print_line (&s->list[i]);
}

static void
print_json_server (const struct survey_server *s)
{
    const struct PVFS_mgmt_server_stat *st = &s->st;
    char why[256];
    printf ("{\"server\": ");
    print_json_text (s->server.name);
    printf (", \"role\": \"%s\", \"up\": %s", server_role (s->server.type), s->error == 0 ? "true" : "false");
    if (s->error != 0) {
        PVFS_strerror_r (s->error, why, sizeof why);
        printf (", \"error\": ");
        print_json_text (why);
        printf ("}");
        return;
    }
    printf (", \"mode\": \"%s\", \"version\": ", st->mode == PVFS_SERVER_IS_NORMAL ? "normal" : mode_name (st->mode));
    print_json_text (st->version);
    printf (", \"uptime_seconds\": %llu, \"bytes_total\": %lld, \"bytes_available\": %lld, \"load_1\": %.2f",
            (unsigned long long)st->uptime_seconds, (long long)st->bytes_total, (long long)st->bytes_available,
            (double)st->load_1 / 65536);
    printf (", \"ram_total_bytes\": %llu, \"ram_free_bytes\": %llu, \"operations\": %u, \"unfinished\": %u, \"clock_ahead_ms\": %lld}",
            (unsigned long long)st->ram_total_bytes, (unsigned long long)st->ram_free_bytes, st->operations, st->intents,
            (long long)(s->ahead_ns / (int64_t)NSEC_PER_MSEC));
}

static void
print_json (const struct PVFS_sys_mntent *m, const struct survey *s)
{
    printf ("{\"file_system\": ");
    print_json_text (m->pvfs_fs_name);
    printf (", \"mount\": ");
    print_json_text (m->mnt_dir != NULL ? m->mnt_dir : "");
    printf (", \"id\": %d, \"servers\": [", m->fs_id);
    for (int i = 0; i < s->n; i++) {
        printf (i > 0 ? ",\n" : "\n");
        print_json_server (&s->list[i]);
    }
    printf ("\n]}\n");
}

int
main (int argc, char **argv)
{
    struct choices c = { .timeout = 5 };
    struct survey survey;
    PVFS_credential cred;
    const char *tab;
    int down = 0;
    char **operands = tool_parse (&tool, argc, argv, &c);
    if (operands[0] != NULL && c.mount != NULL)
        tool_usage ("names two file systems");
    struct PVFS_sys_mntent *m = entry_of (c.mount != NULL ? c.mount : operands[0], &tab);
    int r = PVFS_sys_initialize (0);
    servers_set_timeout (c.timeout);
    if (r == 0)
        r = PVFS_sys_fs_add (m);
    if (r == 0)
        r = PVFS_util_gen_credential_defaults (&cred);
    if (r < 0) {
        tool_fail (m->num_pvfs_config_servers > 0 ? m->pvfs_config_servers[0] : m->pvfs_fs_name, r);
        tool_die ("no server tells of %s; pvfs2-doctor looks for the reason", m->pvfs_fs_name);
    }
    survey_take (m->fs_id, &cred, &survey);
    for (int i = 0; i < survey.n; i++)
        down += survey.list[i].error != 0;
    if (c.json)
        print_json (m, &survey);
    else
        print_screen (m, &survey, down);
    survey_free (&survey);
    PVFS_util_gen_mntent_release (m);
    PVFS_sys_finalize ();
    return tool_end (down > 0 ? TOOL_FAILED : TOOL_OK);
}
