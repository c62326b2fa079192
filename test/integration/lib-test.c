/*
 * libpvfs2 against four real servers: round trips of every kind of operation, with exact results
 * and error codes.
 */
#include "lib.h"

#include <sys/sysmacros.h>
#include <unistd.h>

static int
setup (void **state)
{
    struct cluster_spec spec = { .nservers = 4, .hints = "        TroveSyncMeta no\n" };
    lib_up (&spec);
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

static void
plus_free (PVFS_sysresp_readdirplus *r)
{
    for (uint32_t i = 0; i < r->pvfs_dirent_outcount; i++)
        PVFS_util_release_sys_attr (&r->attr_array[i]);
    free (r->dirent_array);
    free (r->stat_err_array);
    free (r->attr_array);
}

/* Each bit alone: what is there is said in the mask, what was not asked for is not. */
static void
readdirplus_gives_what_its_mask_names (void **state)
{
    static const uint32_t bits[] = { PVFS_ATTR_SYS_UID, PVFS_ATTR_SYS_PERM, PVFS_ATTR_SYS_MTIME, PVFS_ATTR_SYS_TYPE, PVFS_ATTR_SYS_SIZE,
                                     PVFS_ATTR_SYS_LNK_TARGET, PVFS_ATTR_SYS_DFILE_COUNT, PVFS_ATTR_SYS_DIRENT_COUNT,
                                     PVFS_ATTR_SYS_BLKSIZE };
    PVFS_object_ref dir = lib_mkdir (L.root, "plus-mask");
    PVFS_sysresp_symlink link;
    uint8_t *data = calloc (1, 300000);
    lib_create (lib_mkdir (dir, "dir"), "entry", 0);
    lib_write (lib_create (dir, "striped", 0), 0, data, 300000);
    OK (PVFS_sys_symlink ("link", dir, "small", lib_attr (0777, 0), &L.cred, &link, NULL));
    free (data);
    for (size_t b = 0; b < sizeof bits / sizeof *bits; b++) {
        PVFS_sysresp_readdirplus r = { 0 };
        OK (PVFS_sys_readdirplus (dir, PVFS_READDIR_START, 60, &L.cred, bits[b], &r, NULL));
        assert_int_equal (r.pvfs_dirent_outcount, 3);
        for (uint32_t i = 0; i < 3; i++) {
            const PVFS_sys_attr *a = &r.attr_array[i];
            char kind = r.dirent_array[i].d_name[0];
            uint32_t none = kind == 'd' ? PVFS_ATTR_SYS_LNK_TARGET | PVFS_ATTR_SYS_DFILE_COUNT
                            : kind == 'l' ? PVFS_ATTR_SYS_DFILE_COUNT | PVFS_ATTR_SYS_DIRENT_COUNT
                                          : PVFS_ATTR_SYS_LNK_TARGET | PVFS_ATTR_SYS_DIRENT_COUNT;
            OK (r.stat_err_array[i]);
            assert_int_equal (a->mask, bits[b] & ~none);
            assert_int_equal (a->link_target != NULL, kind == 'l' && bits[b] == PVFS_ATTR_SYS_LNK_TARGET);
            assert_int_equal (a->dist_name != NULL, kind == 's' && bits[b] == PVFS_ATTR_SYS_DFILE_COUNT);
            if (kind == 's')
                assert_int_equal (a->size, bits[b] == PVFS_ATTR_SYS_SIZE ? 300000 : 0);
            if (kind == 'd' && bits[b] == PVFS_ATTR_SYS_DIRENT_COUNT)
                assert_int_equal (a->dirent_count, 1);
        }
        plus_free (&r);
    }
}

static int
server_of (PVFS_object_ref ref)
{
    PVFS_BMI_addr_t addr;
    OK (PVFS_mgmt_map_handle (L.fs, ref.handle, &addr));
    const char *text = PVFS_mgmt_map_addr (L.fs, addr, NULL);
    for (int i = 0; i < L.cluster.n; i++)
        if (strcmp (text, L.cluster.server[i].addr) == 0)
            return i;
    fail_msg ("no server has the address %s", text);
    return -1;
}

/* An instance that does not wait for long. */
static PVFS_ctx
impatient (int server)
{
    PVFS_ctx ctx;
    struct PVFS_sys_mntent *m = PVFS_util_gen_mntent (L.cluster.server[server].addr, "pvfs2-fs");
    OK (PVFS_ctx_new (&ctx));
    OK (PVFS_ctx_fs_add (ctx, m, NULL, NULL));
    OK (PVFS_ctx_set_info (ctx, PVFS_SYS_MSG_TIMEOUT_SECS, 1));
    PVFS_util_gen_mntent_release (m);
    return ctx;
}

/* Directories lie on all servers; those of a dead one are listed, with the reason why nothing is known of them. */
static void
readdirplus_says_which_entries_it_could_not_ask_about (void **state)
{
    enum { N = 24 };
    PVFS_object_ref dir = lib_mkdir (L.root, "plus-dead"), sub[N];
    PVFS_sysresp_readdirplus r = { 0 };
    int home = server_of (dir), victim = -1, dead = 0;
    for (int i = 0; i < N; i++) {
        char name[16];
        snprintf (name, sizeof name, "%d", i);
        sub[i] = lib_mkdir (dir, name);
        if (server_of (sub[i]) != home)
            victim = server_of (sub[i]);
    }
    assert_true (victim >= 0);
    PVFS_ctx ctx = impatient (home);
    cluster_kill (&L.cluster, victim);
    int e = PVFS_ctx_readdirplus (ctx, dir, PVFS_READDIR_START, 60, &L.cred, PVFS_ATTR_SYS_COMMON_ALL, &r, NULL, NULL, NULL);
    assert_true (cluster_run (&L.cluster, victim));
    OK (e);
    assert_int_equal (r.pvfs_dirent_outcount, N);
    for (uint32_t i = 0; i < N; i++) {
        bool lost = server_of (sub[atoi (r.dirent_array[i].d_name)]) == victim;
        dead += lost;
        assert_int_equal (r.stat_err_array[i] != 0, lost);
        assert_int_equal (r.attr_array[i].mask, lost ? 0 : PVFS_ATTR_SYS_COMMON_ALL);
    }
    assert_true (dead > 0 && dead < N);
    plus_free (&r);
    PVFS_ctx_free (ctx);
}

/* --- attributes ------------------------------------------------------------------------------- */

static PVFS_stat
stat_ (PVFS_object_ref ref)
{
    PVFS_sysresp_stat resp;
    OK (PVFS_sys_stat (ref, &L.cred, &resp, NULL));
    return resp.stat_buf;
}

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

static void
setattr_of_nothing_changes_nothing (void **state)
{
    PVFS_object_ref f[] = { lib_create (L.root, "unchanged", 0), lib_mkdir (L.root, "unchanged-dir") };
    PVFS_credential root = L.cred;
    for (int i = 0; i < 2; i++) {
        PVFS_stat s = stat_ (f[i]);
        if (root.userid == 0)
            OK (PVFS_util_gen_credential ("12345", "12345", 0, NULL, NULL, &L.cred));
        int r = PVFS_sys_setattr (f[i], (PVFS_sys_attr){ .owner = 12345, .perms = 0777 }, &L.cred, NULL);
        L.cred = root;
        PVFS_stat now = stat_ (f[i]);
        OK (r);
        assert_memory_equal (&s, &now, sizeof s);
    }
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

/* --- what PVFS2 did not have ------------------------------------------------------------------ */

/* The result of a non-blocking call, done at once or awaited. */
static int
ended (int posted, const PVFS_sys_op_id *id)
{
    int error = 0;
    if (posted != 0)
        return posted == 1 ? 0 : posted;
    OK (PVFS_sys_wait (*id, "test", &error));
    return error;
}

static int
link_ (PVFS_object_ref dir, const char *name, PVFS_object_ref target)
{
    return PVFS_sys_link ((char *) name, dir, target, &L.cred, NULL);
}

static void
link_gives_a_file_one_more_name (void **state)
{
    PVFS_object_ref a = lib_mkdir (L.root, "link-a"), b = lib_mkdir (L.root, "link-b"), out;
    PVFS_object_ref f = lib_create (a, "f", 0), none = { 0 }, elsewhere = f;
    PVFS_sysresp_symlink link;
    PVFS_sys_op_id id;
    uint8_t data[1000], back[1000];
    OK (link_ (b, "g", f));
    OK (ended (PVFS_isys_link ("h", b, f, &L.cred, &id, NULL, NULL), &id));
    assert_int_equal (stat_ (f).nlink, 3);
    OK (lib_try_lookup (b, "h", &out));
    assert_true (out.handle == f.handle);
    lib_fill (data, 0, sizeof data, 7);
    lib_write (out, 0, data, sizeof data);
    OK (PVFS_sys_remove ("f", a, &L.cred, NULL));
    OK (PVFS_sys_remove ("g", b, &L.cred, NULL));
    assert_int_equal (stat_ (f).nlink, 1);
    assert_int_equal (lib_read (f, 0, back, sizeof back), sizeof back);
    assert_memory_equal (back, data, sizeof data);
    OK (PVFS_sys_symlink ("s", a, "nowhere", lib_attr (0777, 0), &L.cred, &link, NULL));
    OK (link_ (b, "s2", link.ref));
    elsewhere.fs_id++;
    EXPECT (link_ (b, "h", f), -PVFS_EEXIST);
    EXPECT (link_ (b, "x", a), -PVFS_EPERM);
    EXPECT (link_ (b, "x", elsewhere), -PVFS_EXDEV);
    EXPECT (link_ (b, "x", none), -PVFS_EINVAL);
    EXPECT (link_ (b, "x/y", f), -PVFS_EINVAL);
    EXPECT (link_ (f, "x", f), -PVFS_ENOTDIR);
    OK (PVFS_sys_remove ("h", b, &L.cred, NULL));
    int r = ended (PVFS_isys_link ("x", b, f, &L.cred, &id, NULL, NULL), &id);
    assert_true (r == -PVFS_ENOENT || r == -PVFS_ESTALE);
}

static int
rename2_ (PVFS_object_ref from, const char *old, PVFS_object_ref to, const char *name,
          uint32_t flags)
{
    return PVFS_sys_rename2 ((char *) old, from, (char *) name, to, flags, &L.cred, NULL);
}

static PVFS_handle
handle_of (PVFS_object_ref dir, const char *name)
{
    PVFS_object_ref out;
    OK (lib_try_lookup (dir, name, &out));
    return out.handle;
}

static void
rename2_keeps_or_exchanges_what_is_there (void **state)
{
    PVFS_object_ref a = lib_mkdir (L.root, "ren2-a"), b = lib_mkdir (L.root, "ren2-b");
    PVFS_object_ref f = lib_create (a, "f", 0), d = lib_mkdir (b, "d"), elsewhere = b;
    PVFS_sys_op_id id;
    elsewhere.fs_id++;
    EXPECT (rename2_ (a, "f", b, "d", PVFS_RENAME_NOREPLACE), -PVFS_EEXIST);
    EXPECT (rename2_ (a, "none", b, "d", PVFS_RENAME_EXCHANGE), -PVFS_ENOENT);
    EXPECT (rename2_ (a, "f", b, "none", PVFS_RENAME_EXCHANGE), -PVFS_ENOENT);
    EXPECT (rename2_ (a, "f", b, "x", PVFS_RENAME_NOREPLACE | PVFS_RENAME_EXCHANGE), -PVFS_EINVAL);
    EXPECT (rename2_ (a, "f", b, "x", 4), -PVFS_EINVAL);
    EXPECT (rename2_ (a, "f", elsewhere, "x", 0), -PVFS_EXDEV);
    OK (rename2_ (a, "f", b, "d", PVFS_RENAME_EXCHANGE));
    assert_true (handle_of (a, "f") == d.handle && handle_of (b, "d") == f.handle);
    OK (ended (PVFS_isys_rename2 ("d", b, "f", a, PVFS_RENAME_EXCHANGE, &L.cred, &id, NULL, NULL),
               &id));
    assert_true (handle_of (a, "f") == f.handle && handle_of (b, "d") == d.handle);
    OK (rename2_ (a, "f", b, "g", PVFS_RENAME_NOREPLACE));
    assert_true (handle_of (b, "g") == f.handle);
    lib_create (b, "h", 0);
    OK (rename2_ (b, "g", b, "h", 0));
    assert_true (handle_of (b, "h") == f.handle);
}

/* An access list of Linux's form: owner and others may do what `mode` says, user 12345 what `perm` does. */
static void
set_acl (PVFS_object_ref ref, unsigned mode, unsigned perm)
{
    const struct {
        uint32_t version;
        struct {
            uint16_t tag, perm;
            uint32_t id;
        } e[5];
    } acl = { 2, { { 1, 7, UINT32_MAX }, { 2, (uint16_t) perm, 12345 }, { 4, mode & 7, UINT32_MAX }, { 16, 7, UINT32_MAX }, { 32, mode & 7, UINT32_MAX } } };
    PVFS_ds_keyval key = { .buffer = "system.posix_acl_access", .buffer_sz = sizeof "system.posix_acl_access" },
                   val = { .buffer = (void *) &acl, .buffer_sz = sizeof acl };
    OK (PVFS_sys_seteattr (ref, &L.cred, &key, &val, 0, NULL));
}

/* Its ".." changes. The directories live on all servers, so most of them elsewhere than the names. */
static void
a_directory_moves_only_for_who_may_write_it (void **state)
{
    PVFS_object_ref a = lib_mkdir (L.root, "move-a"), b = lib_mkdir (L.root, "move-b");
    PVFS_sys_attr all = { .perms = 0777, .mask = PVFS_ATTR_SYS_PERM };
    PVFS_credential root = L.cred;
    char may[16], may_not[16];
    if (root.userid != 0)
        skip ();
    OK (PVFS_sys_setattr (a, all, &root, NULL));
    OK (PVFS_sys_setattr (b, all, &root, NULL));
    for (int i = 0; i < 8; i++) {
        snprintf (may, sizeof may, "may%d", i);
        snprintf (may_not, sizeof may_not, "may-not%d", i);
        set_acl (lib_mkdir (a, may), 0, 7);
        set_acl (lib_mkdir (a, may_not), 7, 5);
        PVFS_object_ref other = lib_mkdir (b, "other");
        OK (PVFS_sys_setattr (other, all, &root, NULL));
        OK (PVFS_util_gen_credential ("12345", "12345", 0, NULL, NULL, &L.cred));
        int moved = rename_ (a, may, b, may), refused = rename_ (a, may_not, b, may_not), kept = rename_ (a, may_not, a, "renamed");
        int away = rename2_ (b, "other", a, "renamed", PVFS_RENAME_EXCHANGE), here = rename2_ (a, "renamed", b, "other", PVFS_RENAME_EXCHANGE);
        int both = rename2_ (b, "other", b, may, PVFS_RENAME_EXCHANGE);
        L.cred = root;
        EXPECT (moved, 0);
        EXPECT (refused, -PVFS_EACCES);
        EXPECT (kept, 0); /* by another name in the same directory */
        EXPECT (away, -PVFS_EACCES);
        EXPECT (here, -PVFS_EACCES);
        EXPECT (both, 0);
        OK (PVFS_sys_remove ("renamed", a, &root, NULL));
        OK (PVFS_sys_remove ("other", b, &root, NULL));
    }
}

static int
mknod_ (PVFS_object_ref dir, const char *name, uint32_t type, uint64_t rdev, PVFS_object_ref *ret)
{
    PVFS_sysresp_mknod resp = { .ref = { 0 } };
    int r =
        PVFS_sys_mknod ((char *) name, dir, lib_attr (0640, 0), type, rdev, &L.cred, &resp, NULL);
    *ret = resp.ref;
    return r;
}

static void
mknod_makes_special_files (void **state)
{
    PVFS_object_ref dir = lib_mkdir (L.root, "nodes"), ref;
    PVFS_credential root = L.cred;
    PVFS_sysresp_mknod resp;
    PVFS_sys_op_id id;
    uint64_t device = makedev (259, 70000);
    char byte;
    int64_t done;
    OK (mknod_ (dir, "fifo", S_IFIFO, 0, &ref));
    assert_int_equal (stat_ (ref).mode, S_IFIFO | 0640);
    EXPECT (mknod_ (dir, "fifo", S_IFIFO, 0, &ref), -PVFS_EEXIST);
    OK (ended (PVFS_isys_mknod ("socket", dir, lib_attr (0600, 0), S_IFSOCK, 5, &L.cred, &resp, &id,
                                NULL, NULL),
               &id));
    assert_int_equal (stat_ (resp.ref).mode, S_IFSOCK | 0600);
    assert_int_equal (stat_ (resp.ref).rdev, 0);
    OK (mknod_ (dir, "file", S_IFREG, 0, &ref));
    lib_write (ref, 0, "x", 1);
    EXPECT (mknod_ (dir, "x", S_IFDIR, 0, &ref), -PVFS_EINVAL);
    EXPECT (mknod_ (dir, "x", S_IFIFO | 0600, 0, &ref), -PVFS_EINVAL);
    EXPECT (mknod_ (dir, "x", 0, 0, &ref), -PVFS_EINVAL);
    EXPECT (mknod_ (dir, "x", S_IFBLK, makedev (4096, 0), &ref), -PVFS_EINVAL);
    if (root.userid != 0)
        return;
    OK (mknod_ (dir, "device", S_IFBLK, device, &ref));
    assert_int_equal (stat_ (ref).mode, S_IFBLK | 0640);
    assert_true (stat_ (ref).rdev == device);
    int r = lib_try_io (ref, PVFS_IO_READ, 0, &byte, 1, &done);
    assert_true (r == -PVFS_EINVAL);
    OK (PVFS_util_gen_credential ("12345", "12345", 0, NULL, NULL, &L.cred));
    r = mknod_ (dir, "x", S_IFCHR, device, &ref);
    L.cred = root;
    assert_true (r == -PVFS_EPERM || r == -PVFS_EACCES);
}

static void
stat_tells_what_attributes_have_no_room_for (void **state)
{
    PVFS_object_ref dir = lib_mkdir (L.root, "stat"), f = lib_create (dir, "f", 2), none = { 0 };
    PVFS_sysresp_symlink link;
    PVFS_sysresp_stat resp;
    PVFS_sys_op_id id;
    uint8_t *data = calloc (1, 300000);
    lib_mkdir (dir, "sub");
    lib_write (f, 0, data, 300000);
    free (data);
    PVFS_stat s = stat_ (f);
    PVFS_sys_attr a = lib_getattr (f, PVFS_ATTR_SYS_COMMON_ALL);
    assert_int_equal (s.mode, S_IFREG | 0644);
    assert_int_equal (s.nlink, 1);
    assert_int_equal (s.size, 300000);
    assert_int_equal (s.owner, a.owner);
    assert_true (s.blksize > 0 && s.ctime / 1000000000 == a.ctime);
    OK (PVFS_sys_setattr (f, (PVFS_sys_attr){ .perms = 0600, .mask = PVFS_ATTR_SYS_PERM }, &L.cred,
                          NULL));
    assert_true (stat_ (f).change > s.change && stat_ (f).ctime >= s.ctime); /* times have ticks */
    assert_int_equal (stat_ (dir).nlink, 3);
    assert_int_equal (stat_ (dir).mode & S_IFMT, S_IFDIR);
    OK (PVFS_sys_symlink ("l", dir, "target", lib_attr (0777, 0), &L.cred, &link, NULL));
    OK (ended (PVFS_isys_stat (link.ref, &L.cred, &resp, &id, NULL, NULL), &id));
    assert_int_equal (resp.stat_buf.mode, S_IFLNK | 0777);
    assert_int_equal (resp.stat_buf.size, strlen ("target"));
    EXPECT (PVFS_sys_stat (none, &L.cred, &resp, NULL), -PVFS_EINVAL);
    OK (PVFS_sys_remove ("f", dir, &L.cred, NULL));
    int r = PVFS_sys_stat (f, &L.cred, &resp, NULL);
    assert_true (r == -PVFS_ENOENT || r == -PVFS_ESTALE);
}

static int
utimens_ (PVFS_object_ref ref, PVFS_time_ns atime, PVFS_time_ns mtime)
{
    return PVFS_sys_utimens (ref, atime, mtime, &L.cred, NULL);
}

static void
utimens_sets_nanoseconds (void **state)
{
    const PVFS_time_ns then = UINT64_C (1000000000123456789), later = then + 1;
    PVFS_object_ref dir = lib_mkdir (L.root, "times"), f[2], none = { 0 };
    PVFS_credential root = L.cred;
    PVFS_sys_op_id id;
    PVFS_sysresp_stat st;
    uint8_t *data = calloc (1, 300000);
    f[0] = lib_create (dir, "stuffed", 0);
    f[1] = lib_create (dir, "striped", 4);
    lib_write (f[0], 0, data, 100);
    lib_write (f[1], 0, data, 300000);
    free (data);
    for (int i = 0; i < 2; i++) {
        OK (utimens_ (f[i], then, later));
        assert_true (stat_ (f[i]).atime == then && stat_ (f[i]).mtime == later);
        OK (ended (PVFS_isys_utimens (f[i], PVFS_UTIME_OMIT, then, &L.cred, &id, NULL, NULL), &id));
        PVFS_stat s = stat_ (f[i]);
        assert_true (s.atime == then && s.mtime == then);
        OK (utimens_ (f[i], PVFS_UTIME_OMIT, PVFS_UTIME_OMIT));
        assert_true (stat_ (f[i]).ctime == s.ctime);
        OK (utimens_ (f[i], PVFS_UTIME_NOW, PVFS_UTIME_OMIT));
        assert_true (stat_ (f[i]).atime > then && stat_ (f[i]).mtime == then);
    }
    OK (utimens_ (dir, then, later));
    assert_true (stat_ (dir).mtime == later);
    OK (utimens_ (f[0], (PVFS_time_ns) -1500000000, then)); /* before 1970 */
    OK (PVFS_sys_stat (f[0], &L.cred, &st, NULL));
    assert_int_equal (st.stat_buf.atime, (PVFS_time_ns) -1500000000);
    EXPECT (utimens_ (none, then, then), -PVFS_EINVAL);
    if (root.userid != 0)
        return;
    OK (PVFS_util_gen_credential ("12345", "12345", 0, NULL, NULL, &L.cred));
    int given = utimens_ (f[0], then, then), now = utimens_ (f[0], PVFS_UTIME_NOW, PVFS_UTIME_NOW);
    L.cred = root;
    EXPECT (given, -PVFS_EPERM);
    EXPECT (now, -PVFS_EACCES);
}

static void
readdirstat_tells_both_of_each_entry (void **state)
{
    PVFS_object_ref dir = lib_mkdir (L.root, "readdirstat"), f = lib_create (dir, "f", 0), ref;
    PVFS_sysresp_readdirstat r = { .stat_array = NULL };
    PVFS_sys_op_id id;
    lib_write (f, 0, "12345", 5);
    OK (link_ (dir, "g", f));
    OK (mknod_ (dir, "fifo", S_IFIFO, 0, &ref));
    EXPECT (PVFS_sys_readdirstat (f, PVFS_READDIR_START, 60, &L.cred, PVFS_ATTR_SYS_ALL, &r, NULL),
            -PVFS_ENOTDIR);
    OK (ended (PVFS_isys_readdirstat (dir, PVFS_READDIR_START, 60, &L.cred, PVFS_ATTR_SYS_ALL, &r,
                                      &id, NULL, NULL),
               &id));
    assert_int_equal (r.plus.pvfs_dirent_outcount, 3);
    for (uint32_t i = 0; i < r.plus.pvfs_dirent_outcount; i++) {
        const PVFS_stat *s = &r.stat_array[i];
        bool fifo = !strcmp (r.plus.dirent_array[i].d_name, "fifo");
        assert_int_equal (r.plus.stat_err_array[i], 0);
        assert_int_equal (s->mode & S_IFMT, fifo ? S_IFIFO : S_IFREG);
        assert_int_equal (s->nlink, fifo ? 1 : 2);
        assert_int_equal (s->size, fifo ? 0 : 5);
        PVFS_util_release_sys_attr (&r.plus.attr_array[i]);
    }
    free (r.plus.dirent_array);
    free (r.plus.stat_err_array);
    free (r.plus.attr_array);
    free (r.stat_array);
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
statfs_servers_tells_what_each_server_has (void **state)
{
    PVFS_sysresp_statfs sum;
    PVFS_sysresp_statfs_servers s;
    PVFS_credential nobody;
    uint64_t handles = 0;
    PVFS_size least = INT64_MAX;
    OK (PVFS_util_gen_credential ("12345", "12345", 0, NULL, NULL, &nobody));
    OK (PVFS_sys_statfs (L.fs, &L.cred, &sum, NULL));
    OK (PVFS_sys_statfs_servers (L.fs, &nobody, &s, NULL));
    assert_int_equal (s.sum.server_count, 4);
    assert_int_equal (s.sum.statfs_buf.bytes_total, sum.statfs_buf.bytes_total);
    for (int i = 0; i < 4; i++) {
        const PVFS_statfs_server *p = &s.server_array[i];
        OK (p->error);
        assert_string_equal (p->bmi_address, PVFS_mgmt_map_addr (L.fs, p->addr, NULL));
        assert_int_equal (p->server_type, PVFS_MGMT_IO_SERVER | PVFS_MGMT_META_SERVER);
        assert_true (p->bytes_total > 0 && p->bytes_available > 0 && p->bytes_available <= p->bytes_total);
        assert_true (p->ram_total_bytes > 0);
        handles += p->handles_total_count;
        least = p->bytes_total < least ? p->bytes_total : least;
    }
    assert_int_equal (handles, s.sum.statfs_buf.handles_total_count);
    assert_int_equal (4 * least, s.sum.statfs_buf.bytes_total);
    free (s.server_array);
    EXPECT (PVFS_sys_statfs_servers (L.fs, &L.cred, NULL, NULL), -PVFS_EINVAL);
    EXPECT (PVFS_sys_statfs_servers (L.fs + 1, &L.cred, &s, NULL), -PVFS_ENODEV);
}

static void
statfs_servers_tells_who_does_not_answer (void **state)
{
    PVFS_sysresp_statfs_servers s = { .server_array = NULL }, none = { .server_array = NULL };
    PVFS_ctx ctx = impatient (0);
    cluster_kill (&L.cluster, 2);
    int one = PVFS_ctx_statfs_servers (ctx, L.fs, &L.cred, &s, NULL, NULL, NULL);
    for (int i = 0; i < 4; i++)
        if (i != 2)
            cluster_kill (&L.cluster, i);
    int all = PVFS_ctx_statfs_servers (ctx, L.fs, &L.cred, &none, NULL, NULL, NULL);
    for (int i = 0; i < 4; i++)
        assert_true (cluster_run (&L.cluster, i));
    PVFS_ctx_free (ctx);
    OK (one);
    assert_int_equal (s.sum.server_count, 4);
    for (int i = 0; i < 4; i++) {
        const PVFS_statfs_server *p = &s.server_array[i];
        bool dead = strcmp (p->bmi_address, L.cluster.server[2].addr) == 0;
        assert_int_equal (p->error != 0, dead);
        assert_int_equal (p->bytes_total > 0, !dead);
    }
    assert_true (s.sum.statfs_buf.bytes_total > 0);
    free (s.server_array);
    assert_true (all < 0);
    assert_null (none.server_array);
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

static PVFS_error
mkdir_spread (const char *name, uint32_t more_mask, const int32_t spread[3], PVFS_object_ref *ret)
{
    PVFS_sysresp_mkdir resp = { 0 };
    PVFS_sys_attr a = lib_attr (0755, 0);
    a.mask |= more_mask;
    a.distr_dir_servers_initial = spread[0];
    a.distr_dir_servers_max = spread[1];
    a.distr_dir_split_size = spread[2];
    int r = PVFS_sys_mkdir ((char *) name, L.root, a, &L.cred, &resp, NULL);
    *ret = resp.ref;
    return r;
}

static void
check_spread (PVFS_object_ref dir, int32_t initial, int32_t max, int32_t split_size)
{
    PVFS_sys_attr a = lib_getattr (dir, PVFS_ATTR_SYS_DISTDIR_ATTR);
    assert_int_equal (a.mask, PVFS_ATTR_SYS_DISTDIR_ATTR);
    assert_int_equal (a.distr_dir_servers_initial, initial);
    assert_int_equal (a.distr_dir_servers_max, max);
    assert_int_equal (a.distr_dir_split_size, split_size);
}

static void
a_directory_spreads_as_was_chosen_for_it (void **state)
{
    enum { BIT = PVFS_ATTR_SYS_DISTDIR_ATTR };
    static const struct {
        uint32_t mask;
        int32_t wish[3], told[3]; /* told[0] 0: refused */
    } cases[] = {
        { BIT, { 2, 3, 100 }, { 2, 3, 100 } },
        { 0, { 2, 3, 100 }, { 2, 3, 100 } }, /* as the original's own tool asks */
        { BIT, { 0, 0, 0 }, { 1, 4, 10000 } },
        { 0, { -1, -1, -1 }, { 1, 4, 10000 } },
        { BIT, { 0, 0, 7 }, { 1, 4, 7 } },
        { BIT, { 0, 65536, 0 }, { 1, 65536, 10000 } },
        { BIT, { 3, 2, 0 }, { 0 } },
        { BIT, { 5, 0, 0 }, { 0 } }, /* the file system's most is 4 */
        { BIT, { 0, 65537, 0 }, { 0 } },
        { BIT, { -1, 0, 0 }, { 0 } },
        { BIT, { 0, -1, 0 }, { 0 } },
        { BIT, { 0, 0, -1 }, { 0 } },
    };
    PVFS_object_ref dir;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char name[32];
        snprintf (name, sizeof name, "spread-%zu", i);
        EXPECT (mkdir_spread (name, cases[i].mask, cases[i].wish, &dir), cases[i].told[0] ? 0 : -PVFS_EINVAL);
        if (cases[i].told[0])
            check_spread (dir, cases[i].told[0], cases[i].told[1], cases[i].told[2]);
        else
            EXPECT (lib_try_lookup (L.root, name, NULL), -PVFS_ENOENT);
    }
}

static void
only_directories_tell_how_they_spread (void **state)
{
    PVFS_sys_attr a = lib_getattr (lib_create (L.root, "spreads-not", 0), PVFS_ATTR_SYS_DISTDIR_ATTR | PVFS_ATTR_SYS_TYPE);
    assert_int_equal (a.mask, PVFS_ATTR_SYS_TYPE);
    assert_int_equal (a.distr_dir_servers_max, 0);
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
        cmocka_unit_test (readdirplus_gives_what_its_mask_names),
        cmocka_unit_test (readdirplus_says_which_entries_it_could_not_ask_about),
        cmocka_unit_test (setattr_changes_what_its_mask_names),
        cmocka_unit_test (setattr_of_nothing_changes_nothing),
        cmocka_unit_test (extended_attributes_round_trip),
        cmocka_unit_test (a_directory_hands_its_striping_down),
        cmocka_unit_test (a_directory_spreads_as_was_chosen_for_it),
        cmocka_unit_test (only_directories_tell_how_they_spread),
        cmocka_unit_test (link_gives_a_file_one_more_name),
        cmocka_unit_test (rename2_keeps_or_exchanges_what_is_there),
        cmocka_unit_test (a_directory_moves_only_for_who_may_write_it),
        cmocka_unit_test (mknod_makes_special_files),
        cmocka_unit_test (stat_tells_what_attributes_have_no_room_for),
        cmocka_unit_test (utimens_sets_nanoseconds),
        cmocka_unit_test (readdirstat_tells_both_of_each_entry),
        cmocka_unit_test (data_calls_refuse_what_is_no_file),
        cmocka_unit_test (flush_and_statfs),
        cmocka_unit_test (statfs_servers_tells_what_each_server_has),
        cmocka_unit_test (statfs_servers_tells_who_does_not_answer),
        cmocka_unit_test (permissions_are_enforced_by_the_servers),
        cmocka_unit_test (calls_need_an_instance),
    };
    return cmocka_run_group_tests (tests, setup, lib_teardown);
}
