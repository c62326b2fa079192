/*
 * BMI: tagged messages between peers over one ordered stream per connection.
 *
 * A message is *unexpected* (a request: the receiver needs no posted receive; at most the peer's unexpected limit) or
 * *expected* (matched by connection and tag with a posted receive, in order of sending). A small expected message
 * (≤ BMI_SMALL) that arrives before its receive is posted is buffered; a large one stays in the stream, and everything behind
 * it waits, until its receive is posted – that connection leaves the read set meanwhile. Nothing else ever stops a stream.
 *
 * Sends on a connection go out in the order of posting. Completion of a send means that its memory is free again,
 * not that the peer has it. A cancelled message that has begun to move is finished by BMI itself (the rest of a send is
 * copied, the rest of a receive is dropped), so a cancel never costs the connection.
 *
 * A peer is an address (client side: connected lazily by the first post, again after a failure by the next one) or an
 * accepted connection (server side: gone for good when it ends). When a connection ends all its messages complete with the
 * reason (-ECONNRESET, -ECONNREFUSED, -ETIMEDOUT, -EPROTO …).
 *
 * Everything belongs to the reactor's holder. No thread of its own.
 */
#ifndef IO_BMI_H
#define IO_BMI_H

#include <sys/uio.h>

#include "io/job/job.h"

struct bmi;
struct bmi_peer;
struct bmi_mem_net;

enum {
    BMI_MAJOR = 1,
    BMI_MINOR = 1,
    BMI_SMALL = 16384,            /* bytes; the unexpected limit too */
    BMI_MAX_MESSAGE = 16 << 20,   /* bytes */
    BMI_HEADER_SIZE = 32,
    BMI_SLOTS = 128,              /* default requests in flight per client */
    BMI_NAME_MAX = 64,
    BMI_MAX_EARLY = 4 << 20,      /* bytes of early small messages per connection; beyond it the peer is cut off */
};

/* Message flags on the wire. */
enum {
    BMI_UNEXPECTED = 1,
    BMI_LAST = 2,  /* the last message of this tag in this direction */
    BMI_ABORT = 4, /* zero-length: the sender gave up; bmi_msg.ret_abort says why. Implies LAST. */
};

/* What each side says of itself when a connection begins. Unequal majors refuse each other. */
struct bmi_hello {
    uint16_t major, minor;
    uint32_t features;
    uint64_t client_id;            /* 0: a server that only listens */
    uint64_t boot_id;              /* of a server process; 0 for clients */
    char name[BMI_NAME_MAX];       /* server alias, or "" */
    uint32_t unexpected_limit, max_message;
    uint32_t slots;                /* a server's word to its clients */
};

/* One message in either direction; embedded in the caller's frame. */
struct bmi_msg {
    struct job job;        /* job_init by the poster (sm_expect) */
    struct bmi_peer *peer; /* the poster keeps its reference until completion */
    uint64_t tag;
    const struct iovec *iov; /* NULL with BMI_DROP: receive and drop whatever comes */
    unsigned niov;
    size_t size;           /* send: bytes; receive: room. BMI_DROP = any size, dropped */
    uint8_t flags;         /* send: BMI_UNEXPECTED, BMI_LAST, BMI_ABORT */
    int abort_errno;       /* send with BMI_ABORT: positive errno */
    size_t actual;         /* receive: bytes */
    uint8_t ret_flags;     /* receive: the sender's flags */
    int ret_abort;         /* receive with BMI_ABORT: the sender's positive errno */
    /* private to the method */
    struct list link;
    size_t moved;
    void *owned;
};
#define BMI_DROP SIZE_MAX

/* A received request. Belongs to BMI; the receiver gives it back with bmi_release when it answers (before it posts the last
 * message of the exchange) – a connection with more than `slots` unreleased ones is cut off. */
struct bmi_unexpected {
    struct bmi_peer *peer;
    uint64_t tag;
    const void *buf;
    size_t size;
    struct list link; /* private */
};

struct bmi_events {
    void (*unexpected) (void *arg, struct bmi_unexpected *u);        /* NULL on pure clients: such a peer is cut off */
    void (*peer_up) (void *arg, struct bmi_peer *peer);              /* hello exchanged; may be NULL */
    void (*peer_down) (void *arg, struct bmi_peer *peer, int reason); /* may be NULL. After it no message of that connection is delivered as received */
};

