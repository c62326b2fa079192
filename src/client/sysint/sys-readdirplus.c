/*
 * readdirplus: entries with attributes. Most objects live with their entries and come along; the others are asked for with one listattr
 * per server, then the datafiles of striped files (only if a.mask has PVFS_ATTR_SYS_SIZE) and buckets with one more per server. So 1,000 entries cost
 * 1 + 2 × servers messages at most. An object that vanished, or whose server does not answer, has an entry with an error.
 */
#include "client/sysint/server-calls.h"
#include "client/sysint/sys-getattr.h"
#include "client/sysint/sys-readdir.h"
#include "proto/ops/getattr.h"

struct plus_frame {
    struct readdir_wish wish;
    struct attr_item *items;   /* of entries without info, then of parts */
    struct attr_fetch fetch;
    struct server_calls calls;
};

static sm_event
plus_begin (struct sm *sm)
{
    struct plus_frame *f = SM_FRAME (sm, struct plus_frame);
    f->wish.plus = true;
    sm_set_arg (sm, &f->wish);
    return SM_OK;
}

static sm_event
start_fetch (struct sm *sm, struct plus_frame *f)
{
    int r = attr_fetch_calls (sys_op_of (sm), &f->fetch, &f->calls);
    if (r < 0)
        return sm_fail (sm, r, "attributes");
    sm_set_arg (sm, &f->calls);
    return SM_OK;
}

/* Objects that live elsewhere. */
static sm_event
plus_others (struct sm *sm)
{
    struct plus_frame *f = SM_FRAME (sm, struct plus_frame);
    struct sys_op *op = sys_op_of (sm);
    f->items = arena_array (&op->arena, op->ndirents + 1, sizeof *f->items);
    if (!f->items)
        return sm_fail (sm, -ENOMEM, "attributes");
    f->fetch = (struct attr_fetch){ .items = f->items, .want = GETATTR_LAYOUT | GETATTR_SIZE, .keep_info = true };
    for (uint32_t i = 0; i < op->ndirents; i++)
        if (!f->wish.infos[i])
            f->items[f->fetch.n++].handle = op->dirents[i].ref.handle;
    return start_fetch (sm, f);
}

static void
take_others (struct sys_op *op, struct plus_frame *f)
{
    const struct attr_item *item = f->items;
    for (uint32_t i = 0; i < op->ndirents; i++) {
        if (f->wish.infos[i])
            continue;
        f->wish.infos[i] = item->error ? NULL : item->info;
        op->dirents[i].error = item->error;
        if (!item->error)
            sys_note_info (op, op->a.fs, item->info);
        item++;
    }
}

static const obj_handle *
parts_of (struct sys_op *op, const struct proto_info *i, uint32_t *ret_n)
{
    *ret_n = 0;
    return i ? info_parts (op, i, op->a.mask & PVFS_ATTR_SYS_SIZE, ret_n) : NULL;
}

/* Datafiles of striped files, buckets of large directories. */
static sm_event
plus_parts (struct sm *sm)
{
    struct plus_frame *f = SM_FRAME (sm, struct plus_frame);
    struct sys_op *op = sys_op_of (sm);
    size_t all = 0;
    uint32_t n;
    take_others (op, f);
    for (uint32_t i = 0; i < op->ndirents; i++) {
        parts_of (op, f->wish.infos[i], &n);
        all += n;
    }
    f->items = arena_array (&op->arena, all + 1, sizeof *f->items);
    if (!f->items)
        return sm_fail (sm, -ENOMEM, "parts");
    f->fetch = (struct attr_fetch){ .items = f->items, .want = GETATTR_SIZE };
    for (uint32_t i = 0; i < op->ndirents; i++) {
        const obj_handle *h = parts_of (op, f->wish.infos[i], &n);
        for (uint32_t k = 0; k < n; k++)
            f->items[f->fetch.n++].handle = h[k];
    }
    return start_fetch (sm, f);
}

static sm_event
plus_combine (struct sm *sm)
{
    struct plus_frame *f = SM_FRAME (sm, struct plus_frame);
    struct sys_op *op = sys_op_of (sm);
    const struct attr_item *item = f->items;
    uint32_t n;
    for (uint32_t i = 0; i < op->ndirents; i++) {
        struct client_dirent *d = &op->dirents[i];
        struct proto_info *info = f->wish.infos[i];
        parts_of (op, info, &n);
        if (n)
            d->error = info_combine (op, info, item, n);
        item += n;
        if (info && !d->error) {
            client_attr_set (op, &d->attr, d->ref, info);
            d->have_attr = true;
        }
    }
    return SM_OK;
}

enum { RP_BEGIN, RP_LIST, RP_OTHERS, RP_FETCH_OTHERS, RP_PARTS, RP_FETCH_PARTS, RP_COMBINE };

static const struct sm_state readdirplus_states[] = {
    RUN (RP_BEGIN, plus_begin, ON_OK (RP_LIST), ON_FAIL (SM_DONE)),
    CALL (RP_LIST, readdir_list_sm, ON_OK (RP_OTHERS), ON_FAIL (SM_DONE)),
    RUN (RP_OTHERS, plus_others, ON_OK (RP_FETCH_OTHERS), ON_FAIL (SM_DONE)),
    CALL (RP_FETCH_OTHERS, server_calls_sm, ON_OK (RP_PARTS), ON_FAIL (SM_DONE)),
    RUN (RP_PARTS, plus_parts, ON_OK (RP_FETCH_PARTS), ON_FAIL (SM_DONE)),
    CALL (RP_FETCH_PARTS, server_calls_sm, ON_OK (RP_COMBINE), ON_FAIL (SM_DONE)),
    RUN (RP_COMBINE, plus_combine, ALWAYS (SM_DONE)),
};
SM_MACHINE (sys_readdirplus_sm, readdirplus_states, struct plus_frame, NULL);

const struct sys_op_type sys_readdirplus = { .name = "readdirplus", .machine = &sys_readdirplus_sm };
