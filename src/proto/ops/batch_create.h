/* batch_create: fresh handles for another server's pool. Datafiles exist from then on; directory handles are only reserved. A batch is given
 * out again until the asker names it as stored, so no crash loses objects between the two. */
#ifndef PROTO_OP_BATCH_CREATE_H
#define PROTO_OP_BATCH_CREATE_H
#include "proto/proto.h"

struct batch_create_req {
    const char *pool_owner; /* alias of the asker */
    uint8_t type;           /* OBJ_DATAFILE, OBJ_DIRECTORY */
    uint32_t count;
    uint64_t stored;        /* id of the last batch that the asker has stored, 0 = none */
};

struct batch_create_resp {
    uint64_t batch;
    uint32_t nhandles;
    obj_handle *handles;
};

static inline void
batch_create_req_codec (struct wire *w, struct batch_create_req *b)
{
    wire_string (w, &b->pool_owner, PROTO_MAX_NAME);
    wire_u8 (w, &b->type);
    wire_u32 (w, &b->count);
    wire_u64 (w, &b->stored);
}

static inline void
batch_create_resp_codec (struct wire *w, struct batch_create_resp *b)
{
    wire_u64 (w, &b->batch);
    wire_u64_array (w, &b->handles, &b->nhandles, PROTO_MAX_HANDLES);
}
#endif
