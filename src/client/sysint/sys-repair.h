/*
 * Operations for repairs by hand; see sys-repair.c for their arguments.
 */
#ifndef SYS_REPAIR_H
#define SYS_REPAIR_H

#include "client/sysint/client.h"

/* Result of sys_mgmt_dirdata: the first `room` buckets, ascending by their hashes; 0 where there are fewer. */
struct dirdata_found {
    PVFS_handle *handles;
    int room;
};

extern const struct sys_op_type sys_mgmt_dirent, sys_mgmt_repair_file, sys_mgmt_dirdata;

#endif
