/* event_mon: the server's last requests, begun and ended, oldest first. */
#ifndef PROTO_OP_EVENT_MON_H
#define PROTO_OP_EVENT_MON_H
#include "proto/proto.h"

enum { EVENT_MON_MAX = 1024 };
enum { EVENT_BEGIN = 1, EVENT_END = 2 };

struct event_mon_req {
    uint32_t count;   /* the last so many */
};

struct server_event {
    uint32_t op;      /* PROTO_… */
    uint64_t value;   /* begin: the user who asks; end: its error, as a positive PVFS code, or 0 */
    uint64_t id;      /* of the operation on that server */
    uint32_t what;    /* EVENT_… */
    uint64_t time;    /* ns since 1970 */
};

struct event_mon_resp {
    uint32_t nevents;
    struct server_event *events;
};

static inline void
event_mon_req_codec (struct wire *w, struct event_mon_req *b)
{
    wire_u32 (w, &b->count);
}

static inline void
event_mon_resp_codec (struct wire *w, struct event_mon_resp *b)
{
    if (!wire_array (w, &b->events, &b->nevents, sizeof *b->events, EVENT_MON_MAX, 32))
        return;
    for (uint32_t i = 0; i < b->nevents; i++) {
        struct server_event *e = &b->events[i];
        wire_u32 (w, &e->op);
        wire_u64 (w, &e->value);
        wire_u64 (w, &e->id);
        wire_u32 (w, &e->what);
        wire_u64 (w, &e->time);
    }
}
#endif
