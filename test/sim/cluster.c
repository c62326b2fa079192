/*
 * Servers, clients, network and disks; see cluster.h.
 */
#include "cluster.h"

#include "server/intent.h"

enum { DRAIN_LIMIT = 10 }; /* seconds: as the program has it */

/* --- bugs ------------------------------------------------------------------------------------------ */

static const struct sim_bug bugs[] = {
    { "ack-rule-off", .flow_before_ack = true },
    { "reply-before-flush", .server = BUG_REPLY_BEFORE_FLUSH },
    { "no-slot-fence", .server = BUG_NO_SLOT_FENCE },
    { "reply-record-not-persisted", .server = BUG_REPLY_NOT_RECORDED },
    { "lost-intent", .server = BUG_LOST_INTENT },
    { "early-slot-release", .server = BUG_EARLY_RELEASE },
    { "no-last", .server = BUG_NO_LAST },
    { "size-off-by-strip", .size_off_by_strip = true },
    { "wrong-lock-order", .server = BUG_WRONG_LOCK_ORDER },
    { "skipped-bucket", .skipped_bucket = true },
};

const struct sim_bug *
sim_bug_at (unsigned i)
{
    return i < ARRAY_SIZE (bugs) ? &bugs[i] : NULL;
}

const struct sim_bug *
sim_find_bug (const char *name)
{
    for (unsigned i = 0; i < ARRAY_SIZE (bugs); i++)
        if (!strcmp (bugs[i].name, name))
            return &bugs[i];
    return NULL;
}

/* --- the configuration ------------------------------------------------------------------------------- */

static void
write_ranges (const struct sim *s, FILE *f, bool meta)
{
    fprintf (f, "<%sHandleRanges>\n", meta ? "Meta" : "Data");
    for (unsigned i = 0; i < s->p.nservers; i++) {
        uint64_t first = ((uint64_t) (2 * i + !meta) << 32) + (i || !meta ? 0 : 4);
        if (meta ? s->p.data_only[i] : s->p.metadata_only[i])
            continue;
        fprintf (f, "Range s%u %llu-%llu\n", i, (unsigned long long) first,
                 (unsigned long long) ((((uint64_t) (2 * i + !meta) + 1) << 32) - 1));
    }
    fprintf (f, "</%sHandleRanges>\n", meta ? "Meta" : "Data");
}

static int
make_config (struct sim *s)
{
    char *text = NULL, *error = NULL;
    size_t len = 0;
    FILE *f = open_memstream (&text, &len);
    fprintf (f, "<Defaults>\nStorageSpace /simulated\nStorageReserve 65536\nSlowOpMSecs 0\n"
                "PrecreateBatchSize 0,0,12,6,0,0,0\nPrecreateLowThreshold 0,0,4,2,0,0,0\n</Defaults>\n<Aliases>\n");
    for (unsigned i = 0; i < s->p.nservers; i++)
        fprintf (f, "Alias s%u mem://s%u\n", i, i);
    fprintf (f, "</Aliases>\n<FileSystem>\nName sim\nID %d\nRootHandle %d\n"
                "FlowBufferSizeBytes %u\nFlowBuffersPerFlow %u\n",
             SIM_FS_ID, SIM_ROOT, s->p.flow_buffer, s->p.flow_buffers);
    fprintf (f, "DistrDirSplitSize %u\nDistrDirServersInitial %u\nDistrDirServersMax %u\n", s->p.dir_split, MAX (s->p.dir_initial, 1u),
             MAX (s->p.dir_max, 1u));
    fprintf (f, "<Distribution>\nName simple_stripe\nParam strip_size\nValue %u\n</Distribution>\n", s->p.strip);
    write_ranges (s, f, true);
    write_ranges (s, f, false);
    fprintf (f, "<StorageHints>\nTroveSyncMeta yes\nTroveSyncData %s\n</StorageHints>\n</FileSystem>\n",
             s->p.sync_data ? "yes" : "no");
    fclose (f);
    int r = config_parse_text (text, len, "sim", &s->config, &error);
    if (r < 0)
        fprintf (stderr, "sim: its configuration: %s\n", error ? error : "out of memory");
    free (error);
    free (text);
    return r;
}

