/*
 * Times: set to the nanosecond, and changed by every call just where it must.
 */
#include <sys/mman.h>
#include <sys/statvfs.h>
#include <sys/time.h>
#include <sys/xattr.h>

#include "posix-test.h"

#define GROUP "utimensat"

static const struct timespec now = { 0, UTIME_NOW }, omit = { 0, UTIME_OMIT };

static int
set_times (const char *path, struct timespec a, struct timespec m)
{
    return utimensat (AT_FDCWD, path, (struct timespec[]){ a, m }, AT_SYMLINK_NOFOLLOW);
}

static bool
is_time (struct timespec t, time_t sec, long nsec)
{
    return t.tv_sec == sec && t.tv_nsec == nsec;
}

static const struct {
    const char *name;
    time_t sec;
    long nsec;
} moments[] = {
    { "0", 0, 0 },
    { "1 ns", 0, 1 },
    { "999999999 ns", 1, 999999999 },
    { "2001", 981173106, 123456789 },
    { "2038", 2147483647, 1 },
    { "2039", 2147483648, 999999999 },
    { "2100", 4102444800, 5 },
    { "1969", -1, 500000000 },
    { "1950", -631152000, 7 },
};

TEST_EACH (keeps, moments)
{
    struct timespec t = { row->sec, row->nsec }, u = { row->sec + 1, 999999999 - row->nsec };
    make_file ("f", 0644);
    make_dir ("d", 0755);
    OK (symlink ("f", "s"));
    OK (mkfifo ("p", 0644));
    static const char *const names[] = { "f", "d", "s", "p" };
    for (size_t i = 0; i < COUNT_OF (names); i++) {
        note ("%s", names[i]);
        OK (set_times (names[i], t, u));
        struct stat st = look (names[i]);
        TRUE (same_time (st.st_atim, t));
        TRUE (same_time (st.st_mtim, u));
    }
    int fd = (int) OK (open ("f", O_RDONLY));
    OK (futimens (fd, (struct timespec[]){ u, t }));
    struct stat st = look ("f");
    TRUE (same_time (st.st_atim, u));
    TRUE (same_time (st.st_mtim, t));
}

TEST (now_and_omit)
{
    make_file ("f", 0644);
    OK (set_times ("f", (struct timespec){ 1, 2 }, (struct timespec){ 3, 4 }));
    OK (set_times ("f", omit, (struct timespec){ 5, 6 }));
    struct stat st = look ("f");
    TRUE (is_time (st.st_atim, 1, 2) && is_time (st.st_mtim, 5, 6));
    OK (set_times ("f", (struct timespec){ 7, 8 }, omit));
    st = look ("f");
    TRUE (is_time (st.st_atim, 7, 8) && is_time (st.st_mtim, 5, 6));
    OK (set_times ("f", now, omit));
    st = look ("f");
    TRUE (st.st_atim.tv_sec > 1000000000 && is_time (st.st_mtim, 5, 6));
    OK (set_times ("f", (struct timespec){ 7, 8 }, now));
    st = look ("f");
    TRUE (is_time (st.st_atim, 7, 8) && st.st_mtim.tv_sec > 1000000000);
    OK (set_times ("f", now, now));
    st = look ("f");
    TRUE (st.st_atim.tv_sec > 1000000000 && st.st_mtim.tv_sec > 1000000000);
    OK (set_times ("f", (struct timespec){ 1, 2 }, (struct timespec){ 3, 4 }));
    OK (utimensat (AT_FDCWD, "f", NULL, 0));
    st = look ("f");
    TRUE (st.st_atim.tv_sec > 1000000000 && st.st_mtim.tv_sec > 1000000000);
}

TEST (both_omitted_changes_nothing)
{
    make_file ("f", 0600);
    struct stat a = look ("f");
    tick ();
    OK (set_times ("f", omit, omit));
    AS (alice)
        OK (set_times ("f", omit, omit));
    struct stat b = look ("f");
    TRUE (same_time (a.st_atim, b.st_atim) && same_time (a.st_mtim, b.st_mtim) && same_time (a.st_ctim, b.st_ctim));
}

TEST (refuses_what_is_no_time)
{
    make_file ("f", 0644);
    FAILS (EINVAL, set_times ("f", (struct timespec){ 0, 1000000000 }, omit));
    FAILS (EINVAL, set_times ("f", (struct timespec){ 0, -1 }, now));
    FAILS (EINVAL, set_times ("f", now, (struct timespec){ 0, 1L << 40 }));
    FAILS (ENOENT, set_times ("n", now, now));
    FAILS (EINVAL, utimensat (AT_FDCWD, "f", NULL, 0x8000000));
}

