/*
 * Looking at a server and setting it: noop, getconfig, statfs, setparam, perf_mon, iterate_handles, live_ops.
 */
#include <stdio.h>
#include <sys/sysinfo.h>

#include "common/gossip/gossip.h"
#include "common/security/security.h"
#include "proto/ops/getconfig.h"
#include "proto/ops/iterate_handles.h"
#include "proto/ops/live_ops.h"
#include "proto/ops/noop.h"
#include "proto/ops/perf_mon.h"
#include "proto/ops/setparam.h"
#include "proto/ops/statfs.h"
#include "server/freeze.h"
#include "server/intent.h"
#include "server/server.h"

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

static int
set_one (struct server_op *op)
{
    struct setparam_req *q = REQ (op, setparam);
    struct setparam_resp *a = RESP (op, setparam);
    struct server *s = op->server;
    bool on;
    switch (q->param) {
    case SETPARAM_GOSSIP_MASK:
        gossip_get_debug_mask (&on, &a->old_value);
        gossip_set_debug_mask (q->value != 0, q->value);
        return 0;
    case SETPARAM_FSID_CHECK:
        return server_fs_find (s, (obj_fsid) q->value) ? 0 : -ENOENT;
    case SETPARAM_ROOT_CHECK:
        for (int i = 0; i < s->nfs; i++)
            if (s->fs[i].cfg->root_handle == q->value)
                return server_is_local (s, &s->fs[i], q->value) ? 0 : -ENOENT;
        return -ENOENT;
    case SETPARAM_MODE:
        a->old_value = s->admin_mode ? SETPARAM_ADMIN : SETPARAM_NORMAL;
        if (q->value != SETPARAM_NORMAL && q->value != SETPARAM_ADMIN)
            return -EINVAL;
        s->admin_mode = q->value == SETPARAM_ADMIN;
        return 0;
    case SETPARAM_FREEZE:
        if (q->value)
            return freeze_begin (op);
        freeze_end (s, op->connection);
        return 0;
    default:
        return -EINVAL;
    }
}

/* Into admin mode, or frozen: from now on nothing that modifies begins; the answer comes when nothing is scheduled any more. */
enum { SET, SETTLE };
enum { ADMIN_POLL_MSECS = 10, SETTLING = SM_FIRST_OWN, SETTLED };

struct setparam_frame {
    struct job_timer wait;
};

static sm_event
setparam_set (struct sm *sm)
{
    struct server_op *op = server_op_of (sm);
    int r = set_one (op);
    return r < 0 ? sm_fail (sm, r, "setparam") : op->server->admin_mode || op->server->frozen_by ? SETTLING : SM_OK;
}

static sm_event
setparam_settle (struct sm *sm)
{
    struct server_op *op = server_op_of (sm);
    struct setparam_frame *f = SM_FRAME (sm, struct setparam_frame);
    bool settled = op->server->frozen_by ? freeze_is_settled (op) : !op->server->admin_mode || sched_idle (op->server->sched);
    if (settled || op->connection_gone)
        return SETTLED;
    sm_expect (sm, &f->wait.job);
    job_timer_post (&f->wait, reactor_now (sm->reactor) + ADMIN_POLL_MSECS * NSEC_PER_MSEC, 0);
    return SM_WAIT;
}

static void
setparam_fini (void *frame)
{
    struct setparam_frame *f = frame;
    if (f->wait.job.reactor)
        reactor_timer_clear (f->wait.job.reactor, &f->wait.timer);
}

static const struct sm_state setparam_states[] = {
    RUN (SET, setparam_set, ON (SETTLING, SETTLE), ALWAYS (SM_DONE)),
    RUN (SETTLE, setparam_settle, ON_OK (SETTLE), ON (SETTLED, SM_DONE), ON_FAIL (SM_DONE)),
};
SM_MACHINE (setparam_sm, setparam_states, struct setparam_frame, setparam_fini);

const struct op_desc setparam_desc = { .op = PROTO_setparam, .machine = &setparam_sm };

static int
perf_mon (struct server_op *op)
{
    struct perf_mon_resp *a = RESP (op, perf_mon);
    struct server *s = op->server;
    struct trove_counters t;
    trove_get_counters (s->trove, &t);
    s->perf[PERF_LOG_FLUSHES] = t.log_flushes;
    s->perf[PERF_DATA_SYNCS] = t.syncs;
    s->perf[PERF_TRANSACTIONS] = t.transactions;
    s->perf[PERF_READ] = t.bytes_read;
    s->perf[PERF_WRITE] = t.bytes_written;
    s->perf[PERF_DSPACE_OPS] = t.reads + t.writes;
    s->perf[PERF_KEYVAL_OPS] = t.transactions;
    a->now_ms = server_now (s) / NSEC_PER_MSEC;
    a->start_ms = s->started_ms;
    a->ncounters = PERF_COUNT;
    a->counters = s->perf;
    return 0;
}

const struct op_desc perf_mon_desc = { .op = PROTO_perf_mon, .plain = perf_mon };

/* --- iterate_handles ------------------------------------------------------------------------------------------------------------------ */

struct walk {
    struct iterate_handles_resp *a;
    uint32_t max;
    bool reserved;
};

static int
walk_one (void *arg, const struct trove_item *item)
{
    struct walk *w = arg;
    struct iterate_handles_resp *a = w->a;
    struct object_attr attr = { 0 };
    uint64_t handle = item->handle;
    struct wire d;
    if (a->nhandles == w->max) {
        a->end = false;
        return 1;
    }
    if (w->reserved) { /* pool entries: the handle is the last 8 bytes of the name, the type the key's handle */
        attr.type = (uint8_t) item->handle;
        if (item->name_len < 8)
            return 0;
        wire_decoder (&d, (const uint8_t *) item->name + item->name_len - 8, 8, NULL);
        wire_be64 (&d, &handle);
        if (handle == UINT64_MAX)
            return 0;
    } else {
        uint8_t version = 0;
        wire_decoder (&d, item->val, item->val_len, NULL);
        wire_u8 (&d, &version);
        object_attr_codec (&d, &attr);
        if (wire_finish (&d) < 0 || version != OBJECT_RECORD_VERSION)
            attr.type = OBJ_NONE; /* damaged: shown, as nothing */
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
    uint32_t max = q->reserved ? PROTO_MAX_HANDLES : MIN (MAX (q->count, 1u), (uint32_t) PROTO_MAX_HANDLES);
    a->end = true;
    a->handles = arena_array (&op->arena, max, sizeof *a->handles);
    a->types = arena_array (&op->arena, max, sizeof *a->types);
    if (!a->handles || !a->types)
        return -ENOMEM;
    struct walk w = { a, max, q->reserved };
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
