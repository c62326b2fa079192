/*
 * Symbolic links, fifos, sockets, devices.
 */
#include <limits.h>
#include <sys/socket.h>
#include <sys/sysmacros.h>
#include <sys/un.h>

#include "posix-test.h"

#define GROUP "symlink"

static const char *
target_of (const char *path)
{
    static char buf[PATH_MAX + 1];
    ssize_t n = OK (readlink (path, buf, sizeof buf));
    buf[n] = 0;
    return buf;
}

static const struct {
    const char *name;
    size_t size;
} targets[] = {
    { "1 byte", 1 },       { "59 bytes", 59 },     { "60 bytes", 60 },     { "255 bytes", 255 },   { "256 bytes", 256 },
    { "1023 bytes", 1023 }, { "4000 bytes", 4000 }, { "4094 bytes", 4094 }, { "4095 bytes", 4095 },
};

TEST_EACH (to_a_target_of, targets)
{
    const char *t = repeat ('t', row->size);
    OK (symlink (t, "s"));
    struct stat st = look ("s");
    EQ (row->size, st.st_size);
    EQ (0777, st.st_mode & 07777);
    EQ (1, st.st_nlink);
    TRUE (S_ISLNK (st.st_mode));
    SAME_TEXT (t, target_of ("s"));
    OK (rename ("s", "r"));
    SAME_TEXT (t, target_of ("r"));
    OK (unlink ("r"));
}

TEST (refuses_a_target_of_4096_bytes)
{
    FAILS (ENAMETOOLONG, symlink (repeat ('t', 4096), "s"));
    FAILS (ENAMETOOLONG, symlink (repeat ('t', 5000), "s"));
    FAILS (ENOENT, symlink ("", "s"));
    TRUE (!exists ("s"));
}

TEST (keeps_every_byte)
{
    char t[256];
    for (int c = 1; c < 256; c++)
        t[c - 1] = (char) c;
    t[255] = 0;
    OK (symlink (t, "s"));
    SAME_TEXT (t, target_of ("s"));
    OK (symlink ("a//b/../c/./", "u"));
    SAME_TEXT ("a//b/../c/./", target_of ("u"));
}

TEST (readlink_cuts_to_the_buffer)
{
    char buf[8] = "........";
    OK (symlink ("0123456789", "s"));
    EQ (4, readlink ("s", buf, 4));
    SAME_BYTES ("0123....", buf, 8);
    FAILS (EINVAL, readlink ("s", buf, 0));
}

TEST (readlink_wants_a_link)
{
    char buf[8];
    make_file ("f", 0644);
    make_dir ("d", 0755);
    FAILS (EINVAL, readlink ("f", buf, sizeof buf));
    FAILS (EINVAL, readlink ("d", buf, sizeof buf));
    FAILS (EINVAL, readlink (".", buf, sizeof buf));
    FAILS (ENOENT, readlink ("n", buf, sizeof buf));
}

TEST (belongs_to_the_caller)
{
    make_dir ("d", 0777);
    AS (alice) {
        OK (symlink ("x", "d/s"));
        EQ (alice.uid, look ("d/s").st_uid);
        EQ (alice.gid, look ("d/s").st_gid);
        FAILS (EACCES, symlink ("x", "s"));
    }
    AS (bob)
        SAME_TEXT ("x", target_of ("d/s"));
}

TEST (calls_follow_it)
{
    make_text ("f", "text");
    OK (chmod ("f", 0600));
    OK (symlink ("f", "s"));
    OK (chmod ("s", 0640));
    EQ (0640, mode_of ("f"));
    OK (chown ("s", 3, 4));
    EQ (3, look ("f").st_uid);
    EQ (0, look ("s").st_uid);
    OK (lchown ("s", 5, 6));
    EQ (5, look ("s").st_uid);
    EQ (6, look ("s").st_gid);
    EQ (3, look ("f").st_uid);
    OK (truncate ("s", 2));
    EQ (2, size_of ("f"));
    EQ (1, size_of ("s"));
    SAME_TEXT ("te", text_of ("s"));
    make_text ("s", "through");
    SAME_TEXT ("through", text_of ("f"));
}

