/*
 * create: one request, one transaction – entry, metafile, stuffed datafile (or datafiles from the pools), times of the directory, reply record.
 * When a pool is empty it is refilled and the transaction runs again.
 */
#include <sys/stat.h>

#include "proto/ops/create.h"
#include "server/bucket.h"
#include "server/hold.h"
#include "server/pool.h"
#include "server/record.h"
#include "server/server.h"

enum { HOLD, MARK, CREATE, REFILL, AGAIN };
enum { POOL_EMPTY = SM_FIRST_OWN, NO_HOLD };

static int
create_keys (struct server_op *op)
{
    return server_entry_keys (op, &REQ (op, create)->at);
}

static int
new_datafile (struct trove_txn *t, struct server_op *op, obj_handle metafile, obj_handle *ret)
{
    struct object_attr a = { .type = OBJ_DATAFILE, .parent = metafile };
    int r = trove_new_handle (t, op->fs->id, true, ret);
    return r < 0 ? r : trove_attr_set (t, op->fs->id, *ret, &a);
}

/* The datafiles of a new file: one when stuffed, else one on each server of the placement. */
static int
make_layout (struct trove_txn *t, struct server_op *op, obj_handle metafile, const struct placement *p, struct proto_layout *l)
{
    uint32_t n = p->stuffed ? 1 : p->n;
    *l = (struct proto_layout){ .dist_name = p->dist_name, .dist_params = p->dist_params ? p->dist_params : "", .ndfiles = n,
                                .ndfiles_wanted = p->n };
    if (p->stuffed && p->keep_order && p->n > 1) {
        l->nservers = p->n;
        l->servers = p->order;
    }
    l->dfiles = arena_array (&op->arena, n, sizeof *l->dfiles);
    if (!l->dfiles)
        return -ENOMEM;
    int r = 0;
    for (uint32_t i = 0; r == 0 && i < n; i++) {
        if ((int) p->order[i] == op->fs->data_index)
            r = new_datafile (t, op, metafile, &l->dfiles[i]);
        else
            r = pool_take (t, op->server, op->fs, op->fs->cfg->data_servers[p->order[i]], OBJ_DATAFILE, &l->dfiles[i]);
    }
    return r;
}

static int
make_regular (struct trove_txn *t, struct server_op *op, struct proto_info *info)
{
    struct create_req *q = REQ (op, create);
    struct placement p;
    int r = place_file (t, op, bucket_holder (op->server, op->fs, &q->at), &q->attr, info->handle, &p);
    if (r == 0)
        r = make_layout (t, op, info->handle, &p, &info->layout);
    if (r < 0)
        return r;
    if (p.stuffed)
        info->attr.flags |= OBJ_STUFFED;
    info->have = INFO_LAYOUT | INFO_SIZE;
    r = cap_make (t, op, info, CAP_READ | CAP_WRITE);
    return r < 0 ? r : layout_put (t, op->fs->id, info->handle, &info->layout);
}

static int
create_txn (struct trove_txn *t, void *arg)
{
    struct server_op *op = arg;
    struct create_req *q = REQ (op, create);
    struct proto_info *info = &RESP (op, create)->info;
    struct object_attr dir;
    struct entry e;
    int r = server_check_new_name (t, op, &q->at, &dir);
    if (r < 0)
        return r;
    bool special = (q->attr.mode & S_IFMT) && !S_ISREG (q->attr.mode);
    if (special && (S_ISCHR (q->attr.mode) || S_ISBLK (q->attr.mode)) && op->req.cred.uid != 0)
        return -EPERM;
    struct new_object n = { .holder = bucket_holder (op->server, op->fs, &q->at), .dir = &dir, .wish = &q->attr, .type = special ? OBJ_SPECIAL : OBJ_METAFILE };
    r = server_new_object (t, op, &n);
    *info = (struct proto_info){ .attr = n.attr };
    if (r == 0)
        r = trove_new_handle (t, op->fs->id, false, &info->handle);
    if (r == 0)
        r = record_put_xattrs (t, op->fs->id, info->handle, &info->attr, n.nxattrs, n.xattrs);
    if (r < 0)
        return r;
    if (special) {
        info->attr.mode |= q->attr.mode & S_IFMT;
        info->attr.dev = q->attr.dev;
        info->have = INFO_SIZE;
    } else {
        r = make_regular (t, op, info);
    }
    e = (struct entry){ info->handle, info->attr.type };
    if (r == 0)
        r = trove_attr_set (t, op->fs->id, info->handle, &info->attr);
    if (r == 0)
        r = entry_put (t, op->fs->id, q->at.dirdata, q->at.name, &e);
    if (r == 0)
        r = server_dir_changed (t, op, &q->at, 1, 0);
    return r < 0 ? r : server_put_reply (t, op, 0);
}

static sm_event
create_hold (struct sm *sm)
{
    return REQ (server_op_of (sm), create)->hold ? SM_OK : NO_HOLD;
}

static sm_event
create_run (struct sm *sm)
{
    struct server_op *op = server_op_of (sm);
    return server_txn (sm, op, create_txn, op, false);
}

static sm_event
create_again (struct sm *sm)
{
    if (sm->error != -EAGAIN)
        return SM_FAIL;
    sm_clear_error (sm);
    return POOL_EMPTY;
}

static void
create_finish (struct server_op *op)
{
    struct proto_info *info = &RESP (op, create)->info;
    if (REQ (op, create)->hold && info->attr.type == OBJ_METAFILE)
        hold_take (op, info->handle, REQ (op, create)->hold);
    pool_check (op->server);
}

static const struct sm_state create_states[] = {
    RUN (HOLD, create_hold, ON_OK (MARK), ON (NO_HOLD, CREATE), ON_FAIL (SM_DONE)),
    CALL (MARK, hold_mark_sm, ON_OK (CREATE), ON_FAIL (SM_DONE)),
    RUN (CREATE, create_run, ON_OK (SM_DONE), ON_FAIL (AGAIN)),
    CALL (REFILL, pool_wait_sm, ON_OK (CREATE), ON_FAIL (SM_DONE)),
    RUN (AGAIN, create_again, ON (POOL_EMPTY, REFILL), ALWAYS (SM_DONE)),
};
SM_MACHINE_FRAMELESS (create_sm, create_states);

const struct op_desc create_desc = { .op = PROTO_create, .counter = PERF_CREATE, .keys = create_keys, .machine = &create_sm,
                                     .finish = create_finish, .creates = true };
