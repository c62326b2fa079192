/*
 * Trove: the storage of one server – transactions over an ordered key space, and bytestreams.
 *
 * Keys. Everything that is not file data is a value under (fs, type, handle, name), ordered by these in that order
 * (numbers big-endian on disk, names by bytes). Types are characters; TROVE_ATTR is the object's own record.
 *
 * Transactions. One server step is one transaction: a plain function that runs on the executor (single writer, so it sees no
 * concurrent change) and calls trove_get/put/del. It returns 0 to commit, or a negative errno to roll everything back. It may touch
 * only its arg, never the reactor's data. The job completes when the commit is in memory, with `seq`; what must not be seen before it is
 * durable waits with trove_durable_post (seq) – one log flush completes all that it covers. With sync_meta off trove_durable_post
 * completes at once and the log is flushed at least once a second; it can be switched while the storage is open.
 *
 * Bytestreams. One per handle, existing from the first write; size and time of last write are its own. Reads beyond the end give
 * zeros and count only what is before the end. List I/O: regions of the stream × iovecs of memory, both in stream order.
 * Operations on one bytestream may run in parallel; the request scheduler above orders what must be ordered.
 *
 * Posting and delivery belong to the reactor's holder. Implementations: dbpf (Berkeley DB + files), mem (simulation, with crash
 * semantics).
 */
#ifndef IO_TROVE_H
#define IO_TROVE_H

#include <sys/uio.h>

#include "common/object/object.h"
#include "io/job/job.h"

struct trove;
struct trove_txn;

enum { TROVE_NAME_MAX = 512, TROVE_VALUE_MAX = 1 << 20, TROVE_WHY = 256 };

enum trove_key_type {
    TROVE_ATTR = 'a',     /* handle -> object record; name empty */
    TROVE_DIRENT = 'd',   /* dirdata handle, hash63 be ‖ name -> entry */
    TROVE_XATTR = 'x',    /* handle, xattr name -> value */
    TROVE_KEYVAL = 'k',   /* handle, internal key ("dh", "md", "st", …) -> value */
    TROVE_INTENT = 'i',   /* intent id -> intent record */
    TROVE_REPLY = 'r',    /* client id, slot be -> reply record */
    TROVE_POOL = 'p',     /* precreated handles: server index as handle, handle be as name */
    TROVE_PRIVATE = 't',  /* Trove's own: counters, bytestreams to remove, format version */
};

struct trove_key {
    obj_fsid fs;
    uint8_t type;
    uint64_t handle;
    const void *name;
    size_t name_len;
};

enum trove_method { TROVE_DBPF, TROVE_DIRECTIO, TROVE_NULL_AIO };

struct trove_range {
    obj_fsid fs;
    bool data;       /* a data handle range, else meta */
    obj_handle first, last;
};

struct trove_config {
    struct reactor *reactor;
    const char *data_path, *meta_path;
    enum trove_method method;
    bool sync_meta;         /* trove_durable waits for the log flush */
    bool sync_data;         /* TROVE_SYNC is implied for the last write of a flow by the caller, not here */
    uint64_t reserve;       /* bytes kept free: below it writes and `creates` transactions get -ENOSPC */
    size_t cache_size;      /* database cache in bytes, 0 = 32 MiB */
    unsigned io_threads;    /* 0 = 4 */
    const struct trove_range *ranges; /* where new handles come from */
    unsigned nranges;
    char *why;              /* room for TROVE_WHY bytes: cause and remedy of a failure, or NULL */
};

/* --- storage space (dbpf; blocking, for start-up and tools) -------------------------------------------------------------- */

int trove_space_create (const struct trove_config *cfg); /* -EEXIST: there is one already, untouched */
int trove_space_remove (const struct trove_config *cfg);
/* Recovers, then opens. -ENOENT none there, -EBUSY in use by another process, -EPROTONOSUPPORT another format, -EIO damaged, -ENOTDIR/-EINVAL foreign. */
int trove_open (const struct trove_config *cfg, struct trove **ret);
/* Finishes what is queued, flushes, checkpoints. Jobs still posted are completed into the reactor's queue first; the caller has drained. */
void trove_close (struct trove *t);

