/* Which volume a local path lies in. The path is walked component by component like the kernel
 * would, but the walk looks at nothing in or below a mount directory of the tab: there the rest is
 * only text. So a path resolves the same whether the volume is mounted or not, and never waits for
 * a server.
 */
#include "common/tab/tab.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MAX_LINKS = 40 };

struct walk {
    char done[PATH_MAX]; /* resolved so far: "" for the root, else "/a/b" */
    size_t len;
    char todo[PATH_MAX]; /* what is left */
    int links;
    bool lexical; /* something did not exist: no more links to follow */
};

static void
pop (struct walk *w)
{
    while (w->len > 0 && w->done[--w->len] != '/')
        ;
    w->done[w->len] = '\0';
}

static int
push (struct walk *w, const char *name, size_t len)
{
    if (w->len + 1 + len >= sizeof w->done)
        return -ENAMETOOLONG;
    w->done[w->len++] = '/';
    memcpy (w->done + w->len, name, len);
    w->len += len;
    w->done[w->len] = '\0';
    return 0;
}

/* The entry with the longest directory at or above the path; dirs as given by `dirs`, or the
 * entries'. */
static const struct tab_entry *
covering (const struct tab *tab, char (*dirs)[PATH_MAX], const char *path, size_t *ret_dir_len)
{
    const struct tab_entry *best = NULL;
    size_t best_len = 0;
    for (int i = 0; tab != NULL && i < tab->n_entries; i++) {
        const char *dir = dirs != NULL ? dirs[i] : tab->entries[i].mnt_dir;
        size_t len = strlen (dir);
        if (len == 1)
            len = 0; /* the root covers everything */
        if (strncmp (path, dir, len) == 0 && (path[len] == '/' || path[len] == '\0') &&
            (best == NULL || len > best_len)) {
            best = &tab->entries[i];
            best_len = len;
        }
    }
    if (best != NULL)
        *ret_dir_len = best_len;
    return best;
}

/* If what is done is a symbolic link: its target goes before what is left. */
static int
follow (struct walk *w)
{
    char target[PATH_MAX];
    ssize_t n = readlink (w->done, target, sizeof target - 1);
    if (n < 0) {
        w->lexical = errno == ENOENT || errno == ENOTDIR;
        return 0; /* no link, or not for us to see */
    }
    if (++w->links > MAX_LINKS)
        return -ELOOP;
    size_t left = strlen (w->todo);
    if ((size_t) n + 1 + left >= sizeof w->todo)
        return -ENAMETOOLONG;
    memmove (w->todo + n + 1, w->todo, left + 1);
    memcpy (w->todo, target, (size_t) n);
    w->todo[n] = '/';
    if (target[0] == '/') {
        w->len = 0;
        w->done[0] = '\0';
    } else {
        pop (w);
    }
    return 0;
}

/* One component off the front of what is left. False: nothing left. */
static bool
take (struct walk *w, char name[NAME_MAX + 2], size_t *ret_len)
{
    size_t skip = strspn (w->todo, "/");
    size_t len = strcspn (w->todo + skip, "/");
    *ret_len = len;
    if (len <= NAME_MAX)
        memcpy (name, w->todo + skip, len);
    memmove (w->todo, w->todo + skip + len, strlen (w->todo + skip + len) + 1);
    return len > 0;
}

/* Ends with everything in done. tab NULL: no directory is special. */
static int
walk (struct walk *w, const struct tab *tab, char (*real_dirs)[PATH_MAX])
{
    char name[NAME_MAX + 2];
    size_t len, ignored;
    while (take (w, name, &len)) {
        if (len > NAME_MAX)
            return -ENAMETOOLONG;
        if (len == 1 && name[0] == '.')
            continue;
        if (len == 2 && name[0] == '.' && name[1] == '.') {
            pop (w);
            continue;
        }
        int r = push (w, name, len);
        if (r != 0)
            return r;
        if (w->lexical || covering (tab, NULL, w->done, &ignored) != NULL ||
            covering (real_dirs != NULL ? tab : NULL, real_dirs, w->done, &ignored) != NULL)
            continue;
        r = follow (w);
        if (r != 0)
            return r;
    }
    return 0;
}

static int
walk_begin (struct walk *w, const char *path)
{
    w->len = 0;
    w->done[0] = '\0';
    w->links = 0;
    w->lexical = false;
    w->todo[0] = '\0';
    if (path[0] == '\0')
        return -ENOENT;
    size_t used = 0;
    if (path[0] != '/') {
        if (getcwd (w->todo, sizeof w->todo) == NULL)
            return errno == ERANGE ? -ENAMETOOLONG : -errno;
        used = strlen (w->todo);
        if (used + 1 >= sizeof w->todo)
            return -ENAMETOOLONG;
        w->todo[used++] = '/';
    }
    size_t len = strlen (path);
    if (used + len >= sizeof w->todo)
        return -ENAMETOOLONG;
    memcpy (w->todo + used, path, len + 1);
    return 0;
}

/* The mount directories with the symbolic links above them resolved. Reading a mount point's own
 * name does not ask the file system mounted there. */
static void
resolve_dirs (const struct tab *tab, struct walk *w, char (*dirs)[PATH_MAX])
{
    for (int i = 0; i < tab->n_entries; i++) {
        const char *dir = tab->entries[i].mnt_dir;
        if (walk_begin (w, dir) == 0 && walk (w, NULL, NULL) == 0)
            snprintf (dirs[i], PATH_MAX, "%s", w->len > 0 ? w->done : "/");
        else
            snprintf (dirs[i], PATH_MAX, "%s", dir);
    }
}

int
tab_resolve (const struct tab *tab, const char *path, const struct tab_entry **ret_entry,
             char *ret_inside, size_t inside_size)
{
    if (tab->n_entries == 0)
        return -ENOENT;
    char (*dirs)[PATH_MAX] = malloc ((size_t) tab->n_entries * sizeof *dirs);
    struct walk *w = malloc (sizeof *w);
    int r = dirs != NULL && w != NULL ? 0 : -ENOMEM;
    if (r == 0) {
        resolve_dirs (tab, w, dirs);
        r = walk_begin (w, path);
    }
    if (r == 0)
        r = walk (w, tab, dirs);
    const struct tab_entry *entry = NULL;
    size_t dir_len = 0, other_len = 0;
    if (r == 0) {
        entry = covering (tab, NULL, w->done, &dir_len);
        const struct tab_entry *real = covering (tab, dirs, w->done, &other_len);
        if (real != NULL && (entry == NULL || other_len > dir_len)) {
            entry = real;
            dir_len = other_len;
        }
        size_t len = w->len > dir_len ? w->len - dir_len : 1;
        r = entry == NULL ? -ENOENT : len >= inside_size ? -ENAMETOOLONG : 0;
    }
    if (r == 0) {
        snprintf (ret_inside, inside_size, "%s", w->len > dir_len ? w->done + dir_len : "/");
        *ret_entry = entry;
    }
    free (w);
    free (dirs);
    return r;
}
