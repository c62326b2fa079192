/*
 * Data through libpvfs2 and four real servers: sizes around every boundary, holes, truncation,
 * datatypes, many writers.
 */
#include "lib.h"

#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { STRIP = 65536, MODEL = 2 << 20 };

static uint8_t *model, *data;

static int
setup (void **state)
{
    struct cluster_spec spec = { .nservers = 4, .hints = "        TroveSyncMeta no\n" };
    model = malloc (MODEL);
    data = malloc (MODEL);
    assert_true (model && data);
    lib_up (&spec);
    return 0;
}

static int
teardown (void **state)
{
    lib_down ();
    free (model);
    free (data);
    return 0;
}

/* --- one write, one read ---------------------------------------------------------------------- */

static void
write_and_compare (const char *name, int ndfiles, int64_t off, size_t n)
{
    PVFS_object_ref f = lib_create (L.root, name, ndfiles);
    int64_t end = n ? off + (int64_t) n : 0;
    memset (model, 0, (size_t) end + 1);
    lib_fill (model + off, off, n, n);
    lib_write (f, off, model + off, n);
    assert_int_equal (lib_size (f), end);
    lib_compare (f, model, end, 0, (size_t) end + 1);
    const int64_t points[] = { 1, 4096, STRIP, 2 * STRIP, 4 * STRIP, end };
    for (unsigned i = 0; i < sizeof points / sizeof *points; i++)
        for (int64_t at = points[i] - 1; at <= points[i]; at++)
            if (at >= 0)
                lib_compare (f, model, end, at, 2 * STRIP + 1);
    OK (PVFS_sys_remove ((char *) name, L.root, &L.cred, NULL));
}

static void
sizes_around_every_boundary (void **state)
{
    static const int around[] = { 0,         4096,      8192,      16384,     32768,     STRIP,
                                  2 * STRIP, 3 * STRIP, 4 * STRIP, 5 * STRIP, 256 << 10, 1 << 20 };
    for (int ndfiles = 0; ndfiles <= 4; ndfiles++)
        for (unsigned i = 0; i < sizeof around / sizeof *around; i++)
            for (int n = around[i] - 1; n <= around[i] + 1; n++)
                if (n >= 0)
                    write_and_compare ("sizes", ndfiles, 0, (size_t) n);
}

static void
writes_that_begin_in_the_middle_leave_a_hole (void **state)
{
    static const int64_t offs[] = { 1,         4095,           STRIP - 1, STRIP,
                                    STRIP + 1, 3 * STRIP + 17, 4 * STRIP, 9 * STRIP - 1 };
    static const size_t sizes[] = { 1, 100, 15000, STRIP, 300000 };
    for (int ndfiles = 0; ndfiles <= 4; ndfiles += 2)
        for (unsigned i = 0; i < sizeof offs / sizeof *offs; i++)
            for (unsigned k = 0; k < sizeof sizes / sizeof *sizes; k++)
                write_and_compare ("hole", ndfiles, offs[i], sizes[k]);
}

/* --- truncation ------------------------------------------------------------------------------- */

/* Reads across a strip boundary in a file truncated down and then written beyond its end: one
 * datafile ends early or has a hole. */
static void
reads_across_strips_after_truncation_see_the_data (void **state)
{
    static const int64_t cuts[] = {
        0, 1, 5000, STRIP - 5000, STRIP, STRIP + 5000, 2 * STRIP + 1, 5 * STRIP + 100
    };
    static const int64_t beyond[] = { 0, 1, 7000, STRIP, 3 * STRIP + 11 };
    const int64_t full = 8 * STRIP;
    for (unsigned c = 0; c < sizeof cuts / sizeof *cuts; c++)
        for (unsigned b = 0; b < sizeof beyond / sizeof *beyond; b++) {
            PVFS_object_ref f = lib_create (L.root, "cut", (c + b) % 2 ? 4 : 0);
            int64_t at = cuts[c] + beyond[b], end = at + 20000;
            lib_fill (model, 0, (size_t) full, 1);
            lib_write (f, 0, model, (size_t) full);
            OK (PVFS_sys_truncate (f, cuts[c], &L.cred, NULL));
            assert_int_equal (lib_size (f), cuts[c]);
            memset (model + cuts[c], 0, (size_t) (MODEL - cuts[c]));
            lib_fill (model + at, at, 20000, 2);
            lib_write (f, at, model + at, 20000);
            assert_int_equal (lib_size (f), end);
            for (int64_t strip = STRIP; strip < end + STRIP; strip += STRIP)
                for (int n = 12000; n <= 25000; n += 2600)
                    for (int before = 1; before < n; before += n / 3)
                        lib_compare (f, model, end, strip - before, (size_t) n);
            lib_compare (f, model, end, 0, (size_t) end);
            OK (PVFS_sys_remove ("cut", L.root, &L.cred, NULL));
        }
}

