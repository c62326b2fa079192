/*
 * bmi_tcp: streams over TCP sockets in the reactor's epoll, level-triggered.
 *
 * A stream that wants nothing still reports the end of its peer (RDHUP, HUP, ERR). A dead machine
 * is noticed by keepalive when the connection is idle, else by tcp_health. TCP_USER_TIMEOUT is left
 * alone on purpose: it would also end connections whose peer is alive and merely does not read for
 * a while, and it overrides the keepalive count. Reactor's holder only; the resolver is asked in
 * bmi_addr_lookup and bmi_new, which may therefore block.
 */
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/gossip/gossip.h"
#include "io/bmi/bmi-method.h"

enum {
    BACKLOG = 1024,
    ACCEPTS_PER_EVENT = 64,
    KEEP_IDLE = 5, /* s; dead after KEEP_IDLE + KEEP_COUNT * KEEP_INTERVAL = 14 s */
    KEEP_INTERVAL = 3,
    KEEP_COUNT = 3,
    DEAD_MS = 15000,
    DEAD_RETRIES = 3,
    HOST_MAX = 256,
};
#define HEALTH_INTERVAL (5 * NSEC_PER_SEC)
#define ACCEPT_PAUSE    (100 * NSEC_PER_MSEC)

struct tcp_address {
    struct sockaddr_storage sa;
    socklen_t len;
};

struct tcp_stream {
    struct bmi_stream base; /* first */
    struct reactor_fd rfd;
    struct reactor_timer health;
    bool connecting;
};

struct tcp_listener {
    struct bmi_listener base; /* first */
    struct reactor_fd rfd;
    struct reactor_timer pause; /* out of descriptors: accept again later */
};

static struct tcp_stream *
tcp_of (struct bmi_stream *s)
{
    return container_of (s, struct tcp_stream, base);
}

/* --- addresses -------------------------------------------------------------------------------- */

/* "host:port" or "[v6]:port". */
static int
split (const char *rest, char *host, char port[8])
{
    const char *colon = strrchr (rest, ':'), *from = rest, *to = colon;
    if (!colon || strlen (colon + 1) > 5 || !colon[1]
        || strspn (colon + 1, "0123456789") != strlen (colon + 1) || atoi (colon + 1) > 65535)
        return -EINVAL;
    if (*rest == '[') {
        if (colon == rest + 1 || colon[-1] != ']')
            return -EINVAL;
        from++;
        to--;
    } else if (memchr (rest, ':', (size_t) (colon - rest))) {
        return -EINVAL; /* a bare IPv6 address is ambiguous */
    }
    if (to <= from || to - from >= HOST_MAX)
        return -EINVAL;
    memcpy (host, from, (size_t) (to - from));
    host[to - from] = 0;
    strcpy (port, colon + 1);
    return 0;
}

static int
look_up (const char *rest, int flags, struct addrinfo **ret)
{
    char host[HOST_MAX], port[8];
    struct addrinfo hints = { .ai_family = AF_UNSPEC,
                              .ai_socktype = SOCK_STREAM,
                              .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | flags };
    int err = split (rest, host, port);
    if (err)
        return err;
    if (getaddrinfo (host, port, &hints, ret) == 0)
        return 0;
    if (*rest == '[')
        return -EINVAL;
    hints.ai_flags &= ~AI_NUMERICHOST;
    int gai = getaddrinfo (host, port, &hints, ret);
    return gai == 0 ? 0 : gai == EAI_MEMORY ? -ENOMEM : -EHOSTUNREACH;
}

static int
tcp_resolve (struct bmi_peer *p, const char *rest)
{
    struct addrinfo *list;
    int err = look_up (rest, 0, &list);
    if (err)
        return err;
    for (struct addrinfo *a = list; a && !err; a = a->ai_next) {
        struct tcp_address *t = calloc (1, sizeof *t);
        if (!t || a->ai_addrlen > sizeof t->sa) {
            free (t);
            err = -ENOMEM;
            break;
        }
        memcpy (&t->sa, a->ai_addr, a->ai_addrlen);
        t->len = a->ai_addrlen;
        err = bmi_add_route (p, &bmi_tcp_method, t);
    }
    freeaddrinfo (list);
    return err;
}

/* "tcp://10.0.0.1:4711"; an IPv4 address that came in through an IPv6 socket reads as what it is.
 */
