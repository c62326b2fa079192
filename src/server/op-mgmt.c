/*
 * Looking at a server and setting it: noop, getconfig, statfs, setparam, iterate_handles, live_ops.
 */
#include <stdio.h>
#include <sys/sysinfo.h>

#include "common/gossip/gossip.h"
#include "common/security/security.h"
#include "proto/ops/getconfig.h"
#include "proto/ops/iterate_handles.h"
#include "proto/ops/live_ops.h"
#include "proto/ops/noop.h"
#include "proto/ops/setparam.h"
#include "proto/ops/statfs.h"
#include "server/data.h"
#include "server/freeze.h"
#include "server/history.h"
#include "server/intent.h"
#include "server/perf.h"

static int
noop (struct server_op *op)
{
    return 0;
}

const struct op_desc noop_desc = { .op = PROTO_noop, .plain = noop };

static int
getconfig (struct server_op *op)
{
    struct getconfig_resp *a = RESP (op, getconfig);
    a->text = op->server->config->public_text;
    a->text_len = (uint32_t) op->server->config->public_text_len;
    return 0;
}

const struct op_desc getconfig_desc = { .op = PROTO_getconfig, .plain = getconfig };

/* Tells keys apart without telling them. */
static uint64_t
key_mark (const struct server_fs *fs)
{
    static const char what[] = "which key";
    uint8_t mac[SECURITY_MAC_SIZE];
    uint64_t mark;
    if (!fs->have_key || security_hmac (fs->key, what, sizeof what, mac) < 0)
        return 0;
    memcpy (&mark, mac, sizeof mark);
    return mark;
}

static void
describe_server (struct server_op *op, struct statfs_resp *a)
{
    struct server *s = op->server;
    const struct server_op *o;
    const struct intent *i;
    a->now = server_now (s);
    a->config_epoch = s->config->epoch;
    a->key_mark = key_mark (op->fs);
    list_for_each (i, &s->intents, link)
        a->intents += i->fs == op->fs->id;
    list_for_each (o, &s->ops, link)
        a->operations += o != op && o->fs == op->fs;
    a->mode = s->frozen_by ? STATFS_FROZEN : s->admin_mode ? STATFS_ADMIN : STATFS_NORMAL;
    a->version = PACKAGE_VERSION;
}

static int
server_statfs (struct server_op *op)
{
    struct statfs_resp *a = RESP (op, statfs);
    struct trove_statfs t;
    struct sysinfo si;
    int r = trove_statfs (op->server->trove, op->fs->id, &t);
    if (r < 0)
        return r;
    *a = (struct statfs_resp){ .bytes_available = t.bytes_available, .bytes_total = t.bytes_total,
                               .handles_available = t.handles_available, .handles_total = t.handles_total };
    if (sysinfo (&si) == 0) {
        a->ram_total = (uint64_t) si.totalram * si.mem_unit;
        a->ram_free = (uint64_t) si.freeram * si.mem_unit;
        a->load_1 = si.loads[0];
        a->load_5 = si.loads[1];
        a->load_15 = si.loads[2];
    }
    a->uptime = (server_now (op->server) / NSEC_PER_MSEC - op->server->started_ms) / 1000;
    describe_server (op, a);
    return 0;
}

const struct op_desc statfs_desc = { .op = PROTO_statfs, .plain = server_statfs };

/* --- setparam ----------------------------------------------------------------------------------------------------------------------- */

/* Each sets one parameter – its value is checked first – and tells the old value, where that is a number. */

static int
set_gossip_mask (struct server_op *op, const struct setparam_req *q, uint64_t *old)
{
    bool on;
    gossip_get_debug_mask (&on, old);
    gossip_set_debug_mask (q->value != 0, q->value);
    return 0;
}

static int
check_fsid (struct server_op *op, const struct setparam_req *q, uint64_t *old)
{
    return server_fs_find (op->server, (obj_fsid) q->value) ? 0 : -ENOENT;
}

static int
check_root (struct server_op *op, const struct setparam_req *q, uint64_t *old)
{
    struct server *s = op->server;
    for (int i = 0; i < s->nfs; i++)
        if (s->fs[i].cfg->root_handle == q->value)
            return server_is_local (s, &s->fs[i], q->value) ? 0 : -ENOENT;
    return -ENOENT;
}

