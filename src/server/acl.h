/*
 * acl: access control lists by POSIX 1003.1e (draft 17), kept as Linux's xattr value: a version, then entries of tag, permissions and id,
 * little-endian, in the order owner, users, group, groups, mask, other.
 *
 * Permission bits of the mode and the access list say the same: owner, other and – the mask if there is one, else the owning group – the group
 * bits. A list that says no more than the mode is not kept.
 */
#ifndef SERVER_ACL_H
#define SERVER_ACL_H

#include "server/server.h"

#define ACL_ACCESS  "system.posix_acl_access"
#define ACL_DEFAULT "system.posix_acl_default"

enum { ACL_VERSION = 2, ACL_HEADER_SIZE = 4, ACL_ENTRY_SIZE = 8 };
enum acl_tag { ACL_USER_OBJ = 1, ACL_USER = 2, ACL_GROUP_OBJ = 4, ACL_GROUP = 8, ACL_MASK = 16, ACL_OTHER = 32 };

/* --- on the value's bytes; all but the first want a valid one ------------------------------------------------------------------- */

int acl_validate (const void *v, size_t len);     /* 0, -EINVAL, -EOPNOTSUPP (another version) */
bool acl_is_minimal (const void *v, size_t len);  /* no more than a mode */
uint32_t acl_mode (const void *v, size_t len);    /* 0777 */
/* Whether somebody but root may do all of `may` to an object with these attributes. */
bool acl_grants (const void *v, size_t len, const struct object_attr *a, const struct proto_cred *c, unsigned may);
void acl_chmod (void *v, size_t len, uint32_t mode);
/* A directory's default list becomes the access list of what is made in it with `mode`: returns the mode that it gets. */
uint32_t acl_create (void *v, size_t len, uint32_t mode);

/* --- of an object, within a transaction -------------------------------------------------------------------------------------------- */

/* The list of that name; *ret_len 0: none. Valid until the next call on the transaction. */
int acl_get (struct trove_txn *t, obj_fsid fs, obj_handle h, const char *name, const void **ret, size_t *ret_len);
/* Sets it (len 0: removes it), and what follows from it in *a, which the caller writes. -EINVAL, -EOPNOTSUPP, -EACCES, -EPERM. */
int acl_set (struct trove_txn *t, struct server_op *op, struct object_attr *a, const char *name, const void *v, size_t len);
/* The access list follows a->mode. */
int acl_follow_mode (struct trove_txn *t, struct server_op *op, obj_handle h, const struct object_attr *a);
/* What is made in a directory gets from its default list: mode and lists. Without one the umask applies. */
int acl_inherit (struct trove_txn *t, struct server_op *op, struct new_object *n);

#endif
