/*
 * truncate: a file gets the size op->a.size, shorter or longer; what is new reads as zeros.
 *
 *   layout ──► (unstuff) ──► each datafile its physical size, in parallel ──► metafile: mtime, ctime, set-id bits
 *
 * Datafiles know nothing of each other, so this is not atomic with writers or other truncates; each message may be repeated.
 * A stuffed layout is never believed from the cache: a file that another client has unstuffed has more datafiles to cut.
 */
#include "client/sysint/server-calls.h"
#include "client/sysint/sys-io.h"
#include "client/sysint/volume.h"
#include "proto/ops/setattr.h"
#include "proto/ops/truncate.h"

struct truncate_frame {
    struct layout_wish wish;
    struct unstuff_wish unstuff;
    struct dist dist;
    struct server_calls calls;
    struct io_recovery recovery;
    struct msgpair mp;          /* setattr */
    struct setattr_req body;
    struct job_timer delay;
    struct reactor *reactor;
    uint64_t wait;
    unsigned unstuffs;
    bool unstuffed;
};

enum { TRUNCATE_ROOM = 512, TRUNCATE_MAX_UNSTUFFS = 3 };

enum { TR_UNSTUFF = SM_FIRST_OWN, TR_AGAIN };

static void
truncate_frame_fini (void *frame)
{
    struct truncate_frame *f = frame;
    msgpair_fini (&f->mp);
    if (!f->reactor)
        return;
    reactor_timer_clear (f->reactor, &f->delay.timer);
    if (f->delay.job.reactor)
        list_remove (&f->delay.job.item.link);
}

static sm_event
truncate_begin (struct sm *sm)
{
    struct truncate_frame *f = SM_FRAME (sm, struct truncate_frame);
    struct sys_op *op = sys_op_of (sm);
    int r = op->a.size < 0 ? -EINVAL : sys_check_ref (op, op->a.ref);
    if (r < 0)
        return sm_fail (sm, r, "arguments");
    f->reactor = sm->reactor;
    f->wish.ref = op->a.ref;
    f->wish.cap_mask = CAP_WRITE;
    sm_set_arg (sm, &f->wish);
    return SM_OK;
}

/* -EFBIG: the distribution has no place for the last byte. */
static int
check_size (const struct truncate_frame *f, struct sys_op *op, int64_t *sizes)
{
    uint32_t ct = f->wish.layout.ndfiles;
    for (uint32_t nr = 0; nr < ct; nr++)
        sizes[nr] = f->dist.ops->logical_to_physical (&f->dist, nr, ct, op->a.size);
    return f->dist.ops->logical_file_size (&f->dist, ct, sizes) == op->a.size ? 0 : -EFBIG;
}

static int
plan_calls (struct truncate_frame *f, struct sys_op *op)
{
    struct volume *v = client_volume (op->client, op->a.fs);
    uint32_t ct = f->wish.layout.ndfiles;
    int64_t *sizes = arena_array (&op->arena, ct, sizeof *sizes);
    struct truncate_req *q = arena_array (&op->arena, ct, sizeof *q);
    struct server_call *calls = arena_array (&op->arena, ct, sizeof *calls);
    if (!sizes || !q || !calls)
        return -ENOMEM;
    int r = v ? check_size (f, op, sizes) : -ENODEV;
    for (uint32_t nr = 0; nr < ct && r == 0; nr++) {
        int alias = volume_alias_of (v, f->wish.layout.dfiles[nr]);
        q[nr] = (struct truncate_req){ .handle = f->wish.layout.dfiles[nr], .size = sizes[nr] };
        calls[nr] = (struct server_call){ .alias = (unsigned) alias, .proto_op = PROTO_truncate, .body = &q[nr],
                                          .max_resp = TRUNCATE_ROOM, .cap = &f->wish.cap, .strict = true };
        if (alias < 0)
            r = -ESTALE;
    }
    f->calls = (struct server_calls){ calls, ct };
    return r;
}

static sm_event
ask_again (struct sm *sm, struct truncate_frame *f)
{
    f->wish.fresh = true;
    sm_set_arg (sm, &f->wish);
    return TR_AGAIN;
}

static sm_event
truncate_inspect (struct sm *sm)
{
    struct truncate_frame *f = SM_FRAME (sm, struct truncate_frame);
    struct sys_op *op = sys_op_of (sm);
    const struct proto_layout *l = &f->wish.layout;
    f->wish.fresh = false;
    if (f->wish.type != OBJ_METAFILE)
        return sm_fail (sm, f->wish.type == OBJ_DIRECTORY ? -EISDIR : -EINVAL, "not a file");
    int r = io_layout_dist (l, &f->dist);
    if (r < 0)
        return sm_fail (sm, r, "layout");
    bool may_grow = l->ndfiles == 1 && l->ndfiles_wanted > 1;
    if (may_grow && f->wish.cached && !f->unstuffed)
        return ask_again (sm, f);
    if (may_grow && f->wish.stuffed && op->a.size > io_stuffed_limit (&f->dist, l->ndfiles_wanted)) {
        if (f->unstuffs++ == TRUNCATE_MAX_UNSTUFFS)
            return sm_fail (sm, -EIO, "the file stays stuffed");
        f->unstuff = (struct unstuff_wish){ .ref = f->wish.ref, .cap = &f->wish.cap };
        sm_set_arg (sm, &f->unstuff);
        return TR_UNSTUFF;
    }
    r = plan_calls (f, op);
    if (r < 0)
        return sm_fail (sm, r, "size");
    sm_set_arg (sm, &f->calls);
    return SM_OK;
}

