PINT_SOURCES += \
    src/io/description/dist.c src/io/description/dist-twod-stripe.c src/io/description/dist-varstrip.c \
    src/io/description/dist.h \
    src/io/description/req-state.c \
    src/io/description/req-state.h \
    src/io/description/request.c \
    src/io/description/request.h \
    src/io/description/request-codec.c \
    src/io/description/request-codec.h \
    src/io/description/sys-dist.c