TEST (of_a_link)
{
    make_file ("f", 0644);
    OK (set_times ("f", (struct timespec){ 1, 1 }, (struct timespec){ 2, 2 }));
    OK (symlink ("f", "s"));
    OK (set_times ("s", (struct timespec){ 5, 5 }, (struct timespec){ 6, 6 }));
    TRUE (is_time (look ("s").st_mtim, 6, 6));
    TRUE (is_time (look ("f").st_mtim, 2, 2));
    OK (utimensat (AT_FDCWD, "s", (struct timespec[]){ { 8, 8 }, { 9, 9 } }, 0));
    TRUE (is_time (look ("f").st_mtim, 9, 9));
    TRUE (is_time (look ("s").st_mtim, 6, 6));
}

TEST (by_the_older_calls)
{
    struct timeval tv[2] = { { 10, 11 }, { 12, 13 } };
    make_file ("f", 0644);
    OK (utimes ("f", tv));
    TRUE (is_time (look ("f").st_atim, 10, 11000));
    TRUE (is_time (look ("f").st_mtim, 12, 13000));
    OK (symlink ("f", "s"));
    OK (lutimes ("s", tv));
    TRUE (is_time (look ("s").st_mtim, 12, 13000));
}

static const struct timespec set = { 1000, 1 };

static const struct who {
    const char *name;
    const struct user *owner;
    mode_t mode;
    int error_set, error_now, error_mixed; /* alice: to a time; both now; one now and one omitted */
} whos[] = {
    { "the owner", &alice, 0644, 0, 0, 0 },
    { "the owner of a file that may not be written", &alice, 0, 0, 0, 0 },
    { "others who may write", &bob, 0666, EPERM, 0, EPERM },
    { "others who may not write", &bob, 0644, EPERM, EACCES, EPERM },
    { "others who may only write", &bob, 0002, EPERM, 0, EPERM },
};

TEST_EACH (by, whos)
{
    make_file_of ("f", row->owner, row->mode);
    AS (alice) {
        int r = set_times ("f", set, set), e = errno;
        EQ (row->error_set, r < 0 ? e : 0);
        r = set_times ("f", set, omit), e = errno;
        EQ (row->error_set, r < 0 ? e : 0);
        r = set_times ("f", now, set), e = errno;
        EQ (row->error_set, r < 0 ? e : 0);
        r = set_times ("f", now, now), e = errno;
        EQ (row->error_now, r < 0 ? e : 0);
        r = utimensat (AT_FDCWD, "f", NULL, 0), e = errno;
        EQ (row->error_now, r < 0 ? e : 0);
        r = set_times ("f", now, omit), e = errno;
        EQ (row->error_mixed, r < 0 ? e : 0);
        r = set_times ("f", omit, now), e = errno;
        EQ (row->error_mixed, r < 0 ? e : 0);
    }
}

TEST (through_a_descriptor_asks_the_same)
{
    make_file_of ("f", &bob, 0666);
    AS (alice) {
        int fd = (int) OK (open ("f", O_RDWR));
        FAILS (EPERM, futimens (fd, (struct timespec[]){ set, set }));
        OK (futimens (fd, NULL));
    }
    make_file_of ("g", &bob, 0644);
    AS (alice) {
        int fd = (int) OK (open ("g", O_RDONLY));
        FAILS (EACCES, futimens (fd, NULL));
    }
}

TEST (survive_what_comes_later)
{
    make_text ("f", "text");
    make_dir ("d", 0755);
    OK (set_times ("f", (struct timespec){ 1, 2 }, (struct timespec){ 3, 4 }));
    OK (chmod ("f", 0600));
    OK (chown ("f", 1, 1));
    OK (rename ("f", "d/g"));
    OK (link ("d/g", "h"));
    OK (setxattr ("h", "user.x", "y", 1, 0));
    struct stat st = look ("h");
    TRUE (is_time (st.st_atim, 1, 2));
    TRUE (is_time (st.st_mtim, 3, 4));
    int fd = (int) OK (open ("h", O_RDWR));
    write_at (fd, "x", 1, 0);
    TRUE (look_fd (fd).st_mtim.tv_sec > 1000000000);
    OK (futimens (fd, (struct timespec[]){ { 5, 6 }, { 7, 8 } }));
    close (fd);
    TRUE (is_time (look ("h").st_mtim, 7, 8));
}

