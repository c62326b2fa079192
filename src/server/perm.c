/*
 * Who may do what: owner, group, mode – and the capabilities that carry the answer to data servers, which know neither.
 *
 * A capability lists one file's handles and what its bearer may do; with a SecretKey configured its MAC is HMAC-SHA-256 over its encoding with an
 * empty MAC. As over NFS, the owner of a file may always read and write its data: whether an open is allowed is decided at the open.
 */
#include "common/security/security.h"
#include "server/server.h"

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

static unsigned
allowed (const struct object_attr *a, const struct proto_cred *c)
{
    if (c->uid == 0)
        return MAY_READ | MAY_WRITE | (a->type == OBJ_DIRECTORY || (a->mode & 0111) ? MAY_EXEC : 0);
    if (c->uid == a->uid)
        return (a->mode >> 6) & 7;
    return perm_in_group (c, a->gid) ? (a->mode >> 3) & 7 : a->mode & 7;
}

int
perm_check (const struct object_attr *a, const struct proto_cred *c, unsigned may)
{
    return (allowed (a, c) & may) == may ? 0 : -EACCES;
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

void
cap_make (struct server_op *op, obj_handle metafile, const struct object_attr *a, const struct proto_layout *l, uint32_t extra,
          struct proto_cap *ret)
{
    unsigned may = allowed (a, &op->req.cred);
    uint32_t mask = extra | ((may & MAY_READ) ? CAP_READ : 0) | ((may & MAY_WRITE) ? CAP_WRITE : 0) | ((may & MAY_EXEC) ? CAP_EXEC | CAP_READ : 0);
    if (perm_is_owner (a, &op->req.cred))
        mask |= CAP_READ | CAP_WRITE | CAP_SETATTR;
    *ret = (struct proto_cap){ .fs = op->fs->id, .metafile = metafile, .mask = mask,
                               .expiry = now_seconds (op->server) + op->server->options->capability_timeout_secs,
                               .ndfiles = l ? l->ndfiles : 0, .dfiles = l ? l->dfiles : NULL };
    if (op->fs->have_key && security_cap_mac (op->fs->key, ret, ret->mac) < 0)
        ret->mask = 0;
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
    if (c->expiry < now_seconds (op->server))
        return -EAGAIN; /* the client asks for a fresh one */
    return 0;
}
