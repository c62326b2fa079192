/* truncate: the bytestream of one datafile gets this size; growing leaves a hole. */
#ifndef PROTO_OP_TRUNCATE_H
#define PROTO_OP_TRUNCATE_H
#include "proto/proto.h"

struct truncate_req {
    obj_handle handle; /* datafile */
    int64_t size;
};

PROTO_EMPTY (truncate_resp)

static inline void
truncate_req_codec (struct wire *w, struct truncate_req *b)
{
    wire_u64 (w, &b->handle);
    wire_i64 (w, &b->size);
}
#endif
