/*
 * Flows between two BMI nodes on one reactor – simulated with BMI's mem method, or real with tcp –,
 * Trove mem and request processing. One process plays client and server; the ack is a function
 * call. The model is a flat byte array and arithmetic of its own for strided requests and stripes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "io/flow/flow.h"
#include "io/trove/trove.h"

enum { MAX_FLOWS = 8, FS = 9, FIRST_HANDLE = 1000 };

/* --- a simulated world ------------------------------------------------------------------------ */

struct world {
    uint64_t now, random, steps;
    struct reactor *r;
    struct bmi_mem_net *net;
    struct bmi *server, *client;
    struct bmi_peer *server_end, *client_end; /* each side's peer */
    struct trove_mem_disk *disk;
    struct trove *trove;
    struct flow_pool *pool, *client_pool;
    uint64_t max_delay;
    const char *fail_what; /* the fail_at-th "read" or "write" of Trove fails with fail_err */
    int fail_at, fail_err;
    uint64_t next_tag, cancel_at; /* cancel_at: step */
    struct flow *victim;
    bool kill_connection; /* instead of cancelling */
    bool tcp;
};

static uint64_t
next_random (struct world *w)
{
    w->random += 0x9e3779b97f4a7c15ull;
    return hash_u64 (w->random);
}

static uint64_t
below (struct world *w, uint64_t n)
{
    return next_random (w) % n;
}

static uint64_t
sim_now (void *arg)
{
    return ((struct world *) arg)->now;
}

static uint64_t
sim_random (void *arg)
{
    return next_random (arg);
}

static uint64_t
net_delay (void *arg, size_t size)
{
    struct world *w = arg;
    return w->max_delay ? below (w, w->max_delay) : 0;
}

static uint64_t
disk_delay (void *arg, const char *what)
{
    struct world *w = arg;
    return w->max_delay ? below (w, w->max_delay) : 0;
}

static int
disk_fault (void *arg, const char *what)
{
    struct world *w = arg;
    return w->fail_what && strcmp (what, w->fail_what) == 0 && --w->fail_at == 0 ? w->fail_err : 0;
}

static void
server_peer_up (void *arg, struct bmi_peer *p)
{
    struct world *w = arg;
    if (w->server_end)
        bmi_peer_unref (w->server_end);
    w->server_end = bmi_peer_ref (p);
}

static void
server_unexpected (void *arg, struct bmi_unexpected *u)
{
    struct world *w = arg;
    bmi_release (w->server, u);
}

static bool
step (struct world *w)
{
    w->steps++;
    if (w->tcp) {
        reactor_step (w->r, 5 * NSEC_PER_MSEC);
        return true;
    }
    if (reactor_sim_deliver_one (w->r))
        return true;
    uint64_t next = reactor_sim_next_timer (w->r, false);
    if (next == UINT64_MAX)
        return false;
    w->now = MAX (w->now, next);
    return reactor_sim_fire_one (w->r);
}

static void
until (struct world *w, bool (*done) (void *), void *arg)
{
    for (int i = 0; !done (arg); i++) {
        if (w->victim && w->steps >= w->cancel_at) {
            struct flow *f = w->victim;
            w->victim = NULL;
            if (w->kill_connection)
                bmi_drop (f->bmi, f->peer, -ECONNRESET);
            else
                flow_cancel (f);
            continue;
        }
        if (i > 10000000 || !step (w))
            fail_msg ("nothing moves any more");
    }
}

static void
quiet (struct world *w)
{
    for (int i = 0; w->tcp && i < 4; i++)
        step (w);
    if (w->tcp)
        return;
    while (reactor_sim_pending (w->r) || reactor_sim_next_timer (w->r, true) != UINT64_MAX)
        assert_true (step (w));
}

static bool
both_up (void *arg)
{
    struct world *w = arg;
    return w->server_end && bmi_peer_connected (w->server_end)
           && bmi_peer_connected (w->client_end);
}

static void
ignore (struct job *j)
{
}

static void
connect_nodes (struct world *w)
{
    static char word[] = "hello";
    struct iovec iov = { word, sizeof word };
    struct bmi_msg m = { .peer = w->client_end,
                         .tag = 1,
                         .iov = &iov,
                         .niov = 1,
                         .size = sizeof word,
                         .flags = BMI_UNEXPECTED };
    if (both_up (w))
        return;
    job_init (&m.job, w->r, ignore, NULL);
    bmi_post_send (w->client, &m);
    until (w, both_up, w);
    quiet (w);
    assert_false (job_is_posted (&m.job));
}

static void
new_nodes (struct world *w, size_t capacity)
{
    char address[64] = "mem://server";
    struct bmi_mem_config net = { .capacity = capacity, .delay = net_delay, .arg = w };
    assert_int_equal (bmi_mem_net_new (&net, &w->net), 0);
    struct bmi_config server = { .reactor = w->r,
                                 .listen = w->tcp ? "tcp://127.0.0.1:0" : address,
                                 .mem_net = w->net,
                                 .events_arg = w,
                                 .bind_specific = true,
                                 .hello = { .boot_id = 1, .name = "server" },
                                 .events = { .peer_up = server_peer_up,
                                             .unexpected = server_unexpected } };
    struct bmi_config client = { .reactor = w->r, .mem_net = w->net, .hello = { .client_id = 2 } };
    assert_int_equal (bmi_new (&server, &w->server), 0);
    assert_int_equal (bmi_new (&client, &w->client), 0);
    if (w->tcp)
        snprintf (address, sizeof address, "tcp://127.0.0.1:%u", bmi_port (w->server));
    assert_int_equal (bmi_addr_lookup (w->client, address, &w->client_end), 0);
}

