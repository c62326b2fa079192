/*
 * control: what supervisor and core say to each other, one message per packet of a SOCK_SEQPACKET
 * pair.
 *
 *   core                                   supervisor
 *   ----                                   ----------
 *   CONTROL_NOTE text          →           shown to who mounts
 *   CONTROL_FAILED text        →           likewise; the mount fails
 *   CONTROL_VOLUME             →           the servers answered: mounts, reads the kernel's INIT
 *                              ←           CONTROL_SESSION INIT's bytes, with the FUSE descriptor
 *   CONTROL_SERVING            →           INIT is answered: mount(8) may return
 *                              ←           CONTROL_LEAVE: end soon, the next core takes over
 *                              ←           CONTROL_END: end, the supervisor unmounts
 *
 * For a later core the kernel's INIT is the same bytes again. The end of the socket without CONTROL_END tells the core that its
 * supervisor is dead: it unmounts itself, as far as it may. A core that has left on CONTROL_LEAVE ends with status CORE_HAS_LEFT.
 */
#ifndef KERNEL_BRIDGE_CONTROL_H
#define KERNEL_BRIDGE_CONTROL_H

#include "common/base/base.h"

enum {
    CONTROL_NOTE = 'N',
    CONTROL_FAILED = 'E',
    CONTROL_VOLUME = 'V',
    CONTROL_SESSION = 'F',
    CONTROL_SERVING = 'A',
    CONTROL_LEAVE = 'L',
    CONTROL_END = 'X'
};
enum { CONTROL_MAX = 8192, CORE_HAS_LEFT = 3 };

/* fd -1: none. 0 or negative errno. */
int control_send (int sock, char kind, const void *data, size_t size, int fd);
/* Waits. The length of what follows the kind (may be 0), -EPIPE at the end, or a negative errno.
 * *ret_fd is -1 if none came. */
ssize_t control_receive (int sock, char *ret_kind, void *data, size_t room, int *ret_fd);

#endif
