/* dist-varstrip.c: a pattern of strips of their own lengths, each on a node of its own choice, again
 * and again: "0:64K;1:128K;0:64K".
 *
 * A file gets as many datafiles as there are nodes.  If it has fewer (a stuffed file has one) node n
 * lies on datafile n modulo their number; if it has more, those hold nothing.
 */
#include <ctype.h>
#include <stdio.h>

#include "io/description/dist.h"

static int64_t
bytes_of (const struct varstrip *v, uint32_t nr, uint32_t ct)
{
    int64_t sum = 0;
    for (int i = 0; i < v->n; i++)
        sum += v->node[i] % ct == nr ? v->size[i] : 0;
    return sum;
}

static int64_t
varstrip_to_physical (const struct dist *d, uint32_t nr, uint32_t ct, int64_t logical)
{
    const struct varstrip *v = &d->params.varstrip;
    int64_t left = logical % v->total, physical = logical / v->total * bytes_of (v, nr, ct);
    for (int i = 0; i < v->n && left > 0; left -= v->size[i++])
        if (v->node[i] % ct == nr)
            physical += MIN (left, v->size[i]);
    return physical;
}

static int64_t
varstrip_to_logical (const struct dist *d, uint32_t nr, uint32_t ct, int64_t physical)
{
    const struct varstrip *v = &d->params.varstrip;
    int64_t mine = bytes_of (v, nr, ct), at = 0, start, logical;
    if (!mine)
        return INT64_MAX;
    int64_t left = physical % mine;
    for (int i = 0;; at += v->size[i++]) {
        if (v->node[i] % ct != nr)
            continue;
        if (left < v->size[i])
            break;
        left -= v->size[i];
    }
    if (!mul_ok (physical / mine, v->total, &start) || !add_ok (start, at + left, &logical))
        return INT64_MAX;
    return logical;
}

/* To the end of the strip. */
static int64_t
varstrip_contiguous (const struct dist *d, uint32_t nr, uint32_t ct, int64_t logical)
{
    const struct varstrip *v = &d->params.varstrip;
    int64_t in_pattern = logical % v->total, end = 0;
    if (ct == 1)
        return INT64_MAX - logical;
    for (int i = 0; end <= in_pattern; i++)
        end += v->size[i];
    return end - in_pattern;
}

static uint32_t
varstrip_num_dfiles (const struct dist *d, uint32_t servers, uint32_t requested)
{
    return d->params.varstrip.nodes;
}

static int64_t
varstrip_blksize (const struct dist *d, uint32_t ct)
{
    return d->params.varstrip.total;
}

/* ---- parameters ------------------------------------------------------------------------------- */

/* "65536", "64K"; moves *text behind it. -1: no size. */
static int64_t
parse_size (const char **text)
{
    static const char units[] = "KMG";
    char *end;
    errno = 0;
    long long n = strtoll (*text, &end, 10);
    const char *unit = *end ? strchr (units, toupper ((unsigned char) *end)) : NULL;
    int shift = unit ? 10 * (int) (unit - units + 1) : 0;
    if (errno || !isdigit ((unsigned char) **text) || n < 1 || n > DIST_MAX_STRIP >> shift)
        return -1;
    *text = end + (unit != NULL);
    return n << shift;
}

/* "node:size" and what ends it. */
static int
parse_strip (struct varstrip *v, const char **text)
{
    char *end;
    errno = 0;
    unsigned long node = strtoul (*text, &end, 10);
    if (errno || !isdigit ((unsigned char) **text) || *end != ':' || node >= VARSTRIP_MAX || v->n == VARSTRIP_MAX)
        return -EINVAL;
    *text = end + 1;
    int64_t size = parse_size (text);
    if (size < 0 || (**text && **text != ';'))
        return -EINVAL;
    v->node[v->n] = (uint8_t) node;
    v->size[v->n++] = size;
    v->nodes = (uint8_t) MAX (v->nodes, node + 1);
    v->total += size;
    *text += **text == ';';
    return v->total <= DIST_MAX_PATTERN ? 0 : -EINVAL;
}

