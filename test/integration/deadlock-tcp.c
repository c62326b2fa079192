/*
 * The deadlock of 2006 over real TCP, brought about and not brought about by the same script
 * (doc/deadlock.md):
 *
 *     deadlock-tcp --ack-rule on     the rule holds:  prints "tcp ack-rule=on completed"
 *     deadlock-tcp --ack-rule off    it is broken:    prints "tcp ack-rule=off stalled" and the
 * chain of who waits for whom
 *
 * Two real servers, S1 for metadata and S2 for data; three clients in this process, each an
 * instance with a connection of its own that moves only when the script drives it: A writes twice,
 * B asks for the size, C looks at S2's live operations. The exit status is 0 only if the script
 * ended as the rule says and every step was as expected.
 */
#include <arpa/inet.h>
#include <dirent.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/socket.h>
#include <time.h>

#include "client/sysint/mgmt.h"
#include "instance.h"
#include "proto/ops/live_ops.h"

enum { S1, S2, WRITE_BYTES = 4 << 20, STALL_SECONDS = 5, FEW_BYTES = 4096, MANY_BYTES = 1 << 20 };
static const uint64_t POLL = 10 * NSEC_PER_MSEC;

static const char defaults[] = "    TroveMethod null-aio\n"
                               "    ServerJobBMITimeoutSecs 60\n    ServerJobFlowTimeoutSecs 60\n"
                               "    ClientJobBMITimeoutSecs 60\n    ClientJobFlowTimeoutSecs 60\n";
static const char fs_lines[] = "    FlowBufferSizeBytes 262144\n    FlowBuffersPerFlow 8\n";

struct script {
    bool rule;
    struct cluster cluster;
    struct client *a, *b, *c;
    PVFS_fs_id fs;
    PVFS_object_ref file;
    char *data;
    int socket; /* A's connection to S2 */
    struct sys_op *write[2], *getattr;
    PVFS_Request mem[2];
};

static void __attribute__ ((format (printf, 1, 2), noreturn)) fail (const char *format, ...)
{
    va_list ap;
    va_start (ap, format);
    fprintf (stderr, "deadlock-tcp: ");
    vfprintf (stderr, format, ap);
    fprintf (stderr, "\n");
    va_end (ap);
    exit (1);
}

static void
must (int r, const char *what)
{
    if (r < 0)
        fail ("%s: %s", what, strerror (-r));
}

static uint64_t
now (void)
{
    struct timespec t;
    clock_gettime (CLOCK_MONOTONIC, &t);
    return (uint64_t) t.tv_sec * NSEC_PER_SEC + (uint64_t) t.tv_nsec;
}

/* --- what client C sees ----------------------------------------------------------------------- */

struct seen {
    bool there;
    uint64_t id, tag, connection, behind;
    bool waits_for_data;
    char client[64], state[64], waits[160];
};

struct sight {
    struct seen io[2], getattr; /* io in the order of arrival */
    unsigned others;            /* other operations on a datafile */
    uint64_t handle;
    bool blocked; /* the connection of io[0] */
    uint64_t blocked_tag;
};

static void
note (struct seen *s, const struct live_op *o)
{
    *s = (struct seen){ .there = true,
                        .id = o->id,
                        .tag = o->tag,
                        .connection = o->connection,
                        .behind = o->behind,
                        .waits_for_data = o->waits_for_data };
    snprintf (s->client, sizeof s->client, "%s", o->client);
    snprintf (s->state, sizeof s->state, "%s", o->state);
    snprintf (s->waits, sizeof s->waits, "%s", o->waits_for);
}

static void
note_io (struct sight *s, const struct live_op *o)
{
    struct seen one;
    note (&one, o);
    s->handle = o->handle;
    if (s->io[1].there)
        s->others++;
    else if (s->io[0].there && s->io[0].id < one.id)
        s->io[1] = one;
    else {
        s->io[1] = s->io[0];
        s->io[0] = one;
    }
}

static void
understand (const struct live_ops_resp *resp, struct sight *s)
{
    *s = (struct sight){ 0 };
    for (uint32_t i = 0; i < resp->nops; i++) {
        const struct live_op *o = &resp->ops[i];
        if (o->op == PROTO_io)
            note_io (s, o);
        else if (o->op == PROTO_getattr || o->op == PROTO_listattr)
            note (&s->getattr, o);
    }
    for (uint32_t i = 0; i < resp->nconnections; i++)
        if (s->io[0].there && resp->connections[i].connection == s->io[0].connection) {
            s->blocked = resp->connections[i].blocked;
            s->blocked_tag = resp->connections[i].blocked_tag;
        }
}

