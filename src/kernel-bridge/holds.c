/*
 * The files that are open here; see holds.h.
 */
#include "kernel-bridge/holds.h"

#include "client/sysint/volume.h"
#include "common/gossip/gossip.h"
#include "kernel-bridge/bridge.h"

struct file {
    struct hash_node node;
    struct list idle;
    uint64_t handle;
    unsigned opens;
    unsigned asking;        /* opens that are under way */
    bool inherited;         /* opened in an earlier core */
    struct open_file *kept; /* for the next core; NULL: too many */
};

/* What one sys_hold says. */
struct batch {
    struct bridge *bridge;
    unsigned alias;
    struct hold_wish wish;
    uint64_t boot;           /* of the server, as far as known when it was sent */
    uint64_t take[HOLDS_BATCH], drop[HOLDS_BATCH];
};

static struct file *
find (struct bridge *b, uint64_t handle)
{
    struct hash_table *t = &b->holds.files;
    for (struct hash_node *n = hash_first (t, hash_u64 (handle)); n; n = hash_next (n)) {
        struct file *f = container_of (n, struct file, node);
        if (f->handle == handle)
            return f;
    }
    return NULL;
}

static struct file *
add (struct bridge *b, uint64_t handle)
{
    struct file *f = calloc (1, sizeof *f);
    if (!f)
        return NULL;
    f->handle = handle;
    list_init (&f->idle);
    if (hash_insert (&b->holds.files, &f->node, hash_u64 (handle)) < 0) {
        free (f);
        return NULL;
    }
    return f;
}

static struct file *
find_or_add (struct bridge *b, uint64_t handle)
{
    struct file *f = find (b, handle);
    if (!f && (f = add (b, handle)))
        f->kept = slots_open_add (&b->slots, handle);
    return f;
}

static void
set_opens (struct file *f, unsigned opens)
{
    f->opens = opens;
    if (f->kept)
        f->kept->opens = opens;
}

/* The servers know that it is closed. */
static void
let_go (struct bridge *b, struct file *f)
{
    if (!f->kept)
        return;
    struct file *moved = find (b, slots_open_remove (&b->slots, f->kept));
    if (moved)
        moved->kept = f->kept;
}

static void
drop (struct bridge *b, struct file *f)
{
    list_remove (&f->idle);
    hash_remove (&b->holds.files, &f->node);
    free (f);
}

static void
set_timer (struct bridge *b, struct reactor_timer *t, uint64_t ns)
{
    if (!reactor_timer_is_set (t))
        reactor_timer_set (b->reactor, t, reactor_now (b->reactor) + ns);
}

uint64_t
holds_stamp (struct bridge *b)
{
    uint64_t now = reactor_wall_clock (b->reactor); /* so it goes on growing in the next core */
    b->holds.stamp = MAX (b->holds.stamp + 1, now);
    return b->holds.stamp;
}

void
holds_opened (struct bridge *b, uint64_t handle)
{
    struct file *f = find_or_add (b, handle);
    if (!f)
        return; /* then it is held until we end */
    set_opens (f, f->opens + 1);
    list_remove (&f->idle);
    set_timer (b, &b->holds.watch, HOLDS_WATCH_SECONDS * NSEC_PER_SEC);
}

bool
holds_is_open (struct bridge *b, uint64_t handle)
{
    const struct file *f = find (b, handle);
    return f && f->opens;
}

static void
give_back (struct bridge *b, struct file *f)
{
    if (!f || f->opens || f->asking || !list_empty (&f->idle))
        return;
    list_push_back (&b->holds.idle, &f->idle);
    set_timer (b, &b->holds.give_back, HOLDS_GIVE_BACK_MS * NSEC_PER_MSEC);
}

void
holds_asking (struct bridge *b, uint64_t handle)
{
    struct file *f = find_or_add (b, handle);
    if (!f)
        return;
    f->asking++;
    list_remove (&f->idle);
}

