/*
 * Bytestream files and their open descriptors.
 *
 *     DATA/<fs, 8 hex>/bstreams/<bucket, 2 hex>/<handle, 16 hex>.bstream
 *
 * A descriptor is shared by all that use the file and stays open while the cache has room. Handles
 * are never reused, so a cached descriptor can be stale only after its file's removal, which takes
 * it out of the table first.
 */
#include "io/trove/dbpf/dbpf.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { PATH_ROOM = 64, BUCKETS = TROVE_BSTREAM_PARTS };

static unsigned
bucket_of (obj_fsid fs, obj_handle h)
{
    return (unsigned)(dbpf_file_hash (fs, h) >> 56);
}

static void
path_of (char *buf, obj_fsid fs, obj_handle h)
{
    snprintf (buf, PATH_ROOM, "%08x/bstreams/%02x/%016llx.bstream", fs, bucket_of (fs, h),
              (unsigned long long)h);
}

int
files_init (struct dbpf *d)
{
    struct files *c = &d->files;
    pthread_mutex_init (&c->lock, NULL);
    list_init (&c->idle);
    list_init (&c->folders);
    c->limit = DBPF_OPEN_FILES;
    return 0;
}

static void
file_free (struct bfile *f)
{
    close (f->fd);
    if (f->direct_fd >= 0)
        close (f->direct_fd);
    free (f);
}

void
files_fini (struct dbpf *d)
{
    struct files *c = &d->files;
    struct fs_folder *folder;
    size_t i;
    hash_for_each (&c->table, i, n)
        file_free (container_of (n, struct bfile, node));
    hash_fini (&c->table);
    list_for_each (folder, &c->folders, link) {
        pthread_mutex_destroy (&folder->sync_lock);
        free (folder);
    }
    pthread_mutex_destroy (&c->lock);
}

static struct bfile *
find_locked (struct files *c, obj_fsid fs, obj_handle h)
{
    for (struct hash_node *n = hash_first (&c->table, dbpf_file_hash (fs, h)); n;
         n = hash_next (n)) {
        struct bfile *f = container_of (n, struct bfile, node);
        if (f->fs == fs && f->handle == h)
            return f;
    }
    return NULL;
}

static struct bfile *
ref_locked (struct files *c, obj_fsid fs, obj_handle h)
{
    struct bfile *f = find_locked (c, fs, h);
    if (f && f->refs++ == 0)
        list_remove (&f->idle);
    return f;
}

/* The oldest unused files beyond `keep`, to be freed without the lock. */
static void
evict_locked (struct files *c, unsigned keep, struct list *ret)
{
    while (c->open > keep && !list_empty (&c->idle)) {
        struct bfile *f = list_first (&c->idle, struct bfile, idle);
        list_remove (&f->idle);
        hash_remove (&c->table, &f->node);
        c->open--;
        list_push_back (ret, &f->idle);
    }
}

static void
free_evicted (struct list *files)
{
    struct list *n;
    while ((n = list_pop_front (files)))
        file_free (list_entry (n, struct bfile, idle));
}

unsigned
files_open_count (struct dbpf *d)
{
    pthread_mutex_lock (&d->files.lock);
    unsigned n = d->files.open;
    pthread_mutex_unlock (&d->files.lock);
    return n;
}

void
files_close_idle (struct dbpf *d)
{
    struct list evicted;
    struct bfile *f;
    list_init (&evicted);
    pthread_mutex_lock (&d->files.lock);
    evict_locked (&d->files, 0, &evicted);
    pthread_mutex_unlock (&d->files.lock);
    list_for_each (f, &evicted, idle)
        posix_fadvise (f->fd, 0, 0, POSIX_FADV_DONTNEED);
    free_evicted (&evicted);
}

/* --- folders ---------------------------------------------------------------------------------- */

static struct fs_folder *
folder_of (struct files *c, obj_fsid fs)
{
    struct fs_folder *f;
    pthread_mutex_lock (&c->lock);
    list_for_each (f, &c->folders, link)
        if (f->fs == fs)
            goto out;
    f = calloc (1, sizeof *f);
    if (f) {
        f->fs = fs;
        pthread_mutex_init (&f->sync_lock, NULL);
        list_push_back (&c->folders, &f->link);
    }
out:
    pthread_mutex_unlock (&c->lock);
    return f;
}

