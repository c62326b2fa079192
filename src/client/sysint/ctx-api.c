/*
 * PVFS_ctx_*: arguments in, an operation of an instance posted, the response filled at its end. Each call is here once; with a NULL op_id
 * it waits. PVFS_isys_* (isys-skin.c) and PVFS_sys_* (sys-api.c) are skins. Error codes are PVFS's from here outwards.
 */
#include "client/sysint/api.h"

#include <stdio.h>

#include "client/sysint/acache.h"
#include "client/sysint/default-instance.h"
#include "client/sysint/ncache.h"
#include "common/error/error.h"
#include "io/description/request.h"
#include "proto/ops/atomiceattr.h"
#include "proto/ops/remove.h"
#include "proto/ops/rename.h"

#define BEGIN(type)                                                                                \
    struct sys_op *op;                                                                             \
    PVFS_error e = api_begin (ctx, &type, credential, hints, &op);                                      \
    if (e < 0)                                                                                     \
        return e;
#define FINISH() return api_finish (op, op_id, user_ptr)

/* --- volumes ------------------------------------------------------------------------------------------------------------------ */

static int
fs_add_done (struct sys_op *op)
{
    struct PVFS_sys_mntent *m = container_of ((PVFS_fs_id *) op->a.resp, struct PVFS_sys_mntent, fs_id);
    struct volume *v = client_volume (op->client, m->fs_id);
    if (op->error)
        return op->error;
    m->the_pvfs_config_server = m->pvfs_config_servers[op->a.flags];
    if (v)
        v->default_ndfiles = m->default_num_dfiles;
    return 0;
}

int
PVFS_ctx_fs_add (PVFS_ctx ctx, struct PVFS_sys_mntent *mntent, PVFS_sys_op_id *op_id, void *user_ptr)
{
    PVFS_credential self, *credential = &self;
    PVFS_hint hints = NULL;
    if (!mntent || !mntent->pvfs_fs_name || mntent->num_pvfs_config_servers < 1 || !mntent->pvfs_config_servers)
        return -PVFS_EINVAL;
    PVFS_util_gen_credential_defaults (&self);
    BEGIN (sys_fs_add)
    op->a.servers = (const char **) mntent->pvfs_config_servers;
    op->a.nservers = mntent->num_pvfs_config_servers;
    op->a.name = mntent->pvfs_fs_name;
    op->a.resp = &mntent->fs_id;
    op->finish = fs_add_done;
    FINISH ();
}

int
PVFS_ctx_fs_remove (PVFS_ctx ctx, struct PVFS_sys_mntent *mntent)
{
    struct client *c;
    if (!mntent)
        return -PVFS_EINVAL;
    PVFS_error e = instance_get (ctx, &c);
    if (e < 0)
        return e;
    reactor_enter (c->reactor);
    e = pvfs_error_from_errno (client_unmount (c, mntent->fs_id));
    reactor_leave (c->reactor);
    instance_put (c);
    return e;
}

/* --- names ------------------------------------------------------------------------------------------------------------------------ */

PVFS_error
PVFS_ctx_lookup (PVFS_ctx ctx, PVFS_fs_id fs_id, char *name, const PVFS_credential *credential, PVFS_sysresp_lookup *resp,
                 int32_t follow_link, PVFS_hint hints)
{
    struct sys_op *op;
    if (!name || name[0] != '/' || !resp)
        return -PVFS_EINVAL;
    PVFS_error e = api_begin (ctx, &sys_lookup, credential, hints, &op);
    if (e < 0)
        return e;
    op->a.fs = fs_id;
    op->a.name = name;
    op->a.flags = follow_link;
    op->a.resp = resp;
    op->finish = api_ref_done;
    return api_finish (op, NULL, NULL);
}

/* "/a/b/" → "/a", "b". dir has room for the whole path. */
static PVFS_error
split (const char *path, char *dir, char base[PVFS_NAME_MAX])
{
    size_t end = strlen (path);
    while (end > 1 && path[end - 1] == '/')
        end--;
    size_t start = end;
    while (start > 0 && path[start - 1] != '/')
        start--;
    if (end - start == 0)
        return -PVFS_EINVAL; /* the root has no parent */
    if (end - start >= PVFS_NAME_MAX)
        return -PVFS_ENAMETOOLONG;
    memcpy (dir, path, start);
    dir[start] = 0;
    memcpy (base, path + start, end - start);
    base[end - start] = 0;
    while (start > 1 && dir[start - 1] == '/')
        dir[--start] = 0;
    return 0;
}

