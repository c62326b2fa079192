/* lookup: as many leading components of a path as this server can resolve. Stops after a symbolic link, a file, or an object that lives
 * elsewhere. The first missing component is an error only if nothing was resolved before it. */
#ifndef PROTO_OP_LOOKUP_H
#define PROTO_OP_LOOKUP_H
#include "proto/proto.h"

enum { LOOKUP_MAX_SEGMENTS = 40 };

struct lookup_req {
    obj_handle dir, dirdata;
    const char *path; /* "a/b/c", no leading slash */
};

struct lookup_step {
    obj_handle handle;
    uint8_t type;
    bool has_info;       /* false: ask the server of handle */
    struct proto_info info;
};

struct lookup_resp {
    uint32_t nsteps;
    struct lookup_step *steps;
};

static inline void
lookup_req_codec (struct wire *w, struct lookup_req *b)
{
    wire_u64 (w, &b->dir);
    wire_u64 (w, &b->dirdata);
    wire_string (w, &b->path, PROTO_MAX_PATH);
}

static inline void
lookup_resp_codec (struct wire *w, struct lookup_resp *b)
{
    if (!wire_array (w, &b->steps, &b->nsteps, sizeof *b->steps, LOOKUP_MAX_SEGMENTS, 10))
        return;
    for (uint32_t i = 0; i < b->nsteps; i++) {
        struct lookup_step *s = &b->steps[i];
        wire_u64 (w, &s->handle);
        wire_u8 (w, &s->type);
        wire_bool (w, &s->has_info);
        if (s->has_info)
            proto_info_codec (w, &s->info);
    }
}
#endif
