/* error: PVFS error codes (public API, wire) <-> errno (everything inside).
 *
 * Inside the tree a function returns 0 or a negative errno.  These two are the only border.  The
 * mapping is one table; where PVFS2 has no code the public header adds one above PVFS_ERRNO_MAX.
 * Codes that are no errno travel inside as an otherwise unused one:
 *
 *     PVFS_ECANCEL ECANCELED    PVFS_ENOTPVFS EREMCHG    PVFS_EDETAIL EREMOTEIO
 *     PVFS_ESECURITY EKEYREJECTED
 *
 * Pure functions of their arguments, from any thread (but for the silent switch of perror_gossip).
 */
#ifndef COMMON_ERROR_ERROR_H
#define COMMON_ERROR_ERROR_H

#include <stdint.h>

/* 0 or -errno -> 0 or -PVFS_Exxx.  Positive values are returned as they are; an errno without a
 * code becomes -PVFS_EIO. */
int32_t pvfs_error_from_errno (int neg_errno);

/* 0 or -PVFS_Exxx (class bits are ignored) -> 0 or -errno.  Positive values are returned as they
 * are; what is no PVFS code (garbage from a peer) becomes -EIO. */
int pvfs_error_to_errno (int32_t pvfs_error);

#endif
