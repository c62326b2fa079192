/* pvfs2-setdirhint: how files are laid out that are made in a directory from now on. Single-threaded.
 *
 * The hints are extended attributes, user.pvfs2.*; this sets several in one step and refuses what
 * the server would pass over in silence. */
#include <stdio.h>

#include "apps/common/session.h"
#include "io/description/dist.h"

enum { HINTS = 5, VALUE_ROOM = 1024 };

struct choices {
    const char *values[HINTS]; /* in the order of `names` */
    bool clear;
};
enum { DIST, PARAMS, DFILES, LAYOUT, LIST };

static const char *const names[HINTS] = { "user.pvfs2.dist_name", "user.pvfs2.dist_params", "user.pvfs2.num_dfiles",
                                          "user.pvfs2.layout", "user.pvfs2.server_list" };

static const struct tool_option options[] = {
    OPT_TEXT ('D', "dist", "NAME", struct choices, values[DIST],
              "the distribution: simple_stripe, basic_dist, varstrip_dist, twod_stripe"),
    OPT_TEXT ('p', "params", "TEXT", struct choices, values[PARAMS], "its parameters, such as strip_size:65536"),
    OPT_TEXT ('n', "dfiles", "N", struct choices, values[DFILES], "the number of datafiles"),
    OPT_TEXT ('l', "layout", "LAYOUT", struct choices, values[LAYOUT],
              "none, round_robin, random, list or local, or PVFS2's numbers 1 to 5 for them"),
    OPT_TEXT ('L', "list", "SERVERS", struct choices, values[LIST],
              "with layout list: data servers by their place in the configuration, from 0, such as 0,2"),
    OPT_SWITCH ('c', "clear", struct choices, clear, "take the hints away that are not set"),
};
static const char *const usage[] = { "[OPTION...] DIRECTORY", NULL };
static const struct tool_example examples[] = {
    { "New files of a directory are to lie on two servers, in strips of one MiB:",
      "pvfs2-mkdir /mnt/pvfs2/dir\n"
      "pvfs2-setdirhint -n 2 -p strip_size:1048576 /mnt/pvfs2/dir\n"
      "pvfs2-setdirhint /mnt/pvfs2/dir",
      "user.pvfs2.dist_params: strip_size:1048576\nuser.pvfs2.num_dfiles: 2" },
    { NULL, "pvfs2-setdirhint -D simple_strip /mnt/pvfs2/dir",
      "pvfs2-setdirhint: -D or -p: there is no distribution 'simple_strip', only ...\n"
      "Try 'pvfs2-setdirhint --help'." },
};
static const struct tool tool = {
    .name = "pvfs2-setdirhint",
    .usage = usage,
    .purpose = "sets how the files of a directory are laid out",
    .description = "The hints count for files that are made in the directory from now on, and are passed on to\n"
                   "directories that are made in it. Without options they are shown. With options all of them are\n"
                   "set in one step; the others stay, or go with -c.",
    TOOL_OPTIONS (options),
    TOOL_EXAMPLES (examples),
    .min_operands = 1,
    .max_operands = 1,
};

/* -- what is asked for -- */

static bool
is_layout (const char *text)
{
    static const char *const layouts[] = { "none", "round_robin", "round-robin", "random", "list", "local",
                                           "1",    "2",           "3",           "4",      "5" };
    for (size_t i = 0; i < ARRAY_SIZE (layouts); i++)
        if (strcmp (layouts[i], text) == 0)
            return true;
    return false;
}

static bool
is_list (const char *text)
{
    size_t n = strlen (text);
    return n > 0 && strspn (text, "0123456789,:") == n && strchr (",:", text[n - 1]) == NULL;
}

