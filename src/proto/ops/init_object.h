/* init_object: a reserved directory handle becomes a directory. Idempotent: a second time answers what is there. */
#ifndef PROTO_OP_INIT_OBJECT_H
#define PROTO_OP_INIT_OBJECT_H
#include "proto/ops/geteattr.h"

struct init_object_req {
    obj_handle handle;
    struct object_attr attr;
    uint32_t nxattrs; /* inherited hints and ACLs */
    struct eattr_pair *xattrs;
};

struct init_object_resp {
    struct proto_info info;
};

static inline void
init_object_req_codec (struct wire *w, struct init_object_req *b)
{
    wire_u64 (w, &b->handle);
    object_attr_codec (w, &b->attr);
    eattr_pairs_codec (w, &b->xattrs, &b->nxattrs, true);
}

static inline void
init_object_resp_codec (struct wire *w, struct init_object_resp *b)
{
    proto_info_codec (w, &b->info);
}
#endif
