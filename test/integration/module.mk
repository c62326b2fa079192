# Tests over real servers and TCP. CMocka programs, but suites of their own: they start clusters.
test_cluster_sources = test/lib/cluster.c test/lib/cluster.h

TEST_TOOLS += \
	doc/examples/event-loop \
	test/integration/ack-cost \
	test/integration/completion-test \
	test/integration/contract-compat-shared \
	test/integration/contract-compat-static \
	test/integration/contract-shared \
	test/integration/contract-static \
	test/integration/counts-test \
	test/integration/deadlock-stress \
	test/integration/deadlock-tcp \
	test/integration/faults-test \
	test/integration/io-random \
	test/integration/io-test \
	test/integration/lib-test \
	test/integration/params-test \
	test/integration/rules-test \
	test/integration/threads-test \
	test/integration/variants-test

test_integration_ack_cost_SOURCES = test/integration/ack-cost.c test/integration/instance.h $(test_cluster_sources)
doc_examples_event_loop_SOURCES = doc/examples/event-loop.c
doc_examples_event_loop_LDADD = $(CLIENT_LIBS)
test_integration_completion_test_SOURCES = test/integration/completion-test.c test/integration/lib.h $(test_cluster_sources)
test_integration_counts_test_SOURCES = test/integration/counts-test.c test/integration/lib.h $(test_cluster_sources)
test_integration_deadlock_stress_SOURCES = test/integration/deadlock-stress.c test/integration/instance.h $(test_cluster_sources)
test_integration_deadlock_tcp_SOURCES = test/integration/deadlock-tcp.c test/integration/instance.h $(test_cluster_sources)
test_integration_faults_test_SOURCES = test/integration/faults-test.c test/integration/lib.h $(test_cluster_sources)
test_integration_io_random_SOURCES = test/integration/io-random.c test/integration/lib.h test/unit/request-model.h $(test_cluster_sources)
test_integration_io_test_SOURCES = test/integration/io-test.c test/integration/lib.h $(test_cluster_sources)
test_integration_lib_test_SOURCES = test/integration/lib-test.c test/integration/lib.h $(test_cluster_sources)
test_integration_params_test_SOURCES = test/integration/params-test.c test/integration/lib.h $(test_cluster_sources)
test_integration_rules_test_SOURCES = test/integration/rules-test.c test/integration/lib.h $(test_cluster_sources)
test_integration_threads_test_SOURCES = test/integration/threads-test.c test/integration/lib.h $(test_cluster_sources)
test_integration_variants_test_SOURCES = test/integration/variants-test.c test/integration/lib.h $(test_cluster_sources)

# The contract, with both libraries; only the public one, and of the shared one only what it exports.
contract_sources = test/integration/contract-test.c test/integration/contract-prototypes.h test/integration/contract-facts.h \
	test/integration/lib.h $(test_cluster_sources)
contract_compat_sources = test/integration/contract-compat.c test/integration/lib.h $(test_cluster_sources)
test_integration_contract_static_SOURCES = $(contract_sources)
test_integration_contract_static_LDADD = $(CLIENT_LIBS) $(CMOCKA_LIBS)
test_integration_contract_compat_static_SOURCES = $(contract_compat_sources)
test_integration_contract_compat_static_LDADD = $(CLIENT_LIBS) $(CMOCKA_LIBS)
test_integration_contract_shared_SOURCES = $(contract_sources)
test_integration_contract_shared_LDADD = libpvfs2.la $(CMOCKA_LIBS)
test_integration_contract_shared_LDFLAGS = $(PINT_LDFLAGS) -no-install
test_integration_contract_compat_shared_SOURCES = $(contract_compat_sources)
test_integration_contract_compat_shared_LDADD = libpvfs2.la $(CMOCKA_LIBS)
test_integration_contract_compat_shared_LDFLAGS = $(PINT_LDFLAGS) -no-install
