/* Repairs; see fsck.h. One finding is one transaction of one server where it can be; else the steps
 * are in an order that leaves after each of them what a later look finds and mends. Counts of
 * directories follow in the same transaction if they live on the same server, else in a later pass.
 */
#include "apps/admin/fsck.h"

#include <stdio.h>
#include <time.h>

enum { MAX_EDITS = 8, PROBE = 64 };

/* The edits of one transaction, with what they point to. */
struct fix {
    struct image *m;
    int server;
    obj_handle lost_found; /* 0: there is none */
    struct fsck_edit edits[MAX_EDITS];
    uint32_t n;
    struct arena arena;
};

/* A record as it is. */
struct raw {
    bool there;
    const void *name, *val;
    uint32_t name_len, val_len;
};

static void *
copy (struct fix *x, const void *p, size_t n)
{
    void *c = arena_memdup (&x->arena, p, n);
    if (c == NULL && n > 0)
        tool_die ("out of memory");
    return c;
}

static int
post_edits (struct fix *x, uint32_t n, struct fsck_edit *edits)
{
    struct fsck_fix_req req = { n, edits };
    struct fsck_ask ask = { x->m->servers.list[x->server].addr, &req, 0 };
    int r = fsck_ask (x->m->fs, x->m->cred, PROTO_fsck_fix, &ask, 1, NULL, NULL);
    return r < 0 ? r : ask.error;
}

static int
post (struct fix *x)
{
    return post_edits (x, x->n, x->edits);
}

/* -- reading -- */

struct probe {
    struct fix *x;
    obj_handle handle;
    const void *name;
    uint32_t name_len, digest;
    bool by_digest;
    struct raw *ret;
};

static void
probe_take (void *arg, const struct fsck_item *i)
{
    struct probe *p = arg;
    bool same = i->handle == p->handle
                && (p->by_digest ? wire_crc32c (0, i->name, i->name_len) == p->digest
                                 : i->name_len == p->name_len
                                       && memcmp (i->name, p->name, i->name_len) == 0);
    if (!same || p->ret->there)
        return;
    *p->ret = (struct raw){ true, copy (p->x, i->name, i->name_len),
                            copy (p->x, i->val, i->val_len), i->name_len, i->val_len };
}

static int
read_record (struct fix *x, uint8_t type, obj_handle h, const char *name, struct raw *ret)
{
    struct probe p = {
        .x = x, .handle = h, .name = name, .name_len = (uint32_t) strlen (name), .ret = ret
    };
    struct fsck_scan_req q = { .type = type,
                               .handle = h,
                               .name = name,
                               .name_len = p.name_len,
                               .one = true,
                               .values = true,
                               .max = 1 };
    *ret = (struct raw){ 0 };
    return image_scan (x->m, x->server, q, probe_take, &p);
}

/* The entry that a finding is about. Entries of one hash lie together. */
static int
read_entry (struct fix *x, const struct finding *f, struct raw *ret)
{
    uint64_t hash = f->hash;
    uint8_t from[8];
    struct wire w;
    wire_encoder (&w, from, sizeof from);
    wire_be64 (&w, &hash);
    struct probe p = {
        .x = x, .handle = f->other, .digest = f->name_digest, .by_digest = true, .ret = ret
    };
    struct fsck_scan_req q = { .type = FSCK_DIRENT,
                               .handle = f->other,
                               .name = from,
                               .name_len = sizeof from,
                               .one = true,
                               .values = true,
                               .max = PROBE };
    *ret = (struct raw){ 0 };
    int r = image_scan (x->m, x->server, q, probe_take, &p);
    return r < 0 || ret->there ? r : -EAGAIN;
}

/* -- edits -- */

static struct fsck_edit *
edit (struct fix *x, uint8_t type, obj_handle h, const void *name, size_t name_len)
{
    struct fsck_edit *e = &x->edits[x->n++];
    assert (x->n <= MAX_EDITS);
    *e = (struct fsck_edit){
        .type = type, .handle = h, .name = copy (x, name, name_len), .name_len = (uint32_t) name_len
    };
    return e;
}

