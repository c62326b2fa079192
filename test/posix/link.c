/*
 * link and unlink: many names of one file.
 */
#include <sys/socket.h>
#include <sys/un.h>

#include "posix-test.h"

#define GROUP "link"

static bool
links_are_protected (void)
{
    FILE *f = fopen ("/proc/sys/fs/protected_hardlinks", "r");
    int c = f ? getc (f) : '0';
    if (f)
        fclose (f);
    return c == '1';
}

TEST (gives_a_file_two_names)
{
    make_text ("a", "text");
    OK (link ("a", "b"));
    EQ (2, links_of ("a"));
    EQ (2, links_of ("b"));
    EQ (look ("a").st_ino, look ("b").st_ino);
    SAME_TEXT ("text", text_of ("b"));
    OK (unlink ("a"));
    EQ (1, links_of ("b"));
    FAILS (ENOENT, open ("a", O_RDONLY));
    SAME_TEXT ("text", text_of ("b"));
}

TEST (what_one_name_changes_the_other_shows)
{
    make_text ("a", "text");
    OK (link ("a", "b"));
    OK (chmod ("a", 0640));
    EQ (0640, mode_of ("b"));
    OK (chown ("b", 5, 6));
    EQ (5, look ("a").st_uid);
    EQ (6, look ("a").st_gid);
    make_text ("b", "longer text");
    SAME_TEXT ("longer text", text_of ("a"));
    OK (truncate ("a", 3));
    EQ (3, size_of ("b"));
    struct timespec t[2] = { { 1000, 1 }, { 2000, 2 } };
    OK (utimensat (AT_FDCWD, "b", t, 0));
    EQ (2000, look ("a").st_mtim.tv_sec);
    EQ (2, look ("a").st_mtim.tv_nsec);
}

TEST (in_another_directory)
{
    make_dir ("d", 0755);
    make_dir ("e", 0755);
    make_text ("d/f", "text");
    OK (link ("d/f", "e/g"));
    EQ (look ("d/f").st_ino, look ("e/g").st_ino);
    EQ (2, links_of ("e/g"));
    OK (unlink ("d/f"));
    OK (rmdir ("d"));
    SAME_TEXT ("text", text_of ("e/g"));
    EQ (1, links_of ("e/g"));
}

TEST (a_hundred_names)
{
    char name[16];
    make_text ("f", "text");
    make_dir ("d", 0755);
    for (int i = 1; i <= 100; i++) {
        snprintf (name, sizeof name, "%sf%d", i % 2 ? "d/" : "", i);
        OK (link ("f", name));
        EQ (i + 1, links_of (name));
    }
    for (int i = 1; i <= 100; i++) {
        snprintf (name, sizeof name, "%sf%d", i % 2 ? "d/" : "", i);
        EQ (look ("f").st_ino, look (name).st_ino);
        OK (unlink (name));
        EQ (101 - i, links_of ("f"));
    }
    SAME_TEXT ("text", text_of ("f"));
}

TEST (refuses_a_name_that_is_there)
{
    make_file ("f", 0644);
    make_file ("g", 0644);
    make_dir ("d", 0755);
    OK (symlink ("nowhere", "dangling"));
    FAILS (EEXIST, link ("f", "g"));
    FAILS (EEXIST, link ("f", "d"));
    FAILS (EEXIST, link ("f", "dangling"));
    FAILS (EEXIST, link ("f", "f"));
    FAILS (EEXIST, link ("f", "."));
    EQ (1, links_of ("f"));
    EQ (1, links_of ("g"));
}

TEST (refuses_directories)
{
    make_dir ("d", 0755);
    FAILS (EPERM, link ("d", "e"));
    FAILS (EPERM, link (".", "e"));
    make_dir_of ("o", &alice, 0755);
    AS (alice)
        FAILS (EPERM, link ("o", "o/e"));
    TRUE (!exists ("e"));
}

TEST (refuses_what_is_not_there)
{
    make_file ("f", 0644);
    FAILS (ENOENT, link ("nothing", "n"));
    FAILS (ENOENT, link ("f", "nothing/n"));
    FAILS (ENOENT, link ("f", ""));
    FAILS (ENOENT, link ("", "n"));
    FAILS (ENOTDIR, link ("f", "f/n"));
    FAILS (ENOENT, link ("f", "n/"));
    FAILS (ENOTDIR, link ("f/", "n"));
    EQ (1, links_of ("f"));
}

TEST (does_not_follow_a_symbolic_link)
{
    make_file ("f", 0644);
    OK (symlink ("f", "s"));
    OK (link ("s", "t"));
    TRUE (S_ISLNK (look ("t").st_mode));
    EQ (2, links_of ("s"));
    EQ (1, links_of ("f"));
    OK (linkat (AT_FDCWD, "s", AT_FDCWD, "u", AT_SYMLINK_FOLLOW));
    TRUE (S_ISREG (look ("u").st_mode));
    EQ (2, links_of ("f"));
    OK (unlink ("s"));
    EQ (1, links_of ("t"));
}

