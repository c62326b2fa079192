UNIT_TESTS += test/unit/flow-test
test_unit_flow_test_SOURCES = test/unit/flow-test.c
