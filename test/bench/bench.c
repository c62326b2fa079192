/*
 * See bench.h.
 */
#include "bench.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

double
bench_now (void)
{
    struct timespec ts;
    clock_gettime (CLOCK_MONOTONIC, &ts);
    return (double) ts.tv_sec + (double) ts.tv_nsec / 1e9;
}

void
bench_die (const char *what, const char *why)
{
    fprintf (stderr, "%s: %s\n", what, why);
    exit (1);
}

void
bench_die_errno (const char *what)
{
    bench_die (what, strerror (errno));
}

uint64_t
bench_number (const char *text)
{
    char *end;
    uint64_t n = strtoull (text, &end, 10);
    static const char units[] = "KMG";
    const char *unit = *end ? strchr (units, *end) : NULL;
    if (end == text || (*end && (!unit || end[1])))
        bench_die (text, "is not a number");
    return unit ? n << (10 * (unit - units + 1)) : n;
}

uint64_t
bench_random (uint64_t *state)
{
    uint64_t x = *state += 0x9e3779b97f4a7c15ull;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ull;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebull;
    return x ^ (x >> 31);
}

void *
bench_buffer (size_t size)
{
    void *p = NULL;
    uint64_t state = 1;
    if (posix_memalign (&p, 4096, size) != 0)
        bench_die ("memory", strerror (ENOMEM));
    for (size_t i = 0; i + 8 <= size; i += 8) {
        uint64_t v = bench_random (&state);
        memcpy ((char *) p + i, &v, 8);
    }
    return p;
}

static void
child (int me, const struct bench_work *work, const int ready[2], const int go[2], double *ret_end)
{
    char byte = 0;
    prctl (PR_SET_PDEATHSIG, SIGKILL);
    close (ready[0]);
    close (go[1]);
    void *state = work->prepare ? work->prepare (me, work->arg) : NULL;
    if (write (ready[1], &byte, 1) != 1 || read (go[0], &byte, 1) != 0)
        bench_die_errno ("start");
    work->run (me, state, work->arg);
    *ret_end = bench_now ();
    exit (0);
}

double
bench_parallel (int procs, const struct bench_work *work)
{
    int ready[2], go[2], status, failed = 0;
    double *ends = mmap (NULL, BENCH_MAX_PROCS * sizeof *ends, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (procs < 1 || procs > BENCH_MAX_PROCS)
        bench_die ("processes", "not between 1 and 64");
    if (ends == MAP_FAILED || pipe (ready) < 0 || pipe (go) < 0)
        bench_die_errno ("pipe");
    fflush (stdout);
    for (int i = 0; i < procs; i++) {
        pid_t pid = fork ();
        if (pid < 0)
            bench_die_errno ("fork");
        if (pid == 0)
            child (i, work, ready, go, &ends[i]);
    }
    close (ready[1]);
    close (go[0]);
    char byte;
    for (int i = 0; i < procs && read (ready[0], &byte, 1) == 1; i++)
        ;
    double start = bench_now (), last = start;
    close (go[1]); /* the start: all see the end of the pipe */
    while (wait (&status) > 0)
        failed |= status;
    for (int i = 0; i < procs; i++)
        last = ends[i] > last ? ends[i] : last;
    if (failed)
        bench_die ("a process", "failed");
    close (ready[0]);
    munmap (ends, BENCH_MAX_PROCS * sizeof *ends);
    return last - start;
}
