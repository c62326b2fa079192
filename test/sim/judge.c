/*
 * What a result may be, and what it means for the model; see work.h and model.h.
 */
#include "proto/ops/remove.h"
#include "proto/ops/rename.h"
#include "work.h"

#define BAD(o, invariant, ...) world_violation (&(o)->work->sim->w, invariant, __VA_ARGS__)

static uint64_t
now_of (const struct work_op *o)
{
    return o->work->sim->w.now;
}

/* Nobody can say what it did or may still do. */
static bool
unsure (const struct work_op *o, int error)
{
    return o->hurried && (error == -ETIMEDOUT || error == -ECANCELED);
}

static bool
is_one_of (int error, const int *list)
{
    for (; *list; list++)
        if (error == *list)
            return true;
    return false;
}

static void
unexpected (struct work_op *o, int error)
{
    if (error == -ENOSPC && o->work->sim->disk_was_full)
        return;
    if (error == -ETIMEDOUT)
        BAD (o, "no-hang", "%s %llu did not end in time", work_kind_name (o->kind), (unsigned long long) o->nr);
    else
        BAD (o, "errors", "%s %llu of %s ends with %s", work_kind_name (o->kind), (unsigned long long) o->nr,
             o->name ? o->name->name : "an object", strerror (-error));
}

/* The object may have been removed: no surprise if it is not there. */
static bool
in_doubt (const struct work_op *o, const struct mobj *m)
{
    return o->loose || m->maybe_gone || m->gone;
}

static bool
vanished (struct work_op *o, const struct mobj *m, int error)
{
    if (error != -ESTALE && error != -ENOENT)
        return false;
    if (!in_doubt (o, m))
        BAD (o, "acknowledged-objects-exist", "%s %llu: object %u is gone: %s", work_kind_name (o->kind), (unsigned long long) o->nr,
             m->nr, strerror (-error));
    return true;
}

/* --- names --------------------------------------------------------------------------------------------- */

static void
make_uncertain (struct mname *n, bool taint)
{
    if (n->state == NAME_PRESENT)
        n->obj->maybe_gone = true;
    n->state = NAME_UNCERTAIN;
    n->obj = NULL;
    n->tainted |= taint;
}

static void
set_name (struct mname *n, struct mobj *obj)
{
    n->state = obj ? NAME_PRESENT : NAME_ABSENT;
    n->obj = obj;
    if (obj)
        obj->parent = n->dir;
}

/* What the model says of the name is what the servers must say. */
static bool
is_firm (const struct work_op *o, const struct mname *n)
{
    return !o->loose && !n->tainted && n->state != NAME_UNCERTAIN && !n->dir->maybe_gone && !n->dir->gone;
}

static bool
is_present (const struct work_op *o, const struct mname *n)
{
    return is_firm (o, n) && n->state == NAME_PRESENT;
}

static bool
is_absent (const struct work_op *o, const struct mname *n)
{
    return is_firm (o, n) && n->state == NAME_ABSENT;
}

/* Of what is in a directory. */
static void
count_names (const struct mobj *dir, bool *ret_some, bool *ret_none)
{
    const struct mname *n;
    *ret_some = false;
    *ret_none = true;
    list_for_each (n, &dir->names, link) {
        bool sure = !n->tainted && !n->busy && n->state != NAME_UNCERTAIN;
        *ret_some |= sure && n->state == NAME_PRESENT;
        *ret_none &= sure && n->state == NAME_ABSENT;
    }
}

static const int dir_is_gone[] = { -ESTALE, -ENOENT, 0 };

static bool
entry_refused (struct work_op *o, int error)
{
    if (!is_one_of (error, dir_is_gone))
        return false;
    return in_doubt (o, o->dir) || (o->dir2 && in_doubt (o, o->dir2));
}

static void
say_new (const struct work_op *o, const struct mobj *m)
{
    const struct client_attr *a = &o->op->result;
    world_say (&o->work->sim->w, "    object %u is %llu", m->nr, (unsigned long long) m->handle);
    for (int32_t i = 0; i < a->ndfiles; i++)
        world_say (&o->work->sim->w, "    its datafile %d is %llu", i, (unsigned long long) a->dfiles[i]);
}

