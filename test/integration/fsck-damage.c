/*
 * fsck-damage: damages the records of a file system, one kind of damage at a time, named as pvfs2-fsck names it; and shows all records.
 *
 *     fsck-damage MNT KIND [DIR]  makes a directory /DIR (/KIND) with a bit of everything, then the damage
 *     fsck-damage MNT orphans N   a directory /orphans whose N files lose their names
 *     fsck-damage MNT dump        all records of all servers, one a line
 *     fsck-damage MNT kinds       what there is
 *     fsck-damage MNT buckets DIR how many buckets a directory has
 *
 * Damage is done by the servers' operation for repairs, so they see it at once.
 */
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "apps/admin/fsck.h"

enum { BIG = 300000, NAMES = 8 };

/* The directory that is damaged, with files f and g (striped), link l, fifo p, and directories s1 (names a to h, directory t) and s2 (empty). */
struct victim {
    struct session s;
    struct servers servers;
    struct image m;
    struct look look;
    struct arena arena;
    obj_handle top, f, g, l, p, s1, s2, t;
};

static void
must (int r, const char *what)
{
    if (r < 0) {
        tool_fail (what, r);
        exit (TOOL_FAILED);
    }
}

/* --- making it ---------------------------------------------------------------------------------------------------------------- */

static PVFS_object_ref
ref_of (struct victim *v, obj_handle h)
{
    return (PVFS_object_ref){ .handle = h, .fs_id = v->look.fs };
}

static obj_handle
make_dir (struct victim *v, obj_handle in, const char *name)
{
    PVFS_sysresp_mkdir made;
    must (PVFS_sys_mkdir ((char *) name, ref_of (v, in), new_attr (&v->s, 0755), &v->s.cred, &made, PVFS_HINT_NULL), name);
    return made.ref.handle;
}

static obj_handle
make_file (struct victim *v, obj_handle in, const char *name, int size)
{
    PVFS_sysresp_create made;
    PVFS_sysresp_io io;
    PVFS_Request mem;
    char *data = tool_alloc ((size_t) size + 1);
    must (PVFS_sys_create ((char *) name, ref_of (v, in), new_attr (&v->s, 0644), &v->s.cred, NULL, &made, PVFS_SYS_LAYOUT_DEFAULT, PVFS_HINT_NULL), name);
    memset (data, 'x', (size_t) size);
    if (size > 0) {
        PVFS_Request_contiguous (size, PVFS_BYTE, &mem);
        must (PVFS_sys_write (made.ref, PVFS_BYTE, 0, data, mem, &v->s.cred, &io, PVFS_HINT_NULL), name);
        PVFS_Request_free (&mem);
    }
    free (data);
    return made.ref.handle;
}

static void
make_xattr (struct victim *v, obj_handle h)
{
    PVFS_ds_keyval key = { .buffer = "user.colour", .buffer_sz = sizeof "user.colour" }, val = { .buffer = "red", .buffer_sz = 3 };
    must (PVFS_sys_seteattr (ref_of (v, h), &v->s.cred, &key, &val, 0, PVFS_HINT_NULL), "user.colour");
}

static void
make_all (struct victim *v, const char *kind)
{
    PVFS_sysresp_symlink link;
    PVFS_sysresp_mknod node;
    v->top = make_dir (v, v->m.root, kind);
    v->f = make_file (v, v->top, "f", 3);
    v->g = make_file (v, v->top, "g", BIG);
    make_xattr (v, v->g);
    must (PVFS_sys_symlink ("l", ref_of (v, v->top), "f", new_attr (&v->s, 0777), &v->s.cred, &link, PVFS_HINT_NULL), "l");
    must (PVFS_sys_mknod ("p", ref_of (v, v->top), new_attr (&v->s, 0600), S_IFIFO, 0, &v->s.cred, &node, PVFS_HINT_NULL), "p");
    v->l = link.ref.handle;
    v->p = node.ref.handle;
    v->s1 = make_dir (v, v->top, "s1");
    v->s2 = make_dir (v, v->top, "s2");
    v->t = make_dir (v, v->s1, "t");
    for (int i = 0; i < NAMES; i++)
        make_file (v, v->s1, (char[]){ (char) ('a' + i), 0 }, 0);
}

