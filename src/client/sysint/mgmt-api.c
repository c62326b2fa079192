/*
 * PVFS_ctx_mgmt_*: what tools ask of single servers. As in ctx-api.c each call is here once and waits without an op_id; mgmt-skin.c has
 * PVFS_mgmt_* and PVFS_imgmt_*.
 * The errors of single servers go into the caller's details; the call then ends with -PVFS_EDETAIL.
 */
#include "client/sysint/api.h"

#include "client/sysint/acache.h"
#include "client/sysint/default-instance.h"
#include "client/sysint/mgmt.h"
#include "common/error/error.h"
#include "proto/ops/event_mon.h"
#include "proto/ops/get_uid.h"
#include "proto/ops/getconfig.h"
#include "proto/ops/iterate_handles.h"
#include "proto/ops/mgmt_remove_object.h"
#include "proto/ops/perf_mon.h"
#include "proto/ops/setparam.h"
#include "proto/ops/statfs.h"

/* A call to a list of servers, in the operation's arena: what the machine needs and where the caller wants what came. */
struct list_call {
    struct mgmt_call call;
    PVFS_error_details *details;
    struct mgmt_server_out {
        struct PVFS_mgmt_server_stat *stats;
        int64_t **perf;
        uint64_t *end_times;
        uint32_t *next_ids;
        int *sample_count;
        struct PVFS_mgmt_event **events;
        int event_count;
        PVFS_uid_info_s **users;
        uint32_t *user_counts;
        PVFS_handle **handles;
        int *handle_counts;
        PVFS_ds_position *positions;
    } out;
    void (*take) (struct sys_op *op, struct list_call *l, unsigned i);
};

static void
put_detail (PVFS_error_details *d, PVFS_error error, PVFS_BMI_addr_t addr)
{
    if (!d)
        return;
    if (d->count_used < d->count_allocated)
        d->error[d->count_used++] = (PVFS_error_server){ error, addr };
    else
        d->count_exceeded++;
}

static int
list_done (struct sys_op *op)
{
    struct list_call *l = container_of ((struct mgmt_call *) op->a.resp, struct list_call, call);
    int result = op->error;
    for (unsigned i = 0; !op->error && i < l->call.n; i++) {
        const struct mgmt_target *t = &l->call.targets[i];
        if (t->error) {
            put_detail (l->details, pvfs_error_from_errno (t->error), t->addr);
            result = -EREMOTEIO; /* PVFS_EDETAIL */
        } else if (l->take) {
            l->take (op, l, i);
        }
    }
    return result;
}

struct list_args {
    PVFS_ctx ctx;
    PVFS_fs_id fs;
    const PVFS_credential *cred;
    const PVFS_BMI_addr_t *addrs;
    int n;
    PVFS_error_details *details;
    PVFS_hint hints;
};

/* On success *ret_l is the call, without bodies and take yet. */
static PVFS_error
list_begin (const struct sys_op_type *type, const struct list_args *a, struct sys_op **ret, struct list_call **ret_l)
{
    struct sys_op *op;
    if (!a->addrs || a->n < 1 || a->n > CONFIG_MAX_SERVERS)
        return -PVFS_EINVAL;
    PVFS_error e = api_begin (a->ctx, type, a->cred, a->hints, &op);
    if (e < 0)
        return e;
    struct list_call *l = arena_alloc (&op->arena, sizeof *l);
    if (!l || !(l->call.targets = arena_array (&op->arena, (size_t) a->n, sizeof *l->call.targets)))
        return api_refuse (op, -PVFS_ENOMEM);
    l->call.n = (unsigned) a->n;
    for (int i = 0; i < a->n; i++)
        l->call.targets[i].addr = a->addrs[i];
    l->details = a->details;
    if (a->details)
        a->details->count_used = a->details->count_exceeded = 0;
    op->a.fs = a->fs;
    op->a.resp = &l->call;
    op->finish = list_done;
    *ret = op;
    *ret_l = l;
    return 0;
}

/* --- servers ------------------------------------------------------------------------------------------------------------------ */

