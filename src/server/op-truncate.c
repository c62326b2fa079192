/*
 * truncate: the bytestream of one datafile gets a new size, behind all I/O that runs on it.
 */
#include "proto/ops/truncate.h"
#include "server/data.h"

enum { CHECK, RESIZE };

struct truncate_frame {
    struct trove_bstream_op b;
};

static int
truncate_keys (struct server_op *op)
{
    struct truncate_req *q = REQ (op, truncate);
    op->target = q->handle;
    if (q->size < 0)
        return -EINVAL;
    int r = cap_check (op, q->handle, CAP_WRITE);
    return r < 0 ? r : sched_add (&op->sched, op->fs->id, q->handle, NULL, SCHED_EXCLUSIVE);
}

static sm_event
truncate_check (struct sm *sm)
{
    struct server_op *op = server_op_of (sm);
    return data_check (sm, op, REQ (op, truncate)->handle);
}

static sm_event
truncate_resize (struct sm *sm)
{
    struct server_op *op = server_op_of (sm);
    struct truncate_frame *f = SM_FRAME (sm, struct truncate_frame);
    struct truncate_req *q = REQ (op, truncate);
    f->b = (struct trove_bstream_op){ .kind = TROVE_RESIZE, .fs = op->fs->id, .handle = q->handle, .size = q->size };
    sm_expect (sm, &f->b.job);
    trove_bstream_post (op->server->trove, &f->b);
    return SM_WAIT;
}

static const struct sm_state truncate_states[] = {
    RUN (CHECK, truncate_check, ON_OK (RESIZE), ON_FAIL (SM_DONE)),
    RUN (RESIZE, truncate_resize, ALWAYS (SM_DONE)),
};
SM_MACHINE (truncate_sm, truncate_states, struct truncate_frame, NULL);

const struct op_desc truncate_desc = { .op = PROTO_truncate, .keys = truncate_keys, .machine = &truncate_sm };
