PINT_SOURCES += src/common/reactor/reactor.h src/common/reactor/reactor.c
