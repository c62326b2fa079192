/*
 * The FUSE session inside the core's loop: the descriptor is non-blocking and lies in the same
 * epoll as the sockets. On readiness at most BRIDGE_READ_BATCH requests are read, then the sockets
 * have their turn. Each message is received into a big slot (slots.h) and parsed in place by
 * libfuse; reading stops while no slot is free.
 *
 * A later core takes over where a dead one stood: its answer to INIT must be the first one's and is swallowed, what the slots still
 * hold is answered or done first.
 *
 * The descriptor belongs to the supervisor too: we never mount or unmount.
 */
#include <fcntl.h>
#include <linux/fuse.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#include "common/gossip/gossip.h"
#include "kernel-bridge/bridge.h"

/* --- libfuse's view ------------------------------------------------------------------------- */

static size_t
gather (char *buf, size_t room, const struct iovec *iov, int count)
{
    size_t size = 0;
    for (int i = 0; i < count && iov[i].iov_len <= room - size; i++) {
        memcpy (buf + size, iov[i].iov_base, iov[i].iov_len);
        size += iov[i].iov_len;
    }
    return size;
}

/* The first core's goes to the kernel – again, if that core died before it could note it – every other's is only compared. */
static ssize_t
answer_init (struct bridge *b, int fd, struct iovec *iov, int count)
{
    struct slots_head *head = b->slots.head;
    char answer[SLOTS_INIT_ANSWER];
    if (b->kill_offered && count > 1 && iov[1].iov_len >= sizeof (struct fuse_init_out))
        ((struct fuse_init_out *)iov[1].iov_base)->flags |= FUSE_HANDLE_KILLPRIV_V2;
    size_t size = gather (answer, sizeof answer, iov, count);
    if (head->init_answer_size) {
        b->init_differs = size != head->init_answer_size || memcmp (answer, head->init_answer, size) != 0;
        return (ssize_t)size;
    }
    ssize_t n = writev (fd, iov, count);
    if (n < 0 && errno != ENOENT)
        return n;
    memcpy (head->init_answer, answer, size);
    head->init_answer_size = (uint32_t)size;
    return (ssize_t)size;
}

static struct slot *
slot_of_answer (struct bridge *b, const struct iovec *iov)
{
    uint64_t unique = ((const struct fuse_out_header *)iov->iov_base)->unique;
    struct slot *slot = unique ? slots_by_unique (&b->slots, unique) : NULL;
    struct upcall *u;
    if (slot || !unique)
        return slot;
    list_for_each (u, &b->upcalls, link)
        if (u->slot && u->slot->unique == unique && u->slot->state == SLOT_RECEIVED)
            return u->slot;
    return NULL;
}

static ssize_t
session_writev (int fd, struct iovec *iov, int count, void *userdata)
{
    struct bridge *b = userdata;
    if (b->answering_init)
        return answer_init (b, fd, iov, count);
    struct slot *slot = slot_of_answer (b, iov);
    if (slot)
        slots_answered (&b->slots, slot, iov, count);
    return writev (fd, iov, count);
}

static ssize_t
session_read (int fd, void *buf, size_t size, void *userdata)
{
    return read (fd, buf, size);
}

static void
want_if_capable (struct fuse_conn_info *conn, unsigned caps)
{
    conn->want |= conn->capable & caps;
}

static void
session_init (void *userdata, struct fuse_conn_info *conn)
{
    const struct bridge *b = userdata;
    conn->max_write = BRIDGE_IO_MAX;
    conn->max_readahead = BRIDGE_IO_MAX;
    conn->max_background = BRIDGE_MAX_BACKGROUND;
    conn->congestion_threshold = BRIDGE_CONGESTION;
    want_if_capable (conn, FUSE_CAP_ASYNC_READ | FUSE_CAP_ATOMIC_O_TRUNC | FUSE_CAP_AUTO_INVAL_DATA
                               | FUSE_CAP_READDIRPLUS | FUSE_CAP_READDIRPLUS_AUTO
                               | FUSE_CAP_ASYNC_DIO | FUSE_CAP_PARALLEL_DIROPS
                               | FUSE_CAP_EXPORT_SUPPORT);
    if (!b->options->no_acl) /* the server takes the umask off, if no default access list takes its place */
        want_if_capable (conn, FUSE_CAP_POSIX_ACL | FUSE_CAP_DONT_MASK);
    /* libfuse 3.14 does not know KILLPRIV_V2, which we ask for in session_writev: writes then say when set-id bits must go
     * (files.c), the server clears them at a truncate or a change of owner, and the kernel does not ask for
     * security.capability before every write. */
    conn->want &=
        ~(unsigned)(FUSE_CAP_HANDLE_KILLPRIV | FUSE_CAP_WRITEBACK_CACHE | FUSE_CAP_SPLICE_READ
                    | FUSE_CAP_SPLICE_WRITE | FUSE_CAP_SPLICE_MOVE);
}

