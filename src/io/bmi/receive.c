/*
 * BMI's receiving half: bytes become messages, messages find their receives.
 *
 * Headers and small messages pass through a read-ahead buffer; a small one is handled when it is
 * there as a whole. A large one is matched by its header and then read straight into its receive's
 * memory, together with the next header. If it has no receive, the stream stops there until one is
 * posted. Nothing else stops it. Reactor's holder only.
 *
 *     no header ──header──► small: wait for all of it ──► request / receive / early ──► no header
 *                     └───► large: blocked ◄──► moving (or dropped) ───────────────────► no header
 */
#include <stdio.h>

#include "io/bmi/bmi-method.h"

enum {
    BUF_SIZE = 65536,
    READ_AHEAD = 32768,    /* bytes asked for while headers and small messages are expected */
    PULL_BUDGET = 1 << 20, /* bytes per round and peer, so that others get their turn */
    READ_IOV = 256,
    EARLY_COST = 64, /* what an early message counts besides its bytes */
};

static size_t
buffered (const struct bmi_peer *p)
{
    return p->end - p->start;
}

/* --- delivering ------------------------------------------------------------------------------- */

/* Copies into the receive's memory at offset `at`. */
static void
scatter (const struct bmi_msg *m, size_t at, const uint8_t *data, size_t n)
{
    for (unsigned i = 0; n > 0 && i < m->niov; i++) {
        size_t len = m->iov[i].iov_len;
        if (at >= len) {
            at -= len;
            continue;
        }
        size_t part = MIN (len - at, n);
        memcpy ((uint8_t *) m->iov[i].iov_base + at, data, part);
        data += part;
        n -= part;
        at = 0;
    }
}

static void
received (struct bmi_msg *m, const struct bmi_header *h)
{
    m->actual = h->length;
    m->ret_flags = h->flags;
    m->ret_abort = h->flags & BMI_ABORT ? (int) h->aux : 0;
    job_complete (&m->job, 0);
}

/* A whole small message and its receive. */
static void
hand_over (struct bmi_msg *m, const struct bmi_header *h, const uint8_t *data)
{
    if (h->length > m->size) {
        m->ret_flags = h->flags;
        job_complete (&m->job, -EMSGSIZE);
        return;
    }
    if (m->iov)
        scatter (m, 0, data, h->length);
    received (m, h);
}

static struct bmi_msg *
find_posted (struct bmi_peer *p, uint64_t tag)
{
    struct bmi_msg *m;
    list_for_each (m, &p->posted, link)
        if (m->tag == tag)
            return m;
    return NULL;
}

static void
keep_early (struct bmi_peer *p, const struct bmi_header *h, const uint8_t *data)
{
    size_t cost = h->length + EARLY_COST;
    if (p->early_bytes + cost > BMI_MAX_EARLY) {
        bmi_peer_protest (p, "more than %d bytes of messages that nobody receives", BMI_MAX_EARLY);
        return;
    }
    struct early *e = malloc (sizeof *e + h->length);
    if (!e) {
        bmi_peer_fail (p, -ENOMEM);
        return;
    }
    e->h = *h;
    if (h->length)
        memcpy (e->data, data, h->length);
    list_push_back (&p->early, &e->link);
    p->early_bytes += cost;
}

static void
early_free (struct bmi_peer *p, struct early *e)
{
    p->early_bytes -= e->h.length + EARLY_COST;
    list_remove (&e->link);
    free (e);
}

static void
take_expected (struct bmi_peer *p, const struct bmi_header *h, const uint8_t *data)
{
    p->bmi->counters.received++;
    struct bmi_msg *m = find_posted (p, h->tag);
    if (!m) {
        keep_early (p, h, data);
        return;
    }
    list_remove (&m->link);
    hand_over (m, h, data);
}

