/*
 * Choosing and posting operations; see work.h.
 */
#include "work.h"

#include "proto/ops/remove.h"
#include "proto/ops/rename.h"

enum { NAMES = 9, LONG_DEADLINE = 40, MAX_FILE = 160 << 10, PAGE = 4 };

static const char *const kind_names[] = {
    "create", "mkdir", "symlink", "remove", "rename", "lookup", "stat", "list", "write", "read", "truncate", "flush", "setattr",
};

const char *
work_kind_name (enum work_kind kind)
{
    return kind_names[kind];
}

/* --- an operation's life ------------------------------------------------------------------------------ */

struct work_op *
work_op_new (struct work *k, struct sim_client *c, enum work_kind kind)
{
    struct work_op *o = calloc (1, sizeof *o);
    assert (o);
    o->work = k;
    o->client = c;
    o->kind = kind;
    o->nr = k->next_nr++;
    o->token = PVFS_READDIR_START;
    list_init (&o->link);
    return o;
}

void
work_op_free (struct work_op *o)
{
    world_forget (&o->work->sim->w, o);
    list_remove (&o->link);
    if (o->req)
        PVFS_Request_free (&o->req);
    free (o->buf);
    free (o->listed);
    free (o);
}

void
work_concerns (struct work_op *o, const void *what, bool changes)
{
    if (!what)
        return;
    assert (o->nthings < WORK_MAX_THINGS);
    o->things[o->nthings++] = (struct work_thing){ what, changes };
}

static bool
conflict (const struct work_op *a, const struct work_op *b)
{
    for (unsigned i = 0; i < a->nthings; i++)
        for (unsigned j = 0; j < b->nthings; j++)
            if (a->things[i].what == b->things[j].what && (a->things[i].changes || b->things[j].changes))
                return true;
    return false;
}

static bool
changes_names (enum work_kind kind)
{
    return kind <= WORK_RENAME;
}

/* Its names will be uncertain in the end; what they stand for may be gone even before. */
static void
loosen (struct work_op *o)
{
    o->loose = true;
    if (!changes_names (o->kind))
        return;
    if (o->name->obj)
        o->name->obj->maybe_gone = true;
    if (o->name2 && o->name2->obj)
        o->name2->obj->maybe_gone = true;
}

static void
enter_model (struct work_op *o)
{
    struct work_op *other;
    list_for_each (other, &o->work->ops, link)
        if (conflict (o, other)) {
            loosen (o);
            loosen (other);
        }
    list_push_back (&o->work->ops, &o->link);
    if (!changes_names (o->kind))
        return;
    o->name->busy++;
    if (o->name2)
        o->name2->busy++;
}

/* --- posting -------------------------------------------------------------------------------------------- */

static const struct sys_op_type *
type_of (enum work_kind kind)
{
    static const struct sys_op_type *const types[] = {
        &sys_create, &sys_mkdir, &sys_symlink, &sys_remove, &sys_rename, &sys_lookup, &sys_getattr, &sys_readdir, &sys_io, &sys_io,
        &sys_truncate, &sys_flush, &sys_setattr,
    };
    return types[kind];
}

static PVFS_object_ref
ref_of (const struct work_op *o, const struct mobj *m)
{
    return (PVFS_object_ref){ .handle = m->handle, .fs_id = o->client->fs };
}

/* Some directories spread in their own way; the name says which, so that a chance less is drawn. */
static void
fill_spread (const struct work_op *o, PVFS_sys_attr *attr)
{
    static const struct object_spread own[] = { { 0 }, { 0 }, { 2, 3, 2 }, { 1, 1, 1 }, { 0, 0, 2 }, { 3, 3, 0 } };
    const struct object_spread *s = &own[proto_name_hash (o->name->name) % ARRAY_SIZE (own)];
    if (o->work->sim->p.dir_max < 2)
        return;
    attr->distr_dir_servers_initial = (int32_t) s->initial;
    attr->distr_dir_servers_max = (int32_t) s->max;
    attr->distr_dir_split_size = (int32_t) s->split_size;
}

static void
fill_new (struct work_op *o, struct sys_args *a)
{
    a->attr.mask = PVFS_ATTR_SYS_PERM;
    a->attr.perms = o->mode;
    if (o->kind == WORK_CREATE && o->len) {
        a->attr.mask |= PVFS_ATTR_SYS_DFILE_COUNT;
        a->attr.dfile_count = (int32_t) o->len;
    }
    if (o->kind == WORK_MKDIR)
        fill_spread (o, &a->attr);
    if (o->kind == WORK_SYMLINK)
        a->name2 = "somewhere/else";
}

