/* What is wrong with an image; see fsck.h. Each check looks at one relation between records. */
#include "apps/admin/fsck.h"

#include <stdarg.h>
#include <stdio.h>

struct check {
    struct image *m;
    struct findings *f;
    bool layouts_missing; /* then nobody knows whose datafile one without a claim is */
};

/* -- findings -- */

static uint64_t
mix (uint64_t digest, uint64_t more)
{
    return (digest ^ more) * 0x9e3779b97f4a7c15ull + (digest >> 29);
}

static struct finding *PRINTF_LIKE (4, 5)
    add (struct check *c, enum finding_kind kind, struct finding f, const char *format, ...)
{
    struct findings *l = c->f;
    va_list ap;
    char text[1024];
    va_start (ap, format);
    vsnprintf (text, sizeof text, format, ap);
    va_end (ap);
    if (l->n == l->room) {
        l->room = MAX (2 * l->room, (size_t) 16);
        l->list = tool_grow (l->list, l->room, sizeof *l->list);
    }
    f.kind = (uint8_t) kind;
    f.text = tool_text ("%s", text);
    l->list[l->n] = f;
    return &l->list[l->n++];
}

#define HANDLE(h) (unsigned long long) (h)

static struct finding
about (const struct object *o)
{
    uint64_t digest = mix (o->digest, o->nlink);
    digest = mix (digest, (uint64_t) o->names << 32 | o->subdirs);
    digest = mix (digest, mix (o->entries, o->found));
    return (struct finding){ .server = o->server,
                             .subject = o->handle,
                             .type = o->type,
                             .digest = mix (digest, o->parent) };
}

static struct finding
about_name (const struct name *n)
{
    return (struct finding){ .server = n->server,
                             .subject = n->handle,
                             .other = n->dirdata,
                             .hash = n->hash,
                             .name_digest = n->digest,
                             .type = n->type,
                             .digest = n->type };
}

static bool
is_explained (const struct check *c, obj_handle h)
{
    return table_find (&c->m->explained, h, NULL) != NULL;
}

static const char *
type_word (uint8_t type)
{
    return type == OBJ_METAFILE    ? "file"
           : type == OBJ_DATAFILE  ? "datafile"
           : type == OBJ_DIRECTORY ? "directory"
           : type == OBJ_SYMLINK   ? "symbolic link"
           : type == OBJ_DIRDATA   ? "dirdata object"
           : type == OBJ_SPECIAL   ? "special file"
                                   : "object";
}

static bool
has_names (uint8_t type)
{
    return type == OBJ_METAFILE || type == OBJ_SYMLINK || type == OBJ_SPECIAL
           || type == OBJ_DIRECTORY;
}

/* Layout or bucket table missing, or damaged. */
static bool
has_bad_keyval (const struct object *o, uint8_t mark)
{
    uint8_t type = mark == MARK_LAYOUT ? OBJ_METAFILE : OBJ_DIRECTORY;
    return o != NULL && o->type == type
           && (!(o->marks & mark) || (o->marks & MARK_BAD_KEYVAL) != 0);
}

/* Objects of a type that say that they belong to `owner`; *ret_last is one of them. */
static size_t
parts_of (const struct check *c, uint8_t type, obj_handle owner, obj_handle *ret_last)
{
    size_t n = 0;
    TABLE_EACH (&c->m->objects, struct object, o)
    {
        if (o->type == type && o->parent == owner) {
            *ret_last = o->handle;
            n++;
        }
    }
    return n;
}

/* -- records that belong to objects -- */

static const char *
keyval_word (uint8_t mark)
{
    return mark == MARK_LAYOUT ? "layout" : mark == MARK_BUCKETS ? "bucket table" : "link target";
}

static uint8_t
owner_of_keyval (uint8_t mark)
{
    return mark == MARK_LAYOUT ? OBJ_METAFILE : mark == MARK_BUCKETS ? OBJ_DIRECTORY : OBJ_SYMLINK;
}

