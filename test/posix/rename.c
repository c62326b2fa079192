/*
 * rename, with and without flags, over everything, from and to everywhere.
 */
#include <signal.h>
#include <sys/wait.h>

#include "posix-test.h"

#define GROUP "rename"

enum { NOREPLACE = 1, EXCHANGE = 2, WHITEOUT = 4 };

enum kind { NOTHING, A_FILE, EMPTY_DIR, FULL_DIR, A_LINK, A_FIFO };

static void
make_kind (const char *path, enum kind k)
{
    char inside[64];
    snprintf (inside, sizeof inside, "%s/inside", path);
    switch (k) {
    case NOTHING:
        break;
    case A_FILE:
        make_text (path, path);
        break;
    case FULL_DIR:
    case EMPTY_DIR:
        make_dir (path, 0755);
        if (k == FULL_DIR)
            make_text (inside, path);
        break;
    case A_LINK:
        OK (symlink (path, path));
        break;
    case A_FIFO:
        OK (mkfifo (path, 0644));
        break;
    }
}

static bool
is_dir (enum kind k)
{
    return k == EMPTY_DIR || k == FULL_DIR;
}

static int
error_of_replacing (enum kind from, enum kind to)
{
    if (from == NOTHING)
        return ENOENT;
    if (to == NOTHING)
        return 0;
    if (is_dir (from))
        return !is_dir (to) ? ENOTDIR : to == FULL_DIR ? ENOTEMPTY : 0;
    return is_dir (to) ? EISDIR : 0;
}

#define PAIRS(K, k)                                                                                                                       \
    { k " to nothing", K, NOTHING }, { k " over a file", K, A_FILE }, { k " over an empty directory", K, EMPTY_DIR },                     \
        { k " over a full directory", K, FULL_DIR }, { k " over a link", K, A_LINK }, { k " over a fifo", K, A_FIFO }

static const struct pair {
    const char *name;
    enum kind from, to;
} pairs[] = {
    PAIRS (NOTHING, "nothing"),        PAIRS (A_FILE, "a file"), PAIRS (EMPTY_DIR, "an empty directory"),
    PAIRS (FULL_DIR, "a full directory"), PAIRS (A_LINK, "a link"), PAIRS (A_FIFO, "a fifo"),
};

/* In one directory, then between two. */
static void
replace (const struct pair *p, const char *from, const char *to)
{
    int err = error_of_replacing (p->from, p->to);
    make_kind (from, p->from);
    make_kind (to, p->to);
    ino_t a = p->from ? look (from).st_ino : 0, b = p->to ? look (to).st_ino : 0;
    if (err) {
        FAILS (err, rename (from, to));
        EQ (p->from != NOTHING, exists (from));
        EQ (p->to != NOTHING, exists (to));
        if (p->from)
            EQ (a, look (from).st_ino);
        if (p->to)
            EQ (b, look (to).st_ino);
    } else {
        OK (rename (from, to));
        TRUE (!exists (from));
        EQ (a, look (to).st_ino);
        EQ (is_dir (p->from), S_ISDIR (look (to).st_mode) != 0);
    }
}

TEST_EACH (of, pairs)
{
    replace (row, "a", "b");
    make_dir ("d", 0755);
    make_dir ("e", 0755);
    replace (row, "d/a", "e/b");
}

TEST_EACH (noreplace_of, pairs)
{
    make_dir ("e", 0755);
    make_kind ("a", row->from);
    make_kind ("e/b", row->to);
    ino_t b = row->to ? look ("e/b").st_ino : 0;
    if (row->to && row->from) {
        FAILS (EEXIST, rename2 ("a", "e/b", NOREPLACE));
        EQ (b, look ("e/b").st_ino);
        TRUE (exists ("a"));
    } else if (row->from) {
        OK (rename2 ("a", "e/b", NOREPLACE));
        TRUE (!exists ("a") && exists ("e/b"));
    } else {
        TRUE (rename2 ("a", "e/b", NOREPLACE) < 0 && (errno == ENOENT || (row->to && errno == EEXIST)));
    }
}

TEST_EACH (exchange_of, pairs)
{
    make_dir ("d", 0755);
    make_dir ("e", 0755);
    make_kind ("d/a", row->from);
    make_kind ("e/b", row->to);
    if (!row->from || !row->to) {
        FAILS (ENOENT, rename2 ("d/a", "e/b", EXCHANGE));
        EQ (row->from != NOTHING, exists ("d/a"));
        EQ (row->to != NOTHING, exists ("e/b"));
        return;
    }
    ino_t a = look ("d/a").st_ino, b = look ("e/b").st_ino;
    OK (rename2 ("d/a", "e/b", EXCHANGE));
    EQ (b, look ("d/a").st_ino);
    EQ (a, look ("e/b").st_ino);
    if (is_dir (row->from))
        EQ (look ("e").st_ino, look ("e/b/..").st_ino);
    if (is_dir (row->to))
        EQ (look ("d").st_ino, look ("d/a/..").st_ino);
    if (dirs_count_links ()) {
        EQ (2 + is_dir (row->to), links_of ("d"));
        EQ (2 + is_dir (row->from), links_of ("e"));
    }
    if (row->from == FULL_DIR)
        SAME_TEXT ("d/a", text_of ("e/b/inside"));
    OK (rename2 ("d/a", "e/b", EXCHANGE));
    EQ (a, look ("d/a").st_ino);
}

