/*
 * perf: the server's counters, and what they were before.
 *
 * A counter is an array's member that whoever has something to count adds to. Every PerfUpdateInterval ms a sample of all of them, and of the
 * timers, is put into a ring of PerfUpdateHistory. No clock ticks for that: the first request after an interval's end closes its sample, and those
 * of the intervals in which there was none. Samples hold totals since the start, as PVFS2's.
 *
 * Belongs to the server's reactor.
 */
#ifndef SERVER_PERF_H
#define SERVER_PERF_H

#include "server/server.h"

enum { PERF_HISTORY_MAX = 65536 };

int perf_new (struct server *s, struct perf **ret); /* -ENOMEM */
void perf_free (struct perf *p);
/* A request begins, for the counter of its descriptor; it has ended after so many ns. */
void perf_begin (struct server_op *op);
void perf_end (const struct server_op *op, uint64_t took);
/* From now on; the running sample is closed, the latest of the others are kept. -EINVAL, -ENOMEM. */
int perf_set_interval (struct server *s, uint64_t msecs);
int perf_set_history (struct server *s, uint64_t samples);
uint64_t perf_interval (const struct server *s);
uint64_t perf_history (const struct server *s);

#endif
