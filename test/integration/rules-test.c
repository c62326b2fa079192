/*
 * The rules of behaviour that MPI-IO drivers rely on beyond prototypes (the contract's §6), and distributions as users choose them, over
 * four servers. What two processes have to do with each other is in contract-compat.c.
 */
#include "lib.h"

#include <fcntl.h>
#include <malloc.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static int
setup (void **state)
{
    struct cluster_spec spec = { .nservers = 4, .forget = cluster_can_forget () };
    lib_up (&spec);
    return 0;
}

static PVFS_Request
contiguous (int32_t n)
{
    PVFS_Request r;
    OK (PVFS_Request_contiguous (n, PVFS_BYTE, &r));
    return r;
}

static struct {
    void (*work) (void *);
    void *arg;
} child;

static void
work_of_the_child (void **state)
{
    child.work (child.arg);
}

static void
show_file (const char *path)
{
    char line[512];
    FILE *f = fopen (path, "r");
    while (f && fgets (line, sizeof line, f))
        print_error ("child: %s", line);
    if (f)
        fclose (f);
}

/* A child process does it, as a test run of its own, so that a failure there does not go on with our tests. */
static void
in_child (void (*work) (void *), void *arg)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test (work_of_the_child) };
    char log[600];
    int status;
    snprintf (log, sizeof log, "%s/child.log", L.cluster.dir);
    child.work = work;
    child.arg = arg;
    fflush (NULL);
    pid_t pid = fork ();
    assert_true (pid >= 0);
    if (pid == 0) {
        int fd = open (log, O_WRONLY | O_CREAT | O_TRUNC, 0600);
        dup2 (fd, 1);
        dup2 (fd, 2);
        int bad = cmocka_run_group_tests (tests, NULL, NULL);
        fflush (NULL);
        _exit (bad != 0);
    }
    assert_int_equal (waitpid (pid, &status, 0), pid);
    if (status)
        show_file (log);
    assert_int_equal (status, 0);
}

/* --- beginning and end --------------------------------------------------------------------------------------------------------------- */

static void
use_table (const char *line)
{
    char path[600];
    snprintf (path, sizeof path, "%s/tab", L.cluster.dir);
    FILE *f = fopen (path, "w");
    fprintf (f, "%s\n", line);
    fclose (f);
    setenv ("PVFS2TAB_FILE", path, 1);
}

/* A mount by somebody else is a standard table too. */
static bool
machine_has_a_table (void)
{
    char line[1024];
    bool has = access ("/etc/pvfs2tab", F_OK) == 0;
    FILE *f = fopen ("/etc/mtab", "r");
    while (f && fgets (line, sizeof line, f))
        has = has || strstr (line, "pvfs2");
    if (f)
        fclose (f);
    return has;
}

static void
init_twice_in_vain_and_then_well (void *arg)
{
    char line[300];
    PVFS_fs_id fs;
    use_table ("# nothing");
    for (int i = 0; i < 2 && !machine_has_a_table (); i++)
        EXPECT (PVFS_util_init_defaults (), -PVFS_ENOENT);
    use_table ("tcp://127.0.0.1:1/pvfs2-fs /mnt/x pvfs2 defaults 0 0");
    EXPECT (PVFS_util_init_defaults (), -PVFS_ENODEV);
    EXPECT (PVFS_util_init_defaults (), -PVFS_ENODEV);
    snprintf (line, sizeof line, "%s/pvfs2-fs /mnt/x pvfs2 defaults 0 0", L.cluster.server[0].addr);
    use_table (line);
    OK (PVFS_util_init_defaults ());
    OK (PVFS_util_init_defaults ());
    OK (PVFS_util_get_default_fsid (&fs));
    assert_int_equal (fs, L.fs);
    OK (PVFS_sys_finalize ());
    OK (PVFS_sys_finalize ());
}

static void
a_failed_start_can_be_repeated (void **state)
{
    in_child (init_twice_in_vain_and_then_well, NULL);
}

