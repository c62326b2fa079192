/* fsck: what pvfs2-fsck and pvfs2-validate share – the state of a file system in compact tables,
 * and what is wrong with it.
 *
 *     gather (all servers) or walk (a subtree)  ->  struct image  ->  check  ->  struct findings
 *     -> report, repair
 *
 * A look that is taken while others work is never of one instant. So a finding counts only if
 * several looks agree on it, with everything unchanged that it is about (`digest`); what an intent
 * explains is none. Repairs are made while the servers hold back everything else (struct freeze),
 * each in one transaction that expects the records as they were seen, so a repair that is cut off
 * leaves what the next run finds. Single-threaded but for the progress line.
 */
#ifndef APPS_ADMIN_FSCK_H
#define APPS_ADMIN_FSCK_H

#include "apps/common/progress.h"
#include "apps/common/servers.h"
#include "client/sysint/fsck-api.h"
#include "common/base/arena.h"
#include "proto/ops/fsck_fix.h"
#include "proto/record.h"

/* The types of keys, as in io/trove/trove.h. */
enum fsck_type {
    FSCK_ATTR = 'a',
    FSCK_DIRENT = 'd',
    FSCK_XATTR = 'x',
    FSCK_KEYVAL = 'k',
    FSCK_INTENT = 'i',
    FSCK_POOL = 'p',
};

/* -- fsck-kinds.c: what can be wrong -- */

/* In the order in which they are repaired: a pass mends the earliest stage only, the next pass
 * looks anew. */
enum finding_kind {
#define KIND(symbol, stage, name, would, did) FINDING_##symbol,
#include "apps/admin/fsck-kinds.def"
#undef KIND
    FINDING_KINDS,
};

struct finding_info {
    const char *name, *would, *did; /* would, did NULL: cannot be repaired */
    int stage;
};
extern const struct finding_info finding_infos[FINDING_KINDS];

enum finding_state { FOUND, REPAIRED, LEFT };

struct finding {
    uint8_t kind, state, type; /* type: of the object in question, or of the key */
    bool keep;                 /* must not be repaired, `why` says so */
    uint16_t server;
    obj_handle subject, other; /* for names: the object, the dirdata */
    uint64_t hash;             /* for names: in their key */
    uint32_t name_digest;
    uint64_t digest;
    uint64_t value; /* what it should be */
    char *text;
};

struct findings {
    struct finding *list;
    size_t n, room;
};

void findings_free (struct findings *f);
/* Keeps those of `f` that `before` has as well, unchanged. */
void findings_agree (struct findings *f, const struct findings *before);

/* -- fsck-table.c: the tables -- */

enum {
    MARK_DAMAGED = 1, /* its record cannot be read */
    MARK_LAYOUT = 2,
    MARK_BUCKETS = 4,
    MARK_TARGET = 8,
    MARK_HELD = 16, /* without a name, but open */
    MARK_CLAIMED = 32,
    MARK_REACHED = 64,
    MARK_BAD_KEYVAL = 128, /* layout or bucket table cannot be read */
};

struct object {
    obj_handle handle, parent;
    uint64_t entries;
    uint32_t nlink, digest;
    uint32_t names, subdirs, found; /* counted; of a directory those in its own bucket */
    uint32_t mode, uid, gid;
    struct object_spread spread; /* zero: the file system's */
    uint16_t server, flags, nbuckets;
    uint8_t type, marks, has; /* has: OBJ_HAS_... of its extended attributes */
};

struct name {
    obj_handle handle, dirdata;
    uint64_t hash;
    uint32_t digest; /* of the name's bytes */
    uint16_t server;
    uint8_t type, problem; /* NAME_... */
};
enum { NAME_FINE, NAME_WRONG_HASH, NAME_BAD };

struct claim {
    obj_handle datafile, metafile;
};

struct bucket {
    obj_handle dirdata, dir;
    uint64_t first, last; /* of hashes */
};

/* What a bucket says of itself. */
struct own_range {
    obj_handle dirdata;
    uint64_t first, end;
    bool served; /* all of it: neither moving nor frozen */
};

struct pending {
    obj_handle dir, dirdata;
    uint16_t server;
};

struct keyval {
    obj_handle handle;
    uint16_t server;
    uint8_t mark; /* MARK_LAYOUT, ... */
    bool damaged;
};

struct pooled {
    obj_handle handle;
    uint16_t server;
    uint8_t type;
};

