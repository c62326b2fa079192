/*
 * What PVFS_mgmt_setparam_* sets takes effect while the servers run, and what their samples tell of it.
 */
#include "lib.h"

#include <unistd.h>

#include "client/sysint/default-instance.h"
#include "client/sysint/server-calls.h"
#include "proto/ops/truncate.h"

enum { SERVERS = 2, KEYS = PVFS_PERF_ALL_KEYS, ROW = KEYS + 2, FILES = 30 };

static PVFS_BMI_addr_t servers[SERVERS];
static uint8_t block[1 << 20];

static int
setup (void **state)
{
    struct cluster_spec spec = { .nservers = SERVERS, .defaults = "    PerfUpdateInterval 20\n    PerfUpdateHistory 8\n" };
    int n = SERVERS;
    lib_up (&spec);
    OK (PVFS_mgmt_get_server_array (L.fs, PVFS_MGMT_IO_SERVER | PVFS_MGMT_META_SERVER, servers, &n));
    assert_int_equal (n, SERVERS);
    return 0;
}

/* --- calls ------------------------------------------------------------------------------------------------------------------- */

/* On all servers; what the first one that minds says of it. */
static int
set_as (PVFS_credential *cred, enum PVFS_server_param param, struct PVFS_mgmt_setparam_value *v)
{
    PVFS_error_details *d = PVFS_error_details_new (SERVERS);
    int r = PVFS_mgmt_setparam_all (L.fs, cred, param, v, d, NULL);
    if (r == -PVFS_EDETAIL)
        r = d->error[0].error;
    PVFS_error_details_free (d);
    return r;
}

static int
set (enum PVFS_server_param param, uint64_t value)
{
    struct PVFS_mgmt_setparam_value v = { .type = PVFS_MGMT_PARAM_TYPE_UINT64, .u.value = value };
    return set_as (&L.cred, param, &v);
}

static int
set_text (enum PVFS_server_param param, const char *text)
{
    struct PVFS_mgmt_setparam_value v = { .type = PVFS_MGMT_PARAM_TYPE_STRING, .u.string_value = (char *) text };
    return set_as (&L.cred, param, &v);
}

struct samples {
    int64_t rows[PVFS_PERF_SAMPLES_MAX][ROW];
    uint64_t end;
    uint32_t next;
    int n;
};

#define START(s, i)  ((s)->rows[i][KEYS])
#define LENGTH(s, i) ((s)->rows[i][KEYS + 1])

/* Of the first server, from next on. */
static void
sample (struct samples *s, uint32_t next, int rows)
{
    int64_t *matrix[1] = { s->rows[0] };
    int keys = KEYS;
    s->next = next;
    s->n = rows;
    OK (PVFS_mgmt_perf_mon_list (L.fs, &L.cred, PVFS_PERF_COUNTER, matrix, &s->end, servers, &s->next, 1, &keys, &s->n, NULL, NULL));
    assert_int_equal (keys, KEYS);
}

/* All servers together, now. */
static int64_t
count (int key)
{
    int64_t rows[SERVERS][ROW], *matrix[SERVERS], sum = 0;
    uint32_t next[SERVERS];
    int keys = KEYS, n = 1;
    for (int i = 0; i < SERVERS; i++) {
        matrix[i] = rows[i];
        next[i] = UINT32_MAX;
    }
    OK (PVFS_mgmt_perf_mon_list (L.fs, &L.cred, PVFS_PERF_COUNTER, matrix, NULL, servers, next, SERVERS, &keys, &n, NULL, NULL));
    for (int i = 0; i < SERVERS; i++)
        sum += rows[i][key];
    return sum;
}

static void
make_files (const char *prefix)
{
    char name[64];
    for (int i = 0; i < FILES; i++) {
        snprintf (name, sizeof name, "%s%d", prefix, i);
        lib_create (L.root, name, 0);
    }
}

/* --- durability -------------------------------------------------------------------------------------------------------------- */

static void
without_sync_meta_nobody_waits_for_the_log (void **state)
{
    int64_t before = count (PVFS_PERF_LOG_FLUSHES);
    make_files ("sync");
    assert_true (count (PVFS_PERF_LOG_FLUSHES) - before >= FILES);
    OK (set (PVFS_SERV_PARAM_SYNC_META, 0));
    before = count (PVFS_PERF_LOG_FLUSHES);
    double start = lib_now ();
    make_files ("lazy");
    /* each server flushes once a second all the same */
    assert_true (count (PVFS_PERF_LOG_FLUSHES) - before <= SERVERS * (3 + (int) (lib_now () - start)));
    OK (set (PVFS_SERV_PARAM_SYNC_META, 1));
    before = count (PVFS_PERF_LOG_FLUSHES);
    make_files ("again");
    assert_true (count (PVFS_PERF_LOG_FLUSHES) - before >= FILES);
}

