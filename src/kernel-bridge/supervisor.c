/*
 * pvfs2-client: mounts a volume and supervises the core that serves it. It owns what must outlive a
 * core: the FUSE descriptor, the bytes of the kernel's INIT, the receive slots (memfd) and the
 * client id.
 *
 *   start the core → it reaches a server → mount → read INIT → hand both over → it serves
 *
 * So a mount without servers never becomes visible. A core that dies is replaced: the next one gets the same descriptor and INIT and goes
 * on with what the slots hold, so that programs see a pause. After DEATHS_MAX deaths within DEATHS_WITHIN_MS it is given up. When the core
 * ends by itself, because of umount, so do we.
 *
 * We never touch a file of the mount: nobody could start a core while we wait for one.
 *
 * Single-threaded; signals come through a signalfd.
 */
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/random.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define FUSE_USE_VERSION 312
#include <fuse3/fuse_lowlevel.h>

#include "common/base/base.h"
#include "common/gossip/gossip.h"
#include "common/tab/tab.h"
#include "common/tool/tool.h"
#include "kernel-bridge/control.h"
#include "kernel-bridge/detach.h"
#include "kernel-bridge/mount-options.h"
#include "kernel-bridge/slots.h"

#ifndef SBINDIR
#    define SBINDIR "/usr/local/sbin"
#endif

static const char program[] = "pvfs2-client";

enum {
    READ_AHEAD_KIB = 4096,
    CORE_GRACE_MS = 2000,
    INIT_GRACE_MS = 10000,
    LEAVE_GRACE_MS = 2000, /* more than the core takes itself (LEAVE_GRACE there) */
    RESTART_DELAY_MS = 500, /* after a core that did not come to serve */
    DEATHS_MAX = 10,
    DEATHS_WITHIN_MS = 100000,
};

struct supervisor {
    /* the command line */
    const char *spec, *core_path, *log_file, *options_text, *acache, *ncache;
    char dir[PATH_MAX];
    bool foreground;
    struct mount_options options;
    char core_options[2048];
    /* what it owns */
    int slots_fd;
    uint64_t client_id;
    struct fuse_session *session; /* NULL: not mounted */
    int fuse_fd;
    char init[CONTROL_MAX];
    size_t init_size;
    /* the core */
    pid_t core;  /* 0: none */
    int control; /* -1: closed */
    int signals;
    int ready; /* the waiting parent's pipe; -1: foreground, or told */
    bool serving;      /* a core has served: the mount is there */
    bool core_serves;  /* the present one does */
    bool leaving;      /* the present one was asked to make room for the next */
    int64_t wake_at;   /* ms: start a core, or end one that does not leave; 0 = nothing to do */
    int64_t deaths[DEATHS_MAX]; /* when, as a ring */
    unsigned ndeaths;
};

static void __attribute__ ((format (printf, 1, 2))) complain (const char *format, ...)
{
    char text[2048];
    va_list args;
    va_start (args, format);
    vsnprintf (text, sizeof text, format, args);
    va_end (args);
    fprintf (stderr, "%s: %s\n", program, text);
}

