/*
 * Starts the library with all volumes of the mount table, says what it was told, and ends it; twice, since that is allowed.
 *
 * Prints:
 *     names are remembered for 1000 ms, operations are tried for 45 s
 *     names are remembered for 1000 ms, operations are tried for 45 s
 */
#include <pvfs2.h>

#include <stdio.h>

static int
once (void)
{
    PVFS_fs_id fs;
    unsigned int names, seconds;
    int r = PVFS_util_init_defaults (); /* PVFS_sys_initialize, and PVFS_sys_fs_add for each line of the table */
    if (r == 0)
        r = PVFS_util_get_default_fsid (&fs);
    if (r == 0)
        r = PVFS_sys_set_info (PVFS_SYS_MSG_TIMEOUT_SECS, 45);
    if (r == 0)
        r = PVFS_sys_get_info (PVFS_SYS_MSG_TIMEOUT_SECS, &seconds);
    if (r == 0)
        r = PVFS_sys_get_info (PVFS_SYS_NCACHE_TIMEOUT_MSECS, &names);
    if (r == 0)
        printf ("names are remembered for %u ms, operations are tried for %u s\n", names, seconds);
    return r;
}

int
main (void)
{
    int r = 0;
    for (int i = 0; i < 2 && r == 0; i++) {
        r = once ();
        if (r < 0)
            PVFS_perror ("instance", r);
        PVFS_sys_finalize (); /* also after a failure; there may have been a part of a start */
    }
    return r < 0;
}
