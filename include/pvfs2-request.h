/* pvfs2-request.h - descriptions of non-contiguous data, in the manner of MPI datatypes.
 *
 * A PVFS_Request is an immutable, reference-counted description of which bytes of a file or of
 * memory take part in a transfer, and in which order.  Constructors copy their arrays and hold
 * their own reference on the requests that they are built from, so both may be released as soon as
 * the constructor returns.  Requests may be used by several threads at once.
 *
 * Displacements and strides may be negative for memory; a file request must not reach below 0.
 * All constructors return 0 and set *newreq, or return -PVFS_EINVAL (NULL request, negative count
 * or block length, negative extent, nested deeper than 32), -PVFS_EOVERFLOW or -PVFS_ENOMEM and
 * leave *newreq alone.
 */
#ifndef PVFS2_REQUEST_H
#define PVFS2_REQUEST_H

#include "pvfs2-types.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct PINT_Request *PVFS_Request;

/* A memory buffer argument of PVFS_BOTTOM says that the displacements are absolute addresses. */
#define PVFS_BOTTOM NULL

/* Predefined elements; sizes are those of the C types here (PVFS_PACKED and PVFS_BYTE: 1). */
extern PVFS_Request PVFS_CHAR;
extern PVFS_Request PVFS_SHORT;
extern PVFS_Request PVFS_INT;
extern PVFS_Request PVFS_LONG;
extern PVFS_Request PVFS_UNSIGNED_CHAR;
extern PVFS_Request PVFS_UNSIGNED_SHORT;
extern PVFS_Request PVFS_UNSIGNED;
extern PVFS_Request PVFS_UNSIGNED_INT;
extern PVFS_Request PVFS_UNSIGNED_LONG;
extern PVFS_Request PVFS_FLOAT;
extern PVFS_Request PVFS_DOUBLE;
extern PVFS_Request PVFS_LONG_DOUBLE;
extern PVFS_Request PVFS_BYTE;
extern PVFS_Request PVFS_PACKED;

/* `count` elements, each one extent of oldreq after the other. */
int PVFS_Request_contiguous (int32_t count, PVFS_Request oldreq, PVFS_Request *newreq);

/* `count` blocks of `blocklength` elements; stride between block starts in extents of oldreq
 * (vector) or in bytes (hvector). */
int PVFS_Request_vector (int32_t count, int32_t blocklength, PVFS_size stride,
                         PVFS_Request oldreq, PVFS_Request *newreq);
int PVFS_Request_hvector (int32_t count, int32_t blocklength, PVFS_size stride,
                          PVFS_Request oldreq, PVFS_Request *newreq);

/* Blocks of their own length and displacement, in extents of oldreq (indexed) or in bytes
 * (hindexed).  Blocks of length 0 count for nothing. */
int PVFS_Request_indexed (int32_t count, int32_t *blocklengths, PVFS_size *displacements,
                          PVFS_Request oldreq, PVFS_Request *newreq);
int PVFS_Request_hindexed (int32_t count, int32_t *blocklengths, PVFS_size *displacements,
                           PVFS_Request oldreq, PVFS_Request *newreq);

/* As hindexed, with a request of its own for each block. */
int PVFS_Request_struct (int32_t count, int32_t *blocklengths, PVFS_size *displacements,
                         PVFS_Request *oldreqs, PVFS_Request *newreq);

/* The same data with another lower bound and extent (>= 0), which decide how it is tiled. */
int PVFS_Request_resized (PVFS_Request oldreq, PVFS_offset lb, PVFS_size extent,
                          PVFS_Request *newreq);

/* The displacement of an address relative to PVFS_BOTTOM. */
int PVFS_Address (void *location, PVFS_offset *address);

/* extent = ub - lb, in bytes; size = bytes of data. */
int PVFS_Request_extent (PVFS_Request request, PVFS_size *extent);
int PVFS_Request_size (PVFS_Request request, PVFS_size *size);
int PVFS_Request_lb (PVFS_Request request, PVFS_size *displacement);
int PVFS_Request_ub (PVFS_Request request, PVFS_size *displacement);

/* Nothing need be committed; the call is accepted for a valid request. */
int PVFS_Request_commit (PVFS_Request *reqp);

/* Drops the caller's reference and sets *reqp to NULL.  A predefined request is left as it is;
 * NULL gives -PVFS_EINVAL. */
int PVFS_Request_free (PVFS_Request *reqp);

#ifdef __cplusplus
}
#endif

#endif
