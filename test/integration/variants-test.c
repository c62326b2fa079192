/*
 * The same work with other configurations: one round of everything, before and after a restart of
 * all servers.
 */
#include "lib.h"

#include <unistd.h>

struct variant {
    const char *name;
    struct cluster_spec spec;
};

static const struct variant variants[] = {
    { "one server", { .nservers = 1 } },
    { "a metadata server and a data server", { .nservers = 2, .meta = 1, .data = 2 } },
    { "two of each", { .nservers = 4, .meta = 3, .data = 12 } },
    { "stuffing off", { .nservers = 3, .fs_lines = "    FileStuffing no\n" } },
    { "data synced",
      { .nservers = 2, .hints = "        TroveSyncMeta yes\n        TroveSyncData yes\n" } },
    { "metadata not synced", { .nservers = 2, .hints = "        TroveSyncMeta no\n" } },
    { "direct I/O", { .nservers = 2, .defaults = "    TroveMethod directio\n" } },
    { "two request slots", { .nservers = 2, .defaults = "    RequestSlots 2\n" } },
    { "one small flow buffer",
      { .nservers = 2, .fs_lines = "    FlowBufferSizeBytes 4096\n    FlowBuffersPerFlow 1\n" } },
    { "basic distribution",
      { .nservers = 3,
        .fs_lines = "    <Distribution>\n        Name basic_dist\n    </Distribution>\n" } },
    { "small strips",
      { .nservers = 4,
        .fs_lines = "    <Distribution>\n        Name simple_stripe\n        Param strip_size\n"
                    "        Value 1000\n    </Distribution>\n" } },
    { "strips of many lengths",
      { .nservers = 4,
        .fs_lines = "    <Distribution>\n        Name varstrip_dist\n        Param strips\n"
                    "        Value 1:3000;0:70K;2:1K;1:5K;3:10000\n    </Distribution>\n" } },
    { "strips in two dimensions",
      { .nservers = 4,
        .fs_lines = "    <Distribution>\n        Name twod_stripe\n        Param num_groups\n"
                    "        Value 2\n        Param strip_size\n        Value 3000\n"
                    "        Param group_strip_factor\n        Value 5\n    </Distribution>\n" } },
};

static const size_t sizes[] = { 0, 1, 4000, 16384, 65536, 65537, 1000000, 5 << 20 };
enum { NSIZES = sizeof sizes / sizeof *sizes, LARGEST = 5 << 20 };

static void
make_tree (PVFS_object_ref dir, uint64_t seed)
{
    uint8_t *data = malloc (LARGEST);
    char name[64];
    assert_non_null (data);
    for (int i = 0; i < NSIZES; i++) {
        snprintf (name, sizeof name, "file%d", i);
        PVFS_object_ref f = lib_create (dir, name, 0);
        lib_fill (data, 0, sizes[i], seed + (uint64_t) i);
        if (sizes[i])
            lib_write (f, 0, data, sizes[i]);
    }
    PVFS_object_ref sub = lib_mkdir (dir, "sub"), f = lib_create (sub, "cut", 0);
    PVFS_sysresp_symlink link;
    lib_fill (data, 0, 300000, seed);
    lib_write (f, 0, data, 300000);
    OK (PVFS_sys_truncate (f, 100001, &L.cred, NULL));
    OK (PVFS_sys_symlink ("link", sub, "cut", lib_attr (0777, 0), &L.cred, &link, NULL));
    lib_create (sub, "gone", 0);
    OK (PVFS_sys_remove ("gone", sub, &L.cred, NULL));
    lib_create (dir, "moved", 0);
    OK (PVFS_sys_rename ("moved", dir, "here", sub, &L.cred, NULL));
    OK (PVFS_sys_flush (f, &L.cred, NULL));
    free (data);
}

