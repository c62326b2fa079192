/*
 * A server's storage space; see storage.h.
 */
#include "server/storage.h"

#include <stdio.h>

#include "common/error/error.h"
#include "proto/ops/fsck_scan.h"
#include "server/intent.h"
#include "server/record.h"

enum { MAX_TROVE_RANGES = 4096, DROP_BATCH = 256 };

static const char name_name[] = "name";

static int
fail (const struct server_config *cfg, int err, const char *fmt, const char *detail)
{
    if (cfg->why && !cfg->why[0])
        snprintf (cfg->why, SERVER_WHY, fmt, detail);
    return err;
}

struct trove_key
storage_name_key (obj_fsid id)
{
    return (struct trove_key){ .fs = id, .type = TROVE_PRIVATE, .name = name_name, .name_len = sizeof name_name - 1 };
}

/* --- where it is -------------------------------------------------------------------------------------------------------------------- */

/* Handles come from the configured ranges; the root directory's is taken, so a range that holds it is given in two halves. */
static void
add_range (struct trove_config *t, struct trove_range *ranges, const struct config_fs *fs, const struct config_range *r)
{
    obj_handle root = fs->root_handle;
    struct trove_range whole = { .fs = fs->id, .data = !r->is_meta, .first = r->first, .last = r->last };
    if (root < r->first || root > r->last) {
        ranges[t->nranges++] = whole;
        return;
    }
    if (root > r->first) {
        ranges[t->nranges] = whole;
        ranges[t->nranges++].last = root - 1;
    }
    if (root < r->last) {
        ranges[t->nranges] = whole;
        ranges[t->nranges++].first = root + 1;
    }
}

static void
fill_trove_config (const struct server_config *cfg, int alias, struct trove_range *ranges, struct trove_config *t)
{
    const struct config_server_options *o = cfg->config->aliases[alias].options;
    const struct config_fs *first = NULL;
    *t = (struct trove_config){ .reactor = cfg->reactor, .data_path = o->data_storage, .meta_path = o->meta_storage,
                                .reserve = o->storage_reserve, .ranges = ranges, .sync_meta = true, .sync_data = true,
                                .why = cfg->why };
    for (int i = 0; i < cfg->config->n_fs; i++) {
        const struct config_fs *fs = &cfg->config->fs[i];
        for (int k = 0; k < fs->n_ranges && t->nranges + 1 < MAX_TROVE_RANGES; k++)
            if (fs->ranges[k].server == alias) {
                add_range (t, ranges, fs, &fs->ranges[k]);
                if (!first)
                    first = fs;
            }
    }
    if (!first)
        return;
    t->sync_meta = first->trove_sync_meta;
    t->sync_data = first->trove_sync_data;
    t->cache_size = first->db_cache_size;
    const char *method = first->trove_method ? first->trove_method : o->trove_method;
    t->method = !method ? TROVE_DBPF : !strcmp (method, "null-aio") ? TROVE_NULL_AIO : !strcmp (method, "directio") ? TROVE_DIRECTIO : TROVE_DBPF;
}

int
storage_open (const struct server_config *cfg, struct server *s)
{
    struct trove_range *ranges = malloc (MAX_TROVE_RANGES * sizeof *ranges);
    if (!ranges)
        return -ENOMEM;
    struct trove_config t;
    fill_trove_config (cfg, s->alias_index, ranges, &t);
    int r = cfg->mem_disk ? trove_mem_open (&t, cfg->mem_disk, &s->trove) : trove_open (&t, &s->trove);
    free (ranges);
    return r;
}

int
storage_where (const struct server_config *cfg, struct trove_config *ret)
{
    int alias = config_find_alias (cfg->config, cfg->alias);
    if (alias < 0)
        return fail (cfg, -ENOENT, "alias '%s' is not in <Aliases> of the configuration: give one that is with -a", cfg->alias);
    const struct config_server_options *o = cfg->config->aliases[alias].options;
    if (!o->data_storage || !o->meta_storage)
        return fail (cfg, -EINVAL, "no folders for the storage of '%s': set DataStorageSpace and MetadataStorageSpace", cfg->alias);
    *ret = (struct trove_config){ .reactor = cfg->reactor, .data_path = o->data_storage, .meta_path = o->meta_storage, .why = cfg->why };
    return 0;
}

