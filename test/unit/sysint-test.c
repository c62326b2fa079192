/*
 * What of sysint needs no server: caches, ids, arguments, path names, the default instance's life. One server is played where an
 * answer is needed; nothing listens anywhere else.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "client/sysint/acache.h"
#include "client/sysint/client.h"
#include "client/sysint/ncache.h"
#include "common/error/error.h"
#include "proto/ops/getattr.h"
#include "proto/ops/getconfig.h"
#include "proto/ops/lookup.h"
#include "proto/ops/readdir.h"

/* --- acache --------------------------------------------------------------------------------------------------------------------- */

static obj_handle dfiles[] = { 100, 200, 300 };

static struct proto_info
file_info (obj_handle h, uint32_t ndfiles)
{
    struct proto_info i = { .handle = h, .have = INFO_LAYOUT | INFO_CAP, .attr = { .type = OBJ_METAFILE, .mode = 0644 } };
    i.layout = (struct proto_layout){ .dist_name = "simple_stripe", .dist_params = "", .ndfiles = ndfiles, .dfiles = dfiles };
    i.cap = (struct proto_cap){ .fs = 1, .metafile = h, .mask = CAP_READ, .expiry = 1000, .ndfiles = ndfiles, .dfiles = dfiles };
    return i;
}

static void
a_layout_is_kept_and_attributes_only_until_their_time (void **state)
{
    struct acache *a;
    struct proto_info i = file_info (7, 3);
    assert_int_equal (acache_new (10, &a), 0);
    acache_put (a, 1, &i, 5, 0);
    struct acache_entry *e = acache_find (a, 1, 7);
    assert_non_null (e);
    assert_true (e->have_layout);
    assert_int_equal (e->layout.dfiles[2], 300);
    assert_int_equal (e->attr_until, 0);
    acache_put (a, 1, &i, 5, 50);
    assert_int_equal (acache_find (a, 1, 7)->attr_until, 50);
    acache_forget_attr (a, 1, 7);
    assert_int_equal (acache_find (a, 1, 7)->attr_until, 0);
    assert_true (acache_find (a, 1, 7)->have_layout);
    assert_null (acache_find (a, 2, 7));
    acache_free (a);
}

static void
a_capability_belongs_to_its_user_and_ends_before_its_expiry (void **state)
{
    struct acache *a;
    struct proto_info i = file_info (7, 3);
    assert_int_equal (acache_new (10, &a), 0);
    acache_put (a, 1, &i, 5, 0);
    struct acache_entry *e = acache_find (a, 1, 7);
    assert_non_null (acache_cap (e, 5, CAP_READ, 900));
    assert_null (acache_cap (e, 5, CAP_WRITE, 900));
    assert_null (acache_cap (e, 6, CAP_READ, 900));
    assert_null (acache_cap (e, 5, CAP_READ, 1000 - ACACHE_CAP_MARGIN));
    acache_free (a);
}

static void
a_changed_layout_takes_old_capabilities_along (void **state)
{
    struct acache *a;
    struct proto_info i = file_info (7, 1);
    assert_int_equal (acache_new (10, &a), 0);
    acache_put (a, 1, &i, 5, 0);
    i = file_info (7, 3);
    i.have = INFO_LAYOUT;
    acache_put (a, 1, &i, 5, 0);
    assert_null (acache_cap (acache_find (a, 1, 7), 5, 0, 0));
    acache_free (a);
}

static void
more_users_than_room_push_the_oldest_capability_out (void **state)
{
    struct acache *a;
    struct proto_info i = file_info (7, 3);
    assert_int_equal (acache_new (10, &a), 0);
    for (uint64_t who = 1; who <= ACACHE_CAPS + 1; who++)
        acache_put (a, 1, &i, who, 0);
    assert_null (acache_cap (acache_find (a, 1, 7), 1, 0, 0));
    for (uint64_t who = 2; who <= ACACHE_CAPS + 1; who++)
        assert_non_null (acache_cap (acache_find (a, 1, 7), who, 0, 0));
    acache_free (a);
}

