/* pvfs2-rmspace: removes storage spaces, or one file system out of one. Single-threaded. */
#include <stdio.h>

#include "apps/storage/offline.h"

struct choices {
    struct offline_space space;
    const char *collection, *alias;
};

static const struct tool_option options[] = {
    OPT_TEXT ('s', "data-space", "DIR", struct choices, space.data, "the folder for data"),
    OPT_TEXT ('m', "meta-space", "DIR", struct choices, space.meta,
              "the folder for metadata; one of the two may be left out if they are the same"),
    OPT_TEXT ('c', "collection", "NAME", struct choices, collection,
              "remove only this file system, by its name or ID"),
    OPT_TEXT ('A', "alias", "SERVER", struct choices, alias,
              "with FS.CONF: the server whose space it is (default: the host's name)"),
};
static const char *const usage[] = { "[-c NAME] -s DIR -m DIR", "[-c NAME] [-A SERVER] FS.CONF", NULL };
static const struct tool_example examples[] = {
    { "One of two file systems, then all:",
      "pvfs2-mkspace -c home -i 101 --meta-space $PWD/space\n"
      "pvfs2-mkspace -a -c scratch -i 102 --meta-space $PWD/space\n"
      "pvfs2-rmspace -c scratch -m $PWD/space\n"
      "pvfs2-showcoll -m space\n"
      "pvfs2-rmspace -m $PWD/space\n"
      "ls space",
      "collection=home id=101" },
};
static const struct tool tool = {
    .name = "pvfs2-rmspace",
    .usage = usage,
    .purpose = "removes a storage space or a file system in it",
    .description = "What it removes is gone, with all files. It asks nothing, as pvfs2-server -r does; a space\n"
                   "that a server uses is left alone. Interrupted, it is run once more; with -c by the ID, since a\n"
                   "file system's name goes first. The folders stay.",
    TOOL_OPTIONS (options),
    TOOL_EXAMPLES (examples),
    .max_operands = 1,
    .admin = true,
    .environment = "",
};

int
main (int argc, char **argv)
{
    struct choices c = { 0 };
    struct offline o;
    const char *config = tool_parse (&tool, argc, argv, &c)[0];
    if (config != NULL && (c.space.data != NULL || c.space.meta != NULL))
        tool_usage ("a configuration and folders exclude each other");
    if (config == NULL && c.alias != NULL)
        tool_usage ("-A needs a configuration");
    if (config != NULL)
        offline_of_config (&o, config, c.alias);
    else
        offline_of_space (&o, &c.space);
    int r = c.collection != NULL ? offline_drop (&o, c.collection) : server_rmfs (&o.server);
    if (r < 0)
        offline_report (&o, o.server.alias, r);
    offline_close (&o);
    return tool_end (r < 0 ? TOOL_FAILED : TOOL_OK);
}
