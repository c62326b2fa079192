/* See progress.h. The lock guards the line on the terminal. */
#include "apps/common/progress.h"

#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "apps/common/format.h"

enum { QUIET_MS = 500, TERMINAL_MS = 200, LINES_MS = 1000, BAR = 20, DEFAULT_COLUMNS = 80 };

static struct drawing {
    const struct progress_counts *counts;
    const char *thing; /* one of them */
    char phase[64];    /* "" unless the work has several */
    bool bytes, terminal, always;
    bool held; /* somebody writes to standard output */
    bool drawn; /* a line stands on the terminal, or has */
    bool end;
    struct timespec start; /* of the phase */
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
} drawing = { .lock = PTHREAD_MUTEX_INITIALIZER };

enum progress_wish
progress_wish (bool yes, bool no)
{
    if (yes && no)
        tool_usage ("--progress and --no-progress exclude each other");
    return yes ? PROGRESS_ALWAYS : no ? PROGRESS_NEVER : PROGRESS_ON_TERMINAL;
}

static int64_t
count_of (const int64_t *count)
{
    return __atomic_load_n (count, __ATOMIC_RELAXED);
}

static double
seconds_since_start (const struct drawing *d)
{
    struct timespec t;
    clock_gettime (CLOCK_MONOTONIC, &t);
    return (double)(t.tv_sec - d->start.tv_sec) + (double)(t.tv_nsec - d->start.tv_nsec) / 1e9;
}

/* Of all that is expected, by bytes if there are any; below 0: it cannot be told. */
static double
share_done (const struct drawing *d)
{
    const struct progress_counts *c = d->counts;
    bool by_bytes = d->bytes && count_of (&c->bytes_expected) > 0;
    int64_t done = count_of (by_bytes ? &c->bytes : &c->things);
    int64_t all = count_of (by_bytes ? &c->bytes_expected : &c->things_expected);
    if (!__atomic_load_n (&c->complete, __ATOMIC_RELAXED) || all <= 0)
        return -1;
    return done < all ? (double)done / (double)all : 1;
}

/* "  45% [=========>          ]  12 files, 1.2G, 310.5M/s, 0:05 left", with the phase in front: "look 1, checking:  45% ..." */
static void
make_line (const struct drawing *d, char *buf, size_t size)
{
    double took = seconds_since_start (d), share = share_done (d);
    int64_t bytes = count_of (&d->counts->bytes), things = count_of (&d->counts->things);
    char bar[BAR + 1], moved[FORMAT_ROOM], rate[FORMAT_ROOM];
    size_t n = (size_t)snprintf (buf, size, "%s%s", d->phase, d->phase[0] != '\0' ? ": " : "");
    if (share >= 0) {
        int full = (int)(share * BAR);
        for (int i = 0; i < BAR; i++)
            bar[i] = i < full ? '=' : i == full ? '>' : ' ';
        bar[BAR] = '\0';
        n += (size_t)snprintf (buf + n, size - n, "%4d%% [%s]  ", (int)(share * 100), bar);
    }
    n += (size_t)snprintf (buf + n, size - n, "%lld %s%s", (long long)things, d->thing, things == 1 ? "" : "s");
    if (d->bytes) {
        format_size (bytes, true, moved);
        format_size ((PVFS_size)(took > 0 ? (double)bytes / took : 0), true, rate);
        n += (size_t)snprintf (buf + n, size - n, ", %s, %s/s", moved, rate);
    }
    if (share > 0 && share < 1) {
        long long left = (long long)(took / share * (1 - share));
        snprintf (buf + n, size - n, ", %lld:%02lld left", left / 60, left % 60);
    }
}

static int
columns (void)
{
    struct winsize w;
    return ioctl (STDERR_FILENO, TIOCGWINSZ, &w) == 0 && w.ws_col > 1 ? w.ws_col : DEFAULT_COLUMNS;
}

static void
draw_locked (struct drawing *d)
{
    char line[256];
    make_line (d, line, sizeof line);
    if (d->terminal)
        fprintf (stderr, "\r%.*s\033[K", columns () - 1, line);
    else
        fprintf (stderr, "%s\n", line);
    fflush (stderr);
    d->drawn = true;
}