PVFS_error
PVFS_ctx_getparent (PVFS_ctx ctx, PVFS_fs_id fs_id, char *entry_name, const PVFS_credential *credential, PVFS_sysresp_getparent *resp,
                    PVFS_hint hints)
{
    PVFS_sysresp_lookup found = { .ref = { 0 } };
    if (!resp)
        return -PVFS_EINVAL;
    memset (resp, 0, sizeof *resp);
    if (!entry_name || entry_name[0] != '/')
        return -PVFS_EINVAL;
    CLEANUP_FREE char *dir = malloc (strlen (entry_name) + 1);
    char base[PVFS_NAME_MAX];
    PVFS_error e = dir ? split (entry_name, dir, base) : -PVFS_ENOMEM;
    if (e == 0)
        e = PVFS_ctx_lookup (ctx, fs_id, dir, credential, &found, PVFS2_LOOKUP_LINK_FOLLOW, hints);
    if (e < 0)
        return e;
    resp->parent_ref = found.ref;
    memcpy (resp->basename, base, sizeof base);
    return 0;
}

PVFS_error
PVFS_ctx_ref_lookup (PVFS_ctx ctx, PVFS_fs_id fs_id, char *relative_pathname, PVFS_object_ref parent_ref,
                     const PVFS_credential *credential, PVFS_sysresp_lookup *resp, int32_t follow_link, PVFS_sys_op_id *op_id,
                     PVFS_hint hints, void *user_ptr)
{
    if (!relative_pathname || !relative_pathname[0] || !resp || relative_pathname[0] == '/' || !parent_ref.handle)
        return -PVFS_EINVAL;
    BEGIN (sys_lookup)
    op->a.fs = fs_id;
    op->a.ref = parent_ref;
    op->a.name = relative_pathname;
    op->a.flags = follow_link;
    op->a.resp = resp;
    op->finish = api_ref_done;
    FINISH ();
}

PVFS_error
PVFS_ctx_create (PVFS_ctx ctx, char *entry_name, PVFS_object_ref ref, PVFS_sys_attr attr, const PVFS_credential *credential,
                 PVFS_sys_dist *dist, PVFS_sys_layout *layout, PVFS_sysresp_create *resp, PVFS_sys_op_id *op_id, PVFS_hint hints,
                 void *user_ptr)
{
    if (!resp || (attr.mask & PVFS_ATTR_SYS_ALL_SETABLE) != PVFS_ATTR_SYS_ALL_SETABLE)
        return -PVFS_EINVAL;
    BEGIN (sys_create)
    op->a.ref = ref;
    op->a.name = entry_name;
    op->a.attr = attr;
    op->a.dist = dist;
    op->a.layout = layout;
    op->a.resp = resp;
    op->finish = api_ref_done;
    FINISH ();
}

PVFS_error
PVFS_ctx_mkdir (PVFS_ctx ctx, char *entry_name, PVFS_object_ref parent_ref, PVFS_sys_attr attr, const PVFS_credential *credential,
                PVFS_sysresp_mkdir *resp, PVFS_sys_op_id *op_id, PVFS_hint hints, void *user_ptr)
{
    if (!resp)
        return -PVFS_EINVAL;
    BEGIN (sys_mkdir)
    op->a.ref = parent_ref;
    op->a.name = entry_name;
    op->a.attr = attr;
    op->a.resp = resp;
    op->finish = api_ref_done;
    FINISH ();
}

PVFS_error
PVFS_ctx_symlink (PVFS_ctx ctx, char *entry_name, PVFS_object_ref parent_ref, char *target, PVFS_sys_attr attr,
                  const PVFS_credential *credential, PVFS_sysresp_symlink *resp, PVFS_sys_op_id *op_id, PVFS_hint hints, void *user_ptr)
{
    if (!resp)
        return -PVFS_EINVAL;
    BEGIN (sys_symlink)
    op->a.ref = parent_ref;
    op->a.name = entry_name;
    op->a.name2 = target;
    op->a.attr = attr;
    op->a.resp = resp;
    op->finish = api_ref_done;
    FINISH ();
}

PVFS_error
PVFS_ctx_remove (PVFS_ctx ctx, char *entry_name, PVFS_object_ref ref, const PVFS_credential *credential, PVFS_sys_op_id *op_id,
                 PVFS_hint hints, void *user_ptr)
{
    BEGIN (sys_remove)
    op->a.ref = ref;
    op->a.name = entry_name;
    op->a.flags = REMOVE_ANY;
    FINISH ();
}

