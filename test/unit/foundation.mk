UNIT_TESTS += \
    test/unit/wire-test \
    test/unit/reactor-test \
    test/unit/job-test \
    test/unit/sched-test \
    test/unit/acl-test \
    test/unit/proto-test
test_unit_wire_test_SOURCES = test/unit/wire-test.c
test_unit_reactor_test_SOURCES = test/unit/reactor-test.c
test_unit_job_test_SOURCES = test/unit/job-test.c
test_unit_sched_test_SOURCES = test/unit/sched-test.c
test_unit_acl_test_SOURCES = test/unit/acl-test.c
test_unit_proto_test_SOURCES = test/unit/proto-test.c test/lib/proto-sample.c test/lib/proto-sample.h
test_unit_proto_test_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/test/lib
