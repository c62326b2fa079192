/* dist: distributions, the maps from a file's bytes to those of its datafiles.
 *
 * A distribution over server_ct datafiles sends each logical byte to one physical byte of one
 * datafile.  All of ours are monotone and dense: walking up the file, each server's bytes come in
 * order and without gaps.  So the bytes of a logical run on one server are one physical run, from
 * logical_to_physical of its start to that of its end.  req-state relies on this.
 *
 * A struct dist is a plain value: assignment copies it.  Functions are pure.
 */
#ifndef IO_DESCRIPTION_DIST_H
#define IO_DESCRIPTION_DIST_H

#include "common/base/base.h"
#include "common/wire/wire.h"
#include "pvfs2-types.h"

#define DIST_MAX_SERVERS 1024
#define DIST_MAX_STRIP   (INT64_C (1) << 40)
#define DIST_MAX_PATTERN (INT64_C (1) << 50) /* bytes after which a distribution repeats itself, per server */
#define VARSTRIP_MAX     255                 /* no text of parameters holds more strips */

/* varstrip's text, understood. */
struct varstrip {
    int64_t size[VARSTRIP_MAX];
    uint8_t node[VARSTRIP_MAX];
    uint8_t n, nodes;
    int64_t total; /* of all sizes */
};

struct dist {
    const struct dist_ops *ops;
    union {
        PVFS_simple_stripe_params simple_stripe;
        PVFS_twod_stripe_params twod_stripe;
        struct varstrip varstrip;
    } params;
};

/* nr and ct: this datafile's place and their number; nr < ct <= DIST_MAX_SERVERS. */
struct dist_ops {
    const char *name;
    size_t params_size; /* of the public parameter structure, 0 for none */
    void (*set_defaults) (struct dist *d);
    /* From and to the public structure; -EINVAL. */
    int (*from_public) (struct dist *d, const void *params);
    void (*to_public) (const struct dist *d, void *params);

    /* Where the first byte at or after `logical` that lies on server nr is; equally, how many
     * bytes before `logical` lie there. */
    int64_t (*logical_to_physical) (const struct dist *d, uint32_t nr, uint32_t ct,
                                    int64_t logical);
    /* The inverse; INT64_MAX if it would not fit. */
    int64_t (*physical_to_logical) (const struct dist *d, uint32_t nr, uint32_t ct,
                                    int64_t physical);
    /* The first logical offset at or after `logical` that lies on server nr. */
    int64_t (*next_mapped_offset) (const struct dist *d, uint32_t nr, uint32_t ct,
                                   int64_t logical);
    /* How many logical bytes from `logical` (on server nr) on stay on it; at least 1. */
    int64_t (*contiguous_length) (const struct dist *d, uint32_t nr, uint32_t ct, int64_t logical);
    /* The size of the file whose datafiles have these sizes. */
    int64_t (*logical_file_size) (const struct dist *d, uint32_t ct, const int64_t *psizes);
    /* How many datafiles a new file gets: `requested` 0 for no wish. */
    uint32_t (*get_num_dfiles) (const struct dist *d, uint32_t servers, uint32_t requested);
    int64_t (*get_blksize) (const struct dist *d, uint32_t ct);

    /* value: what the public API passes (the type of the public structure's member), or text.
     * -ENOENT: no such parameter; -EINVAL: bad value. */
    int (*set_param) (struct dist *d, const char *name, const void *value);
    int (*set_param_text) (struct dist *d, const char *name, const char *value);
    /* "name:value+..." into buf; -ENOSPC if it does not fit. */
    int (*params_string) (const struct dist *d, char *buf, size_t size);

    void (*wire) (struct wire *w, struct dist *d); /* the parameters, checked when decoding */
};

#define DIST_DEFAULT_NAME PVFS_DIST_SIMPLE_STRIPE_NAME

/* A distribution with default parameters; -ENOENT for an unknown name. */
int dist_lookup (const char *name, struct dist *ret_dist);

/* Applies "name:value+name:value"; all or nothing. -EINVAL, -ENOENT. */
int dist_set_params (struct dist *d, const char *text);

/* Both at once. -EINVAL, with what is wrong in why[]. */
enum { DIST_WHY = 256 };
int dist_check (const char *name, const char *params, char why[DIST_WHY]);

/* Name and parameters, both ways. An unknown name is malformed input (-EPROTO). */
void dist_wire (struct wire *w, struct dist *d);

/* What those that repeat a pattern share: physical_to_logical decides. */
int64_t dist_next_mapped (const struct dist *d, uint32_t nr, uint32_t ct, int64_t logical);
int64_t dist_file_size (const struct dist *d, uint32_t ct, const int64_t *psizes);
uint32_t dist_num_dfiles (const struct dist *d, uint32_t servers, uint32_t requested);
/* A number in digits only; -1 if it is none. */
int64_t dist_parse_number (const char *text);

extern const struct dist_ops dist_varstrip, dist_twod_stripe;

/* From the API's form; -EINVAL for NULL, an unknown name or bad parameters. */
int dist_from_sys (const PVFS_sys_dist *sys, struct dist *ret_dist);

#endif
