/* pvfs2: one command in front of all tools: "pvfs2 ls" is pvfs2-ls, found beside this program, else
 * in PATH. It knows no list of them: what is there, is there. Single-threaded.
 */
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/tool/tool.h"

extern char **environ;

enum { NOT_FOUND = 127, MAX_SUMMARY = 512 };

static const char prefix[] = "pvfs2-";

static const char *const usage[] = { "TOOL [ARGUMENT...]", "help [TOOL]", NULL };
static const struct tool_example examples[] = {
    { NULL,
      "pvfs2 mkdir /mnt/pvfs2/results\n"
      "pvfs2 ls -l /mnt/pvfs2",
      "drwxr-xr-x    2 root     root             4096 ... results" },
    { "What there is, and how one of them is used:",
      "pvfs2 help | grep -w ls\n"
      "pvfs2 help ls | head -n 1",
      "  ls                 lists directories of a PVFS2 file system\n"
      "usage: pvfs2-ls [OPTION...] [PATH...]" },
    { "A slip of the finger:", "pvfs2 sattus", "pvfs2: 'sattus' is no command; 'status' is (pvfs2 help lists all)" },
};
static const struct tool tool = {
    .name = "pvfs2",
    .usage = usage,
    .purpose = "runs the tools of PVFS2 under one name",
    .description = "TOOL is the name of a tool without pvfs2- before it, and the arguments are the tool's. It is\n"
                   "looked for beside this program, in the folder sbin next to that, and in PATH. pvfs2 status\n"
                   "shows the servers, pvfs2 doctor looks for faults; pvfs2 help lists all tools that are there,\n"
                   "and pvfs2 help TOOL says how one is used.",
    .operands_end_options = true,
    .max_operands = -1,
    .exit_status = "That of the tool. 2: wrong usage. 127: there is no such tool.",
    TOOL_EXAMPLES (examples),
};

/* -- where tools are -- */

struct folders {
    char **list;
    size_t n;
};

static void
add_folder (struct folders *f, char *path)
{
    f->list = tool_grow (f->list, f->n + 1, sizeof *f->list);
    f->list[f->n++] = path;
}

static void
find_folders (struct folders *f)
{
    char own[PATH_MAX];
    ssize_t n = readlink ("/proc/self/exe", own, sizeof own - 1);
    char *slash = n > 0 ? memrchr (own, '/', (size_t)n) : NULL;
    if (slash != NULL) {
        *slash = '\0';
        add_folder (f, tool_text ("%s", own));
        add_folder (f, tool_text ("%s/../sbin", own));
    }
    const char *path = getenv ("PATH");
    char *copy = tool_text ("%s", path != NULL ? path : ""), *rest = copy, *word;
    while ((word = strsep (&rest, ":")) != NULL) {
        if (*word == '/')
            add_folder (f, tool_text ("%s", word));
    }
    free (copy);
}

static void
folders_free (struct folders *f)
{
    for (size_t i = 0; i < f->n; i++)
        free (f->list[i]);
    free (f->list);
}

/* The program's path, or NULL. */
static char *
find_program (const struct folders *f, const char *name)
{
    struct stat st;
    for (size_t i = 0; i < f->n && strchr (name, '/') == NULL; i++) {
        char *path = tool_text ("%s/%s%s", f->list[i], prefix, name);
        if (stat (path, &st) == 0 && S_ISREG (st.st_mode) && access (path, X_OK) == 0)
            return path;
        free (path);
    }
    return NULL;
}

/* -- all of them -- */

struct names {
    char **list;
    size_t n;
};

static bool
is_plain (const char *name)
{
    return name[strspn (name, "abcdefghijklmnopqrstuvwxyz0123456789-")] == '\0' && *name != '\0';
}

static void
add_names (struct names *names, const struct folders *f, const char *folder)
{
    DIR *dir = opendir (folder);
    struct dirent *e;
    while (dir != NULL && (e = readdir (dir)) != NULL) {
        const char *name = e->d_name + strlen (prefix);
        if (strncmp (e->d_name, prefix, strlen (prefix)) != 0 || !is_plain (name))
            continue;
        char *path = find_program (f, name);
        if (path != NULL) {
            names->list = tool_grow (names->list, names->n + 1, sizeof *names->list);
            names->list[names->n++] = tool_text ("%s", name);
        }
        free (path);
    }
    if (dir != NULL)
        closedir (dir);
}

static int
by_name (const void *a, const void *b)
{
    return strcmp (*(char *const *)a, *(char *const *)b);
}

