/*
 * sample-sort: N processes sort a file that none of them could hold.
 *
 *     mpirun -n 4 sample-sort PATH MIB
 *
 * PATH.in gets MIB MiB of records of 64 bytes with random keys, PATH.out the same records in order.
 *
 *     generate   each rank writes its part of PATH.in
 *     sort       each rank reads its part and sorts it in memory
 *     sample     each takes some of its keys, evenly; from all ranks' samples everyone reckons the
 *                same splitters, N - 1 keys that cut the key space into N parts of about equal size
 *     exchange   each rank sends every record to the rank in whose part its key lies
 *     merge      each sorts what it received; ranks are now in order among each other
 *     write      the counts of the ranks before add up to where a rank's records belong in PATH.out
 *     verify     see below
 *
 * With N times the memory of one process N times as much is sorted.  All ranks write disjoint
 * stretches of the same file at the same time, at offsets that know nothing of strips or blocks:
 * the file system must not lose a neighbour's bytes where two of them share one.
 *
 * Verification reads PATH.out back in other parts than it was written in, and proves three things.
 * Keys ascend, also from one rank's part to the next one's.  Every byte of each record is right: it
 * can be reckoned from the record's number, key and all.  And no record is missing or there twice:
 * the sums of all numbers and of all their squares are those of 0 .. count - 1.
 */
#include "volume.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SAMPLES = 1024, STRIP = 1 << 20 };

struct record {
    uint64_t key, number;
    uint64_t payload[6];
};

/* A block of records in memory. */
struct records {
    struct record *at;
    int64_t count;
};

