/*
 * Holds, leases and orphans; see hold.h.
 */
#include "server/hold.h"

#include "common/gossip/gossip.h"
#include "proto/ops/hold.h"
#include "server/data.h"
#include "server/freeze.h"
#include "server/intent.h"

struct lease {
    struct hash_node node;
    struct server *server;
    uint64_t client_id;
    unsigned connections;
    struct list holders;
    struct reactor_timer end;
};

/* A file that somebody holds, or an orphan. */
struct held {
    struct hash_node node;
    struct server *server;
    obj_fsid fs;
    obj_handle handle;
    bool orphan, collecting;
    struct list holders;
};

struct holder {
    struct list of_held, of_lease;
    struct held *held;
    struct lease *lease;
    uint64_t stamp;
};

struct holds {
    struct hash_table leases, held;
    size_t count;
    bool marked, grace;
    struct reactor_timer grace_end;
};

static void collect (struct held *h);

/* --- tables ----------------------------------------------------------------------------------------------------------------- */

static struct held *
find_held (struct server *s, obj_fsid fs, obj_handle h, bool create)
{
    struct hash_table *t = &s->holds->held;
    for (struct hash_node *n = hash_first (t, hash_u64 (h ^ fs)); n; n = hash_next (n)) {
        struct held *x = container_of (n, struct held, node);
        if (x->handle == h && x->fs == fs)
            return x;
    }
    struct held *x = create ? calloc (1, sizeof *x) : NULL;
    if (!x)
        return NULL;
    *x = (struct held){ .server = s, .fs = fs, .handle = h };
    list_init (&x->holders);
    if (hash_insert (t, &x->node, hash_u64 (h ^ fs)) < 0) {
        free (x);
        return NULL;
    }
    return x;
}

static void
free_held (struct held *h)
{
    hash_remove (&h->server->holds->held, &h->node);
    free (h);
}

/* Nobody holds it any more: forgotten, or removed if it has no name. */
static void
released (struct held *h)
{
    if (!list_empty (&h->holders) || h->collecting)
        return;
    if (!h->orphan)
        free_held (h);
    else if (!h->server->holds->grace)
        collect (h);
}

static void
free_holder (struct holder *o)
{
    o->held->server->holds->count--;
    list_remove (&o->of_held);
    list_remove (&o->of_lease);
    free (o);
}

static struct holder *
find_holder (struct held *h, uint64_t client_id)
{
    struct holder *o;
    list_for_each (o, &h->holders, of_held)
        if (o->lease->client_id == client_id)
            return o;
    return NULL;
}

/* --- leases -------------------------------------------------------------------------------------------------------------------- */

static void
free_lease (struct lease *l)
{
    struct server *s = l->server;
    reactor_timer_clear (s->reactor, &l->end);
    hash_remove (&s->holds->leases, &l->node);
    free (l);
}

static void
lease_ended (struct reactor_timer *t)
{
    struct lease *l = container_of (t, struct lease, end);
    struct holder *o;
    list_for_each (o, &l->holders, of_lease) {
        struct held *h = o->held;
        free_holder (o);
        released (h);
    }
    free_lease (l);
}

static struct lease *
find_lease (struct server *s, uint64_t client_id, bool create)
{
    struct hash_table *t = &s->holds->leases;
    for (struct hash_node *n = hash_first (t, hash_u64 (client_id)); n; n = hash_next (n)) {
        struct lease *l = container_of (n, struct lease, node);
        if (l->client_id == client_id)
            return l;
    }
    struct lease *l = create ? calloc (1, sizeof *l) : NULL;
    if (!l)
        return NULL;
    l->server = s;
    l->client_id = client_id;
    list_init (&l->holders);
    reactor_timer_init (&l->end, lease_ended, TIMER_DEADLINE);
    if (hash_insert (t, &l->node, hash_u64 (client_id)) < 0) {
        free (l);
        return NULL;
    }
    return l;
}

static void
end_later (struct lease *l)
{
    struct reactor *r = l->server->reactor;
    reactor_timer_set (r, &l->end, reactor_now (r) + LEASE_SECONDS * NSEC_PER_SEC);
}

void
lease_up (struct server *s, uint64_t client_id)
{
    struct lease *l = find_lease (s, client_id, true);
    if (!l)
        return;
    l->connections++;
    reactor_timer_clear (s->reactor, &l->end);
}

