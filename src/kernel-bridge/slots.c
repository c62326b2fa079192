/*
 * Receive buffers in the supervisor's memfd; see slots.h.
 */
#include "kernel-bridge/slots.h"

#include <sys/mman.h>
#include <unistd.h>

enum {
    BIG_BYTES = SLOT_BIG_COUNT * SLOT_BIG_SIZE,
    ALL_BYTES = BIG_BYTES + SLOT_SMALL_COUNT * SLOT_SMALL_SIZE
};

int
slots_create (int *ret_fd)
{
    int fd = memfd_create ("pvfs2-slots", MFD_CLOEXEC);
    if (fd < 0)
        return -errno;
    if (ftruncate (fd, ALL_BYTES) < 0) {
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
    return (struct slot *)(i < SLOT_BIG_COUNT
                               ? s->base + (size_t)i * SLOT_BIG_SIZE
                               : s->base + BIG_BYTES
                                     + (size_t)(i - SLOT_BIG_COUNT) * SLOT_SMALL_SIZE);
}

static unsigned
slot_number (const struct slots *s, const struct slot *slot)
{
    size_t at = (size_t)((const char *)slot - s->base);
    return at < BIG_BYTES ? (unsigned)(at / SLOT_BIG_SIZE)
                          : (unsigned)(SLOT_BIG_COUNT + (at - BIG_BYTES) / SLOT_SMALL_SIZE);
}

int
slots_map (int fd, struct slots *s)
{
    char *base = mmap (NULL, ALL_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (base == MAP_FAILED)
        return -errno;
    *s = (struct slots){ .base = base };
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
slots_take_big (struct slots *s)
{
    return s->nbig ? slot_at (s, s->big[--s->nbig]) : NULL;
}

struct slot *
slots_take_small (struct slots *s)
{
    return s->nsmall ? slot_at (s, s->small[--s->nsmall]) : NULL;
}

void
slots_give_back (struct slots *s, struct slot *slot)
{
    if (!slot)
        return;
    unsigned i = slot_number (s, slot);
    slot->state = SLOT_FREE;
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
