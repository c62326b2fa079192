/*
 * The default instance: the only mutable globals of the library beside the log. See default-instance.h.
 *
 * Lock order: `inst.lock`, held for a moment only, before no other; never while a reactor is held.
 */
#include "client/sysint/default-instance.h"

#include <pthread.h>
#include <stdio.h>

#include "client/sysint/mounts.h"
#include "common/error/error.h"
#include "common/gossip/gossip.h"

static struct {
    pthread_mutex_t lock;
    pthread_cond_t idle;       /* no holder is left */
    struct client *client;     /* NULL: not initialised */
    bool closing;              /* finalize waits for the holders */
    unsigned holders;
    struct mounts mounts;
    struct instance_settings settings;
} inst = { .lock = PTHREAD_MUTEX_INITIALIZER, .idle = PTHREAD_COND_INITIALIZER,
           .settings = { .retry_limit = 5, .retry_delay_msecs = 2000 } };

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

/* Freeing the parent's instance would take its descriptors out of the epoll set that both share. */
static void
child_after_fork (void)
{
    inst.client = NULL;
    inst.closing = false;
    inst.holders = 0;
    pthread_mutex_init (&inst.lock, NULL);
    pthread_cond_init (&inst.idle, NULL);
}

static void
watch_forks (void)
{
    pthread_atfork (before_fork, parent_after_fork, child_after_fork);
}

/* --- holding it --------------------------------------------------------------------------------------------------------------- */

PVFS_error
instance_get (struct client **ret)
{
    pthread_mutex_lock (&inst.lock);
    struct client *c = inst.client;
    if (c)
        inst.holders++;
    pthread_mutex_unlock (&inst.lock);
    if (!c)
        return -PVFS_EDEVINIT;
    *ret = c;
    return 0;
}

void
instance_put (void)
{
    pthread_mutex_lock (&inst.lock);
    if (--inst.holders == 0)
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

struct instance_settings *
instance_settings (void)
{
    return &inst.settings;
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
make_client (struct client **ret)
{
    struct client_config cfg = {
        .acache_timeout = timeout_from_env ("PVFS2_ACACHE_TIMEOUT"),
        .ncache_timeout = timeout_from_env ("PVFS2_NCACHE_TIMEOUT"),
    };
    return client_new (&cfg, ret);
}

int
PVFS_sys_initialize (uint64_t default_debug_mask)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    struct client *c = NULL;
    pthread_once (&once, watch_forks);
    pthread_mutex_lock (&inst.lock);
    while (inst.closing)
        pthread_cond_wait (&inst.idle, &inst.lock);
    bool there = inst.client != NULL;
    pthread_mutex_unlock (&inst.lock);
    if (there)
        return 0;
    set_up_log (default_debug_mask);
    int r = make_client (&c);
    if (r < 0)
        return pvfs_error_from_errno (r);
    pthread_mutex_lock (&inst.lock);
    if (!inst.client) {
        inst.client = c;
        c = NULL;
        mounts_forget_tabs (&inst.mounts); /* of an instance before: read them anew */
        mounts_forget_dynamic (&inst.mounts);
    }
    pthread_mutex_unlock (&inst.lock);
    client_free (c); /* another thread was faster */
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

/* Cancels again and again, since a holder may just be about to post. */
static void
wait_for_holders (struct client *c)
{
    pthread_mutex_lock (&inst.lock);
    while (inst.holders) {
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
        if (inst.holders)
            pthread_cond_timedwait (&inst.idle, &inst.lock, &until);
    }
    inst.closing = false;
    mounts_forget_tabs (&inst.mounts);
    mounts_forget_dynamic (&inst.mounts);
    pthread_cond_broadcast (&inst.idle);
    pthread_mutex_unlock (&inst.lock);
}

int
PVFS_sys_finalize (void)
{
    pthread_mutex_lock (&inst.lock);
    struct client *c = inst.client;
    inst.client = NULL;
    inst.closing = c != NULL;
    pthread_mutex_unlock (&inst.lock);
    if (!c)
        return 0;
    wait_for_holders (c);
    client_free (c);
    return 0;
}
