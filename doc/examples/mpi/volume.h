/*
 * What all MPI examples share: the library on every rank, files that one rank opens for all, and
 * errors that every rank learns of.
 *
 * The last is what most parallel programs get wrong.  If one rank fails and leaves, the others wait
 * for it in their next collective call for ever.  So here no rank acts on its own result: results
 * go through everyone (), which hands the worst one to all of them, and all take the same way out.
 *
 * A PVFS file has no open state: an object reference is all that it takes, and it means the same in
 * every process.  So one rank looks a name up, or creates it, and broadcasts the reference as bytes;
 * a thousand ranks cost the servers no more than one.  This is also what ROMIO does.
 *
 * All functions return 0 or a negative PVFS code.  Those marked "collective" must be called by all
 * ranks and return the same on each.
 */
#ifndef VOLUME_H
#define VOLUME_H

#include <mpi.h>
#include <pvfs2.h>

struct volume {
    int rank, ranks;
    PVFS_credential cred;
};

/* Collective.  MPI must be initialised already. */
int volume_start (struct volume *v);
void volume_stop (void);

/* Collective: the worst of all results, MPI_MIN being the most negative one. */
int everyone (int result);

/* Rank 0 says on standard error what failed; every rank gets the status to exit with. */
int report (const struct volume *v, const char *what, const char *path, int result);

/* Collective.  path is one of the local name space, below the mount directory of a line of the tab
 * file; nothing needs to be mounted.  create: a new, empty file, in place of one that was there;
 * strip is the number of bytes that go to one server before the next one's turn. */
int file_create (const struct volume *v, const char *path, PVFS_size strip, PVFS_object_ref *ret);
int file_open (const struct volume *v, const char *path, PVFS_object_ref *ret);
/* new_path, in the same volume, takes the place of what is there, in one step. */
int file_rename (const struct volume *v, const char *path, const char *new_path);
int directory_create (const struct volume *v, const char *path);

/* Not collective.  A new file in a directory that this rank knows, and the file of a name. */
int file_create_in (const struct volume *v, PVFS_object_ref dir, const char *name, PVFS_object_ref *ret);
int file_find_in (const struct volume *v, PVFS_object_ref dir, const char *name, PVFS_object_ref *ret);

/* Not collective.  PVFS_sys_io that takes less than was asked for, which only reads at the end of
 * the file give, as an error: -PVFS_EIO. */
int transfer (const struct volume *v, PVFS_object_ref ref, enum PVFS_io_type type, PVFS_Request file_req,
              PVFS_offset offset, void *buf, PVFS_Request mem_req);

/* The same for a stretch of the file of any length: pieces of 4 MiB, several of them under way. */
int transfer_stretch (const struct volume *v, PVFS_object_ref ref, enum PVFS_io_type type, PVFS_offset offset,
                      void *buf, PVFS_size length);

#endif
