# The command line tools. What they share has no flags of its own, so it is compiled once for all.
APPS_COMMON = \
    src/apps/common/session.c \
    src/apps/common/session.h \
    src/apps/common/tool.h \
    $(TOOL_SOURCES)
APPS_FORMAT = src/apps/common/format.c src/apps/common/format.h
APPS_FIELDS = src/apps/common/fields.c src/apps/common/fields.h $(APPS_FORMAT)
APPS_PROGRESS = src/apps/common/progress.c src/apps/common/progress.h
APPS_SERVERS = src/apps/common/servers.c src/apps/common/servers.h
APPS_SURVEY = src/apps/admin/survey.c src/apps/admin/survey.h $(APPS_SERVERS)
APPS_PARTS = src/apps/common/parts.c src/apps/common/parts.h
APPS_CP = \
    src/apps/user/cp.h \
    src/apps/user/cp-file.c \
    src/apps/user/cp-item.c \
    src/apps/user/cp-start.c \
    src/apps/user/cp-tree.c \
    src/apps/user/cp-twins.c \
    src/apps/common/transfer.c \
    src/apps/common/transfer.h \
    $(APPS_PROGRESS) $(APPS_FORMAT) $(APPS_COMMON)
APPS_SET = src/apps/admin/set-params.c src/apps/admin/set-params.h $(APPS_COMMON) $(APPS_SERVERS)
APPS_FSCK = \
    src/apps/admin/fsck.h \
    src/apps/admin/fsck-check.c \
    src/apps/admin/fsck-gather.c \
    src/apps/admin/fsck-kinds.c \
    src/apps/admin/fsck-kinds.def \
    src/apps/admin/fsck-look.c \
    src/apps/admin/fsck-repair.c \
    src/apps/admin/fsck-report.c \
    src/apps/admin/fsck-table.c \
    src/apps/admin/fsck-walk.c

bin_PROGRAMS += \
    pvfs2 \
    pvfs2-cp \
    pvfs2-ls \
    pvfs2-rm \
    pvfs2-mkdir \
    pvfs2-touch \
    pvfs2-stat \
    pvfs2-chmod \
    pvfs2-chown \
    pvfs2-ln \
    pvfs2-mv \
    pvfs2-truncate \
    pvfs2-viewdist \
    pvfs2-setdirhint \
    pvfs2-xattr \
    pvfs2-genconfig \
    pvfs2-statfs \
    pvfs2-status \
    pvfs2-doctor \
    pvfs2-ping \
    pvfs2-ops \
    pvfs2-fsck \
    pvfs2-validate \
    pvfs2-set-debugmask \
    pvfs2-set-eventmask \
    pvfs2-set-mode \
    pvfs2-set-perf-history \
    pvfs2-set-perf-interval \
    pvfs2-set-sync \
    pvfs2-set-turn-off-timeouts \
    pvfs2-drop-caches \
    pvfs2-perf-mon \
    pvfs2-event-mon \
    pvfs2-get-uid \
    pvfs2-remove-object \
    pvfs2-check-server \
    pvfs2-dump \
    pvfs2-fs-dump \
    pvfs2-perror \
    pvfs2-lsplus \
    pvfs2-write

