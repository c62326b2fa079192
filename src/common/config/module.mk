PINT_SOURCES += \
    src/common/config/build.c \
    src/common/config/config.c \
    src/common/config/config.h \
    src/common/config/option-table.c \
    src/common/config/option-table.h \
    src/common/config/read-tree.c \
    src/common/config/review.c \
    src/common/config/write.c