/* It must be as it was read. */
static struct fsck_edit *
edit_raw (struct fix *x, uint8_t type, obj_handle h, const struct raw *old, const char *name)
{
    struct fsck_edit *e = old->there ? edit (x, type, h, old->name, old->name_len)
                                     : edit (x, type, h, name, strlen (name));
    e->when = old->there ? FSCK_IF_EQUAL : FSCK_IF_ABSENT;
    e->old = old->val;
    e->old_len = old->val_len;
    return e;
}

static void
edit_put (struct fix *x, struct fsck_edit *e, struct wire *w)
{
    if (w->err < 0)
        tool_die ("a record cannot be made: %s", strerror (-w->err));
    e->then = FSCK_PUT;
    e->val = copy (x, w->buf, w->pos);
    e->val_len = (uint32_t) w->pos;
    wire_fini (w);
}

static void
put_attr (struct fix *x, struct fsck_edit *e, struct object_attr *a)
{
    struct wire w;
    wire_encoder_grow (&w, FSCK_MAX_VALUE);
    object_record_codec (&w, a);
    edit_put (x, e, &w);
}

static void
put_table (struct fix *x, struct fsck_edit *e, struct record_table *t)
{
    struct wire w;
    wire_encoder_grow (&w, FSCK_MAX_VALUE);
    record_table_codec (&w, t);
    edit_put (x, e, &w);
}

static void
put_entry (struct fix *x, struct fsck_edit *e, obj_handle h, uint8_t type)
{
    struct wire w;
    wire_encoder_grow (&w, FSCK_MAX_VALUE);
    record_entry_codec (&w, &h, &type);
    edit_put (x, e, &w);
}

/* hash be64 ‖ name; returns its length. */
static size_t
entry_key (uint8_t buf[8 + PROTO_MAX_NAME], const char *name)
{
    uint64_t hash = proto_name_hash (name);
    struct wire w;
    wire_encoder (&w, buf, 8 + PROTO_MAX_NAME);
    wire_be64 (&w, &hash);
    wire_fixed (&w, (void *) name, strlen (name));
    return w.pos;
}

static uint64_t
now_ns (void)
{
    struct timespec ts;
    clock_gettime (CLOCK_REALTIME, &ts);
    return (uint64_t) ts.tv_sec * NSEC_PER_SEC + (uint64_t) ts.tv_nsec;
}

/* -EAGAIN: gone, or cannot be read. */
static int
read_attr (struct fix *x, obj_handle h, struct raw *raw, struct object_attr *ret)
{
    struct wire w;
    int r = read_record (x, FSCK_ATTR, h, "", raw);
    if (r < 0)
        return r;
    wire_decoder (&w, raw->val, raw->val_len, NULL);
    object_record_codec (&w, ret);
    return raw->there && wire_finish (&w) == 0 ? 0 : -EAGAIN;
}

/* Adds to a fix that a directory lost or got an entry, if that directory is on this server. */
static int
count_change (struct fix *x, obj_handle dir, int entries, int subdirs)
{
    const struct object *o = image_object (x->m, dir);
    struct object_attr a = { 0 };
    struct raw raw;
    if (o == NULL || o->server != x->server || (o->marks & MARK_DAMAGED))
        return 0;
    int r = read_attr (x, dir, &raw, &a);
    if (r < 0)
        return r;
    a.entries = entries < 0 && a.entries == 0 ? 0 : a.entries + (uint64_t) (int64_t) entries;
    a.nlink = subdirs < 0 && a.nlink == 0 ? 0 : a.nlink + (uint32_t) subdirs;
    a.mtime = a.ctime = now_ns ();
    a.change++;
    put_attr (x, edit_raw (x, FSCK_ATTR, dir, &raw, ""), &a);
    return 0;
}

/* -- records -- */

static int
drop_intent (struct fix *x, const struct finding *f)
{
    struct fsck_edit *e = edit (x, FSCK_INTENT, f->subject, "", 0);
    e->when = FSCK_IF_PRESENT;
    e->then = FSCK_DELETE;
    return post (x);
}

static void
add_stuffed_flag (struct fix *x, obj_handle h, struct object_attr *a)
{
    struct raw raw;
    struct proto_layout l = { 0 };
    struct wire w;
    if (read_record (x, FSCK_KEYVAL, h, "ly", &raw) < 0 || !raw.there)
        return;
    wire_decoder (&w, raw.val, raw.val_len, &x->arena);
    record_layout_codec (&w, &l);
    if (wire_finish (&w) == 0 && l.ndfiles < l.ndfiles_wanted)
        a->flags |= OBJ_STUFFED;
}

