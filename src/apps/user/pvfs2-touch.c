/* pvfs2-touch: creates empty files, or sets the times of what is there. Single-threaded. */
#include <time.h>

#include "apps/common/servers.h"

struct choices {
    bool no_create, access, modification, random;
    const char *date, *servers;
};

static const struct tool_option options[] = {
    OPT_SWITCH ('c', "no-create", struct choices, no_create, "create nothing"),
    OPT_SWITCH ('a', NULL, struct choices, access, "only the time of last access"),
    OPT_SWITCH ('m', NULL, struct choices, modification, "only the time of last change"),
    OPT_TEXT ('d', "date", "TIME", struct choices, date,
              "that time: '2026-01-31 14:03:59.123456789', local, or @SECONDS since 1970 with or "
              "without a fraction"),
    OPT_TEXT ('l', "servers", "HOST:PORT,...", struct choices, servers,
              "a new file's data lie on these servers, in this order"),
    OPT_SWITCH ('r', "random", struct choices, random, "a new file's data lie on servers in random order"),
};
static const char *const usage[] = { "[OPTION...] PATH...", NULL };
static const struct tool_example examples[] = {
    { "An empty file:",
      "pvfs2-touch /mnt/pvfs2/new\n"
      "pvfs2-ls /mnt/pvfs2",
      "new" },
    { "A file of another day:",
      "pvfs2-touch -d '2026-01-31 14:03:59.5' /mnt/pvfs2/new\n"
      "pvfs2-stat /mnt/pvfs2/new | grep Modify",
      "  Modify    : 2026-01-31 14:03:59.500000000 +0000" },
    { "A file on two servers, which take turns:",
      "pvfs2-touch -l 127.0.0.1:3336,127.0.0.1:3334 /mnt/pvfs2/two\n"
      "pvfs2-viewdist -f /mnt/pvfs2/two | grep -o '^Server.*tcp:[^,]*'",
      "Server 0 - tcp://127.0.0.1:3336\n"
      "Server 1 - tcp://127.0.0.1:3334" },
};
static const struct tool tool = {
    .name = "pvfs2-touch",
    .usage = usage,
    .purpose = "creates empty files in a PVFS2 file system or sets times",
    .description =
        "What is there gets the server's present time, or that of -d, as time of last access\n"
        "and change.",
    TOOL_OPTIONS (options),
    TOOL_EXAMPLES (examples),
    .min_operands = 1,
    .max_operands = -1,
};

struct times {
    PVFS_time_ns atime, mtime;
};

/* ".123456789", or nothing. */
static bool
parse_fraction (const char *text, PVFS_time_ns *ret)
{
    PVFS_time_ns ns = 0;
    if (*text == '\0')
        return true;
    if (*text++ != '.' || strspn (text, "0123456789") != strlen (text) || strlen (text) > 9)
        return false;
    for (int i = 0; i < 9; i++)
        ns = ns * 10 + (PVFS_time_ns)(*text != '\0' ? *text++ - '0' : 0);
    *ret += ns;
    return true;
}

static bool
parse_date (const char *text, PVFS_time_ns *ret)
{
    struct tm tm = { .tm_isdst = -1 };
    const long long most = INT64_MAX / (long long)NSEC_PER_SEC;
    char *end;
    errno = 0;
    long long seconds = 0;
    if (*text == '@') {
        seconds = strtoll (text + 1, &end, 10);
        if (text[1] == '-' && *end == '.')
            return false; /* before it, or after it? */
    } else if ((end = strptime (text, "%Y-%m-%d %H:%M:%S", &tm)) != NULL) {
        tm.tm_wday = -1; /* mktime sets it, but not after a failure: -1 is a time, too */
        seconds = mktime (&tm);
    }
    if (errno != 0 || end == NULL || end == text + 1 || tm.tm_wday < 0 || seconds <= -most
        || seconds >= most)
        return false;
    *ret = (PVFS_time_ns)seconds * NSEC_PER_SEC;
    return parse_fraction (end, ret);
}

static struct times
wished (const struct choices *c)
{
    PVFS_time_ns t = PVFS_UTIME_NOW;
    bool both = c->access == c->modification;
    if (c->date != NULL && !parse_date (c->date, &t))
        tool_usage ("-d %s: not a time such as '2026-01-31 14:03:59' or @1769868239.5", c->date);
    return (struct times){ .atime = both || c->access ? t : PVFS_UTIME_OMIT,
                           .mtime = both || c->modification ? t : PVFS_UTIME_OMIT };
}

static int
create (struct session *s, const struct place *p, const struct choices *c, PVFS_object_ref *ret)
{
    PVFS_sys_layout layout = { .algorithm = PVFS_SYS_LAYOUT_RANDOM };
    if (c->servers == NULL)
        return create_file (s, p, c->random ? &layout : PVFS_SYS_LAYOUT_DEFAULT, ret);
    struct servers listed;
    servers_of (p->fs, c->servers, &listed);
    layout = (PVFS_sys_layout){ PVFS_SYS_LAYOUT_LIST, { .count = listed.n, .servers = listed.addrs } };
    int r = create_file (s, p, &layout, ret);
    servers_free (&listed);
    return r;
}

static int
touch (struct session *s, const struct place *p, const struct choices *c, const struct times *t)
{
    PVFS_object_ref ref;
    int r = place_lookup (s, p, true, &ref);
    bool missing = r == -PVFS_ENOENT;
    if (missing && c->no_create)
        return 0;
    if (missing)
        r = create (s, p, c, &ref);
    if (r == 0 && (!missing || c->date != NULL))
        r = PVFS_sys_utimens (ref, t->atime, t->mtime, &s->cred, PVFS_HINT_NULL);
    return r;
}

int
main (int argc, char **argv)
{
    struct choices choices = { 0 };
    struct session s;
    bool failed = false;
    char **paths = tool_parse (&tool, argc, argv, &choices);
    struct times times = wished (&choices);
    if (choices.servers != NULL && choices.random)
        tool_usage ("-l and -r: only one can say where the data lie");
    session_open (&s);
    for (; *paths != NULL; paths++) {
        struct place p;
        int r = place_of (*paths, &p);
        if (r < 0) {
            place_fail (*paths, r);
            failed = true;
            continue;
        }
        r = touch (&s, &p, &choices, &times);
        if (r < 0) {
            tool_fail (*paths, r);
            failed = true;
        }
    }
    session_close (&s);
    return tool_end (failed ? TOOL_FAILED : TOOL_OK);
}
