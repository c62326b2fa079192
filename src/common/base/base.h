/*
 * base: the small vocabulary that every file shares – sizes, containers, scope cleanup, checked
 * arithmetic. Header only, no state.
 */
#ifndef COMMON_BASE_H
#define COMMON_BASE_H

#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ARRAY_SIZE(a) (sizeof (a) / sizeof ((a)[0]))
#define MIN(a, b)     ((a) < (b) ? (a) : (b))
#define MAX(a, b)     ((a) > (b) ? (a) : (b))

#define KIB(n) ((int64_t) (n) * 1024)
#define MIB(n) ((int64_t) (n) * 1024 * 1024)

#define NSEC_PER_MSEC 1000000ull
#define NSEC_PER_SEC  1000000000ull

#define container_of(ptr, type, member) ((type *) ((char *) (ptr) -offsetof (type, member)))

#define likely(x)   __builtin_expect (!!(x), 1)
#define unlikely(x) __builtin_expect (!!(x), 0)

#define PRINTF_LIKE(f, a) __attribute__ ((format (printf, f, a)))

static inline void
cleanup_free_fn (void *p)
{
    free (*(void **) p);
}
#define CLEANUP_FREE __attribute__ ((cleanup (cleanup_free_fn)))

/* Of ns since 1970, before it in two's complement. */
static inline struct timespec
timespec_of (uint64_t ns)
{
    const int64_t second = NSEC_PER_SEC;
    int64_t t = (int64_t) ns, part = t % second;
    part += part < 0 ? second : 0;
    return (struct timespec){ .tv_sec = (time_t) ((t - part) / second), .tv_nsec = (long) part };
}

/* Checked arithmetic: false on overflow, *r untouched then. */
static inline bool
add_ok (int64_t a, int64_t b, int64_t *r)
{
    int64_t v;
    if (__builtin_add_overflow (a, b, &v))
        return false;
    *r = v;
    return true;
}

static inline bool
mul_ok (int64_t a, int64_t b, int64_t *r)
{
    int64_t v;
    if (__builtin_mul_overflow (a, b, &v))
        return false;
    *r = v;
    return true;
}

/* A 64-bit finaliser (splitmix64): spreads handles and ids over hash tables, same on every host. */
static inline uint64_t
hash_u64 (uint64_t x)
{
    x += 0x9e3779b97f4a7c15ull;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ull;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebull;
    return x ^ (x >> 31);
}

/* FNV-1a folded through hash_u64: for names; part of the storage format (directory order). */
static inline uint64_t
hash_bytes (const void *p, size_t n, uint64_t seed)
{
    const unsigned char *c = p;
    uint64_t h = 0xcbf29ce484222325ull ^ seed;
    for (size_t i = 0; i < n; i++)
        h = (h ^ c[i]) * 0x100000001b3ull;
    return hash_u64 (h);
}

#endif
