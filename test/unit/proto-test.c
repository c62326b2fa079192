/*
 * What servers and clients say to each other: every operation of the table, both ways, cut short and damaged.
 */
#include "proto/ops/mkdir.h"
#include "proto/proto.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "proto-sample.h"

enum { ROUNDS = 40 };

static const unsigned all_ops[] = {
#define OPERATION(NUMBER, name, flags) NUMBER,
#include "proto/ops.def"
#undef OPERATION
};

static uint64_t first_seed;

static int
seed (void **state)
{
    const char *s = getenv ("SEED");
    first_seed = s ? strtoull (s, NULL, 0) : 20061016;
    print_message ("SEED=%llu\n", (unsigned long long) first_seed);
    return 0;
}

static int
codec (struct wire *w, bool request, void *m)
{
    return request ? proto_request_codec (w, m) : proto_response_codec (w, m);
}

union message {
    struct proto_request req;
    struct proto_response resp;
};

/* A random message of the operation, encoded. The caller frees it. */
static uint8_t *
encoded (unsigned op, bool request, struct sample *s, size_t *ret_len)
{
    union message m;
    struct wire w;
    if (request)
        sample_request (s, op, &m.req);
    else
        sample_response (s, op, &m.resp);
    wire_encoder_grow (&w, PROTO_MAX_REQUEST);
    assert_int_equal (codec (&w, request, &m), 0);
    return wire_take (&w, ret_len);
}

/* Decodes from memory of exactly this size, so that a sanitizer sees every byte beyond it. */
static int
decode (const uint8_t *p, size_t n, bool request)
{
    struct arena arena = { 0 };
    union message m = { .req = { .op = 0 } };
    struct wire w;
    uint8_t *copy = malloc (n ? n : 1);
    memcpy (copy, p, n);
    wire_decoder (&w, copy, n, &arena);
    int r = codec (&w, request, &m);
    arena_fini (&arena);
    free (copy);
    return r;
}

static void
one_round_trip (unsigned op, bool request, struct sample *s)
{
    struct arena arena = { 0 };
    union message m = { .req = { .op = 0 } };
    struct wire w;
    size_t n, n2;
    uint8_t *p = encoded (op, request, s, &n);
    wire_decoder (&w, p, n, &arena);
    assert_int_equal (codec (&w, request, &m), 0);
    wire_encoder_grow (&w, PROTO_MAX_REQUEST);
    assert_int_equal (codec (&w, request, &m), 0);
    uint8_t *p2 = wire_take (&w, &n2);
    assert_int_equal (n, n2);
    assert_memory_equal (p, p2, n);
    struct wire sizer;
    wire_sizer (&sizer);
    assert_int_equal (codec (&sizer, request, &m), 0);
    assert_int_equal (sizer.pos, n);
    free (p);
    free (p2);
    arena_fini (&arena);
}

static void
each_round_trip (bool request)
{
    for (size_t i = 0; i < ARRAY_SIZE (all_ops); i++)
        for (unsigned k = 0; k < ROUNDS; k++) {
            struct arena arena = { 0 };
            struct sample s = { &arena, first_seed + 1000 * i + k, k % 4 == 3 ? 300 : 1 + k % 7 };
            one_round_trip (all_ops[i], request, &s);
            arena_fini (&arena);
        }
}

static void
every_request_comes_back_byte_for_byte (void **state)
{
    each_round_trip (true);
}

static void
every_response_comes_back_byte_for_byte (void **state)
{
    each_round_trip (false);
}

static void
each_prefix_fails (bool request)
{
    for (size_t i = 0; i < ARRAY_SIZE (all_ops); i++)
        for (unsigned k = 0; k < 4; k++) {
            struct arena arena = { 0 };
            struct sample s = { &arena, first_seed + 77 * i + k, 3 };
            size_t n;
            uint8_t *p = encoded (all_ops[i], request, &s, &n);
            for (size_t cut = 0; cut < n; cut++)
                assert_true (decode (p, cut, request) < 0);
            assert_int_equal (decode (p, n, request), 0);
            free (p);
            arena_fini (&arena);
        }
}

static void
a_request_cut_at_any_byte_is_an_error (void **state)
{
    each_prefix_fails (true);
}

static void
a_response_cut_at_any_byte_is_an_error (void **state)
{
    each_prefix_fails (false);
}

static void
a_byte_too_many_is_an_error (void **state)
{
    for (size_t i = 0; i < ARRAY_SIZE (all_ops); i++)
        for (int request = 0; request < 2; request++) {
            struct arena arena = { 0 };
            struct sample s = { &arena, first_seed + i, 3 };
            size_t n;
            uint8_t *p = encoded (all_ops[i], request, &s, &n);
            uint8_t *longer = calloc (1, n + 1);
            memcpy (longer, p, n);
            assert_int_equal (decode (longer, n + 1, request), -EPROTO);
            free (p);
            free (longer);
            arena_fini (&arena);
        }
}