/* --- network and disks: chance ------------------------------------------------------------------------ */

static uint64_t
net_delay (void *arg, size_t size)
{
    struct sim *s = arg;
    if (s->net_delay)
        return s->net_delay (s, size);
    uint64_t d = world_between (&s->w, s->p.net_delay / 2, s->p.net_delay) + size * 2;
    if (s->faults && world_chance (&s->w, s->p.net_slow_one_in))
        d += world_below (&s->w, 200 * NSEC_PER_MSEC);
    return d;
}

static bool
net_cut (void *arg)
{
    struct sim *s = arg;
    if (s->hard_death)
        return true;
    if (!s->faults || s->no_cuts || !world_chance (&s->w, s->p.cut_one_in))
        return false;
    world_say (&s->w, "net: a connection is cut");
    return true;
}

static uint64_t
disk_delay (void *arg, const char *what)
{
    struct sim_server *v = arg;
    struct world *w = &v->sim->w;
    if (v->starting)
        return 0;
    if (v->sim->disk_delay)
        return v->sim->disk_delay (v->sim, what);
    uint64_t most = !strcmp (what, "txn") ? 60000 : !strcmp (what, "read") ? 500000 : 3000000;
    uint64_t d = world_between (w, most / 20, most);
    if (v->sim->faults && world_chance (w, v->sim->p.disk_slow_one_in))
        d += world_below (w, v->sim->p.disk_slow);
    return d;
}

/* --- servers -------------------------------------------------------------------------------------------- */

static struct server_config
config_of (struct sim_server *v, char *why)
{
    struct sim *s = v->sim;
    return (struct server_config){ .config = s->config, .alias = v->alias, .reactor = v->node->reactor, .mem_net = s->net,
                                   .mem_disk = v->disk, .bugs = (s->bug ? s->bug->server : 0) | (s->p.no_tickets ? BUG_NO_TICKETS : 0), .why = why };
}

int
sim_server_start (struct sim_server *v)
{
    struct world *w = &v->sim->w;
    char why[SERVER_WHY] = "";
    v->node = world_node_new (w, v->alias);
    struct server_config cfg = config_of (v, why);
    v->starting = true;
    int r = server_new (&cfg, &v->server);
    v->starting = false;
    world_say (w, "%s: up", v->alias);
    if (r == 0)
        return 0;
    v->server = NULL;
    world_node_free (w, v->node);
    v->node = NULL;
    world_violation (w, "servers-start", "%s does not start: %s", v->alias, why);
    return -1;
}

void
sim_server_stop (struct sim_server *v, uint64_t (*random) (void *), void *arg)
{
    struct sim *s = v->sim;
    world_forget (&s->w, v);
    v->draining = false;
    server_kill (v->server);
    v->server = NULL;
    world_node_free (&s->w, v->node);
    v->node = NULL;
    if (random)
        trove_mem_disk_power_off (v->disk, random, arg);
}

void
sim_server_kill (struct sim_server *v, bool power_off)
{
    struct sim *s = v->sim;
    sim_server_stop (v, power_off ? (uint64_t (*) (void *)) world_random : NULL, &s->w);
    if (power_off && s->on_power_off)
        s->on_power_off (s);
}

