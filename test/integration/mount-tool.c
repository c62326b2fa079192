/*
 * mount-tool: what shell tests of a mount cannot do with the usual commands. Each prints why and ends with 1 if it fails.
 *
 *     mount-tool mmap FILE              shared reading and private writing of a mapping; FILE stays as it is
 *     mount-tool stubborn FILE          reads FILE, ignoring SIGINT and SIGTERM; prints "ERRNO SECONDS"
 *     mount-tool promises DIR LOG       creates, writes, fsyncs and renames files for ever; LOG gets a line per kept promise
 *     mount-tool promised DIR LOG       are all those of LOG there?
 *     mount-tool readers N FILE         opens FILE, waits for a line of input, then N threads read 4 KiB each with O_DIRECT; compared
 *                                       with what pread gives afterwards
 *     mount-tool list DIR PID           prints the names in DIR; after some of them kills PID
 *     mount-tool unlinked FILE          an open file that is removed
 *     mount-tool follow FILE            opens FILE; then, for each line of its input, prints FILE's first line as it reads it now
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static int __attribute__ ((format (printf, 1, 2)))
no (const char *format, ...)
{
    va_list args;
    int err = errno;
    va_start (args, format);
    vfprintf (stderr, format, args);
    va_end (args);
    fprintf (stderr, " (%s)\n", strerror (err));
    return 1;
}

static double
now (void)
{
    struct timespec t;
    clock_gettime (CLOCK_MONOTONIC, &t);
    return (double) t.tv_sec + (double) t.tv_nsec / 1e9;
}

/* ---- mappings ------------------------------------------------------------------------------------- */

