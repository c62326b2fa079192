/*
 * A file that is open outlives its name.
 */
#include <sys/mman.h>
#include <sys/xattr.h>

#include "posix-test.h"

#define GROUP "orphan"

static void by_unlink (void) { OK (unlink ("f")); }
static void by_rename (void) { make_text ("new", "new"); OK (rename ("new", "f")); }
static void by_unlink_of_others (void) { OK (chown (".", alice.uid, -1)); AS (alice) OK (unlink ("f")); }
static void by_rename_of_others (void) { OK (chown (".", alice.uid, -1)); AS (alice) { make_text ("new", "new"); OK (rename ("new", "f")); } }

/* How the name goes. */
static const struct way {
    const char *name;
    void (*go) (void);
} ways[] = {
    { "unlink", by_unlink },
    { "rename over", by_rename },
    { "unlink by another process", by_unlink_of_others },
    { "rename over by another process", by_rename_of_others },
};

static int
lose (const struct way *w)
{
    int fd = (int) OK (open ("f", O_RDWR | O_CREAT, 0644));
    EQ (10, write (fd, "0123456789", 10));
    w->go ();
    return fd;
}

TEST_EACH (is_read_after, ways)
{
    char buf[16] = "";
    int fd = lose (row);
    EQ (10, pread (fd, buf, sizeof buf, 0));
    SAME_TEXT ("0123456789", buf);
    EQ (0, read (fd, buf, 1));
    EQ (3, pread (fd, buf, 3, 7));
}

TEST_EACH (is_read_past_the_cache_after, ways)
{
    static char data[300000], got[300000];
    int fd = (int) OK (open ("f", O_RDWR | O_CREAT, 0644));
    fill (data, sizeof data, 2);
    write_at (fd, data, sizeof data, 0);
    row->go ();
    OK (fsync (fd));
    OK (posix_fadvise (fd, 0, 0, POSIX_FADV_DONTNEED));
    read_at (fd, got, sizeof got, 0);
    TRUE (is_filled (got, sizeof got, 2));
}

TEST_EACH (is_written_after, ways)
{
    static char data[300000], got[300000];
    int fd = lose (row);
    fill (data, sizeof data, 2);
    write_at (fd, data, sizeof data, 5);
    EQ (300005, look_fd (fd).st_size);
    read_at (fd, got, sizeof got, 5);
    TRUE (is_filled (got, sizeof got, 2));
    read_at (fd, got, 5, 0);
    SAME_BYTES ("01234", got, 5);
    OK (fsync (fd));
    OK (fdatasync (fd));
}

TEST_EACH (has_no_link_after, ways)
{
    int fd = (int) OK (open ("f", O_RDWR | O_CREAT, 0644));
    struct stat a = look_fd (fd);
    row->go ();
    struct stat b = look_fd (fd);
    EQ (1, a.st_nlink);
    EQ (0, b.st_nlink);
    EQ (a.st_ino, b.st_ino);
    EQ (a.st_mode, b.st_mode);
    TRUE (!later (a.st_ctim, b.st_ctim));
    TRUE (same_time (a.st_mtim, b.st_mtim));
}

TEST_EACH (is_truncated_after, ways)
{
    char buf[16];
    int fd = lose (row);
    OK (ftruncate (fd, 4));
    EQ (4, look_fd (fd).st_size);
    OK (ftruncate (fd, 100001));
    EQ (100001, look_fd (fd).st_size);
    read_at (fd, buf, 8, 0);
    SAME_BYTES ("0123\0\0\0\0", buf, 8);
}

TEST_EACH (changes_its_attributes_after, ways)
{
    int fd = lose (row);
    struct timespec t[2] = { { 1, 2 }, { 3, 4 } };
    OK (fchmod (fd, 0601));
    OK (fchown (fd, 7, 8));
    OK (futimens (fd, t));
    struct stat st = look_fd (fd);
    EQ (S_IFREG | 0601, st.st_mode);
    EQ (7, st.st_uid);
    EQ (8, st.st_gid);
    TRUE (same_time (t[1], st.st_mtim));
    OK (fsetxattr (fd, "user.x", "y", 1, 0));
    char v[4];
    EQ (1, fgetxattr (fd, "user.x", v, sizeof v));
    OK (fremovexattr (fd, "user.x"));
}

