/*
 * The machine of all operations on one entry (or two); see entry.h. It begins anew when a directory turns out to be spread otherwise than was known.
 */
#include "client/sysint/entry.h"

#include "client/sysint/acache.h"
#include "client/sysint/ncache.h"
#include "client/sysint/server-calls.h"
#include "client/sysint/sys-getattr.h"
#include "client/sysint/volume.h"
#include "io/description/dist.h"

struct entry_frame {
    struct msgpair mp;
    void *body;
    struct entry_places places;
    struct layout_wish dir, dir2;
    struct moved moved;
    bool retried;
};

static void
entry_frame_fini (void *frame)
{
    struct entry_frame *f = frame;
    msgpair_fini (&f->mp);
    sys_moved_fini (&f->moved);
}

/* --- what a creator wishes ------------------------------------------------------------------------------------------------- */

static int
wish_dist (struct sys_op *op, struct proto_create_attr *c)
{
    struct dist d;
    char params[PVFS_REQ_LIMIT_DIST_BYTES];
    if (!op->a.dist)
        return 0;
    int r = dist_from_sys (op->a.dist, &d);
    if (r == 0)
        r = d.ops->params_string (&d, params, sizeof params);
    if (r < 0)
        return -EINVAL;
    c->dist_name = d.ops->name;
    c->dist_params = arena_strdup (&op->arena, params);
    return c->dist_params ? 0 : -ENOMEM;
}

/* The place of a server among the file system's data servers. */
static int
data_index (const struct volume *v, PVFS_BMI_addr_t addr)
{
    unsigned alias;
    if (volume_addr_alias (v, addr, &alias) == 0)
        for (int i = 0; i < v->fs->n_data_servers; i++)
            if ((unsigned) v->fs->data_servers[i] == alias)
                return i;
    return -EINVAL;
}

static int
wish_layout (struct sys_op *op, const struct volume *v, struct proto_create_attr *c)
{
    const PVFS_sys_layout *l = op->a.layout;
    if (!l)
        return 0;
    if (l->algorithm < PVFS_SYS_LAYOUT_NONE || l->algorithm > PVFS_SYS_LAYOUT_LOCAL)
        return -EINVAL;
    c->layout = l->algorithm;
    if (l->algorithm != PVFS_SYS_LAYOUT_LIST)
        return 0;
    int32_t n = l->server_list.count;
    if (n < 1 || n > PROTO_MAX_DFILES || !l->server_list.servers)
        return -EINVAL;
    c->servers = arena_array (&op->arena, (size_t) n, sizeof *c->servers);
    if (!c->servers)
        return -ENOMEM;
    for (int32_t i = 0; i < n; i++) {
        int place = data_index (v, l->server_list.servers[i]);
        if (place < 0)
            return place;
        c->servers[c->nservers++] = (uint32_t) place;
    }
    if (!c->ndfiles)
        c->ndfiles = c->nservers;
    return 0;
}

static uint64_t
given_time (const struct sys_args *a, uint32_t bit, PVFS_time s, uint32_t ns)
{
    return a->attr.mask & bit ? s * NSEC_PER_SEC + ns : 0;
}

static int
wish (struct sys_op *op, const struct entry_op *e, struct proto_create_attr *c)
{
    const struct sys_args *a = &op->a;
    const struct volume *v = client_volume (op->client, a->fs);
    uint32_t keep = PVFS_PERM_VALID | (e->special ? S_IFMT : 0);
    c->mode = a->attr.mask & PVFS_ATTR_SYS_PERM ? a->attr.perms & keep : e->mode;
    if (S_ISREG (c->mode))
        c->mode &= ~(uint32_t) S_IFMT;
    c->umask = a->umask;
    c->dev = a->dev;
    c->uid = a->attr.mask & PVFS_ATTR_SYS_UID ? a->attr.owner : op->cred.uid;
    c->gid = a->attr.mask & PVFS_ATTR_SYS_GID ? a->attr.group : op->cred.gid;
    c->atime = given_time (a, PVFS_ATTR_SYS_ATIME_SET, a->attr.atime, a->atime_ns);
    c->mtime = given_time (a, PVFS_ATTR_SYS_MTIME_SET, a->attr.mtime, a->mtime_ns);
    if (a->attr.mask & PVFS_ATTR_SYS_DFILE_COUNT) {
        if (a->attr.dfile_count < 1 || a->attr.dfile_count > PROTO_MAX_DFILES)
            return -EINVAL;
        c->ndfiles = (uint32_t) a->attr.dfile_count;
    } else if (v->default_ndfiles > 0) {
        c->ndfiles = (uint32_t) v->default_ndfiles;
    }
    int r = wish_dist (op, c);
    return r < 0 ? r : wish_layout (op, v, c);
}

