/*
 * Precreate pools; see pool.h.
 *
 * Threads: `level` and `wanted` are written by transaction bodies (Trove's executor) and read by the reactor: atomics. Everything else belongs to
 * the reactor.
 */
#include "server/pool.h"

#include <stdatomic.h>
#include <stdio.h>

#include "common/gossip/gossip.h"
#include "proto/ops/batch_create.h"

enum { POOL_NAME_MAX = 300, INDEX_DATAFILE = 2, INDEX_DIRECTORY = 3 };

struct pool {
    struct list link;
    struct server *server;
    struct server_fs *fs;
    int alias;
    uint8_t type;
    uint32_t batch_size, low;
    atomic_int level;
    atomic_bool wanted;    /* somebody found it empty */
    bool refilling;
    struct list waiters;   /* struct pool_waiter */
    /* the refill machine */
    struct sm sm;
    struct msgpair mp;
    struct batch_create_req req;
    struct trove_op txn;
    struct trove_durable durable;
    uint64_t last_batch;
};

struct pools {
    struct list list;
};

/* --- records ------------------------------------------------------------------------------------------------------------------ */

static size_t
pool_name (const struct pool *p, uint64_t handle, bool with_handle, uint8_t *buf)
{
    const char *alias = p->server->config->aliases[p->alias].name;
    struct wire w;
    wire_encoder (&w, buf, POOL_NAME_MAX);
    wire_fixed (&w, (void *) alias, strlen (alias) + 1);
    if (with_handle)
        wire_be64 (&w, &handle);
    return w.pos;
}

static struct trove_key
pool_key (const struct pool *p, const uint8_t *name, size_t len)
{
    return (struct trove_key){ .fs = p->fs->id, .type = TROVE_POOL, .handle = p->type, .name = name, .name_len = len };
}

/* The id of the last stored batch sorts behind all handles of the pool: handle ~0. */
static int
last_batch_get (struct trove_txn *t, const struct pool *p, uint64_t *ret)
{
    uint8_t name[POOL_NAME_MAX];
    struct trove_key key = pool_key (p, name, pool_name (p, UINT64_MAX, true, name));
    const void *v;
    size_t n;
    int r = trove_get (t, &key, &v, &n);
    if (r == -ENOENT) {
        *ret = 0;
        return 0;
    }
    if (r < 0)
        return r;
    struct wire w;
    wire_decoder (&w, v, n, NULL);
    wire_u64 (&w, ret);
    return wire_finish (&w) < 0 ? -EIO : 0;
}

struct scan {
    const uint8_t *prefix;
    size_t prefix_len;
    int count;
    bool first_only;
    uint64_t first;
};

static int
scan_item (void *arg, const struct trove_item *item)
{
    struct scan *s = arg;
    uint64_t h = 0;
    struct wire w;
    if (item->name_len != s->prefix_len + 8 || memcmp (item->name, s->prefix, s->prefix_len) != 0)
        return 1;
    wire_decoder (&w, (const uint8_t *) item->name + s->prefix_len, 8, NULL);
    wire_be64 (&w, &h);
    if (h == UINT64_MAX)
        return 1;
    if (!s->count++)
        s->first = h;
    return s->first_only;
}

static int
scan_pool (struct trove_txn *t, const struct pool *p, bool first_only, struct scan *s)
{
    uint8_t name[POOL_NAME_MAX];
    size_t len = pool_name (p, 0, false, name);
    struct trove_key key = pool_key (p, name, len);
    *s = (struct scan){ .prefix = name, .prefix_len = len, .first_only = first_only };
    return trove_iterate (t, &key, false, scan_item, s);
}

static struct pool *
find_pool (struct server *s, struct server_fs *fs, int alias, uint8_t type)
{
    struct pool *p;
    list_for_each (p, &s->pools->list, link)
        if (p->fs == fs && p->alias == alias && p->type == type)
            return p;
    return NULL;
}

int
pool_take (struct trove_txn *t, struct server *s, struct server_fs *fs, int alias, uint8_t type, obj_handle *ret)
{
    struct pool *p = find_pool (s, fs, alias, type);
    struct scan scan;
    if (!p)
        return -ENOENT;
    int r = scan_pool (t, p, true, &scan);
    if (r < 0)
        return r;
    if (!scan.count) {
        atomic_store (&p->level, 0);
        atomic_store (&p->wanted, true);
        return -EAGAIN;
    }
    uint8_t name[POOL_NAME_MAX];
    struct trove_key key = pool_key (p, name, pool_name (p, scan.first, true, name));
    r = trove_del (t, &key);
    if (r < 0)
        return r;
    atomic_fetch_sub (&p->level, 1);
    *ret = scan.first;
    return 0;
}

