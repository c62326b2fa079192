/*
 * open and creat: every flag, what they make, what they refuse.
 */
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "posix-test.h"

#define GROUP "open"

static int
open_close (const char *path, int flags, mode_t mode)
{
    int fd = open (path, flags, mode);
    return fd < 0 ? -1 : close (fd);
}

/* One of each kind, by these names. */
static void
make_kinds (void)
{
    struct sockaddr_un a = { .sun_family = AF_UNIX, .sun_path = "socket" };
    make_text ("file", "text");
    make_dir ("directory", 0755);
    OK (symlink ("file", "link"));
    OK (symlink ("nowhere", "dangling"));
    OK (mkfifo ("fifo", 0644));
    int s = (int) OK (socket (AF_UNIX, SOCK_STREAM, 0));
    OK (bind (s, (struct sockaddr *) &a, sizeof a));
    close (s);
}

static const struct {
    const char *name;
    mode_t mode, mask;
} creations[] = {
    { "0644", 0644, 0 },       { "0666 under 022", 0666, 022 }, { "0777 under 077", 0777, 077 }, { "0 under 0", 0, 0 },
    { "0400 under 0", 0400, 0 }, { "0777 under 0777", 0777, 0777 }, { "4755 under 022", 04755, 022 }, { "2711 under 0", 02711, 0 },
    { "1644 under 0", 01644, 0 },
};

TEST_EACH (makes_a_file_of_mode, creations)
{
    umask (row->mask);
    OK (open_close ("f", O_RDWR | O_CREAT, row->mode));
    umask (0);
    struct stat st = look ("f");
    EQ (row->mode & ~row->mask, st.st_mode & 07777);
    TRUE (S_ISREG (st.st_mode));
    EQ (0, st.st_size);
    EQ (1, st.st_nlink);
    EQ (0, st.st_uid);
    EQ (0, st.st_gid);
}

TEST (makes_a_file_of_the_caller)
{
    make_dir ("d", 0777);
    AS (alice) {
        OK (open_close ("d/f", O_WRONLY | O_CREAT, 0644));
        EQ (alice.uid, look ("d/f").st_uid);
        EQ (alice.gid, look ("d/f").st_gid);
    }
    AS (bob) {
        OK (open_close ("d/g", O_WRONLY | O_CREAT, 0644));
        EQ (bob.uid, look ("d/g").st_uid);
        EQ (bob.gid, look ("d/g").st_gid);
    }
}

TEST (creat_makes_and_empties)
{
    int fd = (int) OK (creat ("f", 0640));
    EQ (3, write (fd, "abc", 3));
    FAILS (EBADF, read (fd, &(char){ 0 }, 1));
    close (fd);
    EQ (0640, mode_of ("f"));
    OK (close ((int) OK (creat ("f", 0600))));
    EQ (0, size_of ("f"));
    EQ (0640, mode_of ("f"));
}

TEST (without_o_creat_the_name_must_be_there)
{
    FAILS (ENOENT, open ("f", O_RDONLY));
    FAILS (ENOENT, open ("f", O_RDWR | O_TRUNC));
    TRUE (!exists ("f"));
}

TEST (o_creat_opens_what_is_there)
{
    make_text ("f", "text");
    OK (chmod ("f", 0604));
    int fd = (int) OK (open ("f", O_RDWR | O_CREAT, 0777));
    EQ (4, look_fd (fd).st_size);
    EQ (0604, mode_of ("f"));
    close (fd);
    SAME_TEXT ("text", text_of ("f"));
}

static const struct {
    const char *name;
} kinds[] = { { "file" }, { "directory" }, { "link" }, { "dangling" }, { "fifo" }, { "socket" } };

TEST_EACH (o_excl_refuses_a, kinds)
{
    make_kinds ();
    FAILS (EEXIST, open (row->name, O_WRONLY | O_CREAT | O_EXCL, 0644));
    FAILS (EEXIST, open (row->name, O_RDWR | O_CREAT | O_EXCL | O_TRUNC, 0644));
    TRUE (!exists ("nowhere"));
    SAME_TEXT ("text", text_of ("file"));
}

TEST (o_excl_makes_a_new_name)
{
    OK (open_close ("f", O_RDWR | O_CREAT | O_EXCL, 0600));
    FAILS (EEXIST, open ("f", O_RDWR | O_CREAT | O_EXCL, 0600));
    OK (unlink ("f"));
    OK (open_close ("f", O_RDWR | O_CREAT | O_EXCL, 0600));
}

TEST (o_creat_makes_what_a_dangling_link_names)
{
    make_kinds ();
    OK (open_close ("dangling", O_WRONLY | O_CREAT, 0644));
    TRUE (S_ISREG (look ("nowhere").st_mode));
    TRUE (S_ISLNK (look ("dangling").st_mode));
}

