/* pvfs2-cp: copies files and trees into, out of and inside a file system. See cp.h. */
#include <stdio.h>

#include "apps/user/cp.h"

struct choices {
    struct cp_choices cp;
    bool recursive, preserve, in_place;
};

static const struct tool_option options[] = {
    OPT_SWITCH ('r', "recursive", struct choices, recursive, "directories and all that is in them"),
    OPT_SWITCH ('p', "preserve", struct choices, preserve,
                "keep owners, times and set-id bits too, as far as it is allowed"),
    OPT_SWITCH (0, "in-place", struct choices, in_place,
                "write each file under its own name from the beginning"),
    CP_OPTIONS (struct choices, cp),
};
static const char *const usage[] = { "[OPTION...] SOURCE TARGET", "[OPTION...] SOURCE... DIRECTORY",
                                     NULL };
static const struct tool_example examples[] = {
    { "A file into the file system and out of it again:",
      "seq 1 200000 > numbers\n"
      "pvfs2-cp numbers /mnt/pvfs2/\n"
      "pvfs2-cp /mnt/pvfs2/numbers copy\n"
      "cmp numbers copy",
      "" },
    { "A tree, each of its files in strips of 1 MiB over two servers:",
      "mkdir -p tree/sub\n"
      "echo hello > tree/sub/file\n"
      "pvfs2-cp -r -s 1M -n 2 tree /mnt/pvfs2/\n"
      "pvfs2-ls -R /mnt/pvfs2/tree",
      "/mnt/pvfs2/tree:\n"
      "sub\n"
      "\n"
      "/mnt/pvfs2/tree/sub:\n"
      "file" },
    { "How fast it is, with buffers of 16 MiB:",
      "pvfs2-cp -t -b 16M numbers /mnt/pvfs2/again",
      "Wrote 1288895 bytes in ... seconds. ... MB/seconds" },
    { "To a program that reads from a pipe:",
      "pvfs2-cp /mnt/pvfs2/tree/sub/file /dev/stdout | tr a-z A-Z",
      "HELLO" },
};
static const struct tool tool = {
    .name = "pvfs2-cp",
    .usage = usage,
    .purpose = "copies files to, from and inside a PVFS2 file system",
    .description = "Paths below the mount directory of a PVFS2 file system lie in it, mounted or "
                   "not; all others\n"
                   "are local. Permissions are kept, set-id bits only with -p. With -r symbolic links "
                   "are copied as\n"
                   "links; without, what they point to is copied. With -r fifos, sockets and devices "
                   "are copied\n"
                   "themselves, and the names of one file in a copied tree are names of one file in "
                   "the copy.\n"
                   "\n"
                   "A file is written under a temporary name in its directory, "
                   ".NAME.pvfs2-cp.PID.N, and renamed\n"
                   "when it is complete, so that its name never shows half of it; what had that "
                   "name before stays\n"
                   "until then. After a failure the temporary is removed. With --in-place a file that is "
                   "there is\n"
                   "emptied and written anew, which needs no room for two and keeps its names, owner and "
                   "mode; after\n"
                   "a failure it has only a part. Local devices and pipes are always written straight.",
    TOOL_OPTIONS (options),
    TOOL_EXAMPLES (examples),
    .min_operands = 2,
    .max_operands = -1,
};

/* -- operands -- */

static bool
copy_object (struct cp *cp, const struct item *from, const struct item *directory, const char *name)
{
    switch (from->kind) {
    case ITEM_DIRECTORY:
        if (!cp->recursive) {
            tool_error ("%s: Is a directory (-r copies it with all that is in it)", from->path);
            return false;
        }
        copy_tree (cp, from, directory, name);
        return true;
    case ITEM_LINK:
        return copy_link (cp, from, directory, name);
    case ITEM_OTHER:
        if (cp->recursive)
            return copy_special (cp, from, directory, name);
        if (from->remote) {
            tool_error ("%s: is a special file (-r copies it itself)", from->path);
            return false;
        }
        return copy_file (cp, from, directory, name);
    default:
        expect_file (cp, from);
        expect_no_more (cp);
        return copy_file (cp, from, directory, name);
    }
}

/* `target` is NULL if there is nothing of that name. */
static bool
copy_operand (struct cp *cp, const char *given, const char *target_path, const struct item *target)
{
    struct item from, directory;
    int error;
    if (!item_find (cp, given, !cp->recursive, &from, &error)) {
        if (error == -PVFS_ENOENT || error == -ENOENT)
            tool_fail (given, error);
        return false;
    }
    bool ok;
    if (target != NULL && target->kind == ITEM_DIRECTORY) {
        char *name = cp_last_name (given);
        ok = copy_object (cp, &from, target, name);
        free (name);
    } else if (target != NULL && !target->remote && target->kind == ITEM_OTHER) {
        expect_file (cp, &from);
        expect_no_more (cp);
        ok = from.kind == ITEM_FILE && copy_into (cp, &from, target_path);
        if (from.kind != ITEM_FILE)
            tool_error ("%s: only a file can be copied into %s", given, target_path);
    } else if (target != NULL && item_same (&from, target)) {
        tool_error ("%s and %s are the same file", given, target_path);
        ok = false;
    } else {
        char *name = cp_last_name (target_path);
        ok = name != NULL && cp_find_parent (cp, target_path, &directory);
        if (ok) {
            ok = copy_object (cp, &from, &directory, name);
            item_free (&directory);
        }
        free (name);
    }
    item_free (&from);
    return ok;
}

static void
copy_all (struct cp *cp, char **sources, int n, const char *target_path)
{
    struct item target;
    int error = 0;
    bool there = item_find (cp, target_path, true, &target, &error);
    if (!there && error != -PVFS_ENOENT && error != -ENOENT) {
        cp->failed = true;
        return;
    }
    size_t len = strlen (target_path);
    bool must_be_directory = n > 1 || (len > 0 && target_path[len - 1] == '/' && !cp->recursive);
    if (must_be_directory && (!there || target.kind != ITEM_DIRECTORY)) {
        tool_fail (target_path, there ? -ENOTDIR : -ENOENT);
        cp->failed = true;
    } else {
        for (int i = 0; i < n && !cp->stop; i++) {
            cp->last = i == n - 1;
            if (!copy_operand (cp, sources[i], target_path, there ? &target : NULL))
                cp->failed = true;
        }
    }
    if (there)
        item_free (&target);
}

int
main (int argc, char **argv)
{
    struct choices c = { .cp = CP_DEFAULTS };
    struct cp cp = { .failed = false };
    char **operands = tool_parse (&tool, argc, argv, &c);
    int n = 0;
    while (operands[n + 1] != NULL)
        n++;
    cp.recursive = c.recursive;
    cp.preserve = c.preserve;
    cp.in_place = c.in_place;
    cp_begin (&cp, &c.cp);
    copy_all (&cp, operands, n, operands[n]);
    return cp_end (&cp, &c.cp);
}
