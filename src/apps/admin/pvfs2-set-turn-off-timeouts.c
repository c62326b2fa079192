/* pvfs2-set-turn-off-timeouts: whether capabilities expire. Single-threaded. */
#include "apps/admin/set-params.h"

struct choices {
    struct set_choices where;
    const char *off;
};

static const struct tool_option options[] = {
    SET_OPTIONS (struct choices, where),
    OPT_TEXT ('t', "turn-off", "0|1", struct choices, off, "1: expired capabilities are accepted"),
};
static const char *const usage[] = { "-t 0|1 [OPTION...]", NULL };
static const struct tool_example examples[] = {
    { NULL,
      "pvfs2-set-turn-off-timeouts -m /mnt/pvfs2 -t 1\n"
      "pvfs2-set-turn-off-timeouts -m /mnt/pvfs2 -t 0",
      "" },
};
static const struct tool tool = {
    .name = "pvfs2-set-turn-off-timeouts",
    .usage = usage,
    .purpose = "sets whether the servers of a PVFS2 file system accept expired capabilities",
    .description =
        "A capability is a server's word that somebody may read or write a file; it ends\n"
        "CapabilityTimeoutSecs after it was given, and clients ask for another. Where clocks\n"
        "differ widely that fails; -t 1 keeps work going until they are set. Whoever lost a\n"
        "permission meanwhile may keep using files that he had open before.\n"
        "\n" SET_LASTS,
    TOOL_OPTIONS (options),
    TOOL_EXAMPLES (examples),
    .admin = true,
};

int
main (int argc, char **argv)
{
    struct choices c = { 0 };
    tool_parse (&tool, argc, argv, &c);
    if (c.off == NULL)
        tool_usage ("needs -t 0 or -t 1");
    struct change change = { PVFS_SERV_PARAM_TURN_OFF_TIMEOUTS, set_boolean ("-t", c.off), NULL };
    return set_params (&c.where, &change, 1);
}
