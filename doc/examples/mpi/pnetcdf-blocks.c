/*
 * pnetcdf-blocks: N processes write a variable of three dimensions to a NetCDF file in blocks, and
 * read it in slabs.
 *
 *     mpirun -n 4 pnetcdf-blocks FILE NX NY NZ
 *
 * As hdf5-slabs, by Parallel NetCDF, whose files are simpler: a header, then each variable as one
 * array.  ncmpi_put_vara_int_all is collective, with a subarray of MPI for each rank's block; MPI-IO
 * turns that into large pieces by two-phase I/O.  A second variable has an unlimited dimension: its
 * records are interleaved with nothing else here, and grow the file one at a time.
 *
 * Every value is compared after the file has been closed and opened again.
 */
#include <mpi.h>
#include <pnetcdf.h>

#include <stdio.h>
#include <stdlib.h>

enum { DIMS = 3, STEPS = 5 };

struct box {
    MPI_Offset start[DIMS], size[DIMS];
};

static int rank, ranks;

static int
value_at (const MPI_Offset all[DIMS], MPI_Offset x, MPI_Offset y, MPI_Offset z)
{
    return (int) (((x * all[1] + y) * all[2] + z) * 7 + 3);
}

/* This rank's part of the array, cut as the grid says. */
static struct box
part_of (const MPI_Offset all[DIMS], const int grid[DIMS])
{
    struct box b;
    int at[DIMS] = { rank / (grid[1] * grid[2]), rank / grid[2] % grid[1], rank % grid[2] };
    for (int d = 0; d < DIMS; d++) {
        b.start[d] = all[d] * at[d] / grid[d];
        b.size[d] = all[d] * (at[d] + 1) / grid[d] - b.start[d];
    }
    return b;
}

static size_t
cells (const struct box *b)
{
    return (size_t) (b->size[0] * b->size[1] * b->size[2]);
}

/* Fills the buffer, or counts what differs in it. */
static long
visit (int *buf, const MPI_Offset all[DIMS], const struct box *b, int compare)
{
    long wrong = 0;
    for (size_t i = 0; i < cells (b); i++) {
        MPI_Offset n = (MPI_Offset) i, z = n % b->size[2], y = n / b->size[2] % b->size[1], x = n / b->size[2] / b->size[1];
        int want = value_at (all, b->start[0] + x, b->start[1] + y, b->start[2] + z);
        if (!compare)
            buf[i] = want;
        else
            wrong += buf[i] != want;
    }
    return wrong;
}

/* The file with its two variables, whose ids are 0 and 1; data mode. */
static int
create (const char *path, const MPI_Offset all[DIMS], int *ret)
{
    int dims[DIMS + 1], block, steps, r = ncmpi_create (MPI_COMM_WORLD, path, NC_CLOBBER | NC_64BIT_DATA, MPI_INFO_NULL, ret);
    if (r != NC_NOERR)
        return r;
    ncmpi_def_dim (*ret, "step", NC_UNLIMITED, &dims[0]);
    ncmpi_def_dim (*ret, "x", all[0], &dims[1]);
    ncmpi_def_dim (*ret, "y", all[1], &dims[2]);
    ncmpi_def_dim (*ret, "z", all[2], &dims[3]);
    ncmpi_def_var (*ret, "block", NC_INT, DIMS, dims + 1, &block);
    ncmpi_def_var (*ret, "steps", NC_INT, 2, dims, &steps);
    return ncmpi_enddef (*ret);
}

/* Each rank's share of one record per step: x is cut by ranks. */
static int
move_steps (int file, const MPI_Offset all[DIMS], int writes, long *wrong)
{
    const int lines[DIMS] = { ranks, 1, 1 };
    struct box b = part_of (all, lines);
    int r = NC_NOERR, *buf = malloc ((size_t) (b.size[0] + 1) * sizeof *buf);
    for (MPI_Offset step = 0; buf && step < STEPS && r == NC_NOERR; step++) {
        MPI_Offset start[2] = { step, b.start[0] }, size[2] = { 1, b.size[0] };
        for (MPI_Offset i = 0; i < b.size[0]; i++)
            buf[i] = writes ? (int) (step * 1000000 + b.start[0] + i) : -1;
        r = writes ? ncmpi_put_vara_int_all (file, 1, start, size, buf) : ncmpi_get_vara_int_all (file, 1, start, size, buf);
        for (MPI_Offset i = 0; i < b.size[0]; i++)
            *wrong += buf[i] != (int) (step * 1000000 + b.start[0] + i);
    }
    free (buf);
    return buf ? r : NC_ENOMEM;
}

static int
move_block (int file, const MPI_Offset all[DIMS], int writes, long *wrong)
{
    int grid[DIMS] = { 0, 0, 0 };
    const int slabs[DIMS] = { ranks, 1, 1 };
    MPI_Dims_create (ranks, DIMS, grid);
    struct box b = part_of (all, writes ? grid : slabs);
    int r = NC_ENOMEM, *buf = calloc (cells (&b) + 1, sizeof *buf);
    if (buf && writes) {
        visit (buf, all, &b, 0);
        r = ncmpi_put_vara_int_all (file, 0, b.start, b.size, buf);
    } else if (buf) {
        r = ncmpi_get_vara_int_all (file, 0, b.start, b.size, buf);
        *wrong += visit (buf, all, &b, 1);
    }
    free (buf);
    return r;
}

static int
pass (const char *path, const MPI_Offset all[DIMS], int writes, long *wrong)
{
    int file, r = writes ? create (path, all, &file) : ncmpi_open (MPI_COMM_WORLD, path, NC_NOWRITE, MPI_INFO_NULL, &file);
    if (r != NC_NOERR)
        return r;
    r = move_block (file, all, writes, wrong);
    int s = move_steps (file, all, writes, wrong), c = ncmpi_close (file);
    return r != NC_NOERR ? r : s != NC_NOERR ? s : c;
}

int
main (int argc, char **argv)
{
    MPI_Offset all[DIMS] = { 0, 0, 0 };
    int bad = 2, worst;
    long wrong = 0;
    MPI_Init (&argc, &argv);
    MPI_Comm_rank (MPI_COMM_WORLD, &rank);
    MPI_Comm_size (MPI_COMM_WORLD, &ranks);
    for (int d = 0; d < DIMS && argc == 5; d++)
        all[d] = atoll (argv[2 + d]);
    if (all[0] > 0 && all[1] > 0 && all[2] > 0) {
        int r = pass (argv[1], all, 1, &wrong);
        if (r == NC_NOERR)
            r = pass (argv[1], all, 0, &wrong);
        bad = r != NC_NOERR || wrong > 0;
        if (bad)
            fprintf (stderr, "rank %d: %s: %s\n", rank, argv[1], r != NC_NOERR ? ncmpi_strerror (r) : "wrong values");
    } else if (rank == 0) {
        fprintf (stderr, "Usage: pnetcdf-blocks FILE NX NY NZ\n");
    }
    MPI_Allreduce (&bad, &worst, 1, MPI_INT, MPI_MAX, MPI_COMM_WORLD);
    if (rank == 0 && worst == 0)
        printf ("%s: %lld x %lld x %lld ints written in blocks, read in slabs, and %d records, 0 wrong\n", argv[1],
                (long long) all[0], (long long) all[1], (long long) all[2], STEPS);
    MPI_Finalize ();
    return worst;
}