static uint64_t
mix (uint64_t x)
{
    x = (x ^ x >> 30) * UINT64_C (0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * UINT64_C (0x94d049bb133111eb);
    return x ^ x >> 31;
}

static void
make_record (struct record *rec, uint64_t number)
{
    rec->number = number;
    rec->key = mix (number + UINT64_C (0x9e3779b97f4a7c15));
    for (int i = 0; i < 6; i++)
        rec->payload[i] = rec->key * (uint64_t) (2 * i + 3) ^ number;
}

/* Equal keys are told apart by the number, so that there is only one right order. */
static int
compare (const void *a, const void *b)
{
    const struct record *x = a, *y = b;
    if (x->key != y->key)
        return x->key < y->key ? -1 : 1;
    return x->number < y->number ? -1 : x->number > y->number;
}

static int
compare_keys (const void *a, const void *b)
{
    const uint64_t *x = a, *y = b;
    return *x < *y ? -1 : *x > *y;
}

static int64_t
first_of (const struct volume *v, int64_t all, int rank)
{
    return all * rank / v->ranks;
}

static int
allocate (struct records *r, int64_t count)
{
    r->count = count;
    r->at = malloc ((size_t) (count + 1) * sizeof *r->at);
    return r->at ? 0 : -PVFS_ENOMEM;
}

static int
move_records (const struct volume *v, PVFS_object_ref ref, enum PVFS_io_type type, int64_t first, struct records *r)
{
    return transfer_stretch (v, ref, type, first * (PVFS_offset) sizeof *r->at, r->at,
                             r->count * (PVFS_size) sizeof *r->at);
}

/* ---- the phases; each leaves its result to everyone () ---------------------------------------- */

static int
generate (const struct volume *v, PVFS_object_ref ref, int64_t all)
{
    struct records mine;
    int64_t first = first_of (v, all, v->rank);
    int r = allocate (&mine, first_of (v, all, v->rank + 1) - first);
    if (r < 0)
        return r;
    for (int64_t i = 0; i < mine.count; i++)
        make_record (&mine.at[i], (uint64_t) (first + i));
    r = move_records (v, ref, PVFS_IO_WRITE, first, &mine);
    free (mine.at);
    return r;
}

static int
read_and_sort (const struct volume *v, PVFS_object_ref ref, int64_t all, struct records *mine)
{
    int64_t first = first_of (v, all, v->rank);
    int r = allocate (mine, first_of (v, all, v->rank + 1) - first);
    if (r == 0)
        r = move_records (v, ref, PVFS_IO_READ, first, mine);
    if (r == 0)
        qsort (mine->at, (size_t) mine->count, sizeof *mine->at, compare);
    return r;
}

/* Collective.  splitters: room for one key per rank; rank i's part begins at splitters[i]. */
static int
choose_splitters (const struct volume *v, const struct records *mine, uint64_t *splitters)
{
    size_t n = (size_t) v->ranks * SAMPLES;
    uint64_t samples[SAMPLES], *of_all = malloc (n * sizeof *of_all);
    int r = everyone (of_all ? 0 : -PVFS_ENOMEM);
    if (r == 0) {
        for (int i = 0; i < SAMPLES; i++)
            samples[i] = mine->count ? mine->at[mine->count * i / SAMPLES].key : UINT64_MAX;
        MPI_Allgather (samples, SAMPLES, MPI_UINT64_T, of_all, SAMPLES, MPI_UINT64_T, MPI_COMM_WORLD);
        qsort (of_all, n, sizeof *of_all, compare_keys);
        splitters[0] = 0;
        for (int i = 1; i < v->ranks; i++)
            splitters[i] = of_all[(size_t) i * SAMPLES];
    }
    free (of_all);
    return r;
}

/* How many records go to each rank, and where they begin; mine is sorted. */
static void
count_parts (const struct volume *v, const struct records *mine, const uint64_t *splitters, int *counts, int *starts)
{
    int64_t i = 0;
    for (int to = 0; to < v->ranks; to++) {
        starts[to] = (int) i;
        while (i < mine->count && (to + 1 == v->ranks || mine->at[i].key < splitters[to + 1]))
            i++;
        counts[to] = (int) i - starts[to];
    }
}

/* Collective.  Replaces what a rank has by what belongs to it.  lists: 4 * ranks ints. */
static int
exchange (const struct volume *v, struct records *mine, const uint64_t *splitters, int *lists)
{
    int *counts = lists, *starts = counts + v->ranks, *in_counts = starts + v->ranks, *in_starts = in_counts + v->ranks;
    struct records got;
    int64_t sum = 0;
    MPI_Datatype type;
    count_parts (v, mine, splitters, counts, starts);
    MPI_Alltoall (counts, 1, MPI_INT, in_counts, 1, MPI_INT, MPI_COMM_WORLD);
    for (int from = 0; from < v->ranks; from++) {
        in_starts[from] = (int) sum;
        sum += in_counts[from];
    }
    int r = everyone (sum > INT32_MAX ? -PVFS_EOVERFLOW : allocate (&got, sum));
    if (r < 0)
        return r;
    MPI_Type_contiguous (sizeof (struct record), MPI_BYTE, &type);
    MPI_Type_commit (&type);
    MPI_Alltoallv (mine->at, counts, starts, type, got.at, in_counts, in_starts, type, MPI_COMM_WORLD);
    MPI_Type_free (&type);
    free (mine->at);
    *mine = got;
    qsort (mine->at, (size_t) mine->count, sizeof *mine->at, compare);
    return 0;
}

static int
redistribute (const struct volume *v, struct records *mine)
{
    uint64_t *splitters = calloc ((size_t) v->ranks, sizeof *splitters);
    int *lists = calloc ((size_t) v->ranks * 4, sizeof *lists);
    int r = everyone (splitters && lists ? 0 : -PVFS_ENOMEM);
    if (r == 0)
        r = choose_splitters (v, mine, splitters);
    if (r == 0)
        r = exchange (v, mine, splitters, lists);
    free (splitters);
    free (lists);
    return r;
}

static int
write_sorted (const struct volume *v, PVFS_object_ref ref, struct records *mine)
{
    int64_t before = 0;
    MPI_Exscan (&mine->count, &before, 1, MPI_INT64_T, MPI_SUM, MPI_COMM_WORLD);
    if (v->rank == 0)
        before = 0; /* MPI leaves it undefined there */
    int r = everyone (move_records (v, ref, PVFS_IO_WRITE, before, mine));
    if (r == 0 && v->rank == 0)
        r = PVFS_sys_flush (ref, &v->cred, PVFS_HINT_NULL);
    return everyone (r);
}

/* ---- verification ------------------------------------------------------------------------------ */

struct proof {
    uint64_t wrong, sum, squares;
};

static void
prove (const struct records *r, const struct record *before, struct proof *p)
{
    struct record want;
    for (int64_t i = 0; i < r->count; i++) {
        const struct record *last = i > 0 ? &r->at[i - 1] : before;
        make_record (&want, r->at[i].number);
        p->wrong += memcmp (&want, &r->at[i], sizeof want) != 0 || (last && compare (last, &r->at[i]) >= 0);
        p->sum += want.number;
        p->squares += want.number * want.number;
    }
}

/* Reads the part of another rank than the one that wrote it, and the record before it. */
static int
verify (const struct volume *v, PVFS_object_ref ref, int64_t all, struct proof *p)
{
    int part = (v->rank + 1) % v->ranks;
    int64_t first = first_of (v, all, part), overlap = first > 0;
    struct records mine;
    int r = allocate (&mine, first_of (v, all, part + 1) - first + overlap);
    if (r < 0)
        return r;
    r = move_records (v, ref, PVFS_IO_READ, first - overlap, &mine);
    if (r == 0) {
        struct records own = { mine.at + overlap, mine.count - overlap };
        prove (&own, overlap ? mine.at : NULL, p);
    }
    free (mine.at);
    return r;
}

static int
judge (const struct volume *v, const char *path, int64_t all, const struct proof *mine)
{
    struct proof got, want = { 0, 0, 0 };
    MPI_Allreduce (mine, &got, 3, MPI_UINT64_T, MPI_SUM, MPI_COMM_WORLD);
    for (uint64_t i = 0; i < (uint64_t) all; i++) {
        want.sum += i;
        want.squares += i * i;
    }
    int complete = got.sum == want.sum && got.squares == want.squares;
    if (v->rank == 0)
        printf ("%s: %lld records, %llu wrong or out of order, %s\n", path, (long long) all,
                (unsigned long long) got.wrong, complete ? "all there" : "some missing");
    return got.wrong > 0 || !complete;
}

/* ---- all of it --------------------------------------------------------------------------------- */

static int
run (const struct volume *v, const char *path, int64_t all)
{
    char in_path[PVFS_PATH_MAX], out_path[PVFS_PATH_MAX];
    PVFS_object_ref in, out;
    struct records mine = { NULL, 0 };
    struct proof p = { 0, 0, 0 };
    snprintf (in_path, sizeof in_path, "%s.in", path);
    snprintf (out_path, sizeof out_path, "%s.out", path);

    int r = file_create (v, in_path, STRIP, &in);
    if (r == 0)
        r = everyone (generate (v, in, all));
    if (r < 0)
        return report (v, "cannot write", in_path, r);
    r = everyone (read_and_sort (v, in, all, &mine));
    if (r == 0)
        r = redistribute (v, &mine);
    if (r < 0) {
        free (mine.at);
        return report (v, "cannot sort", in_path, r);
    }
    r = file_create (v, out_path, STRIP, &out);
    if (r == 0)
        r = write_sorted (v, out, &mine);
    free (mine.at);
    if (r < 0)
        return report (v, "cannot write", out_path, r);
    r = everyone (verify (v, out, all, &p));
    if (r < 0)
        return report (v, "cannot read", out_path, r);
    return judge (v, out_path, all, &p);
}

int
main (int argc, char **argv)
{
    struct volume v;
    int status = 2;
    MPI_Init (&argc, &argv);
    int r = volume_start (&v);
    int mib = argc == 3 ? atoi (argv[2]) : 0;
    if (r < 0)
        status = report (&v, "cannot find", "a volume", r);
    else if (mib > 0)
        status = run (&v, argv[1], (int64_t) mib * ((1 << 20) / (int64_t) sizeof (struct record)));
    else if (v.rank == 0)
        fprintf (stderr, "Usage: sample-sort PATH MIB\n");
    volume_stop ();
    MPI_Finalize ();
    return status;
}
