/* request-codec: a PVFS_Request on the wire.
 *
 * Nodes in pre-order: kind, bounds, then by kind
 *
 *     RUN      off, size
 *     VECTOR   count, blocklen, stride, child
 *     BLOCKS   count, own_children, (len, disp) * count, children
 *
 * Decoding builds through the same constructors as the API, in w->arena, so a decoded request is
 * as sound as one made here: hostile input gives -EPROTO, never a request that overflows.  Its
 * depth, nodes and blocks are limited before anything is allocated.  Nodes without data travel as
 * an empty RUN.
 */
#ifndef IO_DESCRIPTION_REQUEST_CODEC_H
#define IO_DESCRIPTION_REQUEST_CODEC_H

#include "common/wire/wire.h"
#include "io/description/request.h"

#define REQUEST_MAX_BLOCKS (1 << 20) /* of one node */

/* Both ways. Encoding a tree of more than REQUEST_MAX_NODES fails with -E2BIG. The decoded request
 * lives as long as w->arena; PVFS_Request_free leaves it alone. */
void request_wire (struct wire *w, struct PINT_Request **request);

#endif
