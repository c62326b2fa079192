/*
 * chmod, umask, the set-id and sticky bits.
 */
#include <sys/mman.h>

#include "posix-test.h"

#define GROUP "chmod"

TEST (sets_every_bit)
{
    make_file ("f", 0644);
    make_dir ("d", 0755);
    for (mode_t m = 1; m <= 04000; m <<= 1) {
        note ("mode 0%o", m);
        OK (chmod ("f", m));
        EQ (m, mode_of ("f"));
        OK (chmod ("d", m));
        EQ (m, mode_of ("d"));
    }
}

TEST (sets_many_modes)
{
    make_file ("f", 0644);
    int fd = (int) OK (open ("f", O_RDONLY));
    for (mode_t m = 0; m <= 07777; m += 83) {
        note ("mode 0%o", m);
        if (m % 2)
            OK (chmod ("f", m));
        else
            OK (fchmod (fd, m));
        EQ (S_IFREG | m, look_fd (fd).st_mode);
    }
}

TEST (of_a_file_of_the_own)
{
    make_file_of ("f", &alice, 0644);
    make_dir_of ("d", &alice, 0755);
    AS (alice) {
        OK (chmod ("f", 0));
        EQ (0, mode_of ("f"));
        OK (chmod ("f", 06751));
        EQ (06751, mode_of ("f"));
        OK (chmod ("d", 03700));
        EQ (03700, mode_of ("d"));
    }
}

TEST (is_the_owners)
{
    make_file_of ("f", &alice, 0666);
    make_file ("r", 0666);
    make_dir ("d", 0777);
    AS (bob) {
        FAILS (EPERM, chmod ("f", 0644));
        FAILS (EPERM, chmod ("r", 0644));
        FAILS (EPERM, chmod ("d", 0755));
        int fd = (int) OK (open ("f", O_RDWR));
        FAILS (EPERM, fchmod (fd, 0644));
    }
    EQ (0666, mode_of ("f"));
    EQ (0666, mode_of ("r"));
}

TEST (clears_set_group_id_for_strangers_to_the_group)
{
    make_file_of ("f", &alice, 0755);
    make_dir_of ("d", &alice, 0755);
    OK (chown ("f", -1, NOBODYS));
    OK (chown ("d", -1, NOBODYS));
    AS (alice) {
        OK (chmod ("f", 06755));
        EQ (04755, mode_of ("f"));
        OK (chmod ("d", 02755));
        EQ (0755, mode_of ("d"));
    }
    OK (chmod ("f", 02755));
    EQ (02755, mode_of ("f"));
}

TEST (leaves_set_group_id_to_members)
{
    make_file_of ("f", &alice, 0755);
    make_file_of ("g", &alice, 0755);
    OK (chown ("g", -1, TEAM));
    AS (alice) {
        OK (chmod ("f", 02755));
        EQ (02755, mode_of ("f"));
        OK (chmod ("g", 02755));
        EQ (02755, mode_of ("g"));
    }
}

TEST (of_a_link_is_of_its_file)
{
    make_file ("f", 0600);
    OK (symlink ("f", "s"));
    OK (chmod ("s", 0644));
    EQ (0644, mode_of ("f"));
    EQ (0777, mode_of ("s"));
    OK (fchmodat (AT_FDCWD, "s", 0640, 0));
    EQ (0640, mode_of ("f"));
}

TEST (of_special_files)
{
    OK (mkfifo ("p", 0600));
    OK (mknod ("c", S_IFCHR | 0600, 0x103));
    OK (mknod ("s", S_IFSOCK | 0600, 0));
    OK (chmod ("p", 0642));
    OK (chmod ("c", 0642));
    OK (chmod ("s", 0642));
    EQ (S_IFIFO | 0642, look ("p").st_mode);
    EQ (S_IFCHR | 0642, look ("c").st_mode);
    EQ (S_IFSOCK | 0642, look ("s").st_mode);
}

TEST (is_not_stopped_by_a_read_only_descriptor)
{
    make_file ("f", 0444);
    int fd = (int) OK (open ("f", O_RDONLY));
    OK (fchmod (fd, 0200));
    EQ (0200, mode_of ("f"));
    OK (fchown (fd, 1, 1));
    EQ (1, look ("f").st_uid);
}

/* --- umask ------------------------------------------------------------------------------------------ */

#undef GROUP
#define GROUP "umask"

