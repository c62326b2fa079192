/*
 * nodes: what the bridge remembers of objects that the kernel knows – presence bits of extended
 * attributes, and the state of a file at its last open, for close-to-open. Bounded; forgetting an
 * entry costs a question, never the truth. One thread.
 */
#ifndef KERNEL_BRIDGE_NODES_H
#define KERNEL_BRIDGE_NODES_H

#include "common/base/hash.h"
#include "common/base/list.h"

struct object_attr;

enum { NODES_MAX = 16384 };

struct nodes {
    struct hash_table table;
    struct list recent; /* the front was used last */
};

void nodes_init (struct nodes *t);
void nodes_fini (struct nodes *t);

/* Fresh attributes of an object came in. */
void nodes_saw (struct nodes *t, uint64_t handle, const struct object_attr *attr, uint64_t now);

/* An open with these attributes: true if nothing changed since the last one, so that cached pages
 * may stay. */
bool nodes_open (struct nodes *t, uint64_t handle, const struct object_attr *attr, uint64_t now);

/* Known, from attributes at most max_age ns old, to have none of these bits (OBJ_HAS_…). */
bool nodes_lacks (struct nodes *t, uint64_t handle, unsigned bits, uint64_t now, uint64_t max_age);
/* The server has just said so; or the bits are not known any more. */
void nodes_note_absent (struct nodes *t, uint64_t handle, unsigned bits, uint64_t now);
void nodes_note_unknown (struct nodes *t, uint64_t handle);
void nodes_forget (struct nodes *t, uint64_t handle);

#endif
