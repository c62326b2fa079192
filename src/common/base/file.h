/*
 * What read(2) leaves to its callers.
 */
#ifndef COMMON_FILE_H
#define COMMON_FILE_H

#include <unistd.h>

#include "common/base/base.h"

/* Reads until `size` bytes are there or the file ends; *ret_len says how many. 0 or -errno. */
static inline int
file_read_whole (int fd, void *buffer, size_t size, size_t *ret_len)
{
    size_t len = 0;
    while (len < size) {
        ssize_t n = read (fd, (char *) buffer + len, size - len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -errno;
        if (n == 0)
            break;
        len += (size_t) n;
    }
    *ret_len = len;
    return 0;
}

#endif
