/*
 * Intents; see intent.h. intent_sm is called by operations and run on its own after a restart; both drive the same steps forward.
 */
#include "server/bucket.h"
#include "server/climb.h"
#include "server/intent.h"

#include <stdio.h>

#include "common/error/error.h"
#include "common/gossip/gossip.h"
#include "proto/ops/bucket_freeze.h"
#include "proto/ops/bucket_put.h"
#include "proto/ops/crdirent.h"
#include "proto/ops/fsck_scan.h"
#include "proto/ops/init_object.h"
#include "proto/ops/link.h"
#include "proto/ops/link_count.h"
#include "proto/ops/mkdir.h"
#include "proto/ops/remove.h"
#include "proto/ops/remove_object.h"
#include "proto/ops/rename.h"
#include "proto/ops/set_parent.h"
#include "proto/ops/setattr.h"
#include "server/data.h"
#include "server/freeze.h"
#include "server/hold.h"
#include "server/spread.h"

enum { INTENT_VERSION = 3 /* earlier ones: migrate.c */, INTENT_MAX = 256 * 1024 };

/* --- records ------------------------------------------------------------------------------------------------------------------ */

void
intent_init (struct server *s)
{
    list_init (&s->intents);
    list_init (&s->lone_intents);
    list_init (&s->born);
    pthread_mutex_init (&s->born_lock, NULL);
}

struct intent *
intent_new (struct server *s, enum intent_kind kind, struct server_op *op)
{
    struct intent *i = calloc (1, sizeof *i);
    if (!i)
        return NULL;
    i->server = s;
    i->kind = (uint8_t) kind;
    list_init (&i->link);
    pthread_mutex_lock (&s->born_lock); /* transaction bodies come here, too */
    i->id = ++s->next_intent;
    list_push_back (&s->born, &i->born);
    pthread_mutex_unlock (&s->born_lock);
    i->at.name = i->to.name = "";
    if (!op)
        return i;
    i->fs = op->fs->id;
    i->uid = op->req.cred.uid;
    i->gid = op->req.cred.gid;
    i->ngroups = op->req.cred.ngroups;
    i->groups = arena_memdup (&i->arena, op->req.cred.groups, i->ngroups * sizeof *i->groups);
    if (op->client) {
        i->client_id = op->req.client_id;
        i->slot = op->req.slot;
        i->seq = op->req.seq;
        i->op = op->req.op;
    }
    return i;
}

void
intent_free (struct intent *i)
{
    if (!i)
        return;
    if (!list_empty (&i->link)) { /* else it may be a transaction's, on another thread */
        list_remove (&i->link);
        freeze_look_again (i->server);
    }
    pthread_mutex_lock (&i->server->born_lock);
    list_remove (&i->born);
    pthread_mutex_unlock (&i->server->born_lock);
    arena_fini (&i->arena);
    free (i);
}

static void
at_codec (struct wire *w, struct proto_entry_at *at)
{
    wire_u64 (w, &at->dir);
    wire_u64 (w, &at->dirdata);
    wire_string (w, &at->name, PROTO_MAX_NAME);
}

static void
intent_codec (struct wire *w, struct intent *i)
{
    uint8_t version = INTENT_VERSION;
    wire_u8 (w, &version);
    wire_u8 (w, &i->kind);
    wire_u32 (w, &i->fs);
    at_codec (w, &i->at);
    at_codec (w, &i->to);
    wire_u64 (w, &i->handle);
    wire_u8 (w, &i->type);
    wire_u8 (w, &i->flags);
    object_attr_codec (w, &i->attr);
    eattr_pairs_codec (w, &i->xattrs, &i->nxattrs, true);
    wire_u32 (w, &i->uid);
    wire_u32 (w, &i->gid);
    wire_u32_array (w, &i->groups, &i->ngroups, PROTO_MAX_GROUPS);
    wire_u64_array (w, &i->handles, &i->nhandles, PROTO_MAX_HANDLES);
    wire_u64 (w, &i->client_id);
    wire_u64 (w, &i->seq);
    wire_u32 (w, &i->slot);
    wire_u16 (w, &i->op);
    wire_bool (w, &i->parent_told);
    wire_u64 (w, &i->other.handle);
    wire_u8 (w, &i->other.type);
    wire_u64 (w, &i->hash);
    wire_u8 (w, &i->stage);
    if (!w->err && version != INTENT_VERSION)
        wire_fail (w, -EPROTONOSUPPORT);
}

int
intent_put (struct trove_txn *t, struct intent *i)
{
    struct trove_key key = { .type = TROVE_INTENT, .handle = i->id };
    struct wire w;
    if (i->server->bugs & BUG_LOST_INTENT)
        return 0;
    wire_encoder_grow (&w, INTENT_MAX);
    intent_codec (&w, i);
    int r = w.err ? w.err : trove_put (t, &key, w.buf, w.pos);
    wire_fini (&w);
    return r;
}

int
intent_promise (struct trove_txn *t, struct intent *i, struct intent **ret)
{
    i->at.name = arena_strdup (&i->arena, i->at.name);
    i->to.name = arena_strdup (&i->arena, i->to.name);
    int r = i->at.name && i->to.name ? intent_put (t, i) : -ENOMEM;
    if (r < 0)
        intent_free (i);
    else
        *ret = i;
    return r;
}

void
intent_begin (struct sm *sm, struct intent *i)
{
    list_push_back (&i->server->intents, &i->link);
    sm_set_arg (sm, i);
}

int
intent_del (struct trove_txn *t, struct intent *i)
{
    struct trove_key key = { .type = TROVE_INTENT, .handle = i->id };
    int r = trove_del (t, &key);
    return r == -ENOENT ? 0 : r;
}

