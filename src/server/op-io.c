/*
 * io: bulk data of one datafile by a flow – THE SERVER HALF OF THE ACK RULE.
 *
 * The ack is a promise. It is sent only when this request holds its scheduler slot (SCHEDULE of the bracket), its bytestream is known to exist (CHECK),
 * at least one flow buffer is its own until the flow ends, and – for a write – the first receive is posted (RESERVE). Every later receive may wait for the
 * disk, never for another message on this connection and never for a buffer that another flow holds. After the ack all data up to LAST or ABORT is taken or
 * discarded, whatever fails, and the completion is always sent.
 *
 *   CHECK → ADOPT → OPEN → RESERVE → ACK → FLOW → COMPLETE     (write: the completion is a second response, with LAST)
 */
#include <stdio.h>

#include "io/description/request-codec.h"
#include "proto/ops/io.h"
#include "server/data.h"
#include "server/server.h"

enum { CHECK, ADOPT, OPEN, RESERVE, ACK, FLOW, COMPLETE };
enum { EMPTY = SM_FIRST_OWN };

struct io_frame {
    struct server_op *op;
    struct data_request d;
    struct flow flow;
    struct bmi_msg early;      /* completion sent while the flow still discards */
    struct iovec early_iov;
    struct reactor_timer watch;
    struct sm *sm;
    bool posted, told;
    int flow_error;
};

static void
io_frame_fini (void *frame)
{
    struct io_frame *f = frame;
    if (!f->op)
        return;
    reactor_timer_clear (f->op->server->reactor, &f->watch);
    f->op->flow = NULL;
    if (!f->flow.kind)
        return;
    if (f->flow.ready.state == JOB_POSTED || f->flow.job.state == JOB_POSTED)
        flow_forget (&f->flow); /* torn down where it stands */
    else
        flow_fini (&f->flow);
}

static int
io_keys (struct server_op *op)
{
    struct io_req *q = REQ (op, io);
    op->target = q->handle;
    int r = data_may (op, q);
    return r < 0 ? r : sched_add (&op->sched, op->fs->id, q->handle, NULL, SCHED_IO);
}

static sm_event
io_check (struct sm *sm)
{
    struct io_frame *f = SM_FRAME (sm, struct io_frame);
    f->op = server_op_of (sm);
    f->sm = sm;
    return data_check (sm, f->op, REQ (f->op, io)->handle);
}

static sm_event
io_adopt (struct sm *sm)
{
    struct io_frame *f = SM_FRAME (sm, struct io_frame);
    return REQ (f->op, io)->type == IO_WRITE ? data_adopt (sm, f->op) : SM_OK;
}

static sm_event
io_open (struct sm *sm)
{
    struct io_frame *f = SM_FRAME (sm, struct io_frame);
    struct server_op *op = f->op;
    struct io_req *q = REQ (op, io);
    struct io_resp *a = RESP (op, io);
    int r = data_open (op, q, &f->d);
    if (r < 0)
        return sm_fail (sm, r, "io request");
    a->bstream_size = f->d.size;
    a->stuffed = op->stuffed;
    a->length = q->type == IO_READ ? f->d.bytes : 0;
    if (q->buffer_size < 4096 || q->buffer_size > op->fs->cfg->flow_buffer_size)
        return sm_fail (sm, -EINVAL, "flow buffer size");
    if (q->type == IO_READ && !f->d.bytes)
        return EMPTY; /* the bracket's answer, with LAST, says that nothing comes */
    return SM_OK;
}

static sm_event
io_reserve (struct sm *sm)
{
    struct io_frame *f = SM_FRAME (sm, struct io_frame);
    struct server_op *op = f->op;
    struct io_req *q = REQ (op, io);
    bool write = q->type == IO_WRITE;
    f->flow = (struct flow){ .kind = write ? FLOW_BMI_TO_TROVE : FLOW_TROVE_TO_BMI, .reactor = op->server->reactor, .bmi = op->server->bmi,
                             .peer = op->peer, .tag = op->tag, .map = f->d.map, .pool = op->server->pool, .buffer_size = q->buffer_size,
                             .nbuffers = op->fs->cfg->flow_buffers, .trove = op->server->trove, .fs = op->fs->id, .handle = q->handle,
                             .sync = write && op->fs->sync_data };
    sm_expect (sm, &f->flow.ready);
    flow_reserve_post (&f->flow);
    return SM_WAIT;
}

