/*
 * many: very many files in one directory, through two mounts of it at once, and whether the last operations take longer than the first.
 *
 *     many DIR1 DIR2 COUNT     DIR1 and DIR2 are the same empty directory, COUNT a multiple of 10,000
 *
 * Each mount creates half of the files, lists all, asks for the attributes of the other's half by name, lists all with attributes and access
 * lists as "ls -l" does, and removes its half; the two begin each step together. A listing must have every name exactly once.
 *
 * Prints a line per step: its name, operations per second of both together, the ratio of the last tenth's time per operation to the first's,
 * and that time of every tenth in microseconds. It is the lower quartile over slices of a few operations: what another program on the
 * machine does for a while makes some slices longer, a slow-down makes all of them longer.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

enum { MOUNTS = 2, TENTHS = 10, SMALL_SLICE = 50, LIST_SLICE = 500, MOST = 10000000, NAME_ROOM = 32 };

struct run {
    const char *dirs[MOUNTS];
    unsigned half; /* of the files: one mount's */
    pthread_barrier_t together;
};

/* One mount's part. */
struct worker {
    struct run *run;
    unsigned me;
    int fd;
    unsigned slice, done; /* operations per slice, and so far */
    uint64_t slice_began;
    float *times; /* of the slices, in us per operation */
    unsigned ntimes;
    uint8_t *seen; /* a bit per file */
    double took;
};

static void __attribute__ ((noreturn, format (printf, 1, 2)))
die (const char *format, ...)
{
    va_list args;
    int err = errno;
    va_start (args, format);
    vfprintf (stderr, format, args);
    va_end (args);
    fprintf (stderr, " (%s)\n", strerror (err));
    exit (1);
}

static uint64_t
now_ns (void)
{
    struct timespec t;
    clock_gettime (CLOCK_MONOTONIC, &t);
    return (uint64_t) t.tv_sec * 1000000000u + (uint64_t) t.tv_nsec;
}

/* ---- slices ---------------------------------------------------------------------------------------- */

static void
slices_begin (struct worker *w, unsigned slice)
{
    w->slice = slice;
    w->done = w->ntimes = 0;
    w->slice_began = now_ns ();
}

static void
one_done (struct worker *w)
{
    if (++w->done % w->slice != 0)
        return;
    uint64_t now = now_ns ();
    w->times[w->ntimes++] = (float) (now - w->slice_began) / 1e3f / (float) w->slice;
    w->slice_began = now;
}

static int
by_size (const void *a, const void *b)
{
    float x = *(const float *) a, y = *(const float *) b;
    return (x > y) - (x < y);
}

/* Of both workers' slices in a tenth, their lower quartile. */
static double
tenth_time (const struct worker *workers, unsigned tenth)
{
    unsigned each = workers[0].ntimes / TENTHS;
    float *all = malloc (MOUNTS * each * sizeof *all);
    if (!all)
        die ("no memory");
    for (unsigned i = 0; i < MOUNTS; i++)
        memcpy (all + i * each, workers[i].times + tenth * each, each * sizeof *all);
    qsort (all, MOUNTS * each, sizeof *all, by_size);
    double quartile = all[MOUNTS * each / 4];
    free (all);
    return quartile;
}

static void
report (const struct worker *workers, const char *step)
{
    double took = workers[0].took > workers[1].took ? workers[0].took : workers[1].took, times[TENTHS];
    for (unsigned t = 0; t < TENTHS; t++)
        times[t] = tenth_time (workers, t);
    printf ("%s %.0f %.2f", step, (workers[0].done + workers[1].done) / took, times[TENTHS - 1] / times[0]);
    for (unsigned t = 0; t < TENTHS; t++)
        printf (" %.1f", times[t]);
    printf ("\n");
    fflush (stdout);
}

/* ---- steps ----------------------------------------------------------------------------------------- */

static const char *
name_of (unsigned mount, unsigned i, char buf[NAME_ROOM])
{
    snprintf (buf, NAME_ROOM, "%u-%07u", mount, i);
    return buf;
}

static void
create (struct worker *w)
{
    char name[NAME_ROOM];
    slices_begin (w, SMALL_SLICE);
    for (unsigned i = 0; i < w->run->half; i++, one_done (w)) {
        int fd = openat (w->fd, name_of (w->me, i, name), O_CREAT | O_EXCL | O_WRONLY, 0644);
        if (fd < 0 || close (fd) < 0)
            die ("%s cannot be created", name);
    }
}

static void
see (struct worker *w, const char *name)
{
    unsigned mount, i;
    char end;
    if (sscanf (name, "%1u-%7u%c", &mount, &i, &end) != 2 || mount >= MOUNTS || i >= w->run->half)
        die ("%s was not created", name);
    size_t bit = (size_t) mount * w->run->half + i;
    if (w->seen[bit / 8] & 1 << bit % 8)
        die ("%s is listed twice", name);
    w->seen[bit / 8] |= (uint8_t) (1 << bit % 8);
}

