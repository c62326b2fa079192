/*
 * Makes a list of hints, takes over those of the environment, and lets them go along with an operation.
 *
 * Prints:
 *     client id: yes, layout: no
 *     servers are told of it: yes
 */
#include <pvfs2.h>

#include <stdio.h>
#include <stdlib.h>

int
main (void)
{
    PVFS_hint hints = PVFS_HINT_NULL, copy = PVFS_HINT_NULL;
    PVFS_credential cred;
    PVFS_fs_id fs;
    PVFS_sysresp_lookup root = { .error_path = NULL };
    uint32_t rank = 3, other = 4;

    int r = PVFS_hint_add (&hints, PVFS_HINT_RANK_NAME, sizeof rank, &rank);
    if (r == 0 && PVFS_hint_add (&hints, PVFS_HINT_RANK_NAME, sizeof other, &other) == -PVFS_EEXIST)
        r = PVFS_hint_replace (&hints, PVFS_HINT_RANK_NAME, sizeof other, &other);
    setenv ("PVFS2_HINTS", "client_id:77", 1);
    if (r == 0)
        r = PVFS_hint_import_env (&hints);
    if (r == 0)
        printf ("client id: %s, layout: %s\n", PVFS_hint_check (&hints, PVFS_HINT_CLIENT_ID_NAME) ? "yes" : "no",
                PVFS_hint_check (&hints, PVFS_HINT_LAYOUT_NAME) ? "yes" : "no");
    if (r == 0)
        r = PVFS_hint_copy (hints, &copy);
    PVFS_hint_free (&hints);

    if (r == 0)
        r = PVFS_util_init_defaults ();
    if (r == 0)
        r = PVFS_util_get_default_fsid (&fs);
    if (r == 0)
        r = PVFS_util_gen_credential_defaults (&cred);
    if (r == 0)
        r = PVFS_sys_lookup (fs, "/", &cred, &root, PVFS2_LOOKUP_LINK_FOLLOW, copy);
    if (r == 0)
        printf ("servers are told of it: %s\n", PVFS_hint_check_transfer (&copy) ? "yes" : "no");
    PVFS_hint_free (&copy);
    if (r < 0)
        PVFS_perror ("hints", r);
    PVFS_sys_finalize ();
    return r < 0;
}
