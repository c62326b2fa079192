/* transfer: moves the bytes of one file into another, either of which may be local or in a volume.
 *
 * A file larger than one buffer goes through a ring of buffers: a thread of its own reads, the
 * caller's thread writes, and each side that is in a volume keeps several operations outstanding.
 *
 *      reader   fills slot n      n < written + depth       (n, n+1, ... may be in flight)
 *      writer   empties slot n    n < filled                (likewise)
 *
 * Both sides work in order, so two counters say it all.
 */
#ifndef APPS_COMMON_TRANSFER_H
#define APPS_COMMON_TRANSFER_H

#include "apps/common/session.h"

enum { TRANSFER_DEPTH = 4, TRANSFER_MAX_BUFFER = 1 << 30 };

struct side {
    bool remote;
    int fd;              /* local: read or written from where it stands */
    PVFS_object_ref ref; /* remote */
    PVFS_size size;      /* of the source, as far as known */
};

struct transfer {
    struct session *session;
    const struct side *from, *to;
    PVFS_size buffer_size;
    const bool *stop;  /* ends it with -EINTR; looked at between buffers */
    int64_t *counter;  /* NULL, or counts along, atomically, over several transfers */
    PVFS_size bytes;   /* out: moved */
    bool write_failed; /* out: which side the error is from */
};

/* 0 or a negative PVFS code or errno; nothing is outstanding any more in either case. */
int transfer_run (struct transfer *t);

#endif
