/*
 * mem: Trove in memory for the simulation, on the reactor alone. It behaves as dbpf does – one
 * transaction after the other, one log flush for all that wait, bytestream operations in parallel –
 * with delays and faults from outside.
 *
 * The process's half (struct mem) dies with trove_abandon; the disk stays.
 */
#include "io/trove/mem/disk.h"

enum { KEY_PREFIX = 13, KEY_MAX = KEY_PREFIX + TROVE_NAME_MAX };

static const uint64_t flush_after = NSEC_PER_SEC, unlimited = 1ull << 50;
static const char removal_name[] = TROVE_REMOVAL_NAME;

/* Something that happens after a delay; 0: from the reactor's queue. */
struct later {
    struct reactor_item item;
    struct reactor_timer timer;
    void (*run) (struct later *);
};

struct removal {
    struct list link;
    obj_fsid fs;
    obj_handle handle;
    uint64_t seq;
};

struct mem {
    struct trove base;
    struct trove_mem_disk *disk;
    struct list queue; /* struct trove_op; the first one runs when `txn` fires */
    struct later txn;
    bool txn_running;
    struct list waiting, flushing; /* struct trove_durable */
    struct later flush;
    bool flush_running;
    uint64_t flush_seq;
    struct reactor_timer idle_flush;
    struct list removals; /* committed, ascending seq */
    struct list io;       /* struct io */
};

struct mem_txn {
    struct trove_txn base;
    struct mem *m;
    struct list undo, removals;
    int failed;
};

struct io {
    struct list link;
    struct later later;
    struct mem *m;
    struct trove_bstream_op *op;
    uint64_t changes; /* those that a sync covers */
};

static struct mem *
mem_of (struct trove *t)
{
    return container_of (t, struct mem, base);
}

/* --- delays and faults ------------------------------------------------------------------------ */

static void
later_deliver (struct reactor_item *item)
{
    struct later *l = container_of (item, struct later, item);
    l->run (l);
}

static void
later_fire (struct reactor_timer *timer)
{
    struct later *l = container_of (timer, struct later, timer);
    l->run (l);
}

static void
later_init (struct later *l, void (*run) (struct later *))
{
    list_init (&l->item.link);
    l->item.deliver = later_deliver;
    l->run = run;
    reactor_timer_init (&l->timer, later_fire, TIMER_WORK);
}

static void
later_start (struct mem *m, struct later *l, const char *what)
{
    const struct trove_mem_config *c = &m->disk->config;
    struct reactor *r = m->base.reactor;
    uint64_t delay = c->delay ? c->delay (c->arg, what) : 0;
    if (delay)
        reactor_timer_set (r, &l->timer, reactor_now (r) + delay);
    else
        reactor_queue (r, &l->item);
}

static void
later_stop (struct mem *m, struct later *l)
{
    list_remove (&l->item.link);
    reactor_timer_clear (m->base.reactor, &l->timer);
}

static int
fault (struct mem *m, const char *what)
{
    const struct trove_mem_config *c = &m->disk->config;
    int err = c->fault ? c->fault (c->arg, what) : 0;
    return err > 0 ? -err : err;
}

static bool
has_room (struct mem *m, uint64_t n)
{
    const struct trove_mem_disk *d = m->disk;
    return !d->config.capacity
           || d->key_bytes + d->stream_bytes + n + m->base.reserve <= d->config.capacity;
}

/* --- keys ------------------------------------------------------------------------------------- */

static size_t
encode_key (uint8_t *buf, const struct trove_key *key)
{
    struct wire w;
    uint32_t fs = key->fs;
    uint8_t type = key->type;
    uint64_t handle = key->handle;
    wire_encoder (&w, buf, KEY_MAX);
    wire_be32 (&w, &fs);
    wire_u8 (&w, &type);
    wire_be64 (&w, &handle);
    wire_fixed (&w, (void *)key->name, key->name_len);
    return w.pos;
}