static obj_handle
owner_of (struct image *m, const struct object *o, uint8_t type)
{
    const struct claim *k = table_find (&m->claims, o->handle, NULL);
    const struct bucket *b = table_find (&m->buckets, o->handle, NULL);
    const struct name *n = table_find (&m->names, o->handle, NULL);
    if (type == OBJ_DATAFILE)
        return k != NULL ? k->metafile : 0;
    if (type == OBJ_DIRECTORY)
        b = n != NULL ? table_find (&m->buckets, n->dirdata, NULL) : NULL;
    return (type == OBJ_DIRECTORY || type == OBJ_DIRDATA) && b != NULL ? b->dir : 0;
}

static int
renew_attributes (struct fix *x, const struct finding *f)
{
    const struct object *o = image_object (x->m, f->subject);
    uint64_t now = now_ns ();
    struct raw raw;
    int r = read_record (x, FSCK_ATTR, f->subject, "", &raw);
    if (r < 0 || !raw.there)
        return r < 0 ? r : -EAGAIN;
    struct fsck_edit *e = edit_raw (x, FSCK_ATTR, f->subject, &raw, "");
    uint8_t type = (uint8_t) f->value;
    if (type == OBJ_NONE) {
        e->then = FSCK_DELETE;
        return post (x);
    }
    struct object_attr a = { .type = type,
                             .flags = o->has,
                             .mode = type == OBJ_DIRECTORY ? 0700
                                     : type == OBJ_SYMLINK ? 0777
                                                           : 0600,
                             .nlink = type == OBJ_DIRECTORY ? 2 + o->subdirs : MAX (o->names, 1u),
                             .atime = now,
                             .mtime = now,
                             .ctime = now,
                             .change = 1,
                             .entries = o->found };
    a.parent = owner_of (x->m, o, type);
    if (type == OBJ_DATAFILE || type == OBJ_DIRDATA)
        a = (struct object_attr){ .type = type, .parent = a.parent };
    if (type == OBJ_SPECIAL)
        a.mode |= 0010000; /* a fifo does no harm */
    if (type == OBJ_METAFILE)
        add_stuffed_flag (x, f->subject, &a);
    put_attr (x, e, &a);
    return post (x);
}

static int
drop_entry (struct fix *x, const struct finding *f)
{
    const struct bucket *b = table_find (&x->m->buckets, f->other, NULL);
    bool counted = f->kind != FINDING_DAMAGED_ENTRY;
    struct raw raw;
    int r = read_entry (x, f, &raw);
    if (r < 0)
        return r;
    edit_raw (x, FSCK_DIRENT, f->other, &raw, "")->then = FSCK_DELETE;
    const struct object *holder = b != NULL ? image_holder (x->m, b) : NULL;
    if (holder != NULL)
        r = count_change (x, holder->handle, -1, counted && f->type == OBJ_DIRECTORY ? -1 : 0);
    return r < 0 ? r : post (x);
}

static int
renew_layout (struct fix *x, const struct finding *f)
{
    obj_handle datafile = f->value, *dfiles = &datafile;
    struct proto_layout l = { .dist_name = "simple_stripe",
                              .dist_params = "",
                              .ndfiles = 1,
                              .dfiles = dfiles,
                              .ndfiles_wanted = 1 };
    struct object_attr a;
    struct raw raw, old;
    struct wire w;
    int r = read_attr (x, f->subject, &raw, &a);
    if (r == 0)
        r = read_record (x, FSCK_KEYVAL, f->subject, "ly", &old);
    if (r < 0)
        return r;
    wire_encoder_grow (&w, FSCK_MAX_VALUE);
    record_layout_codec (&w, &l);
    edit_put (x, edit_raw (x, FSCK_KEYVAL, f->subject, &old, "ly"), &w);
    a.flags &= (uint16_t) ~OBJ_STUFFED;
    a.change++;
    put_attr (x, edit_raw (x, FSCK_ATTR, f->subject, &raw, ""), &a);
    return post (x);
}

