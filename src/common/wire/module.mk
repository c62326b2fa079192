PINT_SOURCES += src/common/wire/wire.h src/common/wire/wire.c src/common/wire/crc32c.c
