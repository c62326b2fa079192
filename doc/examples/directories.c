/*
 * Lists a directory with the sizes of its files, in batches: one round of requests for each, however many servers hold it.
 *
 * Prints:
 *     100 entries, 4950000 bytes
 */
#include <pvfs2.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { FILES = 100, BATCH = 32 };

static PVFS_credential cred;

static int
make_files (PVFS_object_ref dir)
{
    char name[32];
    PVFS_sys_attr attr;
    PVFS_sysresp_create made;
    memset (&attr, 0, sizeof attr);
    attr.owner = cred.userid;
    attr.group = cred.group_array[0];
    attr.perms = 0644;
    attr.atime = attr.mtime = attr.ctime = (PVFS_time) time (NULL);
    attr.mask = PVFS_ATTR_SYS_ALL_SETABLE;
    int r = 0;
    for (int i = 0; i < FILES && r == 0; i++) {
        snprintf (name, sizeof name, "file.%03d", i);
        r = PVFS_sys_create (name, dir, attr, &cred, NULL, &made, PVFS_SYS_LAYOUT_DEFAULT, PVFS_HINT_NULL);
        if (r == 0)
            r = PVFS_sys_truncate (made.ref, i * 1000, &cred, PVFS_HINT_NULL);
    }
    return r;
}

/* Adds up a batch, and releases it. */
static int64_t
sum_of (PVFS_sysresp_readdirplus *batch)
{
    int64_t sum = 0;
    for (uint32_t i = 0; i < batch->pvfs_dirent_outcount; i++) {
        if (batch->stat_err_array[i] == 0) /* else somebody has removed it meanwhile */
            sum += batch->attr_array[i].size;
        PVFS_util_release_sys_attr (&batch->attr_array[i]);
    }
    free (batch->dirent_array);
    free (batch->stat_err_array);
    free (batch->attr_array);
    return sum;
}

static int
list (PVFS_object_ref dir)
{
    PVFS_sysresp_readdirplus batch;
    PVFS_ds_position token = PVFS_READDIR_START;
    int64_t bytes = 0;
    uint32_t entries = 0;
    do {
        int r = PVFS_sys_readdirplus (dir, token, BATCH, &cred, PVFS_ATTR_SYS_SIZE, &batch, PVFS_HINT_NULL);
        if (r < 0)
            return r;
        entries += batch.pvfs_dirent_outcount;
        token = batch.token;
        bytes += sum_of (&batch);
    } while (token != PVFS_READDIR_END);
    printf ("%u entries, %lld bytes\n", entries, (long long) bytes);
    return 0;
}

int
main (void)
{
    PVFS_fs_id fs;
    PVFS_sysresp_lookup root = { .error_path = NULL };
    int r = PVFS_util_init_defaults ();
    if (r == 0)
        r = PVFS_util_get_default_fsid (&fs);
    if (r == 0)
        r = PVFS_util_gen_credential_defaults (&cred);
    if (r == 0)
        r = PVFS_sys_lookup (fs, "/", &cred, &root, PVFS2_LOOKUP_LINK_FOLLOW, PVFS_HINT_NULL);
    if (r == 0)
        r = make_files (root.ref);
    if (r == 0)
        r = list (root.ref);
    if (r < 0)
        PVFS_perror ("directories", r);
    PVFS_sys_finalize ();
    return r < 0;
}
