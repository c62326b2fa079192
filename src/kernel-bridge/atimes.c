/*
 * Access times; see atimes.h.
 */
#include "kernel-bridge/bridge.h"

struct access {
    struct hash_node hash;
    struct list link; /* in waiting or told */
    uint64_t handle, at;
};

static struct access *
find (const struct atimes *t, uint64_t handle)
{
    for (struct hash_node *h = hash_first (&t->table, hash_u64 (handle)); h; h = hash_next (h)) {
        struct access *a = container_of (h, struct access, hash);
        if (a->handle == handle)
            return a;
    }
    return NULL;
}

static void
drop (struct atimes *t, struct access *a)
{
    hash_remove (&t->table, &a->hash);
    list_remove (&a->link);
    free (a);
}

static void
drop_all (struct atimes *t, struct list *l)
{
    struct access *a;
    while ((a = list_first (l, struct access, link)))
        drop (t, a);
}

static void
wake_later (struct bridge *b)
{
    struct atimes *t = &b->atimes;
    if (!t->op && !list_empty (&t->waiting) && !reactor_timer_is_set (&t->timer))
        reactor_timer_set (b->reactor, &t->timer, bridge_now (b) + ATIMES_DELAY);
}

/* Whatever came of it: an access time is not worth a second try. */
static void
told (struct sys_op *op)
{
    struct bridge *b = op->user;
    b->atimes.op = NULL;
    drop_all (&b->atimes, &b->atimes.told);
    sys_op_free (op);
    wake_later (b);
}

static int
gather (struct atimes *t, struct sys_op *op)
{
    struct accessed_list *list = arena_alloc (&op->arena, sizeof *list);
    obj_handle *handles = arena_array (&op->arena, ATIMES_BATCH, sizeof *handles);
    struct access *a;
    if (!list || !handles)
        return -ENOMEM;
    *list = (struct accessed_list){ .handles = handles };
    while (list->n < ATIMES_BATCH && (a = list_first (&t->waiting, struct access, link))) {
        list_remove (&a->link);
        list_push_back (&t->told, &a->link);
        handles[list->n++] = a->handle;
    }
    op->a.resp = list;
    return 0;
}

/* As root: the readers were let in, and it is the file system that notes it. */
static void
tell (struct reactor_timer *timer)
{
    struct bridge *b = container_of (timer, struct bridge, atimes.timer);
    PVFS_credential root = { .num_groups = 1 };
    struct sys_op *op = sys_op_new (b->client, &sys_accessed, &root);
    if (!op || gather (&b->atimes, op) < 0) {
        if (op)
            sys_op_free (op);
        drop_all (&b->atimes, &b->atimes.waiting);
        return;
    }
    op->a.fs = (PVFS_fs_id)b->volume->fs_id;
    op->done = told;
    op->user = b;
    b->atimes.op = op;
    sys_op_post (op);
}

void
bridge_atimes_init (struct bridge *b)
{
    list_init (&b->atimes.waiting);
    list_init (&b->atimes.told);
    reactor_timer_init (&b->atimes.timer, tell, TIMER_WORK);
}

void
bridge_atimes_fini (struct bridge *b)
{
    reactor_timer_clear (b->reactor, &b->atimes.timer);
    drop_all (&b->atimes, &b->atimes.waiting);
    drop_all (&b->atimes, &b->atimes.told);
    hash_fini (&b->atimes.table);
}

void
bridge_accessed (struct bridge *b, uint64_t handle, bool directory)
{
    const struct mount_options *o = b->options;
    struct atimes *t = &b->atimes;
    uint64_t now = reactor_file_clock (b->reactor);
    if (o->atime == ATIME_NEVER || o->read_only || (directory && o->no_diratime))
        return;
    if (!nodes_read (&b->nodes, handle, now) && o->atime == ATIME_RELATIVE)
        return;
    struct access *a = find (t, handle);
    if (!a) {
        a = t->table.count < ATIMES_MAX ? calloc (1, sizeof *a) : NULL;
        if (!a || hash_insert (&t->table, &a->hash, hash_u64 (handle)) < 0) {
            free (a);
            return;
        }
        a->handle = handle;
        list_init (&a->link);
    }
    a->at = now;
    list_remove (&a->link); /* what is under way may have left before this read */
    list_push_back (&t->waiting, &a->link);
    wake_later (b);
}

uint64_t
bridge_access_of (const struct bridge *b, uint64_t handle)
{
    const struct access *a = find (&b->atimes, handle);
    return a ? a->at : 0;
}

void
bridge_access_forget (struct bridge *b, uint64_t handle)
{
    struct access *a = find (&b->atimes, handle);
    if (a)
        drop (&b->atimes, a);
}
