UNIT_TESTS += test/unit/trove-test
test_unit_trove_test_SOURCES = test/unit/trove-test.c