static struct mem_txn *
txn_of (struct trove_txn *txn)
{
    return container_of (txn, struct mem_txn, base);
}

static int
note (struct mem_txn *t, int err)
{
    if (err && err != -ENOENT && !t->failed)
        t->failed = err;
    return err;
}

static int
mem_get (struct trove_txn *txn, const struct trove_key *key, const void **ret_val, size_t *ret_len)
{
    uint8_t buf[KEY_MAX];
    struct tree_node *n = tree_find (&txn_of (txn)->m->disk->keys, buf, encode_key (buf, key));
    if (!n)
        return -ENOENT;
    *ret_val = n->val;
    *ret_len = n->val_len;
    return 0;
}

static int
mem_put (struct trove_txn *txn, const struct trove_key *key, const void *val, size_t len)
{
    struct mem_txn *t = txn_of (txn);
    uint8_t buf[KEY_MAX];
    return note (t, disk_put (t->m->disk, &t->undo, buf, encode_key (buf, key), val, len));
}

static int
mem_del (struct trove_txn *txn, const struct trove_key *key)
{
    struct mem_txn *t = txn_of (txn);
    uint8_t buf[KEY_MAX];
    return note (t, disk_del (t->m->disk, &t->undo, buf, encode_key (buf, key)));
}

static int
mem_iterate (struct trove_txn *txn, const struct trove_key *from, bool any_handle,
             int (*fn) (void *arg, const struct trove_item *item), void *arg)
{
    uint8_t buf[KEY_MAX];
    size_t len = encode_key (buf, from), prefix = any_handle ? 5 : KEY_PREFIX;
    struct tree_node *n = tree_seek (&txn_of (txn)->m->disk->keys, buf, len);
    for (; n && !memcmp (n->key, buf, prefix); n = tree_next (n)) {
        struct trove_item item = { .name = n->key + KEY_PREFIX,
                                   .name_len = n->key_len - KEY_PREFIX,
                                   .val = n->val,
                                   .val_len = n->val_len };
        struct wire w;
        wire_decoder (&w, n->key + 5, 8, NULL);
        wire_be64 (&w, &item.handle);
        int ret = fn (arg, &item);
        if (ret)
            return MIN (ret, 0);
    }
    return 0;
}

/* --- removing bytestreams --------------------------------------------------------------------- */

static struct trove_key
removal_key (obj_fsid fs, obj_handle h)
{
    return (struct trove_key){
        .fs = fs,
        .type = TROVE_PRIVATE,
        .handle = h,
        .name = removal_name,
        .name_len = sizeof removal_name - 1,
    };
}

static int
add_removal (struct list *to, obj_fsid fs, obj_handle h)
{
    struct removal *r = calloc (1, sizeof *r);
    if (!r)
        return -ENOMEM;
    list_init (&r->link);
    r->fs = fs;
    r->handle = h;
    list_push_back (to, &r->link);
    return 0;
}

static int
mem_bstream_remove (struct trove_txn *txn, obj_fsid fs, obj_handle h)
{
    struct mem_txn *t = txn_of (txn);
    struct trove_key key = removal_key (fs, h);
    if (!disk_stream (t->m->disk, fs, h, false))
        return 0;
    int err = note (t, add_removal (&t->removals, fs, h));
    return err ? err : mem_put (txn, &key, "", 0);
}

/* All of them are in the first part. */
static int
mem_bstream_each (struct trove_txn *txn, obj_fsid fs, unsigned part,
                  int (*fn) (void *arg, obj_handle h), void *arg)
{
    const struct tree *streams = &txn_of (txn)->m->disk->streams;
    int r = 0;
    for (struct tree_node *n = part == 0 ? tree_first (streams) : NULL; r == 0 && n;
         n = tree_next (n)) {
        obj_fsid of;
        obj_handle h;
        disk_stream_id (n, &of, &h);
        r = of == fs ? fn (arg, h) : 0;
    }
    return MIN (r, 0);
}

