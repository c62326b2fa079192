/*
 * What a check of a whole file system asks of the servers (proto/ops/fsck_scan.h, fsck_fix.h). For tools; not of the public API.
 */
#ifndef FSCK_API_H
#define FSCK_API_H

#include <pvfs2.h>

#include "common/object/object.h"

struct fsck_ask {
    PVFS_BMI_addr_t addr;
    const void *body; /* struct NAME_req */
    int error;        /* out: of this server */
};

/* One request to each of n servers at once; proto_op: PROTO_fsck_scan, PROTO_fsck_fix or PROTO_setparam. `take` (may be NULL) gets the answers one by
 * one and must not call the library; < 0 from it becomes that server's error. 0 or a negative errno; errors of single servers are theirs alone. */
int fsck_ask (PVFS_fs_id fs, const PVFS_credential *cred, unsigned proto_op, struct fsck_ask *asks, unsigned n,
              int (*take) (void *arg, unsigned i, const void *resp), void *arg);

obj_handle fsck_root (PVFS_fs_id fs); /* 0: no such volume */
/* The name of a server in the configuration, "" if there is no such server. */
void fsck_alias (PVFS_fs_id fs, PVFS_BMI_addr_t addr, char *buf, size_t size);

#endif