static sm_event
io_ack (struct sm *sm)
{
    struct io_frame *f = SM_FRAME (sm, struct io_frame);
    struct server_op *op = f->op;
    if (op->connection_gone)
        return sm_fail (sm, -ECONNRESET, "connection closed before the ack");
    if (server_send_response (op, sm, &op->send, &op->send_iov, 0, 0) < 0)
        return sm_fail (sm, -ENOMEM, "ack");
    op->answered = true;
    op->server->perf[REQ (op, io)->type == IO_WRITE ? PERF_IO_WRITE : PERF_IO_READ] += (uint64_t) f->d.bytes;
    return SM_WAIT;
}

/* A flow that does not move a byte for ServerJobFlowTimeoutSecs is over: its peer is gone or stuck. */
static void
watch_flow (struct reactor_timer *t)
{
    struct io_frame *f = container_of (t, struct io_frame, watch);
    struct reactor *r = f->op->server->reactor;
    uint64_t limit = f->op->server->options->server_flow_timeout_secs * NSEC_PER_SEC, now = reactor_now (r);
    uint64_t since = MAX (f->flow.moved_at, f->flow.job.posted_at);
    if (now - since >= limit)
        flow_cancel (&f->flow);
    else
        reactor_timer_set (r, &f->watch, since + limit);
}

/* A write failed while data is still coming: the client is told at once. */
static void
on_flow_error (struct flow *flow, int err)
{
    struct io_frame *f = container_of (flow, struct io_frame, flow);
    if (f->told || REQ (f->op, io)->type != IO_WRITE || f->op->connection_gone)
        return;
    f->told = server_send_response (f->op, f->sm, &f->early, &f->early_iov, err, BMI_LAST) == 0;
}

static sm_event
io_flow (struct sm *sm)
{
    struct io_frame *f = SM_FRAME (sm, struct io_frame);
    struct reactor *r = f->op->server->reactor;
    f->op->flow = &f->flow;
    reactor_timer_init (&f->watch, watch_flow, TIMER_DEADLINE);
    reactor_timer_set (r, &f->watch, reactor_now (r) + f->op->server->options->server_flow_timeout_secs * NSEC_PER_SEC);
    sm_expect_any (sm, &f->flow.job);
    flow_post (&f->flow, on_flow_error);
    return SM_WAIT;
}

static sm_event
io_complete (struct sm *sm)
{
    struct io_frame *f = SM_FRAME (sm, struct io_frame);
    struct server_op *op = f->op;
    int err = f->flow.job.status;
    bool write = op->fs && f->flow.kind == FLOW_BMI_TO_TROVE;
    reactor_timer_clear (op->server->reactor, &f->watch);
    op->flow = NULL;
    op->server->perf[write ? PERF_FLOW_WRITE : PERF_FLOW_READ] += (uint64_t) f->flow.total;
    if (!write && op->unexpected) {
        bmi_release (op->server->bmi, op->unexpected);
        op->unexpected = NULL;
    }
    if (err < 0)
        sm_fail (sm, err, "flow");
    if (!write || f->told || op->connection_gone)
        return SM_OK;
    struct io_resp *a = RESP (op, io);
    a->length = f->flow.total;
    unsigned flags = op->server->bugs & BUG_NO_LAST ? 0 : BMI_LAST;
    return server_send_response (op, sm, &op->send, &op->send_iov, err, (uint8_t) flags) < 0 ? SM_OK : SM_WAIT;
}

static const struct sm_state io_states[] = {
    RUN (CHECK, io_check, ON_OK (ADOPT), ON_FAIL (SM_DONE)),
    RUN (ADOPT, io_adopt, ON_OK (OPEN), ON_FAIL (SM_DONE)),
    RUN (OPEN, io_open, ON_OK (RESERVE), ON (EMPTY, SM_DONE), ON_FAIL (SM_DONE)),
    RUN (RESERVE, io_reserve, ON_OK (ACK), ON_FAIL (SM_DONE)),
    RUN (ACK, io_ack, ON_OK (FLOW), ON_FAIL (SM_DONE)),
    RUN (FLOW, io_flow, ALWAYS (COMPLETE)),
    RUN (COMPLETE, io_complete, ALWAYS (SM_DONE)),
};
SM_MACHINE (io_sm, io_states, struct io_frame, io_frame_fini);

const struct op_desc io_desc = { .op = PROTO_io, .counter = PERF_IO, .keys = io_keys, .machine = &io_sm };
