/* The walk of one server's bytes, on both sides, against a brute-force model. */
#include "request-model.h"

#include "io/description/req-state.h"

enum { ROUNDS = 6000, MODEL_DEPTH = 3, MAX_STREAM = 700 };

/* A random transfer and, byte by byte, what one server should see of it. */
struct transfer {
    struct model *file_model, *mem_model;
    PVFS_Request file, mem;
    struct dist dist;
    struct req_map map;
    struct req_mem memory;
    int64_t n;
    int64_t phys[MAX_STREAM], addr[MAX_STREAM];
};

static PVFS_Request
make_non_empty (bool negative, struct model **ret_model)
{
    for (;;) {
        struct model *m = model_new ();
        PVFS_Request r = model_make ((int) model_between (0, MODEL_DEPTH), negative, m);
        if (m->size > 0) {
            *ret_model = m;
            return r;
        }
        PVFS_Request_free (&r);
        free (m);
    }
}

/* Whose byte that is: as simple_stripe counts, or by asking the distribution about each server (dist-test proves its answers). */
static uint32_t
naive_server (const struct req_map *m, int64_t logical, int64_t *phys)
{
    const struct dist *d = m->dist;
    uint32_t nr = 0;
    if (strcmp (d->ops->name, PVFS_DIST_SIMPLE_STRIPE_NAME) == 0) {
        int64_t z = d->params.simple_stripe.strip_size;
        *phys = logical / z / m->server_ct * z + logical % z;
        return (uint32_t) (logical / z % m->server_ct);
    }
    while (d->ops->next_mapped_offset (d, nr, m->server_ct, logical) != logical)
        nr++;
    *phys = d->ops->logical_to_physical (d, nr, m->server_ct, logical);
    return nr;
}

static void
any_dist (struct dist *ret)
{
    static const char *const names[] = { "basic_dist", "varstrip_dist", "twod_stripe", "simple_stripe" };
    int64_t strip = model_between (0, 3) ? model_between (1, 17) : model_between (50, 500);
    char params[128];
    assert_int_equal (0, dist_lookup (names[model_between (0, 3)], ret));
    const char *name = ret->ops->name;
    if (strcmp (name, "simple_stripe") == 0)
        snprintf (params, sizeof params, "strip_size:%d", (int) strip);
    else if (strcmp (name, "varstrip_dist") == 0)
        snprintf (params, sizeof params, "strips:1:%d;0:%d;2:%d;0:3", (int) strip, (int) model_between (1, 40), (int) model_between (1, 9));
    else if (strcmp (name, "twod_stripe") == 0)
        snprintf (params, sizeof params, "num_groups:%d+strip_size:%d+group_strip_factor:%d", (int) model_between (1, 4), (int) strip,
                  (int) model_between (1, 3));
    else
        params[0] = 0;
    assert_int_equal (0, dist_set_params (ret, params));
}

static void
expect (struct transfer *t)
{
    const struct req_map *m = &t->map;
    t->n = 0;
    for (int64_t k = 0; k < m->total; k++) {
        int64_t phys;
        if (naive_server (m, model_offset (t->file_model, m->file_off + k), &phys) != m->server_nr)
            continue;
        if (phys < m->fbegin || (!m->extend && phys >= m->fsize))
            continue;
        t->phys[t->n] = phys;
        t->addr[t->n++] = (int64_t) (intptr_t) t->memory.base
                        + model_offset (t->mem_model, t->memory.mem_off + k);
    }
}

