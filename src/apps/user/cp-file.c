/* Copies one object. See cp.h.
 *
 * A file is written under a temporary name in the same directory and renamed when it is whole, so
 * its name never shows half of it; after a failure the temporary is removed. With cp->in_place it
 * is written under its own name, and what there is of it stays.
 */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "apps/user/cp.h"

enum { KEPT_OF_NAME = 200, SAME_FILE = 100000 /* instead of an errno */ };

static char *
temporary_name (struct cp *cp, const char *name)
{
    return tool_text (".%.*s.pvfs2-cp.%ld.%u", KEPT_OF_NAME, name, (long)getpid (),
                      __atomic_fetch_add (&cp->temporaries, 1, __ATOMIC_RELAXED));
}

/* -- the two sides -- */

static int
open_source (const struct item *from, struct side *ret)
{
    *ret = (struct side){ .remote = from->remote, .fd = -1, .ref = from->ref, .size = from->size };
    if (from->remote)
        return 0;
    ret->fd = open (from->path, O_RDONLY | O_CLOEXEC);
    if (ret->fd >= 0 && from->kind == ITEM_OTHER)
        ret->size = TRANSFER_MAX_BUFFER; /* a pipe says nothing of what will come */
    return ret->fd < 0 ? -errno : 0;
}

static int
close_source (struct side *from)
{
    if (from->fd >= 0)
        close (from->fd);
    return 0;
}

