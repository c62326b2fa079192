/*
 * The life of a flow: reserve, post, cancel, end – and the chunks and buffers that both engines
 * use.
 *
 * `fs` (flow_state) belongs to the flow until flow_fini; if a receive of it is still posted in BMI
 * then, it lives on as an orphan of the pool and frees itself when that receive is delivered. What
 * a flow took from the pool it gives back when it ends; while it runs it keeps at least one buffer.
 */
#include "io/flow/flow-impl.h"

#include <stdio.h>

/* --- errors ----------------------------------------------------------------------------------- */

void
flow_fail (struct flow_state *fs, int err)
{
    if (fs->err)
        return;
    fs->err = err;
    gossip_debug (GOSSIP_FLOW_DEBUG, "flow %s tag %llu: %s after %lld bytes", fs->kind->name,
                  (unsigned long long) fs->tag, strerror (-err),
                  (long long) (fs->f ? fs->f->total : 0));
}

/* A flow belongs to one connection: BMI would take a later post for a wish to connect anew, and
 * large data of an unknown tag would then block the new stream for ever. */
bool
flow_connected (struct flow_state *fs)
{
    if (!fs->over && !bmi_peer_connected (fs->peer)) {
        fs->over = true;
        flow_fail (fs, -ECONNRESET);
    }
    return !fs->over;
}

/* --- chunks and buffers ----------------------------------------------------------------------- */

bool
flow_grow (void *array, unsigned *cap, size_t element)
{
    unsigned want = *cap ? *cap * 2 : 16;
    void *bigger = want > *cap ? realloc (*(void **) array, want * element) : NULL;
    if (!bigger)
        return false;
    *(void **) array = bigger;
    *cap = want;
    return true;
}

static struct flow_chunk *
spare_chunk (struct flow_state *fs)
{
    struct list *n = list_pop_front (&fs->spare);
    if (n)
        return list_entry (n, struct flow_chunk, link);
    struct flow_chunk *c = calloc (1, fs->kind->chunk_size);
    if (!c) {
        flow_fail (fs, -ENOMEM);
        return NULL;
    }
    c->fs = fs;
    list_init (&c->link);
    return c;
}

static void
begin_chunk (struct flow_chunk *c)
{
    struct flow_state *fs = c->fs;
    list_push_back (&fs->chunks, &c->link);
    fs->nchunks++;
    fs->nregions += c->nregions;
}

/* True: fs->buffers has one. */
static bool
have_buffer (struct flow_state *fs)
{
    if (fs->nfree)
        return true;
    void *b = flow_pool_try (fs->pool);
    if (!b)
        return false;
    fs->buffers[fs->nfree++] = b;
    fs->held++;
    return true;
}

static int
map_chunk (struct flow_chunk *c)
{
    struct flow_state *fs = c->fs;
    c->size = 0;
    c->last = false;
    c->nregions = c->niov = 0;
    int err = fs->kind->map (c);
    if (!err) {
        c->last = req_done (&fs->req);
        err = fs->req.err;
    }
    if (err)
        return err;
    fs->exhausted = c->last;
    return c->size ? 0 : -EPROTO; /* req_done said that there was more */
}

struct flow_chunk *
flow_next_chunk (struct flow_state *fs)
{
    if (fs->err || fs->exhausted || fs->nchunks >= fs->f->nbuffers
        || (fs->nchunks && fs->nregions >= FLOW_MAX_REGIONS)
        || (fs->kind->buffered && !have_buffer (fs)))
        return NULL;
    struct flow_chunk *c = spare_chunk (fs);
    if (!c)
        return NULL;
    c->buffer = fs->kind->buffered ? fs->buffers[--fs->nfree] : NULL;
    int err = map_chunk (c);
    if (!err) {
        begin_chunk (c);
        return c;
    }
    if (c->buffer)
        fs->buffers[fs->nfree++] = c->buffer;
    c->buffer = NULL;
    list_push_back (&fs->spare, &c->link);
    flow_fail (fs, err);
    return NULL;
}

struct flow_chunk *
flow_bare_chunk (struct flow_state *fs)
{
    struct flow_chunk *c = spare_chunk (fs);
    if (!c)
        return NULL;
    c->size = 0;
    c->nregions = c->niov = 0;
    c->last = false;
    begin_chunk (c);
    return c;
}

