/* doctor-reach: why a server does not answer – its name, the way to it, its port, or itself. */
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "apps/admin/doctor.h"

/* 0, or a negative errno; -ETIMEDOUT if nothing comes back. */
static int
try_connect (const struct addrinfo *a, int64_t timeout)
{
    int error = 0;
    socklen_t len = sizeof error;
    int fd = socket (a->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -errno;
    int r = connect (fd, a->ai_addr, a->ai_addrlen) == 0 ? 0 : -errno;
    if (r == -EINPROGRESS) {
        struct pollfd p = { .fd = fd, .events = POLLOUT };
        int n = poll (&p, 1, (int)MIN (timeout, 1000) * 1000);
        r = n == 0 ? -ETIMEDOUT : n < 0 ? -errno : getsockopt (fd, SOL_SOCKET, SO_ERROR, &error, &len) < 0 ? -errno : -error;
    }
    close (fd);
    return r;
}

/* "tcp://host:3334" in two; IPv6 addresses without their brackets. */
static bool
split (const char *server, char **ret_host, char **ret_port)
{
    const char *host = strstr (server, "://");
    host = host != NULL ? host + 3 : server;
    const char *colon = strrchr (host, ':');
    if (colon == NULL)
        return false;
    bool brackets = host[0] == '[' && colon > host + 2 && colon[-1] == ']';
    *ret_host = tool_text ("%.*s", (int)(colon - host) - 2 * brackets, host + brackets);
    *ret_port = tool_text ("%s", colon + 1);
    return true;
}

/* Of all addresses of the name the best result. */
static int
reach (const char *host, const char *port, int64_t timeout, int *ret_name_error)
{
    struct addrinfo *all, hints = { .ai_socktype = SOCK_STREAM };
    int r = -EHOSTUNREACH;
    *ret_name_error = getaddrinfo (host, port, &hints, &all);
    if (*ret_name_error != 0)
        return -ENOENT;
    for (const struct addrinfo *a = all; a != NULL && r != 0; a = a->ai_next)
        r = try_connect (a, timeout);
    freeaddrinfo (all);
    return r;
}

/* The connection is not the reason. */
static void
look_at_talker (const struct silent *s, const char *port, struct diagnoses *d)
{
    char why[256];
    PVFS_strerror_r (s->error, why, sizeof why);
    if (s->wanted != NULL && s->error == -PVFS_ENODEV)
        diagnose (d, DIAGNOSIS_IDENTITY, tool_text ("%s", s->server),
                  tool_text ("it takes connections, but serves no file system named %s", s->wanted),
                  tool_text ("correct the name in the tab file: it is the one behind Name in fs.conf"));
    else
        diagnose (d, DIAGNOSIS_UNREACHABLE, tool_text ("%s", s->server),
                  tool_text ("it takes connections at port %s, but does not answer: %s", port, why),
                  tool_text ("see whether it is a PVFS2 server of this version that listens there, and what its log says"));
}

void
look_at_silent (const struct silent *s, struct diagnoses *d)
{
    char *host, *port, *cause, *remedy;
    int name_error;
    if (!split (s->server, &host, &port))
        return;
    int r = reach (host, port, s->timeout, &name_error);
    if (r == 0) {
        look_at_talker (s, port, d);
        free (host);
        free (port);
        return;
    }
    if (name_error != 0) {
        cause = tool_text ("the name %s does not resolve here: %s", host, gai_strerror (name_error));
        remedy = tool_text ("correct it in fs.conf and the tab file, or make it known in DNS or /etc/hosts");
    } else if (r == -ECONNREFUSED) {
        cause = tool_text ("nobody listens at port %s of %s", port, host);
        remedy = tool_text ("start it there: pvfs2-server -a %s FS.CONF; if it ends, it says why in its log",
                            s->alias != NULL ? s->alias : "ALIAS");
    } else {
        cause = tool_text ("%s cannot be reached: %s", host, strerror (-r));
        remedy = tool_text ("see whether the machine is up, and whether a firewall lets port %s through", port);
    }
    diagnose (d, DIAGNOSIS_UNREACHABLE, tool_text ("%s", s->server), cause, remedy);
    free (host);
    free (port);
}
