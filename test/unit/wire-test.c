/*
 * The bounded cursor.
 */
#include "common/wire/wire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

/* --- integers ------------------------------------------------------------------------------------------------------------ */

static void
integers_are_little_endian (void **state)
{
    uint8_t buf[27];
    static const uint8_t want[27] = { 0x12, 0x34, 0x12, 0x78, 0x56, 0x34, 0x12, 0xef, 0xcd, 0xab, 0x89, 0x67, 0x45, 0x23,
                                      0x01, 0xfe, 0xff, 0xff, 0xff, 0xfd, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };
    uint8_t a = 0x12;
    uint16_t b = 0x1234;
    uint32_t c = 0x12345678;
    uint64_t d = 0x0123456789abcdefull;
    int32_t e = -2;
    int64_t f = -3;
    struct wire w;
    wire_encoder (&w, buf, sizeof buf);
    wire_u8 (&w, &a);
    wire_u16 (&w, &b);
    wire_u32 (&w, &c);
    wire_u64 (&w, &d);
    wire_i32 (&w, &e);
    wire_i64 (&w, &f);
    assert_int_equal (wire_finish (&w), 0);
    assert_int_equal (w.pos, sizeof buf);
    assert_memory_equal (buf, want, sizeof buf);
}

static void
integers_of_keys_are_big_endian (void **state)
{
    uint8_t buf[12];
    static const uint8_t want[12] = { 1, 2, 3, 4, 1, 2, 3, 4, 5, 6, 7, 8 };
    uint32_t a = 0x01020304, a2 = 0;
    uint64_t b = 0x0102030405060708ull, b2 = 0;
    struct wire w;
    wire_encoder (&w, buf, sizeof buf);
    wire_be32 (&w, &a);
    wire_be64 (&w, &b);
    assert_memory_equal (buf, want, sizeof buf);
    wire_decoder (&w, buf, sizeof buf, NULL);
    wire_be32 (&w, &a2);
    wire_be64 (&w, &b2);
    assert_int_equal (wire_finish (&w), 0);
    assert_int_equal (a, a2);
    assert_int_equal (b, b2);
}

#define ROUND_TRIP(codec, type, ...)                                                               \
    do {                                                                                           \
        static const type values[] = { __VA_ARGS__ };                                              \
        for (size_t i = 0; i < ARRAY_SIZE (values); i++) {                                         \
            uint8_t buf[8];                                                                        \
            type v = values[i], back = (type) ~values[i];                                          \
            struct wire w;                                                                         \
            wire_encoder (&w, buf, sizeof buf);                                                    \
            codec (&w, &v);                                                                        \
            assert_int_equal (w.pos, sizeof v);                                                    \
            wire_decoder (&w, buf, sizeof v, NULL);                                                \
            codec (&w, &back);                                                                     \
            assert_int_equal (wire_finish (&w), 0);                                                \
            assert_true (back == values[i]);                                                       \
        }                                                                                          \
    } while (0)

static void
every_integer_survives_both_ways (void **state)
{
    ROUND_TRIP (wire_u8, uint8_t, 0, 1, 127, 128, UINT8_MAX);
    ROUND_TRIP (wire_u16, uint16_t, 0, 1, 255, 256, UINT16_MAX);
    ROUND_TRIP (wire_u32, uint32_t, 0, 1, 65536, 0x80000000u, UINT32_MAX);
    ROUND_TRIP (wire_u64, uint64_t, 0, 1, 1ull << 32, 1ull << 63, UINT64_MAX);
    ROUND_TRIP (wire_i32, int32_t, 0, 1, -1, INT32_MIN, INT32_MAX);
    ROUND_TRIP (wire_i64, int64_t, 0, 1, -1, INT64_MIN, INT64_MAX);
    ROUND_TRIP (wire_be32, uint32_t, 0, 1, 0x80000000u, UINT32_MAX);
    ROUND_TRIP (wire_be64, uint64_t, 0, 1, 1ull << 63, UINT64_MAX);
}

