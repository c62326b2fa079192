/*
 * Reads and sets attributes: what is asked for is named by a mask, and so is what is set.
 *
 * Prints:
 *     mode 600, 1500000 bytes (1.4M)
 *     the mode in bits of stat: 755
 *     striped by simple_stripe
 *     1 name, changed at 1000000000123456789 ns
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
    PVFS_sysresp_getattr got;
    PVFS_sysresp_stat st;
    PVFS_sys_attr change, kept;
    char text[32];

    memset (&change, 0, sizeof change);
    change.perms = 0600;
    change.mask = PVFS_ATTR_SYS_PERM;
    int r = PVFS_sys_setattr (file, change, &cred, PVFS_HINT_NULL);
    if (r == 0)
        r = PVFS_sys_truncate (file, 1500000, &cred, PVFS_HINT_NULL);
    if (r == 0)
        r = PVFS_sys_utimens (file, PVFS_UTIME_OMIT, UINT64_C (1000000000123456789), &cred, PVFS_HINT_NULL);
    if (r == 0)
        r = PVFS_sys_getattr (file, PVFS_ATTR_SYS_ALL, &cred, &got, PVFS_HINT_NULL);
    if (r < 0)
        return r;

    PVFS_util_make_size_human_readable (got.attr.size, text, sizeof text, 0);
    printf ("mode %o, %lld bytes (%s)\n", got.attr.perms, (long long) got.attr.size, text);
    printf ("the mode in bits of stat: %o\n", (unsigned) PVFS_util_translate_mode (0104755, 0));
    r = PVFS_util_copy_sys_attr (&kept, &got.attr); /* the strings, too */
    PVFS_util_release_sys_attr (&got.attr);
    if (r < 0)
        return r;
    printf ("striped by %s\n", kept.dist_name);
    PVFS_util_release_sys_attr (&kept);

    r = PVFS_sys_stat (file, &cred, &st, PVFS_HINT_NULL);
    if (r == 0)
        printf ("%u name, changed at %llu ns\n", st.stat_buf.nlink, (unsigned long long) st.stat_buf.mtime);
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
        PVFS_perror ("attributes", r);
    PVFS_sys_finalize ();
    return r < 0;
}
