/*
 * The main of a fuzz target without libFuzzer: hands over the files that it is given, and those of folders, each in memory of just its
 * size. Prints `ok NAME` when all have gone through; a target that finds something aborts.
 *
 *     fuzz-TARGET FILE|FOLDER...
 */
#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static long inputs;

static void
die (const char *what)
{
    fprintf (stderr, "%s: %s\n", what, strerror (errno));
    exit (1);
}

static void
replay_file (const char *path, size_t size)
{
    FILE *f = fopen (path, "rb");
    uint8_t *p = malloc (size ? size : 1);
    if (!f || !p || fread (p, 1, size, f) != size)
        die (path);
    fclose (f);
    LLVMFuzzerTestOneInput (p, size);
    free (p);
    inputs++;
}

static void
replay (const char *path)
{
    struct stat st;
    if (stat (path, &st) < 0)
        die (path);
    if (!S_ISDIR (st.st_mode)) {
        replay_file (path, (size_t) st.st_size);
        return;
    }
    struct dirent **list;
    int n = scandir (path, &list, NULL, alphasort);
    if (n < 0)
        die (path);
    for (int i = 0; i < n; i++) {
        char *child = NULL;
        if (list[i]->d_name[0] != '.' && asprintf (&child, "%s/%s", path, list[i]->d_name) > 0)
            replay (child);
        free (child);
        free (list[i]);
    }
    free (list);
}

int
main (int argc, char **argv)
{
    const char *name = strrchr (argv[0], '/');
    for (int i = 1; i < argc; i++)
        replay (argv[i]);
    printf ("# %ld inputs\nok %s\n", inputs, name ? name + 1 : argv[0]);
    return 0;
}
