/*
 * setattr: owner, mode, times – what a.attr.mask names. With a.mask the result holds the attributes then, its size included if
 * PVFS_ATTR_SYS_SIZE is among them.
 *
 * A file's mtime is the newest of metafile and datafiles, so setting it to a given time first makes the datafiles forget their last write.
 * The server's now is never older than those; a stuffed file is one transaction: one message.
 */
#include "client/sysint/acache.h"
#include "client/sysint/server-calls.h"
#include "client/sysint/sys-getattr.h"
#include "client/sysint/volume.h"
#include "proto/ops/setattr.h"

struct setattr_frame {
    struct msgpair mp;
    struct setattr_req body;
    struct layout_wish layout;
    struct server_calls resets;
    struct getattr_wish after;
    bool reset_done, retried;
};

static void
setattr_frame_fini (void *frame)
{
    msgpair_fini (&((struct setattr_frame *) frame)->mp);
}

static void
fill (const struct sys_args *a, struct setattr_req *q)
{
    uint32_t m = a->attr.mask;
    q->handle = a->ref.handle;
    q->mask = (m & PVFS_ATTR_SYS_UID ? SETATTR_UID : 0) | (m & PVFS_ATTR_SYS_GID ? SETATTR_GID : 0)
              | (m & PVFS_ATTR_SYS_PERM ? SETATTR_MODE : 0);
    if (m & PVFS_ATTR_SYS_ATIME_SET)
        q->mask |= SETATTR_ATIME_SET;
    else if (m & PVFS_ATTR_SYS_ATIME)
        q->mask |= SETATTR_ATIME;
    if (m & PVFS_ATTR_SYS_MTIME_SET)
        q->mask |= SETATTR_MTIME_SET;
    else if (m & PVFS_ATTR_SYS_MTIME)
        q->mask |= SETATTR_MTIME;
    q->uid = a->attr.owner;
    q->gid = a->attr.group;
    q->mode = a->attr.perms & PVFS_PERM_VALID;
    q->atime = a->attr.atime * NSEC_PER_SEC + a->atime_ns;
    q->mtime = a->attr.mtime * NSEC_PER_SEC + a->mtime_ns;
}

enum { SETATTR_DIRECT = SM_FIRST_OWN, SETATTR_AGAIN, SETATTR_AFTER };

static sm_event
setattr_check (struct sm *sm)
{
    struct setattr_frame *f = SM_FRAME (sm, struct setattr_frame);
    struct sys_op *op = sys_op_of (sm);
    int r = sys_check_ref (op, op->a.ref);
    if (r < 0 || op->a.atime_ns >= NSEC_PER_SEC || op->a.mtime_ns >= NSEC_PER_SEC)
        return sm_fail (sm, r < 0 ? r : -EINVAL, "arguments");
    fill (&op->a, &f->body);
    if (!(f->body.mask & SETATTR_MTIME_SET))
        return SETATTR_DIRECT;
    f->layout = (struct layout_wish){ .ref = op->a.ref, .cap_mask = CAP_SETATTR };
    sm_set_arg (sm, &f->layout);
    return SM_OK;
}

/* One message to each datafile. */
static sm_event
setattr_reset (struct sm *sm)
{
    struct setattr_frame *f = SM_FRAME (sm, struct setattr_frame);
    struct sys_op *op = sys_op_of (sm);
    const struct proto_layout *l = &f->layout.layout;
    struct volume *v = client_volume (op->client, op->a.fs);
    if (f->layout.type != OBJ_METAFILE || f->layout.stuffed)
        return SETATTR_DIRECT;
    struct server_call *calls = arena_array (&op->arena, l->ndfiles, sizeof *calls);
    struct setattr_req *bodies = arena_array (&op->arena, l->ndfiles, sizeof *bodies);
    if (!v || !calls || !bodies)
        return sm_fail (sm, v ? -ENOMEM : -ENODEV, "datafiles' times");
    for (uint32_t i = 0; i < l->ndfiles; i++) {
        int alias = volume_alias_of (v, l->dfiles[i]);
        if (alias < 0)
            return sm_fail (sm, -ESTALE, "server of a datafile");
        bodies[i] = (struct setattr_req){ .handle = l->dfiles[i], .mask = SETATTR_RESET_TIME };
        calls[i] = (struct server_call){ .alias = (unsigned) alias, .proto_op = PROTO_setattr, .body = &bodies[i],
                                         .cap = &f->layout.cap, .strict = true };
    }
    f->resets = (struct server_calls){ calls, l->ndfiles };
    f->reset_done = true;
    sm_set_arg (sm, &f->resets);
    return SM_OK;
}

