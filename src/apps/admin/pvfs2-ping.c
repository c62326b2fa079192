/* pvfs2-ping: checks a volume step by step – mount entry, configuration, servers, root. It takes
 * its own way through the library's start, so that each step can be told from the next.
 * Single-threaded.
 */
#include <stdio.h>
#include <time.h>

#include "apps/common/servers.h"

struct choices {
    const char *mount;
    int64_t timeout;
};

static const struct tool_option options[] = {
    OPT_TEXT ('m', "mount", "MNT", struct choices, mount,
              "the file system at MNT, or tcp://host:port/name"),
    OPT_COUNT ('t', "timeout", "SECS", struct choices, timeout,
               "how long a server may take to answer (default 5)"),
};
static const char *const usage[] = { "-m MNT [OPTION...]", NULL };
static const struct tool_example examples[] = {
    { NULL,
      "pvfs2-ping -m /mnt/pvfs2",
      "(1) Looking for the mount entry\n"
      "    /mnt/pvfs2: pvfs2-fs of ...\n"
      "(2) Starting the library\n"
      "(3) Fetching the configuration\n"
      "    server tcp://127.0.0.1:3334\n"
      "    Ok: pvfs2-fs, id ..., from tcp://127.0.0.1:3334\n"
      "(4) Asking every server\n"
      "    tcp://127.0.0.1:3334 (metadata+data): Ok, ... ms\n"
      "    tcp://127.0.0.1:3335 (metadata+data): Ok, ... ms\n"
      "    tcp://127.0.0.1:3336 (metadata+data): Ok, ... ms\n"
      "    tcp://127.0.0.1:3337 (metadata+data): Ok, ... ms\n"
      "(5) Finding the root directory\n"
      "    Ok: handle 1048576 on tcp://127.0.0.1:3334\n"
      "\n"
      "The file system answers as it should." },
};
static const struct tool tool = {
    .name = "pvfs2-ping",
    .usage = usage,
    .purpose = "checks that the servers of a PVFS2 file system answer",
    .description = "It looks up the mount entry, fetches the configuration, asks every server and "
                   "finds the root\n"
                   "directory. The exit status is 0 only if every step succeeds.",
    TOOL_OPTIONS (options),
    TOOL_EXAMPLES (examples),
    .max_operands = 1,
};

static void __attribute__ ((noreturn)) give_up (const char *what, int err)
{
    tool_fail (what, err);
    printf ("\nThe file system does not answer as it should.\n");
    fflush (stdout);
    PVFS_sys_finalize ();
    exit (TOOL_FAILED);
}

/* -- the steps -- */

static struct PVFS_sys_mntent *
find_entry (const char *mount)
{
    const char *tab;
    printf ("(1) Looking for the mount entry\n");
    struct PVFS_sys_mntent *m = entry_of (mount, &tab);
    if (tab != NULL)
        printf ("    %s: %s of %s\n", mount, m->pvfs_fs_name, tab);
    else
        printf ("    %s names it itself\n", mount);
    return m;
}

static void
fetch_configuration (struct PVFS_sys_mntent *m, unsigned timeout)
{
    printf ("(2) Starting the library\n");
    int r = PVFS_sys_initialize (0);
    if (r < 0)
        give_up ("library", r);
    PVFS_sys_set_info (PVFS_SYS_MSG_TIMEOUT_SECS, timeout);
    printf ("(3) Fetching the configuration\n");
    fflush (stdout);
    for (int i = 0; i < m->num_pvfs_config_servers; i++)
        printf ("    server %s\n", m->pvfs_config_servers[i]);
    r = PVFS_sys_fs_add (m);
    if (r < 0)
        give_up (m->num_pvfs_config_servers > 0 ? m->pvfs_config_servers[0] : m->pvfs_fs_name, r);
    printf ("    Ok: %s, id %d, from %s\n", m->pvfs_fs_name, m->fs_id,
            m->the_pvfs_config_server != NULL ? m->the_pvfs_config_server : "its server");
}

static double
now (void)
{
    struct timespec t;
    clock_gettime (CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1000 + (double)t.tv_nsec / 1e6;
}

static int
ask_servers (const PVFS_credential *cred, PVFS_fs_id fs)
{
    struct servers servers;
    int failures = 0;
    printf ("(4) Asking every server\n");
    servers_of (fs, NULL, &servers);
    for (int i = 0; i < servers.n; i++) {
        const struct server *s = &servers.list[i];
        double start = now ();
        int r = PVFS_mgmt_noop (fs, cred, s->addr, PVFS_HINT_NULL);
        double took = now () - start;
        if (r < 0) {
            printf ("    %s (%s): no answer\n", s->name, server_role (s->type));
            tool_fail (s->name, r);
            failures++;
        } else {
            printf ("    %s (%s): Ok, %.3f ms\n", s->name, server_role (s->type), took);
        }
        fflush (stdout);
    }
    servers_free (&servers);
    return failures;
}

static int
find_root (struct session *s, PVFS_fs_id fs)
{
    struct place root = { .given = "/", .fs = fs, .path = "/" };
    PVFS_object_ref ref;
    PVFS_sys_attr attr;
    PVFS_BMI_addr_t addr;
    printf ("(5) Finding the root directory\n");
    int r = place_lookup (s, &root, false, &ref);
    if (r == 0)
        r = get_attr (s, ref, PVFS_ATTR_SYS_COMMON_ALL, &attr);
    if (r < 0) {
        tool_fail ("root directory", r);
        return 1;
    }
    const char *owner = NULL;
    if (PVFS_mgmt_map_handle (fs, ref.handle, &addr) == 0)
        owner = PVFS_mgmt_map_addr (fs, addr, NULL);
    printf ("    Ok: handle %llu on %s\n", (unsigned long long)ref.handle,
            owner != NULL ? owner : "no server");
    if (attr.objtype != PVFS_TYPE_DIRECTORY || owner == NULL) {
        tool_error ("the root handle is not that of a directory");
        return 1;
    }
    return 0;
}

int
main (int argc, char **argv)
{
    struct choices c = { .timeout = 5 };
    struct session s = { .umask = 0 };
    char **operands = tool_parse (&tool, argc, argv, &c);
    if ((c.mount == NULL) == (operands[0] == NULL))
        tool_usage ("needs one file system: -m MNT");
    struct PVFS_sys_mntent *m = find_entry (c.mount != NULL ? c.mount : operands[0]);
    fetch_configuration (m, (unsigned)MIN (c.timeout, 100000));
    int r = PVFS_util_gen_credential_defaults (&s.cred);
    if (r < 0)
        give_up ("credential", r);
    int failures = ask_servers (&s.cred, m->fs_id);
    failures += find_root (&s, m->fs_id);
    printf (failures > 0 ? "\nThe file system does not answer as it should.\n"
                         : "\nThe file system answers as it should.\n");
    PVFS_util_gen_mntent_release (m);
    PVFS_sys_finalize ();
    return tool_end (failures > 0 ? TOOL_FAILED : TOOL_OK);
}