static void
name_of (const struct sockaddr_storage *sa, socklen_t len, char *buf, size_t n)
{
    char host[80], port[8];
    if (getnameinfo ((const struct sockaddr *) sa, len, host, sizeof host, port, sizeof port,
                     NI_NUMERICHOST | NI_NUMERICSERV)) {
        snprintf (buf, n, "tcp://?");
        return;
    }
    const char *v4 = strncmp (host, "::ffff:", 7) == 0 && strchr (host, '.') ? host + 7 : NULL;
    if (v4 || !strchr (host, ':'))
        snprintf (buf, n, "tcp://%s:%s", v4 ? v4 : host, port);
    else
        snprintf (buf, n, "tcp://[%s]:%s", host, port);
}

/* --- sockets ---------------------------------------------------------------------------------- */

static void
set_option (int fd, int level, int name, int value)
{
    if (setsockopt (fd, level, name, &value, sizeof value) < 0)
        gossip_debug (GOSSIP_BMI_DEBUG_TCP, "bmi_tcp: socket option %d/%d: %s", level, name,
                      strerror (errno));
}

/* Before connect and listen, so that the window scale fits the buffers. */
static void
set_buffers (const struct bmi *bmi, int fd)
{
    if (bmi->cfg.send_buffer > 0)
        set_option (fd, SOL_SOCKET, SO_SNDBUF, bmi->cfg.send_buffer);
    if (bmi->cfg.receive_buffer > 0)
        set_option (fd, SOL_SOCKET, SO_RCVBUF, bmi->cfg.receive_buffer);
}

static void
set_options (const struct bmi *bmi, int fd)
{
    set_option (fd, IPPROTO_TCP, TCP_NODELAY, 1);
    set_option (fd, SOL_SOCKET, SO_KEEPALIVE, 1);
    set_option (fd, IPPROTO_TCP, TCP_KEEPIDLE, KEEP_IDLE);
    set_option (fd, IPPROTO_TCP, TCP_KEEPINTVL, KEEP_INTERVAL);
    set_option (fd, IPPROTO_TCP, TCP_KEEPCNT, KEEP_COUNT);
}

/* Keepalive is silent while data is under way. A peer that acknowledges nothing, not even probes,
 * is dead; one that answers with a closed window is not. */
static void
tcp_health (struct reactor_timer *timer)
{
    struct tcp_stream *t = container_of (timer, struct tcp_stream, health);
    struct tcp_info info;
    socklen_t len = sizeof info;
    memset (&info, 0, sizeof info);
    if (!t->connecting && getsockopt (t->rfd.fd, IPPROTO_TCP, TCP_INFO, &info, &len) == 0
        && MAX (info.tcpi_retransmits, info.tcpi_probes) >= DEAD_RETRIES
        && info.tcpi_last_ack_recv >= DEAD_MS) {
        bmi_stream_failed (&t->base, -ETIMEDOUT);
        return;
    }
    reactor_timer_set (t->base.bmi->reactor, timer,
                       reactor_now (t->base.bmi->reactor) + HEALTH_INTERVAL);
}

static int
socket_error (int fd)
{
    int err = 0;
    socklen_t len = sizeof err;
    if (getsockopt (fd, SOL_SOCKET, SO_ERROR, &err, &len) < 0)
        err = errno;
    return -err;
}

/* Connecting to a local port that nobody listens on can reach the very socket that connects. */
static bool
is_itself (int fd)
{
    struct sockaddr_storage a, b;
    socklen_t alen = sizeof a, blen = sizeof b;
    memset (&a, 0, sizeof a);
    memset (&b, 0, sizeof b);
    return getsockname (fd, (struct sockaddr *) &a, &alen) == 0
           && getpeername (fd, (struct sockaddr *) &b, &blen) == 0 && alen == blen
           && memcmp (&a, &b, alen) == 0;
}

static void
connect_ready (struct tcp_stream *t)
{
    int err = socket_error (t->rfd.fd);
    if (!err && is_itself (t->rfd.fd))
        err = -ECONNREFUSED;
    if (err) {
        bmi_stream_failed (&t->base, err);
        return;
    }
    t->connecting = false;
    bmi_stream_connected (&t->base);
}

static void
stream_ready (struct reactor_fd *f, uint32_t events)
{
    struct tcp_stream *t = container_of (f, struct tcp_stream, rfd);
    const uint32_t end = EPOLLERR | EPOLLHUP | EPOLLRDHUP;
    if (t->connecting) {
        connect_ready (t);
        return;
    }
    if (events & (EPOLLIN | end)) {
        if (f->events & EPOLLIN) {
            bmi_stream_readable (&t->base);
        } else if (events & end) {
            int err = socket_error (f->fd);
            bmi_stream_failed (&t->base, err ? err : -ECONNRESET);
        }
    }
    if (!t->base.closed && events & EPOLLOUT && f->events & EPOLLOUT)
        bmi_stream_writable (&t->base);
}

