/* bucket_full: a bucket has grown, says its server to the directory's, which may split it. */
#ifndef PROTO_OP_BUCKET_FULL_H
#define PROTO_OP_BUCKET_FULL_H
#include "proto/proto.h"

struct bucket_full_req {
    obj_handle dir, dirdata;
};

PROTO_EMPTY (bucket_full_resp)

static inline void
bucket_full_req_codec (struct wire *w, struct bucket_full_req *b)
{
    wire_u64 (w, &b->dir);
    wire_u64 (w, &b->dirdata);
}
#endif