static const struct {
    const char *name;
    mode_t mask;
} masks[] = { { "0", 0 }, { "022", 022 }, { "027", 027 }, { "077", 077 }, { "0777", 0777 }, { "0111", 0111 }, { "0400", 0400 } };

TEST_EACH (of, masks)
{
    umask (row->mask);
    OK (close ((int) OK (open ("f", O_CREAT | O_RDWR, 0777))));
    OK (mkdir ("d", 0777));
    OK (mkfifo ("p", 0777));
    OK (symlink ("x", "s"));
    EQ (0777 & ~row->mask, mode_of ("f"));
    EQ (0777 & ~row->mask, mode_of ("d"));
    EQ (0777 & ~row->mask, mode_of ("p"));
    EQ (0777, mode_of ("s"));
    OK (chmod ("f", 0666));
    EQ (0666, mode_of ("f"));
    EQ (row->mask, umask (0));
}

/* --- set-id bits ------------------------------------------------------------------------------------ */

#undef GROUP
#define GROUP "set-id"

/* Each is given the path of a file of mode 06777. */
static void by_write (const char *p) { int fd = (int) OK (open (p, O_WRONLY)); EQ (1, write (fd, "x", 1)); close (fd); }
static void by_pwrite (const char *p) { int fd = (int) OK (open (p, O_WRONLY)); EQ (3, pwrite (fd, "xyz", 3, 70000)); close (fd); }
static void by_append (const char *p) { int fd = (int) OK (open (p, O_WRONLY | O_APPEND)); EQ (1, write (fd, "x", 1)); close (fd); }
static void by_truncate (const char *p) { OK (truncate (p, 0)); }
static void by_growing (const char *p) { OK (truncate (p, 100)); }
static void by_ftruncate (const char *p) { int fd = (int) OK (open (p, O_RDWR)); OK (ftruncate (fd, 1)); close (fd); }
static void by_o_trunc (const char *p) { OK (close ((int) OK (open (p, O_WRONLY | O_TRUNC)))); }

static const struct {
    const char *name;
    void (*change) (const char *path);
} changes[] = {
    { "write", by_write }, { "pwrite", by_pwrite }, { "o_append", by_append }, { "truncate", by_truncate },
    { "growing", by_growing }, { "ftruncate", by_ftruncate }, { "o_trunc", by_o_trunc },
};

TEST_EACH (is_cleared_for_the_owner_by, changes)
{
    make_text ("f", "text");
    OK (chown ("f", alice.uid, alice.gid));
    OK (chmod ("f", 06777));
    AS (alice)
        row->change ("f");
    EQ (0777, mode_of ("f"));
}

TEST_EACH (is_cleared_for_others_by, changes)
{
    make_text ("f", "text");
    OK (chown ("f", alice.uid, alice.gid));
    OK (chmod ("f", 06777));
    AS (bob)
        row->change ("f");
    EQ (0777, mode_of ("f"));
    OK (chmod ("f", 04777));
    AS (bob)
        row->change ("f");
    EQ (0777, mode_of ("f"));
}

TEST_EACH (is_left_to_root_by, changes)
{
    make_text ("f", "text");
    OK (chmod ("f", 06777));
    row->change ("f");
    EQ (06777, mode_of ("f"));
}

TEST_EACH (without_group_execute_is_left_to_members_by, changes)
{
    make_text ("f", "text");
    OK (chown ("f", alice.uid, alice.gid));
    OK (chmod ("f", 02666));
    AS (alice)
        row->change ("f");
    EQ (02666, mode_of ("f"));
    OK (chmod ("f", 01777));
    AS (alice)
        row->change ("f");
    EQ (01777, mode_of ("f"));
}

TEST (is_seen_cleared_through_the_descriptor)
{
    make_file_of ("f", &alice, 04777);
    AS (alice) {
        int fd = (int) OK (open ("f", O_RDWR));
        EQ (04777, look_fd (fd).st_mode & 07777);
        EQ (4, write (fd, "text", 4));
        EQ (0777, look_fd (fd).st_mode & 07777);
        OK (fchmod (fd, 04755));
        EQ (04755, look_fd (fd).st_mode & 07777);
        EQ (4, write (fd, "text", 4));
        EQ (0755, look_fd (fd).st_mode & 07777);
    }
}

TEST (survives_reading_and_renaming)
{
    make_text ("f", "text");
    OK (chown ("f", alice.uid, alice.gid));
    OK (chmod ("f", 06755));
    make_dir ("d", 0777);
    AS (alice) {
        SAME_TEXT ("text", text_of ("f"));
        OK (utimensat (AT_FDCWD, "f", NULL, 0));
    }
    OK (rename ("f", "d/g"));
    OK (link ("d/g", "d/h"));
    EQ (06755, mode_of ("d/g"));
}

