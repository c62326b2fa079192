/*
 * The enumeration's command line: which states and operations there are; see enum.h and README.md.
 */
#include <getopt.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "common/gossip/gossip.h"
#include "enum.h"

struct options {
    char mode;              /* a, b, c, d */
    unsigned first_servers, last_servers, crashes, delays;
    uint64_t samples, seed;
    double minutes;
    unsigned part, parts;
    const char *replay;
    const struct sim_bug *bug;
    bool trace, spread, no_tickets;
};

/* Where scenarios go. */
struct sink {
    const struct options *o;
    struct enumeration *e;
    const struct still *base;
    void (*take) (struct sink *, const struct scenario *);
    uint64_t count;
};

/* --- operations -------------------------------------------------------------------------------------------------------- */

static const struct {
    enum names_slot p, q;
} pairs[] = {
    { A_X, A_Y }, { A_Y, A_X }, { A_X, B_X }, { B_X, A_X }, { A_Y, B_Y }, { B_Y, A_Y },
};

/* Renames of /a and /b themselves and of what is in them: into the own subtree, over a full directory, up and down. */
static const struct {
    enum names_slot p, q;
} high[] = {
    { ROOT_A, ROOT_B }, { ROOT_B, ROOT_A }, { ROOT_B, A_X }, { ROOT_B, A_Y }, { A_X, ROOT_B }, { A_Y, ROOT_B }, { ROOT_A, A_X },
};

static unsigned
list_ops (struct names_op *ops)
{
    unsigned n = 0;
    for (enum names_kind k = 0; k < NAMES_RENAME; k++)
        for (enum names_slot s = A_X; s <= B_Y; s++)
            if (k != NAMES_LOOKUP)
                ops[n++] = (struct names_op){ k, s, 0, 0 };
    ops[n++] = (struct names_op){ NAMES_RMDIR, ROOT_B, 0, 0 };
    for (enum names_kind k = NAMES_RENAME; k < NAMES_KINDS; k++)
        for (unsigned i = 0; i < ARRAY_SIZE (pairs); i++)
            ops[n++] = (struct names_op){ k, pairs[i].p, pairs[i].q, 0 };
    for (enum names_kind k = NAMES_RENAME; k < NAMES_LINK; k++)
        for (unsigned i = 0; i < ARRAY_SIZE (high); i++)
            ops[n++] = (struct names_op){ k, high[i].p, high[i].q, 0 };
    return n;
}

enum { MAX_OPS = 128 };

/* --- states -------------------------------------------------------------------------------------------------------------- */

/* The names that the operations concern; of /a or /b itself: one name in each, for a directory may be full. */
static unsigned
slots_of (const struct scenario *s)
{
    unsigned mask = 0;
    for (unsigned i = 0; i < s->nops; i++) {
        mask |= 1u << s->ops[i].p;
        if (names_has_second (s->ops[i].kind))
            mask |= 1u << s->ops[i].q;
    }
    if (mask & (1u << ROOT_A | 1u << ROOT_B))
        mask |= 1u << B_X;
    return mask & ~(1u << ROOT_A | 1u << ROOT_B);
}

/* One L has its other name in the other directory; if both names there are looked at there is no such state. */
static bool
complete_links (char *state, unsigned mask)
{
    char *l = strchr (state, 'L');
    if (!l || strchr (l + 1, 'L'))
        return true;
    for (int i = ENUM_VALUES - 1; i >= 0; i--)
        if (!(mask & 1u << (A_X + i)) && (i < 2) != (l - state < 2)) {
            state[i] = 'L';
            return true;
        }
    return false;
}

static void
each_state (struct sink *k, const struct scenario *s, const char *values)
{
    unsigned mask = slots_of (s), slots[ENUM_VALUES], n = 0;
    uint64_t all = 1;
    for (unsigned i = 0; i < ENUM_VALUES; i++)
        if (mask & 1u << (A_X + i)) {
            slots[n++] = i;
            all *= strlen (values);
        }
    for (uint64_t x = 0; x < all; x++) {
        struct scenario next = *s;
        uint64_t rest = x;
        strcpy (next.state, "----");
        for (unsigned i = 0; i < n; i++, rest /= strlen (values))
            next.state[slots[i]] = values[rest % strlen (values)];
        if (complete_links (next.state, mask))
            k->take (k, &next);
    }
}

