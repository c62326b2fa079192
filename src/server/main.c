/*
 * pvfs2-server: the command.
 *
 * SIGTERM and SIGINT drain and stop (a second one, or 10 s, stops at once); SIGHUP reopens the log.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <signal.h>
#include <stdio.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "common/gossip/gossip.h"
#include "common/tool/tool.h"
#include "server/server.h"

struct options {
    bool foreground, mkfs, rmfs;
    const char *pidfile, *alias, *conf;
};

static const struct tool_option options[] = {
    OPT_SWITCH ('d', "foreground", struct options, foreground, "stay in the foreground and log to standard error"),
    OPT_SWITCH ('f', "mkfs", struct options, mkfs, "create the storage space and exit; one that is there is not overwritten"),
    OPT_SWITCH ('r', "rmfs", struct options, rmfs, "remove the storage space, with all data in it, and exit"),
    OPT_TEXT ('p', "pidfile", "FILE", struct options, pidfile, "write the process id there, and remove the file at the end"),
    OPT_TEXT ('a', "alias", "NAME", struct options, alias,
              "which line of the section Aliases this server is (default: the host's name, or the only one there is)"),
    OPT_VERSION ('v'),
};
static const char *const usage[] = { "[-d] [-p PIDFILE] [-a ALIAS] FS.CONF", "-f [-a ALIAS] FS.CONF", "-r [-a ALIAS] FS.CONF", NULL };
static const struct tool_section sections[] = {
    { "SIGNALS", "SIGTERM and SIGINT let what runs end, for at most 10 seconds, and stop the server; a second one\n"
                 "stops it at once. SIGHUP opens the log file anew." },
    { "SEE ALSO", "pvfs2-genconfig(1), pvfs2-ping(1), pvfs2-status(1), pvfs2-ops(8)" },
    { NULL, NULL },
};
static const struct tool_example examples[] = {
    { "One server: its storage, its life and its end.",
      "pvfs2-genconfig --quiet --ioservers 127.0.0.1:4334 --storage $PWD/storage --logfile $PWD/log fs.conf\n"
      "pvfs2-server -f fs.conf\n"
      "pvfs2-server -p pid fs.conf\n"
      "pvfs2-ping -m tcp://127.0.0.1:4334/pvfs2-fs | tail -n 1\n"
      "kill $(cat pid)",
      "The file system answers as it should." },
};
static const struct tool tool = {
    .name = "pvfs2-server",
    .usage = usage,
    .purpose = "serves data and metadata of a PVFS2 file system",
    .description = "It serves what the configuration file says for its alias: metadata, data or both. All servers\n"
                   "of a cluster have the same file, written by pvfs2-genconfig(1). The storage is created once,\n"
                   "with -f, on each server.\n"
                   "\n"
                   "It goes to the background when it serves; until then, failures appear on standard error and\n"
                   "as exit status 1. After that it writes to the LogFile of the configuration. A start after a\n"
                   "crash recovers what was acknowledged.",
    TOOL_OPTIONS (options),
    TOOL_EXAMPLES (examples),
    .min_operands = 1,
    .max_operands = 1,
    .admin = true,
    .exit_status = "0: it was stopped, or the storage was created or removed. 1: it could not start; the message\n"
                   "names cause and remedy. 2: wrong usage.",
    .environment = "PVFS2_DEBUGMASK: keywords of what to log beside errors, such as server,io;\n"
                   "pvfs2-set-debugmask(8) changes it while the server runs.",
    .sections = sections,
};

static void
warn_unhonoured (void *arg, const char *option, const char *section, int line)
{
    gossip_err ("%s:%d: %s in <%s> has no effect here", (const char *) arg, line, option, section);
}

static bool
is_loopback (const char *addr)
{
    const char *host = strstr (addr, "://");
    host = host ? host + 3 : addr;
    return !strncmp (host, "127.", 4) || !strncmp (host, "localhost", 9) || !strncmp (host, "[::1]", 5);
}

static void
start_log (const struct options *o, const struct config_server_options *so)
{
    uint64_t mask = 0;
    char bad[64];
    if (!o->foreground && so->log_type && strcmp (so->log_type, "syslog") == 0)
        gossip_enable_syslog ("pvfs2-server");
    else if (!o->foreground && so->log_file && gossip_enable_file (so->log_file) < 0)
        fprintf (stderr, "pvfs2-server: cannot write the log %s: %s; logging to stderr\n", so->log_file, strerror (errno));
    if (so->event_logging && gossip_parse_mask (so->event_logging, &mask, bad, sizeof bad) < 0)
        gossip_err ("EventLogging: '%s' is no debug keyword", bad);
    gossip_set_debug_mask (mask != 0, mask);
    gossip_from_env ();
}

static const char *
own_alias (const struct config *cfg, const char *wish, char *host, size_t n)
{
    if (wish)
        return wish;
    if (gethostname (host, n) < 0)
        return "";
    host[n - 1] = 0;
    if (config_find_alias (cfg, host) < 0 && cfg->n_aliases == 1)
        return cfg->aliases[0].name;
    return host;
}

/* --- the running server -------------------------------------------------------------------------------------------------------------- */