static int
set_mode (struct server_op *op, const struct setparam_req *q, uint64_t *old)
{
    *old = op->server->admin_mode ? SETPARAM_ADMIN : SETPARAM_NORMAL;
    if (q->value != SETPARAM_NORMAL && q->value != SETPARAM_ADMIN)
        return -EINVAL;
    op->server->admin_mode = q->value == SETPARAM_ADMIN;
    return 0;
}

static int
set_perf_history (struct server_op *op, const struct setparam_req *q, uint64_t *old)
{
    *old = perf_history (op->server);
    return perf_set_history (op->server, q->value);
}

static int
set_perf_interval (struct server_op *op, const struct setparam_req *q, uint64_t *old)
{
    *old = perf_interval (op->server);
    return perf_set_interval (op->server, q->value);
}

static int
enable_events (struct server_op *op, const struct setparam_req *q, uint64_t *old)
{
    return q->text[0] ? history_events (op->server, q->text, true) : -EINVAL;
}

static int
disable_events (struct server_op *op, const struct setparam_req *q, uint64_t *old)
{
    return q->text[0] ? history_events (op->server, q->text, false) : -EINVAL;
}

/* For all file systems of this server: their metadata share a log. */
static int
set_sync_meta (struct server_op *op, const struct setparam_req *q, uint64_t *old)
{
    *old = trove_get_sync_meta (op->server->trove);
    if (q->value > 1)
        return -EINVAL;
    trove_set_sync_meta (op->server->trove, q->value);
    return 0;
}

static int
set_sync_data (struct server_op *op, const struct setparam_req *q, uint64_t *old)
{
    if (!op->fs)
        return -ENOENT;
    *old = op->fs->sync_data;
    if (q->value > 1)
        return -EINVAL;
    op->fs->sync_data = q->value;
    return 0;
}

static int
drop_caches (struct server_op *op, const struct setparam_req *q, uint64_t *old)
{
    known_forget_all (op->server);
    trove_drop_caches (op->server->trove);
    return 0;
}

static int
turn_off_timeouts (struct server_op *op, const struct setparam_req *q, uint64_t *old)
{
    *old = op->server->timeouts_off;
    if (q->value > 1)
        return -EINVAL;
    op->server->timeouts_off = q->value;
    return 0;
}

static int
set_freeze (struct server_op *op, const struct setparam_req *q, uint64_t *old)
{
    if (q->value)
        return freeze_begin (op);
    freeze_end (op->server, op->connection);
    return 0;
}

static int (*const setters[]) (struct server_op *op, const struct setparam_req *q, uint64_t *old) = {
    [SETPARAM_GOSSIP_MASK] = set_gossip_mask,   [SETPARAM_FSID_CHECK] = check_fsid,
    [SETPARAM_ROOT_CHECK] = check_root,         [SETPARAM_MODE] = set_mode,
    [SETPARAM_PERF_HISTORY] = set_perf_history, [SETPARAM_PERF_INTERVAL] = set_perf_interval,
    [SETPARAM_EVENT_ENABLE] = enable_events,    [SETPARAM_EVENT_DISABLE] = disable_events,
    [SETPARAM_SYNC_META] = set_sync_meta,       [SETPARAM_SYNC_DATA] = set_sync_data,
    [SETPARAM_DROP_CACHES] = drop_caches,       [SETPARAM_TURN_OFF_TIMEOUTS] = turn_off_timeouts,
    [SETPARAM_FREEZE] = set_freeze,
};

/* Into admin mode, or frozen: from now on nothing that modifies begins; the answer comes when nothing is scheduled any more. Metadata synchronous
 * again: … when what was committed before is on the disk. Caches: … when the thread that uses them has let them go. */
enum { SET, SETTLE, FLUSH, PASS };
enum { SETTLING = SM_FIRST_OWN, SETTLED, FLUSHING, PASSING };

struct setparam_frame {
    struct server *server;
    struct reactor_timer limit;
    struct trove_durable log;
};

