/*
 * One request to each of several servers; and attributes of many objects by it. See server-calls.h.
 */
#include "client/sysint/server-calls.h"

#include "client/sysint/volume.h"
#include "common/error/error.h"
#include "proto/ops/listattr.h"
#include "proto/ops/getattr.h"

enum {
    GROUP_MAX = 2048,             /* handles of one listattr */
    ITEM_ROOM = 2048,             /* of a response per object with its layout, on average */
    LIST_ROOM_MAX = 8 << 20,
};

/* --- one call ------------------------------------------------------------------------------------------------------------------ */

struct call_frame {
    struct msgpair mp;
};

static void
call_frame_fini (void *frame)
{
    msgpair_fini (&((struct call_frame *) frame)->mp);
}

static sm_event
call_end (struct sm *sm, struct server_call *call, int error)
{
    call->error = error;
    if (error == 0 || (!call->strict && error != -ECANCELED))
        return SM_OK;
    return sm_fail (sm, error, "server call");
}

static sm_event
call_send (struct sm *sm)
{
    struct call_frame *f = SM_FRAME (sm, struct call_frame);
    struct server_call *call = sm_arg (sm);
    int r = sys_msgpair_alias (sys_op_of (sm), &f->mp, call->proto_op, call->body, call->alias);
    if (r < 0) {
        f->mp.job.status = r;
        return SM_OK;
    }
    f->mp.max_resp = call->max_resp;
    if (call->cap)
        f->mp.req.cap = *call->cap;
    sm_expect_any (sm, &f->mp.job);
    msgpair_post (&f->mp);
    return SM_WAIT;
}

static sm_event
call_take (struct sm *sm)
{
    struct call_frame *f = SM_FRAME (sm, struct call_frame);
    struct server_call *call = sm_arg (sm);
    int r = f->mp.job.status;
    if (r == 0 && call->take)
        r = call->take (sys_op_of (sm), call, f->mp.resp.body);
    return call_end (sm, call, r);
}

enum { CALL_SEND, CALL_TAKE };

static const struct sm_state call_states[] = {
    RUN (CALL_SEND, call_send, ON_OK (CALL_TAKE), ON_FAIL (SM_DONE)),
    RUN (CALL_TAKE, call_take, ALWAYS (SM_DONE)),
};
SM_MACHINE (server_call_sm, call_states, struct call_frame, call_frame_fini);

/* --- all of them ----------------------------------------------------------------------------------------------------------------- */

static void *
next_call (struct sm *sm, unsigned i)
{
    struct server_calls *c = sm_arg (sm);
    return i < c->n ? &c->calls[i] : NULL;
}

enum { CALLS_ALL };

static const struct sm_state calls_states[] = {
    CALL_EACH (CALLS_ALL, server_call_sm, next_call, ALWAYS (SM_DONE)),
};
SM_MACHINE_FRAMELESS (server_calls_sm, calls_states);

/* --- deep copies ----------------------------------------------------------------------------------------------------------------- */

struct proto_info *
info_copy (struct sys_op *op, const struct proto_info *info)
{
    struct arena *a = &op->arena;
    struct proto_info *c = arena_memdup (a, info, sizeof *c);
    if (!c)
        return NULL;
    bool ok = true;
    if (info->have & INFO_LAYOUT) {
        c->layout.dist_name = arena_strdup (a, info->layout.dist_name ? info->layout.dist_name : "");
        c->layout.dist_params = arena_strdup (a, info->layout.dist_params ? info->layout.dist_params : "");
        c->layout.dfiles = arena_memdup (a, info->layout.dfiles, info->layout.ndfiles * sizeof *info->layout.dfiles);
        ok = c->layout.dist_name && c->layout.dist_params && (c->layout.dfiles || !info->layout.ndfiles);
    }
    if (info->have & INFO_TARGET)
        ok = (c->target = arena_strdup (a, info->target)) && ok;
    if ((info->have & INFO_BUCKETS) && info->nbuckets)
        ok = (c->buckets = arena_memdup (a, info->buckets, info->nbuckets * sizeof *info->buckets)) && ok;
    if ((info->have & INFO_CAP) && info->cap.ndfiles)
        ok = (c->cap.dfiles = arena_memdup (a, info->cap.dfiles, info->cap.ndfiles * sizeof *info->cap.dfiles)) && ok;
    return ok ? c : NULL;
}

void *
resp_copy (struct sys_op *op, unsigned proto_op, const void *resp)
{
    const struct proto_op_info *info = proto_op_info (proto_op);
    struct wire w;
    wire_sizer (&w);
    info->resp_codec (&w, (void *) resp);
    size_t size = w.pos;
    void *bytes = arena_alloc (&op->arena, size + 1);
    void *copy = arena_alloc (&op->arena, info->resp_size);
    if (!bytes || !copy)
        return NULL;
    wire_encoder (&w, bytes, size);
    info->resp_codec (&w, (void *) resp);
    if (w.err)
        return NULL;
    wire_decoder (&w, bytes, size, &op->arena);
    info->resp_codec (&w, copy);
    return w.err ? NULL : copy;
}

/* --- attributes of many objects --------------------------------------------------------------------------------------------------- */

