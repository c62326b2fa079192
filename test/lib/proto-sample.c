/*
 * See proto-sample.h. One filler per body, found through the table of operations: a new operation does not compile here until it has one.
 */
#include "proto-sample.h"

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

/* --- small things -------------------------------------------------------------------------------------------------------- */

uint64_t
sample_u64 (struct sample *s)
{
    uint64_t x = hash_u64 (s->state++);
    return hash_u64 (s->state++) >> (x & 63);
}

uint32_t
sample_below (struct sample *s, uint32_t n)
{
    return (uint32_t) (hash_u64 (s->state++) % n);
}

static void
fill_bytes (struct sample *s, void *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        ((uint8_t *) p)[i] = (uint8_t) sample_below (s, 256);
}

const char *
sample_word (struct sample *s, size_t max)
{
    size_t n = 1 + sample_below (s, (uint32_t) MIN (max, (size_t) MAX (s->most, 1u)));
    char *p = arena_alloc (s->arena, n + 1);
    for (size_t i = 0; i < n; i++) {
        p[i] = (char) (1 + sample_below (s, 255));
        if (p[i] == '/' || p[i] == '.')
            p[i] = 'x';
    }
    return p;
}

static const char *
text (struct sample *s, size_t max) /* may be empty */
{
    return sample_below (s, 8) ? sample_word (s, max) : "";
}

static bool
flip (struct sample *s)
{
    return sample_below (s, 2);
}

static void
bytes (struct sample *s, const void **p, uint32_t *n, size_t max)
{
    *n = sample_below (s, (uint32_t) MIN (max, (size_t) s->most) + 1);
    void *q = arena_alloc (s->arena, *n + 1);
    fill_bytes (s, q, *n);
    *p = q;
}

static void *
list (struct sample *s, uint32_t *n, size_t size, size_t max)
{
    *n = sample_below (s, (uint32_t) MIN (max, (size_t) s->most) + 1);
    return arena_array (s->arena, *n, size);
}

static void
u64s (struct sample *s, uint64_t **p, uint32_t *n, size_t max)
{
    *p = list (s, n, sizeof **p, max);
    for (uint32_t i = 0; i < *n; i++)
        (*p)[i] = sample_u64 (s);
}

static void
u32s (struct sample *s, uint32_t **p, uint32_t *n, size_t max)
{
    *p = list (s, n, sizeof **p, max);
    for (uint32_t i = 0; i < *n; i++)
        (*p)[i] = (uint32_t) sample_u64 (s);
}

#define ANY(v) ((v) = (__typeof__ (v)) sample_u64 (s))

/* --- shared pieces ------------------------------------------------------------------------------------------------------- */

void
sample_attr (struct sample *s, struct object_attr *a)
{
    ANY (a->type);
    ANY (a->body);
    ANY (a->flags);
    ANY (a->mode);
    ANY (a->uid);
    ANY (a->gid);
    ANY (a->nlink);
    ANY (a->dev);
    ANY (a->atime);
    ANY (a->mtime);
    ANY (a->ctime);
    ANY (a->change);
    ANY (a->parent);
    ANY (a->entries);
    ANY (a->size);
    a->blocks = 0; /* not in the codec */
    a->spread = (struct object_spread){ 0 };
    if (a->flags & OBJ_OWN_SPREAD)
        a->spread = (struct object_spread){ 1 + sample_below (s, 4), 4 + sample_below (s, 4), sample_below (s, 1000) };
}

void
sample_layout (struct sample *s, struct proto_layout *l)
{
    l->dist_name = text (s, PROTO_MAX_DIST_NAME);
    l->dist_params = text (s, PROTO_MAX_DIST_PARAMS);
    u64s (s, &l->dfiles, &l->ndfiles, PROTO_MAX_DFILES);
    ANY (l->ndfiles_wanted);
    u32s (s, &l->servers, &l->nservers, PROTO_MAX_DFILES);
}

static void
cap_fill (struct sample *s, struct proto_cap *c)
{
    if (flip (s))
        return;
    c->fs = 1 + sample_below (s, 1000);
    ANY (c->metafile);
    ANY (c->mask);
    ANY (c->expiry);
    u64s (s, &c->dfiles, &c->ndfiles, PROTO_MAX_DFILES);
    fill_bytes (s, c->mac, sizeof c->mac);
}

