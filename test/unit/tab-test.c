/* Mount entries: lines, variables, the order of the search, and paths to volumes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/base.h"
#include "common/tab/tab.h"

static struct tab *
parse (const char *text)
{
    struct tab *tab = NULL;
    char *error = NULL;
    if (tab_parse_text (text, strlen (text), "tab", &tab, &error) != 0)
        fail_msg ("%s", error);
    return tab;
}

static void
refused (const char *text, const char *words)
{
    struct tab *tab = NULL;
    CLEANUP_FREE char *error = NULL;
    assert_int_equal (tab_parse_text (text, strlen (text), "tab", &tab, &error), -EINVAL);
    assert_string_equal (error, words);
}

static void
a_line_becomes_an_entry (void **state)
{
    struct tab *tab =
        parse ("# volumes\n\n/dev/sda1 / ext4 defaults 0 1\n"
               "tcp://a:3334/fs  /mnt/x/  pvfs2  noauto,num_dfiles=4,bmi_opts=z,foo 0 0\n");
    assert_int_equal (tab->n_entries, 1);
    const struct tab_entry *e = &tab->entries[0];
    assert_int_equal (e->n_servers, 1);
    assert_string_equal (e->servers[0], "tcp://a:3334");
    assert_string_equal (e->fs_name, "fs");
    assert_string_equal (e->mnt_dir, "/mnt/x");
    assert_string_equal (e->mnt_opts, "noauto,foo");
    assert_string_equal (e->bmi_opts, "z");
    assert_int_equal (e->num_dfiles, 4);
    tab_free (tab);
}

static void
a_volume_may_have_several_servers (void **state)
{
    struct tab *tab = parse ("tcp://a:1/fs,tcp://[::1]:2/fs /m pvfs2");
    assert_int_equal (tab->entries[0].n_servers, 2);
    assert_string_equal (tab->entries[0].servers[1], "tcp://[::1]:2");
    assert_string_equal (tab->entries[0].mnt_opts, "rw");
    tab_free (tab);
    refused ("\ntcp://a:1/fs,tcp://b:1/other /m pvfs2",
             "tab:2: one entry names two file systems, 'fs' and 'other'");
}

static void
a_spec_has_exactly_three_slashes (void **state)
{
    refused ("tcp://a:1 /m pvfs2", "tab:1: 'tcp://a:1' is not of the form tcp://host:port/fsname");
    refused ("tcp://a:1/fs/x /m pvfs2",
             "tab:1: 'tcp://a:1/fs/x' is not of the form tcp://host:port/fsname");
    refused ("tcp:///fs /m pvfs2", "tab:1: 'tcp:///fs' is not of the form tcp://host:port/fsname");
    refused ("tcp://a:1/fs m pvfs2", "tab:1: mount directory 'm' is not an absolute path");
    refused ("tcp://a:1/fs /m pvfs2 num_dfiles=x",
             "tab:1: num_dfiles=x is not a number from 1 to 65536");
}

static void
an_mtab_may_hold_program_names_escapes_and_foreign_fuse_mounts (void **state)
{
    struct tab *tab = parse ("sshfs#you@host: /s fuse rw\npvfs2 /p fuse.pvfs2 rw\n"
                             "pvfs2fuse#tcp://a:1/fs /with\\040blank fuse rw 0 0\n");
    assert_int_equal (tab->n_entries, 1);
    assert_string_equal (tab->entries[0].mnt_dir, "/with blank");
    assert_string_equal (tab->entries[0].servers[0], "tcp://a:1");
    tab_free (tab);
}

static void
pvfs2ep_is_one_entry (void **state)
{
    struct tab *tab = NULL;
    assert_int_equal (tab_parse_ep ("/mnt=tcp://a:1/fs", &tab, NULL), 0);
    assert_string_equal (tab->entries[0].mnt_dir, "/mnt");
    assert_string_equal (tab->entries[0].fs_name, "fs");
    tab_free (tab);
    CLEANUP_FREE char *error = NULL;
    assert_int_equal (tab_parse_ep ("/mnt", &tab, &error), -EINVAL);
    assert_string_equal (error, "PVFS2EP: '/mnt' is not of the form /mnt=tcp://host:port/fsname");
}

/* -- with a folder of its own -- */