static void
open_trove (struct world *w)
{
    struct trove_range range = {
        .fs = FS, .data = true, .first = FIRST_HANDLE, .last = FIRST_HANDLE + 1000
    };
    struct trove_config trove = { .reactor = w->r, .ranges = &range, .nranges = 1 };
    assert_int_equal (trove_mem_open (&trove, w->disk, &w->trove), 0);
}

/* capacity: of a stream; less than a message makes messages be half sent, half received. 0: tcp. */
static struct world *
world_with (size_t capacity, size_t buffer_size, unsigned nbuffers, uint64_t max_delay)
{
    struct world *w = calloc (1, sizeof *w);
    w->random = 42;
    w->max_delay = max_delay;
    w->now = 1000;
    w->next_tag = 100;
    w->tcp = capacity == 0;
    struct reactor_source source = { sim_now, sim_now, sim_random, w };
    struct trove_mem_config disk = { .delay = disk_delay, .fault = disk_fault, .arg = w };
    assert_int_equal (w->tcp ? reactor_new (&w->r) : reactor_new_simulated (&source, &w->r), 0);
    new_nodes (w, capacity);
    assert_int_equal (trove_mem_disk_new (&disk, &w->disk), 0);
    open_trove (w);
    assert_int_equal (flow_pool_new (w->r, buffer_size, nbuffers, &w->pool), 0);
    assert_int_equal (flow_pool_new (w->r, 0, 0, &w->client_pool), 0);
    connect_nodes (w);
    return w;
}

static struct world *
world_new (size_t buffer_size, unsigned nbuffers, uint64_t max_delay)
{
    return world_with (256 << 10, buffer_size, nbuffers, max_delay);
}

static void
assert_nothing_left (struct world *w)
{
    struct flow_pool_usage u;
    quiet (w);
    flow_pool_get_usage (w->pool, &u);
    assert_int_equal (u.lent, 0);
    assert_int_equal (u.waiting, 0);
    assert_int_equal (u.discarding, 0);
    flow_pool_get_usage (w->client_pool, &u);
    assert_int_equal (u.discarding, 0);
}

static void
world_free (struct world *w)
{
    if (w->server_end)
        bmi_peer_unref (w->server_end);
    bmi_peer_unref (w->client_end);
    quiet (w);
    bmi_free (w->client);
    bmi_free (w->server);
    bmi_mem_net_free (w->net);
    trove_abandon (w->trove);
    trove_mem_disk_free (w->disk);
    flow_pool_free (w->pool);
    flow_pool_free (w->client_pool);
    reactor_free (w->r);
    free (w);
}

/* --- transfers and their model ---------------------------------------------------------------- */

/* count blocks of len bytes, stride apart, tiled. */
struct shape {
    int32_t count, len;
    int64_t stride;
};

static int64_t
place (const struct shape *s, int64_t i)
{
    int64_t block = i / s->len, extent = (s->count - 1) * s->stride + s->len;
    return block / s->count * extent + block % s->count * s->stride + i % s->len;
}

struct transfer {
    bool write, sync;
    struct shape file, mem;
    int64_t file_off, total; /* stream bytes */
    uint32_t servers;
    int64_t strip;
    size_t buffer_size, client_buffer_size; /* 0: the same */
    unsigned nbuffers;
    int64_t fsize[MAX_FLOWS]; /* read: per server */
    bool ask_client_to_stop;  /* on_error cancels the client's flow */
};

/* One server's two ends. */
struct pair {
    struct world *w;
    struct transfer *t;
    struct flow server, client;
    int server_status, client_status, ready_status, errors;
    bool server_done, client_done, ready_done;
    unsigned ready_order;
};

struct run {
    struct world *w;
    struct transfer *t;
    struct dist dist;
    PVFS_Request file_req, mem_req;
    char *mem;
    int64_t mem_size;
    struct pair pair[MAX_FLOWS];
};

static struct pair *
pair_of (struct flow *f)
{
    return f->job.arg;
}

static void
on_error (struct flow *f, int err)
{
    struct pair *p = pair_of (f);
    assert_true (err < 0);
    p->errors++;
    if (p->t->ask_client_to_stop)
        flow_cancel (f == &p->server ? &p->client : &p->server);
}

static void
client_done (struct job *j)
{
    struct pair *p = j->arg;
    p->client_done = true;
    p->client_status = j->status;
    flow_fini (&p->client);
}

static void
server_done (struct job *j)
{
    struct pair *p = j->arg;
    p->server_done = true;
    p->server_status = j->status;
    flow_fini (&p->server);
}

static void
server_ready (struct job *j)
{
    static unsigned order;
    struct pair *p = j->arg;
    p->ready_done = true;
    p->ready_status = j->status;
    p->ready_order = ++order;
    if (j->status) {
        p->server_done = p->client_done = true;
        p->server_status = p->client_status = j->status;
        flow_fini (&p->server);
        return;
    }
    flow_post (&p->server, on_error);
    flow_post (&p->client, on_error);
}

