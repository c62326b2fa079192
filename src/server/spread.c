/*
 * The directory's side of directories over several servers; see spread.h.
 */
#include "server/spread.h"

#include "common/gossip/gossip.h"
#include "proto/ops/bucket_drop.h"
#include "proto/ops/bucket_fill.h"
#include "proto/ops/bucket_freeze.h"
#include "proto/ops/bucket_full.h"
#include "proto/ops/bucket_put.h"
#include "proto/ops/bucket_read.h"
#include "proto/ops/bucket_split.h"
#include "server/bucket.h"
#include "server/pool.h"

static int
get_directory (struct trove_txn *t, obj_fsid fs, obj_handle dir, struct object_attr *a)
{
    int r = trove_attr_get (t, fs, dir, a);
    return r == 0 && a->type != OBJ_DIRECTORY ? -ENOTDIR : r;
}

/* --- what buckets know of the directory ------------------------------------------------------------------------------------------ */

bool
spread_concerns (const char *xattr)
{
    return strncmp (xattr, "system.posix_acl_", 17) == 0 || strncmp (xattr, "user.pvfs2.", 11) == 0;
}

struct gather {
    struct arena *arena;
    uint32_t n;
    struct eattr_pair *pairs;
};

static int
gather_one (void *arg, const struct trove_item *item)
{
    struct gather *g = arg;
    char name[PROTO_MAX_XATTR_NAME + 1];
    size_t n = MIN (item->name_len, sizeof name - 1);
    memcpy (name, item->name, n);
    name[n] = 0;
    if (!spread_concerns (name) || g->n == PROTO_MAX_XATTRS)
        return 0;
    struct eattr_pair *p = &g->pairs[g->n++];
    *p = (struct eattr_pair){ .name = arena_strdup (g->arena, name), .value = arena_memdup (g->arena, item->val, item->val_len),
                              .value_len = (uint32_t) item->val_len };
    return p->name && (p->value || !p->value_len) ? 0 : -ENOMEM;
}

static int
gather_xattrs (struct trove_txn *t, obj_fsid fs, obj_handle dir, struct arena *arena, uint32_t *ret_n, struct eattr_pair **ret)
{
    struct gather g = { arena, 0, arena_array (arena, PROTO_MAX_XATTRS, sizeof *g.pairs) };
    struct trove_key key = { .fs = fs, .type = TROVE_XATTR, .handle = dir };
    int r = g.pairs ? trove_iterate (t, &key, false, gather_one, &g) : -ENOMEM;
    *ret_n = g.n;
    *ret = g.pairs;
    return r;
}

/* The buckets elsewhere, also one that is still filled. */
static int
others (const struct record_table *table, struct arena *arena, uint32_t *ret_n, obj_handle **ret)
{
    obj_handle pending = table->pending.dirdata;
    obj_handle *h = arena_array (arena, table->n + 1, sizeof *h);
    uint32_t n = 0;
    if (!h)
        return -ENOMEM;
    for (uint32_t i = 1; i < table->n; i++) { /* the first is the directory's own */
        h[n++] = table->buckets[i].dirdata;
        if (h[n - 1] == pending)
            pending = 0;
    }
    if (pending)
        h[n++] = pending;
    *ret_n = n;
    *ret = h;
    return 0;
}

int
spread_follow (struct trove_txn *t, struct server_op *op, obj_handle dir, const struct object_attr *a, bool times_set)
{
    struct record_table table;
    if (a->type != OBJ_DIRECTORY || !(a->flags & OBJ_SPREAD))
        return 0;
    struct intent *i = intent_new (op->server, INTENT_TELL, op);
    if (!i)
        return -ENOMEM;
    i->at.dir = dir;
    i->attr = *a;
    i->flags = times_set;
    int r = record_table (t, op->fs->id, dir, &i->arena, &table);
    if (r == 0)
        r = others (&table, &i->arena, &i->nhandles, &i->handles);
    if (r == 0)
        r = gather_xattrs (t, op->fs->id, dir, &i->arena, &i->nxattrs, &i->xattrs);
    if (r == 0)
        return intent_promise (t, i, &op->follow);
    intent_free (i);
    return r;
}