static int
make_disk (struct sim_server *v)
{
    struct trove_mem_config cfg = { .delay = disk_delay, .arg = v };
    char why[SERVER_WHY] = "";
    if (v->disk) {
        v->disk->config = cfg;
        return 0;
    }
    int r = trove_mem_disk_new (&cfg, &v->disk);
    if (r < 0)
        return r;
    v->node = world_node_new (&v->sim->w, v->alias);
    struct server_config c = config_of (v, why);
    v->starting = true;
    r = server_mkfs (&c);
    v->starting = false;
    world_node_free (&v->sim->w, v->node);
    v->node = NULL;
    if (r < 0)
        world_violation (&v->sim->w, "servers-start", "mkfs of %s: %s (%s)", v->alias, strerror (-r), why);
    return r;
}

static void
restart (void *arg)
{
    struct sim_server *v = arg;
    if (!v->server)
        sim_server_start (v);
}

/* --- clients ---------------------------------------------------------------------------------------------- */

static void mount_when_up (void *arg);

static void
mounted (struct sys_op *op)
{
    struct sim_client *c = op->user;
    int error = op->error;
    sys_op_free (op);
    if (error && c->sim->faults) { /* it asks each server once */
        world_at (&c->sim->w, 50 * NSEC_PER_MSEC, mount_when_up, c);
        return;
    }
    if (error) {
        world_violation (&c->sim->w, "clients-mount", "client %u: %s", c->nr, strerror (-error));
        return;
    }
    c->mounted = true;
    if (c->sim->on_mounted)
        c->sim->on_mounted (c);
}

static void
mount_now (void *arg)
{
    static const char *servers[] = { "mem://s0", "mem://s1", "mem://s2", "mem://s3" };
    struct sim_client *c = arg;
    PVFS_credential cred = { .num_groups = 1 };
    struct sys_op *op = sys_op_new (c->client, &sys_fs_add, &cred);
    assert (op);
    op->a.servers = servers;
    op->a.nservers = (int32_t) c->sim->p.nservers;
    op->a.name = "sim";
    op->a.resp = &c->fs;
    op->user = c;
    op->done = mounted;
    c->sim->no_cuts = true; /* fs_add tries each server once and gives up */
    sys_op_post (op);
    c->sim->no_cuts = false;
}

static void
mount_when_up (void *arg)
{
    struct sim_client *c = arg;
    for (unsigned i = 0; i < c->sim->p.nservers; i++)
        if (!c->sim->servers[i].server || c->sim->servers[i].draining) {
            world_at (&c->sim->w, 50 * NSEC_PER_MSEC, mount_when_up, c);
            return;
        }
    mount_now (c);
}

int
sim_client_start (struct sim_client *c)
{
    struct sim *s = c->sim;
    char name[16];
    snprintf (name, sizeof name, "c%u", c->nr);
    c->node = world_node_new (&s->w, name);
    c->mounted = false;
    struct client_config cfg = { .reactor = c->node->reactor, .mem_net = s->net, .ncache_timeout = CLIENT_TIMEOUT_OFF,
                                 .node_name = "sim" };
    if (client_new (&cfg, &c->client) < 0)
        return -1;
    if (s->bug) {
        c->client->flow_before_ack = s->bug->flow_before_ack;
        c->client->size_off_by_strip = s->bug->size_off_by_strip;
        c->client->skipped_bucket = s->bug->skipped_bucket;
    }
    mount_when_up (c);
    return 0;
}

void
sim_client_stop (struct sim_client *c, bool hard)
{
    struct sim *s = c->sim;
    if (!c->client)
        return;
    world_forget (&s->w, c);
    s->hard_death = hard;
    client_free (c->client);
    s->hard_death = false;
    c->client = NULL;
    c->mounted = false;
    world_node_free (&s->w, c->node);
    c->node = NULL;
}

static void
start_client (void *arg)
{
    struct sim_client *c = arg;
    if (!c->client)
        sim_client_start (c);
}

/* --- life -------------------------------------------------------------------------------------------------- */