static int
load_one (void *arg, const struct trove_item *item)
{
    struct server *s = arg;
    struct intent *i = intent_new (s, 0, NULL);
    struct wire w;
    if (!i)
        return -ENOMEM;
    i->id = item->handle;
    void *copy = arena_memdup (&i->arena, item->val, item->val_len);
    if (!copy) {
        intent_free (i);
        return -ENOMEM;
    }
    wire_decoder (&w, copy, item->val_len, &i->arena);
    intent_codec (&w, i);
    if (wire_finish (&w) < 0) {
        gossip_err ("intent %llu cannot be read: left alone", (unsigned long long) item->handle);
        intent_free (i);
        return 0;
    }
    s->next_intent = MAX (s->next_intent, i->id);
    list_push_back (&s->intents, &i->link);
    return 0;
}

int
intent_load (struct server *s, struct trove_txn *t)
{
    struct trove_key from = { .type = TROVE_INTENT };
    s->next_intent = server_now (s); /* ids of one server never repeat, also when the last one left no trace */
    return trove_iterate (t, &from, true, load_one, s);
}

bool
intent_undecided (const struct intent *i)
{
    return i->error == -EAGAIN && (i->nowait || i->other.handle || i->crossed);
}

uint64_t
intent_settled (struct server *s)
{
    struct intent *i;
    pthread_mutex_lock (&s->born_lock);
    uint64_t least = s->next_intent + 1;
    list_for_each (i, &s->born, born)
        least = MIN (least, i->id);
    pthread_mutex_unlock (&s->born_lock);
    return least;
}

bool
intent_is_driven (const struct server *s, uint64_t id)
{
    const struct intent *i;
    list_for_each (i, &s->intents, link)
        if (i->id == id)
            return true;
    return false;
}

int
intent_look (const void *record, size_t len, struct arena *arena, struct fsck_intent *ret)
{
    struct intent i = { 0 };
    struct wire w;
    wire_decoder (&w, record, len, arena);
    intent_codec (&w, &i);
    if (wire_finish (&w) < 0)
        return -EIO;
    const obj_handle named[] = { i.at.dir, i.at.dirdata, i.to.dir, i.to.dirdata, i.handle, i.other.handle };
    obj_handle *all = arena_array (arena, ARRAY_SIZE (named) + i.nhandles, sizeof *all);
    if (!all)
        return -ENOMEM;
    memcpy (all, named, sizeof named);
    if (i.nhandles)
        memcpy (all + ARRAY_SIZE (named), i.handles, i.nhandles * sizeof *all);
    *ret = (struct fsck_intent){ i.kind, i.fs, (uint32_t) ARRAY_SIZE (named) + i.nhandles, all };
    return 0;
}

/* --- objects that lost their last name ----------------------------------------------------------------------------------------- */

static int
promise_rest (struct trove_txn *t, struct server_op *op, enum intent_kind kind, const struct entry *e, const obj_handle *handles, uint32_t n,
              struct intent **ret)
{
    struct intent *i = intent_new (op->server, kind, op);
    if (!i)
        return -ENOMEM;
    if (kind != INTENT_UNLINK || op->info->flags & OP_SERVER)
        i->client_id = 0; /* the answer goes with this transaction. UNLINK occupies its slot: the request that comes again waits for it, too */
    i->handle = e->handle;
    i->type = e->type;
    i->nhandles = n;
    i->handles = n ? arena_memdup (&i->arena, handles, n * sizeof *handles) : NULL;
    if (!n || i->handles)
        return intent_promise (t, i, ret);
    intent_free (i);
    return -ENOMEM;
}

int
intent_promise_removal (struct trove_txn *t, struct server_op *op, const obj_handle *handles, uint32_t n, struct intent **ret)
{
    return promise_rest (t, op, INTENT_REMOVE, &(struct entry){ 0 }, handles, n, ret);
}

/* Its last name is gone: all that lives here goes, `away` is what does not. */
static int
remove_here (struct trove_txn *t, struct server_op *op, const struct entry *e, obj_handle away[PROTO_MAX_DFILES], uint32_t *ret_n)
{
    struct arena arena = { 0 };
    struct proto_layout l = { 0 };
    int r = e->type == OBJ_METAFILE ? layout_get (t, op->fs->id, e->handle, &arena, &l) : 0;
    for (uint32_t i = 0; r == 0 && i < l.ndfiles; i++) {
        if (server_is_local (op->server, op->fs, l.dfiles[i]))
            r = record_remove_object (t, op->fs->id, l.dfiles[i]);
        else
            away[(*ret_n)++] = l.dfiles[i];
    }
    if (r == 0 || r == -ENOENT)
        r = record_remove_object (t, op->fs->id, e->handle);
    arena_fini (&arena);
    return r;
}

int
object_unlinked (struct trove_txn *t, struct server_op *op, const struct entry *e, struct intent **pending)
{
    struct object_attr a;
    obj_handle away[PROTO_MAX_DFILES];
    uint32_t n = 0;
    bool is_dir = e->type == OBJ_DIRECTORY;
    if (!server_is_local (op->server, op->fs, e->handle))
        return is_dir ? -EREMOTE : promise_rest (t, op, INTENT_UNLINK, e, NULL, 0, pending);
    int r;
    if (is_dir) {
        r = record_remove_directory (t, op->fs->id, e->handle);
        if (r == -EREMOTE && sched_has (&op->sched, op->fs->id, e->handle))
            return -PROTO_EMOVED; /* it began to spread just now */
        return r == -ENOENT ? 0 : r; /* removed before a crash */
    }
    r = trove_attr_get (t, op->fs->id, e->handle, &a);
    if (r == 0 && a.nlink > 1) {
        a.nlink--;
        a.ctime = server_now (op->server);
        a.change++;
        return trove_attr_set (t, op->fs->id, e->handle, &a);
    }
    if (r == 0 && op->keeps == e->handle)
        return hold_keep (t, op, e->handle, &a);
    if (r == 0)
        r = remove_here (t, op, e, away, &n);
    if (r == -ENOENT)
        r = 0;
    return r < 0 || !n ? r : promise_rest (t, op, INTENT_REMOVE, e, away, n, pending);
}

/* --- the target half of a rename --------------------------------------------------------------------------------------------------- */

