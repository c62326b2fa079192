/*
 * The bucket's side of directories over several servers; see bucket.h. And what the directory's server asks of it: all of that may be repeated.
 */
#include "server/bucket.h"

#include "proto/ops/bucket_drop.h"
#include "proto/ops/bucket_fill.h"
#include "proto/ops/bucket_freeze.h"
#include "proto/ops/bucket_put.h"
#include "proto/ops/bucket_read.h"
#include "proto/ops/bucket_split.h"

enum { PAGE = 2048 }; /* entries that are read, or dropped, at once */

obj_handle
bucket_holder (struct server *s, struct server_fs *fs, const struct proto_entry_at *at)
{
    return server_is_local (s, fs, at->dir) ? at->dir : at->dirdata;
}

/* --- what operations on entries ask -------------------------------------------------------------------------------------------- */

static uint64_t
served_upto (const struct record_bucket *b)
{
    return b->moving ? b->moving : b->end;
}

static int
serves (struct trove_txn *t, obj_fsid fs, const struct proto_entry_at *at, const struct object_attr *dirdata, unsigned may)
{
    struct record_bucket b;
    int r = record_bucket (t, fs, at->dirdata, dirdata, &b);
    if (r < 0)
        return r;
    uint64_t hash = at->name ? proto_name_hash (at->name) : b.first;
    if (hash < b.first || hash >= served_upto (&b) || (b.frozen && (may & MAY_WRITE)))
        return -PROTO_EMOVED;
    return 0;
}

int
bucket_check (struct trove_txn *t, struct server_op *op, const struct proto_entry_at *at, unsigned may, struct object_attr *ret)
{
    struct object_attr dd;
    obj_fsid fs = op->fs->id;
    bool here = server_is_local (op->server, op->fs, at->dir);
    int r = here ? trove_attr_get (t, fs, at->dir, ret) : 0;
    if (r == 0 && here && ret->type != OBJ_DIRECTORY)
        return -ENOTDIR;
    if (r == 0)
        r = trove_attr_get (t, fs, at->dirdata, &dd);
    if (r < 0)
        return r == -ENOENT ? -ESTALE : r;
    if (dd.type != OBJ_DIRDATA || dd.parent != at->dir)
        return -ESTALE;
    r = dd.flags & OBJ_SPREAD ? serves (t, fs, at, &dd, may) : 0;
    if (r < 0)
        return r;
    if (!here) {
        *ret = dd;
        ret->type = OBJ_DIRECTORY;
    }
    return perm_check (t, op, here ? at->dir : at->dirdata, ret, may);
}

int
bucket_upto (struct trove_txn *t, obj_fsid fs, obj_handle dirdata, uint64_t *ret)
{
    struct object_attr dd;
    struct record_bucket b;
    int r = trove_attr_get (t, fs, dirdata, &dd);
    if (r == 0)
        r = record_bucket (t, fs, dirdata, &dd, &b);
    if (r < 0)
        return r == -ENOENT ? -ESTALE : r;
    *ret = served_upto (&b);
    return 0;
}

int
bucket_changed (struct trove_txn *t, struct server_op *op, const struct proto_entry_at *at, int entries, int subdirs)
{
    const struct object_attr *a = &op->dir;
    int r = directory_changed (t, op->fs->id, bucket_holder (op->server, op->fs, at), entries, subdirs, server_now (op->server), &op->dir);
    if (r < 0 || entries <= 0)
        return r;
    struct object_spread s = config_spread (op->fs->cfg, a);
    if (s.max >= 2 && s.split_size && a->entries && a->entries % s.split_size == 0)
        op->full = (struct proto_entry_at){ .dir = at->dir, .dirdata = at->dirdata };
    return 0;
}

/* --- bucket_put ------------------------------------------------------------------------------------------------------------------- */

/* What the bucket has of its own stays. */
static void
copy_permissions (struct object_attr *dd, const struct bucket_put_req *q)
{
    dd->mode = q->attr.mode;
    dd->uid = q->attr.uid;
    dd->gid = q->attr.gid;
    object_set_spread (dd, &q->attr.spread);
    dd->change++;
    if (q->forget_times)
        dd->mtime = dd->ctime = 0;
}