static void
check_keyvals (struct check *c)
{
    TABLE_EACH (&c->m->keyvals, struct keyval, k)
    {
        struct object *o = image_object (c->m, k->handle);
        bool fits =
            o != NULL && ((o->marks & MARK_DAMAGED) || o->type == owner_of_keyval (k->mark));
        if (fits) {
            o->marks |= k->mark | (k->damaged ? MARK_BAD_KEYVAL : 0);
            continue;
        }
        struct finding f = { .server = k->server, .subject = k->handle, .type = k->mark };
        if (!is_explained (c, k->handle) && k->handle != c->m->root)
            add (c, FINDING_STRAY_RECORD, f, "there is a %s of %llx, which %s",
                 keyval_word (k->mark), HANDLE (k->handle),
                 o == NULL ? "does not exist" : "is something else");
    }
}

static void
check_xattrs (struct check *c)
{
    TABLE_EACH (&c->m->xattrs, struct xattrs, x)
    {
        struct object *o = image_object (c->m, x->handle);
        if (o != NULL) {
            o->has |= (uint8_t) x->has;
            continue;
        }
        struct finding f = { .server = x->server, .subject = x->handle };
        if (!is_explained (c, x->handle) && x->handle != c->m->root)
            add (c, FINDING_STRAY_RECORD, f,
                 "there are extended attributes of %llx, which does not exist", HANDLE (x->handle));
    }
}

static void
check_held (struct check *c)
{
    TABLE_EACH (&c->m->held, struct pooled, h)
    {
        struct object *o = image_object (c->m, h->handle);
        if (o != NULL)
            o->marks |= MARK_HELD;
        if (c->m->partial || (o != NULL && (o->nlink == 0 || (o->marks & MARK_DAMAGED))))
            continue;
        struct finding f = { .server = h->server, .subject = h->handle };
        if (o != NULL)
            f.digest = about (o).digest;
        add (c, FINDING_STALE_HOLD, f, "%llx is noted as open without a name, but it %s",
             HANDLE (h->handle), o == NULL ? "does not exist" : "has one");
    }
}

/* The list of those that the gathering found. */
static void
check_damaged (struct check *c)
{
    for (size_t i = 0; i < c->m->damaged.n; i++) {
        const struct finding *f = &c->m->damaged.list[i];
        add (c, f->kind, *f, "an entry of dirdata %llx cannot be read", HANDLE (f->other));
    }
}

static void
check_intents (struct check *c)
{
    const struct intent_seen *last = NULL;
    TABLE_EACH (&c->m->intents, struct intent_seen, i)
    {
        struct finding f = { .server = i->server, .subject = i->id };
        bool again = last != NULL && last->id == i->id && last->server == i->server;
        last = i;
        if (again || i->live)
            continue;
        if (!i->readable)
            add (c, FINDING_BAD_INTENT, f, "intent %llu cannot be read", HANDLE (i->id));
        else
            add (c, FINDING_STUCK_INTENT, f, "nobody works on intent %llu", HANDLE (i->id));
    }
}

/* -- bucket tables -- */

/* Those of one directory, in the table's order. */
static void
check_ranges (struct check *c, const struct bucket *b, size_t n)
{
    const struct object *dir = image_object (c->m, b->dir);
    bool good = b[0].first == 0;
    for (size_t i = 1; i < n; i++)
        good = good && b[i].first > b[i - 1].first;
    if (good || dir == NULL)
        return;
    add (c, FINDING_BUCKET_RANGE, about (dir),
         "the buckets of directory %llx do not cover all names, or are not in order",
         HANDLE (dir->handle));
}

/* Before they are sorted by dirdata. */
static void
check_bucket_ranges (struct check *c)
{
    const struct bucket *b = c->m->buckets.rows;
    for (size_t i = 0, n; i < c->m->buckets.n; i += n) {
        for (n = 1; i + n < c->m->buckets.n && b[i + n].dir == b[i].dir; n++)
            ;
        struct object *dir = image_object (c->m, b[i].dir);
        if (dir != NULL)
            dir->nbuckets = (uint16_t) MIN (n, (size_t) UINT16_MAX);
        check_ranges (c, &b[i], n);
    }
}

/* A split that nobody goes on with. */
static void
check_pending (struct check *c)
{
    TABLE_EACH (&c->m->pending, struct pending, p)
    {
        struct finding f = { .server = p->server, .subject = p->dir, .other = p->dirdata };
        if (!is_explained (c, p->dir) && !is_explained (c, p->dirdata))
            add (c, FINDING_PENDING_BUCKET, f,
                 "directory %llx is being split, but nobody works on it", HANDLE (p->dir));
    }
}

static bool
spread_alike (const struct object_spread *a, const struct object_spread *b)
{
    return a->initial == b->initial && a->max == b->max && a->split_size == b->split_size;
}

