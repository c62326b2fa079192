/*
 * lookup: walks as many components of a path as live here; stops after a link, a file, or an object elsewhere.
 */
#include "proto/ops/lookup.h"
#include "server/bucket.h"
#include "server/record.h"
#include "server/server.h"

/* The next component of *path into name; *path moves behind it and its slashes. false: no more. */
static int
next_component (const char **path, char name[PROTO_MAX_NAME + 1])
{
    const char *p = *path;
    while (*p == '/')
        p++;
    size_t n = strcspn (p, "/");
    if (n == 0)
        return 0;
    if (n > PROTO_MAX_NAME)
        return -ENAMETOOLONG;
    memcpy (name, p, n);
    name[n] = 0;
    p += n;
    while (*p == '/')
        p++;
    *path = p;
    return 1;
}

/* One component. Returns 1 to go on from this directory, 0 to stop, < 0. */
static int
step (struct trove_txn *t, struct server_op *op, struct proto_entry_at *at, struct lookup_step *s)
{
    struct object_attr dir;
    struct entry e;
    int r = bucket_check (t, op, at, MAY_EXEC, &dir);
    if (r == 0)
        r = entry_get (t, op->fs->id, at->dirdata, at->name, &e);
    if (r < 0)
        return r;
    *s = (struct lookup_step){ .handle = e.handle, .type = e.type };
    if (!server_is_local (op->server, op->fs, e.handle))
        return 0;
    r = record_info (t, op->fs->id, e.handle, &op->arena, &s->info);
    if (r < 0)
        return r == -ENOENT ? 0 : r; /* moves or goes just now: the client asks for it */
    s->has_info = true;
    if (s->info.have & INFO_LAYOUT)
        return cap_make (t, op, &s->info, 0);
    if (s->info.attr.type != OBJ_DIRECTORY)
        return 0;
    at->dir = e.handle;
    at->dirdata = s->info.buckets[0].dirdata;
    return s->info.nbuckets == 1; /* which is here */
}

static int
lookup_txn (struct trove_txn *t, struct server_op *op)
{
    struct lookup_req *q = REQ (op, lookup);
    struct lookup_resp *a = RESP (op, lookup);
    struct proto_entry_at at = { .dir = q->dir, .dirdata = q->dirdata };
    char name[PROTO_MAX_NAME + 1];
    const char *path = q->path;
    a->nsteps = 0;
    a->steps = arena_array (&op->arena, LOOKUP_MAX_SEGMENTS, sizeof *a->steps);
    if (!a->steps)
        return -ENOMEM;
    at.name = name;
    int r = 1;
    while (r > 0 && a->nsteps < LOOKUP_MAX_SEGMENTS && (r = next_component (&path, name)) > 0) {
        r = step (t, op, &at, &a->steps[a->nsteps]);
        if (r >= 0)
            a->nsteps++;
    }
    if (r < 0 && a->nsteps == 0)
        return r;
    return a->nsteps ? 0 : -EINVAL;
}

static int
lookup_keys (struct server_op *op)
{
    struct lookup_req *q = REQ (op, lookup);
    char name[PROTO_MAX_NAME + 1];
    const char *path = q->path;
    op->target = q->dirdata;
    if (next_component (&path, name) <= 0)
        return -EINVAL;
    return sched_add (&op->sched, op->fs->id, q->dirdata, name, SCHED_SHARED);
}

static void
lookup_finish (struct server_op *op)
{
    struct lookup_resp *a = RESP (op, lookup);
    for (uint32_t i = 0; i < a->nsteps; i++)
        server_fill_size (op, &a->steps[i].info);
}

const struct op_desc lookup_desc = { .op = PROTO_lookup, .keys = lookup_keys, .txn = lookup_txn, .finish = lookup_finish, .read_only = true };
