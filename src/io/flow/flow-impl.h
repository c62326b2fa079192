/*
 * The inside of a flow, shared by its two engines (receive, send), the kinds of local end and the
 * pool.
 *
 * A flow_state lives on the heap: it outlives the caller's struct flow while a receive of it is
 * still posted in BMI
 * (`f` is NULL then, the pool owns it). A flow_chunk is one data message on its way:
 *
 *     receiving:  POSTED (in BMI) → RECEIVED → MOVING (to its place) → spare
 *     sending:    MOVING (from its place) → LOADED → POSTED (in BMI) → spare
 *
 * Callbacks change chunks and flags; flow_advance at their end decides what follows. Nothing else
 * completes a flow.
 */
#ifndef IO_FLOW_IMPL_H
#define IO_FLOW_IMPL_H

#include "common/gossip/gossip.h"
#include "io/flow/flow.h"

/* Regions (of file or memory) of all chunks in flight beyond which no further chunk is begun. */
enum { FLOW_MAX_REGIONS = 1 << 16 };
enum { FLOW_MAX_ERRNO = 4096 }; /* what an ABORT may say */

enum flow_chunk_state { CHUNK_SPARE, CHUNK_POSTED, CHUNK_RECEIVED, CHUNK_MOVING, CHUNK_LOADED };

struct flow_chunk {
    struct flow_state *fs;
    struct list link; /* on chunks or spare */
    struct bmi_msg msg;
    void *buffer; /* the pool's; NULL for unbuffered kinds */
    /* set by map */
    const struct iovec *iov;
    unsigned niov, nregions;
    size_t size;
    bool last;
    enum flow_chunk_state state;
};

struct flow_waiter {
    struct list link;
    void (*granted) (struct flow_waiter *w, void *buffer); /* NULL: out of memory */
};

struct flow_state {
    struct flow *f; /* NULL: the caller is gone */
    const struct flow_kind *kind;
    struct bmi *bmi;
    struct bmi_peer *peer;
    struct flow_pool *pool;
    uint64_t tag;
    struct req_state req;
    void (*on_error) (struct flow *f, int err);

    struct list chunks; /* in flight, in stream order */
    struct list spare;
    unsigned nchunks; /* in flight */
    size_t nregions;  /* in flight */
    void **buffers;   /* ours and free: nfree of at most f->nbuffers */
    unsigned nfree, held;

    struct flow_waiter waiter;
    struct list orphan; /* on the pool's list */
    struct bmi_msg drop;

    int err;        /* the first one */
    bool started;   /* flow_post was called */
    bool exhausted; /* our request has no further bytes */
    bool over;      /* the stream: LAST or ABORT came or was posted, or the connection is gone */
    bool cancelled, reported, dropping, finished, ended;
};

/* One kind of flow: its direction and its local end. */
struct flow_kind {
    const char *name;
    bool receives;
    bool buffered;     /* its chunks need a buffer of the pool */
    size_t chunk_size; /* of its structure around struct flow_chunk, which comes first */
    int (*check) (const struct flow *f); /* what the local end needs; may be NULL */
    /* The next chunk of the stream: sets iov, niov, nregions, size, last; size 0 = there is none.
     */
    int (*map) (struct flow_chunk *c);
    /* To or from its place; ends in flow_chunk_moved – inline, or later with flow_advance after it.
     */
    void (*move) (struct flow_chunk *c);
    /* Receiving, all is stored: true = one more chunk was begun that ends in flow_chunk_moved. May
     * be NULL. */
    bool (*finish) (struct flow_state *fs);
    void (*cancel_move) (struct flow_chunk *c); /* a request; may be NULL */
    void (*chunk_fini) (struct flow_chunk *c);
};

/* flow.c */
struct flow_chunk *
flow_next_chunk (struct flow_state *fs); /* mapped, in flight; NULL: none now, or failed */
struct flow_chunk *
flow_bare_chunk (struct flow_state *fs); /* in flight, no buffer, no bytes; NULL: no memory */
void flow_chunk_done (struct flow_chunk *c);
void flow_chunk_moved (struct flow_chunk *c, int err);
unsigned flow_count (const struct flow_state *fs, enum flow_chunk_state state);
void flow_fail (struct flow_state *fs, int err); /* the first error sticks */
bool flow_connected (struct flow_state *fs);     /* and the stream not over; else it is now */
void flow_cancel_posted (struct flow_state *fs);
void flow_advance (struct flow_state *fs);
void flow_end (struct flow_state *fs);
void flow_orphan_idle (struct flow_state *fs); /* frees it if nothing of it is in BMI any more */
void flow_state_free (struct flow_state *fs, bool torn_down);
/* Torn down: a completed job is not to be delivered any more. */
void flow_unqueue (struct job *j);
/* Grows an array of *cap elements; false: no memory. */
bool flow_grow (void *array, unsigned *cap, size_t element);

/* flow-receive.c, flow-send.c */
bool flow_post_receive (struct flow_state *fs);
void flow_take_received (struct flow_state *fs);
void flow_drop_next (struct flow_state *fs);
void flow_receive_step (struct flow_state *fs);
void flow_send_step (struct flow_state *fs);

/* flow-pool.c */
void flow_pool_wait (struct flow_pool *p,
                     struct flow_waiter *w); /* granted is called in turn, maybe inline */
void flow_pool_leave (struct flow_pool *p, struct flow_waiter *w);
void *flow_pool_try (struct flow_pool *p); /* NULL: none free, or somebody waits */
void flow_pool_give (struct flow_pool *p, void *buffer);
bool flow_pool_wanted (const struct flow_pool *p);
size_t flow_pool_buffer_size (const struct flow_pool *p);
void flow_pool_adopt (struct flow_pool *p, struct flow_state *fs);

#endif
