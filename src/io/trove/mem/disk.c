/*
 * The simulated disk; see disk.h. Nothing here depends on addresses, so the same seed forgets the
 * same things.
 */
#include "io/trove/mem/disk.h"

/* Unsynced bytes of one stream: beyond, the oldest changes reach the disk by themselves, as with
 * any kernel. */
enum { UNSYNCED_MAX = 64 << 20, STREAM_KEY = 12 };

struct undo {
    struct list link;
    void *val; /* NULL: there was none */
    size_t val_len, key_len;
    uint8_t key[];
};

int
trove_mem_disk_new (const struct trove_mem_config *cfg, struct trove_mem_disk **ret)
{
    struct trove_mem_disk *d = calloc (1, sizeof *d);
    if (!d)
        return -ENOMEM;
    if (cfg)
        d->config = *cfg;
    list_init (&d->journal);
    *ret = d;
    return 0;
}

static void
free_undo (struct list *undo)
{
    struct list *n;
    while ((n = list_pop_front (undo))) {
        struct undo *u = list_entry (n, struct undo, link);
        free (u->val);
        free (u);
    }
}

static void
free_commit (struct commit *c)
{
    list_remove (&c->link);
    free_undo (&c->undo);
    free (c);
}

static void
free_changes (struct stream *s)
{
    struct list *n;
    while ((n = list_pop_front (&s->changes)))
        free (list_entry (n, struct change, link));
    s->unsynced = 0;
}

static void
free_stream (void *p)
{
    struct stream *s = p;
    free_changes (s);
    image_fini (&s->live);
    image_fini (&s->synced);
    free (s);
}

void
trove_mem_disk_free (struct trove_mem_disk *d)
{
    struct commit *c;
    if (!d)
        return;
    list_for_each (c, &d->journal, link)
        free_commit (c);
    tree_fini (&d->keys, free);
    tree_fini (&d->streams, free_stream);
    free (d);
}

/* --- keys ------------------------------------------------------------------------------------- */

static int
note_undo (struct list *undo, const void *key, size_t len, void *old, size_t old_len)
{
    struct undo *u = malloc (sizeof *u + len);
    if (!u)
        return -ENOMEM;
    list_init (&u->link);
    u->val = old;
    u->val_len = old_len;
    u->key_len = len;
    memcpy (u->key, key, len);
    list_push_front (undo, &u->link);
    return 0;
}

/* Gives val to the tree; the old one must have been taken care of. */
static int
store (struct trove_mem_disk *d, const void *key, size_t len, void *val, size_t val_len)
{
    struct tree_node *n = tree_find (&d->keys, key, len);
    if (n) {
        d->key_bytes += val_len - n->val_len;
        n->val = val;
        n->val_len = val_len;
        return 0;
    }
    if (!tree_insert (&d->keys, key, len, val, val_len))
        return -ENOMEM;
    d->key_bytes += len + val_len;
    return 0;
}

int
disk_put (struct trove_mem_disk *d, struct list *undo, const void *key, size_t len, const void *val,
          size_t val_len)
{
    struct tree_node *n = tree_find (&d->keys, key, len);
    if (d->config.capacity && d->key_bytes + d->stream_bytes + len + val_len > d->config.capacity)
        return -ENOSPC;
    void *copy = malloc (val_len + 1);
    if (!copy)
        return -ENOMEM;
    memcpy (copy, val, val_len);
    int err = note_undo (undo, key, len, n ? n->val : NULL, n ? n->val_len : 0);
    if (!err) {
        err = store (d, key, len, copy, val_len);
        if (err)
            free (list_entry (list_pop_front (undo), struct undo, link));
    }
    if (err)
        free (copy);
    return err;
}

int
disk_del (struct trove_mem_disk *d, struct list *undo, const void *key, size_t len)
{
    struct tree_node *n = tree_find (&d->keys, key, len);
    if (!n)
        return -ENOENT;
    int err = note_undo (undo, key, len, n->val, n->val_len);
    if (err)
        return err;
    d->key_bytes -= len + n->val_len;
    tree_remove (&d->keys, n);
    return 0;
}

void
disk_rollback (struct trove_mem_disk *d, struct list *undo)
{
    struct list *i;
    while ((i = list_pop_front (undo))) {
        struct undo *u = list_entry (i, struct undo, link);
        struct tree_node *n = tree_find (&d->keys, u->key, u->key_len);
        if (n)
            free (n->val);
        if (u->val && store (d, u->key, u->key_len, u->val, u->val_len))
            abort (); /* a simulation out of memory */
        if (!u->val && n) {
            d->key_bytes -= u->key_len + n->val_len;
            tree_remove (&d->keys, n);
        }
        free (u);
    }
}

int
disk_commit (struct trove_mem_disk *d, struct list *undo)
{
    struct commit *c = calloc (1, sizeof *c);
    if (!c)
        return -ENOMEM;
    list_init (&c->link);
    list_init (&c->undo);
    list_splice (&c->undo, undo);
    c->seq = ++d->committed;
    list_push_back (&d->journal, &c->link);
    return 0;
}

void
disk_flush (struct trove_mem_disk *d, uint64_t seq)
{
    struct commit *c;
    while ((c = list_first (&d->journal, struct commit, link)) && c->seq <= seq)
        free_commit (c);
    d->flushed = MAX (d->flushed, seq);
}

/* --- bytestreams ------------------------------------------------------------------------------ */

static void
stream_key (uint8_t *buf, obj_fsid fs, obj_handle h)
{
    struct wire w;
    wire_encoder (&w, buf, STREAM_KEY);
    wire_be32 (&w, &fs);
    wire_be64 (&w, &h);
}

