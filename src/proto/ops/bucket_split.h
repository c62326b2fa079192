/* bucket_split: entries from this hash on are about to move: from now on the bucket does not serve them. After all that runs on the bucket. Idempotent. */
#ifndef PROTO_OP_BUCKET_SPLIT_H
#define PROTO_OP_BUCKET_SPLIT_H
#include "proto/proto.h"

struct bucket_split_req {
    obj_handle dirdata;
    uint64_t from;
};

PROTO_EMPTY (bucket_split_resp)

static inline void
bucket_split_req_codec (struct wire *w, struct bucket_split_req *b)
{
    wire_u64 (w, &b->dirdata);
    wire_u64 (w, &b->from);
}
#endif
