/* statfs: this server's space for one file system, and how it is. */
#ifndef PROTO_OP_STATFS_H
#define PROTO_OP_STATFS_H
#include "proto/proto.h"

enum { STATFS_VERSION_MAX = 31 };
enum statfs_mode { STATFS_NORMAL, STATFS_ADMIN, STATFS_FROZEN };

PROTO_EMPTY (statfs_req)

struct statfs_resp {
    uint64_t bytes_available, bytes_total;
    uint64_t ram_total, ram_free;
    uint64_t load_1, load_5, load_15; /* × 65536 as in sysinfo(2) */
    uint64_t uptime;                  /* seconds */
    uint64_t handles_available, handles_total;
    uint64_t now;                     /* its clock: ns since 1970 */
    uint64_t config_epoch;            /* of the configuration that it runs with */
    uint64_t key_mark;                /* equal keys have equal marks; 0 = no key */
    uint32_t intents, operations;     /* unfinished, and running, of this file system */
    uint8_t mode;
    const char *version;              /* of its program */
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
    wire_u64 (w, &b->now);
    wire_u64 (w, &b->config_epoch);
    wire_u64 (w, &b->key_mark);
    wire_u32 (w, &b->intents);
    wire_u32 (w, &b->operations);
    wire_u8 (w, &b->mode);
    wire_string (w, &b->version, STATFS_VERSION_MAX);
}
#endif
