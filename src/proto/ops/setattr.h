/* setattr: owner, mode, times. On a datafile only SETATTR_RESET_TIME: its last write is forgotten. */
#ifndef PROTO_OP_SETATTR_H
#define PROTO_OP_SETATTR_H
#include "proto/proto.h"

enum {
    SETATTR_UID = 1,
    SETATTR_GID = 2,
    SETATTR_MODE = 4,
    SETATTR_ATIME = 8,      /* to the server's now */
    SETATTR_MTIME = 16,
    SETATTR_ATIME_SET = 32, /* to the given time */
    SETATTR_MTIME_SET = 64,
    SETATTR_RESET_TIME = 128,
    SETATTR_WRITTEN = 256,  /* truncated or written: mtime and ctime now, set-id bits cleared; under CAP_WRITE */
};

struct setattr_req {
    obj_handle handle;
    uint32_t mask;
    uint32_t uid, gid, mode;
    uint64_t atime, mtime;
};

struct setattr_resp {
    struct proto_info info;
};

static inline void
setattr_req_codec (struct wire *w, struct setattr_req *b)
{
    wire_u64 (w, &b->handle);
    wire_u32 (w, &b->mask);
    wire_u32 (w, &b->uid);
    wire_u32 (w, &b->gid);
    wire_u32 (w, &b->mode);
    wire_u64 (w, &b->atime);
    wire_u64 (w, &b->mtime);
}

static inline void
setattr_resp_codec (struct wire *w, struct setattr_resp *b)
{
    proto_info_codec (w, &b->info);
}
#endif
