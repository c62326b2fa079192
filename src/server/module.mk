PINT_SERVER_SOURCES += \
	src/server/acl.c \
	src/server/acl.h \
	src/server/bracket.c \
	src/server/cap-mac.c \
	src/server/data.c \
	src/server/data.h \
	src/server/hold.c \
	src/server/hold.h \
	src/server/intent.c \
	src/server/intent.h \
	src/server/once.c \
	src/server/once.h \
	src/server/op-accessed.c \
	src/server/op-create.c \
	src/server/op-eattr.c \
	src/server/op-flush.c \
	src/server/op-getattr.c \
	src/server/op-io.c \
	src/server/op-link.c \
	src/server/op-lookup.c \
	src/server/op-mgmt.c \
	src/server/op-mkdir.c \
	src/server/op-peer.c \
	src/server/op-readdir.c \
	src/server/op-remove.c \
	src/server/op-rename.c \
	src/server/op-setattr.c \
	src/server/op-small-io.c \
	src/server/op-symlink.c \
	src/server/op-truncate.c \
	src/server/op-unstuff.c \
	src/server/perm.c \
	src/server/place.c \
	src/server/pool.c \
	src/server/pool.h \
	src/server/record.c \
	src/server/record.h \
	src/server/sched.c \
	src/server/sched.h \
	src/server/server.c \
	src/server/server.h \
	src/server/slots.c \
	src/server/table.c \
	src/server/victim.c \
	src/server/victim.h
sbin_PROGRAMS += pvfs2-server
pvfs2_server_SOURCES = src/server/main.c
