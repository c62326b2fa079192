/*
 * Inside BMI: what bmi.c, send.c and receive.c share, and what a method (a transport) has to do.
 *
 * A method is nothing but a source of non-blocking byte streams, like a socket. Framing, matching,
 * limits, hello, queues and cancels live above it and are the same for every method.
 *
 *     post ──► sends ──► send.c ──► method->send ═ bytes ═► method->recv ──► receive.c ──► receive
 *
 * A stream is one connection of a peer; a peer outlives its streams. `struct bmi_stream` begins the
 * method's own structure, one malloc block. Core closes it exactly once (method->close) and frees
 * it later through the reactor's queue, because a batch of epoll events may still name it.
 * Listeners and peers are freed the same way.
 */
#ifndef IO_BMI_METHOD_H
#define IO_BMI_METHOD_H

#include "common/wire/wire.h"
#include "io/bmi/bmi.h"

/* --- header and hello on the wire (header.c) -------------------------------------------------- */

enum bmi_type {
    BMI_TYPE_HELLO = 1,
    BMI_TYPE_UNEXPECTED,
    BMI_TYPE_EXPECTED,
    BMI_TYPE_PING,
    BMI_TYPE_PONG,
};

enum {
    BMI_WIRE_MAGIC = 0x32424d49,
    BMI_MAX_HELLO = 1024, /* bytes; later minor versions may append to it */
};

struct bmi_header {
    uint8_t type;
    uint8_t flags; /* BMI_LAST, BMI_ABORT */
    uint64_t tag;
    uint32_t length;
    uint32_t aux; /* with BMI_ABORT: the errno */
};

void bmi_header_encode (const struct bmi_header *h, uint8_t out[BMI_HEADER_SIZE]);
/* -EPROTO unless everything about it is right. */
int bmi_header_decode (const uint8_t in[BMI_HEADER_SIZE], struct bmi_header *ret);
int bmi_hello_encode (const struct bmi_hello *h, void *buf, size_t cap, size_t *ret_len);
int bmi_hello_decode (const void *buf, size_t len, struct bmi_hello *ret);

/* --- methods ---------------------------------------------------------------------------------- */

struct bmi_method;
struct bmi_stream;

/* One way to reach a server. `address` is the method's, one malloc block. */
struct bmi_route {
    const struct bmi_method *method;
    void *address;
};

struct bmi_listener {
    struct list link; /* bmi.listeners */
    struct bmi *bmi;
    const struct bmi_method *method;
    unsigned port; /* 0: the method has none */
    struct reactor_item free_item;
};

struct bmi_method {
    const char *prefix;  /* "tcp://" */
    unsigned max_gather; /* messages per call of send */

    /* Turns what follows the prefix into routes (bmi_add_route, in the order in which to try them).
     */
    int (*resolve) (struct bmi_peer *p, const char *rest);
    /* Opens and links listeners (bmi_listener_init); incoming streams arrive through
     * bmi_stream_accepted. */
    int (*listen) (struct bmi *bmi, const char *rest, bool specific);
    /* Ends the listener; core frees the block later. */
    void (*unlisten) (struct bmi_listener *l);

    /* Starts a stream for p (bmi_stream_init); bmi_stream_connected or bmi_stream_failed follow
     * later, never from inside. */
    int (*connect) (struct bmi_peer *p, const struct bmi_route *route, struct bmi_stream **ret);
    /* Bytes moved (> 0), or negative errno; -EAGAIN: nothing now, `want` tells. recv: 0 = the other
     * side has ended. */
    ssize_t (*send) (struct bmi_stream *s, const struct iovec *iov, int niov);
    ssize_t (*recv) (struct bmi_stream *s, const struct iovec *iov, int niov);
    /* Which of bmi_stream_readable and bmi_stream_writable to call as long as they apply. A dead
     * peer is reported with bmi_stream_failed even while nothing is wanted. */
    void (*want) (struct bmi_stream *s, bool read, bool write);
    /* Ends it and releases what it holds; the block itself is freed by core. No call follows. With
     * s->reset the peer must learn of it even if it does not read: what was not taken is lost. */
    void (*close) (struct bmi_stream *s);
};

struct bmi_stream {
    const struct bmi_method *method;
    struct bmi *bmi;
    struct bmi_peer *peer;
    struct list link; /* bmi.streams, closed ones too */
    struct reactor_item free_item;
    bool closed, reset;
};

extern const struct bmi_method bmi_tcp_method, bmi_mem_method;