/* Sorted, each once. */
static struct names
all_names (const struct folders *f)
{
    struct names names = { 0 };
    for (size_t i = 0; i < f->n; i++)
        add_names (&names, f, f->list[i]);
    if (names.n > 0)
        qsort (names.list, names.n, sizeof *names.list, by_name);
    size_t kept = 0;
    for (size_t i = 0; i < names.n; i++) {
        if (kept > 0 && strcmp (names.list[kept - 1], names.list[i]) == 0)
            free (names.list[i]);
        else
            names.list[kept++] = names.list[i];
    }
    names.n = kept;
    return names;
}

static void
names_free (struct names *names)
{
    for (size_t i = 0; i < names->n; i++)
        free (names->list[i]);
    free (names->list);
}

/* -- help -- */

/* What a tool says to --help-summary. False: it is none of ours. */
static bool
summary_of (char *path, char buf[MAX_SUMMARY])
{
    int ends[2], status = -1;
    pid_t pid;
    posix_spawn_file_actions_t actions;
    char *argv[] = { path, (char *)"--help-summary", NULL };
    if (pipe2 (ends, O_CLOEXEC) < 0)
        tool_die ("pipe: %s", strerror (errno));
    posix_spawn_file_actions_init (&actions);
    posix_spawn_file_actions_adddup2 (&actions, ends[1], STDOUT_FILENO);
    posix_spawn_file_actions_addopen (&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen (&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    bool started = posix_spawn (&pid, path, &actions, NULL, argv, environ) == 0;
    posix_spawn_file_actions_destroy (&actions);
    close (ends[1]);
    FILE *in = fdopen (ends[0], "r");
    bool read = in != NULL && started && fgets (buf, MAX_SUMMARY, in) != NULL;
    if (in != NULL)
        fclose (in);
    if (started)
        waitpid (pid, &status, 0);
    if (read)
        buf[strcspn (buf, "\n")] = '\0';
    return read && WIFEXITED (status) && WEXITSTATUS (status) == 0;
}

static int
list_tools (const struct folders *f)
{
    struct names names = all_names (f);
    printf ("usage: pvfs2 TOOL [ARGUMENT...]\nTools (pvfs2 help TOOL says how one is used):\n\n");
    for (size_t i = 0; i < names.n; i++) {
        char *path = find_program (f, names.list[i]), summary[MAX_SUMMARY];
        if (path != NULL && summary_of (path, summary))
            printf ("  %-18s %s\n", names.list[i], summary);
        free (path);
    }
    names_free (&names);
    return tool_end (TOOL_OK);
}

/* -- the nearest name -- */

/* How many letters have to be changed, put in, taken out or swapped with the next one. */
static unsigned
distance (const char *a, const char *b)
{
    enum { MOST = 32 };
    unsigned d[MOST + 1][MOST + 1];
    size_t n = strnlen (a, MOST), m = strnlen (b, MOST);
    for (size_t i = 0; i <= n; i++) {
        for (size_t j = 0; j <= m; j++) {
            if (i == 0 || j == 0) {
                d[i][j] = (unsigned)(i + j);
                continue;
            }
            unsigned changed = d[i - 1][j - 1] + (a[i - 1] != b[j - 1]);
            d[i][j] = MIN (changed, MIN (d[i - 1][j], d[i][j - 1]) + 1);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                d[i][j] = MIN (d[i][j], d[i - 2][j - 2] + 1);
        }
    }
    return d[n][m];
}

static void __attribute__ ((noreturn))
unknown (const struct folders *f, const char *name)
{
    struct names names = all_names (f);
    const char *nearest = NULL;
    unsigned least = UINT_MAX;
    for (size_t i = 0; i < names.n; i++) {
        unsigned d = distance (name, names.list[i]);
        if (d < least) {
            least = d;
            nearest = names.list[i];
        }
    }
    if (nearest != NULL && least <= 1 + strlen (name) / 3)
        tool_error ("'%s' is no command; '%s' is (pvfs2 help lists all)", name, nearest);
    else
        tool_error ("'%s' is no command (pvfs2 help lists all)", name);
    names_free (&names);
    exit (NOT_FOUND);
}

static void __attribute__ ((noreturn))
run (const struct folders *f, const char *name, char **argv)
{
    char *path = find_program (f, name);
    if (path == NULL)
        unknown (f, name);
    execv (path, argv);
    tool_die ("%s: %s", path, strerror (errno));
}

int
main (int argc, char **argv)
{
    struct folders folders = { 0 };
    char **words = tool_parse (&tool, argc, argv, NULL);
    if (words[0] == NULL)
        tool_usage ("names no command; pvfs2 help lists all");
    find_folders (&folders);
    if (strcmp (words[0], "help") != 0) {
        char *name = words[0];
        words[0] = tool_text ("%s%s", prefix, name);
        run (&folders, name, words);
    }
    if (words[1] != NULL) {
        char *help[] = { tool_text ("%s%s", prefix, words[1]), (char *)"--help", NULL };
        run (&folders, words[1], help);
    }
    int status = list_tools (&folders);
    folders_free (&folders);
    return status;
}
