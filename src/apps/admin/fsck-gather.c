/* Gathering what all servers have; see fsck.h.
 *
 * The order matters while others work. A datafile is at any time in a batch, a pool, a layout or an
 * intent, and moves on in this order; so they are read in this order, and what exists is read last.
 * An entry is read before the object that it names, which is made before it and goes after it.
 */
#include "apps/admin/fsck.h"

#include <stdio.h>

/* -- one record into its table -- */

static void
take_attr (struct image *m, unsigned server, const struct fsck_item *x)
{
    struct object *o = table_add (&m->objects);
    struct object_attr a = { 0 };
    struct wire w;
    wire_decoder (&w, x->val, x->val_len, NULL);
    object_record_codec (&w, &a);
    *o = (struct object){ .handle = x->handle, .server = (uint16_t) server };
    if (wire_finish (&w) < 0) {
        o->marks = MARK_DAMAGED;
        o->digest = wire_crc32c (0, x->val, x->val_len);
        return;
    }
    o->type = a.type;
    o->parent = a.parent;
    o->entries = a.entries;
    o->nlink = a.nlink;
    o->flags = a.flags;
    o->mode = a.mode;
    o->uid = a.uid;
    o->gid = a.gid;
    o->spread = a.spread;
    a.atime = 0; /* reading changes it */
    o->digest = wire_crc32c (0, &a.nlink, sizeof a.nlink);
    o->digest = wire_crc32c (o->digest, &a.change, sizeof a.change);
    o->digest = wire_crc32c (o->digest, &a.ctime, sizeof a.ctime);
}

static bool
is_bad_name (const char *name, size_t len)
{
    return len == 0 || len > PROTO_MAX_NAME || memchr (name, 0, len) != NULL
           || memchr (name, '/', len) != NULL || (len <= 2 && strncmp (name, "..", len) == 0);
}

/* hash be64 ‖ name */
static void
take_entry_key (const struct fsck_item *x, struct name *n)
{
    char text[PROTO_MAX_NAME + 1];
    struct wire w;
    n->dirdata = x->handle;
    n->digest = wire_crc32c (0, x->name, x->name_len);
    if (x->name_len < sizeof n->hash) {
        n->problem = NAME_BAD;
        return;
    }
    wire_decoder (&w, x->name, sizeof n->hash, NULL);
    wire_be64 (&w, &n->hash);
    const char *bytes = (const char *) x->name + sizeof n->hash;
    size_t len = x->name_len - sizeof n->hash;
    if (is_bad_name (bytes, len)) {
        n->problem = NAME_BAD;
        return;
    }
    memcpy (text, bytes, len);
    text[len] = '\0';
    n->problem = proto_name_hash (text) == n->hash ? NAME_FINE : NAME_WRONG_HASH;
}

static struct finding *
add_damaged (struct image *m)
{
    struct findings *f = &m->damaged;
    if (f->n == f->room) {
        f->room = MAX (2 * f->room, (size_t) 16);
        f->list = tool_grow (f->list, f->room, sizeof *f->list);
    }
    return &f->list[f->n++];
}

static void
take_entry (struct image *m, unsigned server, const struct fsck_item *x)
{
    struct name n = { .server = (uint16_t) server };
    struct wire w;
    take_entry_key (x, &n);
    wire_decoder (&w, x->val, x->val_len, NULL);
    record_entry_codec (&w, &n.handle, &n.type);
    if (wire_finish (&w) == 0)
        *(struct name *) table_add (&m->names) = n;
    else
        *add_damaged (m) = (struct finding){
            .kind = FINDING_DAMAGED_ENTRY,
            .server = (uint16_t) server,
            .other = n.dirdata,
            .hash = n.hash,
            .name_digest = n.digest,
            .digest = wire_crc32c (0, x->val, x->val_len),
        };
}

static bool
take_layout (struct image *m, const struct fsck_item *x)
{
    struct arena arena = { 0 };
    struct proto_layout l = { 0 };
    struct wire w;
    wire_decoder (&w, x->val, x->val_len, &arena);
    record_layout_codec (&w, &l);
    bool good = wire_finish (&w) == 0 && l.ndfiles > 0 && l.ndfiles <= l.ndfiles_wanted;
    for (uint32_t i = 0; good && i < l.ndfiles; i++)
        *(struct claim *) table_add (&m->claims) = (struct claim){ l.dfiles[i], x->handle };
    arena_fini (&arena);
    return good;
}