static void
sync_meta_begins_with_what_was_not_yet_durable (void **state)
{
    OK (set (PVFS_SERV_PARAM_SYNC_META, 0));
    lib_create (L.root, "not yet", 0);
    int64_t before = count (PVFS_PERF_LOG_FLUSHES);
    OK (set (PVFS_SERV_PARAM_SYNC_META, 1));
    assert_true (count (PVFS_PERF_LOG_FLUSHES) > before);
}

static void
without_sync_data_a_write_is_not_synced (void **state)
{
    PVFS_object_ref f = lib_create (L.root, "data", 0);
    OK (set (PVFS_SERV_PARAM_SYNC_DATA, 1));
    int64_t before = count (PVFS_PERF_DATA_SYNCS);
    lib_write (f, 0, block, 4096);
    assert_true (count (PVFS_PERF_DATA_SYNCS) > before);
    OK (set (PVFS_SERV_PARAM_SYNC_DATA, 0));
    before = count (PVFS_PERF_DATA_SYNCS);
    lib_write (f, 0, block, 4096);
    lib_write (f, 0, block, sizeof block);
    assert_int_equal (count (PVFS_PERF_DATA_SYNCS), before);
    OK (set (PVFS_SERV_PARAM_SYNC_DATA, 1));
    before = count (PVFS_PERF_DATA_SYNCS);
    lib_write (f, 0, block, sizeof block);
    assert_true (count (PVFS_PERF_DATA_SYNCS) > before);
}

/* --- caches ------------------------------------------------------------------------------------------------------------------ */

static void
dropped_caches_are_empty_and_fill_again (void **state)
{
    PVFS_object_ref f = lib_create (L.root, "cached", 0);
    lib_write (f, 0, block, sizeof block);
    assert_true (count (PVFS_PERF_CACHED_KEYS) > 1000);
    assert_true (count (PVFS_PERF_OPEN_FILES) > 0);
    double limit = lib_now () + 20;
    do { /* what is in use stays: a sync, or a note of whose a datafile is, may run behind its answer */
        OK (set (PVFS_SERV_PARAM_DROP_CACHES, 1));
    } while ((count (PVFS_PERF_CACHED_KEYS) || count (PVFS_PERF_OPEN_FILES)) && lib_now () < limit);
    assert_int_equal (count (PVFS_PERF_CACHED_KEYS), 0);
    assert_int_equal (count (PVFS_PERF_OPEN_FILES), 0);
    assert_int_equal (lib_read (f, 0, block, sizeof block), sizeof block);
    assert_true (count (PVFS_PERF_CACHED_KEYS) > 0);
    assert_true (count (PVFS_PERF_OPEN_FILES) > 0);
}

/* --- samples ----------------------------------------------------------------------------------------------------------------- */

/* Asks until there are so many rows, or it has taken too long. */
static void
sample_until (struct samples *s, int rows)
{
    double limit = lib_now () + 20;
    do
        sample (s, 0, PVFS_PERF_SAMPLES_MAX);
    while (s->n < rows && lib_now () < limit);
    assert_true (s->n >= rows);
}

static void
samples_follow_each_other_at_the_interval_that_was_set (void **state)
{
    struct samples s;
    OK (set (PVFS_SERV_PARAM_PERF_INTERVAL, 5));
    OK (set (PVFS_SERV_PARAM_PERF_HISTORY, 1)); /* those of before are gone */
    OK (set (PVFS_SERV_PARAM_PERF_HISTORY, 12));
    sample_until (&s, 12);
    for (int i = 0; i + 1 < s.n; i++) {
        assert_int_equal (LENGTH (&s, i), 5);
        assert_true (START (&s, i + 1) >= START (&s, i) + 5);
    }
    assert_true (LENGTH (&s, s.n - 1) < 5);
    assert_int_equal (s.end, START (&s, s.n - 1) + LENGTH (&s, s.n - 1));
    OK (set (PVFS_SERV_PARAM_PERF_INTERVAL, 60000));
    sample (&s, UINT32_MAX, 1);
    uint32_t same = s.next;
    for (double until = lib_now () + 0.1; lib_now () < until;)
        sample (&s, UINT32_MAX, 1);
    assert_int_equal (s.next, same);
}

