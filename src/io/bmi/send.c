/*
 * BMI's sending half: the queue of a peer and how it becomes bytes.
 *
 * A queued message is its poster's until its job completes, or BMI's own (`owned`: hello, ping,
 * pong, abort, the rest of a cancelled one). `moved` counts header and payload; a header is encoded
 * anew whenever a part of it is still to go, so it needs no memory. Before the other side's hello
 * only our own hello leaves. Reactor's holder only.
 */
#include <stdio.h>

#include "io/bmi/bmi-method.h"

enum {
    GATHER_MESSAGES = 64,
    GATHER_IOV = 512,
    PUSH_BUDGET = 4 << 20, /* bytes per round and peer, so that others get their turn */
};

struct own {
    struct bmi_msg msg;
    struct list link; /* peer.own */
    struct iovec iov;
    uint8_t payload[];
};

struct gather {
    struct iovec iov[GATHER_IOV];
    uint8_t header[GATHER_MESSAGES][BMI_HEADER_SIZE];
    unsigned niov, nmsgs;
    size_t bytes;
};

static size_t
total_size (const struct bmi_msg *m)
{
    return BMI_HEADER_SIZE + m->size;
}

static void
header_of (const struct bmi_msg *m, struct bmi_header *h)
{
    *h = (struct bmi_header){ .tag = m->tag,
                              .length = (uint32_t) m->size,
                              .flags = m->flags & (BMI_LAST | BMI_ABORT),
                              .aux = m->flags & BMI_ABORT ? (uint32_t) m->abort_errno : 0 };
    h->type = m->flags & OUT_HELLO        ? BMI_TYPE_HELLO
              : m->flags & OUT_PING       ? BMI_TYPE_PING
              : m->flags & OUT_PONG       ? BMI_TYPE_PONG
              : m->flags & BMI_UNEXPECTED ? BMI_TYPE_UNEXPECTED
                                          : BMI_TYPE_EXPECTED;
}

static void
gather_bytes (struct gather *g, void *base, size_t len)
{
    g->iov[g->niov++] = (struct iovec){ base, len };
    g->bytes += len;
}

/* false: no room for all of it, nothing may follow. */
static bool
gather_message (struct gather *g, const struct bmi_msg *m)
{
    size_t skip = m->moved, left = total_size (m) - m->moved;
    if (skip < BMI_HEADER_SIZE) {
        struct bmi_header h;
        header_of (m, &h);
        bmi_header_encode (&h, g->header[g->nmsgs]);
        gather_bytes (g, g->header[g->nmsgs] + skip, BMI_HEADER_SIZE - skip);
        left -= BMI_HEADER_SIZE - skip;
        skip = 0;
    } else {
        skip -= BMI_HEADER_SIZE;
    }
    g->nmsgs++;
    for (unsigned i = 0; left > 0 && i < m->niov; i++) {
        size_t len = m->iov[i].iov_len;
        if (skip >= len) {
            skip -= len;
            continue;
        }
        if (g->niov == GATHER_IOV)
            return false;
        size_t n = MIN (len - skip, left);
        gather_bytes (g, (uint8_t *) m->iov[i].iov_base + skip, n);
        left -= n;
        skip = 0;
    }
    assert (left == 0);
    return true;
}

static void
gather (struct bmi_peer *p, struct gather *g)
{
    unsigned max = MIN (p->stream->method->max_gather, (unsigned) GATHER_MESSAGES);
    struct bmi_msg *m;
    g->niov = g->nmsgs = 0;
    g->bytes = 0;
    list_for_each (m, &p->sends, link) {
        if (p->state != PEER_UP && !(m->flags & OUT_HELLO))
            break;
        if (g->nmsgs == max || g->niov + 2 > GATHER_IOV || g->bytes >= PUSH_BUDGET)
            break;
        if (!gather_message (g, m))
            break;
    }
}

void
bmi_own_free (struct bmi_msg *m)
{
    struct own *o = m->owned;
    list_remove (&m->link);
    list_remove (&o->link);
    free (o);
}

