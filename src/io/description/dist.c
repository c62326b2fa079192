/* dist.c: simple_stripe and basic_dist, the table of all, and what they share. */
#include "io/description/dist.h"

#include <ctype.h>
#include <stdio.h>

/* ---- what they share ------------------------------------------------------------------------- */

int64_t
dist_next_mapped (const struct dist *d, uint32_t nr, uint32_t ct, int64_t logical)
{
    int64_t physical = d->ops->logical_to_physical (d, nr, ct, logical);
    return d->ops->physical_to_logical (d, nr, ct, physical);
}

/* The end of the last byte of all. */
int64_t
dist_file_size (const struct dist *d, uint32_t ct, const int64_t *psizes)
{
    int64_t size = 0;
    for (uint32_t nr = 0; nr < ct; nr++) {
        if (psizes[nr] <= 0)
            continue;
        int64_t last = d->ops->physical_to_logical (d, nr, ct, psizes[nr] - 1);
        size = MAX (size, last == INT64_MAX ? last : last + 1);
    }
    return size;
}

uint32_t
dist_num_dfiles (const struct dist *d, uint32_t servers, uint32_t requested)
{
    uint32_t n = requested ? requested : servers;
    return MIN (n, DIST_MAX_SERVERS);
}

int64_t
dist_parse_number (const char *text)
{
    char *end;
    errno = 0;
    long long number = strtoll (text, &end, 10);
    return errno || *end || !isdigit ((unsigned char) *text) ? -1 : number;
}

/* ---- simple_stripe: strips of z bytes, round robin ------------------------------------------ */

static int64_t
stripe_to_physical (const struct dist *d, uint32_t nr, uint32_t ct, int64_t logical)
{
    int64_t z = d->params.simple_stripe.strip_size;
    int64_t rows = logical / (z * ct);
    int64_t in_row = logical - rows * z * ct;
    int64_t mine = in_row - nr * z;
    return rows * z + (mine <= 0 ? 0 : MIN (mine, z));
}

static int64_t
stripe_to_logical (const struct dist *d, uint32_t nr, uint32_t ct, int64_t physical)
{
    int64_t z = d->params.simple_stripe.strip_size, row_start, logical;
    if (!mul_ok (physical / z, z * ct, &row_start)
        || !add_ok (row_start, nr * z + physical % z, &logical))
        return INT64_MAX;
    return logical;
}

static int64_t
stripe_contiguous (const struct dist *d, uint32_t nr, uint32_t ct, int64_t logical)
{
    int64_t z = d->params.simple_stripe.strip_size;
    return ct == 1 ? INT64_MAX - logical : z - logical % z;
}

static int64_t
stripe_blksize (const struct dist *d, uint32_t ct)
{
    return d->params.simple_stripe.strip_size * ct;
}

static int
stripe_set (struct dist *d, const char *name, int64_t value)
{
    if (strcmp (name, "strip_size") != 0)
        return -ENOENT;
    if (value < 1 || value > DIST_MAX_STRIP)
        return -EINVAL;
    d->params.simple_stripe.strip_size = value;
    return 0;
}

static int
stripe_set_param (struct dist *d, const char *name, const void *value)
{
    int64_t number;
    if (!value)
        return -EINVAL;
    memcpy (&number, value, sizeof (number));
    return stripe_set (d, name, number);
}

static int
stripe_set_text (struct dist *d, const char *name, const char *value)
{
    return stripe_set (d, name, dist_parse_number (value));
}

static void
stripe_defaults (struct dist *d)
{
    d->params.simple_stripe.strip_size = PVFS_DIST_SIMPLE_STRIPE_DEFAULT_STRIP_SIZE;
}

static int
stripe_from_public (struct dist *d, const void *params)
{
    const PVFS_simple_stripe_params *p = params;
    return stripe_set (d, "strip_size", p->strip_size);
}

static void
stripe_to_public (const struct dist *d, void *params)
{
    *(PVFS_simple_stripe_params *) params = d->params.simple_stripe;
}

static int
stripe_string (const struct dist *d, char *buf, size_t size)
{
    int n = snprintf (buf, size, "strip_size:%lld",
                      (long long) d->params.simple_stripe.strip_size);
    return (size_t) n < size ? 0 : -ENOSPC;
}

static void
stripe_wire (struct wire *w, struct dist *d)
{
    wire_i64 (w, &d->params.simple_stripe.strip_size);
    if (!w->err && !w->encoding && stripe_set (d, "strip_size", d->params.simple_stripe.strip_size))
        wire_fail (w, -EPROTO);
}

/* ---- basic_dist: the file is its one datafile ----------------------------------------------- */

/* With more datafiles than one all bytes are on the first. */
static int64_t
basic_to_physical (const struct dist *d, uint32_t nr, uint32_t ct, int64_t logical)
{
    return nr == 0 ? logical : 0;
}

static int64_t
basic_to_logical (const struct dist *d, uint32_t nr, uint32_t ct, int64_t physical)
{
    return nr == 0 ? physical : INT64_MAX;
}

static int64_t
basic_contiguous (const struct dist *d, uint32_t nr, uint32_t ct, int64_t logical)
{
    return INT64_MAX - logical;
}

static int64_t
basic_file_size (const struct dist *d, uint32_t ct, const int64_t *psizes)
{
    return ct ? MAX (psizes[0], 0) : 0;
}

