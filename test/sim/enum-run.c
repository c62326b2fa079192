/*
 * One world of the enumeration: how it is made, how it runs, where it can be otherwise; see enum.h.
 */
#include "enum.h"
#include "names-call.h"
#include "work.h"

enum { PATIENCE = 300, TRIES = 40, MOST_LATE = 5 };
static const uint64_t HOP = 100000, FLUSH_TIME = 130000, DOWN_TIME = 2 * NSEC_PER_MSEC, DEADLINE = 60 * NSEC_PER_SEC;

/* --- choices ------------------------------------------------------------------------------------------------------ */

static unsigned
chosen (const struct enumeration *e, uint32_t at)
{
    for (unsigned i = 0; i < e->scenario.nchoices; i++)
        if (e->scenario.choices[i].at == at)
            return e->scenario.choices[i].answer;
    return 0;
}

static bool
is_behind (const struct enumeration *e, uint32_t at)
{
    unsigned n = e->scenario.nchoices;
    return !n || e->scenario.choices[n - 1].at < at;
}

static void
note_open (struct enumeration *e, uint32_t at, unsigned answers)
{
    if (e->nopen == e->cap) {
        e->cap = e->cap * 2 + 256;
        e->open = realloc (e->open, e->cap * sizeof *e->open);
        assert (e->open);
    }
    e->open[e->nopen++] = (struct open_choice){ at, answers };
}

static unsigned
drawn (struct enumeration *e, enum choice_kind kind, uint64_t nth, uint32_t at, unsigned n)
{
    struct scenario *s = &e->scenario;
    for (unsigned i = 0; i < e->npicks; i++)
        if (e->picks[i].kind == kind && e->picks[i].nth == nth) {
            unsigned answer = 1 + (unsigned) (e->picks[i].draw % (n - 1));
            s->choices[s->nchoices++] = e->tally->now.choices[e->tally->now.nchoices++] = (struct choice){ at, answer };
            return answer;
        }
    return 0;
}

/* One of n answers. */
static unsigned
choose (struct enumeration *e, enum choice_kind kind, unsigned n)
{
    uint32_t at = e->points++;
    uint64_t nth = e->of_kind[kind]++;
    unsigned answer = chosen (e, at);
    if (!answer && e->left[kind] && n > 1) {
        answer = drawn (e, kind, nth, at, n);
        if (!answer && !e->npicks && is_behind (e, at))
            note_open (e, at, n);
    }
    if (answer && e->left[kind])
        e->left[kind]--;
    return answer;
}

/* --- crashes -------------------------------------------------------------------------------------------------------- */

/* What survives of a journal, then of each write. */
struct survival {
    uint64_t keep;
    bool asked;
};

static uint64_t
survives (void *arg)
{
    struct survival *s = arg;
    if (s->asked)
        return s->keep ? 1 : 0;
    s->asked = true;
    return s->keep;
}

static void
start_again (void *arg)
{
    struct sim_server *v = arg;
    if (!v->server)
        sim_server_start (v);
}

/* keep: commits that survive; NULL: it is killed, and all of them do. */
static void
crash (struct sim_server *v, const uint64_t *keep)
{
    struct survival s = { .keep = keep ? *keep : 0 };
    world_say (&v->sim->w, "%s: %s %llu", v->alias, keep ? "power off, commits that survive:" : "killed", (unsigned long long) s.keep);
    sim_server_stop (v, keep ? survives : NULL, &s);
    world_at (&v->sim->w, DOWN_TIME, start_again, v);
}

static void
client_dies (struct enumeration *e, unsigned nr)
{
    world_say (&e->sim.w, "c%u: dies", nr);
    sim_client_stop (&e->sim.clients[nr], true);
    for (unsigned i = 0; i < e->scenario.nops; i++)
        if (e->calls[i].sys && (e->scenario.together ? i : 0) == nr) {
            e->calls[i].sys = NULL;
            e->calls[i].lost = true;
        }
}

