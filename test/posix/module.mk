# The conformance suite: plain POSIX, knows nothing of this project.
TEST_TOOLS += test/posix/posix-test
test_posix_posix_test_SOURCES = \
	test/posix/posix-test.c \
	test/posix/posix-test.h \
	test/posix/open.c \
	test/posix/path.c \
	test/posix/name.c \
	test/posix/link.c \
	test/posix/rename.c \
	test/posix/directory.c \
	test/posix/node.c \
	test/posix/mode.c \
	test/posix/owner.c \
	test/posix/permission.c \
	test/posix/truncate.c \
	test/posix/times.c \
	test/posix/data.c \
	test/posix/orphan.c \
	test/posix/xattr.c \
	test/posix/acl.c
test_posix_posix_test_LDADD =
