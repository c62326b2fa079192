/*
 * Records on Trove; see record.h.
 */
#include "server/record.h"

#include "proto/ops/geteattr.h"
#include "proto/ops/set_parent.h"
#include "proto/record.h"

#include <stdio.h>

enum { MAX_RECORD = 65536, ENTRY_KEY_MAX = 8 + PROTO_MAX_NAME };

/* --- keys and values ------------------------------------------------------------------------------------------------------ */

static struct trove_key
keyval_key (obj_fsid fs, obj_handle h, const char *name)
{
    return (struct trove_key){ .fs = fs, .type = TROVE_KEYVAL, .handle = h, .name = name, .name_len = strlen (name) };
}

struct entry_key {
    uint8_t buf[ENTRY_KEY_MAX];
    struct trove_key key;
};

static const struct trove_key *
entry_key (struct entry_key *k, obj_fsid fs, obj_handle dirdata, const char *name)
{
    uint64_t hash = proto_name_hash (name);
    size_t n = strlen (name);
    struct wire w;
    wire_encoder (&w, k->buf, sizeof k->buf);
    wire_be64 (&w, &hash);
    wire_fixed (&w, (void *) name, n);
    k->key = (struct trove_key){ .fs = fs, .type = TROVE_DIRENT, .handle = dirdata, .name = k->buf, .name_len = w.pos };
    return &k->key;
}

static int
put_encoded (struct trove_txn *t, const struct trove_key *key, struct wire *w)
{
    int r = w->err ? w->err : trove_put (t, key, w->buf, w->pos);
    wire_fini (w);
    return r;
}

static int
get_copy (struct trove_txn *t, const struct trove_key *key, struct arena *arena, void **ret, size_t *ret_len)
{
    const void *v;
    int r = trove_get (t, key, &v, ret_len);
    if (r < 0)
        return r;
    *ret = arena_memdup (arena, v, *ret_len);
    return *ret ? 0 : -ENOMEM;
}

/* --- entries ------------------------------------------------------------------------------------------------------------------ */

int
entry_get (struct trove_txn *t, obj_fsid fs, obj_handle dirdata, const char *name, struct entry *ret)
{
    struct entry_key k;
    const void *v;
    size_t n;
    int r = trove_get (t, entry_key (&k, fs, dirdata, name), &v, &n);
    if (r < 0)
        return r;
    struct wire w;
    wire_decoder (&w, v, n, NULL);
    record_entry_codec (&w, &ret->handle, &ret->type);
    return wire_finish (&w) < 0 ? -EIO : 0;
}

int
entry_put (struct trove_txn *t, obj_fsid fs, obj_handle dirdata, const char *name, const struct entry *e)
{
    struct entry_key k;
    uint8_t buf[16];
    struct entry copy = *e;
    struct wire w;
    wire_encoder (&w, buf, sizeof buf);
    record_entry_codec (&w, &copy.handle, &copy.type);
    return trove_put (t, entry_key (&k, fs, dirdata, name), buf, w.pos);
}

int
entry_del (struct trove_txn *t, obj_fsid fs, obj_handle dirdata, const char *name)
{
    struct entry_key k;
    return trove_del (t, entry_key (&k, fs, dirdata, name));
}

struct each {
    int (*fn) (void *, uint64_t, const char *, size_t, const struct entry *);
    void *arg;
};

static int
each_item (void *arg, const struct trove_item *item)
{
    struct each *e = arg;
    struct entry entry;
    uint64_t hash = 0;
    struct wire w;
    if (item->name_len <= 8)
        return -EIO;
    wire_decoder (&w, item->name, 8, NULL);
    wire_be64 (&w, &hash);
    wire_decoder (&w, item->val, item->val_len, NULL);
    record_entry_codec (&w, &entry.handle, &entry.type);
    if (wire_finish (&w) < 0)
        return -EIO;
    return e->fn (e->arg, hash, (const char *) item->name + 8, item->name_len - 8, &entry);
}

int
entry_each (struct trove_txn *t, obj_fsid fs, obj_handle dirdata, uint64_t after,
            int (*fn) (void *, uint64_t, const char *, size_t, const struct entry *), void *arg)
{
    struct each e = { fn, arg };
    uint8_t from[8];
    uint64_t first = after + 1;
    struct wire w;
    wire_encoder (&w, from, sizeof from);
    wire_be64 (&w, &first);
    struct trove_key key = { .fs = fs, .type = TROVE_DIRENT, .handle = dirdata, .name = from, .name_len = sizeof from };
    return trove_iterate (t, &key, false, each_item, &e);
}