static int
bucket_put_txn (struct trove_txn *t, struct server_op *op)
{
    struct bucket_put_req *q = REQ (op, bucket_put);
    obj_fsid fs = op->fs->id;
    struct object_attr dd;
    struct record_bucket b = { .first = q->first, .end = q->end };
    int r = trove_attr_get (t, fs, q->dirdata, &dd);
    if (r == -ENOENT && !q->create)
        return -EAGAIN;
    if (r == -ENOENT)
        dd = (struct object_attr){ .type = OBJ_DIRDATA, .parent = q->dir };
    else if (r == 0)
        r = record_bucket (t, fs, q->dirdata, &dd, &b);
    if (r < 0 && r != -ENOENT)
        return r;
    if (dd.type != OBJ_DIRDATA || dd.parent != q->dir)
        return -ESTALE;
    if (b.version >= q->attr.change)
        return 0;
    b.version = q->attr.change;
    copy_permissions (&dd, q);
    r = record_replace_xattrs (t, fs, q->dirdata, &dd, q->nxattrs, q->xattrs);
    return r < 0 ? r : record_put_bucket (t, fs, q->dirdata, &dd, &b);
}

const struct op_desc bucket_put_desc = { .op = PROTO_bucket_put, .txn = bucket_put_txn, .creates = true };

/* --- bucket_split, bucket_read, bucket_drop: where entries leave ---------------------------------------------------------------------- */

static int
get_bucket (struct trove_txn *t, struct server_op *op, obj_handle dirdata, struct object_attr *dd, struct record_bucket *b)
{
    int r = trove_attr_get (t, op->fs->id, dirdata, dd);
    if (r == 0 && dd->type != OBJ_DIRDATA)
        r = -EINVAL;
    return r < 0 ? (r == -ENOENT ? -ESTALE : r) : record_bucket (t, op->fs->id, dirdata, dd, b);
}

/* Counts without times: nothing happened to the directory. */
static int
recount (struct trove_txn *t, struct server_op *op, obj_handle dirdata, obj_handle dir, int64_t entries, int32_t subdirs)
{
    struct object_attr a;
    obj_handle holder = bucket_holder (op->server, op->fs, &(struct proto_entry_at){ .dir = dir, .dirdata = dirdata });
    int r = trove_attr_get (t, op->fs->id, holder, &a);
    if (r < 0)
        return r;
    a.entries += (uint64_t) entries;
    a.nlink += (uint32_t) subdirs;
    a.change++;
    return trove_attr_set (t, op->fs->id, holder, &a);
}

/* Behind all that runs on its entries. */
static int
bucket_split_keys (struct server_op *op)
{
    op->target = REQ (op, bucket_split)->dirdata;
    return sched_add (&op->sched, op->fs->id, op->target, NULL, SCHED_EXCLUSIVE);
}

static int
count_moving (void *arg, uint64_t hash, const char *name, size_t len, const struct entry *e)
{
    struct record_bucket *b = arg;
    (void) hash, (void) name, (void) len;
    b->moved_entries++;
    b->moved_subdirs += e->type == OBJ_DIRECTORY;
    return 0;
}

static int
bucket_split_txn (struct trove_txn *t, struct server_op *op)
{
    struct bucket_split_req *q = REQ (op, bucket_split);
    struct object_attr dd;
    struct record_bucket b;
    int r = get_bucket (t, op, q->dirdata, &dd, &b);
    if (r < 0 || b.end <= q->from || b.moving == q->from)
        return r;
    if (q->from <= b.first)
        return -EINVAL;
    b.moving = q->from;
    r = entry_each (t, op->fs->id, q->dirdata, q->from - 1, count_moving, &b);
    if (r == 0)
        r = recount (t, op, q->dirdata, dd.parent, -(int64_t) b.moved_entries, -(int32_t) b.moved_subdirs);
    if (r == 0)
        r = trove_attr_get (t, op->fs->id, q->dirdata, &dd); /* which may have had the counts */
    return r < 0 ? r : record_put_bucket (t, op->fs->id, q->dirdata, &dd, &b);
}

const struct op_desc bucket_split_desc = { .op = PROTO_bucket_split, .keys = bucket_split_keys, .txn = bucket_split_txn };

struct page {
    struct server_op *op;
    struct bucket_entry *entries;
    uint64_t last; /* hash */
    uint32_t n;
    bool end;
};

static int
page_entry (void *arg, uint64_t hash, const char *name, size_t len, const struct entry *e)
{
    struct page *p = arg;
    if (p->n >= PAGE && p->last != hash) {
        p->end = false;
        return 1;
    }
    if (p->n == PROTO_MAX_DIRENTS)
        return -EIO; /* thousands of names of one hash: nothing that happens */
    char *copy = arena_alloc (&p->op->arena, len + 1);
    if (!copy)
        return -ENOMEM;
    memcpy (copy, name, len);
    p->last = hash;
    p->entries[p->n++] = (struct bucket_entry){ .name = copy, .handle = e->handle, .type = e->type };
    return 0;
}

