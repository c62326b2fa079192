/*
 * Several clients on a few names, connections that break, servers that are killed: each answer must be explained by one order of all calls
 * (linear.h). One seed is one history; README.md.
 */
#include <getopt.h>
#include <unistd.h>

#include "cluster.h"
#include "common/gossip/gossip.h"
#include "linear.h"
#include "names-call.h"
#include "work.h"

enum { CLIENTS = 3, CALLS_EACH = 10, PATIENCE = 600 };
static const uint64_t DEADLINE = 40 * NSEC_PER_SEC;

struct history {
    struct sim sim;
    struct linear_call calls[LINEAR_CALLS];
    unsigned ncalls, running, left[CLIENTS];
    obj_handle handles[NAMES_OBJECTS];
    struct names before;
    bool closing;           /* the last look at every name */
    unsigned looked;
};

/* What a running call belongs to. */
struct asked {
    struct history *h;
    unsigned nr, client;
};

static void next_call (void *arg);

static const char *const slot_names[] = { "a", "b", "x", "y", "x", "y" };

/* --- calls ---------------------------------------------------------------------------------------------------------------- */

static PVFS_object_ref
ref_of (const struct history *h, uint8_t object)
{
    return (PVFS_object_ref){ .handle = object ? h->handles[object] : SIM_ROOT, .fs_id = h->sim.clients[0].fs };
}

static void
fill (const struct history *h, const struct names_op *o, struct sys_args *a)
{
    struct names_call call = { .dir = ref_of (h, (uint8_t) (o->p / 2)), .name = slot_names[o->p], .ndfiles = h->sim.p.nservers };
    if (o->kind == NAMES_CHMOD || o->kind == NAMES_LINK)
        call.object = ref_of (h, o->object);
    if (o->kind >= NAMES_RENAME && o->kind <= NAMES_SWAP) {
        call.dir2 = ref_of (h, (uint8_t) (o->q / 2));
        call.name2 = slot_names[o->q];
    }
    names_call_fill (o->kind, &call, a);
}

static void
say_call (struct history *h, unsigned nr, unsigned client)
{
    const struct linear_call *c = &h->calls[nr];
    world_say (&h->sim.w, "c%u  %u %s %s%s%s object %u%s%s", client, nr, names_kind_name (c->op.kind), names_slot_name (c->op.p),
               names_has_second (c->op.kind) ? " " : "", names_has_second (c->op.kind) ? names_slot_name (c->op.q) : "", c->op.object,
               c->end ? " ends: " : "", !c->end ? "" : c->error ? strerror (-c->error) : "ok");
}

static void
call_ended (struct sys_op *op)
{
    struct asked *asked = op->user;
    struct history *h = asked->h;
    struct linear_call *c = &h->calls[asked->nr];
    c->answered = op->error != -ETIMEDOUT && op->error != -ECANCELED;
    c->error = op->error;
    c->end = h->sim.w.steps;
    c->handle = op->result.ref.handle;
    if (!op->error && names_makes (c->op.kind))
        h->handles[c->op.object] = c->handle;
    say_call (h, asked->nr, asked->client);
    world_at (&h->sim.w, h->closing ? 0 : world_below (&h->sim.w, 2000000), next_call, &h->sim.clients[asked->client]);
    sys_op_free (op);
    free (asked);
    h->running--;
}

static void
post (struct history *h, unsigned client, struct names_op o)
{
    PVFS_credential cred = { .num_groups = 1 };
    struct sys_op *op = sys_op_new (h->sim.clients[client].client, names_call_type (o.kind), &cred);
    struct asked *asked = calloc (1, sizeof *asked);
    assert (op && asked && h->ncalls < LINEAR_CALLS);
    *asked = (struct asked){ h, h->ncalls, client };
    h->calls[h->ncalls++] = (struct linear_call){ .op = o, .begun = h->sim.w.steps };
    say_call (h, asked->nr, client);
    fill (h, &o, &op->a);
    op->deadline = h->sim.w.now + DEADLINE;
    op->user = asked;
    op->done = call_ended;
    h->running++;
    sys_op_post (op);
}

/* --- choosing --------------------------------------------------------------------------------------------------------------- */

