/*
 * journal: what a client notes in memory that outlives its process, so that its next life repeats requests without doing anything twice.
 *
 *   page (one per request of the user, by request id)
 *     note  which server, slot and sequence a message went under, written before it is sent
 *           metadata: its answer, as it came         data: only that it is under way
 *
 * The next life posts the same requests again. A message that it finds noted is, if answered, answered from the note; if not, a metadata
 * request goes again under the same slot and sequence – the server's reply record answers a repeat – and a data request under the same slot
 * and a later sequence, so that the server starts it only when nothing of the old one runs. A message is known by what it says (server,
 * operation, first bytes of its body) and by its order among equal ones.
 *
 * A page is written by one thread and read by nobody before that process is dead. Whoever provides the pages clears and frees them.
 */
#ifndef IO_JOURNAL_H
#define IO_JOURNAL_H

#include "common/base/base.h"

enum {
    JOURNAL_NOTES = 40,    /* messages of one request; more are not noted */
    JOURNAL_ROOM = 36864,  /* for answers: the longest there is and some short ones */
    JOURNAL_INDEX_BITS = 10, /* lowest bits of a request id: the page */
};

enum note_state { NOTE_SENT = 1, NOTE_ANSWERED, NOTE_OVER };

struct journal_note {
    uint32_t state;
    uint32_t life; /* that wrote or took it up last */
    uint32_t slot;
    uint32_t answer_at, answer_len; /* in the page's room */
    uint64_t server, key;
    uint64_t seq;
};

struct journal_page {
    uint64_t request_id; /* 0: nothing is noted */
    uint32_t nnotes, used;
    struct journal_note notes[JOURNAL_NOTES];
    char room[JOURNAL_ROOM];
};

struct journal {
    char *pages; /* struct journal_page every `stride` bytes */
    size_t stride;
    unsigned npages; /* at most 1 << JOURNAL_INDEX_BITS */
    uint32_t life;   /* of this process, from 1 */
};

/* Begins the page for a request whose id has its number in the lowest bits. */
void journal_begin (struct journal *j, uint64_t request_id);
void journal_clear (struct journal_page *p);
/* NULL: the request is none that notes. */
struct journal_page *journal_page (const struct journal *j, uint64_t request_id);
/* The same by its number, 0 to npages - 1. */
struct journal_page *journal_nth_page (const struct journal *j, unsigned nr);

/* The note of a message: from an earlier life – *ret_old – or a new one, not yet valid. NULL: no room, it goes unnoted. */
struct journal_note *journal_take (const struct journal *j, struct journal_page *p, uint64_t server, uint64_t key, bool *ret_old);
void journal_sent (struct journal_note *n, uint32_t slot, uint64_t seq);
void journal_answered (struct journal_page *p, struct journal_note *n, const void *answer, size_t len);
void journal_over (struct journal_note *n); /* not under way any more; keeps an answer */
/* Under way since an earlier life and not taken up: its slot is reserved for it. */
bool journal_left_over (const struct journal *j, const struct journal_note *n);

#endif
