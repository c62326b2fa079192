/*
 * Open files: open, create, read, write, flush, release, fsync. An open asks for the attributes
 * (close-to-open) and takes hold of the file with the same message (holds.h); FLUSH and RELEASE have
 * nothing to wait for.
 *
 * Data is not copied: a write goes from its receive slot to the sockets, a read arrives in a buffer
 * that is kept for the next one and goes from there to the kernel.
 */
#include <fcntl.h>
#include <linux/fuse.h>

#include "common/gossip/gossip.h"

#include "kernel-bridge/bridge.h"

/* --- open ----------------------------------------------------------------------------------- */

void
bridge_finish_open (struct upcall *u, struct sys_op *op)
{
    struct bridge *b = u->bridge;
    int err = op->error;
    /* A name that is gone must not find a file that only waits to be given back. */
    if (!err && op->result.attr.nlink == 0 && !holds_is_open (b, u->args.ref.handle))
        err = -ESTALE;
    if (err) {
        upcall_error (u, err);
        return;
    }
    holds_opened (b, u->args.ref.handle);
    bool same = nodes_open (&b->nodes, u->args.ref.handle, &op->result.attr, bridge_now (b));
    /* libfuse 3.14 has no name for parallel direct writes: the answer is made by hand. */
    struct fuse_open_out out = { .open_flags = FOPEN_PARALLEL_DIRECT_WRITES };
    if (same && !b->options->no_cache && b->options->atime != ATIME_STRICT) /* what the kernel answers itself, nobody counts */
        out.open_flags |= FOPEN_KEEP_CACHE;
    if (u->fi.flags & O_DIRECT) /* else the kernel writes one after the other all the same */
        out.open_flags |= FOPEN_DIRECT_IO;
    if (fuse_reply_buf (u->req, (const char *)&out, sizeof out) == -ENOENT)
        holds_closed (b, u->args.ref.handle);
    upcall_end (u);
}

static void
finish_open_truncated (struct upcall *u, struct sys_op *op)
{
    if (op->error)
        upcall_error (u, op->error);
    else
        bridge_ask_attr (u, bridge_finish_open);
}

static void
ask_to_hold (struct upcall *u)
{
    if (!u->args.hold)
        u->args.hold = holds_stamp (u->bridge);
    u->asks_for = u->args.ref.handle;
    holds_asking (u->bridge, u->asks_for);
}

static void
handle_open (fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
    struct upcall *u = upcall_new (req, ino, &sys_getattr, bridge_finish_open);
    if (!u)
        return;
    u->fi = *fi;
    ask_to_hold (u);
    if (fi->flags & O_TRUNC)
        bridge_truncate (u, 0, finish_open_truncated);
    else
        bridge_ask_attr (u, bridge_finish_open);
}

/* --- create --------------------------------------------------------------------------------- */

static void
answer_create (struct upcall *u, struct sys_op *op)
{
    struct bridge *b = u->bridge;
    struct fuse_entry_param e;
    if (op->error) {
        upcall_error (u, op->error);
        return;
    }
    bridge_entry (b, &op->result, 0, &e);
    holds_opened (b, op->result.ref.handle);
    nodes_open (&b->nodes, op->result.ref.handle, &op->result.attr, bridge_now (b));
    if (fuse_reply_create (u->req, &e, &u->fi) == -ENOENT) /* the caller is gone: no RELEASE follows */
        holds_closed (b, op->result.ref.handle);
    upcall_end (u);
}

static void
finish_create_truncated (struct upcall *u, struct sys_op *op)
{
    if (op->error)
        upcall_error (u, op->error);
    else
        bridge_ask_attr (u, answer_create);
}

/* Somebody else made the file since the kernel looked: it is opened. */
static void
finish_create_found (struct upcall *u, struct sys_op *op)
{
    if (op->error || op->result.attr.type != OBJ_METAFILE) {
        upcall_error (u, op->error ? op->error : -EEXIST);
        return;
    }
    u->args.ref = op->result.ref;
    ask_to_hold (u);
    if (u->fi.flags & O_TRUNC)
        bridge_truncate (u, 0, finish_create_truncated);
    else
        bridge_ask_attr (u, answer_create);
}

