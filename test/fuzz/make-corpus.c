/*
 * Writes the seeds of the fuzz targets: valid encodings of every operation, record and description, small.
 *
 *     make-corpus DIR      fills DIR/fuzz-TARGET/; the texts of fuzz-config and fuzz-tab are written by hand
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "io/bmi/bmi-method.h"
#include "io/description/dist.h"
#include "io/description/request-codec.h"
#include "io/trove/trove.h"
#include "proto/ops/mkdir.h"
#include "proto-sample.h"
#include "server/intent.h"

static const char *top;
static struct arena arena;
static struct sample sample = { &arena, 2006, 2 };

static void
save (const char *target, const char *name, struct wire *w)
{
    char path[1024];
    snprintf (path, sizeof path, "%s/fuzz-%s", top, target);
    mkdir (path, 0777);
    snprintf (path, sizeof path, "%s/fuzz-%s/%s", top, target, name);
    FILE *f = fopen (path, "wb");
    if (w->err || !f || fwrite (w->buf, 1, w->pos, f) != w->pos || fclose (f) != 0) {
        fprintf (stderr, "%s: %s\n", path, strerror (w->err ? -w->err : errno));
        exit (1);
    }
    wire_fini (w);
}

static void
messages (void)
{
    static const struct {
        unsigned number;
        const char *name;
    } ops[] = {
#define OPERATION(NUMBER, name, flags) { NUMBER, #name },
#include "proto/ops.def"
#undef OPERATION
    };
    for (size_t i = 0; i < ARRAY_SIZE (ops); i++) {
        struct proto_request req;
        struct proto_response resp;
        struct wire w;
        sample.state = ops[i].number * 1000; /* no seed depends on another */
        sample_request (&sample, ops[i].number, &req);
        wire_encoder_grow (&w, 1 << 20);
        proto_request_codec (&w, &req);
        save ("request", ops[i].name, &w);
        sample.state = ops[i].number * 1000 + 500;
        sample_response (&sample, ops[i].number, &resp);
        wire_encoder_grow (&w, 1 << 20);
        proto_response_codec (&w, &resp);
        save ("response", ops[i].name, &w);
    }
}

/* The request that may be longer than its sample. */
static void
mkdir_that_spreads (void)
{
    struct proto_request req;
    struct wire w;
    sample.state = PROTO_mkdir * 1000;
    sample_request (&sample, PROTO_mkdir, &req);
    ((struct mkdir_req *) req.body)->spread = (struct object_spread){ 2, 4, 100 };
    wire_encoder_grow (&w, 1 << 20);
    proto_request_codec (&w, &req);
    save ("request", "mkdir-spread", &w);
}

static void
piece (uint8_t which, const char *name, void (*codec) (struct wire *, void *), void *p)
{
    struct wire w;
    wire_encoder_grow (&w, 1 << 20);
    wire_u8 (&w, &which);
    codec (&w, p);
    save ("attributes", name, &w);
}

static void
pieces (void)
{
    struct proto_request req;
    struct object_attr attr;
    struct proto_layout layout = { .ndfiles = 0 };
    struct dist d;
    struct proto_entry_at at = { 3, 4, "name" };
    struct proto_create_attr create = { .mode = 0644, .dist_name = "simple_stripe", .dist_params = "strip_size:65536" };
    struct proto_cap cap = { .fs = 9, .metafile = 5, .mask = 7 };
    sample.state = 1;
    sample_request (&sample, PROTO_noop, &req);
    sample_attr (&sample, &attr);
    sample_layout (&sample, &layout);
    struct proto_info info = { .handle = 5, .have = 31, .attr = attr, .layout = layout, .target = "to", .cap = cap };
    dist_lookup (DIST_DEFAULT_NAME, &d);
    piece (0, "attr", (void (*) (struct wire *, void *)) object_attr_codec, &attr);
    struct object_attr own = { .type = OBJ_DIRECTORY, .flags = OBJ_OWN_SPREAD, .spread = { 2, 4, 100 } };
    piece (0, "attr-spread", (void (*) (struct wire *, void *)) object_attr_codec, &own);
    piece (1, "layout", (void (*) (struct wire *, void *)) proto_layout_codec, &layout);
    piece (2, "cap", (void (*) (struct wire *, void *)) proto_cap_codec, &cap);
    piece (3, "cred", (void (*) (struct wire *, void *)) proto_cred_codec, &req.cred);
    piece (4, "info", (void (*) (struct wire *, void *)) proto_info_codec, &info);
    piece (5, "create-attr", (void (*) (struct wire *, void *)) proto_create_attr_codec, &create);
    piece (6, "entry-at", (void (*) (struct wire *, void *)) proto_entry_at_codec, &at);
    piece (7, "dist", (void (*) (struct wire *, void *)) dist_wire, &d);
}

