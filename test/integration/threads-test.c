/*
 * Many threads, and many instances: blocking and non-blocking calls mixed, cancels that race with completion, instances that come and go
 * beside each other. Threads report what they find; only the main thread asserts. Worth most in the TSan build.
 */
#include "lib.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/wait.h>
#include <unistd.h>

enum { THREADS = 16, PIECE = 3000, FILE_SIZE = 20 * PIECE };

static atomic_int bad;
static int rounds = 60;

/* In a thread: notes that something is not as it must be. */
#define MUST(what)                                                                                                                        \
    do {                                                                                                                                  \
        if (!(what)) {                                                                                                                    \
            atomic_fetch_add (&bad, 1);                                                                                                   \
            fprintf (stderr, "# %s:%d: %s\n", __FILE__, __LINE__, #what);                                                                 \
        }                                                                                                                                 \
    } while (0)

static int
setup (void **state)
{
    struct cluster_spec spec = { .nservers = 4, .hints = "        TroveSyncMeta no\n" };
    const char *env = getenv ("ROUNDS");
    rounds = env ? atoi (env) : rounds;
    lib_up (&spec);
    return 0;
}

static void
run_threads (void *(*work) (void *), void *args, size_t size, int n)
{
    pthread_t t[2 * THREADS];
    atomic_store (&bad, 0);
    for (int i = 0; i < n; i++)
        assert_int_equal (pthread_create (&t[i], NULL, work, (char *) args + (size_t) i * size), 0);
    for (int i = 0; i < n; i++)
        pthread_join (t[i], NULL);
    assert_int_equal (atomic_load (&bad), 0);
}

static PVFS_Request
piece_request (void)
{
    PVFS_Request r = NULL;
    MUST (PVFS_Request_contiguous (PIECE, PVFS_BYTE, &r) == 0);
    return r;
}

/* --- one instance ------------------------------------------------------------------------------------------------------------ */

/* An operation that any thread may find ended: testsome reports those of all. */
struct posted {
    atomic_bool ended;
    int error;
};

struct worker {
    PVFS_ctx ctx;
    PVFS_object_ref file;
    uint64_t seed;
    uint8_t model[FILE_SIZE], buf[PIECE];
};

static void
harvest (PVFS_ctx ctx, int timeout_ms)
{
    PVFS_sys_op_id ids[8];
    void *users[8];
    int errors[8], n = 8;
    MUST (PVFS_ctx_testsome (ctx, ids, &n, users, errors, timeout_ms) == 0);
    for (int i = 0; i < n; i++) {
        struct posted *p = users[i];
        p->error = errors[i];
        atomic_store (&p->ended, true);
    }
}

/* By waiting, or by testing for whatever has ended. */
static int
result_of (struct worker *w, struct posted *p, PVFS_sys_op_id id)
{
    int error = 0;
    if (lib_random (&w->seed) % 2) {
        int r = PVFS_ctx_wait (w->ctx, id, "piece", &error);
        if (r == 0)
            return error;
        MUST (r == -PVFS_EINVAL); /* another thread has it */
    }
    while (!atomic_load (&p->ended))
        harvest (w->ctx, 1);
    return p->error;
}

static int64_t
move_piece (struct worker *w, enum PVFS_io_type type, int64_t off, uint8_t *buf)
{
    struct posted p = { .error = 0 };
    PVFS_Request mem = piece_request ();
    PVFS_sysresp_io io = { 0 };
    PVFS_sys_op_id id = 0;
    bool post = lib_random (&w->seed) % 2;
    int r = PVFS_ctx_io (w->ctx, w->file, PVFS_BYTE, off, buf, mem, &L.cred, &io, type, post ? &id : NULL, NULL, &p);
    if (post && r == 0)
        r = result_of (w, &p, id);
    else if (post && r == 1)
        r = 0;
    MUST (r == 0);
    PVFS_Request_free (&mem);
    return io.total_completed;
}

static void *
work_on_a_file (void *arg)
{
    struct worker *w = arg;
    lib_fill (w->model, 0, FILE_SIZE, w->seed);
    MUST (PVFS_ctx_truncate (w->ctx, w->file, FILE_SIZE, &L.cred, NULL, NULL, NULL) == 0);
    for (int at = 0; at < FILE_SIZE; at += PIECE)
        MUST (move_piece (w, PVFS_IO_WRITE, at, w->model + at) == PIECE);
    for (int i = 0; i < rounds; i++) {
        int64_t off = (int64_t) (lib_random (&w->seed) % (FILE_SIZE - PIECE));
        PVFS_sysresp_getattr got;
        switch (lib_random (&w->seed) % 3) {
        case 0:
            lib_fill (w->model + off, off, PIECE, w->seed);
            MUST (move_piece (w, PVFS_IO_WRITE, off, w->model + off) == PIECE);
            break;
        case 1:
            MUST (move_piece (w, PVFS_IO_READ, off, w->buf) == PIECE);
            MUST (memcmp (w->buf, w->model + off, PIECE) == 0);
            break;
        default:
            MUST (PVFS_ctx_getattr (w->ctx, w->file, PVFS_ATTR_SYS_SIZE, &L.cred, &got, NULL, NULL, NULL) == 0);
            MUST (got.attr.size == FILE_SIZE);
        }
    }
    return NULL;
}

static void
give_files (struct worker *w, int n, const char *prefix)
{
    uint64_t seed = lib_seed ();
    for (int i = 0; i < n; i++) {
        char name[32];
        snprintf (name, sizeof name, "%s-%d", prefix, i);
        w[i].file = lib_create (L.root, name, 1 + i % 4);
        w[i].seed = seed + (uint64_t) i;
    }
}

static void
sixteen_threads_share_an_instance (void **state)
{
    struct worker *w = calloc (THREADS, sizeof *w);
    give_files (w, THREADS, "one");
    run_threads (work_on_a_file, w, sizeof *w, THREADS);
    free (w);
}

/* --- cancel ------------------------------------------------------------------------------------------------------------------ */

struct race {
    PVFS_object_ref file;
    uint64_t seed;
    bool cancels;          /* this thread cancels what its partner posts */
    struct race *partner;
    _Atomic PVFS_sys_op_id id;
    atomic_bool over;
    uint8_t buf[PIECE];
};

static void
cancel_the_partners (struct race *c)
{
    while (!atomic_load (&c->partner->over)) {
        PVFS_sys_op_id id = atomic_load (&c->partner->id);
        int r = id ? PVFS_sys_cancel (id) : 0;
        MUST (r == 0 || r == -PVFS_EINVAL); /* it has been waited for by now */
        sched_yield ();
    }
}

static void *
race_with_cancel (void *arg)
{
    struct race *c = arg;
    if (c->cancels) {
        cancel_the_partners (c);
        return NULL;
    }
    PVFS_Request mem = piece_request ();
    for (int i = 0; i < 4 * rounds; i++) {
        PVFS_sysresp_io io;
        PVFS_sysresp_getattr got;
        PVFS_sys_op_id id = 0;
        int error = 0, r;
        if (lib_random (&c->seed) % 2)
            r = PVFS_isys_write (c->file, PVFS_BYTE, (int64_t) (i % 10) * PIECE, c->buf, mem, &L.cred, &io, &id, NULL, NULL);
        else
            r = PVFS_isys_getattr (c->file, PVFS_ATTR_SYS_SIZE, &L.cred, &got, &id, NULL, NULL);
        MUST (r == 0 || r == 1);
        if (r != 0)
            continue;
        atomic_store (&c->id, id);
        MUST (PVFS_sys_wait (id, "race", &error) == 0);
        MUST (error == 0 || error == -PVFS_ECANCEL);
        if (error == 0 && id % 2) /* what is over cannot be cancelled */
            MUST (PVFS_sys_cancel (id) == -PVFS_EINVAL);
    }
    atomic_store (&c->over, true);
    PVFS_Request_free (&mem);
    return NULL;
}

static void
cancels_race_with_completion (void **state)
{
    struct race *c = calloc (THREADS, sizeof *c);
    uint64_t seed = lib_seed ();
    for (int i = 0; i < THREADS; i++) {
        char name[32];
        snprintf (name, sizeof name, "race-%d", i);
        c[i].file = lib_create (L.root, name, 4);
        c[i].seed = seed + (uint64_t) i;
        c[i].cancels = i % 2;
        c[i].partner = &c[i ^ 1];
    }
    run_threads (race_with_cancel, c, sizeof *c, THREADS);
    lib_write (c[0].file, 0, "still", 5); /* the instance is sound */
    free (c);
}

/* --- several instances ------------------------------------------------------------------------------------------------------- */

static PVFS_ctx
new_instance (int server)
{
    PVFS_ctx ctx;
    struct PVFS_sys_mntent *m = PVFS_util_gen_mntent (L.cluster.server[server].addr, "pvfs2-fs");
    OK (PVFS_ctx_new (&ctx));
    OK (PVFS_ctx_fs_add (ctx, m, NULL, NULL));
    assert_int_equal (m->fs_id, L.fs);
    PVFS_util_gen_mntent_release (m);
    return ctx;
}

static void
instances_know_nothing_of_each_other (void **state)
{
    PVFS_ctx a, b, bare;
    PVFS_object_ref f = lib_create (L.root, "shared", 4);
    PVFS_sysresp_lookup found = { .ref = { 0, 0, 0 } };
    PVFS_sysresp_getparent parent;
    PVFS_sysresp_getattr got;
    PVFS_sys_op_id id, other = 0;
    unsigned ms = 0;
    int error, n = 1;
    EXPECT (PVFS_ctx_new (NULL), -PVFS_EINVAL);
    a = new_instance (0);
    b = new_instance (1);
    OK (PVFS_ctx_new (&bare));
    EXPECT (PVFS_ctx_lookup (bare, L.fs, "/shared", &L.cred, &found, PVFS2_LOOKUP_LINK_FOLLOW, NULL), -PVFS_ENODEV); /* has none */
    PVFS_ctx_free (bare);
    OK (PVFS_ctx_lookup (a, L.fs, "/shared", &L.cred, &found, PVFS2_LOOKUP_LINK_FOLLOW, NULL));
    assert_memory_equal (&found.ref, &f, sizeof f);
    OK (PVFS_ctx_getparent (b, L.fs, "/shared", &L.cred, &parent, NULL));
    assert_int_equal (parent.parent_ref.handle, L.root.handle);
    OK (PVFS_ctx_set_info (a, PVFS_SYS_MSG_TIMEOUT_SECS, 7));
    OK (PVFS_ctx_get_info (b, PVFS_SYS_MSG_TIMEOUT_SECS, &ms));
    assert_int_not_equal (ms, 7);
    OK (PVFS_sys_get_info (PVFS_SYS_MSG_TIMEOUT_SECS, &ms));
    assert_int_not_equal (ms, 7);
    int r = PVFS_ctx_flush (a, f, &L.cred, &id, NULL, NULL);
    assert_true (r == 0 || r == 1);
    if (r == 0) {
        OK (PVFS_ctx_testany (b, &other, &n, NULL, &error, 0)); /* not b's */
        assert_int_equal (n, 0);
        OK (PVFS_ctx_wait (a, id, "flush", &error));
        OK (error);
    }
    EXPECT (PVFS_ctx_cancel (a, id), -PVFS_EINVAL);
    EXPECT (PVFS_ctx_release (a, id), -PVFS_EINVAL);
    PVFS_BMI_addr_t server;
    int count;
    OK (PVFS_ctx_mgmt_count_servers (a, L.fs, PVFS_MGMT_IO_SERVER, &count));
    assert_int_equal (count, 4);
    OK (PVFS_ctx_mgmt_map_handle (a, L.fs, f.handle, &server));
    OK (PVFS_ctx_mgmt_noop (a, L.fs, &L.cred, server, NULL, NULL, NULL));
    PVFS_ctx_free (a);
    PVFS_ctx_free (NULL);
    OK (PVFS_ctx_getattr (b, f, PVFS_ATTR_SYS_SIZE, &L.cred, &got, NULL, NULL, NULL)); /* a's end is not b's */
    OK (PVFS_sys_getattr (f, PVFS_ATTR_SYS_SIZE, &L.cred, &got, NULL));
    struct PVFS_sys_mntent gone = { .fs_id = L.fs };
    OK (PVFS_ctx_fs_remove (b, &gone));
    EXPECT (PVFS_ctx_getattr (b, f, PVFS_ATTR_SYS_SIZE, &L.cred, &got, NULL, NULL, NULL), -PVFS_ENODEV);
    OK (PVFS_sys_getattr (f, PVFS_ATTR_SYS_SIZE, &L.cred, &got, NULL));
    PVFS_ctx_free (b);
}

/* Four instances, the default one among them, with four threads each. */
static void
instances_work_side_by_side (void **state)
{
    struct worker *w = calloc (THREADS, sizeof *w);
    PVFS_ctx ctx[4] = { PVFS_CTX_DEFAULT };
    for (int i = 1; i < 4; i++)
        ctx[i] = new_instance (i);
    give_files (w, THREADS, "side");
    for (int i = 0; i < THREADS; i++)
        w[i].ctx = ctx[i % 4];
    run_threads (work_on_a_file, w, sizeof *w, THREADS);
    for (int i = 1; i < 4; i++)
        PVFS_ctx_free (ctx[i]);
    free (w);
}

struct victim {
    PVFS_ctx ctx;
    PVFS_object_ref file;
    atomic_int *inside;
};

/* Works until its instance is taken away. */
static void *
work_until_the_end (void *arg)
{
    struct victim *v = arg;
    PVFS_sysresp_getattr got;
    int r = 0;
    atomic_fetch_add (v->inside, 1);
    while (r == 0)
        r = PVFS_ctx_getattr (v->ctx, v->file, PVFS_ATTR_SYS_SIZE, &L.cred, &got, NULL, NULL, NULL);
    MUST (r == -PVFS_ECANCEL || r == -PVFS_EDEVINIT);
    atomic_fetch_sub (v->inside, 1);
    return NULL;
}

/* A finalize while others call: the classic form, whose instance may be asked for again by anybody at any time. */
static void
finalize_ends_the_calls_of_other_threads (void **state)
{
    enum { N = 8 };
    atomic_int inside = 0;
    struct victim v = { PVFS_CTX_DEFAULT, lib_create (L.root, "victim", 4), &inside };
    pthread_t t[N];
    atomic_store (&bad, 0);
    for (int i = 0; i < N; i++)
        assert_int_equal (pthread_create (&t[i], NULL, work_until_the_end, &v), 0);
    while (atomic_load (&inside) < N)
        sched_yield ();
    lib_unmount ();
    for (int i = 0; i < N; i++)
        pthread_join (t[i], NULL);
    lib_mount ("pvfs2-fs");
    assert_int_equal (atomic_load (&bad), 0);
    assert_int_equal (lib_size (v.file), 0);
}

static void
a_child_frees_what_it_inherits_and_makes_its_own (void **state)
{
    PVFS_ctx ctx = new_instance (0);
    PVFS_object_ref f = lib_create (L.root, "forked-ctx", 0);
    PVFS_sysresp_getattr got;
    int status;
    fflush (NULL);
    pid_t pid = fork ();
    if (pid == 0) {
        int r = PVFS_ctx_getattr (ctx, f, PVFS_ATTR_SYS_SIZE, &L.cred, &got, NULL, NULL, NULL);
        PVFS_ctx_free (ctx);
        struct PVFS_sys_mntent *m = PVFS_util_gen_mntent (L.cluster.server[2].addr, "pvfs2-fs");
        bool ok = r == -PVFS_EDEVINIT && PVFS_ctx_new (&ctx) == 0 && PVFS_ctx_fs_add (ctx, m, NULL, NULL) == 0
                  && PVFS_ctx_getattr (ctx, f, PVFS_ATTR_SYS_SIZE, &L.cred, &got, NULL, NULL, NULL) == 0;
        PVFS_util_gen_mntent_release (m);
        PVFS_ctx_free (ctx);
        _exit (ok ? 0 : 1);
    }
    assert_int_equal (waitpid (pid, &status, 0), pid);
    assert_int_equal (status, 0);
    OK (PVFS_ctx_getattr (ctx, f, PVFS_ATTR_SYS_SIZE, &L.cred, &got, NULL, NULL, NULL));
    PVFS_ctx_free (ctx);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (sixteen_threads_share_an_instance),
        cmocka_unit_test (cancels_race_with_completion),
        cmocka_unit_test (instances_know_nothing_of_each_other),
        cmocka_unit_test (instances_work_side_by_side),
        cmocka_unit_test (finalize_ends_the_calls_of_other_threads),
        cmocka_unit_test (a_child_frees_what_it_inherits_and_makes_its_own),
    };
    return cmocka_run_group_tests (tests, setup, lib_teardown);
}