/* A striped file: every server has seen writes. */
TEST (of_a_file_that_was_written_all_over)
{
    static char block[8 * STRIP];
    int fd = (int) OK (open ("f", O_RDWR | O_CREAT, 0644));
    write_at (fd, block, sizeof block, 0);
    OK (futimens (fd, (struct timespec[]){ { 5, 6 }, { 7, 8 } }));
    TRUE (is_time (look ("f").st_mtim, 7, 8));
    OK (fsync (fd));
    close (fd);
    TRUE (is_time (look ("f").st_mtim, 7, 8));
    fd = (int) OK (open ("f", O_RDWR));
    TRUE (is_time (look_fd (fd).st_mtim, 7, 8));
    write_at (fd, block, 1, 5 * STRIP);
    TRUE (look_fd (fd).st_mtim.tv_sec > 1000000000);
}

/* --- what each call changes ------------------------------------------------------------------------- */

#undef GROUP
#define GROUP "times"

enum { M = 1, C = 2, PM = 4, PC = 8, QM = 16, QC = 32, GONE = 64, P = PM | PC, Q = QM | QC };

static int fd_of_f;
static char scratch[16];

static int c_chmod (void) { return chmod ("p/f", 0600); }
static int c_chmod_same (void) { return chmod ("p/f", 0644); }
static int c_fchmod (void) { return fchmod (fd_of_f, 0600); }
static int c_chown (void) { return chown ("p/f", 1, 1); }
static int c_chown_same (void) { return chown ("p/f", 0, 0); }
static int c_truncate_less (void) { return truncate ("p/f", 2); }
static int c_truncate_more (void) { return truncate ("p/f", 200000); }
static int c_truncate_same (void) { return truncate ("p/f", 4); }
static int c_ftruncate (void) { return ftruncate (fd_of_f, 2); }
static int c_ftruncate_same (void) { return ftruncate (fd_of_f, 4); }
static int c_o_trunc (void) { return close (open ("p/f", O_WRONLY | O_TRUNC)); }
static int c_o_creat (void) { return close (open ("p/f", O_WRONLY | O_CREAT, 0644)); }
static int c_write (void) { return (int) write (fd_of_f, "x", 1); }
static int c_write_far (void) { return (int) pwrite (fd_of_f, "x", 1, 5 * STRIP); }
static int c_write_nothing (void) { return (int) write (fd_of_f, "x", 0); }
static int c_read (void) { return (int) pread (fd_of_f, scratch, 4, 0); }
static int c_link (void) { return link ("p/f", "p/l"); }
static int c_link_other (void) { return link ("p/f", "q/l"); }
static int c_rename (void) { return rename ("p/f", "p/g"); }
static int c_rename_other (void) { return rename ("p/f", "q/g"); }
static int c_rename_dir (void) { return rename ("p/d", "q/d"); }
static int c_rename_over (void) { return rename ("p/f", "p/old"); }
static int c_exchange (void) { return rename2 ("p/f", "q/other", 2); }
static int c_rename_self (void) { return rename ("p/f", "p/f"); }
static int c_unlink (void) { return unlink ("p/f"); }
static int c_unlink_second (void) { return unlink ("p/second"); }
static int c_mkdir (void) { return mkdir ("p/new", 0755); }
static int c_rmdir (void) { return rmdir ("p/d"); }
static int c_create (void) { return close (open ("p/new", O_RDWR | O_CREAT, 0644)); }
static int c_mknod (void) { return mknod ("p/new", S_IFREG | 0644, 0); }
static int c_mkfifo (void) { return mkfifo ("p/new", 0644); }
static int c_symlink (void) { return symlink ("x", "p/new"); }
static int c_setxattr (void) { return setxattr ("p/f", "user.x", "y", 1, 0); }
static int c_removexattr (void) { return removexattr ("p/f", "user.have"); }
static int c_utimens (void) { return set_times ("p/f", omit, now); }
static int c_utimens_access (void) { return set_times ("p/f", now, omit); }
static int c_utimens_set (void) { return set_times ("p/f", (struct timespec){ 1, 1 }, omit); }
static int c_fsync (void) { return fsync (fd_of_f); }
static int c_stat (void) { struct stat st; return stat ("p/f", &st); }
static int c_open (void) { return close (open ("p/f", O_RDWR)); }
static int c_readlink (void) { return (int) readlink ("p/link", scratch, sizeof scratch); }
static int c_access (void) { return access ("p/f", R_OK); }