static void
a_full_cache_drops_what_was_used_longest_ago (void **state)
{
    struct acache *a;
    assert_int_equal (acache_new (3, &a), 0);
    for (obj_handle h = 1; h <= 3; h++) {
        struct proto_info i = file_info (h, 3);
        acache_put (a, 1, &i, 5, 0);
    }
    acache_find (a, 1, 1);
    struct proto_info i = file_info (4, 3);
    acache_put (a, 1, &i, 5, 0);
    assert_int_equal (acache_count (a), 3);
    assert_null (acache_find (a, 1, 2));
    assert_non_null (acache_find (a, 1, 1));
    acache_free (a);
}

static void
users_differ_by_uid_and_every_group (void **state)
{
    uint32_t g[] = { 10, 11 };
    struct proto_cred a = { .uid = 1, .gid = 2 }, b = { .uid = 1, .gid = 3 }, c = { .uid = 1, .gid = 2, .ngroups = 2, .groups = g };
    assert_true (acache_who (&a) != acache_who (&b));
    assert_true (acache_who (&a) != acache_who (&c));
    assert_true (acache_who (&a) == acache_who (&a));
}

/* --- ncache ------------------------------------------------------------------------------------------------------------------------ */

static void
a_name_is_known_until_its_time (void **state)
{
    struct ncache *c;
    assert_int_equal (ncache_new (10, &c), 0);
    ncache_put (c, 1, 2, "a", 77, 1000);
    assert_int_equal (ncache_get (c, 1, 2, "a", 999), 77);
    assert_int_equal (ncache_get (c, 1, 3, "a", 999), 0);
    assert_int_equal (ncache_get (c, 2, 2, "a", 999), 0);
    assert_int_equal (ncache_get (c, 1, 2, "a", 1000), 0);
    assert_int_equal (ncache_count (c), 0);
    ncache_free (c);
}

static void
a_removed_or_replaced_name_is_not_found (void **state)
{
    struct ncache *c;
    assert_int_equal (ncache_new (2, &c), 0);
    ncache_put (c, 1, 2, "a", 77, 1000);
    ncache_put (c, 1, 2, "a", 78, 1000);
    assert_int_equal (ncache_get (c, 1, 2, "a", 1), 78);
    ncache_remove (c, 1, 2, "a");
    assert_int_equal (ncache_get (c, 1, 2, "a", 1), 0);
    for (int i = 0; i < 5; i++) {
        char name[2] = { (char) ('a' + i), 0 };
        ncache_put (c, 1, 2, name, 1 + (obj_handle) i, 1000);
    }
    assert_int_equal (ncache_count (c), 2);
    assert_int_equal (ncache_get (c, 1, 2, "e", 1), 5);
    ncache_free (c);
}

/* --- a server that is played -------------------------------------------------------------------------------------------------------- */

enum { FS = 99, ROOT = 1000, SUB = 1001, LINK = 1002, FILE_1 = 1003 };

struct world {
    struct reactor *r;
    struct bmi *bmi;
    struct client *c;
    char addr[64], config[2048];
    unsigned count[PROTO_OP_COUNT];
    int stale;        /* so many requests by the old bucket are refused */
    uint64_t old_bucket;
    uint32_t nbuckets; /* of the root */
    bool silent;
};

struct served {
    struct world *w;
    struct bmi_msg msg;
    struct iovec iov;
    void *buf;
    struct arena arena;
    struct bmi_peer *peer;
};

static void
sent (struct job *j)
{
    struct served *s = j->arg;
    bmi_peer_unref (s->peer);
    arena_fini (&s->arena);
    free (s->buf);
    free (s);
}

