/*
 * hold: takes hold of open files of one server again, and gives others back; see proto/ops/hold.h. flags: the server's alias index;
 * resp: const struct hold_wish *, valid to the end. (Holds are first taken by getattr and create: a.hold.)
 */
#include "client/sysint/client.h"
#include "proto/ops/hold.h"

struct hold_frame {
    struct msgpair mp;
    struct hold_req body;
};

static void
hold_frame_fini (void *frame)
{
    msgpair_fini (&((struct hold_frame *) frame)->mp);
}

static sm_event
hold_send (struct sm *sm)
{
    struct hold_frame *f = SM_FRAME (sm, struct hold_frame);
    struct sys_op *op = sys_op_of (sm);
    const struct hold_wish *w = op->a.resp;
    f->body = (struct hold_req){ .stamp = w->stamp, .ntake = w->ntake, .ndrop = w->ndrop, .take = (obj_handle *) w->take,
                                 .drop = (obj_handle *) w->drop };
    int r = sys_msgpair_alias (op, &f->mp, PROTO_hold, &f->body, (unsigned) op->a.flags);
    if (r < 0)
        return sm_fail (sm, r, "server of open files");
    sys_msgpair_post (sm, &f->mp);
    return SM_WAIT;
}

enum { HOLD };

static const struct sm_state hold_states[] = {
    RUN (HOLD, hold_send, ALWAYS (SM_DONE)),
};
SM_MACHINE (sys_hold_sm, hold_states, struct hold_frame, hold_frame_fini);

const struct sys_op_type sys_hold = { .name = "hold", .machine = &sys_hold_sm };