static int
create_local (const struct item *directory, const char *name, struct side *ret)
{
    char *path = path_in (directory, name);
    ret->fd = open (path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    int r = ret->fd < 0 ? -errno : 0;
    free (path);
    return r;
}

static int
create_remote (struct cp *cp, const struct item *directory, const char *name, uint32_t mode,
               struct side *ret)
{
    PVFS_sysresp_create resp;
    PVFS_sys_attr attr = new_attr (&cp->session, mode | 0600);
    if (cp->ndfiles > 0) {
        attr.dfile_count = cp->ndfiles;
        attr.mask |= PVFS_ATTR_SYS_DFILE_COUNT;
    }
    int r = PVFS_sys_create ((char *)name, directory->ref, attr, &cp->session.cred, cp->dist, &resp,
                             PVFS_SYS_LAYOUT_DEFAULT, PVFS_HINT_NULL);
    if (r == 0)
        ret->ref = resp.ref;
    return r;
}

static int
create_target (struct cp *cp, const struct item *directory, const char *name, uint32_t mode,
               struct side *ret)
{
    *ret = (struct side){ .remote = directory->remote, .fd = -1 };
    return directory->remote ? create_remote (cp, directory, name, mode, ret)
                             : create_local (directory, name, ret);
}

static int
close_target (struct side *to)
{
    int r = to->fd >= 0 && close (to->fd) != 0 ? -errno : 0;
    to->fd = -1;
    return r;
}

static int
open_local (struct cp *cp, const struct item *from, const struct item *directory, const char *name, struct side *ret)
{
    struct stat st;
    char *path = path_in (directory, name);
    int r = 0;
    ret->fd = open (path, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
    if (ret->fd < 0 || fstat (ret->fd, &st) != 0)
        r = -errno;
    else if (!S_ISREG (st.st_mode))
        r = -EEXIST;
    else if (item_same (from, &(struct item){ .dev = st.st_dev, .ino = st.st_ino }))
        r = -SAME_FILE;
    else if (ftruncate (ret->fd, 0) != 0)
        r = -errno;
    free (path);
    return r;
}

static int
open_remote (struct cp *cp, const struct item *from, const struct item *directory, const char *name, struct side *ret)
{
    PVFS_sysresp_lookup resp;
    PVFS_sys_attr attr;
    int r = PVFS_sys_ref_lookup (directory->ref.fs_id, (char *)name, directory->ref, &cp->session.cred, &resp,
                                 PVFS2_LOOKUP_LINK_FOLLOW, PVFS_HINT_NULL);
    if (r == 0)
        r = get_attr (&cp->session, resp.ref, PVFS_ATTR_SYS_TYPE, &attr);
    if (r < 0)
        return r == -PVFS_ENOENT ? -ENOENT : r;
    if (attr.objtype != PVFS_TYPE_METAFILE)
        return attr.objtype == PVFS_TYPE_DIRECTORY ? -EISDIR : -EEXIST;
    if (item_same (from, &(struct item){ .remote = true, .ref = resp.ref }))
        return -SAME_FILE;
    ret->ref = resp.ref;
    return PVFS_sys_truncate (resp.ref, 0, &cp->session.cred, PVFS_HINT_NULL);
}

/* A file that is there, emptied. -ENOENT: it is not. */
static int
open_target (struct cp *cp, const struct item *from, const struct item *directory, const char *name, struct side *ret)
{
    *ret = (struct side){ .remote = directory->remote, .fd = -1 };
    int r = (directory->remote ? open_remote : open_local) (cp, from, directory, name, ret);
    if (r < 0)
        close_target (ret);
    return r;
}

/* -- what an object is made like -- */

static int
set_owner (struct cp *cp, const struct item *from, const struct item *to)
{
    if (!to->remote)
        return fchownat (AT_FDCWD, to->path, from->owner, from->group, AT_SYMLINK_NOFOLLOW) != 0 ? -errno : 0;
    PVFS_sys_attr attr = { .owner = from->owner, .group = from->group, .mask = PVFS_ATTR_SYS_UID | PVFS_ATTR_SYS_GID };
    return PVFS_sys_setattr (to->ref, attr, &cp->session.cred, PVFS_HINT_NULL);
}

static int
set_mode (struct cp *cp, const struct item *to, uint32_t mode)
{
    if (!to->remote)
        return chmod (to->path, mode) != 0 ? -errno : 0;
    PVFS_sys_attr attr = { .perms = mode, .mask = PVFS_ATTR_SYS_PERM };
    return PVFS_sys_setattr (to->ref, attr, &cp->session.cred, PVFS_HINT_NULL);
}

static int
set_times (struct cp *cp, const struct item *from, const struct item *to)
{
    struct timespec times[2] = { timespec_of (from->atime), timespec_of (from->mtime) };
    if (to->remote)
        return PVFS_sys_utimens (to->ref, from->atime, from->mtime, &cp->session.cred, PVFS_HINT_NULL);
    return utimensat (AT_FDCWD, to->path, times, AT_SYMLINK_NOFOLLOW) != 0 ? -errno : 0;
}

/* With cp->preserve all that can be kept, in this order, since each changes something of the next.
 * Who may not give an object away keeps it, without set-id bits. */
static int
make_alike (struct cp *cp, const struct item *from, const struct item *to)
{
    uint32_t mode = from->mode;
    int r = cp->preserve ? set_owner (cp, from, to) : 0;
    if (r == -EPERM || r == -PVFS_EPERM) {
        mode &= 01777;
        r = 0;
    }
    if (r == 0 && from->kind != ITEM_LINK)
        r = set_mode (cp, to, mode);
    if (r == 0 && cp->preserve)
        r = set_times (cp, from, to);
    return r;
}

/* -- the end of a target -- */

static int
rename_target (struct cp *cp, const struct item *directory, const char *from, const char *to)
{
    if (directory->remote)
        return PVFS_sys_rename ((char *)from, directory->ref, (char *)to, directory->ref, &cp->session.cred, PVFS_HINT_NULL);
    char *old = path_in (directory, from), *path = path_in (directory, to);
    int r = rename (old, path) != 0 ? -errno : 0;
    free (old);
    free (path);
    return r;
}

/* Close, mode and what else is to be kept. The mode of a new file in a volume is right already if its owner may write it. */
static int
finish_target (struct cp *cp, const struct item *from, const struct item *directory, const char *name,
               struct side *to)
{
    struct item made = { .remote = to->remote, .path = path_in (directory, name), .ref = to->ref };
    bool alike = to->remote && from->mode == (from->mode | 0600) && !cp->preserve;
    int r = close_target (to);
    if (r == 0 && !alike)
        r = make_alike (cp, from, &made);
    item_free (&made);
    return r;
}

static void
discard_target (struct cp *cp, const struct item *directory, const char *name, struct side *to)
{
    if (to->remote) {
        int r = PVFS_sys_remove ((char *)name, directory->ref, &cp->session.cred, PVFS_HINT_NULL);
        if (r < 0 && r != -PVFS_ENOENT) {
            char *path = path_in (directory, name);
            tool_error ("%s: the incomplete copy could not be removed", path);
            free (path);
        }
        return;
    }
    char *path = path_in (directory, name);
    close_target (to);
    unlink (path);
    free (path);
}

/* -- a file -- */

static int
move_bytes (struct cp *cp, const struct side *from, const struct side *to, bool *ret_write_failed)
{
    struct transfer t = {
        .session = &cp->session,
        .from = from,
        .to = to,
        .buffer_size = cp->buffer_size,
        .stop = &cp->stop,
        .counter = &cp->counts.bytes,
    };
    int r = transfer_run (&t);
    if (r == 0)
        progress_add (&cp->counts.things, 1);
    *ret_write_failed = t.write_failed;
    return r;
}

static bool
fail (const struct cp *cp, const struct item *from, const char *path, int r, bool of_target)
{
    if (r == -EINTR)
        tool_error ("%s: interrupted, %s", path, cp->in_place ? "only a part is there" : "nothing is left of the copy");
    else if (r == -SAME_FILE)
        tool_error ("%s and %s are the same file", from->path, path);
    else
        tool_fail (of_target ? path : from->path, r);
    return false;
}

/* The target is there, and open; `name` is where. */
static int
fill_target (struct cp *cp, const struct item *from, const struct side *source, const struct item *directory,
             const char *name, struct side *to, bool finish, bool *ret_of_target)
{
    int r = move_bytes (cp, source, to, ret_of_target);
    if (r < 0)
        return r;
    *ret_of_target = true;
    return finish ? finish_target (cp, from, directory, name, to) : close_target (to);
}

/* A file that was there keeps what it has beside its bytes, but for what is to be preserved. */
static int
copy_in_place (struct cp *cp, const struct item *from, const struct side *source, const struct item *directory,
               const char *name, bool *ret_of_target)
{
    struct side to;
    int r = open_target (cp, from, directory, name, &to);
    bool is_new = r == -ENOENT;
    if (is_new)
        r = create_target (cp, directory, name, from->mode, &to);
    *ret_of_target = r < 0;
    if (r == 0)
        r = fill_target (cp, from, source, directory, name, &to, is_new || cp->preserve, ret_of_target);
    close_target (&to);
    return r;
}

static int
copy_whole (struct cp *cp, const struct item *from, const struct side *source, const struct item *directory,
            const char *name, bool *ret_of_target)
{
    struct side to;
    char *temporary = temporary_name (cp, name);
    int r = create_target (cp, directory, temporary, from->mode, &to);
    *ret_of_target = r < 0;
    if (r == 0) {
        r = fill_target (cp, from, source, directory, temporary, &to, true, ret_of_target);
        if (r == 0)
            r = rename_target (cp, directory, temporary, name);
        if (r < 0)
            discard_target (cp, directory, temporary, &to);
    }
    free (temporary);
    return r;
}

bool
copy_file (struct cp *cp, const struct item *from, const struct item *directory, const char *name)
{
    struct side source;
    bool of_target = false;
    int r = open_source (from, &source);
    if (r == 0) {
        r = (cp->in_place ? copy_in_place : copy_whole) (cp, from, &source, directory, name, &of_target);
        close_source (&source);
    }
    if (r == 0)
        return true;
    char *path = path_in (directory, name);
    fail (cp, from, path, r, of_target);
    free (path);
    return false;
}

bool
copy_into (struct cp *cp, const struct item *from, const char *path)
{
    struct side source, to = { .fd = open (path, O_WRONLY | O_CLOEXEC) };
    bool of_target = false;
    if (to.fd < 0)
        return fail (cp, from, path, -errno, true);
    int r = open_source (from, &source);
    if (r == 0) {
        r = move_bytes (cp, &source, &to, &of_target);
        close_source (&source);
    }
    if (close (to.fd) != 0 && r == 0) {
        r = -errno;
        of_target = true;
    }
    return r == 0 || fail (cp, from, path, r, of_target);
}

/* -- links and directories -- */

static int
link_once (struct cp *cp, const struct item *from, const struct item *directory, const char *name,
           PVFS_object_ref *ret)
{
    if (directory->remote) {
        PVFS_sysresp_symlink resp = { .ref = { 0 } };
        int r = PVFS_sys_symlink ((char *)name, directory->ref, from->target, new_attr (&cp->session, 0777),
                                  &cp->session.cred, &resp, PVFS_HINT_NULL);
        *ret = resp.ref;
        return r;
    }
    char *path = path_in (directory, name);
    int r = symlink (from->target, path) != 0 ? -errno : 0;
    free (path);
    return r;
}

static int
node_once (struct cp *cp, const struct item *from, const struct item *directory, const char *name,
           PVFS_object_ref *ret)
{
    if (directory->remote) {
        PVFS_sysresp_mknod resp = { .ref = { 0 } };
        int r = PVFS_sys_mknod ((char *)name, directory->ref, new_attr (&cp->session, from->mode), from->type,
                                from->rdev, &cp->session.cred, &resp, PVFS_HINT_NULL);
        *ret = resp.ref;
        return r;
    }
    char *path = path_in (directory, name);
    int r = mknod (path, from->type | from->mode, (dev_t)from->rdev) != 0 ? -errno : 0;
    free (path);
    return r;
}

static int
name_once (struct cp *cp, const struct item *copy, const struct item *directory, const char *name,
           PVFS_object_ref *ret)
{
    *ret = copy->ref;
    if (directory->remote)
        return PVFS_sys_link ((char *)name, directory->ref, copy->ref, &cp->session.cred,
                              PVFS_HINT_NULL);
    char *path = path_in (directory, name);
    int r = link (copy->path, path) != 0 ? -errno : 0;
    free (path);
    return r;
}

static int
unlink_once (struct cp *cp, const struct item *directory, const char *name)
{
    if (directory->remote)
        return PVFS_sys_remove ((char *)name, directory->ref, &cp->session.cred, PVFS_HINT_NULL);
    char *path = path_in (directory, name);
    int r = unlink (path) != 0 ? -errno : 0;
    free (path);
    return r;
}

typedef int make_once (struct cp *cp, const struct item *from, const struct item *directory,
                       const char *name, PVFS_object_ref *ret);

/* In place of what may have the name. */
static bool
copy_node (struct cp *cp, const struct item *from, const struct item *directory, const char *name,
           make_once *make)
{
    char *path = path_in (directory, name);
    struct item made = { .remote = directory->remote, .path = path };
    int r = make (cp, from, directory, name, &made.ref);
    if (r == -PVFS_EEXIST || r == -EEXIST) {
        r = unlink_once (cp, directory, name);
        if (r == 0)
            r = make (cp, from, directory, name, &made.ref);
    }
    if (r == 0 && make != name_once && (cp->preserve || !directory->remote)) /* in a volume it was made so */
        r = make_alike (cp, from, &made);
    if (r == 0) {
        free (path);
        return true;
    }
    fail (cp, from, path, r, true);
    free (path);
    return false;
}

bool
copy_link (struct cp *cp, const struct item *from, const struct item *directory, const char *name)
{
    return copy_node (cp, from, directory, name, link_once);
}

bool
copy_special (struct cp *cp, const struct item *from, const struct item *directory,
              const char *name)
{
    return copy_node (cp, from, directory, name, node_once);
}

bool
copy_name (struct cp *cp, const struct item *copy, const struct item *directory, const char *name)
{
    return copy_node (cp, copy, directory, name, name_once);
}

bool
make_directory (struct cp *cp, const struct item *directory, const char *name, uint32_t mode,
                struct item *ret)
{
    char *path = path_in (directory, name);
    int r, error = 0;
    if (directory->remote) {
        PVFS_sysresp_mkdir resp;
        r = PVFS_sys_mkdir ((char *)name, directory->ref, new_attr (&cp->session, mode | 0700),
                            &cp->session.cred, &resp, PVFS_HINT_NULL);
        if (r == 0) {
            *ret = (struct item){ .remote = true,
                                  .path = path,
                                  .ref = resp.ref,
                                  .kind = ITEM_DIRECTORY,
                                  .mode = mode | 0700 };
            return true;
        }
    } else {
        r = mkdir (path, 0700) != 0 ? -errno : 0;
    }
    if ((r == 0 || r == -PVFS_EEXIST || r == -EEXIST) && item_find (cp, path, true, ret, &error)) {
        if (ret->kind == ITEM_DIRECTORY) {
            free (path);
            return true;
        }
        item_free (ret);
        r = -ENOTDIR;
    }
    tool_fail (path, r < 0 ? r : error);
    free (path);
    return false;
}

bool
finish_directory (struct cp *cp, const struct item *from, const struct item *to)
{
    int r = make_alike (cp, from, to);
    if (r < 0)
        tool_fail (to->path, r);
    return r == 0;
}
