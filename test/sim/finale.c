/*
 * The end of a world: faults are mended, everything comes to rest, and all that was acknowledged is
 * looked for once more, one operation at a time; then slots, buffers and keys must all be back.
 */
#include "work.h"

enum { PATIENCE = 600 }; /* seconds for a world to come to rest */

/* --- driving --------------------------------------------------------------------------------------------- */

static void
too_long (struct work *k)
{
    struct work_op *o;
    uint64_t now = k->sim->w.now;
    list_for_each (o, &k->ops, link)
        if (now > o->deadline + 5 * NSEC_PER_SEC)
            world_violation (&k->sim->w, "deadlines", "%s %llu still runs after its deadline", work_kind_name (o->kind),
                             (unsigned long long) o->nr);
}

void
work_drive (struct work *k, bool (*done) (const struct work *))
{
    struct world *w = &k->sim->w;
    uint64_t looked = w->now, begun = w->now;
    while (!w->violated && !done (k)) {
        if (world_quiet (w)) {
            world_violation (w, "no-deadlock", "stuck: nothing will happen any more, operations are outstanding");
            sim_print_chain (k->sim, stdout);
            return;
        }
        world_step (w);
        if (w->now - looked > NSEC_PER_SEC) {
            too_long (k);
            looked = w->now;
        }
        if (w->now - begun > PATIENCE * NSEC_PER_SEC) {
            world_violation (w, "rest", "the world does not come to rest");
            sim_print_chain (k->sim, stdout);
        }
    }
}

static bool
at_rest (const struct work *k)
{
    return world_quiet (&k->sim->w);
}

/* --- looking at everything ---------------------------------------------------------------------------------- */

struct finale {
    struct work *work;
    struct mobj *obj;       /* whose turn it is */
    struct mname *name;
    unsigned stage;         /* of the object */
    bool over;
};

static bool
finale_over (const struct work *k)
{
    return ((const struct finale *) k->sim->w.finale)->over;
}

static struct mobj *
next_object (struct work *k, struct mobj *o)
{
    struct list *n = o->link.next;
    return n == &k->m.objects ? NULL : list_entry (n, struct mobj, link);
}

static void
look_up (struct finale *f, struct mname *n)
{
    struct work_op *o = work_op_new (f->work, &f->work->sim->clients[0], WORK_LOOKUP);
    o->dir = n->dir;
    o->name = n;
    o->flags = 1;
    work_post (o);
}

static void
ask (struct finale *f, enum work_kind kind)
{
    struct work_op *o = work_op_new (f->work, &f->work->sim->clients[0], kind);
    o->obj = f->obj;
    if (kind == WORK_LIST)
        o->dir = f->obj;
    if (kind == WORK_READ) {
        int64_t low, high;
        model_size (f->obj, f->work->sim->w.now, f->work->sim->w.now, &low, &high);
        o->len = high + 100;
        o->buf = malloc ((size_t) o->len);
        assert (o->buf);
    }
    work_post (o);
}

/* Names first, so that uncertain objects become certain; then each object itself. */
static bool
next_name (struct finale *f)
{
    for (; f->obj; f->obj = next_object (f->work, f->obj), f->name = NULL) {
        struct list *n = f->name ? f->name->link.next : f->obj->names.next;
        if (f->obj->gone || f->obj->maybe_gone || n == &f->obj->names)
            continue;
        f->name = list_entry (n, struct mname, link);
        look_up (f, f->name);
        return true;
    }
    return false;
}

static bool
next_stage (struct finale *f)
{
    for (; f->obj; f->obj = next_object (f->work, f->obj), f->stage = 0) {
        unsigned stage = f->stage++;
        bool file = f->obj->type == OBJ_METAFILE;
        if (f->obj->maybe_gone || stage > 1 || (stage == 1 && f->obj->gone))
            continue;
        if (stage == 0)
            ask (f, WORK_STAT);
        else if (file && !f->obj->wild)
            ask (f, WORK_READ);
        else if (f->obj->type == OBJ_DIRECTORY)
            ask (f, WORK_LIST);
        else
            continue;
        return true;
    }
    return false;
}

static void
next_names (struct work *k)
{
    struct finale *f = k->sim->w.finale;
    if (!next_name (f))
        f->over = true;
}

static void
next_objects (struct work *k)
{
    struct finale *f = k->sim->w.finale;
    if (!next_stage (f))
        f->over = true;
}

static void
look (struct finale *f, void (*next) (struct work *))
{
    struct work *k = f->work;
    *f = (struct finale){ .work = k, .obj = k->m.root };
    k->on_idle = next;
    next (k);
    work_drive (k, finale_over);
}

/* Nothing runs any more: what is uncertain can be found out now. */
static void
clear_taints (struct work *k)
{
    struct mobj *o;
    struct mname *n;
    list_for_each (o, &k->m.objects, link)
        list_for_each (n, &o->names, link)
            n->tainted = false;
}

void
finale_run (struct work *k)
{
    struct finale f = { .work = k };
    k->sim->w.finale = &f;
    k->finale = true;
    work_drive (k, at_rest);
    if (!k->sim->w.violated)
        back_check (k->sim);
    clear_taints (k);
    if (!k->sim->w.violated)
        look (&f, next_names);
    if (!k->sim->w.violated)
        look (&f, next_objects);
    if (!k->sim->w.violated)
        work_drive (k, at_rest);
    if (!k->sim->w.violated)
        disks_check (k->sim);
}