static int
may_replace (const struct rename_put *p, const struct entry *old)
{
    if (p->flags & RENAME_SWAP)
        return old->handle == p->expect ? 0 : -EAGAIN;
    if (p->flags & RENAME_KEEP)
        return -EEXIST;
    if (p->type == OBJ_DIRECTORY && old->type != OBJ_DIRECTORY)
        return -ENOTDIR;
    if (p->type != OBJ_DIRECTORY && old->type == OBJ_DIRECTORY)
        return -EISDIR;
    return 0;
}

/* What is there gives way: it loses this name, or gets the other one. */
static int
replace (struct trove_txn *t, struct rename_put *p, const struct object_attr *dir, const struct entry *old)
{
    int r = may_replace (p, old);
    if (r == 0)
        r = victim_sticky (t, p->op, dir, old->handle, p->victim);
    if (r == 0 && !(p->flags & RENAME_SWAP) && old->handle != p->removed_dir)
        r = object_unlinked (t, p->op, old, &p->pending);
    if (r == -EREMOTE)
        p->busy_dir = old->handle;
    if (r == 0)
        p->replaced = old->handle;
    return r;
}

int
rename_put_entry (struct trove_txn *t, struct rename_put *p)
{
    struct server_op *op = p->op;
    struct object_attr dir;
    struct entry old = { 0 }, e = { p->handle, p->type };
    bool is_dir = p->type == OBJ_DIRECTORY;
    int r = bucket_check (t, op, &p->at, p->removed_dir ? 0 : MAY_WRITE | MAY_EXEC, &dir); /* what was there is gone: no more refusals */
    if (r < 0)
        return r;
    int had = entry_get (t, op->fs->id, p->at.dirdata, p->at.name, &old);
    if (had == -ENOENT && (p->flags & RENAME_SWAP))
        return -ENOENT;
    if (had < 0 && had != -ENOENT)
        return had;
    if (had == 0 && old.handle == p->handle && !p->repeats_known)
        return 0; /* done before a crash */
    if (had == 0 && old.handle == p->handle && p->flags == RENAME_PLAIN) {
        p->replaced = old.handle;
        return 0;
    }
    if (had == 0 && (r = replace (t, p, &dir, &old)) < 0)
        return r;
    r = entry_put (t, op->fs->id, p->at.dirdata, p->at.name, &e);
    return r < 0 ? r : bucket_changed (t, op, &p->at, had == 0 ? 0 : 1, is_dir - (old.type == OBJ_DIRECTORY));
}

/* --- driving it ------------------------------------------------------------------------------------------------------------------------ */

/* An intent on its own: after a restart, or in the background. */
struct lone {
    struct sm sm;
    struct list link;
    struct intent *i;
    struct sched_req sched;
    struct server_op fake; /* stands for the operation that made the intent */
};

struct intent_frame {
    struct intent *i;
    struct server *server;
    struct server_fs *fs;
    struct server_op *op; /* NULL: after a restart, or in the background */
    struct msgpair mp;
    union {
        struct init_object_req init;
        struct remove_object_req remove;
        struct crdirent_req crdirent;
        struct set_parent_req parent;
        struct link_count_req count;
        struct bucket_put_req put;
        struct bucket_freeze_req freeze;
    } req;
    struct trove_durable durable;
    struct trove_op txn;
    struct directory_move moves[2]; /* RENAME: what is told to directories that move */
    unsigned ntold;
    struct climb climb;
    unsigned nclimbs;
    struct job_timer delay;
    uint32_t batch_begin;
    uint32_t next; /* REMOVE, TELL, EMPTY: handles told so far */
    obj_handle batch[PROTO_MAX_DFILES + 1];
    struct server_op *as;  /* the operation, or what stands for it */
    struct rename_put put;
};

static struct intent_frame *
frame_of (struct sm *sm)
{
    struct intent_frame *f = SM_FRAME (sm, struct intent_frame);
    if (f->i)
        return f;
    f->i = sm_arg (sm);
    f->server = f->i->server;
    f->fs = server_fs_find (f->server, f->i->fs);
    f->as = intent_as (sm);
    f->op = f->as->peer ? f->as : NULL;
    return f;
}

static void
intent_frame_fini (void *frame)
{
    struct intent_frame *f = frame;
    if (f->server)
        reactor_timer_clear (f->server->reactor, &f->delay.timer);
    msgpair_fini (&f->mp);
}

static sm_event
send (struct sm *sm, struct intent_frame *f, unsigned proto_op, void *body, obj_handle target)
{
    if (server_ask (f->as, &f->mp, proto_op, body, target) < 0)
        return sm_fail (sm, -ENOENT, "server of an intent");
    f->mp.flags = MSGPAIR_FOREVER;
    sm_expect_any (sm, &f->mp.job);
    msgpair_post (&f->mp);
    return SM_WAIT;
}

static sm_event
wait_until_durable (struct sm *sm, struct intent_frame *f, uint64_t seq)
{
    f->durable = (struct trove_durable){ .seq = seq };
    sm_expect (sm, &f->durable.job);
    trove_durable_post (f->server->trove, &f->durable);
    return SM_WAIT;
}

/* What the first transaction wrote must be durable before anybody else acts on it. */
static sm_event
make_durable (struct sm *sm)
{
    struct intent_frame *f = frame_of (sm);
    if (!f->fs)
        return sm_fail (sm, -ENOENT, "file system of an intent");
    uint64_t seq = f->op ? MAX (f->op->seq, f->op->txn.seq) : f->i->commit;
    if (!seq)
        return SM_OK;
    if (f->op)
        f->op->seq = seq;
    return wait_until_durable (sm, f, seq);
}

/* The handles of the next server that has not been told yet: all that live there. */
static uint32_t
next_batch (struct intent_frame *f)
{
    struct intent *i = f->i;
    uint32_t n = 0;
    f->batch_begin = f->next;
    if (f->next >= i->nhandles)
        return 0;
    int server = server_of_handle (f->server, f->fs, i->handles[f->next]);
    uint32_t keep = f->next;
    for (uint32_t k = f->next; k < i->nhandles; k++)
        if (server_of_handle (f->server, f->fs, i->handles[k]) == server) {
            obj_handle h = i->handles[k];
            i->handles[k] = i->handles[keep];
            i->handles[keep++] = h;
            f->batch[n++] = h;
        }
    f->next = keep;
    return n;
}

