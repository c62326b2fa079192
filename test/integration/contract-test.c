/*
 * The contract with programs written for PVFS2 and OrangeFS: every function of its headers has its prototype and its symbol, every constant
 * its value, every member its type (contract-prototypes.h and contract-facts.h, which were written without a look at our headers); and
 * every function is called once against four servers. Linked once with the shared and once with the static library.
 */
#include "lib.h"

#include <unistd.h>

/* --- names, values, types ------------------------------------------------------------------------------------------------------ */

/* Prototypes: a wrong one does not compile. */
#define FUNCTION(result, name, parameters) static result (*const at_##name) parameters = name;
#include "contract-prototypes.h"
#undef FUNCTION

#define MEMBER(structure, member, type)                                                                                                   \
    _Static_assert (__builtin_types_compatible_p (__typeof__ (((structure *) 0)->member), type), #structure "." #member);
#define CONSTANT(name, value) _Static_assert ((name) == (value), #name);
#define TEXT(name, value)     _Static_assert (sizeof (name) == sizeof (value), #name);
#include "contract-facts.h"
#undef MEMBER
#undef CONSTANT
#undef TEXT

_Static_assert (sizeof (PVFS_object_ref) == 16, "references travel as bytes");

static struct called {
    const char *name;
    int times;
} functions[] = {
#define FUNCTION(result, name, parameters) { #name, 0 },
#include "contract-prototypes.h"
#undef FUNCTION
};
enum { NFUNCTIONS = sizeof functions / sizeof functions[0] };

static void
note_call (const char *name)
{
    for (int i = 0; i < NFUNCTIONS; i++)
        if (strcmp (functions[i].name, name) == 0) {
            functions[i].times++;
            return;
        }
    fail_msg ("%s is not of the contract", name);
}

/* The function, noted as called, by the pointer that its prototype was checked with. */
#define F(name) (note_call (#name), at_##name)

static void
texts_are_the_originals (void **state)
{
#define MEMBER(structure, member, type)
#define CONSTANT(name, value)
#define TEXT(name, value) assert_string_equal (name, value);
#include "contract-facts.h"
    assert_null (PVFS_BOTTOM);
    assert_null (PVFS_HINT_NULL);
    assert_null (PVFS_SYS_LAYOUT_DEFAULT);
}

/* --- around the calls ------------------------------------------------------------------------------------------------------------ */

static int
setup (void **state)
{
    struct cluster_spec spec = { .nservers = 4, .hints = "        TroveSyncMeta no\n" };
    lib_up (&spec);
    return 0;
}

/* The result of a non-blocking call, done at once or awaited. */
static int
ended (int posted, const PVFS_sys_op_id *id)
{
    int error = 0;
    if (posted != 0)
        return posted == 1 ? 0 : posted;
    OK (F (PVFS_sys_wait) (*id, "contract", &error));
    return error;
}
#define ENDED(call, want) EXPECT (ended ((call), &id), want)

static int mine; /* whose address is a user pointer */

/* --- every function once ------------------------------------------------------------------------------------------------------------ */

static void
utilities (void **state)
{
    PVFS_credential cred;
    PVFS_sys_attr a = { .link_target = NULL, .mask = 1 }, b;
    char text[64];
    OK (F (PVFS_util_gen_credential_defaults) (&cred));
    OK (PVFS_util_gen_credentials (&cred));
    OK (F (PVFS_util_gen_credential) ("1", "2", 10, NULL, NULL, &cred));
    assert_int_equal (cred.userid, 1);
    OK (F (PVFS_util_refresh_credential) (&cred));
    assert_true (F (PVFS_util_get_umask) () >= 0);
    OK (F (PVFS_util_copy_sys_attr) (&b, &a));
    assert_int_equal (b.mask, 1);
    F (PVFS_util_release_sys_attr) (&b);
    OK (F (PVFS_sys_attr_free) (&b));
    F (PVFS_util_make_size_human_readable) (1536, text, sizeof text, 0);
    assert_string_equal (text, "1.5K");
    assert_int_equal (F (PVFS_util_object_to_sys_attr_mask) (F (PVFS_util_sys_to_object_attr_mask) (PVFS_ATTR_SYS_ALL)), PVFS_ATTR_SYS_ALL);
    assert_int_equal (F (PVFS_util_translate_mode) (04755, 0), 0755);
    assert_int_equal (F (PVFS_strerror_r) (-PVFS_ENOENT, text, sizeof text), 0);
    assert_int_equal (F (PVFS_get_errno_mapping) (-PVFS_ENOENT) , ENOENT);
    assert_int_equal (F (PVFS_errno_to_error) (-ENOENT), -PVFS_ENOENT);
    PVFS_error_details *d = F (PVFS_error_details_new) (3);
    assert_int_equal (d->count_allocated, 3);
    F (PVFS_error_details_free) (d);
    F (PVFS_perror_gossip_silent) ();
    F (PVFS_perror_gossip) ("contract", -PVFS_EIO);
    F (PVFS_perror_gossip_verbose) ();
    fflush (stderr);
    int saved = dup (2);
    assert_non_null (freopen ("/dev/null", "w", stderr));
    F (PVFS_perror) ("contract", -PVFS_EIO);
    fflush (stderr);
    dup2 (saved, 2);
    close (saved);
    uint64_t mask = F (PVFS_debug_eventlog_to_mask) ("network,server");
    char *words = F (PVFS_debug_mask_to_eventlog) (mask);
    assert_true (mask && words);
    free (words);
    mask = F (PVFS_kmod_eventlog_to_mask) ("inode");
    words = F (PVFS_kmod_mask_to_eventlog) (mask);
    assert_true (mask && words);
    free (words);
}

static void
hints (void **state)
{
    PVFS_hint h = PVFS_HINT_NULL, copy;
    uint32_t one = 1, two = 2;
    OK (F (PVFS_hint_add) (&h, PVFS_HINT_REQUEST_ID_NAME, sizeof one, &one));
    EXPECT (F (PVFS_hint_add) (&h, PVFS_HINT_REQUEST_ID_NAME, sizeof one, &one), -PVFS_EEXIST);
    OK (F (PVFS_hint_replace) (&h, PVFS_HINT_REQUEST_ID_NAME, sizeof two, &two));
    OK (F (PVFS_hint_copy) (h, &copy));
    assert_int_equal (F (PVFS_hint_check) (&copy, PVFS_HINT_REQUEST_ID_NAME), 1);
    assert_int_equal (F (PVFS_hint_check_transfer) (&copy), 1);
    setenv ("PVFS2_HINTS", "rank:7", 1);
    OK (F (PVFS_hint_import_env) (&copy));
    unsetenv ("PVFS2_HINTS");
    assert_int_equal (PVFS_hint_check (&copy, PVFS_HINT_RANK_NAME), 1);
    F (PVFS_hint_free) (&h);
    F (PVFS_hint_free) (&copy);
}

static void
requests (void **state)
{
    PVFS_Request r[7], olds[2] = { PVFS_BYTE, PVFS_INT };
    int32_t lens[2] = { 1, 2 };
    PVFS_size disps[2] = { 0, 8 }, v;
    PVFS_Request all[] = { PVFS_CHAR, PVFS_SHORT, PVFS_INT, PVFS_LONG, PVFS_UNSIGNED_CHAR, PVFS_UNSIGNED_SHORT, PVFS_UNSIGNED,
                           PVFS_UNSIGNED_INT, PVFS_UNSIGNED_LONG, PVFS_FLOAT, PVFS_DOUBLE, PVFS_LONG_DOUBLE, PVFS_BYTE, PVFS_PACKED };
    const size_t sizes[] = { 1, sizeof (short), sizeof (int), sizeof (long), 1, sizeof (short), sizeof (int), sizeof (int), sizeof (long),
                             sizeof (float), sizeof (double), sizeof (long double), 1, 1 };
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        OK (F (PVFS_Request_size) (all[i], &v));
        assert_int_equal (v, sizes[i]);
        OK (PVFS_Request_free (&all[i]));
    }
    OK (F (PVFS_Request_contiguous) (4, PVFS_BYTE, &r[0]));
    OK (F (PVFS_Request_vector) (2, 1, 3, PVFS_INT, &r[1]));
    OK (F (PVFS_Request_hvector) (2, 1, 12, PVFS_INT, &r[2]));
    OK (F (PVFS_Request_indexed) (2, lens, disps, PVFS_INT, &r[3]));
    OK (F (PVFS_Request_hindexed) (2, lens, disps, PVFS_INT, &r[4]));
    OK (F (PVFS_Request_struct) (2, lens, disps, olds, &r[5]));
    OK (F (PVFS_Request_resized) (PVFS_INT, -4, 16, &r[6]));
    OK (F (PVFS_Request_extent) (r[1], &v));
    assert_int_equal (v, 16);
    OK (F (PVFS_Request_lb) (r[6], &v));
    assert_int_equal (v, -4);
    OK (F (PVFS_Request_ub) (r[6], &v));
    assert_int_equal (v, 12);
    OK (F (PVFS_Address) (&v, &disps[0]));
    assert_ptr_equal ((void *) (intptr_t) disps[0], &v);
    for (int i = 0; i < 7; i++) {
        OK (F (PVFS_Request_commit) (&r[i]));
        OK (F (PVFS_Request_free) (&r[i]));
        assert_null (r[i]);
    }
    EXPECT (PVFS_Request_free (&r[0]), -PVFS_EINVAL);
}

