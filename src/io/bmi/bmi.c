/*
 * BMI: contexts, peers and the life of a connection; see bmi.h for the contract and bmi-method.h
 * for the parts.
 *
 *     IDLE ──post──► CONNECTING ──stream──► HELLO ──hello──► UP ──► IDLE (or GONE)
 *       ▲                └──────────────────┴── next address, else ──► IDLE
 *
 * References: the users', one per unreleased request, one while peer_down is queued, and BMI's own
 * on an accepted peer until its connection ends. Streams and peers are freed through the reactor's
 * queue, because the caller up the stack or a batch of epoll events may still use them; hence
 * bmi_free must not be called from a callback of BMI. Reactor's holder only.
 */
#include <stdarg.h>
#include <stdio.h>

#include "common/gossip/gossip.h"
#include "io/bmi/bmi-method.h"

static const struct bmi_method *const methods[] = { &bmi_tcp_method, &bmi_mem_method };

#define CONNECT_TIMEOUT (10 * NSEC_PER_SEC) /* for the hello of an accepted connection too */

enum { ADDRESS_MAX = 1024, ROUTES_MAX = 64 };

/* --- streams ---------------------------------------------------------------------------------- */

static void
stream_free (struct bmi_stream *s)
{
    list_remove (&s->link);
    list_remove (&s->free_item.link);
    free (s);
}

static void
stream_deliver_free (struct reactor_item *item)
{
    stream_free (container_of (item, struct bmi_stream, free_item));
}

void
bmi_stream_init (struct bmi *bmi, struct bmi_stream *s, const struct bmi_method *method)
{
    s->method = method;
    s->bmi = bmi;
    s->peer = NULL;
    s->closed = s->reset = false;
    s->free_item.deliver = stream_deliver_free;
    list_init (&s->free_item.link);
    list_push_back (&bmi->streams, &s->link);
}

static void
stream_close (struct bmi_stream *s)
{
    s->closed = true;
    s->method->close (s);
    reactor_queue (s->bmi->reactor, &s->free_item);
}

/* --- peers ------------------------------------------------------------------------------------ */

static void peer_kicked (struct reactor_item *item);
static void peer_deliver_down (struct reactor_item *item);
static void peer_deliver_free (struct reactor_item *item);
static void peer_timeout (struct reactor_timer *timer);

static struct bmi_peer *
peer_new (struct bmi *bmi, const char *name)
{
    struct bmi_peer *p = calloc (1, sizeof *p);
    char *copy = strdup (name);
    if (!p || !copy) {
        free (p);
        free (copy);
        return NULL;
    }
    p->bmi = bmi;
    p->name = copy;
    p->id = ++bmi->next_id;
    p->refs = 1;
    p->kick_item.deliver = peer_kicked;
    p->down_item.deliver = peer_deliver_down;
    p->free_item.deliver = peer_deliver_free;
    list_init (&p->kick_item.link);
    list_init (&p->down_item.link);
    list_init (&p->free_item.link);
    list_init (&p->sends);
    list_init (&p->own);
    list_init (&p->posted);
    list_init (&p->early);
    list_init (&p->requests);
    reactor_timer_init (&p->timer, peer_timeout, TIMER_DEADLINE);
    list_push_back (&bmi->peers, &p->link);
    return p;
}

static void
peer_free (struct bmi_peer *p)
{
    struct list *n;
    reactor_timer_clear (p->bmi->reactor, &p->timer);
    bmi_forget_sends (p);
    bmi_forget_receives (p);
    while ((n = list_pop_front (&p->requests)))
        free (list_entry (n, struct bmi_unexpected, link));
    for (unsigned i = 0; i < p->nroutes; i++)
        free (p->routes[i].address);
    free (p->routes);
    list_remove (&p->kick_item.link);
    list_remove (&p->down_item.link);
    list_remove (&p->free_item.link);
    list_remove (&p->link);
    free (p->name);
    free (p);
}

static void
peer_deliver_free (struct reactor_item *item)
{
    peer_free (container_of (item, struct bmi_peer, free_item));
}

struct bmi_peer *
bmi_peer_ref (struct bmi_peer *p)
{
    p->refs++;
    return p;
}

