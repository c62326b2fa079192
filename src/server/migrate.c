/*
 * A storage space of an earlier format becomes one of the present: each step changes records that still look as before, in small transactions, so that it
 * may be cut short anywhere and run again; the format is written into the space when all is done.
 *
 *   1 → 2   intents of version 1 and 2 get the members that version 3 has; file systems have names. Since 1 were added: buckets on other servers, links,
 *           holds. A server of format 1 would not see them, hence the number.
 */
#include "server/storage.h"

#include <stdio.h>

#include "proto/ops/fsck_scan.h"
#include "server/intent.h"

enum { MAX_INTENT = 256 * 1024, BATCH = 64 };

struct migration {
    const struct server_config *cfg;
    struct trove_space *space;
    bool dry_run;
    struct migrate_report *report;
};

static int
put (struct migration *m, const struct trove_key *key, const void *val, size_t len)
{
    m->report->changed++;
    return m->dry_run ? 0 : trove_space_put (m->space, key, val, len);
}

/* --- 1 → 2 ------------------------------------------------------------------------------------------------------------------------------ */

struct old_intent {
    uint64_t id;
    uint8_t *record;
    size_t len;
};

struct intents {
    struct old_intent list[BATCH];
    unsigned n;
    uint64_t next; /* id to go on from */
};

/* Version 2 added another object's handle and type, version 3 a hash and a stage; all of them 0 before. */
static const size_t grown[] = { [1] = 8 + 1 + 8 + 1, [2] = 8 + 1 };

static int
grow (const struct trove_item *item, struct old_intent *ret)
{
    const uint8_t *old = item->val;
    struct arena arena = { 0 };
    struct fsck_intent look;
    if (item->val_len < 1 || item->val_len > MAX_INTENT || old[0] < 1 || old[0] > 2)
        return -EIO;
    *ret = (struct old_intent){ .id = item->handle, .len = item->val_len + grown[old[0]] };
    ret->record = calloc (1, ret->len);
    if (!ret->record)
        return -ENOMEM;
    memcpy (ret->record, old, item->val_len);
    ret->record[0] = 3;
    int r = intent_look (ret->record, ret->len, &arena, &look);
    arena_fini (&arena);
    if (r < 0)
        free (ret->record);
    return r;
}

static int
collect_intent (void *arg, const struct trove_record *r)
{
    struct intents *o = arg;
    if (r->fs != 0 || r->type != TROVE_INTENT || o->n == BATCH)
        return 1;
    o->next = r->item.handle + 1;
    if (r->item.val_len > 0 && *(const uint8_t *) r->item.val == 3)
        return 0;
    int err = grow (&r->item, &o->list[o->n]);
    if (err == 0)
        o->n++;
    return err;
}

static int
grow_intents (struct migration *m)
{
    struct intents o = { 0 };
    int r;
    do {
        struct trove_key from = { .type = TROVE_INTENT, .handle = o.next };
        o.n = 0;
        r = trove_space_each (m->space, &from, collect_intent, &o);
        for (unsigned i = 0; i < o.n; i++) {
            struct trove_key key = { .type = TROVE_INTENT, .handle = o.list[i].id };
            if (r == 0)
                r = put (m, &key, o.list[i].record, o.list[i].len);
            free (o.list[i].record);
        }
        if (r == 0)
            r = trove_space_commit (m->space);
    } while (r == 0 && o.n == BATCH);
    return r;
}

static int
stop_at_first (void *arg, const struct trove_record *r)
{
    *(obj_fsid *) arg = r->fs;
    return 1;
}

/* Those of the configuration that have records here. */
static int
name_file_systems (struct migration *m)
{
    const struct config *cfg = m->cfg->config;
    int r = 0;
    for (int i = 0; r == 0 && i < cfg->n_fs; i++) {
        struct trove_key from = { .fs = cfg->fs[i].id }, key = storage_name_key (cfg->fs[i].id);
        obj_fsid first = 0;
        r = trove_space_each (m->space, &from, stop_at_first, &first);
        if (r == 0 && first == cfg->fs[i].id)
            r = put (m, &key, cfg->fs[i].name, strlen (cfg->fs[i].name));
    }
    return r < 0 ? r : trove_space_commit (m->space);
}

/* --- the steps ------------------------------------------------------------------------------------------------------------------------- */

static const struct {
    unsigned from;
    int (*run) (struct migration *m);
} steps[] = {
    { 1, grow_intents },
    { 1, name_file_systems },
};

static int
count (void *arg, const struct trove_record *r)
{
    ++*(uint64_t *) arg;
    return 0;
}

static int
run_steps (struct migration *m)
{
    struct trove_key all = { 0 };
    int r = trove_space_each (m->space, &all, count, &m->report->records);
    for (size_t i = 0; r == 0 && i < ARRAY_SIZE (steps); i++)
        if (steps[i].from >= m->report->from)
            r = steps[i].run (m);
    return r < 0 || m->dry_run ? r : trove_space_stamp (m->space);
}

int
server_migrate (const struct server_config *cfg, bool dry_run, struct migrate_report *ret)
{
    struct trove_config t;
    struct migration m = { .cfg = cfg, .dry_run = dry_run, .report = ret };
    *ret = (struct migrate_report){ 0 };
    int r = storage_where (cfg, &t);
    if (r == 0)
        r = trove_space_open (&t, true, &m.space);
    if (r < 0)
        return r;
    ret->from = trove_space_format (m.space);
    ret->current = trove_space_is_current (m.space);
    r = ret->current ? 0 : run_steps (&m);
    if (r < 0 && cfg->why && !cfg->why[0])
        snprintf (cfg->why, SERVER_WHY, r == -EIO ? "the storage space %s has records that cannot be read: restore it from a backup"
                  : r == -ENOSPC ? "no room in %s: make some and run it again" : "cannot migrate %s", t.meta_path);
    trove_space_close (m.space);
    return r;
}