static void
damaged_messages_never_do_harm (void **state)
{
    for (size_t i = 0; i < ARRAY_SIZE (all_ops); i++)
        for (unsigned k = 0; k < 200; k++) {
            struct arena arena = { 0 };
            struct sample s = { &arena, first_seed + 31 * i + k, 4 };
            bool request = k & 1;
            size_t n;
            uint8_t *p = encoded (all_ops[i], request, &s, &n);
            for (unsigned hit = 0; hit <= k % 4; hit++) {
                static const uint8_t nasty[] = { 0, 1, 0x7f, 0x80, 0xff };
                p[sample_below (&s, (uint32_t) n)] = nasty[sample_below (&s, sizeof nasty)];
            }
            decode (p, n, request);
            free (p);
            arena_fini (&arena);
        }
}

static void
an_error_response_has_no_body (void **state)
{
    struct proto_response r = { .op = PROTO_create, .status = -2, .epoch = 9 }, back = { .op = 0 };
    uint8_t buf[64];
    struct wire w;
    wire_encoder (&w, buf, sizeof buf);
    assert_int_equal (proto_response_codec (&w, &r), 0);
    assert_int_equal (w.pos, 14);
    wire_decoder (&w, buf, 14, NULL);
    assert_int_equal (proto_response_codec (&w, &back), 0);
    assert_int_equal (back.op, PROTO_create);
    assert_int_equal (back.status, -2);
    assert_int_equal (back.epoch, 9);
    assert_null (back.body);
}

static void
unknown_operations_are_refused_by_name (void **state)
{
    struct arena arena = { 0 };
    struct sample s = { &arena, first_seed, 3 };
    size_t n;
    uint8_t *p = encoded (PROTO_noop, true, &s, &n);
    static const uint16_t unknown[] = { 0, 8, 59, 95, 96, 97, 65535 };
    for (size_t i = 0; i < ARRAY_SIZE (unknown); i++) {
        assert_null (proto_op_info (unknown[i]));
        p[0] = (uint8_t) unknown[i];
        p[1] = (uint8_t) (unknown[i] >> 8);
        assert_int_equal (decode (p, n, true), -EPROTONOSUPPORT);
    }
    free (p);
    arena_fini (&arena);
}

static void
names_that_are_no_names_are_refused (void **state)
{
    static const char *const bad[] = { "", ".", "..", "a/b", "/" }, *const good[] = { "...", ".a", "a b", "\xff" };
    uint8_t buf[64];
    struct wire w;
    for (size_t i = 0; i < ARRAY_SIZE (bad) + ARRAY_SIZE (good); i++) {
        bool is_bad = i < ARRAY_SIZE (bad);
        struct proto_entry_at at = { .name = is_bad ? bad[i] : good[i - ARRAY_SIZE (bad)] }, back = { .dir = 0 };
        wire_encoder (&w, buf, sizeof buf);
        proto_entry_at_codec (&w, &at);
        size_t n = w.pos;
        wire_decoder (&w, buf, n, NULL);
        proto_entry_at_codec (&w, &back);
        assert_int_equal (wire_finish (&w), is_bad ? -EPROTO : 0);
    }
}

/* What was chosen ends the request; without, it looks as it did before that could be chosen. */
static void
a_mkdir_may_end_with_how_it_spreads (void **state)
{
    struct mkdir_req plain = { .at = { 3, 4, "name" }, .attr = { .mode = 0755 } }, chosen = plain, back;
    uint8_t buf[512] = { 0 };
    struct arena arena = { 0 };
    struct wire w;
    chosen.spread = (struct object_spread){ 0, 7, 1000 };
    wire_encoder (&w, buf, sizeof buf);
    mkdir_req_codec (&w, &plain);
    size_t without = w.pos;
    wire_decoder (&w, buf, without + 12, &arena);
    back = (struct mkdir_req){ .spread = { 0 } };
    mkdir_req_codec (&w, &back);
    assert_int_equal (wire_finish (&w), -EPROTO); /* chosen, but nothing */
    wire_encoder (&w, buf, sizeof buf);
    mkdir_req_codec (&w, &chosen);
    assert_int_equal (w.pos, without + 12);
    for (size_t n = without; n <= without + 13; n++) {
        back = (struct mkdir_req){ .spread = { 0 } };
        wire_decoder (&w, buf, n, &arena);
        mkdir_req_codec (&w, &back);
        assert_int_equal (wire_finish (&w), n == without || n == without + 12 ? 0 : -EPROTO);
    }
    wire_decoder (&w, buf, without + 12, &arena);
    mkdir_req_codec (&w, &back);
    assert_int_equal (back.spread.initial, 0);
    assert_int_equal (back.spread.max, 7);
    assert_int_equal (back.spread.split_size, 1000);
    arena_fini (&arena);
}