/* All servers with any of the bits; at most `room`, but *ret_count is their number. */
static PVFS_error
servers_of (PVFS_ctx ctx, PVFS_fs_id fs_id, int type, PVFS_BMI_addr_t *addrs, int room, int *ret_count)
{
    struct client *c;
    PVFS_error e = instance_get (ctx, &c);
    if (e < 0)
        return e;
    reactor_enter (c->reactor);
    struct volume *v = client_volume (c, fs_id);
    int n = 0;
    for (int i = 0; v && i < v->config->n_aliases; i++)
        if (volume_server_type (v, (unsigned) i) & type) {
            if (n < room)
                addrs[n] = i + 1;
            n++;
        }
    reactor_leave (c->reactor);
    instance_put (c);
    if (!v)
        return -PVFS_ENODEV;
    *ret_count = n;
    return 0;
}

PVFS_error
PVFS_ctx_mgmt_count_servers (PVFS_ctx ctx, PVFS_fs_id fs_id, int server_type, int *count)
{
    return count ? servers_of (ctx, fs_id, server_type, NULL, 0, count) : -PVFS_EINVAL;
}

PVFS_error
PVFS_ctx_mgmt_get_server_array (PVFS_ctx ctx, PVFS_fs_id fs_id, int server_type, PVFS_BMI_addr_t *addr_array, int *inout_count_p)
{
    int n = 0;
    if (!addr_array || !inout_count_p)
        return -PVFS_EINVAL;
    PVFS_error e = servers_of (ctx, fs_id, server_type, addr_array, *inout_count_p, &n);
    if (e < 0)
        return e;
    if (n > *inout_count_p)
        return -PVFS_EOVERFLOW;
    *inout_count_p = n;
    return 0;
}

const char *
PVFS_ctx_mgmt_map_addr (PVFS_ctx ctx, PVFS_fs_id fs_id, PVFS_BMI_addr_t addr, int *server_type)
{
    struct client *c;
    const char *text = NULL;
    unsigned alias;
    if (instance_get (ctx, &c) < 0)
        return NULL;
    reactor_enter (c->reactor);
    struct volume *v = client_volume (c, fs_id);
    if (v && volume_addr_alias (v, addr, &alias) == 0) {
        text = v->config->aliases[alias].addr;
        if (server_type)
            *server_type = volume_server_type (v, alias);
    }
    reactor_leave (c->reactor);
    instance_put (c);
    return text;
}

static int
noop_done (struct sys_op *op)
{
    const struct mgmt_call *m = op->a.resp;
    return op->error ? op->error : m->targets[0].error;
}

PVFS_error
PVFS_ctx_mgmt_noop (PVFS_ctx ctx, PVFS_fs_id fs_id, const PVFS_credential *credential, PVFS_BMI_addr_t addr, PVFS_mgmt_op_id *op_id,
                    PVFS_hint hints, void *user_ptr)
{
    struct list_args a = { ctx, fs_id, credential, &addr, 1, NULL, hints };
    struct list_call *l;
    struct sys_op *op;
    PVFS_error e = list_begin (&sys_mgmt_noop, &a, &op, &l);
    if (e < 0)
        return e;
    op->finish = noop_done;
    return api_finish (op, op_id, user_ptr);
}

/* --- parameters -------------------------------------------------------------------------------------------------------------------- */

PVFS_error
PVFS_ctx_mgmt_setparam_list (PVFS_ctx ctx, PVFS_fs_id fs_id, const PVFS_credential *credential, enum PVFS_server_param param,
                             struct PVFS_mgmt_setparam_value *value, PVFS_BMI_addr_t *addr_array, int count,
                             PVFS_error_details *details, PVFS_hint hints, PVFS_mgmt_op_id *op_id, void *user_ptr)
{
    struct list_args a = { ctx, fs_id, credential, addr_array, count, details, hints };
    struct list_call *l;
    struct sys_op *op;
    if (!value || (value->type == PVFS_MGMT_PARAM_TYPE_STRING && !value->u.string_value))
        return -PVFS_EINVAL;
    PVFS_error e = list_begin (&sys_mgmt_setparam, &a, &op, &l);
    if (e < 0)
        return e;
    struct setparam_req *q = arena_alloc (&op->arena, sizeof *q);
    if (!q)
        return api_refuse (op, -PVFS_ENOMEM);
    q->param = param;
    q->text = "";
    if (value->type == PVFS_MGMT_PARAM_TYPE_UINT64)
        q->value = value->u.value;
    else if (!(q->text = arena_strdup (&op->arena, value->u.string_value)))
        return api_refuse (op, -PVFS_ENOMEM);
    for (unsigned i = 0; i < l->call.n; i++)
        l->call.targets[i].body = q;
    return api_finish (op, op_id, user_ptr);
}