/* Writes, reads and truncations at random, against a model in memory. */
static void
random_operations_agree_with_a_model (void **state)
{
    uint64_t rnd = lib_seed ();
    for (int ndfiles = 0; ndfiles <= 4; ndfiles++) {
        PVFS_object_ref f = lib_create (L.root, "random", ndfiles);
        int64_t size = 0;
        memset (model, 0, MODEL);
        for (int i = 0; i < 300; i++) {
            int64_t max = lib_random (&rnd) % 3 ? 6 * STRIP : MODEL;
            int64_t off = (int64_t) (lib_random (&rnd) % (uint64_t) max);
            size_t n = 1 + lib_random (&rnd) % (lib_random (&rnd) % 2 ? 30000 : 300000);
            if (off + (int64_t) n > MODEL)
                n = (size_t) (MODEL - off);
            unsigned what = lib_random (&rnd) % 8;
            if (what < 3) {
                lib_fill (model + off, off, n, lib_random (&rnd));
                lib_write (f, off, model + off, n);
                size = off + (int64_t) n > size ? off + (int64_t) n : size;
            } else if (what < 7) {
                lib_compare (f, model, size, off, n);
            } else {
                OK (PVFS_sys_truncate (f, off, &L.cred, NULL));
                if (off < size)
                    memset (model + off, 0, (size_t) (size - off));
                size = off;
            }
            assert_int_equal (lib_size (f), size);
        }
        lib_compare (f, model, size, 0, MODEL);
        OK (PVFS_sys_remove ("random", L.root, &L.cred, NULL));
    }
}

/* --- datatypes and rounds --------------------------------------------------------------------- */

/* Blocks of 47,008 bytes of every third place, from memory with gaps. */
static void
strided_requests_reach_just_their_bytes (void **state)
{
    enum { BLOCK = 47008, N = 12, GAP = 100 };
    PVFS_object_ref f = lib_create (L.root, "strided", 0);
    PVFS_Request file, mem;
    PVFS_sysresp_io resp;
    memset (model, 0, MODEL);
    OK (PVFS_Request_vector (N, BLOCK, 3 * BLOCK, PVFS_BYTE, &file));
    OK (PVFS_Request_vector (N, BLOCK, BLOCK + GAP, PVFS_BYTE, &mem));
    lib_fill (data, 0, (size_t) N * (BLOCK + GAP), 5);
    for (int i = 0; i < N; i++)
        memcpy (model + (size_t) i * 3 * BLOCK, data + (size_t) i * (BLOCK + GAP), BLOCK);
    OK (PVFS_sys_write (f, file, 0, data, mem, &L.cred, &resp, NULL));
    assert_int_equal (resp.total_completed, N * BLOCK);
    int64_t end = (int64_t) (N - 1) * 3 * BLOCK + BLOCK;
    lib_compare (f, model, end, 0, (size_t) end + 1);
    memset (data, 0x55, (size_t) N * (BLOCK + GAP));
    OK (PVFS_sys_read (f, file, 0, data, mem, &L.cred, &resp, NULL));
    assert_int_equal (resp.total_completed, N * BLOCK);
    for (int i = 0; i < N; i++) {
        assert_memory_equal (data + (size_t) i * (BLOCK + GAP), model + (size_t) i * 3 * BLOCK,
                             BLOCK);
        if (i < N - 1)
            assert_int_equal (data[(size_t) i * (BLOCK + GAP) + BLOCK], 0x55);
    }
    PVFS_Request_free (&file);
    PVFS_Request_free (&mem);
}

