/*
 * mkdir, rmdir, and reading directories.
 */
#include <dirent.h>
#include <limits.h>
#include <sys/syscall.h>

#include "posix-test.h"

#define GROUP "mkdir"

static const struct {
    const char *name;
    mode_t mode, mask, want;
} modes[] = {
    { "0755", 0755, 0, 0755 },          { "0777 under 022", 0777, 022, 0755 }, { "0700 under 077", 0700, 077, 0700 }, { "0 under 0", 0, 0, 0 },
    { "1777 under 0", 01777, 0, 01777 }, { "0777 under 0777", 0777, 0777, 0 },  { "6755 under 0", 06755, 0, 0755 },
};

TEST_EACH (makes_a_directory_of_mode, modes)
{
    umask (row->mask);
    OK (mkdir ("d", row->mode));
    umask (0);
    struct stat st = look ("d");
    EQ (row->want, st.st_mode & 07777);
    TRUE (S_ISDIR (st.st_mode));
    EQ (0, st.st_uid);
    EQ (0, st.st_gid);
    if (dirs_count_links ())
        EQ (2, st.st_nlink);
}

TEST (makes_a_directory_of_the_caller)
{
    make_dir ("d", 0777);
    AS (alice) {
        OK (mkdir ("d/e", 0755));
        EQ (alice.uid, look ("d/e").st_uid);
        EQ (alice.gid, look ("d/e").st_gid);
        OK (mkdir ("d/e/f", 0));
        FAILS (EACCES, mkdir ("d/e/f/g", 0755));
    }
    AS (bob)
        FAILS (EACCES, mkdir ("d/e/g", 0755));
}

TEST (counts_links_of_the_parent)
{
    char name[16];
    if (!dirs_count_links ())
        skip ("directories do not count links here");
    for (int i = 1; i <= 10; i++) {
        snprintf (name, sizeof name, "d%d", i);
        OK (mkdir (name, 0755));
        EQ (2 + i, links_of ("."));
    }
    make_file ("f", 0644);
    EQ (12, links_of ("."));
    OK (rmdir ("d3"));
    EQ (11, links_of ("."));
    OK (mkdir ("d1/e", 0755));
    EQ (11, links_of ("."));
    EQ (3, links_of ("d1"));
}

TEST (takes_a_trailing_slash)
{
    OK (mkdir ("d/", 0755));
    OK (mkdir ("d//e///", 0755));
    TRUE (S_ISDIR (look ("d/e").st_mode));
    OK (symlink ("nowhere", "s"));
    FAILS (EEXIST, mkdir ("s/", 0755));
    TRUE (!exists ("nowhere"));
}

TEST (in_a_removed_directory_is_refused)
{
    OK (mkdir ("d", 0755));
    OK (chdir ("d"));
    OK (rmdir ("../d"));
    FAILS (ENOENT, mkdir ("e", 0755));
    FAILS (ENOENT, open ("f", O_RDWR | O_CREAT, 0644));
    FAILS (ENOENT, symlink ("x", "g"));
    FAILS (ENOENT, mkfifo ("p", 0644));
    OK (chdir (".."));
}

#undef GROUP
#define GROUP "rmdir"

TEST (removes_an_empty_directory)
{
    OK (mkdir ("d", 0));
    OK (rmdir ("d"));
    TRUE (!exists ("d"));
    FAILS (ENOENT, rmdir ("d"));
    OK (mkdir ("d", 0755));
    OK (rmdir ("d/"));
}

TEST (refuses_what_is_not_empty)
{
    OK (mkdir ("d", 0755));
    make_file ("d/f", 0644);
    FAILS (ENOTEMPTY, rmdir ("d"));
    OK (unlink ("d/f"));
    OK (mkdir ("d/e", 0755));
    FAILS (ENOTEMPTY, rmdir ("d"));
    OK (rmdir ("d/e"));
    OK (symlink ("x", "d/s"));
    FAILS (ENOTEMPTY, rmdir ("d"));
    OK (unlink ("d/s"));
    OK (rmdir ("d"));
}

TEST (refuses_dots)
{
    OK (mkdir ("d", 0755));
    OK (mkdir ("d/e", 0755));
    FAILS (EINVAL, rmdir ("."));
    FAILS (EINVAL, rmdir ("d/."));
    FAILS (ENOTEMPTY, rmdir (".."));
    FAILS (ENOTEMPTY, rmdir ("d/e/.."));
    TRUE (exists ("d/e"));
}

TEST (refuses_what_is_no_directory)
{
    make_file ("f", 0644);
    OK (mkdir ("d", 0755));
    OK (symlink ("d", "s"));
    OK (mkfifo ("p", 0644));
    FAILS (ENOTDIR, rmdir ("f"));
    FAILS (ENOTDIR, rmdir ("s"));
    FAILS (ENOTDIR, rmdir ("s/"));
    FAILS (ENOTDIR, rmdir ("p"));
    TRUE (exists ("d") && exists ("s"));
}

