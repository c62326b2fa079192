/*
 * Holding back what modifies; see freeze.h.
 */
#include "server/freeze.h"

int
freeze_begin (struct server_op *op)
{
    struct server *s = op->server;
    if (s->frozen_by && s->frozen_by != op->connection)
        return -EBUSY;
    s->frozen_by = op->connection;
    return 0;
}

/* Their states run again. */
static void
wake (struct list *ops)
{
    struct list *n;
    while ((n = list_pop_front (ops)))
        job_complete (&list_entry (n, struct server_op, slot_wait)->slot_job, 0);
}

void
freeze_end (struct server *s, uint64_t connection)
{
    if (s->frozen_by != connection)
        return;
    s->frozen_by = 0;
    wake (&s->frozen);
}

bool
freeze_is_settled (const struct server_op *op)
{
    struct server *s = op->server;
    if (!s->frozen_by)
        return !s->admin_mode || sched_idle (s->sched);
    return (sched_idle (s->sched) && list_empty (&s->intents) && list_empty (&s->collectors))
           || reactor_now (s->reactor) >= op->started + FREEZE_SETTLE_SECONDS * NSEC_PER_SEC;
}

void
freeze_look_again (struct server *s)
{
    wake (&s->settling);
}

bool
freeze_holds (const struct server_op *op)
{
    return op->server->frozen_by && op->server->frozen_by != op->connection && op->peer && !op->connection_gone
           && !(op->info->flags & OP_SERVER) && server_op_modifies (op);
}

static sm_event
wait_among (struct sm *sm, struct server_op *op, struct list *ops, const struct job_class *cls)
{
    sm_expect (sm, &op->slot_job);
    job_post (&op->slot_job, cls);
    list_push_back (ops, &op->slot_wait);
    return SM_WAIT;
}

static const struct job_class thaw_class = { "the end of a check of the file system", NULL, NULL };

sm_event
freeze_wait (struct sm *sm, struct server_op *op)
{
    return wait_among (sm, op, &op->server->frozen, &thaw_class);
}

static const struct job_class settle_class = { "the end of what was begun before", NULL, NULL };

sm_event
freeze_wait_settled (struct sm *sm, struct server_op *op)
{
    return wait_among (sm, op, &op->server->settling, &settle_class);
}
