/* pvfs2-db-display: the records of a storage space's database in words. Single-threaded. */
#include <stdio.h>

#include "apps/storage/offline.h"
#include "apps/storage/show.h"

struct choices {
    const char *path, *fs;
    bool json;
};

static const struct tool_option options[] = {
    OPT_TEXT ('d', "dbpath", "DIR", struct choices, path, "the metadata folder, instead of the operand"),
    OPT_TEXT ('c', "hexdir", "HEX", struct choices, fs,
              "only records of the file system of this ID, in hexadecimal as in the data folder"),
    OPT_SWITCH (0, "json", struct choices, json, "an array with an object per record"),
};
static const char *const usage[] = { "[-c HEX] [--json] DIR", NULL };
static const struct tool_example examples[] = {
    { "What a new space begins with:",
      "pvfs2-mkspace -d --data-space $PWD/space --meta-space $PWD/space\n"
      "pvfs2-db-display space | head -n 2",
      "fs=9 record=attributes handle=4 object=dirdata mode=0000 uid=0 gid=0 links=0 ...\n"
      "fs=9 record=attributes handle=1048576 object=directory mode=0777 uid=0 gid=0 links=2 ..." },
};
static const struct tool tool = {
    .name = "pvfs2-db-display",
    .usage = usage,
    .purpose = "prints the database of a storage space, decoded",
    .description =
        "One line per record, in the order of the database: file system (0: the server's own), kind,\n"
        "handle, and what the record says. Records that cannot be read are marked and make the exit\n"
        "status 1. Spaces of earlier formats are read as well. No server may use the space; after a\n"
        "crash the database is recovered first, as a start of the server would do.",
    TOOL_OPTIONS (options),
    TOOL_EXAMPLES (examples),
    .max_operands = 1,
    .admin = true,
    .environment = "",
};

struct display {
    struct show show;
    obj_fsid only; /* 0: all */
};

static int
show_one (void *arg, const struct trove_record *r)
{
    struct display *d = arg;
    if (d->only == 0 || r->fs == d->only)
        show_record (&d->show, r);
    return 0;
}

int
main (int argc, char **argv)
{
    struct choices c = { 0 };
    char **operands = tool_parse (&tool, argc, argv, &c), *end;
    if ((c.path != NULL) == (operands[0] != NULL))
        tool_usage ("one folder is wanted, DIR or -d");
    const char *path = c.path != NULL ? c.path : operands[0];
    struct display d = { .show.json = c.json };
    if (c.fs != NULL && ((d.only = (obj_fsid)strtoul (c.fs, &end, 16)) == 0 || *end != '\0'))
        tool_usage ("-c %s: not a hexadecimal number", c.fs);
    struct offline_records records;
    offline_records_open (&records, NULL, path);
    show_open (&d.show);
    int r = trove_space_each (records.space, &(struct trove_key){ .fs = d.only }, show_one, &d);
    show_close (&d.show);
    offline_records_close (&records);
    if (r < 0)
        tool_error ("%s: %s", path, strerror (-r));
    if (d.show.unreadable > 0)
        tool_error ("%lu of %lu records are unreadable: pvfs2-fsck or a backup may help", d.show.unreadable,
                    d.show.printed);
    return tool_end (r < 0 || d.show.unreadable > 0 ? TOOL_FAILED : TOOL_OK);
}
