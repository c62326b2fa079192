/*
 * Is what happened explained by the calls, each done once or – if nobody was answered – not at all? See enum.h.
 */
#include "enum.h"
#include "work.h"

struct seen {
    struct enumeration *e;
    obj_handle slot[NAMES_SLOTS];
    uint8_t type[NAMES_SLOTS];
    unsigned strangers;             /* entries of /, /a and /b that are no slot */
};

static void
see (void *arg, const struct disks_name *n)
{
    struct seen *s = arg;
    const obj_handle dirs[] = { SIM_ROOT, s->e->handles[OBJ_A], s->e->handles[OBJ_B] };
    for (int i = 0; i < NAMES_SLOTS; i++)
        if (n->dir == dirs[i / 2] && !strcmp (n->name, s->e->text[i])) {
            s->slot[i] = n->handle;
            s->type[i] = n->type;
            return;
        }
    s->strangers++;
}

static bool
is_known (const struct enumeration *e, obj_handle h)
{
    for (unsigned i = 0; i < NAMES_OBJECTS; i++)
        if (e->handles[i] == h)
            return true;
    return false;
}

static bool
slots_match (const struct enumeration *e, const struct names *n, const struct seen *seen)
{
    static const uint8_t types[] = { 0, OBJ_METAFILE, OBJ_DIRECTORY, OBJ_SYMLINK };
    for (int i = 0; i < NAMES_SLOTS; i++) {
        uint8_t o = n->slot[i];
        obj_handle h = seen->slot[i];
        if (!o != !h || (o && types[n->type[o]] != seen->type[i]))
            return false;
        if (o && (e->handles[o] ? e->handles[o] != h : is_known (e, h)))
            return false;
    }
    return true;
}

/* `after`: a call that is not yet in the order had ended before this one began. */
static bool
must_wait (const struct enumeration *e, unsigned done, unsigned i)
{
    for (unsigned k = 0; k < e->scenario.nops; k++)
        if (!(done & 1u << k) && k != i && e->calls[k].ended && e->calls[k].end < e->calls[i].begun)
            return true;
    return false;
}

/* A name that was about to be made and was refused then may have made its directory look not empty (intent.h: it is counted from the beginning). */
static bool
met_a_promise (const struct enumeration *e, unsigned i)
{
    const struct call *c = &e->calls[i];
    if ((c->op.kind != NAMES_RMDIR && c->op.kind != NAMES_RENAME) || c->error != -ENOTEMPTY)
        return false;
    for (unsigned k = 0; k < e->scenario.nops; k++) {
        const struct call *o = &e->calls[k];
        if (k != i && (o->op.kind == NAMES_LINK || o->op.kind == NAMES_MKDIR) && o->ended && o->error && o->begun <= c->end && c->begun <= o->end)
            return true;
    }
    return false;
}

static bool
search (const struct enumeration *e, const struct names *n, unsigned done, const struct seen *seen)
{
    bool open = false;
    for (unsigned i = 0; i < e->scenario.nops; i++) {
        const struct call *c = &e->calls[i];
        struct names next = *n;
        uint8_t object;
        if (done & 1u << i || !c->posted)
            continue;
        open |= c->ended;
        if (must_wait (e, done, i))
            continue;
        int r = names_apply (&next, &c->op, &object);
        if (c->ended && met_a_promise (e, i))
            next = *n;
        else if (c->ended && !names_same_error (c->op.kind, r, c->error))
            continue;
        if (search (e, &next, done | 1u << i, seen))
            return true;
    }
    return !open && slots_match (e, n, seen);
}

bool
enum_explained (struct enumeration *e)
{
    struct seen seen = { .e = e };
    for (unsigned i = 0; i < e->scenario.nops; i++)
        if (e->calls[i].ended && !e->calls[i].error && names_makes (e->calls[i].op.kind))
            e->handles[e->calls[i].op.object] = e->calls[i].made;
    disks_each_name (&e->sim, see, &seen);
    if (seen.strangers)
        return false;
    return search (e, &e->names, 0, &seen);
}
