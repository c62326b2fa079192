/*
 * libpvfs2 against four real servers: round trips of every kind of operation, with exact results
 * and error codes.
 */
#include "lib.h"

#include <unistd.h>

static int
setup (void **state)
{
    struct cluster_spec spec = { .nservers = 4, .hints = "        TroveSyncMeta no\n" };
    lib_up (&spec);
    return 0;
}

static int
teardown (void **state)
{
    lib_down ();
    return 0;
}

/* --- names ------------------------------------------------------------------------------------ */

static void
a_created_file_is_found_and_has_its_attributes (void **state)
{
    PVFS_object_ref f = lib_create (L.root, "created", 0), again;
    OK (lib_try_lookup (L.root, "created", &again));
    assert_true (again.handle == f.handle);
    PVFS_sys_attr a = lib_getattr (f, PVFS_ATTR_SYS_ALL);
    assert_int_equal (a.objtype, PVFS_TYPE_METAFILE);
    assert_int_equal (a.perms & PVFS_PERM_VALID, 0644);
    assert_int_equal (a.owner, L.cred.userid);
    assert_int_equal (a.size, 0);
    assert_true (a.mtime + 60 > (PVFS_time) time (NULL) && a.mtime < (PVFS_time) time (NULL) + 60);
    PVFS_util_release_sys_attr (&a);
}

static void
names_that_are_wrong_are_refused_with_the_right_code (void **state)
{
    char longest[256], too_long[300];
    PVFS_object_ref dir = lib_mkdir (L.root, "wrong"), f = lib_create (dir, "file", 0),
                    none = { 0 }, out;
    memset (longest, 'a', 255);
    longest[255] = 0;
    memset (too_long, 'b', 299);
    too_long[299] = 0;
    OK (lib_try_create (dir, longest, NULL));
    OK (lib_try_lookup (dir, longest, &out));
    EXPECT (lib_try_create (dir, too_long, NULL), -PVFS_ENAMETOOLONG);
    EXPECT (lib_try_lookup (dir, too_long, NULL), -PVFS_ENAMETOOLONG);
    EXPECT (lib_try_create (dir, "file", NULL), -PVFS_EEXIST);
    EXPECT (lib_try_mkdir (dir, "file", NULL), -PVFS_EEXIST);
    EXPECT (lib_try_create (dir, "a/b", NULL), -PVFS_EINVAL);
    EXPECT (lib_try_create (dir, "", NULL), -PVFS_EINVAL);
    EXPECT (lib_try_create (dir, "..", NULL), -PVFS_EINVAL);
    EXPECT (lib_try_create (none, "x", NULL), -PVFS_EINVAL);
    EXPECT (lib_try_create (f, "x", NULL), -PVFS_ENOTDIR);
    EXPECT (lib_try_lookup (dir, "missing", NULL), -PVFS_ENOENT);
    EXPECT (lib_try_lookup (f, "x", NULL), -PVFS_ENOTDIR);
    EXPECT (PVFS_sys_remove ("missing", dir, &L.cred, NULL), -PVFS_ENOENT);
    EXPECT (PVFS_sys_remove ("wrong", L.root, &L.cred, NULL), -PVFS_ENOTEMPTY);
}

static void
a_removed_file_is_gone_for_those_who_know_its_handle (void **state)
{
    PVFS_object_ref f = lib_create (L.root, "removed", 0);
    PVFS_sysresp_getattr resp;
    int64_t done;
    char byte = 1;
    lib_write (f, 0, &byte, 1);
    OK (PVFS_sys_remove ("removed", L.root, &L.cred, NULL));
    EXPECT (lib_try_lookup (L.root, "removed", NULL), -PVFS_ENOENT);
    int r = PVFS_sys_getattr (f, PVFS_ATTR_SYS_SIZE, &L.cred, &resp, NULL);
    assert_true (r == -PVFS_ESTALE || r == -PVFS_ENOENT);
    r = lib_try_io (f, PVFS_IO_READ, 0, &byte, 1, &done);
    assert_true (r == -PVFS_ESTALE || r == -PVFS_ENOENT);
    r = lib_try_io (f, PVFS_IO_WRITE, 0, &byte, 1, &done);
    assert_true (r == -PVFS_ESTALE || r == -PVFS_ENOENT);
    EXPECT (PVFS_sys_remove ("removed", L.root, &L.cred, NULL), -PVFS_ENOENT);
}