static void
each_single (struct sink *k, unsigned nservers)
{
    struct names_op ops[MAX_OPS];
    unsigned n = list_ops (ops);
    for (unsigned i = 0; i < n; i++) {
        struct scenario s = { .nservers = nservers, .nops = 1, .ops = { ops[i] } };
        each_state (k, &s, names_has_second (ops[i].kind) ? "-FTMDL" : enum_values);
    }
}

/* The first operation begins in /a or at the top: the other half is the same up to renaming. */
static void
each_pair (struct sink *k, unsigned nservers, bool together)
{
    struct names_op ops[MAX_OPS];
    unsigned n = list_ops (ops);
    for (unsigned i = 0; i < n; i++)
        for (unsigned j = together ? i : 0; j < n && ops[i].p < B_X; j++) {
            struct scenario s = { .nservers = nservers, .nops = 2, .ops = { ops[i], ops[j] }, .together = together };
            each_state (k, &s, "-FD");
        }
}

/* --- running -------------------------------------------------------------------------------------------------------------- */

static void
run_one (struct sink *k, const struct scenario *s)
{
    struct still state;
    if (k->count++ % k->o->parts != k->o->part || k->e->tally->failures)
        return;
    k->e->tally->scenarios++;
    if (enum_state (k->e, k->base, s->state, &state) < 0) {
        k->e->tally->failures++;
        return;
    }
    enum_explore (k->e, &state, s);
    still_fini (&state);
}

/* --- samples: drawn from all of them, never the first ones --------------------------------------------------------------------- */

static uint64_t
mix (uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15ull;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
    return z ^ (z >> 31);
}

static struct scenario
draw_scenario (uint64_t *rng, unsigned nservers, unsigned most)
{
    struct names_op ops[MAX_OPS];
    unsigned n = list_ops (ops), values = sizeof enum_values - 1;
    struct scenario s = { .nservers = nservers, .nops = 1 + (unsigned) (mix (rng) % most), .together = mix (rng) & 1, .state = "----" };
    do {
        strcpy (s.state, "----");
        for (unsigned i = 0; i < s.nops; i++)
            s.ops[i] = ops[mix (rng) % n];
        for (unsigned i = 0; i < ENUM_VALUES; i++)
            s.state[i] = enum_values[mix (rng) % values];
    } while (strchr (s.state, 'L') && strchr (s.state, 'L') == strrchr (s.state, 'L'));
    s.together &= s.nops > 1;
    return s;
}

/* One or two crashes and up to three late messages, each anywhere. */
static void
draw_picks (struct enumeration *e, uint64_t *rng, const uint64_t *points)
{
    unsigned crashes = 1 + (mix (rng) & 1), late = (unsigned) (mix (rng) % 4);
    e->npicks = 0;
    for (unsigned i = 0; i < crashes + late; i++) {
        enum choice_kind kind = i < crashes ? CHOOSE_CRASH : CHOOSE_DELAY;
        uint64_t among = kind == CHOOSE_CRASH ? points[kind] << i : points[kind]; /* a crash makes a run longer */
        e->picks[e->npicks++] = (struct pick){ kind, mix (rng) % MAX (among, 1), mix (rng) };
    }
}

static void
run_sample (struct enumeration *e, const struct still *base, const struct scenario *s, uint64_t *rng)
{
    struct still state;
    if (enum_state (e, base, s->state, &state) < 0) {
        e->tally->failures++;
        return;
    }
    e->npicks = 0;
    bool right = enum_run (e, &state, s);
    uint64_t points[CHOICE_KINDS];
    memcpy (points, e->of_kind, sizeof points);
    if (right) {
        draw_picks (e, rng, points);
        enum_run (e, &state, s);
    }
    still_fini (&state);
}

static double
seconds (void)
{
    struct timespec t;
    clock_gettime (CLOCK_MONOTONIC, &t);
    return (double) t.tv_sec + (double) t.tv_nsec / 1e9;
}

