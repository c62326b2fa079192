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

install-data-local: install-man3
uninstall-local: uninstall-man3

install-man3: $(man3)/stamp
	$(MKDIR_P) "$(DESTDIR)$(man3dir)"
	for page in $(man3)/*.3; do \
	    base=`basename "$$page"` && $(INSTALL_DATA) "$$page" "$(DESTDIR)$(man3dir)/$$base" || exit; \
	    for name in $$($(man3_names)); do \
	        echo ".so man3/$$base" > "$(DESTDIR)$(man3dir)/$$name.3" || exit; \
	    done; \
	done

uninstall-man3:
	for page in $(man3)/*.3; do \
	    for name in `basename "$$page" .3` $$($(man3_names)); do rm -f "$(DESTDIR)$(man3dir)/$$name.3"; done; \
	done

CLEANFILES += $(man3)/*.3 $(man3)/stamp

.PHONY: install-man3 uninstall-man3