static int
rename_ (PVFS_object_ref from, const char *old, PVFS_object_ref to, const char *name)
{
    return PVFS_sys_rename ((char *) old, from, (char *) name, to, &L.cred, NULL);
}

static void
rename_follows_posix (void **state)
{
    PVFS_object_ref a = lib_mkdir (L.root, "ren-a"), b = lib_mkdir (L.root, "ren-b"), out;
    PVFS_object_ref f = lib_create (a, "f", 0), g = lib_create (b, "g", 0), d = lib_mkdir (a, "d");
    PVFS_object_ref sub = lib_mkdir (d, "sub");
    OK (rename_ (a, "f", a, "f2"));
    EXPECT (lib_try_lookup (a, "f", NULL), -PVFS_ENOENT);
    OK (rename_ (a, "f2", b, "f3"));
    OK (lib_try_lookup (b, "f3", &out));
    assert_true (out.handle == f.handle);
    OK (rename_ (b, "f3", b, "g")); /* replaces */
    OK (lib_try_lookup (b, "g", &out));
    assert_true (out.handle == f.handle && out.handle != g.handle);
    OK (rename_ (b, "g", b, "g")); /* onto itself */
    EXPECT (rename_ (a, "missing", b, "x"), -PVFS_ENOENT);
    EXPECT (rename_ (b, "g", a, "d"), -PVFS_EISDIR);
    EXPECT (rename_ (a, "d", b, "g"), -PVFS_ENOTDIR);
    EXPECT (rename_ (a, "d", d, "x"), -PVFS_EINVAL);
    EXPECT (rename_ (a, "d", sub, "x"), -PVFS_EINVAL);
    OK (rename_ (a, "d", b, "moved"));
    OK (lib_try_lookup (b, "moved", &out));
    assert_true (out.handle == d.handle);
    lib_mkdir (b, "empty");
    lib_mkdir (a, "full");
    OK (lib_try_lookup (a, "full", &out));
    lib_create (out, "inside", 0);
    EXPECT (rename_ (b, "moved", a, "full"), -PVFS_ENOTEMPTY);
    OK (rename_ (b, "moved", b, "empty"));
    OK (lib_try_lookup (b, "empty", &out));
    assert_true (out.handle == d.handle);
    OK (lib_try_lookup (out, "sub", &out));
    assert_true (out.handle == sub.handle);
}

