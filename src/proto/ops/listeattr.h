/* listeattr: names of extended attributes, in byte order. */
#ifndef PROTO_OP_LISTEATTR_H
#define PROTO_OP_LISTEATTR_H
#include "proto/ops/geteattr.h"

struct listeattr_req {
    obj_handle handle;
    const char *after; /* "" = from the start */
    uint32_t count;
};

struct listeattr_resp {
    bool end;
    uint32_t nkeys;
    struct eattr_pair *keys; /* names only */
};

static inline void
listeattr_req_codec (struct wire *w, struct listeattr_req *b)
{
    wire_u64 (w, &b->handle);
    wire_string (w, &b->after, PROTO_MAX_XATTR_NAME);
    wire_u32 (w, &b->count);
}

static inline void
listeattr_resp_codec (struct wire *w, struct listeattr_resp *b)
{
    wire_bool (w, &b->end);
    eattr_pairs_codec (w, &b->keys, &b->nkeys, false);
}
#endif
