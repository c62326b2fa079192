/* seteattr: sets extended attributes, all or none. */
#ifndef PROTO_OP_SETEATTR_H
#define PROTO_OP_SETEATTR_H
#include "proto/ops/geteattr.h"

enum { EATTR_CREATE = 1, EATTR_REPLACE = 2 };

struct seteattr_req {
    obj_handle handle;
    uint32_t flags;
    uint32_t nkeys;
    struct eattr_pair *keys;
};

PROTO_EMPTY (seteattr_resp)

static inline void
seteattr_req_codec (struct wire *w, struct seteattr_req *b)
{
    wire_u64 (w, &b->handle);
    wire_u32 (w, &b->flags);
    eattr_pairs_codec (w, &b->keys, &b->nkeys, true);
}
#endif
