/*
 * The older argument lists (pvfs2-compat.h), in the order in which MPICH's PVFS2 driver uses them: a program that was written for PVFS2 2.7
 * or goes through ROMIO. Two processes share one object reference as bytes. Linked once with the shared and once with the static library.
 *
 * The helpers of lib.h call the long forms; so they come first.
 */
#include "lib.h"

#include <sys/wait.h>
#include <unistd.h>

#ifdef PVFS2_VERSION_MAJOR
#include <pvfs2-compat.h>
#endif

static PVFS_credentials cred;
static PVFS_fs_id fs;
static PVFS_object_ref shared;
static char in_volume[PVFS_NAME_MAX];

static int
setup (void **state)
{
    struct cluster_spec spec = { .nservers = 4, .hints = "        TroveSyncMeta no\n" };
    char table[600];
    cluster_start (&L.cluster, &spec);
    snprintf (table, sizeof table, "%s/pvfs2tab", L.cluster.dir);
    FILE *f = fopen (table, "w");
    fprintf (f, "%s/pvfs2-fs %s/mnt pvfs2 defaults 0 0\n", L.cluster.server[0].addr, L.cluster.dir);
    fclose (f);
    setenv ("PVFS2TAB_FILE", table, 1);
    setenv ("PVFS2_NCACHE_TIMEOUT", "0", 1);
    return 0;
}

static int
teardown (void **state)
{
    assert_int_equal (cluster_stop (&L.cluster), 0);
    return 0;
}

/* As the driver's open: what is on the stack is not cleared where it does not clear it. */
static void
the_first_process_creates_the_file (void **state)
{
    PVFS_sysresp_lookup found;
    PVFS_sysresp_getparent parent;
    PVFS_sysresp_create made;
    PVFS_sys_attr attr;
    PVFS_size strip = 131072;
    char path[1100];
    OK (PVFS_util_init_defaults ());
    memset (&cred, 0, sizeof cred);
    PVFS_util_gen_credentials (&cred);
    snprintf (path, sizeof path, "%s/mnt/file", L.cluster.dir);
    OK (PVFS_util_resolve (path, &fs, in_volume, PVFS_NAME_MAX));
    memset (&found, 0, sizeof found);
    EXPECT (PVFS_sys_lookup (fs, in_volume, &cred, &found, PVFS2_LOOKUP_LINK_FOLLOW), -PVFS_ENOENT);
    OK (PVFS_sys_getparent (fs, in_volume, &cred, &parent));
    memset (&attr, 0, sizeof attr);
    attr.owner = geteuid ();
    attr.group = getegid ();
    attr.perms = 0644;
    attr.atime = attr.mtime = attr.ctime = (PVFS_time) time (NULL);
    attr.dfile_count = 3;
    attr.mask = PVFS_ATTR_SYS_ALL_SETABLE | PVFS_ATTR_SYS_DFILE_COUNT;
    PVFS_sys_dist *dist = PVFS_sys_dist_lookup ("simple_stripe");
    OK (PVFS_sys_dist_setparam (dist, "strip_size", &strip));
    EXPECT (PVFS_sys_dist_setparam (NULL, "strip_size", &strip), -PVFS_EINVAL);
    OK (PVFS_sys_create (parent.basename, parent.parent_ref, attr, &cred, dist, &made));
    EXPECT (PVFS_sys_create (parent.basename, parent.parent_ref, attr, &cred, dist, &made), -PVFS_EEXIST);
    PVFS_sys_dist_free (dist);
    OK (PVFS_sys_lookup (fs, in_volume, &cred, &found, PVFS2_LOOKUP_LINK_FOLLOW));
    assert_memory_equal (&found.ref, &made.ref, sizeof made.ref);
    shared = made.ref;
}

/* A file request of three regions of 4 bytes, 100 apart. */
static PVFS_Request
regions (void)
{
    int32_t lens[3] = { 4, 4, 4 };
    int64_t disps[3] = { 1000, 1100, 1200 };
    PVFS_Request r;
    OK (PVFS_Request_hindexed (3, lens, disps, PVFS_BYTE, &r));
    memset (lens, 0x55, sizeof lens); /* the arrays were copied */
    memset (disps, 0x55, sizeof disps);
    return r;
}

/* A process that has never looked the file up, with its own instance. */
static void
write_regions (void)
{
    PVFS_credentials c;
    PVFS_sysresp_io io;
    PVFS_Request mem, file = regions ();
    OK (PVFS_util_init_defaults ());
    PVFS_util_gen_credentials (&c);
    OK (PVFS_Request_contiguous (12, PVFS_BYTE, &mem));
    OK (PVFS_sys_write (shared, file, 0, "aaaabbbbcccc", mem, &c, &io));
    assert_int_equal (io.total_completed, 12);
    OK (PVFS_Request_free (&mem));
    OK (PVFS_Request_free (&file));
    OK (PVFS_sys_finalize ());
}

static void
another_process_writes_by_the_reference_alone (void **state)
{
    int status;
    fflush (NULL);
    pid_t pid = fork ();
    if (pid == 0) {
        write_regions ();
        _exit (0);
    }
    assert_int_equal (waitpid (pid, &status, 0), pid);
    assert_int_equal (status, 0);
}

