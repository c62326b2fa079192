/*
 * One round's exchange with the server of one datafile.
 *
 *     small:  request (with the data of a write) ──► response (with the data of a read)
 *     large:  request ──► positive ack ──► flow ──► completion (writes)
 *
 * THE ACK RULE, client half: no large message before the positive ack; the write flow is posted after it. The ack is the server's
 * promise that it will take everything up to our LAST or ABORT whatever happens there; data on the stream without that promise may
 * wait behind a request that waits behind a third party that waits for data behind ours – the deadlock of 2006 (doc/deadlock.md).
 * client->flow_before_ack, which only tests set, breaks the rule on purpose. Then a cancel or a refusal before the ack has to end the
 * connection: what was put on the stream without a promise can never be taken back.
 *
 * The completion's receive is posted before the flow, so that a failing server can stop it early. A lost connection repeats the whole
 * exchange as the next sequence of its slot, which the server starts only when nothing of the old one runs.
 *
 * User memory is touched by the flow until its job completes, and while a response is taken; never after the target has ended.
 */
#include <stdio.h>

#include "client/sysint/sys-io.h"
#include "io/flow/flow.h"
#include "proto/ops/small_io.h"

enum {
    REQUEST_HEAD = 4,     /* what msgpair puts before a request */
    ACK_ROOM = 512,       /* of a response without data */
};
static const uint64_t FIRST_DELAY = 50 * NSEC_PER_MSEC, LAST_DELAY = 2 * NSEC_PER_SEC, WATCH_INTERVAL = 5 * NSEC_PER_SEC;

struct target_frame {
    struct io_target *t;
    struct sys_op *op;
    struct msgpair mp;
    struct small_io_req body;   /* large I/O uses body.io */
    struct flow flow;
    struct job gate;            /* open while the flow runs or the completion is to come */
    struct job_timer delay;
    struct reactor_timer watch;
    bool small, posted, acked;
    bool lost;                  /* this attempt's connection is gone */
    bool flow_posted, flow_running, completion_open, gated, timed_out;
    int flow_status;
    sm_event outcome;           /* STOP: what then */
    uint64_t first_try, retry_delay, flow_began;
    int64_t length;             /* read: bytes that the ack announced */
};

enum { TARGET_FLOW = SM_FIRST_OWN, TARGET_RETRY, TARGET_STOP, TARGET_DONE };

static struct bmi_peer *
peer_of (const struct target_frame *f)
{
    return msgpair_server_peer (f->mp.server);
}

static bool
large_write (const struct target_frame *f)
{
    return f->t->round->write && !f->small;
}

/* --- the end ------------------------------------------------------------------------------------------------------------------- */

static void
forget_job (struct job *j)
{
    if (j->reactor)
        list_remove (&j->item.link);
}

/* Also in the middle, when the whole instance goes. */
static void
target_frame_fini (void *frame)
{
    struct target_frame *f = frame;
    if (!f->op)
        return;
    reactor_timer_clear (f->op->client->reactor, &f->watch);
    reactor_timer_clear (f->op->client->reactor, &f->delay.timer);
    forget_job (&f->gate);
    forget_job (&f->delay.job);
    if (f->flow_running) {
        forget_job (&f->flow.job);
        flow_forget (&f->flow);
    }
    forget_job (&f->mp.job);
    msgpair_fini (&f->mp);
}

/* What still comes is dropped in the background; a server that was promised data is told that none comes. */
static void
end_exchange (struct target_frame *f)
{
    bool receiving = f->mp.job.cancelled || f->mp.job.status == -ETIMEDOUT;
    bool reader = f->flow_posted && !f->t->round->write; /* the flow took or takes all the rest */
    if (!receiving && (reader || f->lost || !bmi_peer_connected (peer_of (f)))) {
        msgpair_end (&f->mp, true, 0);
        return;
    }
    if (large_write (f) && !f->flow_posted && f->mp.tag && (receiving || f->acked))
        bmi_send_abort (f->op->client->bmi, peer_of (f), f->mp.tag, ECANCELED);
    msgpair_end (&f->mp, false, 0);
}