static void
fill_io (struct work_op *o, struct sys_args *a)
{
    a->io_type = o->kind == WORK_WRITE ? PVFS_IO_WRITE : PVFS_IO_READ;
    if (PVFS_Request_contiguous ((int32_t) o->len, PVFS_BYTE, &o->req) < 0)
        abort ();
    a->file_req = PVFS_BYTE;
    a->mem_req = o->req;
    a->offset = o->off;
    a->buffer = o->buf;
}

static void
fill (struct work_op *o, struct sys_args *a)
{
    a->ref = ref_of (o, o->dir ? o->dir : o->obj);
    a->name = o->name ? o->name->name : NULL;
    a->flags = o->flags;
    if (o->kind <= WORK_SYMLINK)
        fill_new (o, a);
    if (o->kind == WORK_RENAME) {
        a->ref2 = ref_of (o, o->dir2);
        a->name2 = o->name2->name;
    }
    if (o->kind == WORK_LOOKUP) {
        a->fs = o->client->fs;
        a->mask = o->flags ? PVFS_ATTR_SYS_ALL : 0;
        a->flags = 0;
    }
    if (o->kind == WORK_STAT)
        a->mask = PVFS_ATTR_SYS_ALL;
    if (o->kind == WORK_LIST) {
        a->token = o->token;
        a->count = PAGE;
    }
    if (o->kind == WORK_READ || o->kind == WORK_WRITE)
        fill_io (o, a);
    if (o->kind == WORK_TRUNCATE)
        a->size = o->off;
    if (o->kind == WORK_SETATTR) {
        a->attr.mask = PVFS_ATTR_SYS_PERM;
        a->attr.perms = o->mode;
    }
}

static void ended (struct sys_op *op);

static void
post_sys_op (struct work_op *o)
{
    PVFS_credential cred = { .num_groups = 1 };
    o->op = sys_op_new (o->client->client, type_of (o->kind), &cred);
    assert (o->op);
    if (o->kind == WORK_LIST && o->flags)
        o->op->type = &sys_readdirplus;
    fill (o, &o->op->a);
    o->op->deadline = o->deadline;
    o->op->user = o;
    o->op->done = ended;
    sys_op_post (o->op);
}

static void
next_page (void *arg)
{
    struct work_op *o = arg;
    post_sys_op (o);
}

static void thread_step (void *arg);

static void
ended (struct sys_op *op)
{
    struct work_op *o = op->user;
    struct work *k = o->work;
    struct world *w = &k->sim->w;
    struct sim_client *c = o->client;
    int error = op->error;
    world_mix (w, o->nr << 8 | (uint8_t) -error);
    world_mix (w, (uint64_t) op->bytes);
    bool more = !error && o->kind == WORK_LIST && judge_listed (o);
    if (!more) {
        world_say (w, "c%u  %llu %s ends: %s", c->nr, (unsigned long long) o->nr, work_kind_name (o->kind),
                   error ? strerror (-error) : "ok");
        judge (o, error);
    }
    sys_op_free (op);
    o->op = NULL;
    if (more) {
        world_at (w, 0, next_page, o);
        return;
    }
    work_op_free (o);
    k->done++;
    if (k->finale)
        k->on_idle (k);
    else
        world_at (w, world_below (w, k->sim->p.big ? 100000 : 3000000), thread_step, c);
}

static void
cancel (void *arg)
{
    struct work_op *o = arg;
    if (!o->op)
        return;
    world_say (&o->work->sim->w, "c%u  %llu is cancelled", o->client->nr, (unsigned long long) o->nr);
    o->hurried = true;
    sys_op_cancel (o->op);
}

static void
say_begin (struct work_op *o)
{
    struct world *w = &o->work->sim->w;
    if (w->out)
        world_say (w, "c%u  %llu %s dir %d %s%s%s obj %d off %lld len %lld%s", o->client->nr, (unsigned long long) o->nr,
                   work_kind_name (o->kind), o->dir ? (int) o->dir->nr : -1, o->name ? o->name->name : "", o->name2 ? " -> " : "",
                   o->name2 ? o->name2->name : "", o->obj ? (int) o->obj->nr : -1, (long long) o->off, (long long) o->len,
                   o->hurried ? " (hurried)" : "");
}

void
work_post (struct work_op *o)
{
    struct world *w = &o->work->sim->w;
    o->start = w->now;
    o->hurried = !o->work->finale && world_chance (w, o->work->sim->p.big ? 0 : 25);
    o->deadline = w->now + (o->hurried ? world_between (w, 1, 1500) * NSEC_PER_MSEC : LONG_DEADLINE * NSEC_PER_SEC);
    say_begin (o);
    enter_model (o);
    if (o->event)
        o->event->start = w->now;
    if (!o->work->finale && world_chance (w, o->work->sim->p.big ? 0 : 40))
        world_at (w, world_below (w, 20 * NSEC_PER_MSEC), cancel, o);
    post_sys_op (o);
}

