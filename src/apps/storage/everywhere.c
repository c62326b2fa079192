/* See everywhere.h. */
#include "apps/storage/everywhere.h"

#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MAX_WORDS = 32, HOST_ROOM = 256 };

static const char default_rsh[] = "ssh -o BatchMode=yes -o ConnectTimeout=10";

/* A number that is left over from an earlier life may be another program's now. A process that has ended, and whose end nobody has heard of (in a
 * container without an init), has no command line any more. */
const char everywhere_find_pid[] =
    "lives () { grep -q . \"/proc/$1/cmdline\" 2>/dev/null; }; "
    "pid=$(cat \"$file\" 2>/dev/null) && lives \"$pid\" || pid=; case $(cat \"/proc/$pid/comm\" 2>/dev/null) in *pvfs2-server*) ;; *) pid= ;; esac; ";

char *
shell_quote (const char *text)
{
    size_t n = 3;
    for (const char *p = text; *p != '\0'; p++)
        n += *p == '\'' ? 4 : 1;
    char *quoted = tool_alloc (n), *to = quoted;
    *to++ = '\'';
    for (const char *p = text; *p != '\0'; p++) {
        if (*p == '\'')
            to = stpcpy (to, "'\\'");
        *to++ = *p;
    }
    *to++ = '\'';
    return quoted;
}

char *
everywhere_pid_file (const struct everywhere *w, const char *alias)
{
    char *path = tool_text ("%s/pvfs2-server-%s.pid", w->pid_folder != NULL ? w->pid_folder : "/run", alias);
    char *quoted = shell_quote (path);
    free (path);
    return quoted;
}

/* "tcp://host:port,…" → host */
static void
host_of (const char *addr, char host[HOST_ROOM])
{
    const char *from = strstr (addr, "://");
    from = from != NULL ? from + 3 : addr;
    bool bracket = *from == '[';
    from += bracket;
    snprintf (host, HOST_ROOM, "%.*s", (int)strcspn (from, bracket ? "]" : ":,/"), from);
}

struct task {
    const char *alias;
    char host[HOST_ROOM], *command;
    pid_t pid;
    int output;
};

static void
run_child (const struct everywhere *w, struct task *t)
{
    char *words[MAX_WORDS + 3], *rsh = tool_text ("%s", w->rsh != NULL ? w->rsh : default_rsh), *rest = rsh, *word;
    int n = 0;
    while (n < MAX_WORDS && (word = strsep (&rest, " ")) != NULL)
        if (*word != '\0')
            words[n++] = word;
    words[n++] = t->host;
    words[n++] = t->command;
    words[n] = NULL;
    execvp (words[0], words);
    fprintf (stderr, "cannot run %s: %s\n", words[0], strerror (errno));
    _exit (127);
}

static void
begin (const struct everywhere *w, struct task *t)
{
    int fds[2];
    if (pipe (fds) < 0 || (t->pid = fork ()) < 0)
        tool_die ("%s", strerror (errno));
    if (t->pid == 0) {
        close (fds[0]);
        dup2 (fds[1], STDOUT_FILENO);
        dup2 (fds[1], STDERR_FILENO);
        close (fds[1]);
        run_child (w, t);
    }
    close (fds[1]);
    t->output = fds[0];
}

/* Its lines, then how it ended. */
static bool
finish (struct task *t)
{
    FILE *in = fdopen (t->output, "r");
    char *line = NULL;
    size_t room = 0;
    int status;
    if (in == NULL)
        tool_die ("%s", strerror (errno));
    for (ssize_t n; (n = getline (&line, &room, in)) > 0;)
        printf ("%s on %s: %s%s", t->alias, t->host, line, line[n - 1] == '\n' ? "" : "\n");
    free (line);
    fclose (in);
    if (waitpid (t->pid, &status, 0) < 0 || status != 0)
        tool_error ("%s on %s: the command failed, see above", t->alias, t->host);
    else
        return true;
    return false;
}

static bool
has_role (const struct config *cfg, int server)
{
    for (int i = 0; i < cfg->n_fs; i++)
        for (int k = 0; k < cfg->fs[i].n_ranges; k++)
            if (cfg->fs[i].ranges[k].server == server)
                return true;
    return false;
}

static struct task *
choose (const struct everywhere *w, const struct config *cfg, int *ret_n)
{
    struct task *tasks = tool_alloc ((size_t)cfg->n_aliases * sizeof *tasks);
    for (int i = 0; i < cfg->n_aliases; i++) {
        const struct config_alias *a = &cfg->aliases[i];
        if (w->alias != NULL ? strcmp (w->alias, a->name) != 0 : !has_role (cfg, i))
            continue;
        struct task *t = &tasks[(*ret_n)++];
        t->alias = a->name;
        host_of (a->addr, t->host);
    }
    return tasks;
}

int
everywhere_run (const struct everywhere *w, const char *path, char *(*command) (void *arg, const char *alias), void *arg)
{
    struct config *cfg;
    char *error = NULL;
    int n = 0;
    bool good = true;
    if (config_parse_file (path, &cfg, &error) < 0)
        tool_die ("%s", error != NULL ? error : "out of memory");
    struct task *tasks = choose (w, cfg, &n);
    if (n == 0)
        tool_die ("there is no server '%s' in <Aliases> of %s: name one that is", w->alias != NULL ? w->alias : "", path);
    for (int i = 0; i < n; i++) {
        tasks[i].command = command (arg, tasks[i].alias);
        if (w->dry_run)
            printf ("%s %s %s\n", w->rsh != NULL ? w->rsh : default_rsh, tasks[i].host, tasks[i].command);
        else
            begin (w, &tasks[i]);
    }
    for (int i = 0; i < n; i++) {
        good &= w->dry_run || finish (&tasks[i]);
        free (tasks[i].command);
    }
    free (tasks);
    config_free (cfg);
    return good ? TOOL_OK : TOOL_FAILED;
}
