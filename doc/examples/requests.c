/*
 * Writes every third record of a file from a structure in memory with one call, and reads the file as it lies.
 *
 * Prints:
 *     24 of 36 bytes in memory
 *     one.111.................two.222.................six.666.
 */
#include <pvfs2.h>

#include <stddef.h>
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

struct record {
    char name[4];
    int not_saved;
    char value[4];
};

/* Of each record in memory the name and the value, without what lies between them. */
static int
make_memory_request (int32_t count, PVFS_Request *ret)
{
    int32_t lengths[2] = { 4, 4 };
    PVFS_size places[2] = { offsetof (struct record, name), offsetof (struct record, value) };
    PVFS_Request one, as_long_as_the_structure;
    int r = PVFS_Request_hindexed (2, lengths, places, PVFS_CHAR, &one);
    if (r < 0)
        return r;
    r = PVFS_Request_resized (one, 0, sizeof (struct record), &as_long_as_the_structure);
    PVFS_Request_free (&one); /* what is built on it holds it */
    if (r < 0)
        return r;
    r = PVFS_Request_contiguous (count, as_long_as_the_structure, ret);
    PVFS_Request_free (&as_long_as_the_structure);
    return r;
}

static int
run (PVFS_object_ref file)
{
    struct record records[3] = { { "one", 7, "111" }, { "two", 8, "222" }, { "six", 9, "666" } };
    char all[24 * 3];
    PVFS_Request memory, every_third, whole;
    PVFS_size size, extent;
    PVFS_sysresp_io done;

    int r = make_memory_request (3, &memory);
    if (r < 0)
        return r;
    PVFS_Request_size (memory, &size);
    PVFS_Request_extent (memory, &extent);
    printf ("%lld of %lld bytes in memory\n", (long long) size, (long long) extent);

    r = PVFS_Request_vector (3, 8, 24, PVFS_CHAR, &every_third); /* 8 bytes, three times, 24 apart */
    if (r == 0) {
        r = PVFS_sys_write (file, every_third, 0, records, memory, &cred, &done, PVFS_HINT_NULL);
        PVFS_Request_free (&every_third);
    }
    PVFS_Request_free (&memory);
    if (r == 0)
        r = PVFS_Request_contiguous (sizeof all, PVFS_BYTE, &whole);
    if (r == 0) {
        r = PVFS_sys_read (file, PVFS_BYTE, 0, all, whole, &cred, &done, PVFS_HINT_NULL);
        PVFS_Request_free (&whole);
    }
    for (PVFS_size i = 0; r == 0 && i < done.total_completed; i++)
        putchar (all[i] ? all[i] : '.');
    putchar ('\n');
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
        PVFS_perror ("requests", r);
    PVFS_sys_finalize ();
    return r < 0;
}