struct fixture {
    char dir[PATH_MAX / 2], old_cwd[PATH_MAX];
};

static int
setup (void **state)
{
    static struct fixture f;
    char template[] = "/tmp/tab-test.XXXXXX";
    if (mkdtemp (template) == NULL || realpath (template, f.old_cwd) == NULL)
        return -1;
    snprintf (f.dir, sizeof f.dir, "%.2000s", f.old_cwd);
    if (getcwd (f.old_cwd, sizeof f.old_cwd) == NULL)
        return -1;
    *state = &f;
    unsetenv ("PVFS2TAB_FILE");
    unsetenv ("PVFS2EP");
    return chdir (f.dir);
}

static int
teardown (void **state)
{
    struct fixture *f = *state;
    char command[PATH_MAX];
    unsetenv ("PVFS2TAB_FILE");
    unsetenv ("PVFS2EP");
    snprintf (command, sizeof command, "rm -r '%s'", f->dir);
    return chdir (f->old_cwd) != 0 || system (command) != 0;
}

static void
put_file (const char *name, const char *text)
{
    FILE *out = fopen (name, "w");
    assert_non_null (out);
    fputs (text, out);
    fclose (out);
}

static void
the_named_tab_file_goes_before_the_variable_before_the_folder (void **state)
{
    struct tab *tab = NULL;
    put_file ("pvfs2tab", "tcp://c:1/fs /c pvfs2\n");
    put_file ("mine", "tcp://a:1/fs /a pvfs2\n");
    put_file ("empty", "# nothing\n");
    assert_int_equal (tab_load (&tab, NULL), 0);
    tab_free (tab);
    setenv ("PVFS2EP", "/b=tcp://b:1/fs", 1);
    setenv ("PVFS2TAB_FILE", "mine", 1);
    assert_int_equal (tab_load (&tab, NULL), 0);
    assert_string_equal (tab->entries[0].mnt_dir, "/a");
    tab_free (tab);
    setenv ("PVFS2TAB_FILE", "empty", 1);
    assert_int_equal (tab_load (&tab, NULL), 0);
    assert_string_equal (tab->entries[0].mnt_dir, "/b");
    tab_free (tab);
    setenv ("PVFS2TAB_FILE", "missing", 1);
    CLEANUP_FREE char *error = NULL;
    assert_int_equal (tab_load (&tab, &error), -ENOENT);
    assert_string_equal (error, "missing: No such file or directory");
}

static void
expect (const struct tab *tab, const char *path, const char *mnt_dir, const char *inside)
{
    const struct tab_entry *e = NULL;
    char got[PATH_MAX];
    assert_int_equal (tab_resolve (tab, path, &e, got, sizeof got), 0);
    assert_string_equal (e->mnt_dir, mnt_dir);
    assert_string_equal (got, inside);
}

static void
paths_resolve_without_the_volume_being_there (void **state)
{
    struct tab *tab = parse ("tcp://a:1/fs /no/such pvfs2\ntcp://a:1/g /no/such/deep pvfs2\n");
    const struct tab_entry *e = NULL;
    char got[PATH_MAX];
    expect (tab, "/no/such", "/no/such", "/");
    expect (tab, "/no/such/", "/no/such", "/");
    expect (tab, "//no/./such//a/../b/", "/no/such", "/b");
    expect (tab, "/no/such/deep/x", "/no/such/deep", "/x");
    expect (tab, "/no/such/deeper", "/no/such", "/deeper");
    expect (tab, "/no/such/deep/../x", "/no/such", "/x");
    assert_int_equal (tab_resolve (tab, "/no/suchlike", &e, got, sizeof got), -ENOENT);
    assert_int_equal (tab_resolve (tab, "/no/such/../x", &e, got, sizeof got), -ENOENT);
    assert_int_equal (tab_resolve (tab, "", &e, got, sizeof got), -ENOENT);
    assert_int_equal (tab_resolve (tab, "/no/such/abc", &e, got, 4), -ENAMETOOLONG);
    assert_null (e);
    tab_free (tab);
}

