PINT_SERVER_SOURCES += src/common/security/security.h src/common/security/security.c
