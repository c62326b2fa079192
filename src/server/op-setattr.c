/*
 * setattr: owner, group, mode and times. Setting the modification time forgets the last write that the datafile here remembers, before the metafile's
 * record changes; datafiles elsewhere were reset by the client before. A mask that names nothing changes nothing, not even ctime: POSIX leaves that
 * free for chown (path, -1, -1), and so nobody without a right to the object moves its times.
 */
#include "proto/ops/setattr.h"
#include "server/acl.h"
#include "server/record.h"
#include "server/spread.h"

enum { LOOK, RESET, APPLY };

struct setattr_frame {
    struct server_op *op;
    obj_handle datafile; /* 0: none here */
    bool is_datafile;
    struct trove_bstream_op reset;
};

static int
setattr_keys (struct server_op *op)
{
    op->target = REQ (op, setattr)->handle;
    return sched_add (&op->sched, op->fs->id, op->target, NULL, SCHED_EXCLUSIVE);
}

static int
may_change (struct trove_txn *t, struct server_op *op, const struct object_attr *a)
{
    const struct setattr_req *q = REQ (op, setattr);
    const struct proto_cred *c = &op->req.cred;
    bool owner = perm_is_owner (a, c);
    if ((q->mask & SETATTR_UID) && c->uid != 0 && !(owner && q->uid == a->uid))
        return -EPERM;
    if ((q->mask & SETATTR_GID) && c->uid != 0 && !(owner && (q->gid == a->gid || perm_in_group (c, q->gid))))
        return -EPERM;
    if ((q->mask & (SETATTR_MODE | SETATTR_ATIME_SET | SETATTR_MTIME_SET)) && !owner)
        return -EPERM;
    if ((q->mask & (SETATTR_ATIME | SETATTR_MTIME | SETATTR_WRITTEN)) && !owner)
        return perm_check (t, op, q->handle, a, MAY_WRITE);
    return 0;
}

static int
look_txn (struct trove_txn *t, void *arg)
{
    struct setattr_frame *f = arg;
    struct server_op *op = f->op;
    struct proto_info info;
    int r = record_info (t, op->fs->id, REQ (op, setattr)->handle, &op->arena, &info);
    if (r < 0)
        return r == -ENOENT ? -ESTALE : r;
    f->is_datafile = info.attr.type == OBJ_DATAFILE;
    if (!f->is_datafile && (r = may_change (t, op, &info.attr)) < 0)
        return r; /* before anything is reset */
    if (f->is_datafile)
        f->datafile = info.handle;
    else if ((info.have & INFO_LAYOUT) && info.layout.ndfiles == 1 && server_is_local (op->server, op->fs, info.layout.dfiles[0]))
        f->datafile = info.layout.dfiles[0];
    return 0;
}

static sm_event
setattr_look (struct sm *sm)
{
    struct server_op *op = server_op_of (sm);
    struct setattr_frame *f = SM_FRAME (sm, struct setattr_frame);
    if (!(REQ (op, setattr)->mask & (SETATTR_MTIME_SET | SETATTR_RESET_TIME)))
        return SM_OK;
    f->op = op;
    return server_txn (sm, op, look_txn, f, true);
}

static sm_event
setattr_reset (struct sm *sm)
{
    struct server_op *op = server_op_of (sm);
    struct setattr_frame *f = SM_FRAME (sm, struct setattr_frame);
    if (!f->datafile)
        return SM_OK;
    if (f->is_datafile) {
        int r = cap_check (op, f->datafile, CAP_SETATTR);
        if (r < 0)
            return sm_fail (sm, r, "capability");
    }
    f->reset = (struct trove_bstream_op){ .kind = TROVE_SET_MTIME, .fs = op->fs->id, .handle = f->datafile };
    sm_expect (sm, &f->reset.job);
    trove_bstream_post (op->server->trove, &f->reset);
    return SM_WAIT;
}

