/*
 * Headers of requests and responses, the pieces that several operations share, and the table. See proto.h.
 */
#include "proto/proto.h"

#include "proto/ops/accessed.h"
#include "proto/ops/atomiceattr.h"
#include "proto/ops/batch_create.h"
#include "proto/ops/bucket_drop.h"
#include "proto/ops/bucket_fill.h"
#include "proto/ops/bucket_freeze.h"
#include "proto/ops/bucket_full.h"
#include "proto/ops/bucket_put.h"
#include "proto/ops/bucket_read.h"
#include "proto/ops/bucket_split.h"
#include "proto/ops/crdirent.h"
#include "proto/ops/create.h"
#include "proto/ops/deleattr.h"
#include "proto/ops/event_mon.h"
#include "proto/ops/flush.h"
#include "proto/ops/fsck_fix.h"
#include "proto/ops/fsck_scan.h"
#include "proto/ops/get_uid.h"
#include "proto/ops/getattr.h"
#include "proto/ops/getconfig.h"
#include "proto/ops/geteattr.h"
#include "proto/ops/hold.h"
#include "proto/ops/init_object.h"
#include "proto/ops/io.h"
#include "proto/ops/iterate_handles.h"
#include "proto/ops/link.h"
#include "proto/ops/link_count.h"
#include "proto/ops/listattr.h"
#include "proto/ops/listeattr.h"
#include "proto/ops/live_ops.h"
#include "proto/ops/lookup.h"
#include "proto/ops/mgmt_dirent.h"
#include "proto/ops/mgmt_remove_object.h"
#include "proto/ops/mgmt_repair_file.h"
#include "proto/ops/mkdir.h"
#include "proto/ops/noop.h"
#include "proto/ops/perf_mon.h"
#include "proto/ops/readdir.h"
#include "proto/ops/remove.h"
#include "proto/ops/remove_object.h"
#include "proto/ops/rename.h"
#include "proto/ops/rename_ticket.h"
#include "proto/ops/set_parent.h"
#include "proto/ops/setattr.h"
#include "proto/ops/seteattr.h"
#include "proto/ops/setparam.h"
#include "proto/ops/small_io.h"
#include "proto/ops/statfs.h"
#include "proto/ops/symlink.h"
#include "proto/ops/truncate.h"
#include "proto/ops/unstuff.h"

/* Typed codecs behind one signature. */
#define OPERATION(NUMBER, name, flags)                                                             \
    static void name##_req_any (struct wire *w, void *b)                                           \
    {                                                                                              \
        name##_req_codec (w, b);                                                                   \
    }                                                                                              \
    static void name##_resp_any (struct wire *w, void *b)                                          \
    {                                                                                              \
        name##_resp_codec (w, b);                                                                  \
    }
#include "proto/ops.def"
#undef OPERATION