/* Whether a bucket knows its hashes and, on another server than the directory, its permissions and how it spreads. */
static bool
knows_its_place (const struct check *c, const struct bucket *b, const struct object *dir,
                 const struct object *dd)
{
    const struct own_range *p = table_find (&c->m->places, b->dirdata, NULL);
    bool whole = p == NULL && b->first == 0 && b->last == UINT64_MAX;
    if (!whole
        && (p == NULL || !p->served || p->first != b->first || p->end != b->last
            || !(dd->flags & OBJ_SPREAD)))
        return false;
    return dd->server == dir->server
           || (dd->mode == dir->mode && dd->uid == dir->uid && dd->gid == dir->gid && spread_alike (&dd->spread, &dir->spread));
}

static void
check_record (struct check *c, const struct bucket *b, const struct object *dd)
{
    const struct object *dir = image_object (c->m, b->dir);
    struct finding f = about (dd);
    if (has_bad_keyval (dir, MARK_BUCKETS) || (dir->marks & MARK_DAMAGED)
        || knows_its_place (c, b, dir, dd))
        return;
    f.other = b->dir;
    f.hash = b->first;
    f.value = b->last;
    add (c, FINDING_BUCKET_RECORD, f,
         "dirdata %llx of directory %llx is wrong about its names, its permissions or how it spreads",
         HANDLE (b->dirdata), HANDLE (b->dir));
}

static void
check_bucket (struct check *c, const struct bucket *b)
{
    struct object *dd = image_object (c->m, b->dirdata);
    struct finding f = { .subject = b->dirdata, .other = b->dir };
    size_t n;
    if (is_explained (c, b->dir) || is_explained (c, b->dirdata))
        return;
    table_find (&c->m->buckets, b->dirdata, &n);
    if (n > 1) {
        f.server = dd != NULL ? dd->server : 0;
        add (c, FINDING_SHARED_BUCKET, f, "directory %llx has dirdata %llx, but so has another one",
             HANDLE (b->dir), HANDLE (b->dirdata));
        return;
    }
    if (dd != NULL && (dd->marks & MARK_DAMAGED))
        return;
    if (dd == NULL || dd->type != OBJ_DIRDATA) {
        int server = image_server_of (c->m, b->dirdata);
        f.server = (uint16_t) MAX (server, 0);
        struct finding *g = add (c, FINDING_MISSING_BUCKET, f, "dirdata %llx of directory %llx %s",
                                 HANDLE (b->dirdata), HANDLE (b->dir),
                                 dd == NULL ? "does not exist" : "is something else");
        g->keep = dd != NULL || server < 0;
        return;
    }
    if (dd->parent != b->dir) {
        f = about (dd);
        f.value = b->dir;
        add (c, FINDING_BUCKET_OWNER, f, "dirdata %llx says that it belongs to %llx, not to %llx",
             HANDLE (b->dirdata), HANDLE (dd->parent), HANDLE (b->dir));
        return;
    }
    check_record (c, b, dd);
}

/* Directories whose table is lost have what says so. */
static void
assume_buckets (struct check *c)
{
    TABLE_EACH (&c->m->objects, struct object, o)
    {
        if (o->type == OBJ_DIRDATA && has_bad_keyval (image_object (c->m, o->parent), MARK_BUCKETS))
            *(struct bucket *) table_add (&c->m->buckets) =
                (struct bucket){ o->handle, o->parent, 0, UINT64_MAX };
    }
}

static void
check_buckets (struct check *c)
{
    check_bucket_ranges (c);
    check_pending (c);
    table_sort (&c->m->places);
    assume_buckets (c);
    table_sort (&c->m->buckets);
    TABLE_EACH (&c->m->buckets, struct bucket, b)
    {
        if (image_object (c->m, b->dir) != NULL)
            check_bucket (c, b);
    }
}

/* -- names -- */

/* NULL: no directory has that dirdata. */
static const struct bucket *
bucket_of (const struct check *c, obj_handle dirdata)
{
    return table_find (&c->m->buckets, dirdata, NULL);
}

static void
count (struct check *c, const struct name *n, const struct bucket *b, struct object *o)
{
    struct object *holder = image_holder (c->m, b);
    if (o != NULL)
        o->names++;
    if (holder == NULL)
        return;
    holder->found++;
    if ((o != NULL && !(o->marks & MARK_DAMAGED) ? o->type : n->type) == OBJ_DIRECTORY)
        holder->subdirs++;
}