/* The last one also ends an address's connection. The peer leaves the table at once, so nobody
 * finds it again. */
void
bmi_peer_unref (struct bmi_peer *p)
{
    if (!p || --p->refs > 0)
        return;
    if (p->stream) {
        p->refs++; /* peer_down is told and refers to it */
        p->tries_left = 0;
        bmi_peer_fail (p, -ECONNABORTED);
        if (--p->refs > 0)
            return;
    }
    if (list_empty (&p->free_item.link))
        reactor_queue (p->bmi->reactor, &p->free_item);
}

/* Work for the next delivery: sends that are queued, a stream that may go on. */
void
bmi_peer_kick (struct bmi_peer *p)
{
    if (list_empty (&p->kick_item.link) && (p->state == PEER_UP || p->state == PEER_HELLO))
        reactor_queue (p->bmi->reactor, &p->kick_item);
}

static void
peer_kicked (struct reactor_item *item)
{
    struct bmi_peer *p = container_of (item, struct bmi_peer, kick_item);
    if (p->state != PEER_UP && p->state != PEER_HELLO)
        return;
    struct bmi_stream *s = p->stream;
    bmi_push (p);
    bool may_go_on =
        p->in.have_header && p->in.h.length > BMI_SMALL && !p->in.blocked && !p->in.moving;
    if (p->stream == s && may_go_on)
        bmi_pull (p);
}

void
bmi_peer_want (struct bmi_peer *p)
{
    if (p->stream)
        p->stream->method->want (p->stream, !p->in.blocked, p->want_write);
}

/* --- connecting ------------------------------------------------------------------------------- */

static void
peer_deliver_down (struct reactor_item *item)
{
    struct bmi_peer *p = container_of (item, struct bmi_peer, down_item);
    struct bmi *bmi = p->bmi;
    if (bmi->cfg.events.peer_down)
        bmi->cfg.events.peer_down (bmi->cfg.events_arg, p, p->down_reason);
    bmi_peer_unref (p);
}

static void
close_stream (struct bmi_peer *p)
{
    struct bmi_stream *s = p->stream;
    p->stream = NULL;
    reactor_timer_clear (p->bmi->reactor, &p->timer);
    if (s)
        stream_close (s);
}

/* All messages complete first; peer_down is queued behind them. */
static void
connection_over (struct bmi_peer *p, int err)
{
    bool was_up = p->state == PEER_UP;
    close_stream (p);
    p->state = p->accepted ? PEER_GONE : PEER_IDLE;
    p->reason = err;
    bmi_end_sends (p, err);
    bmi_end_receives (p, err);
    list_remove (&p->kick_item.link);
    if (was_up) {
        p->bmi->counters.drops++;
        p->down_reason = err;
        bmi_peer_ref (p);
        reactor_queue (p->bmi->reactor, &p->down_item);
    }
    if (p->accepted)
        bmi_peer_unref (p);
}

/* Restarted at each step, so that a program that does not drive its reactor for a while loses
 * nothing by it. */
static void
start_timer (struct bmi_peer *p)
{
    struct reactor *r = p->bmi->reactor;
    reactor_timer_set (r, &p->timer, reactor_now (r) + p->bmi->cfg.connect_timeout);
}

/* Tries addresses, beginning with the current one, until a stream is under way. */
static void
try_routes (struct bmi_peer *p, int err)
{
    p->state = PEER_CONNECTING;
    while (p->tries_left > 0) {
        const struct bmi_route *r = &p->routes[p->route];
        struct bmi_stream *s;
        err = r->method->connect (p, r, &s);
        if (!err) {
            s->peer = p;
            p->stream = s;
            start_timer (p);
            return;
        }
        p->tries_left--;
        p->route = (p->route + 1) % p->nroutes;
    }
    connection_over (p, err);
}

void
bmi_peer_connect (struct bmi_peer *p)
{
    p->tries_left = p->nroutes;
    try_routes (p, -EHOSTUNREACH);
}

