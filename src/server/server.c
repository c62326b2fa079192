/*
 * The server context: bringing the layers up, the listener, drain and teardown. See server.h.
 */
#include "server/server.h"

#include <stdio.h>

#include "common/error/error.h"
#include "common/gossip/gossip.h"
#include "common/security/security.h"
#include "io/description/dist.h"
#include "server/data.h"
#include "server/freeze.h"
#include "server/history.h"
#include "server/hold.h"
#include "server/intent.h"
#include "server/perf.h"
#include "server/pool.h"
#include "server/record.h"
#include "server/storage.h"

enum { HOUSEKEEPING_SECONDS = 30, REQUEST_HEAD = 4 };

/* Per connection, in bmi_peer_user. */
struct connection {
    uint64_t last_tag[256]; /* by slot: whose early messages may still lie about */
    uint64_t body_bytes;    /* of oversized requests */
};
static const uint64_t MAX_BODY_BYTES = 64 << 20;

/* --- small things --------------------------------------------------------------------------------------------------------- */

uint64_t
server_now (struct server *s)
{
    return reactor_file_clock (s->reactor);
}

struct server_fs *
server_fs_find (struct server *s, obj_fsid id)
{
    for (int i = 0; i < s->nfs; i++)
        if (s->fs[i].id == id)
            return &s->fs[i];
    return NULL;
}

int
server_of_handle (struct server *s, struct server_fs *fs, obj_handle h)
{
    return config_handle_server (fs->cfg, h);
}

bool
server_is_local (struct server *s, struct server_fs *fs, obj_handle h)
{
    return config_handle_server (fs->cfg, h) == s->alias_index;
}

int
server_peer (struct server *s, int alias_index, struct msgpair_server **ret)
{
    if (alias_index < 0 || alias_index >= s->config->n_aliases)
        return -ENOENT;
    if (!s->peers[alias_index]) {
        int r = msgpair_server_get (s->msgpair, s->config->aliases[alias_index].addr, &s->peers[alias_index]);
        if (r < 0)
            return r;
    }
    *ret = s->peers[alias_index];
    return 0;
}

int
server_ask (struct server_op *op, struct msgpair *mp, unsigned proto_op, void *body, obj_handle target)
{
    struct server *s = op->server;
    msgpair_fini (mp);
    *mp = (struct msgpair){ .ctx = s->msgpair, .req = { .op = (uint16_t) proto_op, .fs = op->fs->id, .body = body, .cred = op->req.cred } };
    return server_peer (s, server_of_handle (s, op->fs, target), &mp->server);
}

/* --- operations' life --------------------------------------------------------------------------------------------------------- */

static void
op_free (struct server_op *op)
{
    struct server *s = op->server;
    list_remove (&op->link);
    slot_leave (op);
    sched_release (&op->sched);
    if (op->unexpected && s->bmi)
        bmi_release (s->bmi, op->unexpected);
    if (op->peer && s->bmi)
        bmi_peer_unref (op->peer);
    intent_free (op->follow);
    intent_free (op->grows);
    free (op->body_buf);
    free (op->send_buf);
    free (op->reply_buf);
    arena_fini (&op->arena);
    free (op);
}

static void
check_drained (struct server *s)
{
    if (s->draining && list_empty (&s->ops) && s->on_drained) {
        void (*fn) (struct server *) = s->on_drained;
        s->on_drained = NULL;
        fn (s);
    }
}

static void
op_ended (struct sm *sm)
{
    struct server_op *op = container_of (sm, struct server_op, sm);
    struct server *s = op->server;
    uint64_t took = (reactor_now (s->reactor) - op->started) / NSEC_PER_MSEC;
    if (s->options->slow_op_msecs && took >= s->options->slow_op_msecs) {
        char hist[512];
        sm_history (sm, hist, sizeof hist);
        gossip_err ("slow operation: %s %llx took %llu ms: %s", op->info->name, (unsigned long long) op->target,
                    (unsigned long long) took, hist);
    }
    op_free (op);
    s->perf[PERF_ACTIVE]--;
    check_drained (s);
}

static void
start_op (struct server_op *op)
{
    struct server *s = op->server;
    perf_begin (op);
    op->started = reactor_now (s->reactor);
    op->began = server_now (s);
    op->sm.on_end = op_ended;
    history_begin (op);
    if (sm_start (&op->sm, s->reactor, &bracket_sm, op) < 0) {
        s->perf[PERF_ACTIVE]--;
        op_free (op);
    }
}

