/*
 * PVFS_sys_*: the blocking forms – the non-blocking ones without an op_id – and the calls that have no other form.
 */
#include "client/sysint/api.h"

#include <stdio.h>

#include "client/sysint/acache.h"
#include "client/sysint/default-instance.h"
#include "client/sysint/ncache.h"
#include "common/error/error.h"

/* --- volumes --------------------------------------------------------------------------------------------------------------------- */

int
PVFS_sys_fs_add (struct PVFS_sys_mntent *mntent)
{
    return PVFS_isys_fs_add (mntent, NULL, NULL);
}

int
PVFS_sys_fs_remove (struct PVFS_sys_mntent *mntent)
{
    struct client *c;
    if (!mntent)
        return -PVFS_EINVAL;
    PVFS_error e = instance_get (&c);
    if (e < 0)
        return e;
    reactor_enter (c->reactor);
    e = pvfs_error_from_errno (client_unmount (c, mntent->fs_id));
    reactor_leave (c->reactor);
    instance_put ();
    return e;
}

/* --- names ------------------------------------------------------------------------------------------------------------------------ */

PVFS_error
PVFS_sys_lookup (PVFS_fs_id fs_id, char *name, const PVFS_credential *credential, PVFS_sysresp_lookup *resp, int32_t follow_link,
                 PVFS_hint hints)
{
    struct sys_op *op;
    if (!name || name[0] != '/' || !resp)
        return -PVFS_EINVAL;
    PVFS_error e = api_begin (&sys_lookup, credential, hints, &op);
    if (e < 0)
        return e;
    op->a.fs = fs_id;
    op->a.name = name;
    op->a.flags = follow_link;
    op->a.resp = resp;
    op->finish = api_ref_done;
    return api_finish (op, NULL, NULL);
}

PVFS_error
PVFS_sys_ref_lookup (PVFS_fs_id fs_id, char *relative_pathname, PVFS_object_ref parent_ref, const PVFS_credential *credential,
                     PVFS_sysresp_lookup *resp, int32_t follow_link, PVFS_hint hints)
{
    return PVFS_isys_ref_lookup (fs_id, relative_pathname, parent_ref, credential, resp, follow_link, NULL, hints, NULL);
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
PVFS_sys_getparent (PVFS_fs_id fs_id, char *entry_name, const PVFS_credential *credential, PVFS_sysresp_getparent *resp, PVFS_hint hints)
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
        e = PVFS_sys_lookup (fs_id, dir, credential, &found, PVFS2_LOOKUP_LINK_FOLLOW, hints);
    if (e < 0)
        return e;
    resp->parent_ref = found.ref;
    memcpy (resp->basename, base, sizeof base);
    return 0;
}

PVFS_error
PVFS_sys_create (char *entry_name, PVFS_object_ref ref, PVFS_sys_attr attr, const PVFS_credential *credential, PVFS_sys_dist *dist,
                 PVFS_sysresp_create *resp, PVFS_sys_layout *layout, PVFS_hint hints)
{
    return PVFS_isys_create (entry_name, ref, attr, credential, dist, layout, resp, NULL, hints, NULL);
}

PVFS_error
PVFS_sys_mkdir (char *entry_name, PVFS_object_ref parent_ref, PVFS_sys_attr attr, const PVFS_credential *credential,
                PVFS_sysresp_mkdir *resp, PVFS_hint hints)
{
    return PVFS_isys_mkdir (entry_name, parent_ref, attr, credential, resp, NULL, hints, NULL);
}

PVFS_error
PVFS_sys_symlink (char *entry_name, PVFS_object_ref parent_ref, char *target, PVFS_sys_attr attr, const PVFS_credential *credential,
                  PVFS_sysresp_symlink *resp, PVFS_hint hints)
{
    return PVFS_isys_symlink (entry_name, parent_ref, target, attr, credential, resp, NULL, hints, NULL);
}

PVFS_error
PVFS_sys_remove (char *entry_name, PVFS_object_ref ref, const PVFS_credential *credential, PVFS_hint hints)
{
    return PVFS_isys_remove (entry_name, ref, credential, NULL, hints, NULL);
}

PVFS_error
PVFS_sys_rename (char *old_entry, PVFS_object_ref old_parent_ref, char *new_entry, PVFS_object_ref new_parent_ref,
                 const PVFS_credential *credential, PVFS_hint hints)
{
    return PVFS_isys_rename (old_entry, old_parent_ref, new_entry, new_parent_ref, credential, NULL, hints, NULL);
}

PVFS_error
PVFS_sys_rename2 (char *old_entry, PVFS_object_ref old_parent_ref, char *new_entry, PVFS_object_ref new_parent_ref, uint32_t flags,
                  const PVFS_credential *credential, PVFS_hint hints)
{
    return PVFS_isys_rename2 (old_entry, old_parent_ref, new_entry, new_parent_ref, flags, credential, NULL, hints, NULL);
}

