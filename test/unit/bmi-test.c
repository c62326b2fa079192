/*
 * BMI's conformance suite: the same tests for tcp (a real reactor, loopback) and mem (a simulated
 * reactor with a clock of its own), and some that only a raw socket can do. SEED overrides the seed
 * of the random test.
 */
#include <arpa/inet.h>
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/gossip/gossip.h"
#include "io/bmi/bmi-method.h"

enum {
    MAX_REQUESTS = 512,
    MAX_NODES = 128,
    BIG = 8 << 20,
    HALF_BIG = BIG / 2,
    BUFFERS = 65536,      /* socket buffers, so that BIG never fits into the stream */
    CAPACITY = 256 << 10, /* the same for mem */
};

struct world;

struct node {
    struct world *w;
    struct bmi *bmi;
    struct bmi_unexpected *req[MAX_REQUESTS];
    unsigned nreq, ups, downs;
    int down_reason;
    struct bmi_peer *last_up;
};

struct world {
    bool mem;
    struct reactor *r;
    uint64_t clock, rng; /* mem */
    uint64_t delay;
    unsigned cut_after; /* mem: messages until the net cuts, 0 = never */
    struct bmi_mem_net *net;
    struct node *node[MAX_NODES];
    unsigned nnodes;
    struct node *server;
    char addr[128]; /* the server's */
};

/* --- driving ---------------------------------------------------------------------------------- */

static uint64_t
real_now (void)
{
    struct timespec ts;
    clock_gettime (CLOCK_MONOTONIC, &ts);
    return (uint64_t) ts.tv_sec * NSEC_PER_SEC + (uint64_t) ts.tv_nsec;
}

static uint64_t
sim_now (void *arg)
{
    return ((struct world *) arg)->clock;
}

static uint64_t
sim_random (void *arg)
{
    struct world *w = arg;
    return hash_u64 (w->rng++);
}

static uint64_t
sim_delay (void *arg, size_t size)
{
    struct world *w = arg;
    return w->delay ? sim_random (w) % w->delay : 0;
}

static bool
sim_cut (void *arg)
{
    struct world *w = arg;
    return w->cut_after && --w->cut_after == 0;
}

/* false: nothing will ever happen again (mem). */
static bool
step (struct world *w)
{
    if (!w->mem) {
        reactor_step (w->r, 2 * NSEC_PER_MSEC);
        return true;
    }
    if (reactor_sim_deliver_one (w->r))
        return true;
    uint64_t next = reactor_sim_next_timer (w->r, false);
    if (next == UINT64_MAX)
        return false;
    w->clock = MAX (w->clock, next);
    return reactor_sim_fire_one (w->r);
}

static uint64_t
time_of (const struct world *w)
{
    return w->mem ? w->clock : real_now ();
}