static struct mobj *
new_object (struct work_op *o)
{
    struct work *k = o->work;
    static const uint8_t types[] = { OBJ_METAFILE, OBJ_DIRECTORY, OBJ_SYMLINK };
    obj_handle h = o->op->result.ref.handle;
    struct mobj *m = model_by_handle (&k->m, h);
    if (m && m->wild && o->loose)
        return m; /* it was renamed and seen elsewhere before its maker heard of it */
    if (m)
        BAD (o, "handles-are-new", "%s %llu got handle %llu, which was given out before", work_kind_name (o->kind),
             (unsigned long long) o->nr, (unsigned long long) h);
    m = model_object_new (&k->m, h, types[o->kind], o->start);
    m->parent = o->dir;
    m->mode = o->mode;
    m->mode_known = o->kind != WORK_SYMLINK;
    say_new (o, m);
    return m;
}

static void
judge_new (struct work_op *o, int error)
{
    struct mname *n = o->name;
    if (error && error != -EEXIST && !entry_refused (o, error))
        unexpected (o, error);
    if (error == -EEXIST && is_absent (o, n))
        BAD (o, "exactly-once", "%s %llu of %s in directory %u: it exists, but was certainly absent", work_kind_name (o->kind),
             (unsigned long long) o->nr, n->name, o->dir->nr);
    if (error == 0 && is_present (o, n))
        BAD (o, "names-are-unique", "%s %llu of %s in directory %u, which was certainly there", work_kind_name (o->kind),
             (unsigned long long) o->nr, n->name, o->dir->nr);
    struct mobj *m = error ? NULL : new_object (o);
    if (o->loose || n->tainted) {
        make_uncertain (n, false);
        if (m)
            m->maybe_gone = true;
    } else if (m) {
        set_name (n, m);
    }
}

static void
judge_removal (struct work_op *o, const struct mobj *m)
{
    bool is_dir = m->type == OBJ_DIRECTORY, some = false, none = true;
    if (is_dir)
        count_names (m, &some, &none);
    if (o->flags == REMOVE_FILE ? is_dir : o->flags == REMOVE_DIR && !is_dir)
        BAD (o, "types", "remove %llu of %s took an object of the wrong type", (unsigned long long) o->nr, o->name->name);
    if (some)
        BAD (o, "full-directories-stay", "remove %llu of %s: directory %u was not empty", (unsigned long long) o->nr, o->name->name,
             m->nr);
}

static void
judge_no_removal (struct work_op *o, const struct mobj *m, int error)
{
    bool is_dir = m->type == OBJ_DIRECTORY, some = false, none = true;
    if (is_dir)
        count_names (m, &some, &none);
    bool right = error == -EISDIR    ? is_dir && o->flags == REMOVE_FILE
                 : error == -ENOTDIR ? !is_dir && o->flags == REMOVE_DIR
                                     : is_dir && !none;
    if (!right)
        BAD (o, "types", "remove %llu of %s, which is object %u: %s", (unsigned long long) o->nr, o->name->name, m->nr, strerror (-error));
}

static void
judge_remove (struct work_op *o, int error)
{
    static const int refusals[] = { -EISDIR, -ENOTDIR, -ENOTEMPTY, 0 };
    struct mname *n = o->name;
    bool resolved = !o->loose && !n->tainted && !n->dir->maybe_gone;
    if (error == -ENOENT && is_present (o, n))
        BAD (o, "acknowledged-names-exist", "remove %llu: %s in directory %u is not there", (unsigned long long) o->nr, n->name, o->dir->nr);
    else if (is_one_of (error, refusals) && is_present (o, n))
        judge_no_removal (o, n->obj, error);
    else if (error && error != -ENOENT && !is_one_of (error, refusals) && !entry_refused (o, error))
        unexpected (o, error);
    else if ((!error || is_one_of (error, refusals)) && is_absent (o, n))
        BAD (o, "removed-names-stay-removed", "remove %llu: %s in directory %u is there", (unsigned long long) o->nr, n->name, o->dir->nr);
    if (error == 0 && is_present (o, n))
        judge_removal (o, n->obj);
    if (o->loose) {
        make_uncertain (n, false);
    } else if (error == 0 && !n->tainted) {
        if (n->state == NAME_PRESENT)
            model_gone (n->obj, now_of (o));
        set_name (n, NULL);
    } else if (error == -ENOENT && resolved) {
        set_name (n, NULL);
    }
}

