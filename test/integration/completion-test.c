/*
 * The completion descriptor and the calls that collect: event loops of poll and epoll over one instance and over several, with cancels, with
 * threads, and with nothing but a time-out to wait for. Threads report what they find; only the main thread asserts.
 */
#include "lib.h"

#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/epoll.h>
#include <sys/wait.h>
#include <unistd.h>

enum { BLOCK = 90000, PATIENCE_MS = 60000 };

static int
setup (void **state)
{
    struct cluster_spec spec = { .nservers = 4, .hints = "        TroveSyncMeta no\n" };
    lib_up (&spec);
    return 0;
}

/* --- an event loop's parts --------------------------------------------------------------------------------------------------- */

struct transfer {
    PVFS_Request mem;
    PVFS_sysresp_io resp;
    PVFS_sys_op_id id;
    uint8_t *buf;
    int posted, ended, error;
};

static void
post (PVFS_ctx ctx, PVFS_object_ref f, struct transfer *t, int64_t off, enum PVFS_io_type type)
{
    t->posted = t->ended = 0;
    OK (PVFS_Request_contiguous (BLOCK, PVFS_BYTE, &t->mem));
    int r = PVFS_ctx_io (ctx, f, PVFS_BYTE, off, t->buf, t->mem, &L.cred, &t->resp, type, &t->id, NULL, t);
    assert_true (r == 0 || r == 1);
    t->posted = r == 0;
    t->ended = r == 1;
    t->error = 0;
}

/* What a program does when its loop says that the descriptor is readable; returns how many operations ended. */
static int
collect (PVFS_ctx ctx)
{
    PVFS_sys_op_id ids[8];
    void *users[8];
    int errors[8], n = 8;
    OK (PVFS_ctx_testsome (ctx, ids, &n, users, errors, 0));
    for (int i = 0; i < n; i++) {
        struct transfer *t = users[i];
        assert_true (t->posted && !t->ended);
        assert_true (t->id == ids[i]);
        t->ended = 1;
        t->error = errors[i];
    }
    return n;
}

static int
readable (int fd, int ms)
{
    struct pollfd p = { fd, POLLIN, 0 };
    int r = poll (&p, 1, ms);
    assert_true (r >= 0);
    return r && p.revents == POLLIN;
}

static void
loop_until_ended (PVFS_ctx ctx, int outstanding)
{
    int fd = PVFS_ctx_completion_fd (ctx);
    assert_true (fd >= 0);
    while (outstanding > 0) {
        assert_true (readable (fd, PATIENCE_MS));
        outstanding -= collect (ctx);
    }
}

/* What is left from earlier calls may still be looked at; then there is silence. */
static void
settle (PVFS_ctx ctx)
{
    int fd = PVFS_ctx_completion_fd (ctx);
    for (int i = 0; i < 1000 && readable (fd, 100); i++)
        assert_int_equal (collect (ctx), 0);
    assert_false (readable (fd, 0));
}

static struct transfer *
transfers (int n, uint64_t seed)
{
    struct transfer *t = calloc ((size_t) n, sizeof *t);
    for (int i = 0; i < n; i++) {
        t[i].buf = malloc (BLOCK);
        lib_fill (t[i].buf, (int64_t) i * BLOCK, BLOCK, seed);
    }
    return t;
}

static void
transfers_free (struct transfer *t, int n)
{
    for (int i = 0; i < n; i++) {
        PVFS_Request_free (&t[i].mem);
        free (t[i].buf);
    }
    free (t);
}

static int
posted_of (const struct transfer *t, int n)
{
    int sum = 0;
    for (int i = 0; i < n; i++)
        sum += t[i].posted;
    return sum;
}

/* --- one instance, no threads ------------------------------------------------------------------------------------------------ */

static void
the_descriptor_is_one_and_silent_while_nothing_happens (void **state)
{
    int fd = PVFS_sys_completion_fd ();
    assert_true (fd >= 0);
    assert_int_equal (PVFS_sys_completion_fd (), fd);
    assert_int_equal (PVFS_ctx_completion_fd (PVFS_CTX_DEFAULT), fd);
    settle (PVFS_CTX_DEFAULT);
    lib_size (lib_create (L.root, "silent", 4));
    settle (PVFS_CTX_DEFAULT);
}

