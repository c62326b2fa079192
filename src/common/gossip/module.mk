PINT_SOURCES += \
    src/common/gossip/gossip.c \
    src/common/gossip/gossip.h \
    src/common/gossip/keywords.c
