/*
 * storm: names and contents change as fast as one process can; every call must succeed, and the longest one is measured.
 *
 *     storm run DIR STOP     makes DIR and works in it until there is a file STOP; prints "ROUNDS MILLISECONDS CALL"
 *     storm check DIR ROUNDS is there exactly what so many rounds leave?
 *
 * A round makes a directory and a file, writes, appends, renames both, sets attributes, truncates, lists and reads back; two of three rounds
 * remove all of it again. Ends with 1 and says why at the first thing that is not as it should be.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

enum { FILE_BYTES = 300001, CUT = 77777, KEEP_EVERY = 3 };

static double longest;
static const char *longest_call = "none";

static double
now (void)
{
    struct timespec t;
    clock_gettime (CLOCK_MONOTONIC, &t);
    return (double) t.tv_sec * 1e3 + (double) t.tv_nsec / 1e6;
}

static void
judge (double since, const char *call, long result)
{
    double ms = now () - since;
    if (result < 0) {
        fprintf (stderr, "%s: %s\n", call, strerror (errno));
        exit (1);
    }
    if (ms > longest) {
        longest = ms;
        longest_call = call;
    }
}

/* The call must not fail; its value. */
#define MUST(call)                                           \
    ({                                                       \
        double since_ = now ();                              \
        long value_ = (long) (call);                         \
        judge (since_, #call, value_);                       \
        value_;                                              \
    })

static void __attribute__ ((noreturn))
wrong (const char *what, unsigned round)
{
    fprintf (stderr, "round %u: %s\n", round, what);
    exit (1);
}

static void
fill (uint8_t *buf, size_t n, unsigned round)
{
    for (size_t i = 0; i < n; i++)
        buf[i] = (uint8_t) (round * 31 + i / 251 + i);
}

static unsigned
count_names (const char *dir)
{
    double since = now ();
    DIR *d = opendir (dir);
    judge (since, "opendir", d ? 0 : -1);
    unsigned n = 0;
    struct dirent *e;
    for (;;) {
        errno = 0;
        since = now ();
        e = readdir (d);
        judge (since, "readdir", !e && errno ? -1 : 0);
        if (!e)
            break;
        n += e->d_name[0] != '.';
    }
    closedir (d);
    return n;
}

static void
write_file (const char *name, const uint8_t *data, unsigned round)
{
    int fd = (int) MUST (open (name, O_CREAT | O_EXCL | O_RDWR, 0644));
    if (MUST (pwrite (fd, data, FILE_BYTES, 0)) != FILE_BYTES)
        wrong ("a short write", round);
    MUST (ftruncate (fd, CUT));
    if (round % 4 == 0)
        MUST (fsync (fd));
    close (fd);
}

static void
append_line (const char *name, unsigned round)
{
    char line[32];
    int n = snprintf (line, sizeof line, "%u\n", round);
    int fd = (int) MUST (open (name, O_CREAT | O_APPEND | O_WRONLY, 0644));
    if (MUST (write (fd, line, (size_t) n)) != n)
        wrong ("a short append", round);
    close (fd);
}

static void
check_file (const char *name, uint8_t *data, unsigned round)
{
    static uint8_t got[FILE_BYTES];
    struct stat st;
    fill (data, FILE_BYTES, round);
    MUST (stat (name, &st));
    if (st.st_size != CUT || (st.st_mode & 07777) != 0600)
        wrong ("size or mode", round);
    int fd = (int) MUST (open (name, O_RDONLY));
    if (MUST (read (fd, got, sizeof got)) != CUT || memcmp (got, data, CUT) != 0)
        wrong ("contents", round);
    close (fd);
}

/* Leaves dN/g, or nothing. */
static void
one_round (unsigned n, uint8_t *data)
{
    char made[32], dir[32], file[32], inside[48], link[48], value[8] = "";
    snprintf (made, sizeof made, "m%u", n);
    snprintf (dir, sizeof dir, "d%u", n);
    snprintf (file, sizeof file, "f%u", n);
    snprintf (inside, sizeof inside, "%s/g", dir);
    snprintf (link, sizeof link, "%s/l", dir);
    fill (data, FILE_BYTES, n);
    MUST (mkdir (made, 0755));
    write_file (file, data, n);
    MUST (rename (made, dir));
    MUST (rename (file, inside));
    MUST (chmod (inside, 0600));
    MUST (symlink ("g", link));
    MUST (setxattr (inside, "user.round", file, strlen (file), XATTR_CREATE));
    append_line ("lines", n);
    if (count_names (dir) != 2)
        wrong ("number of names", n);
    check_file (inside, data, n);
    if (MUST (getxattr (inside, "user.round", value, sizeof value)) != (long) strlen (file) || memcmp (value, file, strlen (file)) != 0)
        wrong ("attribute", n);
    MUST (unlink (link));
    if (n % KEEP_EVERY == 0)
        return;
    MUST (unlink (inside));
    MUST (rmdir (dir));
}

static int
run (const char *dir, const char *stop)
{
    static uint8_t data[FILE_BYTES];
    unsigned n = 0;
    MUST (mkdir (dir, 0755));
    MUST (chdir (dir));
    for (; access (stop, F_OK) < 0; n++)
        one_round (n, data);
    printf ("%u %.0f %s\n", n, longest, longest_call);
    return 0;
}

static int
check (const char *dir, unsigned rounds)
{
    static uint8_t data[FILE_BYTES];
    char name[48], line[32];
    MUST (chdir (dir));
    for (unsigned n = 0; n < rounds; n += KEEP_EVERY) {
        snprintf (name, sizeof name, "d%u/g", n);
        check_file (name, data, n);
    }
    if (count_names (".") != (rounds + KEEP_EVERY - 1) / KEEP_EVERY + 1)
        wrong ("names that should not be there", rounds);
    FILE *f = fopen ("lines", "r");
    for (unsigned n = 0; n < rounds; n++)
        if (!f || !fgets (line, sizeof line, f) || (unsigned) atoi (line) != n)
            wrong ("appended lines", n);
    if (fgets (line, sizeof line, f))
        wrong ("more lines than were appended", rounds);
    fclose (f);
    return 0;
}

int
main (int argc, char **argv)
{
    if (argc == 4 && strcmp (argv[1], "run") == 0)
        return run (argv[2], argv[3]);
    if (argc == 4 && strcmp (argv[1], "check") == 0)
        return check (argv[2], (unsigned) atoi (argv[3]));
    fprintf (stderr, "usage: storm run DIR STOP | storm check DIR ROUNDS\n");
    return 2;
}
