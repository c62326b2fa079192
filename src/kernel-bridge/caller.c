/*
 * What /proc tells of the process behind a request: supplementary groups, pending signals. A caller
 * in another pid namespace or one that is gone tells nothing.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "kernel-bridge/bridge.h"

enum { STATUS_ROOM = 16384 };

#define PATIENCE_ASKED (300 * NSEC_PER_MSEC) /* it handles an interrupt from the keyboard itself \
                                              */
#define PATIENCE_OTHER (5 * NSEC_PER_SEC)    /* a timer, a child: not meant for this call */

static bool
read_status (int32_t pid, char buf[STATUS_ROOM])
{
    char path[32];
    if (pid <= 0)
        return false;
    snprintf (path, sizeof path, "/proc/%d/status", pid);
    int fd = open (path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    size_t used = 0;
    for (ssize_t n;
         used < STATUS_ROOM - 1 && (n = read (fd, buf + used, STATUS_ROOM - 1 - used)) > 0;)
        used += (size_t)n;
    close (fd);
    buf[used] = 0;
    return used > 0;
}

static const char *
field (const char *status, const char *name)
{
    const char *at = strstr (status, name);
    return at ? at + strlen (name) : NULL;
}

static uint64_t
signals (const char *status, const char *name)
{
    const char *at = field (status, name);
    return at ? strtoull (at, NULL, 16) : 0;
}

#define SIGNAL_BIT(s) (UINT64_C (1) << ((s)-1))

/* Signals whose default ends nothing. */
#define HARMLESS                                                                               \
    (SIGNAL_BIT (SIGCHLD) | SIGNAL_BIT (SIGCONT) | SIGNAL_BIT (SIGURG) | SIGNAL_BIT (SIGWINCH) \
     | SIGNAL_BIT (SIGSTOP) | SIGNAL_BIT (SIGTSTP) | SIGNAL_BIT (SIGTTIN) | SIGNAL_BIT (SIGTTOU))
#define ASKED \
    (SIGNAL_BIT (SIGINT) | SIGNAL_BIT (SIGTERM) | SIGNAL_BIT (SIGHUP) | SIGNAL_BIT (SIGQUIT))

uint64_t
caller_patience (int32_t pid)
{
    char status[STATUS_ROOM];
    if (!read_status (pid, status))
        return pid > 0 ? 0 : PATIENCE_OTHER;
    uint64_t mine = signals (status, "\nSigPnd:"), pending = mine | signals (status, "\nShdPnd:");
    uint64_t blocked = signals (status, "\nSigBlk:"), caught = signals (status, "\nSigCgt:");
    uint64_t ignored = signals (status, "\nSigIgn:");
    pending &= ~(blocked | ignored) | SIGNAL_BIT (SIGKILL);
    if (pending & (SIGNAL_BIT (SIGKILL) | (~caught & ~HARMLESS)))
        return 0;
    return pending & ASKED ? PATIENCE_ASKED : PATIENCE_OTHER;
}

bool
caller_is_leaving (int32_t pid)
{
    return caller_patience (pid) < PATIENCE_OTHER;
}

/* --- groups --------------------------------------------------------------------------------- */

static void
parse_groups (const char *list, struct group_entry *g)
{
    g->ngroups = 0;
    while (list && g->ngroups < ARRAY_SIZE (g->groups)) {
        char *end;
        list += strspn (list, " \t");
        if (*list == '\n' || !*list)
            return;
        unsigned long gid = strtoul (list, &end, 10);
        if (end == list)
            return;
        if (gid != g->gid)
            g->groups[g->ngroups++] = (uint32_t)gid;
        list = end;
    }
}

const struct group_entry *
caller_groups (struct bridge *b, int32_t pid, uint32_t uid, uint32_t gid)
{
    char status[STATUS_ROOM];
    uint64_t now = reactor_now (b->reactor);
    struct group_entry *g = &b->groups[(uint32_t)pid % BRIDGE_GROUP_CACHE];
    if (g->pid != pid || g->uid != uid || g->gid != gid || !g->read_at
        || now - g->read_at > NSEC_PER_SEC) {
        *g = (struct group_entry){ .pid = pid, .uid = uid, .gid = gid };
        if (!read_status (pid, status))
            return NULL;
        parse_groups (field (status, "\nGroups:"), g);
        g->read_at = now;
    }
    return g->ngroups ? g : NULL;
}
