/* pvfs2-drop-caches: servers forget what they can read again. Single-threaded. */
#include "apps/admin/set-params.h"

struct choices {
    struct set_choices where;
};

static const struct tool_option options[] = {
    SET_OPTIONS (struct choices, where),
};
static const char *const usage[] = { "[OPTION...]", NULL };
static const struct tool_example examples[] = {
    { NULL, "pvfs2-drop-caches -m /mnt/pvfs2", "" },
};
static const struct tool tool = {
    .name = "pvfs2-drop-caches",
    .usage = usage,
    .purpose = "lets the servers of a PVFS2 file system drop what they keep in memory",
    .description =
        "Servers let go the metadata that they keep in memory, close bytestreams that nobody\n"
        "uses, and let the system forget what it caches of those. Nothing is lost, and all of\n"
        "it is read again when it is needed: for measurements. The database's own pages stay\n"
        "(DBCacheSizeBytes).\n"
        "\n"
        "Only root may do it.",
    TOOL_OPTIONS (options),
    TOOL_EXAMPLES (examples),
    .admin = true,
};

int
main (int argc, char **argv)
{
    struct choices c = { 0 };
    struct change change = { PVFS_SERV_PARAM_DROP_CACHES, 1, NULL };
    tool_parse (&tool, argc, argv, &c);
    return set_params (&c.where, &change, 1);
}