int
cluster_new (struct sim *s)
{
    struct bmi_mem_config net = { .capacity = s->p.net_capacity, .delay = net_delay, .cut = net_cut, .arg = s };
    if ((!s->config && make_config (s) < 0) || bmi_mem_net_new (&net, &s->net) < 0)
        return -1;
    for (unsigned i = 0; i < s->p.nservers; i++) {
        struct sim_server *v = &s->servers[i];
        *v = (struct sim_server){ .sim = s, .nr = i, .disk = v->disk };
        snprintf (v->alias, sizeof v->alias, "s%u", i);
        if (make_disk (v) < 0)
            return -1;
    }
    for (unsigned i = 0; i < s->p.nservers; i++)
        if (sim_server_start (&s->servers[i]) < 0)
            return -1;
    for (unsigned i = 0; i < s->p.nclients; i++) {
        s->clients[i] = (struct sim_client){ .sim = s, .nr = i };
        if (sim_client_start (&s->clients[i]) < 0)
            return -1;
    }
    return 0;
}

void
cluster_close (struct sim *s)
{
    for (unsigned i = 0; i < s->p.nclients; i++)
        sim_client_stop (&s->clients[i], false);
    for (unsigned i = 0; i < s->p.nservers; i++) {
        struct sim_server *v = &s->servers[i];
        if (v->server)
            server_free (v->server);
        if (v->node)
            world_node_free (&s->w, v->node);
        v->server = NULL;
        v->node = NULL;
    }
    bmi_mem_net_free (s->net);
    s->net = NULL;
}

void
cluster_free (struct sim *s)
{
    cluster_close (s);
    for (unsigned i = 0; i < s->p.nservers; i++)
        trove_mem_disk_free (s->servers[i].disk);
    config_free (s->config);
}

/* --- faults -------------------------------------------------------------------------------------------------- */

static struct sim_server *
random_server (struct sim *s)
{
    struct sim_server *v = &s->servers[world_below (&s->w, s->p.nservers)];
    return v->server && !v->draining ? v : NULL;
}

static void
kill_server (struct sim_server *v, bool power_off)
{
    struct world *w = &v->sim->w;
    world_say (w, "%s: %s", v->alias, power_off ? "power off" : "killed");
    sim_server_kill (v, power_off);
    v->disk->config.capacity = 0;
    world_at (w, world_between (w, 1, world_chance (w, 3) ? 2000 : 100) * NSEC_PER_MSEC, restart, v);
}

void
sim_server_down (struct sim_server *v, bool power_off)
{
    if (v->server && !v->draining)
        kill_server (v, power_off);
}

/* Closed properly as soon as nothing runs. */
static void
end_of_drain (void *arg)
{
    struct sim_server *v = arg;
    struct world *w = &v->sim->w;
    if (!list_empty (&v->server->ops) && w->now < v->drain_until) {
        world_at (w, 5 * NSEC_PER_MSEC, end_of_drain, v);
        return;
    }
    if (!list_empty (&v->server->ops)) {
        kill_server (v, false);
        return;
    }
    world_say (w, "%s: drained and closed", v->alias);
    server_free (v->server);
    v->server = NULL;
    v->draining = false;
    world_node_free (w, v->node);
    v->node = NULL;
    world_at (w, 20 * NSEC_PER_MSEC, restart, v);
}

static void
disk_has_room (void *arg)
{
    struct sim_server *v = arg;
    v->disk->config.capacity = 0;
    world_say (&v->sim->w, "%s: the disk has room again", v->alias);
}

static void
fill_disk (struct sim_server *v)
{
    v->sim->disk_was_full = true;
    uint64_t used = v->disk->key_bytes + v->disk->stream_bytes;
    v->disk->config.capacity = used + 65536 + world_below (&v->sim->w, 65536);
    world_say (&v->sim->w, "%s: the disk is nearly full", v->alias);
    world_at (&v->sim->w, world_between (&v->sim->w, 1, 500) * NSEC_PER_MSEC, disk_has_room, v);
}