static PVFS_error
all_servers (PVFS_ctx ctx, PVFS_fs_id fs_id, PVFS_BMI_addr_t **ret, int *ret_n)
{
    int room = 0, n = 0;
    PVFS_error e = PVFS_ctx_mgmt_count_servers (ctx, fs_id, PVFS_MGMT_IO_SERVER | PVFS_MGMT_META_SERVER, &room);
    if (e < 0)
        return e;
    PVFS_BMI_addr_t *addrs = calloc ((size_t) MAX (room, 1), sizeof *addrs);
    if (!addrs)
        return -PVFS_ENOMEM;
    n = room;
    e = PVFS_ctx_mgmt_get_server_array (ctx, fs_id, PVFS_MGMT_IO_SERVER | PVFS_MGMT_META_SERVER, addrs, &n);
    if (e < 0) {
        free (addrs);
        return e;
    }
    *ret = addrs;
    *ret_n = n;
    return 0;
}

PVFS_error
PVFS_ctx_mgmt_setparam_all (PVFS_ctx ctx, PVFS_fs_id fs_id, const PVFS_credential *credential, enum PVFS_server_param param,
                            struct PVFS_mgmt_setparam_value *value, PVFS_error_details *details, PVFS_hint hints)
{
    CLEANUP_FREE PVFS_BMI_addr_t *addrs = NULL;
    int n;
    PVFS_error e = all_servers (ctx, fs_id, &addrs, &n);
    return e < 0 ? e : PVFS_ctx_mgmt_setparam_list (ctx, fs_id, credential, param, value, addrs, n, details, hints, NULL, NULL);
}

PVFS_error
PVFS_ctx_mgmt_setparam_single (PVFS_ctx ctx, PVFS_fs_id fs_id, const PVFS_credential *credential, enum PVFS_server_param param,
                               struct PVFS_mgmt_setparam_value *value, char *server_addr_str, PVFS_error_details *details,
                               PVFS_hint hints)
{
    CLEANUP_FREE PVFS_BMI_addr_t *addrs = NULL;
    int n;
    if (!server_addr_str)
        return -PVFS_EINVAL;
    PVFS_error e = all_servers (ctx, fs_id, &addrs, &n);
    for (int i = 0; e == 0 && i < n; i++) {
        const char *text = PVFS_ctx_mgmt_map_addr (ctx, fs_id, addrs[i], NULL);
        if (text && strcmp (text, server_addr_str) == 0)
            return PVFS_ctx_mgmt_setparam_list (ctx, fs_id, credential, param, value, &addrs[i], 1, details, hints, NULL, NULL);
    }
    return e < 0 ? e : -PVFS_EINVAL;
}

/* --- space -------------------------------------------------------------------------------------------------------------------------- */

static void
statfs_take (struct sys_op *op, struct list_call *l, unsigned i)
{
    const struct mgmt_target *t = &l->call.targets[i];
    const struct statfs_resp *r = t->resp;
    struct volume *v = client_volume (op->client, op->a.fs);
    unsigned alias;
    if (!v || volume_addr_alias (v, t->addr, &alias) < 0)
        return;
    l->out.stats[i] = (struct PVFS_mgmt_server_stat){
        .fs_id = op->a.fs,
        .bytes_available = (PVFS_size) r->bytes_available,
        .bytes_total = (PVFS_size) r->bytes_total,
        .ram_total_bytes = r->ram_total,
        .ram_free_bytes = r->ram_free,
        .load_1 = r->load_1,
        .load_5 = r->load_5,
        .load_15 = r->load_15,
        .uptime_seconds = r->uptime,
        .handles_available_count = r->handles_available,
        .handles_total_count = r->handles_total,
        .bmi_address = v->config->aliases[alias].addr,
        .server_type = volume_server_type (v, alias),
        .time_ns = r->now,
        .config_epoch = r->config_epoch,
        .key_mark = r->key_mark,
        .intents = r->intents,
        .operations = r->operations,
        .mode = r->mode,
    };
    snprintf (l->out.stats[i].version, sizeof l->out.stats[i].version, "%s", r->version);
}

