/*
 * lookup: a path, from ref on (null handle: the root), to an object. flags: PVFS2_LOOKUP_LINK_FOLLOW for a link in the last place; those
 * before it are always followed, at most 40 of them. An absolute target begins again at the volume's root. With a.mask the result holds
 * attributes too, without only the reference.
 *
 *   STEP ─ what the name cache knows of leading directories ─> DIR (buckets) ─> ASK (all that is left) ─> DIGEST ─> STEP …
 *
 * The last name is asked of its server whenever attributes are wished. One request resolves as many components as its server can.
 */
#include "client/sysint/acache.h"
#include "client/sysint/ncache.h"
#include "client/sysint/server-calls.h"
#include "client/sysint/sys-getattr.h"
#include "proto/ops/lookup.h"

enum { MAX_LINKS = 40 };

struct lookup_frame {
    struct msgpair mp;
    struct lookup_req body;
    char *rest;                         /* what is not resolved yet, in the arena */
    char *ends[LOOKUP_MAX_SEGMENTS];    /* in rest, behind each component that was sent */
    const char *names[LOOKUP_MAX_SEGMENTS];
    unsigned nsent;
    PVFS_object_ref cur;                /* resolved so far */
    PVFS_object_ref link_dir;           /* where the link at cur lies */
    struct proto_info *info;            /* of cur, if a server said it just now */
    struct layout_wish wish;
    struct getattr_wish getattr;
    int links;
    struct moved moved;
    bool must_dir, used_cache, no_cache;
};

static void
lookup_frame_fini (void *frame)
{
    struct lookup_frame *f = frame;
    msgpair_fini (&f->mp);
    sys_moved_fini (&f->moved);
}

enum { LOOKUP_RESOLVED = SM_FIRST_OWN, LOOKUP_PARENT, LOOKUP_LINK, LOOKUP_ATTR };

/* --- the path ------------------------------------------------------------------------------------------------------------------ */

/* The next component at *p, past slashes and dots; its length, 0 at the end. */
static size_t
component (char **p)
{
    for (;;) {
        *p += strspn (*p, "/");
        size_t n = strcspn (*p, "/");
        if (n != 1 || **p != '.')
            return n;
        *p += 1;
    }
}

static bool
is_last (char *after)
{
    return component (&after) == 0;
}

static bool
is_dotdot (const char *p, size_t n)
{
    return n == 2 && p[0] == '.' && p[1] == '.';
}

static int
check_path (const char *path)
{
    size_t total = strlen (path);
    if (total >= PROTO_MAX_PATH)
        return -ENAMETOOLONG;
    for (char *p = (char *) path;;) {
        size_t n = component (&p);
        if (n == 0)
            return 0;
        if (n > PROTO_MAX_NAME)
            return -ENAMETOOLONG;
        p += n;
    }
}

/* "a/b/" and "a/b/." name a directory. */
static bool
asks_for_directory (const char *path)
{
    size_t n = strlen (path);
    return n > 0 && (path[n - 1] == '/' || (n > 1 && path[n - 1] == '.' && path[n - 2] == '/'));
}

static sm_event
lookup_begin (struct sm *sm)
{
    struct lookup_frame *f = SM_FRAME (sm, struct lookup_frame);
    struct sys_op *op = sys_op_of (sm);
    struct volume *v = client_volume (op->client, op->a.fs);
    if (!op->a.name || !op->a.fs)
        return sm_fail (sm, -EINVAL, "path");
    if (!v)
        return sm_fail (sm, -ENODEV, "volume");
    f->cur = op->a.ref;
    if (!f->cur.handle)
        f->cur = (PVFS_object_ref){ .handle = v->root, .fs_id = op->a.fs };
    int r = sys_check_ref (op, f->cur);
    if (r == 0)
        r = check_path (op->a.name);
    if (r < 0)
        return sm_fail (sm, r, "path");
    f->rest = arena_strdup (&op->arena, op->a.name);
    if (!f->rest)
        return sm_fail (sm, -ENOMEM, "path");
    f->must_dir = asks_for_directory (op->a.name);
    f->links = 0;
    f->info = NULL;
    f->used_cache = false;
    return SM_OK;
}