/* keep: commits that survive of each server's journal; ALL_OF_THEM: killed. */
struct disaster {
    enum { ONE_SERVER, ALL_SERVERS, ONE_CLIENT } who;
    unsigned nr;
    uint64_t keep;
};
enum { MAX_DISASTERS = 64 };
#define ALL_OF_THEM UINT64_MAX

static unsigned
add_server (struct enumeration *e, unsigned i, struct disaster *list, unsigned n)
{
    const struct sim_server *v = &e->sim.servers[i];
    uint64_t journal = MIN (list_count (&v->disk->journal), (size_t) 8);
    for (uint64_t keep = 0; keep < journal; keep++)
        list[n++] = (struct disaster){ ONE_SERVER, i, keep };
    list[n++] = (struct disaster){ ONE_SERVER, i, ALL_OF_THEM };
    return n;
}

/* A server that did nothing since it could crash last would only do the same again. */
static unsigned
list_disasters (struct enumeration *e, struct disaster *list)
{
    struct sim *s = &e->sim;
    unsigned n = 0;
    bool unflushed = false, moved = false;
    for (unsigned i = 0; i < s->p.nservers; i++) {
        struct sim_server *v = &s->servers[i];
        if (!v->server || v->node->steps == e->steps_of[i])
            continue;
        e->steps_of[i] = v->node->steps;
        n = add_server (e, i, list, n);
        moved = true;
        unflushed |= !list_empty (&v->disk->journal);
    }
    if (unflushed)
        list[n++] = (struct disaster){ ALL_SERVERS, 0, 0 };
    if (moved)
        list[n++] = (struct disaster){ ALL_SERVERS, 0, ALL_OF_THEM };
    for (unsigned i = 0; i < s->p.nclients; i++)
        if (s->clients[i].client)
            list[n++] = (struct disaster){ ONE_CLIENT, i, 0 };
    return n;
}

static void
happen (struct enumeration *e, const struct disaster *d)
{
    const uint64_t *keep = d->keep == ALL_OF_THEM ? NULL : &d->keep;
    if (d->who == ONE_CLIENT)
        client_dies (e, d->nr);
    if (d->who == ONE_SERVER)
        crash (&e->sim.servers[d->nr], keep);
    for (unsigned i = 0; d->who == ALL_SERVERS && i < e->sim.p.nservers; i++)
        if (e->sim.servers[i].server)
            crash (&e->sim.servers[i], keep);
}

/* True: something has. */
static bool
may_happen (struct enumeration *e)
{
    struct disaster list[MAX_DISASTERS];
    unsigned answer = choose (e, CHOOSE_CRASH, 1 + list_disasters (e, list));
    if (answer)
        happen (e, &list[answer - 1]);
    return answer;
}

/* --- time ------------------------------------------------------------------------------------------------------------- */

static uint64_t
net_delay (struct sim *s, size_t size)
{
    struct enumeration *e = container_of (s, struct enumeration, sim);
    return e->live ? HOP * (1 + choose (e, CHOOSE_DELAY, MOST_LATE)) : HOP;
}

static uint64_t
disk_delay (struct sim *s, const char *what)
{
    return strcmp (what, "txn") == 0 || strcmp (what, "read") == 0 ? 0 : FLUSH_TIME;
}

/* --- steps ------------------------------------------------------------------------------------------------------------ */

static bool
all_up (const struct sim *s)
{
    for (unsigned i = 0; i < s->p.nservers; i++)
        if (!s->servers[i].server)
            return false;
    return true;
}

/* No call waits for an answer. */
static bool
is_answered (const struct enumeration *e)
{
    for (unsigned i = 0; i < e->scenario.nops; i++)
        if (e->calls[i].sys)
            return false;
    return true;
}

static bool
is_over (const struct enumeration *e)
{
    for (unsigned i = 0; i < e->scenario.nops; i++)
        if (e->calls[i].sys)
            return false;
    return all_up (&e->sim) && world_quiet (&e->sim.w);
}

