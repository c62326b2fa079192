/*
 * What an operation costs: the requests that libpvfs2 sends for it in the steady state (caches as
 * by default), threads, descriptors.
 */
#include "lib.h"

#include <unistd.h>

#include "client/sysint/client.h"
#include "client/sysint/default-instance.h"
#include "client/sysint/mgmt.h"
#include "proto/ops/perf_mon.h"
#include "server/server.h"

enum { SERVERS = 4 };

static uint8_t block[8 << 20];

static int
setup (void **state)
{
    struct cluster_spec spec = { .nservers = SERVERS, .hints = "        TroveSyncMeta no\n" };
    lib_up (&spec);
    lib_create (L.root, "warm", 4); /* connections are up, the root is known */
    PVFS_sysresp_statfs s;
    OK (PVFS_sys_statfs (L.fs, &L.cred, &s, NULL));
    return 0;
}

static uint64_t
requests (void)
{
    struct client *c;
    struct msgpair_counters n;
    OK (instance_get (PVFS_CTX_DEFAULT, &c));
    msgpair_get_counters (c->msgpair, &n);
    instance_put (c);
    return n.requests;
}

#define COUNT(call)                     \
    ({                                  \
        uint64_t before_ = requests (); \
        call;                           \
        (int) (requests () - before_);  \
    })

static void
create_and_unlink_of_a_small_file_are_one_request_each (void **state)
{
    PVFS_object_ref f;
    assert_int_equal (COUNT (f = lib_create (L.root, "one", 0)), 1);
    lib_write (f, 0, block, 100);
    assert_int_equal (COUNT (PVFS_sys_remove ("one", L.root, &L.cred, NULL)), 1);
}

static void
small_reads_and_writes_are_one_request (void **state)
{
    PVFS_object_ref f = lib_create (L.root, "small", 0);
    lib_write (f, 0, block, 4096);
    assert_int_equal (COUNT (lib_write (f, 0, block, 4096)), 1);
    assert_int_equal (COUNT (lib_write (f, 4096, block, 4096)), 1);
    assert_int_equal (lib_read (f, 0, block, 4096), 4096);
    assert_int_equal (COUNT (lib_read (f, 0, block, 4096)), 1);
    assert_int_equal (COUNT (lib_read (f, 4096, block, 4096)), 1);
}

static void
the_first_write_and_read_of_a_new_file_are_one_request (void **state)
{
    PVFS_object_ref f = lib_create (L.root, "first", 0);
    assert_int_equal (COUNT (lib_write (f, 0, block, 4096)), 1);
    assert_int_equal (COUNT (lib_read (f, 0, block, 4096)), 1);
}

static void
stat_of_a_stuffed_or_empty_file_is_one_request (void **state)
{
    PVFS_object_ref empty = lib_create (L.root, "empty", 0), f = lib_create (L.root, "stuffed", 0);
    lib_write (f, 0, block, 5000);
    assert_int_equal (COUNT (lib_getattr (empty, PVFS_ATTR_SYS_COMMON_ALL | PVFS_ATTR_SYS_SIZE)),
                      1);
    assert_int_equal (COUNT (assert_int_equal (lib_size (f), 5000)), 1);
}

static void
stat_of_a_striped_file_is_one_request_and_one_per_datafile (void **state)
{
    PVFS_object_ref f = lib_create (L.root, "striped", 0);
    lib_write (f, 0, block, 1 << 20);
    int n = COUNT (assert_int_equal (lib_size (f), 1 << 20));
    printf ("# stat of a striped file: %d\n", n);
    assert_true (n <= 1 + 4);
}

static void
flush_is_at_most_one_request_per_server_and_one (void **state)
{
    PVFS_object_ref f = lib_create (L.root, "flushed", 0);
    lib_write (f, 0, block, 1 << 20);
    int n = COUNT (OK (PVFS_sys_flush (f, &L.cred, NULL)));
    printf ("# flush: %d\n", n);
    assert_true (n <= SERVERS + 1);
}

