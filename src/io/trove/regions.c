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
    w->sink = NULL;
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

/* Memory for up to `want` bytes, as far as the step has room; returns how many. */
static int64_t
take_memory (struct trove_walk *w, int64_t want)
{
    const struct trove_bstream_op *op = w->op;
    int64_t got = 0;
    while (got < want && w->nvec < TROVE_IOV_BATCH && w->iov < op->niov) {
        const struct iovec *v = &op->iov[w->iov];
        size_t n = v->iov_len - w->iov_done;
        if ((int64_t)n > want - got)
            n = (size_t)(want - got);
        if (n) {
            w->vec[w->nvec++] = (struct iovec){ (char *)v->iov_base + w->iov_done, n };
            got += (int64_t)n;
            w->iov_done += n;
        }
        if (w->iov_done == v->iov_len) {
            w->iov++;
            w->iov_done = 0;
        }
    }
    return got;
}

/* Goes on over a small gap, which is read too and thrown away: cheaper than another system call. */
static bool
bridge (struct trove_walk *w, int64_t *want)
{
    int64_t off = 0, len = stretch (w, &off);
    if (!w->sink || !len || w->nvec + 2 > TROVE_IOV_BATCH || off < w->off + w->len
        || off - (w->off + w->len) > TROVE_SINK)
        return false;
    size_t gap = (size_t)(off - (w->off + w->len));
    w->vec[w->nvec++] = (struct iovec){ w->sink, gap };
    w->len += (int64_t)gap;
    *want = len;
    return true;
}

bool
trove_walk_next (struct trove_walk *w)
{
    int64_t want = stretch (w, &w->off);
    w->len = 0;
    w->nvec = 0;
    while (want > 0) {
        int64_t got = take_memory (w, want);
        skip_stream (w, got);
        w->len += got;
        if (got < want || !bridge (w, &want))
            break;
    }
    return w->len > 0;
}

int64_t
trove_walk_consume (struct trove_walk *w, size_t n)
{
    int64_t data = 0;
    int i = 0;
    w->off += (int64_t)n;
    w->len -= (int64_t)n;
    for (; i < w->nvec; i++) {
        struct iovec *v = &w->vec[i];
        size_t step = MIN (n, v->iov_len);
        if (!w->sink || v->iov_base < w->sink || v->iov_base >= w->sink + TROVE_SINK)
            data += (int64_t)step;
        n -= step;
        if (step < v->iov_len) {
            v->iov_base = (char *)v->iov_base + step;
            v->iov_len -= step;
            break;
        }
    }
    w->nvec -= i;
    memmove (w->vec, w->vec + i, (size_t)w->nvec * sizeof w->vec[0]);
    return data;
}

void
trove_walk_zero (struct trove_walk *w)
{
    for (int i = 0; i < w->nvec; i++)
        memset (w->vec[i].iov_base, 0, w->vec[i].iov_len);
}
