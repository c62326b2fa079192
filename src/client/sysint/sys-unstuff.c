/*
 * unstuff: a stuffed file that grows past its first strip, or that somebody wants to, gets all its datafiles. The metafile's server
 * does it, once, whoever asks; the answer – the new layout and a capability for it – goes into the cache.
 */
#include "client/sysint/sys-io.h"
#include "proto/ops/unstuff.h"

struct unstuff_frame {
    struct msgpair mp;
    struct unstuff_req body;
};

static void
unstuff_frame_fini (void *frame)
{
    msgpair_fini (&((struct unstuff_frame *) frame)->mp);
}

static sm_event
unstuff_ask (struct sm *sm)
{
    struct unstuff_frame *f = SM_FRAME (sm, struct unstuff_frame);
    const struct unstuff_wish *w = sm_arg (sm);
    f->body.handle = w->ref.handle;
    int r = sys_msgpair (sys_op_of (sm), &f->mp, PROTO_unstuff, &f->body, w->ref.handle);
    if (r < 0)
        return sm_fail (sm, r, "unstuff");
    f->mp.req.cap = *w->cap;
    f->mp.max_resp = SYS_INFO_ROOM;
    sys_msgpair_post (sm, &f->mp);
    return SM_WAIT;
}

static sm_event
unstuff_take (struct sm *sm)
{
    struct unstuff_frame *f = SM_FRAME (sm, struct unstuff_frame);
    const struct unstuff_wish *w = sm_arg (sm);
    struct sys_op *op = sys_op_of (sm);
    const struct proto_info *i = &((const struct unstuff_resp *) f->mp.resp.body)->info;
    if (i->handle != w->ref.handle || (i->attr.flags & OBJ_STUFFED))
        return sm_fail (sm, -EPROTO, "unstuff of another object");
    sys_forget (op, w->ref); /* with the capabilities of the old layout */
    sys_note_info (op, w->ref.fs_id, i);
    return SM_OK;
}

enum { US_ASK, US_TAKE };

static const struct sm_state unstuff_states[] = {
    RUN (US_ASK, unstuff_ask, ON_OK (US_TAKE), ON_FAIL (SM_DONE)),
    RUN (US_TAKE, unstuff_take, ON_OK (SM_DONE), ON_FAIL (SM_DONE)),
};
SM_MACHINE (sys_unstuff_sm, unstuff_states, struct unstuff_frame, unstuff_frame_fini);
