/*
 * msgpair: one request and its response over BMI, with everything that makes it reliable – slots, sequence numbers, deadline,
 * signs of life, retry. Used by sysint and by servers among themselves.
 *
 * A context speaks for one client id. Towards each server it has N request slots (the server's word, at most BMI_SLOTS before the hello);
 * an exchange holds one slot from its first sending until its last message has been seen, and waits for a free one first come,
 * first served. A metadata request that lost its connection is sent again with the same slot and sequence (its reply record answers a repeat);
 * an I/O request gets the next sequence of the same slot, so that the server starts it only when nothing of the old one runs.
 * With a journal the same holds for a request that an earlier process of this client id left unanswered (journal.h); the first eighth of the
 * slots is then for requests that change nothing and are not noted.
 *
 * A posted msgpair completes with 0 and `resp` decoded, with the server's error as a negative errno, -ETIMEDOUT (no sign of life from the
 * server for op_timeout, or the deadline passed), -ECANCELED at once on cancel, or – without retry – the transport's error.
 * What a cancelled exchange still has coming is discarded in the background; its slot is free again after that.
 *
 * Belongs to the reactor's holder.
 */
#ifndef IO_MSGPAIR_H
#define IO_MSGPAIR_H

#include "io/bmi/bmi.h"
#include "io/msgpair/journal.h"
#include "proto/proto.h"

struct msgpair_ctx;
struct msgpair_server; /* slots and address of one server */
struct exchange;

struct msgpair_config {
    struct reactor *reactor;
    struct bmi *bmi;
    uint64_t client_id;
    uint64_t op_timeout;      /* ns of silence; 0 = 60 s */
    uint64_t ping_interval;   /* ns; 0 = 5 s */
    uint64_t retry_delay;     /* ns, first; doubles up to 2 s; 0 = 50 ms */
    uint64_t epoch;
    struct journal *journal;  /* of a client that is to survive its process (journal.h), or NULL */
};
int msgpair_ctx_new (const struct msgpair_config *cfg, struct msgpair_ctx **ret);
/* Before bmi_free. Posted msgpairs are forgotten, not completed. */
void msgpair_ctx_free (struct msgpair_ctx *ctx);
void msgpair_set_op_timeout (struct msgpair_ctx *ctx, uint64_t ns);
void msgpair_set_epoch (struct msgpair_ctx *ctx, uint64_t epoch);
/* The same address gives the same server. Lives as long as the context. */
int msgpair_server_get (struct msgpair_ctx *ctx, const char *addr, struct msgpair_server **ret);
struct bmi_peer *msgpair_server_peer (struct msgpair_server *s);
const char *msgpair_server_addr (const struct msgpair_server *s);

enum {
    MSGPAIR_NO_RETRY = 1, /* report a transport error instead of sending again */
    MSGPAIR_HOLD = 2,     /* the exchange goes on after the first response (io): end it with msgpair_end */
    MSGPAIR_FOREVER = 4,  /* retry without regard to silence: servers that finish an intent */
};

struct msgpair {
    struct job job;
    /* in */
    struct msgpair_ctx *ctx;
    struct msgpair_server *server;
    struct proto_request req; /* op, fs, cred, cap, request_id and body by the caller; the rest is filled in. Must stay valid until completion */
    unsigned flags;
    size_t max_resp;          /* 0 = BMI_SMALL */
    uint64_t deadline;        /* reactor_now scale, 0 = none */
    /* out */
    struct proto_response resp; /* lives until msgpair_fini or the next post */
    int transport_error;      /* the last one, 0 = the server answered */
    uint64_t tag;             /* of the exchange, for the flow */
    /* private */
    struct arena arena;
    void *buf;
    struct exchange *x;
};

void msgpair_post (struct msgpair *mp);
/* Held exchanges (io). Receives one more response of the same tag; completes the same job (initialise it again with sm_expect). No retry. */
void msgpair_post_next (struct msgpair *mp);
/* The exchange is over: all of it was received (`complete`), or the rest is to be discarded in the background – `abort_errno` > 0 also sends
 * ABORT, as a sender who has not sent its LAST must. Accepts one that ended already. */
void msgpair_end (struct msgpair *mp, bool complete, int abort_errno);
/* Sends a held exchange's request again as a new sequence of the same slot (io after a lost connection); the job is posted anew. */
void msgpair_repost (struct msgpair *mp);
/* Releases buffers; ends a held exchange as msgpair_end (mp, false, ECANCELED). Accepts zeroed memory. */
void msgpair_fini (struct msgpair *mp);

struct msgpair_counters {
    uint64_t requests, retries, timeouts, cancels;
};
void msgpair_get_counters (const struct msgpair_ctx *ctx, struct msgpair_counters *ret);

/* With a journal: the request has ended (or will not be repeated). Frees the slots that an earlier life's messages of it still hold, and
 * clears its page. */
void msgpair_request_over (struct msgpair_ctx *ctx, uint64_t request_id);

/* Exchanges that hold or want a slot: none when all is quiet. */
unsigned msgpair_in_flight (const struct msgpair_ctx *ctx);

#endif
