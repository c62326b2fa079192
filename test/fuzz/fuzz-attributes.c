/* Fuzz target: the pieces that messages and records share – attributes, layouts, capabilities, what
 * a client learns of an object, what a creator wishes, distributions. The first byte says which. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "io/description/dist.h"
#include "proto/proto.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

union piece {
    struct object_attr attr;
    struct proto_layout layout;
    struct proto_cap cap;
    struct proto_cred cred;
    struct proto_info info;
    struct proto_create_attr create;
    struct proto_entry_at at;
    struct dist dist;
};

static void
codec (unsigned which, struct wire *w, union piece *p)
{
    switch (which % 8) {
    case 0: object_attr_codec (w, &p->attr); break;
    case 1: proto_layout_codec (w, &p->layout); break;
    case 2: proto_cap_codec (w, &p->cap); break;
    case 3: proto_cred_codec (w, &p->cred); break;
    case 4: proto_info_codec (w, &p->info); break;
    case 5: proto_create_attr_codec (w, &p->create); break;
    case 6: proto_entry_at_codec (w, &p->at); break;
    default: dist_wire (w, &p->dist); break;
    }
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
    struct arena arena = { 0 };
    union piece p;
    struct wire w, again;
    if (size < 2)
        return 0;
    memset (&p, 0, sizeof p);
    wire_decoder (&w, data + 1, size - 1, &arena);
    codec (data[0], &w, &p);
    if (wire_finish (&w) == 0) {
        wire_encoder_grow (&again, 1 << 20);
        codec (data[0], &again, &p);
        if (again.err || again.pos != size - 1 || memcmp (again.buf, data + 1, size - 1) != 0)
            abort ();
        wire_fini (&again);
    }
    arena_fini (&arena);
    return 0;
}