pvfs2_SOURCES = src/apps/user/pvfs2.c $(TOOL_SOURCES)
pvfs2_LDADD = $(CLIENT_LIBS)
pvfs2_genconfig_SOURCES = src/apps/admin/pvfs2-genconfig.c $(TOOL_SOURCES)
pvfs2_genconfig_LDADD = $(PINT_LIBS)
pvfs2_cp_SOURCES = src/apps/user/pvfs2-cp.c $(APPS_CP)
pvfs2_cp_LDADD = $(CLIENT_LIBS)
pvfs2_ls_SOURCES = src/apps/user/pvfs2-ls.c $(APPS_COMMON) $(APPS_FIELDS) $(APPS_PARTS)
pvfs2_ls_LDADD = $(CLIENT_LIBS)
pvfs2_rm_SOURCES = src/apps/user/pvfs2-rm.c $(APPS_PROGRESS) $(APPS_FORMAT) $(APPS_COMMON)
pvfs2_rm_LDADD = $(CLIENT_LIBS)
pvfs2_mkdir_SOURCES = src/apps/user/pvfs2-mkdir.c $(APPS_COMMON) $(APPS_FORMAT)
pvfs2_mkdir_LDADD = $(CLIENT_LIBS)
pvfs2_touch_SOURCES = src/apps/user/pvfs2-touch.c $(APPS_SERVERS) $(APPS_COMMON)
pvfs2_touch_LDADD = $(CLIENT_LIBS)
pvfs2_stat_SOURCES = src/apps/user/pvfs2-stat.c $(APPS_COMMON) $(APPS_FIELDS) $(APPS_PARTS)
pvfs2_stat_LDADD = $(CLIENT_LIBS)
pvfs2_chmod_SOURCES = src/apps/user/pvfs2-chmod.c $(APPS_COMMON) $(APPS_FORMAT)
pvfs2_chmod_LDADD = $(CLIENT_LIBS)
pvfs2_chown_SOURCES = src/apps/user/pvfs2-chown.c $(APPS_COMMON)
pvfs2_chown_LDADD = $(CLIENT_LIBS)
pvfs2_ln_SOURCES = src/apps/user/pvfs2-ln.c $(APPS_COMMON)
pvfs2_ln_LDADD = $(CLIENT_LIBS)
pvfs2_mv_SOURCES = src/apps/user/pvfs2-mv.c $(APPS_COMMON)
pvfs2_mv_LDADD = $(CLIENT_LIBS)
pvfs2_truncate_SOURCES = src/apps/user/pvfs2-truncate.c $(APPS_COMMON)
pvfs2_truncate_LDADD = $(CLIENT_LIBS)
pvfs2_viewdist_SOURCES = src/apps/user/pvfs2-viewdist.c $(APPS_COMMON) $(APPS_FORMAT)
pvfs2_viewdist_LDADD = $(CLIENT_LIBS)
pvfs2_setdirhint_SOURCES = src/apps/user/pvfs2-setdirhint.c $(APPS_COMMON)
pvfs2_setdirhint_LDADD = $(PINT_LIBS)
pvfs2_xattr_SOURCES = src/apps/user/pvfs2-xattr.c $(APPS_COMMON)
pvfs2_xattr_LDADD = $(CLIENT_LIBS)
pvfs2_statfs_SOURCES = src/apps/admin/pvfs2-statfs.c $(APPS_COMMON) $(APPS_FORMAT) $(APPS_SERVERS)
pvfs2_statfs_LDADD = $(CLIENT_LIBS)
pvfs2_status_SOURCES = src/apps/admin/pvfs2-status.c $(APPS_SURVEY) $(APPS_COMMON) $(APPS_FORMAT)
pvfs2_status_LDADD = $(CLIENT_LIBS)
pvfs2_doctor_SOURCES = \
    src/apps/admin/pvfs2-doctor.c \
    src/apps/admin/doctor.h \
    src/apps/admin/doctor-judge.c \
    src/apps/admin/doctor-local.c \
    src/apps/admin/doctor-reach.c \
    $(APPS_SURVEY) $(APPS_COMMON) $(APPS_FORMAT)