/* --- directories --------------------------------------------------------------------------------------------------------------- */

int
record_put_table (struct trove_txn *t, obj_fsid fs, obj_handle dir, struct record_table *table)
{
    struct wire w;
    wire_encoder_grow (&w, MAX_RECORD);
    record_table_codec (&w, table);
    struct trove_key key = keyval_key (fs, dir, "bt");
    return put_encoded (t, &key, &w);
}

int
record_table (struct trove_txn *t, obj_fsid fs, obj_handle dir, struct arena *arena, struct record_table *ret)
{
    struct trove_key key = keyval_key (fs, dir, "bt");
    const void *v;
    size_t len;
    *ret = (struct record_table){ 0 };
    int r = trove_get (t, &key, &v, &len);
    if (r < 0)
        return r;
    struct wire w;
    wire_decoder (&w, v, len, arena);
    record_table_codec (&w, ret);
    return wire_finish (&w) < 0 || ret->n == 0 ? -EIO : 0;
}

int
record_bucket (struct trove_txn *t, obj_fsid fs, obj_handle dirdata, const struct object_attr *a, struct record_bucket *ret)
{
    struct trove_key key = keyval_key (fs, dirdata, "bk");
    const void *v;
    size_t len;
    *ret = (struct record_bucket){ .end = HASH_END };
    if (!(a->flags & OBJ_SPREAD))
        return 0;
    int r = trove_get (t, &key, &v, &len);
    if (r < 0)
        return r == -ENOENT ? -EIO : r;
    struct wire w;
    wire_decoder (&w, v, len, NULL);
    record_bucket_codec (&w, ret);
    return wire_finish (&w) < 0 ? -EIO : 0;
}

int
record_put_bucket (struct trove_txn *t, obj_fsid fs, obj_handle dirdata, struct object_attr *a, struct record_bucket *b)
{
    struct trove_key key = keyval_key (fs, dirdata, "bk");
    uint8_t buf[64];
    struct wire w;
    wire_encoder (&w, buf, sizeof buf);
    record_bucket_codec (&w, b);
    a->flags |= OBJ_SPREAD;
    int r = trove_put (t, &key, buf, w.pos);
    return r < 0 ? r : trove_attr_set (t, fs, dirdata, a);
}

int
record_new_directory (struct trove_txn *t, obj_fsid fs, obj_handle h, const struct object_attr *a)
{
    struct proto_bucket b = { 0 };
    int r = trove_new_handle (t, fs, false, &b.dirdata);
    if (r < 0)
        return r;
    struct object_attr dd = { .type = OBJ_DIRDATA, .parent = h };
    r = trove_attr_set (t, fs, b.dirdata, &dd);
    if (r == 0)
        r = record_put_table (t, fs, h, &(struct record_table){ .n = 1, .buckets = &b });
    return r < 0 ? r : trove_attr_set (t, fs, h, a);
}

uint16_t
record_xattr_bit (const char *name)
{
    if (strcmp (name, "system.posix_acl_access") == 0)
        return OBJ_HAS_ACL_ACCESS;
    if (strcmp (name, "system.posix_acl_default") == 0)
        return OBJ_HAS_ACL_DEFAULT;
    return strncmp (name, "security.", 9) == 0 ? OBJ_HAS_SECURITY : OBJ_HAS_XATTR;
}

int
record_put_xattrs (struct trove_txn *t, obj_fsid fs, obj_handle h, struct object_attr *a, uint32_t n, const struct eattr_pair *x)
{
    int r = 0;
    for (uint32_t i = 0; r == 0 && i < n; i++) {
        struct trove_key key = { .fs = fs, .type = TROVE_XATTR, .handle = h, .name = x[i].name, .name_len = strlen (x[i].name) };
        r = trove_put (t, &key, x[i].value, x[i].value_len);
        a->flags |= record_xattr_bit (x[i].name);
    }
    return r;
}

int
record_remove_directory (struct trove_txn *t, obj_fsid fs, obj_handle h)
{
    struct object_attr a;
    struct arena arena = { 0 };
    struct record_table table;
    int r = trove_attr_get (t, fs, h, &a);
    if (r == 0 && a.type != OBJ_DIRECTORY)
        r = -ENOTDIR;
    if (r == 0 && (a.flags & OBJ_SPREAD))
        r = -EREMOTE;
    if (r == 0 && a.entries)
        r = -ENOTEMPTY;
    if (r == 0)
        r = record_table (t, fs, h, &arena, &table);
    if (r == 0)
        r = record_remove_object (t, fs, table.buckets[0].dirdata);
    arena_fini (&arena);
    return r < 0 ? r : record_remove_object (t, fs, h);
}

