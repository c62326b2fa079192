/* pvfs2-stat: all attributes of objects. Single-threaded. */
#include <stdio.h>

#include "apps/common/fields.h"
#include "apps/common/format.h"
#include "apps/common/parts.h"

struct choices {
    bool follow, json;
};

static const struct tool_option options[] = {
    OPT_SWITCH ('L', "dereference", struct choices, follow, "what a symbolic link points to"),
    OPT_SWITCH (0, "json", struct choices, json, "an array with an object for each"),
};
static const char *const usage[] = { "[OPTION...] PATH...", NULL };
static const struct tool_example examples[] = {
    { NULL,
      "echo hello > hello\n"
      "pvfs2-cp hello /mnt/pvfs2/\n"
      "pvfs2-stat /mnt/pvfs2/hello",
      "  File      : /mnt/pvfs2/hello\n"
      "  Path      : /hello\n"
      "  Type      : file\n"
      "  FS ID     : ...\n"
      "  Handle    : ...\n"
      "  Links     : 1\n"
      "  Size      : 6\n"
      "  Blocks    : 8\n"
      "  Mode      : 0644 (-rw-r--r--)\n"
      "  Owner     : 0 (root)\n"
      "  Group     : 0 (root)\n"
      "  Datafiles : 1\n"
      "  Block size: 65536\n"
      "  Access    : ...\n"
      "  Modify    : ...\n"
      "  Change    : ...\n"
      "  Changes   : 2" },
    { "For a script:",
      "head -c 1000 /dev/zero | pvfs2-write /mnt/pvfs2/data\n"
      "pvfs2-stat --json /mnt/pvfs2/data | python3 -c 'import json, sys; print(json.load(sys.stdin)[0][\"size\"])'",
      "1000" },
};
static const struct tool tool = {
    .name = "pvfs2-stat",
    .usage = usage,
    .purpose = "shows the attributes of files and directories of a PVFS2 file system",
    .description = "Changes counts the changes of the object's own record: it is only good to be\n"
                   "compared with an earlier one. Spreads says of a directory what was chosen for it\n"
                   "(pvfs2-mkdir) or else what the file system's configuration says; there may be fewer\n"
                   "servers. On which it lies is shown by pvfs2-dump.\n"
                   "\n"
                   "With --json names and values are those of pvfs2-dump: times are nanoseconds since\n"
                   "1970, the mode is octal.",
    TOOL_OPTIONS (options),
    TOOL_EXAMPLES (examples),
    .min_operands = 1,
    .max_operands = -1,
};

static void
print_times (const PVFS_stat *a)
{
    char text[FORMAT_ROOM];
    format_time (a->atime, true, text);
    printf ("  Access    : %s\n", text);
    format_time (a->mtime, true, text);
    printf ("  Modify    : %s\n", text);
    format_time (a->ctime, true, text);
    printf ("  Change    : %s\n", text);
}

static void
print_spread (const PVFS_sys_attr *a)
{
    printf ("  Spreads   : at once %d, at most %d servers; ", a->distr_dir_servers_initial,
            a->distr_dir_servers_max);
    if (a->distr_dir_split_size > 0)
        printf ("split at %d entries\n", a->distr_dir_split_size);
    else
        printf ("not split later\n");
}

static void
print_stat (const struct place *p, PVFS_object_ref ref, const PVFS_sys_attr *a, const PVFS_stat *st)
{
    char mode[FORMAT_ROOM], user[FORMAT_ROOM], group[FORMAT_ROOM], device[FORMAT_ROOM];
    format_mode (st->mode, mode);
    format_user (a->owner, false, user);
    format_group (a->group, false, group);
    printf ("  File      : %s", p->given);
    if (a->objtype == PVFS_TYPE_SYMLINK && a->link_target != NULL)
        printf (" -> %s", a->link_target);
    printf ("\n  Path      : %s\n", p->path);
    printf ("  Type      : %s\n", format_type (st->mode));
    format_device (st->rdev, device);
    if (S_ISCHR (st->mode) || S_ISBLK (st->mode))
        printf ("  Device    : %s\n", device);
    printf ("  FS ID     : %d\n", ref.fs_id);
    printf ("  Handle    : %llu\n", (unsigned long long)ref.handle);
    printf ("  Links     : %u\n", st->nlink);
    if (a->objtype != PVFS_TYPE_DIRECTORY)
        printf ("  Size      : %lld\n", (long long)a->size);
    if (S_ISREG (st->mode))
        printf ("  Blocks    : %lld\n", (long long)st->blocks);
    if (a->objtype == PVFS_TYPE_DIRECTORY && (a->mask & PVFS_ATTR_SYS_DIRENT_COUNT))
        printf ("  Entries   : %lld\n", (long long)a->dirent_count);
    if (a->mask & PVFS_ATTR_SYS_DISTDIR_ATTR)
        print_spread (a);
    printf ("  Mode      : %04o (%s)\n", a->perms & 07777u, mode);
    printf ("  Owner     : %u (%s)\n", a->owner, user);
    printf ("  Group     : %u (%s)\n", a->group, group);
    if (S_ISREG (st->mode))
        printf ("  Datafiles : %d\n", a->dfile_count);
    if (S_ISREG (st->mode) && a->blksize > 0)
        printf ("  Block size: %lld\n", (long long)a->blksize);
    print_times (st);
    printf ("  Changes   : %llu\n", (unsigned long long)st->change);
}

static void
put_stat (struct fields *f, const struct place *p, PVFS_object_ref ref, const PVFS_sys_attr *a, const PVFS_stat *st)
{
    fields_begin (f, p->given);
    fields_text (f, "path", p->path);
    fields_handle (f, "handle", ref.handle);
    fields_number (f, "fs_id", ref.fs_id);
    fields_text (f, "type", object_type_name (a->objtype));
    fields_stat (f, st);
    fields_attr (f, a);
    if (S_ISREG (st->mode))
        fields_number (f, "datafiles", a->dfile_count);
    fields_end (f);
}

static bool
show (struct session *s, const char *given, const struct choices *c, struct fields *f)
{
    struct place p;
    PVFS_object_ref ref;
    PVFS_sys_attr attr;
    PVFS_stat st;
    if (!find (s, given, c->follow, &p, &ref))
        return false;
    int r = get_stat (s, ref, &st);
    if (r == 0)
        r = get_attr (s, ref, PVFS_ATTR_SYS_ALL, &attr);
    if (r < 0) {
        tool_fail (given, r);
        return false;
    }
    if (c->json)
        put_stat (f, &p, ref, &attr, &st);
    else
        print_stat (&p, ref, &attr, &st);
    PVFS_util_release_sys_attr (&attr);
    return true;
}

int
main (int argc, char **argv)
{
    struct choices choices = { 0 };
    struct session s;
    bool failed = false;
    char **paths = tool_parse (&tool, argc, argv, &choices);
    struct fields fields = { .json = choices.json };
    session_open (&s);
    fields_open (&fields);
    for (; *paths != NULL; paths++)
        failed |= !show (&s, *paths, &choices, &fields);
    fields_close (&fields);
    session_close (&s);
    return tool_end (failed ? TOOL_FAILED : TOOL_OK);
}
