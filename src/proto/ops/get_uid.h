/* get_uid: the users whose requests the server has seen lately. */
#ifndef PROTO_OP_GET_UID_H
#define PROTO_OP_GET_UID_H
#include "proto/proto.h"

enum { GET_UID_MAX = 25 };

struct get_uid_req {
    uint32_t history; /* seconds to look back; 0 = all that is remembered */
};

struct uid_seen {
    uint32_t uid;
    uint64_t count, first, last; /* requests; ns since 1970 */
};

struct get_uid_resp {
    uint32_t nusers;
    struct uid_seen *users;      /* the latest first */
};

static inline void
get_uid_req_codec (struct wire *w, struct get_uid_req *b)
{
    wire_u32 (w, &b->history);
}

static inline void
get_uid_resp_codec (struct wire *w, struct get_uid_resp *b)
{
    if (!wire_array (w, &b->users, &b->nusers, sizeof *b->users, GET_UID_MAX, 28))
        return;
    for (uint32_t i = 0; i < b->nusers; i++) {
        struct uid_seen *u = &b->users[i];
        wire_u32 (w, &u->uid);
        wire_u64 (w, &u->count);
        wire_u64 (w, &u->first);
        wire_u64 (w, &u->last);
    }
}
#endif