static struct proto_info
info_of (struct world *w, struct arena *a, obj_handle h)
{
    struct proto_info i = { .handle = h, .attr = { .type = OBJ_DIRECTORY, .mode = 0755, .parent = ROOT }, .have = INFO_BUCKETS | INFO_SIZE };
    i.nbuckets = h == ROOT ? w->nbuckets : 1;
    i.buckets = arena_array (a, i.nbuckets, sizeof *i.buckets);
    for (uint32_t b = 0; b < i.nbuckets; b++)
        i.buckets[b] = (struct proto_bucket){ b * (INT64_MAX / i.nbuckets), h + b * 10000 };
    if (h == FILE_1)
        i = file_info (h, 3);
    if (h == LINK)
        i = (struct proto_info){ .handle = h, .attr = { .type = OBJ_SYMLINK, .mode = 0777, .size = 7 }, .have = INFO_TARGET,
                                 .target = "/sub/.." };
    return i;
}

/* / holds sub and link; sub holds file. */
static obj_handle
entry_of (obj_handle dir, const char *name)
{
    if (dir == ROOT && strcmp (name, "sub") == 0)
        return SUB;
    if (dir == ROOT && strcmp (name, "link") == 0)
        return LINK;
    return dir == SUB && strcmp (name, "file") == 0 ? FILE_1 : 0;
}

static int
serve_lookup (struct world *w, struct arena *a, const struct lookup_req *q, struct lookup_resp *resp)
{
    char *path = arena_strdup (a, q->path), *save, *name;
    obj_handle dir = q->dir;
    if (w->stale && q->dirdata == w->old_bucket) {
        w->stale--;
        return -ESTALE;
    }
    resp->steps = arena_array (a, LOOKUP_MAX_SEGMENTS, sizeof *resp->steps);
    for (name = strtok_r (path, "/", &save); name; name = strtok_r (NULL, "/", &save)) {
        struct lookup_step *s = &resp->steps[resp->nsteps];
        s->handle = entry_of (dir, name);
        if (!s->handle)
            return resp->nsteps ? 0 : -ENOENT;
        s->has_info = true;
        s->info = info_of (w, a, s->handle);
        s->type = s->info.attr.type;
        resp->nsteps++;
        if (s->type != OBJ_DIRECTORY)
            break;
        dir = s->handle;
    }
    return 0;
}

/* Bucket b of the root holds entries b1, b2, b3 with hashes of its range. */
static int
serve_readdir (struct world *w, struct arena *a, const struct readdir_req *q, struct readdir_resp *resp)
{
    uint64_t b = (q->dirdata - ROOT) / 10000, base = b * (INT64_MAX / w->nbuckets) + (UINT64_C (1) << 32);
    resp->entries = arena_array (a, 3, sizeof *resp->entries);
    resp->end = true;
    resp->upto = b + 1 < w->nbuckets ? (b + 1) * (INT64_MAX / w->nbuckets) : HASH_END;
    for (uint64_t i = 1; i <= 3; i++) {
        if (base + i <= q->after)
            continue;
        if (resp->nentries == q->count) {
            resp->end = false;
            break;
        }
        char *name = arena_alloc (a, 16);
        snprintf (name, 16, "%d%d", (int) b, (int) i);
        resp->entries[resp->nentries++] = (struct readdir_entry){ .cookie = base + i, .name = name, .handle = 5000 + b * 10 + i,
                                                                  .type = OBJ_METAFILE };
    }
    return 0;
}

static int
serve (struct world *w, struct arena *a, const struct proto_request *req, void *resp)
{
    w->count[req->op]++;
    if (req->op == PROTO_getconfig) {
        struct getconfig_resp *g = resp;
        g->text = w->config;
        g->text_len = (uint32_t) strlen (w->config);
        return 0;
    }
    if (req->op == PROTO_getattr) {
        ((struct getattr_resp *) resp)->info = info_of (w, a, ((struct getattr_req *) req->body)->handle);
        return 0;
    }
    if (req->op == PROTO_lookup)
        return serve_lookup (w, a, req->body, resp);
    return req->op == PROTO_readdir ? serve_readdir (w, a, req->body, resp) : req->op == PROTO_noop ? 0 : -ENOSYS;
}

