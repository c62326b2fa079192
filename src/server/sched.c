/*
 * The request scheduler; see sched.h. A key exists while somebody holds it or waits for it; its list has holders and waiters in order of
 * arrival, the granted ones in front.
 */
#include "server/sched.h"

#include <stdio.h>

#include "proto/proto.h"

struct sched_key {
    struct hash_node node;
    struct list queue;
    obj_fsid fs;
    obj_handle handle;
    uint64_t name_hash;
};

struct sched {
    struct hash_table keys;
    void (*on_idle) (void *arg);
    void *on_idle_arg;
};

int
sched_new (struct sched **ret)
{
    *ret = calloc (1, sizeof **ret);
    return *ret ? 0 : -ENOMEM;
}

void
sched_free (struct sched *s)
{
    if (!s)
        return;
    size_t i;
    hash_for_each (&s->keys, i, n)
        free (container_of (n, struct sched_key, node));
    hash_fini (&s->keys);
    free (s);
}

bool
sched_idle (const struct sched *s)
{
    return s->keys.count == 0;
}

void
sched_on_idle (struct sched *s, void (*fn) (void *arg), void *arg)
{
    s->on_idle = fn;
    s->on_idle_arg = arg;
}

static uint64_t
key_hash (obj_fsid fs, obj_handle h, uint64_t name_hash)
{
    return hash_u64 (h ^ hash_u64 (name_hash ^ fs));
}

static struct sched_key *
known_key (struct sched *s, obj_fsid fs, obj_handle h, uint64_t name_hash)
{
    uint64_t hash = key_hash (fs, h, name_hash);
    for (struct hash_node *n = hash_first (&s->keys, hash); n; n = hash_next (n)) {
        struct sched_key *k = container_of (n, struct sched_key, node);
        if (k->fs == fs && k->handle == h && k->name_hash == name_hash)
            return k;
    }
    return NULL;
}

static struct sched_key *
find_key (struct sched *s, obj_fsid fs, obj_handle h, uint64_t name_hash)
{
    uint64_t hash = key_hash (fs, h, name_hash);
    struct sched_key *k = known_key (s, fs, h, name_hash);
    if (k)
        return k;
    k = calloc (1, sizeof *k);
    if (!k)
        return NULL;
    k->fs = fs;
    k->handle = h;
    k->name_hash = name_hash;
    list_init (&k->queue);
    if (hash_insert (&s->keys, &k->node, hash) < 0) {
        free (k);
        return NULL;
    }
    return k;
}

void
sched_init (struct sched_req *q, struct sched *s, uint64_t owner_id)
{
    memset (q, 0, sizeof *q);
    q->sched = s;
    q->owner_id = owner_id;
}

int
sched_add (struct sched_req *q, obj_fsid fs, obj_handle h, const char *name, enum sched_mode mode)
{
    uint64_t nh = name ? proto_name_hash (name) : 0;
    for (unsigned i = 0; i < q->nholds; i++) {
        struct sched_hold *o = &q->holds[i];
        if (o->fs == fs && o->handle == h && o->name_hash == nh) {
            if (!o->granted)
                o->mode = MAX (o->mode, mode);
            return 0;
        }
    }
    if (q->nholds == SCHED_MAX_KEYS)
        return -E2BIG;
    struct sched_hold *o = &q->holds[q->nholds++];
    *o = (struct sched_hold){ .req = q, .fs = fs, .handle = h, .name_hash = nh, .mode = mode };
    list_init (&o->link);
    return 0;
}

static bool
compatible (enum sched_mode a, enum sched_mode b)
{
    return a == b && a != SCHED_EXCLUSIVE;
}

/* May the hold run, given what stands before it on its key? */
static bool
grantable (const struct sched_hold *h)
{
    for (const struct list *i = h->link.prev; i != &h->key->queue; i = i->prev) {
        const struct sched_hold *o = list_entry (i, const struct sched_hold, link);
        if (!o->granted || !compatible (o->mode, h->mode))
            return false;
    }
    return true;
}

