/*
 * Attributes: getattr, setattr, readlink, statfs.
 */
#include <sys/statvfs.h>

#include "kernel-bridge/bridge.h"

enum { STATFS_BLOCK = 4096 };

static void
answer_attr (struct upcall *u, const struct client_attr *a)
{
    struct bridge *b = u->bridge;
    struct stat st;
    bridge_stat (b, a, &st);
    nodes_saw (&b->nodes, a->ref.handle, &a->attr, bridge_now (b));
    nodes_note_dir (&b->nodes, a->ref.handle, NULL, 0); /* the kernel has this now */
    fuse_reply_attr (u->req, &st, bridge_attr_timeout (b));
    upcall_end (u);
}

/* The kernel opens fifos and devices without telling us: one that is gone for the servers may be open all the same. */
static void
answer_gone (struct upcall *u, int err)
{
    const struct object_attr *last = err == -ESTALE ? nodes_special (&u->bridge->nodes, u->args.ref.handle) : NULL;
    if (!last) {
        upcall_error (u, err);
        return;
    }
    struct client_attr a = { .ref = u->args.ref, .attr = *last };
    a.attr.nlink = 0;
    answer_attr (u, &a);
}

static void
finish_attr (struct upcall *u, struct sys_op *op)
{
    if (op->error)
        answer_gone (u, op->error);
    else
        answer_attr (u, &op->result);
}

void
bridge_ask_attr (struct upcall *u, void (*finish) (struct upcall *, struct sys_op *))
{
    u->args.mask = PVFS_ATTR_SYS_ALL;
    upcall_next (u, &sys_getattr, finish);
}

static void
handle_getattr (fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
    struct bridge *b = fuse_req_userdata (req);
    struct client_attr a = { .ref = bridge_ref (b, ino), .have_size = true };
    uint64_t age;
    const struct object_attr *dir = nodes_dir (&b->nodes, a.ref.handle, bridge_now (b), b->options->attr_timeout, &age);
    if (dir) {
        struct stat st;
        a.attr = *dir;
        bridge_stat (b, &a, &st);
        fuse_reply_attr (req, &st, bridge_attr_timeout (b) - (double)age / NSEC_PER_SEC);
        return;
    }
    struct upcall *u = upcall_new (req, ino, &sys_getattr, finish_attr);
    if (u)
        bridge_ask_attr (u, finish_attr);
}

/* --- setattr: first the size, then the rest, then what it came to --------------------------- */

enum {
    SET_TIMES = FUSE_SET_ATTR_ATIME | FUSE_SET_ATTR_MTIME | FUSE_SET_ATTR_ATIME_NOW
                | FUSE_SET_ATTR_MTIME_NOW,
    SET_METADATA = FUSE_SET_ATTR_MODE | FUSE_SET_ATTR_UID | FUSE_SET_ATTR_GID | SET_TIMES,
};

static uint32_t
set_mask (uint32_t to_set)
{
    static const struct {
        uint32_t fuse, pvfs;
    } map[] = {
        { FUSE_SET_ATTR_MODE, PVFS_ATTR_SYS_PERM },
        { FUSE_SET_ATTR_UID, PVFS_ATTR_SYS_UID },
        { FUSE_SET_ATTR_GID, PVFS_ATTR_SYS_GID },
        { FUSE_SET_ATTR_ATIME, PVFS_ATTR_SYS_ATIME | PVFS_ATTR_SYS_ATIME_SET },
        { FUSE_SET_ATTR_MTIME, PVFS_ATTR_SYS_MTIME | PVFS_ATTR_SYS_MTIME_SET },
    };
    uint32_t mask = 0;
    for (size_t i = 0; i < ARRAY_SIZE (map); i++)
        if (to_set & map[i].fuse)
            mask |= map[i].pvfs;
    /* Linux sends the plain bit together with "now". */
    if (to_set & FUSE_SET_ATTR_ATIME_NOW)
        mask = (mask & ~PVFS_ATTR_SYS_ATIME_SET) | PVFS_ATTR_SYS_ATIME;
    if (to_set & FUSE_SET_ATTR_MTIME_NOW)
        mask = (mask & ~PVFS_ATTR_SYS_MTIME_SET) | PVFS_ATTR_SYS_MTIME;
    return mask;
}

static void
finish_setattr (struct upcall *u, struct sys_op *op)
{
    u->bridge->changes++;
    if (op->error)
        upcall_error (u, op->error);
    else if (u->type == &sys_setattr && bridge_complete (&op->result))
        answer_attr (u, &op->result);
    else
        bridge_ask_attr (u, finish_attr);
}

static void
set_metadata (struct upcall *u)
{
    u->args.attr.mask = set_mask (u->to_set);
    u->args.mask = PVFS_ATTR_SYS_ALL; /* asked for in return */
    upcall_next (u, &sys_setattr, finish_setattr);
}

