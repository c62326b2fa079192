/*
 * bridge: the kernel's requests become system interface operations. A FUSE request becomes a struct
 * upcall with its arguments, the upcall a struct sys_op on the core's client instance; when that
 * ends, the upcall's `finish` answers (or posts the next operation of the same request).
 *
 * One thread, the core's reactor. An upcall owns its slot (the message's bytes), its copied names
 * and its read buffer until its operation has ended, even if the caller was answered before
 * (interrupt).
 */
#ifndef KERNEL_BRIDGE_BRIDGE_H
#define KERNEL_BRIDGE_BRIDGE_H

#define FUSE_USE_VERSION 312
#include <fuse3/fuse_lowlevel.h>

#include "client/sysint/client.h"
#include "common/base/arena.h"
#include "kernel-bridge/atimes.h"
#include "kernel-bridge/holds.h"
#include "kernel-bridge/mount-options.h"
#include "kernel-bridge/nodes.h"
#include "kernel-bridge/slots.h"

enum {
    BRIDGE_IO_MAX = SLOT_PAYLOAD, /* max_write and max_read */
    BRIDGE_READ_BATCH = 16,       /* requests per turn of the loop; then the sockets have theirs */
    BRIDGE_MAX_BACKGROUND = 128,
    BRIDGE_CONGESTION = 96,
    BRIDGE_SPARE_BUFFERS = 16,    /* read buffers of BRIDGE_IO_MAX kept for the next read */
    BRIDGE_SMALL_READ = 64 << 10, /* up to here from malloc */
    BRIDGE_DIR_BATCH = 256,       /* entries asked for at once */
    BRIDGE_XATTR_ROOM = 64 << 10,
    BRIDGE_GROUP_CACHE = 64,
};

struct group_entry {
    int32_t pid;
    uint32_t uid, gid;
    uint64_t read_at;
    uint32_t ngroups;
    uint32_t groups[PVFS_REQ_LIMIT_GROUPS];
};

struct bridge {
    struct client *client;
    struct reactor *reactor;
    struct volume *volume;
    const struct mount_options *options;
    struct fuse_session *session;
    struct reactor_fd fuse; /* fd -1: not attached */
    struct slots slots;
    struct slot *current; /* of the message in work; an upcall takes it */
    bool init_differs; /* from the first core's answer */
    bool leaving;      /* nothing more is read from the kernel */
    bool answering_init, kill_offered; /* the kernel leaves set-id bits to us (KILLPRIV_V2) */
    struct list upcalls;
    struct nodes nodes;
    struct atimes atimes;
    struct holds holds;
    struct hash_table dirs; /* open directories with what was read ahead */
    uint64_t next_dir;
    uint64_t changes; /* counts what this mount changed: older attributes may be false */
    void *spare[BRIDGE_SPARE_BUFFERS];
    unsigned nspare;
    struct group_entry groups[BRIDGE_GROUP_CACHE];
    struct reactor_timer
        watch; /* set while there are upcalls: looks after the callers of old ones */
    void (*ended) (struct bridge *b); /* the kernel has let go of the session */
};

struct upcall {
    struct list link;
    struct bridge *bridge;
    fuse_req_t req; /* NULL: answered */
    struct slot *slot;
    struct arena arena; /* names */
    uint32_t uid, gid;
    int32_t pid;
    const struct sys_op_type *type;
    struct sys_args args;
    void (*finish) (struct upcall *u, struct sys_op *op); /* op->error says how it went */
    struct sys_op *op;                                    /* running */
    bool with_groups;                                     /* supplementary groups were sent along */
    bool needs_groups;                                    /* they matter even if nothing is refused */
    bool changes;                                         /* modifies something */
    uint64_t since;                                       /* when it came */
    uint64_t interrupted_at;                              /* 0 = not */
    struct reactor_timer interrupt;
    /* of single requests */
    struct fuse_file_info fi;
    uint64_t asks_for; /* open: the file that it asks to hold; 0: none */
    uint32_t to_set; /* setattr: what is left to do */
    void *buffer;    /* read, xattr: from bridge_buffer */
    size_t size;     /* of the request; of the buffer */
    off_t offset;
    uint64_t dir; /* readdir: which open directory … */
    bool plus;
    uint64_t asked_at, changes_then; /* … and what was true when the servers were asked */
    PVFS_ds_keyval key, val;         /* xattrs */
    bool kill_setid;                 /* write: set-id bits must go */
    size_t used;                     /* listxattr: bytes gathered in buffer */
    PVFS_sysresp_statfs statfs;
};

/* --- session.c ------------------------------------------------------------------------------ */

/* With the slots mapped. */
int bridge_init (struct bridge *b, struct client *c, struct volume *v,
                 const struct mount_options *o);
