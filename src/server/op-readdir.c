/*
 * readdir: entries of one bucket in hash order from a cookie on; with `plus` also what is known here of their objects. All entries of one
 * hash travel together, so a reply may exceed the wished count by these.
 */
#include "proto/ops/readdir.h"
#include "server/bucket.h"
#include "server/record.h"
#include "server/server.h"

static int
readdir_keys (struct server_op *op)
{
    op->target = REQ (op, readdir)->dirdata;
    return sched_add (&op->sched, op->fs->id, op->target, NULL, SCHED_SHARED);
}

struct gather {
    struct server_op *op;
    struct readdir_resp *resp;
    uint32_t wish, room;
    uint64_t upto; /* what lies behind belongs to another bucket, or will in a moment */
};

static int
gather_entry (void *arg, uint64_t hash, const char *name, size_t len, const struct entry *e)
{
    struct gather *g = arg;
    struct readdir_resp *a = g->resp;
    if (hash >= g->upto)
        return 1;
    if (a->nentries >= g->wish && a->entries[a->nentries - 1].cookie != hash) {
        a->end = false;
        return 1;
    }
    if (a->nentries == g->room)
        return -EIO; /* thousands of names of one hash: nothing that happens */
    char *copy = arena_alloc (&g->op->arena, len + 1);
    if (!copy)
        return -ENOMEM;
    memcpy (copy, name, len);
    a->entries[a->nentries++] = (struct readdir_entry){ .cookie = hash, .name = copy, .handle = e->handle, .type = e->type };
    return 0;
}

static int
add_infos (struct trove_txn *t, struct server_op *op, struct readdir_resp *a)
{
    for (uint32_t i = 0; i < a->nentries; i++) {
        struct readdir_entry *e = &a->entries[i];
        if (!server_is_local (op->server, op->fs, e->handle))
            continue;
        int r = record_info (t, op->fs->id, e->handle, &op->arena, &e->info);
        if (r < 0 && r != -ENOENT)
            return r;
        e->has_info = r == 0;
    }
    return 0;
}

static int
readdir_txn (struct trove_txn *t, struct server_op *op)
{
    struct readdir_req *q = REQ (op, readdir);
    struct readdir_resp *a = RESP (op, readdir);
    struct proto_entry_at at = { .dir = q->dir, .dirdata = q->dirdata };
    struct object_attr dir;
    int r = bucket_check (t, op, &at, MAY_READ, &dir);
    if (r < 0)
        return r;
    struct gather g = { op, a, MAX (MIN (q->count, (uint32_t) PROTO_MAX_DIRENTS - 64), 1u), PROTO_MAX_DIRENTS, HASH_END };
    a->entries = arena_array (&op->arena, MIN (g.wish + 64, g.room), sizeof *a->entries);
    if (!a->entries)
        return -ENOMEM;
    g.room = MIN (g.wish + 64, g.room);
    a->end = true;
    a->version = dir.change;
    r = bucket_upto (t, op->fs->id, q->dirdata, &g.upto);
    if (r < 0)
        return r;
    if (q->after >= g.upto)
        return -PROTO_EMOVED;
    a->upto = g.upto;
    r = entry_each (t, op->fs->id, q->dirdata, q->after, gather_entry, &g);
    return r < 0 ? r : q->plus ? add_infos (t, op, a) : 0;
}

static void
readdir_finish (struct server_op *op)
{
    struct readdir_resp *a = RESP (op, readdir);
    for (uint32_t i = 0; i < a->nentries; i++)
        if (a->entries[i].has_info)
            server_fill_size (op, &a->entries[i].info);
}

const struct op_desc readdir_desc = { .op = PROTO_readdir, .counter = PERF_READDIR, .keys = readdir_keys, .txn = readdir_txn,
                                      .finish = readdir_finish, .read_only = true };