static void
names (void **state)
{
    PVFS_sys_op_id id = 0;
    PVFS_sysresp_create made;
    PVFS_sysresp_mkdir dir;
    PVFS_sysresp_symlink link;
    PVFS_sysresp_lookup found = { .ref = { 0, 0, 0 } };
    PVFS_sysresp_getparent parent;
    PVFS_sys_attr a = lib_attr (0755, 0);
    OK (F (PVFS_sys_mkdir) ("names", L.root, a, &L.cred, &dir, NULL));
    PVFS_object_ref d = dir.ref;
    ENDED (F (PVFS_isys_mkdir) ("sub", d, a, &L.cred, &dir, &id, NULL, &mine), 0);
    OK (F (PVFS_sys_create) ("f", d, a, &L.cred, NULL, &made, NULL, NULL));
    ENDED (F (PVFS_isys_create) ("g", d, a, &L.cred, NULL, NULL, &made, &id, NULL, &mine), 0);
    OK (F (PVFS_sys_symlink) ("s", d, "f", a, &L.cred, &link, NULL));
    ENDED (F (PVFS_isys_symlink) ("t", d, "g", a, &L.cred, &link, &id, NULL, &mine), 0);
    OK (F (PVFS_sys_lookup) (L.fs, "/names/t", &L.cred, &found, PVFS2_LOOKUP_LINK_FOLLOW, NULL));
    assert_int_equal (found.ref.handle, made.ref.handle);
    OK (F (PVFS_sys_ref_lookup) (L.fs, "t", d, &L.cred, &found, PVFS2_LOOKUP_LINK_NO_FOLLOW, NULL));
    assert_int_equal (found.ref.handle, link.ref.handle);
    ENDED (F (PVFS_isys_ref_lookup) (L.fs, "g", d, &L.cred, &found, PVFS2_LOOKUP_LINK_FOLLOW, &id, NULL, &mine), 0);
    OK (F (PVFS_sys_getparent) (L.fs, "/names/g", &L.cred, &parent, NULL));
    assert_string_equal (parent.basename, "g");
    assert_int_equal (parent.parent_ref.handle, d.handle);
    OK (F (PVFS_sys_rename) ("f", d, "f2", dir.ref, &L.cred, NULL));
    ENDED (F (PVFS_isys_rename) ("f2", dir.ref, "f", d, &L.cred, &id, NULL, &mine), 0);
    OK (F (PVFS_sys_remove) ("s", d, &L.cred, NULL));
    ENDED (F (PVFS_isys_remove) ("t", d, &L.cred, &id, NULL, &mine), 0);

    PVFS_sysresp_readdir list;
    PVFS_sysresp_readdirplus plus;
    OK (F (PVFS_sys_readdir) (d, PVFS_READDIR_START, 60, &L.cred, &list, NULL));
    assert_int_equal (list.pvfs_dirent_outcount, 3);
    free (list.dirent_array);
    ENDED (F (PVFS_isys_readdir) (d, PVFS_READDIR_START, 60, &L.cred, &list, &id, NULL, &mine), 0);
    free (list.dirent_array);
    for (int i = 0; i < 2; i++) {
        if (i)
            ENDED (F (PVFS_isys_readdirplus) (d, PVFS_READDIR_START, 60, &L.cred, PVFS_ATTR_SYS_ALL, &plus, &id, NULL, &mine), 0);
        else
            OK (F (PVFS_sys_readdirplus) (d, PVFS_READDIR_START, 60, &L.cred, PVFS_ATTR_SYS_ALL, &plus, NULL));
        assert_int_equal (plus.pvfs_dirent_outcount, 3);
        for (uint32_t k = 0; k < plus.pvfs_dirent_outcount; k++) {
            OK (plus.stat_err_array[k]);
            PVFS_util_release_sys_attr (&plus.attr_array[k]);
        }
        free (plus.dirent_array);
        free (plus.stat_err_array);
        free (plus.attr_array);
    }
}

