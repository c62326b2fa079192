/*
 * From a path as users write it to a volume and the path inside it; nothing is mounted.
 *
 * Prints:
 *     /mnt/pvfs2/results/run.1 is /results/run.1 in its volume
 *     /mnt/pvfs2 is / in its volume
 *     /etc/passwd: No such file or directory
 *     a path of ours
 */
#include <pvfs2.h>

#include <stdio.h>

/* What the library makes of a path. */
static void
show (const char *path)
{
    char inside[PVFS_NAME_MAX], why[128];
    PVFS_fs_id fs;
    int r = PVFS_util_resolve (path, &fs, inside, sizeof inside);
    if (r == 0) {
        printf ("%s is %s in its volume\n", path, inside);
    } else {
        PVFS_strerror_r (r, why, sizeof why);
        printf ("%s: %s\n", path, why);
    }
}

int
main (void)
{
    PVFS_fs_id fs;
    int r = PVFS_util_init_defaults ();
    if (r == 0)
        r = PVFS_util_get_default_fsid (&fs);
    if (r < 0) {
        PVFS_perror ("paths", r);
        return 1;
    }
    show ("/mnt/pvfs2/results/run.1");
    show ("/mnt/pvfs2");
    show ("/etc/passwd");
    printf ("%s\n", PVFS_util_resolve_absolute ("/mnt/pvfs2/x") == 0 ? "a path of ours" : "none of ours");
    PVFS_sys_finalize ();
    return 0;
}
