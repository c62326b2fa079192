/*
 * Request and response; see msgpair.h.
 *
 *   msgpair (caller's)  <->  exchange (ours, heap)  ->  slot of a server
 *
 * The exchange owns all that BMI may still touch – encoded request, receive buffer – so that the caller's msgpair may go at any
 * time. One attempt = one receive and one or two sends on one connection; when all of its jobs are back (attempt_over) the exchange
 * answers its caller, tries again later, or drains what a caller who left did not wait for.
 *
 * The unexpected message begins with a u32: 0 – the request follows; n – the request comes as one expected message of n bytes.
 */
#include "io/msgpair/msgpair.h"

#include <stdio.h>

#include "common/error/error.h"
#include "common/gossip/gossip.h"

enum {
    MAX_SLOTS = 256,
    HEAD_SIZE = 4,
    KEY_BYTES = 512,      /* of a body: enough to tell the messages of one request apart */
    LIFE_SEQ_BITS = 36,   /* sequences of one life of a client with a journal; above them its number */
};

struct slot {
    uint64_t seq;
    bool busy;
};

struct msgpair_server {
    struct list link;
    struct msgpair_ctx *ctx;
    char *addr;
    uint64_t addr_hash;
    struct bmi_peer *peer;
    struct slot slots[MAX_SLOTS];
    struct list waiting; /* exchanges without a slot */
};

struct msgpair_ctx {
    struct msgpair_config cfg;
    struct list servers, exchanges;
    struct msgpair_counters counters;
};

enum phase { WAIT_SLOT, ATTEMPT, WAIT_RETRY, HELD, DRAIN };

struct exchange {
    struct list link, waiting;
    struct msgpair_ctx *ctx;
    struct msgpair_server *server;
    struct msgpair *mp; /* NULL: the caller has left */
    enum phase phase;
    bool has_slot, job_open, last_seen;
    bool queued; /* was made to wait for a slot */
    bool repeat; /* of an earlier life: the same sequence again */
    unsigned slot;
    uint64_t seq;
    struct journal_page *page; /* while the caller is there; NULL: nothing is noted */
    struct journal_note *note;
    uint64_t tag, started, retry_delay;
    unsigned outstanding;
    int attempt_error;
    struct bmi_msg head, body, recv;
    struct iovec head_iov, body_iov, recv_iov;
    void *body_buf, *recv_buf;
    size_t recv_cap;
    struct reactor_timer tick, retry;
    uint8_t head_buf[BMI_SMALL]; /* last: not cleared */
};

static void begin (struct exchange *x);
static void reserve_left_over (struct msgpair_server *s);
static void attempt (struct exchange *x);
static void attempt_over (struct exchange *x);
static void drain_more (struct exchange *x);

/* --- context and servers ------------------------------------------------------------------------------------------------ */

int
msgpair_ctx_new (const struct msgpair_config *cfg, struct msgpair_ctx **ret)
{
    struct msgpair_ctx *ctx = calloc (1, sizeof *ctx);
    if (!ctx)
        return -ENOMEM;
    ctx->cfg = *cfg;
    if (!ctx->cfg.op_timeout)
        ctx->cfg.op_timeout = 60 * NSEC_PER_SEC;
    if (!ctx->cfg.ping_interval)
        ctx->cfg.ping_interval = 5 * NSEC_PER_SEC;
    if (!ctx->cfg.retry_delay)
        ctx->cfg.retry_delay = 50 * NSEC_PER_MSEC;
    list_init (&ctx->servers);
    list_init (&ctx->exchanges);
    *ret = ctx;
    return 0;
}

static void
exchange_free (struct exchange *x)
{
    reactor_timer_clear (x->ctx->cfg.reactor, &x->tick);
    reactor_timer_clear (x->ctx->cfg.reactor, &x->retry);
    list_remove (&x->link);
    list_remove (&x->waiting);
    if (x->mp)
        x->mp->x = NULL;
    free (x->body_buf);
    free (x->recv_buf);
    free (x);
}

/* Its memory goes: neither BMI nor the reactor's queue may know it any more. */
static void
withdraw (struct bmi_msg *m)
{
    if (!m->job.reactor)
        return;
    job_cancel (&m->job);
    list_remove (&m->job.item.link);
}

