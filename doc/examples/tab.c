/*
 * Mount tables: reads one without starting anything, and adds a volume that is in none of them by its address.
 *
 * Prints:
 *     1 volume: pvfs2-fs at /mnt/pvfs2
 *     /somewhere/else/file is /file of the same volume
 */
#include <pvfs2.h>

#include <stdio.h>

/* A second name for the table's first volume, as a program would use that was given an address. */
static int
add_by_address (const struct PVFS_sys_mntent *first)
{
    char inside[PVFS_NAME_MAX];
    char where[] = "/somewhere/else";
    PVFS_fs_id fs;
    struct PVFS_sys_mntent *entry = PVFS_util_gen_mntent (first->pvfs_config_servers[0], first->pvfs_fs_name);
    if (!entry)
        return -PVFS_ENOMEM;
    int r = PVFS_sys_initialize (0);
    if (r == 0)
        r = PVFS_sys_fs_add (entry); /* asks the server, and fills in the rest */
    if (r == 0) {
        char *before = entry->mnt_dir;
        entry->mnt_dir = where;
        r = PVFS_util_add_dynamic_mntent (entry);
        entry->mnt_dir = before;
    }
    if (r == 0)
        r = PVFS_util_resolve ("/somewhere/else/file", &fs, inside, sizeof inside);
    if (r == 0)
        printf ("/somewhere/else/file is %s of the %s volume\n", inside, fs == entry->fs_id ? "same" : "wrong");
    PVFS_util_gen_mntent_release (entry);
    PVFS_sys_finalize ();
    return r;
}

int
main (void)
{
    const PVFS_util_tab *tab = PVFS_util_parse_pvfstab (NULL);
    struct PVFS_sys_mntent copy;
    if (!tab || tab->mntent_count == 0) {
        fprintf (stderr, "there is no table with a pvfs2 line\n");
        return 1;
    }
    printf ("%d volume: %s at %s\n", tab->mntent_count, tab->mntent_array[0].pvfs_fs_name, tab->mntent_array[0].mnt_dir);
    int r = PVFS_util_copy_mntent (&copy, &tab->mntent_array[0]);
    PINT_release_pvfstab (); /* now only the copy is left */
    if (r == 0) {
        r = add_by_address (&copy);
        PVFS_util_free_mntent (&copy);
    }
    if (r < 0)
        PVFS_perror ("tab", r);
    return r < 0;
}