/* --- the machine ------------------------------------------------------------------------------------------------------------- */

static int
check (struct sys_op *op, const struct entry_op *e)
{
    int r = sys_check_ref (op, op->a.ref);
    if (r == 0)
        r = sys_check_name (op->a.name);
    if (r == 0 && e->two && op->a.ref2.fs_id != op->a.ref.fs_id && op->a.ref2.handle)
        return -EXDEV;
    if (r == 0 && e->two)
        r = sys_check_ref (op, op->a.ref2);
    if (r == 0 && e->two)
        r = sys_check_name (op->a.name2);
    if (r == 0 && e->check)
        r = e->check (op);
    return r;
}

static sm_event
entry_check (struct sm *sm)
{
    struct entry_frame *f = SM_FRAME (sm, struct entry_frame);
    const struct entry_op *e = sm_arg (sm);
    struct sys_op *op = sys_op_of (sm);
    int r = check (op, e);
    if (r == 0 && e->makes)
        r = wish (op, e, &f->places.create);
    if (r < 0)
        return sm_fail (sm, r, "arguments");
    f->body = arena_alloc (&op->arena, e->body_size);
    if (!f->body)
        return sm_fail (sm, -ENOMEM, "request");
    f->dir.ref = op->a.ref;
    f->dir2.ref = op->a.ref2;
    sm_set_arg (sm, &f->dir);
    return SM_OK;
}

enum { ENTRY_ONE_DIR = SM_FIRST_OWN };

static sm_event
entry_other (struct sm *sm)
{
    struct entry_frame *f = SM_FRAME (sm, struct entry_frame);
    const struct entry_op *e = sm_arg (sm);
    if (e->two && f->dir.ref.handle == f->dir2.ref.handle)
        f->dir2 = f->dir;
    if (!e->two || f->dir.ref.handle == f->dir2.ref.handle)
        return ENTRY_ONE_DIR;
    sm_set_arg (sm, &f->dir2);
    return SM_OK;
}

static bool
place (const struct layout_wish *dir, const char *name, struct proto_entry_at *at)
{
    if (dir->type != OBJ_DIRECTORY || !dir->nbuckets)
        return false;
    *at = (struct proto_entry_at){ dir->ref.handle, layout_dirdata (dir, name), name };
    return true;
}

static sm_event
entry_send (struct sm *sm)
{
    struct entry_frame *f = SM_FRAME (sm, struct entry_frame);
    const struct entry_op *e = sm_arg (sm);
    struct sys_op *op = sys_op_of (sm);
    if (!place (&f->dir, op->a.name, &f->places.at) || (e->two && !place (&f->dir2, op->a.name2, &f->places.to)))
        return sm_fail (sm, -ENOTDIR, "parent");
    memset (f->body, 0, e->body_size);
    e->build (op, f->body, &f->places);
    int r = sys_msgpair (op, &f->mp, e->proto_op, f->body, f->places.at.dirdata);
    if (r < 0)
        return sm_fail (sm, r, "server of the entry");
    f->mp.max_resp = SYS_INFO_ROOM;
    sys_msgpair_post (sm, &f->mp);
    return SM_WAIT;
}

