/*
 * Letting go of the terminal; see detach.h.
 */
#include "kernel-bridge/detach.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "common/gossip/gossip.h"

void
detach_streams (const char *ident, const char *log_file)
{
    if (!log_file || gossip_enable_file (log_file) < 0)
        gossip_enable_syslog (ident);
    int null = open ("/dev/null", O_RDWR | O_CLOEXEC);
    for (int fd = 0; null >= 0 && fd <= 2; fd++)
        dup2 (null, fd);
    if (null > 2)
        close (null);
    if (chdir ("/") < 0)
        gossip_err ("chdir: %s", strerror (errno));
}
