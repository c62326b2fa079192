/*
 * counters: the servers' performance counters for shell tests. For each line of input, "NAME", the values of that counter, one per
 * server in the order of the configuration, are printed in a line; "sum NAME" prints their sum. Ends with the input.
 *
 * A sample is itself one request to each server, counted like any other before it is answered: a difference of two samples of
 * "requests" holds exactly one per server that nobody else sent.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pvfs2.h>
#include <pvfs2-mgmt.h>
#include <pvfs2-util.h>

enum { SERVERS = 64, COUNTERS = PVFS_PERF_ALL_KEYS, ROW = COUNTERS + 2 };

static const struct {
    const char *name;
    int key;
} names[] = {
    { "requests", PVFS_PERF_REQUESTS },
    { "io", PVFS_PERF_IO },
    { "small-io", PVFS_PERF_SMALL_IO },
    { "log-flushes", PVFS_PERF_LOG_FLUSHES },
    { "data-syncs", PVFS_PERF_DATA_SYNCS },
    { "transactions", PVFS_PERF_TRANSACTIONS },
};

static PVFS_fs_id fs;
static PVFS_credential cred;
static PVFS_BMI_addr_t addr[SERVERS];
static int64_t value[SERVERS][ROW];
static int nservers = SERVERS;

static int
sample (void)
{
    int64_t *matrix[SERVERS];
    uint32_t next[SERVERS];
    uint64_t end[SERVERS];
    int keys = COUNTERS, samples = 1;
    for (int i = 0; i < nservers; i++) {
        matrix[i] = value[i];
        next[i] = UINT32_MAX; /* as it is now */
    }
    return PVFS_mgmt_perf_mon_list (fs, &cred, PVFS_PERF_COUNTER, matrix, end, addr, next, nservers, &keys, &samples, NULL,
                                    PVFS_HINT_NULL);
}

static void
answer (const char *line)
{
    int sum = strncmp (line, "sum ", 4) == 0, key = -1;
    int64_t total = 0;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp (names[i].name, line + 4 * sum) == 0)
            key = names[i].key;
    int r = key < 0 ? -PVFS_EINVAL : sample ();
    if (r < 0) {
        printf ("error %d\n", r);
        return;
    }
    for (int i = 0; i < nservers; i++) {
        total += value[i][key];
        if (!sum)
            printf ("%s%" PRId64, i ? " " : "", value[i][key]);
    }
    if (sum)
        printf ("%" PRId64, total);
    printf ("\n");
}

int
main (void)
{
    char line[64];
    int r = PVFS_util_init_defaults ();
    if (r == 0)
        r = PVFS_util_get_default_fsid (&fs);
    if (r == 0)
        r = PVFS_util_gen_credential_defaults (&cred);
    if (r == 0)
        r = PVFS_mgmt_get_server_array (fs, PVFS_MGMT_IO_SERVER | PVFS_MGMT_META_SERVER, addr, &nservers);
    if (r < 0) {
        PVFS_perror ("counters", r);
        return 1;
    }
    while (fgets (line, sizeof line, stdin)) {
        line[strcspn (line, "\n")] = 0;
        answer (line);
        fflush (stdout);
    }
    PVFS_sys_finalize ();
    return 0;
}
