/*
 * Chunked content; see image.h.
 */
#include "io/trove/mem/image.h"

static void
chunk_unref (struct image_chunk *c)
{
    if (--c->refs == 0)
        free (c);
}

void
image_fini (struct image *i)
{
    for (size_t s = 0; s < i->n; s++)
        chunk_unref (i->slots[s].chunk);
    free (i->slots);
    *i = (struct image){ 0 };
}

int
image_clone (const struct image *from, struct image *ret)
{
    struct image copy = *from;
    copy.cap = from->n;
    copy.slots = calloc (MAX (from->n, (size_t)1), sizeof *copy.slots);
    if (!copy.slots)
        return -ENOMEM;
    for (size_t s = 0; s < from->n; s++) {
        copy.slots[s] = from->slots[s];
        copy.slots[s].chunk->refs++;
    }
    *ret = copy;
    return 0;
}

/* The first slot >= index. */
static size_t
slot_of (const struct image *i, int64_t index)
{
    size_t lo = 0, hi = i->n;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (i->slots[mid].index < index)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

static int
add_slot (struct image *i, size_t at, int64_t index)
{
    struct image_chunk *c = calloc (1, sizeof *c);
    if (i->n == i->cap && c) {
        size_t cap = i->cap ? i->cap * 2 : 4;
        struct image_slot *s = realloc (i->slots, cap * sizeof *s);
        if (!s) {
            free (c);
            return -ENOMEM;
        }
        i->slots = s;
        i->cap = cap;
    }
    if (!c)
        return -ENOMEM;
    c->refs = 1;
    memmove (i->slots + at + 1, i->slots + at, (i->n - at) * sizeof *i->slots);
    i->slots[at] = (struct image_slot){ index, c };
    i->n++;
    return 0;
}

/* A chunk of our own to write to. */
static struct image_chunk *
own_chunk (struct image *i, int64_t index)
{
    size_t at = slot_of (i, index);
    if (at == i->n || i->slots[at].index != index)
        return add_slot (i, at, index) ? NULL : i->slots[at].chunk;
    struct image_chunk *c = i->slots[at].chunk;
    if (c->refs == 1)
        return c;
    struct image_chunk *copy = malloc (sizeof *copy);
    if (!copy)
        return NULL;
    memcpy (copy->data, c->data, sizeof copy->data);
    copy->refs = 1;
    c->refs--;
    i->slots[at].chunk = copy;
    return copy;
}

void
image_read (const struct image *i, int64_t off, void *buf, size_t n)
{
    uint8_t *p = buf;
    while (n) {
        size_t in = (size_t)(off % IMAGE_CHUNK), step = MIN (n, IMAGE_CHUNK - in),
               at = slot_of (i, off / IMAGE_CHUNK);
        if (at < i->n && i->slots[at].index == off / IMAGE_CHUNK)
            memcpy (p, i->slots[at].chunk->data + in, step);
        else
            memset (p, 0, step);
        p += step;
        off += (int64_t)step;
        n -= step;
    }
}

int
image_write (struct image *i, int64_t off, const void *buf, size_t n)
{
    const uint8_t *p = buf;
    int64_t end = off + (int64_t)n;
    i->exists = true;
    while (n) {
        size_t in = (size_t)(off % IMAGE_CHUNK), step = MIN (n, IMAGE_CHUNK - in);
        struct image_chunk *c = own_chunk (i, off / IMAGE_CHUNK);
        if (!c)
            return -ENOMEM;
        memcpy (c->data + in, p, step);
        p += step;
        off += (int64_t)step;
        n -= step;
    }
    i->size = MAX (i->size, end);
    return 0;
}

/* What lies beyond the end is always zero or missing, so that growing needs nothing. */
int
image_resize (struct image *i, int64_t size)
{
    i->exists = true;
    if (size < i->size) {
        size_t keep = slot_of (i, (size + IMAGE_CHUNK - 1) / IMAGE_CHUNK);
        for (size_t s = keep; s < i->n; s++)
            chunk_unref (i->slots[s].chunk);
        i->n = keep;
        size_t in = (size_t)(size % IMAGE_CHUNK);
        if (in && keep && i->slots[keep - 1].index == size / IMAGE_CHUNK) {
            struct image_chunk *c = own_chunk (i, size / IMAGE_CHUNK);
            if (!c)
                return -ENOMEM;
            memset (c->data + in, 0, IMAGE_CHUNK - in);
        }
    }
    i->size = size;
    return 0;
}
