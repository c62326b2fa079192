/* deleattr: removes one extended attribute; -ENODATA if there is none of that name. */
#ifndef PROTO_OP_DELEATTR_H
#define PROTO_OP_DELEATTR_H
#include "proto/proto.h"

struct deleattr_req {
    obj_handle handle;
    const char *name;
};

PROTO_EMPTY (deleattr_resp)

static inline void
deleattr_req_codec (struct wire *w, struct deleattr_req *b)
{
    wire_u64 (w, &b->handle);
    wire_string (w, &b->name, PROTO_MAX_XATTR_NAME);
}
#endif
