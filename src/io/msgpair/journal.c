/*
 * Notes of messages under way; see journal.h. The process may end between any two stores: a note counts only once its state is set, and the
 * state is set last.
 */
#include "io/msgpair/journal.h"

static struct journal_page *
page_at (const struct journal *j, uint64_t index)
{
    return (struct journal_page *) (void *) (j->pages + index * j->stride);
}

static void
set_state (struct journal_note *n, uint32_t state)
{
    __atomic_store_n (&n->state, state, __ATOMIC_RELEASE);
}

void
journal_begin (struct journal *j, uint64_t request_id)
{
    struct journal_page *p = page_at (j, request_id & ((1 << JOURNAL_INDEX_BITS) - 1));
    p->nnotes = p->used = 0;
    __atomic_store_n (&p->request_id, request_id, __ATOMIC_RELEASE);
}

void
journal_clear (struct journal_page *p)
{
    __atomic_store_n (&p->request_id, 0, __ATOMIC_RELEASE);
}

struct journal_page *
journal_nth_page (const struct journal *j, unsigned nr)
{
    struct journal_page *p = page_at (j, nr);
    return p->request_id && p->nnotes <= JOURNAL_NOTES && p->used <= JOURNAL_ROOM ? p : NULL;
}

struct journal_page *
journal_page (const struct journal *j, uint64_t request_id)
{
    uint64_t index = request_id & ((1 << JOURNAL_INDEX_BITS) - 1);
    struct journal_page *p = request_id && index < j->npages ? journal_nth_page (j, (unsigned) index) : NULL;
    return p && p->request_id == request_id ? p : NULL;
}

struct journal_note *
journal_take (const struct journal *j, struct journal_page *p, uint64_t server, uint64_t key, bool *ret_old)
{
    struct journal_note *unused = NULL;
    for (uint32_t i = 0; i < p->nnotes; i++) {
        struct journal_note *n = &p->notes[i];
        if (n->life == j->life)
            continue;
        if (n->state != NOTE_SENT && n->state != NOTE_ANSWERED) {
            unused = unused ? unused : n;
        } else if (n->server == server && n->key == key) {
            n->life = j->life;
            *ret_old = true;
            return n;
        }
    }
    if (!unused && p->nnotes == JOURNAL_NOTES)
        return NULL;
    struct journal_note *n = unused ? unused : &p->notes[p->nnotes];
    *n = (struct journal_note){ .life = j->life, .server = server, .key = key };
    if (!unused)
        __atomic_store_n (&p->nnotes, p->nnotes + 1, __ATOMIC_RELEASE);
    *ret_old = false;
    return n;
}

void
journal_sent (struct journal_note *n, uint32_t slot, uint64_t seq)
{
    n->slot = slot;
    n->seq = seq;
    set_state (n, NOTE_SENT);
}

void
journal_answered (struct journal_page *p, struct journal_note *n, const void *answer, size_t len)
{
    if (len > JOURNAL_ROOM - p->used) {
        set_state (n, NOTE_OVER);
        return;
    }
    memcpy (p->room + p->used, answer, len);
    n->answer_at = p->used;
    n->answer_len = (uint32_t) len;
    p->used += (uint32_t) len;
    set_state (n, NOTE_ANSWERED);
}

void
journal_over (struct journal_note *n)
{
    if (n->state != NOTE_ANSWERED)
        set_state (n, NOTE_OVER);
}

bool
journal_left_over (const struct journal *j, const struct journal_note *n)
{
    return n->state == NOTE_SENT && n->life != j->life;
}
