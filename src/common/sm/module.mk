PINT_SOURCES += src/common/sm/sm.h src/common/sm/sm.c src/common/sm/sm-check.c