int
storage_check (struct trove_txn *t, const struct server *s, char *why)
{
    for (int i = 0; i < s->nfs; i++) {
        struct trove_key key = storage_name_key (s->fs[i].id);
        const void *val;
        size_t len;
        int r = trove_get (t, &key, &val, &len);
        if (r == -ENOENT && why)
            snprintf (why, SERVER_WHY, "file system '%s' (ID %u) is not in the storage space: add it with pvfs2-mkspace -a, or correct its ID",
                      s->fs[i].cfg->name, s->fs[i].id);
        if (r < 0)
            return r;
    }
    return 0;
}

/* --- made and removed --------------------------------------------------------------------------------------------------------------- */

struct mkfs {
    struct trove_op op;
    struct server *server;
    const struct config_fs *only; /* NULL: all that the server serves */
    bool done;
    int status;
};

static int
make_root (struct trove_txn *txn, struct server *s, struct server_fs *fs)
{
    uint64_t now = server_now (s);
    struct object_attr a = { .type = OBJ_DIRECTORY, .mode = 0777, .nlink = 2, .atime = now, .mtime = now, .ctime = now,
                             .change = 1, .parent = fs->cfg->root_handle };
    return server_is_local (s, fs, fs->cfg->root_handle) ? record_new_directory (txn, fs->id, fs->cfg->root_handle, &a) : 0;
}

static int
move_in (struct trove_txn *txn, struct server *s, struct server_fs *fs)
{
    struct trove_key key = storage_name_key (fs->id);
    const void *val;
    size_t len;
    int r = trove_get (txn, &key, &val, &len);
    if (r == 0)
        return -EEXIST;
    if (r == -ENOENT)
        r = trove_put (txn, &key, fs->cfg->name, strlen (fs->cfg->name));
    return r < 0 ? r : make_root (txn, s, fs);
}

static int
mkfs_txn (struct trove_txn *txn, void *arg)
{
    struct mkfs *m = arg;
    int r = 0;
    for (int i = 0; r == 0 && i < m->server->nfs; i++)
        if (!m->only || m->server->fs[i].cfg == m->only)
            r = move_in (txn, m->server, &m->server->fs[i]);
    return r;
}

static void
mkfs_done (struct job *j)
{
    struct mkfs *m = container_of (container_of (j, struct trove_op, job), struct mkfs, op);
    m->done = true;
    m->status = j->status;
}

/* Into a space that is there. */
static int
make_file_systems (const struct server_config *cfg, struct server *s, const struct config_fs *only)
{
    struct mkfs m = { .server = s, .only = only, .op = { .body = mkfs_txn, .arg = &m } };
    int r = server_setup_fs (s);
    if (r == 0)
        r = storage_open (cfg, s);
    if (r < 0)
        return r;
    job_init (&m.op.job, s->reactor, mkfs_done, &m);
    trove_txn_post (s->trove, &m.op);
    while (!m.done) {
        if (reactor_poll_fd (s->reactor) >= 0)
            reactor_step (s->reactor, NSEC_PER_SEC);
        else if (!reactor_sim_deliver_one (s->reactor) && !reactor_sim_fire_one (s->reactor))
            break;
    }
    trove_close (s->trove); /* flushes */
    return m.done ? m.status : -EDEADLK;
}

static int
with_server (const struct server_config *cfg, const struct config_fs *only)
{
    struct server s = { .config = cfg->config, .alias = cfg->alias, .reactor = cfg->reactor };
    s.alias_index = config_find_alias (cfg->config, cfg->alias);
    int r = make_file_systems (cfg, &s, only);
    free (s.fs);
    return r;
}