static void
run_samples (const struct options *o, struct enumeration *e, const struct still *base)
{
    unsigned parts = o->last_servers - o->first_servers + 1;
    uint64_t rng = o->seed * 7919 + base->nservers;
    double end = seconds () + o->minutes * 60 / parts;
    for (uint64_t i = 0; !e->tally->failures && (o->minutes ? seconds () < end : i < o->samples / parts); i++) {
        struct scenario s = draw_scenario (&rng, base->nservers, ENUM_OPS);
        e->tally->scenarios++;
        run_sample (e, base, &s, &rng);
    }
}

/* --- the command --------------------------------------------------------------------------------------------------------------- */

static void
usage (FILE *to)
{
    fprintf (to, "Usage: enum [OPTION...]\n"
                 "Runs every crash of every operation of a small name space and judges what is left.\n\n"
                 "  --mode a          every operation, one crash at every step (default)\n"
                 "  --mode a2         … and every second crash after it\n"
                 "  --mode b          every sequence of two operations, one crash\n"
                 "  --mode c          every two operations at the same time, one crash, late messages\n"
                 "  --mode d          one to three operations, drawn: see --samples, --minutes\n"
                 "  --servers N       2 or 3; default: both\n"
                 "  --crashes N --delays N  how many at most in a run, instead of the mode's\n"
                 "  --samples N --seed S --minutes M   of mode d\n"
                 "  --part K/N        every N-th scenario, from the K-th (0 to N - 1)\n"
                 "  --spread          directories lie on all servers from their first entries on\n"
                 "  --no-tickets      the rename ticket is everybody's\n"
                 "  --replay ID       one run, as a failing one names it\n"
                 "  --trace           tell what happens (with --replay)\n"
                 "  --bug NAME        switch a known bug on; success is then to find it\n"
                 "  --debug WORDS     the servers' own debugging\n");
}