static bool
is_outside (const struct name *n, const struct bucket *b)
{
    return n->hash < b->first || (n->hash >= b->last && b->last != UINT64_MAX);
}

static void
check_place (struct check *c, const struct name *n, const struct bucket *b)
{
    if (n->problem == NAME_BAD)
        add (c, FINDING_BAD_NAME, about_name (n),
             "directory %llx has an entry without a valid name", HANDLE (b->dir));
    else if (n->problem == NAME_WRONG_HASH)
        add (c, FINDING_WRONG_HASH, about_name (n),
             "an entry of directory %llx is not where its name belongs", HANDLE (b->dir));
    else if (is_outside (n, b))
        add (c, FINDING_WRONG_BUCKET, about_name (n),
             "an entry of directory %llx is in dirdata %llx, which is not its bucket",
             HANDLE (b->dir), HANDLE (n->dirdata));
}

static void
check_name (struct check *c, const struct name *n)
{
    struct object *o = image_object (c->m, n->handle);
    const struct bucket *b = bucket_of (c, n->dirdata);
    struct finding f = about_name (n);
    bool explained = is_explained (c, n->handle) || is_explained (c, n->dirdata);
    if (b == NULL) {
        if (image_object (c->m, n->dirdata) == NULL && !explained && !c->m->partial)
            add (c, FINDING_STRAY_ENTRY, f,
                 "an entry for %llx is in dirdata %llx, which does not exist", HANDLE (n->handle),
                 HANDLE (n->dirdata));
        return;
    }
    if (is_explained (c, n->dirdata) && is_outside (n, b))
        return; /* it has moved on with a split, and goes in a moment */
    count (c, n, b, o);
    if (explained || is_explained (c, b->dir))
        return;
    check_place (c, n, b);
    if (o == NULL) {
        f.value = b->dir;
        add (c, FINDING_DANGLING_ENTRY, f,
             "directory %llx has an entry for %llx, which does not exist", HANDLE (b->dir),
             HANDLE (n->handle));
    } else if (!(o->marks & MARK_DAMAGED) && o->type != n->type) {
        f.value = has_names (o->type) ? o->type : 0;
        add (c, has_names (o->type) ? FINDING_ENTRY_TYPE : FINDING_DANGLING_ENTRY, f,
             "directory %llx has an entry that calls %llx a %s, but it is a %s", HANDLE (b->dir),
             HANDLE (n->handle), type_word (n->type), type_word (o->type));
    }
}

/* -- the tree -- */

static obj_handle
dir_of (const struct check *c, const struct name *n)
{
    const struct bucket *b = bucket_of (c, n->dirdata);
    return b != NULL ? b->dir : 0;
}

static bool
is_dir (const struct object *o)
{
    return o != NULL && o->type == OBJ_DIRECTORY && !(o->marks & MARK_DAMAGED);
}

/* Directories by the directory that holds them. */
struct child {
    obj_handle dir, child;
};

static struct table
children_of_all (struct check *c)
{
    struct table t = { .size = sizeof (struct child) };
    TABLE_EACH (&c->m->names, struct name, n)
    {
        obj_handle dir = dir_of (c, n);
        if (dir != 0 && is_dir (image_object (c->m, n->handle)))
            *(struct child *) table_add (&t) = (struct child){ dir, n->handle };
    }
    table_sort (&t);
    return t;
}

/* Marks what is below the directories of `todo`. */
static void
reach (struct check *c, const struct table *children, struct table *todo)
{
    for (size_t i = 0; i < todo->n; i++) {
        size_t n;
        const struct child *k = table_find (children, ((obj_handle *) todo->rows)[i], &n);
        for (; n > 0; k++, n--) {
            struct object *o = image_object (c->m, k->child);
            if (o->marks & MARK_REACHED)
                continue;
            o->marks |= MARK_REACHED;
            *(obj_handle *) table_add (todo) = k->child;
        }
    }
}

/* The directory of its first name. */
static obj_handle
above (const struct check *c, obj_handle h)
{
    const struct name *n = table_find (&c->m->names, h, NULL);
    return n != NULL ? dir_of (c, n) : 0;
}

