/*
 * The inside of sys_io, shared by its files:
 *
 *   sys-io-plan.c     pure: which datafiles a round touches, where the file ends, which missing bytes are holes
 *   sys-io-target.c   one round's exchange with one datafile's server; keeps the client half of the ack rule
 *   sys-io.c          the operation: layout, rounds, judgement, end of file
 *   sys-unstuff.c     a stuffed file gets all its datafiles (for sys_io and sys_truncate)
 *
 * A round is at most IO_ROUND_BYTES per server and IO_ROUND_PIECES. Its targets run in parallel and write their results into struct io_target;
 * a target never fails its machine. All of it belongs to the operation's machine and lives in its frame or arena.
 */
#ifndef SYS_IO_H
#define SYS_IO_H

#include "client/sysint/sys-getattr.h"
#include "io/description/req-state.h"

enum {
    IO_ROUND_BYTES = 64 << 20,  /* per server */
    IO_ROUND_PIECES = 1 << 18,  /* of the file, all servers together: each of them walks all */
    IO_MAX_CODE = 12 * IO_ROUND_PIECES + 4096, /* bytes of an encoded file request: a list of a round's pieces, which may be a few more
                                                  since long ones are cut */
    IO_SMALL_BYTES = BMI_SMALL, /* small I/O: a write's whole request, a read's data */
    IO_MAX_RENEWALS = 8,        /* EAGAIN: capability expired, or a server's quota; with growing delays */
    IO_MAX_REFETCHES = 2,       /* ESTALE, ENOENT: the cached layout was wrong */
};

/* One datafile in one round. */
struct io_target {
    struct io_round *round;
    uint32_t nr;     /* of the datafile in the layout */
    int64_t want;    /* bytes of the round that lie here */
    /* results */
    int64_t got;     /* bytes moved, in stream order from the first; a read ends at the datafile's end */
    int64_t bsize;   /* size of the datafile as the server told it; -1 = it did not */
    bool stuffed;         /* its server says that the file has no other datafile */
    int error;       /* 0 or negative errno */
};

struct io_round {
    struct sys_op *op;
    struct volume *volume;
    bool write;
    struct req_map map;              /* total: of this round; server_nr and sizes are each target's own */
    struct req_mem mem;
    const struct proto_layout *layout;
    const struct proto_cap *cap;
    const void *file_req;            /* map.file_req, encoded */
    uint32_t file_req_len;
    struct io_target *targets;       /* room for one per datafile, ascending by nr */
    uint32_t ntargets;
};

/* Moves one target's part. sm_arg: struct io_target. Ends with SM_OK whatever happened; only no memory for a frame fails it. */
extern const struct sm_machine io_target_sm;

/* Asks the metafile's server to unstuff. sm_arg: struct unstuff_wish. What it answered is in the cache afterwards. */
struct unstuff_wish {
    PVFS_object_ref ref;
    const struct proto_cap *cap;
};
extern const struct sm_machine sys_unstuff_sm;

/* The distribution of a layout; -EPROTO if we do not know it. */
int io_layout_dist (const struct proto_layout *l, struct dist *ret);

/* After the error of a server on a datafile. The wish is made to ask again and IO_RENEW returned, with *ret_delay (ns, 0 = at
 * once); IO_FINAL: no use. */
enum io_verdict { IO_FINAL, IO_RENEW };
struct io_recovery {
    unsigned renewals, refetches;
};
enum io_verdict io_recover (struct sys_op *op, struct io_recovery *r, struct layout_wish *wish, int error, uint64_t *ret_delay);

/* --- sys-io-plan.c: pure --------------------------------------------------------------------------------------------------- */

/* How far a stuffed file reaches: the first byte that would be another datafile's. INT64_MAX: no limit. */
int64_t io_stuffed_limit (const struct dist *d, uint32_t ndfiles_wanted);

/* Fills targets (nr, want) with the datafiles that hold bytes of map's stream. */
int io_find_targets (const struct req_map *map, struct io_target *targets, uint32_t *ret_n);

/* Bytes of the map that lie in one datafile below its physical size. */
int io_bytes_below (const struct req_map *map, uint32_t nr, int64_t psize, int64_t *ret);

/* What a read round came to. sizes: by server number, -1 = not known; filled from the targets. The logical end of the file as
 * far as the known sizes tell goes to *ret_size; true: it is enough to tell holes from the end of the file, since either all
 * sizes are known or the file reaches past the round. */
bool io_size_settled (const struct io_round *r, int64_t round_end, int64_t *sizes, int64_t *ret_size);
/* The same with nothing but the targets' own word; true also if no target is short. */
bool io_short (const struct io_round *r);

/* Zeros the target's missing bytes below file size `size` in user memory; adds them to got. */
int io_fill_hole (const struct io_round *r, struct io_target *t, int64_t size);

/* Whether `left` bytes of the tiled file_req, from its data byte `off` on, reach below `size`. */
int io_more_below (const struct PINT_Request *file_req, int64_t off, int64_t left, int64_t size, bool *ret);

/* A target's bytes, between user memory and a message. */
int io_gather (const struct io_round *r, const struct io_target *t, struct arena *a, const void **ret_data);
/* The server says that its datafile has t->bsize bytes. -EPROTO: len does not fit that. */
int io_scatter (const struct io_round *r, const struct io_target *t, const void *data, uint32_t len);

#endif
