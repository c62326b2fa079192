/* Tables of rows that begin with a 64-bit key; see fsck.h. */
#include "apps/admin/fsck.h"

void
image_init (struct image *m, const struct look *l, unsigned number)
{
    *m = (struct image){
        .fs = l->fs,
        .servers = *l->servers,
        .cred = l->cred,
        .counts = l->counts,
        .look = number,
        .root = fsck_root (l->fs),
        .objects.size = sizeof (struct object),
        .names.size = sizeof (struct name),
        .claims.size = sizeof (struct claim),
        .buckets.size = sizeof (struct bucket),
        .keyvals.size = sizeof (struct keyval),
        .xattrs.size = sizeof (struct xattrs),
        .pools.size = sizeof (struct pooled),
        .held.size = sizeof (struct pooled),
        .given.size = sizeof (obj_handle),
        .explained.size = sizeof (obj_handle),
        .bstreams.size = sizeof (struct pooled),
        .batches.size = sizeof (struct batch),
        .stored.size = sizeof (struct stored),
        .places.size = sizeof (struct own_range),
        .pending.size = sizeof (struct pending),
        .intents.size = sizeof (struct intent_seen),
    };
    m->aliases = tool_alloc ((size_t) m->servers.n * sizeof *m->aliases);
    for (int i = 0; i < m->servers.n; i++)
        fsck_alias (m->fs, m->servers.list[i].addr, m->aliases[i], sizeof m->aliases[i]);
}

static void
table_fini (struct table *t)
{
    free (t->rows);
    *t = (struct table){ .size = t->size };
}

void
image_fini (struct image *m)
{
    struct table *all[] = { &m->objects,  &m->names,   &m->claims, &m->buckets, &m->keyvals,
                            &m->xattrs,   &m->pools,   &m->held,   &m->given,   &m->explained,
                            &m->bstreams, &m->batches, &m->stored, &m->intents, &m->places,
                            &m->pending };
    for (size_t i = 0; i < ARRAY_SIZE (all); i++)
        table_fini (all[i]);
    findings_free (&m->damaged);
    free (m->aliases);
}

/* By a quarter: the whole is large. */
void *
table_add (struct table *t)
{
    if (t->n == t->room) {
        t->room += MAX (t->room / 4, (size_t) 64);
        t->rows = tool_grow (t->rows, t->room, t->size);
    }
    void *row = (char *) t->rows + t->n++ * t->size;
    memset (row, 0, t->size);
    return row;
}

static int
by_key (const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *) a, y = *(const uint64_t *) b;
    return x < y ? -1 : x > y;
}

static bool
is_sorted (const struct table *t)
{
    const char *row = t->rows;
    for (size_t i = 1; i < t->n; i++, row += t->size)
        if (by_key (row, row + t->size) > 0)
            return false;
    return true;
}

void
table_sort (struct table *t)
{
    if (t->n > 1 && !is_sorted (t))
        qsort (t->rows, t->n, t->size, by_key);
}

void *
table_find (const struct table *t, uint64_t key, size_t *ret_n)
{
    size_t low = 0, high = t->n, n = 0;
    const char *rows = t->rows;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (*(const uint64_t *) (rows + middle * t->size) < key)
            low = middle + 1;
        else
            high = middle;
    }
    while (low + n < t->n && *(const uint64_t *) (rows + (low + n) * t->size) == key) {
        n++;
        if (ret_n == NULL)
            break;
    }
    if (ret_n != NULL)
        *ret_n = n;
    return n > 0 ? (void *) (rows + low * t->size) : NULL;
}

struct object *
image_object (const struct image *m, obj_handle h)
{
    return table_find (&m->objects, h, NULL);
}

struct object *
image_holder (const struct image *m, const struct bucket *b)
{
    struct object *dir = image_object (m, b->dir), *dd = image_object (m, b->dirdata);
    return dir != NULL && dd != NULL && dd->type == OBJ_DIRDATA && dd->server != dir->server ? dd
                                                                                             : dir;
}

int
image_server_of (const struct image *m, obj_handle h)
{
    PVFS_BMI_addr_t addr;
    if (PVFS_mgmt_map_handle (m->fs, h, &addr) < 0)
        return -1;
    for (int i = 0; i < m->servers.n; i++)
        if (m->servers.list[i].addr == addr)
            return i;
    return -1;
}

int
image_server_by_alias (const struct image *m, const char *alias)
{
    for (int i = 0; i < m->servers.n; i++)
        if (strcmp (m->aliases[i], alias) == 0)
            return i;
    return -1;
}