PVFS_error
PVFS_ctx_mgmt_statfs_list (PVFS_ctx ctx, PVFS_fs_id fs_id, const PVFS_credential *credential, struct PVFS_mgmt_server_stat *stat_array,
                           PVFS_BMI_addr_t *addr_array, int count, PVFS_error_details *details, PVFS_mgmt_op_id *op_id, PVFS_hint hints,
                           void *user_ptr)
{
    struct list_args a = { ctx, fs_id, credential, addr_array, count, details, hints };
    struct list_call *l;
    struct sys_op *op;
    if (!stat_array)
        return -PVFS_EINVAL;
    PVFS_error e = list_begin (&sys_mgmt_statfs, &a, &op, &l);
    if (e < 0)
        return e;
    l->out.stats = stat_array;
    l->take = statfs_take;
    return api_finish (op, op_id, user_ptr);
}

PVFS_error
PVFS_ctx_mgmt_statfs_all (PVFS_ctx ctx, PVFS_fs_id fs_id, const PVFS_credential *credential, struct PVFS_mgmt_server_stat *stat_array,
                          int *inout_count_p, PVFS_error_details *details, PVFS_hint hints)
{
    CLEANUP_FREE PVFS_BMI_addr_t *addrs = NULL;
    int n;
    if (!inout_count_p)
        return -PVFS_EINVAL;
    PVFS_error e = all_servers (ctx, fs_id, &addrs, &n);
    if (e < 0)
        return e;
    if (n > *inout_count_p)
        return -PVFS_EOVERFLOW;
    *inout_count_p = n;
    return PVFS_ctx_mgmt_statfs_list (ctx, fs_id, credential, stat_array, addrs, n, details, NULL, hints, NULL);
}

/* --- counters ------------------------------------------------------------------------------------------------------------------------ */

/* Rows of the caller's width: what a server does not have is 0, and so is all of a sample that there is not. */
static void
perf_take (struct sys_op *op, struct list_call *l, unsigned i)
{
    const struct perf_mon_req *q = l->call.targets[i].body;
    const struct perf_mon_resp *r = l->call.targets[i].resp;
    uint32_t width = perf_mon_width (q->type, q->keys), has = perf_mon_width (q->type, r->keys), n = MIN (r->samples, q->samples);
    memset (l->out.perf[i], 0, (size_t) q->samples * width * sizeof **l->out.perf);
    for (uint32_t k = 0; k < n && has <= width && (k + 1) * has <= r->nvalues; k++) {
        int64_t *row = &l->out.perf[i][k * width];
        const uint64_t *values = &r->values[k * has];
        memcpy (row, values, (has - 2) * sizeof *row);
        memcpy (&row[width - 2], &values[has - 2], 2 * sizeof *row);
    }
    *l->out.sample_count = MAX (*l->out.sample_count, (int) n);
    if (l->out.end_times)
        l->out.end_times[i] = r->end_ms;
    if (l->out.next_ids)
        l->out.next_ids[i] = r->next_id;
}

_Static_assert ((int) PVFS_PERF_TIMER == PERF_MON_TIMERS && (int) PVFS_PERF_COUNTER == PERF_MON_COUNTERS, "types of samples");
_Static_assert ((int) PVFS_PERF_SAMPLES_MAX == PERF_MON_SAMPLES && (int) PVFS_PERF_ALL_KEYS <= PERF_MON_KEYS, "room for samples");

