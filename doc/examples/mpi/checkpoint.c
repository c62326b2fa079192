/*
 * checkpoint: N processes write one file, record by record in turn, and read it back.
 *
 *     mpirun -n 4 checkpoint write PATH RECORDS SIZE STEP
 *     mpirun -n 3 checkpoint read PATH STEP
 *
 * A simulation saves its state every so often so that it can go on after a crash.  Each rank holds
 * RECORDS records of SIZE bytes; in the file they are interleaved, as a code that thinks of one
 * global array of records lays them out:
 *
 *     header | rank 0, record 0 | rank 1, record 0 | ... | rank 0, record 1 | rank 1, record 1 | ...
 *
 * So each rank writes RECORDS pieces with holes between them.  With lseek and write that is one
 * request per piece; here it is one call.  A request says which bytes of the file take part:
 *
 *     PVFS_Request_vector (RECORDS, SIZE, ranks * SIZE, PVFS_BYTE, &every)
 *
 * is "SIZE bytes, RECORDS times, a row of records apart", and a block of it displaced by the rank's
 * place in the row is the rank's own.  The library sends each server the description of its share,
 * and then only data, however many pieces there are.
 *
 * What makes it a checkpoint is that a crash at any moment leaves a whole one.  The new one is
 * written under another name; PVFS_sys_flush by one rank brings to the disks what all of them have
 * written (after the barrier that everyone () is); then the rename puts it in the old one's place in
 * one step.  The header holds what a restart has to know, and is written last.
 *
 * A restart may have another number of ranks: then they take the records of the old ranks in turn,
 * one old rank's after the other.  `read` compares every byte with what must be there: the value is
 * a function of step, rank, record and place, so that no byte can come from elsewhere unnoticed.
 */
#include "volume.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct header {
    char magic[8];
    int64_t step, ranks, records, size;
};

enum { HEADER_ROOM = 4096, STRIP = 256 << 10 };

static const char magic[8] = "ckpoint";

static void
fill (unsigned char *record, const struct header *h, int64_t rank, int64_t i)
{
    uint64_t x = (uint64_t) (h->step * 1000003 + rank * 10007 + i) * UINT64_C (0x9e3779b97f4a7c15);
    for (int64_t k = 0; k < h->size; k++) {
        x = x * UINT64_C (6364136223846793005) + 1442695040888963407;
        record[k] = (unsigned char) (x >> 56);
    }
}

/* The bytes of the file that are one rank's. */
static int
make_file_request (const struct header *h, int64_t rank, PVFS_Request *ret)
{
    PVFS_Request every;
    int32_t one = 1;
    PVFS_size place = HEADER_ROOM + rank * h->size;
    int r = PVFS_Request_vector ((int32_t) h->records, (int32_t) h->size, h->ranks * h->size, PVFS_BYTE, &every);
    if (r < 0)
        return r;
    r = PVFS_Request_hindexed (1, &one, &place, every, ret);
    PVFS_Request_free (&every); /* the new request holds its own */
    return r;
}

/* Moves all records of `rank` between buf, where they lie one behind the other, and the file. */
static int
move_records (const struct volume *v, PVFS_object_ref ref, enum PVFS_io_type type, const struct header *h,
              int64_t rank, void *buf)
{
    PVFS_Request file, mem;
    int r = make_file_request (h, rank, &file);
    if (r < 0)
        return r;
    r = PVFS_Request_contiguous ((int32_t) (h->records * h->size), PVFS_BYTE, &mem);
    if (r == 0) {
        r = transfer (v, ref, type, file, 0, buf, mem);
        PVFS_Request_free (&mem);
    }
    PVFS_Request_free (&file);
    return r;
}

static int
write_one (const struct volume *v, PVFS_object_ref ref, struct header *h)
{
    unsigned char *buf = malloc ((size_t) (h->records * h->size));
    int r = buf ? 0 : -PVFS_ENOMEM;
    if (r == 0) {
        for (int64_t i = 0; i < h->records; i++)
            fill (buf + i * h->size, h, v->rank, i);
        r = move_records (v, ref, PVFS_IO_WRITE, h, v->rank, buf);
    }
    free (buf);
    r = everyone (r);
    if (r < 0)
        return r;
    if (v->rank == 0)
        r = transfer_stretch (v, ref, PVFS_IO_WRITE, 0, h, sizeof *h);
    if (v->rank == 0 && r == 0)
        r = PVFS_sys_flush (ref, &v->cred, PVFS_HINT_NULL);
    return everyone (r);
}

