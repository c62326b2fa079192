/* pvfs2-rm: removes files and trees. Single-threaded but for the progress line. */
#include <stdio.h>

#include "apps/common/progress.h"
#include "apps/common/session.h"

struct choices {
    bool recursive, force, progress, no_progress;
};

static const struct tool_option options[] = {
    OPT_SWITCH ('r', "recursive", struct choices, recursive, "directories and all that is in them"),
    OPT_SWITCH ('f', "force", struct choices, force, "what is not there is no failure"),
    OPT_PROGRESS (struct choices, progress, no_progress),
};
static const char *const usage[] = { "[OPTION...] PATH...", NULL };
static const struct tool_example examples[] = {
    { NULL,
      "pvfs2-touch /mnt/pvfs2/one /mnt/pvfs2/two\n"
      "pvfs2-rm /mnt/pvfs2/one\n"
      "pvfs2-ls /mnt/pvfs2",
      "two" },
    { "A directory with all that is in it, there or not:",
      "pvfs2-mkdir -p /mnt/pvfs2/old/run/1\n"
      "pvfs2-rm -rf /mnt/pvfs2/old /mnt/pvfs2/older\n"
      "pvfs2-ls /mnt/pvfs2/old",
      "pvfs2-ls: /mnt/pvfs2/old: No such file or directory" },
};
static const struct tool tool = {
    .name = "pvfs2-rm",
    .usage = usage,
    .purpose = "removes files and directories of a PVFS2 file system",
    .description = "A symbolic link is removed itself, never what it points to.",
    TOOL_OPTIONS (options),
    TOOL_EXAMPLES (examples),
    .min_operands = 0,
    .max_operands = -1,
};

struct remover {
    struct session session;
    struct choices choices;
    struct progress_counts counts;
};

static bool
gone (int err)
{
    return err == -PVFS_ENOENT || err == -PVFS_ESTALE;
}

static unsigned remove_entry (struct remover *m, const char *path, PVFS_object_ref dir,
                              const char *name, const struct entry *object);

static unsigned
remove_below (struct remover *m, const char *path, PVFS_object_ref dir)
{
    struct listing l;
    int r = listing_read (&m->session, dir, PVFS_ATTR_SYS_TYPE, &l);
    if (r < 0) {
        if (gone (r))
            return 0;
        tool_fail (path, r);
        return 1;
    }
    unsigned failures = 0;
    for (size_t i = 0; i < l.n; i++) {
        char *below = tool_text ("%s/%s", path, l.entries[i].name);
        failures += remove_entry (m, below, dir, l.entries[i].name, &l.entries[i]);
        free (below);
    }
    listing_free (&l);
    return failures;
}

static unsigned
remove_entry (struct remover *m, const char *path, PVFS_object_ref dir, const char *name,
              const struct entry *object)
{
    bool is_directory = object->error == 0 && object->attr.objtype == PVFS_TYPE_DIRECTORY;
    if (is_directory && !m->choices.recursive) {
        tool_error ("%s: Is a directory (-r removes it with all that is in it)", path);
        return 1;
    }
    if (is_directory) {
        unsigned failures = remove_below (m, path, object->ref);
        if (failures > 0)
            return failures;
    }
    int r = PVFS_sys_remove ((char *)name, dir, &m->session.cred, PVFS_HINT_NULL);
    if (r < 0 && !(gone (r) && (m->choices.force || m->choices.recursive))) {
        tool_fail (path, r);
        return 1;
    }
    progress_add (&m->counts.things, 1);
    return 0;
}

static unsigned
remove_operand (struct remover *m, const char *given)
{
    struct place p;
    struct entry object = { .error = 0 };
    PVFS_object_ref dir;
    char name[PVFS_NAME_MAX];
    int r = place_of (given, &p);
    if (r < 0) {
        place_fail (given, r);
        return 1;
    }
    if (strcmp (p.path, "/") == 0) {
        tool_error ("%s: the root of a file system cannot be removed", given);
        return 1;
    }
    r = place_parent (&m->session, &p, &dir, name);
    if (r == 0)
        r = place_lookup (&m->session, &p, false, &object.ref);
    if (r == 0)
        r = get_attr (&m->session, object.ref, PVFS_ATTR_SYS_TYPE, &object.attr);
    if (r < 0) {
        if (gone (r) && m->choices.force)
            return 0;
        tool_fail (given, r);
        return 1;
    }
    return remove_entry (m, given, dir, name, &object);
}

int
main (int argc, char **argv)
{
    struct remover m = { .choices = { 0 } };
    unsigned failures = 0;
    char **paths = tool_parse (&tool, argc, argv, &m.choices);
    if (paths[0] == NULL && !m.choices.force)
        tool_usage ("an operand is missing");
    if (paths[0] == NULL)
        return TOOL_OK;
    session_open (&m.session);
    progress_begin (progress_wish (m.choices.progress, m.choices.no_progress), &m.counts, "name", false);
    for (; *paths != NULL; paths++)
        failures += remove_operand (&m, *paths);
    progress_end ();
    session_close (&m.session);
    return tool_end (failures > 0 ? TOOL_FAILED : TOOL_OK);
}
