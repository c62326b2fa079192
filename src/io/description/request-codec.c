/* request-codec.c: requests through the bounded cursor. */
#include "io/description/request-codec.h"

enum { BLOCK_BYTES = 12, NODE_BYTES = 33 }; /* on the wire; the smallest node is a RUN */

static void
encode_node (struct wire *w, struct PINT_Request *r)
{
    bool own = r->own_children;
    wire_u8 (w, &r->kind);
    wire_i64 (w, &r->lb);
    wire_i64 (w, &r->ub);
    switch ((enum request_kind) r->kind) {
    case REQUEST_RUN:
        wire_i64 (w, &r->off);
        wire_i64 (w, &r->size);
        return;
    case REQUEST_VECTOR:
        wire_i32 (w, &r->count);
        wire_i32 (w, &r->blocklen);
        wire_i64 (w, &r->stride);
        encode_node (w, r->child[0]);
        return;
    case REQUEST_BLOCKS:
        if (r->count > REQUEST_MAX_BLOCKS)
            wire_fail (w, -E2BIG);
        wire_i32 (w, &r->count);
        wire_bool (w, &own);
        for (int32_t i = 0; i < r->count && !w->err; i++) {
            int32_t len = r->len[i];
            int64_t disp = r->disp[i];
            wire_i32 (w, &len);
            wire_i64 (w, &disp);
        }
        for (int32_t i = 0; i < (own ? r->count : 1) && !w->err; i++)
            encode_node (w, r->child[i]);
        return;
    }
}

struct decoder {
    struct wire *w;
    uint32_t nodes; /* met so far */
};

static struct PINT_Request *decode_node (struct decoder *d, int depth);

static int
decode_run (struct decoder *d, struct PINT_Request **ret)
{
    int64_t off = 0, size = 0;
    wire_i64 (d->w, &off);
    wire_i64 (d->w, &size);
    return d->w->err ? d->w->err : request_new_run (d->w->arena, off, size, ret);
}

static int
decode_vector (struct decoder *d, int depth, struct PINT_Request **ret)
{
    struct PINT_Request shape = { .count = 0 };
    wire_i32 (d->w, &shape.count);
    wire_i32 (d->w, &shape.blocklen);
    wire_i64 (d->w, &shape.stride);
    struct PINT_Request *child = decode_node (d, depth + 1);
    return child ? request_new_vector (d->w->arena, &shape, child, ret) : d->w->err;
}

/* Arrays for `count` blocks, after checking that the message can hold them. */
static int
blocks_alloc (struct wire *w, int32_t count, bool own, struct request_blocks *spec)
{
    size_t children = own ? (size_t) MAX (count, 0) : 1;
    if (w->err)
        return w->err;
    if (count < 0 || count > REQUEST_MAX_BLOCKS
        || (size_t) count * BLOCK_BYTES + children * NODE_BYTES > wire_left (w)
        || children > REQUEST_MAX_NODES)
        return -EPROTO;
    spec->count = count;
    spec->own_children = own;
    spec->len = arena_array (w->arena, (size_t) count + 1, sizeof (int32_t));
    spec->disp = arena_array (w->arena, (size_t) count + 1, sizeof (int64_t));
    spec->child = arena_array (w->arena, children + 1, sizeof (struct PINT_Request *));
    return spec->len && spec->disp && spec->child ? 0 : -ENOMEM;
}

static int
decode_blocks (struct decoder *d, int depth, struct PINT_Request **ret)
{
    struct request_blocks spec;
    int32_t count = 0;
    bool own = false;
    wire_i32 (d->w, &count);
    wire_bool (d->w, &own);
    int err = blocks_alloc (d->w, count, own, &spec);
    if (err)
        return err;
    for (int32_t i = 0; i < count; i++) {
        wire_i32 (d->w, (int32_t *) &spec.len[i]);
        wire_i64 (d->w, (int64_t *) &spec.disp[i]);
    }
    for (int32_t i = 0; i < (own ? count : 1); i++) {
        struct PINT_Request *child = decode_node (d, depth + 1);
        if (!child)
            return d->w->err;
        ((struct PINT_Request **) spec.child)[i] = child;
    }
    return request_new_blocks (d->w->arena, &spec, ret);
}

/* A node with its bounds, or NULL with w->err set. */
static struct PINT_Request *
decode_node (struct decoder *d, int depth)
{
    struct PINT_Request *r = NULL;
    uint8_t kind = 0;
    int64_t bounds[2] = { 0, 0 };

    if (depth > REQUEST_MAX_DEPTH || ++d->nodes > REQUEST_MAX_NODES)
        wire_fail (d->w, -EPROTO);
    wire_u8 (d->w, &kind);
    wire_i64 (d->w, &bounds[0]);
    wire_i64 (d->w, &bounds[1]);
    if (d->w->err)
        return NULL;
    int err = -EPROTO;
    if (kind == REQUEST_RUN)
        err = decode_run (d, &r);
    else if (kind == REQUEST_VECTOR)
        err = decode_vector (d, depth, &r);
    else if (kind == REQUEST_BLOCKS)
        err = decode_blocks (d, depth, &r);
    if (!err && (r->lb != bounds[0] || r->ub != bounds[1]))
        err = request_new_resized (d->w->arena, r, bounds, &r);
    if (!err)
        return r;
    wire_fail (d->w, err == -ENOMEM ? err : -EPROTO);
    return NULL;
}

void
request_wire (struct wire *w, struct PINT_Request **request)
{
    if (w->encoding) {
        if (!request_valid (*request))
            wire_fail (w, -EINVAL);
        else if ((*request)->nodes > REQUEST_MAX_NODES)
            wire_fail (w, -E2BIG);
        else
            encode_node (w, *request);
        return;
    }
    struct decoder d = { w, 0 };
    struct PINT_Request *r = w->err ? NULL : decode_node (&d, 1);
    if (r)
        *request = r;
}