static sm_event
finish (struct target_frame *f, int error)
{
    f->t->error = error;
    if (f->posted)
        end_exchange (f);
    return TARGET_DONE;
}

/* --- the request ----------------------------------------------------------------------------------------------------------------- */

static void
fill_io (struct target_frame *f)
{
    const struct io_round *r = f->t->round;
    f->body.io = (struct io_req){
        .handle = r->layout->dfiles[f->t->nr],
        .type = r->write ? IO_WRITE : IO_READ,
        .server_nr = f->t->nr,
        .server_ct = r->map.server_ct,
        .dist_name = r->layout->dist_name,
        .dist_params = r->layout->dist_params,
        .file_req = r->file_req,
        .file_req_len = r->file_req_len,
        .file_off = r->map.file_off,
        .total = r->map.total,
        .buffer_size = (uint32_t) r->volume->fs->flow_buffer_size,
    };
}

/* Whether request and data fit one unexpected message. body.data_len is set. */
static bool
fits_request (struct target_frame *f)
{
    const struct bmi_hello *h = bmi_peer_hello (peer_of (f));
    size_t limit = h && h->unexpected_limit ? MIN (h->unexpected_limit, (uint32_t) IO_SMALL_BYTES) : IO_SMALL_BYTES;
    struct wire w;
    wire_sizer (&w);
    return proto_request_codec (&w, &f->mp.req) == 0 && w.pos + REQUEST_HEAD <= limit;
}

/* Small I/O for this target? The choice is each target's own. */
static int
choose (struct target_frame *f)
{
    const struct io_round *r = f->t->round;
    f->small = f->t->want <= IO_SMALL_BYTES;
    if (f->small && r->write) {
        f->body.data_len = (uint32_t) f->t->want;
        f->small = fits_request (f);
    }
    if (f->small) {
        f->mp.max_resp = ACK_ROOM + (r->write ? 0 : (size_t) f->t->want);
        return r->write ? io_gather (r, f->t, &f->op->arena, &f->body.data) : 0;
    }
    f->mp.req.op = PROTO_io;
    f->mp.req.body = &f->body.io;
    f->mp.max_resp = ACK_ROOM;
    return 0;
}

static sm_event
target_begin (struct sm *sm)
{
    struct target_frame *f = SM_FRAME (sm, struct target_frame);
    struct io_target *t = f->t = sm_arg (sm);
    f->op = sys_op_of (sm);
    f->retry_delay = FIRST_DELAY;
    t->got = 0;
    t->bsize = -1;
    fill_io (f);
    int r = sys_msgpair (f->op, &f->mp, PROTO_small_io, &f->body, f->body.io.handle);
    if (r < 0)
        return finish (f, r);
    f->mp.flags = MSGPAIR_HOLD | MSGPAIR_NO_RETRY;
    f->mp.req.cap = *t->round->cap;
    r = choose (f);
    return r < 0 ? finish (f, r) : SM_OK;
}

/* --- flow and completion: both behind the gate ------------------------------------------------------------------------------------ */

static void
look_at_gate (struct target_frame *f)
{
    if (f->gated && !f->flow_running && !f->completion_open && f->gate.state == JOB_POSTED)
        job_complete (&f->gate, 0);
}

static void
on_flow (struct job *j)
{
    struct target_frame *f = j->arg;
    f->flow_running = false;
    f->flow_status = j->status;
    flow_fini (&f->flow);
    look_at_gate (f);
}

/* Before the flow has ended it can only be a failure: the rest need not be sent. */
static void
on_completion (struct job *j)
{
    struct target_frame *f = j->arg;
    f->completion_open = false;
    if (j->status < 0 && f->flow_running)
        flow_cancel (&f->flow);
    look_at_gate (f);
}

