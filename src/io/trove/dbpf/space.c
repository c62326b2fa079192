/*
 * The storage space: its folders, its format file, the lock that keeps a second process out, free
 * room.
 *
 *     META/pvfs2-storage   "pvfs2-storage 2" (the format) and the space's id; locked while a process
 *                          has it open
 *     META/trove.db, META/log.*
 *     DATA/pvfs2-storage   the same text, when DATA is another folder
 *     DATA/<fs>/bstreams/…
 */
#include "io/trove/dbpf/dbpf.h"
#include "io/trove/dbpf/space.h"

#include <fcntl.h>
#include <ftw.h>
#include <glob.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

enum { FORMAT_TEXT = 128, SAID_ROOM = 96, LOG_SHARE = 16 };

static const char format_name[] = "pvfs2-storage";
static const uint64_t room_valid = 100 * NSEC_PER_MSEC;

/* --- format file ------------------------------------------------------------------------------ */

static bool
same_folder (const char *a, const char *b)
{
    struct stat sa, sb;
    return stat (a, &sa) == 0 && stat (b, &sb) == 0 && sa.st_dev == sb.st_dev
           && sa.st_ino == sb.st_ino;
}

static int
write_format (const char *folder, const char *text)
{
    CLEANUP_FREE char *tmp = NULL, *path = NULL;
    size_t len = strlen (text);
    if (asprintf (&tmp, "%s/%s.new", folder, format_name) < 0
        || asprintf (&path, "%s/%s", folder, format_name) < 0)
        return -ENOMEM;
    int fd = open (tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0)
        return -errno;
    int err = write (fd, text, len) != (ssize_t)len ? -EIO : fsync (fd) < 0 ? -errno : 0;
    close (fd);
    if (!err && rename (tmp, path) < 0)
        err = -errno;
    fd = err ? -1 : open (folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0) {
        if (fsync (fd) < 0)
            err = -errno;
        close (fd);
    }
    return err;
}

static int
read_format (int fd, const struct trove_config *cfg, const char *folder, struct space_lock *ret)
{
    char text[FORMAT_TEXT + 1], extra;
    unsigned version;
    ssize_t n = pread (fd, text, FORMAT_TEXT, 0);
    if (n < 0)
        return trove_why (cfg, -errno, "cannot read %s/%s: %s", folder, format_name,
                          strerror (errno));
    text[n] = 0;
    if (sscanf (text, "pvfs2-storage %u", &version) != 1)
        return trove_why (
            cfg, -EINVAL,
            "%s/%s is not ours: point the configuration at a storage space of pvfs2-server", folder,
            format_name);
    if (version > DBPF_FORMAT)
        return trove_why (
            cfg, -EPROTONOSUPPORT,
            "the storage space %s has format %u, this program knows up to %d: use a newer"
            " pvfs2-server",
            folder, version, DBPF_FORMAT);
    if (version < 1
        || sscanf (text, "pvfs2-storage %u\nid %32[0-9a-f]%c", &version, ret->id, &extra) != 3
        || extra != '\n')
        return trove_why (cfg, -EIO,
                          "%s/%s is damaged: restore it from a backup of the storage space", folder,
                          format_name);
    ret->format = version;
    return 0;
}

/* In both folders; from the second one on the space has this format. */
static int
write_formats (const struct trove_config *cfg, const char *id)
{
    char text[FORMAT_TEXT];
    int err = 0;
    snprintf (text, sizeof text, "pvfs2-storage %d\nid %s\n", DBPF_FORMAT, id);
    if (!same_folder (cfg->meta_path, cfg->data_path))
        err = write_format (cfg->data_path, text);
    if (!err)
        err = write_format (cfg->meta_path, text);
    return err ? trove_why (cfg, err, "cannot write %s/%s: %s", cfg->meta_path, format_name,
                            strerror (-err))
               : 0;
}

int
space_stamp (const struct trove_config *cfg, const struct space_lock *lock)
{
    return write_formats (cfg, lock->id);
}

static bool
there_is (const char *folder, const char *name)
{
    CLEANUP_FREE char *path = NULL;
    return asprintf (&path, "%s/%s", folder, name) >= 0 && access (path, F_OK) == 0;
}

/* --- create and remove ------------------------------------------------------------------------ */

static int
make_path (const char *path)
{
    CLEANUP_FREE char *p = strdup (path);
    if (!p)
        return -ENOMEM;
    for (char *s = p + 1; *s; s++) {
        if (*s != '/')
            continue;
        *s = 0;
        if (mkdir (p, 0755) < 0 && errno != EEXIST)
            return -errno;
        *s = '/';
    }
    return mkdir (p, 0700) < 0 && errno != EEXIST ? -errno : 0;
}

