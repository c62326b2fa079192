/*
 * small_io: data that travels inside the request or the response. Any number of regions; one list operation of Trove.
 */
#include "proto/ops/small_io.h"
#include "server/data.h"

enum { CHECK, ADOPT, MOVE, MOVED };
enum { NOTHING = SM_FIRST_OWN };

struct small_frame {
    struct server_op *op;
    struct data_request d;
    struct trove_bstream_op b;
    struct iovec iov;
};

static int
small_io_keys (struct server_op *op)
{
    struct small_io_req *q = REQ (op, small_io);
    op->target = q->io.handle;
    int r = data_may (op, &q->io);
    return r < 0 ? r : sched_add (&op->sched, op->fs->id, q->io.handle, NULL, SCHED_IO);
}

static sm_event
small_check (struct sm *sm)
{
    struct small_frame *f = SM_FRAME (sm, struct small_frame);
    f->op = server_op_of (sm);
    return data_check (sm, f->op, REQ (f->op, small_io)->io.handle);
}

static sm_event
small_adopt (struct sm *sm)
{
    struct small_frame *f = SM_FRAME (sm, struct small_frame);
    return REQ (f->op, small_io)->io.type == IO_WRITE ? data_adopt (sm, f->op) : SM_OK;
}

/* All regions of this server, in the arena. */
static int
collect_regions (struct small_frame *f)
{
    enum { STEP = 64 };
    struct req_state *st = arena_alloc (&f->op->arena, sizeof *st);
    struct trove_region *all = NULL;
    unsigned n = 0, cap = 0;
    int r = st ? req_state_init (st, &f->d.map, NULL) : -ENOMEM;
    while (r == 0) {
        if (n + STEP > cap) {
            struct trove_region *more = arena_array (&f->op->arena, cap * 2 + STEP, sizeof *more);
            if (!more)
                return -ENOMEM;
            if (n)
                memcpy (more, all, n * sizeof *all);
            all = more;
            cap = cap * 2 + STEP;
        }
        int got;
        int64_t bytes;
        _Static_assert (sizeof (struct req_region) == sizeof (struct trove_region), "one layout");
        r = req_next_physical (st, f->d.bytes, (struct req_region *) (all + n), STEP, &got, &bytes);
        if (r < 0 || got == 0)
            break;
        n += (unsigned) got;
    }
    f->b.regions = all;
    f->b.nregions = n;
    return r;
}

static sm_event
small_move (struct sm *sm)
{
    struct small_frame *f = SM_FRAME (sm, struct small_frame);
    struct server_op *op = f->op;
    struct small_io_req *q = REQ (op, small_io);
    struct small_io_resp *a = RESP (op, small_io);
    bool write = q->io.type == IO_WRITE;
    int r = data_open (op, &q->io, &f->d);
    if (r == 0 && f->d.bytes > PROTO_MAX_SMALL_IO)
        r = -EMSGSIZE;
    if (r == 0 && write && q->data_len != f->d.bytes)
        r = -EPROTO;
    if (r == 0)
        r = collect_regions (f);
    if (r < 0)
        return sm_fail (sm, r, "small io request");
    a->bstream_size = f->d.size;
    a->stuffed = op->stuffed;
    if (f->d.bytes == 0)
        return NOTHING;
    void *buf = write ? (void *) q->data : arena_alloc (&op->arena, (size_t) f->d.bytes);
    if (!buf)
        return sm_fail (sm, -ENOMEM, "small io");
    f->iov = (struct iovec){ buf, (size_t) f->d.bytes };
    f->b.kind = write ? TROVE_WRITE : TROVE_READ;
    f->b.fs = op->fs->id;
    f->b.handle = q->io.handle;
    f->b.iov = &f->iov;
    f->b.niov = 1;
    f->b.sync = write && op->fs->sync_data;
    sm_expect (sm, &f->b.job);
    trove_bstream_post (op->server->trove, &f->b);
    return SM_WAIT;
}

static sm_event
small_moved (struct sm *sm)
{
    struct small_frame *f = SM_FRAME (sm, struct small_frame);
    struct server_op *op = f->op;
    struct small_io_resp *a = RESP (op, small_io);
    bool write = f->b.kind == TROVE_WRITE;
    if (write) {
        a->bstream_size = f->b.size; /* a read's size is the one that its bytes were counted by: a writer may have been beside it */
        a->done = (uint32_t) f->b.bytes;
        if (f->b.bytes != f->d.bytes)
            return sm_fail (sm, -EIO, "short write");
    } else {
        a->data = f->iov.iov_base;
        a->data_len = (uint32_t) f->d.bytes;
    }
    op->server->perf[write ? PERF_SMALL_WRITE : PERF_SMALL_READ] += (uint64_t) f->d.bytes;
    return SM_OK;
}

static const struct sm_state small_states[] = {
    RUN (CHECK, small_check, ON_OK (ADOPT), ON_FAIL (SM_DONE)),
    RUN (ADOPT, small_adopt, ON_OK (MOVE), ON_FAIL (SM_DONE)),
    RUN (MOVE, small_move, ON_OK (MOVED), ON (NOTHING, SM_DONE), ON_FAIL (SM_DONE)),
    RUN (MOVED, small_moved, ALWAYS (SM_DONE)),
};
SM_MACHINE (small_io_sm, small_states, struct small_frame, NULL);

const struct op_desc small_io_desc = { .op = PROTO_small_io, .counter = PERF_SMALL_IO, .keys = small_io_keys, .machine = &small_io_sm };
