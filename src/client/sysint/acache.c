/*
 * The attribute cache: a hash table and a list in order of use; see acache.h.
 */
#include "client/sysint/acache.h"

struct acache {
    struct hash_table table;
    struct list lru; /* the oldest first */
    size_t max;
};

int
acache_new (size_t max, struct acache **ret)
{
    struct acache *a = calloc (1, sizeof *a);
    if (!a)
        return -ENOMEM;
    list_init (&a->lru);
    a->max = max ? max : ACACHE_MAX;
    *ret = a;
    return 0;
}

static void
layout_fini (struct proto_layout *l)
{
    free ((char *) l->dist_name);
    free ((char *) l->dist_params);
    free (l->dfiles);
    *l = (struct proto_layout){ 0 };
}

static void
forget_shape (struct acache_entry *e)
{
    layout_fini (&e->layout);
    free (e->buckets);
    free (e->parts);
    free (e->target);
    e->buckets = NULL;
    e->parts = NULL;
    e->nbuckets = 0;
    e->target = NULL;
    e->have_layout = false;
}

static void
entry_free (struct acache *a, struct acache_entry *e)
{
    hash_remove (&a->table, &e->node);
    list_remove (&e->lru);
    forget_shape (e);
    free (e);
}

void
acache_forget_all (struct acache *a)
{
    struct acache_entry *e;
    list_for_each (e, &a->lru, lru)
        entry_free (a, e);
}

void
acache_free (struct acache *a)
{
    if (!a)
        return;
    acache_forget_all (a);
    hash_fini (&a->table);
    free (a);
}

size_t
acache_count (const struct acache *a)
{
    return a->table.count;
}

static uint64_t
key_hash (obj_fsid fs, obj_handle h)
{
    return hash_u64 (h ^ hash_u64 (fs));
}

struct acache_entry *
acache_find (struct acache *a, obj_fsid fs, obj_handle h)
{
    for (struct hash_node *n = hash_first (&a->table, key_hash (fs, h)); n; n = hash_next (n)) {
        struct acache_entry *e = container_of (n, struct acache_entry, node);
        if (e->fs == fs && e->handle == h) {
            list_remove (&e->lru);
            list_push_back (&a->lru, &e->lru);
            return e;
        }
    }
    return NULL;
}

static struct acache_entry *
find_or_add (struct acache *a, obj_fsid fs, obj_handle h)
{
    struct acache_entry *e = acache_find (a, fs, h);
    if (e)
        return e;
    if (a->table.count >= a->max)
        entry_free (a, list_first (&a->lru, struct acache_entry, lru));
    e = calloc (1, sizeof *e);
    if (!e)
        return NULL;
    e->fs = fs;
    e->handle = h;
    if (hash_insert (&a->table, &e->node, key_hash (fs, h)) < 0) {
        free (e);
        return NULL;
    }
    list_init (&e->lru);
    list_push_back (&a->lru, &e->lru);
    return e;
}

/* --- what servers said --------------------------------------------------------------------------------------------------- */

static void *
copy (const void *p, size_t n)
{
    void *c = malloc (n ? n : 1);
    if (c && n)
        memcpy (c, p, n);
    return c;
}

static char *
copy_string (const char *s)
{
    return strdup (s ? s : "");
}

static bool
same_dfiles (const struct proto_layout *a, const struct proto_layout *b)
{
    return a->ndfiles == b->ndfiles
           && (!a->ndfiles || memcmp (a->dfiles, b->dfiles, a->ndfiles * sizeof *a->dfiles) == 0);
}

static void
put_layout (struct acache_entry *e, const struct proto_info *i)
{
    if (!same_dfiles (&e->layout, &i->layout))
        memset (e->caps, 0, sizeof e->caps); /* they name the old datafiles */
    layout_fini (&e->layout);
    e->layout.dist_name = copy_string (i->layout.dist_name);
    e->layout.dist_params = copy_string (i->layout.dist_params);
    e->layout.dfiles = copy (i->layout.dfiles, i->layout.ndfiles * sizeof *i->layout.dfiles);
    e->layout.ndfiles = i->layout.ndfiles;
    e->layout.ndfiles_wanted = i->layout.ndfiles_wanted;
    e->have_layout = e->layout.dist_name && e->layout.dist_params && e->layout.dfiles;
    if (!e->have_layout)
        layout_fini (&e->layout);
}

static void
put_buckets (struct acache_entry *e, const struct proto_info *i)
{
    if (e->nbuckets != i->nbuckets) {
        free (e->parts);
        e->parts = NULL;
    }
    free (e->buckets);
    e->buckets = i->nbuckets ? copy (i->buckets, i->nbuckets * sizeof *i->buckets) : NULL;
    e->nbuckets = e->buckets ? i->nbuckets : 0;
    e->have_layout = e->nbuckets > 0;
}

