/* pvfs2-stop-all: stops the servers that pvfs2-start-all started. Single-threaded. */
#include "apps/storage/everywhere.h"

#include <stdio.h>

struct choices {
    struct everywhere where;
    int64_t seconds;
};

static const struct tool_option options[] = {
    EVERYWHERE_OPTIONS (struct choices),
    OPT_COUNT ('t', "timeout", "SECONDS", struct choices, seconds, "how long a server may take (default 20)"),
};
static const char *const usage[] = { "[OPTION...] FS.CONF", NULL };
static const struct tool_example examples[] = {
    { "They were not started by pvfs2-start-all; a script that knows only this machine is the remote shell:",
      "echo 'shift; sh -c \"$*\"' > here\n"
      "pvfs2-stop-all --rsh 'sh here' -p $PWD $cluster/fs.conf | sort -u | head -n 1",
      "... on 127.0.0.1: does not run" },
};
static const struct tool tool = {
    .name = "pvfs2-stop-all",
    .usage = usage,
    .purpose = "stops all servers of a PVFS2 configuration through a remote shell",
    .description = "Each server is told to finish what it does and to end, and is waited for. One that does not\n"
                   "run is no failure; one that does not end in time is, and is not killed.",
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
    char *file = everywhere_pid_file (&c->where, alias);
    char *text = tool_text ("file=%s; %sif [ -z \"$pid\" ]; then echo does not run; exit 0; fi; kill -TERM $pid; n=0; "
                            "while lives $pid; do [ $n -lt %lld ] || { echo \"does not end: process $pid\"; exit 1; }; "
                            "sleep 0.1; n=$((n + 1)); done; echo stopped",
                            file, everywhere_find_pid, (long long)(c->seconds > 0 ? c->seconds : 20) * 10);
    free (file);
    return text;
}

int
main (int argc, char **argv)
{
    struct choices c = { 0 };
    const char *path = tool_parse (&tool, argc, argv, &c)[0];
    return tool_end (everywhere_run (&c.where, path, command_for, &c));
}
