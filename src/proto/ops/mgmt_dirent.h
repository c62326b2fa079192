/* mgmt_dirent: puts or takes away a name without a look at the object: for repairs by hand. */
#ifndef PROTO_OP_MGMT_DIRENT_H
#define PROTO_OP_MGMT_DIRENT_H
#include "proto/proto.h"

struct mgmt_dirent_req {
    struct proto_entry_at at;
    obj_handle handle; /* 0: take the name away; else put it, -EEXIST if it is taken */
    uint8_t type;      /* of the object */
};

PROTO_EMPTY (mgmt_dirent_resp)

static inline void
mgmt_dirent_req_codec (struct wire *w, struct mgmt_dirent_req *b)
{
    proto_entry_at_codec (w, &b->at);
    wire_u64 (w, &b->handle);
    wire_u8 (w, &b->type);
}
#endif
