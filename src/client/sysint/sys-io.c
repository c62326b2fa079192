/*
 * io: reading and writing a file. sys_io's arguments: ref, file_req, offset, buffer, mem_req, io_type; result: op->bytes.
 *
 *   layout ──► round ──► its targets in parallel ──► judge ──► (sizes) ──► finish ──► next round …
 *      ▲                                               │
 *      └────── unstuffed, renewed, asked again ────────┘
 *
 * mem_req says how many bytes; file_req, tiled for ever, where in the file they lie from its data byte `offset` on. One call is cut
 * into rounds of at most 64 MiB per server and 262,144 pieces; a file_req that is too long for a message is sent round by round, as the
 * list of its pieces. A round that fails for a reason that the servers' word can mend – an expired capability,
 * a layout that another client has changed – is done again as a whole. The ack rule is kept in sys-io-target.c.
 *
 * A stuffed file has all its bytes in one datafile: a write past the first strip unstuffs it first; a read past it, or one that ends
 * early, makes sure that the cached layout is still true. Reads never unstuff.
 *
 * A read ends at the end of the file: bytes that no datafile has are zeros below it and are not counted past it. Whether a short
 * datafile means a hole is decided by the sizes that the targets told with their data; others are asked only if these do not tell.
 */
#include "client/sysint/sys-io.h"

#include "client/sysint/acache.h"
#include "client/sysint/server-calls.h"
#include "io/description/request-codec.h"
#include "proto/ops/getattr.h"

struct io_frame {
    struct layout_wish wish;
    struct unstuff_wish unstuff;
    struct dist dist;
    struct io_round round;
    bool by_lists;              /* file_req is too long: each round has a list … */
    struct PINT_Request *list;  /* … this one */
    void *code;                 /* round.file_req */
    uint32_t room;              /* targets that round.targets can hold */
    int64_t total, moved;       /* stream bytes: of the call, behind us */
    int64_t end;                /* one past the highest file offset of the call */
    int64_t size;               /* reads: of the file, as far as this round must know */
    struct attr_item *items;    /* sizes of datafiles that are no targets */
    uint32_t *item_nr;
    uint32_t nitems;
    struct server_calls calls;
    struct io_recovery recovery;
    struct job_timer delay;
    struct reactor *reactor;
    uint64_t wait;
    unsigned unstuffs;
    bool unstuffed;             /* the layout in the cache is what an unstuff just answered */
    bool confirming;            /* a short read of a stuffed file waits for the server's word on the layout */
};

enum { MAX_UNSTUFFS = 3 };

enum { IO_EMPTY = SM_FIRST_OWN, IO_UNSTUFF, IO_AGAIN, IO_CONFIRMED, IO_ONE, IO_SIZES };

static void
io_frame_fini (void *frame)
{
    struct io_frame *f = frame;
    request_unref (f->list);
    free (f->code);
    if (!f->reactor)
        return;
    reactor_timer_clear (f->reactor, &f->delay.timer);
    if (f->delay.job.reactor)
        list_remove (&f->delay.job.item.link);
}

/* --- errors that the servers' word can mend ------------------------------------------------------------------------------------- */

enum io_verdict
io_recover (struct sys_op *op, struct io_recovery *r, struct layout_wish *wish, int error, uint64_t *ret_delay)
{
    if (op->sm.cancelled)
        return IO_FINAL;
    if (error == -EAGAIN && r->renewals < IO_MAX_RENEWALS) {
        *ret_delay = r->renewals ? MIN ((25 * NSEC_PER_MSEC) << r->renewals, 2 * NSEC_PER_SEC) : 0;
        r->renewals++;
        acache_forget_caps (op->client->acache, (obj_fsid) wish->ref.fs_id, wish->ref.handle);
    } else if (sys_is_stale (error) && r->refetches < IO_MAX_REFETCHES && (wish->cached || r->refetches == 0)) {
        *ret_delay = 0;
        r->refetches++;
        sys_forget (op, wish->ref);
    } else {
        return IO_FINAL;
    }
    wish->fresh = true;
    return IO_RENEW;
}

/* --- begin ------------------------------------------------------------------------------------------------------------------------ */