static void
sent (struct bmi_peer *p, struct bmi_msg *m)
{
    struct bmi_counters *c = &p->bmi->counters;
    list_remove (&m->link);
    if (m->flags & OUT_PING)
        p->ping_queued = false;
    if (m->flags & OUT_PONG)
        p->pong_queued = false;
    if (!(m->flags & (OUT_HELLO | OUT_PING | OUT_PONG))) {
        c->sent++;
        c->unexpected_sent += !!(m->flags & BMI_UNEXPECTED);
    }
    if (m->owned)
        bmi_own_free (m);
    else
        job_complete (&m->job, 0);
}

static void
account (struct bmi_peer *p, size_t n)
{
    p->bmi->counters.bytes_sent += n;
    while (n > 0) {
        struct bmi_msg *m = list_first (&p->sends, struct bmi_msg, link);
        size_t part = MIN (n, total_size (m) - m->moved);
        m->moved += part;
        n -= part;
        if (m->moved == total_size (m))
            sent (p, m);
    }
}

void
bmi_push (struct bmi_peer *p)
{
    struct gather g;
    size_t budget = PUSH_BUDGET;

    p->want_write = false;
    while (budget > 0) {
        gather (p, &g);
        if (!g.nmsgs)
            break;
        ssize_t n = p->stream->method->send (p->stream, g.iov, (int) g.niov);
        if (n < 0 && n != -EAGAIN) {
            bmi_peer_fail (p, (int) n);
            return;
        }
        if (n > 0)
            account (p, (size_t) n);
        if (n < 0 || (size_t) n < g.bytes) {
            p->want_write = true;
            break;
        }
        budget -= MIN (budget, (size_t) n);
    }
    if (!budget)
        p->want_write = true;
    bmi_peer_want (p);
}

/* --- BMI's own messages ----------------------------------------------------------------------- */

/* proto: flags, tag, abort_errno, size, moved. Only payload bytes not yet moved are copied
 * (untouched pages cost nothing). */
static struct bmi_msg *
own_new (const struct bmi_msg *proto)
{
    struct own *o = malloc (sizeof *o + proto->size);
    if (!o)
        return NULL;
    o->msg = (struct bmi_msg){ .peer = proto->peer,
                               .tag = proto->tag,
                               .size = proto->size,
                               .flags = proto->flags,
                               .abort_errno = proto->abort_errno,
                               .moved = proto->moved,
                               .iov = &o->iov,
                               .niov = 1,
                               .owned = o };
    o->iov = (struct iovec){ o->payload, proto->size };
    list_init (&o->msg.link);
    list_push_back (&proto->peer->own, &o->link);
    return &o->msg;
}

int
bmi_queue_own (struct bmi_peer *p, const struct bmi_msg *proto, const void *payload, bool front)
{
    struct bmi_msg *m = own_new (proto);
    if (!m)
        return -ENOMEM;
    if (proto->size)
        memcpy (m->iov->iov_base, payload, proto->size);
    if (front)
        list_push_front (&p->sends, &m->link);
    else
        list_push_back (&p->sends, &m->link);
    bmi_peer_kick (p);
    return 0;
}

void
bmi_send_abort (struct bmi *bmi, struct bmi_peer *p, uint64_t tag, int positive_errno)
{
    if (p->state == PEER_IDLE || p->state == PEER_GONE)
        return; /* whom it concerns has lost the connection too */
    struct bmi_msg m = {
        .peer = p, .tag = tag, .flags = BMI_ABORT | BMI_LAST, .abort_errno = positive_errno
    };
    if (bmi_queue_own (p, &m, NULL, false))
        bmi_peer_fail (p, -ENOMEM);
}

void
bmi_ping (struct bmi *bmi, struct bmi_peer *p)
{
    struct bmi_msg m = { .peer = p, .flags = OUT_PING };
    if (p->state == PEER_UP && !p->ping_queued)
        p->ping_queued = bmi_queue_own (p, &m, NULL, false) == 0;
}

/* --- posts and cancels ------------------------------------------------------------------------ */

