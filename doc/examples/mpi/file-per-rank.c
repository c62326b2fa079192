/*
 * file-per-rank: N processes write N files in one directory, and each reads its neighbour's.
 *
 *     mpirun -n 4 file-per-rank PATH MIB
 *
 * The other way to save a program's state: no two ranks share a file, at the price of as many files
 * as ranks.  PATH is a directory that does not exist yet; rank i creates "part.i" in it and writes
 * MIB MiB there.
 *
 * Rank 0 makes the directory and looks it up, once; the others get its reference and create their
 * files in it by PVFS_sys_create, which needs no path.  A few pieces are always under way
 * (transfer_stretch in volume.c: PVFS_isys_io, PVFS_sys_wait), so that the servers have work while
 * this side prepares the next piece; a file of one rank is striped over all servers like any other.
 *
 * Then everybody flushes his own file, and reads the one of the next rank, which another process
 * has written through other connections: what PVFS_sys_io has written before the barrier, anybody
 * reads behind it.  There is no cache on the client that could keep it back.
 *
 * At last rank 0 lists the directory, with PVFS_sys_readdirplus, which gives the sizes with the
 * names: there must be just as many files as ranks, each of the same size.
 */
#include "volume.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The word at each place of a rank's file. */
static void
fill (uint64_t *buf, size_t words, int rank)
{
    for (size_t i = 0; i < words; i++)
        buf[i] = (i + 1) * UINT64_C (0x9e3779b97f4a7c15) ^ (uint64_t) rank << 32;
}

static void
name_of (int rank, char name[32])
{
    snprintf (name, 32, "part.%d", rank);
}

static int
write_mine (const struct volume *v, PVFS_object_ref dir, uint64_t *buf, size_t size)
{
    char name[32];
    PVFS_object_ref ref;
    name_of (v->rank, name);
    int r = file_create_in (v, dir, name, &ref);
    if (r < 0)
        return r;
    fill (buf, size / sizeof *buf, v->rank);
    r = transfer_stretch (v, ref, PVFS_IO_WRITE, 0, buf, (PVFS_size) size);
    if (r == 0)
        r = PVFS_sys_flush (ref, &v->cred, PVFS_HINT_NULL);
    return r;
}

/* 1 if anything differs. */
static int
check_next (const struct volume *v, PVFS_object_ref dir, uint64_t *buf, size_t size)
{
    char name[32];
    PVFS_object_ref ref;
    int next = (v->rank + 1) % v->ranks;
    uint64_t *want = malloc (size);
    if (!want)
        return -PVFS_ENOMEM;
    name_of (next, name);
    int r = file_find_in (v, dir, name, &ref);
    if (r == 0)
        r = transfer_stretch (v, ref, PVFS_IO_READ, 0, buf, (PVFS_size) size);
    if (r == 0) {
        fill (want, size / sizeof *want, next);
        r = memcmp (buf, want, size) != 0;
    }
    free (want);
    return r;
}

/* The number of entries that have the right size, in batches as the servers like them. */
static int
count_files (const struct volume *v, PVFS_object_ref dir, PVFS_size size)
{
    PVFS_sysresp_readdirplus batch;
    PVFS_ds_position token = PVFS_READDIR_START;
    int good = 0;
    do {
        int r = PVFS_sys_readdirplus (dir, token, PVFS_REQ_LIMIT_DIRENT_COUNT_READDIRPLUS, &v->cred, PVFS_ATTR_SYS_SIZE,
                                      &batch, PVFS_HINT_NULL);
        if (r < 0)
            return r;
        for (uint32_t i = 0; i < batch.pvfs_dirent_outcount; i++) {
            good += batch.stat_err_array[i] == 0 && batch.attr_array[i].size == size;
            PVFS_util_release_sys_attr (&batch.attr_array[i]);
        }
        free (batch.dirent_array);
        free (batch.stat_err_array);
        free (batch.attr_array);
        token = batch.token;
    } while (token != PVFS_READDIR_END);
    return good;
}

static int
run (const struct volume *v, const char *path, size_t size)
{
    PVFS_object_ref dir;
    int wrong, all_wrong, files = 0, r = directory_create (v, path);
    if (r == 0)
        r = file_open (v, path, &dir);
    if (r < 0)
        return report (v, "cannot make directory", path, r);
    uint64_t *buf = malloc (size);
    r = everyone (buf ? write_mine (v, dir, buf, size) : -PVFS_ENOMEM);
    if (r < 0) {
        free (buf);
        return report (v, "cannot write a file in", path, r);
    }
    wrong = check_next (v, dir, buf, size);
    free (buf);
    r = everyone (wrong < 0 ? wrong : 0);
    if (r < 0)
        return report (v, "cannot read a file in", path, r);
    if (v->rank == 0)
        files = count_files (v, dir, (PVFS_size) size);
    MPI_Bcast (&files, 1, MPI_INT, 0, MPI_COMM_WORLD);
    if (files < 0)
        return report (v, "cannot list", path, files);
    MPI_Allreduce (&wrong, &all_wrong, 1, MPI_INT, MPI_SUM, MPI_COMM_WORLD);
    if (v->rank == 0)
        printf ("%s: %d files of %zu bytes, %d wrong\n", path, files, size, all_wrong);
    return all_wrong > 0 || files != v->ranks;
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
        status = run (&v, argv[1], (size_t) mib << 20);
    else if (v.rank == 0)
        fprintf (stderr, "Usage: file-per-rank PATH MIB\n");
    volume_stop ();
    MPI_Finalize ();
    return status;
}