static void
check (const struct choices *c)
{
    const char *const *v = c->values;
    int64_t n;
    char why[DIST_WHY];
    if (v[DFILES] != NULL && (!tool_number (v[DFILES], false, &n) || n < 1 || n > PVFS_REQ_LIMIT_DFILE_COUNT))
        tool_usage ("-n %s: not a number from 1 to %d", v[DFILES], PVFS_REQ_LIMIT_DFILE_COUNT);
    if (v[LAYOUT] != NULL && !is_layout (v[LAYOUT]))
        tool_usage ("-l %s: not one of none, round_robin, random, list, local", v[LAYOUT]);
    if (v[LIST] != NULL && !is_list (v[LIST]))
        tool_usage ("-L %s: not numbers such as 0,2", v[LIST]);
    if ((v[DIST] != NULL || v[PARAMS] != NULL)
        && dist_check (v[DIST] != NULL ? v[DIST] : DIST_DEFAULT_NAME, v[PARAMS] != NULL ? v[PARAMS] : "", why) < 0)
        tool_usage ("-D or -p: %s", why);
}

/* -- the attributes -- */

static PVFS_ds_keyval
text_of (const char *text, int32_t nul)
{
    int32_t size = (int32_t)strlen (text) + nul;
    return (PVFS_ds_keyval){ .buffer = (void *)text, .buffer_sz = size, .read_sz = size };
}

static int
set (struct session *s, PVFS_object_ref ref, const struct choices *c)
{
    PVFS_ds_keyval keys[HINTS], values[HINTS];
    int32_t n = 0;
    for (int i = 0; i < HINTS; i++) {
        if (c->values[i] == NULL)
            continue;
        keys[n] = text_of (names[i], 1);
        values[n++] = text_of (c->values[i], 0);
    }
    return n > 0 ? PVFS_sys_seteattr_list (ref, &s->cred, n, keys, values, 0, PVFS_HINT_NULL) : 0;
}

static int
clear (struct session *s, PVFS_object_ref ref, const struct choices *c)
{
    int r = 0;
    for (int i = 0; i < HINTS && r == 0; i++) {
        PVFS_ds_keyval key = text_of (names[i], 1);
        r = c->values[i] == NULL ? PVFS_sys_deleattr (ref, &s->cred, &key, PVFS_HINT_NULL) : 0;
        if (r == -PVFS_ENODATA || r == -PVFS_ENOENT)
            r = 0;
    }
    return r;
}

static int
show (struct session *s, PVFS_object_ref ref)
{
    char room[VALUE_ROOM];
    int r = 0;
    for (int i = 0; i < HINTS && r == 0; i++) {
        PVFS_ds_keyval key = text_of (names[i], 1), value = { .buffer = room, .buffer_sz = sizeof room };
        r = PVFS_sys_geteattr (ref, &s->cred, &key, &value, PVFS_HINT_NULL);
        if (r == 0)
            printf ("%s: %.*s\n", names[i], (int)value.read_sz, room);
        if (r == -PVFS_ENODATA || r == -PVFS_ENOENT)
            r = 0;
    }
    return r;
}

static int
do_all (struct session *s, PVFS_object_ref ref, const struct choices *c)
{
    static const struct choices nothing;
    PVFS_sys_attr attr;
    int r = get_attr (s, ref, PVFS_ATTR_SYS_TYPE, &attr);
    if (r == 0 && attr.objtype != PVFS_TYPE_DIRECTORY)
        r = -PVFS_ENOTDIR;
    if (r < 0)
        return r;
    if (memcmp (c, &nothing, sizeof nothing) == 0)
        return show (s, ref);
    r = set (s, ref, c);
    return r == 0 && c->clear ? clear (s, ref, c) : r;
}

int
main (int argc, char **argv)
{
    struct choices c = { 0 };
    struct session s;
    struct place p;
    PVFS_object_ref ref;
    const char *path = tool_parse (&tool, argc, argv, &c)[0];
    check (&c);
    session_open (&s);
    bool good = find (&s, path, true, &p, &ref);
    int r = good ? do_all (&s, ref, &c) : 0;
    if (r < 0)
        tool_fail (path, r);
    session_close (&s);
    return tool_end (good && r == 0 ? TOOL_OK : TOOL_FAILED);
}
