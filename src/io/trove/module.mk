PINT_SERVER_SOURCES += src/io/trove/trove.h src/io/trove/trove-impl.h src/io/trove/trove.c \
	src/io/trove/handles.c src/io/trove/regions.c \
	src/io/trove/dbpf/dbpf.h src/io/trove/dbpf/dbpf.c src/io/trove/dbpf/db.h src/io/trove/dbpf/db.c \
	src/io/trove/dbpf/space.h src/io/trove/dbpf/space.c src/io/trove/dbpf/keys.c \
	src/io/trove/dbpf/cache.h src/io/trove/dbpf/cache.c src/io/trove/dbpf/executor.c src/io/trove/dbpf/flusher.c src/io/trove/dbpf/workers.c \
	src/io/trove/dbpf/files.c src/io/trove/dbpf/bstream.c src/io/trove/dbpf/direct.c \
	src/io/trove/dbpf/null.c src/io/trove/dbpf/offline.c
PINT_SERVER_SOURCES += src/io/trove/mem/mem.c src/io/trove/mem/disk.h src/io/trove/mem/disk.c \
	src/io/trove/mem/image.h src/io/trove/mem/image.c \
	src/io/trove/mem/tree.h src/io/trove/mem/tree.c
