/*
 * dbpf, private: "database plus files". One struct dbpf per open storage space and these threads:
 *
 *     reactor's holder   posts; cheap bytestream work inline (cached reads, small writes, stat)
 *     executor           the only writer of the database: transactions, one after the other
 *     flusher            flushes the log for all that wait, checkpoints
 *     workers            bytestream work that may block: reads from disk, fdatasync, unlink
 *
 * Every queue has its own lock; none is held while another is taken, nor while a job completes.
 */
#ifndef IO_TROVE_DBPF_DBPF_H
#define IO_TROVE_DBPF_DBPF_H

#include <pthread.h>

#include "common/base/hash.h"
#include "io/trove/dbpf/cache.h"
#include "io/trove/dbpf/db.h"
#include "io/trove/trove-impl.h"

enum {
    DBPF_KEY_PREFIX = 13, /* be32 fs, type, be64 handle */
    DBPF_KEY_MAX = DBPF_KEY_PREFIX + TROVE_NAME_MAX,
    DBPF_FORMAT = 2, /* a new one: a step in server/migrate.c, a line in doc/storage.md */
    DBPF_OPEN_FILES = 512,
    DBPF_IO_THREADS = 4,
    DBPF_CACHE = 32 << 20,
    DBPF_KEY_CACHE = 16 << 20,
    DBPF_INLINE_WRITE =
        64 << 10,      /* up to here a write into the page cache costs less than a thread switch */
    DBPF_BLOCK = 4096, /* alignment of direct I/O */
};

struct dbpf;

/* A thread's sleep and wake-up: lock, condition (monotonic clock). */
struct gate {
    pthread_mutex_t lock;
    pthread_cond_t cond;
    bool sleeping, stop;
};
void gate_init (struct gate *g);
void gate_fini (struct gate *g);
/* Lock held. until: CLOCK_MONOTONIC ns, UINT64_MAX = for ever. */
void gate_sleep_locked (struct gate *g, uint64_t until);
void gate_wake_locked (struct gate *g); /* one sleeper */
uint64_t dbpf_now (void);

/* --- executor.c ------------------------------------------------------------------------------- */

/* A bytestream to remove: from its transaction to the flusher, a worker, and back to the executor
 * for its key. */
struct removal {
    struct list link;
    obj_fsid fs;
    obj_handle handle;
    uint64_t seq;
};

struct dbpf_txn {
    struct trove_txn base;
    struct dbpf *d;
    struct list removals;
    struct list changes; /* busy entries of the key cache */
    int failed; /* first error of the database: the transaction cannot commit */
    bool inline_only; /* on the reactor: the key cache or nothing */
    bool missed; /* … which did not have it */
};

struct executor {
    struct gate gate;
    pthread_t thread;
    bool running;
    struct list queue;   /* struct trove_op */
    struct list removed; /* struct removal: file gone, key to delete */
    bool drop_cache;
    uint64_t shrunk_at;
    atomic_uint pending; /* modifying operations that are queued or run */
};
int executor_start (struct dbpf *d);
void executor_stop (struct dbpf *d); /* after what is queued */
void executor_post (struct dbpf *d, struct trove_op *op);
/* On the reactor: true if the key cache had all that a read-only body asked for; the body may have run in vain otherwise. */
bool executor_try_inline (struct dbpf *d, struct trove_op *op, int *ret_status);
void executor_removed (struct dbpf *d, struct removal *r);
void executor_drop_cache (struct dbpf *d); /* before what is posted from now on */
/* At open and close, with no executor running. */
int executor_run_alone (struct dbpf *d, int (*body) (struct trove_txn *, void *), void *arg);
void executor_delete_removed (struct dbpf *d);

/* keys.c: the executor's half of the operations table. */
size_t dbpf_encode_key (uint8_t buf[DBPF_KEY_MAX], const struct trove_key *key);
int dbpf_get (struct trove_txn *txn, const struct trove_key *key, const void **ret_val,
              size_t *ret_len);
int dbpf_put (struct trove_txn *txn, const struct trove_key *key, const void *val, size_t len);
int dbpf_del (struct trove_txn *txn, const struct trove_key *key);
int dbpf_iterate (struct trove_txn *txn, const struct trove_key *from, bool any_handle,
                  int (*fn) (void *arg, const struct trove_item *item), void *arg);
int dbpf_bstream_remove (struct trove_txn *txn, obj_fsid fs, obj_handle h);
int dbpf_bstream_each (struct trove_txn *txn, obj_fsid fs, unsigned part,
                       int (*fn) (void *arg, obj_handle h), void *arg);
int dbpf_load_removals (struct trove_txn *txn,
                        void *arg); /* what a crash left over, into d->flusher.removals */
struct trove_key dbpf_removal_key (obj_fsid fs, obj_handle h);

/* --- flusher.c -------------------------------------------------------------------------------- */

struct flusher {
    struct gate gate;
    pthread_t thread;
    bool running;
    _Atomic uint64_t committed, flushed;
    struct list waiting; /* struct trove_durable */
    unsigned nwaiting, last_round;
    struct list removals; /* committed, ascending seq */
    bool dirty;           /* something was committed since the last flush began */
    uint64_t dirty_at;
    uint64_t checkpoint_at; /* 0: nothing was committed since the last one */
    unsigned checkpoint_kb;
};
int flusher_start (struct dbpf *d);
void flusher_stop (struct dbpf *d); /* after a last flush */
void flusher_post (struct dbpf *d, struct trove_durable *dur, bool force);
void flusher_committed (struct dbpf *d,
                        struct list *removals); /* by the executor, after it raised `committed` */

/* --- workers.c -------------------------------------------------------------------------------- */

