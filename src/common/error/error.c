/* error.c: the table of error codes, its two readings, and the public functions about errors. */
#include "common/error/error.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/base.h"
#include "common/gossip/gossip.h"
#include "pvfs2-types.h"

/* PVFS code -> errno. Where two codes share an errno the first line of it is the way back. */
static const struct error_pair {
    int32_t code;
    int err;
} pairs[] = {
    { PVFS_EPERM, EPERM },
    { PVFS_ENOENT, ENOENT },
    { PVFS_EINTR, EINTR },
    { PVFS_EIO, EIO },
    { PVFS_ENXIO, ENXIO },
    { PVFS_EBADF, EBADF },
    { PVFS_EAGAIN, EAGAIN },
    { PVFS_ENOMEM, ENOMEM },
    { PVFS_EFAULT, EFAULT },
    { PVFS_EBUSY, EBUSY },
    { PVFS_EEXIST, EEXIST },
    { PVFS_ENODEV, ENODEV },
    { PVFS_ENOTDIR, ENOTDIR },
    { PVFS_EISDIR, EISDIR },
    { PVFS_EINVAL, EINVAL },
    { PVFS_EMFILE, EMFILE },
    { PVFS_EFBIG, EFBIG },
    { PVFS_ENOSPC, ENOSPC },
    { PVFS_EROFS, EROFS },
    { PVFS_EMLINK, EMLINK },
    { PVFS_EPIPE, EPIPE },
    { PVFS_EDEADLK, EDEADLK },
    { PVFS_ENAMETOOLONG, ENAMETOOLONG },
    { PVFS_ENOLCK, ENOLCK },
    { PVFS_ENOSYS, ENOSYS },
    { PVFS_ENOTEMPTY, ENOTEMPTY },
    { PVFS_ELOOP, ELOOP },
    { PVFS_EWOULDBLOCK, EWOULDBLOCK },
    { PVFS_ENOMSG, ENOMSG },
    { PVFS_EUNATCH, EUNATCH },
    { PVFS_EBADR, EBADR },
    { PVFS_EDEADLOCK, EDEADLOCK },
    { PVFS_ENODATA, ENODATA },
    { PVFS_ETIME, ETIME },
    { PVFS_ENONET, ENONET },
    { PVFS_EREMOTE, EREMOTE },
    { PVFS_ECOMM, ECOMM },
    { PVFS_EPROTO, EPROTO },
    { PVFS_EBADMSG, EBADMSG },
    { PVFS_EOVERFLOW, EOVERFLOW },
    { PVFS_ERESTART, ERESTART },
    { PVFS_EMSGSIZE, EMSGSIZE },
    { PVFS_EPROTOTYPE, EPROTOTYPE },
    { PVFS_ENOPROTOOPT, ENOPROTOOPT },
    { PVFS_EPROTONOSUPPORT, EPROTONOSUPPORT },
    { PVFS_EOPNOTSUPP, EOPNOTSUPP },
    { PVFS_EADDRINUSE, EADDRINUSE },
    { PVFS_EADDRNOTAVAIL, EADDRNOTAVAIL },
    { PVFS_ENETDOWN, ENETDOWN },
    { PVFS_ENETUNREACH, ENETUNREACH },
    { PVFS_ENETRESET, ENETRESET },
    { PVFS_ENOBUFS, ENOBUFS },
    { PVFS_ETIMEDOUT, ETIMEDOUT },
    { PVFS_ECONNREFUSED, ECONNREFUSED },
    { PVFS_EHOSTDOWN, EHOSTDOWN },
    { PVFS_EHOSTUNREACH, EHOSTUNREACH },
    { PVFS_EALREADY, EALREADY },
    { PVFS_EACCES, EACCES },
    { PVFS_ECONNRESET, ECONNRESET },
    { PVFS_ERANGE, ERANGE },

    { PVFS_ESTALE, ESTALE },
    { PVFS_EDQUOT, EDQUOT },
    { PVFS_EXDEV, EXDEV },
    { PVFS_ENOTCONN, ENOTCONN },
    { PVFS_ETXTBSY, ETXTBSY },
    { PVFS_EILSEQ, EILSEQ },
    { PVFS_E2BIG, E2BIG },
    { PVFS_ECONNABORTED, ECONNABORTED },
    { PVFS_ESHUTDOWN, ESHUTDOWN },
    { PVFS_EKEYEXPIRED, EKEYEXPIRED },
    { PVFS_EUCLEAN, EUCLEAN },

    { PVFS_ECANCEL, ECANCELED },
    { PVFS_EDEVINIT, ENODEV },
    { PVFS_EDETAIL, EREMOTEIO },
    { PVFS_EHOSTNTFD, EHOSTUNREACH },
    { PVFS_EADDRNTFD, EADDRNOTAVAIL },
    { PVFS_ENORECVR, ECONNREFUSED },
    { PVFS_ETRYAGAIN, EAGAIN },
    { PVFS_ENOTPVFS, EREMCHG },
    { PVFS_ESECURITY, EKEYREJECTED },
};