static void
thousands_of_regions_in_one_call (void **state)
{
    enum { N = 5000, PIECE = 24, STEP = 300 };
    PVFS_object_ref f = lib_create (L.root, "regions", 0);
    static int32_t lens[N];
    static PVFS_size at[N];
    PVFS_Request file, mem;
    PVFS_sysresp_io resp;
    memset (model, 0, MODEL);
    lib_fill (data, 0, N * PIECE, 6);
    for (int i = 0; i < N; i++) {
        lens[i] = PIECE;
        at[i] = (PVFS_size) i * STEP + i % 7;
        memcpy (model + at[i], data + (size_t) i * PIECE, PIECE);
    }
    OK (PVFS_Request_hindexed (N, lens, at, PVFS_BYTE, &file));
    OK (PVFS_Request_contiguous (N * PIECE, PVFS_BYTE, &mem));
    OK (PVFS_sys_write (f, file, 0, data, mem, &L.cred, &resp, NULL));
    assert_int_equal (resp.total_completed, N * PIECE);
    int64_t end = at[N - 1] + PIECE;
    lib_compare (f, model, end, 0, (size_t) end);
    uint8_t *back = calloc (N, PIECE);
    OK (PVFS_sys_read (f, file, 0, back, mem, &L.cred, &resp, NULL));
    assert_memory_equal (back, data, N * PIECE);
    free (back);
    PVFS_Request_free (&file);
    PVFS_Request_free (&mem);
}

/* 18 MB of description, more than any message may have: and a struct, whose parts have descriptions of their own. */
static void
requests_too_long_for_a_message_are_split (void **state)
{
    enum { N = 1500000, PIECE = 2, STEP = 5, KINDS = 2 };
    PVFS_object_ref f = lib_create (L.root, "long", 4);
    int32_t *lens = malloc (N * sizeof *lens);
    PVFS_size *at = malloc (N * sizeof *at);
    PVFS_Request *olds = malloc (N * sizeof *olds), pair, file[KINDS], mem;
    uint8_t *out = malloc (N * PIECE), *in = malloc (N * PIECE), *want = malloc (N * STEP);
    PVFS_sysresp_io resp;
    assert_true (lens && at && olds && out && in && want);
    OK (PVFS_Request_contiguous (PIECE, PVFS_BYTE, &pair));
    for (int i = 0; i < N; i++) {
        lens[i] = 1;
        at[i] = (PVFS_size) (i ^ 1) * STEP; /* neighbours change places */
        olds[i] = pair;
    }
    OK (PVFS_Request_hindexed (N, lens, at, pair, &file[0]));
    OK (PVFS_Request_struct (N, lens, at, olds, &file[1]));
    OK (PVFS_Request_contiguous (N * PIECE, PVFS_BYTE, &mem));
    for (int kind = 0; kind < KINDS; kind++) {
        memset (want, 0, N * STEP);
        lib_fill (out, 0, N * PIECE, 12 + (uint64_t) kind);
        for (int i = 0; i < N; i++)
            memcpy (want + at[i], out + (size_t) i * PIECE, PIECE);
        OK (PVFS_sys_write (f, file[kind], 0, out, mem, &L.cred, &resp, NULL));
        assert_int_equal (resp.total_completed, N * PIECE);
        lib_compare (f, want, (int64_t) (N - 1) * STEP + PIECE, 0, N * STEP);
        OK (PVFS_sys_read (f, file[kind], 0, in, mem, &L.cred, &resp, NULL));
        assert_int_equal (resp.total_completed, N * PIECE);
        assert_int_equal (memcmp (in, out, N * PIECE), 0);
        PVFS_Request_free (&file[kind]);
    }
    PVFS_Request_free (&pair);
    PVFS_Request_free (&mem);
    free (lens);
    free (at);
    free (olds);
    free (out);
    free (in);
    free (want);
    OK (PVFS_sys_remove ("long", L.root, &L.cred, NULL));
}

