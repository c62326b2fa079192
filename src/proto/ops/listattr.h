/* listattr: getattr of many objects of one server; of datafiles their sizes. */
#ifndef PROTO_OP_LISTATTR_H
#define PROTO_OP_LISTATTR_H
#include "proto/proto.h"

struct listattr_req {
    uint32_t want; /* GETATTR_… */
    uint32_t nhandles;
    obj_handle *handles;
    uint64_t hold; /* as getattr's, for the files among them */
};

struct listattr_item {
    int32_t error; /* 0 or a negative PVFS error */
    struct proto_info info;
};

struct listattr_resp {
    uint32_t nitems;
    struct listattr_item *items;
};

static inline void
listattr_req_codec (struct wire *w, struct listattr_req *b)
{
    wire_u32 (w, &b->want);
    wire_u64_array (w, &b->handles, &b->nhandles, PROTO_MAX_HANDLES);
    wire_u64 (w, &b->hold);
}

static inline void
listattr_resp_codec (struct wire *w, struct listattr_resp *b)
{
    if (!wire_array (w, &b->items, &b->nitems, sizeof *b->items, PROTO_MAX_HANDLES, 4))
        return;
    for (uint32_t i = 0; i < b->nitems; i++) {
        wire_i32 (w, &b->items[i].error);
        if (b->items[i].error == 0)
            proto_info_codec (w, &b->items[i].info);
    }
}
#endif
