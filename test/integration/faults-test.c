/*
 * Servers that die, stop and come back while libpvfs2 works with them.
 */
#include "lib.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SERVERS = 4, CHUNK = 4 << 20, CHUNKS = 48 };

static uint64_t rnd;

static int
setup (void **state)
{
    struct cluster_spec spec = { .nservers = SERVERS };
    rnd = lib_seed ();
    lib_up (&spec);
    return 0;
}

/* --- a copy that goes on behind the test's back ----------------------------------------------- */

struct copy {
    pthread_t thread;
    PVFS_object_ref ref;
    bool write;
    atomic_int chunk; /* now at */
    int error, wrong;
};

static struct copy copy; /* not a test's own: its thread may outlive a test that failed */

static void *
copy_run (void *arg)
{
    struct copy *c = arg;
    uint8_t *buf = malloc (CHUNK), *want = malloc (CHUNK);
    PVFS_Request mem;
    PVFS_Request_contiguous (CHUNK, PVFS_BYTE, &mem);
    for (c->chunk = 0; c->chunk < CHUNKS && !c->error && !c->wrong; c->chunk++) {
        PVFS_sysresp_io resp = { 0 };
        PVFS_offset off = (PVFS_offset) c->chunk * CHUNK;
        lib_fill (want, off, CHUNK, 3);
        memcpy (buf, want, CHUNK);
        if (!c->write)
            memset (buf, 0, CHUNK);
        c->error = PVFS_sys_io (c->ref, PVFS_BYTE, off, buf, mem, &L.cred, &resp,
                                c->write ? PVFS_IO_WRITE : PVFS_IO_READ, NULL);
        c->wrong = resp.total_completed != CHUNK || memcmp (buf, want, CHUNK);
    }
    PVFS_Request_free (&mem);
    free (buf);
    free (want);
    return NULL;
}

static void
copy_begin (struct copy *c, PVFS_object_ref ref, bool write)
{
    *c = (struct copy){ .ref = ref, .write = write };
    assert_int_equal (pthread_create (&c->thread, NULL, copy_run, c), 0);
}

static void
copy_await (struct copy *c, int chunk)
{
    for (double end = lib_now () + 60; c->chunk < chunk && lib_now () < end;)
        usleep (1000);
    assert_true (c->chunk >= chunk);
}

static void
copy_end (struct copy *c)
{
    assert_int_equal (pthread_join (c->thread, NULL), 0);
    EXPECT (c->error, 0);
    assert_false (c->wrong);
    assert_int_equal (c->chunk, CHUNKS);
}

static void
a_copy_survives_a_killed_server (void **state)
{
    PVFS_object_ref f = lib_create (L.root, "copy", 0);
    struct copy *c = &copy;
    for (int write = 1; write >= 0; write--) {
        int victim = (int) (lib_random (&rnd) % SERVERS);
        copy_begin (c, f, write);
        copy_await (c, CHUNKS / 4);
        cluster_kill (&L.cluster, victim);
        sleep (5);
        assert_true (c->chunk < CHUNKS);
        assert_true (cluster_run (&L.cluster, victim));
        copy_end (c);
    }
    assert_int_equal (lib_size (f), (int64_t) CHUNKS * CHUNK);
    copy_begin (c, f, false);
    copy_end (c);
    OK (PVFS_sys_remove ("copy", L.root, &L.cred, NULL));
}

static void
sigterm_drains_and_stops_in_the_middle_of_a_copy (void **state)
{
    PVFS_object_ref f = lib_create (L.root, "drained", 0);
    struct copy *c = &copy;
    copy_begin (c, f, true);
    for (int i = 0; i < SERVERS; i++) {
        copy_await (c, (i + 1) * CHUNKS / 8);
        assert_int_equal (cluster_term (&L.cluster, i, 15), 0);
        assert_true (cluster_run (&L.cluster, i));
    }
    copy_end (c);
    copy_begin (c, f, false);
    copy_end (c);
    OK (PVFS_sys_remove ("drained", L.root, &L.cred, NULL));
}

static void
an_operation_on_a_dead_server_ends_at_its_timeout (void **state)
{
    PVFS_object_ref f = lib_create (L.root, "timeout", 4);
    uint8_t *data = calloc (1, 1 << 20);
    int64_t done;
    lib_write (f, 0, data, 1 << 20);
    OK (PVFS_sys_set_info (PVFS_SYS_MSG_TIMEOUT_SECS, 3));
    cluster_kill (&L.cluster, SERVERS - 1);
    double start = lib_now ();
    int r = lib_try_io (f, PVFS_IO_READ, 0, data, 1 << 20, &done);
    double took = lib_now () - start;
    bool back = cluster_run (&L.cluster, SERVERS - 1);
    OK (PVFS_sys_set_info (PVFS_SYS_MSG_TIMEOUT_SECS, 60));
    assert_true (back);
    EXPECT (r, -PVFS_ETIMEDOUT);
    printf ("# it took %.1f s\n", took);
    assert_true (took > 2 && took < 8);
    assert_int_equal (lib_read (f, 0, data, 1 << 20), 1 << 20);
    free (data);
}

/* --- storage ---------------------------------------------------------------------------------- */

static int
server_command (const char *flags, int i)
{
    char command[2048];
    snprintf (command, sizeof command, "timeout 20 '%s/pvfs2-server' %s -a %s '%s' >> '%s' 2>&1",
              cluster_build (), flags, L.cluster.server[i].alias, L.cluster.conf,
              L.cluster.server[i].log);
    return system (command);
}

