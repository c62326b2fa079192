PINT_SOURCES += src/client/sysint/sys-io.h src/client/sysint/sys-io.c src/client/sysint/sys-io-plan.c \
	src/client/sysint/sys-io-target.c src/client/sysint/sys-truncate.c src/client/sysint/sys-unstuff.c