static void
a_bool_is_zero_or_one (void **state)
{
    for (unsigned b = 0; b < 256; b++) {
        uint8_t byte = (uint8_t) b;
        bool v = b == 0;
        struct wire w;
        wire_decoder (&w, &byte, 1, NULL);
        wire_bool (&w, &v);
        assert_int_equal (wire_finish (&w), b > 1 ? -EPROTO : 0);
        assert_int_equal (v, b == 1);
    }
}

/* --- bounds ---------------------------------------------------------------------------------------------------------------- */

#define TRUNCATED(codec, type)                                                                     \
    for (size_t n = 0; n < sizeof (type); n++) {                                                   \
        uint8_t *p = malloc (n ? n : 1);                                                           \
        type v = (type) 42;                                                                        \
        struct wire w;                                                                             \
        memset (p, 7, n ? n : 1);                                                                  \
        wire_decoder (&w, p, n, NULL);                                                             \
        codec (&w, &v);                                                                            \
        assert_int_equal (w.err, -EPROTO);                                                         \
        assert_true (v == (type) 42);                                                              \
        free (p);                                                                                  \
    }

static void
truncated_integers_are_errors_and_leave_the_value_alone (void **state)
{
    TRUNCATED (wire_u8, uint8_t);
    TRUNCATED (wire_u16, uint16_t);
    TRUNCATED (wire_u32, uint32_t);
    TRUNCATED (wire_u64, uint64_t);
    TRUNCATED (wire_i32, int32_t);
    TRUNCATED (wire_i64, int64_t);
    TRUNCATED (wire_be32, uint32_t);
    TRUNCATED (wire_be64, uint64_t);
    TRUNCATED (wire_bool, bool);
}

static void
the_first_error_sticks_and_stops_everything (void **state)
{
    static const uint8_t in[16] = { 1, 2, 3 };
    uint32_t v = 5;
    const char *s = "untouched";
    struct wire w;
    wire_decoder (&w, in, sizeof in, NULL);
    wire_fail (&w, -E2BIG);
    wire_fail (&w, -EPROTO);
    wire_u32 (&w, &v);
    wire_string (&w, &s, 100);
    assert_null (wire_raw (&w, 1));
    assert_int_equal (wire_finish (&w), -E2BIG);
    assert_int_equal (v, 5);
    assert_string_equal (s, "untouched");
    assert_int_equal (w.pos, 0);
}

static void
what_is_left_over_is_an_error (void **state)
{
    static const uint8_t in[5] = { 1 };
    uint32_t v;
    struct wire w;
    wire_decoder (&w, in, sizeof in, NULL);
    wire_u32 (&w, &v);
    assert_int_equal (w.err, 0);
    assert_int_equal (wire_left (&w), 1);
    assert_int_equal (wire_finish (&w), -EPROTO);
}

static void
a_full_buffer_is_an_error_and_is_not_overrun (void **state)
{
    uint8_t buf[8];
    uint32_t v = 0x01010101;
    memset (buf, 0xee, sizeof buf);
    struct wire w;
    wire_encoder (&w, buf, 6);
    wire_u32 (&w, &v);
    wire_u32 (&w, &v);
    assert_int_equal (w.err, -EMSGSIZE);
    assert_int_equal (w.pos, 4);
    assert_int_equal (buf[4], 0xee);
}

static void
raw_sizes_near_the_end_of_memory_do_not_wrap (void **state)
{
    uint8_t buf[8] = { 0 };
    struct wire w;
    wire_decoder (&w, buf, sizeof buf, NULL);
    assert_non_null (wire_raw (&w, 4));
    assert_null (wire_raw (&w, SIZE_MAX - 2));
    assert_int_equal (w.err, -EPROTO);
    wire_encoder_grow (&w, 100);
    assert_non_null (wire_raw (&w, 4));
    assert_null (wire_raw (&w, SIZE_MAX - 2));
    assert_int_equal (w.err, -EMSGSIZE);
    wire_fini (&w);
}