/* Going up from an unreached directory ends in a cycle; the lowest handle on it stands for it. */
static obj_handle
cycle_above (const struct check *c, obj_handle h)
{
    obj_handle slow = h, fast = above (c, h);
    while (slow != fast && fast != 0) {
        slow = above (c, slow);
        fast = above (c, above (c, fast));
    }
    if (fast == 0)
        return 0;
    obj_handle lowest = slow;
    for (obj_handle x = above (c, slow); x != slow; x = above (c, x))
        lowest = MIN (lowest, x);
    return lowest;
}

static void
check_cycles (struct check *c)
{
    TABLE_EACH (&c->m->objects, struct object, o)
    {
        if (!is_dir (o) || (o->marks & MARK_REACHED) || o->names == 0
            || cycle_above (c, o->handle) != o->handle || is_explained (c, o->handle))
            continue;
        const struct name *n = table_find (&c->m->names, o->handle, NULL);
        struct finding f = about (o);
        f.other = n->dirdata;
        f.hash = n->hash;
        f.name_digest = n->digest;
        add (c, FINDING_CYCLE, f, "directory %llx is below itself", HANDLE (o->handle));
    }
}

/* The names of directories that are reached are those of the tree; which one is left out is for
 * check_names_of_directory. */
static void
check_tree (struct check *c)
{
    struct table children = children_of_all (c), todo = { .size = sizeof (obj_handle) };
    TABLE_EACH (&c->m->objects, struct object, o)
    {
        if (is_dir (o) && (o->handle == c->m->root || o->names == 0)) {
            o->marks |= MARK_REACHED;
            *(obj_handle *) table_add (&todo) = o->handle;
        }
    }
    reach (c, &children, &todo);
    check_cycles (c);
    free (children.rows);
    free (todo.rows);
}

/* Is `dir` the directory h, or below it? By first names; a bound ends cycles. */
static bool
is_below (const struct check *c, obj_handle dir, obj_handle h)
{
    for (size_t steps = 0; dir != 0 && dir != c->m->root && steps <= c->m->objects.n; steps++) {
        if (dir == h)
            return true;
        dir = above (c, dir);
    }
    return false;
}

/* Which one of the names of a directory stays: the one that its parent pointer means, if that is a
 * place in the tree. */
static size_t
name_to_keep (const struct check *c, const struct object *o, const struct name *n, size_t count)
{
    size_t best = 0;
    int best_score = -1;
    for (size_t i = 0; i < count; i++) {
        obj_handle dir = dir_of (c, &n[i]);
        const struct object *d = image_object (c->m, dir);
        int score = (d != NULL && (d->marks & MARK_REACHED) && !is_below (c, dir, o->handle)) * 2
                    + (dir == o->parent);
        if (dir != 0 && score > best_score) {
            best = i;
            best_score = score;
        }
    }
    return best;
}

static void
check_two_names (struct check *c, const struct object *o)
{
    size_t count;
    const struct name *n = table_find (&c->m->names, o->handle, &count);
    size_t keep = name_to_keep (c, o, n, count);
    for (size_t i = 0; i < count; i++) {
        if (i == keep || dir_of (c, &n[i]) == 0)
            continue;
        struct finding f = about_name (&n[i]);
        f.digest = about (o).digest;
        f.value = dir_of (c, &n[i]);
        add (c, FINDING_TWO_NAMES, f, "directory %llx has a name in %llx and one in %llx",
             HANDLE (o->handle), HANDLE (f.value), HANDLE (dir_of (c, &n[keep])));
    }
}

/* -- objects -- */

static void
check_orphan (struct check *c, struct object *o)
{
    static const struct {
        uint8_t type;
        enum finding_kind kind;
    } kinds[] = { { OBJ_METAFILE, FINDING_ORPHAN_FILE },
                  { OBJ_SYMLINK, FINDING_ORPHAN_SYMLINK },
                  { OBJ_SPECIAL, FINDING_ORPHAN_SPECIAL },
                  { OBJ_DIRECTORY, FINDING_ORPHAN_DIRECTORY } };
    for (size_t i = 0; i < ARRAY_SIZE (kinds); i++)
        if (kinds[i].type == o->type)
            add (c, kinds[i].kind, about (o), "%s %llx has no name", type_word (o->type),
                 HANDLE (o->handle));
}

/* Other names may lie outside of a subtree. */
static bool
link_count_is_wrong (const struct check *c, const struct object *o)
{
    return c->m->partial ? o->names > o->nlink : o->names != o->nlink;
}

