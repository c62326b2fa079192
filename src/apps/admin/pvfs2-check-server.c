/* pvfs2-check-server: does one server answer for a file system? Single-threaded. */
#include <stdio.h>

#include "apps/common/tool.h"

struct choices {
    const char *host, *name, *protocol;
    int64_t port, timeout;
};

static const struct tool_option options[] = {
    OPT_TEXT ('h', "host", "HOST", struct choices, host, "the server's name or address"),
    OPT_TEXT ('f', "fs-name", "NAME", struct choices, name, "the name of the file system"),
    OPT_TEXT ('n', "network", "PROTOCOL", struct choices, protocol,
              "the network's name (default tcp)"),
    OPT_COUNT ('p', "port", "PORT", struct choices, port,
               "the port that it listens on (default 3334)"),
    OPT_COUNT ('t', "timeout", "SECS", struct choices, timeout,
               "how long it may take to answer (default 5)"),
};
static const char *const usage[] = { "-h HOST -f NAME [OPTION...]", NULL };
static const struct tool_example examples[] = {
    { NULL,
      "pvfs2-check-server -h 127.0.0.1 -f pvfs2-fs -n tcp -p 3335 && echo yes\n"
      "pvfs2-check-server -h 127.0.0.1 -f pvfs2-fs -n tcp -p 9 -t 1 || echo no",
      "yes\n"
      "pvfs2-check-server: tcp://127.0.0.1:9/pvfs2-fs: no answer within 1 s: is pvfs2-server "
      "running there?\n"
      "no" },
};
static const struct tool tool = {
    .name = "pvfs2-check-server",
    .usage = usage,
    .purpose = "checks whether a server of a PVFS2 file system answers",
    .description =
        "It needs neither a mount entry nor the other servers. The exit status is 0 if the\n"
        "server gives the configuration and the file system is in it; nothing is printed then.",
    TOOL_OPTIONS (options),
    TOOL_EXAMPLES (examples),
    .max_operands = 0,
};

static int
check (const char *address, const char *name, unsigned timeout)
{
    int r = PVFS_sys_initialize (0);
    struct PVFS_sys_mntent *m =
        r < 0 ? NULL : PVFS_util_gen_mntent ((char *) address, (char *) name);
    if (r == 0 && m == NULL)
        r = -PVFS_ENOMEM;
    PVFS_sys_set_info (PVFS_SYS_MSG_TIMEOUT_SECS, timeout);
    if (r == 0)
        r = PVFS_sys_fs_add (m);
    PVFS_util_gen_mntent_release (m);
    PVFS_sys_finalize ();
    return r;
}

int
main (int argc, char **argv)
{
    struct choices c = { .protocol = "tcp", .port = 3334, .timeout = 5 };
    tool_parse (&tool, argc, argv, &c);
    if (c.host == NULL || c.name == NULL)
        tool_usage ("needs a host and the name of a file system: -h HOST -f NAME");
    if (strcmp (c.protocol, "tcp") != 0)
        tool_usage ("-n %s: there is only tcp", c.protocol);
    if (c.port > UINT16_MAX)
        tool_usage ("-p: more than %d", UINT16_MAX);
    bool ipv6 = strchr (c.host, ':') != NULL && c.host[0] != '[';
    char *address = tool_text ("%s://%s%s%s:%lld", c.protocol, ipv6 ? "[" : "", c.host,
                               ipv6 ? "]" : "", (long long) c.port);
    int r = check (address, c.name, (unsigned) MIN (c.timeout, (int64_t) 100000));
    char *what = tool_text ("%s/%s", address, c.name);
    if (r == -PVFS_ENODEV)
        tool_error ("%s: no answer within %lld s: is pvfs2-server running there?", what,
                    (long long) c.timeout);
    else if (r == -PVFS_ENOENT)
        tool_error ("%s: the server has no file system of this name", what);
    else if (r < 0)
        tool_fail (what, r);
    free (what);
    free (address);
    return tool_end (r < 0 ? TOOL_FAILED : TOOL_OK);
}