/* The part that has not left yet is copied, so that its poster gets the memory back at once. */
static int
disown (struct bmi_msg *m)
{
    struct bmi_msg *o = own_new (m);
    if (!o)
        return -ENOMEM;
    size_t skip = m->moved > BMI_HEADER_SIZE ? m->moved - BMI_HEADER_SIZE : 0, at = 0;
    for (unsigned i = 0; i < m->niov && at < m->size; i++) {
        size_t len = MIN (m->iov[i].iov_len, m->size - at);
        size_t from = skip > at ? MIN (skip - at, len) : 0;
        if (from < len)
            memcpy ((uint8_t *) o->iov->iov_base + at + from, (uint8_t *) m->iov[i].iov_base + from,
                    len - from);
        at += len;
    }
    list_insert_before (&m->link, &o->link);
    list_remove (&m->link);
    return 0;
}

static void
send_cancel (struct job *j)
{
    struct bmi_msg *m = container_of (j, struct bmi_msg, job);
    struct bmi_peer *p = m->peer;
    if (m->moved && disown (m)) {
        bmi_peer_fail (p, -ENOMEM); /* completes m too */
        return;
    }
    list_remove (&m->link);
    job_complete (j, -ECANCELED);
}

static void
send_describe (const struct job *j, char *buf, size_t n)
{
    const struct bmi_msg *m = container_of (j, struct bmi_msg, job);
    size_t payload = m->moved > BMI_HEADER_SIZE ? m->moved - BMI_HEADER_SIZE : 0;
    snprintf (buf, n, "bmi send to %s, tag %llu, %zu of %zu bytes", m->peer->name,
              (unsigned long long) m->tag, payload, m->size);
}

static const struct job_class send_class = { .name = "bmi send",
                                             .cancel = send_cancel,
                                             .describe = send_describe };

static size_t
limit_of (const struct bmi_peer *p, const struct bmi_msg *m)
{
    const struct bmi_hello *ours = &p->bmi->cfg.hello;
    bool known = p->state == PEER_UP;
    if (m->flags & BMI_UNEXPECTED)
        return known ? MIN (p->hello.unexpected_limit, (uint32_t) BMI_SMALL)
                     : ours->unexpected_limit;
    return known ? MIN (p->hello.max_message, (uint32_t) BMI_MAX_MESSAGE) : ours->max_message;
}

static int
check_send (const struct bmi_peer *p, const struct bmi_msg *m)
{
    size_t room = 0;
    for (unsigned i = 0; i < m->niov; i++)
        room += m->iov[i].iov_len;
    if (m->flags & ~(BMI_UNEXPECTED | BMI_LAST | BMI_ABORT) || room < m->size)
        return -EINVAL;
    if (m->flags & BMI_ABORT && (m->size || m->flags & BMI_UNEXPECTED || m->abort_errno < 0))
        return -EINVAL;
    return m->size > limit_of (p, m) ? -EMSGSIZE : 0;
}

void
bmi_post_send (struct bmi *bmi, struct bmi_msg *m)
{
    struct bmi_peer *p = m->peer;
    job_post (&m->job, &send_class);
    list_init (&m->link);
    m->moved = 0;
    m->owned = NULL;
    if (m->flags & BMI_ABORT)
        m->flags |= BMI_LAST;
    int err = p->state == PEER_GONE ? p->reason : check_send (p, m);
    if (err) {
        job_complete (&m->job, err);
        return;
    }
    list_push_back (&p->sends, &m->link);
    if (p->state == PEER_IDLE)
        bmi_peer_connect (p);
    else if (p->state == PEER_UP && !p->want_write)
        bmi_peer_kick (p);
}

/* The other side's hello has just told its limits. */
void
bmi_drop_oversized (struct bmi_peer *p)
{
    struct bmi_msg *m;
    list_for_each (m, &p->sends, link) {
        if (m->owned || m->size <= limit_of (p, m))
            continue;
        list_remove (&m->link);
        job_complete (&m->job, -EMSGSIZE);
    }
}

void
bmi_end_sends (struct bmi_peer *p, int err)
{
    struct list *n;
    while ((n = list_pop_front (&p->sends))) {
        struct bmi_msg *m = list_entry (n, struct bmi_msg, link);
        if (m->owned)
            bmi_own_free (m);
        else
            job_complete (&m->job, err);
    }
    p->want_write = p->ping_queued = p->pong_queued = false;
}

/* The posters' memory may be gone already, so the queue is not walked. */
void
bmi_forget_sends (struct bmi_peer *p)
{
    struct list *n;
    while ((n = list_pop_front (&p->own)))
        free (list_entry (n, struct own, link));
}