static void
free_removals (struct list *l)
{
    struct list *n;
    while ((n = list_pop_front (l)))
        free (list_entry (n, struct removal, link));
}

/* --- transactions ----------------------------------------------------------------------------- */

static void
rollback (struct mem_txn *t)
{
    disk_rollback (t->m->disk, &t->undo);
    trove_handles_rollback (&t->base);
    free_removals (&t->removals);
}

static void
commit (struct mem_txn *t)
{
    struct mem *m = t->m;
    struct removal *r;
    if (list_empty (&t->undo))
        return;
    if (disk_commit (m->disk, &t->undo))
        abort (); /* a simulation out of memory */
    list_for_each (r, &t->removals, link)
        r->seq = m->disk->committed;
    list_splice (&m->removals, &t->removals);
    atomic_fetch_add (&m->base.counts.transactions, 1);
    if (t->base.took_block && !atomic_load (&m->base.sync_meta))
        disk_flush (m->disk, m->disk->committed);
    if (!reactor_timer_is_set (&m->idle_flush))
        reactor_timer_set (m->base.reactor, &m->idle_flush,
                           reactor_now (m->base.reactor) + flush_after);
}

static int
run_body (struct mem *m, bool read_only, int (*body) (struct trove_txn *, void *), void *arg)
{
    struct mem_txn t = { .base = { .trove = &m->base, .read_only = read_only }, .m = m };
    list_init (&t.undo);
    list_init (&t.removals);
    trove_handles_begin (&t.base);
    int err = body (&t.base, arg);
    if (!err)
        err = t.failed;
    if (err)
        rollback (&t);
    else
        commit (&t);
    return err;
}

static void
run_first (struct mem *m)
{
    struct trove_op *op = list_entry (list_pop_front (&m->queue), struct trove_op, link);
    int err = fault (m, "txn");
    if (!err && op->creates && !has_room (m, 0))
        err = -ENOSPC;
    if (!err)
        err = run_body (m, op->read_only, op->body, op->arg);
    op->seq = m->disk->committed;
    job_complete (&op->job, err);
}

static void
txn_next (struct mem *m)
{
    if (m->txn_running || list_empty (&m->queue))
        return;
    m->txn_running = true;
    later_start (m, &m->txn, "txn");
}

static void
txn_fire (struct later *l)
{
    struct mem *m = container_of (l, struct mem, txn);
    m->txn_running = false;
    run_first (m);
    txn_next (m);
}

static const struct job_class txn_class = { .name = "trove transaction" };

static void
mem_txn_post (struct trove *t, struct trove_op *op)
{
    struct mem *m = mem_of (t);
    job_post (&op->job, &txn_class);
    list_init (&op->link);
    list_push_back (&m->queue, &op->link);
    txn_next (m);
}

/* --- flushing --------------------------------------------------------------------------------- */

static int
delete_keys (struct trove_txn *txn, void *arg)
{
    struct list *done = arg;
    struct removal *r;
    list_for_each (r, done, link) {
        struct trove_key key = removal_key (r->fs, r->handle);
        mem_del (txn, &key);
    }
    return 0;
}

static void
finish_removals (struct mem *m, uint64_t seq)
{
    struct list done;
    struct removal *r;
    list_init (&done);
    while ((r = list_first (&m->removals, struct removal, link)) && r->seq <= seq) {
        list_remove (&r->link);
        list_push_back (&done, &r->link);
        disk_stream_remove (m->disk, r->fs, r->handle);
    }
    if (!list_empty (&done))
        run_body (m, false, delete_keys, &done);
    free_removals (&done);
}

static void
complete_all (struct list *l, int err)
{
    struct list *n;
    while ((n = list_pop_front (l)))
        job_complete (&list_entry (n, struct trove_durable, link)->job, err);
}

static void
flush_end (struct mem *m, int err)
{
    m->flush_running = false;
    atomic_fetch_add (&m->base.counts.log_flushes, 1);
    if (!err)
        disk_flush (m->disk, m->flush_seq);
    complete_all (&m->flushing, err);
    if (!err)
        finish_removals (m, m->flush_seq);
}