static void
begin_and_end (void *arg)
{
    int fds = 0, tasks = 0;
    for (int i = 0; i < 50; i++) {
        PVFS_object_ref ref;
        lib_mount ("pvfs2-fs");
        OK (lib_try_lookup (L.root, "many", &ref));
        lib_unmount ();
        if (i == 2) {
            fds = cluster_count_dir (getpid (), "fd");
            tasks = cluster_count_dir (getpid (), "task");
        }
    }
    assert_int_equal (cluster_count_dir (getpid (), "fd"), fds);
    assert_int_equal (cluster_count_dir (getpid (), "task"), tasks);
}

static void
fifty_beginnings_and_ends_leave_nothing_behind (void **state)
{
    lib_create (L.root, "many", 0);
    in_child (begin_and_end, NULL);
}

/* One server is stopped, so that nothing that asks it can end. */
static void
finalize_with_posted_operations (void *arg)
{
    enum { N = 40 };
    static char buf[N][4096];
    static PVFS_sysresp_io io[N];
    PVFS_sys_op_id ids[N];
    int posted = 0;
    lib_mount ("pvfs2-fs");
    PVFS_object_ref f;
    PVFS_Request mem = contiguous (4096);
    OK (lib_try_lookup (L.root, "posted", &f));
    lib_write (f, 0, buf[0], 4096);
    kill (L.cluster.server[0].pid, SIGSTOP);
    kill (L.cluster.server[1].pid, SIGSTOP);
    for (int i = 0; i < N; i++)
        posted += PVFS_isys_write (f, PVFS_BYTE, i * 65536, buf[i], mem, &L.cred, &io[i], &ids[i], NULL, NULL) == 0;
    PVFS_Request_free (&mem);
    double from = lib_now ();
    OK (PVFS_sys_finalize ());
    double took = lib_now () - from;
    kill (L.cluster.server[0].pid, SIGCONT);
    kill (L.cluster.server[1].pid, SIGCONT);
    assert_true (posted > 0);
    assert_true (took < 5);
    int error;
    EXPECT (PVFS_sys_wait (ids[0], "late", &error), -PVFS_EDEVINIT);
}

static void
finalize_does_not_wait_for_what_is_outstanding (void **state)
{
    lib_create (L.root, "posted", 4);
    in_child (finalize_with_posted_operations, NULL);
}

static void
child_of_an_instance (void *arg)
{
    PVFS_object_ref ref;
    PVFS_sysresp_getattr got;
    PVFS_object_ref *f = arg;
    EXPECT (PVFS_sys_getattr (*f, PVFS_ATTR_SYS_SIZE, &L.cred, &got, NULL), -PVFS_EDEVINIT);
    OK (PVFS_sys_finalize ()); /* of nothing */
    lib_mount ("pvfs2-fs");
    OK (lib_try_lookup (L.root, "forked", &ref));
    lib_write (ref, 0, "child", 5);
    lib_unmount ();
}

static void
after_fork_both_go_on (void **state)
{
    PVFS_object_ref f = lib_create (L.root, "forked", 0);
    char buf[8];
    lib_write (f, 0, "parent", 6);
    in_child (child_of_an_instance, &f);
    assert_int_equal (lib_read (f, 0, buf, 6), 6);
    assert_memory_equal (buf, "childt", 6);
}

/* --- output and memory ------------------------------------------------------------------------------------------------------- */