void
bmi_peer_fail (struct bmi_peer *p, int err)
{
    if (!p->stream)
        return;
    gossip_debug (GOSSIP_BMI_DEBUG_TCP, "bmi: %s: connection ends: %s", p->name, strerror (-err));
    if (p->accepted || p->state == PEER_UP || p->tries_left <= 1) {
        connection_over (p, err);
        return;
    }
    close_stream (p);
    p->start = p->end = 0;
    p->in = (struct inbound){ 0 };
    struct bmi_msg *m = list_first (&p->sends, struct bmi_msg, link);
    if (m && m->flags & OUT_HELLO)
        bmi_own_free (m);
    p->tries_left--;
    p->route = (p->route + 1) % p->nroutes;
    try_routes (p, err);
}

void
bmi_peer_protest (struct bmi_peer *p, const char *format, ...)
{
    char what[200];
    va_list ap;
    va_start (ap, format);
    vsnprintf (what, sizeof what, format, ap);
    va_end (ap);
    gossip_err ("bmi: %s sent %s; connection dropped", p->name, what);
    bmi_peer_fail (p, -EPROTO);
}

static void
peer_timeout (struct reactor_timer *timer)
{
    struct bmi_peer *p = container_of (timer, struct bmi_peer, timer);
    if (p->accepted)
        gossip_err ("bmi: %s did not say hello; connection dropped", p->name);
    bmi_peer_fail (p, -ETIMEDOUT);
}

void
bmi_drop (struct bmi *bmi, struct bmi_peer *p, int reason)
{
    p->tries_left = 0;
    if (p->stream)
        p->stream->reset = true;
    bmi_peer_fail (p, reason);
}

/* --- hello ------------------------------------------------------------------------------------ */

static int
say_hello (struct bmi_peer *p)
{
    uint8_t buf[BMI_MAX_HELLO];
    struct bmi_msg m = { .peer = p, .flags = OUT_HELLO };
    int err = bmi_hello_encode (&p->bmi->cfg.hello, buf, sizeof buf, &m.size);
    return err ? err : bmi_queue_own (p, &m, buf, true);
}

static void
begin_hello (struct bmi_peer *p)
{
    p->state = PEER_HELLO;
    p->have_hello = false;
    start_timer (p);
    int err = say_hello (p);
    if (err)
        bmi_peer_fail (p, err);
    else
        bmi_peer_want (p);
}

void
bmi_stream_connected (struct bmi_stream *s)
{
    if (s->peer->state == PEER_CONNECTING)
        begin_hello (s->peer);
}

int
bmi_stream_accepted (struct bmi_stream *s, const char *name)
{
    struct bmi *bmi = s->bmi;
    struct bmi_peer *p = peer_new (bmi, name);
    if (!p)
        return -ENOMEM;
    p->accepted = true;
    p->stream = s;
    s->peer = p;
    begin_hello (p);
    return 0;
}

/* A down that is still queued belongs before this up. */
static void
tell_up (struct bmi_peer *p)
{
    struct bmi *bmi = p->bmi;
    if (!list_empty (&p->down_item.link)) {
        list_remove (&p->down_item.link);
        p->refs--; /* its own; others hold the peer, for it is connected */
        if (bmi->cfg.events.peer_down)
            bmi->cfg.events.peer_down (bmi->cfg.events_arg, p, p->down_reason);
    }
    if (bmi->cfg.events.peer_up)
        bmi->cfg.events.peer_up (bmi->cfg.events_arg, p);
}

void
bmi_peer_hello_received (struct bmi_peer *p, const void *buf, size_t len)
{
    struct bmi_hello h;
    struct bmi_stream *s = p->stream;
    if (bmi_hello_decode (buf, len, &h)) {
        bmi_peer_protest (p, "a malformed hello");
        return;
    }
    const struct bmi_hello *ours = &p->bmi->cfg.hello;
    if (h.major != ours->major) {
        gossip_err ("bmi: %s speaks protocol %u.%u, this side %u.%u; connection refused", p->name,
                    h.major, h.minor, ours->major, ours->minor);
        bmi_push (p); /* so that it can say the same over there */
        if (p->stream == s)
            bmi_peer_fail (p, -EPROTONOSUPPORT);
        return;
    }
    p->hello = h;
    p->have_hello = true;
    p->state = PEER_UP;
    p->bmi->counters.connects++;
    reactor_timer_clear (p->bmi->reactor, &p->timer);
    bmi_drop_oversized (p);
    bmi_peer_kick (p);
    tell_up (p);
}

