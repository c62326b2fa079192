/*
 * Extended attributes and who may have which.
 */
#include <linux/capability.h>
#include <sys/xattr.h>

#include "posix-test.h"

#define GROUP "xattr"

static char value[65537], got[65537];

/* Is it in the list? The security attributes that a machine may add are none of ours. */
static int
listed (const char *path, const char *name)
{
    char names[8192];
    int n = 0;
    ssize_t size = OK (llistxattr (path, names, sizeof names));
    for (ssize_t i = 0; i < size; i += (ssize_t) strlen (names + i) + 1)
        n += strcmp (names + i, name) == 0;
    return n;
}

static const struct {
    const char *name, *attr;
} spaces[] = { { "user", "user.test" }, { "trusted", "trusted.test" }, { "security", "security.test" } };

TEST_EACH (life_in, spaces)
{
    make_file ("f", 0644);
    make_dir ("d", 0755);
    static const char *const paths[] = { "f", "d" };
    for (size_t i = 0; i < COUNT_OF (paths); i++) {
        const char *p = paths[i];
        FAILS (ENODATA, getxattr (p, row->attr, got, sizeof got));
        FAILS (ENODATA, removexattr (p, row->attr));
        FAILS (ENODATA, setxattr (p, row->attr, "x", 1, XATTR_REPLACE));
        OK (setxattr (p, row->attr, "value", 5, XATTR_CREATE));
        FAILS (EEXIST, setxattr (p, row->attr, "x", 1, XATTR_CREATE));
        EQ (5, getxattr (p, row->attr, NULL, 0));
        EQ (5, getxattr (p, row->attr, got, sizeof got));
        SAME_BYTES ("value", got, 5);
        EQ (1, listed (p, row->attr));
        OK (setxattr (p, row->attr, "longer value", 12, XATTR_REPLACE));
        EQ (12, getxattr (p, row->attr, got, sizeof got));
        OK (setxattr (p, row->attr, "", 0, 0));
        EQ (0, getxattr (p, row->attr, got, sizeof got));
        EQ (1, listed (p, row->attr));
        OK (removexattr (p, row->attr));
        FAILS (ENODATA, getxattr (p, row->attr, got, sizeof got));
        EQ (0, listed (p, row->attr));
    }
}

TEST (by_descriptor)
{
    make_file ("f", 0644);
    int fd = (int) OK (open ("f", O_RDONLY));
    OK (fsetxattr (fd, "user.a", "one", 3, 0));
    EQ (3, fgetxattr (fd, "user.a", got, sizeof got));
    TRUE (OK (flistxattr (fd, NULL, 0)) >= 7);
    EQ (3, getxattr ("f", "user.a", got, sizeof got));
    OK (fremovexattr (fd, "user.a"));
    FAILS (ENODATA, getxattr ("f", "user.a", got, sizeof got));
}

static const struct {
    const char *name;
    size_t size;
} sizes[] = { { "1 byte", 1 }, { "100 bytes", 100 }, { "255 bytes", 255 }, { "256 bytes", 256 }, { "1000 bytes", 1000 }, { "3000 bytes", 3000 },
              { "64 KiB less 1", 65535 }, { "64 KiB", 65536 } };

TEST_EACH (value_of, sizes)
{
    if (row->size > 3000 && !has ("huge-xattrs"))
        skip ("not so large here");
    make_file ("f", 0644);
    fill (value, row->size, 1);
    OK (setxattr ("f", "user.v", value, row->size, 0));
    EQ (row->size, getxattr ("f", "user.v", NULL, 0));
    EQ (row->size, getxattr ("f", "user.v", got, sizeof got));
    TRUE (is_filled (got, row->size, 1));
    EQ (row->size, getxattr ("f", "user.v", got, row->size));
    if (row->size > 1)
        FAILS (ERANGE, getxattr ("f", "user.v", got, row->size - 1));
    FAILS (E2BIG, setxattr ("f", "user.v", value, 65537, 0));
    OK (setxattr ("f", "user.v", "short", 5, 0));
    EQ (5, getxattr ("f", "user.v", got, sizeof got));
}

TEST (value_of_all_bytes)
{
    make_file ("f", 0644);
    for (int i = 0; i < 256; i++)
        value[i] = (char) i;
    OK (setxattr ("f", "user.v", value, 256, 0));
    EQ (256, getxattr ("f", "user.v", got, sizeof got));
    SAME_BYTES (value, got, 256);
}

