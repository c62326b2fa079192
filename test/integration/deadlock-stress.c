/*
 * The deadlock of 2006 in its natural form: two threads of one client write large blocks of one
 * file while another client asks for its size again and again. Nobody arranges the order of
 * anything.
 *
 *     deadlock-stress --ack-rule on|off [--seconds N]
 *
 * With the rule it must make progress all the time (N seconds, default 60); without it must stall
 * within N seconds: no block written for 5 s. The status is 0 if so.
 */
#include <getopt.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "instance.h"

enum { WRITERS = 2, BLOCK = 64 << 20, STALL_SECONDS = 5 };

struct stress {
    struct client *a, *b;
    PVFS_object_ref file;
    char *data;
    struct sys_op *op[WRITERS]; /* running; under a's reactor */
    atomic_ulong blocks, stats;
    atomic_bool stop;
    atomic_int error;
};

struct writer {
    struct stress *s;
    int nr;
    pthread_t thread;
};

static double
now (void)
{
    struct timespec t;
    clock_gettime (CLOCK_MONOTONIC, &t);
    return (double) t.tv_sec + (double) t.tv_nsec / 1e9;
}

static bool
has_ended (void *arg)
{
    return ((struct sys_op *) arg)->ended;
}

static void *
writer_run (void *arg)
{
    struct writer *w = arg;
    struct stress *s = w->s;
    struct reactor *r = s->a->reactor;
    while (!s->stop) {
        PVFS_Request mem;
        struct instance_io io = { .ref = s->file,
                                  .type = PVFS_IO_WRITE,
                                  .offset = (int64_t) w->nr * BLOCK,
                                  .size = BLOCK,
                                  .buffer = s->data };
        struct sys_op *op = instance_io_op (s->a, &io, &mem);
        reactor_enter (r);
        s->op[w->nr] = op;
        sys_op_post (op);
        reactor_wait (r, has_ended, op, UINT64_MAX);
        s->op[w->nr] = NULL;
        int error = op->error;
        sys_op_free (op);
        reactor_leave (r);
        PVFS_Request_free (&mem);
        if (error && !s->stop)
            s->error = error;
        s->blocks++;
    }
    return NULL;
}

static void *
stat_run (void *arg)
{
    struct stress *s = arg;
    while (!s->stop) {
        struct sys_op *op = instance_op (s->b, &sys_getattr, s->file);
        op->a.mask = PVFS_ATTR_SYS_SIZE;
        int error = instance_run (op);
        if (error)
            s->error = error;
        s->stats++;
    }
    return NULL;
}

/* true: no block was written for STALL_SECONDS. */
static bool
watch (struct stress *s, double seconds)
{
    unsigned long seen = s->blocks;
    double moved = now (), end = moved + seconds;
    while (now () < end && !s->error) {
        usleep (50000);
        if (s->blocks != seen)
            moved = now ();
        seen = s->blocks;
        if (now () - moved > STALL_SECONDS)
            return true;
    }
    return false;
}

static void
cancel_all (struct stress *s)
{
    s->stop = true;
    reactor_enter (s->a->reactor);
    for (int i = 0; i < WRITERS; i++)
        if (s->op[i])
            sys_op_cancel (s->op[i]);
    reactor_leave (s->a->reactor);
}

static void
must (int r, const char *what)
{
    if (r >= 0)
        return;
    fprintf (stderr, "deadlock-stress: %s: %s\n", what, strerror (-r));
    exit (1);
}

static void
prepare (struct stress *s, struct cluster *cluster, bool rule)
{
    struct cluster_spec spec = {
        .nservers = 2, .meta = 1, .data = 2, .defaults = "    TroveMethod null-aio\n"
    };
    PVFS_fs_id fs;
    cluster_start (cluster, &spec);
    must ((s->data = calloc (1, BLOCK)) ? 0 : -ENOMEM, "memory");
    must (instance_open (cluster, &s->a, &fs), "client A");
    must (instance_open (cluster, &s->b, &fs), "client B");
    must (instance_create (s->a, fs, "file", 1, &s->file), "create");
    struct instance_io first = {
        .ref = s->file, .type = PVFS_IO_WRITE, .size = 1, .buffer = s->data
    };
    must ((int) instance_io_run (s->a, &first), "the first byte");
    s->a->flow_before_ack = !rule;
}

static bool
run (struct stress *s, bool rule, double seconds)
{
    struct writer w[WRITERS];
    pthread_t stat;
    for (int i = 0; i < WRITERS; i++) {
        w[i] = (struct writer){ .s = s, .nr = i };
        must (-pthread_create (&w[i].thread, NULL, writer_run, &w[i]), "thread");
    }
    must (-pthread_create (&stat, NULL, stat_run, s), "thread");
    double start = now ();
    bool stalled = watch (s, seconds);
    bool good = stalled != rule && !s->error;
    printf ("%s ack-rule=%s %s: after %.0f s, %lu blocks and %lu stats\n", good ? "ok" : "not ok",
            rule ? "on" : "off",
            s->error  ? strerror (-s->error)
            : stalled ? "stalled"
                      : "made progress",
            now () - start, (unsigned long) s->blocks, (unsigned long) s->stats);
    cancel_all (s);
    for (int i = 0; i < WRITERS; i++)
        pthread_join (w[i].thread, NULL);
    pthread_join (stat, NULL);
    return good;
}

int
main (int argc, char **argv)
{
    static const struct option longs[] = { { "ack-rule", 1, 0, 'a' },
                                           { "seconds", 1, 0, 's' },
                                           { 0 } };
    static struct stress s;
    struct cluster cluster;
    bool rule = true;
    double seconds = 60;
    for (int c; (c = getopt_long (argc, argv, "", longs, NULL)) != -1;) {
        if (c == 'a')
            rule = strcmp (optarg, "off") != 0;
        else if (c == 's')
            seconds = atof (optarg);
        else
            return 2;
    }
    prepare (&s, &cluster, rule);
    bool good = run (&s, rule, seconds);
    client_free (s.a);
    client_free (s.b);
    free (s.data);
    return cluster_stop (&cluster) || !good;
}