static sm_event
send_remove (struct sm *sm, struct intent_frame *f, const obj_handle *handles, uint32_t n)
{
    f->req.remove = (struct remove_object_req){ .nhandles = n, .handles = (obj_handle *) handles };
    return send (sm, f, PROTO_remove_object, &f->req.remove, handles[0]);
}

enum { MORE = SM_FIRST_OWN, LOCAL, NOTHING, LATER, UNDO, REFUSED };

/* TELL, EMPTY: one bucket elsewhere after another. */
static sm_event
next_bucket (struct sm *sm, struct intent_frame *f)
{
    const struct intent *i = f->i;
    f->batch_begin = f->next;
    if (f->next == i->nhandles)
        return LOCAL;
    obj_handle dirdata = i->handles[f->next++];
    if (i->kind == INTENT_EMPTY) {
        f->req.freeze = (struct bucket_freeze_req){ .dirdata = dirdata, .thaw = true };
        return send (sm, f, PROTO_bucket_freeze, &f->req.freeze, dirdata);
    }
    f->req.put = (struct bucket_put_req){ .dirdata = dirdata, .dir = i->at.dir, .forget_times = i->flags, .attr = i->attr, .nxattrs = i->nxattrs,
                                          .xattrs = i->xattrs };
    return send (sm, f, PROTO_bucket_put, &f->req.put, dirdata);
}

static sm_event
first_message (struct sm *sm)
{
    struct intent_frame *f = frame_of (sm);
    struct intent *i = f->i;
    uint32_t n;
    switch (i->kind) {
    case INTENT_MKDIR:
        f->req.init = (struct init_object_req){ .handle = i->handle, .attr = i->attr, .nxattrs = i->nxattrs, .xattrs = i->xattrs };
        return send (sm, f, PROTO_init_object, &f->req.init, i->handle);
    case INTENT_RMDIR:
        return send_remove (sm, f, &i->handle, 1);
    case INTENT_REMOVE:
        n = next_batch (f);
        return n ? send_remove (sm, f, f->batch, n) : LOCAL;
    case INTENT_TELL:
    case INTENT_EMPTY:
        return next_bucket (sm, f);
    case INTENT_UNLINK:
    case INTENT_LINK:
        f->req.count = (struct link_count_req){ .handle = i->handle, .more = i->kind == INTENT_LINK, .intent = i->id,
                                                .coordinator = f->server->alias, .settled = intent_settled (f->server) };
        return send (sm, f, PROTO_link_count, &f->req.count, i->handle);
    case INTENT_RENAME:
        if (server_is_local (f->server, f->fs, i->to.dirdata))
            return LOCAL;
        i->nowait = sched_order (i->at.dirdata, i->at.name, i->to.dirdata, i->to.name) > 0 && !(f->server->bugs & BUG_WRONG_LOCK_ORDER);
        f->req.crdirent = (struct crdirent_req){ .nowait = i->nowait, .at = i->to, .handle = i->handle, .type = i->type, .flags = i->flags, .intent = i->id,
                                                 .coordinator = f->server->alias, .settled = intent_settled (f->server),
                                                 .expect = i->other.handle };
        return send (sm, f, PROTO_crdirent, &f->req.crdirent, i->to.dirdata);
    default:
        return sm_fail (sm, -EINVAL, "kind of an intent");
    }
}

bool
intent_try_later (int status)
{
    return status == -ENOSPC || status == -EAGAIN || status == -ENOMEM;
}

/* A restarting server answers EAGAIN, a full one ENOSPC: what must happen is tried again, what may be refused is the result. */
static sm_event
judge (struct sm *sm)
{
    struct intent_frame *f = frame_of (sm);
    struct intent *i = f->i;
    int status = f->mp.job.status;
    bool must = i->kind == INTENT_REMOVE || i->kind == INTENT_UNLINK || i->kind == INTENT_TELL || i->kind == INTENT_EMPTY;
    if (must && intent_try_later (status)) {
        f->next = f->batch_begin;
        return LATER;
    }
    if (must)
        return f->next < i->nhandles ? MORE : SM_OK;
    i->error = status;
    if (i->kind == INTENT_LINK && status == 0)
        i->type = ((struct link_count_resp *) f->mp.resp.body)->type;
    if (i->kind == INTENT_RENAME && status == 0 && f->mp.resp.body)
        i->replaced = ((struct crdirent_resp *) f->mp.resp.body)->replaced;
    return i->kind == INTENT_MKDIR && status < 0 ? UNDO : SM_OK;
}

/* Refused now, but perhaps made before a crash of ours. */
static sm_event
undo (struct sm *sm)
{
    struct intent_frame *f = frame_of (sm);
    return send_remove (sm, f, &f->i->handle, 1);
}

static sm_event
later (struct sm *sm)
{
    struct intent_frame *f = frame_of (sm);
    sm_expect (sm, &f->delay.job);
    uint64_t delay = f->i->kind == INTENT_TELL ? 20 * NSEC_PER_MSEC : NSEC_PER_SEC; /* a bucket that is about to be made, or a server in need */
    job_timer_post (&f->delay, reactor_now (sm->reactor) + delay, 0);
    return SM_WAIT;
}

/* RENAME whose target bucket is here: the directory in the way is removed first if it lives elsewhere. */
static int
local_put_txn (struct trove_txn *t, void *arg)
{
    struct intent_frame *f = arg;
    return rename_put_entry (t, &f->put);
}