static int
check_args (const struct sys_args *a)
{
    if (a->io_type != PVFS_IO_READ && a->io_type != PVFS_IO_WRITE)
        return -EINVAL;
    return request_valid (a->file_req) && request_valid (a->mem_req) && a->offset >= 0 ? 0 : -EINVAL;
}

/* For all rounds, or one. */
static int
encode_request (struct io_frame *f, struct PINT_Request *req)
{
    struct wire w;
    wire_sizer (&w);
    request_wire (&w, &req);
    if (w.err)
        return w.err;
    if (w.pos > IO_MAX_CODE)
        return -E2BIG;
    size_t len = w.pos;
    free (f->code);
    f->round.file_req = f->code = malloc (len);
    f->round.file_req_len = (uint32_t) len;
    if (!f->code)
        return -ENOMEM;
    wire_encoder (&w, f->code, len);
    request_wire (&w, &req);
    return w.err;
}

static sm_event
io_begin (struct sm *sm)
{
    struct io_frame *f = SM_FRAME (sm, struct io_frame);
    struct sys_op *op = sys_op_of (sm);
    const struct sys_args *a = &op->a;
    op->bytes = 0;
    int r = check_args (a);
    if (r == 0)
        r = sys_check_ref (op, a->ref);
    if (r < 0)
        return sm_fail (sm, r, "arguments");
    if (a->mem_req->size == 0 || a->file_req->size == 0)
        return IO_EMPTY;
    f->reactor = sm->reactor;
    f->total = a->mem_req->size;
    f->round.op = op;
    f->round.write = a->io_type == PVFS_IO_WRITE;
    f->round.mem = (struct req_mem){ .req = a->mem_req, .base = a->buffer };
    f->round.volume = client_volume (op->client, a->fs);
    r = req_end_logical (a->file_req, a->offset, f->total, &f->end);
    if (r == 0)
        r = encode_request (f, a->file_req);
    f->by_lists = r == -E2BIG;
    if (r < 0 && !f->by_lists)
        return sm_fail (sm, r == -EOVERFLOW && f->round.write ? -EFBIG : r, "request");
    f->wish.ref = a->ref;
    f->wish.cap_mask = f->round.write ? CAP_WRITE : CAP_READ;
    sm_set_arg (sm, &f->wish);
    return SM_OK;
}

/* --- the layout -------------------------------------------------------------------------------------------------------------------- */

static int
check_layout (const struct io_frame *f)
{
    if (f->wish.type == OBJ_DIRECTORY)
        return -EISDIR;
    return f->wish.type == OBJ_METAFILE ? 0 : -EINVAL;
}

/* One datafile that may become more. An entry of the cache that was told so only half is doubted too. */
static bool
is_stuffed (const struct io_frame *f)
{
    const struct proto_layout *l = &f->wish.layout;
    bool doubt = f->wish.cached && !f->unstuffed;
    return l->ndfiles == 1 && l->ndfiles_wanted > 1 && (f->wish.stuffed || doubt);
}

static sm_event
ask_again (struct sm *sm, struct io_frame *f)
{
    f->wish.fresh = true;
    sm_set_arg (sm, &f->wish);
    return IO_AGAIN;
}

static int
take_layout (struct io_frame *f, struct sys_op *op)
{
    uint32_t n = f->wish.layout.ndfiles;
    int r = check_layout (f);
    if (r == 0)
        r = io_layout_dist (&f->wish.layout, &f->dist);
    if (r < 0)
        return r;
    if (n > f->room) {
        f->round.targets = arena_array (&op->arena, n, sizeof *f->round.targets);
        f->room = f->round.targets ? n : 0;
    }
    f->round.map.dist = &f->dist;
    f->round.map.server_ct = n;
    f->round.layout = &f->wish.layout;
    f->round.cap = &f->wish.cap;
    return f->round.targets ? 0 : -ENOMEM;
}

