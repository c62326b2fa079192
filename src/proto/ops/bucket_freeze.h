/* bucket_freeze: a directory is to be removed: its bucket takes no entries until it is thawed or gone. -ENOTEMPTY. Idempotent. */
#ifndef PROTO_OP_BUCKET_FREEZE_H
#define PROTO_OP_BUCKET_FREEZE_H
#include "proto/proto.h"

struct bucket_freeze_req {
    obj_handle dirdata;
    bool thaw;
};

PROTO_EMPTY (bucket_freeze_resp)

static inline void
bucket_freeze_req_codec (struct wire *w, struct bucket_freeze_req *b)
{
    wire_u64 (w, &b->dirdata);
    wire_bool (w, &b->thaw);
}
#endif