static void
attributes_of (struct worker *w, const char *name)
{
    struct stat st;
    if (fstatat (w->fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISREG (st.st_mode))
        die ("%s has no attributes", name);
}

static void
access_list_of (struct worker *w, const char *name)
{
    char path[4096], list[1];
    snprintf (path, sizeof path, "%s/%s", w->run->dirs[w->me], name);
    if (lgetxattr (path, "system.posix_acl_access", list, sizeof list) >= 0 || (errno != ENODATA && errno != EOPNOTSUPP))
        die ("%s has an access list", name);
}

static void
list_all (struct worker *w, bool long_form)
{
    int fd = openat (w->fd, ".", O_RDONLY | O_DIRECTORY);
    DIR *dir = fd < 0 ? NULL : fdopendir (fd);
    if (!dir)
        die ("the directory cannot be opened");
    memset (w->seen, 0, w->run->half * MOUNTS / 8 + 1);
    slices_begin (w, LIST_SLICE);
    for (struct dirent *e; errno = 0, (e = readdir (dir));) {
        if (e->d_name[0] == '.')
            continue;
        see (w, e->d_name);
        if (long_form) {
            attributes_of (w, e->d_name);
            access_list_of (w, e->d_name);
        }
        one_done (w);
    }
    if (errno != 0 || w->done != w->run->half * MOUNTS)
        die ("%u names are listed", w->done);
    closedir (dir);
}

static void
list (struct worker *w)
{
    list_all (w, false);
}

static void
list_long (struct worker *w)
{
    list_all (w, true);
}

static void
stat_others (struct worker *w)
{
    char name[NAME_ROOM];
    slices_begin (w, SMALL_SLICE);
    for (unsigned i = 0; i < w->run->half; i++, one_done (w))
        attributes_of (w, name_of (!w->me, i, name));
}

static void
remove_own (struct worker *w)
{
    char name[NAME_ROOM];
    slices_begin (w, SMALL_SLICE);
    for (unsigned i = 0; i < w->run->half; i++, one_done (w))
        if (unlinkat (w->fd, name_of (w->me, i, name), 0) < 0)
            die ("%s cannot be removed", name);
}

static const struct {
    const char *name;
    void (*run) (struct worker *w);
} steps[] = { { "create", create }, { "list", list }, { "stat", stat_others }, { "list-long", list_long }, { "remove", remove_own } };

enum { STEPS = sizeof steps / sizeof *steps };

/* ---- running --------------------------------------------------------------------------------------- */

static void *
work (void *arg)
{
    struct worker *w = arg;
    for (unsigned i = 0; i < STEPS; i++) {
        pthread_barrier_wait (&w->run->together);
        uint64_t begin = now_ns ();
        steps[i].run (w);
        w->took = (double) (now_ns () - begin) / 1e9;
        pthread_barrier_wait (&w->run->together);
        if (w->me == 0)
            report (w, steps[i].name); /* the other waits for us */
    }
    return NULL;
}

int
main (int argc, char **argv)
{
    struct run run = { 0 };
    struct worker workers[MOUNTS];
    pthread_t threads[MOUNTS];
    unsigned count = argc == 2 + MOUNTS ? (unsigned) atoi (argv[3]) : 0;
    if (count == 0 || count > MOST || count % (MOUNTS * TENTHS * LIST_SLICE) != 0) {
        fprintf (stderr, "usage: many DIR1 DIR2 COUNT, a multiple of %d and at most %d\n", MOUNTS * TENTHS * LIST_SLICE, MOST);
        return 2;
    }
    run.half = count / MOUNTS;
    pthread_barrier_init (&run.together, NULL, MOUNTS);
    for (unsigned i = 0; i < MOUNTS; i++) {
        run.dirs[i] = argv[1 + i];
        workers[i] = (struct worker){ .run = &run, .me = i, .fd = open (argv[1 + i], O_RDONLY | O_DIRECTORY) };
        workers[i].times = calloc (run.half / SMALL_SLICE, sizeof *workers[i].times);
        workers[i].seen = malloc (count / 8 + 1);
        if (workers[i].fd < 0 || !workers[i].times || !workers[i].seen)
            die ("%s", argv[1 + i]);
    }
    for (unsigned i = 0; i < MOUNTS; i++)
        if (pthread_create (&threads[i], NULL, work, &workers[i]) != 0)
            die ("no thread");
    for (unsigned i = 0; i < MOUNTS; i++) {
        pthread_join (threads[i], NULL);
        close (workers[i].fd);
        free (workers[i].times);
        free (workers[i].seen);
    }
    pthread_barrier_destroy (&run.together);
    return 0;
}
