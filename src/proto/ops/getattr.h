/* getattr: all about one object. Of a datafile: size and last write only, after the I/O that runs on it. */
#ifndef PROTO_OP_GETATTR_H
#define PROTO_OP_GETATTR_H
#include "proto/proto.h"

/* What is wished beside the attributes. GETATTR_WRITABLE: may the caller write it (INFO_WRITABLE)? */
enum { GETATTR_CAP = 1, GETATTR_LAYOUT = 2, GETATTR_SIZE = 4, GETATTR_WRITABLE = 8 };

struct getattr_req {
    obj_handle handle;
    uint32_t want;
    uint64_t hold; /* stamp: the file is opened, and held from now on (see hold.h); 0 = not */
};

struct getattr_resp {
    struct proto_info info;
};

static inline void
getattr_req_codec (struct wire *w, struct getattr_req *b)
{
    wire_u64 (w, &b->handle);
    wire_u32 (w, &b->want);
    wire_u64 (w, &b->hold);
}

static inline void
getattr_resp_codec (struct wire *w, struct getattr_resp *b)
{
    proto_info_codec (w, &b->info);
}
#endif
