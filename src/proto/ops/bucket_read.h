/* bucket_read: a page of the entries that are about to move, in order of their hashes; all entries of one hash travel together. */
#ifndef PROTO_OP_BUCKET_READ_H
#define PROTO_OP_BUCKET_READ_H
#include "proto/proto.h"

struct bucket_entry {
    const char *name;
    obj_handle handle;
    uint8_t type;
};

struct bucket_read_req {
    obj_handle dirdata;
    uint64_t after;   /* entries with a greater hash; those before the moving ones do not count */
};

struct bucket_read_resp {
    bool end;
    uint64_t after;   /* for the next page */
    uint32_t nentries;
    struct bucket_entry *entries;
};

static inline void
bucket_entries_codec (struct wire *w, struct bucket_entry **entries, uint32_t *n)
{
    if (!wire_array (w, entries, n, sizeof **entries, PROTO_MAX_DIRENTS, 13))
        return;
    for (uint32_t i = 0; i < *n; i++) {
        wire_string (w, &(*entries)[i].name, PROTO_MAX_NAME);
        wire_u64 (w, &(*entries)[i].handle);
        wire_u8 (w, &(*entries)[i].type);
    }
}

static inline void
bucket_read_req_codec (struct wire *w, struct bucket_read_req *b)
{
    wire_u64 (w, &b->dirdata);
    wire_u64 (w, &b->after);
}

static inline void
bucket_read_resp_codec (struct wire *w, struct bucket_read_resp *b)
{
    wire_bool (w, &b->end);
    wire_u64 (w, &b->after);
    bucket_entries_codec (w, &b->entries, &b->nentries);
}
#endif
