PINT_SOURCES += \
    src/common/hint/hint.c \
    src/common/hint/hint.h