static void
check_leaf (struct check *c, struct object *o)
{
    if (o->names == 0 && !c->m->partial) {
        if (!(o->marks & MARK_HELD) || o->nlink > 0)
            check_orphan (c, o);
        return;
    }
    if (!link_count_is_wrong (c, o))
        return;
    struct finding f = about (o);
    f.value = o->names;
    struct finding *g = add (c, FINDING_LINK_COUNT, f, "%s %llx counts %u names, but has %u",
                             type_word (o->type), HANDLE (o->handle), o->nlink, o->names);
    g->keep = c->m->partial;
}

static void
check_parent (struct check *c, struct object *o)
{
    obj_handle dir = above (c, o->handle);
    if (o->names != 1 || dir == 0 || dir == o->parent)
        return;
    struct finding f = about (o);
    f.value = dir;
    add (c, FINDING_PARENT, f, "directory %llx is in %llx, but says that it is in %llx",
         HANDLE (o->handle), HANDLE (dir), HANDLE (o->parent));
}

static void
check_bad_buckets (struct check *c, const struct object *o)
{
    struct finding f = about (o);
    size_t n = parts_of (c, OBJ_DIRDATA, o->handle, &f.value);
    f.keep = c->m->partial || n > 1 || (n == 0 && o->handle == c->m->root);
    add (c, FINDING_BAD_BUCKETS, f,
         "the bucket table of directory %llx %s; %zu dirdata objects belong to it",
         HANDLE (o->handle), (o->marks & MARK_BUCKETS) ? "cannot be read" : "is missing", n);
}

static void
check_bad_layout (struct check *c, const struct object *o)
{
    struct finding f = about (o);
    size_t n = parts_of (c, OBJ_DATAFILE, o->handle, &f.value);
    c->layouts_missing = true;
    f.keep = c->m->partial || n != 1;
    add (c, FINDING_BAD_LAYOUT, f,
         "the layout of file %llx %s; %zu datafiles say that they belong to it", HANDLE (o->handle),
         (o->marks & MARK_LAYOUT) ? "cannot be read" : "is missing", n);
}

/* Of a directory, or of a dirdata that counts for itself: it has no links of its own. */
static void
check_counts (struct check *c, const struct object *o)
{
    struct finding f = about (o);
    uint32_t links = (o->type == OBJ_DIRECTORY ? 2 : 0) + o->subdirs;
    f.value = o->found;
    if (o->entries != o->found)
        add (c, FINDING_ENTRY_COUNT, f, "%s %llx counts %llu entries, but has %u",
             type_word (o->type), HANDLE (o->handle), HANDLE (o->entries), o->found);
    f.value = links;
    if (o->nlink != links)
        add (c, FINDING_SUBDIR_COUNT, f, "%s %llx counts %u links, but has %u subdirectories",
             type_word (o->type), HANDLE (o->handle), o->nlink, o->subdirs);
}

static void
check_directory (struct check *c, struct object *o)
{
    struct finding f = about (o);
    if (has_bad_keyval (o, MARK_BUCKETS)) {
        check_bad_buckets (c, o);
        return;
    }
    check_counts (c, o);
    f.value = o->flags | OBJ_SPREAD;
    if (o->nbuckets > 1 && !(o->flags & OBJ_SPREAD))
        add (c, FINDING_XATTR_BITS, f, "directory %llx does not know that it has %u buckets",
             HANDLE (o->handle), o->nbuckets);
    f.value = o->flags & ~(uint64_t) OBJ_MOVING;
    if (o->flags & OBJ_MOVING) /* others would wait for its move for ever */
        add (c, FINDING_XATTR_BITS, f, "directory %llx is marked as being moved, and is not", HANDLE (o->handle));
    if (o->handle == c->m->root)
        return;
    if (o->names == 0)
        check_orphan (c, o);
    else if (o->names > 1)
        check_two_names (c, o);
    else
        check_parent (c, o);
}

static void
check_bits (struct check *c, struct object *o)
{
    if ((o->flags & OBJ_HAS_ANY) == o->has)
        return;
    struct finding f = about (o);
    f.digest = mix (f.digest, (uint64_t) o->flags << 8 | o->has);
    f.value = (o->flags & ~OBJ_HAS_ANY & 0xffffu) | o->has;
    add (c, FINDING_XATTR_BITS, f,
         "%s %llx is wrong about its extended attributes: %x instead of %x", type_word (o->type),
         HANDLE (o->handle), o->flags & OBJ_HAS_ANY, o->has);
}

