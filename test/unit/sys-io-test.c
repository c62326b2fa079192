/*
 * sys_io and sys_truncate: the pure parts against brute force, and the operations against servers that the test plays itself
 * (sys-io-servers.h), with a flat byte array as the model of the file.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "client/sysint/acache.h"
#include "client/sysint/sys-io.h"
#include "request-model.h"
#include "sys-io-servers.h"

enum { STRIP = 8192, MODEL_SIZE = 1 << 20 };

struct world {
    struct reactor *r;
    struct servers s;
    struct client *c;
    PVFS_fs_id fs;
    uint8_t model[MODEL_SIZE];
    int64_t size;
};

/* --- driving ----------------------------------------------------------------------------------------------------------------------- */

static void
run (struct world *w, struct sys_op *op)
{
    for (int i = 0; !op->ended; i++) {
        if (i > 2000000)
            fail_msg ("%s does not end", op->type->name);
        reactor_step (w->r, 20 * NSEC_PER_MSEC);
    }
}

static void
steps (struct world *w, int n)
{
    for (int i = 0; i < n; i++)
        reactor_step (w->r, NSEC_PER_MSEC);
}

static struct client *
new_client (struct world *w)
{
    struct client_config cfg = { .reactor = w->r, .op_timeout = 3 * NSEC_PER_SEC };
    struct client *c;
    char addr[64];
    const char *servers[] = { addr };
    snprintf (addr, sizeof addr, "tcp://127.0.0.1:%u", bmi_port (w->s.bmi[0]));
    assert_int_equal (client_new (&cfg, &c), 0);
    struct sys_op *op = sys_op_new (c, &sys_fs_add, NULL);
    op->a.name = "x";
    op->a.servers = servers;
    op->a.nservers = 1;
    op->a.resp = &w->fs;
    sys_op_post (op);
    run (w, op);
    assert_int_equal (op->error, 0);
    sys_op_free (op);
    return c;
}

static struct world *
open_world (int n, bool stuffed)
{
    struct world *w = calloc (1, sizeof *w);
    assert_int_equal (reactor_new (&w->r), 0);
    servers_open (&w->s, w->r, n, STRIP);
    w->s.stuffed = stuffed;
    w->c = new_client (w);
    return w;
}

static void
close_world (struct world *w)
{
    steps (w, 20);
    assert_int_equal (w->s.running, 0);
    client_free (w->c);
    steps (w, 5);
    servers_close (&w->s);
    reactor_free (w->r);
    free (w);
}

static struct sys_op *
io_op (struct world *w, bool write, int64_t off, void *buf, PVFS_Request mem)
{
    struct sys_op *op = sys_op_new (w->c, &sys_io, NULL);
    op->a.ref = (PVFS_object_ref){ .handle = METAFILE, .fs_id = w->fs };
    op->a.file_req = PVFS_BYTE;
    op->a.mem_req = mem;
    op->a.offset = off;
    op->a.buffer = buf;
    op->a.io_type = write ? PVFS_IO_WRITE : PVFS_IO_READ;
    return op;
}

static int
io (struct world *w, bool write, int64_t off, void *buf, int64_t len, int64_t *ret)
{
    PVFS_Request mem;
    PVFS_Request_contiguous ((int32_t) len, PVFS_BYTE, &mem);
    struct sys_op *op = io_op (w, write, off, buf, mem);
    sys_op_post (op);
    run (w, op);
    int err = op->error;
    *ret = op->bytes;
    sys_op_free (op);
    PVFS_Request_free (&mem);
    return err;
}

static int
truncate_to (struct world *w, int64_t size)
{
    struct sys_op *op = sys_op_new (w->c, &sys_truncate, NULL);
    op->a.ref = (PVFS_object_ref){ .handle = METAFILE, .fs_id = w->fs };
    op->a.size = size;
    sys_op_post (op);
    run (w, op);
    int err = op->error;
    sys_op_free (op);
    return err;
}

/* --- with the model -------------------------------------------------------------------------------------------------------------------- */

static void
fill (uint8_t *p, int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        p[i] = (uint8_t) (model_random () >> 11 | 1); /* never 0: holes are */
}

