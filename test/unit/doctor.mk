UNIT_TESTS += test/unit/doctor-test
test_unit_doctor_test_SOURCES = test/unit/doctor-test.c src/apps/admin/doctor-judge.c src/apps/admin/doctor.h $(TOOL_SOURCES)
