/*
 * Management operations: one request to each server of a list. Argument a.resp is a struct mgmt_call; a.fs says which volume.
 *
 * Errors of single servers stay with their targets; the operation itself fails only with what concerns all of them.
 */
#ifndef MGMT_H
#define MGMT_H

#include "client/sysint/client.h"

struct mgmt_target {
    PVFS_BMI_addr_t addr;
    const void *body;  /* struct NAME_req of the caller, or NULL where it is empty */
    int error;         /* out: 0 or negative errno */
    const void *resp;  /* out: struct NAME_resp, in the operation's arena */
};

struct mgmt_call {
    struct mgmt_target *targets;
    unsigned n;
};

#endif
