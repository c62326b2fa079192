/*
 * The life of an operation: new → post → (steps) → ended → free; its public id; and how its machines send messages.
 */
#include <unistd.h>

#include "client/sysint/client.h"
#include "client/sysint/volume.h"

/* --- public ids ------------------------------------------------------------------------------------------------------------- */

/* id = generation << 24 | slot + 1 */
enum { ID_SLOT_BITS = 24, ID_MAX_SLOTS = 1 << 20 };

struct id_slot {
    struct sys_op *op;      /* NULL: free */
    uint64_t generation;
    uint32_t next_free;     /* 1 + slot, 0 = none */
};

struct op_ids {
    struct id_slot *slots;
    uint32_t n, first_free; /* 1 + slot */
};

static int
grow (struct op_ids *ids)
{
    uint32_t n = ids->n ? ids->n * 2 : 64;
    if (n > ID_MAX_SLOTS)
        return -EAGAIN;
    struct id_slot *s = realloc (ids->slots, n * sizeof *s);
    if (!s)
        return -ENOMEM;
    ids->slots = s;
    for (uint32_t i = n; i-- > ids->n;) {
        s[i] = (struct id_slot){ .generation = 1, .next_free = ids->first_free };
        ids->first_free = i + 1;
    }
    ids->n = n;
    return 0;
}

PVFS_id_gen_t
sys_op_publish (struct sys_op *op)
{
    struct client *c = op->client;
    if (!c->ids && !(c->ids = calloc (1, sizeof *c->ids)))
        return 0;
    if (!c->ids->first_free && grow (c->ids) < 0)
        return 0;
    uint32_t i = c->ids->first_free - 1;
    struct id_slot *s = &c->ids->slots[i];
    c->ids->first_free = s->next_free;
    s->op = op;
    op->id = (PVFS_id_gen_t) (s->generation << ID_SLOT_BITS | (i + 1));
    return op->id;
}

static struct id_slot *
slot_of (struct op_ids *ids, PVFS_id_gen_t id)
{
    uint32_t i = (uint32_t) (id & ((1 << ID_SLOT_BITS) - 1));
    if (!ids || id <= 0 || i == 0 || i > ids->n)
        return NULL;
    struct id_slot *s = &ids->slots[i - 1];
    return s->op && s->generation == (uint64_t) id >> ID_SLOT_BITS ? s : NULL;
}

struct sys_op *
sys_op_by_id (struct client *c, PVFS_id_gen_t id)
{
    struct id_slot *s = slot_of (c->ids, id);
    return s ? s->op : NULL;
}

static void
retract (struct sys_op *op)
{
    struct op_ids *ids = op->client->ids;
    struct id_slot *s = slot_of (ids, op->id);
    op->id = 0;
    if (!s)
        return;
    s->op = NULL;
    s->generation = (s->generation + 1) & ((UINT64_C (1) << 38) - 1);
    s->next_free = ids->first_free;
    ids->first_free = (uint32_t) (s - ids->slots) + 1;
}

void
op_ids_free (struct op_ids *ids)
{
    if (ids)
        free (ids->slots);
    free (ids);
}

/* --- life -------------------------------------------------------------------------------------------------------------------- */

static bool
copy_cred (struct sys_op *op, const PVFS_credential *cred)
{
    struct proto_cred *c = &op->cred;
    if (!cred) {
        *c = (struct proto_cred){ .uid = geteuid (), .gid = getegid () };
        return true;
    }
    uint32_t n = MIN (cred->num_groups, (uint32_t) PVFS_REQ_LIMIT_GROUPS);
    c->uid = cred->userid;
    c->gid = n ? cred->group_array[0] : (PVFS_gid) -1;
    c->ngroups = n > 1 ? n - 1 : 0;
    c->signature_len = MIN (cred->sig_size, (uint32_t) PVFS_REQ_LIMIT_SIGNATURE);
    char issuer[PVFS_REQ_LIMIT_ISSUER];
    memcpy (issuer, cred->issuer, sizeof issuer);
    issuer[sizeof issuer - 1] = 0;
    c->groups = c->ngroups ? arena_memdup (&op->arena, cred->group_array + 1, c->ngroups * sizeof *c->groups) : NULL;
    c->issuer = arena_strdup (&op->arena, issuer);
    c->signature = c->signature_len ? arena_memdup (&op->arena, cred->signature, c->signature_len) : NULL;
    return c->issuer && (c->groups || !c->ngroups) && (c->signature || !c->signature_len);
}

struct sys_op *
sys_op_new (struct client *c, const struct sys_op_type *type, const PVFS_credential *cred)
{
    struct sys_op *op = calloc (1, sizeof *op);
    if (!op)
        return NULL;
    op->client = c;
    op->type = type;
    list_init (&op->link);
    if (!copy_cred (op, cred)) {
        sys_op_free (op);
        return NULL;
    }
    return op;
}

