/*
 * slots: the receive buffers for FUSE messages. They live in a memfd that the supervisor creates
 * and every core maps, so that what a dead core had not answered can be found again: state, request
 * id and the message's bytes.
 *
 *   big slot    | struct slot … | 80 bytes of WRITE header | payload, page-aligned, up to 1 MiB |
 *               0          4096-80                       4096
 *   small slot  | struct slot | message, up to SLOT_SMALL_MESSAGE bytes |
 *
 * Every message is received into a big slot. A WRITE keeps it until it is answered – its payload
 * goes from there to the sockets without a copy; other messages are copied into a small slot, and
 * the big one is free again at once.
 *
 * The free lists belong to the core (one thread). They are last in, first out: memory in use stays
 * warm.
 */
#ifndef KERNEL_BRIDGE_SLOTS_H
#define KERNEL_BRIDGE_SLOTS_H

#include "common/base/base.h"

enum {
    SLOT_PAGE = 4096,
    SLOT_WRITE_HEADER = 80, /* struct fuse_in_header + struct fuse_write_in */
    SLOT_PAYLOAD = 1 << 20, /* the session's max_write */
    SLOT_BIG_SIZE = SLOT_PAGE + SLOT_PAYLOAD,
    SLOT_BIG_MESSAGE = SLOT_WRITE_HEADER + SLOT_PAYLOAD,
    SLOT_SMALL_SIZE = 8192,
    SLOT_SMALL_MESSAGE = SLOT_SMALL_SIZE - 64,
    SLOT_BIG_COUNT = 96,    /* at most so many writes at once; memory is touched only when used */
    SLOT_SMALL_COUNT = 512, /* other requests at once */
    SLOT_COUNT = SLOT_BIG_COUNT + SLOT_SMALL_COUNT,
};

enum slot_state { SLOT_FREE = 0, SLOT_RECEIVED = 1 };

/* At the start of each slot; read by the next core. */
struct slot {
    uint32_t state;
    uint32_t length;     /* of the message */
    uint64_t unique;     /* the kernel's number of the request */
    uint64_t request_id; /* ours, the same if it is repeated */
};

struct slots {
    char *base;
    uint16_t big[SLOT_BIG_COUNT],
        small[SLOT_SMALL_COUNT]; /* free ones, as stacks of slot numbers */
    unsigned nbig, nsmall;
};

/* The supervisor's half: a new memfd, all slots free (close-on-exec; let the core inherit it
 * explicitly). Negative errno. */
int slots_create (int *ret_fd);

/* The core's half. */
int slots_map (int fd, struct slots *s);
void slots_unmap (struct slots *s); /* accepts zeroed memory */

struct slot *slots_take_big (struct slots *s); /* NULL: all in use */
struct slot *slots_take_small (struct slots *s);
void slots_give_back (struct slots *s, struct slot *slot); /* NULL is fine */
char *slots_message (struct slots *s, struct slot *slot);

#endif
