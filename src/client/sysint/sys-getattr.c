/*
 * getattr: attributes of an object, and inside other operations its layout. See sys-getattr.h.
 *
 *   stuffed, or anything but a file      1 message
 *   striped, layout known                metafile and datafiles at once: one message per server
 *   striped, layout not known            metafile first, then the datafiles' servers
 *
 *   a directory of several buckets       the directory first, then the buckets' servers: counts are sums, times the newest
 *
 * size = what the datafiles imply; mtime = the newest of metafile and datafiles.
 */
#include "client/sysint/sys-getattr.h"

#include "client/sysint/acache.h"
#include "client/sysint/server-calls.h"
#include "client/sysint/volume.h"
#include "io/description/dist.h"
#include "proto/ops/getattr.h"

/* --- the cache -------------------------------------------------------------------------------------------------------------- */

bool
sys_is_stale (int err)
{
    return err == -ESTALE || err == -ENOENT;
}

static uint64_t
attr_expiry (struct client *c)
{
    return c->acache_timeout ? reactor_now (c->reactor) + c->acache_timeout : 0;
}

void
sys_note_info (struct sys_op *op, PVFS_fs_id fs, const struct proto_info *info)
{
    bool all = !(info->have & INFO_BUCKETS) || info->nbuckets == 1; /* else the other buckets have their part of the attributes */
    if (info->handle)
        acache_put (op->client->acache, (obj_fsid) fs, info, acache_who (&op->cred), all ? attr_expiry (op->client) : 0);
}

void
sys_forget_attr (struct sys_op *op, PVFS_object_ref ref)
{
    acache_forget_attr (op->client->acache, (obj_fsid) ref.fs_id, ref.handle);
}

void
sys_forget (struct sys_op *op, PVFS_object_ref ref)
{
    acache_forget (op->client->acache, (obj_fsid) ref.fs_id, ref.handle);
}

enum { FIRST_PAUSE = 2 * 1000 * 1000, LONGEST_PAUSE = 200 * 1000 * 1000 };

sm_event
sys_moved (struct sm *sm, struct moved *m)
{
    struct sys_op *op = sys_op_of (sm);
    uint64_t now = reactor_now (sm->reactor), pause = m->pause;
    m->client = op->client;
    sm_clear_error (sm);
    if (m->waited > op->client->op_timeout || (op->deadline && now >= op->deadline))
        return sm_fail (sm, -ETIMEDOUT, "a directory that keeps moving");
    if (op->deadline)
        pause = MIN (pause, op->deadline - now);
    m->waited += pause;
    m->pause = pause ? MIN (2 * pause, (uint64_t) LONGEST_PAUSE) : FIRST_PAUSE;
    if (!pause)
        return SM_OK;
    sm_expect (sm, &m->timer.job);
    job_timer_post (&m->timer, now + pause, 0);
    return SM_WAIT;
}

void
sys_moved_fini (struct moved *m)
{
    if (m->client)
        reactor_timer_clear (m->client->reactor, &m->timer.timer);
}

obj_handle
layout_dirdata (const struct layout_wish *dir, const char *name)
{
    uint64_t h = proto_name_hash (name);
    uint32_t i = dir->nbuckets - 1;
    while (i > 0 && dir->buckets[i].first_hash > h)
        i--;
    return dir->buckets[i].dirdata;
}

/* --- get_layout_sm -------------------------------------------------------------------------------------------------------------- */

struct layout_frame {
    struct msgpair mp;
    struct getattr_req body;
};

static void
layout_frame_fini (void *frame)
{
    msgpair_fini (&((struct layout_frame *) frame)->mp);
}

