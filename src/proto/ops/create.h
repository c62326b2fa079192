/* create: a regular file (metafile, its datafiles) and its entry, in one request; -EEXIST if the name is taken. */
#ifndef PROTO_OP_CREATE_H
#define PROTO_OP_CREATE_H
#include "proto/proto.h"

struct create_req {
    struct proto_entry_at at;
    struct proto_create_attr attr; /* S_IFMT bits other than regular: a special file */
    uint64_t hold;                 /* as getattr's: it is open from the beginning */
};

struct create_resp {
    struct proto_info info;
};

static inline void
create_req_codec (struct wire *w, struct create_req *b)
{
    proto_entry_at_codec (w, &b->at);
    proto_create_attr_codec (w, &b->attr);
    wire_u64 (w, &b->hold);
}

static inline void
create_resp_codec (struct wire *w, struct create_resp *b)
{
    proto_info_codec (w, &b->info);
}
#endif