void
lease_down (struct server *s, uint64_t client_id)
{
    struct lease *l = find_lease (s, client_id, false);
    if (!l || !l->connections || --l->connections)
        return;
    if (list_empty (&l->holders))
        free_lease (l);
    else
        end_later (l);
}

/* --- holds ---------------------------------------------------------------------------------------------------------------------- */

void
hold_take (struct server_op *op, obj_handle handle, uint64_t stamp)
{
    struct server *s = op->server;
    struct holds *t = s->holds;
    struct lease *l = find_lease (s, op->req.client_id, true);
    struct held *h = l && t->count < HOLDS_MAX ? find_held (s, op->fs->id, handle, true) : NULL;
    if (!h)
        return;
    struct holder *o = find_holder (h, l->client_id);
    if (!o) {
        o = calloc (1, sizeof *o);
        if (!o) {
            released (h);
            return;
        }
        *o = (struct holder){ .held = h, .lease = l };
        list_push_back (&h->holders, &o->of_held);
        list_push_back (&l->holders, &o->of_lease);
        t->count++;
    }
    o->stamp = MAX (o->stamp, stamp);
    if (!l->connections && !reactor_timer_is_set (&l->end))
        end_later (l);
}

bool
hold_holds (struct server_op *op, obj_handle handle)
{
    struct held *h = find_held (op->server, op->fs->id, handle, false);
    return op->server->holds->grace || (h && find_holder (h, op->req.client_id));
}

void
hold_drop (struct server_op *op, obj_handle handle, uint64_t stamp)
{
    struct held *h = find_held (op->server, op->fs->id, handle, false);
    struct holder *o = h ? find_holder (h, op->req.client_id) : NULL;
    if (!o || o->stamp > stamp)
        return;
    free_holder (o);
    released (h);
}

/* --- the mark: there are holders who must be waited for after a restart ------------------------------------------------------------- */

static struct trove_key
mark_key (const struct server *s)
{
    static const char name[] = "leases";
    return (struct trove_key){ .fs = s->fs[0].id, .type = TROVE_KEYVAL, .name = name, .name_len = sizeof name - 1 };
}

enum { MARK, FLUSH, MARKED };
enum { NOTHING = SM_FIRST_OWN };

static int
mark_txn (struct trove_txn *t, void *arg)
{
    struct trove_key key = mark_key (((struct server_op *) arg)->server);
    return trove_put (t, &key, "", 0);
}

static sm_event
mark (struct sm *sm)
{
    struct server_op *op = server_op_of (sm);
    op->seq = MAX (op->seq, op->txn.seq); /* of what the operation has done so far */
    return op->server->holds->marked ? NOTHING : server_txn (sm, op, mark_txn, op, false);
}

static sm_event
flush_mark (struct sm *sm)
{
    struct server_op *op = server_op_of (sm);
    op->durable = (struct trove_durable){ .seq = op->txn.seq };
    sm_expect (sm, &op->durable.job);
    trove_durable_post (op->server->trove, &op->durable);
    return SM_WAIT;
}

static sm_event
marked (struct sm *sm)
{
    server_op_of (sm)->server->holds->marked = true;
    return SM_OK;
}

static const struct sm_state mark_states[] = {
    RUN (MARK, mark, ON_OK (FLUSH), ON (NOTHING, SM_DONE), ON_FAIL (SM_DONE)),
    RUN (FLUSH, flush_mark, ON_OK (MARKED), ON_FAIL (SM_DONE)),
    RUN (MARKED, marked, ALWAYS (SM_DONE)),
};
SM_MACHINE_FRAMELESS (hold_mark_sm, mark_states);

/* --- keeping an object without a name ------------------------------------------------------------------------------------------------ */

enum { ORPHAN_PREFIX = 7, ORPHAN_NAME = ORPHAN_PREFIX + 8 };

struct orphan_key {
    uint8_t name[ORPHAN_NAME];
    struct trove_key key;
};

static struct trove_key *
orphan_key (struct orphan_key *k, obj_fsid fs, obj_handle h)
{
    struct wire w;
    wire_encoder (&w, k->name, sizeof k->name);
    wire_fixed (&w, "orphan:", ORPHAN_PREFIX);
    wire_be64 (&w, &h);
    k->key = (struct trove_key){ .fs = fs, .type = TROVE_KEYVAL, .name = k->name, .name_len = w.pos };
    return &k->key;
}

