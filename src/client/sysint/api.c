/*
 * From a public call to an operation and back; waiting and testing. See api.h.
 */
#include "client/sysint/api.h"

#include "client/sysint/default-instance.h"
#include "common/error/error.h"
#include "common/hint/hint.h"
#include "io/description/dist.h"

/* --- calls ------------------------------------------------------------------------------------------------------------------- */

PVFS_error
api_begin (PVFS_ctx ctx, const struct sys_op_type *type, const PVFS_credential *cred, PVFS_hint hints, struct sys_op **ret)
{
    struct client *c;
    uint32_t request_id;
    if (!cred)
        return -PVFS_EINVAL;
    PVFS_error e = instance_get (ctx, &c);
    if (e < 0)
        return e;
    struct sys_op *op = sys_op_new (c, type, cred);
    if (!op) {
        instance_put (c);
        return -PVFS_ENOMEM;
    }
    if (hint_get_u32 (hints, PVFS_HINT_REQUEST_ID_NAME, &request_id))
        op->request_id = request_id;
    *ret = op;
    return 0;
}

PVFS_error
api_refuse (struct sys_op *op, PVFS_error error)
{
    struct client *c = op->client;
    sys_op_free (op);
    instance_put (c);
    return error;
}

static bool
at_once (void *arg)
{
    return true;
}

static bool
has_ended (void *arg)
{
    return ((struct sys_op *) arg)->ended;
}

/* Posted, not ended: gets its id. */
static PVFS_error
hand_out (struct sys_op *op, PVFS_sys_op_id *op_id)
{
    PVFS_sys_op_id id = sys_op_publish (op);
    if (id) {
        *op_id = id;
        return 0;
    }
    sys_op_cancel (op);
    reactor_wait (op->client->reactor, has_ended, op, UINT64_MAX);
    sys_op_free (op);
    return -PVFS_ENOMEM;
}

PVFS_error
api_finish (struct sys_op *op, PVFS_sys_op_id *op_id, void *user_ptr)
{
    struct client *c = op->client;
    struct reactor *r = c->reactor;
    if (!op_id)
        return api_refuse (op, pvfs_error_from_errno (sys_op_run (op)));
    op->user = user_ptr;
    reactor_enter (r);
    sys_op_post (op);
    reactor_wait (r, at_once, NULL, 0); /* what is ready is delivered */
    PVFS_error e;
    if (op->ended) {
        e = op->error ? pvfs_error_from_errno (op->error) : 1;
        sys_op_free (op);
    } else {
        e = hand_out (op, op_id);
    }
    reactor_leave (r);
    instance_put (c);
    return e;
}

int
api_ref_done (struct sys_op *op)
{
    if (!op->error)
        *(PVFS_object_ref *) op->a.resp = op->result.ref;
    return op->error;
}

/* --- waiting and testing -------------------------------------------------------------------------------------------------------- */

int
PVFS_ctx_wait (PVFS_ctx ctx, PVFS_sys_op_id op_id, const char *in_op_str, int *out_error)
{
    struct client *c;
    PVFS_error e = instance_get (ctx, &c);
    if (e < 0)
        return e;
    reactor_enter (c->reactor);
    struct sys_op *op = sys_op_by_id (c, op_id);
    if (op && !op->claimed) {
        op->claimed = true;
        reactor_wait (c->reactor, has_ended, op, UINT64_MAX);
        if (out_error)
            *out_error = pvfs_error_from_errno (op->error);
        sys_op_free (op);
    } else {
        e = -PVFS_EINVAL;
    }
    reactor_leave (c->reactor);
    instance_put (c);
    return e;
}

static struct sys_op *
next_completed (struct client *c)
{
    struct sys_op *op;
    list_for_each (op, &c->completed, link)
        if (!op->claimed)
            return op;
    return NULL;
}

static bool
has_completed (void *arg)
{
    return next_completed (arg) != NULL;
}

/* Something to report, or nothing that could ever be. */
static bool
worth_a_look (void *arg)
{
    struct client *c = arg;
    struct sys_op *op;
    if (next_completed (c))
        return true;
    list_for_each (op, &c->ops, link)
        if (op->id && !op->claimed)
            return false;
    return true;
}