static void
put (struct world *w, int64_t off, int64_t len)
{
    int64_t bytes;
    uint8_t *buf = malloc ((size_t) len + 1);
    fill (buf, len);
    assert_int_equal (io (w, true, off, buf, len, &bytes), 0);
    assert_int_equal (bytes, len);
    memcpy (w->model + off, buf, (size_t) len);
    if (len)
        w->size = MAX (w->size, off + len);
    free (buf);
}

static void
check (struct world *w, int64_t off, int64_t len)
{
    int64_t bytes, expect = MAX (0, MIN (len, w->size - off));
    uint8_t *buf = malloc ((size_t) len + 1);
    memset (buf, 0xee, (size_t) len + 1);
    assert_int_equal (io (w, false, off, buf, len, &bytes), 0);
    assert_int_equal (bytes, expect);
    if (memcmp (buf, w->model + off, (size_t) expect) != 0)
        fail_msg ("wrong bytes in [%lld, %lld) of %lld", (long long) off, (long long) (off + len), (long long) w->size);
    assert_int_equal (buf[len], 0xee);
    free (buf);
}

static void
cut (struct world *w, int64_t size)
{
    assert_int_equal (truncate_to (w, size), 0);
    if (size < w->size)
        memset (w->model + size, 0, (size_t) (w->size - size));
    w->size = size;
}

static unsigned
requests (const struct world *w)
{
    unsigned n = 0;
    for (int i = 0; i < PROTO_OP_COUNT; i++)
        n += w->s.count[i];
    return n;
}

static void
forget_counts (struct world *w)
{
    memset (w->s.count, 0, sizeof w->s.count);
}

/* --- pure -------------------------------------------------------------------------------------------------------------------------------- */

static void
machine_is_sound (const struct sm_machine *m, void *arg)
{
    char why[200];
    if (sm_check (m, why, sizeof why) != 0)
        fail_msg ("%s: %s", m->name, why);
    ++*(int *) arg;
}

static void
all_machines_are_sound (void **state)
{
    int n = 0;
    sm_each_machine (machine_is_sound, &n);
    assert_true (n >= 4);
}

static struct dist
stripe (int64_t strip)
{
    struct dist d;
    char text[64];
    snprintf (text, sizeof text, "strip_size:%lld", (long long) strip);
    assert_int_equal (dist_lookup ("simple_stripe", &d), 0);
    assert_int_equal (dist_set_params (&d, text), 0);
    return d;
}

static void
a_stuffed_file_reaches_to_its_second_datafile (void **state)
{
    struct dist d = stripe (STRIP), basic;
    assert_int_equal (io_stuffed_limit (&d, 4), STRIP);
    assert_int_equal (io_stuffed_limit (&d, 1), INT64_MAX);
    assert_int_equal (dist_lookup ("basic_dist", &basic), 0);
    assert_int_equal (io_stuffed_limit (&basic, 4), INT64_MAX);
}

/* Targets and their bytes, counted byte by byte. */
static void
targets_are_the_datafiles_that_hold_a_byte (void **state)
{
    for (int round = 0; round < 300; round++) {
        struct model *m = model_new ();
        PVFS_Request req = model_make (2, false, m);
        uint32_t ct = (uint32_t) model_between (1, 7), n = 0, found = 0;
        int64_t strip = model_between (1, 30), count[8] = { 0 };
        struct dist d = stripe (strip);
        struct io_target t[8];
        struct req_map map = { .file_req = req, .file_off = model_between (0, 50), .total = model_between (1, 200), .dist = &d,
                               .server_ct = ct };
        bool usable = m->size > 0;
        for (int64_t i = 0; usable && i < map.total; i++) {
            int64_t at = model_offset (m, map.file_off + i);
            usable = at >= 0;
            if (usable)
                count[at / strip % ct]++;
        }
        if (usable && io_find_targets (&map, t, &n) == 0) {
            for (uint32_t nr = 0; nr < ct; nr++)
                if (count[nr]) {
                    assert_int_equal (t[found].nr, nr);
                    assert_int_equal (t[found++].want, count[nr]);
                }
            assert_int_equal (n, found);
        }
        PVFS_Request_free (&req);
        free (m);
    }
}

