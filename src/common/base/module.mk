PINT_SOURCES += src/common/base/base.h src/common/base/file.h src/common/base/list.h \
	src/common/base/hash.h src/common/base/hash.c \
	src/common/base/arena.h src/common/base/arena.c
