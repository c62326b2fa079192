/* pvfs2-set-perf-interval: how long a sample of the counters is. Single-threaded. */
#include "apps/admin/set-params.h"

struct choices {
    struct set_choices where;
    int64_t msecs;
};

static const struct tool_option options[] = {
    SET_OPTIONS (struct choices, where),
    OPT_COUNT ('s', "set", "MSECS", struct choices, msecs,
               "the length of a sample in milliseconds"),
};
static const char *const usage[] = { "-s MSECS [OPTION...]", NULL };
static const struct tool_example examples[] = {
    { NULL, "pvfs2-set-perf-interval -m /mnt/pvfs2 -s 500", "" },
};
static const struct tool tool = {
    .name = "pvfs2-set-perf-interval",
    .usage = usage,
    .purpose = "sets how often the servers of a PVFS2 file system sample their counters",
    .description =
        "At first it is PerfUpdateInterval of fs.conf, 1000. How many samples are kept\n"
        "pvfs2-set-perf-history(8) sets; programs read them with PVFS_mgmt_perf_mon_list.\n"
        "\n" SET_LASTS,
    TOOL_OPTIONS (options),
    TOOL_EXAMPLES (examples),
    .admin = true,
};

int
main (int argc, char **argv)
{
    struct choices c = { 0 };
    tool_parse (&tool, argc, argv, &c);
    if (c.msecs == 0)
        tool_usage ("needs a number of milliseconds: -s MSECS");
    if (c.msecs > UINT32_MAX)
        tool_usage ("-s: more than %u", UINT32_MAX);
    struct change change = { PVFS_SERV_PARAM_PERF_INTERVAL, (uint64_t) c.msecs, NULL };
    return set_params (&c.where, &change, 1);
}
