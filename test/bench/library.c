/*
 * libpvfs2's public calls, by several processes with an instance each. PATH lies below the mount directory of the tab file.
 *
 *     library write|read PATH BYTES [PROCS]     MiB/s: one shared file, 1 MiB at a time, taking turns; a write ends with a flush
 *     library list-write|list-read|vector-write|vector-read|plain-write|plain-read PATH BYTES PROCS PIECE SPREAD
 *                                               MiB/s: one shared file, 4 MiB in each call; pieces of so many bytes, the processes taking
 *                                               turns at them, SPREAD times their length apart, described by a list or by a vector;
 *                                               plain: each process a part in one piece
 *     library latency PATH COUNT                microseconds (median) of a 4 KiB PVFS_sys_read of a file that it writes first
 *     library create PATH COUNT [PROCS]         files per second: empty ones, each process in a directory of its own below PATH
 */
#include "bench.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pvfs2.h>

enum { SMALL = 4096 };

struct task {
    char path[PVFS_PATH_MAX];
    uint64_t amount;
    int procs;
    int write;
    int64_t piece, spread; /* strided; 0 = in one piece */
    bool list;
};

struct state {
    PVFS_fs_id fs;
    PVFS_credential cred;
    PVFS_object_ref ref;
    char path[PVFS_PATH_MAX]; /* inside the volume */
    char *buf;
    PVFS_Request block;
    PVFS_Request file_req;
};

static void
check (int r, const char *what)
{
    char text[256];
    if (r < 0) {
        PVFS_strerror_r (r, text, sizeof text);
        bench_die (what, text);
    }
}

static struct state *
open_volume (const struct task *t)
{
    struct state *s = calloc (1, sizeof *s);
    check (PVFS_util_init_defaults (), "volume");
    check (PVFS_util_gen_credential_defaults (&s->cred), "credential");
    check (PVFS_util_resolve (t->path, &s->fs, s->path, sizeof s->path), t->path);
    s->buf = bench_buffer (BENCH_BLOCK);
    return s;
}

static PVFS_sys_attr
attributes (void)
{
    return (PVFS_sys_attr){ .owner = 0, .group = 0, .perms = 0644, .mask = PVFS_ATTR_SYS_ALL_SETABLE };
}

static void
parent_of (struct state *s, char *path, PVFS_sysresp_getparent *ret)
{
    check (PVFS_sys_getparent (s->fs, path, &s->cred, ret, PVFS_HINT_NULL), path);
}

static int
lookup (struct state *s)
{
    PVFS_sysresp_lookup l = { .error_path = NULL };
    int r = PVFS_sys_lookup (s->fs, s->path, &s->cred, &l, PVFS2_LOOKUP_LINK_FOLLOW, PVFS_HINT_NULL);
    s->ref = l.ref;
    return r;
}

static void
lookup_or_create (struct state *s)
{
    PVFS_sysresp_getparent p;
    PVFS_sysresp_create c;
    if (lookup (s) == 0)
        return;
    parent_of (s, s->path, &p);
    check (PVFS_sys_create (p.basename, p.parent_ref, attributes (), &s->cred, NULL, &c, NULL, PVFS_HINT_NULL), s->path);
    s->ref = c.ref;
}

static void
transfer (struct state *s, int write_it, uint64_t at, int64_t size)
{
    PVFS_sysresp_io io;
    check (PVFS_sys_io (s->ref, PVFS_BYTE, (PVFS_offset) at, s->buf, s->block, &s->cred, &io, write_it ? PVFS_IO_WRITE : PVFS_IO_READ,
                        PVFS_HINT_NULL),
           write_it ? "write" : "read");
    if (io.total_completed != size)
        bench_die ("transfer", "is too short");
}

/* --- write, read ------------------------------------------------------------------------------------------------------------------- */

static void *
io_prepare (int me, void *arg)
{
    struct state *s = open_volume (arg);
    check (lookup (s), s->path);
    check (PVFS_Request_contiguous (BENCH_BLOCK, PVFS_BYTE, &s->block), "request");
    return s;
}

static void
io_run (int me, void *state, void *arg)
{
    struct task *t = arg;
    struct state *s = state;
    for (uint64_t at = (uint64_t) me * BENCH_BLOCK; at < t->amount; at += (uint64_t) t->procs * BENCH_BLOCK)
        transfer (s, t->write, at, BENCH_BLOCK);
    if (t->write)
        check (PVFS_sys_flush (s->ref, &s->cred, PVFS_HINT_NULL), "flush");
}

static void
make_file (int me, void *state, void *arg)
{
    lookup_or_create (open_volume (arg));
}

static double
io (struct task *t)
{
    t->amount -= t->amount % BENCH_BLOCK;
    if (t->write)
        bench_parallel (1, &(struct bench_work){ NULL, make_file, t });
    return (double) t->amount / 1048576 / bench_parallel (t->procs, &(struct bench_work){ io_prepare, io_run, t });
}

/* --- strided ------------------------------------------------------------------------------------------------------------------------ */

enum { CALL_BYTES = 4 << 20 };

static PVFS_Request
pieces (const struct task *t)
{
    int32_t n = (int32_t) (CALL_BYTES / t->piece), *len = calloc ((size_t) n, sizeof *len);
    PVFS_size stride = t->piece * t->spread * t->procs, *disp = calloc ((size_t) n, sizeof *disp);
    PVFS_Request r;
    for (int32_t i = 0; i < n; i++) {
        len[i] = (int32_t) t->piece;
        disp[i] = i * stride;
    }
    check (t->list ? PVFS_Request_hindexed (n, len, disp, PVFS_BYTE, &r)
                   : PVFS_Request_hvector (n, (int32_t) t->piece, stride, PVFS_BYTE, &r),
           "request");
    free (len);
    free (disp);
    return r;
}

