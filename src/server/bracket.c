/*
 * The bracket: the one machine that every operation runs in.
 *
 *   SLOT      not while the server is frozen; exactly once: wait for the slot's previous request, or answer a repeat from its record
 *   SCHEDULE  wait for the keys of the operation's descriptor
 *   WORK      its transaction, function or machine
 *   FOLLOW    what its transaction promised that must be over before the answer
 *   RELEASE   give the keys back – the commit is in memory
 *   DURABLE   wait until what the answer depends on cannot be lost any more
 *   RESPOND   answer (io answers itself)
 *   GROW      a directory may have to be split
 */
#include <stdio.h>

#include "common/error/error.h"
#include "common/gossip/gossip.h"
#include "proto/ops/io.h"
#include "server/freeze.h"
#include "server/history.h"
#include "server/hold.h"
#include "server/perf.h"
#include "server/server.h"
#include "server/spread.h"

enum { SLOT, SCHEDULE, WORK, FOLLOW, FOLLOWED, RELEASE, DURABLE, RESPOND, GROW, TELL_GROWN };
enum { FOLLOWS = SM_FIRST_OWN, GROWN = SM_FIRST_OWN };

struct server_op *
server_op_of (struct sm *sm)
{
    while (sm->parent)
        sm = sm->parent;
    return container_of (sm, struct server_op, sm);
}

bool
server_op_modifies (const struct server_op *op)
{
    if (op->info->flags & OP_DATA)
        return op->req.op == PROTO_truncate || REQ (op, io)->type == IO_WRITE; /* small_io begins with an io */
    return op->info->flags & (OP_MODIFY | OP_SERVER);
}

static sm_event
bracket_slot (struct sm *sm)
{
    struct server_op *op = server_op_of (sm);
    return freeze_holds (op) ? freeze_wait (sm, op) : slot_enter (op, sm);
}

static sm_event
bracket_schedule (struct sm *sm)
{
    struct server_op *op = server_op_of (sm);
    int r = 0;
    if (op->connection_gone)
        return sm_fail (sm, -ECONNRESET, "connection closed while queued");
    if (op->server->admin_mode && server_op_modifies (op) && !(op->info->flags & OP_ADMIN))
        return sm_fail (sm, -EAGAIN, "server in admin mode");
    sched_init (&op->sched, op->server->sched, op->id);
    if (op->desc->keys)
        r = op->desc->keys (op);
    if (r < 0)
        return sm_fail (sm, r, "refused");
    if (!op->sched.nholds)
        return SM_OK;
    sm_expect (sm, &op->sched.job);
    sched_post (&op->sched);
    return SM_WAIT;
}

/* --- the three kinds of work ------------------------------------------------------------------------------------------ */

enum { RUN_BODY };

static int
body_of_desc (struct trove_txn *txn, void *arg)
{
    struct server_op *op = arg;
    int r = op->desc->txn (txn, op);
    return r < 0 || op->desc->read_only || op->follow ? r : server_put_reply (txn, op, 0);
}

sm_event
server_txn (struct sm *sm, struct server_op *op, int (*body) (struct trove_txn *, void *), void *arg, bool read_only)
{
    op->txn = (struct trove_op){ .body = body, .arg = arg, .read_only = read_only, .creates = op->desc && op->desc->creates };
    op->server->perf[read_only ? PERF_METADATA_READ : PERF_METADATA_WRITE]++;
    sm_expect (sm, &op->txn.job);
    trove_txn_post (op->server->trove, &op->txn);
    return SM_WAIT;
}

static sm_event
txn_run (struct sm *sm)
{
    struct server_op *op = server_op_of (sm);
    return server_txn (sm, op, body_of_desc, op, op->desc->read_only);
}

static const struct sm_state txn_states[] = {
    RUN (RUN_BODY, txn_run, ALWAYS (SM_DONE)),
};
SM_MACHINE_FRAMELESS (txn_sm, txn_states);

static sm_event
plain_run (struct sm *sm)
{
    struct server_op *op = server_op_of (sm);
    int r = op->desc->plain (op);
    return r < 0 ? sm_fail (sm, r, op->info->name) : SM_OK;
}

static const struct sm_state plain_states[] = {
    RUN (RUN_BODY, plain_run, ALWAYS (SM_DONE)),
};
SM_MACHINE_FRAMELESS (plain_sm, plain_states);

static const struct sm_machine *
choose_work (struct sm *sm)
{
    struct server_op *op = server_op_of (sm);
    if (op->server->bugs & BUG_EARLY_RELEASE)
        sched_release (&op->sched);
    return op->desc->machine ? op->desc->machine : op->desc->txn ? &txn_sm : &plain_sm;
}

static sm_event
bracket_follow (struct sm *sm)
{
    struct server_op *op = server_op_of (sm);
    if (!sm->error && op->grows) {
        intent_spawn (op->grows, op->txn.seq);
        op->grows = NULL;
    }
    if (sm->error || !op->follow)
        return SM_OK;
    intent_begin (sm, op->follow);
    return FOLLOWS;
}

/* --- the way out --------------------------------------------------------------------------------------------------------- */

static sm_event
bracket_release (struct sm *sm)
{
    struct server_op *op = server_op_of (sm);
    op->seq = MAX (op->seq, op->txn.seq);
    if (!sm->error && op->desc->finish)
        op->desc->finish (op);
    hold_kept (op);
    slot_set_reply (op);
    sched_release (&op->sched);
    return SM_OK;
}