static const struct proto_op_info table[PROTO_OP_COUNT] = {
#define OPERATION(NUMBER, name, flags)                                                             \
    [NUMBER] = { #name, flags, sizeof (struct name##_req), sizeof (struct name##_resp),            \
                 name##_req_any, name##_resp_any },
#include "proto/ops.def"
#undef OPERATION
};

const struct proto_op_info *
proto_op_info (unsigned op)
{
    return op < PROTO_OP_COUNT && table[op].name ? &table[op] : NULL;
}

/* --- headers ----------------------------------------------------------------------------------------------------------- */

void
proto_cred_codec (struct wire *w, struct proto_cred *c)
{
    wire_u32 (w, &c->uid);
    wire_u32 (w, &c->gid);
    wire_u32_array (w, &c->groups, &c->ngroups, PROTO_MAX_GROUPS);
    wire_string (w, &c->issuer, 128);
    wire_bytes (w, &c->signature, &c->signature_len, 512);
}

void
proto_cap_codec (struct wire *w, struct proto_cap *c)
{
    wire_u32 (w, &c->fs);
    if (w->err || !c->fs)
        return;
    wire_u64 (w, &c->metafile);
    wire_u32 (w, &c->mask);
    wire_u64 (w, &c->expiry);
    wire_u64_array (w, &c->dfiles, &c->ndfiles, PROTO_MAX_DFILES);
    wire_fixed (w, c->mac, sizeof c->mac);
}

static bool
body_codec (struct wire *w, size_t size, void (*codec) (struct wire *, void *), void **body)
{
    if (!w->encoding) {
        *body = arena_alloc (w->arena, size);
        if (!*body)
            wire_fail (w, -ENOMEM);
    }
    if (!w->err)
        codec (w, *body);
    return !w->err;
}

int
proto_request_codec (struct wire *w, struct proto_request *r)
{
    wire_u16 (w, &r->op);
    wire_u32 (w, &r->fs);
    proto_cred_codec (w, &r->cred);
    proto_cap_codec (w, &r->cap);
    wire_u64 (w, &r->epoch);
    wire_u64 (w, &r->client_id);
    wire_u32 (w, &r->slot);
    wire_u64 (w, &r->seq);
    wire_u32 (w, &r->remaining_ms);
    wire_u64 (w, &r->request_id);
    if (w->err)
        return w->err;
    const struct proto_op_info *info = proto_op_info (r->op);
    if (!info) {
        wire_fail (w, -EPROTONOSUPPORT);
        return w->err;
    }
    body_codec (w, info->req_size, info->req_codec, &r->body);
    return wire_finish (w);
}

int
proto_response_codec (struct wire *w, struct proto_response *r)
{
    wire_u16 (w, &r->op);
    wire_i32 (w, &r->status);
    wire_u64 (w, &r->epoch);
    if (w->err || r->status)
        return wire_finish (w);
    wire_bool (w, &r->has_dir);
    if (!w->err && r->has_dir)
        object_attr_codec (w, &r->dir);
    const struct proto_op_info *info = proto_op_info (r->op);
    if (!info) {
        wire_fail (w, -EPROTONOSUPPORT);
        return w->err;
    }
    body_codec (w, info->resp_size, info->resp_codec, &r->body);
    return wire_finish (w);
}

/* --- shared pieces ------------------------------------------------------------------------------------------------------ */

void
proto_layout_codec (struct wire *w, struct proto_layout *l)
{
    wire_string (w, &l->dist_name, PROTO_MAX_DIST_NAME);
    wire_string (w, &l->dist_params, PROTO_MAX_DIST_PARAMS);
    wire_u64_array (w, &l->dfiles, &l->ndfiles, PROTO_MAX_DFILES);
    wire_u32 (w, &l->ndfiles_wanted);
    wire_u32_array (w, &l->servers, &l->nservers, PROTO_MAX_DFILES);
}

void
proto_info_codec (struct wire *w, struct proto_info *i)
{
    wire_u64 (w, &i->handle);
    wire_u32 (w, &i->have);
    object_attr_codec (w, &i->attr);
    if (w->err)
        return;
    if (i->have & INFO_SIZE)
        wire_i64 (w, &i->attr.blocks);
    if (i->have & INFO_LAYOUT)
        proto_layout_codec (w, &i->layout);
    if (i->have & INFO_TARGET)
        wire_string (w, &i->target, PROTO_MAX_PATH);
    if ((i->have & INFO_BUCKETS)
        && wire_array (w, &i->buckets, &i->nbuckets, sizeof *i->buckets, PROTO_MAX_BUCKETS, 16))
        for (uint32_t n = 0; n < i->nbuckets; n++) {
            wire_u64 (w, &i->buckets[n].first_hash);
            wire_u64 (w, &i->buckets[n].dirdata);
        }
    if (i->have & INFO_CAP)
        proto_cap_codec (w, &i->cap);
}

void
proto_create_attr_codec (struct wire *w, struct proto_create_attr *a)
{
    wire_u32 (w, &a->mode);
    wire_u32 (w, &a->umask);
    wire_u32 (w, &a->uid);
    wire_u32 (w, &a->gid);
    wire_u64 (w, &a->atime);
    wire_u64 (w, &a->mtime);
    wire_u64 (w, &a->ctime);
    wire_u32 (w, &a->dev);
    wire_u32 (w, &a->ndfiles);
    wire_string (w, &a->dist_name, PROTO_MAX_DIST_NAME);
    wire_string (w, &a->dist_params, PROTO_MAX_DIST_PARAMS);
    wire_u32 (w, &a->layout);
    wire_u32_array (w, &a->servers, &a->nservers, PROTO_MAX_DFILES);
}

void
proto_entry_at_codec (struct wire *w, struct proto_entry_at *e)
{
    wire_u64 (w, &e->dir);
    wire_u64 (w, &e->dirdata);
    wire_string (w, &e->name, PROTO_MAX_NAME);
    if (!w->err && !w->encoding
        && (!e->name[0] || strchr (e->name, '/') || !strcmp (e->name, ".") || !strcmp (e->name, "..")))
        wire_fail (w, -EPROTO);
}

uint64_t
proto_name_hash (const char *name)
{
    uint64_t h = hash_bytes (name, strlen (name), 0) >> 1;
    return h < (1ull << 32) ? h + (1ull << 32) : h;
}