static void *
strided_prepare (int me, void *arg)
{
    struct task *t = arg;
    struct state *s = open_volume (t);
    check (lookup (s), s->path);
    s->buf = bench_buffer (CALL_BYTES);
    check (PVFS_Request_contiguous (CALL_BYTES, PVFS_BYTE, &s->block), "request");
    s->file_req = t->piece ? pieces (t) : s->block;
    return s;
}

/* The whole file: by turns, or a part of its own. */
static void
strided_run (int me, void *state, void *arg)
{
    struct task *t = arg;
    struct state *s = state;
    uint64_t mine = t->amount / (uint64_t) t->procs, step = t->piece ? CALL_BYTES * (uint64_t) (t->spread * t->procs) : CALL_BYTES;
    uint64_t at = (uint64_t) me * (t->piece ? (uint64_t) (t->piece * t->spread) : mine);
    for (uint64_t done = 0; done < mine; done += CALL_BYTES, at += step) {
        PVFS_sysresp_io io;
        PVFS_Request there;
        check (PVFS_Request_hindexed (1, &(int32_t){ 1 }, &(PVFS_size){ (PVFS_size) at }, s->file_req, &there), "request");
        check (PVFS_sys_io (s->ref, there, 0, s->buf, s->block, &s->cred, &io, t->write ? PVFS_IO_WRITE : PVFS_IO_READ, PVFS_HINT_NULL),
               t->write ? "write" : "read");
        if (io.total_completed != CALL_BYTES)
            bench_die ("transfer", "is too short");
        PVFS_Request_free (&there);
    }
}

static double
strided (struct task *t)
{
    t->amount -= t->amount % (CALL_BYTES * (uint64_t) t->procs);
    if (t->write)
        bench_parallel (1, &(struct bench_work){ NULL, make_file, t });
    return (double) t->amount / 1048576 / bench_parallel (t->procs, &(struct bench_work){ strided_prepare, strided_run, t });
}

/* --- latency ------------------------------------------------------------------------------------------------------------------------ */

static int
by_value (const void *a, const void *b)
{
    double x = *(const double *) a, y = *(const double *) b;
    return (x > y) - (x < y);
}

static double
latency (struct task *t)
{
    struct state *s = open_volume (t);
    double *took = calloc (t->amount, sizeof *took);
    lookup_or_create (s);
    check (PVFS_Request_contiguous (SMALL, PVFS_BYTE, &s->block), "request");
    transfer (s, 1, 0, SMALL);
    for (uint64_t i = 0; i < t->amount; i++) {
        double start = bench_now ();
        transfer (s, 0, 0, SMALL);
        took[i] = bench_now () - start;
    }
    qsort (took, t->amount, sizeof *took, by_value);
    PVFS_sys_finalize ();
    return took[t->amount / 2] * 1e6;
}

/* --- create ------------------------------------------------------------------------------------------------------------------------- */

static void *
create_prepare (int me, void *arg)
{
    struct state *s = open_volume (arg);
    PVFS_sysresp_getparent p;
    PVFS_sysresp_mkdir m;
    PVFS_sys_attr a = attributes ();
    char path[PVFS_PATH_MAX + 32];
    snprintf (path, sizeof path, "%s-%d", s->path, me);
    parent_of (s, path, &p);
    a.perms = 0755;
    check (PVFS_sys_mkdir (p.basename, p.parent_ref, a, &s->cred, &m, PVFS_HINT_NULL), path);
    s->ref = m.ref;
    return s;
}

static void
create_run (int me, void *state, void *arg)
{
    struct task *t = arg;
    struct state *s = state;
    char name[32];
    for (uint64_t i = 0; i < t->amount / (uint64_t) t->procs; i++) {
        PVFS_sysresp_create c;
        snprintf (name, sizeof name, "file-%06llu", (unsigned long long) i);
        check (PVFS_sys_create (name, s->ref, attributes (), &s->cred, NULL, &c, NULL, PVFS_HINT_NULL), name);
    }
}

static double
create (struct task *t)
{
    t->amount -= t->amount % (uint64_t) t->procs;
    return (double) t->amount / bench_parallel (t->procs, &(struct bench_work){ create_prepare, create_run, t });
}

int
main (int argc, char **argv)
{
    static struct task t;
    if (argc < 4)
        bench_die ("usage", "library write|read|latency|create PATH AMOUNT [PROCS [PIECE [SPREAD]]]");
    snprintf (t.path, sizeof t.path, "%s", argv[2]);
    t.amount = bench_number (argv[3]);
    t.procs = argc > 4 ? atoi (argv[4]) : 4;
    t.write = strstr (argv[1], "write") != NULL;
    t.list = strncmp (argv[1], "list-", 5) == 0;
    bool by_pieces = t.list || strncmp (argv[1], "vector-", 7) == 0;
    t.piece = by_pieces && argc > 5 ? (int64_t) bench_number (argv[5]) : 0;
    t.spread = argc > 6 ? (int64_t) bench_number (argv[6]) : 1;
    double v = 0;
    if (strcmp (argv[1], "write") == 0 || strcmp (argv[1], "read") == 0)
        v = io (&t);
    else if (t.piece || strncmp (argv[1], "plain-", 6) == 0)
        v = strided (&t);
    else if (strcmp (argv[1], "latency") == 0)
        v = latency (&t);
    else if (strcmp (argv[1], "create") == 0)
        v = create (&t);
    else
        bench_die (argv[1], "is none of those, or lacks its PIECE");
    printf ("%.2f\n", v);
    return 0;
}