/* Something that was made, and perhaps is gone. */
static uint8_t
random_object (struct history *h)
{
    uint8_t found[NAMES_OBJECTS];
    unsigned n = 0;
    for (uint8_t i = NAMES_FIRST; i < NAMES_OBJECTS; i++)
        if (h->handles[i])
            found[n++] = i;
    return n ? found[world_below (&h->sim.w, n)] : 0;
}

static struct names_op
random_op (struct history *h)
{
    static const enum names_kind kinds[] = { NAMES_CREATE, NAMES_CREATE, NAMES_STRIPED, NAMES_MKDIR, NAMES_MKDIR, NAMES_SYMLINK, NAMES_UNLINK,
                                             NAMES_UNLINK, NAMES_RMDIR, NAMES_RENAME, NAMES_RENAME, NAMES_RENAME, NAMES_KEEP, NAMES_SWAP,
                                             NAMES_LINK, NAMES_LINK, NAMES_LOOKUP, NAMES_LOOKUP };
    struct world *w = &h->sim.w;
    struct names_op o = { .kind = kinds[world_below (w, ARRAY_SIZE (kinds))] };
    o.p = (enum names_slot) world_between (w, A_X, B_Y);
    o.q = (enum names_slot) world_between (w, A_X, B_Y);
    if (o.kind == NAMES_LINK)
        o.object = random_object (h);
    if (o.kind == NAMES_LINK ? !o.object : names_has_second (o.kind) && o.p == o.q)
        o.kind = NAMES_LOOKUP;
    if (names_makes (o.kind))
        o.object = (uint8_t) (NAMES_FIRST + h->ncalls);
    return o;
}

static void
next_call (void *arg)
{
    struct sim_client *c = arg;
    struct history *h = c->sim->user;
    if (h->closing && h->looked < NAMES_SLOTS)
        post (h, 0, (struct names_op){ NAMES_LOOKUP, (enum names_slot) h->looked++, 0, 0 });
    else if (!h->closing && h->left[c->nr]) {
        h->left[c->nr]--;
        post (h, c->nr, random_op (h));
    }
}

/* --- one history ---------------------------------------------------------------------------------------------------------------- */

static bool
all_mounted (const struct history *h)
{
    for (unsigned i = 0; i < h->sim.p.nclients; i++)
        if (!h->sim.clients[i].mounted)
            return false;
    return true;
}

static bool
is_over (const struct history *h)
{
    for (unsigned i = 0; i < CLIENTS; i++)
        if (h->left[i])
            return false;
    return !h->running;
}

static bool
all_is_quiet (const struct history *h)
{
    return !h->running && world_quiet (&h->sim.w);
}

static void
drive (struct history *h, bool (*over) (const struct history *))
{
    struct world *w = &h->sim.w;
    uint64_t begun = w->now;
    while (!w->violated && !over (h)) {
        world_step (w);
        if (w->now - begun > PATIENCE * NSEC_PER_SEC) {
            world_violation (w, "rest", "the world does not come to rest");
            sim_print_chain (&h->sim, stdout);
        }
    }
}

static void
next_fault (void *arg)
{
    struct sim *s = arg;
    struct sim_server *v = &s->servers[world_below (&s->w, s->p.nservers)];
    if (!s->faults)
        return;
    sim_server_down (v, world_chance (&s->w, 2));
    world_at (&s->w, world_between (&s->w, 1, 2 * s->p.fault_every), next_fault, s);
}

static void
make_directory (struct history *h, enum names_slot slot, uint8_t object)
{
    h->handles[object] = 0;
    post (h, 0, (struct names_op){ NAMES_MKDIR, slot, 0, object });
    drive (h, all_is_quiet);
    h->ncalls = 0;
}

static void
live (struct history *h)
{
    struct sim *s = &h->sim;
    drive (h, all_mounted);
    make_directory (h, ROOT_A, OBJ_A);
    make_directory (h, ROOT_B, OBJ_B);
    names_init (&h->before);
    s->faults = true;
    if (s->p.fault_every)
        world_at (&s->w, world_between (&s->w, 1, 2 * s->p.fault_every), next_fault, s);
    for (unsigned i = 0; i < CLIENTS; i++) {
        h->left[i] = CALLS_EACH;
        next_call (&s->clients[i]);
    }
    drive (h, is_over);
    sim_heal (s);
    drive (h, all_is_quiet);
    h->closing = true;
    next_call (&s->clients[0]);
    drive (h, all_is_quiet);
}