static sm_event
io_inspect (struct sm *sm)
{
    struct io_frame *f = SM_FRAME (sm, struct io_frame);
    struct sys_op *op = sys_op_of (sm);
    bool confirming = f->confirming;
    f->wish.fresh = f->confirming = false;
    int r = take_layout (f, op);
    if (r < 0)
        return sm_fail (sm, r, r == -EPROTO ? "layout" : "not a file");
    bool stuffed = is_stuffed (f);
    if (confirming && stuffed)
        return IO_CONFIRMED;
    if (!stuffed || f->end <= io_stuffed_limit (&f->dist, f->wish.layout.ndfiles_wanted))
        return SM_OK;
    if (!f->round.write)
        return f->wish.cached ? ask_again (sm, f) : SM_OK;
    if (f->unstuffs++ == MAX_UNSTUFFS)
        return sm_fail (sm, -EIO, "the file stays stuffed");
    f->unstuff = (struct unstuff_wish){ .ref = f->wish.ref, .cap = &f->wish.cap };
    sm_set_arg (sm, &f->unstuff);
    return IO_UNSTUFF;
}

/* --- a round --------------------------------------------------------------------------------------------------------------------- */

/* The round's own list takes the place of file_req. */
static int
list_round (struct io_frame *f)
{
    struct req_map *m = &f->round.map;
    request_unref (f->list);
    f->list = NULL;
    int err = req_flatten (m, &f->list);
    if (err < 0)
        return err;
    m->file_req = f->list;
    m->file_off = 0;
    return encode_request (f, f->list);
}

static sm_event
io_begin_round (struct sm *sm)
{
    struct io_frame *f = SM_FRAME (sm, struct io_frame);
    struct sys_op *op = sys_op_of (sm);
    struct io_round *r = &f->round;
    if (op->sm.cancelled)
        return sm_fail (sm, -ECANCELED, "cancelled");
    r->map.file_req = op->a.file_req;
    r->map.file_off = op->a.offset + f->moved;
    r->map.total = f->total - f->moved;
    r->mem.mem_off = f->moved;
    int err = req_round_total (&r->map, IO_ROUND_BYTES, IO_ROUND_PIECES, &r->map.total);
    if (err == 0 && f->by_lists)
        err = list_round (f);
    if (err == 0)
        err = io_find_targets (&r->map, r->targets, &r->ntargets);
    if (err < 0)
        return sm_fail (sm, err, "request");
    for (uint32_t i = 0; i < r->ntargets; i++)
        r->targets[i].round = r;
    f->nitems = 0;
    if (r->ntargets != 1)
        return SM_OK;
    sm_set_arg (sm, &r->targets[0]);
    return IO_ONE;
}

static void *
next_target (struct sm *sm, unsigned i)
{
    struct io_frame *f = SM_FRAME (sm, struct io_frame);
    return i < f->round.ntargets ? &f->round.targets[i] : NULL;
}

/* The error that counts: one that nothing mends before one that a renewal does. */
static int
round_error (const struct io_round *r)
{
    int error = 0;
    for (uint32_t i = 0; i < r->ntargets; i++) {
        int e = r->targets[i].error;
        bool mendable = error == 0 || error == -EAGAIN || sys_is_stale (error);
        if (e && mendable)
            error = e;
    }
    return error;
}

/* The round again, when the layout has been asked for. */
static sm_event
recover (struct sm *sm, struct io_frame *f, int error)
{
    if (io_recover (sys_op_of (sm), &f->recovery, &f->wish, error, &f->wait) == IO_FINAL)
        return sm_fail (sm, error, f->round.write ? "write" : "read");
    f->unstuffed = false;
    return IO_AGAIN;
}

static sm_event
io_unstuffed (struct sm *sm)
{
    struct io_frame *f = SM_FRAME (sm, struct io_frame);
    int error = sm->error;
    sm_clear_error (sm);
    if (error)
        return recover (sm, f, error);
    f->unstuffed = true;
    sm_set_arg (sm, &f->wish);
    return SM_OK;
}

