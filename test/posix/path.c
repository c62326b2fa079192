/*
 * Paths that lead nowhere: every call that takes a path answers them alike.
 */
#include <dirent.h>
#include <limits.h>
#include <sys/statvfs.h>
#include <sys/xattr.h>

#include "posix-test.h"

#define GROUP "path"

enum {
    FOLLOWS = 1, /* a symbolic link at the end */
    CREATES = 2, /* a new name */
    REPLACES = 4, /* does not mind if the name is there */
    DIRS = 8, /* wants a directory */
    LINKS = 16, /* wants a symbolic link */
};

static struct stat scratch;
static char buffer[64];

static int do_open (const char *p) { int fd = open (p, O_RDONLY); return fd < 0 ? -1 : close (fd); }
static int do_open_write (const char *p) { int fd = open (p, O_RDWR); return fd < 0 ? -1 : close (fd); }
static int do_create (const char *p) { int fd = open (p, O_RDWR | O_CREAT, 0644); return fd < 0 ? -1 : close (fd); }
static int do_create_excl (const char *p) { int fd = open (p, O_RDWR | O_CREAT | O_EXCL, 0644); return fd < 0 ? -1 : close (fd); }
static int do_opendir (const char *p) { DIR *d = opendir (p); return d ? closedir (d) : -1; }
static int do_stat (const char *p) { return stat (p, &scratch); }
static int do_lstat (const char *p) { return lstat (p, &scratch); }
static int do_access (const char *p) { return access (p, F_OK); }
static int do_statvfs (const char *p) { struct statvfs s; return statvfs (p, &s); }
static int do_chmod (const char *p) { return chmod (p, 0755); }
static int do_chown (const char *p) { return chown (p, 0, 0); }
static int do_lchown (const char *p) { return lchown (p, 0, 0); }
static int do_truncate (const char *p) { return truncate (p, 0); }
static int do_utimens (const char *p) { return utimensat (AT_FDCWD, p, NULL, 0); }
static int do_utimens_link (const char *p) { return utimensat (AT_FDCWD, p, NULL, AT_SYMLINK_NOFOLLOW); }
static int do_readlink (const char *p) { return (int) readlink (p, buffer, sizeof buffer); }
static int do_unlink (const char *p) { return unlink (p); }
static int do_rmdir (const char *p) { return rmdir (p); }
static int do_chdir (const char *p) { return chdir (p); }
static int do_mkdir (const char *p) { return mkdir (p, 0755); }
static int do_mkfifo (const char *p) { return mkfifo (p, 0644); }
static int do_mknod (const char *p) { return mknod (p, S_IFREG | 0644, 0); }
static int do_symlink (const char *p) { return symlink ("target", p); }
static int do_link_from (const char *p) { return link (p, "link-of-it"); }
static int do_link_to (const char *p) { return link ("file", p); }
static int do_rename_from (const char *p) { return rename (p, "renamed"); }
static int do_rename_to (const char *p) { return rename ("spare", p); }
static int do_getxattr (const char *p) { int n = (int) getxattr (p, "user.x", buffer, sizeof buffer); return n < 0 && errno == ENODATA ? 0 : n; }
static int do_setxattr (const char *p) { return setxattr (p, "user.x", "y", 1, 0); }
static int do_listxattr (const char *p) { return (int) listxattr (p, NULL, 0); }
static int do_removexattr (const char *p) { int r = removexattr (p, "user.x"); return r < 0 && errno == ENODATA ? 0 : r; }

static const struct call {
    const char *name;
    int (*run) (const char *path);
    unsigned is;
} calls[] = {
    { "open", do_open, FOLLOWS },
    { "open for writing", do_open_write, FOLLOWS },
    { "open with o_creat", do_create, FOLLOWS | CREATES | REPLACES },
    { "open with o_excl", do_create_excl, CREATES },
    { "opendir", do_opendir, FOLLOWS | DIRS },
    { "stat", do_stat, FOLLOWS },
    { "lstat", do_lstat, 0 },
    { "access", do_access, FOLLOWS },
    { "statvfs", do_statvfs, FOLLOWS },
    { "chmod", do_chmod, FOLLOWS },
    { "chown", do_chown, FOLLOWS },
    { "lchown", do_lchown, 0 },
    { "truncate", do_truncate, FOLLOWS },
    { "utimensat", do_utimens, FOLLOWS },
    { "utimensat of a link", do_utimens_link, 0 },
    { "readlink", do_readlink, LINKS },
    { "unlink", do_unlink, 0 },
    { "rmdir", do_rmdir, DIRS },
    { "chdir", do_chdir, FOLLOWS | DIRS },
    { "mkdir", do_mkdir, CREATES },
    { "mkfifo", do_mkfifo, CREATES },
    { "mknod", do_mknod, CREATES },
    { "symlink", do_symlink, CREATES },
    { "link from", do_link_from, 0 },
    { "link to", do_link_to, CREATES },
    { "rename from", do_rename_from, 0 },
    { "rename to", do_rename_to, CREATES | REPLACES },
    { "getxattr", do_getxattr, FOLLOWS },
    { "setxattr", do_setxattr, FOLLOWS },
    { "listxattr", do_listxattr, FOLLOWS },
    { "removexattr", do_removexattr, FOLLOWS },
};

static void
make_scene (void)
{
    make_file ("file", 0644);
    make_file ("spare", 0644);
    make_dir ("dir", 0755);
    make_dir ("closed", 0700);
    OK (symlink ("loop", "loop"));
    OK (symlink ("loop-b", "loop-a"));
    OK (symlink ("loop-a", "loop-b"));
}

