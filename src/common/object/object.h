/*
 * object: what a file system object is – its type and attributes – with the one codec that the wire and the disk share.
 */
#ifndef COMMON_OBJECT_H
#define COMMON_OBJECT_H

#include "common/wire/wire.h"

typedef uint64_t obj_handle; /* never reused; 0 and 1 are never used */
typedef uint32_t obj_fsid;

enum object_type {
    OBJ_NONE = 0,
    OBJ_METAFILE = 1,
    OBJ_DATAFILE = 2,
    OBJ_DIRECTORY = 4,
    OBJ_SYMLINK = 8,
    OBJ_DIRDATA = 16,
    OBJ_INTERNAL = 32,
    OBJ_SPECIAL = 64, /* fifo, socket, device: S_IFMT of mode says which */
};

enum object_body { BODY_NONE = 0, BODY_INLINE = 1, BODY_FILE = 2 };

/* Presence bits: the bridge answers ENODATA from them without asking. */
enum { OBJ_HAS_XATTR = 1, OBJ_HAS_ACL_ACCESS = 2, OBJ_HAS_ACL_DEFAULT = 4, OBJ_HAS_SECURITY = 8, OBJ_STUFFED = 16,
       OBJ_SPREAD = 32,   /* directory: has buckets elsewhere, or is about to; dirdata: has a record of its hashes */
       OBJ_MOVING = 64,   /* directory: its parent is the new one of a move that is not over yet */
       OBJ_OWN_SPREAD = 128, /* directory, dirdata elsewhere: how it spreads was chosen for it, in `spread` */
       OBJ_HAS_ANY = OBJ_HAS_XATTR | OBJ_HAS_ACL_ACCESS | OBJ_HAS_ACL_DEFAULT | OBJ_HAS_SECURITY };

/* How a directory spreads over servers, as DistrDirServersInitial, -Max and -SplitSize. */
struct object_spread {
    uint32_t initial, max; /* servers at once, and at most */
    uint32_t split_size;   /* entries that split a bucket; 0: none do */
};
enum { OBJECT_SPREAD_MAX = 65536 }; /* of servers that can be wished for; there may be fewer */

struct object_attr {
    uint8_t type;
    uint8_t body;
    uint16_t flags;       /* OBJ_HAS_… OBJ_STUFFED */
    uint32_t mode;        /* permission, set-id and sticky bits (07777); S_IFMT only for OBJ_SPECIAL */
    uint32_t uid, gid;
    uint32_t nlink;
    uint32_t dev;         /* OBJ_SPECIAL */
    uint64_t atime, mtime, ctime; /* ns since 1970, two's complement: there are files from before */
    uint64_t change;      /* counts changes of this object */
    obj_handle parent;      /* datafile, dirdata: the metafile or directory it belongs to; directory: its parent directory */
    uint64_t entries;     /* directory, dirdata: number of entries */
    struct object_spread spread; /* with OBJ_OWN_SPREAD; else the file system's, and zero here */
    int64_t size;         /* not stored for files: filled in by whoever knows it. Directory: which move it was part of
                             last (server/record.h). Symlink: target length */
    int64_t blocks;       /* of 512 bytes, that a file's data takes: known with its size, and not in the codec */
};

void object_attr_codec (struct wire *w, struct object_attr *a);
void object_spread_codec (struct wire *w, struct object_spread *s);
/* As it is stored: a version, then the attributes. -EPROTONOSUPPORT: of a later program. */
void object_record_codec (struct wire *w, struct object_attr *a);

/* Of two times. */
static inline uint64_t
object_later_time (uint64_t a, uint64_t b)
{
    return (int64_t) a > (int64_t) b ? a : b;
}

static inline uint64_t
object_earlier_time (uint64_t a, uint64_t b)
{
    return (int64_t) a < (int64_t) b ? a : b;
}

/* As st_blocks; what is no file takes what its size says. */
static inline int64_t
object_blocks (const struct object_attr *a)
{
    return a->type == OBJ_METAFILE ? a->blocks : (a->size + 511) / 512;
}

/* A file's datafile was last written at `when` (0: not since its times were set). */
static inline void
object_was_written (struct object_attr *a, uint64_t when)
{
    if (!when)
        return;
    a->mtime = object_later_time (a->mtime, when);
    a->ctime = object_later_time (a->ctime, when);
}

/* Of what is wished for: anything at all? */
static inline bool
object_spread_chosen (const struct object_spread *s)
{
    return s->initial || s->max || s->split_size;
}

/* It spreads as was chosen; zero: like all in the file system. */
static inline void
object_set_spread (struct object_attr *a, const struct object_spread *s)
{
    a->flags = (uint16_t) (object_spread_chosen (s) ? a->flags | OBJ_OWN_SPREAD : a->flags & ~OBJ_OWN_SPREAD);
    a->spread = *s;
}

/* A directory's attributes take in those of a bucket elsewhere: counts are sums, times the newest. */
static inline void
object_add_part (struct object_attr *dir, const struct object_attr *bucket)
{
    dir->entries += bucket->entries;
    dir->nlink += bucket->nlink;
    dir->change += bucket->change;
    object_was_written (dir, bucket->mtime);
}

#endif
