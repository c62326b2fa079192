/* Error codes: the mapping in both directions, texts, details. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/error/error.h"
#include "pvfs2-types.h"

static void
every_errno_with_a_code_comes_back_as_itself (void **state)
{
    int mapped = 0;
    for (int err = 1; err < 134; err++) {
        int32_t code = pvfs_error_from_errno (-err);
        assert_true (code < 0 && IS_PVFS_ERROR (code));
        if (code == -PVFS_EIO)
            continue; /* EIO, or no code for it */
        assert_int_equal (-err, pvfs_error_to_errno (code));
        mapped++;
    }
    assert_true (mapped >= 70);
    assert_int_equal (-EIO, pvfs_error_to_errno (pvfs_error_from_errno (-EIO)));
}

static void
codes_have_the_numbers_of_the_api (void **state)
{
    assert_int_equal (0x40000002, PVFS_ENOENT);
    assert_int_equal (0x4000003a, PVFS_EACCES);
    assert_int_equal (0x60000001, PVFS_ECANCEL);
    assert_int_equal (-PVFS_ENOENT, pvfs_error_from_errno (-ENOENT));
    assert_int_equal (-PVFS_ECANCEL, pvfs_error_from_errno (-ECANCELED));
    assert_int_equal (-ECANCELED, pvfs_error_to_errno (-PVFS_ECANCEL));
    assert_int_equal (-PVFS_ESTALE, pvfs_error_from_errno (-ESTALE));
}

static void
class_bits_are_ignored_and_garbage_is_eio (void **state)
{
    assert_int_equal (-ENOSPC, pvfs_error_to_errno (-(PVFS_ENOSPC | PVFS_ERROR_TROVE)));
    assert_int_equal (-EIO, pvfs_error_to_errno (-5));
    assert_int_equal (-EIO, pvfs_error_to_errno (INT32_MIN));
    assert_int_equal (-EIO, pvfs_error_to_errno (-(PVFS_ERROR_BIT | 127)));
    assert_int_equal (-PVFS_EIO, pvfs_error_from_errno (-9999));
    assert_int_equal (-PVFS_EIO, pvfs_error_from_errno (INT32_MIN));
    assert_int_equal (0, pvfs_error_to_errno (0));
    assert_int_equal (7, pvfs_error_from_errno (7));
}

static void
the_public_mappings_take_both_signs (void **state)
{
    assert_int_equal (ENOENT, PVFS_get_errno_mapping (-PVFS_ENOENT));
    assert_int_equal (ENOENT, PVFS_get_errno_mapping (PVFS_ENOENT | PVFS_ERROR_CLIENT));
    assert_int_equal (1, PVFS_get_errno_mapping (-PVFS_ECANCEL));
    assert_int_equal (-17, PVFS_get_errno_mapping (-17));
    assert_int_equal (PVFS_EEXIST, PVFS_errno_to_error (EEXIST));
    assert_int_equal (-PVFS_EEXIST, PVFS_errno_to_error (-EEXIST));
    assert_int_equal (9999, PVFS_errno_to_error (9999));
}

static void
strerror_r_names_any_code_and_says_when_it_was_cut (void **state)
{
    char text[128];
    assert_int_equal (0, PVFS_strerror_r (-PVFS_ENOENT, text, sizeof (text)));
    assert_string_equal (strerror (ENOENT), text);
    assert_int_equal (0, PVFS_strerror_r (ENOENT, text, sizeof (text)));
    assert_string_equal (strerror (ENOENT), text);
    assert_int_equal (0, PVFS_strerror_r (-PVFS_ECANCEL, text, sizeof (text)));
    assert_string_equal ("Operation cancelled", text);
    assert_int_equal (-PVFS_ERANGE, PVFS_strerror_r (-PVFS_ENOENT, text, 4));
    assert_int_equal (3, strlen (text));
    assert_int_equal (-PVFS_EINVAL, PVFS_strerror_r (-PVFS_ENOENT, NULL, 4));
    assert_int_equal (0, PVFS_strerror_r (INT32_MIN, text, sizeof (text)));
}

static void
details_have_room_for_what_was_asked (void **state)
{
    PVFS_error_details *details = PVFS_error_details_new (5);
    assert_non_null (details);
    assert_int_equal (5, details->count_allocated);
    assert_int_equal (0, details->count_used);
    details->error[4].error = -PVFS_EIO;
    PVFS_error_details_free (details);
    PVFS_error_details_free (NULL);
    assert_null (PVFS_error_details_new (0));
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (every_errno_with_a_code_comes_back_as_itself),
        cmocka_unit_test (codes_have_the_numbers_of_the_api),
        cmocka_unit_test (class_bits_are_ignored_and_garbage_is_eio),
        cmocka_unit_test (the_public_mappings_take_both_signs),
        cmocka_unit_test (strerror_r_names_any_code_and_says_when_it_was_cut),
        cmocka_unit_test (details_have_room_for_what_was_asked),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
