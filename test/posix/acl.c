/*
 * POSIX ACLs, in the form that they have as extended attributes: a version, then entries of tag, permissions and id.
 */
#include <sys/xattr.h>

#include "posix-test.h"

#define GROUP "acl"

#define ACCESS "system.posix_acl_access"
#define DEFAULT "system.posix_acl_default"

enum { USER_OBJ = 1, USER = 2, GROUP_OBJ = 4, GROUP_TAG = 8, MASK = 16, OTHER = 32, ACL_VERSION = 2, NO_ID = -1, MAX_ENTRIES = 64 };

struct entry {
    uint16_t tag, perm;
    int32_t id;
};

struct acl {
    uint32_t version;
    struct entry e[MAX_ENTRIES];
};

#define ENTRIES(...) ((const struct entry[]){ __VA_ARGS__ }), COUNT_OF (((const struct entry[]){ __VA_ARGS__ }))
#define OWNER(p) { USER_OBJ, p, NO_ID }
#define OWNERS_GROUP(p) { GROUP_OBJ, p, NO_ID }
#define MASKED(p) { MASK, p, NO_ID }
#define OTHERS(p) { OTHER, p, NO_ID }
#define NAMED_USER(u, p) { USER, p, u }
#define NAMED_GROUP(g, p) { GROUP_TAG, p, g }

enum { ALICE = 65533, BOB = 65534, STRANGER = 4711 };

static void
needs_acls (void)
{
    if (!has ("acl"))
        skip ("no ACLs here");
}

static int
set_acl (const char *path, const char *which, const struct entry *e, size_t n)
{
    struct acl a = { .version = ACL_VERSION };
    memcpy (a.e, e, n * sizeof *e);
    return setxattr (path, which, &a, sizeof a.version + n * sizeof *e, 0);
}

/* The ACL is just this. */
static void
is_acl (const char *path, const char *which, const struct entry *e, size_t n)
{
    struct acl a = { 0 };
    EQ (sizeof a.version + n * sizeof *e, getxattr (path, which, &a, sizeof a));
    EQ (ACL_VERSION, a.version);
    for (size_t i = 0; i < n; i++) {
        EQ (e[i].tag, a.e[i].tag);
        EQ (e[i].perm, a.e[i].perm);
        if (e[i].tag == USER || e[i].tag == GROUP_TAG)
            EQ (e[i].id, a.e[i].id);
    }
}