/* Is there any reason why the rename may have failed? Both names are firm, the first is present. */
static bool
may_refuse (const struct work_op *o)
{
    const struct mobj *a = o->name->obj, *b = o->name2->state == NAME_PRESENT ? o->name2->obj : NULL;
    bool some, none, known = true;
    if (a->type == OBJ_DIRECTORY && (model_is_below (o->dir2, a, &known) || !known))
        return true;
    if (!b)
        return false;
    if ((o->flags & RENAME_KEEP) || (a->type == OBJ_DIRECTORY) != (b->type == OBJ_DIRECTORY))
        return true;
    count_names (b, &some, &none);
    return b->type == OBJ_DIRECTORY && !none;
}

static bool
must_refuse (const struct work_op *o)
{
    const struct mobj *a = o->name->obj, *b = o->name2->state == NAME_PRESENT ? o->name2->obj : NULL;
    bool some, none, known = true;
    if (a->type == OBJ_DIRECTORY && model_is_below (o->dir2, a, &known) && known)
        return true;
    if (!b)
        return false;
    if ((o->flags & RENAME_KEEP) || (a->type == OBJ_DIRECTORY) != (b->type == OBJ_DIRECTORY))
        return true;
    count_names (b, &some, &none);
    return b->type == OBJ_DIRECTORY && some;
}

static void
check_rename (struct work_op *o, int error)
{
    static const int refusals[] = { -EEXIST, -ENOTDIR, -EISDIR, -ENOTEMPTY, -EINVAL, -ENOENT, 0 };
    if (error && !is_one_of (error, refusals) && !entry_refused (o, error)) {
        unexpected (o, error);
        return;
    }
    if (!error && is_absent (o, o->name))
        BAD (o, "removed-names-stay-removed", "rename %llu of %s in directory %u, which was not there", (unsigned long long) o->nr,
             o->name->name, o->dir->nr);
    if (!is_present (o, o->name) || !is_firm (o, o->name2))
        return;
    if (!error && must_refuse (o))
        BAD (o, "renames", "rename %llu of %s to %s should have been refused", (unsigned long long) o->nr, o->name->name, o->name2->name);
    if (error == -ENOENT)
        BAD (o, "acknowledged-names-exist", "rename %llu: %s in directory %u is not there", (unsigned long long) o->nr, o->name->name,
             o->dir->nr);
    else if (error && !may_refuse (o))
        BAD (o, "exactly-once", "rename %llu of %s to %s: %s", (unsigned long long) o->nr, o->name->name, o->name2->name, strerror (-error));
}

static void
judge_rename (struct work_op *o, int error)
{
    struct mname *a = o->name, *b = o->name2;
    struct mobj *moved = a->state == NAME_PRESENT ? a->obj : NULL;
    check_rename (o, error);
    if (o->loose || (!error && (a->tainted || b->tainted))) {
        make_uncertain (a, false);
        make_uncertain (b, false);
        if (moved)
            moved->parent = NULL;
        return;
    }
    if (error)
        return;
    if (b->state == NAME_PRESENT)
        model_gone (b->obj, now_of (o));
    set_name (a, NULL);
    if (moved) {
        set_name (b, moved);
    } else {
        b->state = NAME_UNCERTAIN;
        b->obj = NULL;
    }
}

/* A lookup that nothing disturbed says what an uncertain name is. */
static void
resolve (struct work_op *o, int error)
{
    struct mname *n = o->name;
    struct model *m = &o->work->m;
    if (n->state != NAME_UNCERTAIN || n->tainted || o->loose || n->dir->gone || n->dir->maybe_gone)
        return;
    if (error) {
        set_name (n, NULL);
        return;
    }
    struct mobj *obj = model_by_handle (m, o->op->result.ref.handle);
    if (!obj && !o->flags)
        return; /* its type is not known */
    if (!obj) {
        obj = model_object_new (m, o->op->result.ref.handle, o->op->result.attr.type, o->start);
        obj->wild = true;
    }
    if (obj->gone)
        BAD (o, "removed-objects-are-gone", "lookup %llu of %s in directory %u finds object %u, which was removed", (unsigned long long) o->nr,
             n->name, o->dir->nr, obj->nr);
    obj->maybe_gone = false;
    set_name (n, obj);
}