/* --- how it spreads ------------------------------------------------------------------------------------------------------------------ */

int
spread_choose (const struct config_fs *cfg, const struct object_spread *wish, struct object_attr *a)
{
    struct object_spread s = config_spread (cfg, a);
    if (!object_spread_chosen (wish))
        return 0;
    if (wish->max > OBJECT_SPREAD_MAX || wish->split_size > INT32_MAX)
        return -EINVAL;
    if (wish->initial)
        s.initial = wish->initial;
    if (wish->max)
        s.max = wish->max;
    if (wish->split_size)
        s.split_size = wish->split_size;
    if (!wish->initial && !wish->max)
        s.initial = MIN (s.initial, s.max); /* a configuration may say more at once than at most, and means this */
    if (s.initial > s.max)
        return -EINVAL;
    object_set_spread (a, &s);
    return 0;
}

static uint32_t
buckets_at_most (const struct config_fs *cfg, const struct object_attr *dir)
{
    return MIN (config_spread (cfg, dir).max, (uint32_t) cfg->n_meta_servers);
}

static uint32_t
buckets_at_once (const struct config_fs *cfg, const struct object_attr *dir)
{
    return MIN (config_spread (cfg, dir).initial, buckets_at_most (cfg, dir));
}

int
spread_promise (struct trove_txn *t, struct server_op *op, obj_handle dir, const struct object_attr *a)
{
    if (buckets_at_once (op->fs->cfg, a) < 2)
        return 0;
    struct intent *i = intent_new (op->server, INTENT_SPLIT, NULL);
    if (!i)
        return -ENOMEM;
    i->fs = op->fs->id;
    i->at.dir = dir;
    return intent_promise (t, i, &op->grows);
}

/* --- split ------------------------------------------------------------------------------------------------------------------------- */

struct split_frame {
    struct server_op *as;    /* stands for an operation: none is around a split */
    struct server_fs *fs;
    struct intent *i;
    struct msgpair mp;
    union {
        struct bucket_put_req put;
        struct bucket_split_req split;
        struct bucket_read_req read;
        struct bucket_fill_req fill;
        struct bucket_drop_req drop;
    } req;
    struct trove_op txn;
    struct trove_durable durable;
    struct job_timer delay;
    struct arena arena;      /* of one step */
    uint64_t after;
    bool end;
    bool needless, more;     /* nothing is to be split; … once more */
    unsigned tries;
};

static void
split_frame_fini (void *frame)
{
    struct split_frame *f = frame;
    if (f->i)
        reactor_timer_clear (f->i->server->reactor, &f->delay.timer);
    msgpair_fini (&f->mp);
    arena_fini (&f->arena);
}

enum { CHOOSE, CHOSEN, LATER, GIVE_UP, CHOSEN_DURABLE, READ_DIR, PUT, MARK, COPY, FILL, FILLED, SWITCH, SWITCH_DURABLE, DROP, DROPPED, END, ENDED };
enum { AGAIN = SM_FIRST_OWN, NEEDLESS, NOT_NOW, RESUME, MORE };
enum { STAGE_NEW, STAGE_CHOSEN, STAGE_SWITCHED };
enum { MOST_TRIES = 100 };
static const uint64_t TRY_AGAIN_AFTER = 100 * NSEC_PER_MSEC;

static sm_event
run (struct sm *sm, struct split_frame *f, int (*body) (struct trove_txn *, void *))
{
    f->txn = (struct trove_op){ .body = body, .arg = f };
    sm_expect_any (sm, &f->txn.job);
    trove_txn_post (f->i->server->trove, &f->txn);
    return SM_WAIT;
}

static sm_event
send (struct sm *sm, struct split_frame *f, unsigned proto_op, void *body, obj_handle target)
{
    if (server_ask (f->as, &f->mp, proto_op, body, target) < 0)
        return sm_fail (sm, -ENOENT, "server of a bucket");
    f->mp.flags = MSGPAIR_FOREVER;
    f->mp.max_resp = proto_op == PROTO_bucket_read ? BMI_MAX_MESSAGE : 0;
    sm_expect_any (sm, &f->mp.job);
    msgpair_post (&f->mp);
    return SM_WAIT;
}