static void
many_failures (void *arg)
{
    const char *path = arg;
    PVFS_object_ref ref = { 12345, L.fs, 0 };
    PVFS_sysresp_getattr got;
    PVFS_sysresp_getparent parent;
    int fd = open (path, O_WRONLY | O_CREAT | O_TRUNC, 0600), out = dup (1), err = dup (2);
    fflush (NULL);
    dup2 (fd, 1);
    dup2 (fd, 2);
    use_table ("tcp://127.0.0.1:1/pvfs2-fs /mnt/x pvfs2 defaults 0 0");
    PVFS_util_init_defaults ();
    use_table ("this is no table");
    PVFS_util_init_defaults ();
    lib_mount ("pvfs2-fs");
    PVFS_sys_getattr (ref, PVFS_ATTR_SYS_ALL, &L.cred, &got, NULL);
    PVFS_sys_getparent (L.fs, "/no/such/thing", &L.cred, &parent, NULL);
    PVFS_sys_remove ("nothing", L.root, &L.cred, NULL);
    PVFS_sys_set_info (PVFS_SYS_MSG_TIMEOUT_SECS, 1);
    kill (L.cluster.server[0].pid, SIGSTOP);
    PVFS_sys_getattr (L.root, PVFS_ATTR_SYS_ALL, &L.cred, &got, NULL);
    kill (L.cluster.server[0].pid, SIGCONT);
    PVFS_sys_finalize ();
    fflush (NULL);
    dup2 (out, 1);
    dup2 (err, 2);
}

static void
nothing_is_printed_unasked (void **state)
{
    char path[600];
    struct stat st;
    snprintf (path, sizeof path, "%s/output", L.cluster.dir);
    in_child (many_failures, path);
    assert_int_equal (stat (path, &st), 0);
    assert_int_equal (st.st_size, 0);
}

static void
credentials_own_no_heap (void **state)
{
    PVFS_credential c[64], copy;
    size_t before = mallinfo2 ().uordblks;
    for (int i = 0; i < 64; i++)
        OK (PVFS_util_gen_credential_defaults (&c[i]));
    assert_int_equal (mallinfo2 ().uordblks, before);
    copy = c[0];
    memset (&c[0], 0, sizeof c[0]);
    PVFS_sysresp_getattr got;
    OK (PVFS_sys_getattr (L.root, PVFS_ATTR_SYS_COMMON_ALL, &copy, &got, NULL));
}

static void
a_size_alone_allocates_nothing (void **state)
{
    PVFS_object_ref f = lib_create (L.root, "size", 4);
    PVFS_sysresp_getattr got;
    lib_write (f, 99, "x", 1);
    memset (&got, 0x55, sizeof got); /* the driver does not clear it */
    OK (PVFS_sys_getattr (f, PVFS_ATTR_SYS_SIZE, &L.cred, &got, NULL));
    assert_int_equal (got.attr.size, 100);
    assert_null (got.attr.link_target);
    assert_null (got.attr.dist_name);
    assert_null (got.attr.dist_params);
}

static void
limits_are_refused_and_not_wrapped (void **state)
{
    PVFS_object_ref f = lib_create (L.root, "limits", 0);
    PVFS_Request r, one = contiguous (1);
    PVFS_sysresp_create made;
    PVFS_sysresp_io io;
    PVFS_fs_id fs;
    char buf[1] = "x", path[700], inside[PVFS_NAME_MAX];
    EXPECT (PVFS_Request_contiguous ((int32_t) UINT32_C (0x80000000), PVFS_BYTE, &r), -PVFS_EINVAL);
    EXPECT (PVFS_sys_write (f, PVFS_BYTE, -1, buf, one, &L.cred, &io, NULL), -PVFS_EINVAL);
    EXPECT (PVFS_sys_truncate (f, -1, &L.cred, NULL), -PVFS_EINVAL);
    EXPECT (PVFS_sys_create ("wide", L.root, lib_attr (0644, 2000), &L.cred, NULL, &made, NULL, NULL), -PVFS_EINVAL);
    PVFS_sys_attr bare = lib_attr (0644, 0);
    bare.mask &= ~PVFS_ATTR_SYS_CTIME;
    EXPECT (PVFS_sys_create ("bare", L.root, bare, &L.cred, NULL, &made, NULL, NULL), -PVFS_EINVAL);
    OK (PVFS_sys_create ("many-datafiles", L.root, lib_attr (0644, 100), &L.cred, NULL, &made, NULL, NULL)); /* one per server */
    L.entry->mnt_dir = strdup ("/rules");
    OK (PVFS_util_add_dynamic_mntent (L.entry));
    memset (path, 'x', sizeof path);
    memcpy (path, "/rules/", 7);
    path[6 + PVFS_NAME_MAX - 1] = 0; /* 255 bytes inside the volume */
    OK (PVFS_util_resolve (path, &fs, inside, PVFS_NAME_MAX));
    assert_string_equal (inside, path + 6);
    path[6 + PVFS_NAME_MAX - 1] = 'x';
    path[6 + PVFS_NAME_MAX] = 0;
    EXPECT (PVFS_util_resolve (path, &fs, inside, PVFS_NAME_MAX), -PVFS_ENAMETOOLONG);
    OK (PVFS_util_remove_internal_mntent (L.entry));
    PVFS_Request_free (&one);
}

