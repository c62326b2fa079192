/* pvfs2-validate: checks a part of the tree, changing nothing. Single-threaded but for the progress line. */
#include "apps/admin/fsck.h"

enum { LOOKS = 3, PAUSE_MS = 1000 };

struct choices {
    const char *path;
    bool json, progress, no_progress;
};

static const struct tool_option options[] = {
    OPT_TEXT ('d', NULL, "PATH", struct choices, path, "the same as PATH alone"),
    OPT_SWITCH (0, "json", struct choices, json, "one object, with an array of findings"),
    OPT_PROGRESS (struct choices, progress, no_progress),
};
static const char *const usage[] = { "[OPTION...] PATH", "[OPTION...] -d PATH", NULL };
static const struct tool_example examples[] = {
    { NULL,
      "pvfs2-mkdir -p /mnt/pvfs2/dir/sub\n"
      "pvfs2-validate /mnt/pvfs2/dir",
      "clean: ... objects, 1 names" },
};
static const struct tool tool = {
    .name = "pvfs2-validate",
    .usage = usage,
    .purpose = "checks a file or directory tree of a PVFS2 file system",
    .description =
        "PATH and all below it is read from the servers as it is stored, and checked as\n"
        "pvfs2-fsck(8) does, while others may work: what is in doubt is looked at three times, a\n"
        "second apart. Of what lies outside nothing is said, so objects without a name are not\n"
        "found, and other names of a file are not counted. Nothing is changed.\n"
        "\n"
        "Only root may check.",
    TOOL_OPTIONS (options),
    TOOL_EXAMPLES (examples),
    .min_operands = 0,
    .max_operands = 1,
    .failure = FSCK_FAILED,
    .exit_status = "0: nothing was found. 2: wrong usage. 4: something was found. 8: the check "
                   "could not be made; "
                   "standard\nerror says why.",
};

int
main (int argc, char **argv)
{
    struct choices c = { 0 };
    struct session s;
    struct servers servers;
    struct place place;
    PVFS_object_ref ref;
    struct image m;
    struct findings f;
    struct progress_counts counts = { 0 };
    char **operands = tool_parse (&tool, argc, argv, &c);
    enum progress_wish wish = progress_wish (c.progress, c.no_progress || (c.json && !c.progress));
    if ((c.path != NULL) == (operands[0] != NULL))
        tool_usage (c.path != NULL ? "'%s' is one path too many" : "a path is missing", operands[0]);
    session_open (&s);
    if (!find (&s, c.path != NULL ? c.path : operands[0], false, &place, &ref))
        return FSCK_FAILED;
    servers_of (place.fs, NULL, &servers);
    struct look look = { .fs = place.fs, .cred = &s.cred, .servers = &servers, .counts = &counts, .top = ref.handle };
    progress_begin (wish, &counts, "record", false);
    int e = look_until_sure (&look, LOOKS, PAUSE_MS, &m, &f);
    progress_end ();
    if (e < 0)
        return FSCK_FAILED;
    struct report r = { .json = c.json };
    report_begin (&r);
    for (size_t i = 0; i < f.n; i++)
        report_finding (&r, &m, &f.list[i]);
    report_end (&r, &m, 0, (unsigned) f.n);
    bool clean = f.n == 0;
    findings_free (&f);
    image_fini (&m);
    servers_free (&servers);
    session_close (&s);
    return tool_end (clean ? FSCK_CLEAN : FSCK_LEFT);
}