static bool
names_something (const struct setattr_req *q)
{
    return (q->mask & ~(uint32_t) SETATTR_RESET_TIME) != 0;
}

static void
change (struct server_op *op, struct object_attr *a)
{
    const struct setattr_req *q = REQ (op, setattr);
    uint64_t now = server_now (op->server);
    bool privileged = op->req.cred.uid == 0;
    if (q->mask & SETATTR_UID)
        a->uid = q->uid;
    if (q->mask & SETATTR_GID)
        a->gid = q->gid;
    if ((q->mask & (SETATTR_UID | SETATTR_GID)) && a->type == OBJ_METAFILE) /* as Linux: whoever does it */
        a->mode &= ~(uint32_t) (04000 | ((a->mode & 010) ? 02000 : 0));
    if (q->mask & SETATTR_MODE) {
        a->mode = (a->mode & ~07777u) | (q->mode & 07777);
        if (!privileged && a->type != OBJ_DIRECTORY && !perm_in_group (&op->req.cred, a->gid))
            a->mode &= ~02000u;
    }
    if (q->mask & SETATTR_ATIME)
        a->atime = now;
    if (q->mask & (SETATTR_MTIME | SETATTR_WRITTEN))
        a->mtime = now;
    if (q->mask & SETATTR_ATIME_SET)
        a->atime = q->atime;
    if (q->mask & SETATTR_MTIME_SET)
        a->mtime = q->mtime;
    if ((q->mask & SETATTR_WRITTEN) && !privileged)
        a->mode &= ~(uint32_t) (04000 | ((a->mode & 010) ? 02000 : 0));
    a->ctime = now;
    a->change++;
}

static int
apply_txn (struct trove_txn *t, void *arg)
{
    struct server_op *op = arg;
    struct proto_info *info = &RESP (op, setattr)->info;
    struct object_attr a;
    obj_handle h = REQ (op, setattr)->handle;
    uint32_t mask = REQ (op, setattr)->mask;
    int r = trove_attr_get (t, op->fs->id, h, &a);
    if (r < 0)
        return r == -ENOENT ? -ESTALE : r;
    bool is_datafile = a.type == OBJ_DATAFILE;
    if (!is_datafile && (r = may_change (t, op, &a)) < 0)
        return r;
    if (!is_datafile && names_something (REQ (op, setattr))) {
        change (op, &a);
        r = trove_attr_set (t, op->fs->id, h, &a);
    }
    if (r == 0 && !is_datafile && (mask & SETATTR_MODE))
        r = acl_follow_mode (t, op, h, &a);
    if (r == 0)
        r = record_info (t, op->fs->id, h, &op->arena, info);
    if (r == 0 && (info->have & INFO_LAYOUT))
        r = cap_make (t, op, info, 0);
    if (r == 0 && (mask & (SETATTR_UID | SETATTR_GID | SETATTR_MODE | SETATTR_MTIME_SET)))
        r = spread_follow (t, op, h, &a, mask & SETATTR_MTIME_SET);
    return r < 0 || op->follow ? r : server_put_reply (t, op, 0);
}

static sm_event
setattr_apply (struct sm *sm)
{
    struct server_op *op = server_op_of (sm);
    return server_txn (sm, op, apply_txn, op, false);
}

static void
setattr_finish (struct server_op *op)
{
    server_fill_size (op, &RESP (op, setattr)->info);
}

static const struct sm_state setattr_states[] = {
    RUN (LOOK, setattr_look, ON_OK (RESET), ON_FAIL (SM_DONE)),
    RUN (RESET, setattr_reset, ON_OK (APPLY), ON_FAIL (SM_DONE)),
    RUN (APPLY, setattr_apply, ALWAYS (SM_DONE)),
};
SM_MACHINE (setattr_sm, setattr_states, struct setattr_frame, NULL);

const struct op_desc setattr_desc = { .op = PROTO_setattr, .counter = PERF_SETATTR, .keys = setattr_keys, .machine = &setattr_sm,
                                      .finish = setattr_finish };
