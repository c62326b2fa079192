/*
 * Exactly once: what each client's slots are doing and what they were answered.
 *
 * A client has at most one request per slot; sequence s of a slot starts only when nothing of s−1 runs, also across connections, so a stale
 * duplicate can never overwrite newer data. The answer of every modifying metadata operation is written in the operation's own transaction
 * (TROVE_REPLY: client id, slot → sequence, status, encoded body), so a repeat after any crash is answered, not done again.
 * The table in memory is read once at start and follows every commit. Records go one hour after a client was last heard of.
 */
#include <stdio.h>

#include "common/error/error.h"
#include "common/gossip/gossip.h"
#include "proto/record.h"
#include "server/server.h"

enum { MAX_SLOTS = 256, SLOT_GROUP = 16 };
static const uint64_t FORGET_AFTER = 3600 * NSEC_PER_SEC;

struct client_slot {
    uint64_t seq;              /* newest that was started */
    struct server_op *running;
    struct list waiting;       /* server_op.slot_wait */
    uint64_t reply_seq;        /* 0 = none */
    int32_t reply_status;      /* PVFS error */
    uint16_t reply_op;
    void *reply;
    uint32_t reply_len;
};

struct client_record {
    struct hash_node node;
    uint64_t id, last_heard;   /* wall clock */
    unsigned live;             /* operations that refer to it */
    struct client_slot *slots[MAX_SLOTS / SLOT_GROUP]; /* groups, made when they are first used */
};

static struct client_record *
find_client (struct server *s, uint64_t id, bool create)
{
    for (struct hash_node *n = hash_first (&s->clients, hash_u64 (id)); n; n = hash_next (n)) {
        struct client_record *c = container_of (n, struct client_record, node);
        if (c->id == id)
            return c;
    }
    struct client_record *c = create ? calloc (1, sizeof *c) : NULL;
    if (!c)
        return NULL;
    c->id = id;
    c->last_heard = server_now (s);
    if (hash_insert (&s->clients, &c->node, hash_u64 (id)) < 0) {
        free (c);
        return NULL;
    }
    return c;
}

/* NULL: out of memory. */
static struct client_slot *
slot_at (struct client_record *c, uint32_t slot)
{
    struct client_slot **group = &c->slots[slot / SLOT_GROUP];
    if (!*group) {
        *group = calloc (SLOT_GROUP, sizeof **group);
        for (int i = 0; *group && i < SLOT_GROUP; i++)
            list_init (&(*group)[i].waiting);
    }
    return *group ? &(*group)[slot % SLOT_GROUP] : NULL;
}

/* The operation refers to its client: its slot is there. */
static struct client_slot *
slot_of (const struct server_op *op)
{
    return &op->client->slots[op->req.slot / SLOT_GROUP][op->req.slot % SLOT_GROUP];
}

static int
find_slot (struct server_op *op)
{
    struct client_record *c = find_client (op->server, op->req.client_id, true);
    if (!c || !slot_at (c, op->req.slot))
        return -ENOMEM;
    op->client = c;
    c->live++;
    return 0;
}

static const struct job_class slot_class = { "the slot's previous request", NULL, NULL };

static sm_event
wait_for_slot (struct server_op *op, struct sm *sm, struct client_slot *slot)
{
    sm_expect (sm, &op->slot_job);
    job_post (&op->slot_job, &slot_class);
    list_push_back (&slot->waiting, &op->slot_wait);
    return SM_WAIT;
}

static bool
has_reply (const struct server_op *op, const struct client_slot *slot)
{
    return (op->info->flags & OP_MODIFY) && slot->reply_seq == op->req.seq && slot->reply_op == op->req.op;
}

static sm_event
take_reply (struct server_op *op, struct sm *sm, const struct client_slot *slot)
{
    op->replayed = true;
    op->reply_len = slot->reply_len;
    op->reply_buf = malloc (slot->reply_len ? slot->reply_len : 1);
    if (!op->reply_buf)
        return sm_fail (sm, -ENOMEM, "reply record");
    memcpy (op->reply_buf, slot->reply, slot->reply_len);
    if (slot->reply_status)
        return sm_fail (sm, pvfs_error_to_errno (slot->reply_status), "answered before");
    return SLOT_REPLAY;
}