static PVFS_ds_keyval
keyval (void *p, size_t n)
{
    return (PVFS_ds_keyval){ .buffer = p, .buffer_sz = (int32_t) n };
}

static void
attributes (void **state)
{
    PVFS_sys_op_id id = 0;
    PVFS_object_ref f = lib_create (L.root, "attributes", 0);
    PVFS_sysresp_getattr got;
    PVFS_sys_attr a = { .perms = 0600, .mask = PVFS_ATTR_SYS_PERM };
    OK (F (PVFS_sys_setattr) (f, a, &L.cred, NULL));
    OK (F (PVFS_sys_getattr) (f, PVFS_ATTR_SYS_ALL, &L.cred, &got, NULL));
    assert_int_equal (got.attr.perms, 0600);
    PVFS_util_release_sys_attr (&got.attr);
    a.perms = 0640;
    ENDED (F (PVFS_isys_setattr) (f, a, &L.cred, &id, NULL, &mine), 0);
    ENDED (F (PVFS_isys_getattr) (f, PVFS_ATTR_SYS_COMMON_ALL, &L.cred, &got, &id, NULL, &mine), 0);
    assert_int_equal (got.attr.perms, 0640);

    char buf[2][64], names[2][64];
    PVFS_error errs[2];
    PVFS_ds_keyval keys[2] = { keyval ("user.a", 7), keyval ("user.b", 7) }, vals[2] = { keyval ("one", 3), keyval ("two", 3) };
    PVFS_ds_keyval rooms[2] = { keyval (buf[0], 64), keyval (buf[1], 64) };
    PVFS_ds_keyval name_rooms[2] = { keyval (names[0], 64), keyval (names[1], 64) };
    PVFS_sysresp_geteattr e = { rooms, errs };
    PVFS_sysresp_listeattr l = { .key_array = name_rooms };
    OK (F (PVFS_sys_seteattr) (f, &L.cred, &keys[0], &vals[0], 0, NULL));
    ENDED (F (PVFS_isys_seteattr) (f, &L.cred, &keys[1], &vals[1], PVFS_XATTR_CREATE, &id, NULL, &mine), 0);
    OK (F (PVFS_sys_seteattr_list) (f, &L.cred, 2, keys, vals, PVFS_XATTR_REPLACE, NULL));
    ENDED (F (PVFS_isys_seteattr_list) (f, &L.cred, 2, keys, vals, 0, &id, NULL, &mine), 0);
    OK (F (PVFS_sys_geteattr) (f, &L.cred, &keys[0], &rooms[0], NULL));
    assert_memory_equal (buf[0], "one", 3);
    ENDED (F (PVFS_isys_geteattr) (f, &L.cred, &keys[0], &e, &id, NULL, &mine), 0);
    OK (F (PVFS_sys_geteattr_list) (f, &L.cred, 2, keys, &e, NULL));
    ENDED (F (PVFS_isys_geteattr_list) (f, &L.cred, 2, keys, &e, &id, NULL, &mine), 0);
    assert_memory_equal (buf[1], "two", 3);
    OK (F (PVFS_sys_listeattr) (f, PVFS_ITERATE_START, 2, &L.cred, &l, NULL));
    assert_int_equal (l.nkey, 2);
    ENDED (F (PVFS_isys_listeattr) (f, PVFS_ITERATE_START, 2, &L.cred, &l, &id, NULL, &mine), 0);
    OK (F (PVFS_sys_deleattr) (f, &L.cred, &keys[0], NULL));
    ENDED (F (PVFS_isys_deleattr) (f, &L.cred, &keys[1], &id, NULL, &mine), 0);
    EXPECT (PVFS_sys_geteattr (f, &L.cred, &keys[0], &rooms[0], NULL), -PVFS_ENODATA);
}

