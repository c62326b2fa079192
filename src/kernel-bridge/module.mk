# The kernel bridge: pvfs2-client mounts and supervises, pvfs2-client-core serves, mount.pvfs2 is mount(8)'s helper.
bridge_cppflags = $(AM_CPPFLAGS) $(FUSE_CFLAGS) -DSBINDIR='"$(sbindir)"'

sbin_PROGRAMS += pvfs2-client pvfs2-client-core \
	mount.pvfs2 mount.fuse.pvfs2

pvfs2_client_SOURCES = \
	src/kernel-bridge/supervisor.c \
	src/kernel-bridge/control.c src/kernel-bridge/control.h \
	src/kernel-bridge/detach.c src/kernel-bridge/detach.h \
	src/kernel-bridge/mount-options.c src/kernel-bridge/mount-options.h \
	src/kernel-bridge/slots.c src/kernel-bridge/slots.h \
	$(TOOL_SOURCES)
pvfs2_client_CPPFLAGS = $(bridge_cppflags)
pvfs2_client_LDADD = $(PINT_LIBS) $(FUSE_LIBS) -lm

pvfs2_client_core_SOURCES = \
	src/kernel-bridge/client-core.c \
	src/kernel-bridge/atimes.c src/kernel-bridge/atimes.h \
	src/kernel-bridge/attributes.c \
	src/kernel-bridge/bridge.h \
	src/kernel-bridge/caller.c \
	src/kernel-bridge/control.c src/kernel-bridge/control.h \
	src/kernel-bridge/detach.c src/kernel-bridge/detach.h \
	src/kernel-bridge/convert.c \
	src/kernel-bridge/directories.c \
	src/kernel-bridge/files.c \
	src/kernel-bridge/holds.c src/kernel-bridge/holds.h \
	src/kernel-bridge/mount-options.c src/kernel-bridge/mount-options.h \
	src/kernel-bridge/names.c \
	src/kernel-bridge/nodes.c src/kernel-bridge/nodes.h \
	src/kernel-bridge/session.c \
	src/kernel-bridge/slots.c src/kernel-bridge/slots.h \
	src/kernel-bridge/upcall.c \
	src/kernel-bridge/xattrs.c \
	$(TOOL_SOURCES)
pvfs2_client_core_CPPFLAGS = $(bridge_cppflags)
pvfs2_client_core_LDADD = $(PINT_LIBS) $(FUSE_LIBS) -lm

mount_helper_sources = \
	src/kernel-bridge/mount-pvfs2.c \
	src/kernel-bridge/mount-options.c src/kernel-bridge/mount-options.h \
	$(TOOL_SOURCES)
mount_pvfs2_SOURCES = $(mount_helper_sources)
mount_pvfs2_CPPFLAGS = $(bridge_cppflags)
mount_pvfs2_LDADD = $(CLIENT_LIBS) -lm

mount_fuse_pvfs2_SOURCES = $(mount_helper_sources)
mount_fuse_pvfs2_CPPFLAGS = $(bridge_cppflags)
mount_fuse_pvfs2_LDADD = $(CLIENT_LIBS) -lm

dist_man_MANS += doc/man/pvfs2-client.8 doc/man/pvfs2-client-core.8 doc/man/mount.pvfs2.8

# mount(8) looks for its helpers in /sbin only.
mount_helpers = mount.pvfs2 mount.fuse.pvfs2
install-exec-hook:
	test "$(mounthelperdir)" = "$(sbindir)" || { \
	  $(MKDIR_P) "$(DESTDIR)$(mounthelperdir)" && \
	  for h in $(mount_helpers); do $(LN_S) -f "$(sbindir)/$$h" "$(DESTDIR)$(mounthelperdir)/$$h" || exit 1; done; }
uninstall-hook:
	test "$(mounthelperdir)" = "$(sbindir)" || \
	  for h in $(mount_helpers); do rm -f "$(DESTDIR)$(mounthelperdir)/$$h"; done
