/*
 * Keys of the database, and what a transaction's body may do with them. Runs on the executor.
 *
 *     be32 fs | type | be64 handle | name
 */
#include "io/trove/dbpf/dbpf.h"

#include "common/gossip/gossip.h"

static const char removal_name[] = TROVE_REMOVAL_NAME;

size_t
dbpf_encode_key (uint8_t buf[DBPF_KEY_MAX], const struct trove_key *key)
{
    struct wire w;
    uint32_t fs = key->fs;
    uint8_t type = key->type;
    uint64_t handle = key->handle;
    wire_encoder (&w, buf, DBPF_KEY_MAX);
    wire_be32 (&w, &fs);
    wire_u8 (&w, &type);
    wire_be64 (&w, &handle);
    wire_fixed (&w, (void *)key->name, key->name_len);
    return w.pos;
}

static struct dbpf_txn *
txn_of (struct trove_txn *txn)
{
    return container_of (txn, struct dbpf_txn, base);
}

/* A failed change leaves the transaction half done: remember it even if the body does not. */
static int
note (struct dbpf_txn *t, int err)
{
    if (err && err != -ENOENT && !t->failed)
        t->failed = err;
    return err;
}

/* What requests look at again and again. Large values would only push others out. */
static bool
is_cached (const struct trove_key *key)
{
    return key->type == TROVE_ATTR || key->type == TROVE_DIRENT || key->type == TROVE_KEYVAL || key->type == TROVE_XATTR;
}

static int
get_inline (struct dbpf_txn *t, const struct trove_key *key, const uint8_t *buf, size_t len, const void **ret_val,
            size_t *ret_len)
{
    struct dbpf *d = t->d;
    int err = is_cached (key) && !t->missed ? cache_read (&d->keys, buf, len, &d->inline_buf, &d->inline_cap, ret_len) : -EAGAIN;
    if (err == -EAGAIN)
        t->missed = true;
    else if (!err)
        *ret_val = d->inline_buf;
    return err;
}

/* After a change of the database: the same in the cache. */
static void
changed (struct dbpf_txn *t, const struct trove_key *key, const uint8_t *buf, size_t key_len, const void *val, size_t len)
{
    if (is_cached (key))
        cache_change (&t->d->keys, &t->changes, buf, key_len, val, len);
}

int
dbpf_get (struct trove_txn *txn, const struct trove_key *key, const void **ret_val, size_t *ret_len)
{
    struct dbpf_txn *t = txn_of (txn);
    uint8_t buf[DBPF_KEY_MAX];
    size_t len = dbpf_encode_key (buf, key);
    if (t->inline_only)
        return get_inline (t, key, buf, len, ret_val, ret_len);
    int err = is_cached (key) ? cache_get (&t->d->keys, buf, len, ret_val, ret_len) : -EAGAIN;
    if (err != -EAGAIN)
        return err;
    err = note (t, db_get (t->d->db, buf, len, ret_val, ret_len));
    if (is_cached (key) && t->base.read_only && (err == 0 || err == -ENOENT))
        cache_fill (&t->d->keys, buf, len, err ? NULL : *ret_len ? *ret_val : "", err ? 0 : *ret_len);
    return err;
}

int
dbpf_put (struct trove_txn *txn, const struct trove_key *key, const void *val, size_t len)
{
    struct dbpf_txn *t = txn_of (txn);
    uint8_t buf[DBPF_KEY_MAX];
    size_t key_len = dbpf_encode_key (buf, key);
    int err = note (t, db_put (t->d->db, buf, key_len, val, len));
    if (!err)
        changed (t, key, buf, key_len, len ? val : "", len);
    return err;
}

int
dbpf_del (struct trove_txn *txn, const struct trove_key *key)
{
    struct dbpf_txn *t = txn_of (txn);
    uint8_t buf[DBPF_KEY_MAX];
    size_t key_len = dbpf_encode_key (buf, key);
    int err = note (t, db_del (t->d->db, buf, key_len));
    if (!err || err == -ENOENT)
        changed (t, key, buf, key_len, NULL, 0);
    return err;
}

struct walk {
    uint8_t prefix[DBPF_KEY_PREFIX];
    size_t prefix_len;
    const struct trove_key *from;
    int (*fn) (void *arg, const struct trove_item *item);
    void *arg;
};