/* What came back: SM_OK, AGAIN, or the machine has failed. */
static sm_event
answered (struct sm *sm, const struct split_frame *f, const char *by)
{
    int status = f->mp.job.status;
    return status == 0 ? SM_OK : intent_try_later (status) ? AGAIN : sm_fail (sm, status, by);
}

/* A meta server that has no bucket yet. -1: there is none. */
static int
free_server (struct split_frame *f, const struct record_table *table, obj_handle dir)
{
    const struct config_fs *cfg = f->fs->cfg;
    struct server *s = f->i->server;
    for (int k = 0; k < cfg->n_meta_servers; k++) {
        int alias = cfg->meta_servers[(hash_u64 (dir) + (uint64_t) k) % (uint64_t) cfg->n_meta_servers];
        bool taken = alias == s->alias_index;
        for (uint32_t b = 0; b < table->n && !taken; b++)
            taken = server_of_handle (s, f->fs, table->buckets[b].dirdata) == alias;
        if (!taken)
            return alias;
    }
    return -1;
}

static uint64_t
end_of (const struct record_table *table, uint32_t bucket)
{
    return bucket + 1 < table->n ? table->buckets[bucket + 1].first_hash : HASH_END;
}

/* Hashes have 63 bits. */
static uint64_t
middle_of (const struct record_table *table, uint32_t bucket)
{
    uint64_t first = table->buckets[bucket].first_hash, end = MIN (end_of (table, bucket), UINT64_C (1) << 63);
    return first + (end - first) / 2;
}

/* The one that was named, or the widest. */
static uint32_t
bucket_to_split (const struct record_table *table, obj_handle dirdata)
{
    uint32_t widest = 0;
    for (uint32_t b = 0; b < table->n; b++) {
        if (table->buckets[b].dirdata == dirdata)
            return b;
        if (middle_of (table, b) - table->buckets[b].first_hash > middle_of (table, widest) - table->buckets[widest].first_hash)
            widest = b;
    }
    return dirdata ? table->n : widest;
}

/* A split that was promised is so no more. */
static int
give_up_txn (struct trove_txn *t, void *arg)
{
    struct split_frame *f = arg;
    f->needless = true;
    return intent_del (t, f->i);
}

static int
choose_txn (struct trove_txn *t, void *arg)
{
    struct split_frame *f = arg;
    struct intent *i = f->i;
    struct object_attr a;
    struct record_table table;
    int r = get_directory (t, i->fs, i->at.dir, &a);
    if (r == 0)
        r = record_table (t, i->fs, i->at.dir, &f->arena, &table);
    if (r < 0)
        return r;
    uint32_t wanted = i->at.dirdata ? buckets_at_most (f->fs->cfg, &a) : buckets_at_once (f->fs->cfg, &a);
    uint32_t b = bucket_to_split (&table, i->at.dirdata);
    if (table.pending.dirdata || table.n >= wanted || b == table.n)
        return give_up_txn (t, f);
    int target = free_server (f, &table, i->at.dir);
    if (target < 0 || middle_of (&table, b) == table.buckets[b].first_hash)
        return give_up_txn (t, f);
    i->at.dirdata = table.buckets[b].dirdata;
    i->hash = middle_of (&table, b);
    r = pool_take (t, i->server, f->fs, target, OBJ_DIRECTORY, &i->handle);
    if (r < 0)
        return r;
    i->stage = STAGE_CHOSEN;
    table.pending = (struct proto_bucket){ i->hash, i->handle };
    a.flags |= OBJ_SPREAD;
    r = record_put_table (t, i->fs, i->at.dir, &table);
    if (r == 0)
        r = trove_attr_set (t, i->fs, i->at.dir, &a);
    return r < 0 ? r : intent_put (t, i);
}