static void
cred_fill (struct sample *s, struct proto_cred *c)
{
    ANY (c->uid);
    ANY (c->gid);
    u32s (s, &c->groups, &c->ngroups, PROTO_MAX_GROUPS);
    c->issuer = text (s, 128);
    bytes (s, &c->signature, &c->signature_len, 512);
}

static void
info_fill (struct sample *s, struct proto_info *i)
{
    ANY (i->handle);
    i->have = sample_below (s, 2 * INFO_WRITABLE);
    sample_attr (s, &i->attr);
    if (i->have & INFO_SIZE)
        ANY (i->attr.blocks);
    if (i->have & INFO_LAYOUT)
        sample_layout (s, &i->layout);
    if (i->have & INFO_TARGET)
        i->target = text (s, PROTO_MAX_PATH);
    if (i->have & INFO_BUCKETS) {
        i->buckets = list (s, &i->nbuckets, sizeof *i->buckets, PROTO_MAX_BUCKETS);
        for (uint32_t n = 0; n < i->nbuckets; n++) {
            ANY (i->buckets[n].first_hash);
            ANY (i->buckets[n].dirdata);
        }
    }
    if (i->have & INFO_CAP)
        cap_fill (s, &i->cap);
}

static void
create_attr_fill (struct sample *s, struct proto_create_attr *a)
{
    ANY (a->mode);
    ANY (a->umask);
    ANY (a->uid);
    ANY (a->gid);
    ANY (a->atime);
    ANY (a->mtime);
    ANY (a->ctime);
    ANY (a->dev);
    ANY (a->ndfiles);
    a->dist_name = text (s, PROTO_MAX_DIST_NAME);
    a->dist_params = text (s, PROTO_MAX_DIST_PARAMS);
    ANY (a->layout);
    u32s (s, &a->servers, &a->nservers, PROTO_MAX_DFILES);
}

static void
at_fill (struct sample *s, struct proto_entry_at *e)
{
    ANY (e->dir);
    ANY (e->dirdata);
    e->name = sample_word (s, PROTO_MAX_NAME);
}

static void
eattrs_fill (struct sample *s, struct eattr_pair **p, uint32_t *n, bool values)
{
    *p = list (s, n, sizeof **p, PROTO_MAX_XATTRS);
    for (uint32_t i = 0; i < *n; i++) {
        (*p)[i].name = text (s, PROTO_MAX_XATTR_NAME);
        if (values) {
            ANY ((*p)[i].error);
            bytes (s, &(*p)[i].value, &(*p)[i].value_len, PROTO_MAX_XATTR_VALUE);
        }
    }
}

/* --- bodies: requests ---------------------------------------------------------------------------------------------------- */

#define FILL(type)                                                                                 \
    static void type##_fill (struct sample *s, struct type *b)
#define FILL_NOTHING(type)                                                                         \
    FILL (type)                                                                                    \
    {                                                                                              \
    }

FILL_NOTHING (getconfig_req)
FILL_NOTHING (live_ops_req)
FILL_NOTHING (noop_req)
FILL_NOTHING (statfs_req)

FILL (batch_create_req)
{
    b->pool_owner = text (s, PROTO_MAX_NAME);
    ANY (b->type);
    ANY (b->count);
    ANY (b->stored);
}

FILL (crdirent_req)
{
    at_fill (s, &b->at);
    ANY (b->handle);
    ANY (b->type);
    ANY (b->flags);
    ANY (b->intent);
    b->coordinator = text (s, PROTO_MAX_NAME);
    ANY (b->settled);
    ANY (b->expect);
}

FILL (create_req)
{
    at_fill (s, &b->at);
    create_attr_fill (s, &b->attr);
    ANY (b->hold);
}

FILL (deleattr_req)
{
    ANY (b->handle);
    b->name = text (s, PROTO_MAX_XATTR_NAME);
}

FILL (flush_req)
{
    u64s (s, &b->handles, &b->nhandles, PROTO_MAX_HANDLES);
}

FILL (fsck_fix_req)
{
    b->edits = list (s, &b->nedits, sizeof *b->edits, FSCK_MAX_EDITS);
    for (uint32_t i = 0; i < b->nedits; i++) {
        struct fsck_edit *e = &b->edits[i];
        ANY (e->type);
        ANY (e->when);
        ANY (e->then);
        ANY (e->handle);
        bytes (s, &e->name, &e->name_len, FSCK_MAX_NAME);
        bytes (s, &e->old, &e->old_len, FSCK_MAX_VALUE);
        bytes (s, &e->val, &e->val_len, FSCK_MAX_VALUE);
    }
}

