/*
 * What the extra round trip of the ack rule costs: large writes of one client to one data server,
 * nothing else on the connection, with and without client->flow_before_ack in turn; medians. The
 * table of doc/deadlock.md.
 *
 *     ack-cost [REPETITIONS]
 */
#include <stdio.h>
#include <time.h>

#include "instance.h"

struct measure {
    struct client *client;
    PVFS_object_ref file;
    char *data;
    double *took[2]; /* seconds: with the rule, without */
    int repetitions;
};

static void
must (int64_t r, const char *what)
{
    if (r >= 0)
        return;
    fprintf (stderr, "ack-cost: %s: %s\n", what, strerror ((int) -r));
    exit (1);
}

static double
now (void)
{
    struct timespec t;
    clock_gettime (CLOCK_MONOTONIC, &t);
    return (double) t.tv_sec + (double) t.tv_nsec / 1e9;
}

static int
by_value (const void *a, const void *b)
{
    double x = *(const double *) a, y = *(const double *) b;
    return x < y ? -1 : x > y;
}

static double
median (double *v, int n)
{
    qsort (v, (size_t) n, sizeof *v, by_value);
    return n % 2 ? v[n / 2] : (v[n / 2 - 1] + v[n / 2]) / 2;
}

static void
write_once (struct measure *m, int32_t size, int without, double *ret)
{
    struct instance_io io = {
        .ref = m->file, .type = PVFS_IO_WRITE, .size = size, .buffer = m->data
    };
    m->client->flow_before_ack = without;
    double start = now ();
    int64_t n = instance_io_run (m->client, &io);
    *ret = now () - start;
    m->client->flow_before_ack = false;
    must (n, "write");
    must (n == size ? 0 : -EIO, "write");
}

static void
measure_size (struct measure *m, const char *method, int32_t size)
{
    for (int i = 0; i < m->repetitions + 10; i++)
        for (int without = 0; without < 2; without++) {
            double took;
            write_once (m, size, without, &took);
            if (i >= 10)
                m->took[without][i - 10] = took;
        }
    double with = median (m->took[0], m->repetitions), out = median (m->took[1], m->repetitions);
    printf ("%-9s %9d %12.0f %12.0f %10.0f %8.1f\n", method, (int) size / 1024, with * 1e6,
            out * 1e6, (with - out) * 1e6, (with / out - 1) * 100);
    fflush (stdout);
}

static void
measure_method (struct measure *m, const char *method, const char *option)
{
    static const int32_t sizes[] = { 32 << 10, 128 << 10, 512 << 10, 1 << 20,
                                     4 << 20,  16 << 20,  64 << 20 };
    struct cluster cluster;
    struct cluster_spec spec = { .nservers = 2, .meta = 1, .data = 2, .defaults = option };
    PVFS_fs_id fs;
    char byte = 0;
    cluster_start (&cluster, &spec);
    must (instance_open (&cluster, &m->client, &fs), "client");
    must (instance_create (m->client, fs, "file", 1, &m->file), "create");
    struct instance_io first = {
        .ref = m->file, .type = PVFS_IO_WRITE, .size = 1, .buffer = &byte
    };
    must (instance_io_run (m->client, &first), "the first byte");
    int all = m->repetitions;
    for (unsigned i = 0; i < ARRAY_SIZE (sizes); i++) {
        m->repetitions = sizes[i] > 4 << 20 ? MAX (all / 10, 5) : all;
        measure_size (m, method, sizes[i]);
    }
    m->repetitions = all;
    client_free (m->client);
    cluster_stop (&cluster);
}

int
main (int argc, char **argv)
{
    struct measure m = { .repetitions = argc > 1 ? MAX (atoi (argv[1]), 5) : 400,
                         .data = calloc (1, 64 << 20) };
    for (int i = 0; i < 2; i++)
        m.took[i] = calloc ((size_t) m.repetitions, sizeof *m.took[i]);
    must (m.data && m.took[0] && m.took[1] ? 0 : -ENOMEM, "memory");
    memset (m.data, 1, 64 << 20);
    printf ("%-9s %9s %12s %12s %10s %8s\n", "Trove", "KiB", "rule, µs", "without, µs", "more, µs",
            "more, %");
    measure_method (&m, "null-aio", "    TroveMethod null-aio\n");
    measure_method (&m, "dbpf", "    TroveMethod dbpf\n");
    free (m.took[0]);
    free (m.took[1]);
    free (m.data);
    return 0;
}
