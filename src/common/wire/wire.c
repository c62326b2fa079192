/*
 * The bounded cursor; see wire.h. Every access goes through wire_raw, the only place that checks bounds.
 */
#include "common/wire/wire.h"

#include <endian.h>

void
wire_decoder (struct wire *w, const void *buf, size_t len, struct arena *arena)
{
    *w = (struct wire){ .buf = (uint8_t *) buf, .len = len, .arena = arena };
}

void
wire_encoder (struct wire *w, void *buf, size_t cap)
{
    *w = (struct wire){ .buf = buf, .len = cap, .limit = cap, .encoding = true };
}

void
wire_encoder_grow (struct wire *w, size_t limit)
{
    *w = (struct wire){ .encoding = true, .grow = true, .limit = limit };
}

void
wire_sizer (struct wire *w)
{
    *w = (struct wire){ .encoding = true, .sizing = true, .len = SIZE_MAX, .limit = SIZE_MAX };
}

void *
wire_take (struct wire *w, size_t *ret_len)
{
    void *p = w->buf;
    *ret_len = w->pos;
    w->buf = NULL;
    w->pos = w->len = 0;
    return p;
}

void
wire_fini (struct wire *w)
{
    if (w->grow)
        free (w->buf);
    w->buf = NULL;
    w->pos = w->len = 0;
}

void
wire_fail (struct wire *w, int err)
{
    if (!w->err)
        w->err = err;
}

static bool
make_room (struct wire *w, size_t n)
{
    if (!w->grow || n > w->limit - w->pos) {
        wire_fail (w, w->encoding ? -EMSGSIZE : -EPROTO);
        return false;
    }
    size_t cap = MAX (MAX (w->len * 2, w->pos + n), (size_t) 256);
    cap = MIN (cap, w->limit);
    uint8_t *p = realloc (w->buf, cap);
    if (!p) {
        wire_fail (w, -ENOMEM);
        return false;
    }
    w->buf = p;
    w->len = cap;
    return true;
}

uint8_t *
wire_raw (struct wire *w, size_t n)
{
    if (w->err)
        return NULL;
    if (n > w->len - w->pos && !make_room (w, n))
        return NULL;
    w->pos += n;
    return w->sizing ? NULL : w->buf + w->pos - n;
}

void
wire_u8 (struct wire *w, uint8_t *v)
{
    uint8_t *p = wire_raw (w, 1);
    if (!p)
        return;
    if (w->encoding)
        *p = *v;
    else
        *v = *p;
}

#define WIRE_INT(NAME, TYPE, TO, FROM)                                                             \
    void NAME (struct wire *w, TYPE *v)                                                            \
    {                                                                                              \
        uint8_t *p = wire_raw (w, sizeof *v);                                                      \
        if (!p)                                                                                    \
            return;                                                                                \
        __typeof__ (TO (0)) x;                                                                     \
        if (w->encoding) {                                                                         \
            x = TO (*v);                                                                           \
            memcpy (p, &x, sizeof x);                                                              \
        } else {                                                                                   \
            memcpy (&x, p, sizeof x);                                                              \
            *v = (TYPE) FROM (x);                                                                  \
        }                                                                                          \
    }

static inline uint16_t to_le16 (uint16_t x) { return htole16 (x); }
static inline uint32_t to_le32 (uint32_t x) { return htole32 (x); }
static inline uint64_t to_le64 (uint64_t x) { return htole64 (x); }
static inline uint32_t to_be32 (uint32_t x) { return htobe32 (x); }
static inline uint64_t to_be64 (uint64_t x) { return htobe64 (x); }

WIRE_INT (wire_u16, uint16_t, to_le16, to_le16)
WIRE_INT (wire_u32, uint32_t, to_le32, to_le32)
WIRE_INT (wire_u64, uint64_t, to_le64, to_le64)
WIRE_INT (wire_i32, int32_t, to_le32, to_le32)
WIRE_INT (wire_i64, int64_t, to_le64, to_le64)
WIRE_INT (wire_be32, uint32_t, to_be32, to_be32)
WIRE_INT (wire_be64, uint64_t, to_be64, to_be64)

