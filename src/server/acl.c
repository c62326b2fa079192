/*
 * Access control lists; see acl.h.
 */
#include "server/acl.h"

#include <endian.h>

#include "proto/ops/geteattr.h"
#include "server/record.h"

enum { RWX = 7, RWX_ALL = 0777, USER_SHIFT = 6, GROUP_SHIFT = 3 };

/* --- entries -------------------------------------------------------------------------------------------------------------------- */

struct acl_entry {
    uint16_t tag, perm;
    uint32_t id; /* of USER and GROUP */
};

static size_t
count (size_t len)
{
    return (len - ACL_HEADER_SIZE) / ACL_ENTRY_SIZE;
}

static struct acl_entry
entry (const void *v, size_t i)
{
    struct acl_entry e;
    memcpy (&e, (const char *) v + ACL_HEADER_SIZE + i * ACL_ENTRY_SIZE, sizeof e);
    return (struct acl_entry){ le16toh (e.tag), le16toh (e.perm), le32toh (e.id) };
}

static void
set_perm (void *v, size_t i, uint32_t perm)
{
    uint16_t p = htole16 ((uint16_t) (perm & RWX));
    memcpy ((char *) v + ACL_HEADER_SIZE + i * ACL_ENTRY_SIZE + offsetof (struct acl_entry, perm), &p, sizeof p);
}

/* Each tag may be followed by these only: the order of entries, as a table. */
static unsigned
may_follow (unsigned tag)
{
    switch (tag) {
    case 0:
        return ACL_USER_OBJ;
    case ACL_USER_OBJ:
    case ACL_USER:
        return ACL_USER | ACL_GROUP_OBJ;
    case ACL_GROUP_OBJ:
    case ACL_GROUP:
        return ACL_GROUP | ACL_MASK | ACL_OTHER;
    case ACL_MASK:
        return ACL_OTHER;
    default:
        return 0;
    }
}

int
acl_validate (const void *v, size_t len)
{
    uint32_t version;
    if (len < ACL_HEADER_SIZE)
        return -EINVAL;
    memcpy (&version, v, sizeof version);
    if (le32toh (version) != ACL_VERSION)
        return -EOPNOTSUPP;
    if ((len - ACL_HEADER_SIZE) % ACL_ENTRY_SIZE)
        return -EINVAL;
    unsigned last = 0, seen = 0;
    for (size_t i = 0; i < count (len); i++) {
        struct acl_entry e = entry (v, i);
        bool one_tag = e.tag && !(e.tag & (e.tag - 1));
        if (!one_tag || !(may_follow (last) & e.tag) || e.perm > RWX)
            return -EINVAL;
        if ((e.tag == ACL_USER || e.tag == ACL_GROUP) && e.id == UINT32_MAX)
            return -EINVAL;
        last = e.tag;
        seen |= e.tag;
    }
    bool named = seen & (ACL_USER | ACL_GROUP);
    return last != ACL_OTHER || (named && !(seen & ACL_MASK)) ? -EINVAL : 0;
}

bool
acl_is_minimal (const void *v, size_t len)
{
    return count (len) == 3;
}

/* How far the bits of an entry are shifted in a mode; -1: they are not there. */
static int
shift_of (unsigned tag, bool has_mask)
{
    switch (tag) {
    case ACL_USER_OBJ:
        return USER_SHIFT;
    case ACL_GROUP_OBJ:
        return has_mask ? -1 : GROUP_SHIFT;
    case ACL_MASK:
        return GROUP_SHIFT;
    case ACL_OTHER:
        return 0;
    default:
        return -1;
    }
}

/* The mask comes last but one. */
static bool
has_mask (const void *v, size_t len)
{
    return entry (v, count (len) - 2).tag == ACL_MASK;
}

uint32_t
acl_mode (const void *v, size_t len)
{
    uint32_t mode = 0;
    for (size_t i = 0; i < count (len); i++) {
        struct acl_entry e = entry (v, i);
        int shift = shift_of (e.tag, has_mask (v, len));
        if (shift >= 0)
            mode |= (uint32_t) e.perm << shift;
    }
    return mode;
}

/* Whether an entry of the group class is about this caller. */
static bool
about (const struct acl_entry *e, const struct object_attr *a, const struct proto_cred *c)
{
    return (e->tag == ACL_GROUP_OBJ && perm_in_group (c, a->gid)) || (e->tag == ACL_GROUP && perm_in_group (c, e->id));
}

bool
acl_grants (const void *v, size_t len, const struct object_attr *a, const struct proto_cred *c, unsigned may)
{
    size_t n = count (len);
    unsigned mask = has_mask (v, len) ? entry (v, n - 2).perm : RWX;
    bool in_group_class = false, granted = false;
    for (size_t i = 0; i < n; i++) {
        struct acl_entry e = entry (v, i);
        if (e.tag == ACL_USER_OBJ && c->uid == a->uid)
            return (e.perm & may) == may;
        if (e.tag == ACL_USER && c->uid == e.id)
            return (e.perm & mask & may) == may;
        if (about (&e, a, c)) {
            in_group_class = true;
            granted = granted || (e.perm & may) == may;
        }
    }
    if (in_group_class)
        return granted && (mask & may) == may;
    return (entry (v, n - 1).perm & may) == may;
}

