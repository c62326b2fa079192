# The deterministic simulation: the same object files as server and library.
sim_sources = \
	test/sim/world.c test/sim/world.h \
	test/sim/cluster.c test/sim/cluster.h

TEST_TOOLS += test/sim/sim test/sim/sim-deadlock test/sim/enum test/sim/linear
test_sim_sim_SOURCES = $(sim_sources) \
	test/sim/sim.c \
	test/sim/work.c test/sim/work.h \
	test/sim/judge.c \
	test/sim/finale.c \
	test/sim/back.c \
	test/sim/disks.c \
	test/sim/model.c test/sim/model.h
test_sim_sim_LDADD = $(SERVER_LIBS)
test_sim_sim_deadlock_SOURCES = $(sim_sources) test/sim/sim-deadlock.c
test_sim_sim_deadlock_LDADD = $(SERVER_LIBS)
test_sim_enum_SOURCES = $(sim_sources) \
	test/sim/enum.c test/sim/enum.h \
	test/sim/enum-id.c \
	test/sim/enum-judge.c \
	test/sim/enum-run.c \
	test/sim/names.c test/sim/names.h \
	test/sim/names-call.c test/sim/names-call.h \
	test/sim/back.c \
	test/sim/disks.c
test_sim_enum_LDADD = $(SERVER_LIBS)
test_sim_linear_SOURCES = $(sim_sources) \
	test/sim/linear-run.c \
	test/sim/linear.c test/sim/linear.h \
	test/sim/names.c test/sim/names.h \
	test/sim/names-call.c test/sim/names-call.h \
	test/sim/back.c \
	test/sim/disks.c
test_sim_linear_LDADD = $(SERVER_LIBS)
