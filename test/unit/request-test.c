/* Requests: constructors, bounds, ownership, errors, and their wire form. */
#include "request-model.h"

#include "io/description/req-state.h"
#include "io/description/request-codec.h"

enum { ROUNDS = 3000, MODEL_DEPTH = 3 };

static void
assert_is_model (PVFS_Request request, const struct model *m)
{
    PVFS_size size, extent, lb, ub;
    struct req_logical it;
    int64_t off, len, k = 0;

    assert_int_equal (0, PVFS_Request_size (request, &size));
    assert_int_equal (0, PVFS_Request_extent (request, &extent));
    assert_int_equal (0, PVFS_Request_lb (request, &lb));
    assert_int_equal (0, PVFS_Request_ub (request, &ub));
    assert_int_equal (m->size, size);
    assert_int_equal (m->lb, lb);
    assert_int_equal (m->ub, ub);
    assert_int_equal (m->ub - m->lb, extent);
    assert_int_equal (0, req_logical_init (&it, request, 0, size));
    while (req_logical_next (&it, &off, &len)) {
        assert_true (len > 0);
        for (int64_t i = 0; i < len; i++)
            assert_int_equal (m->disp[k++], off + i);
    }
    assert_int_equal (m->size, k);
}

static void
random_requests_have_the_bytes_and_bounds_of_the_model (void **state)
{
    model_seed (7);
    for (int i = 0; i < ROUNDS; i++) {
        struct model *m = model_new ();
        PVFS_Request request = model_make (MODEL_DEPTH, true, m);
        assert_is_model (request, m);
        assert_int_equal (0, PVFS_Request_free (&request));
        free (m);
    }
}

static PVFS_Request
decode (const void *buf, size_t len, struct arena *arena)
{
    struct wire w;
    struct PINT_Request *r = NULL;
    wire_decoder (&w, buf, len, arena);
    request_wire (&w, &r);
    return wire_finish (&w) ? NULL : r;
}

static void *
encode (PVFS_Request request, size_t *ret_len)
{
    struct wire w;
    wire_encoder_grow (&w, MIB (16));
    request_wire (&w, &request);
    assert_int_equal (0, w.err);
    return wire_take (&w, ret_len);
}

static void
random_requests_survive_the_wire (void **state)
{
    model_seed (8);
    for (int i = 0; i < ROUNDS; i++) {
        struct model *m = model_new ();
        struct arena arena = { 0 };
        size_t len;
        PVFS_Request request = model_make (MODEL_DEPTH, true, m);
        void *buf = encode (request, &len);
        PVFS_Request_free (&request);
        request = decode (buf, len, &arena);
        assert_non_null (request);
        assert_is_model (request, m);
        assert_int_equal (0, PVFS_Request_free (&request)); /* the arena's: left alone */
        assert_non_null (request);
        arena_fini (&arena);
        free (buf);
        free (m);
    }
}

static void
truncated_encodings_are_refused (void **state)
{
    struct model *m = model_new ();
    size_t len;
    model_seed (9);
    PVFS_Request request = model_make (MODEL_DEPTH, true, m);
    void *buf = encode (request, &len);
    for (size_t cut = 0; cut < len; cut++) {
        struct arena arena = { 0 };
        assert_null (decode (buf, cut, &arena));
        arena_fini (&arena);
    }
    PVFS_Request_free (&request);
    free (buf);
    free (m);
}

/* Processes what a hostile peer could make a server process. */
static void
walk_hostile (PVFS_Request request)
{
    struct dist dist;
    struct req_state st;
    struct req_region regions[16];
    assert_int_equal (0, dist_lookup (DIST_DEFAULT_NAME, &dist));
    struct req_map map = { .file_req = request, .total = MIB (1), .dist = &dist, .server_nr = 1,
                           .server_ct = 3, .fsize = KIB (100) };
    if (req_state_init (&st, &map, NULL))
        return;
    for (int step = 0; step < 8; step++) {
        int n;
        int64_t bytes;
        if (req_next_physical (&st, KIB (64), regions, 16, &n, &bytes) || !n)
            return;
        for (int i = 0; i < n; i++) {
            assert_true (regions[i].off >= 0 && regions[i].len > 0);
            assert_true (regions[i].off + regions[i].len <= map.fsize);
        }
    }
}

static void
damaged_encodings_are_refused_or_harmless (void **state)
{
    model_seed (10);
    for (int i = 0; i < ROUNDS; i++) {
        struct model *m = model_new ();
        struct arena arena = { 0 };
        size_t len;
        PVFS_Request request = model_make (MODEL_DEPTH, false, m);
        uint8_t *buf = encode (request, &len);
        PVFS_Request_free (&request);
        for (int flips = (int) model_between (1, 4); flips > 0; flips--)
            buf[model_random () % len] = (uint8_t) model_random ();
        request = decode (buf, len, &arena);
        if (request)
            walk_hostile (request);
        arena_fini (&arena);
        free (buf);
        free (m);
    }
}

