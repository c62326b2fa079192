/* link: one more name for a file, a symbolic link or a special file. Asked of the new entry's server; -EPERM for a directory, -ENOENT for an object
 * whose last name is gone, -EMLINK. */
#ifndef PROTO_OP_LINK_H
#define PROTO_OP_LINK_H
#include "proto/proto.h"

struct link_req {
    struct proto_entry_at at;
    obj_handle handle;
};

struct link_resp {
    uint8_t type; /* of the object */
};

static inline void
link_req_codec (struct wire *w, struct link_req *b)
{
    proto_entry_at_codec (w, &b->at);
    wire_u64 (w, &b->handle);
}

static inline void
link_resp_codec (struct wire *w, struct link_resp *b)
{
    wire_u8 (w, &b->type);
}
#endif
