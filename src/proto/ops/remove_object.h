/* remove_object: objects whose last name is gone. A directory only if it is empty (-ENOTEMPTY); what is not there any more counts as removed. */
#ifndef PROTO_OP_REMOVE_OBJECT_H
#define PROTO_OP_REMOVE_OBJECT_H
#include "proto/proto.h"

struct remove_object_req {
    uint32_t nhandles;
    obj_handle *handles;
};

PROTO_EMPTY (remove_object_resp)

static inline void
remove_object_req_codec (struct wire *w, struct remove_object_req *b)
{
    wire_u64_array (w, &b->handles, &b->nhandles, PROTO_MAX_HANDLES);
}
#endif
