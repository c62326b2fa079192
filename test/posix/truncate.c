/*
 * truncate and ftruncate: any size, nothing of the old contents comes back.
 */
#include <signal.h>
#include <sys/resource.h>

#include "posix-test.h"

#define GROUP "truncate"

static const struct {
    const char *name;
    off_t size;
} sizes[] = {
    { "0", 0 },           { "1", 1 },           { "511", 511 },       { "4095", 4095 },       { "4096", 4096 },
    { "4097", 4097 },     { "65535", 65535 },   { "65536", 65536 },   { "65537", 65537 },     { "131071", 131071 },
    { "262143", 262143 }, { "262145", 262145 }, { "999999", 999999 }, { "1000000007", 1000000007 }, { "2 to the 31", 1L << 31 },
    { "2 to the 32 and 1", (1L << 32) + 1 }, { "a terabyte and 3", (1L << 40) + 3 },
};

TEST_EACH (to, sizes)
{
    char buf[8];
    make_text ("f", "0123456789");
    OK (truncate ("f", row->size));
    EQ (row->size, size_of ("f"));
    int fd = (int) OK (open ("f", O_RDWR));
    EQ (row->size, lseek (fd, 0, SEEK_END));
    EQ (0, pread (fd, buf, sizeof buf, row->size));
    if (row->size > 10) {
        EQ (1, pread (fd, buf, sizeof buf, row->size - 1));
        EQ (0, buf[0]);
        read_at (fd, buf, 2, 9);
        EQ ('9', buf[0]);
        EQ (0, buf[1]);
    }
    OK (ftruncate (fd, 5));
    OK (ftruncate (fd, row->size));
    EQ (row->size, look_fd (fd).st_size);
    if (row->size > 10) {
        read_at (fd, buf, 6, 4);
        EQ ('4', buf[0]);
        TRUE (is_zero (buf + 1, 5));
    }
    OK (ftruncate (fd, 0));
    EQ (0, size_of ("f"));
}

/* Where files are cut: just before, at, just behind a strip, of the first and of later servers. */
static const struct cut {
    const char *name;
    off_t at;
} cuts[] = {
    { "1", 1 },
    { "4095", 4095 },
    { "one strip less 1", STRIP - 1 },
    { "one strip", STRIP },
    { "one strip and 1", STRIP + 1 },
    { "two strips less 1", 2 * STRIP - 1 },
    { "three strips and 5", 3 * STRIP + 5 },
    { "four strips less 1", 4 * STRIP - 1 },
    { "four strips", 4 * STRIP },
    { "four strips and 1", 4 * STRIP + 1 },
    { "five and a half", 5 * STRIP + STRIP / 2 },
};

enum { FULL = 9 * STRIP + 777 };

static char data[FULL], got[FULL];

static int
make_full (void)
{
    int fd = (int) OK (open ("f", O_RDWR | O_CREAT | O_TRUNC, 0644));
    fill (data, FULL, 3);
    write_at (fd, data, FULL, 0);
    return fd;
}

TEST_EACH (down_and_up_leaves_zeros_behind, cuts)
{
    int fd = make_full ();
    OK (ftruncate (fd, row->at));
    EQ (row->at, look_fd (fd).st_size);
    OK (ftruncate (fd, FULL));
    read_at (fd, got, FULL, 0);
    SAME_BYTES (data, got, (size_t) row->at);
    TRUE (is_zero (got + row->at, (size_t) (FULL - row->at)));
}

TEST_EACH (down_and_a_write_past_the_end_leaves_zeros_between, cuts)
{
    int fd = make_full ();
    off_t to = FULL - 100;
    OK (ftruncate (fd, row->at));
    write_at (fd, data, 100, to);
    EQ (FULL, look_fd (fd).st_size);
    read_at (fd, got, FULL, 0);
    SAME_BYTES (data, got, (size_t) row->at);
    TRUE (is_zero (got + row->at, (size_t) (to - row->at)));
    SAME_BYTES (data, got + to, 100);
}

TEST_EACH (down_and_a_write_close_behind, cuts)
{
    int fd = make_full ();
    off_t to = row->at + 10;
    OK (truncate ("f", row->at));
    write_at (fd, data, 50, to);
    EQ (to + 50, look_fd (fd).st_size);
    read_at (fd, got, (size_t) to + 50, 0);
    SAME_BYTES (data, got, (size_t) row->at);
    TRUE (is_zero (got + row->at, 10));
    SAME_BYTES (data, got + to, 50);
    OK (ftruncate (fd, FULL));
    read_at (fd, got, FULL, 0);
    TRUE (is_zero (got + to + 50, (size_t) (FULL - to - 50)));
}

