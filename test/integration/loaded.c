/*
 * Loads the shared library named on the command line and looks at what that did to the process: threads, open descriptors, signals, environment.
 * Prints a line for each difference; MPI loads libpvfs2 into every process, also into those that never use it.
 */
#include <dirent.h>
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern char **environ;

struct state {
    int threads, descriptors, variables;
    char signals[512];
};

static int
count_dir (const char *path)
{
    int n = 0;
    DIR *d = opendir (path);
    while (d && readdir (d))
        n++;
    if (d)
        closedir (d);
    return n;
}

static void
look (struct state *s)
{
    char line[256];
    memset (s, 0, sizeof *s);
    s->threads = count_dir ("/proc/self/task");
    s->descriptors = count_dir ("/proc/self/fd");
    while (environ[s->variables])
        s->variables++;
    FILE *f = fopen ("/proc/self/status", "r");
    while (f && fgets (line, sizeof line, f))
        if (strncmp (line, "SigBlk", 6) == 0 || strncmp (line, "SigIgn", 6) == 0 || strncmp (line, "SigCgt", 6) == 0)
            strcat (s->signals, line);
    if (f)
        fclose (f);
}

static int
differs (const char *what, int before, int after)
{
    if (before != after)
        printf ("%s: %d before, %d after\n", what, before, after);
    return before != after;
}

int
main (int argc, char **argv)
{
    struct state before, after;
    look (&before);
    void *lib = argc == 2 ? dlopen (argv[1], RTLD_NOW | RTLD_GLOBAL) : NULL;
    if (!lib) {
        printf ("%s\n", argc == 2 ? dlerror () : "usage: loaded LIBRARY");
        return 1;
    }
    look (&after);
    int bad = differs ("threads", before.threads, after.threads);
    bad += differs ("descriptors", before.descriptors, after.descriptors);
    bad += differs ("variables of the environment", before.variables, after.variables);
    bad += differs ("signals", 0, strcmp (before.signals, after.signals) != 0);
    return dlclose (lib) != 0 || bad;
}
