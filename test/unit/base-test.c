/*
 * The containers and the arithmetic of src/common/base.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/base/arena.h"
#include "common/base/base.h"
#include "common/base/hash.h"
#include "common/base/list.h"

struct item {
    int value;
    struct list link;
    struct hash_node node;
};

static void
a_list_keeps_order (void **state)
{
    struct list l;
    struct item items[3] = {{.value = 0}, {.value = 1}, {.value = 2}};
    struct item *i;
    int expected = 0;

    list_init (&l);
    list_push_back (&l, &items[1].link);
    list_push_back (&l, &items[2].link);
    list_push_front (&l, &items[0].link);
    list_for_each (i, &l, link)
        assert_int_equal (i->value, expected++);
    assert_int_equal (expected, 3);
    assert_int_equal (list_count (&l), 3);
    assert_ptr_equal (list_first (&l, struct item, link), &items[0]);
    assert_ptr_equal (list_last (&l, struct item, link), &items[2]);
}

static void
an_entry_may_be_removed_while_walking (void **state)
{
    struct list l;
    struct item items[5];
    struct item *i;

    list_init (&l);
    for (int n = 0; n < 5; n++) {
        items[n].value = n;
        list_push_back (&l, &items[n].link);
    }
    list_for_each (i, &l, link) {
        if (i->value % 2 == 0)
            list_remove (&i->link);
    }
    assert_int_equal (list_count (&l), 2);
    assert_ptr_equal (list_first (&l, struct item, link), &items[1]);
}

static void
removing_twice_is_harmless (void **state)
{
    struct list l, n;

    list_init (&l);
    list_init (&n);
    list_push_back (&l, &n);
    list_remove (&n);
    list_remove (&n);
    assert_true (list_empty (&l));
    assert_null (list_pop_front (&l));
}

static void
splicing_moves_all_nodes (void **state)
{
    struct list a, b, nodes[4];

    list_init (&a);
    list_init (&b);
    for (int n = 0; n < 4; n++)
        list_push_back (n < 2 ? &a : &b, &nodes[n]);
    list_splice (&a, &b);
    list_splice (&a, &b);
    assert_true (list_empty (&b));
    for (int n = 0; n < 4; n++)
        assert_ptr_equal (list_pop_front (&a), &nodes[n]);
}

static void
a_hash_table_finds_what_was_inserted (void **state)
{
    enum { N = 1000 };
    struct hash_table t = {0};
    struct item *items = calloc (N, sizeof *items);
    size_t i, seen = 0;

    assert_non_null (items);
    for (int n = 0; n < N; n++) {
        items[n].value = n;
        assert_int_equal (hash_insert (&t, &items[n].node, hash_u64 (n)), 0);
    }
    for (int n = 0; n < N; n += 2)
        hash_remove (&t, &items[n].node);
    assert_int_equal (t.count, N / 2);
    for (int n = 0; n < N; n++) {
        struct hash_node *found = hash_first (&t, hash_u64 (n));
        assert_ptr_equal (found, n % 2 ? &items[n].node : NULL);
    }
    hash_for_each (&t, i, node) {
        (void) node;
        seen++;
    }
    assert_int_equal (seen, N / 2);
    hash_fini (&t);
    free (items);
}

static void
equal_hashes_are_all_found (void **state)
{
    struct hash_table t = {0};
    struct item items[3];
    int seen = 0;

    for (int n = 0; n < 3; n++)
        assert_int_equal (hash_insert (&t, &items[n].node, 7), 0);
    for (struct hash_node *n = hash_first (&t, 7); n; n = hash_next (n))
        seen++;
    assert_int_equal (seen, 3);
    hash_fini (&t);
}

static void
overflow_leaves_the_result_alone (void **state)
{
    int64_t r = 42;

    assert_false (add_ok (INT64_MAX, 1, &r));
    assert_false (mul_ok (INT64_MAX / 2, 3, &r));
    assert_int_equal (r, 42);
    assert_true (add_ok (INT64_MAX - 1, 1, &r));
    assert_true (r == INT64_MAX);
    assert_true (mul_ok (-3, 5, &r));
    assert_int_equal (r, -15);
}

static void
arena_memory_is_zeroed_and_aligned (void **state)
{
    struct arena a = {0};

    for (size_t size = 1; size < 20000; size = size * 3 + 1) {
        unsigned char *p = arena_alloc (&a, size);
        assert_non_null (p);
        assert_int_equal ((uintptr_t) p % _Alignof (max_align_t), 0);
        for (size_t i = 0; i < size; i++)
            assert_int_equal (p[i], 0);
        memset (p, 0xff, size);
    }
    assert_string_equal (arena_strdup (&a, "name"), "name");
    arena_fini (&a);
}

static void
an_impossible_array_is_refused (void **state)
{
    struct arena a = {0};

    assert_null (arena_array (&a, SIZE_MAX / 2, 3));
    arena_fini (&a);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (a_list_keeps_order),
        cmocka_unit_test (an_entry_may_be_removed_while_walking),
        cmocka_unit_test (removing_twice_is_harmless),
        cmocka_unit_test (splicing_moves_all_nodes),
        cmocka_unit_test (a_hash_table_finds_what_was_inserted),
        cmocka_unit_test (equal_hashes_are_all_found),
        cmocka_unit_test (overflow_leaves_the_result_alone),
        cmocka_unit_test (arena_memory_is_zeroed_and_aligned),
        cmocka_unit_test (an_impossible_array_is_refused),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
