PINT_SOURCES += \
	src/client/sysint/acache.c src/client/sysint/acache.h \
	src/client/sysint/api.c src/client/sysint/api.h \
	src/client/sysint/client.c src/client/sysint/client.h \
	src/client/sysint/default-instance.c src/client/sysint/default-instance.h \
	src/client/sysint/entry.c src/client/sysint/entry.h \
	src/client/sysint/fsck-api.c src/client/sysint/fsck-api.h \
	src/client/sysint/ctx-api.c \
	src/client/sysint/isys-skin.c \
	src/client/sysint/mgmt-api.c \
	src/client/sysint/mgmt-skin.c \
	src/client/sysint/mgmt.c src/client/sysint/mgmt.h \
	src/client/sysint/mounts.c src/client/sysint/mounts.h \
	src/client/sysint/ncache.c src/client/sysint/ncache.h \
	src/client/sysint/repair-api.c \
	src/client/sysint/server-calls.c src/client/sysint/server-calls.h \
	src/client/sysint/sys-api.c \
	src/client/sysint/sys-accessed.c \
	src/client/sysint/sys-create.c \
	src/client/sysint/sys-eattr.c \
	src/client/sysint/sys-flush.c \
	src/client/sysint/sys-getattr.c src/client/sysint/sys-getattr.h \
	src/client/sysint/sys-hold.c \
	src/client/sysint/sys-link.c \
	src/client/sysint/sys-lookup.c \
	src/client/sysint/sys-mkdir.c \
	src/client/sysint/sys-op.c \
	src/client/sysint/sys-readdir.c src/client/sysint/sys-readdir.h \
	src/client/sysint/sys-readdirplus.c \
	src/client/sysint/sys-remove.c \
	src/client/sysint/sys-rename.c \
	src/client/sysint/sys-repair.c src/client/sysint/sys-repair.h \
	src/client/sysint/sys-setattr.c \
	src/client/sysint/sys-statfs.c \
	src/client/sysint/sys-symlink.c \
	src/client/sysint/util.c \
	src/client/sysint/volume.c src/client/sysint/volume.h