sm_event
slot_enter (struct server_op *op, struct sm *sm)
{
    if (!op->peer || !op->req.seq)
        return SLOT_GO; /* internal, or a client without slots (getconfig before it knows anything) */
    if (op->connection_gone)
        return sm_fail (sm, -ECONNRESET, "connection closed while queued");
    if (op->req.slot >= MAX_SLOTS)
        return sm_fail (sm, -EPROTO, "slot number");
    if (!op->client && find_slot (op) < 0)
        return sm_fail (sm, -ENOMEM, "client record");
    op->client->last_heard = server_now (op->server);
    struct client_slot *slot = slot_of (op);
    bool fence = !(op->server->bugs & BUG_NO_SLOT_FENCE);
    if (slot->running && fence)
        return slot->running->req.seq <= op->req.seq ? wait_for_slot (op, sm, slot)
                                                     : sm_fail (sm, -ESTALE, "an old sequence of the slot");
    if (has_reply (op, slot))
        return take_reply (op, sm, slot);
    if (op->req.seq < slot->seq && fence)
        return sm_fail (sm, -ESTALE, "an old sequence of the slot");
    slot->running = op;
    slot->seq = op->req.seq;
    op->in_slot = true;
    return SLOT_GO;
}

int
slot_occupy (struct server_op *op)
{
    int r = op->req.slot < MAX_SLOTS ? find_slot (op) : -ENOMEM;
    if (r < 0)
        return r;
    struct client_slot *slot = slot_of (op);
    if (slot->running || slot->seq > op->req.seq) {
        op->client->live--;
        op->client = NULL;
        return -EBUSY;
    }
    slot->running = op;
    slot->seq = op->req.seq;
    op->in_slot = true;
    return 0;
}

void
slot_leave (struct server_op *op)
{
    list_remove (&op->slot_wait);
    if (!op->client)
        return;
    struct client_slot *slot = slot_of (op);
    op->client->live--;
    op->client = NULL;
    if (!op->in_slot)
        return;
    op->in_slot = false;
    if (slot->running != op)
        return; /* only without the fence */
    slot->running = NULL;
    struct list *n;
    while ((n = list_pop_front (&slot->waiting))) /* each looks again, in order */
        job_complete (&list_entry (n, struct server_op, slot_wait)->slot_job, 0);
}

/* --- records ---------------------------------------------------------------------------------------------------------------- */

struct reply_key {
    uint8_t slot[4];
    struct trove_key key;
};

static struct trove_key *
make_key (struct reply_key *k, uint64_t client_id, uint32_t slot)
{
    struct wire w;
    wire_encoder (&w, k->slot, sizeof k->slot);
    wire_be32 (&w, &slot);
    k->key = (struct trove_key){ .type = TROVE_REPLY, .handle = client_id, .name = k->slot, .name_len = sizeof k->slot };
    return &k->key;
}

int
server_put_reply (struct trove_txn *txn, struct server_op *op, int error)
{
    if (!op->client || !(op->info->flags & OP_MODIFY))
        return 0;
    struct wire w;
    int r = 0;
    wire_encoder_grow (&w, RECORD_MAX_REPLY);
    if (!error)
        op->info->resp_codec (&w, op->resp);
    if (w.err < 0) {
        r = w.err;
        wire_fini (&w);
        return r;
    }
    free (op->reply_buf);
    op->reply_buf = wire_take (&w, &op->reply_len);
    if (!op->reply_buf)
        op->reply_buf = malloc (1); /* nothing to say, or an error: an answer all the same (slot_set_reply) */
    if (!op->reply_buf)
        return -ENOMEM;
    op->reply_error = error;
    if (op->server->bugs & BUG_REPLY_NOT_RECORDED)
        return 0;

    struct record_reply rec = { .when = op->started, .seq = op->req.seq, .status = pvfs_error_from_errno (error), .op = op->req.op,
                                .body = op->reply_buf, .len = (uint32_t) op->reply_len };
    struct reply_key k;
    wire_encoder_grow (&w, RECORD_MAX_REPLY + 64);
    record_reply_codec (&w, &rec);
    r = w.err ? w.err : trove_put (txn, make_key (&k, op->req.client_id, op->req.slot), w.buf, w.pos);
    wire_fini (&w);
    return r;
}

