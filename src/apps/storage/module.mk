# Tools for storage spaces and configurations; they need no running server.
APPS_OFFLINE = \
    src/apps/common/tool.c \
    src/apps/common/tool.h \
    src/apps/storage/offline.c \
    src/apps/storage/offline.h

bin_PROGRAMS += \
    pvfs2-migrate-collection

pvfs2_migrate_collection_SOURCES = src/apps/storage/pvfs2-migrate-collection.c $(APPS_OFFLINE)
pvfs2_migrate_collection_LDADD = $(SERVER_LIBS)
