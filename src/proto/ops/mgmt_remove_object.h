/* mgmt_remove_object: one object, whatever names it and whatever it names: for repairs by hand. */
#ifndef PROTO_OP_MGMT_REMOVE_OBJECT_H
#define PROTO_OP_MGMT_REMOVE_OBJECT_H
#include "proto/proto.h"

struct mgmt_remove_object_req {
    obj_handle handle;
};

PROTO_EMPTY (mgmt_remove_object_resp)

static inline void
mgmt_remove_object_req_codec (struct wire *w, struct mgmt_remove_object_req *b)
{
    wire_u64 (w, &b->handle);
}
#endif
