/*
 * many: very many files in one directory, through two mounts of it at once, and whether the last operations take longer than the first.
 *
 *     many DIR1 DIR2 SMALL COUNT     DIR1 and DIR2 are the same empty directory, SMALL one of another, idle file system,
 *                                    COUNT a multiple of 10,000
 *
 * Each mount creates half of the files, lists all, asks for the attributes of the other's half by name, lists all with attributes and access
 * lists as "ls -l" does, and removes its half; the two begin each step together. A listing must have every name exactly once.
 *
 * Prints a line per step: its name, operations per second of both together, the ratio of the last tenth's time per operation to the first's,
 * the same ratio in time units of the machine, the ratio of the last three tenths' median to that of the first three, and for every tenth time
 * per operation and time unit in microseconds. The unit is what a file in SMALL, which stays as small as it is, takes to be created, looked at
 * and removed, measured between the slices of a step: so what else runs on the machine is in both. A tenth's times are the medians of its slices.
 * The listings, which are over in seconds, are made three times, and each slice's shortest time counts. A slow-down of the file system is in all
 * three ratios; a busy machine is seldom in all.
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

enum { MOUNTS = 2, TENTHS = 10, SLICES = 10, ALL_SLICES = TENTHS * SLICES, END = 3, UNITS = 10, PASSES = 3, MOST = 10000000, NAME_ROOM = 32 };

struct run {
    const char *dirs[MOUNTS];
    int small;
    unsigned half;  /* of the files: one mount's */
    unsigned slice; /* operations of one mount in a slice of the present step */
    bool again;     /* the present pass is not the step's first */
    pthread_barrier_t together;
    double units[ALL_SLICES]; /* measured by the first mount's thread */
};

