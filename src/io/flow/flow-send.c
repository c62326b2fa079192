/*
 * The sending engine.
 *
 * Several chunks load at once; they are sent in stream order, the last one with LAST. After a
 * failure or a cancel nothing further is posted; when BMI holds no message of ours any more, ABORT
 * tells the receiver – unless LAST is already on its way: then the receiver has everything and must
 * not find an ABORT behind it.
 *
 * The client half of the ack rule is its caller's (sys-io): a sending flow is posted after the
 * positive ack.
 */
#include "io/flow/flow-impl.h"

static void
sent (struct job *j)
{
    struct flow_chunk *c = j->arg;
    struct flow_state *fs = c->fs;
    bool cancelled = j->status == -ECANCELED && j->cancelled;
    if (j->status && !cancelled) {
        flow_fail (fs, j->status);
        flow_connected (fs);
    } else if (!cancelled || c->msg.moved) { /* all of it goes out: what was begun BMI finishes */
        fs->f->total += (int64_t) c->size;
        fs->f->moved_at = reactor_now (j->reactor);
        if (c->last)
            fs->over = true;
    }
    gossip_debug (GOSSIP_FLOW_PROTO_DEBUG, "flow %s tag %llu: sent %zu%s, status %d",
                  fs->kind->name, (unsigned long long) fs->tag, c->size, c->last ? " LAST" : "",
                  j->status);
    flow_chunk_done (c);
    flow_advance (fs);
}

static void
post_send (struct flow_chunk *c)
{
    struct flow_state *fs = c->fs;
    c->state = CHUNK_POSTED;
    c->msg = (struct bmi_msg){ .peer = fs->peer,
                               .tag = fs->tag,
                               .iov = c->iov,
                               .niov = c->niov,
                               .size = c->size,
                               .flags = c->last ? BMI_LAST : 0 };
    list_init (&c->msg.link);
    job_init (&c->msg.job, fs->f->reactor, sent, c);
    bmi_post_send (fs->bmi, &c->msg);
}

static void
load_ahead (struct flow_state *fs)
{
    for (struct flow_chunk *c; (c = flow_next_chunk (fs));) {
        c->state = CHUNK_MOVING;
        fs->kind->move (c);
    }
}

static void
post_loaded (struct flow_state *fs)
{
    struct flow_chunk *c;
    list_for_each (c, &fs->chunks, link) {
        if (c->state == CHUNK_MOVING)
            break;
        if (c->state == CHUNK_LOADED && flow_connected (fs))
            post_send (c);
    }
}

static void
give_up (struct flow_state *fs)
{
    struct flow_chunk *c;
    list_for_each (c, &fs->chunks, link)
        if (c->state == CHUNK_LOADED)
            flow_chunk_done (c);
    if (fs->cancelled)
        flow_cancel_posted (fs);
    if (!fs->over && !flow_count (fs, CHUNK_POSTED) && flow_connected (fs)) {
        fs->over = true;
        bmi_send_abort (fs->bmi, fs->peer, fs->tag, -fs->err);
    }
}

void
flow_send_step (struct flow_state *fs)
{
    if (!fs->err) {
        load_ahead (fs);
        if (!fs->err)
            post_loaded (fs);
    }
    if (fs->err)
        give_up (fs);
    if (list_empty (&fs->chunks) && fs->over)
        flow_end (fs);
}