/* Why a request cannot be started; 0 = it can. */
static int
admit (struct server_op *op)
{
    struct server *s = op->server;
    op->info = proto_op_info (op->req.op);
    op->desc = server_ops[op->req.op];
    op->fs = server_fs_find (s, op->req.fs);
    if (!op->desc)
        return -EOPNOTSUPP;
    if ((op->info->flags & OP_ADMIN) && op->req.cred.uid != 0)
        return -EPERM;
    if ((op->info->flags & OP_SERVER) && !bmi_peer_hello (op->peer)->name[0])
        return -EPERM;
    if (!op->fs && op->req.op != PROTO_getconfig && op->req.op != PROTO_noop && op->req.op != PROTO_setparam
        && op->req.op != PROTO_perf_mon && op->req.op != PROTO_live_ops)
        return -ENOENT;
    op->resp = arena_alloc (&op->arena, op->info->resp_size);
    return op->resp ? 0 : -ENOMEM;
}

static int
refuse_plain (struct server_op *op)
{
    return op->reply_error; /* admit's reason */
}

static const struct op_desc refusal = { .plain = refuse_plain };

/* Early messages of the slot's last exchange (a late ABORT) will never be asked for again. */
static void
forget_last_tag (struct server_op *op)
{
    struct connection *c = bmi_peer_user (op->peer);
    if (!c || op->req.slot >= ARRAY_SIZE (c->last_tag))
        return;
    if (c->last_tag[op->req.slot])
        bmi_forget (op->server->bmi, op->peer, c->last_tag[op->req.slot]);
    c->last_tag[op->req.slot] = op->tag;
}

static void
take_request (struct server_op *op, const void *buf, size_t len)
{
    struct server *s = op->server;
    struct wire w;
    wire_decoder (&w, buf, len, &op->arena);
    int r = proto_request_codec (&w, &op->req);
    if (r < 0 && r != -EPROTONOSUPPORT) {
        gossip_err ("%s sent a request that cannot be read (%s): connection closed", bmi_peer_name (op->peer), strerror (-r));
        struct bmi_peer *peer = bmi_peer_ref (op->peer);
        op_free (op);
        bmi_drop (s->bmi, peer, -EPROTO);
        bmi_peer_unref (peer);
        return;
    }
    forget_last_tag (op);
    if (r == 0)
        r = admit (op);
    if (r < 0) {
        op->reply_error = r;
        op->desc = &refusal;
        if (!op->info)
            op->info = proto_op_info (PROTO_noop);
    }
    start_op (op);
}

/* Who waits for the rename ticket does nothing with it any more; and an order to put an entry is carried out once, in whichever life it comes. (It may
 * wait for a directory's removal, for which the restarted server must be heard.) */
static bool
outlives_its_sender (const struct server_op *o)
{
    return o->req.op == PROTO_rename_ticket || o->req.op == PROTO_crdirent;
}

/* A server that has restarted must not be overtaken by what it asked for in an earlier life: nothing of that is begun any more, and its new requests
 * wait – their connection is refused, and they come again – until what still runs is over. */
static bool
another_life_runs (struct server *s, struct bmi_peer *peer)
{
    const struct bmi_hello *me = bmi_peer_hello (peer), *he;
    const struct server_op *o;
    if (!me || !me->name[0])
        return false;
    int alias = config_find_alias (s->config, me->name);
    if (alias >= 0 && s->peer_boots[alias] != me->boot_id)
        return true;
    list_for_each (o, &s->ops, link) {
        he = o->peer && o->peer != peer ? bmi_peer_hello (o->peer) : NULL;
        if (he && he->boot_id != me->boot_id && !strcmp (he->name, me->name) && !outlives_its_sender (o))
            return true;
    }
    return false;
}

static struct server_op *
new_op (struct server *s, struct bmi_unexpected *u)
{
    struct server_op *op = calloc (1, sizeof *op);
    if (!op)
        return NULL;
    op->server = s;
    op->id = ++s->next_op_id;
    op->unexpected = u;
    op->peer = bmi_peer_ref (u->peer);
    op->connection = bmi_peer_id (u->peer);
    op->tag = u->tag;
    list_init (&op->slot_wait);
    list_push_back (&s->ops, &op->link);
    return op;
}

static void
body_arrived (struct job *j)
{
    struct server_op *op = container_of (container_of (j, struct bmi_msg, job), struct server_op, body_msg);
    struct connection *c = bmi_peer_user (op->peer);
    if (c)
        c->body_bytes -= MIN (c->body_bytes, op->body_iov.iov_len);
    if (j->status < 0 || op->body_msg.actual != op->body_iov.iov_len) {
        struct server *s = op->server;
        op_free (op);
        check_drained (s);
        return;
    }
    take_request (op, op->body_buf, op->body_msg.actual);
}

