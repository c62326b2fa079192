/*
 * Where objects go, and the checks that every operation on an entry begins with.
 *
 * A file's metafile is on its entry's server. Its datafiles: by layout; the default (round robin) begins at home when all data servers take part – so
 * that the first strip can be stuffed – and at hash (handle) when the layout is narrower. New directories go to a meta server by hash of (parent, name).
 */
#include <stdio.h>
#include <strings.h>

#include "io/description/dist.h"
#include "proto/ops/geteattr.h"
#include "server/acl.h"
#include "server/bucket.h"
#include "server/record.h"

/* --- directory hints: user.pvfs2.* extended attributes of the parent ------------------------------------------------------------ */

enum { HINT_MAX = 1024 };

static int
hint_get (struct trove_txn *t, struct server_op *op, obj_handle dir, const char *what, const char **ret)
{
    char name[64];
    const void *v;
    size_t n;
    snprintf (name, sizeof name, "user.pvfs2.%s", what);
    struct trove_key key = { .fs = op->fs->id, .type = TROVE_XATTR, .handle = dir, .name = name, .name_len = strlen (name) };
    int r = trove_get (t, &key, &v, &n);
    if (r < 0)
        return r == -ENOENT ? 0 : r;
    if (n > HINT_MAX)
        return -EINVAL;
    char *s = arena_alloc (&op->arena, n + 1);
    if (!s)
        return -ENOMEM;
    memcpy (s, v, n);
    *ret = s;
    return 0;
}

struct wish {
    const char *dist_name, *dist_params, *ndfiles, *layout, *servers;
};

static const char *const hint_names[] = { "dist_name", "dist_params", "num_dfiles", "layout", "server_list" };

static int
read_hints (struct trove_txn *t, struct server_op *op, obj_handle dir, struct wish *w)
{
    const char **to[] = { &w->dist_name, &w->dist_params, &w->ndfiles, &w->layout, &w->servers };
    struct object_attr a;
    int r = trove_attr_get (t, op->fs->id, dir, &a);
    if (r < 0 || !(a.flags & OBJ_HAS_XATTR))
        return r;
    for (size_t i = 0; i < ARRAY_SIZE (hint_names); i++) {
        r = hint_get (t, op, dir, hint_names[i], to[i]);
        if (r < 0)
            return r;
    }
    return 0;
}

/* A new directory takes over the striping hints of its parent. */
static int
inherit_hints (struct trove_txn *t, struct server_op *op, struct new_object *n)
{
    struct wish w = { 0 };
    int r = read_hints (t, op, n->holder, &w);
    const char *values[] = { w.dist_name, w.dist_params, w.ndfiles, w.layout, w.servers };
    for (size_t i = 0; r == 0 && i < ARRAY_SIZE (hint_names); i++) {
        if (!values[i])
            continue;
        char *name = arena_alloc (&op->arena, 32);
        if (!name)
            return -ENOMEM;
        snprintf (name, 32, "user.pvfs2.%s", hint_names[i]);
        n->xattrs[n->nxattrs++] = (struct eattr_pair){ .name = name, .value = values[i], .value_len = (uint32_t) strlen (values[i]) };
    }
    return r;
}

static uint32_t
layout_by_name (const char *s)
{
    static const struct {
        const char *name;
        uint32_t layout;
    } table[] = { { "none", LAYOUT_NONE }, { "round_robin", LAYOUT_ROUND_ROBIN }, { "round-robin", LAYOUT_ROUND_ROBIN },
                  { "random", LAYOUT_RANDOM }, { "list", LAYOUT_LIST }, { "local", LAYOUT_LOCAL },
                  { "1", LAYOUT_NONE }, { "2", LAYOUT_ROUND_ROBIN }, { "3", LAYOUT_RANDOM }, { "4", LAYOUT_LIST }, { "5", LAYOUT_LOCAL } };
    for (size_t i = 0; i < ARRAY_SIZE (table); i++)
        if (strcasecmp (s, table[i].name) == 0)
            return table[i].layout;
    return LAYOUT_DEFAULT;
}

/* "count:index:index…" (PVFS2's form) or "index,index…" of data servers. */
static uint32_t
parse_list (struct server_op *op, const char *s, uint32_t **ret)
{
    uint32_t n = 0, max = (uint32_t) op->fs->cfg->n_data_servers;
    uint32_t *list = arena_array (&op->arena, PROTO_MAX_DFILES, sizeof *list);
    const char *colon = strchr (s, ':');
    if (!list)
        return 0;
    for (const char *p = colon ? colon + 1 : s; *p && n < PROTO_MAX_DFILES;) {
        char *end;
        unsigned long v = strtoul (p, &end, 10);
        if (end == p)
            break;
        if (v < max)
            list[n++] = (uint32_t) v;
        p = *end ? end + 1 : end;
    }
    *ret = list;
    return n;
}

/* --- datafiles ----------------------------------------------------------------------------------------------------------------------- */

