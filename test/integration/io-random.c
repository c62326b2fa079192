/*
 * Random requests over real servers, against a brute-force model: nested types on both sides, memory from a buffer, from PVFS_BOTTOM and as
 * iovecs, holes, ends of files, truncation, and every distribution. Writes whose places overlap write the same everywhere, since which of
 * them is the last is nobody's promise.
 *
 *     io-random [OPERATIONS-PER-FILE]      SEED in the environment: where it begins
 */
#include "lib.h"

#include "../unit/request-model.h"

enum { FILE_MAX = 1 << 19, MEM_MAX = 1 << 20, STREAM_MAX = 120000, DEPTH = 3 };

static int operations = 120;

static int
setup (void **state)
{
    struct cluster_spec spec = { .nservers = 4, .hints = "        TroveSyncMeta no\n" };
    lib_up (&spec);
    return 0;
}

/* A request with its model and where the bytes of one transfer lie. */
struct side {
    struct model model;
    PVFS_Request req;
    int64_t *at;      /* of each byte of the stream */
    bool overlaps;
};

/* The stream's places from data byte `off` on: `n` of them, or fewer as soon as one is not in [low, high). */
static int64_t
places (struct side *s, int64_t off, int64_t n, int64_t low, int64_t high)
{
    for (int64_t k = 0; k < n; k++) {
        s->at[k] = model_offset (&s->model, off + k);
        if (s->at[k] < low || s->at[k] >= high)
            return k;
    }
    return n;
}

static void
find_overlaps (struct side *s, int64_t n, int64_t low, int64_t high)
{
    uint8_t *seen = calloc ((size_t) (high - low), 1);
    assert_non_null (seen);
    s->overlaps = false;
    for (int64_t k = 0; k < n; k++) {
        s->overlaps |= seen[s->at[k] - low];
        seen[s->at[k] - low] = 1;
    }
    free (seen);
}

static void
make_side (struct side *s, bool negative)
{
    do {
        PVFS_Request_free (&s->req);
        memset (&s->model, 0, sizeof s->model);
        s->req = model_make ((int) model_between (0, DEPTH), negative, &s->model);
    } while (s->model.size == 0);
}

static struct side file = { .req = NULL }, mem = { .req = NULL };
static uint8_t *world, *memory, *image; /* the file's bytes; user memory; what it must become */
static int64_t end;                     /* of the file */

/* Draws both sides until some bytes fit; returns how many. The transfer is `*ret_off` into the tiled file request, and whole instances of
 * the memory request. */
static int64_t
draw_transfer (int64_t *ret_off, int32_t *ret_count)
{
    for (;;) {
        make_side (&file, false);
        make_side (&mem, true);
        int64_t off = model_between (0, 2) ? model_between (0, 3 * file.model.size) : 0;
        int64_t wish = model_between (1, (int64_t[]){ 300, 20000, STREAM_MAX }[model_between (0, 2)]);
        int64_t n = places (&file, off, wish, 0, FILE_MAX);
        n = places (&mem, 0, n, -MEM_MAX / 2, MEM_MAX / 2);
        *ret_count = (int32_t) (n / mem.model.size);
        *ret_off = off;
        n = *ret_count * mem.model.size;
        if (n == 0)
            continue;
        find_overlaps (&file, n, 0, FILE_MAX);
        find_overlaps (&mem, n, -MEM_MAX / 2, MEM_MAX / 2);
        return n;
    }
}

/* Runs of the stream in memory as iovecs, with an empty one here and there. */
static int
as_iovecs (int64_t n, uint8_t *base, struct iovec *v)
{
    int count = 0;
    for (int64_t k = 0; k < n; k++) {
        uint8_t *p = base + mem.at[k];
        if (count && (uint8_t *) v[count - 1].iov_base + v[count - 1].iov_len == p && model_between (0, 50)) {
            v[count - 1].iov_len++;
            continue;
        }
        if (model_between (0, 20) == 0)
            v[count++] = (struct iovec){ p, 0 };
        v[count++] = (struct iovec){ p, 1 };
    }
    return count;
}

static int64_t
call (PVFS_object_ref f, int64_t n, int64_t off, int32_t count, enum PVFS_io_type type)
{
    uint8_t *base = memory + MEM_MAX / 2;
    PVFS_sysresp_io resp = { -1 };
    PVFS_Request all = NULL, there = NULL;
    int32_t one = 1;
    PVFS_size address;
    OK (PVFS_Request_contiguous (count, mem.req, &all));
    switch (model_between (0, 3)) {
    case 0: {
        struct iovec *v = calloc ((size_t) n, 2 * sizeof *v);
        int niov = as_iovecs (n, base, v);
        OK (PVFS_sys_iov (f, file.req, off, v, niov, &L.cred, &resp, type, NULL));
        free (v);
        break;
    }
    case 1:
        OK (PVFS_Address (base, &address));
        OK (PVFS_Request_hindexed (1, &one, &address, all, &there));
        OK (PVFS_sys_io (f, file.req, off, PVFS_BOTTOM, there, &L.cred, &resp, type, NULL));
        PVFS_Request_free (&there);
        break;
    default:
        OK (PVFS_sys_io (f, file.req, off, base, all, &L.cred, &resp, type, NULL));
    }
    PVFS_Request_free (&all);
    return resp.total_completed;
}