void
flow_chunk_done (struct flow_chunk *c)
{
    struct flow_state *fs = c->fs;
    list_remove (&c->link);
    fs->nchunks--;
    fs->nregions -= c->nregions;
    if (c->buffer)
        fs->buffers[fs->nfree++] = c->buffer;
    c->buffer = NULL;
    c->state = CHUNK_SPARE;
    list_push_front (&fs->spare, &c->link);
}

void
flow_chunk_moved (struct flow_chunk *c, int err)
{
    struct flow_state *fs = c->fs;
    if (err)
        flow_fail (fs, err);
    if (err || fs->kind->receives) {
        if (!err)
            fs->f->total += (int64_t) c->size;
        flow_chunk_done (c);
    } else {
        c->state = CHUNK_LOADED;
    }
}

unsigned
flow_count (const struct flow_state *fs, enum flow_chunk_state state)
{
    const struct flow_chunk *c;
    unsigned n = 0;
    list_for_each (c, &fs->chunks, link)
        n += c->state == state;
    return n;
}

void
flow_cancel_posted (struct flow_state *fs)
{
    struct flow_chunk *c;
    list_for_each (c, &fs->chunks, link)
        if (c->state == CHUNK_POSTED)
            job_cancel (&c->msg.job);
}

/* Gives back what is free and either not needed any more or wanted by those who wait – never the
 * last one. */
static void
trim_buffers (struct flow_state *fs)
{
    bool unneeded = fs->exhausted || fs->err;
    while (fs->held > 1 && fs->nfree && (unneeded || flow_pool_wanted (fs->pool))) {
        fs->held--;
        flow_pool_give (fs->pool, fs->buffers[--fs->nfree]);
    }
}

/* --- the state -------------------------------------------------------------------------------- */

static void
free_memory (struct flow_state *fs)
{
    struct flow_chunk *c;
    list_splice (&fs->spare, &fs->chunks);
    list_for_each (c, &fs->spare, link) {
        list_remove (&c->link);
        fs->kind->chunk_fini (c);
        free (c);
    }
    fs->nchunks = 0;
    fs->nregions = 0;
}

static void
give_buffers (struct flow_state *fs)
{
    while (fs->nfree) {
        fs->held--;
        flow_pool_give (fs->pool, fs->buffers[--fs->nfree]);
    }
}

void
flow_unqueue (struct job *j)
{
    if (j->state == JOB_COMPLETED)
        list_remove (&j->item.link);
}

/* Torn down: BMI and its peers are gone; the pool may not let anybody in any more. */
void
flow_state_free (struct flow_state *fs, bool torn_down)
{
    struct flow_chunk *c;
    if (torn_down) {
        list_for_each (c, &fs->chunks, link) {
            flow_unqueue (&c->msg.job);
            free (c->buffer);
        }
        flow_unqueue (&fs->drop.job);
        while (fs->nfree)
            free (fs->buffers[--fs->nfree]);
    } else {
        give_buffers (fs);
        bmi_peer_unref (fs->peer);
    }
    list_remove (&fs->waiter.link);
    list_remove (&fs->orphan);
    free_memory (fs);
    free (fs->buffers);
    free (fs);
}

void
flow_orphan_idle (struct flow_state *fs)
{
    if (list_empty (&fs->chunks) && !fs->dropping)
        flow_state_free (fs, false);
}

static void granted (struct flow_waiter *w, void *buffer);

static int
check (const struct flow *f)
{
    if (!f->kind || !f->reactor || !f->bmi || !f->peer || f->nbuffers == 0 || f->buffer_size == 0
        || f->buffer_size > BMI_MAX_MESSAGE)
        return -EINVAL;
    if (f->kind->buffered && (!f->pool || f->buffer_size > flow_pool_buffer_size (f->pool)))
        return -EINVAL;
    return f->kind->check ? f->kind->check (f) : 0;
}

static int
init_request (struct flow_state *fs)
{
    const struct flow *f = fs->f;
    struct req_mem mem = { .req = f->mem_req, .base = f->mem_base, .mem_off = f->mem_off };
    int err = req_state_init (&fs->req, &f->map, fs->kind->buffered ? NULL : &mem);
    if (err)
        return err;
    fs->exhausted = req_done (&fs->req);
    fs->over = fs->exhausted && !fs->req.err;
    return fs->req.err;
}