static void
transfer_init (struct transfer *t)
{
    t->file = make_non_empty (false, &t->file_model);
    t->mem = make_non_empty (true, &t->mem_model);
    any_dist (&t->dist);
    uint32_t ct = (uint32_t) model_between (1, 5);
    t->map = (struct req_map){
        .file_req = t->file,
        .file_off = model_between (0, 1) ? 0 : model_between (0, 300),
        .total = model_between (0, MAX_STREAM),
        .dist = &t->dist,
        .server_nr = (uint32_t) (model_random () % ct),
        .server_ct = ct,
        .fbegin = model_between (0, 3) ? 0 : model_between (0, 60),
        .fsize = model_between (0, 200),
        .extend = model_between (0, 1),
    };
    t->memory = (struct req_mem){ t->mem, model_between (0, 1) ? (void *) 0x10000 : PVFS_BOTTOM,
                                  model_between (0, 1) ? 0 : model_between (0, 300) };
    expect (t);
}

static void
transfer_fini (struct transfer *t)
{
    PVFS_Request_free (&t->file);
    PVFS_Request_free (&t->mem);
    free (t->file_model);
    free (t->mem_model);
}

enum { MAX_PIECES = 6 };

/* One call for regions; compares with the model and returns the bytes. */
static int64_t
check_physical (struct req_state *st, const struct transfer *t, int64_t at, int64_t max_bytes)
{
    struct req_region r[MAX_PIECES];
    int n, max = (int) model_between (1, MAX_PIECES);
    int64_t bytes, k = at;
    assert_int_equal (0, req_next_physical (st, max_bytes, r, max, &n, &bytes));
    assert_true (n <= max && bytes <= max_bytes);
    for (int i = 0; i < n; i++) {
        assert_true (r[i].len > 0);
        assert_true (i == 0 || r[i - 1].off + r[i - 1].len != r[i].off);
        for (int64_t b = 0; b < r[i].len; b++) {
            assert_true (k < t->n);
            assert_int_equal (t->phys[k++], r[i].off + b);
        }
    }
    assert_int_equal (bytes, k - at);
    assert_true (bytes == max_bytes || n == max || k == t->n);
    return bytes;
}

static int64_t
check_memory (struct req_state *st, const struct transfer *t, int64_t at, int64_t max_bytes)
{
    struct iovec v[MAX_PIECES];
    int n, max = (int) model_between (1, MAX_PIECES);
    int64_t bytes, k = at;
    assert_int_equal (0, req_next_memory (st, max_bytes, v, max, &n, &bytes));
    assert_true (n <= max && bytes <= max_bytes);
    for (int i = 0; i < n; i++) {
        assert_true (v[i].iov_len > 0);
        assert_true (i == 0 || (uintptr_t) v[i - 1].iov_base + v[i - 1].iov_len
                                   != (uintptr_t) v[i].iov_base);
        for (size_t b = 0; b < v[i].iov_len; b++) {
            assert_true (k < t->n);
            assert_int_equal (t->addr[k++], (int64_t) (intptr_t) v[i].iov_base + (int64_t) b);
        }
    }
    assert_int_equal (bytes, k - at);
    assert_true (bytes == max_bytes || n == max || k == t->n);
    return bytes;
}

static void
both_sides_cut_the_stream_alike_at_the_models_bytes (void **state)
{
    model_seed (11);
    for (int i = 0; i < ROUNDS; i++) {
        struct transfer t;
        struct req_state server, client;
        transfer_init (&t);
        assert_int_equal (0, req_state_init (&server, &t.map, NULL));
        assert_int_equal (0, req_state_init (&client, &t.map, &t.memory));
        for (int64_t at = 0; at < t.n;) {
            int64_t wish = model_between (1, 90), step = MIN (wish, t.n - at), got;
            assert_false (req_done (&server));
            for (got = 0; got < step;)
                got += check_physical (&server, &t, at + got, step - got);
            for (got = 0; got < step;)
                got += check_memory (&client, &t, at + got, step - got);
            at += step;
        }
        assert_true (req_done (&server) && req_done (&client));
        assert_int_equal (0, check_physical (&server, &t, t.n, 10));
        assert_int_equal (0, check_memory (&client, &t, t.n, 10));
        assert_int_equal (t.n, server.bytes);
        assert_int_equal (t.n, client.bytes);
        transfer_fini (&t);
    }
}

