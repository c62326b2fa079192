/* pvfs2-ls: lists directories. Single-threaded. With LS_PLUS it is pvfs2-lsplus, which asks for names
 * and attributes together even where only names are shown.
 */
#include <stdio.h>

#include "apps/common/fields.h"
#include "apps/common/format.h"
#include "apps/common/parts.h"

struct choices {
    bool long_form, all, almost_all, recursive, human, si, directory, numeric, handles;
    bool no_owner, no_group, no_group_long, by_time, all_times, json;
};

static const struct tool_option options[] = {
    OPT_SWITCH ('l', NULL, struct choices, long_form,
                "mode, number of names, owner, group, size and time of last change too"),
    OPT_SWITCH ('a', "all", struct choices, all, "entries that begin with a dot too, and . and .."),
    OPT_SWITCH ('A', "almost-all", struct choices, almost_all, "the same without . and .."),
    OPT_SWITCH ('R', "recursive", struct choices, recursive, "what is below directories too"),
    OPT_SWITCH ('h', "human-readable", struct choices, human, "sizes as 1.5K, 23M, 4.0G"),
    OPT_SWITCH (0, "si", struct choices, si, "the same by powers of 1000"),
    OPT_SWITCH ('t', NULL, struct choices, by_time, "what was changed last comes first"),
    OPT_SWITCH (0, "all-times", struct choices, all_times,
                "like -l, with the times of last access, change and change of attributes"),
    OPT_SWITCH ('g', NULL, struct choices, no_owner, "like -l, without the owner"),
    OPT_SWITCH ('o', NULL, struct choices, no_group_long, "like -l, without the group"),
    OPT_SWITCH ('G', "no-group", struct choices, no_group, "no group in what -l shows"),
    OPT_SWITCH ('d', "directory", struct choices, directory, "directories themselves"),
    OPT_SWITCH ('n', "numeric-uid-gid", struct choices, numeric, "like -l, with ids as numbers"),
    OPT_SWITCH ('i', "inode", struct choices, handles, "the handle before each name"),
    OPT_SWITCH (0, "json", struct choices, json, "an array with an object for each name; with -l its attributes as of pvfs2-stat"),
};
static const char *const usage[] = { "[OPTION...] [PATH...]", NULL };
#ifdef LS_PLUS
enum { PLUS = true };
static const struct tool_example plus_examples[] = {
    { NULL,
      "pvfs2-touch /mnt/pvfs2/one /mnt/pvfs2/two\n"
      "pvfs2-lsplus -l /mnt/pvfs2",
      "-rw-r--r--    1 root     root                0 ... one\n"
      "-rw-r--r--    1 root     root                0 ... two" },
};
static const struct tool tool = {
    .name = "pvfs2-lsplus",
    .usage = usage,
    .purpose = "lists directories of a PVFS2 file system, with readdirplus",
    .description =
        "It is pvfs2-ls(1), but asks the servers for each directory's names and attributes together,\n"
        "as a mount does, also where only names are shown: to see what that costs, and what it\n"
        "gives. pvfs2-ls does so only where attributes are needed.",
    TOOL_OPTIONS (options),
    TOOL_EXAMPLES (plus_examples),
    .max_operands = -1,
};
#else
enum { PLUS = false };
static const struct tool_example examples[] = {
    { NULL,
      "pvfs2-mkdir /mnt/pvfs2/results\n"
      "pvfs2-touch /mnt/pvfs2/results/.hidden /mnt/pvfs2/notes\n"
      "pvfs2-ls /mnt/pvfs2",
      "notes\n"
      "results" },
    { "Modes, number of names, owners, sizes and times too:",
      "pvfs2-truncate -s 1500K /mnt/pvfs2/notes\n"
      "pvfs2-ls -lh /mnt/pvfs2",
      "-rw-r--r--    1 root     root             1.5M 20...-...-... ...:... notes\n"
      "drwxr-xr-x    2 root     root             4.0K 20...-...-... ...:... results" },
    { "What was changed last comes first:",
      "pvfs2-touch -d 2026-01-31\\ 14:03:00 /mnt/pvfs2/notes\n"
      "pvfs2-ls -tog --si /mnt/pvfs2",
      "drwxr-xr-x    2 ... 20...-...-... ...:... results\n"
      "-rw-r--r--    1 ... 2026-01-31 14:03 notes" },
    { "Everything below, with what begins with a dot, and the handle of each object:",
      "pvfs2-ls -ARi /mnt/pvfs2",
      "/mnt/pvfs2:\n"
      "... notes\n"
      "... results\n"
      "\n"
      "/mnt/pvfs2/results:\n"
      "... .hidden" },
    { "For a script:",
      "pvfs2-ls --json /mnt/pvfs2",
      "[\n"
      "{\"name\": \"notes\", \"directory\": \"/mnt/pvfs2\", \"handle\": ...},\n"
      "{\"name\": \"results\", \"directory\": \"/mnt/pvfs2\", \"handle\": ...}\n"
      "]" },
};
static const struct tool tool = {
    .name = "pvfs2-ls",
    .usage = usage,
    .purpose = "lists directories of a PVFS2 file system",
    .description = "Without a PATH it lists the current directory if that lies in a PVFS2 file\n"
                   "system, else the root of the first one that is configured.",
    TOOL_OPTIONS (options),
    TOOL_EXAMPLES (examples),
    .max_operands = -1,
};
#endif