/* The named counter of each server. */
static void
server_counters (unsigned what, uint64_t ret[SERVERS])
{
    struct client *c;
    struct mgmt_target targets[SERVERS] = { { 0 } };
    struct mgmt_call call = { .targets = targets, .n = SERVERS };
    OK (instance_get (PVFS_CTX_DEFAULT, &c));
    struct sys_op *op = sys_op_new (c, &sys_mgmt_perf_mon, NULL);
    struct perf_mon_req now = { .next_id = UINT32_MAX, .keys = PERF_COUNT, .samples = 1 };
    for (int i = 0; i < SERVERS; i++)
        targets[i] = (struct mgmt_target){ .addr = 1 + i, .body = &now };
    op->a.fs = L.fs;
    op->a.resp = &call;
    assert_int_equal (sys_op_run (op), 0);
    for (int i = 0; i < SERVERS; i++) {
        assert_int_equal (targets[i].error, 0);
        ret[i] = ((const struct perf_mon_resp *) targets[i].resp)->values[what];
    }
    sys_op_free (op);
    instance_put (c);
}

static void
flush_syncs_every_datafile_and_the_log (void **state)
{
    uint64_t syncs[2][SERVERS], flushes[2][SERVERS], more = 0;
    PVFS_object_ref f = lib_create (L.root, "synced", 0);
    lib_write (f, 0, block, 1 << 20);
    server_counters (PERF_DATA_SYNCS, syncs[0]);
    server_counters (PERF_LOG_FLUSHES, flushes[0]);
    PVFS_sys_attr a = { .perms = 0600, .mask = PVFS_ATTR_SYS_PERM };
    OK (PVFS_sys_setattr (f, a, &L.cred, NULL));
    OK (PVFS_sys_flush (f, &L.cred, NULL));
    server_counters (PERF_DATA_SYNCS, syncs[1]);
    server_counters (PERF_LOG_FLUSHES, flushes[1]);
    for (int i = 0; i < SERVERS; i++) {
        assert_true (syncs[1][i] > syncs[0][i]);
        more += flushes[1][i] - flushes[0][i];
    }
    assert_true (more > 0);
}

static void
readdirplus_of_a_thousand_entries_is_at_most_20_requests (void **state)
{
    PVFS_object_ref dir = lib_mkdir (L.root, "thousand");
    char name[32];
    unsigned seen = 0;
    for (int i = 0; i < 1000; i++) {
        snprintf (name, sizeof name, "file%d", i);
        PVFS_object_ref f = lib_create (dir, name, 0);
        if (i % 10 == 0)
            lib_write (f, 0, block, 1000);
    }
    uint64_t before = requests ();
    for (PVFS_ds_position token = PVFS_READDIR_START; token != PVFS_READDIR_END;) {
        PVFS_sysresp_readdirplus r = { 0 };
        OK (PVFS_sys_readdirplus (dir, token, 1000, &L.cred, PVFS_ATTR_SYS_ALL, &r, NULL));
        for (uint32_t i = 0; i < r.pvfs_dirent_outcount; i++) {
            assert_int_equal (r.stat_err_array[i], 0);
            assert_true (r.attr_array[i].mask & PVFS_ATTR_SYS_SIZE);
            PVFS_util_release_sys_attr (&r.attr_array[i]);
        }
        seen += r.pvfs_dirent_outcount;
        free (r.dirent_array);
        free (r.stat_err_array);
        free (r.attr_array);
        token = r.token;
    }
    int n = (int) (requests () - before);
    printf ("# readdirplus of 1000 entries: %d\n", n);
    assert_int_equal (seen, 1000);
    assert_true (n <= 20);
}