int
directory_changed (struct trove_txn *t, obj_fsid fs, obj_handle dir, int entries, int subdirs, uint64_t now, struct object_attr *ret)
{
    struct object_attr a;
    int r = trove_attr_get (t, fs, dir, &a);
    if (r < 0)
        return r;
    a.entries += (uint64_t) (int64_t) entries;
    a.nlink += (uint32_t) subdirs;
    a.mtime = a.ctime = MAX (now, a.mtime + 1);
    a.change++;
    if (ret)
        *ret = a;
    return trove_attr_set (t, fs, dir, &a);
}

int
directory_moves (struct trove_txn *t, obj_fsid fs, const struct directory_move *m, uint64_t now)
{
    struct object_attr a;
    int r = trove_attr_get (t, fs, m->dir, &a);
    if (r < 0)
        return r == -ENOENT ? 0 : r;
    bool mine = (uint64_t) a.size == m->by;
    if (!mine && m->step == MOVE_BEGINS && a.flags & OBJ_MOVING)
        return -EBUSY;
    if (!mine && (m->step != MOVE_BEGINS || a.parent != m->from))
        return 0;
    a.flags = (uint16_t) (m->step == MOVE_BEGINS ? a.flags | OBJ_MOVING : a.flags & ~OBJ_MOVING);
    a.size = m->step == MOVE_BEGINS ? (int64_t) m->by : 0;
    if (m->step == MOVE_IS_DONE)
        return trove_attr_set (t, fs, m->dir, &a);
    a.parent = m->to;
    a.ctime = now;
    a.change++;
    return trove_attr_set (t, fs, m->dir, &a);
}

/* --- files and links ---------------------------------------------------------------------------------------------------------------- */

int
layout_get (struct trove_txn *t, obj_fsid fs, obj_handle metafile, struct arena *arena, struct proto_layout *ret)
{
    struct trove_key key = keyval_key (fs, metafile, "ly");
    void *v;
    size_t len;
    int r = get_copy (t, &key, arena, &v, &len);
    if (r < 0)
        return r;
    struct wire w;
    wire_decoder (&w, v, len, arena);
    record_layout_codec (&w, ret);
    return wire_finish (&w) < 0 ? -EIO : 0;
}

int
layout_put (struct trove_txn *t, obj_fsid fs, obj_handle metafile, const struct proto_layout *l)
{
    struct proto_layout copy = *l;
    struct wire w;
    struct trove_key key = keyval_key (fs, metafile, "ly");
    wire_encoder_grow (&w, MAX_RECORD);
    record_layout_codec (&w, &copy);
    return put_encoded (t, &key, &w);
}

int
target_get (struct trove_txn *t, obj_fsid fs, obj_handle symlink, struct arena *arena, const char **ret)
{
    struct trove_key key = keyval_key (fs, symlink, "st");
    const void *v;
    size_t len;
    int r = trove_get (t, &key, &v, &len);
    if (r < 0)
        return r;
    char *s = arena_alloc (arena, len + 1);
    if (!s)
        return -ENOMEM;
    memcpy (s, v, len);
    *ret = s;
    return 0;
}

int
target_put (struct trove_txn *t, obj_fsid fs, obj_handle symlink, const char *target)
{
    struct trove_key key = keyval_key (fs, symlink, "st");
    return trove_put (t, &key, target, strlen (target));
}

/* --- whole objects --------------------------------------------------------------------------------------------------------------------- */

struct name_list {
    struct arena arena;
    struct name_item {
        struct name_item *next;
        size_t len;
        uint8_t bytes[];
    } *first;
};

static int
collect_name (void *arg, const struct trove_item *item)
{
    struct name_list *l = arg;
    struct name_item *n = arena_alloc (&l->arena, sizeof *n + item->name_len);
    if (!n)
        return -ENOMEM;
    n->len = item->name_len;
    memcpy (n->bytes, item->name, item->name_len);
    n->next = l->first;
    l->first = n;
    return 0;
}

static int
remove_all (struct trove_txn *t, obj_fsid fs, obj_handle h, uint8_t type)
{
    struct name_list l = { 0 };
    struct trove_key key = { .fs = fs, .type = type, .handle = h };
    int r = trove_iterate (t, &key, false, collect_name, &l);
    for (struct name_item *n = l.first; r == 0 && n; n = n->next) {
        key.name = n->bytes;
        key.name_len = n->len;
        r = trove_del (t, &key);
    }
    arena_fini (&l.arena);
    return r;
}