static sm_event
local_put (struct sm *sm)
{
    struct intent_frame *f = frame_of (sm);
    if (f->i->kind != INTENT_RENAME)
        return SM_OK;
    f->put = (struct rename_put){ .op = f->as, .at = f->i->to, .handle = f->i->handle, .type = f->i->type, .flags = f->i->flags,
                                  .expect = f->i->other.handle, .victim = f->i->attr.type ? &f->i->attr : NULL,
                                  .removed_dir = f->put.removed_dir };
    f->txn = (struct trove_op){ .body = local_put_txn, .arg = f };
    sm_expect_any (sm, &f->txn.job);
    trove_txn_post (f->server->trove, &f->txn);
    return SM_WAIT;
}

static sm_event
local_put_done (struct sm *sm)
{
    struct intent_frame *f = frame_of (sm);
    if (f->i->kind != INTENT_RENAME)
        return SM_OK;
    int status = f->txn.job.status;
    if (status == -EREMOTE && f->put.busy_dir)
        return send_remove (sm, f, &f->put.busy_dir, 1);
    if (f->put.pending && status < 0)
        intent_free (f->put.pending);
    else if (f->put.pending)
        intent_spawn (f->put.pending, f->txn.seq);
    f->put.pending = NULL;
    f->i->error = status;
    f->i->replaced = f->put.replaced;
    if (f->put.replaced)
        known_forget_all (f->server);
    return LOCAL;
}

static sm_event
local_dir_removed (struct sm *sm)
{
    struct intent_frame *f = frame_of (sm);
    if (f->i->kind != INTENT_RENAME)
        return SM_OK;
    if (f->mp.job.status < 0) {
        f->i->error = f->mp.job.status;
        return SM_OK;
    }
    f->put.removed_dir = f->put.busy_dir;
    return MORE;
}

/* The directories that get other parents, and what they are to be told. */
static unsigned
find_moves (struct intent_frame *f, uint8_t step)
{
    const struct intent *i = f->i;
    bool back = step == MOVE_IS_UNDONE;
    obj_handle from = back ? i->to.dir : i->at.dir, to = back ? i->at.dir : i->to.dir;
    uint64_t by = hash_u64 (i->id ^ hash_u64 ((uint64_t) f->server->alias_index + 1));
    unsigned n = 0;
    if (i->kind != INTENT_RENAME || i->at.dir == i->to.dir)
        return 0;
    if (i->type == OBJ_DIRECTORY)
        f->moves[n++] = (struct directory_move){ i->handle, from, to, by, step };
    if (i->other.type == OBJ_DIRECTORY)
        f->moves[n++] = (struct directory_move){ i->other.handle, to, from, by, step };
    return n;
}

static int
set_parent_txn (struct trove_txn *t, void *arg)
{
    struct intent_frame *f = arg;
    return directory_moves (t, f->i->fs, &f->moves[f->ntold], server_now (f->server));
}

static sm_event
tell_parent (struct sm *sm, struct intent_frame *f)
{
    const struct directory_move *m = &f->moves[f->ntold];
    if (server_is_local (f->server, f->fs, m->dir)) {
        f->txn = (struct trove_op){ .body = set_parent_txn, .arg = f };
        sm_expect_any (sm, &f->txn.job);
        trove_txn_post (f->server->trove, &f->txn);
        return SM_WAIT;
    }
    f->req.parent = (struct set_parent_req){ m->dir, m->from, m->to, m->by, m->step };
    return send (sm, f, PROTO_set_parent, &f->req.parent, m->dir);
}

static int
told_status (const struct intent_frame *f)
{
    return server_is_local (f->server, f->fs, f->moves[f->ntold].dir) ? f->txn.job.status : f->mp.job.status;
}

static int
note_txn (struct trove_txn *t, void *arg)
{
    return intent_put (t, ((struct intent_frame *) arg)->i);
}

/* Writes the record anew, then its durability is waited for. */
static sm_event
note (struct sm *sm, bool parent_told)
{
    struct intent_frame *f = frame_of (sm);
    f->ntold = 0;
    f->i->parent_told = parent_told;
    f->txn = (struct trove_op){ .body = note_txn, .arg = f };
    sm_expect (sm, &f->txn.job);
    trove_txn_post (f->server->trove, &f->txn);
    return SM_WAIT;
}

static sm_event
noted (struct sm *sm)
{
    struct intent_frame *f = frame_of (sm);
    return wait_until_durable (sm, f, f->txn.seq);
}

static sm_event
tell_new_parent (struct sm *sm)
{
    struct intent_frame *f = frame_of (sm);
    return find_moves (f, MOVE_BEGINS) && !f->i->parent_told ? tell_parent (sm, f) : NOTHING;
}

/* Not carried out. Another move in the way: to be tried again, and then it may turn out to be into its own subtree. */
static sm_event
give_way (struct intent_frame *f, int error)
{
    f->i->crossed = error == -EINVAL || error == -EAGAIN;
    f->i->error = f->i->crossed ? -EAGAIN : error;
    return REFUSED;
}

static sm_event
note_told (struct sm *sm)
{
    struct intent_frame *f = frame_of (sm);
    if (intent_try_later (told_status (f)))
        return LATER;
    if (told_status (f) == -EBUSY)
        return give_way (f, -EAGAIN);
    return ++f->ntold < find_moves (f, MOVE_BEGINS) ? MORE : SM_OK;
}

/* They have been told: now no other move misses this one, and this one must not miss another. */
static sm_event
next_climb (struct sm *sm)
{
    struct intent_frame *f = frame_of (sm);
    const struct intent *i = f->i;
    if (f->nclimbs == f->ntold)
        return note (sm, true);
    const struct directory_move *m = &f->moves[f->nclimbs++];
    f->climb = (struct climb){ .from = m->to, .meets = m->dir, .mine = m->dir == i->handle ? i->other.handle : i->handle, .forever = true };
    sm_set_arg (sm, &f->climb);
    return MORE;
}

static sm_event
climbed (struct sm *sm)
{
    struct intent_frame *f = frame_of (sm);
    if (!sm->error)
        return SM_OK;
    int r = sm->error;
    sm_clear_error (sm);
    return give_way (f, r);
}

static sm_event
note_refused (struct sm *sm)
{
    struct intent_frame *f = frame_of (sm);
    return f->i->error && find_moves (f, MOVE_IS_UNDONE) ? note (sm, false) : NOTHING;
}