static void
has_none (const char *path, const char *which)
{
    struct acl a;
    FAILS (ENODATA, getxattr (path, which, &a, sizeof a));
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

/* --- setting and getting ---------------------------------------------------------------------------- */

TEST (is_kept)
{
    needs_acls ();
    make_file ("f", 0640);
    has_none ("f", ACCESS);
    OK (set_acl ("f", ACCESS, ENTRIES (OWNER (6), NAMED_USER (ALICE, 4), NAMED_USER (BOB, 6), OWNERS_GROUP (4), NAMED_GROUP (TEAM, 2), MASKED (6), OTHERS (0))));
    is_acl ("f", ACCESS, ENTRIES (OWNER (6), NAMED_USER (ALICE, 4), NAMED_USER (BOB, 6), OWNERS_GROUP (4), NAMED_GROUP (TEAM, 2), MASKED (6), OTHERS (0)));
    EQ (0660, mode_of ("f"));
    OK (set_acl ("f", ACCESS, ENTRIES (OWNER (7), OWNERS_GROUP (5), NAMED_GROUP (TEAM, 1), MASKED (7), OTHERS (4))));
    is_acl ("f", ACCESS, ENTRIES (OWNER (7), OWNERS_GROUP (5), NAMED_GROUP (TEAM, 1), MASKED (7), OTHERS (4)));
    EQ (0774, mode_of ("f"));
}

TEST (by_descriptor_and_size)
{
    struct acl a;
    needs_acls ();
    make_file ("f", 0640);
    OK (set_acl ("f", ACCESS, ENTRIES (OWNER (6), NAMED_USER (ALICE, 4), OWNERS_GROUP (4), MASKED (4), OTHERS (0))));
    int fd = (int) OK (open ("f", O_RDONLY));
    EQ (44, fgetxattr (fd, ACCESS, NULL, 0));
    EQ (44, fgetxattr (fd, ACCESS, &a, 44));
    FAILS (ERANGE, fgetxattr (fd, ACCESS, &a, 43));
    OK (fremovexattr (fd, ACCESS));
    has_none ("f", ACCESS);
}

TEST (that_says_no_more_than_the_mode_becomes_the_mode)
{
    needs_acls ();
    make_file ("f", 0600);
    OK (set_acl ("f", ACCESS, ENTRIES (OWNER (7), OWNERS_GROUP (5), OTHERS (1))));
    EQ (0751, mode_of ("f"));
    has_none ("f", ACCESS);
    OK (set_acl ("f", ACCESS, ENTRIES (OWNER (6), NAMED_USER (ALICE, 4), OWNERS_GROUP (4), MASKED (4), OTHERS (0))));
    OK (set_acl ("f", ACCESS, ENTRIES (OWNER (6), OWNERS_GROUP (4), OTHERS (4))));
    EQ (0644, mode_of ("f"));
    has_none ("f", ACCESS);
}

TEST (is_removed)
{
    needs_acls ();
    make_file ("f", 0600);
    OK (set_acl ("f", ACCESS, ENTRIES (OWNER (6), NAMED_USER (ALICE, 7), OWNERS_GROUP (4), MASKED (7), OTHERS (0))));
    EQ (0670, mode_of ("f"));
    OK (removexattr ("f", ACCESS));
    has_none ("f", ACCESS);
    EQ (0670, mode_of ("f"));
    AS (alice)
        FAILS (EACCES, can_open ("f", O_RDONLY));
    make_dir ("d", 0755);
    OK (set_acl ("d", DEFAULT, ENTRIES (OWNER (7), OWNERS_GROUP (5), OTHERS (0))));
    is_acl ("d", DEFAULT, ENTRIES (OWNER (7), OWNERS_GROUP (5), OTHERS (0)));
    OK (removexattr ("d", DEFAULT));
    has_none ("d", DEFAULT);
}

TEST (is_listed)
{
    char names[4096];
    needs_acls ();
    make_dir ("d", 0755);
    OK (set_acl ("d", ACCESS, ENTRIES (OWNER (7), NAMED_USER (ALICE, 7), OWNERS_GROUP (4), MASKED (7), OTHERS (0))));
    OK (set_acl ("d", DEFAULT, ENTRIES (OWNER (7), OWNERS_GROUP (5), OTHERS (0))));
    ssize_t size = OK (listxattr ("d", names, sizeof names));
    TRUE (memmem (names, (size_t) size, ACCESS, sizeof ACCESS) != NULL);
    TRUE (memmem (names, (size_t) size, DEFAULT, sizeof DEFAULT) != NULL);
}

TEST (of_forty_users)
{
    struct entry e[44] = { OWNER (7) };
    needs_acls ();
    make_file ("f", 0600);
    for (int i = 0; i < 40; i++)
        e[i + 1] = (struct entry) NAMED_USER (70000 + i, (uint16_t) (i % 8));
    e[41] = (struct entry) OWNERS_GROUP (0);
    e[42] = (struct entry) MASKED (7);
    e[43] = (struct entry) OTHERS (0);
    OK (set_acl ("f", ACCESS, e, COUNT_OF (e)));
    is_acl ("f", ACCESS, e, COUNT_OF (e));
}

static const struct wrong {
    const char *name;
    size_t n;
    struct entry e[6];
} wrongs[] = {
    { "without the owner", 2, { OWNERS_GROUP (4), OTHERS (4) } },
    { "without the group", 2, { OWNER (6), OTHERS (4) } },
    { "without others", 2, { OWNER (6), OWNERS_GROUP (4) } },
    { "without a mask", 4, { OWNER (6), NAMED_USER (ALICE, 4), OWNERS_GROUP (4), OTHERS (4) } },
    { "of a named group without a mask", 4, { OWNER (6), OWNERS_GROUP (4), NAMED_GROUP (TEAM, 4), OTHERS (4) } },
    { "with two owners", 4, { OWNER (6), OWNER (6), OWNERS_GROUP (4), OTHERS (4) } },
    { "with two masks", 5, { OWNER (6), OWNERS_GROUP (4), MASKED (4), MASKED (4), OTHERS (4) } },
    { "in the wrong order", 3, { OTHERS (4), OWNER (6), OWNERS_GROUP (4) } },
    { "of an unknown tag", 4, { OWNER (6), OWNERS_GROUP (4), { 64, 4, NO_ID }, OTHERS (4) } },
    { "of unknown permissions", 3, { OWNER (8), OWNERS_GROUP (4), OTHERS (4) } },
};

TEST_EACH (is_refused, wrongs)
{
    needs_acls ();
    make_file ("f", 0640);
    make_dir ("d", 0750);
    FAILS (EINVAL, set_acl ("f", ACCESS, row->e, row->n));
    FAILS (EINVAL, set_acl ("d", DEFAULT, row->e, row->n));
    EQ (0640, mode_of ("f"));
    has_none ("f", ACCESS);
    has_none ("d", DEFAULT);
}

TEST (of_a_wrong_form_is_refused)
{
    struct acl a = { .version = 1, .e = { OWNER (6), OWNERS_GROUP (4), OTHERS (4) } };
    needs_acls ();
    make_file ("f", 0640);
    FAILS (EOPNOTSUPP, setxattr ("f", ACCESS, &a, 28, 0));
    a.version = ACL_VERSION;
    FAILS (EINVAL, setxattr ("f", ACCESS, &a, 27, 0));
    FAILS (EINVAL, setxattr ("f", ACCESS, &a, 3, 0));
    OK (setxattr ("f", ACCESS, &a, 28, 0));
    EQ (0644, mode_of ("f"));
}

TEST (default_is_for_directories)
{
    needs_acls ();
    make_file ("f", 0644);
    FAILS (EACCES, set_acl ("f", DEFAULT, ENTRIES (OWNER (7), OWNERS_GROUP (5), OTHERS (0))));
    has_none ("f", DEFAULT);
}

TEST (is_set_by_the_owner)
{
    needs_acls ();
    make_file_of ("f", &alice, 0666);
    make_dir_of ("d", &alice, 0777);
    AS (bob) {
        FAILS (EPERM, set_acl ("f", ACCESS, ENTRIES (OWNER (6), NAMED_USER (BOB, 6), OWNERS_GROUP (6), MASKED (6), OTHERS (6))));
        FAILS (EPERM, set_acl ("d", DEFAULT, ENTRIES (OWNER (7), OWNERS_GROUP (7), OTHERS (7))));
    }
    AS (alice) {
        OK (set_acl ("f", ACCESS, ENTRIES (OWNER (6), NAMED_USER (BOB, 6), OWNERS_GROUP (0), MASKED (6), OTHERS (0))));
        OK (set_acl ("d", DEFAULT, ENTRIES (OWNER (7), OWNERS_GROUP (7), OTHERS (7))));
    }
    AS (bob) {
        is_acl ("f", ACCESS, ENTRIES (OWNER (6), NAMED_USER (BOB, 6), OWNERS_GROUP (0), MASKED (6), OTHERS (0)));
        FAILS (EPERM, removexattr ("f", ACCESS));
        FAILS (EPERM, removexattr ("d", DEFAULT));
    }
}

TEST (clears_set_group_id_for_strangers_to_the_group)
{
    needs_acls ();
    make_file_of ("f", &alice, 0755);
    OK (chown ("f", -1, NOBODYS));
    OK (chmod ("f", 02755));
    AS (alice)
        OK (set_acl ("f", ACCESS, ENTRIES (OWNER (7), NAMED_USER (BOB, 6), OWNERS_GROUP (5), MASKED (7), OTHERS (5))));
    EQ (0775, mode_of ("f"));
}

TEST (leaves_the_other_bits_of_the_mode)
{
    needs_acls ();
    make_file ("f", 06755);
    make_dir ("d", 01777);
    OK (set_acl ("f", ACCESS, ENTRIES (OWNER (7), NAMED_USER (BOB, 6), OWNERS_GROUP (5), MASKED (7), OTHERS (1))));
    EQ (06771, mode_of ("f"));
    OK (set_acl ("d", ACCESS, ENTRIES (OWNER (7), OWNERS_GROUP (5), OTHERS (0))));
    EQ (01750, mode_of ("d"));
}

TEST (renews_the_change_time)
{
    needs_acls ();
    make_file ("f", 0640);
    tick ();
    struct stat a = look ("f");
    tick ();
    OK (set_acl ("f", ACCESS, ENTRIES (OWNER (6), NAMED_USER (BOB, 4), OWNERS_GROUP (4), MASKED (4), OTHERS (0))));
    struct stat b = look ("f");
    TRUE (later (b.st_ctim, a.st_ctim));
    TRUE (same_time (b.st_mtim, a.st_mtim));
}

TEST (stays_with_the_file)
{
    needs_acls ();
    make_dir ("d", 0755);
    make_file ("f", 0640);
    OK (set_acl ("f", ACCESS, ENTRIES (OWNER (6), NAMED_USER (ALICE, 4), OWNERS_GROUP (0), MASKED (4), OTHERS (0))));
    OK (rename ("f", "d/g"));
    OK (link ("d/g", "h"));
    OK (chown ("h", 1, 2));
    is_acl ("h", ACCESS, ENTRIES (OWNER (6), NAMED_USER (ALICE, 4), OWNERS_GROUP (0), MASKED (4), OTHERS (0)));
    AS (alice)
        OK (can_open ("d/g", O_RDONLY));
}

/* --- chmod ------------------------------------------------------------------------------------------ */

TEST (chmod_changes_the_mask)
{
    needs_acls ();
    make_file ("f", 0640);
    OK (set_acl ("f", ACCESS, ENTRIES (OWNER (6), NAMED_USER (ALICE, 6), OWNERS_GROUP (4), MASKED (6), OTHERS (0))));
    OK (chmod ("f", 0701));
    EQ (0701, mode_of ("f"));
    is_acl ("f", ACCESS, ENTRIES (OWNER (7), NAMED_USER (ALICE, 6), OWNERS_GROUP (4), MASKED (0), OTHERS (1)));
    AS (alice)
        FAILS (EACCES, can_open ("f", O_RDONLY));
    OK (chmod ("f", 0660));
    is_acl ("f", ACCESS, ENTRIES (OWNER (6), NAMED_USER (ALICE, 6), OWNERS_GROUP (4), MASKED (6), OTHERS (0)));
    AS (alice)
        OK (can_open ("f", O_RDWR));
    OK (chmod ("f", 0640));
    AS (alice) {
        OK (can_open ("f", O_RDONLY));
        FAILS (EACCES, can_open ("f", O_WRONLY));
    }
    make_dir ("d", 0755);
    OK (set_acl ("d", DEFAULT, ENTRIES (OWNER (7), NAMED_USER (ALICE, 6), OWNERS_GROUP (4), MASKED (6), OTHERS (0))));
    OK (chmod ("d", 0700));
    is_acl ("d", DEFAULT, ENTRIES (OWNER (7), NAMED_USER (ALICE, 6), OWNERS_GROUP (4), MASKED (6), OTHERS (0)));
}

/* --- enforcement ------------------------------------------------------------------------------------ */

/* A file of root and of NOBODYS; alice, who is of her own group and of TEAM, acts. */
static const struct rule {
    const char *name;
    bool read, write;
    size_t n;
    struct entry e[8];
} rules[] = {
    { "a named user", true, true, 5, { OWNER (6), NAMED_USER (ALICE, 6), OWNERS_GROUP (0), MASKED (6), OTHERS (0) } },
    { "a named user who may read", true, false, 5, { OWNER (6), NAMED_USER (ALICE, 4), OWNERS_GROUP (0), MASKED (6), OTHERS (6) } },
    { "a named user who may write", false, true, 5, { OWNER (6), NAMED_USER (ALICE, 2), OWNERS_GROUP (0), MASKED (6), OTHERS (6) } },
    { "a named user who may nothing", false, false, 5, { OWNER (6), NAMED_USER (ALICE, 0), OWNERS_GROUP (6), MASKED (6), OTHERS (6) } },
    { "a named user under a mask", true, false, 5, { OWNER (6), NAMED_USER (ALICE, 6), OWNERS_GROUP (0), MASKED (4), OTHERS (0) } },
    { "a named user under an empty mask", false, false, 5, { OWNER (6), NAMED_USER (ALICE, 6), OWNERS_GROUP (0), MASKED (0), OTHERS (0) } }, /* Linux takes others for an empty mask */
    { "a named user before a named group", false, false, 6,
      { OWNER (6), NAMED_USER (ALICE, 0), OWNERS_GROUP (0), NAMED_GROUP (TEAM, 6), MASKED (6), OTHERS (6) } },
    { "another named user", false, false, 5, { OWNER (6), NAMED_USER (BOB, 6), OWNERS_GROUP (6), MASKED (6), OTHERS (0) } },
    { "others beside a named user", true, false, 5, { OWNER (6), NAMED_USER (BOB, 6), OWNERS_GROUP (6), MASKED (6), OTHERS (4) } },
    { "others, whom no mask touches", true, true, 5, { OWNER (6), NAMED_USER (BOB, 6), OWNERS_GROUP (6), MASKED (0), OTHERS (6) } },
    { "a named group", true, true, 5, { OWNER (6), OWNERS_GROUP (0), NAMED_GROUP (ALICE, 6), MASKED (6), OTHERS (0) } },
    { "a named supplementary group", true, true, 5, { OWNER (6), OWNERS_GROUP (0), NAMED_GROUP (TEAM, 6), MASKED (6), OTHERS (0) } },
    { "a named group under a mask", false, true, 5, { OWNER (6), OWNERS_GROUP (0), NAMED_GROUP (TEAM, 6), MASKED (2), OTHERS (0) } },
    { "a named group that may nothing", false, false, 5, { OWNER (6), OWNERS_GROUP (0), NAMED_GROUP (TEAM, 0), MASKED (6), OTHERS (6) } },
    { "the larger of two named groups", true, true, 6,
      { OWNER (6), OWNERS_GROUP (0), NAMED_GROUP (TEAM, 0), NAMED_GROUP (ALICE, 6), MASKED (6), OTHERS (0) } },
    { "a group of others", false, false, 5, { OWNER (6), OWNERS_GROUP (0), NAMED_GROUP (BOB, 6), MASKED (6), OTHERS (0) } },
};

TEST_EACH (enforced_for, rules)
{
    needs_acls ();
    make_text ("f", "text");
    OK (chown ("f", 0, NOBODYS));
    OK (set_acl ("f", ACCESS, row->e, row->n));
    AS (alice) {
        MAY (row->read, can_open ("f", O_RDONLY));
        MAY (row->write, can_open ("f", O_WRONLY));
        MAY (row->write, truncate ("f", 1));
        MAY (row->read, access ("f", R_OK));
        MAY (row->write, access ("f", W_OK));
        FAILS (EACCES, access ("f", X_OK));
    }
}

TEST (two_groups_do_not_add_up)
{
    needs_acls ();
    make_file ("f", 0);
    OK (chown ("f", 0, NOBODYS));
    OK (set_acl ("f", ACCESS,
                 ENTRIES (OWNER (6), OWNERS_GROUP (0), NAMED_GROUP (TEAM, 4), NAMED_GROUP (ALICE, 2), MASKED (6), OTHERS (0))));
    AS (alice) {
        OK (can_open ("f", O_RDONLY));
        OK (can_open ("f", O_WRONLY));
        FAILS (EACCES, can_open ("f", O_RDWR));
    }
}

TEST (owner_is_not_masked)
{
    needs_acls ();
    make_file_of ("f", &alice, 0600);
    OK (set_acl ("f", ACCESS, ENTRIES (OWNER (6), NAMED_USER (ALICE, 0), NAMED_USER (BOB, 6), OWNERS_GROUP (0), MASKED (0), OTHERS (0))));
    AS (alice)
        OK (can_open ("f", O_RDWR));
    AS (bob)
        FAILS (EACCES, can_open ("f", O_RDONLY));
}

TEST (owners_group_is_masked)
{
    needs_acls ();
    make_file ("f", 0);
    OK (chown ("f", 0, TEAM));
    OK (set_acl ("f", ACCESS, ENTRIES (OWNER (6), NAMED_USER (STRANGER, 6), OWNERS_GROUP (6), MASKED (4), OTHERS (0))));
    AS (alice) {
        OK (can_open ("f", O_RDONLY));
        FAILS (EACCES, can_open ("f", O_WRONLY));
    }
    OK (set_acl ("f", ACCESS, ENTRIES (OWNER (6), NAMED_USER (STRANGER, 6), OWNERS_GROUP (0), MASKED (6), OTHERS (6))));
    EQ (0666, mode_of ("f"));
    AS (alice)
        FAILS (EACCES, can_open ("f", O_RDONLY));
    AS (bob)
        OK (can_open ("f", O_RDWR));
}

TEST (root_is_not_bound)
{
    needs_acls ();
    make_file ("f", 0600);
    OK (set_acl ("f", ACCESS, ENTRIES (OWNER (0), NAMED_USER (ALICE, 0), OWNERS_GROUP (0), MASKED (0), OTHERS (0))));
    OK (can_open ("f", O_RDWR));
}

TEST (of_a_directory_is_enforced)
{
    struct stat st;
    needs_acls ();
    make_dir ("d", 0700);
    make_text ("d/f", "text");
    OK (set_acl ("d", ACCESS, ENTRIES (OWNER (7), NAMED_USER (ALICE, 7), NAMED_USER (BOB, 5), OWNERS_GROUP (0), MASKED (7), OTHERS (0))));
    AS (alice) {
        OK (stat ("d/f", &st));
        OK (mkdir ("d/e", 0755));
        OK (rename ("d/e", "d/g"));
        OK (mknod ("d/h", S_IFREG | 0644, 0));
        OK (unlink ("d/f"));
    }
    AS (bob) {
        OK (stat ("d/h", &st));
        OK (can_open ("d", O_RDONLY | O_DIRECTORY));
        FAILS (EACCES, mkdir ("d/e", 0755));
        FAILS (EACCES, unlink ("d/h"));
        FAILS (EACCES, rmdir ("d/g"));
        FAILS (EACCES, symlink ("x", "d/s"));
        FAILS (EACCES, rename ("d/h", "d/i"));
    }
    OK (set_acl ("d", ACCESS, ENTRIES (OWNER (7), NAMED_USER (ALICE, 6), OWNERS_GROUP (0), MASKED (7), OTHERS (7))));
    AS (alice) {
        FAILS (EACCES, stat ("d/h", &st));
        OK (can_open ("d", O_RDONLY | O_DIRECTORY));
    }
    AS (bob)
        OK (mkdir ("d/e", 0755));
}

TEST (does_not_give_what_is_the_owners)
{
    struct timespec t[2] = { { 1, 1 }, { 2, 2 } };
    needs_acls ();
    make_file ("f", 0600);
    OK (set_acl ("f", ACCESS, ENTRIES (OWNER (6), NAMED_USER (ALICE, 6), OWNERS_GROUP (0), MASKED (6), OTHERS (0))));
    AS (alice) {
        FAILS (EPERM, chmod ("f", 0666));
        FAILS (EPERM, chown ("f", ALICE, -1));
        FAILS (EPERM, utimensat (AT_FDCWD, "f", t, 0));
        OK (utimensat (AT_FDCWD, "f", NULL, 0));
        OK (setxattr ("f", "user.x", "v", 1, 0));
    }
}

/* --- inheritance ------------------------------------------------------------------------------------ */

TEST (default_becomes_the_acl_of_new_files)
{
    needs_acls ();
    make_dir ("d", 0755);
    OK (set_acl ("d", DEFAULT, ENTRIES (OWNER (7), NAMED_USER (ALICE, 6), OWNERS_GROUP (5), NAMED_GROUP (TEAM, 7), MASKED (7), OTHERS (1))));
    umask (077);
    OK (close ((int) OK (open ("d/f", O_RDWR | O_CREAT, 0666))));
    is_acl ("d/f", ACCESS, ENTRIES (OWNER (6), NAMED_USER (ALICE, 6), OWNERS_GROUP (5), NAMED_GROUP (TEAM, 7), MASKED (6), OTHERS (0)));
    EQ (0660, mode_of ("d/f"));
    has_none ("d/f", DEFAULT);
    OK (close ((int) OK (open ("d/g", O_RDWR | O_CREAT, 0640))));
    is_acl ("d/g", ACCESS, ENTRIES (OWNER (6), NAMED_USER (ALICE, 6), OWNERS_GROUP (5), NAMED_GROUP (TEAM, 7), MASKED (4), OTHERS (0)));
    OK (mknod ("d/n", S_IFREG | 0777, 0));
    is_acl ("d/n", ACCESS, ENTRIES (OWNER (7), NAMED_USER (ALICE, 6), OWNERS_GROUP (5), NAMED_GROUP (TEAM, 7), MASKED (7), OTHERS (1)));
    OK (mkfifo ("d/p", 0666));
    EQ (0660, mode_of ("d/p"));
    AS (alice) {
        OK (can_open ("d/f", O_RDWR));
        OK (can_open ("d/g", O_RDONLY));
        FAILS (EACCES, can_open ("d/g", O_RDWR));
    }
}

TEST (default_is_handed_down_to_new_directories)
{
    needs_acls ();
    make_dir ("d", 0755);
    OK (set_acl ("d", DEFAULT, ENTRIES (OWNER (7), NAMED_USER (ALICE, 7), OWNERS_GROUP (5), MASKED (7), OTHERS (5))));
    umask (077);
    OK (mkdir ("d/e", 0750));
    is_acl ("d/e", ACCESS, ENTRIES (OWNER (7), NAMED_USER (ALICE, 7), OWNERS_GROUP (5), MASKED (5), OTHERS (0)));
    is_acl ("d/e", DEFAULT, ENTRIES (OWNER (7), NAMED_USER (ALICE, 7), OWNERS_GROUP (5), MASKED (7), OTHERS (5)));
    EQ (0750, mode_of ("d/e"));
    OK (mkdir ("d/e/g", 0777));
    is_acl ("d/e/g", DEFAULT, ENTRIES (OWNER (7), NAMED_USER (ALICE, 7), OWNERS_GROUP (5), MASKED (7), OTHERS (5)));
    EQ (0775, mode_of ("d/e/g"));
    AS (alice) {
        OK (mkdir ("d/e/g/h", 0777));
        OK (close ((int) OK (open ("d/e/g/f", O_RDWR | O_CREAT, 0666))));
        is_acl ("d/e/g/f", ACCESS, ENTRIES (OWNER (6), NAMED_USER (ALICE, 7), OWNERS_GROUP (5), MASKED (6), OTHERS (4)));
    }
}

TEST (default_that_says_no_more_than_a_mode_stands_for_the_umask)
{
    needs_acls ();
    make_dir ("d", 0755);
    OK (set_acl ("d", DEFAULT, ENTRIES (OWNER (7), OWNERS_GROUP (7), OTHERS (5))));
    umask (077);
    OK (close ((int) OK (open ("d/f", O_RDWR | O_CREAT, 0666))));
    EQ (0664, mode_of ("d/f"));
    has_none ("d/f", ACCESS);
    OK (mkdir ("d/e", 0777));
    EQ (0775, mode_of ("d/e"));
    is_acl ("d/e", DEFAULT, ENTRIES (OWNER (7), OWNERS_GROUP (7), OTHERS (5)));
    OK (symlink ("x", "d/s"));
    EQ (0777, mode_of ("d/s"));
}

TEST (without_a_default_the_umask_holds)
{
    needs_acls ();
    make_dir ("d", 0755);
    OK (set_acl ("d", ACCESS, ENTRIES (OWNER (7), NAMED_USER (ALICE, 7), OWNERS_GROUP (7), MASKED (7), OTHERS (7))));
    umask (027);
    OK (close ((int) OK (open ("d/f", O_RDWR | O_CREAT, 0666))));
    EQ (0640, mode_of ("d/f"));
    has_none ("d/f", ACCESS);
    OK (mkdir ("d/e", 0777));
    EQ (0750, mode_of ("d/e"));
    has_none ("d/e", DEFAULT);
}

TEST (default_does_not_bind_the_directory_itself)
{
    needs_acls ();
    make_dir ("d", 0755);
    make_file ("d/f", 0644);
    OK (set_acl ("d", DEFAULT, ENTRIES (OWNER (0), NAMED_USER (ALICE, 0), OWNERS_GROUP (0), MASKED (0), OTHERS (0))));
    EQ (0755, mode_of ("d"));
    AS (alice)
        OK (can_open ("d/f", O_RDONLY));
}

TEST (is_not_taken_along_by_a_move)
{
    needs_acls ();
    make_dir ("d", 0755);
    make_file ("f", 0644);
    OK (set_acl ("d", DEFAULT, ENTRIES (OWNER (7), NAMED_USER (ALICE, 7), OWNERS_GROUP (5), MASKED (7), OTHERS (5))));
    OK (rename ("f", "d/f"));
    has_none ("d/f", ACCESS);
    OK (link ("d/f", "d/g"));
    has_none ("d/g", ACCESS);
}
