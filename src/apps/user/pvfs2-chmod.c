/* pvfs2-chmod: changes permissions. Single-threaded. */
#include "apps/common/format.h"
#include "apps/common/session.h"

struct choices {
    bool recursive;
};

static const struct tool_option options[] = {
    OPT_SWITCH ('R', "recursive", struct choices, recursive, "all that is below directories too"),
};
static const char *const usage[] = { "[OPTION...] MODE PATH...", NULL };
static const struct tool_example examples[] = {
    { NULL,
      "pvfs2-touch /mnt/pvfs2/file\n"
      "pvfs2-chmod 640 /mnt/pvfs2/file\n"
      "pvfs2-ls -l /mnt/pvfs2",
      "-rw-r-----    1 root     root                0 ... file" },
    { "A tree that everybody may read and nobody but its owner change:",
      "pvfs2-mkdir -m 700 /mnt/pvfs2/tree\n"
      "pvfs2-touch /mnt/pvfs2/tree/file\n"
      "pvfs2-chmod -R a+rX,go-w /mnt/pvfs2/tree\n"
      "pvfs2-ls -lR /mnt/pvfs2/tree",
      "/mnt/pvfs2/tree:\n"
      "-rw-r--r--    1 root     root                0 ... file" },
};
static const struct tool tool = {
    .name = "pvfs2-chmod",
    .usage = usage,
    .purpose = "changes the permissions of files and directories of a PVFS2 file system",
    .description =
        "MODE is octal, such as 644, or symbolic, such as u+x, go-w, a=rX or u=rw,go=r. A\n"
        "MODE that begins with - is given after --. Symbolic links below directories are\n"
        "passed over.",
    TOOL_OPTIONS (options),
    TOOL_EXAMPLES (examples),
    .min_operands = 2,
    .max_operands = -1,
};

static int
change (struct session *s, const char *path, PVFS_object_ref ref, const PVFS_sys_attr *attr,
        void *arg)
{
    PVFS_sys_attr changed = { .mask = PVFS_ATTR_SYS_PERM };
    if (attr->objtype == PVFS_TYPE_SYMLINK)
        return 0;
    parse_mode (arg, attr->perms, attr->objtype == PVFS_TYPE_DIRECTORY, s->umask, &changed.perms);
    return PVFS_sys_setattr (ref, changed, &s->cred, PVFS_HINT_NULL);
}

int
main (int argc, char **argv)
{
    struct choices choices = { 0 };
    struct session s;
    unsigned failures = 0;
    uint32_t ignored;
    char **operands = tool_parse (&tool, argc, argv, &choices);
    struct visit visit = {
        .deep = choices.recursive,
        .fn = change,
        .arg = operands[0],
        .mask = PVFS_ATTR_SYS_PERM,
    };
    if (!parse_mode (operands[0], 0, false, 0, &ignored))
        tool_usage ("%s: not a mode such as 644 or u+x", operands[0]);
    session_open (&s);
    for (char **path = operands + 1; *path != NULL; path++) {
        struct place p;
        PVFS_object_ref ref;
        if (find (&s, *path, true, &p, &ref))
            failures += visit_tree (&s, &visit, *path, ref);
        else
            failures++;
    }
    session_close (&s);
    return tool_end (failures > 0 ? TOOL_FAILED : TOOL_OK);
}