/* What an answer says must not be forgotten: neither what was done, nor what was seen of others – that a name is there, or is gone. */
static sm_event
bracket_durable (struct sm *sm)
{
    struct server_op *op = server_op_of (sm);
    if (!op->seq || op->answered || (op->server->bugs & BUG_REPLY_BEFORE_FLUSH))
        return SM_OK;
    op->durable = (struct trove_durable){ .seq = op->seq };
    sm_expect (sm, &op->durable.job);
    trove_durable_post (op->server->trove, &op->durable);
    return SM_WAIT;
}

static void
encode_response (struct server_op *op, struct wire *w, int error)
{
    struct proto_response resp = { .op = op->req.op, .status = pvfs_error_from_errno (error), .epoch = op->server->config->epoch,
                                   .has_dir = op->has_dir && !error, .dir = op->dir, .body = op->resp };
    if (op->replayed && !error) { /* the header, then the recorded body as it was */
        wire_u16 (w, &resp.op);
        wire_i32 (w, &resp.status);
        wire_u64 (w, &resp.epoch);
        wire_bool (w, &resp.has_dir);
        uint8_t *p = wire_raw (w, op->reply_len);
        if (p && op->reply_len)
            memcpy (p, op->reply_buf, op->reply_len);
    } else {
        proto_response_codec (w, &resp);
    }
}

int
server_send_response (struct server_op *op, struct sm *sm, struct bmi_msg *m, struct iovec *iov, int error, uint8_t flags)
{
    struct wire w;
    wire_encoder_grow (&w, BMI_MAX_MESSAGE);
    encode_response (op, &w, error);
    if (w.err) {
        int err = w.err;
        wire_fini (&w);
        if (error)
            return err;
        return server_send_response (op, sm, m, iov, err, flags);
    }
    size_t len;
    free (op->send_buf);
    op->send_buf = wire_take (&w, &len);
    *iov = (struct iovec){ op->send_buf, len };
    *m = (struct bmi_msg){ .peer = op->peer, .tag = op->tag, .iov = iov, .niov = 1, .size = len, .flags = flags };
    if (op->unexpected && (flags & BMI_LAST)) {
        bmi_release (op->server->bmi, op->unexpected);
        op->unexpected = NULL;
        op->req.body = NULL; /* lived in it */
    }
    sm_expect_any (sm, &m->job);
    bmi_post_send (op->server->bmi, m);
    return 0;
}

static void
log_failure (struct server_op *op, struct sm *sm)
{
    bool serious = sm->error == -EIO || sm->error == -ENOMEM || sm->error == -ENOSPC;
    char hist[512];
    if (serious) {
        sm_history (sm, hist, sizeof hist);
        gossip_err ("%s %llx from %s: %s (%s); %s", op->info->name, (unsigned long long) op->target,
                    op->peer ? bmi_peer_name (op->peer) : "self", strerror (-sm->error), sm->error_text, hist);
    } else {
        gossip_debug (GOSSIP_SERVER_DEBUG, "%s %llx: %s (%s)", op->info->name, (unsigned long long) op->target,
                      strerror (-sm->error), sm->error_text);
    }
}

static sm_event
bracket_respond (struct sm *sm)
{
    struct server_op *op = server_op_of (sm);
    int error = sm->error;
    uint64_t now = server_now (op->server);
    history_end (op, error, now);
    perf_end (op, now - MIN (now, op->began));
    if (error)
        log_failure (op, sm);
    slot_leave (op); /* before the answer leaves: the client may use the slot again at once */
    if (!op->peer || op->connection_gone || op->answered)
        return SM_OK;
    if (server_send_response (op, sm, &op->send, &op->send_iov, error, BMI_LAST) < 0) {
        bmi_drop (op->server->bmi, op->peer, -ENOMEM); /* it cannot be answered: let it try again */
        return SM_OK;
    }
    return SM_WAIT;
}

static sm_event
bracket_grow (struct sm *sm)
{
    struct server_op *op = server_op_of (sm);
    return op->full.dir ? GROWN : SM_OK;
}

static const struct sm_state bracket_states[] = {
    RUN (SLOT, bracket_slot, ON_OK (SLOT), ON (SLOT_GO, SCHEDULE), ON (SLOT_REPLAY, RESPOND), ON_FAIL (RESPOND)),
    RUN (SCHEDULE, bracket_schedule, ON_OK (WORK), ON_FAIL (RELEASE)),
    CALL_VIA (WORK, choose_work, ALWAYS (FOLLOW)),
    RUN (FOLLOW, bracket_follow, ON (FOLLOWS, FOLLOWED), ALWAYS (RELEASE)),
    CALL (FOLLOWED, intent_sm, ALWAYS (RELEASE)),
    RUN (RELEASE, bracket_release, ALWAYS (DURABLE)),
    RUN (DURABLE, bracket_durable, ALWAYS (RESPOND)),
    RUN (RESPOND, bracket_respond, ALWAYS (GROW)),
    RUN (GROW, bracket_grow, ON (GROWN, TELL_GROWN), ALWAYS (SM_DONE)),
    CALL (TELL_GROWN, spread_tell_full_sm, ALWAYS (SM_DONE)),
};
SM_MACHINE_FRAMELESS (bracket_sm, bracket_states);