/* The move is over: for good, or the old parent has the directory again. */
static sm_event
tell_end (struct sm *sm)
{
    struct intent_frame *f = frame_of (sm);
    return f->ntold < find_moves (f, f->i->error ? MOVE_IS_UNDONE : MOVE_IS_DONE) ? tell_parent (sm, f) : NOTHING;
}

static sm_event
end_told (struct sm *sm)
{
    struct intent_frame *f = frame_of (sm);
    if (intent_try_later (told_status (f)))
        return LATER;
    f->ntold++;
    return SM_OK;
}

static void
fill_response (struct intent_frame *f)
{
    struct intent *i = f->i;
    struct server_op *op = f->op;
    if (i->kind == INTENT_RMDIR)
        RESP (op, remove)->handle = i->handle;
    if (i->kind == INTENT_LINK)
        RESP (op, link)->type = i->type;
    if (i->kind == INTENT_RENAME) {
        RESP (op, rename)->moved = i->handle;
        RESP (op, rename)->replaced = i->replaced;
    }
    if (i->kind == INTENT_MKDIR && !i->error) /* the answer of the other server holds it */
        RESP (op, mkdir)->info = ((struct init_object_resp *) f->mp.resp.body)->info;
}

/* After a restart there is no operation, but the client may ask again: its answer is recorded like any other. */
static int
put_orphan_reply (struct trove_txn *t, struct intent_frame *f)
{
    struct intent *i = f->i;
    union {
        struct remove_resp remove;
        struct rename_resp rename;
        struct link_resp link;
        struct mkdir_resp mkdir;
        struct setattr_resp setattr;
    } resp = { 0 };
    if (!i->client_id)
        return 0;
    int r = i->kind == INTENT_TELL && i->op == PROTO_setattr ? record_info (t, i->fs, i->at.dir, &i->arena, &resp.setattr.info) : 0;
    if (r < 0)
        return r;
    if (i->kind == INTENT_RMDIR)
        resp.remove.handle = i->handle;
    else if (i->kind == INTENT_LINK)
        resp.link.type = i->type;
    else if (i->kind == INTENT_RENAME)
        resp.rename = (struct rename_resp){ i->handle, i->replaced };
    else if (i->kind == INTENT_MKDIR && !i->error)
        resp.mkdir.info = ((struct init_object_resp *) f->mp.resp.body)->info;
    f->as->resp = &resp;
    return server_put_reply (t, f->as, i->error);
}

/* A new entry, counted since the first transaction. */
static int
finish_new (struct trove_txn *t, struct intent_frame *f, uint64_t now)
{
    const struct intent *i = f->i;
    struct entry e = { i->handle, i->type };
    int r = i->error ? 0 : entry_put (t, i->fs, i->at.dirdata, i->at.name, &e);
    return r < 0 ? r : directory_changed (t, i->fs, bucket_holder (f->server, f->fs, &i->at), i->error ? -1 : 0, !i->error && i->type == OBJ_DIRECTORY, now,
                                        NULL);
}

/* An object here that was renamed: its change time says so. */
static int
touch (struct trove_txn *t, struct intent_frame *f, obj_handle h, uint64_t now)
{
    struct object_attr a;
    int r = h && server_is_local (f->server, f->fs, h) ? trove_attr_get (t, f->i->fs, h, &a) : -ENOENT;
    if (r < 0)
        return r == -ENOENT ? 0 : r;
    a.ctime = now;
    a.change++;
    return trove_attr_set (t, f->i->fs, h, &a);
}

/* The old entry goes, or stands for the other object. */
static int
finish_old (struct trove_txn *t, struct intent_frame *f, uint64_t now)
{
    struct intent *i = f->i;
    bool is_dir = i->type == OBJ_DIRECTORY, swap = i->kind == INTENT_RENAME && (i->flags & RENAME_SWAP);
    int r;
    if (i->error || (i->kind == INTENT_RENAME && i->replaced == i->handle))
        return 0;
    if (swap)
        r = entry_put (t, i->fs, i->at.dirdata, i->at.name, &i->other);
    else
        r = entry_del (t, i->fs, i->at.dirdata, i->at.name);
    if (r == 0)
        r = directory_changed (t, i->fs, bucket_holder (f->server, f->fs, &i->at), swap ? 0 : -1, (swap && i->other.type == OBJ_DIRECTORY) - is_dir, now,
                               NULL);
    if (r < 0)
        return r == -ENOENT ? 0 : r; /* done before a crash */
    r = i->kind == INTENT_RENAME ? touch (t, f, i->handle, now) : 0;
    return r == 0 && swap ? touch (t, f, i->other.handle, now) : r;
}

static int
finish_txn (struct trove_txn *t, void *arg)
{
    struct intent_frame *f = arg;
    struct intent *i = f->i;
    uint64_t now = server_now (f->server);
    int r = 0;
    if (i->kind == INTENT_MKDIR || i->kind == INTENT_LINK)
        r = finish_new (t, f, now);
    else if (i->kind == INTENT_RMDIR || i->kind == INTENT_RENAME)
        r = finish_old (t, f, now);
    if (r == 0)
        r = intent_del (t, i);
    if (r < 0 || i->kind == INTENT_REMOVE || i->kind == INTENT_UNLINK || i->kind == INTENT_EMPTY || intent_undecided (i))
        return r;
    if (!f->op)
        return put_orphan_reply (t, f);
    fill_response (f);
    return server_put_reply (t, f->op, i->error);
}

static sm_event
finish (struct sm *sm)
{
    struct intent_frame *f = frame_of (sm);
    struct trove_op *txn = f->op ? &f->op->txn : &f->txn;
    *txn = (struct trove_op){ .body = finish_txn, .arg = f }; /* also on a full disk … */
    sm_expect_any (sm, &txn->job);
    trove_txn_post (f->server->trove, txn);
    return SM_WAIT;
}

