/* set_parent: an object was renamed. A directory that was moved has this parent now (0: as it was). Idempotent. */
#ifndef PROTO_OP_SET_PARENT_H
#define PROTO_OP_SET_PARENT_H
#include "proto/proto.h"

struct set_parent_req {
    obj_handle handle, parent;
};

PROTO_EMPTY (set_parent_resp)

static inline void
set_parent_req_codec (struct wire *w, struct set_parent_req *b)
{
    wire_u64 (w, &b->handle);
    wire_u64 (w, &b->parent);
}
#endif
