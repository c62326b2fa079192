/* pvfs2-doctor: looks for the usual faults of a volume and says what to do. See doctor.h.
 * Single-threaded.
 */
#include <stdio.h>
#include <time.h>

#include "apps/admin/doctor.h"
#include "apps/common/format.h"

#ifndef PACKAGE_VERSION
#    define PACKAGE_VERSION "unknown"
#endif

enum { SECOND_LOOK_MS = 1000, CONFIG_ROOM = 1 << 20 };

struct choices {
    const char *mount;
    int64_t timeout;
    bool json;
};

static const struct tool_option options[] = {
    OPT_MOUNT (struct choices, mount),
    OPT_COUNT ('t', "timeout", "SECS", struct choices, timeout,
               "how long a server or a mount may take to answer (default 5)"),
    OPT_SWITCH (0, "json", struct choices, json, "one object, with an array of findings"),
};
static const char *const usage[] = { "[OPTION...] [MNT]", NULL };
static const struct tool_example examples[] = {
    { "A file system in good health:",
      "pvfs2-doctor /mnt/pvfs2",
      "nothing found: 4 servers of pvfs2-fs" },
    { "One that nobody serves:",
      "pvfs2-doctor -m tcp://127.0.0.1:4334/pvfs2-fs",
      "tcp://127.0.0.1:4334: unreachable: nobody listens at port 4334 of 127.0.0.1\n"
      "    start it there: pvfs2-server -a ALIAS FS.CONF; if it ends, it says why in its log" },
};
static const struct tool tool = {
    .name = "pvfs2-doctor",
    .usage = usage,
    .purpose = "finds the usual faults of a PVFS2 file system and says what to do",
    .description =
        "It asks all servers, and looks at this machine. A line says of each fault where it is, its\n"
        "kind and its cause, the next one what to do about it. The kinds:\n"
        "\n"
        "unreachable: a server does not answer; its name, the way to it, its port or itself is the reason.\n"
        "identity: the tab file names a file system that its servers do not have.\n"
        "config: servers run with different configurations or keys.\n"
        "version: servers, or they and this machine's tools, are of different versions.\n"
        "clock: a clock is more than a second off.\n"
        "space: a disk is full, or more than 95 % of it is used.\n"
        "mode: a server refuses changes or holds them back.\n"
        "unfinished: operations between servers that do not come to an end.\n"
        "mount: a mount of this machine is dead, or does not answer.\n"
        "permission: of the mount directory, the tab file, or the storage of a server that is here.",
    TOOL_OPTIONS (options),
    TOOL_EXAMPLES (examples),
    .max_operands = 1,
    .exit_status = "0: nothing was found. 1: something was, or nothing could be looked at. 2: wrong usage.",
};

/* -- servers -- */

/* The configuration as one of the servers has it; NULL: none tells. */
static struct config *
fetch_config (PVFS_fs_id fs, const PVFS_credential *cred, const struct survey *s)
{
    char *text = tool_alloc (CONFIG_ROOM), *error = NULL;
    struct config *cfg = NULL;
    for (int i = 0; i < s->n && cfg == NULL; i++) {
        PVFS_BMI_addr_t addr = s->list[i].server.addr;
        if (s->list[i].error == 0 && PVFS_mgmt_get_config (&fs, &addr, text, CONFIG_ROOM, cred) == 0
            && config_parse_text (text, strlen (text), s->list[i].server.name, &cfg, &error) < 0)
            cfg = NULL;
        free (error);
        error = NULL;
    }
    free (text);
    return cfg;
}

static const char *
alias_of (const struct config *cfg, const char *server)
{
    for (int i = 0; cfg != NULL && i < cfg->n_aliases; i++) {
        if (strcmp (cfg->aliases[i].addr, server) == 0)
            return cfg->aliases[i].name;
    }
    return NULL;
}

static bool
has_unfinished (const struct survey *s)
{
    for (int i = 0; i < s->n; i++) {
        if (s->list[i].error == 0 && s->list[i].st.intents > 0)
            return true;
    }
    return false;
}

