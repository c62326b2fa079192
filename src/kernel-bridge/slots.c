/*
 * Receive buffers and records in the supervisor's memfd; see slots.h.
 */
#include "kernel-bridge/slots.h"

#include <linux/fuse.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#define ROUND_UP(n) (((n) + (size_t)SLOT_PAGE - 1) / SLOT_PAGE * SLOT_PAGE)
#define HEAD_BYTES ROUND_UP (sizeof (struct slots_head))
#define BIG_BYTES ((size_t)SLOT_BIG_COUNT * SLOT_BIG_SIZE)
#define SMALL_BYTES ((size_t)SLOT_SMALL_COUNT * SLOT_SMALL_SIZE)
#define RECORD_SIZE ROUND_UP (sizeof (struct slot_record))
#define OPEN_AT (HEAD_BYTES + BIG_BYTES + SMALL_BYTES + SLOT_COUNT * RECORD_SIZE)
#define ALL_BYTES (OPEN_AT + SLOTS_OPEN_FILES * sizeof (struct open_file))

/* Changes with anything that two versions of the core would read differently. */
enum { SLOTS_VERSION = 2, SLOTS_LAYOUT = SLOTS_VERSION << 20 | (uint32_t)sizeof (struct slot_record) };

_Static_assert (SLOT_COUNT <= 1 << JOURNAL_INDEX_BITS, "a request id names its slot");

int
slots_create (int *ret_fd)
{
    int fd = memfd_create ("pvfs2-slots", MFD_CLOEXEC);
    if (fd < 0)
        return -errno;
    if (ftruncate (fd, (off_t)ALL_BYTES) < 0) {
        int err = -errno;
        close (fd);
        return err;
    }
    *ret_fd = fd;
    return 0;
}

static struct slot *
slot_at (const struct slots *s, unsigned i)
{
    char *slots = s->base + HEAD_BYTES;
    return (struct slot *)(void *)(i < SLOT_BIG_COUNT ? slots + (size_t)i * SLOT_BIG_SIZE
                                                      : slots + BIG_BYTES + (size_t)(i - SLOT_BIG_COUNT) * SLOT_SMALL_SIZE);
}

static unsigned
slot_number (const struct slots *s, const struct slot *slot)
{
    size_t at = (size_t)((const char *)slot - s->base) - HEAD_BYTES;
    return at < BIG_BYTES ? (unsigned)(at / SLOT_BIG_SIZE)
                          : (unsigned)(SLOT_BIG_COUNT + (at - BIG_BYTES) / SLOT_SMALL_SIZE);
}

static void
set_state (struct slot *slot, enum slot_state state)
{
    __atomic_store_n (&slot->state, state, __ATOMIC_RELEASE);
}

struct slot_record *
slots_record (const struct slots *s, const struct slot *slot)
{
    return (struct slot_record *)(void *)(s->base + HEAD_BYTES + BIG_BYTES + SMALL_BYTES + slot_number (s, slot) * RECORD_SIZE);
}

/* --- beginning a life ----------------------------------------------------------------------- */

static bool
received_elsewhere (const struct slots *s, uint64_t unique)
{
    for (unsigned i = 0; i < SLOT_COUNT; i++)
        if (slot_at (s, i)->state >= SLOT_RECEIVED && slot_at (s, i)->unique == unique)
            return true;
    return false;
}

/* The last core died while it read this: did a message come, and was it not copied yet? */
static bool
complete_received (struct slots *s, struct slot *slot)
{
    const struct fuse_in_header *in = (const void *)slots_message (s, slot);
    if (in->len < sizeof *in || in->len > SLOT_BIG_MESSAGE || received_elsewhere (s, in->unique))
        return false;
    uint64_t seed = (uint64_t)s->head->life << 32 | slot_number (s, slot);
    slots_received (s, slot, in->len, hash_u64 (seed) | 1 << JOURNAL_INDEX_BITS, true); /* nothing of it was done */
    return true;
}

static void
find_what_is_left (struct slots *s)
{
    for (unsigned i = SLOT_COUNT; i-- > 0;) {
        struct slot *slot = slot_at (s, i);
        bool left = slot->state >= SLOT_RECEIVED;
        if (slot->state == SLOT_RECEIVING)
            left = i < SLOT_BIG_COUNT && complete_received (s, slot);
        if (left)
            continue;
        journal_clear (&slots_record (s, slot)->journal);
        slots_give_back (s, slot);
    }
}

