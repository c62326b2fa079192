/*
 * pvfs2-client-core: serves one mount. Started by pvfs2-client, which owns what must outlive a
 * core: the FUSE descriptor, the kernel's INIT, the receive slots and the client id; see control.h
 * for what the two say. A later core finds the configuration and what is under way in the slots (slots.h) and needs no first contact.
 *
 * One thread, one loop (the reactor): kernel, servers, supervisor and signals are descriptors in
 * the same epoll.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/mount.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/gossip/gossip.h"
#include "common/tab/tab.h"
#include "common/tool/tool.h"
#include "kernel-bridge/bridge.h"
#include "kernel-bridge/control.h"
#include "kernel-bridge/detach.h"


static const char program[] = "pvfs2-client-core";

#define ADD_RETRY_DELAY (250 * NSEC_PER_MSEC)
#define LEAVE_GRACE (500 * NSEC_PER_MSEC)
#define LEAVE_POLL (5 * NSEC_PER_MSEC)

struct core {
    struct mount_options options;
    const char *spec, *mount_dir, *log_file;
    bool background; /* let go of the terminal as soon as we serve */
    int slots_fd;
    uint64_t client_id;
    struct tab *tab;
    const struct tab_entry *entry;
    const char *servers[TAB_MAX_SERVERS];
    struct reactor *reactor;
    struct client *client;
    struct bridge bridge;
    struct reactor_fd control, signals;
    struct reactor_timer retry; /* of the first contact */
    struct reactor_timer give_up;
    struct reactor_timer leave; /* looks whether all is done */
    uint64_t leave_at;
    struct sys_op *add;
    PVFS_fs_id fs_id;
    bool noted, serving;
    int status; /* of exit */
};

static void
stop (struct core *c, int status)
{
    c->status = status;
    reactor_stop (c->reactor);
}

static void __attribute__ ((format (printf, 3, 4)))
tell (struct core *c, char kind, const char *format, ...)
{
    char text[1024];
    va_list args;
    va_start (args, format);
    vsnprintf (text, sizeof text, format, args);
    va_end (args);
    if (kind == CONTROL_FAILED
        && c->log_file) /* else the supervisor says it on the same terminal */
        gossip_err ("%s", text);
    control_send (c->control.fd, kind, text, strlen (text), -1);
}

static void
fail (struct core *c, const char *text, int err)
{
    tell (c, CONTROL_FAILED, "%s: %s", text, strerror (-err));
    stop (c, 1);
}

/* --- first contact -------------------------------------------------------------------------- */

/* For the cores after this one: they need not find a server that answers. */
static void
keep_configuration (struct core *c, const struct volume *v)
{
    struct slots_head *head = c->bridge.slots.head;
    if (head->config_size || v->text_len > sizeof head->config)
        return;
    memcpy (head->config, v->text, v->text_len);
    head->config_size = (uint32_t)v->text_len;
}

static void
volume_found (struct core *c)
{
    struct volume *v = client_volume (c->client, c->fs_id);
    reactor_timer_clear (c->reactor, &c->give_up);
    if (c->options.num_dfiles || c->entry->num_dfiles)
        v->default_ndfiles =
            (int32_t)(c->options.num_dfiles ? c->options.num_dfiles : c->entry->num_dfiles);
    keep_configuration (c, v);
    int err = bridge_init (&c->bridge, c->client, v, &c->options);
    if (err < 0)
        fail (c, "cannot set up the FUSE session", err);
    else
        control_send (c->control.fd, CONTROL_VOLUME, NULL, 0, -1);
}

static void
add_done (struct sys_op *op)
{
    struct core *c = op->user;
    char text[sizeof op->sm.error_text];
    int err = op->error;
    snprintf (text, sizeof text, "%s", op->sm.error_text);
    c->add = NULL;
    sys_op_free (op);
    if (err == 0) {
        volume_found (c);
        return;
    }
    if (err != -ENODEV || strstr (text, "no such file system")) {
        tell (c, CONTROL_FAILED, "cannot mount %s: %s", c->spec, *text ? text : strerror (-err));
        stop (c, 1);
        return;
    }
    if (!c->noted)
        tell (c, CONTROL_NOTE, "no server of %s answers; trying for %llu s", c->spec,
              (unsigned long long)(c->options.mount_timeout / NSEC_PER_SEC));
    c->noted = true;
    reactor_timer_set (c->reactor, &c->retry, reactor_now (c->reactor) + ADD_RETRY_DELAY);
}