static void
finish_create (struct upcall *u, struct sys_op *op)
{
    if (op->error == -EEXIST && !(u->fi.flags & O_EXCL)) {
        u->args.flags = PVFS2_LOOKUP_LINK_NO_FOLLOW;
        upcall_next (u, &sys_lookup, finish_create_found);
    } else if (op->error || bridge_complete (&op->result)) {
        answer_create (u, op);
    } else {
        u->args.ref = op->result.ref;
        bridge_ask_attr (u, answer_create);
    }
}

static void
handle_create (fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode,
               struct fuse_file_info *fi)
{
    struct upcall *u = upcall_new (req, parent, &sys_create, finish_create);
    if (!u)
        return;
    u->args.name = upcall_string (u, name);
    if (!u->args.name)
        return;
    u->fi = *fi;
    u->args.hold = holds_stamp (u->bridge);
    u->changes = true;
    u->args.attr.mask = PVFS_ATTR_SYS_ALL_SETABLE;
    u->args.attr.owner = u->uid;
    u->args.attr.group = u->gid;
    u->args.attr.perms = mode & 07777;
    upcall_post (u);
}

/* --- data ----------------------------------------------------------------------------------- */

/* False: answered. */
static bool
prepare_io (struct upcall *u, void *memory, size_t size, off_t offset, enum PVFS_io_type type)
{
    u->args.file_req = PVFS_BYTE;
    u->args.buffer = memory;
    u->args.offset = offset;
    u->args.io_type = type;
    if (memory && PVFS_Request_contiguous ((int32_t)size, PVFS_BYTE, &u->args.mem_req) == 0)
        return true;
    upcall_error (u, -ENOMEM);
    return false;
}

static void
finish_read (struct upcall *u, struct sys_op *op)
{
    if (op->error) {
        upcall_error (u, op->error);
        return;
    }
    fuse_reply_buf (u->req, u->buffer, (size_t)op->bytes);
    if (op->bytes > 0)
        bridge_accessed (u->bridge, u->args.ref.handle, false);
    upcall_end (u);
}

static void
handle_read (fuse_req_t req, fuse_ino_t ino, size_t size, off_t offset, struct fuse_file_info *fi)
{
    struct upcall *u = upcall_new (req, ino, &sys_io, finish_read);
    if (!u)
        return;
    if (size > BRIDGE_IO_MAX)
        size = BRIDGE_IO_MAX;
    u->size = size;
    u->buffer = bridge_buffer (u->bridge, size);
    if (prepare_io (u, u->buffer, size, offset, PVFS_IO_READ))
        upcall_post (u);
}

static void
answer_write (struct upcall *u)
{
    fuse_reply_write (u->req, u->used);
    upcall_end (u);
}

static void
finish_kill (struct upcall *u, struct sys_op *op)
{
    if (op->error)
        gossip_err ("cannot clear the set-id bits of %llx after a write: %s",
                    (unsigned long long)u->args.ref.handle, strerror (-op->error));
    /* Attributes only (offset -1): takes no lock that the waiting writer could hold. */
    fuse_lowlevel_notify_inval_inode (u->bridge->session, bridge_ino (u->bridge, u->args.ref.handle), -1, 0);
    answer_write (u);
}

/* Written by somebody without CAP_FSETID: set-user-id goes, set-group-id where the group may execute. As root: it is the
 * file system that does it. */
static void
finish_kill_asked (struct upcall *u, struct sys_op *op)
{
    uint32_t mode = op->error ? 0 : op->result.attr.mode;
    uint32_t kill = (mode & 04000) | ((mode & 010) ? mode & 02000 : 0);
    if (!op->error)
        nodes_saw (&u->bridge->nodes, u->args.ref.handle, &op->result.attr, bridge_now (u->bridge));
    if (!kill) {
        answer_write (u);
        return;
    }
    u->uid = 0;
    u->args.attr.mask = PVFS_ATTR_SYS_PERM;
    u->args.attr.perms = mode & ~kill & 07777;
    nodes_note_unknown (&u->bridge->nodes, u->args.ref.handle);
    upcall_next (u, &sys_setattr, finish_kill);
}