static int32_t
number_of (PVFS_object_ref f, PVFS_ds_keyval *key)
{
    int32_t n = -1;
    PVFS_ds_keyval v = keyval (&n, sizeof n);
    OK (PVFS_sys_geteattr (f, &L.cred, key, &v, NULL));
    return n;
}

static void
attributes_change_atomically (void **state)
{
    PVFS_sys_op_id id = 0;
    PVFS_object_ref f = lib_create (L.root, "atomic", 0);
    int32_t zero = 0, five = 5, old = -1, old2 = -1;
    char text[8];
    PVFS_ds_keyval keys[2] = { keyval ("user.n", 7), keyval ("user.m", 7) }, vals[2] = { keyval (&five, 4), keyval (&five, 4) };
    PVFS_ds_keyval olds[2] = { keyval (&old, 4), keyval (&old2, 4) }, v0 = keyval (&zero, 4), unwished = keyval (NULL, 0);
    PVFS_error errs[2];
    PVFS_sysresp_geteattr e = { olds, errs };
    EXPECT (F (PVFS_sys_atomiceattr) (f, &L.cred, keys, vals, olds, 0, PVFS_FETCH_AND_ADD, NULL), -PVFS_ENODATA);
    OK (PVFS_sys_atomiceattr (f, &L.cred, keys, &v0, &unwished, PVFS_XATTR_CREATE, PVFS_SWAP, NULL)); /* makes it */
    EXPECT (PVFS_sys_atomiceattr (f, &L.cred, keys, &v0, &unwished, PVFS_XATTR_CREATE, PVFS_SWAP, NULL), -PVFS_EEXIST);
    OK (PVFS_sys_atomiceattr (f, &L.cred, keys, vals, olds, 0, PVFS_FETCH_AND_ADD, NULL));
    assert_int_equal (old, 0);
    OK (PVFS_sys_atomiceattr (f, &L.cred, keys, vals, olds, 0, PVFS_FETCH_AND_ADD, NULL));
    assert_int_equal (old, 5);
    assert_int_equal (number_of (f, keys), 10);
    OK (PVFS_sys_atomiceattr (f, &L.cred, keys, vals, olds, 0, PVFS_TEST_AND_SET, NULL));
    assert_int_equal (old, 10);
    assert_int_equal (number_of (f, keys), 10); /* was not 0 */
    /* One key is missing: none is changed. */
    EXPECT (F (PVFS_sys_atomiceattr_list) (f, &L.cred, 2, keys, vals, &e, 0, PVFS_FETCH_AND_ADD, NULL), -PVFS_ENODATA);
    EXPECT (errs[0], 0);
    EXPECT (errs[1], -PVFS_ENODATA);
    assert_int_equal (number_of (f, keys), 10);
    ENDED (F (PVFS_isys_atomiceattr_list) (f, &L.cred, 2, keys, vals, &e, 0, &id, PVFS_SWAP, NULL, &mine), 0);
    assert_int_equal (number_of (f, &keys[1]), 5);
    OK (PVFS_sys_atomiceattr (f, &L.cred, keys, &v0, &unwished, 0, PVFS_SWAP, NULL));
    OK (PVFS_sys_atomiceattr (f, &L.cred, keys, vals, olds, 0, PVFS_TEST_AND_SET, NULL));
    assert_int_equal (number_of (f, keys), 1); /* was 0 */
    /* Refused before anything happens: no such opcode, no number, no room. */
    PVFS_ds_keyval wrong = keyval ("abc", 3), small = keyval (text, 3);
    EXPECT (PVFS_sys_atomiceattr (f, &L.cred, keys, vals, olds, 0, 3, NULL), -PVFS_EINVAL);
    EXPECT (PVFS_sys_atomiceattr (f, &L.cred, keys, &wrong, olds, 0, PVFS_FETCH_AND_ADD, NULL), -PVFS_EINVAL);
    EXPECT (PVFS_sys_atomiceattr (f, &L.cred, keys, vals, &small, 0, PVFS_FETCH_AND_ADD, NULL), -PVFS_EINVAL);
    assert_int_equal (number_of (f, keys), 1);
}