/* The head of an oversized request: its receive is posted at once, so the stream never waits for the scheduler. */
static void
receive_body (struct server_op *op, uint32_t len)
{
    struct connection *c = bmi_peer_user (op->peer);
    bool quota = c && len <= PROTO_MAX_REQUEST && c->body_bytes + len <= MAX_BODY_BYTES;
    op->body_buf = quota ? malloc (len) : NULL;
    if (!op->body_buf) {
        struct server *s = op->server;
        gossip_err ("%s: oversized request of %u bytes is over its quota: connection closed", bmi_peer_name (op->peer), len);
        struct bmi_peer *peer = bmi_peer_ref (op->peer);
        op_free (op);
        bmi_drop (s->bmi, peer, -EMSGSIZE);
        bmi_peer_unref (peer);
        return;
    }
    c->body_bytes += len;
    op->body_iov = (struct iovec){ op->body_buf, len };
    op->body_msg = (struct bmi_msg){ .peer = op->peer, .tag = op->tag, .iov = &op->body_iov, .niov = 1, .size = len };
    job_init (&op->body_msg.job, op->server->reactor, body_arrived, op);
    bmi_post_recv (op->server->bmi, &op->body_msg);
}

static void
on_unexpected (void *arg, struct bmi_unexpected *u)
{
    struct server *s = arg;
    uint32_t body = 0;
    struct wire w;
    wire_decoder (&w, u->buf, u->size, NULL);
    wire_u32 (&w, &body);
    bool refused = w.err || another_life_runs (s, u->peer);
    struct server_op *op = refused ? NULL : new_op (s, u);
    if (!op) {
        struct bmi_peer *peer = bmi_peer_ref (u->peer);
        bmi_release (s->bmi, u);
        bmi_drop (s->bmi, peer, w.err ? -EPROTO : refused ? -ECONNRESET : -ENOMEM);
        bmi_peer_unref (peer);
        return;
    }
    if (body)
        receive_body (op, body);
    else
        take_request (op, (const uint8_t *) u->buf + REQUEST_HEAD, u->size - REQUEST_HEAD);
}

static void
on_peer_up (void *arg, struct bmi_peer *peer)
{
    struct server *s = arg;
    s->perf[PERF_CONNECTIONS]++;
    int alias = config_find_alias (s->config, bmi_peer_hello (peer)->name);
    if (alias >= 0)
        s->peer_boots[alias] = bmi_peer_hello (peer)->boot_id;
    if (!bmi_peer_user (peer))
        bmi_peer_set_user (peer, calloc (1, sizeof (struct connection)));
    if (alias < 0)
        lease_up (s, bmi_peer_hello (peer)->client_id);
}

/* Queued work of a closed connection is dropped, running work is awaited. */
static void
on_peer_down (void *arg, struct bmi_peer *peer, int reason)
{
    struct server *s = arg;
    struct server_op *op;
    s->perf[PERF_CONNECTIONS]--;
    list_for_each (op, &s->ops, link) {
        if (op->peer != peer)
            continue;
        op->connection_gone = true;
        if (op->sched.job.state == JOB_POSTED)
            job_cancel (&op->sched.job);
        if (op->slot_job.state == JOB_POSTED) {
            list_remove (&op->slot_wait);
            job_complete (&op->slot_job, 0); /* it looks again and sees that nobody waits */
        }
    }
    ticket_peer_down (s, peer);
    freeze_end (s, bmi_peer_id (peer));
    if (bmi_peer_hello (peer) && config_find_alias (s->config, bmi_peer_hello (peer)->name) < 0)
        lease_down (s, bmi_peer_hello (peer)->client_id);
    free (bmi_peer_user (peer));
    bmi_peer_set_user (peer, NULL);
}

/* --- up and down ------------------------------------------------------------------------------------------------------------------ */

static int
fail (const struct server_config *cfg, int err, const char *fmt, const char *detail)
{
    if (cfg->why)
        snprintf (cfg->why, SERVER_WHY, fmt, detail);
    return err;
}

