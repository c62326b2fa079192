/*
 * Extended attributes: get, set, get and set at once, delete, list. One message to the object's server (list: one per 64 names).
 *
 *   geteattr    keys, vals (room of the caller), count; a value that does not fit leaves its size in read_sz and -ERANGE in key_errors
 *   seteattr    keys, vals, count, flags (PVFS_XATTR_…)
 *   atomiceattr keys, vals (operands), olds, count, mask = opcode, flags; as geteattr with what was there before
 *   deleattr    keys[0]
 *   listeattr   token = names to skip, count = names wished; fills names, nnames, dir_end
 *
 * A key is a buffer whose size counts the terminating NUL.
 */
#include "client/sysint/sys-getattr.h"
#include "common/error/error.h"
#include "proto/ops/atomiceattr.h"
#include "proto/ops/deleattr.h"
#include "proto/ops/geteattr.h"
#include "proto/ops/listeattr.h"
#include "proto/ops/seteattr.h"

enum { VALUES_ROOM = 4 << 20, NAMES_ROOM = 64 << 10, MAX_NAMES = 4096 };

struct eattr_frame {
    struct msgpair mp;
    void *body;
    const struct eattr_op *what;
    uint64_t seen; /* listeattr: names that went by */
};

struct eattr_op {
    const struct sys_op_type *type;
    unsigned proto_op;
    size_t body_size, room;
    int (*build) (struct sys_op *op, struct eattr_frame *f);
    sm_event (*take) (struct sm *sm, struct sys_op *op, struct eattr_frame *f);
};

enum { EATTR_MORE = SM_FIRST_OWN };

static void
eattr_frame_fini (void *frame)
{
    msgpair_fini (&((struct eattr_frame *) frame)->mp);
}

/* A key's name in the arena. */
static int
key_name (struct sys_op *op, const PVFS_ds_keyval *key, const char **ret)
{
    if (!key->buffer || key->buffer_sz < 2)
        return -EINVAL;
    size_t n = strnlen (key->buffer, (size_t) key->buffer_sz);
    if (n == (size_t) key->buffer_sz || n == 0)
        return -EINVAL;
    if (n >= PROTO_MAX_XATTR_NAME)
        return -ENAMETOOLONG;
    *ret = arena_strdup (&op->arena, key->buffer);
    return *ret ? 0 : -ENOMEM;
}

static int
pairs (struct sys_op *op, bool values, struct eattr_pair **ret)
{
    int32_t n = op->a.count;
    if (n < 1 || n > PROTO_MAX_XATTRS || !op->a.keys || !op->a.vals)
        return -EINVAL;
    struct eattr_pair *p = arena_array (&op->arena, (size_t) n, sizeof *p);
    if (!p)
        return -ENOMEM;
    for (int32_t i = 0; i < n; i++) {
        int r = key_name (op, &op->a.keys[i], &p[i].name);
        if (r < 0)
            return r;
        if (!values)
            continue;
        const PVFS_ds_keyval *v = &op->a.vals[i];
        if (v->buffer_sz < 0 || (v->buffer_sz > 0 && !v->buffer))
            return -EINVAL;
        if (v->buffer_sz > PROTO_MAX_XATTR_VALUE)
            return -E2BIG;
        p[i].value = v->buffer_sz ? arena_memdup (&op->arena, v->buffer, (size_t) v->buffer_sz) : "";
        p[i].value_len = (uint32_t) v->buffer_sz;
        if (!p[i].value)
            return -ENOMEM;
    }
    *ret = p;
    return 0;
}

/* --- get ------------------------------------------------------------------------------------------------------------------------ */

static int
get_build (struct sys_op *op, struct eattr_frame *f)
{
    struct geteattr_req *q = f->body;
    op->key_errors = arena_array (&op->arena, (size_t) MAX (op->a.count, 1), sizeof *op->key_errors);
    q->handle = op->a.ref.handle;
    q->nkeys = (uint32_t) op->a.count;
    return op->key_errors ? pairs (op, false, &q->keys) : -ENOMEM;
}

static int
take_value (const struct eattr_pair *p, PVFS_ds_keyval *v)
{
    if (p->error)
        return pvfs_error_to_errno (p->error);
    v->read_sz = (int32_t) p->value_len;
    if (v->buffer_sz < v->read_sz || (!v->buffer && v->read_sz))
        return -ERANGE;
    if (p->value_len)
        memcpy (v->buffer, p->value, p->value_len);
    return 0;
}

