/* pvfs2-set-sync: when changes are on the disk. Single-threaded. */
#include "apps/admin/set-params.h"

struct choices {
    struct set_choices where;
    const char *data, *meta;
};

static const struct tool_option options[] = {
    SET_OPTIONS (struct choices, where),
    OPT_TEXT ('D', "data", "0|1", struct choices, data,
              "1: what is written is on the disk before the answer"),
    OPT_TEXT ('M', "meta", "0|1", struct choices, meta, "1: so are names, attributes and all else"),
};
static const char *const usage[] = { "[-D 0|1] [-M 0|1] [OPTION...]", NULL };
static const struct tool_example examples[] = {
    { "While a large tree is copied, nothing else uses the volume, and it can be copied again:",
      "pvfs2-set-sync -m /mnt/pvfs2 -D 0 -M 0\n"
      "pvfs2-set-sync -m /mnt/pvfs2 -D 1 -M 1",
      "" },
};
static const struct tool tool = {
    .name = "pvfs2-set-sync",
    .usage = usage,
    .purpose =
        "sets whether the servers of a PVFS2 file system answer before changes are on the disk",
    .description =
        "Without -D 1 written data are on the disk at the next fsync, or when the system writes\n"
        "them; without -M 1 metadata are within a second: a crash of the server's machine may\n"
        "undo what was answered meanwhile. With -M 1 the command ends when all that was done\n"
        "before is on the disk. At first servers do as TroveSyncData and TroveSyncMeta say in\n"
        "fs.conf. -M concerns all file systems of a server.\n"
        "\n" SET_LASTS,
    TOOL_OPTIONS (options),
    TOOL_EXAMPLES (examples),
    .admin = true,
};

int
main (int argc, char **argv)
{
    struct choices c = { 0 };
    struct change changes[2];
    int n = 0;
    tool_parse (&tool, argc, argv, &c);
    if (c.data == NULL && c.meta == NULL)
        tool_usage ("sets nothing: -D, -M or both");
    if (c.data != NULL)
        changes[n++] =
            (struct change){ PVFS_SERV_PARAM_SYNC_DATA, set_boolean ("-D", c.data), NULL };
    if (c.meta != NULL)
        changes[n++] =
            (struct change){ PVFS_SERV_PARAM_SYNC_META, set_boolean ("-M", c.meta), NULL };
    return set_params (&c.where, changes, n);
}
