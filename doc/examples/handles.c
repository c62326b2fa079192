/*
 * The objects that a striped file consists of, the servers that they are on, and a walk over all that a server has.
 *
 * Prints:
 *     4 parts, each on a server of its own
 *     the servers hold more objects than the parts
 */
#include <pvfs2.h>

#include <stdio.h>
#include <string.h>
#include <time.h>

static PVFS_credential cred;

/* A new file "/file", with a part on each of four servers. */
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
    attr.dfile_count = 4;
    attr.mask = PVFS_ATTR_SYS_ALL_SETABLE | PVFS_ATTR_SYS_DFILE_COUNT;
    if (r == 0)
        r = PVFS_sys_create ("file", root.ref, attr, &cred, NULL, &made, PVFS_SYS_LAYOUT_DEFAULT, PVFS_HINT_NULL);
    if (r == 0)
        *ret = made.ref;
    return r;
}

/* How many objects a server has, in batches. */
static int
count_on (PVFS_fs_id fs, PVFS_BMI_addr_t server, int64_t *ret)
{
    PVFS_handle batch[64], *matrix[1] = { batch };
    PVFS_ds_position position = PVFS_ITERATE_START;
    *ret = 0;
    while (position != PVFS_ITERATE_END) {
        int n = 64, r = PVFS_mgmt_iterate_handles_list (fs, &cred, matrix, &n, &position, &server, 1, 0, NULL, PVFS_HINT_NULL);
        if (r < 0)
            return r;
        *ret += n;
    }
    return 0;
}

static int
run (PVFS_object_ref file)
{
    PVFS_handle parts[4];
    PVFS_BMI_addr_t addrs[4];
    int64_t objects, all = 0;
    int different = 0, r = PVFS_sys_truncate (file, 1 << 20, &cred, PVFS_HINT_NULL); /* a short file has one part */
    if (r == 0)
        r = PVFS_mgmt_get_dfile_array (file, &cred, parts, 4, PVFS_HINT_NULL);
    for (int i = 0; i < 4 && r == 0; i++) {
        r = PVFS_mgmt_map_handle (file.fs_id, parts[i], &addrs[i]);
        if (r == 0)
            r = count_on (file.fs_id, addrs[i], &objects);
        if (r == 0)
            all += objects;
        for (int k = 0; r == 0 && k < i; k++)
            different += addrs[k] != addrs[i];
    }
    if (r == 0)
        printf ("4 parts, %s\n", different == 6 ? "each on a server of its own" : "some on the same server");
    if (r == 0)
        printf ("the servers hold %s objects than the parts\n", all > 4 ? "more" : "no more");
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
        PVFS_perror ("handles", r);
    PVFS_sys_finalize ();
    return r < 0;
}
