/*
 * ncache: names, for a moment: (directory, name) → handle. No negative entries. Off with a time-out of 0 (entries that were good until
 * a time in the past). Bounded; the least recently used entry makes room. Belongs to the reactor's holder.
 */
#ifndef NCACHE_H
#define NCACHE_H

#include "common/object/object.h"

enum { NCACHE_MAX = 10240 };

struct ncache;

int ncache_new (size_t max, struct ncache **ret);
void ncache_free (struct ncache *c);
size_t ncache_count (const struct ncache *c);

void ncache_put (struct ncache *c, obj_fsid fs, obj_handle dir, const char *name, obj_handle h, uint64_t until);
/* 0: not known, or no longer good at `now`. */
obj_handle ncache_get (struct ncache *c, obj_fsid fs, obj_handle dir, const char *name, uint64_t now);
void ncache_remove (struct ncache *c, obj_fsid fs, obj_handle dir, const char *name);
void ncache_clear (struct ncache *c);

#endif
