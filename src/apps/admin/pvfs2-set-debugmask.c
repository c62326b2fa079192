/* pvfs2-set-debugmask: what servers log, from now on. Single-threaded. */
#include <stdio.h>

#include "apps/common/servers.h"

struct choices {
    const char *mount, *server;
};

static const struct tool_option options[] = {
    OPT_TEXT ('m', "mount", "MNT", struct choices, mount,
              "the file system at MNT, or tcp://host:port/name (default: the first one)"),
    OPT_TEXT ('s', "server", "HOST:PORT", struct choices, server, "only this server"),
};
static const char *const usage[] = { "[OPTION...] KEYWORDS", NULL };
static const struct tool_example examples[] = {
    { "The first server logs its operations and all reading and writing for a while:",
      "pvfs2-set-debugmask -s 127.0.0.1:3334 server,io\n"
      "pvfs2-touch /mnt/pvfs2/file\n"
      "pvfs2-set-debugmask none",
      "" },
    { "What one may write is said of a word that one may not:",
      "pvfs2-set-debugmask nets",
      "pvfs2-set-debugmask: 'nets' is no keyword; there are: none verbose all ... server ..." },
};
static const struct tool tool = {
    .name = "pvfs2-set-debugmask",
    .usage = usage,
    .purpose = "sets what the servers of a PVFS2 file system log",
    .description = "KEYWORDS are separated by commas, such as io,server or none. A keyword "
                   "after - is taken\n"
                   "away: verbose,-io. It lasts until the server ends.\n"
                   "\n"
                   "Only root may set it.",
    TOOL_OPTIONS (options),
    TOOL_EXAMPLES (examples),
    .min_operands = 1,
    .max_operands = 1,
    .admin = true,
};

/* Each bit has a keyword of its own; some bits have none. */
static void
bad_word (const char *word)
{
    char *all = tool_text ("none verbose all");
    for (int bit = 0; bit < 64; bit++) {
        char *name = PVFS_debug_mask_to_eventlog ((uint64_t)1 << bit);
        if (name != NULL && strcmp (name, "none") != 0) {
            char *longer = tool_text ("%s %s", all, name);
            free (all);
            all = longer;
        }
        free (name);
    }
    tool_error ("'%s' is no keyword; there are: %s", word, all);
    free (all);
    exit (TOOL_USAGE);
}

/* The library skips words that it does not know; a person wants to hear of them. */
static void
check_words (const char *keywords)
{
    char *copy = tool_text ("%s", keywords), *rest = NULL;
    for (char *word = strtok_r (copy, ", \t", &rest); word != NULL;
         word = strtok_r (NULL, ", \t", &rest)) {
        const char *bare = *word == '-' ? word + 1 : word;
        if (strcmp (bare, "none") == 0 || PVFS_debug_eventlog_to_mask (bare) != 0)
            continue;
        bad_word (bare);
    }
    free (copy);
}

static int
set_one (struct session *s, PVFS_fs_id fs, struct server *server, uint64_t mask)
{
    struct PVFS_mgmt_setparam_value value = { .type = PVFS_MGMT_PARAM_TYPE_UINT64 };
    PVFS_error_details *details = PVFS_error_details_new (1);
    value.u.value = mask;
    int r = PVFS_mgmt_setparam_list (fs, &s->cred, PVFS_SERV_PARAM_GOSSIP_MASK, &value,
                                     &server->addr, 1, details, PVFS_HINT_NULL);
    if (r == -PVFS_EDETAIL && details != NULL && details->count_used > 0)
        r = details->error[0].error;
    PVFS_error_details_free (details);
    return r;
}

int
main (int argc, char **argv)
{
    struct choices c = { 0 };
    struct session s;
    struct servers servers;
    bool failed = false;
    char **operands = tool_parse (&tool, argc, argv, &c);
    check_words (operands[0]);
    uint64_t mask = PVFS_debug_eventlog_to_mask (operands[0]);
    PVFS_fs_id fs = session_open_volume (&s, c.mount);
    servers_of (fs, c.server, &servers);
    for (int i = 0; i < servers.n; i++) {
        int r = set_one (&s, fs, &servers.list[i], mask);
        if (r < 0) {
            tool_fail (servers.list[i].name, r);
            failed = true;
        }
    }
    servers_free (&servers);
    session_close (&s);
    return tool_end (failed ? TOOL_FAILED : TOOL_OK);
}
