/*
 * names-call: an operation on the small name space (names.h) as a call of the system interface.
 */
#ifndef TEST_SIM_NAMES_CALL_H
#define TEST_SIM_NAMES_CALL_H

#include "client/sysint/client.h"
#include "names.h"

/* What the names stand for. The strings must outlive the call. */
struct names_call {
    PVFS_object_ref dir, dir2;      /* where p and q are */
    const char *name, *name2;       /* of p and q there */
    PVFS_object_ref object;         /* chmod, link: what */
    unsigned ndfiles;               /* of a striped file */
};

const struct sys_op_type *names_call_type (enum names_kind kind);
void names_call_fill (enum names_kind kind, const struct names_call *c, struct sys_args *ret);

#endif
