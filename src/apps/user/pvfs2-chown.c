/* pvfs2-chown: changes owner and group. Single-threaded. */
#include <grp.h>
#include <pwd.h>

#include "apps/common/session.h"

struct choices {
    bool recursive, no_follow;
};

static const struct tool_option options[] = {
    OPT_SWITCH ('R', "recursive", struct choices, recursive, "all that is below directories too"),
    OPT_SWITCH ('h', "no-dereference", struct choices, no_follow,
                "a symbolic link itself instead of what it points to"),
};
static const char *const usage[] = { "[OPTION...] USER[:GROUP] PATH...",
                                     "[OPTION...] :GROUP PATH...", NULL };
static const struct tool_example examples[] = {
    { NULL,
      "pvfs2-touch /mnt/pvfs2/file\n"
      "pvfs2-chown daemon:mail /mnt/pvfs2/file\n"
      "pvfs2-ls -l /mnt/pvfs2",
      "-rw-r--r--    1 daemon   mail                0 ... file" },
    { "The group of a tree only, by its number:",
      "pvfs2-mkdir -p /mnt/pvfs2/tree/sub\n"
      "pvfs2-chown -R :1234 /mnt/pvfs2/tree\n"
      "pvfs2-ls -l /mnt/pvfs2/tree",
      "drwxr-xr-x    2 root     1234             4096 ... sub" },
};
static const struct tool tool = {
    .name = "pvfs2-chown",
    .usage = usage,
    .purpose = "changes owner and group of files and directories of a PVFS2 file system",
    .description = "USER and GROUP are names or numbers.",
    TOOL_OPTIONS (options),
    TOOL_EXAMPLES (examples),
    .min_operands = 2,
    .max_operands = -1,
};

static bool
parse_id (const char *text, uint32_t *ret)
{
    char *end;
    errno = 0;
    unsigned long long value = strtoull (text, &end, 10);
    if (*text < '0' || *text > '9' || *end != '\0' || errno != 0 || value >= UINT32_MAX)
        return false;
    *ret = (uint32_t)value;
    return true;
}

static void
parse_owner (const char *text, PVFS_sys_attr *ret)
{
    char *user = tool_text ("%s", text);
    char *group = strchr (user, ':');
    if (group != NULL)
        *group++ = '\0';
    if (*user != '\0') {
        const struct passwd *pw = getpwnam (user);
        if (pw != NULL)
            ret->owner = pw->pw_uid;
        else if (!parse_id (user, &ret->owner))
            tool_die ("%s: there is no such user", user);
        ret->mask |= PVFS_ATTR_SYS_UID;
    }
    if (group != NULL && *group != '\0') {
        const struct group *gr = getgrnam (group);
        if (gr != NULL)
            ret->group = gr->gr_gid;
        else if (!parse_id (group, &ret->group))
            tool_die ("%s: there is no such group", group);
        ret->mask |= PVFS_ATTR_SYS_GID;
    }
    if (ret->mask == 0)
        tool_usage ("'%s' names neither user nor group", text);
    free (user);
}

static int
change (struct session *s, const char *path, PVFS_object_ref ref, const PVFS_sys_attr *attr,
        void *arg)
{
    const PVFS_sys_attr *owner = arg;
    return PVFS_sys_setattr (ref, *owner, &s->cred, PVFS_HINT_NULL);
}

int
main (int argc, char **argv)
{
    struct choices choices = { 0 };
    struct session s;
    unsigned failures = 0;
    PVFS_sys_attr owner = { 0 };
    char **operands = tool_parse (&tool, argc, argv, &choices);
    struct visit visit = { .deep = choices.recursive, .fn = change, .arg = &owner };
    parse_owner (operands[0], &owner);
    session_open (&s);
    for (char **path = operands + 1; *path != NULL; path++) {
        struct place p;
        PVFS_object_ref ref;
        if (find (&s, *path, !choices.no_follow, &p, &ref))
            failures += visit_tree (&s, &visit, *path, ref);
        else
            failures++;
    }
    session_close (&s);
    return tool_end (failures > 0 ? TOOL_FAILED : TOOL_OK);
}
