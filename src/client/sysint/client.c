/*
 * The instance: what it is made of, its birth and its end. See client.h.
 *
 * The end: everything that runs is cancelled and delivered; then messages, connections and machines go in this order, since
 * frames own msgpairs and flows that must be idle or forgotten when they are released.
 */
#include "client/sysint/client.h"

#include <unistd.h>

#include "client/sysint/acache.h"
#include "client/sysint/ncache.h"
#include "client/sysint/volume.h"
#include "io/flow/flow.h"

enum { FLOW_BUFFER = 256 << 10, DRAIN_ROUNDS = 64 };

static uint64_t
timeout_of (uint64_t wish, uint64_t normal)
{
    return wish == CLIENT_TIMEOUT_OFF ? 0 : wish ? wish : normal;
}

static int
open_network (struct client *c, const struct client_config *cfg)
{
    struct bmi_config b = {
        .reactor = c->reactor,
        .hello = { .major = BMI_MAJOR, .minor = BMI_MINOR, .client_id = c->client_id },
        .mem_net = cfg->mem_net,
    };
    int r = bmi_new (&b, &c->bmi);
    if (r < 0)
        return r;
    struct msgpair_config m = {
        .reactor = c->reactor,
        .bmi = c->bmi,
        .client_id = c->client_id,
        .op_timeout = c->op_timeout,
        .journal = cfg->journal,
    };
    r = msgpair_ctx_new (&m, &c->msgpair);
    return r < 0 ? r : flow_pool_new (c->reactor, FLOW_BUFFER, 0, &c->pool);
}

static int
open_all (struct client *c, const struct client_config *cfg)
{
    int r = 0;
    c->reactor = cfg->reactor;
    c->own_reactor = !cfg->reactor;
    if (c->own_reactor)
        r = reactor_new (&c->reactor);
    if (r < 0)
        return r;
    c->client_id = cfg->client_id;
    while (!c->client_id)
        c->client_id = reactor_random (c->reactor);
    c->next_request_id = hash_u64 (c->client_id);
    c->op_timeout = cfg->op_timeout ? cfg->op_timeout : 60 * NSEC_PER_SEC;
    c->acache_timeout = timeout_of (cfg->acache_timeout, 0);
    c->ncache_timeout = timeout_of (cfg->ncache_timeout, NSEC_PER_SEC);
    r = acache_new (ACACHE_MAX, &c->acache);
    if (r == 0)
        r = ncache_new (NCACHE_MAX, &c->ncache);
    return r < 0 ? r : open_network (c, cfg);
}

int
client_new (const struct client_config *cfg, struct client **ret)
{
    struct client *c = calloc (1, sizeof *c);
    if (!c)
        return -ENOMEM;
    c->pid = getpid ();
    c->settings.retry_limit = 5;
    c->settings.retry_delay_msecs = 2000;
    list_init (&c->volumes);
    list_init (&c->old_volumes);
    list_init (&c->ops);
    list_init (&c->completed);
    int r = open_all (c, cfg);
    if (r < 0) {
        client_free (c);
        return r;
    }
    *ret = c;
    return 0;
}

static bool
at_once (void *arg)
{
    return true;
}

/* Cancels what runs and lets the ends arrive; nobody is told. */
static void
drain (struct client *c)
{
    struct sys_op *op;
    list_for_each (op, &c->ops, link) {
        op->done = NULL;
        op->finish = NULL;
        if (op->id == 0)
            sys_op_publish (op); /* so that it ends on the list of those that client_free releases */
        sys_op_cancel (op);
    }
    for (int i = 0; i < DRAIN_ROUNDS && !list_empty (&c->ops); i++)
        reactor_wait (c->reactor, at_once, NULL, 0);
}

static void
free_ops (struct client *c)
{
    struct sys_op *op;
    list_for_each (op, &c->ops, link) {
        sm_abandon (&op->sm);
        op->ended = true;
        sys_op_free (op);
    }
    list_for_each (op, &c->completed, link)
        sys_op_free (op);
}

void
client_free (struct client *c)
{
    if (!c)
        return;
    if (c->own_reactor && c->reactor)
        reactor_enter (c->reactor);
    if (c->reactor)
        drain (c);
    msgpair_ctx_free (c->msgpair);
    if (c->bmi)
        bmi_free (c->bmi);
    free_ops (c);
    op_ids_free (c->ids);
    if (c->pool)
        flow_pool_free (c->pool);
    volumes_free (c);
    acache_free (c->acache);
    ncache_free (c->ncache);
    if (c->own_reactor && c->reactor) {
        reactor_leave (c->reactor);
        reactor_free (c->reactor);
    }
    free (c);
}
