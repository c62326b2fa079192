/*
 * The default instance behind PVFS_sys_*: the one client of this process that is not handed around, and the mount tables of PVFS_util_*.
 *
 * Any thread. A call holds the instance from instance_get to instance_put; finalize cancels everything, waits for the last holder and
 * frees it. After fork the child has no instance until it initialises anew (the parent's is left alone: its descriptors are shared).
 */
#ifndef DEFAULT_INSTANCE_H
#define DEFAULT_INSTANCE_H

#include "client/sysint/client.h"

struct mounts;

/* 0, or -PVFS_EDEVINIT: not initialised. */
PVFS_error instance_get (struct client **ret);
void instance_put (void);

/* The mount tables, locked until the other call. */
struct mounts *instance_mounts_lock (void);
void instance_mounts_unlock (void);

/* The two settings of PVFS2 that have no effect here – retries go on until the deadline – but can be read back. */
struct instance_settings {
    unsigned retry_limit, retry_delay_msecs;
};
struct instance_settings *instance_settings (void); /* under the reactor's lock */

#endif
