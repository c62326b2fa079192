/*
 * set_parent: an object was renamed. A directory that is moved from one parent to another has the other one now – unless somebody else has moved it
 * since (parent 0: only its name changed). Idempotent.
 */
#ifndef PROTO_OP_SET_PARENT_H
#define PROTO_OP_SET_PARENT_H
#include "proto/proto.h"

enum { MOVE_BEGINS, MOVE_IS_DONE, MOVE_IS_UNDONE };

struct set_parent_req {
    obj_handle handle, from, parent;
    uint64_t by;  /* which move */
    uint8_t step; /* of it: MOVE_... */
};

PROTO_EMPTY (set_parent_resp)

static inline void
set_parent_req_codec (struct wire *w, struct set_parent_req *b)
{
    wire_u64 (w, &b->handle);
    wire_u64 (w, &b->from);
    wire_u64 (w, &b->parent);
    wire_u64 (w, &b->by);
    wire_u8 (w, &b->step);
}
#endif
