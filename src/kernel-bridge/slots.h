/*
 * slots: the receive buffers for FUSE messages, and all else that a core leaves to the next one. They live in a memfd that the
 * supervisor creates and every core maps.
 *
 *   head        | number of the life, answer to INIT, configuration |
 *   big slot    | struct slot … | 80 bytes of WRITE header | payload, page-aligned, up to 1 MiB |
 *               0          4096-80                       4096
 *   small slot  | struct slot | message, up to SLOT_SMALL_MESSAGE bytes |
 *   record      | the answer to the kernel, a write's offset, the messages that went to servers (msgpair/journal.h) |   one per slot
 *   open files  | handle, how often open |
 *
 * Every message is received into a big slot. A WRITE keeps it until it is answered – its payload
 * goes from there to the sockets without a copy; other messages are copied into a small slot, and
 * the big one is free again at once.
 *
 *   FREE → RECEIVING → RECEIVED → ANSWERED → FREE
 *
 * A core may be killed between any two stores, so a state is set after what it promises. RECEIVING: a read () may have brought a message; the
 * header tells. RECEIVED: to be done (again). ANSWERED: the record has the answer, which may or may not have reached the kernel.
 *
 * The free lists belong to the core (one thread). They are last in, first out: memory in use stays
 * warm.
 */
#ifndef KERNEL_BRIDGE_SLOTS_H
#define KERNEL_BRIDGE_SLOTS_H

#include "client/sysint/client.h"

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
    SLOT_ANSWER = 512,      /* longer answers are of reads, which may be repeated */
    SLOTS_INIT_ANSWER = 256,
    SLOTS_CONFIG = 1 << 20,
    SLOTS_OPEN_FILES = 1 << 20,
};

enum slot_state { SLOT_FREE = 0, SLOT_RECEIVING, SLOT_RECEIVED, SLOT_ANSWERED };

/* At the start of each slot; read by the next core. */
struct slot {
    uint32_t state;
    uint32_t length;     /* of the message */
    uint64_t unique;     /* the kernel's number of the request */
    uint64_t request_id; /* ours, the same if it is repeated */
};

struct slot_record {
    int64_t offset; /* where a write went, once it was known */
    uint64_t hold;  /* the stamp of an open (holds.h); 0: none yet */
    uint32_t has_offset;
    uint32_t answer_size;
    char answer[SLOT_ANSWER];
    struct journal_page journal;
};

/* One that a server may hold for us (holds.h). */
struct open_file {
    uint64_t handle;
    uint64_t opens; /* never too few, whenever a core dies */
};

struct slots_head {
    uint32_t layout;             /* SLOTS_LAYOUT */
    uint32_t life;               /* counts the cores */
    uint32_t init_answer_size;   /* 0: INIT is not answered yet */
    uint32_t config_size;        /* 0: no server was asked yet */
    uint32_t open_files;         /* in use of the table; the last one may stand there twice, with fewer opens before */
    char init_answer[SLOTS_INIT_ANSWER];
    char config[SLOTS_CONFIG];
};

struct slots {
    char *base;
    struct slots_head *head;
    struct journal journal;
    uint16_t big[SLOT_BIG_COUNT],
        small[SLOT_SMALL_COUNT]; /* free ones, as stacks of slot numbers */
    unsigned nbig, nsmall;
    bool populated[SLOT_BIG_COUNT];
    struct slot *by_unique[2 * SLOT_SMALL_COUNT]; /* where a request was put last; others may have taken its place */
};

/* The supervisor's half: a new memfd, all slots free (close-on-exec; let the core inherit it
 * explicitly). Negative errno. */
int slots_create (int *ret_fd);

/* The core's half: begins a new life. What an earlier one left undone is not free: slots_left. -EPROTO: of another version of this program. */
int slots_map (int fd, struct slots *s);
void slots_unmap (struct slots *s); /* accepts zeroed memory */

/* The next slot from number *from on that an earlier life left RECEIVED or ANSWERED; NULL: no more. */
struct slot *slots_left (struct slots *s, unsigned *from);

struct slot *slots_take_big (struct slots *s); /* NULL: all in use. RECEIVING */
struct slot *slots_take_small (struct slots *s);
/* A message of `size` bytes is in the slot, to be done under `request_id`, whose lowest bits are replaced by the slot's number. With `changes`
 * its messages to servers are noted. */
void slots_received (struct slots *s, struct slot *slot, size_t size, uint64_t request_id, bool changes);
/* The slot of a request that is not answered, if it is easily found. */
struct slot *slots_by_unique (const struct slots *s, uint64_t unique);
/* Notes the answer before it goes out; too long a one is not noted. */
void slots_answered (struct slots *s, struct slot *slot, const struct iovec *iov, int count);
void slots_give_back (struct slots *s, struct slot *slot); /* NULL is fine */
char *slots_message (struct slots *s, struct slot *slot);
struct slot_record *slots_record (const struct slots *s, const struct slot *slot);

struct open_file *slots_open_file (const struct slots *s, unsigned i); /* below head->open_files */
struct open_file *slots_open_add (struct slots *s, uint64_t handle);   /* not open yet. NULL: the table is full */
/* The last one takes its place; returns that one's handle. */
uint64_t slots_open_remove (struct slots *s, struct open_file *f);

#endif
