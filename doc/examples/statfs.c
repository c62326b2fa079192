/*
 * How much room a volume has.
 *
 * Prints:
 *     4 servers, ... of ... bytes are free
 */
#include <pvfs2.h>

#include <stdio.h>

int
main (void)
{
    PVFS_fs_id fs;
    PVFS_credential cred;
    PVFS_sysresp_statfs got;
    int r = PVFS_util_init_defaults ();
    if (r == 0)
        r = PVFS_util_get_default_fsid (&fs);
    if (r == 0)
        r = PVFS_util_gen_credential_defaults (&cred);
    if (r == 0)
        r = PVFS_sys_statfs (fs, &cred, &got, PVFS_HINT_NULL);
    if (r == 0)
        printf ("%d servers, %lld of %lld bytes are free\n", got.server_count, (long long) got.statfs_buf.bytes_available,
                (long long) got.statfs_buf.bytes_total);
    else
        PVFS_perror ("statfs", r);
    PVFS_sys_finalize ();
    return r < 0;
}
