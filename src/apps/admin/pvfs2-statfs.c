/* pvfs2-statfs: space, memory and load of each server. Single-threaded. */
#include <stdio.h>

#include "apps/common/format.h"
#include "apps/common/servers.h"

struct choices {
    const char *mount;
    bool human, si, json;
    int64_t timeout;
};

static const struct tool_option options[] = {
    OPT_MOUNT (struct choices, mount),
    OPT_SWITCH ('h', "human-readable", struct choices, human, "sizes as 1.5K, 23M, 4.0G"),
    OPT_SWITCH ('H', "si", struct choices, si, "likewise, in powers of 1000"),
    OPT_TIMEOUT (0, struct choices, timeout),
    OPT_SWITCH (0, "json", struct choices, json, "one object, with an array of servers"),
};
static const char *const usage[] = { "[OPTION...] [MNT]", NULL };
static const struct tool_example examples[] = {
    { NULL,
      "pvfs2-statfs -h /mnt/pvfs2",
      "File system pvfs2-fs at /mnt/pvfs2, id ..., 4 servers\n"
      "  bytes total       : ...\n"
      "  bytes available   : ...\n"
      "  handles total     : 2251799813685244\n"
      "  handles available : ...\n"
      "\n"
      "Server                       Role                    Total       Available Use%        Free RAM     Uptime   Load\n"
      "tcp://127.0.0.1:3334         metadata+data          ...           ... ...%           ...    0d...:...  ...\n"
      "tcp://127.0.0.1:3335         metadata+data          ...           ... ...%           ...    0d...:...  ...\n"
      "tcp://127.0.0.1:3336         metadata+data          ...           ... ...%           ...    0d...:...  ...\n"
      "tcp://127.0.0.1:3337         metadata+data          ...           ... ...%           ...    0d...:...  ..." },
};
static const struct tool tool = {
    .name = "pvfs2-statfs",
    .usage = usage,
    .purpose = "shows the space, memory and load of the servers of a PVFS2 file system",
    .description =
        "A file is spread evenly, so the space of the whole is that of its fullest data server "
        "times\n"
        "the number of data servers: the lines 'total' and 'available' of the file system. A server\n"
        "that does not answer is named, and does not count.",
    TOOL_OPTIONS (options),
    TOOL_EXAMPLES (examples),
    .max_operands = 1,
};

static void
size_text (const struct choices *c, PVFS_size size, char buf[FORMAT_ROOM])
{
    if (c->human || c->si)
        PVFS_util_make_size_human_readable (size, buf, FORMAT_ROOM, c->si);
    else
        snprintf (buf, FORMAT_ROOM, "%lld", (long long)size);
}

static void
print_server (const struct choices *c, const PVFS_statfs_server *st)
{
    char total[FORMAT_ROOM], available[FORMAT_ROOM], ram[FORMAT_ROOM], up[FORMAT_ROOM];
    PVFS_size used = st->bytes_total - st->bytes_available;
    size_text (c, st->bytes_total, total);
    size_text (c, st->bytes_available, available);
    size_text (c, (PVFS_size)st->ram_free_bytes, ram);
    format_uptime (st->uptime_seconds, up);
    printf ("%-28s %-13s %15s %15s %3lld%% %15s %10s %6.2f\n", st->bmi_address,
            server_role (st->server_type), total, available,
            st->bytes_total > 0 ? (long long)(used * 100 / st->bytes_total) : 0, ram, up,
            (double)st->load_1 / 65536);
}