static void
data (void **state)
{
    PVFS_sys_op_id id = 0, ids[4];
    PVFS_object_ref f = lib_create (L.root, "data", 4);
    PVFS_sysresp_io io;
    PVFS_sysresp_statfs st;
    PVFS_Request mem;
    char buf[8] = "";
    int n = 4, errs[4];
    void *users[4];
    OK (PVFS_Request_contiguous (8, PVFS_BYTE, &mem));
    OK (F (PVFS_sys_io) (f, PVFS_BYTE, 0, "contract", mem, &L.cred, &io, PVFS_IO_WRITE, NULL));
    assert_int_equal (io.total_completed, 8);
    OK (PVFS_sys_write (f, PVFS_BYTE, 8, "contract", mem, &L.cred, &io, NULL));
    OK (PVFS_sys_read (f, PVFS_BYTE, 4, buf, mem, &L.cred, &io, NULL));
    assert_memory_equal (buf, "ractcont", 8);
    ENDED (F (PVFS_isys_io) (f, PVFS_BYTE, 0, buf, mem, &L.cred, &io, PVFS_IO_READ, &id, NULL, &mine), 0);
    assert_memory_equal (buf, "contract", 8);
    ENDED (PVFS_isys_write (f, PVFS_BYTE, 0, buf, mem, &L.cred, &io, &id, NULL, &mine), 0);
    ENDED (PVFS_isys_read (f, PVFS_BYTE, 0, buf, mem, &L.cred, &io, &id, NULL, &mine), 0);
    OK (F (PVFS_sys_truncate) (f, 5, &L.cred, NULL));
    ENDED (F (PVFS_isys_truncate) (f, 7, &L.cred, &id, NULL, &mine), 0);
    assert_int_equal (lib_size (f), 7);
    OK (F (PVFS_sys_flush) (f, &L.cred, NULL));
    ENDED (F (PVFS_isys_flush) (f, &L.cred, &id, NULL, &mine), 0);
    OK (F (PVFS_sys_statfs) (L.fs, &L.cred, &st, NULL));
    assert_int_equal (st.server_count, 4);
    ENDED (F (PVFS_isys_statfs) (L.fs, &L.cred, &st, &id, NULL, &mine), 0);
    /* testsome, testany: ids and user pointers come back. */
    int posted = PVFS_isys_flush (f, &L.cred, &id, NULL, &mine);
    OK (F (PVFS_sys_testsome) (ids, &n, users, errs, 10000));
    assert_int_equal (n, posted == 0);
    if (n == 1) {
        assert_int_equal (ids[0], id);
        assert_ptr_equal (users[0], &mine);
        OK (errs[0]);
    }
    posted = PVFS_isys_statfs (L.fs, &L.cred, &st, &id, NULL, &mine);
    n = 4;
    OK (F (PVFS_sys_testany) (ids, &n, NULL, errs, 10000));
    assert_int_equal (n, posted == 0);
    posted = PVFS_isys_flush (f, &L.cred, &id, NULL, &mine);
    if (posted == 0) {
        int error;
        OK (F (PVFS_sys_cancel) (id));
        OK (PVFS_sys_wait (id, "cancelled", &error));
        assert_true (error == 0 || error == -PVFS_ECANCEL);
    }
    EXPECT (F (PVFS_sys_cancel) (id), -PVFS_EINVAL);
    posted = PVFS_isys_flush (f, &L.cred, &id, NULL, &mine);
    if (posted == 0)
        OK (PINT_sys_release (id));
    EXPECT (PVFS_sys_wait (id, "released", errs), -PVFS_EINVAL);
    PVFS_Request_free (&mem);
}

static void
distributions (void **state)
{
    PVFS_sys_dist *d = F (PVFS_sys_dist_lookup) ("simple_stripe");
    PVFS_size strip = 4096;
    PVFS_sysresp_create made;
    OK (F (PVFS_sys_dist_setparam) (d, "strip_size", &strip));
    OK (F (PVFS_dist_pv_pair_split) ("strip_size:8192", d));
    OK (F (PVFS_dist_pv_pairs_extract_and_add) ("strip_size:16384", d));
    OK (PVFS_sys_create ("dist", L.root, lib_attr (0644, 0), &L.cred, d, &made, NULL, NULL));
    OK (F (PVFS_sys_dist_free) (d));
    PVFS_sys_attr a = lib_getattr (made.ref, PVFS_ATTR_SYS_DFILE_COUNT);
    assert_string_equal (a.dist_params, "strip_size:16384");
    PVFS_util_release_sys_attr (&a);
    unsigned ms = 0;
    OK (F (PVFS_sys_set_info) (PVFS_SYS_NCACHE_TIMEOUT_MSECS, 0));
    OK (F (PVFS_sys_get_info) (PVFS_SYS_MSG_TIMEOUT_SECS, &ms));
    assert_true (ms > 0);
}

/* --- management ----------------------------------------------------------------------------------------------------------------------- */

static PVFS_BMI_addr_t servers[8];
static int nservers = 8;

