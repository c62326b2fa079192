/* Distributions against a walk over every byte, their parameters and their wire form. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "io/description/dist.h"
#include "pvfs2-sysint.h"

/* Which server byte `at` belongs to, by counting. */
typedef uint32_t owner_fn (const struct dist *d, uint32_t ct, int64_t at);

/* Walks up a file byte by byte and knows at each what every function must say. */
static void
walk (const struct dist *d, uint32_t ct, int64_t end, owner_fn *owner_of)
{
    int64_t have[8] = { 0 }, next[8];
    for (int64_t at = 0; at < end; at++) {
        uint32_t owner = owner_of (d, ct, at);
        for (uint32_t nr = 0; nr < ct; nr++)
            assert_int_equal (have[nr], d->ops->logical_to_physical (d, nr, ct, at));
        assert_int_equal (at, d->ops->physical_to_logical (d, owner, ct, have[owner]));
        int64_t run = 1, said = d->ops->contiguous_length (d, owner, ct, at);
        while (run < said && at + run < end && owner_of (d, ct, at + run) == owner)
            run++;
        assert_true (said >= 1 && (run == said || at + run == end));
        have[owner]++;
        assert_int_equal (at + 1, d->ops->logical_file_size (d, ct, have));
    }
    for (uint32_t nr = 0; nr < ct; nr++)
        next[nr] = -1;
    for (int64_t at = end - 1; at >= 0; at--) {
        next[owner_of (d, ct, at)] = at;
        for (uint32_t nr = 0; nr < ct; nr++)
            if (next[nr] >= 0)
                assert_int_equal (next[nr], d->ops->next_mapped_offset (d, nr, ct, at));
    }
}

static uint32_t
simple_stripe_owner (const struct dist *d, uint32_t ct, int64_t at)
{
    return (uint32_t) (at / d->params.simple_stripe.strip_size % ct);
}

static void
simple_stripe_maps_every_byte_as_counting_does (void **state)
{
    struct dist d;
    assert_int_equal (0, dist_lookup ("simple_stripe", &d));
    for (uint32_t ct = 1; ct <= 5; ct++)
        for (int64_t z = 1; z <= 7; z++) {
            d.params.simple_stripe.strip_size = z;
            walk (&d, ct, 200, simple_stripe_owner);
        }
}

/* Deals strips out one by one. */
static uint32_t
twod_owner (const struct dist *d, uint32_t ct, int64_t at)
{
    const PVFS_twod_stripe_params *p = &d->params.twod_stripe;
    uint32_t groups = p->num_groups < ct ? p->num_groups : ct;
    for (int64_t end = 0;;)
        for (uint32_t g = 0; g < groups; g++) {
            uint32_t first = g * (ct / groups), after = g == groups - 1 ? ct : first + ct / groups;
            for (uint32_t row = 0; row < p->group_strip_factor; row++)
                for (uint32_t nr = first; nr < after; nr++)
                    if ((end += p->strip_size) > at)
                        return nr;
        }
}

static void
twod_stripe_maps_every_byte_as_counting_does (void **state)
{
    struct dist d;
    assert_int_equal (0, dist_lookup ("twod_stripe", &d));
    for (uint32_t ct = 1; ct <= 7; ct++)
        for (uint32_t groups = 1; groups <= 4; groups++)
            for (uint32_t factor = 1; factor <= 3; factor++)
                for (int64_t z = 1; z <= 4; z++) {
                    d.params.twod_stripe = (PVFS_twod_stripe_params){ groups, z, factor };
                    walk (&d, ct, 2 * z * factor * ct + 5, twod_owner);
                }
}

static uint32_t
varstrip_owner (const struct dist *d, uint32_t ct, int64_t at)
{
    const struct varstrip *v = &d->params.varstrip;
    for (int64_t end = 0;;)
        for (int i = 0; i < v->n; i++)
            if ((end += v->size[i]) > at)
                return v->node[i] % ct;
}

static void
varstrip_maps_every_byte_as_counting_does (void **state)
{
    static const char *const texts[] = { "strips:0:5", "strips:0:3;1:1;2:4", "strips:2:3;0:2;1:7;0:1;0:2;2:5", "strips:1:4;0:4" };
    struct dist d;
    assert_int_equal (0, dist_lookup ("varstrip_dist", &d));
    for (size_t i = 0; i < ARRAY_SIZE (texts); i++) {
        assert_int_equal (0, dist_set_params (&d, texts[i]));
        for (uint32_t ct = 1; ct <= 5; ct++)
            walk (&d, ct, 90, varstrip_owner);
    }
}

static void
a_server_without_strips_holds_nothing (void **state)
{
    struct dist d;
    int64_t sizes[3] = { 4, 4, 9 };
    dist_lookup ("varstrip_dist", &d);
    assert_int_equal (0, dist_set_params (&d, "strips:0:4;1:4"));
    assert_int_equal (0, d.ops->logical_to_physical (&d, 2, 3, 1000));
    assert_int_equal (INT64_MAX, d.ops->next_mapped_offset (&d, 2, 3, 0));
    assert_int_equal (INT64_MAX, d.ops->logical_file_size (&d, 3, sizes)); /* damaged, and not small */
    assert_int_equal (2, d.ops->get_num_dfiles (&d, 7, 5));
}