void
holds_asked (struct bridge *b, uint64_t handle)
{
    struct file *f = find (b, handle);
    if (!f || !f->asking)
        return;
    f->asking--;
    give_back (b, f);
}

void
holds_unsure (struct bridge *b, uint64_t handle)
{
    give_back (b, find_or_add (b, handle));
}

void
holds_closed (struct bridge *b, uint64_t handle)
{
    struct file *f = find (b, handle);
    if (!f || !f->opens)
        return;
    set_opens (f, f->opens - 1);
    give_back (b, f);
}

void
holds_forgotten (struct bridge *b, uint64_t handle)
{
    struct file *f = find (b, handle);
    if (f && f->inherited)
        set_opens (f, 0);
    give_back (b, f);
}

/* --- telling servers ---------------------------------------------------------------------------------------------------------- */

static uint64_t
boot_of (struct bridge *b, unsigned alias)
{
    struct msgpair_server *s;
    if (volume_server_by_alias (b->client, b->volume, alias, &s) < 0)
        return 0;
    const struct bmi_peer *p = msgpair_server_peer (s);
    const struct bmi_hello *h = p && bmi_peer_connected (p) ? bmi_peer_hello (p) : NULL;
    return h ? h->boot_id : 0;
}

/* It is given back, unless somebody wants it again by now. */
static void
given_back (struct bridge *b, uint64_t handle, bool known)
{
    struct file *f = find (b, handle);
    if (!f || f->opens || f->asking || !list_empty (&f->idle))
        return;
    if (!known) {
        give_back (b, f);
        return;
    }
    let_go (b, f);
    drop (b, f);
}

static void
told (struct sys_op *op)
{
    struct batch *t = op->user;
    struct bridge *b = t->bridge;
    if (op->error)
        gossip_debug (GOSSIP_CLIENTCORE_DEBUG, "holds: server %u: %s", t->alias, strerror (-op->error));
    else if (t->boot)
        b->holds.boots[t->alias] = t->boot;
    for (uint32_t i = 0; i < t->wish.ndrop; i++)
        given_back (b, t->drop[i], !op->error);
    free (t);
    sys_op_free (op);
}

static void
tell (struct batch *t)
{
    struct bridge *b = t->bridge;
    PVFS_credential cred = { .userid = 0 };
    struct sys_op *op = sys_op_new (b->client, &sys_hold, &cred);
    if (!op) {
        free (t);
        return;
    }
    t->wish.take = t->take;
    t->wish.drop = t->drop;
    t->wish.stamp = holds_stamp (b);
    t->boot = boot_of (b, t->alias);
    op->a.fs = (PVFS_fs_id)b->volume->fs_id;
    op->a.flags = (int32_t)t->alias;
    op->a.resp = &t->wish;
    op->done = told;
    op->user = t;
    sys_op_post (op);
}

static struct batch *
batch_for (struct bridge *b, struct batch **of, unsigned alias)
{
    if (!of[alias] && (of[alias] = calloc (1, sizeof **of))) {
        of[alias]->bridge = b;
        of[alias]->alias = alias;
    }
    return of[alias];
}

/* Sends batch `alias` if it is there, and full or `all`. */
static void
send_batch (struct batch **of, unsigned alias, bool all)
{
    struct batch *t = of[alias];
    if (!t || (!all && t->wish.ntake < HOLDS_BATCH && t->wish.ndrop < HOLDS_BATCH))
        return;
    of[alias] = NULL;
    tell (t);
}

static void
send_all (struct bridge *b, struct batch **of)
{
    for (int i = 0; i < b->volume->config->n_aliases; i++)
        send_batch (of, (unsigned)i, true);
    free (of);
}