_Static_assert (PVFS_RENAME_NOREPLACE == RENAME_KEEP && PVFS_RENAME_EXCHANGE == RENAME_SWAP, "flags of rename");

PVFS_error
PVFS_ctx_rename2 (PVFS_ctx ctx, char *old_entry, PVFS_object_ref old_parent_ref, char *new_entry, PVFS_object_ref new_parent_ref,
                  uint32_t flags, const PVFS_credential *credential, PVFS_sys_op_id *op_id, PVFS_hint hints, void *user_ptr)
{
    if (flags > PVFS_RENAME_EXCHANGE)
        return -PVFS_EINVAL;
    BEGIN (sys_rename)
    op->a.ref = old_parent_ref;
    op->a.name = old_entry;
    op->a.ref2 = new_parent_ref;
    op->a.name2 = new_entry;
    op->a.flags = (int32_t) flags;
    FINISH ();
}

PVFS_error
PVFS_ctx_rename (PVFS_ctx ctx, char *old_entry, PVFS_object_ref old_parent_ref, char *new_entry, PVFS_object_ref new_parent_ref,
                 const PVFS_credential *credential, PVFS_sys_op_id *op_id, PVFS_hint hints, void *user_ptr)
{
    return PVFS_ctx_rename2 (ctx, old_entry, old_parent_ref, new_entry, new_parent_ref, 0, credential, op_id, hints, user_ptr);
}

PVFS_error
PVFS_ctx_link (PVFS_ctx ctx, char *entry_name, PVFS_object_ref parent_ref, PVFS_object_ref target_ref,
               const PVFS_credential *credential, PVFS_sys_op_id *op_id, PVFS_hint hints, void *user_ptr)
{
    BEGIN (sys_link)
    op->a.ref = parent_ref;
    op->a.name = entry_name;
    op->a.ref2 = target_ref;
    FINISH ();
}

PVFS_error
PVFS_ctx_mknod (PVFS_ctx ctx, char *entry_name, PVFS_object_ref parent_ref, PVFS_sys_attr attr, uint32_t type, uint64_t rdev,
                const PVFS_credential *credential, PVFS_sysresp_mknod *resp, PVFS_sys_op_id *op_id, PVFS_hint hints, void *user_ptr)
{
    bool device = S_ISCHR (type) || S_ISBLK (type), node = device || S_ISFIFO (type) || S_ISSOCK (type) || S_ISREG (type);
    if (!resp || !node || (type & ~(uint32_t) S_IFMT) || (device && rdev > UINT32_MAX)
        || (attr.mask & PVFS_ATTR_SYS_ALL_SETABLE) != PVFS_ATTR_SYS_ALL_SETABLE)
        return -PVFS_EINVAL;
    BEGIN (sys_create)
    op->a.ref = parent_ref;
    op->a.name = entry_name;
    op->a.attr = attr;
    op->a.attr.perms = (attr.perms & PVFS_PERM_VALID) | type;
    op->a.dev = device ? (uint32_t) rdev : 0;
    op->a.resp = resp;
    op->finish = api_ref_done;
    FINISH ();
}

/* --- directories -------------------------------------------------------------------------------------------------------------------- */

static PVFS_ds_position
next_token (const struct sys_op *op)
{
    if (op->dir_end)
        return PVFS_READDIR_END;
    return op->ndirents ? op->dirents[op->ndirents - 1].cookie : op->a.token;
}

/* NULL with *ret_ok set for none. */
static PVFS_dirent *
public_dirents (const struct sys_op *op, bool *ret_ok)
{
    PVFS_dirent *d = op->ndirents ? calloc (op->ndirents, sizeof *d) : NULL;
    *ret_ok = d || !op->ndirents;
    for (uint32_t i = 0; d && i < op->ndirents; i++) {
        snprintf (d[i].d_name, sizeof d[i].d_name, "%s", op->dirents[i].name);
        d[i].handle = op->dirents[i].ref.handle;
    }
    return d;
}

static int
readdir_done (struct sys_op *op)
{
    PVFS_sysresp_readdir *resp = op->a.resp;
    bool ok;
    if (op->error)
        return op->error;
    PVFS_dirent *d = public_dirents (op, &ok);
    if (!ok)
        return -ENOMEM;
    *resp = (PVFS_sysresp_readdir){ .token = next_token (op), .dirent_array = d, .pvfs_dirent_outcount = op->ndirents,
                                    .directory_version = op->dir_version };
    return 0;
}