int
server_mkfs (const struct server_config *cfg)
{
    struct trove_config t;
    int r = cfg->mem_disk ? 0 : storage_where (cfg, &t);
    if (r == 0 && !cfg->mem_disk)
        r = trove_space_create (&t);
    return r < 0 ? r : with_server (cfg, NULL);
}

int
server_rmfs (const struct server_config *cfg)
{
    struct trove_config t;
    int r = storage_where (cfg, &t);
    return r < 0 ? r : trove_space_remove (&t);
}

int
server_add_fs (const struct server_config *cfg, const struct config_fs *fs)
{
    struct trove_config t;
    int r = storage_where (cfg, &t);
    if (r == 0)
        r = with_server (cfg, fs);
    return r == -EEXIST ? fail (cfg, r, "file system '%s' is in the storage space already: nothing was changed", fs->name) : r;
}

/* --- a file system gone -------------------------------------------------------------------------------------------------------------- */

struct drop {
    obj_fsid fs;
    bool open_intents;
    unsigned n;
    uint8_t names[DROP_BATCH][TROVE_NAME_MAX];
    struct trove_key keys[DROP_BATCH];
};

static int
look_at_intent (void *arg, const struct trove_record *r)
{
    struct drop *d = arg;
    struct arena arena = { 0 };
    struct fsck_intent i;
    if (r->fs != 0 || r->type != TROVE_INTENT)
        return 1;
    int err = intent_look (r->item.val, r->item.val_len, &arena, &i);
    d->open_intents |= err < 0 || i.fs == d->fs;
    arena_fini (&arena);
    return 0;
}

static int
collect (void *arg, const struct trove_record *r)
{
    struct drop *d = arg;
    if (r->fs != d->fs || d->n == DROP_BATCH || r->item.name_len > TROVE_NAME_MAX)
        return 1;
    memcpy (d->names[d->n], r->item.name, r->item.name_len);
    d->keys[d->n] = (struct trove_key){ r->fs, r->type, r->item.handle, d->names[d->n], r->item.name_len };
    d->n++;
    return 0;
}

static int
drop_batch (struct trove_space *space, struct drop *d)
{
    struct trove_key from = { .fs = d->fs };
    d->n = 0;
    int r = trove_space_each (space, &from, collect, d);
    for (unsigned i = 0; r == 0 && i < d->n; i++)
        r = trove_space_del (space, &d->keys[i]);
    return r < 0 ? r : trove_space_commit (space);
}

/* The name first: from then on no server serves it. */
static int
drop_all (const struct server_config *cfg, struct trove_space *space, struct drop *d)
{
    struct trove_key intents = { .type = TROVE_INTENT }, name = storage_name_key (d->fs), from = { .fs = d->fs };
    int r = trove_space_each (space, &intents, look_at_intent, d);
    if (r == 0 && d->open_intents)
        return fail (cfg, -EBUSY, "%s has unfinished work of that file system: start all servers, stop them, and come again", cfg->alias);
    if (r == 0)
        r = trove_space_each (space, &from, collect, d);
    if (r == 0 && d->n == 0)
        return fail (cfg, -ENOENT, "that file system is not in the storage space of %s", cfg->alias);
    if (r == 0)
        r = trove_space_del (space, &name);
    if (r == 0)
        r = trove_space_commit (space);
    if (r == 0 || r == -ENOENT)
        do
            r = drop_batch (space, d);
        while (r == 0 && d->n > 0);
    return r < 0 ? r : trove_space_drop_bstreams (space, d->fs);
}

int
server_drop_fs (const struct server_config *cfg, obj_fsid id)
{
    struct trove_config t;
    struct trove_space *space;
    int r = storage_where (cfg, &t);
    if (r == 0)
        r = trove_space_open (&t, false, &space);
    if (r < 0)
        return r;
    struct drop *d = calloc (1, sizeof *d);
    if (d)
        d->fs = id;
    r = d ? drop_all (cfg, space, d) : -ENOMEM;
    free (d);
    trove_space_close (space);
    return r;
}