/* The texts of the codes without an errno, by number. */
static const char *const own_texts[] = {
    [1] = "Operation cancelled",
    [2] = "Device initialisation failed",
    [3] = "Error on one or more servers; see the details",
    [4] = "Host name not found",
    [5] = "Address not found",
    [6] = "No receiver for the message",
    [7] = "Temporary failure, try again",
    [8] = "The path leaves the file system",
    [9] = "Credential or capability refused",
};

static atomic_bool gossip_silent;

static uint32_t
magnitude (int32_t value)
{
    return value < 0 ? 0u - (uint32_t) value : (uint32_t) value;
}

static const struct error_pair *
pair_of_code (int32_t code)
{
    for (size_t i = 0; i < ARRAY_SIZE (pairs); i++)
        if (pairs[i].code == code)
            return &pairs[i];
    return NULL;
}

static const struct error_pair *
pair_of_errno (int err)
{
    for (size_t i = 0; i < ARRAY_SIZE (pairs); i++)
        if (pairs[i].err == err)
            return &pairs[i];
    return NULL;
}

/* The table's line for a PVFS code of either sign with any class; NULL if it is none. */
static const struct error_pair *
pair_of_pvfs (int32_t value)
{
    uint32_t bits = magnitude (value);
    if (!(bits & PVFS_ERROR_BIT))
        return NULL;
    bits &= ~(uint32_t) PVFS_ERROR_CLASS (~0);
    return bits > INT32_MAX ? NULL : pair_of_code ((int32_t) bits);
}

int32_t
pvfs_error_from_errno (int neg_errno)
{
    if (neg_errno >= 0)
        return neg_errno;
    const struct error_pair *pair = neg_errno == INT_MIN ? NULL : pair_of_errno (-neg_errno);
    return pair ? -pair->code : -PVFS_EIO;
}

int
pvfs_error_to_errno (int32_t pvfs_error)
{
    if (pvfs_error >= 0)
        return pvfs_error;
    const struct error_pair *pair = pair_of_pvfs (pvfs_error);
    return pair ? -pair->err : -EIO;
}

PVFS_error
PVFS_get_errno_mapping (PVFS_error error)
{
    const struct error_pair *pair = pair_of_pvfs (error);
    if (!pair)
        return error;
    return pair->code & PVFS_NON_ERRNO_ERROR_BIT ? PVFS_NON_ERRNO_ERROR_CODE (pair->code)
                                                 : pair->err;
}

PVFS_error
PVFS_errno_to_error (int err)
{
    const struct error_pair *pair = err == INT_MIN ? NULL : pair_of_errno (abs (err));
    if (!pair)
        return err;
    return err < 0 ? -pair->code : pair->code;
}

int
PVFS_strerror_r (int errnum, char *buf, int n)
{
    char room[128];
    const char *text = NULL;
    const struct error_pair *pair = pair_of_pvfs (errnum);

    if (!buf || n <= 0)
        return -PVFS_EINVAL;
    if (pair && (pair->code & PVFS_NON_ERRNO_ERROR_BIT)) {
        text = own_texts[PVFS_NON_ERRNO_ERROR_CODE (pair->code)];
    } else if (pair) {
        text = strerror_r (pair->err, room, sizeof (room));
    } else if (magnitude (errnum) < PVFS_ERROR_BIT) {
        text = strerror_r ((int) magnitude (errnum), room, sizeof (room));
    } else {
        snprintf (room, sizeof (room), "Unknown PVFS error %d", errnum);
        text = room;
    }
    return snprintf (buf, (size_t) n, "%s", text) < n ? 0 : -PVFS_ERANGE;
}

void
PVFS_perror (const char *text, int retcode)
{
    char message[128];
    PVFS_strerror_r (retcode, message, sizeof (message));
    fprintf (stderr, "%s: %s\n", text ? text : "error", message);
}

void
PVFS_perror_gossip (const char *text, int retcode)
{
    char message[128];
    if (atomic_load_explicit (&gossip_silent, memory_order_relaxed))
        return;
    PVFS_strerror_r (retcode, message, sizeof (message));
    gossip_err ("%s: %s", text ? text : "error", message);
}

void
PVFS_perror_gossip_silent (void)
{
    atomic_store_explicit (&gossip_silent, true, memory_order_relaxed);
}

void
PVFS_perror_gossip_verbose (void)
{
    atomic_store_explicit (&gossip_silent, false, memory_order_relaxed);
}

PVFS_error_details *
PVFS_error_details_new (int count)
{
    if (count <= 0)
        return NULL;
    size_t size = offsetof (PVFS_error_details, error) + (size_t) count * sizeof (PVFS_error_server);
    PVFS_error_details *details = calloc (1, MAX (size, sizeof (*details)));
    if (details)
        details->count_allocated = count;
    return details;
}

void
PVFS_error_details_free (PVFS_error_details *details)
{
    free (details);
}