TEST (of_special_files)
{
    struct sockaddr_un a = { .sun_family = AF_UNIX, .sun_path = "s" };
    OK (mkfifo ("p", 0644));
    OK (link ("p", "p2"));
    EQ (2, links_of ("p2"));
    TRUE (S_ISFIFO (look ("p2").st_mode));
    OK (bind ((int) OK (socket (AF_UNIX, SOCK_STREAM, 0)), (struct sockaddr *) &a, sizeof a));
    OK (link ("s", "s2"));
    EQ (2, links_of ("s"));
    OK (mknod ("c", S_IFCHR | 0644, 0x103));
    OK (link ("c", "c2"));
    EQ (0x103, look ("c2").st_rdev);
    OK (unlink ("c"));
    EQ (1, links_of ("c2"));
}

TEST (by_descriptor)
{
    make_dir ("d", 0755);
    make_text ("d/f", "text");
    int d = (int) OK (open ("d", O_RDONLY | O_DIRECTORY)), f = (int) OK (open ("d/f", O_RDONLY));
    OK (linkat (d, "f", AT_FDCWD, "g", 0));
    OK (linkat (f, "", d, "h", AT_EMPTY_PATH));
    EQ (3, links_of ("d/h"));
    EQ (3, look_fd (f).st_nlink);
    FAILS (EINVAL, linkat (d, "f", d, "i", 0x8000000));
    FAILS (EBADF, linkat (99, "f", d, "i", 0));
}

TEST (of_a_file_without_a_name_is_refused)
{
    char path[64];
    make_file ("f", 0644);
    int f = (int) OK (open ("f", O_RDWR));
    OK (unlink ("f"));
    snprintf (path, sizeof path, "/proc/self/fd/%d", f);
    FAILS (ENOENT, linkat (AT_FDCWD, path, AT_FDCWD, "g", AT_SYMLINK_FOLLOW));
    TRUE (!exists ("g"));
}

TEST (needs_a_directory_that_may_be_written)
{
    make_dir_of ("d", &alice, 0755);
    make_file_of ("d/f", &alice, 0666);
    make_dir ("closed", 0755);
    AS (alice) {
        FAILS (EACCES, link ("d/f", "closed/g"));
        OK (link ("d/f", "d/g"));
        OK (unlink ("d/g"));
    }
    AS (bob)
        FAILS (EACCES, link ("d/f", "d/h"));
    EQ (1, links_of ("d/f"));
}

TEST (of_others_files)
{
    make_dir ("d", 0777);
    make_file_of ("writable", &alice, 0666);
    make_file_of ("readable", &alice, 0644);
    AS (bob) {
        OK (link ("writable", "d/w"));
        if (links_are_protected ())
            FAILS (EPERM, link ("readable", "d/r"));
        else
            OK (link ("readable", "d/r"));
    }
}

/* --- unlink ----------------------------------------------------------------------------------------- */

#undef GROUP
#define GROUP "unlink"

TEST (removes_every_kind_but_directories)
{
    struct sockaddr_un a = { .sun_family = AF_UNIX, .sun_path = "s" };
    make_file ("f", 0);
    OK (symlink ("f", "l"));
    OK (symlink ("nowhere", "dangling"));
    OK (mkfifo ("p", 0));
    OK (mknod ("c", S_IFCHR, 0));
    OK (bind ((int) OK (socket (AF_UNIX, SOCK_STREAM, 0)), (struct sockaddr *) &a, sizeof a));
    make_dir ("d", 0755);
    OK (unlink ("l"));
    TRUE (exists ("f"));
    OK (unlink ("f"));
    OK (unlink ("dangling"));
    OK (unlink ("p"));
    OK (unlink ("c"));
    OK (unlink ("s"));
    TRUE (!exists ("l") && !exists ("f") && !exists ("p") && !exists ("c") && !exists ("s"));
    FAILS (EISDIR, unlink ("d"));
    FAILS (EISDIR, unlink ("."));
    FAILS (ENOENT, unlink ("f"));
    TRUE (exists ("d"));
}

TEST (minds_a_trailing_slash)
{
    make_file ("f", 0644);
    make_dir ("d", 0755);
    OK (symlink ("d", "l"));
    FAILS (ENOTDIR, unlink ("f/"));
    FAILS (EISDIR, unlink ("d/"));
    FAILS (ENOTDIR, unlink ("l/"));
    FAILS (ENOENT, unlink ("nothing/"));
    TRUE (exists ("f") && exists ("d") && exists ("l"));
}

TEST (and_make_again_gives_another_file)
{
    for (int i = 0; i < 20; i++) {
        make_text ("f", i % 2 ? "odd" : "even");
        SAME_TEXT (i % 2 ? "odd" : "even", text_of ("f"));
        EQ (1, links_of ("f"));
        OK (unlink ("f"));
        TRUE (!exists ("f"));
    }
    OK (mkdir ("f", 0755));
    OK (rmdir ("f"));
    OK (symlink ("g", "f"));
    TRUE (S_ISLNK (look ("f").st_mode));
}