TEST (names)
{
    char name[300] = "user.";
    make_file ("f", 0644);
    memset (name + 5, 'n', 250);
    OK (setxattr ("f", name, "v", 1, 0));
    EQ (1, getxattr ("f", name, got, sizeof got));
    EQ (1, listed ("f", name));
    name[255] = 'n';
    FAILS (ERANGE, setxattr ("f", name, "v", 1, 0));
    FAILS (ERANGE, getxattr ("f", name, got, sizeof got));
    FAILS (ERANGE, setxattr ("f", "", "v", 1, 0));
    FAILS (EINVAL, setxattr ("f", "user.", "v", 1, 0));
    FAILS (EOPNOTSUPP, setxattr ("f", "nospace", "v", 1, 0));
    FAILS (EOPNOTSUPP, setxattr ("f", "other.x", "v", 1, 0));
    FAILS (EOPNOTSUPP, getxattr ("f", "other.x", got, sizeof got));
    FAILS (EOPNOTSUPP, setxattr ("f", "system.x", "v", 1, 0));
    OK (setxattr ("f", "user.\xff\x01 odd", "v", 1, 0));
    EQ (1, listed ("f", "user.\xff\x01 odd"));
    OK (setxattr ("f", "user.Name", "a", 1, 0));
    OK (setxattr ("f", "user.name", "bb", 2, 0));
    EQ (1, getxattr ("f", "user.Name", got, sizeof got));
}

TEST (flags)
{
    make_file ("f", 0644);
    FAILS (EINVAL, setxattr ("f", "user.x", "v", 1, 8));
    OK (setxattr ("f", "user.x", "v", 1, 0));
    OK (setxattr ("f", "user.x", "w", 1, 0));
}

TEST (lists)
{
    char name[32], names[4096];
    make_file ("f", 0644);
    ssize_t before = OK (listxattr ("f", names, sizeof names)), size = before;
    for (int i = 0; i < 50; i++) {
        snprintf (name, sizeof name, "user.n%d", i);
        OK (setxattr ("f", name, &i, sizeof i, 0));
        size += (ssize_t) strlen (name) + 1;
    }
    EQ (size, listxattr ("f", NULL, 0));
    EQ (size, listxattr ("f", names, sizeof names));
    EQ (size, listxattr ("f", names, (size_t) size));
    FAILS (ERANGE, listxattr ("f", names, (size_t) size - 1));
    for (int i = 0; i < 50; i++) {
        int v = -1;
        snprintf (name, sizeof name, "user.n%d", i);
        EQ (1, listed ("f", name));
        EQ (sizeof v, getxattr ("f", name, &v, sizeof v));
        EQ (i, v);
        OK (removexattr ("f", name));
    }
    EQ (before, listxattr ("f", names, sizeof names));
}

TEST (on_links_and_special_files)
{
    OK (symlink ("nowhere", "s"));
    OK (mkfifo ("p", 0644));
    FAILS (EPERM, lsetxattr ("s", "user.x", "v", 1, 0));
    FAILS (EPERM, setxattr ("p", "user.x", "v", 1, 0));
    FAILS (ENODATA, getxattr ("p", "user.x", got, sizeof got));
    OK (lsetxattr ("s", "trusted.x", "v", 1, 0));
    EQ (1, lgetxattr ("s", "trusted.x", got, sizeof got));
    EQ (1, listed ("s", "trusted.x"));
    OK (setxattr ("p", "trusted.x", "v", 1, 0));
    EQ (1, getxattr ("p", "trusted.x", got, sizeof got));
    OK (lremovexattr ("s", "trusted.x"));
    FAILS (ENOENT, setxattr ("s", "trusted.x", "v", 1, 0));
}

TEST (through_a_link)
{
    make_file ("f", 0644);
    OK (symlink ("f", "s"));
    OK (setxattr ("s", "user.x", "v", 1, 0));
    EQ (1, getxattr ("f", "user.x", got, sizeof got));
    EQ (1, getxattr ("s", "user.x", got, sizeof got));
    FAILS (ENODATA, lgetxattr ("s", "user.x", got, sizeof got));
}

TEST (stay_with_the_file)
{
    make_dir ("d", 0755);
    make_file ("f", 0644);
    OK (setxattr ("f", "user.x", "v", 1, 0));
    OK (rename ("f", "d/g"));
    EQ (1, getxattr ("d/g", "user.x", got, sizeof got));
    OK (link ("d/g", "h"));
    EQ (1, getxattr ("h", "user.x", got, sizeof got));
    OK (setxattr ("h", "user.x", "vv", 2, 0));
    EQ (2, getxattr ("d/g", "user.x", got, sizeof got));
    OK (unlink ("h"));
    OK (unlink ("d/g"));
    make_file ("d/g", 0644);
    FAILS (ENODATA, getxattr ("d/g", "user.x", got, sizeof got));
}

TEST (of_directories_are_not_handed_down)
{
    make_dir ("d", 0755);
    OK (setxattr ("d", "user.x", "v", 1, 0));
    make_file ("d/f", 0644);
    make_dir ("d/e", 0755);
    FAILS (ENODATA, getxattr ("d/f", "user.x", got, sizeof got));
    FAILS (ENODATA, getxattr ("d/e", "user.x", got, sizeof got));
}

/* --- permissions ------------------------------------------------------------------------------------ */