static void
unexpected (void *arg, struct bmi_unexpected *u)
{
    struct world *w = arg;
    struct served *s = calloc (1, sizeof *s);
    struct proto_request req = { 0 };
    uint32_t zero;
    struct wire wire;
    if (w->silent) {
        free (s);
        bmi_release (w->bmi, u);
        return;
    }
    s->w = w;
    s->peer = bmi_peer_ref (u->peer);
    wire_decoder (&wire, u->buf, u->size, &s->arena);
    wire_u32 (&wire, &zero);
    assert_int_equal (proto_request_codec (&wire, &req), 0);
    struct proto_response resp = { .op = req.op, .body = arena_alloc (&s->arena, proto_op_info (req.op)->resp_size) };
    resp.status = pvfs_error_from_errno (serve (w, &s->arena, &req, resp.body));
    wire_encoder_grow (&wire, PROTO_MAX_REQUEST);
    assert_int_equal (proto_response_codec (&wire, &resp), 0);
    s->buf = wire_take (&wire, &s->iov.iov_len);
    s->iov.iov_base = s->buf;
    s->msg = (struct bmi_msg){ .peer = s->peer, .tag = u->tag, .iov = &s->iov, .niov = 1, .size = s->iov.iov_len, .flags = BMI_LAST };
    job_init (&s->msg.job, w->r, sent, s);
    bmi_release (w->bmi, u);
    bmi_post_send (w->bmi, &s->msg);
}

static int
open_world (void **state)
{
    struct world *w = calloc (1, sizeof *w);
    w->nbuckets = 1;
    assert_int_equal (reactor_new (&w->r), 0);
    reactor_enter (w->r);
    struct bmi_config b = { .reactor = w->r, .hello = { .major = BMI_MAJOR, .minor = BMI_MINOR, .boot_id = 1, .name = "s" },
                            .events = { .unexpected = unexpected }, .events_arg = w, .listen = "tcp://127.0.0.1:0", .bind_specific = true };
    assert_int_equal (bmi_new (&b, &w->bmi), 0);
    snprintf (w->addr, sizeof w->addr, "tcp://127.0.0.1:%u", bmi_port (w->bmi));
    snprintf (w->config, sizeof w->config,
              "<Aliases>\nAlias s %s\n</Aliases>\n<FileSystem>\nName t\nID %d\nRootHandle %d\n<MetaHandleRanges>\nRange s 3-100000\n"
              "</MetaHandleRanges>\n<DataHandleRanges>\nRange s 100001-200000\n</DataHandleRanges>\n</FileSystem>\n",
              w->addr, FS, ROOT);
    struct client_config cfg = { .reactor = w->r };
    assert_int_equal (client_new (&cfg, &w->c), 0);
    reactor_leave (w->r);
    const char *servers[] = { "tcp://127.0.0.1:1", w->addr };
    PVFS_fs_id fs = 0;
    assert_int_equal (client_mount_wait (w->c, servers, 2, "t", &fs), 0);
    assert_int_equal (fs, FS);
    *state = w;
    return 0;
}

static int
close_world (void **state)
{
    struct world *w = *state;
    reactor_enter (w->r);
    client_free (w->c);
    bmi_free (w->bmi);
    reactor_leave (w->r);
    reactor_free (w->r);
    free (w);
    return 0;
}

static const PVFS_credential nobody = { .userid = 65534, .num_groups = 1, .group_array = { 65534 } };

static struct sys_op *
make (struct world *w, const struct sys_op_type *type, PVFS_handle h, const char *name)
{
    struct sys_op *op = sys_op_new (w->c, type, &nobody);
    op->a.fs = FS;
    op->a.ref = (PVFS_object_ref){ .handle = h, .fs_id = h ? FS : 0 };
    op->a.name = name;
    return op;
}

/* --- operations --------------------------------------------------------------------------------------------------------------------------- */