/* What a crash could make different: something arrived, was committed or is durable. */
static uint64_t
progress (const struct sim *s)
{
    uint64_t n = s->w.fired;
    for (unsigned i = 0; i < s->p.nservers; i++)
        n += s->servers[i].disk->committed;
    return n;
}

static void
drive_until (struct enumeration *e, bool (*over) (const struct enumeration *))
{
    struct sim *s = &e->sim;
    uint64_t begun = s->w.now, at = progress (s);
    while (!s->w.violated && !over (e)) {
        if (e->live && progress (s) != at) {
            at = progress (s);
            if (may_happen (e))
                continue;
        }
        if (world_quiet (&s->w)) {
            world_violation (&s->w, "no-deadlock", "stuck: nothing will happen any more, operations are outstanding");
            sim_print_chain (s, stdout);
        }
        world_step (&s->w);
        e->tally->steps++;
        if (s->w.now - begun > PATIENCE * NSEC_PER_SEC) {
            world_violation (&s->w, "rest", "the world does not come to rest");
            sim_print_chain (s, stdout);
        }
    }
}

static void
drive (struct enumeration *e)
{
    drive_until (e, is_over);
}

/* --- operations --------------------------------------------------------------------------------------------------------- */

static PVFS_object_ref
ref_of (const struct enumeration *e, uint8_t object)
{
    return (PVFS_object_ref){ .handle = object ? e->handles[object] : SIM_ROOT, .fs_id = e->sim.clients[0].fs };
}

static PVFS_object_ref
dir_ref (const struct enumeration *e, enum names_slot s)
{
    return ref_of (e, (uint8_t) (s / 2));
}

static void
fill (struct enumeration *e, const struct call *c, struct sys_args *a)
{
    const struct names_op *o = &c->op;
    struct names_call call = { .dir = dir_ref (e, o->p), .name = c->as ? c->as : e->text[o->p], .object = c->object, .ndfiles = e->sim.p.nservers };
    if (o->kind >= NAMES_RENAME && o->kind <= NAMES_SWAP) {
        call.dir2 = dir_ref (e, o->q);
        call.name2 = e->text[o->q];
    }
    names_call_fill (o->kind, &call, a);
}

static void call_ended (struct sys_op *op);

static void
post (struct enumeration *e, unsigned nr)
{
    struct call *c = &e->calls[nr];
    struct sim_client *client = &e->sim.clients[e->scenario.together ? nr : 0];
    PVFS_credential cred = { .num_groups = 1 };
    c->sys = sys_op_new (client->client, names_call_type (c->op.kind), &cred);
    assert (c->sys);
    fill (e, c, &c->sys->a);
    c->sys->deadline = e->sim.w.now + DEADLINE;
    c->sys->user = c;
    c->sys->done = call_ended;
    c->posted = true;
    c->begun = e->sim.w.steps;
    world_say (&e->sim.w, "c%u: %s %s", client->nr, names_kind_name (c->op.kind), names_slot_name (c->op.p));
    sys_op_post (c->sys);
}

static void
call_ended (struct sys_op *op)
{
    struct call *c = op->user;
    struct enumeration *e = c->e;
    uint8_t object;
    world_say (&e->sim.w, "%s ends: %s", op->type->name, op->error ? strerror (-op->error) : "ok");
    c->error = op->error;
    c->made = op->result.ref.handle;
    c->ended = true;
    c->end = e->sim.w.steps;
    c->sys = NULL;
    sys_op_free (op);
    if (c->error)
        return;
    names_apply (&e->now, &c->op, &object);
    if (names_makes (c->op.kind))
        e->handles[c->op.object] = c->made;
}

