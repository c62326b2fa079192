/*
 * hdf5-slabs: N processes write a dataset of an HDF5 file in slabs of rows, and read it in columns.
 *
 *     mpirun -n 4 hdf5-slabs FILE ROWS COLUMNS
 *
 * Nothing here knows of PVFS: FILE lies on a mount, and HDF5 reaches it through MPI-IO, and that
 * through POSIX calls.  For the native library behind the same program, HDF5 needs an MPI whose
 * ROMIO was built with it, and a name with the prefix "pvfs2:" (doc/mpi-io.md).
 *
 * Transfers are collective: all ranks call H5Dwrite together, so that MPI-IO may gather the pieces
 * of all of them into large ones.  Rows are contiguous in the file; columns are ROWS short pieces.
 * The dataset is chunked on request of a third size, so that chunks do not fit either shape.
 *
 * The file is closed and opened again between writing and reading: what one process wrote through
 * the mount, the others read through it.  Every value is compared.
 */
#include <hdf5.h>
#include <mpi.h>

#include <stdio.h>
#include <stdlib.h>

enum { ROWS, COLUMNS };

struct slab {
    hsize_t start[2], size[2];
};

static int rank, ranks;

static double
value_at (hsize_t row, hsize_t column)
{
    return (double) row * 100003 + (double) column + 0.5;
}

/* This rank's part of the array, cut across one dimension. */
static struct slab
part_of (const hsize_t all[2], int across)
{
    struct slab s = { { 0, 0 }, { all[0], all[1] } };
    s.start[across] = all[across] * (hsize_t) rank / (hsize_t) ranks;
    s.size[across] = all[across] * (hsize_t) (rank + 1) / (hsize_t) ranks - s.start[across];
    return s;
}

/* Fills the buffer, or counts what differs in it. */
static long
visit (double *buf, const struct slab *s, int compare)
{
    long wrong = 0;
    for (hsize_t i = 0; i < s->size[0] * s->size[1]; i++) {
        double want = value_at (s->start[0] + i / s->size[1], s->start[1] + i % s->size[1]);
        if (!compare)
            buf[i] = want;
        else
            wrong += buf[i] != want;
    }
    return wrong;
}

/* All ranks; negative if HDF5 failed, which has then said why. */
static herr_t
transfer (hid_t set, const struct slab *s, double *buf, int reads)
{
    hid_t file_space = H5Dget_space (set), memory = H5Screate_simple (2, s->size, NULL);
    hid_t how = H5Pcreate (H5P_DATASET_XFER);
    H5Pset_dxpl_mpio (how, H5FD_MPIO_COLLECTIVE);
    H5Sselect_hyperslab (file_space, H5S_SELECT_SET, s->start, NULL, s->size, NULL);
    herr_t r = reads ? H5Dread (set, H5T_NATIVE_DOUBLE, memory, file_space, how, buf)
                     : H5Dwrite (set, H5T_NATIVE_DOUBLE, memory, file_space, how, buf);
    H5Pclose (how);
    H5Sclose (memory);
    H5Sclose (file_space);
    return r;
}

/* A set of its own layout: contiguous, or in chunks. */
static hid_t
make_set (hid_t file, const char *name, const hsize_t all[2], int chunked)
{
    const hsize_t chunk[2] = { all[0] / 3 + 1, all[1] / 5 + 1 };
    hid_t space = H5Screate_simple (2, all, NULL), how = H5Pcreate (H5P_DATASET_CREATE);
    if (chunked)
        H5Pset_chunk (how, 2, chunk);
    hid_t set = H5Dcreate2 (file, name, H5T_IEEE_F64LE, space, H5P_DEFAULT, how, H5P_DEFAULT);
    H5Pclose (how);
    H5Sclose (space);
    return set;
}

static hid_t
open_parallel (const char *path, int creates)
{
    hid_t how = H5Pcreate (H5P_FILE_ACCESS);
    H5Pset_fapl_mpio (how, MPI_COMM_WORLD, MPI_INFO_NULL);
    hid_t file = creates ? H5Fcreate (path, H5F_ACC_TRUNC, H5P_DEFAULT, how) : H5Fopen (path, H5F_ACC_RDONLY, how);
    H5Pclose (how);
    return file;
}

/* One set of the open file, moved or compared; the number of wrong values, negative on failure. */
static long
do_set (hid_t file, const char *name, const hsize_t all[2], int creates, int chunked)
{
    struct slab s = part_of (all, creates ? ROWS : COLUMNS);
    double *buf = malloc ((size_t) (s.size[0] * s.size[1] + 1) * sizeof *buf);
    hid_t set = creates ? make_set (file, name, all, chunked) : H5Dopen2 (file, name, H5P_DEFAULT);
    long wrong = -1;
    if (buf && set >= 0) {
        if (creates)
            visit (buf, &s, 0);
        if (transfer (set, &s, buf, !creates) >= 0)
            wrong = creates ? 0 : visit (buf, &s, 1);
    }
    if (set >= 0)
        H5Dclose (set);
    free (buf);
    return wrong;
}

static long
pass (const char *path, const hsize_t all[2], int creates)
{
    hid_t file = open_parallel (path, creates);
    if (file < 0)
        return -1;
    long plain = do_set (file, "plain", all, creates, 0), chunked = do_set (file, "chunked", all, creates, 1);
    herr_t r = H5Fclose (file);
    return plain < 0 || chunked < 0 || r < 0 ? -1 : plain + chunked;
}

int
main (int argc, char **argv)
{
    MPI_Init (&argc, &argv);
    MPI_Comm_rank (MPI_COMM_WORLD, &rank);
    MPI_Comm_size (MPI_COMM_WORLD, &ranks);
    const hsize_t all[2] = { argc == 4 ? strtoull (argv[2], NULL, 10) : 0, argc == 4 ? strtoull (argv[3], NULL, 10) : 0 };
    int bad = 2, worst;
    if (all[0] > 0 && all[1] > 0) {
        long wrong = pass (argv[1], all, 1);
        if (wrong == 0)
            wrong = pass (argv[1], all, 0);
        if (wrong != 0)
            fprintf (stderr, "rank %d: %s: %s\n", rank, argv[1], wrong < 0 ? "HDF5 failed" : "wrong values");
        bad = wrong != 0;
    } else if (rank == 0) {
        fprintf (stderr, "Usage: hdf5-slabs FILE ROWS COLUMNS\n");
    }
    MPI_Allreduce (&bad, &worst, 1, MPI_INT, MPI_MAX, MPI_COMM_WORLD);
    if (rank == 0 && worst == 0)
        printf ("%s: 2 sets of %llu x %llu doubles written by rows, read by columns, 0 wrong\n", argv[1],
                (unsigned long long) all[0], (unsigned long long) all[1]);
    MPI_Finalize ();
    return worst;
}