static void
give_back_fire (struct reactor_timer *timer)
{
    struct bridge *b = container_of (timer, struct bridge, holds.give_back);
    struct batch **of = calloc ((size_t)b->volume->config->n_aliases, sizeof *of);
    struct file *f;
    if (!of)
        return;
    list_for_each (f, &b->holds.idle, idle)
    {
        int alias = volume_alias_of (b->volume, f->handle);
        struct batch *t = alias < 0 ? NULL : batch_for (b, of, (unsigned)alias);
        list_remove (&f->idle);
        if (!t) { /* no server's, or no memory to say so: it is held until we end */
            let_go (b, f);
            drop (b, f);
            continue;
        }
        t->drop[t->wish.ndrop++] = f->handle;
        send_batch (of, (unsigned)alias, false);
    }
    send_all (b, of);
}

/* Takes all holds of those servers again that may not know of them. */
static void
take_again (struct bridge *b, struct batch **of)
{
    size_t i;
    hash_for_each (&b->holds.files, i, node)
    {
        const struct file *f = container_of (node, struct file, node);
        int alias = f->opens ? volume_alias_of (b->volume, f->handle) : -1;
        uint64_t boot = alias < 0 ? 0 : boot_of (b, (unsigned)alias);
        if (alias < 0 || (boot && boot == b->holds.boots[alias]))
            continue;
        struct batch *t = batch_for (b, of, (unsigned)alias);
        if (t)
            t->take[t->wish.ntake++] = f->handle;
        send_batch (of, (unsigned)alias, false);
    }
    send_all (b, of);
    if (b->holds.files.count)
        set_timer (b, &b->holds.watch, HOLDS_WATCH_SECONDS * NSEC_PER_SEC);
}

static void
watch_fire (struct reactor_timer *timer)
{
    struct bridge *b = container_of (timer, struct bridge, holds.watch);
    struct batch **of = calloc ((size_t)b->volume->config->n_aliases, sizeof *of);
    if (of)
        take_again (b, of);
    else
        set_timer (b, timer, HOLDS_WATCH_SECONDS * NSEC_PER_SEC);
}

void
holds_adopt (struct bridge *b)
{
    struct batch **of = calloc ((size_t)b->volume->config->n_aliases, sizeof *of);
    for (int i = 0; of && i < b->volume->fs->n_meta_servers; i++)
        batch_for (b, of, (unsigned)b->volume->fs->meta_servers[i]);
    size_t i;
    hash_for_each (&b->holds.files, i, node)
        give_back (b, container_of (node, struct file, node));
    if (of)
        take_again (b, of);
}

/* --- life ----------------------------------------------------------------------------------------------------------------------- */

/* What an earlier core has left. The last entry may be there twice. (What is not open is given back when the requests that are under way are known:
 * holds_adopt.) */
static int
inherit (struct bridge *b)
{
    struct slots_head *head = b->slots.head;
    uint32_t n = 0;
    for (uint32_t i = 0; i < head->open_files; i++) {
        const struct open_file *from = slots_open_file (&b->slots, i);
        struct file *f = find (b, from->handle);
        if (f) {
            set_opens (f, MAX (f->opens, (unsigned)from->opens));
            continue;
        }
        f = add (b, from->handle);
        if (!f)
            return -ENOMEM;
        f->kept = slots_open_file (&b->slots, n++);
        *f->kept = *from;
        f->opens = (unsigned)from->opens;
        f->inherited = true;
    }
    head->open_files = n;
    return 0;
}

int
holds_init (struct bridge *b)
{
    struct holds *h = &b->holds;
    list_init (&h->idle);
    reactor_timer_init (&h->give_back, give_back_fire, TIMER_WORK);
    reactor_timer_init (&h->watch, watch_fire, TIMER_WORK);
    h->boots = calloc ((size_t)b->volume->config->n_aliases, sizeof *h->boots);
    return h->boots ? inherit (b) : -ENOMEM;
}

void
holds_fini (struct bridge *b)
{
    struct holds *h = &b->holds;
    size_t i;
    if (!h->boots)
        return;
    reactor_timer_clear (b->reactor, &h->give_back);
    reactor_timer_clear (b->reactor, &h->watch);
    hash_for_each (&h->files, i, node)
        drop (b, container_of (node, struct file, node));
    hash_fini (&h->files);
    free (h->boots);
}