static sm_event
split_choose (struct sm *sm)
{
    struct split_frame *f = SM_FRAME (sm, struct split_frame);
    f->i = sm_arg (sm);
    f->as = intent_as (sm);
    f->fs = server_fs_find (f->i->server, f->i->fs);
    if (!f->fs)
        return sm_fail (sm, -ENOENT, "file system of a split");
    return f->i->stage == STAGE_NEW ? run (sm, f, choose_txn) : RESUME;
}

static sm_event
split_chosen (struct sm *sm)
{
    struct split_frame *f = SM_FRAME (sm, struct split_frame);
    int status = f->txn.job.status;
    arena_fini (&f->arena);
    if (status == 0)
        return f->needless ? NEEDLESS : SM_OK;
    f->i->stage = STAGE_NEW; /* what the body noted is not so */
    f->needless = false;
    if (!intent_try_later (status) || ++f->tries > MOST_TRIES)
        return NOT_NOW;
    f->i->at.dirdata = f->i->grown;
    pool_check (f->i->server); /* handles of the target may have run out */
    return AGAIN;
}

static sm_event
split_give_up (struct sm *sm)
{
    return run (sm, SM_FRAME (sm, struct split_frame), give_up_txn);
}

static sm_event
split_later (struct sm *sm)
{
    struct split_frame *f = SM_FRAME (sm, struct split_frame);
    sm_expect (sm, &f->delay.job);
    job_timer_post (&f->delay, reactor_now (sm->reactor) + TRY_AGAIN_AFTER, 0);
    return SM_WAIT;
}

static sm_event
split_durable (struct sm *sm)
{
    struct split_frame *f = SM_FRAME (sm, struct split_frame);
    f->durable = (struct trove_durable){ .seq = f->txn.seq };
    if (!f->durable.seq)
        return SM_OK; /* after a restart */
    sm_expect (sm, &f->durable.job);
    trove_durable_post (f->i->server->trove, &f->durable);
    return SM_WAIT;
}

/* What the new bucket is to know, as it is now. */
static int
read_dir_txn (struct trove_txn *t, void *arg)
{
    struct split_frame *f = arg;
    struct intent *i = f->i;
    struct record_table table;
    f->req.put = (struct bucket_put_req){ .dirdata = i->handle, .dir = i->at.dir, .create = true, .first = i->hash };
    int r = get_directory (t, i->fs, i->at.dir, &f->req.put.attr);
    if (r == 0)
        r = record_table (t, i->fs, i->at.dir, &f->arena, &table);
    if (r == 0)
        r = gather_xattrs (t, i->fs, i->at.dir, &f->arena, &f->req.put.nxattrs, &f->req.put.xattrs);
    for (uint32_t b = 0; r == 0 && b < table.n; b++)
        if (table.buckets[b].dirdata == i->at.dirdata)
            f->req.put.end = end_of (&table, b);
    return r;
}

static sm_event
split_read_dir (struct sm *sm)
{
    struct split_frame *f = SM_FRAME (sm, struct split_frame);
    arena_fini (&f->arena);
    return f->i->stage == STAGE_SWITCHED ? RESUME : run (sm, f, read_dir_txn);
}

static sm_event
split_put (struct sm *sm)
{
    struct split_frame *f = SM_FRAME (sm, struct split_frame);
    if (f->txn.job.status < 0)
        return sm_fail (sm, f->txn.job.status, "directory of a split");
    return send (sm, f, PROTO_bucket_put, &f->req.put, f->i->handle);
}

static sm_event
split_mark (struct sm *sm)
{
    struct split_frame *f = SM_FRAME (sm, struct split_frame);
    sm_event ev = answered (sm, f, "a new bucket");
    if (ev != SM_OK)
        return ev;
    f->after = 0;
    f->req.split = (struct bucket_split_req){ f->i->at.dirdata, f->i->hash };
    return send (sm, f, PROTO_bucket_split, &f->req.split, f->i->at.dirdata);
}

static sm_event
split_copy (struct sm *sm)
{
    struct split_frame *f = SM_FRAME (sm, struct split_frame);
    sm_event ev = answered (sm, f, "a bucket to split");
    if (ev != SM_OK)
        return ev;
    f->req.read = (struct bucket_read_req){ f->i->at.dirdata, f->after };
    return send (sm, f, PROTO_bucket_read, &f->req.read, f->i->at.dirdata);
}