/* Random datafile sizes; a byte of the file is there if some datafile reaches it, a hole if any later byte is. */
static void
holes_are_told_from_the_end_of_the_file (void **state)
{
    enum { FILE_MAX = 400 };
    for (int round = 0; round < 2000; round++) {
        uint32_t ct = (uint32_t) model_between (1, 5);
        int64_t strip = model_between (1, 20), sizes[5], told[5], eof = 0, size;
        struct dist d = stripe (strip);
        struct io_target t[5];
        uint8_t mem[FILE_MAX], there[FILE_MAX];
        int64_t off = model_between (0, 200), len = model_between (1, 200), counted = 0;
        for (uint32_t nr = 0; nr < ct; nr++) {
            sizes[nr] = model_between (0, 3) ? model_between (0, 60) : 0;
            told[nr] = -1;
        }
        for (int64_t at = 0; at < FILE_MAX; at++) {
            int64_t row = at / strip / ct, nr = at / strip % ct;
            there[at] = row * strip + at % strip < sizes[nr];
            eof = there[at] ? at + 1 : eof;
        }
        PVFS_Request mem_req;
        PVFS_Request_contiguous ((int32_t) len, PVFS_BYTE, &mem_req);
        struct io_round r = { .map = { .file_req = PVFS_BYTE, .file_off = off, .total = len, .dist = &d, .server_ct = ct },
                              .mem = { .req = mem_req, .base = mem }, .targets = t };
        memset (mem, 0xaa, sizeof mem);
        assert_int_equal (io_find_targets (&r.map, t, &r.ntargets), 0);
        for (uint32_t i = 0; i < r.ntargets; i++) {
            t[i].bsize = sizes[t[i].nr];
            assert_int_equal (io_bytes_below (&r.map, t[i].nr, t[i].bsize, &t[i].got), 0);
        }
        if (!io_size_settled (&r, off + len, told, &size)) {
            memcpy (told, sizes, sizeof sizes);
            assert_true (io_size_settled (&r, off + len, told, &size));
        }
        assert_int_equal (MIN (size, off + len), MIN (eof, off + len));
        for (uint32_t i = 0; i < r.ntargets; i++) {
            assert_int_equal (io_fill_hole (&r, &t[i], size), 0);
            counted += t[i].got;
        }
        assert_int_equal (counted, MAX (0, MIN (len, eof - off)));
        for (int64_t i = 0; i < len; i++)
            assert_int_equal (mem[i], off + i < eof && !there[off + i] ? 0 : 0xaa);
        PVFS_Request_free (&mem_req);
    }
}

/* --- small and large ---------------------------------------------------------------------------------------------------------------------- */

static void
a_small_read_or_write_is_one_message (void **state)
{
    struct world *w = open_world (4, true);
    put (w, 0, 4096); /* learns the layout */
    forget_counts (w);
    put (w, 1000, 4096);
    check (w, 0, 4096);
    assert_int_equal (w->s.count[PROTO_small_io], 2);
    assert_int_equal (requests (w), 2);
    close_world (w);
}

static void
small_and_large_are_chosen_per_target (void **state)
{
    struct world *w = open_world (4, false);
    put (w, 0, 4 * STRIP);  /* 8 KiB for each: small */
    assert_int_equal (w->s.count[PROTO_small_io], 4);
    assert_int_equal (w->s.count[PROTO_io], 0);
    put (w, 0, 100000);     /* 3 or 4 strips each: large */
    assert_int_equal (w->s.count[PROTO_io], 4);
    forget_counts (w);
    put (w, 0, 4 * STRIP + 2 * STRIP); /* 16 KiB for two – with a header more than fits –, 8 KiB for the others */
    assert_int_equal (w->s.count[PROTO_io], 2);
    assert_int_equal (w->s.count[PROTO_small_io], 2);
    forget_counts (w);
    check (w, 0, 4 * STRIP + 2 * STRIP); /* a read's 16 KiB are all data */
    assert_int_equal (w->s.count[PROTO_small_io], 4);
    check (w, 0, 100000);
    check (w, 99000, 5000);
    close_world (w);
}

static void
a_write_past_the_first_strip_unstuffs (void **state)
{
    struct world *w = open_world (4, true);
    put (w, 0, STRIP);
    assert_true (w->s.stuffed);
    put (w, STRIP - 10, 20);
    assert_false (w->s.stuffed);
    assert_int_equal (w->s.count[PROTO_unstuff], 1);
    assert_int_equal (w->s.dfile[1].size, 10);
    check (w, 0, 3 * STRIP);
    close_world (w);
}