static void
take_request (struct bmi_peer *p, const struct bmi_header *h, const uint8_t *data)
{
    struct bmi *bmi = p->bmi;
    if (!bmi->cfg.events.unexpected) {
        bmi_peer_protest (p, "a request to a client");
        return;
    }
    if (h->length > bmi->cfg.hello.unexpected_limit) {
        bmi_peer_protest (p, "a request of %u bytes", h->length);
        return;
    }
    if (p->nrequests >= bmi->cfg.hello.slots) {
        bmi_peer_protest (p, "more than %u requests at once", bmi->cfg.hello.slots);
        return;
    }
    struct bmi_unexpected *u = malloc (sizeof *u + h->length);
    if (!u) {
        bmi_peer_fail (p, -ENOMEM);
        return;
    }
    *u = (struct bmi_unexpected){
        .peer = bmi_peer_ref (p), .tag = h->tag, .buf = u + 1, .size = h->length
    };
    if (h->length)
        memcpy (u + 1, data, h->length);
    list_push_back (&p->requests, &u->link);
    p->nrequests++;
    bmi->counters.received++;
    bmi->counters.unexpected_received++;
    bmi->cfg.events.unexpected (bmi->cfg.events_arg, u);
}

void
bmi_release (struct bmi *bmi, struct bmi_unexpected *u)
{
    struct bmi_peer *p = u->peer;
    list_remove (&u->link);
    p->nrequests--;
    free (u);
    bmi_peer_unref (p);
}

static void
take_small (struct bmi_peer *p, const struct bmi_header *h, const uint8_t *data)
{
    struct bmi_msg pong = { .peer = p, .flags = OUT_PONG };
    switch (h->type) {
    case BMI_TYPE_HELLO:
        bmi_peer_hello_received (p, data, h->length);
        break;
    case BMI_TYPE_UNEXPECTED:
        take_request (p, h, data);
        break;
    case BMI_TYPE_EXPECTED:
        take_expected (p, h, data);
        break;
    case BMI_TYPE_PING:
        if (!p->pong_queued)
            p->pong_queued = bmi_queue_own (p, &pong, NULL, false) == 0;
        break;
    default: /* a pong has said what it had to by arriving */
        break;
    }
}

/* --- parsing the read-ahead ------------------------------------------------------------------- */

/* false: the connection is lost. */
static bool
take_header (struct bmi_peer *p)
{
    struct bmi_header *h = &p->in.h;
    if (bmi_header_decode (p->buf + p->start, h)) {
        bmi_peer_protest (p, "garbage where a message should begin");
        return false;
    }
    if ((h->type == BMI_TYPE_HELLO) != (p->state == PEER_HELLO)) {
        bmi_peer_protest (p,
                          p->state == PEER_HELLO ? "a message before its hello" : "a second hello");
        return false;
    }
    if (h->length > p->bmi->cfg.hello.max_message) {
        bmi_peer_protest (p, "a message of %u bytes", h->length);
        return false;
    }
    p->start += BMI_HEADER_SIZE;
    p->in.have_header = true;
    p->in.moving = p->in.blocked = false;
    return true;
}

/* A large message: false while it has no receive. */
static bool
begin_large (struct bmi_peer *p)
{
    struct inbound *in = &p->in;
    struct bmi_msg *m = find_posted (p, in->h.tag);
    in->blocked = !m;
    if (!m)
        return false;
    p->bmi->counters.received++;
    list_remove (&m->link);
    in->moving = true;
    in->got = 0;
    in->msg = m;
    m->ret_flags = in->h.flags; /* known to the poster even if it is cancelled from here on */
    if (in->h.length > m->size) {
        in->msg = NULL;
        job_complete (&m->job, -EMSGSIZE);
    }
    return true;
}

/* `n` more payload bytes are where they belong. */
static void
large_moved (struct bmi_peer *p, size_t n)
{
    struct inbound *in = &p->in;
    in->got += n;
    if (in->msg)
        in->msg->moved = in->got;
    if (in->got < in->h.length)
        return;
    struct bmi_msg *m = in->msg;
    in->have_header = in->moving = false;
    in->msg = NULL;
    if (m)
        received (m, &in->h);
}

static void
large_from_buffer (struct bmi_peer *p)
{
    struct inbound *in = &p->in;
    size_t n = MIN (buffered (p), in->h.length - in->got);
    if (in->msg && in->msg->iov)
        scatter (in->msg, in->got, p->buf + p->start, n);
    p->start += n;
    large_moved (p, n);
}

