/*
 * Records that servers keep in Trove, as bytes: what server/record.c writes, and what a check of a whole file system reads (doc/storage.md).
 * Codecs in both directions, like those of messages.
 */
#ifndef PROTO_RECORD_H
#define PROTO_RECORD_H

#include "proto/proto.h"

enum { RECORD_VERSION = 1 };

static inline void
record_version_codec (struct wire *w, uint8_t expected)
{
    uint8_t version = expected;
    wire_u8 (w, &version);
    if (!w->err && version != expected)
        wire_fail (w, -EPROTONOSUPPORT);
}

/* The object's own. */
static inline void
record_attr_codec (struct wire *w, struct object_attr *a)
{
    record_version_codec (w, OBJECT_RECORD_VERSION);
    object_attr_codec (w, a);
}

/* What a name stands for. Its key's name: hash be64 ‖ name. */
static inline void
record_entry_codec (struct wire *w, obj_handle *handle, uint8_t *type)
{
    record_version_codec (w, RECORD_VERSION);
    wire_u64 (w, handle);
    wire_u8 (w, type);
}

static inline void
record_buckets_codec (struct wire *w, struct proto_bucket **b, uint32_t *n)
{
    record_version_codec (w, RECORD_VERSION);
    if (!wire_array (w, b, n, sizeof **b, PROTO_MAX_BUCKETS, 16))
        return;
    for (uint32_t i = 0; i < *n; i++) {
        wire_u64 (w, &(*b)[i].first_hash);
        wire_u64 (w, &(*b)[i].dirdata);
    }
}

static inline void
record_layout_codec (struct wire *w, struct proto_layout *l)
{
    record_version_codec (w, RECORD_VERSION);
    proto_layout_codec (w, l);
}

/* Handles that one server gave to another in advance, until that one names them as stored. */
static inline void
record_batch_codec (struct wire *w, uint64_t *batch, uint64_t **handles, uint32_t *n)
{
    record_version_codec (w, RECORD_VERSION);
    wire_u64 (w, batch);
    wire_u64_array (w, handles, n, PROTO_MAX_HANDLES);
}

#endif
