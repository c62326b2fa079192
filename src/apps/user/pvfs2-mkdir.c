/* pvfs2-mkdir: makes directories. Single-threaded. */
#include "apps/common/format.h"
#include "apps/common/session.h"

struct choices {
    bool parents;
    const char *mode;
};

static const struct tool_option options[] = {
    OPT_SWITCH ('p', "parents", struct choices, parents,
                "missing parents too; a directory that is there is no failure"),
    OPT_TEXT ('m', "mode", "MODE", struct choices, mode,
              "permissions, such as 750 or u=rwx,go= (default: a=rwx without the umask's bits)"),
};
static const char *const usage[] = { "[OPTION...] PATH...", NULL };
static const struct tool_example examples[] = {
    { NULL,
      "pvfs2-mkdir /mnt/pvfs2/results\n"
      "pvfs2-ls /mnt/pvfs2",
      "results" },
    { "A directory for a group only, and its parents:",
      "pvfs2-mkdir -p -m u=rwx,g=rx,o= /mnt/pvfs2/project/2026/run\n"
      "pvfs2-ls -ld /mnt/pvfs2/project/2026/run",
      "drwxr-x---    2 root     root             4096 ... /mnt/pvfs2/project/2026/run" },
};
static const struct tool tool = {
    .name = "pvfs2-mkdir",
    .usage = usage,
    .purpose = "makes directories in a PVFS2 file system",
    .description = "",
    TOOL_OPTIONS (options),
    TOOL_EXAMPLES (examples),
    .min_operands = 1,
    .max_operands = -1,
};

static int
make_one (struct session *s, const struct place *p, uint32_t mode)
{
    PVFS_object_ref dir;
    char name[PVFS_NAME_MAX];
    PVFS_sysresp_mkdir resp;
    if (strcmp (p->path, "/") == 0)
        return -PVFS_EEXIST;
    int r = place_parent (s, p, &dir, name);
    if (r < 0)
        return r;
    return PVFS_sys_mkdir (name, dir, new_attr (s, mode), &s->cred, &resp, PVFS_HINT_NULL);
}

static bool
is_directory (struct session *s, const struct place *p)
{
    PVFS_object_ref ref;
    PVFS_sys_attr attr;
    return place_lookup (s, p, true, &ref) == 0 && get_attr (s, ref, PVFS_ATTR_SYS_TYPE, &attr) == 0
           && attr.objtype == PVFS_TYPE_DIRECTORY;
}

/* All prefixes of the path; parents can at least be entered and filled by their owner. */
static int
make_with_parents (struct session *s, const struct place *p, uint32_t mode)
{
    struct place prefix = *p;
    char *end = prefix.path;
    if (is_directory (s, p))
        return 0;
    do {
        end = strchr (end + 1, '/');
        if (end != NULL)
            *end = '\0';
        bool last = end == NULL;
        int r = make_one (s, &prefix, last ? mode : (0777 & ~(uint32_t)s->umask) | 0300);
        if (r < 0 && (r != -PVFS_EEXIST || !is_directory (s, &prefix)))
            return r;
        if (end != NULL)
            *end = '/';
    } while (end != NULL);
    return 0;
}

int
main (int argc, char **argv)
{
    struct choices choices = { 0 };
    struct session s;
    bool failed = false;
    char **paths = tool_parse (&tool, argc, argv, &choices);
    mode_t mask = (mode_t)PVFS_util_get_umask ();
    uint32_t mode = 0777 & ~(uint32_t)mask;
    if (choices.mode != NULL && !parse_mode (choices.mode, 0777, true, mask, &mode))
        tool_usage ("-m %s: not a mode such as 750 or u=rwx,go=", choices.mode);
    session_open (&s);
    for (; *paths != NULL; paths++) {
        struct place p;
        int r = place_of (*paths, &p);
        if (r < 0) {
            place_fail (*paths, r);
            failed = true;
            continue;
        }
        r = choices.parents ? make_with_parents (&s, &p, mode) : make_one (&s, &p, mode);
        if (r < 0) {
            tool_fail (*paths, r);
            failed = true;
        }
    }
    session_close (&s);
    return tool_end (failed ? TOOL_FAILED : TOOL_OK);
}