static sm_event
get_take (struct sm *sm, struct sys_op *op, struct eattr_frame *f)
{
    const struct geteattr_resp *resp = f->mp.resp.body;
    if (resp->nkeys != (uint32_t) op->a.count)
        return sm_fail (sm, -EPROTO, "geteattr");
    for (uint32_t i = 0; i < resp->nkeys; i++)
        op->key_errors[i] = take_value (&resp->keys[i], &op->a.vals[i]);
    return SM_OK;
}

/* --- set, delete ------------------------------------------------------------------------------------------------------------------ */

static uint32_t
wire_flags (int32_t flags)
{
    return (flags & PVFS_XATTR_CREATE ? EATTR_CREATE : 0) | (flags & PVFS_XATTR_REPLACE ? EATTR_REPLACE : 0);
}

static int
set_build (struct sys_op *op, struct eattr_frame *f)
{
    struct seteattr_req *q = f->body;
    if (op->a.flags & ~(PVFS_XATTR_CREATE | PVFS_XATTR_REPLACE))
        return -EINVAL;
    q->handle = op->a.ref.handle;
    q->flags = wire_flags (op->a.flags);
    q->nkeys = (uint32_t) op->a.count;
    return pairs (op, true, &q->keys);
}

static int
del_build (struct sys_op *op, struct eattr_frame *f)
{
    struct deleattr_req *q = f->body;
    q->handle = op->a.ref.handle;
    return op->a.keys ? key_name (op, op->a.keys, &q->name) : -EINVAL;
}

/* Presence bits, the change counter and, through an ACL, the mode are no longer what was cached. */
static sm_event
changed_take (struct sm *sm, struct sys_op *op, struct eattr_frame *f)
{
    sys_forget (op, op->a.ref);
    return SM_OK;
}

/* --- get and set at once ------------------------------------------------------------------------------------------------------------ */

/* Numbers have the operand's size; a swap's old value may turn out too long only when it is done. */
static int
check_room (const struct sys_op *op)
{
    if (op->a.mask != EATTR_TEST_AND_SET && op->a.mask != EATTR_SWAP && op->a.mask != EATTR_FETCH_AND_ADD)
        return -EINVAL;
    if (op->a.mask != EATTR_SWAP && op->a.flags)
        return -EINVAL;
    for (int32_t i = 0; i < op->a.count && op->a.mask != EATTR_SWAP; i++) {
        int32_t size = op->a.mask == EATTR_TEST_AND_SET ? (int32_t) sizeof (int32_t) : op->a.vals[i].buffer_sz;
        if ((size != 4 && size != 8) || (op->a.olds[i].buffer && op->a.olds[i].buffer_sz < size))
            return -EINVAL;
    }
    return 0;
}

static int
atomic_build (struct sys_op *op, struct eattr_frame *f)
{
    struct atomiceattr_req *q = f->body;
    if ((op->a.flags & ~(PVFS_XATTR_CREATE | PVFS_XATTR_REPLACE)) || !op->a.olds)
        return -EINVAL;
    op->key_errors = arena_array (&op->arena, (size_t) MAX (op->a.count, 1), sizeof *op->key_errors);
    *q = (struct atomiceattr_req){ .handle = op->a.ref.handle, .opcode = op->a.mask, .nkeys = (uint32_t) op->a.count };
    q->flags = wire_flags (op->a.flags);
    int r = op->key_errors ? pairs (op, true, &q->keys) : -ENOMEM;
    return r < 0 ? r : check_room (op);
}

static sm_event
atomic_take (struct sm *sm, struct sys_op *op, struct eattr_frame *f)
{
    const struct atomiceattr_resp *resp = f->mp.resp.body;
    sys_forget (op, op->a.ref);
    if (resp->nkeys != (uint32_t) op->a.count)
        return sm_fail (sm, -EPROTO, "atomiceattr");
    for (uint32_t i = 0; i < resp->nkeys; i++) {
        bool wished = op->a.olds[i].buffer != NULL;
        op->key_errors[i] = wished || resp->keys[i].error ? take_value (&resp->keys[i], &op->a.olds[i]) : 0;
    }
    return SM_OK;
}

/* --- list --------------------------------------------------------------------------------------------------------------------------- */

static uint64_t
names_to_skip (const struct sys_op *op)
{
    return op->a.token == PVFS_ITERATE_START ? 0 : op->a.token;
}

static int
list_build (struct sys_op *op, struct eattr_frame *f)
{
    struct listeattr_req *q = f->body;
    if (op->a.count < 1 || op->a.count > MAX_NAMES)
        return -EINVAL;
    op->names = arena_array (&op->arena, (size_t) op->a.count, sizeof *op->names);
    *q = (struct listeattr_req){ op->a.ref.handle, "", PROTO_MAX_XATTRS };
    return op->names ? 0 : -ENOMEM;
}

