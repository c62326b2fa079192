/*
 * Who may do what: owner, group, mode, access list – and the capabilities that carry the answer to data servers, which know neither.
 *
 * A capability lists one file's handles and what its bearer may do; with a SecretKey configured its MAC is HMAC-SHA-256 over its encoding with an
 * empty MAC. As over NFS, the owner of a file may always read and write its data: whether an open is allowed is decided at the open.
 */
#include "common/security/security.h"
#include "server/acl.h"

bool
perm_in_group (const struct proto_cred *c, uint32_t gid)
{
    if (c->gid == gid)
        return true;
    for (uint32_t i = 0; i < c->ngroups; i++)
        if (c->groups[i] == gid)
            return true;
    return false;
}

bool
perm_is_owner (const struct object_attr *a, const struct proto_cred *c)
{
    return c->uid == 0 || c->uid == a->uid;
}

/* What decides for one caller and one object. */
struct rights {
    const struct object_attr *a;
    const struct proto_cred *c;
    const void *acl; /* valid until the next call on the transaction */
    size_t acl_len;  /* 0: the mode says it all */
};

static int
rights_of (struct trove_txn *t, struct server_op *op, obj_handle h, const struct object_attr *a, struct rights *ret)
{
    *ret = (struct rights){ .a = a, .c = &op->req.cred };
    if (!(a->flags & OBJ_HAS_ACL_ACCESS) || perm_is_owner (a, ret->c))
        return 0;
    return acl_get (t, op->fs->id, h, ACL_ACCESS, &ret->acl, &ret->acl_len);
}

static bool
allows (const struct rights *r, unsigned may)
{
    const struct object_attr *a = r->a;
    if (r->c->uid == 0)
        return !(may & MAY_EXEC) || a->type == OBJ_DIRECTORY || (a->mode & 0111);
    if (r->acl_len)
        return acl_grants (r->acl, r->acl_len, a, r->c, may);
    unsigned bits = r->c->uid == a->uid ? a->mode >> 6 : perm_in_group (r->c, a->gid) ? a->mode >> 3 : a->mode;
    return (bits & may) == may;
}

int
perm_check (struct trove_txn *t, struct server_op *op, obj_handle h, const struct object_attr *a, unsigned may)
{
    struct rights rights;
    int r = rights_of (t, op, h, a, &rights);
    if (r < 0)
        return r;
    return allows (&rights, may) ? 0 : -EACCES;
}

/* Removing or renaming an entry of a sticky directory: only by the owner of either. */
int
perm_sticky (const struct object_attr *dir, const struct object_attr *obj, const struct proto_cred *c)
{
    if (!(dir->mode & 01000) || c->uid == 0 || c->uid == dir->uid || (obj && c->uid == obj->uid))
        return 0;
    return -EPERM;
}

static uint64_t
now_seconds (struct server *s)
{
    return server_now (s) / NSEC_PER_SEC;
}

int
cap_make (struct trove_txn *t, struct server_op *op, struct proto_info *info, uint32_t extra)
{
    struct rights rights;
    struct proto_cap *cap = &info->cap;
    int r = rights_of (t, op, info->handle, &info->attr, &rights);
    if (r < 0)
        return r;
    uint32_t mask = extra | (allows (&rights, MAY_READ) ? CAP_READ : 0) | (allows (&rights, MAY_WRITE) ? CAP_WRITE : 0)
                    | (allows (&rights, MAY_EXEC) ? CAP_EXEC | CAP_READ : 0);
    if (perm_is_owner (&info->attr, &op->req.cred))
        mask |= CAP_READ | CAP_WRITE | CAP_SETATTR;
    *cap = (struct proto_cap){ .fs = op->fs->id, .metafile = info->handle, .mask = mask,
                               .expiry = now_seconds (op->server) + op->server->options->capability_timeout_secs,
                               .ndfiles = info->layout.ndfiles, .dfiles = info->layout.dfiles };
    if (op->fs->have_key && security_cap_mac (op->fs->key, cap, cap->mac) < 0)
        cap->mask = 0;
    info->have |= INFO_CAP;
    return 0;
}

static bool
lists (const struct proto_cap *c, obj_handle h)
{
    for (uint32_t i = 0; i < c->ndfiles; i++)
        if (c->dfiles[i] == h)
            return true;
    return false;
}

int
cap_check (struct server_op *op, obj_handle datafile, uint32_t need)
{
    const struct proto_cap *c = &op->req.cap;
    if (c->fs != op->fs->id || !lists (c, datafile) || (c->mask & need) != need)
        return -EACCES;
    if (op->fs->have_key) {
        uint8_t mac[PROTO_MAC_SIZE];
        if (security_cap_mac (op->fs->key, c, mac) < 0 || !security_equal (mac, c->mac, sizeof mac))
            return -EACCES;
    }
    if (c->expiry < now_seconds (op->server) && !op->server->timeouts_off)
        return -EAGAIN; /* the client asks for a fresh one */
    return 0;
}