PVFS_error
PVFS_ctx_readdir (PVFS_ctx ctx, PVFS_object_ref ref, PVFS_ds_position token, int32_t pvfs_dirent_incount,
                  const PVFS_credential *credential, PVFS_sysresp_readdir *resp, PVFS_sys_op_id *op_id, PVFS_hint hints, void *user_ptr)
{
    if (!resp)
        return -PVFS_EINVAL;
    BEGIN (sys_readdir)
    op->a.ref = ref;
    op->a.token = token;
    op->a.count = pvfs_dirent_incount;
    op->a.resp = resp;
    op->finish = readdir_done;
    FINISH ();
}

static int
public_attrs (const struct sys_op *op, PVFS_sys_attr *attrs, PVFS_error *errors)
{
    for (uint32_t i = 0; i < op->ndirents; i++) {
        const struct client_dirent *d = &op->dirents[i];
        errors[i] = pvfs_error_from_errno (d->have_attr ? 0 : d->error ? d->error : -ENOENT);
        if (!d->have_attr)
            continue;
        int r = api_attr (&d->attr, op->a.mask, &attrs[i]);
        if (r < 0)
            return r;
    }
    return 0;
}

static int
readdirplus_done (struct sys_op *op)
{
    PVFS_sysresp_readdirplus *resp = op->a.resp;
    uint32_t n = op->ndirents;
    bool ok;
    if (op->error)
        return op->error;
    PVFS_dirent *d = public_dirents (op, &ok);
    PVFS_sys_attr *attrs = n ? calloc (n, sizeof *attrs) : NULL;
    PVFS_error *errors = n ? calloc (n, sizeof *errors) : NULL;
    int r = ok && (!n || (attrs && errors)) ? public_attrs (op, attrs, errors) : -ENOMEM;
    if (r < 0) {
        for (uint32_t i = 0; attrs && i < n; i++)
            PVFS_util_release_sys_attr (&attrs[i]);
        free (attrs);
        free (errors);
        free (d);
        return r;
    }
    *resp = (PVFS_sysresp_readdirplus){ .token = next_token (op), .dirent_array = d, .pvfs_dirent_outcount = n,
                                        .directory_version = op->dir_version, .stat_err_array = errors, .attr_array = attrs };
    return 0;
}

PVFS_error
PVFS_ctx_readdirplus (PVFS_ctx ctx, PVFS_object_ref ref, PVFS_ds_position token, int32_t pvfs_dirent_incount,
                      const PVFS_credential *credential, uint32_t attrmask, PVFS_sysresp_readdirplus *resp, PVFS_sys_op_id *op_id,
                      PVFS_hint hints, void *user_ptr)
{
    if (!resp)
        return -PVFS_EINVAL;
    BEGIN (sys_readdirplus)
    op->a.ref = ref;
    op->a.token = token;
    op->a.count = pvfs_dirent_incount;
    op->a.mask = attrmask;
    op->a.resp = resp;
    op->finish = readdirplus_done;
    FINISH ();
}

/* Its response begins with that of readdirplus. */
static int
readdirstat_done (struct sys_op *op)
{
    PVFS_sysresp_readdirstat *resp = op->a.resp;
    PVFS_stat *stats = op->ndirents ? calloc (op->ndirents, sizeof *stats) : NULL;
    int r = op->error || stats || !op->ndirents ? readdirplus_done (op) : -ENOMEM;
    if (r < 0) {
        free (stats);
        return r;
    }
    for (uint32_t i = 0; i < op->ndirents; i++)
        if (op->dirents[i].have_attr)
            api_stat (&op->dirents[i].attr, &stats[i]);
    resp->stat_array = stats;
    return 0;
}

PVFS_error
PVFS_ctx_readdirstat (PVFS_ctx ctx, PVFS_object_ref ref, PVFS_ds_position token, int32_t pvfs_dirent_incount,
                      const PVFS_credential *credential, uint32_t attrmask, PVFS_sysresp_readdirstat *resp, PVFS_sys_op_id *op_id,
                      PVFS_hint hints, void *user_ptr)
{
    if (!resp)
        return -PVFS_EINVAL;
    BEGIN (sys_readdirplus)
    op->a.ref = ref;
    op->a.token = token;
    op->a.count = pvfs_dirent_incount;
    op->a.mask = attrmask;
    op->a.resp = resp;
    op->finish = readdirstat_done;
    FINISH ();
}

/* --- attributes -------------------------------------------------------------------------------------------------------------- */