FILL (fsck_scan_req)
{
    ANY (b->type);
    ANY (b->handle);
    bytes (s, &b->name, &b->name_len, FSCK_MAX_NAME);
    b->one = flip (s);
    b->values = flip (s);
    ANY (b->max);
    u64s (s, &b->handles, &b->nhandles, FSCK_MAX_HANDLES);
}

FILL (getattr_req)
{
    ANY (b->handle);
    ANY (b->want);
    ANY (b->hold);
}

FILL (geteattr_req)
{
    ANY (b->handle);
    eattrs_fill (s, &b->keys, &b->nkeys, false);
}

FILL (hold_req)
{
    ANY (b->stamp);
    u64s (s, &b->take, &b->ntake, PROTO_MAX_HANDLES);
    u64s (s, &b->drop, &b->ndrop, PROTO_MAX_HANDLES);
}

FILL (init_object_req)
{
    ANY (b->handle);
    sample_attr (s, &b->attr);
    eattrs_fill (s, &b->xattrs, &b->nxattrs, true);
}

static void
bucket_entries_fill (struct sample *s, struct bucket_entry **p, uint32_t *n)
{
    *p = list (s, n, sizeof **p, PROTO_MAX_DIRENTS);
    for (uint32_t i = 0; i < *n; i++) {
        (*p)[i].name = text (s, PROTO_MAX_NAME);
        ANY ((*p)[i].handle);
        ANY ((*p)[i].type);
    }
}

FILL (bucket_put_req)
{
    ANY (b->dirdata);
    ANY (b->dir);
    b->create = flip (s);
    ANY (b->first);
    ANY (b->end);
    b->forget_times = flip (s);
    sample_attr (s, &b->attr);
    eattrs_fill (s, &b->xattrs, &b->nxattrs, true);
}

FILL (bucket_split_req)
{
    ANY (b->dirdata);
    ANY (b->from);
}

FILL (bucket_read_req)
{
    ANY (b->dirdata);
    ANY (b->after);
}

FILL (bucket_fill_req)
{
    ANY (b->dirdata);
    bucket_entries_fill (s, &b->entries, &b->nentries);
}

FILL (bucket_drop_req)
{
    ANY (b->dirdata);
    ANY (b->from);
}

FILL (bucket_freeze_req)
{
    ANY (b->dirdata);
    b->thaw = flip (s);
}

FILL (bucket_full_req)
{
    ANY (b->dir);
    ANY (b->dirdata);
}

FILL (io_req)
{
    ANY (b->handle);
    ANY (b->type);
    ANY (b->server_nr);
    ANY (b->server_ct);
    b->dist_name = text (s, PROTO_MAX_DIST_NAME);
    b->dist_params = text (s, PROTO_MAX_DIST_PARAMS);
    bytes (s, &b->file_req, &b->file_req_len, PROTO_MAX_IO_REQUEST);
    ANY (b->file_off);
    ANY (b->total);
    ANY (b->buffer_size);
}

FILL (iterate_handles_req)
{
    ANY (b->after);
    ANY (b->count);
    b->reserved = flip (s);
}

FILL (accessed_req)
{
    u64s (s, &b->handles, &b->nhandles, PROTO_MAX_HANDLES);
}

FILL (link_req)
{
    at_fill (s, &b->at);
    ANY (b->handle);
}

FILL (link_count_req)
{
    ANY (b->handle);
    b->more = flip (s);
    ANY (b->intent);
    b->coordinator = text (s, PROTO_MAX_NAME);
    ANY (b->settled);
}

FILL (listattr_req)
{
    ANY (b->want);
    u64s (s, &b->handles, &b->nhandles, PROTO_MAX_HANDLES);
    ANY (b->hold);
}

FILL (listeattr_req)
{
    ANY (b->handle);
    b->after = text (s, PROTO_MAX_XATTR_NAME);
    ANY (b->count);
}

FILL (lookup_req)
{
    ANY (b->dir);
    ANY (b->dirdata);
    b->path = text (s, PROTO_MAX_PATH);
}

FILL (mkdir_req)
{
    at_fill (s, &b->at);
    create_attr_fill (s, &b->attr);
}