static void
judge_history (struct history *h)
{
    struct world *w = &h->sim.w;
    if (!w->violated && !linear_explains (&h->before, h->calls, h->ncalls, h->handles))
        world_violation (w, "linear", "no order of the %u calls explains their answers", h->ncalls);
    if (!w->violated)
        back_check (&h->sim);
    if (!w->violated)
        disks_check (&h->sim);
}

static struct sim_params
params_of (struct world *w)
{
    struct sim_params p = {
        .nservers = (unsigned) world_between (w, 2, 3), .nclients = CLIENTS, .sync_data = true, .strip = 8192, .flow_buffer = 4096,
        .flow_buffers = 1, .net_capacity = 64 << 10, .net_delay = world_between (w, 20000, 400000),
        .net_slow_one_in = world_chance (w, 2) ? 0 : world_between (w, 10, 200), .cut_one_in = world_chance (w, 4) ? 0 : world_between (w, 5, 200),
        .disk_slow_one_in = world_chance (w, 2) ? 0 : world_between (w, 5, 100), .disk_slow = 50 * NSEC_PER_MSEC,
        .fault_every = world_chance (w, 2) ? 0 : world_between (w, 2, 60) * NSEC_PER_MSEC,
    };
    if (world_chance (w, 2)) { /* directories over all servers */
        p.dir_max = p.nservers;
        p.dir_initial = world_chance (w, 2) ? p.nservers : 1;
        p.dir_split = (uint32_t) world_between (w, 1, 2);
    }
    p.no_tickets = world_chance (w, 4); /* all have been lost: moves of directories meet */
    return p;
}

static bool
run_seed (uint64_t seed, const struct sim_bug *bug, bool trace)
{
    struct history *h = calloc (1, sizeof *h);
    assert (h);
    world_init (&h->sim.w, seed, trace ? stdout : NULL);
    h->sim.bug = bug;
    h->sim.p = params_of (&h->sim.w);
    h->sim.user = h;
    if (cluster_new (&h->sim) < 0)
        return false;
    live (h);
    judge_history (h);
    if (h->sim.w.violated) {
        printf ("replay: test/sim/linear --seed %llu%s%s --trace\n", (unsigned long long) seed, bug ? " --bug " : "", bug ? bug->name : "");
        return false;
    }
    cluster_free (&h->sim);
    world_fini (&h->sim.w);
    free (h);
    return true;
}

/* --- the command ------------------------------------------------------------------------------------------------------------------ */

static void
usage (FILE *to)
{
    fprintf (to, "Usage: linear [OPTION...]\n"
                 "Random histories of calls on few names; one order of the calls must explain all answers.\n\n"
                 "  --seeds N     the seeds 1 to N (default 300)\n"
                 "  --seed N      this one\n"
                 "  --bug NAME    switch a known bug on; success is then to find it\n"
                 "  --trace       tell what happens\n");
}

int
main (int argc, char **argv)
{
    static const struct option longs[] = {
        { "seeds", required_argument, NULL, 'n' }, { "seed", required_argument, NULL, 's' }, { "bug", required_argument, NULL, 'b' },
        { "trace", no_argument, NULL, 't' },       { "help", no_argument, NULL, 'h' },       { 0 },
    };
    uint64_t first = 1, count = 300;
    const struct sim_bug *bug = NULL;
    bool trace = false, right = true;
    int c;
    gossip_disable ();
    while ((c = getopt_long (argc, argv, "", longs, NULL)) >= 0) {
        if (c == 'n' || c == 's')
            count = strtoull (optarg, NULL, 10);
        if (c == 's') {
            first = count;
            count = 1;
        }
        trace |= c == 't';
        if (c == 'h') {
            usage (stdout);
            return 0;
        }
        if (c == '?' || (c == 'b' && !(bug = sim_find_bug (optarg)))) {
            usage (stderr);
            return 2;
        }
    }
    uint64_t seed = first;
    for (; right && seed < first + count; seed++)
        right = run_seed (seed, bug, trace);
    if (bug)
        printf ("%s sim-linear-bug-%s (%llu seeds)\n", right ? "not ok" : "ok", bug->name, (unsigned long long) (seed - first));
    else
        printf ("%s sim-linear (%llu seeds)\n", right ? "ok" : "not ok", (unsigned long long) (seed - first));
    fflush (stdout);
    _exit (right == !bug ? 0 : 1);
}
