PINT_SOURCES += src/io/flow/flow.h src/io/flow/flow-impl.h src/io/flow/flow.c \
	src/io/flow/flow-receive.c src/io/flow/flow-send.c src/io/flow/flow-pool.c \
	src/io/flow/mem-bmi.c
PINT_SERVER_SOURCES += src/io/flow/bmi-trove.c
