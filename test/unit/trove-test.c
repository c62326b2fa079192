/*
 * Trove's conformance suite: the same tests for dbpf (each method) and mem, then what only one of
 * them has – crashes, strange storage spaces, group commit, power cuts.
 */
#include "io/trove/trove.h"

#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

enum {
    FS = 7,
    OTHER_FS = 8,
    META_FIRST = 1000,
    META_LAST = 99999,
    DATA_FIRST = 100000,
    DATA_LAST = 104999
};
enum { MODEL = 1 << 19, PATH_ROOM = 512 };

struct env {
    struct trove_config cfg;
    struct reactor *reactor;
    struct trove *t;
    struct trove_mem_disk *disk; /* NULL: dbpf */
    char dir[128], data[160], meta[160], why[TROVE_WHY];
};

static const struct trove_range ranges[] = {
    { FS, false, META_FIRST, META_LAST },
    { FS, true, DATA_FIRST, DATA_LAST },
    { OTHER_FS, false, META_FIRST, META_FIRST + 9 },
};

/* Berkeley DB does not give back an environment that found itself damaged. */
const char *__lsan_default_suppressions (void);
const char *
__lsan_default_suppressions (void)
{
    return "leak:libdb-5.3.so\n";
}

static uint64_t seed_state;

static uint64_t
random_u64 (void *arg)
{
    return hash_u64 (seed_state++);
}

static uint64_t
below (uint64_t n)
{
    return random_u64 (NULL) % n;
}

static void
seed (void)
{
    const char *s = getenv ("SEED");
    seed_state = s ? strtoull (s, NULL, 0) : 20061016;
    print_message ("SEED=%llu\n", (unsigned long long)seed_state);
}

/* --- environment
 * -----------------------------------------------------------------------------------------------------
 */

static void
open_env (struct env *e)
{
    int err = e->disk ? trove_mem_open (&e->cfg, e->disk, &e->t) : trove_open (&e->cfg, &e->t);
    if (err)
        print_error ("open: %d %s\n", err, e->why);
    assert_int_equal (err, 0);
}

static void
close_env (struct env *e)
{
    trove_close (e->t);
    e->t = NULL;
}

static struct env *
env_new (bool mem, enum trove_method method, bool sync_meta)
{
    const char *tmp = getenv ("TMPDIR");
    struct env *e = calloc (1, sizeof *e);
    assert_int_equal (reactor_new (&e->reactor), 0);
    snprintf (e->dir, sizeof e->dir, "%s/trove-test-XXXXXX",
              tmp && strlen (tmp) < 80 ? tmp : "/tmp");
    assert_non_null (mkdtemp (e->dir));
    snprintf (e->data, sizeof e->data, "%s/data", e->dir);
    snprintf (e->meta, sizeof e->meta, "%s/meta", e->dir);
    e->cfg = (struct trove_config){
        .reactor = e->reactor,
        .data_path = e->data,
        .meta_path = e->meta,
        .method = method,
        .sync_meta = sync_meta,
        .ranges = ranges,
        .nranges = ARRAY_SIZE (ranges),
        .why = e->why,
    };
    if (mem)
        assert_int_equal (trove_mem_disk_new (NULL, &e->disk), 0);
    else
        assert_int_equal (trove_space_create (&e->cfg), 0);
    return e;
}

static int
start_env (void **state, bool mem, enum trove_method method, bool sync_meta)
{
    struct env *e = env_new (mem, method, sync_meta);
    *state = e;
    open_env (e);
    return 0;
}

static int
setup_dbpf (void **state)
{
    return start_env (state, false, TROVE_DBPF, true);
}

static int
setup_dbpf_nosync (void **state)
{
    return start_env (state, false, TROVE_DBPF, false);
}

static int
setup_directio (void **state)
{
    return start_env (state, false, TROVE_DIRECTIO, true);
}

static int
setup_null (void **state)
{
    return start_env (state, false, TROVE_NULL_AIO, true);
}

static int
setup_mem (void **state)
{
    return start_env (state, true, TROVE_DBPF, true);
}

static int
teardown (void **state)
{
    struct env *e = *state;
    char cmd[200];
    trove_close (e->t);
    trove_mem_disk_free (e->disk);
    reactor_free (e->reactor);
    snprintf (cmd, sizeof cmd, "rm -rf '%s'", e->dir);
    assert_int_equal (system (cmd), 0);
    free (e);
    return 0;
}

/* --- jobs
 * ----------------------------------------------------------------------------------------------------------------
 */

static void
count_down (struct job *j)
{
    (*(int *)j->arg)--;
}

static void
wait_for (struct env *e, int *left)
{
    /* What completed inline first: a step sleeps although it has just delivered. */
    for (reactor_step (e->reactor, 0); *left > 0; reactor_step (e->reactor, 0))
        reactor_step (e->reactor, NSEC_PER_SEC);
}

struct posted {
    struct trove_op op;
    int left;
};

static int
run (struct env *e, int (*body) (struct trove_txn *, void *), void *arg, uint64_t *ret_seq)
{
    struct posted p = { .left = 1 };
    job_init (&p.op.job, e->reactor, count_down, &p.left);
    p.op.body = body;
    p.op.arg = arg;
    trove_txn_post (e->t, &p.op);
    wait_for (e, &p.left);
    if (ret_seq)
        *ret_seq = p.op.seq;
    return p.op.job.status;
}

static int
durable (struct env *e, uint64_t seq)
{
    int left = 1;
    struct trove_durable d = { .seq = seq };
    job_init (&d.job, e->reactor, count_down, &left);
    trove_durable_post (e->t, &d);
    wait_for (e, &left);
    return d.job.status;
}

static int
bstream (struct env *e, struct trove_bstream_op *op)
{
    int left = 1;
    job_init (&op->job, e->reactor, count_down, &left);
    trove_bstream_post (e->t, op);
    wait_for (e, &left);
    return op->job.status;
}

static int
simple_io (struct env *e, enum trove_bstream_kind kind, obj_handle h, int64_t off, void *buf,
           size_t len, struct trove_bstream_op *out)
{
    struct trove_region r = { off, (int64_t)len };
    struct iovec v = { buf, len };
    struct trove_bstream_op op = {
        .kind = kind, .fs = FS, .handle = h, .regions = &r, .nregions = 1, .iov = &v, .niov = 1
    };
    int err = bstream (e, &op);
    if (out)
        *out = op;
    return err;
}

static int
simple_op (struct env *e, enum trove_bstream_kind kind, obj_handle h, int64_t size, uint64_t mtime)
{
    struct trove_bstream_op op = {
        .kind = kind, .fs = FS, .handle = h, .size = size, .mtime = mtime
    };
    return bstream (e, &op);
}

/* --- scripts: what a transaction shall do
 * ------------------------------------------------------------------------------------ */

enum verb { END, PUT, DEL, EXPECT, GONE, FAIL };

struct step {
    enum verb verb;
    uint8_t type;
    uint64_t handle;
    const char *name, *val;
    int err; /* DEL: expected; FAIL: returned */
};

static struct trove_key
key_of (uint8_t type, uint64_t handle, const char *name)
{
    return (struct trove_key){ FS, type, handle, name, name ? strlen (name) : 0 };
}

static int
run_step (struct trove_txn *txn, const struct step *s)
{
    struct trove_key key = key_of (s->type, s->handle, s->name);
    const void *val;
    size_t len;
    int err;
    switch (s->verb) {
    case PUT:
        return trove_put (txn, &key, s->val, strlen (s->val));
    case DEL:
        return trove_del (txn, &key) == s->err ? 0 : -EBADMSG;
    case EXPECT:
        err = trove_get (txn, &key, &val, &len);
        return err ? err : len == strlen (s->val) && !memcmp (val, s->val, len) ? 0 : -EBADMSG;
    case GONE:
        return trove_get (txn, &key, &val, &len) == -ENOENT ? 0 : -EEXIST;
    default:
        return s->err;
    }
}

static int
script_body (struct trove_txn *txn, void *arg)
{
    int err = 0;
    for (const struct step *s = arg; !err && s->verb != END; s++)
        err = run_step (txn, s);
    return err;
}

#define SCRIPT(e, ...) \
    run (e, script_body, (struct step[]){ __VA_ARGS__, { END, 0, 0, NULL, NULL, 0 } }, NULL)

/* --- keys
 * ---------------------------------------------------------------------------------------------------------------------
 */

static void
values_are_put_read_replaced_and_deleted (void **state)
{
    struct env *e = *state;
    assert_int_equal (SCRIPT (e, { PUT, 'k', 5, "a", "one", 0 }, { EXPECT, 'k', 5, "a", "one", 0 }),
                      0);
    assert_int_equal (SCRIPT (e, { EXPECT, 'k', 5, "a", "one", 0 },
                              { PUT, 'k', 5, "a", "longer", 0 },
                              { EXPECT, 'k', 5, "a", "longer", 0 }, { GONE, 'k', 6, "a", NULL, 0 },
                              { GONE, 'x', 5, "a", NULL, 0 }, { GONE, 'k', 5, "aa", NULL, 0 }),
                      0);
    assert_int_equal (SCRIPT (e, { PUT, 'k', 5, "", "", 0 }, { EXPECT, 'k', 5, "", "", 0 }), 0);
    assert_int_equal (SCRIPT (e, { DEL, 'k', 5, "a", NULL, 0 }, { GONE, 'k', 5, "a", NULL, 0 },
                              { DEL, 'k', 5, "a", NULL, -ENOENT }),
                      0);
    assert_int_equal (SCRIPT (e, { GONE, 'k', 5, "a", NULL, 0 }), 0);
}