static int
check_empty (const struct trove_config *cfg)
{
    static const char *const foreign[] = { "collections.db", "storage_attributes.db" };
    if (there_is (cfg->meta_path, format_name) || there_is (cfg->data_path, format_name))
        return trove_why (
            cfg, -EEXIST,
            "there is a storage space in %s already: start the server without -f to use it",
            cfg->meta_path);
    for (size_t i = 0; i < ARRAY_SIZE (foreign); i++)
        if (there_is (cfg->meta_path, foreign[i]))
            return trove_why (cfg, -EEXIST,
                              "%s holds storage of the original PVFS2: choose another folder",
                              cfg->meta_path);
    if (there_is (cfg->meta_path, "trove.db"))
        return trove_why (
            cfg, -EEXIST,
            "%s holds a trove.db without %s, from a creation that was cut short or a damaged space:"
            " look, then empty the folder",
            cfg->meta_path, format_name);
    return 0;
}

int
trove_space_create (const struct trove_config *cfg)
{
    char said[SAID_ROOM] = "", text[33];
    uint64_t id[2];
    int err = check_empty (cfg);
    if (err)
        return err;
    if ((err = make_path (cfg->meta_path)))
        return trove_why (cfg, err, "cannot create %s: %s", cfg->meta_path, strerror (-err));
    if ((err = make_path (cfg->data_path)))
        return trove_why (cfg, err, "cannot create %s: %s", cfg->data_path, strerror (-err));
    struct db_config db = {
        .path = cfg->meta_path, .cache_size = 1 << 20, .why = said, .why_len = sizeof said
    };
    if ((err = db_create_new (&db)))
        return trove_why (cfg, err, "cannot create the database in %s (%s)", cfg->meta_path, said);
    if (getrandom (id, sizeof id, 0) != sizeof id)
        return -EIO;
    snprintf (text, sizeof text, "%016llx%016llx", (unsigned long long)id[0],
              (unsigned long long)id[1]);
    return write_formats (cfg, text); /* from here on there is one */
}

static int
remove_one (const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    return remove (path) < 0 && errno != ENOENT ? -1 : 0;
}

static int
remove_matching (const char *folder, const char *what)
{
    CLEANUP_FREE char *pattern = NULL;
    glob_t g = { 0 };
    int err = 0;
    if (asprintf (&pattern, "%s/%s", folder, what) < 0)
        return -ENOMEM;
    if (glob (pattern, 0, NULL, &g) == 0)
        for (size_t i = 0; i < g.gl_pathc; i++)
            if (nftw (g.gl_pathv[i], remove_one, 16, FTW_DEPTH | FTW_PHYS) < 0)
                err = -errno;
    globfree (&g);
    return err;
}

#define FS_FOLDER "[0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f]"

int
space_remove_bstreams (const struct trove_config *cfg, obj_fsid fs)
{
    char folder[16];
    snprintf (folder, sizeof folder, "%08x", fs);
    int err = remove_matching (cfg->data_path, folder);
    return err ? trove_why (cfg, err, "cannot remove %s/%s: %s", cfg->data_path, folder,
                            strerror (-err))
               : 0;
}

int
trove_space_remove (const struct trove_config *cfg)
{
    struct space_lock lock;
    int err = space_lock (cfg, true, &lock);
    if (err)
        return err;
    err = remove_matching (cfg->data_path, FS_FOLDER "/bstreams");
    if (!err)
        remove_matching (cfg->data_path, FS_FOLDER);
    if (!err)
        err = remove_matching (cfg->meta_path, "trove.db");
    if (!err)
        err = remove_matching (cfg->meta_path, "log.[0-9]*");
    if (!err)
        err = remove_matching (cfg->data_path, format_name);
    if (!err)
        err = remove_matching (cfg->meta_path, format_name);
    close (lock.fd);
    return err ? trove_why (cfg, err, "cannot remove the storage space %s: %s", cfg->meta_path,
                            strerror (-err))
               : 0;
}

/* --- lock ------------------------------------------------------------------------------------- */

