/*
 * What MPI-IO asks of a file system that programs reach through it seldom use by name: one behaviour per word on the command line. Every rank gets
 * its own name of the file, so that ranks may come through different mounts.
 *
 *     mpi-io BEHAVIOUR FILE [FILE of the odd ranks]
 */
#include <mpi.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PIECE = 100, PIECES = 300 };

static int rank, ranks;

static int
byte_at (int writer, int i)
{
    return (writer * 31 + i * 7 + 1) & 0xff;
}

/* Rank, piece and place of each byte of a file of interleaved pieces. */
static long
count_wrong (const unsigned char *buf, long size)
{
    long wrong = 0;
    for (long i = 0; i < size; i++)
        wrong += buf[i] != byte_at ((int) (i / PIECE % ranks), (int) (i / PIECE / ranks * PIECE + i % PIECE));
    return wrong;
}

/* A view of every ranks-th piece. */
static int
set_view (MPI_File f)
{
    MPI_Datatype type;
    MPI_Type_vector (PIECES, PIECE, PIECE * ranks, MPI_BYTE, &type);
    MPI_Type_commit (&type);
    int r = MPI_File_set_view (f, (MPI_Offset) rank * PIECE, MPI_BYTE, type, "native", MPI_INFO_NULL);
    MPI_Type_free (&type);
    return r;
}

/* Reads the whole file on every rank, and compares. */
static long
check_whole (MPI_File f)
{
    long size = (long) PIECE * PIECES * ranks;
    unsigned char *buf = calloc (1, (size_t) size);
    MPI_Status status;
    int got = 0;
    MPI_File_set_view (f, 0, MPI_BYTE, MPI_BYTE, "native", MPI_INFO_NULL);
    long wrong = MPI_File_read_at (f, 0, buf, (int) size, MPI_BYTE, &status) != MPI_SUCCESS;
    MPI_Get_count (&status, MPI_BYTE, &got);
    wrong += got != size ? 1 : count_wrong (buf, size);
    free (buf);
    return wrong;
}

static long
write_pieces (MPI_File f, int collective)
{
    unsigned char buf[PIECE * PIECES];
    for (int i = 0; i < PIECE * PIECES; i++)
        buf[i] = (unsigned char) byte_at (rank, i);
    long bad = set_view (f) != MPI_SUCCESS;
    bad += (collective ? MPI_File_write_all (f, buf, sizeof buf, MPI_BYTE, MPI_STATUS_IGNORE)
                       : MPI_File_write (f, buf, sizeof buf, MPI_BYTE, MPI_STATUS_IGNORE))
        != MPI_SUCCESS;
    bad += MPI_File_sync (f) != MPI_SUCCESS;
    MPI_Barrier (MPI_COMM_WORLD);
    return bad + (MPI_File_sync (f) != MPI_SUCCESS);
}

/* Independent interleaved pieces: data sieving reads, changes and writes back what other ranks write at the same time, under a lock. */
static long
sieving (MPI_File f)
{
    return write_pieces (f, 0) + check_whole (f);
}

/* The same by two-phase I/O. */
static long
collective (MPI_File f)
{
    return write_pieces (f, 1) + check_whole (f);
}

/* Atomic mode: all write the same range again and again, and nobody ever reads a mixture. */
static long
atomic (MPI_File f)
{
    enum { LONG = 200000 };
    unsigned char *buf = malloc (LONG);
    long wrong = MPI_File_set_atomicity (f, 1) != MPI_SUCCESS;
    for (int round = 0; round < 20; round++) {
        memset (buf, rank + 1, LONG);
        wrong += MPI_File_write_at (f, 1000, buf, LONG, MPI_BYTE, MPI_STATUS_IGNORE) != MPI_SUCCESS;
        memset (buf, 0, LONG);
        wrong += MPI_File_read_at (f, 1000, buf, LONG, MPI_BYTE, MPI_STATUS_IGNORE) != MPI_SUCCESS;
        wrong += buf[0] == 0 || memcmp (buf, buf + 1, LONG - 1) != 0;
    }
    free (buf);
    return wrong;
}

