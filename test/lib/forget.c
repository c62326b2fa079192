/*
 * forget: makes a killed process look like a lost machine (LD_PRELOAD).
 *
 * Of every file below FORGET_DIR the content before each write since the file's last fsync or
 * fdatasync is kept in a journal below FORGET_JOURNAL. A process that starts with FORGET_UNDO=1
 * (any: /bin/true will do) first puts all that back: bytes, sizes, new files that were never
 * synced, renames. What is taken as durable at once: removing, folders, times; a new name also
 * becomes durable by a sync of its file. Not seen: mmap, libaio, io_uring.
 *
 *     FORGET_DIR=/s FORGET_JOURNAL=/j LD_PRELOAD=forget.so server …   kill -9
 *     FORGET_DIR=/s FORGET_JOURNAL=/j LD_PRELOAD=forget.so FORGET_UNDO=1 /bin/true
 *
 * A record is in the journal before the write that it undoes begins; a sync empties the file's
 * journal as it begins (what a sync that did not return covers may survive). Both under the file's
 * lock. Torn records at a journal's end were never followed by their write.
 */
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum { FDS = 65536, LOCKS = 256, CHUNK = 1 << 16, PENDING = 4096 };

enum fd_state { UNKNOWN, FOREIGN, OURS };

/* Followed by `len` old bytes of offset `off`. */
struct record {
    uint64_t magic, off, len, old_size;
};
static const uint64_t record_magic = 0x666f7267657431ull;

/* One line of the journal's "names": C ino dir path | R ino dir from to | S ino (this inode, file
 * or folder, was synced). */
struct pending {
    ino_t file, dir;
};

static char dir[PATH_MAX], journal[PATH_MAX];
static bool active;
static int names_fd = -1;
static _Atomic unsigned char state[FDS];
static _Atomic ino_t inode[FDS];
static pthread_mutex_t locks[LOCKS] = { [0 ... LOCKS - 1] = PTHREAD_MUTEX_INITIALIZER };
static pthread_mutex_t names_lock = PTHREAD_MUTEX_INITIALIZER;
static struct pending pending[PENDING];
static unsigned npending;
static __thread bool inside;

#define REAL(name, type, ...) static type (*real_##name) (__VA_ARGS__)

REAL (open, int, const char *, int, ...);
REAL (openat, int, int, const char *, int, ...);
REAL (close, int, int);
REAL (write, ssize_t, int, const void *, size_t);
REAL (pwrite, ssize_t, int, const void *, size_t, off_t);
REAL (writev, ssize_t, int, const struct iovec *, int);
REAL (pwritev, ssize_t, int, const struct iovec *, int, off_t);
REAL (pwritev2, ssize_t, int, const struct iovec *, int, off_t, int);
REAL (ftruncate, int, int, off_t);
REAL (fallocate, int, int, int, off_t, off_t);
REAL (fsync, int, int);
REAL (fdatasync, int, int);
REAL (rename, int, const char *, const char *);
REAL (syscall, long, long, ...);

static void
load_real (void)
{
#define LOAD(name) real_##name = (__typeof__ (real_##name))dlsym (RTLD_NEXT, #name)
    LOAD (open);
    LOAD (openat);
    LOAD (close);
    LOAD (write);
    LOAD (pwrite);
    LOAD (writev);
    LOAD (pwritev);
    LOAD (pwritev2);
    LOAD (ftruncate);
    LOAD (fallocate);
    LOAD (fsync);
    LOAD (fdatasync);
    LOAD (rename);
    LOAD (syscall);
}

static void
die (const char *what)
{
    dprintf (2, "forget: %s: %s\n", what, strerror (errno));
    _exit (125);
}

/* --- undo
 * -------------------------------------------------------------------------------------------------------------
 */

struct undo_at {
    off_t pos;
    struct record r;
};

static void
put_back (int file, int log, const struct undo_at *u)
{
    char buf[CHUNK];
    for (uint64_t done = 0; done < u->r.len;) {
        size_t n = u->r.len - done < sizeof buf ? (size_t)(u->r.len - done) : sizeof buf;
        if (pread (log, buf, n, u->pos + (off_t)done) != (ssize_t)n
            || real_pwrite (file, buf, n, (off_t)(u->r.off + done)) != (ssize_t)n)
            die ("putting bytes back");
        done += n;
    }
    if (real_ftruncate (file, (off_t)u->r.old_size) < 0)
        die ("putting the size back");
}