/* The data folder must belong to the same space. */
static int
check_data (const struct trove_config *cfg, const char *id)
{
    CLEANUP_FREE char *path = NULL;
    struct space_lock data = { .fd = -1 };
    if (same_folder (cfg->meta_path, cfg->data_path))
        return 0;
    if (asprintf (&path, "%s/%s", cfg->data_path, format_name) < 0)
        return -ENOMEM;
    int fd = open (path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return trove_why (cfg, -EIO,
                          "%s has no %s: it is not mounted, or not the data folder of %s",
                          cfg->data_path, format_name, cfg->meta_path);
    int err = read_format (fd, cfg, cfg->data_path, &data);
    close (fd);
    if (!err && strcmp (id, data.id) != 0)
        err = trove_why (cfg, -EINVAL,
                         "%s and %s belong to different storage spaces: check DataStorageSpace and"
                         " MetadataStorageSpace",
                         cfg->data_path, cfg->meta_path);
    return err;
}

static int
no_space_there (const struct trove_config *cfg, int err)
{
    struct stat st;
    if (stat (cfg->meta_path, &st) == 0 && !S_ISDIR (st.st_mode))
        return trove_why (cfg, -ENOTDIR, "%s is not a folder: check MetadataStorageSpace",
                          cfg->meta_path);
    if (err == -ENOENT && there_is (cfg->meta_path, "collections.db"))
        return trove_why (cfg, -EINVAL,
                          "%s holds storage of the original PVFS2, which this server cannot use: "
                          "choose another folder",
                          cfg->meta_path);
    if (err == -ENOENT && there_is (cfg->meta_path, "trove.db"))
        return trove_why (cfg, -EIO,
                          "%s is damaged, %s is missing: restore the storage space from a backup",
                          cfg->meta_path, format_name);
    if (err == -ENOENT)
        return trove_why (cfg, err,
                          "there is no storage space in %s: create it with pvfs2-server -f",
                          cfg->meta_path);
    return trove_why (cfg, err, "cannot open %s/%s: %s", cfg->meta_path, format_name,
                      strerror (-err));
}

static int
older_format (const struct trove_config *cfg, unsigned format)
{
    return trove_why (cfg, -EPROTONOSUPPORT,
                      "the storage space %s has the older format %u: stop all servers of the file"
                      " system and run pvfs2-migrate-collection for it",
                      cfg->meta_path, format);
}

int
space_lock (const struct trove_config *cfg, bool older, struct space_lock *ret)
{
    CLEANUP_FREE char *path = NULL;
    struct space_lock lock = { .fd = -1 };
    if (asprintf (&path, "%s/%s", cfg->meta_path, format_name) < 0)
        return -ENOMEM;
    int fd = lock.fd = open (path, O_RDWR | O_CLOEXEC);
    if (fd < 0)
        return no_space_there (cfg, -errno);
    int err = read_format (fd, cfg, cfg->meta_path, &lock);
    if (!err && flock (fd, LOCK_EX | LOCK_NB) < 0)
        err = trove_why (cfg, errno == EWOULDBLOCK ? -EBUSY : -errno,
                         "the storage space %s is in use by another process: stop that"
                         " server first",
                         cfg->meta_path);
    if (!err && !older && lock.format < DBPF_FORMAT)
        err = older_format (cfg, lock.format);
    if (!err)
        err = check_data (cfg, lock.id);
    if (err)
        close (fd);
    else
        *ret = lock;
    return err;
}

/* --- free room -------------------------------------------------------------------------------- */

static uint64_t
available (int fd)
{
    struct statvfs st;
    return fstatvfs (fd, &st) < 0 ? UINT64_MAX : (uint64_t)st.f_bavail * st.f_frsize;
}

bool
space_has_room (struct dbpf *d, int64_t n)
{
    struct space_guard *g = &d->guard;
    uint64_t need = d->base.reserve + (uint64_t)n;
    if (!d->base.reserve)
        return true;
    uint64_t now = dbpf_now ();
    pthread_mutex_lock (&g->lock);
    if (now - g->checked_at > room_valid || g->available < need) {
        g->available = MIN (available (d->data_fd), available (d->meta_fd));
        g->checked_at = now;
    }
    bool room = g->available >= need;
    if (room)
        g->available -= (uint64_t)n;
    pthread_mutex_unlock (&g->lock);
    return room;
}

uint64_t
space_log_budget (struct dbpf *d)
{
    struct statvfs st;
    uint64_t size = fstatvfs (d->meta_fd, &st) < 0
                        ? UINT64_MAX
                        : (uint64_t)st.f_blocks * st.f_frsize / LOG_SHARE;
    return d->base.reserve ? MIN (size, d->base.reserve / 4) : size;
}

int
dbpf_space (struct trove *t, uint64_t *ret_total, uint64_t *ret_available)
{
    struct dbpf *d = dbpf_of (t);
    struct statvfs st;
    if (fstatvfs (d->data_fd, &st) < 0)
        return -errno;
    uint64_t avail = (uint64_t)st.f_bavail * st.f_frsize;
    *ret_total = (uint64_t)st.f_blocks * st.f_frsize;
    *ret_available = avail > d->base.reserve ? avail - d->base.reserve : 0;
    return 0;
}