static void
look (struct script *s, struct sight *ret)
{
    struct mgmt_target target = { .addr = 1 + S2 };
    struct mgmt_call call = { .targets = &target, .n = 1 };
    struct sys_op *op = instance_op (s->c, &sys_mgmt_live_ops, (PVFS_object_ref){ .fs_id = s->fs });
    op->a.resp = &call;
    must (sys_op_run (op), "live operations");
    must (target.error, "live operations of S2");
    understand (target.resp, ret);
    sys_op_free (op);
}

static bool
in_flow (const struct sight *s)
{
    return s->io[0].there && !strcmp (s->io[0].state, "io_sm/FLOW") && s->io[0].waits_for_data;
}

static bool
getattr_queued (const struct sight *s)
{
    return in_flow (s) && s->getattr.there && s->getattr.behind == s->io[0].id;
}

/* The four links. */
static bool
chained (const struct sight *s)
{
    return getattr_queued (s) && s->io[1].there && s->io[1].behind == s->getattr.id
           && s->io[1].connection == s->io[0].connection && s->blocked
           && s->blocked_tag == s->io[1].tag && !s->others;
}

static bool
same (const struct sight *x, const struct sight *y)
{
    return x->io[0].id == y->io[0].id && x->getattr.id == y->getattr.id
           && x->io[1].id == y->io[1].id && x->blocked_tag == y->blocked_tag
           && !strcmp (x->io[0].waits, y->io[0].waits);
}

static void
print_chain (const struct sight *s)
{
    const struct seen *io1 = &s->io[0], *io2 = &s->io[1];
    printf ("  I/O 1    (op %llu, tag %llu) of %s on datafile %llx: %s\n",
            (unsigned long long) io1->id, (unsigned long long) io1->tag, io1->client,
            (unsigned long long) s->handle, io1->waits);
    printf ("  getattr  (op %llu) of %s: behind op %llu, which is I/O 1\n",
            (unsigned long long) s->getattr.id, s->getattr.client,
            (unsigned long long) s->getattr.behind);
    printf ("  I/O 2    (op %llu, tag %llu) of %s: behind op %llu, which is the getattr\n",
            (unsigned long long) io2->id, (unsigned long long) io2->tag, io2->client,
            (unsigned long long) io2->behind);
    printf ("  stream   of %s: headed by a large message of tag %llu without a receive, which is "
            "I/O 2's;\n"
            "           the next data of I/O 1 is behind it\n",
            io1->client, (unsigned long long) s->blocked_tag);
}

static void
print_sight (const struct sight *s)
{
    const struct seen *all[] = { &s->io[0], &s->getattr, &s->io[1] };
    for (unsigned i = 0; i < ARRAY_SIZE (all); i++)
        if (all[i]->there)
            fprintf (stderr, "  op %llu tag %llu %s behind %llu: %s\n",
                     (unsigned long long) all[i]->id, (unsigned long long) all[i]->tag,
                     all[i]->state, (unsigned long long) all[i]->behind, all[i]->waits);
    fprintf (stderr, "  connection blocked: %d, tag %llu\n", s->blocked,
             (unsigned long long) s->blocked_tag);
}

/* Polls until S2 looks so; B is driven meanwhile if it has something to do. A is not. */
static void
await (struct script *s, bool (*so) (const struct sight *), struct sight *ret, const char *what)
{
    uint64_t end = now () + 10 * NSEC_PER_SEC;
    for (;;) {
        look (s, ret);
        if (so (ret))
            return;
        if (now () > end) {
            print_sight (ret);
            fail ("not reached: %s", what);
        }
        reactor_step (s->b->reactor, POLL);
    }
}

/* --- preparation ------------------------------------------------------------------------------ */

/* A is the first to talk to S2. */
static int
find_socket (int port)
{
    DIR *d = opendir ("/proc/self/fd");
    int found = -1;
    for (struct dirent *e; d && (e = readdir (d));) {
        struct sockaddr_in a;
        socklen_t n = sizeof a;
        int fd = atoi (e->d_name);
        if (getpeername (fd, (struct sockaddr *) &a, &n) == 0 && a.sin_family == AF_INET
            && ntohs (a.sin_port) == port)
            found = fd;
    }
    if (d)
        closedir (d);
    return found;
}

static void
set_send_buffer (struct script *s, int bytes)
{
    if (setsockopt (s->socket, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes) < 0)
        fail ("SO_SNDBUF: %s", strerror (errno));
}

