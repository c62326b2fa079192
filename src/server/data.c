/*
 * What operations on datafiles share; see data.h.
 *
 * `known` is a small direct-mapped table of datafiles that were seen to exist, so that small I/O needs no transaction. Removal takes the datafile's
 * exclusive key first, so nothing runs between a look at the table and the end of the I/O.
 *
 * A datafile from a pool does not know yet whose it is, and who made the file has sent it no message. The first write does: its capability names the
 * metafile. Nobody waits for that to be flushed – the next writer of a datafile that lost it says it again.
 */
#include "server/data.h"

#include "io/description/request-codec.h"

enum { KNOWN_SIZE = 16384 };

struct known {
    obj_fsid fs;
    obj_handle handle;
    bool stuffed; /* of a file that has no other; forgotten when it is unstuffed */
};

static struct known *
known_slot (struct server *s, obj_fsid fs, obj_handle h)
{
    if (!s->known)
        s->known = calloc (KNOWN_SIZE, sizeof *s->known);
    return s->known ? &s->known[hash_u64 (h ^ fs) % KNOWN_SIZE] : NULL;
}

void
known_forget (struct server *s, obj_fsid fs, obj_handle h)
{
    struct known *k = s->known ? known_slot (s, fs, h) : NULL;
    if (k && k->handle == h && k->fs == fs)
        k->handle = 0;
}

void
known_forget_all (struct server *s)
{
    free (s->known);
    s->known = NULL;
}

struct check {
    struct server_op *op;
    obj_handle h;
};

static int
check_txn (struct trove_txn *t, void *arg)
{
    struct check *c = arg;
    struct object_attr a;
    int r = trove_attr_get (t, c->op->fs->id, c->h, &a);
    if (r < 0)
        return r == -ENOENT ? -ESTALE : r;
    if (a.type != OBJ_DATAFILE)
        return -EINVAL;
    c->op->ownerless = !a.parent;
    r = trove_attr_get (t, c->op->fs->id, c->op->req.cap.metafile, &a);
    c->op->stuffed = r == 0 && a.type == OBJ_METAFILE && (a.flags & OBJ_STUFFED);
    return r == -ENOENT ? 0 : r;
}

sm_event
data_check (struct sm *sm, struct server_op *op, obj_handle datafile)
{
    struct known *k = known_slot (op->server, op->fs->id, datafile);
    if (k && k->handle == datafile && k->fs == op->fs->id) {
        op->stuffed = k->stuffed;
        return SM_OK;
    }
    struct check *c = arena_alloc (&op->arena, sizeof *c);
    if (!c)
        return sm_fail (sm, -ENOMEM, "check");
    *c = (struct check){ op, datafile };
    op->check_known = true;
    return server_txn (sm, op, check_txn, c, true);
}

static int
adopt_txn (struct trove_txn *t, void *arg)
{
    struct server_op *op = arg;
    struct object_attr a;
    int r = trove_attr_get (t, op->fs->id, op->target, &a);
    if (r < 0 || a.parent)
        return r;
    a.parent = op->req.cap.metafile;
    return trove_attr_set (t, op->fs->id, op->target, &a);
}

sm_event
data_adopt (struct sm *sm, struct server_op *op)
{
    op->ownerless &= !op->server->frozen_by && op->req.cap.metafile;
    if (!op->ownerless)
        return SM_OK;
    op->seq = op->txn.seq; /* of what the check has seen */
    return server_txn (sm, op, adopt_txn, op, false);
}

int
data_may (struct server_op *op, const struct io_req *q)
{
    if (q->type != IO_READ && q->type != IO_WRITE)
        return -EINVAL;
    if (q->total <= 0 || q->file_off < 0 || q->server_ct == 0 || q->server_nr >= q->server_ct)
        return -EINVAL;
    return cap_check (op, q->handle, q->type == IO_READ ? CAP_READ : CAP_WRITE);
}

int
data_open (struct server_op *op, const struct io_req *q, struct data_request *ret)
{
    struct trove_bstream_stat st;
    struct wire w;
    if (op->ownerless && q->type == IO_WRITE)
        op->txn.seq = 0;
    if (op->check_known) { /* the transaction found it */
        struct known *k = known_slot (op->server, op->fs->id, q->handle);
        if (k)
            *k = (struct known){ op->fs->id, q->handle, op->stuffed };
    }
    int r = dist_lookup (q->dist_name, &ret->dist);
    if (r == 0)
        r = dist_set_params (&ret->dist, q->dist_params);
    if (r < 0)
        return -EINVAL;
    wire_decoder (&w, q->file_req, q->file_req_len, &op->arena);
    request_wire (&w, &ret->file_req);
    r = wire_finish (&w);
    if (r == 0)
        r = trove_bstream_stat (op->server->trove, op->fs->id, q->handle, &st);
    if (r < 0)
        return r;
    ret->size = st.size;
    ret->map = (struct req_map){ .file_req = ret->file_req, .file_off = q->file_off, .total = q->total, .dist = &ret->dist,
                                 .server_nr = q->server_nr, .server_ct = q->server_ct, .fsize = ret->size, .extend = q->type == IO_WRITE };
    return req_total_for_server (&ret->map, DATA_MAX_ROUND, &ret->bytes);
}
