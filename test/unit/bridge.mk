UNIT_TESTS += test/unit/bridge-test
test_unit_bridge_test_SOURCES = test/unit/bridge-test.c \
	src/kernel-bridge/control.c src/kernel-bridge/mount-options.c src/kernel-bridge/nodes.c src/kernel-bridge/slots.c
test_unit_bridge_test_LDADD = $(LDADD) -lm
