/*
 * flush: when it ends, all that anybody has written to the object, and what leads to it on its metadata server, is durable. Data servers in
 * parallel, then the metadata server with the datafiles that it holds itself; a stuffed file or a directory with one bucket is one message.
 *
 * A cached stuffed layout may be out of date, so a stuffed file's layout is asked for: at most servers + 1 messages in any case.
 */
#include "client/sysint/server-calls.h"
#include "client/sysint/sys-getattr.h"
#include "client/sysint/volume.h"
#include "proto/ops/flush.h"

struct flush_frame {
    struct layout_wish layout;
    struct server_call *calls; /* the metadata server's is the last */
    unsigned ncalls;
    struct server_calls data, meta;
    bool retried;
};

enum { FLUSH_FRESH = SM_FIRST_OWN };

static sm_event
flush_begin (struct sm *sm)
{
    struct flush_frame *f = SM_FRAME (sm, struct flush_frame);
    f->layout.ref = sys_op_of (sm)->a.ref;
    sm_set_arg (sm, &f->layout);
    return SM_OK;
}

/* The pieces of the object: datafiles, or a directory's buckets, which need no handle. */
static int
add_call (struct sys_op *op, struct flush_frame *f, const struct volume *v, unsigned alias)
{
    const struct proto_layout *l = &f->layout.layout;
    bool here = volume_alias_of (v, op->a.ref.handle) == (int) alias;
    struct flush_req *q = arena_alloc (&op->arena, sizeof *q);
    if (!q || !(q->handles = arena_array (&op->arena, l->ndfiles + 1, sizeof *q->handles)))
        return -ENOMEM;
    for (uint32_t i = 0; i < l->ndfiles; i++)
        if (volume_alias_of (v, l->dfiles[i]) == (int) alias)
            q->handles[q->nhandles++] = l->dfiles[i];
    for (uint32_t i = 0; i < f->layout.nbuckets; i++)
        here |= volume_alias_of (v, f->layout.buckets[i].dirdata) == (int) alias;
    if (q->nhandles == 0 && !here)
        return 0;
    f->calls[f->ncalls++] = (struct server_call){ .alias = alias, .proto_op = PROTO_flush, .body = q, .strict = true,
                                                  .cap = f->layout.cap.fs ? &f->layout.cap : NULL };
    return 0;
}

static sm_event
flush_plan (struct sm *sm)
{
    struct flush_frame *f = SM_FRAME (sm, struct flush_frame);
    struct sys_op *op = sys_op_of (sm);
    struct volume *v = client_volume (op->client, op->a.fs);
    int home = v ? volume_alias_of (v, op->a.ref.handle) : -ENODEV;
    if (home < 0)
        return sm_fail (sm, home, "server of the object");
    if (f->layout.cached && f->layout.stuffed) {
        f->layout.fresh = true;
        sm_set_arg (sm, &f->layout);
        return FLUSH_FRESH;
    }
    int n = v->config->n_aliases, r = 0;
    f->ncalls = 0;
    f->calls = arena_array (&op->arena, (size_t) n, sizeof *f->calls);
    if (!f->calls)
        return sm_fail (sm, -ENOMEM, "flush");
    for (int i = 0; i < n && r == 0; i++)
        if (i != home)
            r = add_call (op, f, v, (unsigned) i);
    unsigned ndata = f->ncalls;
    if (r == 0)
        r = add_call (op, f, v, (unsigned) home);
    if (r < 0)
        return sm_fail (sm, r, "flush");
    f->data = (struct server_calls){ f->calls, ndata };
    f->meta = (struct server_calls){ f->calls + ndata, f->ncalls - ndata };
    sm_set_arg (sm, &f->data);
    return SM_OK;
}

static sm_event
flush_then_meta (struct sm *sm)
{
    sm_set_arg (sm, &SM_FRAME (sm, struct flush_frame)->meta);
    return SM_OK;
}

static sm_event
flush_failed (struct sm *sm)
{
    struct flush_frame *f = SM_FRAME (sm, struct flush_frame);
    bool stale = sys_is_stale (sm->error) || sm->error == -EAGAIN; /* EAGAIN: the capability has expired */
    if (stale)
        sys_forget (sys_op_of (sm), f->layout.ref);
    if (!stale || f->retried || !f->layout.cached)
        return SM_FAIL;
    f->retried = true;
    sm_clear_error (sm);
    sm_set_arg (sm, &f->layout);
    return SM_OK;
}

enum { FL_BEGIN, FL_LAYOUT, FL_PLAN, FL_DATA, FL_THEN, FL_META, FL_FAILED };

static const struct sm_state flush_states[] = {
    RUN (FL_BEGIN, flush_begin, ON_OK (FL_LAYOUT), ON_FAIL (SM_DONE)),
    CALL (FL_LAYOUT, get_layout_sm, ON_OK (FL_PLAN), ON_FAIL (SM_DONE)),
    RUN (FL_PLAN, flush_plan, ON_OK (FL_DATA), ON_FAIL (SM_DONE), ON (FLUSH_FRESH, FL_LAYOUT)),
    CALL (FL_DATA, server_calls_sm, ON_OK (FL_THEN), ON_FAIL (FL_FAILED)),
    RUN (FL_THEN, flush_then_meta, ON_OK (FL_META), ON_FAIL (SM_DONE)),
    CALL (FL_META, server_calls_sm, ON_OK (SM_DONE), ON_FAIL (FL_FAILED)),
    RUN (FL_FAILED, flush_failed, ON_OK (FL_LAYOUT), ON_FAIL (SM_DONE)),
};
SM_MACHINE (sys_flush_sm, flush_states, struct flush_frame, NULL);

const struct sys_op_type sys_flush = { .name = "flush", .machine = &sys_flush_sm };