/* Whoever links or changes an object knows it by its name of now; without one there is nothing to ask. */
static void
begin (struct enumeration *e, unsigned nr)
{
    struct call *c = &e->calls[nr];
    bool by_handle = c->op.kind == NAMES_LINK || c->op.kind == NAMES_CHMOD;
    *c = (struct call){ .e = e, .op = c->op };
    if (by_handle) {
        c->op.object = e->now.slot[c->op.kind == NAMES_LINK ? c->op.q : c->op.p];
        c->object = ref_of (e, c->op.object);
    } else {
        c->op.object = (uint8_t) (NAMES_OBJECTS - ENUM_OPS + nr);
    }
    if (!by_handle || c->op.object) {
        post (e, nr);
        return;
    }
    c->posted = c->ended = true;
    c->error = -ENOENT;
    c->begun = c->end = e->sim.w.steps;
}

static void
next_call (struct enumeration *e)
{
    for (unsigned i = 0; i < e->scenario.nops; i++)
        if (!e->calls[i].posted) {
            if ((e->scenario.together || i == 0 || e->calls[i - 1].ended) && e->sim.clients[e->scenario.together ? i : 0].client)
                begin (e, i);
            return;
        }
}

/* --- a state --------------------------------------------------------------------------------------------------------------- */

/* One call from beginning to rest, which must succeed. -1: told. */
static int
quietly (struct enumeration *e, struct names_op op, const char *as, obj_handle *ret_made)
{
    struct call *c = &e->calls[0];
    e->scenario.nops = 1;
    e->scenario.together = false;
    *c = (struct call){ .e = e, .op = op, .as = as };
    if (op.kind == NAMES_LINK || op.kind == NAMES_CHMOD)
        c->object = ref_of (e, op.object);
    post (e, 0);
    drive (e);
    if (ret_made)
        *ret_made = c->made;
    if (!c->error || e->sim.w.violated)
        return e->sim.w.violated ? -1 : 0;
    world_violation (&e->sim.w, "errors", "%s of %s ends with %s while the state is made", names_kind_name (op.kind),
                     as ? as : e->text[op.p], strerror (-c->error));
    return -1;
}

static enum names_slot
mirror (enum names_slot s)
{
    return s < B_X ? (enum names_slot) (s + 2) : (enum names_slot) (s - 2);
}

static int
make_value (struct enumeration *e, enum names_slot s, char value, uint8_t object, uint8_t *linked)
{
    static const enum names_kind kinds[] = { ['F'] = NAMES_CREATE, ['L'] = NAMES_CREATE, ['T'] = NAMES_STRIPED, ['D'] = NAMES_MKDIR,
                                             ['S'] = NAMES_SYMLINK };
    if (value == 'M') {
        struct names_op make = { NAMES_CREATE, mirror (s), 0, object }, move = { NAMES_RENAME, mirror (s), s, 0 };
        if (quietly (e, make, "t", NULL) < 0 || quietly (e, move, "t", NULL) < 0)
            return -1;
    } else if (value == 'L' && *linked) {
        if (quietly (e, (struct names_op){ NAMES_LINK, s, 0, *linked }, NULL, NULL) < 0)
            return -1;
        object = *linked;
    } else if (quietly (e, (struct names_op){ kinds[(int) value], s, 0, object }, NULL, NULL) < 0) {
        return -1;
    }
    if (value == 'L')
        *linked = object;
    e->names.slot[s] = object;
    e->names.type[object] = value == 'D' ? TYPE_DIR : value == 'S' ? TYPE_SYMLINK : TYPE_FILE;
    return 0;
}

/* The last L is made first: of a link in /a and /b the object is in /b. */
static int
make_state (struct enumeration *e, const char *state)
{
    uint8_t object = NAMES_FIRST, linked = 0;
    for (int i = ENUM_VALUES - 1; i >= 0; i--)
        if (state[i] != '-' && make_value (e, (enum names_slot) (A_X + i), state[i], object++, &linked) < 0)
            return -1;
    return 0;
}