/* --- growth and counting ------------------------------------------------------------------------------------------------- */

static void
an_encoder_grows_up_to_its_limit (void **state)
{
    struct wire w;
    enum { LIMIT = 100000 };
    wire_encoder_grow (&w, LIMIT);
    for (uint32_t i = 0; i < LIMIT / 4; i++)
        wire_u32 (&w, &i);
    assert_int_equal (w.err, 0);
    uint8_t one = 1;
    wire_u8 (&w, &one);
    assert_int_equal (w.err, -EMSGSIZE);
    size_t n;
    uint32_t *p = wire_take (&w, &n);
    assert_int_equal (n, LIMIT);
    for (uint32_t i = 0; i < LIMIT / 4; i++)
        assert_int_equal (p[i], i);
    free (p);
    wire_fini (&w); /* nothing is left to free */
}

static void
encode_mixture (struct wire *w)
{
    uint16_t a = 7;
    const char *s = "mixture", *none = NULL;
    const void *p = "bytes";
    uint32_t n = 5, list[] = { 1, 2, 3 }, *l = list, count = 3;
    bool yes = true;
    wire_u16 (w, &a);
    wire_string (w, &s, 10);
    wire_string (w, &none, 10);
    wire_bytes (w, &p, &n, 10);
    wire_u32_array (w, &l, &count, 3);
    wire_bool (w, &yes);
}

static void
the_sizer_counts_what_the_encoder_writes (void **state)
{
    struct wire sizer, w;
    wire_sizer (&sizer);
    encode_mixture (&sizer);
    wire_encoder_grow (&w, 1000);
    encode_mixture (&w);
    assert_int_equal (sizer.err, 0);
    assert_int_equal (w.err, 0);
    assert_int_equal (sizer.pos, w.pos);
    wire_fini (&w);
}

/* --- strings and bytes ------------------------------------------------------------------------------------------------------ */

static void
strings_point_into_the_message (void **state)
{
    uint8_t buf[64];
    const char *s = "hello", *null = NULL, *back = NULL, *empty = NULL;
    struct wire w;
    wire_encoder (&w, buf, sizeof buf);
    wire_string (&w, &s, 5);
    wire_string (&w, &null, 5);
    size_t n = w.pos;
    wire_decoder (&w, buf, n, NULL);
    wire_string (&w, &back, 5);
    wire_string (&w, &empty, 5);
    assert_int_equal (wire_finish (&w), 0);
    assert_string_equal (back, "hello");
    assert_string_equal (empty, "");
    assert_ptr_equal (back, buf + 4);
}

static void
strings_longer_than_their_limit_are_refused_both_ways (void **state)
{
    uint8_t buf[64];
    const char *s = "sixsix", *back = "untouched";
    struct wire w;
    wire_encoder (&w, buf, sizeof buf);
    wire_string (&w, &s, 5);
    assert_int_equal (w.err, -ENAMETOOLONG);
    assert_int_equal (w.pos, 0);
    wire_encoder (&w, buf, sizeof buf);
    wire_string (&w, &s, 6);
    size_t n = w.pos;
    wire_decoder (&w, buf, n, NULL);
    wire_string (&w, &back, 5);
    assert_int_equal (w.err, -EPROTO);
    assert_string_equal (back, "untouched");
}

static void
strings_with_a_nul_inside_or_none_at_the_end_are_refused (void **state)
{
    static const uint8_t inside[] = { 3, 0, 0, 0, 'a', 0, 'b', 0 }, no_end[] = { 3, 0, 0, 0, 'a', 'b', 'c', 'd' };
    static const uint8_t huge[] = { 0xff, 0xff, 0xff, 0xff, 'a', 0 };
    const char *s = NULL;
    struct wire w;
    wire_decoder (&w, inside, sizeof inside, NULL);
    wire_string (&w, &s, 100);
    assert_int_equal (w.err, -EPROTO);
    wire_decoder (&w, no_end, sizeof no_end, NULL);
    wire_string (&w, &s, 100);
    assert_int_equal (w.err, -EPROTO);
    wire_decoder (&w, huge, sizeof huge, NULL);
    wire_string (&w, &s, SIZE_MAX);
    assert_int_equal (w.err, -EPROTO);
    assert_null (s);
}