static void
links_outside_the_volume_are_followed_those_inside_are_not (void **state)
{
    struct fixture *f = *state;
    char text[PATH_MAX], mnt[PATH_MAX / 2 + 16];
    assert_int_equal (mkdir ("mnt", 0755), 0);
    assert_int_equal (mkdir ("mnt/sub", 0755), 0);
    assert_int_equal (symlink ("mnt/sub", "into"), 0);
    assert_int_equal (symlink ("/etc", "mnt/out"), 0);
    assert_int_equal (symlink (".", "same"), 0);
    assert_int_equal (symlink ("loop", "loop"), 0);
    snprintf (mnt, sizeof mnt, "%s/mnt", f->dir);
    snprintf (text, sizeof text, "tcp://a:1/fs %s pvfs2\n", mnt);
    struct tab *tab = parse (text);
    expect (tab, "into/x", mnt, "/sub/x");
    expect (tab, "same/same/mnt/y", mnt, "/y");
    expect (tab, "mnt/out/passwd", mnt, "/out/passwd");
    expect (tab, "./missing/../mnt/z", mnt, "/z");
    const struct tab_entry *e;
    char got[PATH_MAX];
    assert_int_equal (tab_resolve (tab, "loop/x", &e, got, sizeof got), -ELOOP);
    tab_free (tab);
}

static void
a_mount_directory_may_be_named_through_a_link (void **state)
{
    struct fixture *f = *state;
    char text[PATH_MAX], mnt[PATH_MAX / 2 + 16];
    assert_int_equal (mkdir ("real", 0755), 0);
    assert_int_equal (mkdir ("real/mnt", 0755), 0);
    assert_int_equal (symlink ("real", "link"), 0);
    snprintf (mnt, sizeof mnt, "%s/link/mnt", f->dir);
    snprintf (text, sizeof text, "tcp://a:1/fs %s pvfs2\n", mnt);
    struct tab *tab = parse (text);
    expect (tab, "link/mnt/x", mnt, "/x");
    expect (tab, "real/mnt/x", mnt, "/x");
    tab_free (tab);
}

static void
random_bytes_never_crash_the_parser (void **state)
{
    uint64_t seed = getenv ("SEED") != NULL ? strtoull (getenv ("SEED"), NULL, 0) : 7;
    print_message ("SEED=%llu\n", (unsigned long long) seed);
    static const char good[] =
        "x#tcp://a:3334/fs,tcp://b:1/fs /m\\040t/a/. pvfs2 num_dfiles=3,rw 0 0\n";
    for (int i = 0; i < 5000; i++) {
        char copy[2 * sizeof good];
        memcpy (copy, good, sizeof good);
        memcpy (copy + sizeof good, good, sizeof good);
        for (int k = 0; k < i % 5; k++) {
            seed = hash_u64 (seed);
            copy[(seed >> 8) % sizeof copy] = (char) seed;
        }
        struct tab *tab = NULL;
        tab_parse_text (copy, sizeof copy, "random", &tab, NULL);
        tab_free (tab);
    }
}

int
main (void)
{
#define IN_FOLDER(test) cmocka_unit_test_setup_teardown (test, setup, teardown)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (a_line_becomes_an_entry),
        cmocka_unit_test (a_volume_may_have_several_servers),
        cmocka_unit_test (a_spec_has_exactly_three_slashes),
        cmocka_unit_test (an_mtab_may_hold_program_names_escapes_and_foreign_fuse_mounts),
        cmocka_unit_test (pvfs2ep_is_one_entry),
        IN_FOLDER (the_named_tab_file_goes_before_the_variable_before_the_folder),
        IN_FOLDER (paths_resolve_without_the_volume_being_there),
        IN_FOLDER (links_outside_the_volume_are_followed_those_inside_are_not),
        IN_FOLDER (a_mount_directory_may_be_named_through_a_link),
        cmocka_unit_test (random_bytes_never_crash_the_parser),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