/* A name in `dir` whose directory comes to `server`, or with `other` to any other server. */
static int
find_name (struct enumeration *e, enum names_slot s, unsigned server, bool other, bool keep)
{
    for (unsigned i = 0; i < TRIES; i++) {
        obj_handle h;
        snprintf (e->text[s], sizeof e->text[s], "%c%u", "abxyxy"[s], i);
        if (quietly (e, (struct names_op){ NAMES_MKDIR, s, 0, NAMES_OBJECTS - 1 }, NULL, &h) < 0)
            return -1;
        bool there = (h >> 33) == server;
        if (there != other && keep)
            e->handles[s == ROOT_A ? OBJ_A : OBJ_B] = h;
        if (there != other && keep)
            return 0;
        if (quietly (e, (struct names_op){ NAMES_RMDIR, s, 0, 0 }, NULL, NULL) < 0)
            return -1;
        if (there != other)
            return 0;
    }
    world_violation (&e->sim.w, "errors", "no name whose directory comes to %s%u", other ? "another server than s" : "s", server);
    return -1;
}

/* x: its directory is where its parent is; y: elsewhere. */
static int
find_names (struct enumeration *e)
{
    unsigned a = e->sim.p.nservers == 2 ? 0 : 1, b = e->sim.p.nservers - 1;
    if (find_name (e, ROOT_A, a, false, true) < 0 || find_name (e, ROOT_B, b, false, true) < 0)
        return -1;
    if (find_name (e, A_X, a, false, false) < 0 || find_name (e, A_Y, a, true, false) < 0)
        return -1;
    return find_name (e, B_X, b, false, false) < 0 ? -1 : find_name (e, B_Y, b, true, false);
}

static bool
is_ready (const struct enumeration *e)
{
    const struct sim *s = &e->sim;
    for (unsigned i = 0; i < s->p.nclients; i++)
        if (!s->clients[i].mounted)
            return false;
    return world_quiet (&s->w);
}

/* --- clusters, open and closed --------------------------------------------------------------------------------------------------- */

/* Each seed has its own client ids: nobody is answered what another one asked. */
static int
open_cluster (struct enumeration *e, const struct still *from, uint64_t seed, unsigned nclients)
{
    struct sim *s = &e->sim;
    const struct sim_bug *bug = s->bug;
    *s = (struct sim){ .bug = bug, .config = from->config, .net_delay = net_delay, .disk_delay = disk_delay };
    world_init (&s->w, seed, e->trace);
    s->w.orderly = true;
    s->w.now = MAX (s->w.now, from->now);
    s->p = (struct sim_params){ .nservers = from->nservers, .nclients = nclients, .sync_data = true, .strip = 8192, .flow_buffer = 4096,
                                .flow_buffers = 1, .net_capacity = 64 << 10,
                                .dir_split = 1, .dir_max = e->spread ? from->nservers : 0, .no_tickets = e->no_tickets };
    for (unsigned i = 0; i < from->nservers; i++)
        if (from->disks[i] && disk_clone (from->disks[i], &s->servers[i].disk) < 0)
            return -1;
    e->live = false;
    e->names = e->now = from->names;
    memcpy (e->handles, from->handles, sizeof e->handles);
    memset (&e->handles[NAMES_OBJECTS - ENUM_OPS], 0, ENUM_OPS * sizeof e->handles[0]);
    memcpy (e->text, from->text, sizeof e->text);
    e->scenario = (struct scenario){ .nservers = from->nservers };
    if (cluster_new (s) < 0)
        return -1;
    drive_until (e, is_ready);
    return s->w.violated ? -1 : 0;
}

static void
discard_cluster (struct enumeration *e)
{
    struct sim *s = &e->sim;
    cluster_close (s);
    for (unsigned i = 0; i < s->p.nservers; i++)
        trove_mem_disk_free (s->servers[i].disk);
    world_fini (&s->w);
}

static void
keep_cluster (struct enumeration *e, struct still *ret)
{
    struct sim *s = &e->sim;
    cluster_close (s);
    *ret = (struct still){ .nservers = s->p.nservers, .now = s->w.now + 1, .config = s->config, .names = e->now };
    for (unsigned i = 0; i < s->p.nservers; i++)
        ret->disks[i] = s->servers[i].disk;
    memcpy (ret->handles, e->handles, sizeof e->handles);
    memcpy (ret->text, e->text, sizeof e->text);
    world_fini (&s->w);
}

