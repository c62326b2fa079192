/* request.c: building requests. Every sum and product of displacements is checked here, once. */
#include "io/description/request.h"

#include <stdatomic.h>

#include "common/error/error.h"

/* ---- predefined elements ------------------------------------------------------------------- */

#define ELEMENT(name, bytes)                                                    \
    static const struct PINT_Request name = {                                   \
        .magic = REQUEST_MAGIC, .kind = REQUEST_RUN, .depth = 1, .nodes = 1,    \
        .size = (bytes), .ub = (bytes), .data_ub = (bytes),                     \
    }

ELEMENT (one_byte, 1);
ELEMENT (one_short, sizeof (short));
ELEMENT (one_int, sizeof (int));
ELEMENT (one_long, sizeof (long));
ELEMENT (one_float, sizeof (float));
ELEMENT (one_double, sizeof (double));
ELEMENT (one_long_double, sizeof (long double));

/* Nothing ever writes through these: nodes without a reference count are never changed. */
PVFS_Request PVFS_CHAR = (PVFS_Request) &one_byte;
PVFS_Request PVFS_SHORT = (PVFS_Request) &one_short;
PVFS_Request PVFS_INT = (PVFS_Request) &one_int;
PVFS_Request PVFS_LONG = (PVFS_Request) &one_long;
PVFS_Request PVFS_UNSIGNED_CHAR = (PVFS_Request) &one_byte;
PVFS_Request PVFS_UNSIGNED_SHORT = (PVFS_Request) &one_short;
PVFS_Request PVFS_UNSIGNED = (PVFS_Request) &one_int;
PVFS_Request PVFS_UNSIGNED_INT = (PVFS_Request) &one_int;
PVFS_Request PVFS_UNSIGNED_LONG = (PVFS_Request) &one_long;
PVFS_Request PVFS_FLOAT = (PVFS_Request) &one_float;
PVFS_Request PVFS_DOUBLE = (PVFS_Request) &one_double;
PVFS_Request PVFS_LONG_DOUBLE = (PVFS_Request) &one_long_double;
PVFS_Request PVFS_BYTE = (PVFS_Request) &one_byte;
PVFS_Request PVFS_PACKED = (PVFS_Request) &one_byte;

/* ---- nodes --------------------------------------------------------------------------------- */

struct PINT_Request *
request_ref (struct PINT_Request *r)
{
    if (r->counted)
        atomic_fetch_add_explicit (&r->refs, 1, memory_order_relaxed);
    return r;
}

static int32_t
child_count (const struct PINT_Request *r)
{
    if (r->kind == REQUEST_RUN)
        return 0;
    return r->own_children ? r->count : 1;
}

void
request_unref (struct PINT_Request *r)
{
    if (!r || !r->counted)
        return;
    if (atomic_fetch_sub_explicit (&r->refs, 1, memory_order_acq_rel) != 1)
        return;
    for (int32_t i = 0; i < child_count (r); i++)
        request_unref (r->child[i]);
    r->magic = 0;
    free (r);
}

/* A node with `tail` bytes behind it for its arrays. */
static struct PINT_Request *
node_new (struct arena *a, enum request_kind kind, size_t tail)
{
    size_t size = sizeof (struct PINT_Request) + tail;
    struct PINT_Request *r = a ? arena_alloc (a, size) : calloc (1, size);
    if (!r)
        return NULL;
    r->magic = REQUEST_MAGIC;
    r->kind = (uint8_t) kind;
    r->depth = 1;
    r->nodes = 1;
    r->counted = !a;
    atomic_init (&r->refs, 1);
    return r;
}

static void
adopt (struct PINT_Request *r, struct PINT_Request *child, int32_t slot)
{
    r->child[slot] = request_ref (child);
    r->depth = MAX (r->depth, (uint8_t) (child->depth + 1));
    r->nodes = r->nodes > UINT32_MAX - child->nodes ? UINT32_MAX : r->nodes + child->nodes;
}

/* ---- bounds -------------------------------------------------------------------------------- */

struct bounds {
    bool any, any_data;
    int64_t lb, ub, data_lb, data_ub, size;
};