static int
lookup (struct world *w, const char *path, int flags, PVFS_handle *ret)
{
    struct sys_op *op = make (w, &sys_lookup, 0, path);
    op->a.flags = flags;
    int r = sys_op_run (op);
    *ret = op->result.ref.handle;
    sys_op_free (op);
    return r;
}

static void
a_path_is_one_request_and_none_when_cached (void **state)
{
    struct world *w = *state;
    PVFS_handle h;
    assert_int_equal (lookup (w, "/sub/file", 0, &h), 0);
    assert_int_equal (h, FILE_1);
    assert_int_equal (w->count[PROTO_lookup], 1);
    assert_int_equal (w->count[PROTO_getattr], 1); /* the root's buckets */
    assert_int_equal (lookup (w, "/sub/./file", 0, &h), 0);
    assert_int_equal (w->count[PROTO_lookup], 1);
    assert_int_equal (lookup (w, "/sub/none", 0, &h), -ENOENT);
    assert_int_equal (w->count[PROTO_lookup], 2);
}

static void
links_are_followed_where_they_must_be (void **state)
{
    struct world *w = *state;
    PVFS_handle h;
    assert_int_equal (lookup (w, "/link", 0, &h), 0);
    assert_int_equal (h, LINK);
    assert_int_equal (lookup (w, "/link", PVFS2_LOOKUP_LINK_FOLLOW, &h), 0);
    assert_int_equal (h, ROOT);
    assert_int_equal (lookup (w, "/link/sub/file", 0, &h), 0);
    assert_int_equal (h, FILE_1);
    assert_int_equal (lookup (w, "/sub/file/", 0, &h), -ENOTDIR);
    assert_int_equal (lookup (w, "/sub/file/x", 0, &h), -ENOTDIR);
}

static void
forty_links_are_the_limit (void **state)
{
    struct world *w = *state;
    PVFS_handle h;
    char path[1024] = "";
    for (int i = 0; i < 40; i++)
        strcat (path, "/link");
    assert_int_equal (lookup (w, path, PVFS2_LOOKUP_LINK_FOLLOW, &h), 0);
    strcat (path, "/link");
    assert_int_equal (lookup (w, path, PVFS2_LOOKUP_LINK_FOLLOW, &h), -ELOOP);
}

static void
a_stale_bucket_is_asked_for_anew_once (void **state)
{
    struct world *w = *state;
    PVFS_handle h;
    assert_int_equal (lookup (w, "/sub", 0, &h), 0);
    w->stale = 1;
    w->old_bucket = ROOT;
    assert_int_equal (lookup (w, "/other", 0, &h), -ENOENT);
    assert_int_equal (w->count[PROTO_getattr], 2);
    w->stale = 2;
    assert_int_equal (lookup (w, "/other", 0, &h), -ESTALE);
}

static void
readdir_goes_through_all_buckets_in_order (void **state)
{
    struct world *w = *state;
    PVFS_ds_position token = PVFS_READDIR_START;
    char all[64] = "";
    w->nbuckets = 3;
    for (int rounds = 0; token != PVFS_READDIR_END && rounds < 10; rounds++) {
        struct sys_op *op = make (w, &sys_readdir, ROOT, NULL);
        op->a.token = token;
        op->a.count = 4;
        assert_int_equal (sys_op_run (op), 0);
        assert_in_range (op->ndirents, 0, 4);
        for (uint32_t i = 0; i < op->ndirents; i++) {
            strcat (all, op->dirents[i].name);
            strcat (all, " ");
            token = op->dirents[i].cookie;
        }
        if (op->dir_end)
            token = PVFS_READDIR_END;
        sys_op_free (op);
    }
    assert_string_equal (all, "01 02 03 11 12 13 21 22 23 ");
}

