/*
 * Packets between supervisor and core; see control.h.
 */
#include "kernel-bridge/control.h"

#include <sys/socket.h>
#include <sys/uio.h>

int
control_send (int sock, char kind, const void *data, size_t size, int fd)
{
    struct iovec iov[2] = { { &kind, 1 }, { (void *)data, size } };
    union {
        struct cmsghdr header;
        char room[CMSG_SPACE (sizeof (int))];
    } c = { 0 };
    struct msghdr m = { .msg_iov = iov, .msg_iovlen = 2 };
    if (fd >= 0) {
        m.msg_control = c.room;
        m.msg_controllen = sizeof c.room;
        struct cmsghdr *h = CMSG_FIRSTHDR (&m);
        h->cmsg_level = SOL_SOCKET;
        h->cmsg_type = SCM_RIGHTS;
        h->cmsg_len = CMSG_LEN (sizeof fd);
        memcpy (CMSG_DATA (h), &fd, sizeof fd);
    }
    ssize_t n;
    do
        n = sendmsg (sock, &m, MSG_NOSIGNAL);
    while (n < 0 && errno == EINTR);
    return n < 0 ? -errno : 0;
}

ssize_t
control_receive (int sock, char *ret_kind, void *data, size_t room, int *ret_fd)
{
    char kind;
    struct iovec iov[2] = { { &kind, 1 }, { data, room } };
    union {
        struct cmsghdr header;
        char room[CMSG_SPACE (sizeof (int))];
    } c = { 0 };
    struct msghdr m = {
        .msg_iov = iov, .msg_iovlen = 2, .msg_control = c.room, .msg_controllen = sizeof c.room
    };
    ssize_t n;
    do
        n = recvmsg (sock, &m, MSG_CMSG_CLOEXEC);
    while (n < 0 && errno == EINTR);
    if (n <= 0)
        return n < 0 ? -errno : -EPIPE;
    *ret_kind = kind;
    *ret_fd = -1;
    struct cmsghdr *h = CMSG_FIRSTHDR (&m);
    if (h && h->cmsg_level == SOL_SOCKET && h->cmsg_type == SCM_RIGHTS)
        memcpy (ret_fd, CMSG_DATA (h), sizeof *ret_fd);
    return n - 1;
}
