/* Hints: lists, limits, the environment, the wire. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "common/hint/hint.h"

static uint32_t five = 5;

static void
an_added_hint_is_found_and_copied (void **state)
{
    PVFS_hint hint = PVFS_HINT_NULL, copy = NULL;
    uint32_t value = 7, got = 0;
    assert_int_equal (0, PVFS_hint_add (&hint, PVFS_HINT_RANK_NAME, sizeof (value), &value));
    assert_int_equal (-PVFS_EEXIST, PVFS_hint_add (&hint, PVFS_HINT_RANK_NAME, 4, &value));
    assert_int_equal (0, PVFS_hint_copy (hint, &copy));
    value = 8;
    assert_int_equal (0, PVFS_hint_replace (&hint, PVFS_HINT_RANK_NAME, 4, &value));
    assert_true (hint_get_u32 (hint, PVFS_HINT_RANK_NAME, &got));
    assert_int_equal (8, got);
    assert_true (hint_get_u32 (copy, PVFS_HINT_RANK_NAME, &got));
    assert_int_equal (7, got);
    assert_int_equal (1, PVFS_hint_check (&hint, PVFS_HINT_RANK_NAME));
    assert_int_equal (0, PVFS_hint_check (&hint, PVFS_HINT_CACHE_NAME));
    PVFS_hint_free (&hint);
    PVFS_hint_free (&copy);
    assert_null (hint);
    PVFS_hint_free (&hint);
    PVFS_hint_free (NULL);
}

static void
limits_and_sizes_are_enforced (void **state)
{
    PVFS_hint hint = NULL;
    char name[600], big[2000] = { 0 };
    uint64_t wide = 1;
    memset (name, 'n', sizeof (name));
    name[599] = '\0';
    assert_int_equal (-PVFS_ENAMETOOLONG, PVFS_hint_add (&hint, name, 4, &five));
    assert_int_equal (-PVFS_EMSGSIZE, PVFS_hint_add (&hint, "x", sizeof (big), big));
    assert_int_equal (-PVFS_EINVAL, PVFS_hint_add (&hint, PVFS_HINT_RANK_NAME, 8, &wide));
    assert_int_equal (-PVFS_EINVAL, PVFS_hint_add (&hint, "x", -1, &five));
    assert_int_equal (-PVFS_EINVAL, PVFS_hint_add (NULL, "x", 4, &five));
    assert_null (hint);
    for (int i = 0; i < PVFS_HINT_MAX; i++) {
        snprintf (name, sizeof (name), "h%d", i);
        assert_int_equal (0, PVFS_hint_add (&hint, name, 4, &five));
    }
    assert_int_equal (-PVFS_ENOSPC, PVFS_hint_add (&hint, "one more", 4, &five));
    assert_int_equal (0, PVFS_hint_replace (&hint, "h3", 4, &five));
    PVFS_hint_free (&hint);
}

static void
the_environment_adds_what_is_not_there (void **state)
{
    PVFS_hint hint = NULL;
    uint32_t got = 0;
    PVFS_hint_add (&hint, PVFS_HINT_RANK_NAME, 4, &five);
    setenv ("PVFS2_HINTS", "rank:9+pvfs.hint.dfile_count:0x10+distribution.pv:strip_size:8", 1);
    assert_int_equal (0, PVFS_hint_import_env (&hint));
    assert_true (hint_get_u32 (hint, PVFS_HINT_RANK_NAME, &got));
    assert_int_equal (5, got);
    assert_true (hint_get_u32 (hint, PVFS_HINT_DFILE_COUNT_NAME, &got));
    assert_int_equal (16, got);
    assert_string_equal ("strip_size:8", hint_get_string (hint, PVFS_HINT_DISTRIBUTION_PV_NAME));
    const char *const bad[] = { "rank", ":5", "rank:", "rank:x", "rank:-1", "rank:1+rank:2",
                                "rank:4294967296", "a:b+" };
    for (size_t i = 0; i < sizeof (bad) / sizeof (bad[0]); i++) {
        PVFS_hint none = NULL;
        setenv ("PVFS2_HINTS", bad[i], 1);
        assert_int_equal (-PVFS_EINVAL, PVFS_hint_import_env (&none));
        assert_null (none);
    }
    unsetenv ("PVFS2_HINTS");
    assert_int_equal (0, PVFS_hint_import_env (&hint));
    PVFS_hint_free (&hint);
}

static void
only_hints_for_servers_travel (void **state)
{
    PVFS_hint hint = NULL, back = NULL;
    struct arena arena = { 0 };
    struct wire w;
    uint8_t buf[512];
    uint32_t got = 0, size;
    PVFS_hint_add (&hint, PVFS_HINT_CACHE_NAME, 4, &five);
    assert_int_equal (0, PVFS_hint_check_transfer (&hint));
    PVFS_hint_add (&hint, PVFS_HINT_RANK_NAME, 4, &five);
    PVFS_hint_add (&hint, "my.own", 3, "abc");
    assert_int_equal (1, PVFS_hint_check_transfer (&hint));
    wire_encoder (&w, buf, sizeof (buf));
    hint_wire (&w, &hint);
    assert_int_equal (0, w.err);
    size_t len = w.pos;
    wire_decoder (&w, buf, len, &arena);
    hint_wire (&w, &back);
    assert_int_equal (0, wire_finish (&w));
    assert_true (hint_get_u32 (back, PVFS_HINT_RANK_NAME, &got));
    assert_string_equal ("abc", hint_get (back, "my.own", &size));
    assert_int_equal (3, size);
    assert_null (hint_get (back, PVFS_HINT_CACHE_NAME, NULL));
    PVFS_hint_free (&back);
    for (size_t cut = 0; cut < len; cut++) {
        wire_decoder (&w, buf, cut, &arena);
        hint_wire (&w, &back);
        assert_true (w.err < 0);
    }
    arena_fini (&arena);
    PVFS_hint_free (&hint);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (an_added_hint_is_found_and_copied),
        cmocka_unit_test (limits_and_sizes_are_enforced),
        cmocka_unit_test (the_environment_adds_what_is_not_there),
        cmocka_unit_test (only_hints_for_servers_travel),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