/* --- records -------------------------------------------------------------------------------------------------------------------- */

struct key {
    int server;
    uint8_t type;
    obj_handle handle;
    const void *name;
    uint32_t name_len;
};

struct record {
    const struct key *key;
    struct victim *v;
    bool there, any_name;
    const void *name, *val;
    uint32_t name_len, len;
};

static void
keep_record (void *arg, const struct fsck_item *x)
{
    struct record *r = arg;
    bool same = r->any_name || (x->name_len == r->key->name_len && memcmp (x->name, r->key->name, x->name_len) == 0);
    if (r->there || !same || x->handle != r->key->handle)
        return;
    r->there = true;
    r->name = arena_memdup (&r->v->arena, x->name, x->name_len);
    r->name_len = x->name_len;
    r->val = arena_memdup (&r->v->arena, x->val, x->val_len);
    r->len = x->val_len;
}

static struct record
look_up (struct victim *v, const struct key *k, bool any_name)
{
    struct record r = { .key = k, .v = v, .any_name = any_name };
    struct fsck_scan_req q = { .type = k->type, .handle = k->handle, .name = k->name, .name_len = k->name_len, .one = true, .values = true, .max = 1 };
    must (image_scan (&v->m, k->server, q, keep_record, &r), "scan");
    return r;
}

static void
change (struct victim *v, const struct key *k, uint8_t then, const void *val, size_t len)
{
    struct record old = look_up (v, k, false);
    struct fsck_edit e = { .type = k->type, .handle = k->handle, .name = k->name, .name_len = k->name_len, .then = then,
                           .when = old.there ? FSCK_IF_PRESENT : FSCK_IF_ABSENT, .val = val, .val_len = (uint32_t) len };
    struct fsck_fix_req q = { 1, &e };
    struct fsck_ask ask = { v->servers.list[k->server].addr, &q, 0 };
    must (fsck_ask (v->look.fs, &v->s.cred, PROTO_fsck_fix, &ask, 1, NULL, NULL), "fix");
    must (ask.error, "fix");
}

static struct key
key_of (struct victim *v, uint8_t type, obj_handle h, const char *name)
{
    return (struct key){ image_server_of (&v->m, h), type, h, name, (uint32_t) strlen (name) };
}

static void
del (struct victim *v, uint8_t type, obj_handle h, const char *name)
{
    struct key k = key_of (v, type, h, name);
    change (v, &k, FSCK_DELETE, NULL, 0);
}

static void
put (struct victim *v, uint8_t type, obj_handle h, const char *name, const void *val, size_t len)
{
    struct key k = key_of (v, type, h, name);
    change (v, &k, FSCK_PUT, val, len);
}

static void
garble (struct victim *v, uint8_t type, obj_handle h, const char *name)
{
    put (v, type, h, name, "\xff?", 2);
}

static struct object_attr
attr_of (struct victim *v, obj_handle h)
{
    struct key k = key_of (v, FSCK_ATTR, h, "");
    struct record r = look_up (v, &k, false);
    struct object_attr a = { 0 };
    struct wire w;
    wire_decoder (&w, r.val, r.len, NULL);
    object_record_codec (&w, &a);
    must (wire_finish (&w), "attributes");
    return a;
}

static void
put_attr (struct victim *v, obj_handle h, struct object_attr a)
{
    uint8_t buf[256];
    struct wire w;
    wire_encoder (&w, buf, sizeof buf);
    object_record_codec (&w, &a);
    put (v, FSCK_ATTR, h, "", buf, w.pos);
}