static void
gate_cancel (struct job *j)
{
    struct target_frame *f = container_of (j, struct target_frame, gate);
    if (f->flow_running)
        flow_cancel (&f->flow);
    if (f->completion_open)
        job_cancel (&f->mp.job);
}

static void
gate_describe (const struct job *j, char *buf, size_t n)
{
    const struct target_frame *f = container_of (j, struct target_frame, gate);
    if (f->flow_running)
        flow_describe (&f->flow, buf, n);
    else
        snprintf (buf, n, "the completion from %s", msgpair_server_addr (f->mp.server));
}

static const struct job_class gate_class = { .name = "io flow", .cancel = gate_cancel, .describe = gate_describe };

static void
start_flow (struct target_frame *f)
{
    const struct io_round *r = f->t->round;
    struct client *c = f->op->client;
    f->flow = (struct flow){
        .kind = r->write ? FLOW_MEM_TO_BMI : FLOW_BMI_TO_MEM,
        .reactor = c->reactor,
        .bmi = c->bmi,
        .peer = peer_of (f),
        .tag = f->mp.tag,
        .map = r->map,
        .pool = c->pool,
        .buffer_size = r->volume->fs->flow_buffer_size,
        .nbuffers = MAX (r->volume->fs->flow_buffers, 1u),
        .mem_req = r->mem.req,
        .mem_base = r->mem.base,
        .mem_off = r->mem.mem_off,
    };
    f->flow.map.server_nr = f->t->nr;
    f->flow.map.fbegin = 0;
    f->flow.map.fsize = r->write ? 0 : f->t->bsize;
    f->flow.map.extend = r->write;
    f->flow_posted = f->flow_running = true;
    f->flow_began = reactor_now (c->reactor);
    job_init (&f->flow.job, c->reactor, on_flow, f);
    flow_post (&f->flow, NULL);
}

static uint64_t
silent_since (const struct target_frame *f)
{
    return MAX (bmi_peer_last_heard (peer_of (f)), f->first_try);
}

static bool
too_late (const struct target_frame *f)
{
    uint64_t now = reactor_now (f->op->client->reactor);
    return (f->op->deadline && now >= f->op->deadline) || now >= silent_since (f) + f->op->client->op_timeout;
}

/* A running flow: a silent server costs the connection, a deadline or a standstill only this operation. */
static void
on_watch (struct reactor_timer *timer)
{
    struct target_frame *f = container_of (timer, struct target_frame, watch);
    struct client *c = f->op->client;
    uint64_t now = reactor_now (c->reactor);
    uint64_t limit = f->t->round->volume->config->defaults.client_flow_timeout_secs * NSEC_PER_SEC;
    uint64_t moved = MAX (f->flow_began, f->flow_running ? f->flow.moved_at : now);
    if (!f->gated || f->gate.state != JOB_POSTED)
        return;
    if (now >= silent_since (f) + c->op_timeout) {
        bmi_drop (c->bmi, peer_of (f), -ETIMEDOUT);
        return;
    }
    if ((f->op->deadline && now >= f->op->deadline) || (limit && now >= moved + limit)) {
        f->timed_out = true;
        job_cancel (&f->gate);
        return;
    }
    if (bmi_peer_connected (peer_of (f)))
        bmi_ping (c->bmi, peer_of (f));
    reactor_timer_set (c->reactor, &f->watch, now + MIN (WATCH_INTERVAL, c->op_timeout));
}

static void
close_gate (struct target_frame *f, struct sm *sm)
{
    struct client *c = f->op->client;
    sm_expect_any (sm, &f->gate);
    job_post (&f->gate, &gate_class);
    f->gated = true;
    reactor_timer_init (&f->watch, on_watch, TIMER_DEADLINE);
    reactor_timer_set (c->reactor, &f->watch, reactor_now (c->reactor) + MIN (WATCH_INTERVAL, c->op_timeout));
    if (f->op->sm.cancelled)
        job_cancel (&f->gate);
    look_at_gate (f);
}