/* --- requests ---------------------------------------------------------------------------------------------------------------- */

static void
a_request_outlives_what_it_was_built_from (void **state)
{
    PVFS_object_ref f = lib_create (L.root, "built", 4);
    PVFS_Request inner, outer, mem = contiguous (8);
    PVFS_sysresp_io io;
    char buf[32];
    int32_t *lens = malloc (2 * sizeof *lens);
    PVFS_size *disps = malloc (2 * sizeof *disps), size;
    lens[0] = lens[1] = 1;
    disps[0] = 0;
    disps[1] = 10;
    OK (PVFS_Request_vector (2, 2, 3, PVFS_BYTE, &inner)); /* xx.xx */
    OK (PVFS_Request_hindexed (2, lens, disps, inner, &outer));
    memset (lens, 0xff, 2 * sizeof *lens);
    memset (disps, 0xff, 2 * sizeof *disps);
    free (lens);
    free (disps);
    OK (PVFS_Request_free (&inner));
    OK (PVFS_Request_size (outer, &size));
    assert_int_equal (size, 8);
    OK (PVFS_sys_write (f, outer, 0, "abcdefgh", mem, &L.cred, &io, NULL));
    OK (PVFS_Request_free (&outer));
    OK (PVFS_Request_free (&mem));
    assert_int_equal (lib_read (f, 0, buf, sizeof buf), 15);
    assert_memory_equal (buf, "ab\0cd\0\0\0\0\0ef\0gh", 15);
}

/* A file request of 3 bytes of every 7, moved by 2, written to in pieces; against a model that counts. */
static void
offsets_count_data_bytes_of_the_tiled_request (void **state)
{
    PVFS_object_ref f = lib_create (L.root, "tiled", 4);
    PVFS_Request three = contiguous (3), tile;
    PVFS_sysresp_io io;
    uint64_t seed = lib_seed ();
    uint8_t model[1024] = { 0 };
    int64_t end = 0;
    int32_t len = 1;
    PVFS_size disp = 2;
    PVFS_Request moved;
    OK (PVFS_Request_hindexed (1, &len, &disp, three, &moved));
    OK (PVFS_Request_resized (moved, 0, 7, &tile));
    for (int i = 0; i < 60; i++) {
        int64_t off = (int64_t) (lib_random (&seed) % 300), n = 1 + (int64_t) (lib_random (&seed) % 60);
        uint8_t buf[64];
        lib_fill (buf, i, (size_t) n, seed);
        for (int64_t k = 0; k < n; k++) {
            int64_t at = (off + k) / 3 * 7 + 2 + (off + k) % 3;
            model[at] = buf[k];
            end = at + 1 > end ? at + 1 : end;
        }
        PVFS_Request mem = contiguous ((int32_t) n);
        OK (PVFS_sys_write (f, tile, off, buf, mem, &L.cred, &io, NULL));
        assert_int_equal (io.total_completed, n);
        PVFS_Request_free (&mem);
    }
    lib_compare (f, model, end, 0, (size_t) end + 10);
    /* One byte as the file request, ten thousand of memory. */
    static uint8_t many[10000], back[10000];
    PVFS_Request mem = contiguous (sizeof many);
    lib_fill (many, 0, sizeof many, 3);
    OK (PVFS_sys_write (f, PVFS_CHAR, 5000, many, mem, &L.cred, &io, NULL));
    assert_int_equal (io.total_completed, sizeof many);
    assert_int_equal (lib_read (f, 5000, back, sizeof back), sizeof back);
    assert_memory_equal (many, back, sizeof back);
    PVFS_Request_free (&mem);
    PVFS_Request_free (&three);
    PVFS_Request_free (&moved);
    PVFS_Request_free (&tile);
}