static sm_event
list_take (struct sm *sm, struct sys_op *op, struct eattr_frame *f)
{
    const struct listeattr_resp *resp = f->mp.resp.body;
    struct listeattr_req *q = f->body;
    if (!resp->end && resp->nkeys == 0)
        return sm_fail (sm, -EPROTO, "listeattr without progress");
    for (uint32_t i = 0; i < resp->nkeys; i++) {
        if (op->nnames == (uint32_t) op->a.count)
            return SM_OK;
        const char *name = arena_strdup (&op->arena, resp->keys[i].name);
        if (!name)
            return sm_fail (sm, -ENOMEM, "names");
        if (f->seen++ >= names_to_skip (op))
            op->names[op->nnames++] = name;
        q->after = name;
    }
    op->dir_end = resp->end;
    return resp->end || op->nnames == (uint32_t) op->a.count ? SM_OK : EATTR_MORE;
}

/* --- the machine --------------------------------------------------------------------------------------------------------------------- */

static const struct eattr_op eattr_ops[] = {
    { &sys_geteattr, PROTO_geteattr, sizeof (struct geteattr_req), VALUES_ROOM + NAMES_ROOM, get_build, get_take },
    { &sys_seteattr, PROTO_seteattr, sizeof (struct seteattr_req), 0, set_build, changed_take },
    { &sys_atomiceattr, PROTO_atomiceattr, sizeof (struct atomiceattr_req), VALUES_ROOM + NAMES_ROOM, atomic_build, atomic_take },
    { &sys_deleattr, PROTO_deleattr, sizeof (struct deleattr_req), 0, del_build, changed_take },
    { &sys_listeattr, PROTO_listeattr, sizeof (struct listeattr_req), NAMES_ROOM, list_build, list_take },
};

static sm_event
eattr_begin (struct sm *sm)
{
    struct eattr_frame *f = SM_FRAME (sm, struct eattr_frame);
    struct sys_op *op = sys_op_of (sm);
    f->what = eattr_ops;
    while (f->what->type != op->type)
        f->what++;
    f->body = arena_alloc (&op->arena, f->what->body_size);
    int r = f->body ? sys_check_ref (op, op->a.ref) : -ENOMEM;
    if (r == 0)
        r = f->what->build (op, f);
    return r < 0 ? sm_fail (sm, r, "arguments") : SM_OK;
}

static sm_event
eattr_ask (struct sm *sm)
{
    struct eattr_frame *f = SM_FRAME (sm, struct eattr_frame);
    struct sys_op *op = sys_op_of (sm);
    int r = sys_msgpair (op, &f->mp, f->what->proto_op, f->body, op->a.ref.handle);
    if (r < 0)
        return sm_fail (sm, r, "server of the object");
    f->mp.max_resp = f->what->room;
    sys_msgpair_post (sm, &f->mp);
    return SM_WAIT;
}

static sm_event
eattr_take (struct sm *sm)
{
    struct eattr_frame *f = SM_FRAME (sm, struct eattr_frame);
    return f->what->take (sm, sys_op_of (sm), f);
}

static sm_event
eattr_failed (struct sm *sm)
{
    struct sys_op *op = sys_op_of (sm);
    if (sys_is_stale (sm->error))
        sys_forget (op, op->a.ref);
    return SM_FAIL;
}

enum { EA_BEGIN, EA_ASK, EA_TAKE, EA_FAILED };

static const struct sm_state eattr_states[] = {
    RUN (EA_BEGIN, eattr_begin, ON_OK (EA_ASK), ON_FAIL (SM_DONE)),
    RUN (EA_ASK, eattr_ask, ON_OK (EA_TAKE), ON_FAIL (EA_FAILED)),
    RUN (EA_TAKE, eattr_take, ON_OK (SM_DONE), ON_FAIL (SM_DONE), ON (EATTR_MORE, EA_ASK)),
    RUN (EA_FAILED, eattr_failed, ALWAYS (SM_DONE)),
};
SM_MACHINE (sys_eattr_sm, eattr_states, struct eattr_frame, eattr_frame_fini);

const struct sys_op_type sys_geteattr = { .name = "geteattr", .machine = &sys_eattr_sm };
const struct sys_op_type sys_seteattr = { .name = "seteattr", .machine = &sys_eattr_sm };
const struct sys_op_type sys_atomiceattr = { .name = "atomiceattr", .machine = &sys_eattr_sm };
const struct sys_op_type sys_deleattr = { .name = "deleattr", .machine = &sys_eattr_sm };
const struct sys_op_type sys_listeattr = { .name = "listeattr", .machine = &sys_eattr_sm };