static void
server_ready_alone (struct job *j)
{
    flow_post (&((struct pair *) j->arg)->server, on_error);
}

static PVFS_Request
request_of (const struct shape *s)
{
    PVFS_Request r;
    assert_int_equal (PVFS_Request_hvector (s->count, s->len, s->stride, PVFS_BYTE, &r), 0);
    return r;
}

static void
init_flow (struct run *run, uint32_t nr, struct flow *f, bool server)
{
    struct world *w = run->w;
    struct transfer *t = run->t;
    struct pair *p = &run->pair[nr];
    memset (f, 0, sizeof *f);
    f->kind = server ? (t->write ? FLOW_BMI_TO_TROVE : FLOW_TROVE_TO_BMI)
                     : (t->write ? FLOW_MEM_TO_BMI : FLOW_BMI_TO_MEM);
    f->reactor = w->r;
    f->bmi = server ? w->server : w->client;
    f->peer = server ? w->server_end : w->client_end;
    f->map = (struct req_map){ .file_req = run->file_req,
                               .file_off = t->file_off,
                               .total = t->total,
                               .dist = &run->dist,
                               .server_nr = nr,
                               .server_ct = t->servers,
                               .fsize = t->fsize[nr],
                               .extend = t->write };
    f->pool = server ? w->pool : w->client_pool;
    f->buffer_size = !server && t->client_buffer_size ? t->client_buffer_size : t->buffer_size;
    f->nbuffers = t->nbuffers;
    f->trove = server ? w->trove : NULL;
    f->fs = FS;
    f->handle = FIRST_HANDLE + nr;
    f->sync = t->sync;
    f->mem_req = run->mem_req;
    f->mem_base = run->mem;
    job_init (&f->ready, w->r, server ? server_ready : ignore, p);
    job_init (&f->job, w->r, server ? server_done : client_done, p);
}

static struct run *
run_new (struct world *w, struct transfer *t)
{
    struct run *run = calloc (1, sizeof *run);
    run->w = w;
    run->t = t;
    run->file_req = request_of (&t->file);
    run->mem_req = request_of (&t->mem);
    run->mem_size = t->total ? place (&t->mem, t->total - 1) + 1 : 1;
    run->mem = malloc ((size_t) run->mem_size);
    assert_int_equal (dist_lookup ("simple_stripe", &run->dist), 0);
    run->dist.params.simple_stripe.strip_size = t->strip;
    for (uint32_t i = 0; i < t->servers; i++) {
        struct pair *p = &run->pair[i];
        *p = (struct pair){ .w = w, .t = t };
        init_flow (run, i, &p->server, true);
        init_flow (run, i, &p->client, false);
        p->server.tag = p->client.tag = w->next_tag++;
    }
    return run;
}

static void
run_free (struct run *run)
{
    PVFS_Request_free (&run->file_req);
    PVFS_Request_free (&run->mem_req);
    free (run->mem);
    free (run);
}

static bool
run_done (void *arg)
{
    struct run *run = arg;
    for (uint32_t i = 0; i < run->t->servers; i++)
        if (!run->pair[i].server_done || !run->pair[i].client_done)
            return false;
    return true;
}

static void
run_flows (struct run *run)
{
    for (uint32_t i = 0; i < run->t->servers; i++)
        flow_reserve_post (&run->pair[i].server);
    until (run->w, run_done, run);
}

static void
assert_run_is (const struct run *run, int status)
{
    for (uint32_t i = 0; i < run->t->servers; i++) {
        assert_int_equal (run->pair[i].server_status, status);
        assert_int_equal (run->pair[i].client_status, status);
    }
}

/* A file as the model sees it. */
struct model {
    uint8_t *bytes;
    int64_t cap, size[MAX_FLOWS]; /* size: of each datafile */
};

static void
locate (const struct transfer *t, int64_t logical, uint32_t *ret_nr, int64_t *ret_physical)
{
    int64_t strip = logical / t->strip;
    *ret_nr = (uint32_t) (strip % t->servers);
    *ret_physical = strip / t->servers * t->strip + logical % t->strip;
}

static struct model
model_new (int64_t cap)
{
    return (struct model){ .bytes = calloc (1, (size_t) cap), .cap = cap };
}

static void
write_both (struct world *w, struct transfer *t, struct model *m)
{
    struct run *run = run_new (w, t);
    for (int64_t i = 0; i < run->mem_size; i++)
        run->mem[i] = (char) (hash_u64 ((uint64_t) i + w->next_tag) & 0xff);
    run_flows (run);
    assert_run_is (run, 0);
    for (int64_t i = 0; i < t->total; i++) {
        uint32_t nr;
        int64_t physical, logical = place (&t->file, t->file_off + i);
        assert_true (logical < m->cap);
        locate (t, logical, &nr, &physical);
        m->bytes[logical] = (uint8_t) run->mem[place (&t->mem, i)];
        m->size[nr] = MAX (m->size[nr], physical + 1);
    }
    run_free (run);
}