/* Uses up the read-ahead as far as it goes. The callbacks below may end the connection. */
static void
parse (struct bmi_peer *p)
{
    struct bmi_stream *s = p->stream;
    while (p->stream == s) {
        struct inbound *in = &p->in;
        if (!in->have_header) {
            if (buffered (p) < BMI_HEADER_SIZE || !take_header (p))
                return;
        } else if (in->h.length > BMI_SMALL) {
            if (!in->moving && !begin_large (p))
                return;
            large_from_buffer (p);
            if (in->have_header)
                return;
        } else {
            if (buffered (p) < in->h.length)
                return;
            const uint8_t *data = p->buf + p->start;
            p->start += in->h.length;
            in->have_header = false;
            take_small (p, &in->h, data);
        }
    }
}

/* --- reading ---------------------------------------------------------------------------------- */

/* The memory of the receive from offset `at`, at most `max` pieces; the number of bytes they hold
 * in *ret_bytes. */
static int
rest_of (const struct bmi_msg *m, size_t at, size_t left, struct iovec *iov, size_t *ret_bytes)
{
    int n = 0;
    size_t bytes = 0;
    for (unsigned i = 0; i < m->niov && n < READ_IOV && bytes < left; i++) {
        size_t len = m->iov[i].iov_len;
        if (at >= len) {
            at -= len;
            continue;
        }
        size_t part = MIN (len - at, left - bytes);
        iov[n++] = (struct iovec){ (uint8_t *) m->iov[i].iov_base + at, part };
        bytes += part;
        at = 0;
    }
    *ret_bytes = bytes;
    return n;
}

/* The read-ahead is empty here. After the payload the next header is wanted, not the payload behind
 * it: that one goes to its own receive. */
static ssize_t
read_large (struct bmi_peer *p, size_t *ret_asked)
{
    struct inbound *in = &p->in;
    struct iovec iov[READ_IOV + 1];
    size_t left = in->h.length - in->got, bytes;
    int n;

    if (in->msg && in->msg->iov) {
        n = rest_of (in->msg, in->got, left, iov, &bytes);
    } else {
        bytes = MIN (left, (size_t) BUF_SIZE - BMI_HEADER_SIZE);
        iov[0] = (struct iovec){ p->buf + BMI_HEADER_SIZE, bytes };
        n = 1;
    }
    *ret_asked = bytes;
    if (bytes == left) {
        iov[n++] = (struct iovec){ p->buf, BMI_HEADER_SIZE };
        *ret_asked += BMI_HEADER_SIZE;
    }
    ssize_t got = p->stream->method->recv (p->stream, iov, n);
    if (got <= 0)
        return got;
    p->start = 0;
    p->end = (size_t) got > left ? (size_t) got - left : 0;
    large_moved (p, MIN ((size_t) got, left));
    return got;
}

static ssize_t
read_ahead (struct bmi_peer *p, size_t *ret_asked)
{
    if (p->start == p->end)
        p->start = p->end = 0;
    if (BUF_SIZE - p->end < READ_AHEAD) {
        memmove (p->buf, p->buf + p->start, buffered (p));
        p->end -= p->start;
        p->start = 0;
    }
    struct iovec iov = { p->buf + p->end, READ_AHEAD };
    *ret_asked = READ_AHEAD;
    ssize_t got = p->stream->method->recv (p->stream, &iov, 1);
    if (got > 0)
        p->end += (size_t) got;
    return got;
}

static bool
get_buffer (struct bmi_peer *p)
{
    if (p->buf)
        return true;
    p->buf = p->bmi->spare ? p->bmi->spare : malloc (BUF_SIZE);
    p->bmi->spare = NULL;
    p->start = p->end = 0;
    return p->buf != NULL;
}

static void
put_buffer (struct bmi_peer *p)
{
    if (!p->bmi->spare)
        p->bmi->spare = p->buf;
    else
        free (p->buf);
    p->buf = NULL;
    p->start = p->end = 0;
}

/* One round of reading: until nothing more is there, the stream is blocked or the budget is spent.
 */
static void
pull (struct bmi_peer *p)
{
    struct bmi_stream *s = p->stream;
    size_t budget = PULL_BUDGET;

    parse (p);
    while (p->stream == s && !p->in.blocked && budget > 0) {
        size_t asked;
        ssize_t n = p->in.moving ? read_large (p, &asked) : read_ahead (p, &asked);
        if (n == -EAGAIN)
            break;
        if (n <= 0) {
            bmi_peer_fail (p, n ? (int) n : -ECONNRESET);
            return;
        }
        p->last_heard = reactor_now (p->bmi->reactor);
        p->bmi->counters.bytes_received += (size_t) n;
        budget -= MIN (budget, (size_t) n);
        parse (p);
        if ((size_t) n < asked)
            break; /* there was no more: saves asking again */
    }
}

