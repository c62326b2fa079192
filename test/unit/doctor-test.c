/* doctor: what pvfs2-doctor thinks of servers, for states of a cluster that no test could bring about. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "apps/admin/doctor.h"

enum { N = 4 };

/* A healthy cluster of N servers, of version 1.0. */
struct cluster {
    struct survey_server servers[N];
    struct survey survey;
    struct diagnoses found;
};

static struct cluster *
cluster_new (void)
{
    static char *const names[N] = { "tcp://a:3334", "tcp://b:3334", "tcp://c:3334", "tcp://d:3334" };
    struct cluster *c = calloc (1, sizeof *c);
    assert_non_null (c);
    for (int i = 0; i < N; i++) {
        c->servers[i] = (struct survey_server){
            .server = { .name = names[i] },
            .st = { .bytes_total = (PVFS_size)1 << 40, .bytes_available = (PVFS_size)1 << 39, .config_epoch = 7, .key_mark = 9 },
            .ahead_ns = 1000000, .ahead_error_ns = 1000000,
        };
        strcpy (c->servers[i].st.version, "1.0");
    }
    c->survey = (struct survey){ .list = c->servers, .n = N };
    return c;
}

/* That there are just so many findings, the first one of that kind, there, with that text in its cause. */
static void
expect (struct cluster *c, size_t n, enum diagnosis_kind kind, const char *where, const char *cause)
{
    judge_servers (&c->survey, NULL, "1.0", &c->found);
    assert_int_equal (c->found.n, n);
    if (n > 0) {
        assert_string_equal (diagnosis_name (c->found.list[0].kind), diagnosis_name (kind));
        assert_string_equal (c->found.list[0].where, where);
        if (strstr (c->found.list[0].cause, cause) == NULL)
            fail_msg ("'%s' is not in '%s'", cause, c->found.list[0].cause);
        assert_true (strlen (c->found.list[0].remedy) > 0);
    }
    diagnoses_free (&c->found);
    free (c);
}

static void
health_is_nothing (void **state)
{
    expect (cluster_new (), 0, 0, "", "");
}

static void
one_config_differs (void **state)
{
    struct cluster *c = cluster_new ();
    c->servers[0].st.config_epoch = 8;
    expect (c, 1, DIAGNOSIS_CONFIG, "tcp://a:3334", "another configuration than tcp://b:3334");
}

static void
one_key_differs (void **state)
{
    struct cluster *c = cluster_new ();
    c->servers[3].st.key_mark = 8;
    expect (c, 1, DIAGNOSIS_CONFIG, "tcp://d:3334", "SecretKey");
}

static void
one_version_differs (void **state)
{
    struct cluster *c = cluster_new ();
    strcpy (c->servers[2].st.version, "0.9");
    expect (c, 1, DIAGNOSIS_VERSION, "tcp://c:3334", "it is of version 0.9, and tcp://a:3334 of 1.0");
}

static void
tools_differ (void **state)
{
    struct cluster *c = cluster_new ();
    for (int i = 0; i < N; i++)
        strcpy (c->servers[i].st.version, "1.1");
    expect (c, 1, DIAGNOSIS_VERSION, "this machine", "of version 1.0, the servers of 1.1");
}

static void
a_clock_is_ahead (void **state)
{
    struct cluster *c = cluster_new ();
    c->servers[1].ahead_ns = 2500 * (int64_t)NSEC_PER_MSEC;
    expect (c, 1, DIAGNOSIS_CLOCK, "tcp://b:3334", "2.500 s ahead of this machine's");
}

static void
a_clock_is_behind (void **state)
{
    struct cluster *c = cluster_new ();
    c->servers[1].ahead_ns = -3600 * (int64_t)NSEC_PER_SEC;
    expect (c, 1, DIAGNOSIS_CLOCK, "tcp://b:3334", "3600.000 s behind this machine's");
}

