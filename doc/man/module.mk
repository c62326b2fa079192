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
    doc/man/pvfs2-server.8

# Section 3 is made of the comments of the headers, whenever they change; each function's name is a link to its page.
man3dir = $(mandir)/man3
man3 = doc/man/man3
man3_from = $(top_srcdir)/doc/man/make-pages $(top_srcdir)/doc/man/pages.def $(top_srcdir)/include/*.h $(top_srcdir)/doc/examples/*.c

$(man3)/stamp: $(man3_from)
	$(AM_V_GEN)rm -rf $(man3) && $(MKDIR_P) $(man3) && \
	    $(top_srcdir)/doc/man/make-pages $(top_srcdir)/include $(top_srcdir)/doc/examples $(man3) && touch $@

all-local: $(man3)/stamp

# Prints the names that page $$page documents besides its own.
man3_names = sed -n '/^\.SH NAME/{n;s/ \\-.*//;s/,//g;s/^[^ ]* *//;p;q;}' "$$page"

install-data-local: $(man3)/stamp
	$(MKDIR_P) "$(DESTDIR)$(man3dir)"
	for page in $(man3)/*.3; do \
	    base=`basename "$$page"` && $(INSTALL_DATA) "$$page" "$(DESTDIR)$(man3dir)/$$base" || exit; \
	    for name in $$($(man3_names)); do \
	        echo ".so man3/$$base" > "$(DESTDIR)$(man3dir)/$$name.3" || exit; \
	    done; \
	done

uninstall-local:
	for page in $(man3)/*.3; do \
	    for name in `basename "$$page" .3` $$($(man3_names)); do rm -f "$(DESTDIR)$(man3dir)/$$name.3"; done; \
	done

CLEANFILES += $(man3)/*.3 $(man3)/stamp
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
