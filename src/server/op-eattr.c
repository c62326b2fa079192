/*
 * Extended attributes: get, set, get and set at once, delete, list, with Linux's rules. user.*, of files and directories, by permission of
 * the object; trusted.* is root's and nobody else's to see; security.* readable by all, written by root; of system.* there are the access
 * lists (acl.h). The presence bits of the object follow in the same transaction.
 */
#include "common/error/error.h"
#include "proto/ops/atomiceattr.h"
#include "proto/ops/deleattr.h"
#include "proto/ops/geteattr.h"
#include "proto/ops/listeattr.h"
#include "proto/ops/seteattr.h"
#include "server/acl.h"
#include "server/record.h"
#include "server/spread.h"

static bool
has_prefix (const char *s, const char *prefix)
{
    return strncmp (s, prefix, strlen (prefix)) == 0 && s[strlen (prefix)];
}

static bool
is_acl (const char *name)
{
    return strcmp (name, ACL_ACCESS) == 0 || strcmp (name, ACL_DEFAULT) == 0;
}

static int
user_allowed (struct trove_txn *t, struct server_op *op, const struct object_attr *a, bool write)
{
    if (a->type != OBJ_METAFILE && a->type != OBJ_DIRECTORY)
        return write ? -EPERM : -ENODATA;
    if (write && a->type == OBJ_DIRECTORY && (a->mode & 01000) && !perm_is_owner (a, &op->req.cred))
        return -EPERM;
    return perm_check (t, op, op->target, a, write ? MAY_WRITE : MAY_READ);
}

/* Access lists are set by acl_set, which knows who may. */
static int
name_allowed (struct trove_txn *t, struct server_op *op, const struct object_attr *a, const char *name, bool write)
{
    bool root = op->req.cred.uid == 0;
    if (has_prefix (name, "user."))
        return user_allowed (t, op, a, write);
    if (has_prefix (name, "trusted."))
        return root ? 0 : write ? -EPERM : -ENODATA;
    if (has_prefix (name, "security."))
        return root || !write ? 0 : -EPERM;
    if (is_acl (name))
        return a->type == OBJ_SYMLINK ? -EOPNOTSUPP : 0;
    return strcmp (name, "user.") == 0 || strcmp (name, "trusted.") == 0 || strcmp (name, "security.") == 0 ? -EINVAL : -EOPNOTSUPP;
}

static struct trove_key
xattr_key (const struct server_op *op, obj_handle h, const char *name)
{
    return (struct trove_key){ .fs = op->fs->id, .type = TROVE_XATTR, .handle = h, .name = name, .name_len = strlen (name) };
}

static int
shared_key (struct server_op *op, obj_handle h)
{
    op->target = h;
    return sched_add (&op->sched, op->fs->id, h, NULL, SCHED_SHARED);
}

static int
exclusive_key (struct server_op *op, obj_handle h)
{
    op->target = h;
    return sched_add (&op->sched, op->fs->id, h, NULL, SCHED_EXCLUSIVE);
}

static int
get_object (struct trove_txn *t, struct server_op *op, struct object_attr *a)
{
    int r = trove_attr_get (t, op->fs->id, op->target, a);
    return r == -ENOENT ? -ESTALE : r;
}

/* After the attribute: the object; and, where buckets have a copy, those of a directory. */
static int
changed (struct trove_txn *t, struct server_op *op, struct object_attr *a, bool concerns_buckets)
{
    a->ctime = server_now (op->server);
    a->change++;
    int r = trove_attr_set (t, op->fs->id, op->target, a);
    return r < 0 || !concerns_buckets ? r : spread_follow (t, op, op->target, a, false);
}

/* --- get ---------------------------------------------------------------------------------------------------------------------- */

static int
geteattr_keys (struct server_op *op)
{
    return shared_key (op, REQ (op, geteattr)->handle);
}

static int
get_one (struct trove_txn *t, struct server_op *op, const struct object_attr *a, struct eattr_pair *p)
{
    const void *v;
    size_t n;
    int r = name_allowed (t, op, a, p->name, false);
    if (r < 0)
        return r;
    struct trove_key key = xattr_key (op, op->target, p->name);
    r = trove_get (t, &key, &v, &n);
    if (r < 0)
        return r == -ENOENT ? -ENODATA : r;
    p->value = arena_memdup (&op->arena, v, n);
    p->value_len = (uint32_t) n;
    return p->value ? 0 : -ENOMEM;
}

static int
geteattr_txn (struct trove_txn *t, struct server_op *op)
{
    struct geteattr_req *q = REQ (op, geteattr);
    struct geteattr_resp *resp = RESP (op, geteattr);
    struct object_attr a;
    int r = get_object (t, op, &a);
    if (r < 0)
        return r;
    resp->nkeys = q->nkeys;
    resp->keys = q->keys;
    for (uint32_t i = 0; i < q->nkeys; i++) {
        q->keys[i].value_len = 0;
        q->keys[i].error = pvfs_error_from_errno (get_one (t, op, &a, &q->keys[i]));
    }
    return 0;
}

