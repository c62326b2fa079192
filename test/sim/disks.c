/*
 * What is left on the disks when everything has come to rest: the whole file system as it is stored,
 * read without any server's help and put together.
 *
 *     entry ──► object          every name leads to one of its type
 *     object ◄── entry          every object has as many names as its link count says, a directory one; the root has none
 *     metafile ──► datafiles    each in one layout, or in a pool
 *     directory ──► dirdata     one for every hash; counts and link counts as the entries say, permissions as the directory's
 */
#include "cluster.h"
#include "proto/record.h"
#include "work.h"

enum { NAME_KEPT = 16, KEY_TYPE = 4, KEY_NAME = 13 }; /* where a key has its parts */

struct found {
    obj_handle handle;
    unsigned server;
    struct object_attr attr;
    unsigned names, subdirs, entries; /* that name it; that it has */
    unsigned layouts;                 /* datafiles: that hold it */
    bool pooled, bucketed;
    uint64_t first, end;              /* dirdata: its hashes */
    obj_handle named_in;              /* dirdata of a name */
};

struct names;

struct disks {
    struct sim *sim;
    const struct names *names; /* who wants to know the entries, or NULL */
    struct found *all; /* sorted by handle */
    size_t n, cap;
    struct arena arena;
};

#define BAD(d, invariant, ...) world_violation (&(d)->sim->w, invariant, __VA_ARGS__)

struct item {
    unsigned server;
    uint32_t fs;
    uint8_t type;
    uint64_t handle;
    const uint8_t *name;
    size_t name_len;
    const uint8_t *val;
    size_t val_len;
};

static struct item
item_of (unsigned server, const struct tree_node *n)
{
    struct item i = { .server = server, .name = n->key + KEY_NAME, .name_len = n->key_len - KEY_NAME, .val = n->val, .val_len = n->val_len };
    struct wire w;
    wire_decoder (&w, n->key, KEY_NAME, NULL);
    wire_be32 (&w, &i.fs);
    wire_u8 (&w, &i.type);
    wire_be64 (&w, &i.handle);
    return i;
}

static void
each_item (struct disks *d, uint8_t type, void (*fn) (struct disks *, const struct item *))
{
    for (unsigned s = 0; s < d->sim->p.nservers; s++)
        for (struct tree_node *n = tree_first (&d->sim->servers[s].disk->keys); n; n = tree_next (n)) {
            if (n->key[KEY_TYPE] != type)
                continue;
            struct item i = item_of (s, n);
            fn (d, &i);
        }
}

static int
by_handle (const void *a, const void *b)
{
    obj_handle x = ((const struct found *) a)->handle, y = ((const struct found *) b)->handle;
    return x < y ? -1 : x > y;
}

static struct found *
find (struct disks *d, obj_handle h)
{
    struct found key = { .handle = h };
    return bsearch (&key, d->all, d->n, sizeof *d->all, by_handle);
}

/* --- gathering ---------------------------------------------------------------------------------------------- */

static void
add_object (struct disks *d, const struct item *i)
{
    if (d->n == d->cap) {
        d->cap = d->cap * 2 + 256;
        d->all = realloc (d->all, d->cap * sizeof *d->all);
        assert (d->all);
    }
    struct found *f = &d->all[d->n++];
    struct wire w;
    *f = (struct found){ .handle = i->handle, .server = i->server };
    wire_decoder (&w, i->val + 1, i->val_len - 1, NULL);
    object_attr_codec (&w, &f->attr);
    if (wire_finish (&w) < 0)
        BAD (d, "records", "the record of %llu cannot be read", (unsigned long long) i->handle);
}

