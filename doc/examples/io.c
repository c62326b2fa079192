/*
 * Writes, truncates, flushes and reads a file.
 *
 * Prints:
 *     read 16 bytes: a hole of 3 and "the end of it"
 *     and then "the end"
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

/* A contiguous piece at an offset; how much of it was moved. */
static int
move (PVFS_object_ref file, enum PVFS_io_type type, PVFS_offset at, void *buf, int32_t length, PVFS_size *moved)
{
    PVFS_Request mem;
    PVFS_sysresp_io done;
    int r = PVFS_Request_contiguous (length, PVFS_BYTE, &mem);
    if (r < 0)
        return r;
    r = PVFS_sys_io (file, PVFS_BYTE, at, buf, mem, &cred, &done, type, PVFS_HINT_NULL);
    PVFS_Request_free (&mem);
    if (r == 0)
        *moved = done.total_completed;
    return r;
}

static int
run (PVFS_object_ref file)
{
    char buf[64];
    PVFS_size moved;
    int r = move (file, PVFS_IO_WRITE, 1000000, "the end of it", 13, &moved);
    if (r == 0)
        r = move (file, PVFS_IO_READ, 999997, buf, sizeof buf, &moved);
    if (r < 0)
        return r;
    printf ("read %lld bytes: a hole of %d and \"%.*s\"\n", (long long) moved, !buf[0] + !buf[1] + !buf[2],
            (int) moved - 3, buf + 3);

    r = PVFS_sys_truncate (file, 1000007, &cred, PVFS_HINT_NULL);
    if (r == 0)
        r = PVFS_sys_flush (file, &cred, PVFS_HINT_NULL); /* what anybody wrote to it survives a power failure now */
    if (r == 0)
        r = move (file, PVFS_IO_READ, 1000000, buf, sizeof buf, &moved);
    if (r == 0)
        printf ("and then \"%.*s\"\n", (int) moved, buf);
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
        PVFS_perror ("io", r);
    PVFS_sys_finalize ();
    return r < 0;
}