FILL (readdir_req)
{
    ANY (b->dir);
    ANY (b->dirdata);
    ANY (b->after);
    ANY (b->count);
    b->plus = flip (s);
}

FILL (remove_req)
{
    at_fill (s, &b->at);
    ANY (b->want);
}

FILL (remove_object_req)
{
    u64s (s, &b->handles, &b->nhandles, PROTO_MAX_HANDLES);
}

FILL (rename_req)
{
    at_fill (s, &b->from);
    at_fill (s, &b->to);
    ANY (b->flags);
}

FILL (rename_ticket_req)
{
    b->release = flip (s);
    ANY (b->ticket);
}

FILL (set_parent_req)
{
    ANY (b->handle);
    ANY (b->from);
    ANY (b->parent);
    ANY (b->by);
    b->step = MOVE_IS_UNDONE;
}

FILL (setattr_req)
{
    ANY (b->handle);
    ANY (b->mask);
    ANY (b->uid);
    ANY (b->gid);
    ANY (b->mode);
    ANY (b->atime);
    ANY (b->mtime);
}

FILL (seteattr_req)
{
    ANY (b->handle);
    ANY (b->flags);
    eattrs_fill (s, &b->keys, &b->nkeys, true);
}

FILL (atomiceattr_req)
{
    ANY (b->handle);
    ANY (b->opcode);
    ANY (b->flags);
    eattrs_fill (s, &b->keys, &b->nkeys, true);
}

FILL (event_mon_req)
{
    ANY (b->count);
}

FILL (get_uid_req)
{
    ANY (b->history);
}

FILL (mgmt_dirent_req)
{
    at_fill (s, &b->at);
    ANY (b->handle);
    ANY (b->type);
}

FILL (mgmt_remove_object_req)
{
    ANY (b->handle);
}

FILL (mgmt_repair_file_req)
{
    at_fill (s, &b->at);
    create_attr_fill (s, &b->attr);
    ANY (b->datafile);
}

FILL (perf_mon_req)
{
    ANY (b->type);
    ANY (b->next_id);
    ANY (b->keys);
    ANY (b->samples);
}

FILL (setparam_req)
{
    ANY (b->param);
    ANY (b->value);
    b->text = text (s, PROTO_MAX_PATH);
}

FILL (small_io_req)
{
    io_req_fill (s, &b->io);
    bytes (s, &b->data, &b->data_len, PROTO_MAX_SMALL_IO);
}

FILL (symlink_req)
{
    at_fill (s, &b->at);
    create_attr_fill (s, &b->attr);
    b->target = text (s, PROTO_MAX_PATH - 1);
}

FILL (truncate_req)
{
    ANY (b->handle);
    ANY (b->size);
}

FILL (unstuff_req)
{
    ANY (b->handle);
}

/* --- bodies: responses --------------------------------------------------------------------------------------------------- */

FILL_NOTHING (deleattr_resp)
FILL_NOTHING (flush_resp)
FILL_NOTHING (fsck_fix_resp)
FILL_NOTHING (accessed_resp)
FILL_NOTHING (hold_resp)
FILL_NOTHING (mgmt_dirent_resp)
FILL_NOTHING (mgmt_remove_object_resp)
FILL_NOTHING (noop_resp)
FILL_NOTHING (remove_object_resp)
FILL_NOTHING (set_parent_resp)
FILL_NOTHING (bucket_put_resp)
FILL_NOTHING (bucket_split_resp)
FILL_NOTHING (bucket_fill_resp)
FILL_NOTHING (bucket_freeze_resp)
FILL_NOTHING (bucket_full_resp)
FILL_NOTHING (seteattr_resp)
FILL_NOTHING (truncate_resp)

#define FILL_INFO(type)                                                                            \
    FILL (type)                                                                                    \
    {                                                                                              \
        info_fill (s, &b->info);                                                                   \
    }

FILL_INFO (create_resp)
FILL_INFO (getattr_resp)
FILL_INFO (init_object_resp)
FILL_INFO (mkdir_resp)
FILL_INFO (setattr_resp)
FILL_INFO (symlink_resp)
FILL_INFO (unstuff_resp)

FILL (batch_create_resp)
{
    ANY (b->batch);
    u64s (s, &b->handles, &b->nhandles, PROTO_MAX_HANDLES);
}

FILL (crdirent_resp)
{
    ANY (b->replaced);
}