void
msgpair_ctx_free (struct msgpair_ctx *ctx)
{
    if (!ctx)
        return;
    struct exchange *x;
    list_for_each (x, &ctx->exchanges, link) {
        withdraw (&x->recv);
        withdraw (&x->head);
        withdraw (&x->body);
        exchange_free (x);
    }
    struct msgpair_server *s;
    list_for_each (s, &ctx->servers, link) {
        list_remove (&s->link);
        bmi_peer_unref (s->peer);
        free (s->addr);
        free (s);
    }
    free (ctx);
}

void
msgpair_set_op_timeout (struct msgpair_ctx *ctx, uint64_t ns)
{
    ctx->cfg.op_timeout = ns;
}

void
msgpair_set_epoch (struct msgpair_ctx *ctx, uint64_t epoch)
{
    ctx->cfg.epoch = epoch;
}

int
msgpair_server_get (struct msgpair_ctx *ctx, const char *addr, struct msgpair_server **ret)
{
    struct msgpair_server *s;
    list_for_each (s, &ctx->servers, link)
        if (strcmp (s->addr, addr) == 0) {
            *ret = s;
            return 0;
        }
    s = calloc (1, sizeof *s);
    if (!s || !(s->addr = strdup (addr))) {
        free (s);
        return -ENOMEM;
    }
    int r = bmi_addr_lookup (ctx->cfg.bmi, addr, &s->peer);
    if (r < 0) {
        free (s->addr);
        free (s);
        return r;
    }
    s->ctx = ctx;
    s->addr_hash = hash_bytes (addr, strlen (addr), 0);
    list_init (&s->waiting);
    reserve_left_over (s);
    list_push_back (&ctx->servers, &s->link);
    *ret = s;
    return 0;
}

struct bmi_peer *
msgpair_server_peer (struct msgpair_server *s)
{
    return s->peer;
}

const char *
msgpair_server_addr (const struct msgpair_server *s)
{
    return s->addr;
}

void
msgpair_get_counters (const struct msgpair_ctx *ctx, struct msgpair_counters *ret)
{
    *ret = ctx->counters;
}

unsigned
msgpair_in_flight (const struct msgpair_ctx *ctx)
{
    return (unsigned) list_count (&ctx->exchanges);
}

/* --- slots ------------------------------------------------------------------------------------------------------------------ */

static unsigned
slot_count (const struct msgpair_server *s)
{
    const struct bmi_hello *hello = bmi_peer_hello (s->peer);
    return hello && hello->slots ? MIN (hello->slots, (unsigned) MAX_SLOTS) : BMI_SLOTS;
}

/* With a journal the first slots are for messages that only ask: after a death all others may be kept for repeats, which ask something first. */
static unsigned
asking_slots (const struct msgpair_server *s)
{
    return s->ctx->cfg.journal ? slot_count (s) / 8 : 0;
}

static bool
take_slot (struct exchange *x)
{
    struct msgpair_server *s = x->server;
    bool overtakes = !x->queued && !list_empty (&s->waiting);
    unsigned from = x->note ? asking_slots (s) : 0, to = overtakes ? asking_slots (s) : slot_count (s);
    for (unsigned i = from; i < to; i++)
        if (!s->slots[i].busy) {
            s->slots[i].busy = true;
            x->slot = i;
            x->has_slot = true;
            return true;
        }
    return false;
}

static void
slot_is_free (struct msgpair_server *s, unsigned slot)
{
    struct exchange *next;
    s->slots[slot].busy = false;
    list_for_each (next, &s->waiting, waiting)
        if (take_slot (next)) {
            list_remove (&next->waiting);
            begin (next);
            return;
        }
}

static void
finish (struct exchange *x)
{
    struct msgpair_server *s = x->server;
    bool had_slot = x->has_slot;
    unsigned slot = x->slot;
    exchange_free (x);
    if (had_slot)
        slot_is_free (s, slot);
}

/* --- what an earlier life left (journal.h) ------------------------------------------------------------------------------------ */

static void
reserve_left_over (struct msgpair_server *s)
{
    const struct journal *j = s->ctx->cfg.journal;
    if (!j)
        return;
    for (unsigned i = 0; i < MAX_SLOTS; i++)
        s->slots[i].seq = (uint64_t) j->life << LIFE_SEQ_BITS;
    for (unsigned i = 0; j->life > 1 && i < j->npages; i++) {
        const struct journal_page *p = journal_nth_page (j, i);
        for (uint32_t k = 0; p && k < p->nnotes; k++)
            if (p->notes[k].server == s->addr_hash && journal_left_over (j, &p->notes[k]) && p->notes[k].slot < MAX_SLOTS)
                s->slots[p->notes[k].slot].busy = true;
    }
}

