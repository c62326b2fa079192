/*
 * Arena; see arena.h. Chunks double up to 64 KiB; larger wishes get a chunk of their own.
 */
#include "common/base/arena.h"

struct arena_chunk {
    struct arena_chunk *next;
    max_align_t data[];
};

enum { FIRST_CHUNK = 1024, LAST_CHUNK = 65536 };

void *
arena_alloc (struct arena *a, size_t size)
{
    if (size > SIZE_MAX / 2)
        return NULL;
    size = (size + sizeof (max_align_t) - 1) & ~(sizeof (max_align_t) - 1);
    if (!a->chunks || a->cap - a->used < size) {
        size_t want = a->cap ? MIN (a->cap * 2, (size_t) LAST_CHUNK) : (size_t) FIRST_CHUNK;
        want = MAX (want, size);
        struct arena_chunk *c = malloc (sizeof *c + want);
        if (!c)
            return NULL;
        c->next = a->chunks;
        a->chunks = c;
        a->used = 0;
        a->cap = want;
    }
    void *p = (char *) a->chunks->data + a->used;
    a->used += size;
    return memset (p, 0, size);
}

void *
arena_array (struct arena *a, size_t n, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow (n, size, &bytes))
        return NULL;
    return arena_alloc (a, bytes ? bytes : 1);
}

void *
arena_memdup (struct arena *a, const void *p, size_t n)
{
    void *q = arena_alloc (a, n ? n : 1);
    return q && n ? memcpy (q, p, n) : q;
}

char *
arena_strdup (struct arena *a, const char *s)
{
    return arena_memdup (a, s, strlen (s) + 1);
}

void
arena_fini (struct arena *a)
{
    while (a->chunks) {
        struct arena_chunk *c = a->chunks;
        a->chunks = c->next;
        free (c);
    }
    memset (a, 0, sizeof *a);
}