/* --- the states --------------------------------------------------------------------------------------------------------------------- */

static sm_event
target_send (struct sm *sm)
{
    struct target_frame *f = SM_FRAME (sm, struct target_frame);
    struct client *c = f->op->client;
    if (f->op->sm.cancelled)
        return finish (f, -ECANCELED);
    if (!f->first_try)
        f->first_try = reactor_now (c->reactor);
    f->acked = f->lost = f->flow_posted = f->gated = f->timed_out = false;
    f->mp.tag = 0;
    f->mp.transport_error = 0;
    sm_expect_any (sm, &f->mp.job);
    if (f->posted)
        msgpair_repost (&f->mp);
    else
        msgpair_post (&f->mp);
    f->posted = true;
    if (unlikely (c->flow_before_ack) && large_write (f) && f->mp.tag && bmi_peer_connected (peer_of (f)))
        start_flow (f);
    return SM_WAIT;
}

static sm_event
retry (struct target_frame *f)
{
    f->lost = true;
    return too_late (f) ? finish (f, -ETIMEDOUT) : TARGET_RETRY;
}

static int
take_small (struct target_frame *f)
{
    const struct small_io_resp *resp = f->mp.resp.body;
    struct io_target *t = f->t;
    if (resp->bstream_size < 0 || resp->done > t->want)
        return -EPROTO;
    t->bsize = resp->bstream_size;
    t->stuffed = resp->stuffed;
    if (t->round->write) {
        t->got = resp->done;
        return 0;
    }
    int r = io_scatter (t->round, t, resp->data, resp->data_len);
    t->got = r < 0 ? 0 : resp->data_len;
    return r;
}

/* The promise. *ret: bytes follow. */
static int
take_ack (struct target_frame *f, bool *ret)
{
    const struct io_resp *ack = f->mp.resp.body;
    struct io_target *t = f->t;
    int64_t there;
    if (ack->bstream_size < 0)
        return -EPROTO;
    f->acked = true;
    t->bsize = ack->bstream_size;
    t->stuffed = ack->stuffed;
    *ret = true;
    if (t->round->write)
        return 0;
    f->length = ack->length;
    *ret = f->length > 0;
    int r = io_bytes_below (&t->round->map, t->nr, t->bsize, &there);
    return r < 0 ? r : there == f->length ? 0 : -EPROTO;
}

static sm_event
judge_answer (struct target_frame *f)
{
    int status = f->mp.job.status;
    bool data = false;
    if (status < 0 && f->op->sm.cancelled)
        return finish (f, -ECANCELED);
    if (status < 0)
        return f->mp.transport_error && status != -EMSGSIZE ? retry (f) : finish (f, status);
    if (f->small)
        return finish (f, take_small (f));
    int r = take_ack (f, &data);
    if (r < 0 || !data)
        return finish (f, r);
    if (f->op->sm.cancelled && !f->flow_running)
        return finish (f, -ECANCELED);
    return TARGET_FLOW;
}

static sm_event
target_take (struct sm *sm)
{
    struct target_frame *f = SM_FRAME (sm, struct target_frame);
    bool unpromised = f->flow_running && f->mp.job.status < 0; /* flow_before_ack */
    if (unpromised && bmi_peer_connected (peer_of (f)))
        bmi_drop (f->op->client->bmi, peer_of (f), -ECONNRESET);
    sm_event ev = judge_answer (f);
    if (!f->flow_running || ev == TARGET_FLOW)
        return ev;
    f->outcome = ev;
    return TARGET_STOP;
}

