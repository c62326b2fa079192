/*
 * The event loop; see reactor.h.
 *
 * Lock order: `lock` (the holder's) before `hand_lock` (the hand-in queue's). In a server nobody contends for `lock`.
 * The leader releases `lock` only around epoll_wait.
 */
#include "common/reactor/reactor.h"

#include <pthread.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

enum { EVENTS_PER_POLL = 64, DELIVER_LIMIT = 4096 };

struct waiter {
    struct list link;
    pthread_cond_t cond;
    bool (*done) (void *);
    void *arg;
};

struct reactor {
    const struct reactor_source *source;
    struct reactor_source source_copy;
    uint64_t now;         /* cached; 0 = read the clock */
    uint64_t random[2];   /* xorshift128+ state */
    struct list queue;
    struct reactor_timer **heap;
    size_t heap_len, heap_cap;
    uint64_t timer_seq;

    int epoll_fd, event_fd;
    bool stop;

    pthread_mutex_t lock;
    struct waiter *leader; /* who runs the loop, NULL: nobody */
    bool polling;          /* … and is in epoll_wait */
    uint64_t poll_until; /* when the polling leader will look at timers */
    struct reactor_fd **removed; /* while the leader polled; its batch may still name them, their memory may be gone */
    size_t nremoved, removed_cap;
    struct list waiters;

    struct {
        int epoll_fd, timer_fd; /* -1: nobody asked */
        bool (*pending) (void *);
        void *arg;
        uint64_t armed; /* when the timer expires */
    } foreign;

    pthread_mutex_t hand_lock;
    struct list handed;
    bool hand_signalled;
};

static uint64_t
clock_ns (clockid_t id)
{
    struct timespec ts;
    clock_gettime (id, &ts);
    return (uint64_t) ts.tv_sec * NSEC_PER_SEC + (uint64_t) ts.tv_nsec;
}

static void
init_common (struct reactor *r)
{
    list_init (&r->queue);
    list_init (&r->handed);
    list_init (&r->waiters);
    pthread_mutex_init (&r->lock, NULL);
    pthread_mutex_init (&r->hand_lock, NULL);
    r->epoll_fd = r->event_fd = -1;
    r->foreign.epoll_fd = r->foreign.timer_fd = -1;
}

int
reactor_new_simulated (const struct reactor_source *source, struct reactor **ret)
{
    struct reactor *r = calloc (1, sizeof *r);
    if (!r)
        return -ENOMEM;
    init_common (r);
    r->source_copy = *source;
    r->source = &r->source_copy;
    *ret = r;
    return 0;
}

int
reactor_new (struct reactor **ret)
{
    struct reactor *r = calloc (1, sizeof *r);
    if (!r)
        return -ENOMEM;
    init_common (r);
    if (getrandom (r->random, sizeof r->random, 0) != sizeof r->random)
        r->random[0] = clock_ns (CLOCK_REALTIME) ^ (uint64_t) getpid ();
    r->random[0] |= 1;
    r->epoll_fd = epoll_create1 (EPOLL_CLOEXEC);
    r->event_fd = eventfd (0, EFD_CLOEXEC | EFD_NONBLOCK);
    /* Edge-triggered and never read: every write is one wake-up, and nothing is left to do for it. */
    struct epoll_event ev = { .events = EPOLLIN | EPOLLET, .data.ptr = NULL };
    if (r->epoll_fd < 0 || r->event_fd < 0
        || epoll_ctl (r->epoll_fd, EPOLL_CTL_ADD, r->event_fd, &ev) < 0) {
        int err = -errno;
        reactor_free (r);
        return err;
    }
    *ret = r;
    return 0;
}

static void
close_foreign (struct reactor *r)
{
    if (r->foreign.epoll_fd >= 0)
        close (r->foreign.epoll_fd);
    if (r->foreign.timer_fd >= 0)
        close (r->foreign.timer_fd);
    r->foreign.epoll_fd = r->foreign.timer_fd = -1;
}