static void
servers_and_parameters (void **state)
{
    PVFS_sys_op_id id = 0;
    struct PVFS_mgmt_setparam_value v = { .type = PVFS_MGMT_PARAM_TYPE_UINT64, .u.value = (uint64_t) L.fs };
    PVFS_error_details *d = PVFS_error_details_new (4);
    int n, type;
    OK (F (PVFS_mgmt_count_servers) (L.fs, PVFS_MGMT_META_SERVER | PVFS_MGMT_IO_SERVER, &n));
    assert_int_equal (n, 4);
    OK (F (PVFS_mgmt_get_server_array) (L.fs, PVFS_MGMT_IO_SERVER, servers, &nservers));
    assert_int_equal (nservers, 4);
    const char *addr = F (PVFS_mgmt_map_addr) (L.fs, servers[0], &type);
    assert_string_equal (addr, L.cluster.server[0].addr);
    OK (F (PVFS_mgmt_noop) (L.fs, &L.cred, servers[1], NULL));
    int posted = F (PVFS_imgmt_noop) (L.fs, &L.cred, servers[1], &id, NULL, &mine), error = 0;
    if (posted == 0)
        OK (F (PVFS_mgmt_wait) (id, "noop", &error));
    OK (error);
    OK (F (PVFS_mgmt_setparam_list) (L.fs, &L.cred, PVFS_SERV_PARAM_FSID_CHECK, &v, servers, nservers, d, NULL));
    ENDED (F (PVFS_imgmt_setparam_list) (L.fs, &L.cred, PVFS_SERV_PARAM_FSID_CHECK, &v, servers, nservers, d, NULL, &id, &mine), 0);
    OK (F (PVFS_mgmt_setparam_all) (L.fs, &L.cred, PVFS_SERV_PARAM_FSID_CHECK, &v, d, NULL));
    OK (F (PVFS_mgmt_setparam_single) (L.fs, &L.cred, PVFS_SERV_PARAM_FSID_CHECK, &v, L.cluster.server[2].addr, d, NULL));
    v.u.value = 1;
    EXPECT (PVFS_mgmt_setparam_all (L.fs, &L.cred, PVFS_SERV_PARAM_FSID_CHECK, &v, d, NULL), -PVFS_EDETAIL);
    assert_int_equal (d->count_used, 4);
    EXPECT (d->error[3].error, -PVFS_ENOENT);
    PVFS_error_details_free (d);
    PVFS_mgmt_op_id ids[4];
    int errs[4];
    posted = PVFS_imgmt_noop (L.fs, &L.cred, servers[1], &id, NULL, &mine);
    n = 4;
    OK (F (PVFS_mgmt_testsome) (ids, &n, NULL, errs, 10000));
    assert_int_equal (n, posted == 0);
    posted = PVFS_imgmt_noop (L.fs, &L.cred, servers[1], &id, NULL, &mine);
    if (posted == 0) {
        OK (F (PVFS_mgmt_cancel) (id));
        OK (PINT_mgmt_release (id));
    } else {
        EXPECT (F (PVFS_mgmt_cancel) (id), -PVFS_EINVAL);
    }
    char conf[65536];
    OK (F (PVFS_mgmt_get_config) (&L.fs, &servers[0], conf, sizeof conf, &L.cred));
    assert_non_null (strstr (conf, "pvfs2-fs"));
    EXPECT (PVFS_mgmt_get_config (&L.fs, &servers[0], conf, 10, &L.cred), -PVFS_ERANGE);
}

static void
what_servers_count (void **state)
{
    PVFS_sys_op_id id = 0;
    struct PVFS_mgmt_server_stat stats[4];
    int64_t counters[4][PVFS_PERF_KEY_COUNT + 2], *rows[4];
    uint64_t times[4];
    uint32_t next[4] = { 0 };
    int n = 4, keys = PVFS_PERF_KEY_COUNT, samples = 1;
    OK (F (PVFS_mgmt_statfs_list) (L.fs, &L.cred, stats, servers, 4, NULL, NULL));
    ENDED (F (PVFS_imgmt_statfs_list) (L.fs, &L.cred, stats, servers, 4, NULL, &id, NULL, &mine), 0);
    OK (F (PVFS_mgmt_statfs_all) (L.fs, &L.cred, stats, &n, NULL, NULL));
    assert_int_equal (stats[3].server_type, PVFS_MGMT_IO_SERVER | PVFS_MGMT_META_SERVER);
    for (int i = 0; i < 4; i++)
        rows[i] = counters[i];
    OK (F (PVFS_mgmt_perf_mon_list) (L.fs, &L.cred, PVFS_PERF_COUNTER, rows, times, servers, next, 4, &keys, &samples, NULL, NULL));
    assert_true (counters[0][PVFS_PERF_REQUESTS] > 0);
    ENDED (F (PVFS_imgmt_perf_mon_list) (L.fs, &L.cred, PVFS_PERF_COUNTER, rows, times, servers, next, 4, &keys, &samples, NULL, &id, NULL,
                                       &mine), 0);

    /* A request that fails shows in the events: begun, and ended with its error. */
    enum { EVENTS = 32 };
    struct PVFS_mgmt_event events[4][EVENTS], *event_rows[4] = { events[0], events[1], events[2], events[3] };
    PVFS_object_ref none = { L.root.handle + 12345, L.fs, 0 };
    PVFS_sysresp_getattr got;
    EXPECT (PVFS_sys_getattr (none, PVFS_ATTR_SYS_COMMON_ALL, &L.cred, &got, NULL), -PVFS_ESTALE);
    OK (F (PVFS_mgmt_event_mon_list) (L.fs, &L.cred, event_rows, servers, 4, EVENTS, NULL, NULL));
    ENDED (F (PVFS_imgmt_event_mon_list) (L.fs, &L.cred, event_rows, servers, 4, EVENTS, NULL, &id, NULL, &mine), 0);
    bool seen = false;
    for (int i = 0; i < 4 * EVENTS; i++)
        seen = seen || (events[i / EVENTS][i % EVENTS].flags == PVFS_EVENT_FLAG_END && events[i / EVENTS][i % EVENTS].value == PVFS_ESTALE);
    assert_true (seen);

    /* Another user is the last one who was seen. */
    PVFS_uid_info_s users[4][PVFS_MGMT_UID_MAX], *user_rows[4] = { users[0], users[1], users[2], users[3] };
    uint32_t counts[4];
    PVFS_credential other;
    OK (PVFS_util_gen_credential ("4242", "4242", 0, NULL, NULL, &other));
    for (int i = 0; i < 3; i++)
        OK (PVFS_mgmt_noop (L.fs, &other, servers[2], NULL));
    OK (F (PVFS_mgmt_get_uid_list) (L.fs, &L.cred, 4, servers, 0, user_rows, counts, NULL, NULL));
    assert_true (counts[2] >= 2);
    assert_int_equal (users[2][0].uid, L.cred.userid); /* who asks for the list is one, too */
    assert_int_equal (users[2][1].uid, 4242);
    assert_int_equal (users[2][1].count, 3);
    ENDED (F (PVFS_imgmt_get_uid_list) (L.fs, &L.cred, 4, servers, 3600, user_rows, counts, &id, NULL, &mine), 0);
    EXPECT (PVFS_mgmt_get_uid_list (L.fs, &other, 4, servers, 0, user_rows, counts, NULL, NULL), -PVFS_EDETAIL); /* not root's */
}

