PINT_SOURCES += src/common/object/object.h src/common/object/object.c