static int
new_state (struct flow *f)
{
    int err = check (f);
    if (err)
        return err;
    struct flow_state *fs = calloc (1, sizeof *fs);
    void **buffers = calloc (f->nbuffers, sizeof *buffers);
    if (!fs || !buffers) {
        free (fs);
        free (buffers);
        return -ENOMEM;
    }
    *fs = (struct flow_state){
        .f = f, .kind = f->kind, .bmi = f->bmi, .pool = f->pool, .tag = f->tag
    };
    fs->buffers = buffers;
    fs->peer = bmi_peer_ref (f->peer);
    fs->waiter.granted = granted;
    list_init (&fs->chunks);
    list_init (&fs->spare);
    list_init (&fs->waiter.link);
    list_init (&fs->orphan);
    f->state = fs;
    f->total = 0;
    f->moved_at = 0;
    return 0;
}

/* --- reserve ---------------------------------------------------------------------------------- */

static void
reserve_cancel (struct job *j)
{
    struct flow *f = container_of (j, struct flow, ready);
    flow_pool_leave (f->pool, &f->state->waiter);
    job_complete (j, -ECANCELED);
}

static void
reserve_describe (const struct job *j, char *buf, size_t n)
{
    snprintf (buf, n, "waits for a flow buffer");
}

static const struct job_class reserve_class = { .name = "flow reserve",
                                                .cancel = reserve_cancel,
                                                .describe = reserve_describe };

static void
granted (struct flow_waiter *w, void *buffer)
{
    struct flow_state *fs = container_of (w, struct flow_state, waiter);
    if (!buffer) {
        job_complete (&fs->f->ready, -ENOMEM);
        return;
    }
    fs->buffers[fs->nfree++] = buffer;
    fs->held++;
    if (fs->kind->receives)
        flow_post_receive (fs);
    gossip_debug (GOSSIP_FLOW_DEBUG, "flow %s tag %llu: reserved", fs->kind->name,
                  (unsigned long long) fs->tag);
    job_complete (&fs->f->ready, fs->err);
}

void
flow_reserve_post (struct flow *f)
{
    assert (!f->state);
    job_post (&f->ready, &reserve_class);
    int err = new_state (f);
    if (!err)
        err = init_request (f->state);
    if (err || !f->kind->buffered || f->state->exhausted)
        job_complete (&f->ready, err);
    else
        flow_pool_wait (f->pool, &f->state->waiter);
}

/* --- run -------------------------------------------------------------------------------------- */

static void
run_cancel (struct job *j)
{
    struct flow_state *fs = container_of (j, struct flow, job)->state;
    struct flow_chunk *c;
    gossip_debug (GOSSIP_FLOW_DEBUG | GOSSIP_CANCEL_DEBUG, "flow %s tag %llu: cancelled",
                  fs->kind->name, (unsigned long long) fs->tag);
    fs->cancelled = true;
    flow_fail (fs, -ECANCELED);
    list_for_each (c, &fs->chunks, link)
        if (c->state == CHUNK_MOVING && fs->kind->cancel_move)
            fs->kind->cancel_move (c);
    flow_advance (fs);
}

static void
run_describe (const struct job *j, char *buf, size_t n)
{
    flow_describe (container_of (j, struct flow, job), buf, n);
}

static const struct job_class run_class = { .name = "flow",
                                            .cancel = run_cancel,
                                            .describe = run_describe };

/* A client end that was not reserved. Its peer may be waiting for what we cannot send, or sending
 * what we cannot take: a request that makes no sense runs as a failed flow; without any memory a
 * receiver gives the connection up. */
static int
open_late (struct flow *f)
{
    int err = f->kind && f->kind->buffered ? -EINVAL : new_state (f);
    if (err == -ENOMEM && f->kind->receives)
        bmi_drop (f->bmi, f->peer, -ENOMEM);
    else if (err == -ENOMEM)
        bmi_send_abort (f->bmi, f->peer, f->tag, ENOMEM);
    if (err)
        return err;
    err = init_request (f->state);
    if (err)
        flow_fail (f->state, err);
    return 0;
}