static int
record_of (struct object_attr *a, uint8_t *buf, size_t *ret_len)
{
    struct wire w;
    wire_encoder (&w, buf, 256);
    object_record_codec (&w, a);
    *ret_len = w.pos;
    return w.err;
}

static int
record_back (const uint8_t *buf, size_t len, struct object_attr *ret)
{
    struct wire w;
    wire_decoder (&w, buf, len, NULL);
    object_record_codec (&w, ret);
    return wire_finish (&w);
}

/* So stores that were written before keep their records, and a server that knows no such thing refuses one that has it. */
static void
a_record_has_another_version_only_with_its_own_spread (void **state)
{
    struct object_attr plain = { .type = OBJ_DIRECTORY, .mode = 0755 }, own = plain, back = { .spread = { 9, 9, 9 } };
    uint8_t buf[256];
    size_t len, longer;
    own.flags = OBJ_OWN_SPREAD;
    own.spread = (struct object_spread){ 2, 4, 100 };
    assert_int_equal (record_of (&own, buf, &longer), 0);
    assert_int_equal (buf[0], 2);
    assert_int_equal (record_back (buf, longer, &back), 0);
    assert_memory_equal (&back.spread, &own.spread, sizeof own.spread);
    buf[0] = 1;
    assert_int_equal (record_back (buf, longer, &back), -EPROTO);
    buf[0] = 3;
    assert_int_equal (record_back (buf, longer, &back), -EPROTONOSUPPORT);
    assert_int_equal (record_of (&plain, buf, &len), 0);
    assert_int_equal (buf[0], 1);
    assert_int_equal (len + 12, longer);
    assert_int_equal (record_back (buf, len, &back), 0);
    assert_int_equal (back.spread.max, 0);
    buf[0] = 2;
    assert_int_equal (record_back (buf, len, &back), -EPROTO);
}

static void
a_spread_that_cannot_be_is_refused (void **state)
{
    static const struct object_spread bad[] = { { 0, 4, 10 }, { 5, 4, 10 }, { 1, OBJECT_SPREAD_MAX + 1, 10 } };
    for (size_t i = 0; i < ARRAY_SIZE (bad); i++) {
        struct object_attr a = { .type = OBJ_DIRECTORY, .flags = OBJ_OWN_SPREAD, .spread = bad[i] };
        uint8_t buf[256];
        size_t len;
        assert_int_equal (record_of (&a, buf, &len), -EPROTO);
    }
}

static void
more_groups_than_allowed_are_refused (void **state)
{
    uint32_t groups[PROTO_MAX_GROUPS + 1] = { 0 };
    struct proto_cred c = { .ngroups = PROTO_MAX_GROUPS + 1, .groups = groups };
    uint8_t buf[512];
    struct wire w;
    wire_encoder (&w, buf, sizeof buf);
    proto_cred_codec (&w, &c);
    assert_int_equal (w.err, -EMSGSIZE);
    c.ngroups--;
    wire_encoder (&w, buf, sizeof buf);
    proto_cred_codec (&w, &c);
    assert_int_equal (w.err, 0);
}

static void
places_in_a_directory_leave_room_for_the_tokens (void **state)
{
    char name[32];
    for (int i = 0; i < 100000; i++) {
        snprintf (name, sizeof name, "file-%d", i);
        uint64_t h = proto_name_hash (name);
        assert_true (h >= 1ull << 32 && h < 1ull << 63);
        assert_int_equal (h, proto_name_hash (name));
    }
}

int
main (void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test (every_request_comes_back_byte_for_byte),
        cmocka_unit_test (every_response_comes_back_byte_for_byte),
        cmocka_unit_test (a_request_cut_at_any_byte_is_an_error),
        cmocka_unit_test (a_response_cut_at_any_byte_is_an_error),
        cmocka_unit_test (a_byte_too_many_is_an_error),
        cmocka_unit_test (damaged_messages_never_do_harm),
        cmocka_unit_test (an_error_response_has_no_body),
        cmocka_unit_test (unknown_operations_are_refused_by_name),
        cmocka_unit_test (names_that_are_no_names_are_refused),
        cmocka_unit_test (a_mkdir_may_end_with_how_it_spreads),
        cmocka_unit_test (a_record_has_another_version_only_with_its_own_spread),
        cmocka_unit_test (a_spread_that_cannot_be_is_refused),
        cmocka_unit_test (more_groups_than_allowed_are_refused),
        cmocka_unit_test (places_in_a_directory_leave_room_for_the_tokens),
    };
    return cmocka_run_group_tests (tests, seed, NULL);
}
