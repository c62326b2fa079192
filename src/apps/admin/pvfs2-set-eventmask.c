/* pvfs2-set-eventmask: which requests are noted as events. Single-threaded. */
#include "apps/admin/set-params.h"

struct choices {
    struct set_choices where;
    const char *events;
};

static const struct tool_option options[] = {
    SET_OPTIONS (struct choices, where),
    OPT_TEXT ('e', "events", "EVENTS", struct choices, events,
              "the operations, separated by commas"),
};
static const char *const usage[] = { "-e EVENTS [OPTION...]", NULL };
static const struct tool_example examples[] = {
    { "Getattrs would push others out too soon:",
      "pvfs2-set-eventmask -m /mnt/pvfs2 -e all,-getattr,-listattr", "" },
};
static const struct tool tool = {
    .name = "pvfs2-set-eventmask",
    .usage = usage,
    .purpose = "sets which operations the servers of a PVFS2 file system note as events",
    .description =
        "EVENTS are names of operations such as create,io,small_io, or all or none. After - a\n"
        "name is taken away: all,-getattr; names that all begin with - leave the others as they\n"
        "were. At first all are noted. pvfs2-event-mon(8) shows what was noted, and the names.\n"
        "\n" SET_LASTS,
    TOOL_OPTIONS (options),
    TOOL_EXAMPLES (examples),
    .admin = true,
};

struct words {
    bool begins_anew;
    char *on, *off; /* joined by commas; NULL: none */
};

static void
add_word (char **list, const char *word)
{
    char *longer = tool_text ("%s%s%s", *list != NULL ? *list : "", *list != NULL ? "," : "", word);
    free (*list);
    *list = longer;
}

static void
check_word (const char *word)
{
    for (int32_t op = 0; op < 1000; op++) {
        const char *name = PVFS_mgmt_op_name (op);
        if (name != NULL && strcmp (name, word) == 0)
            return;
    }
    if (strcmp (word, "all") != 0)
        tool_usage ("-e: '%s' is no operation; pvfs2-event-mon --names lists them", word);
}

static void
sort_words (const char *events, struct words *ret)
{
    char *copy = tool_text ("%s", events), *rest = NULL;
    for (char *word = strtok_r (copy, ", ", &rest); word != NULL;
         word = strtok_r (NULL, ", ", &rest)) {
        bool off = *word == '-';
        ret->begins_anew |= !off;
        if (strcmp (word, "none") == 0)
            continue;
        check_word (word + off);
        add_word (off ? &ret->off : &ret->on, word + off);
    }
    free (copy);
    if (!ret->begins_anew && ret->off == NULL)
        tool_usage ("-e: names nothing; none is a name, too");
}

int
main (int argc, char **argv)
{
    struct choices c = { 0 };
    struct change changes[3];
    struct words words = { 0 };
    int n = 0;
    tool_parse (&tool, argc, argv, &c);
    if (c.events == NULL)
        tool_usage ("needs the names of operations: -e EVENTS");
    sort_words (c.events, &words);
    if (words.begins_anew)
        changes[n++] = (struct change){ PVFS_SERV_PARAM_EVENT_DISABLE, 0, "all" };
    if (words.on != NULL)
        changes[n++] = (struct change){ PVFS_SERV_PARAM_EVENT_ENABLE, 0, words.on };
    if (words.off != NULL)
        changes[n++] = (struct change){ PVFS_SERV_PARAM_EVENT_DISABLE, 0, words.off };
    int status = set_params (&c.where, changes, n);
    free (words.on);
    free (words.off);
    return status;
}