static int
walk_item (void *arg, const struct db_item *item)
{
    struct walk *walk = arg;
    struct trove_item out;
    struct wire w;
    if (item->key_len < DBPF_KEY_PREFIX)
        return -EIO;
    if (memcmp (item->key, walk->prefix, walk->prefix_len))
        return 1; /* beyond the last one */
    wire_decoder (&w, item->key + 5, 8, NULL);
    wire_be64 (&w, &out.handle);
    out.name = item->key + DBPF_KEY_PREFIX;
    out.name_len = item->key_len - DBPF_KEY_PREFIX;
    out.val = item->val;
    out.val_len = item->val_len;
    return walk->fn (walk->arg, &out);
}

int
dbpf_iterate (struct trove_txn *txn, const struct trove_key *from, bool any_handle,
              int (*fn) (void *arg, const struct trove_item *item), void *arg)
{
    struct dbpf_txn *t = txn_of (txn);
    if (t->inline_only) {
        t->missed = true;
        return -EAGAIN;
    }
    struct walk walk = { .from = from, .fn = fn, .arg = arg };
    uint8_t buf[DBPF_KEY_MAX];
    size_t len = dbpf_encode_key (buf, from);
    walk.prefix_len = any_handle ? 5 : DBPF_KEY_PREFIX;
    memcpy (walk.prefix, buf, walk.prefix_len);
    return db_iterate (t->d->db, buf, len, walk_item, &walk);
}

/* --- bytestreams to remove -------------------------------------------------------------------- */

struct trove_key
dbpf_removal_key (obj_fsid fs, obj_handle h)
{
    return (struct trove_key){
        .fs = fs,
        .type = TROVE_PRIVATE,
        .handle = h,
        .name = removal_name,
        .name_len = sizeof removal_name - 1,
    };
}

static struct removal *
removal_new (obj_fsid fs, obj_handle h)
{
    struct removal *r = calloc (1, sizeof *r);
    if (r) {
        list_init (&r->link);
        r->fs = fs;
        r->handle = h;
    }
    return r;
}

int
dbpf_bstream_remove (struct trove_txn *txn, obj_fsid fs, obj_handle h)
{
    struct dbpf_txn *t = txn_of (txn);
    struct trove_key key = dbpf_removal_key (fs, h);
    if (t->d->base.method != TROVE_NULL_AIO && !files_exists (t->d, fs, h))
        return 0; /* never written; nobody writes to what is being removed */
    struct removal *r = removal_new (fs, h);
    if (!r)
        return note (t, -ENOMEM);
    list_push_back (&t->removals, &r->link);
    return dbpf_put (txn, &key, "", 0);
}

int
dbpf_bstream_each (struct trove_txn *txn, obj_fsid fs, unsigned part, int (*fn) (void *arg, obj_handle h), void *arg)
{
    struct dbpf_txn *t = txn_of (txn);
    if (t->inline_only) {
        t->missed = true;
        return -EAGAIN;
    }
    return files_each (t->d, fs, part, fn, arg);
}

struct load {
    struct dbpf *d;
    obj_fsid fs;
};

static int
load_removal (void *arg, const struct trove_item *item)
{
    struct load *load = arg;
    if (item->name_len != sizeof removal_name - 1
        || memcmp (item->name, removal_name, item->name_len))
        return 0;
    struct removal *r = removal_new (load->fs, item->handle);
    if (!r)
        return -ENOMEM;
    list_push_back (&load->d->workers.removals, &r->link);
    return 0;
}

int
dbpf_load_removals (struct trove_txn *txn, void *arg)
{
    struct dbpf *d = txn_of (txn)->d;
    struct trove *t = &d->base;
    int err = 0;
    for (unsigned i = 0; !err && i < t->nranges; i++) {
        struct load load = { d, t->ranges[i].range.fs };
        struct trove_key from = { .fs = load.fs, .type = TROVE_PRIVATE };
        bool again = false;
        for (unsigned j = 0; j < i; j++)
            again |= t->ranges[j].range.fs == load.fs;
        if (!again)
            err = dbpf_iterate (txn, &from, true, load_removal, &load);
    }
    return err;
}