static int
parse (struct dist *d, const char *text)
{
    struct varstrip v = { .n = 0 };
    bool used[VARSTRIP_MAX + 1] = { false };
    if (!*text)
        return -EINVAL;
    while (*text)
        if (parse_strip (&v, &text) < 0)
            return -EINVAL;
    for (int i = 0; i < v.n; i++)
        used[v.node[i]] = true;
    for (int i = 0; i < v.nodes; i++)
        if (!used[i])
            return -EINVAL;
    d->params.varstrip = v;
    return 0;
}

static int
varstrip_set_text (struct dist *d, const char *name, const char *value)
{
    return strcmp (name, "strips") == 0 ? parse (d, value) : -ENOENT;
}

static int
varstrip_set_param (struct dist *d, const char *name, const void *value)
{
    return value ? varstrip_set_text (d, name, value) : -EINVAL;
}

/* PVFS2 has none that work; one strip after another on one node is a file like basic_dist's. */
static void
varstrip_defaults (struct dist *d)
{
    parse (d, "0:64K");
}

/* In the largest unit, so that no text becomes longer than what was given. */
static size_t
strip_string (char *buf, size_t size, unsigned node, int64_t bytes)
{
    static const char *const units[] = { "", "K", "M", "G" };
    unsigned unit = 0;
    for (; unit < 3 && bytes % 1024 == 0; unit++)
        bytes /= 1024;
    return (size_t) snprintf (buf, size, "%u:%lld%s", node, (long long) bytes, units[unit]);
}

static int
strips_string (const struct varstrip *v, char *buf, size_t size)
{
    size_t len = 0;
    for (int i = 0; i < v->n && len < size; i++) {
        if (i)
            buf[len++] = ';';
        len += strip_string (buf + len, size - len, v->node[i], v->size[i]);
    }
    return len < size ? 0 : -ENOSPC;
}

static int
varstrip_from_public (struct dist *d, const void *params)
{
    const PVFS_varstrip_params *p = params;
    return memchr (p->strips, 0, sizeof p->strips) ? parse (d, p->strips) : -EINVAL;
}

static void
varstrip_to_public (const struct dist *d, void *params)
{
    PVFS_varstrip_params *p = params;
    strips_string (&d->params.varstrip, p->strips, sizeof p->strips);
}

static int
varstrip_string (const struct dist *d, char *buf, size_t size)
{
    static const char name[] = "strips:";
    if (size < sizeof name)
        return -ENOSPC;
    memcpy (buf, name, sizeof name);
    return strips_string (&d->params.varstrip, buf + sizeof name - 1, size - sizeof name + 1);
}

static void
varstrip_wire (struct wire *w, struct dist *d)
{
    char text[sizeof (PVFS_varstrip_params)] = "";
    const char *strips = text;
    if (w->encoding)
        strips_string (&d->params.varstrip, text, sizeof text);
    wire_string (w, &strips, PVFS_REQ_LIMIT_DIST_BYTES);
    if (!w->err && !w->encoding && parse (d, strips))
        wire_fail (w, -EPROTO);
}

const struct dist_ops dist_varstrip = {
    .name = PVFS_DIST_VARSTRIP_NAME,
    .params_size = sizeof (PVFS_varstrip_params),
    .set_defaults = varstrip_defaults,
    .from_public = varstrip_from_public,
    .to_public = varstrip_to_public,
    .logical_to_physical = varstrip_to_physical,
    .physical_to_logical = varstrip_to_logical,
    .next_mapped_offset = dist_next_mapped,
    .contiguous_length = varstrip_contiguous,
    .logical_file_size = dist_file_size,
    .get_num_dfiles = varstrip_num_dfiles,
    .get_blksize = varstrip_blksize,
    .set_param = varstrip_set_param,
    .set_param_text = varstrip_set_text,
    .params_string = varstrip_string,
    .wire = varstrip_wire,
};