static void
bytes_may_hold_anything_within_their_limit (void **state)
{
    uint8_t buf[64];
    const void *p = "a\0b\xff", *back = NULL;
    uint32_t n = 4, got = 99, zero = 0;
    struct wire w;
    wire_encoder (&w, buf, sizeof buf);
    wire_bytes (&w, &p, &n, 4);
    wire_bytes (&w, &p, &zero, 4);
    size_t len = w.pos;
    wire_decoder (&w, buf, len, NULL);
    wire_bytes (&w, &back, &got, 4);
    assert_int_equal (got, 4);
    assert_memory_equal (back, p, 4);
    wire_bytes (&w, &back, &got, 4);
    assert_int_equal (got, 0);
    assert_int_equal (wire_finish (&w), 0);
    wire_decoder (&w, buf, len, NULL);
    wire_bytes (&w, &back, &got, 3);
    assert_int_equal (w.err, -EPROTO);
    wire_encoder (&w, buf, sizeof buf);
    wire_bytes (&w, &p, &n, 3);
    assert_int_equal (w.err, -EMSGSIZE);
}

/* --- arrays ------------------------------------------------------------------------------------------------------------------- */

static void
arrays_live_in_the_arena (void **state)
{
    uint8_t buf[64];
    struct arena arena = { 0 };
    uint64_t in[] = { 1, UINT64_MAX, 3 }, *p = in, *back = NULL;
    uint32_t n = 3, got = 0;
    struct wire w;
    wire_encoder (&w, buf, sizeof buf);
    wire_u64_array (&w, &p, &n, 3);
    assert_int_equal (w.pos, 28);
    size_t len = w.pos;
    wire_decoder (&w, buf, len, &arena);
    wire_u64_array (&w, &back, &got, 3);
    assert_int_equal (wire_finish (&w), 0);
    assert_int_equal (got, 3);
    assert_memory_equal (back, in, sizeof in);
    arena_fini (&arena);
}

static void
counts_are_checked_before_anything_is_allocated (void **state)
{
    static const uint8_t over[] = { 4, 0, 0, 0, 1, 2, 3, 4 }, hostile[] = { 0xff, 0xff, 0xff, 0x7f, 0, 0 };
    struct arena arena = { 0 };
    uint32_t *p = NULL, n = 0;
    struct wire w;
    wire_decoder (&w, over, sizeof over, &arena);
    wire_u32_array (&w, &p, &n, 3); /* beyond its limit */
    assert_int_equal (w.err, -EPROTO);
    wire_decoder (&w, over, sizeof over, &arena);
    wire_u32_array (&w, &p, &n, 100); /* within it, but the bytes are not there */
    assert_int_equal (w.err, -EPROTO);
    wire_decoder (&w, hostile, sizeof hostile, &arena);
    wire_u32_array (&w, &p, &n, SIZE_MAX);
    assert_int_equal (w.err, -EPROTO);
    assert_null (p);
    assert_null (arena.chunks);
    uint8_t buf[64];
    uint32_t four[4] = { 0 }, *f = four, c = 4;
    wire_encoder (&w, buf, sizeof buf);
    wire_u32_array (&w, &f, &c, 3);
    assert_int_equal (w.err, -EMSGSIZE);
}

static void
an_array_without_an_arena_is_an_error (void **state)
{
    static const uint8_t one[] = { 1, 0, 0, 0, 1, 2, 3, 4 };
    uint32_t *p = NULL, n = 0;
    struct wire w;
    wire_decoder (&w, one, sizeof one, NULL);
    wire_u32_array (&w, &p, &n, 3);
    assert_int_equal (w.err, -ENOMEM);
}