TEST_EACH (that_leads_nowhere_given_to, calls)
{
    make_scene ();
    FAILS (ENOENT, row->run (""));
    FAILS (ENOENT, row->run ("missing/x"));
    FAILS (ENOENT, row->run ("missing/x/y"));
    FAILS (ENOENT, row->run ("dir/missing/x"));
    FAILS (ENOTDIR, row->run ("file/x"));
    FAILS (ENOTDIR, row->run ("file/x/y"));
    FAILS (ENOTDIR, row->run ("file/../file"));
    FAILS (ELOOP, row->run ("loop/x"));
    FAILS (ELOOP, row->run ("loop-a/x"));
    if (row->is & CREATES)
        return;
    FAILS (ENOENT, row->run ("missing"));
    FAILS (ENOENT, row->run ("dir/missing"));
    if (row->is & FOLLOWS)
        FAILS (ELOOP, row->run ("loop"));
    if (row->is & DIRS)
        FAILS (ENOTDIR, row->run ("file"));
}

TEST_EACH (that_is_too_long_given_to, calls)
{
    char path[PATH_MAX + 2];
    make_scene ();
    const char *name = repeat ('n', NAME_MAX + 1);
    FAILS (ENAMETOOLONG, row->run (name));
    snprintf (path, sizeof path, "dir/%s", name);
    FAILS (ENAMETOOLONG, row->run (path));
    snprintf (path, sizeof path, "%s/x", name);
    FAILS (ENAMETOOLONG, row->run (path));
    memset (path, '/', sizeof path);
    for (size_t i = 0; i < sizeof path; i += 2)
        path[i] = '.';
    path[PATH_MAX] = 0; /* 4096 bytes and the NUL */
    FAILS (ENAMETOOLONG, row->run (path));
}

/* 4,095 bytes that end in that name. */
static const char *
longest_path (const char *name)
{
    static char path[PATH_MAX];
    size_t n = strlen (name), room = PATH_MAX - 1 - n;
    for (size_t i = 0; i < room; i++)
        path[i] = i % 2 == (room - 1) % 2 ? '/' : '.';
    if (path[0] == '/')
        path[0] = '.', path[1] = '/';
    memcpy (path + room, name, n + 1);
    return path;
}

TEST_EACH (of_4095_bytes_given_to, calls)
{
    make_scene ();
    OK (symlink ("file", "link"));
    OK (row->run (longest_path (row->is & CREATES ? "new" : row->is & DIRS ? "dir" : row->is & LINKS ? "link" : "file")));
    EQ (PATH_MAX - 1, strlen (longest_path ("file")));
}

TEST_EACH (that_may_not_be_searched_given_to, calls)
{
    make_scene ();
    make_file ("closed/file", 0666);
    make_dir ("closed/dir", 0777);
    OK (symlink ("closed", "to-closed"));
    OK (symlink ("closed/file", "to-file"));
    AS (alice) {
        FAILS (EACCES, row->run ("closed/file"));
        FAILS (EACCES, row->run ("closed/missing"));
        FAILS (EACCES, row->run ("closed/dir"));
        FAILS (EACCES, row->run ("closed/dir/missing"));
        FAILS (EACCES, row->run ("to-closed/file"));
        if (row->is & FOLLOWS)
            FAILS (EACCES, row->run ("to-file"));
    }
}

TEST (that_ends_in_what_is_there_is_refused_by_all_that_make_a_name)
{
    static const char *const taken[] = { "file", "dir", "fifo", "loop", "dangling", ".", "..", "dir/." };
    make_scene ();
    OK (mkfifo ("fifo", 0644));
    OK (symlink ("nowhere", "dangling"));
    for (size_t i = 0; i < COUNT_OF (calls); i++) {
        note ("%s", calls[i].name);
        for (size_t k = 0; (calls[i].is & (CREATES | REPLACES)) == CREATES && k < COUNT_OF (taken); k++)
            FAILS (EEXIST, calls[i].run (taken[k]));
    }
    TRUE (!exists ("nowhere"));
}

TEST_EACH (through_links_given_to, calls)
{
    static const char *const names[] = { "file", "dir", "link" };
    char path[64];
    make_scene ();
    make_dir ("dir/below", 0755);
    make_file ("dir/below/file", 0644);
    make_dir ("dir/below/dir", 0755);
    OK (symlink ("file", "dir/below/link"));
    OK (symlink ("dir", "one"));
    OK (symlink ("one/below", "two"));
    const char *name = row->is & CREATES ? "new" : names[row->is & DIRS ? 1 : row->is & LINKS ? 2 : 0];
    snprintf (path, sizeof path, "two/../below/%s", name);
    OK (row->run (path));
}

/* --- chains of links -------------------------------------------------------------------------------- */

TEST (of_40_links_is_followed_and_of_41_is_a_loop)
{
    char from[16], to[16];
    make_text ("l0", "text");
    for (int i = 1; i <= 41; i++) {
        snprintf (from, sizeof from, "l%d", i - 1);
        snprintf (to, sizeof to, "l%d", i);
        OK (symlink (from, to));
    }
    SAME_TEXT ("text", text_of ("l40"));
    FAILS (ELOOP, open ("l41", O_RDONLY));
    FAILS (ELOOP, stat ("l41", &scratch));
    OK (lstat ("l41", &scratch));
}

TEST (with_dots_and_slashes)
{
    make_dir ("d", 0755);
    make_dir ("d/e", 0755);
    make_text ("d/e/f", "text");
    SAME_TEXT ("text", text_of (".//d/./e/.//f"));
    SAME_TEXT ("text", text_of ("d/e/../../d/../d/e/f"));
    ino_t top = look (".").st_ino;
    EQ (top, look ("d/..").st_ino);
    EQ (top, look ("d/e/../..").st_ino);
    EQ (look ("d").st_ino, look ("d/e/..").st_ino);
    EQ (look ("d").st_ino, look ("d/.").st_ino);
}
