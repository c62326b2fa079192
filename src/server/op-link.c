/*
 * link: one more name. The object is here: one transaction. Elsewhere: an intent; its server counts the name, then the entry is put.
 * link_count is that server's half, and counts names that went, too.
 */
#include "proto/ops/link.h"
#include "proto/ops/link_count.h"
#include "server/bucket.h"
#include "server/data.h"
#include "server/hold.h"
#include "server/intent.h"
#include "server/once.h"

enum { MAX_LINKS = 1 << 30 };

/* In a transaction, on the object's server. */
static int
add_name (struct trove_txn *t, struct server_op *op, obj_handle h, uint8_t *ret_type)
{
    struct object_attr a;
    int r = trove_attr_get (t, op->fs->id, h, &a);
    if (r < 0)
        return r == -ENOENT ? -ESTALE : r;
    if (a.type == OBJ_DIRECTORY)
        return -EPERM;
    if (a.type != OBJ_METAFILE && a.type != OBJ_SYMLINK && a.type != OBJ_SPECIAL)
        return -EINVAL;
    if (a.nlink == 0)
        return -ENOENT; /* removed, but still held by somebody who has it open */
    if (a.nlink >= MAX_LINKS)
        return -EMLINK;
    a.nlink++;
    a.ctime = server_now (op->server);
    a.change++;
    *ret_type = a.type;
    return trove_attr_set (t, op->fs->id, h, &a);
}

/* --- link -------------------------------------------------------------------------------------------------------------------- */

enum { BEGIN, CHOICE, CARRY_OUT };
enum { ELSEWHERE = SM_FIRST_OWN };

struct link_frame {
    struct server_op *op;
    struct intent *intent;
};

static void
link_frame_fini (void *frame)
{
    intent_free (((struct link_frame *) frame)->intent);
}

static int
link_keys (struct server_op *op)
{
    struct link_req *q = REQ (op, link);
    int r = server_entry_keys (op, &q->at);
    if (r == 0 && server_is_local (op->server, op->fs, q->handle))
        r = sched_add (&op->sched, op->fs->id, q->handle, NULL, SCHED_EXCLUSIVE);
    return r;
}

static int
link_here (struct trove_txn *t, struct server_op *op)
{
    struct link_req *q = REQ (op, link);
    struct entry e = { .handle = q->handle };
    int r = add_name (t, op, e.handle, &e.type);
    RESP (op, link)->type = e.type;
    if (r == 0)
        r = entry_put (t, op->fs->id, q->at.dirdata, q->at.name, &e);
    if (r == 0)
        r = server_dir_changed (t, op, &q->at, 1, 0);
    return r < 0 ? r : server_put_reply (t, op, 0);
}

static int
link_elsewhere (struct trove_txn *t, struct link_frame *f)
{
    struct link_req *q = REQ (f->op, link);
    struct intent *i = intent_new (f->op->server, INTENT_LINK, f->op);
    if (!i)
        return -ENOMEM;
    i->at = q->at;
    i->handle = q->handle;
    int r = intent_promise (t, i, &f->intent);
    return r < 0 ? r : bucket_changed (t, f->op, &q->at, 1, 0);
}

static int
link_txn (struct trove_txn *t, void *arg)
{
    struct link_frame *f = arg;
    struct link_req *q = REQ (f->op, link);
    struct object_attr dir;
    int r = server_check_new_name (t, f->op, &q->at, &dir);
    if (r < 0)
        return r;
    return server_is_local (f->op->server, f->op->fs, q->handle) ? link_here (t, f->op) : link_elsewhere (t, f);
}

static sm_event
link_begin (struct sm *sm)
{
    struct link_frame *f = SM_FRAME (sm, struct link_frame);
    f->op = server_op_of (sm);
    if (server_of_handle (f->op->server, f->op->fs, REQ (f->op, link)->handle) < 0)
        return sm_fail (sm, -ESTALE, "no server has this handle");
    return server_txn (sm, f->op, link_txn, f, false);
}

static sm_event
link_choice (struct sm *sm)
{
    struct link_frame *f = SM_FRAME (sm, struct link_frame);
    if (!f->intent)
        return SM_OK;
    intent_begin (sm, f->intent);
    return ELSEWHERE;
}

