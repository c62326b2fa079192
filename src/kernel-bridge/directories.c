/*
 * Directories: opendir, readdir, readdirplus, releasedir. The kernel asks in small pieces; the
 * servers are asked for BRIDGE_DIR_BATCH entries at once, and an open directory keeps the rest (the
 * ended operation with its arena) for the following pieces. Attributes in it are handed out only
 * while they are young and this mount has changed nothing since they were asked for: a size from
 * before a write would cut the file in the kernel's eyes.
 *
 * Positions: 0 the beginning, 1 after ".", 2 after "..", else a server's cookie (never below 2^32).
 * Entries of equal cookie travel together, in the last reply that has room for all of them.
 *
 * Open directories are known by number, so that the state may be missing: then it is made anew.
 */
#include "kernel-bridge/bridge.h"

enum { AFTER_DOT = 1, AFTER_DOTDOT = 2, ENTRY_SIZE_GUESS = 176 };

struct dir {
    struct hash_node hash;
    uint64_t id;
    struct sys_op *batch; /* NULL: nothing read ahead */
    uint64_t token;       /* where the batch begins */
    uint64_t asked_at;
    uint64_t changes; /* of the bridge when it was asked for */
    bool plus;
    uint32_t next; /* the entry that follows what was handed out last */
};

/* One reply being filled. */
struct piece {
    struct upcall *u;
    char *buffer;
    size_t used, size;
    uint64_t age;
    bool attrs; /* the batch's attributes may be used */
};

/* --- open directories ----------------------------------------------------------------------- */

static struct dir *
find_dir (struct bridge *b, uint64_t id)
{
    for (struct hash_node *h = hash_first (&b->dirs, hash_u64 (id)); h; h = hash_next (h)) {
        struct dir *d = container_of (h, struct dir, hash);
        if (d->id == id)
            return d;
    }
    return NULL;
}

/* NULL: out of memory; the directory can be read without. */
static struct dir *
find_or_add_dir (struct bridge *b, uint64_t id)
{
    struct dir *d = find_dir (b, id);
    if (d)
        return d;
    d = calloc (1, sizeof *d);
    if (d && hash_insert (&b->dirs, &d->hash, hash_u64 (id)) < 0) {
        free (d);
        return NULL;
    }
    if (d)
        d->id = id;
    return d;
}

static void
drop_batch (struct dir *d)
{
    if (d->batch)
        sys_op_free (d->batch);
    d->batch = NULL;
}

static void
drop_dir (struct bridge *b, struct dir *d)
{
    drop_batch (d);
    hash_remove (&b->dirs, &d->hash);
    free (d);
}

void
bridge_dirs_fini (struct bridge *b)
{
    size_t i;
    hash_for_each (&b->dirs, i, h)
        drop_dir (b, container_of (h, struct dir, hash));
    hash_fini (&b->dirs);
}

static void
handle_opendir (fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
    struct bridge *b = fuse_req_userdata (req);
    fi->fh = b->next_dir++;
    fuse_reply_open (req, fi);
}

static void
handle_releasedir (fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
    struct bridge *b = fuse_req_userdata (req);
    struct dir *d = find_dir (b, fi->fh);
    if (d)
        drop_dir (b, d);
    fuse_reply_err (req, 0);
}

/* --- filling a reply ------------------------------------------------------------------------ */

/* False: no room. */
static bool
add (struct piece *p, const char *name, const struct fuse_entry_param *e, uint64_t position)
{
    size_t room = p->size - p->used;
    size_t n = p->u->plus ? fuse_add_direntry_plus (p->u->req, p->buffer + p->used, room, name, e,
                                                    (off_t)position)
                          : fuse_add_direntry (p->u->req, p->buffer + p->used, room, name, &e->attr,
                                               (off_t)position);
    if (n > room)
        return false;
    p->used += n;
    return true;
}

static bool
add_dots (struct piece *p, off_t from)
{
    uint64_t self = p->u->args.ref.handle, parent = nodes_parent (&p->u->bridge->nodes, self);
    struct fuse_entry_param e = { .attr = { .st_ino = self, .st_mode = S_IFDIR } };
    struct fuse_entry_param up = { .attr = { .st_ino = parent ? parent : self, .st_mode = S_IFDIR } };
    return (from >= AFTER_DOT || add (p, ".", &e, AFTER_DOT))
           && (from >= AFTER_DOTDOT || add (p, "..", &up, AFTER_DOTDOT));
}

static bool
add_entry (struct piece *p, const struct client_dirent *d)
{
    struct fuse_entry_param e = { .attr = { .st_ino = d->ref.handle,
                                            .st_mode = bridge_type_mode (d->type) } };
    if (p->u->plus && p->attrs && d->have_attr && bridge_complete (&d->attr))
        bridge_entry (p->u->bridge, &d->attr, p->age, &e);
    else if (d->have_attr)
        e.attr.st_mode |= d->attr.attr.mode & S_IFMT; /* special files */
    return add (p, d->name, &e, d->cookie);
}

