/*
 * The deadlock of 2006 in the simulation (doc/deadlock.md): the same script twice, with the ack rule and without.
 *
 *   A posts write 1 and is not driven │ C sees I/O 1 in its flow │ B's getattr queues behind it │ A posts write 2; A and B are driven
 *
 * With the rule all three complete in this order. Without it the world is stuck – nothing is left but deadlines –
 * and each link of the chain is found in the live structures.
 */
#include <unistd.h>

#include "client/sysint/mgmt.h"
#include "common/gossip/gossip.h"
#include "proto/ops/io.h"
#include "proto/ops/live_ops.h"
#include "cluster.h"

enum { A, B, C, D, WRITE_SIZE = 4 << 20, BUFFER = 256 << 10 };

struct call {
    struct script *script;
    const char *what;
    struct sys_op *op;
    PVFS_Request req;
    bool over;
    int error;
};

struct script {
    struct sim *sim;
    bool rule;
    PVFS_object_ref file;
    uint8_t *data;
    struct call write1, write2, getattr;
    const char *order[3]; /* of completion */
    unsigned ncompleted;
    const char *failure;
    uint64_t io1, stat, io2; /* operations on s1 */
    FILE *chain;
};

static void
fail (struct script *t, const char *why)
{
    if (!t->failure)
        t->failure = why;
}

/* --- calls ------------------------------------------------------------------------------------------ */

static void
over (struct sys_op *op)
{
    struct call *c = op->user;
    struct script *t = c->script;
    c->over = true;
    c->error = op->error;
    if (c->what && t->ncompleted < ARRAY_SIZE (t->order))
        t->order[t->ncompleted++] = c->what;
}

static struct sys_op *
prepare (struct script *t, int client, const struct sys_op_type *type, struct call *c, const char *what)
{
    PVFS_credential cred = { .num_groups = 1 };
    *c = (struct call){ .script = t, .what = what };
    c->op = sys_op_new (t->sim->clients[client].client, type, &cred);
    assert (c->op);
    c->op->a.ref = t->file;
    c->op->a.fs = SIM_FS_ID;
    c->op->user = c;
    c->op->done = over;
    return c->op;
}

static void
finish (struct call *c)
{
    if (c->req)
        PVFS_Request_free (&c->req);
    sys_op_free (c->op);
    c->op = NULL;
}

/* Steps until the call is over or nothing will happen any more. */
static bool
drive (struct script *t, struct call *c)
{
    struct world *w = &t->sim->w;
    while (!c->over && !w->violated && !world_quiet (w))
        world_step (w);
    return c->over;
}

static int
run (struct script *t, struct call *c)
{
    sys_op_post (c->op);
    if (!drive (t, c))
        return -EDEADLK;
    return c->error;
}

static struct sys_op *
prepare_io (struct script *t, int client, struct call *c, const char *what, enum PVFS_io_type type, int64_t off, int32_t len)
{
    struct sys_op *op = prepare (t, client, &sys_io, c, what);
    if (PVFS_Request_contiguous (len, PVFS_BYTE, &c->req) < 0)
        abort ();
    op->a.file_req = PVFS_BYTE;
    op->a.mem_req = c->req;
    op->a.offset = off;
    op->a.buffer = t->data;
    op->a.io_type = type;
    return op;
}

/* --- looking at s1, as pvfs2-ops does ------------------------------------------------------------------ */

struct look {
    struct call call;
    struct mgmt_target target;
    struct mgmt_call mgmt;
    const struct live_ops_resp *resp;
};

static bool
look_begin (struct script *t, struct look *l)
{
    *l = (struct look){ .target = { .addr = 2 } };
    l->mgmt = (struct mgmt_call){ .targets = &l->target, .n = 1 };
    prepare (t, C, &sys_mgmt_live_ops, &l->call, NULL)->a.resp = &l->mgmt;
    if (run (t, &l->call) < 0 || l->target.error) {
        fail (t, "C cannot look at the server");
        finish (&l->call);
        return false;
    }
    l->resp = l->target.resp;
    return true;
}

static const struct live_op *
find_op (const struct live_ops_resp *r, unsigned op, uint64_t not_id)
{
    for (uint32_t i = 0; i < r->nops; i++)
        if (r->ops[i].op == op && r->ops[i].id != not_id)
            return &r->ops[i];
    return NULL;
}

static const struct live_op *
find_id (const struct live_ops_resp *r, uint64_t id)
{
    for (uint32_t i = 0; i < r->nops; i++)
        if (r->ops[i].id == id)
            return &r->ops[i];
    return NULL;
}