static void
a_request_may_be_freed_while_another_uses_it (void **state)
{
    PVFS_Request inner, outer;
    int32_t len[2] = { 1, 1 };
    PVFS_size disp[2] = { 0, 100 };
    assert_int_equal (0, PVFS_Request_hvector (3, 1, 8, PVFS_INT, &inner));
    assert_int_equal (0, PVFS_Request_hindexed (2, len, disp, inner, &outer));
    assert_int_equal (0, PVFS_Request_free (&inner));
    assert_null (inner);
    len[0] = 99;
    disp[1] = -1;
    PVFS_size size, ub;
    PVFS_Request_size (outer, &size);
    PVFS_Request_ub (outer, &ub);
    assert_int_equal (24, size);
    assert_int_equal (120, ub);
    assert_int_equal (0, PVFS_Request_free (&outer));
}

static void
free_of_null_fails_and_of_a_predefined_one_does_nothing (void **state)
{
    PVFS_Request none = NULL, byte = PVFS_BYTE;
    assert_int_equal (-PVFS_EINVAL, PVFS_Request_free (NULL));
    assert_int_equal (-PVFS_EINVAL, PVFS_Request_free (&none));
    assert_int_equal (0, PVFS_Request_free (&byte));
    assert_int_equal (0, PVFS_Request_free (&PVFS_BYTE));
    assert_non_null (PVFS_BYTE);
    assert_int_equal (0, PVFS_Request_commit (&byte));
    assert_int_equal (-PVFS_EINVAL, PVFS_Request_commit (&none));
}

static void
predefined_elements_have_the_sizes_of_their_types (void **state)
{
    const struct { PVFS_Request request; size_t size; } all[] = {
        { PVFS_CHAR, 1 }, { PVFS_SHORT, sizeof (short) }, { PVFS_INT, sizeof (int) },
        { PVFS_LONG, sizeof (long) }, { PVFS_UNSIGNED_CHAR, 1 },
        { PVFS_UNSIGNED_SHORT, sizeof (short) }, { PVFS_UNSIGNED, sizeof (int) },
        { PVFS_UNSIGNED_INT, sizeof (int) }, { PVFS_UNSIGNED_LONG, sizeof (long) },
        { PVFS_FLOAT, sizeof (float) }, { PVFS_DOUBLE, sizeof (double) },
        { PVFS_LONG_DOUBLE, sizeof (long double) }, { PVFS_BYTE, 1 }, { PVFS_PACKED, 1 },
    };
    for (size_t i = 0; i < ARRAY_SIZE (all); i++) {
        PVFS_size size, extent;
        assert_int_equal (0, PVFS_Request_size (all[i].request, &size));
        assert_int_equal (0, PVFS_Request_extent (all[i].request, &extent));
        assert_int_equal (all[i].size, size);
        assert_int_equal (all[i].size, extent);
    }
}

static void
bad_arguments_are_refused_and_leave_the_result_alone (void **state)
{
    PVFS_Request out = PVFS_INT;
    int32_t len[1] = { -1 };
    PVFS_size disp[1] = { 0 };
    PVFS_Request none[1] = { NULL };
    assert_int_equal (-PVFS_EINVAL, PVFS_Request_contiguous (-1, PVFS_BYTE, &out));
    assert_int_equal (-PVFS_EINVAL, PVFS_Request_contiguous (1, NULL, &out));
    assert_int_equal (-PVFS_EINVAL, PVFS_Request_contiguous (1, PVFS_BYTE, NULL));
    assert_int_equal (-PVFS_EINVAL, PVFS_Request_vector (1, -1, 0, PVFS_BYTE, &out));
    assert_int_equal (-PVFS_EINVAL, PVFS_Request_hvector (-1, 1, 0, PVFS_BYTE, &out));
    assert_int_equal (-PVFS_EINVAL, PVFS_Request_hindexed (1, len, disp, PVFS_BYTE, &out));
    assert_int_equal (-PVFS_EINVAL, PVFS_Request_indexed (-1, len, disp, PVFS_BYTE, &out));
    assert_int_equal (-PVFS_EINVAL, PVFS_Request_hindexed (1, NULL, disp, PVFS_BYTE, &out));
    len[0] = 1;
    assert_int_equal (-PVFS_EINVAL, PVFS_Request_struct (1, len, disp, none, &out));
    assert_int_equal (-PVFS_EINVAL, PVFS_Request_resized (PVFS_BYTE, 0, -1, &out));
    assert_ptr_equal (PVFS_INT, out);
}