TEST_EACH (to_the_same_size_changes_no_byte, cuts)
{
    int fd = make_full ();
    OK (ftruncate (fd, row->at));
    OK (ftruncate (fd, row->at));
    OK (truncate ("f", row->at));
    EQ (row->at, pread (fd, got, FULL, 0));
    SAME_BYTES (data, got, (size_t) row->at);
}

TEST (grows_by_odd_steps)
{
    int fd = (int) OK (open ("f", O_RDWR | O_CREAT, 0644));
    off_t size = 0;
    for (int i = 0; i < 30; i++) {
        size += 7919;
        OK (ftruncate (fd, size));
        EQ (size, look_fd (fd).st_size);
        write_at (fd, "x", 1, size - 1);
    }
    read_at (fd, got, (size_t) size, 0);
    for (off_t i = 0; i < size; i++)
        if (got[i] != ((i + 1) % 7919 == 0 ? 'x' : 0))
            EQ (-1, i);
}

TEST (shrinks_by_odd_steps)
{
    int fd = make_full ();
    for (off_t size = FULL; size > 0; size -= 40009) {
        OK (ftruncate (fd, size));
        EQ (size, look_fd (fd).st_size);
        EQ (size, pread (fd, got, FULL, 0));
        SAME_BYTES (data, got, (size_t) size);
    }
}

TEST (leaves_the_offset)
{
    char c;
    int fd = make_full ();
    EQ (1000, lseek (fd, 1000, SEEK_SET));
    OK (ftruncate (fd, 10));
    EQ (1000, lseek (fd, 0, SEEK_CUR));
    EQ (0, read (fd, &c, 1));
    EQ (1, write (fd, "x", 1));
    EQ (1001, look_fd (fd).st_size);
}

TEST (of_what_cannot_be)
{
    make_dir ("d", 0777);
    make_file ("f", 0644);
    OK (mkfifo ("p", 0644));
    OK (mknod ("s", S_IFSOCK | 0644, 0));
    FAILS (EISDIR, truncate ("d", 0));
    FAILS (EISDIR, truncate (".", 0));
    FAILS (EINVAL, truncate ("f", -1));
    FAILS (EINVAL, truncate ("p", 0));
    FAILS (EINVAL, truncate ("s", 0));
    FAILS (ENOENT, truncate ("n", 0));
    int r = (int) OK (open ("f", O_RDONLY)), w = (int) OK (open ("f", O_WRONLY));
    FAILS (EINVAL, ftruncate (r, 0));
    FAILS (EINVAL, ftruncate (w, -1));
    close (w);
    FAILS (EBADF, ftruncate (w, 0));
}

TEST (beyond_what_a_file_can_be)
{
    make_text ("f", "text");
    int fd = (int) OK (open ("f", O_RDWR));
    FAILS (EFBIG, truncate ("f", INT64_MAX));
    FAILS (EFBIG, ftruncate (fd, INT64_MAX));
    FAILS (EFBIG, ftruncate (fd, INT64_C (1) << 62));
    EQ (4, look_fd (fd).st_size);
    SAME_TEXT ("text", text_of ("f"));
}

TEST (beyond_the_limit_of_the_process)
{
    struct rlimit r = { 1000, 1000 };
    make_file ("f", 0644);
    signal (SIGXFSZ, SIG_IGN);
    OK (setrlimit (RLIMIT_FSIZE, &r));
    OK (truncate ("f", 1000));
    FAILS (EFBIG, truncate ("f", 1001));
    int fd = (int) OK (open ("f", O_RDWR));
    FAILS (EFBIG, pwrite (fd, "x", 1, 1000));
    EQ (5, pwrite (fd, "0123456789", 10, 995));
    EQ (1000, look_fd (fd).st_size);
}

TEST (needs_leave_to_write)
{
    make_text ("f", "text");
    make_file_of ("g", &alice, 0200);
    AS (alice) {
        FAILS (EACCES, truncate ("f", 0));
        int fd = (int) OK (open ("g", O_WRONLY));
        OK (chmod ("g", 0));
        FAILS (EACCES, truncate ("g", 1));
        OK (ftruncate (fd, 7));
        EQ (7, look_fd (fd).st_size);
    }
    EQ (4, size_of ("f"));
}

TEST (is_seen_by_every_descriptor)
{
    char buf[16];
    int a = make_full (), b = (int) OK (open ("f", O_RDWR));
    OK (ftruncate (a, 10));
    EQ (10, look_fd (b).st_size);
    EQ (10, pread (b, buf, sizeof buf, 0));
    OK (ftruncate (b, 12));
    EQ (12, pread (a, buf, sizeof buf, 0));
    EQ (0, buf[10] | buf[11]);
}
