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
static const struct tool tool = {
    .name = "pvfs2-set-debugmask",
    .usage = usage,
    .purpose = "sets what the servers of a PVFS2 file system log",
    .description = "KEYWORDS are separated by commas, such as network,server or none. A keyword "
                   "after - is taken\n"
                   "away: verbose,-network. It lasts until the server ends.\n"
                   "\n"
                   "Only root may set it.",
    TOOL_OPTIONS (options),
    .min_operands = 1,
    .max_operands = 1,
    .admin = true,
};

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
        char *all = PVFS_debug_mask_to_eventlog (UINT64_MAX);
        tool_error ("'%s' is no keyword; there are: none verbose %s", bare, all != NULL ? all : "");
        free (all);
        free (copy);
        exit (TOOL_USAGE);
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