/* Widens by `len` children from `disp` on; size is the caller's. */
static bool
bounds_place (struct bounds *b, int64_t disp, int32_t len, const struct PINT_Request *child)
{
    int64_t span, last, lo, hi, data_lo, data_hi;
    if (!mul_ok (request_extent (child), len - 1, &span) || !add_ok (disp, span, &last)
        || !add_ok (disp, child->lb, &lo) || !add_ok (last, child->ub, &hi)
        || !add_ok (disp, child->data_lb, &data_lo) || !add_ok (last, child->data_ub, &data_hi))
        return false;
    b->lb = b->any ? MIN (b->lb, lo) : lo;
    b->ub = b->any ? MAX (b->ub, hi) : hi;
    b->any = true;
    if (child->size) {
        b->data_lb = b->any_data ? MIN (b->data_lb, data_lo) : data_lo;
        b->data_ub = b->any_data ? MAX (b->data_ub, data_hi) : data_hi;
        b->any_data = true;
    }
    return true;
}

static bool
bounds_ok (const struct bounds *b)
{
    int64_t extent, width;
    return !__builtin_sub_overflow (b->ub, b->lb, &extent)
        && !__builtin_sub_overflow (b->data_ub, b->data_lb, &width);
}

static void
set_bounds (struct PINT_Request *r, const struct bounds *b)
{
    r->size = b->size;
    r->lb = b->lb;
    r->ub = b->ub;
    r->data_lb = b->data_lb;
    r->data_ub = b->data_ub;
}

static int
new_run (struct arena *a, int64_t off, const struct bounds *b, struct PINT_Request **ret)
{
    struct PINT_Request *r = node_new (a, REQUEST_RUN, 0);
    if (!r)
        return -ENOMEM;
    set_bounds (r, b);
    r->off = b->size ? off : 0;
    *ret = r;
    return 0;
}

/* ---- builders ------------------------------------------------------------------------------ */

int
request_new_run (struct arena *a, int64_t off, int64_t size, struct PINT_Request **ret)
{
    int64_t end;
    if (size < 0)
        return -EINVAL;
    if (!add_ok (off, size, &end))
        return -EOVERFLOW;
    struct bounds b = { true, size > 0, off, end, size ? off : 0, size ? end : 0, size };
    return new_run (a, off, &b, ret);
}

/* `shape` supplies count, blocklen (both >= 0) and stride only. */
int
request_new_vector (struct arena *a, const struct PINT_Request *shape, struct PINT_Request *child,
                    struct PINT_Request **ret)
{
    struct bounds b = { 0 };
    int64_t last, blocks, block_extent;
    int32_t count = shape->count, blocklen = shape->blocklen;

    if (count < 0 || blocklen < 0 || !request_valid (child))
        return -EINVAL;
    if (count == 0 || blocklen == 0)
        return new_run (a, 0, &b, ret);
    if (!mul_ok (count - 1, shape->stride, &last) || !mul_ok (count, blocklen, &blocks)
        || !mul_ok (blocks, child->size, &b.size)
        || !mul_ok (blocklen, request_extent (child), &block_extent)
        || !bounds_place (&b, 0, blocklen, child) || !bounds_place (&b, last, blocklen, child)
        || !bounds_ok (&b))
        return -EOVERFLOW;
    if (b.size == 0
        || (request_tiles (child) && (count == 1 || shape->stride == block_extent)))
        return new_run (a, child->off, &b, ret);
    if (child->depth >= REQUEST_MAX_DEPTH)
        return -EINVAL;

    struct PINT_Request *r = node_new (a, REQUEST_VECTOR, sizeof (child));
    if (!r)
        return -ENOMEM;
    set_bounds (r, &b);
    r->count = count;
    r->blocklen = blocklen;
    r->stride = shape->stride;
    r->child = (struct PINT_Request **) (r + 1);
    adopt (r, child, 0);
    *ret = r;
    return 0;
}

static struct PINT_Request *
spec_child (const struct request_blocks *spec, int32_t i)
{
    return spec->child[spec->own_children ? i : 0];
}

/* What a pass over the blocks finds out: the bounds, how many have data, and whether all data is
 * one run (then from run_off on). */
struct survey {
    struct bounds b;
    int32_t used;
    uint8_t depth;
    bool run;
    int64_t run_off;
};

static int
survey_block (struct survey *s, int64_t disp, int32_t len, const struct PINT_Request *child)
{
    int64_t bytes, size, start, expected;
    if (!mul_ok (child->size, len, &bytes) || !add_ok (s->b.size, bytes, &size)
        || !bounds_place (&s->b, disp, len, child) || !add_ok (disp, child->off, &start))
        return -EOVERFLOW;
    if (bytes == 0)
        return 0;
    if (s->used == 0)
        s->run_off = start;
    s->run = s->run && child->kind == REQUEST_RUN && (len == 1 || request_tiles (child))
          && add_ok (s->run_off, s->b.size, &expected) && start == expected;
    s->b.size = size;
    s->depth = MAX (s->depth, child->depth);
    s->used++;
    return 0;
}

