/*
 * dbpf: opening and closing; the table of operations. See dbpf.h for the threads.
 */
#include "io/trove/dbpf/dbpf.h"
#include "io/trove/dbpf/space.h"

#include <fcntl.h>
#include <unistd.h>

enum { SAID_ROOM = 96 };

static const struct job_class txn_class = { .name = "trove transaction" };

static void
dbpf_txn_post (struct trove *t, struct trove_op *op)
{
    int status;
    job_post (&op->job, &txn_class);
    if (op->read_only && executor_try_inline (dbpf_of (t), op, &status))
        job_complete (&op->job, status);
    else
        executor_post (dbpf_of (t), op);
}

static void
dbpf_durable_post (struct trove *t, struct trove_durable *dur, bool force)
{
    flusher_post (dbpf_of (t), dur, force);
}

static uint64_t
dbpf_committed (struct trove *t)
{
    return atomic_load (&dbpf_of (t)->flusher.committed);
}

static void
free_removals (struct list *l)
{
    struct list *n;
    while ((n = list_pop_front (l)))
        free (list_entry (n, struct removal, link));
}

/* Accepts a half-opened one. */
static void
dbpf_free (struct dbpf *d)
{
    db_close_all (d->db);
    files_fini (d);
    cache_fini (&d->keys);
    free (d->inline_buf);
    null_fini (&d->null);
    free_removals (&d->executor.removed);
    free_removals (&d->flusher.removals);
    free_removals (&d->workers.removals);
    gate_fini (&d->executor.gate);
    gate_fini (&d->flusher.gate);
    gate_fini (&d->workers.gate);
    pthread_mutex_destroy (&d->guard.lock);
    if (d->data_fd >= 0)
        close (d->data_fd);
    if (d->meta_fd >= 0)
        close (d->meta_fd);
    if (d->lock_fd >= 0)
        close (d->lock_fd);
    trove_base_fini (&d->base);
    free (d);
}

static int
save_handles (struct trove_txn *txn, void *arg)
{
    return trove_handles_save (txn);
}

static void
stop_threads (struct dbpf *d)
{
    executor_stop (d);
    flusher_stop (d); /* hands the last removals to the workers */
    direct_close (d);
    workers_stop (d);
}

/* Whatever fails here is made good by the next open's recovery. */
static void
dbpf_close (struct trove *t)
{
    struct dbpf *d = dbpf_of (t);
    stop_threads (d);
    executor_delete_removed (d);
    executor_run_alone (d, save_handles, NULL);
    db_log_flush (d->db);
    db_checkpoint (d->db, 0, true);
    dbpf_free (d);
}

static void
dbpf_cached (struct trove *t, uint64_t *ret_keys, uint64_t *ret_files)
{
    struct dbpf *d = dbpf_of (t);
    *ret_keys = cache_size (&d->keys);
    *ret_files = files_open_count (d);
}

static void
dbpf_drop_caches (struct trove *t)
{
    struct dbpf *d = dbpf_of (t);
    executor_drop_cache (d);
    files_close_idle (d);
}

static const struct trove_ops dbpf_ops = {
    .name = "dbpf",
    .close = dbpf_close,
    .txn_post = dbpf_txn_post,
    .durable_post = dbpf_durable_post,
    .committed = dbpf_committed,
    .get = dbpf_get,
    .put = dbpf_put,
    .del = dbpf_del,
    .iterate = dbpf_iterate,
    .bstream_remove = dbpf_bstream_remove,
    .bstream_each = dbpf_bstream_each,
    .bstream_post = dbpf_bstream_post,
    .bstream_stat = dbpf_bstream_stat,
    .space = dbpf_space,
    .cached = dbpf_cached,
    .drop_caches = dbpf_drop_caches,
};

static struct dbpf *
dbpf_new (void)
{
    struct dbpf *d = calloc (1, sizeof *d);
    if (!d)
        return NULL;
    d->lock_fd = d->data_fd = d->meta_fd = -1;
    gate_init (&d->executor.gate);
    gate_init (&d->flusher.gate);
    gate_init (&d->workers.gate);
    list_init (&d->executor.queue);
    list_init (&d->executor.removed);
    list_init (&d->flusher.waiting);
    list_init (&d->flusher.removals);
    list_init (&d->workers.tasks);
    list_init (&d->workers.ops);
    list_init (&d->workers.removals);
    pthread_mutex_init (&d->guard.lock, NULL);
    files_init (d);
    cache_init (&d->keys, DBPF_KEY_CACHE);
    null_init (&d->null);
    return d;
}

static int
open_folders (struct dbpf *d, const struct trove_config *cfg)
{
    d->data_fd = open (cfg->data_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (d->data_fd < 0)
        return trove_why (cfg, -errno, "cannot open %s: %s", cfg->data_path, strerror (errno));
    d->meta_fd = open (cfg->meta_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (d->meta_fd < 0)
        return trove_why (cfg, -errno, "cannot open %s: %s", cfg->meta_path, strerror (errno));
    return 0;
}

static int
load (struct trove_txn *txn, void *arg)
{
    int err = trove_handles_load (txn);
    return err ? err : dbpf_load_removals (txn, arg);
}

static int
open_database (struct dbpf *d, const struct trove_config *cfg)
{
    char said[SAID_ROOM] = "";
    struct db_config db = {
        .path = cfg->meta_path,
        .cache_size = cfg->cache_size ? cfg->cache_size : DBPF_CACHE,
        .why = said,
        .why_len = sizeof said,
    };
    int err = db_open (&db, &d->db);
    if (err == -EIO)
        return trove_why (
            cfg, err, "the database in %s is damaged (%s): restore the storage space from a backup",
            cfg->meta_path, said);
    if (err)
        return trove_why (cfg, err, "cannot open the database in %s: %s (%s)", cfg->meta_path,
                          strerror (-err), said);
    err = executor_run_alone (d, load, NULL);
    if (err)
        return trove_why (cfg, -EIO,
                          "the database in %s is damaged (unreadable records): restore the storage "
                          "space from a backup",
                          cfg->meta_path);
    return 0;
}

static int
start_threads (struct dbpf *d, const struct trove_config *cfg)
{
    int err = cfg->method == TROVE_DIRECTIO ? direct_open (d) : 0;
    if (!err)
        err = executor_start (d);
    if (!err)
        err = flusher_start (d);
    if (!err)
        err = workers_start (d, cfg->io_threads ? cfg->io_threads : DBPF_IO_THREADS);
    return err ? trove_why (cfg, err, "cannot start Trove's threads: %s", strerror (-err)) : 0;
}

int
trove_open (const struct trove_config *cfg, struct trove **ret)
{
    struct space_lock lock;
    int err = space_lock (cfg, false, &lock);
    if (err)
        return err;
    struct dbpf *d = dbpf_new ();
    if (!d) {
        close (lock.fd);
        return -ENOMEM;
    }
    d->lock_fd = lock.fd;
    err = trove_base_init (&d->base, &dbpf_ops, cfg);
    if (!err)
        err = open_folders (d, cfg);
    if (!err)
        err = open_database (d, cfg);
    if (!err)
        err = start_threads (d, cfg);
    if (err) {
        stop_threads (d);
        dbpf_free (d);
        return err;
    }
    *ret = &d->base;
    return 0;
}
