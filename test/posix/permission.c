/*
 * Who may do what: each class of users, each bit, each call.
 */
#include <dirent.h>

#include "posix-test.h"

#define GROUP "permission"

/* Who acts, and which of the mode's bits are his. The other bits are the opposite, so that nobody can take another class for it. */
static const struct class {
    const char *name;
    uid_t owner;
    gid_t group;
    unsigned shift;
} classes[] = {
    { "the owner", 65533, NOBODYS, 6 },
    { "the owner who is of the group", 65533, 65533, 6 },
    { "the group", 65534, 65533, 3 },
    { "a supplementary group", 65534, TEAM, 3 },
    { "others", 65534, NOBODYS, 0 },
};

static mode_t
mode_for (const struct class *c, unsigned bits)
{
    mode_t mine = 7u << c->shift, his = (mode_t) (bits << c->shift);
    mode_t spread = (mode_t) ((~bits & 7) * 0111);
    return (spread & ~mine) | his;
}

static int
can_open (const char *path, int flags)
{
    int fd = open (path, flags);
    return fd < 0 ? -1 : close (fd);
}

#define MAY(may, call)              \
    do {                            \
        if (may)                    \
            OK (call);              \
        else                        \
            FAILS (EACCES, call);   \
    } while (0)

static void
use_file (const struct class *c, unsigned bits)
{
    bool r = bits & 4, w = bits & 2, x = bits & 1;
    note ("bits %u of %s", bits, c->name);
    OK (chown ("f", c->owner, c->group));
    OK (chmod ("f", mode_for (c, bits)));
    AS (alice) {
        MAY (r, can_open ("f", O_RDONLY));
        MAY (w, can_open ("f", O_WRONLY));
        MAY (r && w, can_open ("f", O_RDWR));
        MAY (w, can_open ("f", O_WRONLY | O_TRUNC));
        MAY (w, truncate ("f", 10));
        MAY (r, access ("f", R_OK));
        MAY (w, access ("f", W_OK));
        MAY (x, access ("f", X_OK));
        OK (access ("f", F_OK));
    }
}

TEST_EACH (of_a_file_for, classes)
{
    make_file ("f", 0);
    for (unsigned bits = 0; bits < 8; bits++)
        use_file (row, bits);
}

static int
can_list (const char *path)
{
    DIR *d = opendir (path);
    return d ? closedir (d) : -1;
}

/* What the calls of alice may take away. */
static void
put_back (void)
{
    OK (mkdir ("d/dir", 0755));
    OK (mknod ("d/file", S_IFREG | 0644, 0));
    OK (mknod ("d/moved", S_IFREG | 0644, 0));
}

/* What is there now: what she made, or what she could not take. */
static void
take_away (bool hers)
{
    static const char *const made[] = { "d/new-dir", "d/new-file", "d/new-link", "d/new-name", "d/renamed" };
    static const char *const left[] = { "d/dir", "d/file", "d/moved" };
    for (size_t i = 0; i < COUNT_OF (made); i++) {
        EQ (hers, exists (made[i]));
        remove (made[i]);
    }
    for (size_t i = 0; i < COUNT_OF (left); i++) {
        EQ (!hers, exists (left[i]));
        remove (left[i]);
    }
}

static void
use_directory (const struct class *c, unsigned bits)
{
    struct stat st;
    bool r = bits & 4, w = bits & 2, x = bits & 1;
    note ("bits %u of %s", bits, c->name);
    OK (chown ("d", c->owner, c->group));
    OK (chmod ("d", mode_for (c, bits)));
    put_back ();
    AS (alice) {
        MAY (r, can_list ("d"));
        MAY (x, stat ("d/f", &st));
        MAY (x, can_open ("d/f", O_RDONLY));
        MAY (x, access ("d/.", F_OK));
        MAY (w && x, mkdir ("d/new-dir", 0755));
        MAY (w && x, mknod ("d/new-file", S_IFREG | 0644, 0));
        MAY (w && x, symlink ("x", "d/new-link"));
        MAY (w && x, link ("mine", "d/new-name"));
        MAY (w && x, rename ("d/moved", "d/renamed"));
        MAY (w && x, unlink ("d/file"));
        MAY (w && x, rmdir ("d/dir"));
        if (x && !w) {
            FAILS (ENOENT, stat ("d/nothing", &st));
            FAILS (EEXIST, mkdir ("d/f", 0755));
        }
    }
    AS (alice)
        MAY (x, chdir ("d"));
    take_away (w && x);
}

