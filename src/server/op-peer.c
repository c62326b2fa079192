/*
 * What servers ask of each other: handles in advance, the first half of a remote mkdir, the end of objects, the target half of a rename,
 * the new parent of a moved directory. All may be repeated.
 */
#include <stdio.h>

#include "proto/ops/batch_create.h"
#include "proto/ops/crdirent.h"
#include "proto/ops/init_object.h"
#include "proto/ops/remove_object.h"
#include "proto/ops/rename.h"
#include "proto/ops/set_parent.h"
#include "proto/record.h"
#include "server/data.h"
#include "server/hold.h"
#include "server/intent.h"
#include "server/once.h"
#include "server/spread.h"

/* --- batch_create: the last batch for each asker is remembered until it is named as stored ------------------------------------------ */

enum { BATCH_NAME_MAX = 300, BATCH_RECORD_MAX = 16 + 8 * PROTO_MAX_HANDLES };

static int
batch_get (struct trove_txn *t, struct server_op *op, const struct trove_key *key, struct batch_create_resp *ret)
{
    const void *v;
    size_t n;
    int r = trove_get (t, key, &v, &n);
    if (r < 0)
        return r;
    void *copy = arena_memdup (&op->arena, v, n);
    if (!copy)
        return -ENOMEM;
    struct wire w;
    wire_decoder (&w, copy, n, &op->arena);
    record_batch_codec (&w, &ret->batch, &ret->handles, &ret->nhandles);
    return wire_finish (&w) < 0 ? -EIO : 0;
}

static int
make_batch (struct trove_txn *t, struct server_op *op, struct batch_create_resp *b)
{
    struct batch_create_req *q = REQ (op, batch_create);
    bool data = q->type == OBJ_DATAFILE;
    b->nhandles = MIN (MAX (q->count, 1u), (uint32_t) PROTO_MAX_HANDLES);
    b->handles = arena_array (&op->arena, b->nhandles, sizeof *b->handles);
    if (!b->handles)
        return -ENOMEM;
    int r = 0;
    for (uint32_t i = 0; r == 0 && i < b->nhandles; i++) {
        struct object_attr a = { .type = OBJ_DATAFILE };
        r = trove_new_handle (t, op->fs->id, data, &b->handles[i]);
        if (r == 0 && data)
            r = trove_attr_set (t, op->fs->id, b->handles[i], &a);
    }
    return r;
}

static int
batch_create_txn (struct trove_txn *t, struct server_op *op)
{
    struct batch_create_req *q = REQ (op, batch_create);
    struct batch_create_resp *b = RESP (op, batch_create);
    char name[BATCH_NAME_MAX];
    if (q->type != OBJ_DATAFILE && q->type != OBJ_DIRECTORY)
        return -EINVAL;
    snprintf (name, sizeof name, "batch:%u:%s", q->type, q->pool_owner);
    struct trove_key key = { .fs = op->fs->id, .type = TROVE_KEYVAL, .handle = 0, .name = name, .name_len = strlen (name) };
    int r = batch_get (t, op, &key, b);
    if (r == 0 && b->batch != q->stored)
        return 0; /* given out before, never stored */
    if (r < 0 && r != -ENOENT)
        return r;
    b->batch = MAX (r == 0 ? b->batch : 0, q->stored) + 1;
    r = make_batch (t, op, b);
    if (r < 0)
        return r;
    struct wire w;
    wire_encoder_grow (&w, BATCH_RECORD_MAX);
    record_batch_codec (&w, &b->batch, &b->handles, &b->nhandles);
    r = w.err ? w.err : trove_put (t, &key, w.buf, w.pos);
    wire_fini (&w);
    return r;
}

const struct op_desc batch_create_desc = { .op = PROTO_batch_create, .txn = batch_create_txn, .creates = true };

/* --- init_object ----------------------------------------------------------------------------------------------------------------------- */

static int
init_object_keys (struct server_op *op)
{
    op->target = REQ (op, init_object)->handle;
    return sched_add (&op->sched, op->fs->id, op->target, NULL, SCHED_EXCLUSIVE);
}

