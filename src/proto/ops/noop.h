/* noop: a sign of life of the whole request path. */
#ifndef PROTO_OP_NOOP_H
#define PROTO_OP_NOOP_H
#include "proto/proto.h"

PROTO_EMPTY (noop_req)
PROTO_EMPTY (noop_resp)
#endif