static int
getattr_done (struct sys_op *op)
{
    return op->error ? op->error : api_attr (&op->result, op->a.mask, &((PVFS_sysresp_getattr *) op->a.resp)->attr);
}

PVFS_error
PVFS_ctx_getattr (PVFS_ctx ctx, PVFS_object_ref ref, uint32_t attrmask, const PVFS_credential *credential, PVFS_sysresp_getattr *resp,
                  PVFS_sys_op_id *op_id, PVFS_hint hints, void *user_ptr)
{
    if (!resp)
        return -PVFS_EINVAL;
    BEGIN (sys_getattr)
    op->a.ref = ref;
    op->a.mask = attrmask;
    op->a.resp = resp;
    op->finish = getattr_done;
    FINISH ();
}

PVFS_error
PVFS_ctx_setattr (PVFS_ctx ctx, PVFS_object_ref ref, PVFS_sys_attr attr, const PVFS_credential *credential, PVFS_sys_op_id *op_id,
                  PVFS_hint hints, void *user_ptr)
{
    BEGIN (sys_setattr)
    op->a.ref = ref;
    op->a.attr = attr;
    FINISH ();
}

static int
stat_done (struct sys_op *op)
{
    if (!op->error)
        api_stat (&op->result, &((PVFS_sysresp_stat *) op->a.resp)->stat_buf);
    return op->error;
}

PVFS_error
PVFS_ctx_stat (PVFS_ctx ctx, PVFS_object_ref ref, const PVFS_credential *credential, PVFS_sysresp_stat *resp, PVFS_sys_op_id *op_id,
               PVFS_hint hints, void *user_ptr)
{
    if (!resp)
        return -PVFS_EINVAL;
    BEGIN (sys_getattr)
    op->a.ref = ref;
    op->a.mask = PVFS_ATTR_SYS_COMMON_ALL | PVFS_ATTR_SYS_SIZE;
    op->a.resp = resp;
    op->finish = stat_done;
    FINISH ();
}

/* The mask's bits for one time, and its two parts. */
static uint32_t
wish_time (PVFS_time_ns t, uint32_t now, uint32_t given, PVFS_time *ret_s, uint32_t *ret_ns)
{
    if (t == PVFS_UTIME_OMIT || t == PVFS_UTIME_NOW)
        return t == PVFS_UTIME_NOW ? now : 0;
    *ret_s = t / NSEC_PER_SEC;
    *ret_ns = (uint32_t) (t % NSEC_PER_SEC);
    return now | given;
}

PVFS_error
PVFS_ctx_utimens (PVFS_ctx ctx, PVFS_object_ref ref, PVFS_time_ns atime, PVFS_time_ns mtime, const PVFS_credential *credential,
                  PVFS_sys_op_id *op_id, PVFS_hint hints, void *user_ptr)
{
    bool nothing = atime == PVFS_UTIME_OMIT && mtime == PVFS_UTIME_OMIT; /* not even the ctime: is it there? */
    const struct sys_op_type *type = nothing ? &sys_getattr : &sys_setattr;
    BEGIN (*type)
    PVFS_sys_attr *a = &op->a.attr;
    op->a.ref = ref;
    a->mask = wish_time (atime, PVFS_ATTR_SYS_ATIME, PVFS_ATTR_SYS_ATIME_SET, &a->atime, &op->a.atime_ns)
              | wish_time (mtime, PVFS_ATTR_SYS_MTIME, PVFS_ATTR_SYS_MTIME_SET, &a->mtime, &op->a.mtime_ns);
    FINISH ();
}

/* One key: its error is the call's. Several: the first error, each in err_array. */
static int
geteattr_done (struct sys_op *op)
{
    PVFS_sysresp_geteattr *resp = op->a.resp;
    int first = op->error;
    for (int32_t i = 0; !op->error && i < op->a.count; i++) {
        if (resp->err_array)
            resp->err_array[i] = pvfs_error_from_errno (op->key_errors[i]);
        if (!first)
            first = op->key_errors[i];
    }
    return first;
}

PVFS_error
PVFS_ctx_geteattr_list (PVFS_ctx ctx, PVFS_object_ref ref, const PVFS_credential *credential, int32_t nkey, PVFS_ds_keyval *key_p,
                        PVFS_sysresp_geteattr *resp, PVFS_sys_op_id *op_id, PVFS_hint hints, void *user_ptr)
{
    if (!resp)
        return -PVFS_EINVAL;
    BEGIN (sys_geteattr)
    op->a.ref = ref;
    op->a.count = nkey;
    op->a.keys = key_p;
    op->a.vals = resp->val_array;
    op->a.resp = resp;
    op->finish = geteattr_done;
    FINISH ();
}

