/* flush: what was written to this object, and all metadata committed before on this server, is durable when it returns. */
#ifndef PROTO_OP_FLUSH_H
#define PROTO_OP_FLUSH_H
#include "proto/proto.h"

struct flush_req {
    uint32_t nhandles; /* datafiles of this server; none: metadata only */
    obj_handle *handles;
};

PROTO_EMPTY (flush_resp)

static inline void
flush_req_codec (struct wire *w, struct flush_req *b)
{
    wire_u64_array (w, &b->handles, &b->nhandles, PROTO_MAX_HANDLES);
}
#endif
