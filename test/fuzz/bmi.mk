FUZZ_TARGETS += test/fuzz/fuzz-bmi-header
test_fuzz_fuzz_bmi_header_SOURCES = test/fuzz/fuzz-bmi-header.c
test_fuzz_fuzz_bmi_header_LDFLAGS = $(FUZZ_LINK)
