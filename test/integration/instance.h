/*
 * Explicit instances of the system interface for the integration tests: several clients in one
 * process, each driven only when the test says so. Calls return 0 or a negative errno.
 */
#ifndef TEST_INSTANCE_H
#define TEST_INSTANCE_H

#include "client/sysint/client.h"
#include "../lib/cluster.h"

enum { ROOT_HANDLE = 1048576 };

/* Caches off; time-outs of 60 s. */
static inline int
instance_open (const struct cluster *cl, struct client **ret, PVFS_fs_id *ret_fs)
{
    const char *addrs[CLUSTER_MAX];
    struct client_config cfg = { .op_timeout = 60 * NSEC_PER_SEC,
                                 .acache_timeout = CLIENT_TIMEOUT_OFF,
                                 .ncache_timeout = CLIENT_TIMEOUT_OFF };
    int r = client_new (&cfg, ret);
    if (r < 0)
        return r;
    return client_mount_wait (*ret, addrs, cluster_addrs (cl, addrs), "pvfs2-fs", ret_fs);
}

static inline struct sys_op *
instance_op (struct client *c, const struct sys_op_type *type, PVFS_object_ref ref)
{
    struct sys_op *op = sys_op_new (c, type, NULL);
    assert (op);
    op->a.fs = ref.fs_id;
    op->a.ref = ref;
    return op;
}

static inline bool
instance_at_once (void *arg)
{
    return true;
}

/* What a non-blocking call of the library does: the first steps of the operation, and nothing after
 * that. */
static inline void
instance_post (struct sys_op *op)
{
    struct reactor *r = op->client->reactor;
    reactor_enter (r);
    sys_op_post (op);
    reactor_wait (r, instance_at_once, NULL, 0);
    reactor_leave (r);
}

/* Runs and frees an operation. */
static inline int
instance_run (struct sys_op *op)
{
    int r = sys_op_run (op);
    sys_op_free (op);
    return r;
}

/* A new file in the root; ndfiles 0: as the volume says. */
static inline int
instance_create (struct client *c, PVFS_fs_id fs, const char *name, int ndfiles,
                 PVFS_object_ref *ret)
{
    struct sys_op *op =
        instance_op (c, &sys_create, (PVFS_object_ref){ .handle = ROOT_HANDLE, .fs_id = fs });
    op->a.name = name;
    op->a.attr.mask = PVFS_ATTR_SYS_PERM | (ndfiles ? PVFS_ATTR_SYS_DFILE_COUNT : 0);
    op->a.attr.perms = 0644;
    op->a.attr.dfile_count = ndfiles;
    int r = sys_op_run (op);
    if (r == 0)
        *ret = op->result.ref;
    sys_op_free (op);
    return r;
}

struct instance_io {
    PVFS_object_ref ref;
    enum PVFS_io_type type;
    int64_t offset;
    int32_t size;
    void *buffer;
};

/* The memory request lives until the operation is freed: *ret_mem is the caller's to free then. */
static inline struct sys_op *
instance_io_op (struct client *c, const struct instance_io *io, PVFS_Request *ret_mem)
{
    struct sys_op *op = instance_op (c, &sys_io, io->ref);
    int r = PVFS_Request_contiguous (io->size, PVFS_BYTE, ret_mem);
    assert (r == 0);
    op->a.file_req = PVFS_BYTE;
    op->a.mem_req = *ret_mem;
    op->a.offset = io->offset;
    op->a.buffer = io->buffer;
    op->a.io_type = io->type;
    return op;
}

/* Bytes moved, or a negative errno. */
static inline int64_t
instance_io_run (struct client *c, const struct instance_io *io)
{
    PVFS_Request mem;
    struct sys_op *op = instance_io_op (c, io, &mem);
    int r = sys_op_run (op);
    int64_t n = r < 0 ? r : op->bytes;
    sys_op_free (op);
    PVFS_Request_free (&mem);
    return n;
}

#endif
