/*
 * The frame of the conformance suite: tests, assertions, users, and what most tests need.
 *
 * A test is a process in a fresh folder of its own, which is its working directory; it is root, its umask is 0. The first assertion that does
 * not hold ends it. AS (user) { … } is run by a further process that has become that user; what it leaves in variables is lost.
 */
#ifndef POSIX_TEST_H
#define POSIX_TEST_H

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

#define COUNT_OF(array) (sizeof (array) / sizeof (array)[0])

/* --- tests ------------------------------------------------------------------------------------------ */

struct test {
    const char *group, *id;
    void (*run) (const void *row);
    const void *rows; /* NULL: a single test; else each begins with its name, a char * */
    size_t nrows, stride;
    struct test *next;
};

void test_add (struct test *t);

#define TEST_ADD(what)                          \
    __attribute__ ((constructor)) static void   \
    add_##what (void)                           \
    {                                           \
        test_add (&test_##what);                \
    }

/* TEST (what_is_shown) { … }: the file has defined GROUP. */
#define TEST(what)                                                                          \
    static void show_##what (const void *row);                                              \
    static struct test test_##what = { .group = GROUP, .id = #what, .run = show_##what };   \
    TEST_ADD (what)                                                                         \
    static void show_##what (__attribute__ ((unused)) const void *unused_row)

/* TEST_EACH (what_is_shown, array) { … row->member … }: one test per element. */
#define TEST_EACH(what, array)                                                              \
    static void show_##what (const __typeof__ ((array)[0]) *row);                           \
    static void run_##what (const void *row)                                                \
    {                                                                                       \
        show_##what (row);                                                                  \
    }                                                                                       \
    static struct test test_##what = { .group = GROUP, .id = #what, .run = run_##what,      \
                                       .rows = array, .nrows = COUNT_OF (array), .stride = sizeof (array)[0] }; \
    TEST_ADD (what)                                                                         \
    static void show_##what (const __typeof__ ((array)[0]) *row)

/* --- assertions ------------------------------------------------------------------------------------- */

struct place {
    const char *expr, *file;
    int line;
};

#define HERE(expr) (&(const struct place){ expr, __FILE__, __LINE__ })

/* A call that succeeds; it returns what the call returned. */
#define OK(call) check_ok ((long) (call), HERE (#call))
/* A call that fails with just that errno. */
#define FAILS(err, call) (errno = 0, check_fails (err, (long) (call), HERE (#call)))
/* Two integers. */
#define EQ(want, got) check_eq ((long long) (want), (long long) (got), HERE (#got))
#define TRUE(condition) check_true (condition, HERE (#condition))
#define SAME_TEXT(want, got) check_text (want, got, HERE (#got))
#define SAME_BYTES(want, got, size) check_true (memcmp (want, got, size) == 0, HERE (#got " has the bytes of " #want))

long check_ok (long result, const struct place *p);
void check_fails (int err, long result, const struct place *p);
void check_eq (long long want, long long got, const struct place *p);
void check_true (bool holds, const struct place *p);
void check_text (const char *want, const char *got, const struct place *p);

/* What goes on, for the message of an assertion that does not hold. */
void note (const char *format, ...) __attribute__ ((format (printf, 1, 2)));

void skip (const char *why) __attribute__ ((noreturn));

/* --- what the file system is known to have ---------------------------------------------------------- */

/* A name of the table in posix-test.c. */
bool has (const char *feature);

/* Directories count their subdirectories: 2 + n. */
bool dirs_count_links (void);

/* --- users ------------------------------------------------------------------------------------------ */

enum { TEAM = 65500, NOBODYS = 65499 };

struct user {
    uid_t uid;
    gid_t gid;
    int ngroups;
    gid_t groups[2];
};

extern const struct user alice; /* also of TEAM */
extern const struct user bob;
extern const struct user root;

#define AS(user) for (int as_ = as_begin (&user); as_; as_ = as_end ())

int as_begin (const struct user *u);
int as_end (void);

/* Runs `work` in a process of its own at the same time; child_wait fails the test if it failed. */
pid_t child_start (void (*work) (void *arg), void *arg);
void child_wait (pid_t pid);

/* --- files ------------------------------------------------------------------------------------------ */

enum { STRIP = 65536 };

void make_file (const char *path, mode_t mode);
void make_text (const char *path, const char *text);
void make_dir (const char *path, mode_t mode);
void make_dir_of (const char *path, const struct user *u, mode_t mode);
void make_file_of (const char *path, const struct user *u, mode_t mode);
bool exists (const char *path);      /* without following */
struct stat look (const char *path); /* without following */
struct stat look_fd (int fd);
mode_t mode_of (const char *path);   /* 07777 */
nlink_t links_of (const char *path);
off_t size_of (const char *path);

/* The text of a short file. Valid until the next call. */
const char *text_of (const char *path);

/* `size` bytes that depend on their place and on `seed`; the other looks whether they are there. */
void fill (void *buf, size_t size, unsigned seed);
bool is_filled (const void *buf, size_t size, unsigned seed);
bool is_zero (const void *buf, size_t size);

/* All of it, at that place. */
void write_at (int fd, const void *buf, size_t size, off_t offset);
void read_at (int fd, void *buf, size_t size, off_t offset);

/* Waits until the clock that file systems take their times from has moved. */
void tick (void);

bool same_time (struct timespec a, struct timespec b);
bool later (struct timespec a, struct timespec than);

/* n times c. Valid until the eighth further call. */
const char *repeat (char c, size_t n);

int rename2 (const char *from, const char *to, unsigned flags);

#endif