int
server_setup_fs (struct server *s)
{
    s->fs = calloc ((size_t) s->config->n_fs, sizeof *s->fs);
    if (!s->fs)
        return -ENOMEM;
    for (int i = 0; i < s->config->n_fs; i++) {
        const struct config_fs *c = &s->config->fs[i];
        struct server_fs *fs = &s->fs[s->nfs];
        *fs = (struct server_fs){ .cfg = c, .id = c->id, .data_index = -1, .sync_data = c->trove_sync_data };
        for (int k = 0; k < c->n_meta_servers; k++)
            fs->is_meta |= c->meta_servers[k] == s->alias_index;
        for (int k = 0; k < c->n_data_servers; k++)
            if (c->data_servers[k] == s->alias_index) {
                fs->is_data = true;
                fs->data_index = k;
            }
        if (!fs->is_meta && !fs->is_data)
            continue;
        if (c->secret_key) {
            security_key_from_text (c->secret_key, fs->key);
            fs->have_key = true;
        }
        s->nfs++;
    }
    return 0;
}

static int
open_bmi (const struct server_config *cfg, struct server *s)
{
    char *why = cfg->why ? cfg->why : (char[SERVER_WHY]){ 0 };
    struct bmi_config b = { .reactor = s->reactor, .listen = s->config->aliases[s->alias_index].addr,
                            .events = { on_unexpected, on_peer_up, on_peer_down }, .events_arg = s, .mem_net = cfg->mem_net,
                            .bind_specific = s->options->tcp_bind_specific, .send_buffer = (int) s->options->tcp_buffer_send,
                            .receive_buffer = (int) s->options->tcp_buffer_receive, .why = why };
    b.hello = (struct bmi_hello){ .major = BMI_MAJOR, .minor = BMI_MINOR, .boot_id = s->boot_id, .slots = s->options->request_slots,
                                  .client_id = reactor_random (s->reactor) };
    snprintf (b.hello.name, sizeof b.hello.name, "%s", s->alias);
    int r = bmi_new (&b, &s->bmi);
    if (r < 0)
        return r;
    struct msgpair_config m = { .reactor = s->reactor, .bmi = s->bmi, .client_id = b.hello.client_id, .epoch = s->config->epoch,
                                .op_timeout = s->options->op_timeout_secs * NSEC_PER_SEC };
    return msgpair_ctx_new (&m, &s->msgpair);
}

static void
housekeeping (struct reactor_timer *t)
{
    struct server *s = container_of (t, struct server, housekeeping);
    slots_housekeeping (s);
    reactor_timer_set (s->reactor, &s->housekeeping, reactor_now (s->reactor) + HOUSEKEEPING_SECONDS * NSEC_PER_SEC);
}

/* What a start reads before the first request is taken: reply records and intents. why: storage_check's. */
struct startup {
    struct trove_op op;
    struct server *server;
    char *why;
    bool done;
    int status;
};

static int
startup_txn (struct trove_txn *txn, void *arg)
{
    struct startup *st = arg;
    int r = storage_check (txn, st->server, st->why);
    if (r == 0)
        r = slots_load (st->server, txn);
    if (r == 0)
        r = intent_load (st->server, txn);
    return r < 0 ? r : holds_load (st->server, txn);
}

static void
startup_done (struct job *j)
{
    struct startup *st = container_of (container_of (j, struct trove_op, job), struct startup, op);
    st->done = true;
    st->status = j->status;
}

static int
load_state (struct server *s, char *why)
{
    struct startup st = { .server = s, .why = why, .op = { .body = startup_txn, .arg = &st, .read_only = true } };
    job_init (&st.op.job, s->reactor, startup_done, &st);
    trove_txn_post (s->trove, &st.op);
    for (int i = 0; !st.done && i < 1000000; i++) {
        if (reactor_poll_fd (s->reactor) >= 0)
            reactor_step (s->reactor, NSEC_PER_SEC);
        else if (!reactor_sim_deliver_one (s->reactor) && !reactor_sim_fire_one (s->reactor))
            return -EDEADLK; /* a simulated disk must not delay start-up reads */
    }
    return st.done ? st.status : -ETIMEDOUT;
}

static void
sched_is_idle (void *arg)
{
    freeze_look_again (arg);
}

/* Else the first file that somebody creates would be the one to say so. */
static int
check_distributions (const struct server_config *cfg, struct server *s)
{
    char why[DIST_WHY];
    for (int i = 0; i < s->nfs; i++) {
        const struct config_fs *fs = s->fs[i].cfg;
        if (dist_check (fs->dist_name, fs->dist_params, why) == 0)
            continue;
        if (cfg->why)
            snprintf (cfg->why, SERVER_WHY, "<Distribution> of file system '%s' (line %d): %s", fs->name, fs->dist_line, why);
        return -EINVAL;
    }
    return 0;
}

