/*
 * The arithmetic of file I/O: no messages, no waiting. See sys-io.h.
 *
 * A read's missing bytes: each datafile ends where its server said (bsize). A byte of the round that is not there is a hole if
 * the file reaches past it – some datafile, target or not, holds a later byte – and past the end of the file otherwise. Sizes are
 * indexed by the datafile's place in the layout, never by the place in the list of targets.
 */
#include "client/sysint/sys-io.h"

enum { PIECES = 64 };

int
io_layout_dist (const struct proto_layout *l, struct dist *ret)
{
    struct dist d;
    if (!l->ndfiles || l->ndfiles > DIST_MAX_SERVERS || !l->dist_name)
        return -EPROTO;
    int r = dist_lookup (l->dist_name, &d);
    if (r == 0 && l->dist_params && l->dist_params[0])
        r = dist_set_params (&d, l->dist_params);
    if (r < 0)
        return -EPROTO;
    *ret = d;
    return 0;
}

/* As long as everything lies on the first of the datafiles to come. */
int64_t
io_stuffed_limit (const struct dist *d, uint32_t ndfiles_wanted)
{
    uint32_t ct = MIN (ndfiles_wanted, (uint32_t) DIST_MAX_SERVERS);
    if (ct < 2)
        return INT64_MAX;
    return d->ops->next_mapped_offset (d, 0, ct, 0) == 0 ? d->ops->contiguous_length (d, 0, ct, 0) : 0;
}

int
io_find_targets (const struct req_map *map, struct io_target *targets, uint32_t *ret_n)
{
    struct req_map m = *map;
    int64_t found = 0;
    uint32_t n = 0;
    m.fbegin = m.fsize = 0;
    m.extend = true;
    for (m.server_nr = 0; m.server_nr < m.server_ct && found < m.total; m.server_nr++) {
        int64_t want;
        int r = req_total_for_server (&m, INT64_MAX, &want);
        if (r < 0)
            return r;
        if (!want)
            continue;
        targets[n++] = (struct io_target){ .nr = m.server_nr, .want = want, .bsize = -1 };
        found += want;
    }
    *ret_n = n;
    return found == map->total ? 0 : -EPROTO;
}

static struct req_map
below (const struct req_map *map, uint32_t nr, int64_t psize)
{
    struct req_map m = *map;
    m.server_nr = nr;
    m.fbegin = 0;
    m.fsize = psize;
    m.extend = false;
    return m;
}

int
io_bytes_below (const struct req_map *map, uint32_t nr, int64_t psize, int64_t *ret)
{
    struct req_map m = below (map, nr, psize);
    return req_total_for_server (&m, INT64_MAX, ret);
}

/* --- holes and the end of the file ------------------------------------------------------------------------------------------- */

bool
io_short (const struct io_round *r)
{
    for (uint32_t i = 0; i < r->ntargets; i++)
        if (r->targets[i].got < r->targets[i].want)
            return true;
    return false;
}

bool
io_size_settled (const struct io_round *r, int64_t round_end, int64_t *sizes, int64_t *ret_size)
{
    const struct dist *d = r->map.dist;
    bool all = true;
    for (uint32_t i = 0; i < r->ntargets; i++)
        sizes[r->targets[i].nr] = r->targets[i].bsize;
    for (uint32_t nr = 0; nr < r->map.server_ct; nr++)
        all = all && sizes[nr] >= 0;
    *ret_size = d->ops->logical_file_size (d, r->map.server_ct, sizes); /* negative sizes count as 0 */
    return all || *ret_size >= round_end;
}

/* Zeros what the map has in user memory; *ret: how many bytes. */
static int
zero (const struct req_map *map, const struct req_mem *mem, int64_t *ret)
{
    struct req_state st;
    struct iovec iov[PIECES];
    int n;
    int64_t bytes, total = 0;
    int r = req_state_init (&st, map, mem);
    while (r == 0) {
        r = req_next_memory (&st, INT64_MAX, iov, PIECES, &n, &bytes);
        if (r < 0 || !bytes)
            break;
        for (int i = 0; i < n; i++)
            memset (iov[i].iov_base, 0, iov[i].iov_len);
        total += bytes;
    }
    *ret = total;
    return r;
}

int
io_fill_hole (const struct io_round *r, struct io_target *t, int64_t size)
{
    const struct dist *d = r->map.dist;
    struct req_map m = r->map;
    int64_t filled;
    m.server_nr = t->nr;
    m.extend = false;
    m.fbegin = t->bsize;
    m.fsize = d->ops->logical_to_physical (d, t->nr, m.server_ct, size);
    if (m.fsize <= m.fbegin)
        return 0;
    int err = zero (&m, &r->mem, &filled);
    if (err == 0)
        t->got += filled;
    return err;
}

int
io_more_below (const struct PINT_Request *file_req, int64_t file_off, int64_t left, int64_t size, bool *ret)
{
    struct req_logical it;
    int64_t off, len;
    int err = req_logical_init (&it, file_req, file_off, left);
    *ret = false;
    while (err == 0 && !*ret && req_logical_next (&it, &off, &len))
        *ret = off < size;
    return err;
}

/* --- between user memory and a message ----------------------------------------------------------------------------------------- */

int
io_gather (const struct io_round *r, const struct io_target *t, struct arena *a, const void **ret_data)
{
    struct req_map m = r->map;
    struct req_state st;
    struct iovec iov[PIECES];
    char *buf = NULL;
    int64_t bytes, at = 0;
    int n;
    m.server_nr = t->nr;
    m.fbegin = m.fsize = 0;
    m.extend = true;
    int err = req_state_init (&st, &m, &r->mem);
    while (err == 0 && at < t->want) {
        err = req_next_memory (&st, t->want - at, iov, PIECES, &n, &bytes);
        if (err < 0 || !bytes)
            return err < 0 ? err : -EPROTO;
        if (n == 1 && bytes == t->want) {
            *ret_data = iov[0].iov_base; /* encoded from there */
            return 0;
        }
        if (!buf && !(buf = arena_alloc (a, (size_t) t->want)))
            return -ENOMEM;
        for (int i = 0; i < n; i++) {
            memcpy (buf + at, iov[i].iov_base, iov[i].iov_len);
            at += (int64_t) iov[i].iov_len;
        }
    }
    *ret_data = buf;
    return err;
}

int
io_scatter (const struct io_round *r, const struct io_target *t, const void *data, uint32_t len)
{
    struct req_map m = below (&r->map, t->nr, t->bsize);
    struct req_state st;
    struct iovec iov[PIECES];
    const char *from = data;
    int64_t bytes, left = len;
    int n;
    int err = t->bsize < 0 || len > t->want ? -EPROTO : req_state_init (&st, &m, &r->mem);
    while (err == 0 && left > 0) {
        err = req_next_memory (&st, left, iov, PIECES, &n, &bytes);
        if (err == 0 && !bytes)
            err = -EPROTO;
        for (int i = 0; err == 0 && i < n; i++) {
            memcpy (iov[i].iov_base, from, iov[i].iov_len);
            from += iov[i].iov_len;
        }
        left -= bytes;
    }
    return err == 0 && !req_done (&st) ? -EPROTO : err;
}
