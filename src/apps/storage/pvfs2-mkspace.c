/* pvfs2-mkspace: makes storage spaces, and moves file systems into them, as pvfs2-server -f does.
 * Single-threaded. */
#include <stdio.h>

#include "apps/storage/offline.h"

struct choices {
    struct offline_space space;
    bool defaults, add, delete;
    const char *alias;
};

static const struct tool_option options[] = {
    OPT_SWITCH ('d', "defaults", struct choices, defaults, "what is not said has its default"),
    OPT_TEXT (0, "data-space", "DIR", struct choices, space.data, "the folder for data"),
    OPT_TEXT (0, "meta-space", "DIR", struct choices, space.meta,
              "the folder for metadata; one of the two may be left out if they are the same"),
    OPT_TEXT ('c', "collection", "NAME", struct choices, space.name, "the file system's name (default pvfs2-fs)"),
    OPT_TEXT ('i', "id", "N", struct choices, space.id, "its ID (default 9)"),
    OPT_TEXT ('r', "root-handle", "N", struct choices, space.root, "handle of its root directory (default 1048576)"),
    OPT_TEXT ('M', "meta-handles", "RANGES", struct choices, space.meta_ranges,
              "such as 4-1000000,2000000-3000000 (default 4-2147483650)"),
    OPT_TEXT ('N', "data-handles", "RANGES", struct choices, space.data_ranges,
              "likewise (default 2147483651-4294967297)"),
    OPT_SWITCH ('a', "add-collection", struct choices, add,
                "the space is there already: only move the file system in"),
    OPT_SWITCH ('D', "delete", struct choices, delete,
                "remove the space; with -a only the file system that -c or -i names"),
    OPT_TEXT ('A', "alias", "SERVER", struct choices, alias,
              "with FS.CONF: the server whose space it is (default: the host's name)"),
};
static const char *const usage[] = { "[-d] [-a] [OPTION...] --data-space DIR --meta-space DIR",
                                     "[-a -c NAME] [-A SERVER] FS.CONF",
                                     "-D [-a -c NAME] --data-space DIR --meta-space DIR", NULL };
static const struct tool_example examples[] = {
    { "A space for a server that is alone, with two file systems:",
      "pvfs2-mkspace -c home -i 101 --data-space $PWD/data --meta-space $PWD/meta\n"
      "pvfs2-mkspace -a -c scratch -i 102 --data-space $PWD/data --meta-space $PWD/meta\n"
      "pvfs2-showcoll -s data -m meta",
      "collection=home id=101\ncollection=scratch id=102" },
    { "It is there:", "pvfs2-mkspace -d --meta-space $PWD/meta --data-space $PWD/data",
      "pvfs2-mkspace: there is a storage space in .../meta already: ..." },
};
static const struct tool tool = {
    .name = "pvfs2-mkspace",
    .usage = usage,
    .purpose = "makes a storage space, or a place for one more file system in it",
    .description =
        "With FS.CONF it does what pvfs2-server -f does; with -a it moves a file system that was\n"
        "written into the configuration later into the spaces of its servers, once for each server,\n"
        "whose root directory's owner gets the root directory. Without FS.CONF the space is for a\n"
        "server that has all handles to itself; a configuration must then say the same of the file\n"
        "system (ID, RootHandle) as the options.\n"
        "\n"
        "Handle ranges are checked but not stored: a space only knows how far each of its ranges has\n"
        "been given out.",
    TOOL_OPTIONS (options),
    TOOL_EXAMPLES (examples),
    .max_operands = 1,
    .admin = true,
    .environment = "",
};

static bool
names_folders (const struct offline_space *s)
{
    return s->data != NULL || s->meta != NULL;
}

static bool
says_anything (const struct offline_space *s)
{
    return s->name != NULL || s->id != NULL || s->root != NULL || s->meta_ranges != NULL || s->data_ranges != NULL;
}

static void
check (const struct choices *c, const char *config)
{
    const struct offline_space *s = &c->space;
    bool only_name = s->id == NULL && s->root == NULL && s->meta_ranges == NULL && s->data_ranges == NULL;
    if (config != NULL && (names_folders (s) || c->defaults || !only_name))
        tool_usage ("with a configuration only -a, -c, -D and -A have a meaning");
    if (config != NULL && c->add != (s->name != NULL))
        tool_usage ("-a and -c go together with a configuration");
    if (config == NULL && c->alias != NULL)
        tool_usage ("-A needs a configuration");
    if (config == NULL && !c->defaults && !c->delete && !says_anything (s))
        tool_usage ("nothing is said of the file system: say -d for the defaults, or at least -c and -i");
    if (c->delete && c->add && s->name == NULL && s->id == NULL)
        tool_usage ("which file system is to be removed? say -c or -i");
}

/* By the name that was asked for; without a configuration there is only one. */
static const struct config_fs *
chosen_fs (const struct offline *o, const struct choices *c, const char *config)
{
    if (config == NULL)
        return &o->config->fs[0];
    const struct config_fs *fs = config_find_fs (o->config, c->space.name);
    if (fs == NULL)
        tool_die ("no file system '%s' in %s", c->space.name, config);
    return fs;
}

int
main (int argc, char **argv)
{
    struct choices c = { 0 };
    struct offline o;
    const char *config = tool_parse (&tool, argc, argv, &c)[0];
    int r;
    check (&c, config);
    if (config != NULL)
        offline_of_config (&o, config, c.alias);
    else
        offline_of_space (&o, &c.space);
    if (c.delete && c.add)
        r = offline_drop (&o, config != NULL || c.space.id == NULL ? c.space.name : c.space.id);
    else if (c.delete)
        r = server_rmfs (&o.server);
    else if (c.add)
        r = server_add_fs (&o.server, chosen_fs (&o, &c, config));
    else
        r = server_mkfs (&o.server);
    if (r < 0)
        offline_report (&o, o.server.alias, r);
    offline_close (&o);
    return tool_end (r < 0 ? TOOL_FAILED : TOOL_OK);
}