static int
survey_blocks (const struct request_blocks *spec, struct survey *s)
{
    for (int32_t i = 0; i < spec->count; i++) {
        if (spec->len[i] < 0 || !request_valid (spec_child (spec, i)))
            return -EINVAL;
        if (spec->len[i] == 0)
            continue;
        int err = survey_block (s, spec->disp[i], spec->len[i], spec_child (spec, i));
        if (err)
            return err;
    }
    return bounds_ok (&s->b) ? 0 : -EOVERFLOW;
}

/* Copies the blocks that have data into the arrays behind the node. */
static void
fill_blocks (struct PINT_Request *r, const struct request_blocks *spec, int32_t used)
{
    int64_t *disp = (int64_t *) (r + 1);
    int64_t *prefix = disp + used;
    r->child = (struct PINT_Request **) (prefix + used + 1);
    int32_t *len = (int32_t *) (r->child + (spec->own_children ? used : 1));
    int32_t n = 0;

    r->own_children = spec->own_children;
    prefix[0] = 0;
    for (int32_t i = 0; i < spec->count; i++) {
        struct PINT_Request *child = spec_child (spec, i);
        if (spec->len[i] == 0 || child->size == 0)
            continue;
        disp[n] = spec->disp[i];
        len[n] = spec->len[i];
        prefix[n + 1] = prefix[n] + child->size * spec->len[i];
        if (spec->own_children || n == 0)
            adopt (r, child, n);
        n++;
    }
    r->count = n;
    r->disp = disp;
    r->prefix = prefix;
    r->len = len;
}

int
request_new_blocks (struct arena *a, const struct request_blocks *spec, struct PINT_Request **ret)
{
    struct survey s = { .run = true };
    if (spec->count < 0 || (spec->count > 0 && (!spec->len || !spec->disp || !spec->child)))
        return -EINVAL;
    int err = survey_blocks (spec, &s);
    if (err)
        return err;
    if (s.used == 0 || s.run)
        return new_run (a, s.run_off, &s.b, ret);
    if (s.depth >= REQUEST_MAX_DEPTH)
        return -EINVAL;

    size_t n = (size_t) s.used;
    size_t tail = (2 * n + 1) * sizeof (int64_t) + n * sizeof (int32_t)
                + (spec->own_children ? n : 1) * sizeof (struct PINT_Request *);
    struct PINT_Request *r = node_new (a, REQUEST_BLOCKS, tail);
    if (!r)
        return -ENOMEM;
    set_bounds (r, &s.b);
    fill_blocks (r, spec, s.used);
    *ret = r;
    return 0;
}

int
request_new_resized (struct arena *a, struct PINT_Request *old, const int64_t bounds[2],
                     struct PINT_Request **ret)
{
    static const struct PINT_Request one = { .count = 1, .blocklen = 1 };
    int64_t extent;
    struct PINT_Request *r = NULL;

    if (!request_valid (old) || bounds[1] < bounds[0])
        return -EINVAL;
    if (__builtin_sub_overflow (bounds[1], bounds[0], &extent))
        return -EOVERFLOW;
    if (old->kind == REQUEST_RUN) {
        struct bounds b = { true, true, bounds[0], bounds[1], old->data_lb, old->data_ub,
                            old->size };
        return new_run (a, old->off, &b, ret);
    }
    int err = request_new_vector (a, &one, old, &r);
    if (err)
        return err;
    r->lb = bounds[0];
    r->ub = bounds[1];
    *ret = r;
    return 0;
}

/* ---- public constructors ------------------------------------------------------------------- */

static int
make_vector (int32_t count, int32_t blocklen, int64_t stride, PVFS_Request old, PVFS_Request *ret)
{
    struct PINT_Request shape = { .count = count, .blocklen = blocklen, .stride = stride };
    if (!ret)
        return -PVFS_EINVAL;
    return pvfs_error_from_errno (request_new_vector (NULL, &shape, old, ret));
}

int
PVFS_Request_contiguous (int32_t count, PVFS_Request oldreq, PVFS_Request *newreq)
{
    if (count < 0)
        return -PVFS_EINVAL;
    return make_vector (1, count, 0, oldreq, newreq);
}

