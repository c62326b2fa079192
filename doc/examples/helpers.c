/*
 * Types of objects by their place in a list, for tables of a program's own.
 *
 * Prints:
 *     symbolic link
 *     3 is a directory
 *     3 to 5
 */
#include <pvfs2.h>

#include <stdio.h>

int
main (void)
{
    static const char *const names[PVFS_DS_TYPE_COUNT]
        = { "none", "file", "datafile", "directory", "symbolic link", "directory data", "internal" };
    printf ("%s\n", names[PVFS_ds_type_to_int (PVFS_TYPE_SYMLINK)]);
    printf ("%s\n", int_to_PVFS_ds_type (3) == PVFS_TYPE_DIRECTORY ? "3 is a directory" : "3 is something else");
    printf ("%d to %d\n", PVFS_util_min (3, 5), PVFS_util_max (3, 5));
    return 0;
}