struct program {
    struct reactor *reactor;
    struct server *server;
    struct reactor_fd signals;
    struct reactor_timer hurry;
    bool stopping;
};

static struct program program;

static void
drained (struct server *s)
{
    reactor_stop (program.reactor);
}

static void
hurry (struct reactor_timer *t)
{
    gossip_err ("operations still run after 10 s: stopping without them");
    reactor_stop (program.reactor);
}

static void
on_signal (struct reactor_fd *fd, uint32_t events)
{
    struct signalfd_siginfo si;
    while (read (fd->fd, &si, sizeof si) == sizeof si) {
        if (si.ssi_signo == SIGHUP) {
            gossip_reopen ();
            gossip_log ("log reopened");
        } else if (program.stopping) {
            reactor_stop (program.reactor);
        } else {
            program.stopping = true;
            gossip_log ("stopping");
            reactor_timer_init (&program.hurry, hurry, TIMER_DEADLINE);
            reactor_timer_set (program.reactor, &program.hurry, reactor_now (program.reactor) + 10 * NSEC_PER_SEC);
            server_drain (program.server, drained);
        }
    }
}

static int
watch_signals (void)
{
    sigset_t set;
    signal (SIGPIPE, SIG_IGN);
    sigemptyset (&set);
    sigaddset (&set, SIGTERM);
    sigaddset (&set, SIGINT);
    sigaddset (&set, SIGHUP);
    sigprocmask (SIG_BLOCK, &set, NULL);
    program.signals = (struct reactor_fd){ .fd = signalfd (-1, &set, SFD_NONBLOCK | SFD_CLOEXEC), .ready = on_signal };
    if (program.signals.fd < 0)
        return -errno;
    return reactor_fd_set (program.reactor, &program.signals, 1 /* EPOLLIN */);
}

/* Forks; the parent waits until the child says that it serves. Returns the pipe's end in the child, −1 in the foreground. */
static int
daemonise (void)
{
    int fds[2];
    char ok;
    if (pipe (fds) < 0)
        return -1;
    pid_t pid = fork ();
    if (pid < 0) {
        perror ("pvfs2-server: fork");
        exit (1);
    }
    if (pid > 0) {
        close (fds[1]);
        exit (read (fds[0], &ok, 1) == 1 && ok == 'y' ? 0 : 1);
    }
    close (fds[0]);
    setsid ();
    return fds[1];
}

static void
detach (int ready_fd)
{
    int null = open ("/dev/null", O_RDWR);
    if (null >= 0) {
        dup2 (null, 0);
        dup2 (null, 1);
        dup2 (null, 2);
        if (null > 2)
            close (null);
    }
    if (chdir ("/") < 0)
        gossip_err ("chdir /: %s", strerror (errno));
    if (write (ready_fd, "y", 1) < 0)
        gossip_err ("the starter has gone");
    close (ready_fd);
}

static int
write_pidfile (const char *path)
{
    FILE *f = fopen (path, "w");
    if (!f)
        return -errno;
    fprintf (f, "%ld\n", (long) getpid ());
    return fclose (f) == 0 ? 0 : -errno;
}

