/*
 * accessed: the servers learn what was read – access times, one message to each server. resp: struct accessed_list. Servers that do not answer
 * are passed over.
 */
#include "client/sysint/server-calls.h"
#include "client/sysint/volume.h"
#include "proto/ops/accessed.h"

struct accessed_frame {
    struct server_calls calls;
};

/* The handles of one server. */
static int
plan_one (struct sys_op *op, struct server_calls *calls, unsigned alias, const struct accessed_list *list)
{
    const struct volume *v = client_volume (op->client, op->a.fs);
    struct accessed_req *q = arena_alloc (&op->arena, sizeof *q);
    obj_handle *handles = arena_array (&op->arena, MAX (list->n, 1u), sizeof *handles);
    if (!q || !handles)
        return -ENOMEM;
    *q = (struct accessed_req){ .handles = handles };
    for (uint32_t i = 0; i < list->n; i++)
        if (volume_alias_of (v, list->handles[i]) == (int) alias)
            handles[q->nhandles++] = list->handles[i];
    if (q->nhandles)
        calls->calls[calls->n++] = (struct server_call){ .alias = alias, .proto_op = PROTO_accessed, .body = q };
    return 0;
}

static sm_event
accessed_plan (struct sm *sm)
{
    struct accessed_frame *f = SM_FRAME (sm, struct accessed_frame);
    struct sys_op *op = sys_op_of (sm);
    const struct volume *v = client_volume (op->client, op->a.fs);
    const struct accessed_list *list = op->a.resp;
    if (!v || !list || list->n > PROTO_MAX_HANDLES)
        return sm_fail (sm, v ? -EINVAL : -ENODEV, "arguments");
    unsigned n = (unsigned) v->config->n_aliases;
    f->calls.calls = arena_array (&op->arena, n, sizeof *f->calls.calls);
    int r = f->calls.calls ? 0 : -ENOMEM;
    for (unsigned i = 0; r == 0 && i < n; i++)
        r = plan_one (op, &f->calls, i, list);
    if (r < 0)
        return sm_fail (sm, r, "messages");
    sm_set_arg (sm, &f->calls);
    return SM_OK;
}

enum { AC_PLAN, AC_TELL };

static const struct sm_state accessed_states[] = {
    RUN (AC_PLAN, accessed_plan, ON_OK (AC_TELL), ON_FAIL (SM_DONE)),
    CALL (AC_TELL, server_calls_sm, ALWAYS (SM_DONE)),
};
SM_MACHINE (sys_accessed_sm, accessed_states, struct accessed_frame, NULL);

const struct sys_op_type sys_accessed = { .name = "accessed", .machine = &sys_accessed_sm };