/* What an object must be whose record is lost; OBJ_NONE: nothing needs it. */
static uint8_t
type_from_evidence (const struct check *c, const struct object *o)
{
    const struct name *n = table_find (&c->m->names, o->handle, NULL);
    return (o->marks & MARK_LAYOUT)    ? OBJ_METAFILE
           : (o->marks & MARK_BUCKETS) ? OBJ_DIRECTORY
           : (o->marks & MARK_TARGET)  ? OBJ_SYMLINK
           : (o->marks & MARK_CLAIMED) || table_find (&c->m->pools, o->handle, NULL) != NULL
               ? OBJ_DATAFILE
           : bucket_of (c, o->handle) != NULL ? OBJ_DIRDATA
           : n != NULL                        ? n->type
                                              : OBJ_NONE;
}

static void
check_object (struct check *c, struct object *o)
{
    if (is_explained (c, o->handle))
        return;
    if (o->marks & MARK_DAMAGED) {
        struct finding f = about (o);
        f.value = type_from_evidence (c, o);
        add (c, FINDING_DAMAGED_ATTRIBUTES, f, "the record of %llx cannot be read; it was a %s",
             HANDLE (o->handle),
             f.value ? type_word ((uint8_t) f.value) : "thing that nothing names");
        return;
    }
    if (has_bad_keyval (o, MARK_LAYOUT))
        check_bad_layout (c, o);
    if (o->type == OBJ_SYMLINK && (!(o->marks & MARK_TARGET) || (o->marks & MARK_BAD_KEYVAL)))
        add (c, FINDING_NO_TARGET, about (o), "symbolic link %llx has no target",
             HANDLE (o->handle));
    if (o->type == OBJ_DIRECTORY)
        check_directory (c, o);
    else if (has_names (o->type))
        check_leaf (c, o);
    if (has_names (o->type))
        check_bits (c, o);
}

static void
check_dirdata (struct check *c, const struct object *o)
{
    const struct bucket *b = bucket_of (c, o->handle);
    if (is_explained (c, o->handle) || is_explained (c, o->parent))
        return;
    if (b != NULL) {
        if (image_holder (c->m, b) == o)
            check_counts (c, o);
        return;
    }
    add (c, FINDING_ORPHAN_DIRDATA, about (o), "dirdata %llx belongs to no directory",
         HANDLE (o->handle));
}

/* -- datafiles -- */

static void
check_claim (struct check *c, const struct claim *k)
{
    struct object *o = image_object (c->m, k->datafile);
    struct finding f = { .subject = k->datafile, .other = k->metafile };
    if (image_object (c->m, k->metafile) == NULL || is_explained (c, k->metafile)
        || is_explained (c, k->datafile))
        return;
    if (o == NULL || (o->type != OBJ_DATAFILE && !(o->marks & MARK_DAMAGED))) {
        int server = image_server_of (c->m, k->datafile);
        f.server = (uint16_t) MAX (server, 0);
        struct finding *g = add (c, FINDING_MISSING_DATAFILE, f, "datafile %llx of file %llx %s",
                                 HANDLE (k->datafile), HANDLE (k->metafile),
                                 o == NULL ? "does not exist" : "is something else");
        g->keep = o != NULL || server < 0;
        return;
    }
    f = about (o);
    f.other = f.value = k->metafile;
    if (o->marks & MARK_CLAIMED)
        add (c, FINDING_SHARED_DATAFILE, f, "file %llx has datafile %llx, but so has another one",
             HANDLE (k->metafile), HANDLE (k->datafile));
    else if (o->parent != 0 && o->parent != k->metafile && !(o->marks & MARK_DAMAGED))
        add (c, FINDING_DATAFILE_OWNER, f,
             "datafile %llx says that it belongs to %llx, not to file %llx", HANDLE (k->datafile),
             HANDLE (o->parent), HANDLE (k->metafile));
    o->marks |= MARK_CLAIMED;
}

/* Given in advance, and not yet noted as stored by who asked for it. */
static bool
is_in_transit (const struct check *c, const struct batch *b)
{
    TABLE_EACH (&c->m->stored, struct stored, s)
    {
        if (s->giver == b->giver && s->owner == b->owner && s->type == b->type)
            return s->number < b->number;
    }
    return true;
}

