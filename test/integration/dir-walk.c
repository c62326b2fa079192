/*
 * dir-walk: lists a directory again and again while others work in it. Names that stay must be in every listing, exactly once.
 *
 *     dir-walk DIR PREFIX COUNT              until the standard input ends: whole listings, and some that jump back and forth by telldir and seekdir
 *     dir-walk DIR PREFIX COUNT half         reads half of a listing, says "half", waits for a line, reads the rest
 *
 * The names that stay are PREFIX0 … PREFIX(COUNT-1). Exit status 0 if all listings were right; prints how many there were.
 */
#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct walk {
    const char *dir, *prefix;
    unsigned long count;
    unsigned char *seen;
};

static int
wrong (const struct walk *w, const char *what, unsigned long i)
{
    printf ("%s%lu %s\n", w->prefix, i, what);
    return -1;
}

/* The number of a name that stays; -1: it is another's. */
static long
number_of (const struct walk *w, const char *name)
{
    size_t n = strlen (w->prefix);
    char *end;
    if (strncmp (name, w->prefix, n) != 0)
        return -1;
    unsigned long i = strtoul (name + n, &end, 10);
    return *end || i >= w->count ? -1 : (long) i;
}

static int
note (struct walk *w, const char *name)
{
    long i = number_of (w, name);
    if (i >= 0 && w->seen[i]++)
        return wrong (w, "was listed twice", (unsigned long) i);
    return 0;
}

static int
all_seen (struct walk *w)
{
    for (unsigned long i = 0; i < w->count; i++)
        if (!w->seen[i])
            return wrong (w, "was not listed", i);
    memset (w->seen, 0, w->count);
    return 0;
}

/* After every 50 entries back to where the listing was 20 entries ago, and forth again. */
static int
read_on (struct walk *w, DIR *d, unsigned long most, bool jump)
{
    long back = telldir (d);
    struct dirent *e;
    errno = 0;
    for (unsigned long n = 1; most && (e = readdir (d)); n++, most--) {
        if (note (w, e->d_name) < 0)
            return -1;
        if (n % 50 == 30)
            back = telldir (d);
        if (!jump || n % 50)
            continue;
        long here = telldir (d);
        seekdir (d, back);
        readdir (d);
        seekdir (d, here);
    }
    if (errno)
        perror (w->dir);
    return errno ? -1 : 0;
}

static int
list (struct walk *w, bool jump)
{
    DIR *d = opendir (w->dir);
    if (!d) {
        perror (w->dir);
        return -1;
    }
    int r = read_on (w, d, (unsigned long) -1, jump);
    closedir (d);
    return r < 0 ? r : all_seen (w);
}

static int
list_in_halves (struct walk *w)
{
    DIR *d = opendir (w->dir);
    int r = d ? read_on (w, d, w->count / 2, false) : -1;
    puts ("half");
    fflush (stdout);
    getchar ();
    if (r == 0)
        r = read_on (w, d, (unsigned long) -1, false);
    return r < 0 ? r : all_seen (w);
}

static bool
input_ended (void)
{
    struct pollfd p = { .fd = 0, .events = POLLIN };
    return poll (&p, 1, 0) > 0;
}

int
main (int argc, char **argv)
{
    if (argc < 4) {
        fputs ("Usage: dir-walk DIR PREFIX COUNT [half]\n", stderr);
        return 2;
    }
    struct walk w = { argv[1], argv[2], strtoul (argv[3], NULL, 10), NULL };
    w.seen = calloc (w.count + 1, 1);
    if (!w.seen)
        return 2;
    if (argc > 4)
        return list_in_halves (&w) < 0;
    unsigned long n = 0;
    do {
        if (list (&w, n % 2) < 0)
            return 1;
        n++;
    } while (!input_ended ());
    printf ("%lu listings\n", n);
    return 0;
}