static sm_event
setparam_set (struct sm *sm)
{
    struct server_op *op = server_op_of (sm);
    const struct setparam_req *q = REQ (op, setparam);
    bool known = q->param < ARRAY_SIZE (setters) && setters[q->param];
    int r = known ? setters[q->param] (op, q, &RESP (op, setparam)->old_value) : -EINVAL;
    if (r < 0)
        return sm_fail (sm, r, "setparam");
    switch (q->param) {
    case SETPARAM_MODE:
    case SETPARAM_FREEZE:
        return SETTLING;
    case SETPARAM_SYNC_META:
        return q->value ? FLUSHING : SM_OK;
    case SETPARAM_DROP_CACHES:
        return PASSING;
    default:
        return SM_OK;
    }
}

static void
settled_long_enough (struct reactor_timer *t)
{
    freeze_look_again (container_of (t, struct setparam_frame, limit)->server);
}

static sm_event
setparam_settle (struct sm *sm)
{
    struct server_op *op = server_op_of (sm);
    struct setparam_frame *f = SM_FRAME (sm, struct setparam_frame);
    if (freeze_is_settled (op) || op->connection_gone)
        return SETTLED;
    if (!f->server) {
        f->server = op->server;
        reactor_timer_init (&f->limit, settled_long_enough, TIMER_WORK);
        reactor_timer_set (sm->reactor, &f->limit, op->started + FREEZE_SETTLE_SECONDS * NSEC_PER_SEC);
    }
    return freeze_wait_settled (sm, op);
}

static sm_event
setparam_flush (struct sm *sm)
{
    struct setparam_frame *f = SM_FRAME (sm, struct setparam_frame);
    sm_expect (sm, &f->log.job);
    trove_flush_post (server_op_of (sm)->server->trove, &f->log);
    return SM_WAIT;
}

static int
nothing (struct trove_txn *t, void *arg)
{
    return 0;
}

static sm_event
setparam_pass (struct sm *sm)
{
    return server_txn (sm, server_op_of (sm), nothing, NULL, false);
}

static void
setparam_fini (void *frame)
{
    struct setparam_frame *f = frame;
    if (f->server)
        reactor_timer_clear (f->server->reactor, &f->limit);
}

static const struct sm_state setparam_states[] = {
    RUN (SET, setparam_set, ON (SETTLING, SETTLE), ON (FLUSHING, FLUSH), ON (PASSING, PASS), ALWAYS (SM_DONE)),
    RUN (SETTLE, setparam_settle, ON_OK (SETTLE), ON (SETTLED, SM_DONE), ON_FAIL (SM_DONE)),
    RUN (FLUSH, setparam_flush, ALWAYS (SM_DONE)),
    RUN (PASS, setparam_pass, ALWAYS (SM_DONE)),
};
SM_MACHINE (setparam_sm, setparam_states, struct setparam_frame, setparam_fini);

const struct op_desc setparam_desc = { .op = PROTO_setparam, .machine = &setparam_sm };

/* --- iterate_handles ------------------------------------------------------------------------------------------------------------------ */

struct walk {
    struct iterate_handles_resp *a;
    uint32_t max;
    bool reserved;
    uint64_t skip; /* reserved ones that were seen */
};

static int
walk_one (void *arg, const struct trove_item *item)
{
    struct walk *w = arg;
    struct iterate_handles_resp *a = w->a;
    struct object_attr attr = { 0 };
    uint64_t handle = item->handle;
    struct wire d;
    if (w->reserved) { /* pool entries: the handle is the last 8 bytes of the name, the type the key's handle */
        attr.type = (uint8_t) item->handle;
        if (item->name_len < 8)
            return 0;
        wire_decoder (&d, (const uint8_t *) item->name + item->name_len - 8, 8, NULL);
        wire_be64 (&d, &handle);
        if (handle == UINT64_MAX)
            return 0;
        if (w->skip) {
            w->skip--;
            return 0;
        }
    } else {
        wire_decoder (&d, item->val, item->val_len, NULL);
        object_record_codec (&d, &attr);
        if (wire_finish (&d) < 0)
            attr.type = OBJ_NONE; /* damaged: shown, as nothing */
    }
    if (a->nhandles == w->max) {
        a->end = false;
        return 1;
    }
    a->handles[a->nhandles] = handle;
    a->types[a->nhandles++] = attr.type;
    return 0;
}