/* Its other records become strays, its names dangle: both are for later passes. */
static int
remove_object (struct fix *x, const struct finding *f)
{
    struct raw raw;
    int r = read_record (x, FSCK_ATTR, f->subject, "", &raw);
    if (r < 0 || !raw.there)
        return r < 0 ? r : -EAGAIN;
    edit_raw (x, FSCK_ATTR, f->subject, &raw, "")->then = FSCK_DELETE;
    if (f->kind == FINDING_ORPHAN_DATAFILE)
        edit (x, FSCK_BSTREAM, f->subject, "", 0)->then = FSCK_DELETE;
    return post (x);
}

static int
renew_buckets (struct fix *x, const struct finding *f)
{
    struct proto_bucket b = { 0, f->value };
    struct raw old;
    if (f->value == 0)
        return remove_object (x, f);
    int r = read_record (x, FSCK_KEYVAL, f->subject, "bt", &old);
    if (r < 0)
        return r;
    put_table (x, edit_raw (x, FSCK_KEYVAL, f->subject, &old, "bt"),
               &(struct record_table){ .n = 1, .buckets = &b });
    return post (x);
}

static int
by_first_hash (const void *a, const void *b)
{
    const struct proto_bucket *x = a, *y = b;
    return x->first_hash < y->first_hash ? -1 : x->first_hash > y->first_hash;
}

static int
repair_ranges (struct fix *x, const struct finding *f)
{
    struct record_table t = { 0 };
    struct raw raw;
    struct wire w;
    int r = read_record (x, FSCK_KEYVAL, f->subject, "bt", &raw);
    if (r < 0)
        return r;
    wire_decoder (&w, raw.val, raw.val_len, &x->arena);
    record_table_codec (&w, &t);
    if (!raw.there || wire_finish (&w) < 0 || t.n == 0)
        return -EAGAIN;
    struct proto_bucket *b = t.buckets;
    qsort (b, t.n, sizeof *b, by_first_hash);
    b[0].first_hash = 0;
    t.pending = f->kind == FINDING_PENDING_BUCKET ? (struct proto_bucket){ 0 } : t.pending;
    for (uint32_t i = 1; i < t.n;
         i++) /* two of one range: the second gets the rest, above its first name */
        b[i].first_hash = MAX (b[i].first_hash, b[i - 1].first_hash + 1);
    put_table (x, edit_raw (x, FSCK_KEYVAL, f->subject, &raw, "bt"), &t);
    return post (x);
}

/* A dirdata object, or an empty datafile. */
static int
make_part (struct fix *x, const struct finding *f)
{
    struct object_attr a = { .type = f->kind == FINDING_MISSING_BUCKET ? OBJ_DIRDATA : OBJ_DATAFILE,
                             .parent = f->other };
    struct fsck_edit *e = edit (x, FSCK_ATTR, f->subject, "", 0);
    e->when = FSCK_IF_ABSENT;
    put_attr (x, e, &a);
    return post (x);
}

/* What a bucket must know: its hashes and, on another server than its directory, the permissions and how that spreads. */
static int
write_bucket (struct fix *x, const struct finding *f)
{
    const struct object *dir = image_object (x->m, f->other);
    struct record_bucket b = { .first = f->hash, .end = f->value };
    struct object_attr a;
    struct raw attr, old;
    struct wire w;
    int r = read_attr (x, f->subject, &attr, &a);
    if (r == 0)
        r = read_record (x, FSCK_KEYVAL, f->subject, "bk", &old);
    if (r < 0)
        return r;
    a.flags |= OBJ_SPREAD;
    a.change++;
    if (dir->server != x->server) {
        a.mode = dir->mode;
        a.uid = dir->uid;
        a.gid = dir->gid;
        object_set_spread (&a, &dir->spread);
    }
    put_attr (x, edit_raw (x, FSCK_ATTR, f->subject, &attr, ""), &a);
    wire_encoder_grow (&w, FSCK_MAX_VALUE);
    record_bucket_codec (&w, &b);
    edit_put (x, edit_raw (x, FSCK_KEYVAL, f->subject, &old, "bk"), &w);
    return post (x);
}

/* Its counts, and its table if that is lost too, are for later passes. */
static int
make_root (struct fix *x, const struct finding *f)
{
    uint64_t now = now_ns ();
    struct object_attr a = { .type = OBJ_DIRECTORY,
                             .mode = 0755,
                             .nlink = 2,
                             .atime = now,
                             .mtime = now,
                             .ctime = now,
                             .change = 1 };
    struct fsck_edit *e = edit (x, FSCK_ATTR, f->subject, "", 0);
    e->when = FSCK_IF_ABSENT;
    put_attr (x, e, &a);
    return post (x);
}

