/* symlink: a symbolic link and its entry. The target is 1 to 4,095 bytes. */
#ifndef PROTO_OP_SYMLINK_H
#define PROTO_OP_SYMLINK_H
#include "proto/proto.h"

struct symlink_req {
    struct proto_entry_at at;
    struct proto_create_attr attr;
    const char *target;
};

struct symlink_resp {
    struct proto_info info;
};

static inline void
symlink_req_codec (struct wire *w, struct symlink_req *b)
{
    proto_entry_at_codec (w, &b->at);
    proto_create_attr_codec (w, &b->attr);
    wire_string (w, &b->target, PROTO_MAX_PATH - 1);
}

static inline void
symlink_resp_codec (struct wire *w, struct symlink_resp *b)
{
    proto_info_codec (w, &b->info);
}
#endif