const struct op_desc geteattr_desc = { .op = PROTO_geteattr, .keys = geteattr_keys, .txn = geteattr_txn, .read_only = true };

/* --- set ---------------------------------------------------------------------------------------------------------------------- */

static int
seteattr_keys (struct server_op *op)
{
    return exclusive_key (op, REQ (op, seteattr)->handle);
}

static int
set_one (struct trove_txn *t, struct server_op *op, struct object_attr *a, const struct eattr_pair *p, uint32_t flags)
{
    const void *v;
    size_t n;
    int r = name_allowed (t, op, a, p->name, true);
    if (r < 0)
        return r;
    struct trove_key key = xattr_key (op, op->target, p->name);
    int had = trove_get (t, &key, &v, &n);
    if (had < 0 && had != -ENOENT)
        return had;
    if (had == 0 && (flags & EATTR_CREATE))
        return -EEXIST;
    if (had < 0 && (flags & EATTR_REPLACE))
        return -ENODATA;
    if (is_acl (p->name))
        return acl_set (t, op, a, p->name, p->value, p->value_len);
    a->flags |= record_xattr_bit (p->name);
    return trove_put (t, &key, p->value, p->value_len);
}

static int
seteattr_txn (struct trove_txn *t, struct server_op *op)
{
    struct seteattr_req *q = REQ (op, seteattr);
    struct object_attr a;
    int r = get_object (t, op, &a);
    bool concerns = false;
    for (uint32_t i = 0; r == 0 && i < q->nkeys; i++) {
        r = set_one (t, op, &a, &q->keys[i], q->flags);
        concerns |= spread_concerns (q->keys[i].name);
    }
    return r < 0 ? r : changed (t, op, &a, concerns);
}

const struct op_desc seteattr_desc = { .op = PROTO_seteattr, .keys = seteattr_keys, .txn = seteattr_txn, .creates = true };

/* --- get and set at once ---------------------------------------------------------------------------------------------------------- */

static int
atomiceattr_keys (struct server_op *op)
{
    return exclusive_key (op, REQ (op, atomiceattr)->handle);
}

/* Integers of 4 or 8 bytes in little-endian order, as the hosts of PVFS2 have them; sums wrap. */
static int
add_to (struct server_op *op, struct eattr_pair *set, const struct eattr_pair *old)
{
    uint64_t a = 0, b = 0;
    size_t n = set->value_len;
    if ((n != 4 && n != 8) || old->value_len != n)
        return -EINVAL;
    memcpy (&a, old->value, n);
    memcpy (&b, set->value, n);
    a += b;
    set->value = arena_memdup (&op->arena, &a, n);
    return set->value ? 0 : -ENOMEM;
}

static bool
is_zero (const struct eattr_pair *p)
{
    static const uint32_t zero;
    return p->value_len == sizeof zero && memcmp (p->value, &zero, sizeof zero) == 0;
}

/* What to set, out of the operand and what is there. 1: nothing, and that is right. */
static int
new_value (struct server_op *op, struct eattr_pair *set, const struct eattr_pair *old)
{
    static const uint32_t one = 1;
    switch (REQ (op, atomiceattr)->opcode) {
    case EATTR_SWAP:
        return 0;
    case EATTR_FETCH_AND_ADD:
        return old->error ? old->error : add_to (op, set, old);
    case EATTR_TEST_AND_SET:
        if (old->error || old->value_len != sizeof one)
            return old->error ? old->error : -EINVAL;
        set->value = &one;
        set->value_len = sizeof one;
        return is_zero (old) ? 0 : 1;
    default:
        return -EINVAL;
    }
}

/* Reads and plans one key. What is missing is no error to a swap. */
static int
plan_one (struct trove_txn *t, struct server_op *op, const struct object_attr *a, struct eattr_pair *set, struct eattr_pair *old)
{
    *old = (struct eattr_pair){ .name = set->name };
    if (is_acl (set->name))
        return -EOPNOTSUPP;
    int r = name_allowed (t, op, a, set->name, true);
    if (r == 0)
        r = get_one (t, op, a, old);
    if (r < 0 && r != -ENODATA)
        return r;
    old->error = r;
    r = new_value (op, set, old);
    old->error = 0;
    return r;
}

static int
put_changed (struct trove_txn *t, struct server_op *op, struct object_attr *a, const int *plan)
{
    struct atomiceattr_req *q = REQ (op, atomiceattr);
    uint32_t flags = q->opcode == EATTR_SWAP ? q->flags : 0;
    bool concerns = false;
    int r = 0;
    for (uint32_t i = 0; r == 0 && i < q->nkeys; i++) {
        r = plan[i] ? 0 : set_one (t, op, a, &q->keys[i], flags);
        concerns |= spread_concerns (q->keys[i].name);
    }
    return r < 0 ? r : changed (t, op, a, concerns);
}