struct task {
    struct list link;
    void (*run) (struct dbpf *d, struct task *task);
};

struct workers {
    struct gate gate;
    pthread_t *threads;
    unsigned nthreads, nsleeping;
    struct list tasks; /* before operations */
    struct list ops;   /* struct trove_bstream_op */
    struct list removals;
};
int workers_start (struct dbpf *d, unsigned n);
void workers_stop (struct dbpf *d); /* after what is queued */
void workers_post (struct dbpf *d, struct trove_bstream_op *op);
void workers_post_task (struct dbpf *d, struct task *task);
void workers_remove (struct dbpf *d, struct list *removals);

/* --- files.c: open descriptors, counted, least recently used ---------------------------------- */

struct bfile {
    struct hash_node node;
    struct list idle; /* on files.idle while refs == 0 */
    obj_fsid fs;
    obj_handle handle;
    int fd;
    int direct_fd; /* O_DIRECT, -1 = not open yet; set once, under files.lock */
    unsigned refs;
    bool dead; /* removed: closed at the last unref */
    /* bstream.c, under files.lock */
    struct list sync_waiting; /* struct trove_bstream_op */
    bool syncing;
    struct task sync_task;
    /* direct.c, under files.lock */
    struct list range_held, range_waiting; /* struct transfer */
};

struct fs_folder {
    struct list link;
    obj_fsid fs;
    pthread_mutex_t sync_lock;
    atomic_bool dirty[256]; /* names in this bucket may not be durable */
};

struct files {
    pthread_mutex_t lock;
    struct hash_table table;
    struct list idle; /* oldest first */
    unsigned open, limit;
    struct list folders; /* struct fs_folder; grows only */
};
enum files_open { FILES_CACHED, FILES_EXISTING, FILES_CREATE };
int files_init (struct dbpf *d);
void files_fini (struct dbpf *d);
/* A referenced file. -ENOENT; FILES_CACHED: -EAGAIN when the kernel would have to read the folder.
 */
int files_get (struct dbpf *d, obj_fsid fs, obj_handle h, enum files_open how, struct bfile **ret);
void files_put (struct dbpf *d, struct bfile *f);
int files_direct_fd (struct dbpf *d, struct bfile *f);
int files_stat (struct dbpf *d, obj_fsid fs, obj_handle h, struct trove_bstream_stat *ret);
int files_remove (struct dbpf *d, obj_fsid fs, obj_handle h);
bool files_exists (struct dbpf *d, obj_fsid fs, obj_handle h);
unsigned files_open_count (struct dbpf *d);
void files_close_idle (struct dbpf *d); /* and lets the kernel forget their contents */
/* All of one bucket; fn as trove_iterate's. */
int files_each (struct dbpf *d, obj_fsid fs, unsigned bucket, int (*fn) (void *arg, obj_handle h),
                void *arg);
int files_sync_name (struct dbpf *d, const struct bfile *f); /* makes the file's name durable */

/* --- space.c ---------------------------------------------------------------------------------- */

struct space_guard {
    pthread_mutex_t lock;
    uint64_t checked_at;
    uint64_t available; /* less what was written since */
};
uint64_t
space_log_budget (struct dbpf *d); /* bytes of log between checkpoints that the disk can spare */
/* Room for n more bytes above the reserve? */
bool space_has_room (struct dbpf *d, int64_t n);

/* --- bstream.c, direct.c, null.c -------------------------------------------------------------- */

void dbpf_bstream_post (struct trove *t, struct trove_bstream_op *op);
int dbpf_bstream_stat (struct trove *t, obj_fsid fs, obj_handle h, struct trove_bstream_stat *ret);
void bstream_work (struct dbpf *d, struct trove_bstream_op *op); /* in a worker */
void bstream_finish (struct dbpf *d, struct trove_bstream_op *op, int status, bool in_worker);
void sync_join (struct dbpf *d, struct bfile *f,
                struct trove_bstream_op *op); /* takes over the reference */

int bstream_transfer (struct dbpf *d, struct bfile *f,
                      struct trove_bstream_op *op); /* buffered, may block */
/* Creates the file for what writes. cached: -EAGAIN rather than wait for the disk. */
int bstream_open (struct dbpf *d, const struct trove_bstream_op *op, bool cached,
                  struct bfile **ret);
bool bstream_missing (
    struct trove_bstream_op *op); /* no such file: true if that is fine, with the outputs set */

struct direct;
int direct_open (struct dbpf *d);
void direct_close (struct dbpf *d);
void direct_post (struct dbpf *d, struct trove_bstream_op *op);

struct null_store {
    pthread_mutex_t lock;
    struct hash_table table;
};
void null_init (struct null_store *n);
void null_fini (struct null_store *n);
void null_post (struct dbpf *d, struct trove_bstream_op *op);
void null_stat (struct dbpf *d, obj_fsid fs, obj_handle h, struct trove_bstream_stat *ret);
void null_remove (struct dbpf *d, obj_fsid fs, obj_handle h);

struct dbpf {
    struct trove base;
    struct db *db;
    char *data_path, *meta_path;
    int lock_fd, data_fd, meta_fd;
    struct executor executor;
    struct flusher flusher;
    struct workers workers;
    struct files files;
    struct space_guard guard;
    struct direct *direct;
    struct null_store null;
    struct key_cache keys;
    void *inline_buf; /* the reactor's: the value that an inline transaction read last */
    size_t inline_cap;
};

static inline struct dbpf *
dbpf_of (struct trove *t)
{
    return container_of (t, struct dbpf, base);
}

static inline uint64_t
dbpf_file_hash (obj_fsid fs, obj_handle h)
{
    return hash_u64 (h ^ (uint64_t)fs << 32);
}

#endif