TEST_EACH (is_mapped_after, ways)
{
    int fd = lose (row);
    char *p = mmap (NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    TRUE (p != MAP_FAILED);
    SAME_BYTES ("0123456789", p, 10);
    p[0] = 'x';
    OK (msync (p, 4096, MS_SYNC));
    char c;
    read_at (fd, &c, 1, 0);
    EQ ('x', c);
    close (fd);
    EQ ('1', p[1]);
}

TEST_EACH (is_opened_again_by_its_descriptor_after, ways)
{
    char path[64], buf[16] = "";
    int fd = lose (row);
    snprintf (path, sizeof path, "/proc/self/fd/%d", fd);
    int g = (int) OK (open (path, O_RDWR));
    EQ (10, read (g, buf, sizeof buf));
    SAME_TEXT ("0123456789", buf);
    close (fd);
    EQ (1, pwrite (g, "x", 1, 0));
    EQ (0, look_fd (g).st_nlink);
}

TEST_EACH (is_kept_by_the_last_of_many_descriptors_after, ways)
{
    char buf[16] = "";
    int fds[5];
    fds[0] = lose (row);
    for (int i = 1; i < 5; i++)
        fds[i] = dup (fds[i - 1]);
    for (int i = 0; i < 4; i++)
        close (fds[i]);
    EQ (10, pread (fds[4], buf, sizeof buf, 0));
    SAME_TEXT ("0123456789", buf);
    EQ (0, look_fd (fds[4]).st_nlink);
}

TEST_EACH (has_nothing_to_do_with_a_new_file_after, ways)
{
    char buf[16] = "";
    int fd = lose (row);
    if (exists ("f"))
        OK (unlink ("f"));
    make_text ("f", "another");
    EQ (2, pwrite (fd, "xx", 2, 0));
    SAME_TEXT ("another", text_of ("f"));
    OK (ftruncate (fd, 3));
    EQ (7, size_of ("f"));
    EQ (3, pread (fd, buf, sizeof buf, 0));
    SAME_TEXT ("xx2", buf);
    EQ (1, links_of ("f"));
    TRUE (look ("f").st_ino != look_fd (fd).st_ino);
}

TEST_EACH (takes_appends_after, ways)
{
    int fd = lose (row);
    OK (fcntl (fd, F_SETFL, O_APPEND));
    for (int i = 0; i < 5; i++)
        EQ (3, write (fd, "abc", 3));
    EQ (25, look_fd (fd).st_size);
}

static void
use_inherited (void *arg)
{
    char buf[16] = "";
    int fd = *(const int *) arg;
    EQ (10, pread (fd, buf, sizeof buf, 0));
    SAME_TEXT ("0123456789", buf);
    EQ (4, pwrite (fd, "abcd", 4, 10));
}

TEST (is_inherited)
{
    int fd = lose (&ways[0]);
    child_wait (child_start (use_inherited, &fd));
    EQ (14, look_fd (fd).st_size);
}

TEST (with_another_name_is_no_orphan)
{
    int fd = (int) OK (open ("f", O_RDWR | O_CREAT, 0644));
    OK (link ("f", "g"));
    EQ (2, look_fd (fd).st_nlink);
    OK (unlink ("f"));
    EQ (1, look_fd (fd).st_nlink);
    EQ (4, write (fd, "text", 4));
    SAME_TEXT ("text", text_of ("g"));
    OK (unlink ("g"));
    EQ (0, look_fd (fd).st_nlink);
    EQ (4, write (fd, "more", 4));
    EQ (8, look_fd (fd).st_size);
}

TEST (that_was_opened_for_reading)
{
    char buf[16] = "";
    make_text ("f", "text");
    int fd = (int) OK (open ("f", O_RDONLY));
    OK (unlink ("f"));
    EQ (4, read (fd, buf, sizeof buf));
    SAME_TEXT ("text", buf);
    EQ (0, look_fd (fd).st_nlink);
    FAILS (EBADF, write (fd, "x", 1));
}

TEST (of_an_ordinary_user)
{
    make_dir_of ("d", &alice, 0700);
    AS (alice) {
        char buf[16] = "";
        int fd = (int) OK (open ("d/f", O_RDWR | O_CREAT, 0600));
        EQ (4, write (fd, "text", 4));
        OK (unlink ("d/f"));
        EQ (4, pread (fd, buf, sizeof buf, 0));
        OK (fchmod (fd, 0));
        EQ (4, pwrite (fd, "more", 4, 4));
        OK (ftruncate (fd, 6));
        EQ (6, look_fd (fd).st_size);
        FAILS (EPERM, fchown (fd, bob.uid, -1));
    }
    OK (rmdir ("d"));
}

TEST (many_at_once)
{
    enum { N = 100 };
    static int fds[N];
    char name[16];
    for (int i = 0; i < N; i++) {
        snprintf (name, sizeof name, "f%d", i);
        fds[i] = (int) OK (open (name, O_RDWR | O_CREAT, 0644));
        write_at (fds[i], &i, sizeof i, 0);
        OK (unlink (name));
    }
    for (int i = 0; i < N; i++) {
        int got = -1;
        read_at (fds[i], &got, sizeof got, 0);
        EQ (i, got);
    }
}

TEST (made_and_lost_again_and_again)
{
    for (int i = 0; i < 30; i++) {
        int fd = (int) OK (open ("f", O_RDWR | O_CREAT | O_EXCL, 0600));
        OK (unlink ("f"));
        EQ (4, write (fd, "text", 4));
        EQ (4, look_fd (fd).st_size);
        close (fd);
    }
}

TEST (fifo)
{
    char buf[8] = "";
    OK (mkfifo ("p", 0600));
    int fd = (int) OK (open ("p", O_RDWR));
    OK (unlink ("p"));
    EQ (4, write (fd, "text", 4));
    EQ (4, read (fd, buf, sizeof buf));
    EQ (0, look_fd (fd).st_nlink);
}