#define UNTIL(w, condition)                                                      \
    do {                                                                         \
        uint64_t limit_ = time_of (w) + 20 * NSEC_PER_SEC;                       \
        while (!(condition))                                                     \
            if (!step (w) || time_of (w) > limit_)                               \
                fail_msg ("line %d: never came true: %s", __LINE__, #condition); \
    } while (0)

/* Until nothing moves any more. */
static void
settle (struct world *w)
{
    if (!w->mem) {
        for (int idle = 0; idle < 4;) {
            uint64_t before = real_now ();
            step (w);
            idle = real_now () - before > NSEC_PER_MSEC ? idle + 1 : 0;
        }
        return;
    }
    while (reactor_sim_pending (w->r) || reactor_sim_next_timer (w->r, true) != UINT64_MAX)
        step (w);
}

/* --- nodes ------------------------------------------------------------------------------------ */

static void
on_request (void *arg, struct bmi_unexpected *u)
{
    struct node *n = arg;
    assert_true (n->nreq < MAX_REQUESTS);
    n->req[n->nreq++] = u;
}

static void
on_up (void *arg, struct bmi_peer *p)
{
    struct node *n = arg;
    n->ups++;
    n->last_up = p;
    assert_true (bmi_peer_connected (p));
    assert_non_null (bmi_peer_hello (p));
}

static void
on_down (void *arg, struct bmi_peer *p, int reason)
{
    struct node *n = arg;
    n->downs++;
    n->down_reason = reason;
    assert_true (reason < 0);
    assert_non_null (bmi_peer_hello (p));
}

static struct bmi_config
config_of (struct world *w, struct node *n)
{
    return (struct bmi_config){
        .reactor = w->r,
        .events = { .unexpected = on_request, .peer_up = on_up, .peer_down = on_down },
        .events_arg = n,
        .mem_net = w->net,
        .send_buffer = BUFFERS,
        .receive_buffer = BUFFERS
    };
}

static struct node *
new_node (struct world *w)
{
    struct node *n = calloc (1, sizeof *n);
    assert_non_null (n);
    assert_true (w->nnodes < MAX_NODES);
    n->w = w;
    w->node[w->nnodes++] = n;
    return n;
}

static struct node *
start_client (struct world *w)
{
    struct node *n = new_node (w);
    struct bmi_config c = config_of (w, n);
    c.events.unexpected = NULL;
    c.hello.client_id = w->nnodes;
    assert_int_equal (bmi_new (&c, &n->bmi), 0);
    return n;
}

static struct node *
start_server (struct world *w, const struct bmi_hello *hello)
{
    struct node *n = new_node (w);
    struct bmi_config c = config_of (w, n);
    char why[BMI_WHY];
    c.listen = w->addr;
    c.why = why;
    if (hello)
        c.hello = *hello;
    strcpy (c.hello.name, "alpha");
    c.hello.boot_id = 77;
    int err = bmi_new (&c, &n->bmi);
    if (err)
        fail_msg ("%s", why);
    if (!w->mem)
        snprintf (w->addr, sizeof w->addr, "tcp://127.0.0.1:%u", bmi_port (n->bmi));
    w->server = n;
    return n;
}

static void
stop_node (struct node *n)
{
    bmi_free (n->bmi);
    n->bmi = NULL;
    n->nreq = 0;
}

static int
setup (void **state, bool mem)
{
    struct world *w = calloc (1, sizeof *w);
    w->mem = mem;
    w->rng = 1;
    w->clock = NSEC_PER_SEC;
    if (mem) {
        struct reactor_source source = {
            .now = sim_now, .wall_clock = sim_now, .random = sim_random, .arg = w
        };
        struct bmi_mem_config c = {
            .capacity = CAPACITY, .delay = sim_delay, .cut = sim_cut, .arg = w
        };
        assert_int_equal (reactor_new_simulated (&source, &w->r), 0);
        assert_int_equal (bmi_mem_net_new (&c, &w->net), 0);
        strcpy (w->addr, "mem://server");
        w->delay = 50000;
    } else {
        assert_int_equal (reactor_new (&w->r), 0);
        strcpy (w->addr, "tcp://127.0.0.1:0");
    }
    gossip_disable ();
    *state = w;
    return 0;
}

static int
setup_tcp (void **state)
{
    return setup (state, false);
}

static int
setup_mem (void **state)
{
    return setup (state, true);
}

static int
teardown (void **state)
{
    struct world *w = *state;
    for (unsigned i = 0; i < w->nnodes; i++) {
        bmi_free (w->node[i]->bmi);
        free (w->node[i]);
    }
    bmi_mem_net_free (w->net);
    reactor_free (w->r);
    free (w);
    return 0;
}

/* --- messages --------------------------------------------------------------------------------- */

/* Static in every test: one that fails leaves its messages posted. */
struct msg {
    struct bmi_msg m;
    struct iovec iov;
    struct node *n;
    bool done;
    int status;
    unsigned order; /* of completion */
};

static unsigned completions;

static void
on_done (struct job *j)
{
    struct msg *x = container_of (j, struct msg, m.job);
    assert_false (x->done);
    x->done = true;
    x->status = j->status;
    x->order = ++completions;
}

static void
fill_in (struct msg *x, struct node *n, struct bmi_peer *p, uint64_t tag)
{
    *x = (struct msg){ .n = n };
    job_init (&x->m.job, n->w->r, on_done, NULL);
    x->m.peer = p;
    x->m.tag = tag;
}

static void
post_send (struct msg *x, struct node *n, struct bmi_peer *p, uint64_t tag, const void *buf,
           size_t size, int flags)
{
    fill_in (x, n, p, tag);
    x->iov = (struct iovec){ (void *) buf, size };
    x->m.iov = &x->iov;
    x->m.niov = 1;
    x->m.size = size;
    x->m.flags = (uint8_t) flags;
    bmi_post_send (n->bmi, &x->m);
    assert_false (x->done); /* never out of the post */
}

static void
post_recv (struct msg *x, struct node *n, struct bmi_peer *p, uint64_t tag, void *buf, size_t size)
{
    fill_in (x, n, p, tag);
    x->iov = (struct iovec){ buf, size };
    x->m.iov = buf ? &x->iov : NULL;
    x->m.niov = buf ? 1 : 0;
    x->m.size = size;
    bmi_post_recv (n->bmi, &x->m);
    assert_false (x->done);
}

static uint8_t *
pattern (size_t size, unsigned seed)
{
    uint8_t *p = malloc (size + 1);
    uint64_t x = hash_u64 (seed);
    assert_non_null (p);
    for (size_t i = 0; i < size; i++) {
        if (i % 8 == 0)
            x = x * 6364136223846793005ull + 1442695040888963407ull;
        p[i] = (uint8_t) (x >> (i % 8 * 8));
    }
    return p;
}

static struct bmi_peer *
look_up (struct node *n, const char *addr)
{
    struct bmi_peer *p = NULL;
    assert_int_equal (bmi_addr_lookup (n->bmi, addr, &p), 0);
    return p;
}

/* A client and a server that know each other: the client's peer in *to, the server's in *from. */
static struct node *
connect_client (struct world *w, struct bmi_peer **to, struct bmi_peer **from)
{
    struct node *c = start_client (w), *s = w->server;
    static struct msg hi;
    unsigned before = s->nreq;
    *to = look_up (c, w->addr);
    post_send (&hi, c, *to, 999, "hi", 2, BMI_UNEXPECTED);
    UNTIL (w, s->nreq > before && hi.done);
    assert_int_equal (hi.status, 0);
    s->nreq--;
    *from = s->req[s->nreq]->peer;
    assert_int_equal (s->req[s->nreq]->tag, 999);
    bmi_release (s->bmi, s->req[s->nreq]);
    return c;
}

#define PAIR(w)                                  \
    struct world *w = *state;                    \
    struct node *s = start_server (w, NULL), *c; \
    struct bmi_peer *to, *from;                  \
    c = connect_client (w, &to, &from)

static void
finish (struct world *w, struct msg *x)
{
    UNTIL (w, x->done);
    assert_int_equal (x->status, 0);
}

/* The connection is as good as new. */
static void
still_works (struct world *w, struct node *c, struct node *s, struct bmi_peer *to,
             struct bmi_peer *from)
{
    uint8_t *out = pattern (100000, 42), *in = malloc (100000);
    static struct msg a, b, d, e;
    post_recv (&a, s, from, 123456, in, 100000);
    post_send (&b, c, to, 123456, out, 100000, 0);
    finish (w, &a);
    finish (w, &b);
    assert_int_equal (a.m.actual, 100000);
    assert_memory_equal (in, out, 100000);
    memset (in, 0, 100000);
    post_recv (&d, c, to, 123457, in, 100000);
    post_send (&e, s, from, 123457, out, 70000, BMI_LAST);
    finish (w, &d);
    assert_int_equal (d.m.actual, 70000);
    assert_int_equal (d.m.ret_flags, BMI_LAST);
    assert_memory_equal (in, out, 70000);
    free (out);
    free (in);
}

/* --- the suite -------------------------------------------------------------------------------- */

static void
a_request_arrives_without_a_posted_receive (void **state)
{
    struct world *w = *state;
    struct node *s = start_server (w, NULL), *c = start_client (w);
    struct bmi_peer *p = look_up (c, w->addr);
    static struct msg a;
    assert_false (bmi_peer_connected (p));
    assert_null (bmi_peer_hello (p));
    post_send (&a, c, p, 7, "question", 8, BMI_UNEXPECTED);
    UNTIL (w, s->nreq == 1);
    finish (w, &a);
    assert_int_equal (s->req[0]->tag, 7);
    assert_int_equal (s->req[0]->size, 8);
    assert_memory_equal (s->req[0]->buf, "question", 8);
    assert_string_equal (bmi_peer_hello (p)->name, "alpha");
    assert_int_equal (bmi_peer_hello (p)->boot_id, 77);
    assert_int_equal (bmi_peer_hello (s->req[0]->peer)->client_id, w->nnodes);
    assert_int_equal (c->ups + s->ups, 2);
    bmi_release (s->bmi, s->req[0]);
    bmi_peer_unref (p);
}

static void
the_largest_request_passes_and_a_larger_one_is_refused (void **state)
{
    PAIR (w);
    uint8_t *buf = pattern (BMI_SMALL + 1, 3);
    static struct msg a, b;
    post_send (&a, c, to, 1, buf, BMI_SMALL, BMI_UNEXPECTED);
    post_send (&b, c, to, 1, buf, BMI_SMALL + 1, BMI_UNEXPECTED);
    UNTIL (w, s->nreq == 1 && a.done && b.done);
    assert_int_equal (b.status, -EMSGSIZE);
    assert_int_equal (s->req[0]->size, BMI_SMALL);
    assert_memory_equal (s->req[0]->buf, buf, BMI_SMALL);
    bmi_release (s->bmi, s->req[0]);
    free (buf);
    still_works (w, c, s, to, from);
}

static void
a_send_above_the_peers_limit_fails_even_if_posted_before_its_hello (void **state)
{
    struct world *w = *state;
    struct bmi_hello h = { .max_message = 50000, .unexpected_limit = 1000 };
    struct node *s = start_server (w, &h), *c = start_client (w);
    struct bmi_peer *p = look_up (c, w->addr);
    uint8_t *buf = pattern (60000, 1);
    static struct msg a, b, d;
    post_send (&a, c, p, 1, buf, 60000, 0);
    post_send (&b, c, p, 1, buf, 1001, BMI_UNEXPECTED);
    post_send (&d, c, p, 1, buf, 1000, BMI_UNEXPECTED);
    UNTIL (w, a.done && b.done && d.done && s->nreq == 1);
    assert_int_equal (a.status, -EMSGSIZE);
    assert_int_equal (b.status, -EMSGSIZE);
    assert_int_equal (d.status, 0);
    bmi_release (s->bmi, s->req[0]);
    free (buf);
}

static void
expected_messages_go_both_ways (void **state)
{
    PAIR (w);
    still_works (w, c, s, to, from);
    still_works (w, c, s, to, from);
}

static void
a_small_early_message_waits_for_its_receive (void **state)
{
    PAIR (w);
    static struct msg a, b, d;
    char in[10] = "";
    post_send (&a, c, to, 5, "early", 5, BMI_LAST);
    finish (w, &a);
    settle (w);
    assert_false (bmi_peer_blocked (from, NULL, NULL));
    post_recv (&d, s, from, 6, in, sizeof in);
    post_recv (&b, s, from, 5, in, sizeof in);
    finish (w, &b);
    assert_false (d.done);
    assert_int_equal (b.m.actual, 5);
    assert_int_equal (b.m.ret_flags, BMI_LAST);
    assert_memory_equal (in, "early", 5);
    still_works (w, c, s, to, from);
}

static void
forgotten_early_messages_are_gone (void **state)
{
    PAIR (w);
    static struct msg a, b, d;
    char in[10] = "";
    post_send (&a, c, to, 5, "one", 3, 0);
    post_send (&b, c, to, 5, "two", 3, 0);
    UNTIL (w, a.done && b.done);
    settle (w);
    bmi_forget (s->bmi, from, 5);
    post_recv (&d, s, from, 5, in, sizeof in);
    settle (w);
    assert_false (d.done);
    post_send (&a, c, to, 5, "three", 5, 0);
    finish (w, &d);
    assert_int_equal (d.m.actual, 5);
}

static void
a_large_unmatched_message_blocks_its_stream_until_its_receive_is_posted (void **state)
{
    PAIR (w);
    uint8_t *out = pattern (BIG, 1), *in = malloc (BIG);
    static struct msg big, small, rbig, rsmall, back, answer;
    char text[10], word[10];
    uint64_t tag = 0;
    size_t size = 0;

    post_recv (&rsmall, s, from, 2, text, sizeof text);
    post_send (&big, c, to, 1, out, BIG, 0);
    post_send (&small, c, to, 2, "behind", 6, 0);
    UNTIL (w, bmi_peer_blocked (from, &tag, &size));
    assert_int_equal (tag, 1);
    assert_int_equal (size, BIG);
    settle (w);
    assert_true (bmi_peer_blocked (from, NULL, NULL));
    assert_false (big.done || small.done || rsmall.done);
    post_recv (&back, c, to, 3, word, sizeof word);
    post_send (&answer, s, from, 3, "moves", 5, 0); /* the other direction */
    finish (w, &back);
    finish (w, &answer);
    post_recv (&rbig, s, from, 1, in, BIG);
    finish (w, &rbig);
    finish (w, &rsmall);
    finish (w, &big);
    finish (w, &small);
    assert_int_equal (rbig.m.actual, BIG);
    assert_memory_equal (in, out, BIG);
    assert_memory_equal (text, "behind", 6);
    assert_true (rbig.order < rsmall.order);
    free (out);
    free (in);
}

static void
a_blocked_stream_costs_no_processor (void **state)
{
    PAIR (w);
    uint8_t *out = pattern (BIG, 1);
    static struct msg big;
    post_send (&big, c, to, 1, out, BIG, 0);
    UNTIL (w, bmi_peer_blocked (from, NULL, NULL));
    settle (w);
    if (w->mem) {
        assert_true (reactor_sim_next_timer (w->r, true) == UINT64_MAX);
    } else {
        uint64_t before = real_now ();
        reactor_step (w->r, 100 * NSEC_PER_MSEC);
        assert_true (real_now () - before > 90 * NSEC_PER_MSEC);
    }
    assert_int_equal (s->downs, 0);
    free (out);
}

static void
lists_of_buffers_are_gathered_and_scattered (void **state)
{
    PAIR (w);
    enum { TOTAL = 3000000, PIECES = 1500 };
    uint8_t *out = pattern (TOTAL, 9), *in = calloc (1, TOTAL);
    struct iovec *ov = calloc (PIECES, sizeof *ov), *iv = calloc (PIECES, sizeof *iv);
    static struct msg a, b;
    size_t o = 0, i = 0;
    for (unsigned k = 0; k < PIECES; k++) {
        size_t n = k == PIECES - 1 ? TOTAL - o : k % 7 == 0 ? 0 : 1 + hash_u64 (k) % 1900;
        ov[k] = (struct iovec){ out + o, n };
        o += n;
        n = k == PIECES - 1 ? TOTAL - i : k % 5 == 0 ? 0 : 1 + hash_u64 (k + 5000) % 1900;
        iv[k] = (struct iovec){ in + i, n };
        i += n;
    }
    fill_in (&a, c, to, 3);
    a.m.iov = ov;
    a.m.niov = PIECES;
    a.m.size = TOTAL;
    fill_in (&b, s, from, 3);
    b.m.iov = iv;
    b.m.niov = PIECES;
    b.m.size = TOTAL;
    bmi_post_recv (s->bmi, &b.m);
    bmi_post_send (c->bmi, &a.m);
    finish (w, &a);
    finish (w, &b);
    assert_int_equal (b.m.actual, TOTAL);
    assert_memory_equal (in, out, TOTAL);
    free (out);
    free (in);
    free (ov);
    free (iv);
    still_works (w, c, s, to, from);
}

static void
zero_length_messages_pass (void **state)
{
    PAIR (w);
    static struct msg a, b, d, e;
    post_recv (&b, s, from, 1, NULL, 0);
    post_send (&a, c, to, 1, NULL, 0, 0);
    finish (w, &b);
    assert_int_equal (b.m.actual, 0);
    post_send (&d, c, to, 1, NULL, 0, BMI_LAST);
    finish (w, &d);
    settle (w);
    post_recv (&e, s, from, 1, NULL, 0);
    finish (w, &e);
    assert_int_equal (e.m.ret_flags, BMI_LAST);
    assert_int_equal (a.status, 0);
}

static void
messages_of_one_tag_keep_their_order (void **state)
{
    PAIR (w);
    enum { N = 40 };
    static struct msg a[N], b[N];
    uint8_t *out[N], *in[N];
    size_t size[N];
    for (unsigned i = 0; i < N; i++) {
        size[i] = i % 3 ? 100 + i : 20000 + 1000 * i;
        out[i] = pattern (size[i], i);
        in[i] = malloc (size[i]);
        post_send (&a[i], c, to, 8, out[i], size[i], 0);
    }
    settle (w); /* some are early, then one blocks */
    for (unsigned i = 0; i < N; i++)
        post_recv (&b[i], s, from, 8, in[i], size[i]);
    for (unsigned i = 0; i < N; i++) {
        finish (w, &b[i]);
        finish (w, &a[i]);
        assert_int_equal (b[i].m.actual, size[i]);
        assert_memory_equal (in[i], out[i], size[i]);
        assert_true (i == 0 || b[i].order > b[i - 1].order);
        free (out[i]);
        free (in[i]);
    }
}

static void
an_abort_carries_its_errno (void **state)
{
    PAIR (w);
    static struct msg a, b, d;
    char in[10];
    post_recv (&a, s, from, 1, in, sizeof in);
    bmi_send_abort (c->bmi, to, 1, ENOSPC);
    finish (w, &a);
    assert_int_equal (a.m.ret_flags, BMI_ABORT | BMI_LAST);
    assert_int_equal (a.m.ret_abort, ENOSPC);
    assert_int_equal (a.m.actual, 0);
    fill_in (&d, c, to, 2);
    d.m.flags = BMI_ABORT;
    d.m.abort_errno = EIO;
    bmi_post_send (c->bmi, &d.m);
    finish (w, &d);
    settle (w);
    post_recv (&b, s, from, 2, in, sizeof in); /* it was early */
    finish (w, &b);
    assert_int_equal (b.m.ret_flags, BMI_ABORT | BMI_LAST);
    assert_int_equal (b.m.ret_abort, EIO);
}

static void
a_message_larger_than_its_receive_fails_that_receive_only (void **state)
{
    PAIR (w);
    uint8_t *out = pattern (BIG, 1), in[100];
    static struct msg a, b, d, e;
    post_recv (&a, s, from, 1, in, 10);
    post_send (&b, c, to, 1, out, 11, 0);
    post_recv (&d, s, from, 2, in, 100);
    post_send (&e, c, to, 2, out, BIG, 0);
    UNTIL (w, a.done && d.done && b.done && e.done);
    assert_int_equal (a.status, -EMSGSIZE);
    assert_int_equal (d.status, -EMSGSIZE);
    assert_int_equal (e.status, 0);
    free (out);
    still_works (w, c, s, to, from);
}

static void
dropped_receives_take_whatever_comes (void **state)
{
    PAIR (w);
    uint8_t *out = pattern (BIG, 1);
    static struct msg a, b, d, e;
    post_send (&a, c, to, 1, out, BIG, 0);
    post_send (&b, c, to, 1, out, 50, BMI_LAST);
    post_recv (&d, s, from, 1, NULL, BMI_DROP);
    post_recv (&e, s, from, 1, NULL, BMI_DROP);
    finish (w, &d);
    finish (w, &e);
    finish (w, &a);
    assert_int_equal (d.m.actual, BIG);
    assert_int_equal (e.m.actual, 50);
    assert_int_equal (e.m.ret_flags, BMI_LAST);
    free (out);
    still_works (w, c, s, to, from);
}

static void
a_send_cancelled_before_it_moves_is_never_seen (void **state)
{
    struct world *w = *state;
    struct node *s = start_server (w, NULL), *c = start_client (w);
    struct bmi_peer *p = look_up (c, w->addr);
    static struct msg a, b;
    post_send (&a, c, p, 1, "a", 1, BMI_UNEXPECTED); /* waits for the connection */
    post_send (&b, c, p, 2, "b", 1, BMI_UNEXPECTED);
    job_cancel (&a.m.job);
    assert_false (a.done);
    UNTIL (w, s->nreq == 1 && a.done && b.done);
    settle (w);
    assert_int_equal (a.status, -ECANCELED);
    assert_int_equal (s->nreq, 1);
    assert_int_equal (s->req[0]->tag, 2);
    bmi_release (s->bmi, s->req[0]);
}

static void
a_send_cancelled_while_it_moves_still_arrives_whole (void **state)
{
    PAIR (w);
    uint8_t *out = pattern (BIG, 1), *same = pattern (BIG, 1), *in = malloc (BIG);
    struct iovec iov[3] = { { out, 10 },
                            { out + 10, HALF_BIG },
                            { out + 10 + HALF_BIG, BIG - HALF_BIG - 10 } };
    static struct msg a, b;
    fill_in (&a, c, to, 1);
    a.m.iov = iov;
    a.m.niov = 3;
    a.m.size = BIG;
    bmi_post_send (c->bmi, &a.m);
    UNTIL (w, bmi_peer_blocked (from, NULL, NULL));
    settle (w);
    assert_true (a.m.moved > BMI_HEADER_SIZE && a.m.moved < BIG);
    job_cancel (&a.m.job);
    UNTIL (w, a.done);
    assert_int_equal (a.status, -ECANCELED);
    memset (out, 0xee, BIG); /* the memory is ours again */
    post_recv (&b, s, from, 1, in, BIG);
    finish (w, &b);
    assert_memory_equal (in, same, BIG);
    free (out);
    free (same);
    free (in);
    still_works (w, c, s, to, from);
}

static void
a_cancel_after_completion_does_nothing (void **state)
{
    PAIR (w);
    static struct msg a, b;
    char in[4];
    post_recv (&b, s, from, 1, in, 4);
    post_send (&a, c, to, 1, "abc", 3, 0);
    UNTIL (w, a.m.job.state == JOB_COMPLETED || a.done);
    job_cancel (&a.m.job);
    finish (w, &a);
    UNTIL (w, b.m.job.state == JOB_COMPLETED || b.done);
    job_cancel (&b.m.job);
    finish (w, &b);
    job_cancel (&b.m.job);
    job_cancel (&a.m.job);
    still_works (w, c, s, to, from);
}

static void
a_receive_cancelled_before_its_message_leaves_it_to_the_next (void **state)
{
    PAIR (w);
    static struct msg a, b, d;
    char in[4] = "", other[4] = "";
    post_recv (&a, s, from, 1, in, 4);
    job_cancel (&a.m.job);
    assert_false (a.done);
    UNTIL (w, a.done);
    assert_int_equal (a.status, -ECANCELED);
    post_send (&b, c, to, 1, "abc", 3, 0);
    finish (w, &b);
    settle (w);
    post_recv (&d, s, from, 1, other, 4);
    finish (w, &d);
    assert_memory_equal (other, "abc", 3);
    assert_int_equal (in[0], 0);
}

static void
a_receive_cancelled_while_it_moves_drops_the_rest (void **state)
{
    PAIR (w);
    uint8_t *out = pattern (BIG, 1), *in = calloc (1, BIG), *copy = malloc (BIG);
    static struct msg a, b;
    post_recv (&b, s, from, 1, in, BIG);
    post_send (&a, c, to, 1, out, BIG, 0);
    UNTIL (w, b.m.moved > 0);
    assert_true (b.m.moved < BIG);
    job_cancel (&b.m.job);
    memcpy (copy, in, BIG);
    UNTIL (w, b.done);
    assert_int_equal (b.status, -ECANCELED);
    finish (w, &a);
    still_works (w, c, s, to, from);
    assert_memory_equal (in, copy, BIG); /* not touched after the cancel */
    free (out);
    free (in);
    free (copy);
}

static void
a_receive_cancelled_as_it_unblocks_the_stream_blocks_it_again (void **state)
{
    PAIR (w);
    uint8_t *out = pattern (BIG, 1), *in = malloc (BIG);
    static struct msg a, b;
    post_send (&a, c, to, 1, out, BIG, 0);
    UNTIL (w, bmi_peer_blocked (from, NULL, NULL));
    post_recv (&b, s, from, 1, in, BIG);
    job_cancel (&b.m.job);
    UNTIL (w, b.done);
    settle (w);
    assert_true (bmi_peer_blocked (from, NULL, NULL));
    post_recv (&b, s, from, 1, in, BIG);
    finish (w, &b);
    assert_memory_equal (in, out, BIG);
    free (out);
    free (in);
}

static void
a_hundred_peers_are_served (void **state)
{
    struct world *w = *state;
    enum { N = 100 };
    struct node *s = start_server (w, NULL), *c[N];
    struct bmi_peer *p[N];
    static struct msg q[N], r[N], a[N];
    uint32_t in[N];
    for (uint32_t i = 0; i < N; i++) {
        c[i] = start_client (w);
        p[i] = look_up (c[i], w->addr);
        post_recv (&r[i], c[i], p[i], 1, &in[i], sizeof in[i]);
        post_send (&q[i], c[i], p[i], 1, NULL, 0, BMI_UNEXPECTED);
        for (int k = 0; k < 3; k++)
            step (w);
    }
    UNTIL (w, s->nreq == N);
    for (uint32_t i = 0; i < N; i++) {
        struct bmi_unexpected *u = s->req[i];
        uint64_t *id = malloc (sizeof *id);
        *id = bmi_peer_hello (u->peer)->client_id;
        post_send (&a[i], s, u->peer, u->tag, id, 4, BMI_LAST);
        bmi_release (s->bmi, u);
        UNTIL (w, a[i].done);
        free (id);
    }
    for (uint32_t i = 0; i < N; i++) {
        finish (w, &r[i]);
        assert_int_equal (in[i], i + 2); /* the server is node 1 */
    }
}

static void
a_peer_that_dies_in_the_middle_fails_what_it_owes (void **state)
{
    PAIR (w);
    uint8_t *out = pattern (BIG, 1), *in = malloc (BIG);
    static struct msg a, b, d, e;
    post_recv (&b, s, from, 1, in, BIG);
    post_recv (&d, s, from, 2, in, 10);
    post_send (&e, s, from, 3, out, BIG, 0);
    post_send (&a, c, to, 1, out, BIG, 0);
    UNTIL (w, b.m.moved > 0);
    bmi_peer_ref (from);
    stop_node (c);
    UNTIL (w, b.done && d.done && e.done && s->downs == 1);
    assert_int_equal (b.status, -ECONNRESET);
    assert_int_equal (d.status, -ECONNRESET);
    assert_int_equal (e.status, -ECONNRESET);
    assert_int_equal (s->down_reason, -ECONNRESET);
    assert_false (bmi_peer_connected (from));
    post_send (&e, s, from, 3, out, 1, 0); /* gone for good */
    post_recv (&d, s, from, 3, in, 1);
    UNTIL (w, e.done && d.done);
    assert_int_equal (e.status, -ECONNRESET);
    assert_int_equal (d.status, -ECONNRESET);
    bmi_peer_unref (from);
    free (out);
    free (in);
}

static void
a_peer_that_dies_while_its_stream_is_blocked_is_noticed (void **state)
{
    PAIR (w);
    uint8_t *out = pattern (20000, 1);
    static struct msg a, b;
    char in[4];
    post_send (&a, c, to, 1, out, 20000, 0); /* fits into the stream as a whole */
    post_recv (&b, s, from, 2, in, 4);
    UNTIL (w, bmi_peer_blocked (from, NULL, NULL) && a.done);
    settle (w);
    stop_node (c);
    UNTIL (w, s->downs == 1 && b.done);
    assert_int_equal (b.status, -ECONNRESET);
    free (out);
}

static void
requests_of_a_dead_peer_can_still_be_released (void **state)
{
    PAIR (w);
    static struct msg a, b;
    post_send (&a, c, to, 1, "x", 1, BMI_UNEXPECTED);
    UNTIL (w, s->nreq == 1 && a.done);
    stop_node (c);
    UNTIL (w, s->downs == 1);
    assert_memory_equal (s->req[0]->buf, "x", 1);
    post_send (&b, s, s->req[0]->peer, 1, "y", 1, 0);
    UNTIL (w, b.done);
    assert_int_equal (b.status, -ECONNRESET);
    bmi_release (s->bmi, s->req[0]);
    settle (w);
}

static void
an_address_is_connected_again_by_the_next_post (void **state)
{
    PAIR (w);
    static struct msg a, b;
    char in[8];
    post_recv (&a, c, to, 1, in, sizeof in);
    stop_node (s);
    UNTIL (w, a.done && c->downs == 1);
    assert_int_equal (a.status, -ECONNRESET);
    post_send (&b, c, to, 1, "nobody", 6, BMI_UNEXPECTED);
    UNTIL (w, b.done);
    assert_int_equal (b.status, -ECONNREFUSED);
    assert_int_equal (c->downs, 1);
    s = start_server (w, NULL);
    post_send (&b, c, to, 1, "again", 5, BMI_UNEXPECTED);
    UNTIL (w, s->nreq == 1);
    finish (w, &b);
    from = s->req[0]->peer;
    bmi_release (s->bmi, s->req[0]);
    assert_int_equal (c->ups, 2);
    still_works (w, c, s, to, from);
}

static void
dropping_a_peer_fails_its_messages_with_the_reason (void **state)
{
    PAIR (w);
    static struct msg a, b, d;
    char in[8];
    post_recv (&a, c, to, 1, in, sizeof in);
    post_recv (&d, s, from, 1, in, sizeof in);
    post_send (&b, c, to, 1, "x", 1, 0);
    bmi_drop (c->bmi, to, -ETIMEDOUT);
    UNTIL (w, a.done && b.done && d.done && c->downs == 1 && s->downs == 1);
    assert_int_equal (a.status, -ETIMEDOUT);
    assert_int_equal (b.status, -ETIMEDOUT);
    assert_int_equal (d.status, -ECONNRESET);
    assert_int_equal (c->down_reason, -ETIMEDOUT);
    post_send (&b, c, to, 1, "x", 1, BMI_UNEXPECTED);
    UNTIL (w, s->nreq == 1);
    finish (w, &b);
    bmi_release (s->bmi, s->req[0]);
}

static void
giving_up_the_last_reference_ends_the_connection (void **state)
{
    PAIR (w);
    bmi_peer_unref (to);
    UNTIL (w, s->downs == 1 && c->downs == 1);
    settle (w);
}

static void
the_same_string_is_the_same_peer (void **state)
{
    struct world *w = *state;
    start_server (w, NULL);
    struct node *c = start_client (w);
    struct bmi_peer *a = look_up (c, w->addr), *b = look_up (c, w->addr);
    assert_ptr_equal (a, b);
    assert_string_equal (bmi_peer_name (a), w->addr);
    bmi_peer_unref (a);
    bmi_peer_unref (b);
}

static void
what_is_not_an_address_is_refused (void **state)
{
    struct world *w = *state;
    struct node *c = start_client (w);
    static const char *const bad[] = { "",
                                       "tcp:",
                                       "tcp://",
                                       "tcp://host",
                                       "tcp://:3334",
                                       "tcp://host:",
                                       "tcp://host:x",
                                       "tcp://host:70000",
                                       "tcp://::1:3334",
                                       "tcp://[::1]",
                                       "tcp://[]:1",
                                       "tcp://[zz]:1",
                                       "ib://host:1",
                                       "host:3334",
                                       "mem://",
                                       ",",
                                       "tcp://127.0.0.1:1,nonsense" };
    for (size_t i = 0; i < ARRAY_SIZE (bad); i++) {
        struct bmi_peer *p = NULL;
        int err = bmi_addr_lookup (c->bmi, bad[i], &p);
        if (err != -EINVAL)
            fail_msg ("\"%s\": %d", bad[i], err);
        assert_null (p);
    }
}

static void
a_dead_address_is_refused_and_the_next_one_tried (void **state)
{
    struct world *w = *state;
    char dead[128], both[300];
    start_server (w, NULL);
    strcpy (dead, w->addr);
    if (w->mem)
        strcpy (dead, "mem://nobody");
    else
        stop_node (w->server), strcpy (w->addr, "tcp://127.0.0.1:0");
    struct node *s = w->mem ? w->server : start_server (w, NULL), *c = start_client (w);
    struct bmi_peer *p = look_up (c, dead);
    static struct msg a, b;
    post_recv (&b, c, p, 1, NULL, 0);
    post_send (&a, c, p, 1, "x", 1, BMI_UNEXPECTED);
    UNTIL (w, a.done && b.done);
    assert_int_equal (a.status, -ECONNREFUSED);
    assert_int_equal (b.status, -ECONNREFUSED);
    assert_int_equal (c->downs, 0); /* it never was up */
    snprintf (both, sizeof both, "%s,%s", dead, w->addr);
    p = look_up (c, both);
    post_send (&a, c, p, 1, "x", 1, BMI_UNEXPECTED);
    UNTIL (w, s->nreq == 1);
    finish (w, &a);
    bmi_release (s->bmi, s->req[0]);
    bmi_drop (c->bmi, p, -EIO);
    post_send (&a, c, p, 1, "x", 1, BMI_UNEXPECTED);
    UNTIL (w, s->nreq == 2);
    bmi_release (s->bmi, s->req[1]);
}

static void
a_server_that_stops_listening_keeps_its_connections (void **state)
{
    PAIR (w);
    static struct msg a;
    bmi_stop_listening (s->bmi);
    settle (w);
    still_works (w, c, s, to, from);
    struct node *late = start_client (w);
    struct bmi_peer *p = look_up (late, w->addr);
    post_send (&a, late, p, 1, "x", 1, BMI_UNEXPECTED);
    UNTIL (w, a.done);
    assert_int_equal (a.status, -ECONNREFUSED);
}

static void
a_peer_with_too_many_requests_is_cut_off (void **state)
{
    struct world *w = *state;
    struct bmi_hello h = { .slots = 4 };
    struct node *s = start_server (w, &h);
    struct bmi_peer *to, *from;
    struct node *c = connect_client (w, &to, &from);
    static struct msg a[5], b;
    assert_int_equal (bmi_peer_hello (to)->slots, 4);
    post_recv (&b, c, to, 9, NULL, 0);
    for (int i = 0; i < 4; i++)
        post_send (&a[i], c, to, 1, "x", 1, BMI_UNEXPECTED);
    UNTIL (w, s->nreq == 4);
    settle (w);
    assert_int_equal (s->downs, 0);
    bmi_release (s->bmi, s->req[--s->nreq]);
    post_send (&a[0], c, to, 1, "x", 1, BMI_UNEXPECTED);
    UNTIL (w, s->nreq == 4);
    post_send (&a[4], c, to, 1, "x", 1, BMI_UNEXPECTED);
    UNTIL (w, s->downs == 1 && b.done && a[4].done);
    assert_int_equal (s->down_reason, -EPROTO);
    assert_int_equal (b.status, -ECONNRESET);
    while (s->nreq)
        bmi_release (s->bmi, s->req[--s->nreq]);
}

static void
a_peer_with_too_many_early_messages_is_cut_off (void **state)
{
    PAIR (w);
    enum { N = BMI_MAX_EARLY / BMI_SMALL + 1 };
    uint8_t *out = pattern (BMI_SMALL, 1);
    struct msg *a = calloc (N, sizeof *a);
    for (unsigned i = 0; i < N; i++)
        post_send (&a[i], c, to, i, out, BMI_SMALL, 0);
    UNTIL (w, s->downs == 1 && c->downs == 1);
    assert_int_equal (s->down_reason, -EPROTO);
    UNTIL (w, a[N - 1].done);
    free (a);
    free (out);
}

static void
a_request_to_a_pure_client_costs_the_connection (void **state)
{
    PAIR (w);
    static struct msg a;
    post_send (&a, s, from, 1, "x", 1, BMI_UNEXPECTED);
    UNTIL (w, c->downs == 1 && s->downs == 1 && a.done);
    assert_int_equal (c->down_reason, -EPROTO);
}

static void
a_ping_is_answered_by_a_sign_of_life (void **state)
{
    PAIR (w);
    settle (w);
    uint64_t before = bmi_peer_last_heard (to);
    assert_true (before > 0);
    if (w->mem)
        w->clock += NSEC_PER_SEC;
    else
        usleep (10000);
    bmi_ping (c->bmi, to);
    bmi_ping (c->bmi, to);
    UNTIL (w, bmi_peer_last_heard (to) > before);
    settle (w);
    before = bmi_peer_last_heard (to);
    if (!w->mem)
        usleep (10000);
    bmi_ping (c->bmi, to);
    UNTIL (w, bmi_peer_last_heard (to) > before);
    still_works (w, c, s, to, from);
}

static void
a_ping_connects_nobody (void **state)
{
    struct world *w = *state;
    struct node *s = start_server (w, NULL), *c = start_client (w);
    struct bmi_peer *p = look_up (c, w->addr);
    bmi_ping (c->bmi, p);
    settle (w);
    assert_int_equal (s->ups, 0);
    assert_int_equal (bmi_peer_last_heard (p), 0);
}

static void
count_peer (void *arg, struct bmi_peer *p)
{
    ++*(unsigned *) arg;
}

static void
messages_and_connections_are_counted (void **state)
{
    PAIR (w);
    struct bmi_counters x, y;
    unsigned peers = 0;
    still_works (w, c, s, to, from);
    bmi_get_counters (c->bmi, &x);
    bmi_get_counters (s->bmi, &y);
    assert_int_equal (x.sent, 2);
    assert_int_equal (x.unexpected_sent, 1);
    assert_int_equal (x.received, 1);
    assert_int_equal (x.connects, 1);
    assert_int_equal (x.drops, 0);
    assert_int_equal (y.received, 2);
    assert_int_equal (y.unexpected_received, 1);
    assert_int_equal (y.sent, 1);
    assert_int_equal (y.bytes_received, x.bytes_sent);
    assert_int_equal (x.bytes_received, y.bytes_sent);
    assert_true (x.bytes_sent > 100000);
    bmi_each_peer (s->bmi, count_peer, &peers);
    assert_int_equal (peers, 1);
    stop_node (c);
    UNTIL (w, s->downs == 1);
    bmi_get_counters (s->bmi, &y);
    assert_int_equal (y.drops, 1);
}

static void
unequal_major_versions_refuse_each_other (void **state)
{
    struct world *w = *state;
    struct bmi_hello h = { .major = BMI_MAJOR + 1 };
    struct node *s = start_server (w, &h), *c = start_client (w);
    struct bmi_peer *p = look_up (c, w->addr);
    static struct msg a;
    post_send (&a, c, p, 1, "x", 1, BMI_UNEXPECTED);
    UNTIL (w, a.done);
    assert_int_equal (a.status, -EPROTONOSUPPORT);
    assert_int_equal (s->ups + c->ups, 0);
}

static void
a_posted_message_says_what_it_waits_for (void **state)
{
    PAIR (w);
    uint8_t *out = pattern (BIG, 1);
    static struct msg a, b;
    char text[200];
    post_send (&a, c, to, 17, out, BIG, 0);
    post_recv (&b, s, from, 18, NULL, 0);
    UNTIL (w, bmi_peer_blocked (from, NULL, NULL));
    job_describe (&a.m.job, text, sizeof text);
    assert_non_null (strstr (text, "tag 17"));
    assert_non_null (strstr (text, w->addr));
    job_describe (&b.m.job, text, sizeof text);
    assert_non_null (strstr (text, "tag 18"));
    bmi_peer_set_user (from, &b);
    assert_ptr_equal (bmi_peer_user (from), &b);
    stop_node (c);
    free (out);
}

static void
a_context_with_everything_outstanding_can_be_freed (void **state)
{
    PAIR (w);
    uint8_t *out = pattern (BIG, 1), *in = malloc (BIG);
    struct msg *a = calloc (3, sizeof *a), *b = calloc (3, sizeof *b);
    static struct msg d, e;
    post_send (&d, c, to, 50, "x", 1, BMI_UNEXPECTED);
    for (unsigned i = 0; i < 3; i++) {
        post_send (&a[i], c, to, i, out, BIG, 0);
        post_recv (&b[i], s, from, i + 1, in, BIG);
    }
    post_send (&e, s, from, 9, "early", 5, 0);
    UNTIL (w, s->nreq == 1 && bmi_peer_blocked (from, NULL, NULL));
    job_cancel (&a[0].m.job);
    UNTIL (w, a[0].done && d.done && e.done);
    free (a); /* bmi_free does not look at what was posted */
    free (b);
    stop_node (s);
    stop_node (c);
    free (out);
    free (in);
}

static void
a_context_can_be_freed_while_it_connects (void **state)
{
    struct world *w = *state;
    struct node *s = start_server (w, NULL), *c = start_client (w), *d = start_client (w);
    static struct msg a, b;
    post_send (&a, c, look_up (c, w->addr), 1, "x", 1, BMI_UNEXPECTED);
    post_send (&b, d, look_up (d, w->addr), 1, "x", 1, BMI_UNEXPECTED);
    stop_node (c);
    if (w->mem)
        stop_node (s);
    stop_node (d);
    settle (w);
}

enum { RANDOM_ROUNDS = 30, RANDOM_MESSAGES = 24 };

/* One message of the random test: x says all about it. */
struct traffic {
    uint64_t x;
    size_t size;
    uint8_t *out, *in;
    bool back; /* from the server to the client */
    struct msg send, recv;
};

static void
post_traffic (struct world *w, struct traffic *t, struct node *n[2], struct bmi_peer *p[2],
              uint64_t tag)
{
    uint64_t x = t->x;
    bool recv_first = x >> 41 & 1;
    t->back = x >> 40 & 1;
    t->size = x % 3 == 0 ? x / 3 % 600000 : x % 3 == 1 ? BMI_SMALL - 2 + x / 3 % 5 : x / 3 % 300;
    t->out = pattern (t->size, (unsigned) x);
    t->in = malloc (t->size + 1);
    if (recv_first)
        post_recv (&t->recv, n[!t->back], p[!t->back], tag, t->in, t->size);
    post_send (&t->send, n[t->back], p[t->back], tag, t->out, t->size, 0);
    for (uint64_t k = x >> 42 & 3; k > 0; k--)
        step (w);
    if (!recv_first)
        post_recv (&t->recv, n[!t->back], p[!t->back], tag, t->in, t->size);
    if ((x >> 45 & 7) == 0)
        job_cancel (&t->send.m.job);
    if ((x >> 45 & 7) == 1)
        job_cancel (&t->recv.m.job);
}

/* Takes what a cancelled receive has left, so that the stream moves on. */
static void
drop_leftover (struct world *w, struct traffic *t, struct node *n[2], struct bmi_peer *p[2],
               uint64_t tag)
{
    static struct msg drop;
    if (!t->recv.done || t->recv.status != -ECANCELED)
        return;
    post_recv (&drop, n[!t->back], p[!t->back], tag, NULL, BMI_DROP);
    settle (w);
    job_cancel (&drop.m.job);
    UNTIL (w, drop.done);
}

static void
check_traffic (struct world *w, struct traffic *t)
{
    UNTIL (w, t->send.done);
    if (t->send.status == -ECANCELED && !t->recv.done)
        job_cancel (&t->recv.m.job); /* it never left */
    UNTIL (w, t->recv.done);
    if (t->recv.status == 0)
        assert_memory_equal (t->in, t->out, t->size);
    else
        assert_int_equal (t->recv.status, -ECANCELED);
    free (t->out);
    free (t->in);
}

/* Both sides exchange random messages in random order with cancels; every message that is not
 * cancelled arrives as sent. */
static void
random_traffic_arrives_as_sent (void **state)
{
    PAIR (w);
    static struct traffic t[RANDOM_MESSAGES];
    struct node *n[2] = { c, s };
    struct bmi_peer *p[2] = { to, from };
    const char *env = getenv ("SEED");
    uint64_t seed = env ? strtoull (env, NULL, 0) : 20260101;
    print_message ("seed %llu\n", (unsigned long long) seed);
    for (unsigned round = 0; round < RANDOM_ROUNDS; round++) {
        for (unsigned i = 0; i < RANDOM_MESSAGES; i++) {
            t[i].x = hash_u64 (seed + round * 1000 + i);
            post_traffic (w, &t[i], n, p, i);
        }
        settle (w);
        for (unsigned i = 0; i < RANDOM_MESSAGES; i++)
            drop_leftover (w, &t[i], n, p, i);
        settle (w);
        for (unsigned i = 0; i < RANDOM_MESSAGES; i++)
            check_traffic (w, &t[i]);
    }
    still_works (w, c, s, to, from);
}

/* --- mem only --------------------------------------------------------------------------------- */

static void
a_cut_breaks_both_ends (void **state)
{
    PAIR (w);
    static struct msg a, b, d;
    char in[4];
    post_recv (&a, s, from, 1, in, 4);
    post_recv (&d, c, to, 1, in, 4);
    w->cut_after = 1;
    post_send (&b, c, to, 1, "abc", 3, 0);
    UNTIL (w, a.done && b.done && d.done && c->downs == 1 && s->downs == 1);
    assert_int_equal (a.status, -ECONNRESET);
    assert_int_equal (b.status, -ECONNRESET);
    assert_int_equal (d.status, -ECONNRESET);
}

static uint64_t
trace_of_a_run (void)
{
    void *state = NULL;
    setup_mem (&state);
    struct world *w = state;
    uint64_t trace = 0;
    start_server (w, NULL);
    for (int i = 0; i < 5; i++) {
        struct bmi_peer *to, *from;
        struct node *c = connect_client (w, &to, &from);
        still_works (w, c, w->server, to, from);
        trace = hash_u64 (trace ^ w->clock ^ bmi_peer_id (from));
    }
    teardown (&state);
    return trace;
}

static void
equal_seeds_give_equal_runs (void **state)
{
    void *ballast[100];
    uint64_t first = trace_of_a_run ();
    for (int i = 0; i < 100; i++)
        ballast[i] = malloc (1000 + 77 * (size_t) i); /* other addresses */
    assert_true (first == trace_of_a_run ());
    for (int i = 0; i < 100; i++)
        free (ballast[i]);
}

/* --- tcp only --------------------------------------------------------------------------------- */

static int
raw_connect (struct world *w)
{
    struct sockaddr_in a = { .sin_family = AF_INET,
                             .sin_port = htons ((uint16_t) bmi_port (w->server->bmi)),
                             .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
    int fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true (fd >= 0);
    assert_int_equal (connect (fd, (struct sockaddr *) &a, sizeof a), 0);
    return fd;
}

static void
raw_send (int fd, const void *buf, size_t n)
{
    assert_int_equal (send (fd, buf, n, MSG_NOSIGNAL), n);
}

static void
raw_message (int fd, struct bmi_header h, const void *payload)
{
    uint8_t buf[BMI_HEADER_SIZE];
    bmi_header_encode (&h, buf);
    raw_send (fd, buf, sizeof buf);
    if (h.length)
        raw_send (fd, payload, h.length);
}

static void
raw_hello (int fd, unsigned major)
{
    struct bmi_hello h = { .major = (uint16_t) major,
                           .unexpected_limit = BMI_SMALL,
                           .max_message = BMI_MAX_MESSAGE };
    uint8_t buf[BMI_MAX_HELLO];
    size_t len;
    assert_int_equal (bmi_hello_encode (&h, buf, sizeof buf, &len), 0);
    raw_message (fd, (struct bmi_header){ .type = BMI_TYPE_HELLO, .length = (uint32_t) len }, buf);
}

/* The other side ends the connection. */
static void
expect_end (struct world *w, int fd)
{
    char sink[4096];
    ssize_t n;
    UNTIL (w,
           (n = recv (fd, sink, sizeof sink, MSG_DONTWAIT)) == 0 || (n < 0 && errno == ECONNRESET));
    close (fd);
}

static unsigned
descriptors (void)
{
    unsigned n = 0;
    DIR *d = opendir ("/proc/self/fd");
    assert_non_null (d);
    while (readdir (d))
        n++;
    closedir (d);
    return n;
}

static void
garbage_costs_the_connection (void **state)
{
    struct world *w = *state;
    struct node *s = start_server (w, NULL);
    uint8_t bytes[BMI_HEADER_SIZE], *noise = pattern (5000, 3);
    struct bmi_header ping = { .type = BMI_TYPE_PING };
    int fd;

    raw_send (fd = raw_connect (w), noise, 5000);
    expect_end (w, fd);
    raw_send (fd = raw_connect (w), "GET / HTTP/1.1\r\nHost: localhost:3334\r\n\r\n", 41);
    expect_end (w, fd);
    for (size_t bit = 0; bit < 8 * BMI_HEADER_SIZE;
         bit += 5) { /* wrong magic, type, length, checksum … */
        raw_hello (fd = raw_connect (w), BMI_MAJOR);
        bmi_header_encode (&ping, bytes);
        bytes[bit / 8] ^= (uint8_t) (1 << bit % 8);
        raw_send (fd, bytes, sizeof bytes);
        expect_end (w, fd);
    }
    UNTIL (w, s->ups == s->downs);
    assert_int_equal (s->down_reason, -EPROTO);
    free (noise);
}

static void
hellos_are_checked (void **state)
{
    struct world *w = *state;
    struct node *s = start_server (w, NULL);
    int fd;
    raw_message (fd = raw_connect (w), (struct bmi_header){ .type = BMI_TYPE_PING },
                 NULL); /* none */
    expect_end (w, fd);
    raw_hello (fd = raw_connect (w), BMI_MAJOR + 1); /* wrong major version */
    expect_end (w, fd);
    raw_message (fd = raw_connect (w), (struct bmi_header){ .type = BMI_TYPE_HELLO, .length = 3 },
                 "\1\0\0");
    expect_end (w, fd);
    assert_int_equal (s->ups, 0);
    raw_hello (fd = raw_connect (w), BMI_MAJOR); /* twice */
    raw_hello (fd, BMI_MAJOR);
    expect_end (w, fd);
    UNTIL (w, s->downs == 1);
    assert_int_equal (s->ups, 1);
}

static void
a_later_minor_version_may_say_more (void **state)
{
    struct world *w = *state;
    struct node *s = start_server (w, NULL);
    struct bmi_hello h = { .major = BMI_MAJOR, .minor = 9, .client_id = 5 };
    uint8_t buf[BMI_MAX_HELLO] = { 0 };
    size_t len;
    assert_int_equal (bmi_hello_encode (&h, buf, sizeof buf, &len), 0);
    int fd = raw_connect (w);
    raw_message (fd, (struct bmi_header){ .type = BMI_TYPE_HELLO, .length = (uint32_t) len + 40 },
                 buf);
    UNTIL (w, s->ups == 1);
    assert_int_equal (bmi_peer_hello (s->last_up)->minor, 9);
    close (fd);
    UNTIL (w, s->downs == 1);
}

static void
half_messages_are_forgotten_with_their_connection (void **state)
{
    struct world *w = *state;
    struct node *s = start_server (w, NULL);
    uint8_t h[BMI_HEADER_SIZE], payload[1000] = { 0 };
    int fd;
    bmi_header_encode (&(struct bmi_header){ .type = BMI_TYPE_UNEXPECTED, .length = 2000 }, h);
    raw_hello (fd = raw_connect (w), BMI_MAJOR);
    raw_send (fd, h, 17);
    UNTIL (w, s->ups == 1);
    settle (w);
    close (fd);
    UNTIL (w, s->downs == 1);
    raw_hello (fd = raw_connect (w), BMI_MAJOR);
    raw_send (fd, h, sizeof h);
    raw_send (fd, payload, sizeof payload);
    UNTIL (w, s->ups == 2);
    settle (w);
    close (fd);
    UNTIL (w, s->downs == 2);
    assert_int_equal (s->nreq, 0);
}

static void
messages_arrive_byte_by_byte (void **state)
{
    struct world *w = *state;
    struct node *s = start_server (w, NULL);
    uint8_t bytes[BMI_HEADER_SIZE + 3] = { 0 };
    int fd;
    raw_hello (fd = raw_connect (w), BMI_MAJOR);
    bmi_header_encode (&(struct bmi_header){ .type = BMI_TYPE_UNEXPECTED, .length = 3, .tag = 4 },
                       bytes);
    memcpy (bytes + BMI_HEADER_SIZE, "xyz", 3);
    for (size_t i = 0; i < sizeof bytes; i++) {
        raw_send (fd, bytes + i, 1);
        reactor_step (w->r, 0);
        reactor_step (w->r, NSEC_PER_MSEC);
    }
    UNTIL (w, s->nreq == 1);
    assert_memory_equal (s->req[0]->buf, "xyz", 3);
    bmi_release (s->bmi, s->req[0]);
    close (fd);
    UNTIL (w, s->downs == 1);
}

static void
silence_instead_of_a_hello_ends_in_time (void **state)
{
    struct world *w = *state;
    struct node *n = new_node (w), *c = new_node (w);
    struct bmi_config cfg = config_of (w, n);
    char addr[64];
    static struct msg a;
    cfg.connect_timeout = 50 * NSEC_PER_MSEC;
    cfg.listen = "tcp://localhost:0";
    assert_int_equal (bmi_new (&cfg, &n->bmi), 0);
    w->server = n;
    expect_end (w, raw_connect (w));

    int fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in sa = { .sin_family = AF_INET, .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
    socklen_t len = sizeof sa;
    assert_int_equal (bind (fd, (struct sockaddr *) &sa, sizeof sa), 0);
    assert_int_equal (listen (fd, 5), 0);
    assert_int_equal (getsockname (fd, (struct sockaddr *) &sa, &len), 0);
    snprintf (addr, sizeof addr, "tcp://127.0.0.1:%u", ntohs (sa.sin_port));
    cfg.listen = NULL;
    cfg.events_arg = c;
    assert_int_equal (bmi_new (&cfg, &c->bmi), 0);
    post_send (&a, c, look_up (c, addr), 1, "x", 1, 0);
    UNTIL (w, a.done);
    assert_int_equal (a.status, -ETIMEDOUT);
    close (fd);
}

static void
an_address_that_breaks_off_before_its_hello_is_passed_over (void **state)
{
    struct world *w = *state;
    struct node *s = start_server (w, NULL), *c = start_client (w);
    struct sockaddr_in sa = { .sin_family = AF_INET, .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
    socklen_t len = sizeof sa;
    char both[200];
    static struct msg a;
    int fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), in = -1;
    assert_int_equal (bind (fd, (struct sockaddr *) &sa, sizeof sa), 0);
    assert_int_equal (listen (fd, 5), 0);
    assert_int_equal (getsockname (fd, (struct sockaddr *) &sa, &len), 0);
    snprintf (both, sizeof both, "tcp://127.0.0.1:%u,%s", ntohs (sa.sin_port), w->addr);
    post_send (&a, c, look_up (c, both), 1, "x", 1, BMI_UNEXPECTED);
    settle (w);
    in = accept (fd, NULL, NULL);
    raw_send (in, "What is this?", 13);
    close (in);
    UNTIL (w, s->nreq == 1);
    finish (w, &a);
    bmi_release (s->bmi, s->req[0]);
    close (fd);
}

static void
five_hundred_connections_leak_no_descriptor (void **state)
{
    struct world *w = *state;
    struct node *s = start_server (w, NULL), *c = start_client (w);
    struct bmi_peer *p = look_up (c, w->addr);
    unsigned before = descriptors ();
    for (unsigned i = 1; i <= 500; i++) {
        static struct msg a;
        post_send (&a, c, p, 1, "x", 1, BMI_UNEXPECTED);
        UNTIL (w, s->nreq == 1 && a.done);
        bmi_release (s->bmi, s->req[--s->nreq]);
        bmi_drop (c->bmi, p, -ECONNABORTED);
        UNTIL (w, s->downs == i && c->downs == i);
    }
    assert_int_equal (descriptors (), before);
}

static void
ipv6_and_host_names_work (void **state)
{
    struct world *w = *state;
    struct node *s = new_node (w), *c = start_client (w);
    struct bmi_config cfg = config_of (w, s);
    char addr[64];
    static struct msg a, b;
    cfg.listen = "tcp://[::1]:0";
    cfg.bind_specific = true;
    if (bmi_new (&cfg, &s->bmi) == -EADDRNOTAVAIL) {
        print_message ("skipped: this machine has no ::1\n");
        skip ();
    }
    snprintf (addr, sizeof addr, "tcp://[::1]:%u", bmi_port (s->bmi));
    post_send (&a, c, look_up (c, addr), 1, "x", 1, BMI_UNEXPECTED);
    UNTIL (w, s->nreq == 1 && a.done);
    assert_int_equal (strncmp (bmi_peer_name (s->req[0]->peer), "tcp://[::1]:", 12), 0);
    snprintf (addr, sizeof addr, "tcp://localhost:%u", bmi_port (s->bmi));
    post_send (&b, c, look_up (c, addr), 1, "x", 1, BMI_UNEXPECTED);
    UNTIL (w, b.done); /* by ::1 if the name knows it, refused by 127.0.0.1 if not */
    assert_true (b.status == 0 || b.status == -ECONNREFUSED);
    struct bmi_peer *p = NULL;
    assert_int_equal (bmi_addr_lookup (c->bmi, "tcp://no-such-host.invalid:1", &p), -EHOSTUNREACH);
}

static void
one_listener_serves_ipv4_and_ipv6 (void **state)
{
    PAIR (w);
    char addr[64];
    static struct msg a;
    assert_int_equal (strncmp (bmi_peer_name (from), "tcp://127.0.0.1:", 16), 0);
    assert_true (bmi_peer_connected (to));
    snprintf (addr, sizeof addr, "tcp://[::1]:%u", bmi_port (s->bmi));
    post_send (&a, c, look_up (c, addr), 1, "x", 1, BMI_UNEXPECTED);
    UNTIL (w, a.done);
    if (a.status == -EADDRNOTAVAIL || a.status == -ENETUNREACH)
        skip ();
    assert_int_equal (a.status, 0);
}

static void
a_port_in_use_is_said_in_words (void **state)
{
    struct world *w = *state;
    start_server (w, NULL);
    struct bmi_config cfg = config_of (w, w->server);
    struct bmi *other = NULL;
    char why[BMI_WHY];
    cfg.listen = w->addr;
    cfg.why = why;
    assert_int_equal (bmi_new (&cfg, &other), -EADDRINUSE);
    assert_non_null (strstr (why, "in use"));
    cfg.listen = "nonsense";
    assert_int_equal (bmi_new (&cfg, &other), -EINVAL);
    assert_non_null (strstr (why, "nonsense"));
    assert_null (other);
}

static void
no_descriptors_left_delays_accepting_without_spinning (void **state)
{
    struct world *w = *state;
    struct node *s = start_server (w, NULL);
    struct rlimit old, low;
    int fd = raw_connect (w); /* sits in the backlog */
    raw_hello (fd, BMI_MAJOR);
    getrlimit (RLIMIT_NOFILE, &old);
    low = old;
    low.rlim_cur = (rlim_t) fd + 1;
    setrlimit (RLIMIT_NOFILE, &low);
    uint64_t before = real_now ();
    unsigned steps = 0;
    while (real_now () - before < 250 * NSEC_PER_MSEC && steps < 1000) {
        reactor_step (w->r, 50 * NSEC_PER_MSEC);
        steps++;
    }
    setrlimit (RLIMIT_NOFILE, &old);
    assert_true (steps < 30);
    assert_int_equal (s->ups, 0);
    UNTIL (w, s->ups == 1);
    close (fd);
    UNTIL (w, s->downs == 1);
}

#define TCP(f)                                   \
    {                                            \
        "tcp: " #f, f, setup_tcp, teardown, NULL \
    }
#define MEM(f)                                   \
    {                                            \
        "mem: " #f, f, setup_mem, teardown, NULL \
    }
#define BOTH(f) TCP (f), MEM (f)

int
main (void)
{
    const struct CMUnitTest tests[] = {
        BOTH (a_request_arrives_without_a_posted_receive),
        BOTH (the_largest_request_passes_and_a_larger_one_is_refused),
        BOTH (a_send_above_the_peers_limit_fails_even_if_posted_before_its_hello),
        BOTH (expected_messages_go_both_ways),
        BOTH (a_small_early_message_waits_for_its_receive),
        BOTH (forgotten_early_messages_are_gone),
        BOTH (a_large_unmatched_message_blocks_its_stream_until_its_receive_is_posted),
        BOTH (a_blocked_stream_costs_no_processor),
        BOTH (lists_of_buffers_are_gathered_and_scattered),
        BOTH (zero_length_messages_pass),
        BOTH (messages_of_one_tag_keep_their_order),
        BOTH (an_abort_carries_its_errno),
        BOTH (a_message_larger_than_its_receive_fails_that_receive_only),
        BOTH (dropped_receives_take_whatever_comes),
        BOTH (a_send_cancelled_before_it_moves_is_never_seen),
        BOTH (a_send_cancelled_while_it_moves_still_arrives_whole),
        BOTH (a_cancel_after_completion_does_nothing),
        BOTH (a_receive_cancelled_before_its_message_leaves_it_to_the_next),
        BOTH (a_receive_cancelled_while_it_moves_drops_the_rest),
        BOTH (a_receive_cancelled_as_it_unblocks_the_stream_blocks_it_again),
        BOTH (a_hundred_peers_are_served),
        BOTH (a_peer_that_dies_in_the_middle_fails_what_it_owes),
        BOTH (a_peer_that_dies_while_its_stream_is_blocked_is_noticed),
        BOTH (requests_of_a_dead_peer_can_still_be_released),
        BOTH (an_address_is_connected_again_by_the_next_post),
        BOTH (dropping_a_peer_fails_its_messages_with_the_reason),
        BOTH (giving_up_the_last_reference_ends_the_connection),
        BOTH (the_same_string_is_the_same_peer),
        BOTH (what_is_not_an_address_is_refused),
        BOTH (a_dead_address_is_refused_and_the_next_one_tried),
        BOTH (a_server_that_stops_listening_keeps_its_connections),
        BOTH (a_peer_with_too_many_requests_is_cut_off),
        BOTH (a_peer_with_too_many_early_messages_is_cut_off),
        BOTH (a_request_to_a_pure_client_costs_the_connection),
        BOTH (a_ping_is_answered_by_a_sign_of_life),
        BOTH (a_ping_connects_nobody),
        BOTH (messages_and_connections_are_counted),
        BOTH (unequal_major_versions_refuse_each_other),
        BOTH (a_posted_message_says_what_it_waits_for),
        BOTH (a_context_with_everything_outstanding_can_be_freed),
        BOTH (a_context_can_be_freed_while_it_connects),
        BOTH (random_traffic_arrives_as_sent),
        MEM (a_cut_breaks_both_ends),
        { "mem: equal_seeds_give_equal_runs", equal_seeds_give_equal_runs, NULL, NULL, NULL },
        TCP (garbage_costs_the_connection),
        TCP (hellos_are_checked),
        TCP (a_later_minor_version_may_say_more),
        TCP (half_messages_are_forgotten_with_their_connection),
        TCP (messages_arrive_byte_by_byte),
        TCP (silence_instead_of_a_hello_ends_in_time),
        TCP (an_address_that_breaks_off_before_its_hello_is_passed_over),
        TCP (five_hundred_connections_leak_no_descriptor),
        TCP (ipv6_and_host_names_work),
        TCP (one_listener_serves_ipv4_and_ipv6),
        TCP (a_port_in_use_is_said_in_words),
        TCP (no_descriptors_left_delays_accepting_without_spinning),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