PVFS_error
PVFS_ctx_geteattr (PVFS_ctx ctx, PVFS_object_ref ref, const PVFS_credential *credential, PVFS_ds_keyval *key_p,
                   PVFS_sysresp_geteattr *resp, PVFS_sys_op_id *op_id, PVFS_hint hints, void *user_ptr)
{
    return PVFS_ctx_geteattr_list (ctx, ref, credential, 1, key_p, resp, op_id, hints, user_ptr);
}

PVFS_error
PVFS_ctx_seteattr_list (PVFS_ctx ctx, PVFS_object_ref ref, const PVFS_credential *credential, int32_t nkey, PVFS_ds_keyval *key_array,
                        PVFS_ds_keyval *val_array, int32_t flags, PVFS_sys_op_id *op_id, PVFS_hint hints, void *user_ptr)
{
    BEGIN (sys_seteattr)
    op->a.ref = ref;
    op->a.count = nkey;
    op->a.keys = key_array;
    op->a.vals = val_array;
    op->a.flags = flags;
    FINISH ();
}

PVFS_error
PVFS_ctx_seteattr (PVFS_ctx ctx, PVFS_object_ref ref, const PVFS_credential *credential, PVFS_ds_keyval *key_p, PVFS_ds_keyval *val_p,
                   int32_t flags, PVFS_sys_op_id *op_id, PVFS_hint hints, void *user_ptr)
{
    return PVFS_ctx_seteattr_list (ctx, ref, credential, 1, key_p, val_p, flags, op_id, hints, user_ptr);
}

_Static_assert ((int) PVFS_TEST_AND_SET == EATTR_TEST_AND_SET && (int) PVFS_SWAP == EATTR_SWAP
                    && (int) PVFS_FETCH_AND_ADD == EATTR_FETCH_AND_ADD, "opcodes of atomiceattr");

PVFS_error
PVFS_ctx_atomiceattr_list (PVFS_ctx ctx, PVFS_object_ref ref, const PVFS_credential *credential, int32_t nkey,
                           PVFS_ds_keyval *key_array, PVFS_ds_keyval *val_array, PVFS_sysresp_geteattr *resp_p, int32_t flags,
                           PVFS_sys_op_id *op_id, int32_t opcode, PVFS_hint hints, void *user_ptr)
{
    if (!resp_p)
        return -PVFS_EINVAL;
    BEGIN (sys_atomiceattr)
    op->a.ref = ref;
    op->a.count = nkey;
    op->a.keys = key_array;
    op->a.vals = val_array;
    op->a.olds = resp_p->val_array;
    op->a.flags = flags;
    op->a.mask = (uint32_t) opcode;
    op->a.resp = resp_p;
    op->finish = geteattr_done;
    FINISH ();
}

PVFS_error
PVFS_ctx_deleattr (PVFS_ctx ctx, PVFS_object_ref ref, const PVFS_credential *credential, PVFS_ds_keyval *key_p, PVFS_sys_op_id *op_id,
                   PVFS_hint hints, void *user_ptr)
{
    BEGIN (sys_deleattr)
    op->a.ref = ref;
    op->a.keys = key_p;
    FINISH ();
}

static int
put_key (PVFS_ds_keyval *key, const char *name)
{
    size_t n = strlen (name) + 1;
    key->read_sz = (int32_t) n;
    if (!key->buffer || key->buffer_sz < 0 || n > (size_t) key->buffer_sz)
        return -ERANGE;
    memcpy (key->buffer, name, n);
    return 0;
}

static int
listeattr_done (struct sys_op *op)
{
    PVFS_sysresp_listeattr *resp = op->a.resp;
    int first = op->error;
    if (first)
        return first;
    for (uint32_t i = 0; i < op->nnames; i++) {
        int r = put_key (&resp->key_array[i], op->names[i]);
        first = first ? first : r;
    }
    PVFS_ds_position begin = op->a.token == PVFS_ITERATE_START ? 0 : op->a.token;
    resp->nkey = (int32_t) op->nnames;
    resp->token = op->dir_end ? PVFS_ITERATE_END : begin + op->nnames;
    return first;
}