static void
the_total_for_a_server_is_the_models (void **state)
{
    model_seed (12);
    for (int i = 0; i < ROUNDS; i++) {
        struct transfer t;
        int64_t total = -1;
        transfer_init (&t);
        assert_int_equal (0, req_total_for_server (&t.map, t.n, &total));
        assert_int_equal (t.n, total);
        if (t.n)
            assert_int_equal (-E2BIG, req_total_for_server (&t.map, t.n - 1, &total));
        transfer_fini (&t);
    }
}

static void
a_round_is_the_longest_start_within_the_limit (void **state)
{
    model_seed (13);
    for (int i = 0; i < ROUNDS; i++) {
        struct transfer t;
        int64_t has[5] = { 0 }, limit = model_between (1, 120), want = 0, got = -1, phys;
        transfer_init (&t);
        for (; want < t.map.total; want++) {
            int64_t logical = model_offset (t.file_model, t.map.file_off + want);
            if (++has[naive_server (&t.map, logical, &phys)] > limit)
                break;
        }
        assert_int_equal (0, req_round_total (&t.map, limit, INT64_MAX, &got));
        assert_int_equal (want, got);
        transfer_fini (&t);
    }
}

/* As long as runs are counted one by one. */
static int64_t
pieces_of (const struct req_map *m, int64_t total)
{
    struct req_logical it;
    int64_t off, len, n = 0;
    assert_int_equal (0, req_logical_init (&it, m->file_req, m->file_off, total));
    while (req_logical_next (&it, &off, &len))
        n++;
    return n;
}

static void
a_round_has_no_more_pieces_than_it_may (void **state)
{
    model_seed (16);
    for (int i = 0; i < ROUNDS; i++) {
        struct transfer t;
        int64_t max = model_between (1, 50), got = -1;
        transfer_init (&t);
        assert_int_equal (0, req_round_total (&t.map, INT64_MAX, max, &got));
        assert_true (pieces_of (&t.map, got) <= max);
        assert_true (got == t.map.total || pieces_of (&t.map, got + 1) > max);
        transfer_fini (&t);
    }
}

/* What every server and the memory see of a stream is the same when it is made a list. */
static void
a_stream_as_a_list_is_the_same_stream (void **state)
{
    model_seed (17);
    for (int i = 0; i < ROUNDS; i++) {
        struct transfer t;
        struct req_state server, client;
        PVFS_Request list = NULL;
        transfer_init (&t);
        assert_int_equal (0, req_flatten (&t.map, &list));
        assert_int_equal (t.map.total, list->size);
        t.map.file_req = list;
        t.map.file_off = 0;
        int64_t at = 0, back = 0;
        if (t.map.total > 0) {
            assert_int_equal (0, req_state_init (&server, &t.map, NULL));
            assert_int_equal (0, req_state_init (&client, &t.map, &t.memory));
            while (!req_done (&server))
                at += check_physical (&server, &t, at, model_between (1, 100));
            while (!req_done (&client))
                back += check_memory (&client, &t, back, model_between (1, 100));
        }
        assert_int_equal (t.n, at);
        assert_int_equal (t.n, back);
        PVFS_Request_free (&list);
        transfer_fini (&t);
    }
}

static void
the_logical_end_is_the_highest_byte_of_the_model (void **state)
{
    model_seed (14);
    for (int i = 0; i < ROUNDS; i++) {
        struct transfer t;
        int64_t want = 0, got = -1;
        transfer_init (&t);
        for (int64_t k = 0; k < t.map.total; k++)
            want = MAX (want, model_offset (t.file_model, t.map.file_off + k) + 1);
        assert_int_equal (0, req_end_logical (t.file, t.map.file_off, t.map.total, &got));
        assert_int_equal (want, got);
        transfer_fini (&t);
    }
}

static struct req_map
plain_map (const struct dist *dist, PVFS_Request file_req, int64_t total)
{
    return (struct req_map){ .file_req = file_req, .total = total, .dist = dist, .server_nr = 1,
                             .server_ct = 4, .extend = true };
}

