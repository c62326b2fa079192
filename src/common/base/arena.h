/*
 * Arena: memory of one operation, released at once. Decoded messages live in it. Not thread-safe.
 */
#ifndef COMMON_ARENA_H
#define COMMON_ARENA_H

#include "common/base/base.h"

struct arena_chunk;

struct arena {
    struct arena_chunk *chunks;
    size_t used, cap; /* of the newest chunk */
};

/* Zeroed memory is a valid empty arena. Memory is zeroed and aligned for any type. NULL: out of memory. */
void *arena_alloc (struct arena *a, size_t size);
void *arena_array (struct arena *a, size_t n, size_t size); /* NULL also on overflow */
char *arena_strdup (struct arena *a, const char *s);
void *arena_memdup (struct arena *a, const void *p, size_t n);
void arena_fini (struct arena *a);

#endif