/* Bytes past a datafile's end are not sent: memory there stays as it was. */
static void
read_and_compare (struct world *w, struct transfer *t, const struct model *m)
{
    memcpy (t->fsize, m->size, sizeof t->fsize);
    struct run *run = run_new (w, t);
    int64_t expected = 0, moved = 0;
    memset (run->mem, 0xee, (size_t) run->mem_size);
    uint8_t *want = malloc ((size_t) run->mem_size);
    memset (want, 0xee, (size_t) run->mem_size);
    run_flows (run);
    assert_run_is (run, 0);
    for (int64_t i = 0; i < t->total; i++) {
        uint32_t nr;
        int64_t physical, logical = place (&t->file, t->file_off + i);
        locate (t, logical, &nr, &physical);
        if (physical >= m->size[nr])
            continue;
        want[place (&t->mem, i)] = logical < m->cap ? m->bytes[logical] : 0;
        expected++;
    }
    for (uint32_t i = 0; i < t->servers; i++)
        moved += run->pair[i].client.total;
    assert_int_equal (moved, expected);
    assert_memory_equal (run->mem, want, (size_t) run->mem_size);
    free (want);
    run_free (run);
}

static const struct shape plain = { 1, 1 << 20, 1 << 20 };

static struct transfer
simple (bool write, int64_t total, size_t buffer_size)
{
    return (struct transfer){ .write = write,
                              .file = plain,
                              .mem = plain,
                              .total = total,
                              .servers = 1,
                              .strip = 65536,
                              .buffer_size = buffer_size,
                              .nbuffers = 8 };
}

/* One transfer each way, to see that the connection and the pool are fine. */
static void
assert_usable (struct world *w, size_t buffer_size)
{
    struct transfer t = simple (true, 100001, buffer_size), r = simple (false, 100001, buffer_size);
    struct model m = model_new (1 << 20);
    quiet (w);
    connect_nodes (w);
    assert_false (bmi_peer_blocked (w->server_end, NULL, NULL));
    assert_false (bmi_peer_blocked (w->client_end, NULL, NULL));
    write_both (w, &t, &m);
    read_and_compare (w, &r, &m);
    free (m.bytes);
    assert_nothing_left (w);
}

/* --- moving data ------------------------------------------------------------------------------ */

static void
every_size_arrives (void **state)
{
    static const size_t buffers[] = { 1, 1000, 16384, 16385, 65536, 262144 };
    for (size_t b = 0; b < ARRAY_SIZE (buffers); b++)
        for (unsigned nbuffers = 1; nbuffers <= 8; nbuffers += 7) {
            int64_t bs = (int64_t) buffers[b];
            int64_t sizes[] = { 1, bs - 1, bs, bs + 1, 2 * bs, 8 * bs, 8 * bs + 1, 9 * bs - 1 };
            struct world *w = world_new (buffers[b], 16, b % 2 ? 1000000 : 0);
            for (size_t s = 0; s < ARRAY_SIZE (sizes); s++) {
                if (sizes[s] == 0)
                    continue;
                struct transfer t = simple (true, sizes[s], buffers[b]);
                struct model m = model_new (sizes[s]);
                t.nbuffers = nbuffers;
                write_both (w, &t, &m);
                t.write = false;
                read_and_compare (w, &t, &m);
                free (m.bytes);
            }
            assert_nothing_left (w);
            world_free (w);
        }
}

static void
many_megabytes_go_through_few_buffers (void **state)
{
    struct world *w = world_new (262144, 8, 0);
    struct transfer t = simple (true, MIB (32) + 7, 262144);
    struct model m = model_new (MIB (33));
    struct flow_pool_usage u;
    t.servers = 4;
    write_both (w, &t, &m);
    t.write = false;
    read_and_compare (w, &t, &m);
    flow_pool_get_usage (w->pool, &u);
    assert_true (u.cached <= 8);
    assert_nothing_left (w);
    free (m.bytes);
    world_free (w);
}

static void
a_flow_of_no_bytes_sends_nothing (void **state)
{
    struct world *w = world_new (65536, 4, 0);
    struct bmi_counters before, after;
    struct transfer t = simple (false, 100000, 65536); /* of an empty file */
    struct model m = model_new (1);
    bmi_get_counters (w->server, &before);
    read_and_compare (w, &t, &m);
    t = simple (true, 1, 65536);
    t.servers = 2; /* the second gets none */
    free (m.bytes);
    m = model_new (1);
    write_both (w, &t, &m);
    bmi_get_counters (w->server, &after);
    assert_int_equal (after.sent, before.sent);
    assert_int_equal (after.received, before.received + 1);
    assert_nothing_left (w);
    free (m.bytes);
    world_free (w);
}

static void
thousands_of_regions_on_both_sides (void **state)
{
    struct world *w = world_new (262144, 8, 100000);
    struct transfer t = simple (true, 400000, 262144);
    struct model m = model_new (4 << 20);
    t.servers = 2;
    t.file = (struct shape){ 5000, 7, 40 };
    t.mem = (struct shape){ 20000, 3, 5 };
    write_both (w, &t, &m);
    t.write = false;
    t.mem = (struct shape){ 100000, 1, 2 };
    read_and_compare (w, &t, &m);
    t.file = plain;
    read_and_compare (w, &t, &m);
    assert_nothing_left (w);
    free (m.bytes);
    world_free (w);
}

static uint64_t
seed (void)
{
    const char *s = getenv ("SEED");
    uint64_t v = s ? strtoull (s, NULL, 0) : 20061115;
    print_message ("SEED=%llu\n", (unsigned long long) v);
    return v;
}

