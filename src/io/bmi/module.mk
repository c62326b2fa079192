PINT_SOURCES += src/io/bmi/bmi.h src/io/bmi/bmi-method.h src/io/bmi/bmi.c \
	src/io/bmi/header.c src/io/bmi/send.c src/io/bmi/receive.c \
	src/io/bmi/bmi_tcp/bmi-tcp.c src/io/bmi/bmi_mem/bmi-mem.c
