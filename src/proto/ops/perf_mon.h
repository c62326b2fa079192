/* perf_mon: the server's counters now (keys 0–22, PVFS2's order), and a few of our own behind them. */
#ifndef PROTO_OP_PERF_MON_H
#define PROTO_OP_PERF_MON_H
#include "proto/proto.h"

enum { PERF_MON_MAX = 64 };

PROTO_EMPTY (perf_mon_req)

struct perf_mon_resp {
    uint64_t now_ms, start_ms;
    uint32_t ncounters;
    uint64_t *counters;
};

static inline void
perf_mon_resp_codec (struct wire *w, struct perf_mon_resp *b)
{
    wire_u64 (w, &b->now_ms);
    wire_u64 (w, &b->start_ms);
    wire_u64_array (w, &b->counters, &b->ncounters, PERF_MON_MAX);
}
#endif
