UNIT_TESTS += test/unit/bmi-test
test_unit_bmi_test_SOURCES = test/unit/bmi-test.c
