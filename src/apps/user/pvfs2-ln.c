/* pvfs2-ln: makes hard and symbolic links. Single-threaded. */
#include <stdio.h>
#include <unistd.h>

#include "apps/common/session.h"

struct choices {
    bool symbolic, force;
};

static const struct tool_option options[] = {
    OPT_SWITCH ('s', "symbolic", struct choices, symbolic, "a symbolic link"),
    OPT_SWITCH ('f', "force", struct choices, force,
                "replace a file or link of that name, which is missing at no time"),
};
static const char *const usage[] = { "[OPTION...] TARGET PATH", "-s [OPTION...] TEXT PATH", NULL };
static const struct tool_example examples[] = {
    { "One more name for a file, and a symbolic link:",
      "pvfs2-touch /mnt/pvfs2/file\n"
      "pvfs2-ln /mnt/pvfs2/file /mnt/pvfs2/name\n"
      "pvfs2-ln -s file /mnt/pvfs2/link\n"
      "pvfs2-ls -l /mnt/pvfs2",
      "-rw-r--r--    2 root     root                0 ... file\n"
      "lrwxrwxrwx    1 root     root                4 ... link -> file\n"
      "-rw-r--r--    2 root     root                0 ... name" },
    { "A link that is missing at no time while it changes:",
      "pvfs2-ln -sf name /mnt/pvfs2/link\n"
      "pvfs2-ls -l /mnt/pvfs2/link",
      "lrwxrwxrwx    1 root     root                4 ... /mnt/pvfs2/link -> name" },
};
static const struct tool tool = {
    .name = "pvfs2-ln",
    .usage = usage,
    .purpose = "gives files of a PVFS2 file system more names, or makes symbolic links",
    .description =
        "PATH becomes one more name for the file TARGET of the same file system (a hard link);\n"
        "if TARGET is a symbolic link, for the link itself. Directories have one name only.\n"
        "With -s, PATH becomes a link to TEXT, which is stored as it is and need not exist.\n"
        "If PATH is a directory, the link is made in it, under TARGET's last name.",
    TOOL_OPTIONS (options),
    TOOL_EXAMPLES (examples),
    .min_operands = 2,
    .max_operands = 2,
};

/* A link that is to be made. */
struct wish {
    struct session *session;
    char *target;           /* of a symbolic one, else NULL */
    PVFS_object_ref object; /* for a hard one */
};

static int
make (const struct wish *w, PVFS_object_ref dir, char *name)
{
    const PVFS_credential *cred = &w->session->cred;
    PVFS_sysresp_symlink resp;
    if (w->target == NULL)
        return PVFS_sys_link (name, dir, w->object, cred, PVFS_HINT_NULL);
    return PVFS_sys_symlink (name, dir, w->target, new_attr (w->session, 0777), cred, &resp,
                             PVFS_HINT_NULL);
}

/* Made under another name and moved over the old one. Two names of one file do not replace each
 * other, so what is left then is removed. */
static int
replace (const struct wish *w, PVFS_object_ref dir, char *name)
{
    const PVFS_credential *cred = &w->session->cred;
    char temporary[64];
    snprintf (temporary, sizeof temporary, ".pvfs2-ln.%ld", (long)getpid ());
    int r = make (w, dir, temporary);
    if (r < 0)
        return r;
    r = PVFS_sys_rename (temporary, dir, name, dir, cred, PVFS_HINT_NULL);
    int left = PVFS_sys_remove (temporary, dir, cred, PVFS_HINT_NULL);
    return r < 0 || left == -PVFS_ENOENT ? r : left;
}

static int
make_link (const struct wish *w, const struct place *p, bool force)
{
    PVFS_object_ref dir;
    char name[PVFS_NAME_MAX];
    int r = place_parent (w->session, p, &dir, name);
    if (r == 0)
        r = make (w, dir, name);
    return r == -PVFS_EEXIST && force ? replace (w, dir, name) : r;
}

/* The object of a hard link, which must lie where the link will. */
static bool
find_object (struct session *s, const char *target, const struct place *p, PVFS_object_ref *ret)
{
    struct place from;
    PVFS_sys_attr attr;
    if (!find (s, target, false, &from, ret))
        return false;
    int r = get_attr (s, *ret, PVFS_ATTR_SYS_TYPE, &attr);
    if (r < 0)
        tool_fail (target, r);
    else if (attr.objtype == PVFS_TYPE_DIRECTORY)
        tool_error ("%s: is a directory, which has one name only (-s makes a symbolic link)",
                    target);
    else if (from.fs != p->fs)
        tool_error ("%s: lies in another file system than %s (-s makes a symbolic link)", target,
                    p->given);
    else
        return true;
    return false;
}

static bool
run (struct session *s, const struct choices *c, char *target, const char *path)
{
    struct place p;
    struct wish wish = { .session = s, .target = c->symbolic ? target : NULL };
    int r = place_of (path, &p);
    if (r < 0) {
        place_fail (path, r);
        return false;
    }
    if (!c->symbolic && !find_object (s, target, &p, &wish.object))
        return false;
    r = place_enter (s, &p, target);
    if (r == -PVFS_EINVAL) {
        tool_error ("%s: is a directory, and %s has no last name", path, target);
        return false;
    }
    if (r == 0)
        r = make_link (&wish, &p, c->force);
    if (r < 0)
        tool_fail (path, r);
    return r == 0;
}

int
main (int argc, char **argv)
{
    struct choices choices = { 0 };
    struct session s;
    char **operands = tool_parse (&tool, argc, argv, &choices);
    session_open (&s);
    bool done = run (&s, &choices, operands[0], operands[1]);
    session_close (&s);
    return tool_end (done ? TOOL_OK : TOOL_FAILED);
}
