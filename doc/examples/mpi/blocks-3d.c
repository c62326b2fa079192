/*
 * blocks-3d: N processes take the blocks of a three-dimensional array out of a file and put them
 * back, each block by one call.
 *
 *     mpirun -n 8 blocks-3d PATH NX NY NZ
 *
 * The file holds NX × NY × NZ doubles in C order, z fastest.  The ranks form a grid of px × py × pz,
 * and each has a block of nx × ny × nz.  In the file such a block is nx × ny pieces of nz doubles:
 * as soon as NZ is cut, thousands of short ones.  In memory it has a layer of ghost cells around it
 * for the neighbours' values, so it is not contiguous there either.
 *
 * Both sides are described by nested requests, from the inside out:
 *
 *     row    nz doubles                                      PVFS_Request_contiguous (nz, PVFS_DOUBLE)
 *     plane  ny rows, one NZ further each time               PVFS_Request_hvector (ny, 1, 8 NZ, row)
 *     block  nx planes, one NY NZ further each time          PVFS_Request_hvector (nx, 1, 8 NY NZ, plane)
 *     place  the block at its corner                         PVFS_Request_hindexed (1, 1, corner, block)
 *
 * for the file, and the same with (nz + 2), (ny + 2)(nz + 2) and the corner (1, 1, 1) for memory.  What
 * travels is that description, a few dozen bytes, not a list of the pieces; each server works out
 * its own share.  Ghost cells are never touched, which is checked here.
 *
 * The program writes the array in slabs, contiguously; reads it in blocks and compares; writes twice
 * the values in blocks to PATH.doubled; and reads that in slabs again.  Each way every value is
 * compared with that of its place, so that blocks that overlap or miss anything are found.
 */
#include "volume.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { X, Y, Z, DIMS };

struct box {
    int64_t start[DIMS], size[DIMS];
};

struct array {
    int64_t size[DIMS];
    struct box block; /* this rank's */
    struct box slab;  /* the same array cut only across X */
};

static double
value_at (const struct array *a, int64_t x, int64_t y, int64_t z)
{
    return (double) ((x * a->size[Y] + y) * a->size[Z] + z) + 0.25;
}

/* Part i of n of a line, as even as can be. */
static void
part_of (int64_t length, int i, int n, int64_t *start, int64_t *size)
{
    *start = length * i / n;
    *size = length * (i + 1) / n - *start;
}

static void
divide (const struct volume *v, struct array *a)
{
    int grid[DIMS] = { 0 }, at[DIMS];
    MPI_Dims_create (v->ranks, DIMS, grid);
    at[X] = v->rank / (grid[Y] * grid[Z]);
    at[Y] = v->rank / grid[Z] % grid[Y];
    at[Z] = v->rank % grid[Z];
    for (int d = 0; d < DIMS; d++) {
        part_of (a->size[d], at[d], grid[d], &a->block.start[d], &a->block.size[d]);
        a->slab.start[d] = 0;
        a->slab.size[d] = a->size[d];
    }
    part_of (a->size[X], v->rank, v->ranks, &a->slab.start[X], &a->slab.size[X]);
}

static size_t
cells (const struct box *b, int64_t ghosts)
{
    return (size_t) ((b->size[X] + ghosts) * (b->size[Y] + ghosts) * (b->size[Z] + ghosts));
}

/* A box inside an array of `outer` cells that lies in memory or in a file. */
static int
make_request (const int64_t size[DIMS], const int64_t start[DIMS], const int64_t outer[DIMS], PVFS_Request *ret)
{
    PVFS_Request row = NULL, plane = NULL, block = NULL;
    const PVFS_size z = sizeof (double), y = outer[Z] * z, x = outer[Y] * y;
    PVFS_size corner = start[X] * x + start[Y] * y + start[Z] * z;
    int32_t one = 1;
    int r = PVFS_Request_contiguous ((int32_t) size[Z], PVFS_DOUBLE, &row);
    if (r == 0)
        r = PVFS_Request_hvector ((int32_t) size[Y], 1, y, row, &plane);
    if (r == 0)
        r = PVFS_Request_hvector ((int32_t) size[X], 1, x, plane, &block);
    if (r == 0)
        r = PVFS_Request_hindexed (1, &one, &corner, block, ret);
    PVFS_Request inner[] = { row, plane, block };
    for (int i = 0; i < 3; i++)
        if (inner[i])
            PVFS_Request_free (&inner[i]);
    return r;
}

/* Moves a box between the file and buf, which has `ghosts` / 2 more cells on each side. */
static int
move_box (const struct volume *v, PVFS_object_ref ref, enum PVFS_io_type type, const struct array *a,
          const struct box *b, int64_t ghosts, double *buf)
{
    PVFS_Request file = NULL, mem = NULL;
    int64_t outer[DIMS], inside[DIMS];
    for (int d = 0; d < DIMS; d++) {
        outer[d] = b->size[d] + ghosts;
        inside[d] = ghosts / 2;
    }
    if (cells (b, 0) == 0)
        return 0; /* more ranks than there is to share out */
    int r = make_request (b->size, b->start, a->size, &file);
    if (r == 0)
        r = make_request (b->size, inside, outer, &mem);
    if (r == 0)
        r = transfer (v, ref, type, file, 0, buf, mem);
    if (file)
        PVFS_Request_free (&file);
    if (mem)
        PVFS_Request_free (&mem);
    return r;
}