/* Sizes of the datafiles that were no targets. */
static sm_event
ask_sizes (struct sm *sm, struct io_frame *f)
{
    struct sys_op *op = sys_op_of (sm);
    const struct io_round *r = &f->round;
    uint32_t n = r->map.server_ct - r->ntargets, t = 0;
    f->items = arena_array (&op->arena, n, sizeof *f->items);
    f->item_nr = arena_array (&op->arena, n, sizeof *f->item_nr);
    if (!f->items || !f->item_nr)
        return sm_fail (sm, -ENOMEM, "sizes");
    for (uint32_t nr = 0; nr < r->map.server_ct; nr++) {
        if (t < r->ntargets && r->targets[t].nr == nr) {
            t++;
            continue;
        }
        f->items[f->nitems].handle = r->layout->dfiles[nr];
        f->item_nr[f->nitems++] = nr;
    }
    struct attr_fetch fetch = { .items = f->items, .n = f->nitems, .want = GETATTR_SIZE, .strict = true };
    int err = attr_fetch_calls (op, &fetch, &f->calls);
    for (unsigned i = 0; err == 0 && i < f->calls.n; i++)
        f->calls.calls[i].cap = r->cap;
    if (err < 0)
        return sm_fail (sm, err, "sizes");
    sm_set_arg (sm, &f->calls);
    return IO_SIZES;
}

/* All sizes that are known so far, and what they say. */
static int
settle (struct io_frame *f, struct sys_op *op, bool *ret)
{
    const struct io_round *r = &f->round;
    uint32_t ct = r->map.server_ct;
    int64_t few[16], *sizes = ct <= ARRAY_SIZE (few) ? few : arena_array (&op->arena, ct, sizeof *sizes);
    int64_t round_end;
    if (!sizes)
        return -ENOMEM;
    int err = req_end_logical (r->map.file_req, r->map.file_off, r->map.total, &round_end);
    for (uint32_t i = 0; i < ct; i++)
        sizes[i] = -1;
    for (uint32_t i = 0; i < f->nitems; i++)
        sizes[f->item_nr[i]] = f->items[i].attr.size;
    if (err == 0)
        *ret = io_size_settled (r, round_end, sizes, &f->size);
    return err;
}

static sm_event
judge_short_read (struct sm *sm, struct io_frame *f)
{
    bool settled = false;
    if (is_stuffed (f) && f->wish.cached && !f->round.targets[0].stuffed) {
        f->confirming = true;
        f->wait = 0;
        f->wish.fresh = true;
        return IO_AGAIN;
    }
    int err = settle (f, sys_op_of (sm), &settled);
    if (err < 0)
        return sm_fail (sm, err, "sizes");
    return settled ? SM_OK : ask_sizes (sm, f);
}

/* Unstuffed since its layout was told: what the first datafile has past the first strip lies elsewhere in the file. */
static bool
outgrown (const struct io_frame *f)
{
    return is_stuffed (f) && f->round.ntargets == 1
           && f->round.targets[0].bsize > io_stuffed_limit (&f->dist, f->wish.layout.ndfiles_wanted);
}

static sm_event
io_judge (struct sm *sm)
{
    struct io_frame *f = SM_FRAME (sm, struct io_frame);
    struct sys_op *op = sys_op_of (sm);
    if (f->round.write)
        sys_forget_attr (op, f->wish.ref); /* size, times, set-id bits: also if only a part came through */
    if (sm->error)
        return SM_FAIL;
    int error = round_error (&f->round);
    if (error)
        return recover (sm, f, error);
    f->recovery = (struct io_recovery){ 0 };
    if (!f->round.write && outgrown (f)) {
        f->wait = 0;
        f->wish.fresh = true;
        return IO_AGAIN;
    }
    return !f->round.write && io_short (&f->round) ? judge_short_read (sm, f) : SM_OK;
}

/* Before the layout is asked for again. */
static sm_event
io_renew (struct sm *sm)
{
    struct io_frame *f = SM_FRAME (sm, struct io_frame);
    sm_set_arg (sm, &f->wish);
    if (!f->wait)
        return SM_OK;
    sm_expect (sm, &f->delay.job);
    job_timer_post (&f->delay, reactor_now (sm->reactor) + f->wait, 0);
    f->wait = 0;
    return SM_WAIT;
}

/* --- its end ------------------------------------------------------------------------------------------------------------------------- */

static int
sizes_error (struct sm *sm, const struct io_frame *f)
{
    int error = sm->error;
    sm_clear_error (sm);
    if (error)
        return error;
    for (uint32_t i = 0; i < f->nitems; i++)
        if (f->items[i].error)
            return f->items[i].error;
    return 0;
}

