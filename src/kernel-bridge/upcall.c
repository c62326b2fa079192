/*
 * The life of an upcall: new → post → (next …) → answered and ended. Two things happen on the way
 * that no handler sees: a refusal is tried once more with the caller's supplementary groups, and an
 * interrupt answers EINTR and cancels the operation (the upcall then lives on, unanswerable, until
 * the operation has ended).
 *
 * An interrupt only says that *some* signal came, and system calls on files are not expected to end
 * at SIGCHLD or SIGALRM. So the caller's pending signals decide how long the operation may go on
 * (caller.c): not at all if it was killed, a moment after Ctrl-C that it handles itself, some
 * seconds otherwise.
 */
#include "kernel-bridge/bridge.h"

#include "common/gossip/gossip.h"

enum { INTERRUPT_POLL = 50, WATCH_EVERY = 400 }; /* ms */

static void op_done (struct sys_op *op);

/* --- interrupts ----------------------------------------------------------------------------- */

static void
interrupt_fire (struct reactor_timer *t)
{
    struct upcall *u = container_of (t, struct upcall, interrupt);
    struct bridge *b = u->bridge;
    uint64_t now = reactor_now (b->reactor);
    if (!u->req)
        return;
    if (now - u->interrupted_at < caller_patience (u->pid)) {
        reactor_timer_set (b->reactor, t, now + INTERRUPT_POLL * NSEC_PER_MSEC);
        return;
    }
    fuse_req_t req = u->req;
    u->req = NULL;
    fuse_req_interrupt_func (req, NULL, NULL);
    fuse_reply_err (req, EINTR);
    if (u->op)
        sys_op_cancel (u->op); /* its end, maybe at once, ends the upcall */
}

static void
note_interrupt (struct upcall *u)
{
    uint64_t now = reactor_now (u->bridge->reactor);
    if (u->interrupted_at)
        return;
    u->interrupted_at = now;
    reactor_timer_set (u->bridge->reactor, &u->interrupt, now);
}

/* Called by libfuse while it holds the request: only noted here. */
static void
interrupted (fuse_req_t req, void *data)
{
    note_interrupt (data);
}

/* The kernel sends no interrupt for direct I/O, and none can be read while no slot is free: so
 * callers that wait for long are looked after. */
static void
watch_fire (struct reactor_timer *t)
{
    struct bridge *b = container_of (t, struct bridge, watch);
    uint64_t now = reactor_now (b->reactor);
    struct upcall *u;
    list_for_each (u, &b->upcalls, link)
        if (u->req && !u->interrupted_at && now - u->since >= WATCH_EVERY * NSEC_PER_MSEC
            && caller_is_leaving (u->pid))
            note_interrupt (u);
    if (!list_empty (&b->upcalls))
        reactor_timer_set (b->reactor, t, now + WATCH_EVERY * NSEC_PER_MSEC);
}

void
upcall_watch_init (struct bridge *b)
{
    reactor_timer_init (&b->watch, watch_fire, TIMER_WORK);
}

/* --- life ----------------------------------------------------------------------------------- */

struct upcall *
upcall_new (fuse_req_t req, fuse_ino_t ino, const struct sys_op_type *type,
            void (*finish) (struct upcall *, struct sys_op *))
{
    struct bridge *b = fuse_req_userdata (req);
    const struct fuse_ctx *ctx = fuse_req_ctx (req);
    struct upcall *u = calloc (1, sizeof *u);
    if (!u) {
        fuse_reply_err (req, ENOMEM);
        return NULL;
    }
    u->bridge = b;
    u->req = req;
    u->uid = ctx->uid;
    u->gid = ctx->gid;
    u->pid = ctx->pid;
    u->type = type;
    u->finish = finish;
    u->slot = b->current;
    b->current = NULL;
    u->args.fs = (PVFS_fs_id)b->volume->fs_id;
    u->args.ref = bridge_ref (b, ino);
    u->args.umask = ctx->umask;
    reactor_timer_init (&u->interrupt, interrupt_fire, TIMER_WORK);
    u->since = bridge_now (b);
    list_init (&u->link);
    list_push_back (&b->upcalls, &u->link);
    if (!reactor_timer_is_set (&b->watch))
        reactor_timer_set (b->reactor, &b->watch, u->since + WATCH_EVERY * NSEC_PER_MSEC);
    fuse_req_interrupt_func (req, interrupted, u);
    return u;
}

char *
upcall_string (struct upcall *u, const char *s)
{
    char *copy = arena_strdup (&u->arena, s);
    if (!copy)
        upcall_error (u, -ENOMEM);
    return copy;
}