static sm_event
finished (struct sm *sm)
{
    struct intent_frame *f = frame_of (sm);
    const struct intent *i = f->i;
    int status = f->op ? f->op->txn.job.status : f->txn.job.status;
    if (intent_try_later (status))
        return LATER; /* … and when there is not even room for that, once there is */
    if (status < 0)
        return sm_fail (sm, status, "the end of an intent");
    if (f->op && i->kind == INTENT_MKDIR && !i->error) {
        /* the information lives in the message: keep it as long as the operation lives */
        struct proto_info *info = &RESP (f->op, mkdir)->info;
        info->buckets = arena_memdup (&f->op->arena, info->buckets, info->nbuckets * sizeof *info->buckets);
        if (!info->buckets)
            return sm_fail (sm, -ENOMEM, "mkdir");
    }
    if (i->kind != INTENT_RENAME && i->kind != INTENT_LINK && i->kind != INTENT_UNLINK)
        return SM_OK;
    /* others drop their answers to orders that are settled (once.h): no crash may bring this one back */
    return wait_until_durable (sm, f, f->op ? f->op->txn.seq : f->txn.seq);
}

static sm_event
over (struct sm *sm)
{
    const struct intent *i = frame_of (sm)->i;
    return i->error ? sm_fail (sm, i->error, "another server refused") : SM_OK;
}

enum {
    S_DURABLE, S_PARENT, S_TOLD, S_PARENT_LATER, S_NEXT_CLIMB, S_CLIMB, S_CLIMBED, S_TOLD_DURABLE, S_FIRST, S_JUDGE, S_UNDO, S_LATER, S_LOCAL, S_LOCAL_DONE, S_LOCAL_DIR, S_REFUSED, S_REFUSED_DURABLE,
    S_END, S_END_TOLD, S_END_LATER, S_FINISH, S_FINISHED, S_FINISH_LATER, S_OVER
};

static const struct sm_state intent_states[] = {
    RUN (S_DURABLE, make_durable, ON_OK (S_PARENT), ON_FAIL (SM_DONE)),
    RUN (S_PARENT, tell_new_parent, ON_OK (S_TOLD), ON (NOTHING, S_FIRST), ON_FAIL (SM_DONE)),
    RUN (S_TOLD, note_told, ON_OK (S_NEXT_CLIMB), ON (MORE, S_PARENT), ON (LATER, S_PARENT_LATER), ON (REFUSED, S_REFUSED), ON_FAIL (SM_DONE)),
    RUN (S_PARENT_LATER, later, ALWAYS (S_PARENT)),
    RUN (S_NEXT_CLIMB, next_climb, ON_OK (S_TOLD_DURABLE), ON (MORE, S_CLIMB), ON_FAIL (SM_DONE)),
    CALL (S_CLIMB, climb_sm, ALWAYS (S_CLIMBED)),
    RUN (S_CLIMBED, climbed, ON_OK (S_NEXT_CLIMB), ON (REFUSED, S_REFUSED), ON_FAIL (SM_DONE)),
    RUN (S_TOLD_DURABLE, noted, ON_OK (S_FIRST), ON_FAIL (SM_DONE)),
    RUN (S_FIRST, first_message, ON_OK (S_JUDGE), ON (LOCAL, S_LOCAL), ON_FAIL (SM_DONE)),
    RUN (S_JUDGE, judge, ON_OK (S_REFUSED), ON (MORE, S_FIRST), ON (LATER, S_LATER), ON (UNDO, S_UNDO), ON_FAIL (SM_DONE)),
    RUN (S_UNDO, undo, ALWAYS (S_REFUSED)),
    RUN (S_LATER, later, ALWAYS (S_FIRST)),
    RUN (S_LOCAL, local_put, ON_OK (S_LOCAL_DONE), ON_FAIL (SM_DONE)),
    RUN (S_LOCAL_DONE, local_put_done, ON_OK (S_LOCAL_DIR), ON (LOCAL, S_REFUSED), ON_FAIL (SM_DONE)),
    RUN (S_LOCAL_DIR, local_dir_removed, ON_OK (S_REFUSED), ON (MORE, S_LOCAL), ON_FAIL (SM_DONE)),
    RUN (S_REFUSED, note_refused, ON_OK (S_REFUSED_DURABLE), ON (NOTHING, S_END), ON_FAIL (SM_DONE)),
    RUN (S_REFUSED_DURABLE, noted, ON_OK (S_END), ON_FAIL (SM_DONE)),
    RUN (S_END, tell_end, ON_OK (S_END_TOLD), ON (NOTHING, S_FINISH), ON_FAIL (SM_DONE)),
    RUN (S_END_TOLD, end_told, ON_OK (S_END), ON (LATER, S_END_LATER), ON_FAIL (SM_DONE)),
    RUN (S_END_LATER, later, ALWAYS (S_END)),
    RUN (S_FINISH, finish, ON_OK (S_FINISHED), ON_FAIL (SM_DONE)),
    RUN (S_FINISHED, finished, ON_OK (S_OVER), ON (LATER, S_FINISH_LATER), ON_FAIL (SM_DONE)),
    RUN (S_FINISH_LATER, later, ALWAYS (S_FINISH)),
    RUN (S_OVER, over, ALWAYS (SM_DONE)),
};
SM_MACHINE (intent_sm, intent_states, struct intent_frame, intent_frame_fini);

/* --- on its own ---------------------------------------------------------------------------------------------------------------------------- */

enum { TAKE_KEYS, DRIVE };
enum { WAIT_FOR_ORDER };

/* As the operation did that made the intent. */
static void
take_entry (struct lone *l, const struct proto_entry_at *at)
{
    if (!l->fake.fs || !server_is_local (l->i->server, l->fake.fs, at->dirdata))
        return;
    sched_add (&l->sched, l->i->fs, at->dirdata, NULL, SCHED_SHARED);
    sched_add (&l->sched, l->i->fs, at->dirdata, at->name, SCHED_EXCLUSIVE);
}

