/* servers: the servers of a volume, for tools that ask each of them. */
#ifndef APPS_COMMON_SERVERS_H
#define APPS_COMMON_SERVERS_H

#include "apps/common/session.h"

struct server {
    PVFS_BMI_addr_t addr;
    const char *name; /* "tcp://host:port", the library's */
    int type;         /* PVFS_MGMT_... */
};

struct servers {
    struct server *list;
    int n;
};

/* All of them, each once; only = "tcp://host:port" or "host:port" for a single one. Ends the
 * program if there is none such. */
void servers_of (PVFS_fs_id fs, const char *only, struct servers *ret);
void servers_free (struct servers *s);
/* "metadata", "data", "metadata+data" */
const char *server_role (int type);

#endif