static void
a_contiguous_terabyte_is_one_region (void **state)
{
    struct dist dist;
    struct req_state st;
    struct req_region r[2];
    int n;
    int64_t bytes, total;
    dist_lookup (DIST_DEFAULT_NAME, &dist);
    struct req_map map = plain_map (&dist, PVFS_BYTE, INT64_C (1) << 40);
    assert_int_equal (0, req_total_for_server (&map, INT64_MAX, &total));
    assert_int_equal (INT64_C (1) << 38, total);
    assert_int_equal (0, req_state_init (&st, &map, NULL));
    assert_int_equal (0, req_next_physical (&st, INT64_MAX, r, 2, &n, &bytes));
    assert_int_equal (1, n);
    assert_int_equal (0, r[0].off);
    assert_int_equal (total, r[0].len);
}

static void
contiguous_memory_of_one_server_is_one_piece (void **state)
{
    struct dist dist;
    struct req_state st;
    struct iovec v[2];
    int n;
    int64_t bytes;
    char *buf = (char *) 0x1000;
    dist_lookup (DIST_DEFAULT_NAME, &dist);
    struct req_map map = plain_map (&dist, PVFS_BYTE, MIB (64));
    struct req_mem mem = { PVFS_BYTE, buf, 0 };
    map.server_nr = 0;
    map.server_ct = 1;
    assert_int_equal (0, req_state_init (&st, &map, &mem));
    assert_int_equal (0, req_next_memory (&st, MIB (64), v, 2, &n, &bytes));
    assert_int_equal (1, n);
    assert_ptr_equal (buf, v[0].iov_base);
    assert_int_equal (MIB (64), v[0].iov_len);
}

static void
reading_far_past_the_end_ends_at_once (void **state)
{
    struct dist dist;
    struct req_state st;
    PVFS_Request sparse;
    dist_lookup (DIST_DEFAULT_NAME, &dist);
    assert_int_equal (0, PVFS_Request_resized (PVFS_BYTE, 0, 3, &sparse));
    struct req_map map = plain_map (&dist, sparse, INT64_C (1) << 50);
    map.extend = false;
    map.fsize = 1000;
    assert_int_equal (0, req_state_init (&st, &map, NULL));
    for (;;) {
        struct req_region r[64];
        int n;
        int64_t bytes;
        assert_int_equal (0, req_next_physical (&st, 1000, r, 64, &n, &bytes));
        if (!n)
            break;
    }
    assert_true (st.bytes > 300 && st.bytes < 400);
    PVFS_Request_free (&sparse);
}

static void
a_request_without_a_byte_for_the_server_cannot_spin_for_ever (void **state)
{
    struct dist dist;
    struct req_state st;
    struct req_region r;
    int n;
    int64_t bytes;
    PVFS_Request pair, many, more;
    int32_t len[2] = { 1, 1 };
    PVFS_size disp[2] = { 0, 3 * 65536 };
    dist_lookup (DIST_DEFAULT_NAME, &dist);
    assert_int_equal (0, PVFS_Request_hindexed (2, len, disp, PVFS_BYTE, &pair));
    assert_int_equal (0, PVFS_Request_hvector (INT32_MAX, 1, 0, pair, &many));
    assert_int_equal (0, PVFS_Request_hvector (INT32_MAX / 4, 1, 0, many, &more));
    struct req_map map = plain_map (&dist, more, INT64_C (1) << 60);
    assert_int_equal (0, req_state_init (&st, &map, NULL));
    assert_int_equal (-E2BIG, req_next_physical (&st, 10, &r, 1, &n, &bytes));
    assert_true (req_done (&st));
    PVFS_Request_free (&pair);
    PVFS_Request_free (&many);
    PVFS_Request_free (&more);
}