static struct tcp_stream *
stream_new (struct bmi *bmi, int fd, bool connecting)
{
    struct tcp_stream *t = calloc (1, sizeof *t);
    if (!t)
        return NULL;
    t->rfd = (struct reactor_fd){ .ready = stream_ready, .fd = fd };
    t->connecting = connecting;
    if (reactor_fd_set (bmi->reactor, &t->rfd, connecting ? EPOLLOUT : EPOLLRDHUP)) {
        free (t);
        return NULL;
    }
    bmi_stream_init (bmi, &t->base, &bmi_tcp_method);
    reactor_timer_init (&t->health, tcp_health, TIMER_DEADLINE);
    reactor_timer_set (bmi->reactor, &t->health, reactor_now (bmi->reactor) + HEALTH_INTERVAL);
    return t;
}

static int
tcp_connect (struct bmi_peer *p, const struct bmi_route *route, struct bmi_stream **ret)
{
    const struct tcp_address *a = route->address;
    int fd = socket (a->sa.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), err;
    if (fd < 0)
        return -errno;
    set_buffers (p->bmi, fd);
    set_options (p->bmi, fd);
    if (connect (fd, (const struct sockaddr *) &a->sa, a->len) < 0 && errno != EINPROGRESS) {
        err = -errno;
        close (fd);
        return err;
    }
    struct tcp_stream *t = stream_new (p->bmi, fd, true);
    if (!t) {
        close (fd);
        return -ENOMEM;
    }
    *ret = &t->base;
    return 0;
}

static ssize_t
tcp_send (struct bmi_stream *s, const struct iovec *iov, int niov)
{
    struct msghdr msg = { .msg_iov = (struct iovec *) iov, .msg_iovlen = (size_t) niov };
    ssize_t n;
    do
        n = sendmsg (tcp_of (s)->rfd.fd, &msg, MSG_NOSIGNAL);
    while (n < 0 && errno == EINTR);
    return n >= 0 ? n : errno == EPIPE ? -ECONNRESET : -errno;
}

static ssize_t
tcp_recv (struct bmi_stream *s, const struct iovec *iov, int niov)
{
    ssize_t n;
    do
        n = readv (tcp_of (s)->rfd.fd, iov, niov);
    while (n < 0 && errno == EINTR);
    return n >= 0 ? n : -errno;
}

static void
tcp_want (struct bmi_stream *s, bool read, bool write)
{
    struct tcp_stream *t = tcp_of (s);
    uint32_t events = EPOLLRDHUP | (read ? EPOLLIN : 0) | (write ? EPOLLOUT : 0);
    if (reactor_fd_set (s->bmi->reactor, &t->rfd, events))
        gossip_lerr ("bmi_tcp: cannot watch a socket: %s", strerror (errno));
}

static void
tcp_close (struct bmi_stream *s)
{
    struct tcp_stream *t = tcp_of (s);
    const struct linger at_once = { .l_onoff = 1 };
    reactor_timer_clear (s->bmi->reactor, &t->health);
    reactor_fd_remove (s->bmi->reactor, &t->rfd);
    if (s->reset) /* an ordinary end would wait behind data that a blocked peer does not read */
        setsockopt (t->rfd.fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    close (t->rfd.fd);
    t->rfd.fd = -1;
}

/* --- listening -------------------------------------------------------------------------------- */

static void
accept_stream (struct tcp_listener *l, int fd, const struct sockaddr_storage *sa, socklen_t len)
{
    char name[128];
    set_options (l->base.bmi, fd);
    name_of (sa, len, name, sizeof name);
    struct tcp_stream *t = stream_new (l->base.bmi, fd, false);
    if (!t) {
        close (fd);
        return;
    }
    if (bmi_stream_accepted (&t->base, name)) {
        tcp_close (&t->base);
        list_remove (&t->base.link);
        free (t); /* never registered as readable, so no event of this batch names it */
    }
}

/* Out of descriptors or memory: those who wait stay in the backlog, and epoll must not report them
 * all the time. */
static void
pause_accepting (struct tcp_listener *l)
{
    struct reactor *r = l->base.bmi->reactor;
    if (!reactor_timer_is_set (&l->pause))
        gossip_err ("bmi_tcp: cannot accept a connection: %s; trying again", strerror (errno));
    reactor_fd_set (r, &l->rfd, 0);
    reactor_timer_set (r, &l->pause, reactor_now (r) + ACCEPT_PAUSE);
}

static void
accept_again (struct reactor_timer *timer)
{
    struct tcp_listener *l = container_of (timer, struct tcp_listener, pause);
    reactor_fd_set (l->base.bmi->reactor, &l->rfd, EPOLLIN);
}

static void
listener_ready (struct reactor_fd *f, uint32_t events)
{
    struct tcp_listener *l = container_of (f, struct tcp_listener, rfd);
    for (int i = 0; i < ACCEPTS_PER_EVENT; i++) {
        struct sockaddr_storage sa;
        socklen_t len = sizeof sa;
        int fd = accept4 (f->fd, (struct sockaddr *) &sa, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0) {
            accept_stream (l, fd, &sa, len);
        } else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
            pause_accepting (l);
            return;
        } else if (errno == EAGAIN) {
            return;
        } /* anything else concerns only the connection that was about to be accepted */
    }
}