static const struct {
    const char *name;
    mode_t before, after;
} chowned[] = {
    { "04755", 04755, 0755 }, { "02755", 02755, 0755 }, { "06755", 06755, 0755 }, { "06711", 06711, 0711 }, { "04644", 04644, 0644 },
    { "01755", 01755, 01755 },
};

TEST_EACH (is_cleared_by_chown_of, chowned)
{
    make_file_of ("f", &alice, 0644);
    OK (chmod ("f", row->before));
    AS (alice)
        OK (chown ("f", -1, TEAM));
    EQ (row->after, mode_of ("f"));
    OK (chmod ("f", row->before));
    AS (alice)
        OK (chown ("f", alice.uid, alice.gid));
    EQ (row->after, mode_of ("f"));
    OK (chmod ("f", row->before));
    OK (chown ("f", bob.uid, bob.gid));
    EQ (row->after, mode_of ("f"));
}

TEST (of_directories_survives_chown)
{
    make_dir_of ("d", &alice, 0755);
    OK (chmod ("d", 06755));
    AS (alice)
        OK (chown ("d", -1, TEAM));
    EQ (06755, mode_of ("d"));
    OK (chown ("d", bob.uid, bob.gid));
    EQ (06755, mode_of ("d"));
}

/* --- setgid directories ----------------------------------------------------------------------------- */

#undef GROUP
#define GROUP "setgid-directory"

static void
make_setgid (void)
{
    make_dir ("d", 0777);
    OK (chown ("d", 0, TEAM));
    OK (chmod ("d", 02777));
    EQ (02777, mode_of ("d"));
}

TEST (gives_its_group)
{
    make_setgid ();
    AS (bob) {
        OK (close ((int) OK (open ("d/f", O_CREAT | O_RDWR, 0644))));
        OK (mkdir ("d/d", 0755));
        OK (mkfifo ("d/p", 0644));
        OK (symlink ("x", "d/s"));
        OK (mknod ("d/n", S_IFSOCK | 0644, 0));
    }
    EQ (TEAM, look ("d/f").st_gid);
    EQ (TEAM, look ("d/d").st_gid);
    EQ (TEAM, look ("d/p").st_gid);
    EQ (TEAM, look ("d/s").st_gid);
    EQ (TEAM, look ("d/n").st_gid);
    EQ (bob.uid, look ("d/f").st_uid);
}

TEST (is_handed_down)
{
    make_setgid ();
    OK (mkdir ("d/a", 0755));
    OK (mkdir ("d/a/b", 0700));
    EQ (02755, mode_of ("d/a"));
    EQ (02700, mode_of ("d/a/b"));
    EQ (TEAM, look ("d/a/b").st_gid);
    OK (close ((int) OK (open ("d/f", O_CREAT | O_RDWR, 0644))));
    EQ (0644, mode_of ("d/f"));
}

TEST (keeps_the_bit_from_strangers)
{
    make_setgid ();
    AS (bob) {
        OK (close ((int) OK (open ("d/f", O_CREAT | O_RDWR, 02755))));
        EQ (0755, mode_of ("d/f"));
        OK (mknod ("d/n", S_IFREG | 02755, 0));
        EQ (0755, mode_of ("d/n"));
    }
    AS (alice) {
        OK (close ((int) OK (open ("d/g", O_CREAT | O_RDWR, 02755))));
        EQ (02755, mode_of ("d/g"));
    }
}

TEST (changes_nothing_of_what_is_moved_there)
{
    make_setgid ();
    make_file_of ("f", &bob, 0644);
    make_dir_of ("e", &bob, 0755);
    OK (rename ("f", "d/f"));
    OK (rename ("e", "d/e"));
    EQ (bob.gid, look ("d/f").st_gid);
    EQ (bob.gid, look ("d/e").st_gid);
    EQ (0755, mode_of ("d/e"));
}

TEST (without_the_bit_gives_the_group_of_the_caller)
{
    make_dir ("d", 0777);
    OK (chown ("d", 0, TEAM));
    AS (bob) {
        OK (close ((int) OK (open ("d/f", O_CREAT | O_RDWR, 0644))));
        OK (mkdir ("d/d", 0755));
        EQ (bob.gid, look ("d/f").st_gid);
        EQ (bob.gid, look ("d/d").st_gid);
    }
}
