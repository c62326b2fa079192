# A preload library, linked without libtool: libtool would take it for a program.
TEST_TOOLS += test/lib/forget.so
test_lib_forget_so_SOURCES = test/lib/forget.c
test_lib_forget_so_CFLAGS = -std=gnu11 -Wall -Wextra -Wno-unused-parameter -fPIC
test_lib_forget_so_LDADD = -ldl
test_lib_forget_so_LINK = $(CCLD) -shared -o $@

TEST_TOOLS += test/lib/die-at.so
test_lib_die_at_so_SOURCES = test/lib/die-at.c
test_lib_die_at_so_CFLAGS = -D_GNU_SOURCE -std=gnu11 -Wall -Wextra -fPIC
test_lib_die_at_so_LDADD = -ldl
test_lib_die_at_so_LINK = $(CCLD) -shared -o $@