/* The list of datafiles is not kept twice: a capability that names others than the layout is not kept at all. */
static void
put_cap (struct acache_entry *e, const struct proto_cap *c, uint64_t who)
{
    if (c->ndfiles != e->layout.ndfiles
        || (c->ndfiles && memcmp (c->dfiles, e->layout.dfiles, c->ndfiles * sizeof *c->dfiles) != 0))
        return;
    unsigned i = 0;
    while (i < ACACHE_CAPS - 1 && e->caps[i].who != who)
        i++;
    memmove (&e->caps[1], &e->caps[0], i * sizeof e->caps[0]);
    e->caps[0] = (struct acache_cap){ .who = who, .mask = c->mask, .expiry = c->expiry };
    memcpy (e->caps[0].mac, c->mac, sizeof c->mac);
}

static void
put_size (struct acache_entry *e, const struct object_attr *a, uint64_t until)
{
    e->size = a->size;
    e->blocks = a->blocks;
    e->written = object_earlier_time (a->mtime, a->ctime);
    e->size_until = until;
}

void
acache_put (struct acache *a, obj_fsid fs, const struct proto_info *i, uint64_t who, uint64_t until)
{
    struct acache_entry *e = find_or_add (a, fs, i->handle);
    if (!e)
        return;
    if (e->type && e->type != i->attr.type)
        forget_shape (e);
    e->type = i->attr.type;
    e->stuffed = i->attr.flags & OBJ_STUFFED;
    if (i->have & INFO_LAYOUT)
        put_layout (e, i);
    if (i->have & INFO_BUCKETS)
        put_buckets (e, i);
    if (i->have & INFO_TARGET) {
        free (e->target);
        e->target = copy_string (i->target);
        e->have_layout = e->target != NULL;
    }
    if ((i->have & INFO_CAP) && i->cap.fs && who)
        put_cap (e, &i->cap, who);
    e->attr = i->attr;
    e->attr_until = until;
    if (i->have & INFO_SIZE)
        put_size (e, &i->attr, until);
}

void
acache_put_size (struct acache *a, obj_fsid fs, obj_handle h, const struct object_attr *attr, uint64_t until)
{
    struct acache_entry *e = acache_find (a, fs, h);
    if (e)
        put_size (e, attr, until);
}

void
acache_put_parts (struct acache *a, obj_fsid fs, obj_handle h, uint32_t n, struct object_attr *parts, uint64_t until)
{
    struct acache_entry *e = acache_find (a, fs, h);
    if (!e || e->nbuckets != n) {
        free (parts);
        return;
    }
    free (e->parts);
    e->parts = parts;
    e->parts_until = until;
}

bool
acache_put_part (struct acache *a, obj_fsid fs, obj_handle h, obj_handle dirdata, const struct object_attr *part, uint64_t now, struct object_attr *ret)
{
    struct acache_entry *e = acache_find (a, fs, h);
    uint32_t k = 0;
    if (!e || !e->parts || e->parts_until <= now)
        return false;
    while (k < e->nbuckets && e->buckets[k].dirdata != dirdata)
        k++;
    if (k == e->nbuckets || (uint64_t) part->size != (k + 1 < e->nbuckets ? e->buckets[k + 1].first_hash : HASH_END))
        return false;
    int64_t size = e->parts[k].size;
    e->parts[k] = *part;
    e->parts[k].size = size;
    *ret = e->parts[0];
    for (uint32_t i = 1; i < e->nbuckets; i++)
        object_add_part (ret, &e->parts[i]);
    return true;
}

/* --- forgetting ---------------------------------------------------------------------------------------------------------- */

void
acache_forget_attr (struct acache *a, obj_fsid fs, obj_handle h)
{
    struct acache_entry *e = acache_find (a, fs, h);
    if (e)
        e->attr_until = e->size_until = 0;
}

void
acache_forget_caps (struct acache *a, obj_fsid fs, obj_handle h)
{
    struct acache_entry *e = acache_find (a, fs, h);
    if (e)
        memset (e->caps, 0, sizeof e->caps);
}

void
acache_forget (struct acache *a, obj_fsid fs, obj_handle h)
{
    struct acache_entry *e = acache_find (a, fs, h);
    if (e)
        entry_free (a, e);
}

/* --- capabilities ---------------------------------------------------------------------------------------------------------- */

uint64_t
acache_who (const struct proto_cred *c)
{
    uint64_t h = hash_u64 ((uint64_t) c->uid << 32 | c->gid);
    for (uint32_t i = 0; i < c->ngroups; i++)
        h = hash_u64 (h ^ c->groups[i]);
    return h ? h : 1;
}

const struct acache_cap *
acache_cap (const struct acache_entry *e, uint64_t who, uint32_t mask, uint64_t now)
{
    for (unsigned i = 0; i < ACACHE_CAPS; i++) {
        const struct acache_cap *c = &e->caps[i];
        if (c->who == who)
            return (c->mask & mask) == mask && c->expiry > now + ACACHE_CAP_MARGIN ? c : NULL;
    }
    return NULL;
}