/* Twice, if something is unfinished. Returns how many servers there are. */
static int
look_at_servers (PVFS_fs_id fs, const PVFS_credential *cred, int64_t timeout, struct diagnoses *d)
{
    struct survey survey, before = { 0 };
    struct timespec pause = { .tv_sec = SECOND_LOOK_MS / 1000 };
    survey_take (fs, cred, &survey);
    if (has_unfinished (&survey)) {
        before = survey;
        nanosleep (&pause, NULL);
        survey_take (fs, cred, &survey);
    }
    struct config *cfg = fetch_config (fs, cred, &survey);
    for (int i = 0; i < survey.n; i++) {
        const char *name = survey.list[i].server.name;
        struct silent silent = { .server = name, .alias = alias_of (cfg, name), .error = survey.list[i].error, .timeout = timeout };
        if (silent.error != 0)
            look_at_silent (&silent, d);
    }
    judge_servers (&survey, before.n > 0 ? &before : NULL, PACKAGE_VERSION, d);
    if (cfg != NULL)
        look_at_storage (cfg, d);
    int n = survey.n;
    config_free (cfg);
    survey_free (&survey);
    survey_free (&before);
    return n;
}

/* The volume cannot even be had. */
static void
look_at_first_contact (const struct PVFS_sys_mntent *m, int error, int64_t timeout, struct diagnoses *d)
{
    for (int i = 0; i < m->num_pvfs_config_servers; i++) {
        struct silent silent = { .server = m->pvfs_config_servers[i], .wanted = m->pvfs_fs_name, .error = error, .timeout = timeout };
        look_at_silent (&silent, d);
    }
}

/* -- the report -- */

static void
print_words (const struct diagnoses *d, const struct PVFS_sys_mntent *m, int n_servers)
{
    for (size_t i = 0; i < d->n; i++) {
        const struct diagnosis *x = &d->list[i];
        printf ("%s: %s: %s\n    %s\n", x->where, diagnosis_name (x->kind), x->cause, x->remedy);
    }
    if (d->n == 0)
        printf ("nothing found: %d server%s of %s\n", n_servers, n_servers == 1 ? "" : "s", m->pvfs_fs_name);
}

static void
print_member (const char *name, const char *text)
{
    printf ("\"%s\": ", name);
    print_json_text (text);
}

static void
print_json (const struct diagnoses *d, const struct PVFS_sys_mntent *m, int n_servers)
{
    printf ("{");
    print_member ("file_system", m->pvfs_fs_name);
    printf (", \"servers\": %d, \"findings\": [", n_servers);
    for (size_t i = 0; i < d->n; i++) {
        printf ("%s{", i > 0 ? ",\n" : "\n");
        print_member ("kind", diagnosis_name (d->list[i].kind));
        printf (", ");
        print_member ("where", d->list[i].where);
        printf (", ");
        print_member ("cause", d->list[i].cause);
        printf (", ");
        print_member ("remedy", d->list[i].remedy);
        printf ("}");
    }
    printf ("\n]}\n");
}

int
main (int argc, char **argv)
{
    struct choices c = { .timeout = 5 };
    struct diagnoses found = { 0 };
    PVFS_credential cred;
    const char *tab;
    int n_servers = 0;
    char **operands = tool_parse (&tool, argc, argv, &c);
    if (operands[0] != NULL && c.mount != NULL)
        tool_usage ("names two file systems");
    struct PVFS_sys_mntent *m = entry_of (c.mount != NULL ? c.mount : operands[0], &tab);
    look_at_tab (tab, m->mnt_dir, &found);
    look_at_mounts (m, c.timeout, &found);
    int r = PVFS_sys_initialize (0);
    if (r == 0)
        r = PVFS_util_gen_credential_defaults (&cred);
    if (r < 0) {
        tool_fail ("library", r);
        tool_exit_failed ();
    }
    servers_set_timeout (c.timeout);
    r = PVFS_sys_fs_add (m);
    if (r == 0)
        n_servers = look_at_servers (m->fs_id, &cred, c.timeout, &found);
    else
        look_at_first_contact (m, r, c.timeout, &found);
    PVFS_sys_finalize ();
    if (c.json)
        print_json (&found, m, n_servers);
    else
        print_words (&found, m, n_servers);
    int status = found.n > 0 ? TOOL_FAILED : TOOL_OK;
    diagnoses_free (&found);
    PVFS_util_gen_mntent_release (m);
    return tool_end (status);
}