/* --- a storage space's records without a server (dbpf; blocking, one thread) --------------------------------------------- */

struct trove_space;
struct trove_item {
    uint64_t handle;
    const void *name;
    size_t name_len;
    const void *val;
    size_t val_len;
};
struct trove_record {
    obj_fsid fs;
    uint8_t type;
    struct trove_item item;
};
/* As trove_open; with `older` also a space that must be migrated. The config must outlive it. */
int trove_space_open (const struct trove_config *cfg, bool older, struct trove_space **ret);
void trove_space_close (struct trove_space *s); /* what was not committed is undone */
unsigned trove_space_format (const struct trove_space *s);
bool trove_space_is_current (const struct trove_space *s);
/* In key order, from this key on. fn as trove_iterate's. */
int trove_space_each (struct trove_space *s, const struct trove_key *from, int (*fn) (void *arg, const struct trove_record *r), void *arg);
int trove_space_put (struct trove_space *s, const struct trove_key *key, const void *val, size_t len);
int trove_space_del (struct trove_space *s, const struct trove_key *key); /* -ENOENT */
int trove_space_commit (struct trove_space *s); /* durable */
/* Everything is as our format wants it: says so in the space, which must be closed next. */
int trove_space_stamp (struct trove_space *s);
/* Removes all bytestreams of a file system. */
int trove_space_drop_bstreams (struct trove_space *s, obj_fsid fs);

/* --- mem ------------------------------------------------------------------------------------------------------------------ */

/* What survives a server process: owned by the simulation, given to each incarnation. */
struct trove_mem_disk;
struct trove_mem_config {
    uint64_t (*delay) (void *arg, const char *what); /* ns for "txn", "flush", "read", "write", "sync"; NULL = 0 */
    int (*fault) (void *arg, const char *what);      /* 0 or an errno to inject (-ENOSPC, -EIO); NULL = none */
    void *arg;
    uint64_t capacity;                               /* bytes, 0 = unlimited */
};
int trove_mem_disk_new (const struct trove_mem_config *cfg, struct trove_mem_disk **ret);
void trove_mem_disk_free (struct trove_mem_disk *d);
/* The process died (kill: everything written stays) – or the power failed: of each thing not flushed a prefix of transactions survives,
 * and of each bytestream any subset of unsynced writes, chosen by random(). Call after the server's trove was freed with trove_abandon. */
void trove_mem_disk_power_off (struct trove_mem_disk *d, uint64_t (*random) (void *), void *arg);
int trove_mem_open (const struct trove_config *cfg, struct trove_mem_disk *disk, struct trove **ret);
/* Frees at once, completing nothing: the process was killed. (mem only) */
void trove_abandon (struct trove *t);

/* --- transactions ----------------------------------------------------------------------------------------------------------- */

struct trove_op {
    struct job job;
    int (*body) (struct trove_txn *txn, void *arg);
    void *arg;
    bool read_only; /* body calls only get and iterate; no commit, seq = what it may have read. It may run twice: first inline
                     * from what is in memory, and if that does not have everything, on the executor */
    bool creates;   /* refused with -ENOSPC below the reserve */
    uint64_t seq;   /* out: pass to trove_durable_post */
    struct list link; /* private */
};
void trove_txn_post (struct trove *t, struct trove_op *op);

struct trove_durable {
    struct job job;
    uint64_t seq;
    struct list link; /* private */
};
void trove_durable_post (struct trove *t, struct trove_durable *d);
/* The same even with sync_meta off: for fsync. seq 0 = everything committed so far. */
void trove_flush_post (struct trove *t, struct trove_durable *d);
/* From now on. What was committed while it was on is still waited for. For the reactor's holder. */
void trove_set_sync_meta (struct trove *t, bool on);
bool trove_get_sync_meta (const struct trove *t);

/* For bodies. Values are valid until the next call on the transaction. */
int trove_get (struct trove_txn *txn, const struct trove_key *key, const void **ret_val, size_t *ret_len); /* -ENOENT */
int trove_put (struct trove_txn *txn, const struct trove_key *key, const void *val, size_t len);
int trove_del (struct trove_txn *txn, const struct trove_key *key); /* -ENOENT */
/* In key order from (fs, type, handle, name >= from->name) within one (fs, type, handle), or with any_handle over all handles
 * >= from->handle of (fs, type). fn returns 0 to go on, > 0 to stop (trove_iterate returns 0), < 0 to fail. fn must not change keys. */