/* Handles given in advance, and up to which batch they are in the pool of who asked for them. */
struct batch {
    int giver, owner;
    uint8_t type;
    uint64_t number;
    size_t first, n; /* in image.given */
};

struct stored {
    int giver, owner;
    uint8_t type;
    uint64_t number;
};

struct intent_seen {
    uint64_t id;
    uint16_t server;
    bool readable, live;
};

struct xattrs {
    obj_handle handle;
    uint16_t server;
    uint16_t has;
};

struct table {
    void *rows;
    size_t n, room, size;
};

struct image {
    PVFS_fs_id fs;
    struct servers servers;
    char (*aliases)[PROTO_MAX_NAME + 1]; /* of each server */
    const PVFS_credential *cred;
    struct progress_counts *counts; /* the caller's */
    unsigned look;                  /* how many there have been, with this one */
    obj_handle root;
    bool partial; /* a subtree: `root` is its top, and there is more elsewhere */
    /* tables, sorted by their first member once gathered */
    struct table objects, names, claims, buckets, places, pending, keyvals, xattrs, pools, held,
        given, explained, bstreams;
    struct table batches, stored, intents; /* short ones */
    struct findings damaged;               /* what already the gathering shows */
    const char *failed;                    /* the server that did not answer */
};

struct look;
void image_init (struct image *m, const struct look *l, unsigned number);
void image_fini (struct image *m);
void *table_add (struct table *t);
void table_sort (struct table *t);
/* The first row whose first member is `key`, or NULL; *ret_n: how many there are of it. */
void *table_find (const struct table *t, uint64_t key, size_t *ret_n);
#define TABLE_EACH(t, type, row) \
    for (type *row = (t)->rows, *row##_end = row + (t)->n; row < row##_end; row++)
struct object *image_object (const struct image *m, obj_handle h);
/* Whose record counts the entries of a bucket: the directory's on its server, else the dirdata's. */
struct object *image_holder (const struct image *m, const struct bucket *b);
/* The server that should have it, or -1. */
int image_server_of (const struct image *m, obj_handle h);
int image_server_by_alias (const struct image *m, const char *alias);

/* -- fsck-gather.c -- */

/* 0 or a negative errno with m->failed. */
int image_gather (struct image *m);
int image_walk (struct image *m, obj_handle top); /* fsck-walk.c */
/* One record into its table. */
void image_take (struct image *m, unsigned server, uint8_t type, const struct fsck_item *x);
/* All pages of one type from all servers; of GATHER_HANDLE_0 only what belongs to no object, of
 * GATHER_OBJECTS only what does. */
enum gather_part { GATHER_ALL, GATHER_HANDLE_0, GATHER_OBJECTS };
int image_gather_type (struct image *m, uint8_t type, enum gather_part part);

/* One request to one server, all its pages; with q.max just one. */
int image_scan (struct image *m, int server, struct fsck_scan_req q,
                void (*take) (void *arg, const struct fsck_item *x), void *arg);

/* -- fsck-check.c -- */

void image_check (struct image *m, struct findings *ret);

/* -- fsck-repair.c -- */

/* Mends the earliest stage that it can mend; the number of findings repaired. */
unsigned repair_pass (struct image *m, struct findings *f, obj_handle lost_found);

/* -- fsck-report.c -- */

struct report {
    bool json, repair;
    unsigned printed;
};
void report_begin (const struct report *r);
void report_finding (struct report *r, struct image *m, const struct finding *f);
void report_end (const struct report *r, const struct image *m, unsigned repaired, unsigned left);

/* -- fsck-look.c: looks and the freeze -- */

struct look {
    PVFS_fs_id fs;
    const PVFS_credential *cred;
    const struct servers *servers;
    struct progress_counts *counts; /* how far it is, for whoever shows it */
    obj_handle top;                 /* not 0: only this subtree */
};

/* Looks until `times` looks in a row agree, `pause_ms` apart. *ret_image is the last one's. 0, or a
 * negative errno after a report. */
int look_until_sure (const struct look *l, unsigned times, unsigned pause_ms,
                     struct image *ret_image, struct findings *ret);
/* The servers hold back what modifies, until the thaw or the end of this process. */
int freeze (const struct look *l);
void thaw (const struct look *l);

/* exit status, as fsck(8)'s */
enum { FSCK_CLEAN = 0, FSCK_REPAIRED = 1, FSCK_LEFT = 4, FSCK_FAILED = 8 };

#endif