struct pool_search {
    struct fix *x;
    const struct finding *f;
};

/* The keys of pools end with the handle. */
static void
find_pooled (void *arg, const struct fsck_item *i)
{
    struct pool_search *s = arg;
    uint64_t h = 0;
    struct wire w;
    if (i->handle != s->f->type || i->name_len < 8 || s->x->n > 0)
        return;
    wire_decoder (&w, (const char *) i->name + i->name_len - 8, 8, NULL);
    wire_be64 (&w, &h);
    if (h != s->f->subject)
        return;
    struct fsck_edit *e = edit (s->x, FSCK_POOL, i->handle, i->name, i->name_len);
    e->when = FSCK_IF_PRESENT;
    e->then = FSCK_DELETE;
}

static int
drop_pooled (struct fix *x, const struct finding *f)
{
    struct pool_search s = { x, f };
    int r = image_scan (x->m, x->server,
                        (struct fsck_scan_req){ .type = FSCK_POOL, .handle = f->type, .one = true },
                        find_pooled, &s);
    return r < 0 ? r : x->n == 0 ? -EAGAIN : post (x);
}

/* -- names -- */

/* The bucket of a directory for a name's hash. */
static const struct bucket *
bucket_for (struct image *m, obj_handle dir, uint64_t hash)
{
    TABLE_EACH (&m->buckets, struct bucket, b)
    {
        if (b->dir == dir && hash >= b->first && (hash < b->last || b->last == UINT64_MAX))
            return b;
    }
    return NULL;
}

/* Into dirdata `to`, under the key that the name's hash gives; 0 if it is there. */
static int
put_in_place (struct image *m, obj_handle to, const uint8_t *key, size_t key_len,
              const struct raw *raw)
{
    struct fix x = { .m = m, .server = image_server_of (m, to) };
    if (x.server < 0)
        return -ENOENT;
    struct fsck_edit *e = edit (&x, FSCK_DIRENT, to, key, key_len);
    e->when = FSCK_IF_ABSENT;
    e->then = FSCK_PUT;
    e->val = raw->val;
    e->val_len = raw->val_len;
    int r = post (&x);
    arena_fini (&x.arena);
    return r;
}

/* First the right place, then the wrong one. If the right one is taken the entry is dropped; its
 * object gets a name in /lost+found later, if it has no other. */
static int
move_entry (struct fix *x, const struct finding *f)
{
    const struct bucket *b = table_find (&x->m->buckets, f->other, NULL);
    uint8_t key[8 + PROTO_MAX_NAME];
    char name[PROTO_MAX_NAME + 1];
    struct raw raw;
    int r = read_entry (x, f, &raw);
    if (r < 0)
        return r;
    size_t len = raw.name_len - 8;
    memcpy (name, (const char *) raw.name + 8, len);
    name[len] = '\0';
    const struct bucket *to = b != NULL ? bucket_for (x->m, b->dir, proto_name_hash (name)) : NULL;
    if (to == NULL)
        return -ENOENT;
    size_t key_len = entry_key (key, name);
    r = put_in_place (x->m, to->dirdata, key, key_len, &raw);
    if (r < 0 && r != -EAGAIN)
        return r;
    edit_raw (x, FSCK_DIRENT, f->other, &raw, "")->then = FSCK_DELETE;
    return post (x);
}

static int
correct_entry (struct fix *x, const struct finding *f)
{
    struct raw raw;
    int r = read_entry (x, f, &raw);
    if (r < 0)
        return r;
    put_entry (x, edit_raw (x, FSCK_DIRENT, f->other, &raw, ""), f->subject, (uint8_t) f->value);
    return post (x);
}

