PINT_SOURCES += src/client/sysint/live-ops-api.c