/* --- refill ------------------------------------------------------------------------------------------------------------------------ */

enum { READ_LAST, ASK, STORE, STORED };
enum { ENOUGH = SM_FIRST_OWN };

static struct pool *
pool_of (struct sm *sm)
{
    return container_of (sm, struct pool, sm);
}

static sm_event
post_txn (struct sm *sm, struct pool *p, int (*body) (struct trove_txn *, void *), bool read_only)
{
    p->txn = (struct trove_op){ .body = body, .arg = p, .read_only = read_only };
    sm_expect (sm, &p->txn.job);
    trove_txn_post (p->server->trove, &p->txn);
    return SM_WAIT;
}

static int
read_last_txn (struct trove_txn *t, void *arg)
{
    struct pool *p = arg;
    struct scan scan;
    int r = scan_pool (t, p, false, &scan);
    if (r < 0)
        return r;
    atomic_store (&p->level, scan.count);
    return last_batch_get (t, p, &p->last_batch);
}

static sm_event
read_last (struct sm *sm)
{
    return post_txn (sm, pool_of (sm), read_last_txn, true);
}

static sm_event
ask (struct sm *sm)
{
    struct pool *p = pool_of (sm);
    if (atomic_load (&p->level) >= (int) p->low && atomic_load (&p->level) > 0)
        return ENOUGH;
    msgpair_fini (&p->mp);
    p->req = (struct batch_create_req){ .pool_owner = p->server->alias, .type = p->type, .count = p->batch_size, .stored = p->last_batch };
    p->mp = (struct msgpair){ .ctx = p->server->msgpair, .flags = MSGPAIR_FOREVER, .max_resp = 16 + 64 + 8 * p->batch_size,
                              .req = { .op = PROTO_batch_create, .fs = p->fs->id, .body = &p->req } };
    int r = server_peer (p->server, p->alias, &p->mp.server);
    if (r < 0)
        return sm_fail (sm, r, "pool server");
    sm_expect (sm, &p->mp.job);
    msgpair_post (&p->mp);
    return SM_WAIT;
}

static int
store_txn (struct trove_txn *t, void *arg)
{
    struct pool *p = arg;
    struct batch_create_resp *b = p->mp.resp.body;
    uint8_t name[POOL_NAME_MAX];
    for (uint32_t i = 0; i < b->nhandles; i++) {
        struct trove_key key = pool_key (p, name, pool_name (p, b->handles[i], true, name));
        int r = trove_put (t, &key, "", 0);
        if (r < 0)
            return r;
    }
    uint8_t buf[8];
    struct wire w;
    wire_encoder (&w, buf, sizeof buf);
    wire_u64 (&w, &b->batch);
    struct trove_key key = pool_key (p, name, pool_name (p, UINT64_MAX, true, name));
    int r = trove_put (t, &key, buf, sizeof buf);
    if (r == 0)
        atomic_fetch_add (&p->level, (int) b->nhandles);
    return r;
}

static sm_event
store (struct sm *sm)
{
    return post_txn (sm, pool_of (sm), store_txn, false);
}

static sm_event
stored (struct sm *sm)
{
    struct pool *p = pool_of (sm);
    p->last_batch = ((struct batch_create_resp *) p->mp.resp.body)->batch;
    return SM_OK;
}

static const struct sm_state refill_states[] = {
    RUN (READ_LAST, read_last, ON_OK (ASK), ON_FAIL (SM_DONE)),
    RUN (ASK, ask, ON_OK (STORE), ON (ENOUGH, SM_DONE), ON_FAIL (SM_DONE)),
    RUN (STORE, store, ON_OK (STORED), ON_FAIL (SM_DONE)),
    RUN (STORED, stored, ALWAYS (SM_DONE)),
};
SM_MACHINE_FRAMELESS (pool_refill_sm, refill_states);

struct pool_waiter {
    struct list link;
    struct job job;
};