static int
init_object_txn (struct trove_txn *t, struct server_op *op)
{
    struct init_object_req *q = REQ (op, init_object);
    struct object_attr a;
    int r = trove_attr_get (t, op->fs->id, q->handle, &a);
    if (r == -ENOENT && q->attr.type != OBJ_DIRECTORY)
        return -EINVAL;
    if (r == -ENOENT) { /* the first time */
        r = record_put_xattrs (t, op->fs->id, q->handle, &q->attr, q->nxattrs, q->xattrs);
        if (r == 0)
            r = record_new_directory (t, op->fs->id, q->handle, &q->attr);
        if (r == 0)
            r = spread_promise (t, op, q->handle, &q->attr);
    }
    return r < 0 ? r : record_info (t, op->fs->id, q->handle, &op->arena, &RESP (op, init_object)->info);
}

const struct op_desc init_object_desc = { .op = PROTO_init_object, .keys = init_object_keys, .txn = init_object_txn, .creates = true };

/* --- remove_object ---------------------------------------------------------------------------------------------------------------------- */

enum { LOOK, WAIT_FOR_DATA, REMOVE, REMOVED, REMOVE_SPREAD };
enum { SPREAD = SM_FIRST_OWN };

struct remove_object_frame {
    struct server_op *op;
    struct victim victim; /* of several handles all are datafiles or dirdatas, whose keys are held */
    bool spread;          /* a directory with buckets elsewhere */
    struct intent *pending[16];
    unsigned npending;
};

static void
remove_object_fini (void *frame)
{
    struct remove_object_frame *f = frame;
    for (unsigned i = 0; i < f->npending; i++)
        intent_free (f->pending[i]);
}

static int
remove_object_keys (struct server_op *op)
{
    struct remove_object_req *q = REQ (op, remove_object);
    op->target = q->nhandles ? q->handles[0] : 0;
    int r = 0;
    for (uint32_t i = 0; r == 0 && i < MIN (q->nhandles, (uint32_t) SCHED_MAX_KEYS); i++)
        r = sched_add (&op->sched, op->fs->id, q->handles[i], NULL, SCHED_EXCLUSIVE);
    return r;
}

static int
remove_one (struct trove_txn *t, struct remove_object_frame *f, obj_handle h)
{
    struct server_op *op = f->op;
    struct object_attr a;
    int r = trove_attr_get (t, op->fs->id, h, &a);
    if (r < 0)
        return r == -ENOENT ? 0 : r;
    if (a.type == OBJ_DATAFILE || a.type == OBJ_DIRDATA)
        return record_remove_object (t, op->fs->id, h);
    struct intent *pending = NULL;
    struct entry e = { h, a.type };
    r = object_unlinked (t, op, &e, &pending);
    if (pending && f->npending == ARRAY_SIZE (f->pending)) {
        intent_free (pending);
        return -E2BIG;
    }
    if (pending)
        f->pending[f->npending++] = pending;
    return r;
}

static int
remove_object_txn (struct trove_txn *t, void *arg)
{
    struct remove_object_frame *f = arg;
    struct remove_object_req *q = REQ (f->op, remove_object);
    int r = 0;
    for (uint32_t i = 0; r == 0 && i < q->nhandles; i++)
        r = remove_one (t, f, q->handles[i]);
    return r;
}

static int
remove_object_look_txn (struct trove_txn *t, void *arg)
{
    struct remove_object_frame *f = arg;
    struct remove_object_req *q = REQ (f->op, remove_object);
    struct object_attr a;
    if (q->nhandles != 1 || trove_attr_get (t, f->op->fs->id, q->handles[0], &a) < 0)
        return 0;
    f->spread = a.type == OBJ_DIRECTORY && (a.flags & OBJ_SPREAD);
    return victim_look (t, f->op, NULL, &(struct entry){ q->handles[0], a.type }, &f->victim);
}

static sm_event
remove_object_look (struct sm *sm)
{
    struct remove_object_frame *f = SM_FRAME (sm, struct remove_object_frame);
    f->op = server_op_of (sm);
    return server_txn (sm, f->op, remove_object_look_txn, f, true);
}

static sm_event
remove_object_wait (struct sm *sm)
{
    struct remove_object_frame *f = SM_FRAME (sm, struct remove_object_frame);
    if (f->spread) {
        sm_set_arg (sm, &REQ (f->op, remove_object)->handles[0]);
        return SPREAD;
    }
    return f->victim.datafile ? victim_wait (sm, f->op, &f->victim) : SM_OK;
}

static sm_event
remove_object_run (struct sm *sm)
{
    struct remove_object_frame *f = SM_FRAME (sm, struct remove_object_frame);
    f->op = server_op_of (sm);
    return server_txn (sm, f->op, remove_object_txn, f, false);
}