void
still_fini (struct still *s)
{
    for (unsigned i = 0; i < s->nservers; i++)
        trove_mem_disk_free (s->disks[i]);
}

int
enum_base (struct enumeration *e, unsigned nservers, struct still *ret)
{
    struct still empty = { .nservers = nservers };
    names_init (&empty.names);
    if (open_cluster (e, &empty, 1, 1) < 0 || find_names (e) < 0)
        return -1;
    names_init (&e->now);
    keep_cluster (e, ret);
    return 0;
}

int
enum_state (struct enumeration *e, const struct still *base, const char *state, struct still *ret)
{
    if (open_cluster (e, base, 2, 1) < 0 || make_state (e, state) < 0)
        return -1;
    e->now = e->names;
    keep_cluster (e, ret);
    return 0;
}

/* --- a run ------------------------------------------------------------------------------------------------------------------- */

static void
tell_failure (struct enumeration *e)
{
    char id[ENUM_ID];
    enum_print_id (&e->scenario, id);
    e->tally->failures++;
    printf ("replay: test/sim/enum --replay %s%s%s --trace\n", id, e->sim.bug ? " --bug " : "", e->sim.bug ? e->sim.bug->name : "");
    fflush (stdout);
}

static void
not_explained (struct enumeration *e)
{
    char text[256] = "";
    for (unsigned i = 0; i < e->scenario.nops; i++)
        snprintf (text + strlen (text), sizeof text - strlen (text), " %s: %s;", names_kind_name (e->calls[i].op.kind),
                  !e->calls[i].ended ? "no answer" : e->calls[i].error ? strerror (-e->calls[i].error) : "ok");
    world_violation (&e->sim.w, "explained", "no order of the calls gives these answers and names:%s", text);
}

static void
judge_run (struct enumeration *e)
{
    struct world *w = &e->sim.w;
    if (!w->violated)
        back_check (&e->sim);
    if (!w->violated)
        disks_check (&e->sim);
    if (!w->violated && !enum_explained (e))
        not_explained (e);
    e->tally->runs++;
    e->tally->second += e->scenario.nchoices > 1;
    if (w->violated)
        tell_failure (e);
}

static void
run_calls (struct enumeration *e)
{
    e->live = true;
    for (unsigned i = 0; i < e->scenario.nops; i++) {
        next_call (e);
        if (!e->scenario.together)
            drive_until (e, is_answered);
    }
    drive (e);
    e->live = false;
}

bool
enum_run (struct enumeration *e, const struct still *from, const struct scenario *s)
{
    e->tally->now = *s;
    if (open_cluster (e, from, 3, s->together ? s->nops : 1) < 0)
        return false;
    e->scenario = *s;
    memcpy (e->left, e->most, sizeof e->left);
    e->points = 0;
    e->nopen = 0;
    memset (e->steps_of, 0, sizeof e->steps_of);
    memset (e->of_kind, 0, sizeof e->of_kind);
    for (unsigned i = 0; i < s->nops; i++)
        e->calls[i] = (struct call){ .e = e, .op = s->ops[i] };
    run_calls (e);
    judge_run (e);
    bool right = !e->sim.w.violated;
    if (right)
        discard_cluster (e); /* else whatever is left is as broken as it was found */
    return right;
}

bool
enum_explore (struct enumeration *e, const struct still *from, const struct scenario *s)
{
    bool right = enum_run (e, from, s);
    size_t n = e->nopen;
    struct open_choice *open = malloc (MAX (n, 1) * sizeof *open);
    assert (open);
    memcpy (open, e->open, n * sizeof *open);
    e->tally->points += n;
    for (size_t i = 0; right && i < n; i++)
        for (unsigned answer = 1; right && answer < open[i].answers; answer++) {
            struct scenario next = *s;
            next.choices[next.nchoices++] = (struct choice){ open[i].at, answer };
            right = enum_explore (e, from, &next);
        }
    free (open);
    return right;
}