static void
rotate (uint32_t *order, uint32_t n, uint32_t total, uint32_t start)
{
    for (uint32_t i = 0; i < n; i++)
        order[i] = (start + i) % total;
}

static void
shuffle (uint32_t *order, uint32_t n, uint32_t total, uint64_t seed)
{
    uint32_t all[PROTO_MAX_DFILES];
    total = MIN (total, (uint32_t) PROTO_MAX_DFILES);
    for (uint32_t i = 0; i < total; i++)
        all[i] = i;
    for (uint32_t i = 0; i < n; i++) {
        seed = hash_u64 (seed);
        uint32_t k = i + (uint32_t) (seed % (total - i)), x = all[i];
        order[i] = all[i] = all[k];
        all[k] = x;
    }
}

static int
choose_servers (struct server_op *op, uint32_t layout, const uint32_t *list, uint32_t nlist, obj_handle metafile, struct placement *p)
{
    uint32_t total = (uint32_t) op->fs->cfg->n_data_servers;
    int home = op->fs->data_index;
    p->order = arena_array (&op->arena, MAX (p->n, 1u), sizeof *p->order);
    if (!p->order)
        return -ENOMEM;
    switch (layout) {
    case LAYOUT_LOCAL: /* one datafile, on the server that makes the file */
        p->n = 1;
        p->order[0] = home >= 0 ? (uint32_t) home : (uint32_t) (hash_u64 (metafile) % total);
        p->keep_order = true;
        return 0;
    case LAYOUT_LIST:
        p->n = MIN (nlist, (uint32_t) PROTO_MAX_DFILES);
        p->order = arena_array (&op->arena, MAX (p->n, 1u), sizeof *p->order);
        if (!p->n || !p->order)
            return p->n ? -ENOMEM : -EINVAL;
        for (uint32_t i = 0; i < p->n; i++) {
            if (list[i] >= total)
                return -EINVAL;
            p->order[i] = list[i];
        }
        p->keep_order = true;
        return 0;
    case LAYOUT_RANDOM:
        shuffle (p->order, p->n, total, metafile);
        p->keep_order = true;
        return 0;
    case LAYOUT_NONE:
        rotate (p->order, p->n, total, 0);
        p->keep_order = true;
        return 0;
    default:
        rotate (p->order, p->n, total, p->n == total && home >= 0 ? (uint32_t) home : (uint32_t) (hash_u64 (metafile) % total));
        p->keep_order = p->n != total || home < 0;
        return 0;
    }
}

/* A file may be stuffed if home is in its set and a first strip there would be datafile 0: then home is moved to the front. */
static void
choose_stuffing (struct server_op *op, struct placement *p, uint32_t layout)
{
    p->stuffed = false;
    if (!op->fs->cfg->file_stuffing || op->fs->data_index < 0)
        return;
    for (uint32_t i = 0; i < p->n; i++)
        if (p->order[i] == (uint32_t) op->fs->data_index) {
            if (i && (layout == LAYOUT_LIST || layout == LAYOUT_NONE))
                return; /* the order was asked for */
            uint32_t x = p->order[0];
            p->order[0] = p->order[i];
            p->order[i] = x;
            if (i)
                p->keep_order = true;
            p->stuffed = true;
            return;
        }
}

int
place_file (struct trove_txn *t, struct server_op *op, obj_handle dir, const struct proto_create_attr *a, obj_handle metafile, struct placement *ret)
{
    const struct config_fs *fs = op->fs->cfg;
    struct wish w = { 0 };
    int r = read_hints (t, op, dir, &w);
    if (r < 0)
        return r;
    *ret = (struct placement){ 0 };
    bool own_dist = a->dist_name && a->dist_name[0];
    ret->dist_name = own_dist ? a->dist_name : w.dist_name ? w.dist_name : fs->dist_name;
    ret->dist_params = own_dist ? a->dist_params : w.dist_name || w.dist_params ? (w.dist_params ? w.dist_params : "") : fs->dist_params;
    struct dist d;
    if (dist_lookup (ret->dist_name, &d) < 0 || dist_set_params (&d, ret->dist_params ? ret->dist_params : "") < 0)
        return -EINVAL;
    uint32_t total = (uint32_t) fs->n_data_servers;
    uint32_t wish = a->ndfiles ? a->ndfiles : w.ndfiles ? (uint32_t) strtoul (w.ndfiles, NULL, 10) : fs->default_num_dfiles;
    ret->n = d.ops->get_num_dfiles (&d, total, MIN (wish, total));
    ret->n = MIN (MAX (ret->n, 1u), MIN (total, (uint32_t) PROTO_MAX_DFILES));
    uint32_t layout = a->layout ? a->layout : w.layout ? layout_by_name (w.layout) : LAYOUT_DEFAULT;
    const uint32_t *list = a->servers;
    uint32_t nlist = a->nservers;
    if (!a->layout && layout == LAYOUT_LIST && w.servers)
        nlist = parse_list (op, w.servers, (uint32_t **) &list);
    if (!total)
        return -ENOSPC;
    r = choose_servers (op, layout, list, nlist, metafile, ret);
    if (r == 0)
        choose_stuffing (op, ret, layout);
    return r;
}