static void
judge_lookup (struct work_op *o, int error)
{
    struct mname *n = o->name;
    obj_handle h = o->op->result.ref.handle;
    if (error && error != -ENOENT) {
        bool between = error == -ESTALE && !is_firm (o, n); /* it was removed between its name and its attributes */
        if (!between && !entry_refused (o, error))
            unexpected (o, error);
        return;
    }
    if (error && is_present (o, n))
        BAD (o, "acknowledged-names-exist", "lookup %llu: %s in directory %u is not there", (unsigned long long) o->nr, n->name, o->dir->nr);
    else if (!error && is_absent (o, n))
        BAD (o, "removed-names-stay-removed", "lookup %llu: %s in directory %u is there", (unsigned long long) o->nr, n->name, o->dir->nr);
    else if (!error && is_present (o, n) && n->obj->handle != h)
        BAD (o, "acknowledged-names-exist", "lookup %llu: %s in directory %u is another object", (unsigned long long) o->nr, n->name,
             o->dir->nr);
    resolve (o, error);
}

/* --- listings ---------------------------------------------------------------------------------------------- */

bool
judge_listed (struct work_op *o)
{
    const struct sys_op *op = o->op;
    if (!o->listed)
        o->listed = calloc (WORK_MAX_LISTED, sizeof *o->listed);
    assert (o->listed);
    for (uint32_t i = 0; i < op->ndirents && o->nlisted < WORK_MAX_LISTED; i++) {
        struct work_listed *l = &o->listed[o->nlisted++];
        snprintf (l->name, sizeof l->name, "%s", op->dirents[i].name);
        l->handle = op->dirents[i].ref.handle;
    }
    if (op->ndirents)
        o->token = op->dirents[op->ndirents - 1].cookie;
    return !op->dir_end && o->nlisted < WORK_MAX_LISTED;
}

static void
check_listed_name (struct work_op *o, const struct mname *n)
{
    unsigned found = 0;
    if (n->busy || n->tainted || n->state == NAME_UNCERTAIN || n->changed_at >= o->start)
        return;
    for (unsigned i = 0; i < o->nlisted; i++)
        if (!strcmp (o->listed[i].name, n->name)) {
            found++;
            if (n->state == NAME_PRESENT && n->obj->handle != o->listed[i].handle)
                BAD (o, "listings-are-complete", "list %llu: %s is another object", (unsigned long long) o->nr, n->name);
        }
    if (found != (n->state == NAME_PRESENT))
        BAD (o, "listings-are-complete", "list %llu of directory %u has %s %u times", (unsigned long long) o->nr, o->obj->nr, n->name, found);
}

static void
judge_list (struct work_op *o, int error)
{
    const struct mname *n;
    if (error) {
        if (!vanished (o, o->obj, error))
            unexpected (o, error);
        return;
    }
    if (in_doubt (o, o->obj))
        return;
    list_for_each (n, &o->obj->names, link)
        check_listed_name (o, n);
    for (unsigned i = 0; i < o->nlisted; i++)
        if (!model_find_name (o->obj, o->listed[i].name))
            BAD (o, "listings-are-complete", "list %llu has %s, which nobody made", (unsigned long long) o->nr, o->listed[i].name);
}

/* --- objects -------------------------------------------------------------------------------------------------- */