static void
print_total (const struct choices *c, PVFS_fs_id fs, const PVFS_sysresp_statfs *resp)
{
    struct PVFS_sys_mntent m;
    char total[FORMAT_ROOM], available[FORMAT_ROOM];
    const PVFS_statfs *st = &resp->statfs_buf;
    if (PVFS_util_get_mntent_copy (fs, &m) == 0) {
        printf ("File system %s at %s, id %d, %d servers\n", m.pvfs_fs_name,
                m.mnt_dir != NULL ? m.mnt_dir : "-", fs, resp->server_count);
        PVFS_util_free_mntent (&m);
    } else {
        printf ("File system id %d, %d servers\n", fs, resp->server_count);
    }
    size_text (c, st->bytes_total, total);
    size_text (c, st->bytes_available, available);
    printf ("  bytes total       : %s\n  bytes available   : %s\n", total, available);
    printf ("  handles total     : %llu\n  handles available : %llu\n\n",
            (unsigned long long)st->handles_total_count,
            (unsigned long long)st->handles_available_count);
}

/* One that is down hides no other. */
static bool
print_servers (const struct choices *c, const PVFS_sysresp_statfs_servers *resp)
{
    bool ok = true;
    printf ("%-28s %-13s %15s %15s %4s %15s %10s %6s\n", "Server", "Role", "Total", "Available",
            "Use%", "Free RAM", "Uptime", "Load");
    for (int i = 0; i < resp->sum.server_count; i++) {
        const PVFS_statfs_server *st = &resp->server_array[i];
        if (st->error == 0) {
            print_server (c, st);
            continue;
        }
        tool_fail (st->bmi_address, st->error);
        ok = false;
    }
    return ok;
}

static void
put_server (const PVFS_statfs_server *st)
{
    printf ("{\"name\": ");
    print_json_text (st->bmi_address);
    printf (", \"role\": ");
    print_json_text (server_role (st->server_type));
    printf (", \"answers\": %s", st->error == 0 ? "true" : "false");
    if (st->error == 0)
        printf (", \"bytes_total\": %lld, \"bytes_available\": %lld, \"ram_total\": %llu, \"ram_free\": %llu, \"uptime\": %llu, \"load\": %.2f",
                (long long)st->bytes_total, (long long)st->bytes_available, (unsigned long long)st->ram_total_bytes,
                (unsigned long long)st->ram_free_bytes, (unsigned long long)st->uptime_seconds, (double)st->load_1 / 65536);
    printf ("}");
}

/* One that is down hides no other. */
static bool
put_all (PVFS_fs_id fs, const PVFS_sysresp_statfs_servers *resp)
{
    const PVFS_statfs *st = &resp->sum.statfs_buf;
    bool ok = true;
    printf ("{\"fs_id\": %d, \"bytes_total\": %lld, \"bytes_available\": %lld, \"handles_total\": %llu, \"handles_available\": %llu, \"servers\": [",
            fs, (long long)st->bytes_total, (long long)st->bytes_available, (unsigned long long)st->handles_total_count,
            (unsigned long long)st->handles_available_count);
    for (int i = 0; i < resp->sum.server_count; i++) {
        printf (i > 0 ? ",\n" : "\n");
        put_server (&resp->server_array[i]);
        if (resp->server_array[i].error == 0)
            continue;
        tool_fail (resp->server_array[i].bmi_address, resp->server_array[i].error);
        ok = false;
    }
    printf ("\n]}\n");
    return ok;
}

int
main (int argc, char **argv)
{
    struct choices c = { 0 };
    struct session s;
    PVFS_sysresp_statfs_servers resp;
    char **operands = tool_parse (&tool, argc, argv, &c);
    if (operands[0] != NULL && c.mount != NULL)
        tool_usage ("names two file systems");
    PVFS_fs_id fs = session_open_volume (&s, c.mount != NULL ? c.mount : operands[0]);
    servers_set_timeout (c.timeout);
    int r = PVFS_sys_statfs_servers (fs, &s.cred, &resp, PVFS_HINT_NULL);
    if (r < 0) {
        tool_fail ("file system", r);
        tool_exit_failed ();
    }
    if (!c.json)
        print_total (&c, fs, &resp.sum);
    bool ok = c.json ? put_all (fs, &resp) : print_servers (&c, &resp);
    free (resp.server_array);
    session_close (&s);
    return tool_end (ok ? TOOL_OK : TOOL_FAILED);
}