static int
wish_from_cache (struct sys_op *op, const struct acache_entry *e, const struct acache_cap *cap, struct layout_wish *w)
{
    struct proto_info i = { .handle = e->handle, .attr = e->attr };
    if (e->layout.dist_name)
        i.have |= INFO_LAYOUT;
    if (e->nbuckets)
        i.have |= INFO_BUCKETS;
    if (e->target)
        i.have |= INFO_TARGET;
    i.layout = e->layout;
    i.buckets = e->buckets;
    i.nbuckets = e->nbuckets;
    i.target = e->target;
    struct proto_info *c = info_copy (op, &i);
    if (!c)
        return -ENOMEM;
    w->type = e->type;
    w->stuffed = e->stuffed;
    w->cached = true;
    w->layout = c->layout;
    w->nbuckets = c->nbuckets;
    w->buckets = c->buckets;
    w->target = c->target;
    if (cap) {
        w->cap = (struct proto_cap){ .fs = e->fs, .metafile = e->handle, .mask = cap->mask, .expiry = cap->expiry,
                                     .ndfiles = c->layout.ndfiles, .dfiles = c->layout.dfiles };
        memcpy (w->cap.mac, cap->mac, sizeof cap->mac);
    }
    return 0;
}

enum { LAYOUT_ASK = SM_FIRST_OWN };

static sm_event
layout_look (struct sm *sm)
{
    struct layout_wish *w = sm_arg (sm);
    struct sys_op *op = sys_op_of (sm);
    int r = sys_check_ref (op, w->ref);
    if (r < 0)
        return sm_fail (sm, r, "object");
    w->cached = false;
    w->cap = (struct proto_cap){ 0 };
    if (w->fresh)
        return LAYOUT_ASK;
    const struct acache_entry *e = acache_find (op->client->acache, (obj_fsid) w->ref.fs_id, w->ref.handle);
    if (!e || !e->have_layout)
        return LAYOUT_ASK;
    uint64_t now = reactor_wall_clock (op->client->reactor) / NSEC_PER_SEC;
    const struct acache_cap *cap = acache_cap (e, acache_who (&op->cred), w->cap_mask, now);
    if (w->cap_mask && e->type == OBJ_METAFILE && !cap)
        return LAYOUT_ASK;
    r = wish_from_cache (op, e, cap, w);
    return r < 0 ? sm_fail (sm, r, "layout") : SM_OK;
}

static sm_event
layout_ask (struct sm *sm)
{
    struct layout_frame *f = SM_FRAME (sm, struct layout_frame);
    struct layout_wish *w = sm_arg (sm);
    f->body = (struct getattr_req){ .handle = w->ref.handle, .want = GETATTR_LAYOUT | (w->cap_mask ? GETATTR_CAP : 0) };
    int r = sys_msgpair (sys_op_of (sm), &f->mp, PROTO_getattr, &f->body, w->ref.handle);
    if (r < 0)
        return sm_fail (sm, r, "server of the object");
    f->mp.max_resp = SYS_INFO_ROOM;
    sys_msgpair_post (sm, &f->mp);
    return SM_WAIT;
}

static sm_event
layout_take (struct sm *sm)
{
    struct layout_frame *f = SM_FRAME (sm, struct layout_frame);
    struct layout_wish *w = sm_arg (sm);
    struct sys_op *op = sys_op_of (sm);
    const struct proto_info *i = &((const struct getattr_resp *) f->mp.resp.body)->info;
    if (i->handle != w->ref.handle)
        return sm_fail (sm, -EPROTO, "getattr of another object");
    sys_note_info (op, w->ref.fs_id, i);
    struct proto_info *c = info_copy (op, i);
    if (!c)
        return sm_fail (sm, -ENOMEM, "layout");
    w->type = c->attr.type;
    w->stuffed = c->attr.flags & OBJ_STUFFED;
    w->layout = c->have & INFO_LAYOUT ? c->layout : (struct proto_layout){ 0 };
    w->nbuckets = c->have & INFO_BUCKETS ? c->nbuckets : 0;
    w->buckets = c->buckets;
    w->target = c->have & INFO_TARGET ? c->target : NULL;
    w->parent = c->attr.parent;
    if (c->have & INFO_CAP)
        w->cap = c->cap;
    if (w->type == OBJ_METAFILE && (w->cap.mask & w->cap_mask) != w->cap_mask)
        return sm_fail (sm, -EACCES, "permission");
    return SM_OK;
}

static sm_event
layout_failed (struct sm *sm)
{
    if (sys_is_stale (sm->error))
        sys_forget (sys_op_of (sm), ((struct layout_wish *) sm_arg (sm))->ref);
    return SM_FAIL;
}

