PINT_SOURCES += \
    src/common/error/error.c \
    src/common/error/error.h
