/*
 * Operations as calls; see names-call.h.
 */
#include "names-call.h"

#include "proto/ops/remove.h"
#include "proto/ops/rename.h"

const struct sys_op_type *
names_call_type (enum names_kind kind)
{
    static const struct sys_op_type *const types[] = {
        &sys_create, &sys_create, &sys_mkdir, &sys_symlink, &sys_remove, &sys_remove, &sys_setattr, &sys_lookup,
        &sys_rename, &sys_rename, &sys_rename, &sys_link,
    };
    return types[kind];
}

void
names_call_fill (enum names_kind kind, const struct names_call *c, struct sys_args *a)
{
    static const int rename_flags[] = { RENAME_PLAIN, RENAME_KEEP, RENAME_SWAP };
    a->fs = c->dir.fs_id;
    a->ref = kind == NAMES_CHMOD ? c->object : c->dir;
    a->name = c->name;
    a->attr.mask = PVFS_ATTR_SYS_PERM;
    a->attr.perms = 0640;
    if (kind == NAMES_STRIPED) {
        a->attr.mask |= PVFS_ATTR_SYS_DFILE_COUNT;
        a->attr.dfile_count = (int32_t) c->ndfiles;
    }
    if (kind == NAMES_SYMLINK)
        a->name2 = "somewhere/else";
    if (kind == NAMES_UNLINK || kind == NAMES_RMDIR)
        a->flags = kind == NAMES_UNLINK ? REMOVE_FILE : REMOVE_DIR;
    if (kind == NAMES_LINK)
        a->ref2 = c->object;
    if (kind >= NAMES_RENAME && kind <= NAMES_SWAP) {
        a->ref2 = c->dir2;
        a->name2 = c->name2;
        a->flags = rename_flags[kind - NAMES_RENAME];
    }
}