enum { GL_LOOK, GL_ASK, GL_TAKE, GL_FAILED };

static const struct sm_state get_layout_states[] = {
    RUN (GL_LOOK, layout_look, ON_OK (SM_DONE), ON_FAIL (SM_DONE), ON (LAYOUT_ASK, GL_ASK)),
    RUN (GL_ASK, layout_ask, ON_OK (GL_TAKE), ON_FAIL (GL_FAILED)),
    RUN (GL_TAKE, layout_take, ON_OK (SM_DONE), ON_FAIL (SM_DONE)),
    RUN (GL_FAILED, layout_failed, ALWAYS (SM_DONE)),
};
SM_MACHINE (get_layout_sm, get_layout_states, struct layout_frame, layout_frame_fini);

/* --- getattr_sm -------------------------------------------------------------------------------------------------------------------- */

struct getattr_frame {
    struct msgpair mp;
    struct getattr_req body;
    struct proto_info *meta;    /* in the arena */
    struct attr_item *items;    /* parts; then the metafile if it is fetched along */
    uint32_t nparts;
    bool meta_along, from_cache;
    struct server_calls calls;
    struct moved moved;
};

static void
getattr_frame_fini (void *frame)
{
    struct getattr_frame *f = frame;
    msgpair_fini (&f->mp);
    sys_moved_fini (&f->moved);
}

enum { ATTR_META = SM_FIRST_OWN, ATTR_PARTS };

void
client_attr_set (struct sys_op *op, struct client_attr *ret, PVFS_object_ref ref, const struct proto_info *i)
{
    const struct volume *v = i->attr.type == OBJ_DIRECTORY ? client_volume (op->client, ref.fs_id) : NULL;
    *ret = (struct client_attr){ .ref = ref, .attr = i->attr };
    if (v)
        ret->attr.spread = config_spread (v->fs, &i->attr);
    if (i->have & INFO_LAYOUT) {
        ret->ndfiles = (int32_t) i->layout.ndfiles;
        ret->dfiles = i->layout.dfiles;
        ret->dist_name = (char *) i->layout.dist_name;
        ret->dist_params = (char *) i->layout.dist_params;
    }
    if (i->have & INFO_TARGET)
        ret->link_target = (char *) i->target;
    ret->have_size = i->attr.type != OBJ_METAFILE || (i->have & INFO_SIZE);
}

const obj_handle *
info_parts (struct sys_op *op, const struct proto_info *i, bool want_size, uint32_t *ret_n)
{
    *ret_n = 0;
    if (i->attr.type == OBJ_METAFILE && want_size && (i->have & (INFO_SIZE | INFO_LAYOUT)) == INFO_LAYOUT) {
        *ret_n = i->layout.ndfiles;
        return i->layout.dfiles;
    }
    if (i->attr.type != OBJ_DIRECTORY || !(i->have & INFO_BUCKETS) || i->nbuckets < 2)
        return NULL;
    obj_handle *h = arena_array (&op->arena, i->nbuckets, sizeof *h);
    for (uint32_t b = 1; h && b < i->nbuckets; b++)
        h[(*ret_n)++] = i->buckets[b].dirdata;
    return h;
}

static int
directory_combine (struct proto_info *dir, const struct attr_item *items, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        if (items[i].error)
            return items[i].error;
        object_add_part (&dir->attr, &items[i].attr);
    }
    return 0;
}

static int
file_combine (struct sys_op *op, struct proto_info *file, const struct attr_item *items)
{
    const struct proto_layout *l = &file->layout;
    struct dist d;
    int r = dist_lookup (l->dist_name, &d);
    if (r == 0 && l->dist_params[0])
        r = dist_set_params (&d, l->dist_params);
    if (r < 0)
        return -EPROTO;
    int64_t *sizes = arena_array (&op->arena, l->ndfiles, sizeof *sizes);
    if (!sizes)
        return -ENOMEM;
    file->attr.blocks = 0;
    for (uint32_t i = 0; i < l->ndfiles; i++) {
        if (items[i].error)
            return items[i].error;
        sizes[i] = items[i].attr.size;
        file->attr.blocks += items[i].attr.blocks;
        object_was_written (&file->attr, items[i].attr.mtime);
    }
    file->attr.size = d.ops->logical_file_size (&d, l->ndfiles, sizes);
    if (unlikely (op->client->size_off_by_strip) && l->ndfiles > 1 && file->attr.size)
        file->attr.size += d.ops->contiguous_length (&d, 0, l->ndfiles, 0);
    file->have |= INFO_SIZE;
    return 0;
}

