/* accessed: objects of one server were read just now: their access times. What is gone, or not readable for the caller, is passed over. */
#ifndef PROTO_OP_ACCESSED_H
#define PROTO_OP_ACCESSED_H
#include "proto/proto.h"

struct accessed_req {
    uint32_t nhandles;
    obj_handle *handles;
};

PROTO_EMPTY (accessed_resp)

static inline void
accessed_req_codec (struct wire *w, struct accessed_req *b)
{
    wire_u64_array (w, &b->handles, &b->nhandles, PROTO_MAX_HANDLES);
}
#endif
