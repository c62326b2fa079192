/*
 * die-at: kills its process before the n-th call that changes something on a disk (LD_PRELOAD): write, pwrite, pwritev, truncate, sync, rename, link, unlink.
 *
 *     DIE_AT=17 LD_PRELOAD=die-at.so program …
 *     DIE_COUNT=/c …                                 writes their number to a file at the end instead
 *
 * Only calls on regular files and folders count, so output to pipes does not. To be loaded before forget, which sees what is let through.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

static int left = -1; /* -1: not asked yet */
static int counted;

__attribute__ ((destructor)) static void
tell (void)
{
    FILE *f = getenv ("DIE_COUNT") ? fopen (getenv ("DIE_COUNT"), "w") : NULL;
    if (!f)
        return;
    fprintf (f, "%d\n", counted);
    fclose (f);
}

static void
count (void)
{
    __atomic_add_fetch (&counted, 1, __ATOMIC_SEQ_CST);
    if (left < 0)
        left = getenv ("DIE_AT") ? atoi (getenv ("DIE_AT")) : 0;
    if (left > 0 && __atomic_sub_fetch (&left, 1, __ATOMIC_SEQ_CST) == 0)
        raise (SIGKILL);
}

static void
count_fd (int fd)
{
    struct stat st;
    if (fstat (fd, &st) == 0 && (S_ISREG (st.st_mode) || S_ISDIR (st.st_mode)))
        count ();
}

#define NEXT(name) ((__typeof__ (&name)) dlsym (RTLD_NEXT, #name))

ssize_t
write (int fd, const void *buf, size_t n)
{
    count_fd (fd);
    return NEXT (write) (fd, buf, n);
}

ssize_t
pwrite (int fd, const void *buf, size_t n, off_t at)
{
    count_fd (fd);
    return NEXT (pwrite) (fd, buf, n, at);
}

ssize_t
pwrite64 (int fd, const void *buf, size_t n, off64_t at)
{
    count_fd (fd);
    return NEXT (pwrite64) (fd, buf, n, at);
}

ssize_t
pwritev (int fd, const struct iovec *iov, int n, off_t at)
{
    count_fd (fd);
    return NEXT (pwritev) (fd, iov, n, at);
}

int
ftruncate (int fd, off_t size)
{
    count_fd (fd);
    return NEXT (ftruncate) (fd, size);
}

int
ftruncate64 (int fd, off64_t size)
{
    count_fd (fd);
    return NEXT (ftruncate64) (fd, size);
}

int
fsync (int fd)
{
    count_fd (fd);
    return NEXT (fsync) (fd);
}

int
fdatasync (int fd)
{
    count_fd (fd);
    return NEXT (fdatasync) (fd);
}

int
rename (const char *from, const char *to)
{
    count ();
    return NEXT (rename) (from, to);
}

int
unlink (const char *path)
{
    count ();
    return NEXT (unlink) (path);
}

int
remove (const char *path)
{
    count ();
    return NEXT (remove) (path);
}
