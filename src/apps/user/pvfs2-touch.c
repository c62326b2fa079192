/* pvfs2-touch: creates empty files, or sets the times of what is there. Single-threaded. */
#include "apps/common/session.h"

struct choices {
    bool no_create;
};

static const struct tool_option options[] = {
    OPT_SWITCH ('c', "no-create", struct choices, no_create, "create nothing"),
};
static const char *const usage[] = { "[OPTION...] PATH...", NULL };
static const struct tool tool = {
    .name = "pvfs2-touch",
    .usage = usage,
    .purpose = "creates empty files in a PVFS2 file system or sets times to now",
    .description =
        "What is there gets the server's present time as time of last access and change.",
    TOOL_OPTIONS (options),
    .min_operands = 1,
    .max_operands = -1,
};

static int
set_times (struct session *s, PVFS_object_ref ref)
{
    PVFS_sys_attr attr = { .mask = PVFS_ATTR_SYS_ATIME | PVFS_ATTR_SYS_MTIME };
    return PVFS_sys_setattr (ref, attr, &s->cred, PVFS_HINT_NULL);
}

static int
touch (struct session *s, const struct place *p, bool no_create)
{
    PVFS_object_ref ref;
    int r = place_lookup (s, p, true, &ref);
    if (r == -PVFS_ENOENT && no_create)
        return 0;
    if (r == -PVFS_ENOENT)
        r = create_file (s, p, &ref);
    else if (r == 0)
        r = set_times (s, ref);
    return r;
}

int
main (int argc, char **argv)
{
    struct choices choices = { 0 };
    struct session s;
    bool failed = false;
    char **paths = tool_parse (&tool, argc, argv, &choices);
    session_open (&s);
    for (; *paths != NULL; paths++) {
        struct place p;
        int r = place_of (*paths, &p);
        if (r < 0) {
            place_fail (*paths, r);
            failed = true;
            continue;
        }
        r = touch (&s, &p, choices.no_create);
        if (r < 0) {
            tool_fail (*paths, r);
            failed = true;
        }
    }
    session_close (&s);
    return tool_end (failed ? TOOL_FAILED : TOOL_OK);
}