/* Step 1. A's small write makes it know layout and capability, and S2 its connection. The send
 * buffer is made small so that what the post puts on the stream stays there: no data message leaves
 * whole while nobody drives A. */
static void
prepare (struct script *s)
{
    struct cluster_spec spec = { .nservers = 2,
                                 .meta = 1u << S1,
                                 .data = 1u << S2,
                                 .defaults = defaults,
                                 .fs_lines = fs_lines };
    cluster_start (&s->cluster, &spec);
    s->data = calloc (2, WRITE_BYTES);
    must (s->data ? 0 : -ENOMEM, "memory");
    must (instance_open (&s->cluster, &s->a, &s->fs), "client A");
    must (instance_create (s->a, s->fs, "file", 1, &s->file), "create");
    struct instance_io one = {
        .ref = s->file, .type = PVFS_IO_WRITE, .size = 1, .buffer = s->data
    };
    if (instance_io_run (s->a, &one) != 1)
        fail ("the first byte could not be written");
    s->socket = find_socket (s->cluster.server[S2].port);
    if (s->socket < 0)
        fail ("client A has no connection to S2");
    must (instance_open (&s->cluster, &s->b, &s->fs), "client B");
    must (instance_open (&s->cluster, &s->c, &s->fs), "client C");
    struct sight sight;
    look (s, &sight);
    if (sight.io[0].there || sight.getattr.there)
        fail ("S2 is not idle at the beginning");
    s->a->flow_before_ack = !s->rule;
    set_send_buffer (s, 4096);
}

/* --- the script ------------------------------------------------------------------------------- */

static uint64_t
messages_sent (const struct script *s)
{
    struct bmi_counters n;
    bmi_get_counters (s->a->bmi, &n);
    return n.sent;
}

/* Steps 2 and 5. */
static void
post_write (struct script *s, int i)
{
    struct instance_io io = { .ref = s->file,
                              .type = PVFS_IO_WRITE,
                              .offset = (int64_t) i * WRITE_BYTES,
                              .size = WRITE_BYTES,
                              .buffer = s->data + (size_t) i * WRITE_BYTES };
    uint64_t before = messages_sent (s);
    s->write[i] = instance_io_op (s->a, &io, &s->mem[i]);
    instance_post (s->write[i]);
    if (s->write[i]->ended)
        fail ("write %d ended at once: %s", i + 1, strerror (-s->write[i]->error));
    if (messages_sent (s) - before > 1)
        fail ("write %d: more than the request left client A", i + 1);
}

/* Step 4. */
static void
post_getattr (struct script *s)
{
    s->getattr = instance_op (s->b, &sys_getattr, s->file);
    s->getattr->a.mask = PVFS_ATTR_SYS_SIZE;
    instance_post (s->getattr);
}

static void
drive (struct script *s)
{
    reactor_step (s->a->reactor, POLL / 2);
    reactor_step (s->b->reactor, POLL / 2);
}

/* On a busy machine A hears of its end first; what B needs for its own is there, with nothing more from A. */
static bool
b_ends_by_itself (struct script *s)
{
    uint64_t end = now () + NSEC_PER_SEC;
    while (!s->getattr->ended && now () < end)
        reactor_step (s->b->reactor, POLL / 2);
    return s->getattr->ended;
}

/* Step 8. I/O 1 first, then the getattr – it sees all of write 1 and nothing of write 2 – then
 * I/O 2. */
static void
expect_completion (struct script *s)
{
    uint64_t end = now () + 20 * NSEC_PER_SEC;
    while (!s->write[1]->ended || !s->getattr->ended) {
        if (now () > end) {
            struct sight sight;
            look (s, &sight);
            printf ("tcp ack-rule=on stalled\n");
            print_sight (&sight);
            fail ("not completed within 20 s");
        }
        drive (s);
        if (s->write[1]->ended && (!s->write[0]->ended || !b_ends_by_itself (s)))
            fail ("write 2 ended before the others");
    }
    must (s->write[0]->error, "write 1");
    must (s->getattr->error, "getattr");
    must (s->write[1]->error, "write 2");
    if (s->write[0]->bytes != WRITE_BYTES || s->write[1]->bytes != WRITE_BYTES)
        fail ("a write was short");
    if (s->getattr->result.attr.size != WRITE_BYTES)
        fail ("getattr was not between the writes: it saw %lld bytes",
              (long long) s->getattr->result.attr.size);
}

