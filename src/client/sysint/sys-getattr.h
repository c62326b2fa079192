/*
 * Attributes and layouts inside other operations: two machines to CALL, and what to do with what servers say.
 *
 * A caller hands the machine its wish with sm_set_arg before the edge into the CALL state; the wish lies in the caller's frame (or
 * arena) and holds the results, whose memory is the operation's arena. Both machines have frames of their own.
 */
#ifndef SYS_GETATTR_H
#define SYS_GETATTR_H

#include "client/sysint/client.h"

/* --- where an object's parts are ------------------------------------------------------------------------------------------- */

/* Argument of get_layout_sm: type, layout or buckets, and a capability – from the cache or with one getattr.
 * -EACCES: the server grants no capability with cap_mask. -ESTALE, -ENOENT: the object is gone. */
struct layout_wish {
    /* in */
    PVFS_object_ref ref;
    uint32_t cap_mask;   /* CAP_… that a file's capability must grant; 0: any, or none */
    bool fresh;          /* ask the server, whatever is cached */
    /* out */
    uint8_t type;        /* enum object_type */
    bool stuffed;        /* one datafile, on the metafile's server. May be out of date when cached: another client may have
                            unstuffed it, so a read past the first strip or one that ends early asks again with `fresh` */
    bool cached;         /* came from the cache: after -ESTALE or -ENOENT from a server, sys_forget and ask again once */
    struct proto_layout layout;   /* files */
    uint32_t nbuckets;            /* directories: ascending by first_hash, the first begins at 0 */
    struct proto_bucket *buckets;
    const char *target;           /* symbolic links */
    struct proto_cap cap;         /* cap.fs = 0: none was asked for and none cached */
    obj_handle parent;            /* directories, only with fresh: the parent; the root has none or itself */
};
extern const struct sm_machine get_layout_sm;

/* After -PROTO_EMOVED: what is known of the directory's buckets is forgotten and asked for anew, at first at once, then after pauses that grow, until
 * the instance's op_timeout is over. Lies zeroed in the frame, whose destructor calls sys_moved_fini. An action's last words: SM_OK (perhaps later) is to
 * go to the state that asks, else the machine has failed. */
struct moved {
    struct client *client;
    struct job_timer timer;
    uint64_t pause, waited;
};
sm_event sys_moved (struct sm *sm, struct moved *m);
void sys_moved_fini (struct moved *m);

/* The bucket of a name. nbuckets > 0. */
obj_handle layout_dirdata (const struct layout_wish *dir, const char *name);

/* --- attributes --------------------------------------------------------------------------------------------------------------- */

/* Argument of getattr_sm. One message, and for the size of a striped file one more to each server that holds datafiles, in
 * parallel with the first if the layout is known; likewise, afterwards, for a directory of several buckets. */
struct getattr_wish {
    /* in */
    PVFS_object_ref ref;
    bool want_size;
    uint64_t hold; /* as sys_args' */
    const struct proto_info *known; /* what a server said just now, or NULL; need not outlive the CALL state's first step */
    /* out */
    struct client_attr *ret;
};
extern const struct sm_machine getattr_sm;

/* An info whose memory is the operation's, as a result. */
void client_attr_set (struct sys_op *op, struct client_attr *ret, PVFS_object_ref ref, const struct proto_info *info);
/* What an object's own record does not tell: the datafiles of a striped file, the buckets of a directory beside its first. NULL: nothing. */
const obj_handle *info_parts (struct sys_op *op, const struct proto_info *info, bool want_size, uint32_t *ret_n);
/* Size and times out of those (in their order), of a directory also its counts. The first item's error. */
struct attr_item;
int info_combine (struct sys_op *op, struct proto_info *info, const struct attr_item *items, uint32_t n);

/* --- what servers say ----------------------------------------------------------------------------------------------------------- */

/* Puts it all into the cache. */
void sys_note_info (struct sys_op *op, PVFS_fs_id fs, const struct proto_info *info);
/* Size and times have changed (write, truncate, setattr) or the object is gone (-ESTALE, -ENOENT). */
void sys_forget_attr (struct sys_op *op, PVFS_object_ref ref);
void sys_forget (struct sys_op *op, PVFS_object_ref ref);
/* -ESTALE or -ENOENT */
bool sys_is_stale (int err);

#endif
