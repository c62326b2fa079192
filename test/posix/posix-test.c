/*
 * posix-test: does a directory behave as POSIX (and, where POSIX leaves it open, Linux) says?
 *
 *     posix-test DIR [--only GROUP[/TEST]]... [--features LIST] [--seconds N] [--list]
 *
 * Prints "ok GROUP/TEST", "not ok GROUP/TEST - why (file:line)" or "skip GROUP/TEST - reason" for each test, and the number of assertions. Every
 * test is a process; this one makes its folder, waits for it (N seconds, 30), and clears the folder away.
 */
#include <dirent.h>
#include <grp.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "posix-test.h"

enum { MAX_ONLY = 32, WHY_SIZE = 600 };

/* What test processes tell. */
struct told {
    unsigned assertions;
    bool failed, skipped;
    char note[200];
    char why[WHY_SIZE];
};

static struct told *told;
static struct test *tests, **last = &tests;
static const char *only[MAX_ONLY];
static int nonly, limit = 30;
static bool list_only, links_count;
static char work[4096];
static unsigned npassed, nfailed, nskipped, nassertions;

static struct feature {
    const char *name;
    bool on;
    const char *what;
} features[] = {
    { "tmpfile", true, "O_TMPFILE makes files; else it answers EOPNOTSUPP" },
    { "acl", true, "POSIX ACLs" },
    { "huge-xattrs", false, "xattr values of 64 KiB" },
    { "relatime", true, "reading renews the access time as relatime says" },
};

const struct user alice = { 65533, 65533, 1, { TEAM } };
const struct user bob = { 65534, 65534, 0, { 0 } };
const struct user root = { 0, 0, 0, { 0 } };

void
test_add (struct test *t)
{
    *last = t;
    last = &t->next;
}

bool
has (const char *feature)
{
    for (size_t i = 0; i < COUNT_OF (features); i++)
        if (strcmp (features[i].name, feature) == 0)
            return features[i].on;
    abort ();
}

bool
dirs_count_links (void)
{
    return links_count;
}

/* --- assertions ------------------------------------------------------------------------------------- */

static const char *
base_name (const char *path)
{
    const char *slash = strrchr (path, '/');
    return slash ? slash + 1 : path;
}

static void __attribute__ ((noreturn, format (printf, 2, 3)))
fail (const struct place *p, const char *format, ...)
{
    char text[400];
    va_list args;
    va_start (args, format);
    vsnprintf (text, sizeof text, format, args);
    va_end (args);
    if (!told->failed)
        snprintf (told->why, sizeof told->why, "%.300s%s%s%s (%s:%d)", text, told->note[0] ? " [" : "", told->note, told->note[0] ? "]" : "",
                  base_name (p->file), p->line);
    told->failed = true;
    _exit (1);
}

static void
counted (void)
{
    __atomic_add_fetch (&told->assertions, 1, __ATOMIC_RELAXED);
}

static const char *
error_name (int err)
{
    const char *name = strerrorname_np (err);
    return name ? name : "an unknown error";
}

long
check_ok (long result, const struct place *p)
{
    int err = errno;
    counted ();
    if (result < 0)
        fail (p, "%s: %s", p->expr, error_name (err));
    return result;
}

void
check_fails (int err, long result, const struct place *p)
{
    int got = errno;
    counted ();
    if (result >= 0)
        fail (p, "%s succeeds instead of %s", p->expr, error_name (err));
    if (got != err)
        fail (p, "%s: %s instead of %s", p->expr, error_name (got), error_name (err));
}

void
check_eq (long long want, long long got, const struct place *p)
{
    counted ();
    if (want != got)
        fail (p, want > 7 && want < 010000 && strstr (p->expr, "mode") ? "%s is 0%llo instead of 0%llo" : "%s is %lld instead of %lld", p->expr, got, want);
}

void
check_true (bool holds, const struct place *p)
{
    counted ();
    if (!holds)
        fail (p, "not so: %s", p->expr);
}

void
check_text (const char *want, const char *got, const struct place *p)
{
    counted ();
    if (strcmp (want, got) != 0)
        fail (p, "%s is '%.80s' instead of '%.80s'", p->expr, got, want);
}

void
note (const char *format, ...)
{
    va_list args;
    va_start (args, format);
    vsnprintf (told->note, sizeof told->note, format, args);
    va_end (args);
}

void
skip (const char *why)
{
    snprintf (told->why, sizeof told->why, "%s", why);
    told->skipped = true;
    _exit (0);
}

/* --- processes -------------------------------------------------------------------------------------- */