static void
a_path_is_looked_up_through_links (void **state)
{
    PVFS_object_ref dir = lib_mkdir (L.root, "links"), f = lib_create (dir, "target", 0);
    PVFS_sysresp_symlink link;
    PVFS_sysresp_lookup resp = { 0 };
    OK (PVFS_sys_symlink ("ln", dir, "target", lib_attr (0777, 0), &L.cred, &link, NULL));
    OK (PVFS_sys_symlink ("loop", dir, "loop", lib_attr (0777, 0), &L.cred, &link, NULL));
    OK (PVFS_sys_lookup (L.fs, "/links/ln", &L.cred, &resp, PVFS2_LOOKUP_LINK_FOLLOW, NULL));
    assert_true (resp.ref.handle == f.handle);
    OK (PVFS_sys_lookup (L.fs, "/links/ln", &L.cred, &resp, PVFS2_LOOKUP_LINK_NO_FOLLOW, NULL));
    PVFS_sys_attr a = lib_getattr (resp.ref, PVFS_ATTR_SYS_ALL_NOSIZE);
    assert_int_equal (a.objtype, PVFS_TYPE_SYMLINK);
    assert_string_equal (a.link_target, "target");
    PVFS_util_release_sys_attr (&a);
    EXPECT (PVFS_sys_lookup (L.fs, "/links/loop", &L.cred, &resp, PVFS2_LOOKUP_LINK_FOLLOW, NULL),
            -PVFS_ELOOP);
    EXPECT (PVFS_sys_lookup (L.fs, "/links/none", &L.cred, &resp, PVFS2_LOOKUP_LINK_FOLLOW, NULL),
            -PVFS_ENOENT);
    EXPECT (
        PVFS_sys_lookup (L.fs, "/links/target/x", &L.cred, &resp, PVFS2_LOOKUP_LINK_FOLLOW, NULL),
        -PVFS_ENOTDIR);
    OK (PVFS_sys_remove ("ln", dir, &L.cred, NULL));
    OK (lib_try_lookup (dir, "target", NULL));
}

static void
getparent_splits_a_path (void **state)
{
    PVFS_object_ref dir = lib_mkdir (L.root, "parent");
    PVFS_sysresp_getparent resp;
    OK (PVFS_sys_getparent (L.fs, "/parent/child", &L.cred, &resp, NULL));
    assert_true (resp.parent_ref.handle == dir.handle);
    assert_string_equal (resp.basename, "child");
    EXPECT (PVFS_sys_getparent (L.fs, "/none/child", &L.cred, &resp, NULL), -PVFS_ENOENT);
}

/* --- directories ------------------------------------------------------------------------------ */

enum { ENTRIES = 1000 };

static unsigned
number_of (const char *name)
{
    unsigned n = ENTRIES;
    if (sscanf (name, "e%u", &n) != 1 || n >= ENTRIES)
        fail_msg ("a stray entry: %s", name);
    return n;
}

static void
readdir_shows_every_entry_once (void **state)
{
    PVFS_object_ref dir = lib_mkdir (L.root, "many");
    uint8_t seen[ENTRIES] = { 0 };
    char name[32];
    for (unsigned i = 0; i < ENTRIES; i++) {
        snprintf (name, sizeof name, "e%u", i);
        lib_create (dir, name, 0);
    }
    PVFS_ds_position token = PVFS_READDIR_START;
    for (int calls = 0; token != PVFS_READDIR_END && calls < ENTRIES; calls++) {
        PVFS_sysresp_readdir r = { 0 };
        OK (PVFS_sys_readdir (dir, token, 77, &L.cred, &r, NULL));
        for (uint32_t i = 0; i < r.pvfs_dirent_outcount; i++)
            assert_int_equal (seen[number_of (r.dirent_array[i].d_name)]++, 0);
        free (r.dirent_array);
        token = r.token;
    }
    for (unsigned i = 0; i < ENTRIES; i++)
        assert_int_equal (seen[i], 1);
    assert_int_equal (lib_getattr (dir, PVFS_ATTR_SYS_DIRENT_COUNT).dirent_count, ENTRIES);
}

static void
readdir_of_an_empty_directory_and_of_a_file (void **state)
{
    PVFS_object_ref dir = lib_mkdir (L.root, "nothing"), f = lib_create (L.root, "no-directory", 0);
    PVFS_sysresp_readdir r = { 0 };
    OK (PVFS_sys_readdir (dir, PVFS_READDIR_START, 10, &L.cred, &r, NULL));
    assert_int_equal (r.pvfs_dirent_outcount, 0);
    assert_true (r.token == PVFS_READDIR_END);
    free (r.dirent_array);
    EXPECT (PVFS_sys_readdir (f, PVFS_READDIR_START, 10, &L.cred, &r, NULL), -PVFS_ENOTDIR);
}

