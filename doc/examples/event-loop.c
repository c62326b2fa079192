/*
 * Reads files of a PVFS2 volume in a program's own event loop, without a thread: all files at once, several pieces of each under way,
 * beside a timer of the program. Prints the length and a checksum of each.
 *
 *     event-loop FILE...
 *     cc event-loop.c $(pkg-config --cflags --libs libpvfs2)
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <pvfs2.h>

enum { PIECE = 256 * 1024, AHEAD = 4 };

/* A file, and one of its pieces under way. */
struct file {
    const char *name;
    PVFS_object_ref ref;
    PVFS_offset next;      /* where the next piece begins */
    PVFS_size length;
    uint64_t sum;
    int ended;             /* a piece came back short: the file ends there */
};

struct piece {
    struct file *file;
    PVFS_offset at;
    PVFS_sysresp_io resp;
    unsigned char data[PIECE];
};

static PVFS_credential cred;
static PVFS_Request whole_piece;
static int under_way;

static void
check (int r, const char *what)
{
    if (r < 0) {
        PVFS_perror (what, r);
        exit (1);
    }
}

static void
open_file (struct file *f, const char *name)
{
    char path[PVFS_PATH_MAX];
    PVFS_fs_id fs;
    PVFS_sysresp_lookup found = { .error_path = NULL };
    check (PVFS_util_resolve (name, &fs, path, sizeof path), name);
    check (PVFS_sys_lookup (fs, path, &cred, &found, PVFS2_LOOKUP_LINK_FOLLOW, PVFS_HINT_NULL), name);
    *f = (struct file){ .name = name, .ref = found.ref };
}

/* The order in which pieces arrive does not matter to this sum. */
static void
take (struct piece *p, int error)
{
    struct file *f = p->file;
    check (error, f->name);
    for (PVFS_size i = 0; i < p->resp.total_completed; i++)
        f->sum += (uint64_t) p->data[i] * (uint64_t) (p->at + i + 1);
    f->length += p->resp.total_completed;
    if (p->resp.total_completed < PIECE)
        f->ended = 1;
}

/* The file's next piece, again and again while the call has it done at once; at the end of the file the piece is freed. */
static void
read_on (struct piece *p)
{
    PVFS_sys_op_id id;
    while (!p->file->ended) {
        p->at = p->file->next;
        p->file->next += PIECE;
        int r = PVFS_isys_read (p->file->ref, PVFS_BYTE, p->at, p->data, whole_piece, &cred, &p->resp, &id, PVFS_HINT_NULL, p);
        check (r, p->file->name);
        if (r == 0) {      /* posted: the loop will hear of it */
            under_way++;
            return;
        }
        take (p, 0);
    }
    free (p);
}

/* The descriptor is readable: lets the library work, and takes what has ended – perhaps nothing. */
static void
on_library (void)
{
    PVFS_sys_op_id ids[16];
    void *pieces[16];
    int errors[16], n = 16;
    check (PVFS_sys_testsome (ids, &n, pieces, errors, 0), "testsome");
    under_way -= n;
    for (int i = 0; i < n; i++) {
        take (pieces[i], errors[i]);
        read_on (pieces[i]);
    }
}

static void
watch (int loop, int fd)
{
    struct epoll_event ev = { .events = EPOLLIN, .data.fd = fd };
    if (fd < 0 || epoll_ctl (loop, EPOLL_CTL_ADD, fd, &ev) < 0) {
        perror ("epoll");
        exit (1);
    }
}

int
main (int argc, char **argv)
{
    struct file *files = calloc ((size_t) argc, sizeof *files);
    check (PVFS_util_init_defaults (), "volumes");
    check (PVFS_util_gen_credential_defaults (&cred), "credential");
    check (PVFS_Request_contiguous (PIECE, PVFS_BYTE, &whole_piece), "request");
    for (int i = 1; i < argc; i++)
        open_file (&files[i], argv[i]);

    int loop = epoll_create1 (EPOLL_CLOEXEC), library = PVFS_sys_completion_fd ();
    int ticker = timerfd_create (CLOCK_MONOTONIC, TFD_CLOEXEC);
    check (library, "completion descriptor");
    timerfd_settime (ticker, 0, &(struct itimerspec){ .it_value.tv_sec = 1, .it_interval.tv_sec = 1 }, NULL);
    watch (loop, library);
    watch (loop, ticker);

    for (int i = 1; i < argc; i++)
        for (int k = 0; k < AHEAD; k++) {
            struct piece *p = calloc (1, sizeof *p);
            p->file = &files[i];
            read_on (p);
        }
    while (under_way > 0) {
        struct epoll_event ev[2];
        int n = epoll_wait (loop, ev, 2, -1);
        for (int i = 0; i < n; i++)
            if (ev[i].data.fd == library) {
                on_library ();
            } else {
                uint64_t ticks;
                if (read (ticker, &ticks, sizeof ticks) == sizeof ticks)
                    fprintf (stderr, "%d pieces under way\n", under_way);
            }
    }
    for (int i = 1; i < argc; i++)
        printf ("%s: %lld bytes, sum %llu\n", files[i].name, (long long) files[i].length, (unsigned long long) files[i].sum);
    PVFS_Request_free (&whole_piece);
    PVFS_sys_finalize ();
    close (ticker);
    close (loop);
    free (files);
    return 0;
}
