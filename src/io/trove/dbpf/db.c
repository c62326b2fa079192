/*
 * Berkeley DB 5.3: one private transactional environment with one btree, trove.db.
 *
 * There is a single writer, so there is no lock table; pages are latched by the cache, which is all
 * that a checkpoint beside the writer needs. Reads go without a transaction and see the writer's
 * own changes. Buffers are reused: a small transaction allocates nothing of ours.
 */
#include "io/trove/dbpf/db.h"

#include "common/gossip/gossip.h"

#include <db.h>
#include <glob.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/statvfs.h>

enum {
    LOG_FILE = 16 << 20, /* the buffer is a quarter of it */
    LOG_FILE_MIN = 1 << 20,
    LOG_FILE_SHARE = 64, /* of the disk, if that is less: files are allocated whole */
    PAGE_SIZE_DB = 4096,
    VALUE_ROOM = 16384,
    KEY_ROOM = 1024,
    SCAN_LIMIT = 64 << 20, /* bytes of trove.db whose checksums are verified at open */
    SAID = 256,
    SMALL_RECORD = 100, /* bytes, about */
    SHRINK_SHARE = 8,   /* of the table must have been deleted before shrinking is worth its time */
};

static const char table_name[] = "trove.db";

struct db {
    DB_ENV *env;
    DB *table;
    DB_TXN *txn; /* NULL until the first change */
    void *value;
    size_t value_room;
    void *spare; /* value buffer of an iteration */
    size_t spare_room;
    uint64_t deleted; /* records since the table was last shrunk */
    pthread_mutex_t said_lock;
    char said[SAID];
    bool quiet; /* while opening: the caller gets `why` instead; after a fatal error: it was said
                   once */
};

static int
db_error (int ret)
{
    switch (ret) {
    case 0:
        return 0;
    case DB_NOTFOUND:
    case ENOENT:
        return -ENOENT;
    case ENOSPC:
    case ENOMEM:
    case EDQUOT:
    case EACCES:
    case EROFS:
    case EMFILE:
        return -ret;
    default:
        return -EIO;
    }
}

static void
on_message (const DB_ENV *env, const char *prefix, const char *msg)
{
    struct db *db = env->app_private;
    pthread_mutex_lock (&db->said_lock);
    if (!db->said[0])
        snprintf (db->said, sizeof db->said, "%s", msg);
    bool quiet = db->quiet;
    pthread_mutex_unlock (&db->said_lock);
    if (!quiet)
        gossip_err ("database: %s", msg);
}

static void
on_event (DB_ENV *env, uint32_t event, void *info)
{
    struct db *db = env->app_private;
    if (event != DB_EVENT_PANIC)
        return;
    pthread_mutex_lock (&db->said_lock);
    bool quiet = db->quiet;
    db->quiet = true;
    pthread_mutex_unlock (&db->said_lock);
    if (!quiet)
        gossip_err ("database: stopped after a fatal error; restart the server, it recovers or "
                    "says what is damaged");
}

void
db_close_all (struct db *db)
{
    if (!db)
        return;
    db_abort (db);
    if (db->table)
        db->table->close (db->table, 0);
    if (db->env)
        db->env->close (db->env, 0);
    pthread_mutex_destroy (&db->said_lock);
    free (db->value);
    free (db->spare);
    free (db);
}

static uint32_t
log_file_size (const char *path)
{
    struct statvfs st;
    if (statvfs (path, &st) < 0)
        return LOG_FILE;
    uint64_t share = (uint64_t)st.f_blocks * st.f_frsize / LOG_FILE_SHARE;
    return (uint32_t)MIN (MAX (share, (uint64_t)LOG_FILE_MIN), (uint64_t)LOG_FILE);
}

static int
open_env (struct db *db, const struct db_config *cfg)
{
    int ret = db_env_create (&db->env, 0);
    if (ret)
        return ret;
    DB_ENV *env = db->env;
    env->app_private = db;
    env->set_errcall (env, on_message);
    env->set_event_notify (env, on_event);
    env->set_cachesize (env, (uint32_t)(cfg->cache_size >> 30),
                        (uint32_t)(cfg->cache_size & ((1u << 30) - 1)), 1);
    uint32_t log_file = log_file_size (cfg->path);
    env->set_lg_bsize (env, log_file / 4);
    env->set_lg_max (env, log_file);
    env->log_set_config (env, DB_LOG_AUTO_REMOVE, 1);
    uint32_t flags =
        DB_CREATE | DB_INIT_TXN | DB_INIT_LOG | DB_INIT_MPOOL | DB_PRIVATE | DB_THREAD | DB_RECOVER;
    return env->open (env, cfg->path, flags, 0600);
}