int
place_order_of_stuffed (struct server_op *op, const struct proto_layout *l, uint32_t **ret_order)
{
    uint32_t *order = arena_array (&op->arena, MAX (l->ndfiles_wanted, 1u), sizeof *order);
    if (!order)
        return -ENOMEM;
    if (l->nservers == l->ndfiles_wanted)
        memcpy (order, l->servers, l->nservers * sizeof *order);
    else if (op->fs->data_index < 0)
        return -EIO;
    else
        rotate (order, l->ndfiles_wanted, (uint32_t) op->fs->cfg->n_data_servers, (uint32_t) op->fs->data_index);
    *ret_order = order;
    return 0;
}

int
place_directory (struct server_op *op, obj_handle parent, const char *name)
{
    const struct config_fs *fs = op->fs->cfg;
    uint64_t h = hash_u64 (parent ^ proto_name_hash (name));
    return fs->meta_servers[h % (uint64_t) fs->n_meta_servers];
}

/* --- beginnings -------------------------------------------------------------------------------------------------------------------------- */

int
server_check_new_name (struct trove_txn *t, struct server_op *op, const struct proto_entry_at *at, struct object_attr *ret)
{
    struct entry e;
    int r = bucket_check (t, op, at, MAY_WRITE | MAY_EXEC, ret);
    if (r == 0)
        r = entry_get (t, op->fs->id, at->dirdata, at->name, &e);
    return r == 0 ? -EEXIST : r == -ENOENT ? 0 : r;
}

int
server_dir_changed (struct trove_txn *t, struct server_op *op, const struct proto_entry_at *at, int entries, int subdirs)
{
    struct object_attr dd;
    struct record_bucket b;
    int r = bucket_changed (t, op, at, entries, subdirs);
    op->dir.size = DIRECTORY_SIZE;
    op->has_dir = r == 0;
    if (r < 0 || !(op->dir.flags & OBJ_SPREAD))
        return r;
    r = trove_attr_get (t, op->fs->id, at->dirdata, &dd);
    if (r == 0)
        r = record_bucket (t, op->fs->id, at->dirdata, &dd, &b);
    op->has_dir = r == 0 && !b.moving;
    if (op->has_dir)
        op->dir.size = (int64_t) b.end;
    return r;
}

static void
new_attr (struct server_op *op, const struct new_object *n, struct object_attr *ret)
{
    const struct proto_cred *c = &op->req.cred;
    const struct proto_create_attr *a = n->wish;
    uint64_t now = server_now (op->server);
    *ret = (struct object_attr){ .type = n->type, .mode = a->mode & 07777, .nlink = 1, .change = 1 };
    ret->uid = c->uid == 0 ? a->uid : c->uid;
    ret->gid = c->uid == 0 || perm_in_group (c, a->gid) ? a->gid : c->gid;
    if (n->dir->mode & 02000) {
        ret->gid = n->dir->gid;
        if (n->type == OBJ_DIRECTORY)
            ret->mode |= 02000;
    }
    ret->atime = a->atime ? a->atime : now;
    ret->mtime = a->mtime ? a->mtime : now;
    ret->ctime = now;
}

int
server_new_object (struct trove_txn *t, struct server_op *op, struct new_object *n)
{
    n->nxattrs = 0;
    n->xattrs = arena_array (&op->arena, ARRAY_SIZE (hint_names) + 2, sizeof *n->xattrs);
    if (!n->xattrs)
        return -ENOMEM;
    new_attr (op, n, &n->attr);
    int r = acl_inherit (t, op, n);
    return r == 0 && n->type == OBJ_DIRECTORY ? inherit_hints (t, op, n) : r;
}

int
server_entry_keys (struct server_op *op, const struct proto_entry_at *at)
{
    op->target = at->dirdata;
    int r = sched_add (&op->sched, op->fs->id, at->dirdata, NULL, SCHED_SHARED);
    return r < 0 ? r : sched_add (&op->sched, op->fs->id, at->dirdata, at->name, SCHED_EXCLUSIVE);
}

void
server_fill_size (struct server_op *op, struct proto_info *info)
{
    struct trove_bstream_stat st;
    if (!(info->have & INFO_LAYOUT) || info->layout.ndfiles != 1 || !server_is_local (op->server, op->fs, info->layout.dfiles[0]))
        return;
    if (trove_bstream_stat (op->server->trove, op->fs->id, info->layout.dfiles[0], &st) < 0)
        return;
    info->attr.size = st.size;
    info->attr.blocks = st.blocks;
    object_was_written (&info->attr, st.mtime);
    info->have |= INFO_SIZE;
}