void bridge_fini (struct bridge *b); /* accepts a half-built one */
int bridge_map_slots (struct bridge *b, int slots_fd);
/* Takes the kernel's descriptor and feeds the INIT that the supervisor has read; answers it, and begins with what an earlier core left.
 * -EPROTO: the kernel's or the first core's FUSE is another. */
int bridge_attach (struct bridge *b, int fuse_fd, const void *init, size_t size);
/* Reads no more requests; `upcalls` runs empty unless a server is silent. */
void bridge_leave (struct bridge *b);
/* A request is answered and nothing of it runs. NULL is fine. */
void bridge_slot_free (struct bridge *b, struct slot *slot);
/* A slot has become free. */
void bridge_go_on (struct bridge *b);
void *bridge_buffer (struct bridge *b, size_t size); /* NULL: out of memory */
void bridge_buffer_free (struct bridge *b, void *p, size_t size);

/* --- upcall.c ------------------------------------------------------------------------------- */

/* For a request in work; answers ENOMEM and returns NULL if it cannot. args.ref is set to the node.
 */
struct upcall *upcall_new (fuse_req_t req, fuse_ino_t ino, const struct sys_op_type *type,
                           void (*finish) (struct upcall *, struct sys_op *));
char *upcall_string (
    struct upcall *u,
    const char *s); /* a copy; NULL: out of memory, the upcall was answered and is gone */
/* Runs u->type with u->args. May end the upcall before it returns. */
void upcall_post (struct upcall *u);
/* The next operation of the same request. */
void upcall_next (struct upcall *u, const struct sys_op_type *type,
                  void (*finish) (struct upcall *, struct sys_op *));
void upcall_end (struct upcall *u);            /* answered */
void upcall_error (struct upcall *u, int err); /* answers with a negative errno or 0, and ends */
void upcall_watch_init (struct bridge *b);

/* --- caller.c: what /proc knows of a caller ------------------------------------------------- */

/* How long a caller, by its pending signals, lets its operation go on before it wants its EINTR, in
 * ns. */
uint64_t caller_patience (int32_t pid);
bool caller_is_leaving (int32_t pid); /* killed, gone, or asked to end */
/* Supplementary groups, at most one second old. NULL: unknown or none. */
const struct group_entry *caller_groups (struct bridge *b, int32_t pid, uint32_t uid, uint32_t gid);

/* --- atimes.c ------------------------------------------------------------------------------- */

void bridge_atimes_init (struct bridge *b);
void bridge_atimes_fini (struct bridge *b);
/* Something was read of it; if the mount's rule says so, its access time changes. */
void bridge_accessed (struct bridge *b, uint64_t handle, bool directory);
/* The wall clock of an access that no server knows yet; 0: none. */
uint64_t bridge_access_of (const struct bridge *b, uint64_t handle);
/* Its access time is being set: what was read before does not count any more. */
void bridge_access_forget (struct bridge *b, uint64_t handle);

/* --- convert.c ------------------------------------------------------------------------------ */

PVFS_object_ref bridge_ref (const struct bridge *b, fuse_ino_t ino);
fuse_ino_t bridge_ino (const struct bridge *b, obj_handle handle);
uint32_t bridge_type_mode (uint8_t object_type);
void bridge_stat (const struct bridge *b, const struct client_attr *a, struct stat *st);
void bridge_entry (struct bridge *b, const struct client_attr *a, uint64_t age,
                   struct fuse_entry_param *e);
bool bridge_complete (const struct client_attr *a); /* the size is known, or not needed */
double bridge_attr_timeout (const struct bridge *b);
uint64_t bridge_now (struct bridge *b);

/* --- the handlers: names.c attributes.c files.c directories.c xattrs.c ---------------------- */

void bridge_names_ops (struct fuse_lowlevel_ops *ops);
void bridge_attr_ops (struct fuse_lowlevel_ops *ops);
void bridge_file_ops (struct fuse_lowlevel_ops *ops);
void bridge_dir_ops (struct fuse_lowlevel_ops *ops);
void bridge_dirs_fini (struct bridge *b);
void bridge_xattr_ops (struct fuse_lowlevel_ops *ops);
/* finish: answers an open or create with the attributes in op->result. */
void bridge_finish_open (struct upcall *u, struct sys_op *op);
/* Asks for all attributes of u->args.ref, then finish. */
void bridge_ask_attr (struct upcall *u, void (*finish) (struct upcall *, struct sys_op *));
/* Starts an operation on u that sets the size of u->args.ref. */
void bridge_truncate (struct upcall *u, off_t size,
                      void (*finish) (struct upcall *, struct sys_op *));

#endif
