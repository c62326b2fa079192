/*
 * List I/O: walks the regions of a stream and the pieces of memory side by side. Pure functions.
 */
#include "io/trove/trove-impl.h"

int
trove_op_check (const struct trove_bstream_op *op)
{
    int64_t stream = 0, memory = 0, end;
    for (unsigned i = 0; i < op->nregions; i++) {
        const struct trove_region *r = &op->regions[i];
        if (r->off < 0 || r->len < 0 || !add_ok (r->off, r->len, &end)
            || !add_ok (stream, r->len, &stream))
            return -EINVAL;
    }
    for (unsigned i = 0; i < op->niov; i++)
        if (op->iov[i].iov_len > INT64_MAX
            || !add_ok (memory, (int64_t)op->iov[i].iov_len, &memory))
            return -EINVAL;
    return stream == memory ? 0 : -EINVAL;
}

int64_t
trove_op_total (const struct trove_bstream_op *op)
{
    int64_t n = 0;
    for (unsigned i = 0; i < op->nregions; i++)
        n += op->regions[i].len;
    return n;
}

void
trove_op_extent (const struct trove_bstream_op *op, int64_t *ret_first, int64_t *ret_end)
{
    int64_t first = INT64_MAX, end = 0;
    for (unsigned i = 0; i < op->nregions; i++) {
        if (!op->regions[i].len)
            continue;
        first = MIN (first, op->regions[i].off);
        end = MAX (end, op->regions[i].off + op->regions[i].len);
    }
    *ret_first = MIN (first, end);
    *ret_end = end;
}

void
trove_walk_init (struct trove_walk *w, const struct trove_bstream_op *op)
{
    w->op = op;
    w->region = w->iov = 0;
    w->region_done = 0;
    w->iov_done = 0;
    w->len = 0;
    w->nvec = 0;
}

/* The next stretch of the stream, as long as regions adjoin. */
static int64_t
stretch (const struct trove_walk *w, int64_t *ret_off)
{
    const struct trove_bstream_op *op = w->op;
    int64_t len = 0, done = w->region_done;
    for (unsigned i = w->region; i < op->nregions; i++, done = 0) {
        const struct trove_region *r = &op->regions[i];
        if (done == r->len)
            continue;
        if (!len)
            *ret_off = r->off + done;
        else if (r->off != *ret_off + len)
            break;
        len += r->len - done;
    }
    return len;
}

static void
skip_stream (struct trove_walk *w, int64_t n)
{
    while (n > 0) {
        int64_t left = w->op->regions[w->region].len - w->region_done;
        int64_t step = MIN (left, n);
        w->region_done += step;
        n -= step;
        if (w->region_done == w->op->regions[w->region].len) {
            w->region++;
            w->region_done = 0;
        }
    }
}

bool
trove_walk_next (struct trove_walk *w)
{
    const struct trove_bstream_op *op = w->op;
    while (w->region < op->nregions && w->region_done == op->regions[w->region].len) {
        w->region++;
        w->region_done = 0;
    }
    int64_t want = stretch (w, &w->off);
    w->len = 0;
    w->nvec = 0;
    while (w->len < want && w->nvec < TROVE_IOV_BATCH && w->iov < op->niov) {
        const struct iovec *v = &op->iov[w->iov];
        size_t n = v->iov_len - w->iov_done;
        if ((int64_t)n > want - w->len)
            n = (size_t)(want - w->len);
        if (n) {
            w->vec[w->nvec++] = (struct iovec){ (char *)v->iov_base + w->iov_done, n };
            w->len += (int64_t)n;
            w->iov_done += n;
        }
        if (w->iov_done == v->iov_len) {
            w->iov++;
            w->iov_done = 0;
        }
    }
    skip_stream (w, w->len);
    return w->len > 0;
}

void
trove_walk_consume (struct trove_walk *w, size_t n)
{
    int i = 0;
    w->off += (int64_t)n;
    w->len -= (int64_t)n;
    while (i < w->nvec && n >= w->vec[i].iov_len)
        n -= w->vec[i++].iov_len;
    w->nvec -= i;
    memmove (w->vec, w->vec + i, (size_t)w->nvec * sizeof w->vec[0]);
    if (w->nvec) {
        w->vec[0].iov_base = (char *)w->vec[0].iov_base + n;
        w->vec[0].iov_len -= n;
    }
}

void
trove_walk_zero (struct trove_walk *w)
{
    for (int i = 0; i < w->nvec; i++)
        memset (w->vec[i].iov_base, 0, w->vec[i].iov_len);
}
