UNIT_TESTS += test/unit/sys-io-test
test_unit_sys_io_test_SOURCES = test/unit/sys-io-test.c test/unit/sys-io-servers.h test/unit/request-model.h
