/* crdirent: the other half of a rename between servers – puts an entry, replacing what may be replaced, once per intent. An exchange puts it in place of
 * just that object which the coordinator has seen there: -EAGAIN if it is another one by now. */
#ifndef PROTO_OP_CRDIRENT_H
#define PROTO_OP_CRDIRENT_H
#include "proto/proto.h"

struct crdirent_req {
    struct proto_entry_at at;
    obj_handle handle;
    uint8_t type;
    uint8_t flags;           /* RENAME_… */
    uint64_t intent;         /* the coordinator's, answered once */
    const char *coordinator; /* its alias */
    bool nowait;             /* -EAGAIN if the entry is busy: the coordinator holds one that comes behind it in the order of keys */
    uint64_t settled;        /* intents of that coordinator below this are over: their answers may go */
    obj_handle expect;       /* RENAME_SWAP: what the name stands for */
};

struct crdirent_resp {
    obj_handle replaced;     /* the handle that was put itself: both names stood for one object, and do so still */
};

static inline void
crdirent_req_codec (struct wire *w, struct crdirent_req *b)
{
    proto_entry_at_codec (w, &b->at);
    wire_u64 (w, &b->handle);
    wire_u8 (w, &b->type);
    wire_u8 (w, &b->flags);
    wire_u64 (w, &b->intent);
    wire_string (w, &b->coordinator, PROTO_MAX_NAME);
    wire_bool (w, &b->nowait);
    wire_u64 (w, &b->settled);
    wire_u64 (w, &b->expect);
}

static inline void
crdirent_resp_codec (struct wire *w, struct crdirent_resp *b)
{
    wire_u64 (w, &b->replaced);
}
#endif