/* Memory in absolute addresses, in any order, with gaps that a read must not touch, and with empty regions at both ends. */
static void
memory_from_bottom_with_gaps_and_empty_regions (void **state)
{
    PVFS_object_ref f = lib_create (L.root, "bottom", 4);
    char one[16] = "................", two[16] = "................";
    int32_t lens[5] = { 0, 4, 3, 2, 0 }, file_lens[4] = { 0, 5, 4, 0 };
    PVFS_size disps[5] = { 0, 0, 0, 0, 0 }, file_disps[4] = { 3, 10, 200000, 900000 };
    PVFS_Request mem, file;
    PVFS_sysresp_io io;
    OK (PVFS_Address (two + 2, &disps[1]));
    OK (PVFS_Address (one + 8, &disps[2]));
    OK (PVFS_Address (one + 1, &disps[3]));
    OK (PVFS_Request_hindexed (5, lens, disps, PVFS_BYTE, &mem));
    OK (PVFS_Request_hindexed (4, file_lens, file_disps, PVFS_BYTE, &file));
    memcpy (two + 2, "abcd", 4);
    memcpy (one + 8, "efg", 3);
    memcpy (one + 1, "hi", 2);
    OK (PVFS_sys_write (f, file, 0, PVFS_BOTTOM, mem, &L.cred, &io, NULL));
    assert_int_equal (io.total_completed, 9);
    assert_int_equal (lib_size (f), 200004); /* the empty region makes nothing */
    memset (one, '.', sizeof one);
    memset (two, '.', sizeof two);
    OK (PVFS_sys_read (f, file, 0, PVFS_BOTTOM, mem, &L.cred, &io, NULL));
    assert_int_equal (io.total_completed, 9);
    assert_memory_equal (two, "..abcd..........", 16);
    assert_memory_equal (one, ".hi.....efg.....", 16);
    PVFS_Request_free (&mem);
    PVFS_Request_free (&file);
}

static void
moving_nothing_succeeds_at_once (void **state)
{
    PVFS_object_ref f = lib_create (L.root, "nothing", 0);
    PVFS_Request none = contiguous (0);
    PVFS_sysresp_io io = { 99 };
    PVFS_sys_op_id id;
    OK (PVFS_sys_write (f, PVFS_BYTE, 5, NULL, none, &L.cred, &io, NULL));
    assert_int_equal (io.total_completed, 0);
    io.total_completed = 99;
    EXPECT (PVFS_isys_read (f, PVFS_BYTE, 5, NULL, none, &L.cred, &io, &id, NULL, NULL), 1);
    assert_int_equal (io.total_completed, 0);
    assert_int_equal (lib_size (f), 0);
    PVFS_Request_free (&none);
}

static void
reads_end_at_the_end_and_see_holes_as_zeros (void **state)
{
    PVFS_object_ref f = lib_create (L.root, "holes", 4);
    uint8_t *buf = malloc (300000), zeros[100] = { 0 };
    lib_write (f, 200000, "end", 3);
    memset (buf, 0xee, 300000);
    assert_int_equal (lib_read (f, 0, buf, 300000), 200003);
    assert_memory_equal (buf, zeros, sizeof zeros);
    assert_memory_equal (buf + 200000, "end\xee", 4);
    assert_int_equal (lib_read (f, 200003, buf, 10), 0);
    free (buf);
}

