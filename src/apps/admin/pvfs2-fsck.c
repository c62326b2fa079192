/* pvfs2-fsck: checks a whole file system, and repairs it. Single-threaded but for the progress line. */
#include <stdio.h>

#include "apps/admin/fsck.h"

enum { LOOKS = 3, PAUSE_MS = 1000, FROZEN_LOOKS = 2, FROZEN_PAUSE_MS = 100, PASSES = 16 };

struct choices {
    const char *mount;
    bool dry_run, repair, offline, json, progress, no_progress;
};

static const struct tool_option options[] = {
    OPT_MOUNT (struct choices, mount),
    OPT_SWITCH ('n', "dry-run", struct choices, dry_run, "only says what is wrong (the default)"),
    OPT_SWITCH ('y', "repair", struct choices, repair, "repairs what can be repaired"),
    OPT_SWITCH ('p', NULL, struct choices, repair, "same as -y; there are no questions"),
    OPT_SWITCH ('a', NULL, struct choices, repair, "same as -y"),
    OPT_SWITCH (0, "offline", struct choices, offline,
                "the servers hold back all changes from the beginning"),
    OPT_SWITCH (0, "json", struct choices, json, "one object, with an array of findings"),
    OPT_PROGRESS (struct choices, progress, no_progress),
};
static const char *const usage[] = { "[OPTION...]", NULL };
static const struct tool_example examples[] = {
    { NULL,
      "pvfs2-touch /mnt/pvfs2/file\n"
      "pvfs2-fsck -m /mnt/pvfs2",
      "clean: ... objects, 1 names" },
    { "For a program, with a repair of what may be wrong:",
      "pvfs2-fsck -m /mnt/pvfs2 -y --json",
      "{\"findings\": [],\n"
      "\"objects\": ..., \"names\": 1, \"repaired\": 0, \"left\": 0}" },
};
static const struct tool tool = {
    .name = "pvfs2-fsck",
    .usage = usage,
    .purpose = "checks and repairs a PVFS2 file system",
    .description =
        "All records of all servers are read, each is checked against the others, and a line says\n"
        "of each finding its kind, what is wrong, and what a repair does or would do.\n"
        "\n"
        "All servers must run. Others may work meanwhile: a finding counts only if three looks, a\n"
        "second apart, agree on it, nothing that it is about has changed between them, and no\n"
        "operation that is under way explains it.\n"
        "\n"
        "With --repair, if there is anything to repair, the servers hold back what others want to\n"
        "change, the check is made again, and repairs are made in several passes until nothing is\n"
        "left that can be repaired. Others see a pause, no error. It ends with the last pass, and\n"
        "also if pvfs2-fsck is killed. --offline holds changes back during the whole check, which\n"
        "then needs fewer looks.\n"
        "\n"
        "A repair is one transaction that expects the records as they were seen. Where a repair\n"
        "takes several, their order is such that the next run goes on where this one was killed.\n"
        "Files, links, special files and directories without a name get one in /lost+found: their\n"
        "handle. Data of a lost part of a file cannot be brought back.\n"
        "\n"
        "It needs 56 bytes of memory for each object (files, directories and their parts), 32 for\n"
        "each name and 32 for each file's layout: about 1 GB for 10 million objects, of which a\n"
        "small file is two; and half as much again for a moment, while they are sorted. Four "
        "servers\n"
        "on one machine give about 150,000 objects a second. During a repair others wait as long "
        "as\n"
        "a few looks take.\n"
        "\n"
        "On a terminal a line says which part of the work is under way, and how far it is; with\n"
        "--json only if --progress wants it.\n"
        "\n"
        "Only root may check.",
    TOOL_OPTIONS (options),
    TOOL_EXAMPLES (examples),
    .min_operands = 0,
    .max_operands = 0,
    .admin = true,
    .failure = FSCK_FAILED,
    .exit_status =
        "0: the file system is clean. 1: all that was found has been repaired. 2: wrong usage. 4: "
        "something\nwas found and left. 8: the check could not be made; standard error says why.",
};

struct run {
    const struct choices *c;
    struct session s;
    struct servers servers;
    struct look look;
    struct report report;
    struct progress_counts counts;
    obj_handle lost_found;
    unsigned repaired, left;
};

/* By a normal operation: what holds others back does not hold back this process. False: it cannot
 * be had, perhaps until the root directory has been repaired. */