/* The page lives in the message that the next one replaces: a copy. */
static int
keep_page (struct split_frame *f, const struct bucket_read_resp *page)
{
    struct bucket_fill_req *fill = &f->req.fill;
    *fill = (struct bucket_fill_req){ .dirdata = f->i->handle, .nentries = page->nentries };
    f->end = page->end;
    f->after = page->after;
    fill->entries = arena_memdup (&f->arena, page->entries, page->nentries * sizeof *page->entries);
    if (!fill->entries && page->nentries)
        return -ENOMEM;
    for (uint32_t n = 0; n < fill->nentries; n++)
        if (!(fill->entries[n].name = arena_strdup (&f->arena, page->entries[n].name)))
            return -ENOMEM;
    return 0;
}

static sm_event
split_fill (struct sm *sm)
{
    struct split_frame *f = SM_FRAME (sm, struct split_frame);
    sm_event ev = answered (sm, f, "a bucket to split");
    if (ev != SM_OK)
        return ev;
    arena_fini (&f->arena);
    if (keep_page (f, f->mp.resp.body) < 0)
        return AGAIN;
    return send (sm, f, PROTO_bucket_fill, &f->req.fill, f->i->handle);
}

static sm_event
split_filled (struct sm *sm)
{
    struct split_frame *f = SM_FRAME (sm, struct split_frame);
    sm_event ev = answered (sm, f, "a new bucket");
    if (ev != SM_OK)
        return ev;
    return f->end ? SM_OK : MORE;
}

/* The pending bucket takes its place in the table, behind its source; pending it stays until the source has dropped what it had. */
static int
switch_txn (struct trove_txn *t, void *arg)
{
    struct split_frame *f = arg;
    struct intent *i = f->i;
    struct object_attr a;
    struct record_table old;
    int r = get_directory (t, i->fs, i->at.dir, &a);
    if (r == 0)
        r = record_table (t, i->fs, i->at.dir, &f->arena, &old);
    if (r < 0)
        return r;
    struct record_table table = { .pending = old.pending, .buckets = arena_array (&f->arena, old.n + 1, sizeof *old.buckets) };
    if (!table.buckets)
        return -ENOMEM;
    for (uint32_t b = 0; b < old.n; b++) {
        table.buckets[table.n++] = old.buckets[b];
        if (old.buckets[b].dirdata == i->at.dirdata)
            table.buckets[table.n++] = (struct proto_bucket){ i->hash, i->handle };
    }
    i->stage = STAGE_SWITCHED;
    a.change++;
    r = record_put_table (t, i->fs, i->at.dir, &table);
    if (r == 0)
        r = trove_attr_set (t, i->fs, i->at.dir, &a);
    return r < 0 ? r : intent_put (t, i);
}

static sm_event
split_switch (struct sm *sm)
{
    struct split_frame *f = SM_FRAME (sm, struct split_frame);
    arena_fini (&f->arena);
    return run (sm, f, switch_txn);
}

static sm_event
split_switched (struct sm *sm)
{
    struct split_frame *f = SM_FRAME (sm, struct split_frame);
    if (f->txn.job.status < 0) {
        f->i->stage = STAGE_CHOSEN;
        return AGAIN;
    }
    return split_durable (sm);
}

static sm_event
split_drop (struct sm *sm)
{
    struct split_frame *f = SM_FRAME (sm, struct split_frame);
    f->req.drop = (struct bucket_drop_req){ f->i->at.dirdata, f->i->hash };
    return send (sm, f, PROTO_bucket_drop, &f->req.drop, f->i->at.dirdata);
}

static sm_event
split_dropped (struct sm *sm)
{
    struct split_frame *f = SM_FRAME (sm, struct split_frame);
    sm_event ev = answered (sm, f, "a split bucket");
    if (ev != SM_OK)
        return ev;
    return ((struct bucket_drop_resp *) f->mp.resp.body)->more ? MORE : SM_OK;
}

