# One target per family of decoders.  Without --enable-fuzz their main replays the files it is given.
if ENABLE_FUZZ
FUZZ_MAIN =
else
FUZZ_MAIN = test/fuzz/replay.c
endif

FUZZ_TARGETS += \
    test/fuzz/fuzz-bmi-header \
    test/fuzz/fuzz-request \
    test/fuzz/fuzz-response \
    test/fuzz/fuzz-record \
    test/fuzz/fuzz-pvfs-request \
    test/fuzz/fuzz-attributes \
    test/fuzz/fuzz-config \
    test/fuzz/fuzz-tab

test_fuzz_fuzz_bmi_header_SOURCES = test/fuzz/fuzz-bmi-header.c $(FUZZ_MAIN)
test_fuzz_fuzz_bmi_header_LDFLAGS = $(FUZZ_LINK)
test_fuzz_fuzz_request_SOURCES = test/fuzz/fuzz-request.c $(FUZZ_MAIN)
test_fuzz_fuzz_request_LDFLAGS = $(FUZZ_LINK)
test_fuzz_fuzz_response_SOURCES = test/fuzz/fuzz-response.c $(FUZZ_MAIN)
test_fuzz_fuzz_response_LDFLAGS = $(FUZZ_LINK)
test_fuzz_fuzz_record_SOURCES = test/fuzz/fuzz-record.c $(FUZZ_MAIN)
test_fuzz_fuzz_record_LDFLAGS = $(FUZZ_LINK)
test_fuzz_fuzz_pvfs_request_SOURCES = test/fuzz/fuzz-pvfs-request.c $(FUZZ_MAIN)
test_fuzz_fuzz_pvfs_request_LDFLAGS = $(FUZZ_LINK)
test_fuzz_fuzz_attributes_SOURCES = test/fuzz/fuzz-attributes.c $(FUZZ_MAIN)
test_fuzz_fuzz_attributes_LDFLAGS = $(FUZZ_LINK)
test_fuzz_fuzz_config_SOURCES = test/fuzz/fuzz-config.c $(FUZZ_MAIN)
test_fuzz_fuzz_config_LDFLAGS = $(FUZZ_LINK)
test_fuzz_fuzz_tab_SOURCES = test/fuzz/fuzz-tab.c $(FUZZ_MAIN)
test_fuzz_fuzz_tab_LDFLAGS = $(FUZZ_LINK)

# Writes the seeds anew, after a change of a format: test/fuzz/make-corpus test/fuzz/corpus
TEST_TOOLS += test/fuzz/make-corpus
test_fuzz_make_corpus_SOURCES = test/fuzz/make-corpus.c test/lib/proto-sample.c test/lib/proto-sample.h
test_fuzz_make_corpus_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/test/lib