static void
description (const char *name, PVFS_Request r)
{
    static const uint8_t choices[10] = { 2, 3, 1, 0, 0, 100, 4, 100, 10, 4 };
    struct wire w;
    wire_encoder_grow (&w, 1 << 20);
    wire_fixed (&w, (void *) choices, sizeof choices);
    request_wire (&w, &r);
    save ("pvfs-request", name, &w);
}

static void
descriptions (void)
{
    int32_t lens[3] = { 1, 2, 3 };
    PVFS_size disps[3] = { 0, 10, 30 };
    PVFS_Request run, vector, indexed, mixed, resized, parts[3];
    PVFS_Request_contiguous (100, PVFS_INT, &run);
    PVFS_Request_vector (3, 2, 5, PVFS_DOUBLE, &vector);
    PVFS_Request_hindexed (3, lens, disps, PVFS_CHAR, &indexed);
    parts[0] = run;
    parts[1] = vector;
    parts[2] = indexed;
    disps[1] = 1000;
    disps[2] = 5000;
    PVFS_Request_struct (3, lens, disps, parts, &mixed);
    PVFS_Request_resized (indexed, 0, 4096, &resized);
    description ("run", run);
    description ("vector", vector);
    description ("indexed", indexed);
    description ("struct", mixed);
    description ("resized", resized);
    PVFS_Request *all[] = { &run, &vector, &indexed, &mixed, &resized };
    for (size_t i = 0; i < ARRAY_SIZE (all); i++)
        PVFS_Request_free (all[i]);
}

/* --- records: kind, length, [name,] value ------------------------------------------------------------------------------------------ */

static void
item (struct wire *all, uint8_t kind, const void *name, size_t name_len, struct wire *value)
{
    uint16_t n = (uint16_t) (name_len + value->pos);
    wire_u8 (all, &kind);
    wire_u16 (all, &n);
    wire_fixed (all, (void *) name, name_len);
    wire_fixed (all, value->buf, value->pos);
    if (value->err)
        wire_fail (all, value->err);
    wire_fini (value);
}

static void
version (struct wire *w)
{
    uint8_t one = 1;
    wire_encoder_grow (w, 1 << 16);
    wire_u8 (w, &one);
}

static void
attribute_item (struct wire *all, uint8_t type)
{
    struct object_attr a;
    struct wire w;
    sample_attr (&sample, &a);
    a.type = type;
    wire_encoder_grow (&w, 1 << 16);
    object_record_codec (&w, &a);
    item (all, 0, NULL, 0, &w);
}

static void
entry_item (struct wire *all)
{
    struct wire key, w;
    uint64_t hash = proto_name_hash ("name"), handle = 77;
    uint8_t buf[12], type = OBJ_METAFILE;
    wire_encoder (&key, buf, sizeof buf);
    wire_be64 (&key, &hash);
    wire_fixed (&key, (void *) "name", 4);
    version (&w);
    wire_u64 (&w, &handle);
    wire_u8 (&w, &type);
    item (all, 1, buf, key.pos, &w);
}

static void
bucket_item (struct wire *all)
{
    uint64_t v[4] = { 0, 1001, 1ull << 62, 1002 };
    uint32_t n = 2;
    struct wire w;
    version (&w);
    wire_u32 (&w, &n);
    for (int i = 0; i < 4; i++)
        wire_u64 (&w, &v[i]);
    item (all, 2, NULL, 0, &w);
}

static void
layout_item (struct wire *all)
{
    struct proto_layout l = { .ndfiles = 0 };
    struct wire w;
    sample_layout (&sample, &l);
    version (&w);
    proto_layout_codec (&w, &l);
    item (all, 3, NULL, 0, &w);
}

static void
target_item (struct wire *all)
{
    struct wire w;
    wire_encoder_grow (&w, 100);
    wire_fixed (&w, (void *) "../to", 5);
    item (all, 4, NULL, 0, &w);
}

static void
batch_item (struct wire *all)
{
    uint64_t batch = 3, list[2] = { 10001, 10002 }, *p = list;
    uint32_t n = 2;
    struct wire w;
    version (&w);
    wire_u64 (&w, &batch);
    wire_u64_array (&w, &p, &n, 2);
    item (all, 5, NULL, 0, &w);
}

