/*
 * flush: data of these datafiles, and all metadata committed here before, are durable when it answers.
 */
#include "proto/ops/flush.h"
#include "server/data.h"

enum { SYNC, LOG };

struct flush_frame {
    struct trove_bstream_op *ops;
    struct trove_durable log;
};

static int
flush_keys (struct server_op *op)
{
    struct flush_req *q = REQ (op, flush);
    op->target = q->nhandles ? q->handles[0] : 0;
    return 0;
}

static sm_event
flush_sync (struct sm *sm)
{
    struct server_op *op = server_op_of (sm);
    struct flush_frame *f = SM_FRAME (sm, struct flush_frame);
    struct flush_req *q = REQ (op, flush);
    if (!q->nhandles)
        return SM_OK;
    f->ops = arena_array (&op->arena, q->nhandles, sizeof *f->ops);
    if (!f->ops)
        return sm_fail (sm, -ENOMEM, "flush");
    for (uint32_t i = 0; i < q->nhandles; i++) {
        f->ops[i] = (struct trove_bstream_op){ .kind = TROVE_SYNC, .fs = op->fs->id, .handle = q->handles[i] };
        sm_expect (sm, &f->ops[i].job);
        trove_bstream_post (op->server->trove, &f->ops[i]);
    }
    return SM_WAIT;
}

static sm_event
flush_log (struct sm *sm)
{
    struct server_op *op = server_op_of (sm);
    struct flush_frame *f = SM_FRAME (sm, struct flush_frame);
    sm_expect (sm, &f->log.job);
    trove_flush_post (op->server->trove, &f->log);
    return SM_WAIT;
}

static const struct sm_state flush_states[] = {
    RUN (SYNC, flush_sync, ON_OK (LOG), ON_FAIL (SM_DONE)),
    RUN (LOG, flush_log, ALWAYS (SM_DONE)),
};
SM_MACHINE (flush_sm, flush_states, struct flush_frame, NULL);

const struct op_desc flush_desc = { .op = PROTO_flush, .keys = flush_keys, .machine = &flush_sm };