/* The end of the file lies in the second of five rounds. */
static void
a_long_request_ends_at_the_end_of_the_file (void **state)
{
    enum { N = 1200000, STEP = 3, END = 1000000 };
    PVFS_object_ref f = lib_create (L.root, "long-end", 4);
    int32_t *lens = malloc (N * sizeof *lens);
    PVFS_size *at = malloc (N * sizeof *at);
    uint8_t *buf = malloc (N);
    PVFS_Request file, mem;
    PVFS_sysresp_io resp;
    assert_true (lens && at && buf);
    for (int i = 0; i < N; i++) {
        lens[i] = 1;
        at[i] = (PVFS_size) i * STEP;
    }
    OK (PVFS_sys_truncate (f, END, &L.cred, NULL));
    OK (PVFS_Request_hindexed (N, lens, at, PVFS_BYTE, &file));
    OK (PVFS_Request_contiguous (N, PVFS_BYTE, &mem));
    memset (buf, 0xee, N);
    OK (PVFS_sys_read (f, file, 0, buf, mem, &L.cred, &resp, NULL));
    assert_int_equal (resp.total_completed, (END + STEP - 1) / STEP);
    for (int i = 0; i < N; i++)
        assert_int_equal (buf[i], i * STEP < END ? 0 : 0xee);
    PVFS_Request_free (&file);
    PVFS_Request_free (&mem);
    free (lens);
    free (at);
    free (buf);
}

/* --- iovecs ------------------------------------------------------------------------------------- */

static void
iovecs_are_filled_and_emptied_in_their_order (void **state)
{
    PVFS_object_ref f = lib_create (L.root, "iov", 4);
    PVFS_sysresp_io resp = { 0 };
    uint8_t a[70000], b[10], c[150000];
    lib_fill (a, 0, sizeof a, 13);
    lib_fill (b, 0, sizeof b, 14);
    lib_fill (c, 0, sizeof c, 15);
    const struct iovec out[] = { { c, sizeof c }, { NULL, 0 }, { b, sizeof b }, { a, sizeof a } };
    size_t total = sizeof a + sizeof b + sizeof c;
    memcpy (model, c, sizeof c);
    memcpy (model + sizeof c, b, sizeof b);
    memcpy (model + sizeof c + sizeof b, a, sizeof a);
    OK (PVFS_sys_writev (f, PVFS_BYTE, 7, out, 4, &L.cred, &resp, NULL));
    assert_int_equal (resp.total_completed, total);
    memmove (model + 7, model, total);
    memset (model, 0, 7);
    lib_compare (f, model, 7 + (int64_t) total, 0, 8 + total);
    memset (data, 0x55, MODEL);
    const struct iovec in[] = { { data + 300000, 10 }, { data, 100000 }, { data + 200000, 50000 } };
    OK (PVFS_sys_readv (f, PVFS_BYTE, 0, in, 3, &L.cred, &resp, NULL));
    assert_int_equal (resp.total_completed, 150010);
    assert_memory_equal (data + 300000, model, 10);
    assert_memory_equal (data, model + 10, 100000);
    assert_memory_equal (data + 200000, model + 100010, 50000);
    assert_int_equal (data[100000], 0x55);
    assert_int_equal (data[300010], 0x55);
}

static void
thousands_of_iovecs_may_change_as_soon_as_they_are_posted (void **state)
{
    enum { N = 5000, PIECE = 37, STEP = 50 };
    PVFS_object_ref f = lib_create (L.root, "iov-many", 4);
    struct iovec *v = calloc (N, sizeof *v);
    PVFS_sysresp_io resp = { 0 };
    PVFS_sys_op_id id;
    PVFS_Request file;
    int error = 0;
    lib_fill (data, 0, N * STEP, 16);
    memset (model, 0, MODEL);
    for (int i = 0; i < N; i++) {
        v[i] = (struct iovec){ data + (size_t) (N - 1 - i) * STEP, PIECE };
        memcpy (model + (size_t) i * 100, v[i].iov_base, PIECE);
    }
    OK (PVFS_Request_vector (N, PIECE, 100, PVFS_BYTE, &file));
    int r = PVFS_isys_iov (f, file, 0, v, N, &L.cred, &resp, PVFS_IO_WRITE, &id, NULL, NULL);
    memset (v, 0, N * sizeof *v);
    assert_true (r == 0 || r == 1);
    if (r == 0)
        OK (PVFS_sys_wait (id, "iov", &error));
    OK (error);
    assert_int_equal (resp.total_completed, N * PIECE);
    lib_compare (f, model, (N - 1) * 100 + PIECE, 0, N * 100);
    PVFS_Request_free (&file);
    free (v);
}

