/*
 * The public skin's own tools: how a call becomes an operation of an instance and comes back.
 *
 *   api_begin → fill op->a, op->finish → api_finish
 *
 * Every call is written once, as its non-blocking form; the blocking form passes a NULL op_id, which makes api_finish wait.
 */
#ifndef API_H
#define API_H

#include "client/sysint/client.h"

/* Holds the instance. Result codes are PVFS's. -PVFS_EINVAL without a credential. */
PVFS_error api_begin (PVFS_ctx ctx, const struct sys_op_type *type, const PVFS_credential *cred, PVFS_hint hints, struct sys_op **ret);
/* Posts. op_id NULL: waits and returns 0 or a negative code; else 1 (done), 0 (posted, *op_id set) or a negative code. Gives the instance back. */
PVFS_error api_finish (struct sys_op *op, PVFS_sys_op_id *op_id, void *user_ptr);
/* Gives up before the post. */
PVFS_error api_refuse (struct sys_op *op, PVFS_error error);

/* op->finish of the calls whose response begins with a reference: lookup, create, mkdir, symlink, mknod. */
int api_ref_done (struct sys_op *op);

/* Attributes as the API shows them: what `mask` asks for and the object has. Strings are heap memory. -ENOMEM. */
int api_attr (const struct client_attr *a, uint32_t mask, PVFS_sys_attr *ret);
void api_stat (const struct client_attr *a, PVFS_stat *ret);

#endif
