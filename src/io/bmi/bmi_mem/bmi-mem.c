/*
 * bmi_mem: streams between nodes of one process and one thread, for tests and the simulation.
 *
 * Like TCP: one ordered stream per direction with a finite capacity; what is sent arrives after a
 * delay, stays until it is read, and its room is free for the sender only then. All events –
 * arrival, room, connection made, other side gone – come out of one timer per end on that end's own
 * reactor. It is a work timer and is set only while something will happen: a stream that nobody
 * reads leaves none behind.
 *
 *     end A: send ──► segments with arrival times, in end B's `in` ──► B's timer ──► readable
 */
#include <stdio.h>

#include "io/bmi/bmi-method.h"

enum { DEFAULT_CAPACITY = 4 << 20 };

struct bmi_mem_net {
    struct bmi_mem_config cfg;
    struct list listeners; /* mem_listener.net_link */
};

struct mem_listener {
    struct bmi_listener base; /* first */
    struct list net_link;
    char name[];
};

struct segment {
    struct list link;
    uint64_t when;
    size_t size, taken;
    uint8_t data[];
};

enum mem_state {
    MEM_CONNECTING, /* waits for the answer */
    MEM_ACCEPTING,  /* the call is on its way to the listener; no peer yet */
    MEM_OPEN,
};

struct mem_stream {
    struct bmi_stream base; /* first */
    struct bmi_mem_net *net;
    struct mem_stream *other; /* NULL: gone */
    struct reactor_timer timer;
    enum mem_state state;
    bool answered; /* MEM_CONNECTING: at event_at, with `answer` */
    int answer;
    uint64_t event_at;
    struct list in;
    size_t in_bytes;       /* in flight or unread */
    uint64_t last_arrival; /* nothing may overtake it */
    bool ended;            /* the other side ended; known here from end_at on */
    uint64_t end_at;
    bool want_read, want_write;
    char caller[BMI_NAME_MAX + 8]; /* MEM_ACCEPTING: who calls */
};

static struct mem_stream *
mem_of (struct bmi_stream *s)
{
    return container_of (s, struct mem_stream, base);
}

static uint64_t
now_at (const struct mem_stream *s)
{
    return reactor_now (s->base.bmi->reactor);
}

/* When something of `size` bytes that leaves now arrives at s. */
static uint64_t
arrival_at (const struct mem_stream *s, size_t size)
{
    const struct bmi_mem_config *c = &s->net->cfg;
    uint64_t when = now_at (s) + (c->delay ? c->delay (c->arg, size) : 0);
    return MAX (when, s->last_arrival);
}

/* --- events ----------------------------------------------------------------------------------- */

static bool
has_room (const struct mem_stream *s)
{
    size_t cap = s->net->cfg.capacity;
    return s->other && cap - s->other->in_bytes >= MAX (cap / 4, (size_t) 1);
}

static uint64_t
next_event (const struct mem_stream *s)
{
    uint64_t next = UINT64_MAX;
    if (s->state == MEM_ACCEPTING || (s->state == MEM_CONNECTING && s->answered))
        return s->event_at;
    if (s->state != MEM_OPEN)
        return next;
    if (s->want_read && !list_empty (&s->in))
        next = list_first (&s->in, struct segment, link)->when;
    else if (s->ended)
        next = s->end_at;
    if (s->want_write && has_room (s))
        next = 0;
    return next;
}

static void
arm (struct mem_stream *s)
{
    struct reactor *r = s->base.bmi->reactor;
    uint64_t next = next_event (s);
    if (next == UINT64_MAX)
        reactor_timer_clear (r, &s->timer);
    else if (!reactor_timer_is_set (&s->timer) || s->timer.when != MAX (next, now_at (s)))
        reactor_timer_set (r, &s->timer, MAX (next, now_at (s)));
}

static void
drop_segments (struct mem_stream *s)
{
    struct list *n;
    while ((n = list_pop_front (&s->in)))
        free (list_entry (n, struct segment, link));
    s->in_bytes = 0;
}

/* An end that core does not know as a peer's. */
static void
discard (struct mem_stream *s)
{
    reactor_timer_clear (s->base.bmi->reactor, &s->timer);
    list_remove (&s->base.link);
    free (s);
}

static void
answer (struct mem_stream *s, int err)
{
    s->answered = true;
    s->answer = err;
    s->event_at = s->last_arrival = arrival_at (s, 0);
    arm (s);
}

/* s learns, after what is still under way to it, that the other side has ended. */
static void
tell_end (struct mem_stream *s)
{
    s->other = NULL;
    if (s->state == MEM_ACCEPTING) {
        discard (s);
    } else if (s->state == MEM_CONNECTING) {
        answer (s, -ECONNREFUSED);
    } else {
        s->ended = true;
        s->end_at = arrival_at (s, 0);
        arm (s);
    }
}