static void
a_failing_body_changes_nothing (void **state)
{
    struct env *e = *state;
    assert_int_equal (
        SCRIPT (e, { PUT, 'k', 1, "kept", "old", 0 }, { PUT, 'k', 1, "gone", "x", 0 }), 0);
    assert_int_equal (SCRIPT (e, { PUT, 'k', 1, "kept", "new", 0 },
                              { PUT, 'k', 1, "fresh", "y", 0 }, { DEL, 'k', 1, "gone", NULL, 0 },
                              { PUT, 'k', 1, "gone", "z", 0 }, { PUT, 'k', 1, "kept", "newer", 0 },
                              { FAIL, 0, 0, NULL, NULL, -EEXIST }),
                      -EEXIST);
    assert_int_equal (SCRIPT (e, { EXPECT, 'k', 1, "kept", "old", 0 },
                              { EXPECT, 'k', 1, "gone", "x", 0 },
                              { GONE, 'k', 1, "fresh", NULL, 0 }),
                      0);
}

static int
big_body (struct trove_txn *txn, void *arg)
{
    size_t len = *(size_t *)arg, got;
    struct trove_key key = key_of ('k', 9, "big");
    CLEANUP_FREE char *buf = malloc (len + 1);
    const void *val;
    memset (buf, 'q', len);
    int err = trove_put (txn, &key, buf, len);
    if (!err)
        err = trove_get (txn, &key, &val, &got);
    return err ? err : got == len && !memcmp (val, buf, len) ? 0 : -EBADMSG;
}

static void
values_up_to_the_limit_fit (void **state)
{
    struct env *e = *state;
    size_t sizes[] = { 0, 1, 4095, 20000, 300000, TROVE_VALUE_MAX };
    for (size_t i = 0; i < ARRAY_SIZE (sizes); i++)
        assert_int_equal (run (e, big_body, &sizes[i], NULL), 0);
    size_t over = TROVE_VALUE_MAX + 1;
    assert_int_equal (run (e, big_body, &over, NULL), -E2BIG);
}

static int
long_name_body (struct trove_txn *txn, void *arg)
{
    char name[TROVE_NAME_MAX + 1];
    struct trove_key key = { FS, 'd', 3, name, (size_t) * (int *)arg };
    memset (name, 'n', sizeof name);
    return trove_put (txn, &key, "v", 1);
}

static void
names_up_to_the_limit_fit (void **state)
{
    int n = TROVE_NAME_MAX;
    assert_int_equal (run (*state, long_name_body, &n, NULL), 0);
    n++;
    assert_int_equal (run (*state, long_name_body, &n, NULL), -ENAMETOOLONG);
}

struct listing {
    struct trove_key from;
    bool any_handle;
    int stop_after, fail;
    char text[1024];
};

static int
list_item (void *arg, const struct trove_item *i)
{
    struct listing *l = arg;
    size_t n = strlen (l->text);
    snprintf (l->text + n, sizeof l->text - n, "%llu/%.*s=%.*s ", (unsigned long long)i->handle,
              (int)i->name_len, (const char *)i->name, (int)i->val_len, (const char *)i->val);
    if (l->fail)
        return l->fail;
    return l->stop_after && --l->stop_after == 0;
}

static int
list_body (struct trove_txn *txn, void *arg)
{
    struct listing *l = arg;
    return trove_iterate (txn, &l->from, l->any_handle, list_item, l);
}

static void
expect_listing (struct env *e, struct listing l, int err, const char *text)
{
    assert_int_equal (run (e, list_body, &l, NULL), err);
    assert_string_equal (l.text, text);
}

static void
iteration_is_in_key_order_and_stays_inside (void **state)
{
    struct env *e = *state;
    assert_int_equal (SCRIPT (e, { PUT, 'd', 256, "b", "3", 0 }, { PUT, 'd', 1, "z", "2", 0 },
                              { PUT, 'd', 1, "a", "1", 0 }, { PUT, 'd', 1, "\xff", "h", 0 },
                              { PUT, 'd', 1, "ab", "n", 0 }, { PUT, 'e', 1, "x", "no", 0 },
                              { PUT, 'c', 1, "x", "no", 0 }, { PUT, 'd', 255, "c", "5", 0 }),
                      0);
    expect_listing (e, (struct listing){ .from = key_of ('d', 1, "") }, 0,
                    "1/a=1 1/ab=n 1/z=2 1/\xff=h ");
    expect_listing (e, (struct listing){ .from = key_of ('d', 1, "ab") }, 0,
                    "1/ab=n 1/z=2 1/\xff=h ");
    expect_listing (e, (struct listing){ .from = key_of ('d', 1, "aa") }, 0,
                    "1/ab=n 1/z=2 1/\xff=h ");
    expect_listing (e, (struct listing){ .from = key_of ('d', 2, "") }, 0, "");
    expect_listing (e, (struct listing){ .from = key_of ('d', 1, "z"), .any_handle = true }, 0,
                    "1/z=2 1/\xff=h 255/c=5 256/b=3 ");
    expect_listing (
        e, (struct listing){ .from = key_of ('d', 0, ""), .any_handle = true, .stop_after = 2 }, 0,
        "1/a=1 1/ab=n ");
    expect_listing (
        e, (struct listing){ .from = key_of ('d', 0, ""), .any_handle = true, .fail = -EXDEV },
        -EXDEV, "1/a=1 ");
}

static int
nested_item (void *arg, const struct trove_item *i)
{
    struct trove_txn *txn = arg;
    struct listing inner = { .from = key_of ('d', 20, "") };
    struct trove_key key = key_of ('d', 20, "in");
    const void *val;
    size_t len;
    int err = trove_get (txn, &key, &val, &len);
    if (!err)
        err = trove_iterate (txn, &inner.from, false, list_item, &inner);
    return err ? err
           : i->val_len == 3 && !memcmp (i->val, "out", 3) && !strcmp (inner.text, "20/in=xx ")
               ? 0
               : -EBADMSG;
}

static int
nested_body (struct trove_txn *txn, void *arg)
{
    struct trove_key from = key_of ('d', 10, "");
    return trove_iterate (txn, &from, false, nested_item, txn);
}

static void
an_iteration_may_look_elsewhere (void **state)
{
    struct env *e = *state;
    assert_int_equal (SCRIPT (e, { PUT, 'd', 10, "a", "out", 0 }, { PUT, 'd', 10, "b", "out", 0 },
                              { PUT, 'd', 20, "in", "xx", 0 }),
                      0);
    assert_int_equal (run (e, nested_body, NULL, NULL), 0);
}

static int
attr_body (struct trove_txn *txn, void *arg)
{
    struct object_attr a = { .type = OBJ_DATAFILE,
                             .body = BODY_FILE,
                             .flags = OBJ_STUFFED,
                             .mode = 0640,
                             .uid = 1,
                             .gid = 2,
                             .nlink = 3,
                             .atime = 4,
                             .mtime = 5,
                             .ctime = 6,
                             .change = 7,
                             .parent = 8,
                             .entries = 9,
                             .size = 10 };
    struct object_attr b;
    int err = trove_attr_get (txn, FS, 77, &b);
    if (err != -ENOENT)
        return -EBADMSG;
    err = trove_attr_set (txn, FS, 77, &a);
    if (!err)
        err = trove_attr_get (txn, FS, 77, &b);
    if (err || b.type != a.type || b.flags != a.flags || b.mode != a.mode || b.parent != a.parent
        || b.size != a.size || b.ctime != 6)
        return err ? err : -EBADMSG;
    err = trove_attr_del (txn, FS, 77);
    return err ? err : trove_attr_get (txn, FS, 77, &b) == -ENOENT ? 0 : -EBADMSG;
}

static void
object_records_come_back_as_set (void **state)
{
    assert_int_equal (run (*state, attr_body, NULL, NULL), 0);
}

static int
read_only_body (struct trove_txn *txn, void *arg)
{
    struct trove_key key = key_of ('k', 1, "a");
    obj_handle h;
    if (trove_put (txn, &key, "", 0) != -EROFS || trove_del (txn, &key) != -EROFS
        || trove_new_handle (txn, FS, true, &h) != -EROFS)
        return -EBADMSG;
    return 0;
}

static void
a_read_only_operation_cannot_change_anything (void **state)
{
    struct env *e = *state;
    struct posted p = { .left = 1 };
    job_init (&p.op.job, e->reactor, count_down, &p.left);
    p.op.body = read_only_body;
    p.op.read_only = true;
    trove_txn_post (e->t, &p.op);
    wait_for (e, &p.left);
    assert_int_equal (p.op.job.status, 0);
}