void
acl_chmod (void *v, size_t len, uint32_t mode)
{
    for (size_t i = 0; i < count (len); i++) {
        int shift = shift_of (entry (v, i).tag, has_mask (v, len));
        if (shift >= 0)
            set_perm (v, i, mode >> shift);
    }
}

uint32_t
acl_create (void *v, size_t len, uint32_t mode)
{
    uint32_t both = mode & acl_mode (v, len);
    acl_chmod (v, len, both);
    return (mode & ~(uint32_t) RWX_ALL) | both;
}

/* --- of an object --------------------------------------------------------------------------------------------------------------- */

static struct trove_key
key_of (obj_fsid fs, obj_handle h, const char *name)
{
    return (struct trove_key){ .fs = fs, .type = TROVE_XATTR, .handle = h, .name = name, .name_len = strlen (name) };
}

int
acl_get (struct trove_txn *t, obj_fsid fs, obj_handle h, const char *name, const void **ret, size_t *ret_len)
{
    struct trove_key key = key_of (fs, h, name);
    int r = trove_get (t, &key, ret, ret_len);
    if (r == 0 && acl_validate (*ret, *ret_len) < 0)
        return -EIO;
    if (r == -ENOENT)
        *ret_len = 0;
    return r == -ENOENT ? 0 : r;
}

static int
may_set (const struct server_op *op, const struct object_attr *a, const char *name, bool removing)
{
    if (a->type == OBJ_SYMLINK)
        return -EOPNOTSUPP;
    if (a->type != OBJ_DIRECTORY && strcmp (name, ACL_DEFAULT) == 0)
        return removing ? 0 : -EACCES;
    return perm_is_owner (a, &op->req.cred) ? 0 : -EPERM;
}

int
acl_set (struct trove_txn *t, struct server_op *op, struct object_attr *a, const char *name, const void *v, size_t len)
{
    struct trove_key key = key_of (op->fs->id, op->target, name);
    bool removing = len == 0, access = strcmp (name, ACL_ACCESS) == 0;
    int r = removing ? 0 : acl_validate (v, len);
    if (r == 0)
        r = may_set (op, a, name, removing);
    if (r < 0)
        return r;
    if (access && !removing) {
        a->mode = (a->mode & ~(uint32_t) RWX_ALL) | acl_mode (v, len);
        if (op->req.cred.uid != 0 && !perm_in_group (&op->req.cred, a->gid))
            a->mode &= ~02000u;
    }
    if (removing || (access && acl_is_minimal (v, len))) {
        a->flags &= (uint16_t) ~record_xattr_bit (name);
        r = trove_del (t, &key);
        return r == -ENOENT ? 0 : r;
    }
    a->flags |= record_xattr_bit (name);
    return trove_put (t, &key, v, len);
}

int
acl_follow_mode (struct trove_txn *t, struct server_op *op, obj_handle h, const struct object_attr *a)
{
    struct trove_key key = key_of (op->fs->id, h, ACL_ACCESS);
    const void *v;
    size_t len;
    if (!(a->flags & OBJ_HAS_ACL_ACCESS))
        return 0;
    int r = acl_get (t, op->fs->id, h, ACL_ACCESS, &v, &len);
    if (r < 0 || !len)
        return r;
    void *copy = arena_memdup (&op->arena, v, len);
    if (!copy)
        return -ENOMEM;
    acl_chmod (copy, len, a->mode);
    return trove_put (t, &key, copy, len);
}

static void
add (struct new_object *n, const char *name, const void *v, size_t len)
{
    n->xattrs[n->nxattrs++] = (struct eattr_pair){ .name = name, .value = v, .value_len = (uint32_t) len };
}

int
acl_inherit (struct trove_txn *t, struct server_op *op, struct new_object *n)
{
    const void *v;
    size_t len = 0;
    if (n->type == OBJ_SYMLINK)
        return 0;
    int r = n->dir->flags & OBJ_HAS_ACL_DEFAULT ? acl_get (t, op->fs->id, n->holder, ACL_DEFAULT, &v, &len) : 0;
    if (r < 0)
        return r;
    if (!len) {
        n->attr.mode &= ~(n->wish->umask & RWX_ALL);
        return 0;
    }
    void *access = arena_memdup (&op->arena, v, len), *inherited = arena_memdup (&op->arena, v, len);
    if (!access || !inherited)
        return -ENOMEM;
    n->attr.mode = acl_create (access, len, n->attr.mode);
    if (!acl_is_minimal (access, len))
        add (n, ACL_ACCESS, access, len);
    if (n->type == OBJ_DIRECTORY)
        add (n, ACL_DEFAULT, inherited, len);
    return 0;
}