static bool
still_listening (const struct bmi *bmi)
{
    struct bmi_listener *l;
    list_for_each (l, &bmi->listeners, link)
        if (l->method == &bmi_mem_method)
            return true;
    return false;
}

static void
accept_call (struct mem_stream *s)
{
    struct mem_stream *caller = s->other;
    s->state = MEM_OPEN;
    if (!still_listening (s->base.bmi) || bmi_stream_accepted (&s->base, s->caller)) {
        tell_end (caller);
        discard (s);
    } else if (s->other) {
        answer (caller, 0);
    }
}

static void
call_answered (struct mem_stream *s)
{
    if (s->answer) {
        bmi_stream_failed (&s->base, s->answer);
        return;
    }
    s->state = MEM_OPEN;
    bmi_stream_connected (&s->base);
}

static void
open_event (struct mem_stream *s)
{
    uint64_t now = now_at (s);
    const struct segment *first = list_first (&s->in, struct segment, link);
    bool over = s->ended && s->end_at <= now;
    if (over && !s->want_read)
        bmi_stream_failed (&s->base, -ECONNRESET);
    else if (s->want_read && (first ? first->when <= now : over))
        bmi_stream_readable (&s->base);
    if (!s->base.closed && s->want_write && has_room (s))
        bmi_stream_writable (&s->base);
    if (!s->base.closed)
        arm (s);
}

static void
event (struct reactor_timer *timer)
{
    struct mem_stream *s = container_of (timer, struct mem_stream, timer);
    if (s->state == MEM_ACCEPTING)
        accept_call (s);
    else if (s->state == MEM_CONNECTING)
        call_answered (s);
    else
        open_event (s);
}

/* --- streams ---------------------------------------------------------------------------------- */

static struct mem_stream *
stream_new (struct bmi *bmi, struct bmi_mem_net *net, enum mem_state state)
{
    struct mem_stream *s = calloc (1, sizeof *s);
    if (!s)
        return NULL;
    s->net = net;
    s->state = state;
    list_init (&s->in);
    reactor_timer_init (&s->timer, event, TIMER_WORK);
    bmi_stream_init (bmi, &s->base, &bmi_mem_method);
    return s;
}

static struct mem_listener *
find_listener (struct bmi_mem_net *net, const char *name)
{
    struct mem_listener *l;
    list_for_each (l, &net->listeners, net_link)
        if (strcmp (l->name, name) == 0)
            return l;
    return NULL;
}

static void
name_caller (struct mem_stream *s, const struct bmi_hello *h)
{
    if (h->name[0])
        snprintf (s->caller, sizeof s->caller, "mem://%s", h->name);
    else
        snprintf (s->caller, sizeof s->caller, "mem://%llx", (unsigned long long) h->client_id);
}

static int
mem_connect (struct bmi_peer *p, const struct bmi_route *route, struct bmi_stream **ret)
{
    struct bmi_mem_net *net = p->bmi->cfg.mem_net;
    struct mem_listener *l = find_listener (net, route->address);
    struct mem_stream *s = stream_new (p->bmi, net, MEM_CONNECTING);
    if (!s)
        return -ENOMEM;
    if (!l) {
        answer (s, -ECONNREFUSED);
    } else {
        struct mem_stream *there = stream_new (l->base.bmi, net, MEM_ACCEPTING);
        if (!there) {
            discard (s);
            return -ENOMEM;
        }
        there->other = s;
        s->other = there;
        name_caller (there, &p->bmi->cfg.hello);
        there->event_at = there->last_arrival = arrival_at (there, 0);
        arm (there);
    }
    *ret = &s->base;
    return 0;
}

static size_t
bytes_of (const struct iovec *iov, int niov)
{
    size_t n = 0;
    for (int i = 0; i < niov; i++)
        n += iov[i].iov_len;
    return n;
}

static struct segment *
segment_new (const struct iovec *iov, int niov, size_t size)
{
    struct segment *g = malloc (sizeof *g + size);
    if (!g)
        return NULL;
    *g = (struct segment){ .size = size };
    size_t at = 0;
    for (int i = 0; i < niov && at < size; i++) {
        size_t n = MIN (iov[i].iov_len, size - at);
        if (n)
            memcpy (g->data + at, iov[i].iov_base, n);
        at += n;
    }
    return g;
}

/* The net breaks the connection: what is under way in either direction is lost. */
static ssize_t
cut (struct mem_stream *s)
{
    struct mem_stream *o = s->other;
    drop_segments (s);
    drop_segments (o);
    s->other = NULL;
    tell_end (o);
    return -ECONNRESET;
}