static bool
get_lost_found (struct run *r)
{
    static char name[] = "lost+found";
    PVFS_sysresp_lookup found = { 0 };
    PVFS_sysresp_mkdir made;
    PVFS_object_ref root = { .handle = fsck_root (r->look.fs), .fs_id = r->look.fs };
    if (PVFS_sys_ref_lookup (r->look.fs, name, root, &r->s.cred, &found,
                             PVFS2_LOOKUP_LINK_NO_FOLLOW, PVFS_HINT_NULL)
        == 0)
        r->lost_found = found.ref.handle;
    else if (PVFS_sys_mkdir (name, root, new_attr (&r->s, 0700), &r->s.cred, &made, PVFS_HINT_NULL)
             == 0)
        r->lost_found = made.ref.handle;
    return r->lost_found != 0;
}

static bool
is_repairable (const struct finding *f)
{
    return finding_infos[f->kind].would != NULL && !f->keep && f->state != LEFT;
}

static size_t
count_repairable (const struct findings *f)
{
    size_t n = 0;
    for (size_t i = 0; i < f->n; i++)
        n += is_repairable (&f->list[i]);
    return n;
}

static void
report_all (struct run *r, struct image *m, const struct findings *f)
{
    progress_hold ();
    for (size_t i = 0; i < f->n; i++)
        report_finding (&r->report, m, &f->list[i]);
    progress_go_on ();
    r->left += (unsigned) f->n;
}

/* What was repaired is reported now; the rest, if it is still there, after the last pass. */
static void
report_repaired (struct run *r, struct image *m, const struct findings *f)
{
    progress_hold ();
    for (size_t i = 0; i < f->n; i++)
        if (f->list[i].state == REPAIRED) {
            report_finding (&r->report, m, &f->list[i]);
            r->repaired++;
        }
    progress_go_on ();
}

/* One pass; > 0: it has changed something, look again. With 0 the rest is reported, and the image
 * is the caller's to free. */
static int
one_pass (struct run *r, struct image *m, bool may_repair)
{
    struct findings f;
    int done = 0, e = look_until_sure (&r->look, FROZEN_LOOKS, FROZEN_PAUSE_MS, m, &f);
    if (e < 0)
        return e;
    bool has_work = may_repair && count_repairable (&f) > 0;
    if (has_work && r->lost_found == 0 && get_lost_found (r)) {
        done = 1; /* the next look knows it, too */
    } else if (has_work) {
        done = (int) repair_pass (m, &f, r->lost_found);
        report_repaired (r, m, &f);
    }
    if (done == 0)
        report_all (r, m, &f);
    else
        image_fini (m);
    findings_free (&f);
    return done;
}

static int
check_frozen (struct run *r, struct image *m)
{
    int done, e = freeze (&r->look);
    if (e < 0)
        return e;
    int pass = 0;
    do
        done = one_pass (r, m, r->c->repair && pass < PASSES);
    while (done > 0 && pass++ < PASSES);
    thaw (&r->look);
    return done;
}

/* While others work. Only if there is something to repair, they are held back for a second check.
 */
static int
check_online (struct run *r, struct image *m)
{
    struct findings f;
    int e = look_until_sure (&r->look, LOOKS, PAUSE_MS, m, &f);
    if (e < 0)
        return e;
    if (r->c->repair && count_repairable (&f) > 0) {
        findings_free (&f);
        image_fini (m);
        return check_frozen (r, m);
    }
    report_all (r, m, &f);
    findings_free (&f);
    return 0;
}

int
main (int argc, char **argv)
{
    struct choices c = { 0 };
    struct image m;
    tool_parse (&tool, argc, argv, &c);
    if (c.dry_run && c.repair)
        tool_usage ("--dry-run and --repair exclude each other");
    enum progress_wish wish = progress_wish (c.progress, c.no_progress || (c.json && !c.progress));
    struct run r = { .c = &c, .report = { .json = c.json, .repair = c.repair } };
    r.look.fs = session_open_volume (&r.s, c.mount);
    r.look.cred = &r.s.cred;
    servers_of (r.look.fs, NULL, &r.servers);
    r.look.servers = &r.servers;
    r.look.counts = &r.counts;
    report_begin (&r.report);
    progress_begin (wish, &r.counts, "record", false);
    int e = c.offline ? check_frozen (&r, &m) : check_online (&r, &m);
    progress_end ();
    if (e < 0)
        return FSCK_FAILED;
    report_end (&r.report, &m, r.repaired, r.left);
    image_fini (&m);
    servers_free (&r.servers);
    session_close (&r.s);
    return tool_end (r.left > 0 ? FSCK_LEFT : r.repaired > 0 ? FSCK_REPAIRED : FSCK_CLEAN);
}
