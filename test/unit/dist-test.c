/* Distributions against a walk over every byte, their parameters and their wire form. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "io/description/dist.h"
#include "pvfs2-sysint.h"

static void
simple_stripe_maps_every_byte_as_counting_does (void **state)
{
    for (uint32_t ct = 1; ct <= 5; ct++) {
        for (int64_t z = 1; z <= 7; z++) {
            int64_t have[5] = { 0 };
            struct dist d;
            assert_int_equal (0, dist_lookup ("simple_stripe", &d));
            d.params.simple_stripe.strip_size = z;
            for (int64_t at = 0; at < 200; at++) {
                uint32_t owner = (uint32_t) (at / z % ct);
                for (uint32_t nr = 0; nr < ct; nr++)
                    assert_int_equal (have[nr], d.ops->logical_to_physical (&d, nr, ct, at));
                assert_int_equal (at, d.ops->physical_to_logical (&d, owner, ct, have[owner]));
                assert_int_equal (at, d.ops->next_mapped_offset (&d, owner, ct, at));
                if (ct > 1)
                    assert_int_equal (z - at % z, d.ops->contiguous_length (&d, owner, ct, at));
                have[owner]++;
                assert_int_equal (at + 1, d.ops->logical_file_size (&d, ct, have));
            }
        }
    }
}

static void
next_mapped_skips_to_the_servers_next_strip (void **state)
{
    struct dist d;
    dist_lookup ("simple_stripe", &d);
    d.params.simple_stripe.strip_size = 10;
    assert_int_equal (20, d.ops->next_mapped_offset (&d, 2, 3, 5));
    assert_int_equal (50, d.ops->next_mapped_offset (&d, 2, 3, 31));
}

static void
basic_dist_is_the_identity_on_one_datafile (void **state)
{
    struct dist d;
    int64_t sizes[1] = { 77 };
    assert_int_equal (0, dist_lookup ("basic_dist", &d));
    assert_int_equal (5, d.ops->logical_to_physical (&d, 0, 1, 5));
    assert_int_equal (5, d.ops->physical_to_logical (&d, 0, 1, 5));
    assert_int_equal (77, d.ops->logical_file_size (&d, 1, sizes));
    assert_int_equal (1, d.ops->get_num_dfiles (&d, 4, 9));
}

static void
an_unknown_name_is_not_found (void **state)
{
    struct dist d;
    assert_int_equal (-ENOENT, dist_lookup ("no_such_dist", &d));
    assert_int_equal (-ENOENT, dist_lookup (NULL, &d));
    assert_null (PVFS_sys_dist_lookup ("no_such_dist"));
}

static void
sizes_too_large_for_a_file_saturate (void **state)
{
    struct dist d;
    int64_t sizes[2] = { 0, INT64_MAX };
    dist_lookup ("simple_stripe", &d);
    assert_int_equal (INT64_MAX, d.ops->logical_file_size (&d, 2, sizes));
}

static void
parameters_read_and_write_as_text (void **state)
{
    struct dist d;
    char text[64], small[4];
    dist_lookup ("simple_stripe", &d);
    assert_int_equal (0, d.ops->params_string (&d, text, sizeof (text)));
    assert_string_equal ("strip_size:65536", text);
    assert_int_equal (-ENOSPC, d.ops->params_string (&d, small, sizeof (small)));
    assert_int_equal (0, dist_set_params (&d, "strip_size:1048576"));
    assert_int_equal (MIB (1), d.params.simple_stripe.strip_size);
    assert_int_equal (-EINVAL, dist_set_params (&d, "strip_size:5+strip_size:0"));
    assert_int_equal (-EINVAL, dist_set_params (&d, "strip_size:12x"));
    assert_int_equal (-EINVAL, dist_set_params (&d, "strip_size"));
    assert_int_equal (-ENOENT, dist_set_params (&d, "width:5"));
    assert_int_equal (MIB (1), d.params.simple_stripe.strip_size);
    assert_int_equal (0, dist_set_params (&d, ""));
}

static void
the_wire_keeps_name_and_parameters_and_refuses_bad_ones (void **state)
{
    struct dist d, back;
    struct wire w;
    uint8_t buf[128];
    struct arena arena = { 0 };
    dist_lookup ("simple_stripe", &d);
    d.params.simple_stripe.strip_size = 12345;
    wire_encoder (&w, buf, sizeof (buf));
    dist_wire (&w, &d);
    assert_int_equal (0, w.err);
    size_t len = w.pos;
    wire_decoder (&w, buf, len, &arena);
    dist_wire (&w, &back);
    assert_int_equal (0, wire_finish (&w));
    assert_ptr_equal (d.ops, back.ops);
    assert_int_equal (12345, back.params.simple_stripe.strip_size);
    memset (buf + len - 8, 0, 8);
    wire_decoder (&w, buf, len, &arena);
    dist_wire (&w, &back);
    assert_int_equal (-EPROTO, w.err);
    buf[4] ^= 1;
    wire_decoder (&w, buf, len, &arena);
    dist_wire (&w, &back);
    assert_int_equal (-EPROTO, w.err);
    arena_fini (&arena);
}

static void
the_public_form_takes_parameters_and_checks_them (void **state)
{
    struct dist d;
    PVFS_size strip = 4096, bad = -1;
    PVFS_sys_dist *sys = PVFS_sys_dist_lookup ("simple_stripe");
    assert_non_null (sys);
    assert_int_equal (0, PVFS_sys_dist_setparam (sys, "strip_size", &strip));
    assert_int_equal (-PVFS_EINVAL, PVFS_sys_dist_setparam (sys, "strip_size", &bad));
    assert_int_equal (-PVFS_ENOENT, PVFS_sys_dist_setparam (sys, "colour", &strip));
    assert_int_equal (-PVFS_EINVAL, PVFS_sys_dist_setparam (NULL, "strip_size", &strip));
    assert_int_equal (0, dist_from_sys (sys, &d));
    assert_int_equal (4096, d.params.simple_stripe.strip_size);
    assert_int_equal (0, PVFS_dist_pv_pairs_extract_and_add ("strip_size:8192", sys));
    assert_int_equal (0, dist_from_sys (sys, &d));
    assert_int_equal (8192, d.params.simple_stripe.strip_size);
    assert_int_equal (0, PVFS_sys_dist_free (sys));
    assert_int_equal (-PVFS_EINVAL, PVFS_sys_dist_free (NULL));
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (simple_stripe_maps_every_byte_as_counting_does),
        cmocka_unit_test (next_mapped_skips_to_the_servers_next_strip),
        cmocka_unit_test (basic_dist_is_the_identity_on_one_datafile),
        cmocka_unit_test (an_unknown_name_is_not_found),
        cmocka_unit_test (sizes_too_large_for_a_file_saturate),
        cmocka_unit_test (parameters_read_and_write_as_text),
        cmocka_unit_test (the_wire_keeps_name_and_parameters_and_refuses_bad_ones),
        cmocka_unit_test (the_public_form_takes_parameters_and_checks_them),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
