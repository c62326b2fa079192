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

/* What a name stands for. Its key's name: hash be64 ‖ name. */
static inline void
record_entry_codec (struct wire *w, obj_handle *handle, uint8_t *type)
{
    record_version_codec (w, RECORD_VERSION);
    wire_u64 (w, handle);
    wire_u8 (w, type);
}

/* A directory's buckets; and the one that is being filled: it counts, and cannot be used yet or not without a doubt. */
struct record_table {
    uint32_t n;
    struct proto_bucket *buckets;
    struct proto_bucket pending; /* dirdata 0: none */
};

enum { RECORD_TABLE_PENDING = 2 }; /* version of a table with a pending bucket */

static inline void
record_table_codec (struct wire *w, struct record_table *t)
{
    uint8_t version = t->pending.dirdata ? RECORD_TABLE_PENDING : RECORD_VERSION;
    wire_u8 (w, &version);
    if (!w->err && version != RECORD_VERSION && version != RECORD_TABLE_PENDING)
        wire_fail (w, -EPROTONOSUPPORT);
    if (!wire_array (w, &t->buckets, &t->n, sizeof *t->buckets, PROTO_MAX_BUCKETS, 16))
        return;
    for (uint32_t i = 0; i < t->n; i++) {
        wire_u64 (w, &t->buckets[i].first_hash);
        wire_u64 (w, &t->buckets[i].dirdata);
    }
    if (version != RECORD_TABLE_PENDING)
        return;
    wire_u64 (w, &t->pending.first_hash);
    wire_u64 (w, &t->pending.dirdata);
}

/* What a bucket knows of itself, once its directory has several. */
struct record_bucket {
    uint64_t first, end;  /* its hashes, `end` not included */
    uint64_t moving;      /* those from here on are being copied away, and neither served nor counted; 0 = none */
    uint64_t moved_entries;
    uint32_t moved_subdirs;
    uint64_t version;     /* of the directory's attributes that it has */
    bool frozen;          /* takes no entries: the directory is being removed */
};

static inline void
record_bucket_codec (struct wire *w, struct record_bucket *b)
{
    record_version_codec (w, RECORD_VERSION);
    wire_u64 (w, &b->first);
    wire_u64 (w, &b->end);
    wire_u64 (w, &b->moving);
    wire_u64 (w, &b->moved_entries);
    wire_u32 (w, &b->moved_subdirs);
    wire_u64 (w, &b->version);
    wire_bool (w, &b->frozen);
}

static inline void
record_layout_codec (struct wire *w, struct proto_layout *l)
{
    record_version_codec (w, RECORD_VERSION);
    proto_layout_codec (w, l);
}

/* What a client's slot was answered last. */
struct record_reply {
    uint64_t when;     /* ns since 1970 */
    uint64_t seq;
    int32_t status;    /* PVFS error */
    uint16_t op;
    const void *body;  /* encoded */
    uint32_t len;
};

enum { RECORD_MAX_REPLY = 65536 };

static inline void
record_reply_codec (struct wire *w, struct record_reply *r)
{
    record_version_codec (w, RECORD_VERSION);
    wire_u64 (w, &r->when);
    wire_u64 (w, &r->seq);
    wire_i32 (w, &r->status);
    wire_u16 (w, &r->op);
    wire_bytes (w, &r->body, &r->len, RECORD_MAX_REPLY);
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