static void
storage_in_use_or_there_already_is_refused (void **state)
{
    assert_int_not_equal (server_command ("-d", 0), 0);
    assert_int_not_equal (server_command ("-f", 0), 0);
    assert_int_equal (cluster_term (&L.cluster, 0, 15), 0);
    assert_int_not_equal (server_command ("-f", 0), 0);
    assert_true (cluster_run (&L.cluster, 0));
    OK (lib_try_create (L.root, "after", NULL));
}

/* --- everything dies at once ------------------------------------------------------------------ */

/* The worker creates files and writes them, flushes each, and notes what it was told is safe. */
enum { FILES = 4000 };

struct ledger {
    volatile unsigned created, flushed; /* files 0 … n − 1 */
    volatile uint32_t size[FILES];
};

static uint32_t
file_size (unsigned round, unsigned i)
{
    uint64_t x = round * 1000003u + i;
    uint32_t max = (uint32_t[]){ 0, 5000, 70000, 400000 }[lib_random (&x) % 4];
    return max ? (uint32_t) (lib_random (&x) % max) : 0;
}

static void
name_of (char name[64], unsigned round, unsigned i)
{
    snprintf (name, 64, "r%u-file%u", round, i);
}

static int
work (struct ledger *l, unsigned round)
{
    static uint8_t buf[400000];
    char name[64];
    if (PVFS_sys_initialize (0) || PVFS_sys_fs_add (L.entry))
        return 1;
    for (unsigned i = 0; i < FILES; i++) {
        PVFS_sysresp_create made = { 0 };
        PVFS_sysresp_io resp = { 0 };
        PVFS_Request mem;
        uint32_t n = file_size (round, i);
        name_of (name, round, i);
        int r =
            PVFS_sys_create (name, L.root, lib_attr (0644, 0), &L.cred, NULL, &made, NULL, NULL);
        if (r)
            return 2;
        l->created = i + 1;
        lib_fill (buf, 0, n, i);
        PVFS_Request_contiguous ((int32_t) n, PVFS_BYTE, &mem);
        r = n ? PVFS_sys_write (made.ref, PVFS_BYTE, 0, buf, mem, &L.cred, &resp, NULL) : 0;
        PVFS_Request_free (&mem);
        if (r || (r = PVFS_sys_flush (made.ref, &L.cred, NULL)))
            return 3;
        l->flushed = i + 1;
    }
    return 0;
}

static void
check_ledger (const struct ledger *l, unsigned round)
{
    static uint8_t want[400000];
    char name[64];
    for (unsigned i = 0; i < l->created; i++) {
        PVFS_object_ref f;
        uint32_t n = file_size (round, i);
        name_of (name, round, i);
        int r = lib_try_lookup (L.root, name, &f);
        if (r)
            print_error ("%s of %u created, %u flushed\n", name, l->created, l->flushed);
        OK (r);
        if (i >= l->flushed)
            continue;
        lib_fill (want, 0, n, i);
        if (lib_size (f) != n)
            fail_msg ("%s has %lld bytes instead of %u", name, (long long) lib_size (f), n);
        lib_compare (f, want, n, 0, n + 1);
    }
}

static void
power_off (bool forget)
{
    for (int i = 0; i < SERVERS; i++)
        kill (L.cluster.server[i].pid, SIGSTOP); /* all at one moment */
    for (int i = 0; i < SERVERS; i++)
        cluster_kill (&L.cluster, i);
    for (int i = 0; i < SERVERS; i++) {
        if (forget)
            cluster_forget (&L.cluster, i);
        assert_true (cluster_run (&L.cluster, i));
    }
}

static void
crash_rounds (bool forget)
{
    const char *env = getenv ("CRASH_ROUNDS");
    unsigned rounds = env ? (unsigned) atoi (env) : 5;
    struct ledger *l =
        mmap (NULL, sizeof *l, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_true (l != MAP_FAILED);
    for (unsigned round = 0; round < rounds; round++) {
        memset (l, 0, sizeof *l);
        fflush (NULL);
        pid_t worker = fork ();
        if (worker == 0)
            _exit (work (l, round));
        usleep ((useconds_t) (100000 + lib_random (&rnd) % 1500000));
        kill (worker, SIGSTOP);
        unsigned created = l->created, flushed = l->flushed;
        power_off (forget);
        kill (worker, SIGKILL);
        int status;
        waitpid (worker, &status, 0);
        printf ("# round %u: %u files created, %u flushed\n", round, created, flushed);
        assert_true (WIFSIGNALED (status));
        assert_true (created > 0);
        check_ledger (l, round);
        assert_int_equal (lib_try_create (L.root, forget ? "again-lost" : "again", NULL),
                          round ? -PVFS_EEXIST : 0);
    }
    munmap (l, sizeof *l);
}

static void
what_was_flushed_survives_the_death_of_all_servers (void **state)
{
    crash_rounds (false);
}

static void
what_was_flushed_survives_a_loss_of_power (void **state)
{
    if (!cluster_can_forget ()) {
        printf ("# forget.so is not built\n");
        skip ();
    }
    lib_down ();
    struct cluster_spec spec = { .nservers = SERVERS, .forget = true };
    lib_up (&spec);
    crash_rounds (true);
}

/* faults-test [CRASH-ROUNDS] */
int
main (int argc, char **argv)
{
    if (argc > 1)
        setenv ("CRASH_ROUNDS", argv[1], 1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (a_copy_survives_a_killed_server),
        cmocka_unit_test (sigterm_drains_and_stops_in_the_middle_of_a_copy),
        cmocka_unit_test (an_operation_on_a_dead_server_ends_at_its_timeout),
        cmocka_unit_test (storage_in_use_or_there_already_is_refused),
        cmocka_unit_test (what_was_flushed_survives_the_death_of_all_servers),
        cmocka_unit_test (what_was_flushed_survives_a_loss_of_power),
    };
    return cmocka_run_group_tests (tests, setup, lib_teardown);
}