/* --- receiving ------------------------------------------------------------------------------ */

static void
listen_to_kernel (struct bridge *b, bool on)
{
    if (b->fuse.fd >= 0 && reactor_fd_set (b->reactor, &b->fuse, on ? EPOLLIN : 0) < 0)
        gossip_err ("epoll refuses the FUSE descriptor: %s", strerror (errno));
}

static void
session_over (struct bridge *b)
{
    reactor_fd_remove (b->reactor, &b->fuse);
    b->ended (b);
}

/* Repeats of these do no harm, so that their messages need not be noted. */
static bool
only_asks (uint32_t opcode)
{
    static const uint8_t asks[] = { FUSE_LOOKUP, FUSE_FORGET, FUSE_BATCH_FORGET, FUSE_GETATTR, FUSE_READLINK, FUSE_READ,
                                    FUSE_STATFS, FUSE_GETXATTR, FUSE_LISTXATTR, FUSE_OPENDIR, FUSE_READDIR, FUSE_READDIRPLUS,
                                    FUSE_RELEASEDIR, FUSE_ACCESS, FUSE_INTERRUPT };
    return opcode < 256 && memchr (asks, (int)opcode, sizeof asks);
}

/* Where the message is to be parsed: a WRITE where it is, others in a small slot. There is one free. */
static struct slot *
settle (struct bridge *b, struct slot *big, size_t size)
{
    const struct fuse_in_header *in = (const void *)slots_message (&b->slots, big);
    uint64_t id = reactor_random (b->reactor);
    bool changes = !only_asks (in->opcode);
    if (in->opcode == FUSE_WRITE || size > SLOT_SMALL_MESSAGE) {
        slots_received (&b->slots, big, size, id, changes);
        return big;
    }
    struct slot *small = slots_take_small (&b->slots);
    memcpy (slots_message (&b->slots, small), in, size);
    slots_received (&b->slots, small, size, id, changes);
    slots_give_back (&b->slots, big);
    return small;
}

static void
process (struct bridge *b, struct slot *slot)
{
    char *message = slots_message (&b->slots, slot);
    b->current = slot;
    fuse_session_process_buf (b->session, &(struct fuse_buf){ .mem = message, .size = slot->length });
    bridge_slot_free (b, b->current); /* unless an upcall took it */
    b->current = NULL;
}

void
bridge_slot_free (struct bridge *b, struct slot *slot)
{
    if (!slot)
        return;
    msgpair_request_over (b->client->msgpair, slot->request_id);
    slots_give_back (&b->slots, slot);
}

/* One message. False: nothing more to read now. */
static bool
receive_one (struct bridge *b)
{
    struct slot *big = b->slots.nsmall ? slots_take_big (&b->slots) : NULL;
    if (!big) {
        listen_to_kernel (b, false);
        return false;
    }
    ssize_t n = read (b->fuse.fd, slots_message (&b->slots, big), SLOT_BIG_MESSAGE);
    int err = n < 0 ? errno : 0;
    if (n < (ssize_t)sizeof (struct fuse_in_header)) {
        slots_give_back (&b->slots, big);
        if (err == ENODEV || n == 0)
            session_over (b);
        else if (err != EAGAIN && err != EINTR && err != ENOENT)
            gossip_err ("reading from the FUSE device: %s",
                        n < 0 ? strerror (err) : "short message");
        return err == ENOENT || err == EINTR; /* the request was withdrawn while we read it */
    }
    process (b, settle (b, big, (size_t)n));
    return true;
}

static void
fuse_ready (struct reactor_fd *f, uint32_t events)
{
    struct bridge *b = container_of (f, struct bridge, fuse);
    for (int i = 0; i < BRIDGE_READ_BATCH && f->registered; i++)
        if (!receive_one (b))
            return;
}

void
bridge_go_on (struct bridge *b)
{
    if (!b->leaving && b->fuse.registered && b->fuse.events == 0 && b->slots.nbig && b->slots.nsmall)
        listen_to_kernel (b, true);
}

/* --- from one core to the next -------------------------------------------------------------- */

/* The kernel may have had the answer already: then it says ENOENT. */
static void
answer_again (struct bridge *b, struct slot *slot)
{
    const struct slot_record *r = slots_record (&b->slots, slot);
    if (r->answer_size <= SLOT_ANSWER && write (b->fuse.fd, r->answer, r->answer_size) < 0 && errno != ENOENT)
        gossip_err ("repeating an answer: %s", strerror (errno));
    bridge_slot_free (b, slot);
}