static sm_event
setattr_send (struct sm *sm)
{
    struct setattr_frame *f = SM_FRAME (sm, struct setattr_frame);
    struct sys_op *op = sys_op_of (sm);
    int r = sys_msgpair (op, &f->mp, PROTO_setattr, &f->body, op->a.ref.handle);
    if (r < 0)
        return sm_fail (sm, r, "server of the object");
    f->mp.max_resp = SYS_INFO_ROOM;
    sys_msgpair_post (sm, &f->mp);
    return SM_WAIT;
}

static sm_event
setattr_take (struct sm *sm)
{
    struct setattr_frame *f = SM_FRAME (sm, struct setattr_frame);
    struct sys_op *op = sys_op_of (sm);
    struct proto_info *i = info_copy (op, &((const struct setattr_resp *) f->mp.resp.body)->info);
    if (!i)
        return sm_fail (sm, -ENOMEM, "attributes");
    if (f->body.mask & (SETATTR_UID | SETATTR_GID | SETATTR_MODE))
        acache_forget_caps (op->client->acache, (obj_fsid) op->a.fs, op->a.ref.handle);
    sys_forget_attr (op, op->a.ref);
    if (i->handle)
        sys_note_info (op, op->a.fs, i);
    bool striped = i->attr.type == OBJ_METAFILE && !(i->attr.flags & OBJ_STUFFED);
    if ((f->body.mask & SETATTR_MTIME_SET) && striped && !f->reset_done) {
        f->layout.fresh = true; /* somebody unstuffed it meanwhile */
        sm_set_arg (sm, &f->layout);
        return SETATTR_AGAIN;
    }
    op->result = (struct client_attr){ .ref = op->a.ref, .attr = i->attr,
                                       .have_size = !striped || (i->have & INFO_SIZE) };
    if (!op->a.mask)
        return SM_OK;
    f->after = (struct getattr_wish){ .ref = op->a.ref, .want_size = op->a.mask & PVFS_ATTR_SYS_SIZE,
                                      .known = i->handle ? i : NULL, .ret = &op->result };
    sm_set_arg (sm, &f->after);
    return SETATTR_AFTER;
}

static sm_event
setattr_failed (struct sm *sm)
{
    struct setattr_frame *f = SM_FRAME (sm, struct setattr_frame);
    struct sys_op *op = sys_op_of (sm);
    bool old_cap = sm->error == -EAGAIN;
    if (sys_is_stale (sm->error) || old_cap)
        sys_forget (op, op->a.ref);
    if (f->retried || !f->layout.cached || (!sys_is_stale (sm->error) && !old_cap))
        return SM_FAIL;
    f->retried = true;
    f->reset_done = false;
    sm_clear_error (sm);
    sm_set_arg (sm, &f->layout);
    return SM_OK;
}

/* Not the owner: the word for it is EPERM. */
static sm_event
setattr_refused (struct sm *sm)
{
    int err = sm->error;
    sm_clear_error (sm);
    return sm_fail (sm, err == -EACCES ? -EPERM : err, "layout");
}

enum { SA_CHECK, SA_LAYOUT, SA_REFUSED, SA_RESET, SA_RESETS, SA_SEND, SA_TAKE, SA_AFTER, SA_FAILED };

static const struct sm_state setattr_states[] = {
    RUN (SA_CHECK, setattr_check, ON_OK (SA_LAYOUT), ON_FAIL (SM_DONE), ON (SETATTR_DIRECT, SA_SEND)),
    CALL (SA_LAYOUT, get_layout_sm, ON_OK (SA_RESET), ON_FAIL (SA_REFUSED)),
    RUN (SA_REFUSED, setattr_refused, ALWAYS (SM_DONE)),
    RUN (SA_RESET, setattr_reset, ON_OK (SA_RESETS), ON_FAIL (SA_FAILED), ON (SETATTR_DIRECT, SA_SEND)),
    CALL (SA_RESETS, server_calls_sm, ON_OK (SA_SEND), ON_FAIL (SA_FAILED)),
    RUN (SA_SEND, setattr_send, ON_OK (SA_TAKE), ON_FAIL (SA_FAILED)),
    RUN (SA_TAKE, setattr_take, ON_OK (SM_DONE), ON_FAIL (SM_DONE), ON (SETATTR_AGAIN, SA_LAYOUT), ON (SETATTR_AFTER, SA_AFTER)),
    CALL (SA_AFTER, getattr_sm, ALWAYS (SM_DONE)),
    RUN (SA_FAILED, setattr_failed, ON_OK (SA_LAYOUT), ON_FAIL (SM_DONE)),
};
SM_MACHINE (sys_setattr_sm, setattr_states, struct setattr_frame, setattr_frame_fini);

const struct sys_op_type sys_setattr = { .name = "setattr", .machine = &sys_setattr_sm };