/* --- what methods report ---------------------------------------------------------------------- */

void
bmi_stream_readable (struct bmi_stream *s)
{
    if (!s->closed && s->peer->state >= PEER_HELLO)
        bmi_pull (s->peer);
}

void
bmi_stream_writable (struct bmi_stream *s)
{
    if (!s->closed && s->peer->state >= PEER_HELLO)
        bmi_push (s->peer);
}

void
bmi_stream_failed (struct bmi_stream *s, int err)
{
    if (!s->closed)
        bmi_peer_fail (s->peer, err);
}

static void
listener_free (struct bmi_listener *l)
{
    list_remove (&l->link);
    list_remove (&l->free_item.link);
    free (l);
}

static void
listener_deliver_free (struct reactor_item *item)
{
    listener_free (container_of (item, struct bmi_listener, free_item));
}

void
bmi_listener_init (struct bmi *bmi, struct bmi_listener *l, const struct bmi_method *method)
{
    l->bmi = bmi;
    l->method = method;
    l->free_item.deliver = listener_deliver_free;
    list_init (&l->free_item.link);
    list_push_back (&bmi->listeners, &l->link);
}

/* --- addresses -------------------------------------------------------------------------------- */

static const struct bmi_method *
method_of (const char *addr, const char **ret_rest)
{
    for (size_t i = 0; i < ARRAY_SIZE (methods); i++) {
        size_t n = strlen (methods[i]->prefix);
        if (strncmp (addr, methods[i]->prefix, n) == 0) {
            *ret_rest = addr + n;
            return methods[i];
        }
    }
    return NULL;
}

/* Calls fn for each address of a comma list. */
static int
each_address (const char *list, int (*fn) (void *arg, const struct bmi_method *, const char *rest),
              void *arg)
{
    char copy[ADDRESS_MAX], *save = NULL;
    if (strlen (list) >= sizeof copy)
        return -EINVAL;
    strcpy (copy, list);
    int n = 0;
    for (char *a = strtok_r (copy, ", ", &save); a; a = strtok_r (NULL, ", ", &save), n++) {
        const char *rest;
        const struct bmi_method *m = method_of (a, &rest);
        int err = m ? fn (arg, m, rest) : -EINVAL;
        if (err)
            return err;
    }
    return n ? 0 : -EINVAL;
}

int
bmi_add_route (struct bmi_peer *p, const struct bmi_method *method, void *address)
{
    struct bmi_route *r = NULL;
    if (p->nroutes < ROUTES_MAX)
        r = realloc (p->routes, (p->nroutes + 1) * sizeof *r);
    if (!r) {
        free (address);
        return -ENOMEM;
    }
    p->routes = r;
    r[p->nroutes++] = (struct bmi_route){ method, address };
    return 0;
}

/* An unknown name counts only if no other address of the list is left. */
static int
resolve_known (void *arg, const struct bmi_method *m, const char *rest)
{
    int err = m->resolve (arg, rest);
    return err == -EHOSTUNREACH ? 0 : err;
}

int
bmi_addr_lookup (struct bmi *bmi, const char *addr, struct bmi_peer **ret)
{
    struct bmi_peer *p;
    list_for_each (p, &bmi->peers, link) {
        if (!p->accepted && p->refs > 0 && strcmp (p->name, addr) == 0) {
            *ret = bmi_peer_ref (p);
            return 0;
        }
    }
    p = peer_new (bmi, addr);
    if (!p)
        return -ENOMEM;
    int err = each_address (addr, resolve_known, p);
    if (!err && !p->nroutes)
        err = -EHOSTUNREACH;
    if (err) {
        peer_free (p);
        return err;
    }
    *ret = p;
    return 0;
}

const char *
bmi_peer_name (const struct bmi_peer *p)
{
    return p->name;
}

const struct bmi_hello *
bmi_peer_hello (const struct bmi_peer *p)
{
    return p->have_hello ? &p->hello : NULL;
}

bool
bmi_peer_connected (const struct bmi_peer *p)
{
    return p->state == PEER_UP;
}

uint64_t
bmi_peer_last_heard (const struct bmi_peer *p)
{
    return p->last_heard;
}

