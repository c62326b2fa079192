UNIT_TESTS += test/unit/base-test
test_unit_base_test_SOURCES = test/unit/base-test.c
