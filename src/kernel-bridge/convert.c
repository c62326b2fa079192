/*
 * Between the kernel's words and ours: node ids (= handles, but 1 is the root), modes, struct stat,
 * timeouts.
 */
#include "kernel-bridge/bridge.h"

enum { DIRECTORY_SIZE = 4096, BLOCK_SIZE = 64 << 10 };

PVFS_object_ref
bridge_ref (const struct bridge *b, fuse_ino_t ino)
{
    return (PVFS_object_ref){ .handle = ino == FUSE_ROOT_ID ? b->volume->root : ino,
                              .fs_id = (PVFS_fs_id)b->volume->fs_id };
}

fuse_ino_t
bridge_ino (const struct bridge *b, obj_handle handle)
{
    return handle == b->volume->root ? FUSE_ROOT_ID : handle;
}

uint32_t
bridge_type_mode (uint8_t type)
{
    switch (type) {
    case OBJ_DIRECTORY:
        return S_IFDIR;
    case OBJ_SYMLINK:
        return S_IFLNK;
    case OBJ_SPECIAL:
        return 0; /* in the mode itself */
    default:
        return S_IFREG;
    }
}

/* What a read has made of it that no server knows yet. */
static uint64_t
access_time (const struct bridge *b, const struct client_attr *c)
{
    uint64_t read = bridge_access_of (b, c->ref.handle);
    return read ? object_later_time (c->attr.atime, read) : c->attr.atime;
}

void
bridge_stat (const struct bridge *b, const struct client_attr *c, struct stat *st)
{
    const struct object_attr *a = &c->attr;
    *st = (struct stat){
        .st_ino = c->ref.handle,
        .st_mode =
            bridge_type_mode (a->type) | (a->mode & (a->type == OBJ_SPECIAL ? 0177777 : 07777)),
        .st_nlink = a->nlink,
        .st_uid = a->uid,
        .st_gid = a->gid,
        .st_rdev = a->type == OBJ_SPECIAL ? a->dev : 0,
        .st_size = a->type == OBJ_DIRECTORY ? DIRECTORY_SIZE : a->size,
        .st_blksize = BLOCK_SIZE,
        .st_atim = timespec_of (access_time (b, c)),
        .st_mtim = timespec_of (a->mtime),
        .st_ctim = timespec_of (a->ctime),
    };
    if (a->type == OBJ_SYMLINK)
        st->st_mode |= 0777;
    st->st_blocks = a->type == OBJ_DIRECTORY ? DIRECTORY_SIZE / 512 : object_blocks (a);
}

static double
seconds (uint64_t ns)
{
    return (double)ns / (double)NSEC_PER_SEC;
}

double
bridge_attr_timeout (const struct bridge *b)
{
    return seconds (b->options->attr_timeout);
}

uint64_t
bridge_now (struct bridge *b)
{
    return reactor_now (b->reactor);
}

/* age: how long ago, in ns, the attributes were asked for. */
void
bridge_entry (struct bridge *b, const struct client_attr *a, uint64_t age,
              struct fuse_entry_param *e)
{
    uint64_t attr = b->options->attr_timeout, entry = b->options->entry_timeout;
    *e = (struct fuse_entry_param){
        .ino = bridge_ino (b, a->ref.handle),
        .attr_timeout = seconds (attr > age ? attr - age : 0),
        .entry_timeout = seconds (entry > age ? entry - age : 0),
    };
    bridge_stat (b, a, &e->attr);
    nodes_saw (&b->nodes, a->ref.handle, &a->attr, bridge_now (b) - age);
}

bool
bridge_complete (const struct client_attr *a)
{
    return a->attr.type != OBJ_NONE && (a->have_size || a->attr.type != OBJ_METAFILE);
}