PVFS_error
PVFS_ctx_listeattr (PVFS_ctx ctx, PVFS_object_ref ref, PVFS_ds_position token, int32_t nkey, const PVFS_credential *credential,
                    PVFS_sysresp_listeattr *resp, PVFS_sys_op_id *op_id, PVFS_hint hints, void *user_ptr)
{
    if (!resp || !resp->key_array || nkey < 1)
        return -PVFS_EINVAL;
    if (token == PVFS_ITERATE_END) {
        resp->nkey = 0;
        resp->token = token;
        return op_id ? 1 : 0;
    }
    BEGIN (sys_listeattr)
    op->a.ref = ref;
    op->a.token = token;
    op->a.count = nkey;
    op->a.resp = resp;
    op->finish = listeattr_done;
    FINISH ();
}

/* --- data -------------------------------------------------------------------------------------------------------------------- */

static int
io_done (struct sys_op *op)
{
    if (!op->error)
        ((PVFS_sysresp_io *) op->a.resp)->total_completed = op->bytes;
    return op->error;
}

PVFS_error
PVFS_ctx_io (PVFS_ctx ctx, PVFS_object_ref ref, PVFS_Request file_req, PVFS_offset file_req_offset, void *buffer, PVFS_Request mem_req,
             const PVFS_credential *credential, PVFS_sysresp_io *resp, enum PVFS_io_type type, PVFS_sys_op_id *op_id, PVFS_hint hints,
             void *user_ptr)
{
    if (!resp || !file_req || !mem_req || file_req_offset < 0 || (type != PVFS_IO_READ && type != PVFS_IO_WRITE))
        return -PVFS_EINVAL;
    BEGIN (sys_io)
    op->a.ref = ref;
    op->a.file_req = file_req;
    op->a.offset = file_req_offset;
    op->a.buffer = buffer;
    op->a.mem_req = mem_req;
    op->a.io_type = type;
    op->a.resp = resp;
    op->finish = io_done;
    FINISH ();
}

/* The pieces as a request of absolute places, in the arena; one that is too long for a block is several. */
static int
iov_request (struct arena *arena, const struct iovec *iov, int n, PVFS_Request *ret)
{
    enum { BLOCK = 1 << 30 };
    PVFS_Request byte = PVFS_BYTE;
    size_t blocks = 0, at = 0;
    for (int i = 0; i < n; i++) {
        if (iov[i].iov_len > INT64_MAX)
            return -EINVAL;
        blocks += iov[i].iov_len / BLOCK + 1;
    }
    int32_t *len = arena_array (arena, blocks + 1, sizeof *len);
    PVFS_size *disp = arena_array (arena, blocks + 1, sizeof *disp);
    if (!len || !disp || blocks > INT32_MAX)
        return -ENOMEM;
    for (int i = 0; i < n; i++) {
        size_t done = 0;
        for (; iov[i].iov_len - done > BLOCK; done += BLOCK) {
            len[at] = BLOCK;
            disp[at++] = (PVFS_size) ((uintptr_t) iov[i].iov_base + done);
        }
        len[at] = (int32_t) (iov[i].iov_len - done);
        disp[at++] = (PVFS_size) ((uintptr_t) iov[i].iov_base + done);
    }
    struct request_blocks spec = { (int32_t) at, len, disp, &byte, false };
    return request_new_blocks (arena, &spec, ret);
}

PVFS_error
PVFS_ctx_iov (PVFS_ctx ctx, PVFS_object_ref ref, PVFS_Request file_req, PVFS_offset file_req_offset, const struct iovec *iov, int iovcnt,
              const PVFS_credential *credential, PVFS_sysresp_io *resp, enum PVFS_io_type type, PVFS_sys_op_id *op_id, PVFS_hint hints,
              void *user_ptr)
{
    if (!resp || !file_req || iovcnt < 0 || (iovcnt > 0 && !iov) || file_req_offset < 0 || (type != PVFS_IO_READ && type != PVFS_IO_WRITE))
        return -PVFS_EINVAL;
    BEGIN (sys_io)
    int r = iov_request (&op->arena, iov, iovcnt, &op->a.mem_req);
    if (r < 0)
        return api_refuse (op, r == -ENOMEM ? -PVFS_ENOMEM : -PVFS_EINVAL);
    op->a.ref = ref;
    op->a.file_req = file_req;
    op->a.offset = file_req_offset;
    op->a.io_type = type;
    op->a.resp = resp;
    op->finish = io_done;
    FINISH ();
}

PVFS_error
PVFS_ctx_truncate (PVFS_ctx ctx, PVFS_object_ref ref, PVFS_size size, const PVFS_credential *credential, PVFS_sys_op_id *op_id,
                   PVFS_hint hints, void *user_ptr)
{
    if (size < 0)
        return -PVFS_EINVAL;
    BEGIN (sys_truncate)
    op->a.ref = ref;
    op->a.size = size;
    FINISH ();
}