static void
flush_start (struct mem *m)
{
    if (m->flush_running)
        return;
    m->flush_running = true;
    m->flush_seq = m->disk->committed;
    list_splice (&m->flushing, &m->waiting);
    later_start (m, &m->flush, "flush");
}

static void
rearm_idle_flush (struct mem *m)
{
    struct reactor *r = m->base.reactor;
    if (m->disk->committed == m->disk->flushed)
        reactor_timer_clear (r, &m->idle_flush);
    else if (!reactor_timer_is_set (&m->idle_flush))
        reactor_timer_set (r, &m->idle_flush, reactor_now (r) + flush_after);
}

static void
flush_fire (struct later *l)
{
    struct mem *m = container_of (l, struct mem, flush);
    flush_end (m, fault (m, "flush"));
    rearm_idle_flush (m);
    if (!list_empty (&m->waiting))
        flush_start (m);
}

static void
idle_flush_fire (struct reactor_timer *timer)
{
    struct mem *m = container_of (timer, struct mem, idle_flush);
    if (m->disk->committed != m->disk->flushed)
        flush_start (m);
}

static const struct job_class durable_class = { .name = "trove log flush" };

static void
mem_durable_post (struct trove *t, struct trove_durable *dur, bool force)
{
    struct mem *m = mem_of (t);
    job_post (&dur->job, &durable_class);
    if ((!force && trove_is_relaxed (t, dur->seq)) || dur->seq <= m->disk->flushed) {
        job_complete (&dur->job, 0);
        return;
    }
    list_init (&dur->link);
    list_push_back (&m->waiting, &dur->link);
    flush_start (m);
}

static uint64_t
mem_committed (struct trove *t)
{
    return mem_of (t)->disk->committed;
}

/* --- bytestreams ------------------------------------------------------------------------------ */

static uint64_t
write_time (struct mem *m)
{
    return MAX (reactor_wall_clock (m->base.reactor), (uint64_t)1);
}

static void
do_read (const struct stream *s, struct trove_bstream_op *op)
{
    struct trove_walk w;
    int64_t size = s ? s->live.size : 0;
    op->bytes = 0;
    op->size = size;
    trove_walk_init (&w, op);
    while (trove_walk_next (&w)) {
        op->bytes += MAX ((int64_t)0, MIN (w.len, size - w.off));
        for (int i = 0; i < w.nvec; i++) {
            if (s)
                image_read (&s->live, w.off, w.vec[i].iov_base, w.vec[i].iov_len);
            else
                memset (w.vec[i].iov_base, 0, w.vec[i].iov_len);
            w.off += (int64_t)w.vec[i].iov_len;
        }
    }
}

static int
do_write (struct mem *m, struct trove_bstream_op *op)
{
    struct trove_walk w;
    int64_t first, end, total = trove_op_total (op);
    struct stream *s = disk_stream (m->disk, op->fs, op->handle, false);
    trove_op_extent (op, &first, &end);
    if ((!s || end > s->live.size) && !has_room (m, (uint64_t)total))
        return -ENOSPC;
    if (!s && total && !(s = disk_stream (m->disk, op->fs, op->handle, true)))
        return -ENOMEM;
    trove_walk_init (&w, op);
    while (trove_walk_next (&w))
        for (int i = 0; i < w.nvec; i++) {
            struct change c = {
                .kind = TROVE_WRITE, .off = w.off, .len = w.vec[i].iov_len, .mtime = write_time (m)
            };
            int err = disk_change (m->disk, s, &c, w.vec[i].iov_base);
            if (err)
                return err;
            w.off += (int64_t)c.len;
        }
    op->bytes = total;
    op->size = s ? s->live.size : 0;
    return 0;
}

/* Resizing and setting the time; what would only state that there is nothing does not create the
 * stream. */
