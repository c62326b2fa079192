/* live_ops: the operations that run or wait on a server, and the connections whose stream is blocked. */
#ifndef PROTO_OP_LIVE_OPS_H
#define PROTO_OP_LIVE_OPS_H
#include "proto/proto.h"

enum { LIVE_OPS_MAX = 4096 };

struct live_op {
    uint64_t id;
    uint16_t op;
    obj_handle handle;       /* what it acts on */
    uint64_t tag, connection;
    uint64_t age_ms;
    const char *client;      /* who asked */
    const char *state;       /* "io_sm/RUN_FLOW" */
    const char *waits_for;   /* in words */
    uint64_t behind;         /* id of the operation in front of it in the scheduler, 0 = none */
    bool waits_for_data;     /* a flow without its next message */
};

struct live_connection {
    uint64_t connection;
    const char *client;
    bool blocked;            /* a large message without a receive heads its stream */
    uint64_t blocked_tag;
};

struct live_ops_resp {
    uint32_t nops;
    struct live_op *ops;
    uint32_t nconnections;
    struct live_connection *connections;
};

PROTO_EMPTY (live_ops_req)

static inline void
live_ops_resp_codec (struct wire *w, struct live_ops_resp *b)
{
    if (!wire_array (w, &b->ops, &b->nops, sizeof *b->ops, LIVE_OPS_MAX, 50))
        return;
    for (uint32_t i = 0; i < b->nops; i++) {
        struct live_op *o = &b->ops[i];
        wire_u64 (w, &o->id);
        wire_u16 (w, &o->op);
        wire_u64 (w, &o->handle);
        wire_u64 (w, &o->tag);
        wire_u64 (w, &o->connection);
        wire_u64 (w, &o->age_ms);
        wire_string (w, &o->client, PROTO_MAX_PATH);
        wire_string (w, &o->state, PROTO_MAX_PATH);
        wire_string (w, &o->waits_for, PROTO_MAX_PATH);
        wire_u64 (w, &o->behind);
        wire_bool (w, &o->waits_for_data);
    }
    if (!wire_array (w, &b->connections, &b->nconnections, sizeof *b->connections, LIVE_OPS_MAX, 20))
        return;
    for (uint32_t i = 0; i < b->nconnections; i++) {
        struct live_connection *c = &b->connections[i];
        wire_u64 (w, &c->connection);
        wire_string (w, &c->client, PROTO_MAX_PATH);
        wire_bool (w, &c->blocked);
        wire_u64 (w, &c->blocked_tag);
    }
}
#endif