static struct proto_layout
layout_of (struct victim *v, obj_handle h)
{
    struct key k = key_of (v, FSCK_KEYVAL, h, "ly");
    struct record r = look_up (v, &k, false);
    struct proto_layout l = { 0 };
    struct wire w;
    wire_decoder (&w, r.val, r.len, &v->arena);
    record_layout_codec (&w, &l);
    must (wire_finish (&w), "layout");
    return l;
}

static struct record_table
table_of (struct victim *v, obj_handle dir)
{
    struct key k = key_of (v, FSCK_KEYVAL, dir, "bt");
    struct record r = look_up (v, &k, false);
    struct record_table t = { 0 };
    struct wire w;
    wire_decoder (&w, r.val, r.len, &v->arena);
    record_table_codec (&w, &t);
    must (wire_finish (&w), "bucket table");
    return t;
}

static struct proto_bucket
bucket_of (struct victim *v, obj_handle dir)
{
    return table_of (v, dir).buckets[0];
}

static void
put_buckets (struct victim *v, obj_handle dir, struct proto_bucket *b, uint32_t n)
{
    uint8_t buf[256];
    struct wire w;
    wire_encoder (&w, buf, sizeof buf);
    record_table_codec (&w, &(struct record_table){ .n = n, .buckets = b });
    put (v, FSCK_KEYVAL, dir, "bt", buf, w.pos);
}

/* The key of an entry, with a hash of one's choice; 0: its own. */
static struct key
entry_key (struct victim *v, obj_handle dirdata, const char *name, uint64_t hash)
{
    uint8_t *buf = arena_alloc (&v->arena, 8 + strlen (name));
    struct wire w;
    hash = hash ? hash : proto_name_hash (name);
    wire_encoder (&w, buf, 8 + strlen (name));
    wire_be64 (&w, &hash);
    wire_fixed (&w, (void *) name, strlen (name));
    return (struct key){ image_server_of (&v->m, dirdata), FSCK_DIRENT, dirdata, buf, (uint32_t) w.pos };
}

static void
put_entry (struct victim *v, struct key k, obj_handle h, uint8_t type)
{
    uint8_t buf[16];
    struct wire w;
    wire_encoder (&w, buf, sizeof buf);
    record_entry_codec (&w, &h, &type);
    change (v, &k, FSCK_PUT, buf, w.pos);
}

/* The numbers of a directory are right afterwards: only the damage itself is to be found. */
static void
count (struct victim *v, obj_handle dir, int entries, int subdirs)
{
    struct object_attr a = attr_of (v, dir);
    a.entries += (uint64_t) (int64_t) entries;
    a.nlink += (uint32_t) subdirs;
    put_attr (v, dir, a);
}

static void
forget_name (struct victim *v, obj_handle dir, const char *name, bool is_dir)
{
    struct key k = entry_key (v, bucket_of (v, dir).dirdata, name, 0);
    change (v, &k, FSCK_DELETE, NULL, 0);
    count (v, dir, -1, is_dir ? -1 : 0);
}

/* One more, empty; what is frozen does not hold back those who froze it. */
static obj_handle
make_late_file (struct victim *v, const char *name)
{
    return make_file (v, v->top, name, 0);
}

/* A handle of the same range that nothing has. */
static obj_handle
unused (obj_handle h)
{
    return h + (1ull << 40);
}

/* --- the damage ------------------------------------------------------------------------------------------------------------------- */

static void
bad_intent (struct victim *v)
{
    struct key k = { 0, FSCK_INTENT, 77, "", 0 };
    change (v, &k, FSCK_PUT, "?", 1);
}