static void
a_read_never_unstuffs_and_sees_what_others_unstuffed (void **state)
{
    struct world *w = open_world (4, true);
    put (w, 0, 5000);
    check (w, 0, 40000);
    check (w, 4000, 2000);
    assert_int_equal (w->s.count[PROTO_unstuff], 0);
    struct client *first = w->c;
    w->c = new_client (w);
    put (w, 20000, 30000); /* the other client unstuffs */
    struct client *second = w->c;
    w->c = first;
    check (w, 0, 40000);
    check (w, 4000, 2000); /* ends early in the one datafile, but the file goes on */
    client_free (second);
    close_world (w);
}

static void
nothing_is_done_for_zero_bytes (void **state)
{
    struct world *w = open_world (2, true);
    forget_counts (w);
    check (w, 100, 0);
    put (w, 100, 0);
    assert_int_equal (requests (w), 0);
    close_world (w);
}

static void
a_directory_is_not_read (void **state)
{
    struct world *w = open_world (2, true);
    char buf[8];
    struct sys_op *op = io_op (w, false, 0, buf, PVFS_LONG);
    op->a.ref.handle = DIRECTORY;
    sys_op_post (op);
    run (w, op);
    assert_int_equal (op->error, -EISDIR);
    sys_op_free (op);
    close_world (w);
}

/* What OrangeFS gets wrong: one datafile ends early or has a hole. */
static void
reads_across_a_strip_boundary_after_a_truncate_are_right (void **state)
{
    struct world *w = open_world (4, false);
    put (w, 0, 200000);
    cut (w, 3 * STRIP + 100);
    put (w, 150000, 20000);
    for (int64_t off = 2 * STRIP - 13000; off < 160000; off += 3777)
        for (int64_t len = 12000; len <= 25000; len += 4321)
            check (w, off, len);
    close_world (w);
}

static void
truncate_cuts_and_grows_to_any_size (void **state)
{
    struct world *w = open_world (3, true);
    put (w, 0, 5000);
    cut (w, 777);
    check (w, 0, 5000);
    cut (w, STRIP);
    assert_true (w->s.stuffed);
    check (w, 0, 2 * STRIP);
    cut (w, 100001);
    assert_false (w->s.stuffed);
    check (w, 0, 120000);
    put (w, 90000, 3);
    cut (w, 3 * STRIP + 1);
    check (w, 0, 120000);
    cut (w, 0);
    check (w, 0, 100);
    assert_int_equal (truncate_to (w, -1), -EINVAL);
    assert_int_equal (truncate_to (w, INT64_MAX), -EFBIG);
    close_world (w);
}

/* --- at random ------------------------------------------------------------------------------------------------------------------------- */

static void
random_work_leaves_what_the_model_says (void **state)
{
    for (int n = 1; n <= 4; n += 3) {
        struct world *w = open_world (n, true);
        for (int i = 0; i < 400; i++) {
            int64_t off = model_between (0, model_between (0, 3) ? 150000 : 400000);
            int64_t len = model_between (0, model_between (0, 1) ? 20000 : 200000);
            switch (model_between (0, 6)) {
            case 0:
                cut (w, off);
                break;
            case 1:
            case 2:
                put (w, off, len);
                break;
            default:
                check (w, off, len);
            }
        }
        check (w, 0, MODEL_SIZE - 1);
        close_world (w);
    }
}