static void
many_operations_of_one_thread_create_no_thread (void **state)
{
    enum { N = 64, SIZE = 100000 };
    PVFS_object_ref f = lib_create (L.root, "parallel", 0);
    PVFS_sys_op_id id[N];
    static PVFS_sysresp_io resp[N];
    PVFS_Request mem;
    int most = cluster_count_dir (getpid (), "task"), running = 0;
    lib_fill (block, 0, (size_t) N * SIZE, 9);
    OK (PVFS_Request_contiguous (SIZE, PVFS_BYTE, &mem));
    for (int i = 0; i < N; i++) {
        int r = PVFS_isys_write (f, PVFS_BYTE, (PVFS_offset) i * SIZE, block + (size_t) i * SIZE,
                                 mem, &L.cred, &resp[i], &id[running], NULL, NULL);
        assert_true (r == 0 || r == 1);
        running += r == 0;
        int now = cluster_count_dir (getpid (), "task");
        most = now > most ? now : most;
    }
    for (int i = 0; i < running; i++) {
        int error;
        OK (PVFS_sys_wait (id[i], "write", &error));
        assert_int_equal (error, 0);
        int now = cluster_count_dir (getpid (), "task");
        most = now > most ? now : most;
    }
    PVFS_Request_free (&mem);
    assert_int_equal (most, 1);
    lib_compare (f, block, (int64_t) N * SIZE, 0, (size_t) N * SIZE);
}

/* N regions of 8 bytes, one in every 64 of the file, by a list or a vector; all four servers have some. */
static PVFS_Request
regions (int32_t n, bool list)
{
    enum { PIECE = 8, STEP = 64 };
    PVFS_Request r;
    if (!list) {
        OK (PVFS_Request_hvector (n, PIECE, STEP, PVFS_BYTE, &r));
        return r;
    }
    int32_t *len = malloc ((size_t) n * sizeof *len);
    PVFS_size *disp = malloc ((size_t) n * sizeof *disp);
    assert_true (len && disp);
    for (int32_t i = 0; i < n; i++) {
        len[i] = PIECE;
        disp[i] = (PVFS_size) i * STEP;
    }
    OK (PVFS_Request_hindexed (n, len, disp, PVFS_BYTE, &r));
    free (len);
    free (disp);
    return r;
}

static int
cost_of_regions (PVFS_object_ref f, int32_t n, bool list, enum PVFS_io_type type)
{
    PVFS_Request file = regions (n, list), mem;
    PVFS_sysresp_io resp;
    OK (PVFS_Request_contiguous (8 * n, PVFS_BYTE, &mem));
    int cost = COUNT (OK (PVFS_sys_io (f, file, 0, block, mem, &L.cred, &resp, type, NULL)));
    assert_int_equal (resp.total_completed, 8 * n);
    PVFS_Request_free (&file);
    PVFS_Request_free (&mem);
    return cost;
}

/* Striped, and its layout and capability known. */
static PVFS_object_ref
known_file (const char *name)
{
    PVFS_object_ref f = lib_create (L.root, name, 4);
    lib_write (f, 0, block, 1 << 20);
    assert_int_equal (lib_read (f, 0, block, 1 << 20), 1 << 20);
    return f;
}

static void
a_hundred_thousand_regions_are_one_request_per_server (void **state)
{
    PVFS_object_ref f = known_file ("regions");
    lib_fill (block, 0, 800000, 10);
    for (int list = 0; list <= 1; list++) {
        assert_int_equal (cost_of_regions (f, 100000, list, PVFS_IO_WRITE), SERVERS);
        assert_int_equal (cost_of_regions (f, 100000, list, PVFS_IO_READ), SERVERS);
    }
}

/* A round has 262,144 regions at most. */
static void
more_regions_are_one_request_per_server_and_round (void **state)
{
    PVFS_object_ref f = known_file ("rounds");
    lib_fill (block, 0, 8 * 600000, 11);
    for (int list = 0; list <= 1; list++) {
        assert_int_equal (cost_of_regions (f, 600000, list, PVFS_IO_WRITE), 3 * SERVERS);
        assert_int_equal (cost_of_regions (f, 600000, list, PVFS_IO_READ), 3 * SERVERS);
    }
}

