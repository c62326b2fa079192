/*
 * The search; see linear.h.
 */
#include "linear.h"

struct node {
    uint64_t done;
    uint8_t slot[NAMES_SLOTS];
    bool used;
};

struct search {
    const struct linear_call *calls;
    unsigned n;
    const uint64_t *handles;
    struct node *seen;      /* open addressing; size is a power of two */
    size_t size, used;
};

static size_t
place_of (const struct search *s, uint64_t done, const uint8_t *slot)
{
    uint64_t h = done * 0x9e3779b97f4a7c15ull;
    for (int i = 0; i < NAMES_SLOTS; i++)
        h = (h ^ slot[i]) * 0xbf58476d1ce4e5b9ull;
    size_t at = (size_t) (h ^ h >> 29) & (s->size - 1);
    while (s->seen[at].used && (s->seen[at].done != done || memcmp (s->seen[at].slot, slot, NAMES_SLOTS) != 0))
        at = (at + 1) & (s->size - 1);
    return at;
}

static void
grow (struct search *s)
{
    struct node *old = s->seen;
    size_t n = s->size;
    s->size = n ? n * 2 : 1024;
    s->seen = calloc (s->size, sizeof *s->seen);
    assert (s->seen);
    for (size_t i = 0; i < n; i++)
        if (old[i].used)
            s->seen[place_of (s, old[i].done, old[i].slot)] = old[i];
    free (old);
}

/* True the first time. */
static bool
is_new (struct search *s, uint64_t done, const struct names *names)
{
    if (s->used * 2 >= s->size)
        grow (s);
    struct node *n = &s->seen[place_of (s, done, names->slot)];
    if (n->used)
        return false;
    *n = (struct node){ .done = done, .used = true };
    memcpy (n->slot, names->slot, NAMES_SLOTS);
    s->used++;
    return true;
}

static bool
answer_fits (const struct search *s, const struct linear_call *c, int error, uint8_t object)
{
    if (!c->answered)
        return true;
    if (!names_same_error (c->op.kind, error, c->error))
        return false;
    if (c->op.kind != NAMES_LOOKUP || error)
        return true;
    return !s->handles[object] || s->handles[object] == c->handle;
}

/* The first end among the calls that are left: nothing that begins behind it may come before it. */
static uint64_t
first_end (const struct search *s, uint64_t done, bool *ret_left)
{
    uint64_t end = UINT64_MAX;
    *ret_left = false;
    for (unsigned i = 0; i < s->n; i++)
        if (!(done & 1ull << i) && s->calls[i].answered) {
            end = MIN (end, s->calls[i].end);
            *ret_left = true;
        }
    return end;
}

static bool
search (struct search *s, uint64_t done, const struct names *names)
{
    bool left;
    uint64_t end = first_end (s, done, &left);
    if (!left)
        return true;
    if (!is_new (s, done, names))
        return false;
    for (unsigned i = 0; i < s->n; i++) {
        const struct linear_call *c = &s->calls[i];
        struct names next = *names;
        uint8_t object;
        if (done & 1ull << i || c->begun > end)
            continue;
        int r = names_apply (&next, &c->op, &object);
        if (!c->answered && memcmp (next.slot, names->slot, NAMES_SLOTS) == 0)
            continue; /* it changes nothing here: as if it never happened */
        if (answer_fits (s, c, r, object) && search (s, done | 1ull << i, &next))
            return true;
    }
    return false;
}

bool
linear_explains (const struct names *before, const struct linear_call *calls, unsigned n, const uint64_t *handles)
{
    struct search s = { .calls = calls, .n = n, .handles = handles };
    assert (n <= LINEAR_CALLS);
    bool found = search (&s, 0, before);
    free (s.seen);
    return found;
}