static void
as_many_samples_are_kept_as_were_set (void **state)
{
    struct samples s;
    OK (set (PVFS_SERV_PARAM_PERF_INTERVAL, 2));
    OK (set (PVFS_SERV_PARAM_PERF_HISTORY, 3));
    sample_until (&s, 3);
    uint32_t first = s.next;
    do
        sample (&s, 0, PVFS_PERF_SAMPLES_MAX);
    while (s.next < first + 20);
    assert_int_equal (s.n, 3);
    OK (set (PVFS_SERV_PARAM_PERF_HISTORY, 1));
    sample (&s, 0, PVFS_PERF_SAMPLES_MAX);
    assert_int_equal (s.n, 1);
    OK (set (PVFS_SERV_PARAM_PERF_HISTORY, 8));
}

static void
the_next_id_goes_on_where_the_last_call_ended (void **state)
{
    struct samples a, b;
    OK (set (PVFS_SERV_PARAM_PERF_HISTORY, 16));
    sample_until (&a, 8);
    sample (&a, 0, 3);
    assert_int_equal (a.n, 3);
    sample (&b, a.next, 3);
    assert_true (START (&b, 0) >= START (&a, 2) + LENGTH (&a, 2));
    assert_true (b.next > a.next);
}

static void
samples_hold_totals_and_what_is_not_there_is_zero (void **state)
{
    struct samples s;
    memset (&s, 0xff, sizeof s);
    OK (set (PVFS_SERV_PARAM_PERF_INTERVAL, 2));
    OK (set (PVFS_SERV_PARAM_PERF_HISTORY, 4));
    sample_until (&s, 4);
    for (int i = 0; i + 1 < s.n; i++)
        assert_true (s.rows[i + 1][PVFS_PERF_REQUESTS] >= s.rows[i][PVFS_PERF_REQUESTS]);
    for (int i = s.n; i < PVFS_PERF_SAMPLES_MAX; i++)
        for (int k = 0; k < ROW; k++)
            assert_int_equal (s.rows[i][k], 0);
}

static void
timers_know_each_operation (void **state)
{
    enum { WIDTH = PVFS_PERF_TIMER_COUNT * 4 + 2 };
    int64_t rows[SERVERS][2][WIDTH], *matrix[SERVERS];
    struct PVFS_perf_timer creates[2] = { 0 }, rmdirs[2] = { 0 };
    for (int round = 0; round < 2; round++) {
        uint32_t next[SERVERS];
        int keys = 99, n = 1;
        for (int i = 0; i < SERVERS; i++) {
            matrix[i] = rows[i][round];
            next[i] = UINT32_MAX;
        }
        OK (PVFS_mgmt_perf_mon_list (L.fs, &L.cred, PVFS_PERF_TIMER, matrix, NULL, servers, next, SERVERS, &keys, &n, NULL, NULL));
        assert_int_equal (keys, PVFS_PERF_TIMER_COUNT);
        for (int i = 0; i < SERVERS; i++) {
            const struct PVFS_perf_timer *t = (const void *) rows[i][round];
            creates[round].count += t[PVFS_PERF_TCREATE].count;
            creates[round].sum += t[PVFS_PERF_TCREATE].sum;
            rmdirs[round].count += t[PVFS_PERF_TRMDIR].count;
            assert_true (t[PVFS_PERF_TCREATE].min <= t[PVFS_PERF_TCREATE].max);
        }
        if (round == 0) {
            make_files ("timed");
            lib_mkdir (L.root, "timed dir");
            OK (PVFS_sys_remove ("timed dir", L.root, &L.cred, NULL));
        }
    }
    assert_int_equal (creates[1].count - creates[0].count, FILES);
    assert_true (creates[1].sum > creates[0].sum);
    assert_int_equal (rmdirs[1].count - rmdirs[0].count, 1);
}

/* --- events ------------------------------------------------------------------------------------------------------------------ */

static int
events_of (int op, int64_t uid)
{
    enum { EVENTS = 256 };
    static struct PVFS_mgmt_event events[SERVERS][EVENTS];
    struct PVFS_mgmt_event *matrix[SERVERS];
    int n = 0;
    for (int i = 0; i < SERVERS; i++)
        matrix[i] = events[i];
    OK (PVFS_mgmt_event_mon_list (L.fs, &L.cred, matrix, servers, SERVERS, EVENTS, NULL, NULL));
    for (int i = 0; i < SERVERS * EVENTS; i++) {
        const struct PVFS_mgmt_event *e = &events[i / EVENTS][i % EVENTS];
        n += e->flags == PVFS_EVENT_FLAG_START && e->operation == op && e->value == uid;
    }
    return n;
}