static int
do_change (struct mem *m, struct trove_bstream_op *op)
{
    bool resize = op->kind == TROVE_RESIZE;
    struct change c = { .kind = op->kind,
                        .off = resize ? op->size : 0,
                        .mtime = resize ? write_time (m) : op->mtime };
    struct stream *s =
        disk_stream (m->disk, op->fs, op->handle, resize ? op->size > 0 : op->mtime > 0);
    return s ? disk_change (m->disk, s, &c, NULL) : 0;
}

static int
do_sync (struct mem *m, struct io *io)
{
    struct stream *s = disk_stream (m->disk, io->op->fs, io->op->handle, false);
    int err = fault (m, "sync");
    if (err || !s)
        return err;
    atomic_fetch_add (&m->base.counts.syncs, 1);
    disk_sync (m->disk, s, io->changes);
    return 0;
}

static int
io_run (struct mem *m, struct io *io)
{
    struct trove_bstream_op *op = io->op;
    struct trove_counts *c = &m->base.counts;
    int err;
    switch (op->kind) {
    case TROVE_READ:
        if ((err = fault (m, "read")))
            return err;
        do_read (disk_stream (m->disk, op->fs, op->handle, false), op);
        atomic_fetch_add (&c->reads, 1);
        atomic_fetch_add (&c->bytes_read, (uint64_t)op->bytes);
        return 0;
    case TROVE_WRITE:
        if ((err = fault (m, "write")) || (err = do_write (m, op)))
            return err;
        atomic_fetch_add (&c->writes, 1);
        atomic_fetch_add (&c->bytes_written, (uint64_t)op->bytes);
        io->changes = m->disk->change_id;
        return op->sync ? do_sync (m, io) : 0;
    case TROVE_SYNC:
        return do_sync (m, io);
    default:
        return do_change (m, op);
    }
}

static void
io_fire (struct later *l)
{
    struct io *io = container_of (l, struct io, later);
    struct trove_bstream_op *op = io->op;
    int err = io_run (io->m, io);
    list_remove (&io->link);
    free (io);
    job_complete (&op->job, err);
}

static int
mem_bstream_stat (struct trove *t, obj_fsid fs, obj_handle h, struct trove_bstream_stat *ret)
{
    struct stream *s = disk_stream (mem_of (t)->disk, fs, h, false);
    *ret = (struct trove_bstream_stat){ 0 };
    if (s)
        *ret = (struct trove_bstream_stat){ s->live.size, s->live.mtime, (int64_t)s->live.n * (IMAGE_CHUNK / 512) };
    return 0;
}

static const struct job_class bstream_class = { .name = "trove bytestream" };

static void
mem_bstream_post (struct trove *t, struct trove_bstream_op *op)
{
    struct mem *m = mem_of (t);
    struct trove_bstream_stat st;
    struct io *io;
    int err = 0;
    job_post (&op->job, &bstream_class);
    op->bytes = 0;
    if (op->kind == TROVE_READ || op->kind == TROVE_WRITE)
        err = trove_op_check (op);
    else if (op->kind == TROVE_STAT && (err = mem_bstream_stat (t, op->fs, op->handle, &st)) == 0) {
        op->size = st.size;
        op->mtime = st.mtime;
    } else if (op->kind == TROVE_RESIZE && op->size < 0)
        err = -EINVAL;
    if (!err && op->kind != TROVE_STAT && !(io = calloc (1, sizeof *io)))
        err = -ENOMEM;
    if (err || op->kind == TROVE_STAT) {
        job_complete (&op->job, err);
        return;
    }
    io->m = m;
    io->op = op;
    io->changes = m->disk->change_id;
    later_init (&io->later, io_fire);
    list_init (&io->link);
    list_push_back (&m->io, &io->link);
    later_start (m, &io->later,
                 op->kind == TROVE_READ   ? "read"
                 : op->kind == TROVE_SYNC ? "sync"
                                          : "write");
}