static int
bring_up (const struct server_config *cfg, struct server *s)
{
    const struct config_fs *fs0;
    int r = server_setup_fs (s);
    if (r == 0 && s->nfs == 0)
        return fail (cfg, -EINVAL, "server '%s' has no handle range in any <FileSystem>: add one or choose another alias with -a", s->alias);
    if (r == 0)
        r = check_distributions (cfg, s);
    if (r == 0)
        r = sched_new (&s->sched);
    if (r == 0)
        r = storage_open (cfg, s);
    if (r < 0)
        return r;
    sched_on_idle (s->sched, sched_is_idle, s);
    fs0 = s->fs[0].cfg;
    r = flow_pool_new (s->reactor, fs0->flow_buffer_size, MAX (fs0->flow_buffers * 32, 256u), &s->pool);
    if (r == 0)
        r = holds_new (s);
    if (r == 0)
        r = load_state (s, cfg->why);
    if (r == 0)
        r = open_bmi (cfg, s);
    if (r == 0)
        r = pool_start (s);
    if (r == 0)
        r = intent_start (s);
    if (r == 0)
        holds_start (s);
    return r;
}

int
server_new (const struct server_config *cfg, struct server **ret)
{
    struct server *s = calloc (1, sizeof *s);
    if (!s)
        return -ENOMEM;
    s->config = cfg->config;
    s->alias = cfg->alias;
    s->reactor = cfg->reactor;
    s->bugs = cfg->bugs;
    list_init (&s->ops);
    list_init (&s->frozen);
    list_init (&s->settling);
    intent_init (s);
    list_init (&s->tickets);
    list_init (&s->collectors);
    s->alias_index = config_find_alias (cfg->config, cfg->alias);
    if (s->alias_index < 0) {
        free (s);
        return fail (cfg, -ENOENT, "alias '%s' is not in <Aliases> of the configuration: give one that is with -a", cfg->alias);
    }
    s->options = config_server_options (cfg->config, cfg->alias);
    s->peers = calloc ((size_t) cfg->config->n_aliases, sizeof *s->peers);
    s->peer_boots = calloc ((size_t) cfg->config->n_aliases, sizeof *s->peer_boots);
    s->boot_id = reactor_random (s->reactor);
    s->next_ticket = s->boot_id; /* a ticket of an earlier life is none */
    s->started_ms = server_now (s) / NSEC_PER_MSEC;
    int r = s->peers && s->peer_boots ? history_new (&s->history) : -ENOMEM;
    if (r == 0)
        r = perf_new (s, &s->perf_ring);
    if (r == 0)
        r = bring_up (cfg, s);
    if (r < 0) {
        if (cfg->why && !cfg->why[0])
            fail (cfg, r, "cannot start: %s", strerror (-r));
        server_free (s);
        return r;
    }
    reactor_timer_init (&s->housekeeping, housekeeping, TIMER_DEADLINE);
    reactor_timer_set (s->reactor, &s->housekeeping, reactor_now (s->reactor) + HOUSEKEEPING_SECONDS * NSEC_PER_SEC);
    *ret = s;
    return 0;
}

static void
forget_connection (void *arg, struct bmi_peer *peer)
{
    free (bmi_peer_user (peer));
    bmi_peer_set_user (peer, NULL);
}

static void
tear_down (struct server *s, bool killed)
{
    struct server_op *op;
    list_init (&s->settling); /* nobody is told any more */
    reactor_timer_clear (s->reactor, &s->housekeeping);
    if (s->trove && killed)
        trove_abandon (s->trove);
    else if (s->trove)
        trove_close (s->trove); /* first: its threads may be working on an operation's memory */
    s->trove = NULL;
    if (s->bmi)
        bmi_each_peer (s->bmi, forget_connection, s);
    msgpair_ctx_free (s->msgpair);
    s->msgpair = NULL;
    bmi_free (s->bmi);
    s->bmi = NULL; /* op_free has nothing to give back any more */
    list_for_each (op, &s->ops, link) {
        sm_abandon (&op->sm);
        op_free (op);
    }
    holds_free (s);
    pool_stop (s);
    intent_stop (s);
    tickets_fini (s);
    flow_pool_free (s->pool);
    slots_fini (s);
    sched_free (s->sched);
    known_forget_all (s);
    free (s->fs);
    free (s->peers);
    free (s->peer_boots);
    free (s->history);
    perf_free (s->perf_ring);
    free (s);
}

void
server_free (struct server *s)
{
    if (s)
        tear_down (s, false);
}

void
server_kill (struct server *s)
{
    tear_down (s, true);
}

void
server_drain (struct server *s, void (*on_drained) (struct server *))
{
    s->draining = true;
    freeze_end (s, s->frozen_by);
    s->on_drained = on_drained;
    bmi_stop_listening (s->bmi);
    check_drained (s);
}
