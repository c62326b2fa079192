/* pvfs2-set-perf-history: how many samples of the counters are kept. Single-threaded. */
#include "apps/admin/set-params.h"

struct choices {
    struct set_choices where;
    int64_t samples;
};

static const struct tool_option options[] = {
    SET_OPTIONS (struct choices, where),
    OPT_COUNT ('s', "set", "SAMPLES", struct choices, samples,
               "how many samples are kept, up to 65536"),
};
static const char *const usage[] = { "-s SAMPLES [OPTION...]", NULL };
static const struct tool_example examples[] = {
    { NULL, "pvfs2-set-perf-history -m /mnt/pvfs2 -s 60", "" },
};
static const struct tool tool = {
    .name = "pvfs2-set-perf-history",
    .usage = usage,
    .purpose = "sets how many samples of their counters the servers of a PVFS2 file system keep",
    .description =
        "At first it is PerfUpdateHistory of fs.conf, 10. How long a sample is\n"
        "pvfs2-set-perf-interval(8) sets.\n"
        "\n" SET_LASTS,
    TOOL_OPTIONS (options),
    TOOL_EXAMPLES (examples),
    .admin = true,
};

enum { MAX_SAMPLES = 65536 };

int
main (int argc, char **argv)
{
    struct choices c = { 0 };
    tool_parse (&tool, argc, argv, &c);
    if (c.samples == 0)
        tool_usage ("needs a number of samples: -s SAMPLES");
    if (c.samples > MAX_SAMPLES)
        tool_usage ("-s: more than %d", MAX_SAMPLES);
    struct change change = { PVFS_SERV_PARAM_PERF_HISTORY, (uint64_t) c.samples, NULL };
    return set_params (&c.where, &change, 1);
}