static void
a_loop_of_poll_ends_every_operation (void **state)
{
    enum { N = 100 };
    PVFS_object_ref f = lib_create (L.root, "poll", 4);
    struct transfer *t = transfers (N, 3), *back = transfers (N, 4);
    uint8_t *model = malloc (N * BLOCK);
    lib_fill (model, 0, N * BLOCK, 3);
    for (int i = 0; i < N; i++)
        post (NULL, f, &t[i], (int64_t) i * BLOCK, PVFS_IO_WRITE);
    loop_until_ended (NULL, posted_of (t, N));
    for (int i = 0; i < N; i++) {
        OK (t[i].error);
        assert_int_equal (t[i].resp.total_completed, BLOCK);
        post (NULL, f, &back[i], (int64_t) i * BLOCK, PVFS_IO_READ);
    }
    loop_until_ended (NULL, posted_of (back, N));
    for (int i = 0; i < N; i++) {
        OK (back[i].error);
        assert_memory_equal (back[i].buf, model + (size_t) i * BLOCK, BLOCK);
    }
    settle (NULL);
    transfers_free (t, N);
    transfers_free (back, N);
    free (model);
}

/* Completed while another call drove the library: readable without any event, until somebody collects. */
static void
it_stays_readable_until_what_completed_is_collected (void **state)
{
    PVFS_object_ref f = lib_create (L.root, "stays", 1);
    PVFS_sysresp_getattr got;
    PVFS_sys_op_id id, ids[4];
    int errors[4], n = 4, fd = PVFS_sys_completion_fd ();
    lib_write (f, 0, "x", 1);
    settle (NULL);
    int r = PVFS_isys_getattr (f, PVFS_ATTR_SYS_SIZE, &L.cred, &got, &id, NULL, NULL);
    assert_int_equal (r, 0);
    for (int i = 0; i < 50; i++) /* answers come in order: the first is in by now */
        lib_size (f);
    for (int i = 0; i < 3; i++)
        assert_true (readable (fd, 0));
    OK (PVFS_sys_cancel (id)); /* too late to change anything */
    OK (PVFS_sys_testsome (ids, &n, NULL, errors, 0));
    assert_int_equal (n, 1);
    assert_true (ids[0] == id);
    OK (errors[0]);
    settle (NULL);
}

static void
a_released_operation_is_not_heard_of (void **state)
{
    PVFS_object_ref f = lib_create (L.root, "released", 1);
    PVFS_sysresp_getattr got[2];
    PVFS_sys_op_id id[2];
    for (int i = 0; i < 2; i++)
        assert_int_equal (PVFS_isys_getattr (f, PVFS_ATTR_SYS_SIZE, &L.cred, &got[i], &id[i], NULL, NULL), 0);
    OK (PINT_sys_release (id[0]));
    EXPECT (PVFS_sys_wait (id[0], "released", NULL), -PVFS_EINVAL);
    for (int i = 0; i < 50; i++)
        lib_size (f);
    assert_true (readable (PVFS_sys_completion_fd (), 0)); /* the second has completed */
    OK (PINT_sys_release (id[1]));
    settle (NULL);
}

/* A server that ends closes a connection that nobody uses: the loop hears of it once. */
static void
a_server_that_ends_does_not_keep_an_idle_loop_awake (void **state)
{
    lib_size (lib_create (L.root, "idle", 4));
    settle (NULL);
    cluster_kill (&L.cluster, 3);
    assert_true (readable (PVFS_sys_completion_fd (), PATIENCE_MS));
    settle (NULL);
    assert_true (cluster_run (&L.cluster, 3));
    lib_size (lib_create (L.root, "idle-again", 4));
    settle (NULL);
}