static int
open_listener (const struct bmi *bmi, const struct sockaddr *sa, socklen_t len, int *ret_fd)
{
    int fd = socket (sa->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), err;
    if (fd < 0)
        return -errno;
    set_option (fd, SOL_SOCKET, SO_REUSEADDR, 1);
    if (sa->sa_family == AF_INET6)
        set_option (fd, IPPROTO_IPV6, IPV6_V6ONLY, 0);
    set_buffers (bmi, fd);
    if (bind (fd, sa, len) < 0 || listen (fd, BACKLOG) < 0) {
        err = -errno;
        close (fd);
        return err;
    }
    *ret_fd = fd;
    return 0;
}

static unsigned
port_of (int fd)
{
    struct sockaddr_storage sa;
    socklen_t len = sizeof sa;
    if (getsockname (fd, (struct sockaddr *) &sa, &len) < 0)
        return 0;
    return ntohs (sa.ss_family == AF_INET6 ? ((struct sockaddr_in6 *) &sa)->sin6_port
                                           : ((struct sockaddr_in *) &sa)->sin_port);
}

static int
add_listener (struct bmi *bmi, int fd)
{
    struct tcp_listener *l = calloc (1, sizeof *l);
    int err = l ? 0 : -ENOMEM;
    if (!err) {
        l->rfd = (struct reactor_fd){ .ready = listener_ready, .fd = fd };
        err = reactor_fd_set (bmi->reactor, &l->rfd, EPOLLIN);
    }
    if (err) {
        free (l);
        close (fd);
        return err;
    }
    reactor_timer_init (&l->pause, accept_again, TIMER_WORK);
    bmi_listener_init (bmi, &l->base, &bmi_tcp_method);
    l->base.port = port_of (fd);
    return 0;
}

static bool
listens_already (const struct bmi *bmi, unsigned port)
{
    struct bmi_listener *l;
    list_for_each (l, &bmi->listeners, link)
        if (l->method == &bmi_tcp_method && l->port == port)
            return true;
    return false;
}

/* Any address: IPv6 and IPv4 through one socket where the machine has IPv6. */
static int
listen_anywhere (struct bmi *bmi, unsigned port)
{
    struct sockaddr_in6 v6 = { .sin6_family = AF_INET6, .sin6_port = htons ((uint16_t) port) };
    struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_port = htons ((uint16_t) port) };
    int fd;
    if (port && listens_already (bmi, port))
        return 0;
    int err = open_listener (bmi, (struct sockaddr *) &v6, sizeof v6, &fd);
    if (err == -EAFNOSUPPORT || err == -EADDRNOTAVAIL)
        err = open_listener (bmi, (struct sockaddr *) &v4, sizeof v4, &fd);
    return err ? err : add_listener (bmi, fd);
}

static int
tcp_listen (struct bmi *bmi, const char *rest, bool specific)
{
    char host[HOST_MAX], port[8];
    struct addrinfo *list;
    int fd, err = split (rest, host, port);
    if (err)
        return err;
    if (!specific)
        return listen_anywhere (bmi, (unsigned) atoi (port));
    err = look_up (rest, AI_PASSIVE, &list);
    if (err)
        return err;
    for (struct addrinfo *a = list; a && !err; a = a->ai_next) {
        err = open_listener (bmi, a->ai_addr, a->ai_addrlen, &fd);
        if (!err)
            err = add_listener (bmi, fd);
        if (atoi (port) == 0)
            break; /* a second one would get another port */
    }
    freeaddrinfo (list);
    return err;
}

static void
tcp_unlisten (struct bmi_listener *base)
{
    struct tcp_listener *l = container_of (base, struct tcp_listener, base);
    reactor_timer_clear (base->bmi->reactor, &l->pause);
    reactor_fd_remove (base->bmi->reactor, &l->rfd);
    close (l->rfd.fd);
}

const struct bmi_method bmi_tcp_method = {
    .prefix = "tcp://",
    .max_gather = UINT32_MAX,
    .resolve = tcp_resolve,
    .listen = tcp_listen,
    .unlisten = tcp_unlisten,
    .connect = tcp_connect,
    .send = tcp_send,
    .recv = tcp_recv,
    .want = tcp_want,
    .close = tcp_close,
};