static sm_event
remove_object_done (struct sm *sm)
{
    struct remove_object_frame *f = SM_FRAME (sm, struct remove_object_frame);
    struct remove_object_req *q = REQ (f->op, remove_object);
    for (uint32_t i = 0; i < q->nhandles; i++)
        known_forget (f->op->server, f->op->fs->id, q->handles[i]);
    if (f->victim.datafile)
        known_forget (f->op->server, f->op->fs->id, f->victim.datafile);
    while (f->npending)
        intent_spawn (f->pending[--f->npending], f->op->txn.seq);
    return SM_OK;
}

static const struct sm_state remove_object_states[] = {
    RUN (LOOK, remove_object_look, ON_OK (WAIT_FOR_DATA), ON_FAIL (SM_DONE)),
    RUN (WAIT_FOR_DATA, remove_object_wait, ON_OK (REMOVE), ON (SPREAD, REMOVE_SPREAD), ON_FAIL (SM_DONE)),
    CALL (REMOVE_SPREAD, spread_remove_sm, ALWAYS (SM_DONE)),
    RUN (REMOVE, remove_object_run, ON_OK (REMOVED), ON_FAIL (SM_DONE)),
    RUN (REMOVED, remove_object_done, ALWAYS (SM_DONE)),
};
SM_MACHINE (remove_object_sm, remove_object_states, struct remove_object_frame, remove_object_fini);

const struct op_desc remove_object_desc = { .op = PROTO_remove_object, .keys = remove_object_keys, .machine = &remove_object_sm };

/* --- crdirent ------------------------------------------------------------------------------------------------------------------------------ */

enum { LOOK_AT, OWNER, WAIT_FOR_OLD, PUT, CHOICE, CARRY_ON, AFTER_UNLINK, PROMISE, PROMISED, REMOVE_DIR, DIR_REMOVED, FORGET };
enum { IN_THE_WAY = SM_FIRST_OWN, FOLLOW, PROMISED_BEFORE, CARRIED_OUT };

struct crdirent_frame {
    struct server_op *op;
    struct victim victim; /* what is replaced */
    struct rename_put put;
    struct msgpair mp;
    struct remove_object_req req;
    struct intent *promise; /* REPLACE; or op->covers */
    struct trove_durable durable;
    bool done;              /* the record of either is gone */
    bool known;             /* it was carried out before */
};

static void
crdirent_fini (void *frame)
{
    struct crdirent_frame *f = frame;
    msgpair_fini (&f->mp);
    intent_free (f->put.pending);
    intent_free (f->promise);
    if (f->op && f->op->covers)
        intent_uncover (f->op->covers, f->done);
}

static struct intent *
replacement (const struct crdirent_frame *f)
{
    return f->promise ? f->promise : f->op->covers;
}

/* The same order, from an earlier life of its coordinator or of the connection: its outcome is waited for. */
static bool
runs_already (struct server_op *op, const struct crdirent_req *q)
{
    struct server_op *o;
    list_for_each (o, &op->server->ops, link) {
        const struct crdirent_req *r = o != op && o->req.op == PROTO_crdirent ? o->req.body : NULL;
        if (r && r->intent == q->intent && !strcmp (r->coordinator, q->coordinator))
            return true;
    }
    return false;
}

/* Without keys: the entry is busy, and only the answer to an order that was carried out before can be given. */
static int
crdirent_keys (struct server_op *op)
{
    const struct crdirent_req *q = REQ (op, crdirent);
    op->target = q->at.dirdata;
    if ((op->covers = intent_cover (op->server, q->coordinator, q->intent)))
        return 0;
    int r = server_entry_keys (op, &q->at);
    if (r == 0 && q->nowait && sched_would_wait (&op->sched) && !runs_already (op, q))
        sched_release (&op->sched);
    return r;
}

static struct once
order_of (const struct crdirent_req *q)
{
    return (struct once){ q->coordinator, q->intent, q->settled };
}

static int
crdirent_txn (struct trove_txn *t, void *arg)
{
    struct crdirent_frame *f = arg;
    struct server_op *op = f->put.op;
    struct once order = order_of (REQ (op, crdirent));
    int r = once_get (t, op->fs->id, &order, &f->put.replaced);
    f->known = r == 0;
    if (r != -ENOENT)
        return r;
    r = rename_put_entry (t, &f->put);
    if (r == 0 && replacement (f))
        r = intent_del (t, replacement (f));
    return r < 0 ? r : once_put (t, op->fs->id, &order, f->put.replaced);
}