TEST (needs_a_parent_that_may_be_written)
{
    make_dir_of ("d", &alice, 0755);
    make_dir_of ("d/e", &bob, 0777);
    make_dir_of ("d/g", &bob, 0);
    AS (bob)
        FAILS (EACCES, rmdir ("d/e"));
    AS (alice) {
        OK (rmdir ("d/e"));
        OK (rmdir ("d/g"));
    }
}

/* --- reading ---------------------------------------------------------------------------------------- */

#undef GROUP
#define GROUP "readdir"

enum { MANY = 5000 };

static void
make_many (int n)
{
    char name[32];
    for (int i = 0; i < n; i++) {
        snprintf (name, sizeof name, "entry-%d", i);
        OK (mknod (name, S_IFREG | 0644, 0));
    }
}

static DIR *
open_here (void)
{
    DIR *d = opendir (".");
    TRUE (d != NULL);
    return d;
}

static int
number_of (const char *name)
{
    int i = -1;
    return sscanf (name, "entry-%d", &i) == 1 ? i : -1;
}

/* Each of n entries once, and the dots. */
static void
read_all (DIR *d, int n)
{
    static unsigned char seen[MANY];
    int dots = 0, others = 0;
    memset (seen, 0, sizeof seen);
    errno = 0;
    for (struct dirent *e; (e = readdir (d));) {
        int i = number_of (e->d_name);
        if (i >= 0 && i < n)
            seen[i]++;
        else if (strcmp (e->d_name, ".") == 0 || strcmp (e->d_name, "..") == 0)
            dots++;
        else
            others++;
    }
    EQ (0, errno);
    EQ (2, dots);
    EQ (0, others);
    int once = 0;
    for (int i = 0; i < n; i++)
        once += seen[i] == 1;
    EQ (n, once);
}

static const struct {
    const char *name;
    int n;
} sizes[] = { { "no entry", 0 }, { "one entry", 1 }, { "two entries", 2 }, { "100 entries", 100 }, { "1000 entries", 1000 }, { "5000 entries", MANY } };

TEST_EACH (gives_each_once_of, sizes)
{
    make_many (row->n);
    DIR *d = open_here ();
    read_all (d, row->n);
    rewinddir (d);
    read_all (d, row->n);
    closedir (d);
    for (int i = 0; i < row->n; i += 2) {
        char name[32];
        snprintf (name, sizeof name, "entry-%d", i);
        if (unlink (name) < 0)
            OK (-1);
    }
}

TEST (tells_types_and_inodes)
{
    make_file ("file", 0644);
    make_dir ("dir", 0755);
    OK (symlink ("x", "link"));
    OK (mkfifo ("fifo", 0644));
    OK (mknod ("socket", S_IFSOCK | 0644, 0));
    OK (mknod ("device", S_IFCHR | 0644, 0x103));
    DIR *d = open_here ();
    for (struct dirent *e; (e = readdir (d));) {
        struct stat st = look (e->d_name);
        note ("%s", e->d_name);
        if (e->d_type != DT_UNKNOWN)
            EQ (IFTODT (st.st_mode), e->d_type);
        EQ (st.st_ino, e->d_ino);
    }
    closedir (d);
}

TEST (seeks_to_where_it_was_told)
{
    enum { N = 200 };
    static long at[N + 3];
    static char names[N + 3][NAME_MAX + 1];
    int n = 0;
    make_many (N);
    DIR *d = open_here ();
    for (;;) {
        at[n] = telldir (d);
        struct dirent *e = readdir (d);
        if (!e)
            break;
        snprintf (names[n++], sizeof names[0], "%s", e->d_name);
    }
    EQ (N + 2, n);
    for (int k = 0; k < n; k++) {
        int i = k * 89 % n;
        seekdir (d, at[i]);
        struct dirent *e = readdir (d);
        TRUE (e != NULL);
        SAME_TEXT (names[i], e->d_name);
    }
    seekdir (d, at[n]);
    TRUE (readdir (d) == NULL);
    closedir (d);
}

TEST (sees_what_was_made_before_a_rewind)
{
    DIR *d = open_here ();
    read_all (d, 0);
    make_many (10);
    rewinddir (d);
    read_all (d, 10);
    OK (unlink ("entry-9"));
    rewinddir (d);
    read_all (d, 9);
    closedir (d);
}

TEST (while_what_was_read_is_removed)
{
    enum { N = 600 };
    int n = 0;
    make_many (N);
    DIR *d = open_here ();
    for (struct dirent *e; (e = readdir (d));) {
        if (number_of (e->d_name) < 0)
            continue;
        OK (unlink (e->d_name));
        n++;
    }
    closedir (d);
    EQ (N, n);
    d = open_here ();
    read_all (d, 0);
    closedir (d);
}

