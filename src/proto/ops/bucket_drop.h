/* bucket_drop: entries from this hash on have moved: the bucket ends before them, and they go, so many at a time. Idempotent; to be repeated while `more`. */
#ifndef PROTO_OP_BUCKET_DROP_H
#define PROTO_OP_BUCKET_DROP_H
#include "proto/proto.h"

struct bucket_drop_req {
    obj_handle dirdata;
    uint64_t from;
};

struct bucket_drop_resp {
    bool more;
};

static inline void
bucket_drop_req_codec (struct wire *w, struct bucket_drop_req *b)
{
    wire_u64 (w, &b->dirdata);
    wire_u64 (w, &b->from);
}

static inline void
bucket_drop_resp_codec (struct wire *w, struct bucket_drop_resp *b)
{
    wire_bool (w, &b->more);
}
#endif