/* timeout in ns, UINT64_MAX: none. */
static int
test (PVFS_ctx ctx, int room, PVFS_sys_op_id *ids, int *op_count, void **users, int *errors, uint64_t timeout)
{
    struct client *c;
    struct sys_op *op;
    int n = 0;
    if (!ids || !op_count || !errors || room < 1)
        return -PVFS_EINVAL;
    PVFS_error e = instance_get (ctx, &c);
    if (e < 0)
        return e;
    reactor_enter (c->reactor);
    uint64_t now = reactor_now (c->reactor);
    reactor_wait (c->reactor, has_completed, c, now); /* one round at least, whatever is outstanding: a foreign loop may have heard of something */
    reactor_wait (c->reactor, worth_a_look, c, timeout > UINT64_MAX - now ? UINT64_MAX : now + timeout);
    while (n < room && (op = next_completed (c))) {
        ids[n] = op->id;
        errors[n] = pvfs_error_from_errno (op->error);
        if (users)
            users[n] = op->user;
        n++;
        sys_op_free (op);
    }
    reactor_leave (c->reactor);
    instance_put (c);
    *op_count = n;
    return 0;
}

static uint64_t
timeout_ns (int ms)
{
    return ms > 0 ? (uint64_t) ms * NSEC_PER_MSEC : 0;
}

int
PVFS_ctx_testsome (PVFS_ctx ctx, PVFS_sys_op_id *op_id_array, int *op_count, void **user_ptr_array, int *error_code_array, int timeout_ms)
{
    return test (ctx, op_count ? *op_count : 0, op_id_array, op_count, user_ptr_array, error_code_array, timeout_ns (timeout_ms));
}

int
PVFS_ctx_waitsome (PVFS_ctx ctx, PVFS_sys_op_id *op_id_array, int *op_count, void **user_ptr_array, int *error_code_array)
{
    return test (ctx, op_count ? *op_count : 0, op_id_array, op_count, user_ptr_array, error_code_array, UINT64_MAX);
}

int
PVFS_ctx_testany (PVFS_ctx ctx, PVFS_sys_op_id *op_id_array, int *op_count, void **user_ptr_array, int *error_code_array, int timeout_ms)
{
    int room = op_count && *op_count > 0 ? 1 : 0;
    return test (ctx, room, op_id_array, op_count, user_ptr_array, error_code_array, timeout_ns (timeout_ms));
}

int
PVFS_ctx_completion_fd (PVFS_ctx ctx)
{
    struct client *c;
    PVFS_error e = instance_get (ctx, &c);
    if (e < 0)
        return e;
    reactor_enter (c->reactor);
    int fd = reactor_foreign_fd (c->reactor, has_completed, c);
    reactor_leave (c->reactor);
    instance_put (c);
    return fd < 0 ? pvfs_error_from_errno (fd) : fd;
}

static void
free_op (struct sys_op *op)
{
    sys_op_free (op);
}

static int
end_op (PVFS_ctx ctx, PVFS_sys_op_id op_id, bool forget)
{
    struct client *c;
    PVFS_error e = instance_get (ctx, &c);
    if (e < 0)
        return e;
    reactor_enter (c->reactor);
    struct sys_op *op = sys_op_by_id (c, op_id);
    if (!op || (forget && op->claimed)) {
        e = -PVFS_EINVAL;
    } else if (forget && op->ended) {
        sys_op_free (op);
    } else {
        if (forget) {
            op->claimed = true;
            op->finish = NULL;
            op->done = free_op;
        }
        sys_op_cancel (op);
    }
    reactor_leave (c->reactor);
    reactor_wake (c->reactor); /* the leader may be the one who waits for it */
    instance_put (c);
    return e;
}

int
PVFS_ctx_cancel (PVFS_ctx ctx, PVFS_sys_op_id op_id)
{
    return end_op (ctx, op_id, false);
}

int
PVFS_ctx_release (PVFS_ctx ctx, PVFS_sys_op_id op_id)
{
    return end_op (ctx, op_id, true);
}

/* --- attributes --------------------------------------------------------------------------------------------------------------------- */

static PVFS_ds_type
public_type (uint8_t type)
{
    switch (type) {
    case OBJ_SPECIAL: return PVFS_TYPE_METAFILE; /* the API has no word for it */
    case OBJ_DATAFILE: return PVFS_TYPE_DATAFILE;
    case OBJ_DIRECTORY: return PVFS_TYPE_DIRECTORY;
    case OBJ_SYMLINK: return PVFS_TYPE_SYMLINK;
    case OBJ_DIRDATA: return PVFS_TYPE_DIRDATA;
    case OBJ_METAFILE: return PVFS_TYPE_METAFILE;
    default: return PVFS_TYPE_INTERNAL;
    }
}

