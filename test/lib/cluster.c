/* See cluster.h. */
#include "cluster.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { START_SECONDS = 20, STOP_SECONDS = 15 };

static void __attribute__ ((format (printf, 1, 2), noreturn)) die (const char *format, ...)
{
    va_list ap;
    va_start (ap, format);
    fprintf (stderr, "cluster: ");
    vfprintf (stderr, format, ap);
    fprintf (stderr, "\n");
    va_end (ap);
    exit (2);
}

static double
now (void)
{
    struct timespec t;
    clock_gettime (CLOCK_MONOTONIC, &t);
    return (double) t.tv_sec + (double) t.tv_nsec / 1e9;
}

static void
nap (void)
{
    usleep (10000);
}

const char *
cluster_build (void)
{
    static char dir[PATH_MAX];
    const char *env = getenv ("PVFS2_BUILD");
    if (env && *env)
        return env;
    if (dir[0])
        return dir;
    ssize_t n = readlink ("/proc/self/exe", dir, sizeof dir - 1);
    if (n < 0)
        die ("/proc/self/exe: %s", strerror (errno));
    dir[n] = 0;
    for (;;) { /* up to the folder that holds the server */
        char *slash = strrchr (dir, '/'), path[PATH_MAX + 16];
        if (!slash)
            die ("set PVFS2_BUILD to the build folder");
        *slash = 0;
        snprintf (path, sizeof path, "%s/pvfs2-server", dir);
        if (access (path, X_OK) == 0)
            return dir;
    }
}

/* --- configuration ---------------------------------------------------------------------------- */