int
slots_map (int fd, struct slots *s)
{
    char *base = mmap (NULL, ALL_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (base == MAP_FAILED)
        return -errno;
    struct slots_head *head = (void *)base;
    if (head->life && head->layout != SLOTS_LAYOUT) {
        munmap (base, ALL_BYTES);
        return -EPROTO;
    }
    *s = (struct slots){ .base = base, .head = head };
    head->layout = SLOTS_LAYOUT;
    head->life++;
    s->journal = (struct journal){ .pages = (char *)&slots_record (s, slot_at (s, 0))->journal,
                                   .stride = RECORD_SIZE,
                                   .npages = SLOT_COUNT,
                                   .life = head->life };
    if (head->life > 1)
        find_what_is_left (s);
    else
        for (unsigned i = SLOT_COUNT; i-- > 0;)
            slots_give_back (s, slot_at (s, i));
    return 0;
}

void
slots_unmap (struct slots *s)
{
    if (s->base)
        munmap (s->base, ALL_BYTES);
    s->base = NULL;
}

struct slot *
slots_left (struct slots *s, unsigned *from)
{
    while (*from < SLOT_COUNT) {
        struct slot *slot = slot_at (s, (*from)++);
        if (slot->state >= SLOT_RECEIVED)
            return slot;
    }
    return NULL;
}

/* --- a message ------------------------------------------------------------------------------ */

/* A process that is killed inside read () takes no new page, and then the message would be lost: so all pages are there before. */
static void
populate (struct slots *s, unsigned i)
{
    if (!s->populated[i])
        madvise (s->base + HEAD_BYTES + (size_t)i * SLOT_BIG_SIZE, SLOT_BIG_SIZE, MADV_POPULATE_WRITE);
    s->populated[i] = true;
}

struct slot *
slots_take_big (struct slots *s)
{
    if (!s->nbig)
        return NULL;
    unsigned i = s->big[--s->nbig];
    struct slot *slot = slot_at (s, i);
    populate (s, i);
    ((struct fuse_in_header *)(void *)slots_message (s, slot))->len = 0;
    set_state (slot, SLOT_RECEIVING);
    return slot;
}

struct slot *
slots_take_small (struct slots *s)
{
    return s->nsmall ? slot_at (s, s->small[--s->nsmall]) : NULL;
}

static size_t
place (uint64_t unique)
{
    return (unique >> 1) % (2 * SLOT_SMALL_COUNT); /* the kernel counts in twos */
}

void
slots_received (struct slots *s, struct slot *slot, size_t size, uint64_t request_id, bool changes)
{
    struct slot_record *r = slots_record (s, slot);
    const uint64_t mask = (1 << JOURNAL_INDEX_BITS) - 1;
    slot->length = (uint32_t)size;
    slot->unique = ((const struct fuse_in_header *)(const void *)slots_message (s, slot))->unique;
    slot->request_id = (request_id & ~mask) | slot_number (s, slot);
    s->by_unique[place (slot->unique)] = slot;
    r->has_offset = r->answer_size = 0;
    r->hold = 0;
    if (changes)
        journal_begin (&s->journal, slot->request_id);
    set_state (slot, SLOT_RECEIVED);
}

struct slot *
slots_by_unique (const struct slots *s, uint64_t unique)
{
    struct slot *slot = s->by_unique[place (unique)];
    return slot && slot->unique == unique && slot->state == SLOT_RECEIVED ? slot : NULL;
}

void
slots_answered (struct slots *s, struct slot *slot, const struct iovec *iov, int count)
{
    struct slot_record *r = slots_record (s, slot);
    size_t size = 0;
    for (int i = 0; i < count; i++) {
        if (iov[i].iov_len > SLOT_ANSWER - size)
            return;
        memcpy (r->answer + size, iov[i].iov_base, iov[i].iov_len);
        size += iov[i].iov_len;
    }
    r->answer_size = (uint32_t)size;
    set_state (slot, SLOT_ANSWERED);
}

void
slots_give_back (struct slots *s, struct slot *slot)
{
    if (!slot)
        return;
    unsigned i = slot_number (s, slot);
    set_state (slot, SLOT_FREE);
    if (i < SLOT_BIG_COUNT)
        s->big[s->nbig++] = (uint16_t)i;
    else
        s->small[s->nsmall++] = (uint16_t)i;
}

char *
slots_message (struct slots *s, struct slot *slot)
{
    return (char *)slot
           + (slot_number (s, slot) < SLOT_BIG_COUNT ? SLOT_PAGE - SLOT_WRITE_HEADER : 64);
}

/* --- open files ----------------------------------------------------------------------------- */

struct open_file *
slots_open_file (const struct slots *s, unsigned i)
{
    return (struct open_file *)(void *)(s->base + OPEN_AT) + i;
}

static void
set_open_files (struct slots *s, uint32_t n)
{
    __atomic_store_n (&s->head->open_files, n, __ATOMIC_RELEASE);
}

struct open_file *
slots_open_add (struct slots *s, uint64_t handle)
{
    uint32_t n = s->head->open_files;
    if (n == SLOTS_OPEN_FILES)
        return NULL;
    struct open_file *f = slots_open_file (s, n);
    *f = (struct open_file){ .handle = handle };
    set_open_files (s, n + 1);
    return f;
}

uint64_t
slots_open_remove (struct slots *s, struct open_file *f)
{
    uint32_t last = s->head->open_files - 1;
    const struct open_file *moved = slots_open_file (s, last);
    f->handle = moved->handle; /* before its number: killed between, the old place has the right one still */
    __atomic_store_n (&f->opens, moved->opens, __ATOMIC_RELEASE);
    set_open_files (s, last);
    return f->handle;
}