static int
iterate_handles_txn (struct trove_txn *t, struct server_op *op)
{
    struct iterate_handles_req *q = REQ (op, iterate_handles);
    struct iterate_handles_resp *a = RESP (op, iterate_handles);
    uint32_t max = MIN (MAX (q->count, 1u), (uint32_t) PROTO_MAX_HANDLES);
    a->end = true;
    a->handles = arena_array (&op->arena, max, sizeof *a->handles);
    a->types = arena_array (&op->arena, max, sizeof *a->types);
    if (!a->handles || !a->types)
        return -ENOMEM;
    struct walk w = { a, max, q->reserved, q->reserved ? q->after : 0 };
    struct trove_key from = { .fs = op->fs->id, .type = q->reserved ? TROVE_POOL : TROVE_ATTR, .handle = q->reserved ? 0 : q->after + 1 };
    int r = trove_iterate (t, &from, true, walk_one, &w);
    a->ntypes = a->nhandles;
    return r;
}

const struct op_desc iterate_handles_desc = { .op = PROTO_iterate_handles, .txn = iterate_handles_txn, .read_only = true };

/* --- live_ops ---------------------------------------------------------------------------------------------------------------------------- */

static char *
text (struct server_op *op, const char *s)
{
    return arena_strdup (&op->arena, s);
}

static bool
describe (struct server_op *op, struct server_op *o, struct live_op *l)
{
    char state[96], waits[160] = "";
    struct sm *sm = &o->sm;
    snprintf (state, sizeof state, "%s/%s", sm->depth ? sm->level[sm->depth - 1].machine->name : "-", sm_state_name (sm));
    const struct job *j = list_first (&sm->jobs, const struct job, waiting);
    if (o->flow)
        flow_describe (o->flow, waits, sizeof waits);
    else if (j)
        job_describe (j, waits, sizeof waits);
    *l = (struct live_op){ .id = o->id, .op = o->req.op, .handle = o->target, .tag = o->tag, .connection = o->connection,
                           .age_ms = (reactor_now (op->server->reactor) - o->started) / NSEC_PER_MSEC,
                           .client = text (op, o->peer ? bmi_peer_name (o->peer) : "self"), .state = text (op, state),
                           .waits_for = text (op, waits), .behind = sched_behind (&o->sched),
                           .waits_for_data = o->flow && flow_waits_for_data (o->flow) };
    return l->client && l->state && l->waits_for;
}

struct peers {
    struct server_op *op;
    struct live_ops_resp *a;
};

static void
add_connection (void *arg, struct bmi_peer *p)
{
    struct peers *x = arg;
    struct live_connection *c = &x->a->connections[x->a->nconnections];
    size_t size;
    if (x->a->nconnections == LIVE_OPS_MAX)
        return;
    *c = (struct live_connection){ .connection = bmi_peer_id (p), .client = text (x->op, bmi_peer_name (p)) };
    c->blocked = bmi_peer_blocked (p, &c->blocked_tag, &size);
    x->a->nconnections++;
}

static int
live_ops (struct server_op *op)
{
    struct live_ops_resp *a = RESP (op, live_ops);
    struct server_op *o;
    size_t n = MIN (list_count (&op->server->ops), (size_t) LIVE_OPS_MAX);
    a->nops = a->nconnections = 0;
    a->ops = arena_array (&op->arena, n, sizeof *a->ops);
    a->connections = arena_array (&op->arena, LIVE_OPS_MAX, sizeof *a->connections);
    if (!a->ops || !a->connections)
        return -ENOMEM;
    list_for_each (o, &op->server->ops, link)
        if (o != op && a->nops < n && o->info) {
            if (!describe (op, o, &a->ops[a->nops]))
                return -ENOMEM;
            a->nops++;
        }
    struct peers x = { op, a };
    bmi_each_peer (op->server->bmi, add_connection, &x);
    return 0;
}

const struct op_desc live_ops_desc = { .op = PROTO_live_ops, .plain = live_ops };