static void
bad_arguments_cost_no_message (void **state)
{
    struct world *w = *state;
    char name[300];
    static const struct sys_op_type *const types[] = { &sys_create, &sys_mkdir, &sys_remove };
    struct msgpair_counters before, after;
    memset (name, 'n', sizeof name);
    name[256] = 0;
    const struct { const char *name; int error; } bad[] = { { NULL, -EINVAL }, { "", -EINVAL }, { ".", -EINVAL }, { "..", -EINVAL },
                                                            { "a/b", -EINVAL }, { name, -ENAMETOOLONG } };
    msgpair_get_counters (w->c->msgpair, &before);
    for (size_t t = 0; t < ARRAY_SIZE (types); t++)
        for (size_t i = 0; i < ARRAY_SIZE (bad); i++) {
            struct sys_op *op = make (w, types[t], ROOT, bad[i].name);
            assert_int_equal (sys_op_run (op), bad[i].error);
            sys_op_free (op);
        }
    struct sys_op *op = make (w, &sys_getattr, 0, NULL);
    assert_int_equal (sys_op_run (op), -EINVAL);
    sys_op_free (op);
    op = make (w, &sys_getattr, ROOT, NULL);
    op->a.fs = op->a.ref.fs_id = FS + 1;
    assert_int_equal (sys_op_run (op), -ENODEV);
    sys_op_free (op);
    op = make (w, &sys_rename, ROOT, "a");
    op->a.name2 = "b";
    op->a.ref2 = (PVFS_object_ref){ .handle = SUB, .fs_id = FS + 1 };
    assert_int_equal (sys_op_run (op), -EXDEV);
    sys_op_free (op);
    msgpair_get_counters (w->c->msgpair, &after);
    assert_int_equal (after.requests, before.requests);
}

static void
an_id_is_refused_once_it_was_released (void **state)
{
    struct world *w = *state;
    PVFS_id_gen_t ids[200];
    reactor_enter (w->r);
    for (int i = 0; i < 200; i++) {
        struct sys_op *op = make (w, &sys_getattr, ROOT, NULL);
        ids[i] = sys_op_publish (op);
        assert_true (ids[i] > 0);
        assert_ptr_equal (sys_op_by_id (w->c, ids[i]), op);
    }
    for (int i = 0; i < 200; i++)
        sys_op_free (sys_op_by_id (w->c, ids[i]));
    struct sys_op *again = make (w, &sys_getattr, ROOT, NULL);
    sys_op_publish (again);
    for (int i = 0; i < 200; i++)
        assert_null (sys_op_by_id (w->c, ids[i]));
    assert_null (sys_op_by_id (w->c, 0));
    assert_null (sys_op_by_id (w->c, -1));
    assert_null (sys_op_by_id (w->c, INT64_MAX));
    sys_op_free (again);
    reactor_leave (w->r);
}

static void
a_cancelled_operation_ends_and_a_forgotten_one_leaks_nothing (void **state)
{
    struct world *w = *state;
    w->silent = true;
    struct sys_op *op = make (w, &sys_getattr, ROOT, NULL);
    reactor_enter (w->r);
    sys_op_post (op);
    assert_false (op->ended);
    sys_op_cancel (op);
    reactor_leave (w->r);
    assert_true (op->ended);
    assert_int_equal (op->error, -ECANCELED);
    sys_op_free (op);
    reactor_enter (w->r);
    sys_op_post (make (w, &sys_lookup, 0, "/sub/file")); /* client_free finds it */
    reactor_leave (w->r);
}

/* --- the public skin without a server --------------------------------------------------------------------------------------------------- */

static void
nothing_works_before_the_beginning_or_after_the_end (void **state)
{
    PVFS_sysresp_getattr resp;
    PVFS_object_ref ref = { .handle = 5, .fs_id = 1 };
    int error;
    assert_int_equal (PVFS_sys_getattr (ref, 0, &nobody, &resp, NULL), -PVFS_EDEVINIT);
    assert_int_equal (PVFS_sys_finalize (), 0);
    assert_int_equal (PVFS_sys_initialize (0), 0);
    assert_int_equal (PVFS_sys_initialize (0), 0);
    assert_int_equal (PVFS_sys_getattr (ref, 0, &nobody, &resp, NULL), -PVFS_ENODEV);
    assert_int_equal (PVFS_sys_getattr (ref, 0, NULL, &resp, NULL), -PVFS_EINVAL);
    assert_int_equal (PVFS_sys_wait (17, "x", &error), -PVFS_EINVAL);
    assert_int_equal (PVFS_sys_finalize (), 0);
    assert_int_equal (PVFS_sys_wait (17, "x", &error), -PVFS_EDEVINIT);
}

