PINT_SOURCES += \
    src/common/tab/resolve.c \
    src/common/tab/tab.c \
    src/common/tab/tab.h