static void
finish_size (struct upcall *u, struct sys_op *op)
{
    if (op->error || !(u->to_set & SET_METADATA))
        finish_setattr (u, op);
    else
        set_metadata (u);
}

void
bridge_truncate (struct upcall *u, off_t size, void (*finish) (struct upcall *, struct sys_op *))
{
    u->changes = true;
    u->bridge->changes++;
    u->args.size = size;
    nodes_note_end (&u->bridge->nodes, u->args.ref.handle, 0, 0);
    upcall_next (u, &sys_truncate, finish);
}

static void
copy_attr (struct sys_args *a, const struct stat *st)
{
    a->attr.perms = st->st_mode & 07777;
    a->attr.owner = st->st_uid;
    a->attr.group = st->st_gid;
    a->attr.atime = (PVFS_time)st->st_atim.tv_sec;
    a->attr.mtime = (PVFS_time)st->st_mtim.tv_sec;
    a->atime_ns = (uint32_t)st->st_atim.tv_nsec;
    a->mtime_ns = (uint32_t)st->st_mtim.tv_nsec;
}

static void
handle_setattr (fuse_req_t req, fuse_ino_t ino, struct stat *st, int to_set,
                struct fuse_file_info *fi)
{
    struct upcall *u = upcall_new (req, ino, &sys_setattr, finish_setattr);
    if (!u)
        return;
    u->to_set = (uint32_t)to_set;
    u->changes = true;
    u->bridge->changes++;
    copy_attr (&u->args, st);
    /* Only a member of the file's group may set it; a stranger is not refused, the bit just stays away. */
    u->needs_groups = (to_set & FUSE_SET_ATTR_MODE) && (st->st_mode & S_ISGID);
    if (to_set & (FUSE_SET_ATTR_ATIME | FUSE_SET_ATTR_ATIME_NOW))
        bridge_access_forget (u->bridge, u->args.ref.handle);
    if (to_set & FUSE_SET_ATTR_SIZE)
        bridge_truncate (u, st->st_size, finish_size);
    else if (to_set & SET_METADATA)
        set_metadata (u);
    else
        bridge_ask_attr (u, finish_attr);
}

/* --- readlink, statfs ----------------------------------------------------------------------- */

static void
finish_readlink (struct upcall *u, struct sys_op *op)
{
    if (op->error || !op->result.link_target) {
        upcall_error (u, op->error ? op->error : -EINVAL);
        return;
    }
    bridge_accessed (u->bridge, u->args.ref.handle, false);
    fuse_reply_readlink (u->req, op->result.link_target);
    upcall_end (u);
}

static void
handle_readlink (fuse_req_t req, fuse_ino_t ino)
{
    struct upcall *u = upcall_new (req, ino, &sys_getattr, finish_readlink);
    if (!u)
        return;
    u->args.mask = PVFS_ATTR_SYS_TYPE | PVFS_ATTR_SYS_LNK_TARGET;
    upcall_post (u);
}

static void
finish_statfs (struct upcall *u, struct sys_op *op)
{
    const PVFS_statfs *s = &u->statfs.statfs_buf;
    if (op->error) {
        upcall_error (u, op->error);
        return;
    }
    struct statvfs v = {
        .f_bsize = STATFS_BLOCK,
        .f_frsize = STATFS_BLOCK,
        .f_blocks = (fsblkcnt_t)s->bytes_total / STATFS_BLOCK,
        .f_bfree = (fsblkcnt_t)s->bytes_available / STATFS_BLOCK,
        .f_bavail = (fsblkcnt_t)s->bytes_available / STATFS_BLOCK,
        .f_namemax = PROTO_MAX_NAME,
    };
    /* Handles are plenty and never used again: as many files fit as there is room for, at a block each. */
    v.f_ffree = v.f_favail = MIN ((fsfilcnt_t)s->handles_available_count, v.f_bavail);
    v.f_files = v.f_ffree + MIN ((fsfilcnt_t)(s->handles_total_count - s->handles_available_count), v.f_blocks - v.f_bfree);
    fuse_reply_statfs (u->req, &v);
    upcall_end (u);
}

static void
handle_statfs (fuse_req_t req, fuse_ino_t ino)
{
    struct upcall *u = upcall_new (req, FUSE_ROOT_ID, &sys_statfs, finish_statfs);
    if (!u)
        return;
    u->args.resp = &u->statfs;
    upcall_post (u);
}

void
bridge_attr_ops (struct fuse_lowlevel_ops *ops)
{
    ops->getattr = handle_getattr;
    ops->setattr = handle_setattr;
    ops->readlink = handle_readlink;
    ops->statfs = handle_statfs;
}