static void
note_in_transit (struct check *c)
{
    TABLE_EACH (&c->m->batches, struct batch, b)
    {
        const obj_handle *h = (obj_handle *) c->m->given.rows + b->first;
        for (size_t i = 0; is_in_transit (c, b) && i < b->n; i++)
            *(obj_handle *) table_add (&c->m->explained) = h[i];
    }
    table_sort (&c->m->explained);
}

static void
check_datafile (struct check *c, const struct object *o)
{
    if ((o->marks & MARK_CLAIMED) || is_explained (c, o->handle)
        || table_find (&c->m->pools, o->handle, NULL) != NULL)
        return;
    if (has_bad_keyval (image_object (c->m, o->parent), MARK_LAYOUT))
        return;
    struct finding *f =
        add (c, FINDING_ORPHAN_DATAFILE, about (o), "datafile %llx belongs to no file%s",
             HANDLE (o->handle), c->layouts_missing ? "; perhaps to one whose layout is lost" : "");
    f->keep = c->layouts_missing;
}

static void
check_pools (struct check *c)
{
    const struct pooled *last = NULL;
    TABLE_EACH (&c->m->pools, struct pooled, p)
    {
        const struct object *o = image_object (c->m, p->handle);
        bool data = p->type == OBJ_DATAFILE;
        const char *why = NULL;
        if (is_explained (c, p->handle))
            why = NULL;
        else if (last != NULL && last->handle == p->handle)
            why = "is in another pool as well";
        else if (data && o == NULL)
            why = "does not exist";
        else if (data ? (o->marks & MARK_CLAIMED) || o->type != OBJ_DATAFILE
                      : o != NULL || table_find (&c->m->names, p->handle, NULL) != NULL)
            why = "is in use";
        last = p;
        struct finding f = { .server = p->server, .subject = p->handle, .type = p->type };
        if (why != NULL)
            add (c, FINDING_STALE_POOL, f, "handle %llx is in a pool, but %s", HANDLE (p->handle),
                 why);
    }
}

static void
check_bstreams (struct check *c)
{
    TABLE_EACH (&c->m->bstreams, struct pooled, b)
    {
        struct finding f = { .server = b->server, .subject = b->handle };
        if (image_object (c->m, b->handle) == NULL)
            add (c, FINDING_STRAY_BSTREAM, f, "there is data of %llx, which does not exist",
                 HANDLE (b->handle));
    }
}

/* -- all -- */

static void
check_whole (struct check *c)
{
    TABLE_EACH (&c->m->objects, struct object, o)
    {
        if (o->type == OBJ_DIRDATA)
            check_dirdata (c, o);
        else if (o->type == OBJ_DATAFILE)
            check_datafile (c, o);
    }
    check_pools (c);
    check_bstreams (c);
    check_intents (c);
    const struct object *root = image_object (c->m, c->m->root);
    int server = image_server_of (c->m, c->m->root);
    struct finding f = { .subject = c->m->root, .server = (uint16_t) MAX (server, 0) };
    if (root == NULL)
        add (c, FINDING_NO_ROOT, f, "the root directory %llx does not exist", HANDLE (c->m->root));
}

void
image_check (struct image *m, struct findings *ret)
{
    struct check c = { .m = m, .f = ret };
    table_sort (&m->objects);
    table_sort (&m->names);
    table_sort (&m->claims);
    table_sort (&m->keyvals);
    table_sort (&m->pools);
    table_sort (&m->intents);
    note_in_transit (&c);
    check_damaged (&c);
    check_keyvals (&c);
    check_xattrs (&c);
    check_held (&c);
    check_buckets (&c);
    progress_phase (m->counts, "name", (int64_t)m->names.n, "look %u, checking", m->look);
    TABLE_EACH (&m->names, struct name, n)
    {
        check_name (&c, n);
        progress_add (&m->counts->things, 1);
    }
    check_tree (&c);
    TABLE_EACH (&m->claims, struct claim, k)
    {
        check_claim (&c, k);
    }
    progress_phase (m->counts, "object", (int64_t)m->objects.n, "look %u, checking", m->look);
    TABLE_EACH (&m->objects, struct object, o)
    {
        check_object (&c, o);
        progress_add (&m->counts->things, 1);
    }
    if (!m->partial)
        check_whole (&c);
}