/* A journal: the path of its file in a line, then records. */
static off_t
read_path (int log, char *path)
{
    ssize_t n = pread (log, path, PATH_MAX - 1, 0);
    char *end = n > 0 ? memchr (path, '\n', (size_t)n) : NULL;
    if (!end)
        return -1;
    *end = 0;
    return end - path + 1;
}

static void
undo_file (const char *name)
{
    char log_path[2 * PATH_MAX], path[PATH_MAX];
    struct undo_at *undo = NULL;
    size_t n = 0, cap = 0;
    struct stat st;
    snprintf (log_path, sizeof log_path, "%s/%s", journal, name);
    int log = real_open (log_path, O_RDONLY | O_CLOEXEC);
    off_t pos = log < 0 ? -1 : read_path (log, path);
    int file = pos < 0 ? -1 : real_open (path, O_RDWR | O_CLOEXEC);
    if (file < 0 || fstat (file, &st) < 0 || st.st_ino != strtoull (name, NULL, 10))
        goto out; /* removed or renamed over: nothing to put back */
    for (struct record r; pread (log, &r, sizeof r, pos) == sizeof r && r.magic == record_magic;
         pos += (off_t)(sizeof r + r.len)) {
        if (fstat (log, &st) < 0 || pos + (off_t)(sizeof r + r.len) > st.st_size)
            break;
        if (n == cap && !(undo = realloc (undo, (cap = cap ? 2 * cap : 64) * sizeof *undo)))
            die ("memory");
        undo[n++] = (struct undo_at){ pos + (off_t)sizeof r, r };
    }
    while (n)
        put_back (file, log, &undo[--n]);
out:
    free (undo);
    if (file >= 0)
        real_close (file);
    if (log >= 0)
        real_close (log);
    unlink (log_path);
}

struct name {
    char kind;
    unsigned long long file, dir;
    char *from, *to;
};

static bool
synced_later (const struct name *names, size_t n, size_t i)
{
    for (size_t k = i + 1; k < n; k++)
        if (names[k].kind == 'S'
            && (names[k].file == names[i].file || names[k].file == names[i].dir))
            return true;
    return false;
}

static void
undo_name (const struct name *n)
{
    struct stat st;
    const char *now = n->kind == 'C' ? n->from : n->to;
    if (stat (now, &st) < 0 || st.st_ino != n->file)
        return;
    if (n->kind == 'C')
        unlink (n->from);
    else
        real_rename (n->to, n->from);
}

static void
undo_names (void)
{
    char path[2 * PATH_MAX], line[3 * PATH_MAX], from[PATH_MAX], to[PATH_MAX];
    struct name *names = NULL;
    size_t n = 0;
    snprintf (path, sizeof path, "%s/names", journal);
    FILE *f = fopen (path, "re");
    while (f && fgets (line, sizeof line, f)) {
        struct name x = { 0 };
        int got = sscanf (line, "%c %llu %llu %4095s %4095s", &x.kind, &x.file, &x.dir, from, to);
        if (got < 2 || !strchr (line, '\n'))
            continue;
        x.from = got > 3 ? strdup (from) : NULL;
        x.to = got > 4 ? strdup (to) : NULL;
        if (!(names = realloc (names, (n + 1) * sizeof *names)))
            die ("memory");
        names[n++] = x;
    }
    if (f)
        fclose (f);
    for (size_t i = n; i-- > 0;)
        if (names[i].kind != 'S' && !synced_later (names, n, i))
            undo_name (&names[i]);
    for (size_t i = 0; i < n; i++) {
        free (names[i].from);
        free (names[i].to);
    }
    free (names);
    unlink (path);
}

/* Names first: the journals name their files by the paths that they had when they were opened. */
static void
undo_all (void)
{
    DIR *d = opendir (journal);
    if (!d)
        return;
    undo_names ();
    for (struct dirent *e; (e = readdir (d));)
        if (e->d_name[0] >= '0' && e->d_name[0] <= '9')
            undo_file (e->d_name);
    closedir (d);
}