static int64_t
blksize_of (const struct client_attr *a)
{
    struct dist d;
    if (a->attr.type != OBJ_METAFILE || !a->dist_name || dist_lookup (a->dist_name, &d) < 0
        || (a->dist_params && a->dist_params[0] && dist_set_params (&d, a->dist_params) < 0))
        return 4096;
    return d.ops->get_blksize (&d, (uint32_t) MAX (a->ndfiles, 1));
}

static uint32_t
what_it_has (const struct client_attr *a)
{
    uint32_t has = PVFS_ATTR_SYS_COMMON_ALL | PVFS_ATTR_SYS_MIRROR_COPIES_COUNT | PVFS_ATTR_SYS_BLKSIZE;
    if (a->have_size)
        has |= PVFS_ATTR_SYS_SIZE;
    if (a->attr.type == OBJ_SYMLINK && a->link_target)
        has |= PVFS_ATTR_SYS_LNK_TARGET;
    if (a->attr.type == OBJ_METAFILE && a->dist_name)
        has |= PVFS_ATTR_SYS_DFILE_COUNT;
    if (a->attr.type == OBJ_DIRECTORY)
        has |= PVFS_ATTR_SYS_DIRENT_COUNT | PVFS_ATTR_SYS_DISTDIR_ATTR;
    return has;
}

int
api_attr (const struct client_attr *a, uint32_t mask, PVFS_sys_attr *ret)
{
    const struct object_attr *o = &a->attr;
    PVFS_sys_attr s = {
        .owner = o->uid,
        .group = o->gid,
        .perms = o->mode & PVFS_PERM_VALID,
        .atime = o->atime / NSEC_PER_SEC,
        .mtime = o->mtime / NSEC_PER_SEC,
        .ctime = o->ctime / NSEC_PER_SEC,
        .objtype = public_type (o->type),
        .mask = mask & what_it_has (a),
    };
    if (s.mask & PVFS_ATTR_SYS_SIZE)
        s.size = o->size;
    if (s.mask & PVFS_ATTR_SYS_BLKSIZE)
        s.blksize = blksize_of (a);
    if (s.mask & PVFS_ATTR_SYS_DIRENT_COUNT)
        s.dirent_count = (PVFS_size) o->entries;
    if (s.mask & PVFS_ATTR_SYS_DISTDIR_ATTR) {
        s.distr_dir_servers_initial = (int32_t) o->spread.initial;
        s.distr_dir_servers_max = (int32_t) o->spread.max;
        s.distr_dir_split_size = (int32_t) MIN (o->spread.split_size, (uint32_t) INT32_MAX);
    }
    bool ok = true;
    if (s.mask & PVFS_ATTR_SYS_LNK_TARGET)
        ok = (s.link_target = strdup (a->link_target)) != NULL;
    if (s.mask & PVFS_ATTR_SYS_DFILE_COUNT) {
        s.dfile_count = a->ndfiles;
        ok = (s.dist_name = strdup (a->dist_name)) && (s.dist_params = strdup (a->dist_params ? a->dist_params : ""));
    }
    if (!ok) {
        PVFS_util_release_sys_attr (&s);
        return -ENOMEM;
    }
    *ret = s;
    return 0;
}

/* The S_IFMT bits; a special file has them in its mode. */
static uint32_t
type_bits (uint8_t type)
{
    switch (type) {
    case OBJ_SPECIAL: return 0;
    case OBJ_DIRECTORY: return S_IFDIR;
    case OBJ_SYMLINK: return S_IFLNK;
    default: return S_IFREG;
    }
}

void
api_stat (const struct client_attr *a, PVFS_stat *ret)
{
    const struct object_attr *o = &a->attr;
    *ret = (PVFS_stat){
        .mode = o->mode | type_bits (o->type),
        .nlink = o->nlink,
        .owner = o->uid,
        .group = o->gid,
        .rdev = o->type == OBJ_SPECIAL ? o->dev : 0,
        .size = a->have_size ? o->size : -1,
        .blksize = blksize_of (a),
        .atime = o->atime,
        .mtime = o->mtime,
        .ctime = o->ctime,
        .change = o->change,
        .blocks = a->have_size ? object_blocks (o) : -1,
    };
}
