/*
 * holds: the files that this mount has open. An open takes hold of its file with the getattr or create that it sends anyway, so that the file outlives
 * its last name until its last descriptor here is closed; holds are given back in batches, a moment later (proto/ops/hold.h, server/hold.h).
 *
 * A server that restarted has forgotten them, and one that hears nothing of us for half a minute drops them: every HOLDS_WATCH it is looked whether a
 * connection is new or gone, and then they are taken again.
 *
 * What is open is kept in the supervisor's memory (slots.h), so a new core takes the holds of its predecessor again. An open is counted before it is
 * answered, and a close after: a core that dies between counts one too many, never one too few. Such a file is let go of when the kernel forgets it.
 *
 * Belongs to the core's one thread.
 */
#ifndef KERNEL_BRIDGE_HOLDS_H
#define KERNEL_BRIDGE_HOLDS_H

#include "common/base/hash.h"
#include "common/base/list.h"
#include "common/reactor/reactor.h"

struct bridge;

enum { HOLDS_GIVE_BACK_MS = 50, HOLDS_WATCH_SECONDS = 5, HOLDS_BATCH = 1024 };

struct holds {
    struct hash_table files;
    struct list idle;          /* files to be given back */
    uint64_t stamp;
    uint64_t *boots;           /* by alias: the life of the server that knows of our holds */
    struct reactor_timer give_back, watch;
};

int holds_init (struct bridge *b);
void holds_fini (struct bridge *b); /* accepts zeroed memory */
/* For sys_args.hold of an open. */
uint64_t holds_stamp (struct bridge *b);
/* An open of a file is about to be asked for, and has ended: meanwhile no hold of it is given back, which might overtake it. */
void holds_asking (struct bridge *b, uint64_t handle);
void holds_asked (struct bridge *b, uint64_t handle);
void holds_opened (struct bridge *b, uint64_t handle);
bool holds_is_open (struct bridge *b, uint64_t handle);
/* An open failed or was interrupted, and may have left a hold. */
void holds_unsure (struct bridge *b, uint64_t handle);
/* The kernel closed a descriptor – and has its answer –; it forgot the file. */
void holds_closed (struct bridge *b, uint64_t handle);
void holds_forgotten (struct bridge *b, uint64_t handle);
/* A core in place of a dead one: says to all servers that we are back, and what is open. */
void holds_adopt (struct bridge *b);

#endif
