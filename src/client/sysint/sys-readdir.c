/*
 * readdir: entries in hash order, bucket after bucket. A cookie is the hash of the last entry seen, whatever bucket it lay in, so it
 * outlives a split. One message as long as the directory has one bucket and the wish fits a message.
 */
#include "client/sysint/sys-readdir.h"

#include "client/sysint/ncache.h"
#include "client/sysint/server-calls.h"
#include "client/sysint/sys-getattr.h"
#include "proto/ops/readdir.h"

enum { ENTRY_ROOM = 320, ENTRY_PLUS_ROOM = 2048, PER_MESSAGE = 4000, PER_MESSAGE_PLUS = 1024, ROOM = 64 << 10 };

struct readdir_frame {
    struct msgpair mp;
    struct readdir_req body;
    struct layout_wish dir;
    uint64_t after;
    obj_handle dirdata, ended; /* the bucket that is read; the last one that was read to its end */
    uint32_t room;
    struct moved moved;
    bool retried;
};

static void
readdir_frame_fini (void *frame)
{
    struct readdir_frame *f = frame;
    msgpair_fini (&f->mp);
    sys_moved_fini (&f->moved);
}

enum { READDIR_MORE = SM_FIRST_OWN, READDIR_NEXT, READDIR_AT_END = SM_FIRST_OWN };

static sm_event
readdir_begin (struct sm *sm)
{
    struct readdir_frame *f = SM_FRAME (sm, struct readdir_frame);
    struct sys_op *op = sys_op_of (sm);
    int r = sys_check_ref (op, op->a.ref);
    if (r < 0 || op->a.count < 1)
        return sm_fail (sm, r < 0 ? r : -EINVAL, "arguments");
    if (op->a.token == PVFS_READDIR_END) {
        op->dir_end = true;
        return READDIR_AT_END;
    }
    f->after = op->a.token == PVFS_READDIR_START ? 0 : op->a.token;
    f->dir.ref = op->a.ref;
    sm_set_arg (sm, &f->dir);
    return SM_OK;
}

/* The bucket in which hashes above f->after begin. The one that has just ended there cannot be it: the table is old. */
static sm_event
readdir_place (struct sm *sm)
{
    struct readdir_frame *f = SM_FRAME (sm, struct readdir_frame);
    if (f->dir.type != OBJ_DIRECTORY || !f->dir.nbuckets)
        return sm_fail (sm, -ENOTDIR, "directory");
    uint32_t b = f->dir.nbuckets - 1;
    while (b > 0 && f->dir.buckets[b].first_hash > f->after + 1)
        b--;
    if (unlikely (sys_op_of (sm)->client->skipped_bucket) && f->after && ++b >= f->dir.nbuckets) {
        sys_op_of (sm)->dir_end = true;
        return READDIR_AT_END;
    }
    if (f->dir.buckets[b].dirdata == f->ended)
        return sm_fail (sm, -PROTO_EMOVED, "buckets");
    f->dirdata = f->dir.buckets[b].dirdata;
    return SM_OK;
}

static sm_event
readdir_ask (struct sm *sm)
{
    struct readdir_frame *f = SM_FRAME (sm, struct readdir_frame);
    struct readdir_wish *w = sm_arg (sm);
    struct sys_op *op = sys_op_of (sm);
    uint32_t wanted = (uint32_t) op->a.count - op->ndirents;
    f->body = (struct readdir_req){
        .dir = op->a.ref.handle,
        .dirdata = f->dirdata,
        .after = f->after,
        .count = MIN (wanted, (uint32_t) (w->plus ? PER_MESSAGE_PLUS : PER_MESSAGE)),
        .plus = w->plus,
    };
    int r = sys_msgpair (op, &f->mp, PROTO_readdir, &f->body, f->body.dirdata);
    if (r < 0)
        return sm_fail (sm, r, "server of the directory");
    f->mp.max_resp = ROOM + (size_t) f->body.count * (w->plus ? ENTRY_PLUS_ROOM : ENTRY_ROOM);
    sys_msgpair_post (sm, &f->mp);
    return SM_WAIT;
}

static bool
make_room (struct sys_op *op, struct readdir_frame *f, struct readdir_wish *w, uint32_t n)
{
    if (op->ndirents + n <= f->room)
        return true;
    uint32_t room = op->ndirents + n;
    struct client_dirent *d = arena_array (&op->arena, room, sizeof *d);
    struct proto_info **infos = arena_array (&op->arena, room, sizeof *infos);
    if (!d || !infos)
        return false;
    if (op->ndirents) {
        memcpy (d, op->dirents, op->ndirents * sizeof *d);
        memcpy (infos, w->infos, op->ndirents * sizeof *infos);
    }
    op->dirents = d;
    w->infos = infos;
    f->room = room;
    return true;
}