static void
do_what_is_left (struct bridge *b)
{
    struct slot *slot;
    unsigned i = 0, n = 0;
    for (; (slot = slots_left (&b->slots, &i)); n++)
        if (slot->state == SLOT_ANSWERED)
            answer_again (b, slot);
        else
            process (b, slot);
    if (b->slots.head->life > 1)
        gossip_log ("core %u takes over, with %u requests under way", b->slots.head->life, n);
}

void
bridge_leave (struct bridge *b)
{
    b->leaving = true;
    listen_to_kernel (b, false);
}

/* --- buffers -------------------------------------------------------------------------------- */

void *
bridge_buffer (struct bridge *b, size_t size)
{
    if (size <= BRIDGE_SMALL_READ)
        return malloc (size ? size : 1);
    if (b->nspare)
        return b->spare[--b->nspare];
    void *p =
        mmap (NULL, BRIDGE_IO_MAX, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return p == MAP_FAILED ? NULL : p;
}

void
bridge_buffer_free (struct bridge *b, void *p, size_t size)
{
    if (!p)
        return;
    if (size <= BRIDGE_SMALL_READ)
        free (p);
    else if (b->nspare < BRIDGE_SPARE_BUFFERS)
        b->spare[b->nspare++] = p;
    else
        munmap (p, BRIDGE_IO_MAX);
}

/* --- life ----------------------------------------------------------------------------------- */

static int
session_create (struct bridge *b)
{
    struct fuse_lowlevel_ops ops = { .init = session_init };
    char *argv[] = { (char *)"pvfs2-client-core", NULL };
    struct fuse_args args = FUSE_ARGS_INIT (1, argv);
    bridge_names_ops (&ops);
    bridge_attr_ops (&ops);
    bridge_file_ops (&ops);
    bridge_dir_ops (&ops);
    bridge_xattr_ops (&ops);
    b->session = fuse_session_new (&args, &ops, sizeof ops, b);
    fuse_opt_free_args (&args);
    return b->session ? 0 : -ENOMEM;
}

int
bridge_init (struct bridge *b, struct client *c, struct volume *v, const struct mount_options *o)
{
    b->client = c;
    b->reactor = c->reactor;
    b->volume = v;
    b->options = o;
    b->next_dir = (uint64_t)b->slots.head->life << 32 | 1; /* none that an earlier core has given out */
    b->fuse = (struct reactor_fd){ .fd = -1, .ready = fuse_ready };
    list_init (&b->upcalls);
    nodes_init (&b->nodes);
    bridge_atimes_init (b);
    upcall_watch_init (b);
    int err = holds_init (b);
    return err < 0 ? err : session_create (b);
}

int
bridge_map_slots (struct bridge *b, int slots_fd)
{
    return slots_map (slots_fd, &b->slots);
}

int
bridge_attach (struct bridge *b, int fuse_fd, const void *init, size_t size)
{
    static const struct fuse_custom_io io = { .writev = session_writev, .read = session_read };
    int err = fuse_session_custom_io (b->session, &io, fuse_fd);
    if (err != 0)
        return err < 0 ? err : -err;
    b->fuse.fd = fuse_fd;
    CLEANUP_FREE void *copy = malloc (size); /* libfuse wants to write into it */
    if (!copy)
        return -ENOMEM;
    memcpy (copy, init, size);
    const struct fuse_init_in *in = (const void *)((const char *)init + sizeof (struct fuse_in_header));
    b->kill_offered = size >= sizeof (struct fuse_in_header) + 16 && (in->flags & FUSE_HANDLE_KILLPRIV_V2);
    b->answering_init = true;
    fuse_session_process_buf (b->session, &(struct fuse_buf){ .mem = copy, .size = size });
    b->answering_init = false;
    if (fuse_session_exited (b->session) || b->init_differs)
        return -EPROTO;
    int flags = fcntl (fuse_fd, F_GETFL);
    if (flags < 0 || fcntl (fuse_fd, F_SETFL, flags | O_NONBLOCK) < 0)
        return -errno;
    do_what_is_left (b);
    if (b->slots.head->life > 1)
        holds_adopt (b);
    return reactor_fd_set (b->reactor, &b->fuse, EPOLLIN);
}

/* What still runs is dropped with the client instance, which goes first. */
void
bridge_fini (struct bridge *b)
{
    if (!b->reactor)
        return;
    reactor_timer_clear (b->reactor, &b->watch);
    reactor_fd_remove (b->reactor, &b->fuse);
    holds_fini (b);
    bridge_dirs_fini (b);
    bridge_atimes_fini (b);
    if (b->session)
        fuse_session_destroy (b->session); /* closes the descriptor */
    nodes_fini (&b->nodes);
    while (b->nspare)
        munmap (b->spare[--b->nspare], BRIDGE_IO_MAX);
    slots_unmap (&b->slots);
}
