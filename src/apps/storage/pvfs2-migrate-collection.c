/* pvfs2-migrate-collection: storage spaces of an earlier format become ones that this version's
 * servers take. Single-threaded. */
#include "apps/storage/offline.h"

#include <stdio.h>
#include <sys/stat.h>

struct choices {
    bool all, dry_run, json;
    const char *alias, *config;
};

static const struct tool_option options[] = {
    OPT_SWITCH ('a', "all", struct choices, all,
                "the spaces of all servers whose metadata folder is on this machine"),
    OPT_TEXT ('A', "alias", "NAME", struct choices, alias,
              "the space of this server (default: the host's name)"),
    OPT_TEXT ('f', "config", "FILE", struct choices, config, "the configuration, instead of FS.CONF"),
    OPT_SWITCH ('n', "dry-run", struct choices, dry_run, "say what would be done, change nothing"),
    OPT_SWITCH (0, "json", struct choices, json, "an array with an object per space"),
};
static const char *const usage[] = { "[-n] [-a | -A NAME] FS.CONF", "[-n] [-a | -A NAME] -f FS.CONF",
                                     NULL };
static const struct tool_example examples[] = {
    { "A machine's servers, which were stopped before:",
      "pvfs2-genconfig --quiet --protocol tcp --ioservers 127.0.0.1 --metaservers 127.0.0.1 "
      "--storage $PWD/store fs.conf\n"
      "pvfs2-server -f -a 127.0.0.1 fs.conf\n"
      "pvfs2-migrate-collection --all fs.conf",
      "127.0.0.1: has the present format" },
};
static const struct tool tool = {
    .name = "pvfs2-migrate-collection",
    .usage = usage,
    .purpose = "brings storage spaces of an earlier version to the present format",
    .description =
        "A server refuses a storage space of an earlier format and names this program. Stop all\n"
        "servers of the file system, and unmount it everywhere, then run it on each machine with\n"
        "servers, once for each of them or with --all.\n"
        "\n"
        "Nothing of a file system is lost or copied: only records whose form has changed are written\n"
        "anew. It may be interrupted at any time, also by a power cut, and is then run once more;\n"
        "the space counts as migrated only when everything is done. There is no way back, so that a\n"
        "backup beforehand (a copy of the folders, servers stopped) does no harm.",
    TOOL_OPTIONS (options),
    TOOL_EXAMPLES (examples),
    .max_operands = 1,
    .admin = true,
    .environment = "",
};

static void
print_one (const struct choices *c, const char *alias, const struct migrate_report *r, bool first)
{
    unsigned long long changed = r->changed, records = r->records;
    if (c->json)
        printf ("%s\n{\"server\": \"%s\", \"format\": %u, \"current\": %s, \"records\": %llu, \"changed\": "
                "%llu}",
                first ? "" : ",", alias, r->from, r->current ? "true" : "false", records, changed);
    else if (r->current)
        printf ("%s: has the present format\n", alias);
    else
        printf ("%s: format %u, %llu of %llu records %s\n", alias, r->from, changed, records,
                c->dry_run ? "would change" : "changed, migrated");
}

static bool
migrate_one (struct offline *o, const struct choices *c, const char *alias, bool first)
{
    struct migrate_report report;
    o->server.alias = alias;
    int r = server_migrate (&o->server, c->dry_run, &report);
    if (r < 0)
        offline_report (o, alias, r);
    else
        print_one (c, alias, &report, first);
    return r == 0;
}

static bool
is_here (const struct config_alias *a)
{
    struct stat st;
    return a->options->meta_storage != NULL && stat (a->options->meta_storage, &st) == 0;
}

static bool
migrate_all (struct offline *o, const struct choices *c)
{
    bool good = true;
    int n = 0;
    for (int i = 0; i < o->config->n_aliases; i++) {
        const struct config_alias *a = &o->config->aliases[i];
        if (is_here (a))
            good &= migrate_one (o, c, a->name, n++ == 0);
    }
    if (n > 0)
        return good;
    tool_error ("no server of the configuration has its MetadataStorageSpace on this machine: run this where the "
                "servers are");
    return false;
}

int
main (int argc, char **argv)
{
    struct choices c = { 0 };
    struct offline o;
    char **operands = tool_parse (&tool, argc, argv, &c);
    if ((c.config != NULL) == (operands[0] != NULL))
        tool_usage ("one configuration is wanted, FS.CONF or -f");
    if (c.all && c.alias != NULL)
        tool_usage ("-a and -A exclude each other");
    const char *path = c.config != NULL ? c.config : operands[0];
    if (c.all)
        offline_of_file (&o, path);
    else
        offline_of_config (&o, path, c.alias);
    if (c.json)
        putchar ('[');
    bool good = c.all ? migrate_all (&o, &c) : migrate_one (&o, &c, o.server.alias, true);
    if (c.json)
        puts ("\n]");
    offline_close (&o);
    return tool_end (good ? TOOL_OK : TOOL_FAILED);
}
