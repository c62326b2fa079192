/* pvfs2-write: what comes on standard input, or zeros, into a file. It is pvfs2-cp of one file: the
 * threads, the temporary name and the signals are cp.h's.
 */
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "apps/user/cp.h"

struct choices {
    struct cp_choices cp;
    int64_t zeros;
};

static const struct tool_option options[] = {
    CP_OPTIONS (struct choices, cp),
    OPT_SIZE ('z', "zeros", "BYTES", struct choices, zeros,
              "so many zeros instead of standard input; the same as SIZE"),
};
static const char *const usage[] = { "[OPTION...] TARGET [SIZE]", NULL };
static const struct tool_example examples[] = {
    { NULL,
      "echo hello | pvfs2-write /mnt/pvfs2/greeting\n"
      "pvfs2-cp /mnt/pvfs2/greeting /dev/stdout",
      "hello" },
    { "How fast is a file over two servers written?",
      "pvfs2-write -n 2 -s 1M -t /mnt/pvfs2/zeros 8M",
      "Wrote 8388608 bytes in ... seconds. ... MB/seconds" },
};
static const struct tool tool = {
    .name = "pvfs2-write",
    .usage = usage,
    .purpose = "writes standard input into a file of a PVFS2 file system",
    .description =
        "TARGET may lie in a PVFS2 file system, mounted or not, or be local. It is written\n"
        "under a temporary name in its directory, .NAME.pvfs2-cp.PID.N, and renamed at the end\n"
        "of the input, so that its name never shows half of it; what had that name before is\n"
        "replaced then. After a failure the temporary is removed.\n"
        "\n"
        "With SIZE, such as 65536, 64K or 4M, it writes so many zeros and reads nothing.",
    TOOL_OPTIONS (options),
    TOOL_EXAMPLES (examples),
    .min_operands = 1,
    .max_operands = 2,
};

/* Memory that was never written takes no room and reads as zeros. */
static bool
make_zeros (int64_t size, struct item *ret)
{
    int fd = memfd_create ("zeros", MFD_CLOEXEC);
    if (fd < 0 || ftruncate (fd, size) != 0) {
        tool_fail ("zeros", -errno);
        return false;
    }
    *ret = (struct item){ .kind = ITEM_FILE, .size = size };
    ret->path = tool_text ("/proc/self/fd/%d", fd);
    return true;
}

static bool
write_target (struct cp *cp, int64_t zeros, const char *target)
{
    struct item from = { .kind = ITEM_OTHER }, directory;
    int error;
    struct item there;
    if (item_find (cp, target, true, &there, &error)) {
        bool is_directory = there.kind == ITEM_DIRECTORY;
        item_free (&there);
        if (is_directory) {
            tool_fail (target, -EISDIR);
            return false;
        }
    } else if (error != -PVFS_ENOENT && error != -ENOENT) {
        return false;
    }
    char *name = cp_last_name (target);
    if (name == NULL || !cp_find_parent (cp, target, &directory)) {
        free (name);
        return false;
    }
    bool ok = true;
    if (zeros > 0)
        ok = make_zeros (zeros, &from);
    else
        from.path = tool_text ("/dev/stdin");
    from.mode = 0666 & ~(uint32_t) cp->session.umask;
    cp->last = zeros > 0;
    expect_file (cp, &from);
    expect_no_more (cp);
    ok = ok && copy_file (cp, &from, &directory, name);
    item_free (&from);
    item_free (&directory);
    free (name);
    return ok;
}

int
main (int argc, char **argv)
{
    struct choices c = { .cp = CP_DEFAULTS };
    struct cp cp = { .failed = false };
    char **operands = tool_parse (&tool, argc, argv, &c);
    if (operands[1] != NULL && c.zeros > 0)
        tool_usage ("SIZE and --zeros exclude each other");
    if (operands[1] != NULL && (!tool_number (operands[1], true, &c.zeros) || c.zeros <= 0))
        tool_usage ("%s: not a size such as 65536, 64K or 4M", operands[1]);
    cp_begin (&cp, &c.cp);
    if (!write_target (&cp, c.zeros, operands[0]))
        cp.failed = true;
    return cp_end (&cp, &c.cp);
}