static void
testing_without_time_makes_progress (void **state)
{
    PVFS_object_ref f = lib_create (L.root, "busy", 4);
    struct transfer *t = transfers (1, 5);
    double until = lib_now () + 30;
    post (NULL, f, t, 0, PVFS_IO_WRITE);
    while (!t->ended && lib_now () < until)
        collect (NULL);
    assert_true (t->ended);
    OK (t->error);
    transfers_free (t, 1);
}

static void
cancelled_operations_come_back_through_the_loop (void **state)
{
    enum { N = 60 };
    PVFS_object_ref f = lib_create (L.root, "cancel", 4);
    struct transfer *t = transfers (N, 6);
    int cancelled = 0;
    for (int i = 0; i < N; i++)
        post (NULL, f, &t[i], (int64_t) i * BLOCK, PVFS_IO_WRITE);
    for (int i = 0; i < N; i += 2)
        if (t[i].posted)
            OK (PVFS_sys_cancel (t[i].id));
    loop_until_ended (NULL, posted_of (t, N));
    for (int i = 0; i < N; i++) {
        if (i % 2)
            OK (t[i].error);
        else if (t[i].error)
            EXPECT (t[i].error, -PVFS_ECANCEL);
        cancelled += t[i].error != 0;
    }
    printf ("# %d of %d cancelled\n", cancelled, N / 2);
    assert_true (cancelled > 0);
    settle (NULL);
    transfers_free (t, N);
}

static void
management_operations_come_through_it_too (void **state)
{
    PVFS_BMI_addr_t addrs[8];
    PVFS_mgmt_op_id id[4], got[4];
    int n = 8, errors[4], fd = PVFS_sys_completion_fd (), outstanding = 0;
    OK (PVFS_mgmt_get_server_array (L.fs, PVFS_MGMT_IO_SERVER, addrs, &n));
    for (int i = 0; i < n; i++)
        outstanding += PVFS_ctx_mgmt_noop (NULL, L.fs, &L.cred, addrs[i], &id[i], NULL, NULL) == 0;
    for (int room; outstanding > 0; outstanding -= room) {
        assert_true (readable (fd, PATIENCE_MS));
        room = 4;
        OK (PVFS_mgmt_testany (got, &room, NULL, errors, 0));
        assert_true (room <= 1);
        if (room)
            OK (errors[0]);
    }
}

/* --- waitsome ---------------------------------------------------------------------------------------------------------------- */

static void
waitsome_waits_for_at_least_one (void **state)
{
    enum { N = 20 };
    PVFS_object_ref f = lib_create (L.root, "waitsome", 4);
    struct transfer *t = transfers (N, 7);
    PVFS_sys_op_id ids[4];
    void *users[4];
    int errors[4], left;
    for (int i = 0; i < N; i++)
        post (NULL, f, &t[i], (int64_t) i * BLOCK, PVFS_IO_WRITE);
    for (left = posted_of (t, N); left > 0;) {
        int n = 4;
        OK (PVFS_sys_waitsome (ids, &n, users, errors));
        assert_true (n >= 1 && n <= 4);
        for (int i = 0; i < n; i++)
            OK (errors[i]);
        left -= n;
    }
    assert_int_equal (left, 0);
    transfers_free (t, N);
}

static void
waitsome_of_nothing_returns_with_nothing (void **state)
{
    PVFS_sys_op_id ids[2];
    int errors[2], n = 2;
    OK (PVFS_sys_waitsome (ids, &n, NULL, errors));
    assert_int_equal (n, 0);
    n = 2;
    OK (PVFS_mgmt_waitsome (ids, &n, NULL, errors));
    assert_int_equal (n, 0);
    n = 0;
    EXPECT (PVFS_sys_waitsome (ids, &n, NULL, errors), -PVFS_EINVAL);
    EXPECT (PVFS_sys_waitsome (ids, NULL, NULL, errors), -PVFS_EINVAL);
    n = 1;
    EXPECT (PVFS_sys_waitsome (NULL, &n, NULL, errors), -PVFS_EINVAL);
    EXPECT (PVFS_sys_waitsome (ids, &n, NULL, NULL), -PVFS_EINVAL);
}

/* --- several instances --------------------------------------------------------------------------------------------------------- */

