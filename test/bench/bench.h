/*
 * What the benchmark programs share: the clock, and work done by several processes at once, timed from a common start to the last end.
 * Each program prints one number.
 */
#ifndef TEST_BENCH_H
#define TEST_BENCH_H

#include <stddef.h>
#include <stdint.h>

enum { BENCH_MAX_PROCS = 64, BENCH_BLOCK = 1 << 20 };

double bench_now (void); /* seconds, monotonic */
void bench_die (const char *what, const char *why) __attribute__ ((noreturn));
void bench_die_errno (const char *what) __attribute__ ((noreturn));
uint64_t bench_number (const char *text); /* with K, M or G */
void *bench_buffer (size_t size);         /* page-aligned, not zero, not compressible at a glance */
uint64_t bench_random (uint64_t *state);

/* `procs` child processes: prepare (untimed), wait for all others, run. Both end the child with bench_die if they fail. Returns the seconds from the
 * common start to the last end. */
struct bench_work {
    void *(*prepare) (int me, void *arg);
    void (*run) (int me, void *state, void *arg);
    void *arg;
};
double bench_parallel (int procs, const struct bench_work *work);

#endif