/* What must change of the file p/f (M, C), of its directory p (PM, PC) and of the directory q; nothing else may. */
static const struct {
    const char *name;
    int (*run) (void);
    unsigned changes;
} effects[] = {
    { "chmod", c_chmod, C },
    { "chmod to the same", c_chmod_same, C },
    { "fchmod", c_fchmod, C },
    { "chown", c_chown, C },
    { "chown to the same", c_chown_same, C },
    { "truncate to less", c_truncate_less, M | C },
    { "truncate to more", c_truncate_more, M | C },
    { "truncate to the same", c_truncate_same, M | C },
    { "ftruncate", c_ftruncate, M | C },
    { "ftruncate to the same", c_ftruncate_same, M | C },
    { "o_trunc", c_o_trunc, M | C },
    { "o_creat of a file that is there", c_o_creat, 0 },
    { "write", c_write, M | C },
    { "write far behind", c_write_far, M | C },
    { "write of nothing", c_write_nothing, 0 },
    { "read", c_read, 0 },
    { "link", c_link, C | P },
    { "link in another directory", c_link_other, C | Q },
    { "rename", c_rename, C | P | GONE },
    { "rename to another directory", c_rename_other, C | P | Q | GONE },
    { "rename of a directory", c_rename_dir, P | Q },
    { "rename over a file", c_rename_over, C | P | GONE },
    { "exchange", c_exchange, C | P | Q | GONE },
    { "rename to itself", c_rename_self, 0 },
    { "unlink", c_unlink, P | C | GONE },
    { "unlink of the second name", c_unlink_second, C | P },
    { "mkdir", c_mkdir, P },
    { "rmdir", c_rmdir, P },
    { "create", c_create, P },
    { "mknod", c_mknod, P },
    { "mkfifo", c_mkfifo, P },
    { "symlink", c_symlink, P },
    { "setxattr", c_setxattr, C },
    { "removexattr", c_removexattr, C },
    { "utimensat of mtime", c_utimens, M | C },
    { "utimensat of atime", c_utimens_access, C },
    { "utimensat to a time", c_utimens_set, C },
    { "fsync", c_fsync, 0 },
    { "stat", c_stat, 0 },
    { "open", c_open, 0 },
    { "readlink", c_readlink, 0 },
    { "access", c_access, 0 },
};

static void
make_scene (void)
{
    make_dir ("p", 0755);
    make_dir ("q", 0755);
    make_text ("p/f", "text");
    OK (link ("p/f", "p/second"));
    make_dir ("p/d", 0755);
    make_text ("p/old", "old");
    make_text ("q/other", "other");
    OK (symlink ("f", "p/link"));
    OK (setxattr ("p/f", "user.have", "it", 2, 0));
    fd_of_f = (int) OK (open ("p/f", O_RDWR));
}

static void
changed (const char *what, bool should, struct timespec before, struct timespec after)
{
    note ("%s of %s", should ? "should be renewed" : "should stay", what);
    if (should)
        TRUE (later (after, before));
    else
        TRUE (same_time (after, before));
}

TEST_EACH (after, effects)
{
    unsigned c = row->changes;
    make_scene ();
    tick ();
    struct stat f = look_fd (fd_of_f), p = look ("p"), q = look ("q");
    tick ();
    OK (row->run ());
    struct stat f2 = (c & GONE) && row->run == c_unlink ? look ("p/second") : look_fd (fd_of_f), p2 = look ("p"), q2 = look ("q");
    changed ("mtime", c & M, f.st_mtim, f2.st_mtim);
    changed ("ctime", c & C, f.st_ctim, f2.st_ctim);
    changed ("the directory's mtime", c & PM, p.st_mtim, p2.st_mtim);
    changed ("the directory's ctime", c & PC, p.st_ctim, p2.st_ctim);
    changed ("the other directory's mtime", c & QM, q.st_mtim, q2.st_mtim);
    changed ("the other directory's ctime", c & QC, q.st_ctim, q2.st_ctim);
}

/* --- calls that fail change nothing ----------------------------------------------------------------- */

