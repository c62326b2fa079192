/*
 * A storage space's records as they lie there, for tools that look at a space or change its format
 * while no server runs: the database alone, without threads, caches and bytestreams. It holds the
 * lock that a server would.
 */
#include "io/trove/dbpf/dbpf.h"
#include "io/trove/dbpf/space.h"

#include <unistd.h>

enum { SAID_ROOM = 96 };

struct trove_space {
    const struct trove_config *cfg;
    struct space_lock lock;
    struct db *db;
};

static int
open_records (struct trove_space *s)
{
    const struct trove_config *cfg = s->cfg;
    char said[SAID_ROOM] = "";
    struct db_config db = {
        .path = cfg->meta_path, .cache_size = DBPF_CACHE, .why = said, .why_len = sizeof said
    };
    int err = db_open (&db, &s->db);
    if (err == -EIO)
        return trove_why (
            cfg, err, "the database in %s is damaged (%s): restore the storage space from a backup",
            cfg->meta_path, said);
    return err ? trove_why (cfg, err, "cannot open the database in %s: %s (%s)", cfg->meta_path,
                            strerror (-err), said)
               : 0;
}

int
trove_space_open (const struct trove_config *cfg, bool older, struct trove_space **ret)
{
    struct trove_space *s = calloc (1, sizeof *s);
    if (!s)
        return -ENOMEM;
    s->cfg = cfg;
    int err = space_lock (cfg, older, &s->lock);
    if (err) {
        free (s);
        return err;
    }
    err = open_records (s);
    if (err)
        trove_space_close (s);
    else
        *ret = s;
    return err;
}

void
trove_space_close (struct trove_space *s)
{
    if (!s)
        return;
    db_close_all (s->db);
    close (s->lock.fd);
    free (s);
}

unsigned
trove_space_format (const struct trove_space *s)
{
    return s->lock.format;
}

bool
trove_space_is_current (const struct trove_space *s)
{
    return s->lock.format == DBPF_FORMAT;
}

struct each {
    int (*fn) (void *arg, const struct trove_record *r);
    void *arg;
};

static int
each_item (void *arg, const struct db_item *item)
{
    struct each *e = arg;
    struct trove_record r = { 0 };
    struct wire w;
    if (item->key_len < DBPF_KEY_PREFIX)
        return -EIO;
    wire_decoder (&w, item->key, item->key_len, NULL);
    wire_be32 (&w, &r.fs);
    wire_u8 (&w, &r.type);
    wire_be64 (&w, &r.item.handle);
    r.item.name = item->key + DBPF_KEY_PREFIX;
    r.item.name_len = item->key_len - DBPF_KEY_PREFIX;
    r.item.val = item->val;
    r.item.val_len = item->val_len;
    return e->fn (e->arg, &r);
}

int
trove_space_each (struct trove_space *s, const struct trove_key *from,
                  int (*fn) (void *arg, const struct trove_record *r), void *arg)
{
    uint8_t key[DBPF_KEY_MAX];
    struct each e = { fn, arg };
    int err = trove_check_key (from);
    return err ? err : db_iterate (s->db, key, dbpf_encode_key (key, from), each_item, &e);
}

int
trove_space_put (struct trove_space *s, const struct trove_key *key, const void *val, size_t len)
{
    uint8_t buf[DBPF_KEY_MAX];
    int err = trove_check_key (key);
    return err ? err : db_put (s->db, buf, dbpf_encode_key (buf, key), val, len);
}

int
trove_space_del (struct trove_space *s, const struct trove_key *key)
{
    uint8_t buf[DBPF_KEY_MAX];
    int err = trove_check_key (key);
    return err ? err : db_del (s->db, buf, dbpf_encode_key (buf, key));
}

int
trove_space_commit (struct trove_space *s)
{
    bool changed;
    int err = db_commit (s->db, false, &changed);
    return err ? err : db_log_flush (s->db);
}

int
trove_space_stamp (struct trove_space *s)
{
    int err = trove_space_commit (s);
    if (!err)
        err = db_checkpoint (s->db, 0, true);
    if (err)
        return trove_why (s->cfg, err, "cannot write the database in %s: %s", s->cfg->meta_path,
                          strerror (-err));
    db_close_all (s->db);
    s->db = NULL;
    return space_stamp (s->cfg, &s->lock);
}

int
trove_space_drop_bstreams (struct trove_space *s, obj_fsid fs)
{
    return space_remove_bstreams (s->cfg, fs);
}