FILL (fsck_scan_resp)
{
    b->end = flip (s);
    ANY (b->next_handle);
    bytes (s, &b->next_name, &b->next_name_len, FSCK_MAX_NAME);
    b->items = list (s, &b->nitems, sizeof *b->items, FSCK_MAX_ITEMS);
    for (uint32_t i = 0; i < b->nitems; i++) {
        struct fsck_item *x = &b->items[i];
        ANY (x->handle);
        bytes (s, &x->name, &x->name_len, FSCK_MAX_NAME);
        bytes (s, &x->val, &x->val_len, FSCK_MAX_VALUE);
        x->live = flip (s);
    }
}

FILL (getconfig_resp)
{
    bytes (s, &b->text, &b->text_len, PROTO_MAX_CONFIG);
}

FILL (geteattr_resp)
{
    eattrs_fill (s, &b->keys, &b->nkeys, true);
}

FILL (io_resp)
{
    ANY (b->bstream_size);
    b->stuffed = flip (s);
    ANY (b->length);
}

FILL (iterate_handles_resp)
{
    b->end = flip (s);
    u64s (s, &b->handles, &b->nhandles, PROTO_MAX_HANDLES);
    b->ntypes = b->nhandles;
    b->types = arena_array (s->arena, b->ntypes, sizeof *b->types);
    for (uint32_t i = 0; i < b->ntypes; i++)
        ANY (b->types[i]);
}

FILL (link_resp)
{
    ANY (b->type);
}

FILL (link_count_resp)
{
    ANY (b->type);
}

FILL (listattr_resp)
{
    b->items = list (s, &b->nitems, sizeof *b->items, PROTO_MAX_HANDLES);
    for (uint32_t i = 0; i < b->nitems; i++) {
        b->items[i].error = flip (s) ? (int32_t) sample_u64 (s) : 0;
        if (!b->items[i].error)
            info_fill (s, &b->items[i].info);
    }
}

FILL (listeattr_resp)
{
    b->end = flip (s);
    eattrs_fill (s, &b->keys, &b->nkeys, false);
}

static void
live_op_fill (struct sample *s, struct live_op *o)
{
    ANY (o->id);
    ANY (o->op);
    ANY (o->handle);
    ANY (o->tag);
    ANY (o->connection);
    ANY (o->age_ms);
    o->client = text (s, PROTO_MAX_PATH);
    o->state = text (s, PROTO_MAX_PATH);
    o->waits_for = text (s, PROTO_MAX_PATH);
    ANY (o->behind);
    o->waits_for_data = flip (s);
}

FILL (live_ops_resp)
{
    b->ops = list (s, &b->nops, sizeof *b->ops, LIVE_OPS_MAX);
    for (uint32_t i = 0; i < b->nops; i++)
        live_op_fill (s, &b->ops[i]);
    b->connections = list (s, &b->nconnections, sizeof *b->connections, LIVE_OPS_MAX);
    for (uint32_t i = 0; i < b->nconnections; i++) {
        struct live_connection *c = &b->connections[i];
        ANY (c->connection);
        c->client = text (s, PROTO_MAX_PATH);
        c->blocked = flip (s);
        ANY (c->blocked_tag);
    }
}

FILL (lookup_resp)
{
    b->steps = list (s, &b->nsteps, sizeof *b->steps, LOOKUP_MAX_SEGMENTS);
    for (uint32_t i = 0; i < b->nsteps; i++) {
        ANY (b->steps[i].handle);
        ANY (b->steps[i].type);
        b->steps[i].has_info = flip (s);
        if (b->steps[i].has_info)
            info_fill (s, &b->steps[i].info);
    }
}

FILL (atomiceattr_resp)
{
    eattrs_fill (s, &b->keys, &b->nkeys, true);
}

FILL (event_mon_resp)
{
    b->events = list (s, &b->nevents, sizeof *b->events, EVENT_MON_MAX);
    for (uint32_t i = 0; i < b->nevents; i++) {
        struct server_event *e = &b->events[i];
        ANY (e->op);
        ANY (e->value);
        ANY (e->id);
        ANY (e->what);
        ANY (e->time);
    }
}

FILL (get_uid_resp)
{
    b->users = list (s, &b->nusers, sizeof *b->users, GET_UID_MAX);
    for (uint32_t i = 0; i < b->nusers; i++) {
        ANY (b->users[i].uid);
        ANY (b->users[i].count);
        ANY (b->users[i].first);
        ANY (b->users[i].last);
    }
}