static void
a_forked_child_begins_anew (void **state)
{
    PVFS_sysresp_getattr resp;
    PVFS_object_ref ref = { .handle = 5, .fs_id = 1 };
    int status;
    assert_int_equal (PVFS_sys_initialize (0), 0);
    pid_t pid = fork ();
    if (pid == 0) {
        int ok = PVFS_sys_getattr (ref, 0, &nobody, &resp, NULL) == -PVFS_EDEVINIT && PVFS_sys_initialize (0) == 0
                 && PVFS_sys_getattr (ref, 0, &nobody, &resp, NULL) == -PVFS_ENODEV;
        _exit (ok ? 0 : 1);
    }
    assert_int_equal (waitpid (pid, &status, 0), pid);
    assert_int_equal (status, 0);
    assert_int_equal (PVFS_sys_getattr (ref, 0, &nobody, &resp, NULL), -PVFS_ENODEV);
    assert_int_equal (PVFS_sys_finalize (), 0);
}

static void
a_failed_beginning_can_be_repeated (void **state)
{
    setenv ("PVFS2TAB_FILE", "/nonexistent/pvfs2tab", 1);
    assert_int_equal (PVFS_util_init_defaults (), -PVFS_ENOENT);
    unsetenv ("PVFS2TAB_FILE");
    setenv ("PVFS2EP", "/mnt/t=tcp://127.0.0.1:1/t", 1);
    assert_int_equal (PVFS_util_init_defaults (), -PVFS_ENODEV);
    assert_int_equal (PVFS_util_init_defaults (), -PVFS_ENODEV);
    unsetenv ("PVFS2EP");
    assert_int_equal (PVFS_sys_finalize (), 0);
}

static void
a_path_below_a_mount_directory_is_resolved (void **state)
{
    PVFS_fs_id fs = 0;
    char inside[16];
    struct PVFS_sys_mntent *m = PVFS_util_gen_mntent ("tcp://127.0.0.1:1", "t");
    assert_non_null (m);
    m->fs_id = 42;
    m->mnt_dir = strdup ("/nonexistent/pvfs/");
    assert_int_equal (PVFS_util_resolve ("/nonexistent/pvfs/a", &fs, inside, sizeof inside), -PVFS_ENOENT);
    assert_int_equal (PVFS_util_add_dynamic_mntent (m), 0);
    assert_int_equal (PVFS_util_add_dynamic_mntent (m), -PVFS_EEXIST);
    assert_int_equal (PVFS_util_resolve ("/nonexistent/pvfs/a/../b", &fs, inside, sizeof inside), 0);
    assert_int_equal (fs, 42);
    assert_string_equal (inside, "/b");
    assert_int_equal (PVFS_util_resolve ("/nonexistent/pvfs", &fs, inside, sizeof inside), 0);
    assert_string_equal (inside, "/");
    assert_int_equal (PVFS_util_resolve ("/nonexistent/pvfs/0123456789abcdef", &fs, inside, sizeof inside), -PVFS_ENAMETOOLONG);
    assert_int_equal (PVFS_util_resolve ("/nonexistent/pvfsx", &fs, inside, sizeof inside), -PVFS_ENOENT);
    assert_int_equal (PVFS_util_get_default_fsid (&fs), 0);
    struct PVFS_sys_mntent copy;
    assert_int_equal (PVFS_util_get_mntent_copy (42, &copy), 0);
    assert_string_equal (copy.pvfs_config_servers[0], "tcp://127.0.0.1:1");
    PVFS_util_free_mntent (&copy);
    assert_int_equal (PVFS_util_remove_internal_mntent (m), 0);
    assert_int_equal (PVFS_util_resolve ("/nonexistent/pvfs", &fs, inside, sizeof inside), -PVFS_ENOENT);
    PVFS_util_gen_mntent_release (m);
}