/* --- from the cache -------------------------------------------------------------------------------------------------------------- */

/* A name that the caches resolve: into f->cur. */
static bool
step_cached (struct sys_op *op, struct lookup_frame *f, const char *name, bool last)
{
    struct client *c = op->client;
    obj_fsid fs = (obj_fsid) op->a.fs;
    if (f->no_cache || (last && (op->a.mask || f->must_dir)))
        return false;
    obj_handle h = ncache_get (c->ncache, fs, f->cur.handle, name, reactor_now (c->reactor));
    const struct acache_entry *e = h ? acache_find (c->acache, fs, h) : NULL;
    if (!e || (!last && (e->type != OBJ_DIRECTORY || !e->nbuckets)))
        return false;
    if (last && e->type == OBJ_SYMLINK && (op->a.flags & PVFS2_LOOKUP_LINK_FOLLOW))
        return false;
    f->cur.handle = h;
    f->info = NULL;
    f->used_cache = true;
    return true;
}

static sm_event
lookup_step (struct sm *sm)
{
    struct lookup_frame *f = SM_FRAME (sm, struct lookup_frame);
    struct sys_op *op = sys_op_of (sm);
    size_t n;
    while ((n = component (&f->rest)) > 0) {
        char name[PROTO_MAX_NAME + 1];
        if (n > PROTO_MAX_NAME)
            return sm_fail (sm, -ENAMETOOLONG, "name");
        memcpy (name, f->rest, n);
        name[n] = 0;
        f->wish = (struct layout_wish){ .ref = f->cur, .fresh = is_dotdot (name, n) };
        sm_set_arg (sm, &f->wish);
        if (f->wish.fresh)
            return LOOKUP_PARENT;
        if (!step_cached (op, f, name, is_last (f->rest + n)))
            return SM_OK;
        f->rest += n;
    }
    return LOOKUP_RESOLVED;
}

/* --- from a server ----------------------------------------------------------------------------------------------------------------- */

/* All that is left up to a "..", as the server likes it. */
static char *
path_to_send (struct sys_op *op, struct lookup_frame *f)
{
    char *path = arena_alloc (&op->arena, strlen (f->rest) + 2), *names = arena_alloc (&op->arena, strlen (f->rest) + 2);
    char *out = path, *p = f->rest;
    if (!path || !names)
        return NULL;
    for (f->nsent = 0; f->nsent < LOOKUP_MAX_SEGMENTS; f->nsent++) {
        size_t n = component (&p);
        if (n == 0 || is_dotdot (p, n))
            break;
        if (out > path)
            *out++ = '/';
        memcpy (out, p, n);
        memcpy (names, p, n);
        out += n;
        p += n;
        f->names[f->nsent] = names;
        names += n + 1;
        f->ends[f->nsent] = p;
    }
    *out = 0;
    return path;
}

static sm_event
lookup_ask (struct sm *sm)
{
    struct lookup_frame *f = SM_FRAME (sm, struct lookup_frame);
    struct sys_op *op = sys_op_of (sm);
    if (f->wish.type != OBJ_DIRECTORY || !f->wish.nbuckets)
        return sm_fail (sm, -ENOTDIR, "path");
    char *path = path_to_send (op, f);
    if (!path)
        return sm_fail (sm, -ENOMEM, "path");
    f->used_cache |= f->wish.cached;
    f->body = (struct lookup_req){ f->cur.handle, layout_dirdata (&f->wish, f->names[0]), path };
    int r = sys_msgpair (op, &f->mp, PROTO_lookup, &f->body, f->body.dirdata);
    if (r < 0)
        return sm_fail (sm, r, "server of the directory");
    f->mp.max_resp = (size_t) f->nsent * SYS_INFO_ROOM;
    sys_msgpair_post (sm, &f->mp);
    return SM_WAIT;
}