/* --- choosing --------------------------------------------------------------------------------------------- */

static struct mobj *
random_object (struct work *k, uint8_t type)
{
    struct mobj *o, *found[128];
    unsigned n = 0;
    list_for_each (o, &k->m.objects, link)
        if (o->handle && !o->gone && (o->type == type || !type) && n < ARRAY_SIZE (found))
            found[n++] = o;
    if (!n)
        return NULL;
    o = found[world_below (&k->sim->w, n)];
    if (type == OBJ_DIRECTORY && world_chance (&k->sim->w, 3))
        o = k->m.root;
    return o->maybe_gone && !world_chance (&k->sim->w, 6) ? NULL : o;
}

static struct mname *
random_name (struct work *k, struct mobj *dir)
{
    char name[12];
    snprintf (name, sizeof name, "n%u", (unsigned) world_below (&k->sim->w, k->sim->p.big ? 2 : NAMES));
    return model_name (dir, name);
}

static bool
choose_entry (struct work_op *o)
{
    struct work *k = o->work;
    o->dir = random_object (k, OBJ_DIRECTORY);
    if (!o->dir)
        return false;
    o->name = random_name (k, o->dir);
    o->mode = (uint32_t) world_between (&k->sim->w, 1, 0777);
    if (o->kind == WORK_CREATE)
        o->len = (int64_t) world_below (&k->sim->w, k->sim->p.nservers + 1);
    work_concerns (o, o->name, changes_names (o->kind));
    work_concerns (o, o->dir, false);
    if (o->kind == WORK_REMOVE) {
        o->flags = (int) world_below (&k->sim->w, 3);
        work_concerns (o, o->name->state == NAME_PRESENT ? o->name->obj : NULL, true);
    }
    if (o->kind == WORK_LOOKUP)
        o->flags = (int) world_below (&k->sim->w, 2);
    return true;
}

static bool
choose_rename (struct work_op *o)
{
    struct work *k = o->work;
    struct world *w = &k->sim->w;
    o->dir = random_object (k, OBJ_DIRECTORY);
    o->dir2 = world_chance (w, 2) ? o->dir : random_object (k, OBJ_DIRECTORY);
    if (!o->dir || !o->dir2)
        return false;
    o->name = random_name (k, o->dir);
    o->name2 = random_name (k, o->dir2);
    if (o->name == o->name2)
        return false;
    o->flags = world_chance (w, 5) ? RENAME_KEEP : RENAME_PLAIN;
    work_concerns (o, o->name, true);
    work_concerns (o, o->name2, true);
    work_concerns (o, o->dir, false);
    work_concerns (o, o->dir2, false);
    work_concerns (o, o->name2->state == NAME_PRESENT ? o->name2->obj : NULL, true);
    bool may_be_dir = o->name->state == NAME_UNCERTAIN || (o->name->state == NAME_PRESENT && o->name->obj->type == OBJ_DIRECTORY);
    if (may_be_dir && o->dir != o->dir2)
        work_concerns (o, &k->m, true); /* the tree's shape */
    return true;
}

/* Around the edges of strips and buffers more often than elsewhere. */
static int64_t
random_offset (struct work *k, int64_t max)
{
    struct world *w = &k->sim->w;
    int64_t off = (int64_t) world_below (w, (uint64_t) max);
    if (world_chance (w, 2))
        off = off / k->sim->p.strip * k->sim->p.strip + (int64_t) world_below (w, 5) - 2;
    return MAX (off, (int64_t) 0);
}

static int64_t
random_length (struct work *k)
{
    struct world *w = &k->sim->w;
    switch (k->sim->p.big ? 3 : world_below (w, 5)) {
    case 0:
        return (int64_t) world_between (w, 1, 200);
    case 1:
        return k->sim->p.strip + (int64_t) world_below (w, 5) - 2;
    case 2:
        return (int64_t) world_between (w, 1, 20000);
    case 3:
        return (int64_t) world_between (w, k->sim->p.big ? 100000 : 1, 120000);
    default:
        return (int64_t) world_between (w, 1, 60000);
    }
}

static void
fill_data (struct work_op *o)
{
    o->event = model_event (o->obj, EVENT_WRITE, o->off, o->len, NEVER);
    o->event->synced = o->work->sim->p.sync_data;
    for (int64_t i = 0; i < o->len; i++)
        o->buf[i] = model_byte (o->event, o->off + i);
}