static void
readdirplus_tells_the_attributes_of_all_kinds (void **state)
{
    PVFS_object_ref dir = lib_mkdir (L.root, "plus");
    uint8_t *data = calloc (1, 300000);
    PVFS_sysresp_symlink link;
    lib_mkdir (dir, "dir");
    lib_write (lib_create (dir, "small", 0), 0, data, 100);
    lib_write (lib_create (dir, "striped", 0), 0, data, 300000);
    OK (PVFS_sys_symlink ("link", dir, "small", lib_attr (0777, 0), &L.cred, &link, NULL));
    free (data);
    PVFS_sysresp_readdirplus r = { 0 };
    OK (PVFS_sys_readdirplus (dir, PVFS_READDIR_START, 60, &L.cred, PVFS_ATTR_SYS_ALL, &r, NULL));
    assert_int_equal (r.pvfs_dirent_outcount, 4);
    for (uint32_t i = 0; i < r.pvfs_dirent_outcount; i++) {
        PVFS_sys_attr *a = &r.attr_array[i];
        const char *name = r.dirent_array[i].d_name;
        assert_int_equal (r.stat_err_array[i], 0);
        if (!strcmp (name, "dir"))
            assert_int_equal (a->objtype, PVFS_TYPE_DIRECTORY);
        else if (!strcmp (name, "link"))
            assert_string_equal (a->link_target, "small");
        else if (!strcmp (name, "small"))
            assert_int_equal (a->size, 100);
        else
            assert_int_equal (a->size, 300000);
        PVFS_util_release_sys_attr (a);
    }
    free (r.dirent_array);
    free (r.stat_err_array);
    free (r.attr_array);
}

/* --- attributes ------------------------------------------------------------------------------- */

static void
setattr_changes_what_its_mask_names (void **state)
{
    PVFS_object_ref f = lib_create (L.root, "setattr", 0);
    PVFS_sys_attr a = { .perms = 0600,
                        .mtime = 1000000000,
                        .atime = 999999999,
                        .mask = PVFS_ATTR_SYS_PERM | PVFS_ATTR_SYS_MTIME | PVFS_ATTR_SYS_MTIME_SET
                                | PVFS_ATTR_SYS_ATIME | PVFS_ATTR_SYS_ATIME_SET };
    uint8_t *data = calloc (1, 300000);
    lib_write (f, 0, data, 300000);
    free (data);
    OK (PVFS_sys_setattr (f, a, &L.cred, NULL));
    PVFS_sys_attr b = lib_getattr (f, PVFS_ATTR_SYS_COMMON_ALL | PVFS_ATTR_SYS_SIZE);
    assert_int_equal (b.perms & PVFS_PERM_VALID, 0600);
    assert_int_equal (b.mtime, 1000000000);
    assert_int_equal (b.atime, 999999999);
    assert_int_equal (b.size, 300000);
    assert_int_equal (b.owner, L.cred.userid);
    char byte = 1;
    lib_write (f, 200000, &byte, 1);
    assert_true (lib_getattr (f, PVFS_ATTR_SYS_COMMON_ALL | PVFS_ATTR_SYS_SIZE).mtime > 1000000000);
}

static PVFS_ds_keyval
text (char *s, int room)
{
    return (PVFS_ds_keyval){ .buffer = s, .buffer_sz = room ? room : (int32_t) strlen (s) + 1 };
}