void
msgpair_request_over (struct msgpair_ctx *ctx, uint64_t request_id)
{
    struct journal *j = ctx->cfg.journal;
    struct journal_page *p = j ? journal_page (j, request_id) : NULL;
    if (!p)
        return;
    for (uint32_t k = 0; k < p->nnotes; k++) {
        struct journal_note *n = &p->notes[k];
        struct msgpair_server *s;
        if (!journal_left_over (j, n) || n->slot >= MAX_SLOTS)
            continue;
        journal_over (n);
        list_for_each (s, &ctx->servers, link)
            if (s->addr_hash == n->server)
                slot_is_free (s, n->slot);
    }
    journal_clear (p);
}

/* What a repeat has in common with the message that it repeats. */
static uint64_t
key_of (const struct proto_request *r, const struct proto_op_info *info)
{
    uint8_t text[KEY_BYTES];
    struct wire w;
    wire_encoder (&w, text, sizeof text);
    info->req_codec (&w, r->body); /* a longer one is cut off */
    return hash_bytes (text, w.pos, r->op);
}

/* Looks the message up, or opens a note for it. */
static void
find_note (struct exchange *x)
{
    const struct journal *j = x->ctx->cfg.journal;
    const struct proto_request *r = &x->mp->req;
    const struct proto_op_info *info = proto_op_info (r->op);
    x->page = j && info && (info->flags & (OP_MODIFY | OP_DATA)) ? journal_page (j, r->request_id) : NULL;
    if (!x->page)
        return;
    bool old = false;
    x->note = journal_take (j, x->page, x->server->addr_hash, key_of (r, info), &old);
    if (!x->note || !old || x->note->slot >= MAX_SLOTS || x->note->state != NOTE_SENT)
        return;
    x->slot = x->note->slot; /* has been kept for it */
    x->has_slot = true;
    x->repeat = info->flags & OP_MODIFY;
    x->seq = x->note->seq;
}

/* The caller is to be told; what was noted of a metadata request is its answer. */
static void
note_answer (struct exchange *x)
{
    const struct proto_op_info *info = proto_op_info (x->mp->req.op);
    if (x->note && (info->flags & OP_MODIFY))
        journal_answered (x->page, x->note, x->recv_buf, x->recv.actual);
}

/* --- answering the caller ---------------------------------------------------------------------------------------------------- */

static void
answer (struct exchange *x, int status)
{
    struct msgpair *mp = x->mp;
    reactor_timer_clear (x->ctx->cfg.reactor, &x->tick);
    x->job_open = false;
    job_complete (&mp->job, status);
}

/* The caller leaves (or is told the end) while the exchange may still have something coming. */
static void
leave (struct exchange *x)
{
    if (x->mp)
        x->mp->x = NULL;
    x->mp = NULL;
    if (x->note)
        journal_over (x->note);
    x->note = NULL;
    if (x->phase == WAIT_SLOT || x->phase == WAIT_RETRY || (x->phase == HELD && x->last_seen))
        finish (x);
    else if (x->phase == HELD)
        drain_more (x);
    /* ATTEMPT: attempt_over goes on */
}

static void
cancel_job (struct job *j)
{
    struct msgpair *mp = container_of (j, struct msgpair, job);
    struct exchange *x = mp->x;
    x->ctx->counters.cancels++;
    answer (x, -ECANCELED);
    if (!(mp->flags & MSGPAIR_HOLD))
        leave (x);
}

static void
describe_job (const struct job *j, char *buf, size_t n)
{
    const struct msgpair *mp = container_of (j, struct msgpair, job);
    static const char *const phases[] = { "a slot of", "the answer of", "another try with", "more of", "the end of" };
    const struct proto_op_info *info = proto_op_info (mp->req.op);
    snprintf (buf, n, "%s from %s %s", info ? info->name : "?", mp->x ? phases[mp->x->phase] : "-",
              mp->server->addr);
}

static const struct job_class msgpair_class = { "msgpair", cancel_job, describe_job };

static uint64_t
silent_for (const struct exchange *x)
{
    uint64_t now = reactor_now (x->ctx->cfg.reactor);
    uint64_t since = MAX (bmi_peer_last_heard (x->server->peer), x->started);
    return now > since ? now - since : 0;
}

static bool
too_late (const struct exchange *x)
{
    const struct msgpair *mp = x->mp;
    if (mp->flags & MSGPAIR_FOREVER)
        return false;
    if (mp->deadline && reactor_now (x->ctx->cfg.reactor) >= mp->deadline)
        return true;
    return silent_for (x) >= x->ctx->cfg.op_timeout;
}