static void
bad_iovecs_are_refused_and_empty_ones_move_nothing (void **state)
{
    PVFS_object_ref f = lib_create (L.root, "iov-bad", 4);
    PVFS_sysresp_io resp = { 0 };
    PVFS_sys_op_id id;
    struct iovec v[2] = { { data, SIZE_MAX }, { data, SIZE_MAX } };
    EXPECT (PVFS_sys_writev (f, PVFS_BYTE, 0, v, -1, &L.cred, &resp, NULL), -PVFS_EINVAL);
    EXPECT (PVFS_sys_writev (f, PVFS_BYTE, 0, NULL, 1, &L.cred, &resp, NULL), -PVFS_EINVAL);
    EXPECT (PVFS_sys_writev (f, PVFS_BYTE, -1, v, 1, &L.cred, &resp, NULL), -PVFS_EINVAL);
    EXPECT (PVFS_sys_writev (f, PVFS_BYTE, 0, v, 2, &L.cred, &resp, NULL), -PVFS_EINVAL); /* longer than any file */
    EXPECT (PVFS_sys_writev (f, PVFS_BYTE, 0, v, 1, NULL, &resp, NULL), -PVFS_EINVAL);
    EXPECT (PVFS_sys_writev (f, PVFS_BYTE, 0, v, 1, &L.cred, NULL, NULL), -PVFS_EINVAL);
    v[0].iov_len = 0;
    resp.total_completed = -1;
    assert_int_equal (PVFS_isys_iov (f, PVFS_BYTE, 0, v, 1, &L.cred, &resp, PVFS_IO_WRITE, &id, NULL, NULL), 1);
    assert_int_equal (resp.total_completed, 0);
    OK (PVFS_sys_writev (f, PVFS_BYTE, 0, NULL, 0, &L.cred, &resp, NULL));
    assert_int_equal (lib_size (f), 0);
}

static void
one_call_of_many_rounds (void **state)
{
    enum { BIG = 150 << 20 };
    PVFS_object_ref f = lib_create (L.root, "rounds", 1);
    uint8_t *out = malloc (BIG), *in = malloc (BIG);
    assert_true (out && in);
    lib_fill (out, 0, BIG, 7);
    lib_write (f, 3, out, BIG);
    assert_int_equal (lib_size (f), BIG + 3);
    assert_int_equal (lib_read (f, 3, in, BIG), BIG);
    assert_int_equal (memcmp (in, out, BIG), 0);
    free (out);
    free (in);
    OK (PVFS_sys_remove ("rounds", L.root, &L.cred, NULL));
}

/* --- many writers ----------------------------------------------------------------------------- */

/* The file is cut into pieces of random sizes; piece i belongs to writer i % WRITERS, who writes
 * its pieces again and again, each time with other bytes. At the end every piece must be what its
 * writer wrote last. */
enum { WRITERS = 4, SHARED = 12 << 20, MAX_PIECES = 4096 };

struct piece {
    int64_t off;
    uint32_t len, version;
};

static struct piece *pieces; /* shared */
static unsigned npieces;

static void
cut_pieces (uint64_t *rnd)
{
    int64_t at = 0;
    for (npieces = 0; at < SHARED && npieces < MAX_PIECES; npieces++) {
        uint64_t max = (uint64_t[]){ 100, 5000, 20000, 100000, 700000 }[lib_random (rnd) % 5];
        int64_t n = 1 + (int64_t) (lib_random (rnd) % max);
        n = n > SHARED - at ? SHARED - at : n;
        pieces[npieces] = (struct piece){ .off = at, .len = (uint32_t) n };
        at += n;
    }
}

