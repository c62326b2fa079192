/*
 * null-fuse: a FUSE file system of one file, `data`, that discards writes and reads as zeros. The
 * upper limit of what any FUSE daemon can do here; the benchmark shows it beside ours. Settings as
 * those of pvfs2-client-core: one thread, 1 MiB requests, own receive buffer with the payload on a
 * page boundary, no splice.
 *
 *     null-fuse DIR [SIZE]     in the foreground, until DIR is unmounted; SIZE in bytes (default 2
 * GiB)
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/statvfs.h>

#define FUSE_USE_VERSION 312
#include <fuse3/fuse_lowlevel.h>

enum { IO_MAX = 1 << 20, WRITE_HEADER = 80, PAGE = 4096, FILE_INO = 2 };

struct null_fs {
    off_t size;
    char *zeros;
};

static int
fill_stat (const struct null_fs *fs, fuse_ino_t ino, struct stat *st)
{
    *st = (struct stat){ .st_ino = ino, .st_nlink = 1, .st_blksize = IO_MAX };
    st->st_mode = ino == FILE_INO ? S_IFREG | 0666 : S_IFDIR | 0777;
    st->st_size = ino == FILE_INO ? fs->size : PAGE;
    return ino == FILE_INO || ino == FUSE_ROOT_ID ? 0 : ENOENT;
}

static void
null_init (void *userdata, struct fuse_conn_info *conn)
{
    conn->max_write = conn->max_read = conn->max_readahead = IO_MAX;
    conn->max_background = 128;
    conn->congestion_threshold = 96;
    conn->want &= ~(unsigned)(FUSE_CAP_SPLICE_READ | FUSE_CAP_SPLICE_WRITE | FUSE_CAP_SPLICE_MOVE);
}

static void
null_lookup (fuse_req_t req, fuse_ino_t parent, const char *name)
{
    struct fuse_entry_param e = { .ino = FILE_INO, .attr_timeout = 60, .entry_timeout = 60 };
    if (strcmp (name, "data") != 0) {
        fuse_reply_err (req, ENOENT);
        return;
    }
    fill_stat (fuse_req_userdata (req), FILE_INO, &e.attr);
    fuse_reply_entry (req, &e);
}

static void
null_getattr (fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
    struct stat st;
    int err = fill_stat (fuse_req_userdata (req), ino, &st);
    if (err)
        fuse_reply_err (req, err);
    else
        fuse_reply_attr (req, &st, 60);
}

static void
null_setattr (fuse_req_t req, fuse_ino_t ino, struct stat *attr, int to_set,
              struct fuse_file_info *fi)
{
    null_getattr (req, ino, fi);
}

static void
null_open (fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
    fuse_reply_open (req, fi);
}

static void
null_read (fuse_req_t req, fuse_ino_t ino, size_t size, off_t offset, struct fuse_file_info *fi)
{
    const struct null_fs *fs = fuse_req_userdata (req);
    size_t left = offset < fs->size ? (size_t)(fs->size - offset) : 0;
    size = size < IO_MAX ? size : IO_MAX;
    fuse_reply_buf (req, fs->zeros, size < left ? size : left);
}

static void
null_write (fuse_req_t req, fuse_ino_t ino, const char *data, size_t size, off_t offset,
            struct fuse_file_info *fi)
{
    fuse_reply_write (req, size);
}

static void
null_done (fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
    fuse_reply_err (req, 0);
}

static void
null_fsync (fuse_req_t req, fuse_ino_t ino, int datasync, struct fuse_file_info *fi)
{
    fuse_reply_err (req, 0);
}

static void
null_readdir (fuse_req_t req, fuse_ino_t ino, size_t size, off_t offset, struct fuse_file_info *fi)
{
    struct stat st;
    char buf[256];
    fill_stat (fuse_req_userdata (req), FILE_INO, &st);
    size_t n = offset == 0 ? fuse_add_direntry (req, buf, sizeof buf, "data", &st, 1) : 0;
    fuse_reply_buf (req, buf, n);
}

static const struct fuse_lowlevel_ops ops = {
    .init = null_init,
    .lookup = null_lookup,
    .getattr = null_getattr,
    .setattr = null_setattr,
    .open = null_open,
    .read = null_read,
    .write = null_write,
    .flush = null_done,
    .release = null_done,
    .fsync = null_fsync,
    .readdir = null_readdir,
};

static void *
memory (size_t size)
{
    void *p = mmap (NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return p == MAP_FAILED ? NULL : p;
}

static int
serve (struct fuse_session *se)
{
    char *base = memory (PAGE + IO_MAX + PAGE);
    if (!base)
        return 1;
    while (!fuse_session_exited (se)) {
        struct fuse_buf buf = { .mem = base + PAGE - WRITE_HEADER, .size = IO_MAX + PAGE };
        int n = fuse_session_receive_buf (se, &buf);
        if (n == -EINTR)
            continue;
        if (n <= 0)
            return n < 0;
        fuse_session_process_buf (se, &buf);
    }
    return 0;
}

int
main (int argc, char **argv)
{
    struct null_fs fs = { .size = argc > 2 ? atoll (argv[2]) : (off_t)2 << 30,
                          .zeros = memory (IO_MAX) };
    char *fuse_argv[] = { argv[0], (char *)"-ofsname=null-fuse,max_read=1048576", NULL };
    struct fuse_args args = FUSE_ARGS_INIT (2, fuse_argv);
    if (argc < 2 || !fs.zeros) {
        fprintf (stderr, "usage: null-fuse DIR [SIZE]\n");
        return 2;
    }
    memset (fs.zeros, 0, IO_MAX);
    struct fuse_session *se = fuse_session_new (&args, &ops, sizeof ops, &fs);
    if (!se || fuse_set_signal_handlers (se) != 0 || fuse_session_mount (se, argv[1]) != 0)
        return 1;
    int status = serve (se);
    fuse_session_unmount (se);
    fuse_remove_signal_handlers (se);
    fuse_session_destroy (se);
    fuse_opt_free_args (&args);
    return status;
}