int trove_iterate (struct trove_txn *txn, const struct trove_key *from, bool any_handle,
                   int (*fn) (void *arg, const struct trove_item *item), void *arg);
/* A handle of this server's ranges that was never given out before and never will be again, whatever crashes. */
int trove_new_handle (struct trove_txn *txn, obj_fsid fs, bool data, obj_handle *ret); /* -ENOSPC: ranges used up */
/* The object record. set overwrites or creates. */
int trove_attr_get (struct trove_txn *txn, obj_fsid fs, obj_handle h, struct object_attr *ret);
int trove_attr_set (struct trove_txn *txn, obj_fsid fs, obj_handle h, const struct object_attr *a);
int trove_attr_del (struct trove_txn *txn, obj_fsid fs, obj_handle h);
/* The bytestream goes when the commit is durable, also if a crash comes between. */
int trove_bstream_remove (struct trove_txn *txn, obj_fsid fs, obj_handle h);
/* Calls fn for each bytestream that there is – one that is being removed, too –, of one of TROVE_BSTREAM_PARTS parts, in no order. fn as trove_iterate's. */
enum { TROVE_BSTREAM_PARTS = 256 };
int trove_bstream_each (struct trove_txn *txn, obj_fsid fs, unsigned part, int (*fn) (void *arg, obj_handle h), void *arg);
/* Was removed, but may still be seen by trove_bstream_each. 1, 0 or < 0. */
int trove_bstream_is_going (struct trove_txn *txn, obj_fsid fs, obj_handle h);

/* --- bytestreams -------------------------------------------------------------------------------------------------------------- */

enum trove_bstream_kind { TROVE_READ, TROVE_WRITE, TROVE_RESIZE, TROVE_SYNC, TROVE_STAT, TROVE_SET_MTIME };

struct trove_region {
    int64_t off, len;
};

struct trove_bstream_op {
    struct job job;
    enum trove_bstream_kind kind;
    obj_fsid fs;
    obj_handle handle;
    const struct trove_region *regions; /* READ, WRITE: sum of lengths == sum of iov lengths; valid until completion */
    unsigned nregions;
    const struct iovec *iov;
    unsigned niov;
    bool sync;       /* WRITE: fdatasync before completion */
    int64_t size;    /* RESIZE: in. STAT, READ, WRITE, RESIZE: out, the size now */
    uint64_t mtime;  /* SET_MTIME: in, 0 = forget: as if never written. STAT: out, ns, 0 = never written */
    int64_t bytes;   /* READ: before the end of the stream; WRITE: written */
    struct list link; /* private */
    void *priv;
};
void trove_bstream_post (struct trove *t, struct trove_bstream_op *op);
struct trove_bstream_stat {
    int64_t size;
    uint64_t mtime; /* of the last write, ns */
    int64_t blocks; /* of 512 bytes, that it takes: holes take none */
};
/* Without a job, from what is in memory or one fstat; a bytestream never written: zeros. For the reactor's holder. */
int trove_bstream_stat (struct trove *t, obj_fsid fs, obj_handle h, struct trove_bstream_stat *ret);

struct trove_statfs {
    uint64_t bytes_total, bytes_available;
    uint64_t handles_total, handles_available;
};
int trove_statfs (struct trove *t, obj_fsid fs, struct trove_statfs *ret);

struct trove_counters {
    uint64_t transactions, log_flushes, syncs, reads, writes, bytes_read, bytes_written;
    uint64_t cached_keys, open_files; /* now: bytes of keys and values in memory, open bytestreams */
};
void trove_get_counters (struct trove *t, struct trove_counters *ret);
/* Lets go what is in memory only to be faster: keys and values, open bytestreams that nobody uses and, of those, what the kernel caches and
 * need not write. The database's own page cache keeps its fixed size. For the reactor's holder. */
void trove_drop_caches (struct trove *t);

#endif
