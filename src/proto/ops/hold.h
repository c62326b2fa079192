/* hold: files that a client takes hold of again (its connection, or the server, was new), and those that it gives back. While somebody holds a file it
 * outlives its last name. A hold is as old as its stamp, which grows with every message of a client: a drop does not end one that was taken later. */
#ifndef PROTO_OP_HOLD_H
#define PROTO_OP_HOLD_H
#include "proto/proto.h"

struct hold_req {
    uint64_t stamp;
    uint32_t ntake, ndrop;
    obj_handle *take, *drop; /* metafiles of this server */
};

PROTO_EMPTY (hold_resp)

static inline void
hold_req_codec (struct wire *w, struct hold_req *b)
{
    wire_u64 (w, &b->stamp);
    wire_u64_array (w, &b->take, &b->ntake, PROTO_MAX_HANDLES);
    wire_u64_array (w, &b->drop, &b->ndrop, PROTO_MAX_HANDLES);
}
#endif
