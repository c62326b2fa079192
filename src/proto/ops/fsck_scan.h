/* fsck_scan: the records of one server as they are, a page of one kind in order of their keys. Damaged ones too: nothing is decoded but intents. */
#ifndef PROTO_OP_FSCK_SCAN_H
#define PROTO_OP_FSCK_SCAN_H
#include "proto/proto.h"

enum { FSCK_MAX_ITEMS = 4096, FSCK_MAX_HANDLES = 64, FSCK_MAX_NAME = 512, FSCK_MAX_VALUE = 256 * 1024 };

/* Beside the types of keys that Trove has (io/trove/trove.h): data that no record belongs to. The position of a page is a folder's number. */
enum { FSCK_BSTREAM = 'b' };

struct fsck_scan_req {
    uint8_t type;
    obj_handle handle;    /* from this key on */
    const void *name;
    uint32_t name_len;
    bool one;             /* no further than this handle */
    bool values;
    uint32_t max;         /* records in the page; 0 = as many as fit */
    uint32_t nhandles;    /* not 0: all records of these, without pages; the rest is not looked at */
    obj_handle *handles;
};

struct fsck_item {
    obj_handle handle;
    const void *name;
    uint32_t name_len;
    const void *val;      /* intents: struct fsck_intent, or nothing if it cannot be read */
    uint32_t val_len;
    bool live;            /* intents: the server drives it */
};

struct fsck_scan_resp {
    bool end;
    obj_handle next_handle; /* not the end: where the next page begins */
    const void *next_name;
    uint32_t next_name_len;
    uint32_t nitems;
    struct fsck_item *items;
};

/* What an intent explains: all objects that it names. */
struct fsck_intent {
    uint8_t kind;
    obj_fsid fs;
    uint32_t nhandles;
    obj_handle *handles;
};

static inline void
fsck_intent_codec (struct wire *w, struct fsck_intent *i)
{
    wire_u8 (w, &i->kind);
    wire_u32 (w, &i->fs);
    wire_u64_array (w, &i->handles, &i->nhandles, PROTO_MAX_HANDLES + 8);
}

static inline void
fsck_scan_req_codec (struct wire *w, struct fsck_scan_req *b)
{
    wire_u8 (w, &b->type);
    wire_u64 (w, &b->handle);
    wire_bytes (w, &b->name, &b->name_len, FSCK_MAX_NAME);
    wire_bool (w, &b->one);
    wire_bool (w, &b->values);
    wire_u32 (w, &b->max);
    wire_u64_array (w, &b->handles, &b->nhandles, FSCK_MAX_HANDLES);
}

static inline void
fsck_scan_resp_codec (struct wire *w, struct fsck_scan_resp *b)
{
    wire_bool (w, &b->end);
    wire_u64 (w, &b->next_handle);
    wire_bytes (w, &b->next_name, &b->next_name_len, FSCK_MAX_NAME);
    if (!wire_array (w, &b->items, &b->nitems, sizeof *b->items, FSCK_MAX_ITEMS, 17))
        return;
    for (uint32_t i = 0; i < b->nitems; i++) {
        struct fsck_item *x = &b->items[i];
        wire_u64 (w, &x->handle);
        wire_bytes (w, &x->name, &x->name_len, FSCK_MAX_NAME);
        wire_bytes (w, &x->val, &x->val_len, FSCK_MAX_VALUE);
        wire_bool (w, &x->live);
    }
}
#endif
