/*
 * Names and bytes as they must be; see model.h.
 */
#include "model.h"

#include <stdio.h>

/* --- objects and names ----------------------------------------------------------------------------- */

struct mobj *
model_object_new (struct model *m, obj_handle h, uint8_t type, uint64_t now)
{
    struct mobj *o = calloc (1, sizeof *o);
    assert (o);
    o->nr = m->nobjects++;
    o->handle = h;
    o->type = type;
    list_init (&o->names);
    list_init (&o->events);
    list_push_back (&m->objects, &o->link);
    if (type == OBJ_METAFILE)
        model_event (o, EVENT_CREATE, 0, 0, now)->end = now;
    return o;
}

void
model_init (struct model *m, obj_handle root)
{
    *m = (struct model){ 0 };
    list_init (&m->objects);
    m->root = model_object_new (m, root, OBJ_DIRECTORY, 0);
}

void
model_fini (struct model *m)
{
    struct list *n, *k;
    while ((n = list_pop_front (&m->objects))) {
        struct mobj *o = list_entry (n, struct mobj, link);
        while ((k = list_pop_front (&o->names)))
            free (list_entry (k, struct mname, link));
        while ((k = list_pop_front (&o->events)))
            free (list_entry (k, struct file_event, link));
        free (o);
    }
}

struct mobj *
model_by_handle (struct model *m, obj_handle h)
{
    struct mobj *o;
    list_for_each (o, &m->objects, link)
        if (o->handle == h)
            return o;
    return NULL;
}

struct mname *
model_find_name (struct mobj *dir, const char *name)
{
    struct mname *n;
    list_for_each (n, &dir->names, link)
        if (!strcmp (n->name, name))
            return n;
    return NULL;
}

struct mname *
model_name (struct mobj *dir, const char *name)
{
    struct mname *n = model_find_name (dir, name);
    if (n)
        return n;
    n = calloc (1, sizeof *n);
    assert (n);
    n->dir = dir;
    snprintf (n->name, sizeof n->name, "%s", name);
    list_push_back (&dir->names, &n->link);
    return n;
}

void
model_gone (struct mobj *o, uint64_t now)
{
    if (o->gone)
        return;
    o->gone = true;
    o->gone_at = now;
}

bool
model_is_below (const struct mobj *o, const struct mobj *top, bool *ret_known)
{
    *ret_known = true;
    for (unsigned i = 0; o && i < 1000; i++, o = o->parent) {
        if (o == top)
            return true;
        if (o->nr == 0)
            return false; /* the root */
        if (o->maybe_gone)
            break;
    }
    *ret_known = false;
    return false;
}

/* --- bytes -------------------------------------------------------------------------------------------- */

struct file_event *
model_event (struct mobj *o, enum file_event_kind kind, int64_t off, int64_t len, uint64_t now)
{
    struct file_event *e = calloc (1, sizeof *e);
    assert (e);
    *e = (struct file_event){ .kind = kind, .nr = o->next_event++, .off = off, .len = len, .start = now, .end = NEVER };
    list_push_back (&o->events, &e->link);
    return e;
}

uint8_t
model_byte (const struct file_event *e, int64_t off)
{
    return e->kind == EVENT_WRITE ? (uint8_t) ((e->nr * 3 + (uint64_t) off) % 255 + 1) : 0;
}

void
model_power_off (struct model *m)
{
    struct mobj *o;
    struct file_event *e;
    list_for_each (o, &m->objects, link)
        list_for_each (e, &o->events, link)
            if (e->kind != EVENT_CREATE && !e->flushed && !e->synced)
                e->lost = true;
}

static bool
covers (const struct file_event *e, int64_t off)
{
    return off >= e->off && (e->kind != EVENT_WRITE || off < e->off + e->len);
}

/* Whatever e did, b came certainly later and was over before `start`. */
static bool
overrides (const struct file_event *b, const struct file_event *e, uint64_t start)
{
    return b->end < start && !b->lost && b->start > e->end;
}

static bool
is_candidate (const struct mobj *o, const struct file_event *e, int64_t off, uint64_t start)
{
    const struct file_event *b;
    if (!covers (e, off))
        return false;
    list_for_each (b, &o->events, link)
        if (b != e && covers (b, off) && overrides (b, e, start))
            return false;
    return true;
}