static struct shape
random_shape (struct world *w)
{
    struct shape s = { 1 + (int32_t) below (w, 40), 1 + (int32_t) below (w, 3000), 0 };
    s.stride = s.len + (int64_t) below (w, 2) * (int64_t) below (w, 4000);
    return s;
}

static void
random_transfers_equal_a_flat_model (void **state)
{
    uint64_t sd = seed ();
    for (int round = 0; round < 12; round++) {
        static const size_t sizes[] = { 777, 4096, 20000, 65536 };
        size_t bs = sizes[round % 4];
        struct world *w = world_new (bs, 1 + (unsigned) (round * 5 % 12), round % 3 ? 3000000 : 0);
        w->random = sd + (uint64_t) round;
        struct transfer t = simple (true, 0, bs);
        struct model m = model_new (8 << 20);
        t.servers = 1 + (uint32_t) below (w, MAX_FLOWS);
        t.strip = 1 + (int64_t) below (w, 70000);
        for (int i = 0; i < 16; i++) {
            t.write = i % 2 == 0;
            t.sync = below (w, 2);
            t.nbuffers = 1 + (unsigned) below (w, 8);
            t.file = random_shape (w);
            t.mem = random_shape (w);
            t.total = 1 + (int64_t) below (w, 300000);
            t.file_off = (int64_t) below (w, 100000);
            while (place (&t.file, t.file_off + t.total) >= m.cap
                   || place (&t.mem, t.total) >= m.cap) {
                t.total = t.total / 2 + 1;
                t.file_off /= 2;
            }
            if (t.write)
                write_both (w, &t, &m);
            else
                read_and_compare (w, &t, &m);
        }
        assert_nothing_left (w);
        free (m.bytes);
        world_free (w);
    }
}

static uint64_t
nothing_unsynced_survives (void *arg)
{
    return 0;
}

static void
a_synced_write_survives_a_power_failure (void **state)
{
    for (int64_t size = 1; size < 800000; size += 131071) {
        struct world *w = world_new (65536, 8, 1000000);
        struct transfer t = simple (true, size, 65536);
        struct model m = model_new (size);
        t.sync = true;
        t.servers = 2;
        write_both (w, &t, &m);
        trove_abandon (w->trove);
        trove_mem_disk_power_off (w->disk, nothing_unsynced_survives, NULL);
        open_trove (w);
        t.write = false;
        read_and_compare (w, &t, &m);
        free (m.bytes);
        world_free (w);
    }
}

/* --- cancels and breaks ----------------------------------------------------------------------- */

/* No message of this tag was left behind. */
static void
assert_no_stray (struct world *w, struct bmi *bmi, struct bmi_peer *peer, uint64_t tag)
{
    struct bmi_msg m = { .peer = peer, .tag = tag, .size = BMI_DROP };
    job_init (&m.job, w->r, ignore, NULL);
    bmi_post_recv (bmi, &m);
    quiet (w);
    assert_true (job_is_posted (&m.job));
    job_cancel (&m.job);
    quiet (w);
}

/* Runs the transfer, striking at step k. Returns false when it ended before. */
static bool
struck_at (struct world *w, struct transfer *t, bool server, uint64_t k)
{
    struct run *run = run_new (w, t);
    memset (run->mem, 0x5a, (size_t) run->mem_size);
    w->cancel_at = w->steps + k;
    w->victim = server ? &run->pair[0].server : &run->pair[0].client;
    run_flows (run);
    bool struck = w->victim == NULL;
    w->victim = NULL;
    const struct pair *p = &run->pair[0];
    int mine = server ? p->server_status : p->client_status;
    int other = server ? p->client_status : p->server_status;
    if (w->kill_connection) {
        assert_true (mine == 0 || mine == -ECONNRESET);
        assert_true (other == 0 || other == -ECONNRESET);
    } else {
        assert_true (mine == 0 || mine == -ECANCELED);
        assert_true (other == 0 || other == -ECANCELED);
    }
    uint64_t tag = p->server.tag;
    run_free (run); /* its memory must not be touched any more */
    quiet (w);
    if (!w->kill_connection) {
        assert_no_stray (w, w->server, w->server_end, tag);
        assert_no_stray (w, w->client, w->client_end, tag);
    }
    return struck;
}

static void
strike_everywhere (bool write, bool server, bool kill, int variant)
{
    const size_t bs = 40000;
    uint64_t k = 0;
    bool struck;
    do {
        struct world *w = world_with (variant ? 256 << 10 : 9000, bs, 4, variant ? 2000000 : 0);
        struct transfer t = simple (write, variant ? 9 * 40000 + 5 : 5 * 40000 + 30000, bs);
        t.fsize[0] = 1 << 30;
        t.nbuffers = 3;
        w->kill_connection = kill;
        struck = struck_at (w, &t, server, k);
        w->kill_connection = false;
        assert_usable (w, bs);
        world_free (w);
        k++;
    } while (struck);
    assert_true (k > 10);
}

static void
a_cancel_at_any_step_leaves_the_connection_usable (void **state)
{
    for (int i = 0; i < 8; i++)
        strike_everywhere (i & 1, i & 2, false, i >> 2);
}