static int
read_page (struct trove_txn *t, struct server_op *op, obj_handle dirdata, uint64_t after, struct page *p)
{
    *p = (struct page){ .op = op, .end = true };
    p->entries = arena_array (&op->arena, PROTO_MAX_DIRENTS, sizeof *p->entries);
    return !p->entries ? -ENOMEM : entry_each (t, op->fs->id, dirdata, after, page_entry, p);
}

static int
bucket_read_txn (struct trove_txn *t, struct server_op *op)
{
    struct bucket_read_req *q = REQ (op, bucket_read);
    struct bucket_read_resp *resp = RESP (op, bucket_read);
    struct object_attr dd;
    struct record_bucket b;
    struct page p;
    int r = get_bucket (t, op, q->dirdata, &dd, &b);
    if (r == 0 && !b.moving)
        r = -EINVAL;
    if (r == 0)
        r = read_page (t, op, q->dirdata, MAX (q->after, b.moving - 1), &p);
    if (r < 0)
        return r;
    *resp = (struct bucket_read_resp){ .end = p.end, .after = p.n ? p.last : q->after, .nentries = p.n, .entries = p.entries };
    return 0;
}

const struct op_desc bucket_read_desc = { .op = PROTO_bucket_read, .txn = bucket_read_txn, .read_only = true };

static int
bucket_drop_txn (struct trove_txn *t, struct server_op *op)
{
    struct bucket_drop_req *q = REQ (op, bucket_drop);
    struct object_attr dd;
    struct record_bucket b;
    struct page p;
    int r = get_bucket (t, op, q->dirdata, &dd, &b);
    if (r == 0 && b.moving == q->from) {
        b.end = q->from;
        b.moving = b.moved_entries = b.moved_subdirs = 0;
        r = record_put_bucket (t, op->fs->id, q->dirdata, &dd, &b);
    }
    if (r == 0 && b.end > q->from)
        r = -EINVAL;
    if (r == 0)
        r = read_page (t, op, q->dirdata, q->from - 1, &p);
    for (uint32_t i = 0; r == 0 && i < p.n; i++)
        r = entry_del (t, op->fs->id, q->dirdata, p.entries[i].name);
    if (r == 0)
        RESP (op, bucket_drop)->more = !p.end;
    return r;
}

const struct op_desc bucket_drop_desc = { .op = PROTO_bucket_drop, .txn = bucket_drop_txn };

/* --- bucket_fill: where they arrive ---------------------------------------------------------------------------------------------------- */

static int
bucket_fill_txn (struct trove_txn *t, struct server_op *op)
{
    struct bucket_fill_req *q = REQ (op, bucket_fill);
    struct object_attr dd;
    struct record_bucket b;
    int64_t entries = 0;
    int32_t subdirs = 0;
    int r = get_bucket (t, op, q->dirdata, &dd, &b);
    for (uint32_t i = 0; r == 0 && i < q->nentries; i++) {
        struct entry had, e = { q->entries[i].handle, q->entries[i].type };
        r = entry_get (t, op->fs->id, q->dirdata, q->entries[i].name, &had);
        if (r != -ENOENT)
            continue;
        r = entry_put (t, op->fs->id, q->dirdata, q->entries[i].name, &e);
        entries++;
        subdirs += e.type == OBJ_DIRECTORY;
    }
    return r < 0 || !entries ? r : recount (t, op, q->dirdata, dd.parent, entries, subdirs);
}

const struct op_desc bucket_fill_desc = { .op = PROTO_bucket_fill, .txn = bucket_fill_txn };

/* --- bucket_freeze ---------------------------------------------------------------------------------------------------------------------- */

static int
bucket_freeze_txn (struct trove_txn *t, struct server_op *op)
{
    struct bucket_freeze_req *q = REQ (op, bucket_freeze);
    struct object_attr dd;
    struct record_bucket b;
    int r = get_bucket (t, op, q->dirdata, &dd, &b);
    if (r == -ESTALE && q->thaw)
        return 0; /* it went with its directory */
    if (r == 0 && !q->thaw && dd.entries)
        return -ENOTEMPTY;
    b.frozen = !q->thaw;
    return r < 0 ? r : record_put_bucket (t, op->fs->id, q->dirdata, &dd, &b);
}

const struct op_desc bucket_freeze_desc = { .op = PROTO_bucket_freeze, .txn = bucket_freeze_txn };