/* Below the range that the system hands out by itself. */
static int
free_port (void)
{
    static unsigned seed;
    if (!seed)
        seed = (unsigned) getpid () * 7919u + (unsigned) time (NULL);
    for (int tries = 0; tries < 1000; tries++) {
        int port = 12000 + rand_r (&seed) % 18000, one = 1;
        struct sockaddr_in a = { .sin_family = AF_INET,
                                 .sin_port = htons ((uint16_t) port),
                                 .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
        int fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        setsockopt (fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
        bool ok =
            fd >= 0 && bind (fd, (struct sockaddr *) &a, sizeof a) == 0 && listen (fd, 1) == 0;
        close (fd);
        if (ok)
            return port;
    }
    die ("no free port");
}

static void
write_ranges (FILE *f, const struct cluster *c, const char *what, unsigned mask, unsigned *next)
{
    fprintf (f, "    <%sHandleRanges>\n", what);
    for (int i = 0; i < c->n; i++)
        if (mask & (1u << i)) {
            uint64_t first = (uint64_t) *next << 48;
            fprintf (f, "        Range %s %llu-%llu\n", c->server[i].alias,
                     (unsigned long long) (first ? first : 3),
                     (unsigned long long) (first + (UINT64_C (1) << 48) - 1));
            ++*next;
        }
    fprintf (f, "    </%sHandleRanges>\n", what);
}

static void
write_fs (FILE *f, const struct cluster *c, int nr)
{
    const struct cluster_spec *s = &c->spec;
    unsigned all = (1u << c->n) - 1, next = 0;
    char number[16] = "";
    if (nr)
        snprintf (number, sizeof number, "%d", nr + 1);
    fprintf (f, "<FileSystem>\n    Name pvfs2-fs%s\n    ID %d\n    RootHandle 1048576\n%s", number,
             4711 + nr, s->fs_lines ? s->fs_lines : "");
    write_ranges (f, c, "Meta", s->meta ? s->meta : all, &next);
    write_ranges (f, c, "Data", s->data ? s->data : all, &next);
    const char *hints = s->hints ? s->hints : "";
    fprintf (f, "    <StorageHints>\n%s%s    </StorageHints>\n</FileSystem>\n",
             strstr (hints, "TroveSyncData") ? "" : "        TroveSyncData no\n", hints);
}

static void
write_conf (struct cluster *c)
{
    FILE *f = fopen (c->conf, "w");
    if (!f)
        die ("%s: %s", c->conf, strerror (errno));
    fprintf (f,
             "<Defaults>\n    BMIModules bmi_tcp\n    TCPBindSpecific yes\n    EventLogging "
             "none\n%s</Defaults>\n<Aliases>\n",
             c->spec.defaults ? c->spec.defaults : "");
    for (int i = 0; i < c->n; i++)
        fprintf (f, "    Alias %s %s\n", c->server[i].alias, c->server[i].addr);
    fprintf (f, "</Aliases>\n");
    for (int i = 0; i < c->n; i++)
        fprintf (f,
                 "<ServerOptions>\n    Server %s\n    MetadataStorageSpace %s\n    "
                 "DataStorageSpace %s\n    LogFile %s\n</ServerOptions>\n",
                 c->server[i].alias, c->server[i].storage, c->server[i].storage, c->server[i].log);
    for (int i = 0; i < (c->spec.nfs ? c->spec.nfs : 1); i++)
        write_fs (f, c, i);
    if (fclose (f) != 0)
        die ("%s: %s", c->conf, strerror (errno));
}

static void
choose_folder (struct cluster *c)
{
    const char *tmp = getenv ("PVFS2_TMP"), *base = getenv ("TMPDIR");
    static int count;
    c->own_dir = !tmp || !*tmp;
    if (c->own_dir)
        snprintf (c->dir, sizeof c->dir, "%s/pvfs2-cluster.XXXXXX", base ? base : "/tmp");
    else
        snprintf (c->dir, sizeof c->dir, "%s/cluster%d.XXXXXX", tmp, count++);
    if (!mkdtemp (c->dir))
        die ("%s: %s", c->dir, strerror (errno));
}

/* --- processes -------------------------------------------------------------------------------- */

static struct cluster *running[CLUSTER_MAX];

static void
kill_all (void)
{
    for (int k = 0; k < CLUSTER_MAX; k++)
        for (int i = 0; running[k] && i < running[k]->n; i++)
            if (running[k]->server[i].pid)
                kill (running[k]->server[i].pid, SIGKILL);
}

static int
remove_one (const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    return remove (path);
}

static void
remove_folder (const struct cluster *c)
{
    if (c->own_dir)
        nftw (c->dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* The program ends with clusters running: a test has failed. */
static void
at_exit (void)
{
    kill_all ();
    for (int k = 0; k < CLUSTER_MAX; k++) {
        for (int i = 0; running[k] && i < running[k]->n; i++)
            cluster_kill (running[k], i);
        if (running[k])
            remove_folder (running[k]);
    }
}

static void
on_signal (int sig)
{
    kill_all ();
    signal (sig, SIG_DFL);
    raise (sig);
}

static void
remember (struct cluster *c)
{
    static bool once;
    if (!once) {
        atexit (at_exit);
        signal (SIGINT, on_signal);
        signal (SIGTERM, on_signal);
        once = true;
    }
    for (int k = 0; k < CLUSTER_MAX; k++)
        if (!running[k]) {
            running[k] = c;
            return;
        }
    die ("too many clusters");
}

static void
forget (const struct cluster *c)
{
    for (int k = 0; k < CLUSTER_MAX; k++)
        if (running[k] == c)
            running[k] = NULL;
}

static void
forget_path (char path[PATH_MAX])
{
    snprintf (path, PATH_MAX, "%s/test/lib/forget.so", cluster_build ());
}

bool
cluster_can_forget (void)
{
    char path[PATH_MAX];
    forget_path (path);
    return access (path, R_OK) == 0;
}

static void
preload_forget (const struct cluster_server *s)
{
    char path[PATH_MAX];
    forget_path (path);
    setenv ("FORGET_DIR", s->storage, 1);
    setenv ("FORGET_JOURNAL", s->journal, 1);
    setenv ("LD_PRELOAD", path, 1);
}

static pid_t
spawn (struct cluster *c, int i, bool mkfs)
{
    const struct cluster_server *s = &c->server[i];
    char program[PATH_MAX];
    snprintf (program, sizeof program, "%s/pvfs2-server", cluster_build ());
    fflush (NULL);
    pid_t parent = getpid (), pid = fork ();
    if (pid < 0)
        die ("fork: %s", strerror (errno));
    if (pid > 0)
        return pid;
    prctl (PR_SET_PDEATHSIG, SIGKILL);
    if (getppid () != parent)
        _exit (127);
    int fd = open (s->log, O_WRONLY | O_CREAT | O_APPEND, 0644), in = open ("/dev/null", O_RDONLY);
    if (fd >= 0 && in >= 0) {
        dup2 (in, 0);
        dup2 (fd, 1);
        dup2 (fd, 2);
    }
    if (c->spec.forget)
        preload_forget (s);
    execl (program, "pvfs2-server", mkfs ? "-f" : "-d", "-a", s->alias, c->conf, (char *) NULL);
    fprintf (stderr, "%s: %s\n", program, strerror (errno));
    _exit (127);
}

static bool
listens (int port)
{
    struct sockaddr_in a = { .sin_family = AF_INET,
                             .sin_port = htons ((uint16_t) port),
                             .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
    int fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool ok = fd >= 0 && connect (fd, (struct sockaddr *) &a, sizeof a) == 0;
    close (fd);
    return ok;
}

/* The exit status, or −1 when the time is over. */
static int
await_end (struct cluster_server *s, int seconds)
{
    double end = now () + seconds;
    int status;
    for (;;) {
        pid_t r = waitpid (s->pid, &status, WNOHANG);
        if (r != 0) {
            s->pid = 0;
            return r > 0 && WIFEXITED (status) ? WEXITSTATUS (status) : 128;
        }
        if (now () > end)
            return -1;
        nap ();
    }
}

static void
make_storage (struct cluster *c)
{
    for (int i = 0; i < c->n; i++)
        c->server[i].pid = spawn (c, i, true);
    for (int i = 0; i < c->n; i++)
        if (await_end (&c->server[i], START_SECONDS) != 0) {
            cluster_show_logs (c);
            die ("%s could not create its storage", c->server[i].alias);
        }
}

static bool
await_start (struct cluster *c, int i)
{
    struct cluster_server *s = &c->server[i];
    double end = now () + START_SECONDS;
    while (!listens (s->port)) {
        if (now () > end)
            die ("%s does not listen on port %d", s->alias, s->port);
        if (await_end (s, 0) >= 0)
            return false;
        nap ();
    }
    return true;
}

bool
cluster_run (struct cluster *c, int i)
{
    c->server[i].pid = spawn (c, i, false);
    return await_start (c, i);
}

void
cluster_start (struct cluster *c, const struct cluster_spec *spec)
{
    char dir[sizeof c->dir];
    *c = (struct cluster){ .spec = *spec, .n = spec->nservers };
    choose_folder (c);
    remember (c);
    memcpy (dir, c->dir, sizeof dir);
    snprintf (c->conf, sizeof c->conf, "%s/fs.conf", dir);
    for (int i = 0; i < c->n; i++) {
        struct cluster_server *s = &c->server[i];
        s->port = free_port ();
        snprintf (s->alias, sizeof s->alias, "s%d", i + 1);
        snprintf (s->addr, sizeof s->addr, "tcp://127.0.0.1:%d", s->port);
        snprintf (s->storage, sizeof s->storage, "%s/%s", dir, s->alias);
        snprintf (s->journal, sizeof s->journal, "%s/%s.journal", dir, s->alias);
        snprintf (s->log, sizeof s->log, "%s/%s.log", dir, s->alias);
    }
    write_conf (c);
    make_storage (c);
    for (int i = 0; i < c->n; i++)
        c->server[i].pid = spawn (c, i, false);
    for (int i = 0; i < c->n; i++)
        if (!await_start (c, i)) {
            cluster_show_logs (c);
            die ("%s did not start", c->server[i].alias);
        }
}

void
cluster_kill (struct cluster *c, int i)
{
    struct cluster_server *s = &c->server[i];
    if (!s->pid)
        return;
    kill (s->pid, SIGKILL);
    waitpid (s->pid, NULL, 0);
    s->pid = 0;
}

void
cluster_forget (struct cluster *c, int i)
{
    int status;
    pid_t pid = fork ();
    if (pid == 0) {
        preload_forget (&c->server[i]);
        setenv ("FORGET_UNDO", "1", 1);
        execl ("/bin/true", "true", (char *) NULL);
        _exit (127);
    }
    if (pid < 0 || waitpid (pid, &status, 0) != pid || status)
        die ("%s: what was not synced cannot be undone", c->server[i].alias);
}

int
cluster_term (struct cluster *c, int i, int seconds)
{
    struct cluster_server *s = &c->server[i];
    if (!s->pid)
        return 0;
    kill (s->pid, SIGTERM);
    int r = await_end (s, seconds);
    if (r < 0)
        cluster_kill (c, i);
    return r;
}

int
cluster_stop (struct cluster *c)
{
    int bad = 0;
    for (int i = 0; i < c->n; i++)
        if (c->server[i].pid)
            kill (c->server[i].pid, SIGTERM);
    for (int i = 0; i < c->n; i++)
        bad += cluster_term (c, i, STOP_SECONDS) != 0;
    forget (c);
    if (c->n)
        remove_folder (c);
    c->n = 0;
    return bad;
}

void
cluster_show_logs (const struct cluster *c)
{
    for (int i = 0; i < c->n; i++) {
        char command[640];
        printf ("# log of %s:\n", c->server[i].alias);
        fflush (stdout);
        snprintf (command, sizeof command, "tail -n 20 '%s' | sed 's/^/#   /'", c->server[i].log);
        if (system (command) != 0)
            printf ("#   cannot be read\n");
    }
}

int
cluster_addrs (const struct cluster *c, const char *ret[CLUSTER_MAX])
{
    for (int i = 0; i < c->n; i++)
        ret[i] = c->server[i].addr;
    return c->n;
}

/* --- /proc ------------------------------------------------------------------------------------ */

double
cluster_cpu_seconds (pid_t pid)
{
    char path[64], text[1024] = "";
    unsigned long user = 0, system_ = 0;
    snprintf (path, sizeof path, "/proc/%d/stat", (int) pid);
    FILE *f = fopen (path, "r");
    if (f && fgets (text, sizeof text, f)) {
        char *p = strrchr (text, ')');
        if (!p
            || sscanf (p + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user,
                       &system_)
                   != 2)
            die ("%s cannot be read", path);
    }
    if (f)
        fclose (f);
    return (double) (user + system_) / (double) sysconf (_SC_CLK_TCK);
}

long
cluster_rss_kib (pid_t pid)
{
    char path[64], line[256];
    long kib = -1;
    snprintf (path, sizeof path, "/proc/%d/status", (int) pid);
    FILE *f = fopen (path, "r");
    while (f && fgets (line, sizeof line, f))
        if (sscanf (line, "VmRSS: %ld", &kib) == 1)
            break;
    if (f)
        fclose (f);
    return kib;
}

int
cluster_count_dir (pid_t pid, const char *what)
{
    char path[64];
    int n = 0;
    snprintf (path, sizeof path, "/proc/%d/%s", (int) pid, what);
    DIR *d = opendir (path);
    if (!d)
        return -1;
    for (struct dirent *e; (e = readdir (d));)
        n += e->d_name[0] != '.';
    closedir (d);
    return n;
}