/* --- data of all clients ----------------------------------------------------------------------------------------------------- */

static void
write_in_child (void *arg)
{
    const PVFS_object_ref *f = arg;
    uint8_t buf[300000];
    lib_mount ("pvfs2-fs");
    lib_fill (buf, 0, sizeof buf, 11);
    lib_write (*f, 0, buf, sizeof buf);
    lib_unmount ();
}

static void
flush_covers_what_others_have_written (void **state)
{
    static uint8_t want[300000];
    if (!cluster_can_forget ())
        skip ();
    PVFS_object_ref f = lib_create (L.root, "flushed", 4);
    in_child (write_in_child, &f);
    OK (PVFS_sys_flush (f, &L.cred, NULL));
    for (int i = 0; i < 4; i++)
        cluster_kill (&L.cluster, i);
    for (int i = 0; i < 4; i++) {
        cluster_forget (&L.cluster, i);
        assert_true (cluster_run (&L.cluster, i));
    }
    lib_fill (want, 0, sizeof want, 11);
    lib_compare (f, want, sizeof want, 0, sizeof want + 1);
}

/* --- distributions ----------------------------------------------------------------------------------------------------------- */

/* Writes and reads at random against a model; every piece may span several strips. */
static void
compare_with_model (PVFS_object_ref f, uint64_t seed)
{
    enum { SIZE = 40000 };
    static uint8_t model[SIZE];
    int64_t end = 0;
    memset (model, 0, sizeof model);
    for (int i = 0; i < 60; i++) {
        int64_t off = (int64_t) (lib_random (&seed) % (SIZE - 5000)), n = 1 + (int64_t) (lib_random (&seed) % 5000);
        if (lib_random (&seed) % 10 == 0) {
            OK (PVFS_sys_truncate (f, off, &L.cred, NULL));
            if (off < end)
                memset (model + off, 0, (size_t) (end - off));
            end = off;
        } else if (lib_random (&seed) % 3) {
            lib_fill (model + off, off, (size_t) n, seed);
            lib_write (f, off, model + off, (size_t) n);
            end = off + n > end ? off + n : end;
        } else {
            lib_compare (f, model, end, off, (size_t) n);
        }
    }
    assert_int_equal (lib_size (f), end);
    lib_compare (f, model, end, 0, SIZE);
}

static void
check_dist (PVFS_object_ref f, const char *name, const char *params, int dfiles)
{
    PVFS_sys_attr a = lib_getattr (f, PVFS_ATTR_SYS_DFILE_COUNT);
    assert_string_equal (a.dist_name, name);
    assert_string_equal (a.dist_params, params);
    if (dfiles)
        assert_int_equal (a.dfile_count, dfiles);
    PVFS_util_release_sys_attr (&a);
}

static void
every_distribution_holds_a_file (void **state)
{
    static const struct {
        const char *name, *params;
        int dfiles; /* when it has grown */
    } all[] = { { "simple_stripe", "strip_size:1000", 4 },
                { "basic_dist", "", 1 },
                { "varstrip_dist", "strips:0:500;1:1K;2:200;0:300", 3 },
                { "varstrip_dist", "strips:1:700;0:1300", 2 }, /* does not begin with node 0 */
                { "twod_stripe", "num_groups:2+strip_size:300+group_strip_factor:3", 4 },
                { "twod_stripe", "num_groups:3+strip_size:1000+group_strip_factor:2", 4 } };
    uint64_t seed = lib_seed ();
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        char name[32];
        PVFS_sysresp_create made;
        PVFS_sys_dist *d = PVFS_sys_dist_lookup (all[i].name);
        assert_non_null (d);
        if (all[i].params[0])
            OK (PVFS_dist_pv_pairs_extract_and_add (all[i].params, d));
        snprintf (name, sizeof name, "dist-%zu", i);
        OK (PVFS_sys_create (name, L.root, lib_attr (0644, 0), &L.cred, d, &made, NULL, NULL));
        OK (PVFS_sys_dist_free (d));
        compare_with_model (made.ref, seed + i);
        check_dist (made.ref, all[i].name, all[i].params, all[i].dfiles);
    }
}