/* The target takes the link's place before what is left. */
static int
splice (struct sys_op *op, struct lookup_frame *f, const char *target)
{
    size_t n = strlen (target), left = strlen (f->rest);
    struct volume *v = client_volume (op->client, op->a.fs);
    if (++f->links > MAX_LINKS)
        return -ELOOP;
    if (n + left + 2 > 2 * PROTO_MAX_PATH)
        return -ENAMETOOLONG;
    if (n == 0)
        return -ENOENT;
    if (!v)
        return -ENODEV;
    char *rest = arena_alloc (&op->arena, n + left + 2);
    if (!rest)
        return -ENOMEM;
    memcpy (rest, target, n);
    rest[n] = '/';
    memcpy (rest + n + 1, f->rest, left + 1);
    if (left == 0) {
        rest[n] = 0;
        f->must_dir |= asks_for_directory (rest);
    }
    f->rest = rest;
    f->cur = f->link_dir;
    if (target[0] == '/')
        f->cur.handle = v->root;
    f->info = NULL;
    return 0;
}

/* One step of the answer. SM_OK: go on behind it. */
static sm_event
digest_step (struct sm *sm, struct lookup_frame *f, const struct lookup_step *s, unsigned i)
{
    struct sys_op *op = sys_op_of (sm);
    struct client *c = op->client;
    ncache_put (c->ncache, (obj_fsid) op->a.fs, f->cur.handle, f->names[i], s->handle,
                reactor_now (c->reactor) + c->ncache_timeout);
    if (s->has_info)
        sys_note_info (op, op->a.fs, &s->info);
    f->link_dir = f->cur;
    f->cur.handle = s->handle;
    f->rest = f->ends[i];
    bool last = is_last (f->rest);
    if (s->type == OBJ_SYMLINK && (!last || f->must_dir || (op->a.flags & PVFS2_LOOKUP_LINK_FOLLOW))) {
        f->wish = (struct layout_wish){ .ref = f->cur };
        sm_set_arg (sm, &f->wish);
        return LOOKUP_LINK; /* its target is in the cache now, or one message away */
    }
    if (s->type != OBJ_DIRECTORY && (!last || f->must_dir))
        return sm_fail (sm, -ENOTDIR, "path");
    f->info = NULL;
    if (last && s->has_info && !(f->info = info_copy (op, &s->info)))
        return sm_fail (sm, -ENOMEM, "attributes");
    return SM_OK;
}

static sm_event
lookup_digest (struct sm *sm)
{
    struct lookup_frame *f = SM_FRAME (sm, struct lookup_frame);
    const struct lookup_resp *resp = f->mp.resp.body;
    if (resp->nsteps == 0 || resp->nsteps > f->nsent)
        return sm_fail (sm, -EPROTO, "lookup");
    for (unsigned i = 0; i < resp->nsteps; i++) {
        const struct lookup_step *s = &resp->steps[i];
        if (!s->handle || (s->has_info && s->info.handle != s->handle))
            return sm_fail (sm, -EPROTO, "lookup");
        sm_event ev = digest_step (sm, f, s, i);
        if (ev != SM_OK)
            return ev;
    }
    return SM_OK;
}

static sm_event
lookup_follow (struct sm *sm)
{
    struct lookup_frame *f = SM_FRAME (sm, struct lookup_frame);
    if (f->wish.type != OBJ_SYMLINK || !f->wish.target)
        return sm_fail (sm, -EPROTO, "link without a target");
    int r = splice (sys_op_of (sm), f, f->wish.target);
    return r < 0 ? sm_fail (sm, r, "symbolic link") : SM_OK;
}

