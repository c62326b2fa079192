/* req-state.c: cursors over requests, and the walk of one server's bytes. */
#include "io/description/req-state.h"

enum { MAX_BARREN = 1 << 24 }; /* pieces of file in a row without a byte for the server */

/* ---- cursor ---------------------------------------------------------------------------------
 *
 * level[0 .. depth-1] is the path from the root to the present run's parent; level[i].block and
 * .rep say which child is open. A block whose child tiles is taken as one run, all rep at once.
 */

/* A sum whose parts may leave int64_t although the result, which was checked, does not. */
static inline int64_t
wrap_add (int64_t a, int64_t b)
{
    return (int64_t) ((uint64_t) a + (uint64_t) b);
}

static int32_t
block_len (const struct PINT_Request *node, int32_t block)
{
    return node->kind == REQUEST_VECTOR ? node->blocklen : node->len[block];
}

static int64_t
block_disp (const struct PINT_Request *node, int32_t block)
{
    return node->kind == REQUEST_VECTOR ? block * node->stride : node->disp[block];
}

static const struct PINT_Request *
block_child (const struct PINT_Request *node, int32_t block)
{
    return node->child[node->own_children ? block : 0];
}

/* The block that holds data byte *rem of the node, *rem then counting from its start. */
static int32_t
find_block (const struct PINT_Request *node, int64_t *rem)
{
    if (node->kind == REQUEST_VECTOR) {
        int64_t size = node->blocklen * node->child[0]->size;
        int32_t block = (int32_t) (*rem / size);
        *rem -= block * size;
        return block;
    }
    int32_t low = 0, high = node->count;
    while (high - low > 1) {
        int32_t mid = low + (high - low) / 2;
        if (node->prefix[mid] <= *rem)
            low = mid;
        else
            high = mid;
    }
    *rem -= node->prefix[low];
    return low;
}

/* Opens the top level's block at data byte `rem` of it: either the run is there, or the child to
 * go down into is returned, with its place in *base and *rem counting from its start. */
static const struct PINT_Request *
open_block (struct req_cursor *c, int64_t *base, int64_t *rem)
{
    struct req_level *top = &c->level[c->depth - 1];
    const struct PINT_Request *child = block_child (top->node, top->block);
    int64_t start = wrap_add (top->base, block_disp (top->node, top->block));

    if (request_tiles (child)) {
        int32_t len = block_len (top->node, top->block);
        c->off = wrap_add (wrap_add (start, child->off), *rem);
        c->len = len * child->size - *rem;
        top->rep = len - 1;
        return NULL;
    }
    top->rep = (int32_t) (*rem / child->size);
    *rem -= top->rep * child->size;
    *base = wrap_add (start, top->rep * request_extent (child));
    return child;
}

/* Goes down from an instance of `node` at `base` to the run at data byte `rem` of it. */
static void
descend (struct req_cursor *c, const struct PINT_Request *node, int64_t base, int64_t rem)
{
    while (node && node->kind != REQUEST_RUN) {
        struct req_level *level = &c->level[c->depth++];
        level->node = node;
        level->base = base;
        level->block = find_block (node, &rem);
        node = open_block (c, &base, &rem);
    }
    if (node) {
        c->off = wrap_add (wrap_add (base, node->off), rem);
        c->len = node->size - rem;
    }
}

static void
cursor_seek (struct req_cursor *c, int64_t pos)
{
    const struct PINT_Request *req = c->req;
    c->pos = pos;
    c->depth = 0;
    if (request_tiles (req)) {
        c->off = req->off + pos;
        c->len = INT64_MAX - MAX (c->off, 0);
        return;
    }
    c->tile = pos / req->size;
    descend (c, req, c->tile * request_extent (req), pos % req->size);
}

/* The run after the one that was used up. */
static void
cursor_advance (struct req_cursor *c)
{
    int64_t base = 0, rem = 0;
    while (c->depth > 0) {
        struct req_level *top = &c->level[c->depth - 1];
        const struct PINT_Request *node = top->node;
        const struct PINT_Request *child = block_child (node, top->block);
        if (top->rep + 1 < block_len (node, top->block)) {
            top->rep++;
            base = wrap_add (top->base, block_disp (node, top->block));
            base = wrap_add (base, top->rep * request_extent (child));
            descend (c, child, base, 0);
            return;
        }
        if (top->block + 1 < node->count) {
            top->block++;
            child = open_block (c, &base, &rem);
            descend (c, child, base, rem);
            return;
        }
        c->depth--;
    }
    c->tile++;
    descend (c, c->req, c->tile * request_extent (c->req), 0);
}