static void
handles_and_repairs (void **state)
{
    PVFS_sys_op_id id = 0;
    PVFS_object_ref d = lib_mkdir (L.root, "repairs"), f = lib_create (d, "f", 2), ref;
    PVFS_handle dfiles[3], dirdata[2], more[1], list[4][512], *rows[4] = { list[0], list[1], list[2], list[3] };
    PVFS_ds_position at[4];
    PVFS_BMI_addr_t addr;
    PVFS_sysresp_create made;
    int counts[4];
    lib_write (f, 65536, "!", 1); /* both datafiles are there */
    OK (F (PVFS_mgmt_get_dfile_array) (f, &L.cred, dfiles, 3, NULL));
    assert_true (dfiles[0] && dfiles[1] && !dfiles[2]);
    ENDED (F (PVFS_imgmt_get_dfile_array) (f, &L.cred, dfiles, 2, &id, NULL, &mine), 0);
    OK (F (PVFS_mgmt_get_dirdata_array) (d, &L.cred, dirdata, 2, NULL));
    ENDED (F (PVFS_imgmt_get_dirdata_array) (d, &L.cred, dirdata, 2, &id, NULL, &mine), 0);
    OK (F (PVFS_mgmt_get_dirdata_handle) (d, more, &L.cred, NULL));
    ENDED (F (PVFS_imgmt_get_dirdata_handle) (d, more, &L.cred, &id, NULL, &mine), 0);
    assert_int_equal (dirdata[0], more[0]);
    EXPECT (PVFS_mgmt_get_dirdata_handle (f, more, &L.cred, NULL), -PVFS_ENOTDIR);
    OK (F (PVFS_mgmt_map_handle) (L.fs, dfiles[1], &addr));
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < 4; i++) {
            at[i] = PVFS_ITERATE_START;
            counts[i] = 512;
        }
        if (round)
            ENDED (F (PVFS_imgmt_iterate_handles_list) (L.fs, &L.cred, rows, counts, at, servers, 4, 0, NULL, NULL, &id, &mine), 0);
        else
            OK (F (PVFS_mgmt_iterate_handles_list) (L.fs, &L.cred, rows, counts, at, servers, 4, 0, NULL, NULL));
        assert_true (counts[0] > 0);
    }

    /* A name is lost and given back. */
    OK (F (PVFS_mgmt_remove_dirent) (d, "f", &L.cred, NULL));
    EXPECT (lib_try_lookup (d, "f", &ref), -PVFS_ENOENT);
    assert_int_equal (lib_getattr (d, PVFS_ATTR_SYS_DIRENT_COUNT).dirent_count, 0);
    assert_int_equal (lib_size (f), 65537); /* the object is there */
    OK (F (PVFS_mgmt_create_dirent) (d, "found", f.handle, &L.cred, NULL));
    OK (lib_try_lookup (d, "found", &ref));
    assert_int_equal (ref.handle, f.handle);
    EXPECT (PVFS_mgmt_create_dirent (d, "found", f.handle, &L.cred, NULL), -PVFS_EEXIST);
    EXPECT (PVFS_mgmt_create_dirent (d, "datafile", dfiles[0], &L.cred, NULL), -PVFS_EINVAL);
    ENDED (F (PVFS_imgmt_remove_dirent) (d, "found", &L.cred, &id, NULL, &mine), 0);
    ENDED (F (PVFS_imgmt_create_dirent) (d, "f", f.handle, &L.cred, &id, NULL, &mine), 0);
    EXPECT (PVFS_mgmt_remove_dirent (d, "nothing", &L.cred, NULL), -PVFS_ENOENT);

    /* The metafile is lost; its first datafile becomes a file again. */
    lib_write (f, 0, "treasure", 8);
    OK (F (PVFS_mgmt_remove_object) (f, &L.cred, NULL));
    OK (PVFS_mgmt_remove_dirent (d, "f", &L.cred, NULL));
    OK (F (PVFS_mgmt_repair_file) ("again", d, lib_attr (0600, 0), &L.cred, dfiles[0], &made));
    char buf[16];
    assert_int_equal (lib_read (made.ref, 0, buf, sizeof buf), 8);
    assert_memory_equal (buf, "treasure", 8);
    OK (lib_try_lookup (d, "again", &ref));
    assert_int_equal (ref.handle, made.ref.handle);
    EXPECT (PVFS_mgmt_repair_file ("again", d, lib_attr (0600, 0), &L.cred, dfiles[0], &made), -PVFS_EEXIST);
    EXPECT (PVFS_mgmt_repair_file ("no", d, lib_attr (0600, 0), &L.cred, d.handle, &made), -PVFS_EINVAL);
    ENDED (F (PVFS_imgmt_repair_file) ("second", d, lib_attr (0600, 0), &L.cred, dfiles[1], &made, &id, &mine), 0);
    ENDED (F (PVFS_imgmt_remove_object) (made.ref, &L.cred, &id, NULL, &mine), 0);
    EXPECT (PVFS_mgmt_remove_object (made.ref, &L.cred, NULL), -PVFS_ENOENT);
    EXPECT (PVFS_mgmt_remove_object (L.root, &L.cred, NULL), -PVFS_EBUSY);
    PVFS_credential other;
    OK (PVFS_util_gen_credential ("4242", "4242", 0, NULL, NULL, &other));
    EXPECT (PVFS_mgmt_remove_dirent (d, "second", &other, NULL), -PVFS_EPERM);
}

