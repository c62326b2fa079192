/* Fuzz target: what a peer may do to BMI. The input is a list of steps: raw bytes, or a header with
 * a right checksum and payload, thrown into the middle of a mem stream; or a receive posted or
 * cancelled on the side that is attacked. The header and hello decoders get the input as it is,
 * too. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/gossip/gossip.h"
#include "io/bmi/bmi-method.h"

enum { RECEIVES = 8, ROOM = 70000, MAX_STEPS = 200 };

struct run {
    uint64_t clock;
    struct reactor *r;
    struct bmi_mem_net *net;
    struct bmi *victim, *attacker;
    struct bmi_peer *to, *from;
    struct bmi_msg recv[RECEIVES];
    struct iovec iov[RECEIVES];
    uint8_t *room;
    struct bmi_unexpected *kept;
};

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static uint64_t
now (void *arg)
{
    return ((struct run *) arg)->clock;
}

static void
on_request (void *arg, struct bmi_unexpected *u)
{
    struct run *x = arg;
    x->from = u->peer;
    if (x->kept)
        bmi_release (x->victim, x->kept);
    x->kept = u;
}

static void
ignore (struct job *j)
{
}

static void
settle (struct run *x)
{
    for (;;) {
        if (reactor_sim_deliver_one (x->r))
            continue;
        uint64_t next = reactor_sim_next_timer (x->r, true);
        if (next == UINT64_MAX)
            return;
        x->clock = MAX (x->clock, next);
        reactor_sim_fire_one (x->r);
    }
}

static void
inject (struct run *x, const void *p, size_t n)
{
    struct iovec iov = { (void *) p, n };
    if (n && x->to->stream && x->to->state == PEER_UP)
        x->to->stream->method->send (x->to->stream, &iov, 1);
    settle (x);
}

static void
start (struct run *x)
{
    static struct bmi_msg hello;
    struct reactor_source source = { .now = now, .wall_clock = now, .random = now, .arg = x };
    struct bmi_mem_config net = { .arg = x };
    reactor_new_simulated (&source, &x->r);
    bmi_mem_net_new (&net, &x->net);
    struct bmi_config c = { .reactor = x->r,
                            .mem_net = x->net,
                            .listen = "mem://victim",
                            .events.unexpected = on_request,
                            .events_arg = x };
    bmi_new (&c, &x->victim);
    c.listen = NULL;
    c.events.unexpected = NULL;
    bmi_new (&c, &x->attacker);
    bmi_addr_lookup (x->attacker, "mem://victim", &x->to);
    hello = (struct bmi_msg){ .peer = x->to, .flags = BMI_UNEXPECTED };
    job_init (&hello.job, x->r, ignore, NULL);
    bmi_post_send (x->attacker, &hello);
    settle (x);
    bmi_peer_ref (x->from);
    x->room = malloc (RECEIVES * ROOM);
    for (int i = 0; i < RECEIVES; i++)
        job_init (&x->recv[i].job, x->r, ignore, NULL);
}

/* Eats some of the input; false at its end. */
static bool
one_step (struct run *x, const uint8_t **at, size_t *left)
{
    static const uint8_t payload[BMI_SMALL * 2];
    if (*left < 6)
        return false;
    const uint8_t *d = *at;
    unsigned k = d[1] % RECEIVES;
    uint32_t size = (uint32_t) (d[4] << 8 | d[5]) * 2;
    struct bmi_header h = { .type = d[1] & 7, .flags = d[2] & 7, .tag = d[3], .length = size };
    uint8_t bytes[BMI_HEADER_SIZE];
    *at += 6;
    *left -= 6;
    switch (d[0] % 5) {
    case 0: {
        size_t n = MIN (*left, (size_t) d[1]);
        inject (x, *at, n);
        *at += n;
        *left -= n;
        break;
    }
    case 1:
        h.aux = h.flags & BMI_ABORT ? d[4] : 0;
        h.length = h.flags & BMI_ABORT ? 0 : size;
        bmi_header_encode (&h, bytes);
        inject (x, bytes, sizeof bytes);
        break;
    case 2:
        inject (x, payload, MIN (size, sizeof payload));
        break;
    case 3:
        if (job_is_posted (&x->recv[k].job))
            break;
        x->iov[k] = (struct iovec){ x->room + k * ROOM, ROOM };
        x->recv[k].peer = x->from;
        x->recv[k].tag = d[3];
        x->recv[k].iov = d[2] & 1 ? NULL : &x->iov[k];
        x->recv[k].niov = 1;
        x->recv[k].size = d[2] & 1 ? BMI_DROP : MIN (size, (uint32_t) ROOM);
        bmi_post_recv (x->victim, &x->recv[k]);
        settle (x);
        break;
    default:
        job_cancel (&x->recv[k].job);
        break;
    }
    return true;
}

static void
decoders (const uint8_t *data, size_t size)
{
    struct bmi_header h;
    struct bmi_hello hello;
    uint8_t again[BMI_HEADER_SIZE];
    bmi_hello_decode (data, size, &hello);
    if (size < BMI_HEADER_SIZE || bmi_header_decode (data, &h))
        return;
    bmi_header_encode (&h, again);
    if (memcmp (again, data, sizeof again))
        abort ();
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
    struct run x = { .clock = NSEC_PER_SEC };
    gossip_disable ();
    decoders (data, size);
    start (&x);
    for (int i = 0; i < MAX_STEPS && one_step (&x, &data, &size); i++)
        ;
    settle (&x);
    bmi_free (x.attacker);
    settle (&x);
    for (int i = 0; i < RECEIVES; i++)
        if (job_is_posted (&x.recv[i].job))
            abort (); /* a dead peer's messages have all completed */
    bmi_free (x.victim);
    bmi_mem_net_free (x.net);
    reactor_free (x.r);
    free (x.room);
    return 0;
}