/* Its handle in hexadecimal is its name. Links to it are counted in a later pass. */
static int
give_name (struct fix *x, const struct finding *f)
{
    uint8_t key[8 + PROTO_MAX_NAME];
    char name[32];
    snprintf (name, sizeof name, "%016llx", (unsigned long long) f->subject);
    const struct bucket *b =
        x->lost_found ? bucket_for (x->m, x->lost_found, proto_name_hash (name)) : NULL;
    if (b == NULL)
        return -ENOENT;
    x->server = image_server_of (x->m, b->dirdata);
    size_t len = entry_key (key, name);
    struct fsck_edit *e = edit (x, FSCK_DIRENT, b->dirdata, key, len);
    e->when = FSCK_IF_ABSENT;
    put_entry (x, e, f->subject, f->type);
    int r = count_change (x, x->lost_found, 1, f->type == OBJ_DIRECTORY);
    return r < 0 ? r : post (x);
}

static int
cut_cycle (struct fix *x, const struct finding *f)
{
    struct fix named = { .m = x->m, .server = x->server, .lost_found = x->lost_found };
    struct finding name = *f;
    int r = give_name (&named, f);
    arena_fini (&named.arena);
    const struct name *n = table_find (&x->m->names, f->subject, NULL);
    if (r < 0 || n == NULL)
        return r < 0 ? r : -EAGAIN;
    x->server = n->server;
    return drop_entry (x, &name);
}

/* -- parts -- */

struct some {
    struct fix *x;
    struct fsck_edit edits[FSCK_MAX_EDITS];
    uint32_t n;
    uint8_t type;
};

static void
delete_some (void *arg, const struct fsck_item *i)
{
    struct some *s = arg;
    if (s->n == FSCK_MAX_EDITS)
        return;
    s->edits[s->n++] = (struct fsck_edit){ .type = s->type,
                                           .when = FSCK_IF_PRESENT,
                                           .then = FSCK_DELETE,
                                           .handle = i->handle,
                                           .name = copy (s->x, i->name, i->name_len),
                                           .name_len = i->name_len };
}

/* All records of one type that a handle has. */
static int
delete_all (struct fix *x, uint8_t type, obj_handle h)
{
    struct some s;
    int r;
    do {
        s = (struct some){ .x = x, .type = type };
        r = image_scan (
            x->m, x->server,
            (struct fsck_scan_req){ .type = type, .handle = h, .one = true, .max = FSCK_MAX_EDITS },
            delete_some, &s);
        if (r == 0 && s.n > 0)
            r = post_edits (x, s.n, s.edits);
    } while (r == 0 && s.n > 0);
    return r;
}

static int
remove_dirdata (struct fix *x, const struct finding *f)
{
    int r = delete_all (x, FSCK_DIRENT, f->subject);
    return r < 0 ? r : remove_object (x, f);
}

static int
remove_stray (struct fix *x, const struct finding *f)
{
    const char *name = f->type == MARK_LAYOUT ? "ly" : f->type == MARK_BUCKETS ? "bt" : "st";
    if (f->type == 0)
        return delete_all (x, FSCK_XATTR, f->subject);
    struct fsck_edit *e = edit (x, FSCK_KEYVAL, f->subject, name, strlen (name));
    e->when = FSCK_IF_PRESENT;
    e->then = FSCK_DELETE;
    return post (x);
}

static int
remove_hold (struct fix *x, const struct finding *f)
{
    uint8_t name[15];
    obj_handle h = f->subject;
    struct wire w;
    wire_encoder (&w, name, sizeof name);
    wire_fixed (&w, "orphan:", 7);
    wire_be64 (&w, &h);
    struct fsck_edit *e = edit (x, FSCK_KEYVAL, 0, name, w.pos);
    e->when = FSCK_IF_PRESENT;
    e->then = FSCK_DELETE;
    return post (x);
}

static int
remove_bstream (struct fix *x, const struct finding *f)
{
    edit (x, FSCK_BSTREAM, f->subject, "", 0)->then = FSCK_DELETE;
    return post (x);
}

/* -- numbers -- */

static int
correct_attribute (struct fix *x, const struct finding *f)
{
    struct object_attr a;
    struct raw raw;
    int r = read_attr (x, f->subject, &raw, &a);
    if (r < 0)
        return r;
    switch (f->kind) {
    case FINDING_LINK_COUNT:
    case FINDING_SUBDIR_COUNT:
        a.nlink = (uint32_t) f->value;
        break;
    case FINDING_ENTRY_COUNT:
        a.entries = f->value;
        break;
    case FINDING_XATTR_BITS:
        a.flags = (uint16_t) f->value;
        break;
    default:
        a.parent = f->value;
        break;
    }
    a.change++;
    put_attr (x, edit_raw (x, FSCK_ATTR, f->subject, &raw, ""), &a);
    return post (x);
}