/* One of server 0 to remove the datafile of f that nobody works on: as if a start had failed to. */
static void
stuck_intent (struct victim *v)
{
    uint8_t buf[512], version = 3, kind = 3 /* REMOVE */, zero8 = 0;
    uint16_t zero16 = 0;
    uint32_t fs = (uint32_t) v->look.fs, zero = 0, n = 1;
    uint64_t none = 0, gone = unused (layout_of (v, v->f).dfiles[0]), *handles = &gone;
    struct object_attr a = { 0 };
    const char *empty = "";
    bool no = false;
    struct wire w;
    wire_encoder (&w, buf, sizeof buf);
    wire_u8 (&w, &version);
    wire_u8 (&w, &kind);
    wire_u32 (&w, &fs);
    for (int i = 0; i < 2; i++) {
        wire_u64 (&w, &none);
        wire_u64 (&w, &none);
        wire_string (&w, &empty, PROTO_MAX_NAME);
    }
    wire_u64 (&w, &none);
    wire_u8 (&w, &zero8);
    wire_u8 (&w, &zero8);
    object_attr_codec (&w, &a);
    for (int i = 0; i < 4; i++) /* xattrs, uid, gid, groups */
        wire_u32 (&w, &zero);
    wire_u64_array (&w, &handles, &n, PROTO_MAX_HANDLES);
    wire_u64 (&w, &none);
    wire_u64 (&w, &none);
    wire_u32 (&w, &zero);
    wire_u16 (&w, &zero16);
    wire_bool (&w, &no);
    for (int i = 0; i < 2; i++) { /* another object; hash and stage */
        wire_u64 (&w, &none);
        wire_u8 (&w, &zero8);
    }
    must (w.err, "intent");
    struct key k = { 0, FSCK_INTENT, 78, "", 0 };
    change (v, &k, FSCK_PUT, buf, w.pos);
}

static void
damaged_attributes (struct victim *v)
{
    garble (v, FSCK_ATTR, v->f, "");
    garble (v, FSCK_ATTR, layout_of (v, v->g).dfiles[1], "");
    garble (v, FSCK_ATTR, v->l, "");
    garble (v, FSCK_ATTR, v->s1, "");
    garble (v, FSCK_ATTR, bucket_of (v, v->s2).dirdata, "");
}

static void
damaged_entry (struct victim *v)
{
    struct key k = entry_key (v, bucket_of (v, v->top).dirdata, "f", 0);
    change (v, &k, FSCK_PUT, "?", 1);
}

static void
bad_layout (struct victim *v)
{
    del (v, FSCK_KEYVAL, v->f, "ly");
}

static void
garbled_layout (struct victim *v)
{
    garble (v, FSCK_KEYVAL, v->f, "ly");
}

static void
no_target (struct victim *v)
{
    del (v, FSCK_KEYVAL, v->l, "st");
}

static void
bad_buckets (struct victim *v)
{
    del (v, FSCK_KEYVAL, v->s1, "bt");
}

static void
garbled_buckets (struct victim *v)
{
    garble (v, FSCK_KEYVAL, v->s1, "bt");
}

/* Its table and its bucket are gone, so nothing is in it any more. */
static void
lost_directory (struct victim *v)
{
    del (v, FSCK_ATTR, bucket_of (v, v->s2).dirdata, "");
    del (v, FSCK_KEYVAL, v->s2, "bt");
}

static void
bucket_range (struct victim *v)
{
    struct proto_bucket b = bucket_of (v, v->s1);
    b.first_hash = 1ull << 62;
    put_buckets (v, v->s1, &b, 1);
}

/* A split that its intent does not know any more: the half that should move is not served. */
static void
pending_bucket (struct victim *v)
{
    struct proto_bucket b = bucket_of (v, v->s1);
    struct record_table t = { .n = 1, .buckets = &b, .pending = { 1ull << 62, unused (v->f) } };
    uint8_t buf[256];
    struct wire w;
    wire_encoder (&w, buf, sizeof buf);
    record_table_codec (&w, &t);
    put (v, FSCK_KEYVAL, v->s1, "bt", buf, w.pos);
}

