/* See transfer.h. */
#include "apps/common/transfer.h"

#include <pthread.h>
#include <unistd.h>

#include "common/base/file.h"

/* -- one buffer, blocking -- */

/* Fills the buffer but for the end of the file. */
static int
local_read (int fd, char *data, PVFS_size size, PVFS_size *ret)
{
    size_t n = 0;
    int r = file_read_whole (fd, data, (size_t)size, &n);
    if (r == 0)
        *ret = (PVFS_size)n;
    return r;
}

static int
local_write (int fd, const char *data, PVFS_size size)
{
    while (size > 0) {
        ssize_t n = write (fd, data, (size_t)size);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n < 0 ? -errno : -EIO;
        data += n;
        size -= n;
    }
    return 0;
}

/* -- one buffer in flight -- */

struct slot {
    char *data;
    PVFS_size size; /* asked for, then filled */
    PVFS_Request memory;
    PVFS_sysresp_io resp;
    PVFS_sys_op_id id;
    int result; /* of the post: 0 outstanding, 1 done, < 0 failed */
};

static void
remote_post (struct session *s, const struct side *side, struct slot *slot, PVFS_offset offset,
             enum PVFS_io_type type)
{
    slot->resp = (PVFS_sysresp_io){ 0 };
    slot->result = PVFS_Request_contiguous ((int32_t)slot->size, PVFS_BYTE, &slot->memory);
    if (slot->result < 0) {
        slot->memory = NULL;
        return;
    }
    slot->result = PVFS_isys_io (side->ref, PVFS_BYTE, offset, slot->data, slot->memory, &s->cred,
                                 &slot->resp, type, &slot->id, PVFS_HINT_NULL, NULL);
}

/* The bytes moved in ret; a write that moved less without an error is one. */
static int
remote_wait (struct slot *slot, enum PVFS_io_type type, PVFS_size *ret)
{
    int r = slot->result, error = 0;
    if (r == 0) {
        r = PVFS_sys_wait (slot->id, "io", &error);
        r = r < 0 ? r : error;
    }
    if (slot->memory != NULL)
        PVFS_Request_free (&slot->memory);
    if (r < 0)
        return r;
    if (type == PVFS_IO_WRITE && slot->resp.total_completed != slot->size)
        return -PVFS_EIO;
    *ret = slot->resp.total_completed;
    return 0;
}

static int
side_read (struct transfer *t, struct slot *slot, PVFS_size size, PVFS_offset offset)
{
    if (!t->from->remote)
        return local_read (t->from->fd, slot->data, size, &slot->size);
    slot->size = MIN (size, t->from->size - offset);
    if (slot->size <= 0) {
        slot->size = 0;
        return 0;
    }
    remote_post (t->session, t->from, slot, offset, PVFS_IO_READ);
    return remote_wait (slot, PVFS_IO_READ, &slot->size);
}

static int
side_write (struct transfer *t, struct slot *slot, PVFS_offset offset)
{
    if (!t->to->remote)
        return local_write (t->to->fd, slot->data, slot->size);
    remote_post (t->session, t->to, slot, offset, PVFS_IO_WRITE);
    return remote_wait (slot, PVFS_IO_WRITE, &slot->size);
}

static char *
buffer_new (PVFS_size size)
{
    void *p;
    return posix_memalign (&p, 4096, (size_t)size) == 0 ? p : NULL;
}

static void
moved (struct transfer *t, PVFS_size n)
{
    t->bytes += n;
    if (t->counter != NULL)
        __atomic_fetch_add (t->counter, n, __ATOMIC_RELAXED);
}

/* -- small files: one buffer after the other -- */

static int
run_alone (struct transfer *t)
{
    PVFS_size room = MIN (t->buffer_size, t->from->size + 1); /* one more: the end shows at once */
    struct slot slot = { .data = buffer_new (room) };
    int r = slot.data != NULL ? 0 : -ENOMEM;
    for (bool end = false; r == 0 && !end;) {
        r = __atomic_load_n (t->stop, __ATOMIC_RELAXED) ? -EINTR
                                                        : side_read (t, &slot, room, t->bytes);
        end = slot.size < room;
        if (r < 0 || slot.size == 0)
            break;
        PVFS_size size = slot.size;
        r = side_write (t, &slot, t->bytes);
        t->write_failed = r < 0;
        if (r == 0)
            moved (t, size);
    }
    free (slot.data);
    return r;
}

/* -- large ones: the ring -- */

struct ring {
    struct transfer *t;
    struct slot slots[TRANSFER_DEPTH];
    pthread_mutex_t lock;
    pthread_cond_t moved;
    uint64_t filled, written; /* slots so far */
    bool end;                 /* nothing comes after `filled` */
    int error;                /* the first */
};

static struct slot *
slot_of (struct ring *r, uint64_t n)
{
    return &r->slots[n % TRANSFER_DEPTH];
}

static void
fail (struct ring *r, int error, bool writing)
{
    pthread_mutex_lock (&r->lock);
    if (r->error == 0) {
        r->error = error;
        r->t->write_failed = writing;
    }
    pthread_cond_broadcast (&r->moved);
    pthread_mutex_unlock (&r->lock);
}

static void
count (struct ring *r, uint64_t *counter, bool end)
{
    pthread_mutex_lock (&r->lock);
    ++*counter;
    r->end |= end;
    pthread_cond_broadcast (&r->moved);
    pthread_mutex_unlock (&r->lock);
}

static void
announce_end (struct ring *r)
{
    pthread_mutex_lock (&r->lock);
    r->end = true;
    pthread_cond_broadcast (&r->moved);
    pthread_mutex_unlock (&r->lock);
}

enum turn { TURN_GO, TURN_NOT_YET, TURN_END };

