/* What pvfs2-cp copies. See cp.h. */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "apps/user/cp.h"

static enum item_kind
kind_of (mode_t mode)
{
    return S_ISREG (mode)   ? ITEM_FILE
           : S_ISDIR (mode) ? ITEM_DIRECTORY
           : S_ISLNK (mode) ? ITEM_LINK
                            : ITEM_OTHER;
}

/* Set-id bits would pass to another owner. */
static uint32_t
copied_bits (const struct cp *cp)
{
    return cp->preserve ? 07777 : 01777;
}

/* -- local -- */

static char *
local_target (const char *path)
{
    char buf[PVFS_PATH_MAX];
    ssize_t n = readlink (path, buf, sizeof buf - 1);
    return n < 0 ? NULL : tool_text ("%.*s", (int)n, buf);
}

static PVFS_time_ns
time_of (struct timespec t)
{
    return (PVFS_time_ns)t.tv_sec * NSEC_PER_SEC + (PVFS_time_ns)t.tv_nsec;
}

static int
local_item (const struct cp *cp, const char *path, bool follow, struct item *ret)
{
    struct stat st;
    if (fstatat (AT_FDCWD, path, &st, follow ? 0 : AT_SYMLINK_NOFOLLOW) != 0)
        return -errno;
    struct item i = { .kind = kind_of (st.st_mode),
                      .mode = st.st_mode & copied_bits (cp),
                      .type = st.st_mode & S_IFMT,
                      .owner = st.st_uid,
                      .group = st.st_gid,
                      .atime = time_of (st.st_atim),
                      .mtime = time_of (st.st_mtim),
                      .rdev = st.st_rdev,
                      .nlink = (uint32_t)st.st_nlink,
                      .size = st.st_size,
                      .dev = st.st_dev,
                      .ino = st.st_ino };
    if (i.kind == ITEM_LINK) {
        i.target = local_target (path);
        if (i.target == NULL)
            return -errno;
    }
    i.path = tool_text ("%s", path);
    *ret = i;
    return 0;
}

/* -- in a volume -- */

enum {
    ITEM_MASK = PVFS_ATTR_SYS_TYPE | PVFS_ATTR_SYS_PERM | PVFS_ATTR_SYS_SIZE
                | PVFS_ATTR_SYS_LNK_TARGET
};

static struct item
remote_item (const struct cp *cp, char *path, PVFS_object_ref ref, const PVFS_sys_attr *a, const PVFS_stat *st)
{
    return (struct item){
        .remote = true,
        .path = path,
        .ref = ref,
        .kind = kind_of (st->mode),
        .mode = a->perms & copied_bits (cp),
        .type = st->mode & S_IFMT,
        .owner = st->owner,
        .group = st->group,
        .atime = st->atime,
        .mtime = st->mtime,
        .rdev = st->rdev,
        .nlink = st->nlink,
        .size = a->size,
        .target = a->link_target != NULL ? tool_text ("%s", a->link_target) : NULL,
    };
}

static int
remote_find (struct cp *cp, const struct place *p, bool follow, struct item *ret)
{
    PVFS_object_ref ref;
    PVFS_sys_attr attr;
    PVFS_stat st;
    int r = place_lookup (&cp->session, p, follow, &ref);
    if (r == 0)
        r = get_stat (&cp->session, ref, &st);
    if (r == 0)
        r = get_attr (&cp->session, ref, ITEM_MASK, &attr);
    if (r < 0)
        return r;
    *ret = remote_item (cp, tool_text ("%s", p->given), ref, &attr, &st);
    PVFS_util_release_sys_attr (&attr);
    return 0;
}

/* -- either -- */

bool
item_find (struct cp *cp, const char *given, bool follow, struct item *ret, int *ret_error)
{
    struct place p;
    int r = place_of (given, &p);
    if (r == 0)
        r = remote_find (cp, &p, follow, ret);
    else if (r == -PVFS_ENOENT)
        r = local_item (cp, given, follow, ret);
    *ret_error = r;
    if (r < 0 && r != -PVFS_ENOENT && r != -ENOENT)
        tool_fail (given, r);
    return r == 0;
}

struct item
item_copy (const struct item *i)
{
    struct item copy = *i;
    copy.path = tool_text ("%s", i->path);
    copy.target = i->target != NULL ? tool_text ("%s", i->target) : NULL;
    return copy;
}

void
item_free (struct item *i)
{
    free (i->path);
    free (i->target);
    *i = (struct item){ 0 };
}

bool
item_same (const struct item *a, const struct item *b)
{
    if (a->remote != b->remote)
        return false;
    return a->remote ? a->ref.handle == b->ref.handle && a->ref.fs_id == b->ref.fs_id
                     : a->dev == b->dev && a->ino == b->ino;
}

char *
path_in (const struct item *directory, const char *name)
{
    size_t len = strlen (directory->path);
    return tool_text ("%s%s%s", directory->path,
                      len > 0 && directory->path[len - 1] == '/' ? "" : "/", name);
}

/* -- lists -- */

static void
add (struct item_list *l, const char *name, struct item i)
{
    if ((l->n & (l->n - 1)) == 0) {
        size_t room = l->n > 0 ? 2 * l->n : 1;
        l->items = tool_grow (l->items, room, sizeof *l->items);
        l->names = tool_grow (l->names, room, sizeof *l->names);
    }
    l->items[l->n] = i;
    l->names[l->n++] = tool_text ("%s", name);
}

static int
local_list (struct cp *cp, const struct item *directory, struct item_list *l)
{
    DIR *d = opendir (directory->path);
    const struct dirent *e;
    if (d == NULL)
        return -errno;
    while (errno = 0, (e = readdir (d)) != NULL) {
        struct item i;
        if (strcmp (e->d_name, ".") == 0 || strcmp (e->d_name, "..") == 0)
            continue;
        char *path = path_in (directory, e->d_name);
        int r = local_item (cp, path, false, &i);
        if (r == 0) {
            add (l, e->d_name, i);
        } else if (r != -ENOENT) {
            tool_fail (path, r);
            cp->failed = true;
        }
        free (path);
    }
    int r = -errno;
    closedir (d);
    return r;
}

static int
remote_list (struct cp *cp, const struct item *directory, struct item_list *l)
{
    struct listing entries;
    int r = listing_read (&cp->session, directory->ref, ITEM_MASK, &entries);
    if (r < 0)
        return r;
    for (size_t i = 0; i < entries.n; i++) {
        const struct entry *e = &entries.entries[i];
        char *path = path_in (directory, e->name);
        if (e->error == 0) {
            add (l, e->name, remote_item (cp, path, e->ref, &e->attr, &e->stat));
            continue;
        }
        if (e->error != -PVFS_ENOENT) {
            tool_fail (path, e->error);
            cp->failed = true;
        }
        free (path);
    }
    listing_free (&entries);
    return 0;
}

int
item_list (struct cp *cp, const struct item *directory, struct item_list *ret)
{
    struct item_list l = { 0 };
    int r = directory->remote ? remote_list (cp, directory, &l) : local_list (cp, directory, &l);
    if (r < 0)
        item_list_free (&l);
    else
        *ret = l;
    return r;
}

void
item_list_free (struct item_list *l)
{
    for (size_t i = 0; i < l->n; i++) {
        item_free (&l->items[i]);
        free (l->names[i]);
    }
    free (l->items);
    free (l->names);
    *l = (struct item_list){ 0 };
}
