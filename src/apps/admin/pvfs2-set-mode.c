/* pvfs2-set-mode: a pause for administration, and its end. Single-threaded. */
#include "apps/admin/set-params.h"

struct choices {
    struct set_choices where;
    const char *state;
};

static const struct tool_option options[] = {
    SET_OPTIONS (struct choices, where),
    OPT_TEXT ('s', "state", "MODE", struct choices, state, "normal or admin"),
};
static const char *const usage[] = { "-m MNT -s normal|admin [OPTION...]", NULL };
static const struct tool_example examples[] = {
    { NULL,
      "pvfs2-set-mode -m /mnt/pvfs2 -s admin\n"
      "pvfs2-set-mode -m /mnt/pvfs2 -s normal",
      "" },
};
static const struct tool tool = {
    .name = "pvfs2-set-mode",
    .usage = usage,
    .purpose = "puts the servers of a PVFS2 file system into admin mode, and back",
    .description =
        "In admin mode servers refuse what would change anything, but for repairs such as those\n"
        "of pvfs2-remove-object(8); who wants a change tries again until the mode is normal, or\n"
        "gives up. The command ends when all changes that had begun are over.\n"
        "\n" SET_LASTS,
    TOOL_OPTIONS (options),
    TOOL_EXAMPLES (examples),
    .admin = true,
};

int
main (int argc, char **argv)
{
    struct choices c = { 0 };
    struct change change = { .param = PVFS_SERV_PARAM_MODE };
    tool_parse (&tool, argc, argv, &c);
    if (c.state == NULL)
        tool_usage ("needs a mode: -s normal or -s admin");
    if (strcmp (c.state, "normal") == 0)
        change.value = PVFS_SERVER_NORMAL_MODE;
    else if (strcmp (c.state, "admin") == 0)
        change.value = PVFS_SERVER_ADMIN_MODE;
    else
        tool_usage ("-s %s: not normal or admin", c.state);
    return set_params (&c.where, &change, 1);
}