/* Regions in file and memory: an indexed request in steps, against the model byte by byte. */
static void
random_regions_leave_what_the_model_says (void **state)
{
    struct world *w = open_world (4, false);
    for (int i = 0; i < 150; i++) {
        struct model *fm = model_new (), *mm = model_new ();
        PVFS_Request file = model_make (2, false, fm), mem = model_make (2, false, mm);
        uint8_t *buf = malloc (1 << 20), *was = malloc (1 << 20);
        int64_t off = model_between (0, 40), bytes = 0, expect = 0;
        bool write = model_between (0, 1);
        bool usable = fm->size > 0 && mm->size > 0;
        for (int64_t k = 0; usable && k < mm->size; k++)
            usable = model_offset (fm, off + k) >= 0 && model_offset (fm, off + k) < 300000 && mm->disp[k] >= 0;
        if (write) /* overlapping file bytes have no defined order */
            for (int64_t k = 0; usable && k < mm->size; k++)
                for (int64_t j = 0; usable && j < k; j++)
                    usable = model_offset (fm, off + k) != model_offset (fm, off + j);
        if (usable) {
            fill (buf, 1 << 20);
            memcpy (was, buf, 1 << 20);
            struct sys_op *op = io_op (w, write, off, buf, mem);
            op->a.file_req = file;
            sys_op_post (op);
            run (w, op);
            assert_int_equal (op->error, 0);
            bytes = op->bytes;
            sys_op_free (op);
            for (int64_t k = 0; k < mm->size; k++) {
                int64_t at = model_offset (fm, off + k);
                if (write) {
                    w->model[at] = buf[mm->disp[k]];
                    w->size = MAX (w->size, at + 1);
                    expect++;
                } else if (at < w->size) {
                    was[mm->disp[k]] = w->model[at];
                    expect++;
                }
            }
            assert_int_equal (bytes, expect);
            if (!write)
                assert_memory_equal (buf, was, 1 << 20);
        }
        PVFS_Request_free (&file);
        PVFS_Request_free (&mem);
        free (buf);
        free (was);
        free (fm);
        free (mm);
    }
    check (w, 0, 400000);
    close_world (w);
}

static void
thousands_of_regions_go_through (void **state)
{
    enum { N = 5000 };
    struct world *w = open_world (4, false);
    PVFS_Request file, mem;
    uint8_t *buf = malloc (N * 20);
    static int32_t len[N];
    static int64_t disp[N];
    for (int i = 0; i < N; i++) {
        len[i] = 20;
        disp[i] = i * 47;
    }
    assert_int_equal (PVFS_Request_hindexed (N, len, disp, PVFS_BYTE, &file), 0);
    assert_int_equal (PVFS_Request_contiguous (N * 20, PVFS_BYTE, &mem), 0);
    fill (buf, N * 20);
    struct sys_op *op = io_op (w, true, 0, buf, mem);
    op->a.file_req = file;
    sys_op_post (op);
    run (w, op);
    assert_int_equal (op->error, 0);
    assert_int_equal (op->bytes, N * 20);
    sys_op_free (op);
    for (int i = 0; i < N; i++)
        memcpy (w->model + disp[i], buf + i * 20, 20);
    w->size = disp[N - 1] + 20;
    check (w, 0, N * 47);
    memset (buf, 0, N * 20);
    op = io_op (w, false, 0, buf, mem);
    op->a.file_req = file;
    sys_op_post (op);
    run (w, op);
    assert_int_equal (op->bytes, N * 20);
    sys_op_free (op);
    for (int i = 0; i < N; i++)
        assert_memory_equal (w->model + disp[i], buf + i * 20, 20);
    PVFS_Request_free (&file);
    PVFS_Request_free (&mem);
    free (buf);
    close_world (w);
}

static void
a_call_is_cut_into_rounds (void **state)
{
    enum { LEN = 70 << 20 };
    struct world *w = open_world (1, false);
    uint8_t *buf = malloc (LEN);
    int64_t bytes;
    for (int64_t i = 0; i < LEN; i += 8)
        memcpy (buf + i, &(uint64_t){ hash_u64 ((uint64_t) i) }, 8);
    assert_int_equal (io (w, true, 5, buf, LEN, &bytes), 0);
    assert_int_equal (bytes, LEN);
    assert_int_equal (w->s.count[PROTO_io], 2);
    assert_memory_equal (w->s.dfile[0].data + 5, buf, LEN);
    memset (buf, 0, LEN);
    assert_int_equal (io (w, false, 5 + 1000, buf, LEN, &bytes), 0);
    assert_int_equal (bytes, LEN - 1000);
    assert_int_equal (w->s.count[PROTO_io], 4);
    assert_memory_equal (w->s.dfile[0].data + 1005, buf, LEN - 1000);
    free (buf);
    close_world (w);
}

/* --- what goes wrong ----------------------------------------------------------------------------------------------------------------------- */

static void
a_lost_connection_repeats_the_round (void **state)
{
    struct world *w = open_world (2, false);
    put (w, 0, 700000);
    int *const faults[] = { &w->s.faults.drop_before_ack, &w->s.faults.drop_in_flow, &w->s.faults.drop_before_done };
    for (unsigned i = 0; i < ARRAY_SIZE (faults); i++) {
        *faults[i] = 2;
        put (w, 1000, 600000);
        *faults[i] = i < 2 ? 2 : 0;
        check (w, 0, 800000);
        *faults[i] = i == 0;
        put (w, 50, 500);
    }
    w->s.faults = (struct faults){ 0 };
    check (w, 0, 800000);
    close_world (w);
}