static void
bucket_record (struct victim *v)
{
    struct record_bucket b = { .end = 1ull << 62, .frozen = true };
    uint8_t buf[64];
    struct wire w;
    wire_encoder (&w, buf, sizeof buf);
    record_bucket_codec (&w, &b);
    put (v, FSCK_KEYVAL, bucket_of (v, v->s1).dirdata, "bk", buf, w.pos);
}

/* Waits until a new directory has its two buckets, the second one elsewhere. */
static struct proto_bucket
bucket_elsewhere (struct victim *v, obj_handle dir)
{
    for (int tries = 0; tries < 1000; tries++) {
        struct record_table t = table_of (v, dir);
        if (t.n == 2 && !t.pending.dirdata)
            return t.buckets[1];
        usleep (20 * 1000);
    }
    must (-PVFS_ETIMEDOUT, "a second bucket");
    return (struct proto_bucket){ 0 };
}

/* The copy of how its directory spreads is lost. */
static void
bucket_spread (struct victim *v)
{
    PVFS_sysresp_mkdir made;
    PVFS_sys_attr attr = new_attr (&v->s, 0755);
    attr.distr_dir_servers_initial = attr.distr_dir_servers_max = 2;
    must (PVFS_sys_mkdir ("two", ref_of (v, v->top), attr, &v->s.cred, &made, PVFS_HINT_NULL), "two");
    obj_handle dirdata = bucket_elsewhere (v, made.ref.handle).dirdata;
    struct object_attr a = attr_of (v, dirdata);
    must (a.flags & OBJ_OWN_SPREAD ? 0 : -PVFS_ENOENT, "a copy of how it spreads");
    a.flags &= (uint16_t) ~OBJ_OWN_SPREAD;
    put_attr (v, dirdata, a);
}

static void
missing_bucket (struct victim *v)
{
    del (v, FSCK_ATTR, bucket_of (v, v->s1).dirdata, "");
}

static void
shared_bucket (struct victim *v)
{
    struct proto_bucket b = bucket_of (v, v->s1);
    put_buckets (v, v->s2, &b, 1);
}

static void
missing_root (struct victim *v)
{
    del (v, FSCK_ATTR, v->m.root, "");
}

/* The datafile of f, in a pool of its neighbour's. */
static void
stale_pool (struct victim *v)
{
    obj_handle h = layout_of (v, v->f).dfiles[0];
    int giver = image_server_of (&v->m, h);
    size_t len = strlen (v->m.aliases[giver]) + 1;
    uint8_t name[FSCK_MAX_NAME];
    struct wire w;
    wire_encoder (&w, name, sizeof name);
    wire_fixed (&w, v->m.aliases[giver], len);
    wire_be64 (&w, &h);
    struct key k = { (giver + 1) % v->servers.n, FSCK_POOL, OBJ_DATAFILE, name, (uint32_t) w.pos };
    change (v, &k, FSCK_PUT, "", 0);
}

static void
rename_raw (struct victim *v, const char *from, const char *to, uint64_t hash)
{
    obj_handle dd = bucket_of (v, v->top).dirdata;
    struct key old = entry_key (v, dd, from, 0);
    change (v, &old, FSCK_DELETE, NULL, 0);
    put_entry (v, entry_key (v, dd, to, hash), v->f, OBJ_METAFILE);
}

static void
bad_name (struct victim *v)
{
    rename_raw (v, "f", "f/g", 0);
}

static void
wrong_hash (struct victim *v)
{
    rename_raw (v, "f", "f", 1ull << 40);
}

/* s1 gets the bucket of s2 for the upper half of its names, but those stay where they are. */
static void
wrong_bucket (struct victim *v)
{
    struct proto_bucket b[] = { bucket_of (v, v->s1), bucket_of (v, v->s2) };
    b[1].first_hash = 1ull << 62;
    forget_name (v, v->top, "s2", true);
    del (v, FSCK_ATTR, v->s2, "");
    del (v, FSCK_KEYVAL, v->s2, "bt");
    struct object_attr a = attr_of (v, b[1].dirdata);
    a.parent = v->s1;
    put_attr (v, b[1].dirdata, a);
    put_buckets (v, v->s1, b, 2);
}