static bool
volume_is_known (struct core *c)
{
    const struct slots_head *head = c->bridge.slots.head;
    return head->config_size && head->config_size <= sizeof head->config
           && client_mount_text (c->client, head->config, head->config_size, c->spec, c->entry->fs_name, &c->fs_id) == 0;
}

static void
retry_fire (struct reactor_timer *t)
{
    struct core *c = container_of (t, struct core, retry);
    if (volume_is_known (c)) {
        volume_found (c);
        return;
    }
    struct sys_op *op = sys_op_new (c->client, &sys_fs_add, NULL);
    if (!op) {
        fail (c, "cannot start", -ENOMEM);
        return;
    }
    op->a.servers = c->servers;
    op->a.nservers = c->entry->n_servers;
    op->a.name = c->entry->fs_name;
    op->a.resp = &c->fs_id;
    op->done = add_done;
    op->user = c;
    c->add = op;
    sys_op_post (op);
}

static void
give_up_fire (struct reactor_timer *t)
{
    struct core *c = container_of (t, struct core, give_up);
    tell (c, CONTROL_FAILED,
          "cannot mount %s: no server answered within %llu s; are the servers running?", c->spec,
          (unsigned long long)(c->options.mount_timeout / NSEC_PER_SEC));
    stop (c, 1);
}

/* --- the loop's other descriptors ----------------------------------------------------------- */

/* Nobody else is left who could: else the directory would answer ENOTCONN until somebody came. */
static void
unmount_orphaned (struct core *c)
{
    gossip_err ("%s: the supervisor is dead, %s is unmounted", program, c->mount_dir);
    if (umount2 (c->mount_dir, MNT_DETACH | UMOUNT_NOFOLLOW) == 0 || errno != EPERM)
        return;
    pid_t pid = fork ();
    if (pid == 0) {
        execlp ("fusermount3", "fusermount3", "-u", "-z", "-q", "--", c->mount_dir, (char *)NULL);
        _exit (127);
    }
    if (pid > 0)
        waitpid (pid, NULL, 0);
}

static void
leave_fire (struct reactor_timer *t)
{
    struct core *c = container_of (t, struct core, leave);
    uint64_t now = reactor_now (c->reactor);
    if (list_empty (&c->bridge.upcalls) || now >= c->leave_at)
        stop (c, CORE_HAS_LEFT);
    else
        reactor_timer_set (c->reactor, t, now + LEAVE_POLL);
}

/* What runs may end; what then still runs is the next core's. */
static void
leave (struct core *c)
{
    bridge_leave (&c->bridge);
    c->leave_at = reactor_now (c->reactor) + LEAVE_GRACE;
    reactor_timer_set (c->reactor, &c->leave, reactor_now (c->reactor));
}

static void
control_ready (struct reactor_fd *f, uint32_t events)
{
    struct core *c = container_of (f, struct core, control);
    char data[CONTROL_MAX], kind = 0;
    int fd = -1;
    ssize_t n = control_receive (f->fd, &kind, data, sizeof data, &fd);
    if (n < 0 && c->serving)
        unmount_orphaned (c);
    if (n < 0 || kind == CONTROL_END) {
        stop (c, 0); /* the supervisor is gone or going, and with it the mount */
        return;
    }
    if (kind == CONTROL_LEAVE && c->serving)
        leave (c);
    if (kind != CONTROL_SESSION || fd < 0 || c->serving)
        return;
    int err = bridge_attach (&c->bridge, fd, data, (size_t)n);
    if (err < 0) {
        fail (c, c->bridge.init_differs ? "this core answers the kernel's INIT otherwise than the first one did; mount again"
                                        : "the kernel's FUSE and ours do not agree", err);
        return;
    }
    c->serving = true;
    if (c->background)
        detach_streams (program, c->log_file);
    control_send (f->fd, CONTROL_SERVING, NULL, 0, -1);
    gossip_log ("%s: serving %s on %s", program, c->spec, c->mount_dir);
}

