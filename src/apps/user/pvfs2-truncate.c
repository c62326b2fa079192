/* pvfs2-truncate: makes files shorter or longer. Single-threaded. */
#include "apps/common/session.h"

struct choices {
    bool no_create;
    const char *size;
};

static const struct tool_option options[] = {
    OPT_SWITCH ('c', "no-create", struct choices, no_create, "create nothing"),
    OPT_TEXT (
        's', "size", "SIZE", struct choices, size,
        "the new size in bytes; with + or - before it, by how many it grows or shrinks; K, M, G "
        "and T stand for powers of 1024"),
};
static const char *const usage[] = { "[-c] -s SIZE PATH...", NULL };
static const struct tool_example examples[] = {
    { "A file of one gigabyte that takes no room, made shorter afterwards:",
      "pvfs2-truncate -s 1G /mnt/pvfs2/data\n"
      "pvfs2-truncate -s -24M /mnt/pvfs2/data\n"
      "pvfs2-ls -l /mnt/pvfs2/data",
      "-rw-r--r--    1 root     root       1048576000 ... /mnt/pvfs2/data" },
};
static const struct tool tool = {
    .name = "pvfs2-truncate",
    .usage = usage,
    .purpose = "sets the size of files of a PVFS2 file system",
    .description =
        "What a file loses is gone; what it gains reads as zeros and takes no room until it\n"
        "is written. A file that is not there is created.",
    TOOL_OPTIONS (options),
    TOOL_EXAMPLES (examples),
    .min_operands = 1,
    .max_operands = -1,
};

struct change {
    int sign; /* 0: to the amount itself */
    int64_t amount;
};

static struct change
parse_change (const char *text)
{
    struct change c = { .sign = 0 };
    if (text == NULL)
        tool_usage ("-s is missing");
    if (*text == '+' || *text == '-')
        c.sign = *text == '+' ? 1 : -1;
    if (!tool_number (text + (c.sign != 0), true, &c.amount))
        tool_usage ("-s %s: not a size such as 65536, 64K or +4M", text);
    return c;
}

static int
new_size (struct session *s, PVFS_object_ref ref, const struct change *c, PVFS_size *ret)
{
    PVFS_sys_attr attr;
    *ret = c->amount;
    if (c->sign == 0)
        return 0;
    int r = get_attr (s, ref, PVFS_ATTR_SYS_SIZE, &attr);
    if (r < 0)
        return r;
    if (c->sign < 0)
        *ret = attr.size > c->amount ? attr.size - c->amount : 0;
    else if (__builtin_add_overflow (attr.size, c->amount, ret))
        return -PVFS_EFBIG;
    return 0;
}

static int
resize (struct session *s, const struct place *p, const struct change *c, bool no_create)
{
    PVFS_object_ref ref;
    PVFS_size size = 0;
    int r = place_lookup (s, p, true, &ref);
    if (r == -PVFS_ENOENT && no_create)
        return 0;
    if (r == -PVFS_ENOENT)
        r = create_file (s, p, PVFS_SYS_LAYOUT_DEFAULT, &ref);
    if (r == 0)
        r = new_size (s, ref, c, &size);
    return r < 0 ? r : PVFS_sys_truncate (ref, size, &s->cred, PVFS_HINT_NULL);
}

int
main (int argc, char **argv)
{
    struct choices choices = { 0 };
    struct session s;
    bool failed = false;
    char **paths = tool_parse (&tool, argc, argv, &choices);
    struct change change = parse_change (choices.size);
    session_open (&s);
    for (; *paths != NULL; paths++) {
        struct place p;
        int r = place_of (*paths, &p);
        if (r < 0) {
            place_fail (*paths, r);
            failed = true;
            continue;
        }
        r = resize (&s, &p, &change, choices.no_create);
        if (r < 0) {
            tool_fail (*paths, r);
            failed = true;
        }
    }
    session_close (&s);
    return tool_end (failed ? TOOL_FAILED : TOOL_OK);
}
