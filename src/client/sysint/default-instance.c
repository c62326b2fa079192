/*
 * Instances: the only mutable globals of the library beside the log. See default-instance.h.
 *
 * Lock order: `inst.lock`, held for a moment only, before no other; never while a reactor is held.
 */
#include "client/sysint/default-instance.h"

#include <pthread.h>
#include "client/sysint/mounts.h"
#include "common/error/error.h"
#include "common/gossip/gossip.h"

struct PVFS_ctx_s {
    struct list link;
    struct client *client;     /* NULL: not initialised, or gone */
    bool closing;              /* its end waits for the holders */
    unsigned holders;
};

static struct {
    pthread_mutex_t lock;
    pthread_cond_t idle;       /* some instance has no holder left */
    struct PVFS_ctx_s first;   /* the default one */
    struct list others;
    struct mounts mounts;
} inst = { .lock = PTHREAD_MUTEX_INITIALIZER, .idle = PTHREAD_COND_INITIALIZER };

/* --- fork -------------------------------------------------------------------------------------------------------------------- */

static void
before_fork (void)
{
    pthread_mutex_lock (&inst.lock);
}

static void
parent_after_fork (void)
{
    pthread_mutex_unlock (&inst.lock);
}

static void
forget (struct PVFS_ctx_s *x)
{
    x->client = NULL;
    x->closing = false;
    x->holders = 0;
}

/* Freeing the parent's instances would take their descriptors out of the epoll sets that both share. */
static void
child_after_fork (void)
{
    struct PVFS_ctx_s *x;
    forget (&inst.first);
    list_for_each (x, &inst.others, link)
        forget (x);
    pthread_mutex_init (&inst.lock, NULL);
    pthread_cond_init (&inst.idle, NULL);
}

static void
set_up (void)
{
    list_init (&inst.others);
    pthread_atfork (before_fork, parent_after_fork, child_after_fork);
}

static void
set_up_once (void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once (&once, set_up);
}

/* --- holding one --------------------------------------------------------------------------------------------------------------- */

PVFS_error
instance_get (PVFS_ctx ctx, struct client **ret)
{
    struct PVFS_ctx_s *x = ctx ? ctx : &inst.first;
    pthread_mutex_lock (&inst.lock);
    struct client *c = x->client;
    if (c)
        x->holders++;
    pthread_mutex_unlock (&inst.lock);
    if (!c)
        return -PVFS_EDEVINIT;
    *ret = c;
    return 0;
}

void
instance_put (struct client *c)
{
    pthread_mutex_lock (&inst.lock);
    if (--c->ctx->holders == 0)
        pthread_cond_broadcast (&inst.idle);
    pthread_mutex_unlock (&inst.lock);
}

struct mounts *
instance_mounts_lock (void)
{
    pthread_mutex_lock (&inst.lock);
    return &inst.mounts;
}

void
instance_mounts_unlock (void)
{
    pthread_mutex_unlock (&inst.lock);
}

/* --- beginning and end ----------------------------------------------------------------------------------------------------------- */

/* Milliseconds from the environment as a client_config time-out; 0: not given. */
static uint64_t
timeout_from_env (const char *name)
{
    const char *text = getenv (name);
    char *end;
    if (!text || !*text)
        return 0;
    errno = 0;
    unsigned long ms = strtoul (text, &end, 10);
    if (errno || *end || ms > UINT32_MAX)
        return 0;
    return ms ? ms * NSEC_PER_MSEC : CLIENT_TIMEOUT_OFF;
}

/* A library is silent unless somebody asked for its words. */
static void
set_up_log (uint64_t mask)
{
    if (!getenv ("PVFS2_DEBUGMASK") && !getenv ("PVFS2_DEBUGFILE") && !mask)
        gossip_disable ();
    if (mask)
        gossip_set_debug_mask (true, mask);
    gossip_from_env ();
}

