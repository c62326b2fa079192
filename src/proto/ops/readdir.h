/* readdir: entries of one bucket in hash order; all entries of one hash travel in one reply. A cookie is the hash of the last entry seen. */
#ifndef PROTO_OP_READDIR_H
#define PROTO_OP_READDIR_H
#include "proto/proto.h"

struct readdir_req {
    obj_handle dir, dirdata;
    uint64_t after;  /* cookie: entries with a greater hash; 0 = from the start */
    uint32_t count;  /* about so many */
    bool plus;       /* with info of the objects that live here */
};

struct readdir_entry {
    uint64_t cookie;
    const char *name;
    obj_handle handle;
    uint8_t type;
    bool has_info;
    struct proto_info info;
};

struct readdir_resp {
    bool end;        /* of this bucket */
    uint64_t upto;    /* end: entries with this hash and greater ones are in other buckets; HASH_END = none is */
    uint64_t version; /* the bucket's change counter */
    uint32_t nentries;
    struct readdir_entry *entries;
};

static inline void
readdir_req_codec (struct wire *w, struct readdir_req *b)
{
    wire_u64 (w, &b->dir);
    wire_u64 (w, &b->dirdata);
    wire_u64 (w, &b->after);
    wire_u32 (w, &b->count);
    wire_bool (w, &b->plus);
}

static inline void
readdir_resp_codec (struct wire *w, struct readdir_resp *b)
{
    wire_bool (w, &b->end);
    wire_u64 (w, &b->upto);
    wire_u64 (w, &b->version);
    if (!wire_array (w, &b->entries, &b->nentries, sizeof *b->entries, PROTO_MAX_DIRENTS, 23))
        return;
    for (uint32_t i = 0; i < b->nentries; i++) {
        struct readdir_entry *e = &b->entries[i];
        wire_u64 (w, &e->cookie);
        wire_string (w, &e->name, PROTO_MAX_NAME);
        wire_u64 (w, &e->handle);
        wire_u8 (w, &e->type);
        wire_bool (w, &e->has_info);
        if (e->has_info)
            proto_info_codec (w, &e->info);
    }
}
#endif