static void
an_expired_capability_is_renewed (void **state)
{
    struct world *w = open_world (4, false);
    put (w, 0, 300000);
    forget_counts (w);
    w->s.faults.eagain = 3;
    put (w, 10, 300000);
    assert_int_equal (w->s.faults.eagain, 0);
    assert_true (w->s.count[PROTO_getattr] >= 1);
    w->s.faults.eagain = 1;
    check (w, 0, 1000);
    w->s.faults.eagain = 1000;
    int64_t bytes;
    char c;
    assert_int_equal (io (w, false, 0, &c, 1, &bytes), -EAGAIN);
    w->s.faults.eagain = 0;
    close_world (w);
}

static void
a_stale_layout_is_asked_for_again (void **state)
{
    struct world *w = open_world (4, false);
    put (w, 0, 300000);
    w->s.faults.stale = 1;
    check (w, 0, 300000);
    w->s.faults.stale = 1;
    put (w, 0, 100);
    w->s.faults.stale = 1000;
    int64_t bytes;
    char c;
    assert_int_equal (io (w, false, 0, &c, 1, &bytes), -ESTALE);
    w->s.faults.stale = 0;
    close_world (w);
}

static void
a_server_that_fails_early_stops_the_write (void **state)
{
    enum { LEN = 24 << 20 };
    struct world *w = open_world (1, false);
    uint8_t *buf = calloc (1, LEN);
    int64_t bytes;
    struct bmi_counters a, b;
    bmi_get_counters (w->s.bmi[0], &a);
    w->s.faults.fail_in_flow = 1;
    assert_int_equal (io (w, true, 0, buf, LEN, &bytes), -ENOSPC);
    steps (w, 20);
    bmi_get_counters (w->s.bmi[0], &b);
    assert_true (b.bytes_received - a.bytes_received < LEN);
    assert_int_equal (b.drops, a.drops);
    put (w, 0, 500000);
    check (w, 0, 500000);
    free (buf);
    close_world (w);
}

static void
a_server_that_gives_up_a_read_tells_why (void **state)
{
    struct world *w = open_world (1, false);
    static uint8_t buf[900000];
    int64_t bytes;
    put (w, 0, 900000);
    w->s.faults.abort_read = 1;
    assert_int_equal (io (w, false, 0, buf, sizeof buf, &bytes), -EIO);
    check (w, 0, 900000);
    close_world (w);
}

static void
a_silent_server_times_out (void **state)
{
    struct world *w = open_world (1, false);
    put (w, 0, 100);
    int64_t bytes;
    char c;
    uint64_t begun = reactor_now (w->r);
    w->s.faults.drop_before_ack = 1 << 30; /* each reconnect is a sign of life; a refused one is not */
    bmi_stop_listening (w->s.bmi[0]);
    assert_int_equal (io (w, true, 0, &c, 1, &bytes), -ETIMEDOUT);
    assert_true (reactor_now (w->r) - begun < 6 * NSEC_PER_SEC);
    w->s.faults.drop_before_ack = 0;
    close_world (w);
}

/* More calls than the servers have slots, in disjoint pieces, while connections break. */
static void
many_calls_at_once_keep_apart (void **state)
{
    enum { N = 60, PIECE = 16000 };
    struct world *w = open_world (3, false);
    struct sys_op *ops[N];
    static uint8_t data[N][PIECE];
    PVFS_Request mem;
    PVFS_Request_contiguous (PIECE, PVFS_BYTE, &mem);
    put (w, 0, 100);
    for (int round = 0; round < 6; round++) {
        bool write = round % 2 == 0;
        w->s.faults.drop_before_ack = w->s.faults.drop_in_flow = w->s.faults.drop_before_done = round / 2;
        w->s.faults.eagain = round;
        for (int i = 0; i < N; i++) {
            if (write) {
                fill (data[i], PIECE);
                memcpy (w->model + i * PIECE, data[i], PIECE);
            } else {
                memset (data[i], 0, PIECE);
            }
            ops[i] = io_op (w, write, i * PIECE, data[i], mem);
            sys_op_post (ops[i]);
        }
        w->size = N * PIECE;
        for (int i = 0; i < N; i++) {
            run (w, ops[i]);
            assert_int_equal (ops[i]->error, 0);
            assert_int_equal (ops[i]->bytes, PIECE);
            assert_memory_equal (data[i], w->model + i * PIECE, PIECE);
            sys_op_free (ops[i]);
        }
        w->s.faults = (struct faults){ 0 };
        check (w, 0, N * PIECE);
    }
    PVFS_Request_free (&mem);
    close_world (w);
}