static PVFS_ctx
new_instance (int server)
{
    PVFS_ctx ctx;
    struct PVFS_sys_mntent *m = PVFS_util_gen_mntent (L.cluster.server[server].addr, "pvfs2-fs");
    OK (PVFS_ctx_new (&ctx));
    OK (PVFS_ctx_fs_add (ctx, m, NULL, NULL));
    PVFS_util_gen_mntent_release (m);
    return ctx;
}

static void
one_epoll_serves_several_instances (void **state)
{
    enum { CTXS = 3, N = 30 };
    PVFS_object_ref f = lib_create (L.root, "epoll", 4);
    PVFS_ctx ctx[CTXS];
    struct transfer *t[CTXS];
    int ep = epoll_create1 (EPOLL_CLOEXEC), outstanding = 0;
    for (int c = 0; c < CTXS; c++) {
        ctx[c] = new_instance (c);
        t[c] = transfers (N, 8);
        struct epoll_event ev = { .events = EPOLLIN, .data.u32 = (uint32_t) c };
        assert_int_equal (epoll_ctl (ep, EPOLL_CTL_ADD, PVFS_ctx_completion_fd (ctx[c]), &ev), 0);
        for (int i = 0; i < N; i++)
            post (ctx[c], f, &t[c][i], (int64_t) i * BLOCK, PVFS_IO_WRITE);
        outstanding += posted_of (t[c], N);
    }
    while (outstanding > 0) {
        struct epoll_event ev[CTXS];
        int n = epoll_wait (ep, ev, CTXS, PATIENCE_MS);
        assert_true (n > 0);
        for (int i = 0; i < n; i++)
            outstanding -= collect (ctx[ev[i].data.u32]);
    }
    for (int c = 0; c < CTXS; c++) {
        for (int i = 0; i < N; i++)
            OK (t[c][i].error);
        transfers_free (t[c], N);
        PVFS_ctx_free (ctx[c]);
    }
    close (ep);
}

/* No socket will ever say anything: the library's own time-out has to wake the loop. */
static void
a_loop_hears_of_time_outs (void **state)
{
    PVFS_ctx ctx = new_instance (0);
    PVFS_object_ref f = lib_create (L.root, "stopped", 4);
    struct transfer *t = transfers (1, 9);
    OK (PVFS_ctx_set_info (ctx, PVFS_SYS_MSG_TIMEOUT_SECS, 1));
    for (int i = 0; i < 4; i++)
        kill (L.cluster.server[i].pid, SIGSTOP);
    double began = lib_now ();
    post (ctx, f, t, 0, PVFS_IO_WRITE);
    int fd = PVFS_ctx_completion_fd (ctx);
    while (!t->ended && lib_now () < began + 30 && readable (fd, 30000))
        collect (ctx);
    for (int i = 0; i < 4; i++)
        kill (L.cluster.server[i].pid, SIGCONT);
    assert_true (t->ended);
    EXPECT (t->error, -PVFS_ETIMEDOUT);
    assert_true (lib_now () < began + 20);
    transfers_free (t, 1);
    PVFS_ctx_free (ctx);
}

/* An epoll has its descriptors below it: all are gone with the instance. */
static void
the_descriptor_ends_with_its_instance (void **state)
{
    int before = cluster_count_dir (getpid (), "fd");
    PVFS_ctx ctx = new_instance (1);
    int fd = PVFS_ctx_completion_fd (ctx);
    struct transfer *t = transfers (8, 10);
    assert_true (fd >= 0);
    PVFS_object_ref f = lib_create (L.root, "ends", 4);
    for (int i = 0; i < 8; i++)
        post (ctx, f, &t[i], (int64_t) i * BLOCK, PVFS_IO_WRITE);
    PVFS_ctx_free (ctx); /* with all of them outstanding */
    assert_int_equal (cluster_count_dir (getpid (), "fd"), before);
    transfers_free (t, 8);
    lib_unmount ();
    EXPECT (PVFS_sys_completion_fd (), -PVFS_EDEVINIT);
    lib_mount ("pvfs2-fs");
    assert_true (PVFS_sys_completion_fd () >= 0);
}