/* Of servers, whose descriptors of files that they keep open settle first. */
static void
connects_and_disconnects_leak_no_descriptors (void **state)
{
    int before[SERVERS], after, own = 0;
    const char *addrs[CLUSTER_MAX];
    int n = cluster_addrs (&L.cluster, addrs);
    for (int i = 0; i < 520; i++) {
        struct client *c;
        struct client_config cfg = { 0 };
        PVFS_fs_id fs;
        if (i == 20) {
            usleep (200000);
            for (int k = 0; k < SERVERS; k++)
                before[k] = cluster_count_dir (L.cluster.server[k].pid, "fd");
            own = cluster_count_dir (getpid (), "fd");
        }
        assert_int_equal (client_new (&cfg, &c), 0);
        assert_int_equal (client_mount_wait (c, addrs + i % n, 1, "pvfs2-fs", &fs), 0);
        struct sys_op *op = sys_op_new (c, &sys_statfs, NULL); /* asks all servers */
        PVFS_sysresp_statfs resp;
        op->a.fs = fs;
        op->a.resp = &resp;
        assert_int_equal (sys_op_run (op), 0);
        sys_op_free (op);
        client_free (c);
    }
    usleep (500000);
    for (int k = 0; k < SERVERS; k++) {
        after = cluster_count_dir (L.cluster.server[k].pid, "fd");
        if (after > before[k])
            fail_msg ("server %d had %d descriptors and has %d", k, before[k], after);
    }
    assert_int_equal (cluster_count_dir (getpid (), "fd"), own);
}

static void
an_idle_server_needs_little (void **state)
{
    double cpu[SERVERS];
    sleep (2); /* what the tests before have left to do */
    for (int i = 0; i < SERVERS; i++)
        cpu[i] = cluster_cpu_seconds (L.cluster.server[i].pid);
    /* The kernel counts in ticks of 10 ms: one over 12 s is below 0.1 %. */
    sleep (12);
    for (int i = 0; i < SERVERS; i++) {
        double used = cluster_cpu_seconds (L.cluster.server[i].pid) - cpu[i];
        long rss = cluster_rss_kib (L.cluster.server[i].pid);
        printf ("# server %d: %.0f ms of processor time in 12 s, %ld KiB\n", i, used * 1e3, rss);
        if (used > 0.0101)
            fail_msg ("an idle server used %.0f ms of processor time in 12 s", used * 1e3);
    }
}

static void
an_idle_server_is_small (void **state)
{
    struct cluster fresh;
    struct cluster_spec spec = { .nservers = 2 };
    cluster_start (&fresh, &spec);
    sleep (1);
    for (int i = 0; i < 2; i++) {
        long rss = cluster_rss_kib (fresh.server[i].pid);
        printf ("# idle server: %ld KiB\n", rss);
        assert_true (rss > 0 && rss <= 64 << 10);
    }
    assert_int_equal (cluster_stop (&fresh), 0);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (create_and_unlink_of_a_small_file_are_one_request_each),
        cmocka_unit_test (small_reads_and_writes_are_one_request),
        cmocka_unit_test (the_first_write_and_read_of_a_new_file_are_one_request),
        cmocka_unit_test (stat_of_a_stuffed_or_empty_file_is_one_request),
        cmocka_unit_test (stat_of_a_striped_file_is_one_request_and_one_per_datafile),
        cmocka_unit_test (flush_is_at_most_one_request_per_server_and_one),
        cmocka_unit_test (flush_syncs_every_datafile_and_the_log),
        cmocka_unit_test (readdirplus_of_a_thousand_entries_is_at_most_20_requests),
        cmocka_unit_test (many_operations_of_one_thread_create_no_thread),
        cmocka_unit_test (a_hundred_thousand_regions_are_one_request_per_server),
        cmocka_unit_test (more_regions_are_one_request_per_server_and_round),
        cmocka_unit_test (connects_and_disconnects_leak_no_descriptors),
        cmocka_unit_test (an_idle_server_needs_little),
        cmocka_unit_test (an_idle_server_is_small),
    };
    return cmocka_run_group_tests (tests, setup, lib_teardown);
}