static bool
take_buckets (struct image *m, unsigned server, const struct fsck_item *x)
{
    struct arena arena = { 0 };
    struct record_table t = { 0 };
    struct wire w;
    wire_decoder (&w, x->val, x->val_len, &arena);
    record_table_codec (&w, &t);
    const struct proto_bucket *b = t.buckets;
    bool good = wire_finish (&w) == 0 && t.n > 0;
    for (uint32_t i = 0; good && i < t.n; i++)
        *(struct bucket *) table_add (&m->buckets) =
            (struct bucket){ b[i].dirdata, x->handle, b[i].first_hash,
                             i + 1 < t.n ? b[i + 1].first_hash : UINT64_MAX };
    if (good && t.pending.dirdata != 0)
        *(struct pending *) table_add (&m->pending) =
            (struct pending){ x->handle, t.pending.dirdata, (uint16_t) server };
    arena_fini (&arena);
    return good;
}

static void
take_place (struct image *m, const struct fsck_item *x)
{
    struct record_bucket b = { 0 };
    struct wire w;
    wire_decoder (&w, x->val, x->val_len, NULL);
    record_bucket_codec (&w, &b);
    bool good = wire_finish (&w) == 0;
    *(struct own_range *) table_add (&m->places) =
        (struct own_range){ x->handle, b.first, b.end, good && b.moving == 0 && !b.frozen };
}

static void
take_batch (struct image *m, unsigned server, const struct fsck_item *x)
{
    struct batch b = { .giver = (int) server, .first = m->given.n };
    char name[PROTO_MAX_NAME + 32] = "";
    unsigned type = 0;
    int at = 0;
    struct arena arena = { 0 };
    obj_handle *handles = NULL;
    uint32_t n = 0;
    struct wire w;
    memcpy (name, x->name, MIN (x->name_len, sizeof name - 1));
    if (sscanf (name, "batch:%u:%n", &type, &at) != 1 || at == 0)
        return;
    b.owner = image_server_by_alias (m, name + at);
    wire_decoder (&w, x->val, x->val_len, &arena);
    record_batch_codec (&w, &b.number, &handles, &n);
    b.n = wire_finish (&w) == 0 ? n : 0;
    b.type = (uint8_t) type;
    for (size_t i = 0; i < b.n; i++)
        *(obj_handle *) table_add (&m->given) = handles[i];
    *(struct batch *) table_add (&m->batches) = b;
    arena_fini (&arena);
}

/* "orphan:" handle be64: a file without a name that somebody has open */
static void
take_hold (struct image *m, unsigned server, const struct fsck_item *x)
{
    enum { PREFIX = 7 };
    struct pooled *h = table_add (&m->held);
    struct wire w;
    wire_decoder (&w, (const char *) x->name + PREFIX, x->name_len - PREFIX, NULL);
    wire_be64 (&w, &h->handle);
    h->server = (uint16_t) server;
    if (wire_finish (&w) < 0)
        m->held.n--;
}

static bool
has_prefix (const struct fsck_item *x, const char *prefix)
{
    return x->name_len > strlen (prefix) && memcmp (x->name, prefix, strlen (prefix)) == 0;
}

static void
take_keyval (struct image *m, unsigned server, const struct fsck_item *x)
{
    if (x->handle == 0 && has_prefix (x, "batch:"))
        take_batch (m, server, x);
    else if (x->handle == 0 && has_prefix (x, "orphan:"))
        take_hold (m, server, x);
    if (x->handle == 0 || x->name_len != 2)
        return;
    const char *name = x->name;
    bool good = true;
    uint8_t mark = 0;
    if (memcmp (name, "ly", 2) == 0) {
        mark = MARK_LAYOUT;
        good = take_layout (m, x);
    } else if (memcmp (name, "bt", 2) == 0) {
        mark = MARK_BUCKETS;
        good = take_buckets (m, server, x);
    } else if (memcmp (name, "st", 2) == 0) {
        mark = MARK_TARGET;
        good = x->val_len > 0;
    } else if (memcmp (name, "bk", 2) == 0) {
        take_place (m, x);
    }
    if (mark)
        *(struct keyval *) table_add (&m->keyvals) =
            (struct keyval){ x->handle, (uint16_t) server, mark, !good };
}

