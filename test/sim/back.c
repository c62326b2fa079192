/*
 * When nothing runs any more: request slots, flow buffers, scheduler keys, intents and tickets must all be back.
 */
#include "server/intent.h"
#include "work.h"

static void
check_pool (struct sim *s, const char *who, const struct flow_pool *pool)
{
    struct flow_pool_usage u;
    flow_pool_get_usage (pool, &u);
    if (u.lent || u.waiting || u.discarding)
        world_violation (&s->w, "buffers-back", "%s: %u buffers lent, %u flows wait, %u discard", who, u.lent, u.waiting, u.discarding);
}

static void
check_server (struct sim *s, const struct sim_server *v)
{
    const struct server *server = v->server;
    if (!list_empty (&server->ops) || !sched_idle (server->sched))
        world_violation (&s->w, "keys-back", "%s: operations or scheduler keys are left", v->alias);
    if (!list_empty (&server->lone_intents) || !list_empty (&server->intents))
        world_violation (&s->w, "intents-end", "%s: an intent is left in memory", v->alias);
    if (!list_empty (&server->tickets))
        world_violation (&s->w, "keys-back", "%s: a rename ticket is held", v->alias);
    if (msgpair_in_flight (server->msgpair))
        world_violation (&s->w, "slots-back", "%s: %u request slots are taken", v->alias, msgpair_in_flight (server->msgpair));
    check_pool (s, v->alias, server->pool);
}

void
back_check (struct sim *s)
{
    for (unsigned i = 0; i < s->p.nclients; i++) {
        struct client *c = s->clients[i].client;
        if (c && msgpair_in_flight (c->msgpair))
            world_violation (&s->w, "slots-back", "client %u: %u request slots are taken", i, msgpair_in_flight (c->msgpair));
        if (c)
            check_pool (s, s->clients[i].node->name, c->pool);
    }
    for (unsigned i = 0; i < s->p.nservers; i++)
        check_server (s, &s->servers[i]);
    if (s->w.violated)
        sim_print_chain (s, stdout);
}
