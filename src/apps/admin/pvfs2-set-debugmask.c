/* pvfs2-set-debugmask: what servers log, from now on. Single-threaded. */
#include "apps/admin/set-params.h"

struct choices {
    struct set_choices where;
};

static const struct tool_option options[] = {
    OPT_MOUNT (struct choices, where.mount),
    OPT_SERVER ('s', struct choices, where.server),
    OPT_TIMEOUT (0, struct choices, where.timeout),
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

int
main (int argc, char **argv)
{
    struct choices c = { 0 };
    char **operands = tool_parse (&tool, argc, argv, &c);
    check_words (operands[0]);
    struct change change = { PVFS_SERV_PARAM_GOSSIP_MASK, PVFS_debug_eventlog_to_mask (operands[0]),
                             NULL };
    return set_params (&c.where, &change, 1);
}