/* Makes a run present. Only called when the stream has bytes left, so that no place is computed
 * that init did not check. */
static inline void
cursor_fill (struct req_cursor *c)
{
    if (unlikely (c->len == 0))
        cursor_advance (c);
}

static inline void
cursor_take (struct req_cursor *c, int64_t n)
{
    c->pos += n;
    c->off += n;
    c->len -= n;
}

static void
cursor_goto (struct req_cursor *c, int64_t pos)
{
    int64_t skip = pos - c->pos;
    if (skip >= 0 && skip < c->len)
        cursor_take (c, skip);
    else if (skip == 0)
        cursor_fill (c);
    else if (skip == c->len) {
        cursor_take (c, skip);
        cursor_fill (c);
    } else
        cursor_seek (c, pos);
}

/* Checks that stream bytes [off, off + total) of the tiled request have offsets that fit (and are
 * >= min), then goes to the first. */
static int
cursor_init (struct req_cursor *c, const struct PINT_Request *req, const int64_t span[2],
             int64_t min)
{
    int64_t end, start, place;
    if (!request_valid (req) || span[0] < 0 || span[1] < 0)
        return -EINVAL;
    c->req = req;
    c->pos = c->off = c->len = c->tile = 0;
    c->depth = 0;
    if (!add_ok (span[0], span[1], &end))
        return -EOVERFLOW;
    if (span[1] == 0)
        return 0;
    if (req->size == 0)
        return -EINVAL;
    if (request_tiles (req)) {
        if (!add_ok (req->off, span[0], &start) || !add_ok (req->off, end, &place))
            return -EOVERFLOW;
    } else {
        int64_t extent = request_extent (req);
        if (!mul_ok ((end - 1) / req->size, extent, &place)
            || !add_ok (place, req->data_ub, &place) || place == INT64_MAX
            || !mul_ok (span[0] / req->size, extent, &start)
            || !add_ok (start, req->data_lb, &start))
            return -EOVERFLOW;
    }
    if (start < min)
        return -EINVAL;
    cursor_seek (c, span[0]);
    return 0;
}

/* ---- the walk ------------------------------------------------------------------------------- */

static inline int64_t
to_physical (const struct req_map *m, int64_t logical)
{
    return m->dist->ops->logical_to_physical (m->dist, m->server_nr, m->server_ct, logical);
}

static inline int64_t
to_logical (const struct req_map *m, int64_t physical)
{
    return m->dist->ops->physical_to_logical (m->dist, m->server_nr, m->server_ct, physical);
}

int
req_state_init (struct req_state *st, const struct req_map *map, const struct req_mem *mem)
{
    int64_t file_span[2] = { map->file_off, map->total };
    if (!map->dist || !map->dist->ops || map->server_ct == 0 || map->server_ct > DIST_MAX_SERVERS
        || map->server_nr >= map->server_ct || map->fbegin < 0 || map->fsize < 0)
        return -EINVAL;
    int err = cursor_init (&st->file, map->file_req, file_span, 0);
    if (err)
        return err;
    st->mem.req = NULL;
    if (mem) {
        int64_t mem_span[2] = { mem->mem_off, map->total };
        err = cursor_init (&st->mem, mem->req, mem_span, INT64_MIN);
        if (err)
            return err;
        st->mem_base = mem->base;
        st->mem_off = mem->mem_off;
    }
    st->map = *map;
    st->near = (struct req_stretch){ 0 };
    st->pos = st->bytes = 0;
    st->err = 0;
    return 0;
}

/* The server's bytes in the present run of the file. */
struct span {
    int64_t logical, len; /* the run, as far as the stream goes */
    int64_t phys, bytes;  /* those of it that take part */
    bool whole;           /* all of the run is this server's, from `start` on */
    int64_t start;
};

static inline void
consume (struct req_state *st, int64_t n)
{
    cursor_take (&st->file, n);
    st->pos += n;
}

