/*
 * fsck_scan, fsck_fix: a server's records as they are, and conditional changes of them, for a check of the whole file system. What they mean is
 * known to the one who asks; here only intents are understood.
 */
#include "proto/ops/fsck_fix.h"
#include "proto/ops/fsck_scan.h"
#include "server/data.h"
#include "server/intent.h"

enum { PAGE_BYTES = 256 * 1024 };

static obj_fsid
fs_of (const struct server_op *op, uint8_t type)
{
    return type == TROVE_INTENT ? 0 : op->fs->id;
}

/* --- looking ------------------------------------------------------------------------------------------------------------------ */

struct page {
    struct server_op *op;
    const struct fsck_scan_req *q;
    struct fsck_scan_resp *a;
    size_t bytes;
};

static bool
is_full (const struct page *p)
{
    uint32_t max = p->q->max ? MIN (p->q->max, (uint32_t) FSCK_MAX_ITEMS) : FSCK_MAX_ITEMS;
    return p->a->nitems >= max || p->bytes > PAGE_BYTES;
}

static int
intent_val (struct page *p, struct fsck_item *x, const struct trove_item *item)
{
    struct fsck_intent i;
    struct wire w;
    int r = intent_look (item->val, item->val_len, &p->op->arena, &i);
    if (r < 0)
        return r == -EIO ? 0 : r;
    wire_sizer (&w);
    fsck_intent_codec (&w, &i);
    size_t len = w.pos;
    void *buf = arena_alloc (&p->op->arena, len);
    if (!buf)
        return -ENOMEM;
    wire_encoder (&w, buf, len);
    fsck_intent_codec (&w, &i);
    x->val = buf;
    x->val_len = (uint32_t) len;
    return w.err;
}

static int
copy_val (struct page *p, struct fsck_item *x, const struct trove_item *item)
{
    if (!p->q->values || item->val_len > FSCK_MAX_VALUE)
        return 0;
    x->val = arena_memdup (&p->op->arena, item->val, item->val_len);
    x->val_len = (uint32_t) item->val_len;
    return x->val || !x->val_len ? 0 : -ENOMEM;
}

static int
page_add (void *arg, const struct trove_item *item)
{
    struct page *p = arg;
    struct fsck_scan_resp *a = p->a;
    void *name = item->name_len ? arena_memdup (&p->op->arena, item->name, item->name_len) : NULL;
    if (item->name_len && !name)
        return -ENOMEM;
    if (is_full (p)) {
        a->end = false;
        a->next_handle = item->handle;
        a->next_name = name;
        a->next_name_len = (uint32_t) item->name_len;
        return 1;
    }
    struct fsck_item *x = &a->items[a->nitems++];
    *x = (struct fsck_item){ .handle = item->handle, .name = name, .name_len = (uint32_t) item->name_len };
    int r = p->q->type == TROVE_INTENT ? intent_val (p, x, item) : copy_val (p, x, item);
    p->bytes += sizeof *x + x->name_len + x->val_len;
    return r;
}

/* The bytestreams of one folder. */
struct folder {
    struct arena *arena;
    obj_handle *handles;
    size_t n, room;
};

static int
bstream_add (void *arg, obj_handle h)
{
    struct folder *f = arg;
    if (f->n == f->room) {
        size_t room = MAX (2 * f->room, (size_t) 256);
        obj_handle *more = arena_array (f->arena, room, sizeof *more);
        if (!more)
            return -ENOMEM;
        if (f->n)
            memcpy (more, f->handles, f->n * sizeof *more);
        f->handles = more;
        f->room = room;
    }
    f->handles[f->n++] = h;
    return 0;
}

/* 1: no record says whose it is, and it is not just being removed. */
static int
is_stray (struct trove_txn *t, obj_fsid fs, obj_handle h)
{
    struct trove_key key = { .fs = fs, .type = TROVE_ATTR, .handle = h };
    const void *v;
    size_t n;
    int r = trove_get (t, &key, &v, &n);
    if (r != -ENOENT)
        return r;
    r = trove_bstream_is_going (t, fs, h);
    return r < 0 ? r : !r;
}

/* Strays that do not fit are there for the next look. */
static int
scan_folder (struct trove_txn *t, struct page *p, unsigned part, size_t *ret_seen)
{
    struct arena arena = { 0 };
    struct folder f = { .arena = &arena };
    int r = trove_bstream_each (t, p->op->fs->id, part, bstream_add, &f);
    for (size_t i = 0; r == 0 && i < f.n && p->a->nitems < FSCK_MAX_ITEMS; i++) {
        r = is_stray (t, p->op->fs->id, f.handles[i]);
        if (r == 1)
            p->a->items[p->a->nitems++].handle = f.handles[i];
        r = MIN (r, 0);
    }
    *ret_seen += f.n;
    arena_fini (&arena);
    return r;
}