static int
open_table (struct db *db, bool create)
{
    int ret = db_create (&db->table, db->env, 0);
    if (ret)
        return ret;
    uint32_t flags = DB_AUTO_COMMIT | DB_THREAD;
    if (create) {
        db->table->set_flags (db->table, DB_CHKSUM);
        db->table->set_pagesize (db->table, PAGE_SIZE_DB);
        flags |= DB_CREATE | DB_EXCL;
    }
    return db->table->open (db->table, NULL, table_name, NULL, DB_BTREE, flags, 0600);
}

static bool
log_is_there (const char *path)
{
    CLEANUP_FREE char *pattern = NULL;
    glob_t g = { 0 };
    if (asprintf (&pattern, "%s/log.??????????", path) < 0)
        return true;
    bool there = glob (pattern, GLOB_NOSORT, NULL, &g) == 0;
    globfree (&g);
    return there;
}

/* A page that is newer than the log means that log files are gone. A page starts with the place of
 * its last change. */
static int
check_page (struct db *db, const void *page, const DB_LSN *end)
{
    DB_LSN lsn;
    memcpy (&lsn, page, sizeof lsn);
    if (lsn.file < end->file || (lsn.file == end->file && lsn.offset <= end->offset))
        return 0;
    snprintf (db->said, sizeof db->said, "a page of %s is newer than the end of the log",
              table_name);
    return EIO;
}

/* Reads pages through the cache, which verifies their checksums. */
static int
scan_pages (struct db *db)
{
    DB_MPOOLFILE *file = db->table->get_mpf (db->table);
    DB_LOG_STAT *stat;
    db_pgno_t last = 0;
    int ret = db->env->log_stat (db->env, &stat, 0);
    if (ret)
        return ret;
    DB_LSN end = { stat->st_cur_file, stat->st_cur_offset };
    free (stat);
    ret = file->get_last_pgno (file, &last);
    for (db_pgno_t n = 0; !ret && n <= last && (uint64_t)n * PAGE_SIZE_DB < SCAN_LIMIT; n++) {
        void *page;
        ret = file->get (file, &n, NULL, 0, &page);
        if (ret)
            break;
        ret = check_page (db, page, &end);
        int put = file->put (file, page, DB_PRIORITY_UNCHANGED, 0);
        ret = ret ? ret : put;
    }
    return ret;
}

static int
new_db (const struct db_config *cfg, struct db **ret)
{
    struct db *db = calloc (1, sizeof *db);
    if (!db)
        return -ENOMEM;
    pthread_mutex_init (&db->said_lock, NULL);
    db->quiet = true;
    db->value_room = db->spare_room = VALUE_ROOM;
    db->value = malloc (VALUE_ROOM);
    db->spare = malloc (VALUE_ROOM);
    if (!db->value || !db->spare) {
        db_close_all (db);
        return -ENOMEM;
    }
    *ret = db;
    return 0;
}

static int
give_up (struct db *db, const struct db_config *cfg, int ret)
{
    if (cfg->why)
        snprintf (cfg->why, cfg->why_len, "%s", db->said[0] ? db->said : db_strerror (ret));
    db_close_all (db);
    return db_error (ret);
}

int
db_create_new (const struct db_config *cfg)
{
    struct db *db;
    int err = new_db (cfg, &db);
    if (err)
        return err;
    int ret = open_env (db, cfg);
    if (!ret)
        ret = open_table (db, true);
    if (!ret)
        ret = db->env->txn_checkpoint (db->env, 0, 0, DB_FORCE);
    if (ret)
        return give_up (db, cfg, ret);
    db_close_all (db);
    return 0;
}

int
db_open (const struct db_config *cfg, struct db **ret_db)
{
    struct db *db;
    int err = new_db (cfg, &db);
    if (err)
        return err;
    if (!log_is_there (cfg->path)) {
        snprintf (db->said, sizeof db->said, "its log files (log.*) are missing");
        return give_up (db, cfg, EIO);
    }
    int ret = open_env (db, cfg);
    if (!ret)
        ret = open_table (db, false);
    if (!ret)
        ret = scan_pages (db);
    if (ret == ENOENT)
        snprintf (db->said, sizeof db->said, "%s is missing", table_name);
    if (ret)
        return give_up (db, cfg, ret == ENOSPC || ret == ENOMEM || ret == EACCES ? ret : EIO);
    db->said[0] = 0;
    db->quiet = false;
    *ret_db = db;
    return 0;
}

/* --- transactions ----------------------------------------------------------------------------- */

static int
begin (struct db *db)
{
    return db->txn ? 0 : db_error (db->env->txn_begin (db->env, NULL, &db->txn, DB_TXN_NOSYNC));
}