static uint16_t
xattr_bit (const struct fsck_item *x)
{
    static const char access[] = "system.posix_acl_access", deflt[] = "system.posix_acl_default";
    if (x->name_len == sizeof access - 1 && memcmp (x->name, access, x->name_len) == 0)
        return OBJ_HAS_ACL_ACCESS;
    if (x->name_len == sizeof deflt - 1 && memcmp (x->name, deflt, x->name_len) == 0)
        return OBJ_HAS_ACL_DEFAULT;
    return has_prefix (x, "security.") ? OBJ_HAS_SECURITY : OBJ_HAS_XATTR;
}

static void
take_xattr (struct image *m, unsigned server, const struct fsck_item *x)
{
    struct xattrs *last =
        m->xattrs.n > 0 ? (struct xattrs *) m->xattrs.rows + m->xattrs.n - 1 : NULL;
    if (last == NULL || last->handle != x->handle || last->server != server) {
        last = table_add (&m->xattrs);
        *last = (struct xattrs){ .handle = x->handle, .server = (uint16_t) server };
    }
    last->has |= xattr_bit (x);
}

static void
take_intent (struct image *m, unsigned server, const struct fsck_item *x)
{
    struct arena arena = { 0 };
    struct fsck_intent i = { 0 };
    struct wire w;
    wire_decoder (&w, x->val, x->val_len, &arena);
    fsck_intent_codec (&w, &i);
    bool readable = x->val_len > 0 && wire_finish (&w) == 0;
    if (readable && i.fs != (obj_fsid) m->fs && x->live)
        goto out;
    *(struct intent_seen *) table_add (&m->intents) =
        (struct intent_seen){ x->handle, (uint16_t) server, readable, x->live };
    for (uint32_t k = 0; readable && k < i.nhandles; k++)
        if (i.handles[k] != 0)
            *(obj_handle *) table_add (&m->explained) = i.handles[k];
out:
    arena_fini (&arena);
}

/* alias ‖ 0 ‖ handle be64; handle ~0: the last batch that was stored */
static void
take_pool (struct image *m, unsigned server, const struct fsck_item *x)
{
    const char *alias = x->name;
    size_t len = x->name_len >= 9 ? x->name_len - 8 : 0;
    obj_handle h = 0;
    struct wire w;
    if (len == 0 || len > PROTO_MAX_NAME || alias[len - 1] != '\0')
        return;
    wire_decoder (&w, alias + len, 8, NULL);
    wire_be64 (&w, &h);
    if (h != UINT64_MAX) {
        *(struct pooled *) table_add (&m->pools) =
            (struct pooled){ h, (uint16_t) server, (uint8_t) x->handle };
        return;
    }
    struct stored *s = table_add (&m->stored);
    s->owner = (int) server;
    s->giver = image_server_by_alias (m, alias);
    s->type = (uint8_t) x->handle;
    wire_decoder (&w, x->val, x->val_len, NULL);
    wire_u64 (&w, &s->number);
}

void
image_take (struct image *m, unsigned server, uint8_t type, const struct fsck_item *x)
{
    progress_add (&m->counts->things, 1);
    switch (type) {
    case FSCK_ATTR:
        take_attr (m, server, x);
        break;
    case FSCK_DIRENT:
        take_entry (m, server, x);
        break;
    case FSCK_KEYVAL:
        take_keyval (m, server, x);
        break;
    case FSCK_XATTR:
        take_xattr (m, server, x);
        break;
    case FSCK_INTENT:
        take_intent (m, server, x);
        break;
    case FSCK_POOL:
        take_pool (m, server, x);
        break;
    case FSCK_BSTREAM:
        *(struct pooled *) table_add (&m->bstreams) =
            (struct pooled){ .handle = x->handle, .server = (uint16_t) server };
        break;
    default:
        break;
    }
}

/* -- pages -- */

/* Where the scan of one server stands. */
struct position {
    struct fsck_scan_req req;
    unsigned server;
    bool end;
    uint8_t name[FSCK_MAX_NAME];
};

struct pages {
    struct image *m;
    enum gather_part part;
    struct position **asked; /* by request */
};

static void
go_on (struct position *p, const struct fsck_scan_resp *a)
{
    p->end = a->end;
    p->req.handle = a->next_handle;
    p->req.name = p->name;
    p->req.name_len = a->next_name_len;
    memcpy (p->name, a->next_name, a->next_name_len);
}