void
disk_stream_id (const struct tree_node *n, obj_fsid *ret_fs, obj_handle *ret_h)
{
    struct wire w;
    wire_decoder (&w, n->key, n->key_len, NULL);
    wire_be32 (&w, ret_fs);
    wire_be64 (&w, ret_h);
}

struct stream *
disk_stream (struct trove_mem_disk *d, obj_fsid fs, obj_handle h, bool create)
{
    uint8_t key[STREAM_KEY];
    stream_key (key, fs, h);
    struct tree_node *n = tree_find (&d->streams, key, sizeof key);
    if (n || !create)
        return n ? n->val : NULL;
    struct stream *s = calloc (1, sizeof *s);
    if (!s)
        return NULL;
    list_init (&s->changes);
    if (tree_insert (&d->streams, key, sizeof key, s, sizeof *s))
        return s;
    free (s);
    return NULL;
}

void
disk_stream_remove (struct trove_mem_disk *d, obj_fsid fs, obj_handle h)
{
    uint8_t key[STREAM_KEY];
    stream_key (key, fs, h);
    struct tree_node *n = tree_find (&d->streams, key, sizeof key);
    if (!n)
        return;
    struct stream *s = n->val;
    d->stream_bytes -= s->live.n * IMAGE_CHUNK;
    tree_remove (&d->streams, n);
    free_stream (s);
}

static int
apply (struct image *i, const struct change *c, const void *data)
{
    int err = 0;
    if (c->kind == TROVE_WRITE)
        err = image_write (i, c->off, data, c->len);
    else if (c->kind == TROVE_RESIZE)
        err = image_resize (i, c->off);
    i->exists = true;
    i->mtime = c->mtime;
    return err;
}

static void
drop_change (struct stream *s, struct change *c)
{
    list_remove (&c->link);
    s->unsynced -= c->len;
    free (c);
}

void
disk_sync (struct trove_mem_disk *d, struct stream *s, uint64_t up_to)
{
    struct change *c;
    while ((c = list_first (&s->changes, struct change, link)) && c->id <= up_to) {
        if (apply (&s->synced, c, c->data))
            abort (); /* a simulation out of memory */
        drop_change (s, c);
    }
}

int
disk_change (struct trove_mem_disk *d, struct stream *s, const struct change *what,
             const void *data)
{
    struct change *c = malloc (sizeof *c + what->len);
    if (!c)
        return -ENOMEM;
    *c = *what;
    list_init (&c->link);
    c->id = ++d->change_id;
    if (c->len)
        memcpy (c->data, data, c->len);
    uint64_t before = s->live.n;
    int err = apply (&s->live, c, c->data);
    d->stream_bytes += (s->live.n - before) * IMAGE_CHUNK;
    list_push_back (&s->changes, &c->link);
    s->unsynced += c->len;
    while (s->unsynced > UNSYNCED_MAX)
        disk_sync (d, s, list_first (&s->changes, struct change, link)->id);
    return err;
}

/* --- copies ----------------------------------------------------------------------------------- */

static void *
clone_bytes (const struct tree_node *n)
{
    void *val = malloc (n->val_len + 1);
    return val ? memcpy (val, n->val, n->val_len) : NULL;
}

static void *
clone_stream (const struct tree_node *n)
{
    const struct stream *from = n->val;
    struct stream *s = calloc (1, sizeof *s);
    if (!s)
        return NULL;
    list_init (&s->changes);
    if (!image_clone (&from->live, &s->live) && !image_clone (&from->live, &s->synced))
        return s;
    free_stream (s);
    return NULL;
}

int
disk_clone (const struct trove_mem_disk *from, struct trove_mem_disk **ret)
{
    struct trove_mem_disk *d;
    int err = trove_mem_disk_new (&from->config, &d);
    if (err)
        return err;
    err = tree_clone (&from->keys, clone_bytes, free, &d->keys);
    if (!err)
        err = tree_clone (&from->streams, clone_stream, free_stream, &d->streams);
    d->key_bytes = from->key_bytes;
    d->stream_bytes = from->stream_bytes;
    if (err)
        trove_mem_disk_free (d);
    else
        *ret = d;
    return err;
}

/* --- power ------------------------------------------------------------------------------------ */

static void
forget_changes (struct trove_mem_disk *d, struct stream *s, uint64_t (*random) (void *), void *arg)
{
    struct change *c;
    uint64_t before = s->live.n;
    list_for_each (c, &s->changes, link) {
        if (random (arg) & 1 && apply (&s->synced, c, c->data))
            abort (); /* a simulation out of memory */
        drop_change (s, c);
    }
    image_fini (&s->live);
    if (image_clone (&s->synced, &s->live))
        abort ();
    d->stream_bytes += (s->live.n - before) * IMAGE_CHUNK;
}

void
trove_mem_disk_power_off (struct trove_mem_disk *d, uint64_t (*random) (void *), void *arg)
{
    size_t n = list_count (&d->journal), keep = (size_t)(random (arg) % (n + 1));
    for (; n > keep; n--) {
        struct commit *c = list_last (&d->journal, struct commit, link);
        disk_rollback (d, &c->undo);
        free_commit (c);
    }
    disk_flush (d, d->committed);
    for (struct tree_node *i = tree_first (&d->streams), *next; i; i = next) {
        struct stream *s = i->val;
        next = tree_next (i);
        forget_changes (d, s, random, arg);
        if (s->live.exists)
            continue;
        tree_remove (&d->streams, i);
        free_stream (s);
    }
}