/* One mount's part. */
struct worker {
    struct run *run;
    unsigned me;
    int fd;
    unsigned done;
    uint64_t slice_began;
    double times[ALL_SLICES]; /* per operation, in us */
    double took;              /* the sum of the slices, in s */
    uint8_t *seen;            /* a bit per file */
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

/* ---- measuring ------------------------------------------------------------------------------------- */

static double
time_unit (const struct run *run)
{
    struct stat st;
    uint64_t began = now_ns ();
    for (unsigned i = 0; i < UNITS; i++) {
        int fd = openat (run->small, "unit", O_CREAT | O_EXCL | O_WRONLY, 0644);
        if (fd < 0 || close (fd) < 0 || fstatat (run->small, "unit", &st, 0) < 0 || unlinkat (run->small, "unit", 0) < 0)
            die ("the small file system");
    }
    return (double) (now_ns () - began) / 1e3 / UNITS;
}

static void
one_done (struct worker *w)
{
    struct run *run = w->run;
    if (++w->done % run->slice != 0)
        return;
    unsigned i = w->done / run->slice - 1;
    double took = (double) (now_ns () - w->slice_began), each = took / 1e3 / run->slice;
    w->times[i] = run->again && w->times[i] < each ? w->times[i] : each;
    w->took += took / 1e9;
    if (w->me == 0) {
        double unit = time_unit (run);
        run->units[i] = run->again && run->units[i] < unit ? run->units[i] : unit;
    }
    w->slice_began = now_ns ();
}

static int
by_size (const void *a, const void *b)
{
    double x = *(const double *) a, y = *(const double *) b;
    return (x > y) - (x < y);
}

static double
median (double *values, unsigned n)
{
    qsort (values, n, sizeof *values, by_size);
    return (values[(n - 1) / 2] + values[n / 2]) / 2;
}

/* Changes the order of what was measured. */
static void
report (struct run *run, struct worker *workers, const char *step, unsigned passes)
{
    double times[TENTHS], units[TENTHS], slices[MOUNTS * SLICES];
    for (unsigned t = 0; t < TENTHS; t++) {
        for (unsigned i = 0; i < MOUNTS; i++)
            memcpy (slices + i * SLICES, workers[i].times + t * SLICES, SLICES * sizeof *slices);
        times[t] = median (slices, MOUNTS * SLICES);
        units[t] = median (run->units + t * SLICES, SLICES);
    }
    double ratio = times[TENTHS - 1] / times[0], begin[END], end[END];
    memcpy (begin, times, sizeof begin);
    memcpy (end, times + TENTHS - END, sizeof end);
    double pace = workers[0].done / workers[0].took + workers[1].done / workers[1].took;
    printf ("%s %.0f %.2f %.2f %.2f", step, pace * passes, ratio, ratio / (units[TENTHS - 1] / units[0]), median (end, END) / median (begin, END));
    for (unsigned t = 0; t < TENTHS; t++)
        printf (" %.1f/%.0f", times[t], units[t]);
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
    for (unsigned i = 0; i < w->run->half; i++, one_done (w))
        attributes_of (w, name_of (!w->me, i, name));
}

static void
remove_own (struct worker *w)
{
    char name[NAME_ROOM];
    for (unsigned i = 0; i < w->run->half; i++, one_done (w))
        if (unlinkat (w->fd, name_of (w->me, i, name), 0) < 0)
            die ("%s cannot be removed", name);
}

static const struct {
    const char *name;
    void (*run) (struct worker *w);
    bool all; /* each mount does it with all files, not half of them */
    unsigned passes;
} steps[] = { { "create", create, false, 1 },
              { "list", list, true, PASSES },
              { "stat", stat_others, false, 1 },
              { "list-long", list_long, true, PASSES },
              { "remove", remove_own, false, 1 } };

enum { STEPS = sizeof steps / sizeof *steps };

/* ---- running --------------------------------------------------------------------------------------- */

/* The first mount's thread prepares and reports for both. */
static void *
work (void *arg)
{
    struct worker *w = arg;
    struct run *run = w->run;
    for (unsigned i = 0; i < STEPS; i++) {
        if (w->me == 0)
            run->slice = run->half * (steps[i].all ? MOUNTS : 1) / ALL_SLICES;
        for (unsigned pass = 0; pass < steps[i].passes; pass++) {
            if (w->me == 0)
                run->again = pass > 0;
            pthread_barrier_wait (&run->together);
            w->done = 0;
            w->took = run->again ? w->took : 0;
            w->slice_began = now_ns ();
            steps[i].run (w);
            pthread_barrier_wait (&run->together);
        }
        if (w->me == 0)
            report (run, w, steps[i].name, steps[i].passes); /* the workers lie side by side */
    }
    return NULL;
}

static void
run_all (struct run *run)
{
    struct worker workers[MOUNTS];
    pthread_t threads[MOUNTS];
    pthread_barrier_init (&run->together, NULL, MOUNTS);
    for (unsigned i = 0; i < MOUNTS; i++) {
        workers[i] = (struct worker){ .run = run, .me = i, .fd = open (run->dirs[i], O_RDONLY | O_DIRECTORY) };
        workers[i].seen = malloc (run->half * MOUNTS / 8 + 1);
        if (workers[i].fd < 0 || !workers[i].seen)
            die ("%s", run->dirs[i]);
    }
    for (unsigned i = 0; i < MOUNTS; i++)
        if (pthread_create (&threads[i], NULL, work, &workers[i]) != 0)
            die ("no thread");
    for (unsigned i = 0; i < MOUNTS; i++) {
        pthread_join (threads[i], NULL);
        close (workers[i].fd);
        free (workers[i].seen);
    }
    pthread_barrier_destroy (&run->together);
}

int
main (int argc, char **argv)
{
    static struct run run;
    unsigned count = argc == 5 ? (unsigned) atoi (argv[4]) : 0;
    if (count == 0 || count > MOST || count % 10000 != 0) {
        fprintf (stderr, "usage: many DIR1 DIR2 SMALL COUNT; COUNT a multiple of 10000 and at most %d\n", MOST);
        return 2;
    }
    run.dirs[0] = argv[1];
    run.dirs[1] = argv[2];
    run.small = open (argv[3], O_RDONLY | O_DIRECTORY);
    if (run.small < 0)
        die ("%s", argv[3]);
    run.half = count / MOUNTS;
    run_all (&run);
    return 0;
}
