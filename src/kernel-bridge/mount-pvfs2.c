/*
 * mount.pvfs2 and mount.fuse.pvfs2: the helper that mount(8) calls,
 *
 *     mount.pvfs2 SPEC DIR [-sfnv] [-o OPTIONS] [-t TYPE]
 *
 * Only the command line is translated; pvfs2-client, run in place of this program, does the rest
 * and knows the options.
 */
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifndef SBINDIR
#    define SBINDIR "/usr/local/sbin"
#endif

enum { USAGE = 1, FAILED = 32 }; /* mount(8)'s exit codes */

static const char *
find_client (char path[PATH_MAX])
{
    ssize_t n = readlink ("/proc/self/exe", path, PATH_MAX - 32);
    if (n > 0) {
        path[n] = 0;
        char *slash = strrchr (path, '/');
        strcpy (slash ? slash + 1 : path, "pvfs2-client");
        if (access (path, X_OK) == 0)
            return path;
    }
    return access (SBINDIR "/pvfs2-client", X_OK) == 0 ? SBINDIR "/pvfs2-client" : "pvfs2-client";
}

static char *
join (char *list, const char *word)
{
    char *joined;
    if (asprintf (&joined, "%s%s%s", list ? list : "", list && *list ? "," : "", word) < 0) {
        perror ("mount.pvfs2");
        exit (FAILED);
    }
    free (list);
    return joined;
}

static int
usage (void)
{
    fprintf (stderr,
             "usage: mount.pvfs2 tcp://HOST:PORT/NAME DIR [-sfnvrw] [-o OPTIONS] [-t TYPE]\n");
    return USAGE;
}

int
main (int argc, char **argv)
{
    char path[PATH_MAX], *options = NULL;
    bool fake = false, verbose = false;
    for (int opt; (opt = getopt (argc, argv, "sfnvrwho:t:")) != -1;)
        switch (opt) {
        case 's':
            options = join (options, "sloppy");
            break;
        case 'f':
            fake = true;
            break;
        case 'v':
            verbose = true;
            break;
        case 'r':
            options = join (options, "ro");
            break;
        case 'o':
            options = join (options, optarg);
            break;
        case 'n': /* no mtab is written anyway */
        case 'w':
        case 't':
            break;
        default:
            return usage ();
        }
    if (argc - optind != 2)
        return usage ();
    const char *client = find_client (path);
    const char *command[] = {
        "pvfs2-client",   "-o", options ? options : "defaults", "--", argv[optind],
        argv[optind + 1], NULL
    };
    if (verbose)
        printf ("mount.pvfs2: %s -o %s %s %s\n", client, command[2], argv[optind],
                argv[optind + 1]);
    if (fake)
        return 0;
    fflush (stdout);
    execvp (client, (char **)command);
    fprintf (stderr, "mount.pvfs2: cannot run %s: %s\n", client, strerror (errno));
    return FAILED;
}
