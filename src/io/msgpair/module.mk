PINT_SOURCES += src/io/msgpair/msgpair.h src/io/msgpair/msgpair.c