TEST_EACH (of_a_directory_for, classes)
{
    make_dir ("d", 0);
    make_file ("d/f", 0666);
    make_file_of ("mine", &alice, 0644);
    for (unsigned bits = 0; bits < 8; bits++)
        use_directory (row, bits);
}

TEST (root_needs_none)
{
    struct stat st;
    make_text ("f", "text");
    OK (chmod ("f", 0));
    OK (chown ("f", alice.uid, alice.gid));
    make_dir_of ("d", &bob, 0);
    SAME_TEXT ("text", text_of ("f"));
    OK (can_open ("f", O_RDWR));
    OK (access ("f", R_OK | W_OK));
    FAILS (EACCES, access ("f", X_OK));
    OK (chmod ("f", 0001));
    OK (access ("f", X_OK));
    OK (can_list ("d"));
    OK (mkdir ("d/e", 0));
    OK (stat ("d/e/.", &st));
    OK (truncate ("f", 1));
}

TEST (to_search_is_asked_of_every_component)
{
    struct stat st;
    OK (mkdir ("a", 0755));
    OK (mkdir ("a/b", 0755));
    OK (mkdir ("a/b/c", 0755));
    make_file ("a/b/c/f", 0644);
    static const char *const dirs[] = { "a", "a/b", "a/b/c" };
    for (size_t i = 0; i < COUNT_OF (dirs); i++) {
        note ("%s", dirs[i]);
        OK (chmod (dirs[i], 0766));
        AS (alice) {
            FAILS (EACCES, stat ("a/b/c/f", &st));
            FAILS (EACCES, can_open ("a/b/c/f", O_RDONLY));
            FAILS (EACCES, mkdir ("a/b/c/g", 0755));
        }
        OK (chmod (dirs[i], 0711));
        AS (alice)
            OK (stat ("a/b/c/f", &st));
    }
}

TEST (changes_are_felt_at_once)
{
    make_text ("f", "text");
    OK (chmod ("f", 0600));
    for (int i = 0; i < 10; i++) {
        AS (bob)
            FAILS (EACCES, can_open ("f", O_RDONLY));
        OK (chmod ("f", 0604));
        AS (bob)
            OK (can_open ("f", O_RDONLY));
        OK (chmod ("f", 0640));
    }
}

TEST (removing_needs_none_of_the_file)
{
    make_dir_of ("d", &alice, 0700);
    make_file_of ("d/f", &bob, 0);
    AS (alice) {
        FAILS (EACCES, can_open ("d/f", O_RDONLY));
        OK (unlink ("d/f"));
    }
}

TEST (of_an_open_directory_is_asked_again)
{
    make_dir_of ("d", &alice, 0700);
    make_file_of ("d/f", &alice, 0644);
    AS (alice) {
        int fd = (int) OK (open ("d", O_RDONLY | O_DIRECTORY));
        OK (faccessat (fd, "f", F_OK, 0));
        OK (chmod ("d", 0));
        FAILS (EACCES, faccessat (fd, "f", F_OK, 0));
        FAILS (EACCES, openat (fd, "g", O_RDWR | O_CREAT, 0644));
        OK (fchmod (fd, 0700));
    }
}

TEST (of_a_link_is_never_asked)
{
    make_text ("f", "text");
    OK (symlink ("f", "s"));
    OK (lchown ("s", bob.uid, bob.gid));
    AS (alice)
        SAME_TEXT ("text", text_of ("s"));
}