int
record_replace_xattrs (struct trove_txn *t, obj_fsid fs, obj_handle h, struct object_attr *a, uint32_t n, const struct eattr_pair *x)
{
    int r = remove_all (t, fs, h, TROVE_XATTR);
    a->flags &= (uint16_t) ~OBJ_HAS_ANY;
    return r < 0 ? r : record_put_xattrs (t, fs, h, a, n, x);
}

/* The one internal keyval that an object of this type has. */
static const char *
keyval_of (uint8_t type)
{
    return type == OBJ_METAFILE ? "ly" : type == OBJ_DIRECTORY ? "bt" : type == OBJ_DIRDATA ? "bk" : type == OBJ_SYMLINK ? "st" : NULL;
}

int
record_remove_object (struct trove_txn *t, obj_fsid fs, obj_handle h)
{
    struct object_attr a;
    int r = trove_attr_get (t, fs, h, &a);
    if (r == -ENOENT)
        return 0;
    if (r == 0 && keyval_of (a.type)) {
        struct trove_key key = keyval_key (fs, h, keyval_of (a.type));
        r = trove_del (t, &key);
        if (r == -ENOENT)
            r = 0;
    }
    if (r == 0 && (a.flags & OBJ_HAS_ANY))
        r = remove_all (t, fs, h, TROVE_XATTR);
    if (r == 0 && a.type == OBJ_DATAFILE)
        r = trove_bstream_remove (t, fs, h);
    return r < 0 ? r : trove_attr_del (t, fs, h);
}

/* As long as the new bucket is not in the table, what the directory's own bucket does not count any more is counted nowhere else. */
static int
add_what_moves (struct trove_txn *t, obj_fsid fs, const struct record_table *table, struct object_attr *dir)
{
    struct record_bucket b;
    struct object_attr dd;
    obj_handle own = table->buckets[0].dirdata;
    if (!table->pending.dirdata)
        return 0;
    for (uint32_t i = 0; i < table->n; i++)
        if (table->buckets[i].dirdata == table->pending.dirdata)
            return 0;
    int r = trove_attr_get (t, fs, own, &dd);
    if (r == 0)
        r = record_bucket (t, fs, own, &dd, &b);
    if (r < 0)
        return r == -ENOENT ? 0 : r;
    dir->entries += b.moved_entries;
    dir->nlink += b.moved_subdirs;
    return 0;
}

/* Where its hashes begin, and where those end that it serves and counts. */
static int
bucket_info (struct trove_txn *t, obj_fsid fs, struct arena *arena, struct proto_info *ret)
{
    struct record_bucket b;
    int r = record_bucket (t, fs, ret->handle, &ret->attr, &b);
    if (r < 0)
        return r;
    ret->buckets = arena_array (arena, 2, sizeof *ret->buckets);
    if (!ret->buckets)
        return -ENOMEM;
    ret->buckets[0] = (struct proto_bucket){ b.first, ret->handle };
    ret->buckets[1] = (struct proto_bucket){ b.moving ? b.moving : b.end, 0 };
    ret->nbuckets = 2;
    ret->have |= INFO_BUCKETS;
    return 0;
}

int
record_info (struct trove_txn *t, obj_fsid fs, obj_handle h, struct arena *arena, struct proto_info *ret)
{
    struct record_table table;
    *ret = (struct proto_info){ .handle = h };
    int r = trove_attr_get (t, fs, h, &ret->attr);
    if (r < 0)
        return r;
    switch (ret->attr.type) {
    case OBJ_METAFILE:
        r = layout_get (t, fs, h, arena, &ret->layout);
        ret->have |= INFO_LAYOUT;
        break;
    case OBJ_SYMLINK:
        r = target_get (t, fs, h, arena, &ret->target);
        ret->have |= INFO_TARGET | INFO_SIZE;
        if (r == 0)
            ret->attr.size = (int64_t) strlen (ret->target);
        break;
    case OBJ_DIRECTORY:
        r = record_table (t, fs, h, arena, &table);
        if (r == 0)
            r = add_what_moves (t, fs, &table, &ret->attr);
        ret->nbuckets = table.n;
        ret->buckets = table.buckets;
        ret->have |= INFO_BUCKETS | INFO_SIZE;
        ret->attr.size = DIRECTORY_SIZE;
        break;
    case OBJ_DIRDATA:
        return ret->attr.flags & OBJ_SPREAD ? bucket_info (t, fs, arena, ret) : 0;
    default:
        break;
    }
    return r;
}
