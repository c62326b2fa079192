/*
 * The receiving engine – and the server half of the ack rule.
 *
 * The ack rule, server half: a server acknowledges an I/O request only when the request holds its
 * scheduler slot, its bytestream is open, at least one flow buffer is its own until the flow ends,
 * and the first receive is posted (flow_reserve_post). Every later receive may wait for this flow's
 * own buffers to reach the disk; never for another message on this connection, and never for a
 * buffer that another flow holds. After the ack everything is taken or dropped until LAST or ABORT,
 * whatever fails here. A connection's stream therefore never stops for long at a message of a flow
 * that was acknowledged.
 *
 * Receives are posted ahead, one chunk each; messages match them in order. On a failure the posted
 * ones take what they were meant to take and drop it, then BMI_DROP receives follow one by one
 * until the stream is over. A cancelled flow first takes its posted receives back – a message half
 * received is finished by BMI, which tells its flags – and leaves only the dropping behind, which
 * needs no memory but the flow_state.
 */
#include "io/flow/flow-impl.h"

static void received (struct job *j);

/* Posts the receive of the next chunk; false: not now. */
bool
flow_post_receive (struct flow_state *fs)
{
    struct flow_chunk *c = flow_connected (fs) ? flow_next_chunk (fs) : NULL;
    if (!c)
        return false;
    c->state = CHUNK_POSTED;
    c->msg = (struct bmi_msg){
        .peer = fs->peer, .tag = fs->tag, .iov = c->iov, .niov = c->niov, .size = c->size
    };
    list_init (&c->msg.link);
    job_init (&c->msg.job, fs->f->reactor, received, c);
    bmi_post_recv (fs->bmi, &c->msg);
    return true;
}

/* What a message's end says about the stream. True: its connection is gone. */
static bool
note_stream (struct flow_state *fs, const struct bmi_msg *m)
{
    bool too_long = m->job.status == -EMSGSIZE;
    bool lost =
        m->job.status < 0 && !too_long && !(m->job.cancelled && m->job.status == -ECANCELED);
    if (lost || (m->ret_flags & (BMI_LAST | BMI_ABORT)))
        fs->over = true;
    if (fs->f && !lost && m->job.status != -ECANCELED)
        fs->f->moved_at = reactor_now (m->job.reactor);
    return lost;
}

static int
message_error (const struct flow_chunk *c)
{
    const struct bmi_msg *m = &c->msg;
    if (m->ret_flags & BMI_ABORT)
        return m->ret_abort > 0 && m->ret_abort < FLOW_MAX_ERRNO ? -m->ret_abort : -EPROTO;
    if (m->job.status == -EMSGSIZE || m->actual != c->size
        || !!(m->ret_flags & BMI_LAST) != c->last)
        return -EPROTO;
    return 0;
}

/* A received chunk: to its place, or away. */
static void
take (struct flow_chunk *c)
{
    struct flow_state *fs = c->fs;
    const struct bmi_msg *m = &c->msg;
    int err = note_stream (fs, m)           ? m->job.status
              : m->job.status == -ECANCELED ? 0 /* we took it back */
                                            : message_error (c);
    if (err)
        flow_fail (fs, err);
    gossip_debug (GOSSIP_FLOW_PROTO_DEBUG,
                  "flow %s tag %llu: received %zu of %zu, flags %u, status %d", fs->kind->name,
                  (unsigned long long) fs->tag, m->actual, c->size, m->ret_flags, m->job.status);
    if (fs->err || m->job.status < 0) {
        flow_chunk_done (c);
        return;
    }
    c->state = CHUNK_MOVING;
    fs->kind->move (c);
}

static void
received (struct job *j)
{
    struct flow_chunk *c = j->arg;
    struct flow_state *fs = c->fs;
    if (!fs->f) {
        flow_chunk_done (c);
        flow_orphan_idle (fs);
        return;
    }
    c->state = CHUNK_RECEIVED;
    if (!fs->started)
        return; /* flow_post takes it */
    take (c);
    flow_advance (fs);
}

void
flow_take_received (struct flow_state *fs)
{
    struct flow_chunk *c;
    list_for_each (c, &fs->chunks, link)
        if (c->state == CHUNK_RECEIVED)
            take (c);
}

/* --- dropping --------------------------------------------------------------------------------- */

static void
dropped (struct job *j)
{
    struct flow_state *fs = j->arg;
    fs->dropping = false;
    note_stream (fs, &fs->drop);
    gossip_debug (GOSSIP_FLOW_PROTO_DEBUG, "flow %s tag %llu: dropped %zu, flags %u, status %d",
                  fs->kind->name, (unsigned long long) fs->tag, fs->drop.actual, fs->drop.ret_flags,
                  j->status);
    if (!fs->over)
        flow_drop_next (fs);
    if (fs->f)
        flow_advance (fs);
    else
        flow_orphan_idle (fs);
}

void
flow_drop_next (struct flow_state *fs)
{
    if (fs->dropping || !flow_connected (fs))
        return;
    fs->dropping = true;
    struct reactor *r = fs->f ? fs->f->reactor : fs->drop.job.reactor;
    fs->drop = (struct bmi_msg){ .peer = fs->peer, .tag = fs->tag, .size = BMI_DROP };
    list_init (&fs->drop.link);
    job_init (&fs->drop.job, r, dropped, fs);
    bmi_post_recv (fs->bmi, &fs->drop);
}

/* --- what follows ----------------------------------------------------------------------------- */

/* No chunk is in flight. */
static void
settle (struct flow_state *fs)
{
    if (fs->cancelled) {
        flow_end (fs); /* the dropping goes on */
    } else if (!fs->over) {
        return; /* failed, and dropping */
    } else if (fs->err || fs->finished) {
        flow_end (fs);
    } else {
        fs->finished = true;
        if (!fs->kind->finish || !fs->kind->finish (fs))
            flow_end (fs);
    }
}

void
flow_receive_step (struct flow_state *fs)
{
    while (!fs->err && !fs->over && flow_post_receive (fs))
        ;
    if (fs->over || fs->cancelled)
        flow_cancel_posted (fs);
    if (fs->err && !fs->over && !flow_count (fs, CHUNK_POSTED))
        flow_drop_next (fs);
    if (list_empty (&fs->chunks))
        settle (fs);
}
