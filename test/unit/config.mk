UNIT_TESTS += \
    test/unit/config-test \
    test/unit/gossip-test \
    test/unit/tab-test
test_unit_config_test_SOURCES = test/unit/config-test.c
test_unit_gossip_test_SOURCES = test/unit/gossip-test.c
test_unit_tab_test_SOURCES = test/unit/tab-test.c