static void
add_buckets (struct disks *d, const struct item *i)
{
    struct record_table t = { 0 };
    struct wire w;
    wire_decoder (&w, i->val, i->val_len, &d->arena);
    record_table_codec (&w, &t);
    if (wire_finish (&w) < 0 || t.n == 0 || t.buckets[0].first_hash || t.pending.dirdata)
        BAD (d, "buckets", "the table of directory %llu: %u buckets%s", (unsigned long long) i->handle, t.n,
             t.pending.dirdata ? ", and one that is still pending" : "");
    struct found *dir = find (d, i->handle);
    if (!dir || dir->attr.type != OBJ_DIRECTORY)
        BAD (d, "no-orphans", "a bucket table without its directory %llu", (unsigned long long) i->handle);
    else if ((dir->attr.flags & OBJ_OWN_SPREAD)
             && (t.n > dir->attr.spread.max || t.n < MIN (dir->attr.spread.initial, d->sim->p.nservers)))
        BAD (d, "buckets", "directory %llu was to have %u buckets at once and at most %u; it has %u", (unsigned long long) i->handle,
             dir->attr.spread.initial, dir->attr.spread.max, t.n);
    for (uint32_t k = 0; k < t.n; k++) {
        struct found *dd = find (d, t.buckets[k].dirdata);
        if (!dd || dd->attr.parent != i->handle) {
            BAD (d, "names-lead-to-objects", "directory %llu has no dirdata %llu", (unsigned long long) i->handle,
                 (unsigned long long) t.buckets[k].dirdata);
            continue;
        }
        dd->bucketed = true;
        dd->first = t.buckets[k].first_hash;
        dd->end = k + 1 < t.n ? t.buckets[k + 1].first_hash : HASH_END;
    }
}

static void
add_layout (struct disks *d, const struct item *i)
{
    struct proto_layout l = { 0 };
    uint8_t version = 0;
    struct wire w;
    wire_decoder (&w, i->val, i->val_len, &d->arena);
    wire_u8 (&w, &version);
    proto_layout_codec (&w, &l);
    if (!find (d, i->handle))
        BAD (d, "no-orphans", "a layout without its metafile %llu", (unsigned long long) i->handle);
    for (uint32_t k = 0; k < l.ndfiles; k++) {
        struct found *f = find (d, l.dfiles[k]);
        if (!f || f->attr.type != OBJ_DATAFILE)
            BAD (d, "names-lead-to-objects", "metafile %llu has no datafile %llu", (unsigned long long) i->handle,
                 (unsigned long long) l.dfiles[k]);
        else if (f->attr.parent && f->attr.parent != i->handle)
            BAD (d, "parents", "datafile %llu of metafile %llu says that it belongs to %llu", (unsigned long long) l.dfiles[k],
                 (unsigned long long) i->handle, (unsigned long long) f->attr.parent);
        else
            f->layouts++;
    }
}

/* The number of the last batch from `giver` that `owner` has stored: behind all handles of that pool. */
static uint64_t
last_batch (struct disks *d, unsigned owner, unsigned giver, uint8_t type)
{
    uint8_t key[64];
    uint64_t last = UINT64_MAX, t = type, batch = 0;
    uint32_t fs = SIM_FS_ID;
    uint8_t pool = TROVE_POOL;
    const char *alias = d->sim->servers[giver].alias;
    struct wire w;
    wire_encoder (&w, key, sizeof key);
    wire_be32 (&w, &fs);
    wire_u8 (&w, &pool);
    wire_be64 (&w, &t);
    wire_fixed (&w, (void *) alias, strlen (alias) + 1);
    wire_be64 (&w, &last);
    struct tree_node *n = tree_find (&d->sim->servers[owner].disk->keys, key, w.pos);
    if (!n)
        return 0;
    wire_decoder (&w, n->val, n->val_len, NULL);
    wire_u64 (&w, &batch);
    return batch;
}

/* A batch that was given out but perhaps never stored by the asker. */
static void
add_batch (struct disks *d, const struct item *i)
{
    uint64_t batch, *handles = NULL;
    uint32_t n = 0;
    uint8_t version = 0;
    struct wire w;
    wire_decoder (&w, i->val, i->val_len, &d->arena);
    wire_u8 (&w, &version);
    wire_u64 (&w, &batch);
    wire_u64_array (&w, &handles, &n, PROTO_MAX_HANDLES);
    const char *owner = memrchr (i->name, ':', i->name_len);
    size_t owner_len = owner ? i->name_len - (size_t) (owner + 1 - (const char *) i->name) : 0;
    for (unsigned s = 0; owner && s < d->sim->p.nservers; s++) {
        const char *alias = d->sim->servers[s].alias;
        if (strlen (alias) != owner_len || memcmp (alias, owner + 1, owner_len))
            continue;
        uint64_t stored = last_batch (d, s, i->server, i->name[6] == '2' ? OBJ_DATAFILE : OBJ_DIRECTORY);
        for (uint32_t k = 0; stored != batch && k < n; k++) {
            struct found *f = find (d, handles[k]);
            if (f)
                f->pooled = true;
        }
    }
}

