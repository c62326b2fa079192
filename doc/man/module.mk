dist_man_MANS += \
    doc/man/pvfs2.1 \
    doc/man/pvfs2-cp.1 \
    doc/man/pvfs2-ls.1 \
    doc/man/pvfs2-rm.1 \
    doc/man/pvfs2-mkdir.1 \
    doc/man/pvfs2-touch.1 \
    doc/man/pvfs2-stat.1 \
    doc/man/pvfs2-chmod.1 \
    doc/man/pvfs2-chown.1 \
    doc/man/pvfs2-ln.1 \
    doc/man/pvfs2-mv.1 \
    doc/man/pvfs2-truncate.1 \
    doc/man/pvfs2-viewdist.1 \
    doc/man/pvfs2-setdirhint.1 \
    doc/man/pvfs2-xattr.1 \
    doc/man/pvfs2-statfs.1 \
    doc/man/pvfs2-status.1 \
    doc/man/pvfs2-doctor.1 \
    doc/man/pvfs2-ping.1 \
    doc/man/pvfs2-genconfig.1 \
    doc/man/pvfs2-ops.8 \
    doc/man/pvfs2-fsck.8 \
    doc/man/pvfs2-validate.1 \
    doc/man/pvfs2-set-debugmask.8 \
    doc/man/pvfs2-set-eventmask.8 \
    doc/man/pvfs2-set-mode.8 \
    doc/man/pvfs2-set-perf-history.8 \
    doc/man/pvfs2-set-perf-interval.8 \
    doc/man/pvfs2-set-sync.8 \
    doc/man/pvfs2-set-turn-off-timeouts.8 \
    doc/man/pvfs2-drop-caches.8 \
    doc/man/pvfs2-perf-mon.8 \
    doc/man/pvfs2-event-mon.8 \
    doc/man/pvfs2-get-uid.8 \
    doc/man/pvfs2-remove-object.8 \
    doc/man/pvfs2-dump.8 \
    doc/man/pvfs2-fs-dump.8 \
    doc/man/pvfs2-check-server.1 \
    doc/man/pvfs2-perror.1 \
    doc/man/pvfs2-lsplus.1 \
    doc/man/pvfs2-write.1 \
    doc/man/pvfs2-server.8 \
    doc/man/pvfs2-config.1 \
    doc/man/pvfs2-check-config.8 \
    doc/man/pvfs2-db-display.8 \
    doc/man/pvfs2-migrate-collection.8 \
    doc/man/pvfs2-mkspace.8 \
    doc/man/pvfs2-rmspace.8 \
    doc/man/pvfs2-showcoll.8 \
    doc/man/pvfs2-start-all.8 \
    doc/man/pvfs2-stop-all.8

# Pages are kept in the tree; the tools make most of them.
man-pages: all
	for page in $$(grep -l -e --help-man -- $(srcdir)/doc/man/*.[18] | sed 's/\.[18]$$//'); do \
	    tool=$${page##*/} && ./$$tool --help-man > $$tool.page && mv $$tool.page $$(echo $$page.[18]) || exit 1; \
	done

.PHONY: man-pages