static bool
sees_flow (struct script *t, const struct live_ops_resp *r)
{
    const struct live_op *o = find_op (r, PROTO_io, 0);
    t->io1 = o ? o->id : 0;
    return o && strstr (o->state, "FLOW");
}

static bool
sees_queued (struct script *t, const struct live_ops_resp *r)
{
    for (uint32_t i = 0; i < r->nops; i++)
        if (t->io1 && r->ops[i].behind == t->io1) {
            t->stat = r->ops[i].id;
            return true;
        }
    return false;
}

static void
poll_until (struct script *t, bool (*sees) (struct script *, const struct live_ops_resp *), const char *what)
{
    struct look l;
    bool seen = false;
    for (int i = 0; i < 1000 && !seen && look_begin (t, &l); i++) {
        seen = sees (t, l.resp);
        finish (&l.call);
    }
    if (!seen)
        fail (t, what);
}

/* --- the script --------------------------------------------------------------------------------------------- */

static void
wait_mounted (struct script *t)
{
    for (unsigned i = 0; i < t->sim->p.nclients; i++)
        while (!t->sim->clients[i].mounted && !world_quiet (&t->sim->w))
            world_step (&t->sim->w);
}

/* One file with one datafile on s1; A knows its layout and is connected. */
static void
step_1 (struct script *t)
{
    struct call c;
    struct sys_op *op = prepare (t, A, &sys_create, &c, NULL);
    wait_mounted (t);
    op->a.ref = (PVFS_object_ref){ .handle = SIM_ROOT, .fs_id = SIM_FS_ID };
    op->a.name = "file";
    op->a.attr.mask = PVFS_ATTR_SYS_PERM;
    op->a.attr.perms = 0644;
    if (run (t, &c) < 0)
        fail (t, "the file cannot be made");
    t->file = op->result.ref;
    finish (&c);
    prepare_io (t, A, &c, NULL, PVFS_IO_READ, 0, 1);
    if (run (t, &c) < 0)
        fail (t, "A cannot read the file");
    finish (&c);
}

struct marker {
    struct reactor_item item;
    bool reached;
};

static void
reach (struct reactor_item *item)
{
    container_of (item, struct marker, item)->reached = true;
}

/* The post and what it has queued – the connection is kicked, its messages enter the stream –, but nothing that follows from that. */
static void
post_write (struct script *t, struct call *c, const char *what, int64_t off)
{
    struct node *a = t->sim->clients[A].node;
    struct marker m = { .item.deliver = reach };
    list_init (&m.item.link);
    sys_op_post (prepare_io (t, A, c, what, PVFS_IO_WRITE, off, WRITE_SIZE));
    reactor_queue (a->reactor, &m.item);
    while (!m.reached)
        reactor_sim_deliver_one (a->reactor);
}

static void
steps_2_to_5 (struct script *t)
{
    struct node *a = t->sim->clients[A].node;
    a->held = true;
    post_write (t, &t->write1, "I/O 1", 0);                                             /* 2 */
    poll_until (t, sees_flow, "I/O 1 is not in its flow");                              /* 3 */
    prepare (t, B, &sys_getattr, &t->getattr, "getattr")->a.mask = PVFS_ATTR_SYS_ALL;   /* 4 */
    sys_op_post (t->getattr.op);
    poll_until (t, sees_queued, "the getattr is not behind I/O 1");
    post_write (t, &t->write2, "I/O 2", WRITE_SIZE);                                    /* 5 */
    a->held = false;
}

static void
assert_chain (struct script *t)
{
    struct look l;
    if (!look_begin (t, &l))
        return;
    const struct live_ops_resp *r = l.resp;
    const struct live_op *io1 = find_id (r, t->io1), *stat = find_id (r, t->stat), *io2 = find_op (r, PROTO_io, t->io1);
    if (!io1 || !io1->waits_for_data)
        fail (t, "I/O 1 does not wait for data");
    else if (!stat || stat->behind != t->io1)
        fail (t, "the getattr is not behind I/O 1");
    else if (!io2 || io2->behind != t->stat)
        fail (t, "I/O 2 is not behind the getattr");
    bool headed = false;
    for (uint32_t i = 0; io1 && io2 && i < r->nconnections; i++)
        headed |= r->connections[i].connection == io1->connection && r->connections[i].blocked && r->connections[i].blocked_tag == io2->tag;
    if (!headed)
        fail (t, "A's stream is not headed by data of I/O 2");
    finish (&l.call);
}