static const struct sm_state link_states[] = {
    RUN (BEGIN, link_begin, ON_OK (CHOICE), ON_FAIL (SM_DONE)),
    RUN (CHOICE, link_choice, ON (ELSEWHERE, CARRY_OUT), ALWAYS (SM_DONE)),
    CALL (CARRY_OUT, intent_sm, ALWAYS (SM_DONE)),
};
SM_MACHINE (link_sm, link_states, struct link_frame, link_frame_fini);

const struct op_desc link_desc = { .op = PROTO_link, .keys = link_keys, .machine = &link_sm, .creates = true };

/* --- link_count ---------------------------------------------------------------------------------------------------------------- */

enum { LOOK, WAIT_FOR_DATA, COUNT, COUNTED };

struct count_frame {
    struct server_op *op;
    struct victim victim;
    struct intent *pending; /* datafiles elsewhere, of a file that is gone */
};

static void
count_frame_fini (void *frame)
{
    intent_free (((struct count_frame *) frame)->pending);
}

static int
link_count_keys (struct server_op *op)
{
    op->target = REQ (op, link_count)->handle;
    return sched_add (&op->sched, op->fs->id, op->target, NULL, SCHED_EXCLUSIVE);
}

static int
count_look_txn (struct trove_txn *t, void *arg)
{
    struct count_frame *f = arg;
    struct object_attr a;
    if (REQ (f->op, link_count)->more || trove_attr_get (t, f->op->fs->id, f->op->target, &a) < 0 || a.nlink > 1)
        return 0;
    return victim_look (t, f->op, NULL, &(struct entry){ f->op->target, a.type }, &f->victim);
}

static sm_event
count_look (struct sm *sm)
{
    struct count_frame *f = SM_FRAME (sm, struct count_frame);
    f->op = server_op_of (sm);
    return server_txn (sm, f->op, count_look_txn, f, true);
}

static sm_event
count_wait (struct sm *sm)
{
    struct count_frame *f = SM_FRAME (sm, struct count_frame);
    return f->victim.object ? victim_wait (sm, f->op, &f->victim) : SM_OK;
}

static int
count_less (struct trove_txn *t, struct count_frame *f)
{
    struct object_attr a;
    int r = trove_attr_get (t, f->op->fs->id, f->op->target, &a);
    if (r < 0)
        return r == -ENOENT ? 0 : r;
    if (a.type == OBJ_DIRECTORY)
        return -EISDIR;
    return object_unlinked (t, f->op, &(struct entry){ f->op->target, a.type }, &f->pending);
}

static int
count_txn (struct trove_txn *t, void *arg)
{
    struct count_frame *f = arg;
    struct link_count_req *q = REQ (f->op, link_count);
    struct once order = { q->coordinator, q->intent, q->settled };
    obj_handle type = 0;
    int r = once_get (t, f->op->fs->id, &order, &type);
    RESP (f->op, link_count)->type = (uint8_t) type;
    if (r != -ENOENT)
        return r;
    r = q->more ? add_name (t, f->op, q->handle, &RESP (f->op, link_count)->type) : count_less (t, f);
    return r < 0 ? r : once_put (t, f->op->fs->id, &order, RESP (f->op, link_count)->type);
}

static sm_event
count_run (struct sm *sm)
{
    struct count_frame *f = SM_FRAME (sm, struct count_frame);
    hold_look (f->op, f->victim.object);
    return server_txn (sm, f->op, count_txn, f, false);
}

static sm_event
counted (struct sm *sm)
{
    struct count_frame *f = SM_FRAME (sm, struct count_frame);
    if (f->victim.datafile)
        known_forget (f->op->server, f->op->fs->id, f->victim.datafile);
    intent_follow (sm, &f->pending, f->op);
    return SM_OK;
}

static const struct sm_state count_states[] = {
    RUN (LOOK, count_look, ON_OK (WAIT_FOR_DATA), ON_FAIL (SM_DONE)),
    RUN (WAIT_FOR_DATA, count_wait, ON_OK (COUNT), ON_FAIL (SM_DONE)),
    RUN (COUNT, count_run, ON_OK (COUNTED), ON_FAIL (SM_DONE)),
    RUN (COUNTED, counted, ALWAYS (SM_DONE)),
};
SM_MACHINE (link_count_sm, count_states, struct count_frame, count_frame_fini);

const struct op_desc link_count_desc = { .op = PROTO_link_count, .keys = link_count_keys, .machine = &link_count_sm };