int
info_combine (struct sys_op *op, struct proto_info *info, const struct attr_item *items, uint32_t n)
{
    return info->attr.type == OBJ_DIRECTORY ? directory_combine (info, items, n) : file_combine (op, info, items);
}

/* Calls for the parts of meta's object, and for itself. */
static sm_event
ask_parts (struct sm *sm, struct getattr_frame *f, const struct getattr_wish *w, const obj_handle *parts, uint32_t n)
{
    struct sys_op *op = sys_op_of (sm);
    f->nparts = n;
    f->items = arena_array (&op->arena, n + 1, sizeof *f->items);
    if (!f->items)
        return sm_fail (sm, -ENOMEM, "parts");
    for (uint32_t i = 0; i < n; i++)
        f->items[i].handle = parts[i];
    if (f->meta_along)
        f->items[n].handle = w->ref.handle;
    struct attr_fetch fetch = { f->items, n + f->meta_along, GETATTR_SIZE, .hold = w->hold, .strict = true,
                                .keep_info = f->meta->attr.type == OBJ_DIRECTORY };
    int r = attr_fetch_calls (op, &fetch, &f->calls);
    if (r < 0)
        return sm_fail (sm, r, "parts");
    sm_set_arg (sm, &f->calls);
    return ATTR_PARTS;
}

static sm_event
with_meta (struct sm *sm, struct getattr_frame *f, struct getattr_wish *w)
{
    uint32_t n;
    const obj_handle *parts = info_parts (sys_op_of (sm), f->meta, w->want_size, &n);
    if (n)
        return ask_parts (sm, f, w, parts, n);
    if (w->want_size && f->meta->attr.type == OBJ_METAFILE && !(f->meta->have & INFO_SIZE))
        return sm_fail (sm, -EPROTO, "a file without a layout");
    client_attr_set (sys_op_of (sm), w->ret, w->ref, f->meta);
    return SM_OK;
}

static struct proto_info *
meta_of_entry (struct sys_op *op, const struct acache_entry *e)
{
    struct proto_info i = { .handle = e->handle, .attr = e->attr, .layout = e->layout, .target = e->target };
    i.have = (e->layout.dist_name ? INFO_LAYOUT : 0) | (e->target ? INFO_TARGET : 0);
    return info_copy (op, &i);
}

/* ATTR_META: the cache does not do. */
static sm_event
from_cache (struct sm *sm, struct getattr_frame *f, struct getattr_wish *w)
{
    struct sys_op *op = sys_op_of (sm);
    const struct acache_entry *e = acache_find (op->client->acache, (obj_fsid) w->ref.fs_id, w->ref.handle);
    uint64_t now = reactor_now (op->client->reactor);
    if (!e)
        return ATTR_META;
    bool file = e->type == OBJ_METAFILE, attr = !w->hold && e->attr_until > now && (e->have_layout || e->type == OBJ_SPECIAL);
    bool size = !file || !w->want_size || e->size_until > now;
    bool striped = file && e->have_layout && !e->stuffed && e->layout.ndfiles > 0;
    if (!(attr && size) && !(striped && w->want_size))
        return ATTR_META;
    f->meta = meta_of_entry (op, e);
    if (!f->meta)
        return sm_fail (sm, -ENOMEM, "attributes");
    f->from_cache = true;
    if (!(attr && size)) {
        f->meta_along = true;
        return ask_parts (sm, f, w, f->meta->layout.dfiles, f->meta->layout.ndfiles);
    }
    if (file && e->size_until > now) {
        f->meta->attr.size = e->size;
        f->meta->attr.blocks = e->blocks;
        f->meta->attr.mtime = object_later_time (e->attr.mtime, e->written);
        f->meta->attr.ctime = object_later_time (e->attr.ctime, e->written);
        f->meta->have |= INFO_SIZE;
    }
    client_attr_set (op, w->ret, w->ref, f->meta);
    return SM_OK;
}

