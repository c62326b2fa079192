/* Gathering a subtree, level by level: the records of its objects only; see fsck.h. */
#include "apps/admin/fsck.h"

struct walk {
    struct image *m;
    struct table seen;  /* handles that were looked at, sorted */
    struct table level; /* handles to look at next */
    uint8_t type;       /* of the records under way */
    int server;
};

static void
take (void *arg, const struct fsck_item *x)
{
    struct walk *w = arg;
    image_take (w->m, (unsigned) w->server, w->type, x);
}

static int
fetch_some (struct walk *w, uint8_t type, int server, obj_handle *handles, uint32_t n)
{
    w->type = type;
    w->server = server;
    return image_scan (
        w->m, server,
        (struct fsck_scan_req){
            .type = type, .values = type != FSCK_XATTR, .nhandles = n, .handles = handles },
        take, w);
}

/* The records of one type of all these handles, wherever they are. */
static int
fetch (struct walk *w, uint8_t type, const obj_handle *all, size_t n)
{
    obj_handle some[FSCK_MAX_HANDLES];
    int r = 0;
    for (int server = 0; server < w->m->servers.n; server++) {
        uint32_t count = 0;
        for (size_t i = 0; r == 0 && i < n; i++) {
            if (image_server_of (w->m, all[i]) == server)
                some[count++] = all[i];
            if (count == FSCK_MAX_HANDLES || (count > 0 && i + 1 == n)) {
                r = fetch_some (w, type, server, some, count);
                count = 0;
            }
        }
    }
    return r;
}

/* First members of the rows that came since there were `from`. */
static struct table
keys_since (const struct table *t, size_t from)
{
    struct table keys = { .size = sizeof (obj_handle) };
    for (size_t i = from; i < t->n; i++)
        *(obj_handle *) table_add (&keys) =
            *(const obj_handle *) ((const char *) t->rows + i * t->size);
    return keys;
}

static int
fetch_entries (struct walk *w, const struct table *dirdatas)
{
    int r = 0;
    for (size_t i = 0; r == 0 && i < dirdatas->n; i++) {
        obj_handle dd = ((const obj_handle *) dirdatas->rows)[i];
        w->type = FSCK_DIRENT;
        w->server = image_server_of (w->m, dd);
        if (w->server >= 0)
            r = image_scan (w->m, w->server,
                            (struct fsck_scan_req){
                                .type = FSCK_DIRENT, .handle = dd, .one = true, .values = true },
                            take, w);
    }
    return r;
}

/* What the level's names stand for, each object once. */
static void
next_level (struct walk *w, size_t names_before)
{
    struct table keys = keys_since (&w->m->names, names_before);
    table_sort (&keys);
    w->level.n = 0;
    for (size_t i = 0; i < keys.n; i++) {
        obj_handle *h = (obj_handle *) keys.rows + i;
        if ((i == 0 || h[0] != h[-1]) && table_find (&w->seen, *h, NULL) == NULL)
            *(obj_handle *) table_add (&w->level) = *h;
    }
    for (size_t i = 0; i < w->level.n; i++)
        *(obj_handle *) table_add (&w->seen) = ((obj_handle *) w->level.rows)[i];
    table_sort (&w->seen);
    free (keys.rows);
}

static int
walk_level (struct walk *w)
{
    struct image *m = w->m;
    size_t claims = m->claims.n, buckets = m->buckets.n, names = m->names.n;
    int r = fetch (w, FSCK_KEYVAL, w->level.rows, w->level.n);
    if (r == 0)
        r = fetch (w, FSCK_XATTR, w->level.rows, w->level.n);
    if (r == 0)
        r = fetch (w, FSCK_ATTR, w->level.rows, w->level.n);
    struct table datafiles = keys_since (&m->claims, claims),
                 dirdatas = keys_since (&m->buckets, buckets);
    if (r == 0)
        r = fetch (w, FSCK_ATTR, datafiles.rows, datafiles.n);
    if (r == 0)
        r = fetch (w, FSCK_ATTR, dirdatas.rows, dirdatas.n);
    if (r == 0)
        r = fetch_entries (w, &dirdatas);
    free (datafiles.rows);
    free (dirdatas.rows);
    if (r == 0)
        next_level (w, names);
    return r;
}

int
image_walk (struct image *m, obj_handle top)
{
    struct walk w = { .m = m, .seen.size = sizeof (obj_handle), .level.size = sizeof (obj_handle) };
    m->partial = true;
    m->root = top;
    *(obj_handle *) table_add (&w.level) = top;
    *(obj_handle *) table_add (&w.seen) = top;
    progress_phase (m->counts, "record", 0, "look %u, reading", m->look);
    int r = image_gather_type (m, FSCK_INTENT, GATHER_ALL);
    while (r == 0 && w.level.n > 0)
        r = walk_level (&w);
    if (r == 0)
        r = image_gather_type (m, FSCK_INTENT, GATHER_ALL);
    free (w.seen.rows);
    free (w.level.rows);
    return r;
}