void
child_wait (pid_t pid)
{
    int status;
    while (waitpid (pid, &status, 0) < 0 && errno == EINTR)
        continue;
    if (told->skipped)
        _exit (0);
    if (WIFSIGNALED (status))
        fail (HERE (""), "a process of the test died of signal %d", WTERMSIG (status));
    if (!WIFEXITED (status) || WEXITSTATUS (status) != 0)
        fail (HERE (""), "a process of the test failed");
}

static void
become (const struct user *u)
{
    if (setgroups ((size_t) u->ngroups, u->groups) < 0 || setgid (u->gid) < 0 || setuid (u->uid) < 0)
        fail (HERE (""), "cannot become user %u: %s", u->uid, error_name (errno));
}

int
as_begin (const struct user *u)
{
    pid_t pid = fork ();
    if (pid < 0)
        fail (HERE (""), "fork: %s", error_name (errno));
    if (pid == 0) {
        become (u);
        return 1;
    }
    child_wait (pid);
    return 0;
}

int
as_end (void)
{
    _exit (0);
}

pid_t
child_start (void (*what) (void *arg), void *arg)
{
    pid_t pid = fork ();
    if (pid < 0)
        fail (HERE (""), "fork: %s", error_name (errno));
    if (pid == 0) {
        what (arg);
        _exit (0);
    }
    return pid;
}

/* --- files ------------------------------------------------------------------------------------------ */

void
make_file (const char *path, mode_t mode)
{
    int fd = (int) OK (open (path, O_WRONLY | O_CREAT | O_EXCL, 0600));
    OK (fchmod (fd, mode));
    close (fd);
}

void
make_text (const char *path, const char *text)
{
    int fd = (int) OK (open (path, O_WRONLY | O_CREAT | O_TRUNC, 0644));
    EQ (strlen (text), write (fd, text, strlen (text)));
    OK (close (fd));
}

void
make_dir (const char *path, mode_t mode)
{
    OK (mkdir (path, 0700));
    OK (chmod (path, mode));
}

void
make_dir_of (const char *path, const struct user *u, mode_t mode)
{
    OK (mkdir (path, 0700));
    OK (chown (path, u->uid, u->gid));
    OK (chmod (path, mode));
}

void
make_file_of (const char *path, const struct user *u, mode_t mode)
{
    make_file (path, 0600);
    OK (chown (path, u->uid, u->gid));
    OK (chmod (path, mode));
}

bool
exists (const char *path)
{
    struct stat st;
    return lstat (path, &st) == 0;
}

struct stat
look (const char *path)
{
    struct stat st = { 0 };
    OK (lstat (path, &st));
    return st;
}

struct stat
look_fd (int fd)
{
    struct stat st = { 0 };
    OK (fstat (fd, &st));
    return st;
}

mode_t
mode_of (const char *path)
{
    return look (path).st_mode & 07777;
}

nlink_t
links_of (const char *path)
{
    return look (path).st_nlink;
}

off_t
size_of (const char *path)
{
    return look (path).st_size;
}

const char *
text_of (const char *path)
{
    static char text[8192];
    int fd = (int) OK (open (path, O_RDONLY));
    ssize_t n = OK (read (fd, text, sizeof text - 1));
    text[n] = 0;
    close (fd);
    return text;
}

static unsigned char
byte_of (size_t i, unsigned seed)
{
    uint32_t x = (uint32_t) (i / 4) * 2654435761u + seed * 40503u;
    return (unsigned char) (((x ^ x >> 15) >> (i % 4 * 8)) | 1);
}

void
fill (void *buf, size_t size, unsigned seed)
{
    for (size_t i = 0; i < size; i++)
        ((unsigned char *) buf)[i] = byte_of (i, seed);
}

bool
is_filled (const void *buf, size_t size, unsigned seed)
{
    for (size_t i = 0; i < size; i++)
        if (((const unsigned char *) buf)[i] != byte_of (i, seed))
            return false;
    return true;
}

bool
is_zero (const void *buf, size_t size)
{
    const char *p = buf;
    return size == 0 || (p[0] == 0 && memcmp (p, p + 1, size - 1) == 0);
}

void
write_at (int fd, const void *buf, size_t size, off_t offset)
{
    EQ (size, pwrite (fd, buf, size, offset));
}

void
read_at (int fd, void *buf, size_t size, off_t offset)
{
    EQ (size, pread (fd, buf, size, offset));
}

static void
nap (long ns)
{
    struct timespec t = { 0, ns };
    nanosleep (&t, NULL);
}

void
tick (void)
{
    struct timespec start, now;
    clock_gettime (CLOCK_REALTIME, &start); /* either clock may stamp a file */
    do {
        nap (500000);
        clock_gettime (CLOCK_REALTIME_COARSE, &now);
    } while (!later (now, start));
}