static void
extended_attributes_round_trip (void **state)
{
    PVFS_object_ref f = lib_create (L.root, "xattr", 0);
    char room[64];
    PVFS_ds_keyval key = text ("user.one", 0), val = { .buffer = "value", .buffer_sz = 5 },
                   got = text (room, sizeof room);
    EXPECT (PVFS_sys_geteattr (f, &L.cred, &key, &got, NULL), -PVFS_ENODATA);
    EXPECT (PVFS_sys_seteattr (f, &L.cred, &key, &val, PVFS_XATTR_REPLACE, NULL), -PVFS_ENODATA);
    OK (PVFS_sys_seteattr (f, &L.cred, &key, &val, PVFS_XATTR_CREATE, NULL));
    EXPECT (PVFS_sys_seteattr (f, &L.cred, &key, &val, PVFS_XATTR_CREATE, NULL), -PVFS_EEXIST);
    OK (PVFS_sys_seteattr (f, &L.cred, &key, &val, 0, NULL));
    OK (PVFS_sys_geteattr (f, &L.cred, &key, &got, NULL));
    assert_int_equal (got.read_sz, 5);
    assert_memory_equal (room, "value", 5);
    got = text (room, 2);
    EXPECT (PVFS_sys_geteattr (f, &L.cred, &key, &got, NULL), -PVFS_ERANGE);
    assert_int_equal (got.read_sz, 5);
    char names[4][64];
    PVFS_ds_keyval keys[4];
    for (int i = 0; i < 4; i++)
        keys[i] = text (names[i], sizeof names[i]);
    PVFS_sysresp_listeattr list = { .key_array = keys };
    OK (PVFS_sys_listeattr (f, PVFS_ITERATE_START, 4, &L.cred, &list, NULL));
    assert_int_equal (list.nkey, 1);
    assert_string_equal (names[0], "user.one");
    assert_true (list.token == PVFS_ITERATE_END);
    OK (PVFS_sys_deleattr (f, &L.cred, &key, NULL));
    EXPECT (PVFS_sys_deleattr (f, &L.cred, &key, NULL), -PVFS_ENODATA);
    got = text (room, sizeof room);
    EXPECT (PVFS_sys_geteattr (f, &L.cred, &key, &got, NULL), -PVFS_ENODATA);
}

static void
a_directory_hands_its_striping_down (void **state)
{
    PVFS_object_ref dir = lib_mkdir (L.root, "striping");
    PVFS_ds_keyval key = text ("user.pvfs2.num_dfiles", 0), val = text ("2", 0);
    PVFS_ds_keyval key2 = text ("user.pvfs2.dist_params", 0), val2 = text ("strip_size:4096", 0);
    OK (PVFS_sys_seteattr (dir, &L.cred, &key, &val, 0, NULL));
    OK (PVFS_sys_seteattr (dir, &L.cred, &key2, &val2, 0, NULL));
    PVFS_object_ref f = lib_create (dir, "f", 0);
    uint8_t data[100000];
    lib_fill (data, 0, sizeof data, 1);
    lib_write (f, 0, data, sizeof data);
    lib_compare (f, data, sizeof data, 0, sizeof data);
    PVFS_sys_attr a = lib_getattr (f, PVFS_ATTR_SYS_ALL);
    assert_int_equal (a.dfile_count, 2);
    assert_int_equal (a.size, sizeof data);
    PVFS_util_release_sys_attr (&a);
}

/* --- data and volume -------------------------------------------------------------------------- */

static void
data_calls_refuse_what_is_no_file (void **state)
{
    PVFS_object_ref dir = lib_mkdir (L.root, "data-dir"), f = lib_create (L.root, "data-file", 0),
                    none = { 0 };
    char byte = 0;
    int64_t done;
    EXPECT (lib_try_io (dir, PVFS_IO_READ, 0, &byte, 1, &done), -PVFS_EISDIR);
    EXPECT (lib_try_io (dir, PVFS_IO_WRITE, 0, &byte, 1, &done), -PVFS_EISDIR);
    EXPECT (lib_try_io (none, PVFS_IO_READ, 0, &byte, 1, &done), -PVFS_EINVAL);
    EXPECT (lib_try_io (f, PVFS_IO_READ, -1, &byte, 1, &done), -PVFS_EINVAL);
    EXPECT (PVFS_sys_truncate (f, -1, &L.cred, NULL), -PVFS_EINVAL);
    EXPECT (PVFS_sys_truncate (dir, 0, &L.cred, NULL), -PVFS_EISDIR);
    OK (lib_try_io (f, PVFS_IO_READ, 0, &byte, 1, &done));
    assert_int_equal (done, 0);
}