static int
take_page (void *arg, unsigned i, const void *resp)
{
    struct pages *pages = arg;
    const struct fsck_scan_resp *a = resp;
    struct position *p = pages->asked[i];
    for (uint32_t k = 0; k < a->nitems; k++) {
        if (pages->part == GATHER_HANDLE_0 && a->items[k].handle != 0) {
            p->end = true;
            return 0;
        }
        image_take (pages->m, p->server, p->req.type, &a->items[k]);
    }
    go_on (p, a);
    return 0;
}

static int
failure (struct image *m, unsigned server, int err)
{
    m->failed = m->servers.list[server].name;
    return err;
}

/* A page from each server that has more. -ENODATA: none has. */
static int
next_pages (struct pages *pages, struct position *positions, struct fsck_ask *asks)
{
    struct image *m = pages->m;
    unsigned n = 0;
    for (int i = 0; i < m->servers.n; i++)
        if (!positions[i].end) {
            pages->asked[n] = &positions[i];
            asks[n++] = (struct fsck_ask){ m->servers.list[i].addr, &positions[i].req, 0 };
        }
    if (n == 0)
        return -ENODATA;
    int r = fsck_ask (m->fs, m->cred, PROTO_fsck_scan, asks, n, take_page, pages);
    if (r < 0)
        return failure (m, pages->asked[0]->server, r);
    for (unsigned i = 0; i < n; i++)
        if (asks[i].error < 0)
            return failure (m, pages->asked[i]->server, asks[i].error);
    return 0;
}

int
image_gather_type (struct image *m, uint8_t type, enum gather_part part)
{
    size_t n = (size_t) m->servers.n;
    struct position *positions = tool_alloc (n * sizeof *positions);
    struct pages pages = { m, part, tool_alloc (n * sizeof *pages.asked) };
    struct fsck_ask *asks = tool_alloc (n * sizeof *asks);
    int r = 0;
    for (unsigned i = 0; i < n; i++) {
        positions[i].server = i;
        positions[i].req =
            (struct fsck_scan_req){ .type = type,
                                    .handle = part == GATHER_OBJECTS,
                                    .values = type != FSCK_XATTR && type != FSCK_BSTREAM };
    }
    while (r == 0)
        r = next_pages (&pages, positions, asks);
    free (positions);
    free (pages.asked);
    free (asks);
    return r == -ENODATA ? 0 : r;
}

struct one_scan {
    void (*take) (void *arg, const struct fsck_item *x);
    void *arg;
    struct position *p;
};

static int
take_one_page (void *arg, unsigned i, const void *resp)
{
    struct one_scan *s = arg;
    const struct fsck_scan_resp *a = resp;
    (void) i;
    for (uint32_t k = 0; k < a->nitems; k++)
        s->take (s->arg, &a->items[k]);
    go_on (s->p, a);
    return 0;
}

int
image_scan (struct image *m, int server, struct fsck_scan_req q,
            void (*take) (void *arg, const struct fsck_item *x), void *arg)
{
    struct position p = { .req = q };
    struct one_scan s = { take, arg, &p };
    int r = server < 0 ? -ENOENT : 0;
    for (bool first = true; r == 0 && !p.end && (first || q.max == 0); first = false) {
        struct fsck_ask ask = { m->servers.list[server].addr, &p.req, 0 };
        r = fsck_ask (m->fs, m->cred, PROTO_fsck_scan, &ask, 1, take_one_page, &s);
        if (r == 0)
            r = ask.error;
    }
    return r < 0 && server >= 0 ? failure (m, (unsigned) server, r) : r;
}

int
image_gather (struct image *m)
{
    static const struct {
        uint8_t type;
        enum gather_part part;
        const char *thing; /* one record, in words */
    } order[] = {
        { FSCK_INTENT, GATHER_ALL, "intent" },
        { FSCK_KEYVAL, GATHER_HANDLE_0, "record" },
        { FSCK_POOL, GATHER_ALL, "pool handle" },
        { FSCK_DIRENT, GATHER_ALL, "name" },
        { FSCK_KEYVAL, GATHER_OBJECTS, "layout" },
        { FSCK_XATTR, GATHER_ALL, "extended attribute" },
        { FSCK_INTENT, GATHER_ALL, "intent" },
        { FSCK_ATTR, GATHER_ALL, "object" },
        { FSCK_BSTREAM, GATHER_ALL, "bytestream" },
    };
    int r = 0;
    for (size_t i = 0; r == 0 && i < ARRAY_SIZE (order); i++) {
        progress_phase (m->counts, order[i].thing, 0, "look %u, reading", m->look);
        r = image_gather_type (m, order[i].type, order[i].part);
    }
    return r;
}