void
flow_post (struct flow *f, void (*on_error) (struct flow *f, int err))
{
    job_post (&f->job, &run_class);
    int err = f->state ? 0 : open_late (f);
    if (err) {
        job_complete (&f->job, err);
        return;
    }
    struct flow_state *fs = f->state;
    fs->started = true;
    fs->on_error = on_error;
    gossip_debug (GOSSIP_FLOW_DEBUG, "flow %s tag %llu with %s: begins", fs->kind->name,
                  (unsigned long long) fs->tag, bmi_peer_name (fs->peer));
    if (fs->kind->receives)
        flow_take_received (fs);
    flow_advance (fs);
}

/* Decides what follows. The last thing that a callback or a call does: the caller of the flow may
 * act in it. */
void
flow_advance (struct flow_state *fs)
{
    if (!fs->started || fs->ended)
        return;
    if (fs->kind->receives)
        flow_receive_step (fs);
    else
        flow_send_step (fs);
    if (fs->ended)
        return;
    if (fs->kind->buffered)
        trim_buffers (fs);
    if (fs->kind->receives && fs->err && !fs->over && !fs->cancelled && !fs->reported) {
        fs->reported = true;
        if (fs->on_error)
            fs->on_error (fs->f, fs->err);
    }
}

void
flow_end (struct flow_state *fs)
{
    fs->ended = true;
    free_memory (fs);
    gossip_debug (GOSSIP_FLOW_DEBUG, "flow %s tag %llu: %s, moved %lld", fs->kind->name,
                  (unsigned long long) fs->tag, fs->err ? strerror (-fs->err) : "done",
                  (long long) fs->f->total);
    job_complete (&fs->f->job, fs->err);
    give_buffers (fs);
}

void
flow_cancel (struct flow *f)
{
    job_cancel (&f->ready);
    job_cancel (&f->job);
}

void
flow_fini (struct flow *f)
{
    struct flow_state *fs = f->state;
    struct flow_chunk *c;
    if (!fs)
        return;
    assert (!job_is_posted (&f->ready) && !job_is_posted (&f->job));
    f->state = NULL;
    fs->f = NULL;
    flow_cancel_posted (fs);
    list_for_each (c, &fs->chunks, link)
        if (c->state == CHUNK_RECEIVED)
            flow_chunk_done (c);
    if (fs->pool)
        flow_pool_adopt (fs->pool, fs);
    flow_orphan_idle (fs);
}

void
flow_forget (struct flow *f)
{
    flow_unqueue (&f->ready);
    flow_unqueue (&f->job);
    if (f->state)
        flow_state_free (f->state, true);
    f->state = NULL;
}

/* --- looking at it ---------------------------------------------------------------------------- */

bool
flow_waits_for_data (const struct flow *f)
{
    const struct flow_state *fs = f->state;
    if (!fs || !fs->kind->receives || fs->over || fs->ended)
        return false;
    return (flow_count (fs, CHUNK_POSTED) || fs->dropping) && !flow_count (fs, CHUNK_MOVING)
           && !flow_count (fs, CHUNK_RECEIVED);
}

void
flow_describe (const struct flow *f, char *buf, size_t n)
{
    const struct flow_state *fs = f->state;
    if (!fs) {
        snprintf (buf, n, "no flow");
        return;
    }
    unsigned moving = flow_count (fs, CHUNK_MOVING), posted = flow_count (fs, CHUNK_POSTED);
    int len = snprintf (buf, n, "%s: moved %lld", fs->kind->name, (long long) f->total);
    if (fs->err && len >= 0 && (size_t) len < n)
        len += snprintf (buf + len, n - (size_t) len, ", failed (%s)", strerror (-fs->err));
    if (moving && len >= 0 && (size_t) len < n)
        len += snprintf (buf + len, n - (size_t) len, ", %u buffers at disk", moving);
    if (len < 0 || (size_t) len >= n)
        return;
    if (fs->ended)
        snprintf (buf + len, n - (size_t) len, ", ended");
    else if (fs->kind->buffered && !fs->held && !fs->exhausted)
        snprintf (buf + len, n - (size_t) len, ", waits for a buffer");
    else if (flow_waits_for_data (f))
        snprintf (buf + len, n - (size_t) len, ", waits for data of tag %llu",
                  (unsigned long long) fs->tag);
    else if (!fs->kind->receives && posted)
        snprintf (buf + len, n - (size_t) len, ", %u messages of tag %llu to be sent", posted,
                  (unsigned long long) fs->tag);
}
