/*
 * What a server does now, and whose requests it had.
 *
 * Prints:
 *     requests have begun lately, and this user had some
 */
#include <pvfs2.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static int
run (PVFS_fs_id fs, PVFS_credential *cred)
{
    PVFS_BMI_addr_t server;
    PVFS_uid_info_s users[PVFS_MGMT_UID_MAX], *user_lists[1] = { users };
    struct PVFS_mgmt_event events[8], *event_lists[1] = { events };
    struct PVFS_mgmt_live_op *ops = NULL;
    struct PVFS_mgmt_live_connection *connections = NULL;
    uint32_t nusers;
    int n = 1, nops, nconnections, begun = 0, mine = 0;

    int r = PVFS_mgmt_get_server_array (fs, PVFS_MGMT_META_SERVER, &server, &n);
    if (r == -PVFS_EOVERFLOW)
        r = 0; /* there are more: the first one will do */
    if (r == 0)
        r = PVFS_mgmt_live_ops (fs, cred, server, &ops, &nops, &connections, &nconnections, PVFS_HINT_NULL);
    if (r < 0)
        return r;
    for (int i = 0; i < nops; i++)
        printf ("under way: %s\n", ops[i].name);
    free (ops);
    free (connections);

    r = PVFS_mgmt_event_mon_list (fs, cred, event_lists, &server, 1, 8, NULL, PVFS_HINT_NULL);
    for (int i = 0; r == 0 && i < 8; i++)
        begun += events[i].flags == PVFS_EVENT_FLAG_START;
    if (r == 0)
        r = PVFS_mgmt_get_uid_list (fs, cred, 1, &server, 60, user_lists, &nusers, PVFS_HINT_NULL, NULL);
    for (uint32_t i = 0; r == 0 && i < nusers; i++)
        mine += users[i].uid == geteuid ();
    if (r == 0)
        printf ("%s, and %s\n", begun > 0 ? "requests have begun lately" : "nothing has happened",
                mine ? "this user had some" : "this user had none");
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
        PVFS_perror ("watch", r);
    PVFS_sys_finalize ();
    return r < 0;
}