static int
atomiceattr_txn (struct trove_txn *t, struct server_op *op)
{
    struct atomiceattr_req *q = REQ (op, atomiceattr);
    struct atomiceattr_resp *resp = RESP (op, atomiceattr);
    struct object_attr a;
    int *plan = arena_array (&op->arena, MAX (q->nkeys, 1u), sizeof *plan), r = get_object (t, op, &a);
    bool bad = false, nothing = true;
    resp->nkeys = q->nkeys;
    resp->keys = arena_array (&op->arena, MAX (q->nkeys, 1u), sizeof *resp->keys);
    if (!plan || !resp->keys)
        return -ENOMEM;
    for (uint32_t i = 0; r == 0 && i < q->nkeys; i++) {
        plan[i] = plan_one (t, op, &a, &q->keys[i], &resp->keys[i]);
        resp->keys[i].error = pvfs_error_from_errno (MIN (plan[i], 0));
        bad = bad || plan[i] < 0;
        nothing = nothing && plan[i] > 0;
    }
    return r < 0 || bad || nothing ? r : put_changed (t, op, &a, plan);
}

const struct op_desc atomiceattr_desc = { .op = PROTO_atomiceattr, .keys = atomiceattr_keys, .txn = atomiceattr_txn, .creates = true };

/* --- delete --------------------------------------------------------------------------------------------------------------------- */

static int
deleattr_keys (struct server_op *op)
{
    return exclusive_key (op, REQ (op, deleattr)->handle);
}

static int
count_bits (void *arg, const struct trove_item *item)
{
    char name[PROTO_MAX_XATTR_NAME + 1];
    size_t n = MIN (item->name_len, sizeof name - 1);
    memcpy (name, item->name, n);
    name[n] = 0;
    *(uint16_t *) arg |= record_xattr_bit (name);
    return 0;
}

static int
deleattr_txn (struct trove_txn *t, struct server_op *op)
{
    struct deleattr_req *q = REQ (op, deleattr);
    struct object_attr a;
    uint16_t bits = 0;
    int r = get_object (t, op, &a);
    if (r == 0)
        r = name_allowed (t, op, &a, q->name, true);
    if (r < 0)
        return r;
    struct trove_key key = xattr_key (op, op->target, q->name), all = { .fs = op->fs->id, .type = TROVE_XATTR, .handle = op->target };
    r = is_acl (q->name) ? acl_set (t, op, &a, q->name, NULL, 0) : trove_del (t, &key);
    if (r == 0)
        r = trove_iterate (t, &all, false, count_bits, &bits);
    if (r < 0)
        return r == -ENOENT ? -ENODATA : r;
    a.flags = (uint16_t) ((a.flags & ~OBJ_HAS_ANY) | bits);
    return changed (t, op, &a, spread_concerns (q->name));
}

const struct op_desc deleattr_desc = { .op = PROTO_deleattr, .keys = deleattr_keys, .txn = deleattr_txn };

/* --- list ------------------------------------------------------------------------------------------------------------------------ */

static int
listeattr_keys (struct server_op *op)
{
    return shared_key (op, REQ (op, listeattr)->handle);
}

struct list_names {
    struct server_op *op;
    const struct object_attr *a;
    uint32_t max;
};

static int
list_one (void *arg, const struct trove_item *item)
{
    struct list_names *l = arg;
    struct listeattr_resp *resp = RESP (l->op, listeattr);
    const char *after = REQ (l->op, listeattr)->after;
    char *name = arena_alloc (&l->op->arena, item->name_len + 1);
    if (!name)
        return -ENOMEM;
    memcpy (name, item->name, item->name_len);
    if (strcmp (name, after) == 0 || (has_prefix (name, "trusted.") && l->op->req.cred.uid != 0))
        return 0;
    if (resp->nkeys == l->max) {
        resp->end = false;
        return 1;
    }
    resp->keys[resp->nkeys++].name = name;
    return 0;
}

static int
listeattr_txn (struct trove_txn *t, struct server_op *op)
{
    struct listeattr_req *q = REQ (op, listeattr);
    struct listeattr_resp *resp = RESP (op, listeattr);
    struct object_attr a;
    struct list_names l = { op, &a, MIN (MAX (q->count, 1u), (uint32_t) PROTO_MAX_XATTRS) };
    int r = get_object (t, op, &a);
    if (r < 0)
        return r;
    resp->end = true;
    resp->keys = arena_array (&op->arena, l.max, sizeof *resp->keys);
    if (!resp->keys)
        return -ENOMEM;
    struct trove_key from = xattr_key (op, op->target, q->after);
    return trove_iterate (t, &from, false, list_one, &l);
}

const struct op_desc listeattr_desc = { .op = PROTO_listeattr, .keys = listeattr_keys, .txn = listeattr_txn, .read_only = true };
