/*
 * Instances: the default one behind PVFS_sys_*, those that PVFS_ctx_new makes, and the mount tables of PVFS_util_*, which serve the default one.
 *
 * Any thread. A call holds its instance from instance_get to instance_put; its end cancels everything, waits for the last holder and frees it.
 * After fork the child has no instance until it makes one anew (the parent's are left alone: their descriptors are shared).
 */
#ifndef DEFAULT_INSTANCE_H
#define DEFAULT_INSTANCE_H

#include "client/sysint/client.h"

struct mounts;

/* 0, or -PVFS_EDEVINIT: not initialised. */
PVFS_error instance_get (PVFS_ctx ctx, struct client **ret);
void instance_put (struct client *c);

/* The mount tables, locked until the other call. */
struct mounts *instance_mounts_lock (void);
void instance_mounts_unlock (void);

#endif
