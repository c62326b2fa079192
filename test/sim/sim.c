/*
 * The simulation's command line. One seed is one world: a cluster, its faults, its clients' work and its
 * end; see README.md.
 */
#include <getopt.h>
#include <unistd.h>

#include "common/gossip/gossip.h"
#include "work.h"

enum { NET_CAPACITIES = 3, FAULT_TIME = 15 };

struct options {
    uint64_t first, count;
    const struct sim_bug *bug;
    bool trace, hash;
};

/* --- what a seed makes ------------------------------------------------------------------------------------ */

/* Every fault has worlds without it, so that a failing seed often tells what it takes. */
static struct sim_params
params_of (struct sim *s)
{
    static const size_t capacities[NET_CAPACITIES] = { 64 << 10, 256 << 10, 4 << 20 };
    struct world *w = &s->w;
    struct sim_params p = {
        .nservers = 3,
        .nclients = 3,
        .sync_data = world_chance (w, 2),
        .strip = world_chance (w, 2) ? 8192 : 20000,
        .flow_buffer = world_chance (w, 2) ? 20480 : 32768,
        .flow_buffers = (uint32_t) world_between (w, 1, 4),
        .net_capacity = capacities[world_below (w, NET_CAPACITIES)],
        .net_delay = world_between (w, 20000, 400000),
        .net_slow_one_in = world_chance (w, 2) ? 0 : world_between (w, 50, 1000),
        .cut_one_in = world_chance (w, 3) ? 0 : world_between (w, 50, 2000),
        .disk_slow_one_in = world_chance (w, 3) ? 0 : world_between (w, 20, 200),
        .disk_slow = world_between (w, 10, 600) * NSEC_PER_MSEC,
        .fault_every = world_chance (w, 4) ? 0 : world_between (w, 20, 300) * NSEC_PER_MSEC,
        .ops = 130,
        .parallel = (unsigned) world_between (w, 1, 4),
    };
    if (world_chance (w, 2)) {
        p.dir_max = (uint32_t) world_between (w, 2, 3);
        p.dir_initial = world_chance (w, 4) ? p.dir_max : 1;
        p.dir_split = (uint32_t) world_between (w, 1, 4);
    }
    if (world_chance (w, 12) || (s->bug && s->bug->flow_before_ack)) {
        p.big = true;
        p.parallel = 4;
        p.ops = 30;
        p.cut_one_in = p.fault_every = 0;
        p.net_capacity = capacities[0];
    }
    return p;
}

static void
next_fault (void *arg)
{
    struct sim *s = arg;
    if (!s->faults || s->w.now > FAULT_TIME * NSEC_PER_SEC)
        return;
    sim_fault (s);
    world_at (&s->w, world_between (&s->w, 1, 2 * s->p.fault_every), next_fault, s);
}

/* --- one world ---------------------------------------------------------------------------------------------- */

static void
replay (const struct options *o, uint64_t seed)
{
    printf ("replay: test/sim/sim --seed %llu%s%s --trace\n", (unsigned long long) seed, o->bug ? " --bug " : "",
            o->bug ? o->bug->name : "");
}

static void
live (struct sim *s, struct work *k)
{
    s->faults = true;
    if (s->p.fault_every)
        world_at (&s->w, world_between (&s->w, 1, 2 * s->p.fault_every), next_fault, s);
    work_drive (k, work_is_over);
    if (s->w.violated)
        return;
    sim_heal (s);
    finale_run (k);
}

/* True: all invariants held. */
static bool
run_seed (const struct options *o, uint64_t seed)
{
    struct sim *s = calloc (1, sizeof *s);
    struct work k;
    assert (s);
    world_init (&s->w, seed, o->trace ? stdout : NULL);
    s->bug = o->bug;
    s->p = params_of (s);
    work_init (&k, s);
    if (cluster_new (s) == 0)
        live (s, &k);
    else if (!s->w.violated)
        world_violation (&s->w, "servers-start", "no cluster");
    bool held = !s->w.violated;
    if (!held) {
        printf ("seed %llu\n", (unsigned long long) seed);
        replay (o, seed);
        fflush (stdout);
        return false; /* whatever is left is as broken as it was found */
    }
    if (o->hash)
        printf ("%llu %016llx %llu\n", (unsigned long long) seed, (unsigned long long) s->w.trace, (unsigned long long) s->w.steps);
    work_fini (&k);
    cluster_free (s);
    world_fini (&s->w);
    free (s);
    return true;
}