enum { LONG_MASK = PVFS_ATTR_SYS_COMMON_ALL | PVFS_ATTR_SYS_SIZE | PVFS_ATTR_SYS_LNK_TARGET };

struct lister {
    struct session session;
    struct choices choices;
    struct fields fields; /* with --json */
    const char *directory; /* whose entries are being shown; NULL: operands themselves */
    bool failed, printed;
};

static uint32_t
mask_of (const struct lister *l)
{
    return l->choices.long_form || l->choices.by_time || PLUS ? LONG_MASK : l->choices.recursive ? PVFS_ATTR_SYS_TYPE : 0;
}

static void
print_owners (const struct choices *c, const char *user, const char *group)
{
    if (!c->no_owner)
        printf (" %-8s", user);
    if (!c->no_group)
        printf (" %-8s", group);
}

static void
print_times (const struct choices *c, const PVFS_stat *st)
{
    const PVFS_time_ns all[] = { st->atime, st->mtime, st->ctime };
    char text[FORMAT_ROOM];
    for (size_t i = 0; i < ARRAY_SIZE (all); i++) {
        if (!c->all_times && i != 1)
            continue;
        format_time (all[i], false, text);
        printf (" %s", text);
    }
}

static void
put_entry (struct lister *l, const char *name, const struct entry *e)
{
    struct fields *f = &l->fields;
    fields_begin (f, name);
    if (l->directory != NULL)
        fields_text (f, "directory", l->directory);
    fields_handle (f, "handle", e->ref.handle);
    if (l->choices.long_form && e->error == 0) {
        fields_text (f, "type", object_type_name (e->attr.objtype));
        fields_stat (f, &e->stat);
        if (e->attr.link_target != NULL)
            fields_text (f, "target", e->attr.link_target);
    }
    fields_end (f);
}

static void
print_entry (struct lister *l, const char *name, const struct entry *e)
{
    const struct choices *c = &l->choices;
    char mode[FORMAT_ROOM], user[FORMAT_ROOM], group[FORMAT_ROOM], size[FORMAT_ROOM];
    if (c->json) {
        put_entry (l, name, e);
        return;
    }
    if (c->handles)
        printf ("%20llu ", (unsigned long long)e->ref.handle);
    if (!c->long_form) {
        printf ("%s\n", name);
        return;
    }
    if (e->error != 0) {
        printf ("%-10s %4s", "?", "?");
        print_owners (c, "?", "?");
        printf (" %12s %-16s %s\n", "?", "?", name);
        return;
    }
    const PVFS_stat *st = &e->stat;
    format_mode (st->mode, mode);
    format_user (st->owner, c->numeric, user);
    format_group (st->group, c->numeric, group);
    if (S_ISCHR (st->mode) || S_ISBLK (st->mode))
        format_device (st->rdev, size);
    else if (c->si)
        PVFS_util_make_size_human_readable (st->size, size, sizeof size, 1);
    else
        format_size (st->size, c->human, size);
    printf ("%s %4u", mode, st->nlink);
    print_owners (c, user, group);
    printf (" %12s", size);
    print_times (c, st);
    printf (" %s", name);
    if (e->attr.link_target != NULL)
        printf (" -> %s", e->attr.link_target);
    putchar ('\n');
}

/* The object itself under another name: an operand, "." or "..". */
static void
print_object (struct lister *l, const char *name, PVFS_object_ref ref)
{
    struct entry e = { .ref = ref };
    if (l->choices.long_form)
        e.error = get_attr (&l->session, ref, LONG_MASK, &e.attr);
    if (l->choices.long_form && e.error == 0)
        e.error = get_stat (&l->session, ref, &e.stat);
    if (e.error != 0) {
        tool_fail (name, e.error);
        l->failed = true;
    }
    print_entry (l, name, &e);
    PVFS_util_release_sys_attr (&e.attr);
}

static void
print_dots (struct lister *l, const struct place *dir, PVFS_object_ref ref)
{
    print_object (l, ".", ref);
    struct place up = *dir;
    char name[PVFS_NAME_MAX];
    PVFS_object_ref parent = ref;
    if (strcmp (up.path, "/") != 0) {
        int r = place_parent (&l->session, dir, &parent, name);
        if (r < 0)
            parent = ref;
    }
    print_object (l, "..", parent);
}

static void list_directory (struct lister *l, const struct place *dir, PVFS_object_ref ref,
                            bool heading);