void
bmi_pull (struct bmi_peer *p)
{
    struct bmi_stream *s = p->stream;
    if (!get_buffer (p)) {
        bmi_peer_fail (p, -ENOMEM);
        return;
    }
    pull (p);
    if (p->stream != s)
        return; /* ended: bmi_end_receives has given the buffer back */
    if (!buffered (p))
        put_buffer (p);
    bmi_peer_want (p);
}

/* --- posts and cancels ------------------------------------------------------------------------ */

static void
receive_cancel (struct job *j)
{
    struct bmi_msg *m = container_of (j, struct bmi_msg, job);
    struct bmi_peer *p = m->peer;
    if (p->in.msg == m)
        p->in.msg = NULL; /* the rest is dropped */
    list_remove (&m->link);
    job_complete (j, -ECANCELED);
}

static void
receive_describe (const struct job *j, char *buf, size_t n)
{
    const struct bmi_msg *m = container_of (j, struct bmi_msg, job);
    snprintf (buf, n, "bmi receive from %s, tag %llu, %zu bytes so far", m->peer->name,
              (unsigned long long) m->tag, m->moved);
}

static const struct job_class receive_class = { .name = "bmi receive",
                                                .cancel = receive_cancel,
                                                .describe = receive_describe };

static int
check_receive (const struct bmi_msg *m)
{
    size_t room = 0;
    if (!m->iov && (m->size == BMI_DROP || m->size == 0))
        return 0;
    for (unsigned i = 0; i < m->niov; i++)
        room += m->iov[i].iov_len;
    return m->iov && room >= m->size ? 0 : -EINVAL;
}

static struct early *
find_early (struct bmi_peer *p, uint64_t tag)
{
    struct early *e;
    list_for_each (e, &p->early, link)
        if (e->h.tag == tag)
            return e;
    return NULL;
}

void
bmi_post_recv (struct bmi *bmi, struct bmi_msg *m)
{
    struct bmi_peer *p = m->peer;
    job_post (&m->job, &receive_class);
    list_init (&m->link);
    m->moved = m->actual = 0;
    m->owned = NULL;
    m->ret_flags = 0;
    m->ret_abort = 0;
    int err = p->state == PEER_GONE ? p->reason : check_receive (m);
    if (err) {
        job_complete (&m->job, err);
        return;
    }
    struct early *e = find_early (p, m->tag);
    if (e) {
        hand_over (m, &e->h, e->data);
        early_free (p, e);
        return;
    }
    list_push_back (&p->posted, &m->link);
    if (p->state == PEER_IDLE) {
        bmi_peer_connect (p);
    } else if (p->in.blocked && p->in.h.tag == m->tag) {
        p->in.blocked = false;
        bmi_peer_kick (p);
    }
}

void
bmi_forget (struct bmi *bmi, struct bmi_peer *p, uint64_t tag)
{
    struct early *e;
    list_for_each (e, &p->early, link)
        if (e->h.tag == tag)
            early_free (p, e);
}

bool
bmi_peer_blocked (const struct bmi_peer *p, uint64_t *ret_tag, size_t *ret_size)
{
    if (!p->in.blocked)
        return false;
    if (ret_tag)
        *ret_tag = p->in.h.tag;
    if (ret_size)
        *ret_size = p->in.h.length;
    return true;
}

/* Leaves the posted receives alone: their memory may be gone already. */
void
bmi_forget_receives (struct bmi_peer *p)
{
    struct early *e;
    list_for_each (e, &p->early, link)
        early_free (p, e);
    if (p->buf)
        put_buffer (p);
}

void
bmi_end_receives (struct bmi_peer *p, int err)
{
    struct list *n;
    if (p->in.msg)
        list_push_front (&p->posted, &p->in.msg->link);
    p->in = (struct inbound){ 0 };
    while ((n = list_pop_front (&p->posted)))
        job_complete (&list_entry (n, struct bmi_msg, link)->job, err);
    bmi_forget_receives (p);
}