/* --- the command --------------------------------------------------------------------------------------------- */

static void
usage (FILE *to)
{
    fprintf (to, "Usage: sim [OPTION...]\n"
                 "Runs simulated clusters, one per seed, and checks named invariants.\n\n"
                 "  --seed N      this one seed\n"
                 "  --seeds N     the seeds 1 to N (default 100)\n"
                 "  --first N     begin with seed N instead of 1\n"
                 "  --bug NAME    switch a known bug on; success is then to find it\n"
                 "  --bugs        print the names of the known bugs\n"
                 "  --trace       tell what happens\n"
                 "  --hash        print seed, trace hash and steps of each world\n"
                 "  --debug WORDS the servers' and clients' own debugging (keywords as in EventLogging)\n"
                 "  --help\n");
}

static void
print_bugs (void)
{
    for (unsigned i = 0; sim_bug_at (i); i++)
        puts (sim_bug_at (i)->name);
}

static void
set_debug (const char *words)
{
    uint64_t mask;
    gossip_parse_mask (words, &mask, NULL, 0);
    gossip_set_logstamp (GOSSIP_STAMP_NONE);
    gossip_enable_stderr ();
    gossip_set_debug_mask (true, mask);
}

static bool
parse (int argc, char **argv, struct options *o)
{
    static const struct option longs[] = {
        { "seed", required_argument, NULL, 's' }, { "seeds", required_argument, NULL, 'n' }, { "first", required_argument, NULL, 'f' },
        { "bug", required_argument, NULL, 'b' },  { "bugs", no_argument, NULL, 'l' },        { "trace", no_argument, NULL, 't' },
        { "hash", no_argument, NULL, 'x' },       { "debug", required_argument, NULL, 'd' }, { "help", no_argument, NULL, 'h' },
        { 0 },
    };
    int c;
    *o = (struct options){ .first = 1, .count = 100 };
    while ((c = getopt_long (argc, argv, "", longs, NULL)) >= 0) {
        if (c == 's' || c == 'f')
            o->first = strtoull (optarg, NULL, 0);
        if (c == 's' || c == 'n')
            o->count = c == 's' ? 1 : strtoull (optarg, NULL, 0);
        o->trace |= c == 't';
        if (c == 't')
            setvbuf (stdout, NULL, _IOLBF, 0);
        o->hash |= c == 'x';
        if (c == 'd')
            set_debug (optarg);
        if (c == 'l' || c == 'h') {
            c == 'l' ? print_bugs () : usage (stdout);
            exit (0);
        }
        if (c == 'b' && !(o->bug = sim_find_bug (optarg))) {
            fprintf (stderr, "sim: no known bug '%s'; see sim --bugs\n", optarg);
            return false;
        }
        if (c == '?')
            return false;
    }
    return optind == argc;
}

int
main (int argc, char **argv)
{
    struct options o;
    gossip_disable ();
    if (!parse (argc, argv, &o)) {
        usage (stderr);
        return 2;
    }
    for (uint64_t i = 0; i < o.count; i++)
        if (!run_seed (&o, o.first + i)) {
            if (o.bug)
                printf ("ok sim-bug-%s (seed %llu)\n", o.bug->name, (unsigned long long) (o.first + i));
            else
                printf ("not ok sim - seed %llu\n", (unsigned long long) (o.first + i));
            fflush (stdout);
            _exit (o.bug ? 0 : 1);
        }
    if (o.bug)
        printf ("not ok sim-bug-%s - not found with %llu seeds\n", o.bug->name, (unsigned long long) o.count);
    else
        printf ("ok sim (%llu seeds)\n", (unsigned long long) o.count);
    return o.bug ? 1 : 0;
}