static ssize_t
mem_send (struct bmi_stream *base, const struct iovec *iov, int niov)
{
    struct mem_stream *s = mem_of (base), *o = s->other;
    const struct bmi_mem_config *c = &s->net->cfg;
    size_t size = bytes_of (iov, niov);
    if (!o)
        return -EAGAIN; /* nobody is there any more; the news is on its way */
    size_t room = c->capacity - o->in_bytes;
    if (size > room && !has_room (s))
        return -EAGAIN;
    if (c->cut && c->cut (c->arg))
        return cut (s);
    size = MIN (size, room);
    struct segment *g = segment_new (iov, niov, size);
    if (!g)
        return -ENOMEM;
    g->when = o->last_arrival = arrival_at (o, size);
    list_push_back (&o->in, &g->link);
    o->in_bytes += size;
    arm (o);
    return (ssize_t) size;
}

static size_t
take (struct segment *g, const struct iovec *iov, int niov, size_t skip)
{
    size_t got = 0;
    for (int i = 0; i < niov && g->taken < g->size; i++) {
        if (skip >= iov[i].iov_len) {
            skip -= iov[i].iov_len;
            continue;
        }
        size_t n = MIN (iov[i].iov_len - skip, g->size - g->taken);
        memcpy ((uint8_t *) iov[i].iov_base + skip, g->data + g->taken, n);
        g->taken += n;
        got += n;
        skip = 0;
    }
    return got;
}

static ssize_t
mem_recv (struct bmi_stream *base, const struct iovec *iov, int niov)
{
    struct mem_stream *s = mem_of (base);
    size_t size = bytes_of (iov, niov), got = 0;
    uint64_t now = now_at (s);
    struct segment *g;
    while (got < size && (g = list_first (&s->in, struct segment, link)) && g->when <= now) {
        got += take (g, iov, niov, got);
        if (g->taken == g->size) {
            list_remove (&g->link);
            free (g);
        }
    }
    s->in_bytes -= got;
    if (got && s->other)
        arm (s->other);
    if (got)
        return (ssize_t) got;
    return s->ended && s->end_at <= now && list_empty (&s->in) ? 0 : -EAGAIN;
}

static void
mem_want (struct bmi_stream *base, bool read, bool write)
{
    struct mem_stream *s = mem_of (base);
    s->want_read = read;
    s->want_write = write;
    arm (s);
}

static void
mem_close (struct bmi_stream *base)
{
    struct mem_stream *s = mem_of (base), *o = s->other;
    reactor_timer_clear (base->bmi->reactor, &s->timer);
    drop_segments (s);
    s->other = NULL;
    if (o)
        tell_end (o);
}

/* --- names ------------------------------------------------------------------------------------ */

static int
mem_resolve (struct bmi_peer *p, const char *rest)
{
    if (!p->bmi->cfg.mem_net || !*rest)
        return -EINVAL;
    char *name = strdup (rest);
    return name ? bmi_add_route (p, &bmi_mem_method, name) : -ENOMEM;
}

static int
mem_listen (struct bmi *bmi, const char *rest, bool specific)
{
    struct bmi_mem_net *net = bmi->cfg.mem_net;
    if (!net || !*rest)
        return -EINVAL;
    if (find_listener (net, rest))
        return -EADDRINUSE;
    struct mem_listener *l = calloc (1, sizeof *l + strlen (rest) + 1);
    if (!l)
        return -ENOMEM;
    strcpy (l->name, rest);
    list_push_back (&net->listeners, &l->net_link);
    bmi_listener_init (bmi, &l->base, &bmi_mem_method);
    return 0;
}

static void
mem_unlisten (struct bmi_listener *base)
{
    list_remove (&container_of (base, struct mem_listener, base)->net_link);
}

const struct bmi_method bmi_mem_method = {
    .prefix = "mem://",
    .max_gather = 1, /* so that the net decides on every message */
    .resolve = mem_resolve,
    .listen = mem_listen,
    .unlisten = mem_unlisten,
    .connect = mem_connect,
    .send = mem_send,
    .recv = mem_recv,
    .want = mem_want,
    .close = mem_close,
};

int
bmi_mem_net_new (const struct bmi_mem_config *cfg, struct bmi_mem_net **ret)
{
    struct bmi_mem_net *net = calloc (1, sizeof *net);
    if (!net)
        return -ENOMEM;
    net->cfg = *cfg;
    if (!net->cfg.capacity)
        net->cfg.capacity = DEFAULT_CAPACITY;
    list_init (&net->listeners);
    *ret = net;
    return 0;
}

void
bmi_mem_net_free (struct bmi_mem_net *net)
{
    assert (!net || list_empty (&net->listeners));
    free (net);
}