TEST (by_descriptor_and_flag)
{
    make_dir ("d", 0755);
    make_file ("d/f", 0644);
    make_dir ("d/e", 0755);
    int d = (int) OK (open ("d", O_RDONLY | O_DIRECTORY));
    FAILS (EISDIR, unlinkat (d, "e", 0));
    FAILS (ENOTDIR, unlinkat (d, "f", AT_REMOVEDIR));
    OK (unlinkat (d, "e", AT_REMOVEDIR));
    OK (unlinkat (d, "f", 0));
    FAILS (ENOENT, unlinkat (d, "f", 0));
    FAILS (EINVAL, unlinkat (d, "f", 0x8000000));
}

TEST (needs_no_leave_for_the_file_itself)
{
    make_dir_of ("d", &alice, 0755);
    make_file_of ("d/f", &bob, 0);
    AS (bob)
        FAILS (EACCES, unlink ("d/f"));
    AS (alice)
        OK (unlink ("d/f"));
    TRUE (!exists ("d/f"));
}

/* --- sticky directories ----------------------------------------------------------------------------- */

#undef GROUP
#define GROUP "sticky"

static const struct sticky {
    const char *name;
    const struct user *dir, *file; /* owners; alice acts */
    mode_t mode;
    bool may;
} stickies[] = {
    { "ones own file in anothers directory", &bob, &alice, 01777, true },
    { "anothers file in ones own directory", &alice, &bob, 01777, true },
    { "anothers file in anothers directory", &bob, &bob, 01777, false },
    { "roots file in roots directory", &root, &root, 01777, false },
    { "anothers file in roots directory", &root, &bob, 01777, false },
    { "ones own file in roots directory", &root, &alice, 01777, true },
    { "anothers file where nothing is sticky", &root, &bob, 0777, true },
};

TEST_EACH (unlink_of, stickies)
{
    make_dir_of ("d", row->dir, row->mode);
    make_file_of ("d/f", row->file, 0666);
    AS (alice) {
        if (row->may)
            OK (unlink ("d/f"));
        else
            FAILS (EPERM, unlink ("d/f"));
    }
    EQ (!row->may, exists ("d/f"));
}

TEST_EACH (rmdir_of, stickies)
{
    make_dir_of ("d", row->dir, row->mode);
    make_dir_of ("d/e", row->file, 0777);
    AS (alice) {
        if (row->may)
            OK (rmdir ("d/e"));
        else
            FAILS (EPERM, rmdir ("d/e"));
    }
    EQ (!row->may, exists ("d/e"));
}

TEST_EACH (rename_of, stickies)
{
    make_dir_of ("d", row->dir, row->mode);
    make_file_of ("d/f", row->file, 0666);
    make_dir ("to", 0777);
    AS (alice) {
        if (row->may) {
            OK (rename ("d/f", "d/g"));
            OK (rename ("d/g", "to/g"));
        } else {
            FAILS (EPERM, rename ("d/f", "d/g"));
            FAILS (EPERM, rename ("d/f", "to/g"));
        }
    }
    EQ (!row->may, exists ("d/f"));
}

TEST_EACH (rename_over, stickies)
{
    make_dir_of ("d", row->dir, row->mode);
    make_file_of ("d/f", row->file, 0666);
    make_dir_of ("from", &alice, 0777);
    make_file_of ("from/f", &alice, 0600);
    ino_t old = look ("d/f").st_ino;
    AS (alice) {
        if (row->may)
            OK (rename ("from/f", "d/f"));
        else
            FAILS (EPERM, rename ("from/f", "d/f"));
    }
    EQ (!row->may, look ("d/f").st_ino == old);
}

TEST_EACH (exchange_with, stickies)
{
    make_dir_of ("d", row->dir, row->mode);
    make_file_of ("d/f", row->file, 0666);
    make_dir_of ("from", &alice, 0777);
    make_file_of ("from/f", &alice, 0600);
    ino_t old = look ("d/f").st_ino;
    AS (alice) {
        if (row->may)
            OK (rename2 ("from/f", "d/f", 2));
        else
            FAILS (EPERM, rename2 ("from/f", "d/f", 2));
    }
    EQ (!row->may, look ("d/f").st_ino == old);
}

TEST (new_names_are_anybodys)
{
    make_dir ("d", 01777);
    AS (alice) {
        OK (mknod ("d/f", S_IFREG | 0644, 0));
        OK (mkdir ("d/e", 0755));
        OK (symlink ("f", "d/l"));
        OK (link ("d/f", "d/g"));
    }
    AS (bob) {
        FAILS (EPERM, unlink ("d/f"));
        FAILS (EPERM, rmdir ("d/e"));
        FAILS (EPERM, unlink ("d/l"));
        OK (mknod ("d/h", S_IFREG | 0644, 0));
    }
    OK (unlink ("d/f"));
}
