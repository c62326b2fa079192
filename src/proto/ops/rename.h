/* rename: coordinated by the server of the source entry. */
#ifndef PROTO_OP_RENAME_H
#define PROTO_OP_RENAME_H
#include "proto/proto.h"

enum {
    RENAME_PLAIN = 0,
    RENAME_KEEP = 1, /* RENAME_NOREPLACE: -EEXIST if the target is there */
    RENAME_SWAP = 2, /* RENAME_EXCHANGE: both names are there, and change their objects */
};

struct rename_req {
    struct proto_entry_at from, to;
    uint8_t flags;
};

struct rename_resp {
    obj_handle moved;
    obj_handle replaced; /* 0: nothing was */
};

static inline void
rename_req_codec (struct wire *w, struct rename_req *b)
{
    proto_entry_at_codec (w, &b->from);
    proto_entry_at_codec (w, &b->to);
    wire_u8 (w, &b->flags);
}

static inline void
rename_resp_codec (struct wire *w, struct rename_resp *b)
{
    wire_u64 (w, &b->moved);
    wire_u64 (w, &b->replaced);
}
#endif
