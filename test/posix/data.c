/*
 * Contents: reading, writing, appending, mapping, holes.
 */
#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/statvfs.h>
#include <sys/uio.h>

#include "posix-test.h"

#define GROUP "data"

static char out[4 << 20], in[4 << 20];

static int
new_file (void)
{
    return (int) OK (open ("f", O_RDWR | O_CREAT | O_TRUNC, 0644));
}

static const struct {
    const char *name;
    size_t size;
    off_t offset;
} pieces[] = {
    { "1 byte at 0", 1, 0 },
    { "1 byte at the end of a strip", 1, STRIP - 1 },
    { "2 bytes over a strip", 2, STRIP - 1 },
    { "3 bytes over the fourth strip", 3, 4 * STRIP - 1 },
    { "a page", 4096, 4096 },
    { "a page at an odd place", 4096, 12345 },
    { "a strip", STRIP, STRIP },
    { "a strip at an odd place", STRIP, 3 * STRIP + 7 },
    { "17 strips and 19", 17 * STRIP + 19, 5 * STRIP - 3 },
    { "3 MiB and 1", (3 << 20) + 1, 1 },
    { "5 bytes far away", 5, (1L << 35) + 12345 },
};

TEST_EACH (comes_back_of, pieces)
{
    int fd = new_file ();
    fill (out, row->size, 5);
    write_at (fd, out, row->size, row->offset);
    EQ (row->offset + (off_t) row->size, look_fd (fd).st_size);
    read_at (fd, in, row->size, row->offset);
    TRUE (is_filled (in, row->size, 5));
    size_t before = row->offset > 100000 ? 100000 : (size_t) row->offset;
    read_at (fd, in, before, row->offset - (off_t) before);
    TRUE (is_zero (in, before));
    OK (close (fd));
    fd = (int) OK (open ("f", O_RDONLY));
    read_at (fd, in, row->size, row->offset);
    TRUE (is_filled (in, row->size, 5));
}

TEST (written_in_a_wild_order)
{
    enum { N = 64, SIZE = 10007 };
    int fd = new_file ();
    fill (out, N * SIZE, 9);
    for (int k = 0; k < N; k++) {
        int i = k * 37 % N;
        write_at (fd, out + i * SIZE, SIZE, (off_t) i * SIZE);
    }
    read_at (fd, in, N * SIZE, 0);
    TRUE (is_filled (in, N * SIZE, 9));
    EQ (N * SIZE, look_fd (fd).st_size);
}

TEST (overwritten_in_the_middle)
{
    int fd = new_file ();
    fill (out, 300000, 1);
    write_at (fd, out, 300000, 0);
    fill (in, 70000, 2);
    write_at (fd, in, 70000, 65000);
    memcpy (out + 65000, in, 70000);
    read_at (fd, in, 300000, 0);
    SAME_BYTES (out, in, 300000);
    EQ (300000, look_fd (fd).st_size);
}

TEST (moves_the_offset)
{
    char buf[16] = "";
    int fd = new_file ();
    EQ (10, write (fd, "0123456789", 10));
    EQ (10, lseek (fd, 0, SEEK_CUR));
    EQ (3, lseek (fd, 3, SEEK_SET));
    EQ (2, read (fd, buf, 2));
    SAME_TEXT ("34", buf);
    EQ (2, pread (fd, buf, 2, 8));
    EQ (5, lseek (fd, 0, SEEK_CUR));
    EQ (2, pwrite (fd, "xx", 2, 0));
    EQ (5, lseek (fd, 0, SEEK_CUR));
    EQ (9, lseek (fd, -1, SEEK_END));
    EQ (1, read (fd, buf, 5));
    EQ (0, read (fd, buf, 5));
    EQ (110, lseek (fd, 100, SEEK_END));
    EQ (0, read (fd, buf, 5));
    EQ (10, look_fd (fd).st_size);
    FAILS (EINVAL, lseek (fd, -11, SEEK_END));
}

TEST (of_nothing)
{
    int fd = new_file ();
    EQ (0, write (fd, "x", 0));
    EQ (0, pwrite (fd, "x", 0, 1000));
    EQ (0, look_fd (fd).st_size);
    EQ (0, read (fd, in, 10));
    EQ (0, read (fd, in, 0));
}

TEST (by_vectors)
{
    char a[3], b[5], c[4] = "";
    int fd = new_file ();
    struct iovec w[] = { { "abc", 3 }, { "", 0 }, { "defgh", 5 }, { "ij", 2 } };
    struct iovec r[] = { { a, 3 }, { b, 5 }, { c, 2 } };
    EQ (10, writev (fd, w, 4));
    EQ (10, preadv (fd, r, 3, 0));
    SAME_BYTES ("abc", a, 3);
    SAME_BYTES ("defgh", b, 5);
    SAME_TEXT ("ij", c);
    EQ (10, pwritev (fd, w, 4, 10));
    EQ (20, look_fd (fd).st_size);
}