uint64_t
bmi_peer_id (const struct bmi_peer *p)
{
    return p->id;
}

void
bmi_peer_set_user (struct bmi_peer *p, void *user)
{
    p->user = user;
}

void *
bmi_peer_user (const struct bmi_peer *p)
{
    return p->user;
}

/* --- contexts --------------------------------------------------------------------------------- */

static int
listen_one (void *arg, const struct bmi_method *m, const char *rest)
{
    struct bmi *bmi = arg;
    int err = m->listen (bmi, rest, bmi->cfg.bind_specific);
    if (err && bmi->cfg.why)
        snprintf (bmi->cfg.why, BMI_WHY, "cannot listen on %s%.200s: %s", m->prefix, rest,
                  strerror (-err));
    return err;
}

static void
set_limits (struct bmi_hello *h)
{
    h->major = h->major ? h->major : BMI_MAJOR;
    h->minor = h->minor ? h->minor : BMI_MINOR;
    h->unexpected_limit =
        h->unexpected_limit ? MIN (h->unexpected_limit, (uint32_t) BMI_SMALL) : BMI_SMALL;
    h->max_message =
        h->max_message ? MIN (h->max_message, (uint32_t) BMI_MAX_MESSAGE) : BMI_MAX_MESSAGE;
    h->slots = h->slots ? h->slots : BMI_SLOTS;
    h->name[BMI_NAME_MAX - 1] = 0;
}

int
bmi_new (const struct bmi_config *cfg, struct bmi **ret)
{
    struct bmi *bmi = calloc (1, sizeof *bmi);
    if (!bmi)
        return -ENOMEM;
    bmi->cfg = *cfg;
    bmi->reactor = cfg->reactor;
    bmi->cfg.connect_timeout = cfg->connect_timeout ? cfg->connect_timeout : CONNECT_TIMEOUT;
    set_limits (&bmi->cfg.hello);
    list_init (&bmi->peers);
    list_init (&bmi->listeners);
    list_init (&bmi->closed_listeners);
    list_init (&bmi->streams);
    if (cfg->why)
        cfg->why[0] = 0;
    int err = cfg->listen ? each_address (cfg->listen, listen_one, bmi) : 0;
    if (err) {
        if (cfg->why && !cfg->why[0])
            snprintf (cfg->why, BMI_WHY,
                      "\"%.180s\" is not a list of addresses like tcp://host:port", cfg->listen);
        bmi_free (bmi);
        return err;
    }
    bmi->cfg.listen = NULL;
    bmi->cfg.why = NULL;
    *ret = bmi;
    return 0;
}

void
bmi_stop_listening (struct bmi *bmi)
{
    struct list *n;
    while ((n = list_pop_front (&bmi->listeners))) {
        struct bmi_listener *l = list_entry (n, struct bmi_listener, link);
        l->method->unlisten (l);
        list_push_back (&bmi->closed_listeners, &l->link);
        reactor_queue (bmi->reactor, &l->free_item);
    }
}

void
bmi_free (struct bmi *bmi)
{
    struct bmi_listener *l;
    struct bmi_stream *s;
    struct bmi_peer *p;
    if (!bmi)
        return;
    bmi_stop_listening (bmi);
    list_for_each (l, &bmi->closed_listeners, link)
        listener_free (l);
    while ((s = list_first (&bmi->streams, struct bmi_stream,
                            link))) { /* closing one may free another */
        bool open = !s->closed;
        s->closed = true;
        if (open)
            s->method->close (s);
        stream_free (s);
    }
    list_for_each (p, &bmi->peers, link)
        peer_free (p);
    free (bmi->spare);
    free (bmi);
}

unsigned
bmi_port (const struct bmi *bmi)
{
    struct bmi_listener *l;
    list_for_each (l, &bmi->listeners, link)
        if (l->port)
            return l->port;
    return 0;
}

void
bmi_each_peer (struct bmi *bmi, void (*fn) (void *arg, struct bmi_peer *p), void *arg)
{
    struct bmi_peer *p;
    list_for_each (p, &bmi->peers, link)
        if (p->state == PEER_UP)
            fn (arg, p);
}

void
bmi_get_counters (const struct bmi *bmi, struct bmi_counters *ret)
{
    *ret = bmi->counters;
}
