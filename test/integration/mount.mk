# Helpers of the tests that go through a mount.
TEST_TOOLS += test/integration/counters test/integration/dir-walk test/integration/fsck-damage test/integration/fsx test/integration/many \
	test/integration/mount-tool test/integration/name-storm test/integration/pieces test/integration/storm
test_integration_fsx_SOURCES = test/integration/fsx.c
test_integration_fsx_LDADD =
test_integration_fsck_damage_SOURCES = test/integration/fsck-damage.c $(APPS_FSCK) $(APPS_PROGRESS) $(APPS_COMMON) $(APPS_FORMAT) $(APPS_SERVERS)
test_integration_fsck_damage_LDADD = $(PINT_LIBS)
test_integration_dir_walk_SOURCES = test/integration/dir-walk.c
test_integration_dir_walk_LDADD =
test_integration_storm_SOURCES = test/integration/storm.c
test_integration_storm_LDADD =
test_integration_counters_SOURCES = test/integration/counters.c
test_integration_counters_LDADD = $(CLIENT_LIBS)
test_integration_pieces_SOURCES = test/integration/pieces.c
test_integration_pieces_LDADD = $(CLIENT_LIBS)
test_integration_many_SOURCES = test/integration/many.c
test_integration_many_LDADD = -lpthread
test_integration_mount_tool_SOURCES = test/integration/mount-tool.c
test_integration_mount_tool_LDADD = -lpthread
test_integration_name_storm_SOURCES = test/integration/name-storm.c
test_integration_name_storm_LDADD =
