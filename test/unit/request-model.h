/* request-model: random requests beside a naive model of them, for the property tests.
 *
 * The model is the typemap in full: one displacement per byte of data, in stream order, and the
 * bounds.  Everything is built twice, by the API and by these loops, which know no cleverness.
 */
#ifndef TEST_REQUEST_MODEL_H
#define TEST_REQUEST_MODEL_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "io/description/request.h"

#define MODEL_MAX 5200 /* bytes of data */

struct model {
    int64_t lb, ub;
    int64_t size;
    bool bounded;
    int64_t disp[MODEL_MAX];
};

static uint64_t model_random_state;

static inline uint64_t
model_random (void)
{
    model_random_state += 0x9e3779b97f4a7c15ull;
    return hash_u64 (model_random_state);
}

static inline int64_t
model_between (int64_t low, int64_t high)
{
    return low + (int64_t) (model_random () % (uint64_t) (high - low + 1));
}

/* The seed, printed; SEED in the environment overrides it. */
static inline void
model_seed (uint64_t seed)
{
    const char *env = getenv ("SEED");
    model_random_state = env ? strtoull (env, NULL, 0) : seed;
    printf ("# SEED=%llu\n", (unsigned long long) model_random_state);
}

static inline void
model_bounds (struct model *m, int64_t lb, int64_t ub)
{
    m->lb = m->bounded ? MIN (m->lb, lb) : lb;
    m->ub = m->bounded ? MAX (m->ub, ub) : ub;
    m->bounded = true;
}

/* `len` copies of `child` from `at` on. */
static inline void
model_place (struct model *m, int64_t at, int32_t len, const struct model *child)
{
    for (int32_t i = 0; i < len; i++) {
        int64_t origin = at + i * (child->ub - child->lb);
        model_bounds (m, origin + child->lb, origin + child->ub);
        for (int64_t b = 0; b < child->size; b++) {
            assert_true (m->size < MODEL_MAX);
            m->disp[m->size++] = origin + child->disp[b];
        }
    }
}

static inline struct model *
model_new (void)
{
    struct model *m = calloc (1, sizeof (*m));
    assert_non_null (m);
    return m;
}

static PVFS_Request model_make (int depth, bool negative, struct model *m);

enum { MODEL_BLOCKS = 3 };

/* Displacements: small, at times negative, at times in descending order or overlapping. */
static inline void
model_blocks (int32_t n, bool negative, int32_t *len, int64_t *disp)
{
    int64_t at = 0;
    bool wild = model_between (0, 3) == 0;
    for (int32_t i = 0; i < n; i++) {
        len[i] = (int32_t) model_between (0, 2);
        at += model_between (0, 40);
        disp[i] = wild ? model_between (negative ? -60 : 0, 100) : at;
    }
}

static inline PVFS_Request
model_indexed (int depth, bool negative, struct model *m)
{
    int32_t n = (int32_t) model_between (0, MODEL_BLOCKS), len[MODEL_BLOCKS];
    int64_t disp[MODEL_BLOCKS];
    struct model *child = model_new ();
    PVFS_Request old = model_make (depth - 1, negative, child), made = NULL;
    bool bytes = model_between (0, 1);

    model_blocks (n, negative, len, disp);
    for (int32_t i = 0; i < n; i++)
        model_place (m, bytes ? disp[i] : disp[i] * (child->ub - child->lb), len[i], child);
    assert_int_equal (0, bytes ? PVFS_Request_hindexed (n, len, disp, old, &made)
                               : PVFS_Request_indexed (n, len, disp, old, &made));
    PVFS_Request_free (&old);
    free (child);
    return made;
}

static inline PVFS_Request
model_struct (int depth, bool negative, struct model *m)
{
    int32_t n = (int32_t) model_between (0, MODEL_BLOCKS), len[MODEL_BLOCKS];
    int64_t disp[MODEL_BLOCKS];
    PVFS_Request olds[MODEL_BLOCKS], made = NULL;

    model_blocks (n, negative, len, disp);
    for (int32_t i = 0; i < n; i++) {
        struct model *child = model_new ();
        olds[i] = model_make (depth - 1, negative, child);
        model_place (m, disp[i], len[i], child);
        free (child);
    }
    assert_int_equal (0, PVFS_Request_struct (n, len, disp, olds, &made));
    for (int32_t i = 0; i < n; i++)
        PVFS_Request_free (&olds[i]);
    return made;
}

static inline PVFS_Request
model_vector (int depth, bool negative, struct model *m)
{
    int32_t count = (int32_t) model_between (0, 3), blocklen = (int32_t) model_between (0, 2);
    int64_t stride = model_between (negative ? -20 : 0, 30);
    struct model *child = model_new ();
    PVFS_Request old = model_make (depth - 1, negative, child), made = NULL;
    int64_t extent = child->ub - child->lb;
    bool bytes = model_between (0, 1);

    if (!bytes)
        stride = model_between (0, 4); /* in extents */
    for (int32_t i = 0; i < count; i++)
        model_place (m, i * (bytes ? stride : stride * extent), blocklen, child);
    assert_int_equal (0, bytes ? PVFS_Request_hvector (count, blocklen, stride, old, &made)
                               : PVFS_Request_vector (count, blocklen, stride, old, &made));
    PVFS_Request_free (&old);
    free (child);
    return made;
}

static inline PVFS_Request
model_resized (int depth, bool negative, struct model *m)
{
    PVFS_Request old = model_make (depth - 1, negative, m), made = NULL;
    m->lb = model_between (-8, 8);
    m->ub = m->lb + model_between (0, 80);
    assert_int_equal (0, PVFS_Request_resized (old, m->lb, m->ub - m->lb, &made));
    PVFS_Request_free (&old);
    return made;
}

static inline PVFS_Request
model_leaf (struct model *m)
{
    PVFS_Request made = NULL, old = model_between (0, 1) ? PVFS_BYTE : PVFS_INT;
    int32_t count = (int32_t) model_between (0, 6);
    int64_t bytes = count * (old == PVFS_BYTE ? 1 : 4);
    for (int64_t b = 0; b < bytes; b++)
        m->disp[m->size++] = b;
    model_bounds (m, 0, bytes);
    assert_int_equal (0, PVFS_Request_contiguous (count, old, &made));
    return made;
}

/* A random request (the caller frees it) and its model in the zeroed *m. `negative`: displacements
 * below 0 may occur. */
static PVFS_Request
model_make (int depth, bool negative, struct model *m)
{
    if (depth <= 0)
        return model_leaf (m);
    switch (model_between (0, 4)) {
    case 0:
        return model_indexed (depth, negative, m);
    case 1:
        return model_struct (depth, negative, m);
    case 2:
        return model_vector (depth, negative, m);
    case 3:
        return model_resized (depth, negative, m);
    default:
        return model_leaf (m);
    }
}

/* Where byte k of the endlessly tiled request lies. */
static inline int64_t
model_offset (const struct model *m, int64_t k)
{
    return k / m->size * (m->ub - m->lb) + m->disp[k % m->size];
}

#endif