/* --- threads ----------------------------------------------------------------------------------------------------------------- */

enum { LOOPS = 3, CALLERS = 3, EACH = 60 };

static atomic_int bad, outstanding, posting;

#define MUST(what)                                                                                                                        \
    do {                                                                                                                                  \
        if (!(what)) {                                                                                                                    \
            atomic_fetch_add (&bad, 1);                                                                                                   \
            fprintf (stderr, "# %s:%d: %s\n", __FILE__, __LINE__, #what);                                                                 \
        }                                                                                                                                 \
    } while (0)

/* Several loops over one descriptor: each operation is reported to exactly one. */
static void *
run_loop (void *arg)
{
    struct pollfd p = { PVFS_sys_completion_fd (), POLLIN, 0 };
    while (atomic_load (&posting) > 0 || atomic_load (&outstanding) > 0) {
        PVFS_sys_op_id ids[4];
        void *users[4];
        int errors[4], n = 4;
        if (poll (&p, 1, 50) <= 0)
            continue;
        MUST (PVFS_sys_testsome (ids, &n, users, errors, 0) == 0);
        for (int i = 0; i < n; i++) {
            MUST (errors[i] == 0 || errors[i] == -PVFS_ECANCEL);
            MUST (atomic_fetch_add ((atomic_int *) users[i], 1) == 0);
        }
        atomic_fetch_sub (&outstanding, n);
    }
    return NULL;
}

struct caller {
    PVFS_object_ref file;
    atomic_int reported[EACH];
    bool posted[EACH];
    PVFS_sysresp_getattr resp[EACH];
};

/* Posts, cancels some, and calls beside them, which may drive what the loops wait for. */
static void *
run_caller (void *arg)
{
    struct caller *c = arg;
    for (int i = 0; i < EACH; i++) {
        PVFS_sysresp_getattr got;
        PVFS_sys_op_id id;
        atomic_fetch_add (&outstanding, 1);
        int r = PVFS_isys_getattr (c->file, PVFS_ATTR_SYS_SIZE, &L.cred, &c->resp[i], &id, NULL, &c->reported[i]);
        MUST (r == 0 || r == 1);
        c->posted[i] = r == 0;
        if (r != 0)
            atomic_fetch_sub (&outstanding, 1);
        else if (i % 7 == 0)
            PVFS_sys_cancel (id);
        if (i % 3 == 0)
            MUST (PVFS_sys_getattr (c->file, PVFS_ATTR_SYS_SIZE, &L.cred, &got, NULL) == 0);
    }
    atomic_fetch_sub (&posting, 1);
    return NULL;
}

static void
loops_and_blocking_calls_of_several_threads_share_it (void **state)
{
    static struct caller c[CALLERS];
    pthread_t t[LOOPS + CALLERS];
    atomic_store (&posting, CALLERS);
    for (int i = 0; i < CALLERS; i++) {
        char name[32];
        snprintf (name, sizeof name, "shared-%d", i);
        c[i].file = lib_create (L.root, name, 4);
        assert_int_equal (pthread_create (&t[i], NULL, run_caller, &c[i]), 0);
    }
    for (int i = 0; i < LOOPS; i++)
        assert_int_equal (pthread_create (&t[CALLERS + i], NULL, run_loop, NULL), 0);
    for (int i = 0; i < LOOPS + CALLERS; i++)
        pthread_join (t[i], NULL);
    assert_int_equal (atomic_load (&bad), 0);
    assert_int_equal (atomic_load (&outstanding), 0);
    for (int i = 0; i < CALLERS; i++)
        for (int k = 0; k < EACH; k++)
            assert_int_equal (atomic_load (&c[i].reported[k]), c[i].posted[k]);
}

static atomic_int waiting;

static void *
wait_for_some (void *arg)
{
    PVFS_sys_op_id ids[4];
    int errors[4], n = 4;
    atomic_store (&waiting, 1);
    MUST (PVFS_sys_waitsome (ids, &n, NULL, errors) == 0);
    MUST (n <= 1 && (n == 0 || errors[0] == -PVFS_ECANCEL));
    return NULL;
}

/* A server that does not answer keeps the operation; the cancel of another thread ends the wait. */
static void
a_cancel_ends_the_waitsome_of_another_thread (void **state)
{
    PVFS_object_ref f = lib_create (L.root, "cancel-waits", 4);
    PVFS_sysresp_getattr got;
    PVFS_sys_op_id id;
    pthread_t t;
    for (int i = 0; i < 4; i++)
        kill (L.cluster.server[i].pid, SIGSTOP);
    int r = PVFS_isys_getattr (f, PVFS_ATTR_SYS_SIZE, &L.cred, &got, &id, NULL, NULL);
    atomic_store (&waiting, 0);
    int made = pthread_create (&t, NULL, wait_for_some, NULL);
    while (made == 0 && !atomic_load (&waiting))
        sched_yield ();
    int cancelled = PVFS_sys_cancel (id);
    if (made == 0)
        pthread_join (t, NULL);
    for (int i = 0; i < 4; i++)
        kill (L.cluster.server[i].pid, SIGCONT);
    assert_int_equal (r, 0);
    assert_int_equal (made, 0);
    OK (cancelled);
    assert_int_equal (atomic_load (&bad), 0);
}

/* --- the example ---------------------------------------------------------------------------------------------------------------- */

static void
the_example_reads_files_in_its_loop (void **state)
{
    enum { N = 3 };
    static const size_t sizes[N] = { 0, 1000, 3000000 };
    uint8_t *data = malloc (sizes[N - 1]);
    char cmd[2048], line[256], want[256];
    assert_non_null (data);
    for (int i = 0; i < N; i++) {
        snprintf (line, sizeof line, "example-%d", i);
        lib_fill (data, 0, sizes[i], 17);
        PVFS_object_ref f = lib_create (L.root, line, 4);
        if (sizes[i])
            lib_write (f, 0, data, sizes[i]);
    }
    snprintf (cmd, sizeof cmd, "PVFS2EP=/x=%s/pvfs2-fs '%s/doc/examples/event-loop' /x/example-0 /x/example-1 /x/example-2",
              L.cluster.server[0].addr, cluster_build ());
    FILE *p = popen (cmd, "r");
    assert_non_null (p);
    for (int i = 0; i < N; i++) {
        uint64_t sum = 0;
        for (size_t k = 0; k < sizes[i]; k++)
            sum += (uint64_t) data[k] * (k + 1);
        snprintf (want, sizeof want, "/x/example-%d: %zu bytes, sum %llu\n", i, sizes[i], (unsigned long long) sum);
        assert_non_null (fgets (line, sizeof line, p));
        assert_string_equal (line, want);
    }
    assert_int_equal (pclose (p), 0);
    free (data);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (the_descriptor_is_one_and_silent_while_nothing_happens),
        cmocka_unit_test (a_loop_of_poll_ends_every_operation),
        cmocka_unit_test (it_stays_readable_until_what_completed_is_collected),
        cmocka_unit_test (a_released_operation_is_not_heard_of),
        cmocka_unit_test (a_server_that_ends_does_not_keep_an_idle_loop_awake),
        cmocka_unit_test (testing_without_time_makes_progress),
        cmocka_unit_test (cancelled_operations_come_back_through_the_loop),
        cmocka_unit_test (management_operations_come_through_it_too),
        cmocka_unit_test (waitsome_waits_for_at_least_one),
        cmocka_unit_test (waitsome_of_nothing_returns_with_nothing),
        cmocka_unit_test (one_epoll_serves_several_instances),
        cmocka_unit_test (a_loop_hears_of_time_outs),
        cmocka_unit_test (the_descriptor_ends_with_its_instance),
        cmocka_unit_test (loops_and_blocking_calls_of_several_threads_share_it),
        cmocka_unit_test (a_cancel_ends_the_waitsome_of_another_thread),
        cmocka_unit_test (the_example_reads_files_in_its_loop),
    };
    return cmocka_run_group_tests (tests, setup, lib_teardown);
}