TEST (exchange_in_one_directory)
{
    make_text ("a", "one");
    make_text ("b", "two");
    OK (rename2 ("a", "b", EXCHANGE));
    SAME_TEXT ("two", text_of ("a"));
    SAME_TEXT ("one", text_of ("b"));
    OK (rename2 ("a", "a", EXCHANGE));
    SAME_TEXT ("two", text_of ("a"));
    OK (link ("a", "c"));
    OK (rename2 ("a", "c", EXCHANGE));
    EQ (2, links_of ("a"));
    EQ (2, links_of ("c"));
}

TEST (flags_that_do_not_go_together)
{
    make_file ("a", 0644);
    make_file ("b", 0644);
    FAILS (EINVAL, rename2 ("a", "b", NOREPLACE | EXCHANGE));
    FAILS (EINVAL, rename2 ("a", "b", EXCHANGE | WHITEOUT));
    FAILS (EINVAL, rename2 ("a", "b", 0x100));
    TRUE (exists ("a") && exists ("b"));
}

TEST (into_the_own_subtree)
{
    OK (mkdir ("a", 0755));
    OK (mkdir ("a/b", 0755));
    OK (mkdir ("a/b/c", 0755));
    FAILS (EINVAL, rename ("a", "a/x"));
    FAILS (EINVAL, rename ("a", "a/b/x"));
    FAILS (EINVAL, rename ("a", "a/b/c"));
    FAILS (EINVAL, rename ("a/b", "a/b/c/x"));
    FAILS (EINVAL, rename2 ("a", "a/x", NOREPLACE));
    FAILS (EINVAL, rename2 ("a", "a/b", EXCHANGE));
    FAILS (EINVAL, rename2 ("a/b/c", "a", EXCHANGE));
    TRUE (exists ("a/b/c"));
}

TEST (over_an_ancestor)
{
    OK (mkdir ("a", 0755));
    OK (mkdir ("a/b", 0755));
    make_file ("a/f", 0644);
    FAILS (ENOTEMPTY, rename ("a/b", "a"));
    FAILS (ENOTEMPTY, rename ("a/f", "a"));
    TRUE (exists ("a/b") && exists ("a/f"));
}

TEST (of_a_name_to_itself)
{
    make_text ("f", "text");
    make_dir ("d", 0755);
    OK (symlink ("f", "s"));
    OK (rename ("f", "f"));
    OK (rename ("d", "d"));
    OK (rename ("s", "s"));
    OK (rename ("f", "d/../f"));
    SAME_TEXT ("text", text_of ("f"));
    TRUE (exists ("d") && exists ("s"));
    FAILS (EEXIST, rename2 ("f", "f", NOREPLACE));
}

TEST (of_one_name_over_another_of_the_same_file_does_nothing)
{
    make_dir ("d", 0755);
    make_text ("a", "text");
    OK (link ("a", "b"));
    OK (link ("a", "d/c"));
    OK (rename ("a", "b"));
    TRUE (exists ("a") && exists ("b"));
    OK (rename ("a", "d/c"));
    TRUE (exists ("a") && exists ("d/c"));
    EQ (3, links_of ("a"));
    OK (symlink ("x", "s"));
    OK (link ("s", "t"));
    OK (rename ("s", "t"));
    TRUE (exists ("s") && exists ("t"));
}

TEST (of_dots)
{
    make_dir ("d", 0755);
    make_dir ("d/e", 0755);
    FAILS (EBUSY, rename (".", "x"));
    FAILS (EBUSY, rename ("..", "x"));
    FAILS (EBUSY, rename ("d/.", "x"));
    FAILS (EBUSY, rename ("d/e/..", "x"));
    FAILS (EBUSY, rename ("d", "."));
    FAILS (EBUSY, rename ("d/e", "d/."));
    FAILS (EBUSY, rename ("d/e", "d/e/.."));
    TRUE (exists ("d/e"));
}

TEST (with_a_trailing_slash)
{
    make_dir ("d", 0755);
    make_file ("f", 0644);
    make_file ("g", 0644);
    OK (rename ("d/", "e"));
    OK (rename ("e", "d/"));
    OK (rename ("d/", "e/"));
    FAILS (ENOTDIR, rename ("f/", "h"));
    FAILS (ENOTDIR, rename ("f", "h/"));
    FAILS (ENOTDIR, rename ("f", "g/"));
    TRUE (exists ("e") && exists ("f") && exists ("g"));
}

