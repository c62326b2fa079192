/*
 * Names: of every byte and length, in folders as deep as anybody likes.
 */
#include <dirent.h>
#include <limits.h>

#include "posix-test.h"

#define GROUP "name"

/* Is that name, byte for byte, in the directory? */
static bool
is_listed (const char *dir, const char *name)
{
    bool found = false;
    DIR *d = opendir (dir);
    TRUE (d != NULL);
    for (struct dirent *e; (e = readdir (d));)
        found |= strcmp (e->d_name, name) == 0;
    closedir (d);
    return found;
}

/* The life of a name. */
static void
live (const char *name)
{
    make_text (name, "text");
    SAME_TEXT ("text", text_of (name));
    TRUE (is_listed (".", name));
    OK (rename (name, "other"));
    TRUE (!exists (name));
    OK (rename ("other", name));
    OK (link (name, "other"));
    OK (unlink (name));
    TRUE (!is_listed (".", name));
    OK (mkdir (name, 0755));
    OK (rmdir (name));
    OK (symlink ("other", name));
    SAME_TEXT ("text", text_of (name));
    OK (unlink (name));
    OK (unlink ("other"));
}

static const struct {
    const char *name, *text;
} odd[] = {
    { "three dots", "..." },
    { "a space", " " },
    { "a trailing space", "x " },
    { "a newline", "a\nb" },
    { "a backslash", "a\\b" },
    { "quotes", "\"'`" },
    { "control characters", "\001\002\003\033[0m\177" },
    { "utf 8", "\xc3\xbc\xe2\x82\xac\xf0\x9f\x90\xa7" },
    { "broken utf 8", "\xc3\x28\xff\xfe\x80" },
    { "latin 1", "\xfc\xe4\xf6" },
    { "a decomposed letter", "u\xcc\x88" },
    { "a dash", "-rf" },
    { "a star", "*?[a]" },
    { "a percent sign", "%s%n%00" },
    { "a colon", "C:x" },
    { "one dot first", ".x" },
    { "two dots first", "..x" },
};

TEST_EACH (with, odd)
{
    live (row->text);
}

static const struct {
    const char *name;
    size_t length;
    char c;
} lengths[] = {
    { "1 byte", 1, 'x' },       { "2 bytes", 2, 'x' },          { "127 bytes", 127, 'x' },       { "254 bytes", 254, 'x' },
    { "255 bytes", 255, 'x' },  { "255 bytes 0xff", 255, '\xff' }, { "255 bytes 0x01", 255, '\001' },
};

TEST_EACH (of, lengths)
{
    live (repeat (row->c, row->length));
}

TEST (of_256_bytes_is_refused)
{
    const char *n = repeat ('x', 256);
    make_file ("f", 0644);
    FAILS (ENAMETOOLONG, mkdir (n, 0755));
    FAILS (ENAMETOOLONG, rename ("f", n));
    FAILS (ENAMETOOLONG, link ("f", n));
    FAILS (ENAMETOOLONG, symlink ("f", n));
    FAILS (ENAMETOOLONG, open (n, O_CREAT | O_RDWR, 0644));
    TRUE (exists ("f"));
    EQ (255, pathconf (".", _PC_NAME_MAX));
}

TEST (of_every_single_byte)
{
    char name[2] = "";
    bool seen[256] = { false };
    for (int c = 1; c < 256; c++) {
        if (c == '/' || c == '.')
            continue;
        note ("byte %d", c);
        name[0] = (char) c;
        OK (mknod (name, S_IFREG | 0644, 0));
        FAILS (EEXIST, mkdir (name, 0755));
    }
    DIR *d = opendir (".");
    TRUE (d != NULL);
    for (struct dirent *e; (e = readdir (d));)
        if (e->d_name[1] == 0)
            seen[(unsigned char) e->d_name[0]] = true;
    closedir (d);
    for (int c = 1; c < 256; c++)
        EQ (c != '/', seen[c]);
}

TEST (that_differs_only_in_case_is_another)
{
    make_text ("name", "small");
    make_text ("NAME", "large");
    make_text ("Name", "mixed");
    SAME_TEXT ("small", text_of ("name"));
    SAME_TEXT ("large", text_of ("NAME"));
    SAME_TEXT ("mixed", text_of ("Name"));
}

TEST (is_a_prefix_of_another)
{
    char name[256] = "";
    for (size_t n = 1; n < 256; n += 2) {
        memset (name, 'p', n);
        name[n] = 0;
        OK (mknod (name, S_IFREG | 0644, 0));
    }
    memset (name, 'p', 254);
    name[254] = 0;
    TRUE (!exists (name));
    for (size_t n = 1; n < 256; n += 2) {
        memset (name, 'p', n);
        name[n] = 0;
        OK (unlink (name));
    }
}

static const struct {
    const char *name;
    int depth;
    size_t length;
} trees[] = { { "1000 of short names", 1000, 1 }, { "100 of names of 255 bytes", 100, 255 } };

/* Far below what a path can say: by chdir and openat. */
TEST_EACH (tree_of_depth, trees)
{
    const char *name = repeat ('t', row->length);
    int top = (int) OK (open (".", O_RDONLY | O_DIRECTORY));
    for (int i = 0; i < row->depth; i++) {
        OK (mkdir (name, 0755));
        OK (chdir (name));
    }
    make_text ("f", "bottom");
    SAME_TEXT ("bottom", text_of ("f"));
    int d = (int) OK (open (".", O_RDONLY | O_DIRECTORY));
    OK (close ((int) OK (openat (d, "g", O_RDWR | O_CREAT, 0644))));
    OK (rename ("f", "g"));
    SAME_TEXT ("bottom", text_of ("g"));
    struct stat below = look (".");
    OK (fchdir (top));
    OK (fchdir (d));
    EQ (below.st_ino, look (".").st_ino);
    for (int i = 0; i < row->depth; i++)
        OK (chdir (".."));
    EQ (look_fd (top).st_ino, look (".").st_ino);
}

TEST (path_of_4095_bytes_through_real_directories)
{
    static char path[PATH_MAX];
    const char *step = repeat ('s', 200);
    size_t n = 0;
    while (PATH_MAX - 1 - n > NAME_MAX) {
        n += (size_t) snprintf (path + n, sizeof path - n, "%s", step);
        OK (mkdir (path, 0755));
        path[n++] = '/';
    }
    memset (path + n, 'f', PATH_MAX - 1 - n);
    EQ (PATH_MAX - 1, strlen (path));
    make_text (path, "far");
    SAME_TEXT ("far", text_of (path));
    EQ (3, size_of (path));
    OK (unlink (path));
}
