/*
 * The database behind a small interface: one ordered table of byte strings with transactions. db.c
 * is the only file that knows Berkeley DB.
 *
 * Two threads: the executor (everything about keys) and the flusher (db_log_flush, db_checkpoint).
 * Errors are negative errnos; after -EIO from a damaged page or log every later call fails with
 * -EIO too, nothing aborts.
 */
#ifndef IO_TROVE_DBPF_DB_H
#define IO_TROVE_DBPF_DB_H

#include "common/base/base.h"

struct db;

struct db_config {
    const char *path; /* folder of trove.db and its log */
    size_t cache_size;
    char *why;              /* what Berkeley DB said last, `why_len` bytes */
    size_t why_len;
};

int db_create_new (const struct db_config *cfg); /* an empty database, durable */
/* Recovers, opens, checks the pages it can check cheaply. -EIO: damaged. */
int db_open (const struct db_config *cfg, struct db **ret);
void db_close_all (struct db *db);

/* The transaction starts with its first change. to_kernel: the commit survives the process, not the machine. */
int db_commit (struct db *db, bool to_kernel, bool *ret_changed);
void db_abort (struct db *db);
int db_get (struct db *db, const void *key, size_t key_len, const void **ret_val, size_t *ret_len);
int db_put (struct db *db, const void *key, size_t key_len, const void *val, size_t len);
int db_del (struct db *db, const void *key, size_t key_len);
struct db_item {
    const uint8_t *key;
    size_t key_len;
    const void *val;
    size_t val_len;
};
/* From the first key >= from on; fn: 0 go on, > 0 stop, < 0 fail. */
int db_iterate (struct db *db, const void *from, size_t from_len,
                int (*fn) (void *arg, const struct db_item *item), void *arg);

int db_log_flush (struct db *db);
/* force, or when `kbytes` of log were written since the last one. Drops log files that are not
 * needed any more. */
int db_checkpoint (struct db *db, unsigned kbytes, bool force);
/* Packs the table and gives pages back to the file system, if enough was deleted to make it worth
 * while. On the executor, outside a transaction; takes time. */
int db_shrink (struct db *db);

#endif