static void
dangling_entry (struct victim *v)
{
    obj_handle empty = make_late_file (v, "empty");
    del (v, FSCK_ATTR, layout_of (v, empty).dfiles[0], "");
    del (v, FSCK_KEYVAL, empty, "ly");
    del (v, FSCK_ATTR, empty, "");
}

static void
entry_type (struct victim *v)
{
    put_entry (v, entry_key (v, bucket_of (v, v->top).dirdata, "f", 0), v->f, OBJ_SYMLINK);
}

static void
stray_entry (struct victim *v)
{
    put_entry (v, entry_key (v, unused (bucket_of (v, v->top).dirdata), "f", 0), v->f, OBJ_METAFILE);
}

static void
two_names (struct victim *v)
{
    put_entry (v, entry_key (v, bucket_of (v, v->top).dirdata, "s1-again", 0), v->s1, OBJ_DIRECTORY);
    count (v, v->top, 1, 1);
}

static void
cycle (struct victim *v)
{
    forget_name (v, v->top, "s1", true);
    put_entry (v, entry_key (v, bucket_of (v, v->t).dirdata, "s1", 0), v->s1, OBJ_DIRECTORY);
    count (v, v->t, 1, 1);
    struct object_attr a = attr_of (v, v->s1);
    a.parent = v->t;
    put_attr (v, v->s1, a);
}

static void
orphan_file (struct victim *v)
{
    forget_name (v, v->top, "g", false);
}

static void
orphan_symlink (struct victim *v)
{
    forget_name (v, v->top, "l", false);
}

static void
orphan_special (struct victim *v)
{
    forget_name (v, v->top, "p", false);
}

static void
orphan_directory (struct victim *v)
{
    forget_name (v, v->top, "s1", true);
}

static void
orphan_dirdata (struct victim *v)
{
    put_attr (v, unused (v->f), (struct object_attr){ .type = OBJ_DIRDATA });
    put_entry (v, entry_key (v, unused (v->f), "f", 0), v->f, OBJ_METAFILE);
}

static void
missing_datafile (struct victim *v)
{
    del (v, FSCK_ATTR, layout_of (v, v->g).dfiles[1], "");
}

static void
shared_datafile (struct victim *v)
{
    struct key from = key_of (v, FSCK_KEYVAL, v->f, "ly");
    struct record r = look_up (v, &from, false);
    obj_handle other = make_late_file (v, "other");
    put (v, FSCK_KEYVAL, other, "ly", r.val, r.len);
}

static void
link_count (struct victim *v)
{
    struct object_attr a = attr_of (v, v->f);
    a.nlink = 3;
    put_attr (v, v->f, a);
}

static void
entry_count (struct victim *v)
{
    count (v, v->s1, 5, 0);
}

static void
subdir_count (struct victim *v)
{
    count (v, v->s1, 0, 2);
}

static void
set_parent (struct victim *v, obj_handle h, obj_handle parent)
{
    struct object_attr a = attr_of (v, h);
    a.parent = parent;
    put_attr (v, h, a);
}

static void
wrong_parent (struct victim *v)
{
    set_parent (v, v->t, v->s2);
}

static void
bucket_owner (struct victim *v)
{
    set_parent (v, bucket_of (v, v->s1).dirdata, v->s2);
}

static void
datafile_owner (struct victim *v)
{
    set_parent (v, layout_of (v, v->f).dfiles[0], v->g);
}