/* -- passes -- */

static int (*const repairs[FINDING_KINDS]) (struct fix *x, const struct finding *f) = {
    [FINDING_BAD_INTENT] = drop_intent,
    [FINDING_STUCK_INTENT] = drop_intent,
    [FINDING_DAMAGED_ATTRIBUTES] = renew_attributes,
    [FINDING_DAMAGED_ENTRY] = drop_entry,
    [FINDING_BAD_LAYOUT] = renew_layout,
    [FINDING_NO_TARGET] = remove_object,
    [FINDING_BAD_BUCKETS] = renew_buckets,
    [FINDING_BUCKET_RANGE] = repair_ranges,
    [FINDING_PENDING_BUCKET] = repair_ranges,
    [FINDING_MISSING_BUCKET] = make_part,
    [FINDING_NO_ROOT] = make_root,
    [FINDING_STALE_POOL] = drop_pooled,
    [FINDING_BAD_NAME] = drop_entry,
    [FINDING_WRONG_HASH] = move_entry,
    [FINDING_WRONG_BUCKET] = move_entry,
    [FINDING_DANGLING_ENTRY] = drop_entry,
    [FINDING_ENTRY_TYPE] = correct_entry,
    [FINDING_STRAY_ENTRY] = drop_entry,
    [FINDING_TWO_NAMES] = drop_entry,
    [FINDING_CYCLE] = cut_cycle,
    [FINDING_ORPHAN_FILE] = give_name,
    [FINDING_ORPHAN_SYMLINK] = give_name,
    [FINDING_ORPHAN_SPECIAL] = give_name,
    [FINDING_ORPHAN_DIRECTORY] = give_name,
    [FINDING_ORPHAN_DIRDATA] = remove_dirdata,
    [FINDING_MISSING_DATAFILE] = make_part,
    [FINDING_LINK_COUNT] = correct_attribute,
    [FINDING_ENTRY_COUNT] = correct_attribute,
    [FINDING_SUBDIR_COUNT] = correct_attribute,
    [FINDING_PARENT] = correct_attribute,
    [FINDING_BUCKET_OWNER] = correct_attribute,
    [FINDING_BUCKET_RECORD] = write_bucket,
    [FINDING_DATAFILE_OWNER] = correct_attribute,
    [FINDING_XATTR_BITS] = correct_attribute,
    [FINDING_STRAY_RECORD] = remove_stray,
    [FINDING_STALE_HOLD] = remove_hold,
    [FINDING_ORPHAN_DATAFILE] = remove_object,
    [FINDING_STRAY_BSTREAM] = remove_bstream,
};

static int
first_stage (const struct findings *f)
{
    int stage = 0;
    for (size_t i = 0; i < f->n; i++) {
        int s = finding_infos[f->list[i].kind].stage;
        if (repairs[f->list[i].kind] != NULL && !f->list[i].keep && (stage == 0 || s < stage))
            stage = s;
    }
    return stage;
}

static void
repair_one (struct image *m, struct finding *f, obj_handle lost_found)
{
    struct fix x = { .m = m, .server = f->server, .lost_found = lost_found };
    int r = repairs[f->kind](&x, f);
    arena_fini (&x.arena);
    if (r == 0)
        f->state = REPAIRED;
    else if (r != -EAGAIN) { /* else another repair has changed it: looked at again in the next pass
                              */
        f->state = LEFT;
        tool_error ("%s: %s: cannot be repaired: %s", finding_infos[f->kind].name, f->text,
                    strerror (-r));
    }
}

unsigned
repair_pass (struct image *m, struct findings *f, obj_handle lost_found)
{
    unsigned done = 0;
    int stage = first_stage (f);
    progress_phase (m->counts, "finding", 0, "repairing");
    for (size_t i = 0; i < f->n; i++) {
        struct finding *one = &f->list[i];
        if (finding_infos[one->kind].stage != stage || repairs[one->kind] == NULL || one->keep)
            continue;
        repair_one (m, one, lost_found);
        done += one->state == REPAIRED;
        progress_add (&m->counts->things, 1);
    }
    return done;
}