/* Entries from `first` on, as many as fit. Returns the first that was left out. */
static uint32_t
add_entries (struct piece *p, const struct sys_op *batch, uint32_t first)
{
    uint32_t i, begin = first; /* of the run with the present cookie */
    size_t begin_used = p->used;
    for (i = first; i < batch->ndirents; i++) {
        if (i > first && batch->dirents[i].cookie != batch->dirents[i - 1].cookie) {
            begin = i;
            begin_used = p->used;
        }
        if (!add_entry (p, &batch->dirents[i]))
            break;
    }
    if (i < batch->ndirents && i > begin && begin > first) {
        p->used = begin_used; /* the whole run goes into the next reply */
        i = begin;
    }
    return i;
}

/* Where in the batch the position is; false: not in it. */
static bool
locate (const struct dir *d, off_t position, uint32_t *ret)
{
    const struct sys_op *batch = d->batch;
    uint64_t token = position <= AFTER_DOTDOT ? 0 : (uint64_t)position;
    if (token == d->token) {
        *ret = 0;
        return true;
    }
    if (d->next > 0 && d->next <= batch->ndirents && batch->dirents[d->next - 1].cookie == token) {
        *ret = d->next;
        return true;
    }
    for (uint32_t i = batch->ndirents; i-- > 0;)
        if (batch->dirents[i].cookie == token) {
            *ret = i + 1;
            return true;
        }
    return false;
}

/* --- answering ------------------------------------------------------------------------------ */

/* Sends what there is of the batch. False: it does not have what is wanted. */
static bool
answer_from (struct upcall *u, struct dir *d)
{
    struct bridge *b = u->bridge;
    uint32_t first;
    if (!locate (d, u->offset, &first) || (first == d->batch->ndirents && !d->batch->dir_end))
        return false;
    struct piece p = {
        .u = u, .buffer = u->buffer, .size = u->size, .age = bridge_now (b) - d->asked_at
    };
    p.attrs = d->plus && d->changes == b->changes;
    if (add_dots (&p, u->offset))
        d->next = add_entries (&p, d->batch, first);
    fuse_reply_buf (u->req, u->buffer, p.used);
    bridge_accessed (b, u->args.ref.handle, true);
    upcall_end (u);
    return true;
}

static void
finish_readdir (struct upcall *u, struct sys_op *op)
{
    struct dir *d = op->error ? NULL : find_or_add_dir (u->bridge, u->dir);
    if (!d) {
        upcall_error (u, op->error ? op->error : -ENOMEM);
        return;
    }
    drop_batch (d);
    d->batch = op;
    op->user = NULL; /* kept */
    d->token = u->offset <= AFTER_DOTDOT ? 0 : (uint64_t)u->offset;
    d->asked_at = u->asked_at;
    d->changes = u->changes_then;
    d->plus = u->plus;
    d->next = 0;
    if (op->ndirents == 0)
        op->dir_end = true;
    if (!answer_from (u, d))
        upcall_error (u, -EIO);
}

/* After a change by this mount the rest of a batch with attributes is worth little: no more than
 * the reply holds. */
static int32_t
wanted_entries (const struct upcall *u, const struct dir *d)
{
    if (u->plus && d && d->batch && d->plus && d->changes != u->bridge->changes)
        return (int32_t)(u->size / ENTRY_SIZE_GUESS) + 1;
    return BRIDGE_DIR_BATCH;
}

/* May this piece come from what was read ahead? Attributes that are too old are better asked for
 * anew; names are as they were when the directory was read, which is all that readdir promises. */
static bool
batch_serves (const struct upcall *u, const struct dir *d)
{
    struct bridge *b = u->bridge;
    if (!d || !d->batch || u->offset == 0)
        return false;
    return !u->plus
           || (d->plus && d->changes == b->changes
               && bridge_now (b) - d->asked_at < b->options->attr_timeout);
}

static void
read_directory (fuse_req_t req, fuse_ino_t ino, size_t size, off_t offset, uint64_t dir, bool plus)
{
    struct upcall *u =
        upcall_new (req, ino, plus ? &sys_readdirplus : &sys_readdir, finish_readdir);
    if (!u)
        return;
    u->plus = plus;
    u->dir = dir;
    u->offset = offset;
    u->size = MIN (size, (size_t)BRIDGE_IO_MAX);
    u->buffer = bridge_buffer (u->bridge, u->size);
    if (!u->buffer) {
        upcall_error (u, -ENOMEM);
        return;
    }
    struct dir *d = find_dir (u->bridge, dir);
    if (batch_serves (u, d) && answer_from (u, d))
        return;
    u->args.token = offset <= AFTER_DOTDOT ? PVFS_READDIR_START : (PVFS_ds_position)offset;
    u->args.count = wanted_entries (u, d);
    u->args.mask = PVFS_ATTR_SYS_ALL;
    u->asked_at = bridge_now (u->bridge);
    u->changes_then = u->bridge->changes;
    upcall_post (u);
}

static void
handle_readdir (fuse_req_t req, fuse_ino_t ino, size_t size, off_t offset,
                struct fuse_file_info *fi)
{
    read_directory (req, ino, size, offset, fi->fh, false);
}

static void
handle_readdirplus (fuse_req_t req, fuse_ino_t ino, size_t size, off_t offset,
                    struct fuse_file_info *fi)
{
    read_directory (req, ino, size, offset, fi->fh, true);
}

void
bridge_dir_ops (struct fuse_lowlevel_ops *ops)
{
    ops->opendir = handle_opendir;
    ops->readdir = handle_readdir;
    ops->readdirplus = handle_readdirplus;
    ops->releasedir = handle_releasedir;
}
