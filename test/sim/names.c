/*
 * The small name space; see names.h.
 */
#include "names.h"

void
names_init (struct names *n)
{
    *n = (struct names){ .slot = { OBJ_A, OBJ_B }, .type = { [OBJ_A] = TYPE_DIR, [OBJ_B] = TYPE_DIR } };
}

const char *
names_kind_name (enum names_kind kind)
{
    static const char *const names[] = {
        "create", "striped", "mkdir", "symlink", "unlink", "rmdir", "chmod", "lookup", "rename", "keep", "swap", "link",
    };
    return names[kind];
}

const char *
names_slot_name (enum names_slot slot)
{
    static const char *const names[] = { "a", "b", "Ax", "Ay", "Bx", "By" };
    return names[slot];
}

bool
names_has_second (enum names_kind kind)
{
    return kind >= NAMES_RENAME;
}

bool
names_makes (enum names_kind kind)
{
    return kind <= NAMES_SYMLINK;
}

/* The directory that a name is in: 0 is the root. */
static uint8_t
dir_of (enum names_slot s)
{
    return s < A_X ? 0 : s < B_X ? OBJ_A : OBJ_B;
}

static bool
has_name (const struct names *n, uint8_t object)
{
    for (int i = 0; i < NAMES_SLOTS; i++)
        if (n->slot[i] == object)
            return true;
    return false;
}

static bool
is_empty (const struct names *n, uint8_t object)
{
    for (int i = 0; i < NAMES_SLOTS; i++)
        if (dir_of ((enum names_slot) i) == object && n->slot[i])
            return false;
    return true;
}

static enum names_slot
slot_of (const struct names *n, uint8_t object)
{
    int i = 0;
    while (n->slot[i] != object)
        i++;
    return (enum names_slot) i;
}

/* Is directory `dir` the object, or below it? */
static bool
is_below (const struct names *n, uint8_t dir, uint8_t object)
{
    for (; dir && has_name (n, dir); dir = dir_of (slot_of (n, dir)))
        if (dir == object)
            return true;
    return false;
}

static int
apply_new (struct names *n, const struct names_op *op)
{
    static const uint8_t types[] = { TYPE_FILE, TYPE_FILE, TYPE_DIR, TYPE_SYMLINK };
    if (n->slot[op->p])
        return -EEXIST;
    n->slot[op->p] = op->object;
    n->type[op->object] = types[op->kind];
    return 0;
}

static int
apply_remove (struct names *n, const struct names_op *op)
{
    uint8_t o = n->slot[op->p];
    if (!o)
        return -ENOENT;
    if (op->kind == NAMES_UNLINK && n->type[o] == TYPE_DIR)
        return -EISDIR;
    if (op->kind == NAMES_RMDIR && n->type[o] != TYPE_DIR)
        return -ENOTDIR;
    if (n->type[o] == TYPE_DIR && !is_empty (n, o))
        return -ENOTEMPTY;
    n->slot[op->p] = NO_OBJECT;
    return 0;
}

static int
apply_link (struct names *n, const struct names_op *op)
{
    if (!op->object || !has_name (n, op->object))
        return -ENOENT;
    if (n->type[op->object] == TYPE_DIR)
        return -EPERM;
    if (n->slot[op->p])
        return -EEXIST;
    n->slot[op->p] = op->object;
    return 0;
}

static int
may_replace (const struct names *n, uint8_t from, uint8_t to)
{
    if (n->type[from] == TYPE_DIR && n->type[to] != TYPE_DIR)
        return -ENOTDIR;
    if (n->type[from] != TYPE_DIR && n->type[to] == TYPE_DIR)
        return -EISDIR;
    return n->type[to] == TYPE_DIR && !is_empty (n, to) ? -ENOTEMPTY : 0;
}

static int
apply_rename (struct names *n, const struct names_op *op)
{
    uint8_t from = n->slot[op->p], to = n->slot[op->q];
    if (!from || (op->kind == NAMES_SWAP && !to))
        return -ENOENT;
    if (op->kind == NAMES_KEEP && to)
        return -EEXIST;
    if (is_below (n, dir_of (op->q), from))
        return -EINVAL;
    if (op->kind == NAMES_SWAP && is_below (n, dir_of (op->p), to))
        return -EINVAL;
    if (from == to)
        return 0;
    if (op->kind == NAMES_SWAP) {
        n->slot[op->p] = to;
        n->slot[op->q] = from;
        return 0;
    }
    int r = to ? may_replace (n, from, to) : 0;
    if (r < 0)
        return r;
    n->slot[op->p] = NO_OBJECT;
    n->slot[op->q] = from;
    return 0;
}

static bool
dir_is_there (const struct names *n, enum names_slot s)
{
    uint8_t d = dir_of (s);
    return !d || has_name (n, d);
}

int
names_apply (struct names *n, const struct names_op *op, uint8_t *ret_object)
{
    *ret_object = op->object;
    if (op->kind == NAMES_CHMOD)
        return op->object && has_name (n, op->object) ? 0 : -ENOENT;
    if (!dir_is_there (n, op->p) || (op->kind >= NAMES_RENAME && op->kind <= NAMES_SWAP && !dir_is_there (n, op->q)))
        return -ENOENT;
    switch (op->kind) {
    case NAMES_LOOKUP:
        *ret_object = n->slot[op->p];
        return *ret_object ? 0 : -ENOENT;
    case NAMES_UNLINK:
    case NAMES_RMDIR:
        return apply_remove (n, op);
    case NAMES_LINK:
        return apply_link (n, op);
    case NAMES_RENAME:
    case NAMES_KEEP:
    case NAMES_SWAP:
        return apply_rename (n, op);
    default:
        return apply_new (n, op);
    }
}

/* Several reasons may hold at once, and POSIX does not say which one is told. */
static int
class_of (int error)
{
    switch (error) {
    case -ENOENT:
    case -ESTALE:
        return 1;
    case -EEXIST:
    case -ENOTEMPTY:
    case -EISDIR:
    case -ENOTDIR:
    case -EINVAL:
    case -EPERM:
        return 2;
    default:
        return error;
    }
}

bool
names_same_error (enum names_kind kind, int a, int b)
{
    if (kind == NAMES_LINK && a && b)
        return true; /* the name may be there and the object gone */
    return class_of (a) == class_of (b);
}