static int
crdirent_look_txn (struct trove_txn *t, void *arg)
{
    struct crdirent_frame *f = arg;
    struct crdirent_req *q = REQ (f->op, crdirent);
    struct entry old;
    int r;
    if (q->nowait && !f->op->sched.nholds && !f->op->covers) {
        struct once order = order_of (q);
        r = once_get (t, f->op->fs->id, &order, &f->put.replaced);
        return r == -ENOENT ? -EAGAIN : r;
    }
    r = entry_get (t, f->op->fs->id, q->at.dirdata, q->at.name, &old);
    if (r == 0 && old.handle != q->handle && !(q->flags & RENAME_SWAP))
        r = victim_look (t, f->op, &q->at, &old, &f->victim);
    return r == -ENOENT ? 0 : r;
}

static sm_event
crdirent_look (struct sm *sm)
{
    struct crdirent_frame *f = SM_FRAME (sm, struct crdirent_frame);
    f->op = server_op_of (sm);
    sm_set_arg (sm, &f->victim);
    return server_txn (sm, f->op, crdirent_look_txn, f, true);
}

static sm_event
crdirent_wait (struct sm *sm)
{
    struct crdirent_frame *f = SM_FRAME (sm, struct crdirent_frame);
    return victim_wait (sm, f->op, &f->victim);
}

static sm_event
crdirent_put (struct sm *sm)
{
    struct server_op *op = server_op_of (sm);
    struct crdirent_frame *f = SM_FRAME (sm, struct crdirent_frame);
    struct crdirent_req *q = REQ (op, crdirent);
    f->put = (struct rename_put){ .op = op, .at = q->at, .handle = q->handle, .type = q->type, .flags = q->flags, .expect = q->expect,
                                  .repeats_known = true, .victim = victim_attr (&f->victim), .removed_dir = f->put.removed_dir };
    hold_look (op, f->victim.object);
    return server_txn (sm, op, crdirent_txn, f, false);
}

static sm_event
crdirent_choice (struct sm *sm)
{
    struct crdirent_frame *f = SM_FRAME (sm, struct crdirent_frame);
    if (sm->error == -EREMOTE && f->put.busy_dir) {
        sm_clear_error (sm);
        return IN_THE_WAY;
    }
    if (sm->error)
        return SM_FAIL;
    f->done = true;
    if (f->put.replaced)
        known_forget_all (f->put.op->server);
    RESP (f->put.op, crdirent)->replaced = f->put.replaced;
    if (f->known && f->put.replaced && !server_is_local (f->op->server, f->op->fs, f->put.replaced))
        return CARRIED_OUT;
    return intent_follow (sm, &f->put.pending, f->op) ? FOLLOW : SM_OK;
}

/* In an earlier life of ours: what it replaced may still be about to lose its name, by an intent that has this key. */
static sm_event
crdirent_after_unlink (struct sm *sm)
{
    struct crdirent_frame *f = SM_FRAME (sm, struct crdirent_frame);
    struct sched_req *q = &f->op->sched;
    sched_release (q);
    sched_add (q, f->op->fs->id, f->put.replaced, NULL, SCHED_SHARED);
    sm_expect (sm, &q->job);
    sched_post (q);
    return SM_WAIT;
}

static int
promise_txn (struct trove_txn *t, void *arg)
{
    struct crdirent_frame *f = arg;
    const struct crdirent_req *q = REQ (f->op, crdirent);
    struct intent *i = intent_new (f->op->server, INTENT_REPLACE, f->op);
    if (!i)
        return -ENOMEM;
    i->client_id = 0;
    i->at = q->at;
    i->handle = f->put.busy_dir;
    i->type = OBJ_DIRECTORY;
    i->to.name = q->coordinator;
    i->hash = q->intent;
    return intent_promise (t, i, &f->promise);
}

static sm_event
crdirent_promise (struct sm *sm)
{
    struct crdirent_frame *f = SM_FRAME (sm, struct crdirent_frame);
    return replacement (f) ? PROMISED_BEFORE : server_txn (sm, f->op, promise_txn, f, false);
}

static sm_event
crdirent_promised (struct sm *sm)
{
    struct crdirent_frame *f = SM_FRAME (sm, struct crdirent_frame);
    list_push_back (&f->op->server->intents, &f->promise->link);
    f->durable = (struct trove_durable){ .seq = f->op->txn.seq };
    sm_expect (sm, &f->durable.job);
    trove_durable_post (f->op->server->trove, &f->durable);
    return SM_WAIT;
}

