/*
 * proto: what servers and clients say to each other – one table of operations, one file per operation.
 *
 * A request is one unexpected message: header, then the operation's body. A response is one expected message of the same tag:
 * header, then the body if status is 0. Each codec works in both directions (common/wire). Decoded bodies live in the message's buffer
 * and in the arena given at decoding.
 *
 * ops.def is the table; src/proto/ops/NAME.h holds struct NAME_req, struct NAME_resp and their codecs.
 */
#ifndef PROTO_H
#define PROTO_H

#include <errno.h>

#include "common/object/object.h"
#include "common/wire/wire.h"

enum {
    PROTO_MAX_GROUPS = 32,
    PROTO_MAX_DFILES = 1024,
    PROTO_MAX_NAME = 255,
    PROTO_MAX_PATH = 4096,
    PROTO_MAX_DIST_NAME = 128,
    PROTO_MAX_DIST_PARAMS = 1024,
    PROTO_MAX_BUCKETS = 1024,
    PROTO_MAX_IO_REQUEST = 8 << 20,   /* bytes of an encoded PVFS_Request */
    PROTO_MAX_XATTR_NAME = 256,
    PROTO_MAX_XATTR_VALUE = 65536,
    PROTO_MAX_XATTRS = 64,            /* per message */
    PROTO_MAX_DIRENTS = 4096,
    PROTO_MAX_HANDLES = 8192,
    PROTO_MAX_CONFIG = 1 << 20,
    PROTO_MAX_SMALL_IO = 1 << 20,
    PROTO_MAX_TEXT = 1 << 20,
    PROTO_MAC_SIZE = 32,
    PROTO_MAX_REQUEST = 16 << 20,     /* head and body of an oversized request together */
};

enum proto_op {
#define OPERATION(NUMBER, name, flags) PROTO_##name = NUMBER,
#include "proto/ops.def"
#undef OPERATION
    PROTO_OP_COUNT = 96,
};

/* Flags of an operation. */
enum {
    OP_MODIFY = 1,  /* changes metadata: exactly once through its reply record */
    OP_ADMIN = 2,   /* uid 0 only */
    OP_SERVER = 4,  /* between servers only */
    OP_DATA = 8,    /* acts on a datafile under a capability */
};

/* Who asks. */
struct proto_cred {
    uint32_t uid, gid;
    uint32_t ngroups;
    uint32_t *groups;
    const char *issuer;
    const void *signature;
    uint32_t signature_len;
};

/* What the bearer may do with one file; made by the metafile's server, enforced by data servers. */
enum { CAP_EXEC = 1, CAP_WRITE = 2, CAP_READ = 4, CAP_SETATTR = 8, CAP_CREATE = 16, CAP_ADMIN = 32, CAP_REMOVE = 64 };

struct proto_cap {
    obj_fsid fs;          /* 0: no capability */
    obj_handle metafile;
    uint32_t mask;        /* CAP_… */
    uint64_t expiry;      /* seconds since 1970 */
    uint32_t ndfiles;
    obj_handle *dfiles;
    uint8_t mac[PROTO_MAC_SIZE];
};

struct proto_request {
    uint16_t op;
    obj_fsid fs;
    struct proto_cred cred;
    struct proto_cap cap;
    uint64_t epoch;       /* of the sender's configuration */
    uint64_t client_id;
    uint32_t slot;
    uint64_t seq;         /* of that slot, from 1 */
    uint32_t remaining_ms; /* until the caller gives up; 0 = does not */
    uint64_t request_id;  /* hint: ties logs of client and servers together */
    void *body;           /* struct NAME_req */
};

struct proto_response {
    uint16_t op;
    int32_t status;       /* 0 or a negative PVFS error */
    uint64_t epoch;
    bool has_dir;         /* an entry was made or removed: its directory as it is now, or this bucket's part of it (OBJ_SPREAD) */
    struct object_attr dir;
    void *body;           /* struct NAME_resp, only with status 0 */
};

