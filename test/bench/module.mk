# The benchmark's programs; test/bench/run starts them.
TEST_TOOLS += \
    test/bench/file-io \
    test/bench/files \
    test/bench/library \
    test/bench/reference \
    test/lib/null-fuse
BENCH_COMMON = test/bench/bench.c test/bench/bench.h
test_bench_file_io_SOURCES = test/bench/file-io.c $(BENCH_COMMON)
test_bench_file_io_LDADD =
test_bench_files_SOURCES = test/bench/files.c $(BENCH_COMMON)
test_bench_files_LDADD =
test_bench_library_SOURCES = test/bench/library.c $(BENCH_COMMON)
test_bench_library_LDADD = $(CLIENT_LIBS)
test_bench_reference_SOURCES = test/bench/reference.c $(BENCH_COMMON)
test_bench_reference_LDADD = $(DB_LIBS)
test_lib_null_fuse_SOURCES = test/lib/null-fuse.c
test_lib_null_fuse_CPPFLAGS = $(AM_CPPFLAGS) $(FUSE_CFLAGS)
test_lib_null_fuse_LDADD = $(FUSE_LIBS)
