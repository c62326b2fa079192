/*
 * Objects that lose a name; see victim.h.
 */
#include "server/victim.h"

#include "server/bucket.h"

/* Does the owner of an object in this directory decide about its name? */
static bool
owner_matters (const struct object_attr *dir, const struct proto_cred *c)
{
    return perm_sticky (dir, NULL, c) < 0;
}

int
victim_look_only (struct trove_txn *t, struct server_op *op, const struct proto_entry_at *at, const struct entry *e, bool ask,
                  struct victim *ret)
{
    struct object_attr dir;
    *ret = (struct victim){ 0 };
    if (!at || server_is_local (op->server, op->fs, e->handle))
        return 0;
    int r = trove_attr_get (t, op->fs->id, bucket_holder (op->server, op->fs, at), &dir);
    if (r == 0 && (ask || owner_matters (&dir, &op->req.cred)))
        ret->elsewhere = e->handle;
    return r == -ENOENT ? -ESTALE : r;
}

int
victim_look (struct trove_txn *t, struct server_op *op, const struct proto_entry_at *at, const struct entry *e, struct victim *ret)
{
    struct proto_layout l;
    struct object_attr a;
    int r = victim_look_only (t, op, at, e, false, ret);
    if (r < 0 || !server_is_local (op->server, op->fs, e->handle))
        return r;
    if (e->type == OBJ_DIRECTORY && trove_attr_get (t, op->fs->id, e->handle, &a) == 0 && (a.flags & OBJ_SPREAD))
        return 0; /* it is asked for removal like one that lives elsewhere */
    ret->object = e->handle;
    if (e->type != OBJ_METAFILE || layout_get (t, op->fs->id, e->handle, &op->arena, &l) < 0)
        return 0;
    for (uint32_t i = 0; i < l.ndfiles; i++)
        if (server_is_local (op->server, op->fs, l.dfiles[i]))
            ret->datafile = l.dfiles[i];
    return 0;
}

const struct object_attr *
victim_attr (const struct victim *v)
{
    return v->known ? &v->attr : NULL;
}

int
victim_sticky (struct trove_txn *t, struct server_op *op, const struct object_attr *dir, obj_handle h, const struct object_attr *asked)
{
    struct object_attr a;
    if (!owner_matters (dir, &op->req.cred))
        return 0;
    if (!asked && trove_attr_get (t, op->fs->id, h, &a) == 0)
        asked = &a;
    return perm_sticky (dir, asked, &op->req.cred);
}

sm_event
victim_wait (struct sm *sm, struct server_op *op, const struct victim *v)
{
    int r = 0;
    if (v->object)
        r = sched_add (&op->sched, op->fs->id, v->object, NULL, SCHED_EXCLUSIVE);
    if (r == 0 && v->datafile)
        r = sched_add (&op->sched, op->fs->id, v->datafile, NULL, SCHED_EXCLUSIVE);
    if (r < 0)
        return sm_fail (sm, r, "keys of an object");
    if (!v->object)
        return SM_OK;
    sm_expect (sm, &op->sched.job);
    sched_post (&op->sched);
    return SM_WAIT;
}

/* --- asking for the owner ------------------------------------------------------------------------------------------------------- */

enum { ASK, TAKE };
enum { NOTHING = SM_FIRST_OWN };

struct owner_frame {
    struct msgpair mp;
};

static void
owner_frame_fini (void *frame)
{
    msgpair_fini (&((struct owner_frame *) frame)->mp);
}

static sm_event
owner_ask (struct sm *sm)
{
    struct owner_frame *f = SM_FRAME (sm, struct owner_frame);
    struct victim *v = sm_arg (sm);
    if (!v->elsewhere || v->known)
        return NOTHING;
    v->req = (struct getattr_req){ .handle = v->elsewhere, .want = GETATTR_WRITABLE };
    if (server_ask (server_op_of (sm), &f->mp, PROTO_getattr, &v->req, v->elsewhere) < 0)
        return sm_fail (sm, -ENOENT, "server of an object");
    sm_expect (sm, &f->mp.job);
    msgpair_post (&f->mp);
    return SM_WAIT;
}

static sm_event
owner_take (struct sm *sm)
{
    struct owner_frame *f = SM_FRAME (sm, struct owner_frame);
    struct victim *v = sm_arg (sm);
    const struct proto_info *i = &((const struct getattr_resp *) f->mp.resp.body)->info;
    v->attr = i->attr;
    v->writable = i->have & INFO_WRITABLE;
    v->known = true;
    return SM_OK;
}

static const struct sm_state owner_states[] = {
    RUN (ASK, owner_ask, ON_OK (TAKE), ON (NOTHING, SM_DONE), ON_FAIL (SM_DONE)),
    RUN (TAKE, owner_take, ALWAYS (SM_DONE)),
};
SM_MACHINE (victim_owner_sm, owner_states, struct owner_frame, owner_frame_fini);