__attribute__ ((constructor)) static void
start (void)
{
    const char *d = getenv ("FORGET_DIR"), *j = getenv ("FORGET_JOURNAL"),
               *undo = getenv ("FORGET_UNDO");
    char path[2 * PATH_MAX];
    load_real ();
    if (!d || !j || !realpath (d, dir))
        return;
    if (mkdir (j, 0700) < 0 && errno != EEXIST)
        die (j);
    if (!realpath (j, journal))
        die (j);
    if (undo && *undo == '1') {
        undo_all ();
        unsetenv ("FORGET_UNDO"); /* once */
    }
    snprintf (path, sizeof path, "%s/names", journal);
    names_fd = real_open (path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (names_fd < 0)
        die (path);
    active = true;
}

/* --- which file
 * ---------------------------------------------------------------------------------------------------------
 */

static bool
path_of_fd (int fd, char *path)
{
    char link[64];
    snprintf (link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t n = readlink (link, path, PATH_MAX - 1);
    if (n < 0)
        return false;
    path[n] = 0;
    size_t len = strlen (dir);
    return !strncmp (path, dir, len) && path[len] == '/' && !strstr (path, " (deleted)");
}

static void
reset (int fd)
{
    if (fd >= 0 && fd < FDS)
        state[fd] = UNKNOWN;
}

static bool
is_ours (int fd)
{
    char path[PATH_MAX];
    struct stat st;
    if (!active || inside || fd < 0 || fd >= FDS || state[fd] == FOREIGN)
        return false;
    if (state[fd] == OURS)
        return true;
    bool ours = fstat (fd, &st) == 0 && S_ISREG (st.st_mode) && path_of_fd (fd, path);
    inode[fd] = st.st_ino;
    state[fd] = ours ? OURS : FOREIGN;
    return ours;
}

static pthread_mutex_t *
lock_of (int fd)
{
    return &locks[inode[fd] % LOCKS];
}

static int
open_journal (int fd)
{
    char name[2 * PATH_MAX], path[PATH_MAX];
    struct stat st;
    snprintf (name, sizeof name, "%s/%llu", journal, (unsigned long long)inode[fd]);
    int log = real_open (name, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (log < 0 || fstat (log, &st) < 0)
        die (name);
    if (st.st_size == 0 && path_of_fd (fd, path)) {
        size_t n = strlen (path);
        path[n] = '\n';
        if (real_write (log, path, n + 1) != (ssize_t)n + 1)
            die (name);
    }
    return log;
}

/* Lock held: keeps the bytes that a write of [off, off + len) will replace, and the size. */
static void
keep (int fd, off_t off, size_t len)
{
    struct stat st;
    if (fstat (fd, &st) < 0)
        return;
    if (off >= st.st_size)
        len = 0;
    else if ((off_t)len > st.st_size - off)
        len = (size_t)(st.st_size - off);
    struct record *r = malloc (sizeof *r + len);
    int log = open_journal (fd), in = fd;
    char path[64];
    if (!r)
        die ("memory");
    snprintf (path, sizeof path, "/proc/self/fd/%d", fd);
    if (len && (fcntl (fd, F_GETFL) & O_ACCMODE) == O_WRONLY)
        in = real_open (path, O_RDONLY | O_CLOEXEC);
    *r = (struct record){ record_magic, (uint64_t)off, len, (uint64_t)st.st_size };
    if (len && pread (in, r + 1, len, off) != (ssize_t)len)
        die ("reading old bytes");
    if (real_write (log, r, sizeof *r + len) != (ssize_t)(sizeof *r + len))
        die ("writing the journal");
    if (in != fd)
        real_close (in);
    real_close (log);
    free (r);
}

static size_t
total (const struct iovec *v, int n)
{
    size_t sum = 0;
    for (int i = 0; i < n; i++)
        sum += v[i].iov_len;
    return sum;
}

static off_t
position (int fd)
{
    return fcntl (fd, F_GETFL) & O_APPEND ? lseek (fd, 0, SEEK_END) : lseek (fd, 0, SEEK_CUR);
}

/* Does CALL with the old content of [OFF, OFF + LEN) kept. */
#define GUARDED(FD, OFF, LEN, CALL)        \
    do {                                   \
        if (!is_ours (FD))                 \
            return CALL;                   \
        pthread_mutex_t *l = lock_of (FD); \
        pthread_mutex_lock (l);            \
        inside = true;                     \
        keep (FD, OFF, LEN);               \
        inside = false;                    \
        __auto_type ret = CALL;            \
        int err = errno;                   \
        pthread_mutex_unlock (l);          \
        errno = err;                       \
        return ret;                        \
    } while (0)

/* --- names
 * -----------------------------------------------------------------------------------------------------------------
 */

static void
note_name (char kind, ino_t file, const char *from, const char *to)
{
    char line[3 * PATH_MAX], parent[PATH_MAX];
    struct stat st;
    snprintf (parent, sizeof parent, "%s", to ? to : from);
    *strrchr (parent, '/') = 0;
    if (stat (parent, &st) < 0)
        return;
    int n = snprintf (line, sizeof line, "%c %llu %llu %s%s%s\n", kind, (unsigned long long)file,
                      (unsigned long long)st.st_ino, from, to ? " " : "", to ? to : "");
    pthread_mutex_lock (&names_lock);
    if (real_write (names_fd, line, (size_t)n) != n)
        die ("writing names");
    if (npending < PENDING)
        pending[npending++] = (struct pending){ file, st.st_ino };
    pthread_mutex_unlock (&names_lock);
}

static void
note_synced (ino_t ino)
{
    char line[64];
    bool hit = false;
    pthread_mutex_lock (&names_lock);
    bool full = npending == PENDING; /* some may be missing in the list: say it every time */
    for (unsigned i = 0; i < npending;) {
        if (pending[i].file == ino || pending[i].dir == ino) {
            hit = true;
            pending[i] = pending[--npending];
        } else {
            i++;
        }
    }
    int n = snprintf (line, sizeof line, "S %llu\n", (unsigned long long)ino);
    if ((hit || full) && real_write (names_fd, line, (size_t)n) != n)
        die ("writing names");
    pthread_mutex_unlock (&names_lock);
}

static int
opened (int fd, int flags, bool was_there)
{
    char path[PATH_MAX];
    struct stat st;
    if (fd < 0)
        return fd;
    reset (fd);
    if ((flags & O_CREAT) && !was_there && active && !inside && path_of_fd (fd, path)
        && fstat (fd, &st) == 0)
        note_name ('C', st.st_ino, path, NULL);
    if ((flags & O_TRUNC) && was_there && ftruncate (fd, 0) < 0)
        die ("truncating");
    return fd;
}

static int
do_open (int at, const char *path, int flags, mode_t mode)
{
    struct stat st;
    bool watch =
        active && !inside && (flags & (O_CREAT | O_TRUNC)) && (flags & O_TMPFILE) != O_TMPFILE;
    bool was_there = !watch || fstatat (at, path, &st, 0) == 0;
    bool cut = watch && was_there && (flags & O_TRUNC) && S_ISREG (st.st_mode)
               && (flags & O_ACCMODE) != O_RDONLY;
    int fd = real_openat (at, path, cut ? flags & ~O_TRUNC : flags, mode);
    return opened (fd, cut ? flags : flags & ~O_TRUNC, was_there);
}

/* --- what we replace
 * -----------------------------------------------------------------------------------------------------------
 */

#define OPTIONAL_MODE(flags, last)         \
    mode_t mode = 0;                       \
    if ((flags) & (O_CREAT | O_TMPFILE)) { \
        va_list ap;                        \
        va_start (ap, last);               \
        mode = va_arg (ap, mode_t);        \
        va_end (ap);                       \
    }

int
open (const char *path, int flags, ...)
{
    OPTIONAL_MODE (flags, flags)
    return do_open (AT_FDCWD, path, flags, mode);
}

int
open64 (const char *path, int flags, ...)
{
    OPTIONAL_MODE (flags, flags)
    return do_open (AT_FDCWD, path, flags, mode);
}

int
openat (int at, const char *path, int flags, ...)
{
    OPTIONAL_MODE (flags, flags)
    return do_open (at, path, flags, mode);
}

int
openat64 (int at, const char *path, int flags, ...)
{
    OPTIONAL_MODE (flags, flags)
    return do_open (at, path, flags, mode);
}

int
creat (const char *path, mode_t mode)
{
    return do_open (AT_FDCWD, path, O_WRONLY | O_CREAT | O_TRUNC, mode);
}

int
__open_2 (const char *path, int flags)
{
    return do_open (AT_FDCWD, path, flags, 0);
}

int
__open64_2 (const char *path, int flags)
{
    return do_open (AT_FDCWD, path, flags, 0);
}

int
__openat_2 (int at, const char *path, int flags)
{
    return do_open (at, path, flags, 0);
}

int
__openat64_2 (int at, const char *path, int flags)
{
    return do_open (at, path, flags, 0);
}

/* openat2 has no function of its own. */
long
syscall (long number, ...)
{
    long a[6];
    va_list ap;
    va_start (ap, number);
    for (int i = 0; i < 6; i++)
        a[i] = va_arg (ap, long);
    va_end (ap);
    if (!real_syscall)
        load_real ();
    long ret = real_syscall (number, a[0], a[1], a[2], a[3], a[4], a[5]);
    if (number == SYS_openat2)
        reset ((int)ret);
    return ret;
}

int
close (int fd)
{
    reset (fd);
    return real_close (fd);
}

ssize_t
write (int fd, const void *buf, size_t n)
{
    GUARDED (fd, position (fd), n, real_write (fd, buf, n));
}

ssize_t
pwrite (int fd, const void *buf, size_t n, off_t off)
{
    GUARDED (fd, off, n, real_pwrite (fd, buf, n, off));
}

ssize_t
pwrite64 (int fd, const void *buf, size_t n, off_t off)
{
    GUARDED (fd, off, n, real_pwrite (fd, buf, n, off));
}

ssize_t
writev (int fd, const struct iovec *v, int n)
{
    GUARDED (fd, position (fd), total (v, n), real_writev (fd, v, n));
}

ssize_t
pwritev (int fd, const struct iovec *v, int n, off_t off)
{
    GUARDED (fd, off, total (v, n), real_pwritev (fd, v, n, off));
}

ssize_t
pwritev64 (int fd, const struct iovec *v, int n, off_t off)
{
    GUARDED (fd, off, total (v, n), real_pwritev (fd, v, n, off));
}

ssize_t
pwritev2 (int fd, const struct iovec *v, int n, off_t off, int flags)
{
    GUARDED (fd, off < 0 ? position (fd) : off, total (v, n), real_pwritev2 (fd, v, n, off, flags));
}

static size_t
tail (int fd, off_t size)
{
    struct stat st;
    return fstat (fd, &st) == 0 && st.st_size > size ? (size_t)(st.st_size - size) : 0;
}

int
ftruncate (int fd, off_t size)
{
    GUARDED (fd, size, tail (fd, size), real_ftruncate (fd, size));
}

int
ftruncate64 (int fd, off_t size)
{
    GUARDED (fd, size, tail (fd, size), real_ftruncate (fd, size));
}

int
fallocate (int fd, int mode, off_t off, off_t len)
{
    GUARDED (fd, off, (size_t)len, real_fallocate (fd, mode, off, len));
}

int
fallocate64 (int fd, int mode, off_t off, off_t len)
{
    GUARDED (fd, off, (size_t)len, real_fallocate (fd, mode, off, len));
}

static void
synced (int fd)
{
    char name[2 * PATH_MAX];
    struct stat st;
    int err = errno;
    if (!active || inside || fstat (fd, &st) < 0)
        return;
    if (is_ours (fd)) {
        pthread_mutex_lock (lock_of (fd));
        snprintf (name, sizeof name, "%s/%llu", journal, (unsigned long long)st.st_ino);
        unlink (name);
        pthread_mutex_unlock (lock_of (fd));
    }
    note_synced (st.st_ino);
    errno = err;
}

int
fsync (int fd)
{
    synced (fd);
    return real_fsync (fd);
}

int
fdatasync (int fd)
{
    synced (fd);
    return real_fdatasync (fd);
}

int
rename (const char *from, const char *to)
{
    char full_from[PATH_MAX], full_to[PATH_MAX];
    struct stat st;
    bool known = active && !inside && realpath (from, full_from) && stat (from, &st) == 0;
    int ret = real_rename (from, to);
    size_t len = strlen (dir);
    if (ret == 0 && known && realpath (to, full_to) && !strncmp (full_to, dir, len)
        && full_to[len] == '/')
        note_name ('R', st.st_ino, full_from, full_to);
    return ret;
}