static sm_event
take_keys (struct sm *sm)
{
    struct lone *l = sm_arg (sm);
    struct intent *i = l->i;
    sched_init (&l->sched, i->server->sched, 0);
    if (i->kind == INTENT_TELL || i->kind == INTENT_EMPTY) {
        sched_add (&l->sched, i->fs, i->at.dir, NULL, SCHED_EXCLUSIVE);
    } else if (i->kind == INTENT_UNLINK) {
        sched_add (&l->sched, i->fs, i->handle, NULL, SCHED_EXCLUSIVE); /* an order that comes again waits for it (crdirent) */
    } else if (i->kind != INTENT_REMOVE && i->kind != INTENT_SPLIT) {
        bool to_first = i->kind == INTENT_RENAME && sched_order (i->at.dirdata, i->at.name, i->to.dirdata, i->to.name) > 0;
        if (to_first)
            take_entry (l, &i->to);
        take_entry (l, &i->at);
        if (i->kind == INTENT_RENAME && !to_first)
            take_entry (l, &i->to);
    }
    sm_set_arg (sm, i);
    if (!l->sched.nholds)
        return SM_OK;
    sm_expect (sm, &l->sched.job);
    sched_post (&l->sched);
    return SM_WAIT;
}

/* REPLACE: the order drives it. */
static const struct job_class order_class = { "the order that it belongs to", NULL, NULL };

static sm_event
wait_for_order (struct sm *sm)
{
    struct intent *i = sm_arg (sm);
    sm_expect (sm, &i->order);
    job_post (&i->order, &order_class);
    return SM_WAIT;
}

static const struct sm_state replace_states[] = {
    RUN (WAIT_FOR_ORDER, wait_for_order, ALWAYS (SM_DONE)),
};
SM_MACHINE_FRAMELESS (replace_sm, replace_states);

struct intent *
intent_cover (struct server *s, const char *coordinator, uint64_t order)
{
    struct intent *i;
    list_for_each (i, &s->intents, link) {
        if (i->kind != INTENT_REPLACE || i->order.state != JOB_POSTED || i->covered || i->hash != order || strcmp (i->to.name, coordinator))
            continue;
        i->covered = true;
        return i;
    }
    return NULL;
}

void
intent_uncover (struct intent *i, bool done)
{
    i->covered = false;
    if (done)
        job_complete (&i->order, 0);
}

static const struct sm_machine *
choose_driver (struct sm *sm)
{
    const struct lone *l = sm_arg (sm);
    return l->i->kind == INTENT_SPLIT ? &spread_split_sm : l->i->kind == INTENT_REPLACE ? &replace_sm : &intent_sm;
}

static const struct sm_state lone_states[] = {
    RUN (TAKE_KEYS, take_keys, ON_OK (DRIVE), ON_FAIL (SM_DONE)),
    CALL_VIA (DRIVE, choose_driver, ALWAYS (SM_DONE)),
};
SM_MACHINE_FRAMELESS (lone_intent_sm, lone_states);

static void
lone_free (struct lone *l)
{
    sched_release (&l->sched);
    slot_leave (&l->fake);
    list_remove (&l->link);
    intent_free (l->i);
    free (l->fake.reply_buf);
    free (l);
}

static void
lone_ended (struct sm *sm)
{
    struct lone *l = container_of (sm, struct lone, sm);
    if (sm->error)
        gossip_debug (GOSSIP_SERVER_DEBUG, "intent %llu ended: %s (%s)", (unsigned long long) l->i->id, strerror (-sm->error), sm->error_text);
    slot_set_reply (&l->fake);
    lone_free (l);
}

struct server_op *
intent_as (struct sm *sm)
{
    while (sm->parent)
        sm = sm->parent;
    return sm->owner ? &((struct lone *) sm->owner)->fake : container_of (sm, struct server_op, sm);
}

void
intent_spawn (struct intent *i, uint64_t commit)
{
    struct server *s = i->server;
    struct lone *l = calloc (1, sizeof *l);
    list_remove (&i->link);
    list_push_back (&s->intents, &i->link);
    if (!l)
        return; /* its record stays: the next start drives it */
    l->i = i;
    i->commit = commit;
    l->fake = (struct server_op){ .server = s, .fs = server_fs_find (s, i->fs), .info = proto_op_info (i->op), .started = reactor_now (s->reactor) };
    l->fake.req = (struct proto_request){ .op = i->op, .client_id = i->client_id, .slot = i->slot, .seq = i->seq,
                                          .cred = { .uid = i->uid, .gid = i->gid, .ngroups = i->ngroups, .groups = i->groups } };
    list_init (&l->fake.slot_wait);
    if (i->client_id && l->fake.info)
        slot_occupy (&l->fake);
    l->sm.on_end = lone_ended;
    l->sm.owner = l; /* tells intent_sm that there is no operation around it */
    list_push_back (&s->lone_intents, &l->link);
    sm_start (&l->sm, s->reactor, &lone_intent_sm, l);
}

bool
intent_follow (struct sm *sm, struct intent **pending, struct server_op *op)
{
    struct intent *i = *pending;
    if (!i)
        return false;
    if (i->kind == INTENT_UNLINK) {
        intent_begin (sm, i);
        return true;
    }
    *pending = NULL;
    intent_spawn (i, op->txn.seq);
    return false;
}

void
intent_each_lone (struct server *s, void (*fn) (void *, const struct intent *, const struct sm *), void *arg)
{
    const struct lone *l;
    list_for_each (l, &s->lone_intents, link)
        fn (arg, l->i, &l->sm);
}

int
intent_start (struct server *s)
{
    struct intent *i;
    struct list todo;
    list_init (&todo);
    list_splice (&todo, &s->intents);
    list_for_each (i, &todo, link)
        intent_spawn (i, 0);
    return 0;
}

void
intent_stop (struct server *s)
{
    struct lone *l;
    struct intent *i;
    list_for_each (l, &s->lone_intents, link) {
        sm_abandon (&l->sm);
        lone_free (l);
    }
    list_for_each (i, &s->intents, link)
        intent_free (i);
    pthread_mutex_destroy (&s->born_lock);
}