/* What cell i of buf holds: `factor` times the value of its place, or the ghosts' own. */
static double
want_at (const struct array *a, const struct box *b, int64_t ghosts, double factor, size_t i)
{
    const int64_t sy = b->size[Y] + ghosts, sz = b->size[Z] + ghosts, g = ghosts / 2;
    int64_t z = (int64_t) i % sz - g, y = (int64_t) i / sz % sy - g, x = (int64_t) i / sz / sy - g;
    if (x < 0 || y < 0 || z < 0 || x >= b->size[X] || y >= b->size[Y] || z >= b->size[Z])
        return -1;
    return factor * value_at (a, b->start[X] + x, b->start[Y] + y, b->start[Z] + z);
}

/* Values to be written, or (factor 0) a buffer in which everything is a ghost. */
static double *
make_buffer (const struct array *a, const struct box *b, int64_t ghosts, double factor)
{
    size_t n = cells (b, ghosts);
    double *buf = malloc ((n + 1) * sizeof *buf);
    for (size_t i = 0; buf && i < n; i++)
        buf[i] = factor > 0 ? want_at (a, b, ghosts, factor, i) : -1;
    return buf;
}

/* Reads a box; the number of cells that are not as they should be, or a negative code. */
static int
check_box (const struct volume *v, PVFS_object_ref ref, const struct array *a, const struct box *b, int64_t ghosts,
           double factor)
{
    double *buf = make_buffer (a, b, ghosts, 0);
    int wrong = buf ? move_box (v, ref, PVFS_IO_READ, a, b, ghosts, buf) : -PVFS_ENOMEM;
    for (size_t i = 0; wrong >= 0 && wrong < 1000000 && i < cells (b, ghosts); i++)
        wrong += buf[i] != want_at (a, b, ghosts, factor, i);
    free (buf);
    return wrong;
}

static int
write_box (const struct volume *v, PVFS_object_ref ref, const struct array *a, const struct box *b, int64_t ghosts,
           double factor)
{
    double *buf = make_buffer (a, b, ghosts, factor);
    int r = buf ? move_box (v, ref, PVFS_IO_WRITE, a, b, ghosts, buf) : -PVFS_ENOMEM;
    free (buf);
    return r;
}

/* Writes the file in one shape and reads it in the other. */
static int
there_and_back (const struct volume *v, const struct array *a, const char *path, const struct box *written,
                const struct box *read, double factor)
{
    PVFS_object_ref ref;
    int wrong, all_wrong, r = file_create (v, path, 64 << 10, &ref);
    if (r < 0)
        return report (v, "cannot create", path, r);
    r = everyone (write_box (v, ref, a, written, written == &a->block ? 2 : 0, factor));
    if (r < 0)
        return report (v, "cannot write", path, r);
    wrong = check_box (v, ref, a, read, read == &a->block ? 2 : 0, factor);
    r = everyone (wrong < 0 ? wrong : 0);
    if (r < 0)
        return report (v, "cannot read", path, r);
    MPI_Allreduce (&wrong, &all_wrong, 1, MPI_INT, MPI_SUM, MPI_COMM_WORLD);
    if (v->rank == 0)
        printf ("%s: %lld x %lld x %lld doubles written in %s, read in %s, %d wrong\n", path, (long long) a->size[X],
                (long long) a->size[Y], (long long) a->size[Z], written == &a->block ? "blocks" : "slabs",
                read == &a->block ? "blocks" : "slabs", all_wrong);
    return all_wrong > 0;
}

static int
run (const struct volume *v, char **argv)
{
    struct array a;
    char doubled[PVFS_PATH_MAX];
    for (int d = 0; d < DIMS; d++) {
        a.size[d] = atoll (argv[2 + d]);
        if (a.size[d] < 1 || a.size[d] > 100000) {
            if (v->rank == 0)
                fprintf (stderr, "%s: a side of the array has 1 to 100000 cells\n", argv[2 + d]);
            return 2;
        }
    }
    divide (v, &a);
    int status = there_and_back (v, &a, argv[1], &a.slab, &a.block, 1);
    snprintf (doubled, sizeof doubled, "%s.doubled", argv[1]);
    if (status == 0)
        status = there_and_back (v, &a, doubled, &a.block, &a.slab, 2);
    return status;
}

int
main (int argc, char **argv)
{
    struct volume v;
    int status = 2;
    MPI_Init (&argc, &argv);
    int r = volume_start (&v);
    if (r < 0)
        status = report (&v, "cannot find", "a volume", r);
    else if (argc == 5)
        status = run (&v, argv);
    else if (v.rank == 0)
        fprintf (stderr, "Usage: blocks-3d PATH NX NY NZ\n");
    volume_stop ();
    MPI_Finalize ();
    return status;
}