bool
same_time (struct timespec a, struct timespec b)
{
    return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

bool
later (struct timespec a, struct timespec than)
{
    return a.tv_sec > than.tv_sec || (a.tv_sec == than.tv_sec && a.tv_nsec > than.tv_nsec);
}

const char *
repeat (char c, size_t n)
{
    static char *ring[8];
    static unsigned next;
    char **s = &ring[next++ % COUNT_OF (ring)];
    free (*s);
    *s = malloc (n + 1);
    if (!*s)
        fail (HERE (""), "out of memory");
    memset (*s, c, n);
    (*s)[n] = 0;
    return *s;
}

int
rename2 (const char *from, const char *to, unsigned flags)
{
    return (int) syscall (SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, flags);
}

/* --- clearing away ---------------------------------------------------------------------------------- */

static int remove_entry (const char *name);

static int
empty_directory (void)
{
    char *names = NULL;
    size_t size = 0;
    int status = 0;
    DIR *d = opendir (".");
    FILE *out = d ? open_memstream (&names, &size) : NULL;
    if (!out)
        return -1;
    for (struct dirent *e; (e = readdir (d));)
        if (strcmp (e->d_name, ".") != 0 && strcmp (e->d_name, "..") != 0)
            fwrite (e->d_name, strlen (e->d_name) + 1, 1, out);
    fclose (out);
    closedir (d); /* trees may be deeper than there are descriptors */
    for (size_t i = 0; i < size; i += strlen (names + i) + 1)
        if (remove_entry (names + i) < 0)
            status = -1;
    free (names);
    return status;
}

static int
remove_entry (const char *name)
{
    struct stat st;
    if (lstat (name, &st) < 0)
        return -1;
    if (!S_ISDIR (st.st_mode))
        return unlink (name);
    if (chdir (name) < 0)
        return -1;
    int status = empty_directory ();
    return chdir ("..") < 0 || rmdir (name) < 0 ? -1 : status;
}

/* --- running ---------------------------------------------------------------------------------------- */

static void __attribute__ ((noreturn))
run_test (const struct test *t, const void *row, const char *folder)
{
    sigset_t none;
    setpgid (0, 0);
    sigemptyset (&none);
    sigprocmask (SIG_SETMASK, &none, NULL);
    umask (0);
    if (chdir (folder) < 0)
        fail (HERE (""), "cannot enter the folder of the test: %s", error_name (errno));
    t->run (row);
    _exit (0);
}

/* False: it took too long. */
static bool
await (pid_t pid, int *status)
{
    sigset_t chld;
    struct timespec wait = { limit, 0 };
    sigemptyset (&chld);
    sigaddset (&chld, SIGCHLD);
    while (waitpid (pid, status, WNOHANG) == 0) {
        if (sigtimedwait (&chld, NULL, &wait) < 0 && errno == EAGAIN)
            return false;
    }
    return true;
}

static void
judge (int status, bool in_time)
{
    if (!in_time)
        snprintf (told->why, sizeof told->why, "takes longer than %d s%s%s", limit, told->note[0] ? ": " : "", told->note);
    else if (WIFSIGNALED (status))
        snprintf (told->why, sizeof told->why, "died of signal %d%s%s", WTERMSIG (status), told->note[0] ? ": " : "", told->note);
    else if (WEXITSTATUS (status) != 0 && !told->failed)
        snprintf (told->why, sizeof told->why, "ended with status %d", WEXITSTATUS (status));
    else if (!told->failed)
        return;
    told->failed = true;
}

static void
report (const char *name)
{
    nassertions += told->assertions;
    if (told->failed)
        printf ("not ok %s - %s\n", name, told->why);
    else if (told->skipped)
        printf ("skip %s - %s\n", name, told->why);
    else
        printf ("ok %s\n", name);
    nfailed += told->failed;
    nskipped += !told->failed && told->skipped;
    npassed += !told->failed && !told->skipped;
    fflush (stdout);
}

static void
run (const struct test *t, const void *row, const char *name)
{
    static unsigned n;
    char folder[32];
    int status = 0;
    memset (told, 0, sizeof *told);
    snprintf (folder, sizeof folder, "test-%u", ++n);
    if (mkdir (folder, 0755) < 0) {
        snprintf (told->why, sizeof told->why, "its folder cannot be made: %s", error_name (errno));
        told->failed = true;
        report (name);
        return;
    }
    pid_t pid = fork ();
    if (pid == 0)
        run_test (t, row, folder);
    bool in_time = pid > 0 && await (pid, &status);
    kill (-pid, SIGKILL); /* and what it may have left */
    if (!in_time)
        waitpid (pid, &status, 0);
    judge (status, in_time);
    if ((remove_entry (folder) < 0 || chdir (work) < 0) && !told->failed) {
        snprintf (told->why, sizeof told->why, "what it made cannot be removed: %s", error_name (errno));
        told->failed = true;
    }
    report (name);
}

static bool
wanted (const char *group, const char *name)
{
    if (nonly == 0)
        return true;
    for (int i = 0; i < nonly; i++)
        if (strcmp (only[i], group) == 0 || strcmp (only[i], name) == 0)
            return true;
    return false;
}

static void
consider (const struct test *t, const void *row)
{
    char name[200];
    const char *of = row ? *(const char *const *) row : NULL;
    snprintf (name, sizeof name, "%s/%s%s%s", t->group, t->id, of ? "-" : "", of ? of : "");
    for (char *p = name; *p; p++)
        if (*p == '_' || *p == ' ')
            *p = '-';
    if (!wanted (t->group, name))
        return;
    if (list_only)
        puts (name);
    else
        run (t, row, name);
}

static void
run_all (void)
{
    for (const struct test *t = tests; t; t = t->next) {
        if (!t->rows)
            consider (t, NULL);
        for (size_t i = 0; i < t->nrows; i++)
            consider (t, (const char *) t->rows + i * t->stride);
    }
}

/* --- the command line ------------------------------------------------------------------------------- */

static void __attribute__ ((noreturn))
usage (void)
{
    fprintf (stderr, "usage: posix-test DIR [--only GROUP[/TEST]]... [--features LIST] [--seconds N] [--list]\n"
                     "LIST: names, comma-separated, with a - before each that DIR does not have:\n");
    for (size_t i = 0; i < COUNT_OF (features); i++)
        fprintf (stderr, "  %-12s %s%s\n", features[i].name, features[i].what, features[i].on ? " (default)" : "");
    exit (2);
}

static void
set_features (char *list)
{
    for (char *name; (name = strsep (&list, ","));) {
        bool on = *name != '-', known = false;
        for (size_t i = 0; i < COUNT_OF (features); i++) {
            if (strcmp (features[i].name, name + !on) != 0)
                continue;
            features[i].on = on;
            known = true;
        }
        if (!known)
            usage ();
    }
}

static const char *
parse (int argc, char **argv)
{
    const char *dir = NULL;
    for (int i = 1; i < argc; i++) {
        bool more = i + 1 < argc;
        if (strcmp (argv[i], "--only") == 0 && more && nonly < MAX_ONLY)
            only[nonly++] = argv[++i];
        else if (strcmp (argv[i], "--features") == 0 && more)
            set_features (argv[++i]);
        else if (strcmp (argv[i], "--seconds") == 0 && more)
            limit = atoi (argv[++i]);
        else if (strcmp (argv[i], "--list") == 0)
            list_only = true;
        else if (argv[i][0] != '-' && !dir)
            dir = argv[i];
        else
            usage ();
    }
    if ((!dir && !list_only) || limit <= 0)
        usage ();
    return dir;
}

static void __attribute__ ((noreturn))
cannot (const char *what)
{
    printf ("not ok posix-test - %s: %s\n", what, strerror (errno));
    exit (1);
}

static void
enter (const char *dir)
{
    struct stat st;
    if (!realpath (dir, work) || strlen (work) + 32 > sizeof work)
        cannot (dir);
    sprintf (work + strlen (work), "/posix-test.%d", (int) getpid ());
    if (mkdir (work, 0755) < 0 || chmod (work, 0755) < 0 || chdir (work) < 0)
        cannot (work);
    links_count = lstat (".", &st) == 0 && st.st_nlink == 2;
    told = mmap (NULL, sizeof *told, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (told == MAP_FAILED)
        cannot ("memory");
}

int
main (int argc, char **argv)
{
    const char *dir = parse (argc, argv);
    sigset_t chld;
    if (list_only) {
        run_all ();
        return 0;
    }
    if (geteuid () != 0) {
        printf ("skip posix-test - needs root, to become others\n");
        return 0;
    }
    enter (dir);
    sigemptyset (&chld);
    sigaddset (&chld, SIGCHLD);
    sigprocmask (SIG_BLOCK, &chld, NULL);
    run_all ();
    if (chdir ("..") < 0 || rmdir (work) < 0)
        cannot (work);
    printf ("# %u passed, %u failed, %u skipped\n# %u assertions\n", npassed, nfailed, nskipped, nassertions);
    return nfailed > 0;
}