static int
end_txn (struct trove_txn *t, void *arg)
{
    struct split_frame *f = arg;
    struct intent *i = f->i;
    struct object_attr a;
    struct record_table table;
    int r = get_directory (t, i->fs, i->at.dir, &a);
    if (r == 0)
        r = record_table (t, i->fs, i->at.dir, &f->arena, &table);
    if (r < 0)
        return r;
    table.pending = (struct proto_bucket){ 0 };
    r = record_put_table (t, i->fs, i->at.dir, &table);
    f->more = table.n < buckets_at_once (f->fs->cfg, &a);
    if (r < 0 || !f->more)
        return r < 0 ? r : intent_del (t, i);
    i->stage = STAGE_NEW;
    i->at.dirdata = i->grown = i->handle = i->hash = 0;
    return intent_put (t, i);
}

static sm_event
split_end (struct sm *sm)
{
    struct split_frame *f = SM_FRAME (sm, struct split_frame);
    arena_fini (&f->arena);
    gossip_debug (GOSSIP_SERVER_DEBUG, "directory %llx: bucket %llx split, from hash %llx on in %llx", (unsigned long long) f->i->at.dir,
                  (unsigned long long) f->i->at.dirdata, (unsigned long long) f->i->hash, (unsigned long long) f->i->handle);
    return run (sm, f, end_txn);
}

/* A server that goes down leaves the rest to its next start. */
static sm_event
split_ended (struct sm *sm)
{
    struct split_frame *f = SM_FRAME (sm, struct split_frame);
    arena_fini (&f->arena);
    f->tries = 0;
    return f->txn.job.status == 0 && f->more && !f->i->server->draining ? MORE : SM_OK;
}

static const struct sm_state split_states[] = {
    RUN (CHOOSE, split_choose, ON_OK (CHOSEN), ON (RESUME, READ_DIR), ON_FAIL (SM_DONE)),
    RUN (CHOSEN, split_chosen, ON_OK (CHOSEN_DURABLE), ON (AGAIN, LATER), ON (NEEDLESS, SM_DONE), ON (NOT_NOW, GIVE_UP), ON_FAIL (SM_DONE)),
    RUN (GIVE_UP, split_give_up, ALWAYS (SM_DONE)),
    RUN (LATER, split_later, ON_OK (CHOOSE), ON_FAIL (SM_DONE)),
    RUN (CHOSEN_DURABLE, split_durable, ON_OK (READ_DIR), ON_FAIL (SM_DONE)),
    RUN (READ_DIR, split_read_dir, ON_OK (PUT), ON (RESUME, DROP), ON_FAIL (SM_DONE)),
    RUN (PUT, split_put, ON_OK (MARK), ON_FAIL (SM_DONE)),
    RUN (MARK, split_mark, ON_OK (COPY), ON (AGAIN, LATER), ON_FAIL (SM_DONE)),
    RUN (COPY, split_copy, ON_OK (FILL), ON (AGAIN, LATER), ON_FAIL (SM_DONE)),
    RUN (FILL, split_fill, ON_OK (FILLED), ON (AGAIN, LATER), ON_FAIL (SM_DONE)),
    RUN (FILLED, split_filled, ON_OK (SWITCH), ON (MORE, COPY), ON (AGAIN, LATER), ON_FAIL (SM_DONE)),
    RUN (SWITCH, split_switch, ON_OK (SWITCH_DURABLE), ON_FAIL (SM_DONE)),
    RUN (SWITCH_DURABLE, split_switched, ON_OK (DROP), ON (AGAIN, LATER), ON_FAIL (SM_DONE)),
    RUN (DROP, split_drop, ON_OK (DROPPED), ON_FAIL (SM_DONE)),
    RUN (DROPPED, split_dropped, ON_OK (END), ON (MORE, DROP), ON (AGAIN, LATER), ON_FAIL (SM_DONE)),
    RUN (END, split_end, ALWAYS (ENDED)),
    RUN (ENDED, split_ended, ON (MORE, CHOOSE), ALWAYS (SM_DONE)),
};
SM_MACHINE (spread_split_sm, split_states, struct split_frame, split_frame_fini);

