/*
 * mkdir: a directory and its entry, in one request. The new directory may live on another server. How it is to spread ends the request only where
 * something was chosen.
 */
#ifndef PROTO_OP_MKDIR_H
#define PROTO_OP_MKDIR_H
#include "proto/proto.h"

struct mkdir_req {
    struct proto_entry_at at;
    struct proto_create_attr attr;
    struct object_spread spread; /* 0: as the file system */
};

struct mkdir_resp {
    struct proto_info info;
};

static inline void
mkdir_req_codec (struct wire *w, struct mkdir_req *b)
{
    proto_entry_at_codec (w, &b->at);
    proto_create_attr_codec (w, &b->attr);
    if (w->err || (w->encoding ? !object_spread_chosen (&b->spread) : wire_left (w) == 0))
        return;
    object_spread_codec (w, &b->spread);
    if (!w->err && !object_spread_chosen (&b->spread))
        wire_fail (w, -EPROTO);
}

static inline void
mkdir_resp_codec (struct wire *w, struct mkdir_resp *b)
{
    proto_info_codec (w, &b->info);
}
#endif