static int
complain (const char *why, int err)
{
    fprintf (stderr, "pvfs2-server: %s\n", why && why[0] ? why : strerror (-err));
    gossip_err ("%s", why && why[0] ? why : strerror (-err));
    return 1;
}

static int
serve (const struct options *o, struct server_config *sc, char *pidfile)
{
    int ready = o->foreground ? -1 : daemonise ();
    int r = reactor_new (&program.reactor);
    if (r == 0)
        r = watch_signals ();
    sc->reactor = program.reactor;
    if (r == 0)
        r = server_new (sc, &program.server);
    if (r == 0 && pidfile) {
        r = write_pidfile (pidfile);
        if (r < 0)
            snprintf (sc->why, SERVER_WHY, "cannot write the pid file %s: %s", pidfile, strerror (-r));
    }
    if (r < 0)
        return complain (sc->why, r);
    gossip_log ("pvfs2-server %s serves as %s on %s", PACKAGE_VERSION, sc->alias, program.server->config->aliases[program.server->alias_index].addr);
    if (ready >= 0)
        detach (ready);
    reactor_run (program.reactor);
    reactor_timer_clear (program.reactor, &program.hurry);
    server_free (program.server);
    reactor_fd_remove (program.reactor, &program.signals);
    close (program.signals.fd);
    reactor_free (program.reactor);
    if (pidfile)
        unlink (pidfile);
    gossip_log ("stopped");
    return 0;
}

static int
make_or_remove (const struct options *o, struct server_config *sc)
{
    int r = reactor_new (&sc->reactor);
    if (r < 0)
        return complain (NULL, r);
    r = o->mkfs ? server_mkfs (sc) : server_rmfs (sc);
    reactor_free (sc->reactor);
    return r < 0 ? complain (sc->why, r) : 0;
}

int
main (int argc, char **argv)
{
    struct options o = { 0 };
    struct config *cfg;
    char *error = NULL, host[256], why[SERVER_WHY] = "";
    int r = 0;
    o.conf = tool_parse (&tool, argc, argv, &o)[0];
    if (o.mkfs && o.rmfs)
        tool_usage ("--mkfs and --rmfs exclude each other");
    if (config_parse_file (o.conf, &cfg, &error) < 0) {
        fprintf (stderr, "pvfs2-server: %s\n", error ? error : "out of memory");
        free (error);
        return 1;
    }
    struct server_config sc = { .config = cfg, .alias = own_alias (cfg, o.alias, host, sizeof host), .why = why };
    const struct config_server_options *so = config_server_options (cfg, sc.alias);
    if (!so) {
        fprintf (stderr, "pvfs2-server: alias '%s' is not in <Aliases> of %s: name one that is with -a\n", sc.alias, o.conf);
        config_free (cfg);
        return 1;
    }
    if (config_security_unenforced (cfg)) {
        fprintf (stderr, "pvfs2-server: %s: set in %s but not enforced by this server: remove it to start\n", config_security_unenforced (cfg), o.conf);
        config_free (cfg);
        return 1;
    }
    if (o.mkfs || o.rmfs) {
        r = make_or_remove (&o, &sc);
    } else {
        char *pidfile = o.pidfile ? realpath (o.pidfile, NULL) : NULL;
        if (o.pidfile && !pidfile && o.pidfile[0] != '/') {
            char *cwd = getcwd (NULL, 0);
            if (cwd && asprintf (&pidfile, "%s/%s", cwd, o.pidfile) < 0)
                pidfile = NULL;
            free (cwd);
        } else if (o.pidfile && !pidfile) {
            pidfile = strdup (o.pidfile);
        }
        start_log (&o, so);
        config_each_unhonoured (cfg, warn_unhonoured, (void *) o.conf);
        const char *addr = cfg->aliases[config_find_alias (cfg, sc.alias)].addr;
        if (!is_loopback (addr) && !cfg->fs[0].secret_key)
            gossip_err ("%s is reachable from other machines and no SecretKey is configured: anybody there can claim any identity", addr);
        r = serve (&o, &sc, pidfile);
        free (pidfile);
    }
    config_free (cfg);
    return r;
}