PVFS_error
PVFS_ctx_flush (PVFS_ctx ctx, PVFS_object_ref ref, const PVFS_credential *credential, PVFS_sys_op_id *op_id, PVFS_hint hints,
                void *user_ptr)
{
    BEGIN (sys_flush)
    op->a.ref = ref;
    FINISH ();
}

PVFS_error
PVFS_ctx_statfs (PVFS_ctx ctx, PVFS_fs_id fs_id, const PVFS_credential *credential, PVFS_sysresp_statfs *statfs, PVFS_sys_op_id *op_id,
                 PVFS_hint hints, void *user_ptr)
{
    if (!statfs)
        return -PVFS_EINVAL;
    BEGIN (sys_statfs)
    op->a.fs = fs_id;
    op->a.resp = statfs;
    FINISH ();
}

PVFS_error
PVFS_ctx_statfs_servers (PVFS_ctx ctx, PVFS_fs_id fs_id, const PVFS_credential *credential, PVFS_sysresp_statfs_servers *resp,
                         PVFS_sys_op_id *op_id, PVFS_hint hints, void *user_ptr)
{
    if (!resp)
        return -PVFS_EINVAL;
    BEGIN (sys_statfs)
    op->a.fs = fs_id;
    op->a.resp = resp;
    op->a.count = 1;
    FINISH ();
}

/* --- settings ---------------------------------------------------------------------------------------------------------------- */

static PVFS_error
set_info (struct client *c, enum PVFS_sys_setinfo_opt option, unsigned arg)
{
    switch (option) {
    case PVFS_SYS_NCACHE_TIMEOUT_MSECS:
        c->ncache_timeout = arg * NSEC_PER_MSEC;
        ncache_clear (c->ncache);
        return 0;
    case PVFS_SYS_ACACHE_TIMEOUT_MSECS:
        c->acache_timeout = arg * NSEC_PER_MSEC;
        acache_forget_all (c->acache);
        return 0;
    case PVFS_SYS_MSG_TIMEOUT_SECS:
        if (!arg)
            return -PVFS_EINVAL;
        c->op_timeout = arg * NSEC_PER_SEC;
        msgpair_set_op_timeout (c->msgpair, c->op_timeout);
        return 0;
    case PVFS_SYS_MSG_RETRY_LIMIT: c->settings.retry_limit = arg; return 0;
    case PVFS_SYS_MSG_RETRY_DELAY_MSECS: c->settings.retry_delay_msecs = arg; return 0;
    }
    return -PVFS_EINVAL;
}

static PVFS_error
get_info (const struct client *c, enum PVFS_sys_setinfo_opt option, unsigned *arg)
{
    switch (option) {
    case PVFS_SYS_NCACHE_TIMEOUT_MSECS: *arg = (unsigned) (c->ncache_timeout / NSEC_PER_MSEC); return 0;
    case PVFS_SYS_ACACHE_TIMEOUT_MSECS: *arg = (unsigned) (c->acache_timeout / NSEC_PER_MSEC); return 0;
    case PVFS_SYS_MSG_TIMEOUT_SECS: *arg = (unsigned) (c->op_timeout / NSEC_PER_SEC); return 0;
    case PVFS_SYS_MSG_RETRY_LIMIT: *arg = c->settings.retry_limit; return 0;
    case PVFS_SYS_MSG_RETRY_DELAY_MSECS: *arg = c->settings.retry_delay_msecs; return 0;
    }
    return -PVFS_EINVAL;
}

static PVFS_error
info (PVFS_ctx ctx, enum PVFS_sys_setinfo_opt option, unsigned *arg, bool set)
{
    struct client *c;
    PVFS_error e = instance_get (ctx, &c);
    if (e < 0)
        return e;
    reactor_enter (c->reactor);
    e = set ? set_info (c, option, *arg) : get_info (c, option, arg);
    reactor_leave (c->reactor);
    instance_put (c);
    return e;
}

PVFS_error
PVFS_ctx_set_info (PVFS_ctx ctx, enum PVFS_sys_setinfo_opt option, unsigned int arg)
{
    return info (ctx, option, &arg, true);
}

PVFS_error
PVFS_ctx_get_info (PVFS_ctx ctx, enum PVFS_sys_setinfo_opt option, unsigned int *arg)
{
    return arg ? info (ctx, option, arg, false) : -PVFS_EINVAL;
}