PVFS_error
PVFS_sys_link (char *entry_name, PVFS_object_ref parent_ref, PVFS_object_ref target_ref, const PVFS_credential *credential, PVFS_hint hints)
{
    return PVFS_isys_link (entry_name, parent_ref, target_ref, credential, NULL, hints, NULL);
}

PVFS_error
PVFS_sys_mknod (char *entry_name, PVFS_object_ref parent_ref, PVFS_sys_attr attr, uint32_t type, uint64_t rdev,
                const PVFS_credential *credential, PVFS_sysresp_mknod *resp, PVFS_hint hints)
{
    return PVFS_isys_mknod (entry_name, parent_ref, attr, type, rdev, credential, resp, NULL, hints, NULL);
}

PVFS_error
PVFS_sys_readdir (PVFS_object_ref ref, PVFS_ds_position token, int32_t pvfs_dirent_incount, const PVFS_credential *credential,
                  PVFS_sysresp_readdir *resp, PVFS_hint hints)
{
    return PVFS_isys_readdir (ref, token, pvfs_dirent_incount, credential, resp, NULL, hints, NULL);
}

PVFS_error
PVFS_sys_readdirplus (PVFS_object_ref ref, PVFS_ds_position token, int32_t pvfs_dirent_incount, const PVFS_credential *credential,
                      uint32_t attrmask, PVFS_sysresp_readdirplus *resp, PVFS_hint hints)
{
    return PVFS_isys_readdirplus (ref, token, pvfs_dirent_incount, credential, attrmask, resp, NULL, hints, NULL);
}

PVFS_error
PVFS_sys_readdirstat (PVFS_object_ref ref, PVFS_ds_position token, int32_t pvfs_dirent_incount, const PVFS_credential *credential,
                      uint32_t attrmask, PVFS_sysresp_readdirstat *resp, PVFS_hint hints)
{
    return PVFS_isys_readdirstat (ref, token, pvfs_dirent_incount, credential, attrmask, resp, NULL, hints, NULL);
}

/* --- attributes ---------------------------------------------------------------------------------------------------------------------- */

PVFS_error
PVFS_sys_getattr (PVFS_object_ref ref, uint32_t attrmask, const PVFS_credential *credential, PVFS_sysresp_getattr *resp, PVFS_hint hints)
{
    return PVFS_isys_getattr (ref, attrmask, credential, resp, NULL, hints, NULL);
}

PVFS_error
PVFS_sys_setattr (PVFS_object_ref ref, PVFS_sys_attr attr, const PVFS_credential *credential, PVFS_hint hints)
{
    return PVFS_isys_setattr (ref, attr, credential, NULL, hints, NULL);
}

PVFS_error
PVFS_sys_stat (PVFS_object_ref ref, const PVFS_credential *credential, PVFS_sysresp_stat *resp, PVFS_hint hints)
{
    return PVFS_isys_stat (ref, credential, resp, NULL, hints, NULL);
}

PVFS_error
PVFS_sys_utimens (PVFS_object_ref ref, PVFS_time_ns atime, PVFS_time_ns mtime, const PVFS_credential *credential, PVFS_hint hints)
{
    return PVFS_isys_utimens (ref, atime, mtime, credential, NULL, hints, NULL);
}

PVFS_error
PVFS_sys_attr_free (PVFS_sys_attr *attr)
{
    if (!attr)
        return -PVFS_EINVAL;
    PVFS_util_release_sys_attr (attr);
    return 0;
}

PVFS_error
PVFS_sys_geteattr_list (PVFS_object_ref ref, const PVFS_credential *credential, int32_t nkey, PVFS_ds_keyval *key_p,
                        PVFS_sysresp_geteattr *resp, PVFS_hint hints)
{
    return PVFS_isys_geteattr_list (ref, credential, nkey, key_p, resp, NULL, hints, NULL);
}

PVFS_error
PVFS_sys_geteattr (PVFS_object_ref ref, const PVFS_credential *credential, PVFS_ds_keyval *key_p, PVFS_ds_keyval *val_p, PVFS_hint hints)
{
    PVFS_sysresp_geteattr resp = { .val_array = val_p };
    return PVFS_sys_geteattr_list (ref, credential, 1, key_p, &resp, hints);
}

PVFS_error
PVFS_sys_seteattr_list (PVFS_object_ref ref, const PVFS_credential *credential, int32_t nkey, PVFS_ds_keyval *key_array,
                        PVFS_ds_keyval *val_array, int32_t flags, PVFS_hint hints)
{
    return PVFS_isys_seteattr_list (ref, credential, nkey, key_array, val_array, flags, NULL, hints, NULL);
}