static void
judge_stat (struct work_op *o, int error)
{
    const struct mobj *m = o->obj;
    const struct client_attr *a = &o->op->result;
    int64_t low, high;
    if (error) {
        if (!vanished (o, m, error))
            unexpected (o, error);
        return;
    }
    if (m->gone && m->gone_at < o->start)
        BAD (o, "removed-objects-are-gone", "stat %llu: object %u was removed", (unsigned long long) o->nr, m->nr);
    if (in_doubt (o, m))
        return;
    if (a->attr.type != m->type)
        BAD (o, "types", "stat %llu: object %u has type %u", (unsigned long long) o->nr, m->nr, a->attr.type);
    if (m->mode_known && (a->attr.mode & 0777) != m->mode)
        BAD (o, "attributes", "stat %llu: object %u has mode %o, not %o", (unsigned long long) o->nr, m->nr, a->attr.mode & 0777, m->mode);
    if (m->type != OBJ_METAFILE || m->wild)
        return;
    model_size (m, o->start, now_of (o), &low, &high);
    if (a->attr.size < low || a->attr.size > high)
        BAD (o, "sizes", "stat %llu: object %u has %lld bytes, not %lld to %lld", (unsigned long long) o->nr, m->nr,
             (long long) a->attr.size, (long long) low, (long long) high);
}

static void
judge_setattr (struct work_op *o, int error)
{
    struct mobj *m = o->obj;
    if (error) {
        m->mode_known = m->mode_known && !o->loose;
        if (!vanished (o, m, error))
            unexpected (o, error);
        return;
    }
    m->mode = o->mode;
    m->mode_known = !o->loose && !m->mode_tainted && m->type != OBJ_SYMLINK;
}

static void
judge_change (struct work_op *o, int error)
{
    if (error) {
        if (!vanished (o, o->obj, error))
            unexpected (o, error);
        return;
    }
    if (o->kind == WORK_WRITE && o->op->bytes != o->len)
        BAD (o, "writes-are-whole", "write %llu moved %lld of %lld bytes", (unsigned long long) o->nr, (long long) o->op->bytes,
             (long long) o->len);
    if (o->event)
        o->event->end = now_of (o);
}

static void
judge_read (struct work_op *o, int error)
{
    const struct mobj *m = o->obj;
    if (error) {
        if (!vanished (o, m, error))
            unexpected (o, error);
        return;
    }
    if (in_doubt (o, m) || m->wild)
        return;
    const char *bad = model_check_read (m, o->start, now_of (o), o->off, o->buf, o->op->bytes, o->len);
    if (bad)
        BAD (o, "bytes", "read %llu of object %u (%lld bytes at %lld): %s", (unsigned long long) o->nr, m->nr, (long long) o->len,
             (long long) o->off, bad);
}

static void
judge_flush (struct work_op *o, int error)
{
    struct file_event *e;
    if (error) {
        if (!vanished (o, o->obj, error))
            unexpected (o, error);
        return;
    }
    list_for_each (e, &o->obj->events, link)
        if (e->end < o->start)
            e->flushed = true;
}

/* --- all ------------------------------------------------------------------------------------------------------- */

static void
leave_name (struct mname *n, uint64_t now)
{
    n->busy--;
    n->changed_at = now;
}

static void
leave_doubt (struct work_op *o)
{
    if (o->kind == WORK_RENAME) {
        if (o->name->obj)
            o->name->obj->parent = NULL;
        make_uncertain (o->name2, true);
    }
    if (o->kind <= WORK_RENAME)
        make_uncertain (o->name, true);
    if (o->kind == WORK_SETATTR) {
        o->obj->mode_known = false;
        o->obj->mode_tainted = true;
    }
}

void
judge (struct work_op *o, int error)
{
    static void (*const judges[]) (struct work_op *, int) = {
        judge_new, judge_new, judge_new, judge_remove, judge_rename, judge_lookup, judge_stat, judge_list, judge_change, judge_read,
        judge_change, judge_flush, judge_setattr,
    };
    list_remove (&o->link);
    if (now_of (o) > o->deadline + NSEC_PER_SEC)
        BAD (o, "deadlines", "%s %llu ended %llu ms after its deadline", work_kind_name (o->kind), (unsigned long long) o->nr,
             (unsigned long long) ((now_of (o) - o->deadline) / NSEC_PER_MSEC));
    if (o->kind <= WORK_RENAME)
        leave_name (o->name, now_of (o));
    if (o->name2)
        leave_name (o->name2, now_of (o));
    if (unsure (o, error))
        leave_doubt (o);
    else
        judges[o->kind] (o, error);
}
