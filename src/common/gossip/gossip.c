/* Gossip: where messages go and how a line is made.
 *
 * The state is a handful of atomics, so that a message needs no lock. The log file keeps one
 * descriptor number for ever: a reopened or other file is put under the same number with dup3,
 * which is atomic, so a writer that is just in write(2) ends in the old or in the new file, never
 * in a closed or foreign one. config_lock orders the calls that change where the log goes; it
 * guards path and ident.
 */
#include "common/gossip/gossip.h"

#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

enum facility { TO_STDERR, TO_FILE, TO_SYSLOG, TO_NOBODY };

_Atomic uint64_t gossip_mask_in_force;

static _Atomic uint64_t chosen_mask;
static atomic_bool debug_on;
static _Atomic int facility = TO_STDERR;
static _Atomic int stamp_kind = GOSSIP_STAMP_USEC;
static _Atomic int log_fd = -1;

static pthread_mutex_t config_lock = PTHREAD_MUTEX_INITIALIZER;
static char *log_path;
static char *syslog_ident; /* openlog keeps the pointer */

/* -- where it goes -- */

static int
open_log_locked (const char *path)
{
    int new_fd = open (path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0644);
    if (new_fd < 0)
        return -errno;
    int fd = atomic_load (&log_fd);
    if (fd < 0) {
        atomic_store (&log_fd, new_fd);
        return 0;
    }
    int r = dup3 (new_fd, fd, O_CLOEXEC) < 0 ? -errno : 0;
    close (new_fd);
    return r;
}

int
gossip_enable_file (const char *path)
{
    char *copy = strdup (path);
    if (copy == NULL)
        return -ENOMEM;
    pthread_mutex_lock (&config_lock);
    int r = open_log_locked (path);
    if (r == 0) {
        char *old = log_path;
        log_path = copy;
        copy = old;
        atomic_store (&facility, TO_FILE);
    }
    pthread_mutex_unlock (&config_lock);
    free (copy);
    return r;
}

int
gossip_reopen (void)
{
    int r = 0;
    pthread_mutex_lock (&config_lock);
    if (atomic_load (&facility) == TO_FILE)
        r = open_log_locked (log_path);
    pthread_mutex_unlock (&config_lock);
    return r;
}

void
gossip_enable_stderr (void)
{
    atomic_store (&facility, TO_STDERR);
}

void
gossip_enable_syslog (const char *ident)
{
    char *copy = strdup (ident != NULL ? ident : "pvfs2");
    pthread_mutex_lock (&config_lock);
    closelog ();
    openlog (copy, LOG_PID, LOG_DAEMON); /* without memory: the program's own name */
    free (syslog_ident);
    syslog_ident = copy;
    atomic_store (&facility, TO_SYSLOG);
    pthread_mutex_unlock (&config_lock);
}

void
gossip_disable (void)
{
    atomic_store (&facility, TO_NOBODY);
}

int
gossip_from_env (void)
{
    int result = 0;
    const char *path = getenv ("PVFS2_DEBUGFILE");
    if (path != NULL && *path != '\0') {
        result = gossip_enable_file (path);
        if (result != 0)
            gossip_err ("PVFS2_DEBUGFILE: cannot write %s: %s", path, strerror (-result));
    }
    const char *words = getenv ("PVFS2_DEBUGMASK");
    if (words != NULL) {
        char bad[64];
        uint64_t mask = 0;
        int r = gossip_parse_mask (words, &mask, bad, sizeof bad);
        gossip_set_debug_mask (mask != 0, mask);
        if (r != 0) {
            gossip_err ("PVFS2_DEBUGMASK: unknown keyword '%s'", bad);
            result = result != 0 ? result : r;
        }
    }
    return result;
}

/* -- what is written -- */

void
gossip_set_debug_mask (bool on, uint64_t mask)
{
    atomic_store (&chosen_mask, mask);
    atomic_store (&debug_on, on);
    atomic_store (&gossip_mask_in_force, on ? mask : 0);
}

void
gossip_get_debug_mask (bool *ret_on, uint64_t *ret_mask)
{
    *ret_on = atomic_load (&debug_on);
    *ret_mask = atomic_load (&chosen_mask);
}

void
gossip_set_logstamp (enum gossip_stamp stamp)
{
    atomic_store (&stamp_kind, (int) stamp);
}

int
gossip_parse_logstamp (const char *word, enum gossip_stamp *ret_stamp)
{
    static const char *const words[] = {
        [GOSSIP_STAMP_NONE] = "none",
        [GOSSIP_STAMP_USEC] = "usec",
        [GOSSIP_STAMP_DATETIME] = "datetime",
        [GOSSIP_STAMP_THREAD] = "thread",
    };
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strcmp (word, words[i]) == 0) {
            *ret_stamp = (enum gossip_stamp) i;
            return 0;
        }
    }
    return -EINVAL;
}