void
sim_fault (struct sim *s)
{
    struct world *w = &s->w;
    struct sim_server *v = random_server (s);
    struct sim_client *c = &s->clients[world_below (w, s->p.nclients)];
    uint64_t what = world_below (w, 10);
    if (what < 4 && v) {
        kill_server (v, false);
    } else if (what < 7 && v) {
        kill_server (v, true);
    } else if (what == 7 && v) {
        fill_disk (v);
    } else if (what == 8 && v) {
        v->draining = true;
        world_say (w, "%s: drains", v->alias);
        v->drain_until = w->now + DRAIN_LIMIT * NSEC_PER_SEC;
        server_drain (v->server, NULL);
        world_at (w, 0, end_of_drain, v);
    } else if (what == 9 && c->mounted) {
        world_say (w, "c%u: dies", c->nr);
        sim_client_stop (c, world_chance (w, 2));
        if (s->on_client_death)
            s->on_client_death (c);
        world_at (w, world_between (w, 1, 300) * NSEC_PER_MSEC, start_client, c);
    }
}

void
sim_heal (struct sim *s)
{
    s->faults = false;
    world_say (&s->w, "everything is mended");
    for (unsigned i = 0; i < s->p.nservers; i++) {
        s->servers[i].disk->config.capacity = 0;
        if (!s->servers[i].server)
            sim_server_start (&s->servers[i]);
    }
}

/* --- the chain ----------------------------------------------------------------------------------------------- */

static void
print_ops_of_server (const struct sim_server *v, FILE *to)
{
    struct server_op *op;
    list_for_each (op, &v->server->ops, link) {
        char text[512];
        sm_describe (&op->sm, text, sizeof text);
        fprintf (to, "  %s op %llu %s of %s slot %u seq %llu: %s", v->alias, (unsigned long long) op->id,
                 op->info ? op->info->name : "?", op->peer ? bmi_peer_name (op->peer) : "self", op->req.slot,
                 (unsigned long long) op->req.seq, text);
        if (op->flow) {
            flow_describe (op->flow, text, sizeof text);
            fprintf (to, "; flow %s", text);
        }
        if (sched_behind (&op->sched))
            fprintf (to, "; behind op %llu", (unsigned long long) sched_behind (&op->sched));
        fputc ('\n', to);
    }
}

struct chain {
    const char *who;
    FILE *to;
};

static void
print_intent (void *arg, const struct intent *i, const struct sm *sm)
{
    struct chain *c = arg;
    char text[512];
    sm_describe (sm, text, sizeof text);
    fprintf (c->to, "  %s intent %llu of kind %u: %s\n", c->who, (unsigned long long) i->id, i->kind, text);
}

static void
print_peer (void *arg, struct bmi_peer *p)
{
    struct chain *c = arg;
    uint64_t tag;
    size_t size;
    if (bmi_peer_blocked (p, &tag, &size))
        fprintf (c->to, "  %s: the stream from %s is headed by %zu bytes of tag %llu that nobody receives\n", c->who,
                 bmi_peer_name (p), size, (unsigned long long) tag);
}

void
sim_print_chain (struct sim *s, FILE *to)
{
    for (unsigned i = 0; i < s->p.nclients; i++) {
        struct sim_client *c = &s->clients[i];
        struct sys_op *op;
        char text[512];
        if (!c->client)
            continue;
        list_for_each (op, &c->client->ops, link) {
            sm_describe (&op->sm, text, sizeof text);
            fprintf (to, "  c%u %s: %s\n", i, op->type->name, text);
        }
    }
    for (unsigned i = 0; i < s->p.nservers; i++) {
        struct sim_server *v = &s->servers[i];
        struct chain c = { v->alias, to };
        if (!v->server) {
            fprintf (to, "  %s is down\n", v->alias);
            continue;
        }
        print_ops_of_server (v, to);
        intent_each_lone (v->server, print_intent, &c);
        bmi_each_peer (v->server->bmi, print_peer, &c);
    }
}
