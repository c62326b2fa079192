/* unstuff: a stuffed file gets all its datafiles; data stays where it is (strip 0 of datafile 0). Idempotent. */
#ifndef PROTO_OP_UNSTUFF_H
#define PROTO_OP_UNSTUFF_H
#include "proto/proto.h"

struct unstuff_req {
    obj_handle handle;
};

struct unstuff_resp {
    struct proto_info info;
};

static inline void
unstuff_req_codec (struct wire *w, struct unstuff_req *b)
{
    wire_u64 (w, &b->handle);
}

static inline void
unstuff_resp_codec (struct wire *w, struct unstuff_resp *b)
{
    proto_info_codec (w, &b->info);
}
#endif
