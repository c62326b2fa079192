/* perf_mon: samples of the server's counters (keys 0–22 are PVFS2's, a few of our own follow) or timers, oldest first; the last may be running. */
#ifndef PROTO_OP_PERF_MON_H
#define PROTO_OP_PERF_MON_H
#include "proto/proto.h"

enum { PERF_MON_COUNTERS = 0, PERF_MON_TIMERS = 1 };
enum { PERF_MON_KEYS = 64, PERF_MON_SAMPLES = 16 }; /* of one answer, at most */
enum { PERF_TIMER_WORDS = 4 };                      /* sum, count, min, max; in ns */

/* Of a sample: its values, its start in ms since 1970, its length in ms. */
static inline uint32_t
perf_mon_width (uint32_t type, uint32_t keys)
{
    return (type == PERF_MON_TIMERS ? keys * PERF_TIMER_WORDS : keys) + 2;
}

struct perf_mon_req {
    uint32_t type;          /* PERF_MON_… */
    uint32_t next_id;       /* from this sample on; larger than there is: the running one */
    uint32_t keys, samples; /* so many */
};

struct perf_mon_resp {
    uint32_t keys, samples;
    uint32_t next_id;       /* to go on with */
    uint64_t end_ms, now_ms;
    uint32_t nvalues;       /* samples × perf_mon_width */
    uint64_t *values;
};

static inline void
perf_mon_req_codec (struct wire *w, struct perf_mon_req *b)
{
    wire_u32 (w, &b->type);
    wire_u32 (w, &b->next_id);
    wire_u32 (w, &b->keys);
    wire_u32 (w, &b->samples);
}

static inline void
perf_mon_resp_codec (struct wire *w, struct perf_mon_resp *b)
{
    wire_u32 (w, &b->keys);
    wire_u32 (w, &b->samples);
    wire_u32 (w, &b->next_id);
    wire_u64 (w, &b->end_ms);
    wire_u64 (w, &b->now_ms);
    wire_u64_array (w, &b->values, &b->nvalues, PERF_MON_SAMPLES * (PERF_MON_KEYS + 2));
}
#endif