static void
disabled_events_are_not_noted (void **state)
{
    PVFS_credential other;
    OK (PVFS_util_gen_credential ("777", "777", 0, NULL, NULL, &other));
    OK (set_text (PVFS_SERV_PARAM_EVENT_DISABLE, "noop,create"));
    OK (PVFS_mgmt_noop (L.fs, &other, servers[0], NULL));
    OK (PVFS_mgmt_noop (L.fs, &other, servers[1], NULL));
    assert_int_equal (events_of (PROTO_noop, 777), 0);
    OK (set_text (PVFS_SERV_PARAM_EVENT_ENABLE, "all"));
    OK (PVFS_mgmt_noop (L.fs, &other, servers[0], NULL));
    assert_int_equal (events_of (PROTO_noop, 777), 1);
}

/* --- mode, timeouts ---------------------------------------------------------------------------------------------------------- */

static void
admin_mode_refuses_changes_but_for_repairs (void **state)
{
    PVFS_object_ref f = lib_create (L.root, "before", 0), none;
    int64_t got;
    OK (set (PVFS_SERV_PARAM_MODE, PVFS_SERVER_ADMIN_MODE));
    EXPECT (lib_try_create (L.root, "during", &none), -PVFS_EAGAIN);
    OK (lib_try_io (f, PVFS_IO_READ, 0, block, 10, &got));
    OK (PVFS_mgmt_remove_object (f, &L.cred, NULL));
    OK (set (PVFS_SERV_PARAM_MODE, PVFS_SERVER_NORMAL_MODE));
    OK (lib_try_create (L.root, "after", &none));
    EXPECT (set (PVFS_SERV_PARAM_MODE, 3), -PVFS_EINVAL);
}

/* A truncate with a capability that ended long ago. */
struct late {
    struct truncate_req q;
    struct proto_cap cap;
    struct server_call call;
    struct server_calls calls;
};

static sm_event
late_ask (struct sm *sm)
{
    struct late *l = sys_op_of (sm)->a.resp;
    sm_set_arg (sm, &l->calls);
    return SM_OK;
}

enum { LATE_ASK, LATE_CALL };
static const struct sm_state late_states[] = {
    RUN (LATE_ASK, late_ask, ON_OK (LATE_CALL), ON_FAIL (SM_DONE)),
    CALL (LATE_CALL, server_calls_sm, ALWAYS (SM_DONE)),
};
SM_MACHINE_FRAMELESS (late_sm, late_states);
static const struct sys_op_type late_type = { .name = "late", .machine = &late_sm };

static int
truncate_late (PVFS_handle datafile)
{
    struct client *c;
    PVFS_BMI_addr_t addr;
    OK (PVFS_mgmt_map_handle (L.fs, datafile, &addr));
    OK (instance_get (PVFS_CTX_DEFAULT, &c));
    struct sys_op *op = sys_op_new (c, &late_type, &L.cred);
    struct late l = { .q = { .handle = datafile, .size = 5 } };
    l.cap = (struct proto_cap){ .fs = (obj_fsid) L.fs, .metafile = 1, .mask = CAP_WRITE, .expiry = 1, .ndfiles = 1, .dfiles = &datafile };
    l.call = (struct server_call){ .alias = (unsigned) addr - 1, .proto_op = PROTO_truncate, .body = &l.q, .cap = &l.cap };
    l.calls = (struct server_calls){ &l.call, 1 };
    op->a.fs = L.fs;
    op->a.resp = &l;
    assert_int_equal (sys_op_run (op), 0);
    sys_op_free (op);
    instance_put (c);
    return l.call.error;
}

static void
expired_capabilities_are_good_while_timeouts_are_off (void **state)
{
    PVFS_object_ref f = lib_create (L.root, "late", 0);
    PVFS_handle datafile;
    lib_write (f, 0, block, 100);
    OK (PVFS_mgmt_get_dfile_array (f, &L.cred, &datafile, 1, NULL));
    assert_int_equal (truncate_late (datafile), -EAGAIN);
    OK (set (PVFS_SERV_PARAM_TURN_OFF_TIMEOUTS, 1));
    assert_int_equal (truncate_late (datafile), 0);
    OK (set (PVFS_SERV_PARAM_TURN_OFF_TIMEOUTS, 0));
    assert_int_equal (truncate_late (datafile), -EAGAIN);
}

/* --- handles ----------------------------------------------------------------------------------------------------------------- */