/* *ret: the file reaches into what is left of the call. */
static int
finish_short_read (struct io_frame *f, struct sys_op *op, bool *ret)
{
    struct io_round *r = &f->round;
    bool settled;
    int err = settle (f, op, &settled);
    for (uint32_t i = 0; err == 0 && i < r->ntargets; i++)
        if (r->targets[i].got < r->targets[i].want)
            err = io_fill_hole (r, &r->targets[i], f->size);
    int64_t done = f->moved + r->map.total;
    return err < 0 ? err : io_more_below (op->a.file_req, op->a.offset + done, f->total - done, f->size, ret);
}

static sm_event
io_finish_round (struct sm *sm)
{
    struct io_frame *f = SM_FRAME (sm, struct io_frame);
    struct sys_op *op = sys_op_of (sm);
    struct io_round *r = &f->round;
    bool is_short = io_short (r), more = f->moved + r->map.total < f->total;
    int err = sizes_error (sm, f);
    if (err < 0)
        return recover (sm, f, err);
    if (is_short && r->write)
        more = false;
    else if (is_short)
        err = finish_short_read (f, op, &more);
    if (err < 0)
        return sm_fail (sm, err, "end of file");
    for (uint32_t i = 0; i < r->ntargets; i++)
        op->bytes += r->targets[i].got;
    f->moved += r->map.total;
    return more ? SM_OK : IO_EMPTY;
}

enum {
    IO_BEGIN, IO_GET_LAYOUT, IO_INSPECT, IO_ASK_UNSTUFF, IO_UNSTUFFED, IO_BEGIN_ROUND, IO_MOVE_ONE, IO_MOVE_ALL, IO_JUDGE, IO_RENEWAL,
    IO_ASK_SIZES, IO_FINISH_ROUND
};

static const struct sm_state io_states[] = {
    RUN (IO_BEGIN, io_begin, ON_OK (IO_GET_LAYOUT), ON (IO_EMPTY, SM_DONE), ON_FAIL (SM_DONE)),
    CALL (IO_GET_LAYOUT, get_layout_sm, ON_OK (IO_INSPECT), ON_FAIL (SM_DONE)),
    RUN (IO_INSPECT, io_inspect, ON_OK (IO_BEGIN_ROUND), ON (IO_UNSTUFF, IO_ASK_UNSTUFF), ON (IO_AGAIN, IO_GET_LAYOUT),
         ON (IO_CONFIRMED, IO_FINISH_ROUND), ON_FAIL (SM_DONE)),
    CALL (IO_ASK_UNSTUFF, sys_unstuff_sm, ALWAYS (IO_UNSTUFFED)),
    RUN (IO_UNSTUFFED, io_unstuffed, ON_OK (IO_GET_LAYOUT), ON (IO_AGAIN, IO_RENEWAL), ON_FAIL (SM_DONE)),
    RUN (IO_BEGIN_ROUND, io_begin_round, ON_OK (IO_MOVE_ALL), ON (IO_ONE, IO_MOVE_ONE), ON_FAIL (SM_DONE)),
    CALL (IO_MOVE_ONE, io_target_sm, ALWAYS (IO_JUDGE)),
    CALL_EACH (IO_MOVE_ALL, io_target_sm, next_target, ALWAYS (IO_JUDGE)),
    RUN (IO_JUDGE, io_judge, ON_OK (IO_FINISH_ROUND), ON (IO_AGAIN, IO_RENEWAL), ON (IO_SIZES, IO_ASK_SIZES), ON_FAIL (SM_DONE)),
    RUN (IO_RENEWAL, io_renew, ON_OK (IO_GET_LAYOUT), ON_FAIL (SM_DONE)),
    CALL (IO_ASK_SIZES, server_calls_sm, ALWAYS (IO_FINISH_ROUND)),
    RUN (IO_FINISH_ROUND, io_finish_round, ON_OK (IO_BEGIN_ROUND), ON (IO_EMPTY, SM_DONE), ON (IO_AGAIN, IO_RENEWAL),
         ON_FAIL (SM_DONE)),
};
SM_MACHINE (sys_io_sm, io_states, struct io_frame, io_frame_fini);

const struct sys_op_type sys_io = { .name = "io", .machine = &sys_io_sm };