static bool
any_ended (const struct script *s)
{
    return s->write[0]->ended || s->write[1]->ended || s->getattr->ended;
}

/* Step 6. */
static void
expect_stall (struct script *s, struct sight *first)
{
    uint64_t end = now () + 10 * NSEC_PER_SEC;
    do {
        for (int i = 0; i < 5; i++)
            drive (s);
        look (s, first);
    } while (!chained (first) && !any_ended (s) && now () < end);
    uint64_t until = now () + STALL_SECONDS * NSEC_PER_SEC;
    struct sight again = *first;
    while (chained (&again) && same (first, &again) && !any_ended (s) && now () < until) {
        drive (s);
        look (s, &again);
    }
    if (!chained (&again) || !same (first, &again) || any_ended (s)) {
        printf ("tcp ack-rule=off %s\n", any_ended (s) ? "completed" : "moving");
        print_sight (&again);
        fail ("the chain did not hold for %d s", STALL_SECONDS);
    }
}

/* Step 7. */
static void
cancel_writes (struct script *s)
{
    reactor_enter (s->a->reactor);
    sys_op_cancel (s->write[0]);
    sys_op_cancel (s->write[1]);
    reactor_leave (s->a->reactor);
    uint64_t end = now () + NSEC_PER_SEC;
    while (!s->getattr->ended && now () < end)
        drive (s);
    if (!s->getattr->ended)
        fail ("B's getattr did not end within 1 s of A's cancel");
    must (s->getattr->error, "getattr");
    for (end = now () + 5 * NSEC_PER_SEC;
         now () < end && (!s->write[0]->ended || !s->write[1]->ended);)
        drive (s);
    for (int i = 0; i < 2; i++)
        if (!s->write[i]->ended || s->write[i]->error != -ECANCELED)
            fail ("write %d was not cancelled: %s", i + 1,
                  s->write[i]->ended ? strerror (-s->write[i]->error) : "still runs");
}

static void
use_fresh_client (struct script *s)
{
    struct client *d;
    PVFS_fs_id fs;
    must (instance_open (&s->cluster, &d, &fs), "client D");
    int sizes[] = { FEW_BYTES, MANY_BYTES };
    for (unsigned i = 0; i < ARRAY_SIZE (sizes); i++)
        for (int type = PVFS_IO_WRITE; type >= PVFS_IO_READ; type--) {
            struct instance_io io = { .ref = s->file,
                                      .type = (enum PVFS_io_type) type,
                                      .size = sizes[i],
                                      .buffer = s->data };
            int64_t n = instance_io_run (d, &io);
            if (n != sizes[i])
                fail ("a fresh client could not %s %d bytes: %s",
                      type == PVFS_IO_WRITE ? "write" : "read", sizes[i],
                      n < 0 ? strerror ((int) -n) : "short");
        }
    client_free (d);
}

static void
run (struct script *s)
{
    struct sight sight = { 0 };
    prepare (s);
    post_write (s, 0);
    await (s, in_flow, &sight, "I/O 1 is in its flow and waits for data");
    post_getattr (s);
    await (s, getattr_queued, &sight, "the getattr is queued behind I/O 1");
    post_write (s, 1);
    set_send_buffer (s, 1 << 20);
    if (s->rule) {
        expect_completion (s);
        printf ("tcp ack-rule=on completed\n");
    } else {
        expect_stall (s, &sight);
        printf ("tcp ack-rule=off stalled\n");
        print_chain (&sight);
        fflush (stdout);
        cancel_writes (s);
    }
    use_fresh_client (s);
}

static void
clean_up (struct script *s)
{
    for (int i = 0; i < 2; i++) {
        sys_op_free (s->write[i]);
        PVFS_Request_free (&s->mem[i]);
    }
    sys_op_free (s->getattr);
    client_free (s->a);
    client_free (s->b);
    client_free (s->c);
    free (s->data);
    if (cluster_stop (&s->cluster))
        fail ("a server did not stop well");
}

int
main (int argc, char **argv)
{
    static const struct option longs[] = { { "ack-rule", 1, 0, 'a' }, { 0 } };
    struct script s = { .rule = true };
    for (int c; (c = getopt_long (argc, argv, "", longs, NULL)) != -1;) {
        if (c != 'a' || (strcmp (optarg, "on") && strcmp (optarg, "off"))) {
            fprintf (stderr, "usage: deadlock-tcp --ack-rule on|off\n");
            return 2;
        }
        s.rule = !strcmp (optarg, "on");
    }
    run (&s);
    clean_up (&s);
    return 0;
}