static int
write_pieces (const char *server, unsigned me, uint64_t seed, double until)
{
    static uint8_t buf[700001];
    struct PVFS_sys_mntent *entry = PVFS_util_gen_mntent ((char *) server, "pvfs2-fs");
    PVFS_sysresp_lookup found = { 0 };
    if (PVFS_sys_initialize (0) || PVFS_sys_fs_add (entry)
        || PVFS_sys_lookup (entry->fs_id, "/shared", &L.cred, &found, PVFS2_LOOKUP_LINK_FOLLOW,
                            NULL))
        return 1;
    uint64_t rnd = seed + me;
    for (unsigned done = 0; lib_now () < until || done < npieces; done++) {
        struct piece *p = &pieces[(done < npieces ? done : lib_random (&rnd) % npieces)];
        PVFS_Request mem;
        PVFS_sysresp_io resp = { 0 };
        if ((unsigned) (p - pieces) % WRITERS != me)
            continue;
        p->version++;
        lib_fill (buf, p->off, p->len, p->version);
        PVFS_Request_contiguous ((int32_t) p->len, PVFS_BYTE, &mem);
        int r = PVFS_sys_write (found.ref, PVFS_BYTE, p->off, buf, mem, &L.cred, &resp, NULL);
        PVFS_Request_free (&mem);
        if (r || resp.total_completed != p->len) {
            PVFS_perror ("write of a piece", r);
            return 1;
        }
    }
    return PVFS_sys_finalize () != 0;
}

static void
disjoint_writers_leave_exactly_the_union (void **state)
{
    uint64_t rnd = lib_seed ();
    const char *seconds = getenv ("WRITE_SECONDS");
    double until = lib_now () + (seconds ? atof (seconds) : 5);
    pieces = mmap (NULL, MAX_PIECES * sizeof *pieces, PROT_READ | PROT_WRITE,
                   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_true (pieces != MAP_FAILED);
    cut_pieces (&rnd);
    PVFS_object_ref f = lib_create (L.root, "shared", 0);
    pid_t pid[WRITERS];
    fflush (NULL);
    for (unsigned i = 0; i < WRITERS; i++)
        if ((pid[i] = fork ()) == 0)
            _exit (write_pieces (L.cluster.server[i % 4].addr, i, rnd, until));
    for (unsigned i = 0; i < WRITERS; i++) {
        int status;
        assert_int_equal (waitpid (pid[i], &status, 0), pid[i]);
        assert_int_equal (status, 0);
    }
    const struct piece *last = &pieces[npieces - 1];
    int64_t end = last->off + last->len;
    uint8_t *got = malloc (SHARED), *want = malloc (SHARED);
    assert_true (got && want);
    unsigned long writes = 0;
    for (unsigned i = 0; i < npieces; i++) {
        lib_fill (want + pieces[i].off, pieces[i].off, pieces[i].len, pieces[i].version);
        writes += pieces[i].version;
    }
    printf ("# %lu writes of %u pieces\n", writes, npieces);
    assert_int_equal (lib_size (f), end);
    assert_int_equal (lib_read (f, 0, got, SHARED), end);
    for (unsigned i = 0; i < npieces; i++)
        if (memcmp (got + pieces[i].off, want + pieces[i].off, pieces[i].len))
            fail_msg ("piece %u of %u bytes at %lld is not its version %u", i, pieces[i].len,
                      (long long) pieces[i].off, pieces[i].version);
    free (got);
    free (want);
    munmap (pieces, MAX_PIECES * sizeof *pieces);
}

/* io-test [SECONDS-OF-WRITERS] */
int
main (int argc, char **argv)
{
    if (argc > 1)
        setenv ("WRITE_SECONDS", argv[1], 1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (sizes_around_every_boundary),
        cmocka_unit_test (writes_that_begin_in_the_middle_leave_a_hole),
        cmocka_unit_test (reads_across_strips_after_truncation_see_the_data),
        cmocka_unit_test (random_operations_agree_with_a_model),
        cmocka_unit_test (strided_requests_reach_just_their_bytes),
        cmocka_unit_test (thousands_of_regions_in_one_call),
        cmocka_unit_test (requests_too_long_for_a_message_are_split),
        cmocka_unit_test (a_long_request_ends_at_the_end_of_the_file),
        cmocka_unit_test (iovecs_are_filled_and_emptied_in_their_order),
        cmocka_unit_test (thousands_of_iovecs_may_change_as_soon_as_they_are_posted),
        cmocka_unit_test (bad_iovecs_are_refused_and_empty_ones_move_nothing),
        cmocka_unit_test (one_call_of_many_rounds),
        cmocka_unit_test (disjoint_writers_leave_exactly_the_union),
    };
    return cmocka_run_group_tests (tests, setup, teardown);
}