static sm_event
lookup_up (struct sm *sm)
{
    struct lookup_frame *f = SM_FRAME (sm, struct lookup_frame);
    struct volume *v = client_volume (sys_op_of (sm)->client, f->cur.fs_id);
    if (f->wish.type != OBJ_DIRECTORY)
        return sm_fail (sm, -ENOTDIR, "path");
    if (f->wish.parent && v && f->cur.handle != v->root)
        f->cur.handle = f->wish.parent;
    f->info = NULL;
    f->rest += 2;
    return SM_OK;
}

/* --- the end ------------------------------------------------------------------------------------------------------------------------- */

static sm_event
lookup_resolve (struct sm *sm)
{
    struct lookup_frame *f = SM_FRAME (sm, struct lookup_frame);
    struct sys_op *op = sys_op_of (sm);
    op->result.ref = f->cur;
    if (!op->a.mask)
        return SM_OK;
    f->getattr = (struct getattr_wish){ .ref = f->cur, .want_size = op->a.mask & PVFS_ATTR_SYS_SIZE, .known = f->info,
                                        .ret = &op->result };
    sm_set_arg (sm, &f->getattr);
    return LOOKUP_ATTR;
}

static sm_event
lookup_failed (struct sm *sm)
{
    struct lookup_frame *f = SM_FRAME (sm, struct lookup_frame);
    struct sys_op *op = sys_op_of (sm);
    if (sm->error != -ESTALE && sm->error != -PROTO_EMOVED)
        return SM_FAIL;
    sys_forget (op, f->cur);
    sys_forget (op, f->wish.ref);
    if (sm->error == -PROTO_EMOVED)
        return sys_moved (sm, &f->moved);
    if (!f->used_cache || f->no_cache)
        return SM_FAIL;
    f->no_cache = true;
    sm_clear_error (sm);
    return SM_OK;
}

enum { LK_BEGIN, LK_STEP, LK_DIR, LK_ASK, LK_DIGEST, LK_LINK, LK_FOLLOW, LK_PARENT, LK_UP, LK_RESOLVE, LK_GETATTR, LK_FAILED };

static const struct sm_state lookup_states[] = {
    RUN (LK_BEGIN, lookup_begin, ON_OK (LK_STEP), ON_FAIL (SM_DONE)),
    RUN (LK_STEP, lookup_step, ON_OK (LK_DIR), ON_FAIL (SM_DONE), ON (LOOKUP_PARENT, LK_PARENT), ON (LOOKUP_RESOLVED, LK_RESOLVE)),
    CALL (LK_DIR, get_layout_sm, ON_OK (LK_ASK), ON_FAIL (LK_FAILED)),
    RUN (LK_ASK, lookup_ask, ON_OK (LK_DIGEST), ON_FAIL (LK_FAILED)),
    RUN (LK_DIGEST, lookup_digest, ON_OK (LK_STEP), ON_FAIL (SM_DONE), ON (LOOKUP_LINK, LK_LINK)),
    CALL (LK_LINK, get_layout_sm, ON_OK (LK_FOLLOW), ON_FAIL (LK_FAILED)),
    RUN (LK_FOLLOW, lookup_follow, ON_OK (LK_STEP), ON_FAIL (SM_DONE)),
    CALL (LK_PARENT, get_layout_sm, ON_OK (LK_UP), ON_FAIL (LK_FAILED)),
    RUN (LK_UP, lookup_up, ON_OK (LK_STEP), ON_FAIL (SM_DONE)),
    RUN (LK_RESOLVE, lookup_resolve, ON_OK (SM_DONE), ON_FAIL (SM_DONE), ON (LOOKUP_ATTR, LK_GETATTR)),
    CALL (LK_GETATTR, getattr_sm, ON_OK (SM_DONE), ON_FAIL (LK_FAILED)),
    RUN (LK_FAILED, lookup_failed, ON_OK (LK_BEGIN), ON_FAIL (SM_DONE)),
};
SM_MACHINE (sys_lookup_sm, lookup_states, struct lookup_frame, lookup_frame_fini);

const struct sys_op_type sys_lookup = { .name = "lookup", .machine = &sys_lookup_sm };