TEST (of_bad_memory)
{
    int fd = new_file ();
    void *bad = mmap (NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    EQ (4, write (fd, "text", 4));
    FAILS (EFAULT, pwrite (fd, bad, 4, 0));
    FAILS (EFAULT, pread (fd, bad, 4, 0));
    EQ (4, look_fd (fd).st_size);
}

TEST (is_shared_by_descriptors)
{
    char buf[8] = "";
    int a = new_file (), b = (int) OK (open ("f", O_RDWR)), c = dup (a);
    EQ (4, write (a, "text", 4));
    EQ (4, read (b, buf, 8));
    SAME_TEXT ("text", buf);
    EQ (4, lseek (c, 0, SEEK_CUR));
    EQ (4, write (b, "more", 4));
    EQ (4, read (c, buf, 8));
    SAME_TEXT ("more", buf);
    EQ (8, lseek (a, 0, SEEK_CUR));
}

TEST (synced)
{
    int fd = new_file ();
    EQ (4, write (fd, "text", 4));
    OK (fsync (fd));
    OK (fdatasync (fd));
    OK (syncfs (fd));
    int d = (int) OK (open (".", O_RDONLY | O_DIRECTORY));
    OK (fsync (d));
    int r = (int) OK (open ("f", O_RDONLY));
    OK (fsync (r));
    OK (posix_fadvise (fd, 0, 0, POSIX_FADV_DONTNEED));
    SAME_TEXT ("text", text_of ("f"));
}

TEST (copied_inside_the_kernel)
{
    int fd = new_file ();
    fill (out, 200000, 4);
    write_at (fd, out, 200000, 0);
    int g = (int) OK (open ("g", O_RDWR | O_CREAT, 0644));
    off_t from = 0;
    for (size_t n = 0; n < 200000;) {
        ssize_t r = OK (sendfile (g, fd, &from, 200000 - n));
        TRUE (r > 0);
        n += (size_t) r;
    }
    read_at (g, in, 200000, 0);
    TRUE (is_filled (in, 200000, 4));
    loff_t a = 0, b = 200000;
    for (size_t n = 0; n < 100000;) {
        ssize_t r = OK (copy_file_range (fd, &a, g, &b, 100000 - n, 0));
        TRUE (r > 0);
        n += (size_t) r;
    }
    read_at (g, in, 100000, 200000);
    TRUE (is_filled (in, 100000, 4));
}

/* --- appending -------------------------------------------------------------------------------------- */

#undef GROUP
#define GROUP "append"

enum { RECORD = 100, RECORDS = 150 };

static void
append_records (void *arg)
{
    char record[RECORD];
    memset (record, *(const char *) arg, sizeof record);
    int fd = (int) OK (open ("log", O_WRONLY | O_APPEND | O_CREAT, 0644));
    for (int i = 0; i < RECORDS; i++)
        EQ (RECORD, write (fd, record, RECORD));
}

TEST (of_three_processes_loses_and_mixes_nothing)
{
    static char all[3 * RECORD * RECORDS + 1];
    int counts[3] = { 0 };
    pid_t a = child_start (append_records, "a"), b = child_start (append_records, "b"), c = child_start (append_records, "c");
    child_wait (a);
    child_wait (b);
    child_wait (c);
    int fd = (int) OK (open ("log", O_RDONLY));
    EQ (sizeof all - 1, pread (fd, all, sizeof all, 0));
    for (size_t i = 0; i < sizeof all - 1; i += RECORD) {
        for (int k = 1; k < RECORD; k++)
            if (all[i] != all[i + (size_t) k])
                EQ (-1, i);
        counts[all[i] - 'a']++;
    }
    EQ (RECORDS, counts[0]);
    EQ (RECORDS, counts[1]);
    EQ (RECORDS, counts[2]);
}

TEST (goes_behind_what_others_wrote)
{
    int a = (int) OK (open ("f", O_RDWR | O_APPEND | O_CREAT, 0644)), b = (int) OK (open ("f", O_RDWR));
    EQ (2, write (a, "aa", 2));
    EQ (4, pwrite (b, "bbbb", 4, 2));
    EQ (2, write (a, "cc", 2));
    OK (ftruncate (b, 3));
    EQ (2, write (a, "dd", 2));
    SAME_TEXT ("aabdd", text_of ("f"));
    OK (ftruncate (b, 10));
    EQ (2, write (a, "ee", 2));
    EQ (12, look_fd (b).st_size);
    EQ (12, lseek (a, 0, SEEK_CUR));
}

/* --- holes ------------------------------------------------------------------------------------------ */

#undef GROUP
#define GROUP "holes"

TEST (read_as_zeros)
{
    int fd = (int) OK (open ("f", O_RDWR | O_CREAT, 0644));
    write_at (fd, "a", 1, 0);
    write_at (fd, "b", 1, 3000000);
    EQ (3000001, look_fd (fd).st_size);
    read_at (fd, in, 3000001, 0);
    EQ ('a', in[0]);
    TRUE (is_zero (in + 1, 2999999));
    EQ ('b', in[3000000]);
}

static long long
room_of (const char *path)
{
    int fd = (int) OK (open (path, O_RDWR));
    OK (fsync (fd)); /* what is only promised need not be counted */
    OK (close (fd));
    return (long long) look (path).st_blocks * 512;
}

TEST (take_no_room)
{
    enum { FULL = 1 << 20, HOLE = 64 << 20 };
    char *buf = calloc (1, FULL);
    int full = (int) OK (open ("full", O_RDWR | O_CREAT, 0644)), small = (int) OK (open ("small", O_RDWR | O_CREAT, 0644));
    int sparse = (int) OK (open ("sparse", O_RDWR | O_CREAT, 0644)), grown = (int) OK (open ("grown", O_RDWR | O_CREAT, 0644));
    fill (buf, FULL, 1);
    write_at (full, buf, FULL, 0);
    write_at (small, buf, 10, 0);
    write_at (sparse, buf, 10, 0);
    write_at (sparse, buf, 10, HOLE);
    OK (ftruncate (grown, HOLE));
    TRUE (room_of ("full") >= FULL);
    TRUE (room_of ("full") < 2 * FULL);
    TRUE (room_of ("small") < FULL);
    TRUE (room_of ("sparse") > 0);
    TRUE (room_of ("sparse") < FULL);
    TRUE (room_of ("grown") < FULL);
    OK (ftruncate (full, 0));
    EQ (0, room_of ("full"));
    free (buf);
}

TEST (may_be_asked_for)
{
    int fd = (int) OK (open ("f", O_RDWR | O_CREAT, 0644));
    fill (out, 4096, 1);
    write_at (fd, out, 4096, 1 << 20);
    off_t data = OK (lseek (fd, 0, SEEK_DATA)), hole = OK (lseek (fd, 1 << 20, SEEK_HOLE));
    TRUE (data >= 0 && data <= 1 << 20);
    TRUE (hole == (1 << 20) + 4096);
    TRUE (OK (lseek (fd, 0, SEEK_HOLE)) <= hole);
    EQ (1 << 20, OK (lseek (fd, 1 << 20, SEEK_DATA)));
    FAILS (ENXIO, lseek (fd, (1 << 20) + 4096, SEEK_DATA));
    FAILS (ENXIO, lseek (fd, 2 << 20, SEEK_HOLE));
}

/* --- mappings --------------------------------------------------------------------------------------- */

#undef GROUP
#define GROUP "mmap"

static char *
map (int fd, size_t size, int prot, int flags)
{
    char *p = mmap (NULL, size, prot, flags, fd, 0);
    TRUE (p != MAP_FAILED);
    return p;
}

TEST (shows_the_contents)
{
    int fd = (int) OK (open ("f", O_RDWR | O_CREAT, 0644));
    fill (out, 300001, 6);
    write_at (fd, out, 300001, 0);
    char *p = map (fd, 300001, PROT_READ, MAP_SHARED);
    TRUE (is_filled (p, 300001, 6));
    TRUE (is_zero (p + 300001, 4096 - 300001 % 4096));
    write_at (fd, "changed", 7, 200000);
    SAME_BYTES ("changed", p + 200000, 7);
    OK (munmap (p, 300001));
}

TEST (shared_writes_reach_the_file)
{
    int fd = (int) OK (open ("f", O_RDWR | O_CREAT, 0644));
    OK (ftruncate (fd, 200000));
    char *p = map (fd, 200000, PROT_READ | PROT_WRITE, MAP_SHARED);
    fill (p, 200000, 7);
    OK (msync (p, 200000, MS_SYNC));
    read_at (fd, in, 200000, 0);
    TRUE (is_filled (in, 200000, 7));
    memcpy (p + 100, "later", 5);
    OK (munmap (p, 200000));
    OK (close (fd));
    fd = (int) OK (open ("f", O_RDONLY));
    read_at (fd, in, 5, 100);
    SAME_BYTES ("later", in, 5);
    EQ (200000, look_fd (fd).st_size);
}

TEST (private_writes_do_not)
{
    int fd = (int) OK (open ("f", O_RDWR | O_CREAT, 0644));
    write_at (fd, "text", 4, 0);
    char *p = map (fd, 4, PROT_READ | PROT_WRITE, MAP_PRIVATE);
    p[0] = 'n';
    OK (munmap (p, 4));
    SAME_TEXT ("text", text_of ("f"));
}

TEST (outlives_the_descriptor)
{
    make_text ("f", "text");
    int fd = (int) OK (open ("f", O_RDWR));
    char *p = map (fd, 4, PROT_READ | PROT_WRITE, MAP_SHARED);
    OK (close (fd));
    p[0] = 'n';
    SAME_BYTES ("next", p, 4 - 2);
    OK (msync (p, 4, MS_SYNC));
    OK (munmap (p, 4));
    SAME_TEXT ("next", text_of ("f"));
}

static void
write_map (void *arg)
{
    int fd = (int) OK (open (arg, O_RDWR));
    char *p = map (fd, 4096, PROT_READ | PROT_WRITE, MAP_SHARED);
    memcpy (p, "child", 5);
}

TEST (is_shared_by_processes)
{
    make_text ("f", "parent");
    int fd = (int) OK (open ("f", O_RDWR));
    char *p = map (fd, 4096, PROT_READ | PROT_WRITE, MAP_SHARED);
    child_wait (child_start (write_map, "f"));
    SAME_BYTES ("childt", p, 6);
}

TEST (asks_for_the_right_descriptor)
{
    make_text ("f", "text");
    int r = (int) OK (open ("f", O_RDONLY)), w = (int) OK (open ("f", O_WRONLY));
    TRUE (mmap (NULL, 4, PROT_READ | PROT_WRITE, MAP_SHARED, r, 0) == MAP_FAILED && errno == EACCES);
    TRUE (mmap (NULL, 4, PROT_READ, MAP_SHARED, w, 0) == MAP_FAILED && errno == EACCES);
    map (r, 4, PROT_READ | PROT_WRITE, MAP_PRIVATE);
}

static sigjmp_buf back;

static void
bus_error (__attribute__ ((unused)) int sig)
{
    siglongjmp (back, 1);
}

TEST (has_nothing_behind_the_end)
{
    static volatile char c;
    static volatile int reached;
    make_text ("f", "text");
    int fd = (int) OK (open ("f", O_RDWR));
    char *p = map (fd, 3 * 4096, PROT_READ, MAP_SHARED);
    signal (SIGBUS, bus_error);
    EQ (0, p[100]);
    if (sigsetjmp (back, 1) == 0) {
        c = p[4096];
        reached = 1;
    }
    EQ (0, reached);
    OK (ftruncate (fd, 8192));
    EQ (0, p[4096]);
    (void) c;
}

TEST (is_cut_by_truncate)
{
    int fd = (int) OK (open ("f", O_RDWR | O_CREAT, 0644));
    fill (out, 20000, 8);
    write_at (fd, out, 20000, 0);
    char *p = map (fd, 20000, PROT_READ | PROT_WRITE, MAP_SHARED);
    EQ (out[19999], p[19999]);
    OK (ftruncate (fd, 5000));
    OK (ftruncate (fd, 20000));
    SAME_BYTES (out, p, 5000);
    TRUE (is_zero (p + 5000, 15000));
}

/* --- the file system -------------------------------------------------------------------------------- */

#undef GROUP
#define GROUP "statvfs"

TEST (is_sane)
{
    struct statvfs s, t;
    OK (statvfs (".", &s));
    TRUE (s.f_bsize >= 512 && s.f_frsize >= 512);
    TRUE (s.f_blocks > 0 && s.f_bfree <= s.f_blocks && s.f_bavail <= s.f_bfree);
    TRUE (s.f_files == 0 || s.f_ffree <= s.f_files);
    TRUE (s.f_favail <= s.f_ffree);
    EQ (255, s.f_namemax);
    TRUE (!(s.f_flag & ST_RDONLY));
    make_file ("f", 0);
    int fd = (int) OK (open ("f", O_RDONLY));
    OK (fstatvfs (fd, &t));
    EQ (s.f_blocks, t.f_blocks);
    EQ (s.f_bsize, t.f_bsize);
    AS (alice)
        OK (statvfs ("f", &t));
}

TEST (shows_what_is_written)
{
    struct statvfs s, t;
    OK (statvfs (".", &s));
    int fd = (int) OK (open ("f", O_RDWR | O_CREAT, 0644));
    fill (out, sizeof out, 1);
    for (int i = 0; i < 4; i++)
        write_at (fd, out, sizeof out, (off_t) i * (off_t) sizeof out);
    OK (fsync (fd));
    OK (statvfs (".", &t));
    /* Others may write and remove meanwhile; but not everything may be the same as before. */
    TRUE (t.f_bfree != s.f_bfree);
    struct stat st = look_fd (fd);
    TRUE ((unsigned long long) st.st_blocks * 512 >= 4 * sizeof out / 2);
    TRUE (st.st_blksize >= 512);
}