int
PVFS_Request_hvector (int32_t count, int32_t blocklength, PVFS_size stride, PVFS_Request oldreq,
                      PVFS_Request *newreq)
{
    return make_vector (count, blocklength, stride, oldreq, newreq);
}

int
PVFS_Request_vector (int32_t count, int32_t blocklength, PVFS_size stride, PVFS_Request oldreq,
                     PVFS_Request *newreq)
{
    int64_t bytes;
    if (!request_valid (oldreq))
        return -PVFS_EINVAL;
    if (!mul_ok (stride, request_extent (oldreq), &bytes))
        return -PVFS_EOVERFLOW;
    return make_vector (count, blocklength, bytes, oldreq, newreq);
}

int
PVFS_Request_hindexed (int32_t count, int32_t *blocklengths, PVFS_size *displacements,
                       PVFS_Request oldreq, PVFS_Request *newreq)
{
    struct request_blocks spec = { count, blocklengths, displacements, &oldreq, false };
    if (!newreq || !request_valid (oldreq))
        return -PVFS_EINVAL;
    return pvfs_error_from_errno (request_new_blocks (NULL, &spec, newreq));
}

int
PVFS_Request_indexed (int32_t count, int32_t *blocklengths, PVFS_size *displacements,
                      PVFS_Request oldreq, PVFS_Request *newreq)
{
    if (count < 0 || !request_valid (oldreq) || (count && !displacements))
        return -PVFS_EINVAL;
    CLEANUP_FREE int64_t *bytes = malloc (((size_t) count + 1) * sizeof (*bytes));
    if (!bytes)
        return -PVFS_ENOMEM;
    for (int32_t i = 0; i < count; i++)
        if (!mul_ok (displacements[i], request_extent (oldreq), &bytes[i]))
            return -PVFS_EOVERFLOW;
    return PVFS_Request_hindexed (count, blocklengths, bytes, oldreq, newreq);
}

int
PVFS_Request_struct (int32_t count, int32_t *blocklengths, PVFS_size *displacements,
                     PVFS_Request *oldreqs, PVFS_Request *newreq)
{
    struct request_blocks spec = { count, blocklengths, displacements, oldreqs, true };
    if (!newreq)
        return -PVFS_EINVAL;
    return pvfs_error_from_errno (request_new_blocks (NULL, &spec, newreq));
}

int
PVFS_Request_resized (PVFS_Request oldreq, PVFS_offset lb, PVFS_size extent, PVFS_Request *newreq)
{
    int64_t bounds[2] = { lb, 0 };
    if (!newreq)
        return -PVFS_EINVAL;
    if (!add_ok (lb, extent, &bounds[1]))
        return -PVFS_EOVERFLOW;
    return pvfs_error_from_errno (request_new_resized (NULL, oldreq, bounds, newreq));
}

/* ---- queries ------------------------------------------------------------------------------- */

int
PVFS_Address (void *location, PVFS_offset *address)
{
    if (!address)
        return -PVFS_EINVAL;
    *address = (PVFS_offset) (intptr_t) location;
    return 0;
}

int
PVFS_Request_extent (PVFS_Request request, PVFS_size *extent)
{
    if (!request_valid (request) || !extent)
        return -PVFS_EINVAL;
    *extent = request_extent (request);
    return 0;
}

int
PVFS_Request_size (PVFS_Request request, PVFS_size *size)
{
    if (!request_valid (request) || !size)
        return -PVFS_EINVAL;
    *size = request->size;
    return 0;
}

int
PVFS_Request_lb (PVFS_Request request, PVFS_size *displacement)
{
    if (!request_valid (request) || !displacement)
        return -PVFS_EINVAL;
    *displacement = request->lb;
    return 0;
}

int
PVFS_Request_ub (PVFS_Request request, PVFS_size *displacement)
{
    if (!request_valid (request) || !displacement)
        return -PVFS_EINVAL;
    *displacement = request->ub;
    return 0;
}

int
PVFS_Request_commit (PVFS_Request *reqp)
{
    return reqp && request_valid (*reqp) ? 0 : -PVFS_EINVAL;
}

int
PVFS_Request_free (PVFS_Request *reqp)
{
    if (!reqp || !request_valid (*reqp))
        return -PVFS_EINVAL;
    if (!(*reqp)->counted)
        return 0;
    request_unref (*reqp);
    *reqp = NULL;
    return 0;
}