static void
sequences_rise_and_become_durable (void **state)
{
    struct env *e = *state;
    uint64_t a, b, c;
    struct step put[] = { { PUT, 'k', 1, "a", "1", 0 }, { END, 0, 0, NULL, NULL, 0 } };
    struct step look[] = { { EXPECT, 'k', 1, "a", "1", 0 }, { END, 0, 0, NULL, NULL, 0 } };
    assert_int_equal (run (e, script_body, put, &a), 0);
    assert_int_equal (run (e, script_body, put, &b), 0);
    assert_int_equal (run (e, script_body, look, &c), 0);
    assert_true (a > 0 && b > a && c >= b);
    assert_int_equal (durable (e, b), 0);
    assert_int_equal (durable (e, 0), 0);
    struct trove_counters n;
    trove_get_counters (e->t, &n);
    assert_int_equal (n.transactions, 2);
    assert_true (n.log_flushes >= (e->cfg.sync_meta ? 1 : 0));
}

static void
flush_forces_even_without_sync_meta (void **state)
{
    struct env *e = *state;
    struct trove_counters n;
    int left = 1;
    struct trove_durable d = { .seq = 0 };
    assert_int_equal (SCRIPT (e, { PUT, 'k', 1, "a", "1", 0 }), 0);
    job_init (&d.job, e->reactor, count_down, &left);
    trove_flush_post (e->t, &d);
    wait_for (e, &left);
    trove_get_counters (e->t, &n);
    assert_int_equal (d.job.status, 0);
    assert_int_equal (n.log_flushes, 1);
}

static void
keys_survive_a_restart (void **state)
{
    struct env *e = *state;
    assert_int_equal (SCRIPT (e, { PUT, 'k', 1, "a", "1", 0 }, { PUT, 'd', 2, "b", "2", 0 }), 0);
    close_env (e);
    open_env (e);
    assert_int_equal (SCRIPT (e, { EXPECT, 'k', 1, "a", "1", 0 }, { EXPECT, 'd', 2, "b", "2", 0 }),
                      0);
}

/* --- handles
 * ---------------------------------------------------------------------------------------------------------------
 */

struct handles {
    obj_fsid fs;
    bool data;
    unsigned n;
    int fail;
    obj_handle got[5000];
};

static int
handles_body (struct trove_txn *txn, void *arg)
{
    struct handles *h = arg;
    struct object_attr a = { .type = OBJ_DATAFILE };
    for (unsigned i = 0; i < h->n; i++) {
        int err = trove_new_handle (txn, h->fs, h->data, &h->got[i]);
        if (!err && !h->fail)
            err = trove_attr_set (txn, h->fs, h->got[i], &a);
        if (err)
            return err;
    }
    return h->fail;
}

static void
handles_are_never_given_twice (void **state)
{
    struct env *e = *state;
    static uint8_t seen[DATA_LAST + 1];
    CLEANUP_FREE struct handles *h = calloc (1, sizeof *h);
    unsigned wanted[] = { 1, 1, 700, 3, 1500, 1, 2 };
    memset (seen, 0, sizeof seen);
    h->fs = FS;
    h->data = true;
    for (size_t i = 0; i < ARRAY_SIZE (wanted); i++) {
        h->n = wanted[i];
        h->fail = i == 3 ? -EEXIST : 0;
        assert_int_equal (run (e, handles_body, h, NULL), h->fail);
        for (unsigned k = 0; k < h->n; k++) {
            assert_in_range (h->got[k], DATA_FIRST, DATA_LAST);
            assert_int_equal (seen[h->got[k]]++, 0);
        }
        if (i % 2) {
            close_env (e);
            open_env (e);
        }
    }
}

static void
a_chosen_handle_is_skipped (void **state)
{
    struct env *e = *state;
    CLEANUP_FREE struct handles *h = calloc (1, sizeof *h);
    assert_int_equal (SCRIPT (e, { PUT, 'a', META_FIRST, NULL, "x", 0 },
                              { PUT, 'a', META_FIRST + 2, NULL, "x", 0 }),
                      0);
    h->fs = FS;
    h->n = 3;
    assert_int_equal (run (e, handles_body, h, NULL), 0);
    assert_int_equal (h->got[0], META_FIRST + 1);
    assert_int_equal (h->got[1], META_FIRST + 3);
}

static void
a_used_up_range_says_enospc (void **state)
{
    struct env *e = *state;
    CLEANUP_FREE struct handles *h = calloc (1, sizeof *h);
    struct trove_statfs s;
    h->fs = OTHER_FS;
    h->n = 10;
    assert_int_equal (trove_statfs (e->t, OTHER_FS, &s), 0);
    assert_int_equal (s.handles_total, 10);
    assert_int_equal (s.handles_available, 10);
    assert_int_equal (run (e, handles_body, h, NULL), 0);
    assert_int_equal (trove_statfs (e->t, OTHER_FS, &s), 0);
    assert_int_equal (s.handles_available, 0);
    h->n = 1;
    assert_int_equal (run (e, handles_body, h, NULL), -ENOSPC);
    h->data = true;
    assert_int_equal (run (e, handles_body, h, NULL), -ENOSPC);
    close_env (e);
    open_env (e);
    h->data = false;
    assert_int_equal (run (e, handles_body, h, NULL), -ENOSPC);
}

static void
statfs_tells_the_room (void **state)
{
    struct env *e = *state;
    struct trove_statfs s;
    assert_int_equal (trove_statfs (e->t, FS, &s), 0);
    assert_true (s.bytes_total > 0 && s.bytes_available <= s.bytes_total);
    assert_int_equal (s.handles_total, META_LAST - META_FIRST + 1 + DATA_LAST - DATA_FIRST + 1);
}

/* --- bytestreams
 * --------------------------------------------------------------------------------------------------------------
 */

static void
a_stream_never_written_is_empty (void **state)
{
    struct env *e = *state;
    char buf[100];
    struct trove_bstream_op op;
    struct trove_bstream_stat st = { -1, 1, 1 };
    memset (buf, 'x', sizeof buf);
    assert_int_equal (simple_io (e, TROVE_READ, 50, 10, buf, sizeof buf, &op), 0);
    assert_int_equal (op.bytes, 0);
    assert_int_equal (op.size, 0);
    if (e->cfg.method != TROVE_NULL_AIO)
        for (size_t i = 0; i < sizeof buf; i++)
            assert_int_equal (buf[i], 0);
    assert_int_equal (trove_bstream_stat (e->t, FS, 50, &st), 0);
    assert_int_equal (st.size, 0);
    assert_int_equal (st.mtime, 0);
    assert_int_equal (st.blocks, 0);
    assert_int_equal (simple_op (e, TROVE_SYNC, 50, 0, 0), 0);
    assert_int_equal (simple_op (e, TROVE_RESIZE, 50, 0, 0), 0);
    assert_int_equal (simple_op (e, TROVE_SET_MTIME, 50, 0, 0), 0);
    assert_int_equal (trove_bstream_stat (e->t, FS, 50, &st), 0);
    assert_int_equal (st.mtime, 0);
}

static void
a_short_read_stops_at_the_end_and_gives_zeros_beyond (void **state)
{
    struct env *e = *state;
    char buf[64];
    struct trove_bstream_op op;
    assert_int_equal (simple_io (e, TROVE_WRITE, 51, 0, "hello, world", 12, &op), 0);
    assert_int_equal (op.bytes, 12);
    assert_int_equal (op.size, 12);
    memset (buf, 'x', sizeof buf);
    assert_int_equal (simple_io (e, TROVE_READ, 51, 7, buf, sizeof buf, &op), 0);
    assert_int_equal (op.bytes, 5);
    assert_int_equal (op.size, 12);
    if (e->cfg.method == TROVE_NULL_AIO)
        return;
    assert_memory_equal (buf, "world", 5);
    for (size_t i = 5; i < sizeof buf; i++)
        assert_int_equal (buf[i], 0);
}

static void
lengths_that_disagree_are_refused (void **state)
{
    struct env *e = *state;
    char buf[16] = "";
    struct trove_region r[] = { { 0, 10 }, { 100, 7 } };
    struct iovec v = { buf, sizeof buf };
    struct trove_bstream_op op = { .kind = TROVE_WRITE,
                                   .fs = FS,
                                   .handle = 52,
                                   .regions = r,
                                   .nregions = 2,
                                   .iov = &v,
                                   .niov = 1 };
    assert_int_equal (bstream (e, &op), -EINVAL);
    r[1] = (struct trove_region){ INT64_MAX - 2, 6 };
    assert_int_equal (bstream (e, &op), -EINVAL);
    r[1] = (struct trove_region){ -1, 6 };
    assert_int_equal (bstream (e, &op), -EINVAL);
    assert_int_equal (simple_op (e, TROVE_RESIZE, 52, -1, 0), -EINVAL);
}

static void
nothing_to_transfer_creates_nothing (void **state)
{
    struct env *e = *state;
    struct trove_bstream_stat st = { .mtime = 1 };
    struct trove_bstream_op op = { .kind = TROVE_WRITE, .fs = FS, .handle = 53, .size = -1 };
    assert_int_equal (bstream (e, &op), 0);
    assert_int_equal (op.size, 0);
    op.sync = true;
    assert_int_equal (bstream (e, &op), 0);
    op.kind = TROVE_READ;
    assert_int_equal (bstream (e, &op), 0);
    assert_int_equal (trove_bstream_stat (e->t, FS, 53, &st), 0);
    assert_int_equal (st.mtime, 0);
}

