/*
 * Names: lookup, forget, mknod, mkdir, symlink, unlink, rmdir, rename, link.
 */
#include <sys/sysmacros.h>

#include "kernel-bridge/bridge.h"

/* As the servers know them. */
enum {
    REMOVE_A_FILE = 1,
    REMOVE_A_DIRECTORY = 2,
    RENAME_NOREPLACE_FLAG = 1, /* the kernel's numbers are RENAME_KEEP and RENAME_SWAP */
    RENAME_EXCHANGE_FLAG = 2
};

/* --- answers -------------------------------------------------------------------------------- */

static void
answer_entry (struct upcall *u, struct sys_op *op)
{
    struct fuse_entry_param e;
    bridge_entry (u->bridge, &op->result, 0, &e);
    fuse_reply_entry (u->req, &e);
    upcall_end (u);
}

static void
finish_attr_of_entry (struct upcall *u, struct sys_op *op)
{
    if (op->error)
        upcall_error (u, op->error);
    else
        answer_entry (u, op);
}

/* Attributes came with the name; the size of a striped file may have to be asked for. */
static void
finish_entry (struct upcall *u, struct sys_op *op)
{
    if (op->error) {
        upcall_error (u, op->error);
    } else if (bridge_complete (&op->result)) {
        answer_entry (u, op);
    } else {
        u->args.ref = op->result.ref;
        bridge_ask_attr (u, finish_attr_of_entry);
    }
}

static void
finish_status (struct upcall *u, struct sys_op *op)
{
    upcall_error (u, op->error);
}

/* --- lookup --------------------------------------------------------------------------------- */

static void
finish_parent (struct upcall *u, struct sys_op *op)
{
    obj_handle up = op->result.attr.parent;
    if (op->error) {
        upcall_error (u, op->error);
        return;
    }
    if (up)
        u->args.ref.handle = up;
    bridge_ask_attr (u, finish_attr_of_entry);
}

static void
handle_lookup (fuse_req_t req, fuse_ino_t parent, const char *name)
{
    struct upcall *u = upcall_new (req, parent, &sys_lookup, finish_entry);
    if (!u)
        return;
    /* A re-exporter asks for handles in this form. */
    if (strcmp (name, ".") == 0 || strcmp (name, "..") == 0) {
        bridge_ask_attr (u, name[1] ? finish_parent : finish_attr_of_entry);
        return;
    }
    u->args.name = upcall_string (u, name);
    if (!u->args.name)
        return;
    u->args.flags = PVFS2_LOOKUP_LINK_NO_FOLLOW;
    u->args.mask = PVFS_ATTR_SYS_ALL;
    upcall_post (u);
}

static void
handle_forget (fuse_req_t req, fuse_ino_t ino, uint64_t nlookup)
{
    struct bridge *b = fuse_req_userdata (req);
    nodes_forget (&b->nodes, bridge_ref (b, ino).handle);
    holds_forgotten (b, bridge_ref (b, ino).handle);
    fuse_reply_none (req);
}

/* --- making --------------------------------------------------------------------------------- */

/* What all new objects have in common. NULL: answered. */
static struct upcall *
new_object (fuse_req_t req, fuse_ino_t parent, const char *name, const struct sys_op_type *type)
{
    struct upcall *u = upcall_new (req, parent, type, finish_entry);
    if (!u)
        return NULL;
    u->args.name = upcall_string (u, name);
    if (!u->args.name)
        return NULL;
    u->changes = true;
    u->args.attr.mask = PVFS_ATTR_SYS_ALL_SETABLE;
    u->args.attr.owner = u->uid;
    u->args.attr.group = u->gid;
    return u;
}

static void
handle_mknod (fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode, dev_t rdev)
{
    struct upcall *u = new_object (req, parent, name, &sys_create);
    if (!u)
        return;
    u->args.attr.perms = mode & 07777;
    if (!S_ISREG (mode))
        u->args.attr.perms |= mode & S_IFMT;
    u->args.dev = (uint32_t)rdev;
    upcall_post (u);
}

static void
handle_mkdir (fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode)
{
    struct upcall *u = new_object (req, parent, name, &sys_mkdir);
    if (!u)
        return;
    u->args.attr.perms = mode & 07777;
    upcall_post (u);
}

static void
handle_symlink (fuse_req_t req, const char *target, fuse_ino_t parent, const char *name)
{
    struct upcall *u = new_object (req, parent, name, &sys_symlink);
    if (!u)
        return;
    u->args.name2 = upcall_string (u, target);
    if (!u->args.name2)
        return;
    u->args.attr.perms = 0777;
    upcall_post (u);
}

/* The new name's object, as it is now. */
static void
finish_link (struct upcall *u, struct sys_op *op)
{
    if (op->error) {
        upcall_error (u, op->error);
        return;
    }
    u->args.ref = u->args.ref2;
    bridge_ask_attr (u, finish_attr_of_entry);
}

static void
handle_link (fuse_req_t req, fuse_ino_t ino, fuse_ino_t parent, const char *name)
{
    struct upcall *u = upcall_new (req, parent, &sys_link, finish_link);
    if (!u)
        return;
    u->args.name = upcall_string (u, name);
    if (!u->args.name)
        return;
    u->args.ref2 = bridge_ref (u->bridge, ino);
    u->changes = true;
    upcall_post (u);
}

/* --- removing and renaming ------------------------------------------------------------------ */

static void
remove_name (fuse_req_t req, fuse_ino_t parent, const char *name, int32_t what)
{
    struct upcall *u = upcall_new (req, parent, &sys_remove, finish_status);
    if (!u)
        return;
    u->args.name = upcall_string (u, name);
    if (!u->args.name)
        return;
    u->args.flags = what;
    u->changes = true;
    upcall_post (u);
}

static void
handle_unlink (fuse_req_t req, fuse_ino_t parent, const char *name)
{
    remove_name (req, parent, name, REMOVE_A_FILE);
}

static void
handle_rmdir (fuse_req_t req, fuse_ino_t parent, const char *name)
{
    remove_name (req, parent, name, REMOVE_A_DIRECTORY);
}

static void
handle_rename (fuse_req_t req, fuse_ino_t parent, const char *name, fuse_ino_t new_parent,
               const char *new_name, unsigned flags)
{
    if (flags > RENAME_EXCHANGE_FLAG) {
        fuse_reply_err (req, EINVAL);
        return;
    }
    struct upcall *u = upcall_new (req, parent, &sys_rename, finish_status);
    if (!u)
        return;
    u->args.ref2 = bridge_ref (u->bridge, new_parent);
    u->args.name = upcall_string (u, name);
    if (!u->args.name)
        return;
    u->args.name2 = upcall_string (u, new_name);
    if (!u->args.name2)
        return;
    u->args.flags = (int32_t)flags;
    u->changes = true;
    upcall_post (u);
}

void
bridge_names_ops (struct fuse_lowlevel_ops *ops)
{
    ops->lookup = handle_lookup;
    ops->forget = handle_forget;
    ops->mknod = handle_mknod;
    ops->mkdir = handle_mkdir;
    ops->symlink = handle_symlink;
    ops->link = handle_link;
    ops->unlink = handle_unlink;
    ops->rmdir = handle_rmdir;
    ops->rename = handle_rename;
}