/* Cancelled, all goes on; the file is as good as ever. */
static void
step_7 (struct script *t)
{
    struct sim *s = t->sim;
    uint64_t began = s->w.now;
    struct call c;
    sys_op_cancel (t->write1.op);
    sys_op_cancel (t->write2.op);
    if (!drive (t, &t->getattr) || t->getattr.error || s->w.now - began > NSEC_PER_SEC)
        fail (t, "B's getattr does not end within a second");
    drive (t, &t->write1);
    drive (t, &t->write2);
    s->p.nclients = D + 1;
    s->clients[D] = (struct sim_client){ .sim = s, .nr = D };
    if (sim_client_start (&s->clients[D]) < 0)
        abort ();
    wait_mounted (t);
    memset (t->data, 'd', WRITE_SIZE);
    prepare_io (t, D, &c, NULL, PVFS_IO_WRITE, 0, WRITE_SIZE);
    if (run (t, &c) < 0 || c.op->bytes != WRITE_SIZE)
        fail (t, "a fresh client cannot write the file");
    finish (&c);
    memset (t->data, 0, WRITE_SIZE);
    prepare_io (t, D, &c, NULL, PVFS_IO_READ, 0, WRITE_SIZE);
    if (run (t, &c) < 0 || c.op->bytes != WRITE_SIZE || t->data[0] != 'd' || t->data[WRITE_SIZE - 1] != 'd')
        fail (t, "a fresh client cannot read the file");
    finish (&c);
}

static void
step_6 (struct script *t)
{
    while (!world_quiet (&t->sim->w))
        world_step (&t->sim->w);
    if (t->write1.over || t->write2.over || t->getattr.over) {
        fail (t, "not stuck");
        return;
    }
    assert_chain (t);
    sim_print_chain (t->sim, t->chain);
    step_7 (t);
}

static void
step_8 (struct script *t)
{
    drive (t, &t->write1);
    drive (t, &t->getattr);
    drive (t, &t->write2);
    if (!t->write1.over || !t->getattr.over || !t->write2.over)
        fail (t, "stuck");
    else if (t->write1.error || t->getattr.error || t->write2.error)
        fail (t, "an operation failed");
    else if (strcmp (t->order[0], "I/O 1") || strcmp (t->order[1], "getattr") || strcmp (t->order[2], "I/O 2"))
        fail (t, "not in the order I/O 1, getattr, I/O 2");
    if (t->failure)
        sim_print_chain (t->sim, t->chain);
}

static bool
play (bool rule, uint64_t seed, FILE *trace)
{
    static const struct sim_bug off = { .name = "ack-rule-off", .flow_before_ack = true };
    struct sim *s = calloc (1, sizeof *s);
    char *chain = NULL;
    size_t len = 0;
    struct script t = { .sim = s, .rule = rule, .data = calloc (1, WRITE_SIZE), .chain = open_memstream (&chain, &len) };
    assert (s && t.data && t.chain);
    world_init (&s->w, seed, trace);
    s->bug = rule ? NULL : &off;
    s->p = (struct sim_params){ .nservers = 2, .nclients = 3, .metadata_only = { true, false }, .data_only = { false, true },
                                .strip = 65536, .flow_buffer = BUFFER, .flow_buffers = 8 };
    if (cluster_new (s) < 0)
        fail (&t, "no cluster");
    else
        step_1 (&t);
    if (!t.failure)
        steps_2_to_5 (&t);
    if (!t.failure)
        rule ? step_8 (&t) : step_6 (&t);
    fclose (t.chain);
    if (t.failure)
        printf ("sim ack-rule=%s failed: %s\n", rule ? "on" : "off", t.failure);
    else
        printf ("sim ack-rule=%s %s\n", rule ? "on" : "off", rule ? "completed" : "deadlock");
    fputs (chain, stdout);
    fflush (stdout);
    free (chain);
    if (t.failure)
        return false; /* nothing is released: it may still be in use */
    finish (&t.write1);
    finish (&t.getattr);
    finish (&t.write2);
    cluster_free (s);
    world_fini (&s->w);
    free (t.data);
    free (s);
    return true;
}

static int
usage (const char *program)
{
    fprintf (stderr, "Usage: %s [on|off [SEED]]\n", program);
    return 2;
}

int
main (int argc, char **argv)
{
    const char *which = argc > 1 ? argv[1] : "both";
    uint64_t seed = argc > 2 ? strtoull (argv[2], NULL, 0) : 1;
    bool on = !strcmp (which, "on"), off = !strcmp (which, "off"), both = !strcmp (which, "both"), right = true;
    gossip_disable ();
    if (!on && !off && !both)
        return usage (argv[0]);
    if (on || both)
        right &= play (true, seed, NULL);
    if (off || both)
        right &= play (false, seed, NULL);
    fflush (stdout);
    if (!right)
        _exit (1);
    return 0;
}
