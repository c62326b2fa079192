/*
 * The rings and the two requests that read them; see history.h.
 */
#include "server/history.h"

#include "common/error/error.h"
#include "proto/ops/event_mon.h"
#include "proto/ops/get_uid.h"

struct history {
    uint64_t nevents;
    uint32_t nusers;
    bool muted[PROTO_OP_COUNT];                /* operations that are not noted */
    struct server_event events[EVENT_MON_MAX]; /* event i of all times at i % EVENT_MON_MAX */
    struct uid_seen users[GET_UID_MAX];        /* the latest first */
};

int
history_new (struct history **ret)
{
    struct history *h = malloc (sizeof *h);
    if (!h)
        return -ENOMEM;
    memset (h, 0, offsetof (struct history, events)); /* the rings are empty */
    *ret = h;
    return 0;
}

static void
note_event (const struct server_op *op, uint32_t what, uint64_t value, uint64_t now)
{
    struct history *h = op->server->history;
    if (op->req.op < PROTO_OP_COUNT && h->muted[op->req.op])
        return;
    h->events[h->nevents++ % EVENT_MON_MAX] = (struct server_event){ op->req.op, value, op->id, what, now };
}

/* To the front; the one who was not seen for longest gives way. */
static void
note_user (struct history *h, uint32_t uid, uint64_t now)
{
    uint32_t i = 0;
    while (i < h->nusers && h->users[i].uid != uid)
        i++;
    struct uid_seen u = { uid, 0, now, now };
    if (i < h->nusers)
        u = h->users[i];
    else if (h->nusers < GET_UID_MAX)
        h->nusers++;
    else
        i--;
    memmove (&h->users[1], &h->users[0], i * sizeof u);
    u.count++;
    u.last = now;
    h->users[0] = u;
}

void
history_begin (const struct server_op *op)
{
    if (!op->peer)
        return;
    note_event (op, EVENT_BEGIN, op->req.cred.uid, op->began);
    note_user (op->server->history, op->req.cred.uid, op->began);
}

void
history_end (const struct server_op *op, int error, uint64_t now)
{
    if (op->peer)
        note_event (op, EVENT_END, error ? (uint64_t) -(int64_t) pvfs_error_from_errno (error) : 0, now);
}

/* Words separated by commas; each must be known before any takes effect. */
static int
each_event (struct history *h, const char *names, bool apply, bool on)
{
    char word[32];
    while (*names) {
        size_t n = strcspn (names, ",");
        if (n >= sizeof word)
            return -EINVAL;
        memcpy (word, names, n);
        word[n] = 0;
        bool all = strcmp (word, "all") == 0, known = all || n == 0;
        for (unsigned op = 0; op < PROTO_OP_COUNT; op++) {
            const struct proto_op_info *info = proto_op_info (op);
            if (!info || (!all && strcmp (info->name, word) != 0))
                continue;
            known = true;
            if (apply)
                h->muted[op] = !on;
        }
        if (!known)
            return -EINVAL;
        names += n + (names[n] == ',');
    }
    return 0;
}

int
history_events (struct server *s, const char *names, bool on)
{
    int r = each_event (s->history, names, false, on);
    return r < 0 ? r : each_event (s->history, names, true, on);
}

/* --- reading them --------------------------------------------------------------------------------------------------------------- */

static int
event_mon (struct server_op *op)
{
    const struct history *h = op->server->history;
    struct event_mon_resp *a = RESP (op, event_mon);
    uint64_t there = MIN (h->nevents, (uint64_t) EVENT_MON_MAX);
    a->nevents = (uint32_t) MIN (there, (uint64_t) REQ (op, event_mon)->count);
    a->events = arena_array (&op->arena, MAX (a->nevents, 1u), sizeof *a->events);
    if (!a->events)
        return -ENOMEM;
    for (uint32_t i = 0; i < a->nevents; i++)
        a->events[i] = h->events[(h->nevents - a->nevents + i) % EVENT_MON_MAX];
    return 0;
}

const struct op_desc event_mon_desc = { .op = PROTO_event_mon, .plain = event_mon };

static int
get_uid (struct server_op *op)
{
    struct history *h = op->server->history;
    struct get_uid_resp *a = RESP (op, get_uid);
    uint64_t now = server_now (op->server), back = REQ (op, get_uid)->history * NSEC_PER_SEC;
    a->users = h->users;
    while (a->nusers < h->nusers && (!back || now - MIN (now, h->users[a->nusers].last) <= back))
        a->nusers++;
    return 0;
}

const struct op_desc get_uid_desc = { .op = PROTO_get_uid, .plain = get_uid };
