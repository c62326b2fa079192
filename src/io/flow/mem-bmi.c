/*
 * The client's local end: user memory. Messages are sent from it and received into it, nothing is
 * copied; a chunk is one iovec array, as long as the memory request is scattered.
 */
#include "io/flow/flow-impl.h"

struct mem_chunk {
    struct flow_chunk c;
    struct iovec *pieces;
    unsigned cap;
};

static struct mem_chunk *
mem_chunk (struct flow_chunk *c)
{
    return container_of (c, struct mem_chunk, c);
}

static int
mem_check (const struct flow *f)
{
    return f->mem_req ? 0 : -EINVAL;
}

static int
mem_map (struct flow_chunk *c)
{
    struct mem_chunk *m = mem_chunk (c);
    struct flow_state *fs = c->fs;
    int64_t want = (int64_t) fs->f->buffer_size, got = 1;
    int n;
    while (want > 0 && got > 0) {
        if (c->niov == m->cap && !flow_grow (&m->pieces, &m->cap, sizeof *m->pieces))
            return -ENOMEM;
        int err = req_next_memory (&fs->req, want, m->pieces + c->niov, (int) (m->cap - c->niov),
                                   &n, &got);
        if (err)
            return err;
        c->niov += (unsigned) n;
        want -= got;
    }
    c->size = fs->f->buffer_size - (size_t) want;
    c->iov = m->pieces;
    c->nregions = c->niov;
    return 0;
}

static void
mem_move (struct flow_chunk *c)
{
    flow_chunk_moved (c, 0);
}

static void
mem_chunk_fini (struct flow_chunk *c)
{
    free (mem_chunk (c)->pieces);
}

const struct flow_kind flow_mem_to_bmi = {
    .name = "mem to bmi",
    .chunk_size = sizeof (struct mem_chunk),
    .check = mem_check,
    .map = mem_map,
    .move = mem_move,
    .chunk_fini = mem_chunk_fini,
};

const struct flow_kind flow_bmi_to_mem = {
    .name = "bmi to mem",
    .receives = true,
    .chunk_size = sizeof (struct mem_chunk),
    .check = mem_check,
    .map = mem_map,
    .move = mem_move,
    .chunk_fini = mem_chunk_fini,
};