static uint32_t
basic_num_dfiles (const struct dist *d, uint32_t servers, uint32_t requested)
{
    return 1;
}

static int64_t
basic_blksize (const struct dist *d, uint32_t ct)
{
    return PVFS_DIST_SIMPLE_STRIPE_DEFAULT_STRIP_SIZE;
}

static int
basic_set_param (struct dist *d, const char *name, const void *value)
{
    return -ENOENT;
}

static int
basic_set_text (struct dist *d, const char *name, const char *value)
{
    return -ENOENT;
}

static int
basic_string (const struct dist *d, char *buf, size_t size)
{
    if (!size)
        return -ENOSPC;
    *buf = '\0';
    return 0;
}

static void
basic_wire (struct wire *w, struct dist *d)
{
}

static void
basic_defaults (struct dist *d)
{
}

static int
basic_from_public (struct dist *d, const void *params)
{
    return 0;
}

static void
basic_to_public (const struct dist *d, void *params)
{
}

/* ---- the table ------------------------------------------------------------------------------ */

static const struct dist_ops dist_simple_stripe = {
    .name = PVFS_DIST_SIMPLE_STRIPE_NAME,
    .params_size = sizeof (PVFS_simple_stripe_params),
    .set_defaults = stripe_defaults,
    .from_public = stripe_from_public,
    .to_public = stripe_to_public,
    .logical_to_physical = stripe_to_physical,
    .physical_to_logical = stripe_to_logical,
    .next_mapped_offset = dist_next_mapped,
    .contiguous_length = stripe_contiguous,
    .logical_file_size = dist_file_size,
    .get_num_dfiles = dist_num_dfiles,
    .get_blksize = stripe_blksize,
    .set_param = stripe_set_param,
    .set_param_text = stripe_set_text,
    .params_string = stripe_string,
    .wire = stripe_wire,
};

static const struct dist_ops dist_basic = {
    .name = PVFS_DIST_BASIC_NAME,
    .params_size = 0,
    .set_defaults = basic_defaults,
    .from_public = basic_from_public,
    .to_public = basic_to_public,
    .logical_to_physical = basic_to_physical,
    .physical_to_logical = basic_to_logical,
    .next_mapped_offset = basic_to_logical, /* its own place, or never */
    .contiguous_length = basic_contiguous,
    .logical_file_size = basic_file_size,
    .get_num_dfiles = basic_num_dfiles,
    .get_blksize = basic_blksize,
    .set_param = basic_set_param,
    .set_param_text = basic_set_text,
    .params_string = basic_string,
    .wire = basic_wire,
};

static const struct dist_ops *const table[] = { &dist_simple_stripe, &dist_basic, &dist_varstrip, &dist_twod_stripe };

int
dist_lookup (const char *name, struct dist *ret_dist)
{
    for (size_t i = 0; name && i < ARRAY_SIZE (table); i++) {
        if (strcmp (table[i]->name, name) == 0) {
            memset (ret_dist, 0, sizeof (*ret_dist));
            ret_dist->ops = table[i];
            ret_dist->ops->set_defaults (ret_dist);
            return 0;
        }
    }
    return -ENOENT;
}

int
dist_set_params (struct dist *d, const char *text)
{
    struct dist changed = *d;
    if (!text || strlen (text) >= PVFS_REQ_LIMIT_DIST_BYTES)
        return -EINVAL;
    CLEANUP_FREE char *copy = strdup (text);
    if (!copy)
        return -ENOMEM;
    for (char *rest = copy, *pair; *text && (pair = strsep (&rest, "+"));) {
        char *value = strchr (pair, ':');
        if (!value)
            return -EINVAL;
        *value++ = '\0';
        int err = d->ops->set_param_text (&changed, pair, value);
        if (err)
            return err;
    }
    *d = changed;
    return 0;
}

static int
no_such_dist (const char *name, char why[DIST_WHY])
{
    int n = snprintf (why, DIST_WHY, "there is no distribution '%.64s', only", name);
    for (size_t i = 0; i < ARRAY_SIZE (table) && n < DIST_WHY; i++)
        n += snprintf (why + n, (size_t)(DIST_WHY - n), "%s %s", i > 0 ? "," : "", table[i]->name);
    return -EINVAL;
}

int
dist_check (const char *name, const char *params, char why[DIST_WHY])
{
    struct dist d;
    if (dist_lookup (name, &d))
        return no_such_dist (name, why);
    CLEANUP_FREE char *copy = strdup (params);
    if (!copy)
        return -ENOMEM;
    for (char *rest = copy, *pair; *params && (pair = strsep (&rest, "+"));) {
        int err = dist_set_params (&d, pair);
        if (!err)
            continue;
        snprintf (why, DIST_WHY, err == -ENOENT ? "%s has no parameter '%.64s'" : "%s cannot have '%.64s'", name, pair);
        return -EINVAL;
    }
    if (strlen (params) < PVFS_REQ_LIMIT_DIST_BYTES)
        return 0;
    snprintf (why, DIST_WHY, "the parameters of %s are too long", name);
    return -EINVAL;
}

void
dist_wire (struct wire *w, struct dist *d)
{
    const char *name = w->encoding ? d->ops->name : NULL;
    wire_string (w, &name, PVFS_REQ_LIMIT_DIST_NAME);
    if (w->err)
        return;
    if (!w->encoding && dist_lookup (name, d)) {
        wire_fail (w, -EPROTO);
        return;
    }
    d->ops->wire (w, d);
}