TEST (to_a_directory)
{
    OK (mkdir ("d", 0755));
    make_text ("d/f", "text");
    OK (symlink ("d", "s"));
    SAME_TEXT ("text", text_of ("s/f"));
    OK (mkdir ("s/e", 0755));
    TRUE (exists ("d/e"));
    OK (symlink ("../f", "d/e/up"));
    SAME_TEXT ("text", text_of ("s/e/up"));
    OK (rename ("s/f", "s/g"));
    OK (unlink ("s"));
    TRUE (exists ("d/g"));
}

TEST (that_dangles)
{
    struct stat st;
    OK (symlink ("nowhere", "s"));
    FAILS (ENOENT, stat ("s", &st));
    FAILS (ENOENT, open ("s", O_RDONLY));
    FAILS (ENOENT, chmod ("s", 0644));
    FAILS (ENOENT, truncate ("s", 0));
    FAILS (EEXIST, mkdir ("s", 0755));
    make_text ("nowhere", "text");
    SAME_TEXT ("text", text_of ("s"));
}

#undef GROUP
#define GROUP "fifo"

static const struct {
    const char *name;
    mode_t mode, mask;
} fifo_modes[] = { { "0644", 0644, 0 }, { "0666 under 022", 0666, 022 }, { "0600", 0600, 0 }, { "0 under 0", 0, 0 }, { "0777 under 077", 0777, 077 } };

TEST_EACH (of_mode, fifo_modes)
{
    umask (row->mask);
    OK (mkfifo ("p", row->mode));
    struct stat st = look ("p");
    TRUE (S_ISFIFO (st.st_mode));
    EQ (row->mode & ~row->mask, st.st_mode & 07777);
    EQ (0, st.st_size);
    EQ (1, st.st_nlink);
}

static void
say_hello (__attribute__ ((unused)) void *arg)
{
    int fd = (int) OK (open ("p", O_WRONLY));
    EQ (5, write (fd, "hello", 5));
}

TEST (joins_two_processes)
{
    char buf[16] = "";
    OK (mkfifo ("p", 0600));
    pid_t pid = child_start (say_hello, NULL);
    int fd = (int) OK (open ("p", O_RDONLY));
    EQ (5, read (fd, buf, sizeof buf));
    SAME_TEXT ("hello", buf);
    EQ (0, read (fd, buf, sizeof buf));
    child_wait (pid);
    EQ (0, size_of ("p"));
}

TEST (of_an_ordinary_user)
{
    make_dir ("d", 0777);
    AS (alice) {
        OK (mkfifo ("d/p", 0600));
        EQ (alice.uid, look ("d/p").st_uid);
        OK (chmod ("d/p", 0640));
        EQ (0640, mode_of ("d/p"));
        FAILS (EACCES, mkfifo ("p", 0600));
    }
    AS (bob)
        FAILS (EACCES, open ("d/p", O_RDONLY | O_NONBLOCK));
}

#undef GROUP
#define GROUP "mknod"

static const struct {
    const char *name;
    mode_t type;
    dev_t dev;
} nodes[] = {
    { "a regular file", S_IFREG, 0 },
    { "a fifo", S_IFIFO, 0 },
    { "a socket", S_IFSOCK, 0 },
    { "a character device", S_IFCHR, 0x103 },
    { "a block device", S_IFBLK, 0x700 },
    { "a device of large numbers", S_IFCHR, (dev_t) 0xabc << 20 | 0x123 << 8 | 0xde },
};