static void
holes_take_no_blocks (void **state)
{
    struct env *e = *state;
    const int64_t far = 64 << 20;
    struct trove_bstream_stat full, sparse;
    static char data[1 << 20];
    assert_int_equal (simple_io (e, TROVE_WRITE, 55, 0, data, sizeof data, NULL), 0);
    assert_int_equal (simple_io (e, TROVE_WRITE, 56, 0, "x", 1, NULL), 0);
    assert_int_equal (simple_io (e, TROVE_WRITE, 56, far, "x", 1, NULL), 0);
    assert_int_equal (trove_bstream_stat (e->t, FS, 55, &full), 0);
    assert_int_equal (trove_bstream_stat (e->t, FS, 56, &sparse), 0);
    assert_int_equal (sparse.size, far + 1);
    if (e->cfg.method == TROVE_NULL_AIO) { /* keeps nothing */
        assert_int_equal (full.blocks, 0);
        return;
    }
    assert_true (full.blocks >= (int64_t) sizeof data / 512);
    assert_true (sparse.blocks > 0 && sparse.blocks < full.blocks);
}

static void
the_time_of_the_last_write_is_kept_set_and_forgotten (void **state)
{
    struct env *e = *state;
    struct trove_bstream_op op = { .kind = TROVE_STAT, .fs = FS, .handle = 54 };
    struct timespec now;
    assert_int_equal (simple_io (e, TROVE_WRITE, 54, 0, "x", 1, NULL), 0);
    assert_int_equal (bstream (e, &op), 0);
    clock_gettime (CLOCK_REALTIME, &now);
    assert_int_equal (op.size, 1);
    assert_in_range (op.mtime / NSEC_PER_SEC, (uint64_t)now.tv_sec - 5, (uint64_t)now.tv_sec);
    assert_int_equal (simple_op (e, TROVE_SET_MTIME, 54, 0, 1234567890123456789ull), 0);
    assert_int_equal (bstream (e, &op), 0);
    assert_int_equal (op.mtime, 1234567890123456789ull);
    assert_int_equal (simple_op (e, TROVE_SET_MTIME, 54, 0, 0), 0);
    assert_int_equal (bstream (e, &op), 0);
    assert_int_equal (op.mtime, 0);
    assert_int_equal (op.size, 1);
    assert_int_equal (simple_io (e, TROVE_WRITE, 54, 0, "y", 1, NULL), 0);
    assert_int_equal (bstream (e, &op), 0);
    assert_true (op.mtime > 0);
}

static void
sync_reaches_the_disk_and_is_counted (void **state)
{
    struct env *e = *state;
    struct trove_region r = { 0, 4 };
    struct iovec v = { "data", 4 };
    struct trove_bstream_op op = { .kind = TROVE_WRITE,
                                   .fs = FS,
                                   .handle = 55,
                                   .regions = &r,
                                   .nregions = 1,
                                   .iov = &v,
                                   .niov = 1,
                                   .sync = true };
    struct trove_counters a, b;
    trove_get_counters (e->t, &a);
    assert_int_equal (bstream (e, &op), 0);
    assert_int_equal (simple_op (e, TROVE_SYNC, 55, 0, 0), 0);
    trove_get_counters (e->t, &b);
    assert_true (b.syncs >= a.syncs + 2);
    assert_int_equal (b.writes - a.writes, 1);
    assert_int_equal (b.bytes_written - a.bytes_written, 4);
}

static void
many_syncs_of_one_stream_share_their_fdatasyncs (void **state)
{
    struct env *e = *state;
    struct trove_bstream_op op[32];
    struct trove_counters a, b;
    int left = ARRAY_SIZE (op);
    assert_int_equal (simple_io (e, TROVE_WRITE, 56, 0, "x", 1, NULL), 0);
    trove_get_counters (e->t, &a);
    for (size_t i = 0; i < ARRAY_SIZE (op); i++) {
        op[i] = (struct trove_bstream_op){ .kind = TROVE_SYNC, .fs = FS, .handle = 56 };
        job_init (&op[i].job, e->reactor, count_down, &left);
        trove_bstream_post (e->t, &op[i]);
    }
    wait_for (e, &left);
    trove_get_counters (e->t, &b);
    assert_in_range (b.syncs - a.syncs, 1, ARRAY_SIZE (op));
    for (size_t i = 0; i < ARRAY_SIZE (op); i++)
        assert_int_equal (op[i].job.status, 0);
}

/* A model: bytes and size. Every operation covers random regions with randomly cut memory. */
struct model {
    uint8_t *bytes, *memory;
    int64_t size;
};

struct random_io {
    struct trove_region region[8];
    struct iovec iov[16];
    struct trove_bstream_op op;
};

static void
make_random_io (struct random_io *r, uint8_t *memory, bool aligned)
{
    int64_t total = 0, at = (int64_t)below (MODEL / 4);
    unsigned n = 1 + (unsigned)below (ARRAY_SIZE (r->region));
    for (unsigned i = 0; i < n; i++) {
        int64_t len = (int64_t)below (below (4) ? 5000 : MODEL / 16);
        if (below (3))
            at += (int64_t)below (below (3) ? MODEL / 64 : 3000); /* a reader takes small gaps along */
        if (aligned) {
            at = at / 4096 * 4096;
            len = (len + 4096) / 4096 * 4096;
        }
        if (at + len > MODEL)
            len = 0;
        r->region[i] = (struct trove_region){ at, len };
        at += len;
        total += len;
    }
    unsigned pieces = 0;
    for (int64_t done = 0; done < total || !pieces;) {
        int64_t len = pieces == ARRAY_SIZE (r->iov) - 1 || below (3) == 0
                          ? total - done
                          : (int64_t)below ((uint64_t)(total - done) + 1);
        if (aligned && len != total - done)
            len = len / 512 * 512;
        r->iov[pieces++] = (struct iovec){ memory + done, (size_t)len };
        done += len;
    }
    r->op = (struct trove_bstream_op){
        .fs = FS,
        .handle = 60,
        .regions = r->region,
        .nregions = n,
        .iov = r->iov,
        .niov = pieces,
        .sync = below (20) == 0,
    };
}

static void
check_random_read (struct model *m, struct random_io *r)
{
    int64_t bytes = 0, at = 0;
    for (unsigned i = 0; i < r->op.nregions; i++) {
        struct trove_region *g = &r->region[i];
        bytes += MAX ((int64_t)0, MIN (g->len, m->size - g->off));
        assert_memory_equal (m->memory + at, m->bytes + g->off, (size_t)g->len);
        at += g->len;
    }
    assert_int_equal (r->op.bytes, bytes);
    assert_int_equal (r->op.size, m->size);
}

static void
apply_random_write (struct model *m, struct random_io *r)
{
    int64_t at = 0;
    for (unsigned i = 0; i < r->op.nregions; i++) {
        struct trove_region *g = &r->region[i];
        memcpy (m->bytes + g->off, m->memory + at, (size_t)g->len);
        if (g->len)
            m->size = MAX (m->size, g->off + g->len);
        at += g->len;
    }
    assert_int_equal (r->op.bytes, at);
    assert_int_equal (r->op.size, m->size);
}

static void
random_resize (struct env *e, struct model *m)
{
    int64_t size = (int64_t)below (MODEL);
    assert_int_equal (simple_op (e, TROVE_RESIZE, 60, size, 0), 0);
    if (size < m->size)
        memset (m->bytes + size, 0, (size_t)(m->size - size));
    m->size = size;
}

static void
random_step (struct env *e, struct model *m)
{
    struct random_io r;
    unsigned what = (unsigned)below (20);
    if (what == 0) {
        random_resize (e, m);
        return;
    }
    make_random_io (&r, m->memory, below (2));
    r.op.kind = what < 10 ? TROVE_WRITE : TROVE_READ;
    for (int64_t i = 0; i < MODEL; i += 509)
        m->memory[i] = (uint8_t)random_u64 (NULL);
    assert_int_equal (bstream (e, &r.op), 0);
    if (r.op.kind == TROVE_READ)
        check_random_read (m, &r);
    else
        apply_random_write (m, &r);
}

static void
random_list_io_matches_a_model (void **state)
{
    struct env *e = *state;
    struct model m = { .bytes = calloc (1, MODEL) };
    seed ();
    assert_int_equal (posix_memalign ((void **)&m.memory, 4096, MODEL), 0);
    memset (m.memory, 0, MODEL);
    for (int i = 0; i < 600; i++) {
        random_step (e, &m);
        if (i % 200 == 199) {
            close_env (e);
            open_env (e);
        }
    }
    free (m.bytes);
    free (m.memory);
}

/* Each stripe belongs to one operation: whatever order they run in, the result is their union. */
static void
parallel_writes_of_one_stream_all_arrive (void **state)
{
    struct env *e = *state;
    enum { N = 32, PIECE = 24 * 1024 };
    static uint8_t out[N][PIECE], back[N * PIECE];
    struct trove_region r[N];
    struct iovec v[N];
    struct trove_bstream_op op[N];
    struct trove_bstream_op read;
    for (int round = 0; round < 4; round++) {
        int left = N;
        for (int i = 0; i < N; i++) {
            memset (out[i], i + 1 + round, PIECE);
            r[i] = (struct trove_region){ (int64_t)(N - 1 - i) * PIECE, PIECE };
            v[i] = (struct iovec){ out[i], PIECE };
            op[i] = (struct trove_bstream_op){ .kind = TROVE_WRITE,
                                               .fs = FS,
                                               .handle = 61,
                                               .regions = &r[i],
                                               .nregions = 1,
                                               .iov = &v[i],
                                               .niov = 1,
                                               .sync = i % 8 == 0 };
            job_init (&op[i].job, e->reactor, count_down, &left);
            trove_bstream_post (e->t, &op[i]);
        }
        wait_for (e, &left);
        assert_int_equal (simple_io (e, TROVE_READ, 61, 0, back, sizeof back, &read), 0);
        assert_int_equal (read.bytes, sizeof back);
        for (int i = 0; i < N; i++)
            assert_memory_equal (back + (size_t)(N - 1 - i) * PIECE, out[i], PIECE);
    }
}