static int64_t
now_ms (void)
{
    struct timespec t;
    clock_gettime (CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* --- the core ------------------------------------------------------------------------------- */

/* Beside this program (installed or in a build tree), else where it was to be installed. */
static const char *
find_core (struct supervisor *s, char path[PATH_MAX])
{
    if (s->core_path)
        return s->core_path;
    ssize_t n = readlink ("/proc/self/exe", path, PATH_MAX - 32);
    if (n > 0) {
        path[n] = 0;
        char *slash = strrchr (path, '/');
        strcpy (slash ? slash + 1 : path, "pvfs2-client-core");
        if (access (path, X_OK) == 0)
            return path;
    }
    return SBINDIR "/pvfs2-client-core";
}

static void
run_core (struct supervisor *s, int control)
{
    char path[PATH_MAX], control_text[16], slots_text[16], id[32];
    sigset_t none;
    sigemptyset (&none);
    sigprocmask (SIG_SETMASK, &none, NULL);
    const char *core = find_core (s, path);
    fcntl (control, F_SETFD, 0);
    fcntl (s->slots_fd, F_SETFD, 0);
    snprintf (control_text, sizeof control_text, "%d", control);
    snprintf (slots_text, sizeof slots_text, "%d", s->slots_fd);
    snprintf (id, sizeof id, "%llx", (unsigned long long)s->client_id);
    const char *argv[20] = { "pvfs2-client-core",
                             "--control-fd",
                             control_text,
                             "--slots-fd",
                             slots_text,
                             "--client-id",
                             id };
    int n = 7;
    if (s->log_file) {
        argv[n++] = "-L";
        argv[n++] = s->log_file;
    }
    if (s->core_options[0]) {
        argv[n++] = "-o";
        argv[n++] = s->core_options;
    }
    if (!s->foreground)
        argv[n++] = "--background";
    argv[n++] = "--";
    argv[n++] = s->spec;
    argv[n++] = s->dir;
    execv (core, (char **)argv);
    complain ("cannot run %s: %s", core, strerror (errno));
    _exit (127);
}

static int
start_core (struct supervisor *s)
{
    int pair[2];
    if (socketpair (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
        return -errno;
    pid_t pid = fork ();
    if (pid == 0)
        run_core (s, pair[1]);
    int err = -errno;
    close (pair[1]);
    if (pid < 0) {
        close (pair[0]);
        return err;
    }
    s->core = pid;
    s->control = pair[0];
    s->core_serves = s->leaving = false;
    s->wake_at = 0;
    return 0;
}

static void
close_control (struct supervisor *s)
{
    if (s->control >= 0)
        close (s->control);
    s->control = -1;
}

/* Asks the core to end, then makes it. */
static void
end_core (struct supervisor *s)
{
    if (s->control >= 0)
        control_send (s->control, CONTROL_END, NULL, 0, -1);
    close_control (s);
    if (!s->core)
        return;
    kill (s->core, SIGTERM);
    for (int ms = 0; waitpid (s->core, NULL, WNOHANG) == 0; ms += 20) {
        if (ms == CORE_GRACE_MS)
            kill (s->core, SIGKILL);
        nanosleep (&(struct timespec){ .tv_nsec = 20 * 1000000 }, NULL);
    }
    s->core = 0;
}

/* --- mounting ------------------------------------------------------------------------------- */

static bool
root_mounts_for_all (const struct supervisor *s)
{
    return s->options.allow_other || (geteuid () == 0 && !s->options.allow_only_owner);
}

/* mount(8) allows set-id programs and devices unless it is told otherwise; libfuse needs to be
 * told. */
static int
add_mount_options (struct supervisor *s, struct fuse_args *args)
{
    char *opts = NULL;
    CLEANUP_FREE char *fsname = NULL;
    if (asprintf (&fsname, "fsname=%s", s->spec) < 0)
        return -ENOMEM;
    int err = fuse_opt_add_opt_escaped (&opts, fsname);
    err |= fuse_opt_add_opt (&opts, "subtype=pvfs2,default_permissions,max_read=1048576");
    if (root_mounts_for_all (s))
        err |= fuse_opt_add_opt (&opts, "allow_other");
    if (geteuid () == 0)
        err |= fuse_opt_add_opt (&opts, "suid,dev");
    if (s->options.kernel[0])
        err |= fuse_opt_add_opt (&opts, s->options.kernel);
    err |= fuse_opt_add_arg (args, program) | fuse_opt_add_arg (args, "-o")
           | fuse_opt_add_arg (args, opts);
    free (opts);
    return err ? -ENOMEM : 0;
}

static int
mount_session (struct supervisor *s)
{
    static const struct fuse_lowlevel_ops no_ops = { 0 }; /* the core serves */
    struct fuse_args args = FUSE_ARGS_INIT (0, NULL);
    struct fuse_session *session = NULL;
    if (add_mount_options (s, &args) == 0)
        session = fuse_session_new (&args, &no_ops, sizeof no_ops, NULL);
    fuse_opt_free_args (&args);
    if (!session)
        return -EINVAL;
    if (fuse_session_mount (session, s->dir) != 0) { /* it has said why */
        fuse_session_destroy (session);
        return -EIO;
    }
    s->session = session;
    s->fuse_fd = fuse_session_fd (session);
    return 0;
}

static void
unmount_session (struct supervisor *s)
{
    if (!s->session)
        return;
    fuse_session_unmount (s->session);
    fuse_session_destroy (s->session);
    s->session = NULL;
}

/* The kernel sends it with the mount; the core answers it. */
static int
read_init (struct supervisor *s)
{
    static char
        buf[SLOT_BIG_MESSAGE + SLOT_PAGE]; /* the kernel insists on room for the largest request */
    struct pollfd p = { .fd = s->fuse_fd, .events = POLLIN };
    if (poll (&p, 1, INIT_GRACE_MS) != 1)
        return -ETIMEDOUT;
    ssize_t n = read (s->fuse_fd, buf, sizeof buf);
    if (n < 0)
        return -errno;
    if ((size_t)n > sizeof s->init)
        return -EPROTO;
    memcpy (s->init, buf, (size_t)n);
    s->init_size = (size_t)n;
    return 0;
}

/* Large sequential reads need more read-ahead than the 128 KiB that Linux gives every file system.
 * Only root may. */
static void
raise_read_ahead (const struct supervisor *s)
{
    struct statx sx;
    char path[96], text[16];
    if (statx (AT_FDCWD, s->dir, AT_STATX_DONT_SYNC | AT_NO_AUTOMOUNT, 0, &sx) < 0)
        return;
    snprintf (path, sizeof path, "/sys/class/bdi/%u:%u/read_ahead_kb", sx.stx_dev_major,
              sx.stx_dev_minor);
    int fd = open (path, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return;
    int n = snprintf (text, sizeof text, "%d", READ_AHEAD_KIB);
    if (write (fd, text, (size_t)n) != n)
        gossip_debug (GOSSIP_CLIENT_DEBUG, "%s: %s", path, strerror (errno));
    close (fd);
}

/* --- what the core says --------------------------------------------------------------------- */

static int
volume_found (struct supervisor *s)
{
    int err = mount_session (s);
    if (err < 0)
        return err;
    err = read_init (s);
    if (err < 0)
        complain ("the kernel does not begin the FUSE session on %s: %s", s->dir, strerror (-err));
    else
        err = control_send (s->control, CONTROL_SESSION, s->init, s->init_size, s->fuse_fd);
    return err;
}

static void
now_serving (struct supervisor *s)
{
    s->core_serves = true;
    if (s->serving)
        return;
    s->serving = true;
    raise_read_ahead (s);
    if (s->ready < 0)
        return;
    detach_streams (program, s->log_file);
    if (write (s->ready, "", 1) != 1)
        gossip_err ("who mounted is gone");
    close (s->ready);
    s->ready = -1;
}

/* Negative: it is over. */
static int
heed_core (struct supervisor *s)
{
    char text[CONTROL_MAX + 1], kind = 0;
    int fd = -1;
    ssize_t n = control_receive (s->control, &kind, text, sizeof text - 1, &fd);
    if (n < 0) {
        close_control (s); /* it is ending: SIGCHLD follows */
        return 0;
    }
    text[n] = 0;
    if (fd >= 0)
        close (fd);
    switch (kind) {
    case CONTROL_NOTE:
        complain ("%s", text);
        return 0;
    case CONTROL_FAILED:
        if (s->serving)
            gossip_err ("%s", text);
        else
            complain ("%s", text);
        return -EIO;
    case CONTROL_VOLUME:
        return s->session ? control_send (s->control, CONTROL_SESSION, s->init, s->init_size, s->fuse_fd) : volume_found (s);
    case CONTROL_SERVING:
        now_serving (s);
        return 0;
    }
    return -EPROTO;
}

/* --- its end -------------------------------------------------------------------------------- */

/* Its last words. */
static void
hear_out (struct supervisor *s)
{
    while (s->control >= 0 && heed_core (s) == 0)
        ;
    close_control (s);
}

static void
say_how (const struct supervisor *s, int status)
{
    char text[64];
    if (WIFSIGNALED (status))
        snprintf (text, sizeof text, "died of signal %d", WTERMSIG (status));
    else
        snprintf (text, sizeof text, "ended with status %d", WEXITSTATUS (status));
    if (s->serving)
        gossip_err ("%s: the core of %s %s", program, s->dir, text);
    else if (WIFSIGNALED (status))
        complain ("the core %s", text);
}

/* True: that was one too many. */
static bool
count_death (struct supervisor *s)
{
    int64_t now = now_ms ();
    s->deaths[s->ndeaths++ % DEATHS_MAX] = now;
    return s->ndeaths >= DEATHS_MAX && now - s->deaths[s->ndeaths % DEATHS_MAX] < DEATHS_WITHIN_MS;
}

/* True: it is over, with *ret_status. Else a new one is to come. */
static bool
core_ended (struct supervisor *s, int status, int *ret_status)
{
    bool clean = WIFEXITED (status) && WEXITSTATUS (status) == 0;
    bool left = WIFEXITED (status) && WEXITSTATUS (status) == CORE_HAS_LEFT;
    s->core = 0;
    hear_out (s);
    *ret_status = clean && s->serving ? 0 : 1;
    if (!clean && !left)
        say_how (s, status);
    if (clean || !s->serving)
        return true;
    if (!left && !s->leaving && count_death (s)) {
        gossip_err ("%s: the core died %d times within %d s, %s is unmounted", program, DEATHS_MAX, DEATHS_WITHIN_MS / 1000, s->dir);
        return true;
    }
    s->wake_at = now_ms () + (s->core_serves ? 0 : RESTART_DELAY_MS);
    return false;
}

/* The binary on the disk may be a newer one. */
static void
ask_core_to_leave (struct supervisor *s)
{
    if (!s->core || !s->core_serves || s->leaving)
        return; /* a new one comes anyway */
    gossip_log ("%s: a new core is asked for", program);
    s->leaving = true;
    s->wake_at = now_ms () + LEAVE_GRACE_MS;
    control_send (s->control, CONTROL_LEAVE, NULL, 0, -1);
}

/* --- the loop ------------------------------------------------------------------------------- */

/* True: it is over, with *ret_status. */
static bool
heed_signal (struct supervisor *s, int *ret_status)
{
    struct signalfd_siginfo info;
    int status;
    if (read (s->signals, &info, sizeof info) != sizeof info)
        return false;
    switch (info.ssi_signo) {
    case SIGCHLD:
        return s->core && waitpid (s->core, &status, WNOHANG) == s->core && core_ended (s, status, ret_status);
    case SIGUSR1:
        ask_core_to_leave (s);
        return false;
    }
    *ret_status = s->serving ? 0 : 1;
    return true;
}

/* Its time has come. */
static void
wake (struct supervisor *s)
{
    s->wake_at = 0;
    if (s->core) {
        kill (s->core, SIGKILL); /* it did not leave */
        return;
    }
    int err = start_core (s);
    if (err < 0) {
        gossip_err ("%s: cannot start a core: %s", program, strerror (-err));
        s->wake_at = now_ms () + RESTART_DELAY_MS;
    }
}

static int
supervise (struct supervisor *s)
{
    int status = 1;
    for (;;) {
        struct pollfd p[2] = { { .fd = s->signals, .events = POLLIN },
                               { .fd = s->control, .events = POLLIN } };
        int64_t wait = s->wake_at ? s->wake_at - now_ms () : -1;
        if (s->wake_at && wait <= 0) {
            wake (s);
            continue;
        }
        if (poll (p, 2, (int)wait) < 0)
            continue;
        if (p[1].revents && heed_core (s) < 0) {
            if (!s->serving)
                return 1;
            close_control (s);
            if (s->core)
                kill (s->core, SIGKILL);
        }
        if (p[0].revents && heed_signal (s, &status))
            return status;
    }
}

static int
catch_signals (struct supervisor *s)
{
    sigset_t set;
    sigemptyset (&set);
    sigaddset (&set, SIGCHLD);
    sigaddset (&set, SIGTERM);
    sigaddset (&set, SIGINT);
    sigaddset (&set, SIGHUP);
    sigaddset (&set, SIGUSR1);
    signal (SIGPIPE, SIG_IGN);
    signal (SIGCHLD, SIG_DFL);
    if (sigprocmask (SIG_SETMASK, &set, NULL) < 0)
        return -errno;
    s->signals = signalfd (-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    return s->signals < 0 ? -errno : 0;
}

static int
serve (struct supervisor *s)
{
    int err = catch_signals (s);
    if (err == 0)
        err = slots_create (&s->slots_fd);
    if (err == 0)
        err = start_core (s);
    if (err < 0) {
        complain ("cannot start: %s", strerror (-err));
        return 1;
    }
    int status = supervise (s);
    end_core (s);
    unmount_session (s);
    return status;
}

/* The parent waits until the mount serves, or shows by its status that it does not. */
static int
wait_for_child (int ready, pid_t child)
{
    char byte;
    ssize_t n;
    do
        n = read (ready, &byte, 1);
    while (n < 0 && errno == EINTR);
    if (n == 1)
        return 0;
    int status = 0;
    waitpid (child, &status, 0);
    return WIFEXITED (status) && WEXITSTATUS (status) ? WEXITSTATUS (status) : 1;
}

static int
serve_in_background (struct supervisor *s)
{
    int ready[2];
    if (pipe2 (ready, O_CLOEXEC) < 0) {
        complain ("pipe: %s", strerror (errno));
        return 1;
    }
    pid_t pid = fork ();
    if (pid < 0) {
        complain ("fork: %s", strerror (errno));
        return 1;
    }
    close (ready[pid == 0 ? 0 : 1]);
    if (pid > 0)
        return wait_for_child (ready[0], pid);
    setsid ();
    s->ready = ready[1];
    return serve (s);
}

/* --- the command line ----------------------------------------------------------------------- */

static const struct tool_option options[] = {
    OPT_SWITCH ('f', "foreground", struct supervisor, foreground, "stay in the foreground and log to standard error"),
    OPT_TEXT ('p', "core", "CORE", struct supervisor, core_path,
              "the pvfs2-client-core to run (default: the one beside this program, then the installed one)"),
    OPT_TEXT ('L', "logfile", "FILE", struct supervisor, log_file, "log to a file instead of syslog"),
    OPT_TEXT ('a', "acache-timeout", "MS", struct supervisor, acache, "same as -o acache-timeout=MS"),
    OPT_TEXT ('n', "ncache-timeout", "MS", struct supervisor, ncache, "same as -o ncache-timeout=MS"),
    OPT_LIST ('o', "options", "OPTIONS", struct supervisor, options_text, "mount options, a comma list"),
};
static const char *const usage[] = { "[OPTION...] SPEC DIR", NULL };
static const struct tool_section sections[] = {
    { "SIGNALS", "SIGTERM, SIGINT and SIGHUP unmount (lazily) and end it.\n"
                 "\n"
                 "SIGUSR1 exchanges the core: the present one finishes what it can within half a second, then\n"
                 "the pvfs2-client-core that is on the disk now takes over. To upgrade, install the new one in\n"
                 "place of the old (by rename(2), as package managers do) and send this signal. Programs see a\n"
                 "pause. A core that cannot take over from the old one, because its version keeps its requests\n"
                 "differently, says so in the log and the mount ends; then unmount before the upgrade and mount\n"
                 "again." },
    { "SEE ALSO", "pvfs2-client-core(8), mount.pvfs2(8), pvfs2-server(8)" },
    { NULL, NULL },
};
static const struct tool_example examples[] = {
    { "A mount, the same as mount -t pvfs2 would make it:",
      "pvfs2-client -o noatime tcp://127.0.0.1:3334/pvfs2-fs /mnt/pvfs2\n"
      "echo hello > /mnt/pvfs2/hello\n"
      "umount /mnt/pvfs2\n"
      "pvfs2-cp /mnt/pvfs2/hello /dev/stdout",
      "hello" },
};
static const struct tool tool = {
    .name = program,
    .usage = usage,
    .purpose = "mounts a PVFS2 file system and supervises its client",
    .description = "It mounts the volume SPEC (tcp://HOST:PORT/NAME, or a comma list of these for a volume with\n"
                   "several servers) on the directory DIR. It starts pvfs2-client-core(8), which asks a server for\n"
                   "the configuration; then it mounts, and returns when the mount can be used. If no server answers\n"
                   "within the mount time-out it says so and nothing is mounted.\n"
                   "\n"
                   "It then stays as a daemon that keeps the kernel's descriptor. umount(8) ends it and the core. If\n"
                   "the core dies, a new one is started that goes on with what was under way: programs see a pause\n"
                   "and no error. After ten deaths within 100 seconds the directory is unmounted; programs that\n"
                   "still have files open there get ENOTCONN.\n"
                   "\n"
                   "An ordinary user may mount on a directory of his own where fusermount3(1) allows it.",
    TOOL_OPTIONS (options),
    TOOL_EXAMPLES (examples),
    .min_operands = 2,
    .max_operands = 2,
    .admin = true,
    .exit_status = "0: the volume is mounted (with -f: was unmounted). 1: it is not; standard error says why. 2: wrong\n"
                   "usage.",
    .environment = "PVFS2_DEBUGMASK: debug keywords, for example clientcore,msgpair.\n"
                   "\n"
                   "PVFS2_DEBUGFILE: where they go.",
    .sections = sections,
    .words = &mount_option_words,
};

static void
append (struct supervisor *s, const char *name, const char *value)
{
    size_t used = strlen (s->core_options);
    if (value)
        snprintf (s->core_options + used, sizeof s->core_options - used, "%s%s%s", used ? "," : "",
                  name, value);
}

/* The mount point exists, is a directory, is ours to mount on, and has an absolute name. */
static int
check_dir (struct supervisor *s, const char *dir)
{
    struct stat st;
    if (!realpath (dir, s->dir)) {
        complain ("%s: %s", dir,
                  errno == ENOTCONN ? "a dead mount is in the way; umount it first"
                                    : strerror (errno));
        return -EINVAL;
    }
    if (stat (s->dir, &st) < 0 || !S_ISDIR (st.st_mode)) {
        complain ("%s is not a directory", s->dir);
        return -EINVAL;
    }
    if (access ("/dev/fuse", F_OK) < 0) {
        complain ("there is no /dev/fuse here; load the kernel's module fuse (modprobe fuse)");
        return -ENODEV;
    }
    return 0;
}

/* A log file is named from here, the daemon lives in "/". */
static int
make_log_absolute (struct supervisor *s)
{
    char cwd[PATH_MAX], *path;
    if (!s->log_file || s->log_file[0] == '/')
        return 0;
    if (!getcwd (cwd, sizeof cwd) || asprintf (&path, "%s/%s", cwd, s->log_file) < 0)
        return -ENOMEM;
    s->log_file = path;
    return 0;
}

static int
parse_command_line (struct supervisor *s, int argc, char **argv)
{
    char why[MOUNT_OPTIONS_WHY] = "out of memory";
    CLEANUP_FREE char *error = NULL;
    struct tab *tab = NULL;
    char **operands = tool_parse (&tool, argc, argv, s);
    s->spec = operands[0];
    append (s, "", s->options_text);
    append (s, "acache-timeout=", s->acache);
    append (s, "ncache-timeout=", s->ncache);
    if (mount_options_parse (s->core_options, &s->options, why) < 0) {
        complain ("%s", why);
        return -EINVAL;
    }
    if (tab_parse_spec (s->spec, operands[1][0] == '/' ? operands[1] : "/", NULL, &tab,
                        &error)
        < 0) {
        complain ("%s", error ? error : "out of memory");
        return -EINVAL;
    }
    tab_free (tab);
    if (make_log_absolute (s) < 0)
        return -ENOMEM;
    return check_dir (s, operands[1]);
}

int
main (int argc, char **argv)
{
    static struct supervisor s = { .control = -1, .ready = -1, .slots_fd = -1, .fuse_fd = -1 };
    gossip_from_env ();
    if (parse_command_line (&s, argc, argv) < 0)
        return 1;
    if (getrandom (&s.client_id, sizeof s.client_id, 0) != sizeof s.client_id)
        s.client_id = ((uint64_t)time (NULL) << 32) ^ (uint64_t)getpid ();
    if (s.foreground && s.log_file)
        gossip_enable_file (s.log_file);
    return s.foreground ? serve (&s) : serve_in_background (&s);
}