static int
mem_space (struct trove *t, uint64_t *ret_total, uint64_t *ret_available)
{
    const struct trove_mem_disk *d = mem_of (t)->disk;
    uint64_t total = d->config.capacity ? d->config.capacity : unlimited;
    uint64_t used = d->key_bytes + d->stream_bytes + t->reserve;
    *ret_total = total;
    *ret_available = total > used ? total - used : 0;
    return 0;
}

/* --- life ------------------------------------------------------------------------------------- */

static void
mem_abandon (struct trove *t)
{
    struct mem *m = mem_of (t);
    struct io *io;
    later_stop (m, &m->txn);
    later_stop (m, &m->flush);
    reactor_timer_clear (t->reactor, &m->idle_flush);
    list_for_each (io, &m->io, link) {
        later_stop (m, &io->later);
        list_remove (&io->link);
        free (io);
    }
    free_removals (&m->removals);
    trove_base_fini (t);
    free (m);
}

static int
save_handles (struct trove_txn *txn, void *arg)
{
    return trove_handles_save (txn);
}

static void
mem_close (struct trove *t)
{
    struct mem *m = mem_of (t);
    struct io *io;
    list_for_each (io, &m->io, link) {
        later_stop (m, &io->later);
        io_fire (&io->later);
    }
    while (!list_empty (&m->queue))
        run_first (m);
    m->flush_seq = m->disk->committed;
    list_splice (&m->flushing, &m->waiting);
    flush_end (m, 0);
    run_body (m, false, save_handles, NULL);
    disk_flush (m->disk, m->disk->committed);
    mem_abandon (t);
}

static const struct trove_ops mem_ops = {
    .name = "mem",
    .close = mem_close,
    .abandon = mem_abandon,
    .txn_post = mem_txn_post,
    .durable_post = mem_durable_post,
    .committed = mem_committed,
    .get = mem_get,
    .put = mem_put,
    .del = mem_del,
    .iterate = mem_iterate,
    .bstream_remove = mem_bstream_remove,
    .bstream_each = mem_bstream_each,
    .bstream_post = mem_bstream_post,
    .bstream_stat = mem_bstream_stat,
    .space = mem_space,
};

struct load {
    struct mem *m;
    obj_fsid fs;
};

static int
load_removal (void *arg, const struct trove_item *item)
{
    struct load *load = arg;
    if (item->name_len != sizeof removal_name - 1
        || memcmp (item->name, removal_name, item->name_len))
        return 0;
    return add_removal (&load->m->removals, load->fs, item->handle);
}

static int
load (struct trove_txn *txn, void *arg)
{
    struct mem *m = arg;
    int err = trove_handles_load (txn);
    for (unsigned i = 0; !err && i < m->base.nranges; i++) {
        struct load l = { m, m->base.ranges[i].range.fs };
        struct trove_key from = { .fs = l.fs, .type = TROVE_PRIVATE };
        bool again = false;
        for (unsigned j = 0; j < i; j++)
            again |= m->base.ranges[j].range.fs == l.fs;
        if (!again)
            err = mem_iterate (txn, &from, true, load_removal, &l);
    }
    return err;
}

int
trove_mem_open (const struct trove_config *cfg, struct trove_mem_disk *disk, struct trove **ret)
{
    struct mem *m = calloc (1, sizeof *m);
    if (!m)
        return -ENOMEM;
    m->disk = disk;
    list_init (&m->queue);
    list_init (&m->waiting);
    list_init (&m->flushing);
    list_init (&m->removals);
    list_init (&m->io);
    later_init (&m->txn, txn_fire);
    later_init (&m->flush, flush_fire);
    reactor_timer_init (&m->idle_flush, idle_flush_fire, TIMER_WORK);
    int err = trove_base_init (&m->base, &mem_ops, cfg);
    disk_flush (disk, disk->committed); /* recovery ends with everything on disk */
    if (!err)
        err = run_body (m, false, load, m);
    if (err) {
        mem_abandon (&m->base);
        return err;
    }
    finish_removals (m, disk->committed);
    *ret = &m->base;
    return 0;
}
