include_HEADERS += \
    include/pvfs2.h \
    include/pvfs2-types.h \
    include/pvfs2-sysint.h \
    include/pvfs2-ctx.h \
    include/pvfs2-request.h \
    include/pvfs2-util.h \
    include/pvfs2-mgmt.h \
    include/pvfs2-hint.h \
    include/pvfs2-debug.h \
    include/pvfs2-compat.h