TEST_EACH (makes, nodes)
{
    OK (mknod ("n", row->type | 0640, row->dev));
    struct stat st = look ("n");
    EQ (row->type, st.st_mode & S_IFMT);
    EQ (0640, st.st_mode & 07777);
    EQ (1, st.st_nlink);
    EQ (0, st.st_size);
    if (row->dev) {
        EQ (major (row->dev), major (st.st_rdev));
        EQ (minor (row->dev), minor (st.st_rdev));
    }
    FAILS (EEXIST, mknod ("n", row->type | 0640, row->dev));
    OK (chmod ("n", 0600));
    OK (chown ("n", 1, 2));
    OK (rename ("n", "m"));
    st = look ("m");
    EQ (row->type | 0600, st.st_mode);
    EQ (1, st.st_uid);
    OK (unlink ("m"));
}

TEST (by_an_ordinary_user)
{
    make_dir ("d", 0777);
    AS (bob) {
        FAILS (EPERM, mknod ("d/c", S_IFCHR | 0644, 0x103));
        FAILS (EPERM, mknod ("d/b", S_IFBLK | 0644, 0x700));
        OK (mknod ("d/f", S_IFREG | 0644, 0));
        OK (mknod ("d/p", S_IFIFO | 0644, 0));
        OK (mknod ("d/s", S_IFSOCK | 0644, 0));
        FAILS (EACCES, mknod ("f", S_IFREG | 0644, 0));
    }
    TRUE (!exists ("d/c"));
}

TEST (makes_neither_directories_nor_links)
{
    FAILS (EPERM, mknod ("d", S_IFDIR | 0755, 0));
    FAILS (EINVAL, mknod ("l", S_IFLNK | 0777, 0));
    FAILS (EINVAL, mknod ("x", S_IFMT, 0));
    OK (mknod ("f", 0644, 0));
    TRUE (S_ISREG (look ("f").st_mode));
}

TEST (follows_the_umask)
{
    umask (027);
    OK (mknod ("f", S_IFREG | 0777, 0));
    OK (mknod ("p", S_IFIFO | 0777, 0));
    OK (mknod ("c", S_IFCHR | 0777, 0x103));
    EQ (0750, mode_of ("f"));
    EQ (0750, mode_of ("p"));
    EQ (0750, mode_of ("c"));
}

#undef GROUP
#define GROUP "socket"

static struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = "s" };

static int
listener (void)
{
    int s = (int) OK (socket (AF_UNIX, SOCK_STREAM, 0));
    OK (bind (s, (struct sockaddr *) &address, sizeof address));
    OK (listen (s, 4));
    return s;
}

static int
caller (void)
{
    int s = (int) OK (socket (AF_UNIX, SOCK_STREAM, 0));
    return connect (s, (struct sockaddr *) &address, sizeof address);
}

TEST (bind_makes_it)
{
    umask (022);
    listener ();
    struct stat st = look ("s");
    TRUE (S_ISSOCK (st.st_mode));
    EQ (0755, st.st_mode & 07777);
    int t = (int) OK (socket (AF_UNIX, SOCK_STREAM, 0));
    FAILS (EADDRINUSE, bind (t, (struct sockaddr *) &address, sizeof address));
    OK (unlink ("s"));
    OK (bind (t, (struct sockaddr *) &address, sizeof address));
}

TEST (takes_callers)
{
    listener ();
    OK (caller ());
    OK (rename ("s", "t"));
    FAILS (ENOENT, caller ());
    OK (rename ("t", "s"));
    OK (caller ());
    OK (unlink ("s"));
    FAILS (ENOENT, caller ());
}

TEST (needs_leave_to_write)
{
    listener ();
    OK (chmod ("s", 0755));
    AS (alice)
        FAILS (EACCES, caller ());
    OK (chmod ("s", 0777));
    AS (alice)
        OK (caller ());
}

TEST (that_nobody_listens_to)
{
    OK (mknod ("s", S_IFSOCK | 0777, 0));
    FAILS (ECONNREFUSED, caller ());
}
