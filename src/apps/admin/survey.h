/* survey: what all servers of a volume say of themselves, for pvfs2-status and pvfs2-doctor. Those
 * that do not answer do not delay the others. Single-threaded.
 */
#ifndef APPS_ADMIN_SURVEY_H
#define APPS_ADMIN_SURVEY_H

#include "apps/common/servers.h"

struct survey_server {
    struct server server;
    int error;                       /* of the question: 0 or a PVFS code */
    struct PVFS_mgmt_server_stat st; /* without an error */
    int64_t ahead_ns;                /* its clock before ours, */
    int64_t ahead_error_ns;          /* give or take so much */
};

struct survey {
    struct survey_server *list;
    int n;
};

/* Ends the program if the volume has no servers. */
void survey_take (PVFS_fs_id fs, const PVFS_credential *cred, struct survey *ret);
void survey_free (struct survey *s);

#endif
