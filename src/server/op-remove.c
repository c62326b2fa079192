/*
 * remove: an entry, and what it names if that was its last name. A file: one transaction here, parts elsewhere by an intent in the background; a file
 * elsewhere is told before the answer. A directory elsewhere: its server decides whether it is empty, under an intent.
 *
 * First a look, so that the object (and the datafile that lives here) is waited for: a removal comes behind the I/O that runs on it.
 */
#include "proto/ops/remove.h"
#include "server/bucket.h"
#include "server/data.h"
#include "server/hold.h"
#include "server/intent.h"

enum { LOOK, OWNER, WAIT_FOR_OBJECT, REMOVE, CHOICE, CARRY_OUT };
enum { ELSEWHERE = SM_FIRST_OWN };

struct remove_frame {
    struct server_op *op;
    struct entry seen;
    struct victim victim;
    struct intent *pending;   /* parts elsewhere */
    struct intent *intent;    /* a directory elsewhere */
};

static void
remove_frame_fini (void *frame)
{
    struct remove_frame *f = frame;
    intent_free (f->intent);
    intent_free (f->pending);
}

static int
remove_keys (struct server_op *op)
{
    return server_entry_keys (op, &REQ (op, remove)->at);
}

static int
look_txn (struct trove_txn *t, void *arg)
{
    struct remove_frame *f = arg;
    struct server_op *op = f->op;
    struct remove_req *q = REQ (op, remove);
    struct object_attr dir;
    int r = bucket_check (t, op, &q->at, MAY_WRITE | MAY_EXEC, &dir);
    if (r == 0)
        r = entry_get (t, op->fs->id, q->at.dirdata, q->at.name, &f->seen);
    return r < 0 ? r : victim_look (t, op, &q->at, &f->seen, &f->victim);
}

static sm_event
remove_look (struct sm *sm)
{
    struct remove_frame *f = SM_FRAME (sm, struct remove_frame);
    f->op = server_op_of (sm);
    sm_set_arg (sm, &f->victim);
    return server_txn (sm, f->op, look_txn, f, true);
}

static sm_event
remove_wait (struct sm *sm)
{
    struct remove_frame *f = SM_FRAME (sm, struct remove_frame);
    return victim_wait (sm, f->op, &f->victim);
}

static int
make_rmdir_intent (struct trove_txn *t, struct remove_frame *f, const struct entry *e)
{
    struct intent *i = intent_new (f->op->server, INTENT_RMDIR, f->op);
    if (!i)
        return -ENOMEM;
    i->at = REQ (f->op, remove)->at;
    i->handle = e->handle;
    i->type = OBJ_DIRECTORY;
    return intent_promise (t, i, &f->intent);
}

static int
remove_txn (struct trove_txn *t, void *arg)
{
    struct remove_frame *f = arg;
    struct server_op *op = f->op;
    struct remove_req *q = REQ (op, remove);
    struct object_attr dir;
    struct entry e;
    int r = bucket_check (t, op, &q->at, MAY_WRITE | MAY_EXEC, &dir);
    if (r == 0)
        r = entry_get (t, op->fs->id, q->at.dirdata, q->at.name, &e);
    if (r < 0)
        return r;
    bool is_dir = e.type == OBJ_DIRECTORY;
    if (q->want == REMOVE_FILE && is_dir)
        return -EISDIR;
    if (q->want == REMOVE_DIR && !is_dir)
        return -ENOTDIR;
    r = victim_sticky (t, op, &dir, e.handle, victim_attr (&f->victim));
    if (r < 0)
        return r;
    r = object_unlinked (t, op, &e, &f->pending);
    if (r == -EREMOTE)
        return make_rmdir_intent (t, f, &e);
    if (r == 0)
        r = entry_del (t, op->fs->id, q->at.dirdata, q->at.name);
    if (r == 0)
        r = server_dir_changed (t, op, &q->at, -1, is_dir ? -1 : 0);
    RESP (op, remove)->handle = e.handle;
    return r < 0 ? r : server_put_reply (t, op, 0);
}

static sm_event
remove_run (struct sm *sm)
{
    struct remove_frame *f = SM_FRAME (sm, struct remove_frame);
    hold_look (f->op, f->victim.object);
    return server_txn (sm, f->op, remove_txn, f, false);
}

static sm_event
remove_choice (struct sm *sm)
{
    struct remove_frame *f = SM_FRAME (sm, struct remove_frame);
    if (f->seen.type == OBJ_DIRECTORY) {
        f->op->server->perf[PERF_RMDIR]++;
        f->op->timer = PERF_TIMER_CREATE + PERF_RMDIR - PERF_CREATE;
    }
    if (f->victim.datafile)
        known_forget (f->op->server, f->op->fs->id, f->victim.datafile);
    if (intent_follow (sm, &f->pending, f->op))
        return ELSEWHERE;
    if (!f->intent)
        return SM_OK;
    intent_begin (sm, f->intent);
    return ELSEWHERE;
}

static const struct sm_state remove_states[] = {
    RUN (LOOK, remove_look, ON_OK (OWNER), ON_FAIL (SM_DONE)),
    CALL (OWNER, victim_owner_sm, ON_OK (WAIT_FOR_OBJECT), ON_FAIL (SM_DONE)),
    RUN (WAIT_FOR_OBJECT, remove_wait, ON_OK (REMOVE), ON_FAIL (SM_DONE)),
    RUN (REMOVE, remove_run, ON_OK (CHOICE), ON_FAIL (SM_DONE)),
    RUN (CHOICE, remove_choice, ON (ELSEWHERE, CARRY_OUT), ALWAYS (SM_DONE)),
    CALL (CARRY_OUT, intent_sm, ALWAYS (SM_DONE)),
};
SM_MACHINE (remove_sm, remove_states, struct remove_frame, remove_frame_fini);

const struct op_desc remove_desc = { .op = PROTO_remove, .counter = PERF_REMOVE, .keys = remove_keys, .machine = &remove_sm };
