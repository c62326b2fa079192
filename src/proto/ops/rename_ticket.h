/* rename_ticket: asked of the root directory's server; its holder alone moves directories between directories. Held as long as the
 * request runs: the answer comes at once, the ticket ends with `release` or with the connection. */
#ifndef PROTO_OP_RENAME_TICKET_H
#define PROTO_OP_RENAME_TICKET_H
#include "proto/proto.h"

struct rename_ticket_req {
    bool release;
    uint64_t ticket; /* release: which */
};

struct rename_ticket_resp {
    uint64_t ticket;
};

static inline void
rename_ticket_req_codec (struct wire *w, struct rename_ticket_req *b)
{
    wire_bool (w, &b->release);
    wire_u64 (w, &b->ticket);
}

static inline void
rename_ticket_resp_codec (struct wire *w, struct rename_ticket_resp *b)
{
    wire_u64 (w, &b->ticket);
}
#endif