/* Before somebody else writes to the terminal. */
static void
give_way (void)
{
    struct drawing *d = &drawing;
    pthread_mutex_lock (&d->lock);
    if (d->counts != NULL && d->terminal && d->drawn)
        fputs ("\r\033[K", stderr);
    pthread_mutex_unlock (&d->lock);
}

static void
set_held (bool held)
{
    pthread_mutex_lock (&drawing.lock);
    drawing.held = held;
    pthread_mutex_unlock (&drawing.lock);
}

void
progress_hold (void)
{
    set_held (true);
    give_way ();
}

void
progress_go_on (void)
{
    fflush (stdout);
    set_held (false);
}

void
progress_phase (struct progress_counts *c, const char *thing, int64_t expected, const char *format, ...)
{
    struct drawing *d = &drawing;
    va_list ap;
    va_start (ap, format);
    pthread_mutex_lock (&d->lock);
    vsnprintf (d->phase, sizeof d->phase, format, ap);
    d->thing = thing;
    clock_gettime (CLOCK_MONOTONIC, &d->start);
    *c = (struct progress_counts){ .things_expected = expected, .complete = expected > 0 };
    pthread_mutex_unlock (&d->lock);
    va_end (ap);
}

static struct timespec
in_ms (int64_t ms)
{
    struct timespec t;
    clock_gettime (CLOCK_MONOTONIC, &t);
    int64_t ns = t.tv_nsec + ms % 1000 * 1000000;
    return (struct timespec){ .tv_sec = t.tv_sec + ms / 1000 + ns / 1000000000, .tv_nsec = ns % 1000000000 };
}

/* What is over at once shows nothing. */
static void *
draw (void *arg)
{
    struct drawing *d = arg;
    struct timespec next = in_ms (d->always ? 0 : QUIET_MS);
    pthread_mutex_lock (&d->lock);
    while (!d->end) {
        if (pthread_cond_timedwait (&d->changed, &d->lock, &next) != ETIMEDOUT)
            continue;
        if (!d->held)
            draw_locked (d);
        next = in_ms (d->terminal ? TERMINAL_MS : LINES_MS);
    }
    pthread_mutex_unlock (&d->lock);
    return NULL;
}

void
progress_begin (enum progress_wish wish, const struct progress_counts *counts, const char *thing, bool bytes)
{
    struct drawing *d = &drawing;
    pthread_condattr_t attr;
    sigset_t all, old;
    bool terminal = isatty (STDERR_FILENO);
    if (wish == PROGRESS_NEVER || (wish == PROGRESS_ON_TERMINAL && !terminal))
        return;
    d->thing = thing;
    d->bytes = bytes;
    d->terminal = terminal;
    d->always = wish == PROGRESS_ALWAYS;
    d->drawn = d->end = d->held = false;
    d->phase[0] = '\0';
    clock_gettime (CLOCK_MONOTONIC, &d->start);
    pthread_condattr_init (&attr);
    pthread_condattr_setclock (&attr, CLOCK_MONOTONIC);
    pthread_cond_init (&d->changed, &attr);
    pthread_condattr_destroy (&attr);
    d->counts = counts;
    sigfillset (&all);
    pthread_sigmask (SIG_SETMASK, &all, &old); /* signals are for the others */
    if (pthread_create (&d->thread, NULL, draw, d) != 0)
        d->counts = NULL;
    pthread_sigmask (SIG_SETMASK, &old, NULL);
    tool_before_report (give_way);
}

void
progress_end (void)
{
    struct drawing *d = &drawing;
    if (d->counts == NULL)
        return;
    pthread_mutex_lock (&d->lock);
    d->end = true;
    pthread_cond_signal (&d->changed);
    pthread_mutex_unlock (&d->lock);
    pthread_join (d->thread, NULL);
    tool_before_report (NULL);
    if (d->drawn || d->always)
        draw_locked (d);
    if (d->drawn && d->terminal)
        fputc ('\n', stderr);
    pthread_cond_destroy (&d->changed);
    d->counts = NULL;
}