static void
a_connection_may_end_at_any_step (void **state)
{
    for (int i = 0; i < 8; i++)
        strike_everywhere (i & 1, i & 2, true, i >> 2);
}

static void
a_cancelled_reservation_leaves_the_line (void **state)
{
    struct world *w = world_new (65536, 1, 0);
    struct transfer t = simple (true, 200000, 65536);
    struct run *a = run_new (w, &t), *b = run_new (w, &t), *c = run_new (w, &t);
    struct flow_pool_usage u;
    memset (a->mem, 1, (size_t) a->mem_size);
    memset (c->mem, 1, (size_t) c->mem_size);
    flow_reserve_post (&a->pair[0].server);
    flow_reserve_post (&b->pair[0].server);
    flow_reserve_post (&c->pair[0].server);
    flow_pool_get_usage (w->pool, &u);
    assert_int_equal (u.waiting, 2);
    flow_cancel (&b->pair[0].server);
    until (w, run_done, b);
    assert_int_equal (b->pair[0].ready_status, -ECANCELED);
    until (w, run_done, a);
    until (w, run_done, c);
    assert_run_is (a, 0);
    assert_run_is (c, 0);
    assert_nothing_left (w);
    run_free (a);
    run_free (b);
    run_free (c);
    world_free (w);
}

static void
a_reserved_flow_may_be_dropped_unposted (void **state)
{
    struct world *w = world_new (65536, 1, 0);
    struct transfer t = simple (true, 200000, 65536);
    struct run *run = run_new (w, &t);
    struct flow *f = &run->pair[0].server;
    f->ready.done = ignore;
    flow_reserve_post (f);
    quiet (w);
    assert_int_equal (f->ready.status, 0);
    flow_fini (f);
    flow_fini (f);
    assert_nothing_left (w);
    assert_usable (w, 65536);
    run_free (run);
    world_free (w);
}

static void
a_whole_context_may_be_torn_down_in_the_middle (void **state)
{
    for (int write = 0; write < 2; write++)
        for (uint64_t k = 0; k < 60; k += 3) {
            struct world *w = world_new (40000, 2, 1000000);
            struct transfer t = simple (write, 500000, 40000);
            t.fsize[0] = 1 << 30;
            struct run *run = run_new (w, &t);
            memset (run->mem, 1, (size_t) run->mem_size);
            flow_reserve_post (&run->pair[0].server);
            for (uint64_t i = 0; i < k; i++)
                step (w);
            if (k % 2)
                flow_cancel (&run->pair[0].client);
            bmi_free (w->client);
            bmi_free (w->server);
            bmi_mem_net_free (w->net);
            trove_abandon (w->trove);
            trove_mem_disk_free (w->disk);
            flow_forget (&run->pair[0].server);
            flow_forget (&run->pair[0].client);
            flow_pool_free (w->pool);
            flow_pool_free (w->client_pool);
            quiet (w); /* nothing of it is delivered any more */
            reactor_free (w->r);
            run_free (run);
            free (w);
        }
}

static void
the_same_over_tcp (void **state)
{
    struct world *w = world_with (0, 262144, 8, 100000);
    struct transfer t = simple (true, MIB (5) + 3, 262144);
    struct model m = model_new (MIB (6));
    t.servers = 3;
    t.mem = (struct shape){ 9000, 100, 130 };
    write_both (w, &t, &m);
    t.write = false;
    read_and_compare (w, &t, &m);
    free (m.bytes);
    for (uint64_t k = 0; k < 24; k++) {
        t = simple (k & 1, MIB (20), 262144);
        t.fsize[0] = 1 << 30;
        t.nbuffers = 5;
        w->kill_connection = k % 8 == 7;
        struck_at (w, &t, k & 2, k / 2);
        w->kill_connection = false;
        assert_usable (w, 262144);
    }
    world_free (w);
}

/* --- failures --------------------------------------------------------------------------------- */

static void
a_failed_write_is_told_at_once_and_the_rest_discarded (void **state)
{
    for (int at = 1; at <= 12; at++)
        for (int stop = 0; stop < 2; stop++) {
            struct world *w = world_new (40000, 4, 1000000);
            struct transfer t = simple (true, 11 * 40000 + 5, 40000);
            t.ask_client_to_stop = stop;
            struct run *run = run_new (w, &t);
            memset (run->mem, 1, (size_t) run->mem_size);
            w->fail_what = "write";
            w->fail_at = at;
            w->fail_err = -ENOSPC;
            run_flows (run);
            assert_int_equal (run->pair[0].server_status, -ENOSPC);
            assert_true (run->pair[0].errors <= 1 && (at > 6 || run->pair[0].errors == 1));
            assert_int_equal (run->pair[0].client_status,
                              stop && run->pair[0].client_status ? -ECANCELED : 0);
            w->fail_what = NULL;
            run_free (run);
            assert_usable (w, 40000);
            world_free (w);
        }
}