bool
sched_has (const struct sched_req *q, obj_fsid fs, obj_handle h)
{
    for (unsigned i = 0; i < q->nholds; i++)
        if (q->holds[i].fs == fs && q->holds[i].handle == h && !q->holds[i].name_hash)
            return true;
    return false;
}

bool
sched_would_wait (const struct sched_req *q)
{
    for (unsigned i = q->ngranted; i < q->nholds; i++) {
        const struct sched_hold *h = &q->holds[i], *o;
        const struct sched_key *k = known_key (q->sched, h->fs, h->handle, h->name_hash);
        if (!k)
            continue;
        list_for_each (o, &k->queue, link)
            if (!o->granted || !compatible (o->mode, h->mode))
                return true;
    }
    return false;
}

static void take_next (struct sched_req *q);

static void
grant (struct sched_hold *h)
{
    h->granted = true;
    h->req->ngranted++;
}

/* Queues for one key after the other; stops at the first that has to wait. */
static void
take_next (struct sched_req *q)
{
    while (q->ngranted < q->nholds) {
        struct sched_hold *h = &q->holds[q->ngranted];
        h->key = find_key (q->sched, h->fs, h->handle, h->name_hash);
        if (!h->key) {
            job_complete (&q->job, -ENOMEM);
            return;
        }
        list_push_back (&h->key->queue, &h->link);
        if (!grantable (h))
            return;
        grant (h);
    }
    job_complete (&q->job, 0);
}

/* Somebody left the key: grant from the front what may run now. */
static void
run_queue (struct sched_key *k)
{
    struct sched_hold *h;
    list_for_each (h, &k->queue, link) {
        if (h->granted)
            continue;
        if (!grantable (h))
            break;
        grant (h);
        take_next (h->req);
    }
}

static void
drop_hold (struct sched_req *q, struct sched_hold *h)
{
    struct sched_key *k = h->key;
    if (!k)
        return;
    list_remove (&h->link);
    h->key = NULL;
    h->granted = false;
    if (list_empty (&k->queue)) {
        hash_remove (&q->sched->keys, &k->node);
        free (k);
        if (sched_idle (q->sched) && q->sched->on_idle)
            q->sched->on_idle (q->sched->on_idle_arg);
    } else {
        run_queue (k);
    }
}

void
sched_release (struct sched_req *q)
{
    for (unsigned i = q->nholds; i-- > 0;)
        drop_hold (q, &q->holds[i]);
    q->nholds = q->ngranted = 0;
}

static void
cancel (struct job *j)
{
    struct sched_req *q = container_of (j, struct sched_req, job);
    if (q->ngranted < q->nholds) {
        drop_hold (q, &q->holds[q->ngranted]);
        q->nholds = q->ngranted;
    }
    job_complete (j, -ECANCELED);
}

static void
describe (const struct job *j, char *buf, size_t n)
{
    const struct sched_req *q = container_of (j, struct sched_req, job);
    const struct sched_hold *h = &q->holds[MIN (q->ngranted, q->nholds - 1)];
    snprintf (buf, n, "scheduler: handle %llu%s behind op %llu", (unsigned long long) h->handle, h->name_hash ? " entry" : "",
              (unsigned long long) sched_behind (q));
}

static const struct job_class sched_class = { "scheduler", cancel, describe };

void
sched_post (struct sched_req *q)
{
    job_post (&q->job, &sched_class);
    take_next (q);
}

uint64_t
sched_behind (const struct sched_req *q)
{
    if (q->ngranted >= q->nholds)
        return 0;
    const struct sched_hold *h = &q->holds[q->ngranted];
    if (!h->key || h->link.prev == &h->key->queue)
        return 0;
    return list_entry (h->link.prev, const struct sched_hold, link)->req->owner_id;
}

int
sched_order (obj_handle h1, const char *n1, obj_handle h2, const char *n2)
{
    if (h1 != h2)
        return h1 < h2 ? -1 : 1;
    uint64_t a = proto_name_hash (n1), b = proto_name_hash (n2);
    return a < b ? -1 : a > b;
}