PVFS_error
PVFS_ctx_mgmt_perf_mon_list (PVFS_ctx ctx, PVFS_fs_id fs_id, const PVFS_credential *credential, int32_t cnt_type, int64_t **perf_matrix,
                             uint64_t *end_time_ms_array, PVFS_BMI_addr_t *addr_array, uint32_t *next_id_array, int server_count,
                             int *key_count, int *sample_count, PVFS_error_details *details, PVFS_mgmt_op_id *op_id, PVFS_hint hints,
                             void *user_ptr)
{
    struct list_args a = { ctx, fs_id, credential, addr_array, server_count, details, hints };
    struct list_call *l;
    struct sys_op *op;
    bool timers = cnt_type == PVFS_PERF_TIMER;
    if ((!timers && cnt_type != PVFS_PERF_COUNTER) || !perf_matrix || !key_count || !sample_count || *key_count < 1 || *sample_count < 1)
        return -PVFS_EINVAL;
    PVFS_error e = list_begin (&sys_mgmt_perf_mon, &a, &op, &l);
    if (e < 0)
        return e;
    struct perf_mon_req *q = arena_array (&op->arena, l->call.n, sizeof *q);
    if (!q)
        return api_refuse (op, -PVFS_ENOMEM);
    *key_count = MIN (*key_count, timers ? (int) PVFS_PERF_TIMER_COUNT : (int) PVFS_PERF_ALL_KEYS);
    for (unsigned i = 0; i < l->call.n; i++) {
        q[i] = (struct perf_mon_req){ .type = (uint32_t) cnt_type, .next_id = next_id_array ? next_id_array[i] : 0,
                                      .keys = (uint32_t) *key_count, .samples = (uint32_t) *sample_count };
        l->call.targets[i].body = &q[i];
    }
    *sample_count = 0;
    l->out.perf = perf_matrix;
    l->out.end_times = end_time_ms_array;
    l->out.next_ids = next_id_array;
    l->out.sample_count = sample_count;
    l->take = perf_take;
    return api_finish (op, op_id, user_ptr);
}

/* --- what servers remember --------------------------------------------------------------------------------------------------- */

static void
events_take (struct sys_op *op, struct list_call *l, unsigned i)
{
    const struct event_mon_resp *r = l->call.targets[i].resp;
    int n = MIN (l->out.event_count, (int) r->nevents);
    for (int k = 0; k < n; k++) {
        const struct server_event *e = &r->events[k];
        l->out.events[i][k] = (struct PVFS_mgmt_event){
            .api = PVFS_EVENT_API_SERVER,
            .operation = (int32_t) e->op,
            .value = (int64_t) e->value,
            .id = (PVFS_id_gen_t) e->id,
            .flags = (int32_t) e->what,
            .tv_sec = (int64_t) (e->time / NSEC_PER_SEC),
            .tv_usec = (int32_t) (e->time % NSEC_PER_SEC / 1000),
        };
    }
    for (int k = n; k < l->out.event_count; k++)
        l->out.events[i][k] = (struct PVFS_mgmt_event){ .flags = PVFS_EVENT_FLAG_NONE };
}

_Static_assert ((int) PVFS_EVENT_FLAG_START == EVENT_BEGIN && (int) PVFS_EVENT_FLAG_END == EVENT_END, "flags of events");

PVFS_error
PVFS_ctx_mgmt_event_mon_list (PVFS_ctx ctx, PVFS_fs_id fs_id, const PVFS_credential *credential, struct PVFS_mgmt_event **event_matrix,
                              PVFS_BMI_addr_t *addr_array, int server_count, int event_count, PVFS_error_details *details,
                              PVFS_mgmt_op_id *op_id, PVFS_hint hints, void *user_ptr)
{
    struct list_args a = { ctx, fs_id, credential, addr_array, server_count, details, hints };
    struct list_call *l;
    struct sys_op *op;
    if (!event_matrix || event_count < 1)
        return -PVFS_EINVAL;
    PVFS_error e = list_begin (&sys_mgmt_event_mon, &a, &op, &l);
    if (e < 0)
        return e;
    struct event_mon_req *q = arena_alloc (&op->arena, sizeof *q);
    if (!q)
        return api_refuse (op, -PVFS_ENOMEM);
    q->count = (uint32_t) event_count;
    for (unsigned i = 0; i < l->call.n; i++)
        l->call.targets[i].body = q;
    l->out.events = event_matrix;
    l->out.event_count = event_count;
    l->take = events_take;
    return api_finish (op, op_id, user_ptr);
}

_Static_assert (PVFS_MGMT_UID_MAX == GET_UID_MAX, "room for users");

static struct timeval
seen_at (uint64_t ns)
{
    return (struct timeval){ (time_t) (ns / NSEC_PER_SEC), (suseconds_t) (ns % NSEC_PER_SEC / 1000) };
}

