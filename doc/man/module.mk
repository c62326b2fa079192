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
