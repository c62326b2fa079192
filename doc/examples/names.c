/*
 * Makes a directory with a file and a link, renames the file over another one, and removes it all.
 *
 * Prints:
 *     a name is taken once
 *     the link leads to the renamed file
 *     a directory goes only when it is empty
 *     all gone
 */
#include <pvfs2.h>

#include <stdio.h>
#include <string.h>
#include <time.h>

static PVFS_credential cred;

static PVFS_sys_attr
new_attr (PVFS_permissions perms)
{
    PVFS_sys_attr attr;
    memset (&attr, 0, sizeof attr);
    attr.owner = cred.userid;
    attr.group = cred.group_array[0];
    attr.perms = perms;
    attr.atime = attr.mtime = attr.ctime = (PVFS_time) time (NULL);
    attr.mask = PVFS_ATTR_SYS_ALL_SETABLE;
    return attr;
}

static int
create (PVFS_object_ref dir, char *name, PVFS_object_ref *ret)
{
    PVFS_sysresp_create made;
    int r = PVFS_sys_create (name, dir, new_attr (0644), &cred, NULL, &made, PVFS_SYS_LAYOUT_DEFAULT, PVFS_HINT_NULL);
    if (r == 0)
        *ret = made.ref;
    return r;
}

static int
run (PVFS_fs_id fs)
{
    PVFS_sysresp_getparent parent;
    PVFS_sysresp_mkdir made;
    PVFS_sysresp_symlink link;
    PVFS_sysresp_lookup found = { .error_path = NULL };
    PVFS_object_ref draft, final;

    int r = PVFS_sys_getparent (fs, "/results", &cred, &parent, PVFS_HINT_NULL); /* only the parent must be there */
    if (r == 0)
        r = PVFS_sys_mkdir (parent.basename, parent.parent_ref, new_attr (0755), &cred, &made, PVFS_HINT_NULL);
    if (r == 0)
        r = create (made.ref, "draft", &draft);
    if (r == 0)
        r = create (made.ref, "final", &final);
    if (r == 0 && create (made.ref, "final", &final) == -PVFS_EEXIST)
        printf ("a name is taken once\n");
    if (r == 0)
        r = PVFS_sys_symlink ("latest", made.ref, "final", new_attr (0777), &cred, &link, PVFS_HINT_NULL);
    if (r == 0)
        r = PVFS_sys_rename ("draft", made.ref, "final", made.ref, &cred, PVFS_HINT_NULL); /* the old "final" is gone */
    if (r == 0)
        r = PVFS_sys_lookup (fs, "/results/latest", &cred, &found, PVFS2_LOOKUP_LINK_FOLLOW, PVFS_HINT_NULL);
    if (r == 0)
        printf ("the link leads to the %s file\n", found.ref.handle == draft.handle ? "renamed" : "wrong");
    if (r == 0 && PVFS_sys_remove ("results", parent.parent_ref, &cred, PVFS_HINT_NULL) == -PVFS_ENOTEMPTY)
        printf ("a directory goes only when it is empty\n");
    if (r == 0)
        r = PVFS_sys_remove ("latest", made.ref, &cred, PVFS_HINT_NULL);
    if (r == 0)
        r = PVFS_sys_remove ("final", made.ref, &cred, PVFS_HINT_NULL);
    if (r == 0)
        r = PVFS_sys_remove ("results", parent.parent_ref, &cred, PVFS_HINT_NULL);
    if (r == 0
        && PVFS_sys_lookup (fs, "/results", &cred, &found, PVFS2_LOOKUP_LINK_FOLLOW, PVFS_HINT_NULL) == -PVFS_ENOENT)
        printf ("all gone\n");
    return r;
}

int
main (void)
{
    PVFS_fs_id fs;
    int r = PVFS_util_init_defaults ();
    if (r == 0)
        r = PVFS_util_get_default_fsid (&fs);
    if (r == 0)
        r = PVFS_util_gen_credential_defaults (&cred);
    if (r == 0)
        r = run (fs);
    if (r < 0)
        PVFS_perror ("names", r);
    PVFS_sys_finalize ();
    return r < 0;
}