static void
users_take (struct sys_op *op, struct list_call *l, unsigned i)
{
    const struct get_uid_resp *r = l->call.targets[i].resp;
    for (uint32_t k = 0; k < r->nusers; k++) {
        const struct uid_seen *u = &r->users[k];
        l->out.users[i][k] = (PVFS_uid_info_s){ u->uid, u->count, seen_at (u->first), seen_at (u->last) };
    }
    l->out.user_counts[i] = r->nusers;
}

PVFS_error
PVFS_ctx_mgmt_get_uid_list (PVFS_ctx ctx, PVFS_fs_id fs_id, PVFS_credential *credential, int server_count, PVFS_BMI_addr_t *addr_array,
                            uint32_t history, PVFS_uid_info_s **uid_info_array, uint32_t *uid_count, PVFS_mgmt_op_id *op_id,
                            PVFS_hint hints, void *user_ptr)
{
    struct list_args a = { ctx, fs_id, credential, addr_array, server_count, NULL, hints };
    struct list_call *l;
    struct sys_op *op;
    if (!uid_info_array || !uid_count)
        return -PVFS_EINVAL;
    PVFS_error e = list_begin (&sys_mgmt_get_uid, &a, &op, &l);
    if (e < 0)
        return e;
    struct get_uid_req *q = arena_alloc (&op->arena, sizeof *q);
    if (!q)
        return api_refuse (op, -PVFS_ENOMEM);
    q->history = history;
    for (unsigned i = 0; i < l->call.n; i++) {
        l->call.targets[i].body = q;
        uid_count[i] = 0;
    }
    l->out.users = uid_info_array;
    l->out.user_counts = uid_count;
    l->take = users_take;
    return api_finish (op, op_id, user_ptr);
}

struct config_room {
    struct list_call *call;
    char *buf;
    int size;
};

static int
config_done (struct sys_op *op)
{
    const struct config_room *room = op->user;
    const struct mgmt_target *t = room->call->call.targets;
    const struct getconfig_resp *r = t->resp;
    if (op->error || t->error)
        return op->error ? op->error : t->error;
    if (r->text_len >= (size_t) room->size)
        return -ERANGE;
    memcpy (room->buf, r->text, r->text_len);
    room->buf[r->text_len] = 0;
    return 0;
}

int
PVFS_ctx_mgmt_get_config (PVFS_ctx ctx, const PVFS_fs_id *fsid, PVFS_BMI_addr_t *addr, char *fs_buf, int fs_buf_size,
                          const PVFS_credential *credential)
{
    struct sys_op *op;
    if (!fsid || !addr || !fs_buf || fs_buf_size < 1)
        return -PVFS_EINVAL;
    struct list_args a = { ctx, *fsid, credential, addr, 1, NULL, NULL };
    struct config_room room = { .buf = fs_buf, .size = fs_buf_size };
    PVFS_error e = list_begin (&sys_mgmt_getconfig, &a, &op, &room.call);
    if (e < 0)
        return e;
    op->user = &room;
    op->finish = config_done;
    return api_finish (op, NULL, NULL);
}

/* --- objects ------------------------------------------------------------------------------------------------------------------------- */

/* The position is the last handle seen, or how many reserved ones were. */
static void
handles_take (struct sys_op *op, struct list_call *l, unsigned i)
{
    const struct iterate_handles_resp *r = l->call.targets[i].resp;
    const struct iterate_handles_req *q = l->call.targets[i].body;
    int n = MIN (l->out.handle_counts[i], (int) r->nhandles);
    for (int k = 0; k < n; k++)
        l->out.handles[i][k] = r->handles[k];
    l->out.handle_counts[i] = n;
    if (r->end && n == (int) r->nhandles)
        l->out.positions[i] = PVFS_ITERATE_END;
    else if (n > 0)
        l->out.positions[i] = q->reserved ? q->after + (uint64_t) n : r->handles[n - 1];
}