static void
check_tree (PVFS_object_ref dir, uint64_t seed)
{
    uint8_t *data = malloc (LARGEST);
    char name[64];
    PVFS_object_ref f, sub;
    assert_non_null (data);
    for (int i = 0; i < NSIZES; i++) {
        snprintf (name, sizeof name, "file%d", i);
        OK (lib_try_lookup (dir, name, &f));
        assert_int_equal (lib_size (f), sizes[i]);
        lib_fill (data, 0, sizes[i], seed + (uint64_t) i);
        lib_compare (f, data, (int64_t) sizes[i], 0, sizes[i] + 1);
    }
    OK (lib_try_lookup (dir, "sub", &sub));
    OK (lib_try_lookup (sub, "cut", &f));
    lib_fill (data, 0, 100001, seed);
    lib_compare (f, data, 100001, 0, 200000);
    OK (lib_try_lookup (sub, "here", &f));
    EXPECT (lib_try_lookup (sub, "gone", NULL), -PVFS_ENOENT);
    PVFS_sysresp_readdir r = { 0 };
    OK (PVFS_sys_readdir (sub, PVFS_READDIR_START, 100, &L.cred, &r, NULL));
    assert_int_equal (r.pvfs_dirent_outcount, 3);
    free (r.dirent_array);
    PVFS_sysresp_statfs s;
    OK (PVFS_sys_statfs (L.fs, &L.cred, &s, NULL));
    free (data);
}

static void
restart_all (void)
{
    for (int i = 0; i < L.cluster.n; i++)
        assert_int_equal (cluster_term (&L.cluster, i, 15), 0);
    for (int i = 0; i < L.cluster.n; i++)
        assert_true (cluster_run (&L.cluster, i));
}

static void
every_configuration_serves_the_same (void **state)
{
    const struct variant *v = *state;
    PVFS_object_ref dir;
    lib_up (&v->spec);
    dir = lib_mkdir (L.root, "tree");
    make_tree (dir, 1);
    check_tree (dir, 1);
    restart_all ();
    check_tree (dir, 1);
    OK (lib_try_mkdir (dir, "more", NULL));
    lib_down ();
}

/* Same handles, same names, other content. */
static void
two_file_systems_in_one_server_do_not_mix (void **state)
{
    struct cluster_spec spec = { .nservers = 2, .nfs = 2 };
    lib_up (&spec);
    struct PVFS_sys_mntent *second = PVFS_util_gen_mntent (L.cluster.server[1].addr, "pvfs2-fs2");
    PVFS_object_ref root1 = L.root, root2, dir1, dir2, out;
    PVFS_fs_id fs1 = L.fs;
    PVFS_sysresp_lookup found = { 0 };
    OK (PVFS_sys_fs_add (second));
    assert_int_not_equal (second->fs_id, fs1);
    OK (PVFS_sys_lookup (second->fs_id, "/", &L.cred, &found, PVFS2_LOOKUP_LINK_FOLLOW, NULL));
    root2 = found.ref;
    assert_true (root2.handle == root1.handle);
    dir1 = lib_mkdir (root1, "tree");
    make_tree (dir1, 1);
    L.fs = second->fs_id;
    EXPECT (lib_try_lookup (root2, "tree", NULL), -PVFS_ENOENT);
    dir2 = lib_mkdir (root2, "tree");
    make_tree (dir2, 1000);
    for (int again = 0; again < 2; again++) {
        L.fs = second->fs_id;
        check_tree (dir2, 1000);
        L.fs = fs1;
        check_tree (dir1, 1);
        if (!again)
            restart_all ();
    }
    EXPECT (PVFS_sys_rename ("file1", dir1, "x", dir2, &L.cred, NULL), -PVFS_EXDEV);
    OK (PVFS_sys_remove ("file1", dir1, &L.cred, NULL));
    L.fs = second->fs_id;
    OK (lib_try_lookup (dir2, "file1", &out));
    L.fs = fs1;
    PVFS_util_gen_mntent_release (second);
    lib_down ();
}

/* After a test that failed. */
static int
clean_up (void **state)
{
    if (L.cluster.n) {
        PVFS_sys_finalize ();
        cluster_stop (&L.cluster);
    }
    return 0;
}

int
main (void)
{
    enum { N = sizeof variants / sizeof *variants };
    struct CMUnitTest tests[N + 1];
    for (int i = 0; i < N; i++)
        tests[i] = (struct CMUnitTest){ .name = variants[i].name,
                                        .test_func = every_configuration_serves_the_same,
                                        .teardown_func = clean_up,
                                        .initial_state = (void *) &variants[i] };
    tests[N] = (struct CMUnitTest) cmocka_unit_test_teardown (
        two_file_systems_in_one_server_do_not_mix, clean_up);
    return cmocka_run_group_tests (tests, NULL, NULL);
}