static void
bad_maps_are_refused (void **state)
{
    struct dist dist;
    struct req_state st;
    PVFS_Request empty, low, high;
    PVFS_size below = -1, far = INT64_MAX - 10;
    int32_t one = 1;
    dist_lookup (DIST_DEFAULT_NAME, &dist);
    PVFS_Request_contiguous (0, PVFS_BYTE, &empty);
    PVFS_Request_hindexed (1, &one, &below, PVFS_BYTE, &low);
    PVFS_Request_hindexed (1, &one, &far, PVFS_BYTE, &high);
    struct req_map good = plain_map (&dist, PVFS_BYTE, 100), map;

#define REFUSED(code, change)                                        \
    do {                                                             \
        map = good;                                                  \
        change;                                                      \
        assert_int_equal (code, req_state_init (&st, &map, NULL));   \
    } while (0)
    REFUSED (0, (void) 0);
    REFUSED (-EINVAL, map.file_req = NULL);
    REFUSED (-EINVAL, map.file_req = empty);
    REFUSED (-EINVAL, map.file_req = low);
    REFUSED (-EINVAL, map.file_off = -1);
    REFUSED (-EINVAL, map.total = -1);
    REFUSED (-EINVAL, map.server_ct = 0);
    REFUSED (-EINVAL, map.server_nr = 4);
    REFUSED (-EINVAL, map.server_ct = DIST_MAX_SERVERS + 1);
    REFUSED (-EINVAL, map.fsize = -1);
    REFUSED (-EOVERFLOW, map.file_off = INT64_MAX - 5);
    REFUSED (-EOVERFLOW, map.file_req = high);
    REFUSED (0, (map.file_req = empty, map.total = 0));
    assert_true (req_done (&st));
    PVFS_Request_free (&empty);
    PVFS_Request_free (&low);
    PVFS_Request_free (&high);
}

static void
two_hundred_thousand_regions_are_walked_in_one_pass (void **state)
{
    enum { N = 200000 };
    struct dist dist;
    struct req_state st;
    struct req_region r[64];
    struct req_mem mem;
    PVFS_Request list;
    int32_t *len = malloc (N * sizeof (*len));
    PVFS_size *disp = malloc (N * sizeof (*disp));
    int64_t bytes, total = 0;
    int n;
    for (int i = 0; i < N; i++) {
        len[i] = 8;
        disp[i] = i * INT64_C (24);
    }
    dist_lookup (DIST_DEFAULT_NAME, &dist);
    assert_int_equal (0, PVFS_Request_hindexed (N, len, disp, PVFS_BYTE, &list));
    for (uint32_t nr = 0; nr < 4; nr++) {
        struct req_map map = plain_map (&dist, list, 8 * N);
        map.server_nr = nr;
        mem = (struct req_mem){ list, NULL, 0 };
        assert_int_equal (0, req_state_init (&st, &map, &mem));
        do {
            assert_int_equal (0, req_next_physical (&st, KIB (256), r, 64, &n, &bytes));
            total += bytes;
        } while (n);
    }
    assert_int_equal (8 * N, total);
    PVFS_Request_free (&list);
    free (len);
    free (disp);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (both_sides_cut_the_stream_alike_at_the_models_bytes),
        cmocka_unit_test (the_total_for_a_server_is_the_models),
        cmocka_unit_test (a_round_is_the_longest_start_within_the_limit),
        cmocka_unit_test (a_round_has_no_more_pieces_than_it_may),
        cmocka_unit_test (a_stream_as_a_list_is_the_same_stream),
        cmocka_unit_test (the_logical_end_is_the_highest_byte_of_the_model),
        cmocka_unit_test (a_contiguous_terabyte_is_one_region),
        cmocka_unit_test (contiguous_memory_of_one_server_is_one_piece),
        cmocka_unit_test (reading_far_past_the_end_ends_at_once),
        cmocka_unit_test (a_request_without_a_byte_for_the_server_cannot_spin_for_ever),
        cmocka_unit_test (bad_maps_are_refused),
        cmocka_unit_test (two_hundred_thousand_regions_are_walked_in_one_pass),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