/* True if neither the rest of this tile nor any later tile can lie below fsize. */
static bool
all_past_end (const struct req_state *st)
{
    const struct req_cursor *c = &st->file;
    int64_t lowest;
    if (request_tiles (c->req))
        return true; /* one run upwards, and its start was past the end */
    lowest = c->tile * request_extent (c->req) + c->req->data_lb;
    return to_physical (&st->map, lowest) >= st->map.fsize;
}

static void
look_around (struct req_state *st, int64_t logical)
{
    const struct req_map *m = &st->map;
    struct req_stretch *near = &st->near;
    int64_t phys = to_physical (m, logical), next = to_logical (m, phys);
    *near = (struct req_stretch){ .from = logical, .to = next, .phys = phys, .mine = next == logical };
    if (near->mine)
        near->to = logical + m->dist->ops->contiguous_length (m->dist, m->server_nr, m->server_ct, logical);
}

/* The run's place on the server: sets whole and start, and returns one past its last byte there. */
static inline int64_t
place (struct req_state *st, struct span *s)
{
    const struct req_stretch *near = &st->near;
    if (unlikely (s->logical < near->from || s->logical >= near->to))
        look_around (st, s->logical);
    s->whole = false;
    if (unlikely (s->logical + s->len > near->to)) {
        s->start = to_physical (&st->map, s->logical);
        return to_physical (&st->map, s->logical + s->len);
    }
    s->start = near->phys;
    if (!near->mine)
        return s->start;
    s->whole = true;
    s->start += s->logical - near->from;
    return s->start + s->len;
}

/* Where the span's first byte lies in the file. */
static inline int64_t
span_first (const struct req_state *st, const struct span *s)
{
    return s->whole ? s->logical + (s->phys - s->start) : to_logical (&st->map, s->phys);
}

/* Finds the next run with bytes for this server, skipping those without. False at the end. */
static bool
next_span (struct req_state *st, struct span *s)
{
    const struct req_map *m = &st->map;
    for (int barren = 0; st->pos < m->total && !st->err; barren++) {
        cursor_fill (&st->file);
        s->logical = st->file.off;
        s->len = MIN (st->file.len, m->total - st->pos);
        int64_t to = place (st, s);
        s->phys = MAX (s->start, m->fbegin);
        s->bytes = (m->extend ? to : MIN (to, m->fsize)) - s->phys;
        if (s->bytes > 0)
            return true;
        if (!m->extend && s->start >= m->fsize && all_past_end (st))
            st->pos = m->total;
        else
            consume (st, s->len);
        if (barren == MAX_BARREN)
            st->err = -E2BIG;
    }
    return false;
}

bool
req_done (struct req_state *st)
{
    struct span s;
    return !next_span (st, &s);
}

int
req_next_physical (struct req_state *st, int64_t max_bytes, struct req_region *regions,
                   int max_regions, int *ret_n, int64_t *ret_bytes)
{
    struct span s;
    int64_t bytes = 0;
    int n = 0;

    while (bytes < max_bytes && next_span (st, &s)) {
        bool joins = n && regions[n - 1].off + regions[n - 1].len == s.phys;
        if (!joins && n == max_regions)
            break;
        int64_t take = MIN (s.bytes, max_bytes - bytes);
        if (joins)
            regions[n - 1].len += take;
        else
            regions[n++] = (struct req_region){ s.phys, take };
        bytes += take;
        consume (st, take == s.bytes && (st->map.extend || s.phys + take < st->map.fsize)
                         ? s.len
                         : to_logical (&st->map, s.phys + take - 1) + 1 - s.logical);
    }
    if (st->err)
        return st->err;
    st->bytes += bytes;
    *ret_n = n;
    *ret_bytes = bytes;
    return 0;
}

/* The memory of the first bytes of the span, as many as lie together there. */
static struct iovec
span_memory (struct req_state *st, const struct span *s, int64_t max_bytes)
{
    const struct req_map *m = &st->map;
    int64_t logical = span_first (st, s), n = s->bytes;
    if (!s->whole)
        n = m->dist->ops->contiguous_length (m->dist, m->server_nr, m->server_ct, logical);
    cursor_goto (&st->mem, st->mem_off + st->pos + (logical - s->logical));
    n = MIN (MIN (n, s->bytes), MIN (max_bytes, st->mem.len));
    return (struct iovec){ (void *) ((uintptr_t) st->mem_base + (uintptr_t) st->mem.off),
                           (size_t) n };
}