static void
reserved_handles_come_in_pages_and_end (void **state)
{
    enum { PAGE = 100, PAGES = 1000 };
    static PVFS_handle all[PAGE * PAGES], *matrix[1];
    PVFS_ds_position at = PVFS_ITERATE_START;
    int total = 0, pages = 0;
    lib_create (L.root, "reserves", 0); /* pools are full by now */
    while (at != PVFS_ITERATE_END) {
        int n = PAGE;
        assert_true (++pages < PAGES);
        matrix[0] = &all[total];
        OK (PVFS_mgmt_iterate_handles_list (L.fs, &L.cred, matrix, &n, &at, servers, 1, PVFS_MGMT_RESERVED, NULL, NULL));
        total += n;
    }
    assert_true (total > PAGE);
    for (int i = 1; i < total; i++)
        for (int k = i > 3 * PAGE ? i - 3 * PAGE : 0; k < i; k++)
            assert_true (all[i] != all[k]);
}

/* --- what is refused --------------------------------------------------------------------------------------------------------- */

static void
senseless_values_are_refused_and_change_nothing (void **state)
{
    EXPECT (set (PVFS_SERV_PARAM_INVALID, 1), -PVFS_EINVAL);
    EXPECT (set ((enum PVFS_server_param) 13, 1), -PVFS_EINVAL);
    EXPECT (set ((enum PVFS_server_param) 99999, 1), -PVFS_EINVAL);
    EXPECT (set (PVFS_SERV_PARAM_PERF_HISTORY, 0), -PVFS_EINVAL);
    EXPECT (set (PVFS_SERV_PARAM_PERF_HISTORY, 65537), -PVFS_EINVAL);
    EXPECT (set (PVFS_SERV_PARAM_PERF_INTERVAL, 0), -PVFS_EINVAL);
    EXPECT (set (PVFS_SERV_PARAM_PERF_INTERVAL, UINT64_MAX), -PVFS_EINVAL);
    EXPECT (set (PVFS_SERV_PARAM_SYNC_META, 2), -PVFS_EINVAL);
    EXPECT (set (PVFS_SERV_PARAM_SYNC_DATA, 2), -PVFS_EINVAL);
    EXPECT (set (PVFS_SERV_PARAM_TURN_OFF_TIMEOUTS, 2), -PVFS_EINVAL);
    EXPECT (set (PVFS_SERV_PARAM_EVENT_ENABLE, 1), -PVFS_EINVAL);
    EXPECT (set_text (PVFS_SERV_PARAM_EVENT_DISABLE, "noop,no-such-operation"), -PVFS_EINVAL);
    PVFS_credential other;
    OK (PVFS_util_gen_credential ("778", "778", 0, NULL, NULL, &other));
    OK (PVFS_mgmt_noop (L.fs, &other, servers[0], NULL));
    assert_int_equal (events_of (PROTO_noop, 778), 1);
}

static void
only_root_may_set (void **state)
{
    PVFS_credential other;
    struct PVFS_mgmt_setparam_value v = { .type = PVFS_MGMT_PARAM_TYPE_UINT64, .u.value = 1 };
    OK (PVFS_util_gen_credential ("777", "777", 0, NULL, NULL, &other));
    EXPECT (set_as (&other, PVFS_SERV_PARAM_DROP_CACHES, &v), -PVFS_EPERM);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (without_sync_meta_nobody_waits_for_the_log),
        cmocka_unit_test (sync_meta_begins_with_what_was_not_yet_durable),
        cmocka_unit_test (without_sync_data_a_write_is_not_synced),
        cmocka_unit_test (dropped_caches_are_empty_and_fill_again),
        cmocka_unit_test (samples_follow_each_other_at_the_interval_that_was_set),
        cmocka_unit_test (as_many_samples_are_kept_as_were_set),
        cmocka_unit_test (the_next_id_goes_on_where_the_last_call_ended),
        cmocka_unit_test (samples_hold_totals_and_what_is_not_there_is_zero),
        cmocka_unit_test (timers_know_each_operation),
        cmocka_unit_test (disabled_events_are_not_noted),
        cmocka_unit_test (admin_mode_refuses_changes_but_for_repairs),
        cmocka_unit_test (expired_capabilities_are_good_while_timeouts_are_off),
        cmocka_unit_test (reserved_handles_come_in_pages_and_end),
        cmocka_unit_test (senseless_values_are_refused_and_change_nothing),
        cmocka_unit_test (only_root_may_set),
    };
    return cmocka_run_group_tests (tests, setup, lib_teardown);
}