static bool
choose_file (struct work_op *o)
{
    struct work *k = o->work;
    struct world *w = &k->sim->w;
    o->obj = random_object (k, OBJ_METAFILE);
    if (!o->obj)
        return false;
    work_concerns (o, o->obj, false);
    o->off = random_offset (k, world_chance (w, 2) ? 30000 : MAX_FILE / 2);
    if (o->kind == WORK_TRUNCATE && !o->obj->wild)
        o->event = model_event (o->obj, EVENT_TRUNCATE, o->off, 0, NEVER);
    if (o->kind != WORK_READ && o->kind != WORK_WRITE)
        return true;
    o->len = random_length (k);
    o->buf = malloc ((size_t) o->len);
    assert (o->buf);
    memset (o->buf, 0xee, (size_t) o->len);
    if (o->kind == WORK_WRITE && !o->obj->wild)
        fill_data (o);
    return true;
}

static bool
choose_object (struct work_op *o)
{
    o->obj = random_object (o->work, o->kind == WORK_LIST ? OBJ_DIRECTORY : 0);
    if (!o->obj)
        return false;
    work_concerns (o, o->obj, false);
    if (o->kind == WORK_LIST) {
        o->dir = o->obj;
        o->flags = (int) world_below (&o->work->sim->w, 2);
    }
    work_concerns (o, &o->obj->mode, o->kind == WORK_SETATTR);
    o->mode = (uint32_t) world_between (&o->work->sim->w, 1, 0777);
    return true;
}

static enum work_kind
random_kind (struct work *k)
{
    static const uint8_t weights[2][WORK_KINDS] = {
        { 14, 8, 2, 10, 12, 8, 8, 5, 18, 12, 4, 4, 3 },
        { 4, 0, 0, 0, 0, 1, 30, 0, 40, 6, 0, 0, 0 },
    };
    const uint8_t *weight = weights[k->sim->p.big];
    unsigned total = 0;
    for (int i = 0; i < WORK_KINDS; i++)
        total += weight[i];
    uint64_t x = world_below (&k->sim->w, total);
    for (int i = 0;; i++) {
        if (x < weight[i])
            return (enum work_kind) i;
        x -= weight[i];
    }
}

static bool
choose (struct work_op *o)
{
    switch (o->kind) {
    case WORK_RENAME:
        return choose_rename (o);
    case WORK_WRITE:
    case WORK_READ:
    case WORK_TRUNCATE:
    case WORK_FLUSH:
        return choose_file (o);
    case WORK_STAT:
    case WORK_LIST:
    case WORK_SETATTR:
        return choose_object (o);
    default:
        return choose_entry (o);
    }
}

/* --- clients' threads ---------------------------------------------------------------------------------------- */

static void
thread_step (void *arg)
{
    struct sim_client *c = arg;
    struct work *k = c->sim->user;
    if (!c->mounted || !k->left[c->nr])
        return;
    k->left[c->nr]--;
    for (int i = 0; i < 20; i++) {
        struct work_op *o = work_op_new (k, c, random_kind (k));
        if (choose (o)) {
            work_post (o);
            return;
        }
        work_op_free (o);
    }
    world_at (&k->sim->w, NSEC_PER_MSEC, thread_step, c);
}

static void
on_mounted (struct sim_client *c)
{
    struct work *k = c->sim->user;
    if (k->finale)
        return;
    for (unsigned i = 0; i < c->sim->p.parallel; i++)
        world_at (&c->sim->w, world_below (&c->sim->w, NSEC_PER_MSEC), thread_step, c);
}

static void
on_client_death (struct sim_client *c)
{
    struct work *k = c->sim->user;
    struct work_op *o;
    list_for_each (o, &k->ops, link)
        if (o->client == c) {
            o->op = NULL;
            o->hurried = true;
            judge (o, -ECANCELED);
            work_op_free (o);
        }
}

static void
on_power_off (struct sim *s)
{
    model_power_off (&((struct work *) s->user)->m);
}

void
work_init (struct work *k, struct sim *sim)
{
    *k = (struct work){ .sim = sim };
    list_init (&k->ops);
    model_init (&k->m, SIM_ROOT);
    for (unsigned i = 0; i < sim->p.nclients; i++)
        k->left[i] = sim->p.ops;
    sim->user = k;
    sim->on_mounted = on_mounted;
    sim->on_client_death = on_client_death;
    sim->on_power_off = on_power_off;
}

void
work_fini (struct work *k)
{
    struct work_op *o;
    list_for_each (o, &k->ops, link)
        work_op_free (o);
    model_fini (&k->m);
}

bool
work_is_over (const struct work *k)
{
    for (unsigned i = 0; i < k->sim->p.nclients; i++)
        if (k->left[i])
            return false;
    return list_empty (&k->ops);
}