PVFS_error
PVFS_sys_seteattr (PVFS_object_ref ref, const PVFS_credential *credential, PVFS_ds_keyval *key_p, PVFS_ds_keyval *val_p, int32_t flags,
                   PVFS_hint hints)
{
    return PVFS_sys_seteattr_list (ref, credential, 1, key_p, val_p, flags, hints);
}

PVFS_error
PVFS_sys_atomiceattr_list (PVFS_object_ref ref, const PVFS_credential *credential, int32_t nkey, PVFS_ds_keyval *key_array,
                           PVFS_ds_keyval *val_array, PVFS_sysresp_geteattr *resp_p, int32_t flags, int32_t opcode, PVFS_hint hints)
{
    return PVFS_isys_atomiceattr_list (ref, credential, nkey, key_array, val_array, resp_p, flags, NULL, opcode, hints, NULL);
}

PVFS_error
PVFS_sys_atomiceattr (PVFS_object_ref ref, const PVFS_credential *credential, PVFS_ds_keyval *key_p, PVFS_ds_keyval *val_p,
                      PVFS_ds_keyval *response, int32_t flags, int32_t opcode, PVFS_hint hints)
{
    PVFS_sysresp_geteattr resp = { .val_array = response };
    return PVFS_sys_atomiceattr_list (ref, credential, 1, key_p, val_p, &resp, flags, opcode, hints);
}

PVFS_error
PVFS_sys_deleattr (PVFS_object_ref ref, const PVFS_credential *credential, PVFS_ds_keyval *key_p, PVFS_hint hints)
{
    return PVFS_isys_deleattr (ref, credential, key_p, NULL, hints, NULL);
}

PVFS_error
PVFS_sys_listeattr (PVFS_object_ref ref, PVFS_ds_position token, int32_t nkey, const PVFS_credential *credential,
                    PVFS_sysresp_listeattr *resp, PVFS_hint hints)
{
    return PVFS_isys_listeattr (ref, token, nkey, credential, resp, NULL, hints, NULL);
}

/* --- data ------------------------------------------------------------------------------------------------------------------------------ */

PVFS_error
PVFS_sys_io (PVFS_object_ref ref, PVFS_Request file_req, PVFS_offset file_req_offset, void *buffer, PVFS_Request mem_req,
             const PVFS_credential *credential, PVFS_sysresp_io *resp, enum PVFS_io_type type, PVFS_hint hints)
{
    return PVFS_isys_io (ref, file_req, file_req_offset, buffer, mem_req, credential, resp, type, NULL, hints, NULL);
}

PVFS_error
PVFS_sys_truncate (PVFS_object_ref ref, PVFS_size size, const PVFS_credential *credential, PVFS_hint hints)
{
    return PVFS_isys_truncate (ref, size, credential, NULL, hints, NULL);
}

PVFS_error
PVFS_sys_flush (PVFS_object_ref ref, const PVFS_credential *credential, PVFS_hint hints)
{
    return PVFS_isys_flush (ref, credential, NULL, hints, NULL);
}

PVFS_error
PVFS_sys_statfs (PVFS_fs_id fs_id, const PVFS_credential *credential, PVFS_sysresp_statfs *resp, PVFS_hint hints)
{
    return PVFS_isys_statfs (fs_id, credential, resp, NULL, hints, NULL);
}

/* --- settings ---------------------------------------------------------------------------------------------------------------------------- */

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
    case PVFS_SYS_MSG_RETRY_LIMIT: instance_settings ()->retry_limit = arg; return 0;
    case PVFS_SYS_MSG_RETRY_DELAY_MSECS: instance_settings ()->retry_delay_msecs = arg; return 0;
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
    case PVFS_SYS_MSG_RETRY_LIMIT: *arg = instance_settings ()->retry_limit; return 0;
    case PVFS_SYS_MSG_RETRY_DELAY_MSECS: *arg = instance_settings ()->retry_delay_msecs; return 0;
    }
    return -PVFS_EINVAL;
}

static PVFS_error
info (enum PVFS_sys_setinfo_opt option, unsigned *arg, bool set)
{
    struct client *c;
    PVFS_error e = instance_get (&c);
    if (e < 0)
        return e;
    reactor_enter (c->reactor);
    e = set ? set_info (c, option, *arg) : get_info (c, option, arg);
    reactor_leave (c->reactor);
    instance_put ();
    return e;
}

PVFS_error
PVFS_sys_set_info (enum PVFS_sys_setinfo_opt option, unsigned int arg)
{
    return info (option, &arg, true);
}

PVFS_error
PVFS_sys_get_info (enum PVFS_sys_setinfo_opt option, unsigned int *arg)
{
    return arg ? info (option, arg, false) : -PVFS_EINVAL;
}
