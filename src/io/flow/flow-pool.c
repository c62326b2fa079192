/*
 * The buffers of one server's flows.
 *
 * At most `total` exist. A flow waits in line for its first one, which nobody takes from it before
 * it ends; further ones it gets only while nobody waits, and it gives them back as soon as somebody
 * does. So the line moves whenever any flow moves, and no flow that was let in ever waits for
 * another's buffer (the ack rule's server half, flow-receive.c).
 *
 * Free buffers stay cached for a few idle seconds; the list node of a cached buffer lies in the
 * buffer itself.
 */
#include "io/flow/flow-impl.h"

enum { POOL_IDLE_SECONDS = 5, BUFFER_ALIGNMENT = 4096 };

struct flow_pool {
    struct reactor *reactor;
    size_t buffer_size;
    unsigned total, lent, cached;
    struct list cache;
    struct list waiters; /* flow_waiter, first in line first */
    struct list orphans; /* flow_state */
    struct reactor_timer idle;
};

static void
drop_cache (struct flow_pool *p)
{
    for (struct list *n; (n = list_pop_front (&p->cache));)
        free (n);
    p->cached = 0;
}

static void
idle_fired (struct reactor_timer *t)
{
    drop_cache (container_of (t, struct flow_pool, idle));
}

int
flow_pool_new (struct reactor *r, size_t buffer_size, unsigned nbuffers, struct flow_pool **ret)
{
    if (nbuffers && (buffer_size == 0 || buffer_size > BMI_MAX_MESSAGE))
        return -EINVAL;
    struct flow_pool *p = calloc (1, sizeof *p);
    if (!p)
        return -ENOMEM;
    p->reactor = r;
    p->buffer_size = buffer_size;
    p->total = nbuffers;
    list_init (&p->cache);
    list_init (&p->waiters);
    list_init (&p->orphans);
    reactor_timer_init (&p->idle, idle_fired, TIMER_DEADLINE);
    *ret = p;
    return 0;
}

void
flow_pool_free (struct flow_pool *p)
{
    if (!p)
        return;
    reactor_timer_clear (p->reactor, &p->idle);
    while (!list_empty (&p->orphans))
        flow_state_free (list_entry (p->orphans.next, struct flow_state, orphan), true);
    drop_cache (p);
    free (p);
}

void
flow_pool_get_usage (const struct flow_pool *p, struct flow_pool_usage *ret)
{
    *ret = (struct flow_pool_usage){
        .total = p->total,
        .lent = p->lent,
        .cached = p->cached,
        .waiting = (unsigned) list_count (&p->waiters),
        .discarding = (unsigned) list_count (&p->orphans),
    };
}

size_t
flow_pool_buffer_size (const struct flow_pool *p)
{
    return p->total ? p->buffer_size : 0;
}

bool
flow_pool_wanted (const struct flow_pool *p)
{
    return !list_empty (&p->waiters);
}

void
flow_pool_adopt (struct flow_pool *p, struct flow_state *fs)
{
    list_push_back (&p->orphans, &fs->orphan);
}

/* The caller checked that one may be lent. */
static void *
lend (struct flow_pool *p)
{
    void *buffer = list_pop_front (&p->cache);
    if (buffer) {
        p->cached--;
    } else {
        size_t size = MAX (p->buffer_size, sizeof (struct list));
        if (posix_memalign (&buffer, BUFFER_ALIGNMENT, size) != 0)
            return NULL;
    }
    p->lent++;
    reactor_timer_clear (p->reactor, &p->idle);
    return buffer;
}

void *
flow_pool_try (struct flow_pool *p)
{
    return p->lent < p->total && list_empty (&p->waiters) ? lend (p) : NULL;
}

static void
serve_waiters (struct flow_pool *p)
{
    while (p->lent < p->total && !list_empty (&p->waiters)) {
        struct flow_waiter *w = list_first (&p->waiters, struct flow_waiter, link);
        list_remove (&w->link);
        w->granted (w, lend (p));
    }
}

void
flow_pool_wait (struct flow_pool *p, struct flow_waiter *w)
{
    list_push_back (&p->waiters, &w->link);
    serve_waiters (p);
}

void
flow_pool_leave (struct flow_pool *p, struct flow_waiter *w)
{
    list_remove (&w->link);
}

void
flow_pool_give (struct flow_pool *p, void *buffer)
{
    struct list *n = buffer;
    list_init (n);
    list_push_front (&p->cache, n);
    p->cached++;
    p->lent--;
    serve_waiters (p);
    if (p->lent == 0 && p->cached)
        reactor_timer_set (p->reactor, &p->idle,
                           reactor_now (p->reactor) + POOL_IDLE_SECONDS * NSEC_PER_SEC);
}