struct group {
    unsigned alias;
    uint32_t n;
    struct attr_item **items;
    const struct attr_fetch *fetch;
};

static int
take_item (struct sys_op *op, const struct attr_fetch *fetch, struct attr_item *item, const struct proto_info *info)
{
    item->error = 0;
    item->attr = info->attr;
    if (!(info->have & INFO_SIZE) && info->attr.type == OBJ_METAFILE)
        item->attr.size = 0;
    if (!fetch->keep_info)
        return 0;
    item->info = info_copy (op, info);
    return item->info ? 0 : -ENOMEM;
}

static int
take_one (struct sys_op *op, struct server_call *call, const void *resp)
{
    struct group *g = call->user;
    return take_item (op, g->fetch, g->items[0], &((const struct getattr_resp *) resp)->info);
}

static int
take_list (struct sys_op *op, struct server_call *call, const void *resp)
{
    struct group *g = call->user;
    const struct listattr_resp *b = resp;
    if (b->nitems != g->n)
        return -EPROTO;
    for (uint32_t i = 0; i < g->n; i++) {
        g->items[i]->error = pvfs_error_to_errno (b->items[i].error);
        int r = g->items[i]->error ? 0 : take_item (op, g->fetch, g->items[i], &b->items[i].info);
        if (r < 0)
            return r;
        if (g->items[i]->error && g->fetch->strict)
            return g->items[i]->error;
    }
    return 0;
}

static int
fill_call (struct sys_op *op, struct group *g, struct server_call *call)
{
    size_t room = (size_t) g->n * (g->fetch->keep_info ? ITEM_ROOM : 256) + SYS_INFO_ROOM;
    *call = (struct server_call){ .alias = g->alias, .strict = g->fetch->strict, .user = g,
                                  .max_resp = MIN (room, (size_t) LIST_ROOM_MAX) };
    for (uint32_t i = 0; i < g->n; i++)
        g->items[i]->error = -ETIMEDOUT; /* until it is answered */
    if (g->n == 1) {
        struct getattr_req *q = arena_alloc (&op->arena, sizeof *q);
        if (!q)
            return -ENOMEM;
        *q = (struct getattr_req){ .handle = g->items[0]->handle, .want = g->fetch->want, .hold = g->fetch->hold };
        call->proto_op = PROTO_getattr;
        call->body = q;
        call->take = take_one;
        return 0;
    }
    struct listattr_req *q = arena_alloc (&op->arena, sizeof *q);
    if (!q || !(q->handles = arena_array (&op->arena, g->n, sizeof *q->handles)))
        return -ENOMEM;
    q->want = g->fetch->want;
    q->hold = g->fetch->hold;
    q->nhandles = g->n;
    for (uint32_t i = 0; i < g->n; i++)
        q->handles[i] = g->items[i]->handle;
    call->proto_op = PROTO_listattr;
    call->body = q;
    call->take = take_list;
    return 0;
}

/* By server; items of one server keep their order. */
static int
by_server (const void *a, const void *b)
{
    const struct group *x = a, *y = b;
    if (x->alias != y->alias)
        return x->alias < y->alias ? -1 : 1;
    return x->items[0] < y->items[0] ? -1 : x->items[0] > y->items[0];
}

static uint32_t
singles (struct volume *v, const struct attr_fetch *fetch, struct group *groups, struct attr_item **items)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < fetch->n; i++) {
        int alias = volume_alias_of (v, fetch->items[i].handle);
        if (alias < 0) {
            fetch->items[i].error = -ESTALE;
            continue;
        }
        items[n] = &fetch->items[i];
        groups[n] = (struct group){ (unsigned) alias, 1, &items[n], fetch };
        n++;
    }
    qsort (groups, n, sizeof *groups, by_server);
    return n;
}

int
attr_fetch_calls (struct sys_op *op, const struct attr_fetch *fetch, struct server_calls *ret)
{
    struct volume *v = client_volume (op->client, op->a.fs);
    struct arena *a = &op->arena;
    uint32_t room = fetch->n ? fetch->n : 1;
    struct group *groups = arena_array (a, room, sizeof *groups);
    struct attr_item **items = arena_array (a, room, sizeof *items), **sorted = arena_array (a, room, sizeof *sorted);
    struct attr_fetch *kept = arena_memdup (a, fetch, sizeof *kept);
    if (!v)
        return -ENODEV;
    if (!groups || !items || !sorted || !kept)
        return -ENOMEM;
    uint32_t n = singles (v, kept, groups, items), ngroups = 0;
    for (uint32_t i = 0; i < n; i++) {
        struct group *last = ngroups ? &groups[ngroups - 1] : NULL, one = groups[i];
        sorted[i] = one.items[0];
        if (last && last->alias == one.alias && last->n < GROUP_MAX) {
            last->n++;
        } else {
            one.items = &sorted[i];
            groups[ngroups++] = one;
        }
    }
    struct server_call *calls = arena_array (a, ngroups ? ngroups : 1, sizeof *calls);
    int r = calls ? 0 : -ENOMEM;
    for (uint32_t i = 0; i < ngroups && r == 0; i++)
        r = fill_call (op, &groups[i], &calls[i]);
    if (r == 0)
        *ret = (struct server_calls){ calls, ngroups };
    return r;
}