/* The kernel says so with every write of an unprivileged caller; what was seen a moment ago spares the question. */
static bool
must_kill_setid (const struct upcall *u)
{
    const struct fuse_in_header *in = (const void *)slots_message (&u->bridge->slots, u->slot);
    const struct fuse_write_in *arg = (const void *)(in + 1);
    return (arg->write_flags & FUSE_WRITE_KILL_SUIDGID)
           && !nodes_has_no_setid (&u->bridge->nodes, u->args.ref.handle, bridge_now (u->bridge), NSEC_PER_SEC);
}

static void
finish_write (struct upcall *u, struct sys_op *op)
{
    if (op->error) {
        upcall_error (u, op->error);
        return;
    }
    nodes_wrote (&u->bridge->nodes, u->args.ref.handle, u->args.offset + op->bytes);
    u->used = (size_t)op->bytes;
    if (u->kill_setid) {
        bridge_ask_attr (u, finish_kill_asked);
        return;
    }
    answer_write (u);
}

/* O_APPEND goes behind what the server says, at most this old, not behind the size that the kernel remembers. */
static const uint64_t append_age = NSEC_PER_SEC;

static void
finish_append_size (struct upcall *u, struct sys_op *op)
{
    struct bridge *b = u->bridge;
    if (op->error) {
        upcall_error (u, op->error);
        return;
    }
    nodes_note_end (&b->nodes, u->args.ref.handle, op->result.attr.size, bridge_now (b));
    u->args.offset = op->result.attr.size;
    upcall_next (u, &sys_io, finish_write);
}

static void
post_append (struct upcall *u)
{
    struct bridge *b = u->bridge;
    int64_t end;
    if (nodes_end (&b->nodes, u->args.ref.handle, bridge_now (b), append_age, &end)) {
        u->args.offset = end;
        upcall_post (u);
    } else {
        bridge_ask_attr (u, finish_append_size);
    }
}

/* `data` lies in the message's slot, which the upcall keeps until its operation has ended. */
static void
handle_write (fuse_req_t req, fuse_ino_t ino, const char *data, size_t size, off_t offset,
              struct fuse_file_info *fi)
{
    struct upcall *u = upcall_new (req, ino, &sys_io, finish_write);
    if (!u)
        return;
    u->changes = true;
    u->kill_setid = must_kill_setid (u);
    if (!prepare_io (u, (void *)data, size, offset, PVFS_IO_WRITE))
        return;
    if (fi->flags & O_APPEND)
        post_append (u);
    else
        upcall_post (u);
}

/* --- the end of a file ---------------------------------------------------------------------- */

/* Nothing is kept back here: the kernel need not ask again. */
static void
handle_flush (fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
    fuse_reply_err (req, ENOSYS);
}

static void
handle_release (fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
    struct bridge *b = fuse_req_userdata (req);
    fuse_reply_err (req, 0);
    holds_closed (b, bridge_ref (b, ino).handle);
}

static void
finish_fsync (struct upcall *u, struct sys_op *op)
{
    upcall_error (u, op->error);
}

static void
handle_fsync (fuse_req_t req, fuse_ino_t ino, int datasync, struct fuse_file_info *fi)
{
    struct upcall *u = upcall_new (req, ino, &sys_flush, finish_fsync);
    if (u)
        upcall_post (u);
}

void
bridge_file_ops (struct fuse_lowlevel_ops *ops)
{
    ops->open = handle_open;
    ops->create = handle_create;
    ops->read = handle_read;
    ops->write = handle_write;
    ops->flush = handle_flush;
    ops->release = handle_release;
    ops->fsync = handle_fsync;
    ops->fsyncdir = handle_fsync;
}