static int
add_entry (struct sys_op *op, struct readdir_wish *w, const struct readdir_entry *e)
{
    struct client *c = op->client;
    struct client_dirent *d = &op->dirents[op->ndirents];
    *d = (struct client_dirent){ .cookie = e->cookie, .ref = { .handle = e->handle, .fs_id = op->a.fs }, .type = e->type };
    d->name = arena_strdup (&op->arena, e->name);
    w->infos[op->ndirents] = e->has_info ? info_copy (op, &e->info) : NULL;
    if (!d->name || (e->has_info && !w->infos[op->ndirents]))
        return -ENOMEM;
    op->ndirents++;
    ncache_put (c->ncache, (obj_fsid) op->a.fs, op->a.ref.handle, d->name, e->handle,
                reactor_now (c->reactor) + c->ncache_timeout);
    if (e->has_info)
        sys_note_info (op, op->a.fs, &e->info);
    return 0;
}

static sm_event
readdir_take (struct sm *sm)
{
    struct readdir_frame *f = SM_FRAME (sm, struct readdir_frame);
    struct readdir_wish *w = sm_arg (sm);
    struct sys_op *op = sys_op_of (sm);
    const struct readdir_resp *resp = f->mp.resp.body;
    if (!resp->end && resp->nentries == 0)
        return sm_fail (sm, -EPROTO, "readdir without progress");
    if (!make_room (op, f, w, resp->nentries))
        return sm_fail (sm, -ENOMEM, "entries");
    for (uint32_t i = 0; i < resp->nentries; i++) {
        if (resp->entries[i].cookie < f->after)
            return sm_fail (sm, -EPROTO, "readdir out of order");
        f->after = resp->entries[i].cookie;
        int r = add_entry (op, w, &resp->entries[i]);
        if (r < 0)
            return sm_fail (sm, r, "entries");
    }
    op->dir_version = resp->version;
    if (resp->end && resp->upto == HASH_END) {
        op->dir_end = true;
        return SM_OK;
    }
    if (resp->end && resp->upto <= f->after)
        return sm_fail (sm, -EPROTO, "readdir out of order");
    if (op->ndirents >= (uint32_t) op->a.count)
        return SM_OK;
    if (!resp->end)
        return READDIR_MORE;
    f->after = resp->upto - 1;
    f->ended = f->dirdata;
    return READDIR_NEXT;
}

/* The buckets have moved: go on from the same hash. */
static sm_event
readdir_failed (struct sm *sm)
{
    struct readdir_frame *f = SM_FRAME (sm, struct readdir_frame);
    bool moved = sm->error == -PROTO_EMOVED;
    if (!sys_is_stale (sm->error) && !moved)
        return SM_FAIL;
    sys_forget (sys_op_of (sm), f->dir.ref);
    sm_set_arg (sm, &f->dir);
    f->ended = 0;
    if (moved)
        return sys_moved (sm, &f->moved);
    if (f->retried || !f->dir.cached)
        return SM_FAIL;
    f->retried = true;
    sm_clear_error (sm);
    return SM_OK;
}

enum { RL_BEGIN, RL_DIR, RL_PLACE, RL_ASK, RL_TAKE, RL_FAILED };

static const struct sm_state readdir_list_states[] = {
    RUN (RL_BEGIN, readdir_begin, ON_OK (RL_DIR), ON_FAIL (SM_DONE), ON (READDIR_AT_END, SM_DONE)),
    CALL (RL_DIR, get_layout_sm, ON_OK (RL_PLACE), ON_FAIL (SM_DONE)),
    RUN (RL_PLACE, readdir_place, ON_OK (RL_ASK), ON_FAIL (RL_FAILED), ON (READDIR_AT_END, SM_DONE)),
    RUN (RL_ASK, readdir_ask, ON_OK (RL_TAKE), ON_FAIL (RL_FAILED)),
    RUN (RL_TAKE, readdir_take, ON_OK (SM_DONE), ON_FAIL (SM_DONE), ON (READDIR_MORE, RL_ASK), ON (READDIR_NEXT, RL_PLACE)),
    RUN (RL_FAILED, readdir_failed, ON_OK (RL_DIR), ON_FAIL (SM_DONE)),
};
SM_MACHINE (readdir_list_sm, readdir_list_states, struct readdir_frame, readdir_frame_fini);

/* --- the operation ------------------------------------------------------------------------------------------------------------ */

struct readdir_op_frame {
    struct readdir_wish wish;
};

static sm_event
readdir_op_begin (struct sm *sm)
{
    sm_set_arg (sm, &SM_FRAME (sm, struct readdir_op_frame)->wish);
    return SM_OK;
}

enum { RO_BEGIN, RO_LIST };

static const struct sm_state readdir_states[] = {
    RUN (RO_BEGIN, readdir_op_begin, ON_OK (RO_LIST), ON_FAIL (SM_DONE)),
    CALL (RO_LIST, readdir_list_sm, ALWAYS (SM_DONE)),
};
SM_MACHINE (sys_readdir_sm, readdir_states, struct readdir_op_frame, NULL);

const struct sys_op_type sys_readdir = { .name = "readdir", .machine = &sys_readdir_sm };