struct bmi_config {
    struct reactor *reactor;
    struct bmi_hello hello;     /* ours; limits of 0 mean the defaults */
    struct bmi_events events;
    void *events_arg;
    const char *listen;         /* NULL: client only. Comma list of addresses */
    bool bind_specific;         /* bind the given host, else any address */
    int send_buffer, receive_buffer; /* socket buffers in bytes, 0 = system */
    uint64_t connect_timeout;   /* ns, 0 = 10 s */
    struct bmi_mem_net *mem_net; /* mem:// addresses live here; NULL: no mem method */
    char *why;                  /* room for BMI_WHY bytes: reason of a failed bmi_new, or NULL */
};
enum { BMI_WHY = 256 };

int bmi_new (const struct bmi_config *cfg, struct bmi **ret);
/* Drops all connections; posted messages are forgotten, not completed (for tearing a whole context down). */
void bmi_free (struct bmi *bmi);
/* The port actually bound (listen with port 0), host order; 0 if none. */
unsigned bmi_port (const struct bmi *bmi);
/* Stop accepting; existing connections live on (drain before exit). */
void bmi_stop_listening (struct bmi *bmi);

/* "tcp://host:port" or "tcp://[v6]:port" or "mem://name", or a comma list of these for one server (tried in turn). The same
 * string gives the same peer. The caller owns one reference. -EINVAL: not an address; -EHOSTUNREACH: name unknown. */
int bmi_addr_lookup (struct bmi *bmi, const char *addr, struct bmi_peer **ret);
struct bmi_peer *bmi_peer_ref (struct bmi_peer *p);
void bmi_peer_unref (struct bmi_peer *p);
const char *bmi_peer_name (const struct bmi_peer *p);               /* "tcp://127.0.0.1:3334" or the remote address */
const struct bmi_hello *bmi_peer_hello (const struct bmi_peer *p);  /* the other side's, NULL before hello */
bool bmi_peer_connected (const struct bmi_peer *p);
uint64_t bmi_peer_last_heard (const struct bmi_peer *p);            /* reactor_now of the last byte from it; 0 never */
uint64_t bmi_peer_id (const struct bmi_peer *p);                    /* small number for logs, unique in this bmi */
/* For the user of BMI: a pointer of its own on the peer (per-connection state on a server). */
void bmi_peer_set_user (struct bmi_peer *p, void *user);
void *bmi_peer_user (const struct bmi_peer *p);

void bmi_post_send (struct bmi *bmi, struct bmi_msg *m);
void bmi_post_recv (struct bmi *bmi, struct bmi_msg *m);
/* Fire and forget: a zero-length message with ABORT (and LAST) on this tag. */
void bmi_send_abort (struct bmi *bmi, struct bmi_peer *p, uint64_t tag, int positive_errno);
/* Fire and forget: asks the peer's BMI for a sign of life (it answers by itself). Connects nobody. */
void bmi_ping (struct bmi *bmi, struct bmi_peer *p);
void bmi_release (struct bmi *bmi, struct bmi_unexpected *u);
/* Forgets buffered early messages of this tag. */
void bmi_forget (struct bmi *bmi, struct bmi_peer *p, uint64_t tag);
/* Ends the connection; its messages complete with `reason` (< 0). */
void bmi_drop (struct bmi *bmi, struct bmi_peer *p, int reason);

/* Looking at it: connected peers, and whether an unmatched large message heads the peer's stream. */
void bmi_each_peer (struct bmi *bmi, void (*fn) (void *arg, struct bmi_peer *p), void *arg);
bool bmi_peer_blocked (const struct bmi_peer *p, uint64_t *ret_tag, size_t *ret_size);
struct bmi_counters {
    uint64_t sent, received, unexpected_sent, unexpected_received, bytes_sent, bytes_received, connects, drops;
};
void bmi_get_counters (const struct bmi *bmi, struct bmi_counters *ret);

/* --- methods ---------------------------------------------------------------------------------------------------------- */

/* mem: nodes of one net talk in one process. Streams have a finite capacity in bytes; every message takes a delay that
 * the net asks for; connections can be cut. With a simulated reactor everything follows from the seed. */
struct bmi_mem_config {
    size_t capacity;                              /* bytes in flight per direction, 0 = 4 MiB */
    uint64_t (*delay) (void *arg, size_t size);   /* ns per message; NULL = 0 */
    bool (*cut) (void *arg);                      /* asked per message: true cuts the connection; NULL = never */
    void *arg;
};
int bmi_mem_net_new (const struct bmi_mem_config *cfg, struct bmi_mem_net **ret);
void bmi_mem_net_free (struct bmi_mem_net *net); /* after the last node */

#endif
