/*
 * atimes: access times. The kernel reads through FUSE without telling anybody what it read, so the bridge notes what it answered, and tells the
 * servers a moment later, many objects in one message: no read waits for that, and none is told twice within the moment. Until then the
 * bridge's own answers show the time. What is noted when the mount ends is lost, at most ATIMES_DELAY old.
 *
 * One thread.
 */
#ifndef KERNEL_BRIDGE_ATIMES_H
#define KERNEL_BRIDGE_ATIMES_H

#include "common/base/hash.h"
#include "common/base/list.h"
#include "common/reactor/reactor.h"

struct sys_op;

#define ATIMES_DELAY (500 * NSEC_PER_MSEC)

enum { ATIMES_BATCH = 2048, ATIMES_MAX = 16384 }; /* beyond it reads are not noted */

struct atimes {
    struct hash_table table; /* by handle */
    struct list waiting, told; /* told: under way to the servers */
    struct reactor_timer timer;
    struct sys_op *op; /* running */
};

#endif