void
reactor_free (struct reactor *r)
{
    if (!r)
        return;
    if (r->epoll_fd >= 0)
        close (r->epoll_fd);
    if (r->event_fd >= 0)
        close (r->event_fd);
    close_foreign (r);
    for (size_t i = 0; i < r->heap_len; i++)
        r->heap[i]->slot = 0;
    free (r->heap);
    free (r->removed);
    pthread_mutex_destroy (&r->lock);
    pthread_mutex_destroy (&r->hand_lock);
    free (r);
}

uint64_t
reactor_now (struct reactor *r)
{
    if (r->source)
        return r->source->now (r->source->arg);
    if (!r->now)
        r->now = clock_ns (CLOCK_MONOTONIC);
    return r->now;
}

uint64_t
reactor_wall_clock (struct reactor *r)
{
    return r->source ? r->source->wall_clock (r->source->arg) : clock_ns (CLOCK_REALTIME);
}

uint64_t
reactor_file_clock (struct reactor *r)
{
    return r->source ? r->source->wall_clock (r->source->arg) : clock_ns (CLOCK_REALTIME_COARSE);
}

uint64_t
reactor_random (struct reactor *r)
{
    if (r->source)
        return r->source->random (r->source->arg);
    uint64_t x = r->random[0], y = r->random[1];
    r->random[0] = y;
    x ^= x << 23;
    r->random[1] = x ^ y ^ (x >> 17) ^ (y >> 26);
    return r->random[1] + y;
}

/* --- delivery ------------------------------------------------------------------------------------------------- */

void
reactor_queue (struct reactor *r, struct reactor_item *item)
{
    list_push_back (&r->queue, &item->link);
}

void
reactor_wake (struct reactor *r)
{
    uint64_t one = 1;
    if (r->event_fd >= 0 && write (r->event_fd, &one, sizeof one) < 0)
        return; /* the counter is full: a wake-up is under way */
}

void
reactor_hand_in (struct reactor *r, struct reactor_item *item)
{
    pthread_mutex_lock (&r->hand_lock);
    list_push_back (&r->handed, &item->link);
    bool wake = !r->hand_signalled;
    r->hand_signalled = true;
    pthread_mutex_unlock (&r->hand_lock);
    if (wake)
        reactor_wake (r);
}

static void
take_handed (struct reactor *r)
{
    pthread_mutex_lock (&r->hand_lock);
    list_splice (&r->queue, &r->handed);
    r->hand_signalled = false;
    pthread_mutex_unlock (&r->hand_lock);
}

static bool
deliver_one (struct reactor *r)
{
    struct list *n = list_pop_front (&r->queue);
    if (!n)
        return false;
    struct reactor_item *item = list_entry (n, struct reactor_item, link);
    item->deliver (item);
    return true;
}

static void
deliver_all (struct reactor *r)
{
    for (int i = 0; i < DELIVER_LIMIT && deliver_one (r); i++)
        ;
}

/* --- timers: a binary heap ordered by (when, seq) --------------------------------------------------------------- */

static bool
before (const struct reactor_timer *a, const struct reactor_timer *b)
{
    return a->when != b->when ? a->when < b->when : a->seq < b->seq;
}

static void
heap_place (struct reactor *r, size_t i, struct reactor_timer *t)
{
    r->heap[i] = t;
    t->slot = i + 1;
}

static void
heap_up (struct reactor *r, size_t i)
{
    struct reactor_timer *t = r->heap[i];
    for (; i > 0 && before (t, r->heap[(i - 1) / 2]); i = (i - 1) / 2)
        heap_place (r, i, r->heap[(i - 1) / 2]);
    heap_place (r, i, t);
}

static void
heap_down (struct reactor *r, size_t i)
{
    struct reactor_timer *t = r->heap[i];
    for (size_t c; (c = 2 * i + 1) < r->heap_len; i = c) {
        if (c + 1 < r->heap_len && before (r->heap[c + 1], r->heap[c]))
            c++;
        if (!before (r->heap[c], t))
            break;
        heap_place (r, i, r->heap[c]);
    }
    heap_place (r, i, t);
}