int
req_next_memory (struct req_state *st, int64_t max_bytes, struct iovec *iov, int max_iov,
                 int *ret_n, int64_t *ret_bytes)
{
    struct span s;
    int64_t bytes = 0;
    int n = 0;

    if (!st->mem.req)
        return -EINVAL;
    while (bytes < max_bytes && next_span (st, &s)) {
        struct iovec piece = span_memory (st, &s, max_bytes - bytes);
        bool joins = n && (uintptr_t) iov[n - 1].iov_base + iov[n - 1].iov_len
                              == (uintptr_t) piece.iov_base;
        if (!joins && n == max_iov)
            break;
        if (joins)
            iov[n - 1].iov_len += piece.iov_len;
        else
            iov[n++] = piece;
        bytes += (int64_t) piece.iov_len;
        int64_t skipped = span_first (st, &s) - s.logical;
        cursor_take (&st->mem, (int64_t) piece.iov_len);
        consume (st, skipped + (int64_t) piece.iov_len);
    }
    if (st->err)
        return st->err;
    st->bytes += bytes;
    *ret_n = n;
    *ret_bytes = bytes;
    return 0;
}

/* ---- sums ----------------------------------------------------------------------------------- */

int
req_total_for_server (const struct req_map *map, int64_t limit, int64_t *ret_total)
{
    struct req_state st;
    struct span s;
    int64_t total = 0;
    int err = req_state_init (&st, map, NULL);
    if (err)
        return err;
    while (next_span (&st, &s)) {
        if (s.bytes > limit - total)
            return -E2BIG;
        total += s.bytes;
        consume (&st, s.len);
    }
    if (st.err)
        return st.err;
    *ret_total = total;
    return 0;
}

/* The most that any server gets of logical [from, from + len), on top of what it has. */
static bool
fits (const struct req_map *m, const int64_t *has, const int64_t run[2], int64_t limit)
{
    const struct dist_ops *ops = m->dist->ops;
    for (uint32_t nr = 0; nr < m->server_ct; nr++) {
        int64_t more = ops->logical_to_physical (m->dist, nr, m->server_ct, run[0] + run[1])
                     - ops->logical_to_physical (m->dist, nr, m->server_ct, run[0]);
        if (more > limit - has[nr])
            return false;
    }
    return true;
}

/* The longest start of the run that fits. */
static int64_t
fitting_part (const struct req_map *m, const int64_t *has, const int64_t run[2], int64_t limit)
{
    int64_t low = 0, high = run[1];
    while (high - low > 1) {
        int64_t mid = low + (high - low) / 2;
        int64_t part[2] = { run[0], mid };
        if (fits (m, has, part, limit))
            low = mid;
        else
            high = mid;
    }
    return low;
}

static void
add_run (const struct req_map *m, int64_t *has, const int64_t run[2])
{
    const struct dist_ops *ops = m->dist->ops;
    for (uint32_t nr = 0; nr < m->server_ct; nr++)
        has[nr] += ops->logical_to_physical (m->dist, nr, m->server_ct, run[0] + run[1])
                 - ops->logical_to_physical (m->dist, nr, m->server_ct, run[0]);
}

int
req_round_total (const struct req_map *map, int64_t limit, int64_t max_pieces, int64_t *ret_total)
{
    struct req_logical it;
    struct req_state check;
    struct req_map any = *map;
    int64_t run[2], total = 0;

    if (limit < 1 || max_pieces < 1)
        return -EINVAL;
    any.server_nr = 0;
    any.fbegin = any.fsize = 0;
    int err = req_state_init (&check, &any, NULL);
    if (err)
        return err;
    bool small = map->total <= limit;
    if (small && (map->total <= max_pieces || request_tiles (map->file_req))) {
        *ret_total = map->total;
        return 0;
    }
    CLEANUP_FREE int64_t *has = calloc (map->server_ct, sizeof (*has));
    if (!has)
        return -ENOMEM;
    err = req_logical_init (&it, map->file_req, map->file_off, map->total);
    if (err)
        return err;
    while (max_pieces-- > 0 && req_logical_next (&it, &run[0], &run[1])) {
        if (!small && !fits (map, has, run, limit)) {
            total += fitting_part (map, has, run, limit);
            break;
        }
        if (!small)
            add_run (map, has, run);
        total += run[1];
    }
    *ret_total = total;
    return 0;
}

