/* statfs: this server's space for one file system. */
#ifndef PROTO_OP_STATFS_H
#define PROTO_OP_STATFS_H
#include "proto/proto.h"

PROTO_EMPTY (statfs_req)

struct statfs_resp {
    uint64_t bytes_available, bytes_total;
    uint64_t ram_total, ram_free;
    uint64_t load_1, load_5, load_15; /* × 65536 as in sysinfo(2) */
    uint64_t uptime;                  /* seconds */
    uint64_t handles_available, handles_total;
};

static inline void
statfs_resp_codec (struct wire *w, struct statfs_resp *b)
{
    wire_u64 (w, &b->bytes_available);
    wire_u64 (w, &b->bytes_total);
    wire_u64 (w, &b->ram_total);
    wire_u64 (w, &b->ram_free);
    wire_u64 (w, &b->load_1);
    wire_u64 (w, &b->load_5);
    wire_u64 (w, &b->load_15);
    wire_u64 (w, &b->uptime);
    wire_u64 (w, &b->handles_available);
    wire_u64 (w, &b->handles_total);
}
#endif