static const struct {
    const char *name;
    const struct user *owner;
    mode_t mode;
    bool get, set;
} access_rules[] = {
    { "the owner", &alice, 0600, true, true },
    { "the owner who may not write", &alice, 0400, true, false },
    { "the owner who may not read", &alice, 0200, false, true },
    { "others", &bob, 0606, true, true },
    { "others who may read", &bob, 0604, true, false },
    { "others who may write", &bob, 0602, false, true },
    { "others who may nothing", &bob, 0600, false, false },
};

TEST_EACH (of_user_for, access_rules)
{
    make_file ("f", 0644);
    OK (setxattr ("f", "user.x", "v", 1, 0));
    OK (chown ("f", row->owner->uid, row->owner->gid));
    OK (chmod ("f", row->mode));
    AS (alice) {
        if (row->get) {
            EQ (1, getxattr ("f", "user.x", got, sizeof got));
            FAILS (ENODATA, getxattr ("f", "user.y", got, sizeof got));
        } else {
            FAILS (EACCES, getxattr ("f", "user.x", got, sizeof got));
            FAILS (EACCES, getxattr ("f", "user.y", got, sizeof got));
        }
        if (row->set) {
            OK (setxattr ("f", "user.x", "w", 1, 0));
            OK (setxattr ("f", "user.y", "w", 1, 0));
            OK (removexattr ("f", "user.y"));
        } else {
            FAILS (EACCES, setxattr ("f", "user.x", "w", 1, 0));
            FAILS (EACCES, setxattr ("f", "user.y", "w", 1, 0));
            FAILS (EACCES, removexattr ("f", "user.x"));
        }
        EQ (1, listed ("f", "user.x"));
    }
}

TEST (of_trusted_are_roots)
{
    make_file_of ("f", &alice, 0666);
    OK (setxattr ("f", "trusted.x", "v", 1, 0));
    AS (alice) {
        FAILS (ENODATA, getxattr ("f", "trusted.x", got, sizeof got));
        FAILS (EPERM, setxattr ("f", "trusted.x", "w", 1, 0));
        FAILS (EPERM, setxattr ("f", "trusted.y", "w", 1, 0));
        FAILS (EPERM, removexattr ("f", "trusted.x"));
        EQ (0, listed ("f", "trusted.x"));
    }
    EQ (1, listed ("f", "trusted.x"));
}

TEST (of_security_are_read_by_all_and_set_by_root)
{
    make_file_of ("f", &alice, 0666);
    OK (setxattr ("f", "security.x", "v", 1, 0));
    AS (alice) {
        EQ (1, getxattr ("f", "security.x", got, sizeof got));
        FAILS (EPERM, setxattr ("f", "security.x", "w", 1, 0));
        FAILS (EPERM, setxattr ("f", "security.y", "w", 1, 0));
        FAILS (EPERM, removexattr ("f", "security.x"));
        EQ (1, listed ("f", "security.x"));
    }
}

TEST (of_a_sticky_directory_are_its_owners)
{
    make_dir_of ("d", &alice, 01777);
    AS (bob)
        FAILS (EPERM, setxattr ("d", "user.x", "v", 1, 0));
    AS (alice)
        OK (setxattr ("d", "user.x", "v", 1, 0));
    AS (bob)
        EQ (1, getxattr ("d", "user.x", got, sizeof got));
}

/* A file capability as the kernel keeps it: cap_net_raw. */
static const struct vfs_cap_data capability = { .magic_etc = VFS_CAP_REVISION_2 | VFS_CAP_FLAGS_EFFECTIVE, .data = { { 1u << 13, 0 } } };

TEST (security_capability_is_kept)
{
    make_file ("f", 0755);
    FAILS (ENODATA, getxattr ("f", "security.capability", got, sizeof got));
    OK (setxattr ("f", "security.capability", &capability, sizeof capability, 0));
    EQ (sizeof capability, getxattr ("f", "security.capability", got, sizeof got));
    SAME_BYTES (&capability, got, sizeof capability);
    OK (removexattr ("f", "security.capability"));
    FAILS (ENODATA, getxattr ("f", "security.capability", got, sizeof got));
    make_file_of ("g", &alice, 0755);
    AS (alice)
        FAILS (EPERM, setxattr ("g", "security.capability", &capability, sizeof capability, 0));
}

static void lose_by_write (void) { int fd = (int) OK (open ("f", O_WRONLY)); EQ (1, write (fd, "x", 1)); close (fd); }
static void lose_by_truncate (void) { OK (truncate ("f", 1)); }
static void lose_by_chown (void) { OK (chown ("f", -1, alice.gid)); }

static const struct {
    const char *name;
    void (*change) (void);
} losses[] = { { "write", lose_by_write }, { "truncate", lose_by_truncate }, { "chown", lose_by_chown } };

TEST_EACH (security_capability_is_lost_by, losses)
{
    make_file_of ("f", &alice, 0777);
    OK (setxattr ("f", "security.capability", &capability, sizeof capability, 0));
    AS (alice)
        row->change ();
    FAILS (ENODATA, getxattr ("f", "security.capability", got, sizeof got));
}