static void
an_instance_may_go_in_the_middle (void **state)
{
    for (int when = 0; when < 12; when++) {
        struct world *w = open_world (2, false);
        static uint8_t buf[900000];
        struct sys_op *ops[3];
        PVFS_Request mem;
        PVFS_Request_contiguous (sizeof buf, PVFS_BYTE, &mem);
        put (w, 0, sizeof buf);
        w->s.faults.hold = when >= 8;
        w->s.faults.drop_in_flow = when == 7;
        w->c->flow_before_ack = when >= 10;
        for (int i = 0; i < 3; i++) {
            ops[i] = io_op (w, i > 0, 0, buf, mem);
            sys_op_post (ops[i]);
        }
        steps (w, when);
        for (int i = 0; i < 3; i++)
            if (ops[i]->ended)
                sys_op_free (ops[i]);
        client_free (w->c);
        w->c = new_client (w);
        w->s.faults.hold = false;
        steps (w, 5);
        release_held (&w->s);
        PVFS_Request_free (&mem);
        close_world (w);
    }
}

/* Cancelled after every number of steps: ends at once, touches nothing later, and the connection goes on. */
static void
cancel_at (struct world *w, bool write, int64_t len, int when)
{
    PVFS_Request mem;
    uint8_t *buf = malloc ((size_t) len);
    struct bmi_counters a, b;
    PVFS_Request_contiguous ((int32_t) len, PVFS_BYTE, &mem);
    memset (buf, 0x11, (size_t) len);
    bmi_get_counters (w->s.bmi[0], &a);
    struct sys_op *op = io_op (w, write, 0, buf, mem);
    sys_op_post (op);
    for (int i = 0; i < when && !op->ended; i++)
        reactor_step (w->r, NSEC_PER_MSEC);
    sys_op_cancel (op);
    for (int i = 0; i < 10 && !op->ended; i++)
        reactor_step (w->r, 0);
    assert_true (op->ended);
    assert_true (op->error == 0 || op->error == -ECANCELED);
    memset (buf, 0x22, (size_t) len);
    sys_op_free (op);
    steps (w, 3);
    check (w, 900000, 1000); /* this connection, behind all of it */
    for (int64_t i = 0; i < len; i++)
        assert_int_equal (buf[i], 0x22);
    if (write) /* whatever came through */
        put (w, 0, len);
    check (w, 0, 100000);
    bmi_get_counters (w->s.bmi[0], &b);
    assert_int_equal (b.drops, a.drops);
    PVFS_Request_free (&mem);
    free (buf);
}

static void
a_cancel_ends_at_once_and_costs_no_connection (void **state)
{
    struct world *w = open_world (1, false);
    put (w, 0, 1000000);
    for (int when = 0; when < 12; when++) {
        cancel_at (w, true, 900000, when);
        cancel_at (w, false, 900000, when);
        cancel_at (w, true, 2000, when);
        cancel_at (w, false, 2000, when);
    }
    close_world (w);
}

static void
a_cancel_before_the_ack_frees_the_server (void **state)
{
    struct world *w = open_world (1, false);
    put (w, 0, 1000000);
    for (int write = 0; write < 2; write++) {
        static uint8_t buf[900000];
        PVFS_Request mem;
        PVFS_Request_contiguous (sizeof buf, PVFS_BYTE, &mem);
        w->s.faults.hold = true;
        struct sys_op *op = io_op (w, write, 0, buf, mem);
        sys_op_post (op);
        steps (w, 10);
        assert_false (op->ended);
        sys_op_cancel (op);
        steps (w, 1);
        assert_true (op->ended);
        assert_int_equal (op->error, -ECANCELED);
        sys_op_free (op);
        release_held (&w->s);
        steps (w, 20);
        assert_int_equal (w->s.running, 0);
        check (w, 0, 300000);
        PVFS_Request_free (&mem);
    }
    close_world (w);
}

