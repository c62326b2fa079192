/*
 * The cache of keys; see cache.h.
 */
#include "io/trove/dbpf/cache.h"

struct value {
    void *bytes; /* NULL: absent */
    size_t len;
};

struct entry {
    struct hash_node node;
    struct list recent;
    struct list change; /* of the running transaction, while busy */
    bool busy;
    struct value now, next;
    size_t key_len;
    uint8_t key[];
};

static const char empty[] = "";

void
cache_init (struct key_cache *c, size_t limit)
{
    memset (c, 0, sizeof *c);
    pthread_mutex_init (&c->lock, NULL);
    list_init (&c->recent);
    c->limit = limit;
}

static size_t
weight (const struct entry *e)
{
    return sizeof *e + e->key_len + e->now.len + e->next.len;
}

static void
value_fini (struct value *v)
{
    if (v->bytes != empty)
        free (v->bytes);
    *v = (struct value){ 0 };
}

static void
drop (struct key_cache *c, struct entry *e)
{
    c->bytes -= weight (e);
    hash_remove (&c->table, &e->node);
    list_remove (&e->recent);
    list_remove (&e->change);
    value_fini (&e->now);
    value_fini (&e->next);
    free (e);
}

size_t
cache_size (struct key_cache *c)
{
    pthread_mutex_lock (&c->lock);
    size_t bytes = c->bytes;
    pthread_mutex_unlock (&c->lock);
    return bytes;
}

void
cache_empty (struct key_cache *c)
{
    struct entry *e;
    pthread_mutex_lock (&c->lock);
    list_for_each (e, &c->recent, recent)
        drop (c, e);
    pthread_mutex_unlock (&c->lock);
}

void
cache_fini (struct key_cache *c)
{
    cache_empty (c);
    hash_fini (&c->table);
    pthread_mutex_destroy (&c->lock);
}

static struct entry *
find (struct key_cache *c, const void *key, size_t key_len)
{
    for (struct hash_node *n = hash_first (&c->table, hash_bytes (key, key_len, 0)); n; n = hash_next (n)) {
        struct entry *e = container_of (n, struct entry, node);
        if (e->key_len == key_len && memcmp (e->key, key, key_len) == 0) {
            list_remove (&e->recent);
            list_push_front (&c->recent, &e->recent);
            return e;
        }
    }
    return NULL;
}

static void
make_room (struct key_cache *c)
{
    struct entry *e;
    struct list *i = c->recent.prev;
    while (c->bytes > c->limit && i != &c->recent) {
        e = list_entry (i, struct entry, recent);
        i = i->prev;
        if (!e->busy)
            drop (c, e);
    }
}

static struct entry *
find_or_add (struct key_cache *c, const void *key, size_t key_len)
{
    struct entry *e = find (c, key, key_len);
    if (e)
        return e;
    make_room (c);
    e = calloc (1, sizeof *e + key_len);
    if (!e)
        return NULL;
    e->key_len = key_len;
    memcpy (e->key, key, key_len);
    list_init (&e->change);
    list_init (&e->recent);
    if (hash_insert (&c->table, &e->node, hash_bytes (key, key_len, 0)) < 0) {
        free (e);
        return NULL;
    }
    list_push_front (&c->recent, &e->recent);
    c->bytes += weight (e);
    return e;
}

/* Only with the entry's weight taken off the total. */
static bool
value_set (struct value *v, const void *val, size_t len)
{
    value_fini (v);
    if (!val)
        return true;
    v->bytes = len ? malloc (len) : (void *)empty;
    if (!v->bytes)
        return false;
    if (len)
        memcpy (v->bytes, val, len);
    v->len = len;
    return true;
}

int
cache_read (struct key_cache *c, const void *key, size_t key_len, void **buf, size_t *buf_cap, size_t *ret_len)
{
    int ret = -EAGAIN;
    pthread_mutex_lock (&c->lock);
    struct entry *e = find (c, key, key_len);
    if (e && !e->busy && !e->now.bytes) {
        ret = -ENOENT;
    } else if (e && !e->busy) {
        if (*buf_cap < e->now.len || !*buf) {
            size_t cap = MAX (e->now.len, (size_t)512);
            void *p = realloc (*buf, cap);
            if (p) {
                *buf = p;
                *buf_cap = cap;
            }
        }
        if (*buf && *buf_cap >= e->now.len) {
            memcpy (*buf, e->now.bytes, e->now.len);
            *ret_len = e->now.len;
            ret = 0;
        }
    }
    pthread_mutex_unlock (&c->lock);
    return ret;
}

int
cache_get (struct key_cache *c, const void *key, size_t key_len, const void **ret_val, size_t *ret_len)
{
    pthread_mutex_lock (&c->lock);
    struct entry *e = find (c, key, key_len);
    const struct value *v = !e ? NULL : e->busy ? &e->next : &e->now;
    pthread_mutex_unlock (&c->lock);
    if (!v)
        return -EAGAIN;
    if (!v->bytes)
        return -ENOENT;
    *ret_val = v->bytes;
    *ret_len = v->len;
    return 0;
}

void
cache_fill (struct key_cache *c, const void *key, size_t key_len, const void *val, size_t len)
{
    pthread_mutex_lock (&c->lock);
    struct entry *e = find_or_add (c, key, key_len);
    if (e && !e->busy) {
        c->bytes -= weight (e);
        bool ok = value_set (&e->now, val, len);
        c->bytes += weight (e);
        if (!ok)
            drop (c, e);
    }
    pthread_mutex_unlock (&c->lock);
}

void
cache_change (struct key_cache *c, struct list *changes, const void *key, size_t key_len, const void *val, size_t len)
{
    pthread_mutex_lock (&c->lock);
    struct entry *e = find_or_add (c, key, key_len);
    if (e) {
        c->bytes -= weight (e);
        bool ok = value_set (&e->next, val, len);
        c->bytes += weight (e);
        e->busy = true;
        list_remove (&e->change);
        list_push_back (changes, &e->change);
        if (!ok)
            drop (c, e); /* unknown: the database has it */
    }
    pthread_mutex_unlock (&c->lock);
}

void
cache_commit (struct key_cache *c, struct list *changes)
{
    struct list *n;
    pthread_mutex_lock (&c->lock);
    while ((n = list_pop_front (changes))) {
        struct entry *e = list_entry (n, struct entry, change);
        c->bytes -= weight (e);
        value_fini (&e->now);
        e->now = e->next;
        e->next = (struct value){ 0 };
        e->busy = false;
        c->bytes += weight (e);
    }
    make_room (c);
    pthread_mutex_unlock (&c->lock);
}

void
cache_abort (struct key_cache *c, struct list *changes)
{
    struct list *n;
    pthread_mutex_lock (&c->lock);
    while ((n = list_pop_front (changes)))
        drop (c, list_entry (n, struct entry, change));
    pthread_mutex_unlock (&c->lock);
}