static void
place_of (struct wire *w, const char *name)
{
    uint64_t dir = 5, dirdata = 6;
    wire_u64 (w, &dir);
    wire_u64 (w, &dirdata);
    wire_string (w, &name, PROTO_MAX_NAME);
}

static void
intent_item (struct wire *all)
{
    uint8_t kind = INTENT_RENAME, type = OBJ_DIRECTORY, flags = 0;
    uint32_t fs = 7, uid = 1, gid = 2, ng = 1, slot = 4, nh = 1;
    uint64_t handle = 70, client = 8, seq = 9, h = 71, *hs = &h;
    uint32_t g = 100, *gs = &g;
    uint16_t op = PROTO_rename;
    struct object_attr a = { .type = OBJ_DIRECTORY };
    struct wire w;
    version (&w);
    wire_u8 (&w, &kind);
    wire_u32 (&w, &fs);
    place_of (&w, "from");
    place_of (&w, "to");
    wire_u64 (&w, &handle);
    wire_u8 (&w, &type);
    wire_u8 (&w, &flags);
    object_attr_codec (&w, &a);
    wire_u32 (&w, &uid);
    wire_u32 (&w, &gid);
    wire_u32_array (&w, &gs, &ng, 1);
    wire_u64_array (&w, &hs, &nh, 1);
    wire_u64 (&w, &client);
    wire_u64 (&w, &seq);
    wire_u32 (&w, &slot);
    wire_u16 (&w, &op);
    item (all, 6, NULL, 0, &w);
}

static void
reply_item (struct wire *all)
{
    static const uint8_t slot[4] = { 0, 0, 0, 5 };
    uint64_t when = 1, seq = 2;
    int32_t status = 0;
    uint16_t op = PROTO_remove;
    const void *body = "12345678";
    uint32_t n = 8;
    struct wire w;
    version (&w);
    wire_u64 (&w, &when);
    wire_u64 (&w, &seq);
    wire_i32 (&w, &status);
    wire_u16 (&w, &op);
    wire_bytes (&w, &body, &n, 8);
    item (all, 7, slot, sizeof slot, &w);
}

static void
records (void)
{
    struct wire w;
    sample.state = 2;
    wire_encoder_grow (&w, 1 << 16);
    attribute_item (&w, OBJ_METAFILE);
    layout_item (&w);
    save ("record", "file", &w);
    wire_encoder_grow (&w, 1 << 16);
    attribute_item (&w, OBJ_DIRECTORY);
    bucket_item (&w);
    entry_item (&w);
    save ("record", "directory", &w);
    wire_encoder_grow (&w, 1 << 16);
    attribute_item (&w, OBJ_SYMLINK);
    target_item (&w);
    save ("record", "symlink", &w);
    wire_encoder_grow (&w, 1 << 16);
    batch_item (&w);
    intent_item (&w);
    reply_item (&w);
    save ("record", "server", &w);
}

/* --- BMI: steps of its target: what, three bytes, a size; case 0 takes raw bytes ----------------------------------------------------- */

static void
streams (void)
{
    uint8_t bytes[64 + BMI_HEADER_SIZE] = { 0, BMI_HEADER_SIZE };
    struct bmi_header h = { .type = 1, .tag = 7, .length = 0 };
    struct wire w;
    bmi_header_encode (&h, bytes + 6);
    wire_encoder_grow (&w, 1000);
    wire_fixed (&w, bytes, 6 + BMI_HEADER_SIZE);
    save ("bmi-header", "raw", &w);
    static const uint8_t steps[] = { 3, 0, 0, 9, 0, 50, 1, 2, 0, 9, 0, 50, 2, 0, 0, 0, 0, 50, 1, 2, 1, 9, 0x40, 0, 4, 0, 0, 0, 0, 0 };
    wire_encoder_grow (&w, 1000);
    wire_fixed (&w, (void *) steps, sizeof steps);
    save ("bmi-header", "posted", &w);
    wire_encoder_grow (&w, 1000);
    wire_fixed (&w, bytes + 6, BMI_HEADER_SIZE);
    save ("bmi-header", "header", &w);
}

int
main (int argc, char **argv)
{
    if (argc != 2) {
        fprintf (stderr, "usage: make-corpus DIR\n");
        return 2;
    }
    top = argv[1];
    messages ();
    pieces ();
    descriptions ();
    mkdir_that_spreads ();
    records ();
    streams ();
    arena_fini (&arena);
    return 0;
}
