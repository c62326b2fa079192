/*
 * The name cache: a hash table and a list in order of use; see ncache.h.
 */
#include "client/sysint/ncache.h"

#include "common/base/hash.h"
#include "common/base/list.h"

struct entry {
    struct hash_node node;
    struct list lru;
    obj_fsid fs;
    obj_handle dir, handle;
    uint64_t until;
    char name[];
};

struct ncache {
    struct hash_table table;
    struct list lru; /* the oldest first */
    size_t max;
};

int
ncache_new (size_t max, struct ncache **ret)
{
    struct ncache *c = calloc (1, sizeof *c);
    if (!c)
        return -ENOMEM;
    list_init (&c->lru);
    c->max = max ? max : NCACHE_MAX;
    *ret = c;
    return 0;
}

static void
drop (struct ncache *c, struct entry *e)
{
    hash_remove (&c->table, &e->node);
    list_remove (&e->lru);
    free (e);
}

void
ncache_clear (struct ncache *c)
{
    struct entry *e;
    list_for_each (e, &c->lru, lru)
        drop (c, e);
}

void
ncache_free (struct ncache *c)
{
    if (!c)
        return;
    ncache_clear (c);
    hash_fini (&c->table);
    free (c);
}

size_t
ncache_count (const struct ncache *c)
{
    return c->table.count;
}

static uint64_t
key_hash (obj_fsid fs, obj_handle dir, const char *name)
{
    return hash_bytes (name, strlen (name), hash_u64 (dir ^ hash_u64 (fs)));
}

static struct entry *
find (struct ncache *c, obj_fsid fs, obj_handle dir, const char *name)
{
    for (struct hash_node *n = hash_first (&c->table, key_hash (fs, dir, name)); n; n = hash_next (n)) {
        struct entry *e = container_of (n, struct entry, node);
        if (e->fs == fs && e->dir == dir && strcmp (e->name, name) == 0)
            return e;
    }
    return NULL;
}

void
ncache_put (struct ncache *c, obj_fsid fs, obj_handle dir, const char *name, obj_handle h, uint64_t until)
{
    struct entry *e = find (c, fs, dir, name);
    if (!e) {
        size_t len = strlen (name) + 1;
        if (c->table.count >= c->max)
            drop (c, list_first (&c->lru, struct entry, lru));
        e = calloc (1, sizeof *e + len);
        if (!e)
            return;
        e->fs = fs;
        e->dir = dir;
        memcpy (e->name, name, len);
        list_init (&e->lru);
        if (hash_insert (&c->table, &e->node, key_hash (fs, dir, name)) < 0) {
            free (e);
            return;
        }
    }
    e->handle = h;
    e->until = until;
    list_remove (&e->lru);
    list_push_back (&c->lru, &e->lru);
}

obj_handle
ncache_get (struct ncache *c, obj_fsid fs, obj_handle dir, const char *name, uint64_t now)
{
    struct entry *e = find (c, fs, dir, name);
    if (!e)
        return 0;
    if (e->until <= now) {
        drop (c, e);
        return 0;
    }
    list_remove (&e->lru);
    list_push_back (&c->lru, &e->lru);
    return e->handle;
}

void
ncache_remove (struct ncache *c, obj_fsid fs, obj_handle dir, const char *name)
{
    struct entry *e = find (c, fs, dir, name);
    if (e)
        drop (c, e);
}
