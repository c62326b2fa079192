/*
 * Keeps eight writes under way at once, and takes them as they end; then waits for a single one by name.
 *
 * Prints:
 *     800000 bytes are written
 *     the file has 800000 bytes
 *     what has been waited for is no more
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

enum { WRITES = 8, LENGTH = 100000 };

static char data[WRITES][LENGTH];
static PVFS_sysresp_io done[WRITES]; /* these stay where they are until the operations have ended */

/* Posts all; the number that must be waited for, since what has been done at once has no operation. */
static int
post_all (PVFS_object_ref file, PVFS_Request piece)
{
    PVFS_sys_op_id op;
    int posted = 0;
    for (int i = 0; i < WRITES; i++) {
        memset (data[i], 'a' + i, LENGTH);
        int r = PVFS_isys_write (file, PVFS_BYTE, (PVFS_offset) i * LENGTH, data[i], piece, &cred, &done[i], &op,
                                 PVFS_HINT_NULL, &done[i]);
        if (r < 0)
            PVFS_perror ("write", r);
        posted += r == 0;
    }
    return posted;
}

static int
take_all (int posted)
{
    PVFS_sys_op_id ops[WRITES];
    void *users[WRITES];
    int errors[WRITES];
    PVFS_size written = 0;
    while (posted > 0) {
        int n = WRITES, r = PVFS_sys_testsome (ops, &n, users, errors, 1000);
        if (r < 0)
            return r;
        for (int i = 0; i < n; i++) {
            if (errors[i] < 0)
                return errors[i];
            written += ((PVFS_sysresp_io *) users[i])->total_completed;
        }
        posted -= n;
    }
    printf ("%lld bytes are written\n", (long long) written);
    return 0;
}

static int
run (PVFS_object_ref file)
{
    PVFS_sys_op_id op;
    PVFS_sysresp_getattr got;
    PVFS_Request piece;
    int result = 0, r = PVFS_Request_contiguous (LENGTH, PVFS_BYTE, &piece);
    if (r < 0)
        return r;
    r = take_all (post_all (file, piece));
    PVFS_Request_free (&piece);
    if (r < 0)
        return r;
    r = PVFS_isys_getattr (file, PVFS_ATTR_SYS_SIZE, &cred, &got, &op, PVFS_HINT_NULL, NULL);
    if (r == 0)
        r = PVFS_sys_wait (op, "getattr", &result);
    if (r >= 0 && result == 0)
        printf ("the file has %lld bytes\n", (long long) got.attr.size);
    if (PVFS_sys_cancel (op) == -PVFS_EINVAL)
        printf ("what has been waited for is no more\n");
    return r < 0 ? r : result;
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
        PVFS_perror ("completion", r);
    PVFS_sys_finalize ();
    return r < 0;
}