static void
every_truncation_of_a_message_is_an_error (void **state)
{
    struct wire w;
    wire_encoder_grow (&w, 1000);
    encode_mixture (&w);
    size_t full;
    uint8_t *msg = wire_take (&w, &full);
    for (size_t n = 0; n <= full; n++) {
        struct arena arena = { 0 };
        uint8_t *cut = malloc (n ? n : 1);
        uint16_t a;
        const char *s, *none;
        const void *p;
        uint32_t len, *l, count;
        bool yes;
        memcpy (cut, msg, n);
        wire_decoder (&w, cut, n, &arena);
        wire_u16 (&w, &a);
        wire_string (&w, &s, 10);
        wire_string (&w, &none, 10);
        wire_bytes (&w, &p, &len, 10);
        wire_u32_array (&w, &l, &count, 3);
        wire_bool (&w, &yes);
        assert_int_equal (wire_finish (&w), n == full ? 0 : -EPROTO);
        arena_fini (&arena);
        free (cut);
    }
    free (msg);
}

static void
fixed_bytes_are_copied (void **state)
{
    uint8_t buf[8], in[3] = { 1, 2, 3 }, out[3] = { 0 };
    struct wire w;
    wire_encoder (&w, buf, sizeof buf);
    wire_fixed (&w, in, 3);
    wire_fixed (&w, in, 0);
    wire_decoder (&w, buf, 3, NULL);
    wire_fixed (&w, out, 3);
    assert_int_equal (wire_finish (&w), 0);
    assert_memory_equal (in, out, 3);
}

/* --- checksum ----------------------------------------------------------------------------------------------------------------- */

static void
crc32c_gives_the_published_values (void **state)
{
    uint8_t zeros[32] = { 0 }, ones[32];
    memset (ones, 0xff, sizeof ones);
    assert_int_equal (wire_crc32c (0, "123456789", 9), 0xe3069283u);
    assert_int_equal (wire_crc32c (0, zeros, 32), 0x8a9136aau);
    assert_int_equal (wire_crc32c (0, ones, 32), 0x62a8ab43u);
    assert_int_equal (wire_crc32c (0, "", 0), 0);
}

static void
crc32c_continues_where_it_stopped (void **state)
{
    const char *s = "a message in two pieces";
    size_t n = strlen (s);
    for (size_t k = 0; k <= n; k++)
        assert_int_equal (wire_crc32c (wire_crc32c (0, s, k), s + k, n - k), wire_crc32c (0, s, n));
}

int
main (void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test (integers_are_little_endian),
        cmocka_unit_test (integers_of_keys_are_big_endian),
        cmocka_unit_test (every_integer_survives_both_ways),
        cmocka_unit_test (a_bool_is_zero_or_one),
        cmocka_unit_test (truncated_integers_are_errors_and_leave_the_value_alone),
        cmocka_unit_test (the_first_error_sticks_and_stops_everything),
        cmocka_unit_test (what_is_left_over_is_an_error),
        cmocka_unit_test (a_full_buffer_is_an_error_and_is_not_overrun),
        cmocka_unit_test (raw_sizes_near_the_end_of_memory_do_not_wrap),
        cmocka_unit_test (an_encoder_grows_up_to_its_limit),
        cmocka_unit_test (the_sizer_counts_what_the_encoder_writes),
        cmocka_unit_test (strings_point_into_the_message),
        cmocka_unit_test (strings_longer_than_their_limit_are_refused_both_ways),
        cmocka_unit_test (strings_with_a_nul_inside_or_none_at_the_end_are_refused),
        cmocka_unit_test (bytes_may_hold_anything_within_their_limit),
        cmocka_unit_test (arrays_live_in_the_arena),
        cmocka_unit_test (counts_are_checked_before_anything_is_allocated),
        cmocka_unit_test (an_array_without_an_arena_is_an_error),
        cmocka_unit_test (every_truncation_of_a_message_is_an_error),
        cmocka_unit_test (fixed_bytes_are_copied),
        cmocka_unit_test (crc32c_gives_the_published_values),
        cmocka_unit_test (crc32c_continues_where_it_stopped),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