pvfs2_doctor_LDADD = $(PINT_LIBS)
pvfs2_ping_SOURCES = src/apps/admin/pvfs2-ping.c $(APPS_COMMON) $(APPS_SERVERS)
pvfs2_ping_LDADD = $(CLIENT_LIBS)
pvfs2_ops_SOURCES = src/apps/admin/pvfs2-ops.c $(APPS_COMMON) $(APPS_FORMAT) $(APPS_SERVERS)
pvfs2_ops_LDADD = $(CLIENT_LIBS)
pvfs2_set_debugmask_SOURCES = src/apps/admin/pvfs2-set-debugmask.c $(APPS_SET)
pvfs2_set_debugmask_LDADD = $(CLIENT_LIBS)
pvfs2_fsck_SOURCES = src/apps/admin/pvfs2-fsck.c $(APPS_FSCK) $(APPS_PROGRESS) $(APPS_COMMON) $(APPS_FORMAT) $(APPS_SERVERS)
pvfs2_fsck_LDADD = $(PINT_LIBS)
pvfs2_validate_SOURCES = src/apps/admin/pvfs2-validate.c $(APPS_FSCK) $(APPS_PROGRESS) $(APPS_COMMON) $(APPS_FORMAT) $(APPS_SERVERS)
pvfs2_validate_LDADD = $(PINT_LIBS)
pvfs2_set_eventmask_SOURCES = src/apps/admin/pvfs2-set-eventmask.c $(APPS_SET)
pvfs2_set_eventmask_LDADD = $(CLIENT_LIBS)
pvfs2_set_mode_SOURCES = src/apps/admin/pvfs2-set-mode.c $(APPS_SET)
pvfs2_set_mode_LDADD = $(CLIENT_LIBS)
pvfs2_set_perf_history_SOURCES = src/apps/admin/pvfs2-set-perf-history.c $(APPS_SET)
pvfs2_set_perf_history_LDADD = $(CLIENT_LIBS)
pvfs2_set_perf_interval_SOURCES = src/apps/admin/pvfs2-set-perf-interval.c $(APPS_SET)
pvfs2_set_perf_interval_LDADD = $(CLIENT_LIBS)
pvfs2_set_sync_SOURCES = src/apps/admin/pvfs2-set-sync.c $(APPS_SET)
pvfs2_set_sync_LDADD = $(CLIENT_LIBS)
pvfs2_set_turn_off_timeouts_SOURCES = src/apps/admin/pvfs2-set-turn-off-timeouts.c $(APPS_SET)
pvfs2_set_turn_off_timeouts_LDADD = $(CLIENT_LIBS)
pvfs2_drop_caches_SOURCES = src/apps/admin/pvfs2-drop-caches.c $(APPS_SET)
pvfs2_drop_caches_LDADD = $(CLIENT_LIBS)
pvfs2_perf_mon_SOURCES = src/apps/admin/pvfs2-perf-mon.c $(APPS_COMMON) $(APPS_FORMAT) $(APPS_SERVERS)
pvfs2_perf_mon_LDADD = $(CLIENT_LIBS)
pvfs2_event_mon_SOURCES = src/apps/admin/pvfs2-event-mon.c $(APPS_COMMON) $(APPS_FORMAT) $(APPS_SERVERS)
pvfs2_event_mon_LDADD = $(CLIENT_LIBS)
pvfs2_get_uid_SOURCES = src/apps/admin/pvfs2-get-uid.c $(APPS_COMMON) $(APPS_FORMAT) $(APPS_SERVERS)
pvfs2_get_uid_LDADD = $(CLIENT_LIBS)
pvfs2_remove_object_SOURCES = src/apps/admin/pvfs2-remove-object.c $(APPS_COMMON) $(APPS_SERVERS)
pvfs2_remove_object_LDADD = $(CLIENT_LIBS)
pvfs2_check_server_SOURCES = src/apps/admin/pvfs2-check-server.c $(APPS_COMMON)
pvfs2_check_server_LDADD = $(CLIENT_LIBS)
pvfs2_dump_SOURCES = src/apps/admin/pvfs2-dump.c $(APPS_COMMON) $(APPS_FIELDS) $(APPS_PARTS)
pvfs2_dump_LDADD = $(CLIENT_LIBS)
pvfs2_fs_dump_SOURCES = src/apps/admin/pvfs2-fs-dump.c $(APPS_COMMON) $(APPS_FORMAT) $(APPS_PARTS) $(APPS_SERVERS)
pvfs2_fs_dump_LDADD = $(CLIENT_LIBS)
pvfs2_perror_SOURCES = src/apps/admin/pvfs2-perror.c $(APPS_COMMON)
pvfs2_perror_LDADD = $(CLIENT_LIBS)
pvfs2_lsplus_SOURCES = src/apps/user/pvfs2-ls.c $(APPS_COMMON) $(APPS_FIELDS) $(APPS_PARTS)
pvfs2_lsplus_CPPFLAGS = $(AM_CPPFLAGS) -DLS_PLUS
pvfs2_lsplus_LDADD = $(CLIENT_LIBS)
pvfs2_write_SOURCES = src/apps/user/pvfs2-write.c $(APPS_CP)
pvfs2_write_LDADD = $(CLIENT_LIBS)

# bash asks for a command's completion by the command's name.
completiondir = $(datarootdir)/bash-completion/completions
dist_completion_DATA = src/apps/completion/pvfs2
install-data-hook:
	for p in $(bin_PROGRAMS) $(sbin_PROGRAMS) $(bin_SCRIPTS); do \
	    case $$p in pvfs2-*|mount.*) $(LN_S) -f pvfs2 "$(DESTDIR)$(completiondir)/$$p" || exit 1 ;; esac; \
	done
uninstall-local:
	for p in $(bin_PROGRAMS) $(sbin_PROGRAMS) $(bin_SCRIPTS); do \
	    case $$p in pvfs2-*|mount.*) rm -f "$(DESTDIR)$(completiondir)/$$p" ;; esac; \
	done