static bool
is_name (const struct item *i, const char *name)
{
    return i->name_len >= strlen (name) && !memcmp (i->name, name, strlen (name));
}

static void
add_keyval (struct disks *d, const struct item *i)
{
    if (i->handle == 0 && is_name (i, "batch:"))
        add_batch (d, i);
    else if (i->handle && is_name (i, "bt"))
        add_buckets (d, i);
    else if (i->handle && is_name (i, "ly"))
        add_layout (d, i);
}

static void
add_pooled (struct disks *d, const struct item *i)
{
    uint64_t h = 0;
    struct wire w;
    wire_decoder (&w, i->name + i->name_len - 8, 8, NULL);
    wire_be64 (&w, &h);
    struct found *f = find (d, h);
    if (i->handle == OBJ_DATAFILE && h != UINT64_MAX && !f)
        BAD (d, "pools", "the pool of s%u holds %llu, which does not exist", i->server, (unsigned long long) h);
    if (f)
        f->pooled = true;
}

static void
add_entry (struct disks *d, const struct item *i)
{
    uint64_t h = 0;
    uint8_t version, type = 0;
    char name[NAME_KEPT] = "";
    struct wire w;
    memcpy (name, i->name + 8, MIN (i->name_len - 8, sizeof name - 1));
    wire_decoder (&w, i->val, i->val_len, NULL);
    wire_u8 (&w, &version);
    wire_u64 (&w, &h);
    wire_u8 (&w, &type);
    struct found *f = find (d, h), *dd = find (d, i->handle), *dir = dd ? find (d, dd->attr.parent) : NULL;
    if (!dir) {
        BAD (d, "no-orphans", "entry %s in dirdata %llu, which has no directory", name, (unsigned long long) i->handle);
        return;
    }
    uint64_t hash = 0;
    wire_decoder (&w, i->name, 8, NULL);
    wire_be64 (&w, &hash);
    if (hash < dd->first || hash >= dd->end)
        BAD (d, "buckets", "entry %s of directory %llu is in the wrong bucket", name, (unsigned long long) dir->handle);
    dd->entries++;
    dd->subdirs += type == OBJ_DIRECTORY;
    if (!f || f->attr.type != type) {
        BAD (d, "names-lead-to-objects", "entry %s of directory %llu leads to %llu, which is %s", name, (unsigned long long) dir->handle,
             (unsigned long long) h, f ? "of another type" : "not there");
        return;
    }
    if (f->names++ && type == OBJ_DIRECTORY)
        BAD (d, "no-name-twice", "directory %llu has the name %s and another one", (unsigned long long) h, name);
    if (type == OBJ_DIRECTORY && f->attr.parent != dir->handle)
        BAD (d, "parents", "directory %llu is in %llu but says that it is in %llu", (unsigned long long) h, (unsigned long long) dir->handle,
             (unsigned long long) f->attr.parent);
    if (f->attr.flags & OBJ_MOVING)
        BAD (d, "moves-are-over", "object %llu, %s in %llu, is marked as being moved", (unsigned long long) h, name, (unsigned long long) dir->handle);
}

struct names {
    void (*fn) (void *arg, const struct disks_name *);
    void *arg;
};

static void
tell_entry (struct disks *d, const struct item *i)
{
    struct disks_name n = { 0 };
    uint8_t version;
    char name[NAME_KEPT] = "";
    struct wire w;
    memcpy (name, i->name + 8, MIN (i->name_len - 8, sizeof name - 1));
    wire_decoder (&w, i->val, i->val_len, NULL);
    wire_u8 (&w, &version);
    wire_u64 (&w, &n.handle);
    wire_u8 (&w, &n.type);
    const struct found *dd = find (d, i->handle);
    n.dir = dd ? dd->attr.parent : 0;
    n.name = name;
    d->names->fn (d->names->arg, &n);
}

static void
an_intent (struct disks *d, const struct item *i)
{
    BAD (d, "intents-end", "s%u has an intent %llu of kind %u on disk", i->server, (unsigned long long) i->handle,
         i->val_len > 1 ? i->val[1] : 0);
}

/* --- judging --------------------------------------------------------------------------------------------------- */

