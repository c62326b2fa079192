/* pvfs2-remove-object: takes one object, or one name, out of a damaged file system.
 * Single-threaded.
 */
#include <stdio.h>

#include "apps/common/servers.h"

struct choices {
    const char *mount, *object, *parent, *name;
    int64_t fs_id, timeout;
};

static const struct tool_option options[] = {
    OPT_MOUNT (struct choices, mount),
    OPT_COUNT ('f', "fs-id", "ID", struct choices, fs_id, "the file system with this number"),
    OPT_TEXT ('o', "object", "HANDLE", struct choices, object, "the object to remove"),
    OPT_TEXT ('p', "parent", "HANDLE", struct choices, parent, "the directory that the name is in"),
    OPT_TEXT ('d', "dirent", "NAME", struct choices, name, "the name to remove"),
    OPT_TIMEOUT ('t', struct choices, timeout),
};
static const char *const usage[] = { "[-f ID] -o HANDLE", "[-f ID] -p HANDLE -d NAME", NULL };
static const struct tool_example examples[] = {
    { "A name whose object is gone:",
      "pvfs2-touch /mnt/pvfs2/file\n"
      "pvfs2-remove-object -m /mnt/pvfs2 -o $(pvfs2-ls -i /mnt/pvfs2 | sed 's/ file$//')\n"
      "pvfs2-remove-object -m /mnt/pvfs2 -p 1048576 -d file",
      "" },
};
static const struct tool tool = {
    .name = "pvfs2-remove-object",
    .usage = usage,
    .purpose = "removes an object or a name of a PVFS2 file system by its handle",
    .description =
        "With -o it removes the object itself: a metafile without its datafiles, a datafile, a\n"
        "directory without what is in it; names that lead to it stay. With -p and -d it removes\n"
        "a name; the object stays, and is not counted. Handles are as pvfs2-ls -i,\n"
        "pvfs2-dump(8) and pvfs2-fs-dump(8) show them; a 0x before them makes them hexadecimal.\n"
        "\n"
        "That is for a file system that is damaged; pvfs2-fsck(8) finds and mends damage by\n"
        "itself and knows better. Admin mode (pvfs2-set-mode(8)) lets it through.\n"
        "\n"
        "Only root may remove.",
    TOOL_OPTIONS (options),
    TOOL_EXAMPLES (examples),
    .max_operands = 0,
    .admin = true,
};

static PVFS_object_ref
reference (PVFS_fs_id fs, const char *option, const char *text)
{
    PVFS_object_ref ref = { .handle = parse_handle (text), .fs_id = fs };
    if (ref.handle == 0)
        tool_usage ("%s %s: not a handle", option, text);
    return ref;
}

static void
check_choices (const struct choices *c)
{
    if (c->object != NULL && (c->parent != NULL || c->name != NULL))
        tool_usage ("-o is for an object, -p and -d are for a name: not both at once");
    if (c->object == NULL && (c->parent == NULL || c->name == NULL))
        tool_usage ("removes nothing: -o HANDLE, or -p HANDLE with -d NAME");
}

static int
remove_it (struct session *s, PVFS_fs_id fs, const struct choices *c)
{
    if (c->object != NULL)
        return PVFS_mgmt_remove_object (reference (fs, "-o", c->object), &s->cred, PVFS_HINT_NULL);
    return PVFS_mgmt_remove_dirent (reference (fs, "-p", c->parent), (char *) c->name, &s->cred,
                                    PVFS_HINT_NULL);
}

int
main (int argc, char **argv)
{
    struct choices c = { 0 };
    struct session s;
    tool_parse (&tool, argc, argv, &c);
    check_choices (&c);
    PVFS_fs_id fs = session_open_fs (&s, c.mount, c.fs_id);
    servers_set_timeout (c.timeout);
    const char *what = c.object != NULL ? c.object : c.name;
    int r = remove_it (&s, fs, &c);
    if (r == -PVFS_EPERM)
        tool_error ("%s: Operation not permitted (only root may do this)", what);
    else if (r == -PVFS_EBUSY && c.object != NULL)
        tool_error ("%s: is the root directory, which must stay", what);
    else if (r < 0)
        tool_fail (what, r);
    session_close (&s);
    return tool_end (r < 0 ? TOOL_FAILED : TOOL_OK);
}