static int
make_client (struct PVFS_ctx_s *x, struct client **ret)
{
    struct client_config cfg = {
        .acache_timeout = timeout_from_env ("PVFS2_ACACHE_TIMEOUT"),
        .ncache_timeout = timeout_from_env ("PVFS2_NCACHE_TIMEOUT"),
    };
    int r = client_new (&cfg, ret);
    if (r == 0)
        (*ret)->ctx = x;
    return r;
}

int
PVFS_sys_initialize (uint64_t default_debug_mask)
{
    struct PVFS_ctx_s *x = &inst.first;
    struct client *c = NULL;
    set_up_once ();
    pthread_mutex_lock (&inst.lock);
    while (x->closing)
        pthread_cond_wait (&inst.idle, &inst.lock);
    bool there = x->client != NULL;
    pthread_mutex_unlock (&inst.lock);
    if (there)
        return 0;
    set_up_log (default_debug_mask);
    int r = make_client (x, &c);
    if (r < 0)
        return pvfs_error_from_errno (r);
    pthread_mutex_lock (&inst.lock);
    if (!x->client) {
        x->client = c;
        c = NULL;
        mounts_forget_tabs (&inst.mounts); /* of an instance before: read them anew */
        mounts_forget_dynamic (&inst.mounts);
    }
    pthread_mutex_unlock (&inst.lock);
    client_free (c); /* another thread was faster */
    return 0;
}

PVFS_error
PVFS_ctx_new (PVFS_ctx *ret)
{
    if (!ret)
        return -PVFS_EINVAL;
    set_up_once ();
    struct PVFS_ctx_s *x = calloc (1, sizeof *x);
    int r = x ? make_client (x, &x->client) : -ENOMEM;
    if (r < 0) {
        free (x);
        return pvfs_error_from_errno (r);
    }
    pthread_mutex_lock (&inst.lock);
    list_push_back (&inst.others, &x->link);
    pthread_mutex_unlock (&inst.lock);
    *ret = x;
    return 0;
}

/* Those who wait in a call get -PVFS_ECANCEL. */
static void
cancel_all (struct client *c)
{
    struct sys_op *op;
    reactor_enter (c->reactor);
    list_for_each (op, &c->ops, link)
        sys_op_cancel (op);
    reactor_leave (c->reactor);
    reactor_wake (c->reactor);
}

/* Cancels again and again, since a holder may just be about to post. Ends with the lock held. */
static void
wait_for_holders (struct PVFS_ctx_s *x, struct client *c)
{
    pthread_mutex_lock (&inst.lock);
    while (x->holders) {
        struct timespec until;
        pthread_mutex_unlock (&inst.lock);
        cancel_all (c);
        pthread_mutex_lock (&inst.lock);
        clock_gettime (CLOCK_REALTIME, &until);
        until.tv_nsec += 10 * (long) NSEC_PER_MSEC;
        if (until.tv_nsec >= (long) NSEC_PER_SEC) {
            until.tv_nsec -= (long) NSEC_PER_SEC;
            until.tv_sec++;
        }
        if (x->holders)
            pthread_cond_timedwait (&inst.idle, &inst.lock, &until);
    }
}

/* From now on nobody gets hold of it. NULL: it is none. */
static struct client *
take_away (struct PVFS_ctx_s *x)
{
    pthread_mutex_lock (&inst.lock);
    struct client *c = x->client;
    x->client = NULL;
    x->closing = c != NULL;
    pthread_mutex_unlock (&inst.lock);
    return c;
}

int
PVFS_sys_finalize (void)
{
    struct client *c = take_away (&inst.first);
    if (!c)
        return 0;
    wait_for_holders (&inst.first, c);
    inst.first.closing = false;
    mounts_forget_tabs (&inst.mounts);
    mounts_forget_dynamic (&inst.mounts);
    pthread_cond_broadcast (&inst.idle);
    pthread_mutex_unlock (&inst.lock);
    client_free (c);
    return 0;
}

void
PVFS_ctx_free (PVFS_ctx ctx)
{
    if (!ctx)
        return;
    struct client *c = take_away (ctx);
    wait_for_holders (ctx, c);
    list_remove (&ctx->link);
    pthread_mutex_unlock (&inst.lock);
    client_free (c);
    free (ctx);
}
