/*
 * Flow: bulk file data between two ends – BMI and Trove on a server, BMI and memory in a client.
 *
 * Data messages carry no chunk header: both sides walk the same request (description/req-state) and
 * cut this server's stream of bytes at multiples of `buffer_size`, so they agree on every boundary.
 * The last data message carries LAST. A flow of 0 bytes has no message at all: both sides know the
 * length from the request and its ack.
 *
 * A side that fails or is cancelled ends it early. A sender finishes the message in progress and
 * sends ABORT with an errno, which is the receiver's error. A receiver tells its caller at once
 * (on_error) and takes and drops everything until LAST or ABORT; only then does its job complete. A
 * message that is not as long as our own cut says is -EPROTO.
 *
 * flow_reserve_post keeps the server half of the ack rule; see flow-receive.c.
 *
 * Belongs to the reactor's holder.
 */
#ifndef IO_FLOW_H
#define IO_FLOW_H

#include "io/bmi/bmi.h"
#include "io/description/req-state.h"
#include "io/job/job.h"

struct trove;
struct flow_pool;
struct flow_state;

/* Buffers of one server: nbuffers × buffer_size at most, allocated as needed, given back when idle.
 * First come, first served; a flow keeps at least one from its grant to its end, so its progress
 * depends on no other flow. A client's pool has 0 buffers. Every pool also owns what flows leave
 * behind (discards after a cancel). */
int flow_pool_new (struct reactor *r, size_t buffer_size, unsigned nbuffers,
                   struct flow_pool **ret);
/* When no flow is left. Discards still running are freed with it: call after bmi_free. The reactor
 * still exists. */
void flow_pool_free (struct flow_pool *p);
struct flow_pool_usage {
    unsigned total, lent, cached; /* buffers */
    unsigned waiting;             /* flows in line */
    unsigned discarding;          /* cancelled flows whose data is still being dropped */
};
void flow_pool_get_usage (const struct flow_pool *p, struct flow_pool_usage *ret);

/* The kinds. The server's are linked into servers only. */
struct flow_kind;
extern const struct flow_kind flow_bmi_to_trove, flow_trove_to_bmi, flow_mem_to_bmi,
    flow_bmi_to_mem;
#define FLOW_BMI_TO_TROVE (&flow_bmi_to_trove) /* server, write */
#define FLOW_TROVE_TO_BMI (&flow_trove_to_bmi) /* server, read */
#define FLOW_MEM_TO_BMI   (&flow_mem_to_bmi)   /* client, write */
#define FLOW_BMI_TO_MEM   (&flow_bmi_to_mem)   /* client, read */

struct flow {
    /* in; everything pointed to stays valid until flow_fini */
    const struct flow_kind *kind;
    struct reactor *reactor;
    struct bmi *bmi;
    struct bmi_peer *peer; /* the flow takes its own reference */
    uint64_t tag;
    struct req_map map;     /* this server's part of the request */
    struct flow_pool *pool; /* server ends; client ends may leave it NULL */
    size_t buffer_size;     /* bytes per message, both sides the same; at most the pool's */
    unsigned nbuffers;      /* wished in flight; at least 1 */
    struct trove *trove;    /* server ends */
    uint32_t fs;
    uint64_t handle;
    bool sync; /* BMI_TO_TROVE: everything is on the disk before the job completes well */
    const struct PINT_Request *mem_req; /* client ends */
    void *mem_base;
    int64_t mem_off; /* where in the memory request's stream this flow's map begins */
    /* out */
    int64_t total;            /* bytes moved: stored, or handed to BMI */
    uint64_t moved_at;        /* reactor_now of the last message, dropped ones too; 0 = none yet */
    struct job ready;         /* reserve; job_init by the poster, as is */
    struct job job;           /* the flow itself */
    struct flow_state *state; /* private, heap; flow_fini frees */
};

/* 1. flow_reserve_post: job `ready` completes when the promise of the ack may be given: one buffer
 *    is this flow's own until it ends, and – receiving – its first receive is posted. Client ends:
 *    at once, may be left out. Cancel gives up the place in line. -EINVAL: sizes or request make no
 *    sense; -ENOMEM; -ECONNRESET.
 * 2. The caller sends its ack.
 * 3. flow_post: job `job` completes when the flow ended:
 *      receiving: all bytes to LAST are stored, or – after a failure here – everything up to LAST
 * or ABORT was dropped, or the connection is gone; status is the first error. sending:   LAST or
 * ABORT was posted and the memory is free.
 *
 * `on_error` (may be NULL) is called once when a receiving flow fails while data is still to come:
 * the caller then sends its early completion or FLOW_STOP. It may cancel the flow. A failure after
 * LAST is reported by the job alone.
 *
 * After a positive ack was sent or received, only flow_post keeps the promise: to give up then,
 * post and cancel. A client posts it while the ack is delivered: the flow belongs to the connection
 * that is up at that time, and fails with -ECONNRESET or BMI's reason when that ends. */
void flow_reserve_post (struct flow *f);
void flow_post (struct flow *f, void (*on_error) (struct flow *f, int err));
/* Cancels whichever of the two jobs is posted; the same as job_cancel on it. The job completes
 * soon, with -ECANCELED or the error that was first, as soon as nothing touches its memory any
 * more, and leaves the connection usable: a sender sends ABORT; a receiver goes on discarding in
 * the background until LAST, ABORT or the end of the connection – the discarding owns its memory,
 * the caller may free the flow. */
void flow_cancel (struct flow *f);
/* When both jobs are idle. Accepts a flow that was never reserved; one reserved but never posted
 * gives its buffers back and – receiving – discards nothing (the peer was never told to send). */
void flow_fini (struct flow *f);
/* For tearing down a whole context, after bmi_free and the end of Trove: frees the flow in whatever
 * state it is, completes nothing. */
void flow_forget (struct flow *f);
/* "bmi to trove: moved 1048576, 3 buffers at disk, waits for data of tag 17": for pvfs2-ops. */
void flow_describe (const struct flow *f, char *buf, size_t n);
/* Receiving, and nothing but the peer's next message would move it. */
bool flow_waits_for_data (const struct flow *f);

#endif
