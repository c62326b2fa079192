/* setparam: run-time parameters of one server (numbers are PVFS2's PVFS_SERV_PARAM_*). */
#ifndef PROTO_OP_SETPARAM_H
#define PROTO_OP_SETPARAM_H
#include "proto/proto.h"

enum {
    SETPARAM_GOSSIP_MASK = 1,
    SETPARAM_FSID_CHECK = 2,
    SETPARAM_ROOT_CHECK = 3,
    SETPARAM_MODE = 4,
    SETPARAM_PERF_HISTORY = 5,
    SETPARAM_PERF_INTERVAL = 6,
    SETPARAM_EVENT_ENABLE = 7,
    SETPARAM_EVENT_DISABLE = 8,
    SETPARAM_SYNC_META = 9,
    SETPARAM_SYNC_DATA = 10,
    SETPARAM_DROP_CACHES = 11,
    SETPARAM_TURN_OFF_TIMEOUTS = 12,
    SETPARAM_FREEZE = 100, /* ours */
};
enum { SETPARAM_NORMAL = 1, SETPARAM_ADMIN = 2 }; /* of SETPARAM_MODE */

struct setparam_req {
    uint32_t param;
    uint64_t value;
    const char *text;
};

struct setparam_resp {
    uint64_t old_value;
};

static inline void
setparam_req_codec (struct wire *w, struct setparam_req *b)
{
    wire_u32 (w, &b->param);
    wire_u64 (w, &b->value);
    wire_string (w, &b->text, PROTO_MAX_PATH);
}

static inline void
setparam_resp_codec (struct wire *w, struct setparam_resp *b)
{
    wire_u64 (w, &b->old_value);
}
#endif