TEST (o_trunc_empties)
{
    make_text ("f", "text");
    int fd = (int) OK (open ("f", O_RDWR | O_TRUNC));
    EQ (0, look_fd (fd).st_size);
    EQ (0, read (fd, &(char){ 0 }, 1));
    close (fd);
    EQ (0, size_of ("f"));
}

TEST (o_trunc_through_a_link_empties_the_file)
{
    make_kinds ();
    OK (open_close ("link", O_WRONLY | O_TRUNC, 0));
    EQ (0, size_of ("file"));
    TRUE (S_ISLNK (look ("link").st_mode));
}

TEST (o_trunc_needs_leave_to_write)
{
    make_text ("f", "text");
    AS (alice) {
        FAILS (EACCES, open ("f", O_RDONLY | O_TRUNC));
        FAILS (EACCES, open ("f", O_WRONLY | O_TRUNC));
        FAILS (EACCES, open ("f", O_WRONLY | O_CREAT | O_TRUNC, 0666));
    }
    EQ (4, size_of ("f"));
}

TEST (o_directory)
{
    make_kinds ();
    OK (symlink ("directory", "to-directory"));
    OK (open_close ("directory", O_RDONLY | O_DIRECTORY, 0));
    OK (open_close ("to-directory", O_RDONLY | O_DIRECTORY, 0));
    FAILS (ENOTDIR, open ("file", O_RDONLY | O_DIRECTORY));
    FAILS (ENOTDIR, open ("link", O_RDONLY | O_DIRECTORY));
    FAILS (ENOTDIR, open ("fifo", O_RDONLY | O_DIRECTORY));
    FAILS (ENOTDIR, open ("to-directory", O_RDONLY | O_DIRECTORY | O_NOFOLLOW));
    FAILS (ENOENT, open ("nothing", O_RDONLY | O_DIRECTORY));
    FAILS (ENOENT, open ("dangling", O_RDONLY | O_DIRECTORY));
}

TEST (o_nofollow)
{
    make_kinds ();
    OK (symlink (".", "here"));
    OK (open_close ("file", O_RDONLY | O_NOFOLLOW, 0));
    OK (open_close ("directory", O_RDONLY | O_NOFOLLOW, 0));
    OK (open_close ("here/file", O_RDONLY | O_NOFOLLOW, 0));
    FAILS (ELOOP, open ("link", O_RDONLY | O_NOFOLLOW));
    FAILS (ELOOP, open ("link", O_WRONLY | O_TRUNC | O_NOFOLLOW));
    FAILS (ELOOP, open ("dangling", O_RDONLY | O_NOFOLLOW));
    FAILS (ELOOP, open ("dangling", O_RDWR | O_CREAT | O_NOFOLLOW, 0644));
    TRUE (!exists ("nowhere"));
    SAME_TEXT ("text", text_of ("file"));
}

TEST (o_path_names_without_opening)
{
    make_kinds ();
    OK (chmod ("file", 0));
    AS (alice) {
        int fd = (int) OK (open ("file", O_PATH));
        EQ (4, look_fd (fd).st_size);
        FAILS (EBADF, read (fd, &(char){ 0 }, 1));
        close (fd);
        fd = (int) OK (open ("link", O_PATH | O_NOFOLLOW));
        TRUE (S_ISLNK (look_fd (fd).st_mode));
        close (fd);
    }
}

TEST (a_directory_is_not_written)
{
    make_dir ("d", 0777);
    FAILS (EISDIR, open ("d", O_WRONLY));
    FAILS (EISDIR, open ("d", O_RDWR));
    FAILS (EISDIR, open ("d", O_RDONLY | O_CREAT, 0644));
    FAILS (EISDIR, open ("d", O_RDONLY | O_TRUNC));
    FAILS (EISDIR, open (".", O_WRONLY));
    FAILS (EISDIR, creat ("d", 0644));
}

TEST (a_trailing_slash_wants_a_directory)
{
    make_kinds ();
    FAILS (ENOTDIR, open ("file/", O_RDONLY));
    FAILS (ENOTDIR, open ("link/", O_RDONLY));
    FAILS (EISDIR, open ("new/", O_RDWR | O_CREAT, 0644));
    OK (open_close ("directory/", O_RDONLY, 0));
    TRUE (!exists ("new"));
}

TEST (o_append_writes_at_the_end)
{
    make_text ("f", "0123");
    int fd = (int) OK (open ("f", O_RDWR | O_APPEND));
    EQ (2, write (fd, "45", 2));
    EQ (0, lseek (fd, 0, SEEK_SET));
    EQ (2, write (fd, "67", 2));
    EQ (8, lseek (fd, 0, SEEK_CUR));
    close (fd);
    SAME_TEXT ("01234567", text_of ("f"));
}