static void
set_tick (struct exchange *x)
{
    uint64_t now = reactor_now (x->ctx->cfg.reactor);
    uint64_t when = now + x->ctx->cfg.ping_interval;
    if (!(x->mp->flags & MSGPAIR_FOREVER)) {
        uint64_t silent = silent_for (x);
        if (silent < x->ctx->cfg.op_timeout)
            when = MIN (when, now + (x->ctx->cfg.op_timeout - silent));
        if (x->mp->deadline)
            when = MIN (when, x->mp->deadline);
    }
    reactor_timer_set (x->ctx->cfg.reactor, &x->tick, MAX (when, now + NSEC_PER_MSEC));
}

/* A waiting client asks for a sign of life, and gives up on a server that is silent for too long. */
static void
on_tick (struct reactor_timer *t)
{
    struct exchange *x = container_of (t, struct exchange, tick);
    struct msgpair *mp = x->mp;
    if (!mp || !x->job_open)
        return;
    if (!too_late (x)) {
        if (bmi_peer_connected (x->server->peer))
            bmi_ping (x->ctx->cfg.bmi, x->server->peer);
        set_tick (x);
        return;
    }
    bool silent = silent_for (x) >= x->ctx->cfg.op_timeout;
    x->ctx->counters.timeouts++;
    mp->transport_error = -ETIMEDOUT;
    answer (x, -ETIMEDOUT);
    struct bmi_peer *peer = silent ? bmi_peer_ref (x->server->peer) : NULL;
    struct bmi *bmi = x->ctx->cfg.bmi;
    if (!(mp->flags & MSGPAIR_HOLD))
        leave (x);
    if (peer) {
        if (bmi_peer_connected (peer))
            bmi_drop (bmi, peer, -ETIMEDOUT);
        bmi_peer_unref (peer);
    }
}

/* --- attempts ------------------------------------------------------------------------------------------------------------------ */

static void
on_sent (struct job *j)
{
    struct exchange *x = j->arg;
    if (j->status < 0 && !x->attempt_error) {
        x->attempt_error = j->status;
        job_cancel (&x->recv.job);
    }
    if (--x->outstanding == 0)
        attempt_over (x);
}

static void
on_received (struct job *j)
{
    struct exchange *x = j->arg;
    if (j->status < 0 && !x->attempt_error)
        x->attempt_error = j->status;
    if (j->status == 0 && (x->recv.ret_flags & (BMI_LAST | BMI_ABORT)))
        x->last_seen = true;
    if (--x->outstanding == 0)
        attempt_over (x);
}

static void
post_recv (struct exchange *x, bool drop)
{
    x->recv = (struct bmi_msg){ .peer = x->server->peer, .tag = x->tag };
    if (drop) {
        x->recv.size = BMI_DROP;
    } else {
        x->recv_iov = (struct iovec){ x->recv_buf, x->recv_cap };
        x->recv.iov = &x->recv_iov;
        x->recv.niov = 1;
        x->recv.size = x->recv_cap;
    }
    job_init (&x->recv.job, x->ctx->cfg.reactor, on_received, x);
    x->outstanding++;
    bmi_post_recv (x->ctx->cfg.bmi, &x->recv);
}

static void
post_send (struct exchange *x, struct bmi_msg *m, struct iovec *iov, uint8_t flags)
{
    *m = (struct bmi_msg){ .peer = x->server->peer, .tag = x->tag, .iov = iov, .niov = 1, .size = iov->iov_len,
                           .flags = flags };
    job_init (&m->job, x->ctx->cfg.reactor, on_sent, x);
    x->outstanding++;
    bmi_post_send (x->ctx->cfg.bmi, m);
}