/* May slot n be filled? With `wait` never NOT_YET. */
static enum turn
may_fill (struct ring *r, uint64_t n, bool wait)
{
    pthread_mutex_lock (&r->lock);
    if (r->error == 0 && __atomic_load_n (r->t->stop, __ATOMIC_RELAXED)) {
        r->error = -EINTR;
        pthread_cond_broadcast (&r->moved);
    }
    while (wait && r->error == 0 && n >= r->written + TRANSFER_DEPTH)
        pthread_cond_wait (&r->moved, &r->lock);
    enum turn turn = r->error != 0                     ? TURN_END
                     : n < r->written + TRANSFER_DEPTH ? TURN_GO
                                                       : TURN_NOT_YET;
    pthread_mutex_unlock (&r->lock);
    return turn;
}

/* May slot n be written? */
static enum turn
may_write (struct ring *r, uint64_t n, bool wait)
{
    pthread_mutex_lock (&r->lock);
    while (wait && r->error == 0 && !r->end && n >= r->filled)
        pthread_cond_wait (&r->moved, &r->lock);
    enum turn turn = r->error != 0   ? TURN_END
                     : n < r->filled ? TURN_GO
                     : r->end        ? TURN_END
                                     : TURN_NOT_YET;
    pthread_mutex_unlock (&r->lock);
    return turn;
}

static void
fill_local (struct ring *r)
{
    struct transfer *t = r->t;
    for (uint64_t n = 0; may_fill (r, n, true) == TURN_GO; n++) {
        struct slot *slot = slot_of (r, n);
        int e = local_read (t->from->fd, slot->data, t->buffer_size, &slot->size);
        if (e < 0) {
            fail (r, e, false);
            return;
        }
        if (slot->size == 0) {
            announce_end (r);
            return;
        }
        count (r, &r->filled, slot->size < t->buffer_size);
        if (slot->size < t->buffer_size)
            return;
    }
}

/* The reads of slots [done, posted) are outstanding. A short one is the last that counts. */
static void
fill_remote (struct ring *r)
{
    struct transfer *t = r->t;
    uint64_t posted = 0, done = 0;
    bool ended = false;
    for (;;) {
        PVFS_offset offset = (PVFS_offset)posted * t->buffer_size;
        bool more = !ended && offset < t->from->size;
        if (more && may_fill (r, posted, posted == done) == TURN_GO) {
            struct slot *slot = slot_of (r, posted++);
            slot->size = MIN (t->buffer_size, t->from->size - offset);
            remote_post (t->session, t->from, slot, offset, PVFS_IO_READ);
            continue;
        }
        if (posted == done)
            break;
        struct slot *slot = slot_of (r, done++);
        PVFS_size asked = slot->size;
        int e = remote_wait (slot, PVFS_IO_READ, &slot->size);
        if (e < 0)
            fail (r, e, false);
        ended |= e < 0;
        if (ended)
            continue;
        ended = slot->size < asked;
        if (slot->size > 0)
            count (r, &r->filled, false);
    }
    announce_end (r);
}

static void *
reader (void *arg)
{
    struct ring *r = arg;
    if (r->t->from->remote)
        fill_remote (r);
    else
        fill_local (r);
    return NULL;
}

static void
write_local (struct ring *r)
{
    for (uint64_t n = 0; may_write (r, n, true) == TURN_GO; n++) {
        struct slot *slot = slot_of (r, n);
        int e = local_write (r->t->to->fd, slot->data, slot->size);
        if (e < 0) {
            fail (r, e, true);
            return;
        }
        moved (r->t, slot->size);
        count (r, &r->written, false);
    }
}

static void
write_remote (struct ring *r)
{
    struct transfer *t = r->t;
    uint64_t posted = 0, done = 0;
    PVFS_offset offset = 0;
    for (;;) {
        if (may_write (r, posted, posted == done) == TURN_GO) {
            struct slot *slot = slot_of (r, posted++);
            remote_post (t->session, t->to, slot, offset, PVFS_IO_WRITE);
            offset += slot->size;
            continue;
        }
        if (posted == done)
            return;
        struct slot *slot = slot_of (r, done++);
        PVFS_size written = 0;
        int e = remote_wait (slot, PVFS_IO_WRITE, &written);
        if (e < 0) {
            fail (r, e, true);
            continue;
        }
        moved (t, written);
        count (r, &r->written, false);
    }
}

static bool
ring_init (struct ring *r)
{
    bool ok = true;
    pthread_mutex_init (&r->lock, NULL);
    pthread_cond_init (&r->moved, NULL);
    for (int i = 0; i < TRANSFER_DEPTH; i++) {
        r->slots[i].data = buffer_new (r->t->buffer_size);
        ok &= r->slots[i].data != NULL;
    }
    return ok;
}

static void
ring_fini (struct ring *r)
{
    pthread_cond_destroy (&r->moved);
    pthread_mutex_destroy (&r->lock);
    for (int i = 0; i < TRANSFER_DEPTH; i++)
        free (r->slots[i].data);
}

static int
run_ring (struct transfer *t)
{
    struct ring r = { .t = t };
    pthread_t thread;
    int result = ring_init (&r) ? -pthread_create (&thread, NULL, reader, &r) : -ENOMEM;
    if (result == 0) {
        if (t->to->remote)
            write_remote (&r);
        else
            write_local (&r);
        pthread_join (thread, NULL);
        result = r.error;
    }
    ring_fini (&r);
    return result;
}

int
transfer_run (struct transfer *t)
{
    t->bytes = 0;
    t->write_failed = false;
    int r = t->from->size > t->buffer_size ? run_ring (t) : run_alone (t);
    /* The signal may have ended the pipe, too. */
    return r == 0 && __atomic_load_n (t->stop, __ATOMIC_RELAXED) ? -EINTR : r;
}