static void
a_cancel_while_discarding_ends_at_once (void **state)
{
    struct world *w = world_new (40000, 4, 0);
    struct transfer t = simple (true, 100 * 40000, 40000);
    struct run *run = run_new (w, &t);
    memset (run->mem, 1, (size_t) run->mem_size);
    w->fail_what = "write";
    w->fail_at = 2;
    w->fail_err = -EIO;
    flow_reserve_post (&run->pair[0].server);
    while (!run->pair[0].errors)
        assert_true (step (w));
    for (int i = 0; i < 30; i++)
        step (w);
    assert_false (run->pair[0].server_done);
    flow_cancel (&run->pair[0].server);
    for (int i = 0; i < 30; i++)
        step (w);
    assert_true (run->pair[0].server_done);
    assert_int_equal (run->pair[0].server_status, -EIO);
    assert_false (run->pair[0].client_done);
    until (w, run_done, run);
    run_free (run);
    assert_usable (w, 40000);
    world_free (w);
}

static void
a_failed_read_reaches_the_client_as_its_error (void **state)
{
    for (int at = 1; at <= 12; at++) {
        struct world *w = world_new (40000, 4, 1000000);
        struct transfer t = simple (false, 11 * 40000 + 5, 40000);
        t.fsize[0] = 1 << 30;
        struct run *run = run_new (w, &t);
        w->fail_what = "read";
        w->fail_at = at;
        w->fail_err = -EIO;
        run_flows (run);
        assert_run_is (run, -EIO);
        assert_int_equal (run->pair[0].errors,
                          0); /* an ABORT is the end: nobody needs to be asked to stop */
        w->fail_what = NULL;
        run_free (run);
        assert_usable (w, 40000);
        world_free (w);
    }
}

static void
ends_that_cut_differently_get_eproto (void **state)
{
    static const size_t client[] = { 1, 10000, 39999, 40001, 80000, 1 << 20 };
    for (size_t i = 0; i < ARRAY_SIZE (client); i++)
        for (int write = 0; write < 2; write++) {
            struct world *w = world_new (40000, 4, 0);
            struct transfer t = simple (write, 110001, 40000);
            t.fsize[0] = 1 << 30;
            t.client_buffer_size = client[i];
            struct run *run = run_new (w, &t);
            memset (run->mem, 1, (size_t) run->mem_size);
            run_flows (run);
            assert_int_equal (write ? run->pair[0].server_status : run->pair[0].client_status,
                              -EPROTO);
            assert_int_equal (write ? run->pair[0].client_status : run->pair[0].server_status, 0);
            run_free (run);
            assert_usable (w, 40000);
            world_free (w);
        }
}

static void
ends_that_disagree_on_the_length_get_eproto (void **state)
{
    struct world *w = world_new (40000, 4, 0);
    for (int longer = 0; longer < 2; longer++) {
        struct transfer t = simple (true, 120000, 40000);
        struct run *run = run_new (w, &t);
        memset (run->mem, 1, (size_t) run->mem_size);
        run->pair[0].server.map.total = longer ? 160000 : 80000;
        run_flows (run);
        assert_int_equal (run->pair[0].server_status, -EPROTO);
        assert_int_equal (run->pair[0].client_status, 0);
        run_free (run);
        assert_usable (w, 40000);
    }
    world_free (w);
}

static void
senseless_flows_are_refused (void **state)
{
    struct world *w = world_new (40000, 4, 0);
    struct transfer t = simple (true, 120000, 40001); /* more than the pool's */
    for (int i = 0; i < 4; i++) {
        struct run *run = run_new (w, &t);
        struct flow *f = &run->pair[0].server;
        if (i)
            f->buffer_size = 40000;
        if (i == 1)
            f->nbuffers = 0;
        if (i == 2)
            f->pool = w->client_pool;
        if (i == 3)
            f->map.server_nr = 7;
        run_flows (run);
        assert_int_equal (run->pair[0].ready_status, -EINVAL);
        run_free (run);
    }
    assert_nothing_left (w);
    world_free (w);
}

/* --- the promise ------------------------------------------------------------------------------ */

static void
few_buffers_serve_many_flows_in_turn (void **state)
{
    for (int write = 0; write < 2; write++) {
        struct world *w = world_new (40000, 2, 1000000);
        struct transfer t = simple (write, 1000003, 40000);
        struct run *run[5];
        struct flow_pool_usage u;
        t.fsize[0] = 1 << 30;
        for (int i = 0; i < 5; i++) {
            run[i] = run_new (w, &t);
            memset (run[i]->mem, i, (size_t) run[i]->mem_size);
            run[i]->pair[0].server.handle += (uint64_t) i;
            flow_reserve_post (&run[i]->pair[0].server);
        }
        flow_pool_get_usage (w->pool, &u);
        assert_int_equal (u.lent, 2);
        assert_int_equal (u.waiting, 3);
        for (int i = 0; i < 5; i++) {
            until (w, run_done, run[i]);
            assert_run_is (run[i], 0);
            assert_true (!i || run[i - 1]->pair[0].ready_order < run[i]->pair[0].ready_order);
        }
        assert_nothing_left (w);
        for (int i = 0; i < 5; i++)
            run_free (run[i]);
        world_free (w);
    }
}

static void
a_flow_gives_extra_buffers_to_those_who_wait (void **state)
{
    struct world *w = world_new (40000, 8, 100000);
    struct transfer big = simple (true, 400 * 40000, 40000), small = simple (true, 40000, 40000);
    struct run *a = run_new (w, &big), *b = run_new (w, &small);
    memset (a->mem, 1, (size_t) a->mem_size);
    memset (b->mem, 1, (size_t) b->mem_size);
    flow_reserve_post (&a->pair[0].server);
    for (int i = 0; i < 200; i++)
        step (w);
    b->pair[0].server.handle++;
    flow_reserve_post (&b->pair[0].server);
    until (w, run_done, b);
    assert_false (a->pair[0].server_done);
    until (w, run_done, a);
    assert_run_is (a, 0);
    assert_run_is (b, 0);
    run_free (a);
    run_free (b);
    world_free (w);
}