/* The shared file pointer: all records are there, in whatever order, and none is torn or written over. */
static long
shared_pointer (MPI_File f)
{
    enum { ROUNDS = 50 };
    int rec[16], *all = calloc ((size_t) ranks * ROUNDS, sizeof rec), *seen = calloc ((size_t) ranks * ROUNDS, sizeof *seen);
    long wrong = 0;
    for (int i = 0; i < ROUNDS; i++) {
        for (int k = 0; k < 16; k++)
            rec[k] = rank * ROUNDS + i;
        wrong += MPI_File_write_shared (f, rec, 16, MPI_INT, MPI_STATUS_IGNORE) != MPI_SUCCESS;
    }
    MPI_File_sync (f);
    MPI_Barrier (MPI_COMM_WORLD);
    MPI_File_sync (f);
    wrong += MPI_File_read_at (f, 0, all, 16 * ranks * ROUNDS, MPI_INT, MPI_STATUS_IGNORE) != MPI_SUCCESS;
    for (int i = 0; i < ranks * ROUNDS; i++) {
        int number = all[i * 16];
        wrong += number < 0 || number >= ranks * ROUNDS || seen[number]++ || memcmp (all + i * 16, all + i * 16 + 1, 60) != 0;
    }
    free (all);
    free (seen);
    return wrong;
}

/* All see the size; nobody goes on to change it before the others have looked. */
static long
has_size (MPI_File f, MPI_Offset want)
{
    MPI_Offset size = -1;
    int r = MPI_File_get_size (f, &size);
    MPI_Barrier (MPI_COMM_WORLD);
    return r != MPI_SUCCESS || size != want;
}

/* Sizes: set, grown, asked for by all. */
static long
sizes (MPI_File f)
{
    long wrong = MPI_File_set_size (f, 123456) != MPI_SUCCESS;
    wrong += has_size (f, 123456);
    wrong += MPI_File_preallocate (f, 1 << 20) != MPI_SUCCESS;
    wrong += has_size (f, 1 << 20);
    wrong += MPI_File_set_size (f, 77) != MPI_SUCCESS;
    return wrong + has_size (f, 77);
}

static const struct behaviour {
    const char *name;
    long (*run) (MPI_File f);
} behaviours[] = {
    { "sieving", sieving },
    { "collective", collective },
    { "atomic", atomic },
    { "shared-pointer", shared_pointer },
    { "sizes", sizes },
};

static long
run (const char *name, const char *path)
{
    MPI_File f;
    long (*what) (MPI_File f) = NULL;
    for (size_t i = 0; i < sizeof behaviours / sizeof *behaviours; i++)
        if (strcmp (behaviours[i].name, name) == 0)
            what = behaviours[i].run;
    int r = what ? MPI_File_open (MPI_COMM_WORLD, path, MPI_MODE_CREATE | MPI_MODE_RDWR, MPI_INFO_NULL, &f) : MPI_ERR_ARG;
    if (r != MPI_SUCCESS)
        return 1;
    long wrong = what (f);
    return wrong + (MPI_File_close (&f) != MPI_SUCCESS);
}

int
main (int argc, char **argv)
{
    long wrong = 1, all = 1;
    MPI_Init (&argc, &argv);
    MPI_Comm_rank (MPI_COMM_WORLD, &rank);
    MPI_Comm_size (MPI_COMM_WORLD, &ranks);
    if (argc > 2)
        wrong = run (argv[1], argc > 3 && rank % 2 ? argv[3] : argv[2]);
    MPI_Allreduce (&wrong, &all, 1, MPI_LONG, MPI_SUM, MPI_COMM_WORLD);
    if (rank == 0)
        printf ("%s: %ld wrong\n", argc > 1 ? argv[1] : "usage", all);
    MPI_Finalize ();
    return all != 0;
}