static int
checkpoint_write (const struct volume *v, const char *path, struct header *h)
{
    char new_path[PVFS_PATH_MAX];
    PVFS_object_ref ref;
    snprintf (new_path, sizeof new_path, "%s.new", path);
    int r = file_create (v, new_path, STRIP, &ref);
    if (r < 0)
        return report (v, "cannot create", new_path, r);
    r = write_one (v, ref, h);
    if (r < 0)
        return report (v, "cannot write", new_path, r);
    r = file_rename (v, new_path, path);
    if (r < 0)
        return report (v, "cannot replace", path, r);
    return 0;
}

static int
read_header (const struct volume *v, PVFS_object_ref ref, struct header *h)
{
    int r = transfer_stretch (v, ref, PVFS_IO_READ, 0, h, sizeof *h);
    if (r == 0
        && (memcmp (h->magic, magic, sizeof magic) != 0 || h->ranks < 1 || h->records < 1 || h->size < 1
            || h->records > INT32_MAX / h->size))
        r = -PVFS_EINVAL;
    return r;
}

/* The number of wrong records of one old rank, or a negative code. */
static int
check_records (const struct volume *v, PVFS_object_ref ref, const struct header *h, int64_t rank)
{
    size_t all = (size_t) (h->records * h->size);
    unsigned char *buf = malloc (all + (size_t) h->size);
    if (!buf)
        return -PVFS_ENOMEM;
    int wrong = move_records (v, ref, PVFS_IO_READ, h, rank, buf);
    for (int64_t i = 0; i < h->records && wrong >= 0; i++) {
        fill (buf + all, h, rank, i);
        wrong += memcmp (buf + i * h->size, buf + all, (size_t) h->size) != 0;
    }
    free (buf);
    return wrong;
}

static int
checkpoint_read (const struct volume *v, const char *path, int64_t step)
{
    PVFS_object_ref ref;
    struct header h;
    int wrong = 0, all_wrong, r = file_open (v, path, &ref);
    if (r < 0)
        return report (v, "cannot open", path, r);
    r = everyone (read_header (v, ref, &h));
    if (r < 0)
        return report (v, "no checkpoint in", path, r);
    for (int64_t rank = v->rank; rank < h.ranks && r >= 0; rank += v->ranks) {
        r = check_records (v, ref, &h, rank);
        wrong += r > 0 ? r : 0;
    }
    r = everyone (r < 0 ? r : 0);
    if (r < 0)
        return report (v, "cannot read", path, r);
    MPI_Allreduce (&wrong, &all_wrong, 1, MPI_INT, MPI_SUM, MPI_COMM_WORLD);
    if (v->rank == 0)
        printf ("%s: step %lld, %lld records of %lld bytes by %lld ranks, %d wrong\n", path, (long long) h.step,
                (long long) (h.records * h.ranks), (long long) h.size, (long long) h.ranks, all_wrong);
    return all_wrong > 0 || h.step != step;
}

static int
run (const struct volume *v, int argc, char **argv)
{
    struct header h = { .ranks = v->ranks };
    memcpy (h.magic, magic, sizeof magic);
    if (argc == 6 && strcmp (argv[1], "write") == 0) {
        h.records = atoll (argv[3]);
        h.size = atoll (argv[4]);
        h.step = atoll (argv[5]);
        if (h.records > 0 && h.size > 0 && h.records <= INT32_MAX / h.size)
            return checkpoint_write (v, argv[2], &h);
    }
    if (argc == 4 && strcmp (argv[1], "read") == 0)
        return checkpoint_read (v, argv[2], atoll (argv[3]));
    if (v->rank == 0)
        fprintf (stderr, "Usage: checkpoint write PATH RECORDS SIZE STEP | checkpoint read PATH STEP\n"
                         "RECORDS * SIZE, what one rank holds, must be less than 2 GiB\n");
    return 2;
}

int
main (int argc, char **argv)
{
    struct volume v;
    MPI_Init (&argc, &argv);
    int r = volume_start (&v);
    int status = r < 0 ? report (&v, "cannot find", "a volume", r) : run (&v, argc, argv);
    volume_stop ();
    MPI_Finalize ();
    return status;
}
