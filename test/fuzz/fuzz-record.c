/* Fuzz target: what a server finds in its storage – attributes, entries, bucket tables, layouts, links, reply records, intents, batches.
 * The input is a list of items: kind, length (two bytes), value; each is put under the key where that kind lives, in Trove's memory form,
 * and then everything is read as a server reads it. Damaged records may give errors, never harm. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/gossip/gossip.h"
#include "proto/ops/batch_create.h"
#include "proto/ops/iterate_handles.h"
#include "server/intent.h"
#include "server/record.h"
#include "server/server.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

enum { FS = 7, OBJECT = 1000, MAX_ITEMS = 32 };

struct run {
    const uint8_t *data;
    size_t size;
    struct server server;
    struct server_fs fs;
    struct config_fs cfg;
    struct server_op op;
    bool over;
};

static uint64_t
one (void *arg)
{
    return 1;
}

static void
note (struct job *j)
{
    ((struct run *) j->arg)->over = true;
}

static const struct trove_range ranges[] = { { FS, false, 1000, 9999 }, { FS, true, 10000, 19999 } };

/* Where records of this kind live; a dirent's and a reply's names are the input's, too. */
static struct trove_key
key_of (unsigned kind, const uint8_t **v, size_t *n)
{
    static const char *const keyvals[] = { "bt", "ly", "st", "batch:2:asker" };
    struct trove_key k = { .fs = FS, .handle = OBJECT, .name = "" };
    size_t name = MIN (*n, (size_t) 12);
    switch (kind % 8) {
    case 0:
        k.type = TROVE_ATTR;
        break;
    case 1:
        k.type = TROVE_DIRENT;
        k.name = *v;
        k.name_len = name;
        *v += name;
        *n -= name;
        break;
    case 2:
    case 3:
    case 4:
    case 5:
        k.type = TROVE_KEYVAL;
        k.name = keyvals[kind % 8 - 2];
        k.name_len = strlen (k.name);
        k.handle = kind % 8 == 5 ? 0 : OBJECT;
        break;
    case 6:
        k = (struct trove_key){ .type = TROVE_INTENT, .handle = OBJECT + kind / 8 };
        break;
    default:
        name = MIN (name, (size_t) 4);
        k = (struct trove_key){ .type = TROVE_REPLY, .handle = OBJECT, .name = *v, .name_len = name };
        *v += name;
        *n -= name;
        break;
    }
    return k;
}

static int
put_items (struct trove_txn *t, void *arg)
{
    struct run *x = arg;
    const uint8_t *p = x->data;
    size_t left = x->size;
    for (int i = 0; i < MAX_ITEMS && left >= 3; i++) {
        size_t n = MIN ((size_t) (p[1] | p[2] << 8), left - 3);
        const uint8_t *v = p + 3;
        size_t rest = n;
        struct trove_key k = key_of (p[0], &v, &rest);
        trove_put (t, &k, v, rest);
        p += 3 + n;
        left -= 3 + n;
    }
    return 0;
}

static int
see_entry (void *arg, uint64_t hash, const char *name, size_t len, const struct entry *e)
{
    struct trove_txn *t = arg;
    char copy[PROTO_MAX_NAME + 1];
    struct entry same;
    if (len >= sizeof copy || memchr (name, 0, len))
        return 0;
    memcpy (copy, name, len);
    copy[len] = 0;
    entry_get (t, FS, OBJECT, copy, &same);
    return 0;
}

static void
call (struct trove_txn *t, struct run *x, unsigned number, void *req, void *resp)
{
    x->op.req.body = req;
    x->op.resp = resp;
    server_ops[number]->txn (t, &x->op);
}

static int
read_all (struct trove_txn *t, void *arg)
{
    struct run *x = arg;
    struct arena *arena = &x->op.arena;
    struct proto_info info;
    struct proto_layout layout = { .ndfiles = 0 };
    struct record_table table;
    struct record_bucket bucket;
    struct object_attr a;
    const char *target;
    record_info (t, FS, OBJECT, arena, &info);
    if (record_table (t, FS, OBJECT, arena, &table) == 0 && table.n == 0)
        abort ();
    if (trove_attr_get (t, FS, OBJECT, &a) == 0)
        record_bucket (t, FS, OBJECT, &a, &bucket);
    layout_get (t, FS, OBJECT, arena, &layout);
    if (target_get (t, FS, OBJECT, arena, &target) == 0 && strlen (target) > TROVE_VALUE_MAX)
        abort ();
    trove_attr_get (t, FS, OBJECT, &a);
    entry_each (t, FS, OBJECT, 0, see_entry, t);
    intent_load (&x->server, t);
    slots_load (&x->server, t);
    struct iterate_handles_req all = { .count = 100 };
    struct iterate_handles_resp handles = { .end = false };
    call (t, x, PROTO_iterate_handles, &all, &handles);
    struct batch_create_req more = { .pool_owner = "asker", .type = OBJ_DATAFILE, .count = 3 };
    struct batch_create_resp batch = { .batch = 0 };
    call (t, x, PROTO_batch_create, &more, &batch);
    return 0;
}

static void
transact (struct run *x, int (*body) (struct trove_txn *, void *))
{
    struct trove_op op = { .body = body, .arg = x };
    job_init (&op.job, x->server.reactor, note, x);
    x->over = false;
    trove_txn_post (x->server.trove, &op);
    while (!x->over && (reactor_sim_deliver_one (x->server.reactor) || reactor_sim_fire_one (x->server.reactor)))
        ;
    if (!x->over)
        abort ();
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
    struct run *x = calloc (1, sizeof *x);
    struct reactor_source source = { one, one, one, NULL };
    struct trove_mem_disk *disk;
    gossip_disable ();
    x->data = data;
    x->size = size;
    reactor_new_simulated (&source, &x->server.reactor);
    trove_mem_disk_new (NULL, &disk);
    struct trove_config cfg = { .reactor = x->server.reactor, .ranges = ranges, .nranges = ARRAY_SIZE (ranges) };
    trove_mem_open (&cfg, disk, &x->server.trove);
    intent_init (&x->server);
    x->fs = (struct server_fs){ .id = FS, .cfg = &x->cfg };
    x->op.server = &x->server;
    x->op.fs = &x->fs;
    transact (x, put_items);
    transact (x, read_all);
    intent_stop (&x->server);
    slots_fini (&x->server);
    arena_fini (&x->op.arena);
    trove_abandon (x->server.trove);
    trove_mem_disk_free (disk);
    reactor_free (x->server.reactor);
    free (x);
    return 0;
}
