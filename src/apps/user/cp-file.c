/* Copies one object. See cp.h.
 *
 * A file is written under a temporary name in the same directory and renamed when it is whole, so
 * its name never shows half of it; after a failure the temporary is removed.
 */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "apps/user/cp.h"

enum { KEPT_OF_NAME = 200 };

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
set_remote_mode (struct cp *cp, PVFS_object_ref ref, uint32_t mode)
{
    PVFS_sys_attr attr = { .perms = mode, .mask = PVFS_ATTR_SYS_PERM };
    return PVFS_sys_setattr (ref, attr, &cp->session.cred, PVFS_HINT_NULL);
}

/* Mode, close, and the final name. */
static int
finish_target (struct cp *cp, const struct item *directory, const char *names[2], uint32_t mode,
               struct side *to)
{
    if (to->remote) {
        int r = mode == (mode | 0600) ? 0 : set_remote_mode (cp, to->ref, mode);
        return r < 0 ? r
                     : PVFS_sys_rename ((char *)names[0], directory->ref, (char *)names[1],
                                        directory->ref, &cp->session.cred, PVFS_HINT_NULL);
    }
    int r = fchmod (to->fd, mode) != 0 ? -errno : 0;
    if (close (to->fd) != 0 && r == 0)
        r = -errno;
    to->fd = -1;
    if (r < 0)
        return r;
    char *from = path_in (directory, names[0]), *path = path_in (directory, names[1]);
    r = rename (from, path) != 0 ? -errno : 0;
    free (from);
    free (path);
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
    if (to->fd >= 0)
        close (to->fd);
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
fail (const struct item *from, const char *path, int r, bool of_target)
{
    if (r == -EINTR)
        tool_error ("%s: interrupted, nothing is left of the copy", path);
    else
        tool_fail (of_target ? path : from->path, r);
    return false;
}

bool
copy_file (struct cp *cp, const struct item *from, const struct item *directory, const char *name)
{
    struct side source, to;
    char *path = path_in (directory, name), *temporary = temporary_name (cp, name);
    const char *names[2] = { temporary, name };
    bool of_target = false;
    int r = open_source (from, &source);
    if (r == 0) {
        r = create_target (cp, directory, temporary, from->mode, &to);
        of_target = r < 0;
        if (r == 0) {
            r = move_bytes (cp, &source, &to, &of_target);
            if (r == 0) {
                r = finish_target (cp, directory, names, from->mode, &to);
                of_target = true;
            }
            if (r < 0)
                discard_target (cp, directory, temporary, &to);
        }
        close_source (&source);
    }
    if (r < 0)
        fail (from, path, r, of_target);
    free (path);
    free (temporary);
    return r == 0;
}

bool
copy_into (struct cp *cp, const struct item *from, const char *path)
{
    struct side source, to = { .fd = open (path, O_WRONLY | O_CLOEXEC) };
    bool of_target = false;
    if (to.fd < 0)
        return fail (from, path, -errno, true);
    int r = open_source (from, &source);
    if (r == 0) {
        r = move_bytes (cp, &source, &to, &of_target);
        close_source (&source);
    }
    if (close (to.fd) != 0 && r == 0) {
        r = -errno;
        of_target = true;
    }
    return r == 0 || fail (from, path, r, of_target);
}

/* -- links and directories -- */

static int
link_once (struct cp *cp, const struct item *from, const struct item *directory, const char *name)
{
    PVFS_sysresp_symlink resp;
    if (directory->remote)
        return PVFS_sys_symlink ((char *)name, directory->ref, from->target,
                                 new_attr (&cp->session, 0777), &cp->session.cred, &resp,
                                 PVFS_HINT_NULL);
    char *path = path_in (directory, name);
    int r = symlink (from->target, path) != 0 ? -errno : 0;
    free (path);
    return r;
}

static int
node_once (struct cp *cp, const struct item *from, const struct item *directory, const char *name)
{
    PVFS_sysresp_mknod resp;
    if (directory->remote)
        return PVFS_sys_mknod ((char *)name, directory->ref, new_attr (&cp->session, from->mode),
                               from->type, from->rdev, &cp->session.cred, &resp, PVFS_HINT_NULL);
    char *path = path_in (directory, name);
    int r = mknod (path, from->type | from->mode, (dev_t)from->rdev) != 0 ? -errno : 0;
    if (r == 0 && chmod (path, from->mode) != 0)
        r = -errno;
    free (path);
    return r;
}

static int
name_once (struct cp *cp, const struct item *copy, const struct item *directory, const char *name)
{
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
                       const char *name);

/* In place of what may have the name. */
static bool
copy_node (struct cp *cp, const struct item *from, const struct item *directory, const char *name,
           make_once *make)
{
    int r = make (cp, from, directory, name);
    if (r == -PVFS_EEXIST || r == -EEXIST) {
        r = unlink_once (cp, directory, name);
        if (r == 0)
            r = make (cp, from, directory, name);
    }
    if (r == 0)
        return true;
    char *path = path_in (directory, name);
    fail (from, path, r, true);
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
set_mode (struct cp *cp, const struct item *i, uint32_t mode)
{
    int r = i->remote                    ? set_remote_mode (cp, i->ref, mode)
            : chmod (i->path, mode) != 0 ? -errno
                                         : 0;
    if (r < 0)
        tool_fail (i->path, r);
    return r == 0;
}
