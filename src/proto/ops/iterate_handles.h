/* iterate_handles: the objects that one server holds, in order of handle. */
#ifndef PROTO_OP_ITERATE_HANDLES_H
#define PROTO_OP_ITERATE_HANDLES_H
#include "proto/proto.h"

struct iterate_handles_req {
    uint64_t after;   /* the last handle seen, 0 = from the start; reserved: how many were seen */
    uint32_t count;
    bool reserved;    /* the precreated ones instead */
};

struct iterate_handles_resp {
    bool end;
    uint32_t nhandles, ntypes;
    obj_handle *handles;
    uint32_t *types;
};

static inline void
iterate_handles_req_codec (struct wire *w, struct iterate_handles_req *b)
{
    wire_u64 (w, &b->after);
    wire_u32 (w, &b->count);
    wire_bool (w, &b->reserved);
}

static inline void
iterate_handles_resp_codec (struct wire *w, struct iterate_handles_resp *b)
{
    wire_bool (w, &b->end);
    wire_u64_array (w, &b->handles, &b->nhandles, PROTO_MAX_HANDLES);
    wire_u32_array (w, &b->types, &b->ntypes, PROTO_MAX_HANDLES);
    if (!w->err && b->nhandles != b->ntypes)
        wire_fail (w, -EPROTO);
}
#endif