static sm_event
crdirent_remove_dir (struct sm *sm)
{
    struct crdirent_frame *f = SM_FRAME (sm, struct crdirent_frame);
    f->req = (struct remove_object_req){ .nhandles = 1, .handles = &f->put.busy_dir };
    if (server_ask (f->put.op, &f->mp, PROTO_remove_object, &f->req, f->put.busy_dir) < 0)
        return sm_fail (sm, -ENOENT, "server of a directory");
    f->mp.flags = MSGPAIR_FOREVER; /* the promise needs an answer */
    sm_expect_any (sm, &f->mp.job);
    msgpair_post (&f->mp);
    return SM_WAIT;
}

static int
forget_txn (struct trove_txn *t, void *arg)
{
    return intent_del (t, replacement (arg));
}

/* Refused: it stays, and there is nothing to finish. */
static sm_event
crdirent_dir_removed (struct sm *sm)
{
    struct crdirent_frame *f = SM_FRAME (sm, struct crdirent_frame);
    f->put.removed_dir = f->put.busy_dir;
    if (f->mp.job.status == 0)
        return SM_OK;
    return server_txn (sm, f->op, forget_txn, f, false);
}

static sm_event
crdirent_forgotten (struct sm *sm)
{
    struct crdirent_frame *f = SM_FRAME (sm, struct crdirent_frame);
    if (f->mp.job.status == 0)
        return SM_OK;
    f->done = true;
    return sm_fail (sm, f->mp.job.status, "directory");
}

static const struct sm_state crdirent_states[] = {
    RUN (LOOK_AT, crdirent_look, ON_OK (OWNER), ON_FAIL (SM_DONE)),
    CALL (OWNER, victim_owner_sm, ON_OK (WAIT_FOR_OLD), ON_FAIL (SM_DONE)),
    RUN (WAIT_FOR_OLD, crdirent_wait, ON_OK (PUT), ON_FAIL (SM_DONE)),
    RUN (PUT, crdirent_put, ALWAYS (CHOICE)),
    RUN (CHOICE, crdirent_choice, ON_OK (SM_DONE), ON (IN_THE_WAY, PROMISE), ON (FOLLOW, CARRY_ON), ON (CARRIED_OUT, AFTER_UNLINK), ON_FAIL (SM_DONE)),
    RUN (AFTER_UNLINK, crdirent_after_unlink, ALWAYS (SM_DONE)),
    CALL (CARRY_ON, intent_sm, ALWAYS (SM_DONE)),
    RUN (PROMISE, crdirent_promise, ON_OK (PROMISED), ON (PROMISED_BEFORE, REMOVE_DIR), ON_FAIL (SM_DONE)),
    RUN (PROMISED, crdirent_promised, ON_OK (REMOVE_DIR), ON_FAIL (SM_DONE)),
    RUN (REMOVE_DIR, crdirent_remove_dir, ON_OK (DIR_REMOVED), ON_FAIL (SM_DONE)),
    RUN (DIR_REMOVED, crdirent_dir_removed, ON_OK (FORGET), ON_FAIL (SM_DONE)),
    RUN (FORGET, crdirent_forgotten, ON_OK (PUT), ON_FAIL (SM_DONE)),
};
SM_MACHINE (crdirent_sm, crdirent_states, struct crdirent_frame, crdirent_fini);

const struct op_desc crdirent_desc = { .op = PROTO_crdirent, .keys = crdirent_keys, .machine = &crdirent_sm };

/* --- set_parent ------------------------------------------------------------------------------------------------------------------------------ */

static int
set_parent_txn (struct trove_txn *t, struct server_op *op)
{
    struct set_parent_req *q = REQ (op, set_parent);
    struct object_attr a;
    if (q->parent)
        return directory_moves (t, op->fs->id, &(struct directory_move){ q->handle, q->from, q->parent, q->by, q->step }, server_now (op->server));
    int r = trove_attr_get (t, op->fs->id, q->handle, &a);
    if (r < 0)
        return r == -ENOENT ? 0 : r;
    a.ctime = server_now (op->server);
    a.change++;
    return trove_attr_set (t, op->fs->id, q->handle, &a);
}

const struct op_desc set_parent_desc = { .op = PROTO_set_parent, .txn = set_parent_txn };