/* Counts are where the dirdata's server has its record of the directory: the directory's, or the dirdata's. */
static void
check_dirdata (struct disks *d, const struct found *f)
{
    const struct found *dir = find (d, f->attr.parent), *holder = dir && dir->server == f->server ? dir : f;
    if (!dir)
        return;
    if (holder->attr.entries != f->entries || holder->attr.nlink != (holder == dir ? 2 : 0) + f->subdirs)
        BAD (d, "entry-counts", "%llu says %llu entries and %u links, dirdata %llu has %u entries, %u of them directories",
             (unsigned long long) holder->handle, (unsigned long long) holder->attr.entries, holder->attr.nlink,
             (unsigned long long) f->handle, f->entries, f->subdirs);
    if (holder == f && (f->attr.mode != dir->attr.mode || f->attr.uid != dir->attr.uid || f->attr.gid != dir->attr.gid))
        BAD (d, "buckets", "dirdata %llu has mode %o, its directory %llu has %o", (unsigned long long) f->handle, f->attr.mode,
             (unsigned long long) dir->handle, dir->attr.mode);
    if (holder == f
        && ((f->attr.flags ^ dir->attr.flags) & OBJ_OWN_SPREAD || memcmp (&f->attr.spread, &dir->attr.spread, sizeof f->attr.spread)))
        BAD (d, "buckets", "dirdata %llu does not spread as its directory %llu", (unsigned long long) f->handle,
             (unsigned long long) dir->handle);
}

static void
check_object (struct disks *d, const struct found *f)
{
    bool named;
    switch (f->attr.type) {
    case OBJ_DATAFILE:
        named = f->layouts || f->pooled;
        if (f->layouts + f->pooled > 1)
            BAD (d, "no-name-twice", "datafile %llu is in %u layouts%s", (unsigned long long) f->handle, f->layouts,
                 f->pooled ? " and in a pool" : "");
        break;
    case OBJ_DIRDATA:
        named = f->bucketed;
        check_dirdata (d, f);
        break;
    case OBJ_DIRECTORY:
        named = f->names || f->handle == SIM_ROOT;
        break;
    default:
        named = f->names;
        if (named && f->attr.nlink != f->names)
            BAD (d, "link-counts", "object %llu has %u names and says %u", (unsigned long long) f->handle, f->names, f->attr.nlink);
        break;
    }
    if (!named)
        BAD (d, "no-orphans", "object %llu of type %u on s%u has no name, no intent and no pool", (unsigned long long) f->handle,
             f->attr.type, f->server);
}

static void
check_streams (struct disks *d)
{
    for (unsigned s = 0; s < d->sim->p.nservers; s++)
        for (struct tree_node *n = tree_first (&d->sim->servers[s].disk->streams); n; n = tree_next (n)) {
            uint64_t h = 0;
            struct wire w;
            wire_decoder (&w, n->key + 4, 8, NULL);
            wire_be64 (&w, &h);
            const struct found *f = find (d, h);
            if (!f || f->attr.type != OBJ_DATAFILE)
                BAD (d, "no-orphans", "s%u has a bytestream %llu without a datafile", s, (unsigned long long) h);
        }
}

void
disks_check (struct sim *s)
{
    struct disks d = { .sim = s };
    each_item (&d, TROVE_ATTR, add_object);
    if (d.n)
        qsort (d.all, d.n, sizeof *d.all, by_handle);
    each_item (&d, TROVE_INTENT, an_intent);
    each_item (&d, TROVE_KEYVAL, add_keyval);
    each_item (&d, TROVE_POOL, add_pooled);
    each_item (&d, TROVE_DIRENT, add_entry);
    for (size_t i = 0; i < d.n && !s->w.violated; i++)
        check_object (&d, &d.all[i]);
    if (!s->w.violated)
        check_streams (&d);
    arena_fini (&d.arena);
    free (d.all);
}

void
disks_each_name (struct sim *s, void (*fn) (void *arg, const struct disks_name *), void *arg)
{
    struct names names = { fn, arg };
    struct disks d = { .sim = s, .names = &names };
    each_item (&d, TROVE_ATTR, add_object);
    if (d.n)
        qsort (d.all, d.n, sizeof *d.all, by_handle);
    each_item (&d, TROVE_DIRENT, tell_entry);
    free (d.all);
}