TEST (o_append_may_be_set_later)
{
    make_text ("f", "0123");
    int fd = (int) OK (open ("f", O_RDWR));
    OK (fcntl (fd, F_SETFL, O_APPEND));
    TRUE (OK (fcntl (fd, F_GETFL)) & O_APPEND);
    EQ (2, write (fd, "45", 2));
    OK (fcntl (fd, F_SETFL, 0));
    EQ (0, lseek (fd, 0, SEEK_SET));
    EQ (2, write (fd, "ab", 2));
    close (fd);
    SAME_TEXT ("ab2345", text_of ("f"));
}

static const struct {
    const char *name;
    int flag;
} syncs[] = { { "o_sync", O_SYNC }, { "o_dsync", O_DSYNC } };

TEST_EACH (writes_under, syncs)
{
    char buf[6] = "";
    int fd = (int) OK (open ("f", O_RDWR | O_CREAT | row->flag, 0644));
    EQ (row->flag, OK (fcntl (fd, F_GETFL)) & row->flag);
    EQ (5, write (fd, "bytes", 5));
    EQ (5, pread (fd, buf, 5, 0));
    SAME_TEXT ("bytes", buf);
    OK (close (fd));
    EQ (5, size_of ("f"));
}

TEST (o_direct)
{
    enum { SIZE = 3 * STRIP };
    char *out = NULL, *in = NULL;
    OK (-posix_memalign ((void **) &out, 4096, SIZE));
    OK (-posix_memalign ((void **) &in, 4096, SIZE));
    fill (out, SIZE, 1);
    int fd = open ("f", O_RDWR | O_CREAT | O_DIRECT, 0644);
    if (fd < 0 && errno == EINVAL)
        skip ("no direct I/O here");
    OK (fd);
    write_at (fd, out, SIZE, 0);
    read_at (fd, in, SIZE, 0);
    TRUE (is_filled (in, SIZE, 1));
    write_at (fd, out, 4096, STRIP + 4096);
    read_at (fd, in, 8192, STRIP);
    SAME_BYTES (out + STRIP, in, 4096);
    SAME_BYTES (out, in + 4096, 4096);
    EQ (SIZE, look_fd (fd).st_size);
    EQ (4096, pread (fd, in, 8192, SIZE - 4096));
    EQ (0, pread (fd, in, 4096, SIZE));
    close (fd);
    fd = (int) OK (open ("f", O_RDONLY));
    read_at (fd, in, 4096, STRIP + 4096);
    SAME_BYTES (out, in, 4096);
}

TEST (o_tmpfile)
{
    int fd = open (".", O_RDWR | O_TMPFILE, 0600);
    if (!has ("tmpfile")) {
        FAILS (EOPNOTSUPP, fd >= 0 ? 0 : open (".", O_RDWR | O_TMPFILE, 0600));
        FAILS (EOPNOTSUPP, open (".", O_WRONLY | O_TMPFILE | O_EXCL, 0600));
        return;
    }
    OK (fd);
    EQ (0, look_fd (fd).st_nlink);
    EQ (4, write (fd, "text", 4));
    EQ (4, look_fd (fd).st_size);
}

TEST (the_access_mode_of_a_descriptor_holds)
{
    char c;
    make_text ("f", "text");
    int fd = (int) OK (open ("f", O_RDONLY));
    FAILS (EBADF, write (fd, "x", 1));
    FAILS (EINVAL, ftruncate (fd, 0));
    close (fd);
    fd = (int) OK (open ("f", O_WRONLY));
    FAILS (EBADF, read (fd, &c, 1));
    close (fd);
    FAILS (EBADF, read (fd, &c, 1));
    FAILS (EBADF, fsync (fd));
    FAILS (EBADF, close (fd));
}

TEST (a_descriptor_keeps_what_it_was_opened_for)
{
    make_dir ("d", 0777);
    AS (alice) {
        char buf[5] = "";
        int fd = (int) OK (open ("d/f", O_RDWR | O_CREAT, 0));
        EQ (4, write (fd, "text", 4));
        EQ (4, pread (fd, buf, 4, 0));
        SAME_TEXT ("text", buf);
        FAILS (EACCES, open ("d/f", O_RDONLY));
        FAILS (EACCES, open ("d/f", O_WRONLY));
        OK (fchmod (fd, 0400));
        EQ (4, pwrite (fd, "more", 4, 4));
        FAILS (EACCES, open ("d/f", O_WRONLY));
        OK (ftruncate (fd, 2));
        close (fd);
        SAME_TEXT ("te", text_of ("d/f"));
    }
}

