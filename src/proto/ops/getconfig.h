/* getconfig: the configuration file, word for word; and which fs of it a name stands for. Needs no fs id. */
#ifndef PROTO_OP_GETCONFIG_H
#define PROTO_OP_GETCONFIG_H
#include "proto/proto.h"

PROTO_EMPTY (getconfig_req)

struct getconfig_resp {
    const void *text;
    uint32_t text_len;
};

static inline void
getconfig_resp_codec (struct wire *w, struct getconfig_resp *b)
{
    wire_bytes (w, &b->text, &b->text_len, PROTO_MAX_CONFIG);
}
#endif