static void
the_parent_of_a_path_is_zeroed_on_failure (void **state)
{
    PVFS_sysresp_getparent resp;
    memset (&resp, 0xff, sizeof resp);
    assert_true (PVFS_sys_getparent (1, "/a/b", &nobody, &resp, NULL) < 0);
    assert_int_equal (resp.parent_ref.handle, 0);
    assert_int_equal (PVFS_sys_getparent (1, "/", &nobody, &resp, NULL), -PVFS_EINVAL);
}

static void
sizes_are_readable (void **state)
{
    char text[20];
    PVFS_util_make_size_human_readable (1023, text, sizeof text, 0);
    assert_string_equal (text, "1023");
    PVFS_util_make_size_human_readable (1536, text, sizeof text, 0);
    assert_string_equal (text, "1.5K");
    PVFS_util_make_size_human_readable (2500000, text, sizeof text, 1);
    assert_string_equal (text, "2.5M");
    PVFS_util_make_size_human_readable (INT64_MAX, text, sizeof text, 0);
    assert_string_equal (text, "8.0E");
}

static void
a_credential_is_that_of_the_process (void **state)
{
    PVFS_credential c;
    assert_int_equal (PVFS_util_gen_credential_defaults (&c), 0);
    assert_int_equal (c.userid, geteuid ());
    assert_int_equal (c.group_array[0], getegid ());
    assert_int_equal (PVFS_util_gen_credential ("12", "34", 60, NULL, NULL, &c), 0);
    assert_int_equal (c.userid, 12);
    assert_int_equal (c.num_groups, 1);
    assert_int_equal (PVFS_util_gen_credential ("root", NULL, 0, NULL, NULL, &c), -PVFS_EINVAL);
}

#define WITH_SERVER(f) cmocka_unit_test_setup_teardown (f, open_world, close_world)

int
main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (a_layout_is_kept_and_attributes_only_until_their_time),
        cmocka_unit_test (a_capability_belongs_to_its_user_and_ends_before_its_expiry),
        cmocka_unit_test (a_changed_layout_takes_old_capabilities_along),
        cmocka_unit_test (more_users_than_room_push_the_oldest_capability_out),
        cmocka_unit_test (a_full_cache_drops_what_was_used_longest_ago),
        cmocka_unit_test (users_differ_by_uid_and_every_group),
        cmocka_unit_test (a_name_is_known_until_its_time),
        cmocka_unit_test (a_removed_or_replaced_name_is_not_found),
        WITH_SERVER (a_path_is_one_request_and_none_when_cached),
        WITH_SERVER (links_are_followed_where_they_must_be),
        WITH_SERVER (forty_links_are_the_limit),
        WITH_SERVER (a_stale_bucket_is_asked_for_anew_once),
        WITH_SERVER (readdir_goes_through_all_buckets_in_order),
        WITH_SERVER (bad_arguments_cost_no_message),
        WITH_SERVER (an_id_is_refused_once_it_was_released),
        WITH_SERVER (a_cancelled_operation_ends_and_a_forgotten_one_leaks_nothing),
        cmocka_unit_test (nothing_works_before_the_beginning_or_after_the_end),
        cmocka_unit_test (a_forked_child_begins_anew),
        cmocka_unit_test (a_failed_beginning_can_be_repeated),
        cmocka_unit_test (a_path_below_a_mount_directory_is_resolved),
        cmocka_unit_test (the_parent_of_a_path_is_zeroed_on_failure),
        cmocka_unit_test (sizes_are_readable),
        cmocka_unit_test (a_credential_is_that_of_the_process),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