static void
after_the_promise_a_large_message_does_not_block_the_stream (void **state)
{
    struct world *w = world_new (262144, 1, 0);
    struct transfer t = simple (true, 262144, 262144);
    struct run *a = run_new (w, &t), *b = run_new (w, &t);
    struct flow *promised = &a->pair[0].server, *waiting = &b->pair[0].server;
    uint64_t tag = 0;
    size_t size = 0;
    memset (a->mem, 1, (size_t) a->mem_size);
    memset (b->mem, 1, (size_t) b->mem_size);
    promised->ready.done = ignore;
    waiting->ready.done = server_ready_alone;
    flow_reserve_post (promised);
    flow_reserve_post (waiting);
    quiet (w);
    assert_false (job_is_posted (&promised->ready));
    assert_true (job_is_posted (&waiting->ready));

    flow_post (&a->pair[0].client, NULL); /* the server has not even posted its flow */
    quiet (w);
    assert_true (a->pair[0].client_done);
    assert_false (bmi_peer_blocked (w->server_end, NULL, NULL));

    flow_post (&b->pair[0].client, NULL); /* what the rule forbids: nobody promised */
    quiet (w);
    assert_true (bmi_peer_blocked (w->server_end, &tag, &size));
    assert_int_equal (tag, waiting->tag);
    assert_int_equal (size, 262144);

    flow_post (promised, on_error); /* it ends, the line moves, and so does the stream */
    until (w, run_done, a);
    until (w, run_done, b);
    assert_run_is (a, 0);
    assert_run_is (b, 0);
    assert_nothing_left (w);
    run_free (a);
    run_free (b);
    world_free (w);
}

static void
a_flow_says_what_it_waits_for (void **state)
{
    struct world *w = world_new (40000, 1, 0);
    struct transfer t = simple (true, 120000, 40000);
    struct run *a = run_new (w, &t), *b = run_new (w, &t);
    struct flow *f = &a->pair[0].server, *g = &b->pair[0].server;
    char text[200];
    memset (a->mem, 1, (size_t) a->mem_size);
    f->ready.done = ignore;
    flow_reserve_post (f);
    flow_reserve_post (g);
    flow_describe (g, text, sizeof text);
    assert_string_equal (text, "bmi to trove: moved 0, waits for a buffer");
    assert_false (flow_waits_for_data (g));
    quiet (w);
    flow_post (f, on_error);
    quiet (w);
    assert_true (flow_waits_for_data (f));
    snprintf (text, sizeof text, "bmi to trove: moved 0, waits for data of tag %llu",
              (unsigned long long) f->tag);
    char got[200];
    flow_describe (f, got, sizeof got);
    assert_string_equal (got, text);
    job_describe (&f->job, got, sizeof got);
    assert_string_equal (got, text);
    for (size_t n = 1; n < 100; n++)
        flow_describe (f, got, n);
    flow_cancel (g);
    flow_cancel (f);
    flow_post (&a->pair[0].client, NULL);
    until (w, run_done, a);
    assert_int_equal (a->pair[0].server_status, -ECANCELED);
    assert_int_equal (a->pair[0].client_status, 0);
    quiet (w);
    assert_nothing_left (w);
    run_free (a);
    run_free (b);
    world_free (w);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (every_size_arrives),
        cmocka_unit_test (many_megabytes_go_through_few_buffers),
        cmocka_unit_test (a_flow_of_no_bytes_sends_nothing),
        cmocka_unit_test (thousands_of_regions_on_both_sides),
        cmocka_unit_test (random_transfers_equal_a_flat_model),
        cmocka_unit_test (a_synced_write_survives_a_power_failure),
        cmocka_unit_test (a_cancel_at_any_step_leaves_the_connection_usable),
        cmocka_unit_test (a_connection_may_end_at_any_step),
        cmocka_unit_test (a_cancelled_reservation_leaves_the_line),
        cmocka_unit_test (a_reserved_flow_may_be_dropped_unposted),
        cmocka_unit_test (a_whole_context_may_be_torn_down_in_the_middle),
        cmocka_unit_test (the_same_over_tcp),
        cmocka_unit_test (a_failed_write_is_told_at_once_and_the_rest_discarded),
        cmocka_unit_test (a_cancel_while_discarding_ends_at_once),
        cmocka_unit_test (a_failed_read_reaches_the_client_as_its_error),
        cmocka_unit_test (ends_that_cut_differently_get_eproto),
        cmocka_unit_test (ends_that_disagree_on_the_length_get_eproto),
        cmocka_unit_test (senseless_flows_are_refused),
        cmocka_unit_test (few_buffers_serve_many_flows_in_turn),
        cmocka_unit_test (a_flow_gives_extra_buffers_to_those_who_wait),
        cmocka_unit_test (after_the_promise_a_large_message_does_not_block_the_stream),
        cmocka_unit_test (a_flow_says_what_it_waits_for),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