static void
flush_and_statfs (void **state)
{
    PVFS_object_ref f = lib_create (L.root, "flushed", 0);
    uint8_t *data = calloc (1, 1 << 20);
    PVFS_sysresp_statfs s = { 0 };
    lib_write (f, 0, data, 1 << 20);
    free (data);
    OK (PVFS_sys_flush (f, &L.cred, NULL));
    OK (PVFS_sys_flush (L.root, &L.cred, NULL));
    OK (PVFS_sys_statfs (L.fs, &L.cred, &s, NULL));
    assert_int_equal (s.server_count, 4);
    assert_true (s.statfs_buf.bytes_total > 0 && s.statfs_buf.bytes_available > 0);
    assert_true (s.statfs_buf.bytes_available <= s.statfs_buf.bytes_total);
}

static void
permissions_are_enforced_by_the_servers (void **state)
{
    PVFS_object_ref dir = lib_mkdir (L.root, "mine"), f = lib_create (dir, "secret", 0);
    PVFS_sys_attr a = { .perms = 0600, .mask = PVFS_ATTR_SYS_PERM };
    PVFS_credential root = L.cred;
    int64_t done;
    char byte = 1;
    if (root.userid != 0)
        skip ();
    OK (PVFS_sys_setattr (f, a, &root, NULL));
    OK (PVFS_util_gen_credential ("12345", "12345", 0, NULL, NULL, &L.cred));
    int r1 = lib_try_io (f, PVFS_IO_READ, 0, &byte, 1, &done),
        r2 = lib_try_io (f, PVFS_IO_WRITE, 0, &byte, 1, &done);
    int r3 = lib_try_create (dir, "x", NULL), r4 = PVFS_sys_setattr (f, a, &L.cred, NULL);
    int r5 = PVFS_sys_remove ("secret", dir, &L.cred, NULL);
    L.cred = root;
    EXPECT (r1, -PVFS_EACCES);
    EXPECT (r2, -PVFS_EACCES);
    EXPECT (r3, -PVFS_EACCES);
    EXPECT (r4, -PVFS_EPERM);
    EXPECT (r5, -PVFS_EACCES);
}

static void
calls_need_an_instance (void **state)
{
    PVFS_sysresp_statfs s;
    lib_unmount ();
    int r = PVFS_sys_statfs (L.fs, &L.cred, &s, NULL);
    lib_mount ("pvfs2-fs");
    EXPECT (r, -PVFS_EDEVINIT);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (a_created_file_is_found_and_has_its_attributes),
        cmocka_unit_test (names_that_are_wrong_are_refused_with_the_right_code),
        cmocka_unit_test (a_removed_file_is_gone_for_those_who_know_its_handle),
        cmocka_unit_test (rename_follows_posix),
        cmocka_unit_test (a_path_is_looked_up_through_links),
        cmocka_unit_test (getparent_splits_a_path),
        cmocka_unit_test (readdir_shows_every_entry_once),
        cmocka_unit_test (readdir_of_an_empty_directory_and_of_a_file),
        cmocka_unit_test (readdirplus_tells_the_attributes_of_all_kinds),
        cmocka_unit_test (setattr_changes_what_its_mask_names),
        cmocka_unit_test (extended_attributes_round_trip),
        cmocka_unit_test (a_directory_hands_its_striping_down),
        cmocka_unit_test (data_calls_refuse_what_is_no_file),
        cmocka_unit_test (flush_and_statfs),
        cmocka_unit_test (permissions_are_enforced_by_the_servers),
        cmocka_unit_test (calls_need_an_instance),
    };
    return cmocka_run_group_tests (tests, setup, teardown);
}
