/* pvfs2-mkdir: makes directories. Single-threaded. */
#include "apps/common/format.h"
#include "apps/common/session.h"

struct choices {
    bool parents;
    const char *mode;
    int64_t initial, max, split_size;
};

enum { SERVERS_MAX = 65536 };

static const struct tool_option options[] = {
    OPT_SWITCH ('p', "parents", struct choices, parents,
                "missing parents too; a directory that is there is no failure"),
    OPT_TEXT ('m', "mode", "MODE", struct choices, mode,
              "permissions, such as 750 or u=rwx,go= (default: a=rwx without the umask's bits)"),
    OPT_COUNT ('i', "init-num-dirdata", "N", struct choices, initial,
               "lies on N servers at once (default: DistrDirServersInitial)"),
    OPT_COUNT ('x', "max-num-dirdata", "N", struct choices, max,
               "... and on no more than N (default: DistrDirServersMax)"),
    OPT_COUNT ('s', "split-size", "N", struct choices, split_size,
               "N entries in one part split it (default: DistrDirSplitSize)"),
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
    { "A directory for millions of files, on four servers from the beginning, and one that stays whole:",
      "pvfs2-mkdir -i 4 -x 4 -s 1000 /mnt/pvfs2/many\n"
      "pvfs2-mkdir -x 1 /mnt/pvfs2/whole\n"
      "pvfs2-stat /mnt/pvfs2/many /mnt/pvfs2/whole | grep Spreads",
      "  Spreads   : at once 4, at most 4 servers; split at 1000 entries\n"
      "  Spreads   : at once 1, at most 1 servers; split at 10000 entries" },
};
static const struct tool tool = {
    .name = "pvfs2-mkdir",
    .usage = usage,
    .purpose = "makes directories in a PVFS2 file system",
    .description =
        "With -i, -x or -s a directory spreads over the metadata servers in its own way; what is not\n"
        "given is as the file system's configuration says now. There may be fewer servers than\n"
        "wished for. Of missing parents that -p makes, and of directories in it, the configuration\n"
        "decides.",
    TOOL_OPTIONS (options),
    TOOL_EXAMPLES (examples),
    .min_operands = 1,
    .max_operands = -1,
};

static int
make_one (struct session *s, const struct place *p, PVFS_sys_attr attr)
{
    PVFS_object_ref dir;
    char name[PVFS_NAME_MAX];
    PVFS_sysresp_mkdir resp;
    if (strcmp (p->path, "/") == 0)
        return -PVFS_EEXIST;
    int r = place_parent (s, p, &dir, name);
    if (r < 0)
        return r;
    return PVFS_sys_mkdir (name, dir, attr, &s->cred, &resp, PVFS_HINT_NULL);
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
make_with_parents (struct session *s, const struct place *p, PVFS_sys_attr attr)
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
        int r = make_one (s, &prefix, last ? attr : new_attr (s, (0777 & ~(uint32_t)s->umask) | 0300));
        if (r < 0 && (r != -PVFS_EEXIST || !is_directory (s, &prefix)))
            return r;
        if (end != NULL)
            *end = '/';
    } while (end != NULL);
    return 0;
}

static void
check_spread (const struct choices *c)
{
    if (c->initial > SERVERS_MAX || c->max > SERVERS_MAX)
        tool_usage ("-%c: more than %d servers", c->max > SERVERS_MAX ? 'x' : 'i', SERVERS_MAX);
    if (c->max > 0 && c->initial > c->max)
        tool_usage ("-i %lld: more servers at once than -x %lld allows at most", (long long)c->initial,
                    (long long)c->max);
    if (c->split_size > INT32_MAX)
        tool_usage ("-s: more than %d entries", INT32_MAX);
}

/* What only the servers could tell: their configuration gave the other one of the two. */
static void
fail (const char *path, const struct choices *c, int r)
{
    if (r == -PVFS_EINVAL && (c->initial > 0) != (c->max > 0))
        tool_error ("%s: %s: give -%c too", path,
                    c->max > 0 ? "-x is less than the file system's DistrDirServersInitial"
                               : "-i is more than the file system's DistrDirServersMax",
                    c->max > 0 ? 'i' : 'x');
    else
        tool_fail (path, r);
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
    check_spread (&choices);
    session_open (&s);
    PVFS_sys_attr attr = new_attr (&s, mode);
    attr.mask |= PVFS_ATTR_SYS_DISTDIR_ATTR;
    attr.distr_dir_servers_initial = (int32_t)choices.initial;
    attr.distr_dir_servers_max = (int32_t)choices.max;
    attr.distr_dir_split_size = (int32_t)choices.split_size;
    for (; *paths != NULL; paths++) {
        struct place p;
        int r = place_of (*paths, &p);
        if (r < 0) {
            place_fail (*paths, r);
            failed = true;
            continue;
        }
        r = choices.parents ? make_with_parents (&s, &p, attr) : make_one (&s, &p, attr);
        if (r < 0) {
            fail (*paths, &choices, r);
            failed = true;
        }
    }
    session_close (&s);
    return tool_end (failed ? TOOL_FAILED : TOOL_OK);
}