void
slot_set_reply (struct server_op *op)
{
    if (!op->client || !op->reply_buf || op->replayed)
        return;
    struct client_slot *slot = slot_of (op);
    free (slot->reply);
    slot->reply = op->reply_buf;
    slot->reply_len = (uint32_t) op->reply_len;
    slot->reply_seq = op->req.seq;
    slot->reply_op = op->req.op;
    slot->reply_status = pvfs_error_from_errno (op->reply_error);
    op->reply_buf = NULL;
}

static int
load_one (void *arg, const struct trove_item *item)
{
    struct server *s = arg;
    struct record_reply rec = { 0 };
    uint32_t slot = 0;
    struct wire w;
    wire_decoder (&w, item->name, item->name_len, NULL);
    wire_be32 (&w, &slot);
    if (wire_finish (&w) < 0 || slot >= MAX_SLOTS)
        return 0;
    wire_decoder (&w, item->val, item->val_len, NULL);
    record_reply_codec (&w, &rec);
    if (wire_finish (&w) < 0)
        return 0;
    struct client_record *c = find_client (s, item->handle, true);
    struct client_slot *of = c ? slot_at (c, slot) : NULL;
    void *copy = malloc (rec.len ? rec.len : 1);
    if (!of || !copy) {
        free (copy);
        return -ENOMEM;
    }
    memcpy (copy, rec.body, rec.len);
    free (of->reply);
    of->reply = copy;
    of->reply_len = rec.len;
    of->reply_seq = of->seq = rec.seq;
    of->reply_op = rec.op;
    of->reply_status = rec.status;
    return 0;
}

int
slots_load (struct server *s, struct trove_txn *txn)
{
    struct trove_key from = { .type = TROVE_REPLY };
    return trove_iterate (txn, &from, true, load_one, s);
}

static void
free_client (struct server *s, struct client_record *c)
{
    hash_remove (&s->clients, &c->node);
    for (int g = 0; g < MAX_SLOTS / SLOT_GROUP; g++) {
        for (int i = 0; c->slots[g] && i < SLOT_GROUP; i++)
            free (c->slots[g][i].reply);
        free (c->slots[g]);
    }
    free (c);
}

void
slots_fini (struct server *s)
{
    size_t i;
    hash_for_each (&s->clients, i, n)
        free_client (s, container_of (n, struct client_record, node));
    hash_fini (&s->clients);
}

struct forget {
    struct trove_op op;
    uint64_t client_id;
};

static int
forget_txn (struct trove_txn *txn, void *arg)
{
    struct forget *f = arg;
    struct reply_key k;
    for (uint32_t i = 0; i < MAX_SLOTS; i++) {
        int r = trove_del (txn, make_key (&k, f->client_id, i));
        if (r < 0 && r != -ENOENT)
            return r;
    }
    return 0;
}

static void
forgotten (struct job *j)
{
    free (container_of (container_of (j, struct trove_op, job), struct forget, op));
}

void
slots_housekeeping (struct server *s)
{
    uint64_t now = server_now (s);
    size_t i;
    hash_for_each (&s->clients, i, n) {
        struct client_record *c = container_of (n, struct client_record, node);
        if (c->live || now - c->last_heard < FORGET_AFTER)
            continue;
        struct forget *f = calloc (1, sizeof *f);
        if (!f)
            return;
        f->client_id = c->id;
        f->op.body = forget_txn;
        f->op.arg = f;
        job_init (&f->op.job, s->reactor, forgotten, f);
        trove_txn_post (s->trove, &f->op);
        free_client (s, c);
    }
}
