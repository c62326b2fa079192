/*
 * Extended attributes. What the kernel asks of every file – ACLs, security labels – is answered
 * from the presence bits that came with the attributes, mostly without a message.
 */
#include "kernel-bridge/bridge.h"

/* Programs that are started are asked for security.capability; it need not be known to the second. */
#define CAPABILITY_AGE (30 * NSEC_PER_SEC)

enum { LIST_BATCH = 64 };

/* The presence bit that a name falls under. 0: none. */
static unsigned
presence_bit (const char *name)
{
    if (strcmp (name, "system.posix_acl_access") == 0)
        return OBJ_HAS_ACL_ACCESS;
    if (strcmp (name, "system.posix_acl_default") == 0)
        return OBJ_HAS_ACL_DEFAULT;
    return strncmp (name, "security.", 9) == 0 ? OBJ_HAS_SECURITY : 0;
}

static bool
known_absent (struct bridge *b, fuse_ino_t ino, const char *name)
{
    unsigned bit = presence_bit (name);
    uint64_t age = strcmp (name, "security.capability") == 0
                       ? CAPABILITY_AGE
                       : MAX (b->options->attr_timeout, NSEC_PER_SEC);
    return bit && nodes_lacks (&b->nodes, bridge_ref (b, ino).handle, bit, bridge_now (b), age);
}

static bool
is_acl (const char *name)
{
    return presence_bit (name) & (OBJ_HAS_ACL_ACCESS | OBJ_HAS_ACL_DEFAULT);
}

/* What this mount does not have, for no file: a program such as ls asks once and not for every file again. */
static bool
unsupported (const struct bridge *b, const char *name)
{
    if (is_acl (name))
        return b->options->no_acl;
    return strncmp (name, "system.", 7) == 0 || strcmp (name, "security.selinux") == 0;
}

static int
settable (const struct bridge *b, const char *name)
{
    if (unsupported (b, name))
        return -EOPNOTSUPP;
    return strlen (name) >= PVFS_MAX_XATTR_NAMELEN ? -ERANGE : 0;
}

/* An upcall with the name as its key. NULL: answered. */
static struct upcall *
new_with_key (fuse_req_t req, fuse_ino_t ino, const char *name, const struct sys_op_type *type,
              void (*finish) (struct upcall *, struct sys_op *))
{
    struct upcall *u = upcall_new (req, ino, type, finish);
    if (!u)
        return NULL;
    u->args.name = upcall_string (u, name);
    if (!u->args.name)
        return NULL;
    u->key.buffer = (void *)u->args.name;
    u->key.buffer_sz = u->key.read_sz = (int32_t)strlen (name) + 1;
    u->args.keys = &u->key;
    u->args.vals = &u->val;
    u->args.count = 1;
    return u;
}

static int
key_error (const struct sys_op *op)
{
    return op->error ? op->error : op->key_errors ? op->key_errors[0] : 0;
}

/* --- get ------------------------------------------------------------------------------------ */

static void
finish_get (struct upcall *u, struct sys_op *op)
{
    struct bridge *b = u->bridge;
    int err = key_error (op);
    size_t length = (size_t)u->val.read_sz;
    if (err == -ENODATA)
        nodes_note_absent (&b->nodes, u->args.ref.handle, presence_bit (u->args.name),
                           bridge_now (b));
    if (!err && u->used && length > u->used)
        err = -ERANGE;
    if (err) {
        upcall_error (u, err);
        return;
    }
    if (u->used == 0)
        fuse_reply_xattr (u->req, length);
    else
        fuse_reply_buf (u->req, u->buffer, length);
    upcall_end (u);
}

/* size 0: only the length is wanted. */
static void
handle_get (fuse_req_t req, fuse_ino_t ino, const char *name, size_t size)
{
    struct bridge *b = fuse_req_userdata (req);
    if (unsupported (b, name)) {
        fuse_reply_err (req, EOPNOTSUPP);
        return;
    }
    if (known_absent (b, ino, name)) {
        fuse_reply_err (req, ENODATA);
        return;
    }
    struct upcall *u = new_with_key (req, ino, name, &sys_geteattr, finish_get);
    if (!u)
        return;
    u->used = size;
    u->size = BRIDGE_XATTR_ROOM;
    u->buffer = bridge_buffer (b, u->size);
    u->val.buffer = u->buffer;
    u->val.buffer_sz = BRIDGE_XATTR_ROOM;
    if (u->buffer)
        upcall_post (u);
    else
        upcall_error (u, -ENOMEM);
}

