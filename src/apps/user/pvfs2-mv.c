/* pvfs2-mv: gives files and directories other names. Single-threaded. */
#include "apps/common/session.h"

struct choices {
    bool force, no_clobber, exchange, plain;
};

static const struct tool_option options[] = {
    OPT_SWITCH ('f', "force", struct choices, force, "replace what may be replaced (the default)"),
    OPT_SWITCH ('n', "no-clobber", struct choices, no_clobber,
                "replace nothing: a name that is taken is a failure"),
    OPT_SWITCH (0, "exchange", struct choices, exchange,
                "the two paths, which are both there, change what they name, at once"),
    OPT_SWITCH ('T', "no-target-directory", struct choices, plain,
                "PATH is the new name itself, also if it is a directory"),
};
static const char *const usage[] = { "[OPTION...] SOURCE PATH", "[OPTION...] SOURCE... DIRECTORY",
                                     "--exchange PATH PATH", NULL };
static const struct tool_example examples[] = {
    { "Another name, then into a directory:",
      "pvfs2-mkdir /mnt/pvfs2/dir\n"
      "pvfs2-touch /mnt/pvfs2/old\n"
      "pvfs2-mv /mnt/pvfs2/old /mnt/pvfs2/new\n"
      "pvfs2-mv /mnt/pvfs2/new /mnt/pvfs2/dir\n"
      "pvfs2-ls /mnt/pvfs2/dir",
      "new" },
    { "What has the name already stays:",
      "pvfs2-touch /mnt/pvfs2/other\n"
      "pvfs2-mv -n /mnt/pvfs2/other /mnt/pvfs2/dir/new",
      "pvfs2-mv: /dir/new: is there already, and -n replaces nothing" },
    { "Two directories change places:",
      "pvfs2-mkdir /mnt/pvfs2/next\n"
      "pvfs2-mv --exchange /mnt/pvfs2/dir /mnt/pvfs2/next\n"
      "pvfs2-ls /mnt/pvfs2/next",
      "new" },
};
static const struct tool tool = {
    .name = "pvfs2-mv",
    .usage = usage,
    .purpose = "renames files and directories of a PVFS2 file system",
    .description =
        "If PATH is a directory, the source keeps its last name and moves into it. What had the\n"
        "new name is replaced in one step: a file by a file, an empty directory by a directory.\n"
        "A symbolic link is moved itself. Nothing is copied, so source and PATH lie in one file\n"
        "system; from one into another pvfs2-cp -r copies and pvfs2-rm -r removes.",
    TOOL_OPTIONS (options),
    TOOL_EXAMPLES (examples),
    .min_operands = 2,
    .max_operands = -1,
};

struct mover {
    struct session session;
    uint32_t flags; /* PVFS_RENAME_... */
};

/* One end of a move. */
struct end {
    struct place place;
    PVFS_object_ref dir;
    char name[PVFS_NAME_MAX];
};

static bool
find_end (struct mover *m, struct end *e)
{
    if (strcmp (e->place.path, "/") == 0) {
        tool_error ("%s: the root of a file system has no other name", e->place.given);
        return false;
    }
    int r = place_parent (&m->session, &e->place, &e->dir, e->name);
    if (r < 0)
        tool_fail (e->place.given, r);
    return r == 0;
}

/* Two names of one file: rename leaves both, so the old one is removed, as it was asked for. */
static bool
move_same (struct mover *m, struct end *from, const struct end *to)
{
    if (from->dir.handle == to->dir.handle && strcmp (from->name, to->name) == 0) {
        tool_error ("%s and %s are the same", from->place.given, to->place.given);
        return false;
    }
    int r = PVFS_sys_remove (from->name, from->dir, &m->session.cred, PVFS_HINT_NULL);
    if (r < 0)
        tool_fail (from->place.given, r);
    return r == 0;
}

static bool
is_same (struct mover *m, const struct end *from, const struct end *to)
{
    PVFS_object_ref a, b;
    return place_lookup (&m->session, &from->place, false, &a) == 0
           && place_lookup (&m->session, &to->place, false, &b) == 0 && a.handle == b.handle;
}

static void
move_fail (const struct mover *m, const struct end *from, const struct end *to, int err)
{
    if (err == -PVFS_EINVAL)
        tool_error ("%s: a directory cannot be moved into itself", from->place.given);
    else if (err == -PVFS_EEXIST && m->flags == PVFS_RENAME_NOREPLACE)
        tool_error ("%s: is there already, and -n replaces nothing", to->place.path);
    else if (err == -PVFS_ENOENT && m->flags == PVFS_RENAME_EXCHANGE)
        tool_error ("%s, %s: both must be there to be exchanged", from->place.given,
                    to->place.given);
    else if (err == -PVFS_ENOENT)
        tool_fail (from->place.given, err);
    else
        tool_fail (to->place.path, err);
}

static bool
move (struct mover *m, const char *source, const struct place *target, bool enter)
{
    struct end from, to = { .place = *target };
    int r = place_of (source, &from.place);
    if (r < 0) {
        place_fail (source, r);
        return false;
    }
    if (from.place.fs != target->fs) {
        tool_error ("%s and %s lie in different file systems: pvfs2-cp -r copies, then pvfs2-rm -r "
                    "removes",
                    source, target->given);
        return false;
    }
    r = enter ? place_enter (&m->session, &to.place, source) : 0;
    if (r < 0) {
        tool_fail (source, r);
        return false;
    }
    if (!find_end (m, &from) || !find_end (m, &to))
        return false;
    if (m->flags == 0 && is_same (m, &from, &to))
        return move_same (m, &from, &to);
    r = PVFS_sys_rename2 (from.name, from.dir, to.name, to.dir, m->flags, &m->session.cred,
                          PVFS_HINT_NULL);
    if (r < 0)
        move_fail (m, &from, &to, r);
    return r == 0;
}

static bool
is_directory (struct mover *m, const struct place *p)
{
    PVFS_object_ref ref;
    PVFS_sys_attr attr;
    return place_lookup (&m->session, p, true, &ref) == 0
           && get_attr (&m->session, ref, PVFS_ATTR_SYS_TYPE, &attr) == 0
           && attr.objtype == PVFS_TYPE_DIRECTORY;
}

/* How many did not move. */
static unsigned
move_all (struct mover *m, char **sources, int n, const char *target, bool enter)
{
    struct place p;
    unsigned failures = 0;
    int r = place_of (target, &p);
    if (r < 0) {
        place_fail (target, r);
        return 1;
    }
    if (n > 1 && !is_directory (m, &p)) {
        tool_error ("%s: is no directory, which the target of several must be", target);
        return 1;
    }
    for (int i = 0; i < n; i++)
        failures += !move (m, sources[i], &p, enter);
    return failures;
}

int
main (int argc, char **argv)
{
    struct choices c = { 0 };
    struct mover m = { .flags = 0 };
    char **operands = tool_parse (&tool, argc, argv, &c);
    int n = 0;
    while (operands[n + 1] != NULL)
        n++;
    if (c.force + c.no_clobber + c.exchange > 1)
        tool_usage ("only one of -f, -n and --exchange can be");
    if (n > 1 && (c.exchange || c.plain))
        tool_usage ("'%s' is one operand too many", operands[2]);
    m.flags = c.no_clobber ? PVFS_RENAME_NOREPLACE : c.exchange ? PVFS_RENAME_EXCHANGE : 0;
    session_open (&m.session);
    unsigned failures = move_all (&m, operands, n, operands[n], !c.exchange && !c.plain);
    session_close (&m.session);
    return tool_end (failures > 0 ? TOOL_FAILED : TOOL_OK);
}
