/* request: the inside of PVFS_Request.
 *
 * A request is a tree of immutable nodes, shared by reference counts (atomic; predefined nodes and
 * those decoded from a message are not counted: the first live for ever, the others in the
 * message's arena).  Construction normalises, so that processing meets few cases:
 *
 *     RUN      size bytes in one piece, from off on
 *     VECTOR   count blocks, block i at i * stride, each of blocklen children
 *     BLOCKS   count blocks, block i at disp[i], each of len[i] children (child[i] or child[0])
 *
 * Blocks without data are dropped, contiguous blocks become a RUN, a node without data is a RUN of
 * size 0.  All sizes and bounds were checked against overflow for one instance of the tree.
 */
#ifndef IO_DESCRIPTION_REQUEST_H
#define IO_DESCRIPTION_REQUEST_H

#include "common/base/arena.h"
#include "common/base/base.h"
#include "pvfs2-request.h"

#define REQUEST_MAGIC     0x50515231u
#define REQUEST_MAX_DEPTH 32    /* nodes from the root to a leaf */
#define REQUEST_MAX_NODES 65536 /* of an encoded tree, shared nodes counted each time */

enum request_kind { REQUEST_RUN, REQUEST_VECTOR, REQUEST_BLOCKS };

struct PINT_Request {
    uint32_t magic;
    uint8_t kind;
    uint8_t depth;     /* 1 for a RUN */
    bool counted;      /* refs is in use */
    bool own_children; /* BLOCKS: child[i] for block i; else child[0] for all */
    _Atomic int32_t refs;
    uint32_t nodes;    /* of the whole tree, saturating */
    int64_t size;      /* bytes of data */
    int64_t lb, ub;    /* ub - lb is the extent, >= 0 */
    int64_t data_lb, data_ub; /* where data really lies; 0, 0 without data */
    int64_t off;       /* RUN */
    int64_t stride;    /* VECTOR, bytes */
    int32_t count;     /* VECTOR, BLOCKS: > 0 */
    int32_t blocklen;  /* VECTOR: > 0 */
    const int64_t *disp;   /* BLOCKS: count */
    const int64_t *prefix; /* BLOCKS: count + 1, bytes of data before block i */
    const int32_t *len;    /* BLOCKS: count, each > 0 */
    struct PINT_Request **child;
};

static inline int64_t
request_extent (const struct PINT_Request *r)
{
    return r->ub - r->lb;
}

/* True if instances laid one after the other make one run of bytes. */
static inline bool
request_tiles (const struct PINT_Request *r)
{
    return r->kind == REQUEST_RUN && request_extent (r) == r->size;
}

static inline bool
request_valid (const struct PINT_Request *r)
{
    return r && r->magic == REQUEST_MAGIC;
}

struct PINT_Request *request_ref (struct PINT_Request *r);
void request_unref (struct PINT_Request *r); /* NULL is fine */

/* Builders: 0 or -EINVAL, -EOVERFLOW, -ENOMEM. With an arena the nodes live there, and the
 * children must live at least as long; without, they are counted and reference their children. */
struct request_blocks {
    int32_t count;
    const int32_t *len;
    const int64_t *disp; /* bytes */
    struct PINT_Request *const *child;
    bool own_children; /* child[i] for block i; else child[0] for all */
};
int request_new_run (struct arena *a, int64_t off, int64_t size, struct PINT_Request **ret);
int request_new_vector (struct arena *a, const struct PINT_Request *shape,
                        struct PINT_Request *child, struct PINT_Request **ret);
int request_new_blocks (struct arena *a, const struct request_blocks *spec,
                        struct PINT_Request **ret);

/* The same data with other bounds, ub >= lb. */
int request_new_resized (struct arena *a, struct PINT_Request *old, const int64_t bounds[2],
                         struct PINT_Request **ret);

#endif
