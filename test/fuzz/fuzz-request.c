/* Fuzz target: a request of any operation, as it comes from the network. What decodes must encode
 * again to the very same bytes. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "proto/proto.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static void
encode_again (struct proto_request *m, const uint8_t *data, size_t size)
{
    struct wire w;
    wire_encoder_grow (&w, PROTO_MAX_REQUEST);
    if (proto_request_codec (&w, m) < 0 || w.pos != size || memcmp (w.buf, data, size) != 0)
        abort ();
    wire_fini (&w);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
    struct arena arena = { 0 };
    struct proto_request m = { .op = 0 };
    struct wire w;
    if (size == 0)
        return 0;
    wire_decoder (&w, data, size, &arena);
    if (proto_request_codec (&w, &m) == 0)
        encode_again (&m, data, size);
    arena_fini (&arena);
    return 0;
}
