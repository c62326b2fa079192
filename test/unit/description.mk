UNIT_TESTS += \
    test/unit/request-test \
    test/unit/req-state-test \
    test/unit/dist-test \
    test/unit/error-test \
    test/unit/hint-test
test_unit_request_test_SOURCES = test/unit/request-test.c test/unit/request-model.h
test_unit_req_state_test_SOURCES = test/unit/req-state-test.c test/unit/request-model.h
test_unit_dist_test_SOURCES = test/unit/dist-test.c
test_unit_error_test_SOURCES = test/unit/error-test.c
test_unit_hint_test_SOURCES = test/unit/hint-test.c