static void
signals_ready (struct reactor_fd *f, uint32_t events)
{
    struct core *c = container_of (f, struct core, signals);
    struct signalfd_siginfo info = { 0 };
    bool got = read (f->fd, &info, sizeof info) == sizeof info;
    unsigned number = info.ssi_signo;
    if (!got)
        return;
    if (c->serving)
        gossip_log ("%s: signal %u, the session ends", program, number);
    stop (c, 0);
}

static void
session_ended (struct bridge *b)
{
    struct core *c = container_of (b, struct core, bridge);
    gossip_log ("%s: %s is unmounted", program, c->mount_dir);
    stop (c, 0);
}

/* --- start and end -------------------------------------------------------------------------- */

static int
watch (struct core *c, struct reactor_fd *f, int fd, void (*ready) (struct reactor_fd *, uint32_t))
{
    *f = (struct reactor_fd){ .fd = fd, .ready = ready };
    return reactor_fd_set (c->reactor, f, EPOLLIN);
}

static int
watch_all (struct core *c)
{
    sigset_t set;
    sigemptyset (&set);
    sigaddset (&set, SIGTERM);
    sigaddset (&set, SIGINT);
    sigaddset (&set, SIGHUP);
    signal (SIGPIPE, SIG_IGN);
    if (sigprocmask (SIG_SETMASK, &set, NULL) < 0)
        return -errno;
    int fd = signalfd (-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    if (fd < 0)
        return -errno;
    int err = watch (c, &c->signals, fd, signals_ready);
    return err < 0 ? err : watch (c, &c->control, c->control.fd, control_ready);
}

static uint64_t
or_off (uint64_t timeout)
{
    return timeout ? timeout : CLIENT_TIMEOUT_OFF;
}

static int
core_open (struct core *c)
{
    int err = reactor_new (&c->reactor);
    if (err == 0)
        err = watch_all (c);
    if (err == 0)
        err = bridge_map_slots (&c->bridge, c->slots_fd);
    if (err < 0)
        return err;
    c->bridge.ended = session_ended;
    struct client_config cfg = {
        .reactor = c->reactor,
        .client_id = c->client_id,
        .journal = &c->bridge.slots.journal,
        .op_timeout = c->options.op_timeout,
        .acache_timeout = or_off (c->options.acache_timeout),
        .ncache_timeout = or_off (c->options.ncache_timeout),
    };
    err = client_new (&cfg, &c->client);
    if (err < 0)
        return err;
    reactor_timer_init (&c->retry, retry_fire, TIMER_WORK);
    reactor_timer_init (&c->leave, leave_fire, TIMER_WORK);
    reactor_timer_init (&c->give_up, give_up_fire, TIMER_DEADLINE);
    reactor_timer_set (c->reactor, &c->retry, reactor_now (c->reactor));
    reactor_timer_set (c->reactor, &c->give_up,
                       reactor_now (c->reactor) + c->options.mount_timeout);
    return 0;
}

/* --- the command line ----------------------------------------------------------------------- */

struct choices {
    bool foreground, background;
    int64_t control_fd, slots_fd;
    const char *client_id, *log_file, *options;
};

static const struct tool_option options[] = {
    OPT_SWITCH ('f', "foreground", struct choices, foreground, "stay in the foreground; it always does"),
    OPT_SWITCH (0, "background", struct choices, background, "let go of the terminal as soon as it serves"),
    OPT_TEXT ('L', "logfile", "FILE", struct choices, log_file,
              "log to a file; otherwise to standard error, or to syslog with --background"),
    OPT_LIST ('o', "options", "OPTIONS", struct choices, options, "mount options, as in mount.pvfs2(8)"),
    OPT_COUNT (0, "control-fd", "N", struct choices, control_fd, "the socket to the supervisor"),
    OPT_COUNT (0, "slots-fd", "N", struct choices, slots_fd, "the memory file with the requests under way"),
    OPT_TEXT (0, "client-id", "HEX", struct choices, client_id, "the id by which servers know the mount"),
};
static const char *const usage[] = { "[OPTION...] --control-fd N --slots-fd N SPEC DIR", NULL };
static const struct tool_section sections[] = {
    { "SEE ALSO", "pvfs2-client(8), mount.pvfs2(8)" },
    { NULL, NULL },
};
static const struct tool_example examples[] = {
    { "It is nothing to be typed:",
      "pvfs2-client-core tcp://127.0.0.1:3334/pvfs2-fs /mnt/pvfs2",
      "pvfs2-client-core: is started by pvfs2-client\n"
      "Try 'pvfs2-client-core --help'." },
};
static const struct tool tool = {
    .name = program,
    .usage = usage,
    .purpose = "serves a mounted PVFS2 file system",
    .description = "It is started by pvfs2-client(8), one per mount. It translates the kernel's FUSE requests into\n"
                   "operations on the servers, in one thread. The descriptor comes from the supervisor over the\n"
                   "socket --control-fd, requests under way are in the memory file --slots-fd, and the client id is\n"
                   "the supervisor's. So when it is killed, the next one that the supervisor starts can go on where\n"
                   "it stood.\n"
                   "\n"
                   "It ends when the volume is unmounted and at SIGTERM, SIGINT or SIGHUP, which end the mount. When\n"
                   "the supervisor is dead it unmounts.",
    TOOL_OPTIONS (options),
    TOOL_EXAMPLES (examples),
    .min_operands = 2,
    .max_operands = 2,
    .admin = true,
    .exit_status = "0: the mount is over. 3: it was asked to make room for the next core (pvfs2-client(8), SIGUSR1). Anything\n"
                   "else: it failed.",
    .environment = "",
    .sections = sections,
};

static int
usage_error (const char *text)
{
    tool_error ("%s", text);
    return -EINVAL;
}

static int
parse_command_line (struct core *c, int argc, char **argv)
{
    struct choices choices = { .control_fd = -1, .slots_fd = -1 };
    char why[MOUNT_OPTIONS_WHY] = "out of memory";
    CLEANUP_FREE char *error = NULL;
    char **operands = tool_parse (&tool, argc, argv, &choices);
    if (choices.control_fd < 0 || choices.slots_fd < 0)
        tool_usage ("is started by pvfs2-client");
    c->control.fd = (int) choices.control_fd;
    c->slots_fd = (int) choices.slots_fd;
    c->background = choices.background;
    c->log_file = choices.log_file;
    c->client_id = choices.client_id != NULL ? strtoull (choices.client_id, NULL, 16) : 0;
    if (mount_options_parse (choices.options, &c->options, why) < 0)
        return usage_error (why);
    c->spec = operands[0];
    c->mount_dir = operands[1];
    if (tab_parse_spec (c->spec, c->mount_dir, NULL, &c->tab, &error) < 0)
        return usage_error (error ? error : "out of memory");
    c->entry = &c->tab->entries[0];
    for (int i = 0; i < c->entry->n_servers && i < TAB_MAX_SERVERS; i++)
        c->servers[i] = c->entry->servers[i];
    gossip_from_env ();
    if (c->log_file && gossip_enable_file (c->log_file) < 0)
        return usage_error ("cannot write the log file");
    fcntl (c->control.fd, F_SETFD, FD_CLOEXEC);
    fcntl (c->slots_fd, F_SETFD, FD_CLOEXEC);
    return 0;
}

int
main (int argc, char **argv)
{
    static struct core core; /* large: the bridge's tables */
    struct core *c = &core;
    if (parse_command_line (c, argc, argv) < 0)
        return 2;
    int err = core_open (c);
    if (err < 0)
        fail (c, err == -EPROTO ? "this core keeps its requests otherwise than the one before it; mount again"
                                : "cannot start the client", err);
    else
        reactor_run (c->reactor);
    /* No clean-up of what runs: the kernel sees the descriptor close and answers its callers
     * itself; whatever a server still does for us ends by the leases and reply records that exist
     * for a client that dies. */
    tab_free (c->tab);
    return err < 0 ? 1 : c->status;
}