void
spread_grow (struct server *s, struct server_fs *fs, obj_handle dir, obj_handle dirdata)
{
    if (fs->cfg->n_meta_servers < 2 || s->draining)
        return;
    struct intent *i = intent_new (s, INTENT_SPLIT, NULL);
    if (!i)
        return;
    i->fs = fs->id;
    i->at.dir = dir;
    i->at.dirdata = i->grown = dirdata;
    intent_spawn (i, 0);
}

/* --- bucket_full -------------------------------------------------------------------------------------------------------------------- */

static int
bucket_full_plain (struct server_op *op)
{
    struct bucket_full_req *q = REQ (op, bucket_full);
    spread_grow (op->server, op->fs, q->dir, q->dirdata);
    return 0;
}

const struct op_desc bucket_full_desc = { .op = PROTO_bucket_full, .plain = bucket_full_plain };

struct full_frame {
    struct msgpair mp;
    struct bucket_full_req req;
};

static void
full_frame_fini (void *frame)
{
    msgpair_fini (&((struct full_frame *) frame)->mp);
}

static sm_event
tell_full (struct sm *sm)
{
    struct full_frame *f = SM_FRAME (sm, struct full_frame);
    struct server_op *op = server_op_of (sm);
    if (server_is_local (op->server, op->fs, op->full.dir)) {
        spread_grow (op->server, op->fs, op->full.dir, op->full.dirdata);
        return SM_OK;
    }
    f->req = (struct bucket_full_req){ op->full.dir, op->full.dirdata };
    if (server_ask (op, &f->mp, PROTO_bucket_full, &f->req, op->full.dir) < 0)
        return SM_OK;
    f->mp.req.cred = (struct proto_cred){ 0 }; /* the asker's went with his request */
    sm_expect_any (sm, &f->mp.job); /* unheard: it will be said again when the bucket has doubled */
    msgpair_post (&f->mp);
    return SM_WAIT;
}

enum { TELL_FULL };

static const struct sm_state tell_full_states[] = {
    RUN (TELL_FULL, tell_full, ALWAYS (SM_DONE)),
};
SM_MACHINE (spread_tell_full_sm, tell_full_states, struct full_frame, full_frame_fini);

/* --- removal ------------------------------------------------------------------------------------------------------------------------ */

struct empty_frame {
    struct server_op *op;
    obj_handle dir;
    struct intent *intent;    /* EMPTY: thaws */
    struct intent *rest;      /* REMOVE: the buckets elsewhere */
    struct record_table table;
    struct msgpair mp;
    struct bucket_freeze_req req;
    struct trove_durable durable;
    uint32_t asked;
    int error;
};

static void
empty_frame_fini (void *frame)
{
    struct empty_frame *f = frame;
    msgpair_fini (&f->mp);
    intent_free (f->intent);
    intent_free (f->rest);
}

enum { BEGIN, PROMISED, FREEZE, FROZEN, REMOVE, REMOVED, THAW, THAWED };
enum { REFUSED = SM_FIRST_OWN, ALL_FROZEN };

static int
look_empty (struct trove_txn *t, struct empty_frame *f)
{
    struct object_attr a;
    int r = get_directory (t, f->op->fs->id, f->dir, &a);
    if (r == 0)
        r = record_table (t, f->op->fs->id, f->dir, &f->op->arena, &f->table);
    if (r == 0 && f->table.pending.dirdata)
        r = -PROTO_EMOVED;
    return r == 0 && a.entries ? -ENOTEMPTY : r;
}

static int
empty_begin_txn (struct trove_txn *t, void *arg)
{
    struct empty_frame *f = arg;
    int r = look_empty (t, f);
    if (r < 0)
        return r;
    struct intent *i = intent_new (f->op->server, INTENT_EMPTY, f->op);
    if (!i)
        return -ENOMEM;
    i->client_id = 0;
    i->at.dir = f->dir;
    r = others (&f->table, &i->arena, &i->nhandles, &i->handles);
    if (r == 0)
        return intent_promise (t, i, &f->intent);
    intent_free (i);
    return r;
}

