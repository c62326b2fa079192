PINT_SOURCES += src/io/msgpair/msgpair.h src/io/msgpair/msgpair.c src/io/msgpair/journal.h src/io/msgpair/journal.c
