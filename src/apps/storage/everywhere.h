/* everywhere: a command for each server of a configuration, run on its machine through a remote
 * shell, on all at once. For pvfs2-start-all and pvfs2-stop-all.
 *
 *     RSH HOST COMMAND     RSH is split at blanks; COMMAND is one word, for the shell over there
 */
#ifndef APPS_STORAGE_EVERYWHERE_H
#define APPS_STORAGE_EVERYWHERE_H

#include "apps/common/tool.h"
#include "common/config/config.h"

struct everywhere {
    const char *rsh, *pid_folder, *alias; /* NULL: the default; alias: only this server */
    bool dry_run;
};
/* The options of both tools, in their struct of choices' member `where`. */
#define EVERYWHERE_OPTIONS(type)                                                                   \
    OPT_TEXT ('r', "rsh", "COMMAND", type, where.rsh,                                              \
              "runs a command on a machine: COMMAND HOST WORD (default ssh, asking nothing)"),     \
        OPT_TEXT ('p', "pid-folder", "DIR", type, where.pid_folder,                                \
                  "where process ids are kept over there (default /run)"),                         \
        OPT_TEXT ('A', "alias", "SERVER", type, where.alias, "only this server"),                  \
        OPT_SWITCH ('n', "dry-run", type, where.dry_run, "only print the commands")

/* Text in single quotes for a shell; the caller frees it. */
char *shell_quote (const char *text);
/* The file with a server's process id, quoted. */
char *everywhere_pid_file (const struct everywhere *w, const char *alias);
/* Shell: leaves the id of the server's process in $pid, or nothing if none runs. */
extern const char everywhere_find_pid[];

/* `command` makes each server's, malloc'ed. What they print is printed with the server's name. The
 * exit status: TOOL_OK if all succeeded. */
int everywhere_run (const struct everywhere *w, const char *config, char *(*command) (void *arg, const char *alias), void *arg);

#endif