static int
scan_bstreams (struct trove_txn *t, struct page *p)
{
    unsigned part = (unsigned) MIN (p->q->handle, (obj_handle) TROVE_BSTREAM_PARTS);
    size_t seen = 0;
    int r = 0;
    for (; r == 0 && part < TROVE_BSTREAM_PARTS && seen < FSCK_MAX_ITEMS; part++)
        r = scan_folder (t, p, part, &seen);
    p->a->end = part == TROVE_BSTREAM_PARTS;
    p->a->next_handle = part;
    return r;
}

static int
scan_handles (struct trove_txn *t, struct page *p)
{
    int r = 0;
    for (uint32_t i = 0; r == 0 && p->a->end && i < p->q->nhandles; i++) {
        struct trove_key from = { .fs = fs_of (p->op, p->q->type), .type = p->q->type, .handle = p->q->handles[i] };
        r = trove_iterate (t, &from, false, page_add, p);
    }
    return r == 0 && !p->a->end ? -E2BIG : r;
}

static bool
may_be_scanned (uint8_t type)
{
    return type && strchr ((const char[]){ TROVE_ATTR, TROVE_DIRENT, TROVE_XATTR, TROVE_KEYVAL, TROVE_INTENT, TROVE_POOL, FSCK_BSTREAM, 0 }, type);
}

static int
fsck_scan_txn (struct trove_txn *t, struct server_op *op)
{
    struct page p = { op, REQ (op, fsck_scan), RESP (op, fsck_scan), 0 };
    *p.a = (struct fsck_scan_resp){ .end = true };
    if (!may_be_scanned (p.q->type))
        return -EINVAL;
    p.a->items = arena_array (&op->arena, FSCK_MAX_ITEMS, sizeof *p.a->items);
    if (!p.a->items)
        return -ENOMEM;
    if (p.q->type == FSCK_BSTREAM)
        return scan_bstreams (t, &p);
    if (p.q->nhandles)
        return scan_handles (t, &p);
    struct trove_key from = { .fs = fs_of (op, p.q->type), .type = p.q->type, .handle = p.q->handle, .name = p.q->name, .name_len = p.q->name_len };
    return trove_iterate (t, &from, !p.q->one, page_add, &p);
}

static void
fsck_scan_finish (struct server_op *op)
{
    struct fsck_scan_resp *a = RESP (op, fsck_scan);
    for (uint32_t i = 0; REQ (op, fsck_scan)->type == TROVE_INTENT && i < a->nitems; i++)
        a->items[i].live = intent_is_driven (op->server, a->items[i].handle);
}

const struct op_desc fsck_scan_desc = { .op = PROTO_fsck_scan, .txn = fsck_scan_txn, .finish = fsck_scan_finish, .read_only = true };

/* --- changing ------------------------------------------------------------------------------------------------------------------- */

static int
check_edit (struct trove_txn *t, const struct trove_key *key, const struct fsck_edit *e)
{
    const void *v;
    size_t n;
    int r = trove_get (t, key, &v, &n);
    if (r < 0 && r != -ENOENT)
        return r;
    switch (e->when) {
    case FSCK_IF_EQUAL:
        return r == 0 && n == e->old_len && memcmp (v, e->old, n) == 0 ? 0 : -EAGAIN;
    case FSCK_IF_ABSENT:
        return r == -ENOENT ? 0 : -EAGAIN;
    case FSCK_IF_PRESENT:
        return r == 0 ? 0 : -EAGAIN;
    default:
        return -EINVAL;
    }
}

static int
edit (struct trove_txn *t, struct server_op *op, const struct fsck_edit *e)
{
    struct trove_key key = { .fs = fs_of (op, e->type), .type = e->type, .handle = e->handle, .name = e->name, .name_len = e->name_len };
    if (!may_be_scanned (e->type))
        return -EINVAL;
    if (e->type == FSCK_BSTREAM)
        return e->then == FSCK_DELETE ? trove_bstream_remove (t, op->fs->id, e->handle) : -EINVAL;
    int r = check_edit (t, &key, e);
    if (r < 0 || e->then == FSCK_KEEP)
        return r;
    return e->then == FSCK_PUT ? trove_put (t, &key, e->val, e->val_len) : e->then == FSCK_DELETE ? trove_del (t, &key) : -EINVAL;
}

static int
fsck_fix_keys (struct server_op *op)
{
    return op->server->frozen_by && op->server->frozen_by == op->connection ? 0 : -EBUSY;
}

static int
fsck_fix_txn (struct trove_txn *t, struct server_op *op)
{
    const struct fsck_fix_req *q = REQ (op, fsck_fix);
    int r = 0;
    for (uint32_t i = 0; r == 0 && i < q->nedits; i++)
        r = edit (t, op, &q->edits[i]);
    return r;
}

static void
fsck_fix_finish (struct server_op *op)
{
    known_forget_all (op->server);
}

const struct op_desc fsck_fix_desc = { .op = PROTO_fsck_fix, .keys = fsck_fix_keys, .txn = fsck_fix_txn, .finish = fsck_fix_finish };