static void
refill_ended (struct sm *sm)
{
    struct pool *p = pool_of (sm);
    struct list *n;
    int err = sm->error;
    if (err)
        gossip_err ("pool of %s: refill failed: %s (%s)", p->server->config->aliases[p->alias].name, strerror (-err), sm->error_text);
    p->refilling = false;
    atomic_store (&p->wanted, false);
    while ((n = list_pop_front (&p->waiters)))
        job_complete (&list_entry (n, struct pool_waiter, link)->job, err);
}

static void
refill (struct pool *p)
{
    if (p->refilling || p->server->draining)
        return;
    p->refilling = true;
    memset (&p->sm, 0, sizeof p->sm);
    p->sm.on_end = refill_ended;
    if (sm_start (&p->sm, p->server->reactor, &pool_refill_sm, p) < 0)
        refill_ended (&p->sm);
}

void
pool_check (struct server *s)
{
    struct pool *p;
    list_for_each (p, &s->pools->list, link)
        if (atomic_load (&p->level) < (int) p->low)
            refill (p);
}

/* --- waiting for a refill, from any operation ------------------------------------------------------------------------------------------ */

enum { WAIT_ALL };
enum { MAX_WAITS = 64 };

struct pool_wait {
    struct pool_waiter w[MAX_WAITS];
    unsigned n;
};

static const struct job_class wait_class = { "a refill of the precreate pool", NULL, NULL };

static sm_event
wait_all (struct sm *sm)
{
    struct pool_wait *f = SM_FRAME (sm, struct pool_wait);
    struct server *s = server_op_of (sm)->server;
    struct pool *p;
    list_for_each (p, &s->pools->list, link) {
        if ((!atomic_load (&p->wanted) && !p->refilling) || atomic_load (&p->level) > 0 || f->n == MAX_WAITS)
            continue;
        struct pool_waiter *w = &f->w[f->n++];
        list_init (&w->link);
        sm_expect (sm, &w->job);
        job_post (&w->job, &wait_class);
        list_push_back (&p->waiters, &w->link);
        refill (p);
    }
    return f->n ? SM_WAIT : SM_OK;
}

static void
pool_wait_fini (void *frame)
{
    struct pool_wait *f = frame;
    for (unsigned i = 0; i < f->n; i++)
        list_remove (&f->w[i].link);
}

static const struct sm_state wait_states[] = {
    RUN (WAIT_ALL, wait_all, ALWAYS (SM_DONE)),
};
SM_MACHINE (pool_wait_sm, wait_states, struct pool_wait, pool_wait_fini);

/* --- start and stop --------------------------------------------------------------------------------------------------------------------- */

static int
add_pool (struct server *s, struct server_fs *fs, int alias, uint8_t type)
{
    int idx = type == OBJ_DATAFILE ? INDEX_DATAFILE : INDEX_DIRECTORY;
    struct pool *p = calloc (1, sizeof *p);
    if (!p)
        return -ENOMEM;
    p->server = s;
    p->fs = fs;
    p->alias = alias;
    p->type = type;
    p->batch_size = MIN (MAX (s->options->precreate_batch_size[idx], 1u), (uint32_t) PROTO_MAX_HANDLES);
    p->low = s->options->precreate_low_threshold[idx];
    list_init (&p->waiters);
    list_push_back (&s->pools->list, &p->link);
    return 0;
}

int
pool_start (struct server *s)
{
    s->pools = calloc (1, sizeof *s->pools);
    if (!s->pools)
        return -ENOMEM;
    list_init (&s->pools->list);
    for (int i = 0; i < s->nfs; i++) {
        struct server_fs *fs = &s->fs[i];
        int r = 0;
        for (int k = 0; r == 0 && fs->is_meta && k < fs->cfg->n_data_servers; k++)
            if (fs->cfg->data_servers[k] != s->alias_index)
                r = add_pool (s, fs, fs->cfg->data_servers[k], OBJ_DATAFILE);
        for (int k = 0; r == 0 && fs->is_meta && k < fs->cfg->n_meta_servers; k++)
            if (fs->cfg->meta_servers[k] != s->alias_index)
                r = add_pool (s, fs, fs->cfg->meta_servers[k], OBJ_DIRECTORY);
        if (r < 0)
            return r;
    }
    pool_check (s);
    return 0;
}

void
pool_stop (struct server *s)
{
    struct pool *p;
    if (!s->pools)
        return;
    list_for_each (p, &s->pools->list, link) {
        if (p->refilling)
            sm_abandon (&p->sm);
        msgpair_fini (&p->mp);
        list_remove (&p->link);
        free (p);
    }
    free (s->pools);
    s->pools = NULL;
}