static int
calls_error (struct sm *sm, const struct truncate_frame *f)
{
    int error = sm->error;
    for (unsigned i = 0; i < f->calls.n; i++) {
        int e = f->calls.calls[i].error;
        if (e && e != -EAGAIN && !sys_is_stale (e))
            error = e;
    }
    return error;
}

static sm_event
recover (struct sm *sm, struct truncate_frame *f, int error)
{
    sm_clear_error (sm);
    if (io_recover (sys_op_of (sm), &f->recovery, &f->wish, error, &f->wait) == IO_FINAL)
        return sm_fail (sm, error, "truncate");
    f->unstuffed = false;
    return TR_AGAIN;
}

static sm_event
truncate_unstuffed (struct sm *sm)
{
    struct truncate_frame *f = SM_FRAME (sm, struct truncate_frame);
    if (sm->error)
        return recover (sm, f, sm->error);
    f->unstuffed = true;
    sm_set_arg (sm, &f->wish);
    return SM_OK;
}

static sm_event
truncate_judge (struct sm *sm)
{
    struct truncate_frame *f = SM_FRAME (sm, struct truncate_frame);
    sys_forget_attr (sys_op_of (sm), f->wish.ref);
    return sm->error ? recover (sm, f, calls_error (sm, f)) : SM_OK;
}

static sm_event
truncate_renew (struct sm *sm)
{
    struct truncate_frame *f = SM_FRAME (sm, struct truncate_frame);
    sm_set_arg (sm, &f->wish);
    if (!f->wait)
        return SM_OK;
    sm_expect (sm, &f->delay.job);
    job_timer_post (&f->delay, reactor_now (sm->reactor) + f->wait, 0);
    f->wait = 0;
    return SM_WAIT;
}

static sm_event
truncate_note (struct sm *sm)
{
    struct truncate_frame *f = SM_FRAME (sm, struct truncate_frame);
    f->body = (struct setattr_req){ .handle = f->wish.ref.handle, .mask = SETATTR_WRITTEN };
    int r = sys_msgpair (sys_op_of (sm), &f->mp, PROTO_setattr, &f->body, f->wish.ref.handle);
    if (r < 0)
        return sm_fail (sm, r, "setattr");
    f->mp.req.cap = f->wish.cap;
    f->mp.max_resp = SYS_INFO_ROOM;
    sys_msgpair_post (sm, &f->mp);
    return SM_WAIT;
}

static sm_event
truncate_noted (struct sm *sm)
{
    struct truncate_frame *f = SM_FRAME (sm, struct truncate_frame);
    struct sys_op *op = sys_op_of (sm);
    const struct proto_info *i = &((const struct setattr_resp *) f->mp.resp.body)->info;
    if (i->handle == f->wish.ref.handle)
        sys_note_info (op, f->wish.ref.fs_id, i);
    sys_forget_attr (op, f->wish.ref);
    return SM_OK;
}

enum { TR_BEGIN, TR_GET_LAYOUT, TR_INSPECT, TR_ASK_UNSTUFF, TR_UNSTUFFED, TR_CUT, TR_JUDGE, TR_RENEW, TR_NOTE, TR_NOTED };

static const struct sm_state truncate_states[] = {
    RUN (TR_BEGIN, truncate_begin, ON_OK (TR_GET_LAYOUT), ON_FAIL (SM_DONE)),
    CALL (TR_GET_LAYOUT, get_layout_sm, ON_OK (TR_INSPECT), ON_FAIL (SM_DONE)),
    RUN (TR_INSPECT, truncate_inspect, ON_OK (TR_CUT), ON (TR_UNSTUFF, TR_ASK_UNSTUFF), ON (TR_AGAIN, TR_GET_LAYOUT),
         ON_FAIL (SM_DONE)),
    CALL (TR_ASK_UNSTUFF, sys_unstuff_sm, ALWAYS (TR_UNSTUFFED)),
    RUN (TR_UNSTUFFED, truncate_unstuffed, ON_OK (TR_GET_LAYOUT), ON (TR_AGAIN, TR_RENEW), ON_FAIL (SM_DONE)),
    CALL (TR_CUT, server_calls_sm, ALWAYS (TR_JUDGE)),
    RUN (TR_JUDGE, truncate_judge, ON_OK (TR_NOTE), ON (TR_AGAIN, TR_RENEW), ON_FAIL (SM_DONE)),
    RUN (TR_RENEW, truncate_renew, ON_OK (TR_GET_LAYOUT), ON_FAIL (SM_DONE)),
    RUN (TR_NOTE, truncate_note, ON_OK (TR_NOTED), ON_FAIL (SM_DONE)),
    RUN (TR_NOTED, truncate_noted, ON_OK (SM_DONE), ON_FAIL (SM_DONE)),
};
SM_MACHINE (sys_truncate_sm, truncate_states, struct truncate_frame, truncate_frame_fini);

const struct sys_op_type sys_truncate = { .name = "truncate", .machine = &sys_truncate_sm };