static void
the_first_process_reads_it (void **state)
{
    PVFS_sysresp_io io;
    PVFS_sysresp_getattr got;
    PVFS_sys_op_id id;
    PVFS_Request mem, file = regions ();
    char buf[16] = "";
    int error = 0, n = 4, errs[4];
    PVFS_sys_op_id ids[4];
    OK (PVFS_sys_flush (shared, &cred));
    OK (PVFS_sys_getattr (shared, PVFS_ATTR_SYS_SIZE, &cred, &got));
    assert_int_equal (got.attr.size, 1204);
    OK (PVFS_Request_contiguous (12, PVFS_BYTE, &mem));
    OK (PVFS_sys_read (shared, file, 0, buf, mem, &cred, &io));
    assert_memory_equal (buf, "aaaabbbbcccc", 12);
    memset (buf, 0, sizeof buf);
    int posted = PVFS_isys_read (shared, file, 4, buf, mem, &cred, &io, &id, NULL);
    if (posted == 0)
        OK (PVFS_sys_wait (id, "read", &error));
    OK (error);
    assert_memory_equal (buf, "bbbbcccc", 8);
    posted = PVFS_isys_write (shared, file, 0, "AAAABBBBCCCC", mem, &cred, &io, &id, NULL);
    OK (PVFS_sys_testsome (ids, &n, NULL, errs, INT_MAX));
    assert_int_equal (n, posted == 0);
    OK (PVFS_sys_truncate (shared, 1104, &cred));
    OK (PVFS_sys_read (shared, file, 0, buf, mem, &cred, &io));
    assert_int_equal (io.total_completed, 8);
    assert_memory_equal (buf, "AAAABBBB", 8);
    OK (PVFS_Request_free (&mem));
    OK (PVFS_Request_free (&file));
}

static void
the_other_short_forms (void **state)
{
    PVFS_sysresp_getparent parent;
    PVFS_sysresp_mkdir dir;
    PVFS_sysresp_symlink link;
    PVFS_sysresp_lookup found;
    PVFS_sysresp_readdir list;
    PVFS_sysresp_statfs st;
    PVFS_sys_attr attr = lib_attr (0755, 0);
    attr.owner = geteuid ();
    OK (PVFS_sys_getparent (fs, in_volume, &cred, &parent));
    OK (PVFS_sys_mkdir ("dir", parent.parent_ref, attr, &cred, &dir));
    OK (PVFS_sys_symlink ("link", dir.ref, "../file", attr, &cred, &link));
    OK (PVFS_sys_ref_lookup (fs, "link", dir.ref, &cred, &found, PVFS2_LOOKUP_LINK_NO_FOLLOW));
    OK (PVFS_sys_rename ("link", dir.ref, "other", parent.parent_ref, &cred));
    OK (PVFS_sys_readdir (parent.parent_ref, PVFS_READDIR_START, 60, &cred, &list));
    assert_int_equal (list.pvfs_dirent_outcount, 3);
    free (list.dirent_array);
    attr.mask = PVFS_ATTR_SYS_PERM;
    OK (PVFS_sys_setattr (dir.ref, attr, &cred));
    OK (PVFS_sys_statfs (fs, &cred, &st));
}

/* The driver ignores what getparent returns; its response then is of no object. */
static void
delete_as_the_driver_does (void **state)
{
    PVFS_sysresp_getparent parent;
    memset (&parent, 0x55, sizeof parent);
    EXPECT (PVFS_sys_getparent (fs, "/no/such", &cred, &parent), -PVFS_ENOENT);
    EXPECT (PVFS_sys_remove (parent.basename, parent.parent_ref, &cred), -PVFS_EINVAL);
    OK (PVFS_sys_getparent (fs, in_volume, &cred, &parent));
    OK (PVFS_sys_remove (parent.basename, parent.parent_ref, &cred));
    EXPECT (PVFS_sys_remove (parent.basename, parent.parent_ref, &cred), -PVFS_ENOENT);
    OK (PVFS_sys_finalize ());
}

/* No case labels of one switch are equal: the driver's error table. */
static int
mpi_class (int code)
{
    switch (code) {
    case PVFS_EPERM: case PVFS_EACCES: return 1;
    case PVFS_ENOENT: case PVFS_ENXIO: case PVFS_ENODEV: return 2;
    case PVFS_EIO: return 3;
    case PVFS_EEXIST: return 4;
    case PVFS_ENOTDIR: case PVFS_EISDIR: case PVFS_ENAMETOOLONG: return 5;
    case PVFS_EINVAL: return 6;
    case PVFS_EFBIG: case PVFS_ENOSPC: return 7;
    case PVFS_EROFS: return 8;
    case PVFS_ENOSYS: return 9;
    case EDQUOT: return 10;
    case PVFS_ENOMEM: return 11;
    default: return 0;
    }
}

static void
error_codes_are_all_different (void **state)
{
    assert_int_equal (mpi_class (PVFS_EACCES), 1);
    assert_int_equal (mpi_class (EDQUOT), 10);
    assert_int_equal (mpi_class (-PVFS_EACCES), 0);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (error_codes_are_all_different),
        cmocka_unit_test (the_first_process_creates_the_file),
        cmocka_unit_test (another_process_writes_by_the_reference_alone),
        cmocka_unit_test (the_first_process_reads_it),
        cmocka_unit_test (the_other_short_forms),
        cmocka_unit_test (delete_as_the_driver_does),
    };
    return cmocka_run_group_tests (tests, setup, teardown);
}