static sm_event
entry_take (struct sm *sm)
{
    struct entry_frame *f = SM_FRAME (sm, struct entry_frame);
    const struct entry_op *e = sm_arg (sm);
    struct sys_op *op = sys_op_of (sm);
    sys_forget_attr (op, op->a.ref); /* its times and number of entries have changed */
    if (e->two)
        sys_forget_attr (op, op->a.ref2);
    const struct object_attr *dir = &f->mp.resp.dir; /* or, with several buckets, the part of this one */
    op->has_dir = f->mp.resp.has_dir;
    op->dir = *dir;
    if (op->has_dir && (dir->flags & OBJ_SPREAD))
        op->has_dir = acache_put_part (op->client->acache, (obj_fsid) op->a.fs, f->places.at.dir, f->places.at.dirdata, dir,
                                       reactor_now (op->client->reactor), &op->dir);
    int r = e->take (op, f->mp.resp.body);
    return r < 0 ? sm_fail (sm, r, "answer") : SM_OK;
}

static sm_event
entry_failed (struct sm *sm)
{
    struct entry_frame *f = SM_FRAME (sm, struct entry_frame);
    const struct entry_op *e = sm_arg (sm);
    struct sys_op *op = sys_op_of (sm);
    bool stale = sm->error == -ESTALE || (e->makes && sm->error == -ENOENT);
    bool cached = f->dir.cached || (e->two && f->dir2.cached);
    if (sys_is_stale (sm->error)) {
        ncache_remove (op->client->ncache, (obj_fsid) op->a.fs, op->a.ref.handle, op->a.name);
        if (e->two)
            ncache_remove (op->client->ncache, (obj_fsid) op->a.fs, op->a.ref2.handle, op->a.name2);
    }
    bool moved = sm->error == -PROTO_EMOVED;
    if (!stale && !moved)
        return SM_FAIL;
    sys_forget (op, op->a.ref);
    if (e->two)
        sys_forget (op, op->a.ref2);
    sm_set_arg (sm, &f->dir);
    if (moved)
        return sys_moved (sm, &f->moved);
    if (!cached || f->retried)
        return SM_FAIL;
    f->retried = true;
    sm_clear_error (sm);
    return SM_OK;
}

enum { EN_CHECK, EN_DIR, EN_OTHER, EN_DIR2, EN_SEND, EN_TAKE, EN_FAILED };

static const struct sm_state entry_states[] = {
    RUN (EN_CHECK, entry_check, ON_OK (EN_DIR), ON_FAIL (SM_DONE)),
    CALL (EN_DIR, get_layout_sm, ON_OK (EN_OTHER), ON_FAIL (SM_DONE)),
    RUN (EN_OTHER, entry_other, ON_OK (EN_DIR2), ON_FAIL (SM_DONE), ON (ENTRY_ONE_DIR, EN_SEND)),
    CALL (EN_DIR2, get_layout_sm, ON_OK (EN_SEND), ON_FAIL (SM_DONE)),
    RUN (EN_SEND, entry_send, ON_OK (EN_TAKE), ON_FAIL (EN_FAILED)),
    RUN (EN_TAKE, entry_take, ALWAYS (SM_DONE)),
    RUN (EN_FAILED, entry_failed, ON_OK (EN_DIR), ON_FAIL (SM_DONE)),
};
SM_MACHINE (entry_sm, entry_states, struct entry_frame, entry_frame_fini);

/* --- a new object -------------------------------------------------------------------------------------------------------------- */

int
entry_take_new (struct sys_op *op, const struct proto_info *info)
{
    struct client *c = op->client;
    struct proto_info *i = info_copy (op, info);
    if (!i)
        return -ENOMEM;
    if (!i->handle)
        return -EPROTO;
    sys_note_info (op, op->a.fs, i);
    ncache_put (c->ncache, (obj_fsid) op->a.fs, op->a.ref.handle, op->a.name, i->handle,
                reactor_now (c->reactor) + c->ncache_timeout);
    client_attr_set (op, &op->result, (PVFS_object_ref){ .handle = i->handle, .fs_id = op->a.fs }, i);
    op->result.have_size = true;
    if (i->attr.type == OBJ_METAFILE)
        op->result.attr.size = 0;
    return 0;
}