static sm_event
empty_begin (struct sm *sm)
{
    struct empty_frame *f = SM_FRAME (sm, struct empty_frame);
    f->op = server_op_of (sm);
    f->dir = *(obj_handle *) sm_arg (sm);
    return server_txn (sm, f->op, empty_begin_txn, f, false);
}

static sm_event
empty_promised (struct sm *sm)
{
    struct empty_frame *f = SM_FRAME (sm, struct empty_frame);
    intent_begin (sm, f->intent);
    f->op->seq = MAX (f->op->seq, f->op->txn.seq);
    f->durable = (struct trove_durable){ .seq = f->op->seq };
    sm_expect (sm, &f->durable.job);
    trove_durable_post (f->op->server->trove, &f->durable);
    return SM_WAIT;
}

static sm_event
empty_freeze (struct sm *sm)
{
    struct empty_frame *f = SM_FRAME (sm, struct empty_frame);
    if (f->asked == f->intent->nhandles)
        return ALL_FROZEN;
    f->req = (struct bucket_freeze_req){ .dirdata = f->intent->handles[f->asked++] };
    if (server_ask (f->op, &f->mp, PROTO_bucket_freeze, &f->req, f->req.dirdata) < 0)
        return sm_fail (sm, -ENOENT, "server of a bucket");
    sm_expect_any (sm, &f->mp.job);
    msgpair_post (&f->mp);
    return SM_WAIT;
}

static sm_event
empty_frozen (struct sm *sm)
{
    struct empty_frame *f = SM_FRAME (sm, struct empty_frame);
    f->error = f->mp.job.status;
    return f->error < 0 ? REFUSED : SM_OK;
}

static int
empty_remove_txn (struct trove_txn *t, void *arg)
{
    struct empty_frame *f = arg;
    obj_fsid fs = f->op->fs->id;
    int r = look_empty (t, f);
    if (r == 0)
        r = record_remove_object (t, fs, f->table.buckets[0].dirdata);
    if (r == 0)
        r = record_remove_object (t, fs, f->dir);
    if (r == 0)
        r = intent_del (t, f->intent);
    if (r < 0)
        return r;
    return intent_promise_removal (t, f->op, f->intent->handles, f->intent->nhandles, &f->rest);
}

static sm_event
empty_remove (struct sm *sm)
{
    struct empty_frame *f = SM_FRAME (sm, struct empty_frame);
    return server_txn (sm, f->op, empty_remove_txn, f, false);
}

static sm_event
empty_removed (struct sm *sm)
{
    struct empty_frame *f = SM_FRAME (sm, struct empty_frame);
    if (sm->error) {
        f->error = sm->error;
        sm_clear_error (sm);
        sm_set_arg (sm, f->intent);
        return REFUSED;
    }
    struct intent *rest = f->rest;
    f->rest = NULL;
    intent_spawn (rest, f->op->txn.seq);
    return SM_OK;
}

static sm_event
empty_thawed (struct sm *sm)
{
    struct empty_frame *f = SM_FRAME (sm, struct empty_frame);
    return sm->error ? SM_FAIL : sm_fail (sm, f->error, "a bucket of the directory");
}

static const struct sm_state empty_states[] = {
    RUN (BEGIN, empty_begin, ON_OK (PROMISED), ON_FAIL (SM_DONE)),
    RUN (PROMISED, empty_promised, ON_OK (FREEZE), ON_FAIL (SM_DONE)),
    RUN (FREEZE, empty_freeze, ON_OK (FROZEN), ON (ALL_FROZEN, REMOVE), ON_FAIL (SM_DONE)),
    RUN (FROZEN, empty_frozen, ON_OK (FREEZE), ON (REFUSED, THAW), ON_FAIL (SM_DONE)),
    RUN (REMOVE, empty_remove, ALWAYS (REMOVED)),
    RUN (REMOVED, empty_removed, ON_OK (SM_DONE), ON (REFUSED, THAW), ON_FAIL (SM_DONE)),
    CALL (THAW, intent_sm, ALWAYS (THAWED)),
    RUN (THAWED, empty_thawed, ALWAYS (SM_DONE)),
};
SM_MACHINE (spread_remove_sm, empty_states, struct empty_frame, empty_frame_fini);