static void
sizes_that_overflow_are_refused (void **state)
{
    PVFS_Request a, b, out = NULL;
    PVFS_size disp[2] = { INT64_MAX - 2, INT64_MIN };
    int32_t len[2] = { 4, 1 };
    assert_int_equal (0, PVFS_Request_contiguous (INT32_MAX, PVFS_INT, &a));
    assert_int_equal (0, PVFS_Request_contiguous (INT32_MAX / 8, a, &b));
    assert_int_equal (-PVFS_EOVERFLOW, PVFS_Request_contiguous (INT32_MAX, b, &out));
    assert_int_equal (-PVFS_EOVERFLOW, PVFS_Request_hindexed (1, len, disp, PVFS_BYTE, &out));
    len[0] = 1;
    assert_int_equal (-PVFS_EOVERFLOW, PVFS_Request_hindexed (2, len, disp, PVFS_BYTE, &out));
    assert_int_equal (-PVFS_EOVERFLOW, PVFS_Request_hvector (3, 1, INT64_MAX / 2 + 1, PVFS_BYTE,
                                                             &out));
    assert_int_equal (-PVFS_EOVERFLOW, PVFS_Request_vector (2, 1, INT64_MAX / 2, PVFS_INT, &out));
    assert_int_equal (-PVFS_EOVERFLOW, PVFS_Request_resized (PVFS_BYTE, 5, INT64_MAX, &out));
    assert_null (out);
    PVFS_Request_free (&a);
    PVFS_Request_free (&b);
}

static void
contiguous_shapes_become_one_run (void **state)
{
    PVFS_Request made;
    int32_t len[3] = { 2, 0, 3 };
    PVFS_size disp[3] = { 8, 77, 16 };
    assert_int_equal (0, PVFS_Request_vector (5, 3, 3, PVFS_INT, &made));
    assert_true (request_tiles (made));
    PVFS_Request_free (&made);
    assert_int_equal (0, PVFS_Request_hindexed (3, len, disp, PVFS_INT, &made));
    assert_int_equal (REQUEST_RUN, made->kind);
    assert_int_equal (8, made->off);
    assert_int_equal (20, made->size);
    PVFS_Request_free (&made);
}

static void
nesting_is_limited (void **state)
{
    PVFS_Request r, next;
    int err = PVFS_Request_hvector (2, 1, 3, PVFS_BYTE, &r);
    int depth = 2;
    for (; !err && depth < 100; depth++) {
        err = PVFS_Request_hvector (1, 1, 0, r, &next);
        if (!err) {
            PVFS_Request_free (&r);
            r = next;
        }
    }
    assert_int_equal (-PVFS_EINVAL, err);
    assert_int_equal (REQUEST_MAX_DEPTH, r->depth);
    PVFS_Request_free (&r);
}

static void
a_tree_too_large_for_the_wire_is_refused (void **state)
{
    PVFS_Request leaf, r, next, pair[2];
    int32_t len[2] = { 1, 1 };
    PVFS_size disp[2] = { 0, 1000 };
    struct wire w;
    assert_int_equal (0, PVFS_Request_hvector (2, 1, 3, PVFS_BYTE, &leaf));
    r = leaf;
    for (int i = 0; i < 17; i++) {
        pair[0] = pair[1] = r;
        assert_int_equal (0, PVFS_Request_struct (2, len, disp, pair, &next));
        PVFS_Request_free (&r);
        r = next;
    }
    wire_encoder_grow (&w, MIB (16));
    request_wire (&w, &r);
    assert_int_equal (-E2BIG, w.err);
    wire_fini (&w);
    PVFS_Request_free (&r);
}

static void
address_is_the_displacement_from_bottom (void **state)
{
    int here;
    PVFS_offset address;
    assert_int_equal (0, PVFS_Address (&here, &address));
    assert_ptr_equal (&here, (char *) PVFS_BOTTOM + address);
    assert_int_equal (-PVFS_EINVAL, PVFS_Address (&here, NULL));
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (random_requests_have_the_bytes_and_bounds_of_the_model),
        cmocka_unit_test (random_requests_survive_the_wire),
        cmocka_unit_test (truncated_encodings_are_refused),
        cmocka_unit_test (damaged_encodings_are_refused_or_harmless),
        cmocka_unit_test (a_request_may_be_freed_while_another_uses_it),
        cmocka_unit_test (free_of_null_fails_and_of_a_predefined_one_does_nothing),
        cmocka_unit_test (predefined_elements_have_the_sizes_of_their_types),
        cmocka_unit_test (bad_arguments_are_refused_and_leave_the_result_alone),
        cmocka_unit_test (sizes_that_overflow_are_refused),
        cmocka_unit_test (contiguous_shapes_become_one_run),
        cmocka_unit_test (nesting_is_limited),
        cmocka_unit_test (a_tree_too_large_for_the_wire_is_refused),
        cmocka_unit_test (address_is_the_displacement_from_bottom),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