static void
a_hole_reads_as_zeros_and_size_is_logical (void **state)
{
    struct env *e = *state;
    static char buf[100000];
    struct trove_bstream_op op;
    assert_int_equal (simple_io (e, TROVE_WRITE, 62, 5000000001, "end", 3, &op), 0);
    assert_int_equal (op.size, 5000000004);
    memset (buf, 'x', sizeof buf);
    assert_int_equal (simple_io (e, TROVE_READ, 62, 4999950000, buf, sizeof buf, &op), 0);
    assert_int_equal (op.bytes, 50004);
    for (size_t i = 0; i < 50001; i++)
        assert_int_equal (buf[i], 0);
    assert_memory_equal (buf + 50001, "end", 3);
    assert_int_equal (simple_op (e, TROVE_RESIZE, 62, 5000000003, 0), 0);
    assert_int_equal (simple_op (e, TROVE_RESIZE, 62, 6000000000, 0), 0);
    assert_int_equal (simple_io (e, TROVE_READ, 62, 5000000001, buf, 5, &op), 0);
    assert_int_equal (op.bytes, 5);
    assert_memory_equal (buf, "en\0\0\0", 5);
}

/* --- removing bytestreams
 * --------------------------------------------------------------------------------------------------------
 */

static int
remove_body (struct trove_txn *txn, void *arg)
{
    return trove_bstream_remove (txn, FS, *(obj_handle *)arg);
}

static int
remove_and_fail_body (struct trove_txn *txn, void *arg)
{
    int err = remove_body (txn, arg);
    return err ? err : -EBUSY;
}

static bool
gone_soon (struct env *e, obj_handle h)
{
    struct trove_bstream_stat st;
    for (int i = 0; i < 3000; i++) {
        assert_int_equal (trove_bstream_stat (e->t, FS, h, &st), 0);
        if (st.size == 0 && st.mtime == 0)
            return true;
        reactor_step (e->reactor, NSEC_PER_MSEC);
    }
    return false;
}

static void
a_removed_stream_goes_when_the_commit_is_durable (void **state)
{
    struct env *e = *state;
    obj_handle h = 70;
    uint64_t seq;
    struct listing l = { .from = { FS, TROVE_PRIVATE, 70, "", 0 } };
    assert_int_equal (simple_io (e, TROVE_WRITE, h, 0, "x", 1, NULL), 0);
    assert_int_equal (run (e, remove_body, &h, &seq), 0);
    assert_int_equal (durable (e, seq), 0);
    assert_true (gone_soon (e, h));
    close_env (e);
    open_env (e);
    expect_listing (e, l, 0, "");
    assert_int_equal (run (e, remove_body, &h, NULL), 0); /* once more is harmless */
}

struct found {
    bool high, low, other, going;
};

static int
note_stream (void *arg, obj_handle h)
{
    struct found *f = arg;
    f->low = f->low || h == 2;
    f->high = f->high || h == UINT64_MAX - 1;
    f->other = f->other || (h != 2 && h != UINT64_MAX - 1);
    return 0;
}

static int
each_body (struct trove_txn *txn, void *arg)
{
    struct found *f = arg;
    int err = 0;
    *f = (struct found){ 0 };
    for (unsigned part = 0; !err && part < TROVE_BSTREAM_PARTS; part++)
        err = trove_bstream_each (txn, FS, part, note_stream, f);
    int going = err ? err : trove_bstream_is_going (txn, FS, 2);
    f->going = going > 0;
    return MIN (going, 0);
}

static int
remove_and_look_body (struct trove_txn *txn, void *arg)
{
    obj_handle h = 2;
    int err = remove_body (txn, &h);
    return err ? err : each_body (txn, arg);
}

static void
all_streams_are_listed_also_one_that_is_going (void **state)
{
    struct env *e = *state;
    struct found f;
    bool kept = e->cfg.method != TROVE_NULL_AIO;
    assert_int_equal (run (e, each_body, &f, NULL), 0);
    assert_false (f.low || f.high || f.other || f.going);
    assert_int_equal (simple_io (e, TROVE_WRITE, 2, 0, "x", 1, NULL), 0);
    assert_int_equal (simple_io (e, TROVE_WRITE, UINT64_MAX - 1, 0, "x", 1, NULL), 0);
    assert_int_equal (run (e, each_body, &f, NULL), 0);
    assert_true (f.low == kept && f.high == kept && !f.other && !f.going);
    assert_int_equal (run (e, remove_and_look_body, &f, NULL), 0);
    assert_true (f.low == kept && f.high == kept && f.going);
}

static void
a_rolled_back_removal_leaves_the_stream (void **state)
{
    struct env *e = *state;
    obj_handle h = 71;
    struct trove_bstream_stat st;
    assert_int_equal (simple_io (e, TROVE_WRITE, h, 0, "xyz", 3, NULL), 0);
    assert_int_equal (run (e, remove_and_fail_body, &h, NULL), -EBUSY);
    if (e->cfg.method != TROVE_NULL_AIO) {
        close_env (e);
        open_env (e);
    }
    assert_int_equal (trove_bstream_stat (e->t, FS, h, &st), 0);
    assert_int_equal (st.size, 3);
}

/* --- room
 * ---------------------------------------------------------------------------------------------------------------------------
 */

static void
set_reserve (struct env *e, bool full)
{
    struct trove_statfs s;
    assert_int_equal (trove_statfs (e->t, FS, &s), 0);
    close_env (e);
    e->cfg.reserve = full ? s.bytes_total + MIB (1) : 0;
    open_env (e);
}

static void
below_the_reserve_only_shrinking_works (void **state)
{
    struct env *e = *state;
    static char buf[8192];
    obj_handle h = 80;
    struct step put[] = { { PUT, 'k', 1, "a", "1", 0 }, { END, 0, 0, NULL, NULL, 0 } };
    struct posted p = { .left = 1 };
    assert_int_equal (simple_io (e, TROVE_WRITE, h, 0, buf, sizeof buf, NULL), 0);
    assert_int_equal (simple_op (e, TROVE_SYNC, h, 0, 0), 0);
    set_reserve (e, true);
    assert_int_equal (simple_io (e, TROVE_WRITE, 81, 0, buf, 1, NULL), -ENOSPC);
    assert_int_equal (simple_io (e, TROVE_WRITE, h, sizeof buf, buf, 1, NULL), -ENOSPC);
    assert_int_equal (simple_io (e, TROVE_WRITE, h, 0, buf, sizeof buf, NULL), 0);
    assert_int_equal (simple_op (e, TROVE_RESIZE, h, 100, 0), 0);
    job_init (&p.op.job, e->reactor, count_down, &p.left);
    p.op.body = script_body;
    p.op.arg = put;
    p.op.creates = true;
    trove_txn_post (e->t, &p.op);
    wait_for (e, &p.left);
    assert_int_equal (p.op.job.status, -ENOSPC);
    assert_int_equal (run (e, script_body, put, NULL), 0);
    assert_int_equal (run (e, remove_body, &h, NULL), 0);
    set_reserve (e, false);
    assert_int_equal (simple_io (e, TROVE_WRITE, 81, 0, buf, 1, NULL), 0);
}

/* --- dbpf: group commit, idleness, descriptors
 * ----------------------------------------------------------------------------------------- */

struct syncing_create {
    struct env *e;
    struct trove_op op;
    struct trove_durable d;
    int *left;
    struct handles h;
};

static void
create_durable (struct job *j)
{
    struct syncing_create *c = j->arg;
    assert_int_equal (j->status, 0);
    (*c->left)--;
}

static void
create_committed (struct job *j)
{
    struct syncing_create *c = j->arg;
    assert_int_equal (j->status, 0);
    c->d.seq = c->op.seq;
    job_init (&c->d.job, c->e->reactor, create_durable, c);
    trove_durable_post (c->e->t, &c->d);
}

static void
sixty_four_syncing_creates_cost_at_most_sixteen_flushes (void **state)
{
    struct env *e = *state;
    enum { N = 64 };
    struct syncing_create *c = calloc (N, sizeof *c);
    struct trove_counters a, b;
    for (int round = 0; round < 5; round++) {
        int left = N;
        trove_get_counters (e->t, &a);
        for (int i = 0; i < N; i++) {
            c[i] = (struct syncing_create){ .e = e, .left = &left, .h = { .fs = FS, .n = 2 } };
            job_init (&c[i].op.job, e->reactor, create_committed, &c[i]);
            c[i].op.body = handles_body;
            c[i].op.arg = &c[i].h;
            c[i].op.creates = true;
            trove_txn_post (e->t, &c[i].op);
        }
        wait_for (e, &left);
        trove_get_counters (e->t, &b);
        assert_in_range (b.log_flushes - a.log_flushes, 1, 16);
    }
    free (c);
}