PVFS_error
PVFS_ctx_mgmt_iterate_handles_list (PVFS_ctx ctx, PVFS_fs_id fs_id, const PVFS_credential *credential, PVFS_handle **handle_matrix,
                                    int *handle_count_array, PVFS_ds_position *position_array, PVFS_BMI_addr_t *addr_array,
                                    int server_count, int flags, PVFS_error_details *details, PVFS_hint hints, PVFS_mgmt_op_id *op_id,
                                    void *user_ptr)
{
    struct list_args a = { ctx, fs_id, credential, addr_array, server_count, details, hints };
    struct list_call *l;
    struct sys_op *op;
    if (!handle_matrix || !handle_count_array || !position_array)
        return -PVFS_EINVAL;
    PVFS_error e = list_begin (&sys_mgmt_iterate_handles, &a, &op, &l);
    if (e < 0)
        return e;
    struct iterate_handles_req *q = arena_array (&op->arena, l->call.n, sizeof *q);
    if (!q)
        return api_refuse (op, -PVFS_ENOMEM);
    for (unsigned i = 0; i < l->call.n; i++) {
        PVFS_ds_position p = position_array[i];
        q[i].count = (uint32_t) MIN (MAX (handle_count_array[i], 0), (int) PROTO_MAX_HANDLES);
        q[i].reserved = flags & PVFS_MGMT_RESERVED;
        q[i].after = p == PVFS_ITERATE_START ? 0 : p == PVFS_ITERATE_END ? UINT64_MAX : p;
        l->call.targets[i].body = &q[i];
    }
    l->out.handles = handle_matrix;
    l->out.handle_counts = handle_count_array;
    l->out.positions = position_array;
    l->take = handles_take;
    return api_finish (op, op_id, user_ptr);
}

static int
dfiles_done (struct sys_op *op)
{
    PVFS_handle *out = op->a.resp;
    if (op->error)
        return op->error;
    if (op->result.attr.type != OBJ_METAFILE)
        return -EINVAL;
    for (int32_t i = 0; i < op->a.count; i++)
        out[i] = i < op->result.ndfiles ? op->result.dfiles[i] : PVFS_HANDLE_NULL;
    return 0;
}

PVFS_error
PVFS_ctx_mgmt_get_dfile_array (PVFS_ctx ctx, PVFS_object_ref ref, const PVFS_credential *credential, PVFS_handle *dfile_array,
                               int dfile_count, PVFS_mgmt_op_id *op_id, PVFS_hint hints, void *user_ptr)
{
    struct sys_op *op;
    if (!dfile_array || dfile_count < 1)
        return -PVFS_EINVAL;
    PVFS_error e = api_begin (ctx, &sys_getattr, credential, hints, &op);
    if (e < 0)
        return e;
    op->a.ref = ref;
    op->a.mask = PVFS_ATTR_SYS_DFILE_COUNT;
    op->a.count = dfile_count;
    op->a.resp = dfile_array;
    op->finish = dfiles_done;
    return api_finish (op, op_id, user_ptr);
}

static int
removed (struct sys_op *op)
{
    const struct mgmt_target *t = ((struct mgmt_call *) op->a.resp)->targets;
    const struct mgmt_remove_object_req *q = t->body;
    acache_forget (op->client->acache, (obj_fsid) op->a.fs, q->handle);
    return op->error ? op->error : t->error;
}

PVFS_error
PVFS_ctx_mgmt_remove_object (PVFS_ctx ctx, PVFS_object_ref object_ref, const PVFS_credential *credential, PVFS_mgmt_op_id *op_id,
                             PVFS_hint hints, void *user_ptr)
{
    PVFS_BMI_addr_t addr;
    struct list_args a = { ctx, object_ref.fs_id, credential, &addr, 1, NULL, hints };
    struct list_call *l;
    struct sys_op *op;
    PVFS_error e = PVFS_ctx_mgmt_map_handle (ctx, object_ref.fs_id, object_ref.handle, &addr);
    if (e == 0)
        e = list_begin (&sys_mgmt_remove_object, &a, &op, &l);
    if (e < 0)
        return e;
    struct mgmt_remove_object_req *q = arena_alloc (&op->arena, sizeof *q);
    if (!q)
        return api_refuse (op, -PVFS_ENOMEM);
    q->handle = object_ref.handle;
    l->call.targets[0].body = q;
    op->finish = removed;
    return api_finish (op, op_id, user_ptr);
}