static int x_mkdir (void) { return mkdir ("p/f", 0755); }
static int x_link (void) { return link ("p/old", "p/f"); }
static int x_symlink (void) { return symlink ("x", "p/f"); }
static int x_create (void) { return open ("p/f", O_RDWR | O_CREAT | O_EXCL, 0644); }
static int x_mkfifo (void) { return mkfifo ("p/f", 0644); }
static int x_unlink (void) { return unlink ("p/none"); }
static int x_unlink_dir (void) { return unlink ("p/d"); }
static int x_rmdir (void) { return rmdir ("p/f"); }
static int x_rename (void) { return rename ("p/f", "p/d"); }
static int x_rename_dir (void) { return rename ("p/d", "p/f"); }
static int x_noreplace (void) { return rename2 ("p/f", "q/other", 1); }
static int x_truncate (void) { return truncate ("p/f", -1); }
static int x_ftruncate (void) { return ftruncate (fd_of_f, INT64_MAX); }
static int x_utimens (void) { return set_times ("p/f", (struct timespec){ 0, 1 << 30 }, now); }
static int x_setxattr (void) { return setxattr ("p/f", "user.have", "y", 1, XATTR_CREATE); }
static int x_removexattr (void) { return removexattr ("p/f", "user.none"); }
static int x_open_dir (void) { return open ("p", O_WRONLY); }

static const struct {
    const char *name;
    int (*run) (void);
} failures[] = {
    { "mkdir", x_mkdir }, { "link", x_link }, { "symlink", x_symlink }, { "create", x_create }, { "mkfifo", x_mkfifo }, { "unlink", x_unlink },
    { "unlink of a directory", x_unlink_dir }, { "rmdir", x_rmdir }, { "rename", x_rename }, { "rename of a directory", x_rename_dir },
    { "rename without replacing", x_noreplace }, { "truncate", x_truncate }, { "ftruncate", x_ftruncate }, { "utimensat", x_utimens },
    { "setxattr", x_setxattr }, { "removexattr", x_removexattr }, { "open", x_open_dir },
};

TEST_EACH (stay_after_a_failed, failures)
{
    make_scene ();
    tick ();
    struct stat f = look_fd (fd_of_f), p = look ("p"), q = look ("q");
    tick ();
    TRUE (row->run () < 0);
    struct stat f2 = look_fd (fd_of_f), p2 = look ("p"), q2 = look ("q");
    changed ("mtime", false, f.st_mtim, f2.st_mtim);
    changed ("ctime", false, f.st_ctim, f2.st_ctim);
    changed ("the directory's mtime", false, p.st_mtim, p2.st_mtim);
    changed ("the directory's ctime", false, p.st_ctim, p2.st_ctim);
    changed ("the other directory's mtime", false, q.st_mtim, q2.st_mtim);
    EQ (f.st_nlink, f2.st_nlink);
    EQ (f.st_size, f2.st_size);
}

/* --- new objects ------------------------------------------------------------------------------------ */

TEST (of_a_new_object_are_the_moment)
{
    struct stat p0 = look (".");
    tick ();
    OK (mkdir ("d", 0755));
    make_text ("f", "");
    OK (symlink ("x", "s"));
    OK (mkfifo ("p", 0644));
    static const char *const names[] = { "d", "f", "s", "p" };
    for (size_t i = 0; i < COUNT_OF (names); i++) {
        struct stat st = look (names[i]);
        note ("%s", names[i]);
        TRUE (later (st.st_atim, p0.st_mtim));
        TRUE (later (st.st_mtim, p0.st_mtim));
        TRUE (later (st.st_ctim, p0.st_mtim));
        TRUE (st.st_mtim.tv_sec - p0.st_mtim.tv_sec < 20);
    }
}

TEST (of_the_replaced_file_and_the_removed_name)
{
    make_scene ();
    OK (link ("p/old", "p/old2"));
    tick ();
    struct stat o = look ("p/old");
    tick ();
    OK (rename ("p/f", "p/old"));
    changed ("the replaced file's ctime", true, o.st_ctim, look ("p/old2").st_ctim);
    changed ("the replaced file's mtime", false, o.st_mtim, look ("p/old2").st_mtim);
    struct stat q = look ("p/old2");
    tick ();
    OK (unlink ("p/old2"));
    TRUE (same_time (q.st_mtim, o.st_mtim));
}

TEST (of_a_file_change_with_what_is_written_through_another_name)
{
    make_scene ();
    struct stat a = look ("p/second");
    tick ();
    EQ (1, write (fd_of_f, "x", 1));
    struct stat b = look ("p/second");
    TRUE (later (b.st_mtim, a.st_mtim));
    TRUE (later (b.st_ctim, a.st_ctim));
}

