/*
 * The ring of samples and the request that reads it; see perf.h.
 */
#include "server/perf.h"

#include "proto/ops/perf_mon.h"

struct sample {
    uint64_t start, length; /* ms of the reactor's clock; length 0: it is not over */
    uint64_t counters[PERF_COUNT];
    struct perf_timer timers[PERF_TIMERS];
};

struct perf {
    struct sample *ring; /* sample i of all times at i % history */
    uint32_t history, now; /* number of the running one */
    uint32_t oldest;
    uint64_t interval;   /* ms */
    uint64_t since_1970; /* ms to add to the reactor's clock */
    struct perf_timer timers[PERF_TIMERS];
};

static uint64_t
now_ms (const struct server *s)
{
    return reactor_now (s->reactor) / NSEC_PER_MSEC;
}

static struct sample *
sample_at (struct perf *p, uint32_t i)
{
    return &p->ring[i % p->history];
}

int
perf_new (struct server *s, struct perf **ret)
{
    struct perf *p = calloc (1, sizeof *p);
    if (!p)
        return -ENOMEM;
    p->history = MIN (MAX (s->options->perf_update_history, 1u), (uint32_t) PERF_HISTORY_MAX);
    p->interval = MAX (s->options->perf_update_interval_msecs, 1u);
    p->ring = calloc (p->history, sizeof *p->ring);
    if (!p->ring) {
        free (p);
        return -ENOMEM;
    }
    p->now = p->oldest = 1;
    sample_at (p, 1)->start = now_ms (s);
    *ret = p;
    return 0;
}

void
perf_free (struct perf *p)
{
    if (!p)
        return;
    free (p->ring);
    free (p);
}

/* What others count. */
static void
gather (struct server *s)
{
    struct trove_counters t;
    trove_get_counters (s->trove, &t);
    s->perf[PERF_LOG_FLUSHES] = t.log_flushes;
    s->perf[PERF_DATA_SYNCS] = t.syncs;
    s->perf[PERF_TRANSACTIONS] = t.transactions;
    s->perf[PERF_READ] = t.bytes_read;
    s->perf[PERF_WRITE] = t.bytes_written;
    s->perf[PERF_DSPACE_OPS] = t.reads + t.writes;
    s->perf[PERF_KEYVAL_OPS] = t.transactions;
    s->perf[PERF_CACHED_KEYS] = t.cached_keys;
    s->perf[PERF_OPEN_FILES] = t.open_files;
}

static void
fill (struct server *s, struct sample *a)
{
    memcpy (a->counters, s->perf, sizeof a->counters);
    memcpy (a->timers, s->perf_ring->timers, sizeof a->timers);
}

static void
roll (struct server *s, uint64_t length)
{
    struct perf *p = s->perf_ring;
    struct sample *a = sample_at (p, p->now);
    uint64_t next = a->start + length;
    fill (s, a);
    a->length = length;
    p->now++;
    p->oldest = MAX (p->oldest, p->now - MIN (p->now - 1, p->history - 1));
    *sample_at (p, p->now) = (struct sample){ .start = next };
}

/* Closes what is over. Of a long pause only the samples that are kept. */
static void
roll_over (struct server *s)
{
    struct perf *p = s->perf_ring;
    uint64_t now = now_ms (s), behind = (now - sample_at (p, p->now)->start) / p->interval;
    if (!behind)
        return;
    gather (s);
    roll (s, p->interval);
    if (behind > p->history) {
        sample_at (p, p->now)->start += (behind - p->history) * p->interval;
        behind = p->history;
    }
    while (--behind)
        roll (s, p->interval);
}

void
perf_begin (struct server_op *op)
{
    struct server *s = op->server;
    roll_over (s);
    s->perf[PERF_REQUESTS]++;
    s->perf[PERF_ACTIVE]++;
    if (op->desc->counter)
        s->perf[op->desc->counter]++;
    op->timer = op->desc->op == PROTO_lookup ? PERF_TIMER_LOOKUP
                : op->desc->counter          ? PERF_TIMER_CREATE + (op->desc->counter - PERF_CREATE)
                                             : PERF_TIMERS;
}

void
perf_end (const struct server_op *op, uint64_t took)
{
    if (op->timer == PERF_TIMERS)
        return;
    struct perf_timer *t = &op->server->perf_ring->timers[op->timer];
    t->min = t->count ? MIN (t->min, took) : took;
    t->max = MAX (t->max, took);
    t->sum += took;
    t->count++;
}