void
reactor_timer_init (struct reactor_timer *t, void (*fire) (struct reactor_timer *), enum timer_class cls)
{
    *t = (struct reactor_timer){ .fire = fire, .cls = cls };
}

void
reactor_timer_set (struct reactor *r, struct reactor_timer *t, uint64_t when)
{
    reactor_timer_clear (r, t);
    if (r->heap_len == r->heap_cap) {
        size_t cap = r->heap_cap ? r->heap_cap * 2 : 64;
        struct reactor_timer **h = realloc (r->heap, cap * sizeof *h);
        if (!h)
            abort (); /* a lost timer would hang its operation for ever; a few bytes are always there */
        r->heap = h;
        r->heap_cap = cap;
    }
    t->when = when;
    t->seq = r->timer_seq++;
    heap_place (r, r->heap_len++, t);
    heap_up (r, r->heap_len - 1);
}

void
reactor_timer_clear (struct reactor *r, struct reactor_timer *t)
{
    if (!t->slot)
        return;
    size_t i = t->slot - 1;
    t->slot = 0;
    struct reactor_timer *last = r->heap[--r->heap_len];
    if (last == t)
        return;
    heap_place (r, i, last);
    heap_up (r, i);
    heap_down (r, last->slot - 1);
}

static bool
fire_one (struct reactor *r)
{
    if (!r->heap_len || r->heap[0]->when > reactor_now (r))
        return false;
    struct reactor_timer *t = r->heap[0];
    reactor_timer_clear (r, t);
    t->fire (t);
    return true;
}

static uint64_t
next_timer (const struct reactor *r)
{
    return r->heap_len ? r->heap[0]->when : UINT64_MAX;
}

/* --- descriptors ------------------------------------------------------------------------------------------------ */

int
reactor_fd_set (struct reactor *r, struct reactor_fd *f, uint32_t events)
{
    if (f->registered && f->events == events)
        return 0;
    struct epoll_event ev = { .events = events, .data.ptr = f };
    if (epoll_ctl (r->epoll_fd, f->registered ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, f->fd, &ev) < 0)
        return -errno;
    f->registered = true;
    f->events = events;
    return 0;
}

static void
note_removed (struct reactor *r, struct reactor_fd *f)
{
    if (r->nremoved == r->removed_cap) {
        size_t cap = r->removed_cap ? r->removed_cap * 2 : 16;
        struct reactor_fd **a = realloc (r->removed, cap * sizeof *a);
        if (!a)
            abort ();
        r->removed = a;
        r->removed_cap = cap;
    }
    r->removed[r->nremoved++] = f;
}

static bool
was_removed (const struct reactor *r, const struct reactor_fd *f)
{
    for (size_t i = 0; i < r->nremoved; i++)
        if (r->removed[i] == f)
            return true;
    return false;
}

void
reactor_fd_remove (struct reactor *r, struct reactor_fd *f)
{
    if (f->registered) {
        epoll_ctl (r->epoll_fd, EPOLL_CTL_DEL, f->fd, NULL);
        if (r->polling)
            note_removed (r, f);
    }
    f->registered = false;
    f->events = 0;
}

int
reactor_poll_fd (struct reactor *r)
{
    return r->epoll_fd;
}

/* --- a foreign loop ---------------------------------------------------------------------------------------------
 *
 * Its descriptor is an epoll of two: ours, and a timer that expires when the next of our timers does, or has expired
 * already if there is something to be fetched. It is never read, only set anew.
 */

enum { FOREIGN_AT_ONCE = 1 };

static void
tell_foreign (struct reactor *r)
{
    if (r->foreign.epoll_fd < 0)
        return;
    bool at_once = !list_empty (&r->queue) || r->foreign.pending (r->foreign.arg);
    uint64_t when = at_once ? FOREIGN_AT_ONCE : next_timer (r);
    if (when == r->foreign.armed)
        return;
    uint64_t set = when == UINT64_MAX ? 0 : when; /* 0 = off */
    struct itimerspec t = { .it_value = { (time_t) (set / NSEC_PER_SEC), (long) (set % NSEC_PER_SEC) } };
    if (timerfd_settime (r->foreign.timer_fd, TFD_TIMER_ABSTIME, &t, NULL) == 0)
        r->foreign.armed = when;
}