int
req_logical_init (struct req_logical *it, const struct PINT_Request *req, int64_t off,
                  int64_t total)
{
    int64_t span[2] = { off, total };
    int err = cursor_init (&it->cursor, req, span, INT64_MIN);
    if (err)
        return err;
    it->left = total;
    return 0;
}

bool
req_logical_next (struct req_logical *it, int64_t *ret_off, int64_t *ret_len)
{
    if (it->left == 0)
        return false;
    cursor_fill (&it->cursor);
    *ret_off = it->cursor.off;
    *ret_len = MIN (it->cursor.len, it->left);
    it->left -= *ret_len;
    cursor_take (&it->cursor, *ret_len);
    return true;
}

static int
highest_of (const struct PINT_Request *req, int64_t off, int64_t total, int64_t *end)
{
    struct req_logical it;
    int64_t at, len;
    int err = req_logical_init (&it, req, off, total);
    if (err)
        return err;
    while (req_logical_next (&it, &at, &len))
        *end = MAX (*end, at + len);
    return 0;
}

int
req_end_logical (const struct PINT_Request *file_req, int64_t file_off, int64_t total,
                 int64_t *ret_end)
{
    struct req_logical check;
    int64_t end = 0;
    int err = req_logical_init (&check, file_req, file_off, total);
    if (err)
        return err;
    int64_t size = total ? file_req->size : 1;
    int64_t tail = total ? (file_off + total) % size : 0;
    if (total && !request_tiles (file_req) && tail < total && total - tail >= size) {
        /* Some tile takes part as a whole: the last of them reaches higher than any before. */
        int64_t last = (file_off + total) / size - 1;
        end = MAX (end, last * request_extent (file_req) + file_req->data_ub);
        err = highest_of (file_req, file_off + total - tail, tail, &end);
    } else {
        err = highest_of (file_req, file_off, total, &end);
    }
    if (err)
        return err;
    *ret_end = end;
    return 0;
}

/* ---- as a list -------------------------------------------------------------------------------- */

enum { LIST_RUN = 1 << 30 }; /* bytes of one block; longer runs are several */

struct run_list {
    int32_t *len;
    int64_t *disp;
    size_t n, room;
};

static bool
list_block (struct run_list *l, int64_t off, int64_t len)
{
    if (l->n && l->disp[l->n - 1] + l->len[l->n - 1] == off && l->len[l->n - 1] + len <= LIST_RUN) {
        l->len[l->n - 1] += (int32_t) len;
        return true;
    }
    if (l->n == l->room) {
        size_t room = l->room ? 2 * l->room : 1024;
        int32_t *lens = realloc (l->len, room * sizeof *lens);
        l->len = lens ? lens : l->len;
        int64_t *disps = realloc (l->disp, room * sizeof *disps);
        l->disp = disps ? disps : l->disp;
        if (!lens || !disps)
            return false;
        l->room = room;
    }
    l->disp[l->n] = off;
    l->len[l->n++] = (int32_t) len;
    return true;
}

static int
list_runs (struct run_list *l, const struct req_map *map)
{
    struct req_logical it;
    int64_t off, len;
    int err = req_logical_init (&it, map->file_req, map->file_off, map->total);
    while (err == 0 && req_logical_next (&it, &off, &len))
        for (int64_t n; err == 0 && len > 0; off += n, len -= n) {
            n = MIN (len, LIST_RUN);
            if (l->n == INT32_MAX || !list_block (l, off, n))
                err = -ENOMEM;
        }
    return err;
}

int
req_flatten (const struct req_map *map, struct PINT_Request **ret)
{
    struct run_list l = { 0 };
    struct PINT_Request *byte = PVFS_BYTE;
    int err = list_runs (&l, map);
    if (err == 0) {
        struct request_blocks spec = { (int32_t) l.n, l.len, l.disp, &byte, false };
        err = request_new_blocks (NULL, &spec, ret);
    }
    free (l.len);
    free (l.disp);
    return err;
}
