/*
 * wire: the one bounded cursor through which all bytes of the network and of the disk pass.
 *
 * A codec is written once and works in both directions: `wire_u32 (w, &v)` writes v when the cursor encodes and
 * reads it when it decodes. All integers are little-endian (keys of the database use wire_be64). The first error sticks
 * (`w->err`, a negative errno: -EPROTO for malformed input, -EMSGSIZE for a full buffer, -ENOMEM) and turns every
 * later call into a no-op, so that a codec checks once, at its end.
 *
 * Decoding never copies bytes or strings: they point into the buffer, which must outlive them. Arrays are allocated
 * from the cursor's arena, after their count was checked against a named limit and against the bytes that are left.
 */
#ifndef COMMON_WIRE_H
#define COMMON_WIRE_H

#include "common/base/arena.h"
#include "common/base/base.h"

struct wire {
    uint8_t *buf;
    size_t pos;
    size_t len; /* decode: bytes there are; encode: capacity */
    int err;
    bool encoding;
    bool sizing; /* encode without a buffer: only counts */
    bool grow;   /* encode: buf is malloc'ed and grows to `limit` */
    size_t limit;
    struct arena *arena; /* decode: where arrays go */
};

void wire_decoder (struct wire *w, const void *buf, size_t len, struct arena *arena);
void wire_encoder (struct wire *w, void *buf, size_t cap);       /* into the caller's memory */
void wire_encoder_grow (struct wire *w, size_t limit);           /* into malloc'ed memory, wire_take or wire_fini */
void wire_sizer (struct wire *w);                                /* counts only, w->pos is the size */
void *wire_take (struct wire *w, size_t *ret_len);               /* the grown buffer; caller frees */
void wire_fini (struct wire *w);                                 /* frees a grown buffer */
void wire_fail (struct wire *w, int err);                        /* err < 0; the first one sticks */

static inline size_t
wire_left (const struct wire *w)
{
    return w->len - w->pos;
}

/* Reserves n bytes: a pointer to write to (encode) or to read from (decode); NULL after an error or while sizing. */
uint8_t *wire_raw (struct wire *w, size_t n);

void wire_u8 (struct wire *w, uint8_t *v);
void wire_u16 (struct wire *w, uint16_t *v);
void wire_u32 (struct wire *w, uint32_t *v);
void wire_u64 (struct wire *w, uint64_t *v);
void wire_i32 (struct wire *w, int32_t *v);
void wire_i64 (struct wire *w, int64_t *v);
void wire_bool (struct wire *w, bool *v);   /* one byte, 0 or 1, anything else is malformed */
void wire_be32 (struct wire *w, uint32_t *v); /* for keys: byte order is sort order */
void wire_be64 (struct wire *w, uint64_t *v);

/* u32 length, bytes, NUL. NULL is encoded as "". Decoded: points into the buffer, NUL-terminated, no NUL inside,
 * at most max bytes long. */
void wire_string (struct wire *w, const char **s, size_t max);

/* u32 length, bytes. Decoded: *p points into the buffer. */
void wire_bytes (struct wire *w, const void **p, uint32_t *n, size_t max);

/* n raw bytes, copied both ways. */
void wire_fixed (struct wire *w, void *p, size_t n);

/* u32 count, checked: at most max, and when decoding at most wire_left / min_elem. false after an error. */
bool wire_count (struct wire *w, uint32_t *n, size_t max, size_t min_elem);

/* Count and, when decoding, a zeroed array of *n elements of elem_size from the arena in *arr. false after an error. The
 * caller then walks the elements with their codec. */
bool wire_array (struct wire *w, void *arr_ptr, uint32_t *n, size_t elem_size, size_t max, size_t min_elem);
void wire_u64_array (struct wire *w, uint64_t **arr, uint32_t *n, size_t max);
void wire_u32_array (struct wire *w, uint32_t **arr, uint32_t *n, size_t max);

/* Decode: error unless everything was read. Returns w->err. */
int wire_finish (struct wire *w);

/* CRC-32C (Castagnoli) of n bytes, seed 0 for a fresh one. */
uint32_t wire_crc32c (uint32_t crc, const void *p, size_t n);

#endif