TEST (a_read_only_file_may_be_made_for_writing)
{
    make_dir ("d", 0777);
    AS (bob) {
        int fd = (int) OK (open ("d/f", O_WRONLY | O_CREAT | O_EXCL, 0444));
        EQ (4, write (fd, "text", 4));
        close (fd);
        SAME_TEXT ("text", text_of ("d/f"));
        FAILS (EACCES, open ("d/f", O_WRONLY | O_CREAT, 0444));
    }
}

TEST (making_needs_a_directory_that_may_be_written)
{
    make_file ("f", 0666);
    AS (alice) {
        FAILS (EACCES, open ("new", O_RDWR | O_CREAT, 0644));
        FAILS (EACCES, open ("new", O_RDWR | O_CREAT | O_EXCL, 0644));
        FAILS (EACCES, creat ("new", 0644));
        OK (open_close ("f", O_RDWR | O_CREAT, 0644));
        FAILS (EEXIST, open ("f", O_RDWR | O_CREAT | O_EXCL, 0644));
    }
    TRUE (!exists ("new"));
}

TEST (o_noatime_is_the_owners)
{
    make_file_of ("f", &alice, 0666);
    AS (alice)
        OK (open_close ("f", O_RDONLY | O_NOATIME, 0));
    AS (bob)
        FAILS (EPERM, open ("f", O_RDONLY | O_NOATIME));
}

TEST (fifo)
{
    OK (mkfifo ("p", 0644));
    FAILS (ENXIO, open ("p", O_WRONLY | O_NONBLOCK));
    int r = (int) OK (open ("p", O_RDONLY | O_NONBLOCK));
    int w = (int) OK (open ("p", O_WRONLY | O_NONBLOCK));
    char buf[5] = "";
    EQ (4, write (w, "text", 4));
    EQ (4, read (r, buf, 4));
    SAME_TEXT ("text", buf);
    close (w);
    EQ (0, read (r, buf, 4));
    FAILS (ESPIPE, lseek (r, 0, SEEK_SET));
}

TEST (a_socket_is_not_opened)
{
    make_kinds ();
    FAILS (ENXIO, open ("socket", O_RDONLY));
    FAILS (ENXIO, open ("socket", O_RDWR | O_CREAT, 0644));
}

TEST (relative_to_a_descriptor)
{
    make_dir ("d", 0755);
    make_file ("f", 0644);
    int d = (int) OK (open ("d", O_RDONLY | O_DIRECTORY)), f = (int) OK (open ("f", O_RDONLY));
    OK (close ((int) OK (openat (d, "g", O_RDWR | O_CREAT, 0644))));
    TRUE (exists ("d/g"));
    OK (close ((int) OK (openat (d, "../f", O_RDONLY))));
    FAILS (ENOTDIR, openat (f, "g", O_RDONLY));
    FAILS (ENOENT, openat (d, "h", O_RDONLY));
    close (d);
    FAILS (EBADF, openat (d, "g", O_RDONLY));
    OK (mkdirat (AT_FDCWD, "e", 0755));
}

TEST (five_hundred_at_once)
{
    enum { N = 500 };
    static int fds[N];
    char name[16];
    for (int i = 0; i < N; i++) {
        snprintf (name, sizeof name, "f%d", i % 50);
        fds[i] = (int) OK (open (name, O_RDWR | O_CREAT, 0644));
    }
    for (int i = 0; i < 50; i++)
        write_at (fds[i], &i, sizeof i, 0);
    for (int i = 450; i < N; i++) {
        int got = -1;
        read_at (fds[i], &got, sizeof got, 0);
        EQ (i - 450, got);
    }
}

/* The status of running "script". */
static int
run_script (void)
{
    int status = 0;
    pid_t pid = (pid_t) OK (fork ());
    if (pid == 0) {
        execl ("./script", "script", (char *) NULL);
        _exit (errno);
    }
    OK (waitpid (pid, &status, 0));
    return WEXITSTATUS (status);
}

TEST (programs)
{
    make_text ("script", "#!/bin/sh\nexit 77\n");
    OK (chmod ("script", 0644));
    EQ (EACCES, run_script ());
    OK (chmod ("script", 0755));
    EQ (77, run_script ());
    AS (bob)
        EQ (77, run_script ());
    OK (chmod ("script", 0744));
    AS (bob)
        EQ (EACCES, run_script ());
    int fd = (int) OK (open ("script", O_WRONLY));
    EQ (ETXTBSY, run_script ());
    close (fd);
    EQ (77, run_script ());
}

TEST (a_limit_of_sizes_is_kept_from_everybody)
{
    make_file ("f", 0644);
    int fd = (int) OK (open ("f", O_RDWR));
    FAILS (EINVAL, lseek (fd, -1, SEEK_SET));
    FAILS (EINVAL, pwrite (fd, "x", 1, -1));
    FAILS (EINVAL, pread (fd, &(char){ 0 }, 1, -1));
    FAILS (EINVAL, lseek (fd, 0, 99));
}
