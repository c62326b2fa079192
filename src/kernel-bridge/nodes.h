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
/* Of a directory, as last seen; 0: not known. */
uint64_t nodes_parent (struct nodes *t, uint64_t handle);
/* A special file as last seen; NULL: not known to be one. */
const struct object_attr *nodes_special (struct nodes *t, uint64_t handle);

/* An open with these attributes: true if nothing changed since the last one, so that cached pages
 * may stay. */
bool nodes_open (struct nodes *t, uint64_t handle, const struct object_attr *attr, uint64_t now);

/* It was read at `now` (wall clock, as the attributes' times): true if by the rule of relatime its access time changes – the first read after a change,
 * or the first in a day. */
bool nodes_read (struct nodes *t, uint64_t handle, uint64_t now);

/* Where the file ends, for O_APPEND: the kernel's own idea may be another mount's past. The server said `end` (now 0: it is not known any more);
 * this mount wrote up to `end`; what is known and at most max_age ns old. */
void nodes_note_end (struct nodes *t, uint64_t handle, int64_t end, uint64_t now);
void nodes_wrote (struct nodes *t, uint64_t handle, int64_t end);
bool nodes_end (struct nodes *t, uint64_t handle, uint64_t now, uint64_t max_age, int64_t *ret);

/* A directory as our own change of it left it. The kernel drops its attributes after each and asks again: this answers. Older ones than
 * known (by the change counter) are ignored; attr NULL: not known any more. */
void nodes_note_dir (struct nodes *t, uint64_t handle, const struct object_attr *attr, uint64_t now);
const struct object_attr *nodes_dir (struct nodes *t, uint64_t handle, uint64_t now, uint64_t max_age, uint64_t *ret_age);

/* Known, from attributes at most max_age ns old, to have none of these bits (OBJ_HAS_…). */
bool nodes_lacks (struct nodes *t, uint64_t handle, unsigned bits, uint64_t now, uint64_t max_age);
/* The same for the set-id bits of the mode. */
bool nodes_has_no_setid (struct nodes *t, uint64_t handle, uint64_t now, uint64_t max_age);
/* The server has just said so; or the bits are not known any more. */
void nodes_note_absent (struct nodes *t, uint64_t handle, unsigned bits, uint64_t now);
void nodes_note_unknown (struct nodes *t, uint64_t handle);
void nodes_forget (struct nodes *t, uint64_t handle);

#endif
