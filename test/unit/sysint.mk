UNIT_TESTS += test/unit/sysint-test
test_unit_sysint_test_SOURCES = test/unit/sysint-test.c
