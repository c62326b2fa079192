/*
 * chown and who may.
 */
#include "posix-test.h"

#define GROUP "chown"

static void
is_of (const char *path, uid_t uid, gid_t gid)
{
    struct stat st = look (path);
    EQ (uid, st.st_uid);
    EQ (gid, st.st_gid);
}

static const struct {
    const char *name;
    uid_t uid;
    gid_t gid;
} ids[] = { { "1", 1, 1 }, { "65536", 65536, 65537 }, { "2 to the 31", 2147483648u, 2147483649u }, { "the largest", 4294967294u, 4294967293u } };

TEST_EACH (to_number, ids)
{
    make_file ("f", 0644);
    make_dir ("d", 0755);
    OK (chown ("f", row->uid, row->gid));
    is_of ("f", row->uid, row->gid);
    OK (chown ("d", row->uid, row->gid));
    is_of ("d", row->uid, row->gid);
}

TEST (leaves_what_is_minus_one)
{
    make_file ("f", 0644);
    OK (chown ("f", 5, 6));
    OK (chown ("f", 7, -1));
    is_of ("f", 7, 6);
    OK (chown ("f", -1, 8));
    is_of ("f", 7, 8);
    OK (chown ("f", -1, -1));
    is_of ("f", 7, 8);
}

TEST (by_path_link_and_descriptor)
{
    make_file ("f", 0644);
    OK (symlink ("f", "s"));
    OK (chown ("s", 1, 2));
    is_of ("f", 1, 2);
    is_of ("s", 0, 0);
    OK (lchown ("s", 3, 4));
    is_of ("s", 3, 4);
    is_of ("f", 1, 2);
    int fd = (int) OK (open ("f", O_RDONLY));
    OK (fchown (fd, 5, 6));
    is_of ("f", 5, 6);
    OK (fchownat (AT_FDCWD, "s", 7, 8, AT_SYMLINK_NOFOLLOW));
    is_of ("s", 7, 8);
    OK (fchownat (AT_FDCWD, "s", 9, 10, 0));
    is_of ("f", 9, 10);
    OK (fchownat (fd, "", 11, 12, AT_EMPTY_PATH));
    is_of ("f", 11, 12);
}

TEST (of_special_files)
{
    OK (mkfifo ("p", 0600));
    OK (mknod ("c", S_IFBLK | 0600, 0x700));
    OK (mknod ("s", S_IFSOCK | 0600, 0));
    OK (chown ("p", 1, 2));
    OK (chown ("c", 3, 4));
    OK (chown ("s", 5, 6));
    is_of ("p", 1, 2);
    is_of ("c", 3, 4);
    is_of ("s", 5, 6);
}

TEST (gives_a_file_to_the_groups_of_the_owner)
{
    make_file_of ("f", &alice, 0644);
    make_dir_of ("d", &alice, 0755);
    AS (alice) {
        OK (chown ("f", -1, TEAM));
        is_of ("f", alice.uid, TEAM);
        OK (chown ("f", alice.uid, alice.gid));
        is_of ("f", alice.uid, alice.gid);
        OK (chown ("d", -1, TEAM));
        is_of ("d", alice.uid, TEAM);
        int fd = (int) OK (open ("f", O_RDONLY));
        OK (fchown (fd, -1, TEAM));
        is_of ("f", alice.uid, TEAM);
    }
}

TEST (to_a_group_of_others_is_refused)
{
    make_file_of ("f", &alice, 0644);
    AS (alice) {
        FAILS (EPERM, chown ("f", -1, NOBODYS));
        FAILS (EPERM, chown ("f", -1, 0));
        FAILS (EPERM, chown ("f", alice.uid, bob.gid));
    }
    is_of ("f", alice.uid, alice.gid);
}

TEST (gives_nothing_away)
{
    make_file_of ("f", &alice, 0666);
    AS (alice) {
        FAILS (EPERM, chown ("f", bob.uid, -1));
        FAILS (EPERM, chown ("f", 0, -1));
        FAILS (EPERM, chown ("f", bob.uid, alice.gid));
        OK (chown ("f", alice.uid, -1));
    }
    is_of ("f", alice.uid, alice.gid);
}

TEST (is_not_for_others)
{
    make_file_of ("f", &alice, 0666);
    make_dir_of ("d", &alice, 0777);
    OK (symlink ("f", "s"));
    AS (bob) {
        FAILS (EPERM, chown ("f", bob.uid, -1));
        FAILS (EPERM, chown ("f", -1, bob.gid));
        FAILS (EPERM, chown ("f", alice.uid, alice.gid));
        FAILS (EPERM, chown ("d", bob.uid, bob.gid));
        FAILS (EPERM, lchown ("s", bob.uid, bob.gid));
        int fd = (int) OK (open ("f", O_RDWR));
        FAILS (EPERM, fchown (fd, bob.uid, bob.gid));
    }
}

TEST (to_nobody_is_for_everybody_and_changes_nothing)
{
    make_file_of ("f", &alice, 0600);
    make_dir_of ("d", &alice, 0700);
    struct stat f = look ("f"), d = look ("d");
    AS (bob) {
        OK (chown ("f", -1, -1));
        OK (chown ("d", -1, -1));
    }
    struct stat f2 = look ("f"), d2 = look ("d");
    is_of ("f", alice.uid, alice.gid);
    is_of ("d", alice.uid, alice.gid);
    EQ (f.st_mode, f2.st_mode);
    EQ (d.st_mode, d2.st_mode);
    EQ (f.st_mtim.tv_nsec, f2.st_mtim.tv_nsec);
    EQ (d.st_mtim.tv_nsec, d2.st_mtim.tv_nsec);
}

TEST (moves_the_permissions)
{
    make_text ("f", "text");
    OK (chmod ("f", 0600));
    AS (alice)
        FAILS (EACCES, open ("f", O_RDONLY));
    OK (chown ("f", alice.uid, -1));
    AS (alice)
        SAME_TEXT ("text", text_of ("f"));
    OK (chown ("f", bob.uid, TEAM));
    OK (chmod ("f", 0040));
    AS (alice)
        SAME_TEXT ("text", text_of ("f"));
    AS (bob)
        FAILS (EACCES, open ("f", O_RDONLY));
}
