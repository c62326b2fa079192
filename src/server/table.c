/*
 * The operations that a server knows: one line each in proto/ops.def, one descriptor each in op-*.c.
 */
#include "server/server.h"

#define OPERATION(NUMBER, name, flags) extern const struct op_desc name##_desc;
#include "proto/ops.def"
#undef OPERATION

const struct op_desc *const server_ops[PROTO_OP_COUNT] = {
#define OPERATION(NUMBER, name, flags) [NUMBER] = &name##_desc,
#include "proto/ops.def"
#undef OPERATION
};
