/*
 * Gives a file that has lost its only name a new one. pvfs2-fsck does so by itself, and knows when it must not.
 *
 * Prints:
 *     the name is gone
 *     it is the same file
 */
#include <pvfs2.h>

#include <stdio.h>
#include <string.h>
#include <time.h>

static PVFS_credential cred;

/* A new file "/file". */
static int
make_file (PVFS_object_ref *ret)
{
    PVFS_fs_id fs;
    PVFS_sysresp_lookup root = { .error_path = NULL };
    PVFS_sysresp_create made;
    PVFS_sys_attr attr;
    int r = PVFS_util_get_default_fsid (&fs);
    if (r == 0)
        r = PVFS_util_gen_credential_defaults (&cred);
    if (r == 0)
        r = PVFS_sys_lookup (fs, "/", &cred, &root, PVFS2_LOOKUP_LINK_FOLLOW, PVFS_HINT_NULL);
    memset (&attr, 0, sizeof attr);
    attr.owner = cred.userid;
    attr.group = cred.group_array[0];
    attr.perms = 0644;
    attr.atime = attr.mtime = attr.ctime = (PVFS_time) time (NULL);
    attr.mask = PVFS_ATTR_SYS_ALL_SETABLE;
    if (r == 0)
        r = PVFS_sys_create ("file", root.ref, attr, &cred, NULL, &made, PVFS_SYS_LAYOUT_DEFAULT, PVFS_HINT_NULL);
    if (r == 0)
        *ret = made.ref;
    return r;
}

static int
run (PVFS_object_ref file)
{
    PVFS_sysresp_lookup root = { .error_path = NULL }, found = { .error_path = NULL };
    int r = PVFS_sys_lookup (file.fs_id, "/", &cred, &root, PVFS2_LOOKUP_LINK_FOLLOW, PVFS_HINT_NULL);
    if (r == 0)
        r = PVFS_mgmt_remove_dirent (root.ref, "file", &cred, PVFS_HINT_NULL); /* the damage: only the name goes */
    if (r == 0 && PVFS_sys_lookup (file.fs_id, "/file", &cred, &found, 0, PVFS_HINT_NULL) == -PVFS_ENOENT)
        printf ("the name is gone\n");
    if (r == 0)
        r = PVFS_mgmt_create_dirent (root.ref, "found", file.handle, &cred, PVFS_HINT_NULL);
    if (r == 0)
        r = PVFS_sys_lookup (file.fs_id, "/found", &cred, &found, 0, PVFS_HINT_NULL);
    if (r == 0)
        printf ("it is %s file\n", found.ref.handle == file.handle ? "the same" : "another");
    return r;
}

int
main (void)
{
    PVFS_object_ref file;
    int r = PVFS_util_init_defaults ();
    if (r == 0)
        r = make_file (&file);
    if (r == 0)
        r = run (file);
    if (r < 0)
        PVFS_perror ("repairs", r);
    PVFS_sys_finalize ();
    return r < 0;
}