static void
descend (struct lister *l, const struct place *dir, const struct listing *entries)
{
    for (size_t i = 0; i < entries->n; i++) {
        const struct entry *e = &entries->entries[i];
        bool hidden = e->name[0] == '.' && !l->choices.all && !l->choices.almost_all;
        if (hidden || e->error != 0 || e->attr.objtype != PVFS_TYPE_DIRECTORY)
            continue;
        struct place below = { .fs = dir->fs };
        bool slash = dir->path[1] != '\0';
        if (snprintf (below.path, sizeof below.path, "%s%s%s", dir->path, slash ? "/" : "", e->name)
            >= (int)sizeof below.path) {
            tool_fail (e->name, -PVFS_ENAMETOOLONG);
            l->failed = true;
            continue;
        }
        const char *given = dir->given;
        char *name =
            tool_text ("%s%s%s", given, given[strlen (given) - 1] == '/' ? "" : "/", e->name);
        below.given = name;
        list_directory (l, &below, e->ref, true);
        free (name);
    }
}

static int
newer_first (const void *a, const void *b)
{
    const struct entry *x = a, *y = b;
    int64_t s = (int64_t) x->stat.mtime, t = (int64_t) y->stat.mtime; /* also before 1970 */
    return s != t ? (s < t) - (s > t) : strcmp (x->name, y->name);
}

static void
list_directory (struct lister *l, const struct place *dir, PVFS_object_ref ref, bool heading)
{
    struct listing entries;
    int r = listing_read (&l->session, ref, mask_of (l), &entries);
    if (r < 0) {
        tool_fail (dir->given, r);
        l->failed = true;
        return;
    }
    if (l->choices.by_time)
        qsort (entries.entries, entries.n, sizeof *entries.entries, newer_first);
    if (heading && !l->choices.json)
        printf ("%s%s:\n", l->printed ? "\n" : "", dir->given);
    l->printed = true;
    l->directory = dir->given;
    if (l->choices.all)
        print_dots (l, dir, ref);
    for (size_t i = 0; i < entries.n; i++) {
        const struct entry *e = &entries.entries[i];
        if (e->name[0] == '.' && !l->choices.all && !l->choices.almost_all)
            continue;
        if (e->error == -PVFS_ENOENT || e->error == -PVFS_ESTALE)
            continue; /* removed meanwhile */
        if (e->error != 0) {
            tool_fail (e->name, e->error);
            l->failed = true;
        }
        print_entry (l, e->name, e);
    }
    if (l->choices.recursive)
        descend (l, dir, &entries);
    listing_free (&entries);
}

struct operand {
    struct place place;
    PVFS_object_ref ref;
    bool is_directory;
};

static bool
look_at (struct lister *l, const char *given, struct operand *o)
{
    PVFS_sys_attr attr;
    if (!find (&l->session, given, !l->choices.long_form && !l->choices.directory, &o->place,
               &o->ref))
        return false;
    int r = get_attr (&l->session, o->ref, PVFS_ATTR_SYS_TYPE, &attr);
    if (r < 0) {
        tool_fail (given, r);
        return false;
    }
    o->is_directory = attr.objtype == PVFS_TYPE_DIRECTORY && !l->choices.directory;
    return true;
}

/* Files first, then directories. */
static void
list_all (struct lister *l, char **given, int n)
{
    struct operand *operands = tool_alloc ((size_t)n * sizeof *operands);
    int found = 0;
    for (int i = 0; i < n; i++) {
        if (look_at (l, given[i], &operands[found]))
            found++;
        else
            l->failed = true;
    }
    for (int i = 0; i < found; i++) {
        if (operands[i].is_directory)
            continue;
        print_object (l, operands[i].place.given, operands[i].ref);
        l->printed = true;
    }
    for (int i = 0; i < found; i++) {
        if (operands[i].is_directory)
            list_directory (l, &operands[i].place, operands[i].ref, n > 1 || l->choices.recursive);
    }
    free (operands);
}

/* "." or the first volume's mount directory. */
static char *
default_operand (void)
{
    struct place here;
    PVFS_fs_id fs;
    struct PVFS_sys_mntent m;
    if (place_of (".", &here) == 0)
        return tool_text (".");
    int r = PVFS_util_get_default_fsid (&fs);
    if (r == 0)
        r = PVFS_util_get_mntent_copy (fs, &m);
    if (r < 0)
        tool_usage ("names no path, and the current directory is in no PVFS2 file system");
    char *dir = tool_text ("%s", m.mnt_dir);
    PVFS_util_free_mntent (&m);
    return dir;
}

int
main (int argc, char **argv)
{
    struct lister l = { .failed = false };
    char **paths = tool_parse (&tool, argc, argv, &l.choices);
    char *only[2] = { NULL, NULL };
    int n = 0;
    l.choices.no_group |= l.choices.no_group_long;
    l.choices.long_form |= l.choices.numeric || l.choices.no_owner || l.choices.no_group_long || l.choices.all_times;
    session_open (&l.session);
    if (paths[0] == NULL) {
        only[0] = default_operand ();
        paths = only;
    }
    while (paths[n] != NULL)
        n++;
    l.fields.json = l.choices.json;
    fields_open (&l.fields);
    list_all (&l, paths, n);
    fields_close (&l.fields);
    session_close (&l.session);
    free (only[0]);
    return tool_end (l.failed ? TOOL_FAILED : TOOL_OK);
}