FILL (mgmt_repair_file_resp)
{
    info_fill (s, &b->info);
}

FILL (perf_mon_resp)
{
    ANY (b->keys);
    ANY (b->samples);
    ANY (b->next_id);
    ANY (b->end_ms);
    ANY (b->now_ms);
    u64s (s, &b->values, &b->nvalues, PERF_MON_SAMPLES * (PERF_MON_KEYS + 2));
}

FILL (bucket_read_resp)
{
    b->end = flip (s);
    ANY (b->after);
    bucket_entries_fill (s, &b->entries, &b->nentries);
}

FILL (bucket_drop_resp)
{
    b->more = flip (s);
}

FILL (readdir_resp)
{
    b->end = flip (s);
    ANY (b->upto);
    ANY (b->version);
    b->entries = list (s, &b->nentries, sizeof *b->entries, PROTO_MAX_DIRENTS);
    for (uint32_t i = 0; i < b->nentries; i++) {
        struct readdir_entry *e = &b->entries[i];
        ANY (e->cookie);
        e->name = text (s, PROTO_MAX_NAME);
        ANY (e->handle);
        ANY (e->type);
        e->has_info = flip (s);
        if (e->has_info)
            info_fill (s, &e->info);
    }
}

FILL (remove_resp)
{
    ANY (b->handle);
}

FILL (rename_resp)
{
    ANY (b->moved);
    ANY (b->replaced);
}

FILL (rename_ticket_resp)
{
    ANY (b->ticket);
}

FILL (setparam_resp)
{
    ANY (b->old_value);
}

FILL (small_io_resp)
{
    ANY (b->bstream_size);
    b->stuffed = flip (s);
    ANY (b->done);
    bytes (s, &b->data, &b->data_len, PROTO_MAX_SMALL_IO);
}

FILL (statfs_resp)
{
    ANY (b->bytes_available);
    ANY (b->bytes_total);
    ANY (b->ram_total);
    ANY (b->ram_free);
    ANY (b->load_1);
    ANY (b->load_5);
    ANY (b->load_15);
    ANY (b->uptime);
    ANY (b->handles_available);
    ANY (b->handles_total);
    ANY (b->now);
    ANY (b->config_epoch);
    ANY (b->key_mark);
    ANY (b->intents);
    ANY (b->operations);
    ANY (b->mode);
    b->version = text (s, STATFS_VERSION_MAX);
}

/* --- the table ----------------------------------------------------------------------------------------------------------- */

static const struct fillers {
    void (*req) (struct sample *, void *);
    void (*resp) (struct sample *, void *);
} *fillers_of (unsigned op);

#define OPERATION(NUMBER, name, flags)                                                             \
    static void name##_req_any (struct sample *s, void *b)                                         \
    {                                                                                              \
        name##_req_fill (s, b);                                                                    \
    }                                                                                              \
    static void name##_resp_any (struct sample *s, void *b)                                        \
    {                                                                                              \
        name##_resp_fill (s, b);                                                                   \
    }
#include "proto/ops.def"
#undef OPERATION

static const struct fillers *
fillers_of (unsigned op)
{
    static const struct fillers table[PROTO_OP_COUNT] = {
#define OPERATION(NUMBER, name, flags) [NUMBER] = { name##_req_any, name##_resp_any },
#include "proto/ops.def"
#undef OPERATION
    };
    return &table[op];
}

void
sample_request (struct sample *s, unsigned op, struct proto_request *ret)
{
    *ret = (struct proto_request){ .op = (uint16_t) op };
    ANY (ret->fs);
    cred_fill (s, &ret->cred);
    cap_fill (s, &ret->cap);
    ANY (ret->epoch);
    ANY (ret->client_id);
    ANY (ret->slot);
    ANY (ret->seq);
    ANY (ret->remaining_ms);
    ANY (ret->request_id);
    ret->body = arena_alloc (s->arena, proto_op_info (op)->req_size);
    fillers_of (op)->req (s, ret->body);
}

void
sample_response (struct sample *s, unsigned op, struct proto_response *ret)
{
    *ret = (struct proto_response){ .op = (uint16_t) op };
    ANY (ret->epoch);
    ret->body = arena_alloc (s->arena, proto_op_info (op)->resp_size);
    fillers_of (op)->resp (s, ret->body);
}