static int64_t
extent (const struct file_event *e)
{
    return e->kind == EVENT_WRITE ? e->off + e->len : e->off;
}

static int64_t
sure_extent (const struct mobj *o, const struct file_event *e, uint64_t end)
{
    const struct file_event *t;
    int64_t low = extent (e);
    list_for_each (t, &o->events, link) {
        if (t->kind != EVENT_TRUNCATE || t == e || t->start >= end || t->end < e->start)
            continue;
        low = MIN (low, t->off);
        if (e->kind == EVENT_WRITE && t->off <= e->off)
            low = 0; /* one datafile after the other: it may take these bytes and not make the others longer */
    }
    return low;
}

static bool
is_cut (const struct mobj *o, const struct file_event *e, uint64_t start)
{
    const struct file_event *t;
    list_for_each (t, &o->events, link)
        if (t->kind == EVENT_TRUNCATE && t != e && overrides (t, e, start))
            return true;
    return false;
}

void
model_size (const struct mobj *o, uint64_t start, uint64_t end, int64_t *ret_low, int64_t *ret_high)
{
    const struct file_event *e;
    *ret_low = *ret_high = 0;
    list_for_each (e, &o->events, link) {
        if (e->start >= end)
            continue;
        if (e->end < start && !e->lost)
            *ret_low = MAX (*ret_low, sure_extent (o, e, end));
        if (!is_cut (o, e, start))
            *ret_high = MAX (*ret_high, extent (e));
    }
}

/* The next place behind `off` where the set of covering events may change. */
static int64_t
next_edge (const struct mobj *o, int64_t off, int64_t end)
{
    const struct file_event *e;
    list_for_each (e, &o->events, link) {
        if (e->off > off)
            end = MIN (end, e->off);
        if (e->kind == EVENT_WRITE && e->off + e->len > off)
            end = MIN (end, e->off + e->len);
    }
    return end;
}

enum { MAX_CANDIDATES = 64 };

static const char *
wrong_byte (const struct file_event **c, unsigned n, int64_t off, uint8_t got)
{
    static char why[320];
    size_t at = (size_t) snprintf (why, sizeof why, "byte %lld is %u, but may only be", (long long) off, got);
    for (unsigned i = 0; i < n && at < sizeof why; i++)
        at += (size_t) snprintf (why + at, sizeof why - at, " %u (event %llu)", model_byte (c[i], off),
                                 (unsigned long long) c[i]->nr);
    return why;
}

static const char *
check_piece (const struct mobj *o, uint64_t start, int64_t off, const uint8_t *buf, int64_t n)
{
    const struct file_event *c[MAX_CANDIDATES], *e;
    unsigned nc = 0;
    list_for_each (e, &o->events, link)
        if (is_candidate (o, e, off, start)) {
            if (nc == MAX_CANDIDATES)
                return NULL;
            c[nc++] = e;
        }
    for (int64_t i = 0; i < n; i++) {
        unsigned k = 0;
        while (k < nc && model_byte (c[k], off + i) != buf[i])
            k++;
        if (k == nc)
            return wrong_byte (c, nc, off + i, buf[i]);
    }
    return NULL;
}

const char *
model_check_read (const struct mobj *o, uint64_t start, uint64_t end, int64_t off, const uint8_t *buf, int64_t n, int64_t want)
{
    static char why[160];
    int64_t low, high;
    model_size (o, start, end, &low, &high);
    if (n < MIN (want, low - off) || n > MAX (MIN (want, high - off), (int64_t) 0)) {
        snprintf (why, sizeof why, "%lld of %lld bytes at %lld, but the file has %lld to %lld bytes", (long long) n,
                  (long long) want, (long long) off, (long long) low, (long long) high);
        return why;
    }
    for (int64_t at = off; at < off + n;) {
        int64_t next = next_edge (o, at, off + n);
        const char *bad = check_piece (o, start, at, buf + (at - off), next - at);
        if (bad)
            return bad;
        at = next;
    }
    return NULL;
}