/* --- set, remove ---------------------------------------------------------------------------- */

static void
finish_change (struct upcall *u, struct sys_op *op)
{
    nodes_note_unknown (&u->bridge->nodes, u->args.ref.handle);
    upcall_error (u, key_error (op));
}

/* `value` is copied: the message's slot may be another by the time it is sent. */
static void
handle_set (fuse_req_t req, fuse_ino_t ino, const char *name, const char *value, size_t size,
            int flags)
{
    int err = settable (fuse_req_userdata (req), name);
    if (err) {
        fuse_reply_err (req, -err);
        return;
    }
    struct upcall *u = new_with_key (req, ino, name, &sys_seteattr, finish_change);
    if (!u)
        return;
    u->val.buffer = arena_memdup (&u->arena, value, size);
    u->val.buffer_sz = u->val.read_sz = (int32_t)size;
    u->needs_groups = is_acl (name); /* the set-group-id bit hangs on them */
    u->args.flags = flags; /* XATTR_CREATE and XATTR_REPLACE are PVFS's numbers too */
    u->changes = true;
    if (u->val.buffer || size == 0)
        upcall_post (u);
    else
        upcall_error (u, -ENOMEM);
}

static void
handle_remove (fuse_req_t req, fuse_ino_t ino, const char *name)
{
    struct bridge *b = fuse_req_userdata (req);
    if (unsupported (b, name)) {
        fuse_reply_err (req, EOPNOTSUPP);
        return;
    }
    if (known_absent (b, ino, name) && !is_acl (name)) { /* no access list may be removed */
        fuse_reply_err (req, ENODATA);
        return;
    }
    struct upcall *u = new_with_key (req, ino, name, &sys_deleattr, finish_change);
    if (!u)
        return;
    if (strcmp (name, "security.capability") == 0)
        u->uid = 0; /* the kernel has asked for CAP_SETFCAP, unless it is itself that takes it away, at a write by anybody */
    u->changes = true;
    upcall_post (u);
}

/* --- list ----------------------------------------------------------------------------------- */

static bool
visible (const struct upcall *u, const char *name)
{
    if (is_acl (name) && u->bridge->options->no_acl)
        return false;
    return strncmp (name, "trusted.", 8) != 0 || u->uid == 0;
}

/* -ERANGE: more than the largest list that Linux knows. */
static int
gather (struct upcall *u, const struct sys_op *op)
{
    for (uint32_t i = 0; i < op->nnames; i++) {
        size_t n = strlen (op->names[i]) + 1;
        if (!visible (u, op->names[i]))
            continue;
        if (n > BRIDGE_XATTR_ROOM - u->used)
            return -ERANGE;
        memcpy ((char *)u->buffer + u->used, op->names[i], n);
        u->used += n;
    }
    return 0;
}

static void
finish_list (struct upcall *u, struct sys_op *op)
{
    int err = op->error ? op->error : gather (u, op);
    size_t wanted = (size_t)u->offset;
    if (!err && !op->dir_end && op->nnames > 0) {
        u->args.token += op->nnames;
        upcall_next (u, &sys_listeattr, finish_list);
        return;
    }
    if (!err && wanted && u->used > wanted)
        err = -ERANGE;
    if (err) {
        upcall_error (u, err);
        return;
    }
    if (wanted == 0)
        fuse_reply_xattr (u->req, u->used);
    else
        fuse_reply_buf (u->req, u->buffer, u->used);
    upcall_end (u);
}

static void
handle_list (fuse_req_t req, fuse_ino_t ino, size_t size)
{
    struct upcall *u = upcall_new (req, ino, &sys_listeattr, finish_list);
    if (!u)
        return;
    u->offset = (off_t)size; /* the caller's room */
    u->size = BRIDGE_XATTR_ROOM;
    u->buffer = bridge_buffer (u->bridge, u->size);
    u->args.token = 0; /* names to skip */
    u->args.count = LIST_BATCH;
    if (u->buffer)
        upcall_post (u);
    else
        upcall_error (u, -ENOMEM);
}

void
bridge_xattr_ops (struct fuse_lowlevel_ops *ops)
{
    ops->getxattr = handle_get;
    ops->setxattr = handle_set;
    ops->removexattr = handle_remove;
    ops->listxattr = handle_list;
}