static int
open_foreign (struct reactor *r)
{
    struct epoll_event ev = { .events = EPOLLIN };
    r->foreign.epoll_fd = epoll_create1 (EPOLL_CLOEXEC);
    r->foreign.timer_fd = timerfd_create (CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    if (r->foreign.epoll_fd >= 0 && r->foreign.timer_fd >= 0
        && epoll_ctl (r->foreign.epoll_fd, EPOLL_CTL_ADD, r->epoll_fd, &ev) == 0
        && epoll_ctl (r->foreign.epoll_fd, EPOLL_CTL_ADD, r->foreign.timer_fd, &ev) == 0)
        return 0;
    int err = -errno;
    close_foreign (r);
    return err;
}

int
reactor_foreign_fd (struct reactor *r, bool (*pending) (void *arg), void *arg)
{
    if (r->foreign.epoll_fd < 0) {
        int err = r->source ? -EINVAL : open_foreign (r);
        if (err)
            return err;
        r->foreign.pending = pending;
        r->foreign.arg = arg;
        r->foreign.armed = UINT64_MAX;
    }
    return r->foreign.epoll_fd;
}

/* --- the loop --------------------------------------------------------------------------------------------------- */

static int
poll_timeout_ms (struct reactor *r, uint64_t timeout_ns)
{
    if (!list_empty (&r->queue) || timeout_ns == 0)
        return 0;
    uint64_t now = reactor_now (r), next = next_timer (r);
    uint64_t until = timeout_ns > UINT64_MAX - now ? UINT64_MAX : now + timeout_ns;
    until = MIN (until, next);
    r->poll_until = until;
    if (until == UINT64_MAX)
        return -1;
    if (until <= now)
        return 0;
    uint64_t ms = (until - now + NSEC_PER_MSEC - 1) / NSEC_PER_MSEC;
    return ms > 60000 ? 60000 : (int) ms;
}

/* A handler may remove another descriptor of the same batch: a removed one is not registered any more, and its
 * memory stays valid until the delivery queue has run (owners free through the queue). One that another thread removed
 * while the leader polled may be freed already, or be a new one in the same memory, which will be reported again. */
static void
handle_events (struct reactor *r, struct epoll_event *ev, int n)
{
    for (int i = 0; i < n; i++) {
        struct reactor_fd *f = ev[i].data.ptr; /* NULL: woken, no more */
        if (f && !was_removed (r, f) && f->registered)
            f->ready (f, ev[i].events);
    }
    r->nremoved = 0;
}

static void
step_locked (struct reactor *r, uint64_t timeout_ns, bool unlock)
{
    struct epoll_event ev[EVENTS_PER_POLL];
    r->now = 0;
    if (!unlock) /* a leader must not sleep after a delivery that ends its own wait */
        deliver_all (r);
    int ms = poll_timeout_ms (r, timeout_ns);
    if (unlock && ms != 0) {
        r->polling = true;
        tell_foreign (r);
        pthread_mutex_unlock (&r->lock);
    }
    int n = epoll_wait (r->epoll_fd, ev, EVENTS_PER_POLL, ms);
    if (unlock && ms != 0) {
        pthread_mutex_lock (&r->lock);
        r->polling = false;
    }
    r->now = 0;
    handle_events (r, ev, n);
    take_handed (r);
    deliver_all (r);
    while (fire_one (r))
        ;
    deliver_all (r);
}

void
reactor_step (struct reactor *r, uint64_t timeout_ns)
{
    pthread_mutex_lock (&r->lock);
    step_locked (r, timeout_ns, false);
    pthread_mutex_unlock (&r->lock);
}

void
reactor_run (struct reactor *r)
{
    pthread_mutex_lock (&r->lock);
    while (!__atomic_load_n (&r->stop, __ATOMIC_ACQUIRE))
        step_locked (r, UINT64_MAX, false);
    pthread_mutex_unlock (&r->lock);
}

void
reactor_stop (struct reactor *r)
{
    __atomic_store_n (&r->stop, true, __ATOMIC_RELEASE);
    reactor_wake (r);
}

/* --- the library's leader and followers -------------------------------------------------------------------------- */

void
reactor_enter (struct reactor *r)
{
    pthread_mutex_lock (&r->lock);
    r->now = 0;
}

/* Before the lock is given up: whoever waits and has nothing to wait for any more is woken, and the leader out of its
 * poll if that is the leader itself, or if there is something to do before it would look again. */
static void
wake_others (struct reactor *r)
{
    struct waiter *w;
    bool prod = next_timer (r) < r->poll_until || !list_empty (&r->queue);
    list_for_each (w, &r->waiters, link)
        if (w->done (w->arg)) {
            prod = prod || w == r->leader;
            pthread_cond_signal (&w->cond);
        }
    if (r->polling && prod) {
        r->poll_until = 0; /* once is enough */
        reactor_wake (r);
    }
}

void
reactor_leave (struct reactor *r)
{
    deliver_all (r);
    wake_others (r);
    tell_foreign (r);
    pthread_mutex_unlock (&r->lock);
}

static int
follow (struct reactor *r, struct waiter *me, uint64_t deadline)
{
    wake_others (r);
    tell_foreign (r);
    if (deadline == UINT64_MAX)
        return pthread_cond_wait (&me->cond, &r->lock);
    struct timespec ts = { .tv_sec = (time_t) (deadline / NSEC_PER_SEC),
                           .tv_nsec = (long) (deadline % NSEC_PER_SEC) };
    return pthread_cond_timedwait (&me->cond, &r->lock, &ts);
}

static void
lead (struct reactor *r, struct waiter *me, uint64_t deadline)
{
    uint64_t now = reactor_now (r);
    r->leader = me;
    step_locked (r, deadline == UINT64_MAX ? UINT64_MAX : deadline > now ? deadline - now : 0, true);
    r->leader = NULL;
    wake_others (r);
}

int
reactor_wait (struct reactor *r, bool (*done) (void *), void *arg, uint64_t deadline)
{
    struct waiter me = { .done = done, .arg = arg };
    pthread_condattr_t attr;
    bool looked = false;
    int err = 0;

    deliver_all (r);
    if (done (arg))
        return 0;
    pthread_condattr_init (&attr);
    pthread_condattr_setclock (&attr, CLOCK_MONOTONIC);
    pthread_cond_init (&me.cond, &attr);
    pthread_condattr_destroy (&attr);
    list_push_back (&r->waiters, &me.link);
    while (!done (arg)) {
        r->now = 0;
        if (!list_empty (&r->queue)) { /* what a timer completed: never poll with it undelivered, it may be what is waited for */
            deliver_all (r);
            wake_others (r);
            continue;
        }
        if (reactor_now (r) >= deadline && (looked || r->leader)) {
            err = -ETIMEDOUT;
            break;
        }
        if (r->leader)
            follow (r, &me, deadline);
        else
            lead (r, &me, deadline);
        looked = true;
    }
    list_remove (&me.link);
    struct waiter *next = list_first (&r->waiters, struct waiter, link);
    if (!r->leader && next)
        pthread_cond_signal (&next->cond);
    pthread_cond_destroy (&me.cond);
    return err;
}

/* --- simulation --------------------------------------------------------------------------------------------------- */

bool
reactor_sim_deliver_one (struct reactor *r)
{
    return deliver_one (r);
}

bool
reactor_sim_pending (struct reactor *r)
{
    return !list_empty (&r->queue);
}

uint64_t
reactor_sim_next_timer (struct reactor *r, bool only_work)
{
    if (!only_work)
        return next_timer (r);
    uint64_t when = UINT64_MAX;
    for (size_t i = 0; i < r->heap_len; i++)
        if (r->heap[i]->cls == TIMER_WORK)
            when = MIN (when, r->heap[i]->when);
    return when;
}

bool
reactor_sim_fire_one (struct reactor *r)
{
    return fire_one (r);
}