static void
attribute_bits (struct victim *v)
{
    struct object_attr a = attr_of (v, v->f), b = attr_of (v, v->g);
    a.flags |= OBJ_HAS_ACL_ACCESS;
    b.flags &= (uint16_t) ~OBJ_HAS_XATTR;
    struct object_attr d = attr_of (v, v->s1);
    d.flags |= OBJ_MOVING;
    put_attr (v, v->f, a);
    put_attr (v, v->g, b);
    put_attr (v, v->s1, d);
}

static void
stray_record (struct victim *v)
{
    put (v, FSCK_XATTR, unused (v->f), "user.colour", "red", 3);
    put (v, FSCK_KEYVAL, unused (v->s1), "st", "f", 1);
}

static void
stale_hold (struct victim *v)
{
    uint8_t name[15];
    struct wire w;
    wire_encoder (&w, name, sizeof name);
    wire_fixed (&w, "orphan:", 7);
    wire_be64 (&w, &v->f);
    struct key k = { image_server_of (&v->m, v->f), FSCK_KEYVAL, 0, name, sizeof name };
    change (v, &k, FSCK_PUT, "", 0);
}

static void
orphan_datafile (struct victim *v)
{
    put_attr (v, unused (layout_of (v, v->f).dfiles[0]), (struct object_attr){ .type = OBJ_DATAFILE });
}

/* All of a file but its bytes. */
static void
stray_bstream (struct victim *v)
{
    forget_name (v, v->top, "f", false);
    del (v, FSCK_ATTR, layout_of (v, v->f).dfiles[0], "");
    del (v, FSCK_KEYVAL, v->f, "ly");
    del (v, FSCK_ATTR, v->f, "");
}

static const struct damage {
    const char *name; /* up to a dot it is the kind's; what follows is a variant */
    void (*make) (struct victim *v);
} damages[] = {
    { "bad-intent", bad_intent },
    { "stuck-intent", stuck_intent },
    { "damaged-attributes", damaged_attributes },
    { "damaged-entry", damaged_entry },
    { "bad-layout", bad_layout },
    { "bad-layout.garbled", garbled_layout },
    { "symlink-without-target", no_target },
    { "bad-bucket-table", bad_buckets },
    { "bad-bucket-table.garbled", garbled_buckets },
    { "bad-bucket-table.lost", lost_directory },
    { "bucket-range", bucket_range },
    { "missing-bucket", missing_bucket },
    { "pending-bucket", pending_bucket },
    { "stale-pool-handle", stale_pool },
    { "bad-name", bad_name },
    { "wrong-hash", wrong_hash },
    { "wrong-bucket", wrong_bucket },
    { "dangling-entry", dangling_entry },
    { "entry-type", entry_type },
    { "stray-entry", stray_entry },
    { "directory-with-two-names", two_names },
    { "directory-cycle", cycle },
    { "orphan-file", orphan_file },
    { "orphan-symlink", orphan_symlink },
    { "orphan-special", orphan_special },
    { "orphan-directory", orphan_directory },
    { "orphan-dirdata", orphan_dirdata },
    { "missing-datafile", missing_datafile },
    { "link-count", link_count },
    { "entry-count", entry_count },
    { "subdirectory-count", subdir_count },
    { "wrong-parent", wrong_parent },
    { "bucket-owner", bucket_owner },
    { "bucket-record", bucket_record },
    { "bucket-record.spread", bucket_spread },
    { "datafile-owner", datafile_owner },
    { "attribute-bits", attribute_bits },
    { "stray-record", stray_record },
    { "stale-hold", stale_hold },
    { "orphan-datafile", orphan_datafile },
    { "stray-bytestream", stray_bstream },
    { "missing-root", missing_root },
    /* those without a repair */
    { "shared-datafile!", shared_datafile },
    { "shared-bucket!", shared_bucket },
};

/* --- the rest ----------------------------------------------------------------------------------------------------------------------- */