static void
set_hint (PVFS_object_ref dir, const char *key, const char *value)
{
    PVFS_ds_keyval k = { (char *) key, (int32_t) strlen (key) + 1, 0 }, v = { (char *) value, (int32_t) strlen (value), 0 };
    OK (PVFS_sys_seteattr (dir, &L.cred, &k, &v, 0, NULL));
}

static void
a_directorys_hints_choose_the_distribution (void **state)
{
    PVFS_object_ref dir = lib_mkdir (L.root, "hints"), f;
    set_hint (dir, "user.pvfs2.dist_name", "varstrip_dist");
    set_hint (dir, "user.pvfs2.dist_params", "strips:0:64K;1:128K");
    f = lib_create (dir, "f", 0);
    lib_write (f, 100000, "x", 1); /* no longer stuffed */
    check_dist (f, "varstrip_dist", "strips:0:64K;1:128K", 2);
    set_hint (dir, "user.pvfs2.dist_name", "twod_stripe");
    set_hint (dir, "user.pvfs2.dist_params", "num_groups:2+strip_size:131072+group_strip_factor:128");
    f = lib_create (dir, "g", 0);
    check_dist (f, "twod_stripe", "num_groups:2+strip_size:131072+group_strip_factor:128", 0);
    set_hint (dir, "user.pvfs2.dist_params", "num_groups:0");
    EXPECT (lib_try_create (dir, "h", &f), -PVFS_EINVAL);
}

static void
viewdist_shows_it (void **state)
{
    char cmd[2048], line[256], all[2048] = "";
    snprintf (cmd, sizeof cmd, "PVFS2EP=/rules=%s/pvfs2-fs '%s/pvfs2-viewdist' -f /rules/hints/f 2>&1", L.cluster.server[0].addr,
              cluster_build ());
    FILE *p = popen (cmd, "r");
    while (fgets (line, sizeof line, p))
        strncat (all, line, sizeof all - strlen (all) - 1);
    if (pclose (p) != 0 || !strstr (all, "dist_name = varstrip_dist\n") || !strstr (all, "strips:0:64K;1:128K\n"))
        fail_msg ("%s", all);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (a_failed_start_can_be_repeated),
        cmocka_unit_test (fifty_beginnings_and_ends_leave_nothing_behind),
        cmocka_unit_test (finalize_does_not_wait_for_what_is_outstanding),
        cmocka_unit_test (after_fork_both_go_on),
        cmocka_unit_test (nothing_is_printed_unasked),
        cmocka_unit_test (credentials_own_no_heap),
        cmocka_unit_test (a_size_alone_allocates_nothing),
        cmocka_unit_test (limits_are_refused_and_not_wrapped),
        cmocka_unit_test (a_request_outlives_what_it_was_built_from),
        cmocka_unit_test (offsets_count_data_bytes_of_the_tiled_request),
        cmocka_unit_test (memory_from_bottom_with_gaps_and_empty_regions),
        cmocka_unit_test (moving_nothing_succeeds_at_once),
        cmocka_unit_test (reads_end_at_the_end_and_see_holes_as_zeros),
        cmocka_unit_test (flush_covers_what_others_have_written),
        cmocka_unit_test (every_distribution_holds_a_file),
        cmocka_unit_test (a_directorys_hints_choose_the_distribution),
        cmocka_unit_test (viewdist_shows_it),
    };
    return cmocka_run_group_tests (tests, setup, lib_teardown);
}
