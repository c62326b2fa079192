/*
 * The server's local end: a bytestream. Each chunk is one buffer and one list operation of Trove.
 *
 * Chunks are read and written in parallel. With `sync` everything is on the disk when the flow
 * completes: a chunk that is written alone as the last one brings its own fdatasync, otherwise one
 * follows when all writes are done.
 */
#include "io/flow/flow-impl.h"
#include "io/trove/trove.h"

enum { MAP_BATCH = 128 };

struct trove_chunk {
    struct flow_chunk c;
    struct trove_bstream_op op;
    struct iovec whole;
    struct trove_region *regions;
    unsigned cap;
};

static struct trove_chunk *
trove_chunk (struct flow_chunk *c)
{
    return container_of (c, struct trove_chunk, c);
}

static int
bstream_check (const struct flow *f)
{
    return f->trove ? 0 : -EINVAL;
}

static bool
add_region (struct trove_chunk *t, const struct req_region *r)
{
    struct flow_chunk *c = &t->c;
    struct trove_region *prev = c->nregions ? &t->regions[c->nregions - 1] : NULL;
    if (prev && prev->off + prev->len == r->off) {
        prev->len += r->len;
        return true;
    }
    if (c->nregions == t->cap && !flow_grow (&t->regions, &t->cap, sizeof *t->regions))
        return false;
    t->regions[c->nregions++] = (struct trove_region){ .off = r->off, .len = r->len };
    return true;
}

static int
bstream_map (struct flow_chunk *c)
{
    struct trove_chunk *t = trove_chunk (c);
    struct flow_state *fs = c->fs;
    struct req_region batch[MAP_BATCH];
    int64_t want = (int64_t) fs->f->buffer_size, got = 1;
    int n;
    while (want > 0 && got > 0) {
        int err = req_next_physical (&fs->req, want, batch, MAP_BATCH, &n, &got);
        if (err)
            return err;
        for (int i = 0; i < n; i++)
            if (!add_region (t, &batch[i]))
                return -ENOMEM;
        want -= got;
    }
    c->size = fs->f->buffer_size - (size_t) want;
    t->whole = (struct iovec){ .iov_base = c->buffer, .iov_len = c->size };
    c->iov = &t->whole;
    c->niov = 1;
    return 0;
}

static void
bstream_done (struct job *j)
{
    struct flow_chunk *c = j->arg;
    struct flow_state *fs = c->fs;
    const struct trove_bstream_op *op = &trove_chunk (c)->op;
    int err = j->status;
    if (!err && op->kind == TROVE_WRITE && op->bytes != (int64_t) c->size)
        err = -EIO;
    flow_chunk_moved (c, err);
    flow_advance (fs);
}

static void
post_op (struct flow_chunk *c, enum trove_bstream_kind kind, bool sync)
{
    struct trove_chunk *t = trove_chunk (c);
    struct flow *f = c->fs->f;
    t->op = (struct trove_bstream_op){ .kind = kind,
                                       .fs = f->fs,
                                       .handle = f->handle,
                                       .regions = t->regions,
                                       .nregions = c->nregions,
                                       .iov = c->iov,
                                       .niov = c->niov,
                                       .sync = sync };
    list_init (&t->op.link);
    job_init (&t->op.job, f->reactor, bstream_done, c);
    trove_bstream_post (f->trove, &t->op);
}

static void
bstream_write (struct flow_chunk *c)
{
    struct flow_state *fs = c->fs;
    bool sync = fs->f->sync && c->last && fs->nchunks == 1;
    if (sync)
        fs->finished = true; /* nothing is left for bstream_sync */
    post_op (c, TROVE_WRITE, sync);
}

static bool
bstream_sync (struct flow_state *fs)
{
    if (!fs->f->sync || fs->f->total == 0)
        return false;
    struct flow_chunk *c = flow_bare_chunk (fs);
    if (!c)
        return false; /* flow_fail was told */
    c->state = CHUNK_MOVING;
    post_op (c, TROVE_SYNC, false);
    return true;
}

static void
bstream_read (struct flow_chunk *c)
{
    post_op (c, TROVE_READ, false);
}

static void
bstream_cancel (struct flow_chunk *c)
{
    job_cancel (&trove_chunk (c)->op.job);
}

static void
bstream_chunk_fini (struct flow_chunk *c)
{
    flow_unqueue (&trove_chunk (c)->op.job);
    free (trove_chunk (c)->regions);
}

const struct flow_kind flow_bmi_to_trove = {
    .name = "bmi to trove",
    .receives = true,
    .buffered = true,
    .chunk_size = sizeof (struct trove_chunk),
    .check = bstream_check,
    .map = bstream_map,
    .move = bstream_write,
    .finish = bstream_sync,
    .cancel_move = bstream_cancel,
    .chunk_fini = bstream_chunk_fini,
};

const struct flow_kind flow_trove_to_bmi = {
    .name = "trove to bmi",
    .buffered = true,
    .chunk_size = sizeof (struct trove_chunk),
    .check = bstream_check,
    .map = bstream_map,
    .move = bstream_read,
    .cancel_move = bstream_cancel,
    .chunk_fini = bstream_chunk_fini,
};