struct proto_op_info {
    const char *name;
    unsigned flags;
    size_t req_size, resp_size;
    void (*req_codec) (struct wire *, void *);
    void (*resp_codec) (struct wire *, void *);
};
const struct proto_op_info *proto_op_info (unsigned op); /* NULL: no such operation */

/* Both directions. Decoding allocates the body from w->arena. -EPROTO, -EPROTONOSUPPORT (unknown operation), -EMSGSIZE, -ENOMEM. */
int proto_request_codec (struct wire *w, struct proto_request *r);
int proto_response_codec (struct wire *w, struct proto_response *r);

void proto_cred_codec (struct wire *w, struct proto_cred *c);
void proto_cap_codec (struct wire *w, struct proto_cap *c);

/* --- pieces that several operations share ---------------------------------------------------------------------------------- */

/* Where a file's data is. */
struct proto_layout {
    const char *dist_name, *dist_params; /* "simple_stripe", "strip_size:65536" */
    uint32_t ndfiles;
    obj_handle *dfiles;
    uint32_t ndfiles_wanted;             /* stuffed: how many it will get when it grows */
    uint32_t nservers;                   /* stuffed, layout other than round robin: on which data servers; else none */
    uint32_t *servers;
};

struct proto_bucket {
    uint64_t first_hash; /* entries with hash >= this, up to the next bucket's */
    obj_handle dirdata;
};
#define HASH_END UINT64_MAX /* behind all hashes: where the last bucket ends */
/* A bucket does not serve this name, or not just now: begin anew with the directory's table of buckets as it is then. Nothing was done. */
#define PROTO_EMOVED ERESTART

/* All that a client learns of an object at once. */
enum { INFO_SIZE = 1, INFO_LAYOUT = 2, INFO_TARGET = 4, INFO_BUCKETS = 8, INFO_CAP = 16, INFO_WRITABLE = 32 };

struct proto_info {
    obj_handle handle;
    uint32_t have; /* INFO_… */
    struct object_attr attr;   /* attr.size and attr.blocks valid with INFO_SIZE */
    struct proto_layout layout;
    const char *target;        /* symlink */
    uint32_t nbuckets;
    struct proto_bucket *buckets;
    struct proto_cap cap;
};
void proto_layout_codec (struct wire *w, struct proto_layout *l);
void proto_info_codec (struct wire *w, struct proto_info *i);

/* What a creator wishes. Zero values mean the default (directory hints, then the file system's). */
enum { LAYOUT_DEFAULT = 0, LAYOUT_NONE = 1, LAYOUT_ROUND_ROBIN = 2, LAYOUT_RANDOM = 3, LAYOUT_LIST = 4, LAYOUT_LOCAL = 5 };

struct proto_create_attr {
    uint32_t mode;             /* 07777, S_IFMT for special files */
    uint32_t umask;            /* taken off the mode unless the directory has a default access list */
    uint32_t uid, gid;         /* uid 0 may choose; others get their own */
    uint64_t atime, mtime, ctime; /* 0 = the server's now */
    uint32_t dev;
    uint32_t ndfiles;
    const char *dist_name, *dist_params;
    uint32_t layout;
    uint32_t nservers;
    uint32_t *servers;         /* indices into the file system's data servers, for LAYOUT_LIST */
};
void proto_create_attr_codec (struct wire *w, struct proto_create_attr *a);

/* Where an entry lives. */
struct proto_entry_at {
    obj_handle dir, dirdata;
    const char *name;
};
void proto_entry_at_codec (struct wire *w, struct proto_entry_at *e);

/* The place of a name in its directory: 63 bits, values below 2^32 remapped (readdir tokens START and END live there). */
uint64_t proto_name_hash (const char *name);

/* --- one file per operation --------------------------------------------------------------------------------------------------- */

#define PROTO_EMPTY(type)                                                                          \
    struct type {                                                                                  \
        char nothing;                                                                              \
    };                                                                                             \
    static inline void type##_codec (struct wire *w, struct type *b)                               \
    {                                                                                              \
        (void) w;                                                                                  \
        (void) b;                                                                                  \
    }

#endif