void
upcall_end (struct upcall *u)
{
    struct bridge *b = u->bridge;
    reactor_timer_clear (b->reactor, &u->interrupt);
    list_remove (&u->link);
    if (u->changes)
        b->changes++;
    if (u->asks_for)
        holds_asked (b, u->asks_for);
    if (u->args.mem_req)
        PVFS_Request_free (&u->args.mem_req);
    bridge_buffer_free (b, u->buffer, u->size);
    bridge_slot_free (b, u->slot);
    arena_fini (&u->arena);
    free (u);
    bridge_go_on (b);
}

void
upcall_error (struct upcall *u, int err)
{
    fuse_reply_err (u->req, err < 0 ? -err : 0);
    upcall_end (u);
}

/* --- the operation -------------------------------------------------------------------------- */

static void
fill_credential (struct upcall *u, const struct group_entry *g, PVFS_credential *cred)
{
    *cred = (PVFS_credential){ .userid = u->uid, .num_groups = 1, .group_array = { u->gid } };
    for (uint32_t i = 0; g && i < g->ngroups && cred->num_groups < PVFS_REQ_LIMIT_GROUPS; i++)
        if (g->groups[i] != u->gid)
            cred->group_array[cred->num_groups++] = g->groups[i];
}

/* A write that a later core repeats goes where it went before, also if "the end" is elsewhere by then. */
static void
keep_offset (struct upcall *u)
{
    struct slot_record *r = slots_record (&u->bridge->slots, u->slot);
    if (r->has_offset) {
        u->args.offset = r->offset;
        return;
    }
    r->offset = u->args.offset;
    __atomic_store_n (&r->has_offset, 1, __ATOMIC_RELEASE);
}

/* A repeat says the same words, or its messages would not be known again (msgpair/journal.h). */
static void
keep_hold (struct upcall *u)
{
    struct slot_record *r = slots_record (&u->bridge->slots, u->slot);
    if (r->hold)
        u->args.hold = r->hold;
    else
        r->hold = u->args.hold;
}

static void
start (struct upcall *u, const struct group_entry *g)
{
    if (u->slot && u->args.hold)
        keep_hold (u);
    if (u->slot && u->type == &sys_io && u->args.io_type == PVFS_IO_WRITE)
        keep_offset (u);
    PVFS_credential cred;
    fill_credential (u, g, &cred);
    u->with_groups = g != NULL;
    struct sys_op *op = sys_op_new (u->bridge->client, u->type, &cred);
    if (!op) {
        upcall_error (u, -ENOMEM);
        return;
    }
    op->a = u->args;
    op->done = op_done;
    op->user = u;
    if (u->slot)
        op->request_id = u->slot->request_id;
    u->op = op;
    sys_op_post (op);
}

static const struct group_entry *
first_groups (struct upcall *u)
{
    return u->needs_groups && u->uid ? caller_groups (u->bridge, u->pid, u->uid, u->gid) : NULL;
}

void
upcall_post (struct upcall *u)
{
    if (u->changes)
        u->bridge->changes++;
    start (u, first_groups (u));
}

void
upcall_next (struct upcall *u, const struct sys_op_type *type,
             void (*finish) (struct upcall *, struct sys_op *))
{
    u->type = type;
    u->finish = finish;
    start (u, first_groups (u));
}

/* Refused, and there are groups that could make a difference. */
static const struct group_entry *
worth_another_try (struct upcall *u, int err)
{
    if ((err != -EACCES && err != -EPERM) || u->with_groups || u->uid == 0)
        return NULL;
    return caller_groups (u->bridge, u->pid, u->uid, u->gid);
}

static void
op_done (struct sys_op *op)
{
    struct upcall *u = op->user;
    u->op = NULL;
    if (u->changes) {
        nodes_note_dir (&u->bridge->nodes, op->a.ref.handle, op->has_dir ? &op->dir : NULL, bridge_now (u->bridge));
        if (op->a.ref2.handle)
            nodes_note_dir (&u->bridge->nodes, op->a.ref2.handle, NULL, 0);
    }
    if (!u->req) { /* answered by an interrupt */
        if (u->args.hold && op->result.ref.handle)
            holds_unsure (u->bridge, op->result.ref.handle);
        sys_op_free (op);
        upcall_end (u);
        return;
    }
    const struct group_entry *g = worth_another_try (u, op->error);
    if (g) {
        sys_op_free (op);
        start (u, g);
        return;
    }
    gossip_debug (GOSSIP_CLIENTCORE_DEBUG, "%s of %llu for uid %u: %d", u->type->name,
                  (unsigned long long)u->args.ref.handle, u->uid, op->error);
    u->finish (u, op);
    if (op->user) /* else the handler has kept it */
        sys_op_free (op);
}