void
hold_look (struct server_op *op, obj_handle h)
{
    const struct held *held = h ? find_held (op->server, op->fs->id, h, false) : NULL;
    op->keeps = h && (op->server->holds->grace || (held && !list_empty (&held->holders))) ? h : 0;
    op->kept = 0;
}

int
hold_keep (struct trove_txn *t, struct server_op *op, obj_handle h, struct object_attr *a)
{
    struct orphan_key k;
    a->nlink = 0;
    a->ctime = server_now (op->server);
    a->change++;
    int r = trove_attr_set (t, op->fs->id, h, a);
    if (r == 0)
        r = trove_put (t, orphan_key (&k, op->fs->id, h), "", 0);
    if (r == 0)
        op->kept = h;
    return r;
}

void
hold_kept (struct server_op *op)
{
    struct held *h = op->kept ? find_held (op->server, op->fs->id, op->kept, true) : NULL;
    op->kept = 0;
    if (!h)
        return; /* the next start knows it from its record */
    h->orphan = true;
    released (h);
}

/* --- removing an orphan ----------------------------------------------------------------------------------------------------------------- */

enum { LOOK, WAIT, REMOVE };

/* What stands for the operation that removes it. */
struct collector {
    struct server_op op;
    struct held *held;
    struct victim victim;
    struct intent *pending;
};

static struct collector *
collector_of (struct sm *sm)
{
    return container_of (server_op_of (sm), struct collector, op);
}

static int
collect_look_txn (struct trove_txn *t, void *arg)
{
    struct collector *c = arg;
    struct object_attr a;
    int r = trove_attr_get (t, c->op.fs->id, c->held->handle, &a);
    return r < 0 ? r : victim_look (t, &c->op, NULL, &(struct entry){ c->held->handle, a.type }, &c->victim);
}

static sm_event
collect_look (struct sm *sm)
{
    struct collector *c = collector_of (sm);
    return server_txn (sm, &c->op, collect_look_txn, c, true);
}

static sm_event
collect_wait (struct sm *sm)
{
    struct collector *c = collector_of (sm);
    return victim_wait (sm, &c->op, &c->victim);
}

static int
collect_txn (struct trove_txn *t, void *arg)
{
    struct collector *c = arg;
    struct orphan_key k;
    struct object_attr a;
    int r = trove_attr_get (t, c->op.fs->id, c->held->handle, &a);
    if (r == 0 && a.nlink == 0)
        r = object_unlinked (t, &c->op, &(struct entry){ c->held->handle, a.type }, &c->pending);
    if (r == 0 || r == -ENOENT)
        r = trove_del (t, orphan_key (&k, c->op.fs->id, c->held->handle));
    return r == -ENOENT ? 0 : r;
}

static sm_event
collect_remove (struct sm *sm)
{
    struct collector *c = collector_of (sm);
    return server_txn (sm, &c->op, collect_txn, c, false);
}

static const struct sm_state collect_states[] = {
    RUN (LOOK, collect_look, ON_OK (WAIT), ON_FAIL (SM_DONE)),
    RUN (WAIT, collect_wait, ON_OK (REMOVE), ON_FAIL (SM_DONE)),
    RUN (REMOVE, collect_remove, ALWAYS (SM_DONE)),
};
SM_MACHINE_FRAMELESS (collect_orphan_sm, collect_states);

static void
collector_free (struct collector *c)
{
    list_remove (&c->op.link);
    freeze_look_again (c->op.server);
    sched_release (&c->op.sched);
    arena_fini (&c->op.arena);
    intent_free (c->pending);
    free (c);
}

static void
collected (struct sm *sm)
{
    struct collector *c = collector_of (sm);
    struct held *h = c->held;
    int err = sm->error;
    if (c->victim.datafile)
        known_forget (h->server, h->fs, c->victim.datafile);
    if (c->pending)
        intent_spawn (c->pending, c->op.txn.seq);
    c->pending = NULL;
    collector_free (c);
    h->collecting = false;
    if (err && err != -ENOENT) {
        gossip_err ("orphan %llx cannot be removed: %s; the next start tries again", (unsigned long long) h->handle, strerror (-err));
        return;
    }
    h->orphan = false;
    released (h);
}

