/*
 * Asks each server of a volume for itself: whether it answers, what it is for, what it has stored.
 *
 * Prints:
 *     4 servers, of which 4 answer
 *     number 0 has data and metadata
 *     number 1 has data and metadata
 *     number 2 has data and metadata
 *     number 3 has data and metadata
 *     now they all log errors only
 */
#include <pvfs2.h>

#include <stdio.h>

enum { MOST = 64 };

static int
run (PVFS_fs_id fs, const PVFS_credential *cred)
{
    PVFS_BMI_addr_t servers[MOST];
    struct PVFS_mgmt_server_stat stats[MOST];
    struct PVFS_mgmt_setparam_value mask = { .type = PVFS_MGMT_PARAM_TYPE_UINT64, .u = { .value = 0 } };
    PVFS_error_details *details = PVFS_error_details_new (MOST);
    int n = MOST, answered = 0, type;
    int r = PVFS_mgmt_get_server_array (fs, PVFS_MGMT_IO_SERVER | PVFS_MGMT_META_SERVER, servers, &n);
    for (int i = 0; r == 0 && i < n; i++)
        answered += PVFS_mgmt_noop (fs, cred, servers[i], PVFS_HINT_NULL) == 0;
    if (r == 0)
        printf ("%d servers, of which %d answer\n", n, answered);

    if (r == 0)
        r = PVFS_mgmt_statfs_list (fs, cred, stats, servers, n, details, PVFS_HINT_NULL);
    if (r == -PVFS_EDETAIL) /* of some we know nothing; the others' places are filled in */
        printf ("%d of them have errors\n", details ? details->count_used : 0);
    for (int i = 0; r == 0 && i < n; i++) {
        PVFS_mgmt_map_addr (fs, servers[i], &type);
        if (stats[i].bytes_total > 0 && type == (PVFS_MGMT_IO_SERVER | PVFS_MGMT_META_SERVER))
            printf ("number %d has data and metadata\n", i);
    }
    if (r == 0)
        r = PVFS_mgmt_setparam_all (fs, cred, PVFS_SERV_PARAM_GOSSIP_MASK, &mask, details, PVFS_HINT_NULL);
    if (r == 0)
        printf ("now they all log errors only\n");
    PVFS_error_details_free (details);
    return r;
}

int
main (void)
{
    PVFS_fs_id fs;
    PVFS_credential cred;
    int r = PVFS_util_init_defaults ();
    if (r == 0)
        r = PVFS_util_get_default_fsid (&fs);
    if (r == 0)
        r = PVFS_util_gen_credential_defaults (&cred);
    if (r == 0)
        r = run (fs, &cred);
    if (r < 0)
        PVFS_perror ("servers", r);
    PVFS_sys_finalize ();
    return r < 0;
}