static int
mapped (char **argv)
{
    struct stat st;
    int fd = open (argv[2], O_RDONLY);
    if (fd < 0 || fstat (fd, &st) < 0 || st.st_size == 0)
        return no ("%s cannot be opened", argv[2]);
    size_t n = (size_t) st.st_size;
    char *shared = mmap (NULL, n, PROT_READ, MAP_SHARED, fd, 0);
    char *own = mmap (NULL, n, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
    char *copy = malloc (n);
    if (shared == MAP_FAILED || own == MAP_FAILED || !copy)
        return no ("mmap");
    for (size_t off = 0; off < n;) {
        ssize_t r = pread (fd, copy + off, n - off, (off_t) off);
        if (r <= 0)
            return no ("read");
        off += (size_t) r;
    }
    if (memcmp (shared, copy, n) != 0)
        return no ("the mapping differs from what read gives");
    for (size_t i = 0; i < n; i += 4099)
        own[i] ^= 0x55;
    for (size_t i = 0; i < n; i += 4099)
        if (own[i] != (char) (copy[i] ^ 0x55))
            return no ("a private mapping does not keep what is written");
    if (memcmp (shared, copy, n) != 0)
        return no ("writing to a private mapping changed the file");
    return 0;
}

/* ---- a program that is not to be stopped ----------------------------------------------------------- */

static int
stubborn (char **argv)
{
    static char buf[1 << 16];
    double start = now ();
    signal (SIGINT, SIG_IGN);
    signal (SIGTERM, SIG_IGN);
    int fd = open (argv[2], O_RDONLY), err = 0;
    ssize_t n = fd < 0 ? -1 : 1;
    while (n > 0)
        n = read (fd, buf, sizeof buf);
    if (n < 0)
        err = errno;
    printf ("%d %.1f\n", err, now () - start);
    return 0;
}

/* ---- promises -------------------------------------------------------------------------------------- */

enum { PROMISE_MAX = 700000 };

static size_t
promise_fill (unsigned i, uint8_t *buf)
{
    uint32_t x = i * 2654435761u + 12345;
    size_t size = i % 3 == 0 ? PROMISE_MAX - i % 1000 : i % 3 == 1 ? 1 + i % 5000 : 65536 + i % 100000;
    for (size_t k = 0; k < size; k++) {
        x = x * 1103515245u + 12345;
        buf[k] = (uint8_t) (x >> 16 | 1);
    }
    return size;
}

/* The folder's names are promised by its own fsync, after the rename. */
static int
promises (char **argv)
{
    static uint8_t buf[PROMISE_MAX];
    char temporary[4096], name[4096], line[64];
    int dir = open (argv[2], O_RDONLY | O_DIRECTORY), log = open (argv[3], O_WRONLY | O_CREAT | O_APPEND, 0644);
    if (dir < 0 || log < 0)
        return no ("%s or %s", argv[2], argv[3]);
    for (unsigned i = 0;; i++) {
        snprintf (temporary, sizeof temporary, "%s/.%u", argv[2], i);
        snprintf (name, sizeof name, "%s/%u", argv[2], i);
        size_t size = promise_fill (i, buf);
        int fd = open (temporary, O_WRONLY | O_CREAT | O_EXCL, 0600);
        if (fd < 0 || write (fd, buf, size) != (ssize_t) size || fsync (fd) < 0 || close (fd) < 0)
            return no ("%s", temporary);
        if (rename (temporary, name) < 0 || fsync (dir) < 0)
            return no ("%s", name);
        int n = snprintf (line, sizeof line, "%u\n", i);
        if (write (log, line, (size_t) n) != n)
            return no ("%s", argv[3]);
    }
}

static int
promised (char **argv)
{
    static uint8_t want[PROMISE_MAX], got[PROMISE_MAX + 1];
    char line[64], name[4096];
    unsigned n = 0;
    FILE *log = fopen (argv[3], "r");
    if (!log)
        return no ("%s", argv[3]);
    for (; fgets (line, sizeof line, log); n++) {
        unsigned i = (unsigned) strtoul (line, NULL, 10);
        size_t size = promise_fill (i, want), have = 0;
        snprintf (name, sizeof name, "%s/%u", argv[2], i);
        int fd = open (name, O_RDONLY);
        if (fd < 0)
            return no ("promise %u is broken: %s", i, name);
        for (ssize_t r; (r = read (fd, got + have, sizeof got - have)) > 0;)
            have += (size_t) r;
        close (fd);
        if (have != size)
            return no ("promise %u is broken: %zu bytes instead of %zu", i, have, size);
        for (size_t k = 0; k < size; k++)
            if (got[k] != want[k])
                return no ("promise %u is broken: byte %zu is %02x, not %02x", i, k, got[k], want[k]);
    }
    fclose (log);
    printf ("# %u promises kept\n", n);
    return 0;
}

/* ---- many at once ---------------------------------------------------------------------------------- */

struct reader {
    pthread_t thread;
    int fd, index, error;
    uint8_t *buf;
};

static void *
reader_run (void *arg)
{
    struct reader *r = arg;
    ssize_t n = pread (r->fd, r->buf, 4096, (off_t) r->index * 65536);
    r->error = n == 4096 ? 0 : n < 0 ? errno : ENODATA;
    return NULL;
}

static int
readers (char **argv)
{
    int n = atoi (argv[2]), bad = 0;
    struct reader *r = calloc ((size_t) n, sizeof *r);
    uint8_t again[4096];
    int direct = open (argv[3], O_RDONLY | O_DIRECT), plain = open (argv[3], O_RDONLY);
    if (direct < 0 || plain < 0)
        return no ("%s", argv[3]);
    getchar ();
    for (int i = 0; i < n; i++) {
        r[i].fd = direct, r[i].index = i;
        if (posix_memalign ((void **) &r[i].buf, 4096, 4096) != 0 || pthread_create (&r[i].thread, NULL, reader_run, &r[i]) != 0)
            return no ("thread %d", i);
    }
    for (int i = 0; i < n; i++) {
        pthread_join (r[i].thread, NULL);
        if (r[i].error || pread (plain, again, 4096, (off_t) i * 65536) != 4096 || memcmp (again, r[i].buf, 4096) != 0) {
            fprintf (stderr, "reader %d: %s\n", i, strerror (r[i].error));
            bad = 1;
        }
    }
    return bad;
}

static int
unlinked (char **argv)
{
    char buf[6] = "";
    int fd = open (argv[2], O_RDWR | O_CREAT | O_TRUNC, 0644);
    if (fd < 0 || write (fd, "hello", 5) != 5)
        return no ("%s", argv[2]);
    if (unlink (argv[2]) < 0)
        return no ("unlink");
    if (open (argv[2], O_RDONLY) >= 0 || errno != ENOENT)
        return no ("the name is still there");
    ssize_t n = pread (fd, buf, 5, 0);
    if (n == 5 && memcmp (buf, "hello", 5) == 0)
        return 0;
    return no ("reading gives %zd", n);
}

static int
follow (char **argv)
{
    char buf[256];
    int fd = open (argv[2], O_RDONLY);
    if (fd < 0)
        return no ("%s", argv[2]);
    for (int c; (c = getchar ()) != EOF;) {
        if (c != '\n')
            continue;
        ssize_t n = pread (fd, buf, sizeof buf, 0);
        if (n < 0)
            return no ("reading %s", argv[2]);
        const char *end = memchr (buf, '\n', (size_t) n);
        printf ("%.*s\n", (int) (end ? end - buf : n), buf);
        fflush (stdout);
    }
    return 0;
}

static int
list (char **argv)
{
    unsigned n = 0;
    struct dirent *e;
    DIR *d = opendir (argv[2]);
    if (!d)
        return no ("%s", argv[2]);
    while (errno = 0, (e = readdir (d))) {
        if (e->d_name[0] == '.')
            continue;
        puts (e->d_name);
        if (++n == 10 && kill (atoi (argv[3]), SIGKILL) < 0)
            return no ("%s cannot be killed", argv[3]);
    }
    if (errno)
        return no ("readdir after %u names", n);
    return closedir (d);
}

int
main (int argc, char **argv)
{
    static const struct {
        const char *name;
        int argc;
        int (*run) (char **argv);
    } commands[] = {
        { "mmap", 3, mapped },        { "stubborn", 3, stubborn }, { "promises", 4, promises },
        { "promised", 4, promised },  { "readers", 4, readers },   { "unlinked", 3, unlinked },
        { "follow", 3, follow },
        { "list", 4, list },
    };
    for (size_t i = 0; argc > 1 && i < sizeof commands / sizeof *commands; i++)
        if (strcmp (commands[i].name, argv[1]) == 0 && commands[i].argc == argc)
            return commands[i].run (argv);
    fprintf (stderr, "usage: see the head of mount-tool.c\n");
    return 2;
}