/* Others come and go; those that stay are given once. */
TEST (while_others_are_made_and_removed)
{
    enum { N = 400 };
    static unsigned char seen[N];
    char name[32];
    int steps = 0, once = 0;
    make_many (N);
    for (int i = 0; i < N; i++) {
        snprintf (name, sizeof name, "before-%d", i);
        OK (mknod (name, S_IFREG | 0644, 0));
    }
    DIR *d = open_here ();
    for (struct dirent *e; (e = readdir (d)); steps++) {
        int i = number_of (e->d_name);
        if (i >= 0)
            seen[i]++;
        if (steps >= N)
            continue;
        snprintf (name, sizeof name, "after-%d", steps);
        OK (mknod (name, S_IFREG | 0644, 0));
        snprintf (name, sizeof name, "before-%d", steps);
        OK (unlink (name));
    }
    closedir (d);
    for (int i = 0; i < N; i++)
        once += seen[i] == 1;
    EQ (N, once);
}

TEST (by_two_streams_at_once)
{
    make_many (300);
    DIR *a = open_here (), *b = open_here ();
    for (int i = 0; i < 100; i++)
        TRUE (readdir (a) != NULL);
    read_all (b, 300);
    rewinddir (a);
    read_all (a, 300);
    closedir (a);
    closedir (b);
}

struct raw_entry {
    uint64_t ino, off;
    uint16_t length;
    uint8_t type;
    char name[];
};

TEST (in_small_pieces)
{
    _Alignas (8) char buf[320];
    int n = 0;
    long got;
    make_many (300);
    int fd = (int) OK (open (".", O_RDONLY | O_DIRECTORY));
    while ((got = syscall (SYS_getdents64, fd, buf, sizeof buf)) > 0)
        for (long at = 0; at < got; n++)
            at += ((struct raw_entry *) (buf + at))->length;
    OK (got);
    EQ (302, n);
    EQ (0, lseek (fd, 0, SEEK_SET));
    FAILS (EINVAL, syscall (SYS_getdents64, fd, buf, 16));
}

TEST (goes_on_in_a_new_stream_where_another_was)
{
    enum { N = 100 };
    int n = 0;
    make_many (N);
    int fd = (int) OK (open (".", O_RDONLY | O_DIRECTORY));
    DIR *a = fdopendir (dup (fd));
    TRUE (a != NULL);
    for (int i = 0; i < 50; i++)
        TRUE (readdir (a) != NULL);
    long where = telldir (a);
    closedir (a);
    EQ (where, lseek (fd, where, SEEK_SET));
    DIR *b = fdopendir (fd);
    TRUE (b != NULL);
    while (readdir (b))
        n++;
    EQ (N + 2 - 50, n);
    closedir (b);
}

TEST (needs_leave_to_read)
{
    make_dir_of ("d", &alice, 0311);
    make_file ("d/f", 0644);
    AS (alice) {
        TRUE (opendir ("d") == NULL && errno == EACCES);
        OK (access ("d/f", F_OK));
    }
    OK (chmod ("d", 0744));
    AS (bob) {
        DIR *d = opendir ("d");
        TRUE (d != NULL);
        int n = 0;
        while (readdir (d))
            n++;
        EQ (3, n);
        FAILS (EACCES, access ("d/f", F_OK));
    }
}

TEST (of_a_file_is_refused)
{
    char c;
    make_file ("f", 0644);
    TRUE (opendir ("f") == NULL && errno == ENOTDIR);
    int fd = (int) OK (open (".", O_RDONLY));
    FAILS (EISDIR, read (fd, &c, 1));
    FAILS (EBADF, write (fd, &c, 1));
    FAILS (EINVAL, ftruncate (fd, 0));
}

TEST (of_a_removed_directory_gives_nothing)
{
    make_dir ("d", 0755);
    DIR *d = opendir ("d");
    TRUE (d != NULL);
    OK (rmdir ("d"));
    int n = 0;
    for (struct dirent *e; (e = readdir (d));)
        n += e->d_name[0] != '.';
    EQ (0, n);
    closedir (d);
}

TEST (knows_its_parent)
{
    make_dir ("d", 0755);
    make_dir ("d/e", 0755);
    ino_t self = 0, up = 0;
    DIR *d = opendir ("d/e");
    TRUE (d != NULL);
    for (struct dirent *e; (e = readdir (d));) {
        if (strcmp (e->d_name, ".") == 0)
            self = e->d_ino;
        if (strcmp (e->d_name, "..") == 0)
            up = e->d_ino;
    }
    closedir (d);
    EQ (look ("d/e").st_ino, self);
    EQ (look ("d").st_ino, up);
    OK (rename ("d/e", "e"));
    EQ (look (".").st_ino, look ("e/..").st_ino);
}
