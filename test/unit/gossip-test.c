/* Gossip: keywords to masks and back, what a line looks like, where it goes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <pvfs2-debug.h>

#include "common/base/base.h"
#include "common/gossip/gossip.h"

struct fixture {
    char dir[64], path[96], moved[96];
};

static int
setup (void **state)
{
    static struct fixture f;
    snprintf (f.dir, sizeof f.dir, "/tmp/gossip-test.XXXXXX");
    if (mkdtemp (f.dir) == NULL)
        return -1;
    snprintf (f.path, sizeof f.path, "%s/log", f.dir);
    snprintf (f.moved, sizeof f.moved, "%s/log.1", f.dir);
    gossip_set_logstamp (GOSSIP_STAMP_NONE);
    gossip_set_debug_mask (false, 0);
    *state = &f;
    return gossip_enable_file (f.path);
}

static int
teardown (void **state)
{
    struct fixture *f = *state;
    gossip_enable_stderr ();
    unlink (f->path);
    unlink (f->moved);
    return rmdir (f->dir);
}

static char *
contents (const char *path)
{
    static char text[1 << 20];
    FILE *in = fopen (path, "r");
    size_t n = in != NULL ? fread (text, 1, sizeof text - 1, in) : 0;
    if (in != NULL)
        fclose (in);
    text[n] = '\0';
    return text;
}

static void
keywords_become_the_bits_of_pvfs2 (void **state)
{
    assert_int_equal (PVFS_debug_eventlog_to_mask ("server"), 1 << 5);
    assert_true (PVFS_debug_eventlog_to_mask ("storage") == PVFS_debug_eventlog_to_mask ("trove"));
    assert_true (PVFS_debug_eventlog_to_mask ("network") ==
                 ((UINT64_C (1) << 0) | (1 << 1) | (1 << 2) | (1 << 3) | (1 << 19) |
                  (UINT64_C (1) << 50) | (UINT64_C (1) << 52)));
    assert_true (PVFS_debug_eventlog_to_mask ("seccache") == UINT64_C (1) << 60);
    assert_int_equal (PVFS_debug_eventlog_to_mask ("none,"), 0);
    assert_int_equal (PVFS_debug_eventlog_to_mask (NULL), 0);
    assert_int_equal (PVFS_debug_eventlog_to_mask (""), 0);
}

static void
a_minus_takes_bits_away_again (void **state)
{
    assert_true (PVFS_debug_eventlog_to_mask ("all,-sm") ==
                 (GOSSIP_ALL_DEBUG & ~GOSSIP_STATE_MACHINE_DEBUG));
    assert_int_equal (PVFS_debug_eventlog_to_mask ("server, io -server"), GOSSIP_IO_DEBUG);
    assert_int_equal (PVFS_debug_eventlog_to_mask ("-server"), 0);
    assert_int_equal (PVFS_debug_eventlog_to_mask ("io,none"), 0);
}

static void
verbose_is_all_without_the_four_noisy_words (void **state)
{
    assert_true (PVFS_debug_eventlog_to_mask ("all,-perfcounter,-sm,-endecode,-user_dev") ==
                 PVFS_debug_eventlog_to_mask ("verbose"));
}

static void
an_unknown_word_is_named_and_the_rest_counts (void **state)
{
    uint64_t mask = 0;
    char bad[16];
    assert_int_equal (gossip_parse_mask ("io,bogus,server", &mask, bad, sizeof bad), -EINVAL);
    assert_string_equal (bad, "bogus");
    assert_int_equal (mask, GOSSIP_IO_DEBUG | GOSSIP_SERVER_DEBUG);
}

static void
every_mask_survives_the_way_to_text_and_back (void **state)
{
    uint64_t seed = getenv ("SEED") != NULL ? strtoull (getenv ("SEED"), NULL, 0) : 42;
    print_message ("SEED=%llu\n", (unsigned long long) seed);
    for (int i = 0; i < 2000; i++) {
        seed = hash_u64 (seed);
        uint64_t mask = i < 64 ? UINT64_C (1) << i : seed & hash_u64 (seed);
        CLEANUP_FREE char *text = PVFS_debug_mask_to_eventlog (mask);
        assert_true (PVFS_debug_eventlog_to_mask (text) == (mask & GOSSIP_ALL_DEBUG));
        CLEANUP_FREE char *kmod = PVFS_kmod_mask_to_eventlog (mask);
        assert_true (PVFS_kmod_eventlog_to_mask (kmod) == (mask & 0x7fff));
    }
    CLEANUP_FREE char *all = PVFS_debug_mask_to_eventlog (GOSSIP_ALL_DEBUG);
    assert_string_equal (all, "all");
    CLEANUP_FREE char *none = PVFS_debug_mask_to_eventlog (0);
    assert_string_equal (none, "none");
    CLEANUP_FREE char *some = PVFS_debug_mask_to_eventlog (GOSSIP_BMI_DEBUG_ALL | GOSSIP_IO_DEBUG);
    assert_string_equal (some, "network,io");
}

static int evaluated;

static int
evaluate (void)
{
    return ++evaluated;
}

static void
a_switched_off_message_costs_not_even_its_arguments (void **state)
{
    struct fixture *f = *state;
    evaluated = 0;
    gossip_debug (GOSSIP_IO_DEBUG, "%d\n", evaluate ());
    gossip_set_debug_mask (false, GOSSIP_IO_DEBUG);
    gossip_debug (GOSSIP_IO_DEBUG, "%d\n", evaluate ());
    assert_int_equal (evaluated, 0);
    gossip_set_debug_mask (true, GOSSIP_IO_DEBUG);
    gossip_debug (GOSSIP_SERVER_DEBUG, "%d\n", evaluate ());
    gossip_debug (GOSSIP_IO_DEBUG, "run %d\n", evaluate ());
    assert_string_equal (contents (f->path), "[D] run 1\n");
}

static void
an_error_is_written_with_its_place_and_keeps_errno (void **state)
{
    struct fixture *f = *state;
    errno = EDOM;
    gossip_err ("first: %m");
    gossip_lerr ("second\n");
    assert_int_equal (errno, EDOM);
    char expected[256];
    snprintf (expected, sizeof expected, "[E] first: %s\n[E] %s:%d: second\n", strerror (EDOM),
              __FILE__, __LINE__ - 4);
    assert_string_equal (contents (f->path), expected);
}

static void
a_message_cannot_forge_a_line (void **state)
{
    struct fixture *f = *state;
    gossip_err ("name a\n[E] b\033[2J\x7f\tc");
    assert_string_equal (contents (f->path), "[E] name a [E] b?[2J?\tc\n");
}

static void
an_overlong_line_is_cut_and_says_so (void **state)
{
    struct fixture *f = *state;
    char big[3 * GOSSIP_MAX_LINE];
    memset (big, 'x', sizeof big - 1);
    big[sizeof big - 1] = '\0';
    gossip_err ("%s", big);
    char *text = contents (f->path);
    assert_int_equal (strlen (text), GOSSIP_MAX_LINE);
    assert_string_equal (text + GOSSIP_MAX_LINE - 5, "x...\n");
}

static void
each_stamp_has_its_form (void **state)
{
    struct fixture *f = *state;
    static const char *const words[] = { "usec", "datetime", "thread" };
    int n[8], count = 0;
    for (size_t i = 0; i < ARRAY_SIZE (words); i++) {
        enum gossip_stamp stamp;
        assert_int_equal (gossip_parse_logstamp (words[i], &stamp), 0);
        gossip_set_logstamp (stamp);
        gossip_log ("x");
    }
    enum gossip_stamp unknown;
    assert_int_equal (gossip_parse_logstamp ("never", &unknown), -EINVAL);
    char *text = contents (f->path);
    count = sscanf (text, "[I %d:%d:%d.%d] x [I %d-%d-%d ", n, n + 1, n + 2, n + 3, n + 4, n + 5,
                    n + 6);
    assert_int_equal (count, 7);
    char tid[32];
    snprintf (tid, sizeof tid, " (%d)] x\n", (int) gettid ());
    assert_non_null (strstr (text, tid));
}

static void
a_rotated_file_is_left_on_reopen (void **state)
{
    struct fixture *f = *state;
    gossip_err ("before");
    assert_int_equal (rename (f->path, f->moved), 0);
    gossip_err ("between");
    assert_int_equal (gossip_reopen (), 0);
    gossip_err ("after");
    assert_string_equal (contents (f->moved), "[E] before\n[E] between\n");
    assert_string_equal (contents (f->path), "[E] after\n");
}

static void
a_file_that_cannot_be_opened_changes_nothing (void **state)
{
    struct fixture *f = *state;
    assert_int_equal (gossip_enable_file ("/no/such/dir/log"), -ENOENT);
    gossip_err ("still here");
    assert_string_equal (contents (f->path), "[E] still here\n");
}

static void
the_environment_sets_mask_and_file (void **state)
{
    struct fixture *f = *state;
    setenv ("PVFS2_DEBUGMASK", "io,-io,server,nonsense", 1);
    setenv ("PVFS2_DEBUGFILE", f->moved, 1);
    assert_int_equal (gossip_from_env (), -EINVAL);
    unsetenv ("PVFS2_DEBUGMASK");
    unsetenv ("PVFS2_DEBUGFILE");
    bool on;
    uint64_t mask;
    gossip_get_debug_mask (&on, &mask);
    assert_true (on && mask == GOSSIP_SERVER_DEBUG);
    assert_non_null (strstr (contents (f->moved), "unknown keyword 'nonsense'"));
}

enum { THREADS = 4, LINES = 500 };

static void *
write_lines (void *arg)
{
    for (int i = 0; i < LINES; i++)
        gossip_log ("thread %d line %d %.*s", (int) (intptr_t) arg, i, i % 100,
                    ".............................................................................."
                    "......................");
    return NULL;
}

static void
lines_of_many_threads_never_mix_even_while_reopening (void **state)
{
    struct fixture *f = *state;
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        assert_int_equal (pthread_create (&threads[i], NULL, write_lines, (void *) (intptr_t) i),
                          0);
    for (int i = 0; i < 50; i++)
        assert_int_equal (gossip_reopen (), 0);
    for (int i = 0; i < THREADS; i++)
        pthread_join (threads[i], NULL);
    int next[THREADS] = { 0 }, total = 0;
    for (char *p = contents (f->path), *end; (end = strchr (p, '\n')) != NULL;
         p = end + 1, total++) {
        int thread, line;
        assert_int_equal (sscanf (p, "[I] thread %d line %d ", &thread, &line), 2);
        assert_int_equal (line, next[thread]++);
    }
    assert_int_equal (total, THREADS * LINES);
}

int
main (void)
{
#define IN_FILE(test) cmocka_unit_test_setup_teardown (test, setup, teardown)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (keywords_become_the_bits_of_pvfs2),
        cmocka_unit_test (a_minus_takes_bits_away_again),
        cmocka_unit_test (verbose_is_all_without_the_four_noisy_words),
        cmocka_unit_test (an_unknown_word_is_named_and_the_rest_counts),
        cmocka_unit_test (every_mask_survives_the_way_to_text_and_back),
        IN_FILE (a_switched_off_message_costs_not_even_its_arguments),
        IN_FILE (an_error_is_written_with_its_place_and_keeps_errno),
        IN_FILE (a_message_cannot_forge_a_line),
        IN_FILE (an_overlong_line_is_cut_and_says_so),
        IN_FILE (each_stamp_has_its_form),
        IN_FILE (a_rotated_file_is_left_on_reopen),
        IN_FILE (a_file_that_cannot_be_opened_changes_nothing),
        IN_FILE (the_environment_sets_mask_and_file),
        IN_FILE (lines_of_many_threads_never_mix_even_while_reopening),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