static unsigned long
switches_of_all_threads (void)
{
    unsigned long sum = 0, n;
    DIR *d = opendir ("/proc/self/task");
    for (struct dirent *t; (t = readdir (d));) {
        char path[300], line[200];
        snprintf (path, sizeof path, "/proc/self/task/%s/status", t->d_name);
        FILE *f = t->d_name[0] == '.' ? NULL : fopen (path, "r");
        while (f && fgets (line, sizeof line, f))
            if (sscanf (line, "voluntary_ctxt_switches: %lu", &n) == 1)
                sum += n;
        if (f)
            fclose (f);
    }
    closedir (d);
    return sum;
}

static void
nobody_wakes_up_when_nothing_is_dirty (void **state)
{
    struct env *e = *state;
    struct timespec quiet = { 0, 500000000 };
    assert_int_equal (SCRIPT (e, { PUT, 'k', 1, "a", "1", 0 }), 0);
    assert_int_equal (durable (e, 0), 0);
    nanosleep (&quiet, NULL);
    unsigned long before = switches_of_all_threads ();
    nanosleep (&quiet, NULL);
    assert_in_range (switches_of_all_threads () - before, 0, 8); /* ours, and a sanitizer's */
}

static void
without_sync_meta_the_log_is_flushed_within_a_second (void **state)
{
    struct env *e = *state;
    struct trove_counters c = { 0 };
    struct timespec tick = { 0, 20000000 };
    assert_int_equal (SCRIPT (e, { PUT, 'k', 1, "a", "1", 0 }), 0);
    assert_int_equal (durable (e, 0), 0);
    for (int i = 0; i < 100 && !c.log_flushes; i++) {
        nanosleep (&tick, NULL);
        trove_get_counters (e->t, &c);
    }
    assert_int_equal (c.log_flushes, 1);
}

static int
count_fds (void)
{
    int n = 0;
    DIR *d = opendir ("/proc/self/fd");
    while (readdir (d))
        n++;
    closedir (d);
    return n;
}

static void
no_descriptor_leaks_and_the_cache_is_bounded (void **state)
{
    struct env *e = *state;
    char c = 'c';
    close_env (e);
    int before = count_fds ();
    open_env (e);
    for (obj_handle h = 200; h < 1000; h++)
        assert_int_equal (simple_io (e, TROVE_WRITE, h, 0, &h, sizeof h, NULL), 0);
    assert_in_range (count_fds (), before, before + 512 + 20);
    for (obj_handle h = 200; h < 1000; h++) {
        obj_handle back = 0;
        assert_int_equal (simple_io (e, TROVE_READ, h, 0, &back, sizeof back, NULL), 0);
        assert_int_equal (back, h);
        assert_int_equal (run (e, remove_body, &h, NULL), 0);
    }
    assert_int_equal (simple_io (e, TROVE_WRITE, 5000, 0, &c, 1, NULL), 0);
    close_env (e);
    assert_int_equal (count_fds (), before);
    open_env (e);
    for (obj_handle h = 200; h < 1000; h++)
        assert_true (gone_soon (e, h));
}

/* --- dbpf: strange storage spaces
 * ---------------------------------------------------------------------------------------------------------
 */

static int
setup_space (void **state)
{
    *state = env_new (false, TROVE_DBPF, true);
    return 0;
}

static int
setup_filled_space (void **state)
{
    static char big[2000];
    setup_space (state);
    struct env *e = *state;
    open_env (e);
    memset (big, 'b', sizeof big - 1);
    for (uint64_t i = 0; i < 300; i++)
        assert_int_equal (SCRIPT (e, { PUT, 'k', i, "a", big, 0 }), 0);
    close_env (e);
    return 0;
}

static void
expect_refusal (struct env *e, int err, const char *word)
{
    e->why[0] = 0;
    assert_int_equal (trove_open (&e->cfg, &e->t), err);
    if (!strstr (e->why, word))
        print_error ("why: %s\n", e->why);
    assert_non_null (strstr (e->why, word));
}

static void
overwrite (struct env *e, const char *name, long at, const void *what, size_t n)
{
    char path[PATH_ROOM];
    snprintf (path, sizeof path, "%s/%s", e->meta, name);
    int fd = open (path, O_RDWR | (at < 0 ? O_TRUNC : 0));
    assert_true (fd >= 0);
    assert_int_equal (pwrite (fd, what, n, MAX (at, 0)), (ssize_t)n);
    close (fd);
}

static void
remove_file (struct env *e, const char *folder, const char *name)
{
    char cmd[PATH_ROOM + 16];
    snprintf (cmd, sizeof cmd, "rm -f '%s'/%s", folder, name);
    assert_int_equal (system (cmd), 0);
}

static void
an_existing_space_is_not_overwritten (void **state)
{
    struct env *e = *state;
    open_env (e);
    assert_int_equal (SCRIPT (e, { PUT, 'k', 1, "a", "1", 0 }), 0);
    close_env (e);
    assert_int_equal (trove_space_create (&e->cfg), -EEXIST);
    assert_non_null (strstr (e->why, "already"));
    open_env (e);
    assert_int_equal (SCRIPT (e, { EXPECT, 'k', 1, "a", "1", 0 }), 0);
}

static void
a_missing_space_is_named (void **state)
{
    struct env *e = *state;
    e->cfg.meta_path = "/nonexistent/meta";
    expect_refusal (e, -ENOENT, "pvfs2-server -f");
    e->cfg.meta_path = "/dev/null";
    expect_refusal (e, -ENOTDIR, "not a folder");
}

static void
a_space_in_use_is_refused (void **state)
{
    struct env *e = *state;
    struct trove *second;
    open_env (e);
    assert_int_equal (trove_open (&e->cfg, &second), -EBUSY);
    assert_non_null (strstr (e->why, "in use"));
    e->why[0] = 0;
    assert_int_equal (trove_space_remove (&e->cfg), -EBUSY);
}

static void
a_newer_space_is_refused (void **state)
{
    struct env *e = *state;
    overwrite (e, "pvfs2-storage", -1, "pvfs2-storage 9\nwhatever\n", 25);
    expect_refusal (e, -EPROTONOSUPPORT, "newer");
}

static void
an_older_space_is_refused (void **state)
{
    struct env *e = *state;
    overwrite (e, "pvfs2-storage", -1, "pvfs2-storage 1\nid 0123456789abcdef0123456789abcdef\n", 52);
    expect_refusal (e, -EPROTONOSUPPORT, "pvfs2-migrate-collection");
}

static void
a_foreign_space_is_refused (void **state)
{
    struct env *e = *state;
    overwrite (e, "pvfs2-storage", -1, "something else\n", 15);
    expect_refusal (e, -EINVAL, "not ours");
}

static void
another_spaces_data_folder_is_refused (void **state)
{
    struct env *e = *state;
    struct env *other;
    setup_space ((void **)&other);
    const char *own = e->cfg.data_path;
    e->cfg.data_path = other->data;
    expect_refusal (e, -EINVAL, "different");
    remove_file (e, other->data, "pvfs2-storage");
    expect_refusal (e, -EIO, "not mounted");
    e->cfg.data_path = own;
    open_env (e);
    teardown ((void **)&other);
}

static void
a_garbled_database_is_refused (void **state)
{
    struct env *e = *state;
    char junk[6000];
    for (size_t i = 0; i < sizeof junk; i++)
        junk[i] = (char)hash_u64 (i);
    overwrite (e, "trove.db", 100 * 4096 + 17, junk, sizeof junk);
    expect_refusal (e, -EIO, "damaged");
    overwrite (e, "trove.db", 0, junk, sizeof junk);
    expect_refusal (e, -EIO, "damaged");
    overwrite (e, "trove.db", -1, junk, 1);
    expect_refusal (e, -EIO, "damaged");
}

static void
a_missing_log_is_refused (void **state)
{
    struct env *e = *state;
    remove_file (e, e->meta, "log.*");
    expect_refusal (e, -EIO, "log");
}

static void
a_missing_database_is_refused (void **state)
{
    struct env *e = *state;
    remove_file (e, e->meta, "trove.db");
    expect_refusal (e, -EIO, "trove.db");
    remove_file (e, e->meta, "pvfs2-storage");
    remove_file (e, e->meta, "log.*");
    expect_refusal (e, -ENOENT, "no storage space");
}

static void
damage_found_later_fails_the_operation_only (void **state)
{
    struct env *e = *state;
    char junk[4096];
    struct stat st;
    char path[PATH_ROOM];
    e->cfg.cache_size = 256 << 10;
    open_env (e);
    memset (junk, 0x5a, sizeof junk);
    snprintf (path, sizeof path, "%s/trove.db", e->meta);
    assert_int_equal (stat (path, &st), 0);
    for (long at = 4096; at < st.st_size; at += 4096)
        overwrite (e, "trove.db", at, junk, sizeof junk);
    int err = 0;
    for (uint64_t i = 0; !err && i < 300; i++)
        err = SCRIPT (e, { PUT, 'k', i, "a", "new", 0 });
    assert_int_equal (err, -EIO);
    assert_int_equal (SCRIPT (e, { PUT, 'k', 1, "a", "new", 0 }), -EIO);
    assert_int_equal (durable (e, UINT64_MAX), -EIO);
    close_env (e);
    expect_refusal (e, -EIO, "damaged");
}