static sm_event
getattr_look (struct sm *sm)
{
    struct getattr_frame *f = SM_FRAME (sm, struct getattr_frame);
    struct getattr_wish *w = sm_arg (sm);
    struct sys_op *op = sys_op_of (sm);
    int r = sys_check_ref (op, w->ref);
    if (r < 0)
        return sm_fail (sm, r, "object");
    if (!w->known)
        return from_cache (sm, f, w);
    f->meta = info_copy (op, w->known);
    if (!f->meta)
        return sm_fail (sm, -ENOMEM, "attributes");
    if (f->meta->attr.type == OBJ_METAFILE && !(f->meta->have & INFO_LAYOUT))
        return ATTR_META;
    return with_meta (sm, f, w);
}

static sm_event
getattr_ask (struct sm *sm)
{
    struct getattr_frame *f = SM_FRAME (sm, struct getattr_frame);
    struct getattr_wish *w = sm_arg (sm);
    f->body = (struct getattr_req){ w->ref.handle, GETATTR_LAYOUT | (w->want_size ? GETATTR_SIZE : 0), w->hold };
    f->meta_along = f->from_cache = false;
    int r = sys_msgpair (sys_op_of (sm), &f->mp, PROTO_getattr, &f->body, w->ref.handle);
    if (r < 0)
        return sm_fail (sm, r, "server of the object");
    f->mp.max_resp = SYS_INFO_ROOM;
    sys_msgpair_post (sm, &f->mp);
    return SM_WAIT;
}

static sm_event
getattr_take (struct sm *sm)
{
    struct getattr_frame *f = SM_FRAME (sm, struct getattr_frame);
    struct getattr_wish *w = sm_arg (sm);
    struct sys_op *op = sys_op_of (sm);
    const struct proto_info *i = &((const struct getattr_resp *) f->mp.resp.body)->info;
    if (i->handle != w->ref.handle)
        return sm_fail (sm, -EPROTO, "getattr of another object");
    sys_note_info (op, w->ref.fs_id, i);
    f->meta = info_copy (op, i);
    return f->meta ? with_meta (sm, f, w) : sm_fail (sm, -ENOMEM, "attributes");
}

/* Between the answers a bucket may have been split, so that some entries were counted nowhere, or twice. */
static bool
buckets_agree (const struct getattr_frame *f)
{
    const struct proto_bucket *table = f->meta->buckets;
    for (uint32_t i = 0; f->meta->attr.type == OBJ_DIRECTORY && i < f->nparts; i++) {
        const struct proto_info *b = f->items[i].info;
        uint64_t end = i + 2 < f->meta->nbuckets ? table[i + 2].first_hash : HASH_END;
        if (!b || b->nbuckets != 2 || b->buckets[0].first_hash != table[i + 1].first_hash || b->buckets[1].first_hash != end)
            return false;
    }
    return true;
}

/* So that an answer with one bucket's part tells the whole for a moment. */
static void
note_parts (struct client *c, obj_fsid fs, const struct getattr_frame *f)
{
    struct object_attr *parts = malloc ((f->nparts + 1) * sizeof *parts);
    if (!parts)
        return;
    parts[0] = f->meta->attr;
    for (uint32_t i = 0; i < f->nparts; i++)
        parts[i + 1] = f->items[i].attr;
    acache_put_parts (c->acache, fs, f->meta->handle, f->nparts + 1, parts, reactor_now (c->reactor) + NSEC_PER_SEC);
}