/* -- one line -- */

struct line {
    char text[GOSSIP_MAX_LINE];
    size_t len;
    char kind;
};

enum { ROOM = GOSSIP_MAX_LINE - 1 }; /* the newline always fits */

static void __attribute__ ((format (printf, 2, 0)))
line_vappend (struct line *line, const char *format, va_list args)
{
    int n = vsnprintf (line->text + line->len, ROOM - line->len, format, args);
    if (n < 0)
        return;
    if ((size_t) n < ROOM - line->len) {
        line->len += (size_t) n;
        return;
    }
    line->len = ROOM;
    memcpy (line->text + ROOM - 3, "...", 3);
}

static void __attribute__ ((format (printf, 2, 3)))
line_append (struct line *line, const char *format, ...)
{
    va_list args;
    va_start (args, format);
    line_vappend (line, format, args);
    va_end (args);
}

static void
line_begin (struct line *line, char kind)
{
    line->len = 0;
    line->kind = kind;
    if (atomic_load_explicit (&facility, memory_order_relaxed) == TO_SYSLOG)
        return; /* it stamps its own lines */
    enum gossip_stamp stamp =
        (enum gossip_stamp) atomic_load_explicit (&stamp_kind, memory_order_relaxed);
    if (stamp == GOSSIP_STAMP_NONE) {
        line_append (line, "[%c] ", kind);
        return;
    }
    struct timespec now;
    struct tm tm;
    clock_gettime (CLOCK_REALTIME, &now);
    localtime_r (&now.tv_sec, &tm);
    line_append (line, "[%c ", kind);
    if (stamp == GOSSIP_STAMP_DATETIME)
        line_append (line, "%04d-%02d-%02d ", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday);
    line_append (line, "%02d:%02d:%02d.%06ld", tm.tm_hour, tm.tm_min, tm.tm_sec,
                 now.tv_nsec / 1000);
    if (stamp == GOSSIP_STAMP_THREAD)
        line_append (line, " (%ld)", (long) syscall (SYS_gettid));
    line_append (line, "] ");
}

/* What a peer sent may be in a message: it must not forge a line or move a terminal's cursor. */
static void
line_clean (struct line *line)
{
    while (line->len > 0 && line->text[line->len - 1] == '\n')
        line->len--;
    for (size_t i = 0; i < line->len; i++) {
        unsigned char c = (unsigned char) line->text[i];
        if (c == '\n')
            line->text[i] = ' ';
        else if ((c < 0x20 && c != '\t') || c == 0x7f)
            line->text[i] = '?';
    }
}

static void
line_write (int fd, const char *text, size_t len)
{
    while (len > 0) {
        ssize_t n = write (fd, text, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return; /* a full disk must not stop a server */
        text += n;
        len -= (size_t) n;
    }
}

static void
line_end (struct line *line)
{
    line_clean (line);
    switch ((enum facility) atomic_load (&facility)) {
    case TO_SYSLOG:
        line->text[line->len] = '\0';
        syslog (line->kind == 'E'   ? LOG_ERR
                : line->kind == 'D' ? LOG_DEBUG
                                    : LOG_INFO,
                "%s", line->text);
        break;
    case TO_STDERR:
        line->text[line->len++] = '\n';
        line_write (STDERR_FILENO, line->text, line->len);
        break;
    case TO_FILE:
        line->text[line->len++] = '\n';
        line_write (atomic_load (&log_fd), line->text, line->len);
        break;
    case TO_NOBODY:
        break;
    }
}

void
gossip_write (char kind, const char *format, ...)
{
    int saved_errno = errno;
    struct line line;
    line_begin (&line, kind);
    va_list args;
    va_start (args, format);
    errno = saved_errno; /* for %m */
    line_vappend (&line, format, args);
    va_end (args);
    line_end (&line);
    errno = saved_errno;
}

void
gossip_write_at (const char *file, int source_line, const char *format, ...)
{
    int saved_errno = errno;
    struct line line;
    line_begin (&line, 'E');
    line_append (&line, "%s:%d: ", file, source_line);
    va_list args;
    va_start (args, format);
    errno = saved_errno;
    line_vappend (&line, format, args);
    va_end (args);
    line_end (&line);
    errno = saved_errno;
}

void
gossip_backtrace (void)
{
    int saved_errno = errno;
    void *frames[64];
    int n = backtrace (frames, 64);
    char **names = backtrace_symbols (frames, n);
    for (int i = 0; names != NULL && i < n; i++)
        gossip_err ("  [%2d] %s", i, names[i]);
    free (names);
    errno = saved_errno;
}
