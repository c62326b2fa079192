/*
 * Creates a file with strips of its own size on two servers, and asks what became of that.
 *
 * Prints:
 *     large: simple_stripe, strip_size:1048576, 2 servers
 *     medium: simple_stripe, strip_size:262144, 2 servers
 *     it has no other parameter
 */
#include <pvfs2.h>

#include <stdio.h>
#include <string.h>
#include <time.h>

static PVFS_credential cred;

static PVFS_sys_attr
new_attr (int servers)
{
    PVFS_sys_attr attr;
    memset (&attr, 0, sizeof attr);
    attr.owner = cred.userid;
    attr.group = cred.group_array[0];
    attr.perms = 0644;
    attr.atime = attr.mtime = attr.ctime = (PVFS_time) time (NULL);
    attr.dfile_count = servers;
    attr.mask = PVFS_ATTR_SYS_ALL_SETABLE | PVFS_ATTR_SYS_DFILE_COUNT;
    return attr;
}

/* A file of that distribution, which stays the caller's. */
static int
make_file (PVFS_object_ref dir, char *name, PVFS_sys_dist *dist)
{
    PVFS_sysresp_create made;
    PVFS_sysresp_getattr got;
    int r = PVFS_sys_create (name, dir, new_attr (2), &cred, dist, &made, PVFS_SYS_LAYOUT_DEFAULT, PVFS_HINT_NULL);
    if (r == 0)
        r = PVFS_sys_truncate (made.ref, 8 << 20, &cred, PVFS_HINT_NULL); /* while it is short it may be on one */
    if (r == 0)
        r = PVFS_sys_getattr (made.ref, PVFS_ATTR_SYS_DFILE_COUNT, &cred, &got, PVFS_HINT_NULL);
    if (r < 0)
        return r;
    printf ("%s: %s, %s, %d servers\n", name, got.attr.dist_name, got.attr.dist_params, got.attr.dfile_count);
    PVFS_util_release_sys_attr (&got.attr);
    return 0;
}

static int
run (PVFS_fs_id fs)
{
    PVFS_sysresp_lookup root = { .error_path = NULL };
    PVFS_size strip = 1 << 20;
    char pair[] = "strip_size:262144";
    int r = PVFS_sys_lookup (fs, "/", &cred, &root, PVFS2_LOOKUP_LINK_FOLLOW, PVFS_HINT_NULL);
    PVFS_sys_dist *dist = PVFS_sys_dist_lookup (PVFS_DIST_SIMPLE_STRIPE_NAME);
    if (!dist)
        return -PVFS_ENOMEM;
    if (r == 0)
        r = PVFS_sys_dist_setparam (dist, "strip_size", &strip); /* as a value ... */
    if (r == 0)
        r = make_file (root.ref, "large", dist);
    if (r == 0)
        r = PVFS_dist_pv_pair_split (pair, dist); /* ... or as text */
    if (r == 0)
        r = make_file (root.ref, "medium", dist);
    if (PVFS_sys_dist_setparam (dist, "strip_width", &strip) == -PVFS_ENOENT)
        printf ("it has no other parameter\n");
    PVFS_sys_dist_free (dist);
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
        PVFS_perror ("distributions", r);
    PVFS_sys_finalize ();
    return r < 0;
}
