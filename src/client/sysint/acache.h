/*
 * acache: what this client knows of objects, by (fs, handle).
 *
 * Type, layout, buckets and a link's target hold until an error says otherwise; size, times and permissions until their expiry (off
 * with a time-out of 0); capabilities, kept per user, until shortly before theirs. Bounded: the least recently used entry makes room.
 * Memory of an entry is its own: users copy out. Belongs to the reactor's holder.
 */
#ifndef ACACHE_H
#define ACACHE_H

#include "common/base/hash.h"
#include "common/base/list.h"
#include "proto/proto.h"

enum {
    ACACHE_MAX = 10240,        /* entries */
    ACACHE_CAPS = 4,           /* users per entry */
    ACACHE_CAP_MARGIN = 5,     /* seconds before its expiry that a capability is no longer used */
};

struct acache_cap {
    uint64_t who;              /* acache_who, 0 = free */
    uint32_t mask;
    uint64_t expiry;
    uint8_t mac[PROTO_MAC_SIZE];
};

struct acache_entry {
    struct hash_node node;
    struct list lru;
    obj_fsid fs;
    obj_handle handle;
    uint8_t type;
    bool have_layout;          /* files: layout; directories: buckets; links: target */
    bool stuffed;
    struct proto_layout layout;
    uint32_t nbuckets;
    struct proto_bucket *buckets;
    struct object_attr *parts; /* of a directory of several buckets, one each, the first with permissions; NULL: not known */
    uint64_t parts_until;
    char *target;
    struct object_attr attr;
    uint64_t attr_until;       /* reactor_now's scale; 0 = not known */
    int64_t size, blocks;
    uint64_t written;          /* last write, that came with it: no later than either time, which may be from elsewhere */
    uint64_t size_until;
    struct acache_cap caps[ACACHE_CAPS]; /* the newest first */
};

struct acache;

int acache_new (size_t max, struct acache **ret);
void acache_free (struct acache *a);
size_t acache_count (const struct acache *a);

/* NULL: unknown. A hit counts as use. */
struct acache_entry *acache_find (struct acache *a, obj_fsid fs, obj_handle h);
/* What a server said: everything that `info` holds replaces what was known. Attributes (and the size with INFO_SIZE) are good until
 * `until`; 0 = not at all. `who` owns the capability in it. Out of memory costs knowledge, nothing else. */
void acache_put (struct acache *a, obj_fsid fs, const struct proto_info *info, uint64_t who, uint64_t until);
/* The size of a striped file, its blocks, and the newest write of its datafiles. */
void acache_put_size (struct acache *a, obj_fsid fs, obj_handle h, const struct object_attr *attr, uint64_t until);
/* The attributes of a directory's buckets, in the order of the table; takes `parts`. */
void acache_put_parts (struct acache *a, obj_fsid fs, obj_handle h, uint32_t n, struct object_attr *parts, uint64_t until);
/* One of them as an answer tells it (its size: where the bucket's hashes end). True: *ret is the directory as it is then; false: the others, or the
 * table, are not known well enough. */
bool acache_put_part (struct acache *a, obj_fsid fs, obj_handle h, obj_handle dirdata, const struct object_attr *part, uint64_t now, struct object_attr *ret);
void acache_forget_attr (struct acache *a, obj_fsid fs, obj_handle h);
void acache_forget_caps (struct acache *a, obj_fsid fs, obj_handle h);
void acache_forget (struct acache *a, obj_fsid fs, obj_handle h);
void acache_forget_all (struct acache *a);

/* A user, as far as capabilities are concerned: uid and all groups. Never 0. */
uint64_t acache_who (const struct proto_cred *c);
/* A capability of that user that lasts (now: seconds since 1970) and grants the mask; NULL if there is none. */
const struct acache_cap *acache_cap (const struct acache_entry *e, uint64_t who, uint32_t mask, uint64_t now);

#endif