static void
collect (struct held *h)
{
    struct server *s = h->server;
    struct collector *c = s->draining ? NULL : calloc (1, sizeof *c);
    if (!c)
        return; /* at the next start */
    h->collecting = true;
    c->held = h;
    c->op.server = s;
    c->op.fs = server_fs_find (s, h->fs);
    c->op.info = proto_op_info (PROTO_hold);
    c->op.started = reactor_now (s->reactor);
    c->op.sm.on_end = collected;
    list_init (&c->op.slot_wait);
    list_push_back (&s->collectors, &c->op.link);
    sched_init (&c->op.sched, s->sched, 0);
    if (sm_start (&c->op.sm, s->reactor, &collect_orphan_sm, c) < 0) {
        collector_free (c);
        h->collecting = false;
    }
}

/* --- life ----------------------------------------------------------------------------------------------------------------------------- */

static void
grace_over (struct reactor_timer *t)
{
    struct holds *holds = container_of (t, struct holds, grace_end);
    size_t i;
    holds->grace = false;
    hash_for_each (&holds->held, i, n)
        released (container_of (n, struct held, node));
}

int
holds_new (struct server *s)
{
    s->holds = calloc (1, sizeof *s->holds);
    if (!s->holds)
        return -ENOMEM;
    reactor_timer_init (&s->holds->grace_end, grace_over, TIMER_DEADLINE);
    return 0;
}

struct load {
    struct server *server;
    obj_fsid fs;
};

static int
load_orphan (void *arg, const struct trove_item *item)
{
    struct load *l = arg;
    obj_handle h = 0;
    struct wire w;
    if (item->name_len != ORPHAN_NAME || memcmp (item->name, "orphan:", ORPHAN_PREFIX) != 0)
        return 1;
    wire_decoder (&w, (const uint8_t *) item->name + ORPHAN_PREFIX, 8, NULL);
    wire_be64 (&w, &h);
    struct held *held = find_held (l->server, l->fs, h, true);
    if (held)
        held->orphan = true;
    return held ? 0 : -ENOMEM;
}

int
holds_load (struct server *s, struct trove_txn *t)
{
    struct trove_key key = mark_key (s);
    const void *v;
    size_t n;
    int r = trove_get (t, &key, &v, &n);
    s->holds->marked = s->holds->grace = r == 0;
    for (int i = 0; i < s->nfs && (r == 0 || r == -ENOENT); i++) {
        struct orphan_key k;
        struct load l = { s, s->fs[i].id };
        r = trove_iterate (t, orphan_key (&k, l.fs, 0), false, load_orphan, &l);
    }
    return r == -ENOENT ? 0 : r;
}

void
holds_start (struct server *s)
{
    if (s->holds->grace)
        reactor_timer_set (s->reactor, &s->holds->grace_end, reactor_now (s->reactor) + LEASE_SECONDS * NSEC_PER_SEC);
    else
        grace_over (&s->holds->grace_end);
}

void
holds_free (struct server *s)
{
    struct server_op *op;
    size_t i;
    if (!s->holds)
        return;
    list_for_each (op, &s->collectors, link) {
        sm_abandon (&op->sm);
        collector_free (container_of (op, struct collector, op));
    }
    reactor_timer_clear (s->reactor, &s->holds->grace_end);
    hash_for_each (&s->holds->leases, i, n) {
        struct lease *l = container_of (n, struct lease, node);
        struct holder *o;
        list_for_each (o, &l->holders, of_lease)
            free_holder (o);
        free_lease (l);
    }
    hash_for_each (&s->holds->held, i, m)
        free_held (container_of (m, struct held, node));
    hash_fini (&s->holds->leases);
    hash_fini (&s->holds->held);
    free (s->holds);
    s->holds = NULL;
}

/* --- the operation ---------------------------------------------------------------------------------------------------------------------- */

static int
hold_keys (struct server_op *op)
{
    struct hold_req *q = REQ (op, hold);
    op->target = q->ntake ? q->take[0] : q->ndrop ? q->drop[0] : 0;
    return op->req.client_id ? 0 : -EINVAL;
}

static void
hold_finish (struct server_op *op)
{
    struct hold_req *q = REQ (op, hold);
    for (uint32_t i = 0; i < q->ntake; i++)
        hold_take (op, q->take[i], q->stamp);
    for (uint32_t i = 0; i < q->ndrop; i++)
        hold_drop (op, q->drop[i], q->stamp);
}

const struct op_desc hold_desc = { .op = PROTO_hold, .keys = hold_keys, .machine = &hold_mark_sm, .finish = hold_finish };
