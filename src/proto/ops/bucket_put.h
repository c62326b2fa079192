/*
 * bucket_put: what a bucket knows of its directory, to the server of its dirdata – a new one, or the directory has other attributes now. Idempotent:
 * what is no newer than what is there changes nothing.
 */
#ifndef PROTO_OP_BUCKET_PUT_H
#define PROTO_OP_BUCKET_PUT_H
#include "proto/ops/geteattr.h"
#include "proto/proto.h"

struct bucket_put_req {
    obj_handle dirdata, dir;
    bool create;              /* made if it is not there; else -EAGAIN then */
    uint64_t first, end;      /* create: its hashes, `end` not included */
    bool forget_times;        /* the directory's times were set: the bucket's last change no longer counts */
    struct object_attr attr;  /* the directory's; `change` is its version */
    uint32_t nxattrs;         /* access lists and striping hints */
    struct eattr_pair *xattrs;
};

PROTO_EMPTY (bucket_put_resp)

static inline void
bucket_put_req_codec (struct wire *w, struct bucket_put_req *b)
{
    wire_u64 (w, &b->dirdata);
    wire_u64 (w, &b->dir);
    wire_bool (w, &b->create);
    wire_u64 (w, &b->first);
    wire_u64 (w, &b->end);
    wire_bool (w, &b->forget_times);
    object_attr_codec (w, &b->attr);
    eattr_pairs_codec (w, &b->xattrs, &b->nxattrs, true);
}
#endif