/* --- the ack rule ------------------------------------------------------------------------------------------------------------------------- */

static uint64_t
sent_before_ack (struct world *w, bool early)
{
    static uint8_t buf[4 << 20];
    PVFS_Request mem;
    struct bmi_counters a, b;
    PVFS_Request_contiguous (sizeof buf, PVFS_BYTE, &mem);
    w->s.faults.hold = true;
    w->c->flow_before_ack = early;
    struct sys_op *op = io_op (w, true, 0, buf, mem);
    bmi_get_counters (w->c->bmi, &a);
    sys_op_post (op);
    steps (w, 30);
    bmi_get_counters (w->c->bmi, &b);
    sys_op_cancel (op);
    steps (w, 3);
    assert_true (op->ended);
    assert_int_equal (op->error, -ECANCELED);
    sys_op_free (op);
    w->s.faults.hold = false;
    steps (w, 10);
    release_held (&w->s);
    steps (w, 10);
    w->c->flow_before_ack = false;
    PVFS_Request_free (&mem);
    return b.bytes_sent - a.bytes_sent;
}

static void
no_data_leaves_before_the_ack (void **state)
{
    struct world *w = open_world (1, false);
    put (w, 0, 100);
    assert_true (sent_before_ack (w, false) < 4096);
    put (w, 0, 500000);
    check (w, 0, 500000);
    close_world (w);
}

static void
the_old_bug_sends_data_before_the_ack_and_costs_the_connection (void **state)
{
    struct world *w = open_world (1, false);
    struct bmi_counters a, b;
    put (w, 0, 100);
    bmi_get_counters (w->s.bmi[0], &a);
    assert_true (sent_before_ack (w, true) > 65536);
    put (w, 0, 500000);
    bmi_get_counters (w->s.bmi[0], &b);
    assert_int_equal (b.connects, a.connects + 1);
    check (w, 0, 500000);
    w->c->flow_before_ack = true; /* with nobody in the way it even works */
    put (w, 100, 900000);
    w->c->flow_before_ack = false;
    check (w, 0, 1000000);
    close_world (w);
}

int
main (void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test (all_machines_are_sound),
        cmocka_unit_test (a_stuffed_file_reaches_to_its_second_datafile),
        cmocka_unit_test (targets_are_the_datafiles_that_hold_a_byte),
        cmocka_unit_test (holes_are_told_from_the_end_of_the_file),
        cmocka_unit_test (a_small_read_or_write_is_one_message),
        cmocka_unit_test (small_and_large_are_chosen_per_target),
        cmocka_unit_test (a_write_past_the_first_strip_unstuffs),
        cmocka_unit_test (a_read_never_unstuffs_and_sees_what_others_unstuffed),
        cmocka_unit_test (nothing_is_done_for_zero_bytes),
        cmocka_unit_test (a_directory_is_not_read),
        cmocka_unit_test (reads_across_a_strip_boundary_after_a_truncate_are_right),
        cmocka_unit_test (truncate_cuts_and_grows_to_any_size),
        cmocka_unit_test (random_work_leaves_what_the_model_says),
        cmocka_unit_test (random_regions_leave_what_the_model_says),
        cmocka_unit_test (thousands_of_regions_go_through),
        cmocka_unit_test (a_call_is_cut_into_rounds),
        cmocka_unit_test (a_lost_connection_repeats_the_round),
        cmocka_unit_test (an_expired_capability_is_renewed),
        cmocka_unit_test (a_stale_layout_is_asked_for_again),
        cmocka_unit_test (a_server_that_fails_early_stops_the_write),
        cmocka_unit_test (a_server_that_gives_up_a_read_tells_why),
        cmocka_unit_test (a_silent_server_times_out),
        cmocka_unit_test (many_calls_at_once_keep_apart),
        cmocka_unit_test (an_instance_may_go_in_the_middle),
        cmocka_unit_test (a_cancel_ends_at_once_and_costs_no_connection),
        cmocka_unit_test (a_cancel_before_the_ack_frees_the_server),
        cmocka_unit_test (no_data_leaves_before_the_ack),
        cmocka_unit_test (the_old_bug_sends_data_before_the_ack_and_costs_the_connection),
    };
    model_seed (20060615);
    return cmocka_run_group_tests (tests, NULL, NULL);
}