static sm_event
target_run_flow (struct sm *sm)
{
    struct target_frame *f = SM_FRAME (sm, struct target_frame);
    if (!bmi_peer_connected (peer_of (f)) && !f->flow_running) {
        f->flow_status = -ECONNRESET;
        return SM_OK;
    }
    if (f->t->round->write) {
        job_init (&f->mp.job, sm->reactor, on_completion, f);
        f->completion_open = true;
        msgpair_post_next (&f->mp);
    }
    if (!f->flow_posted)
        start_flow (f);
    close_gate (f, sm);
    return SM_WAIT;
}

static bool
is_transport (int err)
{
    return err == -ECONNRESET || err == -ECONNREFUSED || err == -ECONNABORTED || err == -EPIPE || err == -ETIMEDOUT
           || err == -EHOSTUNREACH || err == -ENETUNREACH;
}

static sm_event
target_take_end (struct sm *sm)
{
    struct target_frame *f = SM_FRAME (sm, struct target_frame);
    struct io_target *t = f->t;
    bool asked = t->round->write && f->gated; /* the completion has the last word */
    int status = asked ? f->mp.job.status : f->flow_status;
    reactor_timer_clear (sm->reactor, &f->watch);
    if (status < 0 && f->op->sm.cancelled)
        return finish (f, -ECANCELED);
    if (status < 0 && f->timed_out)
        return finish (f, -ETIMEDOUT);
    if (status < 0 && (asked ? f->mp.transport_error != 0 : is_transport (status) || !bmi_peer_connected (peer_of (f))))
        return retry (f);
    if (status < 0)
        return finish (f, status);
    const struct io_resp *resp = f->mp.resp.body;
    t->got = asked ? resp->length : f->flow.total;
    if (t->got < 0 || t->got > t->want)
        return finish (f, -EPROTO);
    return finish (f, asked && t->got < t->want ? f->flow_status : 0);
}

/* A flow without a promise: its connection is gone, it ends by itself. */
static sm_event
target_stop (struct sm *sm)
{
    struct target_frame *f = SM_FRAME (sm, struct target_frame);
    if (!f->flow_running)
        return f->outcome;
    close_gate (f, sm);
    return SM_WAIT;
}

static sm_event
target_retry (struct sm *sm)
{
    struct target_frame *f = SM_FRAME (sm, struct target_frame);
    uint64_t delay = f->retry_delay + reactor_random (sm->reactor) % (f->retry_delay / 4 + 1);
    f->retry_delay = MIN (f->retry_delay * 2, LAST_DELAY);
    reactor_timer_clear (sm->reactor, &f->watch);
    sm_expect_any (sm, &f->delay.job);
    job_timer_post (&f->delay, reactor_now (sm->reactor) + delay, 0);
    return SM_WAIT;
}

enum { IT_BEGIN, IT_SEND, IT_TAKE, IT_RUN_FLOW, IT_TAKE_END, IT_STOP, IT_RETRY };

static const struct sm_state io_target_states[] = {
    RUN (IT_BEGIN, target_begin, ON_OK (IT_SEND), ON_FAIL (SM_DONE), ON (TARGET_DONE, SM_DONE)),
    RUN (IT_SEND, target_send, ON_OK (IT_TAKE), ON_FAIL (SM_DONE), ON (TARGET_DONE, SM_DONE)),
    RUN (IT_TAKE, target_take, ON (TARGET_FLOW, IT_RUN_FLOW), ON (TARGET_RETRY, IT_RETRY), ON (TARGET_STOP, IT_STOP),
         ALWAYS (SM_DONE)),
    RUN (IT_RUN_FLOW, target_run_flow, ALWAYS (IT_TAKE_END)),
    RUN (IT_TAKE_END, target_take_end, ON (TARGET_RETRY, IT_RETRY), ALWAYS (SM_DONE)),
    RUN (IT_STOP, target_stop, ON_OK (IT_STOP), ON (TARGET_RETRY, IT_RETRY), ALWAYS (SM_DONE)),
    RUN (IT_RETRY, target_retry, ALWAYS (IT_SEND)),
};
SM_MACHINE (io_target_sm, io_target_states, struct target_frame, target_frame_fini);
