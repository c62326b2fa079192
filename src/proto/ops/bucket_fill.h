/* bucket_fill: entries for a bucket that nobody uses yet. Those that are there already stay: idempotent. */
#ifndef PROTO_OP_BUCKET_FILL_H
#define PROTO_OP_BUCKET_FILL_H
#include "proto/ops/bucket_read.h"

struct bucket_fill_req {
    obj_handle dirdata;
    uint32_t nentries;
    struct bucket_entry *entries;
};

PROTO_EMPTY (bucket_fill_resp)

static inline void
bucket_fill_req_codec (struct wire *w, struct bucket_fill_req *b)
{
    wire_u64 (w, &b->dirdata);
    bucket_entries_codec (w, &b->entries, &b->nentries);
}
#endif