int
db_commit (struct db *db, bool to_kernel, bool *ret_changed)
{
    DB_TXN *txn = db->txn;
    db->txn = NULL;
    int err = txn ? db_error (txn->commit (txn, to_kernel ? DB_TXN_WRITE_NOSYNC : DB_TXN_NOSYNC)) : 0;
    if (!err)
        *ret_changed = txn != NULL;
    return err;
}

void
db_abort (struct db *db)
{
    DB_TXN *txn = db->txn;
    db->txn = NULL;
    if (txn)
        txn->abort (txn);
}

static DBT
dbt_in (const void *p, size_t n)
{
    return (DBT){ .data = (void *)p, .size = (uint32_t)n };
}

static DBT
dbt_out (void *p, size_t room)
{
    return (DBT){ .data = p, .ulen = (uint32_t)room, .flags = DB_DBT_USERMEM };
}

static int
more_room (void **buf, size_t *room, size_t need)
{
    void *p = realloc (*buf, need + VALUE_ROOM);
    if (!p)
        return ENOMEM;
    *buf = p;
    *room = need + VALUE_ROOM;
    return 0;
}

int
db_get (struct db *db, const void *key, size_t key_len, const void **ret_val, size_t *ret_len)
{
    for (;;) {
        DBT k = dbt_in (key, key_len), v = dbt_out (db->value, db->value_room);
        int ret = db->table->get (db->table, NULL, &k, &v, 0);
        if (ret == DB_BUFFER_SMALL) {
            ret = more_room (&db->value, &db->value_room, v.size);
            if (!ret)
                continue;
        }
        if (ret)
            return db_error (ret);
        *ret_val = db->value;
        *ret_len = v.size;
        return 0;
    }
}

int
db_put (struct db *db, const void *key, size_t key_len, const void *val, size_t len)
{
    DBT k = dbt_in (key, key_len), v = dbt_in (val, len);
    int err = begin (db);
    return err ? err : db_error (db->table->put (db->table, db->txn, &k, &v, 0));
}

int
db_del (struct db *db, const void *key, size_t key_len)
{
    DBT k = dbt_in (key, key_len);
    int err = begin (db);
    if (!err)
        err = db_error (db->table->del (db->table, db->txn, &k, 0));
    if (!err)
        db->deleted++;
    return err;
}

static int
cursor_get (DBC *c, DBT *k, DBT *v, uint32_t flags, struct db_item *item)
{
    int ret = c->get (c, k, v, flags);
    *item = (struct db_item){ k->data, k->size, v->data, v->size };
    return ret;
}

int
db_iterate (struct db *db, const void *from, size_t from_len,
            int (*fn) (void *arg, const struct db_item *item), void *arg)
{
    uint8_t key[KEY_ROOM];
    void *value = db->spare; /* an iteration inside an iteration gets its own */
    size_t room = db->spare_room;
    struct db_item item;
    DBC *c;
    db->spare = NULL;
    if (!value && !(value = malloc (room = VALUE_ROOM)))
        return -ENOMEM;
    int err = 0, ret = db->table->cursor (db->table, NULL, &c, 0);
    if (ret)
        goto out;
    memcpy (key, from, from_len);
    DBT k = {
        .data = key, .size = (uint32_t)from_len, .ulen = sizeof key, .flags = DB_DBT_USERMEM
    };
    for (uint32_t how = DB_SET_RANGE;;) {
        DBT v = dbt_out (value, room);
        ret = cursor_get (c, &k, &v, how, &item);
        if (ret == DB_BUFFER_SMALL && v.size > room) {
            ret = more_room (&value, &room, v.size);
            if (ret)
                break;
            continue;
        }
        if (ret || (err = fn (arg, &item)))
            break;
        how = DB_NEXT;
    }
    c->close (c);
out:
    if (db->spare)
        free (db->spare);
    db->spare = value;
    db->spare_room = room;
    return err < 0 ? err : err > 0 || ret == DB_NOTFOUND ? 0 : db_error (ret);
}

/* --- durability ------------------------------------------------------------------------------- */

int
db_log_flush (struct db *db)
{
    return db_error (db->env->log_flush (db->env, NULL));
}

int
db_checkpoint (struct db *db, unsigned kbytes, bool force)
{
    return db_error (db->env->txn_checkpoint (db->env, force ? 0 : kbytes, 0, 0));
}

int
db_shrink (struct db *db)
{
    DB_COMPACT c = { 0 };
    db_pgno_t pages = 0;
    db->table->get_mpf (db->table)->get_last_pgno (db->table->get_mpf (db->table), &pages);
    if (db->deleted * SMALL_RECORD < (uint64_t)pages * PAGE_SIZE_DB / SHRINK_SHARE)
        return 0;
    db->deleted = 0;
    return db_error (db->table->compact (db->table, NULL, NULL, NULL, &c, DB_FREE_SPACE, NULL));
}
