/*
 * Random but valid requests and responses of every operation, for round trips and as seeds of the fuzz targets. What they point to lives
 * in the sample's arena. The same state gives the same messages.
 */
#ifndef TEST_PROTO_SAMPLE_H
#define TEST_PROTO_SAMPLE_H

#include "proto/proto.h"

struct sample {
    struct arena *arena;
    uint64_t state;
    unsigned most; /* elements of a list, bytes of a text */
};

uint64_t sample_u64 (struct sample *s);                 /* of any magnitude */
uint32_t sample_below (struct sample *s, uint32_t n);
const char *sample_word (struct sample *s, size_t max); /* 1 … max bytes, no NUL, no slash, not "." or ".." */
void sample_attr (struct sample *s, struct object_attr *a);
void sample_layout (struct sample *s, struct proto_layout *l);

/* `op` must be one of ops.def. */
void sample_request (struct sample *s, unsigned op, struct proto_request *ret);
void sample_response (struct sample *s, unsigned op, struct proto_response *ret);

#endif
