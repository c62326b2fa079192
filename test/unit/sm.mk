# Every machine of every archive is wanted, not only those that the test calls: whole archives, beside libtool.
UNIT_TESTS += test/unit/sm-test
test_unit_sm_test_SOURCES = test/unit/sm-test.c
test_unit_sm_test_LDFLAGS = $(AM_LDFLAGS) -Wl,--whole-archive,.libs/libpint.a,.libs/libpint-server.a,--no-whole-archive
test_unit_sm_test_LDADD = $(DB_LIBS) $(AIO_LIBS) $(CRYPTO_LIBS) $(CMOCKA_LIBS) -lpthread
test_unit_sm_test_DEPENDENCIES = libpint.la libpint-server.la