TEST (never_go_back)
{
    int fd = (int) OK (open ("f", O_RDWR | O_CREAT, 0644));
    struct stat a = look_fd (fd);
    for (int i = 0; i < 40; i++) {
        write_at (fd, "x", 1, (off_t) i * 37777);
        if (i % 5 == 0)
            OK (fchmod (fd, 0600 + (mode_t) i % 8));
        struct stat b = look_fd (fd);
        TRUE (!later (a.st_mtim, b.st_mtim));
        TRUE (!later (a.st_ctim, b.st_ctim));
        a = b;
    }
    close (fd);
    struct stat b = look ("f");
    TRUE (same_time (a.st_mtim, b.st_mtim));
    TRUE (same_time (a.st_ctim, b.st_ctim));
}

TEST (after_a_mapping_was_written)
{
    make_scene ();
    tick ();
    struct stat a = look_fd (fd_of_f);
    tick ();
    char *p = mmap (NULL, 4, PROT_READ | PROT_WRITE, MAP_SHARED, fd_of_f, 0);
    TRUE (p != MAP_FAILED);
    p[1] = 'x';
    OK (msync (p, 4, MS_SYNC));
    OK (munmap (p, 4));
    struct stat b = look_fd (fd_of_f);
    TRUE (later (b.st_mtim, a.st_mtim));
    TRUE (later (b.st_ctim, a.st_ctim));
}

/* --- access times ----------------------------------------------------------------------------------- */

#undef GROUP
#define GROUP "relatime"

static void
needs_relatime (void)
{
    struct statvfs s;
    OK (statvfs (".", &s));
    if (!has ("relatime") || (s.f_flag & ST_NOATIME))
        skip ("access times are not kept here");
}

TEST (reading_renews_an_access_time_that_is_not_after_the_modification)
{
    needs_relatime ();
    make_text ("f", "text");
    tick ();
    make_text ("f", "more");
    struct stat a = look ("f");
    tick ();
    SAME_TEXT ("more", text_of ("f"));
    struct stat b = look ("f");
    TRUE (later (b.st_atim, a.st_atim));
    TRUE (later (b.st_atim, b.st_mtim));
    TRUE (same_time (a.st_mtim, b.st_mtim));
    TRUE (same_time (a.st_ctim, b.st_ctim));
}

TEST (reading_leaves_an_access_time_that_is_newer)
{
    struct timespec t;
    make_text ("f", "text");
    clock_gettime (CLOCK_REALTIME, &t);
    OK (set_times ("f", (struct timespec){ t.tv_sec - 60, 7 }, (struct timespec){ t.tv_sec - 100, 0 }));
    OK (set_times ("f", omit, (struct timespec){ t.tv_sec - 100, 0 }));
    struct stat a = look ("f");
    tick ();
    text_of ("f");
    struct stat b = look ("f");
    /* The change time is newer than the access time: relatime renews it all the same, once. */
    if (!later (a.st_ctim, a.st_atim))
        TRUE (same_time (a.st_atim, b.st_atim));
    tick ();
    text_of ("f");
    struct stat c = look ("f");
    TRUE (same_time (b.st_atim, c.st_atim) || !later (b.st_atim, b.st_ctim));
}

TEST (reading_renews_an_access_time_of_yesterday)
{
    struct timespec t;
    needs_relatime ();
    make_text ("f", "text");
    clock_gettime (CLOCK_REALTIME, &t);
    OK (set_times ("f", (struct timespec){ t.tv_sec - 90000, 0 }, (struct timespec){ t.tv_sec - 100000, 0 }));
    text_of ("f");
    TRUE (look ("f").st_atim.tv_sec > t.tv_sec - 1000);
}

TEST (reading_nothing_and_looking_renew_nothing)
{
    make_text ("f", "text");
    struct stat a = look ("f");
    tick ();
    int fd = (int) OK (open ("f", O_RDONLY));
    EQ (0, read (fd, scratch, 0));
    OK (access ("f", R_OK));
    EQ (-1, readlink ("f", scratch, sizeof scratch));
    struct stat b = look ("f");
    TRUE (same_time (a.st_atim, b.st_atim));
}

TEST (writing_renews_no_access_time)
{
    make_text ("f", "text");
    struct stat a = look ("f");
    tick ();
    int fd = (int) OK (open ("f", O_WRONLY));
    EQ (1, write (fd, "x", 1));
    OK (ftruncate (fd, 100));
    struct stat b = look ("f");
    TRUE (same_time (a.st_atim, b.st_atim));
}
