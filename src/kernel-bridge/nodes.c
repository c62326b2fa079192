/*
 * A bounded table of what is known of objects; see nodes.h.
 */
#include "kernel-bridge/nodes.h"

#include "common/object/object.h"

#define READ_AGE (86400 * NSEC_PER_SEC)

struct node {
    struct hash_node hash;
    struct list recent;
    uint64_t handle;
    uint64_t seen_at; /* when the bits were true; 0 = not known */
    unsigned bits;
    uint32_t mode;
    uint64_t read, changed; /* access time; mtime or ctime, the later one */
    bool opened; /* the rest is from an open */
    int64_t size;
    uint64_t mtime, change;
    int64_t end; /* of the file, as far as this mount knows: for O_APPEND */
    uint64_t end_at; /* when the server said so; 0 = not known */
    uint64_t parent; /* of a directory; 0 = not known */
    struct object_attr dir; /* of a special file: as last seen */
    uint64_t dir_at; /* 0 = not known */
};

void
nodes_init (struct nodes *t)
{
    t->table = (struct hash_table){ 0 };
    list_init (&t->recent);
}

static void
drop (struct nodes *t, struct node *n)
{
    hash_remove (&t->table, &n->hash);
    list_remove (&n->recent);
    free (n);
}

void
nodes_fini (struct nodes *t)
{
    struct node *n;
    while ((n = list_first (&t->recent, struct node, recent)))
        drop (t, n);
    hash_fini (&t->table);
}

static struct node *
find (struct nodes *t, uint64_t handle)
{
    for (struct hash_node *h = hash_first (&t->table, hash_u64 (handle)); h; h = hash_next (h)) {
        struct node *n = container_of (h, struct node, hash);
        if (n->handle == handle)
            return n;
    }
    return NULL;
}

/* NULL only when out of memory. */
static struct node *
find_or_add (struct nodes *t, uint64_t handle)
{
    struct node *n = find (t, handle);
    if (n) {
        list_remove (&n->recent);
        list_push_front (&t->recent, &n->recent);
        return n;
    }
    if (t->table.count >= NODES_MAX)
        drop (t, list_last (&t->recent, struct node, recent));
    n = calloc (1, sizeof *n);
    if (!n || hash_insert (&t->table, &n->hash, hash_u64 (handle)) < 0) {
        free (n);
        return NULL;
    }
    n->handle = handle;
    list_init (&n->recent);
    list_push_front (&t->recent, &n->recent);
    return n;
}

static void
note (struct node *n, const struct object_attr *attr, uint64_t now)
{
    n->bits = attr->flags;
    n->mode = attr->mode;
    n->read = object_later_time (n->read, attr->atime);
    n->changed = object_later_time (attr->mtime, attr->ctime);
    n->seen_at = now;
    if (attr->type == OBJ_DIRECTORY)
        n->parent = attr->parent;
    if (attr->type == OBJ_SPECIAL)
        n->dir = *attr;
}

void
nodes_saw (struct nodes *t, uint64_t handle, const struct object_attr *attr, uint64_t now)
{
    struct node *n = find_or_add (t, handle);
    if (!n)
        return;
    note (n, attr, now);
}

uint64_t
nodes_parent (struct nodes *t, uint64_t handle)
{
    struct node *n = find (t, handle);
    return n ? n->parent : 0;
}

const struct object_attr *
nodes_special (struct nodes *t, uint64_t handle)
{
    struct node *n = find (t, handle);
    return n && n->dir.type == OBJ_SPECIAL ? &n->dir : NULL;
}

bool
nodes_open (struct nodes *t, uint64_t handle, const struct object_attr *attr, uint64_t now)
{
    struct node *n = find_or_add (t, handle);
    if (!n)
        return false;
    bool same =
        n->opened && n->size == attr->size && n->mtime == attr->mtime && n->change == attr->change;
    note (n, attr, now);
    n->opened = true;
    n->size = attr->size;
    n->mtime = attr->mtime;
    n->change = attr->change;
    n->end = attr->size;
    n->end_at = now;
    return same;
}

bool
nodes_read (struct nodes *t, uint64_t handle, uint64_t now)
{
    struct node *n = find_or_add (t, handle);
    if (n && (int64_t) n->read > (int64_t) n->changed && now < n->read + READ_AGE)
        return false;
    if (n)
        n->read = now;
    return true;
}

void
nodes_note_dir (struct nodes *t, uint64_t handle, const struct object_attr *attr, uint64_t now)
{
    struct node *n = attr ? find_or_add (t, handle) : find (t, handle);
    if (!n || (attr && n->dir_at && attr->change < n->dir.change))
        return;
    n->dir_at = attr ? now : 0;
    if (attr)
        n->dir = *attr;
}

const struct object_attr *
nodes_dir (struct nodes *t, uint64_t handle, uint64_t now, uint64_t max_age, uint64_t *ret_age)
{
    struct node *n = find (t, handle);
    if (!n || !n->dir_at || now - n->dir_at > max_age)
        return NULL;
    *ret_age = now - n->dir_at;
    return &n->dir;
}

void
nodes_note_end (struct nodes *t, uint64_t handle, int64_t end, uint64_t now)
{
    struct node *n = find_or_add (t, handle);
    if (!n)
        return;
    n->end = end;
    n->end_at = now;
}

void
nodes_wrote (struct nodes *t, uint64_t handle, int64_t end)
{
    struct node *n = find (t, handle);
    if (n && end > n->end)
        n->end = end;
}

bool
nodes_end (struct nodes *t, uint64_t handle, uint64_t now, uint64_t max_age, int64_t *ret)
{
    struct node *n = find (t, handle);
    if (!n || !n->end_at || now - n->end_at > max_age)
        return false;
    *ret = n->end;
    return true;
}

bool
nodes_lacks (struct nodes *t, uint64_t handle, unsigned bits, uint64_t now, uint64_t max_age)
{
    struct node *n = find (t, handle);
    return n && n->seen_at && now - n->seen_at <= max_age && !(n->bits & bits);
}

bool
nodes_has_no_setid (struct nodes *t, uint64_t handle, uint64_t now, uint64_t max_age)
{
    struct node *n = find (t, handle);
    return n && n->seen_at && now - n->seen_at <= max_age && !(n->mode & 06000);
}

void
nodes_note_absent (struct nodes *t, uint64_t handle, unsigned bits, uint64_t now)
{
    struct node *n = find (t, handle);
    if (!n || !n->seen_at)
        return;
    n->bits &= ~bits;
    n->seen_at = now;
}

void
nodes_note_unknown (struct nodes *t, uint64_t handle)
{
    struct node *n = find (t, handle);
    if (n)
        n->seen_at = 0;
}

void
nodes_forget (struct nodes *t, uint64_t handle)
{
    struct node *n = find (t, handle);
    if (n)
        drop (t, n);
}
