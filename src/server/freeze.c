/*
 * Holding back what modifies; see freeze.h.
 */
#include "server/freeze.h"

static const uint64_t SETTLE_MAX = 5 * NSEC_PER_SEC;

int
freeze_begin (struct server_op *op)
{
    struct server *s = op->server;
    if (s->frozen_by && s->frozen_by != op->connection)
        return -EBUSY;
    s->frozen_by = op->connection;
    return 0;
}

void
freeze_end (struct server *s, uint64_t connection)
{
    struct list *n;
    if (s->frozen_by != connection)
        return;
    s->frozen_by = 0;
    while ((n = list_pop_front (&s->frozen)))
        job_complete (&list_entry (n, struct server_op, slot_wait)->slot_job, 0);
}

bool
freeze_is_settled (const struct server_op *op)
{
    struct server *s = op->server;
    return (sched_idle (s->sched) && list_empty (&s->intents) && list_empty (&s->collectors))
           || reactor_now (s->reactor) > op->started + SETTLE_MAX;
}

bool
freeze_holds (const struct server_op *op)
{
    return op->server->frozen_by && op->server->frozen_by != op->connection && op->peer && !op->connection_gone
           && !(op->info->flags & OP_SERVER) && server_op_modifies (op);
}

static const struct job_class thaw_class = { "the end of a check of the file system", NULL, NULL };

sm_event
freeze_wait (struct sm *sm, struct server_op *op)
{
    sm_expect (sm, &op->slot_job);
    job_post (&op->slot_job, &thaw_class);
    list_push_back (&op->server->frozen, &op->slot_wait);
    return SM_WAIT;
}