TEST (keeps_the_file_as_it_is)
{
    struct timespec t[2] = { { 1000, 11 }, { 2000, 22 } };
    make_dir ("d", 0755);
    make_text ("f", "text");
    OK (chown ("f", 7, 8));
    OK (chmod ("f", 06751));
    OK (utimensat (AT_FDCWD, "f", t, 0));
    struct stat a = look ("f");
    OK (rename ("f", "d/g"));
    struct stat b = look ("d/g");
    EQ (a.st_ino, b.st_ino);
    EQ (a.st_mode, b.st_mode);
    EQ (a.st_uid, b.st_uid);
    EQ (a.st_gid, b.st_gid);
    EQ (a.st_size, b.st_size);
    EQ (1, b.st_nlink);
    TRUE (same_time (a.st_atim, b.st_atim));
    TRUE (same_time (a.st_mtim, b.st_mtim));
}

TEST (of_a_tree)
{
    OK (mkdir ("a", 0755));
    OK (mkdir ("a/b", 0755));
    OK (mkdir ("to", 0755));
    make_text ("a/b/f", "text");
    int fd = (int) OK (open ("a/b", O_RDONLY | O_DIRECTORY));
    OK (rename ("a", "to/a"));
    SAME_TEXT ("text", text_of ("to/a/b/f"));
    EQ (look ("to").st_ino, look ("to/a/..").st_ino);
    FAILS (ENOENT, open ("a/b/f", O_RDONLY));
    OK (faccessat (fd, "f", F_OK, 0));
    OK (faccessat (fd, "../../../to", F_OK, 0));
    if (dirs_count_links ()) {
        EQ (3, links_of ("to"));
        EQ (3, links_of ("to/a"));
        EQ (3, links_of ("."));
    }
}

TEST (over_an_empty_directory_counts_links)
{
    OK (mkdir ("a", 0755));
    OK (mkdir ("d", 0755));
    OK (mkdir ("d/b", 0755));
    OK (rename ("a", "d/b"));
    if (!dirs_count_links ())
        return;
    EQ (3, links_of ("."));
    EQ (3, links_of ("d"));
    EQ (2, links_of ("d/b"));
}

TEST (over_one_of_two_names)
{
    make_text ("a", "one");
    make_text ("b", "two");
    OK (link ("b", "c"));
    OK (rename ("a", "b"));
    SAME_TEXT ("one", text_of ("b"));
    SAME_TEXT ("two", text_of ("c"));
    EQ (1, links_of ("c"));
    EQ (1, links_of ("b"));
}

TEST (back_and_forth)
{
    make_dir ("d", 0755);
    make_text ("f", "text");
    for (int i = 0; i < 50; i++) {
        OK (rename ("f", "d/f"));
        TRUE (!exists ("f"));
        OK (rename ("d/f", "f"));
        TRUE (!exists ("d/f"));
    }
    SAME_TEXT ("text", text_of ("f"));
}

static void
save_often (__attribute__ ((unused)) void *arg)
{
    for (int i = 0; i < 150; i++) {
        make_text ("new", i % 2 ? "odd" : "even");
        OK (rename ("new", "f"));
    }
}

TEST (never_leaves_the_name_empty)
{
    unsigned looks = 0;
    make_text ("f", "even");
    pid_t pid = child_start (save_often, NULL);
    while (waitpid (pid, NULL, WNOHANG | WNOWAIT) == 0 && looks++ < 100000) {
        struct stat st;
        if (stat ("f", &st) < 0)
            OK (-1);
    }
    child_wait (pid);
    SAME_TEXT ("odd", text_of ("f"));
}

/* --- permissions ------------------------------------------------------------------------------------ */

TEST (needs_both_directories)
{
    make_dir_of ("mine", &alice, 0755);
    make_dir_of ("his", &bob, 0755);
    make_file_of ("mine/f", &alice, 0644);
    make_file_of ("his/g", &alice, 0644);
    AS (alice) {
        FAILS (EACCES, rename ("mine/f", "his/f"));
        FAILS (EACCES, rename ("his/g", "mine/g"));
        FAILS (EACCES, rename ("his/g", "his/h"));
        FAILS (EACCES, rename2 ("mine/f", "his/g", EXCHANGE));
        OK (rename ("mine/f", "mine/h"));
    }
    TRUE (exists ("his/g"));
}

TEST (of_a_directory_elsewhere_needs_leave_to_write_it)
{
    make_dir ("from", 0777);
    make_dir ("to", 0777);
    make_dir_of ("from/d", &bob, 0755);
    make_dir_of ("from/e", &alice, 0555);
    AS (alice) {
        FAILS (EACCES, rename ("from/d", "to/d"));
        OK (rename ("from/d", "from/d2"));
        FAILS (EACCES, rename ("from/e", "to/e"));
        OK (chmod ("from/e", 0755));
        OK (rename ("from/e", "to/e"));
    }
}

TEST (of_others_files_needs_only_the_directories)
{
    make_dir ("d", 0777);
    make_file_of ("d/f", &bob, 0);
    AS (alice) {
        OK (rename ("d/f", "d/g"));
        FAILS (EACCES, open ("d/g", O_RDONLY));
    }
}