static void
strips_read_with_units_and_write_as_short_as_they_can (void **state)
{
    static const char *const bad[] = { "strips:",      "strips:0",      "strips:0:",      "strips:0:0",   "strips:0:-1", "strips:1:4",
                                       "strips:0:4;2:4", "strips:0:4,1:4", "strips:0:4T",   "strips:x:4",   "strips:0:4;;1:4",
                                       "strips:0:4KK",   "strips:300:4",   "strips:0:99999999999G" };
    struct dist d;
    char text[64], small[9];
    dist_lookup ("varstrip_dist", &d);
    assert_int_equal (0, dist_set_params (&d, "strips:0:64K;1:1048576;0:1025;2:3g"));
    assert_int_equal (0, d.ops->params_string (&d, text, sizeof text));
    assert_string_equal ("strips:0:64K;1:1M;0:1025;2:3G", text);
    assert_int_equal (-ENOSPC, d.ops->params_string (&d, small, sizeof small));
    for (size_t i = 0; i < ARRAY_SIZE (bad); i++) {
        assert_int_equal (-EINVAL, dist_set_params (&d, bad[i]));
        assert_int_equal (4, d.params.varstrip.n);
    }
    assert_int_equal (-ENOENT, dist_set_params (&d, "strip_size:4"));
}

static void
two_dimensions_refuse_what_would_overflow (void **state)
{
    struct dist d;
    char text[128];
    dist_lookup ("twod_stripe", &d);
    assert_int_equal (0, d.ops->params_string (&d, text, sizeof text));
    assert_string_equal ("num_groups:2+strip_size:65536+group_strip_factor:256", text);
    assert_int_equal (0, dist_set_params (&d, "num_groups:3+strip_size:1024+group_strip_factor:5"));
    assert_int_equal (-EINVAL, dist_set_params (&d, "num_groups:0"));
    assert_int_equal (-EINVAL, dist_set_params (&d, "group_strip_factor:4294967296"));
    assert_int_equal (-EINVAL, dist_set_params (&d, "strip_size:1099511627776+group_strip_factor:4000000000"));
    assert_int_equal (-ENOENT, dist_set_params (&d, "strips:0:4"));
    int64_t sizes[4] = { 0, INT64_MAX, 0, 0 };
    assert_int_equal (INT64_MAX, d.ops->logical_file_size (&d, 4, sizes));
}

static void
the_wire_keeps_all_parameters (void **state)
{
    static const struct {
        const char *name, *params;
    } all[] = { { "basic_dist", "" }, { "simple_stripe", "strip_size:12345" }, { "varstrip_dist", "strips:1:7K;0:3" },
                { "twod_stripe", "num_groups:3+strip_size:1024+group_strip_factor:5" } };
    struct arena arena = { 0 };
    for (size_t i = 0; i < ARRAY_SIZE (all); i++) {
        struct dist d, back;
        struct wire w;
        uint8_t buf[128];
        char text[128];
        assert_int_equal (0, dist_lookup (all[i].name, &d));
        assert_int_equal (0, dist_set_params (&d, all[i].params));
        wire_encoder (&w, buf, sizeof buf);
        dist_wire (&w, &d);
        size_t len = w.pos;
        assert_int_equal (0, w.err);
        wire_decoder (&w, buf, len, &arena);
        dist_wire (&w, &back);
        assert_int_equal (0, wire_finish (&w));
        assert_int_equal (0, back.ops->params_string (&back, text, sizeof text));
        assert_string_equal (all[i].params, text);
    }
    arena_fini (&arena);
}

static void
the_public_form_of_all_parameters (void **state)
{
    struct dist d;
    uint32_t groups = 3, factor = 7, none = 0;
    PVFS_size strip = 2048;
    PVFS_sys_dist *two = PVFS_sys_dist_lookup (PVFS_DIST_TWOD_STRIPE_NAME), *var = PVFS_sys_dist_lookup (PVFS_DIST_VARSTRIP_NAME);
    assert_non_null (two);
    assert_non_null (var);
    assert_int_equal (0, PVFS_sys_dist_setparam (two, "num_groups", &groups));
    assert_int_equal (0, PVFS_sys_dist_setparam (two, "group_strip_factor", &factor));
    assert_int_equal (0, PVFS_sys_dist_setparam (two, "strip_size", &strip));
    assert_int_equal (-PVFS_EINVAL, PVFS_sys_dist_setparam (two, "num_groups", &none));
    assert_int_equal (0, dist_from_sys (two, &d));
    assert_int_equal (3, d.params.twod_stripe.num_groups);
    assert_int_equal (7, d.params.twod_stripe.group_strip_factor);
    assert_int_equal (2048, d.params.twod_stripe.strip_size);
    assert_int_equal (0, PVFS_sys_dist_setparam (var, "strips", "0:1K;1:2K"));
    assert_string_equal ("0:1K;1:2K", ((PVFS_varstrip_params *) var->params)->strips);
    assert_int_equal (-PVFS_EINVAL, PVFS_sys_dist_setparam (var, "strips", "0:1K;2:2K"));
    assert_int_equal (0, dist_from_sys (var, &d));
    assert_int_equal (3072, d.params.varstrip.total);
    memset (((PVFS_varstrip_params *) var->params)->strips, '0', sizeof (PVFS_varstrip_params)); /* no end */
    assert_int_equal (-EINVAL, dist_from_sys (var, &d));
    PVFS_sys_dist_free (two);
    PVFS_sys_dist_free (var);
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
        cmocka_unit_test (twod_stripe_maps_every_byte_as_counting_does),
        cmocka_unit_test (varstrip_maps_every_byte_as_counting_does),
        cmocka_unit_test (a_server_without_strips_holds_nothing),
        cmocka_unit_test (strips_read_with_units_and_write_as_short_as_they_can),
        cmocka_unit_test (two_dimensions_refuse_what_would_overflow),
        cmocka_unit_test (the_wire_keeps_all_parameters),
        cmocka_unit_test (the_public_form_of_all_parameters),
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