static bool
set_mode (const char *word, struct options *o)
{
    if (!strchr ("abcd", word[0]) || (word[1] && strcmp (word, "a2") != 0))
        return false;
    o->mode = word[0];
    o->crashes = word[1] ? 2 : 1;
    o->delays = o->mode == 'c' ? 1 : 0;
    if (o->mode == 'd') {
        o->crashes = 2;
        o->delays = 3;
    }
    return true;
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
take_option (int c, const char *arg, struct options *o)
{
    switch (c) {
    case 'm':
        return set_mode (arg, o);
    case 'n':
        o->first_servers = o->last_servers = (unsigned) strtoul (arg, NULL, 10);
        return o->first_servers == 2 || o->first_servers == 3;
    case 'w':
        o->spread = true;
        return true;
    case 'k':
        o->no_tickets = true;
        return true;
    case 'c':
        o->crashes = (unsigned) strtoul (arg, NULL, 10);
        return o->crashes <= 2;
    case 'y':
        o->delays = (unsigned) strtoul (arg, NULL, 10);
        return o->delays <= 3;
    case 's':
        o->samples = strtoull (arg, NULL, 10);
        return true;
    case 'S':
        o->seed = strtoull (arg, NULL, 10);
        return true;
    case 'M':
        o->minutes = strtod (arg, NULL);
        return true;
    case 'p':
        return sscanf (arg, "%u/%u", &o->part, &o->parts) == 2 && o->part < o->parts;
    case 'r':
        o->replay = arg;
        return true;
    case 't':
        o->trace = true;
        return true;
    case 'b':
        return (o->bug = sim_find_bug (arg)) != NULL;
    case 'd':
        set_debug (arg);
        return true;
    case 'h':
        usage (stdout);
        exit (0);
    default:
        return false;
    }
}

static bool
parse (int argc, char **argv, struct options *o)
{
    static const struct option longs[] = {
        { "mode", required_argument, NULL, 'm' },    { "servers", required_argument, NULL, 'n' }, { "crashes", required_argument, NULL, 'c' },
        { "delays", required_argument, NULL, 'y' },  { "samples", required_argument, NULL, 's' }, { "seed", required_argument, NULL, 'S' },
        { "minutes", required_argument, NULL, 'M' }, { "part", required_argument, NULL, 'p' },    { "replay", required_argument, NULL, 'r' },
        { "trace", no_argument, NULL, 't' },         { "bug", required_argument, NULL, 'b' },     { "debug", required_argument, NULL, 'd' },
        { "spread", no_argument, NULL, 'w' },        { "no-tickets", no_argument, NULL, 'k' },        { "help", no_argument, NULL, 'h' },          { 0 },
    };
    int c;
    *o = (struct options){ .mode = 'a', .first_servers = 2, .last_servers = 3, .crashes = 1, .samples = 20000, .seed = 1, .parts = 1 };
    while ((c = getopt_long (argc, argv, "", longs, NULL)) >= 0)
        if (!take_option (c, optarg, o))
            return false;
    return optind == argc;
}

static int
run_servers (const struct options *o, struct enumeration *e, unsigned nservers)
{
    struct still base;
    struct sink k = { .o = o, .e = e, .take = run_one, .base = &base };
    if (enum_base (e, nservers, &base) < 0)
        return 1;
    if (o->mode == 'a')
        each_single (&k, nservers);
    else if (o->mode == 'd')
        run_samples (o, e, &base);
    else
        each_pair (&k, nservers, o->mode == 'c');
    return e->tally->failures != 0;
}

static int
replay (const struct options *o, struct enumeration *e)
{
    struct scenario s;
    struct still base, state;
    if (enum_parse_id (o->replay, &s) < 0) {
        fprintf (stderr, "enum: '%s' names no run\n", o->replay);
        return 2;
    }
    if (o->trace)
        setvbuf (stdout, NULL, _IOLBF, 0);
    memset (e->most, 0, sizeof e->most);
    if (enum_base (e, s.nservers, &base) < 0 || enum_state (e, &base, s.state, &state) < 0)
        return 1;
    e->trace = o->trace ? stdout : NULL;
    return enum_run (e, &state, &s) ? 0 : 1;
}

/* In a process of its own: one that dies is told by what it was running. */
static void
run_all (const struct options *o, struct enumeration *e)
{
    int status, failed = 0;
    char id[ENUM_ID];
    pid_t pid = fork ();
    if (pid == 0) {
        for (unsigned n = o->first_servers; !failed && n <= o->last_servers; n++)
            failed = run_servers (o, e, n);
        fflush (stdout);
        _exit (failed);
    }
    if (pid < 0 || waitpid (pid, &status, 0) < 0 || (WIFEXITED (status) && WEXITSTATUS (status) == 0))
        return;
    if (WIFSIGNALED (status)) {
        enum_print_id (&e->tally->now, id);
        printf ("ended by signal %d\nreplay: test/sim/enum --replay %s --trace\n", WTERMSIG (status), id);
    }
    e->tally->failures += !e->tally->failures;
}

static void
report (const struct tally *t, const struct options *o, double took)
{
    printf ("scenarios %llu, choice points %llu, runs %llu (%llu with more than one choice), steps %llu; %.3f ms per run\n",
            (unsigned long long) t->scenarios, (unsigned long long) t->points, (unsigned long long) t->runs, (unsigned long long) t->second,
            (unsigned long long) t->steps, t->runs ? took * 1000 / (double) t->runs : 0);
    if (o->bug)
        printf ("%s sim-enum-bug-%s%s\n", t->failures ? "ok" : "not ok", o->bug->name, t->failures ? "" : " - not found");
    else
        printf ("%s sim-enum-%c%s (%llu runs)\n", t->failures ? "not ok" : "ok", o->mode, o->mode == 'a' && o->crashes > 1 ? "2" : "", (unsigned long long) t->runs);
}

int
main (int argc, char **argv)
{
    struct options o;
    struct enumeration *e = calloc (1, sizeof *e);
    gossip_disable ();
    if (!e || !parse (argc, argv, &o)) {
        usage (stderr);
        return 2;
    }
    e->tally = mmap (NULL, sizeof *e->tally, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (e->tally == MAP_FAILED)
        return 2;
    e->sim.bug = o.bug;
    e->most[CHOOSE_CRASH] = o.crashes;
    e->most[CHOOSE_DELAY] = o.delays;
    e->spread = o.spread;
    e->no_tickets = o.no_tickets;
    if (o.replay)
        return replay (&o, e);
    double begun = seconds ();
    run_all (&o, e);
    report (e->tally, &o, seconds () - begun);
    return !e->tally->failures == !o.bug ? 0 : 1;
}