/* --- setting ------------------------------------------------------------------------------------------------------------------ */

/* The running sample ends here. */
static void
cut (struct server *s)
{
    struct perf *p = s->perf_ring;
    roll_over (s);
    uint64_t length = now_ms (s) - sample_at (p, p->now)->start;
    gather (s);
    if (length)
        roll (s, length);
}

int
perf_set_interval (struct server *s, uint64_t msecs)
{
    if (!msecs || msecs > UINT32_MAX)
        return -EINVAL;
    cut (s);
    s->perf_ring->interval = msecs;
    return 0;
}

int
perf_set_history (struct server *s, uint64_t samples)
{
    struct perf *p = s->perf_ring, new = *p;
    if (!samples || samples > PERF_HISTORY_MAX)
        return -EINVAL;
    roll_over (s);
    new = *p;
    new.history = (uint32_t) samples;
    new.ring = calloc (samples, sizeof *new.ring);
    if (!new.ring)
        return -ENOMEM;
    new.oldest = MAX (p->oldest, p->now - MIN (p->now - 1, new.history - 1));
    for (uint32_t i = new.oldest; i <= p->now; i++)
        *sample_at (&new, i) = *sample_at (p, i);
    free (p->ring);
    *p = new;
    return 0;
}

uint64_t
perf_interval (const struct server *s)
{
    return s->perf_ring->interval;
}

uint64_t
perf_history (const struct server *s)
{
    return s->perf_ring->history;
}

/* --- reading ------------------------------------------------------------------------------------------------------------------- */

/* The two clocks are read and rounded one after the other: only a difference that can be seen means that the wall clock was set. */
static uint64_t
since_1970 (struct server *s)
{
    enum { SEEN_MS = 1000 };
    struct perf *p = s->perf_ring;
    int64_t is = (int64_t) (server_now (s) / NSEC_PER_MSEC - now_ms (s)), was = (int64_t) p->since_1970;
    if (is > was + SEEN_MS || is < was - SEEN_MS)
        p->since_1970 = (uint64_t) is;
    return p->since_1970;
}

/* One row: the values, when it began, how long it was. */
static void
put_row (const struct sample *a, bool timers, uint32_t keys, uint64_t epoch, uint64_t *row)
{
    uint32_t n = timers ? keys * PERF_TIMER_WORDS : keys;
    memcpy (row, timers ? (const void *) a->timers : (const void *) a->counters, n * sizeof *row);
    row[n] = a->start + epoch;
    row[n + 1] = a->length;
}

static int
perf_mon (struct server_op *op)
{
    struct perf_mon_req *q = REQ (op, perf_mon);
    struct perf_mon_resp *a = RESP (op, perf_mon);
    struct server *s = op->server;
    struct perf *p = s->perf_ring;
    bool timers = q->type == PERF_MON_TIMERS;
    if (q->type > PERF_MON_TIMERS || !q->keys || !q->samples)
        return -EINVAL;
    uint64_t epoch = since_1970 (s);
    a->keys = MIN (q->keys, timers ? (uint32_t) PERF_TIMERS : (uint32_t) PERF_COUNT);
    uint32_t width = perf_mon_width (q->type, a->keys), room = MIN (q->samples, (uint32_t) PERF_MON_SAMPLES);
    a->values = arena_array (&op->arena, room * width, sizeof *a->values);
    if (!a->values)
        return -ENOMEM;
    gather (s);
    struct sample *running = sample_at (p, p->now);
    fill (s, running);
    uint32_t i = MIN (MAX (q->next_id, p->oldest), p->now);
    for (; i <= p->now && a->samples < room; i++)
        put_row (sample_at (p, i), timers, a->keys, epoch, &a->values[a->samples++ * width]);
    a->nvalues = a->samples * width;
    uint64_t *last = &a->values[a->nvalues - 1];
    if (i > p->now)
        *last = now_ms (s) - running->start; /* so far */
    a->next_id = i;
    a->end_ms = last[-1] + last[0];
    a->now_ms = now_ms (s) + epoch;
    return 0;
}

const struct op_desc perf_mon_desc = { .op = PROTO_perf_mon, .plain = perf_mon };
