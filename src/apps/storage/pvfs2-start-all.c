/* pvfs2-start-all: starts the servers of a configuration, on all their machines at once.
 * Single-threaded. */
#include "apps/storage/everywhere.h"

#include <limits.h>
#include <stdio.h>

struct choices {
    struct everywhere where;
    const char *program, *config;
    bool mkfs;
};

static const struct tool_option options[] = {
    EVERYWHERE_OPTIONS (struct choices),
    OPT_TEXT ('s', "server", "PROGRAM", struct choices, program, "pvfs2-server over there (default: by its PATH)"),
    OPT_TEXT ('c', "config", "FILE", struct choices, config, "the configuration over there (default: the same path)"),
    OPT_SWITCH ('f', "mkfs", struct choices, mkfs, "make the storage spaces first; those that there are stay"),
};
static const char *const usage[] = { "[OPTION...] FS.CONF", NULL };
static const struct tool_example examples[] = {
    { "What would be run on each machine:", "pvfs2-start-all -n $cluster/fs.conf | cut -c-80",
      "ssh -o BatchMode=yes -o ConnectTimeout=10 127.0.0.1 file='/run/...\n"
      "ssh -o BatchMode=yes -o ConnectTimeout=10 127.0.0.1 file='/run/...\n"
      "ssh -o BatchMode=yes -o ConnectTimeout=10 127.0.0.1 file='/run/...\n"
      "ssh -o BatchMode=yes -o ConnectTimeout=10 127.0.0.1 file='/run/..." },
};
static const struct tool tool = {
    .name = "pvfs2-start-all",
    .usage = usage,
    .purpose = "starts all servers of a PVFS2 configuration through a remote shell",
    .description =
        "Each server that has a range of handles is started on the host of its address, as\n"
        "pvfs2-server -a SERVER -p DIR/pvfs2-server-SERVER.pid FS.CONF; the configuration must be there\n"
        "already. A server that runs is left alone. All machines are asked at once; what they say is\n"
        "printed with the server's name.",
    TOOL_OPTIONS (options),
    TOOL_EXAMPLES (examples),
    .min_operands = 1,
    .max_operands = 1,
    .admin = true,
    .environment = "",
};

static char *
command_for (void *arg, const char *alias)
{
    const struct choices *c = arg;
    char *file = everywhere_pid_file (&c->where, alias), *name = shell_quote (alias), *config = shell_quote (c->config);
    char *program = shell_quote (c->program != NULL ? c->program : "pvfs2-server");
    char *mkfs = c->mkfs ? tool_text ("{ said=$(%s -f -a %s %s 2>&1) || case $said in *'a storage space in'*) ;; *) echo \"$said\"; exit 1 ;; esac; } && ",
                                      program, name, config)
                         : tool_text ("%s", "");
    char *text = tool_text ("file=%s; %sif [ -n \"$pid\" ]; then echo runs already; else %s%s -a %s -p \"$file\" %s && echo started; fi", file,
                            everywhere_find_pid, mkfs, program, name, config);
    free (file);
    free (name);
    free (config);
    free (program);
    free (mkfs);
    return text;
}

int
main (int argc, char **argv)
{
    struct choices c = { 0 };
    const char *path = tool_parse (&tool, argc, argv, &c)[0];
    char *whole = realpath (path, NULL);
    if (whole == NULL)
        tool_die ("%s: %s", path, strerror (errno));
    if (c.config == NULL)
        c.config = whole;
    int status = everywhere_run (&c.where, whole, command_for, &c);
    free (whole);
    return tool_end (status);
}
