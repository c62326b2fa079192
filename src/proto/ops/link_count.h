/* link_count: an object got one more name on another server, or lost one; the last one lost takes the object along. Once per intent. */
#ifndef PROTO_OP_LINK_COUNT_H
#define PROTO_OP_LINK_COUNT_H
#include "proto/proto.h"

struct link_count_req {
    obj_handle handle;
    bool more;               /* else less */
    uint64_t intent;         /* the coordinator's, answered once */
    const char *coordinator; /* its alias */
    uint64_t settled;        /* intents of that coordinator below this are over: their answers may go */
};

struct link_count_resp {
    uint8_t type; /* of the object */
};

static inline void
link_count_req_codec (struct wire *w, struct link_count_req *b)
{
    wire_u64 (w, &b->handle);
    wire_bool (w, &b->more);
    wire_u64 (w, &b->intent);
    wire_string (w, &b->coordinator, PROTO_MAX_NAME);
    wire_u64 (w, &b->settled);
}

static inline void
link_count_resp_codec (struct wire *w, struct link_count_resp *b)
{
    wire_u8 (w, &b->type);
}
#endif