static sm_event
getattr_combine (struct sm *sm)
{
    struct getattr_frame *f = SM_FRAME (sm, struct getattr_frame);
    struct getattr_wish *w = sm_arg (sm);
    struct sys_op *op = sys_op_of (sm);
    struct client *c = op->client;
    obj_fsid fs = (obj_fsid) w->ref.fs_id;
    if (f->meta_along) {
        const struct attr_item *m = &f->items[f->nparts];
        if (m->error)
            return sm_fail (sm, m->error, "getattr");
        struct proto_info fresh = { .handle = w->ref.handle, .attr = m->attr };
        sys_note_info (op, w->ref.fs_id, &fresh);
        f->meta->attr = m->attr;
    }
    if (!buckets_agree (f))
        return sm_fail (sm, -PROTO_EMOVED, "buckets");
    if (f->meta->attr.type == OBJ_DIRECTORY)
        note_parts (c, fs, f);
    int r = info_combine (op, f->meta, f->items, f->nparts);
    if (r < 0)
        return sm_fail (sm, r, "parts");
    if (f->meta->attr.type == OBJ_DIRECTORY)
        acache_put (c->acache, fs, &(struct proto_info){ .handle = w->ref.handle, .attr = f->meta->attr }, 0, attr_expiry (c));
    else
        acache_put_size (c->acache, fs, w->ref.handle, &f->meta->attr, attr_expiry (c));
    client_attr_set (op, w->ret, w->ref, f->meta);
    return SM_OK;
}

/* What was cached was wrong: once more with the server's own word. */
static sm_event
getattr_failed (struct sm *sm)
{
    struct getattr_frame *f = SM_FRAME (sm, struct getattr_frame);
    struct getattr_wish *w = sm_arg (sm);
    bool again = f->from_cache && sys_is_stale (sm->error), moved = sm->error == -PROTO_EMOVED;
    if (sys_is_stale (sm->error) || moved)
        sys_forget (sys_op_of (sm), w->ref);
    if (moved)
        return sys_moved (sm, &f->moved);
    if (!again)
        return SM_FAIL;
    sm_clear_error (sm);
    return SM_OK;
}

enum { GA_LOOK, GA_ASK, GA_TAKE, GA_PARTS, GA_COMBINE, GA_FAILED };

static const struct sm_state getattr_states[] = {
    RUN (GA_LOOK, getattr_look, ON_OK (SM_DONE), ON_FAIL (SM_DONE), ON (ATTR_META, GA_ASK), ON (ATTR_PARTS, GA_PARTS)),
    RUN (GA_ASK, getattr_ask, ON_OK (GA_TAKE), ON_FAIL (GA_FAILED)),
    RUN (GA_TAKE, getattr_take, ON_OK (SM_DONE), ON_FAIL (SM_DONE), ON (ATTR_PARTS, GA_PARTS)),
    CALL (GA_PARTS, server_calls_sm, ON_OK (GA_COMBINE), ON_FAIL (GA_FAILED)),
    RUN (GA_COMBINE, getattr_combine, ON_OK (SM_DONE), ON_FAIL (GA_FAILED)),
    RUN (GA_FAILED, getattr_failed, ON_OK (GA_ASK), ON_FAIL (SM_DONE)),
};
SM_MACHINE (getattr_sm, getattr_states, struct getattr_frame, getattr_frame_fini);

/* --- the operation ------------------------------------------------------------------------------------------------------------------- */

struct getattr_op_frame {
    struct getattr_wish wish;
};

static sm_event
getattr_begin (struct sm *sm)
{
    struct getattr_op_frame *f = SM_FRAME (sm, struct getattr_op_frame);
    struct sys_op *op = sys_op_of (sm);
    f->wish = (struct getattr_wish){ .ref = op->a.ref, .want_size = op->a.mask & PVFS_ATTR_SYS_SIZE, .hold = op->a.hold,
                                      .ret = &op->result };
    sm_set_arg (sm, &f->wish);
    return SM_OK;
}

enum { GO_BEGIN, GO_GETATTR };

static const struct sm_state getattr_op_states[] = {
    RUN (GO_BEGIN, getattr_begin, ON_OK (GO_GETATTR), ON_FAIL (SM_DONE)),
    CALL (GO_GETATTR, getattr_sm, ALWAYS (SM_DONE)),
};
SM_MACHINE (sys_getattr_op_sm, getattr_op_states, struct getattr_op_frame, NULL);

const struct sys_op_type sys_getattr = { .name = "getattr", .machine = &sys_getattr_op_sm };
