/* pvfs2-ln: makes symbolic links. Single-threaded. */
#include "apps/common/session.h"

struct choices {
    bool symbolic, force;
};

static const struct tool_option options[] = {
    OPT_SWITCH ('s', "symbolic", struct choices, symbolic,
                "a symbolic link (the only kind so far)"),
    OPT_SWITCH ('f', "force", struct choices, force, "replace a file or link of that name"),
};
static const char *const usage[] = { "-s [OPTION...] TARGET PATH", NULL };
static const struct tool tool = {
    .name = "pvfs2-ln",
    .usage = usage,
    .purpose = "makes symbolic links in a PVFS2 file system",
    .description =
        "PATH becomes a link to TARGET, which is stored as it is and need not exist. If PATH\n"
        "is a directory, the link is made in it, under TARGET's last name.",
    TOOL_OPTIONS (options),
    .min_operands = 2,
    .max_operands = 2,
};

/* Into a directory: under the target's own name. */
static void
enter_directory (struct session *s, struct place *p, const char *target)
{
    PVFS_object_ref ref;
    PVFS_sys_attr attr;
    const char *slash = strrchr (target, '/');
    const char *name = slash != NULL ? slash + 1 : target;
    size_t len = strlen (p->path);
    if (place_lookup (s, p, true, &ref) < 0 || get_attr (s, ref, PVFS_ATTR_SYS_TYPE, &attr) < 0
        || attr.objtype != PVFS_TYPE_DIRECTORY)
        return;
    if (*name == '\0')
        tool_die ("%s: is a directory, and %s has no last name", p->given, target);
    if (len + 1 + strlen (name) >= sizeof p->path)
        tool_die ("%s: the path is too long", p->given);
    if (p->path[len - 1] != '/')
        p->path[len++] = '/';
    strcpy (p->path + len, name);
}

static int
make_link (struct session *s, const struct place *p, char *target, bool force)
{
    PVFS_object_ref dir;
    char name[PVFS_NAME_MAX];
    PVFS_sysresp_symlink resp;
    PVFS_sys_attr attr = new_attr (s, 0777);
    int r = place_parent (s, p, &dir, name);
    if (r < 0)
        return r;
    r = PVFS_sys_symlink (name, dir, target, attr, &s->cred, &resp, PVFS_HINT_NULL);
    if (r != -PVFS_EEXIST || !force)
        return r;
    r = PVFS_sys_remove (name, dir, &s->cred, PVFS_HINT_NULL);
    if (r < 0 && r != -PVFS_ENOENT)
        return r;
    return PVFS_sys_symlink (name, dir, target, attr, &s->cred, &resp, PVFS_HINT_NULL);
}

int
main (int argc, char **argv)
{
    struct choices choices = { 0 };
    struct session s;
    struct place p;
    char **operands = tool_parse (&tool, argc, argv, &choices);
    if (!choices.symbolic) {
        tool_error ("hard links are not supported yet; -s makes a symbolic link");
        return TOOL_FAILED;
    }
    session_open (&s);
    int r = place_of (operands[1], &p);
    if (r < 0) {
        place_fail (operands[1], r);
    } else {
        enter_directory (&s, &p, operands[0]);
        r = make_link (&s, &p, operands[0], choices.force);
        if (r < 0)
            tool_fail (operands[1], r);
    }
    session_close (&s);
    return tool_end (r < 0 ? TOOL_FAILED : TOOL_OK);
}