static int
encode (struct exchange *x)
{
    struct proto_request *r = &x->mp->req;
    struct msgpair_ctx *ctx = x->ctx;
    uint64_t now = reactor_now (ctx->cfg.reactor);
    r->client_id = ctx->cfg.client_id;
    r->epoch = ctx->cfg.epoch;
    r->slot = x->slot;
    r->seq = x->seq;
    r->remaining_ms = 0;
    if (x->mp->deadline)
        r->remaining_ms = x->mp->deadline > now ? (uint32_t) ((x->mp->deadline - now) / NSEC_PER_MSEC + 1) : 1;
    x->tag = r->seq << 8 | r->slot;
    x->mp->tag = x->tag;

    struct wire w;
    uint32_t zero = 0;
    wire_encoder (&w, x->head_buf, sizeof x->head_buf);
    wire_u32 (&w, &zero);
    int err = proto_request_codec (&w, r);
    if (err == 0) {
        x->head_iov = (struct iovec){ x->head_buf, w.pos };
        return 0;
    }
    if (err != -EMSGSIZE)
        return err;
    wire_encoder_grow (&w, PROTO_MAX_REQUEST);
    err = proto_request_codec (&w, r);
    if (err < 0) {
        wire_fini (&w);
        return err;
    }
    size_t len;
    x->body_buf = wire_take (&w, &len);
    x->body_iov = (struct iovec){ x->body_buf, len };
    uint32_t len32 = (uint32_t) len;
    wire_encoder (&w, x->head_buf, sizeof x->head_buf);
    wire_u32 (&w, &len32);
    x->head_iov = (struct iovec){ x->head_buf, w.pos };
    return 0;
}

static void
attempt (struct exchange *x)
{
    free (x->body_buf);
    x->body_buf = NULL;
    x->attempt_error = 0;
    x->last_seen = false;
    x->phase = ATTEMPT;
    int err = encode (x);
    if (err < 0) {
        x->attempt_error = err;
        x->mp->flags |= MSGPAIR_NO_RETRY;
        x->phase = HELD;
        x->last_seen = true;
        answer (x, err);
        if (!(x->mp->flags & MSGPAIR_HOLD))
            leave (x);
        return;
    }
    x->ctx->counters.requests++;
    x->outstanding = 1; /* until all are posted */
    post_recv (x, false);
    post_send (x, &x->head, &x->head_iov, BMI_UNEXPECTED);
    if (x->body_buf)
        post_send (x, &x->body, &x->body_iov, 0);
    if (--x->outstanding == 0)
        attempt_over (x);
}

static void
begin (struct exchange *x)
{
    if (!x->repeat)
        x->seq = ++x->server->slots[x->slot].seq;
    x->repeat = false;
    if (x->note)
        journal_sent (x->note, x->slot, x->seq);
    attempt (x);
}

static void
on_retry (struct reactor_timer *t)
{
    attempt (container_of (t, struct exchange, retry));
}

static void
retry_later (struct exchange *x)
{
    struct reactor *r = x->ctx->cfg.reactor;
    uint64_t delay = x->retry_delay;
    delay += reactor_random (r) % (delay / 4 + 1);
    x->retry_delay = MIN (x->retry_delay * 2, 2 * NSEC_PER_SEC);
    x->ctx->counters.retries++;
    x->phase = WAIT_RETRY;
    reactor_timer_set (r, &x->retry, reactor_now (r) + delay);
}

/* Takes the bytes. */
static int
decode (struct msgpair *mp, void *buf, size_t len)
{
    struct wire w;
    arena_fini (&mp->arena);
    free (mp->buf);
    mp->buf = buf;
    wire_decoder (&w, mp->buf, len, &mp->arena);
    int err = proto_response_codec (&w, &mp->resp);
    if (err == 0 && mp->resp.op != mp->req.op)
        err = -EPROTO;
    return err < 0 ? err : pvfs_error_to_errno (mp->resp.status);
}

static void
attempt_over (struct exchange *x)
{
    if (!x->mp) { /* the caller left: see to the end of what comes */
        if (x->attempt_error || x->last_seen)
            finish (x);
        else
            drain_more (x);
        return;
    }
    struct msgpair *mp = x->mp;
    x->phase = HELD;
    if (!x->job_open) { /* cancelled, held: the caller's msgpair_end comes */
        if (x->attempt_error)
            x->last_seen = true;
        return;
    }
    int status;
    mp->transport_error = x->attempt_error;
    if (x->attempt_error) {
        x->last_seen = true;
        status = x->attempt_error;
        if (!(mp->flags & MSGPAIR_NO_RETRY) && x->attempt_error != -EMSGSIZE) {
            if (!too_late (x)) {
                retry_later (x);
                return;
            }
            x->ctx->counters.timeouts++;
            status = -ETIMEDOUT;
        }
    } else {
        note_answer (x);
        status = decode (mp, x->recv_buf, x->recv.actual);
        x->recv_buf = NULL;
    }
    answer (x, status);
    if (!(mp->flags & MSGPAIR_HOLD))
        leave (x);
}

