/*
 * The 32 bytes before every message, and the hello:
 *
 *     0      4    5     6      8     16      20    24      28    32
 *     magic  type flags zero   tag   length  aux   zero    CRC-32C of the first 28
 *
 * Whatever a peer may send, decoding yields a header that keeps every rule below or -EPROTO.
 */
#include "io/bmi/bmi-method.h"

static void
header_codec (struct wire *w, struct bmi_header *h, uint32_t *magic, uint32_t *zero)
{
    uint16_t zero16 = 0;
    wire_u32 (w, magic);
    wire_u8 (w, &h->type);
    wire_u8 (w, &h->flags);
    wire_u16 (w, &zero16);
    wire_u64 (w, &h->tag);
    wire_u32 (w, &h->length);
    wire_u32 (w, &h->aux);
    wire_u32 (w, zero);
    *zero |= zero16;
}

void
bmi_header_encode (const struct bmi_header *h, uint8_t out[BMI_HEADER_SIZE])
{
    struct bmi_header copy = *h;
    uint32_t magic = BMI_WIRE_MAGIC, zero = 0;
    struct wire w;
    wire_encoder (&w, out, BMI_HEADER_SIZE);
    header_codec (&w, &copy, &magic, &zero);
    uint32_t crc = wire_crc32c (0, out, w.pos);
    wire_u32 (&w, &crc);
    assert (!w.err && w.pos == BMI_HEADER_SIZE);
}

static bool
makes_sense (const struct bmi_header *h)
{
    switch (h->type) {
    case BMI_TYPE_HELLO:
        return !h->flags && !h->tag && !h->aux && h->length <= BMI_MAX_HELLO;
    case BMI_TYPE_PING:
    case BMI_TYPE_PONG:
        return !h->flags && !h->tag && !h->aux && !h->length;
    case BMI_TYPE_UNEXPECTED:
        return !(h->flags & ~BMI_LAST) && !h->aux && h->length <= BMI_SMALL;
    case BMI_TYPE_EXPECTED:
        if (h->flags & BMI_ABORT)
            return h->flags == (BMI_ABORT | BMI_LAST) && !h->length && h->aux <= INT32_MAX;
        return !(h->flags & ~BMI_LAST) && !h->aux && h->length <= BMI_MAX_MESSAGE;
    default:
        return false;
    }
}

int
bmi_header_decode (const uint8_t in[BMI_HEADER_SIZE], struct bmi_header *ret)
{
    struct bmi_header h;
    uint32_t magic = 0, zero = 0, crc = 0;
    struct wire w;
    wire_decoder (&w, in, BMI_HEADER_SIZE, NULL);
    header_codec (&w, &h, &magic, &zero);
    uint32_t sum = wire_crc32c (0, in, w.pos);
    wire_u32 (&w, &crc);
    if (wire_finish (&w) || magic != BMI_WIRE_MAGIC || zero || crc != sum || !makes_sense (&h))
        return -EPROTO;
    *ret = h;
    return 0;
}

/* The major version comes first for ever, so that unequal ones can tell each other so. */
static void
hello_codec (struct wire *w, struct bmi_hello *h)
{
    const char *name = h->name;
    wire_u16 (w, &h->major);
    wire_u16 (w, &h->minor);
    if (!w->encoding && h->major != BMI_MAJOR)
        return;
    wire_u32 (w, &h->features);
    wire_u64 (w, &h->client_id);
    wire_u64 (w, &h->boot_id);
    wire_u32 (w, &h->unexpected_limit);
    wire_u32 (w, &h->max_message);
    wire_u32 (w, &h->slots);
    wire_string (w, &name, BMI_NAME_MAX - 1);
    if (!w->encoding && !w->err)
        strcpy (h->name, name);
}

int
bmi_hello_encode (const struct bmi_hello *h, void *buf, size_t cap, size_t *ret_len)
{
    struct bmi_hello copy = *h;
    struct wire w;
    wire_encoder (&w, buf, cap);
    hello_codec (&w, &copy);
    if (!w.err)
        *ret_len = w.pos;
    return w.err;
}

/* Trailing bytes belong to a later minor version. */
int
bmi_hello_decode (const void *buf, size_t len, struct bmi_hello *ret)
{
    struct bmi_hello h = { 0 };
    struct wire w;
    wire_decoder (&w, buf, len, NULL);
    hello_codec (&w, &h);
    if (!w.err)
        *ret = h;
    return w.err;
}