static void
a_removed_space_leaves_nothing (void **state)
{
    struct env *e = *state;
    char cmd[PATH_ROOM];
    open_env (e);
    assert_int_equal (simple_io (e, TROVE_WRITE, 90, 0, "x", 1, NULL), 0);
    close_env (e);
    assert_int_equal (trove_space_remove (&e->cfg), 0);
    snprintf (cmd, sizeof cmd, "test -z \"$(find '%s' '%s' -type f)\"", e->meta, e->data);
    assert_int_equal (system (cmd), 0);
    assert_int_equal (trove_space_create (&e->cfg), 0);
    open_env (e);
}

/* --- dbpf: kill -9
 * ---------------------------------------------------------------------------------------------------------------------------
 */

/* What the dying child tells: how far it got, and the handles it saw. */
struct witness {
    _Atomic uint64_t durable, written;
    _Atomic uint64_t last_handle, removed;
};

struct storm_txn {
    uint64_t i;
    obj_handle h;
};

enum { PAIR_A = 1, PAIR_B = 900000, FIRST_STREAM = 10000 };

/* Two keys far apart, one number each: both or none. */
static int
storm_body (struct trove_txn *txn, void *arg)
{
    struct storm_txn *s = arg;
    struct object_attr a = { .type = OBJ_METAFILE, .parent = s->i };
    char val[200];
    memset (val, (int)s->i, sizeof val);
    struct trove_key ka = { FS, 'd', PAIR_A, &s->i, sizeof s->i },
                     kb = { FS, 'd', PAIR_B + s->i, "pair", 4 };
    int err = trove_new_handle (txn, FS, false, &s->h);
    if (!err)
        err = trove_put (txn, &ka, val, sizeof val);
    if (!err)
        err = trove_attr_set (txn, FS, s->h, &a);
    if (!err)
        err = trove_put (txn, &kb, &s->h, sizeof s->h);
    return err ? err : s->i % 7 == 3 ? -ECANCELED : 0;
}

static void
storm_child (struct env *e, struct witness *w, uint64_t start)
{
    open_env (e);
    for (uint64_t i = start;; i++) {
        struct storm_txn s = { .i = i };
        struct trove_region r = { 0, sizeof i };
        struct iovec v = { &i, sizeof i };
        struct trove_bstream_op op = { .kind = TROVE_WRITE,
                                       .fs = FS,
                                       .handle = FIRST_STREAM + i,
                                       .regions = &r,
                                       .nregions = 1,
                                       .iov = &v,
                                       .niov = 1 };
        obj_handle old = FIRST_STREAM + i - 5;
        uint64_t seq;
        int err = run (e, storm_body, &s, &seq);
        if (err && err != -ECANCELED)
            _exit (1);
        if (bstream (e, &op) || (i >= start + 5 && run (e, remove_body, &old, &seq)))
            _exit (1);
        if (i % 4 == 0 || !e->cfg.sync_meta) {
            if (durable (e, seq))
                _exit (1);
            atomic_store (&w->durable, i);
            atomic_store (&w->last_handle, s.h);
            if (i >= start + 5)
                atomic_store (&w->removed, old);
        }
    }
}

struct check {
    uint64_t i;
    bool a, b, attr;
};

static int
check_body (struct trove_txn *txn, void *arg)
{
    struct check *c = arg;
    const void *val;
    size_t len;
    struct trove_key ka = { FS, 'd', PAIR_A, &c->i, sizeof c->i },
                     kb = { FS, 'd', PAIR_B + c->i, "pair", 4 };
    struct object_attr attr;
    obj_handle h;
    c->a = trove_get (txn, &ka, &val, &len) == 0;
    c->b = trove_get (txn, &kb, &val, &len) == 0;
    if (c->b) {
        memcpy (&h, val, sizeof h);
        c->attr = trove_attr_get (txn, FS, h, &attr) == 0 && attr.parent == c->i;
    }
    return 0;
}

static void
check_after_crash (struct env *e, const struct witness *w, uint64_t *ret_next)
{
    struct handles *h = calloc (1, sizeof *h);
    uint64_t last = atomic_load (&w->durable), i = 1;
    bool any = true;
    for (; i <= last || any; i++) {
        struct check c = { .i = i };
        assert_int_equal (run (e, check_body, &c, NULL), 0);
        assert_int_equal (c.a, c.b);
        assert_int_equal (c.b, c.attr);
        if (i <= last)
            assert_int_equal (c.a, i % 7 != 3);
        any = c.a || i % 7 == 3;
    }
    *ret_next = i + 100;
    h->fs = FS;
    h->n = 1;
    assert_int_equal (run (e, handles_body, h, NULL), 0);
    assert_true (h->got[0] > atomic_load (&w->last_handle));
    if (atomic_load (&w->removed))
        assert_true (gone_soon (e, atomic_load (&w->removed)));
    free (h);
}

