/* remove: an entry and the object that it names. */
#ifndef PROTO_OP_REMOVE_H
#define PROTO_OP_REMOVE_H
#include "proto/proto.h"

enum { REMOVE_ANY = 0, REMOVE_FILE = 1, REMOVE_DIR = 2 }; /* -EISDIR, -ENOTDIR if it is the other */

struct remove_req {
    struct proto_entry_at at;
    uint8_t want;
};

struct remove_resp {
    obj_handle handle; /* what the name stood for */
};

static inline void
remove_req_codec (struct wire *w, struct remove_req *b)
{
    proto_entry_at_codec (w, &b->at);
    wire_u8 (w, &b->want);
}

static inline void
remove_resp_codec (struct wire *w, struct remove_resp *b)
{
    wire_u64 (w, &b->handle);
}
#endif