static void
make_orphans (struct victim *v, int n)
{
    char name[32];
    obj_handle dir = make_dir (v, v->m.root, "orphans");
    for (int i = 0; i < n; i++) {
        snprintf (name, sizeof name, "%d", i);
        make_file (v, dir, name, 1);
    }
    must (freeze (&v->look), "freeze");
    for (int i = 0; i < n; i++) {
        snprintf (name, sizeof name, "%d", i);
        forget_name (v, dir, name, false);
    }
}

/* Every datafile of a file that was written must name it, also those that were made before it. */
static int
look_at_owners (struct victim *v)
{
    obj_handle file = make_file (v, make_dir (v, v->m.root, "owners"), "f", BIG);
    struct proto_layout l = layout_of (v, file);
    for (uint32_t i = 0; i < l.ndfiles; i++)
        if (attr_of (v, l.dfiles[i]).parent != file) {
            tool_error ("datafile %u of %u does not name its file", i, l.ndfiles);
            return TOOL_FAILED;
        }
    return l.ndfiles > 1 ? TOOL_OK : TOOL_FAILED;
}

static void
print_record (void *arg, const struct fsck_item *x)
{
    const struct key *k = arg;
    printf ("%d %c %llx ", k->server, k->type, (unsigned long long) x->handle);
    for (uint32_t i = 0; i < x->name_len; i++)
        printf ("%02x", ((const uint8_t *) x->name)[i]);
    printf (" ");
    for (uint32_t i = 0; i < x->val_len; i++)
        printf ("%02x", ((const uint8_t *) x->val)[i]);
    printf ("\n");
}

static void
dump (struct victim *v)
{
    for (int s = 0; s < v->servers.n; s++)
        for (const char *type = "adkxipb"; *type; type++) {
            struct key k = { .server = s, .type = (uint8_t) *type };
            must (image_scan (&v->m, s, (struct fsck_scan_req){ .type = k.type, .values = true }, print_record, &k), "scan");
        }
}

/* How many buckets a directory has. */
static int
print_buckets (struct victim *v, const char *path)
{
    struct place place;
    PVFS_object_ref ref;
    if (!find (&v->s, path, true, &place, &ref))
        return TOOL_FAILED;
    printf ("%u\n", table_of (v, ref.handle).n);
    return TOOL_OK;
}

static int
make_damage (struct victim *v, const char *kind, const char *dir)
{
    for (size_t i = 0; i < ARRAY_SIZE (damages); i++)
        if (strcmp (damages[i].name, kind) == 0) {
            make_all (v, dir);
            must (freeze (&v->look), "freeze");
            damages[i].make (v);
            return TOOL_OK;
        }
    tool_error ("%s: no such kind", kind);
    return TOOL_FAILED;
}

int
main (int argc, char **argv)
{
    struct victim v = { 0 };
    struct progress_counts counts = { 0 };
    int status = TOOL_OK;
    if (argc < 3)
        return TOOL_USAGE;
    v.look.fs = session_open_volume (&v.s, argv[1]);
    servers_of (v.look.fs, NULL, &v.servers);
    v.look.cred = &v.s.cred;
    v.look.servers = &v.servers;
    v.look.counts = &counts;
    image_init (&v.m, &v.look, 1);
    if (strcmp (argv[2], "kinds") == 0)
        for (size_t i = 0; i < ARRAY_SIZE (damages); i++)
            puts (damages[i].name);
    else if (strcmp (argv[2], "dump") == 0)
        dump (&v);
    else if (strcmp (argv[2], "buckets") == 0 && argc == 4)
        status = print_buckets (&v, argv[3]);
    else if (strcmp (argv[2], "owners") == 0)
        status = look_at_owners (&v);
    else if (strcmp (argv[2], "orphans") == 0 && argc == 4)
        make_orphans (&v, atoi (argv[3]));
    else
        status = make_damage (&v, argv[2], argc == 4 ? argv[3] : argv[2]);
    image_fini (&v.m);
    servers_free (&v.servers);
    arena_fini (&v.arena);
    session_close (&v.s);
    return tool_end (status);
}