static void
crash_rounds (struct env *e)
{
    const char *env = getenv ("CRASH_ROUNDS");
    int rounds = env ? atoi (env) : 6;
    struct witness *w =
        mmap (NULL, sizeof *w, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    seed ();
    for (int i = 0; i < rounds; i++) {
        uint64_t next;
        pid_t pid = fork ();
        if (pid == 0)
            storm_child (e, w, 1);
        struct timespec t = { 0, (long)(30 + below (300)) * 1000000 };
        int status;
        nanosleep (&t, NULL);
        kill (pid, SIGKILL);
        assert_int_equal (waitpid (pid, &status, 0), pid);
        assert_true (WIFSIGNALED (status));
        open_env (e);
        check_after_crash (e, w, &next);
        close_env (e);
        print_message ("round %d: %llu durable\n", i,
                       (unsigned long long)atomic_load (&w->durable));
        assert_int_equal (trove_space_remove (&e->cfg), 0);
        assert_int_equal (trove_space_create (&e->cfg), 0);
        memset (w, 0, sizeof *w);
    }
    munmap (w, sizeof *w);
}

static void
what_was_durable_survives_kill_9_whole (void **state)
{
    struct env *e = *state;
    crash_rounds (e);
}

static void
without_sync_meta_kill_9_loses_no_commit (void **state)
{
    struct env *e = *state;
    e->cfg.sync_meta = false;
    crash_rounds (e);
}

static void
an_interrupted_recovery_is_recovered (void **state)
{
    struct env *e = *state;
    for (int i = 0; i < 3; i++) {
        pid_t pid = fork ();
        if (pid == 0) {
            open_env (e);
            for (uint64_t k = 0;; k++)
                if (SCRIPT (e, { PUT, 'k', 1, "a", "x", 0 },
                            { PUT, 'k', 2 + k % 1000, "b", "y", 0 }))
                    _exit (1);
        }
        struct timespec t = { 0, (long)(5 + below (60)) * 1000000 };
        nanosleep (&t, NULL);
        kill (pid, SIGKILL);
        waitpid (pid, NULL, 0);
    }
    open_env (e);
}

/* --- mem: power cuts
 * ----------------------------------------------------------------------------------------------------------------------------
 */

static uint64_t sim_now;

static uint64_t
sim_clock (void *arg)
{
    return sim_now + NSEC_PER_SEC;
}

static uint64_t
sim_delay (void *arg, const char *what)
{
    return what[0] == 'f' ? 100 : 10;
}

static int
setup_sim (void **state)
{
    static const struct reactor_source source = { sim_clock, sim_clock, random_u64, NULL };
    struct trove_mem_config mc = { .delay = sim_delay };
    struct env *e = env_new (true, TROVE_DBPF, true);
    trove_mem_disk_free (e->disk);
    reactor_free (e->reactor);
    assert_int_equal (reactor_new_simulated (&source, &e->reactor), 0);
    e->cfg.reactor = e->reactor;
    assert_int_equal (trove_mem_disk_new (&mc, &e->disk), 0);
    sim_now = 0;
    seed_state = 1;
    *state = e;
    return 0;
}

static void
sim_run (struct env *e, uint64_t until)
{
    for (;;) {
        if (reactor_sim_deliver_one (e->reactor) || reactor_sim_fire_one (e->reactor))
            continue;
        uint64_t next = reactor_sim_next_timer (e->reactor, false);
        if (next == UINT64_MAX || next > until)
            return;
        sim_now = next - NSEC_PER_SEC;
    }
}

static void
ignore (struct job *j)
{
}

enum { SIM_TXNS = 20 };

struct sim_txn {
    struct trove_op op;
    uint64_t i;
};

static int
sim_body (struct trove_txn *txn, void *arg)
{
    struct sim_txn *s = arg;
    struct trove_key a = { FS, 'k', 1, "count", 5 }, b = { FS, 'k', 100 + s->i, "x", 1 };
    int err = trove_put (txn, &a, &s->i, sizeof s->i);
    return err ? err : trove_put (txn, &b, &s->i, sizeof s->i);
}

/* Posts 20 transactions and one wait for the 10th; cuts the power at a random time. A prefix
 * survives, and what was said to be durable is in it. */
static void
one_power_cut (struct env *e, uint64_t *hash)
{
    struct sim_txn s[SIM_TXNS];
    struct trove_durable d = { .seq = 0 };
    open_env (e);
    for (uint64_t i = 0; i < SIM_TXNS; i++) {
        s[i] = (struct sim_txn){ .i = i + 1 };
        job_init (&s[i].op.job, e->reactor, ignore, NULL);
        s[i].op.body = sim_body;
        s[i].op.arg = &s[i];
        trove_txn_post (e->t, &s[i].op);
    }
    uint64_t start = sim_clock (NULL);
    sim_run (e, start + 10 * 10 + 5);
    job_init (&d.job, e->reactor, ignore, NULL);
    trove_durable_post (e->t, &d);
    sim_run (e, start + below (300));
    bool said = !job_is_posted (&d.job);
    trove_abandon (e->t);
    e->t = NULL;
    trove_mem_disk_power_off (e->disk, random_u64, NULL);
    open_env (e);
    uint64_t survived = 0;
    for (uint64_t i = 1; i <= SIM_TXNS; i++) {
        struct trove_op op = { .body = script_body };
        struct step look[] = { { EXPECT, 'k', 100 + i, "x", "12345678", 0 },
                               { END, 0, 0, NULL, NULL, 0 } };
        job_init (&op.job, e->reactor, ignore, NULL);
        op.arg = look;
        trove_txn_post (e->t, &op);
        sim_run (e, sim_clock (NULL) + 20);
        bool there = op.job.status == -EBADMSG;
        assert_true (there || op.job.status == -ENOENT);
        if (there)
            assert_int_equal (survived, i - 1);
        survived += there;
    }
    if (said)
        assert_true (survived >= d.seq);
    *hash = hash_u64 (*hash ^ survived);
    trove_abandon (e->t);
    e->t = NULL;
}

static uint64_t
many_power_cuts (void)
{
    uint64_t hash = 0;
    for (uint64_t i = 0; i < 200; i++) {
        struct env *e;
        setup_sim ((void **)&e);
        seed_state = i << 32;
        one_power_cut (e, &hash);
        teardown ((void **)&e);
    }
    return hash;
}

static void
a_power_cut_keeps_a_prefix_and_is_repeatable (void **state)
{
    assert_true (many_power_cuts () == many_power_cuts ());
}

static void
sim_io (struct env *e, struct trove_bstream_op *op)
{
    job_init (&op->job, e->reactor, ignore, NULL);
    trove_bstream_post (e->t, op);
    sim_run (e, sim_clock (NULL) + 50);
    assert_false (job_is_posted (&op->job));
    assert_int_equal (op->job.status, 0);
}

static void
a_power_cut_keeps_synced_bytes_and_any_of_the_others (void **state)
{
    unsigned outcomes = 0;
    for (uint64_t i = 0; i < 60; i++) {
        struct env *e;
        char buf[4];
        setup_sim ((void **)&e);
        seed_state = i << 32;
        open_env (e);
        struct iovec v = { "aaaa", 4 };
        struct trove_region r = { 0, 4 };
        struct trove_bstream_op op = { .kind = TROVE_WRITE,
                                       .fs = FS,
                                       .handle = 3,
                                       .regions = &r,
                                       .nregions = 1,
                                       .iov = &v,
                                       .niov = 1,
                                       .sync = true };
        sim_io (e, &op);
        for (int k = 0; k < 2; k++) {
            v = (struct iovec){ k ? "c" : "b", 1 };
            r = (struct trove_region){ k, 1 };
            op.sync = false;
            sim_io (e, &op);
        }
        trove_abandon (e->t);
        trove_mem_disk_power_off (e->disk, random_u64, NULL);
        open_env (e);
        v = (struct iovec){ buf, 4 };
        r = (struct trove_region){ 0, 4 };
        op.kind = TROVE_READ;
        sim_io (e, &op);
        assert_true ((buf[0] == 'a' || buf[0] == 'b') && (buf[1] == 'a' || buf[1] == 'c')
                     && buf[2] == 'a' && buf[3] == 'a');
        outcomes |= 1u << ((buf[0] == 'b') + 2 * (buf[1] == 'c'));
        teardown ((void **)&e);
    }
    assert_int_equal (outcomes, 15);
}

static void
an_idle_simulation_comes_to_rest (void **state)
{
    struct env *e = *state;
    struct sim_txn s = { .i = 1 };
    open_env (e);
    job_init (&s.op.job, e->reactor, ignore, NULL);
    s.op.body = sim_body;
    s.op.arg = &s;
    trove_txn_post (e->t, &s.op);
    sim_run (e, UINT64_MAX - 1);
    assert_true (reactor_sim_next_timer (e->reactor, false) == UINT64_MAX);
    assert_true (sim_now < 5 * NSEC_PER_SEC);
}

/* --- groups
 * ---------------------------------------------------------------------------------------------------------------------------------------
 */

#define T(SETUP, TEST)                                                     \
    {                                                                      \
#        TEST " (" #        SETUP ")", TEST, setup_##SETUP, teardown, NULL \
    }

#define KEY_TESTS(S)                                                                               \
    T (S, values_are_put_read_replaced_and_deleted), T (S, a_failing_body_changes_nothing),        \
        T (S, values_up_to_the_limit_fit), T (S, names_up_to_the_limit_fit),                       \
        T (S, iteration_is_in_key_order_and_stays_inside), T (S, an_iteration_may_look_elsewhere), \
        T (S, object_records_come_back_as_set),                                                    \
        T (S, a_read_only_operation_cannot_change_anything),                                       \
        T (S, sequences_rise_and_become_durable), T (S, flush_forces_even_without_sync_meta),      \
        T (S, keys_survive_a_restart), T (S, handles_are_never_given_twice),                       \
        T (S, a_chosen_handle_is_skipped), T (S, a_used_up_range_says_enospc),                     \
        T (S, statfs_tells_the_room)

#define STREAM_TESTS(S)                                                                       \
    T (S, a_stream_never_written_is_empty),                                                   \
        T (S, a_short_read_stops_at_the_end_and_gives_zeros_beyond),                          \
        T (S, lengths_that_disagree_are_refused), T (S, nothing_to_transfer_creates_nothing), T (S, holes_take_no_blocks), \
        T (S, the_time_of_the_last_write_is_kept_set_and_forgotten),                          \
        T (S, sync_reaches_the_disk_and_is_counted),                                          \
        T (S, all_streams_are_listed_also_one_that_is_going),                                       \
        T (S, a_rolled_back_removal_leaves_the_stream),                                       \
        T (S, a_removed_stream_goes_when_the_commit_is_durable)

#define DATA_TESTS(S)                                                                              \
    T (S, many_syncs_of_one_stream_share_their_fdatasyncs), T (S, random_list_io_matches_a_model), \
        T (S, parallel_writes_of_one_stream_all_arrive),                                           \
        T (S, a_hole_reads_as_zeros_and_size_is_logical)

int
main (void)
{
    const struct CMUnitTest dbpf[] = {
        KEY_TESTS (dbpf),
        STREAM_TESTS (dbpf),
        DATA_TESTS (dbpf),
        T (dbpf, below_the_reserve_only_shrinking_works),
        T (dbpf, sixty_four_syncing_creates_cost_at_most_sixteen_flushes),
        T (dbpf, nobody_wakes_up_when_nothing_is_dirty),
        T (dbpf, no_descriptor_leaks_and_the_cache_is_bounded),
        KEY_TESTS (dbpf_nosync),
        T (dbpf_nosync, without_sync_meta_the_log_is_flushed_within_a_second),
        STREAM_TESTS (directio),
        DATA_TESTS (directio),
        T (directio, below_the_reserve_only_shrinking_works),
        T (directio, no_descriptor_leaks_and_the_cache_is_bounded),
        STREAM_TESTS (null),
    };
    const struct CMUnitTest space[] = {
        T (space, an_existing_space_is_not_overwritten),
        T (space, a_missing_space_is_named),
        T (space, a_space_in_use_is_refused),
        T (space, a_newer_space_is_refused),
        T (space, an_older_space_is_refused),
        T (space, a_foreign_space_is_refused),
        T (space, another_spaces_data_folder_is_refused),
        T (filled_space, a_garbled_database_is_refused),
        T (filled_space, a_missing_log_is_refused),
        T (filled_space, a_missing_database_is_refused),
        T (filled_space, damage_found_later_fails_the_operation_only),
        T (space, a_removed_space_leaves_nothing),
        T (space, what_was_durable_survives_kill_9_whole),
        T (space, without_sync_meta_kill_9_loses_no_commit),
        T (space, an_interrupted_recovery_is_recovered),
    };
    const struct CMUnitTest mem[] = {
        KEY_TESTS (mem),
        STREAM_TESTS (mem),
        DATA_TESTS (mem),
        cmocka_unit_test (a_power_cut_keeps_a_prefix_and_is_repeatable),
        cmocka_unit_test (a_power_cut_keeps_synced_bytes_and_any_of_the_others),
        T (sim, an_idle_simulation_comes_to_rest),
    };
    int failed = cmocka_run_group_tests (dbpf, NULL, NULL);
    failed += cmocka_run_group_tests (space, NULL, NULL);
    failed += cmocka_run_group_tests (mem, NULL, NULL);
    return failed;
}
