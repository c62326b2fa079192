/*
 * What can be known of a code: its text, its errno, the layer that it comes from.
 *
 * Prints:
 *     -PVFS_ENOENT: No such file or directory, errno 2
 *     -PVFS_ECANCEL: Operation cancelled
 *     -PVFS_ESTALE: Stale file handle, errno 116
 *     from an errno: -PVFS_ENOSPC
 *     of the flow layer: yes
 *     room for 4 errors, 0 used
 */
#include <pvfs2.h>

#include <stdio.h>

static void
show (const char *name, int code)
{
    char text[128];
    PVFS_strerror_r (code, text, sizeof text);
    printf ("%s: %s", name, text);
    if (IS_PVFS_ERROR (code) && !IS_PVFS_NON_ERRNO_ERROR (code))
        printf (", errno %d", PVFS_ERROR_TO_ERRNO (-code));
    printf ("\n");
}

int
main (void)
{
    show ("-PVFS_ENOENT", -PVFS_ENOENT);
    show ("-PVFS_ECANCEL", -PVFS_ECANCEL);
    show ("-PVFS_ESTALE", -PVFS_ESTALE);
    printf ("from an errno: %s\n", PVFS_errno_to_error (-ENOSPC) == -PVFS_ENOSPC ? "-PVFS_ENOSPC" : "another");
    printf ("of the flow layer: %s\n", PVFS_ERROR_CLASS (PVFS_EIO | PVFS_ERROR_FLOW) == PVFS_ERROR_FLOW ? "yes" : "no");

    /* Calls to several servers tell of each one's error in such a list, and return -PVFS_EDETAIL. */
    PVFS_error_details *details = PVFS_error_details_new (4);
    if (!details)
        return 1;
    printf ("room for %d errors, %d used\n", details->count_allocated, details->count_used);
    PVFS_error_details_free (details);
    return 0;
}
