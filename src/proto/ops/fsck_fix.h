/* fsck_fix: a repair of one server's records, in one transaction: all edits, or none if any of them does not find what it expects (EAGAIN).
 * Only over the connection that froze the server (EBUSY). */
#ifndef PROTO_OP_FSCK_FIX_H
#define PROTO_OP_FSCK_FIX_H
#include "proto/ops/fsck_scan.h"

enum { FSCK_MAX_EDITS = 256 };
enum fsck_when { FSCK_IF_EQUAL, FSCK_IF_ABSENT, FSCK_IF_PRESENT };
enum fsck_then { FSCK_KEEP, FSCK_PUT, FSCK_DELETE };

struct fsck_edit {
    uint8_t type, when, then; /* FSCK_BSTREAM: only FSCK_DELETE, whatever `when` says */
    obj_handle handle;
    const void *name;
    uint32_t name_len;
    const void *old;          /* FSCK_IF_EQUAL */
    uint32_t old_len;
    const void *val;          /* FSCK_PUT */
    uint32_t val_len;
};

struct fsck_fix_req {
    uint32_t nedits;
    struct fsck_edit *edits;
};

PROTO_EMPTY (fsck_fix_resp)

static inline void
fsck_fix_req_codec (struct wire *w, struct fsck_fix_req *b)
{
    if (!wire_array (w, &b->edits, &b->nedits, sizeof *b->edits, FSCK_MAX_EDITS, 23))
        return;
    for (uint32_t i = 0; i < b->nedits; i++) {
        struct fsck_edit *e = &b->edits[i];
        wire_u8 (w, &e->type);
        wire_u8 (w, &e->when);
        wire_u8 (w, &e->then);
        wire_u64 (w, &e->handle);
        wire_bytes (w, &e->name, &e->name_len, FSCK_MAX_NAME);
        wire_bytes (w, &e->old, &e->old_len, FSCK_MAX_VALUE);
        wire_bytes (w, &e->val, &e->val_len, FSCK_MAX_VALUE);
    }
}
#endif
