/* Fuzz target: a PVFS_Request from the network, and the walk of a server over it. Ten bytes choose the walk; the rest is the encoded
 * request. What decodes must encode, decode and walk to the same regions. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "io/description/req-state.h"
#include "io/description/request-codec.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

enum { CHOICES = 10, REGIONS = 8, STEPS = 16, LONGEST = 1 << 16 };

struct walk {
    uint64_t hash; /* of all regions */
    int64_t bytes;
    int result;
};

static struct walk
walk (const struct PINT_Request *req, const uint8_t *c)
{
    struct walk k = { .bytes = 0 };
    struct dist d;
    dist_lookup (c[0] & 1 ? "basic_dist" : DIST_DEFAULT_NAME, &d);
    struct req_map map = { .file_req = req, .dist = &d, .server_ct = 1 + c[1] % 8, .extend = c[0] & 2 };
    map.server_nr = c[2] % map.server_ct;
    map.file_off = (int64_t) c[3] << (c[4] % 48);
    map.total = (int64_t) c[5] << (c[6] % 40);
    map.fsize = (int64_t) c[7] << (c[8] % 48);
    struct req_state st;
    int64_t end, n = 0;
    if (map.total <= LONGEST) /* a step per piece: for what a client asks itself */
        req_end_logical (req, map.file_off, map.total, &end);
    k.result = req_state_init (&st, &map, NULL);
    for (int i = 0; k.result == 0 && i < STEPS; i++) {
        struct req_region r[REGIONS];
        int nr = 0;
        k.result = req_next_physical (&st, 1 + ((int64_t) c[9] << 8), r, REGIONS, &nr, &n);
        if (k.result < 0 || (nr == 0 && n == 0))
            break;
        int64_t sum = 0;
        for (int j = 0; j < nr; j++) {
            if (r[j].off < 0 || r[j].len <= 0)
                abort ();
            sum += r[j].len;
            k.hash = hash_u64 (k.hash ^ (uint64_t) r[j].off) ^ (uint64_t) r[j].len;
        }
        if (sum != n || n > 1 + ((int64_t) c[9] << 8))
            abort ();
        k.bytes += n;
    }
    if (k.bytes > map.total)
        abort ();
    return k;
}

static void
compare (const struct walk *a, const struct walk *b)
{
    if (a->hash != b->hash || a->bytes != b->bytes || a->result != b->result)
        abort ();
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
    struct arena arena = { 0 };
    struct PINT_Request *req = NULL, *again = NULL;
    struct wire w, e;
    if (size <= CHOICES || size > 65536)
        return 0;
    wire_decoder (&w, data + CHOICES, size - CHOICES, &arena);
    request_wire (&w, &req);
    if (wire_finish (&w) == 0) {
        struct walk first = walk (req, data);
        wire_encoder_grow (&e, 1 << 24);
        request_wire (&e, &req);
        if (e.err)
            abort ();
        wire_decoder (&w, e.buf, e.pos, &arena);
        request_wire (&w, &again);
        if (wire_finish (&w) < 0)
            abort ();
        struct walk second = walk (again, data);
        compare (&first, &second);
        wire_fini (&e);
    }
    arena_fini (&arena);
    return 0;
}
