/* req-state: walking a request, for one server.
 *
 * A transfer is a stream of map.total data bytes.  The file request, tiled for ever, says where in
 * the file each byte of the stream lies; the distribution picks those that server_nr holds; the
 * memory request says where in memory they are.  Two walkers of the same map, one asking for
 * regions of the datafile (the server), one for pieces of memory (the client), meet the same bytes
 * in the same order, so both may cut the stream at the same byte counts without telling each other:
 *
 *     file_req  ██··██··██··██   tiled       each step of `max_bytes` ends at exactly that many
 *     stream    0 1 2 3 4 5 ...              bytes, or at the end of the walk; n == max_regions
 *     server    0     3     6                may end a step earlier: the caller just asks again
 *
 * A state holds an explicit stack for each side: a step costs what it returns, not where it is, and
 * a run within a strip costs no division.
 * It borrows the requests and the dist, which must outlive it.  One owner, no locks, no memory of
 * its own, may be copied.  Untrusted maps are safe: req_state_init checks all arithmetic, and a
 * walk that meets 2^24 pieces of file in a row without a byte for this server fails with -E2BIG.
 */
#ifndef IO_DESCRIPTION_REQ_STATE_H
#define IO_DESCRIPTION_REQ_STATE_H

#include <sys/uio.h>

#include "io/description/dist.h"
#include "io/description/request.h"

struct req_region {
    int64_t off; /* in the datafile */
    int64_t len;
};

struct req_map {
    const struct PINT_Request *file_req;
    int64_t file_off; /* data bytes of the tiled file_req before the stream; a later round of a
                         call adds what the earlier ones moved */
    int64_t total;    /* bytes of the stream, all servers together */
    const struct dist *dist;
    uint32_t server_nr, server_ct;

    /* Only bytes at physical offsets in [fbegin, fsize) take part; with extend there is no upper
     * end (writes). Server and client reads: fbegin 0, fsize the datafile's size as the ack told.
     * Filling a hole on the client: fbegin that size, fsize where the file ends on this server. */
    int64_t fbegin, fsize;
    bool extend;
};

/* The memory side. base NULL (PVFS_BOTTOM): displacements are addresses. mem_off: data bytes of
 * the request before the stream (as file_off, for rounds). */
struct req_mem {
    const struct PINT_Request *req;
    void *base;
    int64_t mem_off;
};

struct req_level {
    const struct PINT_Request *node;
    int64_t base; /* of this instance of node */
    int32_t block, rep;
};

/* A place in the tiled stream of a request, with the rest of the run of bytes there. */
struct req_cursor {
    const struct PINT_Request *req;
    int64_t pos, tile;
    int64_t off, len; /* len 0: the next run has not been looked up yet */
    int depth;
    struct req_level level[REQUEST_MAX_DEPTH];
};

/* A stretch of the file that is all this server's, from `phys` on, or has nothing of it. */
struct req_stretch {
    int64_t from, to; /* logical */
    int64_t phys;
    bool mine;
};

struct req_state {
    struct req_map map;
    struct req_stretch near; /* where the walk is: small runs are placed without asking the dist */
    struct req_cursor file;
    struct req_cursor mem; /* mem.req NULL without a memory side */
    char *mem_base;
    int64_t mem_off;
    int64_t pos;   /* of the stream, all servers */
    int64_t bytes; /* handed out so far */
    int err;       /* sticky */
};

/* 0, or -EINVAL (null or empty requests, offsets below 0, bad server numbers), -EOVERFLOW.
 * `mem` NULL: only regions will be asked for. */
int req_state_init (struct req_state *st, const struct req_map *map, const struct req_mem *mem);

/* The next regions of the datafile: neighbours merged, none empty, at most max_regions and exactly
 * max_bytes of data unless the regions run out or the walk ends. Both results 0: it has ended.
 * 0 or -E2BIG. */
int req_next_physical (struct req_state *st, int64_t max_bytes, struct req_region *regions,
                       int max_regions, int *ret_n, int64_t *ret_bytes);

/* The same step as pieces of memory. */
int req_next_memory (struct req_state *st, int64_t max_bytes, struct iovec *iov, int max_iov,
                     int *ret_n, int64_t *ret_bytes);

/* True if nothing is left for this server (or the walk has failed). */
bool req_done (struct req_state *st);

/* How many bytes the map has for its server. -E2BIG if it would be more than `limit`. Costs one
 * step per piece of file_req, however long; strips do not count. */
int req_total_for_server (const struct req_map *map, int64_t limit, int64_t *ret_total);

/* The longest start of the map's stream that gives no server more than `limit` bytes (at least one
 * byte) and has at most `max_pieces` of file_req: what a round moves. server_nr, fbegin and fsize
 * are ignored. */
int req_round_total (const struct req_map *map, int64_t limit, int64_t max_pieces,
                     int64_t *ret_total);

/* The map's stream as a list: a counted request whose data is just that. -ENOMEM. */
int req_flatten (const struct req_map *map, struct PINT_Request **ret);

/* One past the highest file offset in `total` bytes from file_off on; 0 for no bytes. */
int req_end_logical (const struct PINT_Request *file_req, int64_t file_off, int64_t total,
                     int64_t *ret_end);

/* The pieces of the file (or, for a memory request, displacements) in stream order, neighbours not
 * merged. */
struct req_logical {
    struct req_cursor cursor;
    int64_t left;
};
int req_logical_init (struct req_logical *it, const struct PINT_Request *req, int64_t off,
                      int64_t total);
bool req_logical_next (struct req_logical *it, int64_t *ret_off, int64_t *ret_len);

#endif
