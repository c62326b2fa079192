/*
 * name-storm: names change as fast as they can, and every answer is written down.
 *
 *     name-storm run DIR LOG STOP SEED   makes, links, renames and removes below DIR until there is a file STOP, or the mount is gone
 *     name-storm check DIR LOG           is below DIR what LOG says? What was asked last and not answered may have happened or not.
 *
 * A line of LOG per question, "KIND FROM TO", and one per answer, "= INODE".
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NAMES = 8 }; /* half of them in each of two directories */
enum kind { MAKE, MAKE_DIR, LINK, RENAME, REMOVE, KINDS };

struct name {
    bool there, is_dir;
    unsigned long ino;
};

struct storm {
    const char *dir;
    struct name names[NAMES];
};

static const char *
path_of (const struct storm *s, unsigned i, char *buf)
{
    snprintf (buf, PATH_MAX, "%s/%u/%u", s->dir, i / (NAMES / 2), i);
    return buf;
}

/* Would it succeed? */
static bool
is_possible (const struct storm *s, enum kind k, unsigned p, unsigned q)
{
    const struct name *a = &s->names[p], *b = &s->names[q];
    switch (k) {
    case MAKE:
    case MAKE_DIR:
        return !a->there;
    case LINK:
        return a->there && !a->is_dir && !b->there;
    case RENAME:
        return a->there && p != q && (!b->there || (a->is_dir == b->is_dir && a->ino != b->ino));
    default:
        return a->there;
    }
}

static void
apply (struct storm *s, enum kind k, unsigned p, unsigned q, unsigned long ino)
{
    if (k == MAKE || k == MAKE_DIR)
        s->names[p] = (struct name){ true, k == MAKE_DIR, ino };
    if (k == LINK || k == RENAME)
        s->names[q] = s->names[p];
    if (k == RENAME || k == REMOVE)
        s->names[p].there = false;
}

static int
make (const char *path)
{
    int fd = open (path, O_WRONLY | O_CREAT | O_EXCL, 0644);
    return fd < 0 ? -1 : close (fd);
}

static int
perform (const struct storm *s, enum kind k, unsigned p, unsigned q)
{
    char a[PATH_MAX], b[PATH_MAX];
    path_of (s, p, a);
    path_of (s, q, b);
    switch (k) {
    case MAKE:
        return make (a);
    case MAKE_DIR:
        return mkdir (a, 0755);
    case LINK:
        return link (a, b);
    case RENAME:
        return rename (a, b);
    default:
        return s->names[p].is_dir ? rmdir (a) : unlink (a);
    }
}

static bool
mount_is_gone (const char *dir)
{
    if (errno == ENOENT && access (dir, F_OK) < 0)
        return true; /* a core without its supervisor has unmounted */
    return errno == ENOTCONN || errno == ECONNABORTED || errno == ENODEV || errno == ESHUTDOWN;
}

static int
run (char **argv)
{
    struct storm s = { .dir = argv[2] };
    char path[PATH_MAX];
    FILE *log = fopen (argv[3], "w");
    unsigned n = 0;
    srandom ((unsigned) atoi (argv[5]));
    for (unsigned i = 0; i < 2; i++) {
        snprintf (path, sizeof path, "%s/%u", s.dir, i);
        if (!log || mkdir (path, 0755) < 0)
            return mount_is_gone (s.dir) ? 0 : 1;
    }
    while (access (argv[4], F_OK) < 0) {
        enum kind k = (enum kind) (random () % KINDS);
        unsigned p = (unsigned) random () % NAMES, q = (unsigned) random () % NAMES;
        struct stat st = { 0 };
        if (!is_possible (&s, k, p, q))
            continue;
        fprintf (log, "%u %u %u\n", k, p, q);
        fflush (log);
        if (perform (&s, k, p, q) < 0 || ((k == MAKE || k == MAKE_DIR) && lstat (path_of (&s, p, path), &st) < 0)) {
            if (mount_is_gone (s.dir))
                break;
            fprintf (stderr, "storm: kind %u from %u to %u in %s: %s\n", k, p, q, s.dir, strerror (errno));
            return 1;
        }
        fprintf (log, "= %lu\n", (unsigned long) st.st_ino);
        fflush (log);
        apply (&s, k, p, q, st.st_ino);
        n++;
    }
    printf ("# %u answers\n", n);
    return 0;
}

static unsigned
links_of (const struct storm *s, unsigned long ino)
{
    unsigned n = 0;
    for (unsigned i = 0; i < NAMES; i++)
        n += s->names[i].there && s->names[i].ino == ino;
    return n;
}

static bool
matches (const struct storm *s, bool aloud)
{
    for (unsigned i = 0; i < NAMES; i++) {
        const struct name *n = &s->names[i];
        char path[PATH_MAX];
        struct stat st;
        bool there = lstat (path_of (s, i, path), &st) == 0;
        bool right = there == n->there;
        if (right && there)
            right = (n->is_dir ? S_ISDIR (st.st_mode) : S_ISREG (st.st_mode)) && (!n->ino || st.st_ino == n->ino)
                    && (n->is_dir || !n->ino || st.st_nlink == links_of (s, n->ino));
        if (!right && aloud)
            fprintf (stderr, "storm: %s is %s, but %s by all answers (inode %lu)\n", path, there ? "there" : "not there",
                     n->there ? "there" : "not there", n->ino);
        if (!right)
            return false;
    }
    return true;
}

static int
check (char **argv)
{
    struct storm s = { .dir = argv[2] };
    FILE *log = fopen (argv[3], "r");
    unsigned k, p, q;
    unsigned long ino;
    bool open = false;
    while (log && fscanf (log, " %u %u %u", &k, &p, &q) == 3) {
        open = fscanf (log, " = %lu", &ino) != 1;
        if (open)
            break;
        apply (&s, (enum kind) k, p, q, ino);
    }
    struct storm after = s;
    if (open)
        apply (&after, (enum kind) k, p, q, 0);
    return matches (&s, !open) || (open && matches (&after, true)) ? 0 : 1;
}

int
main (int argc, char **argv)
{
    if (argc == 6 && !strcmp (argv[1], "run"))
        return run (argv);
    if (argc == 4 && !strcmp (argv[1], "check"))
        return check (argv);
    fprintf (stderr, "Usage: storm run DIR LOG STOP SEED | storm check DIR LOG\n");
    return 2;
}