void
wire_bool (struct wire *w, bool *v)
{
    uint8_t b = w->encoding ? *v : 0;
    wire_u8 (w, &b);
    if (w->err)
        return;
    if (b > 1)
        wire_fail (w, -EPROTO);
    else
        *v = b;
}

void
wire_string (struct wire *w, const char **s, size_t max)
{
    uint32_t n = w->encoding && *s ? strnlen (*s, max + 1) : 0;
    if (w->encoding && n > max) {
        wire_fail (w, -ENAMETOOLONG);
        return;
    }
    wire_u32 (w, &n);
    if (!w->err && n > max)
        wire_fail (w, -EPROTO);
    uint8_t *p = wire_raw (w, (size_t) n + 1);
    if (!p)
        return;
    if (w->encoding) {
        if (n)
            memcpy (p, *s, n);
        p[n] = 0;
    } else if (p[n] != 0 || memchr (p, 0, n)) {
        wire_fail (w, -EPROTO);
    } else {
        *s = (const char *) p;
    }
}

void
wire_bytes (struct wire *w, const void **p, uint32_t *n, size_t max)
{
    uint32_t len = *n;
    if (w->encoding && len > max) {
        wire_fail (w, -EMSGSIZE);
        return;
    }
    wire_u32 (w, &len);
    if (!w->err && len > max)
        wire_fail (w, -EPROTO);
    uint8_t *raw = wire_raw (w, len);
    if (w->err)
        return;
    if (w->encoding) {
        if (raw && len)
            memcpy (raw, *p, len);
    } else {
        *p = raw;
        *n = len;
    }
}

void
wire_fixed (struct wire *w, void *p, size_t n)
{
    uint8_t *raw = wire_raw (w, n);
    if (!raw || !n)
        return;
    if (w->encoding)
        memcpy (raw, p, n);
    else
        memcpy (p, raw, n);
}

bool
wire_count (struct wire *w, uint32_t *n, size_t max, size_t min_elem)
{
    uint32_t v = *n;
    if (w->encoding && v > max)
        wire_fail (w, -EMSGSIZE);
    wire_u32 (w, &v);
    if (!w->err && !w->encoding && (v > max || (uint64_t) v * min_elem > wire_left (w)))
        wire_fail (w, -EPROTO);
    if (w->err)
        return false;
    *n = v;
    return true;
}

bool
wire_array (struct wire *w, void *arr_ptr, uint32_t *n, size_t elem_size, size_t max, size_t min_elem)
{
    uint32_t count = *n;
    if (!wire_count (w, &count, max, min_elem))
        return false;
    if (!w->encoding) {
        void *a = w->arena ? arena_array (w->arena, count, elem_size) : NULL;
        if (!a) {
            wire_fail (w, -ENOMEM);
            return false;
        }
        memcpy (arr_ptr, &a, sizeof a);
        *n = count;
    }
    return true;
}

void
wire_u64_array (struct wire *w, uint64_t **arr, uint32_t *n, size_t max)
{
    if (!wire_array (w, arr, n, sizeof **arr, max, sizeof **arr))
        return;
    for (uint32_t i = 0; i < *n; i++)
        wire_u64 (w, &(*arr)[i]);
}

void
wire_u32_array (struct wire *w, uint32_t **arr, uint32_t *n, size_t max)
{
    if (!wire_array (w, arr, n, sizeof **arr, max, sizeof **arr))
        return;
    for (uint32_t i = 0; i < *n; i++)
        wire_u32 (w, &(*arr)[i]);
}

int
wire_finish (struct wire *w)
{
    if (!w->encoding && w->pos != w->len)
        wire_fail (w, -EPROTO);
    return w->err;
}