int bmi_add_route (struct bmi_peer *p, const struct bmi_method *method,
                   void *address); /* takes the address, also on failure */
void bmi_listener_init (struct bmi *bmi, struct bmi_listener *l, const struct bmi_method *method);
void bmi_stream_init (struct bmi *bmi, struct bmi_stream *s, const struct bmi_method *method);
/* A stream from outside. On failure the method closes and frees it itself. */
int bmi_stream_accepted (struct bmi_stream *s, const char *name);
void bmi_stream_connected (struct bmi_stream *s);
void bmi_stream_readable (struct bmi_stream *s);
void bmi_stream_writable (struct bmi_stream *s);
void bmi_stream_failed (struct bmi_stream *s, int err);

/* --- core ------------------------------------------------------------------------------------- */

struct bmi {
    struct bmi_config cfg;
    struct reactor *reactor;
    struct list peers, listeners, closed_listeners, streams;
    uint64_t next_id;
    struct bmi_counters counters;
    uint8_t *spare; /* one read-ahead buffer kept for the next connection that needs one */
};

enum peer_state {
    PEER_IDLE,       /* no connection; a post makes one */
    PEER_CONNECTING, /* a stream is being made */
    PEER_HELLO,      /* stream open, the other side's hello awaited */
    PEER_UP,
    PEER_GONE, /* accepted and ended */
};

/* A small expected message without a receive yet. */
struct early {
    struct list link;
    struct bmi_header h;
    uint8_t data[];
};

/* The message that is being read. */
struct inbound {
    bool have_header; /* h is valid, its payload not yet all there */
    bool moving;      /* a large one that has found its receive: */
    bool blocked;     /* a large one that has not */
    struct bmi_header h;
    struct bmi_msg *msg; /* moving: where to, NULL = dropped */
    size_t got;          /* moving: payload bytes so far */
};

struct bmi_peer {
    struct bmi *bmi;
    struct list link; /* bmi.peers */
    uint64_t id;
    unsigned refs;
    bool accepted;
    enum peer_state state;
    int reason; /* PEER_GONE: why */
    char *name;
    void *user;

    struct bmi_route *routes;
    unsigned nroutes, route, tries_left;
    struct bmi_stream *stream;
    struct reactor_timer timer; /* connect and hello */
    struct bmi_hello hello;
    bool have_hello;
    uint64_t last_heard;

    struct list sends; /* bmi_msg.link, in order */
    struct list own;   /* those of them that are BMI's own */
    bool want_write, ping_queued, pong_queued;

    struct list posted; /* bmi_msg.link, receives in order; not the one in `in.msg` */
    struct list early;
    size_t early_bytes;
    struct list requests; /* bmi_unexpected.link, not yet released */
    unsigned nrequests;
    struct inbound in;
    uint8_t *buf; /* read-ahead: bytes [start, end); NULL while empty */
    size_t start, end;

    struct reactor_item kick_item; /* send what is queued, go on reading */
    struct reactor_item down_item; /* holds a reference while queued */
    struct reactor_item free_item;
    int down_reason;
};

void bmi_peer_kick (struct bmi_peer *p);
/* Closes the connection (state below PEER_UP: tries the next address). `err` < 0. */
void bmi_peer_fail (struct bmi_peer *p, int err);
/* One line in the log, then bmi_peer_fail (-EPROTO). */
void bmi_peer_protest (struct bmi_peer *p, const char *format, ...) PRINTF_LIKE (2, 3);
void bmi_peer_want (struct bmi_peer *p);
void bmi_peer_hello_received (struct bmi_peer *p, const void *buf, size_t len);
/* PEER_IDLE: starts a connection. If none can be had, all messages complete. */
void bmi_peer_connect (struct bmi_peer *p);

/* send.c */
void bmi_push (struct bmi_peer *p);
int bmi_queue_own (struct bmi_peer *p, const struct bmi_msg *proto, const void *payload,
                   bool front);
enum { OUT_HELLO = 0x20, OUT_PING = 0x40, OUT_PONG = 0x80 }; /* private bits of bmi_msg.flags */
void bmi_drop_oversized (struct bmi_peer *p);
void bmi_own_free (struct bmi_msg *m);
void bmi_end_sends (struct bmi_peer *p, int err);
void bmi_forget_sends (struct bmi_peer *p);

/* receive.c */
void bmi_pull (struct bmi_peer *p);
void bmi_end_receives (struct bmi_peer *p, int err);
void bmi_forget_receives (struct bmi_peer *p);

#endif
