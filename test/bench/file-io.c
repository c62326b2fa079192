/*
 * Writes or reads one file in blocks of 1 MiB, by several processes that take turns at the blocks; a write ends with fsync. Prints MiB/s.
 *
 *     file-io write|read FILE BYTES [PROCS]
 *
 * or, BLOCK bytes at a time, SPREAD times so far apart, and without fsync,
 *
 *     file-io piece-write|piece-read FILE BYTES PROCS BLOCK SPREAD
 *
 * and random blocks of 4 KiB past the caches (O_DIRECT) for so many seconds; prints operations per second:
 *
 *     file-io rand-write|rand-read FILE BYTES [PROCS [SECONDS]]
 */
#include "bench.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { RANDOM_BLOCK = 4096 };

struct task {
    const char *file;
    uint64_t bytes;
    int procs;
    double seconds;
    uint64_t block, spread;
    bool write, random, pieces;
    uint64_t *done; /* shared: operations of each process */
};

struct state {
    int fd;
    char *buf;
};

static void *
prepare (int me, void *arg)
{
    struct task *t = arg;
    struct state *s = calloc (1, sizeof *s);
    s->fd = open (t->file, (t->write ? O_WRONLY : O_RDONLY) | (t->random ? O_DIRECT : t->write ? O_CREAT : 0), 0666);
    if (s->fd < 0)
        bench_die_errno (t->file);
    s->buf = bench_buffer (BENCH_BLOCK);
    return s;
}

static void
transfer (const struct task *t, const struct state *s, size_t size, uint64_t at)
{
    for (size_t done = 0; done < size;) {
        ssize_t n = t->write ? pwrite (s->fd, s->buf + done, size - done, (off_t) (at + done))
                             : pread (s->fd, s->buf + done, size - done, (off_t) (at + done));
        if (n < 0)
            bench_die_errno (t->file);
        if (n == 0)
            bench_die (t->file, "is too short");
        done += (size_t) n;
    }
}

static void
run_blocks (int me, void *state, void *arg)
{
    struct task *t = arg;
    struct state *s = state;
    for (uint64_t at = (uint64_t) me * t->block; at < t->bytes; at += (uint64_t) t->procs * t->block)
        transfer (t, s, t->block, at * t->spread);
    if (t->write && !t->pieces && fsync (s->fd) < 0)
        bench_die_errno (t->file);
}

static void
run_random (int me, void *state, void *arg)
{
    struct task *t = arg;
    struct state *s = state;
    uint64_t seed = (uint64_t) me + 1;
    double end = bench_now () + t->seconds;
    while (bench_now () < end) {
        transfer (t, s, RANDOM_BLOCK, bench_random (&seed) % (t->bytes / RANDOM_BLOCK) * RANDOM_BLOCK);
        t->done[me]++;
    }
}

int
main (int argc, char **argv)
{
    if (argc < 4)
        bench_die ("usage", "file-io write|read|piece-write|piece-read|rand-write|rand-read FILE BYTES [PROCS [SECONDS, or BLOCK SPREAD]]");
    struct task t = { .file = argv[2], .bytes = bench_number (argv[3]), .procs = argc > 4 ? atoi (argv[4]) : 1,
                      .seconds = argc > 5 ? atof (argv[5]) : 5 };
    t.pieces = strncmp (argv[1], "piece-", 6) == 0;
    t.block = t.pieces && argc > 5 ? bench_number (argv[5]) : BENCH_BLOCK;
    t.spread = t.pieces && argc > 6 ? bench_number (argv[6]) : 1;
    t.random = strncmp (argv[1], "rand-", 5) == 0;
    t.write = strstr (argv[1], "write") != NULL;
    t.bytes -= t.bytes % BENCH_BLOCK;
    t.done = mmap (NULL, BENCH_MAX_PROCS * sizeof *t.done, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (t.done == MAP_FAILED || t.bytes == 0)
        bench_die (argv[3], "is not a size");
    double took = bench_parallel (t.procs, &(struct bench_work){ prepare, t.random ? run_random : run_blocks, &t });
    uint64_t ops = 0;
    for (int i = 0; i < t.procs; i++)
        ops += t.done[i];
    printf ("%.2f\n", t.random ? (double) ops / took : (double) t.bytes / 1048576 / took);
    return 0;
}