static void
random_memory (uint64_t seed)
{
    lib_fill (memory, 0, MEM_MAX, seed);
}

static void
write_at_random (PVFS_object_ref f)
{
    int32_t count;
    int64_t off, n;
    do
        n = draw_transfer (&off, &count);
    while (file.overlaps && mem.overlaps);
    uint64_t seed = model_random ();
    random_memory (seed);
    for (int64_t k = 0; k < n && file.overlaps; k++) /* the same byte for the same place */
        lib_fill (memory + MEM_MAX / 2 + mem.at[k], file.at[k], 1, seed);
    assert_int_equal (call (f, n, off, count, PVFS_IO_WRITE), n);
    for (int64_t k = 0; k < n; k++) {
        world[file.at[k]] = memory[MEM_MAX / 2 + mem.at[k]];
        end = MAX (end, file.at[k] + 1);
    }
}

static void
read_at_random (PVFS_object_ref f)
{
    int32_t count;
    int64_t off, n, there = 0;
    do
        n = draw_transfer (&off, &count);
    while (mem.overlaps);
    random_memory (model_random ());
    memcpy (image, memory, MEM_MAX);
    for (int64_t k = 0; k < n; k++)
        if (file.at[k] < end) {
            image[MEM_MAX / 2 + mem.at[k]] = world[file.at[k]];
            there++;
        }
    assert_int_equal (call (f, n, off, count, PVFS_IO_READ), there);
    for (int64_t i = 0; i < MEM_MAX; i++)
        if (memory[i] != image[i])
            fail_msg ("memory at %lld is %02x instead of %02x, of %lld bytes from a file of %lld", (long long) i - MEM_MAX / 2, memory[i],
                      image[i], (long long) n, (long long) end);
}

static void
cut_at_random (PVFS_object_ref f)
{
    int64_t size = model_between (0, FILE_MAX - 1);
    OK (PVFS_sys_truncate (f, size, &L.cred, NULL));
    if (size < end)
        memset (world + size, 0, (size_t) (end - size));
    end = size;
}

static void
compare_with_model (PVFS_object_ref f)
{
    memset (world, 0, FILE_MAX);
    end = 0;
    for (int i = 0; i < operations; i++) {
        int what = (int) model_between (0, 19);
        if (what == 0)
            cut_at_random (f);
        else if (what < 11)
            write_at_random (f);
        else
            read_at_random (f);
    }
    assert_int_equal (lib_size (f), end);
    lib_compare (f, world, end, 0, FILE_MAX);
}

static const struct {
    const char *name, *params;
} dists[] = { { "simple_stripe", "" }, /* small files: stuffed for a while */
              { "simple_stripe", "strip_size:100" },
              { "simple_stripe", "strip_size:7000" },
              { "basic_dist", "" },
              { "varstrip_dist", "strips:0:500;1:1K;2:200;0:300" },
              { "varstrip_dist", "strips:3:70;0:1300;1:5;2:9000" },
              { "twod_stripe", "num_groups:2+strip_size:300+group_strip_factor:3" },
              { "twod_stripe", "num_groups:3+strip_size:1000+group_strip_factor:2" } };

static void
random_requests_agree_with_a_model_in_every_distribution (void **state)
{
    model_seed (20061122);
    file.at = malloc (STREAM_MAX * sizeof *file.at);
    mem.at = malloc (STREAM_MAX * sizeof *mem.at);
    world = malloc (FILE_MAX);
    memory = malloc (MEM_MAX);
    image = malloc (MEM_MAX);
    assert_true (file.at && mem.at && world && memory && image);
    for (size_t i = 0; i < sizeof dists / sizeof *dists; i++) {
        char name[32];
        PVFS_sysresp_create made;
        PVFS_sys_dist *d = PVFS_sys_dist_lookup (dists[i].name);
        assert_non_null (d);
        if (dists[i].params[0])
            OK (PVFS_dist_pv_pairs_extract_and_add (dists[i].params, d));
        snprintf (name, sizeof name, "random-%zu", i);
        OK (PVFS_sys_create (name, L.root, lib_attr (0644, 0), &L.cred, d, &made, NULL, NULL));
        OK (PVFS_sys_dist_free (d));
        compare_with_model (made.ref);
    }
    PVFS_Request_free (&file.req);
    PVFS_Request_free (&mem.req);
    free (file.at);
    free (mem.at);
    free (world);
    free (memory);
    free (image);
}

int
main (int argc, char **argv)
{
    if (argc > 1)
        operations = atoi (argv[1]);
    const struct CMUnitTest tests[] = { cmocka_unit_test (random_requests_agree_with_a_model_in_every_distribution) };
    return cmocka_run_group_tests (tests, setup, lib_teardown);
}