static bool
dup_string (struct sys_op *op, const char **s)
{
    if (!*s)
        return true;
    *s = arena_strdup (&op->arena, *s);
    return *s != NULL;
}

/* What the caller may change as soon as the post returns. */
static bool
copy_args (struct sys_op *op)
{
    struct sys_args *a = &op->a;
    if (a->layout) {
        PVFS_sys_layout *l = arena_memdup (&op->arena, a->layout, sizeof *l);
        if (!l)
            return false;
        int32_t n = l->server_list.count;
        if (n > 0 && n <= PROTO_MAX_DFILES && l->server_list.servers) {
            l->server_list.servers = arena_memdup (&op->arena, l->server_list.servers,
                                                   (size_t) n * sizeof *l->server_list.servers);
            if (!l->server_list.servers)
                return false;
        }
        a->layout = l;
    }
    return dup_string (op, &a->name) && dup_string (op, &a->name2)
           && dup_string (op, (const char **) &a->attr.link_target)
           && dup_string (op, (const char **) &a->attr.dist_name)
           && dup_string (op, (const char **) &a->attr.dist_params);
}

static void
end (struct sys_op *op, int error)
{
    op->error = error;
    op->ended = true;
    list_remove (&op->link);
    if (op->finish)
        op->error = op->finish (op);
    if (op->id)
        list_push_back (&op->client->completed, &op->link);
    if (op->done)
        op->done (op);
}

static void
machine_ended (struct sm *sm)
{
    end (sm->owner, sm->error);
}

void
sys_op_post (struct sys_op *op)
{
    struct client *c = op->client;
    if (!op->request_id)
        op->request_id = c->next_request_id++;
    if (!op->a.fs)
        op->a.fs = op->a.ref.fs_id;
    if (!copy_args (op)) {
        end (op, -ENOMEM);
        return;
    }
    list_push_back (&c->ops, &op->link);
    op->sm.owner = op;
    op->sm.on_end = machine_ended;
    int r = sm_start (&op->sm, c->reactor, op->type->machine, op);
    if (r < 0)
        end (op, r);
}

void
sys_op_cancel (struct sys_op *op)
{
    if (!op->ended)
        sm_cancel (&op->sm);
}

void
sys_op_free (struct sys_op *op)
{
    if (!op)
        return;
    list_remove (&op->link);
    if (op->id)
        retract (op);
    arena_fini (&op->arena);
    free (op);
}

static bool
has_ended (void *arg)
{
    return ((struct sys_op *) arg)->ended;
}

int
sys_op_run (struct sys_op *op)
{
    struct reactor *r = op->client->reactor;
    reactor_enter (r);
    sys_op_post (op);
    reactor_wait (r, has_ended, op, UINT64_MAX);
    reactor_leave (r);
    return op->error;
}

/* --- for the machines ------------------------------------------------------------------------------------------------------------ */

struct sys_op *
sys_op_of (struct sm *sm)
{
    return sm->owner;
}

static int
prepare (struct sys_op *op, struct msgpair *mp, unsigned proto_op, void *body)
{
    if (op->sm.cancelled)
        return -ECANCELED;
    mp->ctx = op->client->msgpair;
    mp->req = (struct proto_request){
        .op = (uint16_t) proto_op,
        .fs = (obj_fsid) op->a.fs,
        .cred = op->cred,
        .request_id = op->request_id,
        .body = body,
    };
    mp->flags = 0;
    mp->max_resp = 0;
    mp->deadline = op->deadline;
    return 0;
}

int
sys_msgpair (struct sys_op *op, struct msgpair *mp, unsigned proto_op, void *body, obj_handle target)
{
    struct volume *v = client_volume (op->client, op->a.fs);
    if (!v)
        return -ENODEV;
    int r = volume_server (op->client, v, target, &mp->server);
    return r < 0 ? r : prepare (op, mp, proto_op, body);
}

int
sys_msgpair_alias (struct sys_op *op, struct msgpair *mp, unsigned proto_op, void *body, unsigned alias)
{
    struct volume *v = client_volume (op->client, op->a.fs);
    if (!v)
        return -ENODEV;
    int r = volume_server_by_alias (op->client, v, alias, &mp->server);
    return r < 0 ? r : prepare (op, mp, proto_op, body);
}

void
sys_msgpair_post (struct sm *sm, struct msgpair *mp)
{
    sm_expect (sm, &mp->job);
    msgpair_post (mp);
}

int
sys_check_name (const char *name)
{
    if (!name || !*name || strchr (name, '/') || strcmp (name, ".") == 0 || strcmp (name, "..") == 0)
        return -EINVAL;
    return strlen (name) > PROTO_MAX_NAME ? -ENAMETOOLONG : 0;
}

int
sys_check_ref (struct sys_op *op, PVFS_object_ref ref)
{
    if (!ref.handle || !ref.fs_id || ref.fs_id != op->a.fs)
        return -EINVAL;
    return client_volume (op->client, ref.fs_id) ? 0 : -ENODEV;
}
