/* geteattr: values of extended attributes. */
#ifndef PROTO_OP_GETEATTR_H
#define PROTO_OP_GETEATTR_H
#include "proto/proto.h"

struct eattr_pair {
    const char *name;
    int32_t error; /* answer: 0 or a negative PVFS error for this name */
    const void *value;
    uint32_t value_len;
};

struct geteattr_req {
    obj_handle handle;
    uint32_t nkeys;
    struct eattr_pair *keys; /* names only */
};

struct geteattr_resp {
    uint32_t nkeys;
    struct eattr_pair *keys;
};

static inline void
eattr_pairs_codec (struct wire *w, struct eattr_pair **p, uint32_t *n, bool values)
{
    if (!wire_array (w, p, n, sizeof **p, PROTO_MAX_XATTRS, 5))
        return;
    for (uint32_t i = 0; i < *n; i++) {
        wire_string (w, &(*p)[i].name, PROTO_MAX_XATTR_NAME);
        if (values) {
            wire_i32 (w, &(*p)[i].error);
            wire_bytes (w, &(*p)[i].value, &(*p)[i].value_len, PROTO_MAX_XATTR_VALUE);
        }
    }
}

static inline void
geteattr_req_codec (struct wire *w, struct geteattr_req *b)
{
    wire_u64 (w, &b->handle);
    eattr_pairs_codec (w, &b->keys, &b->nkeys, false);
}

static inline void
geteattr_resp_codec (struct wire *w, struct geteattr_resp *b)
{
    eattr_pairs_codec (w, &b->keys, &b->nkeys, true);
}
#endif
