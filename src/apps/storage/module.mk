# Tools for storage spaces and configurations; they need no running server.
APPS_OFFLINE = \
    src/apps/common/tool.h \
    $(TOOL_SOURCES) \
    src/apps/storage/collection.c \
    src/apps/storage/collection.h \
    src/apps/storage/offline.c \
    src/apps/storage/offline.h
APPS_SHOW = src/apps/storage/show.c src/apps/storage/show.h $(APPS_FORMAT)

bin_PROGRAMS += \
    pvfs2-check-config \
    pvfs2-db-display \
    pvfs2-migrate-collection \
    pvfs2-mkspace \
    pvfs2-rmspace \
    pvfs2-showcoll \
    pvfs2-start-all \
    pvfs2-stop-all

pvfs2_check_config_SOURCES = src/apps/storage/pvfs2-check-config.c src/apps/common/tool.h $(TOOL_SOURCES) $(APPS_FORMAT)
pvfs2_check_config_LDADD = $(PINT_LIBS)
pvfs2_db_display_SOURCES = src/apps/storage/pvfs2-db-display.c $(APPS_OFFLINE) $(APPS_SHOW)
pvfs2_db_display_LDADD = $(SERVER_LIBS)
pvfs2_migrate_collection_SOURCES = src/apps/storage/pvfs2-migrate-collection.c $(APPS_OFFLINE)
pvfs2_migrate_collection_LDADD = $(SERVER_LIBS)
pvfs2_mkspace_SOURCES = src/apps/storage/pvfs2-mkspace.c $(APPS_OFFLINE)
pvfs2_mkspace_LDADD = $(SERVER_LIBS)
pvfs2_rmspace_SOURCES = src/apps/storage/pvfs2-rmspace.c $(APPS_OFFLINE)
pvfs2_rmspace_LDADD = $(SERVER_LIBS)
pvfs2_showcoll_SOURCES = src/apps/storage/pvfs2-showcoll.c $(APPS_OFFLINE) $(APPS_SHOW)
pvfs2_showcoll_LDADD = $(SERVER_LIBS)

APPS_EVERYWHERE = \
    src/apps/common/tool.h \
    $(TOOL_SOURCES) \
    src/apps/storage/everywhere.c \
    src/apps/storage/everywhere.h
pvfs2_start_all_SOURCES = src/apps/storage/pvfs2-start-all.c $(APPS_EVERYWHERE)
pvfs2_start_all_LDADD = $(PINT_LIBS)
pvfs2_stop_all_SOURCES = src/apps/storage/pvfs2-stop-all.c $(APPS_EVERYWHERE)
pvfs2_stop_all_LDADD = $(PINT_LIBS)