/* Discards messages of this tag until its last one. */
static void
drain_more (struct exchange *x)
{
    x->phase = DRAIN;
    x->attempt_error = 0;
    post_recv (x, true);
}

/* --- the caller's side ------------------------------------------------------------------------------------------------------------ */

static void
open_job (struct exchange *x, struct msgpair *mp)
{
    job_post (&mp->job, &msgpair_class);
    x->job_open = true;
    x->started = reactor_now (x->ctx->cfg.reactor);
    x->retry_delay = x->ctx->cfg.retry_delay;
    set_tick (x);
}

static bool
make_recv_buf (struct exchange *x, const struct msgpair *mp)
{
    x->recv_cap = mp->max_resp ? MIN (mp->max_resp, (size_t) BMI_MAX_MESSAGE) : (size_t) BMI_SMALL;
    if (!x->recv_buf)
        x->recv_buf = malloc (x->recv_cap);
    return x->recv_buf != NULL;
}

/* Answered in an earlier life. */
static void
answer_from_note (struct exchange *x)
{
    struct msgpair *mp = x->mp;
    const struct journal_note *n = x->note;
    bool sound = n->answer_at <= JOURNAL_ROOM && n->answer_len <= JOURNAL_ROOM - n->answer_at;
    void *copy = sound ? malloc (n->answer_len + 1) : NULL;
    int status = sound ? -ENOMEM : -EPROTO;
    if (copy) {
        memcpy (copy, x->page->room + n->answer_at, n->answer_len);
        status = decode (mp, copy, n->answer_len);
    }
    x->phase = HELD;
    x->last_seen = true;
    answer (x, status);
    leave (x);
}

void
msgpair_post (struct msgpair *mp)
{
    struct msgpair_ctx *ctx = mp->ctx;
    struct exchange *x = malloc (sizeof *x);
    if (x) {
        memset (x, 0, offsetof (struct exchange, head_buf));
        x->ctx = ctx;
    }
    if (!x || !make_recv_buf (x, mp)) {
        free (x);
        job_post (&mp->job, &msgpair_class);
        job_complete (&mp->job, -ENOMEM);
        return;
    }
    x->server = mp->server;
    x->mp = mp;
    mp->x = x;
    list_init (&x->waiting);
    list_push_back (&ctx->exchanges, &x->link);
    reactor_timer_init (&x->tick, on_tick, TIMER_DEADLINE);
    reactor_timer_init (&x->retry, on_retry, TIMER_WORK);
    open_job (x, mp);
    find_note (x);
    if (x->note && x->note->state == NOTE_ANSWERED) {
        answer_from_note (x);
        return;
    }
    if (!x->has_slot && !take_slot (x)) {
        x->phase = WAIT_SLOT;
        x->queued = true;
        list_push_back (&mp->server->waiting, &x->waiting);
        return;
    }
    begin (x);
}

void
msgpair_post_next (struct msgpair *mp)
{
    struct exchange *x = mp->x;
    if (!x || !make_recv_buf (x, mp)) {
        job_post (&mp->job, &msgpair_class);
        job_complete (&mp->job, x ? -ENOMEM : -ECONNRESET);
        return;
    }
    mp->flags |= MSGPAIR_NO_RETRY;
    open_job (x, mp);
    x->attempt_error = 0;
    x->phase = ATTEMPT;
    post_recv (x, false);
}

void
msgpair_repost (struct msgpair *mp)
{
    struct exchange *x = mp->x;
    if (!x) {
        msgpair_post (mp);
        return;
    }
    if (!make_recv_buf (x, mp)) {
        job_post (&mp->job, &msgpair_class);
        job_complete (&mp->job, -ENOMEM);
        return;
    }
    open_job (x, mp);
    if (x->has_slot)
        begin (x);
}

void
msgpair_end (struct msgpair *mp, bool complete, int abort_errno)
{
    struct exchange *x = mp->x;
    if (!x)
        return;
    if (x->job_open)
        job_cancel (&mp->job);
    x = mp->x;
    if (!x)
        return;
    if (complete)
        x->last_seen = true;
    else if (abort_errno && !x->last_seen && bmi_peer_connected (x->server->peer))
        bmi_send_abort (x->ctx->cfg.bmi, x->server->peer, x->tag, abort_errno);
    leave (x);
}

void
msgpair_fini (struct msgpair *mp)
{
    if (mp->x)
        msgpair_end (mp, false, 0);
    arena_fini (&mp->arena);
    free (mp->buf);
    mp->buf = NULL;
}