static int
sync_folder (int at, const char *path)
{
    int fd = openat (at, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int err = fd < 0 || fsync (fd) < 0 ? -errno : 0;
    if (fd >= 0)
        close (fd);
    return err;
}

static int
make_folder (struct dbpf *d, const char *path)
{
    return mkdirat (d->data_fd, path, 0700) < 0 && errno != EEXIST ? -errno : 0;
}

/* Makes all folders of a file system, durable: at once, so that no later file waits for one. */
static int
make_folders (struct dbpf *d, obj_fsid fs)
{
    char top[16], path[PATH_ROOM];
    snprintf (top, sizeof top, "%08x", fs);
    int err = make_folder (d, top);
    snprintf (path, sizeof path, "%s/bstreams", top);
    if (!err)
        err = make_folder (d, path);
    for (unsigned b = 0; !err && b < BUCKETS; b++) {
        snprintf (path, sizeof path, "%s/bstreams/%02x", top, b);
        err = make_folder (d, path);
    }
    snprintf (path, sizeof path, "%s/bstreams", top);
    if (!err)
        err = sync_folder (d->data_fd, path);
    if (!err)
        err = sync_folder (d->data_fd, top);
    return err ? err : sync_folder (d->data_fd, ".");
}

int
files_sync_name (struct dbpf *d, const struct bfile *f)
{
    struct fs_folder *folder = folder_of (&d->files, f->fs);
    char path[PATH_ROOM];
    unsigned bucket = bucket_of (f->fs, f->handle);
    int err = 0;
    if (!folder)
        return -ENOMEM;
    if (!atomic_load (&folder->dirty[bucket]))
        return 0;
    snprintf (path, sizeof path, "%08x/bstreams/%02x", f->fs, bucket);
    /* Under the lock: nobody may see a clean bucket before it is. */
    pthread_mutex_lock (&folder->sync_lock);
    if (atomic_exchange (&folder->dirty[bucket], false)) {
        err = sync_folder (d->data_fd, path);
        if (err)
            atomic_store (&folder->dirty[bucket], true);
    }
    pthread_mutex_unlock (&folder->sync_lock);
    return err;
}

/* --- opening ---------------------------------------------------------------------------------- */

/* Only if the kernel has all names at hand: never waits for a disk. */
static int
open_cached (int at, const char *path)
{
    struct open_how how = { .flags = O_RDWR | O_CLOEXEC, .resolve = RESOLVE_CACHED };
    int fd = (int)syscall (SYS_openat2, at, path, &how, sizeof how);
    if (fd < 0 && (errno == ENOSYS || errno == EINVAL || errno == EPERM))
        errno = EAGAIN;
    return fd;
}

static int
open_new (struct dbpf *d, const char *path, obj_fsid fs, obj_handle h)
{
    struct fs_folder *folder = folder_of (&d->files, fs);
    if (!folder) {
        errno = ENOMEM;
        return -1;
    }
    int fd = openat (d->data_fd, path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0 && errno == ENOENT) {
        int err = make_folders (d, fs);
        if (err) {
            errno = -err;
            return -1;
        }
        fd = openat (d->data_fd, path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    }
    if (fd >= 0)
        atomic_store (&folder->dirty[bucket_of (fs, h)], true);
    return fd;
}

static int
open_file (struct dbpf *d, obj_fsid fs, obj_handle h, enum files_open how)
{
    char path[PATH_ROOM];
    path_of (path, fs, h);
    if (how == FILES_CACHED)
        return open_cached (d->data_fd, path);
    int fd = openat (d->data_fd, path, O_RDWR | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT && how == FILES_CREATE)
        fd = open_new (d, path, fs, h);
    return fd;
}

static struct bfile *
file_new (obj_fsid fs, obj_handle h, int fd)
{
    struct bfile *f = calloc (1, sizeof *f);
    if (!f)
        return NULL;
    f->fs = fs;
    f->handle = h;
    f->fd = fd;
    f->direct_fd = -1;
    f->refs = 1;
    list_init (&f->idle);
    list_init (&f->sync_waiting);
    list_init (&f->range_held);
    list_init (&f->range_waiting);
    return f;
}

static int
insert (struct files *c, obj_fsid fs, obj_handle h, int fd, struct bfile **ret)
{
    struct list evicted;
    int err = 0;
    list_init (&evicted);
    pthread_mutex_lock (&c->lock);
    struct bfile *f = ref_locked (c, fs, h); /* somebody was faster */
    if (f) {
        close (fd);
    } else if (!(f = file_new (fs, h, fd))
               || hash_insert (&c->table, &f->node, dbpf_file_hash (fs, h))) {
        free (f);
        close (fd);
        err = -ENOMEM;
    } else {
        c->open++;
        evict_locked (c, c->limit, &evicted);
    }
    pthread_mutex_unlock (&c->lock);
    free_evicted (&evicted);
    if (!err)
        *ret = f;
    return err;
}

int
files_get (struct dbpf *d, obj_fsid fs, obj_handle h, enum files_open how, struct bfile **ret)
{
    struct files *c = &d->files;
    pthread_mutex_lock (&c->lock);
    struct bfile *f = ref_locked (c, fs, h);
    pthread_mutex_unlock (&c->lock);
    if (f) {
        *ret = f;
        return 0;
    }
    int fd = open_file (d, fs, h, how);
    if (fd < 0 && (errno == EMFILE || errno == ENFILE)) {
        struct list evicted;
        list_init (&evicted);
        pthread_mutex_lock (&c->lock);
        evict_locked (c, c->open / 2, &evicted);
        pthread_mutex_unlock (&c->lock);
        free_evicted (&evicted);
        fd = open_file (d, fs, h, how);
    }
    return fd < 0 ? -errno : insert (c, fs, h, fd, ret);
}

void
files_put (struct dbpf *d, struct bfile *f)
{
    struct files *c = &d->files;
    struct list evicted;
    list_init (&evicted);
    pthread_mutex_lock (&c->lock);
    if (--f->refs == 0) {
        if (f->dead)
            list_push_back (&evicted, &f->idle);
        else
            list_push_back (&c->idle, &f->idle);
        evict_locked (c, c->limit, &evicted);
    }
    pthread_mutex_unlock (&c->lock);
    free_evicted (&evicted);
}

int
files_direct_fd (struct dbpf *d, struct bfile *f)
{
    struct files *c = &d->files;
    char path[PATH_ROOM];
    pthread_mutex_lock (&c->lock);
    int fd = f->direct_fd;
    pthread_mutex_unlock (&c->lock);
    if (fd >= 0)
        return fd;
    path_of (path, f->fs, f->handle);
    fd = openat (d->data_fd, path, O_RDWR | O_DIRECT | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    pthread_mutex_lock (&c->lock);
    if (f->direct_fd >= 0)
        close (fd);
    else
        f->direct_fd = fd;
    fd = f->direct_fd;
    pthread_mutex_unlock (&c->lock);
    return fd;
}

/* --- without opening -------------------------------------------------------------------------- */

int
files_stat (struct dbpf *d, obj_fsid fs, obj_handle h, struct trove_bstream_stat *ret_stat)
{
    struct files *c = &d->files;
    char path[PATH_ROOM];
    struct stat st;
    int ret;
    pthread_mutex_lock (&c->lock);
    struct bfile *f = ref_locked (c, fs, h);
    pthread_mutex_unlock (&c->lock);
    if (f) {
        ret = fstat (f->fd, &st) < 0 ? -errno : 0;
        files_put (d, f);
    } else {
        path_of (path, fs, h);
        ret = fstatat (d->data_fd, path, &st, 0) < 0 ? -errno : 0;
    }
    if (ret == -ENOENT) {
        memset (&st, 0, sizeof st);
        ret = 0;
    }
    if (ret)
        return ret;
    *ret_stat = (struct trove_bstream_stat){
        .size = st.st_size,
        .mtime = (uint64_t)st.st_mtim.tv_sec * NSEC_PER_SEC + (uint64_t)st.st_mtim.tv_nsec,
        .blocks = st.st_blocks,
    };
    return 0;
}

bool
files_exists (struct dbpf *d, obj_fsid fs, obj_handle h)
{
    struct files *c = &d->files;
    char path[PATH_ROOM];
    struct stat st;
    pthread_mutex_lock (&c->lock);
    bool cached = find_locked (c, fs, h) != NULL;
    pthread_mutex_unlock (&c->lock);
    if (cached)
        return true;
    path_of (path, fs, h);
    return fstatat (d->data_fd, path, &st, 0) == 0 || errno != ENOENT;
}

/* Names of another form are not ours. */
static bool
handle_of (const char *name, obj_handle *ret)
{
    unsigned long long h;
    int end = 0;
    if (sscanf (name, "%16llx.bstream%n", &h, &end) != 1 || end == 0 || name[end])
        return false;
    *ret = h;
    return true;
}

int
files_each (struct dbpf *d, obj_fsid fs, unsigned bucket, int (*fn) (void *arg, obj_handle h),
            void *arg)
{
    char path[PATH_ROOM];
    snprintf (path, sizeof path, "%08x/bstreams/%02x", fs, bucket);
    int fd = openat (d->data_fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT ? 0 : -errno;
    DIR *dir = fdopendir (fd);
    if (!dir) {
        close (fd);
        return -ENOMEM;
    }
    const struct dirent *e;
    obj_handle h;
    int r = 0;
    while (r == 0 && (e = readdir (dir)))
        r = handle_of (e->d_name, &h) ? fn (arg, h) : 0;
    closedir (dir);
    return MIN (r, 0);
}

int
files_remove (struct dbpf *d, obj_fsid fs, obj_handle h)
{
    struct files *c = &d->files;
    char path[PATH_ROOM];
    struct list evicted;
    list_init (&evicted);
    pthread_mutex_lock (&c->lock);
    struct bfile *f = find_locked (c, fs, h);
    if (f) {
        hash_remove (&c->table, &f->node);
        c->open--;
        f->dead = true;
        if (!f->refs) {
            list_remove (&f->idle);
            list_push_back (&evicted, &f->idle);
        }
    }
    pthread_mutex_unlock (&c->lock);
    path_of (path, fs, h);
    int err = unlinkat (d->data_fd, path, 0) < 0 && errno != ENOENT ? -errno : 0;
    free_evicted (&evicted);
    return err;
}