static void
this_clock_is_wrong (void **state)
{
    struct cluster *c = cluster_new ();
    for (int i = 0; i < N; i++)
        c->servers[i].ahead_ns = 60 * (int64_t)NSEC_PER_SEC + i;
    expect (c, 1, DIAGNOSIS_CLOCK, "this machine", "60.000 s behind that of all servers");
}

/* What may be due to a slow answer is no fault of a clock. */
static void
a_slow_answer_is_no_skew (void **state)
{
    struct cluster *c = cluster_new ();
    c->servers[1].ahead_ns = 4 * (int64_t)NSEC_PER_SEC;
    c->servers[1].ahead_error_ns = 3500 * (int64_t)NSEC_PER_MSEC;
    expect (c, 0, 0, "", "");
}

static void
a_disk_is_full (void **state)
{
    struct cluster *c = cluster_new ();
    c->servers[1].st.bytes_available = (PVFS_size)10 << 20;
    expect (c, 1, DIAGNOSIS_SPACE, "tcp://b:3334", "is full (10.0M free)");
}

static void
a_disk_is_nearly_full (void **state)
{
    struct cluster *c = cluster_new ();
    c->servers[1].st.bytes_available = ((PVFS_size)1 << 40) / 25;
    expect (c, 1, DIAGNOSIS_SPACE, "tcp://b:3334", "nearly full");
}

static void
a_disk_is_well_used (void **state)
{
    struct cluster *c = cluster_new ();
    c->servers[1].st.bytes_available = ((PVFS_size)1 << 40) / 16;
    expect (c, 0, 0, "", "");
}

static void
admin_mode (void **state)
{
    struct cluster *c = cluster_new ();
    c->servers[1].st.mode = PVFS_SERVER_IS_ADMIN;
    expect (c, 1, DIAGNOSIS_MODE, "tcp://b:3334", "admin mode");
}

static void
frozen (void **state)
{
    struct cluster *c = cluster_new ();
    c->servers[1].st.mode = PVFS_SERVER_IS_FROZEN;
    expect (c, 1, DIAGNOSIS_MODE, "tcp://b:3334", "pvfs2-fsck");
}

/* Those that do not answer say nothing: neither of versions nor of clocks. */
static void
silent_servers_are_not_judged (void **state)
{
    struct cluster *c = cluster_new ();
    c->servers[0].error = -PVFS_EHOSTUNREACH;
    c->servers[0].st = (struct PVFS_mgmt_server_stat){ 0 };
    c->servers[0].ahead_ns = INT64_MIN / 2;
    expect (c, 0, 0, "", "");
}

static void
what_stays_unfinished (void **state)
{
    struct cluster *c = cluster_new (), *before = cluster_new ();
    c->servers[1].st.intents = 3;
    judge_servers (&c->survey, &before->survey, "1.0", &c->found);
    assert_int_equal (c->found.n, 0); /* it was not there a moment ago */
    before->servers[1].st.intents = 3;
    judge_servers (&c->survey, &before->survey, "1.0", &c->found);
    assert_int_equal (c->found.n, 1);
    assert_int_equal (c->found.list[0].kind, DIAGNOSIS_UNFINISHED);
    diagnoses_free (&c->found);
    free (before);
    free (c);
}

int
main (void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test (health_is_nothing),        cmocka_unit_test (one_config_differs),
        cmocka_unit_test (one_key_differs),          cmocka_unit_test (one_version_differs),
        cmocka_unit_test (tools_differ),             cmocka_unit_test (a_clock_is_ahead),
        cmocka_unit_test (a_clock_is_behind),        cmocka_unit_test (this_clock_is_wrong),
        cmocka_unit_test (a_slow_answer_is_no_skew), cmocka_unit_test (a_disk_is_full),
        cmocka_unit_test (a_disk_is_nearly_full),    cmocka_unit_test (a_disk_is_well_used),
        cmocka_unit_test (admin_mode),               cmocka_unit_test (frozen),
        cmocka_unit_test (silent_servers_are_not_judged), cmocka_unit_test (what_stays_unfinished),
    };
    return cmocka_run_group_tests_name ("doctor", tests, NULL, NULL);
}