/* --- mounts; last, since it begins anew -------------------------------------------------------------------------------------- */

static void
mount_entries (void **state)
{
    PVFS_sys_op_id id = 0;
    char table[600], dir[512], path[1100], inside[PVFS_NAME_MAX];
    struct PVFS_sys_mntent copy, copy2;
    PVFS_fs_id fs;
    OK (F (PVFS_sys_finalize) ());
    snprintf (dir, sizeof dir, "%s/mnt", L.cluster.dir);
    snprintf (table, sizeof table, "%s/pvfs2tab", L.cluster.dir);
    FILE *f = fopen (table, "w");
    fprintf (f, "%s/pvfs2-fs %s pvfs2 defaults 0 0\n", L.cluster.server[0].addr, dir);
    fclose (f);
    setenv ("PVFS2TAB_FILE", table, 1);
    OK (F (PVFS_util_init_defaults) ());
    const PVFS_util_tab *tab = F (PVFS_util_parse_pvfstab) (NULL);
    assert_int_equal (tab->mntent_count, 1);
    OK (F (PVFS_util_get_default_fsid) (&fs));
    assert_int_equal (fs, L.fs);
    snprintf (path, sizeof path, "%s/a/b", dir);
    OK (F (PVFS_util_resolve) (path, &fs, inside, sizeof inside));
    assert_string_equal (inside, "/a/b");
    OK (F (PVFS_util_resolve_absolute) (path));
    OK (F (PVFS_util_get_mntent_copy) (L.fs, &copy));
    OK (F (PVFS_util_copy_mntent) (&copy2, &copy));
    F (PVFS_util_free_mntent) (&copy2);
    OK (F (PVFS_sys_fs_remove) (&copy));
    OK (F (PVFS_sys_fs_add) (&copy));
    OK (F (PVFS_sys_fs_remove) (&copy));
    ENDED (F (PVFS_isys_fs_add) (&copy, &id, &mine), 0);
    PVFS_util_free_mntent (&copy);
    struct PVFS_sys_mntent *entry = F (PVFS_util_gen_mntent) (L.cluster.server[1].addr, "pvfs2-fs");
    entry->fs_id = L.fs;
    entry->mnt_dir = strdup ("/contract");
    OK (F (PVFS_util_add_dynamic_mntent) (entry));
    OK (F (PVFS_util_remove_internal_mntent) (entry));
    F (PVFS_util_gen_mntent_release) (entry);
    F (PINT_release_pvfstab) ();
    unsetenv ("PVFS2TAB_FILE");
    OK (PVFS_sys_finalize ());
    OK (F (PVFS_sys_initialize) (0));
    PVFS_sysresp_lookup resp = { .ref = { 0, 0, 0 } };
    OK (PVFS_sys_fs_add (L.entry));
    OK (PVFS_sys_lookup (L.fs, "/", &L.cred, &resp, PVFS2_LOOKUP_LINK_FOLLOW, NULL));
}

static void
no_function_was_left_out (void **state)
{
    int missing = 0;
    for (int i = 0; i < NFUNCTIONS; i++)
        if (!functions[i].times) {
            print_error ("%s was not called\n", functions[i].name);
            missing++;
        }
    assert_int_equal (missing, 0);
    printf ("# %d functions\n", NFUNCTIONS);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (texts_are_the_originals),
        cmocka_unit_test (utilities),
        cmocka_unit_test (hints),
        cmocka_unit_test (requests),
        cmocka_unit_test (names),
        cmocka_unit_test (attributes),
        cmocka_unit_test (attributes_change_atomically),
        cmocka_unit_test (data),
        cmocka_unit_test (distributions),
        cmocka_unit_test (servers_and_parameters),
        cmocka_unit_test (what_servers_count),
        cmocka_unit_test (handles_and_repairs),
        cmocka_unit_test (mount_entries),
        cmocka_unit_test (no_function_was_left_out),
    };
    return cmocka_run_group_tests (tests, setup, lib_teardown);
}
