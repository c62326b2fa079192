/* dist-twod-stripe.c: strips dealt out to one group of servers after the other.
 *
 * With fewer servers than groups each server is a group.  Of ct servers in g groups all groups have
 * ct / g, but the last has what is left over too.  One round of the file:
 *
 *     group 0: factor rows of one strip for each of its servers | group 1: likewise | ...
 */
#include <stdio.h>

#include "io/description/dist.h"

/* Where a server is: its group begins at byte `start` of a round, and it is the one of `n` there that
 * is number `k`. */
struct place {
    int64_t start, n, k;
};

static struct place
place_of (const PVFS_twod_stripe_params *p, uint32_t nr, uint32_t ct)
{
    uint32_t groups = MIN (p->num_groups, ct), each = ct / groups;
    uint32_t group = MIN (nr / each, groups - 1), first = group * each;
    return (struct place){ .start = first * p->strip_size * p->group_strip_factor,
                           .n = group == groups - 1 ? ct - first : each,
                           .k = nr - first };
}

static int64_t
twod_to_physical (const struct dist *d, uint32_t nr, uint32_t ct, int64_t logical)
{
    const PVFS_twod_stripe_params *p = &d->params.twod_stripe;
    struct place at = place_of (p, nr, ct);
    int64_t z = p->strip_size, mine = z * p->group_strip_factor;
    int64_t round = logical / (mine * ct);
    int64_t in_group = logical - round * mine * ct - at.start;
    in_group = in_group <= 0 ? 0 : MIN (in_group, mine * at.n);
    int64_t row = in_group / (z * at.n), in_strip = in_group % (z * at.n) - at.k * z;
    return round * mine + row * z + (in_strip <= 0 ? 0 : MIN (in_strip, z));
}

static int64_t
twod_to_logical (const struct dist *d, uint32_t nr, uint32_t ct, int64_t physical)
{
    const PVFS_twod_stripe_params *p = &d->params.twod_stripe;
    struct place at = place_of (p, nr, ct);
    int64_t z = p->strip_size, mine = z * p->group_strip_factor, round_start, logical;
    int64_t in_mine = physical % mine;
    int64_t in_round = at.start + in_mine / z * z * at.n + at.k * z + in_mine % z;
    if (!mul_ok (physical / mine, mine * ct, &round_start) || !add_ok (round_start, in_round, &logical))
        return INT64_MAX;
    return logical;
}

static int64_t
twod_contiguous (const struct dist *d, uint32_t nr, uint32_t ct, int64_t logical)
{
    int64_t z = d->params.twod_stripe.strip_size;
    return ct == 1 ? INT64_MAX - logical : z - logical % z;
}

static int64_t
twod_blksize (const struct dist *d, uint32_t ct)
{
    return d->params.twod_stripe.strip_size * ct;
}

/* ---- parameters ------------------------------------------------------------------------------- */

static int
accept (struct dist *d, int64_t groups, int64_t strip, int64_t factor)
{
    if (groups < 1 || groups > UINT32_MAX || strip < 1 || strip > DIST_MAX_STRIP || factor < 1 || factor > UINT32_MAX
        || strip > DIST_MAX_PATTERN / factor)
        return -EINVAL;
    d->params.twod_stripe = (PVFS_twod_stripe_params){ (uint32_t) groups, strip, (uint32_t) factor };
    return 0;
}

static int
twod_set (struct dist *d, const char *name, int64_t value)
{
    const PVFS_twod_stripe_params p = d->params.twod_stripe;
    if (strcmp (name, "num_groups") == 0)
        return accept (d, value, p.strip_size, p.group_strip_factor);
    if (strcmp (name, "strip_size") == 0)
        return accept (d, p.num_groups, value, p.group_strip_factor);
    if (strcmp (name, "group_strip_factor") == 0)
        return accept (d, p.num_groups, p.strip_size, value);
    return -ENOENT;
}

static int
twod_set_param (struct dist *d, const char *name, const void *value)
{
    int64_t wide;
    uint32_t narrow;
    if (!value)
        return -EINVAL;
    if (strcmp (name, "strip_size") == 0)
        memcpy (&wide, value, sizeof wide);
    else
        wide = (memcpy (&narrow, value, sizeof narrow), narrow);
    return twod_set (d, name, wide);
}

static int
twod_set_text (struct dist *d, const char *name, const char *value)
{
    return twod_set (d, name, dist_parse_number (value));
}

static void
twod_defaults (struct dist *d)
{
    d->params.twod_stripe = (PVFS_twod_stripe_params){ PVFS_DIST_TWOD_STRIPE_DEFAULT_GROUPS, PVFS_DIST_TWOD_STRIPE_DEFAULT_STRIP_SIZE,
                                                       PVFS_DIST_TWOD_STRIPE_DEFAULT_FACTOR };
}

static int
twod_from_public (struct dist *d, const void *params)
{
    const PVFS_twod_stripe_params *p = params;
    return accept (d, p->num_groups, p->strip_size, p->group_strip_factor);
}

static void
twod_to_public (const struct dist *d, void *params)
{
    *(PVFS_twod_stripe_params *) params = d->params.twod_stripe;
}

static int
twod_string (const struct dist *d, char *buf, size_t size)
{
    const PVFS_twod_stripe_params *p = &d->params.twod_stripe;
    int n = snprintf (buf, size, "num_groups:%u+strip_size:%lld+group_strip_factor:%u", p->num_groups, (long long) p->strip_size,
                      p->group_strip_factor);
    return (size_t) n < size ? 0 : -ENOSPC;
}

static void
twod_wire (struct wire *w, struct dist *d)
{
    PVFS_twod_stripe_params p = d->params.twod_stripe;
    wire_u32 (w, &p.num_groups);
    wire_i64 (w, &p.strip_size);
    wire_u32 (w, &p.group_strip_factor);
    if (!w->err && !w->encoding && twod_from_public (d, &p))
        wire_fail (w, -EPROTO);
}

const struct dist_ops dist_twod_stripe = {
    .name = PVFS_DIST_TWOD_STRIPE_NAME,
    .params_size = sizeof (PVFS_twod_stripe_params),
    .set_defaults = twod_defaults,
    .from_public = twod_from_public,
    .to_public = twod_to_public,
    .logical_to_physical = twod_to_physical,
    .physical_to_logical = twod_to_logical,
    .next_mapped_offset = dist_next_mapped,
    .contiguous_length = twod_contiguous,
    .logical_file_size = dist_file_size,
    .get_num_dfiles = dist_num_dfiles,
    .get_blksize = twod_blksize,
    .set_param = twod_set_param,
    .set_param_text = twod_set_text,
    .params_string = twod_string,
    .wire = twod_wire,
};
